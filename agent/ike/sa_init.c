// SPDX-License-Identifier: GPL-2.0
/*
 * IKE_SA_INIT (RFC 7296 section 1.2), both roles, with the COOKIE and
 * INVALID_KE_PAYLOAD detours.
 *
 *   I: HDR, [N(COOKIE)], SAi1, KEi, Ni, N(NAT_DETECTION_*), [N(USE_PPK)]
 *   R: HDR, SAr1, KEr, Nr, N(NAT_DETECTION_*), [N(USE_PPK)]
 *   R: HDR, N(COOKIE)  or  HDR, N(INVALID_KE_PAYLOAD)  or  HDR, N(error)
 */

#include <stdio.h>
#include <string.h>

#include "ike/addke.h"
#include "ike/exchange.h"
#include "ike/gate.h"
#include "ike/intermediate.h"
#include "ike/kex.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/natt.h"
#include "ike/peer.h"
#include "ike/ppk.h"
#include "ike/proof.h"
#include "ike/proposal.h"
#include "ike/tunnel.h"
#include "proto/rules.h"
#include "util/err.h"

/* COOKIE and INVALID_KE_PAYLOAD answers followed before giving up. */
#define INIT_MAX_RETRIES	3

/*
 * A request that is repeated is answered again after so long, then after twice
 * that, up to the longest wait: whoever repeats it in earnest waits longer.
 */
#define REPEAT_FIRST_MS	250
#define REPEAT_MAX_MS	4000

static const struct view nothing = { NULL, 0 };

/*
 * What we accept for IKE on a tunnel, in FIPS mode or not. Return: 0 or
 * ERR_NOT_FOUND.
 */
static int policy_proposals(const struct ike *ike, const struct tunnel *t,
			    bool fips, struct proposals *out)
{
	const struct cfg_policy *p = cfg_policy_for(ike->cfg,
						    t->cfg->tunnel_vrf,
						    &t->source);

	if (!p)
		return ERR_NOT_FOUND;
	proposal_from_config(p->proposals, p->proposal_count, out);
	gate_proposals(fips, out);
	return 0;
}

/* -------------------------------------------------------------- messages */

static void put_sa_ke_nonce(struct msg_writer *w, const struct proposals *list,
			    uint16_t method, struct view public,
			    struct view nonce)
{
	sa_pl_put(w, list);
	ke_pl_put(w, method, public);
	nonce_pl_put(w, nonce);
}

/* What both sides must say to use it. */
static void put_extensions(struct msg_writer *w, bool fragmentation)
{
	if (fragmentation)
		notify_pl_put_simple(w, N_IKEV2_FRAGMENTATION_SUPPORTED,
				     nothing);
}

static void take_extensions(struct ike_sa *sa, const struct rx *rx)
{
	struct notify_pl n;

	sa->fragmentation = sa->ike->cfg->fragmentation &&
		rx_notify(rx, N_IKEV2_FRAGMENTATION_SUPPORTED, &n);
	proof_take_extensions(sa, rx);
}

static int build_request(struct ike_sa *sa, const struct proposals *list)
{
	struct ike_hdr hdr = {
		.spi_i = sa->spi_i,
		.version = IKE_VERSION,
		.exchange = EXCHANGE_IKE_SA_INIT,
		.flags = IKE_FLAG_INITIATOR,
	};
	struct msg_writer w;
	int err;

	buf_reset(&sa->init_request);
	msg_begin(&w, &sa->init_request, &hdr);
	if (sa->cookie.len)
		notify_pl_put_simple(&w, N_COOKIE, buf_view(&sa->cookie));
	put_sa_ke_nonce(&w, list, ke_method(sa->ke), ke_public(sa->ke),
			buf_view(&sa->nonces.ni));
	put_extensions(&w, sa->ike->cfg->fragmentation);
	ppk_put_offer(sa, &w);
	intermediate_put(sa, &w);
	proof_put_extensions(sa, &w);
	err = natt_put(&w, &sa->path, sa->spi_i, 0);
	return err ? err : msg_end(&w);
}

/**
 * sa_init_send - begin, or begin again after COOKIE or INVALID_KE_PAYLOAD
 *
 * Return: 0, perhaps with the key pair still to be made; or ERR_* with nothing
 * sent.
 */
