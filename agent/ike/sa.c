// SPDX-License-Identifier: GPL-2.0
/*
 * IKE SA objects, their tables and their queue of work.
 */

#include "ike/sa.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/fragment.h"
#include "ike/fsm.h"
#include "ike/ghost.h"
#include "ike/intermediate.h"
#include "ike/kex.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"
#include "ike/park.h"
#include "ike/ppk.h"
#include "ike/ppk_rekey.h"
#include "ike/proof.h"
#include "ike/tunnel.h"
#include "util/err.h"

/* Session IDs run from 1 to 65535 and begin again. */
#define SESSION_ID_MAX	65535

/** struct half_open_addr - half-open IKE SAs of one peer address */
struct half_open_addr {
	struct table_node node;
	struct addr addr;
	unsigned int count;
};

static void name_sa(struct ike_sa *sa)
{
	snprintf(sa->log.name, sizeof(sa->log.name),
		 "ike %016" PRIx64 "/%016" PRIx64, sa->spi_i, sa->spi_r);
}

static uint64_t new_spi(struct ike *ike)
{
	uint64_t spi;

	do {
		rand_bytes(&spi, sizeof(spi));
	} while (!spi || table_find(&ike->by_spi, spi));
	return spi;
}

static void init_buffers(struct ike_sa *sa)
{
	struct buf *small[] = {
		&sa->nonces.ni, &sa->nonces.nr, &sa->cookie, &sa->id_local,
		&sa->id_remote, &sa->init_request, &sa->init_response,
		&sa->wanted,
	};
	size_t i;

	for (i = 0; i < sizeof(small) / sizeof(small[0]); i++)
		buf_init(small[i], MSG_MAX_LEN);
	buf_init(&sa->tx.last, DATAGRAMS_MAX);
	buf_init(&sa->rx.last, DATAGRAMS_MAX);
}

struct ike_sa *ike_sa_new(struct ike *ike, const struct net_path *path,
			  bool initiator)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));

	if (!sa)
		return NULL;
	sa->ike = ike;
	sa->path = *path;
	sa->answer_path = *path;
	sa->initiator = initiator;
	sa->fips = ike->fips;
	sa->state = initiator ? IKE_INIT_SENT : IKE_INIT_RECEIVED;
	sa->id = ++ike->last_ike_sa_id;
	sa->created_ms = ike_now_ms(ike);
	sa->last_rx_ms = sa->created_ms;
	init_buffers(sa);
	list_init(&sa->of_tunnel);
	list_init(&sa->tasks);
	list_init(&sa->children);
	lifetime_init(sa);
	msgid_init(sa);
	fragment_init(sa);
	if (initiator)
		sa->spi_i = new_spi(ike);
	else
		sa->spi_r = new_spi(ike);
	name_sa(sa);
	table_insert(&ike->by_spi, &sa->by_spi, ike_sa_local_spi(sa));
	list_add_tail(&ike->sas, &sa->list);
	ike->last_session_id = ike->last_session_id % SESSION_ID_MAX + 1;
	sa->session_id = ike->last_session_id;
	return sa;
}

void nonces_fini(struct nonces *n)
{
	buf_fini(&n->ni);
	buf_fini(&n->nr);
}

int nonce_make(struct buf *nonce)
{
	uint8_t *p;

	buf_reset(nonce);
	p = buf_reserve(nonce, NONCE_LEN);
	if (!p)
		return ERR_NOMEM;
	rand_bytes(p, NONCE_LEN);
	return 0;
}

void ike_sa_drop_rekey(struct ike_sa *sa)
{
	struct rekey *r = sa->rekey;

	if (!r)
		return;
	sa->rekey = NULL;
	list_del(&r->list);
	/* It has no clocks of its own: here it takes over, or ends. */
	if (r->rival && r->rival->tunnel && r->rival->tunnel->sa == r->rival)
		lifetime_begin(r->rival);
	else if (r->rival && r->rival->state != IKE_CLOSED)
		lifetime_expire_in(r->rival, 0);
	ike_sa_free(r->next);
	free(r);
}

void ike_sa_drop_init(struct ike_sa *sa)
{
	ke_free(sa->ke);
	sa->ke = NULL;
	buf_fini(&sa->init_request);
	buf_fini(&sa->init_response);
	buf_fini(&sa->cookie);
	buf_fini(&sa->wanted);
	if (sa->in_by_init)
		table_remove(&sa->ike->by_init, &sa->by_init);
	sa->in_by_init = false;
}

struct ike_sa *ike_sa_undecided(const struct ike_sa *rival)
{
	struct rekey *r;

	list_for_each(r, &rival->ike->rekeys, struct rekey, list)
		if (r->rival == rival)
			return r->sa;
	return NULL;
}

