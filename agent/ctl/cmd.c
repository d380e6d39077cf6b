// SPDX-License-Identifier: GPL-2.0
/*
 * The table of commands, and views as JSON.
 */

#include "ctl/cmd.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl_proto.h"
#include "ctl/put.h"
#include "ctl/show_sks.h"

/* --------------------------------------------------------------- small help */

/* A time that may not be planned is left out. */
static void put_seconds(struct json_object *o, const char *key, uint64_t ms)
{
	if (ms != UINT64_MAX)
		put_uint(o, key, ms / 1000);
}

static void put_hex(struct json_object *o, const char *key, uint64_t v, int width)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%0*" PRIx64, width, v);
	put_str(o, key, text);
}

static void put_addr(struct json_object *o, const char *key,
		     const struct addr *a)
{
	char text[ADDR_STR];

	put_str(o, key, addr_str(a, text));
}

/* Objects are gathered into an array, under a key of the answer. */
static struct json_object *array_in(struct json_object *o, const char *key)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(o, key, array);
	return array;
}

static struct json_object *object_in(struct json_object *o, const char *key)
{
	struct json_object *member = json_object_new_object();

	json_object_object_add(o, key, member);
	return member;
}

/* -------------------------------------------------------------------- views */

static void put_ts(struct json_object *o, const char *key, const struct ts *ts)
{
	struct json_object *t = json_object_new_object();

	put_addr(t, "start", &ts->start);
	put_addr(t, "end", &ts->end);
	put_uint(t, "protocol", ts->protocol);
	put_uint(t, "port-start", ts->port_start);
	put_uint(t, "port-end", ts->port_end);
	json_object_object_add(o, key, t);
}

static void add_child(void *arg, const struct view_child *c)
{
	struct json_object *o = json_object_new_object();

	put_uint(o, "child-id", c->child_id);
	put_str(o, "interface", c->ifname);
	put_str(o, "state", c->state);
	put_hex(o, "spi-in", c->spi_in, 8);
	put_hex(o, "spi-out", c->spi_out, 8);
	put_ts(o, "local-selector", &c->local);
	put_ts(o, "remote-selector", &c->remote);
	put_str(o, "encryption", c->encr_show);
	put_uint(o, "key-bits", c->key_bits);
	put_str(o, "integrity", c->integ_show);
	put_uint(o, "pfs-group", c->pfs_group);
	put_str(o, "additional-ke", c->additional_ke);
	put_bool(o, "esn", c->esn);
	put_bool(o, "quantum-resistant", c->quantum);
	put_seconds(o, "age", c->age_ms);
	put_seconds(o, "rekey-in", c->rekey_in_ms);
	put_seconds(o, "expires-in", c->expire_in_ms);
	json_object_array_add(arg, o);
}

static const char *quantum_text(enum cfg_ppk_kind kind)
{
	switch (kind) {
	case CFG_PPK_MANUAL:
		return "manual";
	case CFG_PPK_DYNAMIC:
		return "dynamic";
	default:
		return "disabled";
	}
}

static void put_endpoint(struct json_object *o, const char *addr_key,
			 const char *port_key, const struct endpoint *e)
{
	put_addr(o, addr_key, &e->addr);
	put_uint(o, port_key, e->port);
}

static void put_crypto(struct json_object *o, const struct view_sa *s)
{
	put_str(o, "encryption", s->encr_show);
	put_uint(o, "key-bits", s->key_bits);
	put_str(o, "prf", s->prf_show);
	put_str(o, "integrity", s->integ_show);
	put_uint(o, "dh-group", s->ke);
	put_str(o, "auth-local", s->auth_local);
	put_str(o, "auth-remote", s->auth_remote);
}

/* That there is no PPK where one is configured must not be overlooked. */
static void put_fallback(struct json_object *o, const char *name,
			 const char *text)
{
	put_str(o, "quantum-fallback", name);
	if (text && *text)
		put_str(o, "quantum-fallback-text", text);
}

