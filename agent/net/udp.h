/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IKE's datagrams: sockets on ports 500 and 4500, the non-ESP marker, NAT
 * keepalives and the source address of what is sent. The operations are a
 * table so that tests put a network of their own in place.
 */
#ifndef AGENT_NET_UDP_H
#define AGENT_NET_UDP_H

#include "event/loop.h"
#include "util/addr.h"
#include "util/buf.h"

/**
 * struct net_path - where a datagram came from or goes to
 * @local: our address; port 500 or 4500
 * @remote: the peer's
 * @fvrf: ifindex of the front VRF or device, 0 for the default one
 *
 * On port 4500 the non-ESP marker is added and removed here; messages never
 * carry it.
 */
struct net_path {
	struct endpoint local;
	struct endpoint remote;
	unsigned int fvrf;
};

/** struct net_counters - datagrams that are no messages */
struct net_counters {
	uint64_t rx_drop_not_ike;	/* on port 4500 without the marker */
	uint64_t rx_drop_source;	/* from what is no UDP endpoint */
	uint64_t rx_drop_vrf;		/* of a VRF, for the default one */
};

#define NET_WHY	64

struct net_ops {
	/*
	 * Send one IKE message. Return: 0; ERR_IO, ERR_AGAIN or ERR_NOT_FOUND
	 * with the system's words in @why.
	 */
	int (*send)(void *arg, const struct net_path *path, struct view msg,
		    char why[NET_WHY]);
	/* Send a NAT keepalive (one octet 0xff) from port 4500. */
	int (*keepalive)(void *arg, const struct net_path *path);
	/*
	 * Make sure that messages for @local (both ports) in @fvrf are
	 * received. Return: 0 or ERR_IO with a logged reason.
	 */
	int (*listen)(void *arg, const struct addr *local, unsigned int fvrf);
	/* Nothing for @local in @fvrf is wanted any more. */
	void (*unlisten)(void *arg, const struct addr *local,
			 unsigned int fvrf);
	/* Octets of the longest IP datagram, as far as known; 0: unknown. */
	size_t (*path_mtu)(void *arg, const struct net_path *path);
	void (*counters)(void *arg, struct net_counters *out);
};

typedef void (*net_recv_fn)(void *arg, const struct net_path *path,
			    struct view msg);

struct udp;

/* @recv gets every IKE message. NULL on failure, logged. */
struct udp *udp_new(struct loop *loop, net_recv_fn recv, void *arg);

/* Does the device belong to a VRF, or is it one? */
typedef bool (*net_in_vrf_fn)(void *arg, unsigned int ifindex);
/*
 * Whom to ask. With net.ipv4.udp_l3mdev_accept the sockets of the default VRF
 * hear what arrives in VRFs that have no socket; such datagrams are dropped.
 */
void udp_ask_vrf(struct udp *udp, net_in_vrf_fn fn, void *arg);
void udp_free(struct udp *udp);
/* To be used with the struct udp as argument. */
extern const struct net_ops udp_ops;

#endif
