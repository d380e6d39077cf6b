// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of interfaces over rtnetlink. Those that the agent puts there carry
 * the protocol of its routes, which is what a later agent knows them by.
 */

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/tunnel_ip.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "kernel_nl/internal.h"
#include "util/err.h"

/* A configured interface has one of either family. */
#define STALE_MAX	4

static struct nl_msg *request(int type, int flags, const struct prefix *inner,
			      unsigned int ifindex)
{
	struct ifaddrmsg ifa = {
		.ifa_family = (unsigned char)inner->addr.family,
		.ifa_prefixlen = inner->len,
		.ifa_index = ifindex,
		/* Nobody else is on the wire to have it too. */
		.ifa_flags = inner->addr.family == AF_INET6 ? IFA_F_NODAD : 0,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags | NLM_F_ACK);

	if (!msg || nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	nla_put(msg, IFA_LOCAL, (int)addr_len(&inner->addr),
		inner->addr.octets);
	nla_put(msg, IFA_ADDRESS, (int)addr_len(&inner->addr),
		inner->addr.octets);
	return msg;
}

int knl_address_set(struct knl *knl, const struct prefix *inner,
		    unsigned int ifindex, char why[KNL_WHY])
{
	struct nl_msg *msg;
	int err;

	if (!addr_is_set(&inner->addr))
		return 0;
	msg = request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, inner,
		      ifindex);
	if (!msg)
		return ERR_NOMEM;
	nla_put_u8(msg, IFA_PROTO, TUNIP_RRI_PROTOCOL);
	err = knl_ask(knl->rtnl, msg, NULL, NULL, why);
	return err == ERR_EXISTS ? 0 : err;
}

/* Somebody else may have been quicker. */
static int delete(struct knl *knl, const struct prefix *inner,
		  unsigned int ifindex, char why[KNL_WHY])
{
	struct nl_msg *msg;

	if (!addr_is_set(&inner->addr))
		return 0;
	msg = request(RTM_DELADDR, 0, inner, ifindex);
	if (!msg)
		return ERR_NOMEM;
	knl_ask(knl->rtnl, msg, NULL, NULL, why);
	return 0;
}

int knl_address_change(struct knl *knl, const struct prefix *was,
		       const struct prefix *now, unsigned int ifindex,
		       char why[KNL_WHY])
{
	int err;

	if (was->len == now->len && addr_eq(&was->addr, &now->addr))
		return 0;
	err = delete(knl, was, ifindex, why);
	return err ? err : knl_address_set(knl, now, ifindex, why);
}

/* A dump of one family, 0 any, of the interface alone. */
static struct nl_msg *dump_request(sa_family_t family, unsigned int ifindex)
{
	struct ifaddrmsg ifa = {
		.ifa_family = (unsigned char)family,
		.ifa_index = ifindex,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_DUMP);

	if (!msg || nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* Return: false when the message has none that makes sense. */
static bool take_address(struct nlmsghdr *nlh, struct addr *out)
{
	size_t hdr = sizeof(struct ifaddrmsg);
	struct nlattr *a = nlmsg_find_attr(nlh, hdr, IFA_LOCAL);

	/* IPv6 has no local beside the address unless there is a peer. */
	if (!a)
		a = nlmsg_find_attr(nlh, hdr, IFA_ADDRESS);
	return a && !addr_from_octets(nla_data(a), (size_t)nla_len(a), out);
}

/** struct first_address - the primary address looked for in a dump */
struct first_address {
	unsigned int ifindex;
	sa_family_t family;
	struct addr addr;
};

static int on_address(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	const struct ifaddrmsg *ifa = nlmsg_data(nlh);
	struct first_address *f = arg;
	/* Secondary and temporary are one bit. */
	unsigned int unusable = IFA_F_SECONDARY | IFA_F_TENTATIVE |
				IFA_F_DADFAILED;

	if (ifa->ifa_index == f->ifindex && ifa->ifa_family == f->family &&
	    !(ifa->ifa_flags & unusable) &&
	    (f->family == AF_INET || ifa->ifa_scope == RT_SCOPE_UNIVERSE) &&
	    !addr_is_set(&f->addr))
		take_address(nlh, &f->addr);
	return NL_OK;
}

int knl_address(void *arg, const char *name, sa_family_t family,
		struct addr *out)
{
	struct first_address f = { .ifindex = if_nametoindex(name),
				   .family = family };
	struct knl *knl = arg;
	char why[KNL_WHY];

	if (!f.ifindex ||
	    knl_ask(knl->rtnl, dump_request(family, f.ifindex), on_address, &f,
		    why) ||
	    !addr_is_set(&f.addr))
		return ERR_NOT_FOUND;
	*out = f.addr;
	return 0;
}

/** struct stale - those with our mark that are not configured any more */
struct stale {
	const struct knl_link *link;
	unsigned int ifindex;
	struct prefix found[STALE_MAX];
	unsigned int count;
};

static bool is_configured(const struct knl_link *link, const struct prefix *p)
{
	const struct prefix *inner = p->addr.family == AF_INET6 ?
				     &link->inner6 : &link->inner;

	return inner->len == p->len && addr_eq(&inner->addr, &p->addr);
}

static int on_marked(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	const struct ifaddrmsg *ifa = nlmsg_data(nlh);
	struct prefix p = { .len = ifa->ifa_prefixlen };
	struct stale *s = arg;
	struct nlattr *proto;

	proto = nlmsg_find_attr(nlh, sizeof(*ifa), IFA_PROTO);
	if (ifa->ifa_index == s->ifindex && proto &&
	    nla_get_u8(proto) == TUNIP_RRI_PROTOCOL &&
	    take_address(nlh, &p.addr) && !is_configured(s->link, &p) &&
	    s->count < STALE_MAX)
		s->found[s->count++] = p;
	return NL_OK;
}

int knl_address_prune(struct knl *knl, const struct knl_link *link,
		      unsigned int ifindex, char why[KNL_WHY])
{
	struct stale s = { .link = link, .ifindex = ifindex };
	unsigned int i;
	int err;

	err = knl_ask(knl->rtnl, dump_request(AF_UNSPEC, ifindex), on_marked,
		      &s, why);
	for (i = 0; !err && i < s.count; i++)
		err = delete(knl, &s.found[i], ifindex, why);
	return err;
}
