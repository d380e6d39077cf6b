// SPDX-License-Identifier: GPL-2.0
/*
 * The SPIs that are expected, each with the packets that wait for it. A packet
 * asks here only when no SA has its SPI, and while nothing is expected that costs
 * it one read.
 */

#include "early.h"

#include <linux/hashtable.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "crypto/multi.h"
#include "device.h"
#include "drop.h"
#include "esp.h"
#include "link.h"
#include "rx.h"
#include "sad.h"

/*
 * What waits for an SPI, in packets and in octets of memory: what comes in while
 * keys are computed. The oldest goes for another, so that what has waited and what
 * follows it are near each other in the replay window.
 */
#define WAIT_MAX	128
#define WAIT_OCTETS	(512U << 10)
/*
 * All interfaces of an outer namespace, and of all of them: not everybody is
 * trusted. What is more is refused, what waits already stays.
 */
#define NET_OCTETS	(8 << 20)
#define ALL_OCTETS	(64 << 20)

/**
 * struct early - an SPI that is expected
 * @node: in @table, for readers under RCU
 * @list: of the interface; config_lock
 * @td: held until the entry is gone
 * @spi: the SPI
 * @closed: nothing may wait any more; under the lock of @skbs
 * @octets: memory of what waits; likewise
 * @skbs: what waits, the oldest first
 * @work: ends the waiting. Who cancels it in time lets go of the entry, else it
 *	does itself
 * @rcu: its end
 */
struct early {
	struct hlist_node node;
	struct list_head list;
	struct tunip_dev *td;
	__be32 spi;
	bool closed;
	u32 octets;
	struct sk_buff_head skbs;
	struct delayed_work work;
	struct rcu_head rcu;
};

static DEFINE_HASHTABLE(table, 8);
static DEFINE_SPINLOCK(table_lock);
static atomic_t entries = ATOMIC_INIT(0);
static atomic_t all_octets = ATOMIC_INIT(0);

static struct early *find(const struct net *net, __be32 spi)
{
	struct early *e;

	hash_for_each_possible_rcu(table, e, node, (__force u32)spi,
				   lockdep_is_held(&table_lock))
		if (e->spi == spi && net_eq(e->td->net, net))
			return e;
	return NULL;
}

static struct early *find_own(struct tunip_dev *td, __be32 spi)
{
	struct early *e;

	lockdep_assert_held(&td->config_lock);
	list_for_each_entry(e, &td->early, list)
		if (e->spi == spi)
			return e;
	return NULL;
}

/* Counted until no reader can have missed both it and the SA that came for it. */
static void free_early(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct early, rcu));
	atomic_dec(&entries);
}

/*
 * The callback is queued while the interface is still held: unloading waits for
 * interfaces first, then for callbacks.
 */
static void let_go(struct early *e)
{
	struct net_device *dev = e->td->dev;

	call_rcu(&e->rcu, free_early);
	dev_put(dev);
}

static void add_octets(struct early *e, int octets)
{
	e->octets += octets;
	atomic_add(octets, &all_octets);
	atomic_add(octets, tunip_link_early_octets(e->td->net));
}

/* Nobody finds it any more; what has waited is in @skbs. */
static void unlink_early(struct early *e, struct sk_buff_head *skbs)
{
	list_del_init(&e->list);
	spin_lock_bh(&table_lock);
	hash_del_rcu(&e->node);
	spin_unlock_bh(&table_lock);

	__skb_queue_head_init(skbs);
	spin_lock_bh(&e->skbs.lock);
	e->closed = true;
	add_octets(e, -(int)e->octets);
	skb_queue_splice_init(&e->skbs, skbs);
	spin_unlock_bh(&e->skbs.lock);
}

/* The SA does not come. */
static void drop_waiting(struct early *e)
{
	struct sk_buff_head skbs;
	struct sk_buff *skb;

	unlink_early(e, &skbs);
	local_bh_disable();
	while ((skb = __skb_dequeue(&skbs)))
		tunip_drop(e->td, NULL, skb, TUNIP_STAT_DROP_EARLY);
	local_bh_enable();
}

static void forget(struct early *e)
{
	drop_waiting(e);
	if (cancel_delayed_work(&e->work))
		let_go(e);
}

static void give_up(struct work_struct *work)
{
	struct early *e = container_of(to_delayed_work(work), struct early,
				       work);

	mutex_lock(&e->td->config_lock);
	if (!list_empty(&e->list))
		drop_waiting(e);
	mutex_unlock(&e->td->config_lock);
	let_go(e);
}

/*
 * Unless somebody has it: an SA, or another interface that expects it. An SA of
 * another interface may still come, and has its packets then.
 */
static bool publish(struct early *e)
{
	bool taken;

	rcu_read_lock();
	spin_lock_bh(&table_lock);
	taken = tunip_sad_find_in(e->td->net, e->spi) ||
		find(e->td->net, e->spi);
	if (!taken)
		hash_add_rcu(table, &e->node, (__force u32)e->spi);
	spin_unlock_bh(&table_lock);
	rcu_read_unlock();
	return !taken;
}

/* No more than an interface has inbound SAs: the oldest goes for another. */
static void make_room(struct tunip_dev *td)
{
	struct early *e;
	int n = 0;

	list_for_each_entry(e, &td->early, list)
		n++;
	if (n >= TUNIP_MAX_IN_SAS)
		forget(list_first_entry(&td->early, struct early, list));
}

