// SPDX-License-Identifier: GPL-2.0
/*
 * Series of key exchanges of ours that cannot go on, of an IKE SA and of a child
 * SA alike: the peer, which has the keys, answers IKE_FOLLOWUP_KE with what is no
 * answer, or deletes the IKE SA while our next key pair is made. Nothing may wait
 * for such a series: what is to be said to the peer is said, and the tunnel comes
 * up again.
 */

#include "child_world.h"

#include "ike/engine.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/msgid.h"

#define UNKNOWN_PAYLOAD	200
#define CRITICAL	0x80
#define BOTH_DH		"19 ]; additional-ke = [ \"group20\", \"group21\", \"group14\""
#define BOTH_KINDS	.pfs = "group19", .dh = BOTH_DH, .b_dh = BOTH_DH, \
	.ipsec = "additional-ke = [ \"group20\", \"group21\", \"group14\" ];", \
	.ikev2 = "extra-dh-groups = true;"

static const struct setup both_kinds = { BOTH_KINDS };
static const struct setup by_the_pool = { BOTH_KINDS, .work_ms = 1 };

static void rekey_ike(struct side *s)
{
	ike_sa_queue(first_sa(s), TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(first_sa(s));
}

static void (*const rekeys[])(struct side *s) = {
	rekey_ike, side_rekey_child,
};

#define REKEYS	(sizeof(rekeys) / sizeof(rekeys[0]))

/* ------------------------------------------------- answers that are none */

static void fill_nothing(struct reply *r)
{
}

static void fill_critical(struct reply *r)
{
	msg_pl(&r->w, UNKNOWN_PAYLOAD, (struct view){ NULL, 0 });
	r->buf.p[1] = CRITICAL;
}

/* A payload that is longer than all there is. */
static void fill_cut_off(struct reply *r)
{
	msg_pl(&r->w, PL_KE, (struct view){ NULL, 0 });
	r->buf.p[2] = 0xff;
}

/** struct no_answer - what B says to the @nth IKE_FOLLOWUP_KE of A's */
struct no_answer {
	const char *name;
	void (*fill)(struct reply *r);
	enum failure_reason reason;
	unsigned int nth;
};

static const struct no_answer no_answers[] = {
	{ "nothing", fill_nothing, FAILURE_SYNTAX, 1 },
	{ "nothing, in the middle", fill_nothing, FAILURE_SYNTAX, 2 },
	{ "a critical payload", fill_critical, FAILURE_CRITICAL, 1 },
	{ "a payload that is cut off", fill_cut_off, FAILURE_SYNTAX, 1 },
};

static unsigned int answers;
static struct ike_sa *answering;

static enum fate spoil_answer(struct world *w, struct letter *l)
{
	const struct no_answer *n = w->fault_arg;
	struct reply r;

	if (l->hdr.exchange != EXCHANGE_IKE_FOLLOWUP_KE || l->to_b ||
	    ++answers != n->nth)
		return PASS;
	w->fault = NULL;
	reply_init(&r);
	n->fill(&r);
	assert_int_equal(reply_send_response(answering,
					     EXCHANGE_IKE_FOLLOWUP_KE, &r), 0);
	reply_fini(&r);
	return LOSE;
}

static uint64_t before;

static bool a_has_dropped_it(struct world *w)
{
	return !ike_sa_find(w->a.ike, before);
}

static void the_peer_is_told(const struct no_answer *n,
			     void (*rekey)(struct side *s))
{
	struct no_answer copy = *n;
	struct world w;

	child_up(&w, &both_kinds);
	before = ike_sa_local_spi(first_sa(&w.a));
	answers = 0;
	answering = first_sa(&w.b);
	w.fault = spoil_answer;
	w.fault_arg = &copy;
	rekey(&w.a);
	if (!world_until(&w, a_has_dropped_it, 1000))
		fail_msg("%s: A says nothing any more", n->name);
	if (side_tunnel(&w.a).failure.reason != n->reason)
		fail_msg("%s: A says %s", n->name,
			 failure_name(side_tunnel(&w.a).failure.reason));
	/* It was not silence that told B. */
	assert_int_equal(side_tunnel(&w.b).failure.reason,
			 FAILURE_DELETED_BY_PEER);
	assert_int_equal(side_counter(&w.a, "retransmits"), 0);
	world_recovers(&w);
}

static void no_answer_ends_the_ike_sa_at_both_ends(void **state)
{
	size_t i, k;

	for (i = 0; i < sizeof(no_answers) / sizeof(no_answers[0]); i++)
		for (k = 0; k < REKEYS; k++)
			the_peer_is_told(&no_answers[i], rekeys[k]);
}

/* ------------------------------------------------------------------ deletes */

static bool awaits_pair(struct side *s)
{
	const struct followup *f = first_sa(s)->followup;

	return f && f->waits;
}

/* No pair is there before it is asked for. */
static void empty_stock(struct ike *ike)
{
	struct pair_stock *s;

	for (s = ike->stock; s < ike->stock + PAIR_STOCKS; s++)
		while (s->count)
			ke_free(s->pair[--s->count]);
}

/* A's series goes on when the key pair is there that the pool makes. */
static void begin(struct world *w, void (*rekey)(struct side *s))
{
	unsigned int i;

	child_up(w, &by_the_pool);
	w->a.hold_work = true;
	empty_stock(w->a.ike);
	rekey(&w->a);
	for (i = 0; i < 20 && !awaits_pair(&w->a); i++) {
		side_finish_work(&w->a);
		empty_stock(w->a.ike);
		world_run(w, 3 * LATENCY_MS);
	}
	assert_true(awaits_pair(&w->a));
}

/* It does not wait for the end of the series, as we would. */
static void delete_from(struct side *s)
{
	struct reply r;

	reply_init(&r);
	delete_pl_put_ike(&r.w);
	assert_int_equal(reply_send_request(first_sa(s), EXCHANGE_INFORMATIONAL,
					    &r), 0);
	reply_fini(&r);
}

/* Nor does it matter that it could not be sent, for want of memory perhaps. */
static void the_ike_sa_goes_while_the_pair_is_made(void **state)
{
	struct ike_sa *sa;
	unsigned int sent;
	struct world w;
	size_t i;

	for (i = 0; i < 2 * REKEYS; i++) {
		begin(&w, rekeys[i / 2]);
		sa = first_sa(&w.a);
		delete_from(&w.b);
		world_run(&w, LATENCY_MS);
		assert_int_equal(sa->state, IKE_CLOSED);
		sent = w.a.sent;
		if (i % 2)
			sa->tx.next = MSGID_LAST + 1;
		while (side_finish_work(&w.a))
			;
		assert_int_equal(w.a.sent, sent);
		assert_null(sa->followup);
		w.a.hold_work = false;
		world_recovers(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_answer_ends_the_ike_sa_at_both_ends),
		cmocka_unit_test(the_ike_sa_goes_while_the_pair_is_made),
	};

	return cmocka_run_group_tests_name("broken series", tests, NULL, NULL);
}
