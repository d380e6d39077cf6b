// SPDX-License-Identifier: GPL-2.0
/*
 * The review of a tunnel's settings under the rules of FIPS mode.
 */

#include "config/fips.h"

#include <stdarg.h>
#include <stdio.h>

#include "fips/fips.h"
#include "proto/ids.h"

/** struct review - one tunnel under review */
struct review {
	const struct cfg *cfg;
	const struct cfg_iface *iface;
	cfg_finding_fn fn;
	void *arg;
	bool can_come_up;
};

static void __attribute__((format(printf, 4, 5)))
found(struct review *r, bool fatal, const char *setting, const char *fmt, ...)
{
	struct cfg_finding f = { .fatal = fatal, .setting = setting };
	va_list args;

	if (fatal)
		r->can_come_up = false;
	if (!r->fn)
		return;
	va_start(args, fmt);
	vsnprintf(f.text, sizeof(f.text), fmt, args);
	va_end(args);
	r->fn(r->arg, &f);
}

/* --------------------------------------------------------------- proposals */

#define PROPOSALS	"ikev2: proposals"

/*
 * Each list is told apart by its type alone: what is not admitted is named,
 * and whether anything is left is returned.
 */
#define REVIEW_LIST(function, type, list, count, what)			\
static bool function(struct review *r, const struct cfg_proposal *p)	\
{									\
	unsigned int i, left = 0;					\
									\
	for (i = 0; i < p->count; i++) {				\
		if (p->list[i]->fips) {					\
			left++;						\
			continue;					\
		}							\
		found(r, false, PROPOSALS, "proposal %s, " what " %s",	\
		      p->name, p->list[i]->type);			\
	}								\
	return left || !p->count;					\
}

REVIEW_LIST(review_encr, ike_word, encr, encr_count, "encryption")
REVIEW_LIST(review_integ, ike_word, integ, integ_count, "integrity")
REVIEW_LIST(review_prf, ike_word, prf, prf_count, "prf")
REVIEW_LIST(review_ke, word, ke, ke_count, "dh-group")

/*
 * Each of these is a must, unless the peer may do without all of them. @owner
 * says whose they are.
 */
static bool review_addke(struct review *r, const struct cfg_addke *a,
			 const char *setting, const char *owner,
			 const char *name)
{
	unsigned int i, bad = 0;

	for (i = 0; i < a->count; i++) {
		if (a->ke[i]->fips)
			continue;
		bad++;
		found(r, false, setting, "%s %s, additional-ke %s", owner,
		      name, a->ke[i]->addke_word);
	}
	return !bad || a->optional;
}

static void review_policy(struct review *r)
{
	const struct cfg_policy *policy = cfg_policy_of(r->cfg, r->iface);
	unsigned int i, left = 0;

	for (i = 0; policy && i < policy->proposal_count; i++) {
		const struct cfg_proposal *p = policy->proposals[i];
		bool encr = review_encr(r, p), integ = review_integ(r, p);
		bool prf = review_prf(r, p), ke = review_ke(r, p);
		bool addke = review_addke(r, &p->addke, PROPOSALS, "proposal",
					  p->name);

		left += encr && integ && prf && ke && addke;
	}
	if (policy && !left)
		found(r, true, PROPOSALS, "no proposal of policy %s",
		      policy->name);
}

/* ------------------------------------------------------------------- ipsec */

static void review_ipsec(struct review *r)
{
	const struct cfg_ipsec_profile *p = r->iface->profile;
	unsigned int i, left = 0;

	for (i = 0; i < p->transform_set_count; i++) {
		const struct cfg_transform_set *set = p->transform_sets[i];

		if (set->encr->fips && (!set->integ || set->integ->fips))
			left++;
		else
			found(r, false, "ipsec: transform-sets",
			      "transform set %s, %s", set->name,
			      set->encr->esp_word);
	}
	if (!left)
		found(r, true, "ipsec: transform-sets",
		      "no transform set of ipsec profile %s", p->name);
	/* To rekey without it would be less than the operator asked for. */
	if (p->pfs && !p->pfs->fips)
		found(r, true, "ipsec: profiles: pfs", "pfs %s of ipsec profile %s",
		      p->pfs->pfs_word, p->name);
	if (!review_addke(r, &p->addke, "ipsec: profiles: additional-ke",
			  "ipsec profile", p->name))
		found(r, true, "ipsec: profiles: additional-ke",
		      "additional-ke of ipsec profile %s", p->name);
}

/* -------------------------------------------------------------------- keys */

static bool short_key(const struct secret *key)
{
	return key && !fips_admits_key(key);
}

bool cfg_fips_admits_peer(const struct cfg_peer *peer)
{
	return !short_key(peer->psk_local) && !short_key(peer->psk_remote) &&
	       !short_key(peer->ppk.key);
}

bool cfg_fips_admits_ppk(const struct cfg_ppk *ppk)
{
	return !short_key(ppk->key);
}

/* Could the tunnel's peer be this one? Who it is shows in IKE_AUTH. */
static bool may_serve(const struct cfg_peer *peer, const struct cfg_iface *i)
{
	if (addr_is_set(&peer->address.addr) &&
	    prefix_contains(&peer->address, &i->destination))
		return true;
	return i->profile->responder_only &&
	       peer->identity.kind != CFG_ID_NONE;
}

