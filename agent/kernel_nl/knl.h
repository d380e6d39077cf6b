/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel as the agent sees it: tunnel_ip interfaces, SAs and events. A
 * table of operations, so that a fake stands in for tests; the real one is
 * the only user of libnl. Calls are synchronous and short.
 */
#ifndef AGENT_KERNEL_NL_KNL_H
#define AGENT_KERNEL_NL_KNL_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "event/loop.h"
#include "util/addr.h"
#include "util/secret.h"

/* The number a router prints for an interface. */
#define KNL_HANDLE(ifindex)	(0x800000U + ((ifindex) << 4))
#define KNL_WHY		160	/* sentence of a refusal */
#define KNL_MAX_SELECTORS 16

enum knl_dir { KNL_IN = 1, KNL_OUT = 2 };

/** struct knl_link - an interface as configured */
struct knl_link {
	char name[IFNAMSIZ];
	struct addr local;
	struct addr remote;
	struct prefix inner;		/* AF_UNSPEC: no address */
	struct prefix inner6;
	char underlay[IFNAMSIZ];	/* empty: any */
	char vrf[IFNAMSIZ];		/* empty: none */
	unsigned int mtu;		/* 0: derived by the module */
	uint8_t ttl;			/* 0: default */
	int tos;			/* -1: copy the inner one */
	uint8_t df;			/* enum tunip_df */
	bool local_only;
};

/** struct knl_link_info - an interface of the module's kind that there is */
struct knl_link_info {
	unsigned int ifindex;
	char name[IFNAMSIZ];
	bool marked;			/* an agent made it */
};

/** struct knl_selector - inner addresses, inclusive; protocol 0 is any */
struct knl_selector {
	struct addr start;
	struct addr end;
	uint8_t protocol;
};

/** struct knl_sa - what an SA is installed with; keys stay the caller's */
struct knl_sa {
	unsigned int ifindex;
	enum knl_dir dir;
	uint32_t spi;
	uint32_t pair_spi;		/* outbound: the inbound SPI beside it */
	uint32_t child_id;
	struct addr local;
	struct addr remote;
	uint16_t encr;			/* IKEv2 transform IDs */
	uint16_t encr_key_bits;
	uint16_t integ;
	const struct secret *encr_key;	/* with salt for GCM */
	const struct secret *integ_key;	/* NULL for GCM */
	bool esn;
	bool switch_now;
	uint32_t switch_delay_ms;	/* outbound: without proof; 0: the kernel's */
	bool quantum;
	uint16_t pfs_group;
	uint32_t replay_window;		/* inbound */
	uint16_t encap_local_port;	/* 0: no UDP encapsulation */
	uint16_t encap_remote_port;
	uint64_t soft_seconds, hard_seconds;
	uint64_t soft_bytes, hard_bytes;
	uint64_t soft_packets, hard_packets;
	struct knl_selector sel_local[KNL_MAX_SELECTORS];
	struct knl_selector sel_remote[KNL_MAX_SELECTORS];
	unsigned int sel_local_count, sel_remote_count;
};

/** struct knl_sa_info - what a dump says of an SA; never keys */
struct knl_sa_info {
	unsigned int ifindex;
	enum knl_dir dir;
	uint32_t spi;
	uint32_t pair_spi;
	uint32_t id;
	uint32_t child_id;
	uint8_t state;			/* enum tunip_sa_state */
	uint16_t encr, encr_key_bits, integ;
	uint32_t flags;			/* TUNIP_SA_F_* */
	uint16_t pfs_group;
	struct addr local, remote;
	uint16_t encap_sport, encap_dport;
	uint64_t seq;
	uint32_t replay_window;
	uint64_t age_ms, idle_ms;
	uint64_t soft_seconds, hard_seconds;
	uint64_t soft_bytes, soft_packets;
	uint64_t hard_bytes, hard_packets;
	uint64_t stats[64];		/* by enum tunip_stat */
	struct knl_selector sel_local, sel_remote;	/* the first, if any */
	unsigned int sel_local_count, sel_remote_count;
};

