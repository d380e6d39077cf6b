// SPDX-License-Identifier: GPL-2.0
/*
 * New keys: by either side, of either kind, alone or both at once, with the
 * messages crossing each other and with deletes in between. A packet goes each
 * way every ten milliseconds and none may be lost.
 */

#include "world.h"

#include <stdio.h>
#include <string.h>

#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/sa.h"

static const struct setup symmetric = { .b_initiates = true };
static const struct setup pfs = { .pfs = "group19", .b_initiates = true };

static void up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 5000));
	world_run(w, 60000);
	world_assert_one(w);
	w->traffic = true;
}

static void one_and_no_loss(struct world *w)
{
	world_run(w, 60000);
	w->traffic = false;
	assert_int_equal(w->lost, 0);
	world_assert_one(w);
	world_fini(w);
}

static void either_side_rekeys_the_child(void **state)
{
	const struct setup *setups[] = { &symmetric, &pfs };
	uint32_t before;
	struct world w;
	int i;

	for (i = 0; i < 4; i++) {
		up(&w, setups[i / 2]);
		before = side_child(&w.a).spi_in;
		side_rekey_child(i % 2 ? &w.a : &w.b);
		world_run(&w, 1000);
		assert_int_not_equal(side_child(&w.a).spi_in, before);
		assert_int_equal(side_child(&w.a).pfs_group, i / 2 ? 19 : 0);
		one_and_no_loss(&w);
	}
}

static enum fate hold_answers_to_a(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_CREATE_CHILD_SA && !l->to_b &&
	       (l->hdr.flags & IKE_FLAG_RESPONSE) ? HOLD : PASS;
}

/* Whoever asks to replace a child that our own request may make gets no NOT_FOUND. */
static void a_child_is_rekeyed_before_its_maker_knows_it(void **state)
{
	static const struct setup s = { 0 };
	struct world w;

	up(&w, &s);
	w.fault = hold_answers_to_a;
	side_rekey_child(&w.a);
	world_run(&w, 300);
	side_rekey_child(&w.b);
	world_run(&w, 300);
	w.fault = NULL;
	world_release(&w);
	one_and_no_loss(&w);
}

static void lifetimes_bring_new_keys_for_hours(void **state)
{
	static const struct setup s = { .lifetime = 600, .ike_lifetime = 900,
					.pfs = "group19" };
	struct world w;

	up(&w, &s);
	w.traffic = false;
	world_run(&w, 4 * 3600 * 1000);
	assert_true(side_counter(&w.a, "child_sas_rekeyed") >= 20);
	assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 10);
	assert_int_equal(side_counter(&w.a, "ike_sas_established"), 1);
	world_assert_one(&w);
	world_fini(&w);
}

static void a_rekey_survives_the_loss_of_any_message(void **state)
{
	unsigned int nth, n;
	struct world w;

	for (n = 1; n <= 4; n++) {
		up(&w, &pfs);
		nth = w.count + n;
		w.fault = lose_nth;
		w.fault_arg = &nth;
		side_rekey_child(&w.a);
		one_and_no_loss(&w);
	}
}

/* As many answers to A as the argument says. */
static enum fate lose_answers(struct world *w, struct letter *l)
{
	unsigned int *left = w->fault_arg;

	if (l->to_b || l->hdr.exchange != EXCHANGE_CREATE_CHILD_SA || !*left)
		return PASS;
	--*left;
	return LOSE;
}

/* Who answered has the new SA for many seconds before the other has it. */
static void the_answer_is_lost_again_and_again(void **state)
{
	unsigned int left, n;
	struct world w;

	for (n = 1; n <= 3; n++) {
		up(&w, &pfs);
		left = n;
		w.fault = lose_answers;
		w.fault_arg = &left;
		side_rekey_child(&w.a);
		one_and_no_loss(&w);
		assert_int_equal(left, 0);
	}
}

