// SPDX-License-Identifier: GPL-2.0
/*
 * why: what is wrong with a tunnel and what to change, from the agent if it
 * runs, with what the module has counted.
 */

#include <inttypes.h>
#include <linux/tunnel_ip.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl_proto.h"
#include "js.h"
#include "out.h"
#include "tunctl.h"

static void print_failure(struct json_object *f)
{
	char text[OUT_TIME];

	printf("  At %s: %s.\n", out_time(js_number(f, "time-ms"), text),
	       js_text(f, "sentence"));
}

static void print_plan(struct json_object *t)
{
	uint64_t n = js_number(t, "attempts");
	uint64_t others = js_number(t, "waits-behind");

	if (js_truth(t, "responder-only") && !js_child(t, "retry-in"))
		printf("  It is responder-only: the peer has to connect.\n");
	else if (others)
		printf("  It waits for a place: %" PRIu64
		       " tunnels connect just now, and no more do at a time.\n",
		       others);
	else if (js_child(t, "retry-in"))
		printf("  Next attempt in %" PRIu64 " s; %" PRIu64
		       " attempt%s since it was last up.\n",
		       js_number(t, "retry-in"), n, n == 1 ? "" : "s");
	else if (strcmp(js_text(t, "status"), "no child") == 0)
		printf("  Its IKE SA stands, and a child SA is asked for.\n");
	else
		printf("  Attempt %" PRIu64 " is under way.\n", n);
}

/* What the module has discarded, reason by reason; nothing if nothing. */
static void print_drops(const struct knl_dev_info *dev)
{
	const char *name, *before = "  Packets dropped so far: ";
	unsigned int i;

	for (i = 0; i <= TUNIP_STAT_MAX; i++) {
		name = knl_stat_name(i);
		if (!name || strncmp(name, "drop_", 5) || !dev->stats[i])
			continue;
		printf("%s%s %" PRIu64, before, name + 5, dev->stats[i]);
		before = ", ";
	}
	if (*before == ',')
		printf(".\n");
}

static void explain(struct json_object *t, const struct kernel_list *l)
{
	const char *name = js_text(t, "interface");
	struct json_object *f = js_child(t, "failure");
	bool deleting = strcmp(js_text(t, "status"), "deleting") == 0;
	size_t i;

	if (js_truth(t, "up")) {
		printf("%s is up: %s to %s, IKE session %" PRIu64 ".\n", name,
		       js_text(t, "source"), js_text(t, "destination"),
		       js_number(t, "session-id"));
		if (*js_text(t, "quantum-fallback-text"))
			printf("  It is not quantum-safe, although a PPK is configured: %s.\n",
			       js_text(t, "quantum-fallback-text"));
	} else {
		printf("%s is down (%s): %s to %s.\n", name,
		       js_text(t, "status"), js_text(t, "source"),
		       js_text(t, "destination"));
		if (f)
			print_failure(f);
		if (!deleting)
			print_plan(t);
	}
	/* It may still carry traffic. */
	if (deleting)
		printf("  Its IKE SA is being deleted, and the peer has not answered yet.\n");
	for (i = 0; i < l->dev_count; i++)
		if (strcmp(l->dev[i].name, name) == 0)
			print_drops(&l->dev[i]);
}

/* Of @list what is about @name; all without one. To be put. */
static struct json_object *select_tunnels(struct json_object *list,
					  const char *name)
{
	struct json_object *all = json_object_new_array(), *t;
	size_t i;

	for (i = 0; i < js_length(list); i++) {
		t = js_at(list, i);
		if (!name || strcmp(name, js_text(t, "interface")) == 0)
			json_object_array_add(all, json_object_get(t));
	}
	return all;
}

/* Peers that came and found no tunnel: it may be mistyped here or there. */
static void print_strangers(struct json_object *list)
{
	struct json_object *s;
	char text[OUT_TIME];
	uint64_t n;
	size_t i;

	for (i = 0; i < js_length(list); i++) {
		s = js_at(list, i);
		n = js_number(s, "attempts");
		printf("%s came to %s: %s; check %s. %" PRIu64
		       " attempt%s, the last at %s.\n", js_text(s, "remote"),
		       js_text(s, "local"), js_text(s, "text"),
		       js_text(s, "setting"), n, n == 1 ? "" : "s",
		       out_time(js_number(s, "time-ms"), text));
	}
}

static int why_from_agent(const struct context *ctx, struct json_object *answer,
			  const char *name)
{
	struct json_object *tunnels =
		select_tunnels(js_child(answer, "tunnels"), name);
	struct kernel_list l = { 0 };
	int status = EXIT_OK;
	struct json_object *strangers = js_child(answer, "strangers"), *o;
	size_t i;

	if (name && !js_length(tunnels)) {
		fprintf(stderr,
			"tunctl: tunneld has no interface '%s' in its configuration\n",
			name);
		status = EXIT_FAILED;
	} else if (ctx->json) {
		if (!name && js_length(strangers)) {
			o = json_object_new_object();
			json_object_object_add(o, "strangers",
					       json_object_get(strangers));
			json_object_array_add(tunnels, o);
		}
		js_print(tunnels);
	} else {
		src_kernel(&l, true);
		for (i = 0; i < js_length(tunnels); i++)
			explain(js_at(tunnels, i), &l);
		if (!name)
			print_strangers(strangers);
		src_kernel_free(&l);
	}
	json_object_put(tunnels);
	return status;
}

static void explain_without_agent(const struct knl_dev_info *dev)
{
	printf("%s: tunneld does not run; ", dev->name);
	if (dev->carrier)
		printf("the SAs it left (%u in, %u out) carry traffic until they expire.\n",
		       dev->in_sas, dev->out_sas);
	else
		printf("there is no pair of SAs, so nothing can pass.\n");
	print_drops(dev);
}

static int why_from_kernel(const char *name)
{
	const struct knl_dev_info *dev = NULL;
	struct kernel_list l;
	size_t i;

	if (src_kernel(&l, false)) {
		printf("tunneld does not run.\n");
		goto out_free_list;
	}
	if (name)
		dev = src_find_dev(&l, name);
	else if (!l.dev_count)
		printf("tunneld does not run, and there is no tunnel-ip interface.\n");
	for (i = 0; i < l.dev_count; i++)
		if (!name || dev == &l.dev[i])
			explain_without_agent(&l.dev[i]);
out_free_list:
	src_kernel_free(&l);
	return EXIT_FAILED;
}

/** cmd_why - why [IF] */
int cmd_why(struct context *ctx)
{
	const char *name = ctx->argc ? ctx->argv[0] : NULL;
	struct json_object *answer;
	int status;

	answer = src_agent(ctx, CTL_CMD_TUNNELS, 0, !ctx->json);
	if (!answer)
		return ctx->json ? EXIT_FAILED : why_from_kernel(name);
	status = why_from_agent(ctx, answer, name);
	json_object_put(answer);
	return status;
}
