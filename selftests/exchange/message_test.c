// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that a peer with the keys sends and should not: unknown critical
 * payloads, malformed and missing ones, other windows. And how long is waited,
 * how often asked, how many strangers are let in, and what is counted.
 */

#include "child_world.h"

#include <string.h>

#include "ike/msgid.h"
#include "ike/sa.h"
#include "letters.h"

#define UNKNOWN_PAYLOAD	200
#define CRITICAL	0x80

static void up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 2000));
	world_run(w, 1000);
}

static void ask(struct side *s)
{
	ike_sa_queue(first_sa(s), TASK_LIVENESS, 0);
	ike_sa_run_tasks(first_sa(s));
}

static bool answered(struct world *w)
{
	return !first_sa(&w->a)->tx_busy;
}

/* One payload with given flags and body, as request of @s. */
static void send_payload(struct side *s, uint8_t exchange, uint8_t type,
			 uint8_t flags, struct view body)
{
	struct reply r;

	reply_init(&r);
	msg_pl(&r.w, type, body);
	r.buf.p[1] = flags;
	assert_int_equal(reply_send_request(first_sa(s), exchange, &r), 0);
	reply_fini(&r);
}

static const struct view nothing = { NULL, 0 };

/* -------------------------------------------------------- critical payloads */

struct seen_notify {
	uint16_t type;
	uint64_t rx_responses;
};

static void take_notify(void *arg, const struct view_traffic *t)
{
	struct seen_notify *n = arg;
	char name[ID_NAME_STR];

	if (strcmp(t->name, notify_name(n->type, name)) == 0)
		n->rx_responses = t->count.rx_responses;
}

static uint64_t responses_with(struct side *s, uint16_t type)
{
	struct seen_notify n = { .type = type };

	ike_view_notifies(s->ike, take_notify, &n);
	return n.rx_responses;
}

static void unknown_critical_is_refused_and_the_rest_goes_on(void **state)
{
	static const uint8_t exchanges[] = { EXCHANGE_INFORMATIONAL,
					     EXCHANGE_CREATE_CHILD_SA };
	struct world w;
	size_t i;

	up(&w, NULL);
	for (i = 0; i < 2; i++) {
		send_payload(&w.a, exchanges[i], UNKNOWN_PAYLOAD, CRITICAL,
			     nothing);
		assert_true(world_until(&w, answered, 200));
		assert_int_equal(responses_with(&w.a,
				 N_UNSUPPORTED_CRITICAL_PAYLOAD), i + 1);
		assert_int_equal(side_counter(&w.b, "rx_drop_critical"), i + 1);
		world_assert_one(&w);
	}
	world_fini(&w);
}

static void unknown_uncritical_is_skipped(void **state)
{
	struct world w;

	up(&w, NULL);
	send_payload(&w.a, EXCHANGE_INFORMATIONAL, UNKNOWN_PAYLOAD, 0, nothing);
	assert_true(world_until(&w, answered, 200));
	assert_int_equal(responses_with(&w.a, N_UNSUPPORTED_CRITICAL_PAYLOAD),
			 0);
	assert_int_equal(side_counter(&w.b, "rx_drop_critical"), 0);
	world_assert_one(&w);
	world_fini(&w);
}

/* Known types are known whatever their flag says (RFC 7296 section 2.5). */
static void the_flag_of_known_payloads_is_ignored(void **state)
{
	static const uint8_t notify[] = { 0, 0, 0x9c, 0x40 };
	struct world w;

	up(&w, NULL);
	send_payload(&w.a, EXCHANGE_INFORMATIONAL, PL_N, CRITICAL,
		     (struct view){ notify, sizeof(notify) });
	assert_true(world_until(&w, answered, 200));
	assert_int_equal(responses_with(&w.a, N_UNSUPPORTED_CRITICAL_PAYLOAD),
			 0);
	world_assert_one(&w);
	world_fini(&w);
}

