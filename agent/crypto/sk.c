// SPDX-License-Identifier: GPL-2.0
/*
 * Protection of SK and SKF payloads (RFC 7296 section 3.14, RFC 5282): AES-CBC
 * with HMAC, encrypt then MAC, and AES-GCM.
 */

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/provider.h"
#include "util/err.h"

#define GCM_NONCE_LEN	12

struct sk_keys {
	const struct alg_encr *encr;
	const struct alg_integ *integ;
	struct secret *key;		/* cipher key without salt */
	struct secret *salt;
	EVP_MAC_CTX *mac;		/* keyed once */
	uint64_t counter;		/* GCM: next IV */
};

struct sk_keys *sk_keys_new(const struct alg_encr *encr,
			    const struct alg_integ *integ,
			    const struct secret *sk_e,
			    const struct secret *sk_a)
{
	size_t key_len = encr->key_len - encr->salt_len;
	struct sk_keys *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->encr = encr;
	k->integ = integ;
	k->key = secret_slice(sk_e, 0, key_len);
	k->salt = secret_slice(sk_e, key_len, encr->salt_len);
	if (integ)
		k->mac = provider_hmac(integ->md, secret_bytes(sk_a),
				       secret_len(sk_a));
	if (!k->key || !k->salt || (integ && !k->mac)) {
		sk_keys_free(k);
		return NULL;
	}
	return k;
}

void sk_keys_free(struct sk_keys *k)
{
	if (!k)
		return;
	secret_free(k->key);
	secret_free(k->salt);
	EVP_MAC_CTX_free(k->mac);
	free(k);
}

static size_t icv_len(const struct sk_keys *k)
{
	return k->integ ? k->integ->icv_len : k->encr->icv_len;
}

/*
 * Padding so that it and its length octet end on a block. AES-GCM needs none,
 * but with four octets an empty request is not shorter than the unprotected
 * answer with a token that it may get (RFC 6290), which must not be longer.
 */
static size_t pad_len(const struct sk_keys *k, size_t plain)
{
	size_t block = k->encr->block > 4 ? k->encr->block : 4;

	return (block - (plain + 1) % block) % block;
}

size_t sk_overhead(const struct sk_keys *k, size_t plain)
{
	return k->encr->iv_len + pad_len(k, plain) + 1 + icv_len(k);
}

/* ICV over everything from the first octet of the header (3.14). */
static int mac_over(struct sk_keys *k, const uint8_t *p, size_t len,
		    uint8_t out[PRF_MAX])
{
	size_t n;

	/* A NULL key restarts the computation with the same one. */
	if (EVP_MAC_init(k->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(k->mac, p, len) != 1 ||
	    EVP_MAC_final(k->mac, out, &n, PRF_MAX) != 1)
		return provider_error("ICV");
	return 0;
}

/* In place, no padding by the library. */
static int cbc(const struct sk_keys *k, bool seal, const uint8_t *iv,
	       const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int err = ERR_CRYPTO, n;

	if (ctx &&
	    EVP_CipherInit_ex2(ctx, provider_cipher(k->encr->evp),
			       secret_bytes(k->key), iv, seal, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1 &&
	    (size_t)n == len)
		err = 0;
	EVP_CIPHER_CTX_free(ctx);
	return err ? provider_error("AES-CBC") : 0;
}

static void gcm_nonce(const struct sk_keys *k, const uint8_t *iv,
		      uint8_t nonce[GCM_NONCE_LEN])
{
	memcpy(nonce, secret_bytes(k->salt), k->encr->salt_len);
	memcpy(nonce + k->encr->salt_len, iv, k->encr->iv_len);
}

/** struct gcm_text - one AEAD operation; @tag is written or compared */
struct gcm_text {
	struct view aad;
	const uint8_t *iv;
	const uint8_t *in;
	size_t len;
	uint8_t *out;
	uint8_t *tag;
};

static int gcm_run(EVP_CIPHER_CTX *ctx, const struct sk_keys *k, bool seal,
		   const struct gcm_text *t)
{
	uint8_t nonce[GCM_NONCE_LEN];
	int n, tag_len = k->encr->icv_len;

	gcm_nonce(k, t->iv, nonce);
	if (EVP_CipherInit_ex2(ctx, provider_cipher(k->encr->evp),
			       secret_bytes(k->key), nonce, seal, NULL) != 1 ||
	    EVP_CipherUpdate(ctx, NULL, &n, t->aad.p, (int)t->aad.len) != 1 ||
	    EVP_CipherUpdate(ctx, t->out, &n, t->in, (int)t->len) != 1)
		return provider_error("AES-GCM");
	if (!seal &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, tag_len,
				t->tag) != 1)
		return provider_error("AES-GCM");
	if (EVP_CipherFinal_ex(ctx, t->out + t->len, &n) != 1)
		return seal ? provider_error("AES-GCM") : ERR_ICV;
	if (seal &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, tag_len,
				t->tag) != 1)
		return provider_error("AES-GCM");
	return 0;
}

