// SPDX-License-Identifier: GPL-2.0
/*
 * Trying ikev2 profiles on a peer.
 */

#include "ike/profile.h"

#include <stdio.h>
#include <string.h>

#include "ike/gate.h"
#include "ike/peer.h"
#include "ike/ppk.h"
#include "ike/psk.h"
#include "ike/tunnel.h"
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

/* The keyring entry, NULL with @why filled. */
static const struct cfg_peer *find_peer(const struct ike_sa *sa,
					const struct claim *who,
					const struct cfg_ike_profile *p,
					struct failure *why)
{
	const struct cfg_peer *peer = sa->initiator ? sa->peer :
		peer_find_key(p->keyring, &who->id, &sa->path.remote.addr);
	char name[ID_NAME_STR];

	if (who->auth.method != AUTH_SHARED_KEY ||
	    !(p->auth_remote & CFG_AUTH_PSK)) {
		why->reason = FAILURE_AUTH_METHOD;
		SET(why->ours, "%s", p->auth_remote & CFG_AUTH_PSK ?
		    "pre-shared" : "rsa-signature");
		SET(why->theirs, "%s",
		    auth_method_name(who->auth.method, name));
		SET(why->setting,
		    "ikev2: profiles: authentication: remote of %s", p->name);
		return NULL;
	}
	if (!peer || !peer->psk_remote) {
		why->reason = FAILURE_NO_KEY;
		SET(why->ours, "keyring %s", p->keyring->name);
		SET(why->setting, "keyrings: peers: identity, address");
		return NULL;
	}
	if (peer && !gate_admits_peer(sa->ike, p->keyring, peer, why))
		return NULL;
	return peer;
}

/* Which of the two keys differs, as far as that can be known. */
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

/* One candidate; who is refused early takes as long as a wrong key. */
static int try_profile(struct ike_sa *sa, const struct claim *who,
		       const struct cfg_ike_profile *p, struct failure *why)
{
	const struct cfg_peer *peer = NULL;
	struct view auth = who->auth.data;
	char id[PEER_ID_STR];
	int err;

	memset(why, 0, sizeof(*why));
	SET(why->theirs, "%s", peer_id_str(who->id.body, id));
	if (matches(sa, who, p, why))
		peer = find_peer(sa, who, p, why);
	if (peer && (sa->initiator ? ppk_check_identity(sa, p, &who->id, why) :
				     ppk_judge(sa, p, who, &auth, why)))
		peer = NULL;
	err = psk_verify(sa, peer ? peer->psk_remote : NULL, who->id.body,
			 auth);
	if (!err) {
		ike_sa_serve(sa, p, peer);
		return 0;
	}
	if (peer) {
		why->reason = differs(sa, who, peer);
		name_keys(p, peer, why);
	}
	ppk_unmix(sa);
	return ERR_AUTH;
}

static void rejected(struct ike_sa *sa, const struct cfg_ike_profile *p,
		     const struct failure *why)
{
	log_write_limited(&sa->ike->limit, LOG_LEVEL_NOTICE, &sa->log,
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
			log_write_limited(&sa->ike->limit, LOG_LEVEL_NOTICE,
					  &sa->log,
					  "ikev2 profile %s rejected: ipsec profile %s does not name it; check ipsec: profiles: further-ikev2-profiles",
					  p->name, ipsec->name);
	}
}

int profile_admit(struct ike_sa *sa, const struct claim *who,
		  struct failure *why)
{
	const struct cfg_ipsec_profile *ipsec = sa->tunnel->cfg->profile;
	unsigned int i, n = sa->initiator ? 0 : ipsec->further_count;
	const struct cfg_ike_profile *p = ipsec->ike_profile;
	bool matched = profile_is_candidate(sa, who, p);
	struct failure other;

	if (!try_profile(sa, who, p, why))
		return 0;
	if (matched && n)
		rejected(sa, p, why);
	for (i = 0; i < n; i++) {
		p = ipsec->further[i];
		if (!try_profile(sa, who, p, &other))
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
