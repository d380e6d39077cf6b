// SPDX-License-Identifier: GPL-2.0
/*
 * SKIP, the Secure Key Integration Protocol (draft-singh-skip, before that
 * draft-cisco-skip): GET alone, keys and their identifiers in hexadecimal.
 *
 *	/capabilities				what the source can
 *	/key?remoteSystemID=R&size=BITS		a new key
 *	/key/ID?remoteSystemID=R		the one the other end got
 */

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "log/log.h"
#include "ppk/dialect.h"
#include "ppk/reply.h"
#include "util/err.h"

#define ID_MIN		2	/* hexadecimal digits */
#define ID_MAX		128
#define DEFAULT_BITS	256	/* when a request names no size */
#define PATTERNS_MAX	1000

static int fits(int n, size_t size)
{
	return n > 0 && (size_t)n < size ? 0 : ERR_LIMIT;
}

static bool is_key_id(const char *text, size_t len)
{
	return len >= ID_MIN && len <= ID_MAX && len % 2 == 0 &&
	       strspn(text, "0123456789abcdefABCDEF") == len;
}

/* ------------------------------------------------------------ capabilities */

static int capability_path(const struct sks_options *o, char *out, size_t size)
{
	return fits(snprintf(out, size, "/capabilities"), size);
}

static bool has_wildcard(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

/* One of the source's names for other ends, NULL if it is no name. */
static const char *pattern_at(struct json_object *list, size_t i)
{
	struct json_object *v = json_object_array_get_idx(list, i);
	const char *text;

	if (!json_object_is_type(v, json_type_string))
		return NULL;
	text = json_object_get_string(v);
	return strlen(text) < SKS_SYSTEM_ID ? text : NULL;
}

/*
 * The configured one must match a name or a pattern of the source's; with none
 * configured, the source must have exactly one name that is no pattern.
 */
static int choose_remote(const struct sks_options *o, struct json_object *list,
			 char remote[SKS_SYSTEM_ID], char say[SKS_SAY])
{
	size_t i, n = json_object_array_length(list), names = 0;

	if (n > PATTERNS_MAX)
		n = PATTERNS_MAX;
	for (i = 0; i < n; i++) {
		const char *text = pattern_at(list, i);

		if (text && *o->remote_system &&
		    fnmatch(text, o->remote_system, 0) == 0) {
			snprintf(remote, SKS_SYSTEM_ID, "%s", o->remote_system);
			return 0;
		}
		if (text && !has_wildcard(text) && sks_is_system_id(text) &&
		    !*o->remote_system) {
			snprintf(remote, SKS_SYSTEM_ID, "%s", text);
			names++;
		}
	}
	if (names == 1)
		return 0;
	if (*o->remote_system)
		snprintf(say, SKS_SAY, "it shares no keys with %.60s (remote-system-id)",
			 o->remote_system);
	else
		snprintf(say, SKS_SAY, "it names %zu other ends; set remote-system-id to the one of the peer",
			 names);
	return ERR_CONFIG;
}

static int judge_capability(const struct sks_options *o,
			    struct json_object *reply,
			    struct sks_capability *out, char say[SKS_SAY])
{
	struct json_object *list;

	if (!json_object_object_get_ex(reply, "remoteSystemID", &list) ||
	    !json_object_is_type(list, json_type_array) ||
	    !reply_text(reply, "localSystemID")) {
		snprintf(say, SKS_SAY,
			 "localSystemID or remoteSystemID is missing");
		return ERR_SYNTAX;
	}
	if (!reply_truth(reply, "key")) {
		snprintf(say, SKS_SAY, "it gives no keys");
		return ERR_CONFIG;
	}
	if (*o->local_system && strcmp(o->local_system, out->local_system)) {
		snprintf(say, SKS_SAY, "it is %.40s, expected %.40s (local-system-id)",
			 out->local_system, o->local_system);
		return ERR_CONFIG;
	}
	return choose_remote(o, list, out->remote_system, say);
}

/* What a source says is shown to operators: printable. */
static void copy_printable(struct json_object *reply, const char *key,
			   char *out, size_t size)
{
	const char *text = reply_text(reply, key);

	text = text ? text : "";
	log_escape(text, strlen(text), out, size);
}

static int read_capability(const struct sks_options *o,
			   const struct secret *body,
			   struct sks_capability *out, char say[SKS_SAY])
{
	struct json_object *reply = reply_parse(body);
	int err;

	memset(out, 0, sizeof(*out));
	if (!reply) {
		snprintf(say, SKS_SAY, "its answer is no JSON object");
		return ERR_SYNTAX;
	}
	copy_printable(reply, "localSystemID", out->local_system,
		       sizeof(out->local_system));
	copy_printable(reply, "algorithm", out->algorithm,
		       sizeof(out->algorithm));
	err = judge_capability(o, reply, out, say);
	reply_free(reply);
	return err;
}

/* -------------------------------------------------------------------- keys */

static int new_path(const struct sks_options *o, const char *remote, char *out,
		    size_t size)
{
	if (o->key_bits == DEFAULT_BITS)
		return fits(snprintf(out, size, "/key?remoteSystemID=%s",
				     remote), size);
	return fits(snprintf(out, size, "/key?remoteSystemID=%s&size=%u",
			     remote, o->key_bits), size);
}

static int key_path(const struct sks_options *o, const char *remote,
		    const char *id, char *out, size_t size)
{
	if (!is_key_id(id, strlen(id)))
		return ERR_LIMIT;
	return fits(snprintf(out, size, "/key/%s?remoteSystemID=%s", id,
			     remote), size);
}

static int take_key(const struct sks_options *o, struct json_object *reply,
		    const char *id, struct sks_key *out, char say[SKS_SAY])
{
	const char *got = reply_text(reply, "keyId");
	const char *hex = reply_text(reply, "key");
	int err;

	if (!got || !is_key_id(got, strlen(got))) {
		snprintf(say, SKS_SAY, "keyId is missing or not 2 to 128 hexadecimal digits");
		return ERR_SYNTAX;
	}
	if (id && strcasecmp(id, got)) {
		snprintf(say, SKS_SAY, "it gave the key of another keyId");
		return ERR_SYNTAX;
	}
	err = hex ? sks_from_hex(hex, strlen(hex), &out->key) : ERR_SYNTAX;
	if (err) {
		snprintf(say, SKS_SAY,
			 "key is missing or not hexadecimal digits");
		return err;
	}
	snprintf(out->id, sizeof(out->id), "%s", got);
	return sks_check_length(o, out->key, say);
}

static int read_key(const struct sks_options *o, const struct secret *body,
		    const char *id, struct sks_key *out, char say[SKS_SAY])
{
	struct json_object *reply = reply_parse(body);
	int err;

	memset(out, 0, sizeof(*out));
	if (!reply) {
		snprintf(say, SKS_SAY, "its answer is no JSON object");
		return ERR_SYNTAX;
	}
	err = take_key(o, reply, id, out, say);
	if (err)
		secret_clear(&out->key);
	reply_free(reply);
	return err;
}

/* ------------------------------------------------------------- identifiers */

static int id_from_wire(const struct sks_options *o, const uint8_t *wire,
			size_t len, char id[SKS_KEY_ID])
{
	size_t i;

	if (o->id_form == SKS_ID_BINARY) {
		if (!len || len > ID_MAX / 2)
			return ERR_INVALID;
		for (i = 0; i < len; i++)
			snprintf(id + 2 * i, 3, "%02x", wire[i]);
		return 0;
	}
	if (len > ID_MAX || memchr(wire, 0, len))
		return ERR_INVALID;
	memcpy(id, wire, len);
	id[len] = '\0';
	return is_key_id(id, len) ? 0 : ERR_INVALID;
}

static int id_to_wire(const struct sks_options *o, const char *id,
		      uint8_t *wire, size_t size, size_t *len)
{
	struct secret *octets;
	int err;

	*len = strlen(id);
	if (o->id_form == SKS_ID_TEXT) {
		if (*len > size)
			return ERR_LIMIT;
		memcpy(wire, id, *len);
		return 0;
	}
	err = sks_from_hex(id, *len, &octets);
	if (err)
		return err;
	*len = secret_len(octets);
	err = *len > size ? ERR_LIMIT : 0;
	if (!err)
		memcpy(wire, secret_bytes(octets), *len);
	secret_free(octets);
	return err;
}

const struct sks_dialect sks_skip = {
	.word = "skip",
	.show = "SKIP",
	.capability_path = capability_path,
	.read_capability = read_capability,
	.new_path = new_path,
	.key_path = key_path,
	.read_key = read_key,
	.id_from_wire = id_from_wire,
	.id_to_wire = id_to_wire,
};
