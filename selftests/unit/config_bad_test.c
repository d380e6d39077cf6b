// SPDX-License-Identifier: GPL-2.0
/*
 * agent/config: each file of config/bad has one thing wrong and says, in lines
 * that begin with "# expect: ", what the loader must say to it, word for word.
 */

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "config_files.h"

#define BAD	"selftests/unit/config/bad"
#define MARK	"# expect: "

/* "16: text" is about the file itself, anything else is printed as it is. */
static void add_expected(const char *line, size_t len, const char *name,
			 char *out, size_t size)
{
	size_t at = strlen(out);
	const char *prefix = *line >= '0' && *line <= '9' ? name : "";

	snprintf(out + at, size - at, "%s%s%s%.*s", at ? "\n" : "", prefix,
		 *prefix ? ":" : "", (int)len, line);
}

static void expected(const char *text, const char *name, char out[CFG_ERROR])
{
	const char *line = text;

	out[0] = '\0';
	while (line && *line) {
		size_t len = strcspn(line, "\n");

		if (strncmp(line, MARK, strlen(MARK)) == 0)
			add_expected(line + strlen(MARK), len - strlen(MARK),
				     name, out, CFG_ERROR);
		line += len + (line[len] == '\n');
	}
}

static void one_file(void **state)
{
	const char *name = *state;
	char path[TOP_PATH], sub[TOP_PATH], want[CFG_ERROR], got[CFG_ERROR];
	struct cfg *cfg;
	char *text;

	snprintf(sub, sizeof(sub), BAD "/%s", name);
	text = read_text(top_path(sub, path));
	expected(text, name, want);
	cfg = cfg_load_text(text, name, got);
	free(text);
	if (cfg) {
		cfg_free(cfg);
		fail_msg("%s was accepted", name);
	}
	if (strcmp(got, want))
		fail_msg("%s\n   said: %s\nexpected: %s", name, got, want);
	/* No message quotes a key. */
	assert_null(strstr(got, "cisco"));
}

static int wanted(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

/* A test for each file, so that one failure does not hide the others. */
int main(void)
{
	struct CMUnitTest *tests;
	struct dirent **list;
	char path[TOP_PATH];
	int i, n, failed;

	n = scandir(top_path(BAD, path), &list, wanted, alphasort);
	if (n <= 0) {
		fprintf(stderr, "no files in %s\n", path);
		return 1;
	}
	tests = calloc((size_t)n, sizeof(*tests));
	if (!tests)
		return 1;
	for (i = 0; i < n; i++) {
		tests[i].name = list[i]->d_name;
		tests[i].test_func = one_file;
		tests[i].initial_state = list[i]->d_name;
	}
	failed = _cmocka_run_group_tests("config_bad", tests, (size_t)n, NULL,
					 NULL);
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	free(tests);
	return failed;
}
