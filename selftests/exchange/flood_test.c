// SPDX-License-Identifier: GPL-2.0
/*
 * What strangers make us say: to the log, to a monitor, and to whoever they
 * say they are. It is little, and hides nothing that a peer is the cause of.
 */

#include "world.h"

#include <string.h>

#include "ike/engine.h"
#include "letters.h"
#include "log/log.h"

#define FLOOD		500
#define STRANGER	"203.0.113.9"

/* ---------------------------------------------------------------- listening */

static struct {
	unsigned int lines, failures;
	const char *wanted;
	bool found;
} heard;

static void on_line(void *arg, enum log_level level, const char *line)
{
	heard.lines++;
	if (strstr(line, heard.wanted))
		heard.found = true;
}

static void on_event(void *arg, const struct ike_event *ev)
{
	if (strcmp(ev->type, "failure") == 0)
		heard.failures++;
}

/* B's log and monitor, from now on, for a line with @wanted. */
static void hear(struct world *w, const char *wanted)
{
	memset(&heard, 0, sizeof(heard));
	heard.wanted = wanted;
	log_set_level(LOG_LEVEL_NOTICE);
	log_to(on_line, NULL);
	ike_on_event(w->b.ike, on_event, NULL);
}

/* ------------------------------------------------------------------ flooding */

/* A's first message, as B would get it. */
static struct letter *first_message(struct world *w)
{
	struct letters r = { 0 };
	struct letter *l;

	w->fault = record_passing;
	w->fault_arg = &r;
	world_start(w);
	w->fault = NULL;
	l = letters_copy(r.letter[0]);
	letters_fini(&r);
	return l;
}

/* An encryption that nobody knows: in the first transform of the proposal. */
static void spoil_proposal(struct letter *l)
{
	struct view rest = { l->msg.p + IKE_HDR_LEN, l->msg.len - IKE_HDR_LEN };
	struct pl_chain chain;

	assert_int_equal(pl_chain_parse(l->hdr.next, rest, false, &chain), 0);
	l->msg.p[pl_find(&chain, PL_SA)->body.p - l->msg.p + 15] = 0xff;
}

static void flood(struct world *w, const struct letter *l, unsigned int n)
{
	struct letter *copy;

	for (; n; n--) {
		copy = letters_copy(l);
		memcpy(copy->msg.p, &n, sizeof(n));
		letters_give(w, copy);
		letters_free(copy);
	}
}

static void flood_from_elsewhere(struct world *w, const struct letter *l)
{
	struct letter *copy = letters_copy(l);

	addr_parse(STRANGER, &copy->path.remote.addr);
	flood(w, copy, FLOOD);
	letters_free(copy);
}

/* Another A: with this key it comes anew. */
static void come_with(struct world *w, const char *key)
{
	const struct setup setup = { .psk_a = key };
	struct cfg *old = w->a.cfg;

	w->a.cfg = world_config(&setup, false, NULL);
	world_revive(w, &w->a);
	cfg_free(old);
}

/* ------------------------------------------------------------------- ladders */

/* The log has room for what only a peer's address can cause. */
static void a_flood_does_not_hide_a_wrong_key(void **state)
{
	static const struct setup setup = { .psk_a = "another" };
	struct letter *l;
	struct world w;

	world_init(&w, &setup);
	l = first_message(&w);
	hear(&w, "the pre-shared keys differ");
	flood_from_elsewhere(&w, l);
	spoil_proposal(l);
	flood(&w, l, FLOOD);
	assert_int_equal(side_counter(&w.b, "rx_drop_no_tunnel"), FLOOD);
	assert_int_equal(side_counter(&w.b, "rx_drop_proposal"), FLOOD);
	/* A few seconds may pass meanwhile, with ten lines each. */
	assert_in_range(heard.lines, LOG_LIMIT_BURST, FLOOD / 5);
	assert_false(heard.found);
	world_run(&w, 1000);
	assert_int_equal(side_counter(&w.b, "auth_failures"), 1);
	assert_true(heard.found);
	log_to_stderr();
	letters_free(l);
	world_fini(&w);
}

/* Nor does who fails in IKE_AUTH hide what the proven peer is the cause of. */
static void wrong_keys_do_not_hide_a_dead_peer(void **state)
{
	struct world w;
	unsigned int i;

	world_init(&w, NULL);
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	hear(&w, "the peer stopped answering");
	for (i = 0; i < 2 * LOG_LIMIT_BURST; i++) {
		come_with(&w, "another");
		world_run(&w, 100);
	}
	assert_int_equal(side_counter(&w.b, "auth_failures"), i);
	assert_int_equal(side_tunnel(&w.b).failure.reason, FAILURE_NONE);
	assert_false(heard.found);
	world_crash(&w, &w.a);
	world_run(&w, 600000);
	assert_int_equal(side_counter(&w.b, "peers_dead"), 1);
	assert_true(heard.found);
	assert_int_equal(side_tunnel(&w.b).failure.reason, FAILURE_PEER_DEAD);
	log_to_stderr();
	world_fini(&w);
}

