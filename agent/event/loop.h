/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event loop: file descriptors, signals and timers, one thread.
 */
#ifndef AGENT_EVENT_LOOP_H
#define AGENT_EVENT_LOOP_H

#include <signal.h>
#include <stdbool.h>

#include "event/timer.h"

struct loop;
struct loop_fd;

enum loop_events {
	LOOP_READ = 1,
	LOOP_WRITE = 2,
	LOOP_HANGUP = 4,	/* reported, never asked for */
};

typedef void (*loop_fd_fn)(void *arg, unsigned int events);
typedef void (*loop_signal_fn)(void *arg, int signo);

struct loop *loop_new(const struct clock *clock);
void loop_free(struct loop *loop);
struct timers *loop_timers(struct loop *loop);
/* Run until loop_stop(). Return: 0 or ERR_IO. */
int loop_run(struct loop *loop);
/* Makes loop_run() return; descriptors that are ready stay so. */
void loop_stop(struct loop *loop);

/* Watch @fd (not owned). NULL when out of memory or refused. */
struct loop_fd *loop_fd_add(struct loop *loop, int fd, unsigned int events,
			    loop_fd_fn fn, void *arg);
int loop_fd_set(struct loop_fd *w, unsigned int events);
/* Stop watching; safe from within any callback of the same loop. */
void loop_fd_del(struct loop_fd *w);
/*
 * Deliver @set through @fn instead of asynchronously; once for each loop.
 * Return: 0, ERR_EXISTS, ERR_IO or ERR_NOMEM.
 */
int loop_signals(struct loop *loop, const sigset_t *set, loop_signal_fn fn,
		 void *arg);

#endif
