// SPDX-License-Identifier: GPL-2.0
/*
 * Known answers. The IKE SA is case 100 of NIST's ACVP vectors for the key
 * derivation of IKEv2 (SP 800-135 section 4.1.2); what prf+ gives with each
 * hash was computed by an HMAC implementation that is not OpenSSL's.
 */

#include "ike/selftest.h"

#include <string.h>

#include "ike/keymat.h"
#include "log/log.h"
#include "util/err.h"

#define ANSWER	16

/** struct prf_answer - octets 2L to 2L + 16 of prf+(00 01 ... 1f, "known answer") */
struct prf_answer {
	uint16_t prf;
	uint8_t octets[ANSWER];
};

static const struct prf_answer prf_answers[] = {
	{ PRF_HMAC_SHA1, { 0x4d, 0xe7, 0xaf, 0xb1, 0xd4, 0x06, 0x5c, 0x85,
			   0xf5, 0x93, 0x14, 0x21, 0x46, 0x9f, 0xf3, 0x8d } },
	{ PRF_HMAC_SHA2_256, { 0x8f, 0x59, 0xba, 0x33, 0x21, 0xe3, 0xb1, 0xf6,
			       0xe3, 0x9a, 0x75, 0xf1, 0x6f, 0x30, 0xeb, 0xb3 } },
	{ PRF_HMAC_SHA2_384, { 0x6b, 0xd4, 0x01, 0xaf, 0x54, 0x11, 0x13, 0x0a,
			       0x8a, 0x29, 0xe5, 0x6e, 0xd9, 0x33, 0xb3, 0xcc } },
	{ PRF_HMAC_SHA2_512, { 0x88, 0xdb, 0xf4, 0xb2, 0x24, 0xb5, 0x3d, 0xe1,
			       0x7c, 0x61, 0x30, 0xb1, 0xdb, 0xe5, 0x23, 0x8d } },
};

/* The third block depends on the two before it. */
static bool prf_plus_is_right(const struct prf_answer *a)
{
	const struct alg_prf *alg = alg_prf(a->prf);
	struct view seed = { (const uint8_t *)"known answer", 12 };
	struct secret *key = secret_alloc(32), *out = NULL;
	bool right = false;
	uint8_t i;

	for (i = 0; key && i < 32; i++)
		secret_writable(key)[i] = i;
	if (key && !prf_plus(alg, key, &seed, 1, 2u * alg->len + ANSWER, &out))
		right = memcmp(secret_bytes(out) +
			       2 * alg->len, a->octets, ANSWER) == 0;
	secret_free(out);
	secret_free(key);
	return right;
}

static const uint8_t ni[] = { 0x32, 0xb5, 0x0d, 0x5f, 0x4a, 0x37, 0x63, 0xf3 };
static const uint8_t nr[] = { 0x92, 0x06, 0xa0, 0x4b, 0x26, 0x56, 0x4c, 0xb1 };
static const uint8_t g_ir[] = {
	0x4b, 0x2c, 0x1f, 0x97, 0x19, 0x81, 0xa8, 0xad, 0x8d, 0x0a, 0xbe, 0xaf,
	0xab, 0xf3, 0x8c, 0xf7, 0x5f, 0xc8, 0x34, 0x9c, 0x14, 0x81, 0x42, 0x46,
	0x5e, 0xd9, 0xc8, 0xb5, 0x16, 0xb8, 0xbe, 0x52,
};
static const uint8_t sk_d[] = {
	0xa1, 0x42, 0x93, 0x67, 0x7c, 0xc8, 0x0f, 0xf8, 0xf9, 0xcc,
	0x0e, 0xee, 0x30, 0xd8, 0x95, 0xda, 0x9d, 0x8f, 0x40, 0x56,
};
static const uint8_t sk_pr[] = {
	0x05, 0xeb, 0xad, 0xca, 0x85, 0x5e, 0x42, 0x49, 0x52, 0x0a,
	0x44, 0x1a, 0x81, 0x15, 0x74, 0x35, 0xa7, 0xa5, 0x6c, 0xc4,
};

static bool is(const struct secret *s, const uint8_t *octets, size_t len)
{
	return secret_len(s) == len && !memcmp(secret_bytes(s), octets, len);
}

/* The first and the last of the seven keys. */
static bool ike_sa_is_right(void)
{
	const struct ike_suite suite = {
		.encr = alg_encr(ENCR_AES_CBC, 128),
		.integ = alg_integ(INTEG_HMAC_SHA1_96),
		.prf = alg_prf(PRF_HMAC_SHA1),
		.ke = alg_ke(KE_ECP_256),
	};
	struct secret *shared = secret_new(g_ir, sizeof(g_ir));
	struct ike_keys keys = { 0 };
	bool right;

	right = shared &&
		!keymat_ike_init(&suite, shared, (struct view){ ni, sizeof(ni) },
				 (struct view){ nr, sizeof(nr) },
				 0x34c9e7c188868785ULL, 0x3ff77d760d2b2199ULL,
				 &keys) &&
		is(keys.sk_d, sk_d, sizeof(sk_d)) &&
		is(keys.sk_pr, sk_pr, sizeof(sk_pr));
	keymat_keys_clear(&keys);
	secret_free(shared);
	return right;
}

int ike_selftest(void)
{
	size_t i;

	for (i = 0; i < sizeof(prf_answers) / sizeof(prf_answers[0]); i++) {
		if (prf_plus_is_right(&prf_answers[i]))
			continue;
		log_error(NULL, "self-test: prf+ with HMAC-%s gives a wrong result",
			  alg_prf(prf_answers[i].prf)->show_name);
		return ERR_CRYPTO;
	}
	if (ike_sa_is_right())
		return 0;
	log_error(NULL, "self-test: the keys of an IKE SA are wrong");
	return ERR_CRYPTO;
}
