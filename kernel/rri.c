// SPDX-License-Identifier: GPL-2.0
/*
 * What interfaces want in the routing tables, who gets it, and the work that
 * puts it there. How a table is changed is fib.c's business.
 *
 * An interface's wishes (rri_wish.c) become its claims. The work computes them
 * anew whenever something may have changed and applies the difference, so that
 * a rekey changes nothing.
 */

#include "rri.h"

#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/rtnetlink.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "device.h"
#include "link.h"
#include "notify.h"
#include "rri_table.h"
#include "rri_watch.h"
#include "rri_wish.h"

/* Who takes our routes out gets them back, but not in a busy loop. */
#define RESTORE_DELAY	HZ
/*
 * What fails for a while is tried again after one, two, four and then always
 * eight of these; an administrator hears of it before the last.
 */
#define RETRY_SHIFT_MAX	3
#define RETRIES_TO_TELL	2
/* An interface that ends waits for what it has to take out, but not for ever. */
#define RETRIES_AT_END	3
#define CLAIM_BITS	10

/* Guards claims and the list of those who have some; outside of rtnl. */
static DEFINE_MUTEX(rri_lock);
static LIST_HEAD(rri_all);
/* The same claims for readers in atomic context. */
static DEFINE_SPINLOCK(claims_lock);
static DEFINE_HASHTABLE(claims_hash, CLAIM_BITS);
/* Its works wait for one another and for rtnl; no packet and no SA waits here. */
static struct workqueue_struct *rri_wq;

/* ------------------------------------------------------------------ claims */

/* Of one destination in one table there is one owner. */
static u32 claim_hash(const struct net *net, enum tunip_fib_kind kind,
		      u32 table, const struct tunip_prefix *p)
{
	return jhash2((const u32 *)&p->addr, sizeof(p->addr) / sizeof(u32),
		      jhash_3words(table, p->len | kind << 8 | p->v6 << 16,
				   (u32)(unsigned long)net, 0));
}

static bool same_place(const struct tunip_claim *c, const struct net *net,
		       enum tunip_fib_kind kind, u32 table,
		       const struct tunip_prefix *p)
{
	return c->net == net && c->entry.kind == kind &&
	       c->entry.table == table &&
	       tunip_prefix_equal(&c->entry.prefix, p);
}

static bool rivals(const struct tunip_claim *a, const struct tunip_claim *b)
{
	return a->td != b->td &&
	       same_place(a, b->net, b->entry.kind, b->entry.table,
			  &b->entry.prefix);
}

static u32 hash_of(const struct tunip_claim *c)
{
	return claim_hash(c->net, c->entry.kind, c->entry.table,
			  &c->entry.prefix);
}

/*
 * Whose it is, or will be when there is memory, other than its own; rri_lock is
 * held. Who was refused for good has nothing that others need wait for.
 */
static struct tunip_claim *find_holder(const struct tunip_claim *c)
{
	struct tunip_claim *other;

	hash_for_each_possible(claims_hash, other, node, hash_of(c))
		if (rivals(c, other) && (other->installed || other->unsure))
			return other;
	return NULL;
}

static void claim_free(struct tunip_claim *c)
{
	tunip_link_changed(c->net, TUNIP_DUMP_ROUTES);
	spin_lock_bh(&claims_lock);
	hash_del(&c->node);
	spin_unlock_bh(&claims_lock);
	list_del(&c->list);
	kfree(c);
}

/* Wall clock, because it is shown to people. */
static void mark_installed(struct tunip_claim *c)
{
	c->installed = true;
	c->since_ms = ktime_to_ms(ktime_get_real());
}

/** tunip_claim_state - enum tunip_route_state of a claim; rri_lock held */
u8 tunip_claim_state(const struct tunip_claim *c)
{
	if (c->refusal)
		return c->refusal == -ELOOP ? TUNIP_ROUTE_CAPTURES :
					      TUNIP_ROUTE_REFUSED;
	if (c->holder)
		return c->entry.kind == TUNIP_FIB_UNREACHABLE ?
		       TUNIP_ROUTE_SHARED : TUNIP_ROUTE_WAITING;
	return c->installed ? TUNIP_ROUTE_INSTALLED : TUNIP_ROUTE_REFUSED;
}

