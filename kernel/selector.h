/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traffic selectors of an SA: ranges of inner addresses (RFC 4301 section
 * 4.4.1). Lookup only; where they come from is netlink's business.
 */
#ifndef TUNIP_SELECTOR_H
#define TUNIP_SELECTOR_H

#include <linux/in6.h>
#include <linux/types.h>

#define TUNIP_MAX_SELECTORS	16	/* on one side, of both families */

/* Families of which an SA carries everything. */
#define TUNIP_ALL_IPV4	1
#define TUNIP_ALL_IPV6	2

/** struct tunip_range - inclusive, host byte order; protocol 0 is any */
struct tunip_range {
	u32 start;
	u32 end;
	u8 proto;
};

/** struct tunip_range6 - the same of IPv6 addresses */
struct tunip_range6 {
	struct in6_addr start;
	struct in6_addr end;
	u8 proto;
};

/**
 * struct tunip_selector - both sides; a side without ranges matches everything
 * @range6: in the same memory, behind @range; the local ones first
 * @range: the local ones first
 */
struct tunip_selector {
	u8 local_count;
	u8 remote_count;
	u8 local6_count;
	u8 remote6_count;
	struct tunip_range6 *range6;
	struct tunip_range range[];
};

bool tunip_selector_match(const struct tunip_selector *sel, __be32 local,
			  __be32 remote, u8 proto);
bool tunip_selector_match6(const struct tunip_selector *sel,
			   const struct in6_addr *local,
			   const struct in6_addr *remote, u8 proto);
bool tunip_selector_local6(const struct tunip_selector *sel,
			   const struct in6_addr *addr);
u8 tunip_selector_all(const struct tunip_selector *sel);
struct tunip_selector *tunip_selector_dup(const struct tunip_selector *sel);

#endif
