/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A new configuration for a running engine.
 */
#ifndef AGENT_IKE_RELOAD_H
#define AGENT_IKE_RELOAD_H

#include "ike/view.h"

/**
 * ike_reload - let the difference to a new configuration take effect
 * @next: whole and checked; the engine takes a reference of its own
 * @fn: called for each interface that does not stay as it was, may be NULL
 * @out: what was done
 *
 * Return: 0, or ERR_NOMEM or ERR_CANCELED (while stopping) with nothing
 * changed.
 */
int ike_reload(struct ike *ike, struct cfg *next, view_change_fn fn, void *arg,
	       struct view_reload *out);

#endif
