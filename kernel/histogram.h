/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many packets the batches had: whether work in batches pays is decided
 * by their size. Shown in debugfs, tunnel_ip/batches.
 */
#ifndef TUNIP_HISTOGRAM_H
#define TUNIP_HISTOGRAM_H

#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

/* Classes of sizes: 1, 2 to 3, 4 to 7, ... up to a full batch. */
#define TUNIP_HIST_CLASSES	7

struct tunip_histogram {
	unsigned long seal[TUNIP_HIST_CLASSES];
	unsigned long open[TUNIP_HIST_CLASSES];
};

DECLARE_PER_CPU(struct tunip_histogram, tunip_histogram);

/** tunip_histogram_add - one more batch of @n packets, at least one; BH off */
static inline void tunip_histogram_add(bool seal, unsigned int n)
{
	if (seal)
		__this_cpu_inc(tunip_histogram.seal[ilog2(n)]);
	else
		__this_cpu_inc(tunip_histogram.open[ilog2(n)]);
}

void tunip_histogram_init(void);
void tunip_histogram_exit(void);

#endif
