// SPDX-License-Identifier: GPL-2.0
/*
 * Reload: interfaces are matched by name; those that do not differ keep
 * everything, those that do are disturbed no more than the setting asks for.
 *
 * Whatever points into a configuration holds a reference to its tree: the
 * engine, each tunnel, each IKE SA, each child SA. Here they are led to the new
 * tree; what cannot be, because it is going away, keeps the old one alive.
 */

#include "ike/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/diff.h"
#include "ike/child.h"
#include "ike/ghost.h"
#include "ike/lifetime.h"
#include "ike/peer.h"
#include "ike/ppk.h"
#include "ike/tunnel.h"
#include "util/err.h"

/** struct plan - an interface of the new configuration */
struct plan {
	struct tunnel *t;
	const struct cfg_iface *cfg;
	bool added;
};

struct reload {
	struct ike *ike;
	struct cfg *before, *after;
	struct plan *plans;
	struct tunnel **by_name;	/* those there are */
	size_t count;
	view_change_fn fn;
	void *arg;
	struct view_reload *out;
};

/* ---------------------------------------------------------------- planning */

static int name_cmp(const void *a, const void *b)
{
	const struct tunnel *const *x = a, *const *y = b;

	return strcmp((*x)->cfg->name, (*y)->cfg->name);
}

static int name_is(const void *name, const void *b)
{
	const struct tunnel *const *t = b;

	return strcmp(name, (*t)->cfg->name);
}

static int index_tunnels(struct reload *r)
{
	struct tunnel *t;
	size_t n = 0;

	list_for_each(t, &r->ike->tunnels, struct tunnel, list)
		n++;
	r->by_name = calloc(n + 1, sizeof(struct tunnel *));
	if (!r->by_name)
		return ERR_NOMEM;
	list_for_each(t, &r->ike->tunnels, struct tunnel, list) {
		t->kept = false;
		r->by_name[r->count++] = t;
	}
	qsort(r->by_name, r->count, sizeof(struct tunnel *), name_cmp);
	return 0;
}

static int plan_one(struct reload *r, struct plan *p,
		    const struct cfg_iface *cfg)
{
	struct tunnel **found = bsearch(cfg->name, r->by_name, r->count,
					sizeof(struct tunnel *), name_is);

	p->cfg = cfg;
	p->added = !found;
	p->t = found ? *found : tunnel_new(r->ike, r->after, cfg);
	if (!p->t)
		return ERR_NOMEM;
	p->t->kept = true;
	return 0;
}

static void forget_plans(struct reload *r, unsigned int n)
{
	while (n--)
		if (r->plans[n].added)
			tunnel_free(r->plans[n].t);
}

/* All that may fail for want of memory. */
static int prepare(struct reload *r)
{
	unsigned int i, n = r->after->iface_count;
	int err = index_tunnels(r);

	r->plans = calloc(n + 1, sizeof(*r->plans));
	if (!r->plans)
		err = ERR_NOMEM;
	for (i = 0; !err && i < n; i++) {
		err = plan_one(r, &r->plans[i], &r->after->ifaces[i]);
		if (err)
			forget_plans(r, i);
	}
	return err;
}

static void report(struct reload *r, const char *ifname, const char *action,
		   const char *effect, const char *settings)
{
	struct view_change c = {
		.ifname = ifname, .action = action, .effect = effect,
		.settings = settings,
	};

	if (r->fn)
		r->fn(r->arg, &c);
}

/* ------------------------------------------------------------------ tunnels */

static void remove_tunnel(struct reload *r, struct tunnel *t)
{
	log_notice(&t->log, "removed from the configuration");
	report(r, t->cfg->name, "removed", "deleted", "");
	r->out->removed++;
	ghost_part(t);
	tunnel_stop(t);
	tunnel_free(t);
}

static void remove_missing(struct reload *r)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (!r->by_name[i]->kept)
			remove_tunnel(r, r->by_name[i]);
}

static bool own_try(const struct ike_sa *sa, const void *t)
{
	return sa->tunnel == t && sa->initiator && sa->state < IKE_ESTABLISHED;
}

/* What was being tried, or waited for, is tried with the new settings. */
static void try_anew(struct tunnel *t)
{
	ike_sa_free_where(t, own_try, t);
	t->backoff = 0;
	tunnel_wait_no_more(t);
	if (!t->ifindex || !t->listening)
		tunnel_start(t);
	else if (!t->child)
		tunnel_retry(t, true);
}

static const char *effect_name(unsigned int effects)
{
	if (effects & CFG_ANEW)
		return "negotiated anew";
	if (effects & CFG_LINK)
		return "interface changed";
	return effects & CFG_LATER ? "next negotiation" : "at once";
}

static void change_tunnel(struct reload *r, const struct plan *p)
{
	struct tunnel *t = p->t;
	struct cfg_diff d;

	cfg_diff_iface(r->before, t->cfg, r->after, p->cfg, &d);
	if (!d.effects) {
		r->out->unchanged++;
		tunnel_reconfigure(t, r->after, p->cfg, false);
		return;
	}
	r->out->changed++;
	log_notice(&t->log, "reconfigured (%s): %s", effect_name(d.effects),
		   d.settings);
	report(r, p->cfg->name, "changed", effect_name(d.effects), d.settings);
	if (d.effects & CFG_ANEW) {
		ghost_part(t);
		tunnel_unlisten(t);
	}
	tunnel_reconfigure(t, r->after, p->cfg,
			   d.effects & (CFG_ANEW | CFG_LINK));
	try_anew(t);
}

