/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The contract between the tunnel_ip module and userspace: link attributes
 * for `ip link ... type tunnel_ip`, and the generic-netlink family that
 * carries SAs, counters and events. Documentation/netlink/specs/tunnel_ip.yaml
 * is the same contract in machine-readable form; a test compares the two.
 *
 * Numbers are append-only and never reused. Addresses are in network byte
 * order, SPIs and ports too; everything else is in host byte order. No reply,
 * dump or event ever contains key bytes.
 */
#ifndef _UAPI_LINUX_TUNNEL_IP_H
#define _UAPI_LINUX_TUNNEL_IP_H

#include <linux/types.h>

#define TUNIP_GENL_NAME		"tunnel_ip"
#define TUNIP_GENL_VERSION	1
#define TUNIP_MCGRP_EVENTS	"events"

/* Most SAs of each direction one interface holds (make before break). */
#define TUNIP_MAX_IN_SAS	4
/* Replay window bounds, in packets; the size is rounded up to 64. */
#define TUNIP_REPLAY_WINDOW_DEFAULT	64
#define TUNIP_REPLAY_WINDOW_MAX		4096
/* Largest key attributes, in octets. */
#define TUNIP_MAX_ENCR_KEY	36	/* AES-256 key and 4 octets of salt */
#define TUNIP_MAX_INTEG_KEY	64

/**
 * enum tunip_link_attr - IFLA_INFO_DATA of a tunnel_ip interface
 * @TUNIP_LINK_LOCAL: in_addr, outer source; this or the IPv6 one is required
 * @TUNIP_LINK_REMOTE: in_addr, outer destination; of the same family
 * @TUNIP_LINK_TTL: u8, outer TTL or hop limit 1..255; default 64
 * @TUNIP_LINK_TOS: u8, outer DSCP (upper six bits); 1 means copy the inner
 *	one, which is the default
 * @TUNIP_LINK_DF: u8, enum tunip_df
 * @TUNIP_LINK_UNDERLAY: u32, ifindex in the creation namespace of the device
 *	or VRF through which the outer packets leave; 0 means any
 * @TUNIP_LINK_LOCAL_ONLY: u8, 1 refuses to protect forwarded packets
 * @TUNIP_LINK_LOCAL6: in6_addr, outer source
 * @TUNIP_LINK_REMOTE6: in6_addr, outer destination; a link-local one needs the
 *	underlay
 */
enum tunip_link_attr {
	TUNIP_LINK_UNSPEC,
	TUNIP_LINK_LOCAL,
	TUNIP_LINK_REMOTE,
	TUNIP_LINK_TTL,
	TUNIP_LINK_TOS,
	TUNIP_LINK_DF,
	TUNIP_LINK_UNDERLAY,
	TUNIP_LINK_LOCAL_ONLY,
	TUNIP_LINK_LOCAL6,
	TUNIP_LINK_REMOTE6,
	TUNIP_LINK_PAD,
	__TUNIP_LINK_MAX
};
#define TUNIP_LINK_MAX (__TUNIP_LINK_MAX - 1)

#define TUNIP_TTL_DEFAULT	64
#define TUNIP_TOS_COPY		1

/** enum tunip_df - the DF bit of the outer header (RFC 4301 section 8.1) */
enum tunip_df {
	TUNIP_DF_COPY,
	TUNIP_DF_SET,
	TUNIP_DF_CLEAR,
	__TUNIP_DF_MAX
};

