// SPDX-License-Identifier: GPL-2.0
/*
 * A peer that is let in and wants more than its share: it asks to replace the
 * same child SA again and again, and deletes none. B keeps no more than a pair
 * and its successor.
 */

#include "world.h"

#include <string.h>

#include "ike/child.h"
#include "ike/fragment.h"
#include "ike/sa.h"

#define GREED	20

/* What A said last in CREATE_CHILD_SA, in clear. */
static struct {
	struct inner inner;
	struct buf plain;
} said;

int __real_fragment_seal(struct ike_sa *sa, const struct inner *in,
			 struct buf *out);
int __wrap_fragment_seal(struct ike_sa *sa, const struct inner *in,
			 struct buf *out);

int __wrap_fragment_seal(struct ike_sa *sa, const struct inner *in,
			 struct buf *out)
{
	if (in->exchange == EXCHANGE_CREATE_CHILD_SA && !in->response &&
	    sa->initiator) {
		buf_reset(&said.plain);
		buf_put_view(&said.plain, in->plain);
		said.inner = *in;
	}
	return __real_fragment_seal(sa, in, out);
}

static struct ike_sa *only_sa(struct side *s)
{
	assert_int_equal(side_sas(s), 1);
	return list_entry(s->ike->sas.next, struct ike_sa, list);
}

static unsigned int children(const struct ike_sa *sa)
{
	struct child_sa *child;
	unsigned int n = 0;

	list_for_each(child, &sa->children, struct child_sa, list)
		n++;
	return n;
}

static struct child_sa *first_child(struct world *w)
{
	return list_entry(only_sa(&w->b)->children.next, struct child_sa, list);
}

/* A tunnel from A to B; A asks for a rekey, and B has not heard it yet. */
static void begin(struct world *w)
{
	static const struct setup setup = { .b_initiates = false };

	buf_init(&said.plain, MSG_MAX_LEN);
	world_init(w, &setup);
	world_start(w);
	assert_true(world_until(w, world_up, 5000));
	world_run(w, 1000);
	world_assert_one(w);
	w->fault = lose_all;
	side_rekey_child(&w->a);
	assert_true(said.plain.len > 0);
}

static void end(struct world *w)
{
	buf_fini(&said.plain);
	world_fini(w);
}

/* A request of A's, whatever A thinks of it. */
static void tell_b(struct world *w, struct inner *in)
{
	struct ike_sa *a = only_sa(&w->a), *b = only_sa(&w->b);
	struct buf msg;

	in->msgid = b->rx.next;
	buf_init(&msg, DATAGRAMS_MAX);
	assert_int_equal(__real_fragment_seal(a, in, &msg), 0);
	ike_receive(w->b.ike, &b->path, buf_view(&msg));
	buf_fini(&msg);
	assert_int_equal(b->rx.next, in->msgid + 1);
}

/* The same again under the next message ID, for another SPI. */
static void ask_again(struct world *w, unsigned int n)
{
	struct inner in = said.inner;
	struct pl_chain chain;
	uint8_t *spi;

	in.plain = buf_view(&said.plain);
	assert_int_equal(pl_chain_parse(in.first, in.plain, true, &chain), 0);
	/* Proposal: four octets of header, four more, then the SPI. */
	spi = said.plain.p + (pl_find(&chain, PL_SA)->body.p - said.plain.p) + 8;
	spi[3] = (uint8_t)n;
	tell_b(w, &in);
}

static void delete(struct world *w, uint32_t spi)
{
	uint8_t d[] = { 0, 0, 0, 12, PROTO_ESP, 4, 0, 1, (uint8_t)(spi >> 24),
			(uint8_t)(spi >> 16), (uint8_t)(spi >> 8), (uint8_t)spi };
	struct inner in = { .exchange = EXCHANGE_INFORMATIONAL, .first = PL_D,
			    .plain = { d, sizeof(d) } };

	tell_b(w, &in);
}

static void one_successor_at_a_time(void **state)
{
	struct world w;
	unsigned int n;

	begin(&w);
	for (n = 0; n < GREED; n++) {
		ask_again(&w, n);
		assert_int_equal(children(only_sa(&w.b)), 2);
		assert_int_equal(side_kernel_sas(&w.b, KNL_IN), 2);
	}
	end(&w);
}

/* B's own request is under way: of the peer's the first one counts. */
static void one_rival_at_a_time(void **state)
{
	struct world w;
	unsigned int n;

	begin(&w);
	side_rekey_child(&w.b);
	for (n = 0; n < GREED; n++) {
		ask_again(&w, n);
		/* The old one, what B asks for, and the peer's. */
		assert_int_equal(children(only_sa(&w.b)), 3);
		assert_int_equal(side_kernel_sas(&w.b, KNL_IN), 2);
	}
	end(&w);
}

/* Whoever replaced it should delete it; after 30 seconds B does. */
static void what_was_replaced_goes(void **state)
{
	struct child_sa *old;
	struct ike_sa *b;
	struct world w;

	begin(&w);
	b = only_sa(&w.b);
	old = first_child(&w);
	ask_again(&w, 1);
	assert_int_equal(old->state, CHILD_REKEYED);
	world_run(&w, 29000);
	assert_int_equal(old->state, CHILD_REKEYED);
	assert_int_equal(b->active.kind, TASK_NONE);
	world_run(&w, 2000);
	assert_int_equal(old->state, CHILD_DELETING);
	assert_int_equal(b->active.kind, TASK_DELETE_CHILD);
	assert_int_equal(side_kernel_sas(&w.b, KNL_OUT), 1);
	end(&w);
}

/* It was in earnest, and lost what it got: B gives up its end of that. */
static void another_after_a_while(void **state)
{
	struct world w;
	unsigned int n;

	begin(&w);
	ask_again(&w, 0);
	for (n = 1; n < 5; n++) {
		world_run(&w, 2500);
		ask_again(&w, n);
		/* Those that B deletes carry nothing any more. */
		assert_int_equal(side_kernel_sas(&w.b, KNL_IN), 2);
		assert_int_equal(children(only_sa(&w.b)), 2 + n);
		assert_int_equal(only_sa(&w.b)->active.kind, TASK_DELETE_CHILD);
	}
	end(&w);
}

static void regret(struct world *w, unsigned int n)
{
	struct ike_sa *b = only_sa(&w->b);

	ask_again(w, n);
	delete(w, list_entry(b->children.prev, struct child_sa, list)->spi_out);
	assert_int_equal(children(b), 1);
}

/* A cannot use what it asked for: the old one serves on, and may be replaced. */
static void nothing_comes_of_it(void **state)
{
	struct world w;

	begin(&w);
	regret(&w, 1);
	assert_true(side_tunnel(&w.b).up);
	regret(&w, 2);
	regret(&w, 3);
	world_run(&w, 31000);
	/* Nobody else does: B replaces it. */
	assert_int_equal(first_child(&w)->state, CHILD_REKEYING);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_successor_at_a_time),
		cmocka_unit_test(one_rival_at_a_time),
		cmocka_unit_test(what_was_replaced_goes),
		cmocka_unit_test(another_after_a_while),
		cmocka_unit_test(nothing_comes_of_it),
	};

	return cmocka_run_group_tests_name("greedy", tests, NULL, NULL);
}
