// SPDX-License-Identifier: GPL-2.0
/*
 * Post-quantum preshared keys in IKE_INTERMEDIATE (RFC 9867 section 3.1).
 *
 *   I: HDR, SK { N(PPK_IDENTITY_KEY, PPK_ID | confirmation) }
 *   R: HDR, SK { N(PPK_IDENTITY, PPK_ID) }
 *
 * The confirmation shows that the initiator has the key, before anything hangs
 * on it; all seven keys of the IKE SA are made anew with it.
 */

#include "ike/ppk_int.h"

#include <stdio.h>
#include <string.h>

#include "ike/addke.h"
#include "ike/exchange.h"
#include "ike/tunnel.h"
#include "util/err.h"

#define SET(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)

/* Names of one request that are looked at; more are ignored. */
#define PPK_NAMES_MAX	8

/** struct named - a PPK_IDENTITY_KEY notify */
struct named {
	struct view id;			/* with its type octet */
	struct view confirmation;
};

static int confirm(const struct ike_sa *sa, const struct secret *key,
		   uint8_t out[PPK_CONFIRM_LEN])
{
	return keymat_ppk_confirm(sa->suite.prf, key, buf_view(&sa->nonces.ni),
				  buf_view(&sa->nonces.nr), sa->spi_i,
				  sa->spi_r, out);
}

/* New keys from the newest SK_d and the PPK. */
static int use(struct ike_sa *sa, const struct secret *key,
	       enum cfg_ppk_kind kind)
{
	struct ike_keys keys = { 0 };
	int err;

	err = keymat_ppk_int(&sa->suite, key, intermediate_sk_d(sa),
			     buf_view(&sa->nonces.ni),
			     buf_view(&sa->nonces.nr), sa->spi_i, sa->spi_r,
			     &keys);
	if (err)
		return err;
	intermediate_set_keys(sa, &keys);
	sa->quantum.used = kind;
	sa->quantum.form = PPK_IN_INTERMEDIATE;
	sa->quantum.fallback = PPK_FALLBACK_NONE;
	return 0;
}

/* --------------------------------------------------------------- initiator */

static bool wanted(const struct ike_sa *sa)
{
	return sa->ppk.offered_int;
}

static bool due(const struct ike_sa *sa)
{
	/* In the last exchange (RFC 9867 section 3.1). */
	return sa->ppk.agreed_int && !sa->ppk.tried_int && addke_left(sa) <= 1;
}

static int put(struct ike_sa *sa, struct reply *r)
{
	const struct ppk_request *rq = &sa->ppk.rq;
	uint8_t data[1 + PPK_ID_MAX + PPK_CONFIRM_LEN] = { PPK_ID_FIXED };
	size_t len = 1 + rq->id_len;
	int err;

	memcpy(data + 1, rq->id, rq->id_len);
	err = confirm(sa, sa->ppk.key, data + len);
	if (!err)
		notify_pl_put_simple(&r->w, N_PPK_IDENTITY_KEY,
			(struct view){ data, len + PPK_CONFIRM_LEN });
	return err;
}

static bool is_ours(const struct ppk_request *rq, struct view id)
{
	return id.len == 1 + rq->id_len && id.p[0] == PPK_ID_FIXED &&
	       memcmp(id.p + 1, rq->id, rq->id_len) == 0;
}

static int take(struct ike_sa *sa, struct rx *rx, struct failure *why)
{
	struct notify_pl n;
	unsigned int count = ppk_count_notify(rx, N_PPK_IDENTITY, &n);

	sa->ppk.tried_int = true;
	if (!count)
		return ppk_not_used(sa, "no PPK_IDENTITY in IKE_INTERMEDIATE",
				    why);
	if (count > 1 || !is_ours(&sa->ppk.rq, n.data)) {
		why->reason = FAILURE_SYNTAX;
		SET(why->theirs, "a PPK_IDENTITY that was not offered");
		return ERR_SYNTAX;
	}
	return use(sa, sa->ppk.key, sa->ppk.kind);
}

/* --------------------------------------------------------------- responder */

static unsigned int parse_names(const struct rx *rx,
				struct named out[PPK_NAMES_MAX])
{
	const struct pl *pl;
	struct notify_pl n;
	unsigned int count = 0;

