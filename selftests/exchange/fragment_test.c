// SPDX-License-Identifier: GPL-2.0
/*
 * Fragments (RFC 7383): what is cut is put together whatever the network does
 * to the pieces, smaller pieces are tried when nothing comes back, and nobody
 * without the keys gets a piece in.
 */

#include "child_world.h"

#include <stdlib.h>
#include <string.h>

#include "ike/fragment.h"
#include "ike/reassembly.h"
#include "letters.h"
#include "util/err.h"

#define SMALL		"fragment-size = 576;"
/* Any status type that nobody knows. */
#define NOISE		40000

static char long_id_a[254], long_id_b[254];

/* Names of 253 characters, the longest there are. */
static void make_id(char id[254], char letter)
{
	memset(id, letter, 253);
	id[63] = id[127] = id[191] = '.';
	id[253] = '\0';
}

static struct setup long_auth(void)
{
	make_id(long_id_a, 'a');
	make_id(long_id_b, 'b');
	return (struct setup){
		.id_a = long_id_a, .id_b = long_id_b,
		.ikev2 = SMALL, .long_auth = true, .encr = "\"aes-cbc-256\"",
		.integ = "\"sha-512\"", .prf = "\"sha-512\"",
	};
}

static bool is_fragment(const struct letter *l)
{
	return l->hdr.next == PL_SKF;
}

/* Number of a fragment, 0 for other messages. */
static unsigned int number_of(const struct letter *l)
{
	return is_fragment(l) ? wire_u16(l, IKE_HDR_LEN + 4) : 0;
}

static unsigned int total_of(const struct letter *l)
{
	return is_fragment(l) ? wire_u16(l, IKE_HDR_LEN + 6) : 0;
}

/* A request of about @octets that the peer answers with an empty response. */
static int send_long(struct side *s, size_t octets)
{
	static const uint8_t zeros[60000];
	struct ike_sa *sa = first_sa(s);
	struct reply r;
	int err;

	reply_init(&r);
	notify_pl_put_simple(&r.w, NOISE, (struct view){ zeros, octets });
	err = reply_send_request(sa, EXCHANGE_INFORMATIONAL, &r);
	reply_fini(&r);
	return err;
}

static bool answered(struct world *w)
{
	return !first_sa(&w->a)->tx_busy;
}

static void up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 5000));
}

/* ------------------------------------------------------------- sending */

/** struct sizes - of the datagrams that were sent */
struct sizes {
	size_t max;
	unsigned int fragments;
	unsigned int totals;	/* the last total seen */
};

static enum fate measure(struct world *w, struct letter *l)
{
	struct sizes *s = w->fault_arg;

	if (l->msg.len + 28 > s->max)
		s->max = l->msg.len + 28;
	s->fragments += is_fragment(l);
	if (is_fragment(l))
		s->totals = total_of(l);
	return PASS;
}

static void long_auth_is_cut_to_size(void **state)
{
	struct setup s = long_auth();
	struct sizes sizes = { 0 };
	struct world w;

	world_init(&w, &s);
	w.fault = measure;
	w.fault_arg = &sizes;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	world_assert_one(&w);
	assert_true(sizes.fragments >= 2);
	assert_true(sizes.max <= 576);
	assert_int_equal(side_counter(&w.a, "tx_fragments") +
			 side_counter(&w.b, "tx_fragments"), sizes.fragments);
	assert_int_equal(side_counter(&w.b, "rx_fragments"),
			 side_counter(&w.a, "tx_fragments"));
	world_fini(&w);
}

static void short_messages_stay_whole(void **state)
{
	struct sizes sizes = { 0 };
	struct world w;

	world_init(&w, NULL);
	w.fault = measure;
	w.fault_arg = &sizes;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	assert_int_equal(sizes.fragments, 0);
	world_fini(&w);
}

static void without_agreement_nothing_is_cut(void **state)
{
	static const char *const off = SMALL " fragmentation = false;";
	struct setup s = long_auth();
	struct sizes sizes;
	struct world w;
	int who;

	for (who = 0; who < 2; who++) {
		memset(&sizes, 0, sizeof(sizes));
		s.ikev2 = who ? off : SMALL;
		s.ikev2_b = who ? SMALL : off;
		world_init(&w, &s);
		w.fault = measure;
		w.fault_arg = &sizes;
		world_start(&w);
		assert_true(world_until(&w, world_up, 2000));
		assert_int_equal(sizes.fragments, 0);
		world_fini(&w);
	}
}

