// SPDX-License-Identifier: GPL-2.0
/*
 * A table by ID and a list by age.
 */

#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "util/err.h"
#include "util/list.h"
#include "util/table.h"

struct entry {
	struct table_node node;
	struct list list;
	struct held_key k;
	uint64_t until_ms;
};

struct store {
	struct timers *timers;
	struct timer timer;
	struct table by_id;
	struct list by_age;
	uint64_t lifetime_ms;
	uint32_t max;
};

#define ENTRY(n) \
	((struct entry *)(void *)((char *)(n) - offsetof(struct entry, node)))

static uint64_t now_ms(const struct store *s)
{
	return clock_mono_ms(timers_clock(s->timers));
}

static void forget(struct store *s, struct entry *e)
{
	table_remove(&s->by_id, &e->node);
	list_del(&e->list);
	secret_free(e->k.key);
	free(e);
}

static void on_timer(void *arg)
{
	struct store *s = arg;
	uint64_t now = now_ms(s);
	struct entry *e;

	while (!list_empty(&s->by_age)) {
		e = list_entry(s->by_age.next, struct entry, list);
		if (e->until_ms > now) {
			timer_set(&s->timer, e->until_ms - now);
			return;
		}
		forget(s, e);
	}
}

struct store *store_new(struct timers *timers, uint32_t lifetime_s,
			uint32_t max)
{
	struct store *s = calloc(1, sizeof(*s));
	uint64_t seed;

	if (!s)
		return NULL;
	s->timers = timers;
	s->lifetime_ms = lifetime_s * 1000ULL;
	s->max = max;
	list_init(&s->by_age);
	timer_init(&s->timer, timers, on_timer, s);
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed) ||
	    table_init(&s->by_id, seed)) {
		free(s);
		return NULL;
	}
	return s;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	timer_cancel(&s->timer);
	while (!list_empty(&s->by_age))
		forget(s, list_entry(s->by_age.next, struct entry, list));
	table_fini(&s->by_id);
	free(s);
}

static uint64_t hash(const uint8_t id[KEY_ID_LEN])
{
	uint64_t h;

	/* IDs are random. */
	memcpy(&h, id, sizeof(h));
	return h;
}

static struct entry *find(const struct store *s, const uint8_t id[KEY_ID_LEN])
{
	struct table_node *n;

	for (n = table_find(&s->by_id, hash(id)); n; n = table_next(n))
		if (memcmp(ENTRY(n)->k.id, id, KEY_ID_LEN) == 0)
			return ENTRY(n);
	return NULL;
}

int store_add(struct store *s, struct held_key *k)
{
	struct entry *e;

	if (s->by_id.count >= s->max)
		return ERR_LIMIT;
	if (find(s, k->id))
		return ERR_EXISTS;
	e = calloc(1, sizeof(*e));
	if (!e)
		return ERR_NOMEM;
	e->k = *k;
	k->key = NULL;
	e->until_ms = now_ms(s) + s->lifetime_ms;
	table_insert(&s->by_id, &e->node, hash(k->id));
	list_add_tail(&s->by_age, &e->list);
	if (!timer_armed(&s->timer))
		timer_set(&s->timer, s->lifetime_ms);
	return 0;
}

struct secret *store_take(struct store *s, const struct held_key *want)
{
	struct entry *e = find(s, want->id);
	struct secret *key;

	if (!e || e->k.protocol != want->protocol ||
	    strcmp(e->k.master, want->master) ||
	    strcmp(e->k.slave, want->slave))
		return NULL;
	key = e->k.key;
	e->k.key = NULL;
	forget(s, e);
	return key;
}

unsigned int store_count(const struct store *s)
{
	return (unsigned int)s->by_id.count;
}
