/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is left of a tunnel that was removed or leads elsewhere now: IKE SAs
 * whose peer is still to be told. It has no interface, never connects, and
 * goes with the last of its IKE SAs.
 */
#ifndef AGENT_IKE_GHOST_H
#define AGENT_IKE_GHOST_H

#include "ike/tunnel.h"

/*
 * Part a tunnel from its IKE SAs: each is deleted, their child SAs are gone at
 * once. The tunnel itself may be changed or freed then.
 */
void ghost_part(struct tunnel *t);
/* An IKE SA of the ghost is going away. */
void ghost_sa_gone(struct tunnel *ghost, const struct ike_sa *sa);

#endif
