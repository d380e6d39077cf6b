// SPDX-License-Identifier: GPL-2.0
/*
 * agent/proto/payload.c: traffic selectors, both families, and all the ways
 * in which a list of them can lie.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/payload.h"
#include "util/err.h"

/* One IPv4 selector: any protocol, any port, 192.0.2.0 to 192.0.2.255. */
#define SELECTOR	7, 0, 0, 16, 0, 0, 0xff, 0xff, \
			192, 0, 2, 0, 192, 0, 2, 255
/* One of Fibre Channel addresses, which nobody here knows. */
#define UNKNOWN_SELECTOR 9, 0, 0, 8, 1, 2, 3, 4

static int parse(const uint8_t *body, size_t len, struct ts_list *list)
{
	uint8_t *copy = malloc(len);
	int err;

	memcpy(copy, body, len);
	err = ts_pl_parse((struct view){ copy, len }, list);
	free(copy);
	return err;
}

#define PARSE(list, ...) \
	parse((const uint8_t[]){ __VA_ARGS__ }, \
	      sizeof((const uint8_t[]){ __VA_ARGS__ }), list)

static void selector_of_a_subnet(void **state)
{
	struct ts_list list;
	char text[TS_STR];

	assert_int_equal(PARSE(&list, 1, 0, 0, 0, SELECTOR), 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.ts[0].protocol, 0);
	assert_int_equal(list.ts[0].port_start, 0);
	assert_int_equal(list.ts[0].port_end, 65535);
	assert_string_equal(ts_str(&list.ts[0], text),
			    "192.0.2.0/0 - 192.0.2.255/65535");
}

static void written_selectors_are_read_back(void **state)
{
	struct ts_list list = { .count = 3 }, back;
	struct pl_chain chain;
	struct msg_writer w;
	struct buf b;
	unsigned int i;

	ts_any(&list.ts[0], AF_INET);
	ts_any(&list.ts[1], AF_INET6);
	ts_any(&list.ts[2], AF_INET);
	list.ts[2].protocol = 17;
	list.ts[2].port_start = 500;
	list.ts[2].port_end = 4500;
	buf_init(&b, MSG_MAX_LEN);
	msg_begin_bare(&w, &b);
	ts_pl_put(&w, PL_TSi, &list);
	assert_int_equal(msg_end(&w), 0);
	assert_int_equal(pl_chain_parse(PL_TSi, buf_view(&b), true, &chain), 0);
	assert_int_equal(ts_pl_parse(chain.pl[0].body, &back), 0);
	assert_int_equal(back.count, 3);
	for (i = 0; i < 3; i++)
		assert_true(ts_eq(&list.ts[i], &back.ts[i]));
	buf_fini(&b);
}

static void any_means_any(void **state)
{
	char text[TS_STR];
	struct ts ts;

	ts_any(&ts, AF_INET);
	assert_string_equal(ts_str(&ts, text),
			    "0.0.0.0/0 - 255.255.255.255/65535");
	ts_any(&ts, AF_INET6);
	assert_string_equal(ts_str(&ts, text),
			    "::/0 - ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/65535");
}

static void selectors_differ_in_any_field(void **state)
{
	struct ts any, other;

	ts_any(&any, AF_INET);
	other = any;
	assert_true(ts_eq(&any, &other));
	other.start.octets[3] = 1;
	assert_false(ts_eq(&any, &other));
	other = any;
	other.end.octets[0] = 1;
	assert_false(ts_eq(&any, &other));
	other = any;
	other.protocol = 6;
	assert_false(ts_eq(&any, &other));
	other = any;
	other.port_start = 1;
	assert_false(ts_eq(&any, &other));
	other = any;
	other.port_end = 1;
	assert_false(ts_eq(&any, &other));
	ts_any(&other, AF_INET6);
	assert_false(ts_eq(&any, &other));
}

