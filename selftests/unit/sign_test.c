// SPDX-License-Identifier: GPL-2.0
/*
 * agent/crypto: signatures of AUTH payloads. What is made is verified by the
 * library directly; what is verified is made by it, too.
 */

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "crypto/sign.h"
#include "pki_maker.h"
#include "util/err.h"

#define ALL	SIGN_HASHES

static const struct view text = { (const uint8_t *)"what is signed", 14 };

static struct pkey *key_of(const char *kind)
{
	EVP_PKEY *evp = make_key(kind);

	EVP_PKEY_up_ref(evp);
	return pkey_new(evp);
}

/* Sign @text as a peer with @hashes wants it; AUTH data into @out. */
static const struct sign_scheme *sign_with(struct pkey *key, bool pss,
					   unsigned int hashes, bool sha1,
					   struct buf *out)
{
	const struct sign_scheme *s = sign_choose(pkey_info(key), pss, hashes,
						  sha1);
	struct sign_job job;

	assert_non_null(s);
	sign_job_init(&job, s, key);
	buf_put_view(&job.octets, text);
	sign_job_run(&job);
	assert_int_equal(job.err, 0);
	buf_init(out, SIGNATURE_MAX);
	buf_put_view(out, buf_view(&job.auth));
	sign_job_fini(&job);
	return s;
}

static int check(uint8_t method, struct view auth, const struct pkey *key,
		 bool sha1)
{
	const struct sign_scheme *used;
	struct sign_value v;
	int err = sign_parse(method, auth, &v);

	return err ? err : sign_check(&v, key, text, sha1, &used);
}

/* --------------------------------------------------------------- round trips */

/** struct trip - a key, what the peer announces, what comes of it */
struct trip {
	const char *key;
	bool pss;
	unsigned int hashes;
	bool sha1;
	uint8_t method;
	const char *name;
};

static const struct trip trips[] = {
	{ "rsa2048", false, ALL, false, 14, "RSA with SHA2-256" },
	{ "rsa4096", false, ALL, false, 14, "RSA with SHA2-384" },
	{ "rsa2048", false, 1U << SIG_HASH_SHA2_512, false, 14,
	  "RSA with SHA2-512" },
	{ "rsa2048", true, ALL, false, 14, "RSA-PSS with SHA2-256" },
	{ "rsa2048", true, 1U << SIG_HASH_SHA2_384, false, 14,
	  "RSA-PSS with SHA2-384" },
	{ "rsa2048", true, 1U << SIG_HASH_SHA2_512, false, 14,
	  "RSA-PSS with SHA2-512" },
	{ "rsapss", false, ALL, false, 14, "RSA-PSS with SHA2-256" },
	{ "p256", false, ALL, false, 14, "ECDSA with SHA2-256" },
	{ "p384", true, ALL, false, 14, "ECDSA with SHA2-384" },
	{ "p521", false, ALL, false, 14, "ECDSA with SHA2-512" },
	{ "p521", false, 1U << SIG_HASH_SHA2_256, false, 14,
	  "ECDSA with SHA2-256" },
	{ "p256", false, 0, false, 9, "ECDSA P-256" },
	{ "p384", false, 0, false, 10, "ECDSA P-384" },
	{ "p521", false, 0, false, 11, "ECDSA P-521" },
	{ "rsa2048", false, 0, true, 1, "RSA with SHA1" },
};

static void what_is_made_is_good(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(trips) / sizeof(trips[0]); i++) {
		const struct trip *t = &trips[i];
		struct pkey *key = key_of(t->key), *other;
		const struct sign_scheme *s;
		struct buf auth;

		s = sign_with(key, t->pss, t->hashes, t->sha1, &auth);
		assert_string_equal(s->name, t->name);
		assert_int_equal(s->method, t->method);
		assert_int_equal(check(s->method, buf_view(&auth), key,
				       t->sha1), 0);
		/* One octet of it, or another key. */
		auth.p[auth.len / 2 + 10] ^= 0x10;
		assert_int_equal(check(s->method, buf_view(&auth), key,
				       t->sha1), ERR_AUTH);
		auth.p[auth.len / 2 + 10] ^= 0x10;
		other = key_of(t->key);
		assert_int_equal(check(s->method, buf_view(&auth), other,
				       t->sha1), ERR_AUTH);
		pkey_put(other);
		pkey_put(key);
		buf_fini(&auth);
	}
}

static void raw_ecdsa_has_the_length_of_the_curve(void **state)
{
	static const struct {
		const char *key;
		size_t len;
	} sizes[] = { { "p256", 64 }, { "p384", 96 }, { "p521", 132 } };
	size_t i;
	int n;

	for (i = 0; i < 3; i++) {
		struct pkey *key = key_of(sizes[i].key);

		/* Often enough for numbers with leading zeros. */
		for (n = 0; n < 300; n++) {
			struct buf auth;

			sign_with(key, false, 0, false, &auth);
			assert_int_equal(auth.len, sizes[i].len);
			assert_int_equal(check((uint8_t)(9 + i),
					       buf_view(&auth), key, false), 0);
			auth.len--;
			assert_int_equal(check((uint8_t)(9 + i),
					       buf_view(&auth), key, false),
					 ERR_AUTH);
			buf_fini(&auth);
		}
		pkey_put(key);
	}
}

