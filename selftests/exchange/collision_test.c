// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that can cross: each side begins a rekey or a delete, of the
 * child or of the IKE SA, and from there every order in which the messages can
 * arrive is walked through, with every single message lost, with every moment
 * at which all that is under way is too slow for the retransmission timer, and
 * with each of the four nonces the lowest (RFC 7296 sections 2.8 and 2.25).
 * However it went, one IKE SA and one pair of ESP SAs are left, the same at
 * both ends, and between rekeys no packet found an end without its SA.
 *
 * COLLISION_FULL=1 goes deeper and takes every order of the four nonces for
 * every walk, which takes minutes, see Documentation/testing.rst.
 */

#include "child_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "ike/child.h"
#include "ike/sa.h"
#include "letters.h"

#define SETTLE_MS	200000	/* longer than every retry and time-out */
#define RETRANSMIT_MS	2600	/* the first retransmission has been sent */
#define STEPS_MAX	40
#define NONCE_ORDERS	24

/** enum act - what a side begins with */
enum act { REKEY_CHILD, REKEY_IKE, DELETE_CHILD, DELETE_IKE, ACTS };

static const char *const act_names[ACTS] = {
	[REKEY_CHILD] = "rekeys the child", [REKEY_IKE] = "rekeys the IKE SA",
	[DELETE_CHILD] = "deletes the child", [DELETE_IKE] = "deletes the IKE SA",
};

/* ------------------------------------------------------------------- nonces */

/**
 * struct plan - the first octets of the nonces of the crossing exchanges
 * @rank: by side and role: the smaller, the lower the nonce; 0 once used
 * @running: the side whose engine runs
 * @answering: it answers a request
 */
static struct plan {
	bool armed;
	unsigned int rank[2][2];
	unsigned int running;
	bool answering;
} plan;

void __wrap_rand_bytes(void *p, size_t len);
void __real_rand_bytes(void *p, size_t len);

void __wrap_rand_bytes(void *p, size_t len)
{
	unsigned int *rank = &plan.rank[plan.running][plan.answering];

	__real_rand_bytes(p, len);
	if (!plan.armed || len != NONCE_LEN)
		return;
	/* Those that come later are higher than any that was planned. */
	*(uint8_t *)p = *rank ? (uint8_t)*rank : 0xff;
	*rank = 0;
}

/* The @n-th of the permutations of four. */
static void plan_nonces(unsigned int n)
{
	unsigned int left[4] = { 1, 2, 3, 4 }, count, i, at;

	memset(&plan, 0, sizeof(plan));
	for (i = 0, count = 4; i < 4; i++, count--) {
		at = n % count;
		n /= count;
		plan.rank[i / 2][i % 2] = left[at];
		memmove(&left[at], &left[at + 1],
			(3 - at) * sizeof(left[0]));
	}
	plan.armed = true;
}

/* Orders in which each of the four is the lowest once. */
#define LOWEST		4

static const unsigned int lowest[LOWEST] = { 0, 1, 5, 17 };

/* Does the exchange that A began hold the lowest of the four? */
static bool planned_a_loses(unsigned int n)
{
	plan_nonces(n);
	plan.armed = false;
	return plan.rank[0][0] == 1 || plan.rank[1][1] == 1;
}

/* -------------------------------------------------------------------- walks */

/** enum fault_kind - what goes wrong once in a walk */
enum fault_kind { NO_FAULT, LOSS, SLOWNESS, FAULTS };

/**
 * struct walk - one order of events, described by its choices
 * @choice: which of the possible things happened at each step
 * @width: how many were possible
 * @steps: how many steps were taken
 * @fixed: the choices up to here are given; behind them the first is taken
 */
struct walk {
	unsigned int choice[STEPS_MAX], width[STEPS_MAX];
	unsigned int steps, fixed;
};

/** struct crossing - what begins, and what is true of the ends of all walks */
struct crossing {
	enum act a, b;
	enum fault_kind fault;
	unsigned int nonces;
	struct setup setup;
	unsigned int depth;	/* steps at which choices are explored */
	/* of the walk at hand */
	bool fault_spent, lossless;
	uint32_t child_of[2];	/* what the sides asked for first */
	uint64_t ike_of[2];
};

