// SPDX-License-Identifier: GPL-2.0
/*
 * Key exchange: ECP groups, Curve25519 and MODP-2048 as Diffie-Hellman, ML-KEM
 * as encapsulation. Public values on the wire: x | y for ECP (RFC 5903), the
 * padded number for MODP, raw octets for the others.
 */

#include <openssl/core_names.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/provider.h"
#include "util/err.h"

/** enum ke_kind - how a method is computed */
enum ke_kind { KE_KIND_EC, KE_KIND_X, KE_KIND_DH, KE_KIND_KEM };

/** struct ke_row - a method in the library's words */
struct ke_row {
	uint16_t id;
	enum ke_kind kind;
	const char *type;
	const char *group;
};

static const struct ke_row rows[] = {
	{ KE_ECP_256, KE_KIND_EC, "EC", "P-256" },
	{ KE_ECP_384, KE_KIND_EC, "EC", "P-384" },
	{ KE_ECP_521, KE_KIND_EC, "EC", "P-521" },
	{ KE_CURVE25519, KE_KIND_X, "X25519", NULL },
	{ KE_MODP_2048, KE_KIND_DH, "DH", "modp_2048" },
	{ KE_ML_KEM_512, KE_KIND_KEM, "ML-KEM-512", NULL },
	{ KE_ML_KEM_768, KE_KIND_KEM, "ML-KEM-768", NULL },
	{ KE_ML_KEM_1024, KE_KIND_KEM, "ML-KEM-1024", NULL },
};

#define UNCOMPRESSED	0x04
#define MAX_PUBLIC	1600

struct ke {
	unsigned int refs;
	const struct ke_row *row;
	const struct alg_ke *alg;
	EVP_PKEY *key;
	uint8_t public[MAX_PUBLIC];
	size_t public_len;
};

static const struct ke_row *find_row(uint16_t id)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

/*
 * Keys without a public or private part, of the rows with a group: what is made
 * from them need not look the group up and compute its tables again, which
 * takes as long as generating a key of P-256. Only read, by any thread.
 */
static EVP_PKEY *blank[sizeof(rows) / sizeof(rows[0])];

static EVP_PKEY *make_blank(const struct ke_row *row)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, row->type, NULL);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
				(char *)(uintptr_t)row->group, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_paramgen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_params(ctx, params) != 1 ||
	    EVP_PKEY_generate(ctx, &key) != 1)
		provider_error(row->group);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

bool ke_init(void)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].group || blank[i])
			continue;
		blank[i] = make_blank(&rows[i]);
		if (!blank[i])
			return false;
	}
	return true;
}

void ke_fini(void)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EVP_PKEY_free(blank[i]);
		blank[i] = NULL;
	}
}

static EVP_PKEY *generate(const struct ke_row *row)
{
	EVP_PKEY_CTX *ctx = row->group ?
		EVP_PKEY_CTX_new_from_pkey(NULL, blank[row - rows], NULL) :
		EVP_PKEY_CTX_new_from_name(NULL, row->type, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_generate(ctx, &key) != 1)
		provider_error("key generation");
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* The library's encoding into the wire's. */
static int encode_public(struct ke *ke)
{
	size_t want = ke->alg->public_i, len, prefix;
	uint8_t raw[MAX_PUBLIC];

	if (EVP_PKEY_get_octet_string_param(ke->key,
			OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, raw, sizeof(raw),
			&len) != 1)
		return provider_error("public value");
	prefix = ke->row->kind == KE_KIND_EC;
	if (len < prefix || len - prefix > want ||
	    (prefix && raw[0] != UNCOMPRESSED))
		return ERR_CRYPTO;
	len -= prefix;
	memset(ke->public, 0, want - len);
	memcpy(ke->public + want - len, raw + prefix, len);
	ke->public_len = want;
	return 0;
}

struct ke *ke_new(uint16_t method)
{
	const struct ke_row *row = find_row(method);
	struct ke *ke;

	if (!row || !alg_ke(method))
		return NULL;
	ke = calloc(1, sizeof(*ke));
	if (!ke)
		return NULL;
	ke->refs = 1;
	ke->row = row;
	ke->alg = alg_ke(method);
	ke->key = generate(row);
	if (!ke->key || encode_public(ke)) {
		ke_free(ke);
		return NULL;
	}
	return ke;
}

struct ke *ke_get(struct ke *ke)
{
	if (ke)
		ke->refs++;
	return ke;
}

void ke_free(struct ke *ke)
{
	if (!ke || --ke->refs)
		return;
	EVP_PKEY_free(ke->key);
	free(ke);
}

uint16_t ke_method(const struct ke *ke)
{
	return ke->row->id;
}

struct view ke_public(const struct ke *ke)
{
	return (struct view){ ke->public, ke->public_len };
}

/* -------------------------------------------------------- the peer's value */

/* Of a method whose type is all there is to know. */
static EVP_PKEY *import_plain(const struct ke_row *row, struct view peer)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, row->type, NULL);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
				(void *)(uintptr_t)peer.p, peer.len),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
		provider_error("peer's public value");
		key = NULL;
	}
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *import_group(const struct ke_row *row, const uint8_t *p,
			      size_t len)
{
	EVP_PKEY *key = EVP_PKEY_new();

	if (key && EVP_PKEY_copy_parameters(key, blank[row - rows]) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(key, p, len) == 1)
		return key;
	provider_error("peer's public value");
	EVP_PKEY_free(key);
	return NULL;
}

