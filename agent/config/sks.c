// SPDX-License-Identifier: GPL-2.0
/*
 * sks-profiles: key sources, where they are and how they are known. Its table
 * of keys, the setters that nobody else needs, and its judgements.
 */

#include "config/sks.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"
#include "config/suggest.h"
#include "config/value.h"
#include "ppk/dialect.h"

#define PSK_MIN		32	/* octets; what the SKIP draft asks for */
#define PSK_MAX		64
#define FILE_LONGEST	(SKS_PATH - 1)

static_assert(offsetof(struct sks_options, name) == 0, "name is first");

/* ----------------------------------------------------------------- setters */

static void *member(const struct value *v, void *obj)
{
	return (char *)obj + v->key->offset;
}

/* The key bounds the length. */
static void put_text(const struct value *v, void *obj)
{
	memcpy(member(v, obj), v->text, strlen(v->text) + 1);
}

/* Labels as of a host name, or an address of either family. */
static void value_host(struct loader *ld, const struct value *v, void *obj)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-._";
	struct addr a;
	char buf[QUOTE];

	if (addr_parse(v->text, &a) == 0 ||
	    (strspn(v->text, allowed) == strlen(v->text) &&
	     !strstr(v->text, "..") && v->text[0] != '.' &&
	     v->text[0] != '-'))
		put_text(v, obj);
	else
		value_problem(ld, v, "is \"%s\"; expected an address or a host "
			      "name", quote(v->text, buf));
}

static void value_system_id(struct loader *ld, const struct value *v, void *obj)
{
	char buf[QUOTE];

	if (sks_is_system_id(v->text))
		put_text(v, obj);
	else
		value_problem(ld, v, "is \"%s\"; expected 1 to 127 letters, "
			      "digits, -, ., _ and ~", quote(v->text, buf));
}

static void value_identity(struct loader *ld, const struct value *v, void *obj)
{
	const char *c;
	char buf[QUOTE];

	for (c = v->text; *c > ' ' && *c <= '~'; c++)
		;
	if (!*c)
		put_text(v, obj);
	else
		value_problem(ld, v, "is \"%s\"; expected ASCII characters "
			      "without blanks", quote(v->text, buf));
}

static void check_file(struct loader *ld, const struct value *v,
		       const struct stat *st, bool secret)
{
	if (!S_ISREG(st->st_mode))
		value_problem(ld, v, "is no regular file; expected one");
	else if (secret && st->st_mode & 077)
		value_problem(ld, v, "names a file of mode %04o that others "
			      "have access to; expected 0600 (chmod 600)",
			      (unsigned int)(st->st_mode & 07777));
}

static void put_file(struct loader *ld, const struct value *v, void *obj,
		     bool secret)
{
	char buf[QUOTE];
	struct stat st;

	if (v->text[0] != '/')
		value_problem(ld, v, "is \"%s\"; expected an absolute path",
			      quote(v->text, buf));
	else if (stat(v->text, &st) || access(v->text, R_OK))
		value_problem(ld, v, "names \"%s\", which cannot be read: %s",
			      quote(v->text, buf), strerror(errno));
	else
		check_file(ld, v, &st, secret);
	put_text(v, obj);
}

static void value_file(struct loader *ld, const struct value *v, void *obj)
{
	put_file(ld, v, obj, false);
}

static void value_key_file(struct loader *ld, const struct value *v, void *obj)
{
	put_file(ld, v, obj, true);
}

static void put_psk(struct loader *ld, const struct value *v, void *obj,
		    struct secret *key)
{
	struct sks_options *o = obj;

	if (!key)
		return;
	if (o->tls.psk)
		value_problem(ld, v, "stands beside another key; expected "
			      "pre-shared-key or password");
	else if (secret_len(key) < PSK_MIN || secret_len(key) > PSK_MAX)
		value_problem(ld, v, "has %zu octets; expected %u to %u, at "
			      "random (openssl rand -hex 32, with 0x before "
			      "it)", secret_len(key), PSK_MIN, PSK_MAX);
	else {
		o->tls.psk = key;
		return;
	}
	secret_free(key);
}

