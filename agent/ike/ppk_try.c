// SPDX-License-Identifier: GPL-2.0
/*
 * Trying a PPK: one of the configuration is looked up, one of a key source is
 * fetched, shown by its name and length, and wiped.
 */

#include "ike/ppk_try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fips/fips.h"
#include "ike/engine.h"
#include "ike/gate.h"
#include "util/err.h"

/* Kept at a time, answered or not; the oldest goes first. */
#define TRIES_MAX	8

/** struct ppk_try - a key under way, or its answer */
struct ppk_try {
	struct list list;
	struct ike *ike;
	uint32_t ticket;
	struct ppk_request rq;
	char source[sizeof(((struct cfg_ppk *)0)->id)];
	uint64_t begun_ms, took_ms;
	size_t key_octets;
	bool pending;
};

static void on_key(struct ppk_request *rq)
{
	struct ppk_try *t = rq->arg;

	t->pending = false;
	t->took_ms = ike_now_ms(t->ike) - t->begun_ms;
	if (rq->err)
		return;
	t->key_octets = secret_len(rq->key);
	if (!gate_admits_source_key(t->ike, rq->key)) {
		rq->err = ERR_DENIED;
		snprintf(rq->why, sizeof(rq->why),
			 "it has %zu octets; FIPS mode admits none of less than %u",
			 t->key_octets, FIPS_SOURCE_KEY_MIN);
	}
	secret_clear(&rq->key);
}

static void drop(struct ppk_try *t)
{
	const struct ike_env *env = &t->ike->env;

	if (t->pending)
		env->ppk->cancel(env->ppk_arg, &t->rq);
	list_del(&t->list);
	t->ike->ppk_try_count--;
	free(t);
}

void ppk_tries_drop(struct ike *ike)
{
	while (!list_empty(&ike->ppk_tries))
		drop(list_entry(ike->ppk_tries.next, struct ppk_try, list));
}

/* The first peer of that name that has a PPK. */
static const struct cfg_peer *find_peer(const struct cfg *cfg,
					const char *name)
{
	const struct cfg_keyring *k = cfg->keyrings;
	unsigned int i;

	for (; k < cfg->keyrings + cfg->keyring_count; k++)
		for (i = 0; i < k->peer_count; i++)
			if (k->peers[i].ppk.kind != CFG_PPK_NONE &&
			    strcmp(k->peers[i].name, name) == 0)
				return &k->peers[i];
	return NULL;
}

static void show(const struct ppk_try *t, struct view_ppk_test *out)
{
	out->kind = CFG_PPK_DYNAMIC;
	out->ticket = t->ticket;
	out->pending = t->pending;
	out->key_octets = t->key_octets;
	out->took_ms = t->took_ms;
	if (!t->pending && t->rq.err)
		snprintf(out->why, sizeof(out->why), "%s", t->rq.why);
	if (!t->pending && !t->rq.err)
		log_escape(t->rq.id, t->rq.id_len, out->id, sizeof(out->id));
}

static int begin(struct ike *ike, const struct cfg_peer *peer,
		 struct view_ppk_test *out)
{
	struct ppk_try *t = calloc(1, sizeof(*t));
	int err = ERR_NOT_FOUND;

	if (!t)
		return ERR_NOMEM;
	if (ike->ppk_try_count >= TRIES_MAX)
		drop(list_entry(ike->ppk_tries.next, struct ppk_try, list));
	t->ike = ike;
	t->ticket = ++ike->last_ppk_try;
	t->begun_ms = ike_now_ms(ike);
	snprintf(t->source, sizeof(t->source), "%s", peer->ppk.id);
	snprintf(t->rq.why, sizeof(t->rq.why), "there are no key sources");
	t->rq.want = PPK_TRY;
	t->rq.source = t->source;
	t->rq.label = peer->name;
	t->rq.peer = peer->address.addr;
	t->rq.done = on_key;
	t->rq.arg = t;
	list_add_tail(&ike->ppk_tries, &t->list);
	ike->ppk_try_count++;
	t->pending = true;
	if (ike->env.ppk)
		err = ike->env.ppk->start(ike->env.ppk_arg, &t->rq);
	if (err) {
		t->pending = false;
		t->rq.err = err;
	}
	show(t, out);
	return 0;
}

int ike_ppk_test(struct ike *ike, const char *name, uint32_t ticket,
		 struct view_ppk_test *out)
{
	const struct cfg_peer *peer;
	struct ppk_try *t;

	memset(out, 0, sizeof(*out));
	if (ticket) {
		list_for_each(t, &ike->ppk_tries, struct ppk_try, list) {
			if (t->ticket == ticket) {
				show(t, out);
				return 0;
			}
		}
		return ERR_NOT_FOUND;
	}
	peer = find_peer(ike->cfg, name);
	if (!peer)
		return ERR_NOT_FOUND;
	if (peer->ppk.kind == CFG_PPK_DYNAMIC)
		return begin(ike, peer, out);
	out->kind = CFG_PPK_MANUAL;
	out->key_octets = secret_len(peer->ppk.key);
	snprintf(out->id, sizeof(out->id), "%s", peer->ppk.id);
	return 0;
}
