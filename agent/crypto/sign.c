// SPDX-License-Identifier: GPL-2.0
/*
 * Signing and verifying, and the schemes as a table.
 */

#include "crypto/sign.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/pkey.h"
#include "crypto/provider.h"
#include "util/err.h"

/* ----------------------------------------------------------------- schemes */

#define OID_PKCS1	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01
#define OID_SHA2	0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02
#define OID_ECDSA	0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03

/* RFC 7427 appendix A.1, A.3 and A.4. */
#define ALG_RSA(last)							\
	(const uint8_t []){ 0x30, 0x0d, 0x06, 0x09, OID_PKCS1, last,	\
			    0x05, 0x00 }, 15
#define ALG_ECDSA(last)							\
	(const uint8_t []){ 0x30, 0x0a, 0x06, 0x08, OID_ECDSA, last }, 12
#define SHA2(last)	0x30, 0x0d, 0x06, 0x09, OID_SHA2, last, 0x05, 0x00
#define ALG_PSS(last, salt)						\
	(const uint8_t []){ 0x30, 0x41, 0x06, 0x09, OID_PKCS1, 0x0a,	\
			    0x30, 0x34,	0xa0, 0x0f, SHA2(last),		\
			    0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09,		\
			    OID_PKCS1, 0x08, SHA2(last),		\
			    0xa2, 0x03, 0x02, 0x01, salt }, 67

#define SCHEME(how, digest, key, identifier, text) {			\
	.method = AUTH_##how, .hash = SIG_HASH_##digest, .kind = key,	\
	.alg = { identifier }, .name = text,				\
	.md = SIG_HASH_##digest == SIG_HASH_SHA1 ? "SHA1" :		\
	      SIG_HASH_##digest == SIG_HASH_SHA2_256 ? "SHA2-256" :	\
	      SIG_HASH_##digest == SIG_HASH_SHA2_384 ? "SHA2-384" : "SHA2-512"

static const struct sign_scheme schemes[] = {
	SCHEME(DIGITAL_SIGNATURE, SHA2_256, PKEY_RSA, ALG_RSA(0x0b),
	       "RSA with SHA2-256") },
	SCHEME(DIGITAL_SIGNATURE, SHA2_384, PKEY_RSA, ALG_RSA(0x0c),
	       "RSA with SHA2-384") },
	SCHEME(DIGITAL_SIGNATURE, SHA2_512, PKEY_RSA, ALG_RSA(0x0d),
	       "RSA with SHA2-512") },
	SCHEME(DIGITAL_SIGNATURE, SHA2_256, PKEY_RSA, ALG_PSS(0x01, 32),
	       "RSA-PSS with SHA2-256"), .pss = true },
	SCHEME(DIGITAL_SIGNATURE, SHA2_384, PKEY_RSA, ALG_PSS(0x02, 48),
	       "RSA-PSS with SHA2-384"), .pss = true },
	SCHEME(DIGITAL_SIGNATURE, SHA2_512, PKEY_RSA, ALG_PSS(0x03, 64),
	       "RSA-PSS with SHA2-512"), .pss = true },
	SCHEME(DIGITAL_SIGNATURE, SHA2_256, PKEY_EC, ALG_ECDSA(0x02),
	       "ECDSA with SHA2-256") },
	SCHEME(DIGITAL_SIGNATURE, SHA2_384, PKEY_EC, ALG_ECDSA(0x03),
	       "ECDSA with SHA2-384") },
	SCHEME(DIGITAL_SIGNATURE, SHA2_512, PKEY_EC, ALG_ECDSA(0x04),
	       "ECDSA with SHA2-512") },
	SCHEME(ECDSA_256, SHA2_256, PKEY_EC, NULL, "ECDSA P-256"),
	  .curve = KE_ECP_256 },
	SCHEME(ECDSA_384, SHA2_384, PKEY_EC, NULL, "ECDSA P-384"),
	  .curve = KE_ECP_384 },
	SCHEME(ECDSA_521, SHA2_512, PKEY_EC, NULL, "ECDSA P-521"),
	  .curve = KE_ECP_521 },
	/* Method 1 does not name its hash: these are tried in turn. */
	SCHEME(RSA_SIGNATURE, SHA2_256, PKEY_RSA, NULL, "RSA with SHA2-256") },
	SCHEME(RSA_SIGNATURE, SHA2_384, PKEY_RSA, NULL, "RSA with SHA2-384") },
	SCHEME(RSA_SIGNATURE, SHA2_512, PKEY_RSA, NULL, "RSA with SHA2-512") },
	SCHEME(RSA_SIGNATURE, SHA1, PKEY_RSA, NULL, "RSA with SHA1") },
};

