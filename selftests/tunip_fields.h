/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every attribute of the tunnel_ip netlink interface by name and type, as
 * tunip_sa reads and prints them. Tables only.
 */
#ifndef SELFTESTS_TUNIP_FIELDS_H
#define SELFTESTS_TUNIP_FIELDS_H

#include <stddef.h>

#include <linux/tunnel_ip.h>

enum type {
	T_U8, T_U16, T_U32, T_U64, T_BE16, T_BE32, T_IP, T_HEX, T_STR, T_RANGE,
	T_NEST, T_LEN, T_FLAGS, T_STATS,
};

static const char *const type_names[] = {
	"u8", "u16", "u32", "u64", "be16", "be32", "ip", "hex", "str", "range",
	"nest", "len", "flags", "stats",
};

/* Numbers that are written as words; for flags the number is the bit. */
struct word {
	const char *name;
	unsigned int number;
};

static const struct word dir_words[] = {
	{ "in", TUNIP_DIR_IN }, { "out", TUNIP_DIR_OUT }, {}
};

static const struct word encr_words[] = {
	{ "cbc", TUNIP_ENCR_AES_CBC }, { "gcm", TUNIP_ENCR_AES_GCM_16 }, {}
};

static const struct word integ_words[] = {
	{ "none", TUNIP_INTEG_NONE },
	{ "sha1", TUNIP_INTEG_HMAC_SHA1_96 },
	{ "sha256", TUNIP_INTEG_HMAC_SHA2_256_128 },
	{ "sha384", TUNIP_INTEG_HMAC_SHA2_384_192 },
	{ "sha512", TUNIP_INTEG_HMAC_SHA2_512_256 }, {}
};

static const struct word state_words[] = {
	{ "active", TUNIP_SA_ACTIVE }, { "pending", TUNIP_SA_PENDING },
	{ "linger", TUNIP_SA_LINGER }, {}
};

static const struct word flag_words[] = {
	{ "esn", TUNIP_SA_F_ESN }, { "now", TUNIP_SA_F_SWITCH_NOW },
	{ "quantum", TUNIP_SA_F_QUANTUM }, {}
};

static const struct word limit_words[] = {
	{ "time", TUNIP_EXPIRE_TIME }, { "bytes", TUNIP_EXPIRE_BYTES },
	{ "packets", TUNIP_EXPIRE_PACKETS }, { "seq", TUNIP_EXPIRE_SEQ }, {}
};

static const struct word event_words[] = {
	{ "added", TUNIP_SA_EV_ADDED }, { "switched", TUNIP_SA_EV_SWITCHED },
	{ "removed", TUNIP_SA_EV_REMOVED }, {}
};

static const struct word route_event_words[] = {
	{ "installed", TUNIP_ROUTE_EV_INSTALLED },
	{ "removed", TUNIP_ROUTE_EV_REMOVED },
	{ "refused", TUNIP_ROUTE_EV_REFUSED },
	{ "restored", TUNIP_ROUTE_EV_RESTORED }, {}
};

static const struct word df_words[] = {
	{ "copy", TUNIP_DF_COPY }, { "set", TUNIP_DF_SET },
	{ "clear", TUNIP_DF_CLEAR }, {}
};

struct field {
	const char *name;
	int attr;
	enum type type;
	const struct word *words;
};

