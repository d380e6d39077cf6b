// SPDX-License-Identifier: GPL-2.0
/*
 * IKE_INTERMEDIATE (RFC 9242) with the PPK it may carry (RFC 9867): the ladder,
 * loss and repetition at every step, fragments, and what an attacker or a peer
 * that breaks the rules gets.
 */

#include "world.h"

#include <stdio.h>
#include <string.h>

#include "ike/engine.h"
#include "ike/fragment.h"
#include "ike/intermediate.h"
#include "ike/sa.h"
#include "letters.h"

#define PEER(addr, ppk)							\
	"{ name = \"peer\"; address = \"" addr "\"; pre-shared-key = \"cisco123\"; " ppk "}"
#define PPK(id, key, more)						\
	"ppk: { manual: { id = \"" id "\"; key = \"" key "\"; }; " more "}; "
#define KEY		"0123456789abcdef0123456789abcdef"
#define REQUIRED	"required = true; "
#define INT		"exchange = \"intermediate\"; "
#define EITHER		"exchange = \"prefer-intermediate\"; "

#define A_HAS(ppk)	.peers_a = PEER(ADDR_B, ppk)
#define B_HAS(ppk)	.peers_b = PEER(ADDR_A, ppk)
#define WITH_PPK	.profile = "keyring-ppk = \"k\";"

static const struct setup insist = {
	A_HAS(PPK("123", KEY, INT REQUIRED)),
	B_HAS(PPK("123", KEY, INT REQUIRED)), WITH_PPK,
};

/** struct row - what two configurations lead to */
struct row {
	const char *name;
	struct setup setup;
	const char *form;		/* "none" when up without */
	const char *fallback_a, *fallback_b;
	bool down;
	enum failure_reason why_a, why_b;
};

static void check_row(const struct row *row)
{
	struct world w;
	struct view_sa a, b;

	world_init(&w, &row->setup);
	world_start(&w);
	if (row->down) {
		world_run(&w, 900);
		if (world_up(&w) ||
		    side_tunnel(&w.a).failure.reason != row->why_a ||
		    side_tunnel(&w.b).failure.reason != row->why_b)
			fail_msg("%s: A says %s, B %s", row->name,
				 failure_name(side_tunnel(&w.a).failure.reason),
				 failure_name(side_tunnel(&w.b).failure.reason));
		world_run(&w, 60000);
		assert_false(world_up(&w));
		world_fini(&w);
		return;
	}
	if (!world_until(&w, world_up, 1000))
		fail_msg("%s: A: %s; B: %s", row->name,
			 failure_name(side_tunnel(&w.a).failure.reason),
			 failure_name(side_tunnel(&w.b).failure.reason));
	world_run(&w, 1000);
	world_assert_one(&w);
	a = side_sa(&w.a);
	b = side_sa(&w.b);
	if (strcmp(a.quantum_exchange, row->form) ||
	    strcmp(b.quantum_exchange, row->form))
		fail_msg("%s: %s, %s", row->name, a.quantum_exchange,
			 b.quantum_exchange);
	assert_string_equal(a.fallback, row->fallback_a ? row->fallback_a :
					"none");
	assert_string_equal(b.fallback, row->fallback_b ? row->fallback_b :
					"none");
	world_fini(&w);
}

