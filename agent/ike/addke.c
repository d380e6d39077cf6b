// SPDX-License-Identifier: GPL-2.0
/*
 * Additional key exchanges in IKE_INTERMEDIATE (RFC 9370 section 2.2.2).
 *
 *   I: HDR, SK { KEi(n) }
 *   R: HDR, SK { KEr(n) }
 *
 * SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr), and all seven keys from it, as
 * at a rekey, with the nonces and SPIs of IKE_SA_INIT.
 */

#include "ike/addke.h"

#include <stdio.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/kex.h"
#include "util/err.h"

#define SET(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)

/* ------------------------------------------------------------- negotiation */

static bool is_addke(uint8_t type)
{
	return type >= XFORM_ADDKE1 && type <= XFORM_ADDKE7;
}

static bool proposal_has(const struct proposal *p)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (is_addke(p->xform[i].type))
			return true;
	return false;
}

bool addke_offered(const struct proposals *list)
{
	unsigned int i;

	for (i = 0; i < list->count; i++)
		if (proposal_has(&list->p[i]))
			return true;
	return false;
}

void addke_disable(struct proposals *list)
{
	unsigned int i;

	for (i = 0; i < list->count; i++)
		if (proposal_has(&list->p[i]))
			list->p[i].unusable = true;
}

int addke_from_proposal(const struct proposal *p,
			const struct alg_ke *out[ADDKE_MAX])
{
	unsigned int i;

	memset(out, 0, ADDKE_MAX * sizeof(*out));
	for (i = 0; i < p->count; i++) {
		const struct xform *x = &p->xform[i];

		if (!is_addke(x->type) || x->id == KE_NONE)
			continue;
		out[x->type - XFORM_ADDKE1] = alg_ke(x->id);
		if (!out[x->type - XFORM_ADDKE1])
			return ERR_NO_PROPOSAL;
	}
	return 0;
}

void addke_to_proposal(const struct alg_ke *const *set, struct proposal *p)
{
	unsigned int i;

	for (i = 0; i < ADDKE_MAX; i++)
		if (set[i])
			proposal_add(p, (uint8_t)(XFORM_ADDKE1 + i),
				     set[i]->id, 0);
}

/* ---------------------------------------------------------------- progress */

/* The n-th that was negotiated, NULL behind the last. */
static const struct alg_ke *nth(const struct alg_ke *const *set, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < ADDKE_MAX; i++)
		if (set[i] && !n--)
			return set[i];
	return NULL;
}

static const struct alg_ke *next_of(const struct ike_sa *sa)
{
	return nth(sa->suite.addke, sa->inter.addke_done);
}

unsigned int addke_left(const struct ike_sa *sa)
{
	unsigned int n = 0;

	while (nth(sa->suite.addke, sa->inter.addke_done + n))
		n++;
	return n;
}

bool addke_any(const struct alg_ke *const *set)
{
	return nth(set, 0);
}

bool addke_is_hybrid(const struct alg_ke *const *set)
{
	const struct alg_ke *alg;
	unsigned int n;

	for (n = 0; (alg = nth(set, n)); n++)
		if (alg->kem)
			return true;
	return false;
}

void addke_text(const struct alg_ke *const *set, char *out, size_t size)
{
	const struct alg_ke *alg;
	unsigned int n;
	size_t at = 0;

	*out = '\0';
	for (n = 0; (alg = nth(set, n)) && at < size; n++)
		at += (size_t)snprintf(out + at, size - at, "%s%s",
				       n ? " " : "", alg->addke_word);
}

/* New keys from the newest SK_d and the secret of this exchange. */
static int use(struct ike_sa *sa, const struct secret *shared)
{
	struct ike_keys keys = { 0 };
	int err;

	err = keymat_ike_rekey(sa->suite.prf, intermediate_sk_d(sa),
			       &sa->suite, shared, NULL,
			       buf_view(&sa->nonces.ni),
			       buf_view(&sa->nonces.nr), sa->spi_i, sa->spi_r,
			       &keys);
	if (err)
		return err;
	intermediate_set_keys(sa, &keys);
	sa->inter.addke_done++;
	return 0;
}

