/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Quick crash detection (RFC 6290). Each side gives the other a token that it
 * can make again from the SPIs and a secret that outlives it. A side that has
 * lost an IKE SA shows the token, and the other need not wait for silence.
 */
#ifndef AGENT_IKE_QCD_H
#define AGENT_IKE_QCD_H

#include "ike/fsm.h"

#define QCD_TOKEN_LEN	16	/* what we make */
#define QCD_TOKEN_MIN	16
#define QCD_TOKEN_MAX	128
#define QCD_SECRET_LEN	32
/* An unproven INVALID_IKE_SPI makes us ask the peer at most this often. */
#define QCD_HINT_MS	10000

/* Our token for @sa, if the configuration says so. Return: 0 or ERR_*. */
int qcd_put(const struct ike_sa *sa, struct msg_writer *w);
/* Keep the peer's token, if there is one in @rx. */
void qcd_take(struct ike_sa *sa, const struct rx *rx);
/*
 * A protected request for an IKE SA that we do not have: say so, with the
 * token. Limited in rate, and never longer than the request.
 */
void qcd_show(struct ike *ike, const struct rx *rx);
/*
 * A message in clear for @sa: believed if it carries the peer's token, else a
 * reason to ask the peer at most. May free @sa.
 */
void qcd_receive_clear(struct ike_sa *sa, const struct rx *rx);

#endif
