// SPDX-License-Identifier: GPL-2.0
/*
 * What an attacker on the path, or anywhere, may try: repeat, damage, reflect
 * and invent messages. None of it may change an SA, make one before the peer
 * is authenticated, or draw an answer larger than the question.
 */

#include "child_world.h"

#include <stdlib.h>
#include <string.h>

#include "letters.h"
#include "util/err.h"

static void give(struct world *w, const struct letter *l, struct view msg)
{
	ike_receive(l->to_b ? w->b.ike : w->a.ike, &l->path, msg);
}

/* ------------------------------------------------- errors in clear */

/** struct bad_luck - what is lost of A's requests, once; and comes to it twice */
struct bad_luck {
	uint8_t exchange;
	unsigned int nth;
	bool twice;
};

static enum fate strike(struct world *w, struct letter *l)
{
	struct bad_luck *b = w->fault_arg;

	if (l->to_b && l->hdr.exchange == b->exchange && b->nth && !--b->nth)
		return LOSE;
	return !l->to_b && l->hdr.exchange == EXCHANGE_IKE_SA_INIT && b->twice ?
	       REPEAT : PASS;
}

static bool has_asked(struct world *w)
{
	return first_sa(&w->a)->tx_busy;
}

/* In the name of B, who has not answered yet. */
static void forge_error(struct world *w)
{
	struct ike_hdr hdr = { .version = IKE_VERSION,
			       .exchange = EXCHANGE_IKE_SA_INIT,
			       .flags = IKE_FLAG_RESPONSE };
	struct ike_sa *sa = first_sa(&w->a);
	struct msg_writer mw;
	struct buf m;

	hdr.spi_i = sa->spi_i;
	buf_init(&m, MSG_MAX_LEN);
	msg_begin(&mw, &m, &hdr);
	notify_pl_put_simple(&mw, N_NO_PROPOSAL_CHOSEN,
			     (struct view){ NULL, 0 });
	assert_false(msg_end(&mw));
	ike_receive(w->a.ike, &sa->path, buf_view(&m));
	buf_fini(&m);
	assert_int_equal(side_counter(&w->a, "rx_hints"), 1);
}

static void survives(const struct setup *s, struct bad_luck b)
{
	struct world w;

	world_init(&w, s);
	w.fault = strike;
	w.fault_arg = &b;
	world_start(&w);
	assert_true(world_until(&w, has_asked, 1000));
	if (!b.twice)
		forge_error(&w);
	assert_true(world_until(&w, world_up, 3000));
	/* What comes while a key pair is made is nobody's answer. */
	assert_true(w.with_work || side_counter(&w.a, "rx_hints") >= 1);
	ike_sa_queue(first_sa(&w.a), TASK_LIVENESS, 0);
	ike_sa_run_tasks(first_sa(&w.a));
	world_run(&w, 3000);
	assert_int_equal(b.nth, 0);
	assert_int_equal(side_counter(&w.a, "retransmits"), 1);
	assert_int_equal(side_counter(&w.a, "peers_dead"), 0);
	assert_int_equal(side_counter(&w.a, "ike_sas_established"), 1);
	world_assert_one(&w);
	world_fini(&w);
}

/*
 * An error that nobody has proven is forgotten with the first better answer:
 * whatever is lost behind that is sent again.
 */
static void an_error_in_clear_leaves_nothing_behind(void **state)
{
	static const struct setup cookies = { .no_cookie_default = true };
	static const struct setup groups = { .dh = "19, 20", .b_dh = "20" };

	survives(NULL, (struct bad_luck){ EXCHANGE_IKE_AUTH, 1, false });
	survives(NULL, (struct bad_luck){ EXCHANGE_INFORMATIONAL, 1, false });
	/* A cookie is a better answer, too. */
	survives(&cookies, (struct bad_luck){ EXCHANGE_IKE_SA_INIT, 2, false });
	/* The peer's own, the second of which asks for what is there. */
	survives(&groups, (struct bad_luck){ EXCHANGE_IKE_AUTH, 1, true });
	survives(&groups, (struct bad_luck){ EXCHANGE_INFORMATIONAL, 1, true });
}

/* ------------------------------------------------------ repeated, damaged */

/** struct state - what must not change */
struct state {
	uint32_t spi_in;
	uint64_t ike_spi;
	struct endpoint peer;
};

static struct state remember(struct world *w)
{
	return (struct state){
		.spi_in = side_child(&w->b).spi_in,
		.ike_spi = side_sa(&w->b).spi_local,
		.peer = side_sa(&w->b).remote,
	};
}

