// SPDX-License-Identifier: GPL-2.0
/*
 * Whether a device belongs to a VRF, over rtnetlink.
 */

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "kernel_nl/internal.h"

static bool is_vrf(struct nlattr *info, int type)
{
	struct nlattr *kind = nla_find(nla_data(info), nla_len(info), type);

	return kind && nla_strcmp(kind, "vrf") == 0;
}

static int on_link(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nlattr *info;

	info = nlmsg_find_attr(nlh, sizeof(struct ifinfomsg), IFLA_LINKINFO);
	if (info)
		*(bool *)arg = is_vrf(info, IFLA_INFO_SLAVE_KIND) ||
			       is_vrf(info, IFLA_INFO_KIND);
	return NL_OK;
}

bool knl_in_vrf(void *arg, unsigned int ifindex)
{
	struct ifinfomsg ifi = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)ifindex,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_ACK);
	struct knl *knl = arg;
	char why[KNL_WHY];
	bool found = false;

	if (!msg || nlmsg_append(msg, &ifi, sizeof(ifi), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return false;
	}
	return !knl_ask(knl->rtnl, msg, on_link, &found, why) && found;
}
