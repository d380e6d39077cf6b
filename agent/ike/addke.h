/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Additional key exchanges (RFC 9370): beside the one of IKE_SA_INIT up to
 * seven more, each in an IKE_INTERMEDIATE of its own, whose secrets are mixed
 * into the keys one after the other. With one of them ML-KEM the keys are safe
 * as long as one of all the methods is.
 */
#ifndef AGENT_IKE_ADDKE_H
#define AGENT_IKE_ADDKE_H

#include "ike/intermediate.h"
#include "ike/keymat.h"
#include "proto/sa.h"

/* Does a list offer any? */
bool addke_offered(const struct proposals *list);
/*
 * Take over those of a chosen proposal. Return: 0, or ERR_NO_PROPOSAL when
 * this library does not have one of them.
 */
int addke_from_proposal(const struct proposal *p,
			const struct alg_ke *out[ADDKE_MAX]);
/* What was negotiated, as transforms of a proposal. */
void addke_to_proposal(const struct alg_ke *const *set, struct proposal *p);
/*
 * Proposals with additional key exchanges, of a peer that does not know
 * IKE_INTERMEDIATE, cannot be chosen.
 */
void addke_disable(struct proposals *list);

/* How many of those that were negotiated are still to be done. */
unsigned int addke_left(const struct ike_sa *sa);
/* "ml-kem-768 group20"; empty without. */
void addke_text(const struct alg_ke *const *set, char *out, size_t size);
/* Are there any? */
bool addke_any(const struct alg_ke *const *set);
/* Is one of them a method that a quantum computer does not break? */
bool addke_is_hybrid(const struct alg_ke *const *set);

extern const struct step addke_step;
struct rx_work *addke_request_work(struct ike_sa *sa, const struct rx *rx);
struct rx_work *addke_response_work(struct ike_sa *sa, const struct rx *rx);

#endif
