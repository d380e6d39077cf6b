/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The IKE SA: its keys, its messages in flight, its children, the work queued
 * on it. State changes go through fsm.c.
 */
#ifndef AGENT_IKE_SA_H
#define AGENT_IKE_SA_H

#include "crypto/crypto.h"
#include "ike/engine.h"
#include "ike/failure.h"
#include "ike/keymat.h"
#include "ike/quantum.h"
#include "proto/msg.h"
#include "proto/payload.h"
#include "proto/sa.h"

struct child_sa;
struct followup;
struct kept_request;
struct pair_work;
struct parked;
struct reassembly;
struct signing;
struct tunnel;

/**
 * enum ike_state - life of an IKE SA
 * @IKE_INIT_SENT: initiator: IKE_SA_INIT request is out
 * @IKE_INIT_RECEIVED: responder: the request is good, the key exchange is
 *	being computed
 * @IKE_INIT_DONE: responder: keys exist, the peer is not authenticated
 * @IKE_INTERMEDIATE_SENT: initiator: IKE_INTERMEDIATE request is out
 * @IKE_KEY_WAIT: initiator: a PPK is awaited from its source, or a key pair or
 *	our signature from the pool
 * @IKE_AUTH_SENT: initiator: IKE_AUTH request is out
 * @IKE_ESTABLISHED: both sides authenticated
 * @IKE_REKEYED: superseded, its children moved; waits to be deleted
 * @IKE_DELETING: our Delete is out
 * @IKE_CLOSED: dead; only answers retransmitted requests for a while
 */
enum ike_state {
	IKE_INIT_SENT,
	IKE_INIT_RECEIVED,
	IKE_INIT_DONE,
	IKE_INTERMEDIATE_SENT,
	IKE_KEY_WAIT,
	IKE_AUTH_SENT,
	IKE_ESTABLISHED,
	IKE_REKEYED,
	IKE_DELETING,
	IKE_CLOSED,
	IKE_STATES
};

/** enum task_kind - requests we may want to send on an established IKE SA */
enum task_kind {
	TASK_NONE,
	TASK_NEW_CHILD,
	TASK_REKEY_CHILD,
	TASK_DELETE_CHILD,
	TASK_REKEY_IKE,
	TASK_DELETE_IKE,
	TASK_LIVENESS,
	TASK_QCD_TOKEN,
};

struct task {
	struct list list;
	enum task_kind kind;
	uint32_t child_id;	/* the child it is about, 0 for none */
};

/**
 * struct window - one direction of message IDs, a window of one
 * @next: ID of the next request
 * @last: as sender: the request in flight; as receiver: the last response;
 *	one datagram or several, one behind the other
 * @parts: the message that arrives in fragments, or NULL: the next request, or
 *	the response to the one in flight
 * @parts_unproven: they count to what unproven peers may make us hold
 */
struct window {
	uint32_t next;
	struct buf last;
	struct reassembly *parts;
	bool parts_unproven;
};

/** struct int_auth - IntAuth of one side so far (RFC 9242) */
struct int_auth {
	uint8_t value[PRF_MAX];
	size_t len;			/* 0: no exchange yet */
};

/**
 * struct ike_inter - IKE_INTERMEDIATE
 * @agreed: both sides know it
 * @count: exchanges completed
 * @received: message ID of the last one that came, 0 for none
 * @i, @r: what they add to AUTH
 * @next: keys for after the exchange that is going on
 * @addke_offered: initiator: with additional key exchanges (RFC 9370)
 * @addke_done: of these, how many are done
 * @ke: initiator: key pair of the one that is going on
 */
struct ike_inter {
	bool agreed;
	unsigned int count;
	uint32_t received;
	struct int_auth i, r;
	struct ike_keys next;
	bool addke_offered;
	unsigned int addke_done;
	struct ke *ke;
};

/** struct nonces - of one exchange that creates an SA */
struct nonces {
	struct buf ni;
	struct buf nr;
};

