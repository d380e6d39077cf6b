/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The settings of a file as they stand there, before anybody judges them:
 * typed, named, with file and line. Only parse.c knows what library read them.
 */
#ifndef AGENT_CONFIG_NODE_H
#define AGENT_CONFIG_NODE_H

#include <stdbool.h>
#include <stdint.h>

struct problems;

enum node_type {
	NODE_GROUP,	/* { name = value; ... } */
	NODE_ARRAY,	/* [ value, ... ] */
	NODE_LIST,	/* ( value, ... ) */
	NODE_INT,
	NODE_REAL,
	NODE_BOOL,
	NODE_TEXT,
};

/** struct node - one setting or element; lives as long as its source */
struct node;
/** struct source - a file read, with all that it includes */
struct source;

/**
 * source_read - read a file
 * @path: checked with vet_file() first, and so is what it includes
 *
 * Return: NULL with a problem added when it cannot be used.
 */
struct source *source_read(const char *path, struct problems *problems);
/* From text; includes are searched in the working directory. */
struct source *source_read_text(const char *text, struct problems *problems);
/* Wipes every string that was in it; NULL is fine. */
void source_free(struct source *src);
const struct node *source_root(const struct source *src);

enum node_type node_type(const struct node *n);
const char *node_name(const struct node *n);	/* NULL: an element */
const char *node_file(const struct node *n);	/* NULL: the main file */
unsigned int node_line(const struct node *n);
/* Members of a group, elements of an array or a list. */
unsigned int node_count(const struct node *n);
const struct node *node_child(const struct node *n, unsigned int i);
const struct node *node_member(const struct node *n, const char *name);
/* Only for the type that each is for. */
const char *node_text(const struct node *n);
int64_t node_int(const struct node *n);
bool node_bool(const struct node *n);

#endif
