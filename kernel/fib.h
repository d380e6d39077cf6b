/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Routes and policy rules, put into a namespace as an administrator would.
 */
#ifndef TUNIP_FIB_H
#define TUNIP_FIB_H

#include <linux/types.h>

#include "prefix.h"

struct net;
struct socket;

enum tunip_fib_kind {
	TUNIP_FIB_ROUTE,	/* by an interface */
	TUNIP_FIB_UNREACHABLE,
	TUNIP_FIB_RULE,		/* from a prefix to a table */
};

/** struct tunip_fib_entry - one of them */
struct tunip_fib_entry {
	enum tunip_fib_kind kind;
	struct tunip_prefix prefix;	/* destination; of a rule: source */
	u32 table;
	u32 priority;
	int ifindex;
	bool has_prefsrc;
	union tunip_addr prefsrc;	/* of the prefix's family */
};

struct socket *tunip_fib_open(struct net *net);
void tunip_fib_close(struct socket *sock);
int tunip_fib_add(struct socket *sock, const struct tunip_fib_entry *e);
int tunip_fib_del(struct socket *sock, const struct tunip_fib_entry *e);

#endif
