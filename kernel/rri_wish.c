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
#include <net/ipv6.h>
#include <net/l3mdev.h>

#include "device.h"
#include "outer6.h"
#include "sa.h"

/* A table of its own for traffic that is chosen by its source. */
#define SOURCE_TABLE(ifindex)	((TUNIP_RRI_PROTOCOL << 24) | \
				 ((ifindex) & 0xffffff))

/*
 * Prefixes that one interface has in the tables, of its policy and once more of
 * its SA. A range of IPv4 makes at most 62, so that all sixteen may be ranges; a
 * network of either family makes one. Without a limit sixteen ranges of IPv6
 * made four thousand, and who chooses an SA's ranges is the peer.
 */
#define MAX_PREFIXES	1024

/* ------------------------------------------------- what the wishes rest on */

/** struct side - the ranges of one family on one side of a selector */
struct side {
	const struct tunip_range *range;
	const struct tunip_range6 *range6;
	unsigned int count;
	bool v6;
};

static struct side local_side(const struct tunip_selector *sel, bool v6)
{
	return (struct side){
		.range = sel->range,
		.range6 = sel->range6,
		.count = v6 ? sel->local6_count : sel->local_count,
		.v6 = v6,
	};
}

static struct side remote_side(const struct tunip_selector *sel, bool v6)
{
	return (struct side){
		.range = sel->range + sel->local_count,
		.range6 = sel->range6 + sel->local6_count,
		.count = v6 ? sel->remote6_count : sel->remote_count,
		.v6 = v6,
	};
}

static void cover_begin(struct tunip_cover *c, const struct side *side,
			unsigned int i)
{
	if (side->v6)
		tunip_cover_begin6(c, &side->range6[i]);
	else
		tunip_cover_begin(c, &side->range[i]);
}

/* Is a range the whole family? */
static bool is_any(const struct side *side, unsigned int i)
{
	const struct tunip_range6 *r6 = &side->range6[i];

	if (!side->v6)
		return side->range[i].start == 0 &&
		       side->range[i].end == U32_MAX;
	return ipv6_addr_any(&r6->start) &&
	       !memchr_inv(&r6->end, 0xff, sizeof(r6->end));
}

static bool has_any(const struct side *side)
{
	unsigned int i;

	for (i = 0; i < side->count; i++)
		if (is_any(side, i))
			return true;
	return false;
}

static bool range_has(const struct side *side, unsigned int i,
		      const union tunip_addr *addr)
{
	const struct tunip_range6 *r6 = &side->range6[i];

	if (!side->v6)
		return ntohl(addr->v4) >= side->range[i].start &&
		       ntohl(addr->v4) <= side->range[i].end;
	return memcmp(&addr->v6, &r6->start, sizeof(addr->v6)) >= 0 &&
	       memcmp(&addr->v6, &r6->end, sizeof(addr->v6)) <= 0;
}

static bool side_has(const struct side *side, const union tunip_addr *addr)
{
	unsigned int i;

	for (i = 0; i < side->count; i++)
		if (range_has(side, i, addr))
			return true;
	return false;
}

/* A selector without local ranges is for all of both families. */
static bool any_local(const struct tunip_selector *sel, bool v6)
{
	struct side local = local_side(sel, v6);

	return (!sel->local_count && !sel->local6_count) || has_any(&local);
}

/* Does a selector let anything of a family pass? */
static bool has_family(const struct tunip_selector *sel, bool v6)
{
	struct side local = local_side(sel, v6);

	return local.count || any_local(sel, v6);
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

static bool find_source4(struct net *net, u32 table, const struct side *local,
			 union tunip_addr *found)
{
	const struct in_ifaddr *ifa;
	struct in_device *in_dev;
	struct net_device *dev;
	bool is = false;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		in_dev = __in_dev_get_rcu(dev);
		if (!in_dev ||
		    (l3mdev_fib_table_rcu(dev) ?: RT_TABLE_MAIN) != table)
			continue;
		in_dev_for_each_ifa_rcu(ifa, in_dev) {
			found->v4 = ifa->ifa_local;
			is = side_has(local, found);
			if (is)
				goto out_unlock;
		}
	}
out_unlock:
	rcu_read_unlock();
	return is;
}