static enum fate hold_answers(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_CREATE_CHILD_SA &&
	       l->hdr.flags & IKE_FLAG_RESPONSE ? HOLD : PASS;
}

/* It may (RFC 7296 section 2.8): its packets wait until we have the keys. */
static void who_answers_sends_at_once(void **state)
{
	struct side *asks;
	struct world w;
	int i;

	for (i = 0; i < 2; i++) {
		up(&w, &pfs);
		w.a.kernel.eager = true;
		w.b.kernel.eager = true;
		w.fault = hold_answers;
		asks = i ? &w.a : &w.b;
		side_rekey_child(asks);
		world_run(&w, 500);
		w.fault = NULL;
		world_release(&w);
		world_run(&w, 100);
		assert_true(asks->kernel.early_packets > 10);
		one_and_no_loss(&w);
	}
}

/*
 * What waits for an SA that is refused after all is not kept, by whomever: not
 * even until the peer has answered our Delete.
 */
static void nothing_waits_for_a_refused_child(void **state)
{
	struct world w;
	int i;

	for (i = 0; i < 2; i++) {
		up(&w, &pfs);
		w.traffic = false;
		(i ? &w.a : &w.b)->kernel.refuse_sa = true;
		side_rekey_child(&w.a);
		world_run(&w, LATENCY_MS / 2);
		assert_true(fake_kernel_expects(&w.a.kernel));
		world_run(&w, 2 * LATENCY_MS);
		assert_false(fake_kernel_expects(&w.a.kernel));
		world_fini(&w);
	}
}

/* It could only have kept what comes early; the rekey goes on, and nothing is cancelled. */
static void a_kernel_that_keeps_nothing(void **state)
{
	uint32_t before;
	struct world w;

	up(&w, &pfs);
	before = side_child(&w.a).spi_in;
	w.a.kernel.refuse_expect = true;
	side_rekey_child(&w.a);
	world_run(&w, 1000);
	assert_int_not_equal(side_child(&w.a).spi_in, before);
	one_and_no_loss(&w);
}

static void both_rekey_the_child_at_once(void **state)
{
	struct world w;
	int i;

	/* Nonces are random: both outcomes of the comparison come up. */
	for (i = 0; i < 40; i++) {
		uint64_t collisions;
		uint32_t before;

		up(&w, i % 2 ? &pfs : &symmetric);
		before = side_child(&w.a).spi_in;
		collisions = side_counter(&w.a, "collisions");
		side_rekey_child(&w.a);
		side_rekey_child(&w.b);
		world_run(&w, 1000);
		assert_int_equal(side_counter(&w.a, "collisions"),
				 collisions + 1);
		assert_int_not_equal(side_child(&w.a).spi_in, before);
		one_and_no_loss(&w);
	}
}

/* A's first message on the way is slow, B's overtakes it. */
static enum fate slow_a(struct world *w, struct letter *l)
{
	if (l->to_b && l->hdr.exchange == EXCHANGE_CREATE_CHILD_SA &&
	    !(l->hdr.flags & IKE_FLAG_RESPONSE))
		l->due_ms += 15;
	return PASS;
}

static enum fate slow_answers(struct world *w, struct letter *l)
{
	if (l->hdr.exchange == EXCHANGE_CREATE_CHILD_SA &&
	    l->hdr.flags & IKE_FLAG_RESPONSE)
		l->due_ms += l->to_b ? 45 : 15;
	return PASS;
}

static void crossing_child_rekeys_may_be_slow(void **state)
{
	static const fault_fn faults[] = { slow_a, slow_answers };
	struct world w;
	int i;

	for (i = 0; i < 20; i++) {
		up(&w, &symmetric);
		w.fault = faults[i % 2];
		side_rekey_child(&w.a);
		side_rekey_child(&w.b);
		one_and_no_loss(&w);
	}
}

/* -------------------------------------------------------------- the IKE SA */

