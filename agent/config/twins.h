/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding items of an array that are equal to an earlier one, in much less
 * than the square of their number.
 */
#ifndef AGENT_CONFIG_TWINS_H
#define AGENT_CONFIG_TWINS_H

#include <stddef.h>

/**
 * struct twins - one search
 * @cmp: order of two items, as for qsort
 * @report: called for each item that has an earlier equal one
 */
struct twins {
	const void *items;
	size_t count;
	size_t stride;
	int (*cmp)(const void *a, const void *b);
	void (*report)(void *arg, unsigned int earlier, unsigned int later);
	void *arg;
};

/* Return: 0 or ERR_NOMEM. */
int twins_find(const struct twins *t);

#endif
