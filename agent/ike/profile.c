// SPDX-License-Identifier: GPL-2.0
/*
 * Trying ikev2 profiles on a peer.
 */

#include "ike/profile.h"

#include <stdio.h>
#include <string.h>

#include "ike/gate.h"
#include "ike/kex.h"
#include "ike/peer.h"
#include "ike/ppk.h"
#include "ike/proof.h"
#include "ike/psk.h"
#include "ike/tunnel.h"
#include "ike/vouch.h"
#include "util/err.h"

#define SET(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)

static bool fvrf_matches(const struct cfg_ike_profile *p,
			 const struct tunnel *t)
{
	return p->match_fvrf_any ||
	       strcmp(p->match_fvrf, t->cfg->tunnel_vrf) == 0;
}

static const char *vrf_name(const char *vrf)
{
	return *vrf ? vrf : "default";
}

const struct cfg_ike_profile *profile_candidate(const struct ike_sa *sa,
						unsigned int i)
{
	const struct cfg_ipsec_profile *ipsec = sa->tunnel->cfg->profile;

	if (!i)
		return ipsec->ike_profile;
	return !sa->initiator && i <= ipsec->further_count ?
	       ipsec->further[i - 1] : NULL;
}

bool profile_is_candidate(const struct ike_sa *sa, const struct claim *who,
			  const struct cfg_ike_profile *p)
{
	return fvrf_matches(p, sa->tunnel) && peer_profile_matches(p, &who->id);
}

/* Fill @why with what does not match. Return: whether everything does. */
static bool matches(const struct ike_sa *sa, const struct claim *who,
		    const struct cfg_ike_profile *p, struct failure *why)
{
	if (!fvrf_matches(p, sa->tunnel)) {
		why->reason = FAILURE_NO_PROFILE;
		SET(why->ours, "fvrf %s", vrf_name(p->match_fvrf));
		SET(why->theirs, "fvrf %s",
		    vrf_name(sa->tunnel->cfg->tunnel_vrf));
		SET(why->setting, "ikev2: profiles: match-fvrf of %s", p->name);
		return false;
	}
	if (!peer_profile_matches(p, &who->id)) {
		why->reason = sa->initiator ? FAILURE_IDENTITY :
					      FAILURE_NO_PROFILE;
		peer_profile_str(p, why->ours, sizeof(why->ours));
		SET(why->setting, "ikev2: profiles: match-identity-remote of %s",
		    p->name);
		return false;
	}
	return true;
}

/* What a profile accepts, in the words of its setting. */
static const char *methods_str(unsigned int set, char buf[64])
{
	snprintf(buf, 64, "%s%s%s%s%s",
		 set & CFG_AUTH_PSK ? "pre-shared" : "",
		 set & CFG_AUTH_PSK && set & CFG_AUTH_SIGNATURES ? ", " : "",
		 set & CFG_AUTH_RSA ? "rsa-signature" : "",
		 (set & CFG_AUTH_SIGNATURES) == CFG_AUTH_SIGNATURES ? ", " : "",
		 set & CFG_AUTH_ECDSA ? "ecdsa-signature" : "");
	return buf;
}

static unsigned int method_of(const struct claim *who)
{
	return who->auth.method == AUTH_SHARED_KEY ? CFG_AUTH_PSK :
	       vouch_method(&who->auth);
}

static bool method_allowed(const struct claim *who,
			   const struct cfg_ike_profile *p,
			   struct failure *why)
{
	unsigned int method = method_of(who);
	char name[ID_NAME_STR], words[64];

	if (p->auth_remote & method)
		return true;
	why->reason = FAILURE_AUTH_METHOD;
	SET(why->ours, "%s", methods_str(p->auth_remote, words));
	SET(why->theirs, "%s", method ? methods_str(method, words) :
	    auth_method_name(who->auth.method, name));
	SET(why->setting, "ikev2: profiles: authentication: remote of %s",
	    p->name);
	return false;
}

/*
 * The keyring entry, NULL with @why filled when there is none. A peer with a
 * certificate needs none, unless we prove ourselves by key.
 */
static const struct cfg_peer *find_peer(const struct ike_sa *sa,
					const struct claim *who,
					const struct cfg_ike_profile *p,
					struct failure *why)
{
	const struct cfg_peer *peer = sa->initiator ? sa->peer :
		peer_find_key(p->keyring, &who->id, &sa->path.remote.addr);

	bool needed = who->auth.method == AUTH_SHARED_KEY ||
		      p->auth_local == CFG_AUTH_PSK;

	if (needed && (!peer || !peer->psk_remote)) {
		why->reason = FAILURE_NO_KEY;
		SET(why->ours, "keyring %s",
		    p->keyring ? p->keyring->name : "none");
		SET(why->setting, "keyrings: peers: identity, address");
		return NULL;
	}
	if (peer && needed && !gate_admits_peer(sa->ike, p->keyring, peer, why))
		return NULL;
	if (!gate_admits_ppk(sa->ike, ppk_entry(p, sa->initiator ? NULL : &who->id,
						&sa->path.remote.addr), why))
		return NULL;
	return peer;
}

