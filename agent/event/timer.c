// SPDX-License-Identifier: GPL-2.0
/*
 * A binary heap of timers; place 0 of the array stays empty, so that a
 * timer's place tells whether it is armed.
 */

#include "event/timer.h"

#include <stdlib.h>

#include "util/err.h"

struct timers {
	const struct clock *clock;
	struct timer **heap;
	size_t count;
	size_t cap;
	uint64_t armed;		/* how often a timer was */
};

struct timers *timers_new(const struct clock *clock)
{
	struct timers *set = calloc(1, sizeof(*set));

	if (set)
		set->clock = clock;
	return set;
}

void timers_free(struct timers *set)
{
	if (!set)
		return;
	free(set->heap);
	free(set);
}

const struct clock *timers_clock(const struct timers *set)
{
	return set->clock;
}

static void place(struct timers *set, struct timer *t, size_t pos)
{
	set->heap[pos] = t;
	t->pos = pos;
}

static bool before(const struct timer *a, const struct timer *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void sift_up(struct timers *set, struct timer *t, size_t pos)
{
	while (pos > 1 && before(t, set->heap[pos / 2])) {
		place(set, set->heap[pos / 2], pos);
		pos /= 2;
	}
	place(set, t, pos);
}

static void sift_down(struct timers *set, struct timer *t, size_t pos)
{
	size_t child;

	while ((child = pos * 2) <= set->count) {
		if (child < set->count &&
		    before(set->heap[child + 1], set->heap[child]))
			child++;
		if (before(t, set->heap[child]))
			break;
		place(set, set->heap[child], pos);
		pos = child;
	}
	place(set, t, pos);
}

void timer_init(struct timer *t, struct timers *set, timer_fn fn, void *arg)
{
	*t = (struct timer){ .set = set, .fn = fn, .arg = arg };
}

static int make_room(struct timers *set)
{
	size_t cap = set->cap ? set->cap * 2 : 64;
	struct timer **heap;

	if (set->count + 1 < set->cap)
		return 0;
	heap = reallocarray(set->heap, cap, sizeof(*heap));
	if (!heap)
		return ERR_NOMEM;
	set->heap = heap;
	set->cap = cap;
	return 0;
}

int timer_set(struct timer *t, uint64_t delay_ms)
{
	struct timers *set = t->set;
	uint64_t now = clock_mono_ms(set->clock);

	timer_cancel(t);
	if (make_room(set))
		return ERR_NOMEM;
	t->at_ms = delay_ms > UINT64_MAX - now ? UINT64_MAX : now + delay_ms;
	t->order = set->armed++;
	sift_up(set, t, ++set->count);
	return 0;
}

void timer_cancel(struct timer *t)
{
	struct timers *set = t->set;
	size_t pos = t->pos;
	struct timer *last;

	if (!pos)
		return;
	t->pos = 0;
	last = set->heap[set->count--];
	if (last == t)
		return;
	if (pos > 1 && before(last, set->heap[pos / 2]))
		sift_up(set, last, pos);
	else
		sift_down(set, last, pos);
}

bool timer_armed(const struct timer *t)
{
	return t->pos != 0;
}

uint64_t timer_left_ms(const struct timer *t)
{
	uint64_t now;

	if (!t->pos)
		return 0;
	now = clock_mono_ms(t->set->clock);
	return t->at_ms > now ? t->at_ms - now : 0;
}

uint64_t timers_next_ms(const struct timers *set)
{
	return set->count ? timer_left_ms(set->heap[1]) : UINT64_MAX;
}

void timers_run(struct timers *set)
{
	uint64_t now = clock_mono_ms(set->clock), round = set->armed;
	struct timer *t;

	while (set->count && set->heap[1]->at_ms <= now) {
		t = set->heap[1];
		/* Armed by a callback, thus due after all that were not. */
		if (t->order >= round)
			break;
		timer_cancel(t);
		t->fn(t->arg);
	}
}
