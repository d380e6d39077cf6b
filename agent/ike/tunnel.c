// SPDX-License-Identifier: GPL-2.0
/*
 * Tunnels: from configuration to a working interface, again and again.
 */

#include "ike/tunnel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child_ts.h"
#include "ike/exchange.h"
#include "ike/gate.h"
#include "ike/ghost.h"
#include "ike/peer.h"
#include "ike/proof.h"
#include "ike/removal.h"
#include "ike/rri.h"
#include "util/err.h"

/* Waits between attempts: 1 s doubling to a minute, with a quarter of jitter. */
#define RETRY_FIRST_MS	1000
#define RETRY_MAX_MS	60000
#define RETRY_AT_ONCE_MS 100
/*
 * More than a peer answers at once would only fill its queues: by the time it
 * reads the last requests, those who sent them would have given up.
 */
#define CONNECTS_AT_ONCE 32

/* The IKE SA stands, only the child is missing. */
static bool lacks_child(const struct tunnel *t)
{
	return t->sa && t->sa->state == IKE_ESTABLISHED &&
	       !t->sa->redundant && !t->child;
}

static void ask_for_child(struct tunnel *t)
{
	ike_sa_queue(t->sa, TASK_NEW_CHILD, 0);
	ike_sa_run_tasks(t->sa);
}

void tunnel_wait_no_more(struct tunnel *t)
{
	timer_cancel(&t->retry);
	if (t->queued)
		list_del(&t->waiting);
	t->queued = false;
}

static void on_retry(void *arg)
{
	struct tunnel *t = arg;

	if (!t->ifindex || !t->listening)
		tunnel_start(t);
	else if (lacks_child(t) && tunnel_initiates(t))
		ask_for_child(t);
	else
		tunnel_connect(t);
}

/* Tunnels of several VRFs may share it. */
static uint64_t path_key(const struct addr *local, const struct addr *remote)
{
	return addr_key(local) * 0xd6e8feb86659fd93ULL ^ addr_key(remote);
}

/* Again whenever one of its outer addresses has changed. */
static void index_by_addr(struct tunnel *t)
{
	struct table *table = &t->ike->by_addr;

	if (t->in_by_addr)
		table_remove(table, &t->by_addr);
	table_insert(table, &t->by_addr,
		     path_key(&t->source, &t->cfg->destination));
	t->in_by_addr = true;
}

void tunnel_set_ifindex(struct tunnel *t, unsigned int ifindex)
{
	struct table *table = &t->ike->by_ifindex;

	if (t->ifindex)
		table_remove(table, &t->by_ifindex);
	t->ifindex = ifindex;
	if (ifindex)
		table_insert(table, &t->by_ifindex, ifindex);
}

struct tunnel *tunnel_new(struct ike *ike, struct cfg *generation,
			  const struct cfg_iface *cfg)
{
	struct tunnel *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->ike = ike;
	t->generation = cfg_get(generation);
	t->cfg = cfg;
	t->source = cfg->source;
	snprintf(t->log.name, sizeof(t->log.name), "%s", cfg->name);
	list_init(&t->sas);
	timer_init(&t->retry, ike->env.timers, on_retry, t);
	list_add_tail(&ike->tunnels, &t->list);
	index_by_addr(t);
	return t;
}

void tunnel_free(struct tunnel *t)
{
	tunnel_wait_no_more(t);
	list_del(&t->list);
	tunnel_set_ifindex(t, 0);
	if (t->in_by_addr)
		table_remove(&t->ike->by_addr, &t->by_addr);
	tunnel_unlisten(t);
	cfg_free(t->generation);
	free(t);
}

static void schedule(struct tunnel *t, uint64_t ms)
{
	timer_set(&t->retry, ms + rand_below(ms / 4 + 1));
}

static void back_off(struct tunnel *t)
{
	uint64_t ms = RETRY_FIRST_MS;
	unsigned int i;

	for (i = 0; i < t->backoff && ms < RETRY_MAX_MS; i++)
		ms *= 2;
	t->backoff++;
	schedule(t, ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS);
}

bool tunnel_initiates(const struct tunnel *t)
{
	return !t->cfg->profile->responder_only && !t->ike->stopping &&
	       !t->ghost;
}

/* ------------------------------------------------------------- interface */

