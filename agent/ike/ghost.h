/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is left of a tunnel that was removed, leads elsewhere now or has lost
 * its interface: IKE SAs whose peer is still to be told. It has no interface,
 * never connects, and goes with the last of its IKE SAs.
 */
#ifndef AGENT_IKE_GHOST_H
#define AGENT_IKE_GHOST_H

#include "ike/tunnel.h"

/*
 * Part a tunnel from its IKE SAs: each is deleted, their child SAs are gone at
 * once. The tunnel itself may be changed or freed then.
 */
void ghost_part(struct tunnel *t);
/* One of its IKE SAs is gone, which may have been the last one. */
void ghost_settle(struct tunnel *g);

#endif
