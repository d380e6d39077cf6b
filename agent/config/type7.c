// SPDX-License-Identifier: GPL-2.0
/*
 * Decoder of the type-7 obfuscation, in which a router's configuration prints
 * its passwords: each octet is XORed with a fixed text, begun at an offset
 * that stands in the first two digits.
 */

#include <ctype.h>
#include <string.h>

#include "config/config.h"
#include "util/err.h"

static const char pad[] =
	"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";
#define PAD_LEN		(sizeof(pad) - 1)

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int type7_decode(const char *text, struct secret **out)
{
	size_t len = strlen(text), start, i;
	struct secret *clear;
	uint8_t *p;

	*out = NULL;
	if (len < 4 || len % 2 || !isdigit((unsigned char)text[0]) ||
	    !isdigit((unsigned char)text[1]))
		return ERR_SYNTAX;
	start = (size_t)(text[0] - '0') * 10 + (size_t)(text[1] - '0');
	if (start >= PAD_LEN)
		return ERR_SYNTAX;
	text += 2;
	len = len / 2 - 1;

	clear = secret_alloc(len);
	if (!clear)
		return ERR_NOMEM;
	p = secret_writable(clear);
	for (i = 0; i < len; i++) {
		int hi = hex_digit(text[2 * i]);
		int lo = hex_digit(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			goto err_free;
		p[i] = (uint8_t)((hi << 4 | lo) ^ pad[(start + i) % PAD_LEN]);
	}
	*out = clear;
	return 0;

err_free:
	secret_free(clear);
	return ERR_SYNTAX;
}
