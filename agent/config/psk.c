// SPDX-License-Identifier: GPL-2.0
/*
 * Setters of secrets. No message here quotes a value.
 */

#include <ctype.h>
#include <string.h>

#include "config/load.h"
#include "config/value.h"
#include "util/err.h"

#define HEX_MARK	"0x"
#define PSK_MAX		1024	/* octets */

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at;

	at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* @text behind the mark. Return: 0, ERR_SYNTAX or ERR_NOMEM. */
static int from_hex(const char *text, struct secret **out)
{
	size_t len = strlen(text), i;
	uint8_t *p;

	*out = NULL;
	if (len == 0 || len % 2)
		return ERR_SYNTAX;
	*out = secret_alloc(len / 2);
	if (!*out)
		return ERR_NOMEM;
	p = secret_writable(*out);
	for (i = 0; i < len; i += 2) {
		int hi = hex_digit(text[i]), lo = hex_digit(text[i + 1]);

		if (hi < 0 || lo < 0) {
			secret_clear(out);
			return ERR_SYNTAX;
		}
		p[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

/* A key in clear or in hexadecimal digits; NULL after complaining. */
struct secret *value_get_key(struct loader *ld, const struct value *v)
{
	struct secret *key = NULL;
	int err = 0;

	if (strncmp(v->text, HEX_MARK, 2) == 0)
		err = from_hex(v->text + 2, &key);
	else
		key = secret_new(v->text, strlen(v->text));
	if (err == ERR_SYNTAX)
		value_problem(ld, v, "begins with 0x and is not hexadecimal; "
			      "expected two digits for each octet");
	else if (!key)
		value_problem(ld, v, "does not fit into memory");
	return key;
}

struct secret *value_get_type7(struct loader *ld, const struct value *v)
{
	struct secret *key;
	int err = type7_decode(v->text, &key);

	if (err == ERR_SYNTAX)
		value_problem(ld, v, "is not a type 7 string; expected two "
			      "decimal digits from 00 to 52, then two "
			      "hexadecimal digits for each character");
	else if (err)
		value_problem(ld, v, "does not fit into memory");
	else if (secret_len(key) > PSK_MAX) {
		value_problem(ld, v, "stands for %zu characters; expected at "
			      "most %u", secret_len(key), PSK_MAX);
		secret_clear(&key);
	}
	return key;
}

/* Store in a free place only; @key is ours in any case. */
static void put_key(struct loader *ld, const struct value *v,
		    struct secret **at, struct secret *key)
{
	if (!key)
		return;
	if (!*at) {
		*at = key;
		return;
	}
	secret_free(key);
	value_problem(ld, v, "stands beside another key; expected "
		      "pre-shared-key, or password, or both of "
		      "pre-shared-key-local and -remote");
}

/* One key for both directions. */
static void put_psk(struct loader *ld, const struct value *v, void *obj,
		    struct secret *key)
{
	struct cfg_peer *peer = obj;
	struct secret *copy = secret_dup(key);

	if (key && !copy)
		value_problem(ld, v, "does not fit into memory");
	put_key(ld, v, &peer->psk_local, key);
	if (peer->psk_remote)
		secret_free(copy);
	else
		peer->psk_remote = copy;
}

void value_psk(struct loader *ld, const struct value *v, void *obj)
{
	put_psk(ld, v, obj, value_get_key(ld, v));
}

void value_psk_type7(struct loader *ld, const struct value *v, void *obj)
{
	put_psk(ld, v, obj, value_get_type7(ld, v));
}

void value_psk_one(struct loader *ld, const struct value *v, void *obj)
{
	struct secret **at = (void *)((char *)obj + v->key->offset);

	put_key(ld, v, at, value_get_key(ld, v));
}

void value_psk_one_type7(struct loader *ld, const struct value *v, void *obj)
{
	struct secret **at = (void *)((char *)obj + v->key->offset);

	put_key(ld, v, at, value_get_type7(ld, v));
}

/* -------------------------------------------------------------------- PPK */

static bool set_ppk_kind(struct loader *ld, const struct value *v,
			 struct cfg_ppk *ppk, enum cfg_ppk_kind kind)
{
	if (ppk->kind != CFG_PPK_NONE && ppk->kind != kind) {
		value_problem(ld, v, "stands beside a manual key; expected "
			      "either manual or dynamic");
		return false;
	}
	ppk->kind = kind;
	return true;
}

void value_ppk_id(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_ppk *ppk = &((struct cfg_peer *)obj)->ppk;
	const char *c;

	for (c = v->text; *c; c++) {
		if (!isalnum((unsigned char)*c) && *c != '+' && *c != '/') {
			value_problem(ld, v, "has a character that is not "
				      "allowed; expected letters, digits, + "
				      "and /");
			return;
		}
	}
	if (set_ppk_kind(ld, v, ppk, CFG_PPK_MANUAL))
		memcpy(ppk->id, v->text, strlen(v->text) + 1);
}

static void put_ppk(struct loader *ld, const struct value *v, void *obj,
		    struct secret *key)
{
	struct cfg_ppk *ppk = &((struct cfg_peer *)obj)->ppk;

	if (ppk->key) {
		secret_free(key);
		value_problem(ld, v, "stands beside another key; expected key "
			      "or password");
		return;
	}
	ppk->key = key;
	set_ppk_kind(ld, v, ppk, CFG_PPK_MANUAL);
}

void value_ppk_key(struct loader *ld, const struct value *v, void *obj)
{
	put_ppk(ld, v, obj, value_get_key(ld, v));
}

void value_ppk_type7(struct loader *ld, const struct value *v, void *obj)
{
	put_ppk(ld, v, obj, value_get_type7(ld, v));
}

void value_ppk_dynamic(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_ppk *ppk = &((struct cfg_peer *)obj)->ppk;

	if (set_ppk_kind(ld, v, ppk, CFG_PPK_DYNAMIC))
		memcpy(ppk->id, v->text, strlen(v->text) + 1);
}
