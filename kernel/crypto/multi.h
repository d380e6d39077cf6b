/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The crypto call: n packets of one SA in, n verdicts out, in the same order.
 * One packet is the ordinary case of n. What a batch is and who owns it is
 * settled here; how it is computed is the business of the engine behind it.
 */
#ifndef TUNIP_CRYPTO_MULTI_H
#define TUNIP_CRYPTO_MULTI_H

#include <linux/skbuff.h>

#include "sa.h"

#define TUNIP_BATCH_MAX	64

/**
 * struct tunip_cb - what the packet path keeps in skb->cb
 * @sa: rx: the SA found for the packet, pinned until a batch takes it over
 * @seq: 64-bit sequence number
 * @err: the engine's verdict: 0, -EBADMSG for a wrong ICV, another errno
 * @len: octets of the inner packet
 * @staged: tx: jiffies when it began to wait for an SA
 * @drop: reason found so far, 0 for none
 * @saddr: rx: outer source address
 * @saddr6: rx: the same of IPv6
 * @sport: rx: outer UDP source port
 * @tos: tx: outer TOS to send; rx: outer TOS received
 * @df: tx: the outer packet must not be fragmented
 * @udp: rx: arrived UDP-encapsulated
 * @next_header: what the ESP trailer says, IPPROTO_NONE for a dummy packet
 *	(RFC 4303 section 2.6)
 */
struct tunip_cb {
	union {
		struct tunip_sa *sa;
		unsigned long staged;
	};
	u64 seq;
	int err;
	u32 len;
	u16 drop;
	__be16 sport;
	union {
		__be32 saddr;
		struct in6_addr saddr6;
	};
	u8 tos;
	bool df;
	bool udp;
	u8 next_header;
};

static_assert(sizeof(struct tunip_cb) <= sizeof_field(struct sk_buff, cb));

static inline struct tunip_cb *tunip_cb(struct sk_buff *skb)
{
	return (struct tunip_cb *)skb->cb;
}

/**
 * struct tunip_batch - packets of one SA on their way through the engine
 * @sa: pinned by the batch
 * @skbs: the packets; data is the ESP header, the end is that of the ICV.
 *	Linear, unshared, with TUNIP_ESP_AAD_ROOM octets of headroom
 * @node: place among the SA's batches in flight
 * @done: called once, when all verdicts are in, in the order of
 *	tunip_batch_enlist(); frees the batch
 * @napi: rx: context to deliver through; NULL when @done runs elsewhere
 * @dst: tx: outer route, referenced
 * @pending: requests that the engine queued, less those that are finished;
 *	below zero while the submitter has not told how many there are
 * @complete: all verdicts are in; SA's lock
 */
struct tunip_batch {
	struct tunip_sa *sa;
	struct sk_buff_head skbs;
	struct list_head node;
	void (*done)(struct tunip_batch *batch);
	struct napi_struct *napi;
	struct dst_entry *dst;
	atomic_t pending;
	bool complete;
};

struct tunip_batch *tunip_batch_new(struct tunip_sa *sa,
				    void (*done)(struct tunip_batch *batch));
void tunip_batch_free(struct tunip_batch *batch);
bool tunip_batch_enlist(struct tunip_batch *batch);
void tunip_batch_complete(struct tunip_batch *batch);
void tunip_batch_deliver_work(struct work_struct *work);
void tunip_batch_fill_ivs(struct tunip_batch *batch);
void tunip_batch_seal(struct tunip_batch *batch);
void tunip_batch_open(struct tunip_batch *batch);
void tunip_batch_exit(void);

#endif
