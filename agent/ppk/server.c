// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of each server of a profile: it is asked for its capabilities
 * before it is asked for keys, again after trouble, and now and then.
 */

#include <stdio.h>
#include <string.h>

#include "ppk/source.h"
#include "util/err.h"

#define BACKOFF_MIN_MS	1000
#define BACKOFF_MAX_MS	30000
#define LIVELY_MS	60000

static const struct {
	const char *text, *word;
} states[] = {
	[SKS_CONNECTING] = { "Connecting", "connecting" },
	[SKS_CONNECTED] = { "Connected", "connected" },
	[SKS_CAPABILITY_FAILED] = { "Capability-failed", "capability-failed" },
	[SKS_UNREACHABLE] = { "Unreachable", "unreachable" },
	[SKS_TLS_FAILED] = { "TLS-failed", "tls-failed" },
	[SKS_FAILED] = { "Failed", "failed" },
};

const char *server_state_text(enum sks_state state)
{
	return states[state].text;
}

const char *server_state_word(enum sks_state state)
{
	return states[state].word;
}

/* -------------------------------------------------------------- transitions */

static void set_timer(struct server *v, uint64_t ms)
{
	if (timer_set(&v->timer, ms))
		log_error(&v->source->log, "out of memory: key source %s port %u is not asked again",
			  v->address->host, v->address->port);
}

static void set_state(struct server *v, enum sks_state state)
{
	struct timers *timers = loop_timers(v->source->loop);

	if (v->state == state)
		return;
	v->state = state;
	v->since_ms = clock_wall_ms(timers_clock(timers));
}

static void say_connected(const struct server *v)
{
	const struct sks_capability *c = &v->capability;

	log_notice(&v->source->log, "key source %s port %u is connected: %s, keys shared with %s",
		   v->address->host, v->address->port,
		   *c->local_system ? c->local_system : "without a name",
		   c->remote_system);
}

static void connected(struct server *v)
{
	bool news = v->state != SKS_CONNECTED;

	set_state(v, SKS_CONNECTED);
	v->backoff_ms = 0;
	*v->why = '\0';
	set_timer(v, LIVELY_MS);
	if (news)
		say_connected(v);
	jobs_wake(v->source);
	pool_fill(v->source);
}

void server_failed(struct server *v, enum sks_state state, const char *why)
{
	bool news = v->state != state || strcmp(v->why, why);

	set_state(v, state);
	snprintf(v->why, sizeof(v->why), "%s", why);
	v->backoff_ms = v->backoff_ms ? v->backoff_ms * 2 : BACKOFF_MIN_MS;
	if (v->backoff_ms > BACKOFF_MAX_MS)
		v->backoff_ms = BACKOFF_MAX_MS;
	set_timer(v, v->backoff_ms);
	if (news)
		log_warning(&v->source->log, "key source %s port %u: %s",
			    v->address->host, v->address->port, why);
}

void server_answered(struct server *v, uint64_t took_ms)
{
	struct sks_times *t = &v->times;

	if (!t->count || took_ms < t->min_ms)
		t->min_ms = took_ms;
	if (took_ms > t->max_ms)
		t->max_ms = took_ms;
	t->last_ms = took_ms;
	t->sum_ms += took_ms;
	t->count++;
	if (v->state == SKS_CONNECTED)
		set_timer(v, LIVELY_MS);
}

enum sks_state server_judge(const struct http_request *rq)
{
	switch (rq->result) {
	case HTTP_UNREACHED:
		return SKS_UNREACHABLE;
	case HTTP_TLS:
		return SKS_TLS_FAILED;
	default:
		return SKS_FAILED;
	}
}

/* ------------------------------------------------------------ capabilities */

static void read_answer(struct server *v)
{
	struct sks_capability capability;
	char say[SKS_SAY], why[PPK_WHY];
	int err;

	server_answered(v, v->probe.took_ms);
	if (v->probe.status != 200) {
		snprintf(why, sizeof(why), "it answers a question about its capabilities with status %ld",
			 v->probe.status);
		server_failed(v, SKS_FAILED, why);
		return;
	}
	err = v->source->dialect->read_capability(&v->source->o, v->probe.body,
						  &capability, say);
	v->capability = capability;
	if (!err)
		connected(v);
	else
		server_failed(v, err == ERR_CONFIG ? SKS_CAPABILITY_FAILED :
			      SKS_FAILED, say);
}

static void on_probed(struct http_request *rq)
{
	struct server *v = rq->arg;
	char why[PPK_WHY];

	if (rq->result == HTTP_ANSWERED) {
		read_answer(v);
		secret_clear(&rq->body);
	} else {
		log_escape(rq->why, strlen(rq->why), why, sizeof(why));
		server_failed(v, server_judge(rq), why);
	}
	if (v->state != SKS_CONNECTED)
		jobs_wake(v->source);
}

static int begin_probe(struct server *v)
{
	struct sks_source *s = v->source;
	int err;

	err = s->dialect->capability_path(&s->o, v->probe.path,
					  sizeof(v->probe.path));
	if (err)
		return err;
	v->probe.server = v->address;
	v->probe.timeout_ms = s->o.timeout_ms;
	return http_get(s->http, &v->probe);
}

void server_probe(struct server *v)
{
	if (http_busy(&v->probe))
		return;
	v->probed_ms = sks_now_ms(v->source);
	if (begin_probe(v))
		server_failed(v, SKS_FAILED, "out of memory");
}

static void on_timer(void *arg)
{
	server_probe(arg);
}

void server_init(struct server *v, struct sks_source *s,
		 const struct sks_server *address)
{
	memset(v, 0, sizeof(*v));
	v->source = s;
	v->address = address;
	v->probe.done = on_probed;
	v->probe.arg = v;
	v->state = SKS_FAILED;
	set_state(v, SKS_CONNECTING);
	timer_init(&v->timer, loop_timers(s->loop), on_timer, v);
}

void server_fini(struct server *v)
{
	http_cancel(&v->probe);
	timer_cancel(&v->timer);
}

/* ------------------------------------------------------------------ choice */

struct server *server_pick(struct sks_source *s, unsigned int from, bool *wait)
{
	uint64_t now = sks_now_ms(s);
	unsigned int i;

	*wait = false;
	for (i = from; i < s->o.server_count; i++)
		if (s->servers[i].state == SKS_CONNECTED)
			return &s->servers[i];
	for (i = from; i < s->o.server_count; i++) {
		struct server *v = &s->servers[i];

		/* It may be back before its time to be asked has come. */
		if (!http_busy(&v->probe) &&
		    now - v->probed_ms >= BACKOFF_MIN_MS)
			server_probe(v);
		*wait |= http_busy(&v->probe);
	}
	return NULL;
}