/* Has this router an address within @local? The first one found. */
static bool find_address(struct tunip_wish *w, const struct tunip_selector *sel,
			 bool v6, union tunip_addr *found)
{
	struct side local = local_side(sel, v6);

	return v6 ? tunip_inner6_source(w->net, w->table, sel, found) :
		    find_source4(w->net, w->table, &local, found);
}

/* One that served so far goes on to, whatever was added before it. */
static bool still_serves(struct tunip_wish *w, bool v6)
{
	const union tunip_addr *addr = &w->td->rri.source[v6];
	struct side local = local_side(w->live, v6), only = { .v6 = v6 };
	struct tunip_range range = { .start = ntohl(addr->v4),
				     .end = ntohl(addr->v4) };
	struct tunip_range6 range6 = { .start = addr->v6, .end = addr->v6 };
	struct tunip_selector one = { .local6_count = 1, .range6 = &range6 };
	union tunip_addr found;

	if (!w->td->rri.has_source[v6] || !side_has(&local, addr))
		return false;
	if (v6)
		return find_address(w, &one, true, &found);
	only.range = &range;
	only.count = 1;
	return find_source4(w->net, w->table, &only, &found);
}

/*
 * An address of this router within the local selector: with any other source
 * its own packets would not be let into the tunnel.
 */
static void find_source(struct tunip_wish *w, bool v6)
{
	struct tunip_rri *rri = &w->td->rri;

	if (any_local(w->live, v6))
		return;
	if (!still_serves(w, v6)) {
		memset(&rri->source[v6], 0, sizeof(rri->source[v6]));
		rri->has_source[v6] = find_address(w, w->live, v6,
						   &rri->source[v6]);
	}
	w->has_source[v6] = rri->has_source[v6];
	w->source[v6] = rri->source[v6];
}

/**
 * tunip_wish_may_start - may routes of an interface start from an address?
 * @td: the interface
 * @p: the address
 *
 * Any context.
 */
bool tunip_wish_may_start(struct tunip_dev *td, const struct tunip_prefix *p)
{
	const struct tunip_sa *sa;
	struct side local;
	bool may = false;

	rcu_read_lock();
	sa = rcu_dereference(td->tx);
	if (sa && sa->selector && !any_local(sa->selector, p->v6)) {
		local = local_side(sa->selector, p->v6);
		may = side_has(&local, &p->addr);
	}
	rcu_read_unlock();
	return may;
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
		w->sa_ends = sa->ends;
		copy = tunip_selector_dup(sel);
		if (!copy)
			w->err = -ENOMEM;
	}
	return copy;
}

/* --------------------------------------------------------------- the wishes */

/* Of a destination: the route while usable, the fallback while asked for. */
static void want_network(struct tunip_wish *w, struct tunip_fib_entry *e,
			 int refusal, bool live)
{
	if (live) {
		e->kind = TUNIP_FIB_ROUTE;
		e->priority = w->config.priority;
		e->ifindex = w->td->dev->ifindex;
		tunip_rri_claim(w, e, refusal);
		return;
	}
	e->kind = TUNIP_FIB_UNREACHABLE;
	e->priority = TUNIP_RRI_FALLBACK_PRIORITY;
	e->ifindex = 0;
	tunip_rri_claim(w, e, refusal);
}

static bool has_remote(const struct tunip_ends *ends,
		       const struct tunip_prefix *p)
{
	return ends->v6 == p->v6 && tunip_prefix_has(p, &ends->remote);
}

