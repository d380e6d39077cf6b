// SPDX-License-Identifier: GPL-2.0
/*
 * Post-quantum preshared keys in IKE_AUTH (RFC 8784).
 *
 *   I: HDR, SAi1, KEi, Ni, N(USE_PPK)
 *   R: HDR, SAr1, KEr, Nr, N(USE_PPK)
 *   I: HDR, SK { IDi, AUTH, SAi2, TSi, TSr, N(PPK_IDENTITY, PPK_ID)
 *                [, N(NO_PPK_AUTH)] }
 *   R: HDR, SK { IDr, AUTH, SAr2, TSi, TSr [, N(PPK_IDENTITY)] }
 *
 * SK_d, SK_pi and SK_pr are mixed with the key in place; the ones without are
 * kept until it is decided. The same negotiation leads to ppk_int.c instead
 * when USE_PPK_INT is answered.
 */

#include "ike/ppk.h"

#include <stdio.h>
#include <string.h>

#include "fips/fips.h"
#include "ike/exchange.h"
#include "ike/gate.h"
#include "ike/peer.h"
#include "ike/tunnel.h"
#include "util/err.h"

#define SET(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)
#define PPK_SETTING	"keyrings: peers: ppk on both routers, and keyring-ppk of the profiles"

static const struct view nothing = { NULL, 0 };

static const struct {
	const char *name;
	const char *text;
} fallbacks[PPK_FALLBACKS] = {
#define X(id, name, text) [PPK_FALLBACK_##id] = { name, text },
	PPK_FALLBACK_LIST(X)
#undef X
};

const char *ppk_fallback_name(enum ppk_fallback fallback)
{
	return fallbacks[fallback].name;
}

const char *ppk_fallback_text(enum ppk_fallback fallback)
{
	return fallbacks[fallback].text;
}

const char *ppk_form_name(enum ppk_form form)
{
	switch (form) {
	case PPK_IN_AUTH:
		return "IKE_AUTH";
	case PPK_IN_INTERMEDIATE:
		return "IKE_INTERMEDIATE";
	case PPK_IN_REKEY:
		return "CREATE_CHILD_SA";
	default:
		return "none";
	}
}

const struct cfg_ppk *ppk_entry(const struct cfg_ike_profile *profile,
				const struct id_pl *id,
				const struct addr *remote)
{
	const struct cfg_peer *peer = profile->keyring_ppk ?
		peer_find_key(profile->keyring_ppk, id, remote) : NULL;

	return peer && peer->ppk.kind != CFG_PPK_NONE ? &peer->ppk : NULL;
}

static const struct cfg_ppk *entry_of(const struct ike_sa *sa)
{
	return ppk_entry(sa->profile, NULL, &sa->path.remote.addr);
}

/* "PPK 123 of the configuration", "PPK from key source Qkd". */
static void describe(const struct cfg_ppk *ppk, char *out, size_t size)
{
	snprintf(out, size, "%s %s%s%s",
		 ppk->kind == CFG_PPK_DYNAMIC ? "a PPK of sks profile" : "PPK",
		 ppk->id, ppk->required ? ", required" : "",
		 ppk->exchange == CFG_PPK_INTERMEDIATE ?
		 ", in IKE_INTERMEDIATE" : "");
}

/* A PPK_ID as text: what a peer sent is not trusted to be any. */
static void id_text(const struct ike_ppk *ppk, char *out, size_t size)
{
	if (ppk->rq.id_len)
		log_escape(ppk->rq.id, ppk->rq.id_len, out, size);
	else
		snprintf(out, size, "of an unknown form");
}

/* ------------------------------------------------------------------- keys */

static int keep(struct secret **copy, const struct secret *key)
{
	*copy = secret_dup(key);
	return *copy ? 0 : ERR_NOMEM;
}

bool ppk_is_mixed(const struct ike_sa *sa)
{
	return sa->ppk.plain.sk_d;
}

static void restore(struct secret **key, struct secret **copy)
{
	if (!*copy)
		return;
	secret_free(*key);
	*key = *copy;
	*copy = NULL;
}

void ppk_unmix(struct ike_sa *sa)
{
	struct ike_keys *plain = &sa->ppk.plain;

	restore(&sa->keys.sk_d, &plain->sk_d);
	restore(&sa->keys.sk_pi, &plain->sk_pi);
	restore(&sa->keys.sk_pr, &plain->sk_pr);
}

