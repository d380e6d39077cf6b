// SPDX-License-Identifier: GPL-2.0
/*
 * Hash table. Growing may fail for want of memory: chains then get longer,
 * nothing else happens.
 */

#include "util/table.h"

#include <stdlib.h>

#include "util/err.h"

#define TABLE_MIN_SIZE	64

/* A seeded finalizer: without the seed nobody can aim at one slot. */
static size_t slot_of(const struct table *t, uint64_t key)
{
	key ^= t->seed;
	key ^= key >> 33;
	key *= 0xff51afd7ed558ccdULL;
	key ^= key >> 33;
	key *= 0xc4ceb9fe1a85ec53ULL;
	key ^= key >> 33;
	return key & (t->size - 1);
}

int table_init(struct table *t, uint64_t seed)
{
	t->slots = calloc(TABLE_MIN_SIZE, sizeof(struct table_node *));
	t->size = TABLE_MIN_SIZE;
	t->count = 0;
	t->seed = seed;
	return t->slots ? 0 : ERR_NOMEM;
}

void table_fini(struct table *t)
{
	free(t->slots);
	t->slots = NULL;
}

static void link_node(struct table *t, struct table_node *node)
{
	size_t slot = slot_of(t, node->key);

	node->next = t->slots[slot];
	t->slots[slot] = node;
}

static void grow(struct table *t)
{
	struct table old = *t;
	struct table_node *node, *next;
	size_t i;

	t->slots = calloc(old.size * 2, sizeof(struct table_node *));
	if (!t->slots) {
		*t = old;
		return;
	}
	t->size = old.size * 2;
	for (i = 0; i < old.size; i++) {
		for (node = old.slots[i]; node; node = next) {
			next = node->next;
			link_node(t, node);
		}
	}
	free(old.slots);
}

void table_insert(struct table *t, struct table_node *node, uint64_t key)
{
	if (t->count >= t->size)
		grow(t);
	node->key = key;
	link_node(t, node);
	t->count++;
}

struct table_node *table_find(const struct table *t, uint64_t key)
{
	struct table_node *node;

	for (node = t->slots[slot_of(t, key)]; node; node = node->next)
		if (node->key == key)
			return node;
	return NULL;
}

struct table_node *table_next(const struct table_node *node)
{
	struct table_node *next;

	for (next = node->next; next; next = next->next)
		if (next->key == node->key)
			return next;
	return NULL;
}

void table_remove(struct table *t, struct table_node *node)
{
	struct table_node **at = &t->slots[slot_of(t, node->key)];

	for (; *at; at = &(*at)->next) {
		if (*at == node) {
			*at = node->next;
			t->count--;
			return;
		}
	}
}
