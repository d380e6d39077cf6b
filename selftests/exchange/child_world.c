// SPDX-License-Identifier: GPL-2.0
/*
 * The SAs of a world.
 */

#include "child_world.h"

#include "ike/followup.h"

struct ike_sa *first_sa(struct side *s)
{
	assert_false(list_empty(&s->ike->sas));
	return list_entry(s->ike->sas.next, struct ike_sa, list);
}

struct child_sa *newest_child(struct side *s)
{
	return list_entry(first_sa(s)->children.prev, struct child_sa, list);
}

void child_up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 2000));
	world_run(w, 100);
}

void child_settled(struct world *w)
{
	world_assert_one(w);
	assert_null(first_sa(&w->a)->followup);
	assert_null(first_sa(&w->b)->followup);
	assert_null(first_sa(&w->a)->creating);
	assert_null(first_sa(&w->b)->creating);
	assert_ptr_equal(first_sa(&w->a)->children.next,
			 first_sa(&w->a)->children.prev);
	assert_ptr_equal(first_sa(&w->b)->children.next,
			 first_sa(&w->b)->children.prev);
	assert_string_equal(side_child(&w->a).state, "INSTALLED");
	assert_string_equal(side_child(&w->b).state, "INSTALLED");
}
