// SPDX-License-Identifier: GPL-2.0
/*
 * Additional key exchanges of child SAs (RFC 9370 section 2.2.4): negotiation
 * in CREATE_CHILD_SA, the ladder of IKE_FOLLOWUP_KE in both directions, loss
 * and repetition at every step, crossing requests. The groups are ordinary
 * ones, so that it runs on every libcrypto; where it has ML-KEM that is used
 * as well.
 */

#include "child_world.h"

#include <string.h>

#include "ike/engine.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "util/err.h"

#define EXTRA		.ikev2 = "extra-dh-groups = true;"
#define LONG_KEYS	.psk_a = "cisco123cisco123", .psk_b = "cisco123cisco123"
#define ADD(words)	"additional-ke = [ " words " ];"
#define MAY_ADD(words)	"additional-ke-optional = true; " ADD(words)
#define PFS		.pfs = "group19"

static const struct setup three = {
	PFS, .ipsec = ADD("\"group20\", \"group31\", \"group21\""), EXTRA,
};
static const struct setup both_initiate = {
	PFS, .ipsec = ADD("\"group20\", \"group21\""), .b_initiates = true,
};

/* ------------------------------------------------------------- negotiation */

/** struct row - what two configurations lead to when A rekeys the child */
struct row {
	const char *name;
	struct setup setup;
	const char *used;		/* NULL: refused */
	const char *ours, *theirs;	/* refused: part of it, as B knows it */
};

/* A refused rekey is tried again and again. */
static bool nothing_is_asked(struct world *w)
{
	return !first_sa(&w->a)->creating && !first_sa(&w->b)->creating;
}

static void check_row(const struct row *row)
{
	struct view_tunnel t;
	struct world w;

	child_up(&w, &row->setup);
	/* IKE_AUTH has no key exchange, and none in addition. */
	assert_string_equal(side_child(&w.a).additional_ke, "");
	assert_string_equal(side_child(&w.b).additional_ke, "");
	w.traffic = true;
	side_rekey_child(&w.a);
	world_run(&w, 1000);
	if (row->used && (strcmp(side_child(&w.a).additional_ke, row->used) ||
			  strcmp(side_child(&w.b).additional_ke, row->used)))
		fail_msg("%s: '%s', '%s'", row->name,
			 side_child(&w.a).additional_ke,
			 side_child(&w.b).additional_ke);
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"),
			 row->used != NULL);
	assert_int_equal(side_counter(&w.b, "child_sas_rekeyed"),
			 row->used != NULL);
	if (!row->used) {
		t = side_tunnel(&w.b);
		if (t.failure.reason != FAILURE_NO_PROPOSAL_ESP ||
		    !strstr(t.failure.ours, row->ours) ||
		    !strstr(t.failure.theirs, row->theirs))
			fail_msg("%s: %s, '%s', '%s'", row->name,
				 failure_name(t.failure.reason),
				 t.failure.ours, t.failure.theirs);
		assert_int_equal(side_tunnel(&w.a).failure.reason,
				 FAILURE_NO_PROPOSAL_ESP);
	}
	world_run(&w, 9000);
	assert_true(world_until(&w, nothing_is_asked, 1000));
	assert_int_equal(w.lost, 0);
	child_settled(&w);
	world_fini(&w);
}

#define ROW(name_, a, b, used_)						\
	{ .name = name_, .setup = { PFS, .ipsec = a, .ipsec_b = b, EXTRA }, \
	  .used = used_ }
#define REFUSED(name_, a, b, ours_, theirs_)				\
	{ .name = name_, .setup = { PFS, .ipsec = a, .ipsec_b = b, EXTRA }, \
	  .ours = ours_, .theirs = theirs_ }

