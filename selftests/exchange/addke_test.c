// SPDX-License-Identifier: GPL-2.0
/*
 * Additional key exchanges (RFC 9370): negotiation, the ladder of
 * IKE_INTERMEDIATE and IKE_FOLLOWUP_KE, loss and repetition at every step, and
 * what a peer that breaks the rules gets. The groups are ordinary ones, so that
 * it runs on every libcrypto; where it has ML-KEM that is used as well.
 */

#include "world.h"

#include <stdio.h>
#include <string.h>

#include "ike/engine.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/sa.h"
#include "letters.h"
#include "util/err.h"

#define EXTRA		.ikev2 = "extra-dh-groups = true;"
#define LONG_KEYS	.psk_a = "cisco123cisco123", .psk_b = "cisco123cisco123"
/* Behind dh-group in the proposal. */
#define ADD(words)	"19 ]; additional-ke = [ " words
#define MAY_ADD(words)	"19 ]; additional-ke-optional = true; additional-ke = [ " words
#define BOTH(words)	.dh = ADD(words), .b_dh = ADD(words)

static const struct setup one = { BOTH("\"group20\"") };
static const struct setup three = {
	BOTH("\"group20\", \"group31\", \"group21\""), EXTRA,
};

/** struct row - what two configurations lead to */
struct row {
	const char *name;
	struct setup setup;
	const char *used;		/* NULL: down */
	enum failure_reason why_b;	/* down: as B knows it */
	const char *ours, *theirs;	/* down: part of it */
};

static void check_row(const struct row *row)
{
	struct view_tunnel t;
	struct world w;

	world_init(&w, &row->setup);
	world_start(&w);
	if (row->used) {
		if (!world_until(&w, world_up, 1000))
			fail_msg("%s: A: %s; B: %s", row->name,
				 failure_name(side_tunnel(&w.a).failure.reason),
				 failure_name(side_tunnel(&w.b).failure.reason));
		world_run(&w, 1000);
		world_assert_one(&w);
		assert_string_equal(side_sa(&w.a).additional_ke, row->used);
		assert_string_equal(side_sa(&w.b).additional_ke, row->used);
		assert_false(side_sa(&w.a).hybrid);
	} else {
		world_run(&w, 900);
		t = side_tunnel(&w.b);
		if (world_up(&w) || t.failure.reason != row->why_b ||
		    !strstr(t.failure.ours, row->ours) ||
		    !strstr(t.failure.theirs, row->theirs))
			fail_msg("%s: %s, '%s', '%s'", row->name,
				 failure_name(t.failure.reason),
				 t.failure.ours, t.failure.theirs);
		world_run(&w, 60000);
		assert_false(world_up(&w));
	}
	world_fini(&w);
}

