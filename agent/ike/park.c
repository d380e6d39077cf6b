// SPDX-License-Identifier: GPL-2.0
/*
 * Putting messages aside.
 */

#include "ike/park.h"

#include <stdlib.h>

#include "util/err.h"

static struct parked **place(struct ike_sa *sa, bool response)
{
	return &sa->parked[response ? 1 : 0];
}

static bool is_response(const struct parked *p)
{
	return p->rx.hdr.flags & IKE_FLAG_RESPONSE;
}

void rx_add_result(struct rx *rx, struct rx_work *w)
{
	w->next = rx->results;
	rx->results = w;
}

static void on_done(struct work *work)
{
	struct rx_work *w = list_entry(work, struct rx_work, work);
	struct parked *p = w->parked;

	p->work = NULL;
	*place(p->sa, is_response(p)) = NULL;
	rx_add_result(&p->rx, w);
	fsm_resume(p->sa, p);
}

static void on_cancel(struct work *work)
{
	struct rx_work *w = list_entry(work, struct rx_work, work);

	w->free(w);
}

void park_again(struct parked *p, struct rx_work *work)
{
	const struct ike_env *env = &p->ike->env;

	*place(p->sa, is_response(p)) = p;
	p->work = work;
	work->parked = p;
	work->work.done = on_done;
	work->work.free = on_cancel;
	env->work->start(env->work_arg, &work->work, WORK_NOW);
}

/* What could be parsed once can be parsed again. */
static void copy_clear(struct parked *p, struct view datagram)
{
	struct view body;

	buf_put_view(&p->datagram, datagram);
	if (!buf_ok(&p->datagram))
		return;
	body = (struct view){ p->datagram.p + IKE_HDR_LEN,
			      p->datagram.len - IKE_HDR_LEN };
	pl_chain_parse(p->rx.hdr.next, body, false, &p->rx.chain);
}

static struct parked *new_parked(struct ike_sa *sa, const struct rx *rx)
{
	struct parked *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->ike = sa->ike;
	p->sa = sa;
	p->path = *rx->path;
	p->rx = *rx;
	p->rx.path = &p->path;
	buf_init(&p->plain, MSG_MAX_LEN);
	buf_init(&p->datagram, MSG_MAX_LEN);
	return p;
}

int park_accepted(struct ike_sa *sa, struct rx *rx, struct rx_work *work)
{
	struct parked *p = new_parked(sa, rx);

	if (!p)
		goto err_free_work;
	buf_put_view(&p->plain, rx->plain);
	p->rx.plain = buf_view(&p->plain);
	p->rx.datagram = buf_view(&p->datagram);
	p->rx.accepted = true;
	if (!buf_ok(&p->plain) ||
	    pl_chain_parse(rx->first, p->rx.plain, true, &p->rx.chain))
		goto err_free_parked;
	rx->results = NULL;
	park_again(p, work);
	return 0;

err_free_parked:
	buf_fini(&p->plain);
	free(p);
err_free_work:
	work->free(work);
	return ERR_NOMEM;
}

int park(struct ike_sa *sa, const struct rx *rx, struct buf *plain,
	 struct rx_work *work)
{
	struct parked *p = new_parked(sa, rx);

	if (!p)
		goto err_free_work;
	if (plain)
		buf_take(&p->plain, plain);
	else
		copy_clear(p, rx->datagram);
	p->rx.datagram = buf_view(&p->datagram);
	if (!buf_ok(&p->datagram))
		goto err_free_parked;
	park_again(p, work);
	return 0;

err_free_parked:
	buf_fini(&p->datagram);
	buf_fini(&p->plain);
	free(p);
err_free_work:
	work->free(work);
	return ERR_NOMEM;
}

void rx_free_results(struct rx *rx)
{
	struct rx_work *w;

	while ((w = rx->results)) {
		rx->results = w->next;
		w->free(w);
	}
}

void parked_free(struct parked *p)
{
	const struct ike_env *env = &p->ike->env;

	if (p->work)
		env->work->cancel(env->work_arg, &p->work->work);
	rx_free_results(&p->rx);
	buf_fini(&p->plain);
	buf_fini(&p->datagram);
	free(p);
}

void park_drop(struct ike_sa *sa, bool response)
{
	struct parked *p = *place(sa, response);

	if (!p)
		return;
	*place(sa, response) = NULL;
	parked_free(p);
}

struct rx_work *rx_result_next(const struct rx *rx, enum rx_work_kind kind,
			       const struct rx_work *after)
{
	struct rx_work *w;

	for (w = after ? after->next : rx->results; w; w = w->next)
		if (w->kind == kind)
			return w;
	return NULL;
}

struct rx_work *rx_result(const struct rx *rx, enum rx_work_kind kind)
{
	return rx_result_next(rx, kind, NULL);
}