int sa_init_send(struct ike_sa *sa)
{
	struct proposals list;
	const struct xform *x;
	struct buf msg;
	int err;

	err = policy_proposals(sa->ike, sa->tunnel, sa->fips, &list);
	if (err)
		return err;
	x = list.count ? proposal_find(&list.p[0], XFORM_KE) : NULL;
	if (!sa->ke_method && x)
		sa->ke_method = x->id;
	if (!sa->ke || ke_method(sa->ke) != sa->ke_method) {
		if (kex_want_pair(sa, sa->ke_method))
			return 0;
		ke_free(sa->ke);
		sa->ke = kex_take_pair(sa, sa->ke_method);
	}
	if (!sa->ke)
		return ERR_CRYPTO;
	if (!sa->nonces.ni.len && nonce_make(&sa->nonces.ni))
		return ERR_NOMEM;
	sa->inter.addke_offered = addke_offered(&list);
	err = build_request(sa, &list);
	if (err)
		return err;
	buf_init(&msg, MSG_MAX_LEN);
	buf_put_view(&msg, buf_view(&sa->init_request));
	sa->tx.next = 0;
	count_sent_clear(&sa->ike->messages, buf_view(&msg));
	return msgid_send_request(sa, &msg);
}

/* -------------------------------------------------------------- initiator */

static void fail(struct ike_sa *sa, enum failure_reason reason,
		 const char *ours, const char *theirs, const char *setting)
{
	struct tunnel *t = sa->tunnel;

	tunnel_fail(t, &sa->log, reason, STAGE_IKE_SA_INIT, ours, theirs,
		    setting);
	ike_sa_free(sa);
	tunnel_retry(t, false);
}

void sa_init_continue(struct ike_sa *sa)
{
	int err = sa_init_send(sa);

	if (err)
		fail(sa, FAILURE_CRYPTO, err_text(err), NULL, NULL);
}

/* Something better came than an error that nobody has proven. */
static void forget_hint(struct ike_sa *sa)
{
	memset(&sa->hint, 0, sizeof(sa->hint));
}

static int retry(struct ike_sa *sa)
{
	int err;

	if (++sa->init_retries > INIT_MAX_RETRIES) {
		fail(sa, FAILURE_PEER_ERROR, NULL,
		     "asks for another IKE_SA_INIT again and again", NULL);
		return ERR_LIMIT;
	}
	forget_hint(sa);
	msgid_request_done(sa);
	err = sa_init_send(sa);
	if (err)
		fail(sa, FAILURE_CRYPTO, err_text(err), NULL, NULL);
	return err;
}

static int take_cookie(struct ike_sa *sa, struct view cookie)
{
	if (!cookie.len || cookie.len > COOKIE_MAX) {
		sa->ike->count.rx_drop_malformed++;
		return ERR_SYNTAX;
	}
	buf_reset(&sa->cookie);
	buf_put_view(&sa->cookie, cookie);
	log_debug(&sa->log, "the peer wants a cookie");
	return retry(sa);
}

/* Another group, if we offered it. */
static int take_ke_method(struct ike_sa *sa, struct view data)
{
	struct proposals list;
	uint16_t method;
	unsigned int i, k;

	if (data.len != 2)
		return ERR_SYNTAX;
	method = (uint16_t)(data.p[0] << 8 | data.p[1]);
	if (method == sa->ke_method ||
	    policy_proposals(sa->ike, sa->tunnel, sa->fips, &list))
		return ERR_KE_METHOD;
	for (i = 0; i < list.count; i++) {
		for (k = 0; k < list.p[i].count; k++) {
			const struct xform *x = &list.p[i].xform[k];

			if (x->type == XFORM_KE && x->id == method) {
				sa->ke_method = method;
				return retry(sa);
			}
		}
	}
	return ERR_KE_METHOD;
}

/*
 * An error in clear may come from anybody: it is kept as a hint, and believed
 * when the request would have to be repeated and no better answer came.
 */
