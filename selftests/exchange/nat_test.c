// SPDX-License-Identifier: GPL-2.0
/*
 * A behind a NAT: its mapping may change at any time, and B follows, but only
 * authentic messages that it has not seen before (RFC 7296 section 2.23).
 */

#include "child_world.h"

#include <string.h>

#include "ike/sa.h"
#include "letters.h"

#define OLD_PORT	(4500 + 40000)
#define NEW_PORT	(4500 + 41000)

static const struct setup behind_nat = { .nat = true };

static uint16_t peer_port(struct side *s)
{
	return side_sa(s).remote.port;
}

/* The SA that a kernel sends with. */
static const struct knl_sa *sends_with(struct side *s)
{
	size_t i;

	for (i = 0; i < FAKE_SAS; i++)
		if (s->kernel.sas[i].used && s->kernel.sas[i].active)
			return &s->kernel.sas[i].sa;
	fail_msg("%s sends with no SA", s->name);
	return NULL;
}

static uint16_t esp_port(struct side *s)
{
	return sends_with(s)->encap_remote_port;
}

static void up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 2000));
}

static void both_ends_float_to_4500(void **state)
{
	struct world w;

	up(&w, &behind_nat);
	assert_int_equal(side_sa(&w.a).local.port, 4500);
	assert_int_equal(side_sa(&w.a).remote.port, 4500);
	assert_int_equal(side_sa(&w.b).local.port, 4500);
	assert_int_equal(peer_port(&w.b), OLD_PORT);
	assert_int_equal(esp_port(&w.b), OLD_PORT);
	/* The port change of the handshake is no move. */
	assert_int_equal(side_counter(&w.b, "peers_moved"), 0);
	world_fini(&w);
}

static enum fate float_anyway(struct world *w, struct letter *l)
{
	if (l->to_b && l->hdr.exchange != EXCHANGE_IKE_SA_INIT) {
		l->path.local.port = 4500;
		l->path.remote.port = 4500;
	}
	return PASS;
}

/* An initiator may use port 4500 without any NAT (RFC 7296 section 2.23). */
static void an_initiator_may_float_without_nat(void **state)
{
	struct world w;

	world_init(&w, NULL);
	w.fault = float_anyway;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	assert_int_equal(side_sa(&w.b).local.port, 4500);
	assert_int_equal(peer_port(&w.b), 4500);
	/* And ESP stays without UDP. */
	assert_int_equal(esp_port(&w.b), 0);
	world_fini(&w);
}

static bool moved(struct world *w)
{
	return peer_port(&w->b) == NEW_PORT && esp_port(&w->b) == NEW_PORT;
}

static void a_new_mapping_is_followed_by_ike(void **state)
{
	struct world w;

	up(&w, &behind_nat);
	w.nat_port = 41000;
	ike_sa_queue(first_sa(&w.a), TASK_LIVENESS, 0);
	ike_sa_run_tasks(first_sa(&w.a));
	assert_true(world_until(&w, moved, 1000));
	world_run(&w, 1000);
	world_assert_one(&w);
	assert_int_equal(side_counter(&w.b, "peers_moved"), 1);
	assert_int_equal(side_counter(&w.a, "retransmits"), 0);
	world_fini(&w);
}

