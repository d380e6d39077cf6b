// SPDX-License-Identifier: GPL-2.0
/*
 * agent/event/work.c: work is done elsewhere, delivered on the loop, and
 * neither lost nor delivered when somebody has canceled it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>

#include "event/work.h"

/* A test that waits longer than this has failed. */
#define PATIENCE_MS	20000
#define JOBS		200

/** struct job - work that reports what became of it */
struct job {
	struct work work;
	pthread_t by;		/* the thread that ran it */
	unsigned int order;	/* of running, from 1 */
	unsigned int run, done, freed;
};

static struct loop *loop;
static struct work_pool *pool;
static struct timer patience;
static struct job jobs[JOBS];
static unsigned int ended, expected;
static _Atomic unsigned int ran;
/* A gate that work may have to pass. */
static sem_t entered, gate;

static void stop(void *arg)
{
	loop_stop(loop);
}

static void end_one(void)
{
	if (++ended == expected)
		loop_stop(loop);
}

static void job_run(struct work *work)
{
	struct job *j = list_entry(work, struct job, work);

	j->by = pthread_self();
	j->order = ++ran;
	j->run++;
}

static void gated_run(struct work *work)
{
	sem_post(&entered);
	sem_wait(&gate);
	job_run(work);
}

static void job_done(struct work *work)
{
	list_entry(work, struct job, work)->done++;
	end_one();
}

static void job_free(struct work *work)
{
	list_entry(work, struct job, work)->freed++;
	end_one();
}

static struct job *start(unsigned int i, void (*run)(struct work *work),
			 enum work_class class)
{
	struct job *j = &jobs[i];

	*j = (struct job){ .work = { .run = run, .done = job_done,
				     .free = job_free } };
	work_ops_threads.start(pool, &j->work, class);
	return j;
}

static void run_until(unsigned int n)
{
	expected = n;
	if (ended < n) {
		timer_set(&patience, PATIENCE_MS);
		assert_int_equal(loop_run(loop), 0);
		timer_cancel(&patience);
	}
	assert_int_equal(ended, n);
}

static void make(unsigned int threads)
{
	loop = loop_new(&clock_system);
	assert_non_null(loop);
	pool = work_pool_new(loop, threads);
	assert_non_null(pool);
	timer_init(&patience, loop_timers(loop), stop, NULL);
	ended = 0;
	ran = 0;
	sem_init(&entered, 0, 0);
	sem_init(&gate, 0, 0);
}

static void unmake(void)
{
	work_pool_free(pool);
	loop_free(loop);
}

static void elsewhere(void **state)
{
	unsigned int i;

	make(3);
	for (i = 0; i < JOBS; i++)
		start(i, job_run, i % 3 ? WORK_NOW : WORK_IDLE);
	/* Nothing is delivered from within start(). */
	assert_int_equal(ended, 0);
	run_until(JOBS);
	for (i = 0; i < JOBS; i++) {
		assert_int_equal(jobs[i].run, 1);
		assert_int_equal(jobs[i].done, 1);
		assert_int_equal(jobs[i].freed, 0);
		assert_false(pthread_equal(jobs[i].by, pthread_self()));
	}
	assert_int_equal(work_ops_threads.waiting(pool), 0);
	unmake();
}

/* What somebody waits for goes before what is for later; else in order. */
static void in_order(void **state)
{
	struct job *later, *first, *second;

	make(1);
	start(0, gated_run, WORK_NOW);
	sem_wait(&entered);
	later = start(1, job_run, WORK_IDLE);
	first = start(2, job_run, WORK_NOW);
	second = start(3, job_run, WORK_NOW);
	assert_int_equal(work_ops_threads.waiting(pool), 2);
	sem_post(&gate);
	run_until(4);
	assert_int_equal(first->order, 2);
	assert_int_equal(second->order, 3);
	assert_int_equal(later->order, 4);
	unmake();
}

static void canceled(void **state)
{
	struct job *running, *waiting, *idle, *ended_job;

	make(1);
	running = start(0, gated_run, WORK_NOW);
	sem_wait(&entered);
	waiting = start(1, job_run, WORK_NOW);
	idle = start(2, job_run, WORK_IDLE);
	/* What has not begun goes at once ... */
	work_ops_threads.cancel(pool, &waiting->work);
	work_ops_threads.cancel(pool, &idle->work);
	assert_int_equal(waiting->freed + idle->freed, 2);
	assert_int_equal(work_ops_threads.waiting(pool), 0);
	/* ... what runs when it has ended. */
	work_ops_threads.cancel(pool, &running->work);
	assert_int_equal(running->freed, 0);
	sem_post(&gate);
	run_until(3);
	assert_int_equal(running->freed, 1);
	assert_int_equal(running->done, 0);
	assert_int_equal(waiting->run + idle->run, 0);

	/* And what has ended but was not delivered yet is not delivered. */
	ended = 0;
	ended_job = start(3, gated_run, WORK_NOW);
	sem_wait(&entered);
	sem_post(&gate);
	start(4, gated_run, WORK_NOW);
	sem_wait(&entered);
	work_ops_threads.cancel(pool, &ended_job->work);
	sem_post(&gate);
	run_until(2);
	assert_int_equal(ended_job->run, 1);
	assert_int_equal(ended_job->freed, 1);
	assert_int_equal(ended_job->done, 0);
	unmake();
}

/* The end of the pool is the end of all its work. */
static void abandoned(void **state)
{
	unsigned int i;

	make(1);
	start(0, gated_run, WORK_NOW);
	sem_wait(&entered);
	for (i = 1; i < 20; i++)
		start(i, job_run, i % 2 ? WORK_NOW : WORK_IDLE);
	sem_post(&gate);
	unmake();
	for (i = 0; i < 20; i++) {
		assert_int_equal(jobs[i].freed, 1);
		assert_int_equal(jobs[i].done, 0);
	}
}

/* Without a thread the loop does it, but not from within start(). */
static void alone(void **state)
{
	struct job *j;

	make(0);
	j = start(0, job_run, WORK_NOW);
	assert_int_equal(ended, 0);
	run_until(1);
	assert_int_equal(j->done, 1);
	assert_true(pthread_equal(j->by, pthread_self()));
	unmake();
}

static void resized(void **state)
{
	unsigned int i;

	make(4);
	for (i = 0; i < 50; i++)
		start(i, job_run, WORK_NOW);
	work_pool_resize(pool, 1);
	for (; i < 100; i++)
		start(i, job_run, WORK_NOW);
	work_pool_resize(pool, 0);
	for (; i < 150; i++)
		start(i, job_run, WORK_NOW);
	work_pool_resize(pool, 2);
	for (; i < JOBS; i++)
		start(i, job_run, WORK_NOW);
	run_until(JOBS);
	for (i = 0; i < JOBS; i++)
		assert_int_equal(jobs[i].done, 1);
	unmake();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elsewhere),
		cmocka_unit_test(in_order),
		cmocka_unit_test(canceled),
		cmocka_unit_test(abandoned),
		cmocka_unit_test(alone),
		cmocka_unit_test(resized),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
