// SPDX-License-Identifier: GPL-2.0
/*
 * The peer's side of authentication by certificate.
 */

#include "ike/vouch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/fips.h"
#include "ike/gate.h"
#include "ike/kex.h"
#include "ike/peer.h"
#include "ike/proof.h"
#include "ike/tunnel.h"
#include "util/err.h"

#define SET(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)

unsigned int vouch_method(const struct auth_pl *auth)
{
	struct sign_value v;

	if (!sign_is_method(auth->method) ||
	    sign_parse(auth->method, auth->data, &v))
		return 0;
	return v.kind == PKEY_EC ? CFG_AUTH_ECDSA :
	       v.kind == PKEY_RSA ? CFG_AUTH_RSA : 0;
}

/* ---------------------------------------------------------------- gathering */

static void copy_certs(struct vouch *v, const struct claim *who)
{
	unsigned int i;

	for (i = 0; i < who->cert_count && i < CHAIN_MAX; i++) {
		buf_put_view(&v->certs, who->certs[i]);
		v->cert_end[i] = v->certs.len;
		v->cert_count++;
	}
}

static int gather(struct ike_sa *sa, const struct claim *who, struct vouch *v)
{
	const struct clock *clock = timers_clock(sa->ike->env.timers);

	v->method = who->auth.method;
	v->now = clock_wall_ms(clock) / 1000;
	/* Who knows RFC 7427 has no need of SHA-1; FIPS mode forbids it. */
	v->fips = sa->fips;
	v->sha1 = sa->ike->cfg->signature_sha1 && !sa->fips &&
		  !sa->peer_hashes;
	buf_put_view(&v->auth, who->auth.data);
	buf_put_view(&v->id, who->id.body);
	copy_certs(v, who);
	if (!(buf_ok(&v->auth) && buf_ok(&v->id) && buf_ok(&v->certs)))
		return ERR_NOMEM;
	return proof_octets(sa, !sa->initiator, who->id.body, &v->octets);
}

static void add_profile(struct vouch *v, const struct cfg_ike_profile *p)
{
	if (v->count < VOUCH_PROFILES)
		v->result[v->count++].profile = p;
}

static void vouch_free(struct rx_work *rx)
{
	struct vouch *v = list_entry(rx, struct vouch, rx);

	buf_fini(&v->auth);
	buf_fini(&v->octets);
	buf_fini(&v->id);
	buf_fini(&v->certs);
	chain_free(v->chain);
	cfg_free(v->cfg);
	free(v);
}

static void vouch_run(struct work *work);

static struct vouch *new_vouch(struct ike_sa *sa, const struct claim *who,
			       const struct cfg_ike_profile *only)
{
	struct vouch *v = calloc(1, sizeof(*v));
	const struct cfg_ike_profile *p;
	unsigned int i;

	if (!v)
		return NULL;
	v->rx.kind = RX_WORK_VOUCH;
	v->rx.work.run = vouch_run;
	v->rx.free = vouch_free;
	v->cfg = cfg_get(sa->tunnel->generation);
	buf_init(&v->auth, MSG_MAX_LEN);
	buf_init(&v->octets, SIZE_MAX);
	buf_init(&v->id, MSG_MAX_LEN);
	buf_init(&v->certs, MSG_MAX_LEN);
	if (only)
		add_profile(v, only);
	for (i = 0; !only && (p = profile_candidate(sa, i)); i++)
		add_profile(v, p);
	if (!gather(sa, who, v))
		return v;
	vouch_free(&v->rx);
	return NULL;
}

static bool same_buf(const struct buf *a, const struct buf *b)
{
	return view_eq(buf_view(a), buf_view(b));
}

/* The same question; the time may have moved on. */
static bool same(const struct vouch *a, const struct vouch *b)
{
	unsigned int i;

	if (a->method != b->method || a->sha1 != b->sha1 ||
	    a->fips != b->fips || a->cfg != b->cfg ||
	    a->count != b->count || !same_buf(&a->auth, &b->auth) ||
	    !same_buf(&a->octets, &b->octets) || !same_buf(&a->id, &b->id) ||
	    !same_buf(&a->certs, &b->certs))
		return false;
	for (i = 0; i < a->count; i++)
		if (a->result[i].profile != b->result[i].profile)
			return false;
	return true;
}