static struct tunip_claim *find_claim(const struct tunip_wish *w,
				      const struct tunip_fib_entry *e)
{
	u32 hash = claim_hash(w->net, e->kind, e->table, &e->prefix);
	struct tunip_claim *c;

	hash_for_each_possible(claims_hash, c, node, hash)
		if (c->td == w->td &&
		    same_place(c, w->net, e->kind, e->table, &e->prefix) &&
		    c->entry.priority == e->priority &&
		    c->entry.ifindex == e->ifindex)
			return c;
	return NULL;
}

static struct tunip_claim *claim_new(const struct tunip_wish *w,
				     const struct tunip_fib_entry *e)
{
	struct tunip_claim *c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);

	if (!c)
		return NULL;
	c->td = w->td;
	c->net = w->net;
	c->entry = *e;
	tunip_link_changed(c->net, TUNIP_DUMP_ROUTES);
	list_add_tail(&c->list, &w->td->rri.claims);
	spin_lock_bh(&claims_lock);
	hash_add(claims_hash, &c->node, hash_of(c));
	spin_unlock_bh(&claims_lock);
	return c;
}

static bool same_source(const struct tunip_fib_entry *a,
			const struct tunip_fib_entry *b)
{
	return a->has_prefsrc == b->has_prefsrc &&
	       (!a->has_prefsrc ||
		!memcmp(&a->prefsrc, &b->prefsrc, sizeof(a->prefsrc)));
}

/**
 * tunip_rri_claim - an interface wants this in a table; rri_lock held
 * @w: whose wish it is; @w->err is set when there is no memory
 * @e: what
 * @refusal: 0; -ELOOP or -ENOSPC: it must not have it, only be told so, because
 *	it would capture the tunnel's own packets or is one too many
 */
void tunip_rri_claim(struct tunip_wish *w, const struct tunip_fib_entry *e,
		     int refusal)
{
	struct tunip_claim *c;

	lockdep_assert_held(&rri_lock);
	c = find_claim(w, e) ?: claim_new(w, e);
	if (!c) {
		w->err = -ENOMEM;
		return;
	}
	if (!same_source(&c->entry, e)) {
		spin_lock_bh(&claims_lock);
		c->entry.has_prefsrc = e->has_prefsrc;
		c->entry.prefsrc = e->prefsrc;
		spin_unlock_bh(&claims_lock);
		c->outdated = true;
	}
	c->refusal = refusal;
	c->wanted = true;
}

/* ---------------------------------------------------------------- the tables */

/* Those who wait behind @c look again. */
static void wake_waiters(struct tunip_claim *c)
{
	struct tunip_claim *other;

	hash_for_each_possible(claims_hash, other, node, hash_of(c)) {
		if (other->holder != c)
			continue;
		other->holder = NULL;
		tunip_rri_kick(other->td);
	}
}

static void kick_in(struct tunip_dev *td, unsigned long delay)
{
	if (!READ_ONCE(td->rri.on))
		return;
	dev_hold(td->dev);
	if (delay ? !queue_delayed_work(rri_wq, &td->rri.work, delay) :
		    mod_delayed_work(rri_wq, &td->rri.work, 0))
		dev_put(td->dev);
}

static void verify_in(struct tunip_dev *td, unsigned long delay)
{
	set_bit(TUNIP_RRI_VERIFY, &td->rri.flags);
	kick_in(td, delay);
}

/*
 * A route of ours is about to go, and that others took out what is to stand
 * beneath it was no news: whosever it is, it is put back before.
 */
static void fill_beneath(struct socket *sock, const struct tunip_claim *c)
{
	const enum tunip_fib_kind kind = TUNIP_FIB_UNREACHABLE;
	struct tunip_claim *other;
	int err;

	if (c->entry.kind != TUNIP_FIB_ROUTE || !sock ||
	    (!c->installed && !c->unsure))
		return;
	hash_for_each_possible(claims_hash, other, node,
			       claim_hash(c->net, kind, c->entry.table,
					  &c->entry.prefix)) {
		if (!other->installed ||
		    !same_place(other, c->net, kind, c->entry.table,
				&c->entry.prefix))
			continue;
		err = tunip_table_change(sock, &other->entry, true);
		if (!err)
			tunip_notify_route(other, TUNIP_ROUTE_EV_RESTORED);
		else if (err != -EEXIST)
			verify_in(other->td, RESTORE_DELAY);
		return;
	}
}

