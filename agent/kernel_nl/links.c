// SPDX-License-Identifier: GPL-2.0
/*
 * Interfaces that there are, over rtnetlink, and the mark of those that an agent
 * has made: their alias, which is also what ip(8) shows of it. An operator who
 * writes another one there has made the interface his own.
 */

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/tunnel_ip.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "kernel_nl/internal.h"
#include "util/err.h"

#define MARK	"tunneld"

/** struct link_sink - where a dump goes */
struct link_sink {
	knl_link_fn fn;
	void *arg;
};

static struct nl_msg *request(int type, int flags, unsigned int ifindex)
{
	struct ifinfomsg ifi = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)ifindex,
	};

	return knl_link_request(type, flags, &ifi);
}

void knl_link_mark(struct knl *knl, unsigned int ifindex)
{
	struct nl_msg *msg = request(RTM_NEWLINK, 0, ifindex);
	char why[KNL_WHY];

	if (msg)
		nla_put_string(msg, IFLA_IFALIAS, MARK);
	/* Without it a later agent only takes its keys away. */
	knl_ask(knl->rtnl, msg, NULL, NULL, why);
}

static bool is_our_kind(struct nlattr *info)
{
	struct nlattr *kind = info ? nla_find(nla_data(info), nla_len(info),
					      IFLA_INFO_KIND) : NULL;

	return kind && nla_strcmp(kind, TUNIP_GENL_NAME) == 0;
}

static int on_link(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	const struct ifinfomsg *ifi = nlmsg_data(nlh);
	struct knl_link_info info = { .ifindex = (unsigned int)ifi->ifi_index };
	struct link_sink *sink = arg;
	struct nlattr *name, *alias;

	name = nlmsg_find_attr(nlh, sizeof(*ifi), IFLA_IFNAME);
	alias = nlmsg_find_attr(nlh, sizeof(*ifi), IFLA_IFALIAS);
	if (!name ||
	    !is_our_kind(nlmsg_find_attr(nlh, sizeof(*ifi), IFLA_LINKINFO)))
		return NL_OK;
	snprintf(info.name, sizeof(info.name), "%.*s", nla_len(name),
		 (const char *)nla_data(name));
	info.marked = alias && nla_len(alias) >= (int)sizeof(MARK) &&
		      nla_strcmp(alias, MARK) == 0;
	sink->fn(sink->arg, &info);
	return NL_OK;
}

int knl_links(void *arg, knl_link_fn fn, void *fn_arg, char why[KNL_WHY])
{
	struct link_sink sink = { fn, fn_arg };
	struct knl *knl = arg;

	snprintf(why, KNL_WHY, "interfaces change all the time");
	return knl_ask(knl->rtnl, request(RTM_GETLINK, NLM_F_DUMP, 0), on_link,
		       &sink, why);
}

static void copy_info(void *arg, const struct knl_link_info *info)
{
	*(struct knl_link_info *)arg = *info;
}

bool knl_link_is_marked(struct knl *knl, unsigned int ifindex)
{
	struct knl_link_info info = { .marked = false };
	struct link_sink sink = { copy_info, &info };
	char why[KNL_WHY];

	return !knl_ask(knl->rtnl, request(RTM_GETLINK, 0, ifindex),
			on_link, &sink, why) && info.marked;
}
