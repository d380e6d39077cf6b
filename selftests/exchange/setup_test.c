// SPDX-License-Identifier: GPL-2.0
/*
 * From nothing to a tunnel: the plain ladder, the same with every kind of
 * trouble on the way, and every reason for which it must not come up.
 */

#include "child_world.h"

#include <stdio.h>
#include <string.h>

static void the_guide_s_example_comes_up(void **state)
{
	static const struct setup s = { .dh = "20", .pfs = "group19",
					.lifetime = 600, .ike_lifetime = 600 };
	struct world w;

	world_init(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	/* IKE_SA_INIT and IKE_AUTH, a request and a response each. */
	assert_int_equal(w.count, 4);
	world_assert_one(&w);
	assert_true(side_sa(&w.a).initiator);
	assert_false(side_sa(&w.b).initiator);
	assert_string_equal(side_sa(&w.a).local_id, ADDR_A);
	assert_string_equal(side_sa(&w.a).remote_id, ADDR_B);
	assert_int_equal(side_sa(&w.a).ke, 20);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_NONE);
	world_fini(&w);
}

static void every_group_and_cipher_works(void **state)
{
	static const struct setup all[] = {
		{ .encr = "\"aes-gcm-256\"", .prf = "\"sha-384\"", .dh = "19" },
		{ .encr = "\"aes-gcm-128\"", .prf = "\"sha-512\"", .dh = "20" },
		{ .encr = "\"aes-cbc-128\"", .integ = "\"sha-1\"",
		  .prf = "\"sha-1\"", .dh = "21" },
		{ .encr = "\"aes-cbc-192\"", .integ = "\"sha-512\"",
		  .prf = "\"sha-384\"", .dh = "19" },
		{ .encr = "\"aes-cbc-256\"", .integ = "\"sha-384\"",
		  .prf = "\"sha-256\"", .dh = "20" },
	};
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		world_init(&w, &all[i]);
		world_start(&w);
		assert_true(world_until(&w, world_up, 1000));
		world_assert_one(&w);
		world_fini(&w);
	}
}

/* --------------------------------------------------------- a bad network */

static void any_message_may_be_lost_once(void **state)
{
	unsigned int n;
	struct world w;

	for (n = 1; n <= 4; n++) {
		world_init(&w, NULL);
		w.fault = lose_nth;
		w.fault_arg = &n;
		world_start(&w);
		assert_true(world_until(&w, world_up, 5000));
		world_run(&w, 5000);
		world_assert_one(&w);
		assert_int_equal(side_counter(&w.a, "retransmits"), 1);
		world_fini(&w);
	}
}

static void every_message_may_come_twice(void **state)
{
	struct world w;

	world_init(&w, NULL);
	w.fault = repeat_all;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	world_run(&w, 40000);
	world_assert_one(&w);
	world_fini(&w);
}

/* Odd messages take a detour that even ones overtake. */
static enum fate detour(struct world *w, struct letter *l)
{
	if (l->number % 2)
		l->due_ms += 35;
	return REPEAT;
}

static void messages_may_overtake_each_other(void **state)
{
	struct world w;

	world_init(&w, NULL);
	w.fault = detour;
	world_start(&w);
	assert_true(world_until(&w, world_up, 5000));
	world_run(&w, 40000);
	world_assert_one(&w);
	world_fini(&w);
}

static void a_peer_that_comes_later_is_found(void **state)
{
	struct world w;

	world_init(&w, NULL);
	w.b.deaf = true;
	world_start(&w);
	world_run(&w, 200000);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_NO_RESPONSE);
	assert_true(side_tunnel(&w.a).attempts >= 2);
	w.b.deaf = false;
	/* Longest wait: the back-off's cap, a quarter more, a first message. */
	assert_true(world_until(&w, world_up, 140000));
	world_assert_one(&w);
	world_fini(&w);
}

/* ---------------------------------------------------------------- detours */