static void what_is_negotiated(void **state)
{
	static const struct row all[] = {
		{ "none", { .dh = NULL }, .used = "" },
		{ "one", one, .used = "group20" },
		{ "three", three, .used = "group20 group31 group21" },
		{ "seven lists differ in length",
		  { .dh = ADD("\"group20\", \"group21\""), .b_dh = ADD("\"group20\"") },
		  .why_b = FAILURE_NO_PROPOSAL_IKE,
		  .ours = "second additional-ke none", .theirs = "second additional-ke group21" },
		{ "only A", { .dh = ADD("\"group20\""), .b_dh = "19" },
		  .why_b = FAILURE_NO_PROPOSAL_IKE,
		  .ours = "first additional-ke none", .theirs = "first additional-ke group20" },
		{ "only B", { .dh = "19", .b_dh = ADD("\"group20\"") },
		  .why_b = FAILURE_NO_PROPOSAL_IKE,
		  .ours = "first additional-ke group20", .theirs = "first additional-ke none" },
		{ "others", { .dh = ADD("\"group20\""), .b_dh = ADD("\"group21\"") },
		  .why_b = FAILURE_NO_PROPOSAL_IKE,
		  .ours = "first additional-ke group21", .theirs = "first additional-ke group20" },
		{ "A may, B has none",
		  { .dh = MAY_ADD("\"group20\""), .b_dh = "19" }, .used = "" },
		{ "B may, A has none",
		  { .dh = "19", .b_dh = MAY_ADD("\"group20\"") }, .used = "" },
		{ "A may, B must",
		  { .dh = MAY_ADD("\"group20\""), .b_dh = ADD("\"group20\"") },
		  .used = "group20" },
		{ "both may, the same",
		  { .dh = MAY_ADD("\"group20\""), .b_dh = MAY_ADD("\"group20\"") },
		  .used = "group20" },
		{ "both may, others",
		  { .dh = MAY_ADD("\"group20\""), .b_dh = MAY_ADD("\"group21\"") },
		  .used = "" },
		{ "A may two, B must the first",
		  { .dh = MAY_ADD("\"group20\", \"group21\""),
		    .b_dh = ADD("\"group20\"") }, .used = "group20" },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check_row(&all[i]);
}

/* FIPS mode admits no method that is not approved, in addition either. */
static void through_the_gate(void **state)
{
	static const struct {
		struct setup setup;
		const char *used;	/* NULL: down */
	} all[] = {
		{ { BOTH("\"group20\""), LONG_KEYS, .fips_a = true, .fips_b = true },
		  "group20" },
		{ { BOTH("\"group20\", \"group31\""), EXTRA, LONG_KEYS, .fips_a = true },
		  NULL },
		{ { BOTH("\"group20\", \"group31\""), EXTRA, LONG_KEYS,
		    .fips_b = true },
		  NULL },
		{ { .dh = MAY_ADD("\"group20\", \"group31\""),
		    .b_dh = MAY_ADD("\"group20\", \"group31\""), EXTRA,
		    LONG_KEYS, .fips_b = true }, "group20" },
	};
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		world_init(&w, &all[i].setup);
		world_start(&w);
		world_run(&w, 900);
		assert_int_equal(world_up(&w), all[i].used != NULL);
		if (all[i].used)
			assert_string_equal(side_sa(&w.b).additional_ke,
					    all[i].used);
		else
			assert_int_equal(side_tunnel(all[i].setup.fips_a ?
						     &w.a : &w.b).failure.reason,
					 FAILURE_FIPS);
		world_fini(&w);
	}
}

/* ---------------------------------------------------------------- the ladder */

static void an_exchange_for_each(void **state)
{
	struct letters r = { .count = 0 };
	struct world w;
	unsigned int i;

	world_init(&w, &three);
	w.fault = record_passing;
	w.fault_arg = &r;
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	assert_int_equal(w.count, 10);
	for (i = 2; i < 8; i++) {
		assert_int_equal(r.letter[i]->hdr.exchange,
				 EXCHANGE_IKE_INTERMEDIATE);
		assert_int_equal(r.letter[i]->hdr.msgid, i / 2);
	}
	assert_int_equal(r.letter[8]->hdr.exchange, EXCHANGE_IKE_AUTH);
	assert_int_equal(r.letter[8]->hdr.msgid, 4);
	letters_fini(&r);
	world_fini(&w);
}

static void any_message_may_be_lost(void **state)
{
	struct world w;
	unsigned int n;

	for (n = 1; n <= 10; n++) {
		world_init(&w, &three);
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

	world_init(&w, &three);
	w.fault = repeat_all;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	world_run(&w, 40000);
	world_assert_one(&w);
	assert_int_equal(side_counter(&w.b, "rx_drop_icv"), 0);
	world_fini(&w);
}

/* The computations are somebody else's; the ladder is the same. */
static void by_the_pool(void **state)
{
	struct setup s = three;
	struct world w;

	s.work_ms = 7;
	s.lifetime = s.ike_lifetime = 600;
	world_init(&w, &s);
	w.fault = repeat_all;
	world_start(&w);
	assert_true(world_until(&w, world_up, 5000));
	w.traffic = true;
	world_run(&w, 1300 * 1000);
	assert_int_equal(w.lost, 0);
	assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 2);
	world_assert_one(&w);
	world_fini(&w);
}