/* In the name of the peer: a tunnel that is down says why, one that is up not. */
static void a_bad_request_is_no_news_of_a_tunnel_that_is_up(void **state)
{
	struct letter *l;
	int64_t said_ms;
	struct world w;

	world_init(&w, NULL);
	l = first_message(&w);
	spoil_proposal(l);
	flood(&w, l, 1);
	assert_int_equal(side_tunnel(&w.b).failure.reason,
			 FAILURE_NO_PROPOSAL_IKE);
	assert_true(world_until(&w, world_up, 2000));
	world_run(&w, 1000);
	said_ms = side_tunnel(&w.b).failure.wall_ms;
	hear(&w, "no common");
	flood(&w, l, FLOOD);
	assert_int_equal(side_counter(&w.b, "rx_drop_proposal"), FLOOD + 1);
	assert_int_equal(side_tunnel(&w.b).failure.wall_ms, said_ms);
	assert_int_equal(heard.failures, 20);
	assert_int_equal(side_counter(&w.b, "events_suppressed"), FLOOD - 20);
	/* A second later a monitor hears of it again. */
	world_run(&w, 1000);
	flood(&w, l, 5);
	assert_int_equal(heard.failures, 25);
	log_to_stderr();
	world_assert_one(&w);
	letters_free(l);
	world_fini(&w);
}

/* ------------------------------------------------------------------- answers */

static enum fate weigh(struct world *w, struct letter *l)
{
	if (!l->to_b)
		*(size_t *)w->fault_arg += l->msg.len;
	return LOSE;
}

/* Of a first message what it must have, and nothing else. */
static void strip(struct letter *l)
{
	struct view rest = { l->msg.p + IKE_HDR_LEN, l->msg.len - IKE_HDR_LEN };
	struct pl_chain chain;
	struct msg_writer mw;
	struct buf bare;

	assert_int_equal(pl_chain_parse(l->hdr.next, rest, false, &chain), 0);
	buf_init(&bare, MSG_MAX_LEN);
	msg_begin(&mw, &bare, &l->hdr);
	msg_pl(&mw, PL_SA, pl_find(&chain, PL_SA)->body);
	msg_pl(&mw, PL_KE, pl_find(&chain, PL_KE)->body);
	msg_pl(&mw, PL_NONCE, pl_find(&chain, PL_NONCE)->body);
	assert_int_equal(msg_end(&mw), 0);
	buf_fini(&l->msg);
	buf_take(&l->msg, &bare);
}

static void an_answer_is_no_longer_than_the_request(void **state)
{
	size_t out;
	struct letter *l;
	struct world w;

	world_init(&w, NULL);
	l = first_message(&w);
	w.fault = weigh;
	w.fault_arg = &out;
	out = 0;
	flood(&w, l, 1);
	assert_in_range(out, 1, l->msg.len);
	strip(l);
	out = 0;
	flood(&w, l, 1);
	assert_in_range(out, 1, l->msg.len);
	letters_free(l);
	world_fini(&w);
}

/* A's first message has reached B and was answered, into the void. */
static struct letter *half_open(struct world *w)
{
	static const struct setup slow = { .ikev2 = "retransmit-timeout = 60000;" };
	struct letter *l;
	size_t out = 0;

	world_init(w, &slow);
	l = first_message(w);
	w->fault = weigh;
	w->fault_arg = &out;
	world_run(w, LATENCY_MS);
	assert_true(out > 0);
	return l;
}

/* The same request @ms later. Return: was it answered? */
static bool answered(struct world *w, const struct letter *l, uint64_t ms)
{
	size_t out = 0;

	world_run(w, ms);
	w->fault_arg = &out;
	letters_give(w, l);
	return out;
}

static void repetitions_are_answered_at_a_pace(void **state)
{
	/* Waits of who begins with half a second, and of ours; behind them 0. */
	static const uint64_t waits[][6] = {
		{ 500, 1000, 2000, 4000, 8000 }, { 2000, 4000, 8000 },
	};
	unsigned int i, k, n = 0;
	struct letter *l;
	struct world w;

	for (i = 0; i < 2; i++) {
		l = half_open(&w);
		for (k = 0; waits[i][k]; k++)
			assert_true(answered(&w, l, waits[i][k]));
		assert_int_equal(side_counter(&w.b, "rx_drop_repeat"), 0);
		letters_free(l);
		world_fini(&w);
	}
	l = half_open(&w);
	for (i = 0; i < 2900; i++)
		n += answered(&w, l, 10);
	assert_in_range(n, 5, 12);
	assert_int_equal(side_counter(&w.b, "rx_drop_repeat"), i - n);
	letters_free(l);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_does_not_hide_a_wrong_key),
		cmocka_unit_test(wrong_keys_do_not_hide_a_dead_peer),
		cmocka_unit_test(a_bad_request_is_no_news_of_a_tunnel_that_is_up),
		cmocka_unit_test(an_answer_is_no_longer_than_the_request),
		cmocka_unit_test(repetitions_are_answered_at_a_pace),
	};

	return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