static int take_hint(struct ike_sa *sa, uint16_t type, struct view data)
{
	struct failure *h = &sa->hint;
	struct proposals list;
	char name[ID_NAME_STR];

	sa->ike->count.rx_hints++;
	h->reason = FAILURE_PEER_ERROR;
	failure_answer(type, EXCHANGE_IKE_SA_INIT, h->theirs);
	if (type == N_NO_PROPOSAL_CHOSEN &&
	    !policy_proposals(sa->ike, sa->tunnel, sa->fips, &list) &&
	    list.count) {
		h->reason = FAILURE_NO_PROPOSAL_IKE;
		proposal_list(&list, PROTO_IKE, h->ours);
		snprintf(h->setting, sizeof(h->setting),
			 "ikev2: proposals on both routers");
	}
	if (type == N_INVALID_KE_PAYLOAD && data.len == 2) {
		h->reason = FAILURE_KE_METHOD;
		snprintf(h->theirs, sizeof(h->theirs), "wants DH group %u",
			 data.p[0] << 8 | data.p[1]);
		snprintf(h->ours, sizeof(h->ours), "DH group %u",
			 sa->ke_method);
		snprintf(h->setting, sizeof(h->setting),
			 "ikev2: proposals: dh-group");
	}
	log_write_limited(&sa->ike->strange.lines, LOG_LEVEL_NOTICE, &sa->log,
			  "unprotected %s from the peer, waiting for a better answer",
			  notify_name(type, name));
	return 0;
}

/* Take over what the proposal says. Return: 0 or ERR_NO_PROPOSAL. */
static int set_suite(struct ike_suite *suite, const struct proposal *p)
{
	const struct xform *encr = proposal_find(p, XFORM_ENCR);
	const struct xform *integ = proposal_find(p, XFORM_INTEG);
	const struct xform *prf = proposal_find(p, XFORM_PRF);
	const struct xform *ke = proposal_find(p, XFORM_KE);

	if (!encr || !prf || !ke)
		return ERR_NO_PROPOSAL;
	suite->encr = alg_encr(encr->id, encr->key_bits);
	suite->integ = integ && integ->id ? alg_integ(integ->id) : NULL;
	suite->prf = alg_prf(prf->id);
	suite->ke = alg_ke(ke->id);
	if (!suite->encr || !suite->prf || !suite->ke ||
	    suite->encr->aead == !!suite->integ)
		return ERR_NO_PROPOSAL;
	return addke_from_proposal(p, suite->addke);
}

/* Both sides: shared secret to keys. */
static int derive(struct ike_sa *sa, const struct secret *shared)
{
	struct ike_keys keys = { 0 };
	int err;

	err = keymat_ike_init(&sa->suite, shared, buf_view(&sa->nonces.ni),
			      buf_view(&sa->nonces.nr), sa->spi_i, sa->spi_r,
			      &keys);
	if (!err)
		err = ike_sa_set_keys(sa, &keys);
	keymat_keys_clear(&keys);
	return err;
}

static int accept_answer(struct ike_sa *sa, struct rx *rx)
{
	struct proposals offered, answer;
	struct secret *shared = NULL;
	struct proposal chosen;
	struct ke_pl ke;
	struct view nr;
	int err;

	if (policy_proposals(sa->ike, sa->tunnel, sa->fips, &offered) ||
	    sa_pl_parse(pl_find(&rx->chain, PL_SA)->body, &answer) ||
	    ke_pl_parse(pl_find(&rx->chain, PL_KE)->body, &ke) ||
	    nonce_pl_parse(pl_find(&rx->chain, PL_NONCE)->body, &nr))
		return ERR_SYNTAX;
	err = proposal_accept(&offered, &answer, &chosen);
	if (!err)
		err = set_suite(&sa->suite, &chosen);
	if (err)
		return err;
	if (ke.method != sa->suite.ke->id || ke.method != ke_method(sa->ke))
		return ERR_KE_METHOD;
	err = kex_derive(rx, sa->ke, ke.data, &shared);
	if (err)
		return err;
	buf_reset(&sa->nonces.nr);
	buf_put_view(&sa->nonces.nr, nr);
	buf_reset(&sa->init_response);
	buf_put_view(&sa->init_response, rx->datagram);
	ike_sa_set_remote_spi(sa, rx->hdr.spi_r);
	err = buf_ok(&sa->nonces.nr) && buf_ok(&sa->init_response) ?
	      derive(sa, shared) : ERR_NOMEM;
	secret_free(shared);
	return err;
}