/* Both sides have the same lifetime; one or both are made to rekey. */
static void rekey_ike(struct world *w, bool a, bool b)
{
	uint32_t lifetime = side_sa(&w->a).lifetime;
	uint64_t before = side_sa(&w->a).spi_local;

	/* Nothing happens until the soft point; then the initiator asks. */
	assert_true(a || b);
	world_run(w, (uint64_t)lifetime * 1000 * 91 / 100 - 60000);
	assert_true(side_sa(&w->a).spi_local != before);
}

static void the_ike_sa_is_replaced_under_traffic(void **state)
{
	static const struct setup s = { .ike_lifetime = 300,
					.b_initiates = true };
	struct world w;

	up(&w, &s);
	rekey_ike(&w, true, false);
	assert_int_equal(side_counter(&w.a, "ike_sas_rekeyed"), 1);
	assert_int_equal(side_counter(&w.b, "ike_sas_rekeyed"), 1);
	one_and_no_loss(&w);
}

/* Hold back the requests of the first side until the second has begun too. */
static enum fate hold_ike_rekey(struct world *w, struct letter *l)
{
	unsigned int *held = w->fault_arg;

	if (l->hdr.exchange != EXCHANGE_CREATE_CHILD_SA ||
	    l->hdr.flags & IKE_FLAG_RESPONSE || *held >= 2)
		return PASS;
	(*held)++;
	return HOLD;
}

static bool two_held(struct world *w)
{
	return *(unsigned int *)w->fault_arg == 2;
}

static void both_replace_the_ike_sa_at_once(void **state)
{
	static const struct setup s = { .ike_lifetime = 600,
					.b_initiates = true };
	unsigned int held;
	struct world w;
	int i;

	for (i = 0; i < 20; i++) {
		up(&w, &s);
		w.traffic = false;
		held = 0;
		w.fault = hold_ike_rekey;
		w.fault_arg = &held;
		/* A begins, its request is repeated in vain, B begins too. */
		if (!world_until(&w, two_held, 600000)) {
			world_fini(&w);
			continue;
		}
		world_release(&w);
		world_run(&w, 120000);
		world_assert_one(&w);
		world_fini(&w);
	}
}

/* ------------------------------------------------------------------ deletes */

static void either_side_deletes_and_it_comes_back(void **state)
{
	struct world w;
	int i;

	for (i = 0; i < 2; i++) {
		up(&w, &symmetric);
		w.traffic = false;
		assert_int_equal(ike_clear(i ? w.a.ike : w.b.ike, 0), 1);
		world_run(&w, 100);
		assert_true(world_until(&w, world_up, 5000));
		world_run(&w, 60000);
		world_assert_one(&w);
		world_fini(&w);
	}
}

static void a_delete_crosses_a_rekey(void **state)
{
	struct world w;
	int i;

	for (i = 0; i < 4; i++) {
		up(&w, &symmetric);
		w.traffic = false;
		side_rekey_child(i & 1 ? &w.a : &w.b);
		ike_clear(i & 2 ? w.a.ike : w.b.ike, 0);
		world_run(&w, 60000);
		world_assert_one(&w);
		world_fini(&w);
	}
}

static void hard_expiry_makes_a_new_child(void **state)
{
	struct world w;
	uint64_t before;

	up(&w, &symmetric);
	w.traffic = false;
	before = side_counter(&w.a, "ike_sas_established");
	side_lose_child(&w.a);
	assert_true(world_until(&w, world_up, 5000));
	world_run(&w, 60000);
	world_assert_one(&w);
	assert_int_equal(side_counter(&w.a, "ike_sas_established"), before);
	world_fini(&w);
}

