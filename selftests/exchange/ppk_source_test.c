// SPDX-License-Identifier: GPL-2.0
/*
 * Dynamic PPKs, as far as the exchange goes: a key source at each end that is
 * slow, fails, or has another key, while messages are lost and repeated and
 * IKE SAs come and go.
 */

#include "world.h"

#include <stdio.h>
#include <string.h>

#include "ike/child.h"
#include "ike/engine.h"
#include "ike/fragment.h"
#include "ike/sa.h"
#include "util/err.h"

/** struct source - what the source of one side does */
struct source {
	struct timer timer;
	struct ppk_request *rq;
	uint64_t delay_ms;
	int refuse;		/* by start() */
	int err;		/* later */
	char key;		/* what all its octets are */
	size_t short_by;	/* fault: octets that it lacks */
	unsigned int started, canceled, next;
};

static struct source sources[2];

static struct source *source_of(void *arg)
{
	struct side *s = arg;

	return &sources[s->is_b];
}

static void answer(void *arg)
{
	struct source *s = arg;
	struct ppk_request *rq = s->rq;
	uint8_t key[32];

	s->rq = NULL;
	rq->job = NULL;
	rq->err = s->err;
	snprintf(rq->why, sizeof(rq->why), "the test says so");
	if (!rq->err) {
		if (rq->want != PPK_BY_ID) {
			rq->id_len = (size_t)snprintf((char *)rq->id,
				sizeof(rq->id), "%032x", ++s->next);
		}
		memset(key, s->key, sizeof(key));
		/* Each name has a key of its own. */
		key[0] = rq->id[rq->id_len - 1];
		rq->key = secret_new(key, sizeof(key) - s->short_by);
	}
	rq->done(rq);
}

static int start(void *arg, struct ppk_request *rq)
{
	struct source *s = source_of(arg);
	struct side *side = arg;

	assert_string_equal(rq->source, "Qkd");
	assert_string_equal(rq->label, rq->want == PPK_TRY ? "peer" :
			    "tunnel-ip1");
	if (s->refuse) {
		snprintf(rq->why, sizeof(rq->why), "refused");
		return s->refuse;
	}
	assert_null(s->rq);
	s->started++;
	s->rq = rq;
	rq->job = s;
	timer_init(&s->timer, side->timers, answer, s);
	return timer_set(&s->timer, s->delay_ms);
}

static void cancel(void *arg, struct ppk_request *rq)
{
	struct source *s = source_of(arg);

	assert_ptr_equal(s->rq, rq);
	timer_cancel(&s->timer);
	s->rq = NULL;
	s->canceled++;
}

static const struct ppk_ops ops = { .start = start, .cancel = cancel };

#define PEER(addr, more)						\
	"{ name = \"peer\"; address = \"" addr "\"; pre-shared-key = \"cisco123cisco123\"; " \
	"ppk: { manual: { id = \"Qkd\"; key = \"nonenonenonenone\"; }; " more " }; }"
#define REQUIRED	"required = true; "
#define INT		"exchange = \"intermediate\"; "
#define BOTH(a, b)	.peers_a = PEER(ADDR_B, a), .peers_b = PEER(ADDR_A, b)
#define WITH_PPK	.profile = "keyring-ppk = \"k\";"
#define RESTART		.profile = "keyring-ppk = \"k\"; ppk-restart-without = true;"

static void make_dynamic(struct side *s)
{
	s->cfg->keyrings[0].peers[0].ppk.kind = CFG_PPK_DYNAMIC;
}

static void begin(struct world *w, const struct setup *s)
{
	memset(sources, 0, sizeof(sources));
	world_init(w, s);
	make_dynamic(&w->a);
	make_dynamic(&w->b);
}

#define A (&sources[0])
#define B (&sources[1])

static const struct setup all_forms[] = {
	{ BOTH(REQUIRED, REQUIRED), WITH_PPK, .ppk = &ops },
	{ BOTH(REQUIRED INT, REQUIRED INT), WITH_PPK, .ppk = &ops },
};

