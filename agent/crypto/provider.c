// SPDX-License-Identifier: GPL-2.0
/*
 * Fetching, once.
 */

#include "crypto/provider.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <string.h>

/* The library's names and ours begin alike. */
#include "crypto/crypto.h"
#include "log/log.h"
#include "util/err.h"

#define MAX_MDS		4
#define MAX_CIPHERS	6

static struct {
	const char *name;
	EVP_MD *md;
	EVP_MAC_CTX *hmac;	/* without a key */
} mds[MAX_MDS];

static struct {
	const char *name;
	EVP_CIPHER *cipher;
} ciphers[MAX_CIPHERS];

static EVP_MAC *hmac;
/* Also asked for before crypto_init(), by who only reads a configuration. */
static enum { UNKNOWN, ABSENT, PRESENT } ml_kem;

const EVP_MD *provider_md(const char *name)
{
	size_t i;

	for (i = 0; i < MAX_MDS; i++)
		if (mds[i].name && strcmp(mds[i].name, name) == 0)
			return mds[i].md;
	return NULL;
}

const EVP_CIPHER *provider_cipher(const char *name)
{
	size_t i;

	for (i = 0; i < MAX_CIPHERS; i++)
		if (ciphers[i].name && strcmp(ciphers[i].name, name) == 0)
			return ciphers[i].cipher;
	return NULL;
}

EVP_MAC_CTX *provider_hmac(const char *name, const void *key, size_t len)
{
	static const uint8_t empty;
	EVP_MAC_CTX *ctx = NULL;
	size_t i;

	for (i = 0; i < MAX_MDS && !ctx; i++)
		if (mds[i].name && strcmp(mds[i].name, name) == 0)
			ctx = EVP_MAC_CTX_dup(mds[i].hmac);
	/* A NULL key would mean "the key of last time". */
	if (ctx && EVP_MAC_init(ctx, key ? key : &empty, len, NULL) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

int provider_error(const char *what)
{
	char text[160];

	ERR_error_string_n(ERR_get_error(), text, sizeof(text));
	ERR_clear_error();
	log_debug(NULL, "%s: %s", what, text);
	return ERR_CRYPTO;
}

static EVP_MAC_CTX *hmac_with(const char *md)
{
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						 (char *)(uintptr_t)md, 0),
		OSSL_PARAM_construct_end(),
	};

	if (ctx && EVP_MAC_CTX_set_params(ctx, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

static bool fetch_mds(void)
{
	const struct alg_prf *prf;
	size_t i;

	for (i = 0; (prf = alg_prf_at(i)) && i < MAX_MDS; i++) {
		mds[i].name = prf->md;
		mds[i].md = EVP_MD_fetch(NULL, prf->md, NULL);
		mds[i].hmac = hmac_with(prf->md);
		if (!mds[i].md || !mds[i].hmac)
			return false;
	}
	return true;
}

static bool fetch_ciphers(void)
{
	const struct alg_encr *encr;
	size_t i;

	for (i = 0; (encr = alg_encr_at(i)) && i < MAX_CIPHERS; i++) {
		ciphers[i].name = encr->evp;
		ciphers[i].cipher = EVP_CIPHER_fetch(NULL, encr->evp, NULL);
		if (!ciphers[i].cipher)
			return false;
	}
	return true;
}

static bool have_ml_kem(void)
{
	EVP_KEYMGMT *mgmt = EVP_KEYMGMT_fetch(NULL, "ML-KEM-768", NULL);

	EVP_KEYMGMT_free(mgmt);
	ERR_clear_error();
	return mgmt;
}

bool provider_has_ke(uint16_t id)
{
	if (id < KE_ML_KEM_512)
		return true;
	if (ml_kem == UNKNOWN)
		ml_kem = have_ml_kem() ? PRESENT : ABSENT;
	return ml_kem == PRESENT;
}

int crypto_init(void)
{
	if (hmac)
		return 0;
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (!hmac || !fetch_mds() || !fetch_ciphers() || !ke_init()) {
		log_error(NULL, "the cryptographic library lacks AES, SHA, HMAC or a group");
		crypto_fini();
		return ERR_CRYPTO;
	}
	provider_has_ke(KE_ML_KEM_768);
	return 0;
}

void crypto_fini(void)
{
	size_t i;

	for (i = 0; i < MAX_MDS; i++) {
		EVP_MAC_CTX_free(mds[i].hmac);
		EVP_MD_free(mds[i].md);
	}
	for (i = 0; i < MAX_CIPHERS; i++)
		EVP_CIPHER_free(ciphers[i].cipher);
	EVP_MAC_free(hmac);
	ke_fini();
	memset(mds, 0, sizeof(mds));
	memset(ciphers, 0, sizeof(ciphers));
	hmac = NULL;
}
