/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one way to discard a packet: counted under its reason for interface and
 * SA, traced, freed.
 */
#ifndef TUNIP_DROP_H
#define TUNIP_DROP_H

#include "stats.h"

struct sk_buff;
struct tunip_batch;
struct tunip_dev;
struct tunip_sa;

void tunip_count(struct tunip_dev *td, struct tunip_sa *sa,
		 enum tunip_stat stat);
void tunip_count_drop(struct tunip_dev *td, struct tunip_sa *sa,
		      enum tunip_stat why, u64 seq);
void tunip_drop(struct tunip_dev *td, struct tunip_sa *sa, struct sk_buff *skb,
		enum tunip_stat why);
void tunip_drop_batch(struct tunip_batch *batch, enum tunip_stat why);

#endif