	for (pl = pl_find(&rx->chain, PL_N); pl && count < PPK_NAMES_MAX;
	     pl = pl_next(&rx->chain, pl)) {
		if (notify_pl_parse(pl->body, &n) ||
		    n.type != N_PPK_IDENTITY_KEY ||
		    n.data.len < 2 + PPK_CONFIRM_LEN)
			continue;
		out[count].id = (struct view){
			n.data.p, n.data.len - PPK_CONFIRM_LEN };
		out[count++].confirmation = (struct view){
			n.data.p + n.data.len - PPK_CONFIRM_LEN,
			PPK_CONFIRM_LEN };
	}
	return count;
}

/* A source is asked for the first name, when the configuration has none. */
static int wait_for_key(struct ike_sa *sa, struct rx *rx,
			void (*resume)(struct ike_sa *sa))
{
	struct named names[PPK_NAMES_MAX];
	unsigned int i, count = parse_names(rx, names);
	struct ppk_walk at = { 0, 0 };
	const struct cfg_ppk *entry;

	if (!sa->ppk.agreed_int || sa->ppk.tried_int || !count ||
	    sa->ppk.asked != PPK_UNASKED)
		return 0;
	while ((entry = ppk_walk(sa, &at, true)))
		for (i = 0; i < count; i++)
			if (ppk_is_called(entry, names[i].id))
				return 0;
	return ppk_ask_named(sa, names[0].id, resume);
}

/*
 * Does the peer have this key, and by this name? What is wrong otherwise is
 * put into @reason.
 */
static bool confirmed(struct ike_sa *sa, const struct secret *key,
		      const struct named *name, enum ppk_fallback *reason)
{
	uint8_t want[PPK_CONFIRM_LEN];

	if (!confirm(sa, key, want) &&
	    equal_ct(want, name->confirmation.p, sizeof(want)))
		return true;
	sa->ike->count.ppk_auth_failures++;
	*reason = PPK_FALLBACK_VALUE;
	return false;
}

/* The key of a name, if we have it and the peer has it too. */
static int try_name(struct ike_sa *sa, const struct named *name,
		    enum ppk_fallback *reason)
{
	const struct secret *key = ppk_fetched(sa, name->id);
	struct ppk_walk at = { 0, 0 };
	const struct cfg_ppk *entry;

	if (key && confirmed(sa, key, name, reason))
		return use(sa, key, CFG_PPK_DYNAMIC);
	while ((entry = ppk_walk(sa, &at, true))) {
		if (!ppk_is_called(entry, name->id) ||
		    !confirmed(sa, entry->key, name, reason))
			continue;
		if (ppk_remember(sa, name->id, entry->key))
			return ERR_NOMEM;
		return use(sa, entry->key, CFG_PPK_MANUAL);
	}
	return ERR_NOT_FOUND;
}

static int answer(struct ike_sa *sa, struct rx *rx, struct reply *r,
		  struct failure *why)
{
	enum ppk_fallback reason = sa->ppk.asked == PPK_ANSWERED &&
		sa->ppk.rq.err ? PPK_FALLBACK_RETRIEVE : PPK_FALLBACK_ID;
	struct named names[PPK_NAMES_MAX];
	unsigned int count = parse_names(rx, names);
	unsigned int i;
	int err;

	if (!sa->ppk.agreed_int || !count)
		return 0;
	if (sa->ppk.tried_int) {
		why->reason = FAILURE_SYNTAX;
		SET(why->theirs, "PPK_IDENTITY_KEY in two exchanges");
		return ERR_SYNTAX;
	}
	sa->ppk.tried_int = true;
	for (i = 0; i < count; i++) {
		err = try_name(sa, &names[i], &reason);
		if (!err)
			notify_pl_put_simple(&r->w, N_PPK_IDENTITY,
					     names[i].id);
		if (err != ERR_NOT_FOUND)
			return err;
	}
	if (reason == PPK_FALLBACK_ID)
		sa->ike->count.ppk_id_mismatch++;
	sa->quantum.fallback = reason;
	return ppk_all_require(sa) ? ppk_refuse_names(sa, reason, why) : 0;
}

const struct step ppk_int_step = {
	.name = "PPK",
	.wanted = wanted,
	.due = due,
	.prepare = ppk_get_own,
	.put = put,
	.take = take,
	.wait = wait_for_key,
	.answer = answer,
};
