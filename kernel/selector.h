/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traffic selectors of an SA: ranges of inner addresses (RFC 4301 section
 * 4.4.1). Lookup only; where they come from is netlink's business.
 */
#ifndef TUNIP_SELECTOR_H
#define TUNIP_SELECTOR_H

#include <linux/types.h>

#define TUNIP_MAX_SELECTORS	16

/** struct tunip_range - inclusive, host byte order; protocol 0 is any */
struct tunip_range {
	u32 start;
	u32 end;
	u8 proto;
};

/** struct tunip_selector - both sides; an empty side matches everything */
struct tunip_selector {
	u8 local_count;
	u8 remote_count;
	struct tunip_range range[];	/* the local ones first */
};

bool tunip_selector_match(const struct tunip_selector *sel, __be32 local,
			  __be32 remote, u8 proto);
struct tunip_selector *tunip_selector_dup(const struct tunip_selector *sel);

#endif