static EVP_PKEY *import(const struct ke_row *row, struct view peer)
{
	uint8_t raw[MAX_PUBLIC + 1];

	switch (row->kind) {
	case KE_KIND_EC:
		raw[0] = UNCOMPRESSED;
		memcpy(raw + 1, peer.p, peer.len);
		return import_group(row, raw, peer.len + 1);
	case KE_KIND_DH:
		return import_group(row, peer.p, peer.len);
	default:
		return import_plain(row, peer);
	}
}

/*
 * On the curve and in range; a value that is not is the peer's fault. For
 * groups of prime order, and for MODP groups of a safe prime, that is all that
 * has to be checked of a value used once (RFC 6989 sections 2.1 and 2.3).
 */
static bool public_ok(EVP_PKEY *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool ok = ctx && EVP_PKEY_public_check_quick(ctx) == 1;

	if (!ok)
		provider_error("peer's public value");
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool all_zero(const uint8_t *p, size_t len)
{
	uint8_t any = 0;

	while (len--)
		any |= *p++;
	return !any;
}

/* g^ir, fixed width, leading zeros kept. */
static int agree(const struct ke *ke, EVP_PKEY *peer, struct secret **out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ke->key, NULL);
	size_t len = ke->alg->secret_len;
	struct secret *s = secret_alloc(len);
	int err = ERR_CRYPTO, pad = 1;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_EXCHANGE_PARAM_PAD, &pad),
		OSSL_PARAM_construct_end(),
	};

	if (!ctx || !s || EVP_PKEY_derive_init(ctx) != 1 ||
	    (ke->row->kind == KE_KIND_DH &&
	     EVP_PKEY_CTX_set_params(ctx, params) != 1) ||
	    EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) != 1)
		provider_error("key agreement");
	else if (EVP_PKEY_derive(ctx, secret_writable(s), &len) != 1 ||
		 len != ke->alg->secret_len ||
		 all_zero(secret_bytes(s), len))
		err = ERR_KE_VALUE;
	else
		err = 0;
	EVP_PKEY_CTX_free(ctx);
	if (err) {
		secret_free(s);
		return err;
	}
	*out = s;
	return 0;
}

static int derive_dh(struct ke *ke, struct view peer, struct secret **out)
{
	EVP_PKEY *key = import(ke->row, peer);
	int err = ERR_KE_VALUE;

	if (key && (ke->row->kind == KE_KIND_X || public_ok(key)))
		err = agree(ke, key, out);
	EVP_PKEY_free(key);
	return err;
}

static int decapsulate(struct ke *ke, struct view peer, struct secret **out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ke->key, NULL);
	size_t len = ke->alg->secret_len;
	struct secret *s = secret_alloc(len);
	int err = 0;

	if (!ctx || !s || EVP_PKEY_decapsulate_init(ctx, NULL) != 1 ||
	    EVP_PKEY_decapsulate(ctx, secret_writable(s), &len, peer.p,
				 peer.len) != 1 ||
	    len != ke->alg->secret_len)
		err = provider_error("decapsulation");
	EVP_PKEY_CTX_free(ctx);
	if (err) {
		secret_free(s);
		return err;
	}
	*out = s;
	return 0;
}

int ke_derive(struct ke *ke, struct view peer, struct secret **out)
{
	*out = NULL;
	if (peer.len != ke->alg->public_r)
		return ERR_KE_VALUE;
	return ke->row->kind == KE_KIND_KEM ? decapsulate(ke, peer, out) :
					      derive_dh(ke, peer, out);
}

static int encapsulate(const struct ke_row *row, const struct alg_ke *alg,
		       struct view peer, struct buf *public,
		       struct secret **out)
{
	EVP_PKEY *key = import(row, peer);
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) :
				  NULL;
	size_t wrapped = alg->public_r, len = alg->secret_len;
	struct secret *s = secret_alloc(len);
	uint8_t *at = buf_reserve(public, wrapped);
	int err = key ? ERR_CRYPTO : ERR_KE_VALUE;

	if (ctx && s && at && EVP_PKEY_encapsulate_init(ctx, NULL) == 1 &&
	    EVP_PKEY_encapsulate(ctx, at, &wrapped, secret_writable(s),
				 &len) == 1 &&
	    wrapped == alg->public_r && len == alg->secret_len)
		err = 0;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	if (err) {
		secret_free(s);
		return err;
	}
	*out = s;
	return 0;
}

bool ke_has_pairs(uint16_t method)
{
	const struct ke_row *row = find_row(method);

	return row && row->kind != KE_KIND_KEM;
}

int ke_respond(struct ke *mine, uint16_t method, struct view peer,
	       struct buf *public, struct secret **out)
{
	const struct ke_row *row = find_row(method);
	const struct alg_ke *alg = alg_ke(method);
	struct ke *ke;
	int err;

	*out = NULL;
	if (!row || !alg)
		return ERR_KE_METHOD;
	if (peer.len != alg->public_i)
		return ERR_KE_VALUE;
	if (row->kind == KE_KIND_KEM)
		return encapsulate(row, alg, peer, public, out);
	ke = mine ? mine : ke_new(method);
	if (!ke)
		return ERR_CRYPTO;
	err = derive_dh(ke, peer, out);
	if (!err)
		buf_put_view(public, ke_public(ke));
	if (!mine)
		ke_free(ke);
	return err;
}