/* With a NAT on the way everything moves to port 4500 (RFC 7296 2.23). */
static void float_port(struct ike_sa *sa, struct rx *rx)
{
	natt_take(sa, rx);
	if (!sa->nat_local && !sa->nat_remote)
		return;
	sa->path.local.port = IKE_NATT_PORT;
	sa->path.remote.port = IKE_NATT_PORT;
}

struct rx_work *sa_init_response_work(struct ike_sa *sa, const struct rx *rx)
{
	return rx->hdr.spi_r ? kex_derive_work(sa, sa->ke, rx) : NULL;
}

/* Additional key exchanges have no other place. */
static int check_intermediate(const struct ike_sa *sa, struct failure *why)
{
	if (sa->inter.agreed || !addke_left(sa))
		return 0;
	why->reason = FAILURE_SYNTAX;
	snprintf(why->theirs, sizeof(why->theirs),
		 "additional key exchanges without IKE_INTERMEDIATE");
	return ERR_SYNTAX;
}

int sa_init_response(struct ike_sa *sa, struct rx *rx)
{
	struct failure why = { 0 };
	struct notify_pl n;
	struct view data;
	uint16_t error;
	int err;

	if (!pl_find(&rx->chain, PL_SA)) {
		if (rx_notify(rx, N_COOKIE, &n))
			return take_cookie(sa, n.data);
		error = rx_error(rx, &data);
		if (error == N_INVALID_KE_PAYLOAD &&
		    take_ke_method(sa, data) != ERR_KE_METHOD)
			return 0;
		if (error)
			return take_hint(sa, error, data);
		sa->ike->count.rx_drop_payloads++;
		return ERR_PAYLOADS;
	}
	if (!rx->hdr.spi_r) {
		sa->ike->count.rx_drop_malformed++;
		return ERR_SYNTAX;
	}
	err = accept_answer(sa, rx);
	if (err) {
		fail(sa, err == ERR_KE_VALUE ? FAILURE_KE_VALUE :
		     err == ERR_CRYPTO ? FAILURE_CRYPTO : FAILURE_SYNTAX,
		     NULL, err_text(err), NULL);
		return err;
	}
	forget_hint(sa);
	take_extensions(sa, rx);
	intermediate_take(sa, rx);
	float_port(sa, rx);
	msgid_request_done(sa);
	err = check_intermediate(sa, &why);
	if (!err)
		err = ppk_take_answer(sa, rx, &why);
	if (err) {
		fail(sa, why.reason, why.ours, why.theirs, why.setting);
		return err;
	}
	return intermediate_next(sa);
}

/* -------------------------------------------------------------- responder */

/** struct offer - the decoded IKE_SA_INIT request and what we make of it */
struct offer {
	struct tunnel *tunnel;
	struct view ni;
	struct ke_pl ke;
	struct proposals ours, theirs;
	struct proposal chosen;
	struct ike_suite suite;
};

static int parse_offer(struct rx *rx, struct offer *o)
{
	struct notify_pl n;

	if (sa_pl_parse(pl_find(&rx->chain, PL_SA)->body, &o->theirs) ||
	    ke_pl_parse(pl_find(&rx->chain, PL_KE)->body, &o->ke) ||
	    nonce_pl_parse(pl_find(&rx->chain, PL_NONCE)->body, &o->ni))
		return ERR_SYNTAX;
	if (!rx_notify(rx, N_INTERMEDIATE_EXCHANGE_SUPPORTED, &n))
		addke_disable(&o->theirs);
	return 0;
}

/* Return: 0 when the sender may go on, ERR_COOKIE when he was asked first. */
static int check_cookie(struct ike *ike, struct rx *rx, struct view ni)
{
	uint8_t cookie[COOKIE_LEN];
	struct notify_pl n;

	if (ike->half_open_count < ike->cfg->cookie_threshold)
		return 0;
	if (rx_notify(rx, N_COOKIE, &n)) {
		if (cookie_check(&ike->cookies, ike_now_ms(ike), rx->path,
				 rx->hdr.spi_i, ni, n.data))
			return 0;
		ike->count.cookies_bad++;
	}
	if (!cookie_make(&ike->cookies, ike_now_ms(ike), rx->path,
			 rx->hdr.spi_i, ni, cookie)) {
		ike->count.cookies_sent++;
		ike_reply_notify(ike, rx->path, &rx->hdr, N_COOKIE,
				 (struct view){ cookie, sizeof(cookie) });
	}
	return ERR_COOKIE;
}