static bool tampered(const struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_CREATE_CHILD_SA ||
	       l->hdr.exchange == EXCHANGE_IKE_FOLLOWUP_KE ||
	       l->hdr.exchange == EXCHANGE_INFORMATIONAL;
}

static enum fate hold_exchanges(struct world *w, struct letter *l)
{
	return tampered(l) ? HOLD : PASS;
}

static void begin(struct crossing *c, struct side *s, enum act act)
{
	struct knl_event ev = { .type = KNL_EV_HARD_EXPIRE,
				.ifindex = IFINDEX, .dir = KNL_OUT };
	struct ike_sa *sa = first_sa(s);

	plan.running = s->is_b;
	plan.answering = false;
	switch (act) {
	case REKEY_CHILD:
		side_rekey_child(s);
		c->child_of[s->is_b] = sa->creating->spi_in;
		break;
	case REKEY_IKE:
		ike_sa_queue(sa, TASK_REKEY_IKE, 0);
		ike_sa_run_tasks(sa);
		c->ike_of[s->is_b] = sa->rekey->next->spi_i;
		break;
	case DELETE_CHILD:
		ev.spi = side_child(s).spi_out;
		ike_kernel_event(s->ike, &ev);
		break;
	default:
		assert_int_equal(ike_clear(s->ike, 0), 1);
	}
}

static void check_packet(struct crossing *c, struct world *w)
{
	if (c->lossless && !world_packet(w))
		fail_msg("a packet found no SA");
}

static struct letter *nth_held(struct world *w, unsigned int n)
{
	struct letter *l;

	list_for_each(l, &w->held, struct letter, list)
		if (!n--)
			return l;
	return NULL;
}

static unsigned int count_held(struct world *w)
{
	unsigned int n = 0;

	while (nth_held(w, n))
		n++;
	return n;
}

static void give(struct world *w, struct letter *l)
{
	plan.running = l->to_b;
	plan.answering = !(l->hdr.flags & IKE_FLAG_RESPONSE) &&
			 l->hdr.exchange == EXCHANGE_CREATE_CHILD_SA;
	letters_give(w, l);
}

static void drop(struct letter *l)
{
	list_del(&l->list);
	letters_free(l);
}

static bool waiting(struct side *s)
{
	struct ike_sa *sa;

	list_for_each(sa, &s->ike->sas, struct ike_sa, list)
		if (sa->tx_busy)
			return true;
	return false;
}

/* What can happen now, and then the walk's choice of it does. */
static bool take_step(struct crossing *c, struct world *w, struct walk *walk)
{
	unsigned int held = count_held(w), width = held, pick = 0;
	bool lose = c->fault == LOSS && !c->fault_spent;
	bool slow = c->fault == SLOWNESS && !c->fault_spent;
	struct letter *l;

	if (!held) {
		if (!waiting(&w->a) && !waiting(&w->b))
			return false;
		world_run(w, RETRANSMIT_MS);
		return count_held(w) > 0;
	}
	width += lose ? held : slow ? 1 : 0;
	if (walk->steps < walk->fixed)
		pick = walk->choice[walk->steps];
	walk->choice[walk->steps] = pick;
	walk->width[walk->steps++] = width;
	if (pick >= held)
		c->fault_spent = true;
	if (pick >= held && slow) {
		world_run(w, RETRANSMIT_MS);
		return true;
	}
	l = nth_held(w, pick % held);
	list_del(&l->list);
	list_init(&l->list);
	if (pick < held)
		give(w, l);
	drop(l);
	return true;
}

/* ---------------------------------------------------------------- the ends */

static void assert_no_leftovers(struct side *s)
{
	struct ike_sa *sa = first_sa(s);

	assert_int_equal(side_sas(s), 1);
	assert_null(sa->rekey);
	assert_null(sa->creating);
	assert_null(sa->followup);
	assert_true(list_empty(&sa->tasks));
	assert_false(sa->tx_busy);
	assert_int_equal(s->ike->half_open_count, 0);
	assert_int_equal(side_tunnel(s).up, true);
}

