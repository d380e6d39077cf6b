// SPDX-License-Identifier: GPL-2.0
/*
 * agent/config/type7.c: known strings, every start, and what is no type 7
 * string.
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
#include "util/err.h"

static void known_strings(void **state)
{
	static const struct {
		const char *text, *clear;
	} cases[] = {
		/* As the configuration guide prints them. */
		{ "0822455D0A16", "cisco" },
		{ "060506324F41584B56", "cisco123" },
		{ "104D000A061843595F", "cisco123" },
		/* The first start, and the last, which wraps at once. */
		{ "00071A150754", "cisco" },
		{ "52540D00050B0A5955", "cisco123" },
		{ "0822455d0a16", "cisco" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct secret *s;

		assert_int_equal(type7_decode(cases[i].text, &s), 0);
		assert_int_equal(secret_len(s), strlen(cases[i].clear));
		assert_memory_equal(secret_bytes(s), cases[i].clear,
				    secret_len(s));
		secret_free(s);
	}
}

/* Encoded here with the published table, from each start. */
static void every_start(void **state)
{
	static const char table[] = {
		0x64, 0x73, 0x66, 0x64, 0x3b, 0x6b, 0x66, 0x6f, 0x41, 0x2c,
		0x2e, 0x69, 0x79, 0x65, 0x77, 0x72, 0x6b, 0x6c, 0x64, 0x4a,
		0x4b, 0x44, 0x48, 0x53, 0x55, 0x42, 0x73, 0x67, 0x76, 0x63,
		0x61, 0x36, 0x39, 0x38, 0x33, 0x34, 0x6e, 0x63, 0x78, 0x76,
		0x39, 0x38, 0x37, 0x33, 0x32, 0x35, 0x34, 0x6b, 0x3b, 0x66,
		0x67, 0x38, 0x37,
	};
	unsigned int start, i;

	for (start = 0; start < sizeof(table); start++) {
		uint8_t clear[120];
		char text[2 + 2 * sizeof(clear) + 1];
		struct secret *s;

		snprintf(text, sizeof(text), "%02u", start);
		for (i = 0; i < sizeof(clear); i++) {
			clear[i] = (uint8_t)(i * 7 + start);
			snprintf(text + 2 + 2 * i, 3, "%02X", clear[i] ^
				 (uint8_t)table[(start + i) % sizeof(table)]);
		}
		assert_int_equal(type7_decode(text, &s), 0);
		assert_int_equal(secret_len(s), sizeof(clear));
		assert_memory_equal(secret_bytes(s), clear, sizeof(clear));
		secret_free(s);
	}
}

static void no_type7_strings(void **state)
{
	static const char *const cases[] = {
		"", "0", "08", "082", "0822455D0A1", "5322455D0A16",
		"9922455D0A16", "A822455D0A16", "0A22455D0A16",
		" 822455D0A16", "-822455D0A16", "0822455D0A1G",
		"0822455D0A 6", "08 2455D0A16", "cisco123",
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct secret *s = (void *)state;

		if (type7_decode(cases[i], &s) != ERR_SYNTAX || s)
			fail_msg("\"%s\" was accepted", cases[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_strings),
		cmocka_unit_test(every_start),
		cmocka_unit_test(no_type7_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
