// SPDX-License-Identifier: GPL-2.0
/*
 * show ikev2 session, sa and summary, from the agent.
 */

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl_proto.h"
#include "js.h"
#include "out.h"
#include "tunctl.h"
#include "words.h"

#define WIDTH	27

/** struct session - the IKE SAs of one session ID, summed up */
struct session {
	uint64_t id;
	size_t ike_count;
	size_t child_count;
	bool established;
};

static const char *quantum_text(struct json_object *s)
{
	const char *kind = js_text(s, "quantum-resistance");

	bool hybrid = js_truth(s, "hybrid");

	if (strcmp(kind, "manual") == 0)
		return hybrid ? "Enabled with manual PPK and ML-KEM" :
				"Enabled with manual PPK";
	if (strcmp(kind, "dynamic") == 0)
		return hybrid ? "Enabled with dynamic PPK and ML-KEM" :
				"Enabled with dynamic PPK";
	return hybrid ? "Enabled with ML-KEM" : "Disabled";
}

/* The lines that every screen of an IKE SA has. */
static void sa_lines(struct json_object *s)
{
	out_field(WIDTH, "Local", "%s/%" PRIu64, js_text(s, "local"),
		  js_number(s, "local-port"));
	out_field(WIDTH, "Remote", "%s/%" PRIu64, js_text(s, "remote"),
		  js_number(s, "remote-port"));
	out_field(WIDTH, "Status(Description)", "%s (%s)",
		  js_text(s, "state"), js_text(s, "description"));
	out_field(WIDTH, "Role", "%s", js_text(s, "role"));
	out_field(WIDTH, "Fvrf", "%s", js_text(s, "fvrf"));
	out_field(WIDTH, "Quantum resistance", "%s", quantum_text(s));
	if (*js_text(s, "additional-ke"))
		out_field(WIDTH, "Additional key exchange", "%s",
			  js_text(s, "additional-ke"));
	if (*js_text(s, "quantum-fallback-text"))
		out_field(WIDTH, "PPK not used", "%s",
			  js_text(s, "quantum-fallback-text"));
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
	if (strcmp(js_text(s, "quantum-resistance"), "disabled"))
		out_field(WIDTH, "PPK exchange", "%s",
			  js_text(s, "quantum-exchange"));
	out_field(WIDTH, "Encryption/Keysize", "%s/%" PRIu64,
		  js_text(s, "encryption"), js_number(s, "key-bits"));
	out_field(WIDTH, "PRF/Hash/DH Group", "%s/%s/%" PRIu64,
		  js_text(s, "prf"), js_text(s, "integrity"),
		  js_number(s, "dh-group"));
	out_field(WIDTH, "Authentication(Sign/Verify)", "%s/%s",
		  js_text(s, "auth-local"), js_text(s, "auth-remote"));
	out_field(WIDTH, "Life/Active Time(sec)", "%" PRIu64 "/%" PRIu64,
		  js_number(s, "lifetime"), js_number(s, "age"));
	out_field(WIDTH, "Session ID", "%" PRIu64,
		  js_number(s, "session-id"));
	spi_line("Local SPI", js_text(s, "spi-local"));
	spi_line("Remote SPI", js_text(s, "spi-remote"));
	out_field(WIDTH, "Local ID", "%s", js_text(s, "local-id"));
	out_field(WIDTH, "Remote ID", "%s", js_text(s, "remote-id"));
}

static void selector_line(const char *label, struct json_object *ts)
{
	out_field(WIDTH, label, "%s/%" PRIu64 " - %s/%" PRIu64,
		  js_text(ts, "start"), js_number(ts, "port-start"),
		  js_text(ts, "end"), js_number(ts, "port-end"));
}

static void child_lines(struct json_object *c, bool detail)
{
	out_line("");
	out_line("Child SA");
	out_rule('-');
	selector_line("Local Selector", js_child(c, "local-selector"));
	selector_line("Remote Selector", js_child(c, "remote-selector"));
	out_field(WIDTH, "ESP SPI IN/OUT", "%s / %s", js_text(c, "spi-in"),
		  js_text(c, "spi-out"));
	if (!detail)
		return;
	out_field(WIDTH, "Encryption", "%s", js_text(c, "encryption"));
	out_field(WIDTH, "Keysize", "%" PRIu64, js_number(c, "key-bits"));
	out_field(WIDTH, "ESP HMAC", "%s", js_text(c, "integrity"));
	if (*js_text(c, "additional-ke"))
		out_field(WIDTH, "Additional key exchange", "%s",
			  js_text(c, "additional-ke"));
}

/* What of the session is in place, in one word. */
static const char *session_status(const struct session *session)
{
	if (!session->established)
		return "DOWN-NEGOTIATING";
	return session->child_count ? "UP-ACTIVE" : "UP-IDLE";
}

static void sa_screen(struct json_object *s, bool detail)
{
	struct json_object *children = js_child(s, "children");
	size_t i;

	out_field(WIDTH, "IKE SA ID", "%" PRIu64, js_number(s, "ike-sa-id"));
	out_rule('-');
	sa_lines(s);
	if (detail)
		detail_lines(s);
	for (i = 0; i < js_length(children); i++)
		child_lines(js_at(children, i), detail);
	out_line("");
}

