// SPDX-License-Identifier: GPL-2.0
/*
 * Receive path: claim, queue, check, open in batches, commit to the replay
 * window, strip, verify the inner packet, deliver.
 *
 * Nothing a packet says is believed before its ICV was good; what is cheap to
 * refuse before that (length, replay) is refused first.
 */

#include "rx.h"

#include <linux/udp.h>
#include <net/gro.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "compat.h"
#include "crypto/multi.h"
#include "device.h"
#include "drop.h"
#include "early.h"
#include "esp.h"
#include "notify.h"
#include "sad.h"

/* Packets waiting on one CPU; beyond that the sender is too fast for us. */
#define QUEUE_MAX	1024

struct rx_queue {
	struct sk_buff_head skbs;
	struct napi_struct napi;
};

static struct rx_queue __percpu *queues;
static struct net_device *napi_dev;

static void drop(struct tunip_sa *sa, struct sk_buff *skb, enum tunip_stat why)
{
	tunip_count_drop(sa->td, sa, why, tunip_cb(skb)->seq);
	kfree_skb(skb);
}

/* ------------------------------------------------------------------ claim */

/* The SA of a packet, pinned, or NULL. */
static struct tunip_sa *find_sa(struct sk_buff *skb)
{
	const struct tunip_esp_hdr *esp;
	struct tunip_sa *sa;

	if (!pskb_may_pull(skb, sizeof(*esp)))
		return NULL;
	esp = (const struct tunip_esp_hdr *)skb->data;
	sa = tunip_sad_find_in(dev_net(skb->dev), esp->spi);
	return sa && tunip_sa_get(sa) ? sa : NULL;
}

/* The UDP header was pulled, but still stands behind the IP header. */
static __be16 outer_port(const struct sk_buff *skb)
{
	return ((const struct udphdr *)(skb->data - TUNIP_UDP_LEN))->source;
}

/*
 * Note what will be asked of the outer header. Returns whether its addresses
 * are the SA's: behind a NAT the source may change, and the ICV decides.
 */
static bool note_outer(struct sk_buff *skb, struct tunip_sa *sa, bool udp)
{
	const struct iphdr *iph = ip_hdr(skb);

	*tunip_cb(skb) = (struct tunip_cb){
		.sa = sa,
		.saddr = iph->saddr,
		.tos = iph->tos,
		.udp = udp,
		.sport = udp ? outer_port(skb) : 0,
	};
	return !sa->ends.v6 && iph->daddr == sa->ends.local.v4 &&
	       (udp || iph->saddr == sa->ends.remote.v4);
}

static bool note_outer6(struct sk_buff *skb, struct tunip_sa *sa, bool udp)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);

	*tunip_cb(skb) = (struct tunip_cb){
		.sa = sa,
		.saddr6 = ip6h->saddr,
		.tos = ipv6_get_dsfield(ip6h),
		.udp = udp,
		.sport = udp ? outer_port(skb) : 0,
	};
	return sa->ends.v6 &&
	       ipv6_addr_equal(&ip6h->daddr, &sa->ends.local.v6) &&
	       (udp || ipv6_addr_equal(&ip6h->saddr, &sa->ends.remote.v6));
}

/* Queue a packet of an SA; both are consumed. */
static void take(struct sk_buff *skb, struct tunip_sa *sa, bool udp,
		 bool addrs_ok)
{
	struct rx_queue *q = this_cpu_ptr(queues);
	enum tunip_stat why = 0;

	/* Queued beyond this RCU section, with nothing borrowed from it. */
	skb_dst_drop(skb);
	skb_orphan(skb);
	nf_reset_ct(skb);
	/* The interface's from here on: what it came in by is not held. */
	skb->dev = sa->td->dev;
	if (udp != tunip_sa_udp(sa))
		why = TUNIP_STAT_DROP_ENCAP;
	else if (!addrs_ok)
		why = TUNIP_STAT_DROP_OUTER_ADDR;
	else if (!netif_running(sa->td->dev))
		why = TUNIP_STAT_DROP_DOWN;
	else if (skb_queue_len(&q->skbs) >= QUEUE_MAX)
		why = TUNIP_STAT_DROP_QUEUE_FULL;
	if (unlikely(why)) {
		drop(sa, skb, why);
		tunip_sa_put(sa);
		return;
	}
	__skb_queue_tail(&q->skbs, skb);
	if (skb_queue_len(&q->skbs) == 1)
		napi_schedule(&q->napi);
}

