/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys that the other source has given out and nobody has fetched here yet.
 * Each is given once, and no later than its lifetime allows.
 */
#ifndef KEYSOURCE_STORE_H
#define KEYSOURCE_STORE_H

#include "conf.h"
#include "event/timer.h"

#define KEY_ID_LEN	16

/**
 * struct held_key - one key
 * @master: who asked for it: the other source (SKIP), a SAE (ETSI)
 * @slave: who may fetch it: this source, a SAE
 */
struct held_key {
	uint8_t id[KEY_ID_LEN];
	enum conf_protocol protocol;
	char master[CONF_SYSTEM_ID], slave[CONF_SYSTEM_ID];
	struct secret *key;
};

struct store;

struct store *store_new(struct timers *timers, uint32_t lifetime_s,
			uint32_t max);
void store_free(struct store *s);
/*
 * Takes the key of @k over. Return: 0; ERR_LIMIT, ERR_EXISTS or ERR_NOMEM with
 * the key still the caller's.
 */
int store_add(struct store *s, struct held_key *k);
/*
 * The key of an ID, if it is for these two; it is no longer held. NULL when
 * there is none.
 */
struct secret *store_take(struct store *s, const struct held_key *want);
unsigned int store_count(const struct store *s);

#endif
