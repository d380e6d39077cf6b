/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Narrowing of traffic selectors (RFC 7296 section 2.9). Pure functions.
 */
#ifndef AGENT_IKE_NARROW_H
#define AGENT_IKE_NARROW_H

#include "config/config.h"
#include "proto/payload.h"

/**
 * narrow - what both sides want, of one direction
 * @ours: our policy
 * @theirs: the peer's offer
 * @out: the intersection, none within another; selectors that name ports are
 *	left out, because the packet path does not look at ports
 *
 * Return: 0 or ERR_TS when nothing is left.
 */
int narrow(const struct ts_list *ours, const struct ts_list *theirs,
	   struct ts_list *out);
/* Does every selector of @inner lie within one of @outer? */
bool narrow_is_subset(const struct ts_list *inner, const struct ts_list *outer);
/* Does one of them stand for certain ports only? */
bool narrow_has_ports(const struct ts_list *list);
/* Everything, of one address family. */
void narrow_any(struct ts_list *out, sa_family_t family);
/* Everything, of the families whose CFG_OVERLAY_* bits are set. */
void narrow_overlay(struct ts_list *out, unsigned int overlay);
bool narrow_is_any(const struct ts_list *list);

#endif
