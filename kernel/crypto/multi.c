// SPDX-License-Identifier: GPL-2.0
/*
 * Batches: their memory, their IVs, and the choice of the engine that seals
 * or opens them. The engine for everything is aead.c; a faster one may stand
 * before it and decline.
 */

#include "crypto/multi.h"

#include <linux/random.h>
#include <asm/unaligned.h>

#include "crypto/engines.h"
#include "esp.h"

/**
 * tunip_batch_new - an empty batch
 * @sa: its reference passes to the batch
 * @done: see struct tunip_batch
 *
 * Any context. Return: NULL when out of memory; @sa is then the caller's.
 */
struct tunip_batch *tunip_batch_new(struct tunip_sa *sa,
				    void (*done)(struct tunip_batch *batch))
{
	struct tunip_batch *batch = kmalloc(sizeof(*batch), GFP_ATOMIC);

	if (!batch)
		return NULL;
	batch->sa = sa;
	batch->done = done;
	batch->napi = NULL;
	__skb_queue_head_init(&batch->skbs);
	return batch;
}

/** tunip_batch_free - of an empty batch; drops its SA reference */
void tunip_batch_free(struct tunip_batch *batch)
{
	tunip_sa_put(batch->sa);
	kfree(batch);
}

/**
 * tunip_batch_fill_ivs - write the IV of every packet
 * @batch: packets with their sequence numbers assigned
 *
 * GCM: the 64-bit sequence number, which cannot repeat under a key (RFC 4106
 * section 3.1). CBC: unpredictable octets, drawn once for the whole batch (RFC
 * 3602 section 3).
 */
void tunip_batch_fill_ivs(struct tunip_batch *batch)
{
	const struct tunip_suite *s = batch->sa->suite;
	u8 pool[TUNIP_BATCH_MAX * TUNIP_MAX_IV];
	struct sk_buff *skb;
	const u8 *iv = pool;

	if (!s->counter_iv)
		get_random_bytes(pool, skb_queue_len(&batch->skbs) * s->iv_len);
	skb_queue_walk(&batch->skbs, skb) {
		u8 *at = skb->data + TUNIP_ESP_HDR_LEN;

		if (s->counter_iv) {
			put_unaligned_be64(tunip_cb(skb)->seq, at);
		} else {
			memcpy(at, iv, s->iv_len);
			iv += s->iv_len;
		}
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
	tunip_aead_run(batch, true);
}

/** tunip_batch_open - verify and decrypt; as tunip_batch_seal() */
void tunip_batch_open(struct tunip_batch *batch)
{
	tunip_aead_run(batch, false);
}
