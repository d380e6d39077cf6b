// SPDX-License-Identifier: GPL-2.0
/*
 * agent/util/buf.c: the reader stays inside, the writer stays within its
 * limit, and neither forgets that it failed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/buf.h"

static const uint8_t octets[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c,
	0x0d, 0x0e, 0x0f,
};

static void numbers_are_read_in_network_order(void **state)
{
	struct rd rd;

	rd_init(&rd, octets, sizeof(octets));
	assert_int_equal(rd_u8(&rd), 0x01);
	assert_int_equal(rd_u16(&rd), 0x0203);
	assert_int_equal(rd_u32(&rd), 0x04050607);
	assert_true(rd_u64(&rd) == 0x08090a0b0c0d0e0f);
	assert_int_equal(rd_left(&rd), 0);
	assert_true(rd_ok(&rd));
}

static void reader_that_ran_out_stays_failed(void **state)
{
	struct rd rd;

	rd_init(&rd, octets, 3);
	assert_int_equal(rd_u32(&rd), 0);
	assert_false(rd_ok(&rd));
	/* Three octets are there, but nobody gets them any more. */
	assert_int_equal(rd_left(&rd), 0);
	assert_int_equal(rd_u8(&rd), 0);
	assert_int_equal(rd_u16(&rd), 0);
	assert_true(rd_u64(&rd) == 0);
	assert_int_equal(rd_bytes(&rd, 1).len, 0);
	assert_null(rd_bytes(&rd, 0).p);
	assert_int_equal(rd_rest(&rd).len, 0);
	assert_false(rd_ok(&rd));
}

static void every_number_fails_when_one_octet_is_missing(void **state)
{
	struct rd rd;

	rd_init(&rd, octets, 0);
	rd_u8(&rd);
	assert_false(rd_ok(&rd));
	rd_init(&rd, octets, 1);
	rd_u16(&rd);
	assert_false(rd_ok(&rd));
	rd_init(&rd, octets, 3);
	rd_u32(&rd);
	assert_false(rd_ok(&rd));
	rd_init(&rd, octets, 7);
	rd_u64(&rd);
	assert_false(rd_ok(&rd));
}

static void bytes_are_borrowed_and_bounded(void **state)
{
	struct view v;
	struct rd rd;

	rd_init(&rd, octets, 4);
	v = rd_bytes(&rd, 4);
	assert_ptr_equal(v.p, octets);
	assert_int_equal(v.len, 4);
	assert_int_equal(rd_bytes(&rd, 0).len, 0);
	assert_true(rd_ok(&rd));
	rd_init(&rd, octets, 4);
	assert_int_equal(rd_bytes(&rd, SIZE_MAX).len, 0);
	assert_false(rd_ok(&rd));
}

static void rest_is_everything_and_may_be_nothing(void **state)
{
	struct view v;
	struct rd rd;

	rd_init(&rd, octets, 5);
	rd_u8(&rd);
	v = rd_rest(&rd);
	assert_ptr_equal(v.p, octets + 1);
	assert_int_equal(v.len, 4);
	assert_int_equal(rd_rest(&rd).len, 0);
	assert_true(rd_ok(&rd));
	rd_init(&rd, NULL, 0);
	assert_int_equal(rd_rest(&rd).len, 0);
	assert_true(rd_ok(&rd));
}

static void part_cannot_be_left(void **state)
{
	struct rd rd, sub;

	rd_init(&rd, octets, 6);
	sub = rd_sub(&rd, 2);
	assert_int_equal(rd_u16(&sub), 0x0102);
	rd_u8(&sub);
	assert_false(rd_ok(&sub));
	/* The whole does not care, and goes on behind the part. */
	assert_int_equal(rd_u8(&rd), 3);
	sub = rd_sub(&rd, 4);
	assert_false(rd_ok(&rd));
	assert_false(rd_ok(&sub));
	assert_int_equal(rd_u8(&sub), 0);
}

static void views_are_equal_by_content(void **state)
{
	const uint8_t copy[] = { 1, 2, 3 };

	assert_true(view_eq((struct view){ octets, 3 },
			    (struct view){ copy, 3 }));
	assert_false(view_eq((struct view){ octets, 2 },
			     (struct view){ copy, 3 }));
	assert_false(view_eq((struct view){ octets + 1, 3 },
			     (struct view){ copy, 3 }));
	assert_true(view_eq((struct view){ NULL, 0 },
			    (struct view){ copy, 0 }));
}

static void numbers_are_written_in_network_order(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	buf_put_u8(&b, 0x01);
	buf_put_u16(&b, 0x0203);
	buf_put_u32(&b, 0x04050607);
	buf_put_u64(&b, 0x08090a0b0c0d0e0f);
	assert_true(view_eq(buf_view(&b),
			    (struct view){ octets, sizeof(octets) }));
	buf_fini(&b);
}

