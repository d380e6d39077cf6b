// SPDX-License-Identifier: GPL-2.0
/*
 * Our side of authentication.
 */

#include "ike/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/fips.h"
#include "ike/exchange.h"
#include "ike/gate.h"
#include "ike/intermediate.h"
#include "ike/kex.h"
#include "ike/peer.h"
#include "ike/ppk.h"
#include "ike/tunnel.h"
#include "util/err.h"

/* Authorities remembered from a peer's CERTREQ. */
#define WANTED_MAX	(256 * SHA1_LEN)
/* Authorities that we name to a peer of whom we know no more than an address. */
#define NAMED_MAX	(8 * SHA1_LEN)

/* -------------------------------------------------------------- extensions */

/* The @i-th profile that may serve a tunnel, NULL behind the last. */
static const struct cfg_ike_profile *profile_at(const struct ike_sa *sa,
						unsigned int i)
{
	const struct cfg_ipsec_profile *ipsec = sa->tunnel->cfg->profile;

	if (!i)
		return ipsec->ike_profile;
	return !sa->initiator && i <= ipsec->further_count ?
	       ipsec->further[i - 1] : NULL;
}

static bool any_method(const struct ike_sa *sa, bool local, unsigned int set)
{
	const struct cfg_ike_profile *p;
	unsigned int i;

	for (i = 0; (p = profile_at(sa, i)); i++)
		if ((p->auth_remote | (local ? p->auth_local : 0)) & set)
			return true;
	return false;
}

bool proof_expects_certificates(const struct ike_sa *sa)
{
	return any_method(sa, false, CFG_AUTH_SIGNATURES);
}

void proof_put_certreq(const struct ike_sa *sa, struct msg_writer *w)
{
	const struct cfg_ike_profile *p;
	unsigned int i, k;
	struct buf all;

	if (!proof_expects_certificates(sa))
		return;
	buf_init(&all, sa->initiator ? MSG_MAX_LEN / 2 : NAMED_MAX);
	for (i = 0; (p = profile_at(sa, i)); i++)
		for (k = 0; k < p->trustpoint_count &&
		     (p->auth_remote & CFG_AUTH_SIGNATURES); k++)
			buf_put_view(&all, trust_ca_hashes(
					p->trustpoints[k]->trust));
	/* Too many to name: an empty list asks for any certificate. */
	if (!buf_ok(&all))
		buf_reset(&all);
	cert_pl_put(w, PL_CERTREQ, buf_view(&all));
	buf_fini(&all);
}

void proof_put_extensions(const struct ike_sa *sa, struct msg_writer *w)
{
	/* Also where only we sign: a peer need not answer what was not said. */
	if (any_method(sa, true, CFG_AUTH_SIGNATURES))
		sig_hashes_put(w, SIGN_HASHES);
	if (!sa->initiator)
		proof_put_certreq(sa, w);
}

void proof_take_certreq(struct ike_sa *sa, const struct rx *rx)
{
	const struct pl *pl;
	struct cert_pl req;

	for (pl = pl_find(&rx->chain, PL_CERTREQ); pl;
	     pl = pl_next(&rx->chain, pl)) {
		if (cert_pl_parse(pl->body, &req) ||
		    req.encoding != CERT_X509_SIGNATURE)
			continue;
		if (req.data.len > WANTED_MAX - sa->wanted.len)
			req.data.len = WANTED_MAX - sa->wanted.len;
		buf_put_view(&sa->wanted, req.data);
	}
}

void proof_take_extensions(struct ike_sa *sa, const struct rx *rx)
{
	struct notify_pl n;

	sa->peer_hashes = 0;
	buf_reset(&sa->wanted);
	if (!any_method(sa, true, CFG_AUTH_SIGNATURES))
		return;
	if (rx_notify(rx, N_SIGNATURE_HASH_ALGORITHMS, &n) &&
	    sig_hashes_parse(n.data, &sa->peer_hashes))
		sa->peer_hashes = 0;
	proof_take_certreq(sa, rx);
}

/* -------------------------------------------------------------- who we are */

