/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other end of the control socket, for tunctl.
 */
#ifndef AGENT_CTL_CLIENT_H
#define AGENT_CTL_CLIENT_H

#include <json-c/json.h>

struct ctl_client;

#define CTL_CLIENT_WHY	256

/* Connect. NULL with a sentence in @why, e.g. that no agent runs. */
struct ctl_client *ctl_client_new(const char *path, char why[CTL_CLIENT_WHY]);
void ctl_client_free(struct ctl_client *c);
/**
 * ctl_client_ask - send a request, wait for its answer
 * @request: borrowed
 *
 * Return: the answer, to be put; NULL with a sentence in @why when there is
 * none or the agent refused.
 */
struct json_object *ctl_client_ask(struct ctl_client *c,
				   struct json_object *request,
				   char why[CTL_CLIENT_WHY]);
/*
 * The same, but a refusal is an answer too, with "ok" false.
 */
struct json_object *ctl_client_exchange(struct ctl_client *c,
					struct json_object *request,
					char why[CTL_CLIENT_WHY]);
/* The next line, for a monitor; NULL when the agent hung up. */
struct json_object *ctl_client_next(struct ctl_client *c);

#endif
