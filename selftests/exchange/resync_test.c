// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel says that events were lost: whatever they were, the agent finds
 * out, and does what it would have done when told.
 */

#include "child_world.h"

static void lose_event(struct side *s)
{
	struct knl_event ev = { .type = KNL_EV_OVERFLOW };

	ike_kernel_event(s->ike, &ev);
}

static const struct setup limited = {
	.ipsec = "security-association-lifetime-packets = 1000;",
};

static void nothing_was_lost(void **state)
{
	unsigned int sent;
	struct world w;

	child_up(&w, &limited);
	w.a.kernel.packets = 799;
	sent = w.a.sent;
	lose_event(&w.a);
	world_run(&w, 1000);
	assert_int_equal(w.a.sent, sent);
	assert_int_equal(side_counter(&w.a, "events_lost"), 1);
	child_settled(&w);
	world_fini(&w);
}

/* Four fifths of the packets have passed: once is enough. */
static void a_soft_limit(void **state)
{
	struct world w;

	child_up(&w, &limited);
	w.traffic = true;
	w.a.kernel.packets = 800;
	lose_event(&w.a);
	lose_event(&w.a);
	world_run(&w, 90);
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 0);
	world_run(&w, 20);
	w.a.kernel.packets = 0;
	world_run(&w, 1000);
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 1);
	assert_int_equal(side_counter(&w.a, "events_lost"), 1);
	assert_int_equal(w.lost, 0);
	child_settled(&w);
	world_fini(&w);
}

/* An SA is gone, of either direction: another pair is made. */
static void a_hard_limit(void **state)
{
	static const enum knl_dir dirs[] = { KNL_OUT, KNL_IN };
	struct fake_sa *sas;
	uint32_t before;
	struct world w;
	size_t i, k;

	for (i = 0; i < 2; i++) {
		child_up(&w, &limited);
		before = side_child(&w.a).spi_in;
		sas = w.a.kernel.sas;
		for (k = 0; k < FAKE_SAS; k++)
			if (sas[k].used && sas[k].sa.dir == dirs[i])
				sas[k].used = false;
		lose_event(&w.a);
		world_run(&w, 5000);
		assert_int_not_equal(side_child(&w.a).spi_in, before);
		assert_int_equal(side_counter(&w.a, "ike_sas_established"), 1);
		child_settled(&w);
		world_fini(&w);
	}
}

/* The interface is gone, or it is another one by now. */
static void a_deleted_interface(void **state)
{
	struct world w;

	child_up(&w, NULL);
	w.a.kernel.no_device = "tunnel-ip1";
	w.a.kernel.links = 0;
	lose_event(&w.a);
	world_run(&w, 200);
	w.a.kernel.no_device = NULL;
	assert_int_equal(w.a.kernel.links, 1);
	world_run(&w, 5000);
	assert_int_equal(side_counter(&w.a, "ike_sas_established"), 2);
	child_settled(&w);
	world_fini(&w);
}

static void a_stopping_agent_does_not_care(void **state)
{
	struct world w;

	child_up(&w, NULL);
	lose_event(&w.a);
	ike_stop(w.a.ike, NULL, NULL);
	world_run(&w, 5000);
	assert_int_equal(side_sas(&w.a), 0);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_was_lost),
		cmocka_unit_test(a_soft_limit),
		cmocka_unit_test(a_hard_limit),
		cmocka_unit_test(a_deleted_interface),
		cmocka_unit_test(a_stopping_agent_does_not_care),
	};

	return cmocka_run_group_tests_name("resync", tests, NULL, NULL);
}
