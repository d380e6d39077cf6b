// SPDX-License-Identifier: GPL-2.0
/*
 * A new configuration for a running agent: what does not differ is not
 * touched, what does is disturbed no more than it must be.
 */

#include <stdio.h>
#include <string.h>

#include "world.h"

#include "ike/engine.h"
#include "ike/reload.h"
#include "ike/sa.h"
#include "ike/tunnel.h"
#include "log/log.h"
#include "util/err.h"

#define EDITS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct setup second = { .dh = "19", .lifetime = 600,
				     .ike_lifetime = 600 };

/* Reload a side with the texts of its configuration replaced. */
static struct view_reload reload(struct side *s, const struct setup *setup,
				 const char *const *edits)
{
	struct cfg *cfg = world_config(setup, s->is_b, edits);
	struct view_reload r;

	assert_int_equal(ike_reload(s->ike, cfg, NULL, NULL, &r), 0);
	cfg_free(s->cfg);
	s->cfg = cfg;
	return r;
}

static void bring_up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 1000));
	world_assert_one(w);
}

static void nothing_differs(void **state)
{
	struct view_child before, after;
	struct view_reload r;
	struct world w;
	unsigned int sent, i;

	bring_up(&w, &second);
	w.traffic = true;
	before = side_child(&w.a);
	sent = w.a.sent;
	for (i = 0; i < 3; i++) {
		r = reload(&w.a, &second, NULL);
		assert_int_equal(r.unchanged, 1);
		assert_int_equal(r.changed + r.added + r.removed, 0);
		assert_string_equal(r.general, "");
	}
	world_run(&w, 1000);
	after = side_child(&w.a);
	assert_int_equal(after.spi_in, before.spi_in);
	assert_int_equal(after.spi_out, before.spi_out);
	assert_int_equal(w.a.sent, sent);
	assert_int_equal(w.lost, 0);
	assert_int_equal(w.a.kernel.link_changes, 0);
	world_fini(&w);
}

static void link_settings_change_the_interface(void **state)
{
	struct view_child before;
	struct view_reload r;
	struct world w;
	unsigned int sent;

	bring_up(&w, NULL);
	before = side_child(&w.a);
	sent = w.a.sent;
	r = reload(&w.a, NULL, EDITS("tunnel: { mode", "tunnel: { ttl = 9; mode"));
	assert_int_equal(r.changed, 1);
	assert_int_equal(w.a.kernel.link_changes, 1);
	assert_int_equal(w.a.kernel.link.ttl, 9);
	world_run(&w, 1000);
	assert_int_equal(side_child(&w.a).spi_in, before.spi_in);
	assert_int_equal(w.a.sent, sent);
	world_assert_one(&w);
	world_fini(&w);
}

static void a_refused_change_makes_the_interface_anew(void **state)
{
	struct view_child before;
	struct world w;

	bring_up(&w, NULL);
	before = side_child(&w.a);
	w.a.kernel.refuse_link = true;
	reload(&w.a, NULL, EDITS("tunnel: { mode", "tunnel: { ttl = 9; mode"));
	assert_int_equal(w.a.kernel.links, 1);
	assert_int_equal(w.a.kernel.link.ttl, 9);
	assert_true(world_until(&w, world_up, 5000));
	world_run(&w, 5000);
	assert_true(side_child(&w.a).spi_in != before.spi_in);
	world_assert_one(&w);
	world_fini(&w);
}

static void a_key_is_used_for_the_next_authentication(void **state)
{
	static const struct setup bad = { .psk_a = "cisco124" };
	struct view_sa before;
	struct view_reload r;
	struct world w;

	bring_up(&w, NULL);
	before = side_sa(&w.a);
	r = reload(&w.a, &bad, NULL);
	assert_int_equal(r.changed, 1);
	world_run(&w, 5000);
	assert_int_equal(side_sa(&w.a).spi_local, before.spi_local);
	world_assert_one(&w);
	/* The next one fails: the other side has the old key. */
	ike_clear(w.a.ike, 0);
	world_run(&w, 5000);
	assert_false(side_tunnel(&w.a).up);
	assert_int_equal(side_tunnel(&w.b).failure.reason, FAILURE_AUTH_PSK);
	/* Until that is corrected too, and at once then. */
	r = reload(&w.a, NULL, NULL);
	assert_int_equal(r.changed, 1);
	assert_true(world_until(&w, world_up, 1000));
	world_fini(&w);
}

