// SPDX-License-Identifier: GPL-2.0
/*
 * Copies of the engine's state.
 */

#include "ike/view.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "config/fips.h"
#include "crypto/crypto.h"
#include "fips/fips.h"
#include "ike/addke.h"
#include "ike/child.h"
#include "ike/engine.h"
#include "ike/fsm.h"
#include "ike/peer.h"
#include "ike/ppk.h"
#include "ike/tunnel.h"

static_assert(VIEW_DIGEST == FINGERPRINT_STR, "the same text");

#define COPY(to, text) snprintf(to, sizeof(to), "%s", text)

static uint64_t left(uint64_t at_ms, uint64_t now_ms)
{
	return at_ms > now_ms ? at_ms - now_ms : 0;
}

static void view_state(const struct ike_sa *sa, struct view_sa *out)
{
	switch (sa->state) {
	case IKE_ESTABLISHED:
		COPY(out->state, "READY");
		COPY(out->description, "Negotiation done");
		out->established = true;
		break;
	case IKE_DELETING:
	case IKE_REKEYED:
	case IKE_CLOSED:
		COPY(out->state, "DELETING");
		COPY(out->description, ike_state_name(sa->state));
		break;
	default:
		COPY(out->state, "IN-NEG");
		COPY(out->description, ike_state_name(sa->state));
	}
}

static void view_suite(const struct ike_sa *sa, struct view_sa *out)
{
	const struct ike_suite *s = &sa->suite;

	COPY(out->encr_show, s->encr ? s->encr->show_name : "None");
	out->key_bits = s->encr ? s->encr->key_bits : 0;
	COPY(out->prf_show, s->prf ? s->prf->show_name : "None");
	COPY(out->integ_show, s->integ ? s->integ->show_name : "None");
	out->ke = s->ke ? s->ke->id : 0;
	addke_text(s->addke, out->additional_ke, sizeof(out->additional_ke));
	out->hybrid = addke_is_hybrid(s->addke);
}

static const char *auth_text(enum cfg_auth auth)
{
	switch (auth) {
	case CFG_AUTH_PSK:
		return "PSK";
	case CFG_AUTH_RSA:
		return "RSA";
	case CFG_AUTH_ECDSA:
		return "ECDSA";
	}
	return "None";
}

static void view_times(const struct ike_sa *sa, struct view_sa *out)
{
	uint64_t now = ike_now_ms(sa->ike);

	out->lifetime = sa->profile->lifetime;
	out->age_ms = sa->established_ms ? now - sa->established_ms : 0;
	out->rekey_in_ms = timer_armed(&sa->life) ? timer_left_ms(&sa->life) :
						    UINT64_MAX;
}

static void view_quantum(const struct ike_sa *sa, struct view_sa *out)
{
	const struct ike_quantum *q = &sa->quantum;

	out->quantum = q->used;
	COPY(out->quantum_exchange, ppk_form_name(q->form));
	COPY(out->fallback, ppk_fallback_name(q->fallback));
	out->fallback_text = ppk_fallback_text(q->fallback);
}

static void view_one(const struct ike_sa *sa, struct view_sa *out)
{
	struct child_sa *child;
	char id[PEER_ID_STR];

	memset(out, 0, sizeof(*out));
	out->of = sa;
	out->session_id = sa->session_id;
	out->ike_sa_id = sa->id;
	out->spi_local = ike_sa_local_spi(sa);
	out->spi_remote = ike_sa_remote_spi(sa);
	out->local = sa->path.local;
	out->remote = sa->path.remote;
	out->initiator = sa->initiator;
	view_state(sa, out);
	view_suite(sa, out);
	view_times(sa, out);
	COPY(out->auth_local, auth_text(sa->auth_local));
	COPY(out->auth_remote, auth_text(sa->auth_remote));
	COPY(out->local_id, peer_id_str(buf_view(&sa->id_local), id));
	COPY(out->remote_id, peer_id_str(buf_view(&sa->id_remote), id));
	COPY(out->fvrf, sa->tunnel->cfg->tunnel_vrf[0] ?
	     sa->tunnel->cfg->tunnel_vrf : "Default");
	COPY(out->profile, sa->profile->name);
	view_quantum(sa, out);
	out->nat_local = sa->nat_local;
	out->nat_remote = sa->nat_remote;
	out->tx_messages = sa->tx_count;
	out->rx_messages = sa->rx_count;
	out->retransmits = sa->retransmit_count;
	list_for_each(child, &sa->children, struct child_sa, list)
		if (child->installed_in)
			out->child_count++;
}

