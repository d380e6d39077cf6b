/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What FIPS mode makes of a configured tunnel. The configuration is kept as it
 * is: what is not admitted is left out of negotiations, and a tunnel of which
 * nothing is left stays down.
 */
#ifndef AGENT_CONFIG_FIPS_H
#define AGENT_CONFIG_FIPS_H

#include "config/config.h"

#define CFG_FIPS_TEXT	160

/** struct cfg_finding - one thing that FIPS mode does not admit */
struct cfg_finding {
	bool fatal;			/* without it the tunnel stays down */
	char text[CFG_FIPS_TEXT];	/* what is there */
	const char *setting;		/* to change, in configuration words */
};

typedef void (*cfg_finding_fn)(void *arg, const struct cfg_finding *finding);

/**
 * cfg_fips_review - look at all a tunnel refers to
 * @iface: an interface of @cfg
 * @fn: called for each finding, in the order of a negotiation; or NULL
 *
 * Return: whether it can come up in FIPS mode, as far as this side knows.
 */
bool cfg_fips_review(const struct cfg *cfg, const struct cfg_iface *iface,
		     cfg_finding_fn fn, void *arg);
/* What is asked of every certificate, ours and the peer's, to its anchor. */
extern const struct facts_rule cfg_fips_rule;
/* Are the keys of a keyring's peer admitted? */
bool cfg_fips_admits_peer(const struct cfg_peer *peer);
/* Is a PPK, if it is a manual one? */
bool cfg_fips_admits_ppk(const struct cfg_ppk *ppk);

#endif
