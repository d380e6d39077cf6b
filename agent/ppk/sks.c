// SPDX-License-Identifier: GPL-2.0
/*
 * The set of key sources: profiles by name, who may ask, what is shown.
 */

#include "ppk/sks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ppk/source.h"
#include "util/err.h"

/*
 * Names come from peers, and each costs the source a request, or a key: so
 * many at once of all peers together, and of each address so many at once and
 * then so many a second.
 */
#define BY_ID_MAX	256
#define ADDRESS_BURST	16
#define ADDRESS_RATE	4
#define ADDRESSES	256

/** struct asker - an address in whose name keys were asked for */
struct asker {
	struct addr addr;
	uint64_t seen_ms;
	uint64_t tokens;	/* in thousandths */
};

struct sks {
	struct loop *loop;
	struct list sources;
	struct asker askers[ADDRESSES];
};

/* ----------------------------------------------------------------- sources */

uint64_t sks_now_ms(const struct sks_source *s)
{
	return clock_mono_ms(timers_clock(loop_timers(s->loop)));
}

void sks_source_free(struct sks_source *s)
{
	unsigned int i;

	if (!s)
		return;
	/* Those who are told may ask again, and find another source or none. */
	s->dying = true;
	list_del(&s->list);
	jobs_fail(s, "the sks profile was changed or removed");
	for (i = 0; i < s->o.server_count; i++)
		server_fini(&s->servers[i]);
	pool_fini(s);
	http_free(s->http);
	sks_options_fini(&s->o);
	free(s);
}

struct sks_source *sks_source_new(struct sks *sks, struct loop *loop,
			  const struct sks_options *o)
{
	struct sks_source *s = calloc(1, sizeof(*s));
	unsigned int i;

	if (!s)
		return NULL;
	s->sks = sks;
	s->loop = loop;
	s->dialect = sks_dialect(o->protocol);
	list_init(&s->list);
	list_init(&s->jobs);
	pool_init(s);
	snprintf(s->log.name, sizeof(s->log.name), "sks profile %.60s", o->name);
	if (sks_options_copy(&s->o, o)) {
		sks_source_free(s);
		return NULL;
	}
	for (i = 0; i < s->o.server_count; i++)
		server_init(&s->servers[i], s, &s->o.servers[i]);
	s->http = http_new(loop, &s->o);
	if (!s->http) {
		sks_source_free(s);
		return NULL;
	}
	for (i = 0; i < s->o.server_count; i++)
		server_probe(&s->servers[i]);
	return s;
}

static struct sks_source *find(const struct sks *sks, const char *name)
{
	struct sks_source *s;

	list_for_each(s, &sks->sources, struct sks_source, list)
		if (strcmp(s->o.name, name) == 0)
			return s;
	return NULL;
}

/* ------------------------------------------------------------ configuration */

static const struct sks_options *wanted(const struct sks_options *list,
					unsigned int count, const char *name)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

/* @old is where they are now; what stays goes over to sks->sources. */
static int take_over(struct sks *sks, struct list *old,
		     const struct sks_options *o)
{
	struct sks_source *s, *tmp;

	list_for_each_safe(s, tmp, old, struct sks_source, list) {
		if (strcmp(s->o.name, o->name) || !sks_options_equal(&s->o, o))
			continue;
		list_del(&s->list);
		list_add_tail(&sks->sources, &s->list);
		return 0;
	}
	s = sks_source_new(sks, sks->loop, o);
	if (!s) {
		log_error(NULL, "out of memory: sks profile %s is missing",
			  o->name);
		return ERR_NOMEM;
	}
	list_add_tail(&sks->sources, &s->list);
	return 0;
}

int sks_configure(struct sks *sks, const struct sks_options *list,
		  unsigned int count)
{
	struct list old;
	struct sks_source *s, *tmp;
	unsigned int i;
	int err = 0;

	list_init(&old);
	list_for_each_safe(s, tmp, &sks->sources, struct sks_source, list) {
		list_del(&s->list);
		list_add_tail(&old, &s->list);
	}
	for (i = 0; i < count; i++)
		if (take_over(sks, &old, &list[i]))
			err = ERR_NOMEM;
	while (!list_empty(&old)) {
		s = list_entry(old.next, struct sks_source, list);
		if (!wanted(list, count, s->o.name))
			log_notice(&s->log, "removed");
		sks_source_free(s);
	}
	return err;
}

struct sks *sks_new(struct loop *loop)
{
	struct sks *sks = calloc(1, sizeof(*sks));

	if (!sks)
		return NULL;
	sks->loop = loop;
	list_init(&sks->sources);
	return sks;
}

void sks_free(struct sks *sks)
{
	if (!sks)
		return;
	sks_configure(sks, NULL, 0);
	free(sks);
}

/* ------------------------------------------------------------------ limits */

/* The entry of an address; a new one takes the place of the longest unused. */
static struct asker *asker(struct sks *sks, const struct addr *addr,
			   uint64_t now)
{
	struct asker *a, *best = sks->askers;

	for (a = sks->askers; a < sks->askers + ADDRESSES; a++) {
		if (addr_is_set(&a->addr) && addr_eq(&a->addr, addr))
			return a;
		if (a->seen_ms < best->seen_ms)
			best = a;
	}
	*best = (struct asker){ .addr = *addr, .seen_ms = now,
				.tokens = ADDRESS_BURST * 1000 };
	return best;
}

