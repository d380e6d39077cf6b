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

int tunip_link_init(void);
void tunip_link_exit(void);
u32 tunip_link_next_sa_id(const struct net *net);
atomic_t *tunip_link_early_octets(const struct net *net);

#endif