static void written_octets_may_be_corrected(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	buf_put(&b, octets, 8);
	buf_set_u8(&b, 0, 0xa1);
	buf_set_u16(&b, 1, 0xa2a3);
	buf_set_u32(&b, 4, 0xa5a6a7a8);
	assert_true(buf_ok(&b));
	assert_memory_equal(b.p, "\xa1\xa2\xa3\x04\xa5\xa6\xa7\xa8", 8);
	buf_fini(&b);
}

static void correction_behind_the_end_fails_and_changes_nothing(void **state)
{
	static const size_t places[] = { 5, 6, 8, 9, SIZE_MAX, SIZE_MAX - 3 };
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		buf_init(&b, 100);
		buf_put(&b, octets, 8);
		buf_set_u32(&b, places[i], 0xffffffff);
		assert_false(buf_ok(&b));
		assert_memory_equal(b.p, octets, 8);
		buf_fini(&b);
	}
}

static void growing_keeps_the_content(void **state)
{
	struct buf b;
	size_t i;

	buf_init(&b, 100000);
	for (i = 0; i < 100000; i++)
		buf_put_u8(&b, (uint8_t)(i * 7));
	assert_true(buf_ok(&b));
	for (i = 0; i < 100000; i++)
		assert_int_equal(b.p[i], (uint8_t)(i * 7));
	buf_fini(&b);
}

static void writer_stops_at_its_limit(void **state)
{
	struct buf b;

	buf_init(&b, 8);
	buf_put(&b, octets, 8);
	assert_true(buf_ok(&b));
	buf_put_u8(&b, 9);
	assert_false(buf_ok(&b));
	assert_int_equal(b.len, 8);
	buf_reset(&b);
	buf_put(&b, octets, 6);
	/* What would fit is not taken either: the message is lost anyway. */
	buf_put_u32(&b, 1);
	buf_put_u8(&b, 1);
	assert_false(buf_ok(&b));
	assert_int_equal(b.len, 6);
	assert_null(buf_reserve(&b, 1));
	assert_null(buf_reserve(&b, SIZE_MAX));
	buf_fini(&b);
}

static void reset_makes_a_failed_buffer_usable(void **state)
{
	struct buf b;

	buf_init(&b, 4);
	buf_put_u64(&b, 1);
	assert_false(buf_ok(&b));
	buf_reset(&b);
	assert_true(buf_ok(&b));
	buf_put_u32(&b, 1);
	assert_true(buf_ok(&b));
	assert_int_equal(b.len, 4);
	buf_fini(&b);
}

static void what_is_dropped_is_wiped(void **state)
{
	uint8_t zeros[15] = { 0 };
	struct buf b;

	buf_init(&b, 100);
	buf_put(&b, octets, 15);
	buf_truncate(&b, 20);
	assert_int_equal(b.len, 15);
	buf_truncate(&b, 5);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.p, octets, 5);
	assert_memory_equal(b.p + 5, zeros, 10);
	buf_reset(&b);
	assert_memory_equal(b.p, zeros, 15);
	buf_fini(&b);
}

static void room_is_given_out_to_be_filled(void **state)
{
	struct buf b;
	uint8_t *at;

	buf_init(&b, 10);
	/* NULL means failed, thus even nothing has a place. */
	assert_non_null(buf_reserve(&b, 0));
	buf_put_u8(&b, 1);
	at = buf_reserve(&b, 9);
	assert_non_null(at);
	memset(at, 2, 9);
	assert_int_equal(b.len, 10);
	assert_int_equal(b.p[9], 2);
	assert_non_null(buf_reserve(&b, 0));
	assert_true(buf_ok(&b));
	buf_fini(&b);
}

static void content_has_one_owner(void **state)
{
	struct buf from, to;

	buf_init(&from, 20);
	buf_put(&from, octets, 5);
	buf_take(&to, &from);
	assert_int_equal(from.len, 0);
	assert_null(from.p);
	assert_memory_equal(to.p, octets, 5);
	/* Both may be freed, and both may be used again. */
	buf_fini(&to);
	buf_fini(&to);
	buf_put(&from, octets, 3);
	buf_put(&to, octets, 3);
	assert_true(buf_ok(&from) && buf_ok(&to));
	buf_fini(&from);
	buf_fini(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_in_network_order),
		cmocka_unit_test(reader_that_ran_out_stays_failed),
		cmocka_unit_test(every_number_fails_when_one_octet_is_missing),
		cmocka_unit_test(bytes_are_borrowed_and_bounded),
		cmocka_unit_test(rest_is_everything_and_may_be_nothing),
		cmocka_unit_test(part_cannot_be_left),
		cmocka_unit_test(views_are_equal_by_content),
		cmocka_unit_test(numbers_are_written_in_network_order),
		cmocka_unit_test(written_octets_may_be_corrected),
		cmocka_unit_test(correction_behind_the_end_fails_and_changes_nothing),
		cmocka_unit_test(growing_keeps_the_content),
		cmocka_unit_test(writer_stops_at_its_limit),
		cmocka_unit_test(reset_makes_a_failed_buffer_usable),
		cmocka_unit_test(what_is_dropped_is_wiped),
		cmocka_unit_test(room_is_given_out_to_be_filled),
		cmocka_unit_test(content_has_one_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