/**
 * enum tunip_cmd - commands and events of the generic-netlink family
 * @TUNIP_CMD_DEV_GET: do and dump; one interface with its counters
 * @TUNIP_CMD_SA_ADD: install one SA; CAP_NET_ADMIN
 * @TUNIP_CMD_SA_DEL: remove one SA by interface, direction and SPI
 * @TUNIP_CMD_SA_GET: do and dump; dump may name an interface
 * @TUNIP_CMD_SA_FLUSH: remove all SAs of one interface, or of the namespace,
 *	and expect none any more
 * @TUNIP_CMD_ACQUIRE_NTF: a packet had no SA to leave by
 * @TUNIP_CMD_EXPIRE_NTF: a soft or hard limit was reached
 * @TUNIP_CMD_SA_NTF: an SA was added, became the transmit SA, or was removed
 * @TUNIP_CMD_ENDPOINT_NTF: an authenticated packet came from a new outer
 *	address or port
 * @TUNIP_CMD_RRI_SET: reverse routes of an interface: as TUNIP_A_RRI says, or
 *	none without it; CAP_NET_ADMIN
 * @TUNIP_CMD_ROUTE_GET: dump; the reverse routes of the namespace's interfaces
 * @TUNIP_CMD_ROUTE_NTF: one was installed, removed, refused or put back
 * @TUNIP_CMD_SA_EXPECT: packets of an inbound SPI wait until its SA is added,
 *	at most TUNIP_SA_HARD_SECONDS; 0 of them, or none: no longer, and what
 *	waits is dropped; CAP_NET_ADMIN
 */
enum tunip_cmd {
	TUNIP_CMD_UNSPEC,
	TUNIP_CMD_DEV_GET,
	TUNIP_CMD_SA_ADD,
	TUNIP_CMD_SA_DEL,
	TUNIP_CMD_SA_GET,
	TUNIP_CMD_SA_FLUSH,
	TUNIP_CMD_ACQUIRE_NTF,
	TUNIP_CMD_EXPIRE_NTF,
	TUNIP_CMD_SA_NTF,
	TUNIP_CMD_ENDPOINT_NTF,
	TUNIP_CMD_RRI_SET,
	TUNIP_CMD_ROUTE_GET,
	TUNIP_CMD_ROUTE_NTF,
	TUNIP_CMD_SA_EXPECT,
	__TUNIP_CMD_MAX
};
#define TUNIP_CMD_MAX (__TUNIP_CMD_MAX - 1)

/**
 * enum tunip_attr - top-level attributes of every message
 * @TUNIP_A_IFINDEX: u32
 * @TUNIP_A_IFNAME: string; either this or the ifindex names the interface
 * @TUNIP_A_DEV: nest of enum tunip_dev_attr
 * @TUNIP_A_SA: nest of enum tunip_sa_attr
 * @TUNIP_A_FLOW: nest of enum tunip_flow_attr, in ACQUIRE_NTF
 * @TUNIP_A_EXPIRE: u32, enum tunip_expire, in EXPIRE_NTF
 * @TUNIP_A_HARD: u8, 1 when the limit was the hard one and the SA is gone
 * @TUNIP_A_SA_EVENT: u32, enum tunip_sa_event, in SA_NTF
 * @TUNIP_A_RRI: nest of enum tunip_rri_attr, in RRI_SET
 * @TUNIP_A_ROUTE: nest of enum tunip_route_attr
 * @TUNIP_A_ROUTE_EVENT: u32, enum tunip_route_event, in ROUTE_NTF
 */
enum tunip_attr {
	TUNIP_A_UNSPEC,
	TUNIP_A_IFINDEX,
	TUNIP_A_IFNAME,
	TUNIP_A_DEV,
	TUNIP_A_SA,
	TUNIP_A_FLOW,
	TUNIP_A_EXPIRE,
	TUNIP_A_HARD,
	TUNIP_A_SA_EVENT,
	TUNIP_A_RRI,
	TUNIP_A_ROUTE,
	TUNIP_A_ROUTE_EVENT,
	__TUNIP_A_MAX
};
#define TUNIP_A_MAX (__TUNIP_A_MAX - 1)

/**
 * enum tunip_dir - direction of an SA as this host sees it
 */
enum tunip_dir {
	TUNIP_DIR_IN = 1,
	TUNIP_DIR_OUT = 2,
};

/* Algorithm numbers are the IKEv2 transform IDs of IANA. */
enum tunip_encr {
	TUNIP_ENCR_AES_CBC = 12,
	TUNIP_ENCR_AES_GCM_16 = 20,
};