static const struct field stat_fields[] = {
#define STAT(_id, _name) { _name, TUNIP_STAT_ ## _id, T_U64, NULL }
	STAT(RX_PACKETS, "rx_packets"), STAT(RX_BYTES, "rx_bytes"),
	STAT(TX_PACKETS, "tx_packets"), STAT(TX_BYTES, "tx_bytes"),
	STAT(RX_DUMMY, "rx_dummy"), STAT(RX_ECN_CE, "rx_ecn_ce"),
	STAT(DROP_NO_SA, "drop_no_sa"),
	STAT(DROP_STAGE_FULL, "drop_stage_full"),
	STAT(DROP_STAGE_TIMEOUT, "drop_stage_timeout"),
	STAT(DROP_NOT_IP, "drop_not_ip"),
	STAT(DROP_INNER_HEADER, "drop_inner_header"),
	STAT(DROP_SELECTOR, "drop_selector"),
	STAT(DROP_TOO_BIG, "drop_too_big"),
	STAT(DROP_FORWARDED, "drop_forwarded"),
	STAT(DROP_ROUTE, "drop_route"), STAT(DROP_LOOP, "drop_loop"),
	STAT(DROP_SEQ_EXHAUSTED, "drop_seq_exhausted"),
	STAT(DROP_LIFETIME, "drop_lifetime"), STAT(DROP_NOMEM, "drop_nomem"),
	STAT(DROP_GSO, "drop_gso"), STAT(DROP_CHECKSUM, "drop_checksum"),
	STAT(DROP_CRYPTO, "drop_crypto"), STAT(DROP_XMIT, "drop_xmit"),
	STAT(DROP_DOWN, "drop_down"), STAT(DROP_SHORT, "drop_short"),
	STAT(DROP_REPLAY, "drop_replay"),
	STAT(DROP_REPLAY_OLD, "drop_replay_old"), STAT(DROP_ICV, "drop_icv"),
	STAT(DROP_PADDING, "drop_padding"),
	STAT(DROP_NEXT_HEADER, "drop_next_header"), STAT(DROP_ECN, "drop_ecn"),
	STAT(DROP_OUTER_ADDR, "drop_outer_addr"),
	STAT(DROP_ENCAP, "drop_encap"),
	STAT(DROP_QUEUE_FULL, "drop_queue_full"),
	STAT(DROP_RECURSION, "drop_recursion"),
	STAT(DROP_BACKLOG, "drop_backlog"), STAT(RX_EARLY, "rx_early"),
	STAT(DROP_EARLY, "drop_early"), {}
};

static const struct field sa_fields[] = {
	{ "dir", TUNIP_SA_DIR, T_U8, dir_words },
	{ "spi", TUNIP_SA_SPI, T_BE32, NULL },
	{ "id", TUNIP_SA_ID, T_U32, NULL },
	{ "pair", TUNIP_SA_PAIR_SPI, T_BE32, NULL },
	{ "encr", TUNIP_SA_ENCR, T_U16, encr_words },
	{ "key", TUNIP_SA_ENCR_KEY, T_HEX, NULL },
	{ "key-bits", TUNIP_SA_ENCR_KEY_BITS, T_U16, NULL },
	{ "integ", TUNIP_SA_INTEG, T_U16, integ_words },
	{ "integ-key", TUNIP_SA_INTEG_KEY, T_HEX, NULL },
	{ "flags", TUNIP_SA_FLAGS, T_FLAGS, flag_words },
	{ "state", TUNIP_SA_STATE, T_U8, state_words },
	{ "window", TUNIP_SA_REPLAY_WINDOW, T_U32, NULL },
	{ "seq", TUNIP_SA_SEQ, T_U64, NULL },
	{ "sport", TUNIP_SA_ENCAP_SPORT, T_BE16, NULL },
	{ "dport", TUNIP_SA_ENCAP_DPORT, T_BE16, NULL },
	{ "local", TUNIP_SA_LOCAL, T_IP, NULL },
	{ "remote", TUNIP_SA_REMOTE, T_IP, NULL },
	{ "soft-seconds", TUNIP_SA_SOFT_SECONDS, T_U64, NULL },
	{ "hard-seconds", TUNIP_SA_HARD_SECONDS, T_U64, NULL },
	{ "soft-bytes", TUNIP_SA_SOFT_BYTES, T_U64, NULL },
	{ "hard-bytes", TUNIP_SA_HARD_BYTES, T_U64, NULL },
	{ "soft-packets", TUNIP_SA_SOFT_PACKETS, T_U64, NULL },
	{ "hard-packets", TUNIP_SA_HARD_PACKETS, T_U64, NULL },
	{ "age", TUNIP_SA_AGE, T_U64, NULL },
	{ "idle", TUNIP_SA_IDLE, T_U64, NULL },
	{ "stats", TUNIP_SA_STATS, T_STATS, NULL },
	{ "switch-delay", TUNIP_SA_SWITCH_DELAY, T_U32, NULL },
	{ "linger", TUNIP_SA_LINGER_DELAY, T_U32, NULL },
	{ "sel-local", TUNIP_SA_SEL_LOCAL, T_RANGE, NULL },
	{ "sel-remote", TUNIP_SA_SEL_REMOTE, T_RANGE, NULL },
	{ "pfs-group", TUNIP_SA_PFS_GROUP, T_U16, NULL },
	{ "child", TUNIP_SA_CHILD_ID, T_U32, NULL }, {}
};

