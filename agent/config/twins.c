// SPDX-License-Identifier: GPL-2.0
/*
 * Equal items become neighbours by sorting pointers to them.
 */

#include "config/twins.h"

#include <stdlib.h>

#include "util/err.h"

static int twins_cmp(const void *a, const void *b, void *arg)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	const struct twins *t = arg;
	int c = t->cmp(x, y);

	/* Equal items keep their order. */
	return c ? c : (x > y) - (x < y);
}

static unsigned int index_of(const struct twins *t, const char *item)
{
	return (unsigned int)((size_t)(item - (const char *)t->items) /
			      t->stride);
}

int twins_find(const struct twins *t)
{
	struct twins copy = *t;
	const char **sorted;
	size_t i;

	if (t->count < 2)
		return 0;
	sorted = calloc(t->count, sizeof(*sorted));
	if (!sorted)
		return ERR_NOMEM;
	for (i = 0; i < t->count; i++)
		sorted[i] = (const char *)t->items + i * t->stride;
	qsort_r(sorted, t->count, sizeof(*sorted), twins_cmp, &copy);
	for (i = 1; i < t->count; i++)
		if (t->cmp(sorted[i - 1], sorted[i]) == 0)
			t->report(t->arg, index_of(t, sorted[i - 1]),
				  index_of(t, sorted[i]));
	free(sorted);
	return 0;
}
