/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When the kernel had more to say than its socket holds: what was lost is found
 * out by asking.
 */
#ifndef AGENT_IKE_RESYNC_H
#define AGENT_IKE_RESYNC_H

#include "ike/engine.h"

/* Events were lost. Soon, for more may be on their way, everything is asked. */
void resync_begin(struct ike *ike);
/* The timer of that. */
void resync_run(void *ike);

#endif
