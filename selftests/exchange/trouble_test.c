// SPDX-License-Identifier: GPL-2.0
/*
 * Exchanges that end badly with a peer that has the keys: requests that can be
 * opened and not understood, answers that put us off for ever, and silence when
 * we want to be rid of an IKE SA. However it ends, both ends know, and a tunnel
 * that shall be up tries again.
 */

#include "child_world.h"

#include <string.h>

#include "ike/exchange.h"
#include "ike/msgid.h"
#include "ike/sa.h"

#define MINUTE_MS	60000
#define UNKNOWN_PAYLOAD	200
#define CRITICAL	0x80
#define NONCE		"0123456789abcdef"

static const struct view nothing = { NULL, 0 };

static void up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 2000));
	world_run(w, 1000);
}

/* ------------------------------------------------- nobody takes our Delete */

static enum fate lose_deletes(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_INFORMATIONAL ? LOSE : PASS;
}

/* The child was refused, the IKE SA is to go, and the peer is gone first. */
static void no_answer_to_the_delete_of_a_childless_ike_sa(void **state)
{
	static const struct setup refuses = {
		.b_transform = "\"esp-gcm-192\"",
	};
	static const struct setup fails = { 0 };
	const struct setup *const setups[] = { &refuses, &fails };
	uint64_t attempts;
	struct world w;
	size_t i;

	for (i = 0; i < 2; i++) {
		world_init(&w, setups[i]);
		w.fault = lose_deletes;
		w.a.kernel.refuse_sa = setups[i] == &fails;
		world_start(&w);
		world_run(&w, 1000);
		assert_int_equal(first_sa(&w.a)->state, IKE_DELETING);
		attempts = side_tunnel(&w.a).attempts;
		world_run(&w, 5 * MINUTE_MS);
		assert_true(side_tunnel(&w.a).attempts > attempts);
		w.a.kernel.refuse_sa = false;
		w.fault = NULL;
		if (setups[i] == &fails) {
			assert_true(world_until(&w, world_up, 5 * MINUTE_MS));
			world_run(&w, 20000);
			world_assert_one(&w);
		}
		world_fini(&w);
	}
}

static bool deletes(struct world *w)
{
	return first_sa(&w->a)->state == IKE_DELETING;
}

static bool b_has_heard(struct world *w)
{
	return first_sa(&w->b)->state == IKE_CLOSED;
}

static enum fate lose_informational_of_b(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_INFORMATIONAL && !l->to_b ? LOSE :
								       PASS;
}

static enum fate lose_answer_once(struct world *w, struct letter *l)
{
	enum fate fate = lose_informational_of_b(w, l);

	if (fate == LOSE)
		w->fault = NULL;
	return fate;
}

/*
 * B has deleted it as well, and its answer was lost: what is left to be said is
 * no reason to be down for as long as a request may last.
 */
static void one_lost_answer_to_a_delete(void **state)
{
	static const struct setup s = {
		.ikev2 = "quick-crash-detection = false;",
	};
	struct world w;
	int silent;

	for (silent = 0; silent < 2; silent++) {
		up(&w, &s);
		w.fault = silent ? lose_informational_of_b : lose_answer_once;
		assert_int_equal(ike_clear(w.a.ike, 0), 1);
		assert_true(world_until(&w, deletes, 100));
		assert_true(world_until(&w, b_has_heard, 100));
		ike_sa_free(first_sa(&w.b));
		assert_true(world_until(&w, world_down, silent ? 20000 : 3000));
		assert_true(world_until(&w, world_up, 3000));
		w.fault = NULL;
		world_run(&w, MINUTE_MS);
		world_assert_one(&w);
		world_fini(&w);
	}
}

/* --------------------------------------------------- INVALID_SYNTAX is fatal */

/** struct nonsense - a CREATE_CHILD_SA that has all it needs, one of it wrong */
struct nonsense {
	const char *name;
	struct view sa, nonce, ts, rekey;
};

#define OCTETS(text) { (const uint8_t *)(text), sizeof(text) - 1 }