void ike_view_sas(const struct ike *ike, uint32_t session_id, view_sa_fn fn,
		  void *arg)
{
	struct view_sa out;
	struct ike_sa *sa;

	list_for_each(sa, &ike->sas, struct ike_sa, list) {
		if (sa->state == IKE_CLOSED || !sa->tunnel ||
		    (session_id && sa->session_id != session_id))
			continue;
		view_one(sa, &out);
		fn(arg, &out);
	}
}

static void view_one_child(const struct child_sa *child, struct view_child *out)
{
	uint64_t now = ike_now_ms(child->sa->ike);
	const struct esp_suite *s = &child->suite;

	memset(out, 0, sizeof(*out));
	out->child_id = child->id;
	COPY(out->ifname, child->tunnel->cfg->name);
	out->spi_in = child->spi_in;
	out->spi_out = child->spi_out;
	COPY(out->state, child_state_name(child->state));
	out->local = child->ts_local.ts[0];
	out->remote = child->ts_remote.ts[0];
	COPY(out->encr_show, s->encr->show_name);
	out->key_bits = s->encr->key_bits;
	COPY(out->integ_show, s->integ ? s->integ->show_name : "None");
	out->pfs_group = s->pfs ? s->pfs->id : 0;
	addke_text(s->addke, out->additional_ke, sizeof(out->additional_ke));
	out->esn = s->esn;
	out->quantum = child->quantum;
	out->age_ms = now - child->created_ms;
	out->rekey_in_ms = timer_armed(&child->rekey) ?
			   timer_left_ms(&child->rekey) : UINT64_MAX;
	out->expire_in_ms = left(child->hard_ms, now);
}

void ike_view_children(const struct view_sa *sa, view_child_fn fn, void *arg)
{
	struct child_sa *child;
	struct view_child out;

	if (!sa->of)
		return;
	list_for_each(child, &sa->of->children, struct child_sa, list) {
		if (!child->installed_in)
			continue;
		view_one_child(child, &out);
		fn(arg, &out);
	}
}

static bool is_being_deleted(const struct tunnel *t)
{
	const struct ike_sa *sa = t->child ? t->child->sa : t->sa;

	return sa && ike_sa_is_ending(sa);
}

static const char *status_of(const struct tunnel *t)
{
	if (is_being_deleted(t))
		return "deleting";
	if (t->child)
		return "up";
	if (!t->sa)
		return "waiting";
	return t->sa->state == IKE_ESTABLISHED ? "no child" : "connecting";
}

static void view_one_tunnel(const struct tunnel *t, struct view_tunnel *out)
{
	const struct cfg_iface *c = t->cfg;
	enum ppk_fallback fallback;

	memset(out, 0, sizeof(*out));
	COPY(out->ifname, c->name);
	out->ifindex = t->ifindex;
	out->source = t->source;
	out->destination = c->destination;
	COPY(out->ipsec_profile, c->profile->name);
	COPY(out->ike_profile, c->profile->ike_profile->name);
	out->responder_only = c->profile->responder_only;
	out->up = t->child;
	COPY(out->status, status_of(t));
	out->session_id = t->sa ? t->sa->session_id : 0;
	out->attempts = t->attempts;
	out->retry_in_ms = t->queued ? 0 : timer_armed(&t->retry) ?
			   timer_left_ms(&t->retry) : UINT64_MAX;
	if (t->queued)
		out->waits_behind = t->ike->connecting;
	out->failure = t->failure;
	fallback = t->child ? t->child->sa->quantum.fallback :
			      PPK_FALLBACK_NONE;
	COPY(out->fallback, ppk_fallback_name(fallback));
	out->fallback_text = ppk_fallback_text(fallback);
}

void ike_view_tunnels(const struct ike *ike, view_tunnel_fn fn, void *arg)
{
	struct view_tunnel out;
	struct tunnel *t;

	list_for_each(t, &ike->tunnels, struct tunnel, list) {
		view_one_tunnel(t, &out);
		fn(arg, &out);
	}
}

void ike_view_strangers(const struct ike *ike, view_stranger_fn fn, void *arg)
{
	const struct stranger *s = ike->strangers.list;
	struct view_stranger out;
	unsigned int i;

	for (i = 0; i < ike->strangers.count; i++, s++) {
		out = (struct view_stranger){ s->local, s->remote, s->count,
					      s->last_wall_ms };
		fn(arg, &out);
	}
}

static void digest(const struct secret *key, char out[VIEW_DIGEST])
{
	if (!key || fingerprint(key, out))
		out[0] = '\0';
}

