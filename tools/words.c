// SPDX-License-Identifier: GPL-2.0
/*
 * Finding a command by its words.
 */

#include "words.h"

#include <stdio.h>
#include <string.h>

/** struct search - a table, and the words settled so far */
struct search {
	const struct command *table;
	size_t count;
	const char *settled[MAX_WORDS];
	int depth;
};

bool words_fit(const char *given, const char *full)
{
	return *given && strncmp(given, full, strlen(given)) == 0;
}

/* The next word of a command that begins with what is settled, or NULL. */
static const char *next_word(const struct search *s, size_t row)
{
	int i;

	for (i = 0; i < s->depth; i++)
		if (!s->table[row].word[i] ||
		    strcmp(s->table[row].word[i], s->settled[i]))
			return NULL;
	return s->table[row].word[s->depth];
}

/* The command that is named in full by what is settled, or NULL. */
static const struct command *settled_command(const struct search *s)
{
	size_t row;
	int i;

	for (row = 0; row < s->count; row++) {
		for (i = 0; i < s->depth && s->table[row].word[i]; i++)
			if (strcmp(s->table[row].word[i], s->settled[i]))
				break;
		if (i == s->depth && !s->table[row].word[i])
			return &s->table[row];
	}
	return NULL;
}

/* A word is offered by several commands, but said once. */
static bool offered_before(const struct search *s, size_t row)
{
	const char *word = next_word(s, row), *other;
	size_t i;

	for (i = 0; i < row; i++) {
		other = next_word(s, i);
		if (other && strcmp(other, word) == 0)
			return true;
	}
	return false;
}

/*
 * The words that @given may be short for, listed behind @why's text.
 * Return: how many; *@found is the last.
 */
static unsigned int list_words(const struct search *s, const char *given,
			       const char **found, char why[WORDS_WHY])
{
	unsigned int n = 0;
	const char *word;
	size_t row, len;

	for (row = 0; row < s->count; row++) {
		word = next_word(s, row);
		if (!word || (given && !words_fit(given, word)) ||
		    offered_before(s, row))
			continue;
		len = strlen(why);
		snprintf(why + len, WORDS_WHY - len, "%s%s", n ? ", " : " ",
			 word);
		*found = word;
		n++;
	}
	return n;
}

static bool is_word(const struct search *s, const char *given)
{
	const char *word;
	size_t row;

	for (row = 0; row < s->count; row++) {
		word = next_word(s, row);
		if (word && strcmp(word, given) == 0)
			return true;
	}
	return false;
}

/* Return: the whole word, or NULL after a sentence. */
static const char *settle(const struct search *s, const char *given,
			  char why[WORDS_WHY])
{
	const char *found = NULL;
	unsigned int n;

	if (is_word(s, given))
		return given;
	snprintf(why, WORDS_WHY, "'%.40s' is ambiguous: it may be", given);
	n = list_words(s, given, &found, why);
	if (n == 1)
		return found;
	if (n == 0) {
		snprintf(why, WORDS_WHY,
			 "unknown word '%.40s': expected one of", given);
		list_words(s, NULL, &found, why);
	}
	return NULL;
}

const struct command *words_find(const struct command *table, size_t count,
				 int argc, char **argv, int *used,
				 char why[WORDS_WHY])
{
	struct search s = { .table = table, .count = count };
	const struct command *command;
	const char *word;

	for (; s.depth < argc; s.depth++) {
		command = settled_command(&s);
		if (command)
			break;
		word = settle(&s, argv[s.depth], why);
		if (!word)
			return NULL;
		s.settled[s.depth] = word;
	}
	command = settled_command(&s);
	*used = s.depth;
	if (!command) {
		snprintf(why, WORDS_WHY,
			 "the command is incomplete: expected one of");
		list_words(&s, NULL, &word, why);
	}
	return command;
}
