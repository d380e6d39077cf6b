// SPDX-License-Identifier: GPL-2.0
/*
 * tools/words.c and main.c: which command words mean, and what is said of
 * words that mean none. The commands themselves are replaced by notes of
 * having been called.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "caught.h"

int tunctl_main(int argc, char **argv);

#define main tunctl_main
#include "../../tools/main.c"
#undef main

static struct context called;
static const char *called_name;

#define NOTE(fn)					\
	int fn(struct context *ctx)			\
	{						\
		called = *ctx;				\
		called_name = #fn;			\
		return EXIT_OK;				\
	}

NOTE(show_ipsec_sa)
NOTE(show_ikev2_session)
NOTE(show_ikev2_sa)
NOTE(show_ikev2_summary)
NOTE(show_ikev2_counters)
NOTE(show_keyring)
NOTE(show_sks_profile)
NOTE(show_interface)
NOTE(show_ip_route)
NOTE(show_ipv6_route)
NOTE(cmd_why)
NOTE(cmd_monitor)
NOTE(cmd_clear_session)
NOTE(cmd_reload)
NOTE(cmd_fips)
NOTE(cmd_ppk_test)

#define MAX_ARGS	10

/* Runs the tool with the words of a line, which are put into @words. */
static int run_line(const char *line, char words[256])
{
	char *argv[MAX_ARGS + 1] = { (char[]){ "tunctl" } }, *word, *state;
	int argc = 1;

	called_name = NULL;
	snprintf(words, 256, "%s", line);
	for (word = strtok_r(words, " ", &state); word && argc < MAX_ARGS;
	     word = strtok_r(NULL, " ", &state))
		argv[argc++] = word;
	called = (struct context){ 0 };
	return tunctl_main(argc, argv);
}

static const struct {
	const char *line;
	const char *fn;
	int argc;
	const char *last;	/* argument */
	bool json;
} understood[] = {
	{ "show ipsec sa", "show_ipsec_sa", 0, NULL, false },
	{ "sh ips sa", "show_ipsec_sa", 0, NULL, false },
	{ "sh ips sa int tunnel-ip1", "show_ipsec_sa", 2, "tunnel-ip1", false },
	{ "show ikev2 session", "show_ikev2_session", 0, NULL, false },
	{ "sh ik ses det", "show_ikev2_session", 1, "det", false },
	{ "sh ik se session-id 3 d", "show_ikev2_session", 3, "d", false },
	/* A whole word wins over one that it begins. */
	{ "sh ik sa", "show_ikev2_sa", 0, NULL, false },
	{ "sh ik su", "show_ikev2_summary", 0, NULL, false },
	{ "sh ik c", "show_ikev2_counters", 0, NULL, false },
	{ "sh k", "show_keyring", 0, NULL, false },
	{ "show keyring kyr1", "show_keyring", 1, "kyr1", false },
	{ "sh sks pro Qkd", "show_sks_profile", 1, "Qkd", false },
	{ "sh in", "show_interface", 0, NULL, false },
	{ "sh ip ro", "show_ip_route", 0, NULL, false },
	{ "sh ipv6 ro 2001:db8::/32", "show_ipv6_route", 1, "2001:db8::/32", false },
	{ "show ip route 10.0.0.0/8", "show_ip_route", 1, "10.0.0.0/8", false },
	{ "sh in show", "show_interface", 1, "show", false },
	{ "why tunnel-ip2", "cmd_why", 1, "tunnel-ip2", false },
	{ "w", "cmd_why", 0, NULL, false },
	{ "m", "cmd_monitor", 0, NULL, false },
	{ "cl ik se 12", "cmd_clear_session", 1, "12", false },
	{ "rel", "cmd_reload", 0, NULL, false },
	{ "fi check", "cmd_fips", 1, "check", false },
	{ "ppk test b", "cmd_ppk_test", 1, "b", false },
	{ "pp te b", "cmd_ppk_test", 1, "b", false },
	{ "-j w", "cmd_why", 0, NULL, true },
	{ "--json show interface", "show_interface", 0, NULL, true },
	{ "show interface tunnel-ip1 --json", "show_interface", 1,
	  "tunnel-ip1", true },
};

static void words_that_mean_a_command(void **state)
{
	char words[256];
	size_t i;

	for (i = 0; i < sizeof(understood) / sizeof(understood[0]); i++) {
		assert_int_equal(run_line(understood[i].line, words), EXIT_OK);
		assert_non_null(called_name);
		assert_string_equal(called_name, understood[i].fn);
		assert_int_equal(called.argc, understood[i].argc);
		assert_int_equal(called.json, understood[i].json);
		assert_string_equal(called.control, CTL_SOCKET_PATH);
		if (called.argc)
			assert_string_equal(called.argv[called.argc - 1],
					    understood[i].last);
	}
}

