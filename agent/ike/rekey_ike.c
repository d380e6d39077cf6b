// SPDX-License-Identifier: GPL-2.0
/*
 * Rekeying of the IKE SA (RFC 7296 sections 1.3.2, 2.8 and 2.18), both roles.
 *
 *   I: HDR, SK { SA, Ni, KEi }
 *   R: HDR, SK { SA, Nr, KEr }
 *
 * The new IKE SA inherits the child SAs; the initiator of the rekey deletes
 * the old one. When both sides rekey at once, the IKE SA of the exchange with
 * the lowest nonce is deleted by the side that began that exchange. With
 * additional key exchanges (followup.c) whoever is asked while asking refuses
 * for now, so that there are never two.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/addke.h"
#include "ike/collision.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/kex.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/ppk_rekey.h"
#include "ike/proposal.h"
#include "ike/qcd.h"
#include "ike/tunnel.h"
#include "util/err.h"

static const struct view nothing = { NULL, 0 };

/* The suite in use is what is offered again, and all that is accepted. */
static void current_proposal(const struct ike_sa *sa, uint64_t spi,
			     struct proposals *out)
{
	const struct ike_suite *s = &sa->suite;
	struct proposal *p = &out->p[0];

	memset(p, 0, sizeof(*p));
	out->count = 1;
	p->number = 1;
	p->protocol = PROTO_IKE;
	proposal_add(p, XFORM_ENCR, s->encr->id, s->encr->key_bits);
	proposal_add(p, XFORM_PRF, s->prf->id, 0);
	if (s->integ)
		proposal_add(p, XFORM_INTEG, s->integ->id, 0);
	proposal_add(p, XFORM_KE, s->ke->id, 0);
	addke_to_proposal(s->addke, p);
	proposal_set_spi64(p, spi);
}

/* An IKE SA that takes the place of @old; closed until it has keys. */
static struct ike_sa *successor(struct ike_sa *old, bool initiator)
{
	struct ike_sa *sa = ike_sa_new(old->ike, &old->path, initiator);

	if (!sa)
		return NULL;
	sa->state = IKE_CLOSED;
	ike_sa_set_tunnel(sa, old->tunnel);
	sa->log.parent = old->log.parent;
	sa->cfg = cfg_get(old->cfg);
	sa->profile = old->profile;
	sa->peer = old->peer;
	sa->suite = old->suite;
	sa->session_id = old->session_id;
	sa->auth_local = old->auth_local;
	sa->auth_remote = old->auth_remote;
	sa->quantum = old->quantum;
	sa->nat_local = old->nat_local;
	sa->nat_remote = old->nat_remote;
	sa->fragmentation = old->fragmentation;
	sa->fragment_size = old->fragment_size;
	buf_put_view(&sa->id_local, buf_view(&old->id_local));
	buf_put_view(&sa->id_remote, buf_view(&old->id_remote));
	return sa;
}

/* @sk_d: with a fresh PPK; NULL: the one of @old. @more: see keymat.h. */
static int derive(struct ike_sa *old, struct ike_sa *sa,
		  const struct secret *shared, const struct secret *more,
		  const struct secret *sk_d)
{
	struct ike_keys keys = { 0 };
	int err;

	if (sk_d) {
		sa->quantum.used = CFG_PPK_DYNAMIC;
		sa->quantum.form = PPK_IN_REKEY;
		sa->quantum.fallback = PPK_FALLBACK_NONE;
	}
	err = keymat_ike_rekey(old->suite.prf, sk_d ? sk_d : old->keys.sk_d,
			       &sa->suite,
			       shared, more, buf_view(&sa->nonces.ni),
			       buf_view(&sa->nonces.nr), sa->spi_i, sa->spi_r,
			       &keys);
	if (!err)
		err = ike_sa_set_keys(sa, &keys);
	keymat_keys_clear(&keys);
	return err;
}

int rekey_ike_derive(struct ike_sa *sa, struct ike_sa *next)
{
	const struct followup *f = sa->followup;

	return derive(sa, next, f->first, f->more, f->sk_d);
}

