// SPDX-License-Identifier: GPL-2.0
/*
 * Selectors of child SAs between the access list, the peer and the kernel.
 */

#include "ike/child_ts.h"

#include <stdio.h>

#include "ike/engine.h"
#include "ike/narrow.h"
#include "ike/policy.h"
#include "ike/tunnel.h"
#include "util/err.h"

/* ----------------------------------------------------------------- records */

/** struct sa_failure - a child SA that did not come about */
struct sa_failure {
	bool accept;		/* the peer asked for it */
	enum failure_reason reason;
	const char *ours, *theirs, *setting;
};

/* The router's message, for what watches its log, and our record. */
static void record(struct tunnel *t, const struct log_obj *log,
		   const struct sa_failure *f)
{
	struct sa_line line = {
		.accept = f->accept, .ifindex = t->ifindex,
		.local = t->source, .remote = t->cfg->destination,
		.fvrf = t->cfg->tunnel_vrf, .error = failure_text(f->reason),
	};
	char text[FAILURE_STR], error[FAILURE_STR];

	if (f->reason == FAILURE_PEER_ERROR && f->theirs) {
		snprintf(error, sizeof(error), "%s: it %s", line.error, f->theirs);
		line.error = error;
	}
	log_write_limited(&t->limit, LOG_LEVEL_ERROR, NULL, "%s",
			  failure_sa_line(&line, text));
	tunnel_fail(t, log, f->reason, STAGE_CHILD_SA, f->ours, f->theirs,
		    f->setting);
}

void child_failed(struct ike_sa *sa, enum failure_reason reason,
		  const char *ours, const char *theirs, const char *setting)
{
	struct sa_failure f = { false, reason, ours, theirs, setting };

	record(sa->tunnel, &sa->log, &f);
}

void child_refused(struct ike_sa *sa, enum failure_reason reason,
		   const char *ours, const char *theirs, const char *setting)
{
	struct sa_failure f = { true, reason, ours, theirs, setting };

	record(sa->tunnel, &sa->log, &f);
}

/* --------------------------------------------------------------- initiator */

bool child_ts_forbidden(struct tunnel *t)
{
	struct sa_failure f = {
		.reason = FAILURE_ACL, .ours = t->cfg->policy,
		.setting = "access-lists: entries, and interfaces: tunnel: protection: policy-ipv4",
	};

	if (!cfg_acl_is_empty(t->cfg))
		return false;
	record(t, &t->log, &f);
	return true;
}

int child_ts_offer(struct child_sa *child, const struct child_sa *old)
{
	struct policy policy;

	if (old) {
		child->ts_local = old->ts_local;
		child->ts_remote = old->ts_remote;
		return 0;
	}
	if (child_ts_forbidden(child->tunnel) ||
	    policy_get(child->tunnel->cfg, &policy))
		return ERR_ACL;
	child->ts_local = policy.local;
	child->ts_remote = policy.remote;
	return 0;
}

int child_ts_accept(struct child_sa *child, const struct ts_list *local,
		    const struct ts_list *remote)
{
	char ours[FAILURE_VALUE], theirs[FAILURE_VALUE];

	if (!narrow_is_subset(local, &child->ts_local) ||
	    !narrow_is_subset(remote, &child->ts_remote) ||
	    narrow_has_ports(local) || narrow_has_ports(remote)) {
		child_failed(child->sa, FAILURE_TS,
			     policy_str(&child->ts_local, &child->ts_remote,
					ours),
			     policy_str(local, remote, theirs),
			     POLICY_SETTING);
		return ERR_TS;
	}
	child->ts_local = *local;
	child->ts_remote = *remote;
	return 0;
}

void child_ts_refused(struct child_sa *child, const char *answer)
{
	char ours[FAILURE_VALUE];

	child_failed(child->sa, FAILURE_TS,
		     policy_str(&child->ts_local, &child->ts_remote, ours),
		     answer, POLICY_SETTING);
}

/* --------------------------------------------------------------- responder */

int child_ts_choose(struct child_sa *child, const struct ts_list *local,
		    const struct ts_list *remote)
{
	const struct cfg_iface *iface = child->tunnel->cfg;
	char ours[FAILURE_VALUE], theirs[FAILURE_VALUE];
	struct policy policy, chosen;
	int err = policy_get(iface, &policy);

	if (err) {
		child_refused(child->sa, FAILURE_ACL, iface->policy, NULL,
			      POLICY_SETTING);
		return err;
	}
	err = policy_narrow(&policy, local, remote, &chosen);
	if (err) {
		child_refused(child->sa, FAILURE_TS,
			      policy_str(&policy.local, &policy.remote, ours),
			      policy_str(local, remote, theirs),
			      POLICY_SETTING);
		return err;
	}
	child->ts_local = chosen.local;
	child->ts_remote = chosen.remote;
	return 0;
}
