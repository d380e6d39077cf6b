/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stateless cookies (RFC 7296 section 2.6): made from the message and a
 * secret that is replaced every minute; the one before it stays valid as long
 * again.
 */
#ifndef AGENT_IKE_COOKIE_H
#define AGENT_IKE_COOKIE_H

#include "net/udp.h"

#define COOKIE_LEN		33	/* generation and HMAC-SHA2-256 */
#define COOKIE_MAX		64
#define COOKIE_SECRET_LEN	32
#define COOKIE_LIFE_MS		60000

struct cookie_jar {
	uint8_t secret[2][COOKIE_SECRET_LEN];	/* by parity of generation */
	uint8_t generation;
	uint64_t since_ms;
};

void cookie_init(struct cookie_jar *jar, uint64_t now_ms);
void cookie_fini(struct cookie_jar *jar);
/* Return: 0 or ERR_CRYPTO. */
int cookie_make(struct cookie_jar *jar, uint64_t now_ms,
		const struct net_path *path, uint64_t spi_i, struct view ni,
		uint8_t out[COOKIE_LEN]);
/* Did we make this cookie, not long ago, for this sender and nonce? */
bool cookie_check(struct cookie_jar *jar, uint64_t now_ms,
		  const struct net_path *path, uint64_t spi_i, struct view ni,
		  struct view cookie);

#endif
