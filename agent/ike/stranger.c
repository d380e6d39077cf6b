// SPDX-License-Identifier: GPL-2.0
/*
 * A short list in order of last sight.
 */

#include "ike/stranger.h"

#include <string.h>

static unsigned int find(const struct strangers *s, const struct net_path *path)
{
	unsigned int i;

	for (i = 0; i < s->count; i++)
		if (addr_eq(&s->list[i].local, &path->local.addr) &&
		    addr_eq(&s->list[i].remote, &path->remote.addr))
			break;
	return i;
}

void stranger_note(struct strangers *s, const struct net_path *path,
		   int64_t wall_ms)
{
	struct stranger next = { path->local.addr, path->remote.addr, 0, 0 };
	unsigned int at = find(s, path);

	if (at < s->count)
		next = s->list[at];
	else if (s->count < STRANGERS_MAX)
		s->count++;
	else
		at = STRANGERS_MAX - 1;
	memmove(&s->list[1], &s->list[0], at * sizeof(s->list[0]));
	next.count++;
	next.last_wall_ms = wall_ms;
	s->list[0] = next;
}