/* Which of the two keys differs, as far as that can be known: two PRFs more. */
static enum failure_reason differs(struct ike_sa *sa, const struct claim *who,
				   const struct cfg_peer *peer)
{
	bool mixed = ppk_is_mixed(sa);

	if (!mixed)
		return FAILURE_AUTH_PSK;
	sa->ike->count.ppk_auth_failures++;
	ppk_unmix(sa);
	if (!who->no_ppk_auth.len)
		return FAILURE_AUTH_PSK_OR_PPK;
	return psk_verify(sa, peer->psk_remote, who->id.body,
			  who->no_ppk_auth) ? FAILURE_AUTH_PSK :
					      FAILURE_PPK_VALUE;
}

static void name_keys(const struct cfg_ike_profile *p,
		      const struct cfg_peer *peer, struct failure *why)
{
	SET(why->ours, "keyring %s, peer %s", p->keyring->name, peer->name);
	SET(why->setting, "keyrings: peers: %s on both routers",
	    why->reason == FAILURE_AUTH_PSK ? "pre-shared-key" :
	    why->reason == FAILURE_PPK_VALUE ? "ppk" : "pre-shared-key, ppk");
}

/* @auth is its AUTH value, or the one without PPK. */
static int try_key(struct ike_sa *sa, const struct claim *who,
		   struct view auth, const struct cfg_ike_profile *p,
		   const struct cfg_peer *peer, struct failure *why)
{
	int err = psk_verify(sa, peer ? peer->psk_remote : NULL, who->id.body,
			     auth);

	if (err && peer) {
		why->reason = differs(sa, who, peer);
		name_keys(p, peer, why);
	}
	return err;
}

/*
 * The same certificates with other octets under the signature, or another. The
 * pool has looked at them.
 */
static int vouch_again(struct ike_sa *sa, const struct claim *who,
		       struct view auth, const struct cfg_ike_profile *p,
		       struct failure *why)
{
	struct claim claim = *who;
	const struct vouch *v;

	claim.auth.data = auth;
	v = vouch_get(sa, &claim, p);
	return v ? vouch_judge(v, p, why) : ERR_AUTH;
}

/*
 * A signature is wrong, and a PPK is under it: which of the two is it? The pool
 * has looked at the other one, see work_with_ppk().
 */
static void tell_apart(struct ike_sa *sa, const struct claim *who,
		       const struct cfg_ike_profile *p, struct failure *why)
{
	struct failure other;

	sa->ike->count.ppk_auth_failures++;
	ppk_unmix(sa);
	if (why->reason != FAILURE_AUTH_SIGNATURE)
		return;
	if (!who->no_ppk_auth.len)
		why->reason = FAILURE_AUTH_SIGNATURE_OR_PPK;
	else if (!vouch_again(sa, who, who->no_ppk_auth, p, &other))
		why->reason = FAILURE_PPK_VALUE;
	else
		return;
	SET(why->setting, "keyrings: peers: ppk on both routers%s",
	    why->reason == FAILURE_PPK_VALUE ? "" :
	    ", and that the peer's private key belongs to its certificate");
}

/*
 * With a PPK of its own each profile has other octets to be signed: those that
 * @v was made of are not them.
 */
static int try_signature(struct ike_sa *sa, const struct claim *who,
			 struct view auth, const struct cfg_ike_profile *p,
			 const struct vouch *v, struct failure *why)
{
	int err;

	if (sa->initiator || !sa->ppk.agreed)
		return vouch_judge(v, p, why);
	err = vouch_again(sa, who, auth, p, why);
	if (err && ppk_is_mixed(sa))
		tell_apart(sa, who, p, why);
	return err;
}

/*
 * One candidate; who is refused early takes as long as a wrong key. The
 * certificates, @v, have been looked at for every candidate before.
 */
static int try_profile(struct ike_sa *sa, const struct claim *who,
		       const struct cfg_ike_profile *p, const struct vouch *v,
		       struct failure *why)
{
	const struct cfg_peer *peer = NULL;
	struct view auth = who->auth.data;
	char id[PEER_ID_STR];
	bool fits;
	int err;

	memset(why, 0, sizeof(*why));
	SET(why->theirs, "%s", peer_id_str(who->id.body, id));
	fits = matches(sa, who, p, why) && method_allowed(who, p, why);
	if (fits)
		peer = find_peer(sa, who, p, why);
	fits = fits && !why->reason &&
	       !(sa->initiator ? ppk_check_identity(sa, p, &who->id, why) :
				 ppk_judge(sa, p, who, &auth, why));
	if (!v)
		err = try_key(sa, who, auth, p, fits ? peer : NULL, why);
	else
		err = fits ? try_signature(sa, who, auth, p, v, why) : ERR_AUTH;
	if (err)
		ppk_unmix(sa);
	else
		ike_sa_serve(sa, p, peer);
	return err;
}

