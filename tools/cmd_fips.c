// SPDX-License-Identifier: GPL-2.0
/*
 * fips: switch FIPS mode, or see what it makes of each tunnel.
 */

#include <stdio.h>
#include <string.h>

#include "ctl/ctl_proto.h"
#include "js.h"
#include "tunctl.h"

static void print_tunnel(struct json_object *t)
{
	struct json_object *list = js_child(t, "findings"), *f;
	size_t i;

	printf("%s: %s\n", js_text(t, "interface"),
	       js_truth(t, "stays-down") ? "stays down in FIPS mode" :
	       js_length(list) ? "comes up in FIPS mode, without:" :
				 "comes up in FIPS mode");
	for (i = 0; i < js_length(list); i++) {
		f = js_at(list, i);
		printf("  %s%s (%s)\n", js_truth(f, "fatal") ?
		       "not admitted: " : "", js_text(f, "text"),
		       js_text(f, "setting"));
	}
}

static void print_answer(struct json_object *a)
{
	struct json_object *tunnels = js_child(a, "tunnels");
	bool on = js_truth(a, "fips-mode");
	size_t i;

	for (i = 0; i < js_length(tunnels); i++)
		print_tunnel(js_at(tunnels, i));
	printf("FIPS mode is %s.\n", on ? "enabled" : "disabled");
	if (on != js_truth(a, "fips-configured"))
		printf("The configuration says fips-mode = %s: it comes back with the next start of tunneld.\n",
		       on ? "false" : "true");
}

/* The action in full, or NULL. */
static const char *find_action(const char *word)
{
	static const char *const actions[] = { "enable", "disable", "check" };
	size_t i;

	for (i = 0; word && *word && i < 3; i++)
		if (strncmp(actions[i], word, strlen(word)) == 0)
			return actions[i];
	return NULL;
}

/** cmd_fips - fips enable|disable|check */
int cmd_fips(struct context *ctx)
{
	const char *action = find_action(ctx->argc ? ctx->argv[0] : NULL);
	struct json_object *request, *answer;

	if (!action) {
		fprintf(stderr, "tunctl: fips: expected enable, disable or check\n");
		return EXIT_USAGE;
	}
	request = json_object_new_object();
	js_put_text(request, "command", CTL_CMD_FIPS);
	js_put_text(request, "action", action);
	answer = src_ask(ctx, request, false);
	if (!answer)
		return EXIT_FAILED;
	if (ctx->json)
		js_print(answer);
	else
		print_answer(answer);
	json_object_put(answer);
	return EXIT_OK;
}
