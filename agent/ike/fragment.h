/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Protection of messages, in one piece or in fragments (RFC 7383), both ways.
 * What is to be sent is kept as datagrams one behind the other; each says in
 * its header how long it is.
 */
#ifndef AGENT_IKE_FRAGMENT_H
#define AGENT_IKE_FRAGMENT_H

#include "ike/fsm.h"
#include "ike/msgid.h"

/* The generic header of SK, which is authenticated with what is before it. */
#define SK_HDR_LEN	4
/* No path is asked for less: every IPv4 host takes so much (RFC 791). */
#define FRAGMENT_SIZE_MIN	576
/* All datagrams of one message, fragments' heads and ICVs included. */
#define DATAGRAMS_MAX		(2 * MSG_MAX_LEN)
/* An unfinished message is kept over the longest wait for a repetition. */
#define FRAGMENT_IDLE_MS	64000
/* What all IKE SAs whose peer is not proven may hold together. */
#define FRAGMENT_UNPROVEN_MAX	(8 * 1024 * 1024)

/** struct inner - what goes inside SK, and the header it goes under */
struct inner {
	uint8_t exchange;
	bool response;
	uint32_t msgid;
	uint8_t first;		/* type of the first payload */
	struct view plain;
};

/**
 * fragment_seal - protect a message, in fragments if it is too long
 * @out: gets one datagram or several
 *
 * Return: 0; ERR_LIMIT when it is too long at all; ERR_CRYPTO, ERR_NOMEM.
 */
int fragment_seal(struct ike_sa *sa, const struct inner *in, struct buf *out);
/* The IKE header of a message of ours, @next its first payload. */
void fragment_put_head(const struct ike_sa *sa, const struct inner *in,
		       uint8_t next, size_t total, struct buf *out);
/* Take the next datagram off @rest; false at the end. */
bool fragment_next(struct view *rest, struct view *datagram);

/**
 * fragment_lower - the request in flight had no answer: try smaller pieces
 * @last: it is the last try: as small as there are
 *
 * Does nothing when it is short enough or the peer cannot put it together.
 */
void fragment_lower(struct ike_sa *sa, bool last);

/**
 * fragment_open - decrypt and verify a message or one of its fragments
 * @verdict: of its message ID
 * @plain: inside of the whole message, when it is there
 *
 * Return: 0 with @plain and the chain in @rx about the whole message;
 * ERR_AGAIN when more is to come or there is nothing to do, counted;
 * ERR_ICV and others for a message to be dropped.
 */
int fragment_open(struct ike_sa *sa, struct rx *rx, enum msgid_verdict verdict,
		  struct buf *plain);
/* Forget the unfinished message of one direction. */
void fragment_drop(struct ike_sa *sa, struct window *w);
/* The clock of unfinished messages. */
void fragment_init(struct ike_sa *sa);

#endif