/* One proposal of ESP: SPI, AES-GCM-128, no ESN. */
#define GOOD_SA OCTETS("\0\0\0\x20" "\1\3\4\2" "\x12\x34\x56\x78"	\
		       "\3\0\0\x0c" "\1\0\0\x14" "\x80\x0e\0\x80"	\
		       "\0\0\0\x8" "\5\0\0\0")
/* Any IPv4 address. */
#define GOOD_TS OCTETS("\1\0\0\0" "\7\0\0\x10" "\0\0\xff\xff"		\
		       "\0\0\0\0" "\xff\xff\xff\xff")

static const struct nonsense requests[] = {
	{ "a proposal longer than its payload",
	  .sa = OCTETS("\0\0\0\xff" "\1\3\4\1" "\x12\x34\x56\x78"),
	  .nonce = OCTETS(NONCE), .ts = GOOD_TS },
	{ "a nonce of three octets",
	  .sa = GOOD_SA, .nonce = OCTETS("abc"), .ts = GOOD_TS },
	{ "a selector that is cut off",
	  .sa = GOOD_SA, .nonce = OCTETS(NONCE),
	  .ts = OCTETS("\1\0\0\0" "\7\0\0\x10" "\0\0\xff\xff") },
	{ "a rekey of something that is no ESP SA",
	  .sa = GOOD_SA, .nonce = OCTETS(NONCE), .ts = GOOD_TS,
	  .rekey = OCTETS("\2\4\x40\x09" "\x12\x34\x56\x78") },
};

static void send_nonsense(struct side *s, const struct nonsense *n)
{
	struct reply r;

	reply_init(&r);
	if (n->rekey.len)
		msg_pl(&r.w, PL_N, n->rekey);
	msg_pl(&r.w, PL_SA, n->sa);
	msg_pl(&r.w, PL_NONCE, n->nonce);
	msg_pl(&r.w, PL_TSi, n->ts);
	msg_pl(&r.w, PL_TSr, n->ts);
	assert_int_equal(reply_send_request(first_sa(s), EXCHANGE_CREATE_CHILD_SA,
					    &r), 0);
	reply_fini(&r);
}

static bool both_without(struct world *w)
{
	return !side_established(&w->a) && !side_established(&w->b);
}

/*
 * Whoever calls a request malformed ends the IKE SA, as does whoever is told so,
 * and nobody says a word more about it (RFC 7296 section 2.21.3).
 */
static void a_malformed_request_ends_it_at_both_ends(void **state)
{
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		up(&w, NULL);
		send_nonsense(&w.a, &requests[i]);
		if (!world_until(&w, both_without, 100))
			fail_msg("%s: A has %u, B %u IKE SAs", requests[i].name,
				 side_established(&w.a),
				 side_established(&w.b));
		assert_int_equal(side_tunnel(&w.b).failure.reason,
				 FAILURE_SYNTAX);
		world_assert_nothing(&w.a);
		world_assert_nothing(&w.b);
		world_recovers(&w);
	}
}

/* A new IKE SA without a key exchange. */
static void a_malformed_ike_rekey_ends_it_too(void **state)
{
	static const struct view sa = OCTETS("\0\0\0\x0c" "\1\1\x8\0" "12345678");
	static const struct nonsense n = { .sa = sa, .nonce = OCTETS("abc"),
					   .ts = GOOD_TS };
	struct world w;

	up(&w, NULL);
	send_nonsense(&w.a, &n);
	assert_true(world_until(&w, both_without, 100));
	world_recovers(&w);
}

/* B's answer has a critical payload that nobody knows, or lacks what it must. */
static enum fate spoil_intermediate(struct world *w, struct letter *l)
{
	const struct view *body = w->fault_arg;
	struct reply r;

	if (l->hdr.exchange != EXCHANGE_IKE_INTERMEDIATE || l->to_b)
		return PASS;
	w->fault = NULL;
	reply_init(&r);
	msg_pl(&r.w, body->len ? UNKNOWN_PAYLOAD : PL_NONCE, *body);
	r.buf.p[1] = body->len ? CRITICAL : 0;
	assert_int_equal(reply_send_response(first_sa(&w->b),
					     EXCHANGE_IKE_INTERMEDIATE, &r), 0);
	reply_fini(&r);
	return LOSE;
}