#define PPK	"ppk: { manual: { id = \"1\"; key = \"0123456789abcdef0123456789abcdef\"; }; exchange = \"intermediate\"; required = true; }; "
#define PEER(addr)							\
	"{ name = \"peer\"; address = \"" addr "\"; pre-shared-key = \"cisco123\"; " PPK "}"

/* The PPK comes with the last of them (RFC 9867 section 3.1). */
static void beside_a_ppk(void **state)
{
	struct setup s = three;
	struct world w;

	s.peers_a = PEER(ADDR_B);
	s.peers_b = PEER(ADDR_A);
	s.profile = "keyring-ppk = \"k\";";
	world_init(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	world_run(&w, 100);
	world_assert_one(&w);
	assert_int_equal(w.count, 10);
	assert_int_equal(side_sa(&w.b).quantum, CFG_PPK_MANUAL);
	assert_string_equal(side_sa(&w.b).quantum_exchange,
			    "IKE_INTERMEDIATE");
	world_fini(&w);
}

/* Longer than a packet: 768 octets in half a kilobyte. */
static void ml_kem_where_there_is(void **state)
{
	static const struct setup all[] = {
		{ BOTH("\"ml-kem-512\"") }, { BOTH("\"ml-kem-768\"") },
		{ BOTH("\"ml-kem-1024\"") },
		{ BOTH("\"ml-kem-768\", \"group31\", \"ml-kem-1024\""), EXTRA },
	};
	struct world w;
	size_t i;

	if (!alg_ke(KE_ML_KEM_768))
		skip();
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct setup s = all[i];

		s.lifetime = s.ike_lifetime = 600;
		world_init(&w, &s);
		w.path_mtu = 1400;
		world_start(&w);
		assert_true(world_until(&w, world_up, 2000));
		w.traffic = true;
		world_run(&w, 700 * 1000);
		world_assert_one(&w);
		assert_int_equal(w.lost, 0);
		assert_true(side_sa(&w.a).hybrid && side_sa(&w.b).hybrid);
		assert_true(side_child(&w.b).quantum);
		assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 1);
		world_fini(&w);
	}
}

/* --------------------------------------------------------------- rekeying */

/* The n-th message of a rekey is lost; 0: none is. */
static unsigned int lost_at, seen, followups;

static enum fate lose_one_of_the_rekey(struct world *w, struct letter *l)
{
	followups += l->hdr.exchange == EXCHANGE_IKE_FOLLOWUP_KE;
	if (l->hdr.exchange != EXCHANGE_IKE_FOLLOWUP_KE &&
	    l->hdr.exchange != EXCHANGE_CREATE_CHILD_SA)
		return PASS;
	return ++seen == lost_at ? LOSE : PASS;
}

static struct ike_sa *only(struct side *s)
{
	return list_entry(s->ike->sas.next, struct ike_sa, list);
}

static void rekeys_exchange_them_anew(void **state)
{
	struct setup s = three;
	struct world w;

	s.ike_lifetime = 600;
	lost_at = followups = 0;
	world_init(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	w.fault = lose_one_of_the_rekey;
	w.traffic = true;
	world_run(&w, 600 * 1000);
	assert_int_equal(side_counter(&w.a, "ike_sas_rekeyed"), 1);
	assert_int_equal(followups, 6);
	world_assert_one(&w);
	assert_int_equal(w.lost, 0);
	assert_string_equal(side_sa(&w.b).additional_ke,
			    "group20 group31 group21");
	assert_null(only(&w.a)->followup);
	assert_null(only(&w.b)->followup);
	world_fini(&w);
}

static void any_message_of_a_rekey_may_be_lost(void **state)
{
	struct setup s = three;
	struct world w;

	s.ike_lifetime = 600;
	for (lost_at = 1; lost_at <= 8; lost_at++) {
		seen = 0;
		world_init(&w, &s);
		world_start(&w);
		assert_true(world_until(&w, world_up, 1000));
		w.fault = lose_one_of_the_rekey;
		w.traffic = true;
		world_run(&w, 700 * 1000);
		world_assert_one(&w);
		assert_int_equal(w.lost, 0);
		assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 1);
		assert_true(side_counter(&w.a, "retransmits") +
			    side_counter(&w.b, "retransmits") >= 1);
		world_fini(&w);
	}
}