static void receive(struct sk_buff *skb, struct tunip_sa *sa, bool udp, bool v6)
{
	take(skb, sa, udp, v6 ? note_outer6(skb, sa, udp) :
				note_outer(skb, sa, udp));
}

static int claim(struct sk_buff *skb, bool udp, bool v6)
{
	struct tunip_sa *sa = find_sa(skb);

	if (unlikely(!sa)) {
		if (likely(!tunip_early_any()))
			return -EINVAL;
		if (tunip_early_hold(skb, udp))
			return 0;
		/*
		 * The keys may have come between the two looks: pairs with the
		 * barrier of tunip_early_release().
		 */
		smp_rmb();
		sa = find_sa(skb);
		if (!sa)
			return -EINVAL;
	}
	receive(skb, sa, udp, v6);
	return 0;
}

/**
 * tunip_rx_claim - take an ESP packet if its SPI is ours
 * @skb: data is the ESP header; consumed unless -EINVAL is returned
 * @udp: arrived in UDP
 *
 * Called by the ESP dispatch under RCU, bottom halves disabled.
 * Return: 0, or -EINVAL to leave the packet, untouched, to the next handler.
 */
int tunip_rx_claim(struct sk_buff *skb, bool udp)
{
	return claim(skb, udp, false);
}

/** tunip_rx_claim6 - tunip_rx_claim() of a packet that came over IPv6 */
int tunip_rx_claim6(struct sk_buff *skb, bool udp)
{
	return claim(skb, udp, true);
}

/**
 * tunip_rx_resume - receive a packet that has waited for its SA
 * @skb: as tunip_early_hold() has taken it; consumed
 * @sa: the SA; a reference is taken
 *
 * Bottom halves disabled.
 */
void tunip_rx_resume(struct sk_buff *skb, struct tunip_sa *sa)
{
	kref_get(&sa->ref);
	receive(skb, sa, tunip_cb(skb)->udp,
		skb->protocol == htons(ETH_P_IPV6));
}

/* ----------------------------------------------------------------- before */

/* Length and ownership. Returns the reason to drop, 0 for none. */
static enum tunip_stat make_ready(const struct tunip_sa *sa,
				  struct sk_buff *skb)
{
	const struct tunip_suite *s = sa->suite;

	if (skb->len < tunip_esp_min_len(s) ||
	    (skb->len - TUNIP_ESP_HDR_LEN - s->iv_len - s->icv_len) % s->block)
		return TUNIP_STAT_DROP_SHORT;
	/* Never write into pages or clones that somebody else may hold. */
	if (skb_linearize(skb))
		return TUNIP_STAT_DROP_NOMEM;
	if ((skb_cloned(skb) || skb_headroom(skb) < TUNIP_ESP_AAD_ROOM) &&
	    pskb_expand_head(skb, TUNIP_ESP_AAD_ROOM, 0, GFP_ATOMIC))
		return TUNIP_STAT_DROP_NOMEM;
	return 0;
}

static enum tunip_stat replay_reason(enum tunip_replay_verdict verdict)
{
	switch (verdict) {
	case TUNIP_REPLAY_OK:
		return 0;
	case TUNIP_REPLAY_OLD:
		return TUNIP_STAT_DROP_REPLAY_OLD;
	default:
		return TUNIP_STAT_DROP_REPLAY;
	}
}

