// SPDX-License-Identifier: GPL-2.0
/*
 * Child SAs whose additional key exchanges do not come to an end (RFC 9370
 * section 2.2.4): what a peer gets that does not go on, goes on wrongly, or
 * answers what it may not.
 */

#include "child_world.h"

#include <string.h>

#include "ike/engine.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "util/err.h"

#define ADD(words)	"additional-ke = [ " words " ];"
#define PFS		.pfs = "group19"

static const struct setup one = { PFS, .ipsec = ADD("\"group20\"") };
static const struct setup three = {
	PFS, .ipsec = ADD("\"group20\", \"group31\", \"group21\""),
	.ikev2 = "extra-dh-groups = true;",
};
static const struct setup both_initiate = {
	PFS, .ipsec = ADD("\"group20\", \"group21\""), .b_initiates = true,
};

/* ---------------------------------------------------- a series that breaks */

static enum fate lose_followups(struct world *w, struct letter *l)
{
	return l->hdr.exchange == EXCHANGE_IKE_FOLLOWUP_KE ? LOSE : PASS;
}

/* A rekeys, and its first IKE_FOLLOWUP_KE is on its way to nowhere. */
static void begin(struct world *w, const struct setup *s)
{
	child_up(w, s);
	w->fault = lose_followups;
	side_rekey_child(&w->a);
	world_run(w, 3 * LATENCY_MS);
	assert_non_null(first_sa(&w->a)->followup);
	assert_non_null(first_sa(&w->b)->followup);
	assert_int_equal(side_kernel_sas(&w->b, KNL_IN), 1);
}

static void a_peer_that_does_not_go_on(void **state)
{
	struct world w;

	begin(&w, &both_initiate);
	w.traffic = true;
	/* Meanwhile nothing else is made, of either. */
	side_rekey_child(&w.b);
	assert_null(first_sa(&w.b)->creating);
	world_run(&w, FOLLOWUP_MS + 100);
	assert_null(first_sa(&w.b)->followup);
	assert_int_equal(side_counter(&w.b, "child_sas_rekeyed"), 0);
	assert_string_equal(side_child(&w.b).additional_ke, "");
	/* When its request gets through there is no such state any more. */
	w.fault = NULL;
	world_run(&w, 200 * 1000);
	assert_true(side_counter(&w.a, "child_sas_rekeyed") >= 1);
	assert_int_equal(w.lost, 0);
	child_settled(&w);
	world_fini(&w);

	/* And the IKE SA may end with a series under way. */
	begin(&w, &three);
	world_fini(&w);
	begin(&w, &three);
	assert_int_equal(ike_clear(w.b.ike, 0), 1);
	w.fault = NULL;
	world_run(&w, 60000);
	child_settled(&w);
	world_fini(&w);
}

/* The same request again, with payloads of @fill's. */
static void ask_instead(struct world *w, int (*fill)(struct world *w,
						     struct reply *r))
{
	struct ike_sa *sa = first_sa(&w->a);
	struct reply r;

	w->fault = NULL;
	msgid_request_done(sa);
	sa->tx.next--;
	reply_init(&r);
	assert_int_equal(fill(w, &r), 0);
	assert_int_equal(reply_send_request(sa, EXCHANGE_IKE_FOLLOWUP_KE, &r),
			 0);
	reply_fini(&r);
}

static void put_point(struct reply *r, uint16_t method)
{
	struct ke *ke = ke_new(method);

	ke_pl_put(&r->w, method, ke_public(ke));
	ke_free(ke);
}

static void put_link(struct reply *r, struct view link)
{
	notify_pl_put_simple(&r->w, N_ADDITIONAL_KEY_EXCHANGE, link);
}

static struct view link_of(struct world *w)
{
	return buf_view(&first_sa(&w->a)->followup->link);
}

