// SPDX-License-Identifier: GPL-2.0
/*
 * IKE_AUTH (RFC 7296 section 1.2), both roles. How we prove ourselves is in
 * proof.c, how peers do in psk.c and vouch.c.
 *
 *   I: HDR, SK { IDi, [CERT+,] AUTH, [CERTREQ,] SAi2, TSi, TSr,
 *                [N(INITIAL_CONTACT)], [N(PPK_IDENTITY)], [N(NO_PPK_AUTH)] }
 *   R: HDR, SK { IDr, [CERT+,] AUTH, SAr2, TSi, TSr, [N(PPK_IDENTITY)] }
 *   R: HDR, SK { IDr, AUTH, N(error of the child) }
 *   R: HDR, SK { N(AUTHENTICATION_FAILED) }
 */

#include <stdio.h>
#include <string.h>

#include "ike/addke.h"
#include "ike/child_ts.h"
#include "ike/exchange.h"
#include "ike/gate.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/park.h"
#include "ike/peer.h"
#include "ike/ppk.h"
#include "ike/profile.h"
#include "ike/proof.h"
#include "ike/proposal.h"
#include "ike/qcd.h"
#include "ike/refuse.h"
#include "ike/tunnel.h"
#include "util/err.h"

static const struct view nothing = { NULL, 0 };

/* ------------------------------------------------------------ AUTH values */

/*
 * Our ID, what belongs to it, and AUTH; in @no_ppk_auth, unless NULL, what AUTH
 * would be without the PPK that a peer may do without.
 */
static int put_our_auth(struct ike_sa *sa, struct reply *r,
			const struct signing *made, struct buf *no_ppk_auth)
{
	struct proof proof;
	int err = 0;

	proof_set_identity(sa);
	id_pl_put(&r->w, sa->initiator ? PL_IDi : PL_IDr,
		  buf_view(&sa->id_local));
	/* It has to be made first. */
	if (no_ppk_auth && ppk_may_fall_back(sa))
		err = proof_value(sa, made, no_ppk_auth);
	if (!err && sa->initiator && sa->ppk.agreed)
		err = ppk_mix(sa, sa->ppk.key);
	if (err)
		return err;
	err = proof_begin(sa, &proof);
	if (!err) {
		proof_run(&proof, made);
		err = proof_finish(sa, &proof, &r->w);
	}
	proof_fini(&proof);
	return err;
}

static void take_certificates(const struct rx *rx, struct claim *out)
{
	const struct pl *pl;
	struct cert_pl cert;

	out->cert_count = 0;
	for (pl = pl_find(&rx->chain, PL_CERT); pl && out->cert_count < CHAIN_MAX;
	     pl = pl_next(&rx->chain, pl))
		if (!cert_pl_parse(pl->body, &cert) &&
		    cert.encoding == CERT_X509_SIGNATURE)
			out->certs[out->cert_count++] = cert.data;
}

static int parse_identity(const struct rx *rx, uint8_t id_type,
			  struct claim *out)
{
	const struct pl *id = pl_find(&rx->chain, id_type);
	const struct pl *auth = pl_find(&rx->chain, PL_AUTH);

	if (!id || !auth || id_pl_parse(id->body, &out->id) ||
	    auth_pl_parse(auth->body, &out->auth))
		return ERR_SYNTAX;
	take_certificates(rx, out);
	return 0;
}

static void auth_fail(struct ike_sa *sa, enum failure_reason reason,
		      const char *ours, const char *theirs,
		      const char *setting)
{
	sa->ike->count.auth_failures++;
	tunnel_fail(sa->tunnel, &sa->log, reason, STAGE_IKE_AUTH, ours, theirs,
		    setting);
}

/* Let the peer in, or record why not. Return: 0 or ERR_AUTH. */
static int check_peer(struct ike_sa *sa, const struct claim *who)
{
	struct failure why;

	if (profile_admit(sa, who, &why)) {
		auth_fail(sa, why.reason, why.ours, why.theirs, why.setting);
		return ERR_AUTH;
	}
	buf_reset(&sa->id_remote);
	buf_put_view(&sa->id_remote, who->id.body);
	return 0;
}

/* ---------------------------------------------------------- the first child */

static int put_child_offer(struct ike_sa *sa, struct reply *r)
{
	struct child_sa *child = child_new(sa);
	struct proposals list;
	int err;

	if (!child)
		return ERR_NOMEM;
	sa->creating = child;
	err = child_ts_offer(child, NULL);
	if (err)
		return err;
	child_proposals(child, false, &list);
	sa_pl_put(&r->w, &list);
	ts_pl_put(&r->w, PL_TSi, &child->ts_local);
	ts_pl_put(&r->w, PL_TSr, &child->ts_remote);
	child_expect(child);
	return 0;
}

