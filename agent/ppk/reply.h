/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON from a key source: parsed by json-c, and wiped out of json-c again.
 */
#ifndef AGENT_PPK_REPLY_H
#define AGENT_PPK_REPLY_H

#include <json-c/json.h>
#include <json-c/json_visit.h>
#include <stdbool.h>

#include "util/secret.h"

/**
 * reply_parse - an answer's body as a JSON object
 *
 * Return: an object to be given to reply_free(); NULL when it is no object,
 * nested deeper than any answer is, or followed by something else.
 */
struct json_object *reply_parse(const struct secret *body);
/* Wipes every string of it. */
void reply_free(struct json_object *o);

/* Members; NULL or false when missing, of another type, or with a NUL inside. */
const char *reply_text(struct json_object *o, const char *key);
bool reply_truth(struct json_object *o, const char *key);

#endif
