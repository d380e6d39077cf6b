// SPDX-License-Identifier: GPL-2.0
/*
 * What happens because time passed.
 */

#include "ike/lifetime.h"

#include <stdio.h>
#include <string.h>

#include "ike/child.h"
#include "ike/fsm.h"
#include "ike/msgid.h"
#include "ike/ppk.h"
#include "ike/tunnel.h"

/*
 * The initiator of the IKE SA rekeys in the window from 80 to 90 percent of
 * the lifetime, the responder from 92 to 98: normally one of them asks, and
 * many tunnels configured alike do not ask at the same moment.
 */
uint64_t lifetime_soft_ms(uint32_t lifetime, bool initiator)
{
	uint64_t ms = (uint64_t)lifetime * 1000;
	uint64_t from = initiator ? 80 : 92;
	uint64_t width = initiator ? 10 : 6;

	return ms * from / 100 + rand_below(ms * width / 100 + 1);
}

/* Where an operator looks when the peer is silent: from now on, or at last. */
static const char *path_setting(enum failure_reason reason)
{
	return reason == FAILURE_NO_RESPONSE ?
	       "interfaces: tunnel: destination, or the path and UDP ports 500 and 4500 to it" :
	       "the path and UDP ports 500 and 4500 to the peer, or whether it runs";
}

static void connection_lost(struct ike_sa *sa, enum failure_reason reason,
			    enum failure_stage stage)
{
	struct tunnel *t = sa->tunnel;
	char ours[FAILURE_VALUE], text[ENDPOINT_STR];

	snprintf(ours, sizeof(ours), "%u message%s without answer to %s",
		 sa->tries + 1, sa->tries ? "s" : "",
		 endpoint_str(&sa->path.remote, text));
	if (*sa->unsent)
		msgid_blame_sending(sa, stage);
	else
		tunnel_fail(t, &sa->log, reason, stage, ours, NULL,
			    path_setting(reason));
	ike_sa_free(sa);
	if (t)
		tunnel_retry(t, reason == FAILURE_PEER_DEAD);
}

void lifetime_no_answer(struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	bool again;

	switch (sa->state) {
	case IKE_INIT_SENT:
		if (sa->hint.reason != FAILURE_NONE) {
			tunnel_fail(t, &sa->log, sa->hint.reason,
				    STAGE_IKE_SA_INIT, sa->hint.ours,
				    sa->hint.theirs, sa->hint.setting);
			ike_sa_free(sa);
			tunnel_retry(t, false);
			return;
		}
		connection_lost(sa, FAILURE_NO_RESPONSE, STAGE_IKE_SA_INIT);
		return;
	case IKE_INTERMEDIATE_SENT:
		ppk_attempt_failed(sa);
		connection_lost(sa, FAILURE_NO_RESPONSE,
				STAGE_IKE_INTERMEDIATE);
		return;
	case IKE_AUTH_SENT:
		ppk_attempt_failed(sa);
		connection_lost(sa, FAILURE_NO_RESPONSE, STAGE_IKE_AUTH);
		return;
	case IKE_ESTABLISHED:
		sa->ike->count.peers_dead++;
		connection_lost(sa, FAILURE_PEER_DEAD, STAGE_INFORMATIONAL);
		return;
	default:
		again = sa->cleared;
		ike_sa_free(sa);
		/* It may have ended for want of a child: nobody else tries. */
		if (t && !t->sa)
			tunnel_retry(t, again);
	}
}

/* --------------------------------------------------------- IKE SA lifetime */

static void on_life(void *arg)
{
	struct ike_sa *sa = arg;
	struct tunnel *t = sa->tunnel;
	uint64_t now = ike_now_ms(sa->ike);

	if (now < sa->hard_ms) {
		timer_set(&sa->life, sa->hard_ms - now);
		ike_sa_queue(sa, TASK_REKEY_IKE, 0);
		ike_sa_run_tasks(sa);
		return;
	}
	tunnel_fail(t, &sa->log, FAILURE_EXPIRED, STAGE_REKEY_IKE, NULL, NULL,
		    NULL);
	ike_sa_free(sa);
	if (t)
		tunnel_retry(t, true);
}

void lifetime_retry_rekey(struct ike_sa *sa)
{
	uint64_t now = ike_now_ms(sa->ike), wait;

	wait = RETRY_BUSY_MS + rand_below(RETRY_BUSY_MS);
	if (now + wait >= sa->hard_ms)
		wait = sa->hard_ms > now ? sa->hard_ms - now : 0;
	timer_set(&sa->life, wait);
}