static int fill_wrong_link(struct world *w, struct reply *r)
{
	first_sa(&w->a)->followup->link.p[3] ^= 1;
	put_point(r, KE_ECP_384);
	put_link(r, link_of(w));
	return 0;
}

static int fill_short_link(struct world *w, struct reply *r)
{
	put_point(r, KE_ECP_384);
	put_link(r, (struct view){ link_of(w).p, link_of(w).len - 1 });
	return 0;
}

static int fill_no_link(struct world *w, struct reply *r)
{
	put_point(r, KE_ECP_384);
	return 0;
}

/* It is of no series: the IKE SA stays, and so does the child there was. */
static void links_that_lead_nowhere(void **state)
{
	static int (*const fills[])(struct world *w, struct reply *r) = {
		fill_wrong_link, fill_short_link, fill_no_link,
	};
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		begin(&w, &one);
		w.traffic = true;
		ask_instead(&w, fills[i]);
		world_run(&w, 1000);
		assert_int_equal(side_sas(&w.a), 1);
		assert_int_equal(side_counter(&w.b, "child_sas_rekeyed"), 0);
		assert_null(first_sa(&w.a)->followup);
		/* Its series is not disturbed, and given up in time. */
		assert_non_null(first_sa(&w.b)->followup);
		world_run(&w, 60 * 1000);
		assert_int_equal(side_counter(&w.b, "child_sas_rekeyed"), 1);
		assert_int_equal(side_counter(&w.a, "ike_sas_established"), 1);
		assert_int_equal(w.lost, 0);
		child_settled(&w);
		world_fini(&w);
	}
}

static int fill_other_method(struct world *w, struct reply *r)
{
	put_point(r, KE_ECP_256);
	put_link(r, link_of(w));
	return 0;
}

static int fill_point_off_the_curve(struct world *w, struct reply *r)
{
	uint8_t point[96];

	memset(point, 7, sizeof(point));
	ke_pl_put(&r->w, KE_ECP_384, (struct view){ point, sizeof(point) });
	put_link(r, link_of(w));
	return 0;
}

static int fill_short_value(struct world *w, struct reply *r)
{
	ke_pl_put(&r->w, KE_ECP_384, (struct view){ (const uint8_t *)"x", 1 });
	put_link(r, link_of(w));
	return 0;
}

static int fill_no_value(struct world *w, struct reply *r)
{
	put_link(r, link_of(w));
	return 0;
}

/* The series ends, and with INVALID_SYNTAX the IKE SA at both ends. */
static void key_exchanges_that_are_none(void **state)
{
	static int (*const fills[])(struct world *w, struct reply *r) = {
		fill_other_method, fill_point_off_the_curve, fill_short_value,
		fill_no_value,
	};
	struct world w;
	uint64_t spi;
	size_t i;

	for (i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		begin(&w, &one);
		spi = first_sa(&w.b)->spi_r;
		ask_instead(&w, fills[i]);
		world_run(&w, 200);
		assert_int_equal(ike_sa_find(w.b.ike, spi)->state, IKE_CLOSED);
		assert_int_equal(side_counter(&w.b, "child_sas_rekeyed"), 0);
		world_run(&w, 60 * 1000);
		side_rekey_child(&w.a);
		world_run(&w, 30 * 1000);
		assert_string_equal(side_child(&w.b).additional_ke, "group20");
		child_settled(&w);
		world_fini(&w);
	}
}

/* Without a series, or when it is over, there is nothing to go on with. */
static void followups_out_of_the_blue(void **state)
{
	struct world w;
	struct reply r;
	int i;

	for (i = 0; i < 2; i++) {
		child_up(&w, &one);
		if (i) {
			side_rekey_child(&w.a);
			world_run(&w, 1000);
		}
		w.traffic = true;
		reply_init(&r);
		put_point(&r, KE_ECP_384);
		put_link(&r, (struct view){ (const uint8_t *)"0123456789abcdef",
					    16 });
		assert_int_equal(reply_send_request(first_sa(&w.a),
						    EXCHANGE_IKE_FOLLOWUP_KE,
						    &r), 0);
		reply_fini(&r);
		world_run(&w, 10 * LATENCY_MS);
		assert_int_equal(side_sas(&w.b), 1);
		assert_int_equal(side_counter(&w.b, "child_sas_rekeyed"), i);
		assert_int_equal(w.lost, 0);
		world_fini(&w);
	}
}