/* Refuse what can be refused without the key; open the rest. */
static void open_batch(struct tunip_batch *batch)
{
	struct tunip_sa *sa = batch->sa;
	const struct tunip_esp_hdr *esp;
	struct sk_buff *skb, *next;

	spin_lock(&sa->lock);
	if (unlikely(!tunip_batch_enlist(batch))) {
		spin_unlock(&sa->lock);
		tunip_drop_batch(batch, TUNIP_STAT_DROP_BACKLOG);
		return;
	}
	skb_queue_walk(&batch->skbs, skb) {
		esp = (const struct tunip_esp_hdr *)skb->data;
		tunip_cb(skb)->seq = tunip_replay_infer(sa->replay,
							ntohl(esp->seq_lo),
							tunip_sa_esn(sa));
		tunip_cb(skb)->drop =
			replay_reason(tunip_replay_check(sa->replay,
							 tunip_cb(skb)->seq));
	}
	spin_unlock(&sa->lock);

	skb_queue_walk_safe(&batch->skbs, skb, next) {
		if (!tunip_cb(skb)->drop)
			tunip_cb(skb)->drop = make_ready(sa, skb);
		if (unlikely(tunip_cb(skb)->drop)) {
			__skb_unlink(skb, &batch->skbs);
			drop(sa, skb, tunip_cb(skb)->drop);
		}
	}
	tunip_batch_open(batch);
}

/* ------------------------------------------------------------------ after */

/* The inner packet's own header. Returns the reason to drop, 0 for none. */
static enum tunip_stat check_inner(const struct tunip_sa *sa,
				   struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	u32 len;

	if (skb->len < sizeof(*iph) || iph->version != 4 || iph->ihl < 5 ||
	    skb->len < iph->ihl * 4)
		return TUNIP_STAT_DROP_INNER_HEADER;
	len = ntohs(iph->tot_len);
	if (len < iph->ihl * 4 || len > skb->len)
		return TUNIP_STAT_DROP_INNER_HEADER;
	/* Traffic flow confidentiality padding ends here (RFC 4303 2.7). */
	__skb_trim(skb, len);
	if (!tunip_sa_allows(sa, iph->daddr, iph->saddr, iph->protocol))
		return TUNIP_STAT_DROP_SELECTOR;
	tunip_cb(skb)->len = len;
	return 0;
}

static enum tunip_stat check_inner6(const struct tunip_sa *sa,
				    struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	u32 len;

	if (skb->len < sizeof(*ip6h) || ip6h->version != 6)
		return TUNIP_STAT_DROP_INNER_HEADER;
	len = sizeof(*ip6h) + ntohs(ip6h->payload_len);
	/* A jumbogram does not fit into any tunnel. */
	if (len > skb->len ||
	    (!ip6h->payload_len && ip6h->nexthdr == NEXTHDR_HOP))
		return TUNIP_STAT_DROP_INNER_HEADER;
	__skb_trim(skb, len);
	if (!tunip_sa_allows6(sa, skb, &ip6h->daddr, &ip6h->saddr))
		return TUNIP_STAT_DROP_SELECTOR;
	tunip_cb(skb)->len = len;
	return 0;
}

/* Remove ESP from an opened packet. Returns the reason to drop or 0. */
static enum tunip_stat strip(const struct tunip_sa *sa, struct sk_buff *skb)
{
	const struct tunip_suite *s = sa->suite;
	const u8 *trailer;
	u32 pad, plain;

	if (unlikely(tunip_cb(skb)->err))
		return tunip_cb(skb)->err == -EBADMSG ? TUNIP_STAT_DROP_ICV :
							TUNIP_STAT_DROP_CRYPTO;
	__skb_pull(skb, TUNIP_ESP_HDR_LEN + s->iv_len);
	plain = skb->len - s->icv_len;
	trailer = skb->data + plain - TUNIP_ESP_TRAILER_LEN;
	pad = trailer[0];
	if (pad + TUNIP_ESP_TRAILER_LEN > plain ||
	    !tunip_esp_padding_ok(trailer, pad))
		return TUNIP_STAT_DROP_PADDING;
	tunip_cb(skb)->next_header = trailer[1];
	switch (trailer[1]) {
	case IPPROTO_IPIP:
		__skb_trim(skb, plain - TUNIP_ESP_TRAILER_LEN - pad);
		return check_inner(sa, skb);
	case IPPROTO_IPV6:
		__skb_trim(skb, plain - TUNIP_ESP_TRAILER_LEN - pad);
		return check_inner6(sa, skb);
	case IPPROTO_NONE:
		return 0;
	default:
		return TUNIP_STAT_DROP_NEXT_HEADER;
	}
}

