/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration as an immutable tree, references resolved, every value in
 * range. Built by cfg_load() from a libconfig file; nothing here touches the
 * system. A tree is shared and counted: after a reload the old one stays as
 * long as anything points into it.
 */
#ifndef AGENT_CONFIG_CONFIG_H
#define AGENT_CONFIG_CONFIG_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "crypto/alg.h"
#include "log/log.h"
#include "pki/trust.h"
#include "ppk/option.h"
#include "util/addr.h"
#include "util/secret.h"

#define CFG_NAME	33	/* names have 1 to 32 characters */
#define CFG_FQDN	256
#define CFG_MAX_ENCR	5
#define CFG_MAX_INTEG	4
#define CFG_MAX_PRF	4
#define CFG_MAX_KE	8
#define CFG_MAX_ADDKE	7
#define CFG_MAX_TRANSFORM_SETS 5
#define CFG_MAX_FURTHER	8
#define CFG_MAX_TRUSTPOINTS	8
#define CFG_FILE	1024	/* a path or URI with its NUL */

/** struct cfg_addke - additional key exchanges, in their order (RFC 9370) */
struct cfg_addke {
	const struct alg_ke *ke[CFG_MAX_ADDKE];
	unsigned int count;
	bool optional;			/* each of them, for the peer */
};

/** struct cfg_proposal - an ikev2 proposal; lists are in preference order */
struct cfg_proposal {
	char name[CFG_NAME];
	const struct alg_encr *encr[CFG_MAX_ENCR];
	const struct alg_integ *integ[CFG_MAX_INTEG];
	const struct alg_prf *prf[CFG_MAX_PRF];
	const struct alg_ke *ke[CFG_MAX_KE];
	struct cfg_addke addke;
	unsigned int encr_count, integ_count, prf_count, ke_count;
};

struct cfg_policy {
	char name[CFG_NAME];
	struct addr *address_local;		/* none: any */
	unsigned int address_local_count;
	bool fvrf_any;
	char fvrf[IFNAMSIZ];			/* empty: the default VRF */
	const struct cfg_proposal **proposals;
	unsigned int proposal_count;
};

enum cfg_identity_kind {
	CFG_ID_NONE,
	CFG_ID_ADDRESS,		/* address and mask */
	CFG_ID_FQDN,		/* exactly, ignoring case */
	CFG_ID_DOMAIN,		/* at least one label before it */
	CFG_ID_ANY,
	CFG_ID_DN,		/* as text; of ours: that of the certificate */
};

struct cfg_identity {
	enum cfg_identity_kind kind;
	struct prefix prefix;
	char name[CFG_FQDN];
};

enum cfg_ppk_kind { CFG_PPK_NONE, CFG_PPK_MANUAL, CFG_PPK_DYNAMIC };

/** enum cfg_ppk_exchange - where it may be brought in */
enum cfg_ppk_exchange {
	CFG_PPK_AUTH,			/* RFC 8784 */
	CFG_PPK_INTERMEDIATE,		/* RFC 9867 */
	CFG_PPK_PREFER_INTERMEDIATE,	/* either */
};

struct cfg_ppk {
	enum cfg_ppk_kind kind;
	enum cfg_ppk_exchange exchange;
	bool required;
	bool rekey_ike, rekey_child;	/* with a fresh one (RFC 9867) */
	char id[128];			/* manual PPK_ID, or the sks profile */
	struct secret *key;		/* manual */
};

struct cfg_peer {
	char name[CFG_NAME];
	struct prefix address;		/* AF_UNSPEC: none given */
	struct cfg_identity identity;
	struct secret *psk_local;	/* what we prove ourselves with */
	struct secret *psk_remote;	/* what we expect of the peer */
	struct cfg_ppk ppk;
};

struct cfg_keyring {
	char name[CFG_NAME];
	struct cfg_peer *peers;
	unsigned int peer_count;
};

/** struct cfg_trustpoint - paths are absolute or of the working directory */
struct cfg_trustpoint {
	char name[CFG_NAME];
	char ca[CFG_FILE];
	char certificate[CFG_FILE];
	char key[CFG_FILE];
	char crl[CFG_FILE];
	struct secret *key_password;
	bool has_revocation;		/* it was written */
	enum trust_revocation revocation;
	bool pss;
	struct trust *trust;		/* what the files hold */
};

