// SPDX-License-Identifier: GPL-2.0
/*
 * What x86's drivers ask at initialization and User Mode Linux does not know:
 * whether the processor has one of a list of features. All tables of these
 * drivers list features only, never models.
 */
#include <linux/export.h>
#include <asm/cpufeature.h>
#include <asm/cpu_device_id.h>

const struct x86_cpu_id *x86_match_cpu(const struct x86_cpu_id *match)
{
	for (; match->feature; match++) {
		if (boot_cpu_has(match->feature))
			return match;
	}
	return NULL;
}