enum tunip_integ {
	TUNIP_INTEG_NONE = 0,
	TUNIP_INTEG_HMAC_SHA1_96 = 2,
	TUNIP_INTEG_HMAC_SHA2_256_128 = 12,
	TUNIP_INTEG_HMAC_SHA2_384_192 = 13,
	TUNIP_INTEG_HMAC_SHA2_512_256 = 14,
};

/**
 * enum tunip_sa_state - the life of an SA in the module
 * @TUNIP_SA_ACTIVE: inbound: accepts packets; outbound: the transmit SA
 * @TUNIP_SA_PENDING: outbound: installed, waits for proof that the peer has it
 * @TUNIP_SA_LINGER: superseded; inbound: accepts late packets until it expires,
 *	outbound: waits to be deleted
 */
enum tunip_sa_state {
	TUNIP_SA_ACTIVE = 1,
	TUNIP_SA_PENDING = 2,
	TUNIP_SA_LINGER = 3,
};

/* TUNIP_SA_FLAGS: bits. */
#define TUNIP_SA_F_ESN		(1U << 0)	/* 64-bit sequence numbers */
#define TUNIP_SA_F_SWITCH_NOW	(1U << 1)	/* out: transmit with it at once */
#define TUNIP_SA_F_QUANTUM	(1U << 2)	/* keys mixed with a PPK; display */
#define TUNIP_SA_F_ALL		(TUNIP_SA_F_ESN | TUNIP_SA_F_SWITCH_NOW | \
				 TUNIP_SA_F_QUANTUM)

/**
 * enum tunip_sa_attr - one SA; R: required by SA_ADD, W: write-only
 * @TUNIP_SA_DIR: u8, enum tunip_dir; R
 * @TUNIP_SA_SPI: be32, 256 or more; R
 * @TUNIP_SA_ID: u32, number given by the module, unique in the namespace,
 *	the same for both SAs of a pair; read-only
 * @TUNIP_SA_PAIR_SPI: be32; outbound: the inbound SPI installed with it,
 *	whose first authenticated packet proves that the peer can receive
 * @TUNIP_SA_ENCR: u16, enum tunip_encr; R
 * @TUNIP_SA_ENCR_KEY: binary, AES key, for GCM followed by the salt; R W
 * @TUNIP_SA_ENCR_KEY_BITS: u16, AES key length without salt; read-only
 * @TUNIP_SA_INTEG: u16, enum tunip_integ; absent or 0 with GCM
 * @TUNIP_SA_INTEG_KEY: binary; R unless GCM; W
 * @TUNIP_SA_FLAGS: u32, TUNIP_SA_F_*
 * @TUNIP_SA_STATE: u8, enum tunip_sa_state; read-only
 * @TUNIP_SA_REPLAY_WINDOW: u32, packets, inbound only; 0 disables the check
 * @TUNIP_SA_SEQ: u64; outbound: last sequence number sent (SA_ADD: start
 *	there, default 0); inbound: highest one authenticated
 * @TUNIP_SA_ENCAP_SPORT: be16, UDP encapsulation (RFC 3948), our outer port,
 *	whatever the direction
 * @TUNIP_SA_ENCAP_DPORT: be16, the peer's outer port; both or neither
 * @TUNIP_SA_LOCAL: in_addr or in6_addr; our outer address, whatever the
 *	direction; default the interface's
 * @TUNIP_SA_REMOTE: same length; the peer's outer address; default the
 *	interface's
 * @TUNIP_SA_SOFT_SECONDS: u64, seconds from installation; 0 or absent: none
 * @TUNIP_SA_HARD_SECONDS: u64
 * @TUNIP_SA_SOFT_BYTES: u64, inner octets
 * @TUNIP_SA_HARD_BYTES: u64
 * @TUNIP_SA_SOFT_PACKETS: u64
 * @TUNIP_SA_HARD_PACKETS: u64
 * @TUNIP_SA_AGE: u64, milliseconds since installation; read-only
 * @TUNIP_SA_IDLE: u64, milliseconds since the last packet; read-only
 * @TUNIP_SA_STATS: nest of enum tunip_stat; read-only
 * @TUNIP_SA_SWITCH_DELAY: u32, milliseconds after which a pending outbound SA
 *	becomes the transmit SA without proof; default 3000
 * @TUNIP_SA_LINGER_DELAY: u32, milliseconds an inbound SA is kept after
 *	SA_DEL; 0, the default, removes it at once; SA_DEL only
 * @TUNIP_SA_SEL_LOCAL: nest of enum tunip_sel_attr; several allowed; the
 *	inner addresses on our side. None: any, of both families
 * @TUNIP_SA_SEL_REMOTE: nest; the inner addresses on the peer's side
 * @TUNIP_SA_PFS_GROUP: u16, KE transform ID of the exchange that made the SA,
 *	0 when the keys came from SK_d alone; display only
 * @TUNIP_SA_CHILD_ID: u32, the agent's number of the child SA; opaque, returned
 *	in dumps and events
 */
