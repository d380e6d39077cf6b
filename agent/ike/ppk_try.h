/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PPKs that an operator asks for to see whether they can be had; no tunnel is
 * touched. What is done is in view.h, ike_ppk_test().
 */
#ifndef AGENT_IKE_PPK_TRY_H
#define AGENT_IKE_PPK_TRY_H

struct ike;

/* Forget all of them. */
void ppk_tries_drop(struct ike *ike);

#endif