#define SCHEMES_END	(schemes + sizeof(schemes) / sizeof(schemes[0]))

/* Hashes in the order of preference for a key of so many bits of strength. */
static const uint16_t by_strength[3][3] = {
	{ SIG_HASH_SHA2_256, SIG_HASH_SHA2_384, SIG_HASH_SHA2_512 },
	{ SIG_HASH_SHA2_384, SIG_HASH_SHA2_512, SIG_HASH_SHA2_256 },
	{ SIG_HASH_SHA2_512, SIG_HASH_SHA2_384, SIG_HASH_SHA2_256 },
};

static const uint16_t *preference(const struct pkey_info *key)
{
	if (key->kind == PKEY_EC)
		return by_strength[key->bits > 384 ? 2 : key->bits > 256];
	return by_strength[key->bits > 7680 ? 2 : key->bits > 3072];
}

static const struct sign_scheme *find(uint8_t method, uint16_t hash,
				      enum pkey_kind kind, bool pss)
{
	const struct sign_scheme *s;

	for (s = schemes; s < SCHEMES_END; s++)
		if (s->method == method && s->hash == hash &&
		    s->kind == kind && s->pss == pss)
			return s;
	return NULL;
}

/* Towards a peer that knows nothing of RFC 7427. */
static const struct sign_scheme *choose_old(const struct pkey_info *key,
					    bool sha1)
{
	const struct sign_scheme *s;

	if (key->kind == PKEY_RSA && sha1)
		return find(AUTH_RSA_SIGNATURE, SIG_HASH_SHA1, PKEY_RSA, false);
	for (s = schemes; s < SCHEMES_END; s++)
		if (key->kind == PKEY_EC && s->curve && s->curve == key->curve)
			return s;
	return NULL;
}

const struct sign_scheme *sign_choose(const struct pkey_info *key, bool pss,
				      unsigned int peer_hashes, bool sha1)
{
	const uint16_t *order = preference(key);
	enum pkey_kind kind = key->kind == PKEY_EC ? PKEY_EC : PKEY_RSA;
	unsigned int i;

	if (key->kind == PKEY_OTHER)
		return NULL;
	if (!peer_hashes)
		return choose_old(key, sha1);
	if (kind == PKEY_EC)
		pss = false;
	else if (key->kind == PKEY_RSA_PSS)
		pss = true;
	for (i = 0; i < 3; i++)
		if (peer_hashes & SIGN_HASHES & 1U << order[i])
			return find(AUTH_DIGITAL_SIGNATURE, order[i], kind,
				    pss);
	return NULL;
}

/* ------------------------------------------------- what a peer's value says */

bool sign_is_method(uint8_t method)
{
	return method == AUTH_RSA_SIGNATURE || method == AUTH_ECDSA_256 ||
	       method == AUTH_ECDSA_384 || method == AUTH_ECDSA_521 ||
	       method == AUTH_DIGITAL_SIGNATURE;
}