/* A collision that both sides saw ends as the nonces say. */
static void assert_rule(struct crossing *c, struct world *w)
{
	bool a_loses = planned_a_loses(c->nonces);
	uint64_t a_kept, b_kept;

	if (c->a != c->b || c->fault != NO_FAULT ||
	    side_counter(&w->a, "collisions") != 1 ||
	    side_counter(&w->b, "collisions") != 1)
		return;
	if (c->a == REKEY_CHILD) {
		a_kept = side_child(&w->a).spi_in == c->child_of[0];
		b_kept = side_child(&w->b).spi_in == c->child_of[1];
	} else {
		a_kept = first_sa(&w->a)->spi_i == c->ike_of[0];
		b_kept = first_sa(&w->a)->spi_i == c->ike_of[1];
	}
	assert_int_equal(a_kept, !a_loses);
	assert_int_equal(b_kept, a_loses);
}

static void assert_end(struct crossing *c, struct world *w)
{
	world_assert_one(w);
	assert_no_leftovers(&w->a);
	assert_no_leftovers(&w->b);
	assert_true(first_sa(&w->a)->spi_i == first_sa(&w->b)->spi_i);
	assert_true(first_sa(&w->a)->spi_r == first_sa(&w->b)->spi_r);
	if (c->lossless)
		assert_int_equal(w->lost, 0);
}

static void run_walk(struct crossing *c, struct walk *walk)
{
	struct world w;

	world_init(&w, &c->setup);
	world_start(&w);
	assert_true(world_until(&w, world_up, 5000));
	world_run(&w, 1000);
	c->fault_spent = false;
	c->lossless = c->a <= REKEY_IKE && c->b <= REKEY_IKE;
	memset(c->child_of, 0, sizeof(c->child_of));
	memset(c->ike_of, 0, sizeof(c->ike_of));
	walk->steps = 0;
	w.fault = hold_exchanges;
	w.traffic = c->lossless;
	plan_nonces(c->nonces);
	begin(c, &w.a, c->a);
	begin(c, &w.b, c->b);
	check_packet(c, &w);
	while (walk->steps < STEPS_MAX && take_step(c, &w, walk))
		check_packet(c, &w);
	plan.armed = false;
	/* Deletes bring new tunnels, and these may go on for a while. */
	w.fault = NULL;
	world_release(&w);
	world_run(&w, 2000);
	assert_rule(c, &w);
	w.traffic = false;
	world_run(&w, SETTLE_MS);
	assert_end(c, &w);
	world_fini(&w);
}

/* ------------------------------------------------------------- exploration */

/* The next walk in order; false when all were taken. */
static bool next_walk(const struct crossing *c, struct walk *walk)
{
	unsigned int at = walk->steps < c->depth ? walk->steps : c->depth;

	while (at--)
		if (walk->choice[at] + 1 < walk->width[at]) {
			walk->choice[at]++;
			walk->fixed = at + 1;
			return true;
		}
	return false;
}

/* The walk at hand, for whoever has to look into it. */
static struct {
	const struct crossing *crossing;
	const struct walk *walk;
} now;

static int say(void **state)
{
	unsigned int i;

	if (!now.crossing)
		return 0;
	print_message("A %s, B %s, fault %d, nonces %u, choices",
		      act_names[now.crossing->a], act_names[now.crossing->b],
		      now.crossing->fault, now.crossing->nonces);
	for (i = 0; i < now.walk->steps; i++)
		print_message(" %u/%u", now.walk->choice[i],
			      now.walk->width[i]);
	print_message("\n");
	return 0;
}

/*
 * Without a fault every walk is taken with each of the nonces the lowest; with
 * one, they take turns.
 */
static unsigned int explore_once(struct crossing *c, unsigned int turn)
{
	unsigned int walks = 0;
	static struct walk walk;

	memset(&walk, 0, sizeof(walk));
	now.walk = &walk;
	do {
		if (getenv("COLLISION_FULL"))
			c->nonces = turn;
		else
			c->nonces = lowest[c->fault ? walks % LOWEST : turn];
		run_walk(c, &walk);
		walks++;
	} while (next_walk(c, &walk));
	return walks;
}

static bool nonces_matter(const struct crossing *c)
{
	return c->a == c->b && c->a <= REKEY_IKE && !c->setup.ipsec;
}

/* Where the choice ends: repeated messages and more IKE SAs multiply orders. */
static const unsigned int depths[2][FAULTS] = {
	{ [NO_FAULT] = 12, [LOSS] = 6, [SLOWNESS] = 3 },
	{ [NO_FAULT] = 6, [LOSS] = 5, [SLOWNESS] = 3 },
};