/* What looks the same whoever wants it passes on without a gap. */
static bool hand_over(struct tunip_claim *c)
{
	struct tunip_claim *other;

	if (c->entry.kind != TUNIP_FIB_UNREACHABLE || !c->installed)
		return false;
	hash_for_each_possible(claims_hash, other, node, hash_of(c)) {
		if (other->holder != c)
			continue;
		other->holder = NULL;
		mark_installed(other);
		tunip_notify_route(other, TUNIP_ROUTE_EV_INSTALLED);
		/* If it is there: it may lie beneath another. */
		verify_in(other->td, 0);
		return true;
	}
	return false;
}

/*
 * Out of the table, or to the next that needs it there. What cannot be taken
 * out, for lack of a socket perhaps, stays a claim, and the work tries again.
 */
static bool take_out(struct tunip_wish *w, struct socket *sock,
		     struct tunip_claim *c)
{
	struct tunip_fib_entry bridge;
	int err = 0;

	fill_beneath(sock, c);
	if (!hand_over(c) && (c->installed || c->unsure))
		err = sock ? tunip_table_change(sock, &c->entry, false) :
			     w->again;
	if (!err && c->bridged) {
		bridge = tunip_table_bridge(c);
		err = sock ? tunip_table_change(sock, &bridge, false) :
			     w->again;
	}
	if (err) {
		c->err = err;
		w->again = err;
		return false;
	}
	c->bridged = false;
	if (c->installed) {
		c->err = 0;
		tunip_notify_route(c, TUNIP_ROUTE_EV_REMOVED);
	}
	c->installed = false;
	c->unsure = false;
	wake_waiters(c);
	return true;
}

static void release(struct tunip_wish *w, struct socket *sock,
		    struct tunip_claim *c)
{
	if (!take_out(w, sock, c)) {
		if (!w->last)
			return;
		netdev_err(c->td->dev,
			   "leaves an entry behind in table %u: error %d\n",
			   c->entry.table, c->err);
		wake_waiters(c);
	}
	claim_free(c);
}

/* The table does not take it, and who waits for it may be luckier. */
static void refuse(struct tunip_wish *w, struct tunip_claim *c, int err)
{
	bool held = c->installed || c->unsure;
	bool news = c->err != err;

	c->err = err;
	c->installed = false;
	c->unsure = tunip_table_busy(err);
	if (c->unsure)
		w->again = err;
	else if (held)
		wake_waiters(c);
	if (news)
		tunip_notify_route(c, TUNIP_ROUTE_EV_REFUSED);
}

static void end_bridge(struct tunip_wish *w, struct socket *sock,
		       struct tunip_claim *c)
{
	struct tunip_fib_entry e = tunip_table_bridge(c);
	int err;

	if (!c->bridged)
		return;
	err = tunip_table_change(sock, &e, false);
	c->bridged = err;
	if (err)
		w->again = err;
}

/*
 * Another source for a route that is there. Of one priority IPv6 has one route
 * by the interface only, and what NLM_F_REPLACE hits need not be ours: the
 * route is taken out and put in, and a second one of the next priority bridges
 * the gap. If somebody has one there already, the gap is bridged by that.
 */
static void change_source(struct tunip_wish *w, struct socket *sock,
			  struct tunip_claim *c)
{
	struct tunip_fib_entry bridge = tunip_table_bridge(c);
	bool unsourced;
	int err;

	err = tunip_table_add_sourced(sock, &bridge, &unsourced);
	if (!err || tunip_table_busy(err))
		c->bridged = true;
	if (!tunip_table_busy(err))
		err = tunip_table_change(sock, &c->entry, false);
	if (err) {
		w->again = err;
	} else {
		err = tunip_table_add(sock, c);
		if (err)
			refuse(w, c, err);
	}
	end_bridge(w, sock, c);
}

static void install(struct tunip_wish *w, struct socket *sock,
		    struct tunip_claim *c)
{
	enum tunip_route_event event;
	int err = tunip_table_add(sock, c);

