// SPDX-License-Identifier: GPL-2.0
/*
 * show ikev2 session, sa and summary, from the agent.
 */

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl_proto.h"
#include "tunctl.h"

#define WIDTH	27

static void print_json(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					       JSON_C_TO_STRING_SPACED));
}

static const char *quantum_text(struct json_object *s)
{
	const char *kind = json_text(s, "quantum-resistance");

	if (strcmp(kind, "manual") == 0)
		return "Enabled with manual PPK";
	if (strcmp(kind, "dynamic") == 0)
		return "Enabled with dynamic PPK";
	return "Disabled";
}

/* The lines that every screen of an IKE SA has. */
static void sa_lines(struct json_object *s)
{
	out_field(WIDTH, "Local", "%s/%" PRIu64, json_text(s, "local"),
		  json_number(s, "local-port"));
	out_field(WIDTH, "Remote", "%s/%" PRIu64, json_text(s, "remote"),
		  json_number(s, "remote-port"));
	out_field(WIDTH, "Status(Description)", "%s (%s)",
		  json_text(s, "state"), json_text(s, "description"));
	out_field(WIDTH, "Role", "%s", json_text(s, "role"));
	out_field(WIDTH, "Fvrf", "%s", json_text(s, "fvrf"));
	out_field(WIDTH, "Quantum resistance", "%s", quantum_text(s));
}

/* 16 upper-case digits without prefix, as the router prints IKE SPIs. */
static void spi_line(const char *label, const char *spi)
{
	char text[17];
	size_t i;

	for (i = 0; i < 16 && spi[i] && spi[i + 2]; i++)
		text[i] = (char)toupper((unsigned char)spi[i + 2]);
	text[i] = '\0';
	out_field(WIDTH, label, "%s", text);
}

static void detail_lines(struct json_object *s)
{
	out_field(WIDTH, "Encryption/Keysize", "%s/%" PRIu64,
		  json_text(s, "encryption"), json_number(s, "key-bits"));
	out_field(WIDTH, "PRF/Hash/DH Group", "%s/%s/%" PRIu64,
		  json_text(s, "prf"), json_text(s, "integrity"),
		  json_number(s, "dh-group"));
	out_field(WIDTH, "Authentication(Sign/Verify)", "%s/%s",
		  json_text(s, "auth-local"), json_text(s, "auth-remote"));
	out_field(WIDTH, "Life/Active Time(sec)", "%" PRIu64 "/%" PRIu64,
		  json_number(s, "lifetime"), json_number(s, "age"));
	out_field(WIDTH, "Session ID", "%" PRIu64,
		  json_number(s, "session-id"));
	spi_line("Local SPI", json_text(s, "spi-local"));
	spi_line("Remote SPI", json_text(s, "spi-remote"));
	out_field(WIDTH, "Local ID", "%s", json_text(s, "local-id"));
	out_field(WIDTH, "Remote ID", "%s", json_text(s, "remote-id"));
}

static void selector_line(const char *label, struct json_object *ts)
{
	out_field(WIDTH, label, "%s/%" PRIu64 " - %s/%" PRIu64,
		  json_text(ts, "start"), json_number(ts, "port-start"),
		  json_text(ts, "end"), json_number(ts, "port-end"));
}

static void child_lines(struct json_object *c, bool detail)
{
	out_line("");
	out_line("Child SA");
	out_rule('-');
	selector_line("Local Selector", json_child(c, "local-selector"));
	selector_line("Remote Selector", json_child(c, "remote-selector"));
	out_field(WIDTH, "ESP SPI IN/OUT", "%s / %s", json_text(c, "spi-in"),
		  json_text(c, "spi-out"));
	if (!detail)
		return;
	out_field(WIDTH, "Encryption", "%s", json_text(c, "encryption"));
	out_field(WIDTH, "Keysize", "%" PRIu64, json_number(c, "key-bits"));
	out_field(WIDTH, "ESP HMAC", "%s", json_text(c, "integrity"));
}