const struct cfg_trustpoint *proof_trustpoint(const struct ike_sa *sa)
{
	if (!(sa->profile->auth_local & CFG_AUTH_SIGNATURES))
		return NULL;
	return cfg_own_trustpoint(sa->profile, buf_view(&sa->wanted), sa->fips);
}

void proof_set_identity(struct ike_sa *sa)
{
	const struct cfg_trustpoint *own = proof_trustpoint(sa);

	peer_local_id(sa->profile, &sa->tunnel->source,
		      own ? own->trust : NULL, &sa->id_local);
}

/* A responder's profile may turn out to be another. */
bool proof_lacks_key(const struct ike_sa *sa)
{
	const struct cfg_ike_profile *p = sa->profile;

	return !sa->peer && (p->auth_local == CFG_AUTH_PSK ||
			     p->auth_remote == CFG_AUTH_PSK);
}

int proof_octets(struct ike_sa *sa, bool of_initiator, struct view id,
		 struct buf *out)
{
	struct auth_input in = auth_input(sa, of_initiator);
	uint8_t int_auth[INT_AUTH_MAX];
	int err;

	err = keymat_signed_octets(sa->suite.prf, in.message, in.nonce,
				   in.sk_p, id, out);
	if (!err)
		buf_put_view(out, intermediate_auth(sa, int_auth));
	return err;
}

const char *proof_hashes_str(unsigned int set, char buf[PROOF_HASHES])
{
	char name[ID_NAME_STR];
	unsigned int id;
	size_t at = 0;

	buf[0] = '\0';
	for (id = SIG_HASH_SHA1; id <= SIG_HASH_IDENTITY; id++)
		if (set & 1U << id)
			at += (size_t)snprintf(buf + at, PROOF_HASHES - at,
					       "%s%s", at ? ", " : "",
					       sig_hash_name(id, name));
	return buf;
}

/* Of all there are FIPS mode admits none. */
static void blame_fips(const struct ike_sa *sa, struct failure *why)
{
	const struct cfg_trustpoint *t;
	char text[TRUST_STR] = "";

	why->reason = FAILURE_FIPS;
	t = cfg_own_trustpoint(sa->profile, buf_view(&sa->wanted), false);
	if (t)
		trust_own_keeps(t->trust, &cfg_fips_rule, text);
	snprintf(why->ours, sizeof(why->ours), "trustpoint %s, %s",
		 t ? t->name : "", text);
	snprintf(why->setting, sizeof(why->setting),
		 "trustpoints: certificate, or " GATE_SETTING);
}

void proof_blame_hash(const struct ike_sa *sa, struct failure *why)
{
	const struct cfg_trustpoint *t = proof_trustpoint(sa);
	char hashes[PROOF_HASHES], key[PKEY_STR];

	memset(why, 0, sizeof(*why));
	if (!t && sa->fips) {
		blame_fips(sa, why);
		return;
	}
	why->reason = FAILURE_AUTH_HASH;
	snprintf(why->ours, sizeof(why->ours), "%s with %s",
		 t ? pkey_str(pkey_info(trust_key(t->trust)), key) : "no key",
		 proof_hashes_str(SIGN_HASHES, hashes));
	snprintf(why->theirs, sizeof(why->theirs), "announces %s",
		 sa->peer_hashes ? proof_hashes_str(sa->peer_hashes, hashes) :
		 "none (no RFC 7427)");
	snprintf(why->setting, sizeof(why->setting), "that the peer takes signatures, and its signature settings%s",
		 sa->peer_hashes ? "" : ", or ikev2: signature-sha1");
}

