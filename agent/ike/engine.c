// SPDX-License-Identifier: GPL-2.0
/*
 * The engine's outside: start and stop, messages in, kernel events in,
 * messages out.
 */

#include "ike/engine.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/fsm.h"
#include "ike/ghost.h"
#include "ike/lifetime.h"
#include "ike/path.h"
#include "ike/ppk_try.h"
#include "ike/qcd.h"
#include "ike/removal.h"
#include "ike/resync.h"
#include "ike/rri.h"
#include "ike/stray.h"
#include "ike/tunnel.h"
#include "util/err.h"

/* Answers to messages that match nothing, events of the unproven: 20 a second. */
#define TOKEN_BURST	20
#define TOKEN_FILL_MS	50

/* After this long, stop waiting for answers to our Deletes. */
#define STOP_MS		2000

static const struct view nothing = { NULL, 0 };

static uint64_t random_seed(void)
{
	uint64_t seed;

	rand_bytes(&seed, sizeof(seed));
	return seed;
}

/* Without one that is kept, tokens are worth nothing after a restart. */
static struct secret *token_secret(const struct ike_env *env)
{
	struct secret *s;

	if (env->qcd_secret)
		return secret_dup(env->qcd_secret);
	s = secret_alloc(QCD_SECRET_LEN);
	if (s)
		rand_bytes(secret_writable(s), QCD_SECRET_LEN);
	return s;
}

static void on_stop_timeout(void *arg);

static int make_tunnels(struct ike *ike)
{
	unsigned int i;

	for (i = 0; i < ike->cfg->iface_count; i++)
		if (!tunnel_new(ike, ike->cfg, &ike->cfg->ifaces[i]))
			return ERR_NOMEM;
	return 0;
}

struct ike *ike_new(const struct ike_env *env, struct cfg *cfg)
{
	struct ike *ike = calloc(1, sizeof(*ike));

	if (!ike)
		return NULL;
	ike->env = *env;
	ike->cfg = cfg_get(cfg);
	ike->fips = cfg->fips_mode;
	list_init(&ike->sas);
	list_init(&ike->rekeys);
	list_init(&ike->tunnels);
	list_init(&ike->ghosts);
	list_init(&ike->waiting);
	list_init(&ike->ppk_tries);
	cookie_init(&ike->cookies, ike_now_ms(ike));
	ike->qcd_secret = token_secret(env);
	ike->replies[0].tokens = TOKEN_BURST;
	ike->replies[1].tokens = TOKEN_BURST;
	timer_init(&ike->stop_timer, env->timers, on_stop_timeout, ike);
	timer_init(&ike->place, env->timers, tunnel_places_free, ike);
	timer_init(&ike->resync, env->timers, resync_run, ike);
	removal_init(ike);
	if (table_init(&ike->by_spi, random_seed()) ||
	    table_init(&ike->by_init, random_seed()) ||
	    table_init(&ike->by_addr, random_seed()) ||
	    table_init(&ike->by_ifindex, random_seed()) ||
	    table_init(&ike->half_open, random_seed()) || !ike->qcd_secret ||
	    make_tunnels(ike)) {
		ike_free(ike);
		return NULL;
	}
	return ike;
}

static void free_sas(struct ike *ike)
{
	while (!list_empty(&ike->sas))
		ike_sa_free(list_entry(ike->sas.next, struct ike_sa, list));
}

void ike_free(struct ike *ike)
{
	struct tunnel *t, *tmp;

	if (!ike)
		return;
	ike->stopping = true;
	timer_cancel(&ike->stop_timer);
	ppk_tries_drop(ike);
	free_sas(ike);
	timer_cancel(&ike->place);
	timer_cancel(&ike->resync);
	kex_fini(ike);
	list_for_each_safe(t, tmp, &ike->tunnels, struct tunnel, list)
		tunnel_free(t);
	list_for_each_safe(t, tmp, &ike->ghosts, struct tunnel, list)
		tunnel_free(t);
	removal_fini(ike);
	table_fini(&ike->by_spi);
	table_fini(&ike->by_init);
	table_fini(&ike->by_addr);
	table_fini(&ike->by_ifindex);
	table_fini(&ike->half_open);
	cookie_fini(&ike->cookies);
	secret_free(ike->qcd_secret);
	cfg_free(ike->cfg);
	free(ike);
}

int ike_start(struct ike *ike)
{
	struct tunnel *t;

	stray_clear(ike);
	list_for_each(t, &ike->tunnels, struct tunnel, list)
		tunnel_start(t);
	return 0;
}

