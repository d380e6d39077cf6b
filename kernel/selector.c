// SPDX-License-Identifier: GPL-2.0
/*
 * Matching inner packets against an SA's selectors.
 */

#include "selector.h"

#include <linux/kernel.h>
#include <linux/slab.h>

static bool range_match(const struct tunip_range *range, unsigned int count,
			u32 addr, u8 proto)
{
	unsigned int i;

	if (!count)
		return true;
	for (i = 0; i < count; i++) {
		if (addr >= range[i].start && addr <= range[i].end &&
		    (!range[i].proto || range[i].proto == proto))
			return true;
	}
	return false;
}

/**
 * tunip_selector_match - may the SA carry a packet between these addresses?
 * @sel: selectors, NULL for any
 * @local: inner address on our side
 * @remote: inner address on the peer's side
 * @proto: inner protocol
 */
bool tunip_selector_match(const struct tunip_selector *sel, __be32 local,
			  __be32 remote, u8 proto)
{
	if (!sel)
		return true;
	return range_match(sel->range, sel->local_count, ntohl(local), proto) &&
	       range_match(sel->range + sel->local_count, sel->remote_count,
			   ntohl(remote), proto);
}

/** tunip_selector_dup - a copy to be given to kfree(); NULL without memory */
struct tunip_selector *tunip_selector_dup(const struct tunip_selector *sel)
{
	unsigned int n = sel->local_count + sel->remote_count;

	return kmemdup(sel, struct_size(sel, range, n), GFP_KERNEL_ACCOUNT);
}
