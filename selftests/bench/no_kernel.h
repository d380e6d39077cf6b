/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel that takes every SA and does nothing with it.
 */
#ifndef SELFTESTS_BENCH_NO_KERNEL_H
#define SELFTESTS_BENCH_NO_KERNEL_H

#include "kernel_nl/knl.h"

extern const struct knl_ops no_kernel;

#endif
