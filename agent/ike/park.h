/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages that wait for public-key work. One that is verified and needs such
 * work is put aside, and handled when the work is done exactly as if it had
 * arrived only then: what happens meanwhile is what happens to a message that
 * is late on the network. Its repetitions are dropped until then.
 */
#ifndef AGENT_IKE_PARK_H
#define AGENT_IKE_PARK_H

#include "event/work.h"
#include "ike/fsm.h"

/** enum rx_work_kind - what was computed for a message */
enum rx_work_kind {
	RX_WORK_KE,		/* struct kex_work */
	RX_WORK_VOUCH,		/* struct vouch */
	RX_WORK_SIGN,		/* struct signing */
};

/**
 * struct rx_work - work that a message needs, later its result
 * @work: of which the kind sets run(), and park() the rest
 * @free: wipes and frees it
 * @next: what was done for the same message before
 */
struct rx_work {
	struct work work;
	void (*free)(struct rx_work *w);
	enum rx_work_kind kind;
	struct parked *parked;
	struct rx_work *next;
};

/** struct parked - a message put aside, with everything it refers to */
struct parked {
	struct ike *ike;
	struct ike_sa *sa;
	struct rx rx;
	struct net_path path;
	struct buf datagram, plain;
	struct rx_work *work;		/* under way */
};

/**
 * park - put a message aside until @work is done
 * @plain: what the payloads point into, taken over; NULL for a message in
 *	clear, of which a copy is kept
 * @work: taken over
 *
 * fsm_resume() goes on with it. Return: 0, or ERR_NOMEM with @plain and
 * @work freed.
 */
int park(struct ike_sa *sa, const struct rx *rx, struct buf *plain,
	 struct rx_work *work);
/**
 * park_accepted - the same for a handler that has begun with a request
 *
 * What was computed for it so far moves along; the handler will be called with
 * the same request again. Return: 0, or ERR_NOMEM with @work freed.
 */
int park_accepted(struct ike_sa *sa, struct rx *rx, struct rx_work *work);
/* The same message needs more. */
void park_again(struct parked *p, struct rx_work *work);
void parked_free(struct parked *p);
/* Forget the request or response that waits, if any. */
void park_drop(struct ike_sa *sa, bool response);
/* The first result of a kind, or the one behind @after; NULL when there is none. */
struct rx_work *rx_result_next(const struct rx *rx, enum rx_work_kind kind,
			       const struct rx_work *after);
/* Keep what was computed on the spot, too. */
void rx_add_result(struct rx *rx, struct rx_work *w);
void rx_free_results(struct rx *rx);
/* What was computed, or NULL. */
struct rx_work *rx_result(const struct rx *rx, enum rx_work_kind kind);

#endif
