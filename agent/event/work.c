// SPDX-License-Identifier: GPL-2.0
/*
 * The pool: one lock around three lists, two of what waits and one of what has
 * been done. The loop learns of the last one by an eventfd.
 */

#include "event/work.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "log/log.h"

/* Public-key operations of the library are content with far less. */
#define STACK_SIZE	(512 << 10)

/** struct worker - a thread; the first ones stay when there are to be fewer */
struct worker {
	struct work_pool *pool;
	unsigned int index;
	pthread_t thread;
};

struct work_pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct list waiting[WORK_CLASSES];
	struct list done;
	unsigned int count;		/* waiting in class WORK_NOW */
	unsigned int idle;		/* threads without work */
	unsigned int wanted;		/* threads */
	/* The loop's own. */
	int fd;
	struct loop_fd *watch;
	unsigned int threads;
	struct worker worker[WORK_THREADS_MAX];
};

/* --------------------------------------------------------------- threads */

static struct work *first(struct list *list)
{
	return list_empty(list) ? NULL :
	       list_entry(list->next, struct work, list);
}

/* The next piece, in order of class; the lock is held. */
static struct work *take(struct work_pool *pool)
{
	struct work *w = first(&pool->waiting[WORK_NOW]);

	if (w)
		pool->count--;
	else
		w = first(&pool->waiting[WORK_IDLE]);
	if (w) {
		list_del(&w->list);
		w->state = WORK_RUNS;
	}
	return w;
}

static void tell(struct work_pool *pool)
{
	uint64_t one = 1;

	/* It can only fail when the loop has not read 2^64 - 2 of them. */
	while (write(pool->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void *thread_main(void *arg)
{
	struct worker *self = arg;
	struct work_pool *pool = self->pool;
	struct work *w;

	pthread_setname_np(pthread_self(), "tunneld/work");
	pthread_mutex_lock(&pool->lock);
	while (self->index < pool->wanted) {
		w = take(pool);
		if (!w) {
			pool->idle++;
			pthread_cond_wait(&pool->more, &pool->lock);
			pool->idle--;
			continue;
		}
		pthread_mutex_unlock(&pool->lock);
		w->run(w);
		pthread_mutex_lock(&pool->lock);
		w->state = WORK_ENDED;
		list_add_tail(&pool->done, &w->list);
		tell(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* Signals are the loop's. */
static void add_thread(struct work_pool *pool)
{
	struct worker *w = &pool->worker[pool->threads];
	sigset_t all, before;
	pthread_attr_t attr;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	w->pool = pool;
	w->index = pool->threads;
	if (pthread_create(&w->thread, &attr, thread_main, w) == 0)
		pool->threads++;
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ------------------------------------------------------------- the loop */

static struct work *take_done(struct work_pool *pool)
{
	struct work *w;

	pthread_mutex_lock(&pool->lock);
	w = first(&pool->done);
	if (w)
		list_del(&w->list);
	pthread_mutex_unlock(&pool->lock);
	return w;
}

static void on_done(void *arg, unsigned int events)
{
	struct work_pool *pool = arg;
	struct work *w;
	uint64_t n;

	if (read(pool->fd, &n, sizeof(n)) < 0)
		return;
	while ((w = take_done(pool))) {
		if (w->canceled)
			w->free(w);
		else
			w->done(w);
	}
}

struct work_pool *work_pool_new(struct loop *loop, unsigned int threads)
{
	struct work_pool *pool = calloc(1, sizeof(*pool));
	int class;

	if (!pool)
		return NULL;
	pool->wanted = threads;
	for (class = 0; class < WORK_CLASSES; class++)
		list_init(&pool->waiting[class]);
	list_init(&pool->done);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->more, NULL);
	pool->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->fd >= 0)
		pool->watch = loop_fd_add(loop, pool->fd, LOOP_READ, on_done,
					  pool);
	if (!pool->watch) {
		work_pool_free(pool);
		return NULL;
	}
	return pool;
}

/* Without a single thread the loop has to wait for its work after all. */
static void run_here(struct work_pool *pool, struct work *w)
{
	static struct log_limit limit;

	if (pool->wanted)
		log_write_limited(&limit, LOG_LEVEL_WARNING, NULL,
				  "no thread can be made: public-key work delays everything else");
	w->run(w);
	w->state = WORK_ENDED;
	pthread_mutex_lock(&pool->lock);
	list_add_tail(&pool->done, &w->list);
	pthread_mutex_unlock(&pool->lock);
	tell(pool);
}

static void free_all(struct list *list)
{
	struct work *w, *tmp;

	list_for_each_safe(w, tmp, list, struct work, list) {
		list_del(&w->list);
		w->free(w);
	}
}

void work_pool_resize(struct work_pool *pool, unsigned int threads)
{
	struct work *w;

	pthread_mutex_lock(&pool->lock);
	pool->wanted = threads;
	pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	while (pool->threads > threads)
		pthread_join(pool->worker[--pool->threads].thread, NULL);
	/* With nobody left to do it, what waits would wait for ever. */
	while (!pool->threads && (w = take(pool)))
		run_here(pool, w);
}

void work_pool_free(struct work_pool *pool)
{
	int class;

	if (!pool)
		return;
	work_pool_resize(pool, 0);
	for (class = 0; class < WORK_CLASSES; class++)
		free_all(&pool->waiting[class]);
	free_all(&pool->done);
	loop_fd_del(pool->watch);
	if (pool->fd >= 0)
		close(pool->fd);
	pthread_cond_destroy(&pool->more);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static void pool_start(void *arg, struct work *w, enum work_class class)
{
	struct work_pool *pool = arg;
	bool busy;

	w->canceled = false;
	w->class = class;
	w->state = WORK_WAITS;
	pthread_mutex_lock(&pool->lock);
	busy = !pool->idle || pool->count >= pool->idle;
	pthread_mutex_unlock(&pool->lock);
	if (busy && pool->threads < pool->wanted)
		add_thread(pool);
	if (!pool->threads) {
		run_here(pool, w);
		return;
	}
	pthread_mutex_lock(&pool->lock);
	list_add_tail(&pool->waiting[class], &w->list);
	pool->count += class == WORK_NOW;
	pthread_cond_signal(&pool->more);
	pthread_mutex_unlock(&pool->lock);
}

/* Where it is, is known only under the lock. */
static void pool_cancel(void *arg, struct work *w)
{
	struct work_pool *pool = arg;
	bool waits;

	pthread_mutex_lock(&pool->lock);
	w->canceled = true;
	waits = w->state == WORK_WAITS;
	if (waits) {
		list_del(&w->list);
		pool->count -= w->class == WORK_NOW;
	}
	pthread_mutex_unlock(&pool->lock);
	if (waits)
		w->free(w);
}

static unsigned int pool_waiting(void *arg)
{
	struct work_pool *pool = arg;
	unsigned int n;

	pthread_mutex_lock(&pool->lock);
	n = pool->count;
	pthread_mutex_unlock(&pool->lock);
	return n;
}

const struct work_ops work_ops_threads = {
	.start = pool_start,
	.cancel = pool_cancel,
	.waiting = pool_waiting,
};
