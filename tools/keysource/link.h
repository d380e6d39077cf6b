/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The link between two sources: TLS 1.3, each known to the other by its
 * certificate. A key is given to a router only once the other source holds it.
 */
#ifndef KEYSOURCE_LINK_H
#define KEYSOURCE_LINK_H

#include "event/loop.h"
#include "store.h"
#include "util/list.h"

struct link;

/**
 * struct offer - a key on its way to the other source; embedded in its owner
 * @done: the other source has it (0), or not (ERR_*); called once, from the
 *	loop, not from within link_offer()
 */
struct offer {
	struct list list;
	struct link *link;
	uint32_t number;
	uint64_t until_ms;
	void (*done)(struct offer *o, int err);
	void *arg;
};

/* @store takes what comes from there. NULL with a sentence in the log. */
struct link *link_new(struct loop *loop, const struct conf *conf,
		      struct store *store);
void link_free(struct link *l);
bool link_is_up(const struct link *l);
/* Return: 0, or ERR_IO when the link is down, ERR_LIMIT, ERR_NOMEM. */
int link_offer(struct link *l, struct offer *o, const struct held_key *k);
void link_cancel(struct offer *o);

#endif
