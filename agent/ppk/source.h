/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One sks profile at work: its servers (server.c), the keys asked for (job.c),
 * the keys kept ready (pool.c). Seen by the files of ppk/ alone.
 */
#ifndef AGENT_PPK_SOURCE_H
#define AGENT_PPK_SOURCE_H

#include "log/log.h"
#include "ppk/http.h"
#include "ppk/sks.h"
#include "util/list.h"

struct sks_source;

/** struct server - @probe asks it what it can; @timer: when to ask again */
struct server {
	struct sks_source *source;
	const struct sks_server *address;
	enum sks_state state;
	struct sks_capability capability;
	struct http_request probe;
	struct timer timer;
	uint64_t backoff_ms;
	uint64_t probed_ms;		/* when it was asked last; 0: never */
	int64_t since_ms;
	struct sks_times times;
	char why[PPK_WHY];
};

/**
 * struct job - one key on its way
 * @rq: for whom; NULL: to be kept ready
 * @id: of the key, as the source has it
 * @next_server: the first that was not tried
 * @timer: the end of waiting, for whatever it waits
 * @deadline: no later than this
 * @waiting: for a server to be connected
 */
struct job {
	struct list list;
	struct sks_source *source;
	struct ppk_request *rq;
	enum ppk_want want;
	char id[SKS_KEY_ID];
	unsigned int next_server;
	struct server *server;
	struct http_request http;
	struct timer timer, deadline;
	uint64_t begun_ms;
	bool waiting;
	int err;
	struct secret *key;
	char why[PPK_WHY];
};

struct sks_source {
	struct list list;
	struct sks *sks;
	struct loop *loop;
	struct sks_options o;
	const struct sks_dialect *dialect;
	struct http *http;
	struct log_obj log;
	struct server servers[SKS_SERVERS];
	struct list jobs;
	struct list pool;
	unsigned int pool_count, filling;
	struct timer pool_timer;
	struct sks_counters count;
	bool dying;
};

struct sks_source *sks_source_new(struct sks *sks, struct loop *loop,
			  const struct sks_options *o);
/* Requests under way fail, by their done(). */
void sks_source_free(struct sks_source *s);
uint64_t sks_now_ms(const struct sks_source *s);

/* ---------------------------------------------------------------- server.c */

void server_init(struct server *v, struct sks_source *s,
		 const struct sks_server *address);
void server_fini(struct server *v);
/* Ask it what it can, unless that is under way. */
void server_probe(struct server *v);
/* An answer came: its time counts, and it lives. */
void server_answered(struct server *v, uint64_t took_ms);
/* It is of no use at the moment; it is asked again by itself. */
void server_failed(struct server *v, enum sks_state state, const char *why);
/* What @rq, which was no success, says of the server. */
enum sks_state server_judge(const struct http_request *rq);
/*
 * The first connected one from @from on, or NULL; @wait tells whether one may
 * become connected soon.
 */
struct server *server_pick(struct sks_source *s, unsigned int from, bool *wait);
const char *server_state_text(enum sks_state state);
const char *server_state_word(enum sks_state state);

/* ------------------------------------------------------------------- job.c */

/* Return: 0, or ERR_NOMEM. @rq NULL: for the pool. */
int job_begin(struct sks_source *s, struct ppk_request *rq,
	      const char *id);
/* Forget it; nobody is told. */
void job_free(struct job *j);
/* A server became connected or failed: those who wait go on. */
void jobs_wake(struct sks_source *s);
/* All that are under way fail at once. */
void jobs_fail(struct sks_source *s, const char *why);

/* ------------------------------------------------------------------ pool.c */

void pool_init(struct sks_source *s);
void pool_fini(struct sks_source *s);
/* Have as many keys ready as configured. */
void pool_fill(struct sks_source *s);
/* A key asked for by pool_fill(), or its failure. Takes @key. */
void pool_take(struct sks_source *s, const char *id, struct secret *key);
/* The oldest key kept ready; NULL when there is none. */
struct secret *pool_give(struct sks_source *s, char id[SKS_KEY_ID]);

#endif