#define FORMS (sizeof(all_forms) / sizeof(all_forms[0]))

static void a_key_from_each_source(void **state)
{
	struct world w;
	size_t i;

	for (i = 0; i < FORMS; i++) {
		begin(&w, &all_forms[i]);
		world_start(&w);
		assert_true(world_until(&w, world_up, 1000));
		world_assert_one(&w);
		assert_int_equal(side_sa(&w.a).quantum, CFG_PPK_DYNAMIC);
		assert_int_equal(side_sa(&w.b).quantum, CFG_PPK_DYNAMIC);
		assert_int_equal(A->started, 1);
		assert_int_equal(B->started, 1);
		world_fini(&w);
	}
}

/* The request comes again meanwhile; the key is asked for once. */
static void slow_sources(void **state)
{
	struct world w;
	size_t i;

	for (i = 0; i < FORMS; i++) {
		begin(&w, &all_forms[i]);
		A->delay_ms = 9000;
		B->delay_ms = 5000;
		world_start(&w);
		world_run(&w, 1000);
		assert_string_equal(side_sa(&w.a).description, "KEY-WAIT");
		assert_true(world_until(&w, world_up, 20000));
		world_assert_one(&w);
		assert_int_equal(A->started, 1);
		assert_int_equal(B->started, 1);
		assert_true(side_counter(&w.b, "rx_retransmits") >= 1);
		assert_int_equal(side_counter(&w.b, "rx_drop_message_id"), 0);
		world_fini(&w);
	}
}

static struct ike_sa *only_sa(struct side *s)
{
	assert_int_equal(side_sas(s), 1);
	return list_entry(s->ike->sas.next, struct ike_sa, list);
}

/* The window is one: what stands behind a request that waits is not heard. */
static void nothing_overtakes_what_waits(void **state)
{
	struct inner in = { .exchange = EXCHANGE_IKE_AUTH, .first = PL_N,
			    .plain = { (uint8_t []){ 0, 0, 0, 8, 0, 0, 0x40, 0 },
				       8 } };
	struct ike_sa *a, *b;
	struct world w;
	struct buf out;
	size_t i;

	for (i = 0; i < FORMS; i++) {
		begin(&w, &all_forms[i]);
		B->delay_ms = 5000;
		world_start(&w);
		world_run(&w, 1000);
		a = only_sa(&w.a);
		b = only_sa(&w.b);
		assert_non_null(b->kept);
		in.msgid = a->tx.next;
		buf_init(&out, MSG_MAX_LEN);
		assert_int_equal(fragment_seal(a, &in, &out), 0);
		ike_receive(w.b.ike, &b->path, buf_view(&out));
		buf_fini(&out);
		assert_int_equal(side_counter(&w.b, "rx_drop_waiting"), 1);
		assert_non_null(b->kept);
		assert_true(world_until(&w, world_up, 20000));
		world_assert_one(&w);
		world_fini(&w);
	}
}

static void everything_comes_twice(void **state)
{
	struct world w;
	size_t i;

	for (i = 0; i < FORMS; i++) {
		begin(&w, &all_forms[i]);
		A->delay_ms = B->delay_ms = 300;
		w.fault = repeat_all;
		world_start(&w);
		assert_true(world_until(&w, world_up, 5000));
		world_run(&w, 40000);
		world_assert_one(&w);
		assert_int_equal(A->started, 1);
		assert_int_equal(B->started, 1);
		world_fini(&w);
	}
}

