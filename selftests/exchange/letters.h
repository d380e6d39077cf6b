/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies of messages, for attackers and for looking at them later.
 */
#ifndef SELFTESTS_EXCHANGE_LETTERS_H
#define SELFTESTS_EXCHANGE_LETTERS_H

#include "world.h"

#define LETTERS_MAX	128

struct letters {
	struct letter *letter[LETTERS_MAX];
	unsigned int count;
};

struct letter *letters_copy(const struct letter *l);
void letters_free(struct letter *l);
/* Keeps a copy, as long as there is room. */
void letters_add(struct letters *all, const struct letter *l);
/* A fault: records everything into the struct letters at w->fault_arg. */
enum fate record_passing(struct world *w, struct letter *l);
void letters_fini(struct letters *all);
/* Hand it to its receiver now, past the network. */
void letters_give(struct world *w, const struct letter *l);
uint16_t wire_u16(const struct letter *l, size_t at);

#endif