static void selectors_of_unknown_type_are_skipped(void **state)
{
	struct ts_list list;

	assert_int_equal(PARSE(&list, 3, 0, 0, 0, UNKNOWN_SELECTOR, SELECTOR,
			       UNKNOWN_SELECTOR), 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(PARSE(&list, 1, 0, 0, 0, UNKNOWN_SELECTOR), 0);
	assert_int_equal(list.count, 0);
}

static void number_of_selectors_must_be_right(void **state)
{
	struct ts_list list;

	assert_int_equal(PARSE(&list, 0, 0, 0, 0), ERR_SYNTAX);
	assert_int_equal(PARSE(&list, 0, 0, 0, 0, SELECTOR), ERR_SYNTAX);
	assert_int_equal(PARSE(&list, 1, 0, 0, 0, SELECTOR, SELECTOR),
			 ERR_SYNTAX);
	assert_int_equal(PARSE(&list, 3, 0, 0, 0, SELECTOR, SELECTOR),
			 ERR_SHORT);
	assert_int_equal(PARSE(&list, 255, 0, 0, 0, SELECTOR), ERR_SHORT);
	assert_int_equal(PARSE(&list, 1, 0, 0), ERR_SHORT);
}

static void more_selectors_than_we_look_at_are_still_checked(void **state)
{
	static const uint8_t one[] = { SELECTOR };
	uint8_t body[4 + 255 * sizeof(one)] = { 255 };
	struct ts_list list;
	unsigned int i;

	for (i = 0; i < 255; i++)
		memcpy(body + 4 + i * sizeof(one), one, sizeof(one));
	assert_int_equal(parse(body, sizeof(body), &list), 0);
	assert_int_equal(list.count, TS_MAX);
	/* The last one ends before it begins. */
	body[sizeof(body) - 1] = 0;
	body[sizeof(body) - 5] = 1;
	assert_int_equal(parse(body, sizeof(body), &list), ERR_SYNTAX);
}

static void length_of_a_selector_must_fit_its_type(void **state)
{
	uint8_t body[] = { 1, 0, 0, 0, SELECTOR };
	struct ts_list list;
	unsigned int len;

	for (len = 0; len < 256; len++) {
		body[7] = (uint8_t)len;
		assert_int_equal(parse(body, sizeof(body), &list),
				 len < 16 ? ERR_SYNTAX :
				 len > 16 ? ERR_SHORT : 0);
	}
	body[7] = 16;
	/* The octets are there, but what do they mean? */
	assert_int_equal(PARSE(&list, 1, 0, 0, 0, 7, 0, 0, 18, 0, 0, 0xff, 0xff,
			       192, 0, 2, 0, 192, 0, 2, 255, 1, 2), ERR_SYNTAX);
	/* IPv4 octets under the type of IPv6. */
	body[4] = 8;
	assert_int_equal(parse(body, sizeof(body), &list), ERR_SYNTAX);
}

static void range_that_ends_before_it_begins_is_malformed(void **state)
{
	uint8_t body[] = { 1, 0, 0, 0, SELECTOR };
	struct ts_list list;

	body[16] = 191;
	assert_int_equal(parse(body, sizeof(body), &list), ERR_SYNTAX);
	body[16] = 192;
	body[8] = 1;
	body[10] = 0;
	assert_int_equal(parse(body, sizeof(body), &list), ERR_SYNTAX);
}

/* RFC 4301 section 4.4.1.1: 65535 to 0 says that ports are not known. */
static void opaque_ports_are_no_range(void **state)
{
	uint8_t body[] = { 1, 0, 0, 0, SELECTOR };
	struct ts_list list;

	memcpy(body + 8, "\xff\xff\0\0", 4);
	assert_int_equal(parse(body, sizeof(body), &list), 0);
	assert_int_equal(list.ts[0].port_start, 65535);
	assert_int_equal(list.ts[0].port_end, 0);
}

static void every_cut_is_noticed(void **state)
{
	static const uint8_t body[] = { 2, 0, 0, 0, SELECTOR, SELECTOR };
	struct ts_list list;
	size_t len;

	for (len = 0; len < sizeof(body); len++)
		assert_int_equal(parse(body, len, &list), ERR_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selector_of_a_subnet),
		cmocka_unit_test(written_selectors_are_read_back),
		cmocka_unit_test(any_means_any),
		cmocka_unit_test(selectors_differ_in_any_field),
		cmocka_unit_test(selectors_of_unknown_type_are_skipped),
		cmocka_unit_test(number_of_selectors_must_be_right),
		cmocka_unit_test(more_selectors_than_we_look_at_are_still_checked),
		cmocka_unit_test(length_of_a_selector_must_fit_its_type),
		cmocka_unit_test(range_that_ends_before_it_begins_is_malformed),
		cmocka_unit_test(opaque_ports_are_no_range),
		cmocka_unit_test(every_cut_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