static const struct {
	const char *line;
	const char *sentence;
} refused[] = {
	{ "", "the command is incomplete: expected one of show, why, monitor, clear, ppk, reload, fips, help, version" },
	{ "show", "the command is incomplete: expected one of ipsec, ikev2, keyring, sks, interface, ip, ipv6" },
	{ "sh ik", "the command is incomplete: expected one of session, sa, summary, counters" },
	{ "sh i", "'i' is ambiguous: it may be ipsec, ikev2, interface, ip, ipv6" },
	{ "sh i sa", "'i' is ambiguous: it may be ipsec, ikev2, interface, ip, ipv6" },
	{ "sh ik s", "'s' is ambiguous: it may be session, sa, summary" },
	{ "shw", "unknown word 'shw': expected one of show, why, monitor, clear, ppk, reload, fips, help, version" },
	{ "show tunnels", "unknown word 'tunnels': expected one of ipsec, ikev2, keyring, sks, interface, ip, ipv6" },
	{ "show ikev2 sas", "unknown word 'sas': expected one of session, sa, summary, counters" },
	{ "Show ipsec sa", "unknown word 'Show': expected one of show, why, monitor, clear, ppk, reload, fips, help, version" },
	{ "monitor now", "unexpected 'now': expected no arguments" },
	{ "why a b", "unexpected 'b': expected [IF]" },
	{ "show ikev2 session session-id 1 detail x",
	  "unexpected 'x': expected [session-id N] [detail]" },
	{ "--jason why", "unknown option '--jason': expected --json, --control PATH, --version or --help" },
	{ "--control", "--control needs a PATH" },
};

static void words_that_mean_none(void **state)
{
	struct caught said;
	char words[256], want[256];
	size_t i;
	int status;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		caught_begin(&said, STDERR_FILENO);
		status = run_line(refused[i].line, words);
		caught_end(&said);
		assert_int_equal(status, EXIT_USAGE);
		assert_null(called_name);
		snprintf(want, sizeof(want), "tunctl: %s\n",
			 refused[i].sentence);
		assert_string_equal(said.text, want);
	}
}

/* An empty word is short for everything, and therefore for nothing. */
static void empty_word(void **state)
{
	char *argv[] = { (char[]){ "tunctl" }, (char[]){ "" },
			 (char[]){ "sa" }, NULL };
	struct caught said;

	called_name = NULL;
	caught_begin(&said, STDERR_FILENO);
	assert_int_equal(tunctl_main(3, argv), EXIT_USAGE);
	caught_end(&said);
	assert_null(called_name);
	assert_ptr_equal(strstr(said.text, "tunctl: unknown word ''"),
			 said.text);
}

static void control_path_is_handed_on(void **state)
{
	char words[256];

	assert_int_equal(run_line("--control /run/r2 --json why", words), 0);
	assert_string_equal(called_name, "cmd_why");
	assert_string_equal(called.control, "/run/r2");
	assert_true(called.json);
}

/* What does not fit into the sentence is cut, the list is not lost. */
static void long_word_is_cut(void **state)
{
	struct caught said;
	char line[200], words[256];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	caught_begin(&said, STDERR_FILENO);
	assert_int_equal(run_line(line, words), EXIT_USAGE);
	caught_end(&said);
	assert_non_null(strstr(said.text, "expected one of show, why"));
}

static void help_lists_every_command(void **state)
{
	struct caught said;
	char words[256];
	size_t i;

	caught_begin(&said, STDOUT_FILENO);
	assert_int_equal(run_line("help", words), EXIT_OK);
	caught_end(&said);
	for (i = 0; i < COMMANDS; i++) {
		assert_non_null(strstr(said.text, commands[i].help));
		assert_non_null(strstr(said.text, commands[i].args));
	}
}

static void version_as_text_and_json(void **state)
{
	struct caught said;
	char words[256];

	caught_begin(&said, STDOUT_FILENO);
	assert_int_equal(run_line("version", words), EXIT_OK);
	assert_string_equal(caught_end(&said),
			    "tunctl " TUNNEL_IP_VERSION "\n");
	caught_begin(&said, STDOUT_FILENO);
	assert_int_equal(run_line("version --json", words), EXIT_OK);
	assert_string_equal(caught_end(&said),
			    "{\n  \"version\": \"" TUNNEL_IP_VERSION "\"\n}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_mean_a_command),
		cmocka_unit_test(words_that_mean_none),
		cmocka_unit_test(empty_word),
		cmocka_unit_test(control_path_is_handed_on),
		cmocka_unit_test(long_word_is_cut),
		cmocka_unit_test(help_lists_every_command),
		cmocka_unit_test(version_as_text_and_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