static void set_link(const struct cfg_iface *c, const struct addr *source,
		     struct knl_link *link)
{
	memset(link, 0, sizeof(*link));
	snprintf(link->name, sizeof(link->name), "%s", c->name);
	snprintf(link->vrf, sizeof(link->vrf), "%s", c->vrf);
	snprintf(link->underlay, sizeof(link->underlay), "%s", c->tunnel_vrf);
	link->local = *source;
	link->remote = c->destination;
	link->inner = c->address;
	link->inner6 = c->address6;
	link->mtu = c->mtu;
	link->ttl = c->ttl;
	link->tos = c->tos;
	link->df = c->df;
	link->local_only = c->local_only;
}

static int find_vrf(struct tunnel *t, const char *name, const char *setting,
		    unsigned int *out)
{
	const struct ike_env *env = &t->ike->env;

	*out = *name ? env->knl->ifindex(env->knl_arg, name) : 0;
	if (*out || !*name)
		return 0;
	tunnel_fail(t, &t->log, FAILURE_NO_VRF, STAGE_CONFIG, name, NULL,
		    setting);
	return ERR_NOT_FOUND;
}

static int find_vrfs(struct tunnel *t)
{
	unsigned int fvrf;
	int err = find_vrf(t, t->cfg->tunnel_vrf, "interfaces: tunnel: vrf",
			   &fvrf);

	if (err)
		return err;
	/* Its socket is in the one that it leaves. */
	if (fvrf != t->fvrf)
		tunnel_unlisten(t);
	t->fvrf = fvrf;
	return find_vrf(t, t->cfg->vrf, "interfaces: vrf", &t->vrf);
}

/* The address to send from. Return: 0 or ERR_NOT_FOUND. */
static int get_source(const struct tunnel *t, struct addr *out)
{
	const struct ike_env *env = &t->ike->env;

	*out = t->cfg->source;
	if (!*t->cfg->source_iface)
		return 0;
	return env->knl->address(env->knl_arg, t->cfg->source_iface,
				 cfg_underlay(t->cfg), out);
}

static int find_source(struct tunnel *t, struct addr *out)
{
	int err = get_source(t, out);

	if (err)
		tunnel_fail(t, &t->log, FAILURE_NO_SOURCE, STAGE_CONFIG,
			    t->cfg->source_iface, NULL,
			    "interfaces: tunnel: source, and the addresses of that interface");
	return err;
}

static int make_interface(struct tunnel *t)
{
	const struct ike_env *env = &t->ike->env;
	unsigned int ifindex = 0;
	char why[KNL_WHY] = "";
	struct knl_link link;
	int err;

	set_link(t->cfg, &t->source, &link);
	err = env->knl->link_add(env->knl_arg, &link, &ifindex, why);
	if (err)
		tunnel_fail(t, &t->log, FAILURE_KERNEL, STAGE_CONFIG, why, NULL,
			    NULL);
	if (!ifindex)
		return err;
	tunnel_set_ifindex(t, ifindex);
	if (!err)
		err = rri_apply(t);
	/* Nor may one stay that could be made, but not set up. */
	if (err)
		tunnel_stop(t);
	return err;
}

static int create_interface(struct tunnel *t)
{
	int err;

	if (t->ifindex)
		return 0;
	err = find_vrfs(t);
	if (err)
		return err;
	err = make_interface(t);
	t->refused = err;
	return err;
}

static int listen_for_peer(struct tunnel *t)
{
	const struct ike_env *env = &t->ike->env;
	char text[ADDR_STR];
	int err;

	if (t->listening)
		return 0;
	err = env->net->listen(env->net_arg, &t->source, t->fvrf);
	if (err)
		tunnel_fail(t, &t->log, FAILURE_LISTEN, STAGE_CONFIG,
			    addr_str(&t->source, text), NULL,
			    "interfaces: tunnel: source is an address of this router, and no other IKE daemon uses its ports");
	t->listening = !err;
	return err;
}

static bool listens_too(const struct list *tunnels, const struct tunnel *t)
{
	struct tunnel *other;

	list_for_each(other, tunnels, struct tunnel, list)
		if (other != t && other->listening && other->fvrf == t->fvrf &&
		    addr_eq(&other->source, &t->source))
			return true;
	return false;
}

