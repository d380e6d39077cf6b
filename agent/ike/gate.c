// SPDX-License-Identifier: GPL-2.0
/*
 * The gate of FIPS mode, and its switch.
 */

#include "ike/gate.h"

#include <stdio.h>
#include <string.h>

#include "config/fips.h"
#include "fips/fips.h"
#include "ike/ghost.h"
#include "ike/tunnel.h"

/* --------------------------------------------------------------- proposals */

static bool lists(const struct proposal *p, uint8_t type)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (p->xform[i].type == type)
			return true;
	return false;
}

/* Return: false when nothing is left of a type that was there. */
static bool strip(struct proposal *p)
{
	const struct proposal before = *p;
	unsigned int i, kept = 0;

	for (i = 0; i < p->count; i++) {
		const struct xform *x = &before.xform[i];

		if (fips_admits_transform(x->type, x->id, x->key_bits))
			p->xform[kept++] = *x;
	}
	p->count = kept;
	for (i = 0; i < before.count; i++)
		if (!lists(p, before.xform[i].type))
			return false;
	return true;
}

void gate_proposals(bool fips, struct proposals *list)
{
	unsigned int i, kept = 0;

	if (!fips)
		return;
	for (i = 0; i < list->count; i++) {
		if (!strip(&list->p[i]))
			continue;
		if (kept != i)
			list->p[kept] = list->p[i];
		list->p[kept].number = (uint8_t)(kept + 1);
		kept++;
	}
	list->count = kept;
}

bool gate_explain(bool fips, const struct proposals *ours,
		  const struct proposals *open,
		  const struct proposals *theirs, uint8_t protocol,
		  bool skip_ke, char our_text[PROPOSAL_WHY],
		  char their_text[PROPOSAL_WHY])
{
	struct proposal chosen;

	if (!fips ||
	    proposal_choose(open, theirs, protocol, skip_ke, &chosen)) {
		proposal_explain(ours, theirs, protocol, our_text, their_text);
		return false;
	}
	proposal_list(ours, protocol, our_text);
	if (!ours->count)
		snprintf(our_text, PROPOSAL_WHY, "nothing that it admits");
	proposal_list(theirs, protocol, their_text);
	return true;
}

/* ------------------------------------------------------------------ tunnels */

/* The first finding that is fatal. */
static void keep_fatal(void *arg, const struct cfg_finding *f)
{
	struct cfg_finding *first = arg;

	if (f->fatal && !first->fatal)
		*first = *f;
}

bool gate_admits_tunnel(struct tunnel *t)
{
	struct cfg_finding first = { .fatal = false };
	char setting[FAILURE_VALUE];

	if (!t->ike->fips ||
	    cfg_fips_review(t->ike->cfg, t->cfg, keep_fatal, &first))
		return true;
	snprintf(setting, sizeof(setting), "%s, or " GATE_SETTING,
		 first.setting);
	tunnel_fail(t, &t->log, FAILURE_FIPS, STAGE_CONFIG, first.text, NULL,
		    setting);
	return false;
}

bool gate_admits_sa(const struct ike_sa *sa)
{
	return sa->fips || !sa->ike->fips;
}

bool gate_admits_rekey(const struct cfg_ipsec_profile *profile)
{
	const struct cfg_addke *a = &profile->addke;
	unsigned int i;

	if (profile->pfs && !profile->pfs->fips)
		return false;
	for (i = 0; i < a->count; i++)
		if (!a->ke[i]->fips && !a->optional)
			return false;
	return true;
}

/* -------------------------------------------------------------------- keys */

bool gate_admits_ppk(const struct ike *ike, const struct cfg_ppk *ppk,
		     struct failure *why)
{
	if (!ike->fips || !ppk || cfg_fips_admits_ppk(ppk))
		return true;
	why->reason = FAILURE_FIPS;
	snprintf(why->ours, sizeof(why->ours),
		 "PPK %s of less than %u octets", ppk->id, FIPS_KEY_MIN);
	snprintf(why->setting, sizeof(why->setting),
		 "keyrings: peers: ppk, or " GATE_SETTING);
	return false;
}

bool gate_admits_peer(const struct ike *ike, const struct cfg_keyring *keyring,
		      const struct cfg_peer *peer, struct failure *why)
{
	if (!ike->fips || cfg_fips_admits_peer(peer))
		return true;
	why->reason = FAILURE_FIPS;
	snprintf(why->ours, sizeof(why->ours),
		 "keyring %s, peer %s: a key of less than %u octets",
		 keyring->name, peer->name, FIPS_KEY_MIN);
	snprintf(why->setting, sizeof(why->setting), "keyrings: peers, or "
		 GATE_SETTING);
	return false;
}

bool gate_admits_source_key(const struct ike *ike, const struct secret *key)
{
	return !ike->fips || secret_len(key) >= FIPS_SOURCE_KEY_MIN;
}

/* ------------------------------------------------------------------ switch */

/*
 * The child SAs are gone now, the peer is told in the background. Somebody who
 * is only about to be let in learns in IKE_AUTH.
 */
static void end_sessions(struct tunnel *t)
{
	if (t->sa->state == IKE_ESTABLISHED)
		tunnel_fail(t, &t->log, FAILURE_FIPS_ENABLED,
			    STAGE_INFORMATIONAL, NULL, NULL, NULL);
	ghost_part(t);
	tunnel_retry(t, true);
}

void ike_set_fips(struct ike *ike, bool on)
{
	struct tunnel *t;

	if (ike->fips == on)
		return;
	ike->fips = on;
	log_notice(NULL, "FIPS mode is %s", on ? "enabled: all sessions end, and come back only as far as it admits them" :
		   "disabled: sessions stay as they are");
	list_for_each(t, &ike->tunnels, struct tunnel, list) {
		if (!t->sa)
			tunnel_retry(t, true);
		else if (on)
			end_sessions(t);
	}
}
