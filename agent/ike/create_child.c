// SPDX-License-Identifier: GPL-2.0
/*
 * Child SAs: the first one in IKE_AUTH, and CREATE_CHILD_SA (RFC 7296 sections
 * 1.3.1 and 1.3.3), both roles.
 *
 *   I: HDR, SK { [N(REKEY_SA)], SA, Ni, [KEi], TSi, TSr }
 *   R: HDR, SK { SA, Nr, [KEr], TSi, TSr }
 *   R: HDR, SK { N(error) }
 *
 * Crossing requests follow section 2.8.1 (simultaneous rekey) and section
 * 2.25 (rekey against delete).
 */

#include <stdio.h>
#include <string.h>

#include "ike/child_ts.h"
#include "ike/collision.h"
#include "ike/exchange.h"
#include "ike/gate.h"
#include "ike/kex.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/ppk_rekey.h"
#include "ike/proposal.h"
#include "ike/tunnel.h"
#include "util/err.h"

#define ESP_SETTING	"ipsec: transform-sets, pfs on both routers"

static const struct view nothing = { NULL, 0 };

/** struct child_offer - the payloads that describe a child SA */
struct child_offer {
	struct proposals proposals;
	struct ts_list ts_i, ts_r;
	struct view nonce;		/* empty in IKE_AUTH */
	struct ke_pl ke;		/* method 0: none */
};

static int parse_child(struct rx *rx, struct child_offer *o)
{
	const struct pl *sa = pl_find(&rx->chain, PL_SA);
	const struct pl *ts_i = pl_find(&rx->chain, PL_TSi);
	const struct pl *ts_r = pl_find(&rx->chain, PL_TSr);
	const struct pl *ke = pl_find(&rx->chain, PL_KE);
	const struct pl *nonce = pl_find(&rx->chain, PL_NONCE);

	memset(&o->ke, 0, sizeof(o->ke));
	o->nonce = nothing;
	if (!sa || !ts_i || !ts_r || sa_pl_parse(sa->body, &o->proposals) ||
	    ts_pl_parse(ts_i->body, &o->ts_i) ||
	    ts_pl_parse(ts_r->body, &o->ts_r))
		return ERR_SYNTAX;
	if (nonce && nonce_pl_parse(nonce->body, &o->nonce))
		return ERR_SYNTAX;
	if (ke && ke_pl_parse(ke->body, &o->ke))
		return ERR_SYNTAX;
	return 0;
}

static int new_nonce(struct buf *nonce)
{
	uint8_t *p;

	buf_reset(nonce);
	p = buf_reserve(nonce, NONCE_LEN);
	if (!p)
		return ERR_NOMEM;
	rand_bytes(p, NONCE_LEN);
	return 0;
}

/* Take over a chosen ESP proposal. */
static int set_esp_suite(struct child_sa *child, const struct proposal *p)
{
	const struct xform *encr = proposal_find(p, XFORM_ENCR);
	const struct xform *integ = proposal_find(p, XFORM_INTEG);
	const struct xform *esn = proposal_find(p, XFORM_ESN);
	const struct xform *ke = proposal_find(p, XFORM_KE);
	struct esp_suite *s = &child->suite;

	if (!encr || p->spi_size != ESP_SPI_LEN)
		return ERR_NO_PROPOSAL;
	s->encr = alg_encr(encr->id, encr->key_bits);
	s->integ = integ && integ->id ? alg_integ(integ->id) : NULL;
	s->pfs = ke && ke->id ? alg_ke(ke->id) : NULL;
	s->esn = esn && esn->id == ESN_ESN;
	child->spi_out = proposal_spi32(p);
	child->proposal_number = p->number;
	if (!s->encr || s->encr->aead == !!s->integ || !child->spi_out)
		return ERR_NO_PROPOSAL;
	return 0;
}

/* --------------------------------------------------------------- responder */

/* Which notify refuses what. */
static uint16_t refusal(int err)
{
	switch (err) {
	case ERR_NO_PROPOSAL:
		return N_NO_PROPOSAL_CHOSEN;
	case ERR_TS:
	case ERR_ACL:
		return N_TS_UNACCEPTABLE;
	case ERR_KE_METHOD:
		return N_INVALID_KE_PAYLOAD;
	case ERR_SYNTAX:
	case ERR_KE_VALUE:
		return N_INVALID_SYNTAX;
	case ERR_NO_ADDITIONAL:
		return N_NO_ADDITIONAL_SAS;
	default:
		return N_TEMPORARY_FAILURE;
	}
}

