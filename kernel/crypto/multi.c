// SPDX-License-Identifier: GPL-2.0
/*
 * Batches: their memory, their IVs, and the choice of the engine that seals
 * or opens them. The engine for everything is aead.c; a faster one may stand
 * before it and decline.
 */

#include "crypto/multi.h"

#include <linux/random.h>

#include "compat.h"
#include "crypto/engines.h"
#include "device.h"
#include "esp.h"
#include "histogram.h"

/* A pool on the stack is cleared by compilers that are told to. */
#define IVS_AT_ONCE	8
/* Batches of an SA between their numbers and their delivery. */
#define IN_FLIGHT_MAX	1024
/* Packets one CPU delivers before another has to. */
#define DELIVER_SHARE	256

/* One batch a CPU waits here to be used again. Bottom halves disabled. */
static DEFINE_PER_CPU(struct tunip_batch *, spare_batch);

/**
 * tunip_batch_new - an empty batch
 * @sa: its reference passes to the batch
 * @done: see struct tunip_batch
 *
 * Bottom halves disabled. Return: NULL when out of memory; @sa is then the
 * caller's.
 */
struct tunip_batch *tunip_batch_new(struct tunip_sa *sa,
				    void (*done)(struct tunip_batch *batch))
{
	struct tunip_batch *batch = this_cpu_xchg(spare_batch, NULL);

	if (unlikely(!batch))
		batch = kmalloc(sizeof(*batch), GFP_ATOMIC);
	if (!batch)
		return NULL;
	batch->sa = sa;
	batch->done = done;
	batch->napi = NULL;
	batch->dst = NULL;
	batch->complete = false;
	__skb_queue_head_init(&batch->skbs);
	return batch;
}

/**
 * tunip_batch_free - of an empty batch; drops its references
 * @batch: consumed
 *
 * Bottom halves disabled.
 */
void tunip_batch_free(struct tunip_batch *batch)
{
	dst_release(batch->dst);
	tunip_sa_put(batch->sa);
	kfree(this_cpu_xchg(spare_batch, batch));
}

/**
 * tunip_batch_enlist - take the next place in the SA's order
 * @batch: not yet given to an engine
 *
 * The SA's lock is held, on transmit until the batch has its sequence numbers.
 * Return: false when the SA has too much in flight already: other CPUs, or the
 * engine, are slower with it than this one.
 */
bool tunip_batch_enlist(struct tunip_batch *batch)
{
	struct tunip_sa *sa = batch->sa;

	lockdep_assert_held(&sa->lock);
	if (unlikely(sa->in_flight_count >= IN_FLIGHT_MAX))
		return false;
	sa->in_flight_count++;
	list_add_tail(&batch->node, &sa->in_flight);
	return true;
}

static void delist(struct tunip_batch *batch)
{
	list_del(&batch->node);
	batch->sa->in_flight_count--;
}

/*
 * Call done() of the finished batches at the head; the SA's lock is held. They
 * take their references with them: with bottom halves disabled this is a reader
 * of RCU, by which SAs are freed. Returns whether there are more than this CPU's
 * share.
 */
static bool deliver(struct tunip_sa *sa, const struct tunip_batch *own)
	__must_hold(&sa->lock)
{
	struct napi_struct *napi = own ? own->napi : NULL;
	struct tunip_batch *head;
	int share = DELIVER_SHARE;

	while ((head = list_first_entry_or_null(&sa->in_flight,
						struct tunip_batch, node))) {
		if (!head->complete)
			return false;
		if (share <= 0)
			return true;
		share -= skb_queue_len(&head->skbs) + 1;
		delist(head);
		spin_unlock(&sa->lock);
		/* One context for all: what goes by GRO is not overtaken. */
		head->napi = napi;
		head->done(head);
		spin_lock(&sa->lock);
	}
	return false;
}

/*
 * Deliver, unless another CPU does. When more is left than this CPU's share,
 * whoever completes a batch next goes on, or the work. Releases the SA's lock.
 */