static void unknown_critical_in_the_first_message(void **state)
{
	static const uint8_t pl[16] = { 0, CRITICAL, 0, 16 };
	struct ike_hdr hdr = { .spi_i = 99, .version = IKE_VERSION,
			       .exchange = EXCHANGE_IKE_SA_INIT,
			       .flags = IKE_FLAG_INITIATOR };
	struct net_path path = { .local.port = 500, .remote.port = 500 };
	struct msg_writer mw;
	struct world w;
	struct buf m;

	world_init(&w, NULL);
	ike_start(w.b.ike);
	addr_parse(ADDR_B, &path.local.addr);
	addr_parse(ADDR_A, &path.remote.addr);
	buf_init(&m, MSG_MAX_LEN);
	msg_begin(&mw, &m, &hdr);
	assert_false(msg_end(&mw));
	buf_put(&m, pl, sizeof(pl));
	m.p[16] = UNKNOWN_PAYLOAD;
	m.p[27] += sizeof(pl);
	ike_receive(w.b.ike, &path, buf_view(&m));
	assert_int_equal(w.b.sent, 1);
	assert_int_equal(side_counter(&w.b, "rx_drop_critical"), 1);
	assert_int_equal(side_sas(&w.b), 0);
	buf_fini(&m);
	world_fini(&w);
}

/* --------------------------------------------- what IKE_AUTH may not be */

/** struct swap - replaces A's IKE_AUTH request, or B's response */
struct swap {
	bool response;
	uint8_t type, flags;
};

/* Sealed by the right side, with its keys. */
static enum fate swap_auth(struct world *w, struct letter *l)
{
	struct swap *s = w->fault_arg;
	struct ike_sa *sa;
	struct reply r;

	if (l->hdr.exchange != EXCHANGE_IKE_AUTH || l->to_b == s->response)
		return PASS;
	w->fault = NULL;
	sa = first_sa(l->to_b ? &w->a : &w->b);
	reply_init(&r);
	msg_pl(&r.w, s->type, nothing);
	r.buf.p[1] = s->flags;
	if (s->response) {
		assert_false(reply_send_response(sa, EXCHANGE_IKE_AUTH, &r));
	} else {
		sa->tx.next--;
		assert_false(reply_send_request(sa, EXCHANGE_IKE_AUTH, &r));
	}
	reply_fini(&r);
	return LOSE;
}

static bool failed(struct world *w)
{
	return side_tunnel(&w->a).failure.reason != FAILURE_NONE;
}

static void critical_payload_in_auth_ends_the_attempt(void **state)
{
	struct swap swap = { .type = UNKNOWN_PAYLOAD, .flags = CRITICAL };
	struct setup s = { .ikev2 = "retransmit-tries = 1;" };
	struct world w;

	world_init(&w, &s);
	w.fault = swap_auth;
	w.fault_arg = &swap;
	world_start(&w);
	assert_true(world_until(&w, failed, 1000));
	assert_int_equal(side_tunnel(&w.b).failure.reason, FAILURE_CRITICAL);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_PEER_ERROR);
	assert_string_equal(side_tunnel(&w.a).failure.theirs,
			    "answers UNSUPPORTED_CRITICAL_PAYLOAD to IKE_AUTH");
	assert_int_equal(side_kernel_sas(&w.b, KNL_IN), 0);
	assert_int_equal(w.b.ike->half_open_count, 1);
	/* The next attempt is a new one. */
	world_recovers(&w);
}

static void critical_payload_in_the_answer_ends_the_attempt(void **state)
{
	struct swap swap = { .type = UNKNOWN_PAYLOAD, .flags = CRITICAL,
			     .response = true };
	struct world w;

	world_init(&w, NULL);
	w.fault = swap_auth;
	w.fault_arg = &swap;
	world_start(&w);
	assert_true(world_until(&w, failed, 1000));
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_CRITICAL);
	assert_string_equal(side_tunnel(&w.a).failure.theirs,
			    "critical payload 200");
	assert_true(world_until(&w, world_up, 10000));
	world_run(&w, 20000);
	world_assert_one(&w);
	world_fini(&w);
}

static void malformed_auth_ends_the_attempt(void **state)
{
	struct swap swap = { .type = PL_SA };
	struct world w;

	world_init(&w, NULL);
	w.fault = swap_auth;
	w.fault_arg = &swap;
	world_start(&w);
	assert_true(world_until(&w, failed, 1000));
	assert_int_equal(side_tunnel(&w.b).failure.reason, FAILURE_SYNTAX);
	assert_int_equal(w.b.ike->half_open_count, 1);
	world_recovers(&w);
}

