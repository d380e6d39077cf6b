// SPDX-License-Identifier: GPL-2.0
/*
 * agent/util/secret.c: ownership, comparison, and that nothing stays behind.
 * The first tests run without the locked heap, the last ones with it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <malloc.h>
#include <openssl/crypto.h>

#include "util/secret.h"

#define HEAP		4096
#define MARK		0xa5

static void secret_is_a_copy(void **state)
{
	char psk[] = "cisco123";
	struct secret *s = secret_new(psk, 8);

	memset(psk, 'x', 8);
	assert_int_equal(secret_len(s), 8);
	assert_memory_equal(secret_bytes(s), "cisco123", 8);
	secret_free(s);
}

static void duplicate_has_octets_of_its_own(void **state)
{
	struct secret *s = secret_new("abc", 3), *d = secret_dup(s);

	assert_true(secret_equal(s, d));
	secret_writable(s)[0] = 'z';
	assert_memory_equal(secret_bytes(d), "abc", 3);
	secret_free(s);
	secret_free(d);
	assert_null(secret_dup(NULL));
}

static void secret_to_be_filled_begins_as_zeros(void **state)
{
	static const uint8_t zeros[100];
	struct secret *s = secret_alloc(100);

	assert_memory_equal(secret_bytes(s), zeros, 100);
	secret_free(s);
}

static void part_of_a_secret_must_lie_inside(void **state)
{
	struct secret *s = secret_new("0123456789", 10), *part;
	static const struct {
		size_t at, len;
		bool good;
	} cases[] = {
		{ 0, 10, true }, { 3, 4, true }, { 10, 0, true },
		{ 0, 11, false }, { 10, 1, false }, { 11, 0, false },
		{ 5, SIZE_MAX, false }, { SIZE_MAX, 1, false },
		{ SIZE_MAX, 2, false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		part = secret_slice(s, cases[i].at, cases[i].len);
		assert_int_equal(!!part, cases[i].good);
		if (!part)
			continue;
		assert_int_equal(secret_len(part), cases[i].len);
		assert_memory_equal(secret_bytes(part),
				    "0123456789" + cases[i].at, cases[i].len);
		secret_free(part);
	}
	secret_free(s);
}

static void secrets_are_equal_by_length_and_content(void **state)
{
	struct secret *a = secret_new("abc", 3), *b = secret_new("abc", 3);
	struct secret *longer = secret_new("abcd", 4);
	struct secret *other = secret_new("abd", 3), *none = secret_new("", 0);

	assert_true(secret_equal(a, b));
	assert_false(secret_equal(a, longer));
	assert_false(secret_equal(longer, a));
	assert_false(secret_equal(a, other));
	assert_false(secret_equal(a, none));
	assert_true(secret_equal(none, none));
	assert_true(equal_ct("abc", "abc", 3));
	assert_false(equal_ct("abc", "abd", 3));
	secret_free(a);
	secret_free(b);
	secret_free(longer);
	secret_free(other);
	secret_free(none);
}

static void cleared_pointer_is_null_and_may_be_cleared_again(void **state)
{
	struct secret *s = secret_new("abc", 3);

	secret_clear(&s);
	assert_null(s);
	secret_clear(&s);
	secret_free(NULL);
}

static void wiped_octets_are_zeros(void **state)
{
	static const uint8_t zeros[40];
	uint8_t key[40];

	memset(key, MARK, sizeof(key));
	wipe(key, sizeof(key));
	assert_memory_equal(key, zeros, sizeof(key));
	wipe(key, 0);
}

/* Called for whatever OpenSSL frees outside of the locked heap. */
static unsigned int marks_freed;

static void free_and_look(void *p, const char *file, int line)
{
	const uint8_t *octets = p;
	size_t i;

	for (i = 0; p && i < malloc_usable_size(p); i++)
		marks_freed += octets[i] == MARK;
	free(p);
}

static void *plain_malloc(size_t len, const char *file, int line)
{
	return malloc(len);
}

static void *plain_realloc(void *p, size_t len, const char *file, int line)
{
	return realloc(p, len);
}

static void freed_secret_leaves_nothing_behind(void **state)
{
	struct secret *s = secret_alloc(512);

	memset(secret_writable(s), MARK, 512);
	marks_freed = 0;
	secret_free(s);
	/* Octets behind the end of the block may be anything. */
	assert_true(marks_freed < 64);
}

/* Memory of the locked heap may be looked at after it was freed. */
static void freed_secret_leaves_nothing_in_the_heap(void **state)
{
	struct secret *s;
	const uint8_t *p;
	size_t i;

	if (secret_heap_init(HEAP) != 0)
		skip();
	s = secret_alloc(512);
	memset(secret_writable(s), MARK, 512);
	p = secret_bytes(s);
	secret_free(s);
	for (i = 0; i < 512; i++)
		assert_int_not_equal(p[i], MARK);
}

static void full_heap_does_not_stop_anybody(void **state)
{
	struct secret *s[64];
	uint8_t key[HEAP / 8];
	size_t i;

	for (i = 0; i < 64; i++) {
		memset(key, (int)i, sizeof(key));
		s[i] = secret_new(key, sizeof(key));
		assert_non_null(s[i]);
	}
	for (i = 0; i < 64; i++) {
		memset(key, (int)i, sizeof(key));
		assert_memory_equal(secret_bytes(s[i]), key, sizeof(key));
		secret_free(s[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret_is_a_copy),
		cmocka_unit_test(duplicate_has_octets_of_its_own),
		cmocka_unit_test(secret_to_be_filled_begins_as_zeros),
		cmocka_unit_test(part_of_a_secret_must_lie_inside),
		cmocka_unit_test(secrets_are_equal_by_length_and_content),
		cmocka_unit_test(cleared_pointer_is_null_and_may_be_cleared_again),
		cmocka_unit_test(wiped_octets_are_zeros),
		cmocka_unit_test(freed_secret_leaves_nothing_behind),
		cmocka_unit_test(freed_secret_leaves_nothing_in_the_heap),
		cmocka_unit_test(full_heap_does_not_stop_anybody),
	};

	/* Before OpenSSL allocates anything. */
	if (CRYPTO_set_mem_functions(plain_malloc, plain_realloc,
				     free_and_look) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