static void refuse_proposals(struct ike *ike, struct rx *rx, struct offer *o)
{
	char ours[PROPOSAL_WHY], theirs[PROPOSAL_WHY];
	struct proposals open;
	bool fips;

	ike->count.rx_drop_proposal++;
	policy_proposals(ike, o->tunnel, false, &open);
	fips = gate_explain(ike->fips, &o->ours, &open, &o->theirs, PROTO_IKE,
			    false, ours, theirs);
	tunnel_fail_request(o->tunnel, fips ? FAILURE_FIPS :
			    FAILURE_NO_PROPOSAL_IKE, ours, theirs,
			    fips ? "ikev2: proposals on both routers, or " GATE_SETTING :
			    "ikev2: proposals on both routers");
	ike_reply_notify(ike, rx->path, &rx->hdr, N_NO_PROPOSAL_CHOSEN,
			 nothing);
}

static int choose(struct ike *ike, struct rx *rx, struct offer *o)
{
	char source[ADDR_STR];
	uint8_t group[2];

	if (policy_proposals(ike, o->tunnel, ike->fips, &o->ours)) {
		ike->count.rx_drop_policy++;
		tunnel_fail_request(o->tunnel, FAILURE_NO_POLICY,
				    addr_str(&o->tunnel->source, source), NULL,
				    "ikev2: policies: match: address-local");
		ike_reply_notify(ike, rx->path, &rx->hdr, N_NO_PROPOSAL_CHOSEN,
				 nothing);
		return ERR_NO_PROPOSAL;
	}
	if (proposal_choose(&o->ours, &o->theirs, PROTO_IKE, false,
			    &o->chosen) ||
	    set_suite(&o->suite, &o->chosen)) {
		refuse_proposals(ike, rx, o);
		return ERR_NO_PROPOSAL;
	}
	if (o->ke.method == o->suite.ke->id)
		return 0;
	ike->count.rx_drop_ke++;
	group[0] = (uint8_t)(o->suite.ke->id >> 8);
	group[1] = (uint8_t)o->suite.ke->id;
	ike_reply_notify(ike, rx->path, &rx->hdr, N_INVALID_KE_PAYLOAD,
			 (struct view){ group, sizeof(group) });
	return ERR_KE_METHOD;
}

static int build_response(struct ike_sa *sa, const struct rx *rx,
			  const struct offer *o, struct view public)
{
	struct proposals list = { .count = 1 };
	struct ike_hdr hdr = {
		.spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
		.version = IKE_VERSION,
		.exchange = EXCHANGE_IKE_SA_INIT,
		.flags = IKE_FLAG_RESPONSE,
	};
	struct msg_writer w;
	int err;

	list.p[0] = o->chosen;
	msg_begin(&w, &sa->init_response, &hdr);
	put_sa_ke_nonce(&w, &list, o->suite.ke->id, public,
			buf_view(&sa->nonces.nr));
	put_extensions(&w, sa->fragmentation);
	ppk_put_answer(sa, &w);
	intermediate_put(sa, &w);
	proof_put_extensions(sa, &w);
	err = natt_asked(rx) ?
	      natt_put(&w, &sa->path, sa->spi_i, sa->spi_r) : 0;
	return err ? err : msg_end(&w);
}

/* Nonces, key exchange, keys and the answer; nothing is sent yet. */
static int respond(struct ike_sa *sa, struct rx *rx, const struct offer *o)
{
	struct secret *shared = NULL;
	struct buf public;
	int err;

	buf_init(&public, MSG_MAX_LEN);
	buf_put_view(&sa->nonces.ni, o->ni);
	err = nonce_make(&sa->nonces.nr);
	if (!err)
		err = kex_respond(sa->ike, rx, o->ke.method, o->ke.data,
				  &public, &shared);
	if (!err)
		err = derive(sa, shared);
	if (!err)
		err = build_response(sa, rx, o, buf_view(&public));
	secret_free(shared);
	buf_fini(&public);
	return err;
}

