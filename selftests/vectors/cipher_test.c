// SPDX-License-Identifier: GPL-2.0
/*
 * Ciphers and hashes as the agent uses them.
 *
 * Sources: RFC 3602 section 4 (AES-CBC cases 1 to 4 and the ESP packets of
 * cases 5 and 6), RFC 4231 sections 4.2 and 4.3 (HMAC-SHA-2), RFC 2202 section
 * 3 (HMAC-SHA-1), FIPS 180-2 appendices A and B ("abc").
 */

#include "hex.h"

#include <openssl/evp.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/provider.h"
#include "util/err.h"

/** struct cbc_case - one of RFC 3602 section 4 */
struct cbc_case {
	const char *key, *iv, *plain, *cipher;
};

static const struct cbc_case cbc_cases[] = {
	{ "06a9214036b8a15b512e03d534120006",
	  "3dafba429d9eb430b422da802c9fac41",
	  "53696e676c6520626c6f636b206d7367",
	  "e353779c1079aeb82708942dbe77181a" },
	{ "c286696d887c9aa0611bbb3e2025a45a",
	  "562e17996d093d28ddb3ba695a2e6f58",
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	  "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1" },
	{ "6c3ea0477630ce21a2ce334aa746c2cd",
	  "c782dc4c098c66cbd9cd27d825682c81",
	  "5468697320697320612034382d62797465206d657373616765202865786163746c7920332041455320626c6f636b7329",
	  "d0a02b3836451753d493665d33f0e8862dea54cdb293abc7506939276772f8d5021c19216bad525c8579695d83ba2684" },
	{ "56e47a38c5598974bc46903dba290349",
	  "8ce82eefbea0da3c44699ed7db51b7d9",
	  "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
	  "c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207eb0ef8e4e35907aa632c3ffdf868bb7b29d3d46ad83ce9f9a102ee99d49a53e87f4c3da55" },
	/* Case 5: the plaintext of a whole ESP transport packet (ICMP echo
	 * reply, padding 01 .. 0e, pad length 0e, next header 01). */
	{ "90d382b410eeba7ad938c46cec1a82bf",
	  "e96e8c08ab465763fd098d45dd3ff893",
	  "0800 0ebd a70a 0000 8e9c 083d b95b 0700 0809 0a0b 0c0d 0e0f 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f 2021 2223 2425 2627 2829 2a2b 2c2d 2e2f 3031 3233 3435 3637 0102 0304 0506 0708 090a 0b0c 0d0e 0e01",
	  "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6" },
};

/* Through the library's cipher that provider.c fetched. */
static void run_cbc(const struct cbc_case *c, bool seal, const char *in_text,
		    const char *out_text)
{
	struct hex key = hex(c->key), iv = hex(c->iv), in = hex(in_text);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t out[HEX_MAX];
	int n;

	assert_int_equal(EVP_CipherInit_ex2(ctx, provider_cipher("AES-128-CBC"),
					    key.p, iv.p, seal, NULL), 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	assert_int_equal(EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.len), 1);
	assert_hex(out, (size_t)n, out_text);
	EVP_CIPHER_CTX_free(ctx);
}

static void rfc_3602_cases(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(cbc_cases) / sizeof(cbc_cases[0]); i++) {
		run_cbc(&cbc_cases[i], true, cbc_cases[i].plain,
			cbc_cases[i].cipher);
		run_cbc(&cbc_cases[i], false, cbc_cases[i].cipher,
			cbc_cases[i].plain);
	}
}

/** struct mac_case - key, text and HMAC */
struct mac_case {
	uint16_t prf;
	const char *key, *text, *mac;
};

