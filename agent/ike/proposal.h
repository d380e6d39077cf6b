/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Choosing among proposals (RFC 7296 section 2.7) and saying what differs when
 * none fits. Pure functions over decoded payloads and algorithm tables.
 */
#ifndef AGENT_IKE_PROPOSAL_H
#define AGENT_IKE_PROPOSAL_H

#include "config/config.h"
#include "proto/sa.h"

#define PROPOSAL_WHY	320

/* The wire form of configured IKE proposals, in order of preference. */
void proposal_from_config(const struct cfg_proposal *const *list,
			  unsigned int count, struct proposals *out);

/* The transforms of configured additional key exchanges, to the others. */
void proposal_add_addke(struct proposal *p, const struct cfg_addke *a);

/**
 * proposal_choose - the responder's choice
 * @ours: what we accept, in our order
 * @theirs: what they offer
 * @protocol: PROTO_IKE or PROTO_ESP; others are passed over
 * @skip_ke: leave transform type KE out (ESP proposals in IKE_AUTH)
 * @out: one transform a type, number and SPI as offered
 *
 * Return: 0 or ERR_NO_PROPOSAL.
 */
int proposal_choose(const struct proposals *ours,
		    const struct proposals *theirs, uint8_t protocol,
		    bool skip_ke, struct proposal *out);

/**
 * proposal_accept - the initiator's check of what was chosen
 * @offered: what we sent
 * @answer: what came back
 * @out: the chosen proposal
 *
 * Return: 0; ERR_NO_PROPOSAL when it is not one transform of each offered
 * type from one offered proposal.
 */
int proposal_accept(const struct proposals *offered,
		    const struct proposals *answer, struct proposal *out);

/* The transform of a type, NULL when there is none. */
const struct xform *proposal_find(const struct proposal *p, uint8_t type);

/*
 * What both sides have of each transform type in which nothing is common, in
 * the words of the configuration: "dh-group 20; encryption aes-cbc-256" against
 * "dh-group 14; encryption aes-cbc-128".
 */
void proposal_explain(const struct proposals *ours,
		      const struct proposals *theirs, uint8_t protocol,
		      char our_text[PROPOSAL_WHY],
		      char their_text[PROPOSAL_WHY]);
/* Everything in a list, type by type. */
void proposal_list(const struct proposals *list, uint8_t protocol,
		   char out[PROPOSAL_WHY]);

#endif
