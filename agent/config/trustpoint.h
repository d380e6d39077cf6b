/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trustpoints, and what a profile that uses certificates must have.
 */
#ifndef AGENT_CONFIG_TRUSTPOINT_H
#define AGENT_CONFIG_TRUSTPOINT_H

struct cfg_ike_profile;
struct loader;
struct node;

/* Methods, keyring, trustpoints and local identity of a profile together. */
void check_signatures(struct loader *ld, const struct node *node,
		      const struct cfg_ike_profile *p);
/* Warnings about own certificates that FIPS mode, if the file has it, refuses. */
void check_fips_certificates(struct loader *ld, const struct node *root);

#endif
