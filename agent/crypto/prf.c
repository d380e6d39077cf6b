// SPDX-License-Identifier: GPL-2.0
/*
 * Digests, HMAC, the PRF and prf+ (RFC 7296 section 2.13).
 */

#include <string.h>

#include "crypto/crypto.h"
#include "crypto/provider.h"
#include "util/err.h"

static int digest(const char *name, const struct view *parts, size_t n,
		  uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int err = ERR_CRYPTO;
	size_t i;

	if (!ctx || EVP_DigestInit_ex2(ctx, provider_md(name), NULL) != 1)
		goto out_free_ctx;
	for (i = 0; i < n; i++)
		if (EVP_DigestUpdate(ctx, parts[i].p, parts[i].len) != 1)
			goto out_free_ctx;
	if (EVP_DigestFinal_ex(ctx, out, NULL) == 1)
		err = 0;
out_free_ctx:
	EVP_MD_CTX_free(ctx);
	return err ? provider_error(name) : 0;
}

int sha1(const struct view *parts, size_t n, uint8_t out[SHA1_LEN])
{
	return digest("SHA1", parts, n, out);
}

int sha256(const struct view *parts, size_t n, uint8_t out[SHA256_LEN])
{
	return digest("SHA2-256", parts, n, out);
}

static int hmac_over(const char *md, struct view key, const struct view *parts,
		     size_t n, uint8_t *out, size_t size)
{
	EVP_MAC_CTX *ctx = provider_hmac(md, key.p, key.len);
	int err = ERR_CRYPTO;
	size_t i, len;

	if (!ctx)
		goto out_free_ctx;
	for (i = 0; i < n; i++)
		if (parts[i].len &&
		    EVP_MAC_update(ctx, parts[i].p, parts[i].len) != 1)
			goto out_free_ctx;
	if (EVP_MAC_final(ctx, out, &len, size) == 1 && len == size)
		err = 0;
out_free_ctx:
	EVP_MAC_CTX_free(ctx);
	return err ? provider_error("HMAC") : 0;
}

int fingerprint(const struct secret *secret, char out[FINGERPRINT_STR])
{
	struct view clear = { secret_bytes(secret), secret_len(secret) };
	uint8_t digest[SHA256_LEN];
	int err = sha256(&clear, 1, digest);

	if (!err)
		EVP_EncodeBlock((unsigned char *)out, digest, sizeof(digest));
	return err;
}

int hmac_sha256(struct view key, const struct view *parts, size_t n,
		uint8_t out[SHA256_LEN])
{
	return hmac_over("SHA2-256", key, parts, n, out, SHA256_LEN);
}

int prf_public_key(const struct alg_prf *alg, struct view key,
		   const struct view *parts, size_t n, uint8_t *out)
{
	return hmac_over(alg->md, key, parts, n, out, alg->len);
}

int prf(const struct alg_prf *alg, const struct secret *key,
	const struct view *parts, size_t n, uint8_t *out)
{
	struct view k = { secret_bytes(key), secret_len(key) };

	return prf_public_key(alg, k, parts, n, out);
}

#define PRF_PLUS_MAX_PARTS	8

int prf_plus(const struct alg_prf *alg, const struct secret *key,
	     const struct view *parts, size_t n, size_t len,
	     struct secret **out)
{
	struct view all[PRF_PLUS_MAX_PARTS + 2];
	struct secret *result;
	uint8_t block[PRF_MAX];
	uint8_t counter = 0;
	size_t done, take;
	int err = 0;

	*out = NULL;
	if (n > PRF_PLUS_MAX_PARTS || len > (size_t)alg->len * UINT8_MAX)
		return ERR_INVALID;
	result = secret_alloc(len);
	if (!result)
		return ERR_NOMEM;
	/* T1 = prf(K, S | 1), Tn = prf(K, Tn-1 | S | n) */
	memcpy(all + 1, parts, n * sizeof(*parts));
	all[n + 1] = (struct view){ &counter, 1 };
	for (done = 0; !err && done < len; done += take) {
		counter++;
		all[0] = (struct view){ block, done ? alg->len : 0 };
		err = prf(alg, key, all, n + 2, block);
		take = len - done < alg->len ? len - done : alg->len;
		memcpy(secret_writable(result) + done, block, take);
	}
	wipe(block, sizeof(block));
	if (err) {
		secret_free(result);
		return err;
	}
	*out = result;
	return 0;
}
