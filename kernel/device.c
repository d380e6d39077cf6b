// SPDX-License-Identifier: GPL-2.0
/*
 * The network device and its SAs. Carrier, MTU and the transmit SA are
 * derived here from what is installed; nobody sets them directly.
 */

#include "device.h"

#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/sch_generic.h>

#include "compat.h"
#include "early.h"
#include "esp.h"
#include "lifetime.h"
#include "link.h"
#include "notify.h"
#include "outer6.h"
#include "route.h"
#include "sad.h"
#include "tx.h"

#define DRV_NAME	"tunnel_ip"

struct workqueue_struct *tunip_wq;

/* Its works wait for rtnl, which no packet and no SA is to wait for. */
static struct workqueue_struct *derive_wq;

/* ------------------------------------------------------------------ SAs */

static void sas_changed(struct tunip_dev *td)
{
	rcu_read_lock();	/* it may be on its way to another one */
	tunip_link_changed(dev_net(td->dev), TUNIP_DUMP_DEVS);
	rcu_read_unlock();
}

/** tunip_dev_find_sa - by direction and SPI; config_lock held */
struct tunip_sa *tunip_dev_find_sa(struct tunip_dev *td, u8 dir, __be32 spi)
{
	struct tunip_sa *sa;

	lockdep_assert_held(&td->config_lock);
	list_for_each_entry(sa, &td->sas, list)
		if (sa->dir == dir && sa->key.spi == spi)
			return sa;
	return NULL;
}

/*
 * The tunnel can carry packets both ways or it has no carrier: routing then
 * turns to other paths by the rules the administrator chose.
 */
static void update_carrier(struct tunip_dev *td)
{
	if (rcu_access_pointer(td->tx) && td->in_count)
		netif_carrier_on(td->dev);
	else
		netif_carrier_off(td->dev);
}

/*
 * Make @sa the transmit SA; tx_lock held. Whoever sends meanwhile finds the old
 * one or this one.
 */
static void set_tx(struct tunip_dev *td, struct tunip_sa *sa)
{
	struct tunip_sa *old = rcu_dereference_protected(td->tx,
					lockdep_is_held(&td->tx_lock));

	if (old && old != sa && !READ_ONCE(old->dead))
		WRITE_ONCE(old->state, TUNIP_SA_LINGER);
	WRITE_ONCE(sa->state, TUNIP_SA_ACTIVE);
	if (rcu_access_pointer(td->tx_next) == sa)
		RCU_INIT_POINTER(td->tx_next, NULL);
	rcu_assign_pointer(td->tx, sa);
}

/**
 * tunip_dev_switch_tx - the pending SA becomes the transmit SA
 * @td: the interface
 * @sa: the SA, ignored if it is no longer the pending one
 *
 * Any context: called by the packet path when the peer proved that it has
 * the new keys, and by the SA's timer when it did not.
 */
void tunip_dev_switch_tx(struct tunip_dev *td, struct tunip_sa *sa)
{
	bool switched = false;

	spin_lock_bh(&td->tx_lock);
	if (rcu_access_pointer(td->tx_next) == sa) {
		set_tx(td, sa);
		switched = true;
	}
	spin_unlock_bh(&td->tx_lock);
	if (!switched)
		return;
	tunip_notify_sa(sa, TUNIP_SA_EV_SWITCHED);
	tunip_dev_derive(td);
	tunip_rri_kick(td);
}

/* The SA to fall back to when the transmit SA goes: the youngest other one. */
static struct tunip_sa *next_tx(struct tunip_dev *td)
{
	struct tunip_sa *sa;

	list_for_each_entry_reverse(sa, &td->sas, list)
		if (sa->dir == TUNIP_DIR_OUT)
			return sa;
	return NULL;
}