void ppk_swap(struct ike_sa *sa)
{
	struct ike_keys *plain = &sa->ppk.plain, was = sa->keys;

	sa->keys.sk_d = plain->sk_d;
	sa->keys.sk_pi = plain->sk_pi;
	sa->keys.sk_pr = plain->sk_pr;
	plain->sk_d = was.sk_d;
	plain->sk_pi = was.sk_pi;
	plain->sk_pr = was.sk_pr;
}

int ppk_mix(struct ike_sa *sa, const struct secret *key)
{
	struct ike_keys *plain = &sa->ppk.plain;
	int err;

	ppk_unmix(sa);
	err = keep(&plain->sk_d, sa->keys.sk_d);
	if (!err)
		err = keep(&plain->sk_pi, sa->keys.sk_pi);
	if (!err)
		err = keep(&plain->sk_pr, sa->keys.sk_pr);
	if (!err)
		err = keymat_ppk(sa->suite.prf, key, &sa->keys);
	if (err)
		ppk_unmix(sa);
	return err;
}

/* ----------------------------------------------------------------- sources */

/* A key that FIPS mode does not admit is as good as none. */
static void judge_length(const struct ike *ike, struct ppk_request *rq)
{
	size_t len = secret_len(rq->key);

	if (gate_admits_source_key(ike, rq->key))
		return;
	secret_clear(&rq->key);
	rq->err = ERR_DENIED;
	SET(rq->why, "its key has %zu octets; FIPS mode admits none of less than %u",
	    len, FIPS_SOURCE_KEY_MIN);
}

static void on_key(struct ppk_request *rq)
{
	struct ike_sa *sa = rq->arg;
	struct ike_ppk *ppk = &sa->ppk;

	ppk->asked = PPK_ANSWERED;
	if (!rq->err)
		judge_length(sa->ike, rq);
	if (rq->err) {
		sa->ike->count.ppk_retrieve_failures++;
		log_warning(&sa->log, "no PPK from sks profile %s: %s",
			    ppk->source, rq->why);
	} else {
		ppk->key = rq->key;
		rq->key = NULL;
	}
	ppk->resume(sa);
}

/*
 * Ask a key source. Return: ERR_AGAIN when @resume will be called; anything
 * else is in the request as if it had been answered.
 */
static int ask(struct ike_sa *sa, enum ppk_want want, const char *source,
	       void (*resume)(struct ike_sa *sa))
{
	const struct ike_env *env = &sa->ike->env;
	struct ike_ppk *ppk = &sa->ppk;
	struct ppk_request *rq = &ppk->rq;
	int err = ERR_NOT_FOUND;

	SET(ppk->source, "%s", source);
	rq->want = want;
	rq->source = ppk->source;
	rq->label = sa->tunnel->cfg->name;
	rq->peer = sa->path.remote.addr;
	rq->done = on_key;
	rq->arg = sa;
	SET(rq->why, "there are no key sources");
	ppk->kind = CFG_PPK_DYNAMIC;
	ppk->resume = resume;
	ppk->asked = PPK_ASKING;
	if (env->ppk)
		err = env->ppk->start(env->ppk_arg, rq);
	if (!err)
		return ERR_AGAIN;
	rq->err = err;
	ppk->asked = PPK_ANSWERED;
	sa->ike->count.ppk_retrieve_failures++;
	log_warning(&sa->log, "no PPK from sks profile %s: %s", source,
		    rq->why);
	return err;
}

void ppk_drop(struct ike_sa *sa)
{
	struct ike_ppk *ppk = &sa->ppk;
	const struct ike_env *env = &sa->ike->env;

	if (ppk->asked == PPK_ASKING)
		env->ppk->cancel(env->ppk_arg, &ppk->rq);
	ppk->asked = PPK_UNASKED;
	secret_clear(&ppk->key);
	keymat_keys_clear(&ppk->plain);
}

/* --------------------------------------------------------------- initiator */

