// SPDX-License-Identifier: GPL-2.0
/*
 * Comparison of configurations, member by member: a setting that is added to a
 * struct of config.h has its line here, and its effect in the table of
 * Documentation/configuration.rst.
 */

#include "config/diff.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------- notes */

static bool has_setting(const struct cfg_diff *d, const char *path)
{
	size_t len = strlen(path);
	const char *at = d->settings;

	while ((at = strstr(at, path))) {
		if ((at == d->settings || at[-1] == ' ') &&
		    (!at[len] || at[len] == ','))
			return true;
		at += len;
	}
	return false;
}

static void note(struct cfg_diff *d, bool differs, enum cfg_effect effect,
		 const char *path)
{
	size_t len = strlen(d->settings);

	if (!differs)
		return;
	d->effects |= effect;
	if (has_setting(d, path) ||
	    len + strlen(path) + 2 >= sizeof(d->settings))
		return;
	snprintf(d->settings + len, sizeof(d->settings) - len, "%s%s",
		 len ? ", " : "", path);
}

/* -------------------------------------------------------------- small parts */

static bool text_differs(const char *a, const char *b)
{
	return strcmp(a, b) != 0;
}

static bool prefix_differs(const struct prefix *a, const struct prefix *b)
{
	return a->len != b->len || !addr_eq(&a->addr, &b->addr);
}

static bool identity_differs(const struct cfg_identity *a,
			     const struct cfg_identity *b)
{
	return a->kind != b->kind || prefix_differs(&a->prefix, &b->prefix) ||
	       text_differs(a->name, b->name);
}

static bool secret_differs(const struct secret *a, const struct secret *b)
{
	if (!a || !b)
		return a != b;
	return !secret_equal(a, b);
}

/* Name of what a reference leads to. */
#define NAME_OF(p)	((p) ? (p)->name : "")

/* ---------------------------------------------------------------- keyrings */

static bool peer_differs(const struct cfg_peer *a, const struct cfg_peer *b)
{
	return text_differs(a->name, b->name) ||
	       prefix_differs(&a->address, &b->address) ||
	       identity_differs(&a->identity, &b->identity) ||
	       secret_differs(a->psk_local, b->psk_local) ||
	       secret_differs(a->psk_remote, b->psk_remote) ||
	       a->ppk.kind != b->ppk.kind ||
	       a->ppk.required != b->ppk.required ||
	       a->ppk.exchange != b->ppk.exchange ||
	       a->ppk.rekey_ike != b->ppk.rekey_ike ||
	       a->ppk.rekey_child != b->ppk.rekey_child ||
	       text_differs(a->ppk.id, b->ppk.id) ||
	       secret_differs(a->ppk.key, b->ppk.key);
}

/* A name says nothing of where the peer is, so that one with it always may. */
static bool may_be_at(const struct cfg_peer *p, const struct addr *remote)
{
	if (addr_is_set(&p->address.addr) &&
	    prefix_contains(&p->address, remote))
		return true;
	return p->identity.kind != CFG_ID_NONE &&
	       (p->identity.kind != CFG_ID_ADDRESS ||
		prefix_contains(&p->identity.prefix, remote));
}

/* The next one from @at on that may be at the other end, or NULL. */
static const struct cfg_peer *next_peer(const struct cfg_keyring *k,
					unsigned int *at,
					const struct addr *remote)
{
	for (; *at < k->peer_count; (*at)++)
		if (may_be_at(&k->peers[*at], remote))
			return &k->peers[(*at)++];
	return NULL;
}

static bool keyring_differs(const struct cfg_keyring *a,
			    const struct cfg_keyring *b,
			    const struct addr *remote)
{
	const struct cfg_peer *p, *q;
	unsigned int i = 0, k = 0;

	if (!a || !b)
		return a != b;
	do {
		p = next_peer(a, &i, remote);
		q = next_peer(b, &k, remote);
		if (!p != !q || (p && peer_differs(p, q)))
			return true;
	} while (p);
	return false;
}

/* ------------------------------------------------------------ IKE profiles */

static bool matches_differ(const struct cfg_ike_profile *a,
			   const struct cfg_ike_profile *b)
{
	unsigned int i;

	if (a->match_remote_count != b->match_remote_count)
		return true;
	for (i = 0; i < a->match_remote_count; i++)
		if (identity_differs(&a->match_remote[i], &b->match_remote[i]))
			return true;
	return false;
}

/* Their names, and what their files hold. */
static void diff_trustpoints(const struct cfg_ike_profile *a,
			     const struct cfg_ike_profile *b,
			     struct cfg_diff *d)
{
	bool differ = a->trustpoint_count != b->trustpoint_count;
	unsigned int i;

