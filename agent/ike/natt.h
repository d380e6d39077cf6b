/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NAT detection (RFC 7296 section 2.23): hashes of the addresses each side
 * believes in.
 */
#ifndef AGENT_IKE_NATT_H
#define AGENT_IKE_NATT_H

#include "ike/fsm.h"

/* Add both NAT_DETECTION notifies for a message sent along @path. */
int natt_put(struct msg_writer *w, const struct net_path *path, uint64_t spi_i,
	     uint64_t spi_r);
/* Does the peer detect NATs? An answer has the notifies only if the request had. */
bool natt_asked(const struct rx *rx);
/*
 * Compare the peer's notifies with what we see: who is behind a NAT? Absent
 * notifies mean nobody is.
 */
void natt_take(struct ike_sa *sa, const struct rx *rx);

#endif