/*
 * May it be with the peer that we are about to prove ourselves to? Who that is
 * we do not know yet: whoever the profile expects.
 */
static bool is_with_peer(const struct ike_sa *sa, const struct ike_sa *self)
{
	struct id_pl id;

	if (!view_eq(buf_view(&sa->id_local), buf_view(&self->id_local)))
		return false;
	/* It has said or not said so to the same host. */
	if (sa->state == IKE_AUTH_SENT)
		return addr_eq(&sa->path.remote.addr, &self->path.remote.addr);
	return sa->state == IKE_ESTABLISHED &&
	       !id_pl_parse(buf_view(&sa->id_remote), &id) &&
	       peer_profile_matches(self->profile, &id);
}

/*
 * INITIAL_CONTACT is about all IKE SAs between two identities, whichever tunnel
 * they serve (RFC 7296 section 2.4). Said too seldom, it leaves the peer with
 * what it will find out to be dead; said too often, it ends what works.
 */
static bool is_first_contact(const struct ike_sa *self)
{
	struct ike_sa *sa;

	list_for_each(sa, &self->ike->sas, struct ike_sa, list) {
		if (sa == self)
			continue;
		if ((sa->tunnel == self->tunnel &&
		     sa->state == IKE_ESTABLISHED) || is_with_peer(sa, self))
			return false;
	}
	return true;
}

/* Prove who we are and ask for the first child SA. */
static int send_request(struct ike_sa *sa)
{
	struct buf no_ppk_auth;
	struct reply r;
	int err;

	reply_init(&r);
	buf_init(&no_ppk_auth, MSG_MAX_LEN);
	err = put_our_auth(sa, &r, proof_made(sa, NULL), &no_ppk_auth);
	if (!err)
		proof_put_certreq(sa, &r.w);
	if (!err)
		err = put_child_offer(sa, &r);
	if (!err)
		err = qcd_put(sa, &r.w);
	if (!err && is_first_contact(sa))
		notify_pl_put_simple(&r.w, N_INITIAL_CONTACT, nothing);
	if (!err)
		ppk_put_identity(sa, &r.w, buf_view(&no_ppk_auth));
	if (!err)
		err = reply_send_request(sa, EXCHANGE_IKE_AUTH, &r);
	if (!err)
		ike_sa_set_state(sa, IKE_AUTH_SENT);
	proof_drop(sa);
	buf_fini(&no_ppk_auth);
	reply_fini(&r);
	return err;
}

static void give_up(struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;

	ppk_attempt_failed(sa);
	ike_sa_free(sa);
	tunnel_retry(t, false);
}

/* The key source has answered. */
static void go_on(struct ike_sa *sa)
{
	auth_begin(sa);
}

/**
 * auth_begin - after IKE_SA_INIT, on the initiator
 *
 * Return: 0 when the request is on its way or waits for a PPK or our signature;
 * ERR_* with the failure recorded and @sa freed.
 */
int auth_begin(struct ike_sa *sa)
{
	struct failure why = { .reason = FAILURE_NONE };
	int err = ppk_get_own(sa, go_on, &why);

	if (!err)
		err = proof_want(sa);
	if (err == ERR_AGAIN) {
		ike_sa_set_state(sa, IKE_KEY_WAIT);
		return 0;
	}
	if (!err)
		err = send_request(sa);
	if (!err)
		return 0;
	if (err == ERR_HASH)
		proof_blame_hash(sa, &why);
	if (why.reason != FAILURE_NONE)
		auth_fail(sa, why.reason, why.ours, why.theirs, why.setting);
	else
		tunnel_fail(sa->tunnel, &sa->log, FAILURE_CRYPTO,
			    STAGE_IKE_AUTH, err_text(err), NULL, NULL);
	give_up(sa);
	return err;
}

/* -------------------------------------------------------------- responder */

/* Answer with an error and be gone, but answer retransmissions a while. */
static void refuse(struct ike_sa *sa, uint16_t type)
{
	reply_notify(sa, EXCHANGE_IKE_AUTH, type, nothing);
	refuse_end_half_open(sa);
}