static uint16_t hash_of_nid(int nid)
{
	switch (nid) {
	case NID_sha256:
	case NID_sha256WithRSAEncryption:
	case NID_ecdsa_with_SHA256:
		return SIG_HASH_SHA2_256;
	case NID_sha384:
	case NID_sha384WithRSAEncryption:
	case NID_ecdsa_with_SHA384:
		return SIG_HASH_SHA2_384;
	case NID_sha512:
	case NID_sha512WithRSAEncryption:
	case NID_ecdsa_with_SHA512:
		return SIG_HASH_SHA2_512;
	default:
		return 0;
	}
}

static int alg_nid(const X509_ALGOR *alg)
{
	const ASN1_OBJECT *oid = NULL;

	if (alg)
		X509_ALGOR_get0(&oid, NULL, NULL, alg);
	return oid ? OBJ_obj2nid(oid) : NID_undef;
}

/* The mask of another hash than the message's is legal and nobody's. */
static bool mask_has_hash(const X509_ALGOR *mask, int hash)
{
	const void *param = NULL;
	X509_ALGOR *inner;
	int type = V_ASN1_UNDEF;
	bool same;

	if (alg_nid(mask) != NID_mgf1)
		return false;
	X509_ALGOR_get0(NULL, &type, &param, mask);
	if (type != V_ASN1_SEQUENCE)
		return false;
	inner = ASN1_item_unpack(param, ASN1_ITEM_rptr(X509_ALGOR));
	same = alg_nid(inner) == hash;
	X509_ALGOR_free(inner);
	return same;
}

/* Return: the hash of RSASSA-PSS parameters (RFC 4055 section 3.1), or 0. */
static uint16_t pss_hash(const X509_ALGOR *alg, unsigned int *salt_len)
{
	const void *param = NULL;
	RSA_PSS_PARAMS *pss;
	uint16_t hash = 0;
	int type = V_ASN1_UNDEF;
	long salt, trailer;

	X509_ALGOR_get0(NULL, &type, &param, alg);
	if (type != V_ASN1_SEQUENCE)
		return 0;
	pss = ASN1_item_unpack(param, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (!pss)
		return 0;
	salt = pss->saltLength ? ASN1_INTEGER_get(pss->saltLength) : 20;
	trailer = pss->trailerField ? ASN1_INTEGER_get(pss->trailerField) : 1;
	if (trailer == 1 && salt >= 0 && salt <= RSA_BITS_MAX / 8 &&
	    mask_has_hash(pss->maskGenAlgorithm,
			  alg_nid(pss->hashAlgorithm))) {
		hash = hash_of_nid(alg_nid(pss->hashAlgorithm));
		*salt_len = (unsigned int)salt;
	}
	RSA_PSS_PARAMS_free(pss);
	return hash;
}

/* An identifier that is not, octet by octet, one of ours. */
static void parse_alg(struct view der, struct sign_value *out)
{
	const unsigned char *p = der.p;
	X509_ALGOR *alg = d2i_X509_ALGOR(NULL, &p, (long)der.len);
	bool pss, ecdsa;
	uint16_t hash;
	int nid;

	if (!alg || p != der.p + der.len)
		goto out_free_alg;
	nid = alg_nid(alg);
	pss = nid == NID_rsassaPss;
	ecdsa = nid == NID_ecdsa_with_SHA256 || nid == NID_ecdsa_with_SHA384 ||
		nid == NID_ecdsa_with_SHA512 || nid == NID_ecdsa_with_SHA1;
	out->kind = ecdsa ? PKEY_EC : pss || nid == NID_sha1WithRSAEncryption ||
		    hash_of_nid(nid) ? PKEY_RSA : PKEY_OTHER;
	hash = pss ? pss_hash(alg, &out->salt_len) : hash_of_nid(nid);
	if (hash && out->kind != PKEY_OTHER)
		out->scheme = find(AUTH_DIGITAL_SIGNATURE, hash, out->kind,
				   pss);
out_free_alg:
	X509_ALGOR_free(alg);
	ERR_clear_error();
}

/* RFC 7427 section 3: length and identifier, then the signature. */
static int parse_rfc7427(struct view data, struct sign_value *out)
{
	const struct sign_scheme *s;
	struct view alg;
	struct rd rd;

	rd_init(&rd, data.p, data.len);
	alg = rd_bytes(&rd, rd_u8(&rd));
	out->signature = rd_rest(&rd);
	if (!rd_ok(&rd))
		return ERR_SHORT;
	if (!alg.len || !out->signature.len)
		return ERR_SYNTAX;
	for (s = schemes; s < SCHEMES_END; s++) {
		if (s->alg.len && view_eq(s->alg, alg)) {
			out->scheme = s;
			out->kind = s->kind;
			out->salt_len = s->alg.p[s->alg.len - 1];
			return 0;
		}
	}
	parse_alg(alg, out);
	return 0;
}

int sign_parse(uint8_t method, struct view data, struct sign_value *out)
{
	const struct sign_scheme *s;

	memset(out, 0, sizeof(*out));
	if (method == AUTH_DIGITAL_SIGNATURE)
		return parse_rfc7427(data, out);
	out->signature = data;
	for (s = schemes; s < SCHEMES_END && !out->scheme; s++)
		if (s->method == method)
			out->scheme = s;
	if (!out->scheme || !data.len)
		return ERR_SYNTAX;
	out->kind = out->scheme->kind;
	return 0;
}

/* ------------------------------------------------------------- computations */

static bool set_padding(EVP_PKEY_CTX *ctx, const struct sign_scheme *s,
			unsigned int salt_len)
{
	if (s->kind != PKEY_RSA)
		return true;
	if (!s->pss)
		return EVP_PKEY_CTX_set_rsa_padding(ctx,
						    RSA_PKCS1_PADDING) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)salt_len) > 0;
}

