// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of sections, keys and refusals, and their wording. How a value
 * becomes a member of the tree is in value.c.
 */

#include "config/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/check.h"
#include "config/config.h"
#include "config/node.h"
#include "config/sks.h"
#include "config/value.h"

/* ------------------------------------------------------------ shorthands */

#define BOOL(key, type, member)						\
	.name = key, .shape = SHAPE_BOOL, .fallback = "false",		\
	.set = value_bool, .offset = offsetof(type, member)
#define ADDKE(type)							\
	.name = "additional-ke", .shape = SHAPE_TEXTS, .what = "words",	\
	.min = 1, .max = CFG_MAX_ADDKE, .set = value_addke,		\
	.words = words_addke, .absent = "none",				\
	.offset = offsetof(type, addke)
#define INT(key, type, member, setter, low, high, unit)			\
	.name = key, .shape = SHAPE_INT, .set = setter,			\
	.min = low, .max = high, .what = unit,				\
	.offset = offsetof(type, member)
#define TEXT(key, kind, type, member, setter)				\
	.name = key, .shape = SHAPE_TEXT, .what = kind,			\
	.set = setter, .offset = offsetof(type, member)
#define WORD(key, type, member, setter, list)				\
	TEXT(key, "word", type, member, setter), .words = list
#define NAME(type)							\
	TEXT("name", "name of 1 to 32 characters", type, name, value_name), \
	.min = 1, .max = CFG_NAME - 1, .required = true
#define REF(key, kind, type, member, list)				\
	TEXT(key, "name of " kind, type, member, value_ref), .target = list
#define GROUP(key, list)						\
	.name = key, .shape = SHAPE_GROUP, .section = list
#define GROUPS(key, kind, list, type, items, counter)			\
	.name = key, .shape = SHAPE_GROUPS, .what = kind, .section = list, \
	.offset = offsetof(type, items), .count = offsetof(type, counter)

#define TARGET(items_, count_)						\
	{ offsetof(struct cfg, items_), offsetof(struct cfg, count_),	\
	  sizeof(*((struct cfg *)0)->items_) }

static const struct key_target all_proposals =
	TARGET(proposals, proposal_count);
static const struct key_target all_keyrings = TARGET(keyrings, keyring_count);
static const struct key_target all_trustpoints =
	TARGET(trustpoints, trustpoint_count);
static const struct key_target all_ike_profiles =
	TARGET(ike_profiles, ike_profile_count);
static const struct key_target all_transform_sets =
	TARGET(transform_sets, transform_set_count);
static const struct key_target all_ipsec_profiles =
	TARGET(ipsec_profiles, ipsec_profile_count);

/* ---------------------------------------------------------------- keyrings */

static const struct section peer_identity = {
	.path = "keyrings.peers.identity",
	.check = check_peer_identity,
	.keys = (const struct key[]){
		{ TEXT("address", "address and mask", struct cfg_peer,
		       identity, value_id_prefix) },
		{ TEXT("fqdn", "name of 1 to 255 characters", struct cfg_peer,
		       identity, value_id_fqdn) },
		{ TEXT("domain", "name of 1 to 255 characters",
		       struct cfg_peer, identity, value_id_domain) },
		{ .name = NULL },
	},
};

static const struct section ppk_manual = {
	.path = "keyrings.peers.ppk.manual",
	.keys = (const struct key[]){
		{ TEXT("id", "text of 1 to 127 letters, digits, + and /",
		       struct cfg_peer, ppk, value_ppk_id),
		  .min = 1, .max = 127, .required = true },
		{ TEXT("key", "text of 1 to 1024 characters", struct cfg_peer,
		       ppk, value_ppk_key),
		  .min = 1, .max = 1024, .secret = true },
		{ TEXT("password", "type 7 string", struct cfg_peer, ppk,
		       value_ppk_type7), .secret = true },
		{ .name = NULL },
	},
};

