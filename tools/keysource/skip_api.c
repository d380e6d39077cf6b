// SPDX-License-Identifier: GPL-2.0
/*
 * SKIP, from the side of the key source.
 */

#include <json-c/json.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "web.h"

#define BITS_MIN	128
#define BITS_MAX	512
#define BITS_DEFAULT	256
#define ENTROPY_MAX	2048

static void put_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void put_octets(struct json_object *o, const char *key,
		       const uint8_t *p, size_t len)
{
	char text[2 * ENTROPY_MAX / 8 + 1];

	hex_encode(p, len, text);
	put_text(o, key, text);
	wipe(text, sizeof(text));
}

static unsigned int capabilities(struct exchange *x)
{
	struct json_object *remote = json_object_new_array();
	const struct conf *c = x->web->conf;

	json_object_array_add(remote, json_object_new_string(c->peer_system_id));
	x->answer = json_object_new_object();
	json_object_object_add(x->answer, "entropy",
			       json_object_new_boolean(true));
	json_object_object_add(x->answer, "key", json_object_new_boolean(true));
	put_text(x->answer, "algorithm",
		 "system random source, copied over TLS 1.3");
	put_text(x->answer, "localSystemID", c->system_id);
	json_object_object_add(x->answer, "remoteSystemID", remote);
	return MHD_HTTP_OK;
}

/* A number of bits, in steps of 8. Return: whether it is one. */
static bool get_bits(const char *text, unsigned int min, unsigned int max,
		     unsigned int *bits)
{
	unsigned long v;
	char *end;

	if (!text)
		return true;
	if (*text < '0' || *text > '9' || strlen(text) > 5)
		return false;
	v = strtoul(text, &end, 10);
	*bits = (unsigned int)v;
	return !*end && v >= min && v <= max && v % 8 == 0;
}

static bool names_peer(struct exchange *x)
{
	const char *remote = web_query(x, "remoteSystemID");

	return remote && strcmp(remote, x->web->conf->peer_system_id) == 0;
}

static unsigned int new_key(struct exchange *x)
{
	const struct conf *c = x->web->conf;
	unsigned int bits = BITS_DEFAULT;

	if (!names_peer(x))
		return web_refuse(x, MHD_HTTP_BAD_REQUEST,
				  "remoteSystemID is missing or unknown");
	if (!get_bits(web_query(x, "size"), BITS_MIN, BITS_MAX, &bits))
		return web_refuse(x, MHD_HTTP_BAD_REQUEST,
				  "size is not 128 to 512 in steps of 8");
	return web_make(x, 1, bits, c->system_id, c->peer_system_id);
}

static unsigned int old_key(struct exchange *x, const char *id)
{
	const struct conf *c = x->web->conf;
	struct held_key want = { .protocol = CONF_SKIP };
	struct secret *key = NULL;

	strcpy(want.master, c->peer_system_id);
	strcpy(want.slave, c->system_id);
	if (names_peer(x) && hex_decode(id, strlen(id), want.id, KEY_ID_LEN))
		key = store_take(x->web->store, &want);
	if (!key)
		return web_refuse(x, MHD_HTTP_BAD_REQUEST,
				  "keyId is malformed or unknown, or its key was given already");
	x->answer = json_object_new_object();
	put_text(x->answer, "keyId", id);
	put_octets(x->answer, "key", secret_bytes(key), secret_len(key));
	secret_free(key);
	x->web->fetched++;
	return MHD_HTTP_OK;
}

static unsigned int entropy(struct exchange *x)
{
	unsigned int bits = BITS_DEFAULT;
	struct secret *random;

	if (!get_bits(web_query(x, "minentropy"), 8, ENTROPY_MAX, &bits))
		return web_refuse(x, MHD_HTTP_BAD_REQUEST,
				  "minentropy is not 8 to 2048 in steps of 8");
	random = web_random(bits / 8);
	if (!random)
		return web_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE,
				  "the system has no randomness");
	x->answer = json_object_new_object();
	put_octets(x->answer, "randomStr", secret_bytes(random), bits / 8);
	json_object_object_add(x->answer, "minentropy",
			       json_object_new_int((int)bits));
	secret_free(random);
	return MHD_HTTP_OK;
}

unsigned int skip_begin(struct exchange *x)
{
	if (strcmp(x->path, "/capabilities") == 0)
		return capabilities(x);
	if (strcmp(x->path, "/key") == 0)
		return new_key(x);
	if (strncmp(x->path, "/key/", 5) == 0 && !strchr(x->path + 5, '/'))
		return old_key(x, x->path + 5);
	if (strcmp(x->path, "/entropy") == 0)
		return entropy(x);
	return web_refuse(x, MHD_HTTP_NOT_FOUND, "there is no such path");
}

void skip_finish(struct exchange *x)
{
	const struct made_key *m = &x->made[0];

	x->answer = json_object_new_object();
	put_octets(x->answer, "keyId", m->id, KEY_ID_LEN);
	put_octets(x->answer, "key", secret_bytes(m->key), secret_len(m->key));
}