static void explore_with(enum act a, enum act b, const char *pfs,
			 const char *ipsec)
{
	static struct crossing c;
	unsigned int walks[FAULTS] = { 0 }, turn, turns;

	c = (struct crossing){
		.a = a, .b = b,
		.setup = { .b_initiates = true, .dh = "31", .pfs = pfs,
			   .ipsec = ipsec,
			   .ikev2 = "extra-dh-groups = true;" },
	};
	now.crossing = &c;
	for (c.fault = NO_FAULT; c.fault < FAULTS; c.fault++) {
		turns = !nonces_matter(&c) ? 1 : getenv("COLLISION_FULL") ?
			NONCE_ORDERS : c.fault ? 1 : LOWEST;
		c.depth = depths[a == REKEY_IKE && b == REKEY_IKE][c.fault] +
			  (getenv("COLLISION_FULL") ? 2 : 0);
		for (turn = 0; turn < turns; turn++)
			walks[c.fault] += explore_once(&c, turn);
	}
	now.crossing = NULL;
	print_message("A %s, B %s: %u orders, %u with a loss, %u with a delay\n",
		      act_names[a], act_names[b], walks[NO_FAULT],
		      walks[LOSS], walks[SLOWNESS]);
	assert_true(walks[NO_FAULT] >= 2);
	assert_true(walks[LOSS] > walks[NO_FAULT] / NONCE_ORDERS);
	assert_true(walks[SLOWNESS] > 2);
}

static void explore(enum act a, enum act b, const char *pfs)
{
	explore_with(a, b, pfs, NULL);
}

static void both(enum act a, enum act b)
{
	explore(a, b, NULL);
	if (a != b)
		explore(b, a, NULL);
}

static void child_rekeys_cross(void **state)
{
	explore(REKEY_CHILD, REKEY_CHILD, NULL);
}

static void child_rekeys_with_pfs_cross(void **state)
{
	explore(REKEY_CHILD, REKEY_CHILD, "group31");
}

/* There is never more than one series of them, whoever begins what. */
static void child_rekeys_with_further_exchanges_cross(void **state)
{
	static const char further[] = "additional-ke = [ \"group19\" ];";
	enum act other;

	for (other = REKEY_CHILD; other < ACTS; other++) {
		explore_with(REKEY_CHILD, other, "group31", further);
		if (other != REKEY_CHILD)
			explore_with(other, REKEY_CHILD, "group31", further);
	}
}

static void ike_rekeys_cross(void **state)
{
	explore(REKEY_IKE, REKEY_IKE, NULL);
}

static void a_child_rekey_crosses_an_ike_rekey(void **state)
{
	both(REKEY_CHILD, REKEY_IKE);
}

static void a_child_rekey_crosses_its_delete(void **state)
{
	both(REKEY_CHILD, DELETE_CHILD);
}

static void a_child_rekey_crosses_the_end(void **state)
{
	both(REKEY_CHILD, DELETE_IKE);
}

static void an_ike_rekey_crosses_a_childs_delete(void **state)
{
	both(REKEY_IKE, DELETE_CHILD);
}

static void an_ike_rekey_crosses_the_end(void **state)
{
	both(REKEY_IKE, DELETE_IKE);
}

static void deletes_cross(void **state)
{
	both(DELETE_CHILD, DELETE_CHILD);
	both(DELETE_IKE, DELETE_IKE);
	both(DELETE_CHILD, DELETE_IKE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(child_rekeys_cross, say),
		cmocka_unit_test_teardown(child_rekeys_with_pfs_cross, say),
		cmocka_unit_test_teardown(
			child_rekeys_with_further_exchanges_cross, say),
		cmocka_unit_test_teardown(ike_rekeys_cross, say),
		cmocka_unit_test_teardown(a_child_rekey_crosses_an_ike_rekey,
					  say),
		cmocka_unit_test_teardown(a_child_rekey_crosses_its_delete,
					  say),
		cmocka_unit_test_teardown(a_child_rekey_crosses_the_end, say),
		cmocka_unit_test_teardown(an_ike_rekey_crosses_a_childs_delete,
					  say),
		cmocka_unit_test_teardown(an_ike_rekey_crosses_the_end, say),
		cmocka_unit_test_teardown(deletes_cross, say),
	};

	return cmocka_run_group_tests_name("collision", tests, NULL, NULL);
}
