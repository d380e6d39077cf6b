// SPDX-License-Identifier: GPL-2.0
/*
 * What a trustpoint is asked once it has been loaded. Loading is in load.c.
 */

#include "pki/trust.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "pki/internal.h"

/* Authorities that a peer may name; what follows is not looked at. */
#define WANTED_MAX	256

void trust_free(struct trust *t)
{
	if (!t)
		return;
	X509_STORE_free(t->store);
	sk_X509_pop_free(t->cas, X509_free);
	sk_X509_pop_free(t->own, X509_free);
	pkey_put(t->key);
	buf_fini(&t->own_der);
	buf_fini(&t->own_subject);
	buf_fini(&t->ca_hashes);
	buf_fini(&t->issuer_hashes);
	free(t);
}

bool trust_equal(const struct trust *a, const struct trust *b)
{
	return memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

bool trust_can_sign(const struct trust *t)
{
	return t->key;
}

struct pkey *trust_key(const struct trust *t)
{
	return t->key;
}

bool trust_pss(const struct trust *t)
{
	return t->pss;
}

unsigned int trust_own_count(const struct trust *t)
{
	return t->own ? (unsigned int)sk_X509_num(t->own) : 0;
}

struct view trust_own_der(const struct trust *t, unsigned int i)
{
	size_t begin = i ? t->own_end[i - 1] : 0;

	return (struct view){ t->own_der.p + begin, t->own_end[i] - begin };
}

struct view trust_own_subject(const struct trust *t)
{
	return buf_view(&t->own_subject);
}

bool trust_own_has_id(const struct trust *t, uint8_t id_type, struct view id)
{
	return t->own && cert_has_id(sk_X509_value(t->own, 0), id_type, id);
}

const char *trust_own_str(const struct trust *t, int64_t now,
			  char buf[TRUST_STR])
{
	char subject[CERT_STR], when[CERT_TIME_STR];
	const X509 *cert;

	buf[0] = '\0';
	if (!t->own)
		return buf;
	cert = sk_X509_value(t->own, 0);
	cert_subject_str(cert, subject);
	if (cert_time_passed(X509_get0_notAfter(cert), now))
		snprintf(buf, TRUST_STR, "%s (expired %s)", subject,
			 cert_time_str(X509_get0_notAfter(cert), when));
	else if (!cert_time_passed(X509_get0_notBefore(cert), now))
		snprintf(buf, TRUST_STR, "%s (valid from %s on)", subject,
			 cert_time_str(X509_get0_notBefore(cert), when));
	else
		snprintf(buf, TRUST_STR, "%s", subject);
	return buf;
}

void trust_own_facts(const struct trust *t, struct chain_facts *out)
{
	int i, count = t->own ? sk_X509_num(t->own) : 0;

	out->count = 0;
	for (i = 0; i < count && i < CHAIN_MAX; i++)
		cert_fact(sk_X509_value(t->own, i), false,
			  &out->cert[out->count++]);
}

bool trust_own_keeps(const struct trust *t, const struct facts_rule *rule,
		     char why[TRUST_STR])
{
	char subject[CERT_STR], what[FACTS_WHY];
	struct chain_facts facts;
	unsigned int at;

	why[0] = '\0';
	trust_own_facts(t, &facts);
	if (facts_ok(&facts, rule, &at, what))
		return true;
	if (!facts.count)
		return false;
	cert_subject_str(sk_X509_value(t->own, (int)at), subject);
	snprintf(why, TRUST_STR, "certificate of %s: %s", subject, what);
	return false;
}

static bool has_hash(struct view hashes, const uint8_t *hash)
{
	size_t at;

	for (at = 0; at + SHA1_LEN <= hashes.len; at += SHA1_LEN)
		if (memcmp(hashes.p + at, hash, SHA1_LEN) == 0)
			return true;
	return false;
}

bool trust_is_wanted(const struct trust *t, struct view hashes)
{
	size_t i, n = hashes.len / SHA1_LEN;

	for (i = 0; i < n && i < WANTED_MAX; i++)
		if (has_hash(buf_view(&t->issuer_hashes),
			     hashes.p + i * SHA1_LEN))
			return true;
	return false;
}

struct view trust_ca_hashes(const struct trust *t)
{
	return buf_view(&t->ca_hashes);
}
