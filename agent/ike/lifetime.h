/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timers to actions: lifetimes, liveness, NAT keepalives, the end of half-open
 * and superseded IKE SAs, and what follows when a peer does not answer.
 */
#ifndef AGENT_IKE_LIFETIME_H
#define AGENT_IKE_LIFETIME_H

#include "ike/sa.h"

#define HALF_OPEN_MS	30000	/* responder waits for IKE_AUTH */
#define CLOSED_MS	10000	/* a dead IKE SA answers retransmissions */
#define SUPERSEDED_MS	30000	/* the peer should have deleted it by then */
#define CHILDLESS_MS	10000	/* an IKE SA that got no child */
#define RETRY_BUSY_MS	5000	/* after TEMPORARY_FAILURE */
#define BUSY_MS		180000	/* of nothing else */

void lifetime_init(struct ike_sa *sa);
void lifetime_cancel(struct ike_sa *sa);
/* Start the clocks of an established IKE SA. */
void lifetime_begin(struct ike_sa *sa);
/* Its profile is another: check for signs of life as that one says. */
void lifetime_watch(struct ike_sa *sa);
/* Free @sa unless something happens before. */
void lifetime_expire_in(struct ike_sa *sa, uint64_t ms);
void lifetime_keep(struct ike_sa *sa);
/* The rekey of the IKE SA failed: try again a little later. */
void lifetime_retry_rekey(struct ike_sa *sa);
/*
 * CREATE_CHILD_SA was answered, with @error or 0. A peer that has been busy for
 * minutes has lost its way (RFC 7296 section 2.25): queues the delete of @sa.
 */
void lifetime_answered(struct ike_sa *sa, enum failure_stage stage,
		       uint16_t error);
/* A request was retransmitted in vain. Frees @sa. */
void lifetime_no_answer(struct ike_sa *sa);
/* Milliseconds of @lifetime seconds until it is time to rekey. */
uint64_t lifetime_soft_ms(uint32_t lifetime, bool initiator);

#endif