enum cfg_auth {
	CFG_AUTH_PSK = 1,
	CFG_AUTH_RSA = 2,
	CFG_AUTH_ECDSA = 4,
};
/* Those that take a certificate. */
#define CFG_AUTH_SIGNATURES	(CFG_AUTH_RSA | CFG_AUTH_ECDSA)

struct cfg_ike_profile {
	char name[CFG_NAME];
	const struct cfg_keyring *keyring;	/* NULL: certificates only */
	const struct cfg_keyring *keyring_ppk;	/* or NULL */
	bool ppk_restart_without;		/* after a failure with a PPK */
	const struct cfg_trustpoint *trustpoints[CFG_MAX_TRUSTPOINTS];
	unsigned int trustpoint_count;
	uint32_t lifetime;			/* seconds */
	enum cfg_auth auth_local;
	unsigned int auth_remote;		/* bits of enum cfg_auth */
	struct cfg_identity *match_remote;
	unsigned int match_remote_count;
	bool match_fvrf_any;
	char match_fvrf[IFNAMSIZ];
	struct cfg_identity local_identity;	/* NONE: the tunnel source */
	uint32_t dpd_interval;			/* seconds, 0: no liveness check */
	uint32_t dpd_retries;			/* 0: as other requests */
	uint32_t dpd_retry_interval;		/* seconds, 0: doubling */
	uint32_t nat_keepalive;			/* seconds, 0: none */
};

struct cfg_transform_set {
	char name[CFG_NAME];
	const struct alg_encr *encr;
	const struct alg_integ *integ;		/* NULL with an AEAD */
};

/** enum cfg_fallback - what a reverse route leaves behind when it goes */
enum cfg_fallback { CFG_FALLBACK_UNREACHABLE, CFG_FALLBACK_NONE };

struct cfg_ipsec_profile {
	char name[CFG_NAME];
	const struct cfg_ike_profile *ike_profile;
	/* Tried behind it on a responder. */
	const struct cfg_ike_profile *further[CFG_MAX_FURTHER];
	unsigned int further_count;
	const struct alg_ke *pfs;		/* NULL: none */
	struct cfg_addke addke;			/* behind it */
	uint32_t lifetime_seconds;
	uint64_t lifetime_bytes;		/* 0: none */
	uint64_t lifetime_packets;		/* 0: none */
	const struct cfg_transform_set *transform_sets[CFG_MAX_TRANSFORM_SETS];
	unsigned int transform_set_count;
	bool responder_only;
	bool reverse_route;
	uint32_t reverse_route_priority;	/* metric of the routes */
	uint8_t reverse_route_fallback;		/* enum cfg_fallback */
	bool esn;
	uint32_t replay_window;
};

/** struct cfg_acl_entry - permits @source to @destination; length 0 is any */
struct cfg_acl_entry {
	sa_family_t family;			/* of both */
	struct prefix source;			/* host bits are 0 */
	struct prefix destination;
};

/** struct cfg_acl - no entry, which permits nothing, or one */
struct cfg_acl {
	char name[CFG_NAME];
	struct cfg_acl_entry *entries;
	unsigned int entry_count;
};

/* What a tunnel carries; bits. */
enum cfg_overlay { CFG_OVERLAY_IPV4 = 1, CFG_OVERLAY_IPV6 = 2 };

struct cfg_iface {
	char name[IFNAMSIZ];
	struct prefix address;
	struct prefix address6;
	char vrf[IFNAMSIZ];
	unsigned int mtu;
	uint8_t mode;				/* see cfg_underlay() */
	struct addr source;			/* unset: that of the next */
	char source_iface[IFNAMSIZ];		/* empty: a fixed address */
	struct addr destination;
	char tunnel_vrf[IFNAMSIZ];		/* front VRF; empty: default */
	uint8_t ttl;
	int tos;				/* -1: copy */
	uint8_t df;				/* 0 copy, 1 set, 2 clear */
	bool local_only;
	const struct cfg_ipsec_profile *profile;
	char policy[CFG_NAME];			/* access list; empty: none */
	sa_family_t policy_family;		/* which setting named it */
	const struct cfg_acl *acl;		/* NULL: there is none */
	bool single_sa;
};

