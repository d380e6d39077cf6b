// SPDX-License-Identifier: GPL-2.0
/*
 * The batch call over the kernel crypto API. Packets are sealed and opened in
 * place.
 *
 * The accelerated AES of x86 and arm64 is an "asynchronous" algorithm that
 * answers at once when vector registers may be used and queues the request
 * otherwise, keeping order. So one request object serves a whole batch; only
 * a request that was queued is left to its completion and replaced.
 */

#include "crypto/engines.h"

#include <crypto/authenc.h>
#include <linux/rtnetlink.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "compat.h"
#include "crypto/multi.h"
#include "esp.h"

/**
 * struct aead_req - one request; the algorithm's context follows @aead
 * @batch: whose packets it is for
 * @skb: the packet
 * @room: octets for the algorithm's context
 * @sg: the packet's octets
 * @iv: may be changed by the algorithm
 * @aead: what the algorithm sees
 */
struct aead_req {
	struct tunip_batch *batch;
	struct sk_buff *skb;
	u32 room;
	struct scatterlist sg;
	u8 iv[TUNIP_MAX_IV];
	struct aead_request aead;
};

/*
 * One request a CPU waits here for the next batch: to allocate one and to wipe
 * it takes as long as the cipher of a short packet. It grows with the largest
 * context that was asked for. Bottom halves disabled.
 */
static DEFINE_PER_CPU(struct aead_req *, spare);

/* Both keys in one attribute, as the authenc templates want them. */
static int set_authenc_key(struct crypto_aead *tfm,
			   const struct tunip_sa_params *p)
{
	const struct tunip_suite *s = p->suite;
	u32 encr_len = s->keyless ? 0 : p->encr_key_len;
	struct crypto_authenc_key_param *param;
	u32 len = RTA_SPACE(sizeof(*param)) + s->integ_key_len + encr_len;
	struct rtattr *rta;
	u8 *key, *at;
	int err;

	key = kzalloc(len, GFP_KERNEL);
	if (!key)
		return -ENOMEM;
	rta = (struct rtattr *)key;
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	rta->rta_len = RTA_LENGTH(sizeof(*param));
	param = RTA_DATA(rta);
	param->enckeylen = cpu_to_be32(encr_len);
	at = key + RTA_SPACE(sizeof(*param));
	memcpy(at, p->integ_key, s->integ_key_len);
	memcpy(at + s->integ_key_len, p->encr_key, encr_len);
	err = crypto_aead_setkey(tfm, key, len);
	kfree_sensitive(key);
	return err;
}

/**
 * tunip_aead_new - allocate and key a transform
 * @p: suite, flags and keys; the keys are copied
 * @extack: for the sentence of a refusal, may be NULL
 *
 * May sleep, and load modules. Return: a transform for crypto_free_aead(), or
 * ERR_PTR.
 */
struct crypto_aead *tunip_aead_new(const struct tunip_sa_params *p,
				   struct netlink_ext_ack *extack)
{
	const struct tunip_suite *s = p->suite;
	struct crypto_aead *tfm;
	int err;

	tfm = crypto_alloc_aead(p->flags & TUNIP_SA_F_ESN ? s->alg_esn : s->alg,
				0, 0);
	if (IS_ERR(tfm)) {
		NL_SET_ERR_MSG(extack,
			       "the kernel has no implementation of this suite");
		return tfm;
	}
	err = crypto_aead_setauthsize(tfm, s->icv_len);
	if (!err)
		err = s->integ ? set_authenc_key(tfm, p) :
				 crypto_aead_setkey(tfm, p->encr_key,
						    p->encr_key_len);
	if (err) {
		NL_SET_ERR_MSG(extack, "the crypto engine refused the keys");
		crypto_free_aead(tfm);
		return ERR_PTR(err);
	}
	return tfm;
}

static struct aead_req *req_get(struct tunip_batch *batch)
{
	u32 room = crypto_aead_reqsize(batch->sa->tfm);
	struct aead_req *req = this_cpu_xchg(spare, NULL);

	if (unlikely(!req || req->room < room)) {
		kfree_sensitive(req);
		req = kmalloc(sizeof(*req) + room, GFP_ATOMIC);
		if (!req)
			return NULL;
		req->room = room;
		sg_init_table(&req->sg, 1);
	}
	req->batch = batch;
	return req;
}

/** tunip_aead_exit - when nobody calls any more */
void tunip_aead_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		kfree_sensitive(per_cpu(spare, cpu));
		per_cpu(spare, cpu) = NULL;
	}
}

/* The part of the packet the algorithm sees, with the AAD of an ESN SA. */
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

/* A request that was queued is finished; any context. */
static void req_done(tunip_crypto_arg_t *arg, int err)
{
	struct aead_req *req = tunip_crypto_data(arg);
	struct tunip_batch *batch = req->batch;

	verdict(batch->sa, req->skb, err);
	kfree_sensitive(req);
	local_bh_disable();
	if (atomic_dec_and_test(&batch->pending)) {
		batch->napi = NULL;
		tunip_batch_complete(batch);
	}
	local_bh_enable();
}

static void req_prepare(struct aead_req *req, struct sk_buff *skb, bool seal)
{
	const struct tunip_sa *sa = req->batch->sa;
	const struct tunip_suite *s = sa->suite;
	u32 fixed = TUNIP_ESP_HDR_LEN + s->iv_len;
	u32 text = skb->len - fixed - (seal ? s->icv_len : 0);
	u32 aad = fixed + (tunip_sa_esn(sa) ? TUNIP_ESP_AAD_ROOM : 0);
	u8 *start = req_begin(sa, skb);

	req->skb = skb;
	/* Algorithms may change the IV they are given. */
	memcpy(req->iv, skb->data + TUNIP_ESP_HDR_LEN, s->iv_len);
	sg_set_buf(&req->sg, start, skb_tail_pointer(skb) - start);
	aead_request_set_tfm(&req->aead, sa->tfm);
	aead_request_set_callback(&req->aead, 0, req_done, req);
	aead_request_set_ad(&req->aead, aad);
	aead_request_set_crypt(&req->aead, &req->sg, &req->sg, text, req->iv);
}

/**
 * tunip_aead_run - seal or open every packet of a batch
 * @batch: consumed: completed now or by the last completion
 * @seal: else open
 *
 * Bottom halves disabled. A packet's verdict is in its control block. Without
 * the backlog flag -EBUSY means "refused", not "queued": a verdict like others.
 */
void tunip_aead_run(struct tunip_batch *batch, bool seal)
{
	struct aead_req *req = NULL;
	struct sk_buff *skb;
	int err, queued = 0;

	atomic_set(&batch->pending, 0);
	skb_queue_walk(&batch->skbs, skb) {
		req = req ?: req_get(batch);
		if (!req) {
			tunip_cb(skb)->err = -ENOMEM;
			continue;
		}
		req_prepare(req, skb, seal);
		err = seal ? crypto_aead_encrypt(&req->aead) :
			     crypto_aead_decrypt(&req->aead);
		if (err == -EINPROGRESS) {
			/* It belongs to its completion now. */
			req = NULL;
			queued++;
			continue;
		}
		verdict(batch->sa, skb, err);
	}
	if (req)
		kfree_sensitive(this_cpu_xchg(spare, req));
	if (!queued || !atomic_add_return(queued, &batch->pending))
		tunip_batch_complete(batch);
}
