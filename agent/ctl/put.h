/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Members of the JSON objects that commands answer with.
 */
#ifndef AGENT_CTL_PUT_H
#define AGENT_CTL_PUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

static inline void put_str(struct json_object *o, const char *key,
			   const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static inline void put_uint(struct json_object *o, const char *key,
			    uint64_t value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

static inline void put_bool(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

#endif
