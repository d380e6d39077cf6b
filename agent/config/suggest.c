// SPDX-License-Identifier: GPL-2.0
/*
 * Edit distance, bounded: words of a configuration are short.
 */

#include "config/suggest.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define WORD_MAX	40	/* longer ones are not compared */

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Insertions, deletions, replacements and swaps of neighbours that lead from
 * @a to @b, letter case ignored. Three rows of the table are enough: the
 * current one and the two before it.
 */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t la = strlen(a), lb = strlen(b), i, j;

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (i = 1; i <= la; i++) {
		size_t *row = rows[i % 3];
		const size_t *up = rows[(i - 1) % 3];
		const size_t *up2 = rows[(i + 1) % 3];

		row[0] = i;
		for (j = 1; j <= lb; j++) {
			int ca = tolower((unsigned char)a[i - 1]);
			int cb = tolower((unsigned char)b[j - 1]);

			row[j] = min3(up[j] + 1, row[j - 1] + 1,
				      up[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca != cb &&
			    ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]) &&
			    up2[j - 2] + 1 < row[j])
				row[j] = up2[j - 2] + 1;
		}
	}
	return rows[la % 3][lb];
}

void suggest_init(struct suggest *s, const char *typed)
{
	s->typed = typed;
	s->best = NULL;
	/* One slip in three letters still looks like a slip. */
	s->distance = strlen(typed) / 3 + 1;
}

/* "19" for "group19". */
static bool is_part(const char *typed, const char *word)
{
	return strlen(typed) > 1 && strstr(word, typed);
}

/* The same letters: "aes-256-cbc" for "aes-cbc-256". */
static bool is_reordered(const char *typed, const char *word)
{
	int balance[UCHAR_MAX + 1] = { 0 };
	size_t i;

	for (; *typed; typed++)
		balance[(unsigned char)*typed]++;
	for (; *word; word++)
		balance[(unsigned char)*word]--;
	for (i = 0; i <= UCHAR_MAX; i++)
		if (balance[i])
			return false;
	return true;
}

void suggest_offer(struct suggest *s, const char *word)
{
	size_t d = distance(s->typed, word);

	if (is_part(s->typed, word) || is_reordered(s->typed, word))
		d = 0;
	if (d < s->distance) {
		s->distance = d;
		s->best = word;
	}
}