static void unchanged(struct world *w, const struct state *s)
{
	struct view_sa now;

	/* Half-open IKE SAs that repeated first messages made go away. */
	w->fault = NULL;
	world_run(w, 45000);
	assert_int_equal(side_child(&w->b).spi_in, s->spi_in);
	now = side_sa(&w->b);
	assert_true(endpoint_eq(&now.remote, &s->peer));
	assert_true(now.spi_local == s->ike_spi);
	world_assert_one(w);
}

static void up_recorded(struct world *w, struct letters *r)
{
	memset(r, 0, sizeof(*r));
	world_init(w, NULL);
	w->fault = record_passing;
	w->fault_arg = r;
	world_start(w);
	assert_true(world_until(w, world_up, 2000));
	side_rekey_child(&w->a);
	world_run(w, 1000);
	assert_true(r->count >= 8);
	world_assert_one(w);
}

static void every_message_repeated_changes_nothing(void **state)
{
	unsigned int i, times, n;
	struct letters r;
	struct state s;
	struct world w;

	up_recorded(&w, &r);
	s = remember(&w);
	n = r.count;
	w.fault = NULL;
	for (times = 0; times < 3; times++)
		for (i = 0; i < n; i++)
			give(&w, r.letter[i], buf_view(&r.letter[i]->msg));
	unchanged(&w, &s);
	letters_fini(&r);
	world_fini(&w);
}

static void every_damaged_bit_changes_nothing(void **state)
{
	unsigned int i, n;
	struct letter *damaged;
	struct letters r;
	struct state s;
	struct world w;
	size_t bit;

	up_recorded(&w, &r);
	s = remember(&w);
	n = r.count;
	w.fault = NULL;
	/* The protected ones: behind IKE_SA_INIT. */
	for (i = 2; i < n; i++) {
		for (bit = 0; bit < r.letter[i]->msg.len * 8; bit += 5) {
			damaged = letters_copy(r.letter[i]);
			damaged->msg.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			give(&w, damaged, buf_view(&damaged->msg));
			letters_free(damaged);
		}
	}
	unchanged(&w, &s);
	letters_fini(&r);
	world_fini(&w);
}

static void truncated_and_padded_messages_are_dropped(void **state)
{
	uint8_t padded[4096];
	struct letters r;
	struct view v;
	struct state s;
	struct world w;
	unsigned int i, n;
	size_t len;

	up_recorded(&w, &r);
	s = remember(&w);
	n = r.count;
	w.fault = NULL;
	for (i = 0; i < n; i++) {
		v = buf_view(&r.letter[i]->msg);
		for (len = 0; len < v.len; len++)
			give(&w, r.letter[i], (struct view){ v.p, len });
		memset(padded, 0, sizeof(padded));
		memcpy(padded, v.p, v.len);
		for (len = v.len + 1; len < v.len + 20; len++)
			give(&w, r.letter[i], (struct view){ padded, len });
	}
	unchanged(&w, &s);
	letters_fini(&r);
	world_fini(&w);
}

static void reflected_messages_are_dropped(void **state)
{
	struct letters r;
	struct state s;
	struct world w;
	unsigned int i, n;

	up_recorded(&w, &r);
	s = remember(&w);
	n = r.count;
	w.fault = NULL;
	for (i = 2; i < n; i++) {
		r.letter[i]->to_b = !r.letter[i]->to_b;
		give(&w, r.letter[i], buf_view(&r.letter[i]->msg));
	}
	unchanged(&w, &s);
	letters_fini(&r);
	world_fini(&w);
}

/* A legal exchange type on an IKE SA that is not authenticated. */
static enum fate rename_auth(struct world *w, struct letter *l)
{
	uint8_t exchange = *(uint8_t *)w->fault_arg;

	if (l->hdr.exchange == EXCHANGE_IKE_AUTH &&
	    !(l->hdr.flags & IKE_FLAG_RESPONSE))
		l->msg.p[18] = exchange;
	return PASS;
}

static void nothing_is_made_before_authentication(void **state)
{
	static uint8_t exchanges[] = {
		EXCHANGE_CREATE_CHILD_SA, EXCHANGE_INFORMATIONAL,
		EXCHANGE_IKE_INTERMEDIATE, EXCHANGE_IKE_SA_INIT, 99,
	};
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(exchanges); i++) {
		world_init(&w, NULL);
		w.fault = rename_auth;
		w.fault_arg = &exchanges[i];
		world_start(&w);
		world_run(&w, 10000);
		assert_int_equal(side_kernel_sas(&w.b, KNL_IN), 0);
		assert_int_equal(side_established(&w.b), 0);
		world_fini(&w);
	}
}

