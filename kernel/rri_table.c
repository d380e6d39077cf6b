// SPDX-License-Identifier: GPL-2.0
/*
 * One claim on its way into a table and out of it: whose change it is, what an
 * error means, and the source of a route. Changes are made under rri_lock.
 */

#include "rri_table.h"

#include <linux/sched.h>

/* Who changes tables just now: its own changes are no news. */
static struct task_struct *changing;

static void own_change(bool begins)
{
	WRITE_ONCE(changing, begins ? current : NULL);
}

/** tunip_table_own_change - is this what the work is doing just now? */
bool tunip_table_own_change(void)
{
	/* IPv6 also tells of what a softirq does, whoever it interrupted. */
	return READ_ONCE(changing) == current && !in_serving_softirq();
}

/**
 * tunip_table_busy - does an error pass?
 * @err: of one of the functions below
 *
 * Return: it says not a word about the request, and the next one like it may
 * succeed.
 */
bool tunip_table_busy(int err)
{
	return err == -ENOMEM || err == -ENOBUFS || err == -EAGAIN ||
	       err == -EINTR || err == -EBUSY;
}

/**
 * tunip_table_change - put an entry in, or take it out
 * @sock: of tunip_fib_open()
 * @e: the entry
 * @add: in
 *
 * May sleep, without rtnl. Return: 0 or what the table says.
 */
int tunip_table_change(struct socket *sock, const struct tunip_fib_entry *e,
		       bool add)
{
	int err;

	own_change(true);
	err = add ? tunip_fib_add(sock, e) : tunip_fib_del(sock, e);
	own_change(false);
	return err;
}

/**
 * tunip_table_add_sourced - put a route in, with its source if that is possible
 * @sock: of tunip_fib_open()
 * @entry: the route
 * @unsourced: it went in without: the address may be gone, or not quite there
 *
 * Return: as tunip_table_change().
 */
int tunip_table_add_sourced(struct socket *sock,
			    const struct tunip_fib_entry *entry,
			    bool *unsourced)
{
	struct tunip_fib_entry e = *entry;
	int err = tunip_table_change(sock, &e, true);

	*unsourced = err == -EINVAL && e.has_prefsrc;
	if (!*unsourced)
		return err;
	e.has_prefsrc = false;
	return tunip_table_change(sock, &e, true);
}

/** tunip_table_add - put a claim in; return: as tunip_table_change() */
int tunip_table_add(struct socket *sock, struct tunip_claim *c)
{
	bool unsourced;
	int err = 0;

	/* Is it there, only the answer was lost? Then it can be taken out. */
	if (c->unsure)
		err = tunip_table_change(sock, &c->entry, false);
	if (err)
		return err;
	err = tunip_table_add_sourced(sock, &c->entry, &unsourced);
	if (err)
		return err;
	c->unsourced = unsourced;
	c->outdated = false;
	c->unsure = false;
	c->err = 0;
	return 0;
}

/** tunip_table_bridge - the same route beside a claim's, and behind it */
struct tunip_fib_entry tunip_table_bridge(const struct tunip_claim *c)
{
	struct tunip_fib_entry e = c->entry;

	e.priority++;
	return e;
}
