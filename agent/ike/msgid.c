// SPDX-License-Identifier: GPL-2.0
/*
 * Requests out, responses kept, everything protected.
 */

#include "ike/msgid.h"

#include <stdio.h>

#include "ike/fragment.h"
#include "ike/fsm.h"
#include "ike/intermediate.h"
#include "ike/lifetime.h"
#include "ike/park.h"
#include "ike/tunnel.h"
#include "proto/ids.h"
#include "util/err.h"

/* Retransmissions of our Delete of an IKE SA. */
#define DELETE_TRIES	2

enum msgid_verdict msgid_check(const struct ike_sa *sa,
			       const struct ike_hdr *hdr)
{
	bool response = hdr->flags & IKE_FLAG_RESPONSE;
	bool waits = sa->parked[response] || (!response && sa->kept);
	enum msgid_verdict expected = waits ? MSGID_WAITS : MSGID_NEW;

	if (response)
		return sa->tx_busy && hdr->msgid == sa->tx.next - 1 ?
		       expected : MSGID_STRAY;
	if (hdr->msgid == sa->rx.next && hdr->msgid <= MSGID_LAST)
		return expected;
	if (sa->rx.next && hdr->msgid == sa->rx.next - 1) {
		if (sa->rx.last.len)
			return MSGID_REPEAT;
		/* Accepted, and not answered yet. */
		if (sa->parked[0])
			return MSGID_WAITS;
	}
	return MSGID_STRAY;
}

/*
 * One message, which may be several datagrams. Return: 0, or ERR_* with @why
 * when one of them was not sent.
 */
static int send_now(struct ike_sa *sa, const struct net_path *path,
		    const struct buf *msg, char why[NET_WHY])
{
	struct view rest = buf_view(msg), datagram;
	int err = 0, one;

	sa->tx_count++;
	/* The peer keeps what pieces it gets. */
	while (fragment_next(&rest, &datagram)) {
		one = ike_send(sa->ike, path, datagram, why);
		err = one ? one : err;
	}
	return err;
}

static enum failure_stage stage_of(const struct buf *msg)
{
	struct ike_hdr hdr = { .exchange = 0 };

	ike_hdr_parse(buf_view(msg), &hdr);
	switch (hdr.exchange) {
	case EXCHANGE_IKE_SA_INIT:
		return STAGE_IKE_SA_INIT;
	case EXCHANGE_IKE_INTERMEDIATE:
		return STAGE_IKE_INTERMEDIATE;
	case EXCHANGE_IKE_AUTH:
		return STAGE_IKE_AUTH;
	case EXCHANGE_CREATE_CHILD_SA:
		return STAGE_CHILD_SA;
	default:
		return STAGE_INFORMATIONAL;
	}
}

void msgid_blame_sending(struct ike_sa *sa, enum failure_stage stage)
{
	char ours[FAILURE_VALUE], text[ENDPOINT_STR];

	snprintf(ours, sizeof(ours), "to %s: %s",
		 endpoint_str(&sa->path.remote, text), sa->unsent);
	tunnel_fail(sa->tunnel, &sa->log, FAILURE_SEND, stage, ours, NULL,
		    "the routes to the peer, and what this router filters");
}

/* Nobody needs to wait for the last repetition to learn it. */
static bool is_worth_saying(const struct ike_sa *sa)
{
	const struct tunnel *t = sa->tunnel;

	return *sa->unsent && sa->state <= IKE_ESTABLISHED && t && !t->ghost &&
	       !t->child;
}

/* The request in flight; also to where the peer may have moved. */
static void send_request(struct ike_sa *sa)
{
	struct net_path other = sa->path;
	bool was_unsent = *sa->unsent;
	char why[NET_WHY];

	if (!send_now(sa, &sa->path, &sa->tx.last, sa->unsent))
		*sa->unsent = '\0';
	if (sa->has_candidate) {
		other.remote = sa->candidate;
		if (!send_now(sa, &other, &sa->tx.last, why))
			*sa->unsent = '\0';
	}
	if (is_worth_saying(sa))
		msgid_blame_sending(sa, stage_of(&sa->tx.last));
	else if (was_unsent && !*sa->unsent)
		tunnel_sends_again(sa->tunnel);
}

/* The profile, when a liveness check is in flight, which may have its own. */
static const struct cfg_ike_profile *liveness_of(const struct ike_sa *sa)
{
	return sa->active.kind == TASK_LIVENESS && sa->tunnel ?
	       sa->profile : NULL;
}

static unsigned int tries_allowed(const struct ike_sa *sa)
{
	unsigned int tries = sa->ike->cfg->retransmit.tries;
	const struct cfg_ike_profile *p = liveness_of(sa);

	/* The tunnel waits for it, and it is of no use any more. */
	if (sa->state == IKE_DELETING && tries > DELETE_TRIES)
		return DELETE_TRIES;
	return p && p->dpd_retries ? p->dpd_retries : tries;
}

/* Exponential waits: 2, 4, 8, ... seconds by default. */
static uint64_t wait_ms(const struct ike_sa *sa)
{
	const struct cfg_ike_profile *p = liveness_of(sa);

	if (p && p->dpd_retry_interval)
		return (uint64_t)p->dpd_retry_interval * 1000;
	return (uint64_t)sa->ike->cfg->retransmit.timeout_ms << sa->tries;
}

/* An unauthenticated refusal is believed when nothing better came meanwhile. */
static bool is_refused(const struct ike_sa *sa)
{
	return sa->state == IKE_INIT_SENT && sa->hint.reason != FAILURE_NONE;
}

