/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fresh post-quantum preshared keys for an SA that CREATE_CHILD_SA makes (RFC
 * 9867 section 3.2): its keys come from SK_d' = prf+(PPK, SK_d).
 */
#ifndef AGENT_IKE_PPK_REKEY_H
#define AGENT_IKE_PPK_REKEY_H

#include "ike/msgid.h"
#include "ike/ppk.h"

/**
 * ppk_rekey_get - a fresh key for a request of ours, if one is wanted
 * @kind: the task that is begun
 *
 * A source that gives none does not keep the SA from being rekeyed without a
 * fresh one; that is an alarm.
 * Return: 0, or ERR_AGAIN when @resume will be called.
 */
int ppk_rekey_get(struct ike_sa *sa, enum task_kind kind,
		  void (*resume)(struct ike_sa *sa));
/* N(PPK_IDENTITY_KEY) when there is a key; @ni is the request's nonce. */
int ppk_rekey_put(struct ike_sa *sa, struct view ni, struct reply *r);
/*
 * The response to it. Return: 0 with @sk_d the SK_d' to be used, to be freed,
 * or NULL when it is SK_d as ever; ERR_SYNTAX when the peer takes what was not
 * offered.
 */
int ppk_rekey_take(struct ike_sa *sa, const struct rx *rx,
		   struct secret **sk_d);

/*
 * The exchange of ours that the key was for is over. Before anything else is
 * begun, which may ask for a key of its own; the peer's is left alone.
 */
void ppk_rekey_over(struct ike_sa *sa);

/* Is the PPK, if any, not one that a request of our own is about? */
bool ppk_rekey_is_peers(const struct ike_sa *sa);
/* Responder: get the key that is named, if a source has to be asked. */
int ppk_rekey_wait(struct ike_sa *sa, const struct rx *rx,
		   void (*resume)(struct ike_sa *sa));
/* Responder: N(PPK_IDENTITY) if one of the names is right; @sk_d as above. */
int ppk_rekey_answer(struct ike_sa *sa, const struct rx *rx, struct view ni,
		     struct reply *r, struct secret **sk_d);

#endif
