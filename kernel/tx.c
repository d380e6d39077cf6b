// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit path: checks, GSO split, preparation of each segment, sequence
 * numbers for the whole batch, sealing, outer headers. A super-packet of TCP
 * travels as one batch.
 *
 * Functions that take an skb consume it.
 */

#include "tx.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/dst_metadata.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "compat.h"
#include "crypto/multi.h"
#include "device.h"
#include "drop.h"
#include "encap.h"
#include "esp.h"
#include "notify.h"
#include "route.h"

/* Tunnels in tunnels: each level costs stack. */
#define MAX_DEPTH	4

static DEFINE_PER_CPU(unsigned int, xmit_depth);

/* What is constant for the segments of one packet. */
struct tx_path {
	struct tunip_dev *td;
	struct tunip_sa *sa;
	struct dst_entry *dst;
	u32 max_inner;
	u32 headroom;		/* before the inner packet */
	bool inner6;
};

/* --------------------------------------------------------------- staging */

/* Send what waits, oldest first. */
static void unstage(struct tunip_dev *td)
{
	struct sk_buff_head queue;
	struct sk_buff *skb;

	__skb_queue_head_init(&queue);
	spin_lock_bh(&td->staged.lock);
	skb_queue_splice_init(&td->staged, &queue);
	spin_unlock_bh(&td->staged.lock);

	rcu_read_lock_bh();
	while ((skb = __skb_dequeue(&queue)))
		tunip_xmit(skb, td->dev);
	rcu_read_unlock_bh();
}

static void stage(struct tunip_dev *td, struct sk_buff *skb)
{
	unsigned long last = READ_ONCE(td->last_acquire);

	/* However long ago: half a wrap of 32 bits is 25 days. */
	if (jiffies - last >= HZ) {
		WRITE_ONCE(td->last_acquire, jiffies);
		tunip_notify_acquire(td, skb);
	}
	if (skb_queue_len_lockless(&td->staged) >= TUNIP_STAGE_MAX) {
		tunip_drop(td, NULL, skb, TUNIP_STAT_DROP_STAGE_FULL);
		return;
	}
	skb_orphan(skb);
	tunip_cb(skb)->staged = jiffies;
	skb_queue_tail(&td->staged, skb);
	/*
	 * An SA that came meanwhile may have looked at the queue before the
	 * packet was in it: pairs with the barrier of tunip_tx_kick().
	 */
	smp_mb();
	if (rcu_access_pointer(td->tx))
		mod_delayed_work(tunip_wq, &td->stage_work, 0);
	else
		queue_delayed_work(tunip_wq, &td->stage_work,
				   TUNIP_STAGE_TIMEOUT);
}

/** tunip_tx_purge - drop what waits for an SA; process context */
void tunip_tx_purge(struct tunip_dev *td, enum tunip_stat why)
{
	struct sk_buff *skb;

	local_bh_disable();
	while ((skb = skb_dequeue(&td->staged)))
		tunip_drop(td, NULL, skb, why);
	local_bh_enable();
}

/* Drop what has waited too long. Returns how long the oldest still may. */
static unsigned long purge_old(struct tunip_dev *td)
{
	unsigned long left = 0;
	struct sk_buff *skb;

	spin_lock_bh(&td->staged.lock);
	while ((skb = skb_peek(&td->staged))) {
		left = tunip_cb(skb)->staged + TUNIP_STAGE_TIMEOUT - jiffies;
		if ((long)left > 0)
			break;
		__skb_unlink(skb, &td->staged);
		tunip_drop(td, NULL, skb, TUNIP_STAT_DROP_STAGE_TIMEOUT);
		left = 0;
	}
	spin_unlock_bh(&td->staged.lock);
	return left;
}

/** tunip_tx_stage_work - an SA is there, or none came in time */
void tunip_tx_stage_work(struct work_struct *work)
{
	struct tunip_dev *td = container_of(to_delayed_work(work),
					    struct tunip_dev, stage_work);
	unsigned long left;

	if (rcu_access_pointer(td->tx)) {
		unstage(td);
		return;
	}
	left = purge_old(td);
	if (left)
		queue_delayed_work(tunip_wq, &td->stage_work, left);
}

/** tunip_tx_kick - an SA is there: send what waited; any context */
void tunip_tx_kick(struct tunip_dev *td)
{
	/* The SA is seen before the queue: see stage(). */
	smp_mb();
	if (!skb_queue_empty_lockless(&td->staged))
		mod_delayed_work(tunip_wq, &td->stage_work, 0);
}

/* --------------------------------------------------- one segment, checks */

