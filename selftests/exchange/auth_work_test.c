// SPDX-License-Identifier: GPL-2.0
/*
 * Signatures that take their time, ours and the peer's: the loop makes and
 * verifies none itself, and what else happens meanwhile ends as it would if
 * IKE_AUTH was late on the network.
 */

#include "cert_world.h"
#include "child_world.h"
#include "deeds.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/sign.h"
#include "ike/engine.h"
#include "ike/fsm.h"
#include "ike/reload.h"
#include "ike/sa.h"
#include "letters.h"
#include "pki/chain.h"

#define EDITS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* ------------------------------------------------ who signs, who verifies */

bool __real_chain_verify(const struct chain *c, const struct trust *t,
			 const struct facts_rule *rule, int64_t now,
			 struct chain_verdict *v);
bool __wrap_chain_verify(const struct chain *c, const struct trust *t,
			 const struct facts_rule *rule, int64_t now,
			 struct chain_verdict *v);
int __real_sign_check(const struct sign_value *v, const struct pkey *key,
		      struct view octets, bool sha1,
		      const struct sign_scheme **used);
int __wrap_sign_check(const struct sign_value *v, const struct pkey *key,
		      struct view octets, bool sha1,
		      const struct sign_scheme **used);
void __real_sign_job_run(struct sign_job *job);
void __wrap_sign_job_run(struct sign_job *job);

/** struct places - where it was done; @pool is also any thread */
static struct places {
	unsigned int loop, pool;
} signatures, checks, chains;

static void note(struct places *p)
{
	/* With threads there is no saying, and no need: see world_work.c. */
	if (getenv("WORK_THREADS"))
		return;
	if (world_at_work)
		p->pool++;
	else
		p->loop++;
}

bool __wrap_chain_verify(const struct chain *c, const struct trust *t,
			 const struct facts_rule *rule, int64_t now,
			 struct chain_verdict *v)
{
	note(&chains);
	return __real_chain_verify(c, t, rule, now, v);
}

int __wrap_sign_check(const struct sign_value *v, const struct pkey *key,
		      struct view octets, bool sha1,
		      const struct sign_scheme **used)
{
	note(&checks);
	return __real_sign_check(v, key, octets, sha1, used);
}

void __wrap_sign_job_run(struct sign_job *job)
{
	note(&signatures);
	__real_sign_job_run(job);
}

static void done(const struct places *p, unsigned int pool, unsigned int loop)
{
	if (getenv("WORK_THREADS"))
		return;
	assert_int_equal(p->pool, pool);
	assert_int_equal(p->loop, loop);
}

static void forget(void)
{
	memset(&signatures, 0, sizeof(signatures));
	memset(&checks, 0, sizeof(checks));
	memset(&chains, 0, sizeof(chains));
}

/* ---------------------------------------------------------------- settings */

#define ECDSA "local = \"ecdsa-signature\"; remote = [ \"ecdsa-signature\" ];"
#define KEY "ppk: { manual: { id = \"1\"; key = \"0123456789abcdef0123456789abcdef\"; }; }; "
#define PEER(addr, more) "{ name = \"peer\"; address = \"" addr "\"; "	\
	"pre-shared-key = \"cisco123\"; " more "}"

static const struct wish p256 = { .key = "p256" };

static const struct cert_setup plain = {
	.base = { .work_ms = 30, .b_initiates = true },
	.a = { .cert = &p256, .auth = ECDSA },
	.b = { .cert = &p256, .auth = ECDSA },
};

/* Only A calls. */
static const struct cert_setup calls = {
	.base = { .work_ms = 30 },
	.a = { .cert = &p256, .auth = ECDSA },
	.b = { .cert = &p256, .auth = ECDSA },
};

/* A signs twice, and what B verifies depends on the PPK of the profile. */
static const struct cert_setup with_ppk = {
	.base = { .work_ms = 30, .profile = "keyring-ppk = \"k\";",
		  .peers_a = PEER(ADDR_B, KEY), .peers_b = PEER(ADDR_A, KEY) },
	.a = { .cert = &p256, .auth = ECDSA },
	.b = { .cert = &p256, .auth = ECDSA },
};

static struct cert_setup setup;

