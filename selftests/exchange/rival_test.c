// SPDX-License-Identifier: GPL-2.0
/*
 * Both sides rekey the IKE SA, and the answer that would tell A which of the two
 * new ones stays does not come for a while: B goes on with its own, the rival, and
 * deletes it, rekeys it, or deletes a child on it before A has decided (RFC 7296
 * section 2.8.1). Whatever tells A then, one IKE SA and one pair are left.
 */

#include "child_world.h"

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/sa.h"
#include "letters.h"

/* ------------------------------------------------------------------- faults */

/** struct only - of one IKE SA nothing passes but what @passes lets */
struct only {
	uint64_t spi_i;
	bool (*passes)(const struct letter *l);
};

static enum fate only_some(struct world *w, struct letter *l)
{
	const struct only *o = w->fault_arg;

	return l->hdr.spi_i != o->spi_i || o->passes(l) ? PASS : LOSE;
}

static bool is_rekey(const struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_CREATE_CHILD_SA;
}

static bool is_answer(const struct letter *l)
{
	return l->hdr.flags & IKE_FLAG_RESPONSE;
}

/* B's request and A's answer to it. */
static bool b_rekeys(const struct letter *l)
{
	return is_rekey(l) && is_answer(l) == l->to_b;
}

/* All but B's answer to A. */
static bool a_learns_nothing(const struct letter *l)
{
	return is_rekey(l) && !(is_answer(l) && !l->to_b);
}

static bool is_delete(const struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_INFORMATIONAL;
}

/* ---------------------------------------------------------------- beginning */

/* Both rekey; of what is rekeyed only that gets through. Returns A's. */
static struct ike_sa *cross(struct world *w, const struct setup *s,
			    struct only *o, bool (*passes)(const struct letter *l))
{
	struct ike_sa *old;