/*
 * The first key exchange of a new IKE SA is done: derive its keys, unless more
 * follow. Both secrets are taken over.
 */
static int first_done(struct ike_sa *sa, struct ike_sa *next, bool initiator,
		      struct secret *shared, struct secret *sk_d)
{
	int err;

	if (addke_any(next->suite.addke))
		return followup_begin(sa, initiator, next->suite.addke, shared,
				      sk_d);
	err = derive(sa, next, shared, NULL, sk_d);
	secret_free(shared);
	secret_free(sk_d);
	return err;
}

static void open_successor(struct ike_sa *sa)
{
	sa->state = IKE_ESTABLISHED;
	sa->established_ms = ike_now_ms(sa->ike);
}

/* Is it to be asked of the successor, which has the children now? */
static bool is_handed_on(const struct ike_sa *old, const struct task *task)
{
	switch (task->kind) {
	case TASK_DELETE_CHILD:
	case TASK_REKEY_CHILD:
		return true;
	case TASK_NEW_CHILD:
		/* Nobody else would ask for the child that is missing. */
		return !old->redundant && !ike_sa_is_ending(old);
	default:
		return false;
	}
}

/*
 * @next takes over: children, queued work, the tunnel. @old is kept until it
 * is deleted, and not longer than SUPERSEDED_MS.
 */
static void supersede(struct ike_sa *old, struct ike_sa *next)
{
	struct child_sa *child, *tmp;
	struct task *task, *tmp_task;
	bool end;

	list_for_each_safe(child, tmp, &old->children, struct child_sa, list) {
		list_del(&child->list);
		child->sa = next;
		list_add_tail(&next->children, &child->list);
	}
	list_for_each_safe(task, tmp_task, &old->tasks, struct task, list) {
		if (is_handed_on(old, task))
			ike_sa_queue(next, task->kind, task->child_id);
	}
	/* What waits for a fresh PPK has not been begun. */
	if (old->waiting && old->active.kind == TASK_REKEY_CHILD)
		ike_sa_queue(next, TASK_REKEY_CHILD, old->active.child_id);
	if (old->waiting)
		ike_sa_task_done(old);
	ppk_drop(old);
	/* The peer's own, which waits for a key: our Delete would wait as well. */
	fsm_drop_kept(old);
	end = ike_sa_is_ending(old);
	ike_sa_drop_tasks(old);
	/* The request could not have it: SPIr was not known (RFC 6290 4.2). */
	if (old->qcd_token && next->initiator)
		ike_sa_queue(next, TASK_QCD_TOKEN, 0);
	lifetime_cancel(old);
	lifetime_begin(next);
	tunnel_sa_replaced(old->tunnel, old, next);
	ike_sa_set_state(old, IKE_REKEYED);
	lifetime_expire_in(old, SUPERSEDED_MS);
	next->ike->count.ike_sas_rekeyed++;
	log_info(&old->log, "superseded by %s", next->log.name);

	/* What was to end with the old one ends with the new one. */
	next->redundant = old->redundant;
	next->cleared = old->cleared;
	if (end)
		ike_sa_queue(next, TASK_DELETE_IKE, 0);
	else if (old->redundant)
		lifetime_expire_in(next, CLOSED_MS);
	ike_sa_run_tasks(next);
}

/* --------------------------------------------------------------- initiator */

static int put_request(struct ike_sa *sa, struct ike_sa *next, struct reply *r)
{
	struct proposals list;

	current_proposal(sa, next->spi_i, &list);
	sa_pl_put(&r->w, &list);
	if (nonce_make(&next->nonces.ni))
		return ERR_NOMEM;
	nonce_pl_put(&r->w, buf_view(&next->nonces.ni));
	if (ppk_rekey_put(sa, buf_view(&next->nonces.ni), r))
		return ERR_CRYPTO;
	next->ke = kex_take_pair(sa, sa->suite.ke->id);
	if (!next->ke)
		return ERR_CRYPTO;
	ke_pl_put(&r->w, sa->suite.ke->id, ke_public(next->ke));
	return 0;
}