void tunnel_unlisten(struct tunnel *t)
{
	const struct ike_env *env = &t->ike->env;

	if (t->listening && !listens_too(&t->ike->tunnels, t) &&
	    !listens_too(&t->ike->ghosts, t))
		env->net->unlisten(env->net_arg, &t->source, t->fvrf);
	t->listening = false;
}

static int change_interface(struct tunnel *t, const struct cfg_iface *before,
			    const struct addr *source)
{
	const struct ike_env *env = &t->ike->env;
	struct knl_link was, link;
	char why[KNL_WHY] = "";
	int err;

	if (!t->ifindex)
		return 0;
	set_link(before, source, &was);
	set_link(t->cfg, &t->source, &link);
	err = env->knl->link_set(env->knl_arg, t->ifindex, &was, &link, why);
	if (err) {
		tunnel_fail(t, &t->log, FAILURE_KERNEL, STAGE_CONFIG, why,
			    NULL, NULL);
		return err;
	}
	return rri_apply(t);
}

/* Return: 0, or ERR_* when it cannot be what it should. */
static int reconfigure_link(struct tunnel *t, const struct cfg_iface *before)
{
	struct addr source = t->source, now;
	unsigned int fvrf = t->fvrf;
	int err = find_vrfs(t);

	if (!err)
		err = find_source(t, &now);
	if (err)
		return err;
	/* Nobody may have said so yet. */
	if (!addr_eq(&now, &source) || t->fvrf != fvrf) {
		ghost_part(t);
		tunnel_unlisten(t);
		t->source = now;
	}
	return change_interface(t, before, &source);
}

void tunnel_reconfigure(struct tunnel *t, struct cfg *generation,
			const struct cfg_iface *cfg, bool link)
{
	const struct cfg_iface *before = t->cfg;
	struct cfg *old = t->generation;

	t->generation = cfg_get(generation);
	t->cfg = cfg;
	if (link && reconfigure_link(t, before)) {
		/* It must not carry traffic in a way that is not wanted. */
		ghost_part(t);
		tunnel_stop(t);
	}
	index_by_addr(t);
	cfg_free(old);
}

/* The interface that there is, if any, gets the address of today. */
static int follow_source(struct tunnel *t)
{
	struct addr before = t->source, now;
	int err = find_source(t, &now);

	if (err || addr_eq(&now, &before))
		return err;
	/* While it is known where the socket is. */
	tunnel_unlisten(t);
	t->source = now;
	index_by_addr(t);
	if (change_interface(t, t->cfg, &before))
		tunnel_stop(t);
	return 0;
}

void tunnel_check_source(struct tunnel *t, unsigned int ifindex)
{
	const struct ike_env *env = &t->ike->env;
	unsigned int own;
	struct addr now;

	if (!*t->cfg->source_iface || !t->listening)
		return;
	own = env->knl->ifindex(env->knl_arg, t->cfg->source_iface);
	if ((own && own != ifindex) ||
	    (!get_source(t, &now) && addr_eq(&now, &t->source)))
		return;
	log_notice(&t->log, "the address of %s has changed",
		   t->cfg->source_iface);
	ghost_part(t);
	tunnel_unlisten(t);
	tunnel_start(t);
}

void tunnel_start(struct tunnel *t)
{
	tunnel_wait_no_more(t);
	t->refused = false;
	if (follow_source(t) || create_interface(t) || listen_for_peer(t)) {
		back_off(t);
		return;
	}
	t->backoff = 0;
	tunnel_connect(t);
}

void tunnel_place_found(struct tunnel *t)
{
	if ((!t->ifindex || !t->listening) &&
	    timer_left_ms(&t->retry) > RETRY_AT_ONCE_MS)
		schedule(t, RETRY_AT_ONCE_MS);
}

/* The kernel puts an interface whose VRF is deleted into the default one. */
void tunnel_place_lost(struct tunnel *t)
{
	log_notice(&t->log, "a VRF of the tunnel was deleted");
	ghost_part(t);
	tunnel_stop(t);
	tunnel_unlisten(t);
	tunnel_start(t);
}

void tunnel_stop(struct tunnel *t)
{
	unsigned int ifindex = t->ifindex;

	tunnel_wait_no_more(t);
	tunnel_set_ifindex(t, 0);
	if (ifindex)
		removal_link(t->ike, &t->log, ifindex);
}

