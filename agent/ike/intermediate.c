// SPDX-License-Identifier: GPL-2.0
/*
 * IKE_INTERMEDIATE (RFC 9242), both roles.
 *
 *   I: HDR, SK { payloads of the steps that are due }
 *   R: HDR, SK { their answers }
 *   R: HDR, SK { N(error) }
 *
 * Each message is protected, and its part of IntAuth made, with the keys that
 * there were before its exchange.
 */

#include "ike/intermediate.h"

#include <stdio.h>
#include <string.h>

#include "ike/addke.h"
#include "ike/exchange.h"
#include "ike/fragment.h"
#include "ike/ppk_int.h"
#include "ike/refuse.h"
#include "ike/tunnel.h"
#include "util/err.h"

static const struct view nothing = { NULL, 0 };

/* In the order in which their keys are made. */
static const struct step *const steps[] = {
	&addke_step,
	&ppk_int_step,
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

/* -------------------------------------------------------------- negotiation */

static bool any_wanted(const struct ike_sa *sa)
{
	size_t i;

	for (i = 0; i < STEPS; i++)
		if (steps[i]->wanted(sa))
			return true;
	return false;
}

void intermediate_put(const struct ike_sa *sa, struct msg_writer *w)
{
	if (sa->initiator ? any_wanted(sa) : sa->inter.agreed)
		notify_pl_put_simple(w, N_INTERMEDIATE_EXCHANGE_SUPPORTED,
				     nothing);
}

void intermediate_take(struct ike_sa *sa, const struct rx *rx)
{
	struct notify_pl n;

	sa->inter.agreed =
		rx_notify(rx, N_INTERMEDIATE_EXCHANGE_SUPPORTED, &n);
}

/* --------------------------------------------------------------------- keys */

const struct secret *intermediate_sk_d(const struct ike_sa *sa)
{
	return sa->inter.next.sk_d ? sa->inter.next.sk_d : sa->keys.sk_d;
}

void intermediate_set_keys(struct ike_sa *sa, struct ike_keys *keys)
{
	keymat_keys_clear(&sa->inter.next);
	sa->inter.next = *keys;
	memset(keys, 0, sizeof(*keys));
}

/* The exchange is over. */
static int commit_keys(struct ike_sa *sa)
{
	sa->inter.count++;
	if (!sa->inter.next.sk_d)
		return 0;
	log_debug(&sa->log, "new keys from IKE_INTERMEDIATE %u",
		  sa->inter.count);
	return ike_sa_next_keys(sa, &sa->inter.next);
}

void intermediate_fini(struct ike_sa *sa)
{
	keymat_keys_clear(&sa->inter.next);
	ke_free(sa->inter.ke);
	wipe(&sa->inter, sizeof(sa->inter));
}

/* ------------------------------------------------------------------ IntAuth */

/*
 * One more message of one side: @head is the message up to and with the
 * generic header of SK, its two lengths are those of what is signed.
 */
static int add(struct ike_sa *sa, bool of_initiator, struct buf *head,
	       struct view inside)
{
	struct int_auth *a = of_initiator ? &sa->inter.i : &sa->inter.r;
	const struct secret *sk_p = of_initiator ? sa->keys.sk_pi :
						   sa->keys.sk_pr;
	size_t len = head->len + inside.len, sk_len = inside.len + SK_HDR_LEN;
	struct view parts[] = {
		{ a->value, a->len }, buf_view(head), inside,
	};
	uint8_t out[PRF_MAX];
	int err;

	if (!buf_ok(head) || len > UINT16_MAX)
		return ERR_LIMIT;
	head->p[24] = head->p[25] = 0;
	head->p[26] = (uint8_t)(len >> 8);
	head->p[27] = (uint8_t)len;
	head->p[head->len - 2] = (uint8_t)(sk_len >> 8);
	head->p[head->len - 1] = (uint8_t)sk_len;
	err = prf(sa->suite.prf, sk_p, parts, 3, out);
	if (err)
		return err;
	memcpy(a->value, out, sa->suite.prf->len);
	a->len = sa->suite.prf->len;
	return 0;
}

int intermediate_sent(struct ike_sa *sa, const struct inner *in)
{
	struct buf head;
	int err;

	/* Nothing will be signed any more. */
	if (sa->state == IKE_CLOSED)
		return 0;
	buf_init(&head, MSG_MAX_LEN);
	fragment_put_head(sa, in, PL_SK, 0, &head);
	buf_put_u8(&head, in->first);
	buf_put(&head, "\0\0\0", 3);
	err = add(sa, sa->initiator, &head, in->plain);
	buf_fini(&head);
	return err;
}

/* A message in fragments is signed as if it had come in one piece. */
static void received_head(const struct rx *rx, struct buf *head)
{
	const uint8_t *p = rx->datagram.p;

	buf_put(head, p, rx->sk_at ? rx->sk_at : IKE_HDR_LEN);
	if (rx->sk_at) {
		buf_put(head, p + rx->sk_at, SK_HDR_LEN);
		return;
	}
	if (!buf_ok(head))
		return;
	head->p[16] = PL_SK;
	buf_put_u8(head, rx->first);
	buf_put(head, "\0\0\0", 3);
}

int intermediate_received(struct ike_sa *sa, const struct rx *rx)
{
	struct buf head;
	int err;

	/* Once, though memory may be short behind this and it comes again. */
	if (sa->inter.received == rx->hdr.msgid || sa->state == IKE_CLOSED)
		return 0;
	buf_init(&head, MSG_MAX_LEN);
	received_head(rx, &head);
	err = add(sa, !sa->initiator, &head, rx->plain);
	buf_fini(&head);
	if (!err)
		sa->inter.received = rx->hdr.msgid;
	return err;
}

struct view intermediate_auth(const struct ike_sa *sa,
			      uint8_t buf[INT_AUTH_MAX])
{
	const struct ike_inter *n = &sa->inter;
	uint32_t msgid = n->count + 1;
	uint8_t *p = buf;
	int shift;

	if (!n->count)
		return nothing;
	memcpy(p, n->i.value, n->i.len);
	p += n->i.len;
	memcpy(p, n->r.value, n->r.len);
	p += n->r.len;
	for (shift = 24; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(msgid >> shift);
	return (struct view){ buf, (size_t)(p - buf) };
}

/* ---------------------------------------------------------------- initiator */

static int fail(struct ike_sa *sa, const struct failure *why, int err)
{
	struct tunnel *t = sa->tunnel;

	if (why->reason != FAILURE_NONE)
		tunnel_fail(t, &sa->log, why->reason, STAGE_IKE_INTERMEDIATE,
			    why->ours, why->theirs, why->setting);
	else
		tunnel_fail(t, &sa->log, FAILURE_CRYPTO, STAGE_IKE_INTERMEDIATE,
			    err_text(err), NULL, NULL);
	ppk_attempt_failed(sa);
	ike_sa_free(sa);
	tunnel_retry(t, false);
	return err;
}

static void go_on(struct ike_sa *sa)
{
	intermediate_next(sa);
}

static int send_steps(struct ike_sa *sa, const bool due[STEPS])
{
	struct reply r;
	int err = 0;
	size_t i;

	reply_init(&r);
	for (i = 0; !err && i < STEPS; i++)
		if (due[i])
			err = steps[i]->put(sa, &r);
	if (!err)
		err = reply_send_request(sa, EXCHANGE_IKE_INTERMEDIATE, &r);
	reply_fini(&r);
	return err;
}

int intermediate_next(struct ike_sa *sa)
{
	struct failure why = { .reason = FAILURE_NONE };
	bool due[STEPS], any = false;
	int err = 0;
	size_t i;

	for (i = 0; i < STEPS; i++) {
		due[i] = sa->inter.agreed && steps[i]->due(sa);
		any |= due[i];
	}
	if (!any)
		return auth_begin(sa);
	for (i = 0; !err && i < STEPS; i++)
		if (due[i] && steps[i]->prepare)
			err = steps[i]->prepare(sa, go_on, &why);
	if (err == ERR_AGAIN) {
		ike_sa_set_state(sa, IKE_KEY_WAIT);
		return 0;
	}
	if (!err)
		err = send_steps(sa, due);
	if (err)
		return fail(sa, &why, err);
	ike_sa_set_state(sa, IKE_INTERMEDIATE_SENT);
	return 0;
}

static void peer_refuses(struct ike_sa *sa, uint16_t error,
			 struct failure *why)
{
	why->reason = error == N_AUTHENTICATION_FAILED ? FAILURE_AUTH_REFUSED :
							 FAILURE_PEER_ERROR;
	failure_answer(error, EXCHANGE_IKE_INTERMEDIATE, why->theirs);
	if (sa->ppk.key)
		snprintf(why->setting, sizeof(why->setting),
			 "keyrings: peers: ppk on both routers");
}

int intermediate_response(struct ike_sa *sa, struct rx *rx)
{
	struct failure why = { .reason = FAILURE_NONE };
	bool due[STEPS];
	struct view data;
	uint16_t error = rx_error(rx, &data);
	int err = 0;
	size_t i;

	msgid_request_done(sa);
	if (error) {
		peer_refuses(sa, error, &why);
		return fail(sa, &why, ERR_AUTH);
	}
	for (i = 0; i < STEPS; i++)
		due[i] = steps[i]->due(sa);
	for (i = 0; !err && i < STEPS; i++)
		if (due[i])
			err = steps[i]->take(sa, rx, &why);
	if (!err)
		err = commit_keys(sa);
	return err ? fail(sa, &why, err) : intermediate_next(sa);
}

/* ---------------------------------------------------------------- responder */

/* Answer with an error and be gone, but answer retransmissions a while. */
static int refuse(struct ike_sa *sa, const struct failure *why, int err)
{
	tunnel_fail(sa->tunnel, &sa->log, why->reason != FAILURE_NONE ?
		    why->reason : FAILURE_SYNTAX, STAGE_IKE_INTERMEDIATE, why->ours,
		    *why->theirs ? why->theirs : err_text(err), why->setting);
	reply_notify(sa, EXCHANGE_IKE_INTERMEDIATE, err == ERR_AUTH ?
		     N_AUTHENTICATION_FAILED : N_INVALID_SYNTAX, nothing);
	refuse_end_half_open(sa);
	return err;
}

static int answer(struct ike_sa *sa, struct rx *rx, struct failure *why)
{
	struct reply r;
	int err = 0;
	size_t i;

	reply_init(&r);
	for (i = 0; !err && i < STEPS; i++)
		err = steps[i]->answer(sa, rx, &r, why);
	if (!err)
		err = reply_send_response(sa, EXCHANGE_IKE_INTERMEDIATE, &r);
	reply_fini(&r);
	return err ? err : commit_keys(sa);
}

int intermediate_request(struct ike_sa *sa, struct rx *rx)
{
	struct failure why = { .reason = FAILURE_NONE };
	int err = 0;
	size_t i;

	if (sa->inter.count >= INTERMEDIATE_MAX) {
		why.reason = FAILURE_SYNTAX;
		snprintf(why.theirs, sizeof(why.theirs),
			 "more than %u IKE_INTERMEDIATE exchanges",
			 INTERMEDIATE_MAX);
		return refuse(sa, &why, ERR_SYNTAX);
	}
	for (i = 0; !err && i < STEPS; i++)
		if (steps[i]->wait)
			err = steps[i]->wait(sa, rx, fsm_resume_kept);
	if (err == ERR_AGAIN) {
		if (!fsm_keep(sa, rx))
			return err;
		err = ERR_NOMEM;
	}
	if (!err)
		err = answer(sa, rx, &why);
	if (err == ERR_AUTH || err == ERR_SYNTAX)
		return refuse(sa, &why, err);
	if (err)
		ike_sa_free(sa);
	return err;
}
