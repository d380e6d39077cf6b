// SPDX-License-Identifier: GPL-2.0
/*
 * Outer IPv6: route, headers and the ESP handler, as route.c and encap.c have
 * them for IPv4; and what IPv6 asks of the interface.
 */

#include "outer6.h"

#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/ip6_checksum.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/xfrm.h>

#include "crypto/multi.h"
#include "device.h"
#include "encap.h"
#include "esp.h"
#include "prefix.h"
#include "route.h"
#include "rx.h"
#include "sad.h"

/** tunip_outer6_usable - is there an IPv6 to send with? */
bool tunip_outer6_usable(void)
{
	return ipv6_mod_enabled();
}

/* ------------------------------------------------------------------ route */

/**
 * tunip_route6_lookup - route of outer packets between two addresses
 * @td: the interface
 * @ends: IPv6 addresses; the local one must be ours, as IPv4's lookup demands
 * @udp: the packets are UDP-encapsulated
 * @flowlabel: of the packets
 *
 * Return: a referenced route or ERR_PTR.
 */
struct dst_entry *tunip_route6_lookup(const struct tunip_dev *td,
				      const struct tunip_ends *ends, bool udp,
				      __be32 flowlabel)
{
	u8 tos = READ_ONCE(td->tos);
	struct flowi6 fl6 = {
		.daddr = ends->remote.v6,
		.saddr = ends->local.v6,
		.flowi6_oif = READ_ONCE(td->underlay),
		.flowi6_proto = udp ? IPPROTO_UDP : IPPROTO_ESP,
		.flowlabel = ip6_make_flowinfo(tos == TUNIP_TOS_COPY ? 0 : tos,
					       flowlabel),
	};

	if (!ipv6_chk_addr(td->net, &fl6.saddr, NULL, 0))
		return ERR_PTR(-EADDRNOTAVAIL);
	/* Asks the policies of xfrm, too, as the lookup of IPv4 does. */
	return tunip_route_alive(ip6_dst_lookup_flow(td->net, NULL, &fl6,
						     NULL));
}

/** tunip_route6_get - tunip_route_get() of an SA over IPv6 */
struct dst_entry *tunip_route6_get(const struct tunip_dev *td,
				   struct tunip_sa *sa)
{
	struct dst_entry *dst;
	struct in6_addr saddr;

	dst = dst_cache_get_ip6(&sa->dst_cache, &saddr);
	if (likely(dst))
		return dst;
	dst = tunip_route6_lookup(td, &sa->ends, tunip_sa_udp(sa),
				  sa->flowlabel);
	if (!IS_ERR(dst))
		dst_cache_set_ip6(&sa->dst_cache, dst, &sa->ends.local.v6);
	return dst;
}

/* ---------------------------------------------------------------- headers */

/* Unlike that of IPv4, its checksum may not be zero (RFC 8200 section 8.1). */
static void push_udp(struct sk_buff *skb, const struct tunip_sa *sa)
{
	struct udphdr *uh = skb_push(skb, sizeof(*uh));

	uh->source = sa->sport;
	uh->dest = sa->dport;
	uh->len = htons(skb->len);
	skb_reset_transport_header(skb);
	udp6_set_csum(false, skb, &sa->ends.local.v6, &sa->ends.remote.v6,
		      skb->len);
}

static void push_ip(struct sk_buff *skb, const struct tunip_dev *td,
		    const struct tunip_sa *sa)
{
	struct ipv6hdr *ip6h = skb_push(skb, sizeof(*ip6h));

	ip6_flow_hdr(ip6h, tunip_cb(skb)->tos, sa->flowlabel);
	ip6h->nexthdr = tunip_sa_udp(sa) ? IPPROTO_UDP : IPPROTO_ESP;
	ip6h->hop_limit = READ_ONCE(td->ttl);
	ip6h->saddr = sa->ends.local.v6;
	ip6h->daddr = sa->ends.remote.v6;
	skb_reset_network_header(skb);
}

/** tunip_encap6_output - tunip_encap_output() of an SA over IPv6 */
int tunip_encap6_output(struct tunip_dev *td, struct tunip_sa *sa,
			struct sk_buff *skb, struct dst_entry *dst)
{
	bool xnet = !net_eq(td->net, dev_net(td->dev));
	bool df = tunip_cb(skb)->df;
	int err;

	skb_reset_transport_header(skb);
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	if (tunip_sa_udp(sa))
		push_udp(skb, sa);
	push_ip(skb, td, sa);
	skb_scrub_packet(skb, xnet);
	skb_dst_set(skb, dst_clone(dst));
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	skb->protocol = htons(ETH_P_IPV6);
	skb->ignore_df = !df;
	/* The socket belongs to the inner side, perhaps to another namespace. */
	err = ip6_local_out(td->net, NULL, skb);
	return net_xmit_eval(err);
}

