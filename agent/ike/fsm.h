/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of legal messages per state, the dispatch of a received message,
 * and the one place where an IKE SA changes state.
 */
#ifndef AGENT_IKE_FSM_H
#define AGENT_IKE_FSM_H

#include "ike/sa.h"

/**
 * struct rx - a received message on its way to a handler
 * @hdr: header
 * @datagram: the whole message
 * @chain: the payloads: inside of SK, or in clear for IKE_SA_INIT
 * @path: where it came from
 * @results: of the work done for it, see park.h
 * @plain, @first: what was inside SK, and the type of its first payload
 * @accepted: its message ID is taken; it waited in the middle of its handler
 * @sk_at: where SK begins in @datagram; 0: it came in fragments
 */
struct rx {
	struct ike_hdr hdr;
	struct view datagram;
	struct pl_chain chain;
	const struct net_path *path;
	struct rx_work *results;
	struct view plain;
	uint8_t first;
	bool accepted;
	size_t sk_at;
};

struct parked;

const char *ike_state_name(enum ike_state state);
void ike_sa_set_state(struct ike_sa *sa, enum ike_state state);
/* A message for an existing IKE SA, header parsed, SA found. */
void fsm_receive(struct ike_sa *sa, struct rx *rx);
/*
 * The request that @sa was made for. Return: 0, @sa may be gone then; ERR_NOMEM
 * when it should wait and cannot, with nothing done.
 */
int fsm_receive_first(struct ike_sa *sa, struct rx *rx);
/* The work that @p waited for is done; @p is taken over. */
void fsm_resume(struct ike_sa *sa, struct parked *p);
/*
 * For a handler that has begun with a request and has to wait before it can
 * answer: keep it, and what was computed for it. Return: 0 or ERR_NOMEM.
 */
int fsm_keep(struct ike_sa *sa, struct rx *rx);
/* Hand the request that was kept to its handler again. May free @sa. */
void fsm_resume_kept(struct ike_sa *sa);
void fsm_drop_kept(struct ike_sa *sa);

#endif