static void add_session(void *arg, const struct view_sa *s)
{
	struct json_object *o = json_object_new_object();

	put_uint(o, "session-id", s->session_id);
	put_uint(o, "ike-sa-id", s->ike_sa_id);
	put_hex(o, "spi-local", s->spi_local, 16);
	put_hex(o, "spi-remote", s->spi_remote, 16);
	put_endpoint(o, "local", "local-port", &s->local);
	put_endpoint(o, "remote", "remote-port", &s->remote);
	put_str(o, "state", s->state);
	put_str(o, "description", s->description);
	put_bool(o, "established", s->established);
	put_str(o, "role", s->initiator ? "Initiator" : "Responder");
	put_crypto(o, s);
	put_uint(o, "lifetime", s->lifetime);
	put_seconds(o, "age", s->age_ms);
	put_seconds(o, "rekey-in", s->rekey_in_ms);
	put_str(o, "local-id", s->local_id);
	put_str(o, "remote-id", s->remote_id);
	put_str(o, "fvrf", s->fvrf);
	put_str(o, "profile", s->profile);
	put_str(o, "quantum-resistance", quantum_text(s->quantum));
	put_str(o, "quantum-exchange", s->quantum_exchange);
	put_str(o, "additional-ke", s->additional_ke);
	put_bool(o, "hybrid", s->hybrid);
	put_fallback(o, s->fallback, s->fallback_text);
	put_bool(o, "nat-local", s->nat_local);
	put_bool(o, "nat-remote", s->nat_remote);
	put_uint(o, "tx-messages", s->tx_messages);
	put_uint(o, "rx-messages", s->rx_messages);
	put_uint(o, "retransmits", s->retransmits);
	ike_view_children(s, add_child, array_in(o, "children"));
	json_object_array_add(arg, o);
}

static void put_failure(struct json_object *o, const struct failure *f)
{
	struct json_object *fo = json_object_new_object();
	char text[FAILURE_STR];

	put_str(fo, "reason", failure_name(f->reason));
	put_str(fo, "text", failure_text(f->reason));
	put_str(fo, "stage", failure_stage_name(f->stage));
	put_str(fo, "ours", f->ours);
	put_str(fo, "theirs", f->theirs);
	put_str(fo, "setting", f->setting);
	put_str(fo, "sentence", failure_str(f, text));
	json_object_object_add(fo, "time-ms", json_object_new_int64(f->wall_ms));
	json_object_object_add(o, "failure", fo);
}

static void add_tunnel(void *arg, const struct view_tunnel *t)
{
	struct json_object *o = json_object_new_object();

	put_str(o, "interface", t->ifname);
	put_uint(o, "ifindex", t->ifindex);
	put_addr(o, "source", &t->source);
	put_addr(o, "destination", &t->destination);
	put_str(o, "ipsec-profile", t->ipsec_profile);
	put_str(o, "ikev2-profile", t->ike_profile);
	put_bool(o, "responder-only", t->responder_only);
	put_bool(o, "up", t->up);
	put_str(o, "status", t->status);
	put_uint(o, "session-id", t->session_id);
	put_uint(o, "attempts", t->attempts);
	put_seconds(o, "retry-in", t->retry_in_ms);
	put_uint(o, "waits-behind", t->waits_behind);
	put_fallback(o, t->fallback, t->fallback_text);
	if (t->failure.reason != FAILURE_NONE)
		put_failure(o, &t->failure);
	json_object_array_add(arg, o);
}

static void add_stranger(void *arg, const struct view_stranger *s)
{
	struct json_object *o = json_object_new_object();

	put_addr(o, "local", &s->local);
	put_addr(o, "remote", &s->remote);
	put_uint(o, "attempts", s->count);
	put_str(o, "reason", failure_name(FAILURE_NO_INTERFACE));
	put_str(o, "text", failure_text(FAILURE_NO_INTERFACE));
	put_str(o, "setting", "interfaces: tunnel: source, destination");
	json_object_object_add(o, "time-ms",
			       json_object_new_int64(s->last_wall_ms));
	json_object_array_add(arg, o);
}

static void add_traffic(void *arg, const struct view_traffic *t)
{
	struct json_object *o = json_object_new_object();

	put_uint(o, "tx-requests", t->count.tx_requests);
	put_uint(o, "tx-responses", t->count.tx_responses);
	put_uint(o, "rx-requests", t->count.rx_requests);
	put_uint(o, "rx-responses", t->count.rx_responses);
	json_object_object_add(arg, t->name, o);
}

/* ----------------------------------------------------------------- keyrings */

static void put_mask(struct json_object *o, const char *key,
		     const struct prefix *p)
{
	char text[ADDR_STR];

	put_str(o, key, prefix_mask_str(p, text));
}

