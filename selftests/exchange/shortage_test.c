// SPDX-License-Identifier: GPL-2.0
/*
 * Memory is short just when a message is to be kept or looked at: it counts as if
 * it had been lost, and its repetition has better luck. Nothing is kept of it.
 */

#include "child_world.h"

#include <string.h>

#include "ike/intermediate.h"
#include "ike/msgid.h"
#include "ike/park.h"
#include "ike/reassembly.h"
#include "util/err.h"

#define UNKNOWN_STATUS	50000	/* of private use */

/** struct shortage - what fails the next time, once */
struct shortage {
	bool on;
	unsigned int happened;
};

static struct shortage of_park, of_kept, of_head, of_whole, of_timer;
static bool in_keep;

static bool is_short(struct shortage *s)
{
	if (!s->on)
		return false;
	s->on = false;
	s->happened++;
	return true;
}

static void begin_shortage(struct shortage *s)
{
	*s = (struct shortage){ .on = true };
}

int __real_park(struct ike_sa *sa, const struct rx *rx, struct buf *plain,
		struct rx_work *work);
int __wrap_park(struct ike_sa *sa, const struct rx *rx, struct buf *plain,
		struct rx_work *work);
int __real_fsm_keep(struct ike_sa *sa, struct rx *rx);
int __wrap_fsm_keep(struct ike_sa *sa, struct rx *rx);
int __real_ke_respond(struct ke *mine, uint16_t method, struct view peer,
		      struct buf *public, struct secret **shared);
int __wrap_ke_respond(struct ke *mine, uint16_t method, struct view peer,
		      struct buf *public, struct secret **shared);
void __real_buf_put_view(struct buf *b, struct view v);
void __wrap_buf_put_view(struct buf *b, struct view v);
void __real_buf_put(struct buf *b, const void *p, size_t len);
void __wrap_buf_put(struct buf *b, const void *p, size_t len);

int __wrap_park(struct ike_sa *sa, const struct rx *rx, struct buf *plain,
		struct rx_work *work)
{
	if (!is_short(&of_park))
		return __real_park(sa, rx, plain, work);
	work->free(work);
	return ERR_NOMEM;
}

int __real_reassembly_join(const struct reassembly *r, struct buf *plain);
int __wrap_reassembly_join(const struct reassembly *r, struct buf *plain);

int __wrap_reassembly_join(const struct reassembly *r, struct buf *plain)
{
	return is_short(&of_whole) ? ERR_NOMEM :
				     __real_reassembly_join(r, plain);
}

int __real_timer_set(struct timer *t, uint64_t ms);
int __wrap_timer_set(struct timer *t, uint64_t ms);

int __wrap_timer_set(struct timer *t, uint64_t ms)
{
	return is_short(&of_timer) ? ERR_NOMEM : __real_timer_set(t, ms);
}

/* How often a key exchange kept the loop. */
static unsigned int on_the_loop;

int __wrap_ke_respond(struct ke *mine, uint16_t method, struct view peer,
		      struct buf *public, struct secret **shared)
{
	on_the_loop += !world_at_work;
	return __real_ke_respond(mine, method, peer, public, shared);
}

int __wrap_fsm_keep(struct ike_sa *sa, struct rx *rx)
{
	int err;

	in_keep = true;
	err = __real_fsm_keep(sa, rx);
	in_keep = false;
	return err;
}

void __wrap_buf_put_view(struct buf *b, struct view v)
{
	if (in_keep && is_short(&of_kept))
		b->failed = true;
	else
		__real_buf_put_view(b, v);
}

/* A header by itself is that of an IKE_INTERMEDIATE that is to be signed. */
void __wrap_buf_put(struct buf *b, const void *p, size_t len)
{
	if (len == IKE_HDR_LEN && !b->len && is_short(&of_head))
		b->failed = true;
	else
		__real_buf_put(b, p, len);
}

/* ------------------------------------------------------------ IKE_SA_INIT */

static bool has_answered(struct world *w)
{
	return w->b.sent > 0;
}

/* It cannot wait for the key exchange, and does not hold its place either. */
static void an_ike_sa_init_that_cannot_wait(void **state)
{
	static const struct setup s = { .work_ms = 5 };
	struct world w;

	world_init(&w, &s);
	begin_shortage(&of_park);
	world_start(&w);
	world_run(&w, 1000);
	assert_int_equal(of_park.happened, 1);
	assert_int_equal(side_counter(&w.b, "rx_drop_internal"), 1);
	assert_int_equal(side_sas(&w.b), 0);
	assert_int_equal(w.b.ike->half_open_count, 0);
	assert_false(has_answered(&w));
	assert_true(world_until(&w, world_up, 2000));
	assert_int_equal(side_counter(&w.a, "retransmits"), 1);
	world_run(&w, 20000);
	world_assert_one(&w);
	world_fini(&w);
}