/* Take an outbound SA that is already off the list out of service. */
static void clear_tx(struct tunip_dev *td, struct tunip_sa *sa)
{
	struct tunip_sa *next = NULL;

	spin_lock_bh(&td->tx_lock);
	if (rcu_access_pointer(td->tx_next) == sa)
		RCU_INIT_POINTER(td->tx_next, NULL);
	if (rcu_access_pointer(td->tx) == sa) {
		next = next_tx(td);
		if (next)
			set_tx(td, next);
		else
			RCU_INIT_POINTER(td->tx, NULL);
	}
	spin_unlock_bh(&td->tx_lock);
	if (next)
		tunip_notify_sa(next, TUNIP_SA_EV_SWITCHED);
}

static bool is_full(const struct tunip_dev *td, u8 dir)
{
	return (dir == TUNIP_DIR_IN ? td->in_count : td->out_count) >=
	       TUNIP_MAX_IN_SAS;
}

/* The oldest superseded SA of this direction: the one to give up for another. */
static struct tunip_sa *oldest_lingering(struct tunip_dev *td, u8 dir)
{
	struct tunip_sa *sa;

	list_for_each_entry(sa, &td->sas, list)
		if (sa->dir == dir && READ_ONCE(sa->state) == TUNIP_SA_LINGER)
			return sa;
	return NULL;
}

static u32 pair_id(struct tunip_dev *td, const struct tunip_sa *sa)
{
	struct tunip_sa *in = NULL;

	if (sa->dir == TUNIP_DIR_OUT && sa->pair_spi)
		in = tunip_dev_find_sa(td, TUNIP_DIR_IN, sa->pair_spi);
	return in ? in->id : tunip_link_next_sa_id(td->net);
}

/*
 * Let an outbound SA wait for proof behind the transmit SA, in place of one
 * that waited before; or transmit with it, if asked to or there is no other.
 */
static bool publish_tx(struct tunip_dev *td, struct tunip_sa *sa, bool now)
{
	struct tunip_sa *next;
	bool active;

	spin_lock_bh(&td->tx_lock);
	next = rcu_dereference_protected(td->tx_next,
					 lockdep_is_held(&td->tx_lock));
	if (next) {
		WRITE_ONCE(next->state, TUNIP_SA_LINGER);
		RCU_INIT_POINTER(td->tx_next, NULL);
	}
	active = now || !rcu_access_pointer(td->tx);
	if (active) {
		set_tx(td, sa);
	} else {
		WRITE_ONCE(sa->state, TUNIP_SA_PENDING);
		rcu_assign_pointer(td->tx_next, sa);
	}
	spin_unlock_bh(&td->tx_lock);
	return active;
}

/**
 * tunip_dev_add_sa - publish an SA on its interface
 * @td: the interface, config_lock held
 * @sa: its reference passes to the interface on success
 * @now: outbound: transmit with it without waiting for proof
 * @extack: for the sentence of a refusal
 *
 * Return: 0 or a negative errno; then nothing has changed.
 */
int tunip_dev_add_sa(struct tunip_dev *td, struct tunip_sa *sa, bool now,
		     struct netlink_ext_ack *extack)
{
	struct tunip_sa *victim = NULL;
	bool active = false;
	int err;

