// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at every moment.
 */

#include "deeds.h"

struct moment moment;

void do_nothing(struct world *w, struct side *s)
{
}

void do_clear(struct world *w, struct side *s)
{
	ike_clear(s->ike, 0);
}

void do_restart(struct world *w, struct side *s)
{
	world_crash(w, s);
	world_run(w, 100);
	world_revive(w, s);
}

void do_lose_link(struct world *w, struct side *s)
{
	struct knl_event ev = { .type = KNL_EV_LINK_GONE, .ifindex = IFINDEX };

	ike_kernel_event(s->ike, &ev);
}

void deeds_do(struct world *w, const deed_fn *deeds)
{
	deeds[moment.deed](w, moment.by_b ? &w->b : &w->a);
}

void deeds_finish_work(struct world *w, unsigned int step)
{
	struct side *s = step % 2 ? &w->a : &w->b;

	if (!side_finish_work(s))
		side_finish_work(s == &w->a ? &w->b : &w->a);
}

unsigned int deeds_at_every_moment(unsigned int count, bool only_b,
				   bool (*story)(const void *arg),
				   const void *arg)
{
	unsigned int by_b, stories = 0;

	for (moment.deed = 0; moment.deed < count; moment.deed++)
		for (by_b = only_b; by_b < 2; by_b++) {
			moment.by_b = by_b;
			moment.nth = 0;
			while (story(arg))
				moment.nth++;
			stories += moment.nth;
		}
	return stories;
}

int deeds_say(void **state)
{
	print_message("deed %u by %s at moment %u\n", moment.deed,
		      moment.by_b ? "B" : "A", moment.nth);
	return 0;
}
