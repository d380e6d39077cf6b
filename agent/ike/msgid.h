/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Message IDs, the window of one, retransmission and the stored response
 * (RFC 7296 sections 2.1 to 2.3), and the protection of what is sent.
 */
#ifndef AGENT_IKE_MSGID_H
#define AGENT_IKE_MSGID_H

#include "ike/sa.h"

/*
 * IDs do not wrap (RFC 7296 section 2.2): well before they could, the IKE SA
 * is replaced, and none is taken or given beyond the last.
 */
#define MSGID_REKEY	0xffff0000u
#define MSGID_LAST	0xfffffffeu

enum msgid_verdict {
	MSGID_NEW,		/* the expected request or response */
	MSGID_WAITS,		/* the same, which is here and waits for work */
	MSGID_REPEAT,		/* the last request again: answer it again */
	MSGID_STRAY,		/* anything else */
};

enum msgid_verdict msgid_check(const struct ike_sa *sa,
			       const struct ike_hdr *hdr);
/* For a new IKE SA. */
void msgid_init(struct ike_sa *sa);
/* Send @msg as the request in flight and retransmit it until answered. */
int msgid_send_request(struct ike_sa *sa, struct buf *msg);
/* The tunnel's record of a request that cannot be sent: see @unsent. */
void msgid_blame_sending(struct ike_sa *sa, enum failure_stage stage);
/* The response came (or the request is given up). */
void msgid_request_done(struct ike_sa *sa);
/* A new request is about to be handled: the response before is void. */
void msgid_accept_request(struct ike_sa *sa);
/* Send @msg as the response to the request just received and keep it. */
int msgid_send_response(struct ike_sa *sa, struct buf *msg);
/* Repeat the kept response. */
void msgid_repeat_response(struct ike_sa *sa);

/** struct reply - inner payloads under construction */
struct reply {
	struct buf buf;
	struct msg_writer w;
};

void reply_init(struct reply *r);
void reply_fini(struct reply *r);
/* Protect @r's payloads and send them as request or response. */
int reply_send_request(struct ike_sa *sa, uint8_t exchange, struct reply *r);
int reply_send_response(struct ike_sa *sa, uint8_t exchange, struct reply *r);
/* A response with one notify and nothing else. */
int reply_notify(struct ike_sa *sa, uint8_t exchange, uint16_t type,
		 struct view data);
/* Send a protected request that nobody waits for. */
int reply_send_farewell(struct ike_sa *sa, uint16_t type);

#endif
