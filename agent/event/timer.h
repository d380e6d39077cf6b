/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One-shot timers in a heap. The loop asks for the next deadline and runs
 * what is due; tests do the same with a clock of their own.
 */
#ifndef AGENT_EVENT_TIMER_H
#define AGENT_EVENT_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/clock.h"

struct timers;
struct timer;
typedef void (*timer_fn)(void *arg);

/** struct timer - embedded in its owner; set up by timer_init() */
struct timer {
	struct timers *set;
	timer_fn fn;
	void *arg;
	uint64_t at_ms;
	uint64_t order;		/* of arming, between equal deadlines */
	size_t pos;		/* place in the heap, 0 when not armed */
};

struct timers *timers_new(const struct clock *clock);
/* All timers must have been canceled. */
void timers_free(struct timers *set);
const struct clock *timers_clock(const struct timers *set);
/* Milliseconds until the next timer, 0 when due, UINT64_MAX when none. */
uint64_t timers_next_ms(const struct timers *set);
/*
 * Run what is due, by deadline, then by order of arming. A callback may arm,
 * cancel and free any timer; what it arms is not run before the next call.
 */
void timers_run(struct timers *set);

void timer_init(struct timer *t, struct timers *set, timer_fn fn, void *arg);
/* (Re)arm for @delay_ms from now. Return: 0 or ERR_NOMEM. */
int timer_set(struct timer *t, uint64_t delay_ms);
void timer_cancel(struct timer *t);
bool timer_armed(const struct timer *t);
/* Milliseconds left; 0 when due or not armed. */
uint64_t timer_left_ms(const struct timer *t);

#endif