static bool address_may(struct sks *sks, const struct addr *addr, uint64_t now)
{
	struct asker *a;

	if (!addr_is_set(addr))
		return true;
	a = asker(sks, addr, now);
	a->tokens += (now - a->seen_ms) * ADDRESS_RATE;
	if (a->tokens > ADDRESS_BURST * 1000)
		a->tokens = ADDRESS_BURST * 1000;
	a->seen_ms = now;
	if (a->tokens < 1000)
		return false;
	a->tokens -= 1000;
	return true;
}

static unsigned int count_by_id(const struct sks *sks)
{
	const struct sks_source *s;
	const struct job *j;
	unsigned int n = 0;

	list_for_each(s, &sks->sources, struct sks_source, list)
		list_for_each(j, &s->jobs, struct job, list)
			n += j->want == PPK_BY_ID;
	return n;
}

/* --------------------------------------------------------------- operations */

static int refuse(struct sks_source *s, struct ppk_request *rq, int err,
		  uint64_t *counter, const char *why)
{
	(*counter)++;
	s->count.requests_failed++;
	snprintf(rq->why, sizeof(rq->why), "%s", why);
	return err;
}

static int check_by_id(struct sks *sks, struct sks_source *s,
		       struct ppk_request *rq, char id[SKS_KEY_ID])
{
	if (s->dialect->id_from_wire(&s->o, rq->id, rq->id_len, id))
		return refuse(s, rq, ERR_INVALID, &s->count.fail_id,
			      s->o.protocol == SKS_ETSI_014 ?
			      "the PPK_ID is no key of an ETSI source: expected a UUID" :
			      "the PPK_ID is no key of a SKIP source: expected 2 to 128 hexadecimal digits");
	if (count_by_id(sks) >= BY_ID_MAX)
		return refuse(s, rq, ERR_LIMIT, &s->count.fail_limit,
			      "too many keys are being fetched for peers");
	if (!address_may(sks, &rq->peer, sks_now_ms(s)))
		return refuse(s, rq, ERR_LIMIT, &s->count.fail_limit,
			      "too many keys are asked for from this address");
	return 0;
}

static int start(void *arg, struct ppk_request *rq)
{
	struct sks *sks = arg;
	struct sks_source *s = find(sks, rq->source);
	char id[SKS_KEY_ID] = "";
	int err;

	rq->job = NULL;
	rq->key = NULL;
	rq->err = 0;
	*rq->why = '\0';
	if (!s) {
		snprintf(rq->why, sizeof(rq->why),
			 "there is no sks profile '%.60s'", rq->source);
		return ERR_NOT_FOUND;
	}
	err = rq->want == PPK_BY_ID ? check_by_id(sks, s, rq, id) : 0;
	if (!err)
		err = job_begin(s, rq, id);
	if (err && !*rq->why)
		snprintf(rq->why, sizeof(rq->why), "%s", err_text(err));
	return err;
}

static void cancel(void *arg, struct ppk_request *rq)
{
	if (rq->job)
		job_free(rq->job);
	rq->job = NULL;
}

const struct ppk_ops sks_ops = { .start = start, .cancel = cancel };

/* -------------------------------------------------------------------- views */

static const struct server *in_use(const struct sks_source *s)
{
	const struct server *v;

	for (v = s->servers; v < s->servers + s->o.server_count; v++)
		if (v->state == SKS_CONNECTED)
			return v;
	return NULL;
}

static void view_server(const struct server *v, bool used,
			struct sks_server_view *out)
{
	*out = (struct sks_server_view){
		.server = v->address,
		.state = server_state_text(v->state),
		.state_word = server_state_word(v->state),
		.in_use = used,
		.capability = &v->capability,
		.times = v->times,
		.why = v->why,
		.since_ms = v->since_ms,
	};
}

static unsigned int count_jobs(const struct sks_source *s)
{
	const struct job *j;
	unsigned int n = 0;

	list_for_each(j, &s->jobs, struct job, list)
		n++;
	return n;
}

void sks_view(const struct sks *sks, sks_view_fn fn, void *arg)
{
	struct sks_server_view servers[SKS_SERVERS];
	const struct server *used, *shown;
	const struct sks_source *s;
	unsigned int i;

	list_for_each(s, &sks->sources, struct sks_source, list) {
		struct sks_view v = {
			.options = &s->o, .protocol = s->dialect->show,
			.servers = servers, .ready = s->pool_count,
			.pending = count_jobs(s), .count = s->count,
		};

		used = in_use(s);
		shown = used ? used : &s->servers[0];
		v.state = server_state_text(shown->state);
		v.state_word = server_state_word(shown->state);
		for (i = 0; i < s->o.server_count; i++)
			view_server(&s->servers[i], &s->servers[i] == used,
				    &servers[i]);
		fn(arg, &v);
	}
}

void sks_counters(const struct sks_counters *c, sks_counter_fn fn, void *arg)
{
#define X(name) fn(arg, #name, c->name);
	SKS_COUNTER_LIST(X)
#undef X
}
