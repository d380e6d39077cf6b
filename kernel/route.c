// SPDX-License-Identifier: GPL-2.0
/*
 * Outer route and the policy for the fields of the outer header.
 */

#include "route.h"

#include <net/inet_dscp.h>
#include <net/inet_ecn.h>

#include "compat.h"
#include "device.h"
#include "sa.h"

static struct rtable *lookup(const struct tunip_dev *td, __be32 local,
			     __be32 remote, bool udp)
{
	struct flowi4 fl4 = {
		.daddr = remote,
		.saddr = local,
		.flowi4_oif = READ_ONCE(td->underlay),
		.flowi4_proto = udp ? IPPROTO_UDP : IPPROTO_ESP,
	};

	tunip_flow_set_dscp(&fl4, READ_ONCE(td->tos));
	return ip_route_output_key(td->net, &fl4);
}

/**
 * tunip_route_get - route of the outer packets of an SA
 * @td: its interface
 * @sa: outbound SA
 *
 * Bottom halves disabled. The cache is per CPU and checks for itself whether
 * routing has changed. Return: a referenced route or ERR_PTR.
 */
struct rtable *tunip_route_get(const struct tunip_dev *td, struct tunip_sa *sa)
{
	struct rtable *rt;
	__be32 saddr;

	rt = dst_cache_get_ip4(&sa->dst_cache, &saddr);
	if (likely(rt))
		return rt;
	rt = lookup(td, sa->local, sa->remote, tunip_sa_udp(sa));
	if (!IS_ERR(rt))
		dst_cache_set_ip4(&sa->dst_cache, &rt->dst, sa->local);
	return rt;
}

/**
 * tunip_route_pmtu - path MTU towards the peer
 * @td: the interface
 * @sa: transmit SA, or NULL for the addresses of the interface
 *
 * The kernel keeps path MTUs learnt from ICMP as exceptions of the route and
 * ages them; asking the route is all that is needed.
 */
u32 tunip_route_pmtu(const struct tunip_dev *td, const struct tunip_sa *sa)
{
	struct rtable *rt = lookup(td, sa ? sa->local : td->local,
				   sa ? sa->remote : td->remote,
				   sa && tunip_sa_udp(sa));
	u32 mtu;

	if (IS_ERR(rt))
		return TUNIP_PMTU_DEFAULT;
	mtu = dst_mtu(&rt->dst);
	ip_rt_put(rt);
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
