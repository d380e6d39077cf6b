// SPDX-License-Identifier: GPL-2.0
/*
 * Loading trustpoints, and judging what their files hold.
 */

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "pki/internal.h"
#include "pki/key.h"
#include "util/err.h"

#define CERTS_FILE_MAX	(1U << 20)
#define CRL_FILE_MAX	(64U << 20)
#define CERTS_MAX	1000	/* of a bundle */
#define CRLS_MAX	1000

/** struct work - a trustpoint that is being loaded */
struct work {
	const struct trust_files *files;
	struct trust *t;
	int64_t now;
	trust_say_fn say;
	void *arg;
	bool failed;
};

static void say(struct work *w, enum trust_part part, bool fatal,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void say(struct work *w, enum trust_part part, bool fatal,
		const char *fmt, ...)
{
	char text[PKI_WHY];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->failed |= fatal;
	w->say(w->arg, part, fatal, text);
}

/* ------------------------------------------------------------ certificates */

static int no_password(char *buf, int size, int writing, void *arg)
{
	return -1;
}

/*
 * All certificates of a file, PEM or a single one in DER. Return: NULL after
 * complaining.
 */
static STACK_OF(X509) *read_certs(struct work *w, enum trust_part part,
				  const char *path)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	bool before = w->failed, bad;
	char why[PKI_WHY];
	struct buf text;
	BIO *bio = NULL;
	X509 *cert;

	w->failed = false;
	buf_init(&text, CERTS_FILE_MAX);
	if (pki_file_read(path, false, &text, why)) {
		say(w, part, true, "%s", why);
		goto out_free_text;
	}
	bio = BIO_new_mem_buf(text.p ? text.p : (const void *)"",
			      (int)text.len);
	while (bio && list && sk_X509_num(list) < CERTS_MAX) {
		cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
		if (!cert && !sk_X509_num(list) && text.len &&
		    text.p[0] == 0x30) {
			BIO_reset(bio);
			cert = d2i_X509_bio(bio, NULL);
		}
		if (!cert)
			break;
		if (sk_X509_push(list, cert) <= 0) {
			X509_free(cert);
			break;
		}
	}
	/* What ends a file is its end, and nothing else. */
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		say(w, part, true, "has something behind certificate %d that cannot be read",
		    list ? sk_X509_num(list) : 0);
	else if (!list || !sk_X509_num(list))
		say(w, part, true, "holds no certificate; expected PEM or DER");
	ERR_clear_error();
	BIO_free(bio);
out_free_text:
	buf_fini(&text);
	bad = w->failed;
	w->failed |= before;
	if (!bad)
		return list;
	sk_X509_pop_free(list, X509_free);
	return NULL;
}

/* What peers, or we ourselves, would hold against it. */
static void judge_age(struct work *w, enum trust_part part, const X509 *cert)
{
	char subject[CERT_STR], when[CERT_TIME_STR];

	cert_subject_str(cert, subject);
	if (cert_time_passed(X509_get0_notAfter(cert), w->now))
		say(w, part, false, "the certificate of %s expired %s",
		    subject, cert_time_str(X509_get0_notAfter(cert), when));
	else if (!cert_time_passed(X509_get0_notBefore(cert), w->now))
		say(w, part, false, "the certificate of %s is valid from %s on",
		    subject, cert_time_str(X509_get0_notBefore(cert), when));
}

static bool key_sane(const X509 *cert, char text[PKEY_STR])
{
	struct key_fact fact;

	cert_fact(cert, true, &fact);
	pkey_str(&fact.key, text);
	return fact.key.sane;
}

/* -------------------------------------------------------------- authorities */

static void add_anchor(struct work *w, X509 *cert)
{
	char subject[CERT_STR], text[PKEY_STR];
	uint8_t hash[SHA1_LEN];

	cert_subject_str(cert, subject);
	if (!X509_check_ca(cert)) {
		say(w, TRUST_PART_CA, true, "has the certificate of %s, which is no certification authority",
		    subject);
		return;
	}
	if (!key_sane(cert, text))
		say(w, TRUST_PART_CA, false, "the key of %s is %s, too weak or too strange; nothing that it signed is accepted",
		    subject, text);
	judge_age(w, TRUST_PART_CA, cert);
	if (!X509_STORE_add_cert(w->t->store, cert) ||
	    !cert_spki_hash(cert, hash)) {
		say(w, TRUST_PART_CA, true, "cannot be used");
		return;
	}
	buf_put(&w->t->ca_hashes, hash, sizeof(hash));
}

static void load_authorities(struct work *w)
{
	int i;

	w->t->store = X509_STORE_new();
	w->t->cas = read_certs(w, TRUST_PART_CA, w->files->ca);
	if (!w->t->store || !w->t->cas) {
		w->failed = true;
		return;
	}
	for (i = 0; i < sk_X509_num(w->t->cas); i++)
		add_anchor(w, sk_X509_value(w->t->cas, i));
}

/* --------------------------------------------------------------------- CRLs */

