// SPDX-License-Identifier: GPL-2.0
/*
 * Traffic selectors between two engines: what access lists permit on both
 * sides is what both kernels get, and nothing comes up when that is nothing.
 */

#include "world.h"

#include <stdio.h>
#include <string.h>

#include "ike/reload.h"
#include "log/log.h"

#define EDITS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define PERMIT(from, to)						\
	"{ action = \"permit\"; protocol = \"ipv4\"; source = \"" from	\
	"\"; destination = \"" to "\"; }"

/* The guide's pair of lists. */
static const struct setup guide = {
	.acl_a = PERMIT("198.51.100.5 255.255.255.255",
			"198.51.100.21 255.255.255.255"),
	.acl_b = PERMIT("198.51.100.21 255.255.255.255",
			"198.51.100.5 255.255.255.255"),
};

static void assert_range(const struct addr *start, const struct addr *end,
			 const char *first, const char *last)
{
	char text[ADDR_STR];

	assert_string_equal(addr_str(start, text), first);
	assert_string_equal(addr_str(end, text), last);
}

/* The SAs in the kernel and the screens agree. */
static void assert_selectors(struct side *s, const char *local_first,
			     const char *local_last, const char *remote_first,
			     const char *remote_last)
{
	struct view_child c = side_child(s);
	unsigned int i, seen = 0;

	assert_range(&c.local.start, &c.local.end, local_first, local_last);
	assert_range(&c.remote.start, &c.remote.end, remote_first,
		     remote_last);
	for (i = 0; i < FAKE_SAS; i++) {
		const struct knl_sa *k = &s->kernel.sas[i].sa;

		if (!s->kernel.sas[i].used)
			continue;
		seen++;
		assert_int_equal(k->sel_local_count, 1);
		assert_int_equal(k->sel_remote_count, 1);
		assert_range(&k->sel_local[0].start, &k->sel_local[0].end,
			     local_first, local_last);
		assert_range(&k->sel_remote[0].start, &k->sel_remote[0].end,
			     remote_first, remote_last);
	}
	assert_int_equal(seen, 2);
}

static void bring_up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 2000));
}

static void equal_lists(void **state)
{
	struct world w;

	bring_up(&w, &guide);
	assert_selectors(&w.a, "198.51.100.5", "198.51.100.5",
			 "198.51.100.21", "198.51.100.21");
	assert_selectors(&w.b, "198.51.100.21", "198.51.100.21",
			 "198.51.100.5", "198.51.100.5");
	/* They survive a rekey of either side. */
	side_rekey_child(&w.a);
	world_run(&w, 10000);
	assert_selectors(&w.a, "198.51.100.5", "198.51.100.5",
			 "198.51.100.21", "198.51.100.21");
	side_rekey_child(&w.b);
	world_run(&w, 10000);
	assert_selectors(&w.b, "198.51.100.21", "198.51.100.21",
			 "198.51.100.5", "198.51.100.5");
	world_assert_one(&w);
	world_fini(&w);
}

static void the_responder_narrows(void **state)
{
	static const struct setup s = {
		.acl_a = PERMIT("10.1.0.0/16", "any"),
		.acl_b = PERMIT("10.2.0.0/24", "10.1.7.0/24"),
	};
	struct world w;

	bring_up(&w, &s);
	assert_selectors(&w.a, "10.1.7.0", "10.1.7.255", "10.2.0.0",
			 "10.2.0.255");
	assert_selectors(&w.b, "10.2.0.0", "10.2.0.255", "10.1.7.0",
			 "10.1.7.255");
	/* What is asked for at the rekey is what was agreed. */
	side_rekey_child(&w.b);
	world_run(&w, 10000);
	assert_selectors(&w.a, "10.1.7.0", "10.1.7.255", "10.2.0.0",
			 "10.2.0.255");
	world_assert_one(&w);
	world_fini(&w);
}

