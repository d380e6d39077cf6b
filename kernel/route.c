// SPDX-License-Identifier: GPL-2.0
/*
 * Outer route and the policy for the fields of the outer header.
 */

#include "route.h"

#include <net/inet_dscp.h>
#include <net/inet_ecn.h>
#include <net/route.h>

#include "compat.h"
#include "device.h"
#include "outer6.h"
#include "sa.h"

static struct dst_entry *lookup(const struct tunip_dev *td,
				const struct tunip_ends *ends, bool udp)
{
	struct flowi4 fl4 = {
		.daddr = ends->remote.v4,
		.saddr = ends->local.v4,
		.flowi4_oif = READ_ONCE(td->underlay),
		.flowi4_proto = udp ? IPPROTO_UDP : IPPROTO_ESP,
	};
	struct rtable *rt;

	tunip_flow_set_dscp(&fl4, READ_ONCE(td->tos));
	rt = ip_route_output_key(td->net, &fl4);
	return tunip_route_alive(IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst);
}

/**
 * tunip_route_get - route of the outer packets of an SA
 * @td: its interface
 * @sa: outbound SA
 *
 * Bottom halves disabled. The cache is per CPU and checks for itself whether
 * routing has changed. Return: a referenced route or ERR_PTR.
 */
struct dst_entry *tunip_route_get(const struct tunip_dev *td,
				  struct tunip_sa *sa)
{
	struct dst_entry *dst;
	struct rtable *rt;
	__be32 saddr;

	if (sa->ends.v6)
		return tunip_route6_get(td, sa);
	rt = dst_cache_get_ip4(&sa->dst_cache, &saddr);
	if (likely(rt))
		return &rt->dst;
	dst = lookup(td, &sa->ends, tunip_sa_udp(sa));
	if (!IS_ERR(dst))
		dst_cache_set_ip4(&sa->dst_cache, dst, sa->ends.local.v4);
	return dst;
}

/**
 * tunip_route_pmtu - path MTU towards the peer
 * @td: the interface
 * @sa: transmit SA, or NULL for the addresses of the interface
 * @headroom: set to that of a packet of the SA, if there are SA and a route that
 *	does not lead back into the interface
 *
 * rtnl or an SA keeps the addresses still. The kernel keeps path MTUs learnt
 * from ICMP as exceptions of the route and ages them; asking the route is all
 * that is needed.
 */
u32 tunip_route_pmtu(const struct tunip_dev *td, const struct tunip_sa *sa,
		     u32 *headroom)
{
	const struct tunip_ends *ends = sa ? &sa->ends : &td->ends;
	bool udp = sa && tunip_sa_udp(sa);
	struct dst_entry *dst;
	u32 mtu;

	if (ends->v6)
		dst = tunip_route6_lookup(td, ends, udp, sa ? sa->flowlabel : 0);
	else
		dst = lookup(td, ends, udp);
	if (IS_ERR(dst))
		return TUNIP_PMTU_DEFAULT;
	mtu = dst_mtu(dst);
	if (sa && dst->dev != td->dev)
		*headroom = tunip_route_headroom(dst, sa);
	dst_release(dst);
	return mtu;
}

/** tunip_route_tos - outer DSCP by policy, ECN copied (RFC 6040 section 4.1) */
u8 tunip_route_tos(const struct tunip_dev *td, u8 inner_tos)
{
	u8 tos = READ_ONCE(td->tos);

	if (tos == TUNIP_TOS_COPY)
		tos = inner_tos;
	return (tos & ~INET_ECN_MASK) | (inner_tos & INET_ECN_MASK);
}

bool tunip_route_df(const struct tunip_dev *td, bool inner_df)
{
	switch (READ_ONCE(td->df)) {
	case TUNIP_DF_SET:
		return true;
	case TUNIP_DF_CLEAR:
		return false;
	default:
		return inner_df;
	}
}