	if (c->installed && err == -EEXIST) {
		c->err = 0;		/* where it should be */
		return;
	}
	if (c->installed && tunip_table_busy(err)) {
		set_bit(TUNIP_RRI_VERIFY, &c->td->rri.flags);
		w->again = err;
		return;
	}
	if (err) {
		refuse(w, c, err);
		return;
	}
	event = c->installed ? TUNIP_ROUTE_EV_RESTORED :
			       TUNIP_ROUTE_EV_INSTALLED;
	mark_installed(c);
	tunip_notify_route(c, event);
}

/*
 * IPv6 takes a source that goes from the routes that have it without a word, and
 * does not give it back when it is there again.
 */
static bool needs_source(const struct tunip_wish *w, const struct tunip_claim *c)
{
	return c->outdated || (w->readdress && c->unsourced) ||
	       (w->resource && c->entry.prefix.v6 && c->entry.has_prefsrc);
}

static void apply_one(struct tunip_wish *w, struct socket *sock,
		      struct tunip_claim *c)
{
	struct tunip_claim *before = c->holder;

	if (c->refusal) {
		c->holder = NULL;
		if (take_out(w, sock, c))
			refuse(w, c, c->refusal);
		return;
	}
	if (!c->installed) {
		c->holder = find_holder(c);
		if (c->holder) {
			c->err = 0;
			if (!before && c->entry.kind != TUNIP_FIB_UNREACHABLE)
				tunip_notify_route(c, TUNIP_ROUTE_EV_REFUSED);
			return;
		}
	}
	end_bridge(w, sock, c);
	if (c->installed && needs_source(w, c))
		change_source(w, sock, c);
	else if (!c->installed || w->verify)
		install(w, sock, c);
	else
		c->err = 0;
}

/* What is new comes before what is old goes: there is no gap. */
static void apply(struct tunip_wish *w, struct socket *sock)
{
	struct tunip_rri *rri = &w->td->rri;
	struct tunip_claim *c, *next;

	list_for_each_entry(c, &rri->claims, list) {
		if (c->wanted && sock)
			apply_one(w, sock, c);
		else if (c->wanted && !c->installed)
			c->err = w->again;
	}
	list_for_each_entry_safe(c, next, &rri->claims, list) {
		/* Without memory, rather a route too many than too few. */
		if (!c->wanted && c->net == w->net && !w->err)
			release(w, sock, c);
	}
}

/* NULL: there is none for now. */
static struct socket *open_tables(struct tunip_wish *w, struct net *net)
{
	struct socket *sock = tunip_fib_open(net);

	if (!IS_ERR(sock))
		return sock;
	w->again = PTR_ERR(sock);
	return NULL;
}

static void close_tables(struct socket *sock)
{
	if (sock)
		tunip_fib_close(sock);
}

/* Of a namespace that the interface has left; with its end, nothing is left. */
static void release_elsewhere(struct tunip_wish *w)
{
	struct tunip_claim *c, *next;
	struct socket *sock;
	struct net *net;

	list_for_each_entry_safe(c, next, &w->td->rri.claims, list) {
		if (c->net == w->net)
			continue;
		net = maybe_get_net(c->net);
		if (!net) {
			wake_waiters(c);
			claim_free(c);
			continue;
		}
		sock = open_tables(w, net);
		release(w, sock, c);
		close_tables(sock);
		put_net(net);
	}
}

/* The tables of the namespace where the interface is. */
static void settle_here(struct tunip_wish *w)
{
	struct socket *sock;
	int err;

	err = tunip_watch_tables(w->net);
	if (err) {
		/* What was missed till then is looked for. */
		set_bit(TUNIP_RRI_VERIFY, &w->td->rri.flags);
		w->again = err;
	}
	sock = open_tables(w, w->net);
	apply(w, sock);
	close_tables(sock);
}