/* The files are made once; all tests are content with the same. */
static void begin(struct world *w, const struct cert_setup *s)
{
	static struct cert_setup made;

	forget();
	setup = *s;
	if (!made.base.top_a) {
		made = *s;
		cert_world_init(w, &made);
		world_fini(w);
	}
	setup.base.top_a = made.text[0][0];
	setup.base.auth_a = made.text[0][1];
	setup.base.top_b = made.text[1][0];
	setup.base.auth_b = made.text[1][1];
	setup.base.id_a = made.base.id_a;
	setup.base.id_b = made.base.id_b;
	world_init(w, &setup.base);
	w->epoch_ms = maker_now * 1000;
}

/* Let B do its work up to the first piece for IKE_AUTH, or the second. */
static void up_to(struct world *w, unsigned int piece)
{
	unsigned int i;

	w->b.hold_work = true;
	world_start(w);
	for (i = 0; i < 9; i++) {
		world_run(w, 200);
		if (first_sa(&w->b)->state == IKE_INIT_DONE &&
		    side_work(&w->b) == 1 && first_sa(&w->b)->admitted == piece)
			return;
		side_finish_work(&w->b);
	}
	fail_msg("no such piece");
}

static void end(struct world *w)
{
	w->a.hold_work = w->b.hold_work = false;
	world_run(w, 200000);
	world_assert_one(w);
	assert_int_equal(side_sas(&w->a), 1);
	assert_int_equal(side_sas(&w->b), 1);
	assert_int_equal(w->b.ike->half_open_count, 0);
	world_fini(w);
}

/* ----------------------------------------------------------- in the pool */

static void nothing_in_the_loop(void **state)
{
	struct world w;

	begin(&w, &calls);
	world_start(&w);
	assert_true(world_until(&w, world_up, 5000));
	done(&signatures, 2, 0);
	done(&checks, 2, 0);
	done(&chains, 2, 0);
	end(&w);
}

static void with_a_ppk(void **state)
{
	struct world w;

	begin(&w, &with_ppk);
	world_start(&w);
	assert_true(world_until(&w, world_up, 5000));
	assert_int_equal(side_sa(&w.a).quantum, CFG_PPK_MANUAL);
	/* A with and without; B looks at it as it is, and with the key. */
	done(&signatures, 3, 0);
	done(&checks, 3, 0);
	end(&w);
}

/* B does not know the PPK that A names: what A signed without it counts. */
static void without_the_ppk_after_all(void **state)
{
	struct cert_setup s = with_ppk;
	struct world w;

	s.base.peers_b = "{ name = \"peer\"; address = \"" ADDR_A "\"; "
		"pre-shared-key = \"cisco123\"; ppk: { manual: { id = \"2\"; "
		"key = \"0123456789abcdef0123456789abcdef\"; }; }; }";
	begin(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 5000));
	assert_int_equal(side_sa(&w.a).quantum, CFG_PPK_NONE);
	done(&signatures, 3, 0);
	assert_int_equal(checks.loop, 0);
	end(&w);
}

/* The same name and another PPK: that it is not the signature is found out. */
static void another_ppk(void **state)
{
	struct cert_setup s = with_ppk;
	struct world w;

	s.base.peers_b = PEER(ADDR_A, "ppk: { manual: { id = \"1\"; "
		"key = \"fedcba9876543210fedcba9876543210\"; }; }; ");
	begin(&w, &s);
	world_start(&w);
	world_run(&w, 900);
	assert_int_equal(side_tunnel(&w.b).failure.reason, FAILURE_PPK_VALUE);
	assert_int_equal(side_sas(&w.b), 0);
	/* As it is, with the PPK, and without it. */
	done(&checks, 3, 0);
	assert_int_equal(chains.loop, 0);
	world_fini(&w);
}

static void no_pool_no_wait(void **state)
{
	struct cert_setup s = calls;
	struct world w;

	s.base.ikev2 = "workers = 0;";
	begin(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 200));
	done(&signatures, 0, 2);
	done(&checks, 0, 2);
	end(&w);
}

/* ------------------------------------------------------------- repetitions */

/*
 * B needs longer than A waits, for either of its two pieces of work: one
 * answer in the end, and nothing is done twice.
 */
