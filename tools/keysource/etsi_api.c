// SPDX-License-Identifier: GPL-2.0
/*
 * ETSI GS QKD 014 v1.1.1, from the side of the key source (KME): the caller is
 * the SAE its certificate names.
 */

#include <json-c/json.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/coding.h>

#include "hex.h"
#include "ppk/dialect.h"
#include "util/err.h"
#include "web.h"

#define PREFIX		"/api/v1/keys/"
#define BITS_DEFAULT	256
#define BITS_MIN	64
#define BITS_MAX	1024
#define UUID		37
#define BASE64		256

static void put_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void put_number(struct json_object *o, const char *key, int v)
{
	json_object_object_add(o, key, json_object_new_int(v));
}

/* ------------------------------------------------------------- identifiers */

static void uuid_encode(const uint8_t id[KEY_ID_LEN], char out[UUID])
{
	char hex[2 * KEY_ID_LEN + 1];

	hex_encode(id, KEY_ID_LEN, hex);
	snprintf(out, UUID, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
		 hex + 12, hex + 16, hex + 20);
}

static bool uuid_decode(const char *text, uint8_t id[KEY_ID_LEN])
{
	char hex[2 * KEY_ID_LEN + 1];
	size_t len = 0, i;

	if (strlen(text) != UUID - 1)
		return false;
	for (i = 0; i < UUID - 1; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen != (text[i] == '-'))
			return false;
		if (!hyphen)
			hex[len++] = text[i];
	}
	return hex_decode(hex, len, id, KEY_ID_LEN);
}

/* Into the container of an answer. */
static void add_key(struct exchange *x, const uint8_t id[KEY_ID_LEN],
		    const struct secret *key)
{
	struct json_object *list, *o = json_object_new_object();
	char uuid[UUID];
	byte text[BASE64];
	word32 len = sizeof(text) - 1;

	if (!x->answer) {
		x->answer = json_object_new_object();
		json_object_object_add(x->answer, "keys",
				       json_object_new_array());
	}
	list = json_object_object_get(x->answer, "keys");
	uuid_encode(id, uuid);
	put_text(o, "key_ID", uuid);
	if (Base64_Encode_NoNl(secret_bytes(key), (word32)secret_len(key),
			       text, &len) == 0) {
		text[len] = '\0';
		put_text(o, "key", (const char *)text);
	}
	wipe(text, sizeof(text));
	json_object_array_add(list, o);
}

/* --------------------------------------------------------------- parameters */

/* Of the query, or of a POST's body. */
static bool get_number(struct exchange *x, struct json_object *body,
		       const char *name, unsigned int min, unsigned int max,
		       unsigned int *out)
{
	const char *text = x->get ? web_query(x, name) : NULL;
	struct json_object *v;
	int64_t n;
	char *end;

	if (text) {
		n = strtol(text, &end, 10);
		if (*text < '0' || *text > '9' || *end)
			return false;
	} else if (body && json_object_object_get_ex(body, name, &v)) {
		if (!json_object_is_type(v, json_type_int))
			return false;
		n = json_object_get_int64(v);
	} else {
		return true;
	}
	*out = (unsigned int)n;
	return n >= min && n <= max;
}

/* NULL with a refusal when there should be one and is none. */
static struct json_object *parse_body(struct exchange *x, unsigned int *status)
{
	struct json_object *body;

	*status = 0;
	if (x->get || (!x->body_len && !x->too_long))
		return NULL;
	body = x->too_long ? NULL : json_tokener_parse(x->body);
	if (json_object_is_type(body, json_type_object))
		return body;
	json_object_put(body);
	*status = web_refuse(x, MHD_HTTP_BAD_REQUEST,
			     "the body is no JSON object");
	return NULL;
}

/* Extensions that must be understood are not. */
static bool has_mandatory(struct json_object *body)
{
	struct json_object *v;

	return body && json_object_object_get_ex(body, "extension_mandatory",
						 &v) &&
	       json_object_is_type(v, json_type_array) &&
	       json_object_array_length(v);
}

/* -------------------------------------------------------------------- paths */

static unsigned int status_of(struct exchange *x, const char *sae)
{
	const struct conf *c = x->web->conf;

	x->answer = json_object_new_object();
	put_text(x->answer, "source_KME_ID", c->system_id);
	put_text(x->answer, "target_KME_ID", c->peer_system_id);
	put_text(x->answer, "master_SAE_ID", x->caller);
	put_text(x->answer, "slave_SAE_ID", sae);
	put_number(x->answer, "key_size", BITS_DEFAULT);
	put_number(x->answer, "stored_key_count",
		   (int)store_count(x->web->store));
	put_number(x->answer, "max_key_count", (int)c->max_keys);
	put_number(x->answer, "max_key_per_request", WEB_KEYS_MAX);
	put_number(x->answer, "max_key_size", BITS_MAX);
	put_number(x->answer, "min_key_size", BITS_MIN);
	put_number(x->answer, "max_SAE_ID_count", 0);
	return MHD_HTTP_OK;
}

