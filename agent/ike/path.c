// SPDX-License-Identifier: GPL-2.0
/*
 * Following the peer.
 */

#include "ike/path.h"

#include "ike/child.h"
#include "ike/lifetime.h"

static bool path_eq(const struct net_path *a, const struct net_path *b)
{
	return endpoint_eq(&a->local, &b->local) &&
	       endpoint_eq(&a->remote, &b->remote) && a->fvrf == b->fvrf;
}

/*
 * A host behind a NAT does not move its peer, whose address is the one that
 * the NAT holds a mapping for (RFC 7296 section 2.23).
 */
static bool may_move(const struct ike_sa *sa)
{
	return sa->nat_remote && !sa->nat_local;
}

/*
 * The initiator floats to port 4500 with IKE_AUTH, with or without a NAT;
 * whoever sent IKE_SA_INIT has these keys.
 */
static bool floats(const struct ike_sa *sa, const struct net_path *path)
{
	return sa->state == IKE_INIT_DONE &&
	       path->local.port == IKE_NATT_PORT &&
	       sa->path.local.port == IKE_PORT &&
	       addr_eq(&path->local.addr, &sa->path.local.addr) &&
	       (sa->nat_remote ||
		addr_eq(&path->remote.addr, &sa->path.remote.addr));
}

static void move(struct ike_sa *sa, const struct net_path *path)
{
	char before[ENDPOINT_STR], now[ENDPOINT_STR];
	struct child_sa *child, *tmp;

	log_notice(&sa->log, "the peer moved from %s to %s",
		   endpoint_str(&sa->path.remote, before),
		   endpoint_str(&path->remote, now));
	sa->ike->count.peers_moved++;
	sa->path = *path;
	/* New ESP SAs take the new address with them. */
	list_for_each_safe(child, tmp, &sa->children, struct child_sa, list)
		child_request_rekey(child);
}

void path_verified(struct ike_sa *sa, const struct rx *rx)
{
	sa->last_rx_ms = ike_now_ms(sa->ike);
	sa->has_candidate = false;
	sa->doubted = false;
	if (path_eq(&sa->path, rx->path))
		return;
	if (floats(sa, rx->path))
		sa->path = *rx->path;
	else if (may_move(sa))
		move(sa, rx->path);
	else
		sa->ike->count.moves_ignored++;
}

void path_candidate(struct ike_sa *sa, const struct endpoint *remote)
{
	char text[ENDPOINT_STR];

	if (endpoint_eq(&sa->path.remote, remote))
		return;
	if (!may_move(sa)) {
		sa->ike->count.moves_ignored++;
		return;
	}
	log_info(&sa->log, "ESP comes from %s: asking there too",
		 endpoint_str(remote, text));
	sa->candidate = *remote;
	sa->has_candidate = true;
	ike_sa_queue(sa, TASK_LIVENESS, 0);
	ike_sa_run_tasks(sa);
}
