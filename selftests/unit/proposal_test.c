// SPDX-License-Identifier: GPL-2.0
/*
 * agent/ike/proposal.c: what is said of proposals that do not meet.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "ike/proposal.h"
#include "proto/ids.h"

static struct proposal ike(uint16_t bits, uint16_t integ, uint16_t prf,
			   uint16_t ke)
{
	struct proposal p = { .number = 1, .protocol = PROTO_IKE };

	proposal_add(&p, XFORM_ENCR, ENCR_AES_CBC, bits);
	proposal_add(&p, XFORM_INTEG, integ, 0);
	proposal_add(&p, XFORM_PRF, prf, 0);
	proposal_add(&p, XFORM_KE, ke, 0);
	return p;
}

/* Every type in which nothing is common, and no other. */
static void every_type_is_named(void **state)
{
	struct proposals ours = { .count = 1 }, theirs = { .count = 2 };
	char a[PROPOSAL_WHY], b[PROPOSAL_WHY];

	ours.p[0] = ike(256, 12, 5, 19);
	theirs.p[0] = ike(128, 12, 5, 14);
	theirs.p[1] = ike(192, 12, 5, 14);
	proposal_explain(&ours, &theirs, PROTO_IKE, a, b);
	assert_string_equal(a, "dh-group 19; encryption aes-cbc-256");
	assert_string_equal(b, "dh-group 14; encryption aes-cbc-128, aes-cbc-192");
	theirs.p[0] = ike(128, 2, 2, 20);
	theirs.count = 1;
	proposal_explain(&ours, &theirs, PROTO_IKE, a, b);
	assert_string_equal(a, "dh-group 19; encryption aes-cbc-256; integrity sha-256; prf sha-256");
	assert_string_equal(b, "dh-group 20; encryption aes-cbc-128; integrity sha-1; prf sha-1");
	/* What the configuration has no word for has its IANA name. */
	theirs.p[0] = ike(256, 5, 5, 1023);
	proposal_explain(&ours, &theirs, PROTO_IKE, a, b);
	assert_string_equal(a, "dh-group 19; integrity sha-256");
	assert_non_null(strstr(b, "1023; integrity "));
}

static void other_combinations(void **state)
{
	struct proposals ours = { .count = 1 }, theirs = { .count = 2 };
	char a[PROPOSAL_WHY], b[PROPOSAL_WHY];
	struct proposal chosen;

	ours.p[0] = ike(256, 12, 5, 19);
	theirs.p[0] = ike(128, 12, 5, 19);
	theirs.p[1] = ike(256, 12, 5, 20);
	assert_int_not_equal(proposal_choose(&ours, &theirs, PROTO_IKE, false,
					     &chosen), 0);
	proposal_explain(&ours, &theirs, PROTO_IKE, a, b);
	assert_string_equal(a, "other combinations of them");
	assert_string_equal(b, "the same algorithms in other combinations");
}

/* A peer may offer more than can be said. */
static void long_lists_are_cut(void **state)
{
	struct proposals ours = { .count = 1 }, theirs = { .count = 1 };
	char a[PROPOSAL_WHY], b[PROPOSAL_WHY];
	unsigned int i, n;

	ours.p[0] = ike(256, 12, 5, 19);
	for (n = 1; n < XFORMS_MAX; n++) {
		theirs.p[0] = (struct proposal){ .protocol = PROTO_IKE };
		for (i = 0; i < n; i++)
			proposal_add(&theirs.p[0], XFORM_ENCR,
				     (uint16_t)(60000 + i), 65535);
		proposal_explain(&ours, &theirs, PROTO_IKE, a, b);
		assert_true(strlen(b) < PROPOSAL_WHY);
		assert_non_null(strstr(b, "60000"));
	}
	assert_string_equal(b + strlen(b) - 5, ", ...");
	assert_null(strstr(b, "..., "));
}

/* As lists of methods for types 6, 7, ...; 0 is NONE, and ends with -1. */
static struct proposals with_addke(const int *const *types, unsigned int count)
{
	struct proposals list = { .count = 1 };
	unsigned int i;
	const int *id;