	child_up(w, s);
	old = first_sa(&w->a);
	*o = (struct only){ old->spi_i, passes };
	w->fault = only_some;
	w->fault_arg = o;
	ike_sa_queue(old, TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(old);
	ike_sa_queue(first_sa(&w->b), TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(first_sa(&w->b));
	world_run(w, 100);
	assert_non_null(old->rekey);
	assert_non_null(old->rekey->rival);
	return old;
}

/* B's end of what A has as a rival. */
static struct ike_sa *rival_of_b(struct world *w, const struct ike_sa *old)
{
	struct ike_sa *sa = ike_sa_find(w->b.ike, old->rekey->rival->spi_i);

	assert_non_null(sa);
	return sa;
}

static void b_does(struct world *w, struct ike_sa *sa, enum task_kind kind)
{
	ike_sa_queue(sa, kind, 0);
	ike_sa_run_tasks(sa);
	world_run(w, 200);
}

static void assert_one_stays(struct world *w)
{
	world_run(w, 5 * 60000);
	assert_int_equal(w->lost, 0);
	world_assert_one(w);
	assert_int_equal(side_sas(&w->a), 1);
	assert_int_equal(side_sas(&w->b), 1);
	world_fini(w);
}

static void assert_recovered(struct world *w)
{
	assert_true(world_until(w, world_up, 30000));
	assert_one_stays(w);
}

/* ------------------------------------------------------------------ silence */

/*
 * A's own request is not answered in any way: what B made meanwhile has nobody
 * to take the tunnel to it, and must not stay for B to believe that it is up.
 */
static void it_ends_with_the_rekey_that_is_not_answered(void **state)
{
	static const struct setup s[] = {
		{ .b_initiates = true },
		{ .b_initiates = true, .a_responds_only = true },
	};
	struct world w;
	struct only o;
	size_t i;

	for (i = 0; i < 2; i++) {
		cross(&w, &s[i], &o, b_rekeys);
		world_run(&w, 5 * 60000);
		assert_in_range(side_established(&w.a), 0, 1);
		assert_in_range(side_established(&w.b), 0, 1);
		world_assert_one(&w);
		world_fini(&w);
	}
}

/* The same, and B is gone for good. */
static void nothing_is_left_of_a_dead_one(void **state)
{
	struct setup s = { .b_initiates = true };
	struct world w;
	struct only o;

	cross(&w, &s, &o, b_rekeys);
	world_crash(&w, &w.b);
	world_run(&w, 5 * 60000);
	world_assert_nothing(&w.a);
	world_fini(&w);
}

/* ----------------------------------------------------- B ends it, or goes on */

/* What tells A: B's Delete of the old one, or B's answer that it is going. */
static bool (*const tellers[])(const struct letter *l) = { is_delete, is_rekey };

/*
 * B has nobody to connect to, so that A cannot be helped by B's beginning anew: it
 * must not sit on an IKE SA that is closed.
 */
static void it_may_be_gone_when_it_is_chosen(void **state)
{
	struct setup s = { .b_initiates = false };
	struct ike_sa *old;
	struct world w;
	struct only o;
	size_t i;

	for (i = 0; i < 2; i++) {
		old = cross(&w, &s, &o, b_rekeys);
		b_does(&w, rival_of_b(&w, old), TASK_DELETE_IKE);
		assert_int_equal(old->rekey->rival->state, IKE_CLOSED);
		o.passes = tellers[i];
		world_run(&w, 3000);
		assert_true(!side_tunnel(&w.a).up || side_established(&w.a));
		assert_recovered(&w);
	}
}

/* The nonces tell A; they are drawn, so that either of the two may stay. */
static void it_may_be_gone_when_the_nonces_choose_it(void **state)
{
	struct setup s = { .b_initiates = false };
	unsigned int stays[2] = { 0, 0 }, i;
	struct ike_sa *old, *rival;
	struct world w;
	struct only o;

	for (i = 0; i < 200 && (stays[0] < 3 || stays[1] < 3); i++) {
		old = cross(&w, &s, &o, a_learns_nothing);
		/* The loser has been deleted by the side that made it. */
		rival = old->rekey->rival;
		stays[rival->state == IKE_ESTABLISHED]++;
		if (rival->state == IKE_ESTABLISHED)
			b_does(&w, rival_of_b(&w, old), TASK_DELETE_IKE);
		assert_int_equal(rival->state, IKE_CLOSED);
		/* Or later than a closed one is kept otherwise. */
		if (i % 2)
			world_run(&w, 11000);
		w.fault = NULL;
		world_run(&w, 5000);
		assert_true(!side_tunnel(&w.a).up || side_tunnel(&w.b).up);
		assert_recovered(&w);
	}
	assert_true(stays[0] && stays[1]);
}

/* B would take the children on to a third one, of which A knows nothing. */
static void it_is_not_rekeyed_before_it_is_chosen(void **state)
{
	struct setup s = { .b_initiates = true, .a_responds_only = true };
	struct ike_sa *old;
	struct world w;
	struct only o;
	size_t i;

	for (i = 0; i < 2; i++) {
		old = cross(&w, &s, &o, b_rekeys);
		b_does(&w, rival_of_b(&w, old), TASK_REKEY_IKE);
		o.passes = tellers[i];
		w.traffic = true;
		assert_one_stays(&w);
	}
}

/* A child that B deletes on it is still with the old one at A. */
static void a_child_is_deleted_on_it(void **state)
{
	struct knl_event ev = { .type = KNL_EV_HARD_EXPIRE,
				.ifindex = IFINDEX, .dir = KNL_OUT };
	struct setup s = { .b_initiates = false };
	struct world w;
	struct only o;
	size_t i;

	for (i = 0; i < 2; i++) {
		cross(&w, &s, &o, b_rekeys);
		ev.spi = side_child(&w.b).spi_out;
		ike_kernel_event(w.b.ike, &ev);
		world_run(&w, 200);
		assert_int_equal(side_kernel_sas(&w.a, KNL_IN), 0);
		o.passes = tellers[i];
		world_run(&w, 3000);
		assert_recovered(&w);
	}
}

/* -------------------------------------------------------------- of a child */

static enum fate hold_rekeys(struct world *w, struct letter *l)
{
	return is_rekey(l) ? HOLD : PASS;
}

/* Both rekey the child, and B forgets its own where it should delete it. */
static bool b_forgets_its_own(struct world *w)
{
	struct ike_sa *b;

	child_up(w, NULL);
	b = first_sa(&w->b);
	w->fault = hold_rekeys;
	side_rekey_child(&w->a);
	side_rekey_child(&w->b);
	world_run(w, 100);
	/* The requests, and then A's answer and B's. */
	world_release(w);
	child_free(b->creating);
	w->fault = NULL;
	world_release(w);
	world_run(w, 1000);
	return side_counter(&w->a, "child_sas_rekeyed") == 1 &&
	       first_sa(&w->a)->children.next->next != &first_sa(&w->a)->children;
}

/* Nor does that of a child stay when the peer does not delete it. */
static void a_child_goes_that_is_not_deleted(void **state)
{
	unsigned int n = 0, i;
	struct world w;

	for (i = 0; i < 100 && n < 2; i++) {
		if (b_forgets_its_own(&w)) {
			n++;
			world_run(&w, 60000);
			assert_int_equal(side_kernel_sas(&w.a, KNL_IN), 1);
			child_settled(&w);
		}
		world_fini(&w);
	}
	assert_int_equal(n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_ends_with_the_rekey_that_is_not_answered),
		cmocka_unit_test(nothing_is_left_of_a_dead_one),
		cmocka_unit_test(it_may_be_gone_when_it_is_chosen),
		cmocka_unit_test(it_may_be_gone_when_the_nonces_choose_it),
		cmocka_unit_test(it_is_not_rekeyed_before_it_is_chosen),
		cmocka_unit_test(a_child_is_deleted_on_it),
		cmocka_unit_test(a_child_goes_that_is_not_deleted),
	};

	return cmocka_run_group_tests_name("rival", tests, NULL, NULL);
}
