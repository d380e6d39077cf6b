// SPDX-License-Identifier: GPL-2.0
/*
 * Creation, accounting and release of SAs.
 */

#include "sa.h"

#include <linux/jhash.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <net/ipv6.h>

#include "crypto/engines.h"
#include "crypto/multi.h"
#include "device.h"
#include "esp.h"
#include "lifetime.h"
#include "sad.h"

static_assert(TUNIP_REPLAY_WINDOW_MAX / 64 < TUNIP_REPLAY_MAX_BLOCKS);

/* SAs that exist in memory; module unload waits until there are none. */
static atomic_t live_sas = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(live_wait);

/* Warn when this many sequence numbers are left. */
#define SEQ_MARGIN	(1U << 24)

/*
 * All packets of an SA are one flow: routers that spread load by the label
 * must not let them overtake each other, a replay window is in the way.
 */
static __be32 make_flowlabel(const struct tunip_sa_params *p)
{
	u32 hash = jhash2((const u32 *)&p->ends, 2 * sizeof(union tunip_addr) / 4,
			  (__force u32)p->spi);

	return htonl(hash) & htonl(0xfffff);
}

static void sa_init_ends(struct tunip_sa *sa, const struct tunip_sa_params *p)
{
	sa->ends = p->ends;
	sa->outer_len = (p->ends.v6 ? TUNIP_OUTER_IPV6_LEN :
				      TUNIP_OUTER_IPV4_LEN) +
			(p->dport ? TUNIP_UDP_LEN : 0);
	if (p->ends.v6)
		sa->flowlabel = make_flowlabel(p);
	if (p->dir == TUNIP_DIR_IN)
		return;
	if (p->ends.v6)
		tunip_sad_set_daddr6(&sa->key, &p->ends.remote.v6);
	else
		sa->key.daddr = p->ends.remote.v4;
}

static void sa_init_fields(struct tunip_sa *sa, struct tunip_dev *td,
			   const struct tunip_sa_params *p)
{
	sa->td = td;
	sa->suite = p->suite;
	sa->key.net = td->net;
	sa->key.spi = p->spi;
	sa->dir = p->dir;
	sa->flags = p->flags & ~TUNIP_SA_F_SWITCH_NOW;
	sa_init_ends(sa, p);
	sa->all = tunip_selector_all(p->selector);
	sa->pair_spi = p->pair_spi;
	sa->sport = p->sport;
	sa->dport = p->dport;
	sa->soft = p->soft;
	sa->hard = p->hard;
	sa->counted = p->soft.bytes || p->soft.packets || p->hard.bytes ||
		      p->hard.packets;
	sa->seq = p->seq;
	sa->hard_seq = tunip_sa_esn(sa) ? U64_MAX - U32_MAX : U32_MAX;
	sa->soft_seq = sa->hard_seq - SEQ_MARGIN;
	sa->switch_delay_ms = p->switch_delay_ms;
	sa->replay_window = p->replay_window;
	sa->pfs_group = p->pfs_group;
	sa->child_id = p->child_id;
	sa->key_bits = 8 * (p->encr_key_len - p->suite->salt_len);
	sa->installed = ktime_get();
	sa->last_used = jiffies;
	sa->last_endpoint_ntf = jiffies - HZ;
	INIT_LIST_HEAD(&sa->list);
	tunip_lifetime_init(sa);
}

/** tunip_sa_init - what an SA needs to be given to the engine */
void tunip_sa_init(struct tunip_sa *sa)
{
	spin_lock_init(&sa->lock);
	INIT_LIST_HEAD(&sa->in_flight);
	sa->delivering_cpu = -1;
	INIT_WORK(&sa->deliver_work, tunip_batch_deliver_work);
	kref_init(&sa->ref);
}

/**
 * tunip_sa_new - build an SA that nobody can see yet
 * @td: the interface; held until the SA is gone
 * @p: checked parameters; @p->selector is taken over on success
 * @extack: for the sentence of a refusal
 *
 * May sleep. Return: an SA with one reference, or ERR_PTR.
 */
struct tunip_sa *tunip_sa_new(struct tunip_dev *td,
			      const struct tunip_sa_params *p,
			      struct netlink_ext_ack *extack)
{
	struct tunip_sa *sa;
	int err = -ENOMEM;

	sa = kzalloc(sizeof(*sa), GFP_KERNEL_ACCOUNT);
	if (!sa)
		return ERR_PTR(-ENOMEM);
	tunip_sa_init(sa);
	sa_init_fields(sa, td, p);
	sa->stats = tunip_counters_alloc();
	if (!sa->stats)
		goto err_free_sa;
	if (dst_cache_init(&sa->dst_cache, GFP_KERNEL))
		goto err_free_stats;
	if (p->dir == TUNIP_DIR_IN) {
		sa->replay = tunip_replay_new(p->replay_window);
		if (!sa->replay)
			goto err_destroy_cache;
		sa->replay->top = p->seq;
	}
	sa->tfm = tunip_aead_new(p, extack);
	if (IS_ERR(sa->tfm)) {
		err = PTR_ERR(sa->tfm);
		goto err_free_replay;
	}
	sa->selector = p->selector;
	dev_hold(td->dev);
	atomic_inc(&live_sas);
	return sa;

err_free_replay:
	kfree(sa->replay);
err_destroy_cache:
	dst_cache_destroy(&sa->dst_cache);
err_free_stats:
	free_percpu(sa->stats);
err_free_sa:
	kfree(sa);
	return ERR_PTR(err);
}

