/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration of key sources.
 */
#ifndef AGENT_CONFIG_SKS_H
#define AGENT_CONFIG_SKS_H

#include "config/keys.h"

extern const struct section section_sks_profiles;

/* References to profiles; which of them serve tunnels that initiate. */
void check_sks(struct loader *ld, const struct node *root);

#endif
