// SPDX-License-Identifier: GPL-2.0
/*
 * Making and checking of cookies.
 */

#include "ike/cookie.h"

#include <string.h>

#include "crypto/crypto.h"

void cookie_init(struct cookie_jar *jar, uint64_t now_ms)
{
	rand_bytes(jar->secret, sizeof(jar->secret));
	jar->generation = 0;
	jar->since_ms = now_ms;
}

void cookie_fini(struct cookie_jar *jar)
{
	wipe(jar, sizeof(*jar));
}

/* Replace the older secret, as often as time has passed. */
static void rotate(struct cookie_jar *jar, uint64_t now_ms)
{
	int i;

	for (i = 0; i < 2 && now_ms - jar->since_ms >= COOKIE_LIFE_MS; i++) {
		jar->generation++;
		rand_bytes(jar->secret[jar->generation & 1],
			   COOKIE_SECRET_LEN);
		jar->since_ms += COOKIE_LIFE_MS;
	}
	if (now_ms - jar->since_ms >= COOKIE_LIFE_MS)
		jar->since_ms = now_ms;
}

static int compute(const struct cookie_jar *jar, uint8_t generation,
		   const struct net_path *path, uint64_t spi_i, struct view ni,
		   uint8_t out[COOKIE_LEN])
{
	const struct endpoint *from = &path->remote;
	struct view key = { jar->secret[generation & 1], COOKIE_SECRET_LEN };
	struct view parts[] = {
		{ &generation, 1 },
		{ from->addr.octets, addr_len(&from->addr) },
		{ (const uint8_t *)&from->port, sizeof(from->port) },
		{ (const uint8_t *)&spi_i, sizeof(spi_i) },
		ni,
	};

	out[0] = generation;
	return hmac_sha256(key, parts, 5, out + 1);
}

int cookie_make(struct cookie_jar *jar, uint64_t now_ms,
		const struct net_path *path, uint64_t spi_i, struct view ni,
		uint8_t out[COOKIE_LEN])
{
	rotate(jar, now_ms);
	return compute(jar, jar->generation, path, spi_i, ni, out);
}

bool cookie_check(struct cookie_jar *jar, uint64_t now_ms,
		  const struct net_path *path, uint64_t spi_i, struct view ni,
		  struct view cookie)
{
	uint8_t expect[COOKIE_LEN];

	rotate(jar, now_ms);
	if (cookie.len != COOKIE_LEN)
		return false;
	if (cookie.p[0] != jar->generation &&
	    cookie.p[0] != (uint8_t)(jar->generation - 1))
		return false;
	if (compute(jar, cookie.p[0], path, spi_i, ni, expect))
		return false;
	return equal_ct(expect, cookie.p, COOKIE_LEN);
}
