// SPDX-License-Identifier: GPL-2.0
/*
 * agent/event/loop.c: descriptors, signals and timers that are watched, and
 * watches that disappear while they are served.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "event/loop.h"
#include "util/err.h"

/* A test that waits longer than this has failed. */
#define PATIENCE_MS	5000

/** struct end - a pipe, its watch, and what was reported about it */
struct end {
	int fd[2];
	struct loop_fd *watch;
	unsigned int calls;
	unsigned int events;
	struct end *other;	/* to be deleted by the callback */
};

static struct loop *loop;
static struct timer patience;

static void stop(void *arg)
{
	loop_stop(loop);
}

static void lose_patience(void *arg)
{
	fail_msg("nothing happened");
}

static int set_up(void **state)
{
	loop = loop_new(&clock_system);
	if (!loop)
		return -1;
	timer_init(&patience, loop_timers(loop), lose_patience, NULL);
	return timer_set(&patience, PATIENCE_MS);
}

static int tear_down(void **state)
{
	timer_cancel(&patience);
	loop_free(loop);
	return 0;
}

static void open_end(struct end *e, unsigned int events, loop_fd_fn fn)
{
	memset(e, 0, sizeof(*e));
	assert_int_equal(pipe2(e->fd, O_NONBLOCK | O_CLOEXEC), 0);
	e->watch = loop_fd_add(loop, e->fd[events & LOOP_WRITE ? 1 : 0],
			       events, fn, e);
	assert_non_null(e->watch);
}

static void close_end(struct end *e)
{
	loop_fd_del(e->watch);
	close(e->fd[0]);
	close(e->fd[1]);
}

static void make_readable(struct end *e)
{
	assert_int_equal(write(e->fd[1], "x", 1), 1);
}

static void run(void)
{
	assert_int_equal(loop_run(loop), 0);
}

/* Run until what is ready now has been served. */
static void run_a_round(void)
{
	struct timer t;

	timer_init(&t, loop_timers(loop), stop, NULL);
	timer_set(&t, 0);
	run();
	timer_cancel(&t);
}

static void take(struct end *e, unsigned int events)
{
	char c;

	e->calls++;
	e->events = events;
	if (events & LOOP_READ)
		assert_int_equal(read(e->fd[0], &c, 1), 1);
}

static void take_and_stop(void *arg, unsigned int events)
{
	take(arg, events);
	loop_stop(loop);
}

static void readable_descriptor_is_reported(void **state)
{
	struct end e;

	open_end(&e, LOOP_READ, take_and_stop);
	run_a_round();
	assert_int_equal(e.calls, 0);
	make_readable(&e);
	run();
	assert_int_equal(e.calls, 1);
	assert_int_equal(e.events, LOOP_READ);
	close_end(&e);
}

static void interest_may_change(void **state)
{
	struct end e;

	open_end(&e, LOOP_WRITE, take_and_stop);
	run();
	assert_int_equal(e.events, LOOP_WRITE);
	assert_int_equal(loop_fd_set(e.watch, 0), 0);
	run_a_round();
	assert_int_equal(e.calls, 1);
	assert_int_equal(loop_fd_set(e.watch, LOOP_WRITE), 0);
	run();
	assert_int_equal(e.calls, 2);
	close_end(&e);
}

static void hangup_is_reported_unasked(void **state)
{
	struct end e;

	open_end(&e, LOOP_READ, take_and_stop);
	close(e.fd[1]);
	run();
	assert_int_equal(e.events, LOOP_HANGUP);
	loop_fd_del(e.watch);
	close(e.fd[0]);
}

static void take_and_delete(void *arg, unsigned int events)
{
	struct end *e = arg;

	take(e, events);
	loop_fd_del(e->watch);
	e->watch = NULL;
}

static void watch_may_delete_itself(void **state)
{
	struct end e;

	open_end(&e, LOOP_READ, take_and_delete);
	make_readable(&e);
	make_readable(&e);
	run_a_round();
	run_a_round();
	assert_int_equal(e.calls, 1);
	close_end(&e);
}

static void take_and_delete_other(void *arg, unsigned int events)
{
	struct end *e = arg;

	take(e, events);
	loop_fd_del(e->other->watch);
	e->other->watch = NULL;
}

/* Both are ready at once: the second one must not be called any more. */
static void watch_may_delete_one_that_is_ready_too(void **state)
{
	struct end a, b;

	open_end(&a, LOOP_READ, take_and_delete_other);
	open_end(&b, LOOP_READ, take_and_delete_other);
	a.other = &b;
	b.other = &a;
	make_readable(&a);
	make_readable(&b);
	run_a_round();
	run_a_round();
	assert_int_equal(a.calls + b.calls, 1);
	close_end(&a);
	close_end(&b);
}