/* Nobody insists; still no attempt begins without, unless the operator says so. */
static void the_initiator_s_source_fails(void **state)
{
	static const struct setup never = { BOTH("", ""), WITH_PPK, .ppk = &ops };
	static const struct setup told = { BOTH("", ""), RESTART, .ppk = &ops };
	static const struct setup no_source = { BOTH("", ""), WITH_PPK };
	struct world w;

	begin(&w, &never);
	A->err = ERR_IO;
	world_start(&w);
	world_run(&w, 900);
	assert_int_equal(side_tunnel(&w.a).failure.reason,
			 FAILURE_PPK_RETRIEVE);
	world_run(&w, 60000);
	assert_false(world_up(&w));
	assert_true(A->started > 3);
	/* And when it works again so does the tunnel. */
	A->err = 0;
	assert_true(world_until(&w, world_up, 70000));
	assert_int_equal(side_sa(&w.a).quantum, CFG_PPK_DYNAMIC);
	world_fini(&w);

	begin(&w, &told);
	A->err = ERR_TIMEOUT;
	world_start(&w);
	assert_true(world_until(&w, world_up, 10000));
	assert_string_equal(side_sa(&w.a).fallback, "restarted-without");
	assert_int_equal(side_counter(&w.a, "ppk_retrieve_failures"), 1);
	world_fini(&w);

	begin(&w, &never);
	A->refuse = ERR_LIMIT;
	world_start(&w);
	world_run(&w, 900);
	assert_int_equal(side_tunnel(&w.a).failure.reason,
			 FAILURE_PPK_RETRIEVE);
	world_fini(&w);

	begin(&w, &no_source);
	world_start(&w);
	world_run(&w, 900);
	assert_int_equal(side_tunnel(&w.a).failure.reason,
			 FAILURE_PPK_RETRIEVE);
	world_fini(&w);
}

/* On either side: FIPS mode wants 32 octets, without it any will do. */
static void short_keys_and_fips_mode(void **state)
{
	struct setup s = all_forms[0];
	struct world w;
	int i;

	for (i = 0; i < 3; i++) {
		s.fips_a = i == 1;
		s.fips_b = i == 2;
		begin(&w, &s);
		A->short_by = B->short_by = 1;
		world_start(&w);
		world_run(&w, 900);
		assert_int_equal(world_up(&w), i == 0);
		if (i == 1)
			assert_non_null(strstr(side_tunnel(&w.a).failure.theirs,
					       "31 octets; FIPS mode"));
		if (i)
			assert_int_equal(side_counter(i == 1 ? &w.a : &w.b,
						      "ppk_retrieve_failures"),
					 1);
		world_fini(&w);
		/* One octet more is enough. */
		begin(&w, &s);
		world_start(&w);
		assert_true(world_until(&w, world_up, 900));
		world_fini(&w);
	}
}

static void the_responder_s_source_fails(void **state)
{
	static const struct setup optional[] = {
		{ BOTH("", ""), WITH_PPK, .ppk = &ops },
		{ BOTH(INT, INT), WITH_PPK, .ppk = &ops },
	};
	struct world w;
	size_t i;

	for (i = 0; i < 2; i++) {
		begin(&w, &optional[i]);
		B->err = ERR_NOT_FOUND;
		world_start(&w);
		assert_true(world_until(&w, world_up, 1000));
		assert_string_equal(side_sa(&w.b).fallback,
				    "ppk-not-retrieved");
		assert_string_equal(side_sa(&w.a).fallback, "ppk-id-unknown");
		assert_int_equal(side_counter(&w.b, "ppk_fallbacks"), 1);
		world_fini(&w);

		begin(&w, &all_forms[i]);
		B->err = ERR_NOT_FOUND;
		world_start(&w);
		world_run(&w, 900);
		assert_int_equal(side_tunnel(&w.b).failure.reason,
				 FAILURE_PPK_RETRIEVE);
		world_run(&w, 30000);
		assert_false(world_up(&w));
		world_fini(&w);

		begin(&w, &all_forms[i]);
		B->key = 1;
		world_start(&w);
		world_run(&w, 30000);
		assert_false(world_up(&w));
		assert_true(side_counter(&w.b, "ppk_auth_failures") > 0);
		world_fini(&w);
	}
}

