// SPDX-License-Identifier: GPL-2.0
/*
 * Trustpoints: from names of files to what the files hold, and the judgements
 * about profiles that use them.
 */

#include "config/trustpoint.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "config/check.h"
#include "config/fips.h"
#include "config/load.h"
#include "config/value.h"
#include "pki/key.h"

/* ----------------------------------------------------------------- setters */

static void put_path(struct loader *ld, const struct value *v, void *obj,
		     const char *dir)
{
	char *at = (char *)obj + v->key->offset;

	if (snprintf(at, CFG_FILE, "%s%s", *v->text == '/' ? "" : dir,
		     v->text) >= CFG_FILE)
		value_problem(ld, v, "is too long together with the directory "
			      "of the configuration file; expected at most %u "
			      "characters", CFG_FILE - 1);
}

void value_trust_file(struct loader *ld, const struct value *v, void *obj)
{
	put_path(ld, v, obj, ld->dir);
}

void value_trust_key(struct loader *ld, const struct value *v, void *obj)
{
	put_path(ld, v, obj, key_is_uri(v->text) ? "" : ld->dir);
}

void value_key_password(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_trustpoint *t = obj;

	t->key_password = secret_new(v->text, strlen(v->text));
	if (!t->key_password)
		value_problem(ld, v, "does not fit into memory");
}

/* ------------------------------------------------------------- trustpoints */

/** struct saying - where the messages about one trustpoint belong */
struct saying {
	struct loader *ld;
	const struct node *group;
	const struct cfg_trustpoint *t;
};

static const char *part_key(enum trust_part part)
{
	switch (part) {
	case TRUST_PART_CERTIFICATE:
		return "certificate";
	case TRUST_PART_KEY:
		return "private-key";
	case TRUST_PART_CRL:
		return "crl";
	default:
		return "ca-certificates";
	}
}

static void said(void *arg, enum trust_part part, bool fatal, const char *text)
{
	const struct saying *s = arg;
	const char *key = part_key(part);
	const struct node *node = node_member(s->group, key);
	char name[QUOTE];

	/* A URI may hold a PIN: no more than its scheme is shown. */
	if (part == TRUST_PART_KEY && key_is_uri(node_text(node)))
		snprintf(name, sizeof(name), "%.*s:...",
			 (int)strcspn(node_text(node), ":") % 32,
			 node_text(node));
	else
		quote(node_text(node), name);
	if (fatal)
		node_problem(s->ld, node, "trustpoints.%s \"%s\" %s", key,
			     name, text);
	else
		node_warning(s->ld, node, "trustpoints.%s \"%s\": %s", key,
			     name, text);
}

static bool parts_fit(struct loader *ld, const struct node *node,
		      struct cfg_trustpoint *t)
{
	unsigned int before = ld->problems->count;

	if (*t->certificate && !*t->key)
		node_problem(ld, node, "trustpoint \"%s\" has a certificate "
			     "and no private-key; expected both or neither",
			     t->name);
	if (!*t->certificate && (*t->key || t->key_password))
		node_problem(ld, node, "trustpoint \"%s\" has a private-key "
			     "and no certificate; expected both or neither",
			     t->name);
	if (t->has_revocation && t->revocation == TRUST_CRL && !*t->crl)
		node_problem(ld, node, "trustpoint \"%s\" has "
			     "revocation-check \"crl\" and no crl, and could "
			     "not let anybody in; expected the name of a file",
			     t->name);
	if (t->has_revocation && t->revocation == TRUST_NO_CHECK && *t->crl)
		node_problem(ld, node, "trustpoint \"%s\" has a crl that "
			     "revocation-check \"none\" makes useless; "
			     "expected \"crl\" or \"crl none\"", t->name);
	if (!t->has_revocation)
		t->revocation = *t->crl ? TRUST_CRL : TRUST_NO_CHECK;
	return ld->problems->count == before;
}

void check_trustpoint(struct loader *ld, const struct node *node, void *obj)
{
	struct cfg_trustpoint *t = obj;
	struct saying arg = { ld, node, t };
	struct trust_files files = {
		.ca = t->ca, .certificate = t->certificate, .key = t->key,
		.crl = t->crl,
	};

	if (!parts_fit(ld, node, t))
		return;
	files.password = t->key_password;
	files.revocation = t->revocation;
	files.pss = t->pss;
	t->trust = trust_load(&files, time(NULL), said, &arg);
	/* It has done what it was for. */
	secret_clear(&t->key_password);
}

/*
 * With the mode in the file it is said at once. It may be switched on later:
 * then the tunnel and `tunctl fips check` say it.
 */
void check_fips_certificates(struct loader *ld, const struct node *root)
{
	const struct node *list = node_member(root, "trustpoints");
	const struct cfg *cfg = ld->cfg;
	char why[TRUST_STR];
	unsigned int i;

	for (i = 0; cfg->fips_mode && i < cfg->trustpoint_count; i++) {
		const struct cfg_trustpoint *t = &cfg->trustpoints[i];

		if (t->trust && trust_can_sign(t->trust) &&
		    !trust_own_keeps(t->trust, &cfg_fips_rule, why))
			node_warning(ld, node_child(list, i), "trustpoint "
				     "\"%s\" cannot be used in FIPS mode: %s; "
				     "expected RSA of 2048 bits or more or ECDSA, "
				     "signed with SHA2", t->name, why);
	}
}