/*
 * The list is in order of session ID: @session is the part of it from @at on
 * that has one ID, which is more than one IKE SA while they are rekeyed.
 */
static void find_session(struct json_object *list, size_t at,
			 struct session *session)
{
	struct json_object *s = js_at(list, at);

	*session = (struct session){ .id = js_number(s, "session-id") };
	for (; at < js_length(list); at++) {
		s = js_at(list, at);
		if (js_number(s, "session-id") != session->id)
			break;
		session->ike_count++;
		session->child_count += js_length(js_child(s, "children"));
		session->established |= js_truth(s, "established");
	}
}

static void session_screens(struct json_object *list, bool detail)
{
	struct session session;
	size_t at, i;

	for (at = 0; at < js_length(list); at += session.ike_count) {
		find_session(list, at, &session);
		out_field(WIDTH, "Session ID", "%" PRIu64, session.id);
		out_rule('=');
		out_field(WIDTH, "Status", "%s", session_status(&session));
		out_field(WIDTH, "IKE Count", "%zu", session.ike_count);
		out_field(WIDTH, "Child Count", "%zu", session.child_count);
		for (i = at; i < at + session.ike_count; i++)
			sa_screen(js_at(list, i), detail);
	}
}

/** struct session_args - what stood behind "session" */
struct session_args {
	uint32_t id;
	bool detail;
};

static int parse_args(const struct context *ctx, struct session_args *a)
{
	int i;

	*a = (struct session_args){ 0, false };
	for (i = 0; i < ctx->argc; i++) {
		if (words_fit(ctx->argv[i], "detail")) {
			a->detail = true;
		} else if (words_fit(ctx->argv[i], "session-id") &&
			   i + 1 < ctx->argc) {
			if (arg_session_id(ctx->argv[++i], &a->id))
				return EXIT_USAGE;
		} else {
			fprintf(stderr,
				"tunctl: usage: tunctl show ikev2 session [session-id N] [detail]\n");
			return EXIT_USAGE;
		}
	}
	return EXIT_OK;
}

/** show_ikev2_session - show ikev2 session [session-id N] [detail] */
int show_ikev2_session(struct context *ctx)
{
	struct json_object *answer, *list;
	struct session_args args;
	int status = EXIT_OK;

	if (parse_args(ctx, &args))
		return EXIT_USAGE;
	answer = src_agent(ctx, CTL_CMD_SESSIONS, args.id, false);
	if (!answer)
		return EXIT_FAILED;
	list = js_child(answer, "sessions");
	if (args.id && !js_length(list)) {
		fprintf(stderr, "tunctl: there is no session %u\n", args.id);
		status = EXIT_FAILED;
	} else if (ctx->json) {
		js_print(list);
	} else {
		out_timestamp();
		session_screens(list, args.detail);
	}
	json_object_put(answer);
	return status;
}

/** show_ikev2_sa - show ikev2 sa */
int show_ikev2_sa(struct context *ctx)
{
	struct json_object *answer, *list, *s;
	size_t i;

	answer = src_agent(ctx, CTL_CMD_SESSIONS, 0, false);
	if (!answer)
		return EXIT_FAILED;
	list = js_child(answer, "sessions");
	if (ctx->json) {
		js_print(list);
		goto out_put_answer;
	}
	out_timestamp();
	for (i = 0; i < js_length(list); i++) {
		s = js_at(list, i);
		out_field(WIDTH, "IKE SA ID", "%" PRIu64,
			  js_number(s, "ike-sa-id"));
		out_rule('-');
		sa_lines(s);
		out_line("");
	}
out_put_answer:
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
		js_print(a);
		json_object_put(a);
		return EXIT_OK;
	}
	out = js_number(a, "active-out");
	neg_out = js_number(a, "negotiating-out");
	in = js_number(a, "active-in");
	neg_in = js_number(a, "negotiating-in");
	out_line("IKEv2 Session Summary");
	out_rule('-');
	summary_line("Total Sa", out + in, neg_out + neg_in);
	summary_line("Total Outgoing Sa", out, neg_out);
	summary_line("Total Incoming Sa", in, neg_in);
	printf("PPK Sessions (Manual/Dynamic) : %" PRIu64 " (%" PRIu64 "/%" PRIu64 ")\n",
	       js_number(a, "ppk-sessions"),
	       js_number(a, "ppk-manual-sessions"),
	       js_number(a, "ppk-dynamic-sessions"));
	printf("PPK Sessions without their PPK : %" PRIu64 "\n",
	       js_number(a, "ppk-fallback-sessions"));
	/* The mode is a gate of ours; who needs more looks at the two below. */
	printf("FIPS Mode : %s\n", js_truth(a, "fips-mode") ? "Enabled" :
								"Disabled");
	printf("FIPS Provider of libcrypto : %s\n",
	       js_truth(a, "fips-provider") ? "Loaded" : "Not loaded");
	printf("FIPS Flag of the kernel : %s\n",
	       js_truth(a, "fips-kernel") ? "On" : "Off");
	json_object_put(a);
	return EXIT_OK;
}
