// SPDX-License-Identifier: GPL-2.0
/*
 * Which routes an interface wants: those to the remote selectors of its
 * transmit SA while it can carry packets, and unreachable ones to all that its
 * policy names, as long as it is configured.
 */

#include "rri_wish.h"

#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/l3mdev.h>

#include "device.h"
#include "sa.h"

/* A table of its own for traffic that is chosen by its source. */
#define SOURCE_TABLE(ifindex)	((TUNIP_RRI_PROTOCOL << 24) | \
				 ((ifindex) & 0xffffff))

/* ------------------------------------------------- what the wishes rest on */

static bool is_any(const struct tunip_range *r)
{
	return r->start == 0 && r->end == U32_MAX;
}

static bool any_local(const struct tunip_selector *sel)
{
	return !sel->local_count || is_any(&sel->range[0]);
}

/* Where the outer packets are routed, if in the same namespace. */
static u32 outer_table(const struct tunip_dev *td)
{
	u32 underlay = READ_ONCE(td->underlay), table = 0;

	if (underlay)
		table = l3mdev_fib_table_by_index(td->net, underlay);
	return table ?: RT_TABLE_MAIN;
}

static u32 inner_table(const struct tunip_dev *td)
{
	return l3mdev_fib_table(td->dev) ?: RT_TABLE_MAIN;
}

static bool shares_table(const struct tunip_dev *td)
{
	return net_eq(td->net, dev_net(td->dev)) &&
	       inner_table(td) == outer_table(td);
}

static bool local_has(const struct tunip_selector *sel, __be32 addr)
{
	unsigned int i;

	for (i = 0; i < sel->local_count; i++)
		if (ntohl(addr) >= sel->range[i].start &&
		    ntohl(addr) <= sel->range[i].end)
			return true;
	return false;
}

/*
 * An address of this router within the local selector: with any other source
 * its own packets would not be let into the tunnel.
 */
static __be32 find_source(const struct tunip_wish *w, const struct tunip_selector *sel)
{
	const struct in_ifaddr *ifa;
	struct in_device *in_dev;
	struct net_device *dev;
	__be32 found = 0;

	if (any_local(sel))
		return 0;
	rcu_read_lock();
	for_each_netdev_rcu(w->net, dev) {
		in_dev = __in_dev_get_rcu(dev);
		if (!in_dev ||
		    (l3mdev_fib_table_rcu(dev) ?: RT_TABLE_MAIN) != w->table)
			continue;
		in_dev_for_each_ifa_rcu(ifa, in_dev) {
			if (local_has(sel, ifa->ifa_local)) {
				found = ifa->ifa_local;
				goto out_unlock;
			}
		}
	}
out_unlock:
	rcu_read_unlock();
	return found;
}

/* The transmit SA's selector while packets can go both ways; a copy. */
static struct tunip_selector *live_selector(struct tunip_wish *w)
{
	struct tunip_selector *copy = NULL;
	struct tunip_dev *td = w->td;
	const struct tunip_selector *sel;
	struct tunip_sa *sa;

	lockdep_assert_held(&td->config_lock);
	if (!td->in_count || !(READ_ONCE(td->dev->flags) & IFF_UP))
		return NULL;
	/* Those on the list, and the transmit SA is, stay while we hold it. */
	sa = rcu_dereference_check(td->tx,
				   lockdep_is_held(&td->config_lock));
	sel = sa ? sa->selector : NULL;
	if (sel) {
		copy = tunip_selector_dup(sel);
		if (!copy)
			w->err = -ENOMEM;
	}
	return copy;
}

/* --------------------------------------------------------------- the wishes */

/* Of a destination: the route while usable, the fallback while asked for. */
static void want_network(struct tunip_wish *w, struct tunip_fib_entry *e,
			 bool captures, bool live)
{
	if (live) {
		e->kind = TUNIP_FIB_ROUTE;
		e->priority = w->config.priority;
		e->ifindex = w->td->dev->ifindex;
		tunip_rri_claim(w, e, captures);
		return;
	}
	e->kind = TUNIP_FIB_UNREACHABLE;
	e->priority = TUNIP_RRI_FALLBACK_PRIORITY;
	e->ifindex = 0;
	tunip_rri_claim(w, e, captures);
}

static bool has_end(const struct tunip_wish *w, const struct tunip_prefix *p,
		    const union tunip_addr *end)
{
	return !w->ends.v6 && tunip_prefix_has(p, ntohl(end->v4));
}

/*
 * Everything, from certain sources: a rule leads these to a table of the
 * interface's own, and what else leaves the router, IKE and ESP with it, goes
 * its way.
 */
static void want_sources(struct tunip_wish *w, const struct tunip_selector *sel,
			 bool live)
{
	u32 table = SOURCE_TABLE(w->td->dev->ifindex);
	struct tunip_prefix set[TUNIP_MAX_PREFIXES];
	struct tunip_fib_entry e = { .table = table };
	unsigned int i, k, n;
	bool captures;

	for (i = 0; i < sel->local_count; i++) {
		n = tunip_range_to_prefixes(sel->range[i].start,
					    sel->range[i].end, set);
		for (k = 0; k < n; k++) {
			e.kind = TUNIP_FIB_RULE;
			e.prefix = set[k];
			e.priority = TUNIP_RRI_RULE_PRIORITY;
			e.ifindex = 0;
			captures = has_end(w, &set[k], &w->ends.local);
			tunip_rri_claim(w, &e, captures);
		}
	}
	e.prefix = (struct tunip_prefix){};
	want_network(w, &e, false, live);
}

