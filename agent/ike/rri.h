/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reverse routes as far as the agent goes: telling the module what an
 * interface shall have, and telling people what became of it.
 */
#ifndef AGENT_IKE_RRI_H
#define AGENT_IKE_RRI_H

#include "ike/engine.h"
#include "kernel_nl/knl.h"

struct tunnel;

/*
 * Give the interface of a tunnel the reverse routes of its configuration.
 * Return: 0, or ERR_KERNEL with the failure recorded.
 */
int rri_apply(struct tunnel *t);
/* The module says that a route came, went, or cannot be had. */
void rri_event(struct ike *ike, const struct knl_event *ev);

#endif