static void put_identity(struct json_object *o, const struct cfg_identity *id)
{
	char text[ADDR_STR];

	switch (id->kind) {
	case CFG_ID_ADDRESS:
		put_str(o, "identity-type", "address");
		put_str(o, "identity", addr_str(&id->prefix.addr, text));
		put_mask(o, "identity-mask", &id->prefix);
		break;
	case CFG_ID_FQDN:
	case CFG_ID_DOMAIN:
		put_str(o, "identity-type",
			id->kind == CFG_ID_FQDN ? "fqdn" : "domain");
		put_str(o, "identity", id->name);
		break;
	default:
		break;
	}
}

/* A key is never shown; its digest tells whether two routers have the same. */
static void put_digest(struct json_object *o, const char *key,
		       const char *digest)
{
	if (*digest)
		put_str(o, key, digest);
}

/** struct keyring_list - keyrings, and the peers of the last one so far */
struct keyring_list {
	struct json_object *keyrings, *peers;
	const char *name;
};

static void begin_keyring(struct keyring_list *l, const char *name)
{
	struct json_object *o = json_object_new_object();

	put_str(o, "name", name);
	l->peers = array_in(o, "peers");
	l->name = name;
	json_object_array_add(l->keyrings, o);
}

static void add_peer(void *arg, const struct view_peer *v)
{
	struct json_object *o = json_object_new_object();
	const struct cfg_peer *p = v->peer;
	struct keyring_list *l = arg;

	/* The same name is the same keyring: names are unique. */
	if (!l->name || strcmp(l->name, v->keyring))
		begin_keyring(l, v->keyring);
	put_str(o, "name", p->name);
	if (addr_is_set(&p->address.addr)) {
		put_addr(o, "address", &p->address.addr);
		put_mask(o, "mask", &p->address);
	}
	put_identity(o, &p->identity);
	put_digest(o, "local-psk-sha256", v->psk_local);
	put_digest(o, "remote-psk-sha256", v->psk_remote);
	put_str(o, "ppk-mode", quantum_text(p->ppk.kind));
	put_bool(o, "ppk-mandatory", p->ppk.required);
	put_digest(o, "manual-ppk-sha256", v->ppk);
	json_object_array_add(l->peers, o);
}

static void add_counter(void *arg, const char *name, uint64_t value)
{
	put_uint(arg, name, value);
}

/* ----------------------------------------------------------------- commands */

static void set_error(struct json_object *answer, const char *sentence)
{
	put_bool(answer, "ok", false);
	put_str(answer, "error", sentence);
}

/* 0, all of them, only when none is named. */
static bool get_session_id(struct json_object *request,
			   struct json_object *answer, uint32_t *out)
{
	struct json_object *v;
	int64_t id;

	*out = 0;
	if (!json_object_object_get_ex(request, "session-id", &v))
		return true;
	id = json_object_get_int64(v);
	if (json_object_is_type(v, json_type_int) && id > 0 &&
	    id <= UINT32_MAX) {
		*out = (uint32_t)id;
		return true;
	}
	set_error(answer, "session-id is not a number from 1 up");
	return false;
}

static uint64_t member(const void *element, const char *key)
{
	struct json_object *const *o = element;

	return json_object_get_uint64(json_object_object_get(*o, key));
}

/* The IKE SAs of a session stand together, the oldest first. */
static int by_session(const void *a, const void *b)
{
	uint64_t x = member(a, "session-id"), y = member(b, "session-id");

	if (x == y) {
		x = member(a, "ike-sa-id");
		y = member(b, "ike-sa-id");
	}
	return x < y ? -1 : x > y;
}

static void cmd_sessions(struct ike *ike, struct json_object *request,
			 struct json_object *answer)
{
	struct json_object *sessions;
	uint32_t id;

	if (!get_session_id(request, answer, &id))
		return;
	sessions = array_in(answer, "sessions");
	ike_view_sas(ike, id, add_session, sessions);
	json_object_array_sort(sessions, by_session);
}

static void cmd_summary(struct ike *ike, struct json_object *request,
			struct json_object *answer)
{
	struct view_summary s;

