/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The SAs of a world, as the engines have them.
 */
#ifndef SELFTESTS_EXCHANGE_CHILD_WORLD_H
#define SELFTESTS_EXCHANGE_CHILD_WORLD_H

#include "ike/child.h"
#include "ike/sa.h"
#include "world.h"

/* The first IKE SA of a side, and the last child SA of that. */
struct ike_sa *first_sa(struct side *s);
struct child_sa *newest_child(struct side *s);
/* A world whose tunnel is up and at rest. */
void child_up(struct world *w, const struct setup *s);
/* Nothing is left of a series of key exchanges, and one pair of SAs is. */
void child_settled(struct world *w);

#endif
