/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One ESP security association in one direction: created from checked
 * parameters, published by RCU, counted by references, wiped when the last
 * one goes. Which SA an interface transmits with is device.c's business, when
 * it expires lifetime.c's.
 */
#ifndef TUNIP_SA_H
#define TUNIP_SA_H

#include <crypto/aead.h>
#include <linux/kref.h>
#include <linux/rhashtable-types.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>

#include "crypto/suite.h"
#include "ends.h"
#include "replay.h"
#include "selector.h"
#include "stats.h"

struct tunip_dev;

/**
 * struct tunip_sa_key - of the SAD: inbound SAs by SPI, outbound ones by SPI
 *	and destination
 * @daddr: 0 inbound; an IPv4 address, or something that follows from @daddr6
 * @daddr6: IPv6 destination of an outbound SA, else unspecified; not hashed
 */
struct tunip_sa_key {
	const struct net *net;
	__be32 spi;
	__be32 daddr;
	struct in6_addr daddr6;
};

/** struct tunip_limits - 0 is "none"; octets are those of inner packets */
struct tunip_limits {
	u64 seconds;
	u64 bytes;
	u64 packets;
};

/**
 * struct tunip_sa_params - a request to create an SA, already checked
 * @encr_key: borrowed; the AES key, for GCM followed by the salt
 */
struct tunip_sa_params {
	enum tunip_dir dir;
	__be32 spi;
	__be32 pair_spi;
	const struct tunip_suite *suite;
	const u8 *encr_key;
	const u8 *integ_key;
	u32 encr_key_len;
	u32 flags;
	u32 replay_window;
	u64 seq;
	struct tunip_ends ends;
	__be16 sport;
	__be16 dport;
	struct tunip_limits soft;
	struct tunip_limits hard;
	u32 switch_delay_ms;
	u16 pfs_group;
	u32 child_id;
	struct tunip_selector *selector;	/* taken over on success */
};

/* Bits of tunip_sa.due: limits reached, waiting for the lifetime work. */
enum tunip_due {
	TUNIP_DUE_SOFT_BYTES,
	TUNIP_DUE_SOFT_PACKETS,
	TUNIP_DUE_SOFT_SEQ,
	TUNIP_DUE_HARD_BYTES,
	TUNIP_DUE_HARD_PACKETS,
	TUNIP_DUE_HARD_SEQ,
};

/**
 * struct tunip_sa
 *
 * The first block is constant after publication, except @state. What follows
 * @lock up to @seen is guarded by it; it is taken a few times per batch. @list,
 * @dead and the deadlines belong to the device's config_lock.
 */
struct tunip_sa {
	struct rhash_head node;
	struct tunip_sa_key key;
	struct tunip_dev *td;
	const struct tunip_suite *suite;
	struct crypto_aead *tfm;
	struct tunip_selector *selector;
	struct tunip_counters __percpu *stats;
	struct dst_cache dst_cache;
	struct tunip_limits soft;
	struct tunip_limits hard;
	u64 hard_seq;		/* last sequence number that may be sent */
	u64 soft_seq;		/* raise EXPIRE_SEQ from here on */
	struct tunip_ends ends;
	__be32 flowlabel;	/* of an IPv6 outer header */
	__be32 pair_spi;
	__be16 sport;		/* UDP encapsulation; 0: none */
	__be16 dport;
	u32 flags;
	u32 id;
	u32 child_id;
	u32 replay_window;
	u32 switch_delay_ms;
	u16 pfs_group;
	u16 key_bits;
	u8 outer_len;		/* octets of outer IP and UDP header */
	u8 all;			/* TUNIP_ALL_*: families the selector lets pass */
	u8 dir;
	u8 state;		/* enum tunip_sa_state; READ_ONCE/WRITE_ONCE */
	bool counted;		/* some byte or packet limit is set */

	spinlock_t lock ____cacheline_aligned_in_smp;
	u64 seq;		/* outbound: last one given out */
	u64 bytes;
	u64 packets;
	struct tunip_replay *replay;	/* inbound */
	bool exhausted;		/* a hard limit was reached */
	unsigned long due;	/* enum tunip_due bits */
	unsigned long seen;	/* due bits already reported */
	struct list_head in_flight;	/* batches in order, crypto/multi.c */
	u32 in_flight_count;
	int delivering_cpu;	/* -1: none */

	unsigned long last_used;	/* jiffies */
	unsigned long last_endpoint_ntf;
	ktime_t installed;
	struct list_head list;
	struct work_struct deliver_work;
	struct delayed_work life_work;
	u8 life_stage;		/* enum of lifetime.c */
	unsigned long linger_until;
	bool dead;
	struct kref ref;
	struct rcu_work free_work;
};

struct netlink_ext_ack;

void tunip_sa_init(struct tunip_sa *sa);
struct tunip_sa *tunip_sa_new(struct tunip_dev *td,
			      const struct tunip_sa_params *p,
			      struct netlink_ext_ack *extack);
void tunip_sa_put(struct tunip_sa *sa);
unsigned int tunip_sa_reserve(struct tunip_sa *sa,
			      const struct sk_buff_head *skbs, u64 *first_seq,
			      enum tunip_stat *why);
bool tunip_sa_account_rx(struct tunip_sa *sa, u32 bytes);
void tunip_sa_wait_all(void);

/* Under RCU: pin an SA that may be on its way out. */
static inline bool tunip_sa_get(struct tunip_sa *sa)
{
	return kref_get_unless_zero(&sa->ref);
}

static inline bool tunip_sa_esn(const struct tunip_sa *sa)
{
	return sa->flags & TUNIP_SA_F_ESN;
}

/* May the SA carry an IPv4 packet of these addresses, ours first? */
static inline bool tunip_sa_allows(const struct tunip_sa *sa, __be32 local,
				   __be32 remote, u8 proto)
{
	return likely(sa->all & TUNIP_ALL_IPV4) ||
	       tunip_selector_match(sa->selector, local, remote, proto);
}

bool tunip_sa_allows6(const struct tunip_sa *sa, const struct sk_buff *skb,
		      const struct in6_addr *local,
		      const struct in6_addr *remote);

static inline bool tunip_sa_udp(const struct tunip_sa *sa)
{
	return sa->dport != 0;
}

#endif