void ppk_put_offer(struct ike_sa *sa, struct msg_writer *w)
{
	const struct cfg_ppk *entry = sa->ppk.without ? NULL : entry_of(sa);

	sa->ppk.offered = entry && entry->exchange != CFG_PPK_INTERMEDIATE;
	sa->ppk.offered_int = entry && entry->exchange != CFG_PPK_AUTH;
	if (sa->ppk.offered_int)
		notify_pl_put_simple(w, N_USE_PPK_INT, nothing);
	if (sa->ppk.offered)
		notify_pl_put_simple(w, N_USE_PPK, nothing);
}

int ppk_take_answer(struct ike_sa *sa, const struct rx *rx,
		    struct failure *why)
{
	const struct cfg_ppk *entry = entry_of(sa);
	struct notify_pl n;

	sa->ppk.agreed = sa->ppk.offered && rx_notify(rx, N_USE_PPK, &n);
	sa->ppk.agreed_int = sa->ppk.offered_int && sa->inter.agreed &&
			     rx_notify(rx, N_USE_PPK_INT, &n);
	if (sa->ppk.agreed && sa->ppk.agreed_int) {
		why->reason = FAILURE_SYNTAX;
		SET(why->theirs, "both USE_PPK and USE_PPK_INT");
		return ERR_SYNTAX;
	}
	if (sa->ppk.agreed || sa->ppk.agreed_int || !entry)
		return 0;
	if (!entry->required) {
		sa->quantum.fallback = sa->ppk.without ?
			PPK_FALLBACK_RESTARTED : PPK_FALLBACK_NOT_OFFERED;
		return 0;
	}
	sa->ike->count.ppk_required_refusals++;
	why->reason = FAILURE_PPK_REQUIRED;
	describe(entry, why->ours, sizeof(why->ours));
	SET(why->theirs, "no %s in IKE_SA_INIT", sa->ppk.offered_int ?
	    "USE_PPK_INT" : "USE_PPK");
	SET(why->setting, PPK_SETTING);
	return ERR_AUTH;
}

int ppk_get_own(struct ike_sa *sa, void (*resume)(struct ike_sa *sa),
		struct failure *why)
{
	const struct cfg_ppk *entry = entry_of(sa);
	struct ike_ppk *ppk = &sa->ppk;

	if (!(ppk->agreed || ppk->agreed_int) || ppk->key)
		return 0;
	if (entry && entry->kind == CFG_PPK_MANUAL) {
		ppk->kind = CFG_PPK_MANUAL;
		ppk->rq.id_len = strlen(entry->id);
		memcpy(ppk->rq.id, entry->id, ppk->rq.id_len);
		return keep(&ppk->key, entry->key);
	}
	if (entry && ppk->asked == PPK_UNASKED &&
	    ask(sa, PPK_NEW, entry->id, resume) == ERR_AGAIN)
		return ERR_AGAIN;
	why->reason = FAILURE_PPK_RETRIEVE;
	if (entry)
		describe(entry, why->ours, sizeof(why->ours));
	SET(why->theirs, "%s", entry ? ppk->rq.why : "");
	SET(why->setting, "sks-profiles");
	return ERR_AUTH;
}

bool ppk_may_fall_back(const struct ike_sa *sa)
{
	const struct cfg_ppk *entry = entry_of(sa);

	return sa->ppk.agreed && sa->ppk.key && entry && !entry->required;
}

void ppk_put_identity(struct ike_sa *sa, struct msg_writer *w,
		      struct view no_ppk_auth)
{
	uint8_t id[1 + PPK_ID_MAX] = { PPK_ID_FIXED };
	const struct ppk_request *rq = &sa->ppk.rq;

	if (!sa->ppk.agreed || !sa->ppk.key)
		return;
	memcpy(id + 1, rq->id, rq->id_len);
	notify_pl_put_simple(w, N_PPK_IDENTITY,
			     (struct view){ id, 1 + rq->id_len });
	if (no_ppk_auth.len)
		notify_pl_put_simple(w, N_NO_PPK_AUTH, no_ppk_auth);
}

int ppk_not_used(struct ike_sa *sa, const char *theirs, struct failure *why)
{
	const struct cfg_ppk *entry = entry_of(sa);

	sa->ike->count.ppk_id_mismatch++;
	if (entry && !entry->required) {
		sa->quantum.fallback = PPK_FALLBACK_ID;
		return 0;
	}
	sa->ike->count.ppk_required_refusals++;
	why->reason = FAILURE_PPK_REQUIRED;
	if (entry)
		describe(entry, why->ours, sizeof(why->ours));
	SET(why->theirs, "%s", theirs);
	SET(why->setting, PPK_SETTING);
	return ERR_AUTH;
}