static void apply_plans(struct reload *r)
{
	unsigned int i;

	list_init(&r->ike->tunnels);
	for (i = 0; i < r->after->iface_count; i++) {
		list_init(&r->plans[i].t->list);
		list_add_tail(&r->ike->tunnels, &r->plans[i].t->list);
	}
	for (i = 0; i < r->after->iface_count; i++) {
		if (!r->plans[i].added)
			change_tunnel(r, &r->plans[i]);
	}
	/* Last, when what others gave up is free. */
	for (i = 0; i < r->after->iface_count; i++) {
		if (!r->plans[i].added)
			continue;
		r->out->added++;
		report(r, r->plans[i].cfg->name, "added", "started", "");
		tunnel_start(r->plans[i].t);
	}
}

/* ------------------------------------------------------------------ IKE SAs */

static const struct cfg_ike_profile *
find_profile(const struct cfg_ipsec_profile *ipsec, const char *name)
{
	unsigned int i;

	if (strcmp(ipsec->ike_profile->name, name) == 0)
		return ipsec->ike_profile;
	for (i = 0; i < ipsec->further_count; i++)
		if (strcmp(ipsec->further[i]->name, name) == 0)
			return ipsec->further[i];
	return NULL;
}

static const struct cfg_peer *find_peer(const struct ike_sa *sa,
					const struct cfg_ike_profile *p)
{
	const struct cfg_keyring *k = p->keyring;
	struct id_pl id;
	unsigned int i;

	if (!sa->peer || !k)
		return NULL;
	for (i = 0; i < k->peer_count; i++)
		if (strcmp(k->peers[i].name, sa->peer->name) == 0)
			return &k->peers[i];
	if (sa->initiator || id_pl_parse(buf_view(&sa->id_remote), &id))
		return peer_find_key(k, NULL, &sa->path.remote.addr);
	return peer_find_key(k, &id, &sa->path.remote.addr);
}

/* Would the peer be let in today, but for its key? */
static bool is_welcome(const struct ike_sa *sa,
		       const struct cfg_ike_profile *p)
{
	const char *fvrf = sa->tunnel->cfg->tunnel_vrf;
	struct id_pl id;

	return (p->match_fvrf_any || strcmp(p->match_fvrf, fvrf) == 0) &&
	       !id_pl_parse(buf_view(&sa->id_remote), &id) &&
	       peer_profile_matches(p, &id);
}

static void end_session(struct ike_sa *sa)
{
	sa->cleared = true;
	tunnel_fail(sa->tunnel, &sa->log, FAILURE_RECONFIGURED,
		    STAGE_INFORMATIONAL, NULL, NULL,
		    "keyrings: peers, ikev2: profiles: match-identity-remote");
	ike_sa_queue(sa, TASK_DELETE_IKE, 0);
	ike_sa_run_tasks(sa);
}

static void rebind_children(struct ike_sa *sa)
{
	struct child_sa *child;

	/* What is being negotiated is judged by what was offered. */
	list_for_each(child, &sa->children, struct child_sa, list)
		if (child->state != CHILD_NEGOTIATING)
			child_set_profile(child);
}

static void rebind(struct ike_sa *sa)
{
	const struct cfg_ike_profile *p;
	const struct cfg_peer *peer;

	p = find_profile(sa->tunnel->cfg->profile, sa->profile->name);
	if (sa->state == IKE_INIT_DONE || sa->state == IKE_INIT_RECEIVED) {
		/* Who it is shows in IKE_AUTH, also if that was begun with. */
		sa->admitted = false;
		ppk_unmix(sa);
		ike_sa_serve(sa, sa->tunnel->cfg->profile->ike_profile, NULL);
		return;
	}
	peer = p ? find_peer(sa, p) : NULL;
	if (sa->state < IKE_ESTABLISHED) {
		if (p && (peer || !sa->peer))
			ike_sa_serve(sa, p, peer);
		return;
	}
	rebind_children(sa);
	/* Who came by certificate alone has no entry in a keyring. */
	if (p && (peer || !sa->peer) && is_welcome(sa, p)) {
		ike_sa_serve(sa, p, peer);
		if (sa->state == IKE_ESTABLISHED)
			lifetime_watch(sa);
	} else if (sa->state == IKE_ESTABLISHED) {
		end_session(sa);
	}
}

static void rebind_all(struct ike *ike)
{
	struct ike_sa *sa, *tmp;

	list_for_each_safe(sa, tmp, &ike->sas, struct ike_sa, list)
		if (sa->tunnel && !sa->tunnel->ghost)
			rebind(sa);
}

/* --------------------------------------------------------------- public face */

static void free_plans(struct reload *r)
{
	free(r->plans);
	free(r->by_name);
}

int ike_reload(struct ike *ike, struct cfg *next, view_change_fn fn, void *arg,
	       struct view_reload *out)
{
	struct reload r = {
		.ike = ike, .before = ike->cfg, .after = next,
		.fn = fn, .arg = arg, .out = out,
	};
	struct cfg_diff general;
	int err;

	memset(out, 0, sizeof(*out));
	if (ike->stopping)
		return ERR_CANCELED;
	err = prepare(&r);
	if (err) {
		free_plans(&r);
		return err;
	}
	cfg_diff_general(ike->cfg, next, &general);
	snprintf(out->general, sizeof(out->general), "%s", general.settings);
	ike->cfg = cfg_get(next);
	/* What an operator switched lasts until the file says otherwise. */
	if (r.before->fips_mode != next->fips_mode)
		ike_set_fips(ike, next->fips_mode);
	remove_missing(&r);
	apply_plans(&r);
	rebind_all(ike);
	free_plans(&r);
	cfg_free(r.before);
	return 0;
}