static void what_is_negotiated(void **state)
{
	static const struct row all[] = {
		ROW("none", "", "", ""),
		ROW("one", ADD("\"group20\""), ADD("\"group20\""), "group20"),
		ROW("three", ADD("\"group20\", \"group31\", \"group21\""),
		    ADD("\"group20\", \"group31\", \"group21\""),
		    "group20 group31 group21"),
		REFUSED("lists differ in length",
			ADD("\"group20\", \"group21\""), ADD("\"group20\""),
			"second additional-ke none",
			"second additional-ke group21"),
		REFUSED("only A", ADD("\"group20\""), "",
			"first additional-ke none",
			"first additional-ke group20"),
		REFUSED("only B", "", ADD("\"group20\""),
			"first additional-ke group20",
			"first additional-ke none"),
		REFUSED("others", ADD("\"group20\""), ADD("\"group21\""),
			"first additional-ke group21",
			"first additional-ke group20"),
		ROW("A may, B has none", MAY_ADD("\"group20\""), "", ""),
		ROW("B may, A has none", "", MAY_ADD("\"group20\""), ""),
		ROW("A may, B must", MAY_ADD("\"group20\""), ADD("\"group20\""),
		    "group20"),
		ROW("both may, the same", MAY_ADD("\"group20\""),
		    MAY_ADD("\"group20\""), "group20"),
		ROW("both may, others", MAY_ADD("\"group20\""),
		    MAY_ADD("\"group21\""), ""),
		ROW("A may two, B must the first",
		    MAY_ADD("\"group20\", \"group21\""), ADD("\"group20\""),
		    "group20"),
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
		{ { PFS, .ipsec = ADD("\"group20\""), LONG_KEYS, .fips_a = true,
		    .fips_b = true }, "group20" },
		{ { PFS, .ipsec = ADD("\"group31\""), EXTRA, LONG_KEYS,
		    .fips_a = true }, NULL },
		{ { PFS, .ipsec = ADD("\"group31\""), EXTRA, LONG_KEYS,
		    .fips_b = true }, NULL },
		{ { PFS, .ipsec = MAY_ADD("\"group20\", \"group31\""), EXTRA,
		    LONG_KEYS, .fips_b = true }, "group20" },
	};
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		world_init(&w, &all[i].setup);
		world_start(&w);
		world_run(&w, 900);
		assert_int_equal(world_up(&w), all[i].used != NULL);
		side_rekey_child(&w.a);
		world_run(&w, 900);
		if (all[i].used)
			assert_string_equal(side_child(&w.b).additional_ke,
					    all[i].used);
		else
			assert_int_equal(side_tunnel(all[i].setup.fips_a ?
						     &w.a : &w.b).failure.reason,
					 FAILURE_FIPS);
		world_fini(&w);
	}
}

/* -------------------------------------------------------------- the ladder */

/** struct rung - what stood when a message of the rekey was sent */
struct rung {
	uint8_t exchange;
	uint32_t msgid;
	bool to_b;
	unsigned int sas_a, sas_b;
};

static struct rung rungs[32];
static unsigned int rung_count;

static enum fate note_rung(struct world *w, struct letter *l)
{
	if (rung_count < sizeof(rungs) / sizeof(rungs[0]))
		rungs[rung_count++] = (struct rung){
			l->hdr.exchange, l->hdr.msgid, l->to_b,
			side_kernel_sas(&w->a, KNL_IN),
			side_kernel_sas(&w->b, KNL_IN),
		};
	return PASS;
}

/* The kernels get the new SAs when the last key exchange is done. */
static void an_exchange_for_each(void **state)
{
	struct world w;
	unsigned int i;
	int b_asks;

	for (b_asks = 0; b_asks < 2; b_asks++) {
		child_up(&w, &three);
		rung_count = 0;
		w.fault = note_rung;
		side_rekey_child(b_asks ? &w.b : &w.a);
		world_run(&w, 1000);
		/* And a Delete of the old one. */
		assert_int_equal(rung_count, 2 + 6 + 2);
		for (i = 0; i < 8; i++) {
			assert_int_equal(rungs[i].exchange, i < 2 ?
					 EXCHANGE_CREATE_CHILD_SA :
					 EXCHANGE_IKE_FOLLOWUP_KE);
			assert_int_equal(rungs[i].msgid - rungs[0].msgid,
					 i / 2);
			assert_int_equal(rungs[i].to_b, b_asks == (int)(i & 1));
			assert_int_equal(b_asks ? rungs[i].sas_b :
					 rungs[i].sas_a, 1);
			assert_int_equal(b_asks ? rungs[i].sas_a :
					 rungs[i].sas_b, i < 7 ? 1 : 2);
		}
		assert_int_equal(rungs[8].exchange, EXCHANGE_INFORMATIONAL);
		assert_int_equal(rungs[8].sas_a, 2);
		assert_int_equal(rungs[8].sas_b, 2);
		assert_string_equal(side_child(&w.a).additional_ke,
				    "group20 group31 group21");
		child_settled(&w);
		world_fini(&w);
	}
}

static void any_message_may_be_lost(void **state)
{
	struct world w;
	unsigned int n;
	int b_asks;

	for (n = 1; n <= 10; n++) {
		for (b_asks = 0; b_asks < 2; b_asks++) {
			unsigned int at;

			child_up(&w, &three);
			at = w.count + n;
			w.fault = lose_nth;
			w.fault_arg = &at;
			w.traffic = true;
			side_rekey_child(b_asks ? &w.b : &w.a);
			world_run(&w, 20000);
			assert_int_equal(side_counter(b_asks ? &w.b : &w.a,
						      "retransmits"), 1);
			assert_int_equal(side_counter(&w.a,
						      "child_sas_rekeyed"), 1);
			assert_int_equal(w.lost, 0);
			child_settled(&w);
			world_fini(&w);
		}
	}
}

static void every_message_may_come_twice(void **state)
{
	struct world w;

	child_up(&w, &three);
	w.fault = repeat_all;
	w.traffic = true;
	side_rekey_child(&w.a);
	world_run(&w, 40000);
	side_rekey_child(&w.b);
	world_run(&w, 40000);
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 2);
	assert_int_equal(side_counter(&w.b, "rx_drop_icv"), 0);
	assert_int_equal(w.lost, 0);
	child_settled(&w);
	world_fini(&w);
}

