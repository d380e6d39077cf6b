/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the peer is: the path that messages take, and when it is followed to
 * another one (RFC 7296 sections 2.11 and 2.23).
 */
#ifndef AGENT_IKE_PATH_H
#define AGENT_IKE_PATH_H

#include "ike/fsm.h"

/*
 * A verified message that was not seen before: proof of life and, if there is
 * a NAT before the peer and none before us, of where the peer is now.
 */
void path_verified(struct ike_sa *sa, const struct rx *rx);
/*
 * The kernel saw an authentic ESP packet from @remote. The next request goes
 * there too; its answer decides.
 */
void path_candidate(struct ike_sa *sa, const struct endpoint *remote);

#endif