static void deliver_share(struct tunip_sa *sa, const struct tunip_batch *own)
	__releases(&sa->lock)
{
	bool more = false;

	if (sa->delivering_cpu < 0) {
		sa->delivering_cpu = smp_processor_id();
		more = deliver(sa, own);
		sa->delivering_cpu = -1;
	}
	/* What is left has a reference, the work takes its own. */
	if (unlikely(more))
		kref_get(&sa->ref);
	spin_unlock(&sa->lock);
	if (unlikely(more) && !queue_work(tunip_wq, &sa->deliver_work))
		tunip_sa_put(sa);
}

/** tunip_batch_deliver_work - goes on where a CPU had done its share */
void tunip_batch_deliver_work(struct work_struct *work)
{
	struct tunip_sa *sa = container_of(work, struct tunip_sa,
					   deliver_work);

	local_bh_disable();
	spin_lock(&sa->lock);
	deliver_share(sa, NULL);
	local_bh_enable();
	tunip_sa_put(sa);
}

/**
 * tunip_batch_complete - for the engine: all verdicts of a batch are in
 * @batch: consumed; done() is called now, or by whoever completes the batch
 *	that is first in order
 *
 * Requests that an engine queued are overtaken by later ones that it answers
 * at once, and one CPU by another; a peer with a small replay window would
 * drop what comes late. So one CPU at a time delivers an SA's batches, in
 * order, and no CPU more than its share. Should sending lead back to the same
 * SA, through tunnels that wind around each other, it must not wait for itself:
 * it delivers out of order and the depth limit of transmit ends the matter.
 *
 * Bottom halves disabled.
 */
void tunip_batch_complete(struct tunip_batch *batch)
{
	struct tunip_sa *sa = batch->sa;

	spin_lock(&sa->lock);
	if (sa->delivering_cpu == smp_processor_id()) {
		delist(batch);
		spin_unlock(&sa->lock);
		batch->done(batch);
		return;
	}
	batch->complete = true;
	deliver_share(sa, batch);
}

/* Unpredictable IVs for CBC, drawn for several packets at once. */
static void fill_random_ivs(struct tunip_batch *batch)
{
	u32 len = batch->sa->suite->iv_len, left = skb_queue_len(&batch->skbs);
	u8 pool[IVS_AT_ONCE * TUNIP_MAX_IV];
	struct sk_buff *skb;
	u32 n = 0, drawn = 0;

	skb_queue_walk(&batch->skbs, skb) {
		if (n == drawn) {
			drawn = min_t(u32, left, IVS_AT_ONCE);
			left -= drawn;
			n = 0;
			get_random_bytes(pool, drawn * len);
		}
		memcpy(skb->data + TUNIP_ESP_HDR_LEN, pool + n++ * len, len);
	}
}

/**
 * tunip_batch_fill_ivs - write the IV of every packet
 * @batch: packets with their sequence numbers assigned
 *
 * GCM: the 64-bit sequence number, which cannot repeat under a key (RFC 4106
 * section 3.1). CBC: unpredictable octets (RFC 3602 section 3).
 */
void tunip_batch_fill_ivs(struct tunip_batch *batch)
{
	struct sk_buff *skb;

	if (batch->sa->suite->counter_iv) {
		skb_queue_walk(&batch->skbs, skb)
			put_unaligned_be64(tunip_cb(skb)->seq,
					   skb->data + TUNIP_ESP_HDR_LEN);
	} else if (batch->sa->suite->iv_len) {
		fill_random_ivs(batch);
	}
}

/**
 * tunip_batch_seal - encrypt and authenticate all packets of a batch
 * @batch: consumed: done() is called, now or from another context
 *
 * Bottom halves disabled. Headers, IVs and trailers are in place.
 */
void tunip_batch_seal(struct tunip_batch *batch)
{
	if (!skb_queue_empty(&batch->skbs))
		tunip_histogram_add(true, skb_queue_len(&batch->skbs));
	tunip_aead_run(batch, true);
}

/** tunip_batch_open - verify and decrypt; as tunip_batch_seal() */
void tunip_batch_open(struct tunip_batch *batch)
{
	if (!skb_queue_empty(&batch->skbs))
		tunip_histogram_add(false, skb_queue_len(&batch->skbs));
	tunip_aead_run(batch, false);
}

/** tunip_batch_exit - when there are no batches any more */
void tunip_batch_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		kfree(per_cpu(spare_batch, cpu));
		per_cpu(spare_batch, cpu) = NULL;
	}
	tunip_aead_exit();
}