	for (i = 0; !differ && i < a->trustpoint_count; i++) {
		if (text_differs(a->trustpoints[i]->name,
				 b->trustpoints[i]->name))
			differ = true;
		else
			note(d, !trust_equal(a->trustpoints[i]->trust,
					     b->trustpoints[i]->trust),
			     CFG_LATER, "trustpoints");
	}
	note(d, differ, CFG_LATER, "ikev2.profiles.trustpoints");
}

#define PROFILE	"ikev2.profiles."

static void diff_ike_profile(const struct cfg_ike_profile *a,
			     const struct cfg_ike_profile *b,
			     const struct addr *remote, struct cfg_diff *d)
{
	note(d, text_differs(NAME_OF(a->keyring), NAME_OF(b->keyring)),
	     CFG_LATER, PROFILE "keyring");
	note(d, text_differs(NAME_OF(a->keyring_ppk), NAME_OF(b->keyring_ppk)),
	     CFG_LATER, PROFILE "keyring-ppk");
	note(d, a->ppk_restart_without != b->ppk_restart_without, CFG_NOW,
	     PROFILE "ppk-restart-without");
	note(d, keyring_differs(a->keyring, b->keyring, remote) ||
	     keyring_differs(a->keyring_ppk, b->keyring_ppk, remote),
	     CFG_LATER, "keyrings.peers");
	diff_trustpoints(a, b, d);
	note(d, a->lifetime != b->lifetime, CFG_LATER, PROFILE "lifetime");
	note(d, a->auth_local != b->auth_local ||
	     a->auth_remote != b->auth_remote, CFG_LATER,
	     PROFILE "authentication");
	note(d, matches_differ(a, b), CFG_LATER,
	     PROFILE "match-identity-remote");
	note(d, a->match_fvrf_any != b->match_fvrf_any ||
	     text_differs(a->match_fvrf, b->match_fvrf), CFG_LATER,
	     PROFILE "match-fvrf");
	note(d, identity_differs(&a->local_identity, &b->local_identity),
	     CFG_LATER, PROFILE "local-identity");
	note(d, a->dpd_interval != b->dpd_interval, CFG_NOW,
	     PROFILE "dpd-interval");
	note(d, a->dpd_retries != b->dpd_retries, CFG_NOW,
	     PROFILE "dpd-retries");
	note(d, a->dpd_retry_interval != b->dpd_retry_interval, CFG_NOW,
	     PROFILE "dpd-retry-interval");
	note(d, a->nat_keepalive != b->nat_keepalive, CFG_NOW,
	     PROFILE "nat-keepalive");
}

/* ---------------------------------------------------------- IPsec profiles */

static bool sets_differ(const struct cfg_ipsec_profile *a,
			const struct cfg_ipsec_profile *b)
{
	unsigned int i;

	if (a->transform_set_count != b->transform_set_count)
		return true;
	for (i = 0; i < a->transform_set_count; i++)
		if (a->transform_sets[i]->encr != b->transform_sets[i]->encr ||
		    a->transform_sets[i]->integ != b->transform_sets[i]->integ)
			return true;
	return false;
}

static bool addke_differs(const struct cfg_addke *a, const struct cfg_addke *b)
{
	return a->count != b->count ||
	       memcmp(a->ke, b->ke, sizeof(a->ke)) != 0;
}

static void diff_further(const struct cfg_ipsec_profile *a,
			 const struct cfg_ipsec_profile *b,
			 const struct addr *remote, struct cfg_diff *d)
{
	bool differ = a->further_count != b->further_count;
	unsigned int i;

	for (i = 0; !differ && i < a->further_count; i++) {
		if (text_differs(a->further[i]->name, b->further[i]->name))
			differ = true;
		else
			diff_ike_profile(a->further[i], b->further[i], remote,
					 d);
	}
	note(d, differ, CFG_LATER, "ipsec.profiles.further-ikev2-profiles");
}

#define IPSEC	"ipsec.profiles."

