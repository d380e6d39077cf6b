/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where time comes from. Everything that waits or measures takes a clock, so
 * that tests can replace it; nothing else calls clock_gettime() or time().
 */
#ifndef AGENT_EVENT_CLOCK_H
#define AGENT_EVENT_CLOCK_H

#include <stdint.h>

struct clock {
	uint64_t (*mono_ms)(void *arg);		/* monotonic milliseconds */
	int64_t (*wall_ms)(void *arg);		/* milliseconds since 1970 */
	void *arg;
};

extern const struct clock clock_system;

static inline uint64_t clock_mono_ms(const struct clock *c)
{
	return c->mono_ms(c->arg);
}

static inline int64_t clock_wall_ms(const struct clock *c)
{
	return c->wall_ms(c->arg);
}

#endif