static X509 *issuer_of_crl(const struct work *w, const X509_CRL *crl)
{
	const STACK_OF(X509) *lists[] = { w->t->cas, w->t->own };
	size_t k;
	int i;

	for (k = 0; k < 2; k++)
		for (i = 0; lists[k] && i < sk_X509_num(lists[k]); i++)
			if (!X509_NAME_cmp(X509_CRL_get_issuer(crl),
					   X509_get_subject_name(
						sk_X509_value(lists[k], i))))
				return sk_X509_value(lists[k], i);
	return NULL;
}

static void judge_crl(struct work *w, X509_CRL *crl)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
	char name[CERT_STR], when[CERT_TIME_STR];
	const X509 *issuer = issuer_of_crl(w, crl);

	cert_name_str(X509_CRL_get_issuer(crl), name, sizeof(name));
	if (issuer && X509_CRL_verify(crl, X509_get0_pubkey(issuer)) != 1)
		say(w, TRUST_PART_CRL, true, "the list of %s does not bear its signature",
		    name);
	else if (next && cert_time_passed(next, w->now))
		say(w, TRUST_PART_CRL, false, "the next update of the list of %s was due %s",
		    name, cert_time_str(next, when));
}

static X509_CRL *next_crl(BIO *bio, const struct buf *text, unsigned int n)
{
	X509_CRL *crl = PEM_read_bio_X509_CRL(bio, NULL, no_password, NULL);

	if (!crl && !n && text->len && text->p[0] == 0x30) {
		BIO_reset(bio);
		crl = d2i_X509_CRL_bio(bio, NULL);
	}
	return crl;
}

static void load_crls(struct work *w)
{
	uint8_t digest[SHA256_LEN];
	char why[PKI_WHY];
	unsigned int n = 0;
	struct buf text;
	X509_CRL *crl;
	BIO *bio;

	buf_init(&text, CRL_FILE_MAX);
	if (pki_file_read(w->files->crl, false, &text, why)) {
		say(w, TRUST_PART_CRL, true, "%s", why);
		buf_fini(&text);
		return;
	}
	bio = BIO_new_mem_buf(text.p ? text.p : (const void *)"",
			      (int)text.len);
	while (bio && n < CRLS_MAX && (crl = next_crl(bio, &text, n))) {
		judge_crl(w, crl);
		if (!X509_STORE_add_crl(w->t->store, crl))
			say(w, TRUST_PART_CRL, true, "cannot be used");
		X509_CRL_free(crl);
		n++;
	}
	if (!n)
		say(w, TRUST_PART_CRL, true, "holds no certificate revocation list; expected PEM or DER");
	sha256(&(struct view){ text.p, text.len }, 1, digest);
	memcpy(w->t->digest, digest, sizeof(digest));
	ERR_clear_error();
	BIO_free(bio);
	buf_fini(&text);
}

/* ------------------------------------------------------------------ our own */

static X509 *find_issuer(STACK_OF(X509) *list, X509 *cert)
{
	int i;

	for (i = 0; i < sk_X509_num(list); i++)
		if (X509_check_issued(sk_X509_value(list, i), cert) ==
		    X509_V_OK)
			return sk_X509_value(list, i);
	return NULL;
}

static bool self_signed(X509 *cert)
{
	return X509_check_issued(cert, cert) == X509_V_OK;
}

static bool keep(STACK_OF(X509) *list, X509 *cert)
{
	if (!X509_up_ref(cert))
		return false;
	if (sk_X509_push(list, cert) > 0)
		return true;
	X509_free(cert);
	return false;
}

/*
 * Up from our certificate, as far as the files go: what is sent, and whose
 * hashes in a CERTREQ mean us. A root is not sent, the peer has it or not.
 */
static bool climb(struct work *w, STACK_OF(X509) *file)
{
	X509 *at = sk_X509_value(file, 0), *issuer;
	uint8_t hash[SHA1_LEN];

	w->t->own = sk_X509_new_null();
	if (!w->t->own || !keep(w->t->own, at))
		return false;
	while (!self_signed(at) && sk_X509_num(w->t->own) < CHAIN_MAX) {
		issuer = find_issuer(file, at);
		if (!issuer)
			issuer = find_issuer(w->t->cas, at);
		if (!issuer)
			break;
		if (cert_spki_hash(issuer, hash))
			buf_put(&w->t->issuer_hashes, hash, sizeof(hash));
		if (self_signed(issuer))
			break;
		if (!keep(w->t->own, issuer))
			return false;
		at = issuer;
	}
	return true;
}

static bool put_der(struct trust *t)
{
	int i, len;
	uint8_t *der;

	for (i = 0; i < sk_X509_num(t->own); i++) {
		der = NULL;
		len = i2d_X509(sk_X509_value(t->own, i), &der);
		if (len <= 0)
			return false;
		buf_put(&t->own_der, der, (size_t)len);
		OPENSSL_free(der);
		t->own_end[i] = t->own_der.len;
	}
	der = NULL;
	len = i2d_X509_NAME(X509_get_subject_name(sk_X509_value(t->own, 0)),
			    &der);
	if (len > 0)
		buf_put(&t->own_subject, der, (size_t)len);
	OPENSSL_free(der);
	return buf_ok(&t->own_der) && buf_ok(&t->own_subject);
}