static void settle(struct tunip_wish *w)
{
	struct tunip_rri *rri = &w->td->rri;
	struct tunip_claim *c;
	bool wants6 = false;

	release_elsewhere(w);
	if (w->net && !list_empty(&rri->claims))
		settle_here(w);
	list_for_each_entry(c, &rri->claims, list) {
		c->wanted = false;
		wants6 |= c->entry.kind == TUNIP_FIB_ROUTE &&
			  c->entry.prefix.v6;
	}
	if (wants6 != rri->wants6) {
		WRITE_ONCE(rri->wants6, wants6);
		tunip_dev_derive(w->td);
	}
	if (list_empty(&rri->claims))
		list_del_init(&rri->all);
	else if (list_empty(&rri->all))
		list_add_tail(&rri->all, &rri_all);
}

/* Something was left undone, and is tried again; forgotten it is not. */
static void retry(const struct tunip_wish *w)
{
	struct tunip_dev *td = w->td;
	unsigned int tries = td->rri.tries++;

	if (w->verify)
		set_bit(TUNIP_RRI_VERIFY, &td->rri.flags);
	if (w->readdress)
		set_bit(TUNIP_RRI_READDRESS, &td->rri.flags);
	if (w->resource)
		set_bit(TUNIP_RRI_RESOURCE, &td->rri.flags);
	if (tries == RETRIES_TO_TELL)
		netdev_warn(td->dev,
			    "reverse routes are not as they should be: error %d, trying again\n",
			    w->err ?: w->again);
	kick_in(td, RESTORE_DELAY << min(tries, RETRY_SHIFT_MAX));
}

static void rri_sync(struct tunip_dev *td)
{
	struct tunip_wish w = {
		.td = td,
		.verify = test_and_clear_bit(TUNIP_RRI_VERIFY, &td->rri.flags),
		.readdress = test_and_clear_bit(TUNIP_RRI_READDRESS,
						&td->rri.flags),
		.resource = test_and_clear_bit(TUNIP_RRI_RESOURCE,
					       &td->rri.flags),
	};

	rcu_read_lock();
	w.net = maybe_get_net(dev_net(td->dev));
	rcu_read_unlock();
	tunip_wish_look(&w);
	/* Who told of the address takes it from the routes after that, under rtnl. */
	if (w.resource) {
		rtnl_lock();
		rtnl_unlock();
	}
	/* Tries of before do not count. */
	if (w.dying && !td->rri.ending)
		td->rri.tries = 0;
	td->rri.ending = w.dying;
	w.last = w.dying && td->rri.tries >= RETRIES_AT_END;
	mutex_lock(&rri_lock);
	tunip_wish_make(&w);
	settle(&w);
	mutex_unlock(&rri_lock);
	tunip_wish_free(&w);
	if (w.net)
		put_net(w.net);
	if ((w.err || w.again) && !w.last)
		retry(&w);
	else
		td->rri.tries = 0;
}

/*
 * A worker's memory is nobody's; a container's routes count as the container's. What
 * takes them out for good need not fit into it any more.
 */
static void rri_work_fn(struct work_struct *work)
{
	struct tunip_rri *rri = container_of(to_delayed_work(work),
					     struct tunip_rri, work);
	struct tunip_dev *td = container_of(rri, struct tunip_dev, rri);
	struct mem_cgroup *before;

	before = set_active_memcg(READ_ONCE(td->dying) ? NULL :
				  READ_ONCE(rri->payer));
	rri_sync(td);
	set_active_memcg(before);
	dev_put(td->dev);
}

/**
 * tunip_rri_kick - something has changed that routes depend on
 * @td: the interface; kept alive until the work has run
 *
 * Any context; the work takes config_lock, its own lock and rtnl.
 */
void tunip_rri_kick(struct tunip_dev *td)
{
	kick_in(td, 0);
}

/** tunip_rri_wait - until what was kicked is done; without rtnl, may sleep */
void tunip_rri_wait(struct tunip_dev *td)
{
	if (READ_ONCE(td->rri.on))
		flush_delayed_work(&td->rri.work);
}

/** tunip_rri_setup - for a new interface */
void tunip_rri_setup(struct tunip_dev *td)
{
	INIT_LIST_HEAD(&td->rri.claims);
	INIT_LIST_HEAD(&td->rri.all);
	INIT_DELAYED_WORK(&td->rri.work, rri_work_fn);
}

/* ------------------------------------------------------------------- dumps */

/**
 * tunip_rri_walk - look at all claims
 * @fn: called for each; not 0 ends the walk
 * @arg: handed to @fn
 *
 * May sleep, without rtnl. Return: what @fn returned last.
 */
