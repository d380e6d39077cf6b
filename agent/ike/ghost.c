// SPDX-License-Identifier: GPL-2.0
/*
 * Ghosts of tunnels.
 */

#include "ike/ghost.h"

#include <stdlib.h>

#include "ike/child.h"

static void on_empty(void *arg)
{
	tunnel_free(arg);
}

/* It has the addresses, the configuration and the socket of @t. */
static struct tunnel *ghost_new(const struct tunnel *t)
{
	struct tunnel *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->ike = t->ike;
	g->ghost = true;
	list_init(&g->sas);
	g->log = t->log;
	g->generation = cfg_get(t->generation);
	g->cfg = t->cfg;
	g->source = t->source;
	g->fvrf = t->fvrf;
	g->listening = t->listening;
	timer_init(&g->retry, t->ike->env.timers, on_empty, g);
	list_add_tail(&t->ike->ghosts, &g->list);
	return g;
}

static bool negotiates(const struct ike_sa *sa, const void *t)
{
	return sa->tunnel == t && sa->state < IKE_ESTABLISHED;
}

static bool is_of(const struct ike_sa *sa, const void *t)
{
	return sa->tunnel == t;
}

static void hand_over(struct ike_sa *sa, struct tunnel *g)
{
	struct child_sa *child, *tmp;

	ike_sa_set_tunnel(sa, g);
	sa->log.parent = &g->log;
	list_for_each_safe(child, tmp, &sa->children, struct child_sa, list)
		child_free(child);
	if (sa->state != IKE_ESTABLISHED)
		return;
	sa->redundant = true;
	/* A rekey in flight is waited for: its successor ends likewise. */
	ike_sa_drop_tasks(sa);
	ike_sa_queue(sa, TASK_DELETE_IKE, 0);
	ike_sa_run_tasks(sa);
}

void ghost_settle(struct tunnel *g)
{
	/* Later: whoever freed the last one may still look at it. */
	if (list_empty(&g->sas))
		timer_set(&g->retry, 0);
}

void ghost_part(struct tunnel *t)
{
	struct tunnel *g;

	ike_sa_free_where(t, negotiates, t);
	g = ghost_new(t);
	if (!g) {
		/* The peer learns by silence. */
		ike_sa_free_where(t, is_of, t);
		return;
	}
	/* Nothing is to be asked of it any more. */
	t->sa = NULL;
	while (!list_empty(&t->sas))
		hand_over(list_entry(t->sas.next, struct ike_sa, of_tunnel), g);
	ghost_settle(g);
}
