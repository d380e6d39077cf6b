// SPDX-License-Identifier: GPL-2.0
/*
 * Hexadecimal helpers of the vector tests.
 */

#include "hex.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' :
	       tolower((unsigned char)c) - 'a' + 10;
}

struct hex hex(const char *text)
{
	struct hex h = { .len = 0 };
	int high = -1;

	for (; *text; text++) {
		if (isspace((unsigned char)*text))
			continue;
		assert_true(isxdigit((unsigned char)*text));
		if (high < 0) {
			high = digit(*text);
			continue;
		}
		assert_true(h.len < HEX_MAX);
		h.p[h.len++] = (uint8_t)(high << 4 | digit(*text));
		high = -1;
	}
	assert_int_equal(high, -1);
	return h;
}

struct view hex_view(const struct hex *h)
{
	return (struct view){ h->p, h->len };
}

struct secret *hex_secret(const char *text)
{
	struct hex h = hex(text);

	return secret_new(h.p, h.len);
}

void assert_hex(const void *p, size_t len, const char *expect)
{
	struct hex want = hex(expect);

	assert_int_equal(len, want.len);
	assert_memory_equal(p, want.p, len);
}
