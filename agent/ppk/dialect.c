// SPDX-License-Identifier: GPL-2.0
/*
 * What the protocols of key sources have in common.
 */

#include "ppk/dialect.h"

#include <stdio.h>
#include <string.h>

#include "util/err.h"

const struct sks_dialect *sks_dialect(enum sks_protocol protocol)
{
	return protocol == SKS_ETSI_014 ? &sks_etsi_014 : &sks_skip;
}

bool sks_is_system_id(const char *text)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-._~";
	size_t len = strlen(text);

	/* "." and ".." are steps in a path. */
	return len && len < SKS_SYSTEM_ID && strspn(text, allowed) == len &&
	       strspn(text, ".") < len;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int sks_from_hex(const char *text, size_t len, struct secret **out)
{
	size_t i;

	*out = NULL;
	if (!len || len % 2)
		return ERR_SYNTAX;
	*out = secret_alloc(len / 2);
	if (!*out)
		return ERR_NOMEM;
	for (i = 0; i < len; i += 2) {
		int hi = hex_digit(text[i]), lo = hex_digit(text[i + 1]);

		if (hi < 0 || lo < 0) {
			secret_clear(out);
			return ERR_SYNTAX;
		}
		secret_writable(*out)[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

int sks_check_length(const struct sks_options *o, const struct secret *key,
		     char say[SKS_SAY])
{
	if (secret_len(key) * 8 == o->key_bits)
		return 0;
	snprintf(say, SKS_SAY,
		 "the key has %zu bits, expected %u as asked for (key-size)",
		 secret_len(key) * 8, o->key_bits);
	return ERR_SYNTAX;
}
