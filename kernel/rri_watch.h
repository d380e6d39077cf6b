/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between rri_watch.c, which hears what others do to the tables, and rri.c,
 * which knows whom it concerns.
 */
#ifndef TUNIP_RRI_WATCH_H
#define TUNIP_RRI_WATCH_H

#include <linux/types.h>

struct net;
struct tunip_prefix;

int tunip_watch_init(void);
void tunip_watch_exit(void);
int tunip_watch_tables(struct net *net);

void tunip_rri_verify_prefix(struct net *net, u32 table,
			     const struct tunip_prefix *p);
void tunip_rri_readdress(struct net *net, const struct tunip_prefix *p);
void tunip_rri_verify_rules(struct net *net);
void tunip_rri_forget(struct net *net);

#endif
