// SPDX-License-Identifier: GPL-2.0
/*
 * From the settings of a file to the tree, along the tables of keys.c: what is
 * unknown, missing, of the wrong type, out of range or refused is found here,
 * the same way for every setting.
 */

#include "config/load.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/check.h"
#include "config/suggest.h"
#include "config/twins.h"
#include "config/vet.h"

/* ---------------------------------------------------------------- problems */

void node_problem(struct loader *ld, const struct node *node,
		  const char *fmt, ...)
{
	char text[PROBLEM_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem_add(ld->problems, node_file(node), node_line(node), "%s", text);
}

void node_warning(struct loader *ld, const struct node *node,
		  const char *fmt, ...)
{
	const char *file = node_file(node);
	char text[PROBLEM_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warning(NULL, "%s:%u: %s", file ? file : ld->problems->name,
		    node_line(node), text);
}

void value_problem(struct loader *ld, const struct value *v,
		   const char *fmt, ...)
{
	char text[PROBLEM_TEXT - KEY_PATH], path[KEY_PATH];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem_add(ld->problems, node_file(v->node), node_line(v->node),
		    "%s %s", key_path(v->section, v->key, path), text);
}

const char *quote(const char *text, char buf[QUOTE])
{
	return log_escape(text, strlen(text), buf, QUOTE);
}

/* ------------------------------------------------------- names given twice */

/** struct name_twins - where names that stand twice are reported */
struct name_twins {
	struct loader *ld;
	const struct section *section;
	const struct node *list;
};

/* Names are found at the beginning of what they name. */
static_assert(offsetof(struct cfg_proposal, name) == 0, "name is first");
static_assert(offsetof(struct cfg_policy, name) == 0, "name is first");
static_assert(offsetof(struct cfg_ike_profile, name) == 0, "name is first");
static_assert(offsetof(struct cfg_keyring, name) == 0, "name is first");
static_assert(offsetof(struct cfg_trustpoint, name) == 0, "name is first");
static_assert(offsetof(struct cfg_peer, name) == 0, "name is first");
static_assert(offsetof(struct cfg_transform_set, name) == 0, "name is first");
static_assert(offsetof(struct cfg_ipsec_profile, name) == 0, "name is first");
static_assert(offsetof(struct cfg_acl, name) == 0, "name is first");
static_assert(offsetof(struct cfg_iface, name) == 0, "name is first");

static int name_cmp(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void name_twin(void *arg, unsigned int earlier, unsigned int later)
{
	const struct name_twins *t = arg;
	const struct node *a = node_child(t->list, earlier);
	const struct node *b = node_child(t->list, later);
	const struct node *name = node_member(b, "name");
	const char *file = node_file(a);
	char buf[QUOTE];

	/* Those that have none are reported for that. */
	if (name && node_type(name) == NODE_TEXT && *node_text(name))
		node_problem(t->ld, name,
			     "%s.name \"%s\" is taken since %s:%u; expected "
			     "a name of its own", t->section->path,
			     quote(node_text(name), buf),
			     file ? file : t->ld->problems->name, node_line(a));
}

static void check_names(struct loader *ld, const struct value *list,
			const void *items, size_t count)
{
	struct name_twins arg = { ld, list->key->section, list->node };
	struct twins t = {
		.items = items, .count = count, .stride = arg.section->size,
		.cmp = name_cmp, .report = name_twin, .arg = &arg,
	};

	if (twins_find(&t))
		value_problem(ld, list, "does not fit into memory");
}

/* ------------------------------------------------------------------ values */

static void type_problem(struct loader *ld, const struct value *v)
{
	char expect[KEY_EXPECT];

	value_problem(ld, v, "has the wrong type; expected %s",
		      key_expect(v->key, expect));
}

static void length_problem(struct loader *ld, const struct value *v, size_t len,
			   const char *unit)
{
	char expect[KEY_EXPECT];

	value_problem(ld, v, "has %zu %s%s; expected %s", len, unit,
		      len == 1 ? "" : "s", key_expect(v->key, expect));
}

static void load_int(struct loader *ld, struct value *v, void *obj)
{
	char expect[KEY_EXPECT];

	if (node_type(v->node) != NODE_INT) {
		type_problem(ld, v);
		return;
	}
	v->number = node_int(v->node);
	/* The words of an array of integers are its range. */
	if (v->key->shape == SHAPE_INT &&
	    (v->number < (int64_t)v->key->min ||
	     v->number > (int64_t)v->key->max))
		value_problem(ld, v, "is %lld; expected %s",
			      (long long)v->number,
			      key_expect(v->key, expect));
	else if (v->key->set)
		v->key->set(ld, v, obj);
}

static void load_text(struct loader *ld, struct value *v, void *obj)
{
	size_t len;

	if (node_type(v->node) != NODE_TEXT) {
		type_problem(ld, v);
		return;
	}
	v->text = node_text(v->node);
	len = strlen(v->text);
	if (v->key->shape == SHAPE_TEXT && v->key->max &&
	    (len < v->key->min || len > v->key->max))
		length_problem(ld, v, len, "character");
	else if (v->key->set)
		v->key->set(ld, v, obj);
}

static void load_bool(struct loader *ld, struct value *v, void *obj)
{
	if (node_type(v->node) != NODE_BOOL) {
		type_problem(ld, v);
		return;
	}
	v->truth = node_bool(v->node);
	if (v->key->set)
		v->key->set(ld, v, obj);
}

static bool refused(struct loader *ld, const struct value *v)
{
	const struct refusal *r = key_refusal(v->section, v->key, v->node);

	if (r)
		value_problem(ld, v, "is refused: %s", r->why);
	return r != NULL;
}

/* The same element twice says nothing, and is probably a slip. */
static bool repeated(struct loader *ld, const struct value *v,
		     const struct node *array, unsigned int at)
{
	const struct node *n = node_child(array, at), *other;
	enum node_type type = node_type(n);
	char buf[QUOTE];
	unsigned int i;

	for (i = 0; i < at; i++) {
		other = node_child(array, i);
		if (node_type(other) != type)
			continue;
		if (type == NODE_TEXT && !strcmp(node_text(n), node_text(other))) {
			value_problem(ld, v, "has \"%s\" twice; expected it "
				      "once", quote(node_text(n), buf));
			return true;
		}
		if (type == NODE_INT && node_int(n) == node_int(other)) {
			value_problem(ld, v, "has %lld twice; expected it "
				      "once", (long long)node_int(n));
			return true;
		}
	}
	return false;
}

static void load_array(struct loader *ld, struct value *v, void *obj)
{
	const struct node *array = v->node;
	unsigned int i, count = node_count(array);
	char expect[KEY_EXPECT];

	if (node_type(array) != NODE_ARRAY && node_type(array) != NODE_LIST) {
		value_problem(ld, v, "has the wrong type; expected %s: %s = [ ... ];",
			      key_expect(v->key, expect), v->key->name);
		return;
	}
	if (count < v->key->min || count > v->key->max) {
		length_problem(ld, v, count, "element");
		return;
	}
	for (i = 0; i < count; i++) {
		v->node = node_child(array, i);
		if (refused(ld, v) || repeated(ld, v, array, i))
			continue;
		if (v->key->shape == SHAPE_INTS)
			load_int(ld, v, obj);
		else
			load_text(ld, v, obj);
	}
}

/* ------------------------------------------------------------------ groups */

static void load_groups(struct loader *ld, const struct value *v, void *obj)
{
	const struct section *s = v->key->section;
	unsigned int i, count = node_count(v->node);
	char *items;

	if (node_type(v->node) != NODE_LIST) {
		type_problem(ld, v);
		return;
	}
	if (count < v->key->min || count > v->key->max) {
		value_problem(ld, v, "has %u entries; expected %llu to %llu",
			      count, (unsigned long long)v->key->min,
			      (unsigned long long)v->key->max);
		return;
	}
	items = calloc(count ? count : 1, s->size);
	if (!items) {
		value_problem(ld, v, "does not fit into memory");
		return;
	}
	memcpy((char *)obj + v->key->offset, &items, sizeof(items));
	memcpy((char *)obj + v->key->count, &count, sizeof(count));
	for (i = 0; i < count; i++)
		load_section(ld, s, node_child(v->node, i), items + i * s->size);
	if (strcmp(s->keys[0].name, "name") == 0)
		check_names(ld, v, items, count);
}

static void load_fallback(struct loader *ld, struct value *v, void *obj)
{
	const char *text = v->key->fallback;

	if (!text || !v->key->set)
		return;
	v->text = text;
	v->truth = strcmp(text, "true") == 0;
	v->number = strtoll(text, NULL, 10);
	v->key->set(ld, v, obj);
}

static void load_absent(struct loader *ld, struct value *v,
			const struct node *group, void *obj)
{
	char path[KEY_PATH], expect[KEY_EXPECT];

	/* A group that is not there misses nothing, but has its defaults. */
	if (v->key->required && group)
		node_problem(ld, group, "%s is missing; expected %s",
			     key_path(v->section, v->key, path),
			     key_expect(v->key, expect));
	else if (v->key->shape == SHAPE_GROUP)
		load_section(ld, v->key->section, NULL, obj);
	else
		load_fallback(ld, v, obj);
}

static void load_key(struct loader *ld, struct value *v,
		     const struct node *group, void *obj)
{
	v->text = NULL;
	v->node = group ? node_member(group, v->key->name) : NULL;
	if (!v->node) {
		load_absent(ld, v, group, obj);
		return;
	}
	if (refused(ld, v))
		return;
	switch (v->key->shape) {
	case SHAPE_BOOL:
		load_bool(ld, v, obj);
		break;
	case SHAPE_INT:
		load_int(ld, v, obj);
		break;
	case SHAPE_TEXT:
		load_text(ld, v, obj);
		break;
	case SHAPE_INTS:
	case SHAPE_TEXTS:
		load_array(ld, v, obj);
		break;
	case SHAPE_GROUP:
		if (node_type(v->node) == NODE_GROUP)
			load_section(ld, v->key->section, v->node, obj);
		else
			type_problem(ld, v);
		break;
	case SHAPE_GROUPS:
		load_groups(ld, v, obj);
		break;
	}
}

/* "a, b, c": what a section may hold. */
static void list_keys(const struct section *s, char *buf, size_t size)
{
	const struct key *key;
	size_t len = 0;

	buf[0] = '\0';
	for (key = s->keys; key->name && len < size; key++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					len ? ", " : "", key->name);
}

static void unknown_problem(struct loader *ld, const struct section *s,
			    const struct node *n)
{
	const struct key *key;
	const char *refused = s->refused_name ? s->refused_name(node_name(n)) :
						NULL;
	char buf[QUOTE], all[320];
	struct suggest near;

	if (refused) {
		node_problem(ld, n, "%s.%s is refused: %s", s->path,
			     quote(node_name(n), buf), refused);
		return;
	}
	suggest_init(&near, node_name(n));
	for (key = s->keys; key->name; key++)
		suggest_offer(&near, key->name);
	list_keys(s, all, sizeof(all));
	if (near.best)
		node_problem(ld, n, "unknown setting \"%s\"%s%s; did you mean "
			     "\"%s\"?", quote(near.typed, buf),
			     *s->path ? " in " : "", s->path, near.best);
	else
		node_problem(ld, n, "unknown setting \"%s\"%s%s; expected one "
			     "of %s", quote(near.typed, buf),
			     *s->path ? " in " : "", s->path, all);
}

static void find_unknown(struct loader *ld, const struct section *s,
			 const struct node *group)
{
	unsigned int i, count = node_count(group);

	for (i = 0; i < count; i++) {
		const struct node *n = node_child(group, i);
		const struct key *key = s->keys;

		while (key->name && strcmp(key->name, node_name(n)))
			key++;
		if (!key->name)
			unknown_problem(ld, s, n);
	}
}

void load_section(struct loader *ld, const struct section *s,
		  const struct node *node, void *obj)
{
	unsigned int before = ld->problems->count;
	struct value v = { .section = s };

	if (node && node_type(node) != NODE_GROUP) {
		node_problem(ld, node, "%s has an element of the wrong type; "
			     "expected groups: { NAME = VALUE; ... }", s->path);
		return;
	}
	if (node)
		find_unknown(ld, s, node);
	for (v.key = s->keys; v.key->name; v.key++)
		load_key(ld, &v, node, obj);
	if (node && s->check && ld->problems->count == before)
		s->check(ld, node, obj);
}

/* -------------------------------------------------------------- public face */

static struct cfg *load(struct source *src, const char *dir,
			struct problems *problems)
{
	struct cfg *cfg = src ? calloc(1, sizeof(*cfg)) : NULL;
	struct loader ld = { cfg, problems, dir };

	if (cfg) {
		cfg->refs = 1;
		load_section(&ld, &section_root, source_root(src), cfg);
		if (!problems->count)
			check_config(&ld, source_root(src));
	} else if (!problems->count) {
		problem_add(problems, NULL, 0, "out of memory");
	}
	source_free(src);
	if (problems->count) {
		cfg_free(cfg);
		cfg = NULL;
	}
	return cfg;
}

struct cfg *cfg_load(const char *path, char error[CFG_ERROR])
{
	struct problems problems;
	char dir[CFG_FILE];
	struct cfg *cfg;

	problems_init(&problems, path);
	vet_dir_of(path, dir, sizeof(dir));
	cfg = load(source_read(path, &problems), dir, &problems);
	problems_print(&problems, error, CFG_ERROR);
	return cfg;
}

struct cfg *cfg_load_text(const char *text, const char *name,
			  char error[CFG_ERROR])
{
	struct problems problems;
	struct cfg *cfg;

	problems_init(&problems, name);
	cfg = load(source_read_text(text, &problems), "", &problems);
	problems_print(&problems, error, CFG_ERROR);
	return cfg;
}

static void free_keyring(struct cfg_keyring *k)
{
	unsigned int i;

	for (i = 0; i < k->peer_count; i++) {
		secret_free(k->peers[i].psk_local);
		secret_free(k->peers[i].psk_remote);
		secret_free(k->peers[i].ppk.key);
	}
	free(k->peers);
}

struct cfg *cfg_get(struct cfg *cfg)
{
	cfg->refs++;
	return cfg;
}

void cfg_free(struct cfg *cfg)
{
	unsigned int i;

	if (!cfg || --cfg->refs)
		return;
	for (i = 0; i < cfg->keyring_count; i++)
		free_keyring(&cfg->keyrings[i]);
	for (i = 0; i < cfg->trustpoint_count; i++) {
		trust_free(cfg->trustpoints[i].trust);
		secret_free(cfg->trustpoints[i].key_password);
	}
	for (i = 0; i < cfg->policy_count; i++) {
		free(cfg->policies[i].address_local);
		free(cfg->policies[i].proposals);
	}
	for (i = 0; i < cfg->ike_profile_count; i++)
		free(cfg->ike_profiles[i].match_remote);
	for (i = 0; i < cfg->acl_count; i++)
		free(cfg->acls[i].entries);
	for (i = 0; i < cfg->sks_profile_count; i++)
		sks_options_fini(&cfg->sks_profiles[i]);
	free(cfg->sks_profiles);
	free(cfg->keyrings);
	free(cfg->trustpoints);
	free(cfg->proposals);
	free(cfg->policies);
	free(cfg->ike_profiles);
	free(cfg->transform_sets);
	free(cfg->ipsec_profiles);
	free(cfg->acls);
	free(cfg->ifaces);
	free(cfg);
}
