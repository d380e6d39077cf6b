// SPDX-License-Identifier: GPL-2.0
/*
 * ETSI GS QKD 014 v1.1.1, its GET forms: the router is a SAE, known to the
 * source (KME) by its certificate; keys in base64, identifiers are UUIDs.
 *
 *	/api/v1/keys/PEER/status			what the source can
 *	/api/v1/keys/PEER/enc_keys?number=1&size=BITS	a new key
 *	/api/v1/keys/PEER/dec_keys?key_ID=UUID		the one the peer got
 */

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "log/log.h"
#include "ppk/dialect.h"
#include "ppk/reply.h"
#include "util/err.h"

#define UUID_LEN	36
#define BASE64_MAX	2048

static int fits(int n, size_t size)
{
	return n > 0 && (size_t)n < size ? 0 : ERR_LIMIT;
}

/* 8-4-4-4-12 hexadecimal digits (RFC 9562 section 4). */
static bool is_uuid(const char *text, size_t len)
{
	size_t i;

	if (len != UUID_LEN)
		return false;
	for (i = 0; i < len; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? text[i] != '-' :
		    !text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	}
	return true;
}

int sks_from_base64(const char *text, size_t len, struct secret **out)
{
	struct secret *room;
	size_t pad = 0;
	int n;

	*out = NULL;
	if (!len || len % 4 || len > BASE64_MAX)
		return ERR_SYNTAX;
	while (pad < 2 && text[len - 1 - pad] == '=')
		pad++;
	room = secret_alloc(len / 4 * 3);
	if (!room)
		return ERR_NOMEM;
	n = EVP_DecodeBlock(secret_writable(room), (const unsigned char *)text,
			    (int)len);
	/* The library counts the padding, and skips blanks at the ends. */
	if (n == (int)(len / 4 * 3) && !memchr(text, '=', len - pad))
		*out = secret_slice(room, 0, (size_t)n - pad);
	secret_free(room);
	return *out ? 0 : ERR_SYNTAX;
}

/* ------------------------------------------------------------ capabilities */

static int capability_path(const struct sks_options *o, char *out, size_t size)
{
	return fits(snprintf(out, size, "/api/v1/keys/%s/status",
			     o->remote_system), size);
}

/* A number that is not there allows everything. */
static bool allows(struct json_object *reply, const char *key, bool at_most,
		   uint32_t bits)
{
	struct json_object *v;
	int64_t n;

	if (!json_object_object_get_ex(reply, key, &v) ||
	    !json_object_is_type(v, json_type_int))
		return true;
	n = json_object_get_int64(v);
	return at_most ? bits <= n : bits >= n;
}

static int judge_capability(const struct sks_options *o,
			    struct json_object *reply, char say[SKS_SAY])
{
	const char *self = reply_text(reply, "master_SAE_ID");

	if (!reply_text(reply, "source_KME_ID")) {
		snprintf(say, SKS_SAY, "source_KME_ID is missing");
		return ERR_SYNTAX;
	}
	if (*o->local_system && (!self || strcmp(self, o->local_system))) {
		snprintf(say, SKS_SAY, "it does not know us as %.60s (local-system-id)",
			 o->local_system);
		return ERR_CONFIG;
	}
	if (!allows(reply, "max_key_size", true, o->key_bits) ||
	    !allows(reply, "min_key_size", false, o->key_bits)) {
		snprintf(say, SKS_SAY, "it has no keys of %u bits (key-size)",
			 o->key_bits);
		return ERR_CONFIG;
	}
	return 0;
}

static int read_capability(const struct sks_options *o,
			   const struct secret *body,
			   struct sks_capability *out, char say[SKS_SAY])
{
	struct json_object *reply = reply_parse(body);
	const char *kme;
	int err;

	memset(out, 0, sizeof(*out));
	if (!reply) {
		snprintf(say, SKS_SAY, "its answer is no JSON object");
		return ERR_SYNTAX;
	}
	err = judge_capability(o, reply, say);
	kme = reply_text(reply, "source_KME_ID");
	kme = kme ? kme : "";
	log_escape(kme, strlen(kme), out->local_system,
		   sizeof(out->local_system));
	snprintf(out->remote_system, sizeof(out->remote_system), "%s",
		 o->remote_system);
	reply_free(reply);
	return err;
}

/* -------------------------------------------------------------------- keys */

static int new_path(const struct sks_options *o, const char *remote, char *out,
		    size_t size)
{
	return fits(snprintf(out, size,
			     "/api/v1/keys/%s/enc_keys?number=1&size=%u",
			     remote, o->key_bits), size);
}

static int key_path(const struct sks_options *o, const char *remote,
		    const char *id, char *out, size_t size)
{
	if (!is_uuid(id, strlen(id)))
		return ERR_LIMIT;
	return fits(snprintf(out, size, "/api/v1/keys/%s/dec_keys?key_ID=%s",
			     remote, id), size);
}

/* The only key of a container, or NULL. */
static struct json_object *only_key(struct json_object *reply)
{
	struct json_object *list;

	if (!json_object_object_get_ex(reply, "keys", &list) ||
	    !json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) != 1)
		return NULL;
	return json_object_array_get_idx(list, 0);
}

static int take_key(const struct sks_options *o, struct json_object *key,
		    const char *id, struct sks_key *out, char say[SKS_SAY])
{
	const char *got = reply_text(key, "key_ID");
	const char *text = reply_text(key, "key");
	int err;

	if (!got || !is_uuid(got, strlen(got))) {
		snprintf(say, SKS_SAY, "key_ID is missing or not a UUID");
		return ERR_SYNTAX;
	}
	if (id && strcasecmp(id, got)) {
		snprintf(say, SKS_SAY, "it gave the key of another key_ID");
		return ERR_SYNTAX;
	}
	err = text ? sks_from_base64(text, strlen(text), &out->key) :
		     ERR_SYNTAX;
	if (err) {
		snprintf(say, SKS_SAY, "key is missing or not base64");
		return err;
	}
	snprintf(out->id, sizeof(out->id), "%s", got);
	return sks_check_length(o, out->key, say);
}

static int read_key(const struct sks_options *o, const struct secret *body,
		    const char *id, struct sks_key *out, char say[SKS_SAY])
{
	struct json_object *reply = reply_parse(body), *key;
	int err = ERR_SYNTAX;

	memset(out, 0, sizeof(*out));
	key = reply ? only_key(reply) : NULL;
	if (json_object_is_type(key, json_type_object))
		err = take_key(o, key, id, out, say);
	else
		snprintf(say, SKS_SAY,
			 "its answer is no container with one key");
	if (err)
		secret_clear(&out->key);
	reply_free(reply);
	return err;
}

/* ------------------------------------------------------------- identifiers */

static int id_from_wire(const struct sks_options *o, const uint8_t *wire,
			size_t len, char id[SKS_KEY_ID])
{
	if (!is_uuid((const char *)wire, len))
		return ERR_INVALID;
	memcpy(id, wire, len);
	id[len] = '\0';
	return 0;
}

static int id_to_wire(const struct sks_options *o, const char *id,
		      uint8_t *wire, size_t size, size_t *len)
{
	*len = strlen(id);
	if (*len > size)
		return ERR_LIMIT;
	memcpy(wire, id, *len);
	return 0;
}

const struct sks_dialect sks_etsi_014 = {
	.word = "etsi-014",
	.show = "ETSI GS QKD 014",
	.capability_path = capability_path,
	.read_capability = read_capability,
	.new_path = new_path,
	.key_path = key_path,
	.read_key = read_key,
	.id_from_wire = id_from_wire,
	.id_to_wire = id_to_wire,
};