static bool has_local(const struct tunip_ends *ends,
		      const struct tunip_prefix *p)
{
	return ends->v6 == p->v6 && tunip_prefix_has(p, &ends->local);
}

/*
 * Would the way to the peer lead into the tunnel? For the fallback the ends that
 * were configured count: that a peer has moved to where the policy does not let
 * it be is no reason to let packets out in clear.
 */
static bool captures_remote(const struct tunip_wish *w,
			    const struct tunip_prefix *p, bool live)
{
	return w->same_table && (has_remote(&w->ends, p) ||
				 (live && has_remote(&w->sa_ends, p)));
}

/* The same of the rules that choose by source. */
static bool captures_local(const struct tunip_wish *w,
			   const struct tunip_prefix *p, bool live)
{
	return has_local(&w->ends, p) || (live && has_local(&w->sa_ends, p));
}

/* Of the policy there are not too many: RRI_SET has counted them. */
static bool one_too_many(struct tunip_wish *w, bool live)
{
	return live && ++w->prefixes > MAX_PREFIXES;
}

/* false: that is enough, and the claim of the first too many says so. */
static bool want_rules(struct tunip_wish *w, struct tunip_cover *cover,
		       u32 table, bool live)
{
	struct tunip_fib_entry e = {
		.kind = TUNIP_FIB_RULE,
		.table = table,
		.priority = TUNIP_RRI_RULE_PRIORITY,
	};

	while (tunip_cover_next(cover, &e.prefix)) {
		if (one_too_many(w, live)) {
			tunip_rri_claim(w, &e, -ENOSPC);
			return false;
		}
		tunip_rri_claim(w, &e, captures_local(w, &e.prefix, live) ?
				       -ELOOP : 0);
	}
	return true;
}

/*
 * Everything, from certain sources: a rule leads these to a table of the
 * interface's own, and what else leaves the router, IKE and ESP with it, goes
 * its way.
 */
static void want_sources(struct tunip_wish *w, const struct tunip_selector *sel,
			 bool v6, bool live)
{
	u32 table = SOURCE_TABLE(w->td->dev->ifindex);
	struct side local = local_side(sel, v6);
	struct tunip_fib_entry e = { .table = table };
	struct tunip_cover cover;
	unsigned int i;

	for (i = 0; i < local.count; i++) {
		cover_begin(&cover, &local, i);
		if (!want_rules(w, &cover, table, live))
			break;
	}
	e.prefix.v6 = v6;
	want_network(w, &e, 0, live);
}

/*
 * Does the fallback lead the policy's sources past the interface's table? Then
 * what the peer has narrowed the destination to must be routed there as well.
 */
static bool scoped_by_source(const struct tunip_wish *w, bool v6)
{
	const struct tunip_selector *policy = w->config.policy;
	struct side remote;

	if (!policy || w->config.fallback != TUNIP_RRI_UNREACHABLE ||
	    !w->same_table || any_local(policy, v6))
		return false;
	remote = remote_side(policy, v6);
	return has_any(&remote);
}

static void want_live(struct tunip_wish *w, struct tunip_fib_entry *e,
		      int refusal)
{
	want_network(w, e, refusal, true);
	if (!scoped_by_source(w, e->prefix.v6))
		return;
	e->table = SOURCE_TABLE(w->td->dev->ifindex);
	want_network(w, e, 0, true);
	e->table = w->table;
}

/* false: as want_rules(). */
static bool want_range(struct tunip_wish *w, struct tunip_cover *cover,
		       bool live)
{
	struct tunip_fib_entry e = { .table = w->table };
	int refusal;

	e.has_prefsrc = live && w->has_source[cover->v6];
	if (e.has_prefsrc)
		e.prefsrc = w->source[cover->v6];
	while (tunip_cover_next(cover, &e.prefix)) {
		if (one_too_many(w, live)) {
			want_network(w, &e, -ENOSPC, true);
			return false;
		}
		refusal = captures_remote(w, &e.prefix, live) ? -ELOOP : 0;
		if (live)
			want_live(w, &e, refusal);
		else
			want_network(w, &e, refusal, false);
	}
	return true;
}

