/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tunnel_ip network device: its structure, and the rules by which its SAs,
 * carrier and MTU hang together.
 */
#ifndef TUNIP_DEVICE_H
#define TUNIP_DEVICE_H

#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/tunnel_ip.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "ends.h"
#include "rri.h"
#include "stats.h"

struct netlink_ext_ack;
struct tunip_sa;

/* Packets kept while an SA is being negotiated, and for how long. */
#define TUNIP_STAGE_MAX		32
#define TUNIP_STAGE_TIMEOUT	(3 * HZ)

#define TUNIP_PMTU_DEFAULT	1500

/**
 * struct tunip_dev - private data of one interface
 * @net: namespace of the outer packets; the device itself may move
 * @ends: changed under rtnl and config_lock, read under either
 * @config_lock: guards @sas and the counts; process context
 * @tx_lock: guards changes of @tx and @tx_next; any context
 * @tx: the SA that seals what leaves
 * @tx_next: waits for proof that the peer has it
 * @headroom: what was asked for before packets, for the route known then
 * @early: SPIs whose packets wait for an SA, early.c; config_lock
 * @derived_mtu: what path and suite allow; 0 before the first SA
 * @mtu_fixed: the user chose the MTU; rtnl
 * @deriving: dev_set_mtu() is ours, not the user's; rtnl
 * @dying: being unregistered; set under rtnl and config_lock
 */
struct tunip_dev {
	struct net_device *dev;
	struct net *net;
	struct list_head net_list;

	struct tunip_ends ends;
	u32 underlay;
	u8 ttl;
	u8 tos;
	u8 df;
	bool local_only;

	struct tunip_sa __rcu *tx;
	struct tunip_sa __rcu *tx_next;
	struct tunip_counters __percpu *stats;
	u32 pmtu;
	u32 headroom;

	struct sk_buff_head staged;
	struct delayed_work stage_work;
	unsigned long last_acquire;

	spinlock_t tx_lock;
	struct mutex config_lock;
	struct list_head sas;
	unsigned int in_count;
	unsigned int out_count;
	struct list_head early;

	struct tunip_rri rri;
	struct work_struct derive_work;
	u32 derived_mtu;
	bool mtu_fixed;
	bool deriving;
	bool dying;
};

/* For packets and SAs: nothing here waits for rtnl. */
extern struct workqueue_struct *tunip_wq;
extern const struct net_device_ops tunip_netdev_ops;

int tunip_device_init(void);
void tunip_device_exit(void);
void tunip_dev_setup(struct net_device *dev);
bool tunip_dev_is_ours(const struct net_device *dev);

int tunip_dev_add_sa(struct tunip_dev *td, struct tunip_sa *sa, bool now,
		     struct netlink_ext_ack *extack);
void tunip_dev_remove_sa(struct tunip_dev *td, struct tunip_sa *sa);
void tunip_dev_flush(struct tunip_dev *td);
void tunip_dev_switch_tx(struct tunip_dev *td, struct tunip_sa *sa);
struct tunip_sa *tunip_dev_find_sa(struct tunip_dev *td, u8 dir, __be32 spi);
void tunip_dev_derive(struct tunip_dev *td);
void tunip_dev_keep_reachable(struct net_device *dev);

#endif
