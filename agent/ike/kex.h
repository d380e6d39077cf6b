/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Key exchanges of IKE SAs and child SAs. What takes long is computed by the
 * work pool, before the message that needs it is handled (park.h) or before
 * the request that needs it is sent. What does not is computed on the spot.
 */
#ifndef AGENT_IKE_KEX_H
#define AGENT_IKE_KEX_H

#include "crypto/crypto.h"

struct ike;
struct ike_sa;
struct rx;
struct rx_work;

/* Key pairs made before they are needed, while nothing else is to be done. */
#define PAIR_STOCKS	8	/* groups in use that are remembered */
#define PAIR_STOCK	16	/* key pairs of each */

/**
 * struct pair_stock - key pairs of one group
 * @method: the group, 0 for a place that is free
 * @order: work that makes more, or NULL
 */
struct pair_stock {
	uint16_t method;
	unsigned int count;
	struct ke *pair[PAIR_STOCK];
	struct stock_order *order;
};

/*
 * The work for a message with a KE payload, or NULL when there is none: it was
 * done, is not worth it, or the payload is no good.
 */
struct rx_work *kex_respond_work(struct ike_sa *sa, const struct rx *rx);
struct rx_work *kex_derive_work(struct ike_sa *sa, struct ke *mine,
				const struct rx *rx);
/*
 * ke_derive() and ke_respond() for a message: the result of its work, or the
 * same computed now.
 */
int kex_derive(const struct rx *rx, struct ke *mine, struct view peer,
	       struct secret **shared);
int kex_respond(struct ike *ike, const struct rx *rx, uint16_t method,
		struct view peer, struct buf *public, struct secret **shared);

/**
 * kex_want_pair - have a key pair at hand for the next request
 * @method: its group; 0: none is needed
 *
 * Return: 0 when kex_take_pair() can be called; ERR_AGAIN when the pair is
 * being made: sa_init_continue(), intermediate_next() or ike_sa_run_tasks()
 * will be called.
 */
int kex_want_pair(struct ike_sa *sa, uint16_t method);
/* The caller's from now on. NULL when the group is not available. */
struct ke *kex_take_pair(struct ike_sa *sa, uint16_t method);
void kex_drop_pair(struct ike_sa *sa);
/* Is public-key work done by a pool, and not on the spot? */
bool kex_has_pool(const struct ike *ike);
/* Is so much work waiting that strangers have to come back later? */
bool kex_overloaded(const struct ike *ike);
void kex_fini(struct ike *ike);

#endif