static void every_size_arrives(void **state)
{
	static const struct setup suites[] = {
		{ .ikev2 = SMALL },
		{ .ikev2 = SMALL, .encr = "\"aes-gcm-256\"" },
		{ .ikev2 = "fragment-size = 1501;", .nat = true },
	};
	struct sizes sizes;
	struct world w;
	size_t i, n;

	for (i = 0; i < 3; i++) {
		up(&w, &suites[i]);
		for (n = 400; n < 2100; n += 13) {
			memset(&sizes, 0, sizeof(sizes));
			w.fault = measure;
			w.fault_arg = &sizes;
			assert_int_equal(send_long(&w.a, n), 0);
			assert_true(world_until(&w, answered, 500));
			assert_true(sizes.max <= w.a.cfg->fragment_size);
		}
		assert_int_equal(side_counter(&w.a, "retransmits"), 0);
		world_assert_one(&w);
		world_fini(&w);
	}
}

static void the_path_mtu_is_respected(void **state)
{
	struct sizes sizes = { 0 };
	struct world w;

	up(&w, NULL);
	w.known_mtu = 700;
	w.fault = measure;
	w.fault_arg = &sizes;
	assert_int_equal(send_long(&w.a, 3000), 0);
	assert_true(world_until(&w, answered, 500));
	assert_in_range(sizes.max, 650, 700);
	/* Nobody makes us send smaller pieces than every host takes. */
	w.known_mtu = 68;
	sizes.max = 0;
	assert_int_equal(send_long(&w.a, 3000), 0);
	assert_true(world_until(&w, answered, 500));
	assert_in_range(sizes.max, 500, 576);
	world_fini(&w);
}

static void too_long_a_message_is_not_sent(void **state)
{
	struct setup s = { .ikev2 = SMALL };
	struct world w;

	up(&w, &s);
	assert_int_equal(send_long(&w.a, 50000), ERR_LIMIT);
	world_run(&w, 1000);
	world_assert_one(&w);
	world_fini(&w);
}

/* ---------------------------------------------------------- a bad network */

/** struct strike - the fault falls on one fragment number, once */
struct strike {
	unsigned int number;
	bool to_b;
	enum fate fate;
	bool done;
};

static enum fate strike(struct world *w, struct letter *l)
{
	struct strike *s = w->fault_arg;

	if (s->done || number_of(l) != s->number || l->to_b != s->to_b)
		return PASS;
	s->done = true;
	return s->fate;
}

static void loss_of_any_fragment_costs_one_repetition(void **state)
{
	struct setup s = { .ikev2 = SMALL };
	struct strike one;
	struct world w;
	unsigned int n;

	for (n = 1; n <= 6; n++) {
		up(&w, &s);
		one = (struct strike){ n, true, LOSE, false };
		w.fault = strike;
		w.fault_arg = &one;
		assert_int_equal(send_long(&w.a, 2500), 0);
		assert_false(world_until(&w, answered, 1900));
		assert_true(world_until(&w, answered, 200));
		assert_true(one.done);
		/* The pieces that were there were kept: the lost one ends it. */
		assert_int_equal(side_counter(&w.b,
				 "rx_drop_fragment_duplicate"), n - 1);
		assert_int_equal(side_counter(&w.b, "rx_drop_fragment_repeat"),
				 6 - n);
		assert_int_equal(side_counter(&w.a, "retransmits"), 1);
		world_assert_one(&w);
		world_fini(&w);
	}
}

static void loss_in_the_handshake_is_repaired(void **state)
{
	struct setup s = long_auth();
	struct strike one;
	struct world w;
	unsigned int n, to_b;

	for (n = 1; n <= 2; n++) {
		for (to_b = 0; to_b < 2; to_b++) {
			world_init(&w, &s);
			one = (struct strike){ n, to_b, LOSE, false };
			w.fault = strike;
			w.fault_arg = &one;
			world_start(&w);
			assert_true(world_until(&w, world_up, 3000));
			world_run(&w, 1000);
			world_assert_one(&w);
			world_fini(&w);
		}
	}
}

