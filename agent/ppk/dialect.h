/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a protocol between router and key source is made of: addresses of
 * requests, and the meaning of answers. Pure: no socket, no clock, no state.
 */
#ifndef AGENT_PPK_DIALECT_H
#define AGENT_PPK_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

#include "ppk/option.h"

/* Characters of a key identifier, with the NUL. */
#define SKS_KEY_ID	129
#define SKS_ALGORITHM	64
#define SKS_SAY		160

/**
 * struct sks_capability - what a source says about itself
 * @local_system: its own name (SKIP), our SAE ID (ETSI)
 * @remote_system: the other end of the keys, concrete
 */
struct sks_capability {
	char local_system[SKS_SYSTEM_ID];
	char remote_system[SKS_SYSTEM_ID];
	char algorithm[SKS_ALGORITHM];
};

/** struct sks_key - one key of a source */
struct sks_key {
	char id[SKS_KEY_ID];
	struct secret *key;
};

/**
 * struct sks_dialect - one protocol
 * @capability_path: where a source tells what it can. Needs no remote system
 *	in SKIP.
 * @read_capability: judge that answer. @say: what is wrong with it.
 *	Return: 0, ERR_SYNTAX, or ERR_CONFIG when the source cannot do what is
 *	configured.
 * @new_path, @key_path: where a new key, and the one of @id, is fetched
 * @read_key: judge the answer to either; @id NULL: any identifier.
 *	Return: 0 with @out filled, or ERR_SYNTAX with @say.
 * @id_from_wire: a name that came from a peer, who may be hostile, as the
 *	source has it. Return: 0, or ERR_INVALID when no source can have it.
 * @id_to_wire: the reverse, for our own; the length into @len.
 * Paths are written to @out whole or not at all. Return: 0 or ERR_LIMIT.
 */
struct sks_dialect {
	const char *word;
	const char *show;
	int (*capability_path)(const struct sks_options *o, char *out,
			       size_t size);
	int (*read_capability)(const struct sks_options *o,
			       const struct secret *body,
			       struct sks_capability *out, char say[SKS_SAY]);
	int (*new_path)(const struct sks_options *o, const char *remote,
			char *out, size_t size);
	int (*key_path)(const struct sks_options *o, const char *remote,
			const char *id, char *out, size_t size);
	int (*read_key)(const struct sks_options *o, const struct secret *body,
			const char *id, struct sks_key *out, char say[SKS_SAY]);
	int (*id_from_wire)(const struct sks_options *o, const uint8_t *wire,
			    size_t len, char id[SKS_KEY_ID]);
	int (*id_to_wire)(const struct sks_options *o, const char *id,
			  uint8_t *wire, size_t size, size_t *len);
};

extern const struct sks_dialect sks_skip, sks_etsi_014;

const struct sks_dialect *sks_dialect(enum sks_protocol protocol);

/*
 * A system or SAE ID may stand in an address as it is: letters, digits and
 * what RFC 3986 leaves unreserved.
 */
bool sks_is_system_id(const char *text);
/* @text with each character at its hexadecimal value; ERR_SYNTAX, ERR_NOMEM. */
int sks_from_hex(const char *text, size_t len, struct secret **out);
int sks_from_base64(const char *text, size_t len, struct secret **out);
/* The length of a key is what was asked for. Return: 0, or ERR_SYNTAX. */
int sks_check_length(const struct sks_options *o, const struct secret *key,
		     char say[SKS_SAY]);

#endif
