// SPDX-License-Identifier: GPL-2.0
/*
 * reload: have the agent read its configuration again.
 */

#include <inttypes.h>
#include <stdio.h>

#include "ctl/client.h"
#include "ctl/ctl_proto.h"
#include "js.h"
#include "tunctl.h"

/* As `tunneld --check` prints them. */
static void print_problems(struct json_object *answer)
{
	struct json_object *problems = js_child(answer, "problems");
	size_t i;

	for (i = 0; i < js_length(problems); i++)
		fprintf(stderr, "%s\n",
			json_object_get_string(js_at(problems, i)));
	fprintf(stderr, "tunctl: %s\n", js_text(answer, "error"));
}

static void print_changes(struct json_object *answer)
{
	struct json_object *list = js_child(answer, "interfaces"), *o;
	const char *settings, *general = js_text(answer, "general");
	size_t i;

	for (i = 0; i < js_length(list); i++) {
		o = js_at(list, i);
		settings = js_text(o, "settings");
		printf("%s %s (%s)%s%s\n", js_text(o, "interface"),
		       js_text(o, "action"), js_text(o, "effect"),
		       *settings ? ": " : "", settings);
	}
	if (*general)
		printf("changed: %s\n", general);
	printf("%" PRIu64 " unchanged, %" PRIu64 " changed, %" PRIu64
	       " added, %" PRIu64 " removed\n", js_number(answer, "unchanged"),
	       js_number(answer, "changed"), js_number(answer, "added"),
	       js_number(answer, "removed"));
}

/** cmd_reload - reload */
int cmd_reload(struct context *ctx)
{
	struct json_object *request = json_object_new_object(), *answer = NULL;
	char why[CTL_CLIENT_WHY] = "";
	struct ctl_client *c;
	int status = EXIT_FAILED;

	js_put_text(request, "command", CTL_CMD_RELOAD);
	c = ctl_client_new(ctx->control, why);
	if (c)
		answer = ctl_client_exchange(c, request, why);
	ctl_client_free(c);
	json_object_put(request);
	if (!answer) {
		fprintf(stderr, "tunctl: %s\n", why);
		return EXIT_FAILED;
	}
	if (js_truth(answer, "ok")) {
		status = EXIT_OK;
		json_object_object_del(answer, "ok");
	}
	if (ctx->json)
		js_print(answer);
	else if (status == EXIT_OK)
		print_changes(answer);
	else
		print_problems(answer);
	json_object_put(answer);
	return status;
}