static const struct section peer_ppk = {
	.path = "keyrings.peers.ppk",
	.check = check_ppk,
	.keys = (const struct key[]){
		{ GROUP("manual", &ppk_manual) },
		{ TEXT("dynamic", "name of an sks profile, 1 to 127 characters",
		       struct cfg_peer, ppk, value_ppk_dynamic),
		  .min = 1, .max = 127 },
		{ BOOL("required", struct cfg_peer, ppk.required) },
		{ WORD("exchange", struct cfg_peer, ppk.exchange,
		       value_ppk_exchange, words_ppk_exchange),
		  .fallback = "auth" },
		{ .name = "rekey", .shape = SHAPE_TEXTS, .what = "words",
		  .min = 1, .max = 2, .set = value_ppk_rekey,
		  .words = words_ppk_rekey,
		  .absent = "no fresh PPK for a rekey" },
		{ .name = NULL },
	},
};

static const struct section peers = {
	.path = "keyrings.peers",
	.size = sizeof(struct cfg_peer),
	.check = check_peer,
	.keys = (const struct key[]){
		{ NAME(struct cfg_peer) },
		{ TEXT("address", "address and mask", struct cfg_peer, address,
		       value_prefix),
		  .absent = "found by its identity" },
		{ GROUP("identity", &peer_identity),
		  .absent = "found by its address" },
		{ TEXT("pre-shared-key", "text of 1 to 1024 characters",
		       struct cfg_peer, psk_local, value_psk),
		  .min = 1, .max = 1024, .secret = true },
		{ TEXT("password", "type 7 string", struct cfg_peer, psk_local,
		       value_psk_type7), .secret = true },
		{ TEXT("pre-shared-key-local", "text of 1 to 1024 characters",
		       struct cfg_peer, psk_local, value_psk_one),
		  .min = 1, .max = 1024, .secret = true },
		{ TEXT("pre-shared-key-remote", "text of 1 to 1024 characters",
		       struct cfg_peer, psk_remote, value_psk_one),
		  .min = 1, .max = 1024, .secret = true },
		{ TEXT("password-local", "type 7 string", struct cfg_peer,
		       psk_local, value_psk_one_type7), .secret = true },
		{ TEXT("password-remote", "type 7 string", struct cfg_peer,
		       psk_remote, value_psk_one_type7), .secret = true },
		{ GROUP("ppk", &peer_ppk), .absent = "no PPK" },
		{ .name = NULL },
	},
};

static const struct section keyrings = {
	.path = "keyrings",
	.size = sizeof(struct cfg_keyring),
	.check = check_keyring,
	.keys = (const struct key[]){
		{ NAME(struct cfg_keyring) },
		{ GROUPS("peers", "peer", &peers, struct cfg_keyring, peers,
			 peer_count),
		  .min = 1, .max = 100000, .required = true },
		{ .name = NULL },
	},
};

/* -------------------------------------------------------------- trustpoints */

#define FILE_NAME(key, member)						\
	TEXT(key, "name of a file, 1 to 1000 characters",		\
	     struct cfg_trustpoint, member, value_trust_file),		\
	.min = 1, .max = 1000

static const struct section trustpoints = {
	.path = "trustpoints",
	.size = sizeof(struct cfg_trustpoint),
	.check = check_trustpoint,
	.keys = (const struct key[]){
		{ NAME(struct cfg_trustpoint) },
		{ FILE_NAME("ca-certificates", ca), .required = true },
		{ FILE_NAME("certificate", certificate),
		  .absent = "peers are verified, nothing is signed" },
		{ TEXT("private-key", "name of a file or URI of a key store, "
		       "1 to 1000 characters", struct cfg_trustpoint, key,
		       value_trust_key), .min = 1, .max = 1000 },
		{ TEXT("private-key-password", "text of 1 to 1024 characters",
		       struct cfg_trustpoint, key_password,
		       value_key_password),
		  .min = 1, .max = 1024, .secret = true },
		{ FILE_NAME("crl", crl) },
		{ WORD("revocation-check", struct cfg_trustpoint, revocation,
		       value_revocation, words_revocation),
		  .absent = "crl where there is one, else none" },
		{ WORD("rsa-padding", struct cfg_trustpoint, pss,
		       value_rsa_padding, words_rsa_padding),
		  .fallback = "pkcs1" },
		{ .name = NULL },
	},
};