static enum fate hold_fragments(struct world *w, struct letter *l)
{
	return is_fragment(l) && l->to_b ? HOLD : PASS;
}

static void any_order_will_do(void **state)
{
	struct setup s = { .ikev2 = SMALL };
	struct letter *l, *tmp;
	struct world w;
	int round;

	srand(7383);
	for (round = 0; round < 200; round++) {
		up(&w, &s);
		w.fault = hold_fragments;
		assert_int_equal(send_long(&w.a, 2500), 0);
		/* Every piece somewhere else in the next half second. */
		list_for_each_safe(l, tmp, &w.held, struct letter, list) {
			list_del(&l->list);
			l->due_ms = w.now_ms + (uint64_t)(rand() % 500);
			list_add_tail(&w.letters, &l->list);
		}
		assert_true(world_until(&w, answered, 1000));
		assert_int_equal(side_counter(&w.a, "retransmits"), 0);
		world_assert_one(&w);
		world_fini(&w);
	}
}

static void doubled_fragments_count_once(void **state)
{
	struct setup s = long_auth();
	struct world w;

	world_init(&w, &s);
	w.fault = repeat_all;
	world_start(&w);
	assert_true(world_until(&w, world_up, 3000));
	world_run(&w, 1000);
	world_assert_one(&w);
	assert_int_equal(side_counter(&w.b, "ike_sas_established"), 1);
	assert_true(side_counter(&w.b, "rx_drop_fragment_duplicate") +
		    side_counter(&w.b, "rx_drop_fragment_repeat") > 0);
	world_fini(&w);
}

static enum fate lose_some(struct world *w, struct letter *l)
{
	return rand() % 10 < 3 ? LOSE : rand() % 10 < 2 ? REPEAT : PASS;
}

/* A third of all datagrams is lost and a fifth comes twice. */
static void a_bad_network_is_survived(void **state)
{
	struct setup s = long_auth();
	struct world w;
	int round, in_time = 0;

	srand(4711);
	for (round = 0; round < 50; round++) {
		world_init(&w, &s);
		w.fault = lose_some;
		world_start(&w);
		in_time += world_until(&w, world_up, 62000);
		w.fault = NULL;
		assert_true(world_until(&w, world_up, 300000));
		world_run(&w, 60000);
		world_assert_one(&w);
		world_fini(&w);
	}
	assert_true(in_time >= 40);
}

/* ---------------------------------------------------------- smaller pieces */

static void a_narrow_path_gets_smaller_pieces(void **state)
{
	struct setup s = long_auth();
	struct world w;

	s.ikev2 = "fragment-size = 9000;";
	world_init(&w, &s);
	/* Long datagrams vanish and nobody says so. */
	w.path_mtu = 600;
	world_start(&w);
	assert_true(world_until(&w, world_up, 20000));
	assert_true(side_counter(&w.a, "fragment_lowered") >= 1);
	/* What was learnt is not forgotten. */
	world_run(&w, 1000);
	assert_int_equal(send_long(&w.a, 2000), 0);
	assert_true(world_until(&w, answered, 500));
	world_assert_one(&w);
	world_fini(&w);
}

/* However few tries there are, the last one is with the smallest. */
static void the_last_try_is_the_smallest(void **state)
{
	static const char *const tries[] = {
		"fragment-size = 9000; retransmit-tries = 1;",
		"fragment-size = 9000; retransmit-tries = 2;",
		"fragment-size = 9000; retransmit-tries = 6;",
	};
	struct world w;
	size_t i;

	for (i = 0; i < 3; i++) {
		struct setup s = long_auth();

		s.ikev2 = tries[i];
		world_init(&w, &s);
		w.path_mtu = 576;
		world_start(&w);
		assert_true(world_until(&w, world_up, 30000));
		assert_int_equal(side_counter(&w.a, "ike_sas_established"), 1);
		world_fini(&w);
	}
}

