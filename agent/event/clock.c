// SPDX-License-Identifier: GPL-2.0
/*
 * The system's clocks.
 */

#include "event/clock.h"

#include <time.h>

static uint64_t system_mono_ms(void *arg)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void *arg)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

const struct clock clock_system = {
	.mono_ms = system_mono_ms,
	.wall_ms = system_wall_ms,
};