/* ---------------------------------------------------------------- handler */

static int esp6_handler(struct sk_buff *skb)
{
	return tunip_rx_claim6(skb, false);
}

static int esp6_input_handler(struct sk_buff *skb, int nexthdr, __be32 spi,
			      int encap_type)
{
	if (encap_type != UDP_ENCAP_ESPINUDP)
		return -EINVAL;
	return tunip_rx_claim6(skb, true);
}

static int esp6_cb_handler(struct sk_buff *skb, int err)
{
	return 1;
}

/* As for IPv4, the path MTU is all an ICMPv6 sender may tell us. */
static int esp6_err_handler(struct sk_buff *skb, struct inet6_skb_parm *opt,
			    u8 type, u8 code, int offset, __be32 info)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	struct net *net = dev_net(skb->dev);
	const struct tunip_esp_hdr *esp;
	struct tunip_sa *sa;

	esp = (const struct tunip_esp_hdr *)(skb->data + offset);
	sa = tunip_sad_find_out6(net, esp->spi, &ip6h->daddr);
	if (!sa || !ipv6_addr_equal(&ip6h->saddr, &sa->ends.local.v6))
		return -ENOENT;
	if (type == ICMPV6_PKT_TOOBIG) {
		ip6_update_pmtu(skb, net, info, READ_ONCE(sa->td->underlay), 0,
				sock_net_uid(net, NULL));
		tunip_dev_derive(sa->td);
	}
	return 0;
}

static struct xfrm6_protocol esp6_protocol = {
	.handler	= esp6_handler,
	.input_handler	= esp6_input_handler,
	.cb_handler	= esp6_cb_handler,
	.err_handler	= esp6_err_handler,
	.priority	= TUNIP_HANDLER_PRIORITY,
};

int tunip_outer6_init(void)
{
	int err;

	if (!tunip_outer6_usable())
		return 0;
	err = xfrm6_protocol_register(&esp6_protocol, IPPROTO_ESP);
	/* What was refused may be on the dispatcher's list nevertheless. */
	if (err)
		xfrm6_protocol_deregister(&esp6_protocol, IPPROTO_ESP);
	return err;
}

void tunip_outer6_exit(void)
{
	if (tunip_outer6_usable())
		xfrm6_protocol_deregister(&esp6_protocol, IPPROTO_ESP);
}

/* -------------------------------------------------------------- interface */

/** tunip_inner6_open - nobody is there to hear router solicitations; rtnl */
void tunip_inner6_open(struct net_device *dev)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);

	if (in6_dev)
		in6_dev->cnf.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
}

/** tunip_inner6_in_use - has the interface an IPv6 address? rtnl held */
bool tunip_inner6_in_use(const struct net_device *dev)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);

	return in6_dev && !list_empty(&in6_dev->addr_list);
}

/* --------------------------------------------------------- reverse routes */

/* One that may be given to a route: not on trial, and not of one link only. */
static bool source_fits(const struct inet6_ifaddr *ifa,
			const struct tunip_selector *sel)
{
	return !(ifa->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) &&
	       !(ipv6_addr_type(&ifa->addr) & IPV6_ADDR_LINKLOCAL) &&
	       tunip_selector_local6(sel, &ifa->addr);
}

/**
 * tunip_inner6_source - an address of this router within the local selector
 * @net: namespace
 * @table: of a VRF; addresses of its interfaces count
 * @sel: the selector
 * @found: filled in
 *
 * Return: is there one?
 */
bool tunip_inner6_source(struct net *net, u32 table,
			 const struct tunip_selector *sel,
			 union tunip_addr *found)
{
	const struct inet6_ifaddr *ifa;
	struct inet6_dev *in6_dev;
	struct net_device *dev;
	bool is = false;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		in6_dev = __in6_dev_get(dev);
		if (!in6_dev ||
		    (l3mdev_fib_table_rcu(dev) ?: RT_TABLE_MAIN) != table)
			continue;
		list_for_each_entry_rcu(ifa, &in6_dev->addr_list, if_list) {
			if (!source_fits(ifa, sel))
				continue;
			found->v6 = ifa->addr;
			is = true;
			goto out_unlock;
		}
	}
out_unlock:
	rcu_read_unlock();
	return is;
}

/** tunip_event6_prefix - destination and table of the IPv6 route of an event */
void tunip_event6_prefix(const struct fib_notifier_info *info,
			 struct tunip_prefix *p, u32 *table)
{
	const struct fib6_entry_notifier_info *fen =
		container_of(info, struct fib6_entry_notifier_info, info);

	p->addr.v6 = fen->rt->fib6_dst.addr;
	p->len = fen->rt->fib6_dst.plen;
	p->v6 = true;
	*table = fen->rt->fib6_table->tb6_id;
}
