// SPDX-License-Identifier: GPL-2.0
/*
 * Recorded messages.
 */

#include "letters.h"

#include <stdlib.h>

struct letter *letters_copy(const struct letter *l)
{
	struct letter *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	*c = *l;
	list_init(&c->list);
	buf_init(&c->msg, MSG_MAX_LEN);
	buf_put_view(&c->msg, buf_view(&l->msg));
	return c;
}

void letters_free(struct letter *l)
{
	buf_fini(&l->msg);
	free(l);
}

void letters_add(struct letters *all, const struct letter *l)
{
	if (all->count < LETTERS_MAX)
		all->letter[all->count++] = letters_copy(l);
}

enum fate record_passing(struct world *w, struct letter *l)
{
	letters_add(w->fault_arg, l);
	return PASS;
}

void letters_fini(struct letters *all)
{
	while (all->count)
		letters_free(all->letter[--all->count]);
}

void letters_give(struct world *w, const struct letter *l)
{
	ike_receive(l->to_b ? w->b.ike : w->a.ike, &l->path, buf_view(&l->msg));
}

uint16_t wire_u16(const struct letter *l, size_t at)
{
	assert_true(at + 2 <= l->msg.len);
	return (uint16_t)(l->msg.p[at] << 8 | l->msg.p[at + 1]);
}
