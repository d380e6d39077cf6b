// SPDX-License-Identifier: GPL-2.0
/*
 * Additional key exchanges behind CREATE_CHILD_SA, both roles.
 *
 *   I: HDR, SK { KEi(n), N(ADDITIONAL_KEY_EXCHANGE, link) }
 *   R: HDR, SK { KEr(n), [N(ADDITIONAL_KEY_EXCHANGE, link)] }
 *   R: HDR, SK { N(STATE_NOT_FOUND) }
 *
 * The response to the last one has no link; with it the new SA is there.
 */

#include "ike/followup.h"

#include <stdlib.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/kex.h"
#include "ike/refuse.h"
#include "ike/tunnel.h"
#include "util/err.h"

static const struct view nothing = { NULL, 0 };

void followup_drop(struct ike_sa *sa)
{
	struct followup *f = sa->followup;

	if (!f)
		return;
	sa->followup = NULL;
	timer_cancel(&f->expiry);
	ike_sa_free(f->next);
	if (!f->initiator)
		child_free(f->child);
	secret_free(f->first);
	secret_free(f->more);
	secret_free(f->sk_d);
	buf_fini(&f->link);
	ke_free(f->ke);
	free(f);
}

static void on_expiry(void *arg)
{
	struct followup *f = arg;
	struct ike_sa *sa = f->sa;

	log_notice(&sa->log, "%s given up: the peer does not go on with the key exchanges",
		   f->next ? "IKE SA rekey" : "child SA");
	followup_drop(sa);
	/* Where there was none before, ours was put off for the peer's. */
	tunnel_retry(sa->tunnel, false);
	ike_sa_run_tasks(sa);
}

int followup_begin(struct ike_sa *sa, bool initiator,
		   const struct alg_ke *const *set, struct secret *first,
		   struct secret *sk_d)
{
	struct followup *f = calloc(1, sizeof(*f));
	unsigned int i;

	if (!f) {
		secret_free(first);
		secret_free(sk_d);
		return ERR_NOMEM;
	}
	followup_drop(sa);
	sa->followup = f;
	f->sa = sa;
	f->initiator = initiator;
	f->first = first;
	f->sk_d = sk_d;
	for (i = 0; i < ADDKE_MAX; i++)
		if (set[i])
			f->method[f->count++] = set[i];
	buf_init(&f->link, FOLLOWUP_LINK_MAX);
	timer_init(&f->expiry, sa->ike->env.timers, on_expiry, f);
	return 0;
}

int followup_begin_child(struct child_sa *child, bool initiator,
			 struct secret *first)
{
	int err = followup_begin(child->sa, initiator, child->suite.addke,
				 first, NULL);

	if (!err)
		child->sa->followup->child = child;
	return err;
}

void followup_child_gone(struct child_sa *child)
{
	struct followup *f = child->sa->followup;

	if (f && f->child == child)
		f->child = NULL;
}

/* One secret more. */
static int add_secret(struct followup *f, const struct secret *shared)
{
	size_t before = f->more ? secret_len(f->more) : 0;
	struct secret *all = secret_alloc(before + secret_len(shared));

	if (!all)
		return ERR_NOMEM;
	if (before)
		memcpy(secret_writable(all), secret_bytes(f->more), before);
	memcpy(secret_writable(all) + before, secret_bytes(shared),
	       secret_len(shared));
	secret_free(f->more);
	f->more = all;
	f->done++;
	return 0;
}

/* The KE payload when it is of the method that is due. */
static bool find_ke(const struct followup *f, const struct rx *rx,
		    struct ke_pl *out)
{
	const struct pl *pl = pl_find(&rx->chain, PL_KE);

	return f && f->done < f->count && pl && !ke_pl_parse(pl->body, out) &&
	       out->method == f->method[f->done]->id;
}

/* --------------------------------------------------------------- initiator */

int followup_take_link(struct ike_sa *sa, const struct rx *rx)
{
	struct followup *f = sa->followup;
	struct notify_pl n;

	if (!rx_notify(rx, N_ADDITIONAL_KEY_EXCHANGE, &n) || !n.data.len ||
	    n.data.len > FOLLOWUP_LINK_MAX)
		return ERR_SYNTAX;
	buf_reset(&f->link);
	buf_put_view(&f->link, n.data);
	return buf_ok(&f->link) ? 0 : ERR_NOMEM;
}

int followup_send(struct ike_sa *sa)
{
	struct followup *f = sa->followup;
	uint16_t method = f->method[f->done]->id;
	struct reply r;
	int err;

	f->waits = kex_want_pair(sa, method);
	if (f->waits)
		return 0;
	ke_free(f->ke);
	f->ke = kex_take_pair(sa, method);
	if (!f->ke)
		return ERR_CRYPTO;
	reply_init(&r);
	ke_pl_put(&r.w, method, ke_public(f->ke));
	notify_pl_put_simple(&r.w, N_ADDITIONAL_KEY_EXCHANGE,
			     buf_view(&f->link));
	err = reply_send_request(sa, EXCHANGE_IKE_FOLLOWUP_KE, &r);
	reply_fini(&r);
	return err;
}