static void on_retransmit(void *arg)
{
	struct ike_sa *sa = arg;
	bool last;

	/* The answer is here. */
	if (sa->parked[1]) {
		timer_set(&sa->retransmit, wait_ms(sa));
		return;
	}
	if (sa->tries >= tries_allowed(sa) || is_refused(sa)) {
		lifetime_no_answer(sa);
		return;
	}
	ike_sa_prompt_end(sa);
	sa->tries++;
	sa->retransmit_count++;
	sa->ike->count.retransmits++;
	log_debug(&sa->log, "retransmission %u of message %u", sa->tries,
		  sa->tx.next - 1);
	/* One loss is bad luck; two may be a path that drops long messages. */
	last = sa->tries == tries_allowed(sa);
	if (sa->tries > 1 || last)
		fragment_lower(sa, last);
	send_request(sa);
	timer_set(&sa->retransmit, wait_ms(sa));
	/* Silence, and somebody says that the peer has lost the IKE SA. */
	if (sa->hinted) {
		sa->hinted = false;
		tunnel_connect_beside(sa->tunnel, sa);
	}
}

void msgid_init(struct ike_sa *sa)
{
	timer_init(&sa->retransmit, sa->ike->env.timers, on_retransmit, sa);
}

int msgid_send_request(struct ike_sa *sa, struct buf *msg)
{
	int err;

	if (sa->tx.next > MSGID_LAST)
		return ERR_LIMIT;
	if (sa->tx.next == MSGID_REKEY)
		ike_sa_queue(sa, TASK_REKEY_IKE, 0);
	/* Before it is sent: without the timer it would not be sent again. */
	sa->tries = 0;
	err = timer_set(&sa->retransmit, wait_ms(sa));
	if (err)
		return err;
	buf_fini(&sa->tx.last);
	buf_take(&sa->tx.last, msg);
	sa->tx.next++;
	sa->tx_busy = true;
	send_request(sa);
	return 0;
}

void msgid_request_done(struct ike_sa *sa)
{
	timer_cancel(&sa->retransmit);
	fragment_drop(sa, &sa->tx);
	park_drop(sa, true);
	sa->tx_busy = false;
	sa->hinted = false;
	buf_fini(&sa->tx.last);
}

void msgid_accept_request(struct ike_sa *sa)
{
	sa->rx.next++;
	buf_fini(&sa->rx.last);
	ike_sa_drop_before(sa);
}

int msgid_send_response(struct ike_sa *sa, struct buf *msg)
{
	buf_fini(&sa->rx.last);
	buf_take(&sa->rx.last, msg);
	send_now(sa, &sa->answer_path, &sa->rx.last, NULL);
	return 0;
}

void msgid_repeat_response(struct ike_sa *sa)
{
	sa->ike->count.rx_retransmits++;
	send_now(sa, &sa->answer_path, &sa->rx.last, NULL);
}

void reply_init(struct reply *r)
{
	buf_init(&r->buf, MSG_MAX_LEN);
	msg_begin_bare(&r->w, &r->buf);
}

void reply_fini(struct reply *r)
{
	buf_fini(&r->buf);
}

static int seal(struct ike_sa *sa, uint8_t exchange, bool response,
		uint32_t msgid, struct reply *r, struct buf *out)
{
	struct inner in = { .exchange = exchange, .response = response,
			    .msgid = msgid };
	int err = msg_end(&r->w);

	in.first = r->w.first;
	in.plain = buf_view(&r->buf);
	if (!err && exchange == EXCHANGE_IKE_INTERMEDIATE)
		err = intermediate_sent(sa, &in);
	if (err)
		return err;
	count_sent(&sa->ike->messages, exchange, response, in.first, in.plain);
	return fragment_seal(sa, &in, out);
}

int reply_send_request(struct ike_sa *sa, uint8_t exchange, struct reply *r)
{
	struct buf msg;
	int err;

	buf_init(&msg, DATAGRAMS_MAX);
	err = seal(sa, exchange, false, sa->tx.next, r, &msg);
	if (!err)
		err = msgid_send_request(sa, &msg);
	buf_fini(&msg);
	return err;
}

/* The request was counted when it was accepted: its ID is rx.next - 1. */
int reply_send_response(struct ike_sa *sa, uint8_t exchange, struct reply *r)
{
	struct buf msg;
	int err;

	buf_init(&msg, DATAGRAMS_MAX);
	err = seal(sa, exchange, true, sa->rx.next - 1, r, &msg);
	if (!err)
		err = msgid_send_response(sa, &msg);
	buf_fini(&msg);
	return err;
}

int reply_notify(struct ike_sa *sa, uint8_t exchange, uint16_t type,
		 struct view data)
{
	struct reply r;
	int err;

	reply_init(&r);
	notify_pl_put_simple(&r.w, type, data);
	err = reply_send_response(sa, exchange, &r);
	reply_fini(&r);
	return err;
}

int reply_send_farewell(struct ike_sa *sa, uint16_t type)
{
	struct reply r;
	struct buf msg;
	int err;

	reply_init(&r);
	buf_init(&msg, DATAGRAMS_MAX);
	notify_pl_put_simple(&r.w, type, (struct view){ NULL, 0 });
	err = seal(sa, EXCHANGE_INFORMATIONAL, false, sa->tx.next, &r, &msg);
	if (!err)
		send_now(sa, &sa->path, &msg, NULL);
	buf_fini(&msg);
	reply_fini(&r);
	return err;
}
