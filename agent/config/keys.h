/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vocabulary of the configuration file: one table of sections and keys
 * with type, range and default. Parsing walks it, messages quote it, and a
 * test compares the documentation with it.
 */
#ifndef AGENT_CONFIG_KEYS_H
#define AGENT_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loader;
struct node;
struct section;
struct value;

enum key_shape {
	SHAPE_BOOL,
	SHAPE_INT,
	SHAPE_TEXT,
	SHAPE_INTS,	/* an array; the setter gets each element */
	SHAPE_TEXTS,
	SHAPE_GROUP,	/* a section of its own in the same struct */
	SHAPE_GROUPS,	/* a list of groups, each a struct of its own */
};

/** struct key_target - where what a reference names is found in struct cfg */
struct key_target {
	size_t items, count;	/* offsets of the array and of its length */
	size_t stride;		/* every item begins with its name */
};

/**
 * struct key - one setting
 * @min, @max: value of an integer; characters of a text (0 and 0: the setter
 *	knows); elements of an array or a list
 * @what: unit of an integer; what a text or an element is
 * @fallback: applied when the setting is absent
 * @absent: what absence means, where there is no fallback; for readers
 * @set: puts one value into the struct; NULL: nothing to keep
 * @offset, @count: members of the struct; @count of SHAPE_GROUPS only
 * @words: the words it may have: the i-th, "" for none, NULL behind the last
 * @secret: the value must not appear in a message
 */
struct key {
	const char *name;
	enum key_shape shape;
	bool required;
	bool secret;
	uint64_t min, max;
	const char *what;
	const char *fallback;
	const char *absent;
	void (*set)(struct loader *ld, const struct value *v, void *obj);
	size_t offset, count;
	const char *(*words)(size_t i);
	const struct section *section;
	const struct key_target *target;
};

/**
 * struct section - a group of settings
 * @path: dotted names from the root; "" is the root
 * @keys: end with a key without name; in order of dependence, so that what a
 *	reference names is there before the reference is looked up
 * @size: of the struct of a SHAPE_GROUPS section
 * @check: judges a group that was read without an error
 * @refused_name: why a setting that others know is none here, or NULL
 */
struct section {
	const char *path;
	const struct key *keys;
	size_t size;
	void (*check)(struct loader *ld, const struct node *node, void *obj);
	const char *(*refused_name)(const char *name);
};

extern const struct section section_root;

/* "ikev2.profiles.lifetime", for messages. */
#define KEY_PATH	80
const char *key_path(const struct section *s, const struct key *key,
		     char buf[KEY_PATH]);
/* "an integer, 120 to 86400 seconds": what a value must be, for messages. */
#define KEY_EXPECT	160
const char *key_expect(const struct key *key, char buf[KEY_EXPECT]);
/*
 * "integer, 120 to 86400 seconds, default 86400": type, range and default,
 * word for word as the documentation has them.
 */
#define KEY_DESCRIBE	200
const char *key_describe(const struct key *key, char buf[KEY_DESCRIBE]);

/** struct refusal - a value that has its place, but not in this setting */
struct refusal {
	const char *path;	/* of the section */
	const char *key;
	bool (*when)(const struct node *node);
	const char *why;
};

/* The refusal of one value or element, or NULL. */
const struct refusal *key_refusal(const struct section *s,
				  const struct key *key,
				  const struct node *node);

#endif
