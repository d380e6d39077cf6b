// SPDX-License-Identifier: GPL-2.0
/*
 * Collecting and printing what is wrong with a configuration. Who finds it is
 * vet.c, parse.c, load.c, value.c and check.c.
 */

#include "config/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void problems_init(struct problems *p, const char *name)
{
	memset(p, 0, sizeof(*p));
	p->name = name;
}

/* The main file first, the included ones by name, each by line. */
static bool before(const struct problems *p, const struct problem *a,
		   const struct problem *b)
{
	bool a_main = strcmp(a->file, p->name) == 0;
	bool b_main = strcmp(b->file, p->name) == 0;
	int order;

	if (a_main != b_main)
		return a_main;
	order = a_main ? 0 : strcmp(a->file, b->file);
	return order ? order < 0 : a->line < b->line;
}

void problem_add(struct problems *p, const char *file, unsigned int line,
		 const char *fmt, ...)
{
	struct problem new = { .line = line };
	unsigned int used, at;
	va_list ap;

	snprintf(new.file, sizeof(new.file), "%s", file ? file : p->name);
	va_start(ap, fmt);
	vsnprintf(new.text, sizeof(new.text), fmt, ap);
	va_end(ap);

	used = p->count < PROBLEMS_MAX ? p->count : PROBLEMS_MAX;
	p->count++;
	if (used == PROBLEMS_MAX && !before(p, &new, &p->list[used - 1]))
		return;
	if (used < PROBLEMS_MAX)
		used++;
	for (at = used - 1; at > 0 && before(p, &new, &p->list[at - 1]); at--)
		p->list[at] = p->list[at - 1];
	p->list[at] = new;
}

void problems_print(const struct problems *p, char *out, size_t size)
{
	unsigned int kept = p->count < PROBLEMS_MAX ? p->count : PROBLEMS_MAX;
	char line[PROBLEM_FILE + PROBLEM_TEXT + 16];
	char more[32];
	size_t len = 0, n;
	unsigned int i;

	out[0] = '\0';
	for (i = 0; i < kept; i++) {
		const struct problem *one = &p->list[i];

		if (one->line)
			snprintf(line, sizeof(line), "%s%s:%u: %s",
				 i ? "\n" : "", one->file, one->line, one->text);
		else
			snprintf(line, sizeof(line), "%s%s: %s",
				 i ? "\n" : "", one->file, one->text);
		n = strlen(line);
		/* The first is cut to fit; the others come whole or not. */
		if (i && len + n + sizeof(more) > size)
			break;
		snprintf(out + len, size - len, "%s", line);
		len = strlen(out);
	}
	if (i < p->count) {
		snprintf(more, sizeof(more), "\n... and %u more", p->count - i);
		snprintf(out + len, size - len, "%s", more);
	}
}
