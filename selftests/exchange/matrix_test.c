// SPDX-License-Identifier: GPL-2.0
/*
 * Every state against every exchange, as request and as response, in clear,
 * with a wrong ICV and with a right one, with each kind of message ID: what
 * follows is written down below as a rule, and holds for both roles.
 */

#include "child_world.h"

#include <string.h>

#include "ike/sa.h"

enum sealing { IN_CLEAR, WRONG_ICV, SEALED, SEALINGS };
enum msgid { BEFORE, EXPECTED, AFTER, FAR, MSGIDS };

/** struct cell - one message for one side in one state */
struct cell {
	bool to_b;
	enum ike_state state;
	uint8_t exchange;
	bool response;
	enum sealing sealing;
	enum msgid msgid;
};

static const uint8_t exchanges[] = {
	EXCHANGE_IKE_SA_INIT, EXCHANGE_IKE_AUTH, EXCHANGE_CREATE_CHILD_SA,
	EXCHANGE_INFORMATIONAL, EXCHANGE_IKE_SESSION_RESUME,
	EXCHANGE_IKE_INTERMEDIATE, EXCHANGE_IKE_FOLLOWUP_KE, 99,
};

/* ------------------------------------------------------------- the states */

static enum fate lose_auth_request(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_IKE_AUTH && l->to_b ? LOSE : PASS;
}

static enum fate lose_auth_response(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_IKE_AUTH && !l->to_b ? LOSE : PASS;
}

/* A side that can be in a state: A begins, B answers. */
static bool possible(bool to_b, enum ike_state state)
{
	/* Between IKE_SA_INIT and IKE_AUTH: intermediate_test is about these. */
	if (state == IKE_INTERMEDIATE_SENT || state == IKE_KEY_WAIT)
		return false;
	if (state == IKE_INIT_SENT || state == IKE_AUTH_SENT)
		return !to_b;
	return (state != IKE_INIT_RECEIVED && state != IKE_INIT_DONE) || to_b;
}

static void reach(struct world *w, const struct cell *c)
{
	const struct setup waits = { .work_ms = 1 };
	struct side *s = c->to_b ? &w->b : &w->a;

	world_init(w, c->state == IKE_INIT_RECEIVED ? &waits : NULL);
	w->b.hold_work = c->state == IKE_INIT_RECEIVED;
	w->fault = c->state == IKE_INIT_SENT ? lose_all :
		   c->state == IKE_INIT_DONE ? lose_auth_request :
		   c->state == IKE_AUTH_SENT ? lose_auth_response : NULL;
	world_start(w);
	world_run(w, 100);
	w->fault = lose_all;
	if (c->state >= IKE_ESTABLISHED) {
		assert_int_equal(first_sa(s)->state, IKE_ESTABLISHED);
		/* A question under way, so that a response may be expected. */
		ike_sa_queue(first_sa(s), TASK_LIVENESS, 0);
		ike_sa_run_tasks(first_sa(s));
		first_sa(s)->state = c->state;
	}
	assert_int_equal(first_sa(s)->state, c->state);
}

/* ------------------------------------------------------------ the messages */

static uint32_t message_id(const struct ike_sa *sa, const struct cell *c)
{
	uint32_t expected = c->response ? sa->tx.next - 1 : sa->rx.next;

	return expected + (c->msgid == BEFORE ? UINT32_MAX :
			   c->msgid == AFTER ? 1 :
			   c->msgid == FAR ? 100000 : 0);
}

static void put_inside(struct buf *inside, uint8_t *first)
{
	struct msg_writer w;

	msg_begin_bare(&w, inside);
	notify_pl_put_simple(&w, 40000, (struct view){ NULL, 0 });
	assert_false(msg_end(&w));
	*first = w.first;
}

static void compose(struct ike_sa *sa, const struct cell *c, struct buf *m)
{
	struct buf inside;
	uint8_t first;
	size_t len;

	buf_init(&inside, 100);
	put_inside(&inside, &first);
	len = inside.len;
	if (c->sealing != IN_CLEAR)
		len += 4 + sk_overhead(sa->sk_in, inside.len);
	buf_put_u64(m, sa->spi_i);
	buf_put_u64(m, sa->spi_r);
	buf_put_u8(m, c->sealing == IN_CLEAR ? first : PL_SK);
	buf_put_u8(m, IKE_VERSION);
	buf_put_u8(m, c->exchange);
	buf_put_u8(m, (sa->initiator ? 0 : IKE_FLAG_INITIATOR) |
		      (c->response ? IKE_FLAG_RESPONSE : 0));
	buf_put_u32(m, message_id(sa, c));
	buf_put_u32(m, (uint32_t)(IKE_HDR_LEN + len));
	if (c->sealing == IN_CLEAR) {
		buf_put_view(m, buf_view(&inside));
	} else {
		buf_put_u8(m, first);
		buf_put_u8(m, 0);
		buf_put_u16(m, (uint16_t)len);
		/* The receiver's key for what comes in is the sender's. */
		assert_false(sk_seal(sa->sk_in, m, 0, buf_view(&inside)));
		if (c->sealing == WRONG_ICV)
			m->p[m->len - 1] ^= 1;
	}
	buf_fini(&inside);
}

