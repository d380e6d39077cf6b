// SPDX-License-Identifier: GPL-2.0
/*
 * NIST's own vectors, whole files, through the algorithms that provider.c
 * fetched.
 *
 * Sources, in Debian's package python3-cryptography-vectors: NIST CAVP AESVS
 * (GFSbox, KeySbox, MMT, VarKey, VarTxt for CBC) and GCMVS (gcmEncryptExtIV,
 * gcmDecrypt; the IV of 96 and the tag of 128 bits that RFC 5282 asks for),
 * RFC 2202 section 3 and RFC 4231 section 4 for HMAC.
 */

#include "rsp.h"

#include <openssl/evp.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/provider.h"

/* ---------------------------------------------------------------------- CBC */

static void cbc_case(const struct rsp *r, const char *cipher)
{
	bool seal = !strcmp(r->section, "ENCRYPT");
	struct hex key = rsp_hex(r, "KEY"), iv = rsp_hex(r, "IV");
	struct hex in = rsp_hex(r, seal ? "PLAINTEXT" : "CIPHERTEXT");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t out[HEX_MAX];
	int n;

	assert_int_equal(EVP_CipherInit_ex2(ctx, provider_cipher(cipher),
					    key.p, iv.p, seal, NULL), 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	assert_int_equal(EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.len), 1);
	assert_hex(out, (size_t)n,
		   rsp_text(r, seal ? "CIPHERTEXT" : "PLAINTEXT"));
	EVP_CIPHER_CTX_free(ctx);
}

static void cbc_files(void **state)
{
	static const char *const kinds[] = { "GFSbox", "KeySbox", "MMT",
					     "VarKey", "VarTxt" };
	unsigned int bits, count = 0;
	char path[64], cipher[16];
	struct rsp r;
	size_t i;

	for (bits = 128; bits <= 256; bits += 64) {
		snprintf(cipher, sizeof(cipher), "AES-%u-CBC", bits);
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			snprintf(path, sizeof(path),
				 "ciphers/AES/CBC/CBC%s%u.rsp", kinds[i], bits);
			rsp_open(&r, path);
			for (; rsp_next(&r); count++)
				cbc_case(&r, cipher);
			rsp_close(&r);
		}
	}
	assert_true(count > 1000);
}

/* ---------------------------------------------------------------------- GCM */

static void gcm_seal(const struct rsp *r, EVP_CIPHER_CTX *ctx)
{
	struct hex aad = rsp_hex(r, "AAD"), in = rsp_hex(r, "PT");
	uint8_t out[HEX_MAX], tag[16];
	int n = 0;

	assert_int_equal(EVP_CipherUpdate(ctx, NULL, &n, aad.p, (int)aad.len), 1);
	assert_int_equal(EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.len), 1);
	assert_hex(out, (size_t)n, rsp_text(r, "CT"));
	assert_int_equal(EVP_CipherFinal_ex(ctx, out + n, &n), 1);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, sizeof(tag), tag);
	assert_hex(tag, sizeof(tag), rsp_text(r, "Tag"));
}

static void gcm_open(const struct rsp *r, EVP_CIPHER_CTX *ctx)
{
	struct hex aad = rsp_hex(r, "AAD"), in = rsp_hex(r, "CT");
	struct hex tag = rsp_hex(r, "Tag");
	uint8_t out[HEX_MAX];
	int n = 0, end;

	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag.len, tag.p);
	assert_int_equal(EVP_CipherUpdate(ctx, NULL, &n, aad.p, (int)aad.len), 1);
	assert_int_equal(EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.len), 1);
	assert_int_equal(EVP_CipherFinal_ex(ctx, out + n, &end), !r->fail);
	if (!r->fail)
		assert_hex(out, (size_t)n, rsp_text(r, "PT"));
}

/* Return: cases that were ours, in @refused those of them to be refused. */
static unsigned int gcm_file(const char *path, const char *cipher, bool seal,
			     unsigned int *refused)
{
	unsigned int count = 0;
	struct rsp r;

	rsp_open(&r, path);
	while (rsp_next(&r)) {
		struct hex key = rsp_hex(&r, "Key"), iv = rsp_hex(&r, "IV");
		EVP_CIPHER_CTX *ctx;

		if (r.ivlen != 96 || r.taglen != 128)
			continue;
		ctx = EVP_CIPHER_CTX_new();
		assert_int_equal(EVP_CipherInit_ex2(ctx, provider_cipher(cipher),
						    key.p, iv.p, seal, NULL), 1);
		if (seal)
			gcm_seal(&r, ctx);
		else
			gcm_open(&r, ctx);
		EVP_CIPHER_CTX_free(ctx);
		*refused += r.fail;
		count++;
	}
	rsp_close(&r);
	return count;
}

static void gcm_files(void **state)
{
	unsigned int bits, refused = 0;
	char path[64], cipher[16];

	for (bits = 128; bits <= 256; bits += 64) {
		snprintf(cipher, sizeof(cipher), "AES-%u-GCM", bits);
		snprintf(path, sizeof(path),
			 "ciphers/AES/GCM/gcmEncryptExtIV%u.rsp", bits);
		assert_true(gcm_file(path, cipher, true, &refused) >= 300);
		assert_int_equal(refused, 0);
		snprintf(path, sizeof(path), "ciphers/AES/GCM/gcmDecrypt%u.rsp",
			 bits);
		assert_true(gcm_file(path, cipher, false, &refused) >= 300);
		assert_true(refused > 0);
		refused = 0;
	}
}

/* --------------------------------------------------------------------- HMAC */

static void hmac_file(const char *path, uint16_t id)
{
	const struct alg_prf *alg = alg_prf(id);
	uint8_t out[PRF_MAX];
	unsigned int count;
	struct rsp r;

	rsp_open(&r, path);
	for (count = 0; rsp_next(&r); count++) {
		struct secret *key = hex_secret(rsp_text(&r, "Key"));
		struct hex text = rsp_hex(&r, "Msg");
		struct view part = hex_view(&text);

		assert_int_equal(prf(alg, key, &part, 1, out), 0);
		assert_hex(out, alg->len, rsp_text(&r, "MD"));
		secret_free(key);
	}
	rsp_close(&r);
	assert_true(count >= 6);
}

static void hmac_files(void **state)
{
	hmac_file("HMAC/rfc-2202-sha1.txt", PRF_HMAC_SHA1);
	hmac_file("HMAC/rfc-4231-sha256.txt", PRF_HMAC_SHA2_256);
	hmac_file("HMAC/rfc-4231-sha384.txt", PRF_HMAC_SHA2_384);
	hmac_file("HMAC/rfc-4231-sha512.txt", PRF_HMAC_SHA2_512);
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
		cmocka_unit_test(cbc_files),
		cmocka_unit_test(gcm_files),
		cmocka_unit_test(hmac_files),
	};

	return cmocka_run_group_tests_name("cavp", tests, set_up, take_down);
}
