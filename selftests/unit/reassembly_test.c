// SPDX-License-Identifier: GPL-2.0
/*
 * agent/ike/reassembly.c: pieces in every order, of every lie about their
 * number, and against a model under random input.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/reassembly.h"
#include "lots.h"
#include "util/err.h"

#define ROUNDS		100000

static enum reassembly_verdict judge(const struct reassembly *r, uint16_t number,
				     uint16_t total)
{
	struct skf_pl skf = { number, total };

	return reassembly_judge(r, 7, &skf);
}

static int add(struct reassembly *r, uint16_t number, const void *p, size_t len)
{
	struct skf_pl skf = { number, r->total };
	struct buf b;
	int err;

	buf_init(&b, REASSEMBLY_OCTETS);
	buf_put(&b, p, len);
	err = reassembly_add(r, &skf, (uint8_t)(100 + number), 50 + len, &b);
	buf_fini(&b);
	return err;
}

static void assert_joined(const struct reassembly *r, const char *text)
{
	struct buf b;

	buf_init(&b, REASSEMBLY_OCTETS);
	assert_int_equal(reassembly_join(r, &b), 0);
	assert_int_equal(b.len, strlen(text));
	assert_memory_equal(b.p, text, b.len);
	buf_fini(&b);
}

static void every_order_gives_the_whole(void **state)
{
	static const uint16_t orders[][3] = {
		{ 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 },
		{ 3, 1, 2 }, { 3, 2, 1 },
	};
	static const char *const text[] = { NULL, "abc", "", "defg" };
	struct reassembly r;
	size_t i, k;

	for (i = 0; i < 6; i++) {
		reassembly_init(&r, 7, 3);
		for (k = 0; k < 3; k++) {
			uint16_t n = orders[i][k];

			assert_false(reassembly_complete(&r));
			assert_int_equal(judge(&r, n, 3), REASSEMBLY_WANTED);
			assert_int_equal(add(&r, n, text[n], strlen(text[n])),
					 0);
			assert_int_equal(judge(&r, n, 3),
					 REASSEMBLY_DUPLICATE);
		}
		assert_true(reassembly_complete(&r));
		/* The type of the first payload is fragment 1's alone. */
		assert_int_equal(r.first, 101);
		assert_int_equal(r.largest, 54);
		assert_joined(&r, "abcdefg");
		reassembly_fini(&r);
	}
}

static void totals_decide_between_old_and_new(void **state)
{
	struct reassembly r;

	assert_int_equal(judge(NULL, 1, 3), REASSEMBLY_RESTART);
	reassembly_init(&r, 7, 3);
	assert_int_equal(add(&r, 2, "x", 1), 0);
	assert_int_equal(judge(&r, 2, 4), REASSEMBLY_RESTART);
	assert_int_equal(judge(&r, 1, 2), REASSEMBLY_STALE);
	assert_int_equal(judge(&r, 1, REASSEMBLY_FRAGMENTS),
			 REASSEMBLY_RESTART);
	assert_int_equal(judge(&r, 1, REASSEMBLY_FRAGMENTS + 1),
			 REASSEMBLY_LIMIT);
	assert_int_equal(judge(NULL, 1, UINT16_MAX), REASSEMBLY_LIMIT);
	/* Another message. */
	r.msgid = 6;
	assert_int_equal(judge(&r, 2, 3), REASSEMBLY_RESTART);
	reassembly_fini(&r);
}

static void octets_are_bounded(void **state)
{
	uint8_t *p = calloc(1, REASSEMBLY_OCTETS);
	struct reassembly r;

	reassembly_init(&r, 7, 3);
	assert_int_equal(add(&r, 1, p, 40000), 0);
	assert_int_equal(add(&r, 2, p, 25536), ERR_LIMIT);
	assert_int_equal(judge(&r, 2, 3), REASSEMBLY_WANTED);
	assert_int_equal(add(&r, 2, p, 25535), 0);
	assert_int_equal(add(&r, 3, p, 1), ERR_LIMIT);
	assert_int_equal(add(&r, 3, p, 0), 0);
	assert_true(reassembly_complete(&r));
	assert_int_equal(r.octets, REASSEMBLY_OCTETS);
	reassembly_fini(&r);
	free(p);
}

/** struct model - the same, in the plainest way */
struct model {
	bool there[REASSEMBLY_FRAGMENTS + 1];
	uint16_t total;
	unsigned int have;
};

static enum reassembly_verdict expect(const struct model *m,
				      const struct skf_pl *skf)
{
	if (skf->total > REASSEMBLY_FRAGMENTS)
		return REASSEMBLY_LIMIT;
	if (skf->total > m->total)
		return REASSEMBLY_RESTART;
	if (skf->total < m->total)
		return REASSEMBLY_STALE;
	return m->there[skf->number] ? REASSEMBLY_DUPLICATE : REASSEMBLY_WANTED;
}

/* Heads as they come from the wire, octets of the peer's choice. */
static void random_pieces_follow_the_model(void **state)
{
	unsigned int i, completed = 0, restarted = 0;
	struct model m = { .total = 1 };
	enum reassembly_verdict v;
	struct reassembly r;
	struct skf_pl skf;
	uint8_t head[4];

	reassembly_init(&r, 7, 1);
	for (i = 0; i < ROUNDS; i++) {
		head[0] = random_below(50) ? 0 : (uint8_t)random_below(256);
		head[1] = (uint8_t)random_below(9);
		head[2] = random_below(50) ? 0 : (uint8_t)random_below(256);
		head[3] = (uint8_t)(random_below(8) ? m.total :
				    random_below(4000) ? 1 + random_below(8) :
				    random_below(70));
		if (skf_pl_parse((struct view){ head, random_below(40) ? 4 : 3 },
				 &skf))
			continue;
		v = reassembly_judge(&r, 7, &skf);
		assert_int_equal(v, expect(&m, &skf));
		if (v == REASSEMBLY_RESTART) {
			restarted++;
			reassembly_fini(&r);
			reassembly_init(&r, 7, skf.total);
			m = (struct model){ .total = skf.total };
		} else if (v != REASSEMBLY_WANTED) {
			continue;
		}
		assert_int_equal(add(&r, skf.number, head, random_below(5)), 0);
		m.there[skf.number] = true;
		m.have++;
		assert_int_equal(reassembly_complete(&r), m.have == m.total);
		if (m.have == m.total || !random_below(20)) {
			completed += m.have == m.total;
			reassembly_fini(&r);
			reassembly_init(&r, 7, 1);
			m = (struct model){ .total = 1 };
		}
	}
	reassembly_fini(&r);
	assert_true(completed > 100 && restarted > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_gives_the_whole),
		cmocka_unit_test(totals_decide_between_old_and_new),
		cmocka_unit_test(octets_are_bounded),
		cmocka_unit_test(random_pieces_follow_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