static void judge_own(struct work *w, STACK_OF(X509) *file)
{
	X509 *cert = sk_X509_value(file, 0);
	char subject[CERT_STR], text[PKEY_STR];
	const char *why;
	int i;

	cert_subject_str(cert, subject);
	if (!cert_usage_ok(cert, &why))
		say(w, TRUST_PART_CERTIFICATE, true, "the certificate of %s %s; expected one for digital signatures",
		    subject, why);
	if (!key_sane(cert, text))
		say(w, TRUST_PART_CERTIFICATE, true, "the key of %s is %s; expected RSA of %u to %u bits, or ECDSA P-256, P-384 or P-521",
		    subject, text, RSA_BITS_MIN, RSA_BITS_MAX);
	if (cert_sig_hash(cert) == SIG_HASH_SHA1)
		say(w, TRUST_PART_CERTIFICATE, false, "the certificate of %s is signed with SHA1, which peers refuse",
		    subject);
	for (i = 0; i < sk_X509_num(w->t->own); i++)
		judge_age(w, TRUST_PART_CERTIFICATE,
			  sk_X509_value(w->t->own, i));
	for (i = 1; i < sk_X509_num(file); i++) {
		X509 *other = sk_X509_value(file, i);

		if (self_signed(other) || find_issuer(w->t->own, other) ||
		    X509_find_by_subject(w->t->own,
					 X509_get_subject_name(other)))
			continue;
		cert_subject_str(other, subject);
		say(w, TRUST_PART_CERTIFICATE, false, "the certificate of %s does not stand above the first one and is not sent",
		    subject);
	}
}

static void load_key(struct work *w)
{
	X509 *cert = sk_X509_value(w->t->own, 0);
	char why[PKI_WHY], subject[CERT_STR];
	EVP_PKEY *key = key_load(w->files->key, w->files->password, why);

	if (!key) {
		say(w, TRUST_PART_KEY, true, "%s", why);
		return;
	}
	cert_subject_str(cert, subject);
	if (EVP_PKEY_eq(X509_get0_pubkey(cert), key) != 1)
		say(w, TRUST_PART_KEY, true, "is not the key of the certificate of %s",
		    subject);
	ERR_clear_error();
	w->t->key = pkey_new(key);
	if (!w->t->key)
		say(w, TRUST_PART_KEY, true, "does not fit into memory");
}

static void load_own(struct work *w)
{
	STACK_OF(X509) *file = read_certs(w, TRUST_PART_CERTIFICATE,
					  w->files->certificate);

	if (!file)
		return;
	if (climb(w, file) && put_der(w->t)) {
		judge_own(w, file);
		load_key(w);
	} else {
		say(w, TRUST_PART_CERTIFICATE, true,
		    "does not fit into memory");
	}
	sk_X509_pop_free(file, X509_free);
}

/* ------------------------------------------------------------------ together */

/* Over what decides: the key itself is named by the certificate. */
static void make_digest(struct trust *t)
{
	uint8_t kind[2] = { (uint8_t)t->revocation, t->pss };
	struct buf all;
	int i;

	buf_init(&all, SIZE_MAX);
	buf_put(&all, t->digest, sizeof(t->digest));
	buf_put(&all, kind, sizeof(kind));
	for (i = 0; i < sk_X509_num(t->cas); i++) {
		uint8_t *der = NULL;
		int len = i2d_X509(sk_X509_value(t->cas, i), &der);

		buf_put_u32(&all, (uint32_t)(len > 0 ? len : 0));
		if (len > 0)
			buf_put(&all, der, (size_t)len);
		OPENSSL_free(der);
	}
	buf_put_view(&all, buf_view(&t->own_der));
	sha256(&(struct view){ all.p, all.len }, 1, t->digest);
	buf_fini(&all);
}

struct trust *trust_load(const struct trust_files *files, int64_t now,
			 trust_say_fn fn, void *arg)
{
	struct work w = { .files = files, .now = now, .say = fn, .arg = arg };

	w.t = calloc(1, sizeof(*w.t));
	if (!w.t) {
		say(&w, TRUST_PART_CA, true, "does not fit into memory");
		return NULL;
	}
	w.t->revocation = files->revocation;
	w.t->pss = files->pss;
	buf_init(&w.t->own_der, SIZE_MAX);
	buf_init(&w.t->own_subject, SIZE_MAX);
	buf_init(&w.t->ca_hashes, SIZE_MAX);
	buf_init(&w.t->issuer_hashes, SIZE_MAX);
	ERR_clear_error();
	load_authorities(&w);
	if (w.t->store && w.t->cas) {
		if (files->certificate && *files->certificate)
			load_own(&w);
		if (files->crl && *files->crl)
			load_crls(&w);
		make_digest(w.t);
	}
	if (!w.failed)
		return w.t;
	trust_free(w.t);
	return NULL;
}
