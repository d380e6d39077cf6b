// SPDX-License-Identifier: GPL-2.0
/*
 * Interfaces over rtnetlink: create or adopt, set up, change, delete.
 */

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/tunnel_ip.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "kernel_nl/internal.h"
#include "log/log.h"
#include "util/err.h"

struct nl_msg *knl_link_request(int type, int flags,
				const struct ifinfomsg *ifi)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags | NLM_F_ACK);

	if (msg && nlmsg_append(msg, (void *)(uintptr_t)ifi, sizeof(*ifi),
				NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static void put_ends(struct nl_msg *msg, const struct knl_link *link)
{
	bool v6 = link->remote.family == AF_INET6;

	nla_put(msg, v6 ? TUNIP_LINK_LOCAL6 : TUNIP_LINK_LOCAL,
		(int)addr_len(&link->local), link->local.octets);
	nla_put(msg, v6 ? TUNIP_LINK_REMOTE6 : TUNIP_LINK_REMOTE,
		(int)addr_len(&link->remote), link->remote.octets);
}

static void put_attributes(struct nl_msg *msg, const struct knl_link *link)
{
	struct nlattr *info, *data;
	unsigned int underlay;

	if (link->mtu)
		nla_put_u32(msg, IFLA_MTU, link->mtu);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, TUNIP_GENL_NAME);
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	if (!info || !data)
		return;
	put_ends(msg, link);
	nla_put_u8(msg, TUNIP_LINK_TTL, link->ttl ? link->ttl :
						   TUNIP_TTL_DEFAULT);
	nla_put_u8(msg, TUNIP_LINK_TOS, link->tos < 0 ? TUNIP_TOS_COPY :
						       (uint8_t)link->tos);
	nla_put_u8(msg, TUNIP_LINK_DF, link->df);
	nla_put_u8(msg, TUNIP_LINK_LOCAL_ONLY, link->local_only);
	/* 0 means any, which one that is adopted may not have had. */
	underlay = link->underlay[0] ? if_nametoindex(link->underlay) : 0;
	nla_put_u32(msg, TUNIP_LINK_UNDERLAY, underlay);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
}

static int create(struct knl *knl, const struct knl_link *link,
		  char why[KNL_WHY])
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = knl_link_request(RTM_NEWLINK,
					      NLM_F_CREATE | NLM_F_EXCL, &ifi);
	int err;

	if (!msg)
		return ERR_NOMEM;
	nla_put_string(msg, IFLA_IFNAME, link->name);
	put_attributes(msg, link);
	err = knl_ask(knl->rtnl, msg, NULL, NULL, why);
	if (!err)
		knl_link_mark(knl, if_nametoindex(link->name));
	return err;
}

/* One that exists. Return: 0, or ERR_EXISTS if it is not of our kind. */
static int examine(struct knl *knl, const struct knl_link *link,
		   struct knl_dev_info *info, char why[KNL_WHY])
{
	char sentence[KNL_WHY];

	if (!knl_dev_get(knl, link->name, info, sentence))
		return 0;
	snprintf(why, KNL_WHY, "%s exists and cannot be used: %.100s",
		 link->name, sentence);
	return ERR_EXISTS;
}

static bool leads_elsewhere(const struct knl_dev_info *info,
			    const struct knl_link *link)
{
	char local[ADDR_STR], remote[ADDR_STR];

	if (addr_eq(&info->local, &link->local) &&
	    addr_eq(&info->remote, &link->remote))
		return false;
	log_notice(NULL, "%s exists with other endpoints than the configuration's: local %s, remote %s; its SAs are removed",
		   link->name, addr_str(&info->local, local),
		   addr_str(&info->remote, remote));
	return true;
}

/* Its MTU was configured, and what is to be derived is not known yet. */
static bool keeps_mtu(const struct knl_dev_info *info,
		      const struct knl_link *link)
{
	return info->mtu_fixed && !info->derived_mtu && !link->mtu;
}

/* Back to what the module derives from the path, if it knows. */
static void put_derived_mtu(struct nl_msg *msg, const struct knl_dev_info *info)
{
	if (info->derived_mtu)
		nla_put_u32(msg, IFLA_MTU, info->derived_mtu);
}

/*
 * Its SAs have no owner any more; what else differs is changed. What the
 * configuration does not mention is as it was made by hand, or, if an agent has
 * made it, as in one that is new.
 */
static int take_over(struct knl *knl, const struct knl_link *link,
		     const struct knl_dev_info *info, bool marked,
		     char why[KNL_WHY])
{
	struct ifinfomsg ifi = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)info->ifindex,
	};
	struct nl_msg *msg;
	int err;

	err = knl_sa_flush(knl, info->ifindex, why);
	if (err)
		return err;
	msg = knl_link_request(RTM_NEWLINK, 0, &ifi);
	if (msg && marked && !link->vrf[0])
		nla_put_u32(msg, IFLA_MASTER, 0);
	if (msg && marked && !link->mtu)
		put_derived_mtu(msg, info);
	if (msg)
		put_attributes(msg, link);
	err = knl_ask(knl->rtnl, msg, NULL, NULL, why);
	return err ? err : knl_address_prune(knl, link, info->ifindex, why);
}

