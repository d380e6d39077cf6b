/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signatures of AUTH payloads: RSA (PKCS#1 v1.5 and PSS) and ECDSA, as RFC 7427
 * and the older methods have them. A signature is made in three steps: choose
 * a scheme, fill a job, run it; running touches nothing but the job and its
 * key, so that any thread may do it.
 */
#ifndef AGENT_CRYPTO_SIGN_H
#define AGENT_CRYPTO_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/ids.h"
#include "util/buf.h"

/* Sizes of RSA that are worked with at all; more is a burden to verify. */
#define RSA_BITS_MIN	2048
#define RSA_BITS_MAX	8192
/* Octets of a signature with the AlgorithmIdentifier before it. */
#define SIGNATURE_MAX	2048

enum pkey_kind {
	PKEY_OTHER,
	PKEY_RSA,
	PKEY_RSA_PSS,	/* restricted to RSASSA-PSS */
	PKEY_EC,
};

/**
 * struct pkey_info - what a key is
 * @bits: of the modulus or of the curve's field
 * @curve: enum ke_id of the curve; 0 when it is none of those IKE signs with
 * @sane: usable without danger: sizes in range, a public exponent that is odd,
 *	more than 1 and no longer than 64 bits
 */
struct pkey_info {
	enum pkey_kind kind;
	unsigned int bits;
	uint16_t curve;
	bool sane;
};

/** struct pkey - a public or private key; counted, immutable, any thread */
struct pkey;
struct evp_pkey_st;

/* Wrap a library's key; takes the reference. NULL when out of memory. */
struct pkey *pkey_new(struct evp_pkey_st *key);
struct pkey *pkey_get(struct pkey *key);
void pkey_put(struct pkey *key);
const struct pkey_info *pkey_info(const struct pkey *key);
/* The same of a key that is not wrapped. */
void pkey_describe(const struct evp_pkey_st *key, struct pkey_info *out);
/* "RSA 2048", "ECDSA P-256". */
#define PKEY_STR	40
const char *pkey_str(const struct pkey_info *info, char buf[PKEY_STR]);

/**
 * struct sign_scheme - one way to sign
 * @method: of the AUTH payload
 * @hash: enum sig_hash
 * @kind: of the key: PKEY_RSA or PKEY_EC
 * @pss: RSASSA-PSS
 * @curve: the only one, 0: any
 * @alg: AlgorithmIdentifier before the signature, method 14 only
 */
struct sign_scheme {
	uint8_t method;
	uint16_t hash;
	enum pkey_kind kind;
	bool pss;
	uint16_t curve;
	struct view alg;
	const char *md;
	const char *name;	/* "RSA with SHA2-256" */
};

/* The hash algorithms that are accepted, a set of bits 1 << enum sig_hash. */
#define SIGN_HASHES	(1U << SIG_HASH_SHA2_256 | 1U << SIG_HASH_SHA2_384 | \
			 1U << SIG_HASH_SHA2_512)

/**
 * sign_choose - how to sign towards a peer
 * @pss: prefer RSASSA-PSS (a restricted key knows nothing else)
 * @peer_hashes: its SIGNATURE_HASH_ALGORITHMS; 0: it sent none
 * @sha1: RSA with SHA-1 may be used towards a peer that sent none
 *
 * Of the hashes in common the one that fits the strength of the key.
 * Return: NULL when there is nothing in common.
 */
const struct sign_scheme *sign_choose(const struct pkey_info *key, bool pss,
				      unsigned int peer_hashes, bool sha1);

/**
 * struct sign_job - one signature to be made
 * @octets: what is signed
 * @auth: gets the data of the AUTH payload
 */
struct sign_job {
	const struct sign_scheme *scheme;
	struct pkey *key;
	struct buf octets;
	struct buf auth;
	int err;
};

/* Takes a reference of @key; fill @job->octets before it runs. */
void sign_job_init(struct sign_job *job, const struct sign_scheme *scheme,
		   struct pkey *key);
/* Sets @job->err to 0, ERR_CRYPTO or ERR_NOMEM. */
void sign_job_run(struct sign_job *job);
void sign_job_fini(struct sign_job *job);

/**
 * struct sign_value - a peer's AUTH payload, understood but not verified
 * @scheme: NULL for a hash or an algorithm that is not accepted; with method 1
 *	the hash is not known before sign_check()
 * @kind: of key, as far as it can be told
 * @salt_len: of RSASSA-PSS
 * @signature: borrowed
 */
struct sign_value {
	const struct sign_scheme *scheme;
	enum pkey_kind kind;
	unsigned int salt_len;
	struct view signature;
};

/* Is it a method of signatures? */
bool sign_is_method(uint8_t method);
/**
 * sign_parse - what does the peer's AUTH payload say?
 *
 * Return: 0, also when @out->scheme is NULL; ERR_SHORT, ERR_SYNTAX.
 */
int sign_parse(uint8_t method, struct view data, struct sign_value *out);
/**
 * sign_check - verify it
 * @octets: what should have been signed
 * @sha1: method 1 may have used SHA-1
 * @used: the scheme that verified it, where method 1 leaves it open
 *
 * Return: 0; ERR_AUTH when it does not fit key or octets; ERR_CRYPTO.
 */
int sign_check(const struct sign_value *v, const struct pkey *key,
	       struct view octets, bool sha1, const struct sign_scheme **used);

#endif