int ppk_take_confirmation(struct ike_sa *sa, const struct rx *rx,
			  struct failure *why)
{
	struct notify_pl n;
	int err;

	if (!ppk_is_mixed(sa))
		return 0;
	if (rx_notify(rx, N_PPK_IDENTITY, &n)) {
		sa->quantum.used = sa->ppk.kind;
		sa->quantum.form = PPK_IN_AUTH;
		return 0;
	}
	err = ppk_not_used(sa, "no PPK_IDENTITY in IKE_AUTH", why);
	if (!err)
		ppk_unmix(sa);
	return err;
}

void ppk_attempt_failed(struct ike_sa *sa)
{
	const struct cfg_ppk *entry;

	if (!sa->initiator || !(sa->ppk.agreed || sa->ppk.agreed_int) ||
	    !sa->tunnel ||
	    !sa->profile->ppk_restart_without)
		return;
	entry = entry_of(sa);
	if (!entry || entry->required)
		return;
	sa->tunnel->ppk_without = true;
	sa->ike->count.ppk_restarts_without++;
	log_warning(&sa->log, "the attempt with a PPK failed: the next one goes without, as ppk-restart-without says");
}

/* --------------------------------------------------------------- responder */

/* The i-th profile that may serve the tunnel, NULL behind the last. */
static const struct cfg_ike_profile *nth_profile(const struct ike_sa *sa,
						 unsigned int i)
{
	const struct cfg_ipsec_profile *ipsec = sa->tunnel->cfg->profile;

	if (i == 0)
		return ipsec->ike_profile;
	return i - 1 < ipsec->further_count ? ipsec->further[i - 1] : NULL;
}

/* May a peer that comes from this address turn out to be this one? */
static bool may_be(const struct cfg_peer *peer, const struct addr *remote)
{
	return peer->identity.kind != CFG_ID_NONE ||
	       (addr_is_set(&peer->address.addr) &&
		prefix_contains(&peer->address, remote));
}

static bool serves(const struct cfg_ppk *ppk, bool intermediate)
{
	return ppk->kind != CFG_PPK_NONE &&
	       ppk->exchange != (intermediate ? CFG_PPK_AUTH :
						CFG_PPK_INTERMEDIATE);
}

const struct cfg_ppk *ppk_walk(const struct ike_sa *sa, struct ppk_walk *at,
			       bool intermediate)
{
	const struct cfg_ike_profile *p;
	const struct cfg_peer *peer;

	for (; (p = nth_profile(sa, at->profile)); at->profile++, at->peer = 0) {
		while (p->keyring_ppk && at->peer < p->keyring_ppk->peer_count) {
			peer = &p->keyring_ppk->peers[at->peer++];
			if (may_be(peer, &sa->path.remote.addr) &&
			    serves(&peer->ppk, intermediate))
				return &peer->ppk;
		}
	}
	return NULL;
}

static bool has_any(const struct ike_sa *sa, bool intermediate)
{
	struct ppk_walk at = { 0, 0 };

	return ppk_walk(sa, &at, intermediate);
}

bool ppk_all_require(const struct ike_sa *sa)
{
	struct ppk_walk at = { 0, 0 };
	const struct cfg_ppk *entry;

	if (!has_any(sa, true))
		return false;
	while ((entry = ppk_walk(sa, &at, true)))
		if (!entry->required)
			return false;
	return true;
}

/* Whoever comes must have a PPK before it says who it is. */
static bool all_insist_early(const struct ike_sa *sa)
{
	struct ppk_walk at = { 0, 0 };
	const struct cfg_ike_profile *p;
	unsigned int i;

	for (i = 0; (p = nth_profile(sa, i)); i++)
		if (!p->keyring_ppk)
			return false;
	return ppk_all_require(sa) && !ppk_walk(sa, &at, false) &&
	       ppk_entry(sa->profile, NULL, &sa->path.remote.addr);
}

int ppk_take_offer(struct ike_sa *sa, const struct rx *rx,
		   struct failure *why)
{
	struct ike_ppk *ppk = &sa->ppk;
	struct notify_pl n;

