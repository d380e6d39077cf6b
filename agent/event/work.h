/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Work that would keep the loop from its events, public-key operations above
 * all: done by a few threads, the results handed back on the loop.
 */
#ifndef AGENT_EVENT_WORK_H
#define AGENT_EVENT_WORK_H

#include <stdbool.h>

#include "event/loop.h"
#include "util/list.h"

/** enum work_class - what goes first */
enum work_class {
	WORK_NOW,		/* somebody waits for it */
	WORK_IDLE,		/* for later: only when nothing else waits */
	WORK_CLASSES
};

enum work_state { WORK_WAITS, WORK_RUNS, WORK_ENDED };

/**
 * struct work - one piece of work, embedded in what it works on
 * @run: on a thread of the pool, or on the loop when there is none; touches
 *	only what @work owns
 * @done: on the loop, when @run has ended; takes @work over
 * @free: on the loop, instead of @done when the work was canceled
 * @list: the pool's
 * @class: the pool's
 * @state: the pool's
 * @canceled: the pool's
 */
struct work {
	void (*run)(struct work *work);
	void (*done)(struct work *work);
	void (*free)(struct work *work);
	struct list list;
	enum work_class class;
	enum work_state state;
	bool canceled;
};

/**
 * struct work_ops - who does the work; tests have their own
 * @start: takes @work over; its functions are called later, never from within
 * @cancel: @free will be called instead of @done, now or later
 * @waiting: how much of class WORK_NOW has not begun yet
 */
struct work_ops {
	void (*start)(void *arg, struct work *work, enum work_class class);
	void (*cancel)(void *arg, struct work *work);
	unsigned int (*waiting)(void *arg);
};

struct work_pool;
extern const struct work_ops work_ops_threads;

#define WORK_THREADS_MAX	64

/**
 * work_pool_new - a pool that delivers to @loop
 * @threads: at most WORK_THREADS_MAX; with none the loop does the work itself
 *
 * The threads are made when there is work for them, so that they have the
 * privileges the process has then. Return: NULL when out of resources.
 */
struct work_pool *work_pool_new(struct loop *loop, unsigned int threads);
/* Another number of threads; waits for what is run by those that go. */
void work_pool_resize(struct work_pool *pool, unsigned int threads);
/* What has not been delivered is canceled; waits for what runs. */
void work_pool_free(struct work_pool *pool);

#endif