static void the_answer_follows_the_size_of_the_question(void **state)
{
	struct setup s = long_auth();
	struct sizes sizes = { 0 };
	struct world w;

	/* B may send long datagrams, but A has reason to send short ones. */
	s.ikev2_b = "fragment-size = 9000;";
	world_init(&w, &s);
	w.fault = measure;
	w.fault_arg = &sizes;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	assert_true(sizes.max <= 576);
	world_fini(&w);
}

static void a_smaller_cut_replaces_the_unfinished_one(void **state)
{
	struct setup s = { .ikev2 = "fragment-size = 1280;" };
	struct strike one = { 2, true, LOSE, false };
	struct world w;

	up(&w, &s);
	w.fault = strike;
	w.fault_arg = &one;
	assert_int_equal(send_long(&w.a, 3000), 0);
	world_run(&w, 1000);
	first_sa(&w.a)->tries = 1;
	assert_true(world_until(&w, answered, 5000));
	assert_int_equal(side_counter(&w.b, "fragment_restarts"), 1);
	assert_int_equal(side_counter(&w.a, "fragment_lowered"), 1);
	world_assert_one(&w);
	world_fini(&w);
}

static enum fate lose_answers(struct world *w, struct letter *l)
{
	return l->to_b ? PASS : LOSE;
}

/* The whole answer again for fragment 1, and nothing for the others. */
static void a_repeated_request_is_answered_once(void **state)
{
	struct setup s = { .ikev2 = SMALL };
	struct world w;
	unsigned int sent;

	up(&w, &s);
	w.fault = lose_answers;
	assert_int_equal(send_long(&w.a, 2500), 0);
	world_run(&w, 1000);
	sent = w.b.sent;
	world_run(&w, 1500);
	assert_int_equal(w.b.sent, sent + 1);
	assert_int_equal(side_counter(&w.b, "rx_retransmits"), 1);
	assert_true(side_counter(&w.b, "rx_drop_fragment_repeat") >= 4);
	w.fault = NULL;
	assert_true(world_until(&w, answered, 10000));
	world_assert_one(&w);
	world_fini(&w);
}

static enum fate narrow_way_back(struct world *w, struct letter *l)
{
	return !l->to_b && l->msg.len + 28 > 600 ? LOSE : PASS;
}

/* A long answer that does not get through is cut anew with the question. */
static void a_long_answer_is_cut_anew(void **state)
{
	static const uint8_t zeros[2000];
	struct world w;
	struct reply r;

	up(&w, NULL);
	w.fault = lose_answers;
	assert_int_equal(send_long(&w.a, 3000), 0);
	world_run(&w, 500);
	/* As if B had had much to say. */
	reply_init(&r);
	notify_pl_put_simple(&r.w, NOISE, (struct view){ zeros, 2000 });
	assert_int_equal(reply_send_response(first_sa(&w.b),
					     EXCHANGE_INFORMATIONAL, &r), 0);
	reply_fini(&r);
	w.fault = narrow_way_back;
	assert_true(world_until(&w, answered, 10000));
	assert_int_equal(side_counter(&w.a, "fragment_lowered"), 1);
	assert_true(side_counter(&w.a, "rx_fragments") >= 4);
	world_assert_one(&w);
	world_fini(&w);
}

static void unfragmented_after_fragments_and_back(void **state)
{
	struct setup s = { .ikev2 = SMALL };
	struct strike one = { 1, true, LOSE, false };
	struct world w;

	up(&w, &s);
	w.fault = strike;
	w.fault_arg = &one;
	assert_int_equal(send_long(&w.a, 2000), 0);
	world_run(&w, 500);
	assert_non_null(first_sa(&w.b)->rx.parts);
	/* The same request in one piece ends the collecting. */
	w.fault = NULL;
	first_sa(&w.a)->fragmentation = false;
	first_sa(&w.a)->tx.next--;
	assert_int_equal(send_long(&w.a, 2000), 0);
	assert_true(world_until(&w, answered, 500));
	assert_null(first_sa(&w.b)->rx.parts);
	world_assert_one(&w);
	world_fini(&w);
}

/* --------------------------------------------------------------- attackers */