static void rekeys_after_the_mapping_changed(void **state)
{
	struct world w;

	up(&w, &behind_nat);
	w.nat_port = 41000;
	/* From the inside it works at once and B learns by it. */
	side_rekey_child(&w.a);
	assert_true(world_until(&w, moved, 2000));
	world_run(&w, 1000);
	side_rekey_child(&w.b);
	world_run(&w, 1000);
	ike_sa_queue(first_sa(&w.b), TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(first_sa(&w.b));
	world_run(&w, 1000);
	world_assert_one(&w);
	assert_int_equal(peer_port(&w.b), NEW_PORT);
	assert_int_equal(esp_port(&w.b), NEW_PORT);
	world_fini(&w);
}

static enum fate from_elsewhere(struct world *w, struct letter *l)
{
	if (l->to_b)
		addr_parse("203.0.113.7", &l->path.remote.addr);
	return PASS;
}

/* A NAT with several addresses may choose another one. */
static void a_new_address_is_followed_too(void **state)
{
	char text[ENDPOINT_STR];
	struct endpoint remote;
	struct world w;

	up(&w, &behind_nat);
	w.fault = from_elsewhere;
	side_rekey_child(&w.a);
	world_run(&w, 2000);
	remote = side_sa(&w.b).remote;
	assert_string_equal(endpoint_str(&remote, text), "203.0.113.7/44500");
	world_assert_one(&w);
	assert_string_equal(addr_str(&sends_with(&w.b)->remote, text),
			    "203.0.113.7");
	world_fini(&w);
}

/* B asks at both places, because its own messages do not get through. */
static void a_new_mapping_is_followed_after_esp(void **state)
{
	struct world w;

	up(&w, &behind_nat);
	w.nat_port = 41000;
	side_esp_from(&w.b, NEW_PORT);
	assert_true(world_until(&w, moved, 1000));
	world_run(&w, 1000);
	world_assert_one(&w);
	assert_int_equal(side_counter(&w.b, "retransmits"), 0);
	world_fini(&w);
}

static void esp_alone_moves_nothing(void **state)
{
	struct world w;

	up(&w, &behind_nat);
	/* Somebody took a packet on its way and sent it from elsewhere. */
	side_esp_from(&w.b, NEW_PORT);
	world_run(&w, 5000);
	assert_int_equal(peer_port(&w.b), OLD_PORT);
	assert_int_equal(esp_port(&w.b), OLD_PORT);
	assert_false(first_sa(&w.b)->has_candidate);
	world_assert_one(&w);
	world_fini(&w);
}

/* Every message of a tunnel's life, whole and damaged, from another port. */
static void replays_and_forgeries_move_nothing(void **state)
{
	struct letters seen = { 0 };
	struct letter *l;
	unsigned int i;
	struct world w;

	world_init(&w, &behind_nat);
	w.fault = record_passing;
	w.fault_arg = &seen;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	side_rekey_child(&w.a);
	world_run(&w, 1000);
	w.fault = NULL;
	for (i = 0; i < seen.count; i++) {
		if (!seen.letter[i]->to_b ||
		    seen.letter[i]->hdr.exchange == EXCHANGE_IKE_SA_INIT)
			continue;
		l = letters_copy(seen.letter[i]);
		l->path.remote.port = 6666;
		letters_give(&w, l);
		/* The message that would be next, had it the right ICV. */
		l->msg.p[23]++;
		letters_give(&w, l);
		letters_free(l);
	}
	assert_int_equal(peer_port(&w.b), OLD_PORT);
	assert_int_equal(side_counter(&w.b, "peers_moved"), 0);
	assert_true(side_counter(&w.b, "rx_retransmits") >= 1);
	assert_true(side_counter(&w.b, "rx_drop_icv") >= 1);
	world_run(&w, 5000);
	world_assert_one(&w);
	letters_fini(&seen);
	world_fini(&w);
}

/** struct answer - where the last message to A went */
struct answer {
	struct letters requests;
	uint16_t port;
	unsigned int count;
};

static enum fate watch_answers(struct world *w, struct letter *l)
{
	struct answer *a = w->fault_arg;

	if (l->to_b) {
		letters_add(&a->requests, l);
	} else {
		/* Before translation: the port B sent to. */
		a->port = l->path.local.port;
		a->count++;
	}
	return PASS;
}

/*
 * A request repeated after the mapping changed is answered where it comes
 * from; being a repetition, it proves no life and moves nobody.
 */
static void a_repeated_request_is_answered_where_it_came_from(void **state)
{
	struct answer answer = { .count = 0 };
	struct letter *last;
	struct world w;
	uint64_t before;

	up(&w, NULL);
	w.fault = watch_answers;
	w.fault_arg = &answer;
	side_rekey_child(&w.a);
	world_run(&w, 1000);
	last = answer.requests.letter[answer.requests.count - 1];
	last->path.remote.port = 7777;
	before = first_sa(&w.b)->last_rx_ms;
	answer.count = 0;
	letters_give(&w, last);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.port, 7777);
	assert_true(first_sa(&w.b)->last_rx_ms == before);
	assert_int_equal(peer_port(&w.b), 500);
	letters_fini(&answer.requests);
	world_fini(&w);
}

static enum fate other_port(struct world *w, struct letter *l)
{
	if (l->to_b && l->hdr.exchange != EXCHANGE_IKE_SA_INIT &&
	    l->hdr.exchange != EXCHANGE_IKE_AUTH)
		l->path.remote.port = 5555;
	return watch_answers(w, l);
}

/* Without a NAT the peer has no reason to move; it is answered, no more. */
static void without_nat_nobody_moves(void **state)
{
	struct answer answer = { .count = 0 };
	struct world w;

	world_init(&w, NULL);
	w.fault = other_port;
	w.fault_arg = &answer;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	side_rekey_child(&w.a);
	world_run(&w, 1000);
	assert_int_equal(answer.port, 5555);
	assert_int_equal(peer_port(&w.b), 500);
	assert_int_equal(side_counter(&w.b, "peers_moved"), 0);
	assert_true(side_counter(&w.b, "moves_ignored") >= 1);
	world_assert_one(&w);
	letters_fini(&answer.requests);
	world_fini(&w);
}

/* Whoever is behind a NAT himself must not follow. */
static void behind_a_nat_nobody_is_followed(void **state)
{
	struct world w;

	up(&w, &behind_nat);
	first_sa(&w.b)->nat_local = true;
	w.nat_port = 41000;
	ike_sa_queue(first_sa(&w.a), TASK_LIVENESS, 0);
	ike_sa_run_tasks(first_sa(&w.a));
	world_run(&w, 1000);
	assert_int_equal(peer_port(&w.b), OLD_PORT);
	/* The answer went back through the new mapping all the same. */
	assert_int_equal(side_counter(&w.a, "retransmits"), 0);
	side_esp_from(&w.b, NEW_PORT);
	assert_false(first_sa(&w.b)->has_candidate);
	assert_int_equal(side_counter(&w.b, "moves_ignored"), 2);
	world_fini(&w);
}

static void keepalives_come_from_behind_the_nat_only(void **state)
{
	struct world w;

	up(&w, &behind_nat);
	world_run(&w, 65000);
	assert_int_equal(side_counter(&w.a, "tx_keepalives"), 3);
	assert_int_equal(side_counter(&w.b, "tx_keepalives"), 0);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_float_to_4500),
		cmocka_unit_test(an_initiator_may_float_without_nat),
		cmocka_unit_test(a_new_mapping_is_followed_by_ike),
		cmocka_unit_test(rekeys_after_the_mapping_changed),
		cmocka_unit_test(a_new_address_is_followed_too),
		cmocka_unit_test(a_new_mapping_is_followed_after_esp),
		cmocka_unit_test(esp_alone_moves_nothing),
		cmocka_unit_test(replays_and_forgeries_move_nothing),
		cmocka_unit_test(a_repeated_request_is_answered_where_it_came_from),
		cmocka_unit_test(without_nat_nobody_moves),
		cmocka_unit_test(behind_a_nat_nobody_is_followed),
		cmocka_unit_test(keepalives_come_from_behind_the_nat_only),
	};

	return cmocka_run_group_tests_name("nat", tests, NULL, NULL);
}
