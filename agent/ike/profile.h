/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which ikev2 profile lets a peer in: the one of the tunnel's ipsec profile,
 * and on a responder the further ones it names.
 */
#ifndef AGENT_IKE_PROFILE_H
#define AGENT_IKE_PROFILE_H

#include "ike/sa.h"
#include "pki/facts.h"

struct rx;
struct rx_work;

/**
 * struct claim - who the peer says it is, and how it proves it; borrowed
 * @rx: the message, which keeps what was worked out for it
 * @no_ppk_auth: AUTH as it would be without a PPK; empty: there is no such
 * @certs: X.509, in the order they came
 */
struct claim {
	struct rx *rx;
	struct id_pl id;
	struct auth_pl auth;
	struct view no_ppk_auth;
	struct view certs[CHAIN_MAX];
	unsigned int cert_count;
};

/* Does the profile expect a peer of this identity on the SA's tunnel? */
bool profile_is_candidate(const struct ike_sa *sa, const struct claim *who,
			  const struct cfg_ike_profile *p);

/* The @i-th profile that may serve the SA's tunnel, NULL behind the last. */
const struct cfg_ike_profile *profile_candidate(const struct ike_sa *sa,
						unsigned int i);
/*
 * Public-key work to be done before profile_admit(), one piece after the other;
 * NULL when there is none (any more).
 */
struct rx_work *profile_work(struct ike_sa *sa, const struct claim *who);

/**
 * profile_admit - is this a peer we expect, and does he prove it?
 * @sa: its profile and peer are set when he is let in
 * @why: otherwise why not: of the profiles that match his identity the first,
 *	if none does the tunnel's own
 *
 * Candidates are tried in order until one fits; all take the same time, also
 * for an identity that nobody expects.
 * Return: 0 or ERR_AUTH.
 */
int profile_admit(struct ike_sa *sa, const struct claim *who,
		  struct failure *why);

#endif
