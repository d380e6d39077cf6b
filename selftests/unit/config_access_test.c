// SPDX-License-Identifier: GPL-2.0
/*
 * agent/config: who may own a file, who may read it, what may be included.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "config_files.h"

static char dir[TOP_PATH];

static int setup(void **state)
{
	make_scratch(dir);
	return 0;
}

static int teardown(void **state)
{
	remove_scratch(dir);
	return 0;
}

static void good(const char *path)
{
	char error[CFG_ERROR];
	struct cfg *cfg = cfg_load(path, error);

	if (!cfg)
		fail_msg("%s", error);
	cfg_free(cfg);
}

static void bad(const char *path, const char *why)
{
	char error[CFG_ERROR];
	struct cfg *cfg = cfg_load(path, error);

	cfg_free(cfg);
	if (cfg)
		fail_msg("accepted, though %s", why);
	if (!strstr(error, why))
		fail_msg("expected \"%s\" in: %s", why, error);
}

static void modes(void **state)
{
	static const mode_t closed[] = { 0600, 0400, 0700 };
	static const mode_t open[] = { 0640, 0604, 0620, 0602, 0610, 0601, 0644,
				       0666, 0777 };
	char path[TOP_PATH], why[32];
	size_t i;

	for (i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		good(write_file(dir, "a.conf", "fips-mode = false;\n",
				closed[i], path));
	for (i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		write_file(dir, "a.conf", "fips-mode = false;\n", open[i], path);
		snprintf(why, sizeof(why), "mode is %04o", open[i]);
		bad(path, why);
	}
}

static void owners(void **state)
{
	char path[TOP_PATH];

	write_file(dir, "a.conf", "fips-mode = false;\n", 0600, path);
	good(path);
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(path, 1, 0), 0);
	bad(path, "belongs to user 1; expected root");
	/* A group of strangers has no rights by the mode: let it be. */
	assert_int_equal(chown(path, 0, 1), 0);
	good(path);
}

static void kinds(void **state)
{
	char path[TOP_PATH + 16], target[TOP_PATH];

	snprintf(path, sizeof(path), "%s/none.conf", dir);
	bad(path, "cannot be opened: No such file or directory");
	bad(dir, "not a regular file");
	write_file(dir, "target.conf", "fips-mode = false;\n", 0600, target);
	snprintf(path, sizeof(path), "%s/link.conf", dir);
	assert_int_equal(symlink(target, path), 0);
	bad(path, "is a symbolic link");
	/* Without a writer: must not block. */
	snprintf(path, sizeof(path), "%s/fifo.conf", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	bad(path, "not a regular file");
}

static void octets(void **state)
{
	char path[TOP_PATH];
	FILE *f;

	write_file(dir, "nul.conf", "", 0600, path);
	f = fopen(path, "w");
	assert_non_null(f);
	fwrite("log-level = \"info\";\0fips-mode = true;\n", 1, 38, f);
	fclose(f);
	bad(path, "contains a NUL octet");
}

static void includes(void **state)
{
	static const char keys[] =
		"keyrings = ( { name = \"k\"; peers = ( { name = \"b\";"
		"address = \"198.51.100.19\"; pre-shared-key = \"secret\"; } ); } );\n";
	char main_path[TOP_PATH], path[TOP_PATH], text[2 * TOP_PATH];
	char error[CFG_ERROR];
	struct cfg *cfg;

	/* Searched beside the file that includes, not where we run. */
	write_file(dir, "main.conf", "log-level = \"debug\";\n"
		   "@include \"keys.conf\"\nfips-mode = false;\n", 0600,
		   main_path);
	write_file(dir, "keys.conf", keys, 0600, path);
	cfg = cfg_load(main_path, error);
	if (!cfg)
		fail_msg("%s", error);
	assert_int_equal(cfg->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(cfg->keyring_count, 1);
	cfg_free(cfg);

	/* The rule of access holds for it as well. */
	write_file(dir, "keys.conf", keys, 0640, path);
	bad(main_path, "keys.conf: mode is 0640");
	/* A problem in it is told with its own name and line. */
	write_file(dir, "keys.conf", "\n\nkeyring = ();\n", 0600, path);
	bad(main_path, "keys.conf:3: unknown setting \"keyring\"");
	write_file(dir, "keys.conf", "\n=\n", 0600, path);
	bad(main_path, "keys.conf:2: syntax error");
	write_file(dir, "keys.conf", "@include \"main.conf\"\n", 0600, path);
	bad(main_path, "nest too deeply");
	unlink(path);
	bad(main_path, "keys.conf: cannot be opened");

	write_file(dir, "keys.conf", keys, 0600, path);
	snprintf(text, sizeof(text), "@include \"%s\"\n", path);
	bad(write_file(dir, "main.conf", text, 0600, main_path),
	    "main.conf:1: @include with a name that begins with a slash");
	/* Not in a comment, nor in a string. */
	good(write_file(dir, "main.conf", "# @include \"none\"\n"
			"/* \n@include \"none\"\n*/\n"
			"@include \"./keys.conf\"\n", 0600, main_path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(modes, setup, teardown),
		cmocka_unit_test_setup_teardown(owners, setup, teardown),
		cmocka_unit_test_setup_teardown(kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(octets, setup, teardown),
		cmocka_unit_test_setup_teardown(includes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
