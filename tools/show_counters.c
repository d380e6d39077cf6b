// SPDX-License-Identifier: GPL-2.0
/*
 * show ikev2 counters: what went over the wire, and what was refused.
 */

#include <inttypes.h>
#include <stdio.h>

#include "ctl/ctl_proto.h"
#include "js.h"
#include "out.h"
#include "tunctl.h"

#define WIDTH	32

static uint64_t total(struct json_object *t)
{
	return js_number(t, "tx-requests") + js_number(t, "tx-responses") +
	       js_number(t, "rx-requests") + js_number(t, "rx-responses");
}

/* A table of what was seen; JSON has the rest too. */
static void traffic_table(const char *title, struct json_object *table)
{
	printf("%-*s %10s %10s %10s %10s\n", WIDTH, title, "tx-req",
	       "tx-resp", "rx-req", "rx-resp");
	out_rule('-');
	json_object_object_foreach(table, name, t) {
		if (!total(t))
			continue;
		printf("%-*s %10" PRIu64 " %10" PRIu64 " %10" PRIu64
		       " %10" PRIu64 "\n", WIDTH, name,
		       js_number(t, "tx-requests"),
		       js_number(t, "tx-responses"),
		       js_number(t, "rx-requests"),
		       js_number(t, "rx-responses"));
	}
	out_line("");
}

static void counter_lines(struct json_object *counters)
{
	json_object_object_foreach(counters, name, value) {
		if (json_object_get_uint64(value))
			out_field(WIDTH, name, "%" PRIu64,
				  json_object_get_uint64(value));
	}
	out_rule('-');
}

/** show_ikev2_counters - show ikev2 counters */
int show_ikev2_counters(struct context *ctx)
{
	struct json_object *a = src_agent(ctx, CTL_CMD_COUNTERS, 0, false);

	if (!a)
		return EXIT_FAILED;
	if (ctx->json) {
		js_print(a);
	} else {
		out_timestamp();
		traffic_table("Exchange", js_child(a, "exchanges"));
		traffic_table("Notify", js_child(a, "notifies"));
		counter_lines(js_child(a, "counters"));
	}
	json_object_put(a);
	return EXIT_OK;
}
