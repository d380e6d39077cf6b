/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transmit: from ndo_start_xmit to the wire, and the queue of packets that
 * wait for an SA.
 */
#ifndef TUNIP_TX_H
#define TUNIP_TX_H

#include <linux/netdevice.h>

#include "stats.h"

struct tunip_dev;

netdev_tx_t tunip_xmit(struct sk_buff *skb, struct net_device *dev);
void tunip_tx_kick(struct tunip_dev *td);
void tunip_tx_purge(struct tunip_dev *td, enum tunip_stat why);
void tunip_tx_stage_work(struct work_struct *work);

#endif
