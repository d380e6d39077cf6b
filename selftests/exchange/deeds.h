/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What can happen while public-key work is under way: tests of that do each of
 * these at every moment.
 */
#ifndef SELFTESTS_EXCHANGE_DEEDS_H
#define SELFTESTS_EXCHANGE_DEEDS_H

#include "world.h"

typedef void (*deed_fn)(struct world *w, struct side *s);

/** struct moment - what is done, by whom, when */
struct moment {
	unsigned int deed, nth;
	bool by_b;
};

extern struct moment moment;

void do_nothing(struct world *w, struct side *s);
void do_clear(struct world *w, struct side *s);
void do_restart(struct world *w, struct side *s);
void do_lose_link(struct world *w, struct side *s);
/* The side that acts now does it. */
void deeds_do(struct world *w, const deed_fn *deeds);
/* End the oldest piece of work: of A at odd steps if it has any, else of B. */
void deeds_finish_work(struct world *w, unsigned int step);
/*
 * Each of the @count deeds by either side, or by B alone, at every moment of
 * @story, which returns false when it is over before that moment. Returns how
 * many there were.
 */
unsigned int deeds_at_every_moment(unsigned int count, bool only_b,
				   bool (*story)(const void *arg),
				   const void *arg);
/* A teardown: prints the moment at which a test has failed. */
int deeds_say(void **state);

#endif