/* ----------------------------------------------------------------- floods */

static enum fate swallow(struct world *w, struct letter *l)
{
	return l->to_b ? PASS : LOSE;
}

/* A's IKE_SA_INIT request, recorded and on its way. */
static void first_message(struct world *w, struct letters *r)
{
	unsigned int ms;

	memset(r, 0, sizeof(*r));
	w->fault = record_passing;
	w->fault_arg = r;
	ike_start(w->a.ike);
	/* Its key pair may take a moment. */
	for (ms = 0; ms < LATENCY_MS && !r->count; ms++)
		world_run(w, 1);
	assert_int_equal(r->count, 1);
}

/*
 * A refusal and an answer in one, in @m: the SA payload of @request, a notify
 * and no KE payload. The guide's example offers one transform of each type,
 * so that its offer is a valid choice as well.
 */
static void contradict(struct buf *m, const struct letter *request,
		       uint16_t notify)
{
	static const uint8_t nonce[32] = { 1 };
	struct view msg = buf_view(&request->msg);
	struct ike_hdr hdr = request->hdr;
	struct pl_chain chain;
	struct msg_writer mw;

	msg.p += IKE_HDR_LEN;
	msg.len -= IKE_HDR_LEN;
	assert_false(pl_chain_parse(hdr.next, msg, false, &chain));
	hdr.flags = IKE_FLAG_RESPONSE;
	hdr.spi_r = 4711;
	buf_init(m, MSG_MAX_LEN);
	msg_begin(&mw, m, &hdr);
	msg_pl(&mw, PL_SA, pl_find(&chain, PL_SA)->body);
	nonce_pl_put(&mw, (struct view){ nonce, sizeof(nonce) });
	notify_pl_put_simple(&mw, notify, (struct view){ nonce, 8 });
	assert_false(msg_end(&mw));
}

static void a_response_without_ke_is_dropped(void **state)
{
	static const uint16_t notifies[] = { N_COOKIE, N_INVALID_SYNTAX,
					     N_NO_PROPOSAL_CHOSEN };
	struct net_path path;
	struct letters r;
	struct world w;
	struct buf m;
	size_t i;

	for (i = 0; i < sizeof(notifies) / sizeof(notifies[0]); i++) {
		world_init(&w, NULL);
		ike_start(w.b.ike);
		first_message(&w, &r);
		w.fault = NULL;
		contradict(&m, r.letter[0], notifies[i]);
		path = r.letter[0]->path;
		path.local = r.letter[0]->path.remote;
		path.remote = r.letter[0]->path.local;
		ike_receive(w.a.ike, &path, buf_view(&m));
		assert_true(world_until(&w, world_up, 5000));
		world_assert_one(&w);
		buf_fini(&m);
		letters_fini(&r);
		world_fini(&w);
	}
}

static void a_flood_ends_at_cookies_and_limits(void **state)
{
	struct letters r;
	struct letter *l;
	struct world w;
	unsigned int i;

	world_init(&w, NULL);
	ike_start(w.b.ike);
	first_message(&w, &r);
	w.fault = swallow;
	l = r.letter[0];
	for (i = 0; i < 2000; i++) {
		memcpy(l->msg.p, &i, sizeof(i));
		l->msg.p[7] |= 1;
		give(&w, l, buf_view(&l->msg));
	}
	assert_true(side_sas(&w.b) <= 64);
	assert_true(side_counter(&w.b, "cookies_sent") +
		    side_counter(&w.b, "rx_drop_half_open") > 1900);
	/* The honest peer gets through all the same. */
	w.fault = NULL;
	assert_true(world_until(&w, world_up, 60000));
	world_run(&w, 60000);
	world_assert_one(&w);
	letters_fini(&r);
	world_fini(&w);
}

/* A begins anew as if it had never been there. */
static void again(struct world *w, uint64_t ms)
{
	world_revive(w, &w->a);
	world_run(w, ms);
}

/* Now with the key that B has. */
static void correct_key(struct world *w)
{
	struct cfg *wrong = w->a.cfg;
	static const struct setup right;

	w->a.cfg = world_config(&right, false, NULL);
	world_revive(w, &w->a);
	cfg_free(wrong);
}

/* All IKE SAs, those too that are closed. */
static unsigned int held(const struct side *s)
{
	const struct list *l;
	unsigned int n = 0;

	for (l = s->ike->sas.next; l != &s->ike->sas; l = l->next)
		n++;
	return n;
}