	lockdep_assert_held(&td->config_lock);
	if (td->dying) {
		NL_SET_ERR_MSG(extack, "the interface is being removed");
		return -ENODEV;
	}
	if (is_full(td, sa->dir)) {
		victim = oldest_lingering(td, sa->dir);
		if (!victim) {
			NL_SET_ERR_MSG(extack,
				       "the interface has four SAs in this direction already");
			return -ENOSPC;
		}
	}
	sa->id = pair_id(td, sa);
	sa->state = TUNIP_SA_ACTIVE;
	err = tunip_sad_insert(sa);
	if (err == -EEXIST)
		NL_SET_ERR_MSG(extack,
			       "an SA with this SPI exists in this namespace");
	if (err)
		return err;
	/* At once: others already receive what follows. */
	if (sa->dir == TUNIP_DIR_IN)
		tunip_early_release(td, sa);
	if (victim)
		tunip_dev_remove_sa(td, victim);
	list_add_tail(&sa->list, &td->sas);
	sas_changed(td);
	if (sa->dir == TUNIP_DIR_IN) {
		td->in_count++;
	} else {
		td->out_count++;
		active = publish_tx(td, sa, now);
	}
	tunip_lifetime_start(sa);
	update_carrier(td);
	tunip_notify_sa(sa, TUNIP_SA_EV_ADDED);
	if (active) {
		tunip_notify_sa(sa, TUNIP_SA_EV_SWITCHED);
		tunip_tx_kick(td);
	}
	tunip_dev_derive(td);
	tunip_rri_kick(td);
	return 0;
}

/**
 * tunip_dev_remove_sa - take an SA out of service
 * @td: the interface, config_lock held
 * @sa: on the interface's list
 *
 * The order matters: unlinked first, so that no new reader finds it; marked
 * dead, so that its work stops; then the owner's reference is dropped. Readers
 * that found it before finish under RCU or with a reference of their own.
 */
void tunip_dev_remove_sa(struct tunip_dev *td, struct tunip_sa *sa)
{
	lockdep_assert_held(&td->config_lock);
	tunip_sad_remove(sa);
	list_del_init(&sa->list);
	sas_changed(td);
	WRITE_ONCE(sa->dead, true);	/* read under tx_lock too */
	if (sa->dir == TUNIP_DIR_IN) {
		td->in_count--;
	} else {
		td->out_count--;
		clear_tx(td, sa);
	}
	tunip_lifetime_stop(sa);
	update_carrier(td);
	tunip_notify_sa(sa, TUNIP_SA_EV_REMOVED);
	tunip_sa_put(sa);
	tunip_dev_derive(td);
	tunip_rri_kick(td);
}

/** tunip_dev_flush - remove every SA, and expect none; config_lock held */
void tunip_dev_flush(struct tunip_dev *td)
{
	struct tunip_sa *sa, *next;

	tunip_early_flush(td);
	/* Outbound first, so that no fallback is chosen on the way. */
	list_for_each_entry_safe(sa, next, &td->sas, list)
		if (sa->dir == TUNIP_DIR_OUT &&
		    sa != rcu_access_pointer(td->tx))
			tunip_dev_remove_sa(td, sa);
	list_for_each_entry_safe(sa, next, &td->sas, list)
		tunip_dev_remove_sa(td, sa);
}

/* ------------------------------------------------------------------ MTU */

/*
 * IPv6 leaves an interface whose MTU falls below its least one, and takes its
 * addresses and routes along. Such packets are cut outside then, see tx.c.
 */
static void set_derived_mtu(struct tunip_dev *td, u32 mtu)
{
	if (mtu < IPV6_MIN_MTU && (tunip_inner6_in_use(td->dev) ||
				   READ_ONCE(td->rri.wants6)))
		mtu = IPV6_MIN_MTU;
	mtu = min(mtu, td->dev->max_mtu);
	td->derived_mtu = mtu;
	if (td->mtu_fixed || mtu == td->dev->mtu || mtu < td->dev->min_mtu)
		return;
	td->deriving = true;
	dev_set_mtu(td->dev, mtu);
	td->deriving = false;
}

/*
 * Who builds or forwards packets leaves this much room before them. Too much
 * costs more than too little: what is forwarded lies where the driver put it,
 * and would be copied whole for want of an octet that nobody needs. Between the
 * two multiples of HH_DATA_MOD that there are to choose from, it is the router's
 * own packets that are given a new head.
 */