	ppk->agreed_int = sa->inter.agreed && has_any(sa, true) &&
			  rx_notify(rx, N_USE_PPK_INT, &n);
	ppk->agreed = !ppk->agreed_int && has_any(sa, false) &&
		      rx_notify(rx, N_USE_PPK, &n);
	if (ppk->agreed_int || !all_insist_early(sa))
		return 0;
	sa->ike->count.ppk_required_refusals++;
	why->reason = FAILURE_PPK_REQUIRED;
	SET(why->ours, "a PPK in IKE_INTERMEDIATE, required");
	SET(why->theirs, "no USE_PPK_INT in IKE_SA_INIT");
	SET(why->setting, PPK_SETTING);
	return ERR_AUTH;
}

void ppk_put_answer(const struct ike_sa *sa, struct msg_writer *w)
{
	if (sa->ppk.agreed)
		notify_pl_put_simple(w, N_USE_PPK, nothing);
	if (sa->ppk.agreed_int)
		notify_pl_put_simple(w, N_USE_PPK_INT, nothing);
}

unsigned int ppk_count_notify(const struct rx *rx, uint16_t type,
			      struct notify_pl *first)
{
	const struct pl *pl;
	struct notify_pl n;
	unsigned int count = 0;

	for (pl = pl_find(&rx->chain, PL_N); pl;
	     pl = pl_next(&rx->chain, pl)) {
		if (notify_pl_parse(pl->body, &n) || n.type != type)
			continue;
		if (!count++)
			*first = n;
	}
	return count;
}

/* Of a form that we do not know: as good as a name that we do not know. */
static void take_id(struct ppk_request *rq, struct view id)
{
	rq->id_len = 0;
	if (id.len < 2 || id.len > 1 + PPK_ID_MAX ||
	    (id.p[0] != PPK_ID_FIXED && id.p[0] != PPK_ID_OPAQUE))
		return;
	rq->id_len = id.len - 1;
	memcpy(rq->id, id.p + 1, rq->id_len);
}

int ppk_take_identity(struct ike_sa *sa, const struct rx *rx,
		      struct claim *who, struct failure *why)
{
	struct notify_pl n, no_ppk;
	unsigned int count;

	who->no_ppk_auth = nothing;
	if (!sa->ppk.agreed)
		return 0;
	count = ppk_count_notify(rx, N_PPK_IDENTITY, &n);
	if (ppk_count_notify(rx, N_NO_PPK_AUTH, &no_ppk) > 1 || count > 1) {
		why->reason = FAILURE_SYNTAX;
		SET(why->theirs, "more than one PPK_IDENTITY or NO_PPK_AUTH");
		return ERR_SYNTAX;
	}
	if (ppk_count_notify(rx, N_NO_PPK_AUTH, &no_ppk))
		who->no_ppk_auth = no_ppk.data;
	if (!count) {
		sa->ike->count.ppk_id_mismatch++;
		why->reason = FAILURE_PPK_ID;
		SET(why->theirs, "no PPK_IDENTITY in IKE_AUTH");
		return ERR_AUTH;
	}
	if (sa->ppk.asked == PPK_UNASKED)
		take_id(&sa->ppk.rq, n.data);
	return 0;
}

static bool is_named(const struct cfg_ppk *entry, const struct ike_ppk *ppk)
{
	return entry->kind == CFG_PPK_MANUAL &&
	       strlen(entry->id) == ppk->rq.id_len &&
	       memcmp(entry->id, ppk->rq.id, ppk->rq.id_len) == 0;
}

int ppk_get_named(struct ike_sa *sa, const struct claim *who,
		  void (*resume)(struct ike_sa *sa))
{
	const struct cfg_ppk *entry, *source = NULL;
	const struct cfg_ike_profile *p;
	unsigned int i;

	if (!sa->ppk.agreed || !sa->ppk.rq.id_len ||
	    sa->ppk.asked != PPK_UNASKED)
		return 0;
	for (i = 0; (p = nth_profile(sa, i)); i++) {
		if (!profile_is_candidate(sa, who, p))
			continue;
		entry = ppk_entry(p, &who->id, &sa->path.remote.addr);
		if (entry && is_named(entry, &sa->ppk))
			return 0;
		if (entry && entry->kind == CFG_PPK_DYNAMIC && !source)
			source = entry;
	}
	return source && ask(sa, PPK_BY_ID, source->id, resume) == ERR_AGAIN ?
	       ERR_AGAIN : 0;
}

