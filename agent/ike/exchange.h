/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exchanges: for each the function that sends the request, the one that
 * answers it and the one that takes the response. Handlers return 0 or ERR_*;
 * they have answered, or decided not to, when they return.
 */
#ifndef AGENT_IKE_EXCHANGE_H
#define AGENT_IKE_EXCHANGE_H

#include "ike/child.h"
#include "ike/fsm.h"
#include "ike/msgid.h"

/* IKE_SA_INIT */
int sa_init_send(struct ike_sa *sa);
/* A key pair that it waited for is there. */
void sa_init_continue(struct ike_sa *sa);
void sa_init_receive_new(struct ike *ike, struct rx *rx);
int sa_init_answer(struct ike_sa *sa, struct rx *rx);
struct rx_work *sa_init_answer_work(struct ike_sa *sa, const struct rx *rx);
int sa_init_response(struct ike_sa *sa, struct rx *rx);
struct rx_work *sa_init_response_work(struct ike_sa *sa, const struct rx *rx);

/* IKE_AUTH */
int auth_begin(struct ike_sa *sa);
int auth_request(struct ike_sa *sa, struct rx *rx);
int auth_response(struct ike_sa *sa, struct rx *rx);
struct rx_work *auth_response_work(struct ike_sa *sa, const struct rx *rx);

/* The first child SA, which rides on IKE_AUTH. */
void create_child_answer_first(struct ike_sa *sa, struct rx *rx,
			       struct reply *r);
void create_child_up_first(struct ike_sa *sa);
int create_child_take_first(struct ike_sa *sa, struct rx *rx);

/* CREATE_CHILD_SA */
int create_child_send(struct ike_sa *sa, struct child_sa *old);
int create_child_request(struct ike_sa *sa, struct rx *rx);
int create_child_response(struct ike_sa *sa, struct rx *rx);
struct rx_work *create_child_request_work(struct ike_sa *sa,
					  const struct rx *rx);
struct rx_work *create_child_response_work(struct ike_sa *sa,
					   const struct rx *rx);
/*
 * Its additional key exchanges (followup.h) are over, as initiator, with @err
 * if they failed. And as responder: the keys and the kernel; then, when the
 * response is out, it serves.
 */
int create_child_followed(struct ike_sa *sa, int err);
int create_child_install_followed(const struct followup *f);
void create_child_take_over(struct child_sa *child);
void create_child_old_deleted(struct ike_sa *sa, struct child_sa *old);
int rekey_ike_send(struct ike_sa *sa);
int rekey_ike_request(struct ike_sa *sa, struct rx *rx,
		      const struct proposals *offered);
int rekey_ike_response(struct ike_sa *sa, struct rx *rx);
void rekey_ike_old_deleted(struct ike_sa *sa);
/*
 * Its additional key exchanges (followup.h) are over, as initiator, with @err
 * if they failed. And as responder: the keys; then, when the response is out,
 * the new IKE SA takes over.
 */
int rekey_ike_followed(struct ike_sa *sa, int err);
/* The tunnel's record of what the peer answers to our rekey; 0 is nothing. */
void rekey_ike_refused(struct ike_sa *sa, uint16_t error, uint8_t exchange);
int rekey_ike_derive(struct ike_sa *sa, struct ike_sa *next);
void rekey_ike_take_over(struct ike_sa *sa, struct ike_sa *next);

/* INFORMATIONAL */
int informational_send(struct ike_sa *sa, const struct task *task);
int informational_request(struct ike_sa *sa, struct rx *rx);
int informational_response(struct ike_sa *sa, struct rx *rx);

/* Common pieces. */
const struct pl *rx_notify(const struct rx *rx, uint16_t type,
			   struct notify_pl *out);
/* The first error notify of a message, 0 if there is none. */
uint16_t rx_error(const struct rx *rx, struct view *data);

#endif