void lifetime_answered(struct ike_sa *sa, enum failure_stage stage,
		       uint16_t error)
{
	uint64_t now = ike_now_ms(sa->ike), last = sa->busy_ms[1];
	char theirs[FAILURE_VALUE];
	size_t len;

	sa->busy_ms[1] = error == N_TEMPORARY_FAILURE ? now : 0;
	if (!sa->busy_ms[1])
		return;
	/* What was an hour ago is of another row. */
	if (!last || now - last > BUSY_MS)
		sa->busy_ms[0] = now;
	if (now - sa->busy_ms[0] < BUSY_MS)
		return;
	failure_answer(error, EXCHANGE_CREATE_CHILD_SA, theirs);
	len = strlen(theirs);
	snprintf(theirs + len, sizeof(theirs) - len, " for minutes");
	tunnel_fail(sa->tunnel, &sa->log, FAILURE_PEER_ERROR, stage, NULL,
		    theirs, NULL);
	ike_sa_queue(sa, TASK_DELETE_IKE, 0);
}

/* --------------------------------------------------------------- liveness */

static uint64_t dpd_ms(const struct ike_sa *sa)
{
	return (uint64_t)sa->profile->dpd_interval *
	       1000;
}

/* How long ago the peer last proved to be there, by IKE or by ESP. */
static uint64_t silence_ms(struct ike_sa *sa)
{
	const struct ike_env *env = &sa->ike->env;
	uint64_t silence = ike_now_ms(sa->ike) - sa->last_rx_ms;
	struct knl_sa_info info;
	struct child_sa *child;

	list_for_each(child, &sa->children, struct child_sa, list) {
		if (!child->installed_in ||
		    env->knl->sa_get(env->knl_arg, child->tunnel->ifindex,
				     KNL_IN, child->spi_in, &info))
			continue;
		if (info.idle_ms < silence)
			silence = info.idle_ms;
	}
	return silence;
}

static void on_liveness(void *arg)
{
	struct ike_sa *sa = arg;
	uint64_t silence = silence_ms(sa), dpd = dpd_ms(sa);

	if (silence < dpd) {
		timer_set(&sa->liveness, dpd - silence);
		return;
	}
	timer_set(&sa->liveness, dpd);
	if (!sa->tx_busy)
		ike_sa_queue(sa, TASK_LIVENESS, 0);
	ike_sa_run_tasks(sa);
}

static void on_keepalive(void *arg)
{
	struct ike_sa *sa = arg;
	const struct ike_env *env = &sa->ike->env;

	sa->ike->count.tx_keepalives++;
	env->net->keepalive(env->net_arg, &sa->path);
	timer_set(&sa->keepalive,
		  (uint64_t)sa->profile->nat_keepalive *
		  1000);
}

/* -------------------------------------------------------------- expiry */

static void on_expiry(void *arg)
{
	struct ike_sa *sa = arg;
	struct tunnel *t = sa->tunnel;

	/* Who decides between it and another has to know that it has ended. */
	if (sa->state == IKE_CLOSED && ike_sa_undecided(sa)) {
		lifetime_expire_in(sa, CLOSED_MS);
		return;
	}
	/* Established but without a child: of no use to anybody. */
	if (sa->state == IKE_ESTABLISHED) {
		ike_sa_queue(sa, TASK_DELETE_IKE, 0);
		ike_sa_run_tasks(sa);
		return;
	}
	if (sa->state == IKE_INIT_DONE)
		tunnel_fail(t, &sa->log, FAILURE_NO_RESPONSE, STAGE_IKE_AUTH,
			    NULL, "no IKE_AUTH after IKE_SA_INIT", NULL);
	ike_sa_free(sa);
	if (t && !t->sa)
		tunnel_retry(t, false);
}

void lifetime_expire_in(struct ike_sa *sa, uint64_t ms)
{
	timer_set(&sa->expiry, ms);
}

void lifetime_keep(struct ike_sa *sa)
{
	timer_cancel(&sa->expiry);
}

void lifetime_init(struct ike_sa *sa)
{
	struct timers *timers = sa->ike->env.timers;

	timer_init(&sa->life, timers, on_life, sa);
	timer_init(&sa->liveness, timers, on_liveness, sa);
	timer_init(&sa->keepalive, timers, on_keepalive, sa);
	timer_init(&sa->expiry, timers, on_expiry, sa);
}

void lifetime_cancel(struct ike_sa *sa)
{
	timer_cancel(&sa->life);
	timer_cancel(&sa->liveness);
	timer_cancel(&sa->keepalive);
	timer_cancel(&sa->expiry);
}

void lifetime_begin(struct ike_sa *sa)
{
	const struct cfg_ike_profile *profile = sa->profile;

	sa->established_ms = ike_now_ms(sa->ike);
	sa->hard_ms = sa->established_ms + (uint64_t)profile->lifetime * 1000;
	timer_set(&sa->life, lifetime_soft_ms(profile->lifetime,
					      sa->initiator));
	lifetime_watch(sa);
}

void lifetime_watch(struct ike_sa *sa)
{
	const struct cfg_ike_profile *profile = sa->profile;

	timer_cancel(&sa->liveness);
	timer_cancel(&sa->keepalive);
	if (profile->dpd_interval)
		timer_set(&sa->liveness, dpd_ms(sa));
	if (sa->nat_local && profile->nat_keepalive)
		timer_set(&sa->keepalive,
			  (uint64_t)profile->nat_keepalive * 1000);
}