static void forms_and_fallbacks(void **state)
{
	static const struct row all[] = {
		{ "both insist on it", insist, .form = "IKE_INTERMEDIATE" },
		{ "both prefer it",
		  { A_HAS(PPK("1", KEY, EITHER)), B_HAS(PPK("1", KEY, EITHER)), WITH_PPK },
		  .form = "IKE_INTERMEDIATE" },
		{ "A prefers it, B has only IKE_AUTH",
		  { A_HAS(PPK("1", KEY, EITHER REQUIRED)), B_HAS(PPK("1", KEY, "")), WITH_PPK },
		  .form = "IKE_AUTH" },
		{ "A has only IKE_AUTH, B prefers it",
		  { A_HAS(PPK("1", KEY, "")), B_HAS(PPK("1", KEY, EITHER REQUIRED)), WITH_PPK },
		  .form = "IKE_AUTH" },
		{ "A insists on it, B has only IKE_AUTH",
		  { A_HAS(PPK("1", KEY, INT REQUIRED)), B_HAS(PPK("1", KEY, "")), WITH_PPK },
		  .down = true, .why_a = FAILURE_PPK_REQUIRED },
		{ "A has only IKE_AUTH, B insists on it",
		  { A_HAS(PPK("1", KEY, "")), B_HAS(PPK("1", KEY, INT REQUIRED)), WITH_PPK },
		  .down = true, .why_b = FAILURE_PPK_REQUIRED },
		{ "A wants it, B has only IKE_AUTH",
		  { A_HAS(PPK("1", KEY, INT)), B_HAS(PPK("1", KEY, "")), WITH_PPK },
		  .form = "none", .fallback_a = "not-offered",
		  .fallback_b = "not-offered" },
		{ "another id, nobody insists",
		  { A_HAS(PPK("1", KEY, INT)), B_HAS(PPK("2", KEY, INT)), WITH_PPK },
		  .form = "none", .fallback_a = "ppk-id-unknown",
		  .fallback_b = "ppk-id-unknown" },
		{ "another id, A insists",
		  { A_HAS(PPK("1", KEY, INT REQUIRED)), B_HAS(PPK("2", KEY, INT)), WITH_PPK },
		  .down = true, .why_a = FAILURE_PPK_REQUIRED },
		{ "another id, B insists",
		  { A_HAS(PPK("1", KEY, INT)), B_HAS(PPK("2", KEY, INT REQUIRED)), WITH_PPK },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_PPK_ID },
		{ "another value, nobody insists",
		  { A_HAS(PPK("1", KEY, INT)), B_HAS(PPK("1", "x", INT)), WITH_PPK },
		  .form = "none", .fallback_a = "ppk-id-unknown",
		  .fallback_b = "ppk-mismatch" },
		{ "another value, A insists",
		  { A_HAS(PPK("1", KEY, INT REQUIRED)), B_HAS(PPK("1", "x", INT)), WITH_PPK },
		  .down = true, .why_a = FAILURE_PPK_REQUIRED },
		{ "another value, B insists",
		  { A_HAS(PPK("1", KEY, INT)), B_HAS(PPK("1", "x", INT REQUIRED)), WITH_PPK },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_PPK_VALUE },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check_row(&all[i]);
}

/* Known by its confirmation, and then not meant for who it turns out to be. */
#define TWO(own, other)							\
	"{ name = \"n\"; identity: { fqdn = \"a.example.com\"; }; "	\
	"pre-shared-key = \"cisco123\"; " own "}, "			\
	"{ name = \"other\"; identity: { fqdn = \"c.example.com\"; }; "	\
	"pre-shared-key = \"cisco123\"; " other "}"

static void ids_belong_to_identities(void **state)
{
	static const struct row all[] = {
		{ "its own, the second of two with one id",
		  { A_HAS(PPK("1", KEY, INT REQUIRED)), WITH_PPK,
		    .id_a = "a.example.com",
		    .match_b_own = "{ fqdn = \"a.example.com\"; }",
		    .peers_b = "{ name = \"other\"; identity: { fqdn = \"c.example.com\"; }; "
			"pre-shared-key = \"cisco123\"; " PPK("1", "x", INT) "}, "
			"{ name = \"n\"; identity: { fqdn = \"a.example.com\"; }; "
			"pre-shared-key = \"cisco123\"; " PPK("1", KEY, INT) "}" },
		  .form = "IKE_INTERMEDIATE" },
		{ "somebody else's",
		  { A_HAS(PPK("1", KEY, INT)), WITH_PPK,
		    .id_a = "a.example.com",
		    .match_b_own = "{ fqdn = \"a.example.com\"; }",
		    .peers_b = TWO(PPK("2", "x", INT), PPK("1", KEY, INT)) },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_PPK_ID },
		{ "somebody else's of the same id",
		  { A_HAS(PPK("1", KEY, INT)), WITH_PPK,
		    .id_a = "a.example.com",
		    .match_b_own = "{ fqdn = \"a.example.com\"; }",
		    .peers_b = TWO(PPK("1", "x", INT), PPK("1", KEY, INT)) },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_PPK_ID },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check_row(&all[i]);
}

/* ------------------------------------------------------------- the ladder */

static void one_exchange_more(void **state)
{
	struct letters r = { .count = 0 };
	struct world w;

	world_init(&w, &insist);
	w.fault = record_passing;
	w.fault_arg = &r;
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	assert_int_equal(w.count, 6);
	assert_int_equal(r.letter[2]->hdr.exchange, EXCHANGE_IKE_INTERMEDIATE);
	assert_int_equal(r.letter[2]->hdr.msgid, 1);
	assert_int_equal(r.letter[3]->hdr.msgid, 1);
	assert_int_equal(r.letter[4]->hdr.exchange, EXCHANGE_IKE_AUTH);
	assert_int_equal(r.letter[4]->hdr.msgid, 2);
	assert_int_equal(side_sa(&w.a).quantum, CFG_PPK_MANUAL);
	letters_fini(&r);
	world_fini(&w);
}

static void any_message_may_be_lost(void **state)
{
	struct world w;
	unsigned int n;

	for (n = 1; n <= 6; n++) {
		world_init(&w, &insist);
		w.fault = lose_nth;
		w.fault_arg = &n;
		world_start(&w);
		assert_true(world_until(&w, world_up, 5000));
		world_run(&w, 5000);
		world_assert_one(&w);
		assert_int_equal(side_counter(&w.a, "retransmits"), 1);
		assert_int_equal(side_sa(&w.b).quantum, CFG_PPK_MANUAL);
		world_fini(&w);
	}
}

/* A repeated request is under keys that are gone by then. */
static void every_message_may_come_twice(void **state)
{
	struct world w;

	world_init(&w, &insist);
	w.fault = repeat_all;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	world_run(&w, 40000);
	world_assert_one(&w);
	assert_true(side_counter(&w.b, "rx_retransmits") >= 2);
	assert_int_equal(side_counter(&w.b, "rx_drop_icv"), 0);
	world_fini(&w);
}

static enum fate detour(struct world *w, struct letter *l)
{
	if (l->number % 2)
		l->due_ms += 35;
	return REPEAT;
}

static void messages_may_overtake_each_other(void **state)
{
	struct world w;

	world_init(&w, &insist);
	w.fault = detour;
	world_start(&w);
	assert_true(world_until(&w, world_up, 5000));
	world_run(&w, 40000);
	world_assert_one(&w);
	world_fini(&w);
}

static void rekeys_inherit_it(void **state)
{
	static const struct setup s = {
		A_HAS(PPK("123", KEY, INT REQUIRED)),
		B_HAS(PPK("123", KEY, INT REQUIRED)), WITH_PPK,
		.pfs = "group19", .lifetime = 600, .ike_lifetime = 600,
	};
	struct world w;

	world_init(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	w.traffic = true;
	world_run(&w, 1300 * 1000);
	assert_int_equal(w.lost, 0);
	assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 2);
	world_assert_one(&w);
	assert_true(side_child(&w.b).quantum);
	assert_string_equal(side_sa(&w.b).quantum_exchange,
			    "IKE_INTERMEDIATE");
	world_fini(&w);
}

/* ----------------------------------------------------------- an attacker */

static enum fate damage(struct world *w, struct letter *l)
{
	if (l->hdr.exchange == EXCHANGE_IKE_INTERMEDIATE &&
	    l->to_b == *(bool *)w->fault_arg)
		l->msg.p[l->msg.len - 20] ^= 1;
	return PASS;
}

static void a_damaged_one_changes_nothing(void **state)
{
	struct world w;
	int i;

	for (i = 0; i < 2; i++) {
		bool to_b = i;

		world_init(&w, &insist);
		w.fault = damage;
		w.fault_arg = &to_b;
		world_start(&w);
		world_run(&w, 5000);
		assert_false(world_up(&w));
		assert_true(side_counter(to_b ? &w.b : &w.a, "rx_drop_icv") >=
			    1);
		w.fault = NULL;
		assert_true(world_until(&w, world_up, 60000));
		world_assert_one(&w);
		world_fini(&w);
	}
}

/* The bit that says which form is used is taken from the offer or the answer. */
static enum fate strip(struct world *w, struct letter *l)
{
	static const uint8_t use_ppk_int[] = { 0, 8, 0, 0, 0x40, 0x3d };
	size_t at;

	if (l->hdr.exchange != EXCHANGE_IKE_SA_INIT ||
	    l->to_b != *(bool *)w->fault_arg)
		return PASS;
	for (at = 28; at + sizeof(use_ppk_int) <= l->msg.len; at++)
		if (!memcmp(l->msg.p + at, use_ppk_int, sizeof(use_ppk_int)))
			l->msg.p[at + 4] = 0xfe;
	return PASS;
}

static void stripped_use_ppk_int(void **state)
{
	static const struct setup either = {
		A_HAS(PPK("123", KEY, EITHER)), B_HAS(PPK("123", KEY, EITHER)),
		WITH_PPK,
	};
	static const struct setup *const all[] = { &insist, &either };
	struct world w;
	size_t i;

	for (i = 0; i < 4; i++) {
		bool to_b = i % 2;

		world_init(&w, all[i / 2]);
		w.fault = strip;
		w.fault_arg = &to_b;
		world_start(&w);
		world_run(&w, 60000);
		assert_false(world_up(&w));
		assert_int_equal(side_counter(&w.a, "ike_sas_established"), 0);
		assert_int_equal(side_counter(&w.b, "ike_sas_established"), 0);
		world_fini(&w);
	}
}

/* --------------------------------------- a peer that breaks the rules */

static struct ike_sa *half_open(struct side *s)
{
	assert_false(list_empty(&s->ike->sas));
	return list_entry(s->ike->sas.next, struct ike_sa, list);
}

/* Both ends have answered IKE_SA_INIT; what A sends next is up to the test. */
static struct ike_sa *after_init(struct world *w, const struct setup *s)
{
	struct ike_sa *sa;

	world_init(w, s);
	world_start(w);
	world_run(w, LATENCY_MS + 1);
	sa = half_open(&w->a);
	/* A waits for an answer that is on its way. */
	assert_int_equal(half_open(&w->b)->state, IKE_INIT_DONE);
	return sa;
}

static enum fate lose_auth(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_IKE_AUTH ? LOSE : PASS;
}

static enum fate hold_intermediate(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_IKE_INTERMEDIATE && l->to_b ? LOSE :
									 PASS;
}

/* In place of its first IKE_INTERMEDIATE A sends @fill's payloads. */
static void send_instead(struct world *w, uint8_t exchange,
			 void (*fill)(struct reply *r))
{
	struct ike_sa *sa = after_init(w, &insist);
	struct reply r;

	w->fault = hold_intermediate;
	world_run(w, LATENCY_MS + 1);
	assert_int_equal(sa->state, IKE_INTERMEDIATE_SENT);
	w->fault = NULL;
	msgid_request_done(sa);
	sa->tx.next = 1;
	sa->inter.i.len = 0;
	reply_init(&r);
	fill(&r);
	assert_int_equal(reply_send_request(sa, exchange, &r), 0);
	reply_fini(&r);
	world_run(w, 200);
}

static void fill_nothing(struct reply *r)
{
}

static void put_key_notify(struct reply *r, const char *data, size_t len)
{
	notify_pl_put_simple(&r->w, N_PPK_IDENTITY_KEY,
			     (struct view){ (const uint8_t *)data, len });
}

static void fill_short(struct reply *r)
{
	put_key_notify(r, "\2\0\0\0\0\0\0\0\0", 9);
	put_key_notify(r, "", 0);
	put_key_notify(r, "\2", 1);
}

static void fill_many(struct reply *r)
{
	char data[200];
	unsigned int i;

	memset(data, 'x', sizeof(data));
	for (i = 0; i < 50; i++) {
		data[0] = (char)i;
		put_key_notify(r, data, sizeof(data));
	}
}

/* B insists: whatever names no PPK that is right gets no IKE SA. */
static void names_that_are_none(void **state)
{
	static void (*const fills[])(struct reply *r) = {
		fill_short, fill_many,
	};
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		send_instead(&w, EXCHANGE_IKE_INTERMEDIATE, fills[i]);
		assert_int_equal(side_counter(&w.b, "ike_sas_established"), 0);
		assert_int_equal(side_kernel_sas(&w.b, KNL_OUT), 0);
		world_fini(&w);
	}
}

/* An empty one first, as a peer with other plans may send it. */
static void an_extra_one_is_answered(void **state)
{
	struct world w;

	send_instead(&w, EXCHANGE_IKE_INTERMEDIATE, fill_nothing);
	assert_int_equal(half_open(&w.b)->inter.count, 1);
	/* The answer names no PPK, which A insists on. */
	assert_int_equal(side_tunnel(&w.a).failure.reason,
			 FAILURE_PPK_REQUIRED);
	world_run(&w, 60000);
	assert_true(world_up(&w));
	world_assert_one(&w);
	world_fini(&w);
}

/* IKE_AUTH with IKE_INTERMEDIATE left out: B insists on a PPK. */
static void one_left_out(void **state)
{
	struct world w;

	send_instead(&w, EXCHANGE_IKE_AUTH, fill_nothing);
	assert_int_equal(side_counter(&w.b, "ike_sas_established"), 0);
	world_fini(&w);
}

/* Who was not told of it has not agreed to it. */
static void not_without_agreement(void **state)
{
	struct ike_sa *sa;
	struct world w;
	struct reply r;

	sa = after_init(&w, NULL);
	w.fault = lose_auth;
	world_run(&w, LATENCY_MS + 1);
	assert_int_equal(sa->state, IKE_AUTH_SENT);
	assert_false(half_open(&w.b)->inter.agreed);
	w.fault = NULL;
	msgid_request_done(sa);
	sa->tx.next = 1;
	reply_init(&r);
	assert_int_equal(reply_send_request(sa, EXCHANGE_IKE_INTERMEDIATE, &r),
			 0);
	reply_fini(&r);
	world_run(&w, LATENCY_MS + 1);
	assert_int_equal(side_counter(&w.b, "rx_drop_state"), 1);
	assert_int_equal(half_open(&w.b)->inter.count, 0);
	assert_int_equal(half_open(&w.b)->rx.next, 1);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_and_fallbacks),
		cmocka_unit_test(ids_belong_to_identities),
		cmocka_unit_test(one_exchange_more),
		cmocka_unit_test(any_message_may_be_lost),
		cmocka_unit_test(every_message_may_come_twice),
		cmocka_unit_test(messages_may_overtake_each_other),
		cmocka_unit_test(rekeys_inherit_it),
		cmocka_unit_test(a_damaged_one_changes_nothing),
		cmocka_unit_test(stripped_use_ppk_int),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(an_extra_one_is_answered),
		cmocka_unit_test(one_left_out),
		cmocka_unit_test(not_without_agreement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