	list.p[0] = ike(256, 12, 5, 19);
	for (i = 0; i < count; i++)
		for (id = types[i]; *id >= 0; id++)
			proposal_add(&list.p[0], (uint8_t)(XFORM_ADDKE1 + i),
				     (uint16_t)*id, 0);
	return list;
}

#define IDS(...) (const int[]){ __VA_ARGS__, -1 }
#define TYPES(...) with_addke((const int *const[]){ __VA_ARGS__ },	\
	sizeof((const int *const[]){ __VA_ARGS__ }) / sizeof(int *))

/* What was chosen for a type, -1 when nothing was. */
static int chosen_addke(const struct proposal *p, unsigned int i)
{
	const struct xform *x = proposal_find(p, (uint8_t)(XFORM_ADDKE1 + i));

	return x ? x->id : -1;
}

static int choose(struct proposals ours, struct proposals theirs,
		  struct proposal *out)
{
	return proposal_choose(&ours, &theirs, PROTO_IKE, false, out);
}

/* RFC 9370 section 2.2.1: one of each type, each another method. */
static void each_additional_method_once(void **state)
{
	struct proposals offered, answer;
	struct proposal c;

	assert_int_equal(choose(TYPES(IDS(20, 21), IDS(20, 21)),
				TYPES(IDS(21, 20), IDS(21, 20)), &c), 0);
	assert_int_equal(chosen_addke(&c, 0), 20);
	assert_int_equal(chosen_addke(&c, 1), 21);
	assert_int_not_equal(choose(TYPES(IDS(20), IDS(20)),
				    TYPES(IDS(20), IDS(20)), &c), 0);
	assert_int_equal(choose(TYPES(IDS(20), IDS(20, 0)),
				TYPES(IDS(20), IDS(20, 0)), &c), 0);
	assert_int_equal(chosen_addke(&c, 0), 20);
	assert_int_equal(chosen_addke(&c, 1), 0);
	/* Not both ways in an answer either. */
	offered = TYPES(IDS(20, 21), IDS(20, 21));
	answer = TYPES(IDS(20), IDS(21));
	assert_int_equal(proposal_accept(&offered, &answer, &c), 0);
	answer = TYPES(IDS(20), IDS(20));
	assert_int_not_equal(proposal_accept(&offered, &answer, &c), 0);
	answer = TYPES(IDS(20));
	assert_int_not_equal(proposal_accept(&offered, &answer, &c), 0);
	answer = TYPES(IDS(20, 21), IDS(21));
	assert_int_not_equal(proposal_accept(&offered, &answer, &c), 0);
	answer = TYPES(IDS(20), IDS(0));
	assert_int_not_equal(proposal_accept(&offered, &answer, &c), 0);
	/* Of ESP in IKE_AUTH they are left out, as the group is. */
	offered = TYPES(IDS(20));
	answer = TYPES(IDS(21));
	assert_int_equal(proposal_choose(&offered, &answer, PROTO_IKE, true,
					 &c), 0);
	assert_int_equal(chosen_addke(&c, 0), -1);
}

static void only_where_both_can_do_without(void **state)
{
	struct proposals none = TYPES(IDS(-1));
	struct proposals must = TYPES(IDS(20)), may = TYPES(IDS(20, 0));
	struct proposals other = TYPES(IDS(21, 0));
	struct proposal c;

	assert_int_not_equal(choose(none, must, &c), 0);
	assert_int_not_equal(choose(must, none, &c), 0);
	assert_int_not_equal(choose(must, other, &c), 0);
	assert_int_equal(choose(none, may, &c), 0);
	assert_int_equal(chosen_addke(&c, 0), 0);
	assert_int_equal(choose(may, none, &c), 0);
	assert_int_equal(chosen_addke(&c, 0), -1);
	assert_int_equal(choose(may, other, &c), 0);
	assert_int_equal(chosen_addke(&c, 0), 0);
	assert_int_equal(choose(may, must, &c), 0);
	assert_int_equal(chosen_addke(&c, 0), 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_named),
		cmocka_unit_test(other_combinations),
		cmocka_unit_test(long_lists_are_cut),
		cmocka_unit_test(each_additional_method_once),
		cmocka_unit_test(only_where_both_can_do_without),
	};

	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