static void commit(struct ike_sa *sa, struct rx *rx)
{
	struct buf msg;

	natt_take(sa, rx);
	ike_sa_set_state(sa, IKE_INIT_DONE);
	sa->rx.next = 1;
	buf_init(&msg, MSG_MAX_LEN);
	buf_put_view(&msg, buf_view(&sa->init_response));
	count_sent_clear(&sa->ike->messages, buf_view(&msg));
	msgid_send_response(sa, &msg);
	sa->repeat_wait_ms = REPEAT_FIRST_MS;
	sa->repeat_ms = ike_now_ms(sa->ike) + REPEAT_FIRST_MS;
	lifetime_expire_in(sa, HALF_OPEN_MS);
	log_info(&sa->log, "the peer begins to negotiate");
}

/* Recorded for a tunnel that is down; one that is up has other worries. */
static void too_many(struct ike_sa *sa, int err)
{
	bool by_address = err == ERR_EXISTS;
	struct ike *ike = sa->ike;
	char ours[FAILURE_VALUE];

	(*(by_address ? &ike->count.rx_drop_half_open_address :
	   &ike->count.rx_drop_half_open))++;
	snprintf(ours, sizeof(ours), "%u half-open IKE SAs%s",
		 by_address ? ike->cfg->half_open_per_address :
		 ike->cfg->half_open_limit,
		 by_address ? " of one address" : "");
	if (!sa->tunnel->child)
		tunnel_fail_request(sa->tunnel, FAILURE_LIMIT, ours, NULL,
				    by_address ? "ikev2: half-open-limit-per-address" :
				    "ikev2: half-open-limit");
}

static void refuse_offer(struct ike_sa *sa, struct rx *rx, int err)
{
	struct ike *ike = sa->ike;

	if (err != ERR_EXISTS && err != ERR_LIMIT) {
		(*(err == ERR_KE_VALUE ? &ike->count.rx_drop_ke :
		   err == ERR_AUTH ? &ike->count.rx_drop_policy :
		   &ike->count.rx_drop_internal))++;
		log_write_limited(&ike->strange.lines, LOG_LEVEL_NOTICE,
				  &sa->tunnel->log, "IKE_SA_INIT refused: %s",
				  err_text(err));
	}
	/* It never was the tunnel's. */
	ike_sa_set_tunnel(sa, NULL);
	ike_sa_free(sa);
	if (err == ERR_KE_VALUE)
		ike_reply_notify(ike, rx->path, &rx->hdr, N_INVALID_SYNTAX,
				 nothing);
	if (err == ERR_AUTH)
		ike_reply_notify(ike, rx->path, &rx->hdr,
				 N_NO_PROPOSAL_CHOSEN, nothing);
}

static void accept_offer(struct ike *ike, struct rx *rx, const struct offer *o)
{
	struct ike_sa *sa = ike_sa_new(ike, rx->path, false);
	int err;

	if (!sa) {
		ike->count.rx_drop_internal++;
		return;
	}
	ike_sa_set_tunnel(sa, o->tunnel);
	ike_sa_serve(sa, o->tunnel->cfg->profile->ike_profile, NULL);
	sa->log.parent = &o->tunnel->log;
	ike_sa_set_remote_spi(sa, rx->hdr.spi_i);
	err = ike_sa_half_open_begin(sa);
	if (err) {
		too_many(sa, err);
		refuse_offer(sa, rx, err);
		return;
	}
	/* From here on its repetitions are known. */
	buf_put_view(&sa->init_request, rx->datagram);
	ike_sa_add_init(sa);
	lifetime_expire_in(sa, HALF_OPEN_MS);
	err = fsm_receive_first(sa, rx);
	if (err)
		refuse_offer(sa, rx, err);
}

struct rx_work *sa_init_answer_work(struct ike_sa *sa, const struct rx *rx)
{
	return kex_respond_work(sa, rx);
}

/**
 * sa_init_answer - answer the request that @sa was made for
 *
 * The offer is judged again: a reload may have changed what we accept.
 */