static int wrong(struct failure *why, const struct alg_ke *alg, int err)
{
	why->reason = err == ERR_KE_VALUE ? FAILURE_KE_VALUE : FAILURE_SYNTAX;
	if (alg)
		SET(why->ours, "additional key exchange %s", alg->addke_word);
	SET(why->theirs, "%s", err == ERR_KE_VALUE ? err_text(err) :
	    alg ? "no KE payload of that method in IKE_INTERMEDIATE" :
	    "a KE payload in IKE_INTERMEDIATE, where none is due");
	return ERR_SYNTAX;
}

/* The KE payload when it is of the method that is due. */
static bool find_ke(const struct rx *rx, const struct alg_ke *alg,
		    struct ke_pl *out)
{
	const struct pl *pl = pl_find(&rx->chain, PL_KE);

	return alg && pl && !ke_pl_parse(pl->body, out) &&
	       out->method == alg->id;
}

/* --------------------------------------------------------------- initiator */

static bool wanted(const struct ike_sa *sa)
{
	return sa->inter.addke_offered;
}

static bool due(const struct ike_sa *sa)
{
	return next_of(sa);
}

static int prepare(struct ike_sa *sa, void (*resume)(struct ike_sa *sa),
		   struct failure *why)
{
	return kex_want_pair(sa, next_of(sa)->id);
}

static int put(struct ike_sa *sa, struct reply *r)
{
	uint16_t method = next_of(sa)->id;

	ke_free(sa->inter.ke);
	sa->inter.ke = kex_take_pair(sa, method);
	if (!sa->inter.ke)
		return ERR_CRYPTO;
	ke_pl_put(&r->w, method, ke_public(sa->inter.ke));
	return 0;
}

static int take(struct ike_sa *sa, struct rx *rx, struct failure *why)
{
	const struct alg_ke *alg = next_of(sa);
	struct secret *shared = NULL;
	struct ke_pl ke;
	int err;

	if (!find_ke(rx, alg, &ke) || !sa->inter.ke)
		return wrong(why, alg, ERR_SYNTAX);
	err = kex_derive(rx, sa->inter.ke, ke.data, &shared);
	if (err == ERR_KE_VALUE)
		return wrong(why, alg, err);
	if (!err)
		err = use(sa, shared);
	secret_free(shared);
	ke_free(sa->inter.ke);
	sa->inter.ke = NULL;
	return err;
}

struct rx_work *addke_response_work(struct ike_sa *sa, const struct rx *rx)
{
	return kex_derive_work(sa, sa->inter.ke, rx);
}

/* --------------------------------------------------------------- responder */

struct rx_work *addke_request_work(struct ike_sa *sa, const struct rx *rx)
{
	struct ke_pl ke;

	return find_ke(rx, next_of(sa), &ke) ? kex_respond_work(sa, rx) : NULL;
}

/* Without a KE payload nothing is done, and IKE_AUTH will be refused. */
static int answer(struct ike_sa *sa, struct rx *rx, struct reply *r,
		  struct failure *why)
{
	const struct alg_ke *alg = next_of(sa);
	struct secret *shared = NULL;
	struct buf public;
	struct ke_pl ke;
	int err;

	if (!pl_find(&rx->chain, PL_KE))
		return 0;
	if (!find_ke(rx, alg, &ke))
		return wrong(why, alg, ERR_SYNTAX);
	buf_init(&public, MSG_MAX_LEN);
	err = kex_respond(sa->ike, rx, ke.method, ke.data, &public, &shared);
	if (err == ERR_KE_VALUE)
		err = wrong(why, alg, err);
	else if (!err)
		err = use(sa, shared);
	if (!err)
		ke_pl_put(&r->w, ke.method, buf_view(&public));
	secret_free(shared);
	buf_fini(&public);
	return err;
}

const struct step addke_step = {
	.name = "additional key exchange",
	.wanted = wanted,
	.due = due,
	.prepare = prepare,
	.put = put,
	.take = take,
	.answer = answer,
};
