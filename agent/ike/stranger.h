/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who came and found no tunnel: the last few pairs of addresses, so that a
 * mistyped one can be seen from the side that has no tunnel to ask about.
 */
#ifndef AGENT_IKE_STRANGER_H
#define AGENT_IKE_STRANGER_H

#include "net/udp.h"

#define STRANGERS_MAX	16

/** struct stranger - a pair of addresses, with how often it was seen and when */
struct stranger {
	struct addr local, remote;
	uint64_t count;
	int64_t last_wall_ms;
};

/** struct strangers - the pair seen last is the first */
struct strangers {
	struct stranger list[STRANGERS_MAX];
	unsigned int count;
};

/* Note a pair; the one unseen for longest makes room. */
void stranger_note(struct strangers *s, const struct net_path *path,
		   int64_t wall_ms);

#endif
