/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Simultaneous rekeying (RFC 7296 section 2.8.1): of the two SAs that two
 * crossing exchanges make, the one whose exchange holds the lowest of the four
 * nonces is closed by the side that began that exchange. Pure functions.
 */
#ifndef AGENT_IKE_COLLISION_H
#define AGENT_IKE_COLLISION_H

#include "ike/sa.h"

/* Does the exchange with nonces @ours lose against the one with @theirs? */
bool collision_we_lose(const struct nonces *ours, const struct nonces *theirs);

#endif