static void a_cookie_is_fetched_under_load(void **state)
{
	static const struct setup s = { .cookie_threshold = 0,
					.no_cookie_default = true };
	struct world w;

	world_init(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	assert_int_equal(w.count, 6);
	assert_int_equal(side_counter(&w.b, "cookies_sent"), 1);
	world_assert_one(&w);
	world_fini(&w);
}

static void the_responder_s_group_is_taken(void **state)
{
	static const struct setup s = { .dh = "20, 19", .b_dh = "19" };
	struct world w;

	world_init(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	assert_int_equal(w.count, 6);
	assert_int_equal(side_sa(&w.a).ke, 19);
	world_assert_one(&w);
	world_fini(&w);
}

static void a_nat_moves_everything_to_4500(void **state)
{
	static const struct setup s = { .nat = true };
	struct world w;

	world_init(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	assert_true(side_sa(&w.a).nat_local);
	assert_true(side_sa(&w.b).nat_remote);
	assert_int_equal(side_sa(&w.a).local.port, 4500);
	assert_int_equal(side_sa(&w.b).remote.port, 44500);
	assert_int_equal(w.b.kernel.sas[0].sa.encap_remote_port, 44500);
	assert_int_equal(w.a.kernel.sas[0].sa.encap_remote_port, 4500);
	world_assert_one(&w);
	world_fini(&w);
}

static void names_identify_as_addresses_do(void **state)
{
	static const struct setup s = { .id_a = "RouterA.example.com",
					.id_b = "RouterB.example.com" };
	static const struct setup domain = {
		.id_a = "RouterA.example.com", .id_b = "ROUTERB.EXAMPLE.COM",
		.match_b = "{ domain = \"example.com\"; }",
	};
	const struct setup *both[] = { &s, &domain };
	struct world w;
	size_t i;

	for (i = 0; i < 2; i++) {
		world_init(&w, both[i]);
		world_start(&w);
		assert_true(world_until(&w, world_up, 1000));
		assert_string_equal(side_sa(&w.b).remote_id,
				    "RouterA.example.com");
		world_assert_one(&w);
		world_fini(&w);
	}
}

/* --------------------------------------------------------------- refusals */

/* Run long enough for the first attempt to fail, never to succeed. */
static void must_not_come_up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_false(world_until(w, world_up, 5000));
	world_assert_nothing(&w->a);
	world_assert_nothing(&w->b);
}

static void different_keys_are_named_on_both_sides(void **state)
{
	static const struct setup s = { .psk_a = "cisco123",
					.psk_b = "cisco456" };
	struct failure f;
	struct world w;

	must_not_come_up(&w, &s);
	f = side_tunnel(&w.b).failure;
	assert_int_equal(f.reason, FAILURE_AUTH_PSK);
	assert_int_equal(f.stage, STAGE_IKE_AUTH);
	assert_string_equal(f.theirs, ADDR_A);
	assert_non_null(strstr(f.ours, "keyring k, peer peer"));
	assert_non_null(strstr(f.setting, "pre-shared-key"));
	f = side_tunnel(&w.a).failure;
	assert_int_equal(f.reason, FAILURE_AUTH_REFUSED);
	assert_non_null(strstr(f.theirs, "AUTHENTICATION_FAILED"));
	assert_non_null(strstr(f.setting, "pre-shared-key"));
	assert_true(side_counter(&w.b, "auth_failures") >= 1);
	world_fini(&w);
}

static void different_groups_are_named(void **state)
{
	static const struct setup s = { .dh = "20", .b_dh = "21" };
	struct failure f;
	struct world w;

	must_not_come_up(&w, &s);
	f = side_tunnel(&w.b).failure;
	assert_int_equal(f.reason, FAILURE_NO_PROPOSAL_IKE);
	assert_string_equal(f.ours, "dh-group 21");
	assert_string_equal(f.theirs, "dh-group 20");
	f = side_tunnel(&w.a).failure;
	assert_int_equal(f.reason, FAILURE_NO_PROPOSAL_IKE);
	assert_string_equal(f.ours,
			    "dh-group 20; encryption aes-cbc-256; integrity sha-256; prf sha-256");
	assert_non_null(strstr(f.theirs, "NO_PROPOSAL_CHOSEN"));
	world_fini(&w);
}

static void different_transform_sets_are_named(void **state)
{
	static const struct setup s = {
		.b_transform = "\"esp-aes\", \"esp-hmac-sha-512\"",
	};
	struct failure f;
	struct world w;

	world_init(&w, &s);
	world_start(&w);
	assert_false(world_until(&w, world_up, 3000));
	f = side_tunnel(&w.b).failure;
	assert_int_equal(f.reason, FAILURE_NO_PROPOSAL_ESP);
	assert_string_equal(f.ours, "encryption esp-aes; integrity esp-hmac-sha-512");
	assert_string_equal(f.theirs, "encryption esp-256-aes; integrity esp-hmac-sha-256");
	f = side_tunnel(&w.a).failure;
	assert_int_equal(f.reason, FAILURE_NO_PROPOSAL_ESP);
	assert_non_null(strstr(f.theirs, "NO_PROPOSAL_CHOSEN"));
	assert_int_equal(side_kernel_sas(&w.a, KNL_IN), 0);
	assert_int_equal(side_kernel_sas(&w.b, KNL_IN), 0);
	world_fini(&w);
}

static void an_unexpected_identity_is_named(void **state)
{
	static const struct setup s = {
		.id_a = "a.example.com", .id_b = "example.com",
		.match_b = "{ domain = \"example.com\"; }",
	};
	struct failure f;
	struct world w;

	must_not_come_up(&w, &s);
	f = side_tunnel(&w.a).failure;
	assert_int_equal(f.reason, FAILURE_IDENTITY);
	assert_string_equal(f.theirs, "example.com");
	assert_string_equal(f.ours, "domain example.com");
	world_fini(&w);
}

static void a_refusing_kernel_is_quoted(void **state)
{
	struct world w;

	world_init(&w, NULL);
	w.a.kernel.refuse_sa = true;
	world_start(&w);
	world_run(&w, 3000);
	assert_false(side_tunnel(&w.a).up);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_KERNEL);
	assert_string_equal(side_tunnel(&w.a).failure.ours,
			    "the fake kernel refuses");
	/* When the cause is gone, the tunnel comes. */
	w.a.kernel.refuse_sa = false;
	assert_true(world_until(&w, world_up, 80000));
	world_fini(&w);
}

static void assert_unsent(struct world *w, enum failure_stage stage)
{
	struct failure f = side_tunnel(&w->a).failure;

	assert_string_equal(failure_name(f.reason), "send");
	assert_int_equal(f.stage, stage);
	assert_string_equal(f.ours,
			    "to " ADDR_B "/500: the fake network refuses");
	assert_true(f.setting[0]);
}

static bool sends_again(struct world *w)
{
	return side_counter(&w->a, "tx_messages") >
	       side_counter(&w->a, "tx_unsent");
}

/* It is not the peer that does not answer, as long as nothing leaves. */
static void what_cannot_be_sent_is_said(void **state)
{
	struct world w;

	world_init(&w, NULL);
	w.a.refuse_send = true;
	world_start(&w);
	world_run(&w, 1000);
	assert_unsent(&w, STAGE_IKE_SA_INIT);
	/* One attempt has ended, another one begun. */
	world_run(&w, 150000);
	assert_true(side_tunnel(&w.a).attempts > 1);
	assert_unsent(&w, STAGE_IKE_SA_INIT);
	assert_int_equal(side_counter(&w.a, "tx_unsent"),
			 side_counter(&w.a, "tx_messages"));
	/* What can be sent and has no answer yet is another thing. */
	w.a.refuse_send = false;
	w.fault = lose_all;
	assert_true(world_until(&w, sends_again, 80000));
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_NONE);
	w.fault = NULL;
	assert_true(world_until(&w, world_up, 80000));
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_NONE);
	/* Not before the tunnel is given up. */
	w.a.refuse_send = true;
	ike_sa_queue(list_entry(w.a.ike->sas.next, struct ike_sa, list),
		     TASK_LIVENESS, 0);
	ike_sa_run_tasks(list_entry(w.a.ike->sas.next, struct ike_sa, list));
	world_run(&w, 1000);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_NONE);
	world_run(&w, 130000);
	assert_string_equal(failure_name(side_tunnel(&w.a).failure.reason),
			    "send");
	world_fini(&w);
}