enum tunip_sa_attr {
	TUNIP_SA_UNSPEC,
	TUNIP_SA_DIR,
	TUNIP_SA_SPI,
	TUNIP_SA_ID,
	TUNIP_SA_PAIR_SPI,
	TUNIP_SA_ENCR,
	TUNIP_SA_ENCR_KEY,
	TUNIP_SA_ENCR_KEY_BITS,
	TUNIP_SA_INTEG,
	TUNIP_SA_INTEG_KEY,
	TUNIP_SA_FLAGS,
	TUNIP_SA_STATE,
	TUNIP_SA_REPLAY_WINDOW,
	TUNIP_SA_SEQ,
	TUNIP_SA_ENCAP_SPORT,
	TUNIP_SA_ENCAP_DPORT,
	TUNIP_SA_LOCAL,
	TUNIP_SA_REMOTE,
	TUNIP_SA_SOFT_SECONDS,
	TUNIP_SA_HARD_SECONDS,
	TUNIP_SA_SOFT_BYTES,
	TUNIP_SA_HARD_BYTES,
	TUNIP_SA_SOFT_PACKETS,
	TUNIP_SA_HARD_PACKETS,
	TUNIP_SA_AGE,
	TUNIP_SA_IDLE,
	TUNIP_SA_STATS,
	TUNIP_SA_SWITCH_DELAY,
	TUNIP_SA_LINGER_DELAY,
	TUNIP_SA_SEL_LOCAL,
	TUNIP_SA_SEL_REMOTE,
	TUNIP_SA_PFS_GROUP,
	TUNIP_SA_CHILD_ID,
	TUNIP_SA_PAD,
	__TUNIP_SA_MAX
};
#define TUNIP_SA_MAX (__TUNIP_SA_MAX - 1)

/**
 * enum tunip_sel_attr - one traffic selector (RFC 4301 section 4.4.1)
 * @TUNIP_SEL_START: in_addr or in6_addr, first address
 * @TUNIP_SEL_END: same length, last address
 * @TUNIP_SEL_PROTO: u8, 0 any; of IPv6 behind the extension headers
 */
enum tunip_sel_attr {
	TUNIP_SEL_UNSPEC,
	TUNIP_SEL_START,
	TUNIP_SEL_END,
	TUNIP_SEL_PROTO,
	__TUNIP_SEL_MAX
};
#define TUNIP_SEL_MAX (__TUNIP_SEL_MAX - 1)

/**
 * enum tunip_dev_attr - one interface, in DEV_GET replies
 * @TUNIP_DEV_LOCAL: in_addr or in6_addr
 * @TUNIP_DEV_REMOTE: same length
 * @TUNIP_DEV_PMTU: u32, path MTU of the outer packets
 * @TUNIP_DEV_MTU: u32, MTU of the interface
 * @TUNIP_DEV_MTU_FIXED: u8, 1 when the user set it
 * @TUNIP_DEV_CARRIER: u8
 * @TUNIP_DEV_IN_SAS: u32, inbound SAs installed
 * @TUNIP_DEV_OUT_SAS: u32, outbound SAs installed
 * @TUNIP_DEV_STATS: nest of enum tunip_stat
 * @TUNIP_DEV_STAGED: u32, packets waiting for an SA
 * @TUNIP_DEV_UNDERLAY: u32, ifindex
 * @TUNIP_DEV_DERIVED_MTU: u32, the MTU it has unless the user sets one; 0 while
 *	unknown
 */
