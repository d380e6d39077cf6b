// SPDX-License-Identifier: GPL-2.0
/*
 * Single certificates: what they say, for people and for judgements.
 */

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "log/log.h"
#include "pki/internal.h"

#define NAME_FLAGS	(ASN1_STRFLGS_RFC2253 | XN_FLAG_SEP_CPLUS_SPC | \
			 XN_FLAG_FN_SN)
#define IP4_LEN		4
#define IP6_LEN		16

/* ------------------------------------------------------------------- words */

void cert_name_str(const X509_NAME *name, char *out, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	if (bio && X509_NAME_print_ex(bio, name, 0, NAME_FLAGS) >= 0)
		len = BIO_get_mem_data(bio, &text);
	if (len > 0)
		log_escape(text, (size_t)len, out, size);
	else
		snprintf(out, size, "(no subject)");
	BIO_free(bio);
	ERR_clear_error();
}

void cert_subject_str(const X509 *cert, char out[CERT_STR])
{
	cert_name_str(X509_get_subject_name(cert), out, CERT_STR);
}

const char *cert_time_str(const ASN1_TIME *t, char buf[CERT_TIME_STR])
{
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm) ||
	    !strftime(buf, CERT_TIME_STR, "%Y-%m-%d %H:%M:%S UTC", &tm))
		snprintf(buf, CERT_TIME_STR, "at no time");
	return buf;
}

bool cert_time_passed(const ASN1_TIME *t, int64_t now)
{
	time_t when = (time_t)now;

	return t && X509_cmp_time(t, &when) < 0;
}

/* --------------------------------------------------------------- strengths */

uint16_t cert_sig_hash(const X509 *cert)
{
	int md = NID_undef;

	X509_get_signature_info((X509 *)(uintptr_t)cert, &md, NULL, NULL,
				NULL);
	switch (md) {
	case NID_sha1:
		return SIG_HASH_SHA1;
	case NID_sha256:
		return SIG_HASH_SHA2_256;
	case NID_sha384:
		return SIG_HASH_SHA2_384;
	case NID_sha512:
		return SIG_HASH_SHA2_512;
	default:
		return 0;
	}
}

void cert_fact(const X509 *cert, bool anchor, struct key_fact *out)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);

	memset(out, 0, sizeof(*out));
	if (key)
		pkey_describe(key, &out->key);
	out->anchor = anchor;
	out->sig_hash = anchor ? 0 : cert_sig_hash(cert);
	ERR_clear_error();
}

bool cert_spki_hash(const X509 *cert, uint8_t out[20])
{
	const X509_PUBKEY *pub = X509_get_X509_PUBKEY(cert);
	uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(pub, &der);
	struct view part = { der, len > 0 ? (size_t)len : 0 };
	unsigned int n = 0;
	bool ok;

	ok = part.len && EVP_Digest(part.p, part.len, out, &n, EVP_sha1(),
				    NULL) == 1;
	OPENSSL_free(der);
	return ok;
}

/* ------------------------------------------------------------------- usage */

/* Purposes for which IKE end entities are issued. */
static bool eku_ok(const EXTENDED_KEY_USAGE *eku)
{
	static const char *const ipsec[] = {
		"1.3.6.1.5.5.7.3.17",		/* id-kp-ipsecIKE */
		"1.3.6.1.5.5.7.3.5",		/* the three older ones */
		"1.3.6.1.5.5.7.3.6", "1.3.6.1.5.5.7.3.7",
		"1.3.6.1.5.5.8.2.2",		/* iKEIntermediate */
	};
	char oid[64];
	size_t k;
	int i;

	for (i = 0; i < sk_ASN1_OBJECT_num(eku); i++) {
		const ASN1_OBJECT *o = sk_ASN1_OBJECT_value(eku, i);
		int nid = OBJ_obj2nid(o);

		if (nid == NID_anyExtendedKeyUsage || nid == NID_server_auth ||
		    nid == NID_client_auth)
			return true;
		OBJ_obj2txt(oid, sizeof(oid), o, 1);
		for (k = 0; k < sizeof(ipsec) / sizeof(ipsec[0]); k++)
			if (strcmp(oid, ipsec[k]) == 0)
				return true;
	}
	return false;
}

