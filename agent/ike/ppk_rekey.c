// SPDX-License-Identifier: GPL-2.0
/*
 * Post-quantum preshared keys in CREATE_CHILD_SA (RFC 9867 section 3.2).
 *
 *   I: HDR, SK { SA, Ni, ..., N(PPK_IDENTITY_KEY, PPK_ID | confirmation) }
 *   R: HDR, SK { SA, Nr, ..., N(PPK_IDENTITY, PPK_ID) }
 *
 * The key of one exchange is in struct ike_ppk, which nobody else needs once
 * the IKE SA is established.
 */

#include "ike/ppk_rekey.h"

#include <string.h>

#include "ike/exchange.h"
#include "ike/peer.h"
#include "ike/tunnel.h"
#include "util/err.h"

static const struct view nothing = { NULL, 0 };

static int confirm(const struct ike_sa *sa, const struct secret *key,
		   struct view ni, uint8_t out[PPK_CONFIRM_LEN])
{
	return keymat_ppk_confirm(sa->suite.prf, key, ni, nothing, sa->spi_i,
				  sa->spi_r, out);
}

static const struct cfg_ppk *entry_of(const struct ike_sa *sa)
{
	const struct addr *remote = &sa->path.remote.addr;
	struct id_pl id;

	return ppk_entry(sa->profile, id_pl_parse(buf_view(&sa->id_remote),
						  &id) ? NULL : &id, remote);
}

static void no_fresh_key(struct ike_sa *sa, const char *why)
{
	sa->ike->count.ppk_refresh_failures++;
	log_warning(&sa->log, "rekeyed without a fresh PPK, the keys go on from the PPK there was: %s",
		    why);
}

/* --------------------------------------------------------------- initiator */

int ppk_rekey_get(struct ike_sa *sa, enum task_kind kind,
		  void (*resume)(struct ike_sa *sa))
{
	const struct cfg_ppk *entry = entry_of(sa);
	bool wanted;

	if (!entry || entry->kind != CFG_PPK_DYNAMIC)
		return 0;
	wanted = kind == TASK_REKEY_IKE ? entry->rekey_ike :
		 kind == TASK_REKEY_CHILD && entry->rekey_child;
	if (!wanted)
		return 0;
	if (sa->ppk.asked == PPK_UNASKED &&
	    ppk_ask_new(sa, entry, resume) == ERR_AGAIN)
		return ERR_AGAIN;
	if (!sa->ppk.key) {
		no_fresh_key(sa, sa->ppk.rq.why);
		ppk_drop(sa);
	}
	return 0;
}

int ppk_rekey_put(struct ike_sa *sa, struct view ni, struct reply *r)
{
	const struct ppk_request *rq = &sa->ppk.rq;
	uint8_t data[1 + PPK_ID_MAX + PPK_CONFIRM_LEN] = { PPK_ID_FIXED };
	size_t len = 1 + rq->id_len;
	int err;

	if (!sa->ppk.key)
		return 0;
	memcpy(data + 1, rq->id, rq->id_len);
	err = confirm(sa, sa->ppk.key, ni, data + len);
	if (!err)
		notify_pl_put_simple(&r->w, N_PPK_IDENTITY_KEY,
			(struct view){ data, len + PPK_CONFIRM_LEN });
	return err;
}

int ppk_rekey_take(struct ike_sa *sa, const struct rx *rx,
		   struct secret **sk_d)
{
	const struct ppk_request *rq = &sa->ppk.rq;
	struct notify_pl n;
	int err = 0;

	*sk_d = NULL;
	if (!sa->ppk.key)
		return 0;
	if (!rx_notify(rx, N_PPK_IDENTITY, &n)) {
		no_fresh_key(sa, "the peer does not take it");
	} else if (n.data.len != 1 + rq->id_len ||
		   n.data.p[0] != PPK_ID_FIXED ||
		   memcmp(n.data.p + 1, rq->id, rq->id_len)) {
		err = ERR_SYNTAX;
	} else {
		err = keymat_ppk_rekey(sa->suite.prf, sa->ppk.key,
				       sa->keys.sk_d, sk_d);
		sa->ike->count.ppk_refreshed++;
	}
	ppk_drop(sa);
	return err;
}

void ppk_rekey_over(struct ike_sa *sa)
{
	if (!ppk_rekey_is_peers(sa))
		ppk_drop(sa);
}

/* --------------------------------------------------------------- responder */

/* The first name of a request, with its confirmation. */
static bool first_name(const struct rx *rx, struct view *id,
		       struct view *confirmation)
{
	struct notify_pl n;

	if (!rx_notify(rx, N_PPK_IDENTITY_KEY, &n) ||
	    n.data.len < 2 + PPK_CONFIRM_LEN)
		return false;
	*id = (struct view){ n.data.p, n.data.len - PPK_CONFIRM_LEN };
	*confirmation = (struct view){ n.data.p + id->len, PPK_CONFIRM_LEN };
	return true;
}

int ppk_rekey_wait(struct ike_sa *sa, const struct rx *rx,
		   void (*resume)(struct ike_sa *sa))
{
	const struct cfg_ppk *entry = entry_of(sa);
	struct view id, confirmation;

	if (!entry || entry->kind != CFG_PPK_DYNAMIC ||
	    sa->ppk.asked != PPK_UNASKED ||
	    !first_name(rx, &id, &confirmation))
		return 0;
	return ppk_ask_for(sa, entry, id, resume);
}

int ppk_rekey_answer(struct ike_sa *sa, const struct rx *rx, struct view ni,
		     struct reply *r, struct secret **sk_d)
{
	const struct cfg_ppk *entry = entry_of(sa);
	uint8_t want[PPK_CONFIRM_LEN];
	struct view id, confirmation;
	const struct secret *key;
	int err = 0;

	*sk_d = NULL;
	if (!entry || !first_name(rx, &id, &confirmation))
		return 0;
	key = ppk_is_called(entry, id) ? entry->key : ppk_fetched(sa, id);
	if (!key) {
		sa->ike->count.ppk_id_mismatch++;
	} else if (confirm(sa, key, ni, want) ||
		   !equal_ct(want, confirmation.p, sizeof(want))) {
		sa->ike->count.ppk_auth_failures++;
	} else {
		err = keymat_ppk_rekey(sa->suite.prf, key, sa->keys.sk_d,
				       sk_d);
		notify_pl_put_simple(&r->w, N_PPK_IDENTITY, id);
		sa->ike->count.ppk_refreshed++;
	}
	if (!*sk_d)
		no_fresh_key(sa, key ? "the peer has another key of this PPK_ID" :
		      "the peer names a PPK that we do not have");
	return err;
}

bool ppk_rekey_is_peers(const struct ike_sa *sa)
{
	return sa->ppk.asked != PPK_UNASKED && sa->ppk.rq.want == PPK_BY_ID;
}
