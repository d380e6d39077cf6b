// SPDX-License-Identifier: GPL-2.0
/*
 * From a peer's octets to a verdict. The order keeps the work small: sizes and
 * keys are looked at before any signature, and signatures are verified only
 * along a path that has been found to lead to a trust anchor.
 */

#include "pki/chain.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/internal.h"
#include "util/err.h"

#define AUTH_LEVEL	2	/* 112 bits: RSA 2048, no SHA-1 */

static void blame(struct chain_verdict *v, enum chain_fault fault,
		  const X509 *cert, const char *detail)
{
	v->fault = fault;
	v->subject[0] = '\0';
	if (cert)
		cert_subject_str(cert, v->subject);
	snprintf(v->detail, sizeof(v->detail), "%s", detail);
}

/* ----------------------------------------------------------------- parsing */

static X509 *parse_one(struct view der)
{
	const unsigned char *p = der.p;
	X509 *cert = NULL;

	if (der.len && der.len <= CERT_MAX_LEN)
		cert = d2i_X509(NULL, &p, (long)der.len);
	if (cert && p != der.p + der.len) {
		X509_free(cert);
		cert = NULL;
	}
	ERR_clear_error();
	return cert;
}

/* A key that is dangerous to work with, wherever it stands. */
static bool key_is_sane(const X509 *cert, struct chain_verdict *v)
{
	char text[PKEY_STR], detail[CHAIN_DETAIL];
	struct key_fact fact;

	cert_fact(cert, true, &fact);
	if (fact.key.sane)
		return true;
	snprintf(detail, sizeof(detail), "%s; expected RSA of %u to %u bits with a usual exponent, or ECDSA P-256, P-384 or P-521",
		 pkey_str(&fact.key, text), RSA_BITS_MIN, RSA_BITS_MAX);
	blame(v, CHAIN_WEAK, cert, detail);
	return false;
}

static bool add_other(struct chain *c, X509 *cert)
{
	if (sk_X509_push(c->others, cert) > 0)
		return true;
	X509_free(cert);
	return false;
}

/* Return: 0; ERR_SYNTAX with @v filled; ERR_NOMEM. */
static int fill(struct chain *c, const struct view *certs, unsigned int count,
		struct chain_verdict *v)
{
	unsigned int i;
	EVP_PKEY *key;

	c->leaf = parse_one(certs[0]);
	if (!c->leaf) {
		blame(v, CHAIN_MALFORMED, NULL, certs[0].len > CERT_MAX_LEN ?
		      "too long" : "not the DER of a certificate");
		return ERR_SYNTAX;
	}
	if (!key_is_sane(c->leaf, v))
		return ERR_SYNTAX;
	for (i = 1; i < count && i < CHAIN_MAX; i++) {
		X509 *cert = parse_one(certs[i]);

		if (!cert)
			continue;
		if (!add_other(c, cert))
			return ERR_NOMEM;
		if (!key_is_sane(cert, v))
			return ERR_SYNTAX;
	}
	key = X509_get_pubkey(c->leaf);
	c->key = key ? pkey_new(key) : NULL;
	return c->key ? 0 : ERR_NOMEM;
}

struct chain *chain_parse(const struct view *certs, unsigned int count,
			  struct chain_verdict *v)
{
	struct chain *c = calloc(1, sizeof(*c));
	int err = ERR_NOMEM;

	memset(v, 0, sizeof(*v));
	if (!count) {
		blame(v, CHAIN_NO_CERTIFICATE, NULL, "");
		free(c);
		return NULL;
	}
	if (c)
		c->others = sk_X509_new_null();
	if (c && c->others)
		err = fill(c, certs, count, v);
	if (!err)
		return c;
	chain_free(c);
	return NULL;
}

void chain_free(struct chain *c)
{
	if (!c)
		return;
	X509_free(c->leaf);
	sk_X509_pop_free(c->others, X509_free);
	pkey_put(c->key);
	free(c);
}

const struct pkey *chain_key(const struct chain *c)
{
	return c->key;
}

bool chain_has_id(const struct chain *c, uint8_t id_type, struct view id)
{
	return cert_has_id(c->leaf, id_type, id);
}

void chain_ids_str(const struct chain *c, char *out, size_t size)
{
	cert_ids_str(c->leaf, out, size);
}

void chain_subject_str(const struct chain *c, char out[CERT_STR])
{
	cert_subject_str(c->leaf, out);
}

/* -------------------------------------------------------------- validation */

static enum chain_fault fault_of(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
		return CHAIN_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
		return CHAIN_NOT_YET_VALID;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_CERT_REJECTED:
		return CHAIN_UNKNOWN_ISSUER;
	case X509_V_ERR_CERT_REVOKED:
		return CHAIN_REVOKED;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return CHAIN_WEAK;
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_INVALID_NON_CA:
	case X509_V_ERR_INVALID_PURPOSE:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
		return CHAIN_USAGE;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
	case X509_V_ERR_CRL_SIGNATURE_FAILURE:
	case X509_V_ERR_CRL_NOT_YET_VALID:
	case X509_V_ERR_DIFFERENT_CRL_SCOPE:
	case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
	case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
	case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
		return CHAIN_NO_CRL;
	case X509_V_ERR_CRL_HAS_EXPIRED:
		return CHAIN_CRL_EXPIRED;
	default:
		return CHAIN_BROKEN;
	}
}