bool ppk_is_called(const struct cfg_ppk *entry, struct view id)
{
	struct ike_ppk called = { .without = false };

	take_id(&called.rq, id);
	return is_named(entry, &called);
}

int ppk_ask_named(struct ike_sa *sa, struct view id,
		  void (*resume)(struct ike_sa *sa))
{
	struct ppk_walk at = { 0, 0 };
	const struct cfg_ppk *entry;

	while ((entry = ppk_walk(sa, &at, true)))
		if (entry->kind == CFG_PPK_DYNAMIC)
			return ppk_ask_for(sa, entry, id, resume);
	return 0;
}

int ppk_ask_new(struct ike_sa *sa, const struct cfg_ppk *entry,
		void (*resume)(struct ike_sa *sa))
{
	return ask(sa, PPK_NEW, entry->id, resume);
}

int ppk_ask_for(struct ike_sa *sa, const struct cfg_ppk *entry,
		struct view id, void (*resume)(struct ike_sa *sa))
{
	take_id(&sa->ppk.rq, id);
	if (!sa->ppk.rq.id_len)
		return 0;
	return ask(sa, PPK_BY_ID, entry->id, resume) == ERR_AGAIN ?
	       ERR_AGAIN : 0;
}

const struct secret *ppk_fetched(const struct ike_sa *sa, struct view id)
{
	const struct ppk_request *rq = &sa->ppk.rq;

	if (sa->ppk.asked != PPK_ANSWERED || id.len != 1 + rq->id_len ||
	    memcmp(id.p + 1, rq->id, rq->id_len))
		return NULL;
	return sa->ppk.key;
}

int ppk_remember(struct ike_sa *sa, struct view id, const struct secret *key)
{
	take_id(&sa->ppk.rq, id);
	return sa->ppk.key ? 0 : keep(&sa->ppk.key, key);
}

/* The key that an entry has for the name the peer gave, or NULL. */
static const struct secret *key_of(const struct ike_sa *sa,
				   const struct cfg_ppk *entry)
{
	if (is_named(entry, &sa->ppk))
		return entry->key;
	if (entry->kind == CFG_PPK_DYNAMIC &&
	    strcmp(entry->id, sa->ppk.source) == 0)
		return sa->ppk.key;
	return NULL;
}

/* The peer is to be refused for want of a PPK. */
static int demand(struct ike_sa *sa, const struct cfg_ppk *entry,
		  enum failure_reason reason, struct failure *why)
{
	char id[FAILURE_VALUE / 2];

	why->reason = reason;
	if (entry)
		describe(entry, why->ours, sizeof(why->ours));
	else
		SET(why->ours, "no PPK for this peer");
	id_text(&sa->ppk, id, sizeof(id));
	if (reason == FAILURE_PPK_REQUIRED)
		SET(why->theirs, "no USE_PPK in IKE_SA_INIT");
	else
		SET(why->theirs, "PPK_ID %s", id);
	SET(why->setting, PPK_SETTING);
	if (entry && entry->required)
		sa->ike->count.ppk_required_refusals++;
	return ERR_AUTH;
}

/* A PPK was agreed on, and there is none of this name for this peer. */
static int judge_unknown(struct ike_sa *sa, const struct cfg_ppk *entry,
			 const struct claim *who, struct view *auth,
			 struct failure *why)
{
	bool retrieve = entry && entry->kind == CFG_PPK_DYNAMIC &&
			sa->ppk.asked == PPK_ANSWERED;

	if (!retrieve)
		sa->ike->count.ppk_id_mismatch++;
	if (!who->no_ppk_auth.len || (entry && entry->required))
		return demand(sa, entry, retrieve ? FAILURE_PPK_RETRIEVE :
			      FAILURE_PPK_ID, why);
	*auth = who->no_ppk_auth;
	sa->quantum.fallback = retrieve ? PPK_FALLBACK_RETRIEVE :
					  PPK_FALLBACK_ID;
	return 0;
}

int ppk_refuse_names(struct ike_sa *sa, enum ppk_fallback reason,
		     struct failure *why)
{
	char id[FAILURE_VALUE / 2];

