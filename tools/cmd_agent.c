// SPDX-License-Identifier: GPL-2.0
/*
 * why, monitor and clear.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/client.h"
#include "ctl/ctl_proto.h"
#include "tunctl.h"

/* --------------------------------------------------------------------- why */

static void when(uint64_t wall_ms, char *buf, size_t size)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(buf, size, "%b %e %H:%M:%S", &tm);
}

static void explain(struct json_object *t)
{
	struct json_object *f = json_child(t, "failure");
	char text[32];

	if (json_truth(t, "up")) {
		printf("%s is up to %s, IKE session %" PRIu64 ".\n",
		       json_text(t, "interface"), json_text(t, "destination"),
		       json_number(t, "session-id"));
		return;
	}
	printf("%s is down (%s), %s to %s.\n", json_text(t, "interface"),
	       json_text(t, "status"), json_text(t, "source"),
	       json_text(t, "destination"));
	if (f) {
		when(json_number(f, "time-ms"), text, sizeof(text));
		printf("  At %s: %s\n", text, json_text(f, "sentence"));
	}
	if (json_truth(t, "responder-only"))
		printf("  It is responder-only: the peer has to connect.\n");
	else if (json_child(t, "retry-in"))
		printf("  Next attempt in %" PRIu64 " s; %" PRIu64
		       " since it was last up.\n", json_number(t, "retry-in"),
		       json_number(t, "attempts"));
	else if (!f)
		printf("  No failure so far; %" PRIu64
		       " attempts since it was last up.\n",
		       json_number(t, "attempts"));
}

/** struct kernel_view - what the module alone can say */
struct kernel_view {
	const char *name;
	unsigned int seen;
};

static void explain_without_agent(void *arg, const struct knl_dev_info *dev)
{
	struct kernel_view *v = arg;

	if (v->name && strcmp(v->name, dev->name))
		return;
	v->seen++;
	printf("%s: tunneld does not run; %s.\n", dev->name,
	       dev->carrier ?
	       "the SAs it left still carry traffic until they expire" :
	       "the interface has no SAs, nothing can pass");
}

static int why_from_kernel(const char *name)
{
	struct kernel_view v = { .name = name };
	char why[KNL_WHY] = "";
	struct knl *knl = src_kernel();
	int err;

	if (!knl)
		return EXIT_FAILED;
	err = knl_dump_devs(knl, explain_without_agent, &v, why);
	knl_free(knl);
	if (!err && !v.seen)
		printf("tunneld does not run and there is no tunnel-ip interface%s%s.\n",
		       name ? " " : "", name ? name : "");
	return EXIT_FAILED;
}

static int why_from_agent(struct context *ctx, struct json_object *list,
			  const char *name)
{
	struct json_object *t;
	unsigned int seen = 0;
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++) {
		t = json_object_array_get_idx(list, i);
		if (name && strcmp(name, json_text(t, "interface")))
			continue;
		seen++;
		if (ctx->json)
			puts(json_object_to_json_string_ext(t,
					JSON_C_TO_STRING_PRETTY |
					JSON_C_TO_STRING_SPACED));
		else
			explain(t);
	}
	if (seen || !name)
		return EXIT_OK;
	fprintf(stderr, "tunctl: no interface %s is configured\n", name);
	return EXIT_FAILED;
}

/** cmd_why - why [IF]: what is wrong, and what to change */
int cmd_why(struct context *ctx)
{
	const char *name = ctx->argc ? ctx->argv[0] : NULL;
	struct json_object *answer;
	int status;

	answer = src_agent(ctx, CTL_CMD_TUNNELS, 0, !ctx->json);
	if (!answer)
		return ctx->json ? EXIT_FAILED : why_from_kernel(name);
	status = why_from_agent(ctx, json_child(answer, "tunnels"), name);
	json_object_put(answer);
	return status;
}

/* ------------------------------------------------------------------ monitor */

static void print_event(const struct context *ctx, struct json_object *ev)
{
	const char *text;
	char now[32];

	if (ctx->json) {
		puts(json_object_to_json_string_ext(ev,
						    JSON_C_TO_STRING_PLAIN));
	} else {
		when((uint64_t)time(NULL) * 1000, now, sizeof(now));
		text = json_text(ev, "text");
		printf("%s %s: %s%s%s\n", now, json_text(ev, "interface"),
		       json_text(ev, "event"), *text ? ": " : "", text);
	}
	fflush(stdout);
}

/** cmd_monitor - monitor: events as they happen, until interrupted */
int cmd_monitor(struct context *ctx)
{
	struct json_object *request = json_object_new_object(), *o;
	char why[CTL_CLIENT_WHY] = "";
	struct ctl_client *c;

	json_object_object_add(request, "command",
			       json_object_new_string(CTL_CMD_MONITOR));
	c = ctl_client_new(ctx->control, why);
	o = c ? ctl_client_ask(c, request, why) : NULL;
	json_object_put(request);
	if (!o) {
		fprintf(stderr, "tunctl: %s\n", why);
		ctl_client_free(c);
		return EXIT_FAILED;
	}
	json_object_put(o);
	while ((o = ctl_client_next(c))) {
		print_event(ctx, o);
		json_object_put(o);
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
	char *end;

	if (ctx->argc) {
		id = (uint32_t)strtoul(ctx->argv[0], &end, 10);
		if (*end || !id) {
			fprintf(stderr, "tunctl: '%s' is not a session ID\n",
				ctx->argv[0]);
			return EXIT_USAGE;
		}
	}
	answer = src_agent(ctx, CTL_CMD_CLEAR, id, false);
	if (!answer)
		return EXIT_FAILED;
	if (ctx->json)
		puts(json_object_to_json_string(answer));
	else
		printf("%" PRIu64 " session%s cleared\n",
		       json_number(answer, "cleared"),
		       json_number(answer, "cleared") == 1 ? "" : "s");
	json_object_put(answer);
	return EXIT_OK;
}
