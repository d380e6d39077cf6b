// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration reference and tunneld.conf(5) against the table of keys:
 * each setting stands in the section of its group with the type, range and
 * default of the table, and nothing stands there that the table does not have.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/keys.h"
#include "config_files.h"

/*
 * Both are brought to one plain form: "\n.SS TITLE\n" before a section,
 * "\n<NAME> (DESCRIPTION)\n" before an entry, "<WORD>" for a word.
 */
static void replace(char *text, const char *from, const char *to)
{
	size_t len = strlen(from), new = strlen(to);
	char *at;

	assert_true(new <= len);
	for (at = strstr(text, from); at; at = strstr(at, from)) {
		memcpy(at, to, new);
		memmove(at + new, at + len, strlen(at + len) + 1);
		at += new;
	}
}

static char *plain_page(char *text)
{
	replace(text, "\\fB", "<");
	replace(text, "\\fP", ">");
	replace(text, "\\-", "-");
	replace(text, "\n.TP\n", "\n");
	replace(text, "\n.SH ", "\n.SS ");
	return text;
}

/* "``word``", and titles underlined with "-". */
static char *plain_reference(char *text)
{
	char *out = calloc(2, strlen(text) + 1), *line = text;
	size_t at = 0;

	assert_non_null(out);
	while (*line) {
		size_t len = strcspn(line, "\n");
		const char *below = line + len + (line[len] == '\n');

		if (strncmp(below, "---", 3) == 0)
			at += (size_t)sprintf(out + at, ".SS ");
		memcpy(out + at, line, (size_t)(below - line));
		at += (size_t)(below - line);
		line += below - line;
	}
	free(text);
	replace(out, " ``", " <");
	replace(out, "\n``", "\n<");
	replace(out, "``", ">");
	return out;
}

static char *section_text(const char *manual, const struct section *s)
{
	char title[KEY_PATH + 16];
	const char *at, *end;

	snprintf(title, sizeof(title), "\n.SS %s\n",
		 *s->path ? s->path : "Top level");
	at = strstr(manual, title);
	if (!at)
		fail_msg("there is no section %s", title + 5);
	at += strlen(title) - 1;
	end = strstr(at, "\n.SS ");
	return end ? strndup(at, (size_t)(end - at) + 1) : strdup(at);
}

static void check_words(const struct key *key, const char *text)
{
	char want[80];
	const char *word;
	size_t i;

	for (i = 0; (word = key->words(i)); i++) {
		snprintf(want, sizeof(want), "<%s>", word);
		if (*word && !strstr(text, want))
			fail_msg("%s: the word %s is missing", key->name, word);
	}
}

static unsigned int check_section(const char *manual, const struct section *s)
{
	char describe[KEY_DESCRIBE], want[KEY_DESCRIBE + 80];
	char *text = section_text(manual, s);
	const struct key *key;
	unsigned int count = 0;

	for (key = s->keys; key->name; key++) {
		snprintf(want, sizeof(want), "\n<%s> (%s)\n", key->name,
			 key_describe(key, describe));
		if (!strstr(text, want))
			fail_msg("section %s lacks the line%s", s->path, want);
		if (key->words)
			check_words(key, text);
		if (key->section)
			count += check_section(manual, key->section);
		count++;
	}
	free(text);
	return count;
}

/* Entries from the first section on: "<", a name, "> (". */
static unsigned int count_entries(const char *manual)
{
	const char *at = strstr(manual, "\n.SS Top level\n");
	unsigned int count = 0;

	assert_non_null(at);
	while ((at = strstr(at + 1, "\n<"))) {
		const char *end = at + 1 + strcspn(at + 1, ">\n");

		count += strncmp(end, "> (", 3) == 0;
	}
	return count;
}

static void check_manual(const char *manual)
{
	assert_int_equal(check_section(manual, &section_root),
			 count_entries(manual));
}

static void configuration_reference(void **state)
{
	char path[TOP_PATH];
	char *text = plain_reference(read_text(
			top_path("Documentation/configuration.rst", path)));

	check_manual(text);
	free(text);
}

static void manual_page(void **state)
{
	char path[TOP_PATH];
	char *text = plain_page(read_text(
			top_path("Documentation/tunneld.conf.5", path)));

	check_manual(text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configuration_reference),
		cmocka_unit_test(manual_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