/* The computations are somebody else's; IKE SAs are renewed in between. */
static void for_hours_by_the_pool(void **state)
{
	struct setup s = three;
	struct world w;

	s.work_ms = 7;
	s.lifetime = 600;
	s.ike_lifetime = 1700;
	s.b_initiates = true;
	s.dh = s.b_dh = "19 ]; additional-ke = [ \"group20\"";
	world_init(&w, &s);
	w.fault = repeat_all;
	world_start(&w);
	assert_true(world_until(&w, world_up, 5000));
	w.traffic = true;
	world_run(&w, 7200 * 1000);
	assert_int_equal(w.lost, 0);
	assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 4);
	assert_true(side_counter(&w.a, "child_sas_rekeyed") >= 12);
	world_run(&w, 30000);
	assert_string_equal(side_child(&w.b).additional_ke,
			    "group20 group31 group21");
	world_assert_one(&w);
	world_fini(&w);
}

/* The child is gone, the IKE SA stands: another is made, by CREATE_CHILD_SA. */
static void a_child_that_was_missing(void **state)
{
	uint64_t before;
	unsigned int i;
	struct world w;

	for (i = 0; i < 3; i++) {
		child_up(&w, &both_initiate);
		before = side_counter(&w.a, "ike_sas_established");
		if (i != 1)
			side_lose_child(&w.a);
		/* And both at once. */
		if (i)
			side_lose_child(&w.b);
		assert_true(world_until(&w, world_up, 30000));
		world_run(&w, 60000);
		assert_int_equal(side_counter(&w.a, "ike_sas_established"),
				 before);
		assert_string_equal(side_child(&w.a).additional_ke,
				    "group20 group21");
		child_settled(&w);
		world_fini(&w);
	}
}

/* The quantum-safe child of an IKE SA that is not. */
static void ml_kem_where_there_is(void **state)
{
	static const struct setup s = {
		PFS, .ipsec = ADD("\"ml-kem-768\", \"ml-kem-1024\""),
	};
	struct world w;

	if (!alg_ke(KE_ML_KEM_768))
		skip();
	child_up(&w, &s);
	w.path_mtu = 1400;
	w.traffic = true;
	assert_false(side_child(&w.b).quantum);
	side_rekey_child(&w.b);
	world_run(&w, 20000);
	assert_false(side_sa(&w.a).hybrid);
	assert_true(side_child(&w.a).quantum && side_child(&w.b).quantum);
	assert_string_equal(side_child(&w.a).additional_ke,
			    "ml-kem-768 ml-kem-1024");
	assert_int_equal(w.lost, 0);
	child_settled(&w);
	world_fini(&w);
}

/* --------------------------------------------------------------- crossings */

/* Both ask at once, again and again: one of them has its way. */
static void both_rekey_at_once(void **state)
{
	struct world w;
	unsigned int i;

	child_up(&w, &both_initiate);
	w.traffic = true;
	for (i = 1; i <= 10; i++) {
		side_rekey_child(&w.a);
		/* Together, and with one of them somewhat later. */
		world_run(&w, i % 4 * LATENCY_MS / 2);
		side_rekey_child(&w.b);
		world_run(&w, 60 * 1000);
		assert_true(side_counter(&w.a, "child_sas_rekeyed") >= i);
		child_settled(&w);
	}
	assert_int_equal(w.lost, 0);
	world_fini(&w);
}

/* A rekey of the IKE SA, too, waits until a series is over. */
static void beside_a_rekey_of_the_ike_sa(void **state)
{
	struct world w;
	unsigned int i;

	child_up(&w, &both_initiate);
	w.traffic = true;
	for (i = 0; i < 8; i++) {
		side_rekey_child(i & 1 ? &w.a : &w.b);
		world_run(&w, i * LATENCY_MS / 2);
		ike_sa_queue(first_sa(&w.a), TASK_REKEY_IKE, 0);
		ike_sa_run_tasks(first_sa(&w.a));
		world_run(&w, 120 * 1000);
		child_settled(&w);
	}
	assert_int_equal(w.lost, 0);
	assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 8);
	assert_true(side_counter(&w.a, "child_sas_rekeyed") >= 8);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_negotiated),
		cmocka_unit_test(through_the_gate),
		cmocka_unit_test(an_exchange_for_each),
		cmocka_unit_test(any_message_may_be_lost),
		cmocka_unit_test(every_message_may_come_twice),
		cmocka_unit_test(for_hours_by_the_pool),
		cmocka_unit_test(a_child_that_was_missing),
		cmocka_unit_test(ml_kem_where_there_is),
		cmocka_unit_test(both_rekey_at_once),
		cmocka_unit_test(beside_a_rekey_of_the_ike_sa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