static void value_tls_psk(struct loader *ld, const struct value *v, void *obj)
{
	put_psk(ld, v, obj, value_get_key(ld, v));
}

static void value_tls_type7(struct loader *ld, const struct value *v, void *obj)
{
	put_psk(ld, v, obj, value_get_type7(ld, v));
}

static void value_port(struct loader *ld, const struct value *v, void *obj)
{
	struct sks_server *server = obj;

	server->port = (uint16_t)v->number;
}

static void value_key_size(struct loader *ld, const struct value *v, void *obj)
{
	struct sks_options *o = obj;

	o->key_bits = (uint32_t)v->number;
	if (v->number % 8)
		value_problem(ld, v, "is %lld; expected a multiple of 8",
			      (long long)v->number);
}

/* In the order of enum sks_protocol and of enum sks_id_form. */
static const char *words_protocol(size_t i)
{
	return i < SKS_PROTOCOLS ?
	       sks_dialect((enum sks_protocol)i)->word : NULL;
}

static const char *words_id_form(size_t i)
{
	static const char *const words[] = { "text", "binary" };

	return i < sizeof(words) / sizeof(words[0]) ? words[i] : NULL;
}

static void value_protocol(struct loader *ld, const struct value *v, void *obj)
{
	struct sks_options *o = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		o->protocol = (enum sks_protocol)i;
}

static void value_id_form(struct loader *ld, const struct value *v, void *obj)
{
	struct sks_options *o = obj;
	size_t i;

	if (value_choose(ld, v, v->text, &i))
		o->id_form = (enum sks_id_form)i;
}

/* ------------------------------------------------------------------ checks */

static void check_tls(struct loader *ld, const struct node *node, void *obj)
{
	const struct sks_tls *t = &((struct sks_options *)obj)->tls;
	bool files = *t->ca || *t->certificate || *t->key;

	if (t->psk && (files || *t->server_name))
		node_problem(ld, node, "sks-profiles.tls has a pre-shared key "
			     "and certificates; expected one of the two");
	else if (!t->psk != !*t->identity)
		node_problem(ld, node, "sks-profiles.tls has %s; expected both "
			     "of identity and pre-shared-key (or password)",
			     t->psk ? "no identity" : "no pre-shared key");
	else if (!t->psk && !*t->ca)
		node_problem(ld, node, "sks-profiles.tls says nothing by which "
			     "the key source is known; expected identity and "
			     "pre-shared-key, or ca-file");
	else if (!*t->certificate != !*t->key)
		node_problem(ld, node, "sks-profiles.tls has %s; expected both "
			     "of certificate-file and key-file, or neither",
			     *t->key ? "no certificate-file" : "no key-file");
}

static void check_profile(struct loader *ld, const struct node *node, void *obj)
{
	const struct sks_options *o = obj;

	if (o->protocol == SKS_ETSI_014 && (o->tls.psk || !*o->tls.certificate))
		node_problem(ld, node, "sks profile \"%s\" speaks etsi-014 "
			     "without a certificate; expected tls with "
			     "ca-file, certificate-file and key-file, by which "
			     "the source knows its callers", o->name);
	if (o->protocol == SKS_ETSI_014 && !*o->remote_system)
		node_problem(ld, node, "sks profile \"%s\" has no "
			     "remote-system-id; expected the SAE ID of the "
			     "peer, etsi-014 needs it in every request",
			     o->name);
	if (o->protocol == SKS_ETSI_014 && o->id_form == SKS_ID_BINARY)
		node_problem(ld, node, "sks profile \"%s\" has ppk-id binary "
			     "with etsi-014; expected text, its key names are "
			     "UUIDs", o->name);
	if (o->connect_timeout_ms > o->timeout_ms ||
	    o->sync_wait_ms > o->timeout_ms)
		node_problem(ld, node, "sks profile \"%s\" has timeout %u, "
			     "connect-timeout %u and sync-wait %u; expected "
			     "timeout to be the longest", o->name,
			     o->timeout_ms, o->connect_timeout_ms,
			     o->sync_wait_ms);
}

