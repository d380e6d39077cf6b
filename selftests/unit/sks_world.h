/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the key source client share: a loop in real time, servers
 * as processes of their own, and requests that are waited for.
 */
#ifndef UNIT_SKS_WORLD_H
#define UNIT_SKS_WORLD_H

#include "ppk/sks.h"

/* A directory of its own with certificates in it. */
extern char place[64];
extern struct loop *loop;
extern struct sks *sks;

int world_begin(void **state);
int world_end(void **state);

/** struct server_process - what was started, and where its words go */
struct server_process {
	int pid;
	int out;
};

/*
 * Start it and wait until it has said @ready. The last of @argv is NULL.
 */
void start_server(struct server_process *s, const char *ready,
		  const char *const *argv);
void stop_server(struct server_process *s);
/* A port nobody listens on. */
unsigned short free_port(void);
/* Write a file of @place; its path. */
const char *put_file(const char *name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Lines of the file of @place that begin with @prefix. */
unsigned int count_lines(const char *name, const char *prefix);

/* Certificates of router1, for a source at @port; no prefetch. */
void fill_options(struct sks_options *o, struct sks_server *server,
		  const char *name, unsigned short port);

/* Let the loop run until @ready says so; fail after some seconds. */
void run_until(bool (*ready)(void *arg), void *arg);
/* For so long. */
void run_for(unsigned int ms);

/** struct asked - a request and whether it has been answered */
struct asked {
	struct ppk_request rq;
	unsigned int done;
};

/* Ask and wait. Return: what start() said, or the request's err. */
int ask_new(struct asked *a, const char *source);
int ask_by_id(struct asked *a, const char *source, const char *id);
int begin_new(struct asked *a, const char *source);
int begin_by_id(struct asked *a, const char *source, const char *id);
void wait_for(struct asked *a);
/* The view of a profile. */
struct sks_counters counters_of(const char *name);
const char *state_of(const char *name);
unsigned int ready_of(const char *name);
/* Wait until the state is so. */
void wait_state(const char *name, const char *state);

#endif
