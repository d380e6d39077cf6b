// SPDX-License-Identifier: GPL-2.0
/*
 * show sks profile: key sources, whether they answer and how fast.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl_proto.h"
#include "js.h"
#include "out.h"
#include "tunctl.h"

#define WIDTH	24

static const char *or_none(const char *text)
{
	return *text ? text : "Not known";
}

static void times_line(struct json_object *t)
{
	if (js_number(t, "answers"))
		out_field(WIDTH, "Response Time (ms)", "min %" PRIu64
			  ", avg %" PRIu64 ", max %" PRIu64 ", last %" PRIu64,
			  js_number(t, "min-ms"), js_number(t, "avg-ms"),
			  js_number(t, "max-ms"), js_number(t, "last-ms"));
	else
		out_field(WIDTH, "Response Time (ms)", "no answer yet");
}

static void server_screen(struct json_object *s)
{
	char since[OUT_TIME];

	out_rule('-');
	out_field(WIDTH, "KME Server", "%s port %" PRIu64 "%s",
		  js_text(s, "address"), js_number(s, "port"),
		  js_truth(s, "in-use") ? " (in use)" : "");
	out_field(WIDTH, "Status", "%s since %s", js_text(s, "status"),
		  out_time(js_number(s, "since-ms"), since));
	if (*js_text(s, "why"))
		out_field(WIDTH, "Reason", "%s", js_text(s, "why"));
	out_field(WIDTH, "Local System ID", "%s",
		  or_none(js_text(s, "local-system-id")));
	out_field(WIDTH, "Remote System ID", "%s",
		  or_none(js_text(s, "remote-system-id")));
	if (*js_text(s, "algorithm"))
		out_field(WIDTH, "Algorithm", "%s", js_text(s, "algorithm"));
	times_line(js_child(s, "response-time"));
}

static void counter_lines(struct json_object *counters)
{
	bool any = false;

	json_object_object_foreach(counters, name, value) {
		if (!json_object_get_uint64(value))
			continue;
		if (!any)
			out_rule('-');
		any = true;
		out_field(WIDTH, name, "%" PRIu64,
			  json_object_get_uint64(value));
	}
}

static void profile_screen(struct json_object *p)
{
	struct json_object *servers = js_child(p, "servers");
	size_t i;

	out_field(WIDTH, "Profile Name", "%s", js_text(p, "name"));
	out_rule('=');
	out_field(WIDTH, "Type", "Remote, %s", js_text(p, "protocol"));
	out_field(WIDTH, "Status", "%s", js_text(p, "status"));
	out_field(WIDTH, "Authentication", "%s", js_text(p, "authentication"));
	out_field(WIDTH, "VRF", "%s", js_text(p, "vrf"));
	out_field(WIDTH, "Key Size (bits)", "%" PRIu64,
		  js_number(p, "key-size"));
	out_field(WIDTH, "Keys Ready/Prefetch", "%" PRIu64 "/%" PRIu64,
		  js_number(p, "keys-ready"), js_number(p, "prefetch"));
	out_field(WIDTH, "Requests Pending", "%" PRIu64,
		  js_number(p, "pending"));
	for (i = 0; i < js_length(servers); i++)
		server_screen(js_at(servers, i));
	counter_lines(js_child(p, "counters"));
	out_line("");
}

/* Those named @name; all without one. To be put. */
static struct json_object *select_profiles(struct json_object *list,
					   const char *name)
{
	struct json_object *all = json_object_new_array(), *p;
	size_t i;

	for (i = 0; i < js_length(list); i++) {
		p = js_at(list, i);
		if (!name || strcmp(name, js_text(p, "name")) == 0)
			json_object_array_add(all, json_object_get(p));
	}
	return all;
}

/** show_sks_profile - show sks profile [NAME] */
int show_sks_profile(struct context *ctx)
{
	const char *name = ctx->argc ? ctx->argv[0] : NULL;
	struct json_object *answer, *list;
	int status = EXIT_OK;
	size_t i;

	answer = src_agent(ctx, CTL_CMD_SKS, 0, false);
	if (!answer)
		return EXIT_FAILED;
	list = select_profiles(js_child(answer, "sks-profiles"), name);
	if (name && !js_length(list)) {
		fprintf(stderr, "tunctl: there is no sks profile '%s'\n", name);
		status = EXIT_FAILED;
	} else if (ctx->json) {
		js_print(list);
	} else {
		out_timestamp();
		for (i = 0; i < js_length(list); i++)
			profile_screen(js_at(list, i));
	}
	json_object_put(list);
	json_object_put(answer);
	return status;
}
