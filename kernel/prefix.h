/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ranges of addresses as prefixes, which is what a routing table holds.
 */
#ifndef TUNIP_PREFIX_H
#define TUNIP_PREFIX_H

#include <linux/types.h>

/* A range of IPv4 addresses needs no more than this. */
#define TUNIP_MAX_PREFIXES	62

/** struct tunip_prefix - @addr in host byte order, host bits 0 */
struct tunip_prefix {
	u32 addr;
	u8 len;
};

unsigned int tunip_range_to_prefixes(u32 start, u32 end,
				     struct tunip_prefix *out);
bool tunip_prefix_selftest(void);

/* The mask of a prefix length, 0 to 32. */
static inline u32 tunip_prefix_mask(u8 len)
{
	return len ? ~0U << (32 - len) : 0;
}

static inline bool tunip_prefix_has(const struct tunip_prefix *p, u32 addr)
{
	return !((p->addr ^ addr) & tunip_prefix_mask(p->len));
}

#endif