static const struct mac_case mac_cases[] = {
	{ PRF_HMAC_SHA1, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	  "4869205468657265", "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ PRF_HMAC_SHA1, "4a656665",
	  "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ PRF_HMAC_SHA2_256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	  "4869205468657265",
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ PRF_HMAC_SHA2_256, "4a656665",
	  "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ PRF_HMAC_SHA2_384, "4a656665",
	  "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	  "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649" },
	{ PRF_HMAC_SHA2_512, "4a656665",
	  "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
};

static void rfc_4231_and_2202_cases(void **state)
{
	uint8_t out[PRF_MAX];
	size_t i;

	for (i = 0; i < sizeof(mac_cases) / sizeof(mac_cases[0]); i++) {
		const struct alg_prf *alg = alg_prf(mac_cases[i].prf);
		struct secret *key = hex_secret(mac_cases[i].key);
		struct hex text = hex(mac_cases[i].text);
		struct view part = hex_view(&text);

		assert_int_equal(prf(alg, key, &part, 1, out), 0);
		assert_hex(out, alg->len, mac_cases[i].mac);
		secret_free(key);
	}
}

static void fips_180_abc(void **state)
{
	struct view abc[] = { { (const uint8_t *)"a", 1 },
			      { (const uint8_t *)"bc", 2 } };
	uint8_t out[SHA256_LEN];

	assert_int_equal(sha1(abc, 2, out), 0);
	assert_hex(out, SHA1_LEN, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_int_equal(sha256(abc, 2, out), 0);
	assert_hex(out, SHA256_LEN,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* ------------------------------------------------ SK payloads, there and back */

static struct sk_keys *make_keys(const struct alg_encr *encr,
				 const struct alg_integ *integ)
{
	uint8_t octets[64];
	struct secret *e, *a;
	struct sk_keys *k;
	size_t i;

	for (i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)i;
	e = secret_new(octets, encr->key_len);
	a = integ ? secret_new(octets, integ->key_len) : NULL;
	k = sk_keys_new(encr, integ, e, a);
	assert_non_null(k);
	secret_free(e);
	secret_free(a);
	return k;
}

#define HEADER	32	/* IKE header and SK generic header */

static void there_and_back(const struct alg_encr *encr,
			   const struct alg_integ *integ)
{
	struct sk_keys *ours = make_keys(encr, integ);
	struct sk_keys *theirs = make_keys(encr, integ);
	uint8_t plain[97] = { 42 };
	struct buf msg, out;
	size_t len, bit;

	buf_init(&msg, 4096);
	buf_init(&out, 4096);
	for (len = 0; len < sizeof(plain); len++) {
		buf_reset(&msg);
		memset(buf_reserve(&msg, HEADER), 7, HEADER);
		assert_int_equal(sk_seal(ours, &msg, 0,
					 (struct view){ plain, len }), 0);
		assert_int_equal(msg.len, HEADER + len +
				 sk_overhead(ours, len));
		assert_int_equal(sk_open(theirs, buf_view(&msg), HEADER, &out),
				 0);
		assert_int_equal(out.len, len);
		assert_memory_equal(out.p, plain, len);
	}
	for (bit = 0; bit < msg.len * 8; bit++) {
		msg.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(sk_open(theirs, buf_view(&msg), HEADER, &out),
				 ERR_ICV);
		msg.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (len = 0; len < msg.len; len++)
		assert_int_not_equal(sk_open(theirs,
					     (struct view){ msg.p, len },
					     HEADER, &out), 0);
	buf_fini(&msg);
	buf_fini(&out);
	sk_keys_free(ours);
	sk_keys_free(theirs);
}

static void every_cipher_seals_and_opens(void **state)
{
	const struct alg_encr *encr;
	const struct alg_integ *integ;
	size_t i, k;

	for (i = 0; (encr = alg_encr_at(i)); i++) {
		if (encr->aead)
			there_and_back(encr, NULL);
		for (k = 0; !encr->aead && (integ = alg_integ_at(k)); k++)
			there_and_back(encr, integ);
	}
}

static int set_up(void **state)
{
	return crypto_init();
}

static int take_down(void **state)
{
	crypto_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_3602_cases),
		cmocka_unit_test(rfc_4231_and_2202_cases),
		cmocka_unit_test(fips_180_abc),
		cmocka_unit_test(every_cipher_seals_and_opens),
	};

	return cmocka_run_group_tests_name("cipher", tests, set_up, take_down);
}
