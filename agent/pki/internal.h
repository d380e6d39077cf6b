/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The library's types behind the handles of pki/, for its own files.
 */
#ifndef AGENT_PKI_INTERNAL_H
#define AGENT_PKI_INTERNAL_H

#include <openssl/x509.h>

#include "pki/chain.h"
#include "pki/trust.h"
#include "util/buf.h"

/**
 * struct trust - a trustpoint, loaded
 * @store: anchors and CRLs
 * @cas: the anchors
 * @own: our certificate and those above it that a peer may lack, or NULL
 * @own_der: the same one behind the other, @own_end where each ends
 * @ca_hashes: SHA-1 of each anchor's SubjectPublicKeyInfo
 * @issuer_hashes: the same of all that stand above our certificate
 * @digest: of everything, to tell whether files changed
 */
struct trust {
	X509_STORE *store;
	STACK_OF(X509) *cas;
	enum trust_revocation revocation;
	bool pss;
	STACK_OF(X509) *own;
	struct buf own_der;
	size_t own_end[CHAIN_MAX];
	struct pkey *key;
	struct buf own_subject;
	struct buf ca_hashes;
	struct buf issuer_hashes;
	uint8_t digest[32];
};

/** struct chain - certificates of a peer, the end entity first */
struct chain {
	X509 *leaf;
	STACK_OF(X509) *others;
	struct pkey *key;
};

/* Distinguished names and times for people; always terminated. */
void cert_name_str(const X509_NAME *name, char *out, size_t size);
void cert_subject_str(const X509 *cert, char out[CERT_STR]);
#define CERT_TIME_STR	32
const char *cert_time_str(const ASN1_TIME *t, char buf[CERT_TIME_STR]);
/* Is @t before @now? */
bool cert_time_passed(const ASN1_TIME *t, int64_t now);

/* The hash under its signature, 0 when it is none of enum sig_hash. */
uint16_t cert_sig_hash(const X509 *cert);
void cert_fact(const X509 *cert, bool anchor, struct key_fact *out);
/*
 * May an end entity sign IKE with it (RFC 4945 section 5.1.3)? @why: if not,
 * what it says.
 */
bool cert_usage_ok(X509 *cert, const char **why);
/* Octets of the SubjectPublicKeyInfo, as CERTREQ names an authority. */
bool cert_spki_hash(const X509 *cert, uint8_t out[20]);
/* Is @id (of an ID payload) one that the certificate vouches for? */
bool cert_has_id(const X509 *cert, uint8_t type, struct view id);
/* What it vouches for: "DNS:a.example.com, IP:192.0.2.1". */
void cert_ids_str(const X509 *cert, char *out, size_t size);

#endif