static int gcm(const struct sk_keys *k, bool seal, const struct gcm_text *t)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int err = ctx ? gcm_run(ctx, k, seal, t) : ERR_NOMEM;

	EVP_CIPHER_CTX_free(ctx);
	return err;
}

/* Random for CBC, a counter for GCM: it never repeats under a key. */
static void put_iv(struct sk_keys *k, struct buf *msg)
{
	uint8_t *iv;

	if (k->encr->aead) {
		buf_put_u64(msg, k->counter++);
		return;
	}
	iv = buf_reserve(msg, k->encr->iv_len);
	if (iv)
		rand_bytes(iv, k->encr->iv_len);
}

static void put_plain(const struct sk_keys *k, struct buf *msg,
		      struct view plain)
{
	size_t pad = pad_len(k, plain.len), i;

	buf_put_view(msg, plain);
	for (i = 0; i < pad; i++)
		buf_put_u8(msg, 0);
	buf_put_u8(msg, (uint8_t)pad);
}

int sk_seal(struct sk_keys *k, struct buf *msg, size_t msg_start,
	    struct view plain)
{
	size_t iv_at = msg->len, text_at = iv_at + k->encr->iv_len, icv_at;
	uint8_t icv[PRF_MAX];
	int err;

	put_iv(k, msg);
	put_plain(k, msg, plain);
	icv_at = msg->len;
	if (!buf_reserve(msg, icv_len(k)))
		return ERR_NOMEM;
	if (k->encr->aead) {
		struct gcm_text t = {
			.aad = { msg->p + msg_start, iv_at - msg_start },
			.iv = msg->p + iv_at,
			.in = msg->p + text_at,
			.len = icv_at - text_at,
			.out = msg->p + text_at,
			.tag = icv,
		};

		err = gcm(k, true, &t);
	} else {
		err = cbc(k, true, msg->p + iv_at, msg->p + text_at,
			  icv_at - text_at, msg->p + text_at);
		if (!err)
			err = mac_over(k, msg->p + msg_start,
				       icv_at - msg_start, icv);
	}
	if (!err)
		memcpy(msg->p + icv_at, icv, icv_len(k));
	return err;
}

/* Take padding and its length off. */
static int strip_padding(struct buf *plain)
{
	size_t pad;

	if (!plain->len)
		return ERR_SYNTAX;
	pad = plain->p[plain->len - 1];
	if (pad + 1 > plain->len)
		return ERR_SYNTAX;
	buf_truncate(plain, plain->len - pad - 1);
	return 0;
}

static int open_cbc(struct sk_keys *k, struct view msg, size_t body_at,
		    size_t text_len, uint8_t *out)
{
	size_t icv_at = msg.len - icv_len(k);
	uint8_t icv[PRF_MAX];
	int err;

	err = mac_over(k, msg.p, icv_at, icv);
	if (err)
		return err;
	if (!equal_ct(icv, msg.p + icv_at, icv_len(k)))
		return ERR_ICV;
	return cbc(k, false, msg.p + body_at, msg.p + body_at + k->encr->iv_len,
		   text_len, out);
}

static int open_gcm(struct sk_keys *k, struct view msg, size_t body_at,
		    size_t text_len, uint8_t *out)
{
	uint8_t tag[PRF_MAX];
	struct gcm_text t = {
		.aad = { msg.p, body_at },
		.iv = msg.p + body_at,
		.in = msg.p + body_at + k->encr->iv_len,
		.len = text_len,
		.out = out,
		.tag = tag,
	};

	memcpy(tag, msg.p + msg.len - icv_len(k), icv_len(k));
	return gcm(k, false, &t);
}

int sk_open(struct sk_keys *k, struct view msg, size_t body_at,
	    struct buf *plain)
{
	size_t fixed = k->encr->iv_len + icv_len(k), text_len;
	uint8_t *out;
	int err;

	buf_reset(plain);
	if (body_at > msg.len || msg.len - body_at < fixed + 1)
		return ERR_SHORT;
	text_len = msg.len - body_at - fixed;
	if (text_len % k->encr->block)
		return ERR_SHORT;
	out = buf_reserve(plain, text_len);
	if (!out)
		return ERR_NOMEM;
	err = k->encr->aead ? open_gcm(k, msg, body_at, text_len, out) :
			      open_cbc(k, msg, body_at, text_len, out);
	if (!err)
		err = strip_padding(plain);
	if (err)
		buf_reset(plain);
	return err;
}
