/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who the peer is: identities, and the keyring entry that has his key.
 */
#ifndef AGENT_IKE_PEER_H
#define AGENT_IKE_PEER_H

#include "config/config.h"
#include "proto/payload.h"

#define PEER_ID_STR	256

/*
 * Our ID payload body: type, three zero octets, data. @own: the trustpoint we
 * prove ourselves by, or NULL: without a configured identity its certificate
 * says whether we are our address or the certificate's subject.
 */
void peer_local_id(const struct cfg_ike_profile *profile,
		   const struct addr *source, const struct trust *own,
		   struct buf *body);
/* Does the identity match one configured entry? */
bool peer_identity_matches(const struct cfg_identity *want,
			   const struct id_pl *id);
/* Is it one that the profile expects? */
bool peer_profile_matches(const struct cfg_ike_profile *profile,
			  const struct id_pl *id);
/* Text of what the profile expects, for messages. */
const char *peer_profile_str(const struct cfg_ike_profile *profile,
			     char *buf, size_t size);
/**
 * peer_find_key - the keyring entry for a peer
 * @keyring: of the profile; NULL: there is none
 * @id: the peer's identity on the responder, NULL on the initiator, where the
 *	entry is found by address alone
 * @remote: outer address of the peer
 *
 * The closest entry: the FQDN before a domain, the longer domain, the longer
 * mask; by identity first, by address when no identity fits.
 *
 * Return: the entry, or NULL.
 */
const struct cfg_peer *peer_find_key(const struct cfg_keyring *keyring,
				     const struct id_pl *id,
				     const struct addr *remote);
/* "198.51.100.1" or "RouterA.example.com", escaped. */
const char *peer_id_str(struct view body, char buf[PEER_ID_STR]);

#endif