/**
 * rekey_ike_send - ask for a new IKE SA
 *
 * Return: 0 or ERR_* with nothing sent.
 */
int rekey_ike_send(struct ike_sa *sa)
{
	struct rekey *rekey;
	struct reply r;
	int err;

	if (sa->rekey)
		return ERR_ILLEGAL;
	if (sa->followup) {
		lifetime_retry_rekey(sa);
		return ERR_ILLEGAL;
	}
	rekey = calloc(1, sizeof(*rekey));
	if (!rekey)
		return ERR_NOMEM;
	rekey->sa = sa;
	list_add_tail(&sa->ike->rekeys, &rekey->list);
	sa->rekey = rekey;
	rekey->next = successor(sa, true);
	reply_init(&r);
	err = rekey->next ? put_request(sa, rekey->next, &r) : ERR_NOMEM;
	if (!err)
		err = reply_send_request(sa, EXCHANGE_CREATE_CHILD_SA, &r);
	reply_fini(&r);
	if (err) {
		ike_sa_drop_rekey(sa);
		lifetime_retry_rekey(sa);
	}
	return err;
}

static int accept_answer(struct ike_sa *sa, struct ike_sa *next, struct rx *rx)
{
	struct secret *shared = NULL, *sk_d = NULL;
	struct proposals offered, answer;
	struct proposal chosen;
	struct ke_pl ke;
	struct view nr;
	int err;

	if (!pl_find(&rx->chain, PL_KE) || !pl_find(&rx->chain, PL_NONCE) ||
	    sa_pl_parse(pl_find(&rx->chain, PL_SA)->body, &answer) ||
	    ke_pl_parse(pl_find(&rx->chain, PL_KE)->body, &ke) ||
	    nonce_pl_parse(pl_find(&rx->chain, PL_NONCE)->body, &nr))
		return ERR_SYNTAX;
	current_proposal(sa, next->spi_i, &offered);
	err = proposal_accept(&offered, &answer, &chosen);
	if (err)
		return err;
	if (chosen.spi_size != IKE_SPI_LEN || !proposal_spi64(&chosen))
		return ERR_SYNTAX;
	if (ke.method != ke_method(next->ke))
		return ERR_KE_METHOD;
	err = kex_derive(rx, next->ke, ke.data, &shared);
	if (err)
		return err;
	buf_put_view(&next->nonces.nr, nr);
	ike_sa_set_remote_spi(next, proposal_spi64(&chosen));
	qcd_take(next, rx);
	err = ppk_rekey_take(sa, rx, &sk_d);
	if (err) {
		secret_free(shared);
		return err;
	}
	err = first_done(sa, next, true, shared, sk_d);
	return !err && sa->followup ? followup_take_link(sa, rx) : err;
}

/* The peer may have ended its own before we know which one stays. */
static bool is_there(const struct ike_sa *rival)
{
	return rival->state != IKE_CLOSED;
}

/* Both sides made a new IKE SA: keep one, by the lowest nonce. */
static void settle(struct ike_sa *sa, struct ike_sa *next,
		   struct ike_sa *rival)
{
	bool lost = rival && collision_we_lose(&next->nonces, &rival->nonces);

	if (lost && is_there(rival)) {
		supersede(sa, rival);
		ike_sa_queue(next, TASK_DELETE_IKE, 0);
		ike_sa_run_tasks(next);
		return;
	}
	supersede(sa, next);
	ike_sa_queue(sa, TASK_DELETE_IKE, 0);
	if (lost) {
		/* What the peer had for the tunnel's, it has ended. */
		ike_sa_queue(next, TASK_DELETE_IKE, 0);
		ike_sa_run_tasks(next);
	} else if (rival && is_there(rival)) {
		lifetime_expire_in(rival, SUPERSEDED_MS);
	}
}

/**
 * rekey_ike_old_deleted - the peer deletes what both of us were rekeying
 *
 * It has decided, then, for the IKE SA that its own rekey made.
 */
void rekey_ike_old_deleted(struct ike_sa *sa)
{
	struct ike_sa *rival = sa->rekey ? sa->rekey->rival : NULL;

	if (!rival || !is_there(rival))
		return;
	sa->rekey->rival = NULL;
	ike_sa_drop_rekey(sa);
	supersede(sa, rival);
}

