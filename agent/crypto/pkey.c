// SPDX-License-Identifier: GPL-2.0
/*
 * Keys: counting them, and saying what they are.
 */

#include "crypto/pkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/err.h"

#define EXPONENT_BITS_MAX	64

struct pkey *pkey_new(EVP_PKEY *evp)
{
	struct pkey *key = calloc(1, sizeof(*key));

	if (!key) {
		EVP_PKEY_free(evp);
		return NULL;
	}
	atomic_init(&key->refs, 1);
	key->evp = evp;
	pkey_describe(evp, &key->info);
	return key;
}

struct pkey *pkey_get(struct pkey *key)
{
	atomic_fetch_add(&key->refs, 1);
	return key;
}

void pkey_put(struct pkey *key)
{
	if (!key || atomic_fetch_sub(&key->refs, 1) > 1)
		return;
	EVP_PKEY_free(key->evp);
	free(key);
}

const struct pkey_info *pkey_info(const struct pkey *key)
{
	return &key->info;
}

/* A key behind a provider need not tell; it was made there. */
static bool exponent_ok(const EVP_PKEY *evp)
{
	BIGNUM *e = NULL;
	bool ok;

	if (EVP_PKEY_get_bn_param(evp, OSSL_PKEY_PARAM_RSA_E, &e) != 1) {
		ERR_clear_error();
		return true;
	}
	ok = BN_is_odd(e) && !BN_is_one(e) && !BN_is_negative(e) &&
	     BN_num_bits(e) <= EXPONENT_BITS_MAX;
	BN_free(e);
	return ok;
}

static uint16_t curve_of(const EVP_PKEY *evp)
{
	char name[40];
	int nid;

	if (EVP_PKEY_get_utf8_string_param(evp, OSSL_PKEY_PARAM_GROUP_NAME,
					   name, sizeof(name), NULL) != 1) {
		ERR_clear_error();
		return 0;
	}
	nid = OBJ_txt2nid(name);
	if (nid == NID_X9_62_prime256v1 || strcmp(name, "P-256") == 0)
		return KE_ECP_256;
	if (nid == NID_secp384r1 || strcmp(name, "P-384") == 0)
		return KE_ECP_384;
	return nid == NID_secp521r1 || strcmp(name, "P-521") == 0 ?
	       KE_ECP_521 : 0;
}

void pkey_describe(const EVP_PKEY *evp, struct pkey_info *out)
{
	int bits = EVP_PKEY_get_bits(evp);

	memset(out, 0, sizeof(*out));
	out->bits = bits > 0 ? (unsigned int)bits : 0;
	if (EVP_PKEY_is_a(evp, "RSA"))
		out->kind = PKEY_RSA;
	else if (EVP_PKEY_is_a(evp, "RSA-PSS"))
		out->kind = PKEY_RSA_PSS;
	else if (EVP_PKEY_is_a(evp, "EC"))
		out->kind = PKEY_EC;
	if (out->kind == PKEY_EC)
		out->curve = curve_of(evp);
	if (out->kind == PKEY_EC)
		out->sane = out->curve;
	else if (out->kind != PKEY_OTHER)
		out->sane = out->bits >= RSA_BITS_MIN &&
			    out->bits <= RSA_BITS_MAX && exponent_ok(evp);
}

const char *pkey_str(const struct pkey_info *info, char buf[PKEY_STR])
{
	const char *kind = "key of an unknown kind,";

	if (info->kind == PKEY_RSA)
		kind = "RSA";
	else if (info->kind == PKEY_RSA_PSS)
		kind = "RSA-PSS";
	else if (info->kind == PKEY_EC)
		kind = info->curve ? "ECDSA P-" : "ECDSA, curve of";
	snprintf(buf, PKEY_STR, info->curve ? "%s%u" : "%s %u", kind,
		 info->bits);
	return buf;
}
