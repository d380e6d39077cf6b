// SPDX-License-Identifier: GPL-2.0
/*
 * Trying ikev2 profiles on a peer.
 */

#include "ike/profile.h"

#include <stdio.h>
#include <string.h>

#include "ike/gate.h"
#include "ike/peer.h"
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

static bool is_candidate(const struct ike_sa *sa, const struct claim *who,
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
	if (!peer) {
		why->reason = FAILURE_NO_KEY;
		SET(why->ours, "keyring %s", p->keyring->name);
		SET(why->setting, "keyrings: peers: identity, address");
	}
	if (peer && !gate_admits_peer(sa->ike, p->keyring, peer, why))
		return NULL;
	return peer;
}

/* One candidate; who is refused early takes as long as a wrong key. */
static int try_profile(struct ike_sa *sa, const struct claim *who,
		       const struct cfg_ike_profile *p, struct failure *why)
{
	const struct cfg_peer *peer = NULL;
	char id[PEER_ID_STR];
	int err;

	memset(why, 0, sizeof(*why));
	SET(why->theirs, "%s", peer_id_str(who->id.body, id));
	if (matches(sa, who, p, why))
		peer = find_peer(sa, who, p, why);
	err = psk_verify(sa, peer ? peer->psk_remote : NULL, who->id.body,
			 who->auth.data);
	if (!err) {
		ike_sa_serve(sa, p, peer);
		return 0;
	}
	if (peer) {
		why->reason = FAILURE_AUTH_PSK;
		SET(why->ours, "keyring %s, peer %s", p->keyring->name,
		    peer->name);
		SET(why->setting,
		    "keyrings: peers: pre-shared-key on both routers");
	}
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
		if (p == ipsec->ike_profile || !is_candidate(sa, who, p))
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
	bool matched = is_candidate(sa, who, p);
	struct failure other;

	if (!try_profile(sa, who, p, why))
		return 0;
	if (matched && n)
		rejected(sa, p, why);
	for (i = 0; i < n; i++) {
		p = ipsec->further[i];
		if (!try_profile(sa, who, p, &other))
			return 0;
		if (!is_candidate(sa, who, p))
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