int sa_init_answer(struct ike_sa *sa, struct rx *rx)
{
	struct failure why = { .reason = FAILURE_NONE };
	struct offer o = { .tunnel = sa->tunnel };
	int err = parse_offer(rx, &o);

	if (!err)
		err = choose(sa->ike, rx, &o);
	if (err) {
		ike_sa_set_tunnel(sa, NULL);
		ike_sa_free(sa);
		return err;
	}
	sa->suite = o.suite;
	take_extensions(sa, rx);
	intermediate_take(sa, rx);
	err = ppk_take_offer(sa, rx, &why);
	if (err)
		tunnel_fail_request(sa->tunnel, why.reason, why.ours,
				    why.theirs, why.setting);
	else
		err = respond(sa, rx, &o);
	if (err)
		refuse_offer(sa, rx, err);
	else
		commit(sa, rx);
	return err;
}

static void note_stranger(struct ike *ike, const struct rx *rx)
{
	char local[ENDPOINT_STR], remote[ENDPOINT_STR];

	stranger_note(&ike->strangers, rx->path,
		      clock_wall_ms(timers_clock(ike->env.timers)));
	log_write_limited(&ike->strange.lines, LOG_LEVEL_NOTICE, NULL,
			  "IKE_SA_INIT from %s to %s: %s; check interfaces: tunnel: source, destination",
			  endpoint_str(&rx->path->remote, remote),
			  endpoint_str(&rx->path->local, local),
			  failure_text(FAILURE_NO_INTERFACE));
}

static void unknown_peer(struct ike *ike, struct rx *rx)
{
	struct tunnel *t = tunnel_find_absent(ike, rx->path);
	char remote[ENDPOINT_STR];

	ike->count.rx_drop_no_tunnel++;
	if (t) {
		/* It is to go on asking, not to look for what does not match. */
		log_write_limited(&ike->strange.lines, LOG_LEVEL_NOTICE,
				  &t->log, "IKE_SA_INIT from %s while there is no interface",
				  endpoint_str(&rx->path->remote, remote));
		return;
	}
	note_stranger(ike, rx);
	ike_reply_notify(ike, rx->path, &rx->hdr, N_NO_PROPOSAL_CHOSEN,
			 nothing);
}

/* Anybody can repeat it, from where he is not: our answers have a pace. */
static bool too_soon(struct ike_sa *sa)
{
	uint64_t now = ike_now_ms(sa->ike);

	if (now < sa->repeat_ms)
		return true;
	if (sa->repeat_wait_ms < REPEAT_MAX_MS)
		sa->repeat_wait_ms *= 2;
	sa->repeat_ms = now + sa->repeat_wait_ms;
	return false;
}

/* The request of an IKE SA that exists. */
static void repeated(struct ike_sa *sa)
{
	switch (sa->state) {
	case IKE_INIT_RECEIVED:
		sa->ike->count.rx_drop_waiting++;
		break;
	case IKE_INIT_DONE:
		if (too_soon(sa))
			sa->ike->count.rx_drop_repeat++;
		else
			msgid_repeat_response(sa);
		break;
	default:
		sa->ike->count.rx_drop_state++;
	}
}

/**
 * sa_init_receive_new - an IKE_SA_INIT request
 * @rx: header and payloads parsed
 *
 * State is kept only after everything was checked, and with many half-open
 * IKE SAs only for senders that returned a cookie.
 */
void sa_init_receive_new(struct ike *ike, struct rx *rx)
{
	char why[RULES_WHY];
	struct ike_sa *sa;
	struct offer o;

	sa = ike_sa_find_init(ike, rx->hdr.spi_i, rx->path, rx->datagram);
	if (sa) {
		repeated(sa);
		return;
	}
	o.tunnel = tunnel_find(ike, rx->path);
	if (!o.tunnel) {
		unknown_peer(ike, rx);
		return;
	}
	if (rules_check(EXCHANGE_IKE_SA_INIT, false, false, &rx->chain, why)) {
		ike->count.rx_drop_payloads++;
		return;
	}
	if (parse_offer(rx, &o)) {
		ike->count.rx_drop_malformed++;
		return;
	}
	if (check_cookie(ike, rx, o.ni) || choose(ike, rx, &o))
		return;
	if (kex_overloaded(ike)) {
		ike->count.rx_drop_busy++;
		return;
	}
	accept_offer(ike, rx, &o);
}