static void lifetimes_and_transforms_wait_for_the_rekey(void **state)
{
	static const struct setup s = { .lifetime = 700 };
	struct view_child before, after;
	struct world w;

	bring_up(&w, NULL);
	before = side_child(&w.a);
	reload(&w.a, &s, EDITS("\"esp-hmac-sha-256\"", "\"esp-hmac-sha-512\""));
	reload(&w.b, &s, EDITS("\"esp-hmac-sha-256\"", "\"esp-hmac-sha-512\""));
	world_run(&w, 1000);
	after = side_child(&w.a);
	assert_int_equal(after.spi_in, before.spi_in);
	assert_string_equal(after.integ_show, "SHA256");
	side_rekey_child(&w.a);
	world_run(&w, 1000);
	after = side_child(&w.a);
	assert_true(after.spi_in != before.spi_in);
	assert_string_equal(after.integ_show, "SHA512");
	assert_true(after.expire_in_ms <= 700000);
	world_assert_one(&w);
	world_fini(&w);
}

/* The answer is judged by what was offered, not by what is configured now. */
static void a_rekey_in_flight_is_finished(void **state)
{
	static const struct setup s = { .lifetime = 700 };
	struct view_child before;
	struct world w;

	bring_up(&w, NULL);
	before = side_child(&w.a);
	side_rekey_child(&w.a);
	reload(&w.a, &s, EDITS("\"esp-hmac-sha-256\"", "\"esp-hmac-sha-512\""));
	reload(&w.a, &s, EDITS("\"esp-hmac-sha-256\"", "\"esp-hmac-sha-384\""));
	world_run(&w, 1000);
	assert_true(side_child(&w.a).spi_in != before.spi_in);
	assert_string_equal(side_child(&w.a).integ_show, "SHA256");
	world_assert_one(&w);
	world_fini(&w);
}

static void an_ike_rekey_in_flight_is_finished(void **state)
{
	static const struct setup life = { .ike_lifetime = 120 };
	static const struct setup other = { .ike_lifetime = 300 };
	struct view_sa before;
	struct world w;
	unsigned int i;

	bring_up(&w, &life);
	before = side_sa(&w.a);
	/* A reload between any two events of two rekeys. */
	for (i = 0; i < 2400; i++) {
		world_run(&w, 100);
		reload(&w.a, i % 2 ? &life : &other, NULL);
		reload(&w.b, i % 2 ? &life : &other, NULL);
	}
	assert_true(side_sa(&w.a).spi_local != before.spi_local);
	world_run(&w, 5000);
	world_assert_one(&w);
	world_fini(&w);
}

/* Whatever the moment, it comes up, with the new configuration. */
static void reload_during_negotiation(void **state)
{
	static const struct setup s = { .psk_a = "another", .psk_b = "another" };
	unsigned int ms;
	struct world w;

	for (ms = 0; ms <= 50; ms += 5) {
		world_init(&w, NULL);
		world_start(&w);
		world_run(&w, ms);
		reload(&w.a, &s, NULL);
		reload(&w.a, &s, NULL);
		reload(&w.b, &s, NULL);
		assert_true(world_until(&w, world_up, 30000));
		world_run(&w, 15000);
		world_assert_one(&w);
		world_fini(&w);
	}
}

static void another_profile_negotiates_anew(void **state)
{
	struct view_sa before;
	struct view_reload r;
	struct world w;

	bring_up(&w, NULL);
	before = side_sa(&w.a);
	r = reload(&w.a, NULL, EDITS("name = \"ip\"", "name = \"ip2\"",
				     "ipsec-profile = \"ip\"",
				     "ipsec-profile = \"ip2\""));
	assert_int_equal(r.changed, 1);
	assert_false(side_tunnel(&w.a).up);
	assert_true(world_until(&w, world_up, 2000));
	world_run(&w, 15000);
	assert_true(side_sa(&w.a).spi_local != before.spi_local);
	world_assert_one(&w);
	/* The interface stayed. */
	assert_int_equal(w.a.kernel.links, 1);
	assert_int_equal(side_counter(&w.b, "peers_dead"), 0);
	world_fini(&w);
}

