/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a tunnel is not up: a typed reason with a sentence, the stage at which
 * it happened, the two values that differ and the setting to change. The same
 * record goes to the log, to JSON and to `tunctl why`.
 */
#ifndef AGENT_IKE_FAILURE_H
#define AGENT_IKE_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/addr.h"

#define FAILURE_VALUE	320

/* name, sentence; the sentence is followed by "ours ..., theirs ...". */
#define FAILURE_LIST(X)							\
	X(NONE, "none", "no failure")					\
	X(NO_RESPONSE, "no-response", "the peer does not answer")	\
	X(PEER_DEAD, "peer-dead", "the peer stopped answering")		\
	X(NO_POLICY, "no-policy", "no ikev2 policy matches the local address") \
	X(NO_PROPOSAL_IKE, "ike-proposal-mismatch", "no common IKE proposal") \
	X(NO_PROPOSAL_ESP, "esp-proposal-mismatch", "no common IPsec transform set") \
	X(KE_METHOD, "dh-group-mismatch", "the peer wants a DH group that is not configured") \
	X(KE_VALUE, "dh-value-invalid", "the peer's public value is invalid") \
	X(NO_PROFILE, "no-profile", "no ikev2 profile matches the peer's identity") \
	X(FIPS, "fips", "FIPS mode does not admit it")			\
	X(FIPS_ENABLED, "fips-enabled", "FIPS mode was enabled, all sessions end") \
	X(NO_KEY, "no-key", "no keyring peer has a pre-shared key for this peer") \
	X(AUTH_PSK, "psk-mismatch", "the pre-shared keys differ")	\
	X(AUTH_PSK_OR_PPK, "psk-or-ppk-mismatch", "the pre-shared keys or the post-quantum preshared keys differ") \
	X(PPK_REQUIRED, "ppk-required", "a post-quantum preshared key is required, and the peer does not use one") \
	X(PPK_ID, "ppk-id-unknown", "there is no post-quantum preshared key of the peer's PPK_ID for it") \
	X(PPK_VALUE, "ppk-mismatch", "the post-quantum preshared keys differ") \
	X(PPK_RETRIEVE, "ppk-not-retrieved", "the key source did not give the post-quantum preshared key") \
	X(AUTH_METHOD, "auth-method-mismatch", "the peer's authentication method is not allowed") \
	X(AUTH_REFUSED, "auth-refused", "the peer refused our authentication") \
	X(AUTH_SIGNATURE, "signature-invalid", "the peer's signature is wrong") \
	X(AUTH_SIGNATURE_OR_PPK, "signature-or-ppk-mismatch", "the peer's signature is wrong, or the post-quantum preshared keys differ") \
	X(AUTH_HASH, "signature-hash-mismatch", "no common signature hash") \
	X(CERT_MISSING, "certificate-missing", "the peer sent no certificate") \
	X(CERT_MALFORMED, "certificate-malformed", "the peer's certificate cannot be read") \
	X(CERT_EXPIRED, "certificate-expired", "a certificate of the peer has expired") \
	X(CERT_NOT_YET_VALID, "certificate-not-yet-valid", "a certificate of the peer is not valid yet") \
	X(CERT_ISSUER, "certificate-unknown-issuer", "the issuer of the peer's certificate is not trusted") \
	X(CERT_REVOKED, "certificate-revoked", "a certificate of the peer is revoked") \
	X(CERT_IDENTITY, "certificate-identity-mismatch", "the peer's certificate does not name its identity") \
	X(CERT_WEAK, "certificate-weak", "a certificate of the peer has a weak key or signature") \
	X(CERT_USAGE, "certificate-usage", "a certificate of the peer is not meant for this use") \
	X(CERT_CHAIN, "certificate-chain-invalid", "the peer's chain of certificates is not valid") \
	X(CRL_MISSING, "crl-missing", "there is no revocation list for a certificate of the peer") \
	X(CRL_EXPIRED, "crl-expired", "the revocation list for a certificate of the peer is too old") \
	X(IDENTITY, "identity-mismatch", "the peer presents an unexpected identity") \
	X(TS, "selectors-mismatch", "no common traffic selectors")	\
	X(ACL, "acl-empty", "ACL config is empty")			\
	X(ROUTE, "reverse-route", "the reverse route cannot be had")	\
	X(NO_INTERFACE, "no-interface", "no tunnel interface is configured for this pair of addresses") \
	X(PEER_ERROR, "peer-error", "the peer reported an error")	\
	X(SYNTAX, "malformed-message", "the peer sent a malformed message") \
	X(CRITICAL, "critical-payload", "the peer demands a payload that is not supported") \
	X(CHILDLESS, "childless", "the peer wants an IKE SA without a child SA") \
	X(KERNEL, "kernel", "the kernel module refused a request")	\
	X(CRYPTO, "crypto", "a cryptographic operation failed")	\
	X(NO_SOURCE, "no-source", "the tunnel source has no address")	\
	X(NO_VRF, "no-vrf", "there is no VRF of this name")		\
	X(SEND, "send", "a message could not be sent")			\
	X(LISTEN, "listen", "IKE cannot have its ports at the tunnel source") \
	X(LIMIT, "limit", "too many half-open IKE SAs")			\
	X(EXPIRED, "expired", "the lifetime ended before new keys were there") \
	X(DELETED_BY_PEER, "deleted-by-peer", "the peer deleted the SA") \
	X(PEER_RESTARTED, "peer-restarted", "the peer was restarted")	\
	X(RECONFIGURED, "reconfigured", "the new configuration does not admit the peer") \
	X(CLEARED, "cleared", "cleared by the operator")

enum failure_reason {
#define X(id, name, text) FAILURE_##id,
	FAILURE_LIST(X)
#undef X
	FAILURE_COUNT
};

enum failure_stage {
	STAGE_NONE,
	STAGE_CONFIG,
	STAGE_IKE_SA_INIT,
	STAGE_IKE_INTERMEDIATE,
	STAGE_IKE_AUTH,
	STAGE_CHILD_SA,
	STAGE_REKEY_CHILD,
	STAGE_REKEY_IKE,
	STAGE_INFORMATIONAL,
	STAGE_INSTALL,
};

struct failure {
	enum failure_reason reason;
	enum failure_stage stage;
	int64_t wall_ms;		/* when */
	char ours[FAILURE_VALUE];	/* what we have or expected; may be empty */
	char theirs[FAILURE_VALUE];	/* what the peer has or sent; escaped */
	char setting[FAILURE_VALUE];	/* what to change, in configuration words */
};

const char *failure_name(enum failure_reason reason);
const char *failure_text(enum failure_reason reason);
/*
 * What the peer answered, for @theirs: the notify and the exchange, as
 * "answers NO_PROPOSAL_CHOSEN to IKE_AUTH". Returns @buf.
 */
const char *failure_answer(uint16_t notify, uint8_t exchange,
			   char buf[FAILURE_VALUE]);
const char *failure_stage_name(enum failure_stage stage);
#define FAILURE_STR	1152
/* One sentence with everything in it. */
const char *failure_str(const struct failure *f, char buf[FAILURE_STR]);

/** struct sa_line - what a router's message about an IPsec SA names */
struct sa_line {
	bool accept;		/* the peer asked for it, not we */
	unsigned int ifindex;
	struct addr local, remote;
	const char *fvrf;	/* empty: the default VRF */
	const char *error;
};

/* The router's log message in one line, for those who watch for it. */
const char *failure_sa_line(const struct sa_line *l, char buf[FAILURE_STR]);

#endif