static void nothing_in_common(void **state)
{
	struct pkey *rsa = key_of("rsa2048"), *ed = key_of("ed25519");
	unsigned int sha1 = 1U << SIG_HASH_SHA1;

	assert_null(sign_choose(pkey_info(rsa), false, sha1, true));
	assert_null(sign_choose(pkey_info(rsa), false,
				1U << SIG_HASH_IDENTITY, true));
	assert_null(sign_choose(pkey_info(rsa), false, 0, false));
	assert_null(sign_choose(pkey_info(ed), false, ALL, true));
	pkey_put(rsa);
	pkey_put(ed);
}

/* ------------------------------------------------------------ identifiers */

/* The octets of RFC 7427 appendix A. */
static void identifiers_are_those_of_the_rfc(void **state)
{
	static const uint8_t rsa256[] = {
		0x0f, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00,
	};
	static const uint8_t ecdsa512[] = {
		0x0c, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
		0x04, 0x03, 0x04,
	};
	static const uint8_t pss256[] = {
		0x43, 0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d,
		0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
		0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a,
		0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d,
		0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
		0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20,
	};
	struct pkey *rsa = key_of("rsa2048"), *ec = key_of("p521");
	struct buf auth;

	sign_with(rsa, false, ALL, false, &auth);
	assert_memory_equal(auth.p, rsa256, sizeof(rsa256));
	assert_int_equal(auth.len, sizeof(rsa256) + 256);
	buf_fini(&auth);
	sign_with(rsa, true, ALL, false, &auth);
	assert_memory_equal(auth.p, pss256, sizeof(pss256));
	buf_fini(&auth);
	sign_with(ec, false, ALL, false, &auth);
	assert_memory_equal(auth.p, ecdsa512, sizeof(ecdsa512));
	buf_fini(&auth);
	pkey_put(rsa);
	pkey_put(ec);
}

/* Another encoding of the same parameters; other parameters. */
static struct view pss_alg(uint8_t hash, uint8_t mask_hash, unsigned long salt,
			   bool trailer, uint8_t out[128])
{
	static const uint8_t pss[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
				       0x01, 0x01, 0x0a };
	static const uint8_t sha2[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
					0x04, 0x02 };
	uint8_t body[112], *p = body, salt_len = salt > 255 ? 4 : 1, i;
	size_t len;

	*p++ = 0xa0; *p++ = 0x0d; *p++ = 0x30; *p++ = 0x0b;
	*p++ = 0x06; *p++ = 0x09;
	memcpy(p, sha2, 8); p += 8; *p++ = hash;
	*p++ = 0xa1; *p++ = 0x1a; *p++ = 0x30; *p++ = 0x18;
	*p++ = 0x06; *p++ = 0x09; memcpy(p, pss, 8); p += 8; *p++ = 0x08;
	*p++ = 0x30; *p++ = 0x0b; *p++ = 0x06; *p++ = 0x09;
	memcpy(p, sha2, 8); p += 8; *p++ = mask_hash;
	*p++ = 0xa2; *p++ = (uint8_t)(salt_len + 2); *p++ = 0x02;
	*p++ = salt_len;
	for (i = salt_len; i--; )
		*p++ = (uint8_t)(salt >> 8 * i);
	if (trailer) {
		*p++ = 0xa3; *p++ = 0x03; *p++ = 0x02; *p++ = 0x01; *p++ = 1;
	}
	len = (size_t)(p - body);
	out[0] = 0x30; out[1] = (uint8_t)(len + 13);
	out[2] = 0x06; out[3] = 0x09;
	memcpy(out + 4, pss, 9);
	out[13] = 0x30; out[14] = (uint8_t)len;
	memcpy(out + 15, body, len);
	return (struct view){ out, len + 15 };
}

/* A PSS signature by the library, behind the identifier @alg. */
static void pss_value(struct pkey *key, EVP_PKEY *evp, int salt,
		      struct view alg, struct buf *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	uint8_t sig[512];
	size_t len = sizeof(sig);

	assert_true(EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, evp) > 0 &&
		    EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) > 0 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt) > 0 &&
		    EVP_DigestSign(ctx, sig, &len, text.p, text.len) > 0);
	buf_init(out, SIGNATURE_MAX);
	buf_put_u8(out, (uint8_t)alg.len);
	buf_put_view(out, alg);
	buf_put(out, sig, len);
	EVP_MD_CTX_free(ctx);
}

