/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FIPS mode at work: a gate in front of what is offered, accepted and used as
 * a key. It is open as long as the mode is off.
 */
#ifndef AGENT_IKE_GATE_H
#define AGENT_IKE_GATE_H

#include "config/config.h"
#include "ike/engine.h"
#include "ike/failure.h"
#include "ike/proposal.h"
#include "proto/sa.h"

struct ike_sa;
struct tunnel;

#define GATE_SETTING	"fips-mode (tunctl fips check tells more)"

/*
 * Take out of @list what is not admitted, and proposals of which too little is
 * left; the rest is numbered anew. @fips is what held when the exchange began,
 * so that a choice is compared with what was offered.
 */
void gate_proposals(bool fips, struct proposals *list);

/**
 * gate_admits_tunnel - may a tunnel be negotiated at all?
 *
 * If not, the first thing that stands in the way is recorded as its failure.
 */
bool gate_admits_tunnel(struct tunnel *t);

/**
 * gate_explain - why there is no common proposal
 * @fips: whether @ours went through the gate
 * @open: what would be ours without it
 * @skip_ke: as of proposal_choose()
 *
 * Return: whether it was the gate that left nothing in common.
 */
bool gate_explain(bool fips, const struct proposals *ours,
		  const struct proposals *open,
		  const struct proposals *theirs, uint8_t protocol,
		  bool skip_ke, char our_text[PROPOSAL_WHY],
		  char their_text[PROPOSAL_WHY]);

/* Was what has been negotiated so far negotiated under the rules of now? */
bool gate_admits_sa(const struct ike_sa *sa);

/* Do the key exchanges of a rekey stand as they are configured? */
bool gate_admits_rekey(const struct cfg_ipsec_profile *profile);

/* May this PPK be used, or is there none? If not, @why says so. */
bool gate_admits_ppk(const struct ike *ike, const struct cfg_ppk *ppk,
		     struct failure *why);
/* May this peer's keys be used? If not, @why says so. */
bool gate_admits_peer(const struct ike *ike, const struct cfg_keyring *keyring,
		      const struct cfg_peer *peer, struct failure *why);

/* May a key that came from a key source be used? */
bool gate_admits_source_key(const struct ike *ike, const struct secret *key);

#endif
