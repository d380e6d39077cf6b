// SPDX-License-Identifier: GPL-2.0
/*
 * tunctl: the table of commands, and words that may be shortened as on a
 * router.
 */

#include <stdio.h>
#include <string.h>

#include "ctl/ctl_proto.h"
#include "tunctl.h"

#define VERSION		"0.1"
#define MAX_WORDS	3

/** struct command - its words, its function, what `help` says */
struct command {
	const char *word[MAX_WORDS + 1];
	const char *args;
	int max_args;
	int (*fn)(struct context *ctx);
	const char *help;
};

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
	{ { "show", "interface" }, "[IF]", 1, show_interface,
	  "counters and the reasons of drops" },
	{ { "why" }, "[IF]", 1, cmd_why,
	  "what is wrong with a tunnel and what to change" },
	{ { "monitor" }, "", 0, cmd_monitor, "events as they happen" },
	{ { "clear", "ikev2", "session" }, "[N]", 1, cmd_clear_session,
	  "delete sessions; initiators connect anew" },
	{ { "help" }, "", 0, cmd_help, "this list" },
	{ { "version" }, "", 0, cmd_version, "the version" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int cmd_help(struct context *ctx)
{
	char line[80];
	size_t i;
	int w;

	puts("usage: tunctl [--json] [--control PATH] COMMAND\n");
	for (i = 0; i < COMMANDS; i++) {
		line[0] = '\0';
		for (w = 0; commands[i].word[w]; w++) {
			strcat(line, commands[i].word[w]);
			strcat(line, " ");
		}
		strcat(line, commands[i].args);
		printf("  %-44s %s\n", line, commands[i].help);
	}
	puts("\nWords may be shortened as long as they stay unambiguous: sh ik ses det");
	return EXIT_OK;
}

static int cmd_version(struct context *ctx)
{
	puts("tunctl " VERSION);
	return EXIT_OK;
}

/* A shortened word fits; the whole word fits best. */
static bool fits(const char *given, const char *full)
{
	return strncmp(given, full, strlen(given)) == 0;
}

/* How many words of the command the arguments give; 0 when one differs. */
static int matched_words(const struct command *c, int argc, char **argv)
{
	int w;

	for (w = 0; c->word[w] && w < argc; w++)
		if (!fits(argv[w], c->word[w]))
			return 0;
	return w;
}

static bool is_exact(const struct command *c, char **argv, int words)
{
	int w;

	for (w = 0; w < words; w++)
		if (strcmp(argv[w], c->word[w]))
			return false;
	return true;
}

/* How many leading words fit any command. */
static int fitting_words(int argc, char **argv)
{
	int best = 0, w;
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		for (w = 0; w < argc && commands[i].word[w] &&
			    fits(argv[w], commands[i].word[w]); w++)
			;
		best = w > best ? w : best;
	}
	return best;
}

/* The words that could stand at place @at, behind those that fit. */
static void print_choices(int at, char **argv, const char *start)
{
	const char *last = "";
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		const char *word = commands[i].word[at];

		if ((at && matched_words(&commands[i], at, argv) != at) ||
		    !word || !fits(start, word) || strcmp(last, word) == 0)
			continue;
		last = word;
		fprintf(stderr, " %s", word);
	}
	fputc('\n', stderr);
}

static void explain_words(int argc, char **argv, bool ambiguous)
{
	int best = fitting_words(argc, argv);

	if (ambiguous) {
		fprintf(stderr, "tunctl: '%s' is ambiguous: it may be",
			argv[best - 1]);
		print_choices(best - 1, argv, argv[best - 1]);
	} else if (best < argc) {
		fprintf(stderr, "tunctl: unknown word '%s': expected one of",
			argv[best]);
		print_choices(best, argv, "");
	} else {
		fputs("tunctl: the command is incomplete: expected one of",
		      stderr);
		print_choices(best, argv, "");
	}
}

/* The one command that the words mean; NULL after a sentence. */
static const struct command *find_command(int argc, char **argv, int *words)
{
	const struct command *found = NULL;
	bool ambiguous = false;
	size_t i;
	int n;

	for (i = 0; i < COMMANDS; i++) {
		n = matched_words(&commands[i], argc, argv);
		if (!n || commands[i].word[n])
			continue;
		if (is_exact(&commands[i], argv, n)) {
			*words = n;
			return &commands[i];
		}
		ambiguous |= found != NULL;
		found = &commands[i];
		*words = n;
	}
	if (found && !ambiguous)
		return found;
	explain_words(argc, argv, ambiguous);
	return NULL;
}

static int run(const struct command *c, struct context *ctx)
{
	/* "interface" may stand before the name of one. */
	if (c->fn == show_ipsec_sa && ctx->argc == 2 &&
	    fits(ctx->argv[0], "interface")) {
		ctx->argc--;
		ctx->argv++;
	}
	if (ctx->argc > c->max_args) {
		fprintf(stderr, "tunctl: unexpected '%s'; this takes %s\n",
			ctx->argv[c->max_args], *c->args ? c->args :
			"no arguments");
		return EXIT_USAGE;
	}
	return c->fn(ctx);
}

int main(int argc, char **argv)
{
	struct context ctx = { .control = CTL_SOCKET_PATH };
	const struct command *c;
	int words = 0;

	for (argc--, argv++; argc && argv[0][0] == '-'; argc--, argv++) {
		if (strcmp(argv[0], "--json") == 0 ||
		    strcmp(argv[0], "-j") == 0) {
			ctx.json = true;
		} else if (strcmp(argv[0], "--control") == 0 && argc > 1) {
			ctx.control = argv[1];
			argc--;
			argv++;
		} else if (strcmp(argv[0], "--help") == 0) {
			return cmd_help(&ctx);
		} else {
			fprintf(stderr,
				"tunctl: unknown option '%s': expected --json, --control PATH or --help\n",
				argv[0]);
			return EXIT_USAGE;
		}
	}
	/* --json may also stand at the end, where one thinks of it. */
	if (argc && strcmp(argv[argc - 1], "--json") == 0) {
		ctx.json = true;
		argc--;
	}
	c = find_command(argc, argv, &words);
	if (!c)
		return EXIT_USAGE;
	ctx.argc = argc - words;
	ctx.argv = argv + words;
	return run(c, &ctx);
}