static void established(struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	char local[PEER_ID_STR], remote[PEER_ID_STR];

	ike_sa_half_open_end(sa);
	ike_sa_drop_init(sa);
	ppk_established(sa);
	lifetime_keep(sa);
	ike_sa_set_state(sa, IKE_ESTABLISHED);
	sa->ike->count.ike_sas_established++;
	lifetime_begin(sa);
	log_info(&sa->log, "authenticated: %s with %s",
		 peer_id_str(buf_view(&sa->id_local), local),
		 peer_id_str(buf_view(&sa->id_remote), remote));
	tunnel_sa_established(t, sa);
}

/*
 * The older IKE SAs of this tunnel are void, says the peer: those with its
 * identity, no others (RFC 7296 section 2.4).
 */
static bool is_void(const struct ike_sa *sa, const void *arg)
{
	const struct ike_sa *self = arg;

	if (sa == self || sa->tunnel != self->tunnel ||
	    sa->state != IKE_ESTABLISHED ||
	    sa->established_ms > self->created_ms ||
	    !view_eq(buf_view(&sa->id_remote), buf_view(&self->id_remote)))
		return false;
	log_info(&sa->log, "the peer started anew");
	return true;
}

static int answer_auth(struct ike_sa *sa, struct rx *rx, struct reply *r)
{
	int err;

	err = put_our_auth(sa, r, proof_made(sa, rx), NULL);
	if (err)
		return err;
	err = qcd_put(sa, &r->w);
	if (err)
		return err;
	ppk_put_confirmation(sa, &r->w);
	/* A child that fails leaves the IKE SA standing (RFC 7296 1.2). */
	create_child_answer_first(sa, rx, r);
	return reply_send_response(sa, EXCHANGE_IKE_AUTH, r);
}

/*
 * The PPK the peer names. Return: 0; ERR_AGAIN when its source is asked, and
 * the request waits for the answer; ERR_* with the peer refused.
 */
static int find_ppk(struct ike_sa *sa, struct rx *rx, struct claim *who)
{
	struct failure why = { .reason = FAILURE_NONE };
	int err = ppk_take_identity(sa, rx, who, &why);

	if (err) {
		auth_fail(sa, why.reason, why.ours, why.theirs, why.setting);
		refuse(sa, err == ERR_SYNTAX ? N_INVALID_SYNTAX :
					       N_AUTHENTICATION_FAILED);
		return err;
	}
	err = ppk_get_named(sa, who, fsm_resume_kept);
	if (err == ERR_AGAIN && fsm_keep(sa, rx)) {
		ike_sa_free(sa);
		return ERR_NOMEM;
	}
	return err;
}

/* The request is handled again when @work is done. Return: ERR_AGAIN. */
static int wait_for(struct ike_sa *sa, struct rx *rx, struct rx_work *work)
{
	log_debug(&sa->log, "message %u waits for public-key work",
		  rx->hdr.msgid);
	if (!park_accepted(sa, rx, work))
		return ERR_AGAIN;
	ike_sa_free(sa);
	return ERR_NOMEM;
}

/* Return: 0; ERR_AGAIN; ERR_* with the peer refused. */
static int admit(struct ike_sa *sa, struct rx *rx, struct claim *who)
{
	struct rx_work *work;
	int err = find_ppk(sa, rx, who);

	if (err)
		return err;
	work = profile_work(sa, who);
	if (work)
		return wait_for(sa, rx, work);
	err = check_peer(sa, who);
	if (err) {
		refuse(sa, N_AUTHENTICATION_FAILED);
		return err;
	}
	proof_take_certreq(sa, rx);
	sa->admitted = true;
	return 0;
}

static void cannot_answer(struct ike_sa *sa, int err)
{
	struct failure why;

	if (err != ERR_HASH) {
		auth_fail(sa, FAILURE_CRYPTO, err_text(err), NULL, NULL);
		ike_sa_free(sa);
		return;
	}
	proof_blame_hash(sa, &why);
	auth_fail(sa, why.reason, why.ours, why.theirs, why.setting);
	refuse(sa, N_AUTHENTICATION_FAILED);
}

