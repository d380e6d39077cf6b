// SPDX-License-Identifier: GPL-2.0
/*
 * Key exchanges: on the spot or by the pool.
 */

#include "ike/kex.h"

#include <stdlib.h>

#include "ike/exchange.h"
#include "ike/intermediate.h"
#include "ike/park.h"
#include "proto/payload.h"
#include "util/err.h"

/*
 * With this much work waiting IKE_SA_INIT is not answered: what is taken on
 * has to be done before the peer asks again, a second or two later.
 */
#define WAITING_MAX	256

/** struct kex_work - one side's computation, both steps if it responds */
struct kex_work {
	struct rx_work rx;
	bool respond;
	uint16_t method;
	struct ke *mine;		/* a reference, or NULL */
	struct buf peer;
	int err;
	struct buf public;
	struct secret *shared;
};

bool kex_has_pool(const struct ike *ike)
{
	return ike->env.work && ike->cfg->workers;
}

static bool is_work(const struct ike *ike, uint16_t method)
{
	const struct alg_ke *alg = alg_ke(method);

	return kex_has_pool(ike) && alg && (alg->slow || ike->env.work_all);
}

bool kex_overloaded(const struct ike *ike)
{
	const struct ike_env *env = &ike->env;

	return env->work && env->work->waiting(env->work_arg) >= WAITING_MAX;
}

/* ------------------------------------------------------ pairs made before */

/** struct stock_order - work that fills a stock */
struct stock_order {
	struct work work;
	struct ike *ike;
	uint16_t method;
	unsigned int count, made;
	struct ke *pair[PAIR_STOCK];
};

static void order_run(struct work *work)
{
	struct stock_order *o = list_entry(work, struct stock_order, work);

	while (o->made < o->count) {
		o->pair[o->made] = ke_new(o->method);
		if (!o->pair[o->made])
			return;
		o->made++;
	}
}

static struct pair_stock *find_stock(struct ike *ike, uint16_t method)
{
	size_t i;

	for (i = 0; i < PAIR_STOCKS; i++)
		if (ike->stock[i].method == method)
			return &ike->stock[i];
	for (i = 0; i < PAIR_STOCKS; i++)
		if (!ike->stock[i].method) {
			ike->stock[i].method = method;
			return &ike->stock[i];
		}
	return NULL;
}

static void order_free(struct work *work)
{
	struct stock_order *o = list_entry(work, struct stock_order, work);

	while (o->made)
		ke_free(o->pair[--o->made]);
	free(o);
}

static void order_done(struct work *work)
{
	struct stock_order *o = list_entry(work, struct stock_order, work);
	struct pair_stock *s = find_stock(o->ike, o->method);

	s->order = NULL;
	while (o->made && s->count < PAIR_STOCK)
		s->pair[s->count++] = o->pair[--o->made];
	order_free(work);
}

/* Not one by one: waking a thread costs as much as an easy group does. */
static void order_more(struct ike *ike, struct pair_stock *s)
{
	const struct ike_env *env = &ike->env;
	struct stock_order *o;

	if (s->order || s->count > PAIR_STOCK / 2)
		return;
	o = calloc(1, sizeof(*o));
	if (!o)
		return;
	o->work = (struct work){ .run = order_run, .done = order_done,
				 .free = order_free };
	o->ike = ike;
	o->method = s->method;
	o->count = PAIR_STOCK - s->count;
	s->order = o;
	env->work->start(env->work_arg, &o->work, WORK_IDLE);
}

/* A pair from the stock, or NULL. */
static struct ke *take_stock(struct ike *ike, uint16_t method)
{
	struct pair_stock *s;
	struct ke *ke = NULL;

	if (!is_work(ike, method) || !ke_has_pairs(method))
		return NULL;
	s = find_stock(ike, method);
	if (!s)
		return NULL;
	if (s->count)
		ke = s->pair[--s->count];
	order_more(ike, s);
	return ke;
}

void kex_fini(struct ike *ike)
{
	const struct ike_env *env = &ike->env;
	struct pair_stock *s;

	for (s = ike->stock; s < ike->stock + PAIR_STOCKS; s++) {
		while (s->count)
			ke_free(s->pair[--s->count]);
		if (s->order)
			env->work->cancel(env->work_arg, &s->order->work);
	}
}

/* --------------------------------------------------------- for a message */

static void kex_run(struct work *work)
{
	struct rx_work *rx = list_entry(work, struct rx_work, work);
	struct kex_work *w = list_entry(rx, struct kex_work, rx);

	w->err = w->respond ?
		 ke_respond(w->mine, w->method, buf_view(&w->peer), &w->public,
			    &w->shared) :
		 ke_derive(w->mine, buf_view(&w->peer), &w->shared);
}

static void kex_free(struct rx_work *rx)
{
	struct kex_work *w = list_entry(rx, struct kex_work, rx);

	ke_free(w->mine);
	buf_fini(&w->peer);
	buf_fini(&w->public);
	secret_free(w->shared);
	free(w);
}

static struct rx_work *new_work(const struct ke_pl *ke, struct ke *mine,
				bool respond)
{
	struct kex_work *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->rx.kind = RX_WORK_KE;
	w->rx.work.run = kex_run;
	w->rx.free = kex_free;
	w->respond = respond;
	w->method = ke->method;
	w->mine = mine;
	buf_init(&w->peer, MSG_MAX_LEN);
	buf_init(&w->public, MSG_MAX_LEN);
	buf_put_view(&w->peer, ke->data);
	return &w->rx;
}

