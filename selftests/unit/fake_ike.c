// SPDX-License-Identifier: GPL-2.0
/*
 * The functions of ike/view.h and ike_clear() over a table.
 */

#include "fake_ike.h"

#include <netinet/in.h>
#include <string.h>

#include "util/err.h"

struct fake_ike fake_ike;

#define SET(to, text) strcpy(to, text)

static struct addr ip(const char *text)
{
	struct addr a;

	addr_parse(text, &a);
	return a;
}

void fake_ike_reset(void)
{
	memset(&fake_ike, 0, sizeof(fake_ike));
	fake_ike.cleared = -1;
}

static void guide_sa(struct view_sa *s)
{
	s->session_id = 16;
	s->ike_sa_id = 22690;
	s->spi_local = 0x3b95c7fcc6a69d0a;
	s->spi_remote = 0xf44c4dbcfee67f07;
	s->local = (struct endpoint){ ip("198.51.100.1"), 500 };
	s->remote = (struct endpoint){ ip("198.51.100.19"), 500 };
	SET(s->state, "READY");
	SET(s->description, "Negotiation done");
	s->established = true;
	s->initiator = true;
	SET(s->encr_show, "AES-CBC");
	s->key_bits = 256;
	SET(s->prf_show, "SHA256");
	SET(s->integ_show, "SHA256");
	s->ke = 20;
	SET(s->auth_local, "PSK");
	SET(s->auth_remote, "PSK");
	s->lifetime = 600;
	s->age_ms = 43999;
	s->rekey_in_ms = UINT64_MAX;
	SET(s->local_id, "198.51.100.1");
	SET(s->remote_id, "RouterB.example.com");
	SET(s->fvrf, "Default");
	SET(s->profile, "ikev2_prof_mgmt_P1");
	s->child_count = 1;
}

static void guide_child(struct fake_child *c)
{
	struct view_child *v = &c->view;

	c->ike_sa_id = 22690;
	v->child_id = 1;
	SET(v->ifname, "tunnel-ip1");
	v->spi_in = 0xf9638403;
	v->spi_out = 0x3ce7e610;
	SET(v->state, "INSTALLED");
	v->local = (struct ts){ .start = ip("198.51.100.5"),
				.end = ip("198.51.100.5"),
				.port_end = 65535 };
	v->remote = (struct ts){ .start = ip("0.0.0.0"),
				 .end = ip("255.255.255.255"),
				 .port_end = 65535 };
	SET(v->encr_show, "AES-GCM");
	v->key_bits = 256;
	SET(v->integ_show, "None");
	v->rekey_in_ms = 500000;
	v->expire_in_ms = 556000;
}

void fake_ike_guide(void)
{
	struct view_tunnel *t = &fake_ike.tunnels[0];

	fake_ike_reset();
	guide_sa(&fake_ike.sas[0]);
	guide_child(&fake_ike.children[0]);
	SET(t->ifname, "tunnel-ip1");
	t->ifindex = 9;
	t->source = ip("198.51.100.1");
	t->destination = ip("198.51.100.19");
	t->up = true;
	SET(t->status, "up");
	t->session_id = 16;
	t->retry_in_ms = UINT64_MAX;
	fake_ike.summary.active_out = 1;
	fake_ike.sa_count = 1;
	fake_ike.child_count = 1;
	fake_ike.tunnel_count = 1;
}

void ike_view_sas(const struct ike *ike, uint32_t session_id, view_sa_fn fn,
		  void *arg)
{
	const struct view_sa *s = fake_ike.sas;

	for (; s < fake_ike.sas + fake_ike.sa_count; s++)
		if (!session_id || s->session_id == session_id)
			fn(arg, s);
}

void ike_view_children(const struct view_sa *sa, view_child_fn fn, void *arg)
{
	const struct fake_child *c = fake_ike.children;

	for (; c < fake_ike.children + fake_ike.child_count; c++)
		if (c->ike_sa_id == sa->ike_sa_id)
			fn(arg, &c->view);
}

void ike_view_tunnels(const struct ike *ike, view_tunnel_fn fn, void *arg)
{
	unsigned int i;

	for (i = 0; i < fake_ike.tunnel_count; i++)
		fn(arg, &fake_ike.tunnels[i]);
}

void ike_view_summary(const struct ike *ike, struct view_summary *out)
{
	*out = fake_ike.summary;
}

void ike_view_counters(const struct ike *ike, view_counter_fn fn, void *arg)
{
	fn(arg, "rx_messages", 7);
}

void ike_on_event(struct ike *ike, ike_event_fn fn, void *arg)
{
	fake_ike.event_fn = fn;
	fake_ike.event_arg = arg;
}

void fake_ike_emit(const struct ike_event *ev)
{
	if (fake_ike.event_fn)
		fake_ike.event_fn(fake_ike.event_arg, ev);
}

void ike_view_fips(const struct ike *ike, view_fips_fn fn, void *arg)
{
	unsigned int i;

	for (i = 0; i < fake_ike.fips_count; i++)
		fn(arg, &fake_ike.fips[i]);
}

void ike_set_fips(struct ike *ike, bool on)
{
	fake_ike.summary.fips_mode = on;
}

int ike_clear(struct ike *ike, uint32_t session_id)
{
	struct ike_event ev = { .type = fake_ike.clear_event,
				.ifname = "tunnel-ip1" };

	fake_ike.cleared = (int)session_id;
	if (fake_ike.clear_event)
		fake_ike_emit(&ev);
	return fake_ike.clear_result;
}

/* Answered when it is asked for the third time. */
int ike_ppk_test(struct ike *ike, const char *peer, uint32_t ticket,
		 struct view_ppk_test *out)
{
	if (strcmp(peer, "b") || (ticket && ticket != fake_ike.ppk.ticket))
		return ERR_NOT_FOUND;
	*out = fake_ike.ppk;
	out->pending = out->ticket && ++fake_ike.ppk_asked < 3;
	return 0;
}

void ike_view_strangers(const struct ike *ike, view_stranger_fn fn, void *arg)
{
	unsigned int i;

	for (i = 0; i < fake_ike.stranger_count; i++)
		fn(arg, &fake_ike.strangers[i]);
}

void ike_view_peers(const struct ike *ike, view_peer_fn fn, void *arg)
{
	unsigned int i;

	for (i = 0; i < fake_ike.peer_count; i++)
		fn(arg, &fake_ike.peer_views[i]);
}

void ike_view_exchanges(const struct ike *ike, view_traffic_fn fn, void *arg)
{
	fn(arg, &(struct view_traffic){ "IKE_SA_INIT", { 3, 0, 0, 2 } });
	fn(arg, &(struct view_traffic){ "IKE_AUTH", { 0, 0, 0, 0 } });
}

void ike_view_notifies(const struct ike *ike, view_traffic_fn fn, void *arg)
{
	fn(arg, &(struct view_traffic){ "COOKIE", { 1, 0, 0, 1 } });
	fn(arg, &(struct view_traffic){ "other error", { 0, 0, 0, 0 } });
}
