// SPDX-License-Identifier: GPL-2.0
/*
 * Public-key work that takes its time: what else happens meanwhile must end
 * as it would if the message that waits for it were late on the network.
 */

#include "child_world.h"
#include "deeds.h"

#include <stdlib.h>
#include <string.h>

#include "ike/fsm.h"
#include "ike/reload.h"
#include "ike/sa.h"
#include "letters.h"

#define EDITS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct setup slow = { .work_ms = 30, .pfs = "group19",
				   .b_initiates = true };
static const struct setup calls = { .work_ms = 30, .pfs = "group19" };

static void up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 5000));
	/* B may have begun too; only one IKE SA is left. */
	world_run(w, 60000);
	world_assert_one(w);
	w->traffic = true;
}

static void rekey_ike(struct side *s)
{
	struct ike_sa *sa = first_sa(s);

	ike_sa_queue(sa, TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(sa);
}

static void release_work(struct world *w)
{
	w->a.hold_work = w->b.hold_work = false;
}

/*
 * A side that deletes what both were rekeying has not waited for the other's
 * result; what the other would have made of it ends by silence.
 */
static void one_and_no_loss(struct world *w)
{
	release_work(w);
	world_run(w, 200000);
	w->traffic = false;
	assert_int_equal(w->lost, 0);
	world_assert_one(w);
	assert_int_equal(side_sas(&w->a), 1);
	assert_int_equal(side_sas(&w->b), 1);
	world_fini(w);
}

static void a_tunnel_comes_up_and_rekeys(void **state)
{
	uint32_t before;
	struct world w;

	up(&w, &slow);
	before = side_child(&w.a).spi_in;
	side_rekey_child(&w.a);
	world_run(&w, 1000);
	assert_int_not_equal(side_child(&w.a).spi_in, before);
	before = side_child(&w.a).spi_in;
	side_rekey_child(&w.b);
	rekey_ike(&w.a);
	world_run(&w, 20000);
	assert_int_not_equal(side_child(&w.a).spi_in, before);
	assert_int_equal(side_counter(&w.a, "ike_sas_rekeyed"), 1);
	one_and_no_loss(&w);
}

/* The peer repeats what waits: one piece of work, and one answer in the end. */
static void repetitions_are_absorbed(void **state)
{
	struct world w;

	world_init(&w, &calls);
	w.b.hold_work = true;
	world_start(&w);
	world_run(&w, 7000);
	assert_int_equal(first_sa(&w.b)->state, IKE_INIT_RECEIVED);
	assert_int_equal(side_sas(&w.b), 1);
	assert_true(side_counter(&w.a, "retransmits") >= 2);
	assert_int_equal(side_counter(&w.b, "rx_drop_waiting"),
			 side_counter(&w.a, "retransmits"));
	assert_int_equal(w.b.sent, 0);
	w.b.hold_work = false;
	assert_true(world_until(&w, world_up, 100));

	/* The same with a request that is protected. */
	w.traffic = true;
	w.b.hold_work = true;
	side_rekey_child(&w.a);
	world_run(&w, 7000);
	assert_true(side_counter(&w.b, "rx_drop_waiting") >= 4);
	one_and_no_loss(&w);
}

/* What waits is a response, which comes again; its question is not repeated. */
static void an_answer_that_waits_is_an_answer(void **state)
{
	uint64_t before;
	struct world w;

	world_init(&w, &calls);
	w.fault = repeat_all;
	w.a.hold_work = true;
	world_start(&w);
	/* A's own key pair, then the answer. */
	while (!w.a.sent)
		assert_true(side_finish_work(&w.a));
	world_run(&w, 100);
	assert_true(side_counter(&w.a, "rx_drop_waiting") > 0);
	before = side_counter(&w.a, "retransmits");
	world_run(&w, 20000);
	assert_int_equal(side_counter(&w.a, "retransmits"), before);
	assert_int_equal(side_sas(&w.a), 1);
	release_work(&w);
	world_run(&w, 3000);
	assert_true(world_up(&w));
	w.fault = NULL;
	w.traffic = true;
	one_and_no_loss(&w);
}

/* ----------------------------------------------- everything at every moment */

static void do_rekey_child(struct world *w, struct side *s)
{
	if (side_tunnel(s).up)
		side_rekey_child(s);
}

static void do_rekey_ike(struct world *w, struct side *s)
{
	if (!list_empty(&s->ike->sas) &&
	    first_sa(s)->state == IKE_ESTABLISHED)
		rekey_ike(s);
}

static void load(struct side *s, const struct setup *setup,
		 const char *const *edits)
{
	struct cfg *cfg = world_config(setup, s->is_b, edits);
	struct view_reload r;

	assert_int_equal(ike_reload(s->ike, cfg, NULL, NULL, &r), 0);
	cfg_free(s->cfg);
	s->cfg = cfg;
}

/* The interface goes, and comes back. */
static void do_remove(struct world *w, struct side *s)
{
	load(s, &slow, EDITS("tunnel-ip1", "tunnel-ip2"));
	world_run(w, 500);
	load(s, &slow, NULL);
}

static void do_reload(struct world *w, struct side *s)
{
	load(s, &slow, EDITS("dh-group = [ 19 ]", "dh-group = [ 20, 19 ]"));
}

static void do_no_workers(struct world *w, struct side *s)
{
	load(s, &slow, EDITS("ikev2: {", "ikev2: { workers = 0;"));
}

static const deed_fn deeds[] = {
	do_nothing, do_rekey_child, do_rekey_ike, do_clear, do_restart,
	do_remove, do_reload, do_no_workers, do_lose_link,
};

#define DEEDS	(sizeof(deeds) / sizeof(deeds[0]))

/*
 * Begin, and rekey both kinds from both sides; one piece of work after the
 * other ends, and at the @nth moment of this something else happens.
 * Return: false when it is over before.
 */
static bool one_story(const void *arg)
{
	struct world w;
	unsigned int ended = 0, step;
	bool done = false;

	world_init(&w, &slow);
	w.a.hold_work = w.b.hold_work = true;
	world_start(&w);
	for (step = 0; step < 60; step++) {
		if (step == 25)
			do_rekey_child(&w, &w.a);
		if (step == 27)
			do_rekey_child(&w, &w.b);
		if (step == 40)
			do_rekey_ike(&w, &w.b);
		if (step == 42)
			do_rekey_ike(&w, &w.a);
		world_run(&w, 15);
		if (!side_work(&w.a) && !side_work(&w.b))
			continue;
		if (!done && ended++ == moment.nth) {
			deeds_do(&w, deeds);
			done = true;
		}
		/* In turn, so that both have some under way at once. */
		deeds_finish_work(&w, step);
	}
	release_work(&w);
	world_run(&w, 200000);
	world_assert_one(&w);
	assert_int_equal(side_sas(&w.a), 1);
	assert_int_equal(side_sas(&w.b), 1);
	assert_int_equal(w.b.ike->half_open_count, 0);
	world_fini(&w);
	return done;
}

static void anything_may_happen_meanwhile(void **state)
{
	/* Setup and four rekeys are many moments. */
	assert_true(deeds_at_every_moment(DEEDS, false, one_story, NULL) >
		    10 * DEEDS);
}

/* ------------------------------------------------------------ both at once */

/*
 * Both sides rekey the same, and their work ends in any order: bit after bit
 * of @order says whose is next.
 */
static void cross(unsigned int order, void (*deed)(struct world *w,
						   struct side *s))
{
	struct world w;
	struct side *s;
	int i;

	up(&w, &slow);
	w.a.hold_work = w.b.hold_work = true;
	deed(&w, &w.a);
	deed(&w, &w.b);
	for (i = 0; i < 8; i++) {
		s = order >> i & 1 ? &w.a : &w.b;
		side_finish_work(s);
		world_run(&w, i % 2 ? 25 : 5);
	}
	one_and_no_loss(&w);
}

static void rekeys_cross_in_any_order(void **state)
{
	unsigned int order;

	for (order = 0; order < 256; order += 3)
		cross(order, do_rekey_child);
	for (order = 0; order < 256; order += 3)
		cross(order, do_rekey_ike);
}

/* A stops with work under way: the peer is told and nothing is left. */
static void stopped(void *arg)
{
	*(bool *)arg = true;
}

static void the_agent_stops_with_work_under_way(void **state)
{
	bool done = false;
	struct world w;

	up(&w, &slow);
	w.traffic = false;
	w.a.hold_work = true;
	rekey_ike(&w.a);
	side_rekey_child(&w.b);
	world_run(&w, 1000);
	assert_true(side_work(&w.a) > 0);
	ike_stop(w.a.ike, stopped, &done);
	world_run(&w, 3000);
	assert_true(done);
	assert_int_equal(side_sas(&w.a), 0);
	world_assert_nothing(&w.a);
	assert_false(side_tunnel(&w.b).up);
	world_fini(&w);
}

/* --------------------------------------------------------------- overload */

static enum fate keep_one(struct world *w, struct letter *l)
{
	struct letters *all = w->fault_arg;

	if (!all->count)
		letters_add(all, l);
	return LOSE;
}

/*
 * More requests than can be answered in time: so many are taken on, and the
 * others cost nothing; afterwards all is well.
 */
static void a_flood_does_not_pile_up(void **state)
{
	struct setup s = { .work_ms = 1, .ikev2_b = "cookie-threshold = 5000;"
		"half-open-limit = 5000; half-open-limit-per-address = 5001;" };
	struct letters seen = { 0 };
	struct letter *l;
	struct world w;
	uint32_t n;

	world_init(&w, &s);
	w.fault = keep_one;
	w.fault_arg = &seen;
	world_start(&w);
	world_run(&w, 100);
	w.b.hold_work = true;
	l = seen.letter[0];
	for (n = 1; n <= 1000; n++) {
		memcpy(l->msg.p, &n, sizeof(n));
		letters_give(&w, l);
	}
	assert_int_equal(side_counter(&w.b, "rx_drop_busy"), 1000 - 256);
	assert_int_equal(w.b.ike->half_open_count, 256);
	/* The order of the pool is kept; the last ones are still in time. */
	w.b.hold_work = false;
	w.fault = NULL;
	assert_true(world_until(&w, world_up, 30000));
	world_run(&w, 60000);
	world_assert_one(&w);
	assert_int_equal(w.b.ike->half_open_count, 0);
	letters_fini(&seen);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tunnel_comes_up_and_rekeys),
		cmocka_unit_test(repetitions_are_absorbed),
		cmocka_unit_test(an_answer_that_waits_is_an_answer),
		cmocka_unit_test_teardown(anything_may_happen_meanwhile,
					  deeds_say),
		cmocka_unit_test(rekeys_cross_in_any_order),
		cmocka_unit_test(the_agent_stops_with_work_under_way),
		cmocka_unit_test(a_flood_does_not_pile_up),
	};

	return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
