/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two outer addresses of a tunnel, of one family.
 */
#ifndef TUNIP_ENDS_H
#define TUNIP_ENDS_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/string.h>
#include <linux/types.h>
#include <net/ipv6.h>
#include <net/netlink.h>

union tunip_addr {
	__be32 v4;
	struct in6_addr v6;
};

/** struct tunip_ends - @v6 says which half of both unions counts */
struct tunip_ends {
	union tunip_addr local;
	union tunip_addr remote;
	bool v6;
};

/** tunip_addr_unicast - may a packet have it as source and as destination? */
static inline bool tunip_addr_unicast(const union tunip_addr *addr, bool v6)
{
	if (v6)
		return !ipv6_addr_any(&addr->v6) &&
		       !ipv6_addr_is_multicast(&addr->v6) &&
		       !ipv6_addr_v4mapped(&addr->v6);
	return addr->v4 && !ipv4_is_multicast(addr->v4) &&
	       !ipv4_is_lbcast(addr->v4);
}

/* Append an address as an attribute of 4 or 16 octets. */
static inline int tunip_addr_put(struct sk_buff *msg, int type,
				 const union tunip_addr *addr, bool v6)
{
	return v6 ? nla_put_in6_addr(msg, type, &addr->v6) :
		    nla_put_in_addr(msg, type, addr->v4);
}

/* The half that does not count is zero. */
static inline bool tunip_ends_equal(const struct tunip_ends *a,
				    const struct tunip_ends *b)
{
	return a->v6 == b->v6 && !memcmp(&a->local, &b->local, sizeof(a->local)) &&
	       !memcmp(&a->remote, &b->remote, sizeof(a->remote));
}

#endif