	ike_view_summary(ike, &s);
	put_uint(answer, "active-out", s.active_out);
	put_uint(answer, "negotiating-out", s.negotiating_out);
	put_uint(answer, "active-in", s.active_in);
	put_uint(answer, "negotiating-in", s.negotiating_in);
	put_uint(answer, "half-open", s.half_open);
	put_uint(answer, "cookies-sent", s.cookies_sent);
	put_uint(answer, "rx-dropped", s.rx_dropped);
	put_uint(answer, "ppk-sessions", s.ppk_manual + s.ppk_dynamic);
	put_uint(answer, "ppk-manual-sessions", s.ppk_manual);
	put_uint(answer, "ppk-dynamic-sessions", s.ppk_dynamic);
	put_uint(answer, "ppk-fallback-sessions", s.ppk_fallback);
	put_bool(answer, "fips-mode", s.fips_mode);
	put_bool(answer, "fips-configured", s.fips_configured);
	put_bool(answer, "fips-provider", s.fips_provider);
	put_bool(answer, "fips-kernel", s.fips_kernel);
}

static void cmd_tunnels(struct ike *ike, struct json_object *request,
			struct json_object *answer)
{
	ike_view_tunnels(ike, add_tunnel, array_in(answer, "tunnels"));
	ike_view_strangers(ike, add_stranger, array_in(answer, "strangers"));
}

static void cmd_counters(struct ike *ike, struct json_object *request,
			 struct json_object *answer)
{
	ike_view_counters(ike, add_counter, object_in(answer, "counters"));
	ike_view_exchanges(ike, add_traffic, object_in(answer, "exchanges"));
	ike_view_notifies(ike, add_traffic, object_in(answer, "notifies"));
}

static void cmd_keyring(struct ike *ike, struct json_object *request,
			struct json_object *answer)
{
	struct keyring_list list = { .keyrings = array_in(answer, "keyrings") };

	ike_view_peers(ike, add_peer, &list);
}

static void cmd_clear(struct ike *ike, struct json_object *request,
		      struct json_object *answer)
{
	uint32_t id;
	int n;

	if (!get_session_id(request, answer, &id))
		return;
	n = ike_clear(ike, id);
	if (n < 0)
		set_error(answer, "there is no established session of that number");
	else
		put_uint(answer, "cleared", (uint64_t)n);
}

/* Rows of one tunnel follow each other. */
static void add_fips(void *arg, const struct view_fips *row)
{
	struct json_object *tunnels = arg, *o = NULL, *finding;
	size_t n = json_object_array_length(tunnels);

	if (n)
		o = json_object_array_get_idx(tunnels, n - 1);
	if (!o || strcmp(json_object_get_string(json_object_object_get(o,
					"interface")), row->ifname)) {
		o = json_object_new_object();
		put_str(o, "interface", row->ifname);
		put_bool(o, "stays-down", row->stays_down);
		array_in(o, "findings");
		json_object_array_add(tunnels, o);
	}
	if (!*row->text)
		return;
	finding = json_object_new_object();
	put_bool(finding, "fatal", row->fatal);
	put_str(finding, "text", row->text);
	put_str(finding, "setting", row->setting);
	json_object_array_add(json_object_object_get(o, "findings"), finding);
}

static void cmd_fips(struct ike *ike, struct json_object *request,
		     struct json_object *answer)
{
	struct json_object *v = json_object_object_get(request, "action");
	const char *action = json_object_is_type(v, json_type_string) ?
			     json_object_get_string(v) : "";
	struct view_summary s;

	if (strcmp(action, "check") == 0) {
		ike_view_fips(ike, add_fips, array_in(answer, "tunnels"));
	} else if (strcmp(action, "enable") && strcmp(action, "disable")) {
		set_error(answer, "action is not enable, disable or check");
		return;
	} else {
		ike_set_fips(ike, strcmp(action, "enable") == 0);
	}
	ike_view_summary(ike, &s);
	put_bool(answer, "fips-mode", s.fips_mode);
	put_bool(answer, "fips-configured", s.fips_configured);
}

static void cmd_ppk_test(struct ike *ike, struct json_object *request,
			 struct json_object *answer)
{
	struct json_object *peer, *ticket;
	struct view_ppk_test t;
	char why[160];
	int64_t n = 0;

