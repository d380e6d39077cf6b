// SPDX-License-Identifier: GPL-2.0
/*
 * json-c keeps the text it parses in a buffer of the parser and in string
 * objects. The buffer is made long enough before, so that it never moves, and
 * overwritten afterwards; the strings are overwritten where they are.
 */

#include "ppk/reply.h"

#include <stdio.h>
#include <string.h>

#include "ppk/http.h"

#define DEPTH	6

/* One string as long as an answer: grows the parser's buffer, or fills it. */
static bool pass_filler(struct json_tokener *tok)
{
	char text[HTTP_BODY_MAX + 2];
	struct json_object *o;

	memset(text, '0', sizeof(text));
	text[0] = '"';
	text[sizeof(text) - 1] = '"';
	json_tokener_reset(tok);
	o = json_tokener_parse_ex(tok, text, (int)sizeof(text));
	json_object_put(o);
	json_tokener_reset(tok);
	return o != NULL;
}

/* Only white space may stand behind the object. */
static bool is_blank(const char *p, size_t len)
{
	while (len && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) {
		p++;
		len--;
	}
	return len == 0;
}

struct json_object *reply_parse(const struct secret *body)
{
	struct json_tokener *tok = json_tokener_new_ex(DEPTH);
	struct json_object *o = NULL;
	size_t len = secret_len(body), end;

	if (!tok)
		return NULL;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
				    JSON_TOKENER_ALLOW_TRAILING_CHARS |
				    JSON_TOKENER_VALIDATE_UTF8);
	if (len && len <= HTTP_BODY_MAX && pass_filler(tok)) {
		const char *p = (const char *)secret_bytes(body);

		o = json_tokener_parse_ex(tok, p, (int)len);
		end = json_tokener_get_parse_end(tok);
		if (!json_object_is_type(o, json_type_object) ||
		    !is_blank(p + end, len - end)) {
			reply_free(o);
			o = NULL;
		}
		pass_filler(tok);
	}
	json_tokener_free(tok);
	return o;
}

static int wipe_string(struct json_object *o, int flags,
		       struct json_object *parent, const char *key,
		       size_t *index, void *arg)
{
	if (!(flags & JSON_C_VISIT_SECOND) &&
	    json_object_is_type(o, json_type_string))
		wipe((char *)json_object_get_string(o),
		     (size_t)json_object_get_string_len(o));
	return JSON_C_VISIT_RETURN_CONTINUE;
}

void reply_free(struct json_object *o)
{
	if (!o)
		return;
	json_c_visit(o, 0, wipe_string, NULL);
	json_object_put(o);
}

const char *reply_text(struct json_object *o, const char *key)
{
	struct json_object *v;
	const char *text;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	text = json_object_get_string(v);
	return strlen(text) == (size_t)json_object_get_string_len(v) ?
	       text : NULL;
}

bool reply_truth(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) &&
	       json_object_is_type(v, json_type_boolean) &&
	       json_object_get_boolean(v);
}
