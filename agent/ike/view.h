/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies of the engine's state for the control socket and for tests; no
 * pointer into a live object leaves ike/ through here.
 */
#ifndef AGENT_IKE_VIEW_H
#define AGENT_IKE_VIEW_H

#include "ike/count.h"
#include "ike/failure.h"
#include "ike/ike.h"
#include "proto/payload.h"

#define VIEW_ID		256	/* printable identity, escaped */
#define VIEW_WORD	64
#define VIEW_ADDKE	96

struct view_child {
	uint32_t child_id;
	char ifname[IFNAMSIZ];
	uint32_t spi_in, spi_out;
	char state[VIEW_WORD];		/* "INSTALLED", "REKEYING", ... */
	struct ts local, remote;	/* the first selector of each side */
	char encr_show[VIEW_WORD];	/* "AES-CBC" */
	uint16_t key_bits;
	char integ_show[VIEW_WORD];	/* "SHA256" or "None" */
	uint16_t pfs_group;		/* 0: keys from SK_d alone */
	char additional_ke[VIEW_ADDKE];	/* behind it; empty: none */
	bool esn;
	bool quantum;
	uint64_t age_ms;
	uint64_t rekey_in_ms;		/* UINT64_MAX: not planned */
	uint64_t expire_in_ms;
};

struct ike_sa;

struct view_sa {
	const struct ike_sa *of;	/* for ike_view_children(); NULL: none */
	uint32_t session_id;
	uint32_t ike_sa_id;
	uint64_t spi_local, spi_remote;
	struct endpoint local, remote;
	char state[VIEW_WORD];		/* "READY", "IN-NEG", "DELETING" */
	char description[VIEW_WORD];	/* "Negotiation done", ... */
	bool established;
	bool initiator;			/* of the original IKE SA */
	char encr_show[VIEW_WORD];
	uint16_t key_bits;
	char prf_show[VIEW_WORD];
	char integ_show[VIEW_WORD];	/* "None" with an AEAD */
	uint16_t ke;
	char auth_local[VIEW_WORD];	/* "PSK" */
	char auth_remote[VIEW_WORD];
	uint32_t lifetime;		/* seconds, as configured */
	uint64_t age_ms;
	uint64_t rekey_in_ms;
	char local_id[VIEW_ID], remote_id[VIEW_ID];
	char fvrf[IFNAMSIZ];		/* "Default" */
	char profile[CFG_NAME];
	enum cfg_ppk_kind quantum;	/* of its child SAs, and successors */
	char quantum_exchange[VIEW_WORD]; /* "IKE_AUTH"; "none" */
	char fallback[VIEW_WORD];	/* why there is no PPK; "none" */
	const char *fallback_text;
	char additional_ke[VIEW_ADDKE];	/* "ml-kem-768 group20"; empty: none */
	bool hybrid;			/* one of them is safe from quantum computers */
	bool nat_local, nat_remote;	/* behind a NAT */
	uint64_t tx_messages, rx_messages, retransmits;
	unsigned int child_count;
};

/**
 * struct view_tunnel - one of the configuration
 * @up: it has a child to send with
 * @status: "up"; "connecting": an IKE SA is negotiated; "no child": it stands, and a
 *	child is asked for; "deleting": our Delete has no answer yet; "waiting": for the
 *	next attempt, or for the peer
 */
struct view_tunnel {
	char ifname[IFNAMSIZ];
	unsigned int ifindex;
	struct addr source, destination;
	char ipsec_profile[CFG_NAME];
	char ike_profile[CFG_NAME];
	bool responder_only;
	bool up;
	char status[VIEW_WORD];
	uint32_t session_id;		/* 0: none */
	uint64_t attempts;		/* since the tunnel was last up */
	uint64_t retry_in_ms;		/* UINT64_MAX: no attempt planned */
	unsigned int waits_behind;	/* for as many that connect; 0: it does not */
	struct failure failure;		/* the last one; reason NONE if none */
	char fallback[VIEW_WORD];	/* it is up without its PPK; "none" */
	const char *fallback_text;
};

struct view_summary {
	unsigned int active_out, negotiating_out;	/* initiated here */
	unsigned int active_in, negotiating_in;
	unsigned int ppk_manual, ppk_dynamic;	/* active ones with a PPK */
	unsigned int ppk_fallback;	/* active ones without theirs */
	bool fips_mode;
	bool fips_configured;		/* what the file says */
	bool fips_provider;		/* libcrypto's is loaded */
	bool fips_kernel;		/* the kernel's own flag */
	uint64_t half_open, cookies_sent;
	uint64_t rx_dropped;		/* messages discarded, all reasons */
};

/** struct view_fips - what FIPS mode makes of a tunnel; a row a finding */
struct view_fips {
	char ifname[IFNAMSIZ];
	bool stays_down;		/* the tunnel, in FIPS mode */
	bool fatal;			/* this is why */
	char text[160];			/* empty: there is nothing to say */
	const char *setting;
};

