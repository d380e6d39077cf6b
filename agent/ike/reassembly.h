/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One message that arrives in pieces (RFC 7383 section 2.6): which fragments
 * are there, and when they are all. What is put in has been verified; nothing
 * here knows keys, SAs or the network.
 */
#ifndef AGENT_IKE_REASSEMBLY_H
#define AGENT_IKE_REASSEMBLY_H

#include "proto/payload.h"

/* More than any message of ours needs; a peer gets no more memory than this. */
#define REASSEMBLY_FRAGMENTS	64
#define REASSEMBLY_OCTETS	65535

enum reassembly_verdict {
	REASSEMBLY_WANTED,	/* new: decrypt and add it */
	REASSEMBLY_RESTART,	/* the message was cut anew into more pieces */
	REASSEMBLY_DUPLICATE,
	REASSEMBLY_STALE,	/* of a cut that was given up */
	REASSEMBLY_LIMIT,	/* more pieces than are accepted */
};

/** struct reassembly - the pieces so far */
struct reassembly {
	uint32_t msgid;
	uint16_t total;
	uint16_t have;
	uint8_t first;		/* type of the first payload inside */
	size_t octets;		/* held now */
	size_t largest;		/* datagram among the pieces */
	struct buf part[REASSEMBLY_FRAGMENTS];
};

void reassembly_init(struct reassembly *r, uint32_t msgid, uint16_t total);
/* Wipes the pieces. */
void reassembly_fini(struct reassembly *r);
/*
 * What a fragment is to @r, which may be NULL. Fragments of another message
 * than @r's begin a new one: there is a window of one.
 */
enum reassembly_verdict reassembly_judge(const struct reassembly *r,
					 uint32_t msgid,
					 const struct skf_pl *skf);
/**
 * reassembly_add - keep a verified piece
 * @plain: its inside, taken over
 * @first: NextPayload of its SKF payload; only the first piece's counts
 * @datagram: octets of the message it came in
 *
 * Return: 0, or ERR_LIMIT when the pieces together are too long.
 */
int reassembly_add(struct reassembly *r, const struct skf_pl *skf,
		   uint8_t first, size_t datagram, struct buf *plain);
bool reassembly_complete(const struct reassembly *r);
/* Write the message's inside to @plain. Return: 0 or ERR_NOMEM. */
int reassembly_join(const struct reassembly *r, struct buf *plain);

#endif