/* Nobody's rekey may point at an IKE SA that is going away. */
static void forget_in_rekeys(struct ike_sa *sa)
{
	struct rekey *r;

	list_for_each(r, &sa->ike->rekeys, struct rekey, list) {
		if (r->rival == sa)
			r->rival = NULL;
		if (r->next == sa)
			r->next = NULL;
	}
}

void ike_sa_set_tunnel(struct ike_sa *sa, struct tunnel *t)
{
	list_del(&sa->of_tunnel);
	sa->tunnel = t;
	if (t)
		list_add_tail(&t->sas, &sa->of_tunnel);
}

void ike_sa_free(struct ike_sa *sa)
{
	struct child_sa *child, *tmp;

	if (!sa)
		return;
	/* From here on nobody may ask it for anything. */
	sa->state = IKE_CLOSED;
	if (sa->tunnel)
		tunnel_sa_gone(sa->tunnel, sa);
	park_drop(sa, false);
	park_drop(sa, true);
	kex_drop_pair(sa);
	proof_drop(sa);
	lifetime_cancel(sa);
	timer_cancel(&sa->retransmit);
	fragment_drop(sa, &sa->tx);
	fragment_drop(sa, &sa->rx);
	fsm_drop_kept(sa);
	ppk_drop(sa);
	followup_drop(sa);
	list_for_each_safe(child, tmp, &sa->children, struct child_sa, list)
		child_free(child);
	ike_sa_drop_tasks(sa);
	ike_sa_half_open_end(sa);
	ike_sa_prompt_end(sa);
	ike_sa_drop_init(sa);
	forget_in_rekeys(sa);
	ike_sa_drop_rekey(sa);
	table_remove(&sa->ike->by_spi, &sa->by_spi);
	list_del(&sa->list);
	list_del(&sa->of_tunnel);
	/* Not before: a successor that goes with it is one of them. */
	if (sa->tunnel && sa->tunnel->ghost)
		ghost_settle(sa->tunnel);
	keymat_keys_clear(&sa->keys);
	sk_keys_free(sa->sk_in);
	sk_keys_free(sa->sk_out);
	ike_sa_drop_before(sa);
	intermediate_fini(sa);
	secret_free(sa->qcd_token);
	nonces_fini(&sa->nonces);
	buf_fini(&sa->id_local);
	buf_fini(&sa->id_remote);
	buf_fini(&sa->tx.last);
	buf_fini(&sa->rx.last);
	cfg_free(sa->cfg);
	free(sa);
}

static struct ike_sa *first_match(struct tunnel *t,
				  bool (*match)(const struct ike_sa *sa,
						const void *arg),
				  const void *arg)
{
	struct ike_sa *sa;

	list_for_each(sa, &t->sas, struct ike_sa, of_tunnel)
		if (match(sa, arg))
			return sa;
	return NULL;
}

void ike_sa_free_where(struct tunnel *t,
		       bool (*match)(const struct ike_sa *sa, const void *arg),
		       const void *arg)
{
	struct ike_sa *sa;

	while ((sa = first_match(t, match, arg)))
		ike_sa_free(sa);
}

void ike_sa_serve(struct ike_sa *sa, const struct cfg_ike_profile *profile,
		  const struct cfg_peer *peer)
{
	struct cfg *old = sa->cfg;

	sa->cfg = cfg_get(sa->tunnel->generation);
	sa->profile = profile;
	sa->peer = peer;
	cfg_free(old);
}

uint64_t ike_sa_local_spi(const struct ike_sa *sa)
{
	return sa->initiator ? sa->spi_i : sa->spi_r;
}

uint64_t ike_sa_remote_spi(const struct ike_sa *sa)
{
	return sa->initiator ? sa->spi_r : sa->spi_i;
}

void ike_sa_set_remote_spi(struct ike_sa *sa, uint64_t spi)
{
	if (sa->initiator)
		sa->spi_r = spi;
	else
		sa->spi_i = spi;
	name_sa(sa);
}

struct ike_sa *ike_sa_find(struct ike *ike, uint64_t local_spi)
{
	struct table_node *node = table_find(&ike->by_spi, local_spi);

	return node ? list_entry(node, struct ike_sa, by_spi) : NULL;
}

struct ike_sa *ike_sa_find_init(struct ike *ike, uint64_t spi_i,
				const struct net_path *path,
				struct view request)
{
	struct table_node *node;
	struct ike_sa *sa;

	for (node = table_find(&ike->by_init, spi_i); node;
	     node = table_next(node)) {
		sa = list_entry(node, struct ike_sa, by_init);
		if (endpoint_eq(&sa->path.remote, &path->remote) &&
		    view_eq(buf_view(&sa->init_request), request))
			return sa;
	}
	return NULL;
}