static void another_destination_leaves_the_peer(void **state)
{
	struct world w;

	bring_up(&w, NULL);
	reload(&w.a, NULL, EDITS("destination = \"" ADDR_B "\"",
				 "destination = \"198.51.100.77\"",
				 "address = \"" ADDR_B "\"; ",
				 "address = \"198.51.100.0/24\"; ",
				 "address = \"" ADDR_B "\"; ",
				 "address = \"198.51.100.77\"; "));
	assert_false(side_tunnel(&w.a).up);
	world_run(&w, 1000);
	/* The old peer was told. */
	world_assert_nothing(&w.b);
	assert_int_equal(side_tunnel(&w.b).failure.reason,
			 FAILURE_DELETED_BY_PEER);
	assert_int_equal(w.a.kernel.link.remote.octets[3], 77);
	world_fini(&w);
}

#define NO_INTERFACE "interfaces = ( );\nfips-mode = false; #"

static void removed_and_added(void **state)
{
	const char *const none[] = { "interfaces = (", NO_INTERFACE,
				     "\n  tunnel: {", "#", "\n            protection", "#",
				     NULL };
	struct view_reload r;
	struct world w;

	bring_up(&w, NULL);
	r = reload(&w.a, NULL, none);
	assert_int_equal(r.removed, 1);
	assert_int_equal(w.a.kernel.links, 0);
	world_run(&w, 1000);
	world_assert_nothing(&w.a);
	world_assert_nothing(&w.b);
	assert_int_equal(side_tunnel(&w.b).failure.reason,
			 FAILURE_DELETED_BY_PEER);
	/* With the last IKE SA its socket went. */
	assert_int_equal(w.a.unlistened, 1);
	r = reload(&w.a, NULL, NULL);
	assert_int_equal(r.added, 1);
	assert_int_equal(w.a.kernel.links, 1);
	assert_true(world_until(&w, world_up, 2000));
	world_run(&w, 15000);
	world_assert_one(&w);
	world_fini(&w);
}

#define MANY		100
#define AT_ONCE		32	/* CONNECTS_AT_ONCE of tunnel.c */

static unsigned int that_tried(struct world *w)
{
	struct tunnel *t;
	unsigned int n = 0;

	list_for_each(t, &w->a.ike->tunnels, struct tunnel, list)
		n += t->attempts > 0;
	return n;
}

static unsigned int seen_waiting;

static void see_waiting(void *arg, const struct view_tunnel *t)
{
	if (!t->waits_behind)
		return;
	seen_waiting++;
	assert_int_equal(t->waits_behind, AT_ONCE);
	assert_string_equal(t->status, "waiting");
	assert_int_equal(t->attempts, 0);
	assert_true(t->retry_in_ms <= 1000);
}

static unsigned int that_wait(struct world *w)
{
	seen_waiting = 0;
	ike_view_tunnels(w->a.ike, see_waiting, NULL);
	return seen_waiting;
}

static unsigned int said_waiting;

static void count_waiting(void *arg, enum log_level level, const char *line)
{
	said_waiting += strstr(line, "waits for one of 32 places") != NULL;
}

/* Peers that do not answer hold back those that come next, but not for long. */
static void many_connect_in_turns(void **state)
{
	static char text[MANY * 256] = "interfaces = (";
	const char *const edits[] = { "interfaces = (", text, NULL };
	const struct setup setup = {
		.peers_a = "{ name = \"all\"; address = \"0.0.0.0/0\"; pre-shared-key = \"cisco123\"; }",
	};
	size_t len = strlen(text), i;
	struct world w;

	bring_up(&w, &setup);
	for (i = 0; i < MANY; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"{ name = \"t%zu\"; ipv4-address = \"172.16.0.%zu/32\"; tunnel: { mode = \"ipsec ipv4\"; "
			"source = \"" ADDR_A "\"; destination = \"198.51.100.%zu\"; protection: { ipsec-profile = \"ip\"; }; }; },",
			i, i + 1, i + 100);
	w.fault = lose_all;
	said_waiting = 0;
	log_to(count_waiting, NULL);
	log_set_level(LOG_LEVEL_DEBUG);
	assert_int_equal(reload(&w.a, &setup, edits).added, MANY);
	world_run(&w, 1500);
	assert_int_equal(that_tried(&w), AT_ONCE);
	assert_int_equal(w.a.ike->connecting, AT_ONCE);
	assert_int_equal(that_wait(&w), MANY - AT_ONCE);
	world_run(&w, 2000);
	assert_int_equal(that_tried(&w), 2 * AT_ONCE);
	assert_int_equal(that_wait(&w), MANY - 2 * AT_ONCE);
	world_run(&w, 5000);
	assert_int_equal(that_tried(&w), MANY);
	assert_int_equal(w.a.ike->connecting, 0);
	assert_int_equal(that_wait(&w), 0);
	/* Each says it once, however often it asks. */
	assert_int_equal(said_waiting, MANY - AT_ONCE);
	log_to_stderr();
	world_fini(&w);
}