/* An access list on one side binds the other too. */
static void one_list_is_enough(void **state)
{
	static const struct setup only_a = {
		.acl_a = PERMIT("10.1.0.0/24", "10.2.0.0/24"),
	};
	static const struct setup only_b = {
		.acl_b = PERMIT("10.2.0.0/24", "10.1.0.0/24"),
	};
	struct world w;

	bring_up(&w, &only_a);
	assert_selectors(&w.b, "10.2.0.0", "10.2.0.255", "10.1.0.0",
			 "10.1.0.255");
	world_fini(&w);
	bring_up(&w, &only_b);
	assert_selectors(&w.a, "10.1.0.0", "10.1.0.255", "10.2.0.0",
			 "10.2.0.255");
	world_fini(&w);
}

static void without_lists_anything_goes(void **state)
{
	struct view_child c;
	struct world w;

	bring_up(&w, NULL);
	c = side_child(&w.a);
	/* Of IPv4: without a selector the module would carry IPv6 too. */
	assert_selectors(&w.a, "0.0.0.0", "255.255.255.255", "0.0.0.0",
			 "255.255.255.255");
	assert_range(&c.remote.start, &c.remote.end, "0.0.0.0",
		     "255.255.255.255");
	world_fini(&w);
}

static void nothing_in_common(void **state)
{
	static const struct setup s = {
		.acl_a = PERMIT("10.1.0.0/24", "10.2.0.0/24"),
		.acl_b = PERMIT("10.2.0.0/24", "10.3.0.0/24"),
	};
	struct failure a, b;
	struct world w;

	world_init(&w, &s);
	world_start(&w);
	assert_false(world_until(&w, world_up, 5000));
	a = side_tunnel(&w.a).failure;
	b = side_tunnel(&w.b).failure;
	assert_int_equal(a.reason, FAILURE_TS);
	assert_string_equal(a.ours, "local 10.1.0.0/24, remote 10.2.0.0/24");
	assert_string_equal(a.theirs, "answers TS_UNACCEPTABLE to IKE_AUTH");
	assert_int_equal(b.reason, FAILURE_TS);
	assert_string_equal(b.ours, "local 10.2.0.0/24, remote 10.3.0.0/24");
	assert_string_equal(b.theirs, "local 10.2.0.0/24, remote 10.1.0.0/24");
	assert_int_equal(side_kernel_sas(&w.a, KNL_IN), 0);
	assert_int_equal(side_kernel_sas(&w.b, KNL_IN), 0);
	world_fini(&w);
}

/** struct log_hunt - whether a line was logged */
struct log_hunt {
	const char *line;
	bool found;
};

static void on_line(void *arg, enum log_level level, const char *line)
{
	struct log_hunt *h = arg;

	h->found |= level == LOG_LEVEL_ERROR && strcmp(line, h->line) == 0;
}

/* Nothing comes up in five seconds, and the line is logged. */
static bool fails_with(struct world *w, const char *line)
{
	struct log_hunt hunt = { .line = line };

	log_to(on_line, &hunt);
	world_start(w);
	assert_false(world_until(w, world_up, 5000));
	log_to_stderr();
	return hunt.found;
}

#define SYSLOG_A							\
	"%SECURITY-IPSEC_XR-3-SA_REQUEST_FAILED : IPsec SA request failed for endpoint ifh:800070 src:198.51.100.1 dest:198.51.100.19 fvrf:default with Error: ACL config is empty"
#define SYSLOG_B							\
	"%SECURITY-IPSEC_XR-3-SA_ACCEPT_FAILED : IPsec SA accept failed for endpoint ifh:800070 src:198.51.100.19 dest:198.51.100.1 fvrf:default with Error: ACL config is empty. IPsec proposal will be rejected."

static void an_initiator_with_an_empty_list(void **state)
{
	static const struct setup s = { .acl_a = "" };
	struct world w;

	world_init(&w, &s);
	assert_true(fails_with(&w, SYSLOG_A));
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_ACL);
	assert_string_equal(side_tunnel(&w.a).failure.ours, "acl");
	/* Nobody was bothered with it. */
	assert_int_equal(w.a.sent, 0);
	world_fini(&w);
}

