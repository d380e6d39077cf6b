// SPDX-License-Identifier: GPL-2.0
/*
 * The configurations of an exchange test, from what its setup says.
 */

#include "world.h"

#include <stdio.h>
#include <string.h>

static const char *or(const char *value, const char *otherwise)
{
	return value ? value : otherwise;
}

#define TEXT_ROOM	32768	/* of a configuration */

/* Offers nobody wants, behind the one that is chosen. */
#define MORE_SETS							\
	", { name = \"t2\"; transform = [ \"esp-aes\", \"esp-hmac-sha1\" ]; }" \
	", { name = \"t3\"; transform = [ \"esp-192-aes\", \"esp-hmac-sha1\" ]; }" \
	", { name = \"t4\"; transform = [ \"esp-aes\", \"esp-hmac-sha-384\" ]; }" \
	", { name = \"t5\"; transform = [ \"esp-aes\", \"esp-hmac-sha-512\" ]; }"

/* The keyring's only peer, or those of the setup. */
static void peers_text(const struct setup *s, bool is_b, char *out, size_t n)
{
	const char *remote = is_b ? ADDR_A : ADDR_B;
	const char *given = is_b ? s->peers_b : s->peers_a;
	const char *peer_id = is_b ? s->id_a : s->id_b;
	char identity[300] = "";

	if (peer_id)
		snprintf(identity, sizeof(identity),
			 "identity: { fqdn = \"%s\"; };", peer_id);
	if (given)
		snprintf(out, n, "%s", given);
	else
		snprintf(out, n, "{ name = \"peer\"; address = \"%s\"; %s "
			 "pre-shared-key = \"%s\"; }", remote, identity,
			 is_b ? or(s->psk_b, "cisco123") :
				or(s->psk_a, "cisco123"));
}

/* The access list and what the interface says of it, if there is one. */
static void acl_text(const struct setup *s, bool is_b, char *list, size_t n,
		     const char **policy)
{
	const char *entries = is_b ? s->acl_b : s->acl_a;

	*list = '\0';
	*policy = "";
	if (!entries)
		return;
	snprintf(list, n, "access-lists = ( { name = \"acl\"; entries = ( %s ); } );\n",
		 entries);
	*policy = " policy-ipv4 = \"acl\"; single-sa = true;";
}

static void identity_text(const struct setup *s, bool is_b, char *out,
			  size_t n)
{
	const char *id = is_b ? s->id_b : s->id_a;

	out[0] = '\0';
	if (is_b ? s->local_b : s->local_a)
		snprintf(out, n, "local-identity: { %s };",
			 is_b ? s->local_b : s->local_a);
	else if (id)
		snprintf(out, n, "local-identity: { fqdn = \"%s\"; };", id);
}