	if (!json_object_object_get_ex(request, "peer", &peer) ||
	    !json_object_is_type(peer, json_type_string)) {
		set_error(answer, "peer is not the name of a keyring's peer");
		return;
	}
	if (json_object_object_get_ex(request, "ticket", &ticket))
		n = json_object_get_int64(ticket);
	if (n < 0 || n > UINT32_MAX ||
	    ike_ppk_test(ike, json_object_get_string(peer), (uint32_t)n, &t)) {
		snprintf(why, sizeof(why), n ? "no such ticket" :
			 "no keyring has a peer '%.100s' with a PPK",
			 json_object_get_string(peer));
		set_error(answer, why);
		return;
	}
	put_str(answer, "mode", quantum_text(t.kind));
	put_bool(answer, "pending", t.pending);
	put_uint(answer, "ticket", t.ticket);
	put_str(answer, "ppk-id", t.id);
	put_uint(answer, "key-octets", t.key_octets);
	put_uint(answer, "took-ms", t.took_ms);
	if (*t.why)
		put_str(answer, "why", t.why);
}

static void add_change(void *arg, const struct view_change *c)
{
	struct json_object *o = json_object_new_object();

	put_str(o, "interface", c->ifname);
	put_str(o, "action", c->action);
	put_str(o, "effect", c->effect);
	put_str(o, "settings", c->settings);
	json_object_array_add(arg, o);
}

/* Each line of @error as an element. */
static void put_problems(struct json_object *answer, char *error)
{
	struct json_object *problems = array_in(answer, "problems");
	char *line, *rest = NULL;

	for (line = strtok_r(error, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		json_object_array_add(problems, json_object_new_string(line));
}

static void cmd_reload(const struct ctl_reload *reload,
		       struct json_object *answer)
{
	struct json_object *changes = array_in(answer, "interfaces");
	char error[CFG_ERROR] = "";
	struct view_reload r;

	if (reload->fn(reload->arg, add_change, changes, &r, error)) {
		json_object_object_del(answer, "interfaces");
		set_error(answer, "the configuration was not applied, nothing has changed");
		put_problems(answer, error);
		return;
	}
	put_uint(answer, "unchanged", r.unchanged);
	put_uint(answer, "changed", r.changed);
	put_uint(answer, "added", r.added);
	put_uint(answer, "removed", r.removed);
	put_str(answer, "general", r.general);
}

static const struct {
	const char *name;
	void (*fn)(struct ike *ike, struct json_object *request,
		   struct json_object *answer);
} commands[] = {
	{ CTL_CMD_SESSIONS, cmd_sessions },
	{ CTL_CMD_SUMMARY, cmd_summary },
	{ CTL_CMD_TUNNELS, cmd_tunnels },
	{ CTL_CMD_COUNTERS, cmd_counters },
	{ CTL_CMD_KEYRING, cmd_keyring },
	{ CTL_CMD_CLEAR, cmd_clear },
	{ CTL_CMD_FIPS, cmd_fips },
	{ CTL_CMD_PPK_TEST, cmd_ppk_test },
};

static void run(struct ike *ike, const struct ctl_reload *reload,
		const char *name, struct json_object *request,
		struct json_object *answer, bool *monitor)
{
	size_t i;

	put_bool(answer, "ok", true);
	if (strcmp(name, CTL_CMD_MONITOR) == 0) {
		*monitor = true;
		return;
	}
	if (reload && strcmp(name, CTL_CMD_RELOAD) == 0) {
		cmd_reload(reload, answer);
		return;
	}
	if (strcmp(name, CTL_CMD_SKS) == 0) {
		ctl_show_sks(reload ? reload->sks : NULL, answer);
		return;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0) {
			commands[i].fn(ike, request, answer);
			return;
		}
	}
	set_error(answer, "unknown command");
}

struct json_object *ctl_command(struct ike *ike,
				const struct ctl_reload *reload,
				const char *line, bool *monitor)
{
	struct json_object *request = json_tokener_parse(line), *name;
	struct json_object *answer = json_object_new_object();

	*monitor = false;
	if (!answer)
		return NULL;
	if (json_object_is_type(request, json_type_object) &&
	    json_object_object_get_ex(request, "command", &name) &&
	    json_object_is_type(name, json_type_string))
		run(ike, reload, json_object_get_string(name), request,
		    answer, monitor);
	else
		set_error(answer,
			  "a request is a JSON object with a command");
	json_object_put(request);
	return answer;
}

struct json_object *ctl_event(const struct ike_event *ev)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	put_str(o, "event", ev->type);
	if (ev->ifname)
		put_str(o, "interface", ev->ifname);
	put_uint(o, "session-id", ev->session_id);
	if (ev->text)
		put_str(o, "text", ev->text);
	if (ev->failure)
		put_failure(o, ev->failure);
	return o;
}
