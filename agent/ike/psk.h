/* SPDX-License-Identifier: GPL-2.0 */
/*
 * AUTH values of pre-shared keys (RFC 7296 section 2.15).
 */
#ifndef AGENT_IKE_PSK_H
#define AGENT_IKE_PSK_H

#include "ike/sa.h"

/* What the initiator or the responder of @sa signs with @psk. */
int psk_auth(struct ike_sa *sa, bool of_initiator, const struct secret *psk,
	     struct view id, struct buf *out);
/**
 * psk_verify - does the peer know the key?
 * @psk: NULL when there is none: it takes the time of a wrong one
 * @id: body of the peer's ID payload
 * @theirs: its AUTH value
 *
 * Return: 0; ERR_AUTH when the values differ or there is no key.
 */
int psk_verify(struct ike_sa *sa, const struct secret *psk, struct view id,
	       struct view theirs);

#endif