static void found_ppk(struct review *r, const struct cfg_keyring *keyring,
		      const struct cfg_peer *peer)
{
	found(r, false, "keyrings: peers: ppk",
	      "keyring %s, peer %s, manual PPK of less than %u octets",
	      keyring->name, peer->name, FIPS_KEY_MIN);
}

static void review_peer(struct review *r, const struct cfg_keyring *keyring,
			const struct cfg_peer *peer)
{
	static const char setting[] = "keyrings: peers: pre-shared-key";

	if (short_key(peer->psk_local) || short_key(peer->psk_remote))
		found(r, false, setting,
		      "keyring %s, peer %s, pre-shared key of less than %u octets",
		      keyring->name, peer->name, FIPS_KEY_MIN);
	if (short_key(peer->ppk.key))
		found_ppk(r, keyring, peer);
}

/* A keyring that no method of the profile needs is nobody's concern. */
static void review_keyring(struct review *r, const struct cfg_ike_profile *p,
			   unsigned int *serving, unsigned int *left)
{
	bool used = (p->auth_local | p->auth_remote) & CFG_AUTH_PSK;
	const struct cfg_keyring *keyring = used ? p->keyring : NULL;
	unsigned int i;

	for (i = 0; keyring && i < keyring->peer_count; i++) {
		const struct cfg_peer *peer = &keyring->peers[i];

		if (!may_serve(peer, r->iface))
			continue;
		review_peer(r, keyring, peer);
		(*serving)++;
		*left += cfg_fips_admits_peer(peer);
	}
}

/* The PPKs of a keyring of their own; what else stands there is not used. */
static void review_ppks(struct review *r, const struct cfg_ike_profile *p,
			unsigned int *serving, unsigned int *left)
{
	const struct cfg_keyring *keyring = p->keyring_ppk;
	unsigned int i;

	for (i = 0; keyring && i < keyring->peer_count; i++) {
		const struct cfg_peer *peer = &keyring->peers[i];

		if (!may_serve(peer, r->iface))
			continue;
		if (short_key(peer->ppk.key) && keyring != p->keyring)
			found_ppk(r, keyring, peer);
		(*serving)++;
		*left += !short_key(peer->ppk.key);
	}
}

static void review_all_ppks(struct review *r)
{
	const struct cfg_ipsec_profile *p = r->iface->profile;
	unsigned int serving = 0, left = 0, i;

	review_ppks(r, p->ike_profile, &serving, &left);
	for (i = 0; i < p->further_count; i++)
		review_ppks(r, p->further[i], &serving, &left);
	if (serving && !left)
		found(r, true, "keyrings: peers: ppk",
		      "no PPK for the peer that is long enough");
}

static void review_keys(struct review *r)
{
	const struct cfg_ipsec_profile *p = r->iface->profile;
	unsigned int serving = 0, left = 0, i;

	review_keyring(r, p->ike_profile, &serving, &left);
	for (i = 0; i < p->further_count; i++)
		review_keyring(r, p->further[i], &serving, &left);
	if (serving && !left)
		found(r, true, "keyrings: peers",
		      "no key for the peer that is long enough");
}

/* ------------------------------------------------------------ certificates */

const struct facts_rule cfg_fips_rule = {
	.rsa_bits = 2048,
	.ec_bits = 256,
	.hashes = 1U << SIG_HASH_SHA2_256 | 1U << SIG_HASH_SHA2_384 |
		  1U << SIG_HASH_SHA2_512,
};

/* Can this side prove itself with the profile? */
static bool can_prove(const struct cfg_ike_profile *p)
{
	return !(p->auth_local & CFG_AUTH_SIGNATURES) ||
	       cfg_own_trustpoint(p, (struct view){ NULL, 0 }, true);
}

static void review_own(struct review *r, const struct cfg_ike_profile *p,
		       bool fatal)
{
	char why[TRUST_STR];
	unsigned int i;

	for (i = 0; i < p->trustpoint_count; i++) {
		const struct cfg_trustpoint *t = p->trustpoints[i];

		if (trust_can_sign(t->trust) &&
		    !trust_own_keeps(t->trust, &cfg_fips_rule, why))
			found(r, fatal, "trustpoints: certificate",
			      "trustpoint %s, %s", t->name, why);
	}
}

static void review_certificates(struct review *r)
{
	const struct cfg_ipsec_profile *p = r->iface->profile;
	bool left = can_prove(p->ike_profile);
	unsigned int i;

	for (i = 0; i < p->further_count; i++)
		left |= can_prove(p->further[i]);
	review_own(r, p->ike_profile, !left);
	for (i = 0; i < p->further_count; i++)
		review_own(r, p->further[i], !left);
}

bool cfg_fips_review(const struct cfg *cfg, const struct cfg_iface *iface,
		     cfg_finding_fn fn, void *arg)
{
	struct review r = {
		.cfg = cfg, .iface = iface, .fn = fn, .arg = arg,
		.can_come_up = true,
	};

	review_policy(&r);
	review_ipsec(&r);
	review_keys(&r);
	review_all_ppks(&r);
	review_certificates(&r);
	return r.can_come_up;
}
