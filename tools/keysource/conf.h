/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration of tunnel-keysource.
 */
#ifndef KEYSOURCE_CONF_H
#define KEYSOURCE_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "util/addr.h"
#include "util/secret.h"

#define CONF_SYSTEM_ID	128
#define CONF_IDENTITY	129
#define CONF_PATH	512
#define CONF_HOST	254
#define CONF_ERROR	4096

enum conf_protocol { CONF_SKIP, CONF_ETSI_014, CONF_PROTOCOLS };

/** struct conf_client - a router known by an external PSK */
struct conf_client {
	char identity[CONF_IDENTITY];
	struct secret *psk;
};

/** struct conf_files - certificates; @ca empty: none */
struct conf_files {
	char ca[CONF_PATH], certificate[CONF_PATH], key[CONF_PATH];
};

/** struct conf_listener - where routers ask; clients or files, not both */
struct conf_listener {
	enum conf_protocol protocol;
	struct addr address;
	uint16_t port;
	struct conf_client *clients;
	unsigned int client_count;
	struct conf_files files;
};

/**
 * struct conf_link - the way to the other source
 * @listen: it comes to us; otherwise we go to @host
 * @peer_name: what its certificate must name
 */
struct conf_link {
	bool listen;
	char host[CONF_HOST];
	uint16_t port;
	char peer_name[CONF_HOST];
	struct conf_files files;
};

struct conf {
	char system_id[CONF_SYSTEM_ID], peer_system_id[CONF_SYSTEM_ID];
	struct conf_listener *listeners;
	unsigned int listener_count;
	struct conf_link link;
	uint32_t key_lifetime;		/* seconds */
	uint32_t max_keys;
	uint32_t connections_max;
};

/* NULL with one line for each error, file and line number first. */
struct conf *conf_load(const char *path, char error[CONF_ERROR]);
void conf_free(struct conf *c);

#endif