static int fragment_output(struct net *net, struct sock *sk,
			   struct sk_buff *skb)
{
	tunip_xmit(skb, skb->dev);
	return 0;
}

/*
 * Larger than the path allows: cut it if the sender lets us, else tell him. A
 * path too narrow for the smallest MTU of IPv4 can be helped by neither.
 */
static void too_big(const struct tx_path *path, struct sk_buff *skb)
{
	struct tunip_dev *td = path->td;

	if (path->max_inner < IPV4_MIN_MTU)
		goto out_drop;
	if (!(ip_hdr(skb)->frag_off & htons(IP_DF)) && skb_valid_dst(skb)) {
		memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
		IPCB(skb)->frag_max_size = path->max_inner;
		/* Without the socket: it need not be one of the Internet's. */
		if (ip_do_fragment(dev_net(td->dev), NULL, skb,
				   fragment_output))
			tunip_count_drop(td, path->sa, TUNIP_STAT_DROP_NOMEM,
					 0);
		return;
	}
	if (skb_valid_dst(skb))
		skb_dst_update_pmtu_no_confirm(skb, path->max_inner);
	icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
		      htonl(path->max_inner));
out_drop:
	tunip_drop(td, path->sa, skb, TUNIP_STAT_DROP_TOO_BIG);
}

/* IPv6 is cut by its sender only, who always has to be told. */
static void too_big6(const struct tx_path *path, struct sk_buff *skb)
{
	u32 mtu = max_t(u32, path->max_inner, IPV6_MIN_MTU);

	if (skb_valid_dst(skb))
		skb_dst_update_pmtu_no_confirm(skb, mtu);
	icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	tunip_drop(path->td, path->sa, skb, TUNIP_STAT_DROP_TOO_BIG);
}

/*
 * The cold way to a packet that may be sealed in place: pages of a TCP packet
 * belong to the retransmit queue too, a clone to somebody else.
 */
static noinline bool make_private(struct sk_buff *skb, u32 head, u32 tail)
{
	u32 more_head, more_tail;

	if (skb_linearize(skb))
		return false;
	more_head = head - min(head, skb_headroom(skb));
	more_tail = tail - min_t(u32, tail, skb_tailroom(skb));
	if (!skb_cloned(skb) && !more_head && !more_tail)
		return true;
	return !pskb_expand_head(skb, more_head, more_tail, GFP_ATOMIC);
}

/* What the outer header takes from the inner one; is it one of the SA's? */
static bool note_inner(const struct tx_path *path, struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct tunip_cb *cb = tunip_cb(skb);

	cb->len = skb->len;
	cb->next_header = IPPROTO_IPIP;
	cb->tos = tunip_route_tos(path->td, iph->tos);
	cb->df = tunip_route_df(path->td, iph->frag_off & htons(IP_DF));
	return tunip_sa_allows(path->sa, iph->saddr, iph->daddr,
			       iph->protocol);
}

static bool note_inner6(const struct tx_path *path, struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	struct tunip_cb *cb = tunip_cb(skb);

	cb->len = skb->len;
	cb->next_header = IPPROTO_IPV6;
	cb->tos = tunip_route_tos(path->td, ipv6_get_dsfield(ip6h));
	/* Below the least MTU of IPv6 the outer packet is cut instead. */
	cb->df = tunip_route_df(path->td, true) && skb->len <= path->max_inner;
	return tunip_sa_allows6(path->sa, skb, &ip6h->saddr, &ip6h->daddr);
}

/* Returns whether a packet fits; if not, it was dropped or dealt with. */
static bool fits(const struct tx_path *path, struct sk_buff *skb)
{
	if (likely(skb->len <= path->max_inner))
		return true;
	if (!path->inner6) {
		too_big(path, skb);
		return false;
	}
	/* RFC 2473 section 7.1: every path carries 1280 octets of IPv6. */
	if (skb->len <= IPV6_MIN_MTU)
		return true;
	too_big6(path, skb);
	return false;
}

/*
 * Check one segment against SA and path and make it ready to be sealed in
 * place. Returns whether it is; if not, it was dropped or dealt with.
 */
static bool prepare(const struct tx_path *path, struct sk_buff *skb)
{
	u32 tail = tunip_esp_tail_len(path->sa->suite, skb->len);
	enum tunip_stat why;

	if (!fits(path, skb))
		return false;
	why = TUNIP_STAT_DROP_NOMEM;
	if ((skb_is_nonlinear(skb) || skb_cloned(skb) ||
	     skb_headroom(skb) < path->headroom || skb_tailroom(skb) < tail) &&
	    !make_private(skb, path->headroom, tail))
		goto err_drop;
	why = TUNIP_STAT_DROP_CHECKSUM;
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		goto err_drop;
	why = TUNIP_STAT_DROP_SELECTOR;
	if (!(path->inner6 ? note_inner6(path, skb) : note_inner(path, skb)))
		goto err_drop;
	return true;

err_drop:
	tunip_drop(path->td, path->sa, skb, why);
	return false;
}

