// SPDX-License-Identifier: GPL-2.0
/*
 * agent/util/secret_file.c: what is written is read back, and what others may
 * have read or written is refused.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/err.h"
#include "util/secret_file.h"

static char dir[] = "/tmp/secret_file_test.XXXXXX";
static char path[64];

static int make_dir(void **state)
{
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/secret", dir);
	return 0;
}

static int remove_dir(void **state)
{
	unlink(path);
	return rmdir(dir);
}

static int write_one(void **state)
{
	struct secret *s = secret_new("0123456789abcdef", 16);

	unlink(path);
	assert_int_equal(secret_file_write(path, s), 0);
	secret_free(s);
	return 0;
}

static int read_error(size_t len)
{
	struct secret *s;
	int err = secret_file_read(path, len, &s);

	if (err)
		assert_null(s);
	secret_free(s);
	return err;
}

static void what_was_written_is_read(void **state)
{
	struct secret *s;
	struct stat st;

	assert_int_equal(secret_file_read(path, 16, &s), 0);
	assert_memory_equal(secret_bytes(s), "0123456789abcdef", 16);
	secret_free(s);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_new_one_replaces_the_old(void **state)
{
	struct secret *s = secret_new("fedcba9876543210", 16), *again;

	assert_int_equal(secret_file_write(path, s), 0);
	assert_int_equal(secret_file_read(path, 16, &again), 0);
	assert_true(secret_equal(s, again));
	secret_free(s);
	secret_free(again);
}

static void wrong_length_is_refused(void **state)
{
	assert_int_equal(read_error(15), ERR_SYNTAX);
	assert_int_equal(read_error(17), ERR_SYNTAX);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(read_error(16), ERR_SYNTAX);
}

static void what_others_may_read_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610, 0601 };
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(read_error(16), ERR_DENIED);
	}
}

static void no_file_and_no_plain_file(void **state)
{
	unlink(path);
	assert_int_equal(read_error(16), ERR_NOT_FOUND);
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_int_equal(read_error(16), ERR_DENIED);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(read_error(16), ERR_DENIED);
}

static void an_impossible_place_is_an_error(void **state)
{
	struct secret *s = secret_new("x", 1);

	assert_int_equal(secret_file_write("/nonexistent/dir/x", s), ERR_IO);
	secret_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_written_is_read, write_one),
		cmocka_unit_test_setup(a_new_one_replaces_the_old, write_one),
		cmocka_unit_test_setup(wrong_length_is_refused, write_one),
		cmocka_unit_test_setup(what_others_may_read_is_refused,
				       write_one),
		cmocka_unit_test(no_file_and_no_plain_file),
		cmocka_unit_test(an_impossible_place_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