/*
 * Last act, in process context after a grace period: no reader is left that
 * could have seen the SA, and tearing down a crypto transform may sleep.
 */
static void sa_free_work(struct work_struct *work)
{
	struct tunip_sa *sa = container_of(to_rcu_work(work), struct tunip_sa,
					   free_work);

	crypto_free_aead(sa->tfm);
	dst_cache_destroy(&sa->dst_cache);
	free_percpu(sa->stats);
	kfree(sa->selector);
	kfree(sa->replay);
	dev_put(sa->td->dev);
	kfree_sensitive(sa);
	if (atomic_dec_and_test(&live_sas))
		wake_up(&live_wait);
}

static void sa_release(struct kref *ref)
{
	struct tunip_sa *sa = container_of(ref, struct tunip_sa, ref);

	INIT_RCU_WORK(&sa->free_work, sa_free_work);
	queue_rcu_work(tunip_wq, &sa->free_work);
}

/** tunip_sa_put - drop a reference; any context */
void tunip_sa_put(struct tunip_sa *sa)
{
	if (sa)
		kref_put(&sa->ref, sa_release);
}

/** tunip_sa_wait_all - block until every SA is freed; module unload only */
void tunip_sa_wait_all(void)
{
	wait_event(live_wait, !atomic_read(&live_sas));
}

/* Report a limit once; the work tells userspace and removes expired SAs. */
static void sa_due(struct tunip_sa *sa, enum tunip_due bit)
{
	if (sa->seen & BIT(bit))
		return;
	sa->seen |= BIT(bit);
	sa->due |= BIT(bit);
	if (bit >= TUNIP_DUE_HARD_BYTES)
		sa->exhausted = true;
	tunip_lifetime_kick(sa);
}

/* Count one packet against the limits; false when it may not pass. */
static bool sa_count(struct tunip_sa *sa, u32 bytes)
{
	if (sa->exhausted)
		return false;
	if (sa->hard.packets && sa->packets >= sa->hard.packets) {
		sa_due(sa, TUNIP_DUE_HARD_PACKETS);
		return false;
	}
	if (sa->hard.bytes && sa->bytes + bytes > sa->hard.bytes) {
		sa_due(sa, TUNIP_DUE_HARD_BYTES);
		return false;
	}
	sa->packets++;
	sa->bytes += bytes;
	if (sa->soft.packets && sa->packets >= sa->soft.packets)
		sa_due(sa, TUNIP_DUE_SOFT_PACKETS);
	if (sa->soft.bytes && sa->bytes >= sa->soft.bytes)
		sa_due(sa, TUNIP_DUE_SOFT_BYTES);
	return true;
}

/**
 * tunip_sa_reserve - take sequence numbers for a batch, within all limits
 * @sa: outbound SA
 * @skbs: the inner packets
 * @first_seq: number of the first packet granted
 * @why: reason for those not granted
 *
 * A sequence number is given out once and never past the limit (RFC 4303
 * section 3.3.3). @sa->lock is held.
 * Return: packets granted, counted from the first.
 */
unsigned int tunip_sa_reserve(struct tunip_sa *sa,
			      const struct sk_buff_head *skbs, u64 *first_seq,
			      enum tunip_stat *why)
{
	const struct sk_buff *skb;
	unsigned int granted = 0;

	lockdep_assert_held(&sa->lock);
	*why = TUNIP_STAT_DROP_LIFETIME;
	*first_seq = sa->seq + 1;
	skb_queue_walk(skbs, skb) {
		if (sa->seq >= sa->hard_seq) {
			sa_due(sa, TUNIP_DUE_HARD_SEQ);
			*why = TUNIP_STAT_DROP_SEQ_EXHAUSTED;
			break;
		}
		if ((sa->counted || sa->exhausted) &&
		    !sa_count(sa, skb->len))
			break;
		sa->seq++;
		granted++;
	}
	if (sa->seq >= sa->soft_seq)
		sa_due(sa, TUNIP_DUE_SOFT_SEQ);
	return granted;
}

/**
 * tunip_sa_account_rx - count one authenticated packet against the limits
 * @sa: inbound SA, with @sa->lock held
 * @bytes: octets of the inner packet
 *
 * Return: false when a hard limit forbids it.
 */
bool tunip_sa_account_rx(struct tunip_sa *sa, u32 bytes)
{
	lockdep_assert_held(&sa->lock);
	if (!sa->counted && !sa->exhausted)
		return true;
	return sa_count(sa, bytes);
}

/**
 * tunip_sa_allows6 - may the SA carry an IPv6 packet?
 * @sa: the SA
 * @skb: data is the packet's header
 * @local: its address on our side
 * @remote: its address on the peer's side
 *
 * The protocol that counts is the one behind the extension headers. All but
 * the first fragment have it from their fragment header.
 */
bool tunip_sa_allows6(const struct tunip_sa *sa, const struct sk_buff *skb,
		      const struct in6_addr *local,
		      const struct in6_addr *remote)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	const struct frag_hdr *fh;
	u8 proto = ip6h->nexthdr;
	struct frag_hdr _fh;
	__be16 frag_off;
	int at;

	if (likely(sa->all & TUNIP_ALL_IPV6))
		return true;
	at = ipv6_skip_exthdr(skb, sizeof(*ip6h), &proto, &frag_off);
	if (at > 0 && proto == NEXTHDR_FRAGMENT) {
		fh = skb_header_pointer(skb, at, sizeof(_fh), &_fh);
		proto = fh ? fh->nexthdr : proto;
	}
	return tunip_selector_match6(sa->selector, local, remote, proto);
}