static void old_fragments_do_nothing(void **state)
{
	struct setup s = { .ikev2 = SMALL };
	struct letters seen = { 0 };
	unsigned int i, sent;
	struct world w;

	up(&w, &s);
	w.fault = record_passing;
	w.fault_arg = &seen;
	assert_int_equal(send_long(&w.a, 2500), 0);
	assert_true(world_until(&w, answered, 500));
	w.fault = NULL;
	assert_int_equal(send_long(&w.a, 100), 0);
	assert_true(world_until(&w, answered, 500));
	sent = w.b.sent;
	for (i = 0; i < seen.count; i++)
		letters_give(&w, seen.letter[i]);
	assert_int_equal(w.b.sent, sent);
	assert_null(first_sa(&w.b)->rx.parts);
	assert_true(side_counter(&w.b, "rx_drop_message_id") >= 6);
	world_run(&w, 2000);
	world_assert_one(&w);
	letters_fini(&seen);
	world_fini(&w);
}

/* Between the real ones: damaged, renumbered, and of another total. */
static enum fate forge_between(struct world *w, struct letter *l)
{
	static const uint8_t at[] = { IKE_HDR_LEN + 5, IKE_HDR_LEN + 7, 60, 200 };
	struct letter *forged;
	size_t i;

	if (!is_fragment(l) || !l->to_b)
		return PASS;
	for (i = 0; i < sizeof(at); i++) {
		forged = letters_copy(l);
		forged->msg.p[at[i]] ^= 5;
		letters_give(w, forged);
		letters_free(forged);
	}
	return PASS;
}

static void forged_fragments_are_dropped_one_by_one(void **state)
{
	struct setup s = long_auth();
	struct world w;

	world_init(&w, &s);
	w.fault = forge_between;
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	world_run(&w, 1000);
	world_assert_one(&w);
	assert_int_equal(side_counter(&w.a, "retransmits"), 0);
	assert_true(side_counter(&w.b, "rx_drop_icv") > 0);
	world_fini(&w);
}

/* Fragment headers of every kind, without the keys. */
static void invented_fragments_leave_nothing(void **state)
{
	static const uint16_t numbers[][2] = {
		{ 0, 0 }, { 0, 5 }, { 1, 0 }, { 6, 5 }, { 1, 1 }, { 1, 2 },
		{ 2, 2 }, { 64, 64 }, { 1, 65 }, { 65535, 65535 },
	};
	struct setup s = long_auth();
	struct letters seen = { 0 };
	struct letter *l;
	struct world w;
	size_t i, n;

	world_init(&w, &s);
	w.fault = record_passing;
	w.fault_arg = &seen;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	w.fault = NULL;
	for (n = 0; n < seen.count; n++) {
		if (!is_fragment(seen.letter[n]))
			continue;
		for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			l = letters_copy(seen.letter[n]);
			/* The message that would be next. */
			l->msg.p[23]++;
			l->msg.p[IKE_HDR_LEN + 4] = (uint8_t)(numbers[i][0] >> 8);
			l->msg.p[IKE_HDR_LEN + 5] = (uint8_t)numbers[i][0];
			l->msg.p[IKE_HDR_LEN + 6] = (uint8_t)(numbers[i][1] >> 8);
			l->msg.p[IKE_HDR_LEN + 7] = (uint8_t)numbers[i][1];
			letters_give(&w, l);
			letters_free(l);
		}
	}
	assert_null(first_sa(&w.b)->rx.parts);
	assert_true(side_counter(&w.b, "rx_drop_fragment_malformed") > 0);
	assert_true(side_counter(&w.b, "rx_drop_fragment_limit") > 0);
	assert_true(side_counter(&w.b, "rx_drop_icv") > 0);
	world_run(&w, 45000);
	world_assert_one(&w);
	letters_fini(&seen);
	world_fini(&w);
}

static void fragments_that_were_not_agreed_on_are_dropped(void **state)
{
	struct setup s = { .ikev2 = SMALL };
	struct world w;

	up(&w, &s);
	first_sa(&w.b)->fragmentation = false;
	assert_int_equal(send_long(&w.a, 2500), 0);
	world_run(&w, 1000);
	assert_int_equal(side_counter(&w.b, "rx_drop_fragment_unexpected"), 6);
	assert_null(first_sa(&w.b)->rx.parts);
	world_fini(&w);
}

