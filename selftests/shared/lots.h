/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers that are the same on every machine (xorshift64), so that what
 * fails can be repeated.
 */
#ifndef SELFTESTS_SHARED_LOTS_H
#define SELFTESTS_SHARED_LOTS_H

#include <stdint.h>

/* Not 0; set it before the first one is drawn. */
static uint64_t random_state = 88172645463325252ULL;

static inline uint32_t random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % n;
}

#endif