/* The last three payloads of IKE_AUTH cut off: no child is asked for. */
static enum fate make_childless(struct world *w, struct letter *l)
{
	struct reply r;
	struct ike_sa *sa;
	struct pl_chain chain;
	struct buf plain;
	const struct pl *pl;
	unsigned int i;

	if (l->hdr.exchange != EXCHANGE_IKE_AUTH || !l->to_b)
		return PASS;
	w->fault = NULL;
	sa = first_sa(&w->a);
	buf_init(&plain, MSG_MAX_LEN);
	assert_false(sk_open(sa->sk_out, buf_view(&l->msg), IKE_HDR_LEN + 4,
			     &plain));
	assert_false(pl_chain_parse(l->msg.p[IKE_HDR_LEN], buf_view(&plain),
				    true, &chain));
	reply_init(&r);
	for (i = 0; i < chain.count; i++) {
		pl = &chain.pl[i];
		if (pl->type != PL_SA && pl->type != PL_TSi &&
		    pl->type != PL_TSr)
			msg_pl(&r.w, pl->type, pl->body);
	}
	sa->tx.next--;
	assert_false(reply_send_request(sa, EXCHANGE_IKE_AUTH, &r));
	reply_fini(&r);
	buf_fini(&plain);
	return LOSE;
}

static void childless_is_refused(void **state)
{
	struct world w;

	world_init(&w, NULL);
	w.fault = make_childless;
	world_start(&w);
	assert_true(world_until(&w, failed, 1000));
	assert_int_equal(side_tunnel(&w.b).failure.reason, FAILURE_CHILDLESS);
	assert_int_equal(responses_with(&w.a, N_INVALID_SYNTAX), 1);
	assert_int_equal(side_established(&w.b), 0);
	assert_int_equal(side_counter(&w.b, "auth_failures"), 1);
	world_recovers(&w);
}

/* ------------------------------------------------ an established IKE SA */

/* INVALID_SYNTAX is the end for both (RFC 7296 section 2.21.3). */
static void malformed_request_ends_the_ike_sa(void **state)
{
	struct world w;

	up(&w, NULL);
	/* CREATE_CHILD_SA without anything it needs. */
	send_payload(&w.a, EXCHANGE_CREATE_CHILD_SA, PL_NONCE, 0,
		     (struct view){ (const uint8_t *)"0123456789abcdef", 16 });
	assert_true(world_until(&w, failed, 100));
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_PEER_ERROR);
	assert_string_equal(side_tunnel(&w.a).failure.theirs,
			    "answers INVALID_SYNTAX to CREATE_CHILD_SA");
	assert_int_equal(side_tunnel(&w.b).failure.reason, FAILURE_SYNTAX);
	world_assert_nothing(&w.a);
	world_assert_nothing(&w.b);
	world_recovers(&w);
}

/** struct forged_answer - B's answer to INFORMATIONAL becomes this */
static enum fate swap_answer(struct world *w, struct letter *l)
{
	struct swap *s = w->fault_arg;
	struct reply r;

	if (l->hdr.exchange != EXCHANGE_INFORMATIONAL || l->to_b)
		return PASS;
	w->fault = NULL;
	reply_init(&r);
	msg_pl(&r.w, s->type, nothing);
	r.buf.p[1] = s->flags;
	assert_false(reply_send_response(first_sa(&w->b), EXCHANGE_INFORMATIONAL,
					 &r));
	reply_fini(&r);
	return LOSE;
}

static void unreadable_answers_end_the_ike_sa(void **state)
{
	struct swap swaps[] = {
		{ .type = UNKNOWN_PAYLOAD, .flags = CRITICAL },
		{ .type = PL_KE },
	};
	struct world w;
	size_t i;

	for (i = 0; i < 2; i++) {
		up(&w, NULL);
		w.fault = swap_answer;
		w.fault_arg = &swaps[i];
		ask(&w.a);
		assert_true(world_until(&w, failed, 100));
		assert_int_equal(side_tunnel(&w.a).failure.reason,
				 i ? FAILURE_SYNTAX : FAILURE_CRITICAL);
		/* B is told with a Delete. */
		assert_true(world_until(&w, world_down, 1000));
		world_recovers(&w);
	}
}