void proof_blame_refused(const struct ike_sa *sa, struct failure *why)
{
	const struct cfg_trustpoint *own = proof_trustpoint(sa);
	char id[PEER_ID_STR], cert[TRUST_STR];
	int64_t now = clock_wall_ms(timers_clock(sa->ike->env.timers)) / 1000;

	memset(why, 0, sizeof(*why));
	why->reason = FAILURE_AUTH_REFUSED;
	peer_id_str(buf_view(&sa->id_local), id);
	if (own)
		snprintf(why->ours, sizeof(why->ours),
			 "identity %.100s, trustpoint %s, certificate of %s", id,
			 own->name, trust_own_str(own->trust, now, cert));
	else if (sa->peer)
		snprintf(why->ours, sizeof(why->ours),
			 "identity %.200s, keyring %s, peer %s", id,
			 sa->profile->keyring->name, sa->peer->name);
	snprintf(why->setting, sizeof(why->setting),
		 "%s%s, and the identities each expects", own ? "the log of the peer, trustpoints on both routers" :
		 "keyrings: peers: pre-shared-key on both routers",
		 ppk_is_mixed(sa) ? ", ppk" : "");
}

/* ------------------------------------------------------------ our signature */

int proof_begin(struct ike_sa *sa, struct proof *p)
{
	const struct sign_scheme *scheme;
	const struct trust *trust;

	memset(p, 0, sizeof(*p));
	p->trustpoint = proof_trustpoint(sa);
	if (!p->trustpoint)
		return sa->profile->auth_local == CFG_AUTH_PSK ? 0 :
		       sa->fips ? ERR_HASH : ERR_NOT_FOUND;
	trust = p->trustpoint->trust;
	scheme = sign_choose(pkey_info(trust_key(trust)), trust_pss(trust),
			     sa->peer_hashes,
			     sa->ike->cfg->signature_sha1 && !sa->fips);
	if (!scheme)
		return ERR_HASH;
	sign_job_init(&p->job, scheme, trust_key(trust));
	return proof_octets(sa, sa->initiator, buf_view(&sa->id_local),
			    &p->job.octets);
}

static bool same_job(const struct sign_job *a, const struct sign_job *b)
{
	return a->scheme == b->scheme && a->key == b->key &&
	       view_eq(buf_view(&a->octets), buf_view(&b->octets));
}

void proof_run(struct proof *p, const struct signing *made)
{
	unsigned int i;

	if (!p->job.scheme)
		return;
	for (i = 0; made && i < made->count; i++) {
		if (!same_job(&made->job[i], &p->job))
			continue;
		p->job.err = made->job[i].err;
		buf_put_view(&p->job.auth, buf_view(&made->job[i].auth));
		return;
	}
	sign_job_run(&p->job);
}

void proof_fini(struct proof *p)
{
	sign_job_fini(&p->job);
}

static int own_psk_auth(struct ike_sa *sa, struct buf *out)
{
	if (!sa->peer)
		return ERR_NOT_FOUND;
	return psk_auth(sa, sa->initiator, sa->peer->psk_local,
			buf_view(&sa->id_local), out);
}

int proof_value(struct ike_sa *sa, const struct signing *made,
		struct buf *out)
{
	struct proof p;
	int err = proof_begin(sa, &p);

	if (!err && !p.trustpoint) {
		err = own_psk_auth(sa, out);
	} else if (!err) {
		proof_run(&p, made);
		err = p.job.err;
		if (!err)
			buf_put_view(out, buf_view(&p.job.auth));
	}
	proof_fini(&p);
	return err;
}

static int put_psk(struct ike_sa *sa, struct msg_writer *w)
{
	struct buf auth;
	int err;

	buf_init(&auth, PRF_MAX);
	err = own_psk_auth(sa, &auth);
	if (!err)
		auth_pl_put(w, AUTH_SHARED_KEY, buf_view(&auth));
	buf_fini(&auth);
	return err;
}

int proof_finish(struct ike_sa *sa, struct proof *p, struct msg_writer *w)
{
	const struct trust *trust;
	unsigned int i;

	sa->auth_local = sa->profile->auth_local;
	if (!p->trustpoint)
		return put_psk(sa, w);
	if (p->job.err)
		return p->job.err;
	trust = p->trustpoint->trust;
	for (i = 0; i < trust_own_count(trust); i++)
		cert_pl_put(w, PL_CERT, trust_own_der(trust, i));
	auth_pl_put(w, p->job.scheme->method, buf_view(&p->job.auth));
	log_debug(&sa->log, "signed by trustpoint %s: %s", p->trustpoint->name,
		  p->job.scheme->name);
	return 0;
}

