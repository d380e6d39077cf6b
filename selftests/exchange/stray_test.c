// SPDX-License-Identifier: GPL-2.0
/*
 * What an agent that was killed has left in the kernel: nothing of it goes on
 * when the next one has started, and what is the operator's own stays.
 */

#include <string.h>

#include "world.h"

static struct fake_link there(unsigned int ifindex, const char *name,
			      bool marked)
{
	struct fake_link l = { .info.ifindex = ifindex, .info.marked = marked };

	strcpy(l.info.name, name);
	return l;
}

static void assert_left_alone(const struct fake_link *l)
{
	assert_false(l->deleted);
	assert_int_equal(l->flushes, 0);
	assert_int_equal(l->routes_off, 0);
}

static void assert_deprived(const struct fake_link *l)
{
	assert_false(l->deleted);
	assert_int_equal(l->flushes, 1);
	assert_int_equal(l->routes_off, 1);
}

/* Removed from the configuration, or renamed, while no agent ran. */
static void what_an_agent_made_is_deleted(void **state)
{
	static const char *const names[] = { "tunnel-ip2", "tunnel-ip10",
					     "to-berlin" };
	struct world w;
	size_t i;

	world_init(&w, NULL);
	for (i = 0; i < 3; i++)
		w.a.kernel.there[i] = there(20 + (unsigned int)i, names[i],
					    true);
	world_start(&w);
	for (i = 0; i < 3; i++) {
		assert_true(w.a.kernel.there[i].deleted);
		assert_int_equal(w.a.kernel.there[i].flushes, 0);
	}
	assert_true(world_until(&w, world_up, 1000));
	world_assert_one(&w);
	world_fini(&w);
}

/* Made with ip(8), as no agent has marked it. */
static void what_others_made_loses_its_keys_if_named_as_ours(void **state)
{
	struct fake_link *l;
	struct world w;

	world_init(&w, NULL);
	l = w.a.kernel.there;
	l[0] = there(20, "tunnel-ip2", false);
	l[1] = there(21, "tunnel-ip", false);
	l[2] = there(22, "tunnel-ip2x", false);
	l[3] = there(23, "lab", false);
	world_start(&w);
	assert_deprived(&l[0]);
	assert_left_alone(&l[1]);
	assert_left_alone(&l[2]);
	assert_left_alone(&l[3]);
	world_fini(&w);
}

/* One that cannot be deleted has no keys any more, whatever its name. */
static void what_cannot_be_deleted_is_deprived(void **state)
{
	struct fake_link *l;
	struct world w;

	world_init(&w, NULL);
	l = w.a.kernel.there;
	l[0] = there(20, "to-berlin", true);
	l[0].refuse_del = true;
	/* Its routes go although its SAs do not. */
	l[1] = there(21, "tunnel-ip3", false);
	l[1].refuse_flush = true;
	world_start(&w);
	assert_deprived(&l[0]);
	assert_deprived(&l[1]);
	assert_true(world_until(&w, world_up, 1000));
	world_fini(&w);
}

/* Once, and not again under the tunnel that has come up. */
static void what_is_wanted_stays_without_sas(void **state)
{
	struct world w;

	world_init(&w, NULL);
	w.a.kernel.there_too = true;
	world_start(&w);
	assert_int_equal(w.a.kernel.flushes, 1);
	assert_int_equal(w.a.kernel.links, 1);
	assert_true(world_until(&w, world_up, 1000));
	world_assert_one(&w);
	assert_int_equal(w.a.kernel.flushes, 1);
	world_fini(&w);
}

/* A dump that changes tore is begun afresh, and not for ever. */
static void a_torn_dump_is_asked_for_again(void **state)
{
	static const unsigned int torn[] = { 1, 4, 1000 };
	struct world w;
	size_t i;

	for (i = 0; i < 3; i++) {
		world_init(&w, NULL);
		w.a.kernel.torn = torn[i];
		w.a.kernel.there[0] = there(20, "tunnel-ip2", true);
		w.a.kernel.there[1] = there(21, "tunnel-ip3", false);
		world_start(&w);
		assert_true(w.a.kernel.there[0].deleted);
		assert_deprived(&w.a.kernel.there[1]);
		assert_int_equal(w.a.kernel.torn, i == 2 ? 995 : 0);
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_agent_made_is_deleted),
		cmocka_unit_test(what_others_made_loses_its_keys_if_named_as_ours),
		cmocka_unit_test(what_cannot_be_deleted_is_deprived),
		cmocka_unit_test(what_is_wanted_stays_without_sas),
		cmocka_unit_test(a_torn_dump_is_asked_for_again),
	};

	return cmocka_run_group_tests_name("stray", tests, NULL, NULL);
}