/* A notify about an ESP SA, authentic, from @s. */
static void ask_for_ike_rekey(struct side *s)
{
	struct ike_sa *sa = list_entry(s->ike->sas.next, struct ike_sa, list);

	ike_sa_queue(sa, TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(sa);
}

/* Nor is that forgotten while the IKE SA is being replaced, by whom ever. */
static void hard_expiry_while_the_ike_sa_is_replaced(void **state)
{
	static const struct setup calls = { .pfs = "group19", .work_ms = 5 };
	const struct setup *setups[] = { NULL, &calls };
	unsigned int i, ms;
	struct world w;

	for (i = 0; i < 4; i++) {
		for (ms = 0; ms < 40; ms += 5) {
			up(&w, setups[i / 2]);
			w.traffic = false;
			ask_for_ike_rekey(i % 2 ? &w.a : &w.b);
			world_run(&w, ms);
			side_lose_child(&w.a);
			world_run(&w, 20000);
			if (!world_up(&w))
				fail_msg("down, %u ms after the rekey by %s",
					 ms, i % 2 ? "A" : "B");
			world_run(&w, 60000);
			assert_int_equal(side_counter(&w.a, "ike_sas_rekeyed"),
					 1);
			world_assert_one(&w);
			world_fini(&w);
		}
	}
}

static void send_invalid_spi(struct side *s, uint32_t spi)
{
	struct ike_sa *sa = list_entry(s->ike->sas.next, struct ike_sa, list);
	uint8_t octets[4] = { (uint8_t)(spi >> 24), (uint8_t)(spi >> 16),
			      (uint8_t)(spi >> 8), (uint8_t)spi };
	struct reply r;

	reply_init(&r);
	notify_pl_put_simple(&r.w, N_INVALID_SPI,
			     (struct view){ octets, sizeof(octets) });
	assert_int_equal(reply_send_request(sa, EXCHANGE_INFORMATIONAL, &r), 0);
	reply_fini(&r);
}

static void invalid_spi_replaces_the_child(void **state)
{
	uint64_t established;
	uint32_t before;
	struct world w;

	up(&w, &symmetric);
	w.traffic = false;
	before = side_child(&w.a).spi_in;
	established = side_counter(&w.b, "ike_sas_established");
	send_invalid_spi(&w.a, before ^ 1);
	world_run(&w, 1000);
	assert_int_equal(side_child(&w.a).spi_in, before);
	send_invalid_spi(&w.a, before);
	world_run(&w, 10000);
	assert_int_not_equal(side_child(&w.a).spi_in, before);
	assert_int_equal(side_counter(&w.b, "ike_sas_established"),
			 established);
	world_assert_one(&w);
	world_fini(&w);
}

/* ---------------------------------------------------------------- liveness */

static void a_dead_peer_is_noticed_and_found_again(void **state)
{
	struct world w;

	up(&w, &symmetric);
	w.traffic = false;
	world_crash(&w, &w.b);
	world_run(&w, 200000);
	assert_false(side_tunnel(&w.a).up);
	assert_int_equal(side_counter(&w.a, "peers_dead"), 1);
	world_revive(&w, &w.b);
	assert_true(world_until(&w, world_up, 90000));
	world_run(&w, 60000);
	world_assert_one(&w);
	world_fini(&w);
}

static void a_cable_pulled_for_a_while_does_no_harm(void **state)
{
	uint32_t before;
	struct world w;

	up(&w, &symmetric);
	w.traffic = false;
	before = side_child(&w.a).spi_in;
	w.fault = lose_all;
	world_run(&w, 45000);
	w.fault = NULL;
	world_run(&w, 45000);
	assert_int_equal(side_child(&w.a).spi_in, before);
	world_assert_one(&w);
	world_fini(&w);
}

static void a_restarted_peer_replaces_the_old_tunnel(void **state)
{
	struct world w;
	int i;

	for (i = 0; i < 2; i++) {
		up(&w, &symmetric);
		w.traffic = false;
		world_crash(&w, i ? &w.a : &w.b);
		world_run(&w, 1000);
		world_revive(&w, i ? &w.a : &w.b);
		assert_true(world_until(&w, world_up, 5000));
		world_run(&w, 120000);
		world_assert_one(&w);
		assert_int_equal(side_counter(&w.a, "peers_dead") +
				 side_counter(&w.b, "peers_dead"), 0);
		world_fini(&w);
	}
}

static bool failed(struct world *w)
{
	return side_tunnel(&w->a).failure.reason != FAILURE_NONE;
}

static struct ike_sa *some_sa(struct side *s)
{
	assert_false(list_empty(&s->ike->sas));
	return list_entry(s->ike->sas.next, struct ike_sa, list);
}

/* B refuses A's rekey instead of what it answers. */
static enum fate refuse_rekey(struct world *w, struct letter *l)
{
	const uint16_t *error = w->fault_arg;
	struct reply r;

	if (l->hdr.exchange != EXCHANGE_CREATE_CHILD_SA || l->to_b)
		return PASS;
	w->fault = NULL;
	reply_init(&r);
	notify_pl_put_simple(&r.w, *error, (struct view){ NULL, 0 });
	assert_false(reply_send_response(some_sa(&w->b), EXCHANGE_CREATE_CHILD_SA,
					 &r));
	reply_fini(&r);
	return LOSE;
}

static void record_of_refused_rekey(uint16_t error, bool child,
				    enum failure_reason reason,
				    enum failure_stage stage, const char *theirs)
{
	struct failure f;
	struct world w;

	up(&w, &symmetric);
	w.traffic = false;
	w.fault = refuse_rekey;
	w.fault_arg = &error;
	if (child) {
		side_rekey_child(&w.a);
	} else {
		ike_sa_queue(some_sa(&w.a), TASK_REKEY_IKE, 0);
		ike_sa_run_tasks(some_sa(&w.a));
	}
	/* A new IKE SA clears the record soon. */
	assert_int_equal(world_until(&w, failed, 500), reason != FAILURE_NONE);
	f = side_tunnel(&w.a).failure;
	assert_int_equal(f.reason, reason);
	if (reason != FAILURE_NONE) {
		assert_int_equal(f.stage, stage);
		assert_string_equal(f.theirs, theirs);
	}
	world_fini(&w);
}

/* `tunctl why` names the notify and the exchange; what passes by itself is no failure. */
static void a_refused_rekey_is_told(void **state)
{
	record_of_refused_rekey(N_NO_ADDITIONAL_SAS, false,
				FAILURE_PEER_ERROR, STAGE_REKEY_IKE,
				"answers NO_ADDITIONAL_SAS to CREATE_CHILD_SA");
	record_of_refused_rekey(N_NO_ADDITIONAL_SAS, true,
				FAILURE_PEER_ERROR, STAGE_CHILD_SA,
				"answers NO_ADDITIONAL_SAS to CREATE_CHILD_SA");
	record_of_refused_rekey(N_TEMPORARY_FAILURE, false,
				FAILURE_NONE, STAGE_NONE, "");
	record_of_refused_rekey(N_TEMPORARY_FAILURE, true,
				FAILURE_NONE, STAGE_NONE, "");
}

/* B cannot replace the IKE SA just now, whenever A asks (section 2.25.2). */
static enum fate busy_with_a_child(struct world *w, struct letter *l)
{
	if (l->hdr.exchange == EXCHANGE_CREATE_CHILD_SA)
		some_sa(&w->b)->active.kind = l->to_b ? TASK_DELETE_CHILD :
							TASK_NONE;
	return PASS;
}

static void record_of_a_busy_peer(bool child, enum failure_stage stage)
{
	uint64_t began, established;
	struct failure f;
	struct world w;

	up(&w, &symmetric);
	w.traffic = false;
	began = w.now_ms;
	established = side_counter(&w.a, "ike_sas_established");
	if (child) {
		/* It cannot have its SA. */
		w.b.kernel.refuse_sa = true;
		side_rekey_child(&w.a);
	} else {
		w.fault = busy_with_a_child;
		ike_sa_queue(some_sa(&w.a), TASK_REKEY_IKE, 0);
		ike_sa_run_tasks(some_sa(&w.a));
	}
	assert_true(world_until(&w, failed, 240000));
	assert_true(w.now_ms - began >= 180000);
	f = side_tunnel(&w.a).failure;
	assert_int_equal(f.reason, FAILURE_PEER_ERROR);
	assert_int_equal(f.stage, stage);
	assert_string_equal(f.theirs,
			    "answers TEMPORARY_FAILURE to CREATE_CHILD_SA for minutes");
	w.fault = NULL;
	w.b.kernel.refuse_sa = false;
	world_run(&w, 60000);
	world_assert_one(&w);
	assert_true(side_counter(&w.a, "ike_sas_established") > established);
	world_fini(&w);
}

/* RFC 7296 section 2.25: after several minutes the IKE SA is closed. */
static void a_peer_that_is_busy_for_minutes_gets_a_new_ike_sa(void **state)
{
	record_of_a_busy_peer(true, STAGE_REKEY_CHILD);
	record_of_a_busy_peer(false, STAGE_REKEY_IKE);
}

/* Answers of A's peer, each a minute later than the last. */
static bool told(struct world *w, uint16_t first, uint16_t then, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		world_run(w, 60000);
		lifetime_answered(some_sa(&w->a), STAGE_REKEY_CHILD,
				  i ? then : first);
	}
	return failed(w);
}