static void repetitions_are_absorbed(void **state)
{
	unsigned int piece;
	struct world w;

	for (piece = 0; piece < 2; piece++) {
		begin(&w, &calls);
		up_to(&w, piece);
		world_run(&w, 7000);
		assert_int_equal(side_work(&w.b), 1);
		assert_true(side_counter(&w.a, "retransmits") >= 2);
		/* Each in several fragments. */
		assert_true(side_counter(&w.b, "rx_drop_waiting") >=
			    side_counter(&w.a, "retransmits"));
		w.b.hold_work = false;
		assert_true(world_until(&w, world_up, 200));
		done(&signatures, 2, 0);
		done(&checks, 2, 0);
		end(&w);
	}
}

/* A verifies: its question is answered, and not repeated. */
static void an_answer_that_waits_is_an_answer(void **state)
{
	struct world w;

	begin(&w, &calls);
	w.a.hold_work = true;
	world_start(&w);
	while (w.a.sent < 2) {
		side_finish_work(&w.a);
		world_run(&w, 50);
	}
	world_run(&w, 20000);
	assert_int_equal(first_sa(&w.a)->state, IKE_AUTH_SENT);
	assert_int_equal(side_work(&w.a), 1);
	assert_int_equal(side_counter(&w.a, "retransmits"), 0);
	end(&w);
}

/* B half-open for 30 seconds with work under way: both go. */
static void half_open_does_not_last(void **state)
{
	unsigned int piece;
	struct world w;

	for (piece = 0; piece < 2; piece++) {
		begin(&w, &calls);
		up_to(&w, piece);
		w.a.deaf = true;
		world_run(&w, 31000);
		assert_int_equal(side_work(&w.b), 0);
		assert_int_equal(side_sas(&w.b), 0);
		assert_int_equal(w.b.ike->half_open_count, 0);
		w.a.deaf = false;
		end(&w);
	}
}

/* A waits for its own signature: it has not asked yet, and keeps its place. */
static void a_place_is_kept_while_it_signs(void **state)
{
	struct world w;

	begin(&w, &calls);
	w.a.hold_work = true;
	world_start(&w);
	while (first_sa(&w.a)->state != IKE_KEY_WAIT) {
		assert_true(side_finish_work(&w.a));
		world_run(&w, 200);
	}
	assert_int_equal(side_work(&w.a), 1);
	assert_int_equal(w.a.ike->connecting, 1);
	end(&w);
}

/* ------------------------------------------------------------------ reload */

static void load(struct side *s, const char *const *edits)
{
	struct cfg *cfg = world_config(&setup.base, s->is_b, edits);
	struct view_reload r;

	assert_int_equal(ike_reload(s->ike, cfg, NULL, NULL, &r), 0);
	cfg_free(s->cfg);
	s->cfg = cfg;
}

/* Whoever is not welcome any more when the work is done is not let in. */
static void a_reload_counts(void **state)
{
	unsigned int piece;
	struct world w;

	for (piece = 0; piece < 2; piece++) {
		begin(&w, &calls);
		up_to(&w, piece);
		load(&w.b, EDITS("fqdn = \"a.example.com\"",
				 "fqdn = \"c.example.com\""));
		w.b.hold_work = false;
		world_run(&w, 3000);
		assert_false(world_up(&w));
		assert_int_equal(side_established(&w.b), 0);
		assert_int_equal(side_tunnel(&w.b).failure.reason,
				 FAILURE_NO_PROFILE);
		load(&w.b, NULL);
		end(&w);
	}
}

/* ----------------------------------------------- everything at every moment */

static void do_remove(struct world *w, struct side *s)
{
	load(s, EDITS("tunnel-ip1", "tunnel-ip2"));
	world_run(w, 500);
	load(s, NULL);
}

/* Nothing of this tunnel changes, but all is in another tree. */
static void do_reload(struct world *w, struct side *s)
{
	load(s, NULL);
}

static void do_new_group(struct world *w, struct side *s)
{
	load(s, EDITS("dh-group = [ 19 ]", "dh-group = [ 20, 19 ]"));
}

static void do_no_workers(struct world *w, struct side *s)
{
	load(s, EDITS("ikev2: {", "ikev2: { workers = 0;"));
}

static void do_fips(struct world *w, struct side *s)
{
	ike_set_fips(s->ike, true);
	world_run(w, 500);
	ike_set_fips(s->ike, false);
}

static const deed_fn deeds[] = {
	do_nothing, do_clear, do_restart, do_remove, do_reload, do_new_group,
	do_no_workers, do_lose_link, do_fips,
};

