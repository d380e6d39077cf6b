/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two engines in one process: a clock that only moves when told, a network
 * that loses, repeats and delays on demand, and kernels that remember which
 * SAs they were given and whether traffic would have got through.
 */
#ifndef SELFTESTS_EXCHANGE_WORLD_H
#define SELFTESTS_EXCHANGE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"
#include "event/timer.h"
#include "ike/ike.h"
#include "ike/view.h"
#include "proto/msg.h"
#include "util/list.h"

#define LATENCY_MS	10
#define ADDR_A		"198.51.100.1"
#define ADDR_B		"198.51.100.19"
#define ADDR_A_INSIDE	"10.0.0.2"	/* A behind a NAT */

struct world;

/** enum fate - what the network does with a message */
enum fate { PASS, LOSE, REPEAT, HOLD };

/** struct letter - a message under way, for faults to judge and to change */
struct letter {
	struct list list;
	bool to_b;
	uint64_t due_ms;
	struct net_path path;	/* as the receiver sees it */
	unsigned int number;	/* counted from 1 over both directions */
	struct ike_hdr hdr;
	struct buf msg;
	bool undeliverable;
};

typedef enum fate (*fault_fn)(struct world *w, struct letter *l);

/** struct fake_sa - an SA as the kernel was given it */
struct fake_sa {
	bool used;
	struct knl_sa sa;
	uint8_t keys[128];
	size_t key_len;
	bool active;		/* outbound: transmits */
	uint64_t added_ms;
	uint64_t last_used_ms;
};

#define FAKE_SAS	64
#define FAKE_EARLY	4
#define FAKE_WAIT_MAX	128	/* packets of one SPI, as the module */
#define IFINDEX		7	/* of the only device */

/** struct fake_early - an SPI whose SA is expected */
struct fake_early {
	uint32_t spi;		/* 0: none */
	unsigned int waiting;	/* packets */
};

/** struct fake_link - an interface that was there before the agent */
struct fake_link {
	struct knl_link_info info;	/* its index is not IFINDEX; 0: none */
	bool deleted;
	unsigned int flushes;
	unsigned int routes_off;
	bool refuse_del, refuse_flush;	/* faults */
};

#define FAKE_LINKS	4

struct fake_kernel {
	struct side *side;
	struct fake_link there[FAKE_LINKS];
	bool there_too;			/* the agent's own is among them */
	unsigned int torn;		/* so many dumps of links are interrupted */
	unsigned int flushes;		/* of the agent's own */
	struct fake_sa sas[FAKE_SAS];
	struct fake_early early[FAKE_EARLY];
	unsigned int early_packets;	/* that have waited so far */
	bool eager;		/* transmits with an SA as soon as it has it */
	unsigned int links;
	unsigned int links_made;	/* so far */
	unsigned int link_changes;
	struct knl_link link;	/* as it was asked for last */
	bool refuse_new;	/* fault: the interface cannot be made */
	bool refuse_up;		/* fault: it can be made, but not set up */
	bool refuse_link;	/* fault: the interface cannot be changed */
	const char *address;	/* of every device; NULL: none */
	const char *no_device;	/* fault: there is none of this name */
	struct knl_rri rri;	/* as it was asked for last */
	unsigned int rri_changes;
	bool refuse_rri;	/* fault: it would capture the tunnel */
	bool refuse_sa;		/* fault: SA_ADD fails */
	unsigned int refuse_dels;	/* fault: so many SA_DEL and DELLINK fail */
	unsigned int dels;	/* asked for, both */
	bool refuse_expect;	/* fault: SA_EXPECT fails */
	uint64_t packets;	/* that every SA has carried, it says */
};

extern const struct knl_ops fake_knl_ops;
/* As when the module is gone: no SA is left, nothing expected. */
void fake_kernel_flush(struct fake_kernel *k);
/* Does an SPI wait for its SA? */
bool fake_kernel_expects(const struct fake_kernel *k);

/** struct fake_socket - both ports of an address: from no other is sent */
struct fake_socket {
	bool open;
	struct addr local;
	unsigned int fvrf;
};

#define FAKE_SOCKETS	8

struct side {
	struct world *world;
	const char *name;
	bool is_b;
	struct cfg *cfg;
	struct timers *timers;
	struct fake_kernel kernel;
	struct ike *ike;
	struct list work;	/* under way, the oldest first */
	bool hold_work;		/* it takes until side_finish_work() */
	bool deaf;		/* fault: host is down */
	const struct ppk_ops *ppk;
	struct secret *token_secret;	/* outlives a crash, or NULL */
	unsigned int sent;
	bool refuse_send;	/* fault: nothing can be sent */
	struct fake_socket sockets[FAKE_SOCKETS];
	unsigned int unlistened;
};