/* Without an interface it has no VRF that could be compared. */
static struct tunnel *find_by_addr(struct ike *ike, const struct net_path *path,
				   bool present)
{
	struct table_node *node;
	struct tunnel *t;

	node = table_find(&ike->by_addr, path_key(&path->local.addr,
						  &path->remote.addr));
	for (; node; node = table_next(node)) {
		t = list_entry(node, struct tunnel, by_addr);
		if (!!t->ifindex == present &&
		    (!present || t->fvrf == path->fvrf) &&
		    addr_eq(&t->source, &path->local.addr) &&
		    addr_eq(&t->cfg->destination, &path->remote.addr))
			return t;
	}
	return NULL;
}

struct tunnel *tunnel_find(struct ike *ike, const struct net_path *path)
{
	return find_by_addr(ike, path, true);
}

struct tunnel *tunnel_find_absent(struct ike *ike, const struct net_path *path)
{
	return find_by_addr(ike, path, false);
}

struct tunnel *tunnel_find_ifindex(struct ike *ike, unsigned int ifindex)
{
	struct table_node *node = table_find(&ike->by_ifindex, ifindex);

	return node ? list_entry(node, struct tunnel, by_ifindex) : NULL;
}

/* ------------------------------------------------------------- connecting */

static struct ike_sa *begin(struct tunnel *t)
{
	struct net_path path = {
		.local = { t->source, IKE_PORT },
		.remote = { t->cfg->destination, IKE_PORT },
		.fvrf = t->fvrf,
	};
	const struct cfg_ike_profile *profile = t->cfg->profile->ike_profile;
	struct ike_sa *sa = ike_sa_new(t->ike, &path, true);

	if (!sa)
		return NULL;
	ike_sa_set_tunnel(sa, t);
	sa->ppk.without = t->ppk_without;
	t->ppk_without = false;
	sa->log.parent = &t->log;
	ike_sa_serve(sa, profile, peer_find_key(profile->keyring, NULL,
						&t->cfg->destination));
	return sa;
}

static void cannot_begin(struct tunnel *t, struct ike_sa *sa, int err)
{
	char text[ADDR_STR];

	if (proof_lacks_key(sa))
		tunnel_fail(t, &t->log, FAILURE_NO_KEY, STAGE_CONFIG,
			    addr_str(&t->cfg->destination, text), NULL,
			    "keyrings: peers: address");
	else if (err == ERR_NOT_FOUND)
		tunnel_fail(t, &t->log, FAILURE_NO_POLICY, STAGE_CONFIG,
			    addr_str(&t->source, text), NULL,
			    "ikev2: policies: match: address-local");
	else
		tunnel_fail(t, &t->log, FAILURE_CRYPTO, STAGE_IKE_SA_INIT,
			    err_text(err), NULL, NULL);
	ike_sa_free(sa);
	back_off(t);
}

/* Nobody asks again and again: a thousand that wait cost nothing. */
static void wait_for_place(struct tunnel *t)
{
	log_debug(&t->log, "waits for one of %u places: so many tunnels connect at a time",
		  CONNECTS_AT_ONCE);
	list_add_tail(&t->ike->waiting, &t->waiting);
	t->queued = true;
}

void tunnel_places_free(void *arg)
{
	struct ike *ike = arg;

	while (ike->connecting < CONNECTS_AT_ONCE && !list_empty(&ike->waiting))
		tunnel_connect(list_entry(ike->waiting.next, struct tunnel,
					  waiting));
}

void tunnel_connect(struct tunnel *t)
{
	struct ike_sa *sa;
	int err;

	tunnel_wait_no_more(t);
	if (!tunnel_initiates(t) || t->sa || !t->ifindex)
		return;
	if (child_ts_forbidden(t) || !gate_admits_tunnel(t)) {
		back_off(t);
		return;
	}
	if (t->ike->connecting >= CONNECTS_AT_ONCE) {
		wait_for_place(t);
		return;
	}
	t->attempts++;
	sa = begin(t);
	if (!sa) {
		back_off(t);
		return;
	}
	t->sa = sa;
	ike_sa_prompt_begin(sa);
	log_info(&t->log, "connecting, attempt %llu",
		 (unsigned long long)t->attempts);
	err = proof_lacks_key(sa) ? ERR_NOT_FOUND : sa_init_send(sa);
	if (err)
		cannot_begin(t, sa, err);
}