/* ------------------------------------------------------------------ stop */

static void finish_stop(struct ike *ike)
{
	void (*done)(void *arg) = ike->stopped;
	struct tunnel *t;

	if (!done)
		return;
	ike->stopped = NULL;
	timer_cancel(&ike->stop_timer);
	free_sas(ike);
	list_for_each(t, &ike->tunnels, struct tunnel, list)
		tunnel_stop(t);
	done(ike->stopped_arg);
}

static void on_stop_timeout(void *arg)
{
	finish_stop(arg);
}

static bool all_deleted(const struct ike *ike)
{
	struct ike_sa *sa;

	list_for_each(sa, &ike->sas, struct ike_sa, list)
		if (sa->state == IKE_ESTABLISHED || sa->state == IKE_DELETING)
			return false;
	return true;
}

void ike_stop(struct ike *ike, void (*done)(void *arg), void *arg)
{
	struct ike_sa *sa, *tmp;

	ike->stopping = true;
	ike->stopped = done;
	ike->stopped_arg = arg;
	list_for_each_safe(sa, tmp, &ike->sas, struct ike_sa, list) {
		if (sa->state != IKE_ESTABLISHED)
			continue;
		ike_sa_drop_tasks(sa);
		ike_sa_queue(sa, TASK_DELETE_IKE, 0);
		ike_sa_run_tasks(sa);
	}
	timer_set(&ike->stop_timer, all_deleted(ike) ? 0 : STOP_MS);
}

int ike_clear(struct ike *ike, uint32_t session_id)
{
	struct ike_sa *sa, *tmp;
	int n = 0;

	list_for_each_safe(sa, tmp, &ike->sas, struct ike_sa, list) {
		if (sa->state != IKE_ESTABLISHED ||
		    (session_id && sa->session_id != session_id))
			continue;
		n++;
		sa->cleared = true;
		tunnel_fail(sa->tunnel, &sa->log, FAILURE_CLEARED,
			    STAGE_INFORMATIONAL, NULL, NULL, NULL);
		ike_sa_queue(sa, TASK_DELETE_IKE, 0);
		ike_sa_run_tasks(sa);
	}
	return n || !session_id ? n : ERR_NOT_FOUND;
}

/* --------------------------------------------------------------- messages */

int ike_send(struct ike *ike, const struct net_path *path, struct view msg,
	     char why[NET_WHY])
{
	char text[ENDPOINT_STR], own[NET_WHY];
	int err;

	if (!why)
		why = own;
	ike->count.tx_messages++;
	err = ike->env.net->send(ike->env.net_arg, path, msg, why);
	if (!err)
		return 0;
	ike->count.tx_unsent++;
	log_write_limited(&ike->strange.lines, LOG_LEVEL_WARNING, NULL,
			  "message to %s not sent: %s",
			  endpoint_str(&path->remote, text), why);
	return err;
}

bool token_take(struct token_bucket *b, uint64_t now_ms)
{
	uint64_t fill = (now_ms - b->refilled_ms) / TOKEN_FILL_MS;

	if (fill) {
		b->refilled_ms = now_ms;
		b->tokens = fill > TOKEN_BURST - b->tokens ? TOKEN_BURST :
			    b->tokens + (unsigned int)fill;
	}
	if (!b->tokens)
		return false;
	b->tokens--;
	return true;
}

void ike_reply_begin(struct msg_writer *w, struct buf *msg,
		     const struct ike_hdr *request)
{
	struct ike_hdr hdr = *request;

	hdr.version = IKE_VERSION;
	hdr.flags = IKE_FLAG_RESPONSE |
		    (request->flags & IKE_FLAG_INITIATOR ? 0 :
		     IKE_FLAG_INITIATOR);
	msg_begin(w, msg, &hdr);
}

bool ike_reply_send(struct ike *ike, const struct net_path *path,
		    const struct buf *msg)
{
	/* A flood from elsewhere does not silence us towards our peers. */
	if (!token_take(&ike->replies[tunnel_find(ike, path) ? 1 : 0],
			ike_now_ms(ike))) {
		ike->count.tx_drop_rate++;
		return false;
	}
	count_sent_clear(&ike->messages, buf_view(msg));
	ike_send(ike, path, buf_view(msg), NULL);
	return true;
}

void ike_reply_notify(struct ike *ike, const struct net_path *path,
		      const struct ike_hdr *request, uint16_t type,
		      struct view data)
{
	struct msg_writer w;
	struct buf msg;