void ike_view_peers(const struct ike *ike, view_peer_fn fn, void *arg)
{
	const struct cfg_keyring *k = ike->cfg->keyrings;
	struct view_peer out;
	unsigned int i;

	for (; k < ike->cfg->keyrings + ike->cfg->keyring_count; k++) {
		for (i = 0; i < k->peer_count; i++) {
			out.keyring = k->name;
			out.peer = &k->peers[i];
			digest(out.peer->psk_local, out.psk_local);
			digest(out.peer->psk_remote, out.psk_remote);
			digest(out.peer->ppk.key, out.ppk);
			fn(arg, &out);
		}
	}
}

static uint64_t dropped(const struct ike_counters *c)
{
#define X(name) + c->name
	return 0 IKE_DROP_LIST(X);
#undef X
}

/** struct fips_rows - findings on their way to a view_fips_fn */
struct fips_rows {
	struct view_fips row;
	view_fips_fn fn;
	void *arg;
	unsigned int count;
};

static void add_finding(void *arg, const struct cfg_finding *f)
{
	struct fips_rows *rows = arg;

	rows->count++;
	rows->row.fatal = f->fatal;
	COPY(rows->row.text, f->text);
	rows->row.setting = f->setting;
	rows->fn(rows->arg, &rows->row);
}

void ike_view_fips(const struct ike *ike, view_fips_fn fn, void *arg)
{
	struct tunnel *t;

	list_for_each(t, &ike->tunnels, struct tunnel, list) {
		struct fips_rows rows = { .fn = fn, .arg = arg };

		rows.row.setting = "";
		COPY(rows.row.ifname, t->cfg->name);
		rows.row.stays_down = !cfg_fips_review(ike->cfg, t->cfg, NULL,
						       NULL);
		cfg_fips_review(ike->cfg, t->cfg, add_finding, &rows);
		if (!rows.count)
			fn(arg, &rows.row);
	}
}

static void sum_quantum(const struct ike_sa *sa, struct view_summary *out)
{
	if (sa->state != IKE_ESTABLISHED)
		return;
	if (sa->quantum.used == CFG_PPK_MANUAL)
		out->ppk_manual++;
	if (sa->quantum.used == CFG_PPK_DYNAMIC)
		out->ppk_dynamic++;
	if (sa->quantum.fallback != PPK_FALLBACK_NONE)
		out->ppk_fallback++;
}

void ike_view_summary(const struct ike *ike, struct view_summary *out)
{
	struct fips_below below;
	struct ike_sa *sa;

	memset(out, 0, sizeof(*out));
	list_for_each(sa, &ike->sas, struct ike_sa, list) {
		sum_quantum(sa, out);
		if (sa->state == IKE_ESTABLISHED)
			(*(sa->initiator ? &out->active_out :
			   &out->active_in))++;
		else if (sa->state < IKE_ESTABLISHED)
			(*(sa->initiator ? &out->negotiating_out :
			   &out->negotiating_in))++;
	}
	out->fips_mode = ike->fips;
	out->fips_configured = ike->cfg->fips_mode;
	fips_look_below(&below);
	out->fips_provider = below.provider;
	out->fips_kernel = below.kernel;
	out->half_open = ike->half_open_count;
	out->cookies_sent = ike->count.cookies_sent;
	out->rx_dropped = dropped(&ike->count);
}

void ike_view_counters(const struct ike *ike, view_counter_fn fn, void *arg)
{
	struct net_counters net = { 0 };

#define X(name) fn(arg, #name, ike->count.name);
	IKE_COUNTER_LIST(X)
#undef X
	ike->env.net->counters(ike->env.net_arg, &net);
	fn(arg, "rx_drop_not_ike", net.rx_drop_not_ike);
	fn(arg, "rx_drop_source", net.rx_drop_source);
	fn(arg, "rx_drop_vrf", net.rx_drop_vrf);
}

void ike_view_exchanges(const struct ike *ike, view_traffic_fn fn, void *arg)
{
	char name[ID_NAME_STR];
	struct view_traffic t;
	unsigned int i;

	for (i = 0; i < COUNT_EXCHANGES; i++) {
		t.name = count_exchange_name(i, name);
		t.count = ike->messages.exchange[i];
		fn(arg, &t);
	}
}

void ike_view_notifies(const struct ike *ike, view_traffic_fn fn, void *arg)
{
	char name[ID_NAME_STR];
	struct view_traffic t;
	unsigned int i;

	for (i = 0; i < COUNT_NOTIFIES; i++) {
		t.name = count_notify_name(i, name);
		t.count = ike->messages.notify[i];
		fn(arg, &t);
	}
}