static void a_responder_with_an_empty_list(void **state)
{
	static const struct setup s = { .acl_b = "" };
	struct world w;

	world_init(&w, &s);
	assert_true(fails_with(&w, SYSLOG_B));
	assert_int_equal(side_tunnel(&w.b).failure.reason, FAILURE_ACL);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_TS);
	assert_int_equal(side_kernel_sas(&w.b, KNL_IN), 0);
	world_fini(&w);
}

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

/* A list that is missing keeps the tunnel down; a reload brings it. */
static void a_missing_list_appears(void **state)
{
	struct view_reload r;
	struct world w;

	bring_up(&w, &guide);
	r = reload(&w.a, &guide, EDITS("name = \"acl\"", "name = \"another\""));
	assert_int_equal(r.changed, 1);
	world_run(&w, 5000);
	assert_false(side_tunnel(&w.a).up);
	assert_int_equal(side_kernel_sas(&w.a, KNL_OUT), 0);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_ACL);
	reload(&w.a, &guide, NULL);
	assert_true(world_until(&w, world_up, 5000));
	world_run(&w, 15000);
	world_assert_one(&w);
	world_fini(&w);
}

static void a_changed_list_is_negotiated_anew(void **state)
{
	static const struct setup wider = {
		.acl_a = PERMIT("10.1.0.0/16", "10.2.0.0/16"),
		.acl_b = PERMIT("10.2.0.0/16", "10.1.0.0/16"),
	};
	struct view_child before;
	struct view_reload r;
	struct world w;

	bring_up(&w, &wider);
	before = side_child(&w.a);
	/* The same addresses under another name and in other words. */
	r = reload(&w.a, &wider, EDITS("10.1.0.0/16", "10.1.9.9 255.255.0.0"));
	assert_int_equal(r.changed, 0);
	assert_int_equal(side_child(&w.a).spi_in, before.spi_in);
	r = reload(&w.a, &wider, EDITS("10.1.0.0/16", "10.1.4.0/24"));
	assert_int_equal(r.changed, 1);
	assert_true(world_until(&w, world_up, 5000));
	world_run(&w, 15000);
	assert_selectors(&w.a, "10.1.4.0", "10.1.4.255", "10.2.0.0",
			 "10.2.255.255");
	assert_selectors(&w.b, "10.2.0.0", "10.2.255.255", "10.1.4.0",
			 "10.1.4.255");
	world_fini(&w);
}

/* What the module is told of reverse routes. */
static void reverse_routes_follow_the_list(void **state)
{
	const char *const on[] = {
		"ikev2-profile = \"prof\";",
		"ikev2-profile = \"prof\"; reverse-route = true;", NULL,
	};
	const char *const tuned[] = {
		"ikev2-profile = \"prof\";",
		"ikev2-profile = \"prof\"; reverse-route = true; reverse-route-priority = 50; reverse-route-fallback = \"none\";",
		NULL,
	};
	struct view_child before;
	struct knl_rri *rri;
	struct world w;

	bring_up(&w, &guide);
	rri = &w.a.kernel.rri;
	assert_false(rri->on);
	before = side_child(&w.a);
	reload(&w.a, &guide, on);
	assert_true(rri->on && rri->unreachable);
	assert_int_equal(rri->priority, 0x02000000);
	assert_int_equal(rri->sel_remote_count, 1);
	assert_range(&rri->sel_local[0].start, &rri->sel_local[0].end,
		     "198.51.100.5", "198.51.100.5");
	assert_range(&rri->sel_remote[0].start, &rri->sel_remote[0].end,
		     "198.51.100.21", "198.51.100.21");
	reload(&w.a, &guide, tuned);
	assert_int_equal(rri->priority, 50);
	assert_false(rri->unreachable);
	reload(&w.a, &guide, NULL);
	assert_false(rri->on);
	/* The session never noticed. */
	assert_int_equal(side_child(&w.a).spi_in, before.spi_in);
	world_fini(&w);
}

