// SPDX-License-Identifier: GPL-2.0
/*
 * Child SAs that we ask for: the first one in IKE_AUTH, and CREATE_CHILD_SA
 * (RFC 7296 sections 1.3.1 and 1.3.3). How it is answered: child_answer.c.
 */

#include <stdio.h>
#include <string.h>

#include "ike/addke.h"
#include "ike/child_offer.h"
#include "ike/child_ts.h"
#include "ike/collision.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/kex.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/ppk_rekey.h"
#include "ike/proposal.h"
#include "ike/tunnel.h"
#include "util/err.h"

static const struct view nothing = { NULL, 0 };

static void put_rekey(struct reply *r, const struct child_sa *old)
{
	uint8_t spi[ESP_SPI_LEN] = {
		(uint8_t)(old->spi_in >> 24), (uint8_t)(old->spi_in >> 16),
		(uint8_t)(old->spi_in >> 8), (uint8_t)old->spi_in,
	};

	notify_pl_put(&r->w, PROTO_ESP, (struct view){ spi, sizeof(spi) },
		      N_REKEY_SA, nothing);
}

static int put_request(struct child_sa *child, const struct child_sa *old,
		       struct reply *r)
{
	const struct alg_ke *pfs = child->profile->pfs;
	struct proposals list;

	if (old)
		put_rekey(r, old);
	child_proposals(child, true, &list);
	sa_pl_put(&r->w, &list);
	if (nonce_make(&child->nonces.ni))
		return ERR_NOMEM;
	nonce_pl_put(&r->w, buf_view(&child->nonces.ni));
	if (ppk_rekey_put(child->sa, buf_view(&child->nonces.ni), r))
		return ERR_CRYPTO;
	if (pfs) {
		child->ke = kex_take_pair(child->sa, pfs->id);
		if (!child->ke)
			return ERR_CRYPTO;
		ke_pl_put(&r->w, pfs->id, ke_public(child->ke));
	}
	ts_pl_put(&r->w, PL_TSi, &child->ts_local);
	ts_pl_put(&r->w, PL_TSr, &child->ts_remote);
	return 0;
}

/**
 * create_child_send - ask for a child SA
 * @old: the one it replaces, or NULL for a new one
 *
 * Return: 0 or ERR_* with nothing sent.
 */
int create_child_send(struct ike_sa *sa, struct child_sa *old)
{
	struct child_sa *child;
	struct reply r;
	int err;

	if (old && old->state != CHILD_INSTALLED)
		return ERR_ILLEGAL;
	if (!old && sa->tunnel->child && sa->tunnel->child->sa == sa)
		return ERR_ILLEGAL;
	child = child_new(sa);
	if (!child)
		return ERR_NOMEM;
	child->replaces = old ? old->id : 0;
	err = child_ts_offer(child, old);
	reply_init(&r);
	if (!err)
		err = put_request(child, old, &r);
	if (!err)
		child_expect(child);
	if (!err)
		err = reply_send_request(sa, EXCHANGE_CREATE_CHILD_SA, &r);
	reply_fini(&r);
	if (err) {
		child_free(child);
		return err;
	}
	sa->creating = child;
	if (old)
		old->state = CHILD_REKEYING;
	return 0;
}

/* What came back must be a choice from what we offered. */
static int accept_offer(struct child_sa *child, const struct child_offer *o,
			bool first)
{
	struct proposals offered;
	struct proposal chosen;
	int err;

	child_proposals(child, !first, &offered);
	err = proposal_accept(&offered, &o->proposals, &chosen);
	if (!err)
		err = child_offer_suite(child, &chosen);
	if (err)
		return err;
	return child_ts_accept(child, &o->ts_i, &o->ts_r);
}

/* The peer made a child that we cannot or will not use: tell him, expect nothing. */
static void delete_unwanted(struct ike_sa *sa, struct child_sa *child)
{
	child_uninstall(child, false);
	child->state = CHILD_DELETING;
	ike_sa_queue(sa, TASK_DELETE_CHILD, child->id);
}

static enum failure_reason child_reason(uint16_t error)
{
	switch (error) {
	case N_NO_PROPOSAL_CHOSEN:
	case N_INVALID_KE_PAYLOAD:
		return FAILURE_NO_PROPOSAL_ESP;
	default:
		return FAILURE_PEER_ERROR;
	}
}

static void report_error(struct ike_sa *sa, struct child_sa *child,
			 uint16_t error, bool first)
{
	char theirs[FAILURE_VALUE], ours[PROPOSAL_WHY];
	struct proposals list;

	failure_answer(error, first ? EXCHANGE_IKE_AUTH :
				      EXCHANGE_CREATE_CHILD_SA, theirs);
	if (error == N_TS_UNACCEPTABLE) {
		child_ts_refused(child, theirs);
		return;
	}
	child_proposals(child, !first, &list);
	proposal_list(&list, PROTO_ESP, ours);
	child_failed(sa, child_reason(error), ours, theirs,
		     child_reason(error) == FAILURE_NO_PROPOSAL_ESP ?
		     ESP_SETTING : NULL);
}