/* ------------------------------------------------------------------- ikev2 */

static const struct section proposals = {
	.path = "ikev2.proposals",
	.size = sizeof(struct cfg_proposal),
	.check = check_proposal,
	.keys = (const struct key[]){
		{ NAME(struct cfg_proposal) },
		{ .name = "encryption", .shape = SHAPE_TEXTS, .what = "words",
		  .min = 1, .max = CFG_MAX_ENCR, .set = value_encr,
		  .words = words_ike_encr, .required = true },
		{ .name = "integrity", .shape = SHAPE_TEXTS, .what = "words",
		  .min = 1, .max = CFG_MAX_INTEG, .set = value_integ,
		  .words = words_ike_integ,
		  .absent = "none, AES-GCM needs none" },
		{ .name = "prf", .shape = SHAPE_TEXTS, .what = "words",
		  .min = 1, .max = CFG_MAX_PRF, .set = value_prf,
		  .words = words_prf, .absent = "as integrity" },
		{ .name = "dh-group", .shape = SHAPE_INTS, .what = "numbers",
		  .min = 1, .max = CFG_MAX_KE, .set = value_ke,
		  .words = words_ke, .required = true },
		{ ADDKE(struct cfg_proposal) },
		{ BOOL("additional-ke-optional", struct cfg_proposal,
		       addke.optional) },
		{ .name = NULL },
	},
};

static const struct section policy_match = {
	.path = "ikev2.policies.match",
	.keys = (const struct key[]){
		{ .name = "address-local", .shape = SHAPE_TEXTS,
		  .what = "addresses", .min = 1, .max = 32,
		  .set = value_policy_address, .absent = "any address" },
		{ .name = "fvrf", .shape = SHAPE_TEXT,
		  .what = "\"any\", \"default\" or the name of a VRF",
		  .set = value_policy_fvrf, .fallback = "any" },
		{ .name = NULL },
	},
};

static const struct section policies = {
	.path = "ikev2.policies",
	.size = sizeof(struct cfg_policy),
	.keys = (const struct key[]){
		{ NAME(struct cfg_policy) },
		{ GROUP("match", &policy_match) },
		{ .name = "proposals", .shape = SHAPE_TEXTS,
		  .what = "names of ikev2 proposals", .min = 1, .max = 8,
		  .set = value_policy_proposal, .target = &all_proposals,
		  .required = true },
		{ .name = NULL },
	},
};

static const struct section authentication = {
	.path = "ikev2.profiles.authentication",
	.keys = (const struct key[]){
		{ WORD("local", struct cfg_ike_profile, auth_local,
		       value_auth_local, words_auth),
		  .fallback = "pre-shared" },
		{ .name = "remote", .shape = SHAPE_TEXTS, .what = "words",
		  .min = 1, .max = 3, .set = value_auth_remote,
		  .words = words_auth, .fallback = "pre-shared" },
		{ .name = NULL },
	},
};

static const struct section match_remote = {
	.path = "ikev2.profiles.match-identity-remote",
	.size = sizeof(struct cfg_identity),
	.check = check_match_entry,
	.keys = (const struct key[]){
		{ .name = "address", .shape = SHAPE_TEXT,
		  .what = "address and mask", .set = value_id_prefix },
		{ .name = "fqdn", .shape = SHAPE_TEXT,
		  .what = "name of 1 to 255 characters", .set = value_id_fqdn },
		{ .name = "domain", .shape = SHAPE_TEXT,
		  .what = "name of 1 to 255 characters",
		  .set = value_id_domain },
		{ .name = "dn", .shape = SHAPE_TEXT,
		  .what = "distinguished name of 1 to 255 characters",
		  .set = value_id_dn },
		{ .name = "any", .shape = SHAPE_BOOL, .set = value_id_any },
		{ .name = NULL },
	},
};