/* Busy now and busy again later is not busy for as long. */
static void a_peer_may_be_busy_now_and_then(void **state)
{
	uint64_t established;
	struct world w;
	int i;

	up(&w, &symmetric);
	w.traffic = false;
	established = side_counter(&w.a, "ike_sas_established");
	for (i = 0; i < 3; i++) {
		assert_false(told(&w, N_TEMPORARY_FAILURE, N_TEMPORARY_FAILURE, 3));
		world_run(&w, 180000);
	}
	assert_false(told(&w, 0, N_TEMPORARY_FAILURE, 4));
	assert_false(told(&w, 0, N_TEMPORARY_FAILURE, 4));
	assert_int_equal(side_counter(&w.a, "ike_sas_established"), established);
	assert_true(told(&w, N_TEMPORARY_FAILURE, N_TEMPORARY_FAILURE, 1));
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(either_side_rekeys_the_child),
		cmocka_unit_test(a_child_is_rekeyed_before_its_maker_knows_it),
		cmocka_unit_test(lifetimes_bring_new_keys_for_hours),
		cmocka_unit_test(a_rekey_survives_the_loss_of_any_message),
		cmocka_unit_test(the_answer_is_lost_again_and_again),
		cmocka_unit_test(who_answers_sends_at_once),
		cmocka_unit_test(nothing_waits_for_a_refused_child),
		cmocka_unit_test(a_kernel_that_keeps_nothing),
		cmocka_unit_test(both_rekey_the_child_at_once),
		cmocka_unit_test(crossing_child_rekeys_may_be_slow),
		cmocka_unit_test(the_ike_sa_is_replaced_under_traffic),
		cmocka_unit_test(both_replace_the_ike_sa_at_once),
		cmocka_unit_test(either_side_deletes_and_it_comes_back),
		cmocka_unit_test(a_delete_crosses_a_rekey),
		cmocka_unit_test(hard_expiry_makes_a_new_child),
		cmocka_unit_test(hard_expiry_while_the_ike_sa_is_replaced),
		cmocka_unit_test(invalid_spi_replaces_the_child),
		cmocka_unit_test(a_dead_peer_is_noticed_and_found_again),
		cmocka_unit_test(a_cable_pulled_for_a_while_does_no_harm),
		cmocka_unit_test(a_restarted_peer_replaces_the_old_tunnel),
		cmocka_unit_test(a_refused_rekey_is_told),
		cmocka_unit_test(a_peer_that_is_busy_for_minutes_gets_a_new_ike_sa),
		cmocka_unit_test(a_peer_may_be_busy_now_and_then),
	};

	return cmocka_run_group_tests_name("rekey", tests, NULL, NULL);
}