typedef void (*view_fips_fn)(void *arg, const struct view_fips *row);
typedef void (*view_sa_fn)(void *arg, const struct view_sa *sa);
typedef void (*view_child_fn)(void *arg, const struct view_child *child);
typedef void (*view_tunnel_fn)(void *arg, const struct view_tunnel *tunnel);
/** struct view_traffic - messages of an exchange, or notifies of a type */
struct view_traffic {
	const char *name;	/* "IKE_AUTH", "COOKIE", "other error" */
	struct traffic count;
};

/** struct view_stranger - somebody for whom there is no tunnel */
struct view_stranger {
	struct addr local, remote;
	uint64_t count;
	int64_t last_wall_ms;
};

typedef void (*view_stranger_fn)(void *arg, const struct view_stranger *s);

/* SHA-256 in base64; empty when there is no such key. */
#define VIEW_DIGEST	45

/** struct view_peer - a keyring's peer, its keys as digests */
struct view_peer {
	const char *keyring;	/* its name */
	const struct cfg_peer *peer;	/* without looking at its keys */
	char psk_local[VIEW_DIGEST], psk_remote[VIEW_DIGEST];
	char ppk[VIEW_DIGEST];
};

typedef void (*view_peer_fn)(void *arg, const struct view_peer *peer);
typedef void (*view_traffic_fn)(void *arg, const struct view_traffic *t);
typedef void (*view_counter_fn)(void *arg, const char *name, uint64_t value);

/** struct view_ppk_test - a PPK that was tried, or is being */
struct view_ppk_test {
	enum cfg_ppk_kind kind;
	uint32_t ticket;	/* to ask again with, 0: that is all */
	bool pending;		/* its source has not answered yet */
	char id[2 * VIEW_ID];	/* PPK_ID, escaped */
	size_t key_octets;
	uint64_t took_ms;
	char why[PPK_WHY];	/* there is none; empty: there is */
};

/**
 * ike_ppk_test - look up or fetch a PPK without touching a tunnel
 * @peer: of a keyring
 * @ticket: 0 to begin, else that of what was begun
 *
 * Return: 0; ERR_NOT_FOUND: no peer of this name has a PPK, or no such ticket;
 * ERR_NOMEM.
 */
int ike_ppk_test(struct ike *ike, const char *peer, uint32_t ticket,
		 struct view_ppk_test *out);

/* In order of session ID. @session_id 0: all. */
void ike_view_sas(const struct ike *ike, uint32_t session_id, view_sa_fn fn,
		  void *arg);
/* Of an IKE SA that still exists, best in its view_sa_fn. */
void ike_view_children(const struct view_sa *sa, view_child_fn fn, void *arg);
void ike_view_tunnels(const struct ike *ike, view_tunnel_fn fn, void *arg);
/* The last ones that found no tunnel, the latest first. */
void ike_view_strangers(const struct ike *ike, view_stranger_fn fn, void *arg);
/* The peers of all keyrings, in the order of the file. */
void ike_view_peers(const struct ike *ike, view_peer_fn fn, void *arg);
/* Each tunnel, on or off: what enabling FIPS mode would do or has done. */
void ike_view_fips(const struct ike *ike, view_fips_fn fn, void *arg);
void ike_view_summary(const struct ike *ike, struct view_summary *out);
/* Counters of messages and refusals, by name. */
void ike_view_counters(const struct ike *ike, view_counter_fn fn, void *arg);
/* Every exchange type, every notify type; also those never seen. */
void ike_view_exchanges(const struct ike *ike, view_traffic_fn fn, void *arg);
void ike_view_notifies(const struct ike *ike, view_traffic_fn fn, void *arg);

/**
 * struct ike_event - something an operator's monitor would show
 *
 * Borrowed for the call only.
 */
struct ike_event {
	/* "tunnel-up", "tunnel-down", "rekey", "failure", "quantum-fallback" */
	const char *type;
	const char *ifname;
	uint32_t session_id;
	const struct failure *failure;	/* or NULL */
	const char *text;
};
/** struct view_change - what a reload did to one interface */
struct view_change {
	const char *ifname;
	const char *action;	/* "added", "changed", "removed" */
	const char *effect;	/* "at once", "next negotiation", ... */
	const char *settings;	/* that differ, "a, b" */
};

/** struct view_reload - what a reload did */
struct view_reload {
	unsigned int unchanged, changed, added, removed;
	char general[256];	/* settings of no interface that differ */
};

typedef void (*view_change_fn)(void *arg, const struct view_change *c);

typedef void (*ike_event_fn)(void *arg, const struct ike_event *ev);
void ike_on_event(struct ike *ike, ike_event_fn fn, void *arg);

#endif