/* The half-open IKE SA ends while its key is still awaited. */
static void an_ike_sa_that_does_not_wait(void **state)
{
	struct world w;
	size_t i;

	for (i = 0; i < FORMS; i++) {
		begin(&w, &all_forms[i]);
		B->delay_ms = 1000000;
		world_start(&w);
		world_run(&w, 200000);
		assert_true(B->canceled >= 1);
		assert_false(world_up(&w));
		world_fini(&w);
		assert_null(B->rq);

		begin(&w, &all_forms[i]);
		A->delay_ms = 1000000;
		world_start(&w);
		world_run(&w, 1000);
		assert_non_null(A->rq);
		world_fini(&w);
		assert_int_equal(A->canceled, 1);
	}
}

/* ------------------------------------------------ fresh keys at a rekey */

static void begin_fresh(struct world *w)
{
	static const struct setup s = {
		BOTH(REQUIRED, REQUIRED), WITH_PPK, .ppk = &ops,
		.lifetime = 600, .ike_lifetime = 600, .pfs = "group19",
	};
	struct side *sides[] = { &w->a, &w->b };
	size_t i;

	begin(w, &s);
	for (i = 0; i < 2; i++) {
		sides[i]->cfg->keyrings[0].peers[0].ppk.rekey_ike = true;
		sides[i]->cfg->keyrings[0].peers[0].ppk.rekey_child = true;
	}
	world_start(w);
	assert_true(world_until(w, world_up, 1000));
	w->traffic = true;
}

static void every_rekey_with_a_fresh_one(void **state)
{
	struct world w;

	begin_fresh(&w);
	A->delay_ms = B->delay_ms = 1500;
	world_run(&w, 1300 * 1000);
	assert_int_equal(w.lost, 0);
	world_assert_one(&w);
	assert_true(side_counter(&w.a, "child_sas_rekeyed") >= 2);
	assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 2);
	assert_int_equal(side_counter(&w.a, "ppk_refreshed"),
			 side_counter(&w.a, "child_sas_rekeyed") +
			 side_counter(&w.a, "ike_sas_rekeyed"));
	assert_int_equal(side_counter(&w.a, "ppk_refresh_failures"), 0);
	assert_string_equal(side_sa(&w.a).quantum_exchange,
			    "CREATE_CHILD_SA");
	assert_string_equal(side_sa(&w.b).quantum_exchange,
			    "CREATE_CHILD_SA");
	world_fini(&w);
}

/* A rekey goes on without a fresh key, and says so; nothing is lost. */
static void sources_that_fail_at_a_rekey(void **state)
{
	struct world w;
	int i;

	for (i = 0; i < 3; i++) {
		begin_fresh(&w);
		if (i == 0)
			A->err = B->err = ERR_TIMEOUT;
		if (i == 1)
			A->refuse = B->refuse = ERR_LIMIT;
		if (i == 2)
			B->key = 1;
		world_run(&w, 1300 * 1000);
		assert_int_equal(w.lost, 0);
		world_assert_one(&w);
		assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 2);
		assert_true(side_counter(&w.a, "ppk_refresh_failures") >= 2);
		assert_int_equal(side_counter(&w.a, "ppk_refreshed"), 0);
		assert_int_equal(side_sa(&w.a).quantum, CFG_PPK_DYNAMIC);
		world_fini(&w);
	}
}

/* --------------------------------------------- two that want one source */

/* Only for rekeys of one kind a fresh key is fetched, slowly at A. */
static void begin_fresh_for(struct world *w, bool of_ike)
{
	struct side *sides[] = { &w->a, &w->b };
	struct cfg_ppk *ppk;
	size_t i;

	begin_fresh(w);
	w->traffic = false;
	for (i = 0; i < 2; i++) {
		ppk = &sides[i]->cfg->keyrings[0].peers[0].ppk;
		ppk->rekey_ike = of_ike;
		ppk->rekey_child = !of_ike;
	}
	A->delay_ms = 500;
}