struct world {
	uint64_t now_ms;
	int64_t epoch_ms;	/* of the wall clock */
	struct clock clock;
	struct side a, b;
	struct list letters;
	struct list held;
	unsigned int count;
	fault_fn fault;
	void *fault_arg;
	bool nat;
	uint16_t nat_port;	/* what the NAT adds to A's ports */
	size_t path_mtu;	/* longer IP datagrams are lost; 0: none are */
	size_t known_mtu;	/* what the hosts know of it; 0: nothing */
	bool with_work;
	unsigned int work_ms;	/* how long work takes, from when it begins */
	bool traffic;		/* a packet each way every 10 ms */
	unsigned int packets, lost;
};

/** struct setup - what differs from the guide's first example */
struct setup {
	const char *encr, *integ, *prf, *dh;	/* quoted lists for A */
	const char *b_dh;			/* B's, if not A's */
	const char *b_transform;
	const char *psk_a, *psk_b;
	const char *pfs;			/* "group19" or NULL */
	unsigned int lifetime;			/* of both kinds */
	unsigned int ike_lifetime;
	const char *id_a, *id_b;		/* FQDNs */
	const char *match_b;			/* what A expects of B */
	const char *match_b_own;		/* what B expects of A */
	bool b_initiates;			/* B is not responder-only */
	bool a_responds_only;
	unsigned int cookie_threshold;
	bool no_cookie_default;
	bool nat;
	const char *ikev2, *ikev2_b;		/* settings of A (of both), of B */
	const char *profile;			/* of the ikev2 profile of both */
	/* Whole lists of peers; more keyrings, profiles and policies (first). */
	const char *peers_a, *peers_b;
	const char *keyrings_a, *keyrings_b, *profiles_b, *policies_b, *proposals_b;
	const char *ipsec, *ipsec_b;		/* of the ipsec profile of both, of B */
	const char *acl_a, *acl_b;	/* entries of the access list, "" for none */
	bool fips_a, fips_b;	/* fips-mode = true */
	unsigned int work_ms;	/* public-key work is done elsewhere, so long */
	const struct ppk_ops *ppk;	/* key sources; their arg is the side */
	const char *top_a, *top_b;		/* outside of every group */
	const char *auth_a, *auth_b;		/* instead of pre-shared keys */
	const char *local_a, *local_b;		/* inside of local-identity */
	bool long_auth;		/* IKE_AUTH is longer than 576 octets */
};

void world_init(struct world *w, const struct setup *s);
/*
 * Another configuration for a side: @edits are pairs of texts, the first to be
 * replaced by the second, behind them NULL.
 */
struct cfg *world_config(const struct setup *setup, bool is_b,
			 const char *const *edits);
void world_fini(struct world *w);
void world_start(struct world *w);
/* Let time pass, delivering messages and running timers in order. */
void world_run(struct world *w, uint64_t ms);
/* The same until @done or @ms have passed; returns whether it was done. */
bool world_until(struct world *w, bool (*done)(struct world *w), uint64_t ms);
/* Faults: everything is lost; the message of number *w->fault_arg is; twice. */
enum fate lose_all(struct world *w, struct letter *l);
enum fate lose_nth(struct world *w, struct letter *l);
enum fate repeat_all(struct world *w, struct letter *l);
/* Deliver what a fault held back. */
void world_release(struct world *w);
/* What a side has under way; and end the oldest of it. */
unsigned int side_work(struct side *s);
bool side_finish_work(struct side *s);
/* When that will be by itself, UINT64_MAX for never. */
uint64_t side_work_due(struct side *s);
extern const struct work_ops world_work_ops;
/* It is the pool that works just now, not the loop. */
extern bool world_at_work;
/* Take a side down without a word, and bring up a fresh one. */
void world_crash(struct world *w, struct side *s);
void world_revive(struct world *w, struct side *s);
/* One packet each way, now; false if either was lost. */
bool world_packet(struct world *w);

bool world_up(struct world *w);
bool world_down(struct world *w);
/* Exactly one IKE SA and one pair of ESP SAs on both sides, keys alike. */
void world_assert_one(struct world *w);
/* The tunnel comes up again, once, and stays; the end of a ladder: world_fini() */
void world_recovers(struct world *w);
void world_assert_nothing(struct side *s);

struct view_sa side_sa(struct side *s);
struct view_child side_child(struct side *s);
struct view_tunnel side_tunnel(struct side *s);
unsigned int side_established(struct side *s);
unsigned int side_sas(struct side *s);
unsigned int side_kernel_sas(struct side *s, enum knl_dir dir);
uint64_t side_counter(struct side *s, const char *name);
/* Ask for a rekey as the kernel does when a limit is near. */
void side_rekey_child(struct side *s);
/* A hard limit has ended its outbound SA. */
void side_lose_child(struct side *s);
/* An authentic ESP packet came from @port, as the kernel says it. */
void side_esp_from(struct side *s, uint16_t port);

#endif