/*
 * Mark the numbers of authenticated packets as seen, whatever else is wrong
 * with them, and count the good ones. One lock for the batch. Returns whether
 * any packet was authentic and new.
 */
static bool commit(struct tunip_sa *sa, struct sk_buff_head *skbs)
{
	struct sk_buff *skb;
	struct tunip_cb *cb;
	enum tunip_stat why;
	bool proof = false;

	spin_lock(&sa->lock);
	skb_queue_walk(skbs, skb) {
		cb = tunip_cb(skb);
		if (cb->err)
			continue;
		why = replay_reason(tunip_replay_commit(sa->replay, cb->seq));
		if (why) {
			cb->drop = why;
			continue;
		}
		proof = true;
		if (!cb->drop && !tunip_sa_account_rx(sa, cb->len))
			cb->drop = TUNIP_STAT_DROP_LIFETIME;
	}
	spin_unlock(&sa->lock);
	return proof;
}

/* The peer moved behind its NAT: say so, at most once a second. */
static void check_endpoint(struct tunip_sa *sa, const struct tunip_cb *cb)
{
	union tunip_addr from = {};
	unsigned long last;

	if (!cb->udp)
		return;
	if (sa->ends.v6)
		from.v6 = cb->saddr6;
	else
		from.v4 = cb->saddr;
	if (!memcmp(&from, &sa->ends.remote, sizeof(from)) &&
	    cb->sport == sa->dport)
		return;
	/* Before jiffies: the difference has no sign. */
	last = READ_ONCE(sa->last_endpoint_ntf);
	if (jiffies - last < HZ)
		return;
	WRITE_ONCE(sa->last_endpoint_ntf, jiffies);
	tunip_notify_endpoint(sa, &from, cb->sport);
}

/* Hand one packet to the stack as if it came in by the interface. */
static bool deliver(struct tunip_batch *batch, struct sk_buff *skb)
{
	struct tunip_sa *sa = batch->sa;
	struct net_device *dev = sa->td->dev;
	u8 outer_tos = tunip_cb(skb)->tos, inner_tos;
	bool ce;

	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	if (likely(tunip_cb(skb)->next_header == IPPROTO_IPIP)) {
		skb->protocol = htons(ETH_P_IP);
		inner_tos = ip_hdr(skb)->tos;
	} else {
		skb->protocol = htons(ETH_P_IPV6);
		inner_tos = ipv6_get_dsfield(ipv6_hdr(skb));
	}
	ce = INET_ECN_is_ce(outer_tos) && !INET_ECN_is_ce(inner_tos);
	if (INET_ECN_decapsulate(skb, outer_tos, inner_tos) > 1) {
		drop(sa, skb, TUNIP_STAT_DROP_ECN);
		return false;
	}
	if (ce)
		tunip_count(sa->td, sa, TUNIP_STAT_RX_ECN_CE);
	skb_scrub_packet(skb, !net_eq(sa->td->net, dev_net(dev)));
	skb_clear_hash(skb);
	/* Of the underlay's queues this interface knows nothing. */
	skb_set_queue_mapping(skb, 0);
	skb->pkt_type = PACKET_HOST;
	/* The ICV vouches for every octet since the peer took the packet. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->csum_level = ~0;
	memset(skb->cb, 0, sizeof(skb->cb));
	if (batch->napi)
		napi_gro_receive(batch->napi, skb);
	else
		netif_receive_skb(skb);	/* at once: later ones come by GRO */
	return true;
}

/* The peer has the new keys: send with the SA that was installed with them. */
static void prove_next(struct tunip_sa *in)
{
	struct tunip_sa *next;

	rcu_read_lock();
	next = rcu_dereference(in->td->tx_next);
	if (unlikely(next && next->pair_spi == in->key.spi))
		tunip_dev_switch_tx(in->td, next);
	rcu_read_unlock();
}