static const struct field dev_fields[] = {
	{ "local", TUNIP_DEV_LOCAL, T_IP, NULL },
	{ "remote", TUNIP_DEV_REMOTE, T_IP, NULL },
	{ "pmtu", TUNIP_DEV_PMTU, T_U32, NULL },
	{ "mtu", TUNIP_DEV_MTU, T_U32, NULL },
	{ "mtu-fixed", TUNIP_DEV_MTU_FIXED, T_U8, NULL },
	{ "carrier", TUNIP_DEV_CARRIER, T_U8, NULL },
	{ "in-sas", TUNIP_DEV_IN_SAS, T_U32, NULL },
	{ "out-sas", TUNIP_DEV_OUT_SAS, T_U32, NULL },
	{ "stats", TUNIP_DEV_STATS, T_STATS, NULL },
	{ "staged", TUNIP_DEV_STAGED, T_U32, NULL },
	{ "underlay", TUNIP_DEV_UNDERLAY, T_U32, NULL },
	{ "derived-mtu", TUNIP_DEV_DERIVED_MTU, T_U32, NULL }, {}
};

static const struct field flow_fields[] = {
	{ "src", TUNIP_FLOW_SRC, T_IP, NULL },
	{ "dst", TUNIP_FLOW_DST, T_IP, NULL },
	{ "proto", TUNIP_FLOW_PROTO, T_U8, NULL }, {}
};

static const struct field link_fields[] = {
	{ "local", TUNIP_LINK_LOCAL, T_IP, NULL },
	{ "remote", TUNIP_LINK_REMOTE, T_IP, NULL },
	{ "ttl", TUNIP_LINK_TTL, T_U8, NULL },
	{ "tos", TUNIP_LINK_TOS, T_U8, NULL },
	{ "df", TUNIP_LINK_DF, T_U8, df_words },
	{ "underlay", TUNIP_LINK_UNDERLAY, T_U32, NULL },
	{ "local-only", TUNIP_LINK_LOCAL_ONLY, T_U8, NULL },
	{ "local6", TUNIP_LINK_LOCAL6, T_IP, NULL },
	{ "remote6", TUNIP_LINK_REMOTE6, T_IP, NULL }, {}
};

static const struct field top_fields[] = {
	{ "ifindex", TUNIP_A_IFINDEX, T_U32, NULL },
	{ "ifname", TUNIP_A_IFNAME, T_STR, NULL },
	{ "dev", TUNIP_A_DEV, T_NEST, NULL },
	{ "sa", TUNIP_A_SA, T_NEST, NULL },
	{ "flow", TUNIP_A_FLOW, T_NEST, NULL },
	{ "limit", TUNIP_A_EXPIRE, T_U32, limit_words },
	{ "hard", TUNIP_A_HARD, T_U8, NULL },
	{ "event", TUNIP_A_SA_EVENT, T_U32, event_words },
	{ "event", TUNIP_A_ROUTE_EVENT, T_U32, route_event_words }, {}
};

#endif
