/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets that arrive before the keys of their SA. Who answers an exchange may
 * send by the new SA at once (RFC 7296 section 2.8), while the other side still
 * computes. They wait for the SA: a few of them, and for a while.
 */
#ifndef TUNIP_EARLY_H
#define TUNIP_EARLY_H

#include <linux/types.h>

struct netlink_ext_ack;
struct sk_buff;
struct tunip_dev;
struct tunip_sa;

int tunip_early_expect(struct tunip_dev *td, __be32 spi, u32 seconds,
		       struct netlink_ext_ack *extack);
int tunip_early_cancel(struct tunip_dev *td, __be32 spi,
		       struct netlink_ext_ack *extack);
void tunip_early_flush(struct tunip_dev *td);
void tunip_early_release(struct tunip_dev *td, struct tunip_sa *sa);
bool tunip_early_any(void);
bool tunip_early_hold(struct sk_buff *skb, bool udp);

#endif