static void rx_done(struct tunip_batch *batch)
{
	struct tunip_sa *sa = batch->sa;
	u64 packets = 0, bytes = 0;
	struct sk_buff *skb;
	u32 len;

	skb_queue_walk(&batch->skbs, skb)
		tunip_cb(skb)->drop = strip(sa, skb);
	if (commit(sa, &batch->skbs)) {
		prove_next(sa);
		WRITE_ONCE(sa->last_used, jiffies);
	}
	while ((skb = __skb_dequeue(&batch->skbs))) {
		if (unlikely(tunip_cb(skb)->drop)) {
			drop(sa, skb, tunip_cb(skb)->drop);
			continue;
		}
		check_endpoint(sa, tunip_cb(skb));
		if (tunip_cb(skb)->next_header == IPPROTO_NONE) {
			tunip_count(sa->td, sa, TUNIP_STAT_RX_DUMMY);
			consume_skb(skb);
			continue;
		}
		len = tunip_cb(skb)->len;
		if (deliver(batch, skb)) {
			packets++;
			bytes += len;
		}
	}
	tunip_stat_traffic(sa->td->stats, TUNIP_STAT_RX_PACKETS, packets,
			   bytes);
	tunip_stat_traffic(sa->stats, TUNIP_STAT_RX_PACKETS, packets, bytes);
	tunip_batch_free(batch);
}

/* ------------------------------------------------------------------- poll */

/* Up to TUNIP_BATCH_MAX packets of the SA at the head of the queue. */
static int poll_batch(struct rx_queue *q, int budget)
{
	struct tunip_sa *sa = tunip_cb(skb_peek(&q->skbs))->sa;
	struct tunip_batch *batch = tunip_batch_new(sa, rx_done);
	struct sk_buff *skb;
	int n = 0;

	if (!batch) {
		skb = __skb_dequeue(&q->skbs);
		drop(sa, skb, TUNIP_STAT_DROP_NOMEM);
		tunip_sa_put(sa);
		return 1;
	}
	batch->napi = &q->napi;
	while (n < min(budget, TUNIP_BATCH_MAX)) {
		skb = skb_peek(&q->skbs);
		if (!skb || tunip_cb(skb)->sa != sa)
			break;
		__skb_unlink(skb, &q->skbs);
		/* The batch has one reference; the packets' own may go. */
		if (n++)
			tunip_sa_put(sa);
		__skb_queue_tail(&batch->skbs, skb);
	}
	open_batch(batch);
	return n;
}

static int rx_poll(struct napi_struct *napi, int budget)
{
	struct rx_queue *q = container_of(napi, struct rx_queue, napi);
	int work = 0;

	while (work < budget && !skb_queue_empty(&q->skbs))
		work += poll_batch(q, budget - work);
	/*
	 * What GRO keeps from one poll to the next would outlive the reference
	 * that its batch held of the interface.
	 */
	if (work < budget)
		napi_complete_done(napi, work);
	else
		napi_gro_flush(napi, false);
	return work;
}

int tunip_rx_init(void)
{
	int cpu;

	napi_dev = tunip_alloc_netdev_dummy();
	if (!napi_dev)
		return -ENOMEM;
	queues = alloc_percpu(struct rx_queue);
	if (!queues) {
		tunip_free_netdev_dummy(napi_dev);
		return -ENOMEM;
	}
	for_each_possible_cpu(cpu) {
		struct rx_queue *q = per_cpu_ptr(queues, cpu);

		__skb_queue_head_init(&q->skbs);
		/* Sockets that poll would empty the queue from other CPUs. */
		set_bit(NAPI_STATE_NO_BUSY_POLL, &q->napi.state);
		netif_napi_add(napi_dev, &q->napi, rx_poll);
		napi_enable(&q->napi);
	}
	return 0;
}

/** tunip_rx_exit - after the last claim is possible; may sleep */
void tunip_rx_exit(void)
{
	struct tunip_sa *sa;
	struct sk_buff *skb;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct rx_queue *q = per_cpu_ptr(queues, cpu);

		napi_disable(&q->napi);
		netif_napi_del(&q->napi);
		local_bh_disable();
		while ((skb = __skb_dequeue(&q->skbs))) {
			sa = tunip_cb(skb)->sa;
			drop(sa, skb, TUNIP_STAT_DROP_DOWN);
			tunip_sa_put(sa);
		}
		local_bh_enable();
	}
	/* netif_napi_del() leaves readers of the device's list to RCU. */
	synchronize_net();
	free_percpu(queues);
	tunip_free_netdev_dummy(napi_dev);
}
