// SPDX-License-Identifier: GPL-2.0
/*
 * Outer headers, and the ESP handler that lives beside the kernel's own.
 *
 * The dispatcher asks handlers in order of priority until one answers
 * something else than -EINVAL. We stand before vti (100) and esp4 (0) and
 * claim only SPIs that are ours, so they see everything else untouched.
 */

#include "encap.h"

#include <linux/icmp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/xfrm.h>

#include "crypto/multi.h"
#include "device.h"
#include "esp.h"
#include "outer6.h"
#include "rx.h"
#include "sad.h"

static void push_udp(struct sk_buff *skb, const struct tunip_sa *sa)
{
	struct udphdr *uh = skb_push(skb, sizeof(*uh));

	uh->source = sa->sport;
	uh->dest = sa->dport;
	uh->len = htons(skb->len);
	uh->check = 0;		/* RFC 3948 section 2.1 */
	skb_reset_transport_header(skb);
}

static void push_ip(struct sk_buff *skb, const struct tunip_dev *td,
		    const struct tunip_sa *sa)
{
	const struct tunip_cb *cb = tunip_cb(skb);
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = cb->tos;
	iph->frag_off = cb->df ? htons(IP_DF) : 0;
	iph->ttl = READ_ONCE(td->ttl);
	iph->protocol = tunip_sa_udp(sa) ? IPPROTO_UDP : IPPROTO_ESP;
	iph->saddr = sa->ends.local.v4;
	iph->daddr = sa->ends.remote.v4;
	skb_reset_network_header(skb);
	__ip_select_ident(td->net, iph, 1);
}

/**
 * tunip_encap_output - give a sealed packet its outer headers and send it
 * @td: the interface it came in by
 * @sa: the SA that sealed it
 * @skb: consumed; data is the ESP header
 * @dst: outer route; the caller's reference outlives its RCU section
 *
 * Bottom halves disabled. Return: 0, or an error of the stack below.
 */
int tunip_encap_output(struct tunip_dev *td, struct tunip_sa *sa,
		       struct sk_buff *skb, struct dst_entry *dst)
{
	bool xnet = !net_eq(td->net, dev_net(td->dev));
	int err;

	if (sa->ends.v6)
		return tunip_encap6_output(td, sa, skb, dst);
	skb_reset_transport_header(skb);
	if (tunip_sa_udp(sa))
		push_udp(skb, sa);
	push_ip(skb, td, sa);
	skb_scrub_packet(skb, xnet);
	/* Who queues the packet takes a reference, as for TCP's packets. */
	skb_dst_set_noref(skb, dst);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	skb->protocol = htons(ETH_P_IP);
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	/* The socket belongs to the inner side, perhaps to another namespace. */
	err = ip_local_out(td->net, NULL, skb);
	return net_xmit_eval(err);
}

static int esp_handler(struct sk_buff *skb)
{
	return tunip_rx_claim(skb, false);
}

/* ESP in UDP, from a socket with UDP_ENCAP_ESPINUDP; @spi is not filled in. */
static int esp_input_handler(struct sk_buff *skb, int nexthdr, __be32 spi,
			     int encap_type)
{
	if (encap_type != UDP_ENCAP_ESPINUDP)
		return -EINVAL;
	return tunip_rx_claim(skb, true);
}

/* Asked after xfrm finished a packet; ours never go through xfrm. */
static int esp_cb_handler(struct sk_buff *skb, int err)
{
	return 1;
}

/*
 * ICMP about a packet of ours: believed for path MTU only, and only when it
 * quotes an SA that exists. Everything else an ICMP sender may claim would
 * let him tear down tunnels.
 */
static int esp_err_handler(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct tunip_esp_hdr *esp;
	struct net *net = dev_net(skb->dev);
	struct tunip_sa *sa;

	esp = (const struct tunip_esp_hdr *)(skb->data + (iph->ihl << 2));
	sa = tunip_sad_find_out(net, esp->spi, iph->daddr);
	if (!sa || iph->saddr != sa->ends.local.v4)
		return -ENOENT;
	if (icmp_hdr(skb)->type == ICMP_DEST_UNREACH &&
	    icmp_hdr(skb)->code == ICMP_FRAG_NEEDED) {
		ipv4_update_pmtu(skb, net, info, READ_ONCE(sa->td->underlay),
				 IPPROTO_ESP);
		tunip_dev_derive(sa->td);
	}
	return 0;
}

static struct xfrm4_protocol esp_protocol = {
	.handler	= esp_handler,
	.input_handler	= esp_input_handler,
	.cb_handler	= esp_cb_handler,
	.err_handler	= esp_err_handler,
	.priority	= TUNIP_HANDLER_PRIORITY,
};

int tunip_encap_init(void)
{
	int err = xfrm4_protocol_register(&esp_protocol, IPPROTO_ESP) ?:
		  tunip_outer6_init();

	/* What was refused may be on the dispatcher's list nevertheless. */
	if (err)
		xfrm4_protocol_deregister(&esp_protocol, IPPROTO_ESP);
	return err;
}

void tunip_encap_exit(void)
{
	tunip_outer6_exit();
	xfrm4_protocol_deregister(&esp_protocol, IPPROTO_ESP);
}
