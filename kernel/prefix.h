/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ranges of addresses as prefixes, which is what a routing table holds.
 */
#ifndef TUNIP_PREFIX_H
#define TUNIP_PREFIX_H

#include <linux/types.h>

#include "ends.h"

struct tunip_range;
struct tunip_range6;

/**
 * struct tunip_prefix - of either family
 * @addr: host bits 0, and so is what does not count
 */
struct tunip_prefix {
	union tunip_addr addr;
	u8 len;
	bool v6;
};

/** struct tunip_number - an address as a number; of an IPv4 one @high is 0 */
struct tunip_number {
	u64 high;
	u64 low;
};

/**
 * struct tunip_cover - what is left of a range that is cut into prefixes
 * @at: first address not covered yet
 * @end: last one of the range
 */
struct tunip_cover {
	struct tunip_number at;
	struct tunip_number end;
	bool v6;
	bool done;
};

void tunip_cover_begin(struct tunip_cover *c, const struct tunip_range *r);
void tunip_cover_begin6(struct tunip_cover *c, const struct tunip_range6 *r);
bool tunip_cover_next(struct tunip_cover *c, struct tunip_prefix *p);
bool tunip_prefix_has(const struct tunip_prefix *p, const union tunip_addr *addr);
bool tunip_prefix_selftest(void);

static inline bool tunip_prefix_equal(const struct tunip_prefix *a,
				      const struct tunip_prefix *b)
{
	return a->v6 == b->v6 && a->len == b->len &&
	       !memcmp(&a->addr, &b->addr, sizeof(a->addr));
}

#endif