enum tunip_dev_attr {
	TUNIP_DEV_UNSPEC,
	TUNIP_DEV_LOCAL,
	TUNIP_DEV_REMOTE,
	TUNIP_DEV_PMTU,
	TUNIP_DEV_MTU,
	TUNIP_DEV_MTU_FIXED,
	TUNIP_DEV_CARRIER,
	TUNIP_DEV_IN_SAS,
	TUNIP_DEV_OUT_SAS,
	TUNIP_DEV_STATS,
	TUNIP_DEV_STAGED,
	TUNIP_DEV_UNDERLAY,
	TUNIP_DEV_PAD,
	TUNIP_DEV_DERIVED_MTU,
	__TUNIP_DEV_MAX
};
#define TUNIP_DEV_MAX (__TUNIP_DEV_MAX - 1)

/**
 * enum tunip_stat - counters, each a u64 attribute
 *
 * TUNIP_STAT_RX_* and _TX_* count traffic (octets are those of the inner packet), the
 * TUNIP_STAT_DROP_* ones say why a packet was discarded. Every packet given
 * to an interface or claimed from the wire ends in exactly one of tx_packets,
 * rx_packets, rx_dummy or a drop counter. The name in ethtool -S, JSON and
 * `tunctl show interface` is the constant in lower case without TUNIP_STAT_.
 */
enum tunip_stat {
	TUNIP_STAT_UNSPEC,
	TUNIP_STAT_PAD,
	TUNIP_STAT_RX_PACKETS,
	TUNIP_STAT_RX_BYTES,
	TUNIP_STAT_TX_PACKETS,
	TUNIP_STAT_TX_BYTES,
	TUNIP_STAT_RX_DUMMY,		/* next header 59, discarded by design */
	TUNIP_STAT_RX_ECN_CE,		/* CE copied from outer to inner */
	TUNIP_STAT_DROP_NO_SA,		/* tx: no transmit SA */
	TUNIP_STAT_DROP_STAGE_FULL,	/* tx: staging queue overflowed */
	TUNIP_STAT_DROP_STAGE_TIMEOUT,	/* tx: no SA came in time */
	TUNIP_STAT_DROP_NOT_IP,		/* tx: neither IPv4 nor IPv6 */
	TUNIP_STAT_DROP_INNER_HEADER,	/* both: inner IP header malformed */
	TUNIP_STAT_DROP_SELECTOR,	/* both: outside the SA's selectors */
	TUNIP_STAT_DROP_TOO_BIG,	/* tx: larger than the path, DF set */
	TUNIP_STAT_DROP_FORWARDED,	/* tx: forwarded, but local-only */
	TUNIP_STAT_DROP_ROUTE,		/* tx: no route to the peer */
	TUNIP_STAT_DROP_LOOP,		/* tx: route to the peer is the tunnel */
	TUNIP_STAT_DROP_SEQ_EXHAUSTED,	/* tx: sequence space used up */
	TUNIP_STAT_DROP_LIFETIME,	/* both: hard limit reached */
	TUNIP_STAT_DROP_NOMEM,		/* both: out of memory */
	TUNIP_STAT_DROP_GSO,		/* tx: segmentation failed */
	TUNIP_STAT_DROP_CHECKSUM,	/* tx: checksum could not be completed */
	TUNIP_STAT_DROP_CRYPTO,		/* both: engine error, not an ICV failure */
	TUNIP_STAT_DROP_XMIT,		/* tx: the stack refused the outer packet */
	TUNIP_STAT_DROP_DOWN,		/* both: interface down or going away */
	TUNIP_STAT_DROP_SHORT,		/* rx: shorter than the suite's minimum */
	TUNIP_STAT_DROP_REPLAY,		/* rx: sequence number seen before */
	TUNIP_STAT_DROP_REPLAY_OLD,	/* rx: left of the replay window */
	TUNIP_STAT_DROP_ICV,		/* rx: integrity check failed */
	TUNIP_STAT_DROP_PADDING,	/* rx: padding not 1, 2, 3, ... */
	TUNIP_STAT_DROP_NEXT_HEADER,	/* rx: neither IP nor dummy */
	TUNIP_STAT_DROP_ECN,		/* rx: outer CE, inner not ECN-capable */
	TUNIP_STAT_DROP_OUTER_ADDR,	/* rx: outer addresses not the SA's */
	TUNIP_STAT_DROP_ENCAP,		/* rx: UDP-encapsulated or not, unlike SA */
	TUNIP_STAT_DROP_QUEUE_FULL,	/* rx: receive queue overflowed */
	TUNIP_STAT_DROP_RECURSION,	/* tx: nested tunnels too deep */
	TUNIP_STAT_DROP_BACKLOG,	/* both: too much of the SA in flight */
	TUNIP_STAT_RX_EARLY,		/* waited for the keys of their SA */
	TUNIP_STAT_DROP_EARLY,		/* rx: no keys came, or too many wait */
	__TUNIP_STAT_MAX
};
#define TUNIP_STAT_MAX (__TUNIP_STAT_MAX - 1)

