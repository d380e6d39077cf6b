// SPDX-License-Identifier: GPL-2.0
/*
 * Consequences of messages that are no good.
 */

#include "ike/refuse.h"

#include <stdio.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/intermediate.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/ppk.h"
#include "ike/proof.h"
#include "ike/tunnel.h"
#include "util/err.h"

static const struct view nothing = { NULL, 0 };

static void close_for(struct ike_sa *sa, const struct failure *why)
{
	struct child_sa *child, *tmp;
	struct tunnel *t = sa->tunnel;
	bool served = t && t->sa == sa;

	msgid_request_done(sa);
	lifetime_cancel(sa);

	/* A delete that only ends a failed negotiation explains nothing. */
	if (served && t->child && t->child->sa == sa)
		tunnel_fail(t, &sa->log, why->reason, STAGE_INFORMATIONAL,
			    why->ours, why->theirs, why->setting);
	ike_sa_set_state(sa, IKE_CLOSED);
	if (served)
		tunnel_sa_gone(t, sa);
	list_for_each_safe(child, tmp, &sa->children, struct child_sa, list)
		child_free(child);
	/* Not to be gone on with when its key pair is there. */
	followup_drop(sa);
	ike_sa_drop_tasks(sa);
	ike_sa_drop_rekey(sa);
	lifetime_expire_in(sa, CLOSED_MS);
	if (served)
		tunnel_retry(t, why->reason == FAILURE_DELETED_BY_PEER);
}

void refuse_close(struct ike_sa *sa, enum failure_reason reason,
		  const char *theirs)
{
	struct failure why = { .reason = reason };

	if (theirs)
		snprintf(why.theirs, sizeof(why.theirs), "%s", theirs);
	close_for(sa, &why);
}

void refuse_close_malformed(struct ike_sa *sa, int err, const char *what)
{
	if (err == ERR_SYNTAX)
		refuse_close(sa, FAILURE_SYNTAX, what);
	else if (err == ERR_KE_VALUE)
		refuse_close(sa, FAILURE_KE_VALUE, what);
}

void refuse_close_unproven(struct ike_sa *sa)
{
	struct failure why;

	proof_blame_refused(sa, &why);
	close_for(sa, &why);
}

/* What the peer sent, in words. */
static enum failure_reason describe(const struct rx *rx, int err,
				    const char *why, char theirs[FAILURE_VALUE])
{
	if (err == ERR_CRITICAL) {
		snprintf(theirs, FAILURE_VALUE, "critical payload %u",
			 rx->chain.bad_critical);
		return FAILURE_CRITICAL;
	}
	snprintf(theirs, FAILURE_VALUE, "%s", why);
	return FAILURE_SYNTAX;
}

/* What only an IKE SA that goes on needs: repetitions are known without it. */
static void forget_negotiation(struct ike_sa *sa)
{
	ppk_drop(sa);
	intermediate_fini(sa);
	keymat_keys_clear(&sa->keys);
	nonces_fini(&sa->nonces);
	buf_fini(&sa->init_response);
	buf_fini(&sa->wanted);
}

void refuse_end_half_open(struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;

	forget_negotiation(sa);
	ike_sa_set_state(sa, IKE_CLOSED);
	lifetime_expire_in(sa, CLOSED_MS);
	if (t && !t->sa)
		tunnel_retry(t, false);
}

static void end_unread(struct ike_sa *sa, enum failure_reason reason,
		       const char *theirs)
{
	sa->ike->count.auth_failures++;
	tunnel_fail(sa->tunnel, &sa->log, reason, STAGE_IKE_AUTH, NULL, theirs,
		    NULL);
	refuse_end_half_open(sa);
}

void refuse_request(struct ike_sa *sa, const struct rx *rx, int err,
		    const char *why)
{
	struct view type = { &rx->chain.bad_critical, 1 };
	bool critical = err == ERR_CRITICAL;
	char theirs[FAILURE_VALUE];
	enum failure_reason reason = describe(rx, err, why, theirs);

	reply_notify(sa, rx->hdr.exchange,
		     critical ? N_UNSUPPORTED_CRITICAL_PAYLOAD :
		     N_INVALID_SYNTAX, critical ? type : nothing);
	if (sa->state == IKE_INIT_DONE)
		end_unread(sa, reason, theirs);
	/* INVALID_SYNTAX is fatal for both (RFC 7296 section 2.21.3). */
	else if (!critical && sa->state != IKE_CLOSED)
		refuse_close(sa, reason, theirs);
}

void refuse_illegal(struct ike_sa *sa, const struct rx *rx)
{
	struct reply r;

	/* It is going away or has been replaced (RFC 7296 section 2.25). */
	if (rx->hdr.exchange == EXCHANGE_CREATE_CHILD_SA &&
	    sa->state != IKE_ESTABLISHED) {
		reply_notify(sa, rx->hdr.exchange, N_TEMPORARY_FAILURE,
			     nothing);
		return;
	}
	if (sa->state != IKE_CLOSED) {
		refuse_request(sa, rx, ERR_ILLEGAL,
			       "a request that is not legal here");
		return;
	}
	/* A Delete, most likely: agreed. */
	reply_init(&r);
	reply_send_response(sa, rx->hdr.exchange, &r);
	reply_fini(&r);
}

static void end_auth(struct ike_sa *sa, enum failure_reason reason,
		     const char *theirs)
{
	struct tunnel *t = sa->tunnel;

	sa->ike->count.auth_failures++;
	tunnel_fail(t, &sa->log, reason, STAGE_IKE_AUTH, NULL, theirs, NULL);
	reply_send_farewell(sa, N_INVALID_SYNTAX);
	ike_sa_free(sa);
	tunnel_retry(t, false);
}

void refuse_response(struct ike_sa *sa, const struct rx *rx, int err,
		     const char *why)
{
	char theirs[FAILURE_VALUE];
	enum failure_reason reason = describe(rx, err, why, theirs);
	struct tunnel *t = sa->tunnel;

	ike_sa_task_done(sa);
	switch (sa->state) {
	case IKE_AUTH_SENT:
		end_auth(sa, reason, theirs);
		return;
	case IKE_INTERMEDIATE_SENT:
		/* Nobody is proven: there is nobody to tell. */
		tunnel_fail(t, &sa->log, reason, STAGE_IKE_INTERMEDIATE, NULL,
			    theirs, NULL);
		ike_sa_free(sa);
		tunnel_retry(t, false);
		return;
	case IKE_ESTABLISHED:
		tunnel_fail(t, &sa->log, reason, STAGE_INFORMATIONAL, NULL,
			    theirs, NULL);
		/* The peer knows nothing of our trouble with it. */
		followup_drop(sa);
		child_free(sa->creating);
		ike_sa_drop_tasks(sa);
		ike_sa_drop_rekey(sa);
		ike_sa_queue(sa, TASK_DELETE_IKE, 0);
		ike_sa_run_tasks(sa);
		return;
	default:
		ike_sa_free(sa);
		if (t && !t->sa)
			tunnel_retry(t, false);
	}
}