/* Added again while the Delete is still repeated; the peer does not hear. */
static void removed_and_added_at_once(void **state)
{
	const char *const none[] = { "interfaces = (", NO_INTERFACE,
				     "\n  tunnel: {", "#", "\n            protection", "#",
				     NULL };
	struct world w;

	bring_up(&w, NULL);
	w.fault = lose_all;
	reload(&w.a, NULL, none);
	world_run(&w, 3000);
	reload(&w.a, NULL, NULL);
	w.fault = NULL;
	assert_true(world_until(&w, world_up, 10000));
	world_run(&w, 200000);
	world_assert_one(&w);
	world_fini(&w);
}

/* A request of each kind is in flight when the tunnel is removed. */
static void removed_while_busy(void **state)
{
	static const struct setup life = { .ike_lifetime = 120 };
	const char *const none[] = { "interfaces = (", NO_INTERFACE,
				     "\n  tunnel: {", "#", "\n            protection", "#",
				     NULL };
	unsigned int ms;
	struct world w;

	for (ms = 0; ms < 40; ms += 5) {
		bring_up(&w, NULL);
		side_rekey_child(&w.a);
		side_rekey_child(&w.b);
		world_run(&w, ms);
		reload(&w.a, NULL, none);
		world_run(&w, 200000);
		world_assert_nothing(&w.a);
		world_assert_nothing(&w.b);
		world_fini(&w);
	}
	/* In the window of the IKE SA's rekey. */
	for (ms = 95000; ms < 109000; ms += 500) {
		bring_up(&w, &life);
		world_run(&w, ms);
		reload(&w.a, &life, none);
		world_run(&w, 200000);
		world_assert_nothing(&w.a);
		world_assert_nothing(&w.b);
		world_fini(&w);
	}
}

/*
 * The IKE SA is being rekeyed and the peer is dead: what is left of the tunnel
 * goes with the IKE SA and the one that was to follow it.
 */
static void removed_while_the_peer_is_dead(void **state)
{
	const char *const none[] = { "interfaces = (", NO_INTERFACE,
				     "\n  tunnel: {", "#", "\n            protection", "#",
				     NULL };
	struct ike_sa *sa;
	struct world w;

	bring_up(&w, NULL);
	world_crash(&w, &w.b);
	sa = list_entry(w.a.ike->sas.next, struct ike_sa, list);
	ike_sa_queue(sa, TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(sa);
	assert_non_null(sa->rekey);
	reload(&w.a, NULL, none);
	assert_false(list_empty(&w.a.ike->ghosts));
	world_run(&w, 200000);
	assert_int_equal(side_sas(&w.a), 0);
	assert_true(list_empty(&w.a.ike->ghosts));
	assert_int_equal(w.a.unlistened, 1);
	world_fini(&w);
}

static void who_is_not_welcome_any_more_goes(void **state)
{
	static const struct setup s = { .match_b = "{ fqdn = \"other.example.com\"; }" };
	struct world w;

	bring_up(&w, NULL);
	reload(&w.a, &s, NULL);
	world_run(&w, 500);
	assert_false(side_tunnel(&w.a).up);
	world_run(&w, 5000);
	assert_false(side_tunnel(&w.a).up);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_IDENTITY);
	reload(&w.a, NULL, NULL);
	assert_true(world_until(&w, world_up, 2000));
	world_fini(&w);
}

static void liveness_is_checked_as_configured_now(void **state)
{
	static const struct setup s = { .profile = "dpd-interval = 10;" };
	static const struct setup none = { .profile = "dpd-interval = 0;" };
	struct world w;

	bring_up(&w, &none);
	world_crash(&w, &w.b);
	world_run(&w, 300000);
	assert_true(side_tunnel(&w.a).up);
	reload(&w.a, &s, NULL);
	world_run(&w, 140000);
	assert_false(side_tunnel(&w.a).up);
	world_fini(&w);
}

static void general_settings_are_named(void **state)
{
	static const struct setup s = { .ikev2 = "retransmit-tries = 2;" };
	struct view_reload r;
	struct world w;

	bring_up(&w, NULL);
	r = reload(&w.a, &s, NULL);
	assert_int_equal(r.unchanged, 1);
	assert_string_equal(r.general, "ikev2.retransmit-tries");
	world_crash(&w, &w.b);
	ike_clear(w.a.ike, 0);
	world_run(&w, 15000);
	assert_int_equal(side_counter(&w.a, "retransmits"), 2);
	world_fini(&w);
}