/* ------------------------------------------------------------------- table */

#define TEXT(key, kind, type, member, setter, most)			\
	.name = key, .shape = SHAPE_TEXT, .what = kind, .set = setter,	\
	.offset = offsetof(type, member), .min = 1, .max = most
#define INT(key, member, setter, low, high, unit)			\
	.name = key, .shape = SHAPE_INT, .set = setter, .min = low,	\
	.max = high, .what = unit, .offset = offsetof(struct sks_options, member)
#define FILE_KEY(key, member, setter)					\
	TEXT(key, "absolute path", struct sks_options, member, setter,	\
	     FILE_LONGEST)

static const struct section kme_servers = {
	.path = "sks-profiles.kme-servers",
	.size = sizeof(struct sks_server),
	.keys = (const struct key[]){
		{ TEXT("address", "address or host name", struct sks_server,
		       host, value_host, SKS_HOST - 1), .required = true },
		{ .name = "port", .shape = SHAPE_INT, .min = 1, .max = 65535,
		  .set = value_port, .fallback = "443" },
		{ .name = NULL },
	},
};

static const struct section tls = {
	.path = "sks-profiles.tls",
	.check = check_tls,
	.keys = (const struct key[]){
		{ TEXT("identity", "text of 1 to 128 characters",
		       struct sks_options, tls.identity, value_identity,
		       SKS_IDENTITY - 1), .absent = "certificates" },
		{ TEXT("pre-shared-key", "text of 1 to 1024 characters",
		       struct sks_options, tls.psk, value_tls_psk, 1024),
		  .secret = true },
		{ .name = "password", .shape = SHAPE_TEXT,
		  .what = "type 7 string", .set = value_tls_type7,
		  .secret = true },
		{ FILE_KEY("ca-file", tls.ca, value_file) },
		{ FILE_KEY("certificate-file", tls.certificate, value_file) },
		{ FILE_KEY("key-file", tls.key, value_key_file) },
		{ TEXT("server-name", "address or host name",
		       struct sks_options, tls.server_name, value_host,
		       SKS_HOST - 1), .absent = "as address" },
		{ .name = NULL },
	},
};

const struct section section_sks_profiles = {
	.path = "sks-profiles",
	.size = sizeof(struct sks_options),
	.check = check_profile,
	.keys = (const struct key[]){
		{ TEXT("name", "name of 1 to 127 characters",
		       struct sks_options, name, value_name, SKS_NAME - 1),
		  .required = true },
		{ .name = "protocol", .shape = SHAPE_TEXT, .what = "word",
		  .set = value_protocol, .words = words_protocol,
		  .fallback = "skip" },
		{ .name = "kme-servers", .shape = SHAPE_GROUPS,
		  .what = "server", .section = &kme_servers,
		  .offset = offsetof(struct sks_options, servers),
		  .count = offsetof(struct sks_options, server_count),
		  .min = 1, .max = SKS_SERVERS, .required = true },
		{ .name = "tls", .shape = SHAPE_GROUP, .section = &tls,
		  .required = true },
		{ TEXT("local-system-id", "text of 1 to 127 characters",
		       struct sks_options, local_system, value_system_id,
		       SKS_SYSTEM_ID - 1), .absent = "whatever the source says" },
		{ TEXT("remote-system-id", "text of 1 to 127 characters",
		       struct sks_options, remote_system, value_system_id,
		       SKS_SYSTEM_ID - 1),
		  .absent = "the only one that the source names" },
		{ .name = "vrf", .shape = SHAPE_TEXT,
		  .what = "\"default\" or the name of a VRF",
		  .set = value_vrf, .fallback = "default",
		  .offset = offsetof(struct sks_options, vrf) },
		{ .name = "ppk-id", .shape = SHAPE_TEXT, .what = "word",
		  .set = value_id_form, .words = words_id_form,
		  .fallback = "text" },
		{ INT("key-size", key_bits, value_key_size, 128, 512, "bits"),
		  .fallback = "256" },
		{ INT("connect-timeout", connect_timeout_ms, value_u32, 100,
		      10000, "milliseconds"), .fallback = "2000" },
		{ INT("timeout", timeout_ms, value_u32, 100, 10000,
		      "milliseconds"), .fallback = "5000" },
		{ INT("sync-wait", sync_wait_ms, value_u32, 0, 10000,
		      "milliseconds"), .fallback = "2000" },
		{ INT("prefetch", prefetch, value_u32, 0, 100, "keys"),
		  .fallback = "1" },
		{ INT("prefetch-lifetime", prefetch_lifetime, value_u32, 10,
		      86400, "seconds"), .fallback = "3600" },
		{ .name = NULL },
	},
};

