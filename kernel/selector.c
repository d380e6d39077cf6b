// SPDX-License-Identifier: GPL-2.0
/*
 * Matching inner packets against an SA's selectors.
 */

#include "selector.h"

#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

static bool range_match(const struct tunip_range *range, unsigned int count,
			u32 addr, u8 proto)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (addr >= range[i].start && addr <= range[i].end &&
		    (!range[i].proto || range[i].proto == proto))
			return true;
	}
	return false;
}

static bool range6_match(const struct tunip_range6 *range, unsigned int count,
			 const struct in6_addr *addr, u8 proto)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (memcmp(addr, &range[i].start, sizeof(*addr)) >= 0 &&
		    memcmp(addr, &range[i].end, sizeof(*addr)) <= 0 &&
		    (!range[i].proto || range[i].proto == proto))
			return true;
	}
	return false;
}

static bool any_local(const struct tunip_selector *sel)
{
	return !sel->local_count && !sel->local6_count;
}

static bool any_remote(const struct tunip_selector *sel)
{
	return !sel->remote_count && !sel->remote6_count;
}

/**
 * tunip_selector_match - may the SA carry a packet between these addresses?
 * @sel: selectors
 * @local: inner address on our side
 * @remote: inner address on the peer's side
 * @proto: inner protocol
 */
bool tunip_selector_match(const struct tunip_selector *sel, __be32 local,
			  __be32 remote, u8 proto)
{
	return (any_local(sel) ||
		range_match(sel->range, sel->local_count, ntohl(local),
			    proto)) &&
	       (any_remote(sel) ||
		range_match(sel->range + sel->local_count, sel->remote_count,
			    ntohl(remote), proto));
}

/** tunip_selector_match6 - as tunip_selector_match(), for IPv6 */
bool tunip_selector_match6(const struct tunip_selector *sel,
			   const struct in6_addr *local,
			   const struct in6_addr *remote, u8 proto)
{
	return (any_local(sel) ||
		range6_match(sel->range6, sel->local6_count, local, proto)) &&
	       (any_remote(sel) ||
		range6_match(sel->range6 + sel->local6_count,
			     sel->remote6_count, remote, proto));
}

/** tunip_selector_local6 - is an address one of ours, for some protocol? */
bool tunip_selector_local6(const struct tunip_selector *sel,
			   const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < sel->local6_count; i++)
		if (memcmp(addr, &sel->range6[i].start, sizeof(*addr)) >= 0 &&
		    memcmp(addr, &sel->range6[i].end, sizeof(*addr)) <= 0)
			return true;
	return false;
}

static bool all_ipv4(const struct tunip_range *range, unsigned int count)
{
	while (count--)
		if (!range[count].start && range[count].end == U32_MAX &&
		    !range[count].proto)
			return true;
	return false;
}

static bool all_ipv6(const struct tunip_range6 *range, unsigned int count)
{
	while (count--)
		if (!memchr_inv(&range[count].start, 0,
				sizeof(range[count].start)) &&
		    !memchr_inv(&range[count].end, 0xff,
				sizeof(range[count].end)) &&
		    !range[count].proto)
			return true;
	return false;
}

/**
 * tunip_selector_all - families whose packets need not be looked at
 * @sel: selectors, NULL for any
 *
 * Return: TUNIP_ALL_* bits.
 */
u8 tunip_selector_all(const struct tunip_selector *sel)
{
	u8 all = 0;

	if (!sel)
		return TUNIP_ALL_IPV4 | TUNIP_ALL_IPV6;
	if ((any_local(sel) || all_ipv4(sel->range, sel->local_count)) &&
	    (any_remote(sel) ||
	     all_ipv4(sel->range + sel->local_count, sel->remote_count)))
		all |= TUNIP_ALL_IPV4;
	if ((any_local(sel) || all_ipv6(sel->range6, sel->local6_count)) &&
	    (any_remote(sel) ||
	     all_ipv6(sel->range6 + sel->local6_count, sel->remote6_count)))
		all |= TUNIP_ALL_IPV6;
	return all;
}

/** tunip_selector_dup - a copy to be given to kfree(); NULL without memory */
struct tunip_selector *tunip_selector_dup(const struct tunip_selector *sel)
{
	unsigned int n = sel->local_count + sel->remote_count;
	unsigned int n6 = sel->local6_count + sel->remote6_count;
	struct tunip_selector *copy;

	copy = kmemdup(sel, struct_size(sel, range, n) +
		       n6 * sizeof(*sel->range6), GFP_KERNEL_ACCOUNT);
	if (copy)
		copy->range6 = (struct tunip_range6 *)&copy->range[n];
	return copy;
}