/* Whatever the peer wants, one request is in flight. */
static void other_windows_are_ignored(void **state)
{
	static const uint8_t body[] = { 0, 0, 0x40, 1, 0xff, 0xff, 0xff, 0xff,
					0xff };
	static const size_t lengths[] = { 4, 5, 7, 8, 9 };
	struct world w;
	size_t i;

	up(&w, NULL);
	for (i = 0; i < 5; i++) {
		send_payload(&w.b, EXCHANGE_INFORMATIONAL, PL_N, 0,
			     (struct view){ body, lengths[i] });
		world_run(&w, 100);
		assert_false(first_sa(&w.b)->tx_busy);
	}
	world_crash(&w, &w.b);
	ask(&w.a);
	side_rekey_child(&w.a);
	world_run(&w, 100);
	assert_int_equal(first_sa(&w.a)->tx.next - first_sa(&w.b)->rx.next, 1);
	world_fini(&w);
}

/* The IKE SA is replaced long before, and at the end nothing more is said. */
static void message_ids_do_not_wrap(void **state)
{
	struct world w;
	uint64_t spi;

	up(&w, NULL);
	spi = side_sa(&w.a).spi_local;
	first_sa(&w.a)->tx.next = first_sa(&w.b)->rx.next = MSGID_REKEY;
	ask(&w.a);
	world_run(&w, 60000);
	assert_true(side_sa(&w.a).spi_local != spi);
	assert_true(first_sa(&w.a)->tx.next < 100);
	world_assert_one(&w);
	first_sa(&w.a)->tx.next = first_sa(&w.b)->rx.next = MSGID_LAST;
	ask(&w.a);
	assert_true(world_until(&w, answered, 100));
	ask(&w.a);
	world_run(&w, 100);
	assert_false(first_sa(&w.a)->tx_busy);
	assert_int_equal(first_sa(&w.b)->rx.next, MSGID_LAST + 1);
	world_assert_one(&w);
	world_fini(&w);
}

/* ------------------------------------------------------------------ waiting */

#define MAX_TIMES	16

/** struct times - when A's requests of one message ID left */
struct times {
	uint64_t at[MAX_TIMES];
	unsigned int count;
};

static enum fate note_time(struct world *w, struct letter *l)
{
	struct times *t = w->fault_arg;

	if (l->to_b && t->count < MAX_TIMES)
		t->at[t->count++] = w->now_ms;
	return LOSE;
}

static void requests_are_repeated_as_configured(void **state)
{
	static const struct {
		const char *setting;
		unsigned int tries, first_ms;
	} cases[] = {
		{ "", 5, 2000 },
		{ "retransmit-tries = 1;", 1, 2000 },
		{ "retransmit-tries = 6; retransmit-timeout = 100;", 6, 100 },
		{ "retransmit-tries = 3; retransmit-timeout = 500;", 3, 500 },
	};
	struct times t;
	struct world w;
	unsigned int i, k;
	uint64_t wait;

	for (i = 0; i < 4; i++) {
		struct setup s = { .ikev2 = cases[i].setting };

		up(&w, &s);
		w.fault = note_time;
		w.fault_arg = &t;
		t.count = 0;
		ask(&w.a);
		wait = cases[i].first_ms;
		for (k = 0; k < cases[i].tries; k++) {
			world_run(&w, wait);
			assert_int_equal(t.count, k + 2);
			assert_int_equal(t.at[k + 1] - t.at[k], wait);
			wait *= 2;
		}
		/* And once more as long for the last. */
		world_run(&w, wait - 1);
		assert_int_equal(side_counter(&w.a, "peers_dead"), 0);
		world_run(&w, 1);
		assert_int_equal(side_counter(&w.a, "peers_dead"), 1);
		assert_int_equal(side_tunnel(&w.a).failure.reason,
				 FAILURE_PEER_DEAD);
		world_fini(&w);
	}
}