/** struct walk - what the library's callback may look at */
struct walk {
	enum trust_revocation revocation;
	struct chain_verdict *verdict;
};

static void explain(struct chain_verdict *v, X509_STORE_CTX *ctx, int error)
{
	const X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
	X509_CRL *crl = X509_STORE_CTX_get0_current_crl(ctx);
	char when[CERT_TIME_STR], detail[CHAIN_DETAIL];
	enum chain_fault fault = fault_of(error);

	snprintf(detail, sizeof(detail), "%s",
		 X509_verify_cert_error_string(error));
	if (fault == CHAIN_EXPIRED && cert)
		snprintf(detail, sizeof(detail), "expired %s",
			 cert_time_str(X509_get0_notAfter(cert), when));
	else if (fault == CHAIN_NOT_YET_VALID && cert)
		snprintf(detail, sizeof(detail), "valid from %s on",
			 cert_time_str(X509_get0_notBefore(cert), when));
	else if (fault == CHAIN_CRL_EXPIRED && crl)
		snprintf(detail, sizeof(detail), "next update was due %s",
			 cert_time_str(X509_CRL_get0_nextUpdate(crl), when));
	else if (fault == CHAIN_UNKNOWN_ISSUER && cert)
		cert_name_str(X509_get_issuer_name(cert), detail,
			      sizeof(detail));
	blame(v, fault, cert, detail);
}

/* Nobody can revoke what is trusted by configuration. */
static bool at_anchor(X509_STORE_CTX *ctx)
{
	int count = sk_X509_num(X509_STORE_CTX_get0_chain(ctx));

	return count > 1 && X509_STORE_CTX_get_error_depth(ctx) == count - 1;
}

static int judge(int ok, X509_STORE_CTX *ctx)
{
	const struct walk *w = X509_STORE_CTX_get_app_data(ctx);
	int error = X509_STORE_CTX_get_error(ctx);
	enum chain_fault fault;

	if (ok)
		return 1;
	fault = fault_of(error);
	if ((fault == CHAIN_NO_CRL || fault == CHAIN_CRL_EXPIRED) &&
	    (w->revocation == TRUST_CRL_IF_THERE || at_anchor(ctx)))
		return 1;
	/* The first one counts. */
	explain(w->verdict, ctx, error);
	return 0;
}

static void set_rules(X509_STORE_CTX *ctx, const struct trust *t, int64_t now)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;

	if (t->revocation != TRUST_NO_CHECK)
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	X509_VERIFY_PARAM_set_flags(param, flags);
	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	/* Between the end entity and the anchor. */
	X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX - 2);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
}

static void take_facts(X509_STORE_CTX *ctx, struct chain_facts *out)
{
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
	int i, count = sk_X509_num(path);

	out->count = 0;
	for (i = 0; i < count && i < CHAIN_MAX; i++)
		cert_fact(sk_X509_value(path, i), i && i == count - 1,
			  &out->cert[out->count++]);
}

static bool keeps_rule(X509_STORE_CTX *ctx, const struct facts_rule *rule,
		       struct chain_verdict *v)
{
	char why[FACTS_WHY];
	unsigned int at;

	if (!rule || facts_ok(&v->facts, rule, &at, why))
		return true;
	blame(v, CHAIN_NOT_ADMITTED,
	      sk_X509_value(X509_STORE_CTX_get0_chain(ctx), (int)at), why);
	return false;
}

bool chain_verify(const struct chain *c, const struct trust *t,
		  const struct facts_rule *rule, int64_t now,
		  struct chain_verdict *v)
{
	struct walk w = { t->revocation, v };
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	const char *why;

	memset(v, 0, sizeof(*v));
	blame(v, CHAIN_BROKEN, c->leaf, "cannot be verified");
	if (!ctx || !X509_STORE_CTX_init(ctx, t->store, c->leaf, c->others))
		goto out_free_ctx;
	set_rules(ctx, t, now);
	X509_STORE_CTX_set_app_data(ctx, &w);
	X509_STORE_CTX_set_verify_cb(ctx, judge);
	if (X509_verify_cert(ctx) != 1)
		goto out_free_ctx;
	if (!cert_usage_ok(c->leaf, &why)) {
		blame(v, CHAIN_USAGE, c->leaf, why);
		goto out_free_ctx;
	}
	take_facts(ctx, &v->facts);
	if (!keeps_rule(ctx, rule, v))
		goto out_free_ctx;
	blame(v, CHAIN_GOOD, c->leaf, "");
out_free_ctx:
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return v->fault == CHAIN_GOOD;
}
