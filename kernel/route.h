/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The outer route: lookup through the SA's per-CPU cache, path MTU, and the
 * outer header's DSCP, ECN, TTL and DF (RFC 4301 section 5.1.2, RFC 6040).
 */
#ifndef TUNIP_ROUTE_H
#define TUNIP_ROUTE_H

#include <linux/err.h>
#include <linux/minmax.h>
#include <net/dst.h>

#include "esp.h"
#include "sa.h"

struct tunip_dev;

struct dst_entry *tunip_route_get(const struct tunip_dev *td,
				  struct tunip_sa *sa);
u32 tunip_route_pmtu(const struct tunip_dev *td, const struct tunip_sa *sa,
		     u32 *headroom);
u8 tunip_route_tos(const struct tunip_dev *td, u8 inner_tos);
bool tunip_route_df(const struct tunip_dev *td, bool inner_df);

/* Tunnels that lead into each other ask for more with every look at the other. */
#define TUNIP_HEADROOM_MAX	512

/** tunip_route_headroom - octets before an inner packet until it is on the wire */
static inline u32 tunip_route_headroom(const struct dst_entry *dst,
				       const struct tunip_sa *sa)
{
	return min_t(u32, TUNIP_HEADROOM_MAX,
		     LL_RESERVED_SPACE(dst->dev) + dst->header_len +
		     sa->outer_len + TUNIP_ESP_HDR_LEN + sa->suite->iv_len);
}

/**
 * tunip_route_alive - a route, unless what is sent by it is swallowed
 * @dst: reference of a route, consumed with an error, or ERR_PTR
 *
 * Where a policy of xfrm waits for its SA, the lookup finds such a one.
 */
static inline struct dst_entry *tunip_route_alive(struct dst_entry *dst)
{
	if (IS_ERR(dst) || dst->obsolete != DST_OBSOLETE_DEAD)
		return dst;
	dst_release(dst);
	return ERR_PTR(-EHOSTUNREACH);
}

#endif