static void liveness_has_a_schedule_of_its_own(void **state)
{
	struct setup s = { .profile = "dpd-interval = 10; dpd-retries = 2; dpd-retry-interval = 3;" };
	struct world w;

	up(&w, &s);
	world_crash(&w, &w.b);
	/* Silent since the handshake, a second ago. */
	world_run(&w, 10000 + 3 * 3000 - 1100);
	assert_int_equal(side_counter(&w.a, "peers_dead"), 0);
	world_run(&w, 200);
	assert_int_equal(side_counter(&w.a, "peers_dead"), 1);
	assert_int_equal(side_counter(&w.a, "retransmits"), 2);
	world_fini(&w);
}

/* The schedule of liveness checks is no other request's. */
static void other_requests_keep_theirs(void **state)
{
	struct setup s = { .profile = "dpd-interval = 0; dpd-retries = 1; dpd-retry-interval = 1;" };
	struct world w;

	up(&w, &s);
	world_crash(&w, &w.b);
	side_rekey_child(&w.a);
	world_run(&w, 2000 + 4000 + 8000 + 16000 + 32000 + 63000);
	assert_int_equal(side_counter(&w.a, "peers_dead"), 0);
	assert_int_equal(side_counter(&w.a, "retransmits"), 5);
	world_run(&w, 2000);
	assert_int_equal(side_counter(&w.a, "peers_dead"), 1);
	world_fini(&w);
}

static void traffic_is_a_sign_of_life(void **state)
{
	struct setup s = { .profile = "dpd-interval = 5;" };
	struct world w;
	uint32_t next;

	up(&w, &s);
	next = first_sa(&w.a)->tx.next;
	w.traffic = true;
	world_run(&w, 60000);
	assert_int_equal(first_sa(&w.a)->tx.next, next);
	w.traffic = false;
	world_run(&w, 11000);
	assert_in_range(first_sa(&w.a)->tx.next, next + 1, next + 2);
	world_assert_one(&w);
	world_fini(&w);
}

/* ---------------------------------------------------------------- strangers */

static enum fate keep_first(struct world *w, struct letter *l)
{
	letters_add(w->fault_arg, l);
	return LOSE;
}

/* IKE_SA_INIT of A as if from many; only the first octets differ. */
static void knock(struct world *w, struct letter *l, uint32_t n)
{
	memcpy(l->msg.p, &n, sizeof(n));
	l->msg.p[7] |= 1;
	letters_give(w, l);
}

static void half_open_is_limited_by_address_and_in_all(void **state)
{
	static const struct {
		const char *setting;
		unsigned int open;
	} cases[] = {
		{ "half-open-limit = 100;", 32 },
		{ "cookie-threshold = 4; half-open-limit = 100; half-open-limit-per-address = 5;", 5 },
		{ "cookie-threshold = 7; half-open-limit = 7;", 7 },
	};
	struct letters seen = { 0 };
	unsigned int i, n;
	struct world w;

	for (i = 0; i < 3; i++) {
		struct setup s = { .ikev2_b = cases[i].setting };

		world_init(&w, &s);
		w.fault = keep_first;
		w.fault_arg = &seen;
		/* As if cookies came back, which only the limits then stop. */
		if (cases[i].open != 7)
			w.b.cfg->cookie_threshold = 100;
		ike_start(w.b.ike);
		ike_start(w.a.ike);
		for (n = 1; n <= 50; n++)
			knock(&w, seen.letter[0], n);
		assert_int_equal(w.b.ike->half_open_count, cases[i].open);
		assert_int_equal(side_counter(&w.b, "rx_drop_half_open_address") +
				 side_counter(&w.b, "cookies_sent"),
				 50 - cases[i].open);
		if (cases[i].open != 7) {
			assert_int_equal(side_tunnel(&w.b).failure.reason,
					 FAILURE_LIMIT);
			assert_string_equal(side_tunnel(&w.b).failure.setting,
					    "ikev2: half-open-limit-per-address");
		}
		/* All forgotten after half a minute. */
		world_crash(&w, &w.a);
		world_run(&w, 31000);
		assert_int_equal(w.b.ike->half_open_count, 0);
		assert_int_equal(w.b.ike->half_open.count, 0);
		letters_fini(&seen);
		world_fini(&w);
	}
}

