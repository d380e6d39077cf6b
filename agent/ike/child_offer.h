/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The payloads that describe a child SA, in IKE_AUTH and CREATE_CHILD_SA, as
 * either side reads them.
 */
#ifndef AGENT_IKE_CHILD_OFFER_H
#define AGENT_IKE_CHILD_OFFER_H

#include "ike/child.h"
#include "ike/fsm.h"

/* Where an operator looks when no proposal is common. */
#define ESP_SETTING	"ipsec: transform-sets, pfs, additional-ke on both routers"

/** struct child_offer - the payloads that describe a child SA */
struct child_offer {
	struct proposals proposals;
	struct ts_list ts_i, ts_r;
	struct view nonce;		/* empty in IKE_AUTH */
	struct ke_pl ke;		/* method 0: none */
};

/* What a message says. Return: 0; ERR_SYNTAX when it is not complete. */
int child_offer_parse(const struct rx *rx, struct child_offer *o);
/* Take over a chosen ESP proposal. Return: 0 or ERR_NO_PROPOSAL. */
int child_offer_suite(struct child_sa *child, const struct proposal *p);

#endif