/* ---------------------------------------------------------------- profiles */

static bool key_is_of(const struct cfg_trustpoint *t, enum cfg_auth auth)
{
	enum pkey_kind kind;

	if (!t->trust || !trust_can_sign(t->trust))
		return false;
	kind = pkey_info(trust_key(t->trust))->kind;
	return auth == CFG_AUTH_ECDSA ? kind == PKEY_EC :
	       auth == CFG_AUTH_RSA && (kind == PKEY_RSA ||
					kind == PKEY_RSA_PSS);
}

const struct cfg_trustpoint *
cfg_own_trustpoint(const struct cfg_ike_profile *p, struct view hashes,
		   bool fips)
{
	const struct cfg_trustpoint *first = NULL;
	char why[TRUST_STR];
	unsigned int i;

	for (i = 0; i < p->trustpoint_count; i++) {
		if (!key_is_of(p->trustpoints[i], p->auth_local))
			continue;
		if (fips && !trust_own_keeps(p->trustpoints[i]->trust,
					     &cfg_fips_rule, why))
			continue;
		if (trust_is_wanted(p->trustpoints[i]->trust, hashes))
			return p->trustpoints[i];
		if (!first)
			first = p->trustpoints[i];
	}
	return first;
}

static void need_keyring(struct loader *ld, const struct node *node,
			 const struct cfg_ike_profile *p)
{
	bool used = p->auth_local == CFG_AUTH_PSK ||
		    p->auth_remote & CFG_AUTH_PSK;

	if (used && !p->keyring)
		node_problem(ld, node, "ikev2.profiles.keyring is missing in "
			     "\"%s\"; expected the name of a keyring, because "
			     "pre-shared is one of its methods", p->name);
}

static void need_trustpoints(struct loader *ld, const struct node *node,
			     const struct cfg_ike_profile *p)
{
	bool used = (p->auth_local | p->auth_remote) & CFG_AUTH_SIGNATURES;

	if (used && !p->trustpoint_count)
		node_problem(ld, node, "ikev2.profiles.trustpoints is missing "
			     "in \"%s\"; expected an array of names, because "
			     "certificates are one of its methods", p->name);
	if (!used && p->trustpoint_count)
		node_problem(ld, node, "ikev2.profiles.trustpoints has no use "
			     "in \"%s\"; expected no such setting, because "
			     "its methods are pre-shared", p->name);
}

/* Is the identity that is written one that the certificate vouches for? */
static bool vouches(const struct cfg_trustpoint *t,
		    const struct cfg_identity *id)
{
	switch (id->kind) {
	case CFG_ID_FQDN:
		return trust_own_has_id(t->trust, ID_FQDN, (struct view){
				(const uint8_t *)id->name, strlen(id->name) });
	case CFG_ID_ADDRESS:
		return trust_own_has_id(t->trust, ID_IPV4_ADDR, (struct view){
				id->prefix.addr.octets,
				addr_len(&id->prefix.addr) });
	default:
		return true;
	}
}

/* Whoever verifies us will look for the identity in the certificate. */
static void need_own(struct loader *ld, const struct node *node,
		     const struct cfg_ike_profile *p)
{
	const struct cfg_identity *id = &p->local_identity;
	unsigned int i, fit = 0;

	if (!(p->auth_local & CFG_AUTH_SIGNATURES)) {
		if (id->kind == CFG_ID_DN)
			node_problem(ld, node, "local-identity of ikev2 "
				     "profile \"%s\" is dn, the name in a "
				     "certificate; expected a certificate as "
				     "local method", p->name);
		return;
	}
	for (i = 0; i < p->trustpoint_count; i++) {
		/* One that could not be loaded has been complained about. */
		if (!p->trustpoints[i]->trust)
			fit++;
		if (!key_is_of(p->trustpoints[i], p->auth_local))
			continue;
		fit++;
		if (!vouches(p->trustpoints[i], id))
			node_problem(ld, node, "the certificate of trustpoint "
				     "\"%s\" does not name the local-identity "
				     "of ikev2 profile \"%s\" as subjectAltName; "
				     "expected one that does, peers look for "
				     "it", p->trustpoints[i]->name, p->name);
	}
	if (!fit)
		node_problem(ld, node, "ikev2 profile \"%s\" has no trustpoint "
			     "with an %s certificate and its private-key; "
			     "expected one for %s as local method", p->name,
			     p->auth_local == CFG_AUTH_RSA ? "RSA" : "ECDSA",
			     p->auth_local == CFG_AUTH_RSA ? "rsa-signature" :
			     "ecdsa-signature");
}

void check_signatures(struct loader *ld, const struct node *node,
		      const struct cfg_ike_profile *p)
{
	need_keyring(ld, node, p);
	need_trustpoints(ld, node, p);
	if (p->trustpoint_count || p->local_identity.kind == CFG_ID_DN)
		need_own(ld, node, p);
}