/**
 * tunip_early_expect - let packets of an SPI wait for its SA
 * @td: the interface that will have the inbound SA; config_lock held
 * @spi: the SPI
 * @seconds: how long at most
 * @extack: for the sentence of a refusal
 *
 * In place of the oldest when there are as many as an interface has inbound SAs.
 * Return: 0, -EEXIST, -ENODEV or -ENOMEM.
 */
int tunip_early_expect(struct tunip_dev *td, __be32 spi, u32 seconds,
		       struct netlink_ext_ack *extack)
{
	struct early *e;

	lockdep_assert_held(&td->config_lock);
	if (td->dying) {
		NL_SET_ERR_MSG(extack, "the interface is being removed");
		return -ENODEV;
	}
	e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return -ENOMEM;
	e->td = td;
	e->spi = spi;
	skb_queue_head_init(&e->skbs);
	INIT_DELAYED_WORK(&e->work, give_up);
	atomic_inc(&entries);
	if (!publish(e)) {
		NL_SET_ERR_MSG(extack,
			       "this SPI is in use or expected in this namespace");
		kfree(e);
		atomic_dec(&entries);
		return -EEXIST;
	}
	make_room(td);
	dev_hold(td->dev);
	list_add_tail(&e->list, &td->early);
	queue_delayed_work(tunip_wq, &e->work, seconds * HZ);
	return 0;
}

/**
 * tunip_early_cancel - an SA will not come; what waits for it is dropped
 * @td: the interface; config_lock held
 * @spi: the SPI
 * @extack: for the sentence of a refusal
 *
 * Return: 0, or -ENOENT when it is not expected.
 */
int tunip_early_cancel(struct tunip_dev *td, __be32 spi,
		       struct netlink_ext_ack *extack)
{
	struct early *e = find_own(td, spi);

	if (!e) {
		NL_SET_ERR_MSG(extack, "this interface expects no such SPI");
		return -ENOENT;
	}
	forget(e);
	return 0;
}

/** tunip_early_flush - of all SPIs of an interface; config_lock held */
void tunip_early_flush(struct tunip_dev *td)
{
	struct early *e, *next;

	list_for_each_entry_safe(e, next, &td->early, list)
		forget(e);
}

/**
 * tunip_early_release - the SA has come: receive what waited for it
 * @td: its interface; config_lock held
 * @sa: the inbound SA, already published
 */
void tunip_early_release(struct tunip_dev *td, struct tunip_sa *sa)
{
	struct early *e = find_own(td, sa->key.spi);
	struct sk_buff_head skbs;
	struct sk_buff *skb;

	if (!e)
		return;
	/* Who does not find the entry any more finds the SA, see claim(). */
	smp_wmb();
	unlink_early(e, &skbs);
	local_bh_disable();
	while ((skb = __skb_dequeue(&skbs)))
		tunip_rx_resume(skb, sa);
	local_bh_enable();
	if (cancel_delayed_work(&e->work))
		let_go(e);
}

/**
 * tunip_early_any - may an SPI have been expected just now?
 *
 * Only then does a packet without an SA have to ask tunip_early_hold(), and when
 * that does not know its SPI either, to look for the SA once more: it may have come
 * between the two. Under RCU since before the first look.
 */
bool tunip_early_any(void)
{
	return atomic_read(&entries);
}

/* Whatever belongs to the way that the packet came, and must not wait with it. */
static void detach(struct sk_buff *skb, struct net_device *dev)
{
	skb_dst_drop(skb);
	skb_orphan(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	skb->dev = dev;
}

/* One more waits, behind fewer others if they were too many. */
static void append(struct early *e, struct sk_buff *skb)
{
	struct sk_buff *old;

	tunip_count(e->td, NULL, TUNIP_STAT_RX_EARLY);
	if (atomic_read(tunip_link_early_octets(e->td->net)) > NET_OCTETS ||
	    atomic_read(&all_octets) > ALL_OCTETS) {
		tunip_drop(e->td, NULL, skb, TUNIP_STAT_DROP_EARLY);
		return;
	}
	__skb_queue_tail(&e->skbs, skb);
	add_octets(e, skb->truesize);
	while (skb_queue_len(&e->skbs) > WAIT_MAX || e->octets > WAIT_OCTETS) {
		old = __skb_dequeue(&e->skbs);
		add_octets(e, -(int)old->truesize);
		tunip_drop(e->td, NULL, old, TUNIP_STAT_DROP_EARLY);
	}
}

/**
 * tunip_early_hold - keep a packet that has no SA, if its SPI is expected
 * @skb: data is the ESP header; consumed when true is returned
 * @udp: arrived in UDP
 *
 * Under RCU, bottom halves disabled.
 */
bool tunip_early_hold(struct sk_buff *skb, bool udp)
{
	const struct tunip_esp_hdr *esp;
	struct early *e;
	bool held;

	if (!pskb_may_pull(skb, sizeof(*esp)))
		return false;
	esp = (const struct tunip_esp_hdr *)skb->data;
	e = find(dev_net(skb->dev), esp->spi);
	if (!e)
		return false;
	spin_lock(&e->skbs.lock);
	held = !e->closed;
	if (held) {
		/* Where it came in may go away meanwhile. */
		detach(skb, e->td->dev);
		tunip_cb(skb)->udp = udp;
		append(e, skb);
	}
	spin_unlock(&e->skbs.lock);
	return held;
}