static const struct section local_identity = {
	.path = "ikev2.profiles.local-identity",
	.check = check_local_identity,
	.keys = (const struct key[]){
		{ TEXT("address", "address", struct cfg_ike_profile,
		       local_identity, value_id_address) },
		{ TEXT("fqdn", "name of 1 to 255 characters",
		       struct cfg_ike_profile, local_identity,
		       value_id_fqdn) },
		{ .name = "dn", .shape = SHAPE_BOOL, .set = value_id_own_dn,
		  .offset = offsetof(struct cfg_ike_profile,
				     local_identity) },
		{ .name = NULL },
	},
};

static const struct section ike_profiles = {
	.path = "ikev2.profiles",
	.size = sizeof(struct cfg_ike_profile),
	.check = check_ike_profile,
	.keys = (const struct key[]){
		{ NAME(struct cfg_ike_profile) },
		{ REF("keyring", "a keyring", struct cfg_ike_profile, keyring,
		      &all_keyrings), .absent = "no pre-shared keys" },
		{ REF("keyring-ppk", "a keyring", struct cfg_ike_profile,
		      keyring_ppk, &all_keyrings),
		  .absent = "no PPK is used" },
		{ BOOL("ppk-restart-without", struct cfg_ike_profile,
		       ppk_restart_without) },
		{ .name = "trustpoints", .shape = SHAPE_TEXTS,
		  .what = "names of trustpoints", .min = 1,
		  .max = CFG_MAX_TRUSTPOINTS, .set = value_trustpoint,
		  .target = &all_trustpoints, .absent = "no certificates" },
		{ INT("lifetime", struct cfg_ike_profile, lifetime, value_u32,
		      120, 86400, "seconds"), .fallback = "86400" },
		{ GROUP("authentication", &authentication) },
		{ GROUPS("match-identity-remote", "identity", &match_remote,
			 struct cfg_ike_profile, match_remote,
			 match_remote_count),
		  .min = 1, .max = 1000, .required = true },
		{ .name = "match-fvrf", .shape = SHAPE_TEXT,
		  .what = "\"any\", \"default\" or the name of a VRF",
		  .set = value_profile_fvrf, .fallback = "any" },
		{ GROUP("local-identity", &local_identity),
		  .absent = "the tunnel source address" },
		{ INT("dpd-interval", struct cfg_ike_profile, dpd_interval,
		      value_u32, 0, 3600, "seconds"), .fallback = "30" },
		{ INT("dpd-retries", struct cfg_ike_profile, dpd_retries,
		      value_u32, 1, 6, NULL),
		  .absent = "as retransmit-tries" },
		{ INT("dpd-retry-interval", struct cfg_ike_profile,
		      dpd_retry_interval, value_u32, 1, 60, "seconds"),
		  .absent = "as retransmit-timeout, doubling" },
		{ INT("nat-keepalive", struct cfg_ike_profile, nat_keepalive,
		      value_u32, 0, 3600, "seconds"), .fallback = "20" },
		{ .name = NULL },
	},
};