bool cert_usage_ok(X509 *cert, const char **why)
{
	uint32_t usage = X509_get_key_usage(cert);
	EXTENDED_KEY_USAGE *eku;

	*why = NULL;
	if (X509_get_extension_flags(cert) & EXFLAG_INVALID)
		*why = "has an extension that cannot be read";
	else if (X509_check_ca(cert) == 1)
		*why = "is that of a certification authority";
	/* UINT32_MAX when there is no such extension. */
	else if (!(usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
		*why = "has a keyUsage without digitalSignature";
	if (*why)
		return false;
	eku = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	if (eku && !eku_ok(eku))
		*why = "has an extendedKeyUsage without ipsecIKE, serverAuth or clientAuth";
	EXTENDED_KEY_USAGE_free(eku);
	return !*why;
}

/* -------------------------------------------------------------- identities */

static bool string_is(const ASN1_STRING *s, struct view want, bool fold)
{
	const unsigned char *p = ASN1_STRING_get0_data(s);
	size_t len = (size_t)ASN1_STRING_length(s);

	/* A NUL within would end the name for some and not for others. */
	if (len != want.len || memchr(p, '\0', len))
		return false;
	return fold ? strncasecmp((const char *)p, (const char *)want.p,
				  len) == 0 : memcmp(p, want.p, len) == 0;
}

static bool address_is(const ASN1_OCTET_STRING *s, struct view want)
{
	return (size_t)ASN1_STRING_length(s) == want.len &&
	       memcmp(ASN1_STRING_get0_data(s), want.p, want.len) == 0;
}

static bool name_is(const GENERAL_NAME *n, uint8_t type, struct view id)
{
	switch (type) {
	case ID_FQDN:
		return n->type == GEN_DNS && string_is(n->d.dNSName, id, true);
	case ID_RFC822_ADDR:
		return n->type == GEN_EMAIL &&
		       string_is(n->d.rfc822Name, id, true);
	case ID_IPV4_ADDR:
		return n->type == GEN_IPADD && id.len == IP4_LEN &&
		       address_is(n->d.iPAddress, id);
	case ID_IPV6_ADDR:
		return n->type == GEN_IPADD && id.len == IP6_LEN &&
		       address_is(n->d.iPAddress, id);
	default:
		return false;
	}
}

static bool subject_is(const X509 *cert, struct view id)
{
	const unsigned char *p = id.p;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)id.len);
	bool same;

	same = name && p == id.p + id.len && X509_NAME_entry_count(name) &&
	       X509_NAME_cmp(name, X509_get_subject_name(cert)) == 0;
	X509_NAME_free(name);
	ERR_clear_error();
	return same;
}

/*
 * Names are compared as they are: no wildcards, no common name in place of an
 * alternative name (RFC 4945 section 3.1).
 */
bool cert_has_id(const X509 *cert, uint8_t type, struct view id)
{
	GENERAL_NAMES *names;
	bool found = false;
	int i;

	if (!id.len)
		return false;
	if (type == ID_DER_ASN1_DN)
		return subject_is(cert, id);
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (i = 0; !found && i < sk_GENERAL_NAME_num(names); i++)
		found = name_is(sk_GENERAL_NAME_value(names, i), type, id);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return found;
}

static size_t add_name(const GENERAL_NAME *n, char *out, size_t size)
{
	const ASN1_STRING *s = NULL;
	const char *kind = "";
	char text[80];

	if (n->type == GEN_DNS) {
		kind = "DNS:";
		s = n->d.dNSName;
	} else if (n->type == GEN_EMAIL) {
		kind = "email:";
		s = n->d.rfc822Name;
	} else if (n->type == GEN_IPADD) {
		const unsigned char *p = ASN1_STRING_get0_data(n->d.iPAddress);

		if (ASN1_STRING_length(n->d.iPAddress) == IP4_LEN)
			return (size_t)snprintf(out, size, "IP:%u.%u.%u.%u",
						p[0], p[1], p[2], p[3]);
		return (size_t)snprintf(out, size, "an IPv6 address");
	}
	if (!s)
		return 0;
	log_escape(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s),
		   text, sizeof(text));
	return (size_t)snprintf(out, size, "%s%s", kind, text);
}

void cert_ids_str(const X509 *cert, char *out, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name,
						NULL, NULL);
	size_t at = 0;
	int i;

	out[0] = '\0';
	for (i = 0; i < sk_GENERAL_NAME_num(names) && at + 3 < size; i++) {
		size_t comma = at ? (size_t)snprintf(out + at, size - at,
						     ", ") : 0;

		add_name(sk_GENERAL_NAME_value(names, i), out + at + comma,
			 size - at - comma);
		at += strlen(out + at);
	}
	if (!at)
		snprintf(out, size, "no subjectAltName");
	GENERAL_NAMES_free(names);
	ERR_clear_error();
}