static bool has_any_remote(const struct tunip_selector *sel)
{
	const struct tunip_range *remote = sel->range + sel->local_count;
	unsigned int i;

	for (i = 0; i < sel->remote_count; i++)
		if (is_any(&remote[i]))
			return true;
	return false;
}

/*
 * Does the fallback lead the policy's sources past the interface's table? Then
 * what the peer has narrowed the destination to must be routed there as well.
 */
static bool scoped_by_source(const struct tunip_wish *w)
{
	const struct tunip_selector *policy = w->config.policy;

	return policy && w->config.fallback == TUNIP_RRI_UNREACHABLE &&
	       w->same_table && !any_local(policy) && has_any_remote(policy);
}

static void want_live(struct tunip_wish *w, struct tunip_fib_entry *e,
		      bool captures)
{
	want_network(w, e, captures, true);
	if (!scoped_by_source(w))
		return;
	e->table = SOURCE_TABLE(w->td->dev->ifindex);
	want_network(w, e, false, true);
	e->table = w->table;
}

/* The remote side of @sel, as routes (@live) or as fallback. */
static void want_selector(struct tunip_wish *w, const struct tunip_selector *sel,
			  bool live)
{
	const struct tunip_range *remote = sel->range + sel->local_count;
	struct tunip_prefix set[TUNIP_MAX_PREFIXES];
	struct tunip_fib_entry e = { .table = w->table };
	unsigned int i, k, n;
	bool captures;

	/* For IPv6 alone? */
	if (!sel->local_count && sel->local6_count)
		return;
	if (live)
		e.prefsrc = w->prefsrc;
	for (i = 0; i < sel->remote_count; i++) {
		if (is_any(&remote[i]) && w->same_table && !any_local(sel)) {
			want_sources(w, sel, live);
			continue;
		}
		n = tunip_range_to_prefixes(remote[i].start, remote[i].end,
					    set);
		for (k = 0; k < n; k++) {
			e.prefix = set[k];
			captures = w->same_table &&
				   has_end(w, &set[k], &w->ends.remote);
			if (live)
				want_live(w, &e, captures);
			else
				want_network(w, &e, captures, false);
		}
	}
}

/**
 * tunip_wish_look - take copies of what an interface's wishes rest on
 * @w: @w->td and @w->net are set; to be given to tunip_wish_free()
 *
 * Takes config_lock.
 */
void tunip_wish_look(struct tunip_wish *w)
{
	struct tunip_dev *td = w->td;

	w->table = inner_table(td);
	w->same_table = shares_table(td);
	mutex_lock(&td->config_lock);
	w->ends = td->ends;
	if (w->net && !td->dying && td->rri.config) {
		w->config = *td->rri.config;
		if (w->config.policy) {
			w->config.policy =
				tunip_selector_dup(w->config.policy);
			if (!w->config.policy)
				w->err = -ENOMEM;
		}
		w->live = live_selector(w);
	}
	mutex_unlock(&td->config_lock);
	if (w->live)
		w->prefsrc = find_source(w, w->live);
}

/** tunip_wish_make - claim what is wished for; rri_lock held */
void tunip_wish_make(struct tunip_wish *w)
{
	if (w->live)
		want_selector(w, w->live, true);
	if (w->config.policy && w->config.fallback == TUNIP_RRI_UNREACHABLE)
		want_selector(w, w->config.policy, false);
}

/** tunip_wish_free - the end of tunip_wish_look() */
void tunip_wish_free(struct tunip_wish *w)
{
	kfree(w->live);
	kfree(w->config.policy);
}

static bool captures_any(const struct tunip_range *r, unsigned int n,
			 __be32 addr)
{
	for (; n--; r++)
		if (ntohl(addr) >= r->start && ntohl(addr) <= r->end)
			return true;
	return false;
}

/**
 * tunip_rri_check - would a configuration lead the tunnel into itself?
 * @td: the interface
 * @config: to be set
 * @extack: for the sentence of a refusal
 *
 * Return: 0 or -ELOOP.
 */
int tunip_rri_check(struct tunip_dev *td, const struct tunip_rri_config *config,
		    struct netlink_ext_ack *extack)
{
	const struct tunip_selector *sel = config->policy;
	struct tunip_ends ends;
	unsigned int i;

	mutex_lock(&td->config_lock);
	ends = td->ends;
	mutex_unlock(&td->config_lock);
	if (!sel || ends.v6 || !shares_table(td))
		return 0;
	for (i = 0; i < sel->remote_count; i++) {
		const struct tunip_range *r = sel->range + sel->local_count + i;

		if (is_any(r) && !any_local(sel)) {
			if (!captures_any(sel->range, sel->local_count,
					  ends.local.v4))
				continue;
			NL_SET_ERR_MSG(extack,
				       "the reverse route to any would capture the tunnel's own packets: its source is within the local selector");
			return -ELOOP;
		}
		if (!captures_any(r, 1, ends.remote.v4))
			continue;
		NL_SET_ERR_MSG(extack,
			       "the reverse route would capture the tunnel destination: it is within the remote selector");
		return -ELOOP;
	}
	return 0;
}