static const struct section ikev2 = {
	.path = "ikev2",
	.keys = (const struct key[]){
		{ INT("retransmit-tries", struct cfg, retransmit.tries,
		      value_u32, 1, 6, NULL), .fallback = "5" },
		{ INT("retransmit-timeout", struct cfg, retransmit.timeout_ms,
		      value_u32, 100, 60000, "milliseconds"),
		  .fallback = "2000" },
		{ .name = "fragmentation", .shape = SHAPE_BOOL,
		  .fallback = "true", .set = value_bool,
		  .offset = offsetof(struct cfg, fragmentation) },
		{ INT("fragment-size", struct cfg, fragment_size, value_u32,
		      576, 9000, "octets"), .fallback = "1280" },
		{ .name = "quick-crash-detection", .shape = SHAPE_BOOL,
		  .fallback = "true", .set = value_bool,
		  .offset = offsetof(struct cfg, quick_crash_detection) },
		{ BOOL("extra-dh-groups", struct cfg, extra_dh_groups) },
		{ BOOL("signature-sha1", struct cfg, signature_sha1) },
		{ INT("cookie-threshold", struct cfg, cookie_threshold,
		      value_u32, 0, 100000, "half-open IKE SAs"),
		  .fallback = "30" },
		{ INT("half-open-limit", struct cfg, half_open_limit,
		      value_u32, 1, 100000, "half-open IKE SAs"),
		  .fallback = "2000" },
		{ INT("half-open-limit-per-address", struct cfg,
		      half_open_per_address, value_u32, 1, 100000,
		      "half-open IKE SAs"), .fallback = "32" },
		{ INT("workers", struct cfg, workers, value_u32, 0, 64,
		      "threads"), .fallback = "2" },
		{ GROUPS("proposals", "proposal", &proposals, struct cfg,
			 proposals, proposal_count), .max = 100000 },
		{ GROUPS("policies", "policy", &policies, struct cfg, policies,
			 policy_count), .max = 100000 },
		{ GROUPS("profiles", "profile", &ike_profiles, struct cfg,
			 ike_profiles, ike_profile_count), .max = 100000 },
		{ .name = NULL },
	},
};

/* ------------------------------------------------------------------- ipsec */

static const struct section transform_sets = {
	.path = "ipsec.transform-sets",
	.size = sizeof(struct cfg_transform_set),
	.check = check_transform_set,
	.keys = (const struct key[]){
		{ NAME(struct cfg_transform_set) },
		{ .name = "mode", .shape = SHAPE_TEXT, .what = "word",
		  .set = value_word, .words = words_esp_mode,
		  .fallback = "tunnel" },
		{ .name = "transform", .shape = SHAPE_TEXTS, .what = "words",
		  .min = 1, .max = 2, .set = value_transform,
		  .words = words_esp, .required = true },
		{ .name = NULL },
	},
};

static const struct section ipsec_profiles = {
	.path = "ipsec.profiles",
	.size = sizeof(struct cfg_ipsec_profile),
	.check = check_ipsec_profile,
	.keys = (const struct key[]){
		{ NAME(struct cfg_ipsec_profile) },
		{ REF("ikev2-profile", "an ikev2 profile",
		      struct cfg_ipsec_profile, ike_profile,
		      &all_ike_profiles), .required = true },
		{ .name = "further-ikev2-profiles", .shape = SHAPE_TEXTS,
		  .what = "names of ikev2 profiles", .min = 1,
		  .max = CFG_MAX_FURTHER, .set = value_further_profile,
		  .target = &all_ike_profiles, .absent = "no others" },
		{ WORD("pfs", struct cfg_ipsec_profile, pfs, value_pfs,
		       words_pfs), .absent = "no PFS" },
		{ ADDKE(struct cfg_ipsec_profile) },
		{ BOOL("additional-ke-optional", struct cfg_ipsec_profile,
		       addke.optional) },
		{ INT("security-association-lifetime", struct cfg_ipsec_profile,
		      lifetime_seconds, value_u32, 120, 2592000, "seconds"),
		  .fallback = "14400" },
		{ INT("security-association-lifetime-kilobytes",
		      struct cfg_ipsec_profile, lifetime_bytes,
		      value_kilobytes, 1, 4294967295, "kilobytes"),
		  .absent = "no limit" },
		{ INT("security-association-lifetime-packets",
		      struct cfg_ipsec_profile, lifetime_packets, value_u64,
		      1, 4294967295, "packets"), .absent = "no limit" },
		{ .name = "transform-sets", .shape = SHAPE_TEXTS,
		  .what = "names of transform sets", .min = 1,
		  .max = CFG_MAX_TRANSFORM_SETS, .set = value_transform_set,
		  .target = &all_transform_sets, .required = true },
		{ BOOL("responder-only", struct cfg_ipsec_profile,
		       responder_only) },
		{ BOOL("reverse-route", struct cfg_ipsec_profile,
		       reverse_route) },
		{ INT("reverse-route-priority", struct cfg_ipsec_profile,
		      reverse_route_priority, value_u32, 1, 4278190079, NULL),
		  .fallback = "33554432" },
		{ WORD("reverse-route-fallback", struct cfg_ipsec_profile,
		       reverse_route_fallback, value_fallback,
		       words_fallback), .fallback = "unreachable" },
		{ BOOL("esn", struct cfg_ipsec_profile, esn) },
		{ INT("replay-window", struct cfg_ipsec_profile, replay_window,
		      value_u32, 32, 4096, "packets"), .fallback = "1024" },
		{ .name = NULL },
	},
};