static void want_ike_rekey(struct side *s)
{
	ike_sa_queue(only_sa(s), TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(only_sa(s));
}

/*
 * B has lost the child that A rekeys, so that A asks for another at once; before
 * that the IKE SA is to be rekeyed, for which the source is asked.
 */
static void an_answer_begins_what_asks_the_source(void **state)
{
	struct world w;

	begin_fresh_for(&w, true);
	child_free(list_entry(only_sa(&w.b)->children.next, struct child_sa,
			      list));
	side_rekey_child(&w.a);
	want_ike_rekey(&w.a);
	world_run(&w, 60000);
	assert_int_equal(A->canceled, 0);
	assert_int_equal(side_counter(&w.a, "ike_sas_rekeyed"), 1);
	assert_int_equal(side_counter(&w.a, "ppk_refreshed"), 1);
	assert_int_equal(side_counter(&w.a, "ike_sas_established"), 1);
	world_assert_one(&w);
	world_fini(&w);
}

/* A's own rekey is put off while B's waits for the key that it names. */
static void an_answer_leaves_the_peer_s_key_alone(void **state)
{
	struct world w;

	begin_fresh_for(&w, false);
	side_rekey_child(&w.b);
	want_ike_rekey(&w.a);
	world_run(&w, 100);
	assert_non_null(only_sa(&w.a)->kept);
	assert_null(only_sa(&w.a)->rekey);
	world_run(&w, 900);
	assert_int_equal(A->canceled, 0);
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 1);
	assert_int_equal(side_counter(&w.a, "ppk_refreshed"), 1);
	world_run(&w, 60000);
	assert_int_equal(side_counter(&w.a, "ike_sas_rekeyed"), 1);
	assert_int_equal(side_counter(&w.a, "ike_sas_established"), 1);
	world_assert_one(&w);
	world_fini(&w);
}

/* The key was fetched for a child that is not there: it is for no other. */
static void a_key_for_nothing_is_forgotten(void **state)
{
	struct world w;

	begin_fresh_for(&w, false);
	A->delay_ms = 0;
	B->delay_ms = 500;
	child_free(list_entry(only_sa(&w.b)->children.next, struct child_sa,
			      list));
	side_rekey_child(&w.a);
	world_run(&w, 100);
	assert_non_null(only_sa(&w.b)->kept);
	w.fault = lose_all;
	world_run(&w, 900);
	assert_null(only_sa(&w.b)->kept);
	assert_int_equal(only_sa(&w.b)->ppk.asked, PPK_UNASKED);
	assert_null(only_sa(&w.b)->ppk.key);
	world_fini(&w);
}

static enum fate hold_all(struct world *w, struct letter *l)
{
	return HOLD;
}

/*
 * B takes our rekey of the IKE SA though its own request waits here, which must
 * not do: the old one is deleted all the same.
 */
static void what_waits_does_not_outlive_its_ike_sa(void **state)
{
	struct world w;

	begin_fresh_for(&w, false);
	A->delay_ms = 5000;
	w.fault = hold_all;
	want_ike_rekey(&w.a);
	w.fault = NULL;
	side_rekey_child(&w.b);
	world_run(&w, 30);
	assert_non_null(only_sa(&w.a)->kept);
	only_sa(&w.b)->active.kind = TASK_NONE;
	world_release(&w);
	world_run(&w, 1000);
	assert_int_equal(side_counter(&w.a, "ike_sas_rekeyed"), 1);
	assert_int_equal(A->canceled, 1);
	assert_int_equal(side_sas(&w.a), 1);
	world_fini(&w);
}

/* ------------------------------------------------------------- just a test */

static struct view_ppk_test tested(struct world *w, uint32_t ticket)
{
	struct view_ppk_test t;

	assert_int_equal(ike_ppk_test(w->a.ike, "peer", ticket, &t), 0);
	assert_int_equal(t.kind, CFG_PPK_DYNAMIC);
	return t;
}