/* r and s, each as long as the order of the curve (RFC 4754 section 7). */
static size_t half_len(const struct sign_scheme *s)
{
	return s->curve == KE_ECP_256 ? 32 : s->curve == KE_ECP_384 ? 48 : 66;
}

/* DER to r | s, in place. Return: the new length, 0 on failure. */
static size_t flatten(const struct sign_scheme *s, uint8_t *p, size_t len)
{
	const unsigned char *in = p;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &in, (long)len);
	int half = (int)half_len(s);
	bool ok;

	if (!sig)
		return 0;
	ok = BN_bn2binpad(ECDSA_SIG_get0_r(sig), p, half) == half &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(sig), p + half, half) == half;
	ECDSA_SIG_free(sig);
	return ok ? 2 * half_len(s) : 0;
}

/* r | s to DER, NULL on failure; free with OPENSSL_free(). */
static uint8_t *unflatten(const struct sign_scheme *s, struct view raw,
			  size_t *len)
{
	int half = (int)half_len(s), n;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r, *t;
	uint8_t *out = NULL;

	if (!sig || raw.len != 2 * half_len(s))
		goto out_free_sig;
	r = BN_bin2bn(raw.p, half, NULL);
	t = BN_bin2bn(raw.p + half, half, NULL);
	if (!r || !t || !ECDSA_SIG_set0(sig, r, t)) {
		BN_free(r);
		BN_free(t);
		goto out_free_sig;
	}
	n = i2d_ECDSA_SIG(sig, &out);
	*len = n > 0 ? (size_t)n : 0;
out_free_sig:
	ECDSA_SIG_free(sig);
	return out;
}

void sign_job_init(struct sign_job *job, const struct sign_scheme *scheme,
		   struct pkey *key)
{
	memset(job, 0, sizeof(*job));
	job->scheme = scheme;
	job->key = pkey_get(key);
	buf_init(&job->octets, SIZE_MAX);
	buf_init(&job->auth, SIGNATURE_MAX);
}

void sign_job_fini(struct sign_job *job)
{
	pkey_put(job->key);
	job->key = NULL;
	buf_fini(&job->octets);
	buf_fini(&job->auth);
}

