/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of the control socket, from JSON to JSON.
 */
#ifndef AGENT_CTL_CMD_H
#define AGENT_CTL_CMD_H

#include <json-c/json.h>
#include <stdbool.h>

#include "ike/view.h"

struct sks;

/**
 * struct ctl_reload - how the configuration is read again, and what of it does
 * not belong to the engine
 * @fn: reads, checks and applies it; tells each change, and what was done.
 *	Return: 0, or ERR_* with lines in @error and nothing changed
 * @sks: key sources, or NULL
 */
struct ctl_reload {
	int (*fn)(void *arg, view_change_fn change, void *change_arg,
		  struct view_reload *out, char error[CFG_ERROR]);
	void *arg;
	const struct sks *sks;
};

/**
 * ctl_command - answer one request
 * @reload: NULL: not offered
 * @line: the request's text
 * @monitor: set when the client wants events from now on
 *
 * Return: a new object, NULL only when out of memory.
 */
struct json_object *ctl_command(struct ike *ike,
				const struct ctl_reload *reload,
				const char *line, bool *monitor);
/* An event as an object; NULL when out of memory. */
struct json_object *ctl_event(const struct ike_event *ev);

#endif
