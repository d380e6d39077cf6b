/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON objects: reading the agent's, building our own, printing both.
 */
#ifndef TOOLS_JS_H
#define TOOLS_JS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* Members; a missing one is "", 0, false, NULL or an empty list. */
const char *js_text(struct json_object *o, const char *key);
uint64_t js_number(struct json_object *o, const char *key);
bool js_truth(struct json_object *o, const char *key);
struct json_object *js_child(struct json_object *o, const char *key);
size_t js_length(struct json_object *list);
struct json_object *js_at(struct json_object *list, size_t i);

void js_put_text(struct json_object *o, const char *key, const char *text);
void js_put_number(struct json_object *o, const char *key, uint64_t v);
void js_put_truth(struct json_object *o, const char *key, bool v);
/* Counters of the module by name, all of them, as the member "counters". */
void js_put_counters(struct json_object *o, const uint64_t *stats);

/* To standard output, indented. */
void js_print(struct json_object *o);

#endif