/* Where it happened it was recorded, with more than the code says. */
static bool is_told(int err)
{
	return err == ERR_KERNEL || err == ERR_TS;
}

/**
 * create_child_take_first - the initiator's child in IKE_AUTH
 *
 * Without a child the IKE SA is of no use: it is deleted and the tunnel tries
 * again later. May free @sa.
 */
int create_child_take_first(struct ike_sa *sa, struct rx *rx)
{
	struct child_sa *child = sa->creating;
	struct child_offer o;
	struct view data;
	int err;

	sa->creating = NULL;
	if (!pl_find(&rx->chain, PL_SA)) {
		report_error(sa, child, rx_error(rx, &data), true);
		err = ERR_NO_PROPOSAL;
	} else {
		err = child_offer_parse(rx, &o);
		if (!err)
			err = accept_offer(child, &o, true);
		if (!err)
			err = child_install(child, true, NULL, NULL, true);
		if (err && !is_told(err))
			child_failed(sa, FAILURE_SYNTAX, NULL, err_text(err),
				     NULL);
	}
	if (err) {
		child_free(child);
		sa->redundant = true;
		ike_sa_queue(sa, TASK_DELETE_IKE, 0);
		return err;
	}
	child_begin_life(child);
	return 0;
}

/* The child the peer's simultaneous rekey made, or NULL. */
static struct child_sa *find_rival(struct ike_sa *sa,
				   const struct child_sa *child)
{
	return child->rival ? child_find(sa, child->rival) : NULL;
}

/* The peer's rekey of @old stands. */
static void yield_to(struct ike_sa *sa, struct child_sa *rival,
		     struct child_sa *old)
{
	if (old)
		child_superseded(old, rival);
	if (rival->state != CHILD_NEGOTIATING)
		return;
	sa->ike->count.child_sas_rekeyed++;
	child_begin_life(rival);
}

/**
 * create_child_old_deleted - the peer deletes what we are rekeying
 *
 * If its own rekey made a successor, that one serves from now on, whatever
 * becomes of ours.
 */
void create_child_old_deleted(struct ike_sa *sa, struct child_sa *old)
{
	struct child_sa *rival = NULL;

	if (sa->creating && sa->creating->replaces == old->id)
		rival = find_rival(sa, sa->creating);
	if (rival)
		yield_to(sa, rival, NULL);
}

/* Our request to rekey did not get through; the old child lives on. */
static void rekey_failed(struct ike_sa *sa, struct child_sa *rival,
			 struct child_sa *old)
{
	if (rival) {
		yield_to(sa, rival, old);
	} else if (old && old->state == CHILD_REKEYING) {
		old->state = CHILD_INSTALLED;
		timer_set(&old->rekey, RETRY_BUSY_MS +
			  rand_below(RETRY_BUSY_MS));
	}
}

static int take_error(struct ike_sa *sa, struct child_sa *child,
		      struct child_sa *old, uint16_t error)
{
	struct child_sa *rival = find_rival(sa, child);
	bool gone = error == N_CHILD_SA_NOT_FOUND && old && !rival;

	if (!old && (sa->tunnel->child || sa->followup)) {
		/* The peer's own request for the missing child was faster. */
		child_free(child);
		return ERR_TEMPORARY;
	}
	if (error != N_TEMPORARY_FAILURE && error != N_CHILD_SA_NOT_FOUND)
		report_error(sa, child, error, false);
	child_free(child);
	if (gone) {
		/* The peer lost it: so do we, and make another (2.25). */
		child_free(old);
		return ERR_CHILD;
	}
	rekey_failed(sa, rival, old);
	if (!old)
		tunnel_retry(sa->tunnel, false);
	if (error == N_NO_ADDITIONAL_SAS)
		ike_sa_queue(sa, TASK_DELETE_IKE, 0);
	return ERR_TEMPORARY;
}

static int finish_ke(struct child_sa *child, const struct rx *rx,
		     const struct child_offer *o, struct secret **shared)
{
	if (!child->suite.pfs)
		return 0;
	if (!child->ke || o->ke.method != child->suite.pfs->id)
		return ERR_KE_METHOD;
	return kex_derive(rx, child->ke, o->ke.data, shared);
}

/* Return: 0, installed, or with a series of key exchanges that is to go on. */
static int install_answer(struct child_sa *child, const struct rx *rx,
			  struct child_offer *o)
{
	struct secret *shared = NULL;
	int err;

	err = accept_offer(child, o, false);
	if (!err)
		err = finish_ke(child, rx, o, &shared);
	if (!err && addke_any(child->suite.addke)) {
		err = followup_begin_child(child, true, shared);
		if (!err && followup_take_link(child->sa, rx)) {
			followup_drop(child->sa);
			err = ERR_SYNTAX;
		}
		return err;
	}
	if (!err)
		err = child_install(child, true, shared, NULL, true);
	secret_free(shared);
	return err;
}