static void config_text(const struct setup *s, bool is_b, char *out, size_t n)
{
	const char *local = is_b ? ADDR_B : s->nat ? ADDR_A_INSIDE : ADDR_A;
	const char *remote = is_b ? ADDR_A : ADDR_B;
	const char *peer_id = is_b ? s->id_a : s->id_b;
	bool passive = is_b ? !s->b_initiates : s->a_responds_only;
	unsigned int life = s->lifetime ? s->lifetime : 86400;
	unsigned int ike_life = s->ike_lifetime ? s->ike_lifetime : 86400;
	const char *more = is_b && s->ikev2_b ? s->ikev2_b : or(s->ikev2, "");
	char match[300], local_id[300], peers[2048], acl[512];
	const char *policy;

	snprintf(match, sizeof(match), "{ address = \"%s\"; }",
		 is_b && s->nat ? ADDR_A_INSIDE : remote);
	peers_text(s, is_b, peers, sizeof(peers));
	acl_text(s, is_b, acl, sizeof(acl), &policy);
	if (peer_id)
		snprintf(match, sizeof(match), "{ fqdn = \"%s\"; }", peer_id);
	if (is_b && s->match_b_own)
		snprintf(match, sizeof(match), "%s", s->match_b_own);
	if (!is_b && s->match_b)
		snprintf(match, sizeof(match), "%s", s->match_b);
	identity_text(s, is_b, local_id, sizeof(local_id));
	snprintf(out, n,
"%s%s%sikev2: { %s\n"
"  proposals = ( { name = \"p\"; encryption = [ %s ];%s%s%s\n"
"                  prf = [ %s ]; dh-group = [ %s ]; } %s );\n"
"  policies = ( %s { name = \"pol\"; match: { address-local = [ \"%s\" ]; fvrf = \"any\"; };\n"
"                 proposals = [ \"p\" ]; } );\n"
"  profiles = ( { name = \"prof\"; keyring = \"k\"; lifetime = %u; %s %s\n"
"                 %s\n"
"                 match-identity-remote = ( %s ); } %s );\n"
"};\n"
"keyrings = ( { name = \"k\"; peers = ( %s ); } %s );\n"
"ipsec: {\n"
"  transform-sets = ( { name = \"t\"; mode = \"tunnel\"; transform = [ %s ]; }%s );\n"
"  profiles = ( { name = \"ip\"; ikev2-profile = \"prof\"; %s %s%s%s\n"
"                 security-association-lifetime = %u;\n"
"                 transform-sets = [ \"t\"%s ]; responder-only = %s; } );\n"
"};\n"
"interfaces = ( { name = \"tunnel-ip1\"; ipv4-address = \"192.0.2.%d 255.255.255.0\";\n"
"  tunnel: { mode = \"ipsec ipv4\"; source = \"%s\"; destination = \"%s\";\n"
"            protection: { ipsec-profile = \"ip\";%s }; }; } );\n",
		or(is_b ? s->top_b : s->top_a, ""),
		(is_b ? s->fips_b : s->fips_a) ? "fips-mode = true;\n" : "", acl, more,
		or(s->encr, "\"aes-cbc-256\""),
		s->integ || !s->encr ? " integrity = [ " : "",
		s->integ ? s->integ : s->encr ? "" : "\"sha-256\"",
		s->integ || !s->encr ? " ];" : "",
		or(s->prf, "\"sha-256\""),
		is_b && s->b_dh ? s->b_dh : or(s->dh, "19"),
		is_b ? or(s->proposals_b, "") : "",
		is_b ? or(s->policies_b, "") : "", local, ike_life,
		or(s->profile, ""), local_id,
		or(is_b ? s->auth_b : s->auth_a,
		   "authentication: { local = \"pre-shared\"; remote = [ \"pre-shared\" ]; };"),
		match,
		is_b ? or(s->profiles_b, "") : "", peers,
		or(is_b ? s->keyrings_b : s->keyrings_a, ""),
		is_b && s->b_transform ? s->b_transform :
		"\"esp-256-aes\", \"esp-hmac-sha-256\"",
		s->long_auth ? MORE_SETS : "",
		is_b && s->ipsec_b ? s->ipsec_b : or(s->ipsec, ""),
		s->pfs ? "pfs = \"" : "", s->pfs ? s->pfs : "",
		s->pfs ? "\";" : "", life,
		s->long_auth ? ", \"t2\", \"t3\", \"t4\", \"t5\"" : "",
		passive ? "true" : "false",
		is_b ? 2 : 1, local, remote, policy);
}

/* The first of each pair is replaced by the second. */
static void edit(char *text, size_t n, const char *const *edits)
{
	char rest[TEXT_ROOM], *at;

	for (; edits && *edits; edits += 2) {
		at = strstr(text, edits[0]);
		if (!at)
			fail_msg("\"%s\" is not in the configuration",
				 edits[0]);
		snprintf(rest, sizeof(rest), "%s", at + strlen(edits[0]));
		snprintf(at, n - (size_t)(at - text), "%s%s", edits[1], rest);
	}
}

struct cfg *world_config(const struct setup *setup, bool is_b,
			 const char *const *edits)
{
	static const struct setup plain;
	char text[TEXT_ROOM], error[CFG_ERROR];
	struct cfg *cfg;

	config_text(setup ? setup : &plain, is_b, text, sizeof(text));
	edit(text, sizeof(text), edits);
	cfg = cfg_load_text(text, "edited", error);
	if (!cfg)
		fail_msg("%s", error);
	return cfg;
}