/*
 * One that an agent made for another peer begins anew, as after a clean stop:
 * nothing is left of it that was for that peer, and two can change places.
 */
static int adopt(struct knl *knl, const struct knl_link *link,
		 char why[KNL_WHY])
{
	struct knl_dev_info info;
	bool anew, marked;
	int err;

	err = examine(knl, link, &info, why);
	if (err)
		return err;
	anew = leads_elsewhere(&info, link) || keeps_mtu(&info, link);
	marked = knl_link_is_marked(knl, info.ifindex);
	if (anew && marked && !knl_link_del(knl, info.ifindex, why))
		return create(knl, link, why);
	return take_over(knl, link, &info, marked, why);
}

/* Into its VRF, then up: a route must not appear in the wrong table. */
static int set_up(struct knl *knl, const struct knl_link *link,
		  unsigned int ifindex, char why[KNL_WHY])
{
	struct ifinfomsg ifi = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)ifindex,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct nl_msg *msg = knl_link_request(RTM_NEWLINK, 0, &ifi);
	unsigned int vrf;

	if (!msg)
		return ERR_NOMEM;
	if (link->vrf[0]) {
		vrf = if_nametoindex(link->vrf);
		if (!vrf) {
			nlmsg_free(msg);
			snprintf(why, KNL_WHY, "there is no VRF %s", link->vrf);
			return ERR_NOT_FOUND;
		}
		nla_put_u32(msg, IFLA_MASTER, vrf);
	}
	return knl_ask(knl->rtnl, msg, NULL, NULL, why);
}

unsigned int knl_ifindex(void *arg, const char *name)
{
	return if_nametoindex(name);
}

int knl_link_add(void *arg, const struct knl_link *link, unsigned int *ifindex,
		 char why[KNL_WHY])
{
	struct knl *knl = arg;
	int err;

	*ifindex = 0;
	if (link->underlay[0] && !if_nametoindex(link->underlay)) {
		snprintf(why, KNL_WHY, "there is no VRF or device %s",
			 link->underlay);
		return ERR_NOT_FOUND;
	}
	err = create(knl, link, why);
	if (err == ERR_EXISTS && if_nametoindex(link->name))
		err = adopt(knl, link, why);
	if (err)
		return err;
	*ifindex = if_nametoindex(link->name);
	err = set_up(knl, link, *ifindex, why);
	if (!err)
		err = knl_address_set(knl, &link->inner, *ifindex, why);
	if (!err)
		err = knl_address_set(knl, &link->inner6, *ifindex, why);
	return err;
}

static int change(struct knl *knl, unsigned int ifindex,
		  const struct knl_link *was, const struct knl_link *link,
		  char why[KNL_WHY])
{
	struct ifinfomsg ifi = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)ifindex,
	};
	struct nl_msg *msg = knl_link_request(RTM_NEWLINK, 0, &ifi);
	unsigned int vrf = link->vrf[0] ? if_nametoindex(link->vrf) : 0;
	struct knl_dev_info info;
	char sentence[KNL_WHY];

	if (!msg)
		return ERR_NOMEM;
	if (link->vrf[0] && !vrf) {
		nlmsg_free(msg);
		snprintf(why, KNL_WHY, "there is no VRF %s", link->vrf);
		return ERR_NOT_FOUND;
	}
	if (strcmp(was->vrf, link->vrf) != 0)
		nla_put_u32(msg, IFLA_MASTER, vrf);
	if (was->mtu && !link->mtu &&
	    !knl_dev_get(knl, link->name, &info, sentence))
		put_derived_mtu(msg, &info);
	put_attributes(msg, link);
	return knl_ask(knl->rtnl, msg, NULL, NULL, why);
}

int knl_link_set(void *arg, unsigned int ifindex, const struct knl_link *was,
		 const struct knl_link *link, char why[KNL_WHY])
{
	struct knl *knl = arg;
	int err;

	if (link->underlay[0] && !if_nametoindex(link->underlay)) {
		snprintf(why, KNL_WHY, "there is no VRF or device %s",
			 link->underlay);
		return ERR_NOT_FOUND;
	}
	err = change(knl, ifindex, was, link, why);
	if (!err)
		err = knl_address_change(knl, &was->inner, &link->inner,
					 ifindex, why);
	if (!err)
		err = knl_address_change(knl, &was->inner6, &link->inner6,
					 ifindex, why);
	return err;
}

int knl_link_del(void *arg, unsigned int ifindex, char why[KNL_WHY])
{
	struct ifinfomsg ifi = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)ifindex,
	};
	struct knl *knl = arg;

	return knl_ask(knl->rtnl, knl_link_request(RTM_DELLINK, 0, &ifi), NULL,
		       NULL, why);
}
