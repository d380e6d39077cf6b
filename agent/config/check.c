// SPDX-License-Identifier: GPL-2.0
/*
 * Judgements over several settings.
 */

#include "config/check.h"

#include <string.h>
#include <strings.h>

#include "config/load.h"
#include "config/sks.h"
#include "config/trustpoint.h"
#include "config/twins.h"

/* --------------------------------------------------------------- proposals */

static void add_prf_of_integrity(struct cfg_proposal *p)
{
	unsigned int i;

	for (i = 0; i < p->integ_count; i++) {
		const struct alg_prf *prf =
			alg_prf_by_ike_word(p->integ[i]->ike_word);

		if (prf && p->prf_count < CFG_MAX_PRF)
			p->prf[p->prf_count++] = prf;
	}
}

void check_proposal(struct loader *ld, const struct node *node, void *obj)
{
	struct cfg_proposal *p = obj;
	unsigned int i, aead = 0;

	for (i = 0; i < p->encr_count; i++)
		aead += p->encr[i]->aead;
	if (aead < p->encr_count && !p->integ_count)
		node_problem(ld, node, "ikev2.proposals.integrity is missing "
			     "in \"%s\"; expected an array of words, because "
			     "AES-CBC does not authenticate", p->name);
	else if (aead == p->encr_count && p->integ_count)
		node_problem(ld, node, "ikev2.proposals.integrity has no use "
			     "in \"%s\"; expected no such setting, because "
			     "AES-GCM authenticates by itself (the hash of the "
			     "key derivation is set with prf)", p->name);
	else if (!p->prf_count && !p->integ_count)
		node_problem(ld, node, "ikev2.proposals.prf is missing in "
			     "\"%s\"; expected an array of words, because "
			     "there is no integrity to take it from",
			     p->name);
	else if (!p->prf_count)
		add_prf_of_integrity(p);
}

/* They come behind the one of PFS (RFC 9370 section 2.2.3). */
void check_ipsec_profile(struct loader *ld, const struct node *node, void *obj)
{
	struct cfg_ipsec_profile *p = obj;

	if (p->addke.count && !p->pfs)
		node_problem(ld, node, "ipsec.profiles.additional-ke has no "
			     "use in \"%s\" without pfs; expected pfs, the "
			     "key exchange that these follow", p->name);
}

/* -------------------------------------------------------------- identities */

static void check_identity(struct loader *ld, const struct node *node,
			   const struct cfg_identity *id, const char *words)
{
	if (id->kind == CFG_ID_NONE)
		node_problem(ld, node, "an identity is empty; expected %s",
			     words);
}

void check_match_entry(struct loader *ld, const struct node *node, void *obj)
{
	check_identity(ld, node, obj, "address, fqdn, domain, dn or any");
}

void check_local_identity(struct loader *ld, const struct node *node, void *obj)
{
	const struct cfg_ike_profile *profile = obj;

	check_identity(ld, node, &profile->local_identity,
		       "address, fqdn or dn");
}

void check_peer_identity(struct loader *ld, const struct node *node, void *obj)
{
	const struct cfg_peer *peer = obj;

	check_identity(ld, node, &peer->identity, "address, fqdn or domain");
}

void check_ike_profile(struct loader *ld, const struct node *node, void *obj)
{
	const struct cfg_ike_profile *p = obj;
	unsigned int i;

	check_signatures(ld, node, p);

	for (i = 0; i < p->match_remote_count; i++)
		if (p->match_remote[i].kind == CFG_ID_ANY &&
		    p->match_remote_count > 1)
			node_problem(ld, node, "match-identity-remote of "
				     "ikev2 profile \"%s\" has other entries "
				     "beside any; expected any alone, or no "
				     "any", p->name);
}

/* ---------------------------------------------------------------- keyrings */

void check_ppk(struct loader *ld, const struct node *node, void *obj)
{
	const struct cfg_peer *peer = obj;

	if (peer->ppk.kind == CFG_PPK_NONE)
		node_problem(ld, node, "keyrings.peers.ppk is empty; expected "
			     "manual or dynamic");
	else if (peer->ppk.kind == CFG_PPK_MANUAL && !peer->ppk.key)
		node_problem(ld, node, "keyrings.peers.ppk.manual has no key; "
			     "expected key or password");
	else if (peer->ppk.kind == CFG_PPK_MANUAL &&
		 (peer->ppk.rekey_ike || peer->ppk.rekey_child))
		node_problem(ld, node, "keyrings.peers.ppk.rekey has no use "
			     "beside manual, whose key stays what it is; "
			     "expected no such setting");
}

