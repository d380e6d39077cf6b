/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between two configurations, by interface, and when a running
 * agent can let it take effect. Pure; whoever applies it is ike/reload.c.
 */
#ifndef AGENT_CONFIG_DIFF_H
#define AGENT_CONFIG_DIFF_H

#include "config/config.h"

/**
 * enum cfg_effect - when a changed setting takes effect, bits
 * @CFG_NOW: at once, without any disturbance
 * @CFG_LATER: with the next negotiation, authentication or rekey
 * @CFG_LINK: at once, by a change of the interface
 * @CFG_ANEW: at once; the tunnel is negotiated anew
 */
enum cfg_effect {
	CFG_NOW = 1,
	CFG_LATER = 2,
	CFG_LINK = 4,
	CFG_ANEW = 8,
};

#define CFG_DIFF_SETTINGS	256

/** struct cfg_diff - @effects 0: nothing differs */
struct cfg_diff {
	unsigned int effects;
	char settings[CFG_DIFF_SETTINGS];	/* their paths, "a, b" */
};

/**
 * cfg_diff_iface - compare an interface with all that it refers to
 * @before, @after: the trees of @a and @b, for the policies
 *
 * What a shared list gives to other tunnels is left out: of a keyring those
 * peers are compared that can be the other end, of the policies the one that
 * serves the interface.
 */
void cfg_diff_iface(const struct cfg *before, const struct cfg_iface *a,
		    const struct cfg *after, const struct cfg_iface *b,
		    struct cfg_diff *out);
/* The settings that belong to no interface. */
void cfg_diff_general(const struct cfg *before, const struct cfg *after,
		      struct cfg_diff *out);

#endif