static void refuse_proposals(struct child_sa *child,
			     const struct child_offer *o,
			     const struct proposals *ours, bool first)
{
	char ours_text[PROPOSAL_WHY], theirs_text[PROPOSAL_WHY];
	struct proposals open;
	bool fips = child->fips;

	child->fips = false;
	child_proposals(child, !first, &open);
	child->fips = fips;
	fips = gate_explain(fips, ours, &open, &o->proposals, PROTO_ESP, first,
			    ours_text, theirs_text);
	child_refused(child->sa, fips ? FAILURE_FIPS : FAILURE_NO_PROPOSAL_ESP,
		      ours_text, theirs_text,
		      fips ? ESP_SETTING ", or " GATE_SETTING : ESP_SETTING);
}

static int choose_child(struct child_sa *child, const struct child_offer *o,
			bool first)
{
	struct proposals ours;
	struct proposal chosen;

	child_proposals(child, !first, &ours);
	if (proposal_choose(&ours, &o->proposals, PROTO_ESP, first, &chosen) ||
	    set_esp_suite(child, &chosen)) {
		refuse_proposals(child, o, &ours, first);
		return ERR_NO_PROPOSAL;
	}
	return child_ts_choose(child, &o->ts_r, &o->ts_i);
}

static void put_child_answer(struct child_sa *child, struct reply *r,
			     const struct buf *public)
{
	struct proposals list = { .count = 1 };
	struct proposal *p = &list.p[0];

	/* Answer with the number of the proposal that was chosen. */
	p->protocol = PROTO_ESP;
	proposal_add(p, XFORM_ENCR, child->suite.encr->id,
		     child->suite.encr->key_bits);
	if (child->suite.integ)
		proposal_add(p, XFORM_INTEG, child->suite.integ->id, 0);
	if (child->suite.pfs)
		proposal_add(p, XFORM_KE, child->suite.pfs->id, 0);
	proposal_add(p, XFORM_ESN, child->suite.esn ? ESN_ESN : ESN_NONE, 0);
	proposal_set_spi32(p, child->spi_in);
	p->number = child->proposal_number;
	sa_pl_put(&r->w, &list);
	if (child->nonces.nr.len)
		nonce_pl_put(&r->w, buf_view(&child->nonces.nr));
	if (public->len)
		ke_pl_put(&r->w, child->suite.pfs->id, buf_view(public));
	ts_pl_put(&r->w, PL_TSi, &child->ts_remote);
	ts_pl_put(&r->w, PL_TSr, &child->ts_local);
}

/**
 * create_child_answer_first - the responder's child in IKE_AUTH
 * @r: gets the child's payloads, or the notify that refuses it
 */
void create_child_answer_first(struct ike_sa *sa, struct rx *rx,
			       struct reply *r)
{
	struct child_sa *child = child_new(sa);
	struct buf public;
	struct child_offer o;
	int err = ERR_NOMEM;

	buf_init(&public, MSG_MAX_LEN);
	if (child)
		err = parse_child(rx, &o);
	if (!err)
		err = choose_child(child, &o, true);
	if (!err)
		err = child_install(child, false, NULL, true);
	if (!err) {
		put_child_answer(child, r, &public);
		sa->creating = child;
		return;
	}
	notify_pl_put_simple(&r->w, refusal(err), nothing);
	child_free(child);
}

/** create_child_up_first - after the responder's IKE_AUTH answer is out */
void create_child_up_first(struct ike_sa *sa)
{
	struct child_sa *child = sa->creating;

	sa->creating = NULL;
	if (child)
		child_begin_life(child);
	else
		lifetime_expire_in(sa, CHILDLESS_MS);
}

static int answer_ke(struct child_sa *child, const struct rx *rx,
		     const struct child_offer *o, struct buf *public,
		     struct secret **shared)
{
	if (!child->suite.pfs)
		return 0;
	if (o->ke.method != child->suite.pfs->id)
		return ERR_KE_METHOD;
	return kex_respond(child->sa->ike, rx, o->ke.method, o->ke.data, public,
			   shared);
}

/* Build and install what the peer asked for. */
static int answer_child(struct child_sa *child, const struct rx *rx,
			const struct child_offer *o, struct reply *r)
{
	struct secret *shared = NULL;
	struct buf public;
	int err;

	buf_init(&public, MSG_MAX_LEN);
	err = choose_child(child, o, false);
	if (!err)
		err = answer_ke(child, rx, o, &public, &shared);
	if (!err) {
		buf_put_view(&child->nonces.ni, o->nonce);
		err = new_nonce(&child->nonces.nr);
	}
	if (!err)
		err = ppk_rekey_answer(child->sa, rx, o->nonce, r,
				       &child->sk_d);
	if (!err)
		err = child_install(child, false, shared, !child->replaces);
	if (!err)
		put_child_answer(child, r, &public);
	secret_free(shared);
	buf_fini(&public);
	return err;
}

/* Made by the peer's rekey while ours has no answer: the children may come. */
static bool undecided(const struct ike_sa *sa)
{
	struct rekey *r;

	list_for_each(r, &sa->ike->rekeys, struct rekey, list)
		if (r->rival == sa)
			return true;
	return false;
}

