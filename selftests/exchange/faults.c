// SPDX-License-Identifier: GPL-2.0
/*
 * The plainest faults of the network.
 */

#include "world.h"

enum fate lose_all(struct world *w, struct letter *l)
{
	return LOSE;
}

enum fate lose_nth(struct world *w, struct letter *l)
{
	return l->number == *(unsigned int *)w->fault_arg ? LOSE : PASS;
}

enum fate repeat_all(struct world *w, struct letter *l)
{
	return REPEAT;
}