static void diff_ipsec_profile(const struct cfg_ipsec_profile *a,
			       const struct cfg_ipsec_profile *b,
			       const struct addr *remote, struct cfg_diff *d)
{
	note(d, text_differs(a->ike_profile->name, b->ike_profile->name),
	     CFG_ANEW, IPSEC "ikev2-profile");
	diff_ike_profile(a->ike_profile, b->ike_profile, remote, d);
	diff_further(a, b, remote, d);
	note(d, a->pfs != b->pfs, CFG_LATER, IPSEC "pfs");
	note(d, addke_differs(&a->addke, &b->addke), CFG_LATER,
	     IPSEC "additional-ke");
	note(d, a->addke.optional != b->addke.optional, CFG_LATER,
	     IPSEC "additional-ke-optional");
	note(d, a->lifetime_seconds != b->lifetime_seconds, CFG_LATER,
	     IPSEC "security-association-lifetime");
	note(d, a->lifetime_bytes != b->lifetime_bytes, CFG_LATER,
	     IPSEC "security-association-lifetime-kilobytes");
	note(d, a->lifetime_packets != b->lifetime_packets, CFG_LATER,
	     IPSEC "security-association-lifetime-packets");
	note(d, sets_differ(a, b), CFG_LATER, IPSEC "transform-sets");
	note(d, a->responder_only != b->responder_only, CFG_LATER,
	     IPSEC "responder-only");
	note(d, a->reverse_route != b->reverse_route, CFG_LINK,
	     IPSEC "reverse-route");
	note(d, a->reverse_route_priority != b->reverse_route_priority,
	     CFG_LINK, IPSEC "reverse-route-priority");
	note(d, a->reverse_route_fallback != b->reverse_route_fallback,
	     CFG_LINK, IPSEC "reverse-route-fallback");
	note(d, a->esn != b->esn, CFG_LATER, IPSEC "esn");
	note(d, a->replay_window != b->replay_window, CFG_LATER,
	     IPSEC "replay-window");
}

/* ---------------------------------------------------------------- policies */

static bool proposal_differs(const struct cfg_proposal *a,
			     const struct cfg_proposal *b)
{
	return a->encr_count != b->encr_count ||
	       a->integ_count != b->integ_count ||
	       a->prf_count != b->prf_count || a->ke_count != b->ke_count ||
	       addke_differs(&a->addke, &b->addke) ||
	       a->addke.optional != b->addke.optional ||
	       memcmp(a->encr, b->encr, sizeof(a->encr)) != 0 ||
	       memcmp(a->integ, b->integ, sizeof(a->integ)) != 0 ||
	       memcmp(a->prf, b->prf, sizeof(a->prf)) != 0 ||
	       memcmp(a->ke, b->ke, sizeof(a->ke)) != 0;
}

/* Other proposals, or in another order? */
static bool policy_differs(const struct cfg_policy *a,
			   const struct cfg_policy *b)
{
	unsigned int i;

	if (!a || !b)
		return a != b;
	if (a->proposal_count != b->proposal_count)
		return true;
	for (i = 0; i < a->proposal_count; i++)
		if (text_differs(a->proposals[i]->name, b->proposals[i]->name))
			return true;
	return false;
}

/* Does what they name say something else? */
static bool proposals_differ(const struct cfg_policy *a,
			     const struct cfg_policy *b)
{
	unsigned int i;

	if (policy_differs(a, b) || !a)
		return false;
	for (i = 0; i < a->proposal_count; i++)
		if (proposal_differs(a->proposals[i], b->proposals[i]))
			return true;
	return false;
}

static bool match_differs(const struct cfg_policy *a,
			  const struct cfg_policy *b)
{
	unsigned int i;

	if (a->fvrf_any != b->fvrf_any || text_differs(a->fvrf, b->fvrf) ||
	    a->address_local_count != b->address_local_count)
		return true;
	for (i = 0; i < a->address_local_count; i++)
		if (!addr_eq(&a->address_local[i], &b->address_local[i]))
			return true;
	return false;
}

static void diff_policy(const struct cfg_policy *a, const struct cfg_policy *b,
			struct cfg_diff *d)
{
	note(d, policy_differs(a, b), CFG_LATER, "ikev2.policies");
	note(d, proposals_differ(a, b), CFG_LATER, "ikev2.proposals");
}

/* Which one will serve an address that is not known yet? */
static void diff_policies(const struct cfg *a, const struct cfg *b,
			  struct cfg_diff *d)
{
	unsigned int i;

	note(d, a->policy_count != b->policy_count, CFG_LATER,
	     "ikev2.policies");
	for (i = 0; i < a->policy_count && i < b->policy_count; i++) {
		note(d, match_differs(&a->policies[i], &b->policies[i]),
		     CFG_LATER, "ikev2.policies");
		diff_policy(&a->policies[i], &b->policies[i], d);
	}
}

/* ------------------------------------------------------------ access lists */

static bool acl_differs(const struct cfg_iface *a, const struct cfg_iface *b)
{
	const struct cfg_acl_entry *x, *y;

	if (!*a->policy || !*b->policy)
		return false;	/* reported as policy-ipv4 */
	if (cfg_acl_is_empty(a) || cfg_acl_is_empty(b))
		return cfg_acl_is_empty(a) != cfg_acl_is_empty(b);
	x = a->acl->entries;
	y = b->acl->entries;
	return prefix_differs(&x->source, &y->source) ||
	       prefix_differs(&x->destination, &y->destination);
}

/* -------------------------------------------------------------- interfaces */

#define TUNNEL	"interfaces.tunnel."

