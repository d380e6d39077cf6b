// SPDX-License-Identifier: GPL-2.0
/*
 * Keys kept ready, so that a negotiation does not wait for a key source.
 */

#include <stdlib.h>
#include <string.h>

#include "ppk/source.h"
#include "util/err.h"

/* After a failure; a server that becomes connected hastens it. */
#define AGAIN_MS	5000

/** struct ready - a key kept ready */
struct ready {
	struct list list;
	char id[SKS_KEY_ID];
	struct secret *key;
	uint64_t until_ms;
};

static void drop(struct sks_source *s, struct ready *r)
{
	list_del(&r->list);
	s->pool_count--;
	secret_free(r->key);
	free(r);
}

static struct ready *oldest(const struct sks_source *s)
{
	return list_empty(&s->pool) ? NULL :
	       list_entry(s->pool.next, struct ready, list);
}

static void drop_expired(struct sks_source *s)
{
	uint64_t now = sks_now_ms(s);
	struct ready *r;

	while ((r = oldest(s)) && r->until_ms <= now) {
		drop(s, r);
		s->count.prefetch_expired++;
	}
}

static void set_timer(struct sks_source *s, uint64_t ms)
{
	if (timer_set(&s->pool_timer, ms))
		log_error(&s->log, "out of memory: no keys are kept ready");
}

/* When the oldest expires; soon when some are missing. */
static void plan(struct sks_source *s)
{
	uint64_t now = sks_now_ms(s);
	struct ready *r = oldest(s);

	if (s->pool_count + s->filling < s->o.prefetch)
		set_timer(s, AGAIN_MS);
	else if (r)
		set_timer(s, r->until_ms > now ? r->until_ms - now : 0);
}

void pool_fill(struct sks_source *s)
{
	bool wait;

	if (!s->o.initiates || s->dying)
		return;
	drop_expired(s);
	while (s->pool_count + s->filling < s->o.prefetch &&
	       server_pick(s, 0, &wait)) {
		if (job_begin(s, NULL, ""))
			break;
		s->filling++;
	}
	plan(s);
}

static void on_timer(void *arg)
{
	pool_fill(arg);
}

void pool_take(struct sks_source *s, const char *id, struct secret *key)
{
	struct ready *r = key ? calloc(1, sizeof(*r)) : NULL;

	s->filling--;
	if (!r) {
		secret_free(key);
		plan(s);
		return;
	}
	strcpy(r->id, id);
	r->key = key;
	r->until_ms = sks_now_ms(s) + s->o.prefetch_lifetime * 1000ULL;
	list_add_tail(&s->pool, &r->list);
	s->pool_count++;
	s->count.keys_prefetched++;
	plan(s);
}

struct secret *pool_give(struct sks_source *s, char id[SKS_KEY_ID])
{
	struct secret *key;
	struct ready *r;

	drop_expired(s);
	r = oldest(s);
	if (!r)
		return NULL;
	strcpy(id, r->id);
	key = r->key;
	r->key = NULL;
	drop(s, r);
	s->count.prefetch_used++;
	return key;
}

void pool_init(struct sks_source *s)
{
	list_init(&s->pool);
	timer_init(&s->pool_timer, loop_timers(s->loop), on_timer, s);
}

void pool_fini(struct sks_source *s)
{
	timer_cancel(&s->pool_timer);
	while (oldest(s))
		drop(s, oldest(s));
}