static bool a_failed(struct world *w)
{
	return side_tunnel(&w->a).failure.reason != FAILURE_NONE;
}

/* Nobody is told, for nobody is proven; but it is known here. */
static void an_unreadable_intermediate_answer_has_a_reason(void **state)
{
	static const struct setup s = {
		.dh = "19 ]; additional-ke = [ \"group20\"",
		.b_dh = "19 ]; additional-ke = [ \"group20\"",
	};
	struct view bodies[] = { OCTETS("?"), { NULL, 0 } };
	struct world w;
	size_t i;

	for (i = 0; i < 2; i++) {
		world_init(&w, &s);
		w.fault = spoil_intermediate;
		w.fault_arg = &bodies[i];
		world_start(&w);
		assert_true(world_until(&w, a_failed, 1000));
		assert_int_equal(side_tunnel(&w.a).failure.reason,
				 i ? FAILURE_SYNTAX : FAILURE_CRITICAL);
		assert_int_equal(side_tunnel(&w.a).failure.stage,
				 STAGE_IKE_INTERMEDIATE);
		assert_true(world_until(&w, world_up, 5000));
		world_run(&w, MINUTE_MS);
		world_assert_one(&w);
		world_fini(&w);
	}
}

/* --------------------------------------------------- TEMPORARY_FAILURE */

static unsigned int put_off;

/* B is too busy for whatever A asks for. */
static enum fate put_off_a(struct world *w, struct letter *l)
{
	struct ike_sa *sa;

	if (l->hdr.exchange != EXCHANGE_CREATE_CHILD_SA || !l->to_b ||
	    l->hdr.flags & IKE_FLAG_RESPONSE)
		return PASS;
	sa = ike_sa_find(w->b.ike, side_sa(&w->b).spi_local);
	assert_non_null(sa);
	sa->answer_path = sa->path;
	msgid_accept_request(sa);
	assert_int_equal(reply_notify(sa, EXCHANGE_CREATE_CHILD_SA,
				      N_TEMPORARY_FAILURE, nothing), 0);
	put_off++;
	return LOSE;
}

static uint32_t session_before;

static bool another_ike_sa(struct world *w)
{
	return world_up(w) && side_tunnel(&w->a).session_id != session_before;
}

/*
 * What is out of step does not get better by itself: after some minutes there
 * is a new IKE SA (RFC 7296 section 2.25).
 */
static void put_off_for_minutes(void (*ask)(struct side *a))
{
	struct world w;
	uint64_t begun;

	up(&w, NULL);
	begun = w.now_ms;
	put_off = 0;
	session_before = side_tunnel(&w.a).session_id;
	w.fault = put_off_a;
	ask(&w.a);
	assert_true(world_until(&w, another_ike_sa, 10 * MINUTE_MS));
	assert_in_range(w.now_ms - begun, 2 * MINUTE_MS, 5 * MINUTE_MS);
	assert_in_range(put_off, 5, 60);
	w.fault = NULL;
	world_run(&w, MINUTE_MS);
	world_assert_one(&w);
	world_fini(&w);
}

static void a_child_rekey_put_off_for_ever(void **state)
{
	put_off_for_minutes(side_rekey_child);
}

static void ask_for_ike_rekey(struct side *s)
{
	ike_sa_queue(first_sa(s), TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(first_sa(s));
}

static void an_ike_rekey_put_off_for_ever(void **state)
{
	put_off_for_minutes(ask_for_ike_rekey);
}

static void a_new_child_put_off_for_ever(void **state)
{
	put_off_for_minutes(side_lose_child);
}

static bool was_put_off(struct world *w)
{
	return put_off > 0;
}

/* As when requests cross now and then. */
static void now_and_then_is_no_reason(void **state)
{
	struct world w;
	unsigned int i;

	up(&w, NULL);
	session_before = side_tunnel(&w.a).session_id;
	for (i = 0; i < 10; i++) {
		put_off = 0;
		w.fault = put_off_a;
		side_rekey_child(&w.a);
		assert_true(world_until(&w, was_put_off, 1000));
		w.fault = NULL;
		world_run(&w, 50000);
	}
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 10);
	assert_int_equal(side_tunnel(&w.a).session_id, session_before);
	world_assert_one(&w);
	world_fini(&w);
}