void ike_sa_add_init(struct ike_sa *sa)
{
	table_insert(&sa->ike->by_init, &sa->by_init, sa->spi_i);
	sa->in_by_init = true;
}

/* ------------------------------------------------------------- half-open */

static struct half_open_addr *half_open_find(struct ike *ike,
					     const struct addr *a)
{
	struct table_node *node;
	struct half_open_addr *h;

	for (node = table_find(&ike->half_open, addr_key(a)); node;
	     node = table_next(node)) {
		h = list_entry(node, struct half_open_addr, node);
		if (addr_eq(&h->addr, a))
			return h;
	}
	return NULL;
}

int ike_sa_half_open_begin(struct ike_sa *sa)
{
	const struct addr *a = &sa->path.remote.addr;
	struct ike *ike = sa->ike;
	struct half_open_addr *h = half_open_find(ike, a);

	if (ike->half_open_count >= ike->cfg->half_open_limit)
		return ERR_LIMIT;
	if (h && h->count >= ike->cfg->half_open_per_address)
		return ERR_EXISTS;
	if (!h) {
		h = calloc(1, sizeof(*h));
		if (!h)
			return ERR_NOMEM;
		h->addr = *a;
		table_insert(&ike->half_open, &h->node, addr_key(a));
	}
	h->count++;
	ike->half_open_count++;
	sa->counted_half_open = true;
	sa->half_open_addr = *a;
	return 0;
}

void ike_sa_half_open_end(struct ike_sa *sa)
{
	struct half_open_addr *h;

	if (!sa->counted_half_open)
		return;
	sa->counted_half_open = false;
	sa->ike->half_open_count--;
	h = half_open_find(sa->ike, &sa->half_open_addr);
	if (h && --h->count == 0) {
		table_remove(&sa->ike->half_open, &h->node);
		free(h);
	}
}

void ike_sa_prompt_begin(struct ike_sa *sa)
{
	sa->prompt = true;
	sa->ike->connecting++;
}

void ike_sa_prompt_end(struct ike_sa *sa)
{
	if (!sa->prompt)
		return;
	sa->prompt = false;
	sa->ike->connecting--;
	/* Not at once: whoever ends it is not done with it. */
	if (!list_empty(&sa->ike->waiting))
		timer_set(&sa->ike->place, 0);
}

/* ------------------------------------------------------------------ keys */

int ike_sa_set_keys(struct ike_sa *sa, struct ike_keys *keys)
{
	const struct secret *e_out = sa->initiator ? keys->sk_ei : keys->sk_er;
	const struct secret *a_out = sa->initiator ? keys->sk_ai : keys->sk_ar;
	const struct secret *e_in = sa->initiator ? keys->sk_er : keys->sk_ei;
	const struct secret *a_in = sa->initiator ? keys->sk_ar : keys->sk_ai;

	keymat_keys_clear(&sa->keys);
	sa->keys = *keys;
	memset(keys, 0, sizeof(*keys));
	sk_keys_free(sa->sk_in);
	sk_keys_free(sa->sk_out);
	sa->sk_out = sk_keys_new(sa->suite.encr, sa->suite.integ, e_out, a_out);
	sa->sk_in = sk_keys_new(sa->suite.encr, sa->suite.integ, e_in, a_in);
	return sa->sk_in && sa->sk_out ? 0 : ERR_CRYPTO;
}

void ike_sa_drop_before(struct ike_sa *sa)
{
	sk_keys_free(sa->before_in);
	sk_keys_free(sa->before_out);
	sa->before_in = sa->before_out = NULL;
}

int ike_sa_next_keys(struct ike_sa *sa, struct ike_keys *keys)
{
	ike_sa_drop_before(sa);
	if (!sa->initiator) {
		sa->before_in = sa->sk_in;
		sa->before_out = sa->sk_out;
		sa->sk_in = sa->sk_out = NULL;
	}
	return ike_sa_set_keys(sa, keys);
}

/* ----------------------------------------------------------------- tasks */

bool ike_sa_has_task(const struct ike_sa *sa, enum task_kind kind,
		     uint32_t child_id)
{
	struct task *t;

	if (sa->active.kind == kind && sa->active.child_id == child_id)
		return true;
	list_for_each(t, &sa->tasks, struct task, list)
		if (t->kind == kind && t->child_id == child_id)
			return true;
	return false;
}

bool ike_sa_is_ending(const struct ike_sa *sa)
{
	return sa->to_delete || ike_sa_has_task(sa, TASK_DELETE_IKE, 0);
}

