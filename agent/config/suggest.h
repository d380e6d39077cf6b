/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The word that was probably meant, by edit distance.
 */
#ifndef AGENT_CONFIG_SUGGEST_H
#define AGENT_CONFIG_SUGGEST_H

#include <stddef.h>

/** struct suggest - the best candidate so far; begins with suggest_init() */
struct suggest {
	const char *typed;
	const char *best;		/* NULL: nothing is near */
	size_t distance;
};

void suggest_init(struct suggest *s, const char *typed);
/* @word is borrowed; it becomes the best when it is nearer than all before. */
void suggest_offer(struct suggest *s, const char *word);

#endif