/**
 * struct rekey - an IKE SA rekey this side began
 * @list: of all that are under way
 * @sa: what is to be replaced
 * @next: the IKE SA to be, closed until the response is there; it holds the
 *	key exchange and the nonces
 * @rival: the IKE SA the peer's simultaneous rekey made, or NULL
 */
struct rekey {
	struct list list;
	struct ike_sa *sa;
	struct ike_sa *next;
	struct ike_sa *rival;
};

struct ike_sa {
	struct list list;
	struct list of_tunnel;		/* in struct tunnel */
	struct table_node by_spi;
	struct table_node by_init;
	struct ike *ike;
	struct log_obj log;
	struct tunnel *tunnel;
	struct cfg *cfg;		/* a reference: the tree of the next two */
	const struct cfg_ike_profile *profile;
	const struct cfg_peer *peer;

	enum ike_state state;
	bool initiator;			/* of this IKE SA */
	bool in_by_init;
	bool counted_half_open;
	bool redundant;			/* another one serves the tunnel */
	bool doubted;			/* one is negotiated beside it */
	bool prompt;			/* counted in ike->connecting */
	bool cleared;			/* deleted by order; connect anew */
	bool to_delete;			/* by a Delete that could not be made */
	bool fips;			/* negotiated through the gate */
	bool admitted;			/* the peer is proven, we are not yet */
	uint32_t id;
	uint32_t session_id;
	uint64_t spi_i, spi_r;
	struct net_path path;
	struct net_path answer_path;	/* where the last request came from */
	struct endpoint candidate;	/* where the peer's ESP comes from */
	struct addr half_open_addr;	/* counted under this address */
	bool has_candidate;
	bool nat_local, nat_remote;

	struct ike_suite suite;
	struct ike_keys keys;
	struct sk_keys *sk_in, *sk_out;
	/* Responder: what the last request was under, if it brought new keys. */
	struct sk_keys *before_in, *before_out;

	/* IKE_SA_INIT, until authenticated */
	struct ke *ke;
	struct nonces nonces;
	struct buf init_request, init_response;	/* RealMessage1 and 2 */
	struct buf cookie;
	struct buf wanted;		/* authorities of the peer's CERTREQ */
	unsigned int peer_hashes;	/* for its signatures; 0: not said */
	uint16_t ke_method;
	unsigned int init_retries;
	uint64_t repeat_ms;		/* responder: no answer again before */
	uint32_t repeat_wait_ms;
	struct failure hint;		/* unauthenticated error, not believed */
	struct ike_inter inter;
	struct ike_ppk ppk;
	struct ike_quantum quantum;

	struct buf id_local, id_remote;	/* payload bodies */
	enum cfg_auth auth_local, auth_remote;

	/* message IDs and retransmission */
	struct window tx, rx;
	struct kept_request *kept;	/* waits for what it needs; see fsm.h */
	bool tx_busy;
	struct parked *parked[2];	/* request and response, see park.h */
	struct ke *pair;		/* for our next request, see kex.h */
	struct pair_work *pair_work;
	bool pair_failed;
	struct signing *signing;	/* of our first AUTH, see proof.h */
	unsigned int tries;
	char unsent[NET_WHY];		/* why it cannot be sent; empty: it can */
	struct timer retransmit;
	bool fragmentation;		/* negotiated */
	uint32_t fragment_size;		/* IP datagrams that pass, 0: unknown */
	struct timer fragment_idle;
	struct secret *qcd_token;	/* the peer's */
	uint64_t hint_ms;		/* when INVALID_IKE_SPI was last followed */
	bool hinted;			/* it came while we asked the peer */

	struct list tasks;
	struct task active;
	bool waiting;			/* @active is, for a PPK */
	struct list children;
	struct child_sa *creating;	/* by our request in flight */
	struct rekey *rekey;
	struct followup *followup;	/* of what is being made, or NULL */

	struct timer life;		/* rekey, then end */
	struct timer liveness;
	struct timer keepalive;
	struct timer expiry;		/* half-open, closed, superseded */
	bool life_soft_done;
	uint64_t created_ms, established_ms, last_rx_ms;
	uint64_t hard_ms;
	uint64_t busy_ms[2];		/* first and last TEMPORARY_FAILURE of a row */
	uint64_t tx_count, rx_count, retransmit_count;
};