/* Both ask at once, again and again: one of them has its way. */
static void both_rekey_at_once(void **state)
{
	struct setup s = one;
	struct world w;
	unsigned int i;

	s.b_initiates = true;
	world_init(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	world_run(&w, 10000);
	w.traffic = true;
	for (i = 0; i < 5; i++) {
		struct side *sides[] = { &w.a, &w.b };
		size_t k;

		for (k = 0; k < 2; k++) {
			struct ike_sa *sa = list_entry(sides[k]->ike->sas.next,
						       struct ike_sa, list);

			ike_sa_queue(sa, TASK_REKEY_IKE, 0);
			ike_sa_run_tasks(sa);
		}
		world_run(&w, 120 * 1000);
		world_assert_one(&w);
	}
	assert_int_equal(w.lost, 0);
	assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 5);
	world_fini(&w);
}

/* The initiator disappears in the middle; nothing is left of the series. */
static enum fate lose_followups(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_IKE_FOLLOWUP_KE ? LOSE : PASS;
}

static void begin_rekey(struct world *w)
{
	world_init(w, &three);
	world_start(w);
	assert_true(world_until(w, world_up, 1000));
	world_run(w, 100);
	w->fault = lose_followups;
	ike_sa_queue(only(&w->a), TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(only(&w->a));
	world_run(w, 3 * LATENCY_MS);
	assert_non_null(only(&w->a)->followup);
	assert_non_null(only(&w->b)->followup);
}

static void a_series_that_is_given_up(void **state)
{
	struct world w;

	begin_rekey(&w);
	/* Nothing else is begun meanwhile, by either. */
	ike_sa_queue(only(&w.b), TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(only(&w.b));
	assert_null(only(&w.b)->rekey);
	world_run(&w, FOLLOWUP_MS + 100);
	assert_null(only(&w.b)->followup);
	assert_int_equal(side_counter(&w.b, "ike_sas_rekeyed"), 0);
	/* When its request gets through there is no such state any more. */
	w.fault = NULL;
	w.traffic = true;
	world_run(&w, 200 * 1000);
	world_assert_one(&w);
	assert_int_equal(w.lost, 0);
	assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 1);
	world_fini(&w);

	/* And the IKE SA may end with a series under way. */
	begin_rekey(&w);
	world_fini(&w);
}

/* --------------------------------------- a peer that breaks the rules */

static enum fate hold_requests(struct world *w, struct letter *l)
{
	return l->hdr.exchange != EXCHANGE_IKE_SA_INIT && l->to_b ? LOSE : PASS;
}

/* In place of what A would send next it sends @fill's payloads. */
static struct ike_sa *send_instead(struct world *w, uint8_t exchange,
				   int (*fill)(struct reply *r))
{
	struct ike_sa *sa;
	struct reply r;

	world_init(w, &one);
	world_start(w);
	w->fault = hold_requests;
	world_run(w, 2 * LATENCY_MS + 2);
	sa = only(&w->a);
	assert_int_equal(sa->state, IKE_INTERMEDIATE_SENT);
	w->fault = NULL;
	msgid_request_done(sa);
	sa->tx.next = 1;
	sa->inter.i.len = 0;
	reply_init(&r);
	assert_int_equal(fill(&r), 0);
	assert_int_equal(reply_send_request(sa, exchange, &r), 0);
	reply_fini(&r);
	world_run(w, 200);
	return sa;
}

static int fill_nothing(struct reply *r)
{
	return 0;
}

static int fill_other_method(struct reply *r)
{
	struct ke *ke = ke_new(KE_ECP_256);

	ke_pl_put(&r->w, KE_ECP_256, ke_public(ke));
	ke_free(ke);
	return 0;
}

static int fill_point_off_the_curve(struct reply *r)
{
	uint8_t point[96];

	memset(point, 7, sizeof(point));
	ke_pl_put(&r->w, KE_ECP_384, (struct view){ point, sizeof(point) });
	return 0;
}

static int fill_short_value(struct reply *r)
{
	ke_pl_put(&r->w, KE_ECP_384, (struct view){ (const uint8_t *)"x", 1 });
	return 0;
}

static void key_exchanges_that_are_none(void **state)
{
	static int (*const fills[])(struct reply *r) = {
		fill_other_method, fill_point_off_the_curve, fill_short_value,
	};
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		send_instead(&w, EXCHANGE_IKE_INTERMEDIATE, fills[i]);
		assert_int_equal(side_counter(&w.b, "ike_sas_established"), 0);
		assert_true(side_tunnel(&w.b).failure.reason ==
			    (i ? FAILURE_KE_VALUE : FAILURE_SYNTAX));
		assert_non_null(strstr(side_tunnel(&w.b).failure.ours,
				       "additional key exchange group20"));
		/* A honest attempt gets through. */
		world_run(&w, 60000);
		assert_true(world_up(&w));
		world_fini(&w);
	}
}

