// SPDX-License-Identifier: GPL-2.0
/*
 * Hash table. Growing may fail for want of memory: chains then get longer,
 * nothing else happens.
 */

#include "util/table.h"

#include <stdlib.h>

#include "util/err.h"

#define TABLE_MIN_BITS	6

static size_t table_size(const struct table *t)
{
	return (size_t)1 << t->bits;
}

/*
 * Multiply-shift hashing (Dietzfelbinger et al. 1997): for a random odd factor
 * any two keys share one of n slots with a probability of at most 2/n, so that
 * whoever does not know the factor cannot choose keys that build a chain.
 */
static size_t slot_of(const struct table *t, uint64_t key)
{
	return (size_t)(key * t->factor >> (64 - t->bits));
}

int table_init(struct table *t, uint64_t seed)
{
	*t = (struct table){ .bits = TABLE_MIN_BITS, .factor = seed | 1 };
	t->slots = calloc(table_size(t), sizeof(*t->slots));
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

	t->bits++;
	t->slots = calloc(table_size(t), sizeof(*t->slots));
	if (!t->slots) {
		*t = old;
		return;
	}
	for (i = 0; i < table_size(&old); i++) {
		for (node = old.slots[i]; node; node = next) {
			next = node->next;
			link_node(t, node);
		}
	}
	free(old.slots);
}

void table_insert(struct table *t, struct table_node *node, uint64_t key)
{
	if (t->count >= table_size(t))
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
