// SPDX-License-Identifier: GPL-2.0
/*
 * One key on its way: which server is asked, what its answer means, and what
 * may be asked again. A source gives a key once, so a request whose answer was
 * lost is not repeated: a new key is asked of the next server, the key of a
 * name is given up. Only "not found" (400), with which nothing was given, is
 * followed by the same question: the sources may be about to synchronise.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ppk/source.h"
#include "util/err.h"

#define SYNC_TRIES	3	/* within sync_wait_ms, behind the first */

static void job_next(struct job *j);

/* --------------------------------------------------------------------- end */

void job_free(struct job *j)
{
	http_cancel(&j->http);
	timer_cancel(&j->timer);
	timer_cancel(&j->deadline);
	list_del(&j->list);
	secret_free(j->key);
	free(j);
}

/* To whoever asked; the job is no more. */
static void job_end(struct job *j)
{
	struct ppk_request *rq = j->rq;
	struct sks_source *s = j->source;
	struct secret *key = j->key;
	char id[SKS_KEY_ID];

	j->key = NULL;
	strcpy(id, j->id);
	if (!rq) {
		job_free(j);
		pool_take(s, id, key);
		return;
	}
	rq->err = j->err;
	rq->key = key;
	memcpy(rq->why, j->why, sizeof(rq->why));
	rq->job = NULL;
	job_free(j);
	rq->done(rq);
}

static void count_key(struct job *j)
{
	struct sks_counters *c = &j->source->count;

	if (j->want == PPK_BY_ID)
		c->keys_by_id++;
	else if (j->rq)
		c->keys_new++;
}

static void job_fail(struct job *j, int err, const char *why)
{
	j->source->count.requests_failed++;
	j->err = err;
	log_escape(why, strlen(why), j->why, sizeof(j->why));
	log_info(&j->source->log, "no key%s%s: %s", j->rq ? " for " : "",
		 j->rq && j->rq->label ? j->rq->label : "", j->why);
	job_end(j);
}

static void job_succeed(struct job *j)
{
	struct ppk_request *rq = j->rq;
	size_t len;

	count_key(j);
	if (!rq || j->want == PPK_BY_ID) {
		job_end(j);
		return;
	}
	if (j->source->dialect->id_to_wire(&j->source->o, j->id, rq->id,
					   sizeof(rq->id), &len)) {
		secret_clear(&j->key);
		job_fail(j, ERR_SYNTAX, "the key's name is too long");
		return;
	}
	rq->id_len = len;
	job_end(j);
}

/* ----------------------------------------------------------------- answers */

static uint64_t spent_ms(const struct job *j)
{
	return sks_now_ms(j->source) - j->begun_ms;
}

static void fail_at(struct job *j, int err, const char *what)
{
	char why[2 * PPK_WHY];

	snprintf(why, sizeof(why), "key source %.80s port %u: %.140s",
		 j->server->address->host, j->server->address->port, what);
	job_fail(j, err, why);
}

static void read_key(struct job *j)
{
	struct sks_source *s = j->source;
	struct sks_key key;
	char say[SKS_SAY];
	int err;

	err = s->dialect->read_key(&s->o, j->http.body,
				   j->want == PPK_BY_ID ? j->id : NULL, &key,
				   say);
	secret_clear(&j->http.body);
	if (err) {
		s->count.fail_malformed++;
		fail_at(j, ERR_SYNTAX, say);
		return;
	}
	j->key = key.key;
	strcpy(j->id, key.id);
	job_succeed(j);
}

/* The server has no such key, or not yet. */
static void not_found(struct job *j)
{
	struct sks_source *s = j->source;
	uint32_t step = s->o.sync_wait_ms / SYNC_TRIES;

	if (j->want == PPK_BY_ID && step &&
	    spent_ms(j) + step <= s->o.sync_wait_ms + step / 2) {
		s->count.sync_waits++;
		if (timer_set(&j->timer, step) == 0)
			return;
	}
	s->count.fail_not_found++;
	fail_at(j, j->want == PPK_BY_ID ? ERR_NOT_FOUND : ERR_IO,
		j->want == PPK_BY_ID ?
		"it has no key of that name (status 400)" :
		"it refuses to give a new key (status 400)");
}

/* A new key may come from elsewhere; so may one that nobody was asked for. */
static void try_elsewhere(struct job *j, bool unsent, int err, const char *what)
{
	bool wait;

	j->next_server = (unsigned int)(j->server - j->source->servers) + 1;
	if ((j->want != PPK_BY_ID || unsent) &&
	    (server_pick(j->source, j->next_server, &wait) || wait))
		job_next(j);
	else
		fail_at(j, err, what);
}

static void bad_status(struct job *j, long status)
{
	char why[PPK_WHY];

	j->source->count.fail_status++;
	snprintf(why, sizeof(why), "it answers with status %ld", status);
	server_failed(j->server, SKS_FAILED, why);
	try_elsewhere(j, false, ERR_IO, why);
}