/* ------------------------------------------------------------ who begins */

static void responder_only_never_begins(void **state)
{
	static const struct setup s = { .a_responds_only = true };
	struct world w;

	world_init(&w, &s);
	world_start(&w);
	world_run(&w, 3600000);
	assert_int_equal(w.count, 0);
	world_fini(&w);
}

static void two_beginners_end_with_one_tunnel(void **state)
{
	static const struct setup s = { .b_initiates = true };
	struct world w;
	int i;

	for (i = 0; i < 20; i++) {
		world_init(&w, &s);
		world_start(&w);
		assert_true(world_until(&w, world_up, 5000));
		world_run(&w, 60000);
		world_assert_one(&w);
		world_fini(&w);
	}
}

/* The answers to the IKE_AUTH requests of the side at w->fault_arg are late. */
static enum fate hold_answers(struct world *w, struct letter *l)
{
	const struct side *waits = w->fault_arg;

	return l->hdr.exchange == EXCHANGE_IKE_AUTH &&
	       l->hdr.flags & IKE_FLAG_RESPONSE && l->to_b == waits->is_b ?
		HOLD : PASS;
}

static bool a_has_what_b_began(struct world *w)
{
	return side_established(&w->a) == 1 && side_established(&w->b) == 2;
}

static void delete_own(struct side *s)
{
	struct ike_sa *sa;

	list_for_each(sa, &s->ike->sas, struct ike_sa, list)
		if (sa->initiator)
			ike_sa_queue(sa, TASK_DELETE_IKE, 0);
	list_for_each(sa, &s->ike->sas, struct ike_sa, list)
		ike_sa_run_tasks(sa);
}