/*
 * Ours is installed: delete the old one. If the peer rekeyed the same child
 * at the same time, one of the two new children is too many.
 */
static void settle(struct ike_sa *sa, struct child_sa *child,
		   struct child_sa *old, struct child_sa *rival)
{
	sa->ike->count.child_sas_rekeyed++;
	child_begin_life(child);
	/* The peer's to delete; it has no other clock. */
	if (rival && rival->state != CHILD_DELETING)
		child_superseded(rival, child);
	if (!old)
		return;
	timer_cancel(&old->rekey);
	old->state = CHILD_DELETING;
	ike_sa_queue(sa, TASK_DELETE_CHILD, old->id);
}

/* The peer may have made it, we have not. */
static int made_in_vain(struct ike_sa *sa, struct child_sa *child,
			struct child_sa *old, struct child_sa *rival, int err)
{
	if (!is_told(err))
		child_failed(sa, FAILURE_SYNTAX, NULL, err_text(err), NULL);
	rekey_failed(sa, rival, old);
	delete_unwanted(sa, child);
	tunnel_retry(sa->tunnel, false);
	return err;
}

/* What it takes is not complete: further key exchanges follow. */
static int go_on(struct ike_sa *sa, struct child_sa *child, struct task task)
{
	int err;

	sa->creating = child;
	sa->active = task;
	err = followup_send(sa);
	return err ? create_child_followed(sa, err) : 0;
}

static int take_child(struct ike_sa *sa, struct rx *rx, struct child_sa *child,
		      struct child_sa *old, struct task task)
{
	struct child_sa *rival = find_rival(sa, child);
	struct child_offer o;
	int err;

	err = child_offer_parse(rx, &o);
	if (!err && !o.nonce.len)
		err = ERR_SYNTAX;
	if (!err) {
		buf_put_view(&child->nonces.nr, o.nonce);
		if (rival &&
		    collision_we_lose(&child->nonces, &rival->nonces)) {
			ppk_rekey_over(sa);
			yield_to(sa, rival, old);
			delete_unwanted(sa, child);
			return 0;
		}
		/* The peer's own request is being made already. */
		err = sa->followup ? ERR_ILLEGAL :
		      ppk_rekey_take(sa, rx, &child->sk_d);
		if (!err)
			err = install_answer(child, rx, &o);
	}
	ppk_rekey_over(sa);
	if (!err && sa->followup)
		return go_on(sa, child, task);
	if (err)
		return made_in_vain(sa, child, old, rival, err);
	settle(sa, child, old, rival);
	return 0;
}

int create_child_followed(struct ike_sa *sa, int err)
{
	struct child_sa *child = sa->followup->child, *old;
	bool fatal = err == ERR_KE_VALUE, given_up = err == ERR_TEMPORARY;
	struct task task = ike_sa_task_done(sa);

	sa->creating = NULL;
	old = task.child_id ? child_find(sa, task.child_id) : NULL;
	if (!err && child)
		err = child_install(child, true, sa->followup->first,
				    sa->followup->more, true);
	followup_drop(sa);
	if (given_up || !child) {
		/* Or the peer has deleted it before it was there. */
		log_notice(&sa->log, "child SA given up by the peer while keys were exchanged");
		child_free(child);
		rekey_failed(sa, NULL, old);
		tunnel_retry(sa->tunnel, false);
	} else if (err) {
		made_in_vain(sa, child, old, NULL, err);
	} else {
		settle(sa, child, old, NULL);
	}
	if (fatal)
		ike_sa_queue(sa, TASK_DELETE_IKE, 0);
	return err;
}

struct rx_work *create_child_response_work(struct ike_sa *sa,
					   const struct rx *rx)
{
	struct ke *mine = sa->creating ? sa->creating->ke : NULL;

	if (sa->active.kind == TASK_REKEY_IKE)
		mine = sa->rekey && sa->rekey->next ? sa->rekey->next->ke :
						      NULL;
	return kex_derive_work(sa, mine, rx);
}

int create_child_response(struct ike_sa *sa, struct rx *rx)
{
	struct child_sa *child = sa->creating, *old = NULL;
	struct task task = sa->active;
	struct view data;
	uint16_t error;

	if (task.kind == TASK_REKEY_IKE)
		return rekey_ike_response(sa, rx);
	ike_sa_task_done(sa);
	if (!child) {
		ppk_rekey_over(sa);
		return ERR_ILLEGAL;
	}
	sa->creating = NULL;
	if (child->replaces)
		old = child_find(sa, child->replaces);
	error = pl_find(&rx->chain, PL_SA) ? 0 : rx_error(rx, &data);
	lifetime_answered(sa, old ? STAGE_REKEY_CHILD : STAGE_CHILD_SA, error);
	if (pl_find(&rx->chain, PL_SA))
		return take_child(sa, rx, child, old, task);
	ppk_rekey_over(sa);
	return take_error(sa, child, old, error);
}