/* -------------------------------------------------------------- the batch */

/* Everything is sealed: outer headers, and out. */
static void tx_done(struct tunip_batch *batch)
{
	struct tunip_sa *sa = batch->sa;
	struct tunip_dev *td = sa->td;
	u64 packets = 0, bytes = 0;
	struct sk_buff *skb;
	u32 len;
	u64 seq;

	rcu_read_lock_bh();
	while ((skb = __skb_dequeue(&batch->skbs))) {
		if (unlikely(tunip_cb(skb)->err)) {
			tunip_drop(td, sa, skb, TUNIP_STAT_DROP_CRYPTO);
			continue;
		}
		len = tunip_cb(skb)->len;
		seq = tunip_cb(skb)->seq;
		if (unlikely(tunip_encap_output(td, sa, skb, batch->dst))) {
			tunip_count_drop(td, sa, TUNIP_STAT_DROP_XMIT, seq);
			continue;
		}
		packets++;
		bytes += len;
	}
	tunip_stat_traffic(td->stats, TUNIP_STAT_TX_PACKETS, packets, bytes);
	tunip_stat_traffic(sa->stats, TUNIP_STAT_TX_PACKETS, packets, bytes);
	WRITE_ONCE(sa->last_used, jiffies);
	rcu_read_unlock_bh();
	tunip_batch_free(batch);
}

static void put_esp(const struct tunip_sa *sa, struct sk_buff *skb, u64 seq)
{
	const struct tunip_suite *s = sa->suite;
	u32 len = skb->len;
	struct tunip_esp_hdr *esp;

	tunip_esp_put_trailer(s, skb_put(skb, tunip_esp_tail_len(s, len)), len,
			      tunip_cb(skb)->next_header);
	esp = skb_push(skb, TUNIP_ESP_HDR_LEN + s->iv_len);
	esp->spi = sa->key.spi;
	esp->seq_lo = htonl(lower_32_bits(seq));
	tunip_cb(skb)->seq = seq;
}

/* Number, frame and seal a batch of prepared packets. */
static void seal(struct tunip_batch *batch)
{
	struct tunip_sa *sa = batch->sa;
	struct tunip_dev *td = sa->td;
	struct sk_buff *skb, *next;
	unsigned int granted;
	enum tunip_stat why;
	u64 seq;

	spin_lock(&sa->lock);
	if (unlikely(!tunip_batch_enlist(batch))) {
		spin_unlock(&sa->lock);
		tunip_drop_batch(batch, TUNIP_STAT_DROP_BACKLOG);
		return;
	}
	granted = tunip_sa_reserve(sa, &batch->skbs, &seq, &why);
	spin_unlock(&sa->lock);
	skb_queue_walk_safe(&batch->skbs, skb, next) {
		if (granted) {
			put_esp(sa, skb, seq++);
			granted--;
			continue;
		}
		__skb_unlink(skb, &batch->skbs);
		tunip_drop(td, sa, skb, why);
	}
	tunip_batch_fill_ivs(batch);
	tunip_batch_seal(batch);
}

/* A batch that holds the SA. Sets @why when there is none. */
static struct tunip_batch *batch_begin(const struct tx_path *path,
				       enum tunip_stat *why)
{
	struct tunip_sa *sa = path->sa;
	struct tunip_batch *batch;

	*why = TUNIP_STAT_DROP_NO_SA;
	if (!tunip_sa_get(sa))
		return NULL;
	*why = TUNIP_STAT_DROP_NOMEM;
	batch = tunip_batch_new(sa, tx_done);
	if (!batch)
		tunip_sa_put(sa);
	return batch;
}

/*
 * Segments of one packet: prepared, gathered into batches, sealed. The path's
 * route goes to the last batch.
 */
