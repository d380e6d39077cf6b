/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The child SA: a pair of ESP SAs, with an outbound state of its own, because
 * a pair may be able to receive long before it may send.
 */
#ifndef AGENT_IKE_CHILD_H
#define AGENT_IKE_CHILD_H

#include "ike/sa.h"

enum child_state {
	CHILD_NEGOTIATING,	/* SPI chosen, nothing installed */
	CHILD_INSTALLED,
	CHILD_REKEYING,		/* our request to replace it is out */
	CHILD_REKEYED,		/* replaced; waits to be deleted */
	CHILD_DELETING,		/* our Delete is out */
};

enum child_outbound {
	OUTBOUND_NONE,
	OUTBOUND_PENDING,	/* installed; the kernel waits for proof */
	OUTBOUND_ACTIVE,
};

/** struct esp_suite - what was negotiated for the pair */
struct esp_suite {
	const struct alg_encr *encr;
	const struct alg_integ *integ;	/* NULL with an AEAD */
	const struct alg_ke *pfs;	/* NULL: keys from SK_d alone */
	const struct alg_ke *addke[ADDKE_MAX];	/* behind it */
	bool esn;
};

struct child_sa {
	struct list list;
	struct ike_sa *sa;
	struct tunnel *tunnel;
	struct cfg *cfg;		/* a reference: the tree of @profile */
	const struct cfg_ipsec_profile *profile;
	uint32_t id;
	uint32_t spi_in, spi_out;
	enum child_state state;
	enum child_outbound outbound;
	bool expected;			/* packets of @spi_in wait for it */
	bool installed_in;
	bool fips;			/* negotiated through the gate */
	struct esp_suite suite;
	bool quantum;			/* a PPK or ML-KEM is in its keys */
	struct ts_list ts_local, ts_remote;

	/* the exchange that creates or replaces it */
	struct ke *ke;
	struct nonces nonces;
	struct secret *sk_d;		/* with a fresh PPK; NULL: the IKE SA's */
	uint32_t replaces;		/* id of the child to be replaced, or 0 */
	uint32_t rival;			/* id of what the peer made of the same, or 0 */
	uint32_t successor;		/* id of what the peer replaced it by, or 0 */

	struct timer rekey;
	uint64_t created_ms, rekey_ms, hard_ms;
};

struct child_sa *child_new(struct ike_sa *sa);
/* Its tunnel has another configuration. */
void child_set_profile(struct child_sa *child);
void child_free(struct child_sa *child);	/* kernel SAs removed */
struct child_sa *child_find(struct ike_sa *sa, uint32_t id);
/* By the SPI of either direction, as Delete and REKEY_SA name it. */
struct child_sa *child_find_spi_out(struct ike_sa *sa, uint32_t spi);
struct child_sa *child_find_spi_in(struct ike_sa *sa, uint32_t spi);
const char *child_state_name(enum child_state state);

/*
 * Our request with its SPI goes out: the peer may send by it as soon as he has
 * answered, before we have the keys (RFC 7296 section 2.8).
 */
void child_expect(struct child_sa *child);
/**
 * child_install - derive the keys and install both SAs
 * @child: suite, SPIs, selectors and nonces are set
 * @exchange_initiator: we sent the request that creates it
 * @ke_secret: new shared secret, or NULL without PFS
 * @more: those of additional key exchanges, or NULL
 * @now: transmit with it at once; else when the peer proves it has it
 *
 * Inbound first. Return: 0, or ERR_* with nothing installed.
 */
int child_install(struct child_sa *child, bool exchange_initiator,
		  const struct secret *ke_secret, const struct secret *more,
		  bool now);
/* Remove from the kernel; @linger: accept late packets a few seconds. */
void child_uninstall(struct child_sa *child, bool linger);
/* It is of no use any more: remove it, tell the peer, ask for another. */
void child_end(struct child_sa *child);
/* The child's tunnel carries traffic with it from now on. */
void child_begin_life(struct child_sa *child);
/* Ask for a replacement, once; asked by timers and by the kernel. */
void child_request_rekey(struct child_sa *child);
/*
 * The peer has replaced it by @next and is to delete it. If it does not, we do, or it
 * serves on when nothing came of its successor.
 */
void child_superseded(struct child_sa *child, const struct child_sa *next);
/* Has the peer made one that replaces it? */
bool child_has_successor(const struct child_sa *child);
/* The proposals for ESP of the tunnel's ipsec profile, with our SPI. */
void child_proposals(const struct child_sa *child, bool pfs,
		     struct proposals *out);

#endif