static void a_refused_route_keeps_the_tunnel_down(void **state)
{
	struct world w;

	world_init(&w, &guide);
	w.a.kernel.refuse_rri = true;
	world_start(&w);
	assert_false(world_until(&w, world_up, 5000));
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_ROUTE);
	assert_int_equal(w.a.kernel.links, 0);
	w.a.kernel.refuse_rri = false;
	assert_true(world_until(&w, world_up, 60000));
	world_fini(&w);
}

/* Nobody would take it away when the agent ends: it does not know of it. */
static void an_interface_that_cannot_be_set_up_goes(void **state)
{
	struct knl_event ev = { .type = KNL_EV_ADDRESS, .ifindex = IFINDEX };
	struct world w;
	unsigned int i;

	world_init(&w, &guide);
	w.a.kernel.refuse_up = true;
	world_start(&w);
	assert_false(world_until(&w, world_up, 5000));
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_KERNEL);
	assert_int_equal(w.a.kernel.links, 0);
	/* The addresses that it had are no reason to try at once. */
	for (i = 0; i < 100; i++) {
		ike_kernel_event(w.a.ike, &ev);
		world_run(&w, 200);
	}
	assert_in_range(w.a.kernel.links_made, 4, 8);
	w.a.kernel.refuse_up = false;
	assert_true(world_until(&w, world_up, 60000));
	assert_int_equal(w.a.kernel.links, 1);
	world_fini(&w);
}

/** struct seen_event - the last one of a monitor */
struct seen_event {
	char type[32], text[KNL_ROUTE_STR];
};

static void on_event(void *arg, const struct ike_event *ev)
{
	struct seen_event *s = arg;

	snprintf(s->type, sizeof(s->type), "%s", ev->type);
	snprintf(s->text, sizeof(s->text), "%s", ev->text);
}

static void routes_are_events(void **state)
{
	struct knl_event ev = { .type = KNL_EV_ROUTE, .ifindex = IFINDEX,
				.route_event = KNL_ROUTE_EV_REFUSED };
	struct seen_event seen = { "", "" };
	struct world w;

	bring_up(&w, &guide);
	ike_on_event(w.a.ike, on_event, &seen);
	assert_int_equal(prefix_parse("10.2.0.0/24", &ev.route.prefix), 0);
	ev.route.state = KNL_ROUTE_WAITING;
	snprintf(ev.route.owner, sizeof(ev.route.owner), "tunnel-ip2");
	ike_kernel_event(w.a.ike, &ev);
	assert_string_equal(seen.type, "route-refused");
	assert_string_equal(seen.text, "10.2.0.0/24 waits: tunnel-ip2 has it");
	ev.route_event = KNL_ROUTE_EV_INSTALLED;
	ev.route.state = KNL_ROUTE_INSTALLED;
	ike_kernel_event(w.a.ike, &ev);
	assert_string_equal(seen.type, "route-installed");
	assert_string_equal(seen.text, "10.2.0.0/24");
	assert_int_equal(side_counter(&w.a, "routes_refused"), 1);
	assert_int_equal(side_counter(&w.a, "routes_installed"), 1);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_lists),
		cmocka_unit_test(the_responder_narrows),
		cmocka_unit_test(one_list_is_enough),
		cmocka_unit_test(without_lists_anything_goes),
		cmocka_unit_test(nothing_in_common),
		cmocka_unit_test(an_initiator_with_an_empty_list),
		cmocka_unit_test(a_responder_with_an_empty_list),
		cmocka_unit_test(a_missing_list_appears),
		cmocka_unit_test(a_changed_list_is_negotiated_anew),
		cmocka_unit_test(reverse_routes_follow_the_list),
		cmocka_unit_test(a_refused_route_keeps_the_tunnel_down),
		cmocka_unit_test(an_interface_that_cannot_be_set_up_goes),
		cmocka_unit_test(routes_are_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
