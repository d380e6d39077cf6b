// SPDX-License-Identifier: GPL-2.0
/*
 * The table of suites. Sizes: RFC 3602 (AES-CBC), RFC 2404 and RFC 4868
 * (HMAC), RFC 4106 (AES-GCM).
 */

#include "crypto/suite.h"

#include <linux/kernel.h>
#include <linux/tunnel_ip.h>

#define TUNIP_BENCH_NULL	65535	/* IKEv2 has it for private use */

#define CBC(_integ, _name, _hash, _key, _icv) {				\
	.encr = TUNIP_ENCR_AES_CBC,					\
	.integ = (_integ),						\
	.name = "AES-CBC with " _name,					\
	.alg = "authenc(hmac(" _hash "),cbc(aes))",			\
	.alg_esn = "authencesn(hmac(" _hash "),cbc(aes))",		\
	.integ_key_len = (_key),					\
	.iv_len = 16,							\
	.block = 16,							\
	.icv_len = (_icv),						\
}

static const struct tunip_suite suites[] = {
	CBC(TUNIP_INTEG_HMAC_SHA1_96, "HMAC-SHA1-96", "sha1", 20, 12),
	CBC(TUNIP_INTEG_HMAC_SHA2_256_128, "HMAC-SHA2-256-128", "sha256", 32, 16),
	CBC(TUNIP_INTEG_HMAC_SHA2_384_192, "HMAC-SHA2-384-192", "sha384", 48, 24),
	CBC(TUNIP_INTEG_HMAC_SHA2_512_256, "HMAC-SHA2-512-256", "sha512", 64, 32),
	{
		.encr = TUNIP_ENCR_AES_GCM_16,
		.name = "AES-GCM-16",
		.alg = "rfc4106(gcm(aes))",
		.alg_esn = "rfc4106(gcm(aes))",
		.salt_len = 4,
		.iv_len = 8,
		.block = 4,
		.icv_len = 16,
		.counter_iv = true,
	},
#ifdef CONFIG_TUNIP_BENCH
	/*
	 * What a packet costs without cryptography, through the same calls;
	 * xfrm's counterpart is cipher_null with digest_null. Such a module is
	 * not for use: the numbers are outside what the agent knows.
	 */
	{
		.encr = TUNIP_BENCH_NULL,
		.integ = TUNIP_BENCH_NULL,
		.name = "no protection",
		.alg = "authenc(digest_null,ecb(cipher_null))",
		.alg_esn = "authenc(digest_null,ecb(cipher_null))",
		.integ_key_len = 20,
		.block = 4,
		.keyless = true,
	},
#endif
};

/** tunip_suite_at - walk the table; NULL behind its end */
const struct tunip_suite *tunip_suite_at(unsigned int i)
{
	return i < ARRAY_SIZE(suites) ? &suites[i] : NULL;
}

/** tunip_suite_find - the row of a pair of transform IDs, or NULL */
const struct tunip_suite *tunip_suite_find(u16 encr, u16 integ)
{
	const struct tunip_suite *s;
	unsigned int i;

	for (i = 0; (s = tunip_suite_at(i)); i++)
		if (s->encr == encr && s->integ == integ)
			return s;
	return NULL;
}
