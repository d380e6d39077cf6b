// SPDX-License-Identifier: GPL-2.0
/*
 * Child SAs that the peer asks for: the first one in IKE_AUTH, and
 * CREATE_CHILD_SA (RFC 7296 sections 1.3.1 and 1.3.3).
 *
 *   I: HDR, SK { [N(REKEY_SA)], SA, Ni, [KEi], TSi, TSr }
 *   R: HDR, SK { SA, Nr, [KEr], TSi, TSr }
 *   R: HDR, SK { N(error) }
 *
 * Crossing requests follow section 2.8.1 (simultaneous rekey) and section
 * 2.25 (rekey against delete). With additional key exchanges (followup.c)
 * whoever is asked while asking refuses for now, as for IKE SAs.
 */

#include <string.h>

#include "ike/addke.h"
#include "ike/child_offer.h"
#include "ike/child_ts.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/gate.h"
#include "ike/kex.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/ppk_rekey.h"
#include "ike/proposal.h"
#include "ike/refuse.h"
#include "ike/tunnel.h"
#include "util/err.h"

/* Before that, another rekey of the same child is a repetition too many. */
#define SUCCESSOR_MS	2000

static const struct view nothing = { NULL, 0 };

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
			bool first, struct proposal *chosen)
{
	struct proposals ours;

	child_proposals(child, !first, &ours);
	if (proposal_choose(&ours, &o->proposals, PROTO_ESP, first, chosen) ||
	    child_offer_suite(child, chosen)) {
		refuse_proposals(child, o, &ours, first);
		return ERR_NO_PROPOSAL;
	}
	return child_ts_choose(child, &o->ts_r, &o->ts_i);
}