static void set_headroom(struct tunip_dev *td, u32 headroom)
{
	const u32 of_drivers = NET_SKB_PAD + ETH_HLEN;
	u32 needed = headroom - 1;	/* LL_RESERVED_SPACE() rounds it up */

	if (headroom <= of_drivers)
		needed = min_t(u32, needed,
			       round_down(of_drivers, HH_DATA_MOD) - 1);
	WRITE_ONCE(td->headroom, headroom);
	WRITE_ONCE(td->dev->needed_headroom, needed);
}

/**
 * tunip_dev_keep_reachable - let an interface without carrier see its packets
 * @dev: one of ours; rtnl is held
 *
 * Without a carrier the core lets the no-op discipline swallow packets, where
 * nobody counts them and none can ask for an SA. A device without a queue has
 * nothing to protect from that: give it back its own "noqueue". A discipline
 * that the user attached is left as the core left it.
 */
void tunip_dev_keep_reachable(struct net_device *dev)
{
	struct netdev_queue *txq;
	struct Qdisc *own;
	unsigned int i;

	if (!netif_running(dev) || netif_carrier_ok(dev))
		return;
	for (i = 0; i < dev->num_tx_queues; i++) {
		txq = netdev_get_tx_queue(dev, i);
		own = rtnl_dereference(txq->qdisc_sleeping);
		if (!own->enqueue)
			rcu_assign_pointer(txq->qdisc, own);
	}
}

static void derive_work_fn(struct work_struct *work)
{
	struct tunip_dev *td = container_of(work, struct tunip_dev,
					    derive_work);
	const struct tunip_sa *sa;
	u32 pmtu, mtu = 0, headroom = 0;

	rtnl_lock();
	if (td->dying)
		goto out;
	tunip_dev_keep_reachable(td->dev);
	rcu_read_lock_bh();
	sa = rcu_dereference_bh(td->tx);
	pmtu = tunip_route_pmtu(td, sa, &headroom);
	if (sa)
		mtu = tunip_esp_max_inner(sa->suite, pmtu, sa->outer_len);
	rcu_read_unlock_bh();
	WRITE_ONCE(td->pmtu, pmtu);
	if (headroom)
		set_headroom(td, headroom);
	if (mtu)
		set_derived_mtu(td, mtu);
out:
	rtnl_unlock();
	dev_put(td->dev);
}

/**
 * tunip_dev_derive - follow a change of path or suite with the MTU
 * @td: the interface; kept alive until the work has run
 *
 * Any context; the work takes rtnl.
 */
void tunip_dev_derive(struct tunip_dev *td)
{
	dev_hold(td->dev);
	if (!queue_work(derive_wq, &td->derive_work))
		dev_put(td->dev);
}