static struct vouch *find(const struct rx *rx, const struct vouch *wanted)
{
	struct rx_work *w = NULL;
	struct vouch *v;

	while ((w = rx_result_next(rx, RX_WORK_VOUCH, w))) {
		v = list_entry(w, struct vouch, rx);
		if (same(v, wanted))
			return v;
	}
	return NULL;
}

struct rx_work *vouch_work(struct ike_sa *sa, const struct claim *who,
			   const struct cfg_ike_profile *only)
{
	struct vouch *v;

	if (!kex_has_pool(sa->ike))
		return NULL;
	v = new_vouch(sa, who, only);
	if (!v || !find(who->rx, v))
		return v ? &v->rx : NULL;
	vouch_free(&v->rx);
	return NULL;
}

const struct vouch *vouch_get(struct ike_sa *sa, const struct claim *who,
			      const struct cfg_ike_profile *only)
{
	struct vouch *v = new_vouch(sa, who, only), *found;

	if (!v)
		return NULL;
	found = find(who->rx, v);
	if (found) {
		vouch_free(&v->rx);
		return found;
	}
	vouch_run(&v->rx.work);
	rx_add_result(who->rx, &v->rx);
	return v;
}

/* --------------------------------------------------------------- the work */

static void parse_chain(struct vouch *v, struct chain_verdict *verdict)
{
	struct view certs[CHAIN_MAX];
	size_t begin = 0;
	unsigned int i;

	for (i = 0; i < v->cert_count; i++) {
		certs[i] = (struct view){ v->certs.p + begin,
					  v->cert_end[i] - begin };
		begin = v->cert_end[i];
	}
	v->chain = chain_parse(certs, v->cert_count, verdict);
	if (!v->chain && verdict->fault == CHAIN_GOOD)
		verdict->fault = CHAIN_MALFORMED;
}

/* An issuer that nobody knows is the least telling of all faults. */
static bool closer(const struct chain_verdict *a, const struct chain_verdict *b)
{
	return b->fault == CHAIN_UNKNOWN_ISSUER &&
	       a->fault != CHAIN_UNKNOWN_ISSUER;
}

static void run_profile(struct vouch *v, struct vouch_result *r)
{
	const struct cfg_ike_profile *p = r->profile;
	struct chain_verdict verdict;
	unsigned int i;

	for (i = 0; i < p->trustpoint_count; i++) {
		const struct cfg_trustpoint *t = p->trustpoints[i];
		bool good = chain_verify(v->chain, t->trust,
					 v->fips ? &cfg_fips_rule : NULL,
					 v->now, &verdict);

		if (!r->trustpoint || good || closer(&verdict, &r->verdict)) {
			r->trustpoint = t;
			r->verdict = verdict;
		}
		if (good)
			return;
	}
}

static void run_signature(struct vouch *v)
{
	v->sign_err = sign_check(&v->value, chain_key(v->chain),
				 buf_view(&v->octets), v->sha1, &v->scheme);
}

static void vouch_run(struct work *work)
{
	struct rx_work *rx = list_entry(work, struct rx_work, work);
	struct vouch *v = list_entry(rx, struct vouch, rx);
	struct chain_verdict verdict;
	struct id_pl id;
	unsigned int i;

	v->sign_err = ERR_AUTH;
	v->parse_err = sign_parse(v->method, buf_view(&v->auth), &v->value);
	parse_chain(v, &verdict);
	if (!v->chain) {
		for (i = 0; i < v->count; i++)
			v->result[i].verdict = verdict;
		return;
	}
	if (!v->parse_err)
		run_signature(v);
	v->has_id = !id_pl_parse(buf_view(&v->id), &id) &&
		    chain_has_id(v->chain, id.type, id.data);
	for (i = 0; i < v->count; i++)
		run_profile(v, &v->result[i]);
}

/* ------------------------------------------------------------- the judgement */

