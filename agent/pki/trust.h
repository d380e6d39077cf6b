/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trustpoints: whom we trust, and who we are. Read once from files into an
 * object that does not change any more and may be used by any thread.
 */
#ifndef AGENT_PKI_TRUST_H
#define AGENT_PKI_TRUST_H

#include "pki/facts.h"
#include "util/buf.h"
#include "util/secret.h"

#define CERT_STR	160	/* a certificate's subject, escaped and cut */

enum trust_revocation {
	TRUST_NO_CHECK,
	TRUST_CRL_IF_THERE,	/* a CRL that is missing or old is no obstacle */
	TRUST_CRL,
};

/** struct trust_files - where a trustpoint is; NULL or "": there is none */
struct trust_files {
	const char *ca;
	const char *certificate;
	const char *key;		/* a path, or the URI of a store */
	const char *crl;
	const struct secret *password;	/* of the key, or NULL */
	enum trust_revocation revocation;
	bool pss;
};

/* What a message of trust_load() is about. */
enum trust_part { TRUST_PART_CA, TRUST_PART_CERTIFICATE, TRUST_PART_KEY,
		  TRUST_PART_CRL };

/**
 * trust_say_fn - something is wrong
 * @fatal: the trustpoint cannot be used; otherwise it can, and somebody will
 *	be sorry
 * @text: behind the name of the file
 */
typedef void (*trust_say_fn)(void *arg, enum trust_part part, bool fatal,
			     const char *text);

struct trust;

/**
 * trust_load - read and judge the files of a trustpoint
 * @now: seconds since 1970, for what has expired
 *
 * Return: NULL after at least one fatal message.
 */
struct trust *trust_load(const struct trust_files *files, int64_t now,
			 trust_say_fn say, void *arg);
void trust_free(struct trust *t);
/* The same certificates, keys and lists? */
bool trust_equal(const struct trust *a, const struct trust *b);

/* ------------------------------------------------------ with a certificate */

bool trust_can_sign(const struct trust *t);
struct pkey *trust_key(const struct trust *t);
bool trust_pss(const struct trust *t);
/* What the peer is sent: our certificate, then those above it, in DER. */
unsigned int trust_own_count(const struct trust *t);
struct view trust_own_der(const struct trust *t, unsigned int i);
/* The subject as the data of an ID_DER_ASN1_DN identity. */
struct view trust_own_subject(const struct trust *t);
bool trust_own_has_id(const struct trust *t, uint8_t id_type, struct view id);
/* "CN=a.example.com (expired 2026-11-01 12:00:00 UTC)". */
#define TRUST_STR	256
const char *trust_own_str(const struct trust *t, int64_t now,
			  char buf[TRUST_STR]);
/* What our own chain relies on, as far as its files go. */
void trust_own_facts(const struct trust *t, struct chain_facts *out);
/*
 * Does all of it keep to a rule? @why: if not, "certificate of CN=a: signed with
 * SHA1".
 */
bool trust_own_keeps(const struct trust *t, const struct facts_rule *rule,
		     char why[TRUST_STR]);
/*
 * Does it lead to one of the authorities that a peer asks for? @hashes: the
 * data of a CERTREQ payload; no more than some hundred are looked at.
 */
bool trust_is_wanted(const struct trust *t, struct view hashes);

/* --------------------------------------------------------- with authorities */

/* The data of our own CERTREQ payload. */
struct view trust_ca_hashes(const struct trust *t);

#endif