/* What could not be asked for, for want of memory perhaps, is wanted all the same. */
static void try_later(struct ike_sa *sa, enum task_kind kind,
		      uint32_t child_id, int err)
{
	struct child_sa *child = child_find(sa, child_id);

	log_warning(&sa->log, "request not sent: %s", err_text(err));
	switch (kind) {
	case TASK_NEW_CHILD:
		tunnel_retry(sa->tunnel, false);
		break;
	case TASK_REKEY_CHILD:
	case TASK_DELETE_CHILD:
		if (child)
			timer_set(&child->rekey, RETRY_BUSY_MS);
		break;
	case TASK_REKEY_IKE:
		lifetime_retry_rekey(sa);
		break;
	case TASK_DELETE_IKE:
		sa->to_delete = true;
		/* One that has been replaced ends by itself. */
		if (sa->state == IKE_ESTABLISHED)
			lifetime_expire_in(sa, RETRY_BUSY_MS);
		break;
	default:
		break;
	}
}

void ike_sa_queue(struct ike_sa *sa, enum task_kind kind, uint32_t child_id)
{
	struct task *t;

	if (ike_sa_has_task(sa, kind, child_id))
		return;
	t = calloc(1, sizeof(*t));
	if (!t) {
		try_later(sa, kind, child_id, ERR_NOMEM);
		return;
	}
	t->kind = kind;
	t->child_id = child_id;
	list_add_tail(&sa->tasks, &t->list);
}

void ike_sa_drop_tasks(struct ike_sa *sa)
{
	struct task *t, *tmp;

	list_for_each_safe(t, tmp, &sa->tasks, struct task, list) {
		list_del(&t->list);
		free(t);
	}
}

/* The group of the key pair that the request needs, 0 for none. */
static uint16_t task_group(const struct ike_sa *sa, enum task_kind kind)
{
	const struct alg_ke *pfs = sa->tunnel->cfg->profile->pfs;

	switch (kind) {
	case TASK_NEW_CHILD:
	case TASK_REKEY_CHILD:
		return pfs ? pfs->id : 0;
	case TASK_REKEY_IKE:
		return sa->suite.ke->id;
	default:
		return 0;
	}
}

static void task_resume(struct ike_sa *sa);

static int start_task(struct ike_sa *sa, const struct task *task)
{
	struct child_sa *child = NULL;

	if (task->child_id) {
		child = child_find(sa, task->child_id);
		if (!child)
			return ERR_NOT_FOUND;
	}
	switch (task->kind) {
	case TASK_NEW_CHILD:
		return create_child_send(sa, NULL);
	case TASK_REKEY_CHILD:
		/* The peer may have been faster while this was waiting. */
		if (child->state != CHILD_INSTALLED)
			return ERR_NOT_FOUND;
		return ppk_rekey_get(sa, task->kind, task_resume) ?
		       ERR_AGAIN : create_child_send(sa, child);
	case TASK_REKEY_IKE:
		return ppk_rekey_get(sa, task->kind, task_resume) ?
		       ERR_AGAIN : rekey_ike_send(sa);
	default:
		return informational_send(sa, task);
	}
}

/* A superseded IKE SA may only be deleted. */
static bool task_allowed(const struct ike_sa *sa, enum task_kind kind)
{
	return sa->state == IKE_ESTABLISHED ||
	       (sa->state == IKE_REKEYED && kind == TASK_DELETE_IKE);
}

static void start_active(struct ike_sa *sa)
{
	struct task task = sa->active;
	int err = task_allowed(sa, task.kind) ? start_task(sa, &task) :
						ERR_ILLEGAL;

	sa->waiting = err == ERR_AGAIN;
	if (!err || sa->waiting)
		return;
	sa->active.kind = TASK_NONE;
	ppk_drop(sa);
	if (err == ERR_NOT_FOUND || err == ERR_ILLEGAL)
		return;
	try_later(sa, task.kind, task.child_id, err);
}

/* The key source has answered. */
static void task_resume(struct ike_sa *sa)
{
	start_active(sa);
	ike_sa_run_tasks(sa);
}

void ike_sa_run_tasks(struct ike_sa *sa)
{
	struct task *t;

	if (sa->followup && sa->followup->waits)
		followup_resume(sa);
	if (sa->followup)
		return;
	while (!sa->tx_busy && !sa->waiting && !sa->kept &&
	       !list_empty(&sa->tasks)) {
		t = list_entry(sa->tasks.next, struct task, list);
		/* Until its key pair is there, it is as if not yet asked for. */
		if (task_allowed(sa, t->kind) &&
		    kex_want_pair(sa, task_group(sa, t->kind)))
			return;
		list_del(&t->list);
		sa->active = *t;
		free(t);
		start_active(sa);
	}
}

struct task ike_sa_task_done(struct ike_sa *sa)
{
	struct task done = sa->active;

	msgid_request_done(sa);
	sa->waiting = false;
	sa->active = (struct task){ .kind = TASK_NONE };
	return done;
}