/* The child that the request wants replaced. Answers when it may not be. */
static int find_replaced(struct ike_sa *sa, const struct rx *rx,
			 struct child_sa **out)
{
	struct notify_pl n;
	struct rd rd;
	uint32_t spi;
	struct reply r;

	*out = NULL;
	if (!rx_notify(rx, N_REKEY_SA, &n))
		return 0;
	if (n.protocol != PROTO_ESP || n.spi.len != ESP_SPI_LEN)
		return ERR_SYNTAX;
	rd_init(&rd, n.spi.p, n.spi.len);
	spi = rd_u32(&rd);
	*out = child_find_spi_out(sa, spi);
	if (*out)
		return (*out)->state == CHILD_DELETING ? ERR_TEMPORARY : 0;
	if (undecided(sa))
		return ERR_TEMPORARY;
	reply_init(&r);
	notify_pl_put(&r.w, PROTO_ESP, n.spi, N_CHILD_SA_NOT_FOUND, nothing);
	reply_send_response(sa, EXCHANGE_CREATE_CHILD_SA, &r);
	reply_fini(&r);
	return ERR_CHILD;
}

static int refuse_child(struct ike_sa *sa, int err, const struct child_sa *child)
{
	uint8_t group[2] = { 0 };
	struct view data = nothing;

	if (err == ERR_KE_METHOD && child && child->suite.pfs) {
		group[0] = (uint8_t)(child->suite.pfs->id >> 8);
		group[1] = (uint8_t)child->suite.pfs->id;
		data = (struct view){ group, sizeof(group) };
	}
	reply_notify(sa, EXCHANGE_CREATE_CHILD_SA, refusal(err), data);
	return err;
}

/* May a child be made now? One child SA serves one interface. */
static int may_create(const struct ike_sa *sa, const struct child_sa *old)
{
	/* RFC 7296 section 2.25.2. */
	if (sa->rekey || sa->tunnel->ghost)
		return ERR_TEMPORARY;
	if (!old && sa->tunnel->child && sa->tunnel->child->sa == sa)
		return ERR_NO_ADDITIONAL;
	/* Both miss it at once: that of the IKE SA's initiator is made. */
	if (!old && sa->creating && sa->initiator)
		return ERR_TEMPORARY;
	return 0;
}

static int accept_child(struct ike_sa *sa, const struct rx *rx,
			const struct child_offer *o, struct child_sa *old)
{
	struct child_sa *child = child_new(sa);
	struct reply r;
	int err;

	if (!child)
		return refuse_child(sa, ERR_NOMEM, NULL);
	child->replaces = old ? old->id : 0;
	reply_init(&r);
	err = answer_child(child, rx, o, &r);
	if (!err)
		err = reply_send_response(sa, EXCHANGE_CREATE_CHILD_SA, &r);
	reply_fini(&r);
	if (err) {
		refuse_child(sa, err, child);
		child_free(child);
		return err;
	}
	if (old && old->state == CHILD_REKEYING && sa->creating) {
		/* Our own request is on its way too: decided when answered. */
		sa->creating->rival = child->id;
		sa->ike->count.collisions++;
		return 0;
	}
	if (old) {
		old->state = CHILD_REKEYED;
		timer_cancel(&old->rekey);
		sa->ike->count.child_sas_rekeyed++;
	}
	child_begin_life(child);
	return 0;
}

/* For a group that we would take, whatever else the request is. */
struct rx_work *create_child_request_work(struct ike_sa *sa,
					  const struct rx *rx)
{
	const struct alg_ke *pfs = sa->tunnel->cfg->profile->pfs;
	const struct pl *pl = pl_find(&rx->chain, PL_KE);
	struct ke_pl ke;

	if (!pl || ke_pl_parse(pl->body, &ke) ||
	    (ke.method != sa->suite.ke->id && (!pfs || ke.method != pfs->id)))
		return NULL;
	return kex_respond_work(sa, rx);
}

/* Is the PPK, if any, not one that a request of our own is about? */
static bool peers_ppk(const struct ike_sa *sa)
{
	return sa->ppk.asked != PPK_UNASKED && sa->ppk.rq.want == PPK_BY_ID;
}

static void forget_peers_ppk(struct ike_sa *sa)
{
	if (peers_ppk(sa))
		ppk_drop(sa);
}

/*
 * A key source may have to be asked for the fresh PPK of the peer. Return: 0;
 * ERR_AGAIN when the request waits for it; ERR_TEMPORARY.
 */
