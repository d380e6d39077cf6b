/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The link kind: creation, change and display of interfaces over rtnetlink,
 * and the end of namespaces.
 */
#ifndef TUNIP_LINK_H
#define TUNIP_LINK_H

#include <linux/atomic.h>
#include <linux/types.h>

struct net;
struct tunip_dev;

/** enum tunip_dump - lists of a namespace that take several messages to dump */
enum tunip_dump {
	TUNIP_DUMP_DEVS,	/* and the SAs of each */
	TUNIP_DUMP_ROUTES,
	TUNIP_DUMPS,
};

int tunip_link_net_init(void);
void tunip_link_net_exit(void);
int tunip_link_init(void);
void tunip_link_exit(void);
u32 tunip_link_next_sa_id(const struct net *net);
atomic_t *tunip_link_early_octets(const struct net *net);
void tunip_link_changed(const struct net *net, enum tunip_dump what);
unsigned int tunip_link_generation(const struct net *net, enum tunip_dump what);
void tunip_link_hold_net(const struct tunip_dev *td);
void tunip_link_put_net(const struct tunip_dev *td);

#endif
