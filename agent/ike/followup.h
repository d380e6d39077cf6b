/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IKE_FOLLOWUP_KE (RFC 9370 section 2.2.4): the additional key exchanges of
 * what CREATE_CHILD_SA makes, an IKE SA or a child SA. One series at a time, of
 * either side; while it goes on nothing else is created or rekeyed.
 */
#ifndef AGENT_IKE_FOLLOWUP_H
#define AGENT_IKE_FOLLOWUP_H

#include "ike/fsm.h"
#include "ike/keymat.h"
#include "ike/msgid.h"

/* What the responder gives the initiator to come back with. */
#define FOLLOWUP_LINK		16
#define FOLLOWUP_LINK_MAX	512	/* of a peer's */
/* How long the responder waits for the next request. */
#define FOLLOWUP_MS		20000

/**
 * struct followup - a series of key exchanges
 * @initiator: ours is the request
 * @next: responder: the IKE SA that is made (else struct rekey has it)
 * @child: the child SA that is made; NULL: an IKE SA, or it is gone
 * @method, @count, @done: the exchanges
 * @first, @more: SK(0), and SK(1) | SK(2) | ... so far
 * @sk_d: with a fresh PPK, or NULL
 * @link: what the next request must bring
 * @ke: initiator: key pair of the request in flight
 * @waits: initiator: for that key pair
 */
struct followup {
	struct ike_sa *sa;
	bool initiator;
	struct ike_sa *next;
	struct child_sa *child;
	const struct alg_ke *method[ADDKE_MAX];
	unsigned int count, done;
	struct secret *first, *more, *sk_d;
	struct buf link;
	struct ke *ke;
	bool waits;
	struct timer expiry;
};

/*
 * Begin one behind CREATE_CHILD_SA, with the methods in @set; @first and @sk_d
 * are taken over in any case. Return: 0 or ERR_NOMEM.
 */
int followup_begin(struct ike_sa *sa, bool initiator,
		   const struct alg_ke *const *set, struct secret *first,
		   struct secret *sk_d);
/* The same for @child. As responder it goes with the series. */
int followup_begin_child(struct child_sa *child, bool initiator,
			 struct secret *first);
/* @child is about to be freed: what makes it comes to nothing. */
void followup_child_gone(struct child_sa *child);
/* Whatever there is of it is forgotten. */
void followup_drop(struct ike_sa *sa);

/* Initiator: the link of a response. Return: 0 or ERR_SYNTAX. */
int followup_take_link(struct ike_sa *sa, const struct rx *rx);
/* The next request, when its key pair is there. Return: 0 or ERR_*. */
int followup_send(struct ike_sa *sa);
/* A key pair that was waited for is there. May free @sa. */
void followup_resume(struct ike_sa *sa);
int followup_response(struct ike_sa *sa, struct rx *rx);
struct rx_work *followup_response_work(struct ike_sa *sa, const struct rx *rx);

/* Responder: a new link, and the time for the next request begins. */
void followup_put_link(struct ike_sa *sa, struct msg_writer *w);
int followup_request(struct ike_sa *sa, struct rx *rx);
struct rx_work *followup_request_work(struct ike_sa *sa, const struct rx *rx);

#endif