/* ------------------------------------------------------------------- VRFs */

#define RED EDITS("tunnel: { mode", "vrf = \"red\"; tunnel: { mode")

static void lose_red(struct world *w, bool there)
{
	struct knl_event ev = { .type = there ? KNL_EV_PLACE : KNL_EV_LINK_GONE,
				.ifindex = there ? 0 : 'r' };

	w->a.kernel.no_device = there ? NULL : "red";
	ike_kernel_event(w->a.ike, &ev);
}

static void a_vrf_goes_and_comes(void **state)
{
	struct world w;

	bring_up(&w, NULL);
	reload(&w.a, NULL, RED);
	assert_string_equal(w.a.kernel.link.vrf, "red");
	world_assert_one(&w);
	/* Not in the default VRF, not even for a moment. */
	lose_red(&w, false);
	assert_int_equal(w.a.kernel.links, 0);
	world_run(&w, 1000);
	world_assert_nothing(&w.a);
	world_assert_nothing(&w.b);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_NO_VRF);
	assert_string_equal(side_tunnel(&w.a).failure.ours, "red");
	/* When it is there again, at once and not after the back-off. */
	world_run(&w, 100000);
	lose_red(&w, true);
	assert_true(world_until(&w, world_up, 1000));
	assert_int_equal(w.a.kernel.links, 1);
	world_run(&w, 15000);
	world_assert_one(&w);
	world_fini(&w);
}

static void another_device_goes(void **state)
{
	struct knl_event ev = { .type = KNL_EV_LINK_GONE, .ifindex = 'x' };
	struct view_child before;
	struct world w;

	bring_up(&w, NULL);
	reload(&w.a, NULL, RED);
	before = side_child(&w.a);
	ike_kernel_event(w.a.ike, &ev);
	world_run(&w, 1000);
	assert_int_equal(side_child(&w.a).spi_in, before.spi_in);
	world_assert_one(&w);
	world_fini(&w);
}

static void reload_into_a_vrf_that_is_not_there(void **state)
{
	struct world w;

	bring_up(&w, NULL);
	w.a.kernel.no_device = "red";
	reload(&w.a, NULL, RED);
	assert_int_equal(w.a.kernel.links, 0);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_NO_VRF);
	lose_red(&w, true);
	assert_true(world_until(&w, world_up, 1000));
	world_fini(&w);
}

#define BY_ETH0 EDITS("source = \"" ADDR_A "\"", "source = \"eth0\"", \
		      "address-local = [ \"" ADDR_A "\" ];", "")
#define BY_ETH0_SHORTER EDITS("source = \"" ADDR_A "\"", "source = \"eth0\"", \
			      "address-local = [ \"" ADDR_A "\" ];", "", \
			      "tunnel: {", "mtu = 1300; tunnel: {")

static void set_address(struct world *w, const char *address)
{
	struct knl_event ev = { .type = KNL_EV_ADDRESS, .ifindex = 'e' };

	w->a.kernel.address = address;
	ike_kernel_event(w->a.ike, &ev);
}

static void the_source_follows_an_interface(void **state)
{
	struct view_child before;
	struct world w;

	bring_up(&w, NULL);
	w.a.kernel.address = ADDR_A;
	reload(&w.a, NULL, BY_ETH0);
	assert_true(world_until(&w, world_up, 2000));
	world_run(&w, 15000);
	world_assert_one(&w);
	before = side_child(&w.a);
	/* The same address; another interface's. */
	set_address(&w, ADDR_A);
	world_run(&w, 1000);
	assert_int_equal(side_child(&w.a).spi_in, before.spi_in);
	/* Another one: the interface stays, the old SAs do not. */
	set_address(&w, "198.51.100.7");
	assert_int_equal(w.a.kernel.links, 1);
	assert_int_equal(w.a.kernel.link.local.octets[3], 7);
	assert_int_equal(side_kernel_sas(&w.a, KNL_IN), 0);
	world_run(&w, 1000);
	assert_int_equal(side_sa(&w.a).local.addr.octets[3], 7);
	world_fini(&w);
}