/* As initiator: the last one is done, or one failed. */
static int finish(struct ike_sa *sa, int err)
{
	return sa->active.kind == TASK_REKEY_IKE ?
	       rekey_ike_followed(sa, err) : create_child_followed(sa, err);
}

void followup_resume(struct ike_sa *sa)
{
	int err = followup_send(sa);

	if (err)
		finish(sa, err);
}

static int take(struct followup *f, const struct rx *rx)
{
	struct secret *shared = NULL;
	struct ke_pl ke;
	int err;

	if (!find_ke(f, rx, &ke) || !f->ke)
		return ERR_SYNTAX;
	err = kex_derive(rx, f->ke, ke.data, &shared);
	if (!err)
		err = add_secret(f, shared);
	secret_free(shared);
	return err;
}

struct rx_work *followup_response_work(struct ike_sa *sa, const struct rx *rx)
{
	return sa->followup ? kex_derive_work(sa, sa->followup->ke, rx) : NULL;
}

int followup_response(struct ike_sa *sa, struct rx *rx)
{
	struct followup *f = sa->followup;
	struct view data;
	uint16_t error = rx_error(rx, &data);
	int err;

	if (!f || !f->initiator)
		return ERR_ILLEGAL;
	msgid_request_done(sa);
	rekey_ike_refused(sa, error, EXCHANGE_IKE_FOLLOWUP_KE);
	err = error ? ERR_TEMPORARY : take(f, rx);
	if (!err && f->done < f->count) {
		err = followup_take_link(sa, rx);
		if (!err)
			err = followup_send(sa);
		if (!err)
			return 0;
	}
	return finish(sa, err);
}

/* --------------------------------------------------------------- responder */

void followup_put_link(struct ike_sa *sa, struct msg_writer *w)
{
	struct followup *f = sa->followup;
	uint8_t link[FOLLOWUP_LINK];

	rand_bytes(link, sizeof(link));
	buf_reset(&f->link);
	buf_put(&f->link, link, sizeof(link));
	notify_pl_put_simple(w, N_ADDITIONAL_KEY_EXCHANGE,
			     buf_view(&f->link));
	timer_set(&f->expiry, FOLLOWUP_MS);
}

/* Is it about the series that is under way? */
static bool is_linked(const struct followup *f, const struct rx *rx)
{
	struct notify_pl n;

	return f && !f->initiator && (f->next || f->child) &&
	       rx_notify(rx, N_ADDITIONAL_KEY_EXCHANGE, &n) &&
	       view_eq(n.data, buf_view(&f->link));
}

struct rx_work *followup_request_work(struct ike_sa *sa, const struct rx *rx)
{
	struct ke_pl ke;

	return is_linked(sa->followup, rx) && find_ke(sa->followup, rx, &ke) ?
	       kex_respond_work(sa, rx) : NULL;
}

static int answer(struct ike_sa *sa, struct rx *rx, struct reply *r)
{
	struct followup *f = sa->followup;
	struct secret *shared = NULL;
	struct buf public;
	struct ke_pl ke;
	int err;

	if (!find_ke(f, rx, &ke))
		return ERR_SYNTAX;
	buf_init(&public, MSG_MAX_LEN);
	err = kex_respond(sa->ike, rx, ke.method, ke.data, &public, &shared);
	if (!err)
		err = add_secret(f, shared);
	if (!err && f->done == f->count)
		err = f->child ? create_child_install_followed(f) :
				 rekey_ike_derive(sa, f->next);
	if (!err) {
		ke_pl_put(&r->w, ke.method, buf_view(&public));
		if (f->done < f->count)
			followup_put_link(sa, &r->w);
	}
	secret_free(shared);
	buf_fini(&public);
	return err;
}

static int refuse(struct ike_sa *sa, uint16_t type, int err)
{
	log_notice(&sa->log, "IKE_FOLLOWUP_KE refused: %s", err_text(err));
	reply_notify(sa, EXCHANGE_IKE_FOLLOWUP_KE, type, nothing);
	return err;
}

int followup_request(struct ike_sa *sa, struct rx *rx)
{
	struct followup *f = sa->followup;
	struct child_sa *child;
	struct ike_sa *next;
	struct reply r;
	int err;

	if (!is_linked(f, rx))
		return refuse(sa, N_STATE_NOT_FOUND, ERR_NOT_FOUND);
	reply_init(&r);
	err = answer(sa, rx, &r);
	if (!err)
		err = reply_send_response(sa, EXCHANGE_IKE_FOLLOWUP_KE, &r);
	reply_fini(&r);
	if (err) {
		followup_drop(sa);
		refuse(sa, err == ERR_SYNTAX || err == ERR_KE_VALUE ?
		       N_INVALID_SYNTAX : N_TEMPORARY_FAILURE, err);
		refuse_close_malformed(sa, err, "malformed IKE_FOLLOWUP_KE");
		return err;
	}
	if (f->done < f->count)
		return 0;
	next = f->next;
	child = f->child;
	f->next = NULL;
	f->child = NULL;
	followup_drop(sa);
	if (child)
		create_child_take_over(child);
	else
		rekey_ike_take_over(sa, next);
	return 0;
}