static unsigned int heirs;

static void count_heir(void *arg, unsigned int events)
{
	heirs++;
}

static void replace_other(void *arg, unsigned int events)
{
	struct end *e = arg, *other = e->other;
	int number = other->fd[0];

	take(e, events);
	if (!other->other)
		return;
	/* The number lives on with another file behind it, not readable. */
	loop_fd_del(other->watch);
	assert_int_equal(dup2(other->other->fd[0], number), number);
	other->watch = loop_fd_add(loop, number, LOOP_READ, count_heir, NULL);
	assert_non_null(other->watch);
	e->other = NULL;
	other->other = NULL;
}

/* The event of the old file must not reach the watch of the new one. */
static void reused_descriptor_number_gets_no_old_event(void **state)
{
	struct end a, b, spare;

	heirs = 0;
	assert_int_equal(pipe2(spare.fd, O_CLOEXEC), 0);
	spare.other = NULL;
	open_end(&a, LOOP_READ, replace_other);
	open_end(&b, LOOP_READ, replace_other);
	a.other = &b;
	b.other = &spare;
	make_readable(&a);
	make_readable(&b);
	run_a_round();
	run_a_round();
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
	assert_int_equal(heirs, 0);
	close_end(&a);
	close_end(&b);
	close(spare.fd[0]);
	close(spare.fd[1]);
}

static void what_is_ready_survives_a_stop(void **state)
{
	struct end a, b;

	open_end(&a, LOOP_READ, take_and_stop);
	open_end(&b, LOOP_READ, take_and_stop);
	make_readable(&a);
	make_readable(&b);
	run();
	assert_int_equal(a.calls + b.calls, 1);
	run();
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 1);
	close_end(&a);
	close_end(&b);
}

static void descriptor_that_cannot_be_watched_is_refused(void **state)
{
	struct end e;

	open_end(&e, LOOP_READ, take_and_stop);
	assert_null(loop_fd_add(loop, -1, LOOP_READ, take_and_stop, NULL));
	assert_null(loop_fd_add(loop, e.fd[0], LOOP_READ, take_and_stop, NULL));
	close_end(&e);
	loop_fd_del(NULL);
}

static void watches_left_over_are_freed_with_the_loop(void **state)
{
	struct loop *other = loop_new(&clock_system);
	int fd[2];

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	assert_non_null(loop_fd_add(other, fd[0], LOOP_READ, take_and_stop,
				    NULL));
	loop_free(other);
	loop_free(NULL);
	close(fd[0]);
	close(fd[1]);
}

static void timer_wakes_the_loop(void **state)
{
	uint64_t before = clock_mono_ms(&clock_system), after;
	struct timer t;

	timer_init(&t, loop_timers(loop), stop, NULL);
	timer_set(&t, 30);
	run();
	after = clock_mono_ms(&clock_system);
	assert_true(after - before >= 30);
}

static int signals[4];
static unsigned int signal_count;

static void on_signal(void *arg, int signo)
{
	assert_ptr_equal(arg, &signal_count);
	assert_true(signal_count < 4);
	signals[signal_count++] = signo;
	loop_stop(loop);
}

static void signals_come_through_the_loop(void **state)
{
	sigset_t mask, before;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_BLOCK, NULL, &before);
	signal_count = 0;
	assert_int_equal(loop_signals(loop, &mask, on_signal, &signal_count),
			 0);
	assert_int_equal(loop_signals(loop, &mask, on_signal, &signal_count),
			 ERR_EXISTS);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGHUP);
	run();
	/* Both are delivered, the lower number first. */
	assert_int_equal(signal_count, 2);
	assert_int_equal(signals[0], SIGHUP);
	assert_int_equal(signals[1], SIGUSR1);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(readable_descriptor_is_reported),
		TEST(interest_may_change),
		TEST(hangup_is_reported_unasked),
		TEST(watch_may_delete_itself),
		TEST(watch_may_delete_one_that_is_ready_too),
		TEST(reused_descriptor_number_gets_no_old_event),
		TEST(what_is_ready_survives_a_stop),
		TEST(descriptor_that_cannot_be_watched_is_refused),
		TEST(watches_left_over_are_freed_with_the_loop),
		TEST(timer_wakes_the_loop),
		TEST(signals_come_through_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