static void the_source_loses_its_address(void **state)
{
	struct world w;

	bring_up(&w, NULL);
	w.a.kernel.address = ADDR_A;
	reload(&w.a, NULL, BY_ETH0);
	assert_true(world_until(&w, world_up, 2000));
	world_run(&w, 15000);
	set_address(&w, NULL);
	world_run(&w, 1000);
	world_assert_nothing(&w.a);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_NO_SOURCE);
	assert_string_equal(side_tunnel(&w.a).failure.ours, "eth0");
	world_run(&w, 100000);
	set_address(&w, ADDR_A);
	assert_true(world_until(&w, world_up, 1000));
	world_run(&w, 15000);
	world_assert_one(&w);
	world_fini(&w);
}

static enum fate note_source(struct world *w, struct letter *l)
{
	if (l->to_b && l->hdr.exchange == EXCHANGE_IKE_SA_INIT)
		*(struct addr *)w->fault_arg = l->path.remote.addr;
	return PASS;
}

/* A tries to connect, and its messages leave. */
static void tries_from(struct world *w, uint8_t last)
{
	struct addr from = { 0 };

	w->fault = note_source;
	w->fault_arg = &from;
	world_run(w, 5000);
	assert_false(side_tunnel(&w->a).up);
	assert_int_equal(from.octets[3], last);
	assert_int_equal(w->a.kernel.link.local.octets[3], last);
	w->fault = NULL;
}

/* The address is another one before anybody has said so. */
static void the_source_changes_unheard(void **state)
{
	struct knl_event gone = { .type = KNL_EV_LINK_GONE,
				  .ifindex = IFINDEX };
	struct world w;
	int reloads;

	for (reloads = 0; reloads < 2; reloads++) {
		bring_up(&w, NULL);
		w.a.kernel.address = ADDR_A;
		reload(&w.a, NULL, BY_ETH0);
		assert_true(world_until(&w, world_up, 2000));
		world_run(&w, 15000);
		w.a.kernel.address = "198.51.100.7";
		if (reloads) {
			reload(&w.a, NULL, BY_ETH0_SHORTER);
			tries_from(&w, 7);
		} else {
			fake_kernel_flush(&w.a.kernel);
			ike_kernel_event(w.a.ike, &gone);
		}
		set_address(&w, w.a.kernel.address);
		tries_from(&w, 7);
		/* And back, as it is at the peer. */
		set_address(&w, ADDR_A);
		assert_true(world_until(&w, world_up, 3000));
		world_run(&w, 15000);
		world_assert_one(&w);
		world_fini(&w);
	}
}

static void done(void *arg)
{
}

static void not_while_stopping(void **state)
{
	struct view_reload r;
	struct cfg *cfg;
	struct world w;

	bring_up(&w, NULL);
	ike_stop(w.a.ike, done, NULL);
	cfg = world_config(NULL, false, NULL);
	assert_int_equal(ike_reload(w.a.ike, cfg, NULL, NULL, &r),
			 ERR_CANCELED);
	cfg_free(cfg);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_differs),
		cmocka_unit_test(link_settings_change_the_interface),
		cmocka_unit_test(a_refused_change_makes_the_interface_anew),
		cmocka_unit_test(a_key_is_used_for_the_next_authentication),
		cmocka_unit_test(lifetimes_and_transforms_wait_for_the_rekey),
		cmocka_unit_test(a_rekey_in_flight_is_finished),
		cmocka_unit_test(an_ike_rekey_in_flight_is_finished),
		cmocka_unit_test(reload_during_negotiation),
		cmocka_unit_test(another_profile_negotiates_anew),
		cmocka_unit_test(another_destination_leaves_the_peer),
		cmocka_unit_test(removed_and_added),
		cmocka_unit_test(many_connect_in_turns),
		cmocka_unit_test(removed_and_added_at_once),
		cmocka_unit_test(removed_while_busy),
		cmocka_unit_test(removed_while_the_peer_is_dead),
		cmocka_unit_test(who_is_not_welcome_any_more_goes),
		cmocka_unit_test(liveness_is_checked_as_configured_now),
		cmocka_unit_test(general_settings_are_named),
		cmocka_unit_test(a_vrf_goes_and_comes),
		cmocka_unit_test(another_device_goes),
		cmocka_unit_test(reload_into_a_vrf_that_is_not_there),
		cmocka_unit_test(the_source_follows_an_interface),
		cmocka_unit_test(the_source_loses_its_address),
		cmocka_unit_test(the_source_changes_unheard),
		cmocka_unit_test(not_while_stopping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