/** struct cfg_retransmit - schedule of requests (RFC 7296 section 2.4) */
struct cfg_retransmit {
	unsigned int tries;		/* retransmissions, 1..6 */
	uint32_t timeout_ms;		/* first wait; doubles */
};

struct cfg {
	unsigned int refs;		/* of cfg_get() */
	bool fips_mode;
	enum log_level log_level;
	struct cfg_retransmit retransmit;
	bool fragmentation;		/* RFC 7383 */
	bool extra_dh_groups;		/* beyond 19, 20 and 21 */
	bool quick_crash_detection;	/* RFC 6290 */
	bool signature_sha1;		/* RSA with peers without RFC 7427 */
	uint32_t fragment_size;		/* octets of an IP datagram */
	uint32_t cookie_threshold;	/* half-open IKE SAs, then COOKIE */
	uint32_t half_open_limit;	/* half-open IKE SAs at most */
	uint32_t half_open_per_address;
	uint32_t workers;		/* threads for public-key work */
	struct cfg_proposal *proposals;		unsigned int proposal_count;
	struct cfg_policy *policies;		unsigned int policy_count;
	struct cfg_ike_profile *ike_profiles;	unsigned int ike_profile_count;
	struct cfg_keyring *keyrings;		unsigned int keyring_count;
	struct cfg_trustpoint *trustpoints;	unsigned int trustpoint_count;
	struct cfg_transform_set *transform_sets; unsigned int transform_set_count;
	struct cfg_ipsec_profile *ipsec_profiles; unsigned int ipsec_profile_count;
	struct cfg_acl *acls;			unsigned int acl_count;
	struct sks_options *sks_profiles;	unsigned int sks_profile_count;
	struct cfg_iface *ifaces;		unsigned int iface_count;
};

/* The family of the outer addresses, and CFG_OVERLAY_* of the inner ones. */
sa_family_t cfg_underlay(const struct cfg_iface *iface);
unsigned int cfg_overlay(const struct cfg_iface *iface);

/* Room for what is wrong: one line for each error, up to 20 of them. */
#define CFG_ERROR	4096

/**
 * cfg_load - read, check and resolve a configuration file
 * @path: the file; it and what it includes must belong to root or to the
 *	caller, and nobody else may have any access to them
 * @error: one sentence for each error, each on a line of its own that begins
 *	with file and line number; no newline behind the last
 *
 * Return: a new tree, or NULL with @error filled.
 */
struct cfg *cfg_load(const char *path, char error[CFG_ERROR]);
/*
 * The same from text, for tests; @name stands for the file name. What the text
 * includes is searched in the working directory.
 */
struct cfg *cfg_load_text(const char *text, const char *name,
			  char error[CFG_ERROR]);
/*
 * The trustpoint by which a profile proves itself with a method of
 * signatures: of those whose key is of that kind the first that leads to an
 * authority the peer asked for (@hashes, the data of its CERTREQ), otherwise
 * the first. With @fips only those that FIPS mode admits. NULL when there is
 * none.
 */
const struct cfg_trustpoint *
cfg_own_trustpoint(const struct cfg_ike_profile *profile, struct view hashes,
		   bool fips);
/* One more owner of the tree; returns @cfg. */
struct cfg *cfg_get(struct cfg *cfg);
/* One owner less; the last one frees it. */
void cfg_free(struct cfg *cfg);
/*
 * The first policy that serves a source address in a front VRF, or NULL; an
 * address that is not set may be any.
 */
const struct cfg_policy *cfg_policy_for(const struct cfg *cfg, const char *fvrf,
					const struct addr *source);
/* The same for an interface, as far as its configuration says. */
const struct cfg_policy *cfg_policy_of(const struct cfg *cfg,
				       const struct cfg_iface *iface);

/* It names an access list that is not there, or that permits nothing. */
bool cfg_acl_is_empty(const struct cfg_iface *iface);

/**
 * type7_decode - undo the type-7 obfuscation of a router's configuration
 * @text: two decimal digits, then two hexadecimal digits for each octet
 * @out: the clear octets, which may be any, NUL too; NULL on failure
 *
 * Everyone can undo it: a type-7 string deserves the care of clear text.
 * Return: 0, ERR_SYNTAX or ERR_NOMEM.
 */
int type7_decode(const char *text, struct secret **out);

#endif