/**
 * enum tunip_flow_attr - the packet that raised an ACQUIRE_NTF
 * @TUNIP_FLOW_SRC: in_addr or in6_addr, inner source
 * @TUNIP_FLOW_DST: same length, inner destination
 * @TUNIP_FLOW_PROTO: u8
 */
enum tunip_flow_attr {
	TUNIP_FLOW_UNSPEC,
	TUNIP_FLOW_SRC,
	TUNIP_FLOW_DST,
	TUNIP_FLOW_PROTO,
	__TUNIP_FLOW_MAX
};
#define TUNIP_FLOW_MAX (__TUNIP_FLOW_MAX - 1)

/** enum tunip_expire - which limit an EXPIRE_NTF is about */
enum tunip_expire {
	TUNIP_EXPIRE_TIME = 1,
	TUNIP_EXPIRE_BYTES = 2,
	TUNIP_EXPIRE_PACKETS = 3,
	TUNIP_EXPIRE_SEQ = 4,		/* sequence space nearly used up */
};

/** enum tunip_sa_event - what happened to the SA of an SA_NTF */
enum tunip_sa_event {
	TUNIP_SA_EV_ADDED = 1,
	TUNIP_SA_EV_SWITCHED = 2,	/* became the transmit SA */
	TUNIP_SA_EV_REMOVED = 3,
};

/*
 * Reverse routes: protocol of routes and rules, as named by the file
 * rt_protos.d/tunnel-ip.conf; default priority, which FRR shows as [2/0];
 * priority of unreachable routes; priority of rules.
 */
#define TUNIP_RRI_PROTOCOL		201
#define TUNIP_RRI_PRIORITY		33554432
#define TUNIP_RRI_FALLBACK_PRIORITY	4278190080U
#define TUNIP_RRI_RULE_PRIORITY		20201

/** enum tunip_rri_fallback - what stays when a reverse route goes */
enum tunip_rri_fallback {
	TUNIP_RRI_NONE = 0,
	TUNIP_RRI_UNREACHABLE = 1,
};

/**
 * enum tunip_rri_attr - the reverse routes of an interface, in RRI_SET
 * @TUNIP_RRI_ATTR_PRIORITY: u32, of the routes, below that of the unreachable ones;
 *	default 0x02000000
 * @TUNIP_RRI_ATTR_FALLBACK: u8, enum tunip_rri_fallback; default unreachable
 * @TUNIP_RRI_ATTR_SEL_LOCAL: nest of enum tunip_sel_attr; several allowed
 * @TUNIP_RRI_ATTR_SEL_REMOTE: nest; what the unreachable routes are for
 *
 * Routes lead to the remote selectors of the transmit SA; the selectors here
 * are those of the interface's policy, within which the SA's lie.
 */
