/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine's own state, shared by the files of ike/ and seen by nobody
 * else: tables of IKE SAs, tunnels, counters.
 */
#ifndef AGENT_IKE_ENGINE_H
#define AGENT_IKE_ENGINE_H

#include "ike/cookie.h"
#include "ike/count.h"
#include "ike/ike.h"
#include "ike/kex.h"
#include "ike/stranger.h"
#include "ike/view.h"
#include "proto/msg.h"
#include "util/list.h"
#include "util/table.h"

/* Messages received and discarded; each was one of these. */
#define IKE_DROP_LIST(X)			\
	X(rx_drop_short)			\
	X(rx_drop_malformed)			\
	X(rx_drop_version)			\
	X(rx_drop_unknown_spi)			\
	X(rx_drop_fvrf)				\
	X(rx_drop_no_tunnel)			\
	X(rx_drop_state)			\
	X(rx_drop_message_id)			\
	X(rx_drop_waiting)			\
	X(rx_drop_repeat)			\
	X(rx_drop_busy)				\
	X(rx_drop_icv)				\
	X(rx_drop_stopping)			\
	X(rx_drop_policy)			\
	X(rx_drop_proposal)			\
	X(rx_drop_ke)				\
	X(rx_drop_internal)			\
	X(rx_drop_payloads)			\
	X(rx_drop_critical)			\
	X(rx_drop_half_open)			\
	X(rx_drop_half_open_address)		\
	X(rx_drop_fragment_unexpected)		\
	X(rx_drop_fragment_malformed)		\
	X(rx_drop_fragment_limit)		\
	X(rx_drop_fragment_total)		\
	X(rx_drop_fragment_duplicate)		\
	X(rx_drop_fragment_repeat)		\
	X(rx_drop_fragment_timeout)

/* What `counters` of the control socket shows. */
#define IKE_COUNTER_LIST(X)			\
	X(rx_messages)				\
	X(tx_messages)				\
	X(tx_unsent)				\
	X(retransmits)				\
	X(rx_fragments)				\
	X(tx_fragments)				\
	X(fragment_restarts)			\
	X(fragment_lowered)			\
	IKE_DROP_LIST(X)			\
	X(tx_drop_rate)				\
	X(tx_drop_longer)			\
	X(rx_retransmits)			\
	X(rx_hints)				\
	X(cookies_sent)				\
	X(cookies_bad)				\
	X(auth_failures)			\
	X(ppk_established)			\
	X(ppk_fallbacks)			\
	X(ppk_restarts_without)			\
	X(ppk_required_refusals)		\
	X(ppk_id_mismatch)			\
	X(ppk_retrieve_failures)		\
	X(ppk_auth_failures)			\
	X(ppk_refreshed)			\
	X(ppk_refresh_failures)			\
	X(ike_sas_established)			\
	X(ike_sas_rekeyed)			\
	X(child_sas_installed)			\
	X(child_sas_rekeyed)			\
	X(collisions)				\
	X(peers_dead)				\
	X(peers_moved)				\
	X(tries_beside)				\
	X(replaced_young)			\
	X(children_too_late)			\
	X(qcd_shown)				\
	X(qcd_believed)				\
	X(qcd_wrong)				\
	X(moves_ignored)			\
	X(routes_installed)			\
	X(routes_removed)			\
	X(routes_refused)			\
	X(routes_restored)			\
	X(events_lost)				\
	X(events_suppressed)			\
	X(removals_delayed)			\
	X(tx_keepalives)

struct ike_counters {
#define X(name) uint64_t name;
	IKE_COUNTER_LIST(X)
#undef X
};

/** struct token_bucket - so many a second; fills from zero */
struct token_bucket {
	uint64_t refilled_ms;
	unsigned int tokens;
};

/** struct notice_limit - bounds what somebody unproven makes us say */
struct notice_limit {
	struct log_limit lines;
	struct token_bucket events;
};

struct ike {
	struct ike_env env;
	struct cfg *cfg;
	bool fips;			/* the gate of gate.h is closed */
	struct list sas;		/* struct ike_sa, oldest first */
	struct list rekeys;		/* struct rekey */
	struct table by_spi;		/* local SPI */
	struct table by_init;		/* half-open responders, peer's SPI */
	struct table half_open;		/* struct half_open_addr */
	struct list tunnels;
	struct table by_addr;		/* tunnels, by their outer addresses */
	struct table by_ifindex;	/* tunnels that have an interface */
	struct list ghosts;		/* tunnels that are no more */
	struct cookie_jar cookies;
	struct secret *qcd_secret;
	unsigned int half_open_count;
	unsigned int connecting;	/* tunnels; see ike_sa_prompt_begin() */
	struct list waiting;		/* tunnels for a place to connect, in turn */
	struct timer place;		/* one may be free for the first of them */
	struct timer resync;		/* see resync.h */
	struct list removals;		/* struct removal: see removal.h */
	struct timer removal;
	size_t unproven_octets;		/* fragments of unproven peers */
	uint32_t last_session_id;
	uint32_t last_ike_sa_id;
	uint32_t last_child_id;
	struct ike_counters count;
	struct message_counts messages;
	struct pair_stock stock[PAIR_STOCKS];
	struct token_bucket replies[2];	/* strangers; addresses of peers */
	struct strangers strangers;
	struct list ppk_tries;		/* struct ppk_try, oldest first */
	unsigned int ppk_try_count;
	uint32_t last_ppk_try;
	struct log_limit limit;		/* lines that nobody else can cause */
	struct notice_limit strange;	/* what anybody can, from anywhere */
	ike_event_fn event_fn;
	void *event_arg;
	bool stopping;
	void (*stopped)(void *arg);
	void *stopped_arg;
	struct timer stop_timer;
};

static inline uint64_t ike_now_ms(const struct ike *ike)
{
	return clock_mono_ms(timers_clock(ike->env.timers));
}

bool token_take(struct token_bucket *b, uint64_t now_ms);
/*
 * Send one message; errors are logged, never fatal. Return: 0, or ERR_* with
 * the system's words in @why unless that is NULL.
 */
int ike_send(struct ike *ike, const struct net_path *path, struct view msg,
	     char why[NET_WHY]);
/*
 * An unprotected answer in parts: begin it, put payloads, end it, send it.
 * ike_reply_send() is limited in rate and says whether it was sent.
 */
void ike_reply_begin(struct msg_writer *w, struct buf *msg,
		     const struct ike_hdr *request);
bool ike_reply_send(struct ike *ike, const struct net_path *path,
		    const struct buf *msg);
/* Unprotected answer to a message that matches no IKE SA; rate-limited. */
void ike_reply_notify(struct ike *ike, const struct net_path *path,
		      const struct ike_hdr *request, uint16_t type,
		      struct view data);
/* When we are stopping: is there nobody left to wait for? */
void ike_check_stopped(struct ike *ike);
void ike_emit(struct ike *ike, const struct ike_event *ev);

#endif