/* With cookies returned, only the limit is left. */
static void half_open_limit_holds_with_cookies(void **state)
{
	struct setup s = { .ikev2_b = "cookie-threshold = 3; half-open-limit = 3;" };
	struct letters seen = { 0 };
	struct world w;
	uint32_t n;

	world_init(&w, &s);
	w.fault = keep_first;
	w.fault_arg = &seen;
	ike_start(w.b.ike);
	ike_start(w.a.ike);
	/* As if no cookie was asked for, which only the limit then stops. */
	w.b.cfg->cookie_threshold = 100;
	for (n = 1; n <= 10; n++)
		knock(&w, seen.letter[0], n);
	assert_int_equal(w.b.ike->half_open_count, 3);
	assert_int_equal(side_counter(&w.b, "rx_drop_half_open"), 7);
	assert_string_equal(side_tunnel(&w.b).failure.ours,
			    "3 half-open IKE SAs");
	letters_fini(&seen);
	world_fini(&w);
}

/* Twenty answers a second for all strangers, and as many for our peers. */
static void strangers_do_not_silence_us_towards_peers(void **state)
{
	struct ike_hdr hdr = { .spi_i = 5, .spi_r = 6, .version = IKE_VERSION,
			       .exchange = EXCHANGE_INFORMATIONAL,
			       .flags = IKE_FLAG_INITIATOR };
	struct net_path path = { .local.port = 500, .remote.port = 500 };
	struct letters seen = { 0 };
	struct msg_writer mw;
	struct world w;
	struct buf m;
	int i;

	world_init(&w, NULL);
	w.fault = keep_first;
	w.fault_arg = &seen;
	ike_start(w.b.ike);
	addr_parse(ADDR_B, &path.local.addr);
	addr_parse("203.0.113.9", &path.remote.addr);
	buf_init(&m, MSG_MAX_LEN);
	msg_begin(&mw, &m, &hdr);
	notify_pl_put_simple(&mw, N_COOKIE, nothing);
	assert_false(msg_end(&mw));
	for (i = 0; i < 1000; i++)
		ike_receive(w.b.ike, &path, buf_view(&m));
	assert_int_equal(w.b.sent, 20);
	assert_int_equal(side_counter(&w.b, "tx_drop_rate"), 980);
	addr_parse(ADDR_A, &path.remote.addr);
	for (i = 0; i < 1000; i++)
		ike_receive(w.b.ike, &path, buf_view(&m));
	assert_int_equal(w.b.sent, 40);
	world_run(&w, 1000);
	ike_receive(w.b.ike, &path, buf_view(&m));
	assert_int_equal(w.b.sent, 41);
	buf_fini(&m);
	letters_fini(&seen);
	world_fini(&w);
}

static enum fate move_auth(struct world *w, struct letter *l)
{
	if (l->to_b && l->hdr.exchange == EXCHANGE_IKE_AUTH)
		addr_parse("203.0.113.5", &l->path.remote.addr);
	return PASS;
}

/* Whoever moves before he is proven is taken off where he was counted. */
static void moving_leaves_no_half_open_behind(void **state)
{
	struct setup s = { .nat = true, .psk_b = "another" };
	struct world w;

	world_init(&w, &s);
	w.fault = move_auth;
	world_start(&w);
	world_run(&w, 45000);
	world_crash(&w, &w.a);
	world_run(&w, 45000);
	assert_int_equal(w.b.ike->half_open_count, 0);
	assert_int_equal(w.b.ike->half_open.count, 0);
	world_fini(&w);
}