static void put_child_answer(struct child_sa *child, struct reply *r,
			     const struct proposal *chosen,
			     const struct buf *public)
{
	struct proposals list = { .count = 1 };

	list.p[0] = *chosen;
	proposal_set_spi32(&list.p[0], child->spi_in);
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
	struct proposal chosen;
	struct child_offer o;
	struct buf public;
	int err = ERR_NOMEM;

	buf_init(&public, MSG_MAX_LEN);
	if (child)
		err = child_offer_parse(rx, &o);
	if (!err)
		err = choose_child(child, &o, true, &chosen);
	if (!err)
		err = child_install(child, false, NULL, NULL, true);
	if (!err) {
		put_child_answer(child, r, &chosen, &public);
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

/*
 * Our own request to rekey has no answer yet, and one of the two goes on with
 * further key exchanges: there is only ever one such series.
 */
static bool crosses(const struct child_sa *child)
{
	return child->replaces && child->sa->creating &&
	       (addke_any(child->suite.addke) || child->profile->addke.count);
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

/* Both sides have the first secret. @shared is taken over. */
static int first_done(struct child_sa *child, struct secret *shared)
{
	int err;

	if (addke_any(child->suite.addke))
		return followup_begin_child(child, false, shared);
	err = child_install(child, false, shared, NULL, !child->replaces);
	secret_free(shared);
	return err;
}

/* Build what the peer asked for, and install it unless more is to come. */
static int answer_child(struct child_sa *child, const struct rx *rx,
			const struct child_offer *o, struct reply *r)
{
	struct secret *shared = NULL;
	struct proposal chosen;
	struct buf public;
	int err;

	buf_init(&public, MSG_MAX_LEN);
	err = choose_child(child, o, false, &chosen);
	if (!err && crosses(child))
		err = ERR_TEMPORARY;
	if (!err)
		err = answer_ke(child, rx, o, &public, &shared);
	if (!err) {
		buf_put_view(&child->nonces.ni, o->nonce);
		err = nonce_make(&child->nonces.nr);
	}
	if (!err)
		err = ppk_rekey_answer(child->sa, rx, o->nonce, r,
				       &child->sk_d);
	if (!err) {
		err = first_done(child, shared);
		shared = NULL;
	}
	if (!err) {
		put_child_answer(child, r, &chosen, &public);
		if (child->sa->followup)
			followup_put_link(child->sa, &r->w);
	}
	secret_free(shared);
	buf_fini(&public);
	return err;
}

/*
 * The child may come yet: by our own request, which the peer has answered and we
 * have not heard; or, if the IKE SA was made by the peer's rekey while ours has no
 * answer, with the others.
 */
static bool undecided(const struct ike_sa *sa)
{
	return sa->creating || ike_sa_undecided(sa);
}

/*
 * Each child has one successor at a time. Whoever asks for another one, and not
 * at once, has none: what there is here is given up.
 */
static int may_replace(struct child_sa *old)
{
	struct child_sa *next;

	if (old->state == CHILD_DELETING)
		return ERR_TEMPORARY;
	if (!child_has_successor(old))
		return 0;
	next = child_find(old->sa, old->successor);
	if (old->state != CHILD_REKEYED || !next ||
	    ike_now_ms(old->sa->ike) < next->created_ms + SUCCESSOR_MS)
		return ERR_TEMPORARY;
	log_notice(&old->sa->log, "the peer has not got child %08x/%08x: it asks for another one",
		   next->spi_in, next->spi_out);
	child_end(next);
	return 0;
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
		return may_replace(*out);
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
	if (sa->rekey || sa->tunnel->ghost || sa->followup ||
	    ike_sa_is_ending(sa))
		return ERR_TEMPORARY;
	if (!old && sa->tunnel->child && sa->tunnel->child->sa == sa)
		return ERR_NO_ADDITIONAL;
	/* Both miss it at once: that of the IKE SA's initiator is made. */
	if (!old && sa->creating && sa->initiator)
		return ERR_TEMPORARY;
	return 0;
}

static void serve_instead(struct child_sa *child, struct child_sa *old)
{
	if (old) {
		child_superseded(old, child);
		child->sa->ike->count.child_sas_rekeyed++;
	}
	child_begin_life(child);
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
		if (sa->followup)
			followup_drop(sa);
		else
			child_free(child);
		return err;
	}
	if (sa->followup)
		return 0;
	if (old && old->state == CHILD_REKEYING && sa->creating) {
		/* Our own request is on its way too: decided when answered. */
		sa->creating->rival = child->id;
		sa->ike->count.collisions++;
		return 0;
	}
	serve_instead(child, old);
	return 0;
}

int create_child_install_followed(const struct followup *f)
{
	struct child_sa *child = f->child;

	return child_install(child, false, f->first, f->more,
			     !child_find(child->sa, child->replaces));
}

void create_child_take_over(struct child_sa *child)
{
	serve_instead(child, child_find(child->sa, child->replaces));
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

/* Answered in any way, unless it waits for just that. */
static void forget_peers_ppk(struct ike_sa *sa)
{
	if (!sa->kept && ppk_rekey_is_peers(sa))
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
	    sa->ppk.asked != PPK_UNASKED && !ppk_rekey_is_peers(sa))
		return ERR_TEMPORARY;
	err = ppk_rekey_wait(sa, rx, fsm_resume_kept);
	if (err == ERR_AGAIN && fsm_keep(sa, rx)) {
		ppk_drop(sa);
		return ERR_TEMPORARY;
	}
	return err;
}

static int answer_request(struct ike_sa *sa, struct rx *rx)
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
	if (o.proposals.count && o.proposals.p[0].protocol == PROTO_IKE)
		return rekey_ike_request(sa, rx, &o.proposals);
	err = find_replaced(sa, rx, &old);
	if (err == ERR_CHILD)
		return err;
	if (!err)
		err = child_offer_parse(rx, &o);
	if (!err)
		err = may_create(sa, old);
	if (err)
		return refuse_child(sa, err, NULL);
	return accept_child(sa, rx, &o, old);
}

int create_child_request(struct ike_sa *sa, struct rx *rx)
{
	int err = answer_request(sa, rx);

	forget_peers_ppk(sa);
	refuse_close_malformed(sa, err, "malformed CREATE_CHILD_SA");
	return err;
}