/** struct knl_dev_info - what DEV_GET says of an interface */
struct knl_dev_info {
	unsigned int ifindex;
	char name[IFNAMSIZ];
	struct addr local, remote;
	uint32_t pmtu, mtu, in_sas, out_sas, staged, underlay;
	uint32_t derived_mtu;		/* 0: not known yet */
	bool mtu_fixed, carrier;
	uint64_t stats[64];
};

/** struct knl_rri - the reverse routes of an interface; selectors: its policy's */
struct knl_rri {
	bool on;
	uint32_t priority;
	bool unreachable;		/* the fallback */
	struct knl_selector sel_local[KNL_MAX_SELECTORS];
	struct knl_selector sel_remote[KNL_MAX_SELECTORS];
	unsigned int sel_local_count, sel_remote_count;
};

enum knl_route_kind {
	KNL_ROUTE_DEVICE,	/* by the interface */
	KNL_ROUTE_FALLBACK,	/* unreachable */
	KNL_ROUTE_RULE,		/* from a source to a table */
};

enum knl_route_state {
	KNL_ROUTE_INSTALLED = 1,
	KNL_ROUTE_WAITING,	/* another interface has it */
	KNL_ROUTE_SHARED,
	KNL_ROUTE_CAPTURES,	/* refused: would swallow the tunnel */
	KNL_ROUTE_REFUSED,	/* by the table */
};

enum knl_route_event {
	KNL_ROUTE_EV_INSTALLED = 1,
	KNL_ROUTE_EV_REMOVED,
	KNL_ROUTE_EV_REFUSED,
	KNL_ROUTE_EV_RESTORED,	/* somebody had taken it out */
};

/** struct knl_route - something of an interface in a routing table */
struct knl_route {
	unsigned int ifindex;
	char ifname[IFNAMSIZ];
	uint8_t kind;			/* enum knl_route_kind */
	uint8_t state;			/* enum knl_route_state */
	struct prefix prefix;		/* of a rule the source */
	uint32_t table, priority;
	char owner[IFNAMSIZ];		/* who has it instead; empty: none */
	int error;			/* errno of a refusal */
	uint64_t since_ms;		/* wall clock; 0: not installed */
};

#define KNL_ROUTE_STR	160
/* The prefix, and what is the matter with it if it is not installed. */
const char *knl_route_str(const struct knl_route *r, char buf[KNL_ROUTE_STR]);

enum knl_event_type {
	KNL_EV_ACQUIRE,		/* traffic without SA */
	KNL_EV_SOFT_EXPIRE,	/* rekey now */
	KNL_EV_HARD_EXPIRE,	/* the SA is gone */
	KNL_EV_SWITCHED,	/* SA became the transmit SA */
	KNL_EV_REMOVED,
	KNL_EV_ENDPOINT,	/* authenticated packet from a new address */
	KNL_EV_LINK_GONE,	/* interface deleted by somebody else */
	KNL_EV_PLACE,		/* some link has appeared or changed */
	KNL_EV_ADDRESS,		/* of an interface has come or gone */
	KNL_EV_ROUTE,		/* a reverse route came, went, was refused */
	KNL_EV_OVERFLOW,	/* events were lost: see resync.h */
};

struct knl_event {
	enum knl_event_type type;
	unsigned int ifindex;
	enum knl_dir dir;
	uint32_t spi;
	uint32_t child_id;
	uint8_t limit;			/* enum tunip_expire */
	struct endpoint remote;		/* ENDPOINT */
	char ifname[IFNAMSIZ];		/* PLACE: the link */
	struct addr flow_src, flow_dst;	/* ACQUIRE */
	struct knl_route route;		/* ROUTE */
	uint8_t route_event;		/* ROUTE: enum knl_route_event */
};

typedef void (*knl_event_fn)(void *arg, const struct knl_event *ev);
typedef void (*knl_sa_fn)(void *arg, const struct knl_sa_info *info);
typedef void (*knl_route_fn)(void *arg, const struct knl_route *route);
typedef void (*knl_link_fn)(void *arg, const struct knl_link_info *info);
typedef void (*knl_dev_fn)(void *arg, const struct knl_dev_info *info);

