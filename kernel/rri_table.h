/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One claim on its way into a table and out of it.
 */
#ifndef TUNIP_RRI_TABLE_H
#define TUNIP_RRI_TABLE_H

#include "rri.h"

struct socket;

bool tunip_table_own_change(void);
bool tunip_table_busy(int err);
int tunip_table_change(struct socket *sock, const struct tunip_fib_entry *e,
		       bool add);
int tunip_table_add_sourced(struct socket *sock,
			    const struct tunip_fib_entry *entry,
			    bool *unsourced);
int tunip_table_add(struct socket *sock, struct tunip_claim *c);
struct tunip_fib_entry tunip_table_bridge(const struct tunip_claim *c);

#endif