static void tx_segments(const struct tx_path *path, struct sk_buff *segs)
{
	struct tunip_batch *batch = NULL;
	struct sk_buff *skb, *next;
	enum tunip_stat why;

	skb_list_walk_safe(segs, skb, next) {
		skb_mark_not_on_list(skb);
		if (!prepare(path, skb))
			continue;
		if (!batch)
			batch = batch_begin(path, &why);
		if (unlikely(!batch)) {
			tunip_drop(path->td, path->sa, skb, why);
			continue;
		}
		__skb_queue_tail(&batch->skbs, skb);
		if (skb_queue_len(&batch->skbs) == TUNIP_BATCH_MAX) {
			batch->dst = dst_clone(path->dst);
			seal(batch);
			batch = NULL;
		}
	}
	if (!batch) {
		dst_release(path->dst);
		return;
	}
	batch->dst = path->dst;
	seal(batch);
}

/* ---------------------------------------------------------- whole packets */

static bool header_ok(struct sk_buff *skb)
{
	const struct iphdr *iph;

	if (!pskb_network_may_pull(skb, sizeof(*iph)) ||
	    skb_network_offset(skb))
		return false;
	iph = ip_hdr(skb);
	return iph->version == 4 && iph->ihl >= 5 && skb->len >= iph->ihl * 4 &&
	       (skb_is_gso(skb) || ntohs(iph->tot_len) <= skb->len);
}

static bool header6_ok(struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h;

	if (!pskb_network_may_pull(skb, sizeof(*ip6h)) ||
	    skb_network_offset(skb))
		return false;
	ip6h = ipv6_hdr(skb);
	return ip6h->version == 6 &&
	       (skb_is_gso(skb) ||
		sizeof(*ip6h) + ntohs(ip6h->payload_len) <= skb->len);
}

/* Returns the reason to drop, 0 for none. */
static enum tunip_stat check_inner(struct tunip_dev *td, struct sk_buff *skb)
{
	if (likely(skb->protocol == htons(ETH_P_IP))) {
		if (!header_ok(skb))
			return TUNIP_STAT_DROP_INNER_HEADER;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		if (!header6_ok(skb))
			return TUNIP_STAT_DROP_INNER_HEADER;
	} else {
		return TUNIP_STAT_DROP_NOT_IP;
	}
	if (READ_ONCE(td->local_only) && skb->skb_iif)
		return TUNIP_STAT_DROP_FORWARDED;
	return 0;
}

/* Find the way of a packet. Returns the reason to drop, 0 for none. */
static enum tunip_stat find_path(struct tx_path *path)
{
	struct tunip_dev *td = path->td;
	struct dst_entry *dst;
	u32 pmtu;

	dst = tunip_route_get(td, path->sa);
	if (IS_ERR(dst))
		return TUNIP_STAT_DROP_ROUTE;
	if (dst->dev == td->dev) {
		dst_release(dst);
		return TUNIP_STAT_DROP_LOOP;
	}
	path->dst = dst;
	pmtu = dst_mtu(dst);
	path->headroom = tunip_route_headroom(dst, path->sa);
	if (unlikely(pmtu != READ_ONCE(td->pmtu) ||
		     path->headroom > READ_ONCE(td->headroom)))
		tunip_dev_derive(td);
	path->max_inner = tunip_esp_max_inner(path->sa->suite, pmtu,
					      path->sa->outer_len);
	return 0;
}

static void tx_packet(struct tunip_dev *td, struct sk_buff *skb)
{
	struct tx_path path = { .td = td };
	struct sk_buff *segs = skb;
	enum tunip_stat why;

	why = check_inner(td, skb);
	if (unlikely(why))
		goto err_drop;
	path.sa = rcu_dereference_bh(td->tx);
	if (unlikely(!path.sa)) {
		stage(td, skb);
		return;
	}
	why = find_path(&path);
	if (unlikely(why))
		goto err_drop;
	path.inner6 = skb->protocol == htons(ETH_P_IPV6);
	if (skb_is_gso(skb)) {
		segs = skb_gso_segment(skb, 0);
		why = TUNIP_STAT_DROP_GSO;
		if (IS_ERR_OR_NULL(segs))
			goto err_put_route;
		consume_skb(skb);
	}
	tx_segments(&path, segs);
	return;

err_put_route:
	dst_release(path.dst);
err_drop:
	tunip_drop(td, path.sa, skb, why);
}

/**
 * tunip_xmit - ndo_start_xmit
 * @skb: consumed
 * @dev: the interface
 *
 * Called with bottom halves disabled, under RCU.
 */
netdev_tx_t tunip_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct tunip_dev *td = netdev_priv(dev);

	if (__this_cpu_inc_return(xmit_depth) > MAX_DEPTH)
		tunip_drop(td, NULL, skb, TUNIP_STAT_DROP_RECURSION);
	else
		tx_packet(td, skb);
	__this_cpu_dec(xmit_depth);
	return NETDEV_TX_OK;
}