/* ------------------------------------------- a child, if not at the first try */

static bool b_deletes(struct world *w)
{
	return !list_empty(&w->b.ike->sas) &&
	       first_sa(&w->b)->state == IKE_DELETING;
}

/* As a peer that does not give up the IKE SA for want of the child. */
static void ask_again(struct ike_sa *sa)
{
	ike_sa_task_done(sa);
	sa->tx.next--;
	ike_sa_set_state(sa, IKE_ESTABLISHED);
	ike_sa_queue(sa, TASK_NEW_CHILD, 0);
	ike_sa_run_tasks(sa);
}

static void a_second_child_keeps_the_ike_sa(void **state)
{
	static const struct setup s = { .a_responds_only = true,
					.b_initiates = true };
	struct world w;

	world_init(&w, &s);
	w.fault = lose_deletes;
	w.a.kernel.refuse_sa = true;
	world_start(&w);
	assert_true(world_until(&w, b_deletes, 2000));
	session_before = side_sa(&w.a).session_id;
	w.fault = NULL;
	w.a.kernel.refuse_sa = false;
	ask_again(first_sa(&w.b));
	assert_true(world_until(&w, world_up, 1000));
	world_run(&w, 15000);
	assert_int_equal(side_sa(&w.a).session_id, session_before);
	world_assert_one(&w);
	world_fini(&w);
}

/* ------------------------------------------------- what cannot even be sent */

/* For want of message IDs here, as it would be for want of memory. */
static void a_request_that_is_not_sent_is_not_forgotten(void **state)
{
	void (*const wants[])(struct side *s) = { side_rekey_child,
						  side_lose_child };
	struct world w;
	uint32_t next;
	size_t i;

	for (i = 0; i < 2; i++) {
		up(&w, NULL);
		next = first_sa(&w.a)->tx.next;
		first_sa(&w.a)->tx.next = MSGID_LAST + 1;
		wants[i](&w.a);
		world_run(&w, 200);
		assert_false(first_sa(&w.a)->tx_busy);
		first_sa(&w.a)->tx.next = next;
		world_run(&w, MINUTE_MS);
		assert_int_equal(side_counter(&w.a, "child_sas_installed"), 2);
		world_assert_one(&w);
		world_fini(&w);
	}
}

static enum fate through_another_vrf(struct world *w, struct letter *l)
{
	if (l->to_b)
		l->path.fvrf = 5;
	return PASS;
}

/* Authentic, but out of another VRF: nobody there gets an answer or the SA. */
static void another_vrf(void **state)
{
	unsigned int sent;
	struct world w;

	world_init(&w, NULL);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	sent = w.b.sent;
	w.fault = through_another_vrf;
	side_rekey_child(&w.a);
	world_run(&w, 1000);
	assert_int_equal(side_counter(&w.b, "rx_drop_fvrf"), 1);
	assert_int_equal(side_counter(&w.b, "moves_ignored"), 0);
	assert_int_equal(w.b.sent, sent);
	w.fault = NULL;
	world_run(&w, 10000);
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 1);
	world_assert_one(&w);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_answer_to_the_delete_of_a_childless_ike_sa),
		cmocka_unit_test(one_lost_answer_to_a_delete),
		cmocka_unit_test(a_malformed_request_ends_it_at_both_ends),
		cmocka_unit_test(a_malformed_ike_rekey_ends_it_too),
		cmocka_unit_test(an_unreadable_intermediate_answer_has_a_reason),
		cmocka_unit_test(a_child_rekey_put_off_for_ever),
		cmocka_unit_test(an_ike_rekey_put_off_for_ever),
		cmocka_unit_test(a_new_child_put_off_for_ever),
		cmocka_unit_test(now_and_then_is_no_reason),
		cmocka_unit_test(a_second_child_keeps_the_ike_sa),
		cmocka_unit_test(a_request_that_is_not_sent_is_not_forgotten),
		cmocka_unit_test(another_vrf),
	};

	return cmocka_run_group_tests_name("trouble", tests, NULL, NULL);
}