/* A user's MTU is kept until it is set back to the derived one. */
static int tunip_change_mtu(struct net_device *dev, int mtu)
{
	struct tunip_dev *td = netdev_priv(dev);

	if (!td->deriving)
		td->mtu_fixed = mtu != td->derived_mtu;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

/*
 * Nothing is offloaded. This is the only word of a classifier that comes or goes
 * (clsact), for which the core switches the queues off and, without a carrier,
 * does not switch them on again.
 */
static int tunip_setup_tc(struct net_device *dev, enum tc_setup_type type,
			  void *type_data)
{
	tunip_dev_derive(netdev_priv(dev));
	return -EOPNOTSUPP;
}

/* -------------------------------------------------------- device methods */

static int tunip_init(struct net_device *dev)
{
	struct tunip_dev *td = netdev_priv(dev);

	td->stats = tunip_counters_alloc();
	if (!td->stats)
		return -ENOMEM;
	tunip_link_hold_net(td);
	return 0;
}

/* Nobody is behind a tunnel to be redirected. */
static int tunip_open(struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rtnl(dev);

	if (in_dev)
		IN_DEV_CONF_SET(in_dev, SEND_REDIRECTS, false);
	tunip_inner6_open(dev);
	tunip_dev_derive(netdev_priv(dev));
	return 0;
}

static int tunip_stop(struct net_device *dev)
{
	tunip_tx_purge(netdev_priv(dev), TUNIP_STAT_DROP_DOWN);
	return 0;
}

/*
 * Removal, part one (rtnl held): refuse new SAs, take out the installed ones.
 * The device's memory stays until their last reader has let go of it.
 */
static void tunip_uninit(struct net_device *dev)
{
	struct tunip_dev *td = netdev_priv(dev);

	mutex_lock(&td->config_lock);
	WRITE_ONCE(td->dying, true);
	tunip_dev_flush(td);
	mutex_unlock(&td->config_lock);
	tunip_rri_kick(td);
	list_del_init(&td->net_list);
	cancel_delayed_work_sync(&td->stage_work);
	tunip_tx_purge(td, TUNIP_STAT_DROP_DOWN);
}

static void tunip_destructor(struct net_device *dev)
{
	struct tunip_dev *td = netdev_priv(dev);

	tunip_rri_free(td);
	free_percpu(td->stats);
	tunip_link_put_net(td);
}

static void tunip_get_stats64(struct net_device *dev,
			      struct rtnl_link_stats64 *s)
{
	struct tunip_dev *td = netdev_priv(dev);
	u64 sum[TUNIP_STAT_COUNT], in;
	enum tunip_stat i;

	/* First: what it counts is in the others already. */
	in = tunip_counters_rx_dropped(td->stats);
	tunip_counters_sum(td->stats, sum);
	s->rx_packets = sum[TUNIP_STAT_RX_PACKETS];
	s->rx_bytes = sum[TUNIP_STAT_RX_BYTES];
	s->tx_packets = sum[TUNIP_STAT_TX_PACKETS];
	s->tx_bytes = sum[TUNIP_STAT_TX_BYTES];
	for (i = TUNIP_STAT_FIRST; i < TUNIP_STAT_COUNT; i++) {
		switch (tunip_stat_class(i)) {
		case TUNIP_CLASS_TRAFFIC:
			break;
		case TUNIP_CLASS_RX_ERROR:
			s->rx_errors += sum[i];
			break;
		case TUNIP_CLASS_RX_DROP:
			s->rx_dropped += sum[i];
			break;
		case TUNIP_CLASS_TX_CARRIER:
			s->tx_carrier_errors += sum[i];
			s->tx_errors += sum[i];
			break;
		case TUNIP_CLASS_DROP:
			s->tx_dropped += sum[i];
			break;
		}
	}
	s->rx_dropped += in;
	s->tx_dropped -= min(in, s->tx_dropped);
}

static int tunip_get_iflink(const struct net_device *dev)
{
	const struct tunip_dev *td = netdev_priv(dev);

	return READ_ONCE(td->underlay);
}

const struct net_device_ops tunip_netdev_ops = {
	.ndo_init		= tunip_init,
	.ndo_uninit		= tunip_uninit,
	.ndo_open		= tunip_open,
	.ndo_stop		= tunip_stop,
	.ndo_start_xmit		= tunip_xmit,
	.ndo_change_mtu		= tunip_change_mtu,
	.ndo_setup_tc		= tunip_setup_tc,
	.ndo_get_stats64	= tunip_get_stats64,
	.ndo_get_iflink		= tunip_get_iflink,
};

static void tunip_get_drvinfo(struct net_device *dev,
			      struct ethtool_drvinfo *info)
{
	strscpy(info->driver, DRV_NAME, sizeof(info->driver));
}

static int tunip_get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? TUNIP_STAT_COUNT - TUNIP_STAT_FIRST :
				      -EOPNOTSUPP;
}

static void tunip_get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	int i;

	if (sset != ETH_SS_STATS)
		return;
	for (i = TUNIP_STAT_FIRST; i < TUNIP_STAT_COUNT; i++)
		ethtool_sprintf(&data, "%s", tunip_stat_name(i));
}

