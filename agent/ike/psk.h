/* SPDX-License-Identifier: GPL-2.0 */
/*
 * AUTH values of pre-shared keys (RFC 7296 section 2.15).
 */
#ifndef AGENT_IKE_PSK_H
#define AGENT_IKE_PSK_H

#include "ike/sa.h"

/** struct auth_input - what goes into an AUTH value beside the identity */
struct auth_input {
	struct view message;	/* the signer's IKE_SA_INIT */
	struct view nonce;	/* the other side's */
	const struct secret *sk_p;
};

struct auth_input auth_input(const struct ike_sa *sa, bool of_initiator);
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