static void pss_parameters(void **state)
{
	static const struct {
		uint8_t hash, mask;
		unsigned long salt;
		int used;
		bool trailer;
		int err;
	} cases[] = {
		{ 1, 1, 32, 32, false, 0 }, { 1, 1, 32, 32, true, 0 },
		{ 1, 1, 20, 20, false, 0 }, { 1, 1, 0, 0, false, 0 },
		{ 1, 1, 32, 20, false, ERR_AUTH },
		{ 1, 2, 32, 32, false, ERR_AUTH },
		{ 4, 4, 32, 32, false, ERR_AUTH },	/* SHA2-224 */
		{ 1, 1, 0x7fffffff, 32, false, ERR_AUTH },
		{ 1, 1, 0x80000000, 32, false, ERR_AUTH },
		{ 1, 1, 60000, 32, false, ERR_AUTH },
	};
	EVP_PKEY *evp = make_key("rsa2048");
	uint8_t alg[128];
	struct pkey *key;
	struct buf auth;
	size_t i;

	EVP_PKEY_up_ref(evp);
	key = pkey_new(evp);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pss_value(key, evp, cases[i].used,
			  pss_alg(cases[i].hash, cases[i].mask, cases[i].salt,
				  cases[i].trailer, alg), &auth);
		if (check(14, buf_view(&auth), key, false) != cases[i].err)
			fail_msg("case %zu", i);
		buf_fini(&auth);
	}
	pkey_put(key);
}

static void values_that_cannot_be_read(void **state)
{
	static const uint8_t empty_alg[] = { 0, 1, 2, 3 };
	static const uint8_t longer[] = { 200, 0x30, 0x00 };
	static const uint8_t no_sig[] = { 2, 0x30, 0x00 };
	static const uint8_t rubbish[] = { 3, 0x30, 0x80, 0x01, 0xff };
	struct pkey *rsa = key_of("rsa2048"), *ec = key_of("p256");
	struct sign_value v;

	assert_int_equal(sign_parse(14, (struct view){ NULL, 0 }, &v),
			 ERR_SHORT);
	assert_int_equal(sign_parse(14, (struct view){ longer, 3 }, &v),
			 ERR_SHORT);
	assert_int_equal(sign_parse(14, (struct view){ empty_alg, 4 }, &v),
			 ERR_SYNTAX);
	assert_int_equal(sign_parse(14, (struct view){ no_sig, 3 }, &v),
			 ERR_SYNTAX);
	assert_int_equal(sign_parse(1, (struct view){ NULL, 0 }, &v),
			 ERR_SYNTAX);
	assert_int_equal(sign_parse(14, (struct view){ rubbish, 5 }, &v), 0);
	assert_null(v.scheme);
	assert_int_equal(check(14, (struct view){ rubbish, 5 }, rsa, true),
			 ERR_AUTH);
	/* A method of the other kind of key. */
	assert_int_equal(check(1, (struct view){ rubbish, 5 }, ec, true),
			 ERR_AUTH);
	assert_int_equal(check(9, (struct view){ rubbish, 5 }, rsa, true),
			 ERR_AUTH);
	assert_false(sign_is_method(2));
	assert_false(sign_is_method(13));
	pkey_put(rsa);
	pkey_put(ec);
}

/* Method 1 leaves the hash open; SHA-1 is taken only where it is wanted. */
static void method_1_finds_its_hash(void **state)
{
	static const char *const hashes[] = { "SHA256", "SHA384", "SHA512",
					      "SHA1" };
	EVP_PKEY *evp = make_key("rsa2048");
	struct pkey *key;
	size_t i;

	EVP_PKEY_up_ref(evp);
	key = pkey_new(evp);
	for (i = 0; i < 4; i++) {
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();
		uint8_t sig[256];
		size_t len = sizeof(sig);
		struct view v = { sig, sizeof(sig) };

		assert_true(EVP_DigestSignInit(ctx, NULL,
				EVP_get_digestbyname(hashes[i]), NULL, evp) > 0 &&
			    EVP_DigestSign(ctx, sig, &len, text.p,
					   text.len) > 0);
		assert_int_equal(check(1, v, key, true), 0);
		assert_int_equal(check(1, v, key, false),
				 i == 3 ? ERR_AUTH : 0);
		EVP_MD_CTX_free(ctx);
	}
	pkey_put(key);
}

static int setup(void **state)
{
	maker_init();
	return crypto_init();
}

static int teardown(void **state)
{
	maker_fini();
	crypto_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_made_is_good),
		cmocka_unit_test(raw_ecdsa_has_the_length_of_the_curve),
		cmocka_unit_test(nothing_in_common),
		cmocka_unit_test(identifiers_are_those_of_the_rfc),
		cmocka_unit_test(pss_parameters),
		cmocka_unit_test(values_that_cannot_be_read),
		cmocka_unit_test(method_1_finds_its_hash),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