static void tunip_get_ethtool_stats(struct net_device *dev,
				    struct ethtool_stats *stats, u64 *data)
{
	struct tunip_dev *td = netdev_priv(dev);
	u64 sum[TUNIP_STAT_COUNT];

	tunip_counters_sum(td->stats, sum);
	memcpy(data, sum + TUNIP_STAT_FIRST,
	       (TUNIP_STAT_COUNT - TUNIP_STAT_FIRST) * sizeof(*data));
}

static const struct ethtool_ops tunip_ethtool_ops = {
	.get_drvinfo		= tunip_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= tunip_get_sset_count,
	.get_strings		= tunip_get_strings,
	.get_ethtool_stats	= tunip_get_ethtool_stats,
};

bool tunip_dev_is_ours(const struct net_device *dev)
{
	return dev->netdev_ops == &tunip_netdev_ops;
}

/** tunip_dev_setup - defaults of a new interface, before its attributes */
void tunip_dev_setup(struct net_device *dev)
{
	struct tunip_dev *td = netdev_priv(dev);
	netdev_features_t offloads = NETIF_F_SG | NETIF_F_FRAGLIST |
				     NETIF_F_HIGHDMA | NETIF_F_HW_CSUM |
				     NETIF_F_GSO_SOFTWARE;

	dev->netdev_ops = &tunip_netdev_ops;
	dev->ethtool_ops = &tunip_ethtool_ops;
	/* Raw sockets learn the protocol of what they send. */
	dev->header_ops = &ip_tunnel_header_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = tunip_destructor;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE;
	/* PMTU updates and fragmentation need the inner route. */
	netif_keep_dst(dev);
	tunip_set_lltx(dev);
	dev->features |= offloads;
	dev->hw_features |= offloads;
	dev->hw_enc_features |= offloads;
	dev->needed_headroom = LL_MAX_HEADER + TUNIP_OUTER_IPV6_LEN +
			       TUNIP_UDP_LEN + TUNIP_ESP_MAX_HEAD;
	dev->needed_tailroom = TUNIP_ESP_MAX_TAIL;
	dev->addr_len = 0;
	dev->hard_header_len = 0;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = IP_MAX_MTU - TUNIP_OUTER_IPV6_LEN - TUNIP_UDP_LEN -
		       TUNIP_ESP_MAX_HEAD - TUNIP_ESP_MAX_TAIL;
	/* The largest overhead there is, until an SA says better. */
	dev->mtu = tunip_esp_max_inner(tunip_suite_find(TUNIP_ENCR_AES_CBC,
					TUNIP_INTEG_HMAC_SHA2_512_256),
				       TUNIP_PMTU_DEFAULT,
				       TUNIP_OUTER_IPV4_LEN + TUNIP_UDP_LEN);

	td->dev = dev;
	td->pmtu = TUNIP_PMTU_DEFAULT;
	INIT_LIST_HEAD(&td->net_list);
	INIT_LIST_HEAD(&td->sas);
	INIT_LIST_HEAD(&td->early);
	mutex_init(&td->config_lock);
	spin_lock_init(&td->tx_lock);
	skb_queue_head_init(&td->staged);
	INIT_DELAYED_WORK(&td->stage_work, tunip_tx_stage_work);
	INIT_WORK(&td->derive_work, derive_work_fn);
	tunip_rri_setup(td);
	td->last_acquire = jiffies - HZ;
}

int tunip_device_init(void)
{
	tunip_wq = alloc_workqueue(DRV_NAME, WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!tunip_wq)
		return -ENOMEM;
	derive_wq = alloc_workqueue(DRV_NAME "_mtu", WQ_UNBOUND, 0);
	if (derive_wq)
		return 0;
	destroy_workqueue(tunip_wq);
	return -ENOMEM;
}

void tunip_device_exit(void)
{
	destroy_workqueue(derive_wq);
	destroy_workqueue(tunip_wq);
}
