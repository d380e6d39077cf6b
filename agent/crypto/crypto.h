/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The operations IKE needs, over OpenSSL 3: PRF, key exchange, protection of
 * SK payloads, digests and random octets. Library objects are fetched once,
 * by crypto_init(). Nothing here knows a message or an SA.
 */
#ifndef AGENT_CRYPTO_CRYPTO_H
#define AGENT_CRYPTO_CRYPTO_H

#include "crypto/alg.h"
#include "util/buf.h"
#include "util/secret.h"

#define SHA1_LEN	20
#define SHA256_LEN	32
#define PRF_MAX		64

/* Fetch algorithms. Return: 0 or ERR_CRYPTO with a logged reason. */
int crypto_init(void);
void crypto_fini(void);

/* Cryptographically secure octets; never fails (aborts if the source does). */
void rand_bytes(void *p, size_t len);
/* A random value below @bound (> 0), for jitter. */
uint64_t rand_below(uint64_t bound);

int sha1(const struct view *parts, size_t n, uint8_t out[SHA1_LEN]);
int sha256(const struct view *parts, size_t n, uint8_t out[SHA256_LEN]);
/* HMAC-SHA2-256 with a public-data key, for cookies and tokens. */
/* A secret's SHA-256 digest in base64, as routers print it; 0 or ERR_CRYPTO. */
#define FINGERPRINT_STR	45
int fingerprint(const struct secret *secret, char out[FINGERPRINT_STR]);
int hmac_sha256(struct view key, const struct view *parts, size_t n,
		uint8_t out[SHA256_LEN]);

/**
 * prf - one application of the negotiated PRF over concatenated parts
 * @out: alg->len octets
 *
 * Return: 0 or ERR_CRYPTO.
 */
int prf(const struct alg_prf *alg, const struct secret *key,
	const struct view *parts, size_t n, uint8_t *out);
/* The same with a key that is not secret (Ni | Nr). */
int prf_public_key(const struct alg_prf *alg, struct view key,
		   const struct view *parts, size_t n, uint8_t *out);
/**
 * prf_plus - RFC 7296 section 2.13
 * @len: octets wanted, at most 255 * alg->len
 * @out: new secret of @len octets, NULL on error
 */
int prf_plus(const struct alg_prf *alg, const struct secret *key,
	     const struct view *parts, size_t n, size_t len,
	     struct secret **out);

/**
 * struct ke - one side of a key exchange; holds the private key
 *
 * Used by one thread at a time, but for ke_method() and ke_public(). The
 * references are counted by the thread that made it.
 */
struct ke;
/* A fresh key pair, good for one exchange. NULL when unavailable. */
struct ke *ke_new(uint16_t method);
struct ke *ke_get(struct ke *ke);
void ke_free(struct ke *ke);
uint16_t ke_method(const struct ke *ke);
/* Public value as it goes into the KE payload, borrowed from @ke. */
struct view ke_public(const struct ke *ke);
/**
 * ke_derive - finish as initiator with the responder's public value
 *
 * Return: 0; ERR_KE_VALUE when @peer has a wrong length, is not on the curve
 * or gives a degenerate result; ERR_CRYPTO.
 */
int ke_derive(struct ke *ke, struct view peer, struct secret **out);
/**
 * ke_respond - both steps of the responder
 * @mine: a key pair of @method made before, still the caller's, or NULL
 * @peer: the initiator's public value
 * @public: what to send back, appended
 */
int ke_respond(struct ke *mine, uint16_t method, struct view peer,
	       struct buf *public, struct secret **out);
/* Does the responder need a key pair of its own? */
bool ke_has_pairs(uint16_t method);

/**
 * struct sk_keys - one direction's protection of SK payloads
 *
 * With an AEAD @integ is NULL and @sk_a is NULL; @sk_e ends in the salt.
 * Key schedules are cached inside; one thread.
 */
struct sk_keys;
struct sk_keys *sk_keys_new(const struct alg_encr *encr,
			    const struct alg_integ *integ,
			    const struct secret *sk_e,
			    const struct secret *sk_a);
void sk_keys_free(struct sk_keys *k);
/* Octets added around @plain octets: IV, padding, pad length and ICV. */
size_t sk_overhead(const struct sk_keys *k, size_t plain);
/**
 * sk_seal - protect the inner payloads of a message (RFC 7296 section 3.14)
 * @msg: the message so far, ending with the SK (or SKF) payload's fixed
 *	header (4 octets, for SKF 8); IKE length and SK payload length
 *	must already have their final values
 * @plain: inner payloads
 *
 * IV, ciphertext and ICV are appended to @msg. IVs never repeat under a key.
 */
int sk_seal(struct sk_keys *k, struct buf *msg, size_t msg_start,
	    struct view plain);
/**
 * sk_open - verify and decrypt
 * @msg: the whole message as received
 * @body_at: offset of the first IV octet in @msg
 * @plain: inner payloads without padding; reset first
 *
 * Return: 0; ERR_ICV; ERR_SHORT when the body cannot hold IV, padding, ICV.
 */
int sk_open(struct sk_keys *k, struct view msg, size_t body_at,
	    struct buf *plain);

#endif
