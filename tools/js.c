// SPDX-License-Identifier: GPL-2.0
/*
 * Short forms of what json-c says at length.
 */

#include "js.h"

#include <linux/tunnel_ip.h>
#include <stdio.h>

#include "kernel_nl/knl.h"

struct json_object *js_child(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

const char *js_text(struct json_object *o, const char *key)
{
	struct json_object *v = js_child(o, key);

	return v ? json_object_get_string(v) : "";
}

uint64_t js_number(struct json_object *o, const char *key)
{
	return json_object_get_uint64(js_child(o, key));
}

bool js_truth(struct json_object *o, const char *key)
{
	return json_object_get_boolean(js_child(o, key));
}

size_t js_length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ?
	       json_object_array_length(list) : 0;
}

struct json_object *js_at(struct json_object *list, size_t i)
{
	return json_object_array_get_idx(list, i);
}

void js_put_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

void js_put_number(struct json_object *o, const char *key, uint64_t v)
{
	json_object_object_add(o, key, json_object_new_uint64(v));
}

void js_put_truth(struct json_object *o, const char *key, bool v)
{
	json_object_object_add(o, key, json_object_new_boolean(v));
}

void js_put_counters(struct json_object *o, const uint64_t *stats)
{
	struct json_object *counters = json_object_new_object();
	unsigned int i;

	for (i = 0; i <= TUNIP_STAT_MAX; i++)
		if (knl_stat_name(i))
			js_put_number(counters, knl_stat_name(i), stats[i]);
	json_object_object_add(o, "counters", counters);
}

void js_print(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					       JSON_C_TO_STRING_SPACED));
}
