/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an agent that did not end by itself has left in the kernel: interfaces
 * that may not be in the configuration any more, SAs that nobody rekeys, routes.
 */
#ifndef AGENT_IKE_STRAY_H
#define AGENT_IKE_STRAY_H

#include "ike/engine.h"

/**
 * stray_clear - end what no configuration wants, before the tunnels start
 *
 * No SA is left on an interface of the configuration. One that is not in it is
 * deleted if an agent has made it; if not, and if it is named as those of routers
 * are, it loses its SAs and reverse routes. Whatever fails is logged.
 */
void stray_clear(struct ike *ike);

#endif