static void answer_useless(struct ike_sa *sa, struct ike_sa *rival, int err)
{
	if (rival && is_there(rival)) {
		supersede(sa, rival);
		return;
	}
	log_notice(&sa->log, "IKE SA rekey failed: %s", err_text(err));
	if (sa->state == IKE_ESTABLISHED)
		lifetime_retry_rekey(sa);
}

/* Our rekey is over. */
static int finish(struct ike_sa *sa, int err)
{
	struct ike_sa *next = sa->rekey->next, *rival = sa->rekey->rival;

	ike_sa_task_done(sa);
	followup_drop(sa);
	ppk_rekey_over(sa);
	/* It may take over, and has what time it was given. */
	sa->rekey->rival = NULL;
	if (err) {
		ike_sa_drop_rekey(sa);
		answer_useless(sa, rival, err);
		return err;
	}
	sa->rekey->next = NULL;
	ike_sa_drop_rekey(sa);
	open_successor(next);
	settle(sa, next, rival);
	return 0;
}

int rekey_ike_followed(struct ike_sa *sa, int err)
{
	bool fatal = err == ERR_KE_VALUE;

	if (!err)
		err = rekey_ike_derive(sa, sa->rekey->next);
	err = finish(sa, err);
	if (fatal)
		ike_sa_queue(sa, TASK_DELETE_IKE, 0);
	return err;
}

void rekey_ike_refused(struct ike_sa *sa, uint16_t error, uint8_t exchange)
{
	char theirs[FAILURE_VALUE];

	if (!error || error == N_TEMPORARY_FAILURE)
		return;
	failure_answer(error, exchange, theirs);
	tunnel_fail(sa->tunnel, &sa->log, FAILURE_PEER_ERROR, STAGE_REKEY_IKE,
		    NULL, theirs, NULL);
}

int rekey_ike_response(struct ike_sa *sa, struct rx *rx)
{
	int err = ERR_TEMPORARY;
	struct view data;
	uint16_t error;

	if (!sa->rekey) {
		ike_sa_task_done(sa);
		return ERR_ILLEGAL;
	}
	error = rx_error(rx, &data);
	lifetime_answered(sa, STAGE_REKEY_IKE, error);
	rekey_ike_refused(sa, error, EXCHANGE_CREATE_CHILD_SA);
	if (sa->rekey->next && pl_find(&rx->chain, PL_SA))
		err = accept_answer(sa, sa->rekey->next, rx);
	if (!err && sa->followup) {
		msgid_request_done(sa);
		err = followup_send(sa);
		if (!err)
			return 0;
	}
	return finish(sa, err);
}

/* --------------------------------------------------------------- responder */

/* RFC 7296 section 2.25.2: not while children are being made or deleted. */
static bool busy_with_children(const struct ike_sa *sa)
{
	switch (sa->active.kind) {
	case TASK_NEW_CHILD:
	case TASK_REKEY_CHILD:
	case TASK_DELETE_CHILD:
		return true;
	default:
		return false;
	}
}

static int respond(struct ike_sa *sa, struct rx *rx, struct ike_sa *next,
		   const struct proposal *chosen, const struct ke_pl *ke,
		   struct reply *r)
{
	struct proposals list = { .count = 1 };
	struct secret *shared = NULL, *sk_d = NULL;
	struct buf public;
	int err;

	buf_init(&public, MSG_MAX_LEN);
	err = kex_respond(sa->ike, rx, ke->method, ke->data, &public, &shared);
	if (!err)
		err = nonce_make(&next->nonces.nr);
	if (!err)
		err = ppk_rekey_answer(sa, rx, buf_view(&next->nonces.ni), r,
				       &sk_d);
	if (!err) {
		err = first_done(sa, next, false, shared, sk_d);
		shared = NULL;
	}
	if (!err) {
		list.p[0] = *chosen;
		proposal_set_spi64(&list.p[0], next->spi_r);
		sa_pl_put(&r->w, &list);
		nonce_pl_put(&r->w, buf_view(&next->nonces.nr));
		ke_pl_put(&r->w, ke->method, buf_view(&public));
		if (sa->followup)
			followup_put_link(sa, &r->w);
		/* A token for the new SPIs, in place of the old one. */
		if (sa->qcd_token)
			err = qcd_put(next, &r->w);
	}
	secret_free(shared);
	buf_fini(&public);
	return err;
}