static const struct section ipsec = {
	.path = "ipsec",
	.keys = (const struct key[]){
		{ GROUPS("transform-sets", "transform set", &transform_sets,
			 struct cfg, transform_sets, transform_set_count),
		  .max = 100000 },
		{ GROUPS("profiles", "profile", &ipsec_profiles, struct cfg,
			 ipsec_profiles, ipsec_profile_count), .max = 100000 },
		{ .name = NULL },
	},
};

/* ------------------------------------------------------------ access lists */

static const struct section acl_entries = {
	.path = "access-lists.entries",
	.size = sizeof(struct cfg_acl_entry),
	.check = check_acl_entry,
	.refused_name = acl_refused_name,
	.keys = (const struct key[]){
		{ .name = "action", .shape = SHAPE_TEXT, .what = "\"permit\"",
		  .set = value_acl_action, .required = true },
		{ .name = "protocol", .shape = SHAPE_TEXT,
		  .what = "\"ipv4\" or \"ipv6\"",
		  .set = value_acl_protocol, .fallback = "ipv4" },
		{ TEXT("source", "\"any\", or address and netmask",
		       struct cfg_acl_entry, source, value_acl_prefix),
		  .required = true },
		{ TEXT("destination", "\"any\", or address and netmask",
		       struct cfg_acl_entry, destination, value_acl_prefix),
		  .required = true },
		{ .name = NULL },
	},
};

static const struct section access_lists = {
	.path = "access-lists",
	.size = sizeof(struct cfg_acl),
	.check = check_acl,
	.keys = (const struct key[]){
		{ NAME(struct cfg_acl) },
		{ GROUPS("entries", "entry", &acl_entries, struct cfg_acl,
			 entries, entry_count),
		  .max = 1000, .absent = "none, which permits nothing" },
		{ .name = NULL },
	},
};

/* -------------------------------------------------------------- interfaces */

static const struct section protection = {
	.path = "interfaces.tunnel.protection",
	.keys = (const struct key[]){
		{ REF("ipsec-profile", "an ipsec profile", struct cfg_iface,
		      profile, &all_ipsec_profiles), .required = true },
		{ TEXT("policy-ipv4", "name of an access list",
		       struct cfg_iface, policy, value_acl_policy),
		  .min = 1, .max = CFG_NAME - 1, .absent = "any to any" },
		{ TEXT("policy-ipv6", "name of an access list",
		       struct cfg_iface, policy, value_acl_policy6),
		  .min = 1, .max = CFG_NAME - 1, .absent = "any to any" },
		{ BOOL("single-sa", struct cfg_iface, single_sa) },
		{ .name = NULL },
	},
};

