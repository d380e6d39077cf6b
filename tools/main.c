// SPDX-License-Identifier: GPL-2.0
/*
 * tunctl: the table of commands. What a command does is in the file of its
 * noun or verb.
 */

#include <stdio.h>
#include <string.h>

#include "ctl/ctl_proto.h"
#include "js.h"
#include "tunctl.h"
#include "util/version.h"
#include "words.h"

static int cmd_help(struct context *ctx);
static int cmd_version(struct context *ctx);

static const struct command commands[] = {
	{ { "show", "ipsec", "sa" }, "[interface IF]", 2, show_ipsec_sa,
	  "SAs of the module, with tunneld running or not" },
	{ { "show", "ikev2", "session" }, "[session-id N] [detail]", 3,
	  show_ikev2_session, "IKE SAs with their child SAs" },
	{ { "show", "ikev2", "sa" }, "", 0, show_ikev2_sa, "IKE SAs alone" },
	{ { "show", "ikev2", "summary" }, "", 0, show_ikev2_summary,
	  "how many IKE SAs in which state" },
	{ { "show", "ikev2", "counters" }, "", 0, show_ikev2_counters,
	  "messages and notifies of each kind, refusals" },
	{ { "show", "keyring" }, "[NAME]", 1, show_keyring,
	  "peers, and digests of their keys" },
	{ { "show", "sks", "profile" }, "[NAME]", 1, show_sks_profile,
	  "key sources, whether they answer and how fast" },
	{ { "show", "interface" }, "[IF]", 1, show_interface,
	  "counters and the reasons of drops" },
	{ { "show", "ip", "route" }, "[PREFIX]", 1, show_ip_route,
	  "reverse routes, with tunneld running or not" },
	{ { "show", "ipv6", "route" }, "[PREFIX]", 1, show_ipv6_route,
	  "those to IPv6 networks" },
	{ { "why" }, "[IF]", 1, cmd_why,
	  "what is wrong with a tunnel and what to change" },
	{ { "monitor" }, "", 0, cmd_monitor, "events as they happen" },
	{ { "clear", "ikev2", "session" }, "[N]", 1, cmd_clear_session,
	  "delete sessions; initiators connect anew" },
	{ { "ppk", "test" }, "PEER", 1, cmd_ppk_test,
	  "look up or fetch a PPK without touching the tunnel" },
	{ { "reload" }, "", 0, cmd_reload,
	  "read the configuration again and apply what differs" },
	{ { "fips" }, "enable|disable|check", 1, cmd_fips,
	  "FIPS mode, and what it makes of each tunnel" },
	{ { "help" }, "", 0, cmd_help, "this list" },
	{ { "version" }, "", 0, cmd_version, "the version" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))
/* Column at which the list begins to explain. */
#define HELP_COLUMN	46

static int cmd_help(struct context *ctx)
{
	const struct command *c;
	int at, w;

	puts("usage: tunctl [--json] [--control PATH] COMMAND\n");
	for (c = commands; c < commands + COMMANDS; c++) {
		at = printf("  ");
		for (w = 0; c->word[w]; w++)
			at += printf("%s ", c->word[w]);
		at += printf("%s", c->args);
		printf("%*s%s\n", HELP_COLUMN - at, "", c->help);
	}
	puts("\nWords may be shortened as long as they stay unambiguous: sh ik ses det");
	return EXIT_OK;
}

static int cmd_version(struct context *ctx)
{
	struct json_object *o;

	if (!ctx->json) {
		puts("tunctl " TUNNEL_IP_VERSION);
		return EXIT_OK;
	}
	o = json_object_new_object();
	js_put_text(o, "version", TUNNEL_IP_VERSION);
	js_print(o);
	json_object_put(o);
	return EXIT_OK;
}

static void shift(struct context *ctx, int n)
{
	ctx->argc -= n;
	ctx->argv += n;
}

static bool is_one_of(const char *word, const char *full, const char *letter)
{
	return strcmp(word, full) == 0 || strcmp(word, letter) == 0;
}

/*
 * Takes the options off the front, and --json off the end too, where one
 * thinks of it. Return: -1 to go on, else the exit status.
 */
static int parse_options(struct context *ctx)
{
	const char *word;

	for (; ctx->argc && ctx->argv[0][0] == '-'; shift(ctx, 1)) {
		word = ctx->argv[0];
		if (is_one_of(word, "--json", "-j")) {
			ctx->json = true;
		} else if (strcmp(word, "--control") == 0) {
			if (ctx->argc < 2) {
				fputs("tunctl: --control needs a PATH\n",
				      stderr);
				return EXIT_USAGE;
			}
			ctx->control = ctx->argv[1];
			shift(ctx, 1);
		} else if (is_one_of(word, "--help", "-h")) {
			return cmd_help(ctx);
		} else if (is_one_of(word, "--version", "-V")) {
			return cmd_version(ctx);
		} else {
			fprintf(stderr,
				"tunctl: unknown option '%s': expected --json, --control PATH, --version or --help\n",
				word);
			return EXIT_USAGE;
		}
	}
	if (ctx->argc && is_one_of(ctx->argv[ctx->argc - 1], "--json", "-j")) {
		ctx->json = true;
		ctx->argc--;
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct context ctx = { .control = CTL_SOCKET_PATH };
	const struct command *c;
	char why[WORDS_WHY];
	int status, words;

	ctx.argc = argc - 1;
	ctx.argv = argv + 1;
	status = parse_options(&ctx);
	if (status >= 0)
		return status;
	c = words_find(commands, COMMANDS, ctx.argc, ctx.argv, &words, why);
	if (!c) {
		fprintf(stderr, "tunctl: %s\n", why);
		return EXIT_USAGE;
	}
	shift(&ctx, words);
	if (ctx.argc > c->max_args) {
		fprintf(stderr, "tunctl: unexpected '%s': expected %s\n",
			ctx.argv[c->max_args],
			*c->args ? c->args : "no arguments");
		return EXIT_USAGE;
	}
	return c->fn(&ctx);
}
