/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Post-quantum preshared keys in IKE_INTERMEDIATE and CREATE_CHILD_SA (RFC
 * 9867). Who has which key, and what happens without, is as in ppk.h.
 */
#ifndef AGENT_IKE_PPK_INT_H
#define AGENT_IKE_PPK_INT_H

#include "ike/intermediate.h"
#include "ike/ppk.h"

/* It belongs into the last IKE_INTERMEDIATE: no other step may follow. */
extern const struct step ppk_int_step;

#endif