static unsigned int new_keys(struct exchange *x, const char *sae)
{
	unsigned int count = 1, bits = BITS_DEFAULT, status;
	struct json_object *body = parse_body(x, &status);
	bool good;

	if (status)
		return status;
	good = get_number(x, body, "number", 1, WEB_KEYS_MAX, &count) &&
	       get_number(x, body, "size", BITS_MIN, BITS_MAX, &bits) &&
	       bits % 8 == 0 && !has_mandatory(body);
	json_object_put(body);
	if (!good)
		return web_refuse(x, MHD_HTTP_BAD_REQUEST,
				  "number, size or an extension is not supported");
	return web_make(x, count, bits, x->caller, sae);
}

/* The IDs asked for, in order; 0 when there are none or one is malformed. */
static unsigned int wanted_ids(struct exchange *x, struct json_object *body,
			       uint8_t ids[WEB_KEYS_MAX][KEY_ID_LEN])
{
	const char *text = x->get ? web_query(x, "key_ID") : NULL;
	struct json_object *list, *o, *v;
	size_t i, n;

	if (text)
		return uuid_decode(text, ids[0]);
	if (!body || !json_object_object_get_ex(body, "key_IDs", &list) ||
	    !json_object_is_type(list, json_type_array))
		return 0;
	n = json_object_array_length(list);
	if (n > WEB_KEYS_MAX)
		return 0;
	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(list, i);
		if (!json_object_is_type(o, json_type_object) ||
		    !json_object_object_get_ex(o, "key_ID", &v) ||
		    !json_object_is_type(v, json_type_string) ||
		    !uuid_decode(json_object_get_string(v), ids[i]))
			return 0;
	}
	return (unsigned int)n;
}

static unsigned int old_keys(struct exchange *x, const char *sae)
{
	struct held_key want = { .protocol = CONF_ETSI_014 };
	uint8_t ids[WEB_KEYS_MAX][KEY_ID_LEN];
	unsigned int count, i, status;
	struct json_object *body = parse_body(x, &status);
	struct secret *key;

	if (status)
		return status;
	count = wanted_ids(x, body, ids);
	json_object_put(body);
	strcpy(want.master, sae);
	/* etsi_begin() knows that it fits. */
	strcpy(want.slave, x->caller);
	for (i = 0; i < count; i++) {
		memcpy(want.id, ids[i], KEY_ID_LEN);
		key = store_take(x->web->store, &want);
		if (!key)
			break;
		add_key(x, want.id, key);
		secret_free(key);
		x->web->fetched++;
	}
	if (count && i == count)
		return MHD_HTTP_OK;
	return web_refuse(x, MHD_HTTP_BAD_REQUEST,
			  "a key_ID is malformed or unknown, or its key was given already");
}

/* "/api/v1/keys/SAE/WHAT" */
unsigned int etsi_begin(struct exchange *x)
{
	static const struct {
		const char *what;
		bool post;
		unsigned int (*fn)(struct exchange *x, const char *sae);
	} paths[] = {
		{ "status", false, status_of },
		{ "enc_keys", true, new_keys },
		{ "dec_keys", true, old_keys },
	};
	size_t plain = sizeof(PREFIX) - 1, i;
	char sae[CONF_SYSTEM_ID];
	const char *what;

	if (!sks_is_system_id(x->caller))
		return web_refuse(x, MHD_HTTP_UNAUTHORIZED,
				  "the certificate names no SAE");
	what = strncmp(x->path, PREFIX, plain) ? NULL :
	       strchr(x->path + plain, '/');
	if (!what || what - x->path - plain >= sizeof(sae))
		return web_refuse(x, MHD_HTTP_NOT_FOUND,
				  "there is no such path");
	snprintf(sae, sizeof(sae), "%.*s", (int)(what - x->path - plain),
		 x->path + plain);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strcmp(what + 1, paths[i].what) == 0 &&
		    sks_is_system_id(sae))
			return x->get || paths[i].post ? paths[i].fn(x, sae) :
			       web_refuse(x, MHD_HTTP_METHOD_NOT_ALLOWED,
					  "the method is not supported");
	return web_refuse(x, MHD_HTTP_NOT_FOUND, "there is no such path");
}

void etsi_finish(struct exchange *x)
{
	unsigned int i;

	for (i = 0; i < x->made_count; i++)
		add_key(x, x->made[i].id, x->made[i].key);
}