void check_peer(struct loader *ld, const struct node *node, void *obj)
{
	const struct cfg_peer *peer = obj;

	if (!addr_is_set(&peer->address.addr) &&
	    peer->identity.kind == CFG_ID_NONE)
		node_problem(ld, node, "peer \"%s\" can never be found; "
			     "expected address, identity or both", peer->name);
	/* An entry of a keyring that is there for PPKs alone. */
	if (!peer->psk_local && !peer->psk_remote &&
	    peer->ppk.kind != CFG_PPK_NONE)
		return;
	if (!peer->psk_local && !peer->psk_remote)
		node_problem(ld, node, "peer \"%s\" has no key; expected "
			     "pre-shared-key, or password, or both of "
			     "pre-shared-key-local and -remote", peer->name);
	else if (!peer->psk_local || !peer->psk_remote)
		node_problem(ld, node, "peer \"%s\" has no pre-shared-key-%s; "
			     "expected both of pre-shared-key-local and "
			     "-remote", peer->name,
			     peer->psk_local ? "remote" : "local");
}

static int prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	struct addr first_a, first_b, last;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	prefix_range(a, &first_a, &last);
	prefix_range(b, &first_b, &last);
	return addr_cmp(&first_a, &first_b);
}

static int peer_address_cmp(const void *a, const void *b)
{
	const struct cfg_peer *x = a, *y = b;

	return prefix_cmp(&x->address, &y->address);
}

static int peer_identity_cmp(const void *a, const void *b)
{
	const struct cfg_identity *x = &((const struct cfg_peer *)a)->identity;
	const struct cfg_identity *y = &((const struct cfg_peer *)b)->identity;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->kind == CFG_ID_ADDRESS ? prefix_cmp(&x->prefix, &y->prefix) :
	       strcasecmp(x->name, y->name);
}

/** struct peer_twins - where peers that nothing tells apart are reported */
struct peer_twins {
	struct loader *ld;
	const struct node *peers;
	const struct cfg_keyring *keyring;
};

static void twin_address(void *arg, unsigned int earlier, unsigned int later)
{
	const struct peer_twins *t = arg;
	const struct cfg_peer *peers = t->keyring->peers;

	if (addr_is_set(&peers[later].address.addr))
		node_problem(t->ld, node_child(t->peers, later),
			     "peer \"%s\" has the address of peer \"%s\"; "
			     "expected another address or mask",
			     peers[later].name, peers[earlier].name);
}

static void twin_identity(void *arg, unsigned int earlier, unsigned int later)
{
	const struct peer_twins *t = arg;
	const struct cfg_peer *peers = t->keyring->peers;

	if (peers[later].identity.kind != CFG_ID_NONE)
		node_problem(t->ld, node_child(t->peers, later),
			     "peer \"%s\" has the identity of peer \"%s\"; "
			     "expected each identity once in a keyring",
			     peers[later].name, peers[earlier].name);
}

void check_keyring(struct loader *ld, const struct node *node, void *obj)
{
	const struct cfg_keyring *k = obj;
	struct peer_twins arg = { ld, node_member(node, "peers"), k };
	struct twins t = {
		.items = k->peers, .count = k->peer_count,
		.stride = sizeof(*k->peers), .arg = &arg,
		.cmp = peer_address_cmp, .report = twin_address,
	};
	int err = twins_find(&t);

	t.cmp = peer_identity_cmp;
	t.report = twin_identity;
	if (err || twins_find(&t))
		node_problem(ld, node, "keyring \"%s\" does not fit into "
			     "memory", k->name);
}

/* ------------------------------------------------------------------- ipsec */