/* A cookie is good for its sender, its nonce and its SPI, and not for long. */
static void cookies_age(void **state)
{
	struct setup s = { .no_cookie_default = true };
	struct letters seen = { 0 };
	struct letter *l;
	struct world w;

	world_init(&w, &s);
	w.fault = record_passing;
	w.fault_arg = &seen;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	w.fault = NULL;
	/* 0: no cookie, 1: COOKIE, 2: with it. */
	assert_true(seen.count >= 3);
	world_crash(&w, &w.a);
	l = letters_copy(seen.letter[2]);
	l->path.remote.port = 501;
	letters_give(&w, l);
	assert_int_equal(side_counter(&w.b, "cookies_bad"), 1);
	letters_free(l);
	l = letters_copy(seen.letter[2]);
	l->msg.p[0] ^= 1;
	letters_give(&w, l);
	assert_int_equal(side_counter(&w.b, "cookies_bad"), 2);
	letters_free(l);
	world_run(&w, 60000);
	letters_give(&w, seen.letter[2]);
	assert_int_equal(side_counter(&w.b, "cookies_bad"), 2);
	world_run(&w, 60000);
	letters_give(&w, seen.letter[2]);
	assert_int_equal(side_counter(&w.b, "cookies_bad"), 3);
	letters_fini(&seen);
	world_fini(&w);
}

/* ----------------------------------------------------------------- counting */

static void sum_exchange(void *arg, const struct view_traffic *t)
{
	struct traffic *sum = arg;

	sum->tx_requests += t->count.tx_requests;
	sum->tx_responses += t->count.tx_responses;
	sum->rx_requests += t->count.rx_requests;
	sum->rx_responses += t->count.rx_responses;
}

static void auth_only(void *arg, const struct view_traffic *t)
{
	if (strcmp(t->name, "IKE_AUTH") == 0)
		*(struct traffic *)arg = t->count;
}

static void each_message_is_counted_once(void **state)
{
	struct traffic a = { 0 }, b = { 0 }, auth;
	struct world w;

	up(&w, NULL);
	side_rekey_child(&w.b);
	world_run(&w, 1000);
	ike_view_exchanges(w.a.ike, sum_exchange, &a);
	ike_view_exchanges(w.b.ike, sum_exchange, &b);
	assert_true(a.tx_requests >= 2);
	assert_int_equal(a.tx_requests, b.rx_requests);
	assert_int_equal(a.tx_responses, b.rx_responses);
	assert_int_equal(a.rx_requests, b.tx_requests);
	assert_int_equal(a.rx_responses, b.tx_responses);
	assert_int_equal(a.tx_requests + a.tx_responses,
			 side_counter(&w.a, "tx_messages"));
	ike_view_exchanges(w.b.ike, auth_only, &auth);
	assert_int_equal(auth.rx_requests, 1);
	assert_int_equal(auth.tx_responses, 1);
	assert_int_equal(auth.tx_requests, 0);
	assert_int_equal(responses_with(&w.a, N_IKEV2_FRAGMENTATION_SUPPORTED),
			 1);
	assert_int_equal(responses_with(&w.a, N_COOKIE), 0);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_critical_is_refused_and_the_rest_goes_on),
		cmocka_unit_test(unknown_uncritical_is_skipped),
		cmocka_unit_test(the_flag_of_known_payloads_is_ignored),
		cmocka_unit_test(unknown_critical_in_the_first_message),
		cmocka_unit_test(critical_payload_in_auth_ends_the_attempt),
		cmocka_unit_test(critical_payload_in_the_answer_ends_the_attempt),
		cmocka_unit_test(malformed_auth_ends_the_attempt),
		cmocka_unit_test(childless_is_refused),
		cmocka_unit_test(malformed_request_ends_the_ike_sa),
		cmocka_unit_test(unreadable_answers_end_the_ike_sa),
		cmocka_unit_test(other_windows_are_ignored),
		cmocka_unit_test(requests_are_repeated_as_configured),
		cmocka_unit_test(liveness_has_a_schedule_of_its_own),
		cmocka_unit_test(other_requests_keep_theirs),
		cmocka_unit_test(traffic_is_a_sign_of_life),
		cmocka_unit_test(half_open_is_limited_by_address_and_in_all),
		cmocka_unit_test(half_open_limit_holds_with_cookies),
		cmocka_unit_test(strangers_do_not_silence_us_towards_peers),
		cmocka_unit_test(message_ids_do_not_wrap),
		cmocka_unit_test(moving_leaves_no_half_open_behind),
		cmocka_unit_test(cookies_age),
		cmocka_unit_test(each_message_is_counted_once),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