	buf_init(&msg, MSG_MAX_LEN);
	ike_reply_begin(&w, &msg, request);
	notify_pl_put_simple(&w, type, data);
	if (msg_end(&w) || msg.len > request->length) {
		/* Nobody gets more octets out of us than he puts in. */
		ike->count.tx_drop_longer++;
	} else {
		/* Cookies are what is sent under attack: not limited. */
		if (type == N_COOKIE) {
			count_sent_clear(&ike->messages, buf_view(&msg));
			ike_send(ike, path, buf_view(&msg), NULL);
		} else {
			ike_reply_send(ike, path, &msg);
		}
	}
	buf_fini(&msg);
}

/* A message that no IKE SA claims (RFC 7296 section 1.5). */
static void receive_unknown(struct ike *ike, struct rx *rx)
{
	ike->count.rx_drop_unknown_spi++;
	if (rx->hdr.flags & IKE_FLAG_RESPONSE)
		return;
	qcd_show(ike, rx);
}

static bool is_new_request(const struct ike_hdr *hdr)
{
	return hdr->exchange == EXCHANGE_IKE_SA_INIT && !hdr->spi_r &&
	       hdr->flags & IKE_FLAG_INITIATOR &&
	       !(hdr->flags & IKE_FLAG_RESPONSE) && hdr->msgid == 0;
}

static void receive_new(struct ike *ike, struct rx *rx, int err)
{
	if (err == ERR_CRITICAL)
		ike_reply_notify(ike, rx->path, &rx->hdr,
				 N_UNSUPPORTED_CRITICAL_PAYLOAD,
				 (struct view){ &rx->chain.bad_critical, 1 });
	if (err) {
		(*(err == ERR_CRITICAL ? &ike->count.rx_drop_critical :
		   &ike->count.rx_drop_malformed))++;
		return;
	}
	count_received(&ike->messages, &rx->hdr, &rx->chain);
	if (ike->stopping)
		ike->count.rx_drop_stopping++;
	else
		sa_init_receive_new(ike, rx);
}

static struct ike_sa *find_sa(struct ike *ike, const struct ike_hdr *hdr)
{
	/* The sender's flag tells which of the two SPIs is ours. */
	return ike_sa_find(ike, hdr->flags & IKE_FLAG_INITIATOR ? hdr->spi_r :
								  hdr->spi_i);
}

void ike_check_stopped(struct ike *ike)
{
	if (ike->stopping && ike->stopped && all_deleted(ike))
		timer_set(&ike->stop_timer, 0);
}

void ike_receive(struct ike *ike, const struct net_path *path, struct view msg)
{
	struct rx rx = { .datagram = msg, .path = path };
	struct ike_sa *sa;
	int err;

	ike->count.rx_messages++;
	err = ike_hdr_parse(msg, &rx.hdr);
	if (err == ERR_VERSION) {
		ike->count.rx_drop_version++;
		rx.hdr.length = (uint32_t)msg.len;
		ike_reply_notify(ike, path, &rx.hdr, N_INVALID_MAJOR_VERSION,
				 nothing);
		return;
	}
	if (err) {
		ike->count.rx_drop_short++;
		return;
	}
	err = pl_chain_parse(rx.hdr.next,
			     (struct view){ msg.p + IKE_HDR_LEN,
					    msg.len - IKE_HDR_LEN },
			     false, &rx.chain);
	if (is_new_request(&rx.hdr)) {
		receive_new(ike, &rx, err);
		return;
	}
	sa = find_sa(ike, &rx.hdr);
	if (!sa) {
		receive_unknown(ike, &rx);
		return;
	}
	if (err) {
		(*(err == ERR_CRITICAL ? &ike->count.rx_drop_critical :
		   &ike->count.rx_drop_malformed))++;
		return;
	}
	fsm_receive(sa, &rx);
	ike_check_stopped(ike);
}

/* ----------------------------------------------------------- kernel events */

static struct child_sa *find_child(struct ike *ike, const struct knl_event *ev)
{
	struct tunnel *t = tunnel_find_ifindex(ike, ev->ifindex);
	struct child_sa *child;
	struct ike_sa *sa;

	if (!t)
		return NULL;
	list_for_each(sa, &t->sas, struct ike_sa, of_tunnel) {
		child = ev->dir == KNL_OUT ? child_find_spi_out(sa, ev->spi) :
					     child_find_spi_in(sa, ev->spi);
		if (child)
			return child;
	}
	return NULL;
}