static void no_answer(struct job *j)
{
	struct sks_counters *c = &j->source->count;
	enum http_result result = j->http.result;
	char why[PPK_WHY];
	int err = ERR_IO;

	log_escape(j->http.why, strlen(j->http.why), why, sizeof(why));
	server_failed(j->server, server_judge(&j->http), why);
	switch (result) {
	case HTTP_TOO_LONG:
		c->fail_malformed++;
		err = ERR_SYNTAX;
		break;
	case HTTP_TLS:
		c->fail_tls++;
		break;
	case HTTP_UNREACHED:
		c->fail_unreachable++;
		break;
	default:
		c->fail_lost++;
	}
	try_elsewhere(j, result == HTTP_TLS || result == HTTP_UNREACHED, err,
		      why);
}

static void on_answer(struct http_request *rq)
{
	struct job *j = rq->arg;
	long status = rq->status;

	if (rq->result != HTTP_ANSWERED) {
		no_answer(j);
		return;
	}
	server_answered(j->server, rq->took_ms);
	if (status == 200) {
		read_key(j);
		return;
	}
	secret_clear(&rq->body);
	if (status == 400)
		not_found(j);
	else
		bad_status(j, status);
}

/* ---------------------------------------------------------------- requests */

static int key_address(struct job *j)
{
	const char *remote = j->server->capability.remote_system;
	const struct sks_dialect *d = j->source->dialect;
	const struct sks_options *o = &j->source->o;
	size_t size = sizeof(j->http.path);

	return j->want == PPK_BY_ID ?
	       d->key_path(o, remote, j->id, j->http.path, size) :
	       d->new_path(o, remote, j->http.path, size);
}

static void ask(struct job *j)
{
	struct sks_source *s = j->source;
	uint64_t spent = spent_ms(j);
	int err = key_address(j);

	if (!err) {
		j->http.server = j->server->address;
		/* The deadline is a little earlier, and has the better words. */
		j->http.timeout_ms = s->o.timeout_ms + 100 -
			(uint32_t)(spent < s->o.timeout_ms ?
				   spent : s->o.timeout_ms);
		err = http_get(s->http, &j->http);
	}
	if (err)
		fail_at(j, err, err_text(err));
}

static const char *last_trouble(const struct sks_source *s)
{
	const struct server *v;

	for (v = s->servers; v < s->servers + s->o.server_count; v++)
		if (*v->why)
			return v->why;
	return "not connected";
}

static void none_connected(struct job *j)
{
	char why[2 * PPK_WHY];

	j->source->count.fail_unreachable++;
	snprintf(why, sizeof(why), "no key source is connected: %s",
		 last_trouble(j->source));
	job_fail(j, ERR_IO, why);
}

/* From the next server on: ask one, wait for one, or give up. */
static void job_next(struct job *j)
{
	bool wait;

	j->server = server_pick(j->source, j->next_server, &wait);
	j->waiting = !j->server && wait;
	if (j->server)
		ask(j);
	else if (!wait)
		none_connected(j);
}

/* Begin, end with what is there, or ask the same again. */
static void on_timer(void *arg)
{
	struct job *j = arg;

	if (j->key)
		job_succeed(j);
	else if (j->server)
		ask(j);
	else
		job_next(j);
}

static void on_deadline(void *arg)
{
	struct job *j = arg;
	char why[PPK_WHY];

	j->source->count.fail_timeout++;
	if (j->server && http_busy(&j->http))
		server_failed(j->server, SKS_FAILED, "it does not answer in time");
	snprintf(why, sizeof(why), "no key within %u ms (timeout)",
		 j->source->o.timeout_ms);
	http_cancel(&j->http);
	job_fail(j, ERR_TIMEOUT, why);
}

void jobs_wake(struct sks_source *s)
{
	struct job *j;

	/* From the loop: what is done then may take jobs away. */
	list_for_each(j, &s->jobs, struct job, list)
		if (j->waiting && timer_set(&j->timer, 0) == 0)
			j->waiting = false;
}

void jobs_fail(struct sks_source *s, const char *why)
{
	struct job *j;

	while (!list_empty(&s->jobs)) {
		j = list_entry(s->jobs.next, struct job, list);
		job_fail(j, ERR_IO, why);
	}
}

int job_begin(struct sks_source *s, struct ppk_request *rq,
	      const char *id)
{
	struct timers *timers = loop_timers(s->loop);
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return ERR_NOMEM;
	j->source = s;
	j->rq = rq;
	j->want = rq ? rq->want : PPK_NEW;
	strcpy(j->id, id);
	j->http.done = on_answer;
	j->http.arg = j;
	j->begun_ms = sks_now_ms(s);
	timer_init(&j->timer, timers, on_timer, j);
	timer_init(&j->deadline, timers, on_deadline, j);
	list_add_tail(&s->jobs, &j->list);
	if (rq && rq->want == PPK_NEW)
		j->key = pool_give(s, j->id);
	if (timer_set(&j->timer, 0) ||
	    timer_set(&j->deadline, s->o.timeout_ms)) {
		job_free(j);
		return ERR_NOMEM;
	}
	if (rq)
		rq->job = j;
	s->count.requests++;
	if (j->key)
		pool_fill(s);
	return 0;
}