/* ---------------------------------------------------------------- the rules */

/** struct outcome - what one message did */
struct outcome {
	unsigned int answers;
	bool same_state;
	bool same_window;
	bool alive;
};

static bool legal(const struct cell *c)
{
	switch (c->state) {
	case IKE_INIT_DONE:
		return c->exchange == EXCHANGE_IKE_AUTH && !c->response;
	case IKE_AUTH_SENT:
		return c->exchange == EXCHANGE_IKE_AUTH && c->response;
	default:
		return c->state >= IKE_ESTABLISHED;
	}
}

/* Does anything but a counter change? */
static bool counts(const struct cell *c)
{
	if (c->exchange == EXCHANGE_IKE_SA_INIT || c->sealing != SEALED)
		return false;
	return c->msgid == EXPECTED && legal(c);
}

static void judge(const struct cell *c, const struct outcome *o)
{
	/* Never more than one answer, and no answer to a response. */
	assert_in_range(o->answers, 0, 1);
	/*
	 * Only what is verified, expected and legal does anything. In between
	 * is the repeated last request, which draws the last response.
	 */
	if (!counts(c)) {
		assert_true(o->alive && o->same_state && o->same_window);
		if (c->msgid != BEFORE || c->response)
			assert_int_equal(o->answers, 0);
		return;
	}
	/* A request takes its message ID with it and is always answered. */
	if (!c->response) {
		assert_true(o->alive);
		assert_false(o->same_window);
		assert_int_equal(o->answers, 1);
	}
	/* Not even the only legal message proves anybody by being sealed. */
	if (c->state < IKE_ESTABLISHED)
		assert_true(!o->alive || !o->same_state);
	/* INFORMATIONAL with an unknown notify is a sign of life. */
	if (c->state == IKE_ESTABLISHED &&
	    c->exchange == EXCHANGE_INFORMATIONAL)
		assert_true(o->alive && o->same_state);
	/* Whatever else is wrong ends it for both (RFC 7296 2.21.3). */
	if (c->state == IKE_ESTABLISHED && !c->response &&
	    c->exchange != EXCHANGE_INFORMATIONAL)
		assert_false(o->same_state);
	/* The dead stay dead. */
	if (c->state == IKE_CLOSED)
		assert_true(o->alive && o->same_state);
}

static void try_cell(const struct cell *c)
{
	struct outcome o = { .answers = 0 };
	struct ike_sa *sa, *after;
	struct side *s;
	struct world w;
	unsigned int in, sent, children;
	uint32_t rx_next, tx_next;
	uint64_t spi;
	struct buf m;

	reach(&w, c);
	s = c->to_b ? &w.b : &w.a;
	sa = first_sa(s);
	if (c->sealing != IN_CLEAR && !sa->sk_in) {
		world_fini(&w);
		return;
	}
	spi = ike_sa_local_spi(sa);
	rx_next = sa->rx.next;
	tx_next = sa->tx.next;
	children = side_kernel_sas(s, KNL_IN);
	in = (unsigned int)side_counter(s, "rx_messages");
	sent = s->sent;
	buf_init(&m, MSG_MAX_LEN);
	compose(sa, c, &m);
	ike_receive(s->ike, &sa->path, buf_view(&m));
	buf_fini(&m);
	assert_int_equal(side_counter(s, "rx_messages"), in + 1);
	after = ike_sa_find(s->ike, spi);
	o.alive = after;
	o.same_state = after && after->state == c->state;
	o.same_window = after && after->rx.next == rx_next;
	/* Requests of our own that follow are no answers. */
	o.answers = s->sent - sent - (after ? after->tx.next - tx_next : 0);
	if (after || c->state != IKE_AUTH_SENT)
		judge(c, &o);
	assert_true(side_kernel_sas(s, KNL_IN) <= children);
	if (c->state < IKE_ESTABLISHED)
		assert_int_equal(side_kernel_sas(s, KNL_IN), 0);
	world_fini(&w);
}

/* The cell at hand, for whoever reads of a failure. */
static struct cell at_hand;

static int say(void **state)
{
	const struct cell *c = &at_hand;

	print_message("last: %s in state %d, exchange %u, %s, sealing %d, ID %d\n",
		      c->to_b ? "B" : "A", c->state, c->exchange,
		      c->response ? "response" : "request", c->sealing,
		      c->msgid);
	return 0;
}

static void one_state(bool to_b, enum ike_state state)
{
	unsigned int e, response, sealing, msgid;
	struct cell c = { .to_b = to_b, .state = state };

	for (e = 0; e < sizeof(exchanges); e++)
		for (response = 0; response < 2; response++)
			for (sealing = 0; sealing < SEALINGS; sealing++)
				for (msgid = 0; msgid < MSGIDS; msgid++) {
					c.exchange = exchanges[e];
					c.response = response;
					c.sealing = sealing;
					c.msgid = msgid;
					at_hand = c;
					try_cell(&c);
				}
}

static void each_message_in_each_state(void **state)
{
	unsigned int to_b, s;

	for (to_b = 0; to_b < 2; to_b++)
		for (s = 0; s < IKE_STATES; s++)
			if (possible(to_b, s))
				one_state(to_b, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(each_message_in_each_state, say),
	};

	return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