/* The KE payload when it is worth work that was not done yet. */
static bool find_ke(struct ike_sa *sa, const struct rx *rx, struct ke_pl *out)
{
	const struct pl *pl = pl_find(&rx->chain, PL_KE);

	return pl && !rx_result(rx, RX_WORK_KE) && !ke_pl_parse(pl->body, out) &&
	       is_work(sa->ike, out->method);
}

struct rx_work *kex_respond_work(struct ike_sa *sa, const struct rx *rx)
{
	struct ke_pl ke;

	if (!find_ke(sa, rx, &ke) || ke.data.len != alg_ke(ke.method)->public_i)
		return NULL;
	return new_work(&ke, take_stock(sa->ike, ke.method), true);
}

struct rx_work *kex_derive_work(struct ike_sa *sa, struct ke *mine,
				const struct rx *rx)
{
	struct ke_pl ke;

	if (!mine || !find_ke(sa, rx, &ke) || ke.method != ke_method(mine) ||
	    ke.data.len != alg_ke(ke.method)->public_r)
		return NULL;
	return new_work(&ke, ke_get(mine), false);
}

/* The result, if it is of just this computation. */
static struct kex_work *find_result(const struct rx *rx, uint16_t method,
				    struct view peer)
{
	struct rx_work *found = rx_result(rx, RX_WORK_KE);
	struct kex_work *w;

	if (!found)
		return NULL;
	w = list_entry(found, struct kex_work, rx);
	return w->method == method && view_eq(buf_view(&w->peer), peer) ? w :
	       NULL;
}

static int take_result(struct kex_work *w, struct secret **shared)
{
	*shared = w->shared;
	w->shared = NULL;
	return w->err;
}

int kex_derive(const struct rx *rx, struct ke *mine, struct view peer,
	       struct secret **shared)
{
	struct kex_work *w = find_result(rx, ke_method(mine), peer);

	return w && !w->respond && w->mine == mine ? take_result(w, shared) :
						     ke_derive(mine, peer, shared);
}

int kex_respond(struct ike *ike, const struct rx *rx, uint16_t method,
		struct view peer, struct buf *public, struct secret **shared)
{
	struct kex_work *w = find_result(rx, method, peer);
	struct ke *mine;
	int err;

	if (w && w->respond) {
		buf_put_view(public, buf_view(&w->public));
		return take_result(w, shared);
	}
	mine = take_stock(ike, method);
	err = ke_respond(mine, method, peer, public, shared);
	ke_free(mine);
	return err;
}

/* --------------------------------------------------------- for a request */

/** struct pair_work - the key pair of one IKE SA's next request */
struct pair_work {
	struct work work;
	struct ike_sa *sa;
	uint16_t method;
	struct ke *made;
};

static void pair_run(struct work *work)
{
	struct pair_work *w = list_entry(work, struct pair_work, work);

	w->made = ke_new(w->method);
}

static void pair_free(struct work *work)
{
	struct pair_work *w = list_entry(work, struct pair_work, work);

	ke_free(w->made);
	free(w);
}

static void pair_done(struct work *work)
{
	struct pair_work *w = list_entry(work, struct pair_work, work);
	struct ike_sa *sa = w->sa;
	struct ike *ike = sa->ike;

	sa->pair_work = NULL;
	ke_free(sa->pair);
	sa->pair = w->made;
	sa->pair_failed = !w->made;
	w->made = NULL;
	pair_free(work);
	if (sa->state == IKE_INIT_SENT)
		sa_init_continue(sa);
	else if (sa->state == IKE_KEY_WAIT)
		intermediate_next(sa);
	else
		ike_sa_run_tasks(sa);
	ike_check_stopped(ike);
}

int kex_want_pair(struct ike_sa *sa, uint16_t method)
{
	const struct ike_env *env = &sa->ike->env;
	struct pair_work *w;

	/* What failed on a thread fails again, and is reported, here. */
	if (!method || sa->pair_failed || !is_work(sa->ike, method) ||
	    (sa->pair && ke_method(sa->pair) == method))
		return 0;
	if (sa->pair_work)
		return ERR_AGAIN;
	ke_free(sa->pair);
	sa->pair = take_stock(sa->ike, method);
	if (sa->pair)
		return 0;
	w = calloc(1, sizeof(*w));
	if (!w)
		return 0;
	w->work = (struct work){ .run = pair_run, .done = pair_done,
				 .free = pair_free };
	w->sa = sa;
	w->method = method;
	sa->pair_work = w;
	env->work->start(env->work_arg, &w->work, WORK_NOW);
	return ERR_AGAIN;
}

struct ke *kex_take_pair(struct ike_sa *sa, uint16_t method)
{
	struct ke *ke = sa->pair;

	sa->pair = NULL;
	sa->pair_failed = false;
	if (ke && ke_method(ke) == method)
		return ke;
	ke_free(ke);
	return ke_new(method);
}

void kex_drop_pair(struct ike_sa *sa)
{
	const struct ike_env *env = &sa->ike->env;

	ke_free(sa->pair);
	sa->pair = NULL;
	if (sa->pair_work)
		env->work->cancel(env->work_arg, &sa->pair_work->work);
	sa->pair_work = NULL;
}
