/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The certificates of a peer: from octets to a verdict (RFC 5280, with what
 * RFC 4945 says about IKE). Nothing is fetched from anywhere, whatever a
 * certificate says.
 */
#ifndef AGENT_PKI_CHAIN_H
#define AGENT_PKI_CHAIN_H

#include "pki/trust.h"

#define CERT_MAX_LEN	16384	/* octets of one certificate */

/** enum chain_fault - why a chain is not accepted */
enum chain_fault {
	CHAIN_GOOD,
	CHAIN_NO_CERTIFICATE,
	CHAIN_MALFORMED,
	CHAIN_EXPIRED,
	CHAIN_NOT_YET_VALID,
	CHAIN_UNKNOWN_ISSUER,
	CHAIN_REVOKED,
	CHAIN_WEAK,		/* key or signature hash */
	CHAIN_USAGE,		/* not meant for this */
	CHAIN_BROKEN,		/* signatures, constraints, lengths */
	CHAIN_NO_CRL,
	CHAIN_CRL_EXPIRED,
	CHAIN_NOT_ADMITTED,	/* in order, but against the caller's rule */
};

#define CHAIN_DETAIL	128

/**
 * struct chain_verdict - what became of a chain
 * @subject: of the certificate that is at fault, escaped
 * @detail: what about it: "expired 2026-11-01 12:00:00 UTC"
 * @facts: of a good chain, the end entity first, the anchor last
 */
struct chain_verdict {
	enum chain_fault fault;
	char subject[CERT_STR];
	char detail[CHAIN_DETAIL];
	struct chain_facts facts;
};

struct chain;

/**
 * chain_parse - take a peer's certificates apart
 * @certs: DER, the end entity first, the others in any order
 * @count: beyond CHAIN_MAX they are ignored; so are those that cannot be
 *	read, except the first
 * @v: filled when it fails
 *
 * Return: NULL with @v, or NULL and @v->fault CHAIN_GOOD when out of memory.
 */
struct chain *chain_parse(const struct view *certs, unsigned int count,
			  struct chain_verdict *v);
void chain_free(struct chain *c);
/* The end entity's key, for the signature; borrowed. */
const struct pkey *chain_key(const struct chain *c);
bool chain_has_id(const struct chain *c, uint8_t id_type, struct view id);
/* What the end entity vouches for, for messages; escaped. */
void chain_ids_str(const struct chain *c, char *out, size_t size);
void chain_subject_str(const struct chain *c, char out[CERT_STR]);

/**
 * chain_verify - does it lead to a trust anchor, and is all of it in order?
 * @rule: asked beyond what always is, of every certificate of the path; or NULL
 * @now: seconds since 1970
 *
 * Return: whether @v->fault is CHAIN_GOOD.
 */
bool chain_verify(const struct chain *c, const struct trust *t,
		  const struct facts_rule *rule, int64_t now,
		  struct chain_verdict *v);

#endif
