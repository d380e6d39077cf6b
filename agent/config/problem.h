/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is wrong with a configuration: sentences with file and line, collected
 * so that an operator can mend them in one go.
 */
#ifndef AGENT_CONFIG_PROBLEM_H
#define AGENT_CONFIG_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#define PROBLEMS_MAX	20
#define PROBLEM_FILE	128
#define PROBLEM_TEXT	512

struct problem {
	char file[PROBLEM_FILE];
	unsigned int line;		/* 0: the file as a whole */
	char text[PROBLEM_TEXT];
};

/** struct problems - the first PROBLEMS_MAX in order of file and line */
struct problems {
	const char *name;		/* of the main file; borrowed */
	struct problem list[PROBLEMS_MAX];
	unsigned int count;		/* all, also those that had no room */
};

void problems_init(struct problems *p, const char *name);
/* @file NULL stands for the main file. */
void problem_add(struct problems *p, const char *file, unsigned int line,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* All of them into @out, one a line; what does not fit is counted. */
void problems_print(const struct problems *p, char *out, size_t size);

#endif