/* Nobody is let in before all that was agreed on is done. */
static void ike_auth_too_early(void **state)
{
	struct world w;

	send_instead(&w, EXCHANGE_IKE_INTERMEDIATE, fill_nothing);
	assert_int_equal(side_counter(&w.b, "ike_sas_established"), 0);
	world_fini(&w);
}

static enum fate strip_support(struct world *w, struct letter *l)
{
	size_t i;

	/* The notify's type, 16438, becomes one that nobody knows. */
	for (i = IKE_HDR_LEN; l->hdr.exchange == EXCHANGE_IKE_SA_INIT &&
	     l->to_b == *(bool *)w->fault_arg && i + 1 < l->msg.len; i++)
		if (l->msg.p[i] == 0x40 && l->msg.p[i + 1] == 0x36)
			l->msg.p[i + 1] = 0xff;
	return PASS;
}

static void without_ike_intermediate(void **state)
{
	struct world w;
	bool to_b;
	int i;

	for (i = 0; i < 2; i++) {
		to_b = i;
		world_init(&w, &one);
		w.fault = strip_support;
		w.fault_arg = &to_b;
		world_start(&w);
		world_run(&w, 60000);
		assert_false(world_up(&w));
		assert_int_equal(side_counter(&w.a, "ike_sas_established"), 0);
		assert_int_equal(side_counter(&w.b, "ike_sas_established"), 0);
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_negotiated),
		cmocka_unit_test(through_the_gate),
		cmocka_unit_test(an_exchange_for_each),
		cmocka_unit_test(any_message_may_be_lost),
		cmocka_unit_test(every_message_may_come_twice),
		cmocka_unit_test(by_the_pool),
		cmocka_unit_test(beside_a_ppk),
		cmocka_unit_test(ml_kem_where_there_is),
		cmocka_unit_test(rekeys_exchange_them_anew),
		cmocka_unit_test(any_message_of_a_rekey_may_be_lost),
		cmocka_unit_test(both_rekey_at_once),
		cmocka_unit_test(a_series_that_is_given_up),
		cmocka_unit_test(key_exchanges_that_are_none),
		cmocka_unit_test(ike_auth_too_early),
		cmocka_unit_test(without_ike_intermediate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