void check_transform_set(struct loader *ld, const struct node *node, void *obj)
{
	const struct cfg_transform_set *set = obj;

	if (!set->encr)
		node_problem(ld, node, "transform set \"%s\" has no cipher; "
			     "expected one beside the integrity algorithm",
			     set->name);
	else if (set->encr->aead && set->integ)
		node_problem(ld, node, "transform set \"%s\" has an integrity "
			     "algorithm beside AES-GCM; expected the cipher "
			     "alone, it authenticates by itself", set->name);
	else if (!set->encr->aead && !set->integ)
		node_problem(ld, node, "transform set \"%s\" has no integrity "
			     "algorithm; expected one (esp-hmac-...), because "
			     "AES-CBC does not authenticate", set->name);
}

/* -------------------------------------------------------------- interfaces */

static const char *family_str(sa_family_t family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

/* Both ends are of one family, and it is the one that the mode says. */
static void check_families(struct loader *ld, const struct node *node,
			   const struct cfg_iface *iface)
{
	sa_family_t underlay = cfg_underlay(iface);
	bool has_source = addr_is_set(&iface->source);
	char buf[ADDR_STR];

	if (!addr_is_set(&iface->destination))
		return;
	if (iface->destination.family != underlay)
		node_problem(ld, node, "interface %s has the tunnel destination "
			     "%s; expected an %s address, or another mode",
			     iface->name, addr_str(&iface->destination, buf),
			     family_str(underlay));
	else if (has_source && iface->source.family != underlay)
		node_problem(ld, node, "interface %s has the tunnel source %s; "
			     "expected an %s address, or another mode",
			     iface->name, addr_str(&iface->source, buf),
			     family_str(underlay));
	if (addr_is_set(&iface->address.addr) &&
	    !(cfg_overlay(iface) & CFG_OVERLAY_IPV4))
		node_problem(ld, node, "interface %s has an ipv4-address, but "
			     "its mode does not carry IPv4; expected another "
			     "mode, like \"ipsec dual-overlay\"", iface->name);
	if (addr_is_set(&iface->address6.addr) &&
	    !(cfg_overlay(iface) & CFG_OVERLAY_IPV6))
		node_problem(ld, node, "interface %s has an ipv6-address, but "
			     "its mode does not carry IPv6; expected another "
			     "mode, like \"ipsec dual-overlay\"", iface->name);
}

/* The connected route would lead the tunnel into itself. */
static void check_capture(struct loader *ld, const struct node *node,
			  const struct cfg_iface *iface,
			  const struct prefix *inner, const char *setting)
{
	char destination[ADDR_STR];

	if (!addr_is_set(&inner->addr) ||
	    inner->len == addr_len(&inner->addr) * 8 ||
	    strcmp(iface->vrf, iface->tunnel_vrf) != 0 ||
	    !prefix_contains(inner, &iface->destination))
		return;
	node_problem(ld, node, "interface %s has its tunnel destination %s "
		     "inside the network of its %s; expected another network, "
		     "packets to the peer must not enter the tunnel",
		     iface->name, addr_str(&iface->destination, destination),
		     setting);
}

void check_iface(struct loader *ld, const struct node *node, void *obj)
{
	const struct cfg_iface *iface = obj;
	char source[ADDR_STR];

	check_single_sa(ld, node, iface);
	check_policy(ld, node, iface);
	check_reverse_route(ld, node, iface);
	addr_str(&iface->source, source);
	if (addr_eq(&iface->source, &iface->destination))
		node_problem(ld, node, "interface %s has %s as source and as "
			     "destination of its tunnel; expected two "
			     "addresses", iface->name, source);
	check_families(ld, node, iface);
	check_capture(ld, node, iface, &iface->address, "ipv4-address");
	check_capture(ld, node, iface, &iface->address6, "ipv6-address");
}

static const char *source_str(const struct cfg_iface *iface, char buf[ADDR_STR])
{
	return *iface->source_iface ? iface->source_iface :
	       addr_str(&iface->source, buf);
}

static int endpoints_cmp(const void *a, const void *b)
{
	const struct cfg_iface *x = a, *y = b;
	int c = strcmp(x->tunnel_vrf, y->tunnel_vrf);

	if (!c)
		c = strcmp(x->source_iface, y->source_iface);
	if (!c)
		c = addr_cmp(&x->source, &y->source);
	return c ? c : addr_cmp(&x->destination, &y->destination);
}

/** struct iface_twins - where interfaces with the same ends are reported */
struct iface_twins {
	struct loader *ld;
	const struct node *list;
};

static void twin_endpoints(void *arg, unsigned int earlier, unsigned int later)
{
	const struct iface_twins *t = arg;
	const struct cfg_iface *ifaces = t->ld->cfg->ifaces;
	char source[ADDR_STR], destination[ADDR_STR];

	node_problem(t->ld, node_child(t->list, later),
		     "interface %s has the tunnel source %s and destination "
		     "%s of interface %s; expected another pair",
		     ifaces[later].name,
		     source_str(&ifaces[later], source),
		     addr_str(&ifaces[later].destination, destination),
		     ifaces[earlier].name);
}

static bool policy_serves(const struct cfg_policy *policy, const char *fvrf,
			  const struct addr *source)
{
	unsigned int i;

	if (!policy->fvrf_any && strcmp(policy->fvrf, fvrf))
		return false;
	for (i = 0; i < policy->address_local_count; i++)
		if (addr_eq(&policy->address_local[i], source))
			return true;
	return policy->address_local_count == 0 || !addr_is_set(source);
}

const struct cfg_policy *cfg_policy_for(const struct cfg *cfg, const char *fvrf,
					const struct addr *source)
{
	const struct cfg_policy *p;

	for (p = cfg->policies; p < cfg->policies + cfg->policy_count; p++)
		if (policy_serves(p, fvrf, source))
			return p;
	return NULL;
}

const struct cfg_policy *cfg_policy_of(const struct cfg *cfg,
				       const struct cfg_iface *iface)
{
	return cfg_policy_for(cfg, iface->tunnel_vrf, &iface->source);
}

/* Without a policy there is nothing to propose and nothing to accept. */
static void need_policy(struct loader *ld, const struct node *node,
			const struct cfg_iface *iface)
{
	const struct cfg *cfg = ld->cfg;
	char source[ADDR_STR];

	if (cfg_policy_of(cfg, iface))
		return;
	node_problem(ld, node, "no ikev2 policy matches the tunnel source %s "
		     "of interface %s in %s%s; expected one whose "
		     "match.address-local names it, or one without "
		     "address-local, with this VRF or any as match.fvrf",
		     source_str(iface, source), iface->name,
		     *iface->tunnel_vrf ? "VRF " : "the default VRF",
		     iface->tunnel_vrf);
}

/* The profile must be allowed where the tunnel is. */
static void need_fvrf(struct loader *ld, const struct node *node,
		      const struct cfg_iface *iface)
{
	const struct cfg_ike_profile *p = iface->profile->ike_profile;

	if (p->match_fvrf_any || strcmp(p->match_fvrf, iface->tunnel_vrf) == 0)
		return;
	node_problem(ld, node, "interface %s has %s%s as front VRF, where "
		     "ikev2 profile \"%s\" is not used (match-fvrf is %s); "
		     "expected the same VRF, or match-fvrf any", iface->name,
		     *iface->tunnel_vrf ? "VRF " : "the default VRF",
		     iface->tunnel_vrf, p->name,
		     *p->match_fvrf ? p->match_fvrf : "default");
}

/* Who initiates cannot know the peer's identity, only its address. */
static void need_key(struct loader *ld, const struct node *node,
		     const struct cfg_iface *iface)
{
	const struct cfg_ipsec_profile *profile = iface->profile;
	const struct cfg_keyring *keyring = profile->ike_profile->keyring;
	char destination[ADDR_STR];
	unsigned int i;

	if (profile->responder_only || !keyring)
		return;
	for (i = 0; i < keyring->peer_count; i++)
		if (prefix_contains(&keyring->peers[i].address,
				    &iface->destination))
			return;
	node_problem(ld, node, "no peer of keyring \"%s\" has an address that "
		     "covers the tunnel destination %s of interface %s; "
		     "expected one, because this side initiates, or "
		     "responder-only in ipsec profile \"%s\"", keyring->name,
		     addr_str(&iface->destination, destination), iface->name,
		     profile->name);
}

/* ------------------------------------------------------------ extra groups */

#define EXTRA_GROUPS							\
	"expected 19, 20 or 21, or ikev2.extra-dh-groups = true"

static void check_extra_addke(struct loader *ld, const struct node *node,
			      const struct cfg_addke *a, const char *owner,
			      const char *name)
{
	unsigned int k;

	for (k = 0; k < a->count; k++)
		if (!a->ke[k]->is_default && !a->ke[k]->kem)
			node_problem(ld, node, "%s \"%s\" names "
				     "additional-ke %s, an extra group; "
				     EXTRA_GROUPS, owner, name,
				     a->ke[k]->addke_word);
}

static void check_extra_groups(struct loader *ld, const struct node *root)
{
	const struct node *ikev2 = node_member(root, "ikev2");
	const struct node *ipsec = node_member(root, "ipsec");
	const struct cfg *cfg = ld->cfg;
	unsigned int i, k;

	if (cfg->extra_dh_groups)
		return;
	for (i = 0; i < cfg->proposal_count; i++)
		for (k = 0; k < cfg->proposals[i].ke_count; k++)
			if (!cfg->proposals[i].ke[k]->is_default)
				node_problem(ld, node_child(node_member(ikev2,
						"proposals"), i),
					"ikev2 proposal \"%s\" names dh-group "
					"%s, an extra one; " EXTRA_GROUPS,
					cfg->proposals[i].name,
					cfg->proposals[i].ke[k]->word);
	for (i = 0; i < cfg->proposal_count; i++)
		check_extra_addke(ld, node_child(node_member(ikev2,
				  "proposals"), i), &cfg->proposals[i].addke,
				  "ikev2 proposal", cfg->proposals[i].name);
	for (i = 0; i < cfg->ipsec_profile_count; i++)
		check_extra_addke(ld, node_child(node_member(ipsec,
				  "profiles"), i),
				  &cfg->ipsec_profiles[i].addke,
				  "ipsec profile",
				  cfg->ipsec_profiles[i].name);
	for (i = 0; i < cfg->ipsec_profile_count; i++)
		if (cfg->ipsec_profiles[i].pfs &&
		    !cfg->ipsec_profiles[i].pfs->is_default)
			node_problem(ld, node_child(node_member(ipsec,
					"profiles"), i),
				"ipsec profile \"%s\" names pfs %s, an extra "
				"group; " EXTRA_GROUPS,
				cfg->ipsec_profiles[i].name,
				cfg->ipsec_profiles[i].pfs->pfs_word);
}

void check_config(struct loader *ld, const struct node *root)
{
	const struct cfg *cfg = ld->cfg;
	struct iface_twins arg = { ld, node_member(root, "interfaces") };
	struct twins t = {
		.items = cfg->ifaces, .count = cfg->iface_count,
		.stride = sizeof(*cfg->ifaces), .arg = &arg,
		.cmp = endpoints_cmp, .report = twin_endpoints,
	};
	unsigned int i;

	check_extra_groups(ld, root);
	check_sks(ld, root);
	check_fips_certificates(ld, root);
	if (cfg->cookie_threshold > cfg->half_open_limit)
		node_problem(ld, node_member(root, "ikev2"),
			     "ikev2.cookie-threshold is %u and half-open-limit "
			     "%u; expected the threshold not to be above the "
			     "limit, or no cookie is ever asked for",
			     cfg->cookie_threshold, cfg->half_open_limit);
	if (cfg->cookie_threshold >= cfg->half_open_per_address)
		node_problem(ld, node_member(root, "ikev2"),
			     "ikev2.cookie-threshold is %u and "
			     "half-open-limit-per-address %u; expected the "
			     "threshold to be below that limit, or whoever "
			     "forges a peer's address locks the peer out "
			     "before a cookie is asked for",
			     cfg->cookie_threshold, cfg->half_open_per_address);
	for (i = 0; i < cfg->iface_count; i++) {
		need_policy(ld, node_child(arg.list, i), &cfg->ifaces[i]);
		need_fvrf(ld, node_child(arg.list, i), &cfg->ifaces[i]);
		need_key(ld, node_child(arg.list, i), &cfg->ifaces[i]);
	}
	if (twins_find(&t))
		node_problem(ld, root, "the interfaces do not fit into memory");
}