/* Work that never ends does not hold a place for ever. */
static void an_ike_sa_init_that_waits_too_long(void **state)
{
	static const struct setup s = { .work_ms = 5 };
	struct world w;

	world_init(&w, &s);
	w.b.hold_work = true;
	world_start(&w);
	world_run(&w, 1000);
	assert_int_equal(w.b.ike->half_open_count, 1);
	w.a.deaf = true;
	world_run(&w, 60000);
	assert_int_equal(w.b.ike->half_open_count, 0);
	assert_int_equal(side_sas(&w.b), 0);
	world_fini(&w);
}

/* ------------------------------------------------------- IKE_INTERMEDIATE */

#define GROUP20	"19 ]; additional-ke = [ \"group20\""

static enum fate lose_intermediate(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_IKE_INTERMEDIATE ? LOSE : PASS;
}

/* The same again, so long that it goes in pieces. */
static void send_in_pieces(struct ike_sa *sa)
{
	static const uint8_t octets[700];
	struct reply r;

	msgid_request_done(sa);
	sa->tx.next = 1;
	sa->inter.i.len = 0;
	reply_init(&r);
	ke_pl_put(&r.w, KE_ECP_384, ke_public(sa->inter.ke));
	notify_pl_put_simple(&r.w, UNKNOWN_STATUS,
			     (struct view){ octets, sizeof(octets) });
	assert_int_equal(reply_send_request(sa, EXCHANGE_IKE_INTERMEDIATE, &r),
			 0);
	reply_fini(&r);
}

/* The head of a message in pieces is put together anew, to be signed. */
static void an_ike_intermediate_without_a_head(void **state)
{
	static const struct setup s = {
		.dh = GROUP20, .b_dh = GROUP20,
		.ikev2 = "fragment-size = 576;",
	};
	struct world w;

	world_init(&w, &s);
	w.fault = lose_intermediate;
	world_start(&w);
	world_run(&w, 3 * LATENCY_MS);
	assert_int_equal(first_sa(&w.a)->state, IKE_INTERMEDIATE_SENT);
	w.fault = NULL;
	begin_shortage(&of_head);
	send_in_pieces(first_sa(&w.a));
	world_run(&w, 1000);
	assert_int_equal(of_head.happened, 1);
	assert_int_equal(side_counter(&w.b, "rx_drop_internal"), 1);
	assert_true(world_until(&w, world_up, 3000));
	assert_int_equal(side_counter(&w.a, "ike_sas_established"), 1);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_NONE);
	world_run(&w, 20000);
	world_assert_one(&w);
	world_fini(&w);
}

/* ---------------------------------------------------------- of many pieces */

static void send_long(struct ike_sa *sa)
{
	static const uint8_t octets[700];
	struct reply r;

	reply_init(&r);
	notify_pl_put_simple(&r.w, UNKNOWN_STATUS,
			     (struct view){ octets, sizeof(octets) });
	assert_int_equal(reply_send_request(sa, EXCHANGE_INFORMATIONAL, &r), 0);
	reply_fini(&r);
}

/* The peer has done nothing wrong, and the IKE SA works. */
static void pieces_that_cannot_be_joined(void **state)
{
	static const struct setup s = { .ikev2 = "fragment-size = 576;" };
	struct world w;

	child_up(&w, &s);
	begin_shortage(&of_whole);
	send_long(first_sa(&w.a));
	world_run(&w, 1000);
	assert_int_equal(of_whole.happened, 1);
	assert_int_equal(side_counter(&w.b, "rx_drop_internal"), 1);
	world_run(&w, 5000);
	assert_false(first_sa(&w.a)->tx_busy);
	assert_int_equal(side_counter(&w.a, "retransmits"), 1);
	assert_int_equal(side_counter(&w.a, "ike_sas_established"), 1);
	world_assert_one(&w);
	world_fini(&w);
}

/* ------------------------------------------------------------ a key source */

static struct ppk_request *asked[2];
static unsigned int canceled;

static int start(void *arg, struct ppk_request *rq)
{
	struct side *s = arg;

	asked[s->is_b] = rq;
	rq->job = s;
	return 0;
}

static void cancel(void *arg, struct ppk_request *rq)
{
	struct side *s = arg;

	assert_ptr_equal(asked[s->is_b], rq);
	asked[s->is_b] = NULL;
	canceled++;
}

static const struct ppk_ops source = { .start = start, .cancel = cancel };

static void answer(struct side *s)
{
	struct ppk_request *rq = asked[s->is_b];

	assert_non_null(rq);
	asked[s->is_b] = NULL;
	rq->job = NULL;
	rq->err = 0;
	if (rq->want != PPK_BY_ID) {
		memcpy(rq->id, "one", 3);
		rq->id_len = 3;
	}
	rq->key = secret_new("0123456789abcdef0123456789abcdef", 32);
	rq->done(rq);
}