static int wait_for_ppk(struct ike_sa *sa, struct rx *rx)
{
	struct notify_pl n;
	int err;

	/* There is one place for a key, and our own request has it. */
	if (rx_notify(rx, N_PPK_IDENTITY_KEY, &n) &&
	    sa->ppk.asked != PPK_UNASKED && !peers_ppk(sa))
		return ERR_TEMPORARY;
	err = ppk_rekey_wait(sa, rx, fsm_resume_kept);
	if (err == ERR_AGAIN && fsm_keep(sa, rx)) {
		ppk_drop(sa);
		return ERR_TEMPORARY;
	}
	return err;
}

int create_child_request(struct ike_sa *sa, struct rx *rx)
{
	struct child_sa *old;
	struct child_offer o;
	const struct pl *pl = pl_find(&rx->chain, PL_SA);
	int err;

	if (sa_pl_parse(pl->body, &o.proposals))
		return refuse_child(sa, ERR_SYNTAX, NULL);
	err = wait_for_ppk(sa, rx);
	if (err == ERR_AGAIN)
		return err;
	if (err)
		return refuse_child(sa, err, NULL);
	if (o.proposals.count && o.proposals.p[0].protocol == PROTO_IKE) {
		err = rekey_ike_request(sa, rx, &o.proposals);
		forget_peers_ppk(sa);
		return err;
	}
	err = find_replaced(sa, rx, &old);
	if (err == ERR_CHILD)
		return err;
	if (!err)
		err = parse_child(rx, &o);
	if (!err)
		err = may_create(sa, old);
	if (err)
		return refuse_child(sa, err, NULL);
	err = accept_child(sa, rx, &o, old);
	forget_peers_ppk(sa);
	return err;
}

/* --------------------------------------------------------------- initiator */

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
	if (new_nonce(&child->nonces.ni))
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
		err = set_esp_suite(child, &chosen);
	if (err)
		return err;
	return child_ts_accept(child, &o->ts_i, &o->ts_r);
}

/* The peer made a child that we cannot or will not use: tell him. */
static void delete_unwanted(struct ike_sa *sa, struct child_sa *child)
{
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
	char name[ID_NAME_STR];
	struct proposals list;

	snprintf(theirs, sizeof(theirs), "answers %s",
		 notify_name(error, name));
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
		err = parse_child(rx, &o);
		if (!err)
			err = accept_offer(child, &o, true);
		if (!err)
			err = child_install(child, true, NULL, true);
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
	if (old) {
		timer_cancel(&old->rekey);
		old->state = CHILD_REKEYED;
	}
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

	if (!old && sa->tunnel->child) {
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

static int install_answer(struct child_sa *child, const struct rx *rx,
			  struct child_offer *o)
{
	struct secret *shared = NULL;
	int err;

	err = accept_offer(child, o, false);
	if (!err)
		err = finish_ke(child, rx, o, &shared);
	if (!err)
		err = child_install(child, true, shared, true);
	secret_free(shared);
	return err;
}

/*
 * Ours is installed: delete the old one. If the peer rekeyed the same child
 * at the same time, one of the two new children is too many.
 */
static void settle(struct ike_sa *sa, struct child_sa *child,
		   struct child_sa *old)
{
	sa->ike->count.child_sas_rekeyed++;
	child_begin_life(child);
	if (!old)
		return;
	timer_cancel(&old->rekey);
	old->state = CHILD_DELETING;
	ike_sa_queue(sa, TASK_DELETE_CHILD, old->id);
}

static int take_child(struct ike_sa *sa, struct rx *rx, struct child_sa *child,
		      struct child_sa *old)
{
	struct child_sa *rival = find_rival(sa, child);
	struct child_offer o;
	int err;

	err = parse_child(rx, &o);
	if (!err && !o.nonce.len)
		err = ERR_SYNTAX;
	if (!err) {
		buf_put_view(&child->nonces.nr, o.nonce);
		if (rival &&
		    collision_we_lose(&child->nonces, &rival->nonces)) {
			yield_to(sa, rival, old);
			delete_unwanted(sa, child);
			return 0;
		}
		err = ppk_rekey_take(sa, rx, &child->sk_d);
		if (!err)
			err = install_answer(child, rx, &o);
	}
	if (err) {
		if (!is_told(err))
			child_failed(sa, FAILURE_SYNTAX, NULL, err_text(err),
				     NULL);
		rekey_failed(sa, rival, old);
		delete_unwanted(sa, child);
		return err;
	}
	settle(sa, child, old);
	return 0;
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
	int err;

	if (task.kind == TASK_REKEY_IKE)
		return rekey_ike_response(sa, rx);
	ike_sa_task_done(sa);
	if (!child)
		return ERR_ILLEGAL;
	sa->creating = NULL;
	if (child->replaces)
		old = child_find(sa, child->replaces);
	err = pl_find(&rx->chain, PL_SA) ? take_child(sa, rx, child, old) :
	      take_error(sa, child, old, rx_error(rx, &data));
	if (!peers_ppk(sa))
		ppk_drop(sa);
	return err;
}
