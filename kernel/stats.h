/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of interfaces and SAs: one per-CPU array indexed by the uapi's
 * enum tunip_stat, so that a counter is one enum value, one name and one
 * increment.
 */
#ifndef TUNIP_STATS_H
#define TUNIP_STATS_H

#include <linux/percpu.h>
#include <linux/tunnel_ip.h>
#include <linux/u64_stats_sync.h>

struct sk_buff;

/* The first counter; the numbers below it are attribute housekeeping. */
#define TUNIP_STAT_FIRST	TUNIP_STAT_RX_PACKETS
#define TUNIP_STAT_COUNT	(TUNIP_STAT_MAX + 1)

/* What a counter is to ndo_get_stats64(). */
enum tunip_class {
	TUNIP_CLASS_TRAFFIC,
	TUNIP_CLASS_RX_ERROR,	/* the packet was wrong */
	TUNIP_CLASS_RX_DROP,	/* the packet was right, but not for us */
	TUNIP_CLASS_TX_CARRIER,	/* no way to the peer */
	TUNIP_CLASS_DROP,	/* in either direction */
};

/**
 * struct tunip_counters - of one CPU
 * @rx_dropped: what of those of TUNIP_CLASS_DROP was on its way in
 */
struct tunip_counters {
	u64_stats_t v[TUNIP_STAT_COUNT];
	u64_stats_t rx_dropped;
	struct u64_stats_sync sync;
};

/**
 * tunip_stat_add - add to one counter
 * @c: per-CPU counters of an interface or an SA
 * @stat: which one
 * @n: how much
 *
 * Callers run with bottom halves disabled.
 */
static inline void tunip_stat_add(struct tunip_counters __percpu *c,
				  enum tunip_stat stat, u64 n)
{
	struct tunip_counters *p = this_cpu_ptr(c);

	u64_stats_update_begin(&p->sync);
	u64_stats_add(&p->v[stat], n);
	u64_stats_update_end(&p->sync);
}

/** tunip_stat_traffic - count packets and octets with one update */
static inline void tunip_stat_traffic(struct tunip_counters __percpu *c,
				      enum tunip_stat packets, u64 n, u64 bytes)
{
	struct tunip_counters *p = this_cpu_ptr(c);

	u64_stats_update_begin(&p->sync);
	u64_stats_add(&p->v[packets], n);
	u64_stats_add(&p->v[packets + 1], bytes);
	u64_stats_update_end(&p->sync);
}

/** tunip_stat_rx_dropped - a packet of TUNIP_CLASS_DROP was on its way in */
static inline void tunip_stat_rx_dropped(struct tunip_counters __percpu *c)
{
	struct tunip_counters *p = this_cpu_ptr(c);

	u64_stats_update_begin(&p->sync);
	u64_stats_inc(&p->rx_dropped);
	u64_stats_update_end(&p->sync);
}

struct tunip_counters __percpu *tunip_counters_alloc(void);
void tunip_counters_sum(struct tunip_counters __percpu *c,
			u64 sum[TUNIP_STAT_COUNT]);
u64 tunip_counters_rx_dropped(struct tunip_counters __percpu *c);
const char *tunip_stat_name(enum tunip_stat stat);
int tunip_stats_put(struct sk_buff *msg, int nest_type,
		    struct tunip_counters __percpu *c);
enum tunip_class tunip_stat_class(enum tunip_stat stat);

#endif