/*
 * The side that waits for an answer loses the IKE SA that the other began, before
 * the answer is there. No third one is begun then, and its own serves, also when
 * it was not to stay. B, whose address is the higher one, has to be made to
 * delete its own; A does so by itself.
 */
static void two_beginners_may_lose_one(void **state)
{
	static const struct setup s = { .b_initiates = true };
	struct side *waits;
	struct world w;
	int i;

	for (i = 0; i < 2; i++) {
		world_init(&w, &s);
		waits = i ? &w.b : &w.a;
		w.fault = hold_answers;
		w.fault_arg = waits;
		world_start(&w);
		if (!i) {
			assert_true(world_until(&w, a_has_what_b_began, 1000));
			delete_own(&w.b);
		}
		world_run(&w, 1000);
		assert_int_equal(side_established(waits), 0);
		assert_int_equal(side_sas(waits), 1);
		w.fault = NULL;
		world_release(&w);
		world_run(&w, 500);
		world_assert_one(&w);
		assert_true(first_sa(waits)->initiator);
		world_run(&w, 60000);
		world_assert_one(&w);
		world_fini(&w);
	}
}

static enum fate lose_create_child(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_CREATE_CHILD_SA ? LOSE : PASS;
}

static enum fate lose_informational(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_INFORMATIONAL ? LOSE : PASS;
}

/* What goes on is said as it is: not each time a connection is tried. */
static void the_status_says_what_goes_on(void **state)
{
	struct knl_event ev = { .type = KNL_EV_HARD_EXPIRE,
				.ifindex = IFINDEX, .dir = KNL_OUT };
	struct world w;

	world_init(&w, NULL);
	world_start(&w);
	assert_string_equal(side_tunnel(&w.a).status, "connecting");
	assert_string_equal(side_tunnel(&w.b).status, "waiting");
	assert_true(world_until(&w, world_up, 1000));
	assert_string_equal(side_tunnel(&w.a).status, "up");
	w.fault = lose_create_child;
	ev.spi = side_child(&w.b).spi_out;
	ike_kernel_event(w.b.ike, &ev);
	world_run(&w, 200);
	assert_string_equal(side_tunnel(&w.a).status, "no child");
	assert_int_equal(side_tunnel(&w.a).failure.reason,
			 FAILURE_DELETED_BY_PEER);
	w.fault = NULL;
	assert_true(world_until(&w, world_up, 10000));
	w.fault = lose_informational;
	assert_int_equal(ike_clear(w.a.ike, 0), 1);
	world_run(&w, 1000);
	assert_string_equal(side_tunnel(&w.a).status, "deleting");
	w.fault = NULL;
	world_run(&w, 1000);
	world_recovers(&w);
}

static void a_clean_stop_takes_everything_away(void **state)
{
	struct world w;

	world_init(&w, NULL);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	ike_stop(w.a.ike, (void (*)(void *))timers_run, w.b.timers);
	world_run(&w, 1500);
	world_assert_nothing(&w.a);
	assert_int_equal(w.a.kernel.links, 0);
	world_assert_nothing(&w.b);
	assert_int_equal(side_tunnel(&w.b).failure.reason,
			 FAILURE_DELETED_BY_PEER);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_guide_s_example_comes_up),
		cmocka_unit_test(every_group_and_cipher_works),
		cmocka_unit_test(any_message_may_be_lost_once),
		cmocka_unit_test(every_message_may_come_twice),
		cmocka_unit_test(messages_may_overtake_each_other),
		cmocka_unit_test(a_peer_that_comes_later_is_found),
		cmocka_unit_test(a_cookie_is_fetched_under_load),
		cmocka_unit_test(the_responder_s_group_is_taken),
		cmocka_unit_test(a_nat_moves_everything_to_4500),
		cmocka_unit_test(names_identify_as_addresses_do),
		cmocka_unit_test(different_keys_are_named_on_both_sides),
		cmocka_unit_test(different_groups_are_named),
		cmocka_unit_test(different_transform_sets_are_named),
		cmocka_unit_test(an_unexpected_identity_is_named),
		cmocka_unit_test(a_refusing_kernel_is_quoted),
		cmocka_unit_test(what_cannot_be_sent_is_said),
		cmocka_unit_test(responder_only_never_begins),
		cmocka_unit_test(two_beginners_end_with_one_tunnel),
		cmocka_unit_test(two_beginners_may_lose_one),
		cmocka_unit_test(the_status_says_what_goes_on),
		cmocka_unit_test(a_clean_stop_takes_everything_away),
	};

	return cmocka_run_group_tests_name("setup", tests, NULL, NULL);
}