/* Without the end, what was collected is wiped after a minute. */
static void an_unfinished_message_is_forgotten(void **state)
{
	struct setup s = { .ikev2 = SMALL " retransmit-tries = 1;",
			   .profile = "dpd-interval = 0;" };
	struct strike one = { 3, true, LOSE, false };
	struct world w;

	up(&w, &s);
	w.fault = strike;
	w.fault_arg = &one;
	assert_int_equal(send_long(&w.a, 2500), 0);
	world_run(&w, 1000);
	assert_non_null(first_sa(&w.b)->rx.parts);
	world_crash(&w, &w.a);
	world_run(&w, FRAGMENT_IDLE_MS);
	assert_null(first_sa(&w.b)->rx.parts);
	assert_int_equal(side_counter(&w.b, "rx_drop_fragment_timeout"), 1);
	world_fini(&w);
}

/*
 * Whoever finishes IKE_SA_INIT has keys and may fill memory with pieces of an
 * IKE_AUTH that never ends: up to a bound, and not for long.
 */
static void unproven_peers_hold_little_memory(void **state)
{
	struct setup s = long_auth();
	struct strike one = { 2, true, LOSE, false };
	struct world w;

	s.ikev2 = SMALL " retransmit-tries = 1;";
	s.a_responds_only = false;
	world_init(&w, &s);
	w.fault = strike;
	w.fault_arg = &one;
	world_start(&w);
	world_run(&w, 500);
	assert_true(w.b.ike->unproven_octets > 0);
	/* As if many had done the same. */
	w.b.ike->unproven_octets += FRAGMENT_UNPROVEN_MAX -
				    first_sa(&w.b)->rx.parts->octets;
	world_run(&w, 2000);
	assert_false(world_up(&w));
	assert_int_equal(side_counter(&w.b, "rx_drop_fragment_limit"), 1);
	assert_null(first_sa(&w.b)->rx.parts);
	/* Nothing is left on the account when the others are gone. */
	w.b.ike->unproven_octets -= FRAGMENT_UNPROVEN_MAX;
	world_run(&w, 40000);
	world_fini(&w);
}

static void cookies_and_fragments_together(void **state)
{
	struct setup s = long_auth();
	struct strike one = { 1, true, LOSE, false };
	struct world w;

	s.no_cookie_default = true;
	world_init(&w, &s);
	w.fault = strike;
	w.fault_arg = &one;
	world_start(&w);
	assert_true(world_until(&w, world_up, 3000));
	assert_true(side_counter(&w.b, "cookies_sent") >= 1);
	world_run(&w, 1000);
	world_assert_one(&w);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_auth_is_cut_to_size),
		cmocka_unit_test(short_messages_stay_whole),
		cmocka_unit_test(without_agreement_nothing_is_cut),
		cmocka_unit_test(every_size_arrives),
		cmocka_unit_test(the_path_mtu_is_respected),
		cmocka_unit_test(too_long_a_message_is_not_sent),
		cmocka_unit_test(loss_of_any_fragment_costs_one_repetition),
		cmocka_unit_test(loss_in_the_handshake_is_repaired),
		cmocka_unit_test(any_order_will_do),
		cmocka_unit_test(doubled_fragments_count_once),
		cmocka_unit_test(a_bad_network_is_survived),
		cmocka_unit_test(a_narrow_path_gets_smaller_pieces),
		cmocka_unit_test(the_last_try_is_the_smallest),
		cmocka_unit_test(the_answer_follows_the_size_of_the_question),
		cmocka_unit_test(a_smaller_cut_replaces_the_unfinished_one),
		cmocka_unit_test(a_repeated_request_is_answered_once),
		cmocka_unit_test(a_long_answer_is_cut_anew),
		cmocka_unit_test(unfragmented_after_fragments_and_back),
		cmocka_unit_test(old_fragments_do_nothing),
		cmocka_unit_test(forged_fragments_are_dropped_one_by_one),
		cmocka_unit_test(invented_fragments_leave_nothing),
		cmocka_unit_test(fragments_that_were_not_agreed_on_are_dropped),
		cmocka_unit_test(an_unfinished_message_is_forgotten),
		cmocka_unit_test(unproven_peers_hold_little_memory),
		cmocka_unit_test(cookies_and_fragments_together),
	};

	return cmocka_run_group_tests_name("fragment", tests, NULL, NULL);
}