static void diff_link(const struct cfg_iface *a, const struct cfg_iface *b,
		      struct cfg_diff *d)
{
	note(d, prefix_differs(&a->address, &b->address), CFG_LINK,
	     "interfaces.ipv4-address");
	note(d, prefix_differs(&a->address6, &b->address6), CFG_LINK,
	     "interfaces.ipv6-address");
	note(d, text_differs(a->vrf, b->vrf), CFG_LINK, "interfaces.vrf");
	note(d, a->mtu != b->mtu, CFG_LINK, "interfaces.mtu");
	note(d, a->ttl != b->ttl, CFG_LINK, TUNNEL "ttl");
	note(d, a->tos != b->tos, CFG_LINK, TUNNEL "tos");
	note(d, a->df != b->df, CFG_LINK, TUNNEL "df");
	note(d, a->local_only != b->local_only, CFG_LINK, TUNNEL "local-only");
}

void cfg_diff_iface(const struct cfg *before, const struct cfg_iface *a,
		    const struct cfg *after, const struct cfg_iface *b,
		    struct cfg_diff *out)
{
	memset(out, 0, sizeof(*out));
	note(out, !addr_eq(&a->source, &b->source) ||
	     text_differs(a->source_iface, b->source_iface), CFG_ANEW,
	     TUNNEL "source");
	note(out, !addr_eq(&a->destination, &b->destination), CFG_ANEW,
	     TUNNEL "destination");
	note(out, a->mode != b->mode, CFG_ANEW, TUNNEL "mode");
	note(out, text_differs(a->tunnel_vrf, b->tunnel_vrf), CFG_ANEW,
	     TUNNEL "vrf");
	note(out, text_differs(a->profile->name, b->profile->name), CFG_ANEW,
	     TUNNEL "protection.ipsec-profile");
	note(out, text_differs(a->policy, b->policy) ||
	     a->policy_family != b->policy_family, CFG_ANEW,
	     a->policy_family == AF_INET6 || b->policy_family == AF_INET6 ?
	     TUNNEL "protection.policy-ipv6" :
	     TUNNEL "protection.policy-ipv4");
	note(out, acl_differs(a, b), CFG_ANEW, "access-lists");
	note(out, a->single_sa != b->single_sa, CFG_NOW,
	     TUNNEL "protection.single-sa");
	diff_ipsec_profile(a->profile, b->profile, &b->destination, out);
	diff_link(a, b, out);
	if (*b->source_iface)
		diff_policies(before, after, out);
	else
		diff_policy(cfg_policy_of(before, a), cfg_policy_of(after, b),
			    out);
}

/* ----------------------------------------------------------------- general */

#define IKEV2	"ikev2."

static bool sks_differ(const struct cfg *a, const struct cfg *b)
{
	unsigned int i;

	if (a->sks_profile_count != b->sks_profile_count)
		return true;
	for (i = 0; i < a->sks_profile_count; i++)
		if (!sks_options_equal(&a->sks_profiles[i],
				       &b->sks_profiles[i]))
			return true;
	return false;
}

void cfg_diff_general(const struct cfg *before, const struct cfg *after,
		      struct cfg_diff *out)
{
	const struct cfg *a = before, *b = after;

	memset(out, 0, sizeof(*out));
	note(out, a->fips_mode != b->fips_mode, CFG_NOW, "fips-mode");
	note(out, a->log_level != b->log_level, CFG_NOW, "log-level");
	note(out, sks_differ(a, b), CFG_NOW, "sks-profiles");
	note(out, a->retransmit.tries != b->retransmit.tries, CFG_NOW,
	     IKEV2 "retransmit-tries");
	note(out, a->retransmit.timeout_ms != b->retransmit.timeout_ms,
	     CFG_NOW, IKEV2 "retransmit-timeout");
	note(out, a->fragmentation != b->fragmentation, CFG_LATER,
	     IKEV2 "fragmentation");
	note(out, a->fragment_size != b->fragment_size, CFG_NOW,
	     IKEV2 "fragment-size");
	note(out, a->signature_sha1 != b->signature_sha1, CFG_LATER,
	     IKEV2 "signature-sha1");
	note(out, a->extra_dh_groups != b->extra_dh_groups, CFG_NOW,
	     IKEV2 "extra-dh-groups");
	note(out, a->quick_crash_detection != b->quick_crash_detection,
	     CFG_NOW, IKEV2 "quick-crash-detection");
	note(out, a->cookie_threshold != b->cookie_threshold, CFG_NOW,
	     IKEV2 "cookie-threshold");
	note(out, a->half_open_limit != b->half_open_limit, CFG_NOW,
	     IKEV2 "half-open-limit");
	note(out, a->half_open_per_address != b->half_open_per_address,
	     CFG_NOW, IKEV2 "half-open-limit-per-address");
	note(out, a->workers != b->workers, CFG_NOW, IKEV2 "workers");
}