/* Who fails in IKE_AUTH holds what he held, as who never comes to it. */
static void failing_again_and_again_ends_there_too(void **state)
{
	static const struct setup setup = { .psk_a = "another" };
	unsigned int i, most = 0;
	struct world w;

	world_init(&w, &setup);
	ike_start(w.b.ike);
	for (i = 0; i < 90; i++) {
		again(&w, 100);
		if (held(&w.b) > most)
			most = held(&w.b);
	}
	assert_int_equal(most, w.b.cfg->half_open_per_address);
	assert_int_equal(w.b.ike->half_open_count, most);
	assert_int_equal(side_counter(&w.b, "auth_failures"), most);
	assert_true(side_counter(&w.b, "cookies_sent") >= 58);
	assert_true(side_counter(&w.b, "rx_drop_half_open_address") >= 56);
	/* Once it is corrected it takes no longer than they do to go. */
	correct_key(&w);
	assert_true(world_until(&w, world_up, 15000));
	world_run(&w, 60000);
	world_assert_one(&w);
	assert_int_equal(w.b.ike->half_open_count, 0);
	world_fini(&w);
}

/* A key that is corrected after a few attempts meets no limit. */
static void a_few_failures_keep_nobody_out(void **state)
{
	static const struct setup setup = { .psk_a = "another" };
	unsigned int i;
	struct world w;

	world_init(&w, &setup);
	ike_start(w.b.ike);
	for (i = 0; i < 20; i++)
		again(&w, 100);
	assert_int_equal(side_counter(&w.b, "auth_failures"), 20);
	correct_key(&w);
	assert_true(world_until(&w, world_up, 1000));
	assert_int_equal(side_counter(&w.b, "cookies_sent"), 0);
	world_run(&w, 60000);
	world_assert_one(&w);
	assert_int_equal(w.b.ike->half_open_count, 0);
	world_fini(&w);
}

/** struct tally - octets given and octets answered */
struct tally {
	size_t out;
	unsigned int messages;
};

static enum fate weigh(struct world *w, struct letter *l)
{
	struct tally *t = w->fault_arg;

	if (!l->to_b) {
		t->out += l->msg.len;
		t->messages++;
	}
	return LOSE;
}

static void strangers_get_at_most_one_small_answer(void **state)
{
	struct tally tally = { 0 };
	uint8_t exchange, flags;
	struct net_path path;
	struct world w;
	struct buf m;
	struct msg_writer mw;
	unsigned int before;

	world_init(&w, NULL);
	ike_start(w.b.ike);
	w.fault = weigh;
	w.fault_arg = &tally;
	memset(&path, 0, sizeof(path));
	addr_parse(ADDR_B, &path.local.addr);
	addr_parse("203.0.113.9", &path.remote.addr);
	path.local.port = 500;
	path.remote.port = 500;
	for (exchange = 30; exchange < 50; exchange++) {
		for (flags = 0; flags < 64; flags += 8) {
			struct ike_hdr hdr = { .spi_i = 77, .spi_r = flags,
					       .version = IKE_VERSION,
					       .exchange = exchange,
					       .flags = flags };

			buf_init(&m, MSG_MAX_LEN);
			msg_begin(&mw, &m, &hdr);
			notify_pl_put_simple(&mw, N_COOKIE,
					     (struct view){ NULL, 0 });
			assert_false(msg_end(&mw));
			before = tally.messages;
			tally.out = 0;
			ike_receive(w.b.ike, &path, buf_view(&m));
			assert_true(tally.messages <= before + 1);
			assert_true(tally.out <= m.len);
			buf_fini(&m);
		}
	}
	world_fini(&w);
}

/* Bare headers of every kind: whatever is answered is no longer than they. */
static void bare_headers_are_not_answered_with_more(void **state)
{
	struct tally tally = { 0 };
	struct net_path path = { .local.port = 500, .remote.port = 500 };
	struct ike_hdr hdr = { .spi_i = 77, .spi_r = 78 };
	struct msg_writer mw;
	unsigned int kind;
	struct world w;
	struct buf m;

	world_init(&w, NULL);
	ike_start(w.b.ike);
	w.fault = weigh;
	w.fault_arg = &tally;
	addr_parse(ADDR_B, &path.local.addr);
	addr_parse(ADDR_A, &path.remote.addr);
	for (kind = 0; kind < 256; kind++) {
		hdr.version = (uint8_t)(kind & 1 ? IKE_VERSION : 0x30);
		hdr.exchange = (uint8_t)(30 + kind / 8);
		hdr.flags = kind & 2 ? IKE_FLAG_INITIATOR : 0;
		buf_init(&m, MSG_MAX_LEN);
		msg_begin(&mw, &m, &hdr);
		assert_false(msg_end(&mw));
		/* A length that lies, where nobody looks at it. */
		if (!(kind & 1))
			m.p[26] = 0xff;
		tally.out = 0;
		ike_receive(w.b.ike, &path, buf_view(&m));
		assert_true(tally.out <= m.len);
		buf_fini(&m);
	}
	assert_true(side_counter(&w.b, "tx_drop_longer") > 0);
	world_fini(&w);
}

