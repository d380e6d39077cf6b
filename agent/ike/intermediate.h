/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IKE_INTERMEDIATE (RFC 9242): any number of exchanges between IKE_SA_INIT and
 * IKE_AUTH. What they carry is a list of steps; each may leave new keys behind,
 * which are used from the next exchange on. All of it is authenticated in
 * IKE_AUTH.
 */
#ifndef AGENT_IKE_INTERMEDIATE_H
#define AGENT_IKE_INTERMEDIATE_H

#include "ike/fsm.h"
#include "ike/msgid.h"

struct inner;

/* More exchanges than all steps together can need (RFC 9370: seven keys). */
#define INTERMEDIATE_MAX	16

/**
 * struct step - one thing an IKE_INTERMEDIATE exchange may be there for
 * @wanted: initiator: it may have to be done, so that the peer must be asked
 * @due: initiator: it belongs into the next exchange
 * @prepare: initiator: get what @put needs. Return: 0; ERR_AGAIN when @resume
 *	will be called; ERR_* with @why filled
 * @put: initiator: its payloads of the request
 * @take: initiator: the response; may call intermediate_set_keys()
 * @wait: responder: get what @answer needs; ERR_AGAIN when @resume will be
 *	called
 * @answer: responder: its payloads of the response to a request; may call
 *	intermediate_set_keys(). ERR_AUTH and ERR_SYNTAX end the IKE SA
 *
 * Those of one exchange are called in the order of the list, each with the
 * keys that the ones before it made. Functions return 0 or ERR_*, with @why
 * filled where it is given; what is NULL does nothing.
 */
struct step {
	const char *name;
	bool (*wanted)(const struct ike_sa *sa);
	bool (*due)(const struct ike_sa *sa);
	int (*prepare)(struct ike_sa *sa, void (*resume)(struct ike_sa *sa),
		       struct failure *why);
	int (*put)(struct ike_sa *sa, struct reply *r);
	int (*take)(struct ike_sa *sa, struct rx *rx, struct failure *why);
	int (*wait)(struct ike_sa *sa, struct rx *rx,
		    void (*resume)(struct ike_sa *sa));
	int (*answer)(struct ike_sa *sa, struct rx *rx, struct reply *r,
		      struct failure *why);
};

/* N(INTERMEDIATE_EXCHANGE_SUPPORTED), when some step may need it. */
void intermediate_put(const struct ike_sa *sa, struct msg_writer *w);
/* What the other side says about it; responder: we say it when it does. */
void intermediate_take(struct ike_sa *sa, const struct rx *rx);

/*
 * Initiator: the next exchange, or IKE_AUTH behind the last. Return: 0, or
 * ERR_* with the failure recorded and @sa freed.
 */
int intermediate_next(struct ike_sa *sa);
int intermediate_request(struct ike_sa *sa, struct rx *rx);
int intermediate_response(struct ike_sa *sa, struct rx *rx);

/* SK_d as the steps so far have left it. */
const struct secret *intermediate_sk_d(const struct ike_sa *sa);
/* A step has made new keys, which are taken over, for after this exchange. */
void intermediate_set_keys(struct ike_sa *sa, struct ike_keys *keys);

/* A message of ours is about to be protected, one of the peer was opened. */
int intermediate_sent(struct ike_sa *sa, const struct inner *in);
int intermediate_received(struct ike_sa *sa, const struct rx *rx);
/*
 * What both sides sign in IKE_AUTH beside the rest: IntAuth_i | IntAuth_r |
 * IKE_AUTH_MID; nothing when there was no IKE_INTERMEDIATE.
 */
#define INT_AUTH_MAX	(2 * PRF_MAX + 4)
struct view intermediate_auth(const struct ike_sa *sa,
			      uint8_t buf[INT_AUTH_MAX]);
void intermediate_fini(struct ike_sa *sa);

#endif