static void rejected(struct ike_sa *sa, const struct cfg_ike_profile *p,
		     const struct failure *why)
{
	log_write_limited(&sa->ike->strange.lines, LOG_LEVEL_NOTICE, &sa->log,
			  "ikev2 profile %s rejected: %s; here: %s; peer: %s",
			  p->name, failure_text(why->reason), why->ours,
			  why->theirs);
}

/* Others that would match, but do not serve this tunnel. */
static void name_others(struct ike_sa *sa, const struct claim *who)
{
	const struct cfg_ipsec_profile *ipsec = sa->tunnel->cfg->profile;
	const struct cfg *cfg = sa->ike->cfg;
	const struct cfg_ike_profile *p;
	unsigned int i;

	for (p = cfg->ike_profiles;
	     p < cfg->ike_profiles + cfg->ike_profile_count; p++) {
		if (p == ipsec->ike_profile || !profile_is_candidate(sa, who, p))
			continue;
		for (i = 0; i < ipsec->further_count; i++)
			if (ipsec->further[i] == p)
				break;
		if (i == ipsec->further_count)
			log_write_limited(&sa->ike->strange.lines, LOG_LEVEL_NOTICE,
					  &sa->log,
					  "ikev2 profile %s rejected: ipsec profile %s does not name it; check ipsec: profiles: further-ikev2-profiles",
					  p->name, ipsec->name);
	}
}

/* Which candidate lets it in; @v NULL with a pre-shared key. */
static int choose(struct ike_sa *sa, const struct claim *who,
		  const struct vouch *v, struct failure *why)
{
	const struct cfg_ike_profile *p = profile_candidate(sa, 0);
	bool several = profile_candidate(sa, 1), matched = profile_is_candidate(sa, who, p);
	struct failure other;
	unsigned int i;

	if (!try_profile(sa, who, p, v, why))
		return 0;
	if (matched && several)
		rejected(sa, p, why);
	for (i = 1; (p = profile_candidate(sa, i)); i++) {
		if (!try_profile(sa, who, p, v, &other))
			return 0;
		if (!profile_is_candidate(sa, who, p))
			continue;
		rejected(sa, p, &other);
		if (!matched)
			*why = other;
		matched = true;
	}
	if (!sa->initiator)
		name_others(sa, who);
	return ERR_AUTH;
}

static int admit_certificates(struct ike_sa *sa, const struct claim *who,
			      struct failure *why)
{
	const struct vouch *v = vouch_get(sa, who, NULL);

	if (!v) {
		memset(why, 0, sizeof(*why));
		why->reason = FAILURE_CRYPTO;
		SET(why->ours, "%s", err_text(ERR_NOMEM));
		return ERR_AUTH;
	}
	if (choose(sa, who, v, why))
		return ERR_AUTH;
	log_info(&sa->log, "the peer signed %s", v->scheme->name);
	return 0;
}

static bool by_certificate(const struct ike_sa *sa, const struct claim *who)
{
	return sign_is_method(who->auth.method) &&
	       proof_expects_certificates(sa);
}

/* Of a claim that was looked at before. */
static bool signature_is_wrong(struct ike_sa *sa, const struct claim *who,
			       const struct cfg_ike_profile *p)
{
	const struct vouch *v = vouch_get(sa, who, p);
	struct failure why;

	return v && vouch_judge(v, p, &why) &&
	       why.reason == FAILURE_AUTH_SIGNATURE;
}

/*
 * What try_signature() will ask for, with the keys there will be then, and
 * tell_apart() if it has to.
 */
static struct rx_work *work_with_ppk(struct ike_sa *sa, const struct claim *who,
				     const struct cfg_ike_profile *p)
{
	const struct secret *key = ppk_named_key(sa, p, who);
	struct claim claim = *who;
	struct rx_work *work;
	bool apart;

	if (!key)
		claim.auth.data = who->no_ppk_auth;
	if (!claim.auth.data.len || (key && ppk_mix(sa, key)))
		return NULL;
	work = vouch_work(sa, &claim, p);
	apart = !work && key && who->no_ppk_auth.len &&
		signature_is_wrong(sa, &claim, p);
	ppk_unmix(sa);
	if (!apart)
		return work;
	claim.auth.data = who->no_ppk_auth;
	return vouch_work(sa, &claim, p);
}

struct rx_work *profile_work(struct ike_sa *sa, const struct claim *who)
{
	const struct cfg_ike_profile *p;
	struct rx_work *work;
	unsigned int i;

	if (!by_certificate(sa, who) || !kex_has_pool(sa->ike))
		return NULL;
	work = vouch_work(sa, who, NULL);
	if (sa->initiator || !sa->ppk.agreed)
		return work;
	for (i = 0; !work && (p = profile_candidate(sa, i)); i++)
		if (profile_is_candidate(sa, who, p))
			work = work_with_ppk(sa, who, p);
	return work;
}

int profile_admit(struct ike_sa *sa, const struct claim *who,
		  struct failure *why)
{
	int err = by_certificate(sa, who) ? admit_certificates(sa, who, why) :
					    choose(sa, who, NULL, why);

	if (!err)
		sa->auth_remote = (enum cfg_auth)method_of(who);
	return err;
}
