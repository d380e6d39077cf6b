// SPDX-License-Identifier: GPL-2.0
/*
 * agent/config: damaged files. Whatever happens to the text of an example, it
 * is accepted or refused with a sentence; the sanitizers watch over the rest.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "config_files.h"

#define EXAMPLE	"Documentation/examples/fqdn.conf"

/* What the library forgets when its parser stops half way is not ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static void load(const char *text)
{
	char error[CFG_ERROR];
	struct cfg *cfg = cfg_load_text(text, "damaged.conf", error);

	if (cfg)
		assert_string_equal(error, "");
	else
		assert_true(strlen(error) > strlen("damaged.conf:1: "));
	cfg_free(cfg);
}

static char *example(size_t *len)
{
	char path[TOP_PATH];
	char *text = read_text(top_path(EXAMPLE, path));

	*len = strlen(text);
	return text;
}

static void cut_everywhere(void **state)
{
	size_t len, i;
	char *text = example(&len);

	for (i = len; i-- > 0;) {
		text[i] = '\0';
		load(text);
	}
	free(text);
}

/* Fixed seed: a failure comes again. */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void change_octets(void **state)
{
	static const char likely[] = "\"'\\{}[]()=:;,@#/*-0x9L.\n\xff";
	size_t len, i, at;
	char *text = example(&len), *copy = strdup(text);
	uint32_t seed = 1;
	int round;

	assert_non_null(copy);
	for (round = 0; round < 3000; round++) {
		memcpy(copy, text, len + 1);
		for (i = next(&seed) % 3 + 1; i > 0; i--) {
			at = next(&seed) % len;
			copy[at] = likely[next(&seed) % (sizeof(likely) - 1)];
		}
		load(copy);
	}
	free(copy);
	free(text);
}

static void drop_lines(void **state)
{
	size_t len, at, line;
	char *text = example(&len), *copy = strdup(text);

	assert_non_null(copy);
	for (at = 0; at < len; at += line) {
		line = strcspn(text + at, "\n") + 1;
		memcpy(copy, text, at);
		memcpy(copy + at, text + at + line, len - at - line + 1);
		load(copy);
	}
	free(copy);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_everywhere),
		cmocka_unit_test(change_octets),
		cmocka_unit_test(drop_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
