// SPDX-License-Identifier: GPL-2.0
/*
 * Drops, and the tracepoints, which are instantiated here.
 */

#include "drop.h"

#include <linux/skbuff.h>

#include "crypto/multi.h"
#include "device.h"
#include "sa.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * tunip_count - one more, for an interface and one of its SAs
 * @td: the interface
 * @sa: the SA concerned, or NULL
 * @stat: the counter
 *
 * Bottom halves disabled.
 */
void tunip_count(struct tunip_dev *td, struct tunip_sa *sa,
		 enum tunip_stat stat)
{
	tunip_stat_add(td->stats, stat, 1);
	if (sa)
		tunip_stat_add(sa->stats, stat, 1);
}

/**
 * tunip_count_drop - account for a packet that somebody else has freed
 * @td: the interface
 * @sa: the SA concerned, or NULL
 * @why: the reason
 * @seq: sequence number, 0 when it has none yet
 *
 * Bottom halves disabled.
 */
void tunip_count_drop(struct tunip_dev *td, struct tunip_sa *sa,
		      enum tunip_stat why, u64 seq)
{
	trace_drop(td->dev, sa, why, seq);
	tunip_count(td, sa, why);
	if (sa && sa->dir == TUNIP_DIR_IN &&
	    tunip_stat_class(why) == TUNIP_CLASS_DROP)
		tunip_stat_rx_dropped(td->stats);
}

/** tunip_drop - tunip_count_drop(), and free the packet: consumes @skb */
void tunip_drop(struct tunip_dev *td, struct tunip_sa *sa, struct sk_buff *skb,
		enum tunip_stat why)
{
	tunip_count_drop(td, sa, why, 0);
	kfree_skb(skb);
}

/** tunip_drop_batch - all packets of one that no engine has had; consumed */
void tunip_drop_batch(struct tunip_batch *batch, enum tunip_stat why)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&batch->skbs)))
		tunip_drop(batch->sa->td, batch->sa, skb, why);
	tunip_batch_free(batch);
}