/* ------------------------------------- answers of a peer that breaks rules */

static int (*answer_fill)(struct world *w, struct reply *r);
static uint8_t answer_exchange;

/* What B answers becomes something else. */
static enum fate swap_answer(struct world *w, struct letter *l)
{
	struct reply r;

	if (l->hdr.exchange != answer_exchange || l->to_b)
		return PASS;
	w->fault = NULL;
	reply_init(&r);
	assert_int_equal(answer_fill(w, &r), 0);
	assert_int_equal(reply_send_response(first_sa(&w->b), answer_exchange, &r),
			 0);
	reply_fini(&r);
	return LOSE;
}

/* The answer to a request for a child, with one additional key exchange. */
static void put_answer(struct world *w, struct reply *r, bool link, size_t len)
{
	static const uint8_t octets[FOLLOWUP_LINK_MAX + 1];
	struct child_sa *child = newest_child(&w->b);
	struct proposals list;

	child_proposals(child, true, &list);
	proposal_add(&list.p[0], XFORM_ADDKE1, KE_ECP_384, 0);
	sa_pl_put(&r->w, &list);
	nonce_pl_put(&r->w, buf_view(&child->nonces.nr));
	put_point(r, KE_ECP_256);
	ts_pl_put(&r->w, PL_TSi, &child->ts_remote);
	ts_pl_put(&r->w, PL_TSr, &child->ts_local);
	if (link)
		put_link(r, (struct view){ octets, len });
}

static int answer_unasked(struct world *w, struct reply *r)
{
	put_answer(w, r, true, 16);
	return 0;
}

/* It chooses a key exchange that was not offered. */
static void chosen_without_asking(void **state)
{
	static const struct setup s = { PFS };
	struct world w;

	child_up(&w, &s);
	w.traffic = true;
	answer_fill = answer_unasked;
	answer_exchange = EXCHANGE_CREATE_CHILD_SA;
	w.fault = swap_answer;
	side_rekey_child(&w.a);
	world_run(&w, 1000);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_SYNTAX);
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 0);
	assert_null(first_sa(&w.a)->followup);
	assert_int_equal(side_kernel_sas(&w.a, KNL_IN), 1);
	world_run(&w, 60 * 1000);
	assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 1);
	assert_int_equal(side_counter(&w.a, "ike_sas_established"), 1);
	child_settled(&w);
	world_fini(&w);
}

/* B's proposals have the exchange already: the answer is as it should be. */
static void put_chosen(struct world *w, struct reply *r, size_t link)
{
	static const uint8_t octets[FOLLOWUP_LINK_MAX + 1];
	struct child_sa *child = newest_child(&w->b);
	struct proposals list;

	child_proposals(child, true, &list);
	sa_pl_put(&r->w, &list);
	nonce_pl_put(&r->w, buf_view(&child->nonces.nr));
	put_point(r, KE_ECP_256);
	ts_pl_put(&r->w, PL_TSi, &child->ts_remote);
	ts_pl_put(&r->w, PL_TSr, &child->ts_local);
	if (link)
		put_link(r, (struct view){ octets, link });
}

static int answer_without_link(struct world *w, struct reply *r)
{
	put_chosen(w, r, 0);
	return 0;
}

static int answer_with_long_link(struct world *w, struct reply *r)
{
	put_chosen(w, r, FOLLOWUP_LINK_MAX + 1);
	return 0;
}