int tunip_rri_walk(int (*fn)(const struct tunip_claim *c, void *arg), void *arg)
{
	struct tunip_dev *td;
	struct tunip_claim *c;
	int err = 0;

	mutex_lock(&rri_lock);
	list_for_each_entry(td, &rri_all, rri.all) {
		list_for_each_entry(c, &td->rri.claims, list) {
			err = fn(c, arg);
			if (err)
				goto out_unlock;
		}
	}
out_unlock:
	mutex_unlock(&rri_lock);
	return err;
}

/* ---------------------------------------------- what others do to the tables */

/** tunip_rri_verify_prefix - claims of a destination, whatever the kind */
void tunip_rri_verify_prefix(struct net *net, u32 table,
			     const struct tunip_prefix *p)
{
	static const enum tunip_fib_kind kinds[] = {
		TUNIP_FIB_ROUTE, TUNIP_FIB_UNREACHABLE,
	};
	struct tunip_claim *c;
	int i;

	spin_lock_bh(&claims_lock);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		hash_for_each_possible(claims_hash, c, node,
				       claim_hash(net, kinds[i], table, p))
			if (same_place(c, net, kinds[i], table, p))
				verify_in(c->td, RESTORE_DELAY);
	spin_unlock_bh(&claims_lock);
}

/**
 * tunip_rri_verify_rules - all who have a rule look whether it is there
 * @net: the namespace in which one went; they are few, and go seldom
 */
void tunip_rri_verify_rules(struct net *net)
{
	struct tunip_claim *c;
	int bucket;

	spin_lock_bh(&claims_lock);
	hash_for_each(claims_hash, bucket, c, node)
		if (c->net == net && c->entry.kind == TUNIP_FIB_RULE)
			verify_in(c->td, RESTORE_DELAY);
	spin_unlock_bh(&claims_lock);
}

static bool starts_from(const struct tunip_fib_entry *e,
			const struct tunip_prefix *p)
{
	return e->has_prefsrc &&
	       !memcmp(&e->prefsrc, &p->addr, sizeof(e->prefsrc));
}

/**
 * tunip_rri_readdress - an address of a namespace came or went
 * @net: the namespace
 * @p: the address
 *
 * Those whose own packets may start from it look for a source again. Atomic.
 */
void tunip_rri_readdress(struct net *net, const struct tunip_prefix *p)
{
	struct tunip_claim *c;
	int bucket;

	spin_lock_bh(&claims_lock);
	hash_for_each(claims_hash, bucket, c, node) {
		if (c->net != net || c->entry.kind != TUNIP_FIB_ROUTE ||
		    c->entry.prefix.v6 != p->v6 ||
		    !tunip_wish_may_start(c->td, p))
			continue;
		set_bit(TUNIP_RRI_READDRESS, &c->td->rri.flags);
		if (starts_from(&c->entry, p))
			set_bit(TUNIP_RRI_RESOURCE, &c->td->rri.flags);
		kick_in(c->td, 0);
	}
	spin_unlock_bh(&claims_lock);
}

/** tunip_rri_forget - a namespace has ended, and what was claimed in it */
void tunip_rri_forget(struct net *net)
{
	struct tunip_claim *c, *next;
	struct tunip_dev *td, *tmp;

	mutex_lock(&rri_lock);
	list_for_each_entry_safe(td, tmp, &rri_all, rri.all) {
		list_for_each_entry_safe(c, next, &td->rri.claims, list) {
			if (c->net != net)
				continue;
			wake_waiters(c);
			claim_free(c);
		}
		if (list_empty(&td->rri.claims))
			list_del_init(&td->rri.all);
	}
	mutex_unlock(&rri_lock);
}

int tunip_rri_init(void)
{
	int err;

	rri_wq = alloc_workqueue("tunnel_ip_rri", WQ_UNBOUND, 0);
	if (!rri_wq)
		return -ENOMEM;
	err = tunip_watch_init();
	if (err)
		destroy_workqueue(rri_wq);
	return err;
}

/** tunip_rri_exit - after the last interface is gone */
void tunip_rri_exit(void)
{
	destroy_workqueue(rri_wq);
	tunip_watch_exit();
}