static int compute(struct sign_job *job, EVP_MD_CTX *ctx)
{
	const struct sign_scheme *s = job->scheme;
	EVP_PKEY_CTX *pctx;
	size_t len = 0;
	uint8_t *p;

	if (EVP_DigestSignInit_ex(ctx, &pctx, s->md, NULL, NULL,
				  job->key->evp, NULL) <= 0 ||
	    !set_padding(pctx, s, s->pss ? s->alg.p[s->alg.len - 1] : 0) ||
	    EVP_DigestSign(ctx, NULL, &len, job->octets.p,
			   job->octets.len) <= 0)
		return provider_error("signature");
	if (s->alg.len)
		buf_put_u8(&job->auth, (uint8_t)s->alg.len);
	buf_put_view(&job->auth, s->alg);
	/* The two numbers without DER may be longer than with it. */
	p = buf_reserve(&job->auth, len + 2 * half_len(s));
	if (!p)
		return ERR_NOMEM;
	if (EVP_DigestSign(ctx, p, &len, job->octets.p, job->octets.len) <= 0)
		return provider_error("signature");
	if (s->curve)
		len = flatten(s, p, len);
	buf_truncate(&job->auth, (size_t)(p - job->auth.p) + len);
	return len ? 0 : ERR_CRYPTO;
}

void sign_job_run(struct sign_job *job)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	job->err = ctx ? compute(job, ctx) : ERR_NOMEM;
	if (buf_ok(&job->octets) && !buf_ok(&job->auth))
		job->err = ERR_NOMEM;
	EVP_MD_CTX_free(ctx);
}

static bool key_fits(const struct pkey_info *key, const struct sign_scheme *s)
{
	if (!key->sane)
		return false;
	if (s->kind == PKEY_EC)
		return key->kind == PKEY_EC && key->curve &&
		       (!s->curve || s->curve == key->curve);
	return key->kind == PKEY_RSA ||
	       (key->kind == PKEY_RSA_PSS && s->pss);
}

static int verify(const struct sign_scheme *s, unsigned int salt_len,
		  const struct pkey *key, struct view octets, struct view sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	int ok;

	if (!ctx)
		return ERR_NOMEM;
	ok = EVP_DigestVerifyInit_ex(ctx, &pctx, s->md, NULL, NULL, key->evp,
				     NULL) > 0 &&
	     set_padding(pctx, s, salt_len) &&
	     EVP_DigestVerify(ctx, sig.p, sig.len, octets.p, octets.len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok ? 0 : ERR_AUTH;
}

/* The hash is part of what was signed, so that only one can fit. */
static int verify_method_1(const struct sign_value *v, const struct pkey *key,
			   struct view octets, bool sha1,
			   const struct sign_scheme **used)
{
	const struct sign_scheme *s;

	for (s = v->scheme; s < SCHEMES_END; s++) {
		if (s->hash == SIG_HASH_SHA1 && !sha1)
			continue;
		if (!verify(s, 0, key, octets, v->signature)) {
			*used = s;
			return 0;
		}
	}
	return ERR_AUTH;
}

int sign_check(const struct sign_value *v, const struct pkey *key,
	       struct view octets, bool sha1, const struct sign_scheme **used)
{
	const struct sign_scheme *s = v->scheme;
	struct view sig = v->signature;
	uint8_t *der;
	int err;

	*used = s;
	if (!s || !key_fits(&key->info, s))
		return ERR_AUTH;
	if (s->method == AUTH_RSA_SIGNATURE)
		return verify_method_1(v, key, octets, sha1, used);
	if (!s->curve)
		return verify(s, v->salt_len, key, octets, sig);
	der = unflatten(s, sig, &sig.len);
	if (!der)
		return ERR_AUTH;
	sig.p = der;
	err = verify(s, 0, key, octets, sig);
	OPENSSL_free(der);
	return err;
}