enum tunip_rri_attr {
	TUNIP_RRI_ATTR_UNSPEC,
	TUNIP_RRI_ATTR_PRIORITY,
	TUNIP_RRI_ATTR_FALLBACK,
	TUNIP_RRI_ATTR_SEL_LOCAL,
	TUNIP_RRI_ATTR_SEL_REMOTE,
	__TUNIP_RRI_ATTR_MAX
};
#define TUNIP_RRI_ATTR_MAX (__TUNIP_RRI_ATTR_MAX - 1)

/** enum tunip_route_kind - what an interface has in a table */
enum tunip_route_kind {
	TUNIP_ROUTE_DEVICE = 0,		/* a route by the interface */
	TUNIP_ROUTE_FALLBACK = 1,	/* an unreachable route */
	TUNIP_ROUTE_RULE = 2,		/* a rule from a source to a table */
};

/**
 * enum tunip_route_state - what became of it
 * @TUNIP_ROUTE_INSTALLED: it is in the table
 * @TUNIP_ROUTE_WAITING: another interface has it, and this one is next
 * @TUNIP_ROUTE_SHARED: another interface has put the same unreachable route in
 * @TUNIP_ROUTE_CAPTURES: refused, it would lead the tunnel into itself
 * @TUNIP_ROUTE_REFUSED: the table did not take it, TUNIP_ROUTE_ATTR_ERROR
 *	says why
 */
enum tunip_route_state {
	TUNIP_ROUTE_INSTALLED = 1,
	TUNIP_ROUTE_WAITING = 2,
	TUNIP_ROUTE_SHARED = 3,
	TUNIP_ROUTE_CAPTURES = 4,
	TUNIP_ROUTE_REFUSED = 5,
};

/**
 * enum tunip_route_attr - a reverse route, in ROUTE_GET replies and ROUTE_NTF
 * @TUNIP_ROUTE_ATTR_KIND: u8, enum tunip_route_kind
 * @TUNIP_ROUTE_ATTR_STATE: u8, enum tunip_route_state
 * @TUNIP_ROUTE_ATTR_PREFIX: in_addr or in6_addr, the destination; of a rule the
 *	source
 * @TUNIP_ROUTE_ATTR_PREFIX_LEN: u8
 * @TUNIP_ROUTE_ATTR_TABLE: u32
 * @TUNIP_ROUTE_ATTR_PRIORITY: u32
 * @TUNIP_ROUTE_ATTR_OWNER: string, the interface that has it instead
 * @TUNIP_ROUTE_ATTR_ERROR: u32, an errno, positive
 * @TUNIP_ROUTE_ATTR_SINCE: u64, milliseconds since 1970, when it was installed
 */
enum tunip_route_attr {
	TUNIP_ROUTE_ATTR_UNSPEC,
	TUNIP_ROUTE_ATTR_KIND,
	TUNIP_ROUTE_ATTR_STATE,
	TUNIP_ROUTE_ATTR_PREFIX,
	TUNIP_ROUTE_ATTR_PREFIX_LEN,
	TUNIP_ROUTE_ATTR_TABLE,
	TUNIP_ROUTE_ATTR_PRIORITY,
	TUNIP_ROUTE_ATTR_OWNER,
	TUNIP_ROUTE_ATTR_ERROR,
	TUNIP_ROUTE_ATTR_SINCE,
	TUNIP_ROUTE_ATTR_PAD,
	__TUNIP_ROUTE_ATTR_MAX
};
#define TUNIP_ROUTE_ATTR_MAX (__TUNIP_ROUTE_ATTR_MAX - 1)

/** enum tunip_route_event - what happened to the route of a ROUTE_NTF */
enum tunip_route_event {
	TUNIP_ROUTE_EV_INSTALLED = 1,
	TUNIP_ROUTE_EV_REMOVED = 2,
	TUNIP_ROUTE_EV_REFUSED = 3,	/* its state says why */
	TUNIP_ROUTE_EV_RESTORED = 4,	/* somebody had taken it out */
};

#endif /* _UAPI_LINUX_TUNNEL_IP_H */
