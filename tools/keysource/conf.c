// SPDX-License-Identifier: GPL-2.0
/*
 * The settings of tunnel-keysource, as a table of keys for the loader that
 * tunneld's configuration has, and what they must be together.
 */

#include "conf.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"
#include "config/value.h"
#include "config/vet.h"
#include "ppk/dialect.h"

#define PSK_MIN	32
#define PSK_MAX	64

/* ----------------------------------------------------------------- setters */

static void *member(const struct value *v, void *obj)
{
	return (char *)obj + v->key->offset;
}

static void value_text(struct loader *ld, const struct value *v, void *obj)
{
	memcpy(member(v, obj), v->text, strlen(v->text) + 1);
}

static void value_system_id(struct loader *ld, const struct value *v, void *obj)
{
	char buf[QUOTE];

	if (sks_is_system_id(v->text))
		value_text(ld, v, obj);
	else
		value_problem(ld, v, "is \"%s\"; expected 1 to 127 letters, "
			      "digits, -, ., _ and ~", quote(v->text, buf));
}

static void value_file(struct loader *ld, const struct value *v, void *obj)
{
	char buf[QUOTE];

	if (v->text[0] != '/')
		value_problem(ld, v, "is \"%s\"; expected an absolute path",
			      quote(v->text, buf));
	else if (access(v->text, R_OK))
		value_problem(ld, v, "names \"%s\", which cannot be read: %s",
			      quote(v->text, buf), strerror(errno));
	else
		value_text(ld, v, obj);
}

static void value_key_file(struct loader *ld, const struct value *v, void *obj)
{
	struct stat st;

	if (stat(v->text, &st) == 0 && st.st_mode & 077)
		value_problem(ld, v, "names a file of mode %04o that others "
			      "have access to; expected 0600 (chmod 600)",
			      (unsigned int)(st.st_mode & 07777));
	else
		value_file(ld, v, obj);
}

static void value_client_psk(struct loader *ld, const struct value *v, void *obj)
{
	struct conf_client *c = obj;

	c->psk = value_get_key(ld, v);
	if (c->psk && (secret_len(c->psk) < PSK_MIN ||
		       secret_len(c->psk) > PSK_MAX))
		value_problem(ld, v, "has %zu octets; expected %u to %u, at "
			      "random (openssl rand -hex 32, with 0x before "
			      "it)", secret_len(c->psk), PSK_MIN, PSK_MAX);
}

static void value_link_address(struct loader *ld, const struct value *v,
			       void *obj)
{
	struct addr a;
	char buf[QUOTE];

	if (addr_parse(v->text, &a))
		value_problem(ld, v, "is \"%s\"; expected an address",
			      quote(v->text, buf));
	else
		value_text(ld, v, obj);
}

static void value_listen_address(struct loader *ld, const struct value *v,
				 void *obj)
{
	struct conf_listener *l = obj;
	char buf[QUOTE];

	if (addr_parse(v->text, &l->address))
		value_problem(ld, v, "is \"%s\"; expected an address, 0.0.0.0 "
			      "for all", quote(v->text, buf));
}

static void value_port(struct loader *ld, const struct value *v, void *obj)
{
	*(uint16_t *)member(v, obj) = (uint16_t)v->number;
}

static const char *words_protocol(size_t i)
{
	static const char *const words[] = { "skip", "etsi-014" };

	return i < CONF_PROTOCOLS ? words[i] : NULL;
}

static void value_protocol(struct loader *ld, const struct value *v, void *obj)
{
	struct conf_listener *l = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		l->protocol = (enum conf_protocol)i;
}

/* ------------------------------------------------------------------ checks */

static bool complete(const struct conf_files *f)
{
	return *f->ca && *f->certificate && *f->key;
}

static bool any(const struct conf_files *f)
{
	return *f->ca || *f->certificate || *f->key;
}

static void check_listener(struct loader *ld, const struct node *node,
			   void *obj)
{
	const struct conf_listener *l = obj;

	if (!l->client_count == !any(&l->files))
		node_problem(ld, node, "a listener has %s clients and "
			     "certificates; expected clients with pre-shared "
			     "keys, or ca-file, certificate-file and key-file",
			     l->client_count ? "both" : "neither");
	else if (any(&l->files) && !complete(&l->files))
		node_problem(ld, node, "a listener lacks one of ca-file, "
			     "certificate-file and key-file; expected all "
			     "three, routers show certificates too");
	else if (l->protocol == CONF_ETSI_014 && l->client_count)
		node_problem(ld, node, "a listener speaks etsi-014 with "
			     "pre-shared keys; expected certificates, by which "
			     "its callers are known");
}

static void check_link(struct loader *ld, const struct node *node, void *obj)
{
	const struct conf *c = obj;

	if (c->link.listen && *c->link.peer_name == '\0')
		node_problem(ld, node, "link.peer-name is missing; expected "
			     "the name in the certificate of the other source, "
			     "or anybody with a certificate of the same "
			     "authority would get the keys");
}

/* ------------------------------------------------------------------- table */

#define TEXT(key, kind, type, member, setter, most)			\
	.name = key, .shape = SHAPE_TEXT, .what = kind, .set = setter,	\
	.offset = offsetof(type, member), .min = 1, .max = most
#define FILES(type, at)							\
	{ TEXT("ca-file", "absolute path", type, at.ca, value_file,	\
	       CONF_PATH - 1) },					\
	{ TEXT("certificate-file", "absolute path", type,		\
	       at.certificate, value_file, CONF_PATH - 1) },		\
	{ TEXT("key-file", "absolute path", type, at.key,		\
	       value_key_file, CONF_PATH - 1) }