/* Both sides of a new IKE SA; NULL when out of memory. */
struct ike_sa *ike_sa_new(struct ike *ike, const struct net_path *path,
			  bool initiator);
/* Removes it and its children from the kernel and from every table. */
void ike_sa_free(struct ike_sa *sa);
/* It serves @t from now on, or no tunnel. */
void ike_sa_set_tunnel(struct ike_sa *sa, struct tunnel *t);
/*
 * All of a tunnel that match. Freeing one may free others, so that no loop over the list
 * survives it.
 */
void ike_sa_free_where(struct tunnel *t,
		       bool (*match)(const struct ike_sa *sa, const void *arg),
		       const void *arg);
/* A fresh local SPI is chosen by ike_sa_new(); the peer's is learnt later. */
void ike_sa_set_remote_spi(struct ike_sa *sa, uint64_t spi);
uint64_t ike_sa_local_spi(const struct ike_sa *sa);
uint64_t ike_sa_remote_spi(const struct ike_sa *sa);
/* From now on @profile and @peer, of its tunnel's configuration, serve it. */
void ike_sa_serve(struct ike_sa *sa, const struct cfg_ike_profile *profile,
		  const struct cfg_peer *peer);
struct ike_sa *ike_sa_find(struct ike *ike, uint64_t local_spi);
struct ike_sa *ike_sa_find_init(struct ike *ike, uint64_t spi_i,
				const struct net_path *path,
				struct view request);
void ike_sa_add_init(struct ike_sa *sa);
/*
 * Count a half-open responder. Return: 0; ERR_LIMIT, or ERR_EXISTS when only
 * its address has too many; ERR_NOMEM.
 */
int ike_sa_half_open_begin(struct ike_sa *sa);
void ike_sa_half_open_end(struct ike_sa *sa);
/*
 * A tunnel connects by it: until it is established or gone, waits for a key
 * source, or the peer lets the first request be repeated, it is one of
 * ike->connecting, of which tunnel_connect() allows so many at a time.
 */
void ike_sa_prompt_begin(struct ike_sa *sa);
void ike_sa_prompt_end(struct ike_sa *sa);
/* Use @keys (taken over) in both directions. Return: 0 or ERR_*. */
int ike_sa_set_keys(struct ike_sa *sa, struct ike_keys *keys);
/* The same, and keep those there were, for a repetition of the last request. */
int ike_sa_next_keys(struct ike_sa *sa, struct ike_keys *keys);
void ike_sa_drop_before(struct ike_sa *sa);
void ike_sa_drop_init(struct ike_sa *sa);

void nonces_fini(struct nonces *n);
/* A fresh nonce of ours. Return: 0 or ERR_NOMEM. */
int nonce_make(struct buf *nonce);
/*
 * Forget our own rekey; what it was about to make goes too, and what the peer's
 * simultaneous one has made, unless that is taken out of it or serves already.
 */
void ike_sa_drop_rekey(struct ike_sa *sa);
/*
 * What @rival would replace: the peer's simultaneous rekey made it, and ours of the
 * same IKE SA has no answer yet. The peer may have taken the children to it. NULL:
 * it is nobody's rival.
 */
struct ike_sa *ike_sa_undecided(const struct ike_sa *rival);

/* Queue a request; it is sent when no other is in flight. */
void ike_sa_queue(struct ike_sa *sa, enum task_kind kind, uint32_t child_id);
bool ike_sa_has_task(const struct ike_sa *sa, enum task_kind kind,
		     uint32_t child_id);
/* Is our Delete of the IKE SA out, or will it be? */
bool ike_sa_is_ending(const struct ike_sa *sa);
/* Start the next request if none is in flight. May free @sa. */
void ike_sa_run_tasks(struct ike_sa *sa);
void ike_sa_drop_tasks(struct ike_sa *sa);
/*
 * The request in flight is answered or given up: forget it. The caller
 * continues with ike_sa_run_tasks().
 */
struct task ike_sa_task_done(struct ike_sa *sa);

#endif
