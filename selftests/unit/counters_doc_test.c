// SPDX-License-Identifier: GPL-2.0
/*
 * Documentation/counters.rst against the list of counters: each stands there
 * once, and none that does not exist.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config_files.h"
#include "ike/engine.h"

static const char *const names[] = {
#define X(name) #name,
	IKE_COUNTER_LIST(X)
#undef X
	"rx_drop_not_ike", "rx_drop_source", "rx_drop_vrf",
};

#define NAMES	(sizeof(names) / sizeof(names[0]))

static char *manual(void)
{
	char path[TOP_PATH];

	return read_text(top_path("Documentation/counters.rst", path));
}

/* Rows: lines that begin with the name. */
static unsigned int rows(const char *text, const char *name)
{
	char row[80];
	unsigned int n = 0;
	const char *at;

	snprintf(row, sizeof(row), "\n``%s`` ", name);
	for (at = strstr(text, row); at; at = strstr(at + 1, row))
		n++;
	return n;
}

static void each_counter_is_documented_once(void **state)
{
	char *text = manual();
	size_t i;

	for (i = 0; i < NAMES; i++)
		if (rows(text, names[i]) != 1)
			fail_msg("%s: %u rows", names[i], rows(text, names[i]));
	free(text);
}

static void nothing_else_is_documented(void **state)
{
	char *text = manual();
	unsigned int n = 0;
	const char *at;

	for (at = strstr(text, "\n``"); at; at = strstr(at + 1, "\n``"))
		n++;
	assert_int_equal(n, NAMES);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_counter_is_documented_once),
		cmocka_unit_test(nothing_else_is_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