static void an_operator_tries_a_key(void **state)
{
	struct view_ppk_test t;
	struct world w;
	int i;

	begin(&w, &all_forms[0]);
	A->delay_ms = 700;
	t = tested(&w, 0);
	assert_true(t.pending);
	assert_int_equal(ike_ppk_test(w.a.ike, "peer", t.ticket + 1, &t),
			 ERR_NOT_FOUND);
	assert_int_equal(ike_ppk_test(w.a.ike, "other", 0, &t),
			 ERR_NOT_FOUND);
	world_run(&w, 1000);
	t = tested(&w, 1);
	assert_false(t.pending);
	assert_int_equal(t.key_octets, 32);
	assert_int_equal(t.took_ms, 700);
	assert_string_equal(t.id, "00000000000000000000000000000001");
	assert_string_equal(t.why, "");
	A->err = ERR_IO;
	t = tested(&w, 0);
	world_run(&w, 1000);
	t = tested(&w, t.ticket);
	assert_string_equal(t.why, "the test says so");
	A->refuse = ERR_LIMIT;
	t = tested(&w, 0);
	assert_false(t.pending);
	assert_string_equal(t.why, "refused");
	/* Only the last ones are remembered. */
	for (i = 0; i < 10; i++)
		tested(&w, 0);
	assert_int_equal(ike_ppk_test(w.a.ike, "peer", 1, &t), ERR_NOT_FOUND);
	/* No tunnel was touched; and one that is under way is given up. */
	assert_false(world_up(&w));
	assert_int_equal(side_counter(&w.a, "ppk_retrieve_failures"), 0);
	A->refuse = 0;
	assert_true(tested(&w, 0).pending);
	world_fini(&w);
	assert_int_equal(A->canceled, 1);
}

/* A key of the configuration is looked up; none of it is shown. */
static void an_operator_tries_a_manual_key(void **state)
{
	struct view_ppk_test t;
	struct world w;

	begin(&w, &all_forms[0]);
	w.a.cfg->keyrings[0].peers[0].ppk.kind = CFG_PPK_MANUAL;
	assert_int_equal(ike_ppk_test(w.a.ike, "peer", 0, &t), 0);
	assert_int_equal(t.kind, CFG_PPK_MANUAL);
	assert_int_equal(t.ticket, 0);
	assert_int_equal(t.key_octets, 16);
	assert_string_equal(t.id, "Qkd");
	w.a.cfg->keyrings[0].peers[0].ppk.kind = CFG_PPK_NONE;
	assert_int_equal(ike_ppk_test(w.a.ike, "peer", 0, &t), ERR_NOT_FOUND);
	world_fini(&w);
}

/* What FIPS mode does not admit is no key. */
static void an_operator_tries_a_short_key(void **state)
{
	struct setup s = all_forms[0];
	struct view_ppk_test t;
	struct world w;

	s.fips_a = true;
	begin(&w, &s);
	A->short_by = 1;
	t = tested(&w, 0);
	world_run(&w, 1000);
	t = tested(&w, t.ticket);
	assert_string_equal(t.why, "it has 31 octets; FIPS mode admits none of less than 32");
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_from_each_source),
		cmocka_unit_test(short_keys_and_fips_mode),
		cmocka_unit_test(slow_sources),
		cmocka_unit_test(nothing_overtakes_what_waits),
		cmocka_unit_test(everything_comes_twice),
		cmocka_unit_test(the_initiator_s_source_fails),
		cmocka_unit_test(the_responder_s_source_fails),
		cmocka_unit_test(an_ike_sa_that_does_not_wait),
		cmocka_unit_test(every_rekey_with_a_fresh_one),
		cmocka_unit_test(sources_that_fail_at_a_rekey),
		cmocka_unit_test(an_answer_begins_what_asks_the_source),
		cmocka_unit_test(an_answer_leaves_the_peer_s_key_alone),
		cmocka_unit_test(a_key_for_nothing_is_forgotten),
		cmocka_unit_test(what_waits_does_not_outlive_its_ike_sa),
		cmocka_unit_test(an_operator_tries_a_key),
		cmocka_unit_test(an_operator_tries_a_manual_key),
		cmocka_unit_test(an_operator_tries_a_short_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
