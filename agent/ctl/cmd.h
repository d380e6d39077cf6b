/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of the control socket, from JSON to JSON.
 */
#ifndef AGENT_CTL_CMD_H
#define AGENT_CTL_CMD_H

#include <json-c/json.h>
#include <stdbool.h>

#include "ike/view.h"

/**
 * ctl_command - answer one request
 * @line: the request's text
 * @monitor: set when the client wants events from now on
 *
 * Return: a new object, NULL only when out of memory.
 */
struct json_object *ctl_command(struct ike *ike, const char *line,
				bool *monitor);
/* An event as an object; NULL when out of memory. */
struct json_object *ctl_event(const struct ike_event *ev);

#endif