static const struct section clients = {
	.path = "listeners.clients",
	.size = sizeof(struct conf_client),
	.keys = (const struct key[]){
		{ TEXT("identity", "text of 1 to 128 characters",
		       struct conf_client, identity, value_name,
		       CONF_IDENTITY - 1), .required = true },
		{ TEXT("pre-shared-key", "text of 1 to 1024 characters",
		       struct conf_client, psk, value_client_psk, 1024),
		  .required = true, .secret = true },
		{ .name = NULL },
	},
};

static const struct section listeners = {
	.path = "listeners",
	.size = sizeof(struct conf_listener),
	.check = check_listener,
	.keys = (const struct key[]){
		{ .name = "protocol", .shape = SHAPE_TEXT, .what = "word",
		  .set = value_protocol, .words = words_protocol,
		  .fallback = "skip" },
		{ TEXT("address", "address", struct conf_listener, address,
		       value_listen_address, 45), .required = true },
		{ .name = "port", .shape = SHAPE_INT, .min = 1, .max = 65535,
		  .set = value_port, .required = true,
		  .offset = offsetof(struct conf_listener, port) },
		{ .name = "clients", .shape = SHAPE_GROUPS, .what = "router",
		  .section = &clients, .min = 1, .max = 1000,
		  .offset = offsetof(struct conf_listener, clients),
		  .count = offsetof(struct conf_listener, client_count) },
		FILES(struct conf_listener, files),
		{ .name = NULL },
	},
};

static const struct section link_keys = {
	.path = "link",
	.check = check_link,
	.keys = (const struct key[]){
		{ .name = "listen", .shape = SHAPE_BOOL, .set = value_bool,
		  .fallback = "false",
		  .offset = offsetof(struct conf, link.listen) },
		{ TEXT("address", "address", struct conf, link.host,
		       value_link_address, 45), .required = true },
		{ .name = "port", .shape = SHAPE_INT, .min = 1, .max = 65535,
		  .set = value_port, .required = true,
		  .offset = offsetof(struct conf, link.port) },
		{ TEXT("peer-name", "name of 1 to 253 characters", struct conf,
		       link.peer_name, value_text, CONF_HOST - 1) },
		{ TEXT("ca-file", "absolute path", struct conf, link.files.ca,
		       value_file, CONF_PATH - 1), .required = true },
		{ TEXT("certificate-file", "absolute path", struct conf,
		       link.files.certificate, value_file, CONF_PATH - 1),
		  .required = true },
		{ TEXT("key-file", "absolute path", struct conf,
		       link.files.key, value_key_file, CONF_PATH - 1),
		  .required = true },
		{ .name = NULL },
	},
};

static const struct section root = {
	.path = "",
	.keys = (const struct key[]){
		{ TEXT("system-id", "text of 1 to 127 characters", struct conf,
		       system_id, value_system_id, CONF_SYSTEM_ID - 1),
		  .required = true },
		{ TEXT("peer-system-id", "text of 1 to 127 characters",
		       struct conf, peer_system_id, value_system_id,
		       CONF_SYSTEM_ID - 1), .required = true },
		{ .name = "key-lifetime", .shape = SHAPE_INT, .min = 10,
		  .max = 604800, .what = "seconds", .set = value_u32,
		  .fallback = "7200",
		  .offset = offsetof(struct conf, key_lifetime) },
		{ .name = "max-keys", .shape = SHAPE_INT, .min = 1,
		  .max = 1000000, .what = "keys", .set = value_u32,
		  .fallback = "10000",
		  .offset = offsetof(struct conf, max_keys) },
		{ .name = "max-connections", .shape = SHAPE_INT, .min = 1,
		  .max = 1000, .what = "connections", .set = value_u32,
		  .fallback = "64",
		  .offset = offsetof(struct conf, connections_max) },
		{ .name = "listeners", .shape = SHAPE_GROUPS,
		  .what = "address", .section = &listeners, .min = 1,
		  .max = 16, .required = true,
		  .offset = offsetof(struct conf, listeners),
		  .count = offsetof(struct conf, listener_count) },
		{ .name = "link", .shape = SHAPE_GROUP, .section = &link_keys,
		  .required = true },
		{ .name = NULL },
	},
};

/* -------------------------------------------------------------------- load */

void conf_free(struct conf *c)
{
	unsigned int i, k;

	if (!c)
		return;
	for (i = 0; i < c->listener_count; i++) {
		for (k = 0; k < c->listeners[i].client_count; k++)
			secret_free(c->listeners[i].clients[k].psk);
		free(c->listeners[i].clients);
	}
	free(c->listeners);
	free(c);
}

struct conf *conf_load(const char *path, char error[CONF_ERROR])
{
	struct conf *c = calloc(1, sizeof(*c));
	struct loader ld = { 0 };
	struct problems problems;
	struct source *src;

	problems_init(&problems, path);
	ld.problems = &problems;
	src = source_read(path, &problems);
	if (src && c)
		load_section(&ld, &root, source_root(src), c);
	else if (!problems.count)
		problem_add(&problems, NULL, 0, "out of memory");
	if (!problems.count && strcmp(c->system_id, c->peer_system_id) == 0)
		problem_add(&problems, NULL, 0, "system-id and peer-system-id "
			    "are the same; expected two names");
	source_free(src);
	problems_print(&problems, error, CONF_ERROR);
	if (problems.count) {
		conf_free(c);
		c = NULL;
	}
	return c;
}
