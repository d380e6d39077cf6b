// SPDX-License-Identifier: GPL-2.0
/*
 * What a message says about a child SA.
 */

#include "ike/child_offer.h"

#include <string.h>

#include "ike/addke.h"
#include "ike/proposal.h"
#include "util/err.h"

static const struct view nothing = { NULL, 0 };

int child_offer_parse(const struct rx *rx, struct child_offer *o)
{
	const struct pl *sa = pl_find(&rx->chain, PL_SA);
	const struct pl *ts_i = pl_find(&rx->chain, PL_TSi);
	const struct pl *ts_r = pl_find(&rx->chain, PL_TSr);
	const struct pl *ke = pl_find(&rx->chain, PL_KE);
	const struct pl *nonce = pl_find(&rx->chain, PL_NONCE);

	memset(&o->ke, 0, sizeof(o->ke));
	o->nonce = nothing;
	if (!sa || !ts_i || !ts_r || sa_pl_parse(sa->body, &o->proposals) ||
	    ts_pl_parse(ts_i->body, &o->ts_i) ||
	    ts_pl_parse(ts_r->body, &o->ts_r))
		return ERR_SYNTAX;
	if (nonce && nonce_pl_parse(nonce->body, &o->nonce))
		return ERR_SYNTAX;
	if (ke && ke_pl_parse(ke->body, &o->ke))
		return ERR_SYNTAX;
	return 0;
}

int child_offer_suite(struct child_sa *child, const struct proposal *p)
{
	const struct xform *encr = proposal_find(p, XFORM_ENCR);
	const struct xform *integ = proposal_find(p, XFORM_INTEG);
	const struct xform *esn = proposal_find(p, XFORM_ESN);
	const struct xform *ke = proposal_find(p, XFORM_KE);
	struct esp_suite *s = &child->suite;

	if (!encr || p->spi_size != ESP_SPI_LEN)
		return ERR_NO_PROPOSAL;
	s->encr = alg_encr(encr->id, encr->key_bits);
	s->integ = integ && integ->id ? alg_integ(integ->id) : NULL;
	s->pfs = ke && ke->id ? alg_ke(ke->id) : NULL;
	s->esn = esn && esn->id == ESN_ESN;
	child->spi_out = proposal_spi32(p);
	if (addke_from_proposal(p, s->addke) || !s->encr || s->encr->aead == !!s->integ || !child->spi_out)
		return ERR_NO_PROPOSAL;
	return 0;
}
