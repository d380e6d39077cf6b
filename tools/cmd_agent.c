// SPDX-License-Identifier: GPL-2.0
/*
 * monitor and clear: what only the agent can do.
 */

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "ctl/client.h"
#include "ctl/ctl_proto.h"
#include "js.h"
#include "out.h"
#include "tunctl.h"

/* ------------------------------------------------------------------ monitor */

static void print_event(const struct context *ctx, struct json_object *ev)
{
	char now[OUT_TIME];
	const char *text;

	if (ctx->json) {
		puts(json_object_to_json_string_ext(ev,
						    JSON_C_TO_STRING_PLAIN));
	} else {
		text = js_text(ev, "text");
		printf("%s %s: %s%s%s\n",
		       out_time((uint64_t)time(NULL) * 1000, now),
		       js_text(ev, "interface"), js_text(ev, "event"),
		       *text ? ": " : "", text);
	}
	fflush(stdout);
}

/* Subscribe. Return: the connection, or NULL after a sentence. */
static struct ctl_client *subscribe(const struct context *ctx)
{
	struct json_object *request = json_object_new_object(), *answer = NULL;
	char why[CTL_CLIENT_WHY] = "";
	struct ctl_client *c;

	js_put_text(request, "command", CTL_CMD_MONITOR);
	c = ctl_client_new(ctx->control, why);
	if (c)
		answer = ctl_client_ask(c, request, why);
	json_object_put(request);
	if (answer) {
		json_object_put(answer);
		return c;
	}
	fprintf(stderr, "tunctl: %s\n", why);
	ctl_client_free(c);
	return NULL;
}

/** cmd_monitor - monitor: events as they happen, until interrupted */
int cmd_monitor(struct context *ctx)
{
	struct ctl_client *c = subscribe(ctx);
	struct json_object *ev;

	if (!c)
		return EXIT_FAILED;
	while ((ev = ctl_client_next(c))) {
		print_event(ctx, ev);
		json_object_put(ev);
	}
	ctl_client_free(c);
	fprintf(stderr, "tunctl: the agent hung up\n");
	return EXIT_FAILED;
}

/* -------------------------------------------------------------------- clear */

/** cmd_clear_session - clear ikev2 session [N] */
int cmd_clear_session(struct context *ctx)
{
	struct json_object *answer;
	uint32_t id = 0;
	uint64_t n;

	if (ctx->argc && arg_session_id(ctx->argv[0], &id))
		return EXIT_USAGE;
	answer = src_agent(ctx, CTL_CMD_CLEAR, id, false);
	if (!answer)
		return EXIT_FAILED;
	n = js_number(answer, "cleared");
	if (ctx->json)
		js_print(answer);
	else
		printf("%" PRIu64 " session%s cleared\n", n, n == 1 ? "" : "s");
	json_object_put(answer);
	return EXIT_OK;
}