static void session_screen(struct json_object *s, bool detail)
{
	struct json_object *children = json_child(s, "children");
	size_t n = children ? json_object_array_length(children) : 0, i;
	bool up = json_truth(s, "established") && n;

	out_field(WIDTH, "Session ID", "%" PRIu64,
		  json_number(s, "session-id"));
	out_rule('=');
	out_field(WIDTH, "Status", "%s", up ? "UP-ACTIVE" :
		  json_truth(s, "established") ? "UP-IDLE" : "DOWN-NEGOTIATING");
	out_field(WIDTH, "IKE Count", "1");
	out_field(WIDTH, "Child Count", "%zu", n);
	out_field(WIDTH, "IKE SA ID", "%" PRIu64, json_number(s, "ike-sa-id"));
	out_rule('-');
	sa_lines(s);
	if (detail)
		detail_lines(s);
	for (i = 0; i < n; i++)
		child_lines(json_object_array_get_idx(children, i), detail);
	out_line("");
}

/** struct session_args - what stood behind "session" */
struct session_args {
	uint32_t id;
	bool detail;
};

static bool prefix_of(const char *word, const char *full)
{
	return *word && strncmp(word, full, strlen(word)) == 0;
}

static int parse_args(const struct context *ctx, struct session_args *a)
{
	char *end;
	int i;

	*a = (struct session_args){ 0, false };
	for (i = 0; i < ctx->argc; i++) {
		if (prefix_of(ctx->argv[i], "detail")) {
			a->detail = true;
		} else if (prefix_of(ctx->argv[i], "session-id") &&
			   i + 1 < ctx->argc) {
			a->id = (uint32_t)strtoul(ctx->argv[++i], &end, 10);
			if (*end || !a->id)
				return EXIT_USAGE;
		} else {
			return EXIT_USAGE;
		}
	}
	return EXIT_OK;
}

static int usage(const char *what)
{
	fprintf(stderr, "tunctl: usage: tunctl %s\n", what);
	return EXIT_USAGE;
}

/** show_ikev2_session - show ikev2 session [session-id N] [detail] */
int show_ikev2_session(struct context *ctx)
{
	struct json_object *answer, *list;
	struct session_args args;
	size_t i;

	if (parse_args(ctx, &args))
		return usage("show ikev2 session [session-id N] [detail]");
	answer = src_agent(ctx, CTL_CMD_SESSIONS, args.id, false);
	if (!answer)
		return EXIT_FAILED;
	list = json_child(answer, "sessions");
	if (ctx->json) {
		print_json(list);
	} else {
		out_timestamp();
		for (i = 0; i < json_object_array_length(list); i++)
			session_screen(json_object_array_get_idx(list, i),
				       args.detail);
	}
	json_object_put(answer);
	return EXIT_OK;
}

/** show_ikev2_sa - show ikev2 sa */
int show_ikev2_sa(struct context *ctx)
{
	struct json_object *answer, *list, *s;
	size_t i;

	answer = src_agent(ctx, CTL_CMD_SESSIONS, 0, false);
	if (!answer)
		return EXIT_FAILED;
	list = json_child(answer, "sessions");
	if (ctx->json) {
		print_json(list);
	} else {
		out_timestamp();
		for (i = 0; i < json_object_array_length(list); i++) {
			s = json_object_array_get_idx(list, i);
			out_field(WIDTH, "IKE SA ID", "%" PRIu64,
				  json_number(s, "ike-sa-id"));
			out_rule('-');
			sa_lines(s);
			out_line("");
		}
	}
	json_object_put(answer);
	return EXIT_OK;
}

static void summary_line(const char *label, uint64_t active, uint64_t neg)
{
	printf("%s (Active/Negotiation) : %" PRIu64 " (%" PRIu64 "/%" PRIu64
	       ")\n", label, active + neg, active, neg);
}

/** show_ikev2_summary - show ikev2 summary */
int show_ikev2_summary(struct context *ctx)
{
	struct json_object *a = src_agent(ctx, CTL_CMD_SUMMARY, 0, false);
	uint64_t out, neg_out, in, neg_in;

	if (!a)
		return EXIT_FAILED;
	if (ctx->json) {
		print_json(a);
		json_object_put(a);
		return EXIT_OK;
	}
	out = json_number(a, "active-out");
	neg_out = json_number(a, "negotiating-out");
	in = json_number(a, "active-in");
	neg_in = json_number(a, "negotiating-in");
	out_line("IKEv2 Session Summary");
	out_rule('-');
	summary_line("Total Sa", out + in, neg_out + neg_in);
	summary_line("Total Outgoing Sa", out, neg_out);
	summary_line("Total Incoming Sa", in, neg_in);
	printf("FIPS Mode : %s\n", json_truth(a, "fips-mode") ? "Enabled" :
								"Disabled");
	json_object_put(a);
	return EXIT_OK;
}