static const struct section tunnel = {
	.path = "interfaces.tunnel",
	.keys = (const struct key[]){
		{ WORD("mode", struct cfg_iface, mode, value_mode,
		       words_tunnel_mode), .fallback = "ipsec ipv4" },
		{ TEXT("source", "address or the name of an interface",
		       struct cfg_iface, source, value_source), .required = true },
		{ TEXT("destination", "address", struct cfg_iface, destination,
		       value_address), .required = true },
		{ TEXT("vrf", "\"default\" or the name of a VRF", struct cfg_iface,
		       tunnel_vrf, value_vrf), .fallback = "default" },
		{ INT("ttl", struct cfg_iface, ttl, value_u8, 1, 255, NULL),
		  .fallback = "64" },
		{ INT("tos", struct cfg_iface, tos, value_tos, 0, 252, NULL),
		  .fallback = "copied from the inner packet" },
		{ WORD("df", struct cfg_iface, df, value_df, words_df),
		  .fallback = "copy" },
		{ BOOL("local-only", struct cfg_iface, local_only) },
		{ GROUP("protection", &protection), .required = true },
		{ .name = NULL },
	},
};

static const struct section interfaces = {
	.path = "interfaces",
	.size = sizeof(struct cfg_iface),
	.check = check_iface,
	.keys = (const struct key[]){
		{ TEXT("name", "name of 1 to 15 characters", struct cfg_iface,
		       name, value_device),
		  .min = 1, .max = IFNAMSIZ - 1, .required = true },
		{ TEXT("ipv4-address", "address and mask", struct cfg_iface,
		       address, value_iface_address),
		  .absent = "no address" },
		{ TEXT("ipv6-address", "address and prefix length",
		       struct cfg_iface, address6, value_iface_address6),
		  .absent = "no address" },
		{ INT("mtu", struct cfg_iface, mtu, value_u32, 68, 65434,
		      "octets"), .absent = "derived from the path" },
		{ TEXT("vrf", "\"default\" or the name of a VRF", struct cfg_iface,
		       vrf, value_vrf), .fallback = "default" },
		{ GROUP("tunnel", &tunnel), .required = true },
		{ .name = NULL },
	},
};

/* -------------------------------------------------------------------- root */

const struct section section_root = {
	.path = "",
	.keys = (const struct key[]){
		{ BOOL("fips-mode", struct cfg, fips_mode) },
		{ WORD("log-level", struct cfg, log_level, value_log_level,
		       words_log_level), .fallback = "info" },
		{ GROUPS("trustpoints", "trustpoint", &trustpoints, struct cfg,
			 trustpoints, trustpoint_count), .max = 1000 },
		{ GROUPS("sks-profiles", "key source", &section_sks_profiles,
			 struct cfg, sks_profiles, sks_profile_count),
		  .max = 1000 },
		{ GROUPS("access-lists", "access list", &access_lists,
			 struct cfg, acls, acl_count), .max = 100000 },
		{ GROUPS("keyrings", "keyring", &keyrings, struct cfg,
			 keyrings, keyring_count), .max = 100000 },
		{ GROUP("ikev2", &ikev2) },
		{ GROUP("ipsec", &ipsec) },
		{ GROUPS("interfaces", "interface", &interfaces, struct cfg,
			 ifaces, iface_count), .max = 100000 },
		{ .name = NULL },
	},
};

/* ---------------------------------------------------------------- refusals */

static bool when_ml_kem(const struct node *node)
{
	const char *text;
	int64_t n = 0;

	if (node_type(node) == NODE_INT) {
		n = node_int(node);
	} else if (node_type(node) == NODE_TEXT) {
		text = node_text(node);
		n = atoi(text + strcspn(text, "0123456789"));
	}
	return n >= KE_ML_KEM_512 && n <= KE_ML_KEM_1024;
}

