// SPDX-License-Identifier: GPL-2.0
/*
 * The histogram of batch sizes and its file. Without debugfs it is counted
 * and never read.
 */

#include "histogram.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "crypto/multi.h"

static_assert(TUNIP_BATCH_MAX < 1 << TUNIP_HIST_CLASSES);

DEFINE_PER_CPU(struct tunip_histogram, tunip_histogram);

static struct dentry *dir;

/* One line a class: smallest size, batches sealed, batches opened. */
static int batches_show(struct seq_file *m, void *unused)
{
	unsigned long seal, open;
	int cpu, i;

	seq_puts(m, "# packets sealed opened\n");
	for (i = 0; i < TUNIP_HIST_CLASSES; i++) {
		seal = 0;
		open = 0;
		for_each_possible_cpu(cpu) {
			seal += per_cpu(tunip_histogram, cpu).seal[i];
			open += per_cpu(tunip_histogram, cpu).open[i];
		}
		seq_printf(m, "%u %lu %lu\n", 1U << i, seal, open);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(batches);

void tunip_histogram_init(void)
{
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("batches", 0444, dir, NULL, &batches_fops);
}

void tunip_histogram_exit(void)
{
	debugfs_remove(dir);
}
