// SPDX-License-Identifier: GPL-2.0
/*
 * The batch call over the kernel crypto API: the reference engine, on any
 * architecture. Packets are sealed and opened in place.
 *
 * The accelerated AES of x86 and arm64 is an "asynchronous" algorithm that
 * answers at once when vector registers may be used and queues the request
 * otherwise, keeping order. So one request object serves a whole batch; only
 * a request that was queued is left to its completion and replaced.
 */

#include <linux/random.h>
#include <linux/scatterlist.h>
#include <asm/unaligned.h>

#include "compat.h"
#include "crypto/batch.h"
#include "esp.h"

/** struct tunip_req - one request; the engine's context follows @aead */
struct tunip_req {
	struct tunip_batch *batch;
	struct sk_buff *skb;
	struct scatterlist sg;
	u8 iv[16];
	struct aead_request aead;
};

static struct tunip_req *req_new(struct tunip_batch *batch)
{
	struct tunip_req *req;

	req = kmalloc(sizeof(*req) + crypto_aead_reqsize(batch->sa->tfm),
		      GFP_ATOMIC);
	if (req)
		req->batch = batch;
	return req;
}

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
	batch->req = NULL;
	__skb_queue_head_init(&batch->skbs);
	return batch;
}

/** tunip_batch_free - of an empty batch; drops its SA reference */
void tunip_batch_free(struct tunip_batch *batch)
{
	kfree_sensitive(batch->req);
	tunip_sa_put(batch->sa);
	kfree(batch);
}

/* The part of the packet the engine sees, with the AAD of an ESN SA. */
static u8 *req_begin(const struct tunip_sa *sa, struct sk_buff *skb)
{
	if (!tunip_sa_esn(sa))
		return skb->data;
	return tunip_esp_spread_aad(skb->data, tunip_cb(skb)->seq);
}

static void verdict(const struct tunip_sa *sa, struct sk_buff *skb, int err)
{
	if (tunip_sa_esn(sa))
		tunip_esp_restore_header(skb->data - TUNIP_ESP_AAD_ROOM);
	tunip_cb(skb)->err = err;
}

static void batch_put(struct tunip_batch *batch)
{
	if (atomic_dec_and_test(&batch->pending))
		batch->done(batch);
}

static void req_done(tunip_crypto_arg_t *arg, int err)
{
	struct tunip_req *req = tunip_crypto_data(arg);
	struct tunip_batch *batch = req->batch;

	verdict(batch->sa, req->skb, err);
	kfree_sensitive(req);
	local_bh_disable();
	if (atomic_dec_and_test(&batch->pending)) {
		batch->napi = NULL;
		batch->done(batch);
	}
	local_bh_enable();
}

static void req_prepare(struct tunip_req *req, struct sk_buff *skb, bool seal)
{
	const struct tunip_sa *sa = req->batch->sa;
	const struct tunip_suite *s = sa->suite;
	u32 fixed = TUNIP_ESP_HDR_LEN + s->iv_len;
	u32 text = skb->len - fixed - (seal ? s->icv_len : 0);
	u32 aad = fixed + (tunip_sa_esn(sa) ? TUNIP_ESP_AAD_ROOM : 0);
	u8 *start = req_begin(sa, skb);

	req->skb = skb;
	/* Engines may change the IV they are given. */
	memcpy(req->iv, skb->data + TUNIP_ESP_HDR_LEN, s->iv_len);
	sg_init_one(&req->sg, start, skb_tail_pointer(skb) - start);
	aead_request_set_tfm(&req->aead, sa->tfm);
	aead_request_set_callback(&req->aead, 0, req_done, req);
	aead_request_set_ad(&req->aead, aad);
	aead_request_set_crypt(&req->aead, &req->sg, &req->sg, text, req->iv);
}

static void batch_run(struct tunip_batch *batch, bool seal)
{
	struct sk_buff *skb;
	int err;

	atomic_set(&batch->pending, 1);
	skb_queue_walk(&batch->skbs, skb) {
		if (!batch->req)
			batch->req = req_new(batch);
		if (!batch->req) {
			tunip_cb(skb)->err = -ENOMEM;
			continue;
		}
		req_prepare(batch->req, skb, seal);
		atomic_inc(&batch->pending);
		err = seal ? crypto_aead_encrypt(&batch->req->aead) :
			     crypto_aead_decrypt(&batch->req->aead);
		if (err == -EINPROGRESS) {
			/* It belongs to its completion now. */
			batch->req = NULL;
			continue;
		}
		verdict(batch->sa, skb, err);
		atomic_dec(&batch->pending);
	}
	batch_put(batch);
}

/**
 * tunip_batch_seal - encrypt and authenticate all packets of a batch
 * @batch: consumed: done() is called, now or from another context
 *
 * Bottom halves disabled. Headers, IVs and trailers are in place.
 */
void tunip_batch_seal(struct tunip_batch *batch)
{
	batch_run(batch, true);
}

/** tunip_batch_open - verify and decrypt; as tunip_batch_seal() */
void tunip_batch_open(struct tunip_batch *batch)
{
	batch_run(batch, false);
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
	u8 pool[TUNIP_BATCH_MAX * 16];
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
