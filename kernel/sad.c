// SPDX-License-Identifier: GPL-2.0
/*
 * One resizable hash table for all interfaces and namespaces, so that a
 * packet costs one lookup however many tunnels there are.
 */

#include "sad.h"

#include <linux/rhashtable.h>

static struct rhashtable sad;

static const struct rhashtable_params sad_params = {
	.key_len = sizeof(struct tunip_sa_key),
	.key_offset = offsetof(struct tunip_sa, key),
	.head_offset = offsetof(struct tunip_sa, node),
	.automatic_shrinking = true,
};

/* The key is hashed and compared as memory: it must not have holes. */
static_assert(sizeof(struct tunip_sa_key) ==
	      sizeof(struct net *) + 2 * sizeof(__be32));

int tunip_sad_init(void)
{
	return rhashtable_init(&sad, &sad_params);
}

void tunip_sad_exit(void)
{
	rhashtable_destroy(&sad);
}

/** tunip_sad_insert - publish an SA. Return: 0, -EEXIST or -ENOMEM. */
int tunip_sad_insert(struct tunip_sa *sa)
{
	return rhashtable_lookup_insert_fast(&sad, &sa->node, sad_params);
}

void tunip_sad_remove(struct tunip_sa *sa)
{
	rhashtable_remove_fast(&sad, &sa->node, sad_params);
}

/**
 * tunip_sad_find_in - the inbound SA of an SPI
 * @net: namespace in which the packet arrived
 * @spi: from the packet
 *
 * Under RCU. Return: an SA, not pinned, or NULL.
 */
struct tunip_sa *tunip_sad_find_in(const struct net *net, __be32 spi)
{
	return tunip_sad_find_out(net, spi, 0);
}

/**
 * tunip_sad_find_out - the outbound SA that made a packet
 * @net: outer namespace
 * @spi: from the packet
 * @daddr: its outer destination
 *
 * For ICMP errors that quote one of our packets. Under RCU.
 */
struct tunip_sa *tunip_sad_find_out(const struct net *net, __be32 spi,
				    __be32 daddr)
{
	struct tunip_sa_key key = { .net = net, .spi = spi, .daddr = daddr };

	return rhashtable_lookup(&sad, &key, sad_params);
}