static void answers_without_a_way_on(void **state)
{
	static int (*const fills[])(struct world *w, struct reply *r) = {
		answer_without_link, answer_with_long_link,
	};
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		child_up(&w, &one);
		w.traffic = true;
		answer_fill = fills[i];
		answer_exchange = EXCHANGE_CREATE_CHILD_SA;
		w.fault = swap_answer;
		side_rekey_child(&w.a);
		world_run(&w, 1000);
		assert_int_equal(side_tunnel(&w.a).failure.reason,
				 FAILURE_SYNTAX);
		assert_null(first_sa(&w.a)->followup);
		world_run(&w, 100 * 1000);
		assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 1);
		assert_int_equal(w.lost, 0);
		child_settled(&w);
		world_fini(&w);
	}
}

static int answer_off_the_curve(struct world *w, struct reply *r)
{
	uint8_t point[96];

	memset(point, 7, sizeof(point));
	ke_pl_put(&r->w, KE_ECP_384, (struct view){ point, sizeof(point) });
	return 0;
}

static int answer_other_method(struct world *w, struct reply *r)
{
	put_point(r, KE_ECP_256);
	return 0;
}

/*
 * A value that is none is fatal; another method costs the child that the peer
 * has made.
 */
static void wrong_answers_on_the_way(void **state)
{
	static const struct {
		int (*fill)(struct world *w, struct reply *r);
		bool fatal;
	} all[] = {
		{ answer_off_the_curve, true }, { answer_other_method, false },
	};
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		child_up(&w, &one);
		answer_fill = all[i].fill;
		answer_exchange = EXCHANGE_IKE_FOLLOWUP_KE;
		w.fault = swap_answer;
		side_rekey_child(&w.a);
		world_run(&w, 4 * LATENCY_MS + 5);
		assert_int_equal(side_tunnel(&w.a).failure.reason,
				 FAILURE_SYNTAX);
		assert_int_equal(side_counter(&w.a, "child_sas_rekeyed"), 0);
		world_run(&w, 100 * 1000);
		assert_int_equal(side_counter(&w.a, "ike_sas_established"),
				 all[i].fatal ? 2 : 1);
		if (!all[i].fatal)
			assert_int_equal(side_counter(&w.a,
						      "child_sas_rekeyed"), 1);
		child_settled(&w);
		world_fini(&w);
	}
}

/* ----------------------------------------------------------------- deletes */

static void delete_from(struct side *s, uint32_t spi)
{
	struct reply r;

	reply_init(&r);
	delete_pl_put_esp(&r.w, &spi, 1);
	assert_int_equal(reply_send_request(first_sa(s), EXCHANGE_INFORMATIONAL,
					    &r), 0);
	reply_fini(&r);
}

/* B deletes what it is about to make, or what is to be replaced. */
static void deletes_in_the_middle(void **state)
{
	struct world w;
	int i;

	for (i = 0; i < 2; i++) {
		begin(&w, &three);
		delete_from(&w.b, i ? side_child(&w.b).spi_in :
				      newest_child(&w.b)->spi_in);
		world_run(&w, 5 * LATENCY_MS);
		w.fault = NULL;
		world_run(&w, 200 * 1000);
		assert_true(world_up(&w));
		assert_true(world_packet(&w));
		assert_null(first_sa(&w.a)->followup);
		assert_null(first_sa(&w.b)->followup);
		assert_string_equal(side_child(&w.a).state, "INSTALLED");
		assert_string_equal(side_child(&w.a).additional_ke,
				    "group20 group31 group21");
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_peer_that_does_not_go_on),
		cmocka_unit_test(links_that_lead_nowhere),
		cmocka_unit_test(key_exchanges_that_are_none),
		cmocka_unit_test(followups_out_of_the_blue),
		cmocka_unit_test(chosen_without_asking),
		cmocka_unit_test(answers_without_a_way_on),
		cmocka_unit_test(wrong_answers_on_the_way),
		cmocka_unit_test(deletes_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
