/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of config/ share while a file is being loaded.
 */
#ifndef AGENT_CONFIG_LOAD_H
#define AGENT_CONFIG_LOAD_H

#include "config/config.h"
#include "config/keys.h"
#include "config/node.h"
#include "config/problem.h"

struct loader {
	struct cfg *cfg;
	struct problems *problems;
	const char *dir;		/* where relative names of files begin */
};

/** struct value - one value on its way into the tree; shape decides the member */
struct value {
	const struct section *section;
	const struct key *key;
	const struct node *node;	/* for file and line */
	const char *text;
	int64_t number;
	bool truth;
};

/**
 * load_section - one group into its struct, along its table of keys
 * @node: NULL: the group is absent, and only its defaults are wanted
 */
void load_section(struct loader *ld, const struct section *s,
		  const struct node *node, void *obj);

/* Something is wrong at @node. */
void node_problem(struct loader *ld, const struct node *node,
		  const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Something is not as it should be, and the file is used all the same. */
void node_warning(struct loader *ld, const struct node *node,
		  const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Something is wrong with the value; the path of its key is put before. */
void value_problem(struct loader *ld, const struct value *v,
		   const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Printable form of text from the file, cut, for messages. */
#define QUOTE	52
const char *quote(const char *text, char buf[QUOTE]);

#endif
