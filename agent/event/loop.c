// SPDX-License-Identifier: GPL-2.0
/*
 * epoll around the timers.
 */

#include "event/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "util/err.h"
#include "util/list.h"

#define EVENTS_PER_WAIT	32

struct loop_fd {
	struct loop *loop;
	int fd;
	loop_fd_fn fn;
	void *arg;
	bool dead;		/* deleted, freed after this round of events */
	struct list list;
};

struct loop {
	int epoll;
	int signals;
	struct timers *timers;
	struct list fds;
	struct list dead;
	bool stop;
	loop_signal_fn signal_fn;
	void *signal_arg;
	struct loop_fd *signal_watch;
};

struct loop *loop_new(const struct clock *clock)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->signals = -1;
	list_init(&loop->fds);
	list_init(&loop->dead);
	loop->timers = timers_new(clock);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!loop->timers || loop->epoll < 0) {
		loop_free(loop);
		return NULL;
	}
	return loop;
}

static void reap(struct loop *loop)
{
	struct loop_fd *w, *tmp;

	list_for_each_safe(w, tmp, &loop->dead, struct loop_fd, list) {
		list_del(&w->list);
		free(w);
	}
}

void loop_free(struct loop *loop)
{
	struct loop_fd *w, *tmp;

	if (!loop)
		return;
	list_for_each_safe(w, tmp, &loop->fds, struct loop_fd, list)
		loop_fd_del(w);
	reap(loop);
	if (loop->signals >= 0)
		close(loop->signals);
	if (loop->epoll >= 0)
		close(loop->epoll);
	timers_free(loop->timers);
	free(loop);
}

struct timers *loop_timers(struct loop *loop)
{
	return loop->timers;
}

static uint32_t to_epoll(unsigned int events)
{
	return (events & LOOP_READ ? EPOLLIN : 0) |
	       (events & LOOP_WRITE ? EPOLLOUT : 0);
}

static unsigned int from_epoll(uint32_t events)
{
	return (events & EPOLLIN ? LOOP_READ : 0) |
	       (events & EPOLLOUT ? LOOP_WRITE : 0) |
	       (events & (EPOLLHUP | EPOLLERR) ? LOOP_HANGUP : 0);
}

struct loop_fd *loop_fd_add(struct loop *loop, int fd, unsigned int events,
			    loop_fd_fn fn, void *arg)
{
	struct epoll_event ev = { .events = to_epoll(events) };
	struct loop_fd *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	*w = (struct loop_fd){ .loop = loop, .fd = fd, .fn = fn, .arg = arg };
	ev.data.ptr = w;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
		free(w);
		return NULL;
	}
	list_add_tail(&loop->fds, &w->list);
	return w;
}

int loop_fd_set(struct loop_fd *w, unsigned int events)
{
	struct epoll_event ev = { .events = to_epoll(events), .data.ptr = w };

	return epoll_ctl(w->loop->epoll, EPOLL_CTL_MOD, w->fd, &ev) < 0 ?
	       ERR_IO : 0;
}

void loop_fd_del(struct loop_fd *w)
{
	if (!w || w->dead)
		return;
	epoll_ctl(w->loop->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	/* Events of this round may still point here. */
	w->dead = true;
	list_del(&w->list);
	list_add_tail(&w->loop->dead, &w->list);
}

static void on_signal(void *arg, unsigned int events)
{
	struct signalfd_siginfo info;
	struct loop *loop = arg;

	while (read(loop->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info))
		loop->signal_fn(loop->signal_arg, (int)info.ssi_signo);
}

int loop_signals(struct loop *loop, const sigset_t *set, loop_signal_fn fn,
		 void *arg)
{
	if (loop->signals >= 0)
		return ERR_EXISTS;
	if (sigprocmask(SIG_BLOCK, set, NULL) < 0)
		return ERR_IO;
	loop->signals = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signals < 0)
		return ERR_IO;
	loop->signal_fn = fn;
	loop->signal_arg = arg;
	loop->signal_watch = loop_fd_add(loop, loop->signals, LOOP_READ,
					 on_signal, loop);
	return loop->signal_watch ? 0 : ERR_NOMEM;
}

void loop_stop(struct loop *loop)
{
	loop->stop = true;
}

static int wait_ms(const struct loop *loop)
{
	uint64_t ms = timers_next_ms(loop->timers);

	return ms > INT_MAX ? (ms == UINT64_MAX ? -1 : INT_MAX) : (int)ms;
}

int loop_run(struct loop *loop)
{
	struct epoll_event events[EVENTS_PER_WAIT];
	struct loop_fd *w;
	int i, n;

	loop->stop = false;
	while (!loop->stop) {
		n = epoll_wait(loop->epoll, events, EVENTS_PER_WAIT,
			       wait_ms(loop));
		if (n < 0 && errno != EINTR)
			return ERR_IO;
		for (i = 0; i < n && !loop->stop; i++) {
			w = events[i].data.ptr;
			if (!w->dead)
				w->fn(w->arg, from_epoll(events[i].events));
		}
		if (!loop->stop)
			timers_run(loop->timers);
		reap(loop);
	}
	return 0;
}