/** struct fault_words - a fault of a chain, and what to look at */
static const struct fault_words {
	enum failure_reason reason;
	const char *setting;
} faults[] = {
	[CHAIN_NO_CERTIFICATE] = { FAILURE_CERT_MISSING,
		"that the peer sends its certificate" },
	[CHAIN_MALFORMED] = { FAILURE_CERT_MALFORMED,
		"the peer's certificate" },
	[CHAIN_EXPIRED] = { FAILURE_CERT_EXPIRED,
		"the certificate, and the clocks of both routers" },
	[CHAIN_NOT_YET_VALID] = { FAILURE_CERT_NOT_YET_VALID,
		"the certificate, and the clocks of both routers" },
	[CHAIN_UNKNOWN_ISSUER] = { FAILURE_CERT_ISSUER,
		"trustpoints: ca-certificates here, and that the peer sends its intermediate certificates" },
	[CHAIN_REVOKED] = { FAILURE_CERT_REVOKED,
		"that the peer has a new certificate" },
	[CHAIN_WEAK] = { FAILURE_CERT_WEAK,
		"that the peer's certificate authority uses stronger keys and hashes" },
	[CHAIN_USAGE] = { FAILURE_CERT_USAGE,
		"the extensions of the peer's certificate" },
	[CHAIN_BROKEN] = { FAILURE_CERT_CHAIN,
		"the peer's chain of certificates" },
	[CHAIN_NO_CRL] = { FAILURE_CRL_MISSING,
		"trustpoints: crl, revocation-check" },
	[CHAIN_NOT_ADMITTED] = { FAILURE_FIPS,
		"that the peer's certificate authority uses RSA of 2048 bits or ECDSA, and SHA-2, or " GATE_SETTING },
	[CHAIN_CRL_EXPIRED] = { FAILURE_CRL_EXPIRED,
		"trustpoints: crl (tunctl reload reads it again)" },
};

static void blame_chain(const struct vouch_result *r, struct failure *why)
{
	const struct chain_verdict *v = &r->verdict;
	const struct fault_words *f = &faults[v->fault];

	why->reason = f->reason;
	SET(why->ours, "%s%s", r->trustpoint ? "trustpoint " : "",
	    r->trustpoint ? r->trustpoint->name : "");
	if (v->fault != CHAIN_NO_CERTIFICATE)
		SET(why->theirs, "%s%s%s%s", *v->subject ? "certificate of " :
		    "certificate", v->subject, *v->detail ? ": " : "",
		    v->detail);
	SET(why->setting, "%s", f->setting);
}

static void blame_identity(const struct vouch *v, struct failure *why)
{
	char names[160], id[PEER_ID_STR], id_cut[120];

	chain_ids_str(v->chain, names, sizeof(names));
	SET(id_cut, "%s", peer_id_str(buf_view(&v->id), id));
	why->reason = FAILURE_CERT_IDENTITY;
	why->ours[0] = '\0';
	SET(why->theirs, "%s with a certificate for %s", id_cut, names);
	SET(why->setting, "local-identity of the peer, and the subjectAltName of its certificate");
}

static void blame_signature(const struct vouch *v, struct failure *why)
{
	char subject[CERT_STR], hashes[PROOF_HASHES];

	why->ours[0] = '\0';
	chain_subject_str(v->chain, subject);
	SET(why->theirs, "%s, certificate of %s",
	    v->scheme ? v->scheme->name : "an algorithm that is not accepted",
	    subject);
	if (v->parse_err) {
		why->reason = FAILURE_SYNTAX;
		SET(why->theirs, "a malformed signature");
		return;
	}
	if (!v->value.scheme) {
		why->reason = FAILURE_AUTH_HASH;
		SET(why->ours, "%s", proof_hashes_str(SIGN_HASHES, hashes));
		SET(why->setting, "the signature settings of the peer");
		return;
	}
	why->reason = FAILURE_AUTH_SIGNATURE;
	SET(why->setting, "that the peer's private key belongs to its certificate%s",
	    v->method == AUTH_RSA_SIGNATURE && !v->sha1 ?
	    ", and ikev2: signature-sha1" : "");
}

int vouch_judge(const struct vouch *v, const struct cfg_ike_profile *p,
		struct failure *why)
{
	const struct vouch_result *r = v->result;
	unsigned int i;

	for (i = 0; i < v->count && r->profile != p; i++)
		r++;
	if (i == v->count || !p->trustpoint_count)
		return ERR_AUTH;
	if (r->verdict.fault != CHAIN_GOOD)
		blame_chain(r, why);
	else if (!v->has_id)
		blame_identity(v, why);
	else if (v->sign_err)
		blame_signature(v, why);
	else
		return 0;
	return ERR_AUTH;
}
