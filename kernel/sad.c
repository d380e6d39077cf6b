// SPDX-License-Identifier: GPL-2.0
/*
 * One resizable hash table for all interfaces and namespaces, so that a
 * packet costs one lookup however many tunnels there are.
 */

#include "sad.h"

#include <linux/rhashtable.h>
#include <net/ipv6.h>

static struct rhashtable sad;

/* What of the key is hashed, and compared as memory: it must not have holes. */
#define KEY_LEN	offsetof(struct tunip_sa_key, daddr6)

static_assert(KEY_LEN == sizeof(struct net *) + 2 * sizeof(__be32));

static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct tunip_sa_key *key = arg->key;
	const struct tunip_sa *sa = obj;

	return memcmp(&sa->key, key, KEY_LEN) ||
	       (key->daddr && !ipv6_addr_equal(&sa->key.daddr6, &key->daddr6));
}

static const struct rhashtable_params sad_params = {
	.key_len = KEY_LEN,
	.key_offset = offsetof(struct tunip_sa, key),
	.head_offset = offsetof(struct tunip_sa, node),
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

int tunip_sad_init(void)
{
	return rhashtable_init(&sad, &sad_params);
}

void tunip_sad_exit(void)
{
	rhashtable_destroy(&sad);
}

/* Also the wrong direction is no SA: only an inbound one has a window. */
static struct tunip_sa *find(const struct tunip_sa_key *key, u8 dir)
{
	struct tunip_sa *sa = rhashtable_lookup(&sad, key, sad_params);

	return likely(sa) && likely(sa->dir == dir) ? sa : NULL;
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
	struct tunip_sa_key key = { .net = net, .spi = spi };

	return find(&key, TUNIP_DIR_IN);
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

	return find(&key, TUNIP_DIR_OUT);
}

/** tunip_sad_set_daddr6 - give a key of an outbound SA its IPv6 destination */
void tunip_sad_set_daddr6(struct tunip_sa_key *key, const struct in6_addr *daddr)
{
	key->daddr6 = *daddr;
	/* 0 is the mark of inbound SAs. */
	key->daddr = (__force __be32)(ipv6_addr_hash(daddr) ?: 1);
}

/** tunip_sad_find_out6 - as tunip_sad_find_out(), for IPv6 */
struct tunip_sa *tunip_sad_find_out6(const struct net *net, __be32 spi,
				     const struct in6_addr *daddr)
{
	struct tunip_sa_key key = { .net = net, .spi = spi };

	tunip_sad_set_daddr6(&key, daddr);
	return find(&key, TUNIP_DIR_OUT);
}