static void sum_counter(void *arg, const char *name, uint64_t value)
{
	if (strcmp(name, "rx_messages") != 0)
		*(uint64_t *)arg += value;
}

static void sum_traffic(void *arg, const struct view_traffic *t)
{
	*(uint64_t *)arg += t->count.rx_requests + t->count.rx_responses;
}

/* All that is counted about messages received, as one number. */
static uint64_t traces(struct ike *ike)
{
	uint64_t sum = 0;

	ike_view_counters(ike, sum_counter, &sum);
	ike_view_exchanges(ike, sum_traffic, &sum);
	return sum;
}

/* Octets changed at random, lengths made right again half of the time. */
static void mutilate(struct letter *l)
{
	int n;

	for (n = rand() % 3; n >= 0; n--)
		l->msg.p[(size_t)rand() % (rand() % 2 ? 28 : l->msg.len)] =
			(uint8_t)rand();
	if (rand() % 2) {
		buf_set_u32(&l->msg, 24, (uint32_t)l->msg.len);
		l->msg.p[17] = IKE_VERSION;
	}
}

/* Nothing disappears: each message is counted as something. */
static void every_message_leaves_a_trace(void **state)
{
	struct letter *l;
	struct letters r;
	struct world w;
	uint64_t before;
	int i;

	srand(2026);
	up_recorded(&w, &r);
	w.fault = NULL;
	for (i = 0; i < 20000; i++) {
		l = letters_copy(r.letter[(unsigned int)rand() % r.count]);
		if (rand() % 8)
			mutilate(l);
		before = traces(l->to_b ? w.b.ike : w.a.ike);
		letters_give(&w, l);
		if (traces(l->to_b ? w.b.ike : w.a.ike) == before)
			fail_msg("message %u of %u, exchange %u: no trace",
				 l->number, r.count, l->hdr.exchange);
		letters_free(l);
		if (i % 500 == 0)
			world_run(&w, 60000);
	}
	letters_fini(&r);
	world_fini(&w);
}

/* Whole messages of noise behind a sane header, and noise alone. */
static void noise_is_dropped(void **state)
{
	struct ike_hdr hdr = { .spi_i = 1, .version = IKE_VERSION,
			       .exchange = EXCHANGE_IKE_SA_INIT,
			       .flags = IKE_FLAG_INITIATOR };
	struct net_path path;
	struct msg_writer mw;
	struct world w;
	struct buf m;
	int i, k;

	srand(7);
	world_init(&w, NULL);
	ike_start(w.b.ike);
	memset(&path, 0, sizeof(path));
	addr_parse(ADDR_B, &path.local.addr);
	addr_parse(ADDR_A, &path.remote.addr);
	for (i = 0; i < 20000; i++) {
		buf_init(&m, MSG_MAX_LEN);
		msg_begin(&mw, &m, &hdr);
		for (k = rand() % 200; k > 0; k--)
			buf_put_u8(&m, rand() % 3 ? (uint8_t)rand() :
				   (uint8_t)(33 + rand() % 16));
		assert_false(msg_end(&mw));
		m.p[16] = (uint8_t)(33 + i % 16);
		ike_receive(w.b.ike, &path, buf_view(&m));
		buf_fini(&m);
	}
	assert_int_equal(side_established(&w.b), 0);
	assert_int_equal(side_sas(&w.b), 0);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_in_clear_leaves_nothing_behind),
		cmocka_unit_test(every_message_repeated_changes_nothing),
		cmocka_unit_test(every_damaged_bit_changes_nothing),
		cmocka_unit_test(truncated_and_padded_messages_are_dropped),
		cmocka_unit_test(reflected_messages_are_dropped),
		cmocka_unit_test(nothing_is_made_before_authentication),
		cmocka_unit_test(a_response_without_ke_is_dropped),
		cmocka_unit_test(a_flood_ends_at_cookies_and_limits),
		cmocka_unit_test(failing_again_and_again_ends_there_too),
		cmocka_unit_test(a_few_failures_keep_nobody_out),
		cmocka_unit_test(strangers_get_at_most_one_small_answer),
		cmocka_unit_test(bare_headers_are_not_answered_with_more),
		cmocka_unit_test(every_message_leaves_a_trace),
		cmocka_unit_test(noise_is_dropped),
	};

	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