	sa->ike->count.ppk_required_refusals++;
	why->reason = reason == PPK_FALLBACK_VALUE ? FAILURE_PPK_VALUE :
		      reason == PPK_FALLBACK_RETRIEVE ? FAILURE_PPK_RETRIEVE :
		      FAILURE_PPK_ID;
	SET(why->ours, "a PPK in IKE_INTERMEDIATE, required");
	id_text(&sa->ppk, id, sizeof(id));
	SET(why->theirs, "PPK_ID %s", id);
	SET(why->setting, PPK_SETTING);
	return ERR_AUTH;
}

/* Is what was used in IKE_INTERMEDIATE meant for this peer? */
static bool permits(const struct cfg_ppk *entry, const struct ike_ppk *ppk)
{
	if (entry->exchange == CFG_PPK_AUTH)
		return false;
	if (entry->kind == CFG_PPK_DYNAMIC)
		return strcmp(entry->id, ppk->source) == 0;
	return is_named(entry, ppk) && secret_equal(entry->key, ppk->key);
}

static int judge_int(struct ike_sa *sa, const struct cfg_ppk *entry,
		     struct failure *why)
{
	if (sa->quantum.form == PPK_IN_INTERMEDIATE) {
		if (entry && permits(entry, &sa->ppk))
			return 0;
		sa->ike->count.ppk_id_mismatch++;
		return demand(sa, entry, FAILURE_PPK_ID, why);
	}
	/* It was agreed that the peer names one. */
	if (!sa->ppk.tried_int || (entry && entry->required))
		return demand(sa, entry, FAILURE_PPK_ID, why);
	return 0;
}

const struct secret *ppk_named_key(const struct ike_sa *sa,
				   const struct cfg_ike_profile *profile,
				   const struct claim *who)
{
	const struct cfg_ppk *entry = ppk_entry(profile, &who->id,
						&sa->path.remote.addr);

	return sa->ppk.agreed && entry && serves(entry, false) ?
	       key_of(sa, entry) : NULL;
}

int ppk_judge(struct ike_sa *sa, const struct cfg_ike_profile *profile,
	      const struct claim *who, struct view *auth, struct failure *why)
{
	const struct cfg_ppk *entry = ppk_entry(profile, &who->id,
						&sa->path.remote.addr);
	const struct secret *key;

	*auth = who->auth.data;
	if (sa->ppk.agreed_int)
		return judge_int(sa, entry, why);
	memset(&sa->quantum, 0, sizeof(sa->quantum));
	if (!sa->ppk.agreed) {
		if (entry && entry->required)
			return demand(sa, entry, FAILURE_PPK_REQUIRED, why);
		if (entry)
			sa->quantum.fallback = PPK_FALLBACK_NOT_OFFERED;
		return 0;
	}
	key = ppk_named_key(sa, profile, who);
	if (!key)
		return judge_unknown(sa, entry, who, auth, why);
	sa->quantum.used = entry->kind;
	sa->quantum.form = PPK_IN_AUTH;
	return ppk_mix(sa, key);
}

void ppk_put_confirmation(const struct ike_sa *sa, struct msg_writer *w)
{
	if (ppk_is_mixed(sa))
		notify_pl_put_simple(w, N_PPK_IDENTITY, nothing);
}

/* -------------------------------------------------------------------- both */

int ppk_check_identity(struct ike_sa *sa, const struct cfg_ike_profile *p,
		       const struct id_pl *id, struct failure *why)
{
	const struct cfg_ppk *entry = ppk_entry(p, id, &sa->path.remote.addr);

	if (!entry || !entry->required || sa->quantum.used != CFG_PPK_NONE)
		return 0;
	return demand(sa, entry, FAILURE_PPK_REQUIRED, why);
}

void ppk_established(struct ike_sa *sa)
{
	struct ike_quantum *q = &sa->quantum;
	struct ike_event ev = {
		.type = "quantum-fallback",
		.ifname = sa->tunnel->cfg->name,
		.session_id = sa->session_id,
		.text = ppk_fallback_text(q->fallback),
	};

	ppk_drop(sa);
	if (q->used != CFG_PPK_NONE)
		sa->ike->count.ppk_established++;
	if (q->fallback == PPK_FALLBACK_NONE)
		return;
	sa->ike->count.ppk_fallbacks++;
	log_warning(&sa->log, "not quantum-safe, the session does without a PPK: %s",
		    ev.text);
	ike_emit(sa->ike, &ev);
}
