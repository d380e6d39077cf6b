// SPDX-License-Identifier: GPL-2.0
/*
 * Summing, naming and dumping of the per-CPU counters. What is counted, and
 * when, is decided where the packet is.
 */

#include "stats.h"

#include <linux/string.h>
#include <net/netlink.h>

/* The name of each counter, and its heading in ndo_get_stats64(). */
static const struct {
	const char *name;
	enum tunip_class class;
} stats[TUNIP_STAT_COUNT] = {
	[TUNIP_STAT_RX_PACKETS]		= { "rx_packets", TUNIP_CLASS_TRAFFIC },
	[TUNIP_STAT_RX_BYTES]		= { "rx_bytes", TUNIP_CLASS_TRAFFIC },
	[TUNIP_STAT_TX_PACKETS]		= { "tx_packets", TUNIP_CLASS_TRAFFIC },
	[TUNIP_STAT_TX_BYTES]		= { "tx_bytes", TUNIP_CLASS_TRAFFIC },
	[TUNIP_STAT_RX_DUMMY]		= { "rx_dummy", TUNIP_CLASS_TRAFFIC },
	[TUNIP_STAT_RX_ECN_CE]		= { "rx_ecn_ce", TUNIP_CLASS_TRAFFIC },
	[TUNIP_STAT_DROP_NO_SA]		= { "drop_no_sa", TUNIP_CLASS_TX_CARRIER },
	[TUNIP_STAT_DROP_STAGE_FULL]	= { "drop_stage_full", TUNIP_CLASS_TX_CARRIER },
	[TUNIP_STAT_DROP_STAGE_TIMEOUT]	= { "drop_stage_timeout", TUNIP_CLASS_TX_CARRIER },
	[TUNIP_STAT_DROP_NOT_IP]	= { "drop_not_ip", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_INNER_HEADER]	= { "drop_inner_header", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_SELECTOR]	= { "drop_selector", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_TOO_BIG]	= { "drop_too_big", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_FORWARDED]	= { "drop_forwarded", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_ROUTE]		= { "drop_route", TUNIP_CLASS_TX_CARRIER },
	[TUNIP_STAT_DROP_LOOP]		= { "drop_loop", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_SEQ_EXHAUSTED]	= { "drop_seq_exhausted", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_LIFETIME]	= { "drop_lifetime", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_NOMEM]		= { "drop_nomem", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_GSO]		= { "drop_gso", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_CHECKSUM]	= { "drop_checksum", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_CRYPTO]	= { "drop_crypto", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_XMIT]		= { "drop_xmit", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_DOWN]		= { "drop_down", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_SHORT]		= { "drop_short", TUNIP_CLASS_RX_ERROR },
	[TUNIP_STAT_DROP_REPLAY]	= { "drop_replay", TUNIP_CLASS_RX_ERROR },
	[TUNIP_STAT_DROP_REPLAY_OLD]	= { "drop_replay_old", TUNIP_CLASS_RX_ERROR },
	[TUNIP_STAT_DROP_ICV]		= { "drop_icv", TUNIP_CLASS_RX_ERROR },
	[TUNIP_STAT_DROP_PADDING]	= { "drop_padding", TUNIP_CLASS_RX_ERROR },
	[TUNIP_STAT_DROP_NEXT_HEADER]	= { "drop_next_header", TUNIP_CLASS_RX_ERROR },
	[TUNIP_STAT_DROP_ECN]		= { "drop_ecn", TUNIP_CLASS_RX_DROP },
	[TUNIP_STAT_DROP_OUTER_ADDR]	= { "drop_outer_addr", TUNIP_CLASS_RX_DROP },
	[TUNIP_STAT_DROP_ENCAP]		= { "drop_encap", TUNIP_CLASS_RX_DROP },
	[TUNIP_STAT_DROP_QUEUE_FULL]	= { "drop_queue_full", TUNIP_CLASS_RX_DROP },
	[TUNIP_STAT_DROP_RECURSION]	= { "drop_recursion", TUNIP_CLASS_DROP },
	[TUNIP_STAT_DROP_BACKLOG]	= { "drop_backlog", TUNIP_CLASS_DROP },
	[TUNIP_STAT_RX_EARLY]		= { "rx_early", TUNIP_CLASS_TRAFFIC },
	[TUNIP_STAT_DROP_EARLY]		= { "drop_early", TUNIP_CLASS_RX_DROP },
};

/**
 * tunip_stat_name - name of a counter as ethtool and tunctl print it
 * @stat: the counter
 *
 * Return: a constant string, NULL for the numbers that are no counters.
 */
const char *tunip_stat_name(enum tunip_stat stat)
{
	return stat < TUNIP_STAT_COUNT ? stats[stat].name : NULL;
}

/** tunip_stat_class - under which heading `ip -s link` shows a counter */
enum tunip_class tunip_stat_class(enum tunip_stat stat)
{
	return stats[stat].class;
}

/**
 * tunip_counters_alloc - per-CPU counters, all zero
 *
 * May sleep. Return: counters for free_percpu(), or NULL.
 */
struct tunip_counters __percpu *tunip_counters_alloc(void)
{
	struct tunip_counters __percpu *c = alloc_percpu(struct tunip_counters);
	int cpu;

	if (!c)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(c, cpu)->sync);
	return c;
}

/**
 * tunip_counters_sum - add up all CPUs
 * @c: the counters
 * @sum: result, indexed by enum tunip_stat
 */
void tunip_counters_sum(struct tunip_counters __percpu *c,
			u64 sum[TUNIP_STAT_COUNT])
{
	int cpu, i;

	memset(sum, 0, TUNIP_STAT_COUNT * sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct tunip_counters *p = per_cpu_ptr(c, cpu);
		u64 v[TUNIP_STAT_COUNT];
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&p->sync);
			for (i = 0; i < TUNIP_STAT_COUNT; i++)
				v[i] = u64_stats_read(&p->v[i]);
		} while (u64_stats_fetch_retry(&p->sync, start));
		for (i = 0; i < TUNIP_STAT_COUNT; i++)
			sum[i] += v[i];
	}
}

/**
 * tunip_counters_rx_dropped - of all CPUs
 * @c: the counters
 */
u64 tunip_counters_rx_dropped(struct tunip_counters __percpu *c)
{
	u64 sum = 0, v;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct tunip_counters *p = per_cpu_ptr(c, cpu);
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&p->sync);
			v = u64_stats_read(&p->rx_dropped);
		} while (u64_stats_fetch_retry(&p->sync, start));
		sum += v;
	}
	return sum;
}

/**
 * tunip_stats_put - append a nest with every counter
 * @msg: message under construction
 * @nest_type: attribute that holds the nest
 * @c: the counters
 *
 * Return: 0 or -EMSGSIZE, with nothing appended.
 */
int tunip_stats_put(struct sk_buff *msg, int nest_type,
		    struct tunip_counters __percpu *c)
{
	u64 sum[TUNIP_STAT_COUNT];
	struct nlattr *nest;
	int i;

	tunip_counters_sum(c, sum);
	nest = nla_nest_start(msg, nest_type);
	if (!nest)
		return -EMSGSIZE;
	for (i = TUNIP_STAT_FIRST; i < TUNIP_STAT_COUNT; i++) {
		if (nla_put_u64_64bit(msg, i, sum[i], TUNIP_STAT_PAD)) {
			nla_nest_cancel(msg, nest);
			return -EMSGSIZE;
		}
	}
	nla_nest_end(msg, nest);
	return 0;
}