/* The kernel removed an SA: the pair is dead, the peer should know. */
static void child_expired(struct child_sa *child)
{
	struct ike_sa *sa = child->sa;
	struct tunnel *t = child->tunnel;

	if (child->state != CHILD_REKEYED && child->state != CHILD_DELETING)
		tunnel_fail(t, &sa->log, FAILURE_EXPIRED, STAGE_REKEY_CHILD,
			    NULL, NULL, NULL);
	child_end(child);
	ike_sa_run_tasks(sa);
}

static void child_event(struct ike *ike, const struct knl_event *ev)
{
	struct child_sa *child = find_child(ike, ev);

	if (!child)
		return;
	switch (ev->type) {
	case KNL_EV_SOFT_EXPIRE:
		child_request_rekey(child);
		break;
	case KNL_EV_HARD_EXPIRE:
		child_expired(child);
		break;
	case KNL_EV_SWITCHED:
		child->outbound = OUTBOUND_ACTIVE;
		break;
	case KNL_EV_ENDPOINT:
		path_candidate(child->sa, &ev->remote);
		break;
	default:
		break;
	}
}

/* The peer is told, as it may be the one that has to connect. */
static void link_gone(struct tunnel *t)
{
	tunnel_fail(t, &t->log, FAILURE_KERNEL, STAGE_CONFIG,
		    "the interface was deleted", NULL, NULL);
	ghost_part(t);
	tunnel_set_ifindex(t, 0);
	tunnel_start(t);
}

/* What we make and change ourselves is not what somebody waits for. */
static void place_found(struct ike *ike, const char *ifname)
{
	struct tunnel *t;

	list_for_each(t, &ike->tunnels, struct tunnel, list)
		if (strcmp(t->cfg->name, ifname) == 0)
			return;
	list_for_each(t, &ike->tunnels, struct tunnel, list)
		tunnel_place_found(t);
}

static void vrf_gone(struct ike *ike, unsigned int ifindex)
{
	struct tunnel *t;

	list_for_each(t, &ike->tunnels, struct tunnel, list)
		if (t->ifindex && ifindex &&
		    (t->fvrf == ifindex || t->vrf == ifindex))
			tunnel_place_lost(t);
}

void ike_kernel_event(struct ike *ike, const struct knl_event *ev)
{
	struct tunnel *t;

	if (ike->stopping)
		return;
	switch (ev->type) {
	case KNL_EV_ACQUIRE:
		t = tunnel_find_ifindex(ike, ev->ifindex);
		if (t && !t->child)
			tunnel_wake(t);
		break;
	case KNL_EV_LINK_GONE:
		t = tunnel_find_ifindex(ike, ev->ifindex);
		if (t)
			link_gone(t);
		else
			vrf_gone(ike, ev->ifindex);
		break;
	case KNL_EV_PLACE:
		/* Whatever happens to a thousand of our own. */
		if (!tunnel_find_ifindex(ike, ev->ifindex))
			place_found(ike, ev->ifname);
		break;
	case KNL_EV_ADDRESS:
		list_for_each(t, &ike->tunnels, struct tunnel, list) {
			tunnel_check_source(t, ev->ifindex);
			/* What was made and taken back had addresses, too. */
			if (!t->refused)
				tunnel_place_found(t);
		}
		break;
	case KNL_EV_ROUTE:
		rri_event(ike, ev);
		break;
	case KNL_EV_OVERFLOW:
		resync_begin(ike);
		break;
	case KNL_EV_REMOVED:
		break;
	default:
		child_event(ike, ev);
	}
}

void ike_on_event(struct ike *ike, ike_event_fn fn, void *arg)
{
	ike->event_fn = fn;
	ike->event_arg = arg;
}

void ike_emit(struct ike *ike, const struct ike_event *ev)
{
	if (ike->event_fn)
		ike->event_fn(ike->event_arg, ev);
}

/* ---------------------------------------------------------- common pieces */

const struct pl *rx_notify(const struct rx *rx, uint16_t type,
			   struct notify_pl *out)
{
	const struct pl *pl;

	for (pl = pl_find(&rx->chain, PL_N); pl; pl = pl_next(&rx->chain, pl))
		if (!notify_pl_parse(pl->body, out) && out->type == type)
			return pl;
	return NULL;
}

uint16_t rx_error(const struct rx *rx, struct view *data)
{
	struct notify_pl n;
	const struct pl *pl;

	*data = nothing;
	for (pl = pl_find(&rx->chain, PL_N); pl; pl = pl_next(&rx->chain, pl)) {
		if (notify_pl_parse(pl->body, &n) ||
		    n.type >= NOTIFY_STATUS_MIN)
			continue;
		*data = n.data;
		return n.type;
	}
	return 0;
}