/* All return 0 or a negative ERR_*, with the kernel's sentence in @why. */
struct knl_ops {
	/* Index of the device of that name, 0: there is none. */
	unsigned int (*ifindex)(void *arg, const char *name);
	/*
	 * Its first address of a family, of IPv6 one that others can reach.
	 * Return: 0, or ERR_NOT_FOUND: it has none.
	 */
	int (*address)(void *arg, const char *name, sa_family_t family,
		       struct addr *out);
	/*
	 * All interfaces of the module's kind; @fn asks the kernel nothing.
	 * Return: ERR_AGAIN when changes tore it: ask again, afresh.
	 */
	int (*links)(void *arg, knl_link_fn fn, void *fn_arg,
		     char why[KNL_WHY]);
	/*
	 * Create the interface or adopt one of that name and kind, without
	 * its SAs, make it look as asked, give it its address and set it up.
	 * @ifindex: with an error, of what is there all the same, or 0.
	 */
	int (*link_add)(void *arg, const struct knl_link *link,
			unsigned int *ifindex, char why[KNL_WHY]);
	/* Change one that looks like @was, and nothing that does not differ. */
	int (*link_set)(void *arg, unsigned int ifindex,
			const struct knl_link *was,
			const struct knl_link *link, char why[KNL_WHY]);
	int (*link_del)(void *arg, unsigned int ifindex, char why[KNL_WHY]);
	int (*sa_add)(void *arg, const struct knl_sa *sa, char why[KNL_WHY]);
	/*
	 * Packets of an inbound SPI wait for sa_add, so many seconds at most; 0:
	 * no longer, and they are dropped.
	 */
	int (*sa_expect)(void *arg, unsigned int ifindex, uint32_t spi,
			 unsigned int seconds, char why[KNL_WHY]);
	/* @linger_ms: inbound SAs accept late packets that long. */
	int (*sa_del)(void *arg, unsigned int ifindex, enum knl_dir dir,
		      uint32_t spi, uint32_t linger_ms, char why[KNL_WHY]);
	int (*sa_flush)(void *arg, unsigned int ifindex, char why[KNL_WHY]);
	/* The interface's reverse routes; not @rri->on: none. */
	int (*rri_set)(void *arg, unsigned int ifindex,
		       const struct knl_rri *rri, char why[KNL_WHY]);
	/* Packets seen by an SA, for liveness. ERR_NOT_FOUND when gone. */
	int (*sa_get)(void *arg, unsigned int ifindex, enum knl_dir dir,
		      uint32_t spi, struct knl_sa_info *out);
};

struct knl;

/**
 * knl_new - open the netlink sockets
 * @loop: for events; NULL for a tool that only asks (then @fn is unused)
 *
 * Return: NULL on failure with a sentence in @why, e.g. when the module is
 * not loaded.
 */
struct knl *knl_new(struct loop *loop, knl_event_fn fn, void *arg,
		    char why[KNL_WHY]);
void knl_free(struct knl *knl);
extern const struct knl_ops knl_ops_netlink;

/* Is the device in a VRF, or one itself? */
bool knl_in_vrf(void *arg, unsigned int ifindex);
/* One interface by name. Return: 0, ERR_NOT_FOUND or ERR_KERNEL. */
int knl_dev_get(struct knl *knl, const char *name, struct knl_dev_info *out,
		char why[KNL_WHY]);
/* Dumps. Return: ERR_AGAIN when changes tore it: ask again, afresh. */
int knl_dump_sas(struct knl *knl, unsigned int ifindex, knl_sa_fn fn, void *arg,
		 char why[KNL_WHY]);
int knl_dump_devs(struct knl *knl, knl_dev_fn fn, void *arg,
		  char why[KNL_WHY]);
int knl_dump_routes(struct knl *knl, knl_route_fn fn, void *arg,
		    char why[KNL_WHY]);
/* Has it carried what its soft limits allow? */
bool knl_sa_is_worn(const struct knl_sa_info *info);
/* Name of a counter ("drop_icv"), NULL when it is none. */
const char *knl_stat_name(unsigned int stat);

#endif