int auth_request(struct ike_sa *sa, struct rx *rx)
{
	struct claim who = { .rx = rx };
	struct rx_work *work;
	struct notify_pl n;
	struct reply r;
	int err;

	if (!pl_find(&rx->chain, PL_AUTH)) {
		/* The peer wants EAP, which we do not speak. */
		auth_fail(sa, FAILURE_AUTH_METHOD, "pre-shared",
			  "no AUTH payload (EAP)",
			  "ikev2: profiles: authentication: remote");
		refuse(sa, N_AUTHENTICATION_FAILED);
		return ERR_AUTH;
	}
	err = parse_identity(rx, PL_IDi, &who);
	if (err) {
		auth_fail(sa, FAILURE_SYNTAX, NULL,
			  "malformed IDi or AUTH payload", NULL);
		refuse(sa, N_INVALID_SYNTAX);
		return err;
	}
	if (addke_left(sa)) {
		auth_fail(sa, FAILURE_SYNTAX, NULL,
			  "IKE_AUTH before all additional key exchanges", NULL);
		refuse(sa, N_INVALID_SYNTAX);
		return ERR_SYNTAX;
	}
	if (!gate_admits_sa(sa)) {
		auth_fail(sa, FAILURE_FIPS_ENABLED, NULL, NULL, NULL);
		refuse(sa, N_AUTHENTICATION_FAILED);
		return ERR_AUTH;
	}
	err = sa->admitted ? 0 : admit(sa, rx, &who);
	if (err)
		return err;
	if (!pl_find(&rx->chain, PL_SA)) {
		/* We never said CHILDLESS_IKEV2_SUPPORTED (RFC 6023). */
		auth_fail(sa, FAILURE_CHILDLESS,
			  "one child SA for each IKE SA",
			  "IKE_AUTH without SA payload", NULL);
		refuse(sa, N_INVALID_SYNTAX);
		return ERR_PAYLOADS;
	}
	work = proof_work(sa, rx);
	if (work)
		return wait_for(sa, rx, work);
	qcd_take(sa, rx);
	if (rx_notify(rx, N_INITIAL_CONTACT, &n))
		ike_sa_free_where(sa->tunnel, is_void, sa);
	reply_init(&r);
	err = answer_auth(sa, rx, &r);
	reply_fini(&r);
	if (err) {
		cannot_answer(sa, err);
		return err;
	}
	established(sa);
	create_child_up_first(sa);
	return 0;
}

/* -------------------------------------------------------------- initiator */

static int refused(struct ike_sa *sa, uint16_t type)
{
	char theirs[FAILURE_VALUE];
	struct failure why;

	failure_answer(type, EXCHANGE_IKE_AUTH, theirs);
	if (type == N_AUTHENTICATION_FAILED) {
		if (ppk_is_mixed(sa))
			sa->ike->count.ppk_auth_failures++;
		proof_blame_refused(sa, &why);
		auth_fail(sa, FAILURE_AUTH_REFUSED, why.ours, theirs,
			  why.setting);
	} else {
		auth_fail(sa, FAILURE_PEER_ERROR, NULL, theirs, NULL);
	}
	give_up(sa);
	return ERR_AUTH;
}

/* The octets are those that the peer signed, with a PPK or without. */
struct rx_work *auth_response_work(struct ike_sa *sa, const struct rx *rx)
{
	/* Nothing is added to what was found for the message, only looked up. */
	struct claim who = { .rx = (struct rx *)(uintptr_t)rx,
			     .no_ppk_auth = nothing };
	struct rx_work *work;
	struct notify_pl n;
	bool without = ppk_is_mixed(sa) && !rx_notify(rx, N_PPK_IDENTITY, &n);

	if (parse_identity(rx, PL_IDr, &who))
		return NULL;
	if (without)
		ppk_swap(sa);
	work = profile_work(sa, &who);
	if (without)
		ppk_swap(sa);
	return work;
}

int auth_response(struct ike_sa *sa, struct rx *rx)
{
	struct failure why = { .reason = FAILURE_NONE };
	struct claim who = { .rx = rx, .no_ppk_auth = nothing };
	struct view data;
	uint16_t error;
	int err;

	msgid_request_done(sa);
	error = rx_error(rx, &data);
	err = parse_identity(rx, PL_IDr, &who);
	if (err && error)
		return refused(sa, error);
	if (err) {
		auth_fail(sa, FAILURE_SYNTAX, NULL, "no IDr or AUTH payload",
			  NULL);
		give_up(sa);
		return err;
	}
	err = ppk_take_confirmation(sa, rx, &why);
	if (err)
		auth_fail(sa, why.reason, why.ours, why.theirs, why.setting);
	else
		err = check_peer(sa, &who);
	if (err) {
		/* RFC 7296 section 2.21.2: tell the responder. */
		reply_send_farewell(sa, N_AUTHENTICATION_FAILED);
		give_up(sa);
		return err;
	}
	qcd_take(sa, rx);
	established(sa);
	return create_child_take_first(sa, rx);
}
