/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hexadecimal text to octets, for vectors as the standards print them.
 */
#ifndef SELFTESTS_VECTORS_HEX_H
#define SELFTESTS_VECTORS_HEX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/buf.h"
#include "util/secret.h"

#define HEX_MAX	2048

/** struct hex - octets of a text; spaces between digits are allowed */
struct hex {
	uint8_t p[HEX_MAX];
	size_t len;
};

struct hex hex(const char *text);
struct view hex_view(const struct hex *h);
struct secret *hex_secret(const char *text);
/* Compare and show both sides when they differ. */
void assert_hex(const void *p, size_t len, const char *expect);

#endif
