// SPDX-License-Identifier: GPL-2.0
/*
 * The work pool of an exchange test: no threads, and work ends when the test
 * or its clock says so. With WORK_THREADS=1 each piece has a thread of its own
 * from its beginning to that moment, for a build with -fsanitize=thread: what
 * the loop and the work both touch meanwhile shows.
 */

#include "world.h"

#include <pthread.h>
#include <stdlib.h>

/** struct job - work under way; it is done at the last moment */
struct job {
	struct list list;
	struct work *work;
	uint64_t due_ms;
	bool threaded;
	pthread_t thread;
};

bool world_at_work;

static void *thread_main(void *arg)
{
	struct work *work = arg;

	work->run(work);
	return NULL;
}

static void end_thread(struct job *j)
{
	if (j->threaded)
		pthread_join(j->thread, NULL);
}

static void fake_start(void *arg, struct work *work, enum work_class class)
{
	struct side *s = arg;
	struct job *j = calloc(1, sizeof(*j));

	assert_non_null(j);
	j->work = work;
	j->due_ms = s->world->now_ms + s->world->work_ms;
	work->canceled = false;
	work->class = class;
	list_add_tail(&s->work, &j->list);
	j->threaded = getenv("WORK_THREADS") &&
		      !pthread_create(&j->thread, NULL, thread_main, work);
}

static struct job *find_job(struct side *s, const struct work *work)
{
	struct job *j;

	list_for_each(j, &s->work, struct job, list)
		if (j->work == work)
			return j;
	return NULL;
}

static void job_free(struct job *j)
{
	list_del(&j->list);
	free(j);
}

static void fake_cancel(void *arg, struct work *work)
{
	struct job *j = find_job(arg, work);

	assert_non_null(j);
	end_thread(j);
	job_free(j);
	work->free(work);
}

unsigned int side_work(struct side *s)
{
	unsigned int n = 0;
	struct job *j;

	list_for_each(j, &s->work, struct job, list)
		n++;
	return n;
}

static unsigned int fake_waiting(void *arg)
{
	struct side *s = arg;
	unsigned int n = 0;
	struct job *j;

	list_for_each(j, &s->work, struct job, list)
		n += j->work->class == WORK_NOW;
	return n;
}

const struct work_ops world_work_ops = {
	.start = fake_start,
	.cancel = fake_cancel,
	.waiting = fake_waiting,
};

static struct job *first_job(struct side *s)
{
	return list_empty(&s->work) ? NULL :
	       list_entry(s->work.next, struct job, list);
}

bool side_finish_work(struct side *s)
{
	struct job *j = first_job(s);
	struct work *work;

	if (!j)
		return false;
	work = j->work;
	end_thread(j);
	world_at_work = true;
	if (!j->threaded)
		work->run(work);
	world_at_work = false;
	job_free(j);
	work->done(work);
	return true;
}

/* When the next work of a side ends. */
uint64_t side_work_due(struct side *s)
{
	struct job *j = first_job(s);

	return j && !s->deaf && !s->hold_work ? j->due_ms : UINT64_MAX;
}