/* --------------------------------------------------------- whole of a tree */

static struct sks_options *find(const struct cfg *cfg, const char *name)
{
	unsigned int i;

	for (i = 0; i < cfg->sks_profile_count; i++)
		if (strcmp(cfg->sks_profiles[i].name, name) == 0)
			return &cfg->sks_profiles[i];
	return NULL;
}

static void name_problem(struct loader *ld, const struct node *node,
			 const struct cfg_peer *peer)
{
	const struct cfg *cfg = ld->cfg;
	struct suggest near;
	unsigned int i;

	suggest_init(&near, peer->ppk.id);
	for (i = 0; i < cfg->sks_profile_count; i++)
		suggest_offer(&near, cfg->sks_profiles[i].name);
	if (near.best)
		node_problem(ld, node, "keyrings.peers.ppk.dynamic of peer "
			     "\"%s\" names \"%s\", which is not defined; did "
			     "you mean \"%s\"?", peer->name, peer->ppk.id,
			     near.best);
	else
		node_problem(ld, node, "keyrings.peers.ppk.dynamic of peer "
			     "\"%s\" names \"%s\", which is not defined; "
			     "expected the name of an sks profile", peer->name,
			     peer->ppk.id);
}

static void check_keyring_names(struct loader *ld, const struct cfg_keyring *k,
				const struct node *peers)
{
	unsigned int i;

	for (i = 0; i < k->peer_count; i++)
		if (k->peers[i].ppk.kind == CFG_PPK_DYNAMIC &&
		    !find(ld->cfg, k->peers[i].ppk.id))
			name_problem(ld, node_child(peers, i), &k->peers[i]);
}

/* Keys are kept ready only where a tunnel of ours asks for new ones. */
static void mark_initiating(struct cfg *cfg, const struct cfg_iface *iface)
{
	const struct cfg_keyring *k = iface->profile->ike_profile->keyring_ppk;
	struct sks_options *o;
	unsigned int i;

	if (!k || iface->profile->responder_only)
		return;
	for (i = 0; i < k->peer_count; i++) {
		o = k->peers[i].ppk.kind == CFG_PPK_DYNAMIC &&
		    prefix_contains(&k->peers[i].address, &iface->destination) ?
		    find(cfg, k->peers[i].ppk.id) : NULL;
		if (o)
			o->initiates = true;
	}
}

void check_sks(struct loader *ld, const struct node *root)
{
	const struct node *list = node_member(root, "keyrings");
	struct cfg *cfg = ld->cfg;
	unsigned int i;

	for (i = 0; i < cfg->keyring_count; i++)
		check_keyring_names(ld, &cfg->keyrings[i],
				    node_member(node_child(list, i), "peers"));
	for (i = 0; i < cfg->iface_count; i++)
		mark_initiating(cfg, &cfg->ifaces[i]);
}