static const struct refusal refusals[] = {
	{ "ikev2.proposals", "dh-group", when_ml_kem,
	  "ML-KEM is for additional-ke, beside a group; expected a group here" },
	{ "ipsec.profiles", "pfs", when_ml_kem,
	  "ML-KEM is for additional-ke, beside a group; expected a group here" },
};

const struct refusal *key_refusal(const struct section *s,
				  const struct key *key,
				  const struct node *node)
{
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];

		if (strcmp(r->path, s->path) == 0 &&
		    strcmp(r->key, key->name) == 0 && r->when(node))
			return r;
	}
	return NULL;
}

/* ----------------------------------------------------------------- wording */

const char *key_path(const struct section *s, const struct key *key,
		     char buf[KEY_PATH])
{
	snprintf(buf, KEY_PATH, "%s%s%s", s->path, *s->path ? "." : "",
		 key->name);
	return buf;
}

/* "1 to 5" or "3". */
static void range_str(const struct key *key, char *buf, size_t size)
{
	if (key->min == key->max)
		snprintf(buf, size, "%llu", (unsigned long long)key->max);
	else
		snprintf(buf, size, "%llu to %llu", (unsigned long long)key->min,
			 (unsigned long long)key->max);
}

/* Type and range, without article. */
static const char *key_type(const struct key *key, char buf[KEY_EXPECT])
{
	char range[48];

	range_str(key, range, sizeof(range));
	switch (key->shape) {
	case SHAPE_BOOL:
		snprintf(buf, KEY_EXPECT, "boolean");
		break;
	case SHAPE_INT:
		snprintf(buf, KEY_EXPECT, "integer, %s%s%s", range,
			 key->what ? " " : "", key->what ? key->what : "");
		break;
	case SHAPE_TEXT:
		snprintf(buf, KEY_EXPECT, "%s", key->what);
		break;
	case SHAPE_INTS:
	case SHAPE_TEXTS:
		snprintf(buf, KEY_EXPECT, "array of %s %s", range,
			 key->what);
		break;
	case SHAPE_GROUP:
		snprintf(buf, KEY_EXPECT, "group");
		break;
	case SHAPE_GROUPS:
		snprintf(buf, KEY_EXPECT, "list of groups, one for each %s",
			 key->what);
		break;
	}
	return buf;
}

const char *key_expect(const struct key *key, char buf[KEY_EXPECT])
{
	const char *article = "";
	char type[KEY_EXPECT];

	switch (key->shape) {
	case SHAPE_BOOL:
		snprintf(buf, KEY_EXPECT, "true or false");
		break;
	case SHAPE_GROUP:
		snprintf(buf, KEY_EXPECT, "a group: %s: { NAME = VALUE; ... };",
			 key->name);
		break;
	case SHAPE_GROUPS:
		snprintf(buf, KEY_EXPECT,
			 "a list of groups: %s = ( { NAME = VALUE; ... }, ... );",
			 key->name);
		break;
	default:
		key_type(key, type);
		if (strncmp(type, "name of a", 9) == 0)
			article = "the ";
		else if (strchr("aeio", type[0]))
			article = "an ";
		else if (type[0] != '"')
			article = "a ";
		snprintf(buf, KEY_EXPECT, "%s%.140s", article, type);
	}
	return buf;
}

const char *key_describe(const struct key *key, char buf[KEY_DESCRIBE])
{
	const char *how = "", *value = "", *mark = "";
	char type[KEY_EXPECT];

	if (key->required) {
		how = ", required";
	} else if (key->fallback) {
		how = ", default ";
		value = key->fallback;
		if (key->shape == SHAPE_TEXT || key->shape == SHAPE_TEXTS)
			mark = "\"";
	} else if (key->absent) {
		how = ", absent: ";
		value = key->absent;
	}
	snprintf(buf, KEY_DESCRIBE, "%.110s%s%s%s%s", key_type(key, type),
		 how, mark, value, mark);
	return buf;
}