void tunnel_connect_beside(struct tunnel *t, struct ike_sa *old)
{
	struct ike_sa *sa;

	/* One attempt is enough, whether it is under way or has failed. */
	if (!t || t->sa != old || old->doubted || !tunnel_initiates(t))
		return;
	sa = begin(t);
	if (!sa)
		return;
	log_notice(&old->log, "no answer but INVALID_IKE_SPI in clear: trying a new IKE SA beside it");
	old->doubted = true;
	t->ike->count.tries_beside++;
	if (proof_lacks_key(sa) || sa_init_send(sa))
		ike_sa_free(sa);
}

void tunnel_retry(struct tunnel *t, bool at_once)
{
	if (!tunnel_initiates(t) || t->queued)
		return;
	if (lacks_child(t)) {
		if (at_once)
			ask_for_child(t);
		else if (!timer_armed(&t->retry))
			back_off(t);
		return;
	}
	/* Another IKE SA serves it. */
	if (t->sa && t->sa->state == IKE_ESTABLISHED && !t->sa->redundant)
		return;
	if (at_once) {
		t->backoff = 0;
		schedule(t, RETRY_AT_ONCE_MS);
	} else if (!timer_armed(&t->retry)) {
		back_off(t);
	}
}

void tunnel_wake(struct tunnel *t)
{
	if (tunnel_initiates(t) && !t->sa &&
	    timer_left_ms(&t->retry) > RETRY_FIRST_MS)
		schedule(t, RETRY_FIRST_MS);
}

/* ---------------------------------------------------------------- failures */

static void copy_value(char out[FAILURE_VALUE], const char *text)
{
	snprintf(out, FAILURE_VALUE, "%s", text ? text : "");
}

static void compose(struct failure *f, const char *ours, const char *theirs,
		    const char *setting)
{
	copy_value(f->ours, ours);
	copy_value(f->theirs, theirs);
	copy_value(f->setting, setting);
}

static void announce(struct tunnel *t, const struct failure *f,
		     const char *text)
{
	struct ike_event ev = { .type = "failure", .failure = f, .text = text };

	ev.ifname = t->cfg->name;
	ev.session_id = t->sa ? t->sa->session_id : 0;
	ike_emit(t->ike, &ev);
}

void tunnel_sends_again(struct tunnel *t)
{
	if (t && t->failure.reason == FAILURE_SEND)
		memset(&t->failure, 0, sizeof(t->failure));
}

/* @unproven: the peer may have nothing to do with it; NULL: it has */
static void report(struct tunnel *t, const struct log_obj *obj,
		   struct failure *f, struct notice_limit *unproven)
{
	char text[FAILURE_STR];

	failure_str(f, text);
	f->wall_ms = clock_wall_ms(timers_clock(t->ike->env.timers));
	log_write_limited(unproven ? &unproven->lines : &t->limit,
			  LOG_LEVEL_WARNING, obj, "%s", text);
	if (!unproven || !t->child)
		t->failure = *f;
	if (!unproven || token_take(&unproven->events, ike_now_ms(t->ike)))
		announce(t, f, text);
	else
		t->ike->count.events_suppressed++;
}

static bool is_unproven(enum failure_stage stage)
{
	return stage == STAGE_IKE_SA_INIT || stage == STAGE_IKE_INTERMEDIATE ||
	       stage == STAGE_IKE_AUTH;
}

void tunnel_fail(struct tunnel *t, const struct log_obj *obj,
		 enum failure_reason reason, enum failure_stage stage,
		 const char *ours, const char *theirs, const char *setting)
{
	struct failure f = { .reason = reason, .stage = stage };
	char text[FAILURE_STR];

	compose(&f, ours, theirs, setting);
	if (!t)
		log_warning(obj, "%s", failure_str(&f, text));
	else
		report(t, obj, &f, is_unproven(stage) ? &t->unproven : NULL);
}

void tunnel_fail_request(struct tunnel *t, enum failure_reason reason,
			 const char *ours, const char *theirs,
			 const char *setting)
{
	struct failure f = { .reason = reason, .stage = STAGE_IKE_SA_INIT };

	compose(&f, ours, theirs, setting);
	report(t, &t->log, &f, &t->ike->strange);
}
