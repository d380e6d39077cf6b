/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Verified messages that cannot be read or lack what they must have, and what
 * follows for the IKE SA (RFC 7296 sections 2.5 and 2.21).
 */
#ifndef AGENT_IKE_REFUSE_H
#define AGENT_IKE_REFUSE_H

#include "ike/fsm.h"

/**
 * refuse_request - answer it with an error
 * @err: ERR_CRITICAL for an unknown critical payload; anything else is fatal
 *	for the IKE SA
 * @why: what is wrong, for people
 *
 * May free @sa.
 */
void refuse_request(struct ike_sa *sa, const struct rx *rx, int err,
		    const char *why);
/*
 * A request that is not legal in this state, from a proven peer: it gets an
 * answer, or the peer would take us for dead. May free @sa.
 */
void refuse_illegal(struct ike_sa *sa, const struct rx *rx);
/**
 * refuse_end_half_open - its peer is not authenticated and will not be
 * @sa: a half-open responder, its last answer sent
 *
 * It answers repetitions for a while, and as long it counts as half-open: who
 * fails to authenticate makes us hold no more than who does not try.
 */
void refuse_end_half_open(struct ike_sa *sa);
/* A response to our request: the exchange has failed. May free @sa. */
void refuse_response(struct ike_sa *sa, const struct rx *rx, int err,
		     const char *why);
/*
 * The end of an IKE SA without another message; it only answers repeated
 * requests for a while. @ours and @theirs explain @reason.
 */
void refuse_close(struct ike_sa *sa, enum failure_reason reason,
		  const char *theirs);
/*
 * The same after a request of the peer was answered INVALID_SYNTAX, if @err is
 * such that it was; @what: the request.
 */
void refuse_close_malformed(struct ike_sa *sa, int err, const char *what);
/* The same because the peer does not take our word for who we are. */
void refuse_close_unproven(struct ike_sa *sa);

#endif
