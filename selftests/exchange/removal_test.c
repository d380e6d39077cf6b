// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that does not remove what it is told to: keys that are not wanted
 * stay no longer than that lasts, and nothing else goes in their stead.
 */

#include "child_world.h"

#include "deeds.h"
#include "ike/child.h"
#include "ike/tunnel.h"
#include "log/log.h"

static struct tunnel *tunnel_of(struct side *s)
{
	return list_entry(s->ike->tunnels.next, struct tunnel, list);
}

static void up(struct world *w)
{
	child_up(w, NULL);
	log_set_level(LOG_LEVEL_ERROR);
}

static unsigned int all_sas(struct side *s)
{
	return side_kernel_sas(s, KNL_IN) + side_kernel_sas(s, KNL_OUT);
}

/* The old pair of a rekey, both of it, four times over. */
static void sas_go_later(void **state)
{
	struct world w;

	up(&w);
	w.a.kernel.refuse_dels = 8;
	side_rekey_child(&w.a);
	world_run(&w, 3900);
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 1);
	assert_int_equal(all_sas(&w.a), 4);
	assert_int_equal(side_counter(&w.a, "removals_delayed"), 2);
	assert_int_not_equal(w.a.kernel.refuse_dels, 8);
	world_run(&w, 2000);
	assert_int_equal(w.a.kernel.refuse_dels, 0);
	assert_int_equal(all_sas(&w.a), 2);
	child_settled(&w);
	world_fini(&w);
}

/* One that the kernel has removed itself is no reason to ask again. */
static void what_is_gone_is_not_asked_for_again(void **state)
{
	unsigned int asked;
	struct world w;

	up(&w);
	fake_kernel_flush(&w.a.kernel);
	child_uninstall(tunnel_of(&w.a)->child, false);
	asked = w.a.kernel.dels;
	assert_int_equal(asked, 2);
	assert_true(list_empty(&w.a.ike->removals));
	world_run(&w, 5000);
	world_fini(&w);
}

/* The peer has chosen the SPI anew, and ours is the same: these stay. */
static void what_is_there_again_stays(void **state)
{
	struct child_sa *child;
	struct world w;

	up(&w);
	child = tunnel_of(&w.a)->child;
	w.a.kernel.refuse_dels = 2;
	child_uninstall(child, false);
	assert_false(list_empty(&w.a.ike->removals));
	child->outbound = OUTBOUND_ACTIVE;
	child->installed_in = true;
	world_run(&w, 1100);
	assert_true(list_empty(&w.a.ike->removals));
	assert_int_equal(w.a.kernel.dels, 2);
	assert_int_equal(all_sas(&w.a), 2);
	world_fini(&w);
}

static void an_interface_goes_later(void **state)
{
	struct world w;

	up(&w);
	w.a.kernel.refuse_dels = 3;
	tunnel_stop(tunnel_of(&w.a));
	assert_int_equal(w.a.kernel.links, 1);
	world_run(&w, 1500);
	assert_int_equal(w.a.kernel.links, 1);
	world_run(&w, 2000);
	assert_int_equal(w.a.kernel.links, 0);
	world_fini(&w);
}

/* Its tunnel could not wait, and has taken it over. */
static void an_interface_in_use_again_stays(void **state)
{
	struct world w;

	up(&w);
	w.a.kernel.refuse_dels = 1;
	tunnel_stop(tunnel_of(&w.a));
	tunnel_start(tunnel_of(&w.a));
	assert_false(list_empty(&w.a.ike->removals));
	world_run(&w, 5000);
	assert_true(list_empty(&w.a.ike->removals));
	assert_int_equal(w.a.kernel.links, 2);
	assert_int_equal(side_established(&w.a), 1);
	assert_true(world_packet(&w));
	world_fini(&w);
}

/*
 * Somebody deletes the interface. Its SAs went with it, and nothing is asked for
 * them; the peer is told, as we may not be the one that connects.
 */
static void an_interface_goes_by_another_hand(void **state)
{
	static const struct setup responds = {
		.a_responds_only = true, .b_initiates = true,
		.ikev2 = "quick-crash-detection = false;",
	};
	const struct setup *const setups[] = { &responds, NULL };
	struct world w;
	size_t i;

	for (i = 0; i < 2; i++) {
		child_up(&w, setups[i]);
		world_run(&w, 20000);
		fake_kernel_flush(&w.a.kernel);
		do_lose_link(&w, &w.a);
		assert_false(side_tunnel(&w.a).up);
		assert_int_equal(side_counter(&w.a, "removals_delayed"), 0);
		assert_true(list_empty(&w.a.ike->removals));
		assert_true(world_until(&w, world_up, 2000));
		world_run(&w, 15000);
		world_assert_one(&w);
		assert_int_equal(side_counter(&w.a, "removals_delayed"), 0);
		world_fini(&w);
	}
}

/* An agent that ends tries once more, and then lets go. */
static void the_end_does_not_wait(void **state)
{
	struct world w;

	up(&w);
	w.a.kernel.refuse_dels = 3;
	world_crash(&w, &w.a);
	tunnel_stop(tunnel_of(&w.a));
	assert_int_equal(w.a.kernel.dels, 1);
	world_revive(&w, &w.a);
	assert_true(w.a.kernel.dels >= 2);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sas_go_later),
		cmocka_unit_test(what_is_gone_is_not_asked_for_again),
		cmocka_unit_test(what_is_there_again_stays),
		cmocka_unit_test(an_interface_goes_later),
		cmocka_unit_test(an_interface_in_use_again_stays),
		cmocka_unit_test(an_interface_goes_by_another_hand),
		cmocka_unit_test(the_end_does_not_wait),
	};

	return cmocka_run_group_tests_name("removal", tests, NULL, NULL);
}
