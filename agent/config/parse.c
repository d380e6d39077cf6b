// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the language of the configuration file with libconfig, and nothing
 * more: what the settings mean is known to keys.c and value.c.
 */

#include <libconfig.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "config/node.h"
#include "config/problem.h"
#include "config/vet.h"
#include "util/buf.h"
#include "util/secret.h"

#define SOURCE_MAX	(16U << 20)
#define DIR_LEN		4096

struct source {
	config_t config;
};

/* A node is a setting of the library under a name that hides it. */
static const config_setting_t *setting(const struct node *n)
{
	return (const config_setting_t *)n;
}

static const struct node *node(const config_setting_t *s)
{
	return (const struct node *)s;
}

/* A PSK must not outlive its reading in memory that the library gave back. */
static void wipe_strings(config_setting_t *s)
{
	int i, count;

	if (config_setting_type(s) == CONFIG_TYPE_STRING) {
		char *text = s->value.sval;

		if (text)
			wipe(text, strlen(text));
	} else if (config_setting_is_aggregate(s)) {
		count = config_setting_length(s);
		for (i = 0; i < count; i++)
			wipe_strings(config_setting_get_elem(s, (unsigned int)i));
	}
}

void source_free(struct source *src)
{
	if (!src)
		return;
	wipe_strings(config_root_setting(&src->config));
	config_destroy(&src->config);
	free(src);
}

/*
 * The library's scanner frees its copy of the text as it is: let free()
 * overwrite what it is given while the scanner works, where it can.
 */
static int scan(config_t *config, const char *text)
{
	int ok;

#ifdef M_PERTURB
	mallopt(M_PERTURB, 0xff);
#endif
	ok = config_read_string(config, text);
#ifdef M_PERTURB
	mallopt(M_PERTURB, 0);
#endif
	return ok;
}

static void add_parse_problem(const config_t *config, struct problems *problems)
{
	const char *text = config_error_text(config);

	if (text && strcmp(text, "syntax error") == 0)
		problem_add(problems, config_error_file(config),
			    (unsigned int)config_error_line(config),
			    "syntax error; expected NAME = VALUE; (look here "
			    "and just before for a missing semicolon, comma, "
			    "quote or bracket)");
	else if (text && strstr(text, "duplicate"))
		problem_add(problems, config_error_file(config),
			    (unsigned int)config_error_line(config),
			    "this setting stands twice in its group; expected "
			    "it once");
	else
		problem_add(problems, config_error_file(config),
			    (unsigned int)config_error_line(config),
			    "%s; expected the language of libconfig",
			    text ? text : "cannot be read");
}

static struct source *parse(const char *text, const char *dir,
			    struct problems *problems)
{
	struct source *src = calloc(1, sizeof(*src));

	if (!src) {
		problem_add(problems, NULL, 0, "out of memory");
		return NULL;
	}
	config_init(&src->config);
	if (*dir)
		config_set_include_dir(&src->config, dir);
	if (scan(&src->config, text) != CONFIG_TRUE) {
		add_parse_problem(&src->config, problems);
		source_free(src);
		return NULL;
	}
	return src;
}

struct source *source_read(const char *path, struct problems *problems)
{
	struct source *src = NULL;
	char dir[DIR_LEN];
	struct buf text;

	vet_dir_of(path, dir, sizeof(dir));
	buf_init(&text, SOURCE_MAX);
	if (!vet_file(path, problems, &text))
		src = parse((const char *)text.p, dir, problems);
	buf_fini(&text);
	return src;
}

struct source *source_read_text(const char *text, struct problems *problems)
{
	if (vet_text(text, "", problems))
		return NULL;
	return parse(text, "", problems);
}

const struct node *source_root(const struct source *src)
{
	return node(config_root_setting(&src->config));
}

enum node_type node_type(const struct node *n)
{
	switch (config_setting_type(setting(n))) {
	case CONFIG_TYPE_GROUP:
		return NODE_GROUP;
	case CONFIG_TYPE_ARRAY:
		return NODE_ARRAY;
	case CONFIG_TYPE_LIST:
		return NODE_LIST;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return NODE_INT;
	case CONFIG_TYPE_BOOL:
		return NODE_BOOL;
	case CONFIG_TYPE_STRING:
		return NODE_TEXT;
	default:
		return NODE_REAL;
	}
}

const char *node_name(const struct node *n)
{
	return config_setting_name(setting(n));
}

const char *node_file(const struct node *n)
{
	return config_setting_source_file(setting(n));
}

unsigned int node_line(const struct node *n)
{
	return config_setting_source_line(setting(n));
}

unsigned int node_count(const struct node *n)
{
	return config_setting_is_aggregate(setting(n)) ?
	       (unsigned int)config_setting_length(setting(n)) : 0;
}

const struct node *node_child(const struct node *n, unsigned int i)
{
	return node(config_setting_get_elem(setting(n), i));
}

const struct node *node_member(const struct node *n, const char *name)
{
	return node(config_setting_get_member(setting(n), name));
}

const char *node_text(const struct node *n)
{
	return config_setting_get_string(setting(n));
}

int64_t node_int(const struct node *n)
{
	/* The library's own conversion refuses to go from int to int64. */
	return config_setting_type(setting(n)) == CONFIG_TYPE_INT64 ?
	       config_setting_get_int64(setting(n)) :
	       config_setting_get_int(setting(n));
}

bool node_bool(const struct node *n)
{
	return config_setting_get_bool(setting(n)) == CONFIG_TRUE;
}
