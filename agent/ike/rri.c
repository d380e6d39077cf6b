// SPDX-License-Identifier: GPL-2.0
/*
 * From the configuration to the module's reverse routes, which live and die
 * there with the SAs; and their events.
 */

#include "ike/rri.h"

#include <stdio.h>
#include <string.h>

#include "ike/policy.h"
#include "ike/tunnel.h"
#include "util/err.h"

static void set_side(const struct ts_list *list, struct knl_selector *out,
		     unsigned int *count)
{
	unsigned int i;

	for (i = 0; i < list->count && i < KNL_MAX_SELECTORS; i++)
		out[i] = (struct knl_selector){ list->ts[i].start,
						list->ts[i].end,
						list->ts[i].protocol };
	*count = i;
}

int rri_apply(struct tunnel *t)
{
	const struct cfg_ipsec_profile *p = t->cfg->profile;
	const struct ike_env *env = &t->ike->env;
	char why[KNL_WHY] = "";
	struct policy policy;
	struct knl_rri rri;
	int err;

	memset(&rri, 0, sizeof(rri));
	rri.on = p->reverse_route && !policy_get(t->cfg, &policy);
	rri.priority = p->reverse_route_priority;
	rri.unreachable = p->reverse_route_fallback == CFG_FALLBACK_UNREACHABLE;
	/* Without an access list only what the peer narrows to is routed. */
	if (rri.on && t->cfg->acl) {
		set_side(&policy.local, rri.sel_local, &rri.sel_local_count);
		set_side(&policy.remote, rri.sel_remote,
			 &rri.sel_remote_count);
	}
	err = env->knl->rri_set(env->knl_arg, t->ifindex, &rri, why);
	if (err)
		tunnel_fail(t, &t->log, FAILURE_ROUTE, STAGE_CONFIG, why, NULL,
			    "access-lists, and ipsec: profiles: reverse-route");
	return err;
}

/* Counts it, too. */
static const char *event_name(struct ike_counters *count,
			      const struct knl_event *ev)
{
	switch (ev->route_event) {
	case KNL_ROUTE_EV_INSTALLED:
		count->routes_installed++;
		return "route-installed";
	case KNL_ROUTE_EV_REMOVED:
		count->routes_removed++;
		return "route-removed";
	case KNL_ROUTE_EV_RESTORED:
		count->routes_restored++;
		return "route-restored";
	default:
		count->routes_refused++;
		return "route-refused";
	}
}

void rri_event(struct ike *ike, const struct knl_event *ev)
{
	struct tunnel *t = tunnel_find_ifindex(ike, ev->ifindex);
	struct ike_event out = { .type = event_name(&ike->count, ev) };
	bool bad = ev->route_event == KNL_ROUTE_EV_REFUSED ||
		   ev->route_event == KNL_ROUTE_EV_RESTORED;
	char text[KNL_ROUTE_STR];

	if (!t)
		return;
	knl_route_str(&ev->route, text);
	log_write(bad ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, &t->log,
		  "%s: %s", out.type, text);
	out.ifname = t->cfg->name;
	out.text = text;
	ike_emit(ike, &out);
}
