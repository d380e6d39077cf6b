/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reverse routes: while an interface can carry packets, the networks behind it
 * are routed into it; while it cannot, they are unreachable rather than
 * reachable in clear.
 */
#ifndef TUNIP_RRI_H
#define TUNIP_RRI_H

#include <linux/list.h>
#include <linux/workqueue.h>

#include "fib.h"
#include "selector.h"

struct mem_cgroup;
struct net;
struct netlink_ext_ack;
struct tunip_dev;
struct tunip_rri_config;

/**
 * enum tunip_rri_flag - bits of what the work is to look at besides
 * @TUNIP_RRI_VERIFY: something of ours may have been taken out
 * @TUNIP_RRI_READDRESS: an address came or went that routes may start from
 * @TUNIP_RRI_RESOURCE: one that they start from, be it for a moment
 */
enum tunip_rri_flag {
	TUNIP_RRI_VERIFY,
	TUNIP_RRI_READDRESS,
	TUNIP_RRI_RESOURCE,
};

/**
 * struct tunip_rri - the part of an interface
 * @config: NULL while it has none; config_lock
 * @on: it has or had one; set once, read anywhere
 * @claims: what it wants in tables; rri_lock
 * @all: on the list of those that have claims; rri_lock
 * @wants6: there are routes to IPv6 networks, for which the interface needs IPv6
 * @flags: enum tunip_rri_flag, news for the work
 * @tries: how often in a row it left something undone; the work's own
 * @ending: it has seen that the interface ends; the work's own, too
 * @source: from what its routes start, by family; so is this
 * @has_source: there is one
 * @payer: of the memory: who configured it; held, changed under config_lock
 * @work: makes the tables as they should be; holds the device while queued
 */
struct tunip_rri {
	struct tunip_rri_config *config;
	bool on;
	struct list_head claims;
	struct list_head all;
	bool wants6;
	unsigned long flags;
	unsigned int tries;
	bool ending;
	union tunip_addr source[2];
	bool has_source[2];
	struct mem_cgroup *payer;
	struct delayed_work work;
};

/**
 * struct tunip_rri_config - what an interface was asked for
 * @priority: of the routes
 * @fallback: enum tunip_rri_fallback
 * @policy: what the fallback is for; NULL: nothing
 */
struct tunip_rri_config {
	u32 priority;
	u8 fallback;
	struct tunip_selector *policy;
};

/** struct tunip_claim - a wish of an interface, and what has become of it */
struct tunip_claim {
	struct hlist_node node;		/* by what may have one owner only */
	struct list_head list;
	struct tunip_dev *td;
	struct net *net;		/* not pinned: forgotten when it ends */
	struct tunip_fib_entry entry;
	struct tunip_claim *holder;	/* while it waits: behind whom */
	bool wanted;
	int refusal;			/* we do not even ask for it: errno */
	bool installed;
	bool unsure;			/* failed, but may be in the table */
	bool outdated;			/* in the table with another source */
	bool unsourced;			/* in the table without the source */
	bool bridged;			/* and again with the next priority */
	int err;
	s64 since_ms;			/* wall clock, when it was installed */
};

int tunip_rri_init(void);
void tunip_rri_exit(void);
void tunip_rri_setup(struct tunip_dev *td);
void tunip_rri_free(struct tunip_dev *td);
void tunip_rri_kick(struct tunip_dev *td);
void tunip_rri_wait(struct tunip_dev *td);
void tunip_rri_config_free(struct tunip_rri_config *config);
int tunip_rri_check(struct tunip_dev *td, const struct tunip_rri_config *config,
		    struct netlink_ext_ack *extack);
void tunip_rri_set(struct tunip_dev *td, struct tunip_rri_config *config);
u8 tunip_claim_state(const struct tunip_claim *c);
int tunip_rri_walk(int (*fn)(const struct tunip_claim *c, void *arg), void *arg);

#endif