#define DEEDS	(sizeof(deeds) / sizeof(deeds[0]))

/*
 * One piece of work after the other ends, and at the @nth moment of this
 * something else happens. Return: false when it is over before.
 */
static bool one_story(const void *cs)
{
	struct world w;
	unsigned int ended = 0, step;
	bool was = false;

	begin(&w, cs);
	w.a.hold_work = w.b.hold_work = true;
	world_start(&w);
	for (step = 0; step < 40; step++) {
		world_run(&w, 15);
		if (!side_work(&w.a) && !side_work(&w.b))
			continue;
		if (!was && ended++ == moment.nth) {
			deeds_do(&w, deeds);
			was = true;
		}
		deeds_finish_work(&w, step);
	}
	end(&w);
	return was;
}

static void anything_may_happen_meanwhile(void **state)
{
	/* Pair, two key exchanges, two signatures, two verifications. */
	assert_true(deeds_at_every_moment(DEEDS, false, one_story, &plain) >=
		    7 * 2 * DEEDS);
	/* The PPK is of consequence where the peer is judged. */
	assert_true(deeds_at_every_moment(DEEDS, true, one_story, &with_ppk) >=
		    8 * DEEDS);
}

/* -------------------------------------------------------- stop, overload */

static void stopped(void *arg)
{
	*(bool *)arg = true;
}

static void the_agent_stops_with_work_under_way(void **state)
{
	unsigned int piece;
	struct world w;
	bool is;

	for (piece = 0; piece < 2; piece++) {
		is = false;
		begin(&w, &calls);
		up_to(&w, piece);
		ike_stop(w.b.ike, stopped, &is);
		world_run(&w, 3000);
		assert_true(is);
		assert_int_equal(side_work(&w.b), 0);
		assert_int_equal(side_sas(&w.b), 0);
		world_fini(&w);
	}
}

static enum fate keep_first(struct world *w, struct letter *l)
{
	struct letters *all = w->fault_arg;

	if (!all->count)
		letters_add(all, l);
	return PASS;
}

/*
 * Strangers keep the pool busy: none more is taken on, but whoever has got as
 * far as IKE_AUTH is served behind those that came before.
 */
static void a_full_pool_still_lets_in(void **state)
{
	struct cert_setup s = calls;
	struct letters seen = { 0 };
	struct letter *l;
	struct world w;
	uint32_t n;

	s.base.ikev2_b = "cookie-threshold = 5000; half-open-limit = 5000;"
			 "half-open-limit-per-address = 5001;";
	begin(&w, &s);
	w.fault = keep_first;
	w.fault_arg = &seen;
	w.b.hold_work = true;
	world_start(&w);
	world_run(&w, 100);
	while (world_work_ops.waiting(&w.b))
		side_finish_work(&w.b);
	l = seen.letter[0];
	for (n = 1; n <= 300; n++) {
		memcpy(l->msg.p, &n, sizeof(n));
		letters_give(&w, l);
	}
	assert_int_equal(world_work_ops.waiting(&w.b), 256);
	assert_int_equal(side_counter(&w.b, "rx_drop_busy"), 300 - 256);
	world_run(&w, 200);
	/* A's certificate waits, too. */
	assert_int_equal(world_work_ops.waiting(&w.b), 257);
	w.b.hold_work = false;
	w.fault = NULL;
	world_run(&w, 60000);
	letters_fini(&seen);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_in_the_loop),
		cmocka_unit_test(with_a_ppk),
		cmocka_unit_test(without_the_ppk_after_all),
		cmocka_unit_test(another_ppk),
		cmocka_unit_test(no_pool_no_wait),
		cmocka_unit_test(repetitions_are_absorbed),
		cmocka_unit_test(an_answer_that_waits_is_an_answer),
		cmocka_unit_test(half_open_does_not_last),
		cmocka_unit_test(a_place_is_kept_while_it_signs),
		cmocka_unit_test(a_reload_counts),
		cmocka_unit_test_teardown(anything_may_happen_meanwhile,
					  deeds_say),
		cmocka_unit_test(the_agent_stops_with_work_under_way),
		cmocka_unit_test(a_full_pool_still_lets_in),
	};

	return cmocka_run_group_tests_name("auth_work", tests,
					   cert_world_setup,
					   cert_world_teardown);
}