static void make_dynamic(struct side *s)
{
	struct cfg_ppk *ppk = &s->cfg->keyrings[0].peers[0].ppk;

	ppk->kind = CFG_PPK_DYNAMIC;
	ppk->rekey_child = true;
}

#define PEER(addr)							\
	"{ name = \"peer\"; address = \"" addr "\"; pre-shared-key = \"cisco123cisco123\"; " \
	"ppk: { manual: { id = \"Qkd\"; key = \"nonenonenonenone\"; }; }; }"

static void up_with_source(struct world *w, const struct setup *s)
{
	memset(asked, 0, sizeof(asked));
	canceled = 0;
	world_init(w, s);
	make_dynamic(&w->a);
	make_dynamic(&w->b);
	world_start(w);
	world_run(w, 100);
	answer(&w->a);
	world_run(w, 100);
	answer(&w->b);
	assert_true(world_until(w, world_up, 1000));
}

/* A request that cannot be kept is put off, and the next one is heard. */
static void a_request_that_cannot_be_kept(void **state)
{
	static const struct setup s = {
		.peers_a = PEER(ADDR_B), .peers_b = PEER(ADDR_A),
		.profile = "keyring-ppk = \"k\";", .ppk = &source,
	};
	struct world w;

	up_with_source(&w, &s);
	begin_shortage(&of_kept);
	side_rekey_child(&w.a);
	answer(&w.a);
	world_run(&w, 100);
	assert_int_equal(of_kept.happened, 1);
	assert_int_equal(canceled, 1);
	assert_null(first_sa(&w.b)->kept);
	assert_null(first_sa(&w.a)->creating);
	side_rekey_child(&w.a);
	answer(&w.a);
	world_run(&w, 100);
	answer(&w.b);
	world_run(&w, 1000);
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 1);
	assert_int_equal(side_counter(&w.b, "ppk_refreshed"), 1);
	assert_int_equal(side_counter(&w.b, "rx_drop_waiting"), 0);
	world_assert_one(&w);
	world_fini(&w);
}

/* The pool has done the key exchange of a request that then waits for a key. */
static void what_was_computed_is_kept_too(void **state)
{
	static const struct setup s = {
		.peers_a = PEER(ADDR_B), .peers_b = PEER(ADDR_A),
		.profile = "keyring-ppk = \"k\";", .ppk = &source,
		.pfs = "group19", .work_ms = 5,
	};
	struct world w;
	int forget;

	for (forget = 0; forget < 2; forget++) {
		up_with_source(&w, &s);
		on_the_loop = 0;
		side_rekey_child(&w.a);
		answer(&w.a);
		world_run(&w, 100);
		assert_non_null(first_sa(&w.b)->kept);
		if (!forget) {
			answer(&w.b);
			world_run(&w, 1000);
			assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"),
					 1);
			world_assert_one(&w);
		}
		assert_int_equal(on_the_loop, 0);
		world_fini(&w);
	}
}

/*
 * What nobody would repeat is not sent, and nothing waits for its answer. It is
 * asked for again: a Delete, too, for nobody else would end the IKE SA.
 */
static void a_request_that_cannot_be_repeated(void **state)
{
	static const enum task_kind kinds[] = {
		TASK_REKEY_CHILD, TASK_REKEY_IKE, TASK_DELETE_CHILD,
		TASK_DELETE_IKE,
	};
	unsigned int sent, i;
	struct child_sa *child;
	struct ike_sa *sa;
	struct world w;
	uint64_t spi;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		child_up(&w, NULL);
		sa = first_sa(&w.a);
		child = newest_child(&w.a);
		spi = i % 2 ? sa->spi_i : child->spi_in;
		sent = w.a.sent;
		ike_sa_queue(sa, kinds[i], i % 2 ? 0 : child->id);
		begin_shortage(&of_timer);
		ike_sa_run_tasks(sa);
		assert_int_equal(of_timer.happened, 1);
		assert_int_equal(w.a.sent, sent);
		assert_false(sa->tx_busy);
		assert_int_equal(ike_sa_is_ending(sa),
				 kinds[i] == TASK_DELETE_IKE);
		world_run(&w, 60000);
		world_assert_one(&w);
		assert_true(spi != (i % 2 ? first_sa(&w.a)->spi_i :
				    newest_child(&w.a)->spi_in));
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ike_sa_init_that_cannot_wait),
		cmocka_unit_test(an_ike_sa_init_that_waits_too_long),
		cmocka_unit_test(an_ike_intermediate_without_a_head),
		cmocka_unit_test(pieces_that_cannot_be_joined),
		cmocka_unit_test(a_request_that_cannot_be_kept),
		cmocka_unit_test(what_was_computed_is_kept_too),
		cmocka_unit_test(a_request_that_cannot_be_repeated),
	};

	return cmocka_run_group_tests_name("shortage", tests, NULL, NULL);
}