/* ------------------------------------------------------ signed by the pool */

static void signing_run(struct work *work)
{
	struct rx_work *rx = list_entry(work, struct rx_work, work);
	struct signing *s = list_entry(rx, struct signing, rx);
	unsigned int i;

	for (i = 0; i < s->count; i++)
		sign_job_run(&s->job[i]);
}

static void signing_free(struct rx_work *rx)
{
	struct signing *s = list_entry(rx, struct signing, rx);

	while (s->count)
		sign_job_fini(&s->job[--s->count]);
	free(s);
}

/* What cannot even be begun fails again, and is reported, when it is put. */
static void add_job(struct ike_sa *sa, struct signing *s)
{
	struct proof p;

	if (!proof_begin(sa, &p) && p.trustpoint && buf_ok(&p.job.octets))
		s->job[s->count++] = p.job;
	else
		proof_fini(&p);
}

static void add_jobs(struct ike_sa *sa, struct signing *s)
{
	bool mix = sa->initiator && sa->ppk.agreed;

	proof_set_identity(sa);
	if (mix && ppk_may_fall_back(sa))
		add_job(sa, s);
	if (mix && ppk_mix(sa, sa->ppk.key))
		return;
	add_job(sa, s);
	if (mix)
		ppk_unmix(sa);
}

/* NULL when there is nothing to sign. */
static struct signing *new_signing(struct ike_sa *sa)
{
	struct signing *s;

	if (!kex_has_pool(sa->ike))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->rx.kind = RX_WORK_SIGN;
	s->rx.work.run = signing_run;
	s->rx.free = signing_free;
	s->sa = sa;
	add_jobs(sa, s);
	if (s->count)
		return s;
	signing_free(&s->rx);
	return NULL;
}

static bool same_signing(const struct signing *a, const struct signing *b)
{
	unsigned int i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (!same_job(&a->job[i], &b->job[i]))
			return false;
	return a->count == b->count;
}

static void on_signed(struct work *work)
{
	struct rx_work *rx = list_entry(work, struct rx_work, work);
	struct signing *s = list_entry(rx, struct signing, rx);
	struct ike *ike = s->sa->ike;

	s->ended = true;
	auth_begin(s->sa);
	ike_check_stopped(ike);
}

static void on_canceled(struct work *work)
{
	signing_free(list_entry(work, struct rx_work, work));
}

int proof_want(struct ike_sa *sa)
{
	const struct ike_env *env = &sa->ike->env;
	struct signing *s = new_signing(sa);

	if (!s)
		return 0;
	if (sa->signing && same_signing(sa->signing, s)) {
		signing_free(&s->rx);
		return sa->signing->ended ? 0 : ERR_AGAIN;
	}
	/* A reload has changed what is to be signed, or how. */
	proof_drop(sa);
	sa->signing = s;
	s->rx.work.done = on_signed;
	s->rx.work.free = on_canceled;
	env->work->start(env->work_arg, &s->rx.work, WORK_NOW);
	return ERR_AGAIN;
}

void proof_drop(struct ike_sa *sa)
{
	const struct ike_env *env = &sa->ike->env;
	struct signing *s = sa->signing;

	sa->signing = NULL;
	if (s && s->ended)
		signing_free(&s->rx);
	else if (s)
		env->work->cancel(env->work_arg, &s->rx.work);
}

const struct signing *proof_made(const struct ike_sa *sa, const struct rx *rx)
{
	struct rx_work *found = rx ? rx_result(rx, RX_WORK_SIGN) : NULL;

	return found ? list_entry(found, struct signing, rx) : sa->signing;
}

struct rx_work *proof_work(struct ike_sa *sa, const struct rx *rx)
{
	const struct signing *made = proof_made(sa, rx);
	struct signing *s = new_signing(sa);

	if (!s || !made || !same_signing(made, s))
		return s ? &s->rx : NULL;
	signing_free(&s->rx);
	return NULL;
}
