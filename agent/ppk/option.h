/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the configuration says about a key source: an sks profile. Filled by
 * config/, used by the client.
 */
#ifndef AGENT_PPK_OPTION_H
#define AGENT_PPK_OPTION_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/secret.h"

#define SKS_NAME	128	/* names have 1 to 127 characters */
#define SKS_HOST	254
#define SKS_SYSTEM_ID	128
#define SKS_IDENTITY	129
#define SKS_PATH	512
#define SKS_SERVERS	8

enum sks_protocol {
	SKS_SKIP,
	SKS_ETSI_014,
	SKS_PROTOCOLS
};

/** enum sks_id_form - how a SKIP key identifier stands in a PPK_ID */
enum sks_id_form {
	SKS_ID_TEXT,		/* the characters as the source gave them */
	SKS_ID_BINARY,		/* the octets the digits stand for */
};

/** struct sks_server - one key management entity */
struct sks_server {
	char host[SKS_HOST];	/* an address or a name */
	uint16_t port;
};

/**
 * struct sks_tls - how source and router know each other
 * @identity, @psk: an external PSK of TLS 1.3; @psk NULL: certificates
 * @server_name: what the server's certificate must name; empty: the host
 */
struct sks_tls {
	char identity[SKS_IDENTITY];
	struct secret *psk;
	char ca[SKS_PATH], certificate[SKS_PATH], key[SKS_PATH];
	char server_name[SKS_HOST];
};

/**
 * struct sks_options - an sks profile
 * @local_system: what the source must call itself; empty: anything
 * @remote_system: the peer's source (SKIP) or the peer itself (ETSI: its SAE
 *	ID); empty: the only one that the source names
 * @vrf: through which the servers are reached; empty: the default one
 * @timeout_ms: for one key, with all that belongs to it
 * @sync_wait_ms: how long a key that is not there yet is asked for again
 * @prefetch: keys kept ready for negotiations begun here
 * @prefetch_lifetime: seconds after which a key kept ready is thrown away
 * @initiates: a tunnel of this router asks for new keys of it; derived
 */
struct sks_options {
	char name[SKS_NAME];
	enum sks_protocol protocol;
	struct sks_server *servers;
	unsigned int server_count;
	struct sks_tls tls;
	char local_system[SKS_SYSTEM_ID], remote_system[SKS_SYSTEM_ID];
	char vrf[IFNAMSIZ];
	enum sks_id_form id_form;
	uint32_t key_bits;
	uint32_t connect_timeout_ms, timeout_ms, sync_wait_ms;
	uint32_t prefetch, prefetch_lifetime;
	bool initiates;
};

/* A copy with servers and key of its own. Return: 0, or ERR_NOMEM. */
int sks_options_copy(struct sks_options *to, const struct sks_options *from);
/* Frees what it points to; all zero afterwards. */
void sks_options_fini(struct sks_options *o);
bool sks_options_equal(const struct sks_options *a,
		       const struct sks_options *b);

#endif
