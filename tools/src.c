// SPDX-License-Identifier: GPL-2.0
/*
 * Where data comes from: the module by netlink, the agent by its socket.
 */

#include <stdio.h>
#include <unistd.h>

#include "ctl/client.h"
#include "tunctl.h"

struct knl *src_kernel(void)
{
	char why[KNL_WHY] = "out of memory";
	struct knl *knl = knl_new(NULL, NULL, NULL, why);

	if (!knl)
		fprintf(stderr, "tunctl: %s\n", why);
	return knl;
}

struct json_object *src_agent(const struct context *ctx, const char *command,
			      uint32_t session_id, bool quiet)
{
	struct json_object *request = json_object_new_object(), *answer = NULL;
	char why[CTL_CLIENT_WHY] = "";
	struct ctl_client *c;

	json_object_object_add(request, "command",
			       json_object_new_string(command));
	if (session_id)
		json_object_object_add(request, "session-id",
				       json_object_new_int64(session_id));
	c = ctl_client_new(ctx->control, why);
	if (c)
		answer = ctl_client_ask(c, request, why);
	ctl_client_free(c);
	json_object_put(request);
	if (!answer && !quiet)
		fprintf(stderr, "tunctl: %s\n", why);
	return answer;
}

struct json_object *json_child(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

const char *json_text(struct json_object *o, const char *key)
{
	struct json_object *v = json_child(o, key);

	return v ? json_object_get_string(v) : "";
}

uint64_t json_number(struct json_object *o, const char *key)
{
	return json_object_get_uint64(json_child(o, key));
}

bool json_truth(struct json_object *o, const char *key)
{
	return json_object_get_boolean(json_child(o, key));
}
