/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Peers who prove themselves by certificate: the certificates of their CERT
 * payloads, the signature of their AUTH payload, and the verdict for each
 * profile that might let them in. Finding out is work for the pool: it touches
 * nothing but what it was given and trustpoints, which do not change.
 */
#ifndef AGENT_IKE_VOUCH_H
#define AGENT_IKE_VOUCH_H

#include "crypto/sign.h"
#include "ike/failure.h"
#include "ike/park.h"
#include "ike/profile.h"
#include "pki/chain.h"

#define VOUCH_PROFILES	(1 + CFG_MAX_FURTHER)

/**
 * struct vouch_result - what one profile makes of the certificates
 * @trustpoint: the one that accepts them, or that came closest
 */
struct vouch_result {
	const struct cfg_ike_profile *profile;
	const struct cfg_trustpoint *trustpoint;
	struct chain_verdict verdict;
};

/**
 * struct vouch - one peer's claim, and what is to be thought of it
 * @cfg: a reference: the tree of profiles and trustpoints
 * @octets: what it should have signed
 * @has_id: the certificate names its identity
 * @sign_err: of the signature
 * @scheme: how it signed
 */
struct vouch {
	struct rx_work rx;
	struct cfg *cfg;
	uint8_t method;
	struct buf auth, octets, id, certs;
	size_t cert_end[CHAIN_MAX];
	unsigned int cert_count;
	bool sha1;
	bool fips;			/* cfg_fips_rule is asked of chains */
	int64_t now;			/* seconds since 1970 */
	struct vouch_result result[VOUCH_PROFILES];
	unsigned int count;

	struct sign_value value;
	struct chain *chain;
	bool has_id;
	int parse_err, sign_err;
	const struct sign_scheme *scheme;
};

/**
 * vouch_work - the work that is to be done before vouch_get()
 * @who: with its certificates; more than CHAIN_MAX are not looked at
 * @only: the one profile to judge by; NULL: all that may let the peer in
 *
 * What the peer should have signed depends on the keys of @sa as they are now.
 * Return: NULL when it was done, is not done by the pool, or out of memory.
 */
struct rx_work *vouch_work(struct ike_sa *sa, const struct claim *who,
			   const struct cfg_ike_profile *only);
/*
 * The result of that work, or the same found out now; it lasts as long as the
 * message. NULL when out of memory, or without cryptography.
 */
const struct vouch *vouch_get(struct ike_sa *sa, const struct claim *who,
			      const struct cfg_ike_profile *only);
/**
 * vouch_judge - is the peer proven, as a profile sees it?
 * @why: otherwise why not; @why->theirs may hold the identity before
 *
 * Return: 0 or ERR_AUTH.
 */
int vouch_judge(const struct vouch *v, const struct cfg_ike_profile *p,
		struct failure *why);
/* What the peer signed with: CFG_AUTH_RSA, CFG_AUTH_ECDSA, or 0. */
unsigned int vouch_method(const struct auth_pl *auth);

#endif
