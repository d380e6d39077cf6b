/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The traffic selectors of a child SA, in both roles: what is asked for, what
 * is chosen from an offer, what is accepted as a choice; and the record of a
 * child SA that did not come about.
 */
#ifndef AGENT_IKE_CHILD_TS_H
#define AGENT_IKE_CHILD_TS_H

#include "ike/child.h"
#include "ike/failure.h"

/**
 * child_ts_offer - the selectors a new child asks for
 * @old: the one it replaces, whose traffic it carries (RFC 7296 section 2.8);
 *	or NULL: what the access list permits
 *
 * Return: 0, or ERR_ACL with the failure recorded.
 */
int child_ts_offer(struct child_sa *child, const struct child_sa *old);
/**
 * child_ts_choose - the responder's selectors
 * @local: what the peer offers of our side (TSr)
 * @remote: of its own side (TSi)
 *
 * Return: 0, or ERR_TS or ERR_ACL with the failure recorded.
 */
int child_ts_choose(struct child_sa *child, const struct ts_list *local,
		    const struct ts_list *remote);
/*
 * The initiator takes the peer's choice, which must lie in what it asked for.
 * Return: 0, or ERR_TS with the failure recorded.
 */
int child_ts_accept(struct child_sa *child, const struct ts_list *local,
		    const struct ts_list *remote);
/* The peer wants none of what was asked for: recorded. */
void child_ts_refused(struct child_sa *child, const char *answer);
/* Nothing may be asked for: recorded, with the router's log message. */
bool child_ts_forbidden(struct tunnel *t);

/* Our request for a child failed: recorded, and the router's log message. */
void child_failed(struct ike_sa *sa, enum failure_reason reason,
		  const char *ours, const char *theirs, const char *setting);
/* The same when we refuse the peer's. */
void child_refused(struct ike_sa *sa, enum failure_reason reason,
		   const char *ours, const char *theirs, const char *setting);

#endif
