/* SPDX-License-Identifier: GPL-2.0 */
/* What x86's drivers take from headers that User Mode Linux has without it. */
#ifndef SELFTESTS_UML_X86_SHIM_H
#define SELFTESTS_UML_X86_SHIM_H

#include <asm/cpufeature.h>

#define XFEATURE_MASK_SSE	0x2
#define XFEATURE_MASK_YMM	0x4

/* The host has enabled them for its processes, of which this kernel is one. */
static inline int cpu_has_xfeatures(u64 needed, const char **missing)
{
	return 1;
}

#endif