/* The remote side of @sel, as routes (@live) or as fallback. */
static void want_family(struct tunip_wish *w, const struct tunip_selector *sel,
			bool v6, bool live)
{
	struct side remote = remote_side(sel, v6);
	struct tunip_cover cover;
	unsigned int i;

	if (!has_family(sel, v6))
		return;
	for (i = 0; i < remote.count; i++) {
		if (is_any(&remote, i) && w->same_table &&
		    !any_local(sel, v6)) {
			want_sources(w, sel, v6, live);
			continue;
		}
		cover_begin(&cover, &remote, i);
		if (!want_range(w, &cover, live))
			return;
	}
}

static void want_selector(struct tunip_wish *w, const struct tunip_selector *sel,
			  bool live)
{
	want_family(w, sel, false, live);
	want_family(w, sel, true, live);
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
	w->dying = td->dying;
	if (w->net && !w->dying && td->rri.config) {
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
	if (w->live) {
		find_source(w, false);
		find_source(w, true);
	}
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

static unsigned int count_prefixes(const struct side *side, unsigned int i)
{
	struct tunip_cover cover;
	struct tunip_prefix p;
	unsigned int n = 0;

	cover_begin(&cover, side, i);
	while (tunip_cover_next(&cover, &p))
		n++;
	return n;
}

/* All that want_family() may come to for a policy. */
static unsigned int count_family(const struct tunip_selector *sel, bool v6)
{
	struct side local = local_side(sel, v6), remote = remote_side(sel, v6);
	unsigned int i, n = 0;

	for (i = 0; i < remote.count; i++)
		n += count_prefixes(&remote, i);
	if (has_any(&remote) && !any_local(sel, v6))
		for (i = 0; i < local.count; i++)
			n += count_prefixes(&local, i);
	return n;
}

static int check_size(const struct tunip_selector *sel,
		      struct netlink_ext_ack *extack)
{
	if (count_family(sel, false) + count_family(sel, true) <= MAX_PREFIXES)
		return 0;
	NL_SET_ERR_MSG(extack,
		       "the ranges are more than 1024 prefixes: name whole networks, or fewer ranges");
	return -ENOSPC;
}

/**
 * tunip_rri_check - can a configuration be set?
 * @td: the interface
 * @config: to be set
 * @extack: for the sentence of a refusal
 *
 * Return: 0; -ELOOP when it would lead the tunnel into itself; -ENOSPC when it
 * would make too many routes.
 */
int tunip_rri_check(struct tunip_dev *td, const struct tunip_rri_config *config,
		    struct netlink_ext_ack *extack)
{
	const struct tunip_selector *sel = config->policy;
	struct side local, remote;
	struct tunip_ends ends;
	unsigned int i;

	mutex_lock(&td->config_lock);
	ends = td->ends;
	mutex_unlock(&td->config_lock);
	if (!sel)
		return 0;
	if (check_size(sel, extack))
		return -ENOSPC;
	if (!has_family(sel, ends.v6) || !shares_table(td))
		return 0;
	local = local_side(sel, ends.v6);
	remote = remote_side(sel, ends.v6);
	for (i = 0; i < remote.count; i++) {
		if (is_any(&remote, i) && !any_local(sel, ends.v6)) {
			if (!side_has(&local, &ends.local))
				continue;
			NL_SET_ERR_MSG(extack,
				       "the reverse route to any would capture the tunnel's own packets: its source is within the local selector");
			return -ELOOP;
		}
		if (!range_has(&remote, i, &ends.remote))
			continue;
		NL_SET_ERR_MSG(extack,
			       "the reverse route would capture the tunnel destination: it is within the remote selector");
		return -ELOOP;
	}
	return 0;
}
