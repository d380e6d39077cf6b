/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words that may be shortened as on a router: which row of a table they name.
 */
#ifndef TOOLS_WORDS_H
#define TOOLS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "tunctl.h"

#define WORDS_WHY	256

/* Whether @given is @full or the beginning of it. */
bool words_fit(const char *given, const char *full);
/**
 * words_find - the command that words mean
 * @table: @count commands, of which none is the beginning of another
 * @argv: @argc words as typed
 * @used: how many of them name the command; the rest are its arguments
 * @why: a sentence that lists what would fit, when there is no answer
 *
 * Word by word: a whole word wins, else the only one it can be short for.
 */
const struct command *words_find(const struct command *table, size_t count,
				 int argc, char **argv, int *used,
				 char why[WORDS_WHY]);

#endif