static int make_successor(struct ike_sa *sa, struct rx *rx,
			  const struct proposal *chosen,
			  struct ike_sa **out, struct reply *r)
{
	const struct pl *ke_pl = pl_find(&rx->chain, PL_KE);
	const struct pl *nonce_pl = pl_find(&rx->chain, PL_NONCE);
	struct ike_sa *next;
	struct ke_pl ke;
	struct view ni;

	if (!ke_pl || !nonce_pl || ke_pl_parse(ke_pl->body, &ke) ||
	    nonce_pl_parse(nonce_pl->body, &ni) ||
	    chosen->spi_size != IKE_SPI_LEN || !proposal_spi64(chosen))
		return ERR_SYNTAX;
	if (ke.method != sa->suite.ke->id)
		return ERR_KE_METHOD;
	next = successor(sa, false);
	if (!next)
		return ERR_NOMEM;
	*out = next;
	buf_put_view(&next->nonces.ni, ni);
	ike_sa_set_remote_spi(next, proposal_spi64(chosen));
	return respond(sa, rx, next, chosen, &ke, r);
}

static int refuse(struct ike_sa *sa, uint16_t type, int err)
{
	uint8_t group[2] = { (uint8_t)(sa->suite.ke->id >> 8),
			     (uint8_t)sa->suite.ke->id };
	struct view data = nothing;

	if (type == N_INVALID_KE_PAYLOAD)
		data = (struct view){ group, sizeof(group) };
	reply_notify(sa, EXCHANGE_CREATE_CHILD_SA, type, data);
	return err;
}

static uint16_t refusal(int err)
{
	switch (err) {
	case ERR_KE_METHOD:
		return N_INVALID_KE_PAYLOAD;
	case ERR_SYNTAX:
	case ERR_KE_VALUE:
		return N_INVALID_SYNTAX;
	default:
		return N_TEMPORARY_FAILURE;
	}
}

void rekey_ike_take_over(struct ike_sa *sa, struct ike_sa *next)
{
	open_successor(next);
	supersede(sa, next);
}

/**
 * rekey_ike_request - the peer wants a new IKE SA
 * @offered: its proposals, for protocol IKE
 */
int rekey_ike_request(struct ike_sa *sa, struct rx *rx,
		      const struct proposals *offered)
{
	struct ike_sa *next = NULL;
	struct proposals ours;
	struct proposal chosen;
	struct reply r;
	int err;

	/* What may yet get the children cannot pass them on. */
	if (busy_with_children(sa) || sa->followup || ike_sa_undecided(sa) ||
	    (sa->rekey && (sa->rekey->rival || addke_any(sa->suite.addke))))
		return refuse(sa, N_TEMPORARY_FAILURE, ERR_TEMPORARY);
	current_proposal(sa, 0, &ours);
	if (proposal_choose(&ours, offered, PROTO_IKE, false, &chosen))
		return refuse(sa, N_NO_PROPOSAL_CHOSEN, ERR_NO_PROPOSAL);
	reply_init(&r);
	err = make_successor(sa, rx, &chosen, &next, &r);
	if (!err)
		err = reply_send_response(sa, EXCHANGE_CREATE_CHILD_SA, &r);
	reply_fini(&r);
	if (err) {
		followup_drop(sa);
		ike_sa_free(next);
		return refuse(sa, refusal(err), err);
	}
	if (sa->followup) {
		sa->followup->next = next;
		return 0;
	}
	open_successor(next);
	if (sa->rekey) {
		/* Decided when our own request is answered. */
		sa->rekey->rival = next;
		sa->ike->count.collisions++;
		return 0;
	}
	supersede(sa, next);
	return 0;
}
