// SPDX-License-Identifier: GPL-2.0
/*
 * Random octets.
 */

#include <openssl/rand.h>
#include <stdlib.h>

#include "crypto/crypto.h"
#include "log/log.h"

void rand_bytes(void *p, size_t len)
{
	if (RAND_bytes(p, (int)len) == 1)
		return;
	/* A repeated nonce, SPI or IV would be worse than stopping. */
	log_error(NULL, "the random source failed");
	abort();
}

uint64_t rand_below(uint64_t bound)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % bound, v;

	do {
		rand_bytes(&v, sizeof(v));
	} while (v >= limit);
	return v % bound;
}
