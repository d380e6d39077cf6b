/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Intrusive hash table keyed by 64-bit numbers that a peer may choose: seeded,
 * growing, constant time.
 */
#ifndef AGENT_UTIL_TABLE_H
#define AGENT_UTIL_TABLE_H

#include <stddef.h>
#include <stdint.h>

/** struct table_node - embedded in what is stored; keys may repeat */
struct table_node {
	struct table_node *next;
	uint64_t key;
};

struct table {
	struct table_node **slots;
	unsigned int bits;	/* log2 of the number of slots */
	size_t count;
	uint64_t factor;	/* random and odd, kept from the peers */
};

/* @seed: 64 random bits. Return: 0 or ERR_NOMEM. */
int table_init(struct table *t, uint64_t seed);
/* The nodes are not touched. */
void table_fini(struct table *t);
void table_insert(struct table *t, struct table_node *node, uint64_t key);
/* First node with the key, or NULL; continue with table_next(). */
struct table_node *table_find(const struct table *t, uint64_t key);
struct table_node *table_next(const struct table_node *node);
void table_remove(struct table *t, struct table_node *node);

#endif
