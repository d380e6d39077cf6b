// SPDX-License-Identifier: GPL-2.0
/*
 * The fewest prefixes that cover a range exactly.
 */

#include "prefix.h"

#include <linux/bitops.h>
#include <linux/init.h>
#include <linux/kernel.h>

/**
 * tunip_range_to_prefixes - cut a range into prefixes
 * @start: first address, host byte order
 * @end: last address, not before @start
 * @out: room for TUNIP_MAX_PREFIXES, filled in ascending order
 *
 * Each one is the largest that begins at the address reached and does not pass
 * the end, which makes the set minimal.
 * Return: how many.
 */
unsigned int tunip_range_to_prefixes(u32 start, u32 end,
				     struct tunip_prefix *out)
{
	u64 at = start, left;
	unsigned int n = 0;
	u8 bits;

	while (at <= end) {
		left = (u64)end - at + 1;
		bits = at ? __ffs64(at) : 32;
		bits = min_t(u8, bits, fls64(left) - 1);
		out[n].addr = at;
		out[n].len = 32 - bits;
		n++;
		at += 1ULL << bits;
	}
	return n;
}

/* Every range of a few addresses at both ends of the space, and the rest. */
static bool __init check_range(u32 start, u32 end)
{
	struct tunip_prefix p[TUNIP_MAX_PREFIXES + 1];
	unsigned int i, n = tunip_range_to_prefixes(start, end, p);
	u64 at = start;

	if (n > TUNIP_MAX_PREFIXES)
		return false;
	for (i = 0; i < n; i++) {
		if (p[i].addr != at || p[i].addr & ~tunip_prefix_mask(p[i].len))
			return false;
		at += 1ULL << (32 - p[i].len);
	}
	return at == (u64)end + 1;
}

/** tunip_prefix_selftest - exact cover, without gap or overlap */
bool __init tunip_prefix_selftest(void)
{
	u32 i, k;

	for (i = 0; i < 40; i++)
		for (k = i; k < 40; k++)
			if (!check_range(i, k) || !check_range(~k, ~i) ||
			    !check_range(i, ~k))
				return false;
	return true;
}
