// SPDX-License-Identifier: GPL-2.0
/*
 * IKE's sockets: two for each local address. ESP in UDP that arrives on port
 * 4500 never gets here: the kernel gives it to the ESP handlers.
 */

#include "net/udp.h"

/* Before linux/in6.h, which has no struct in6_pktinfo. */
#include <netinet/in.h>

#include <errno.h>
#include <linux/netlink.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "log/log.h"
#include "proto/ids.h"
#include "util/err.h"
#include "util/list.h"
#include "util/table.h"

#define NON_ESP_MARKER	4
#define MAX_DATAGRAM	65535
/* Datagrams taken from one socket before others get their turn. */
#define READ_BURST	32
/* How long it is believed that a device is in a VRF, or in none. */
#define VRF_ANSWER_MS	1000
/* Nobody but the operator chooses the addresses of sockets. */
#define LOCAL_SEED	0x9e3779b97f4a7c15ULL

struct udp_socket {
	struct list list;
	struct table_node by_local;
	struct udp *udp;
	struct loop_fd *watch;
	struct endpoint local;
	unsigned int fvrf;
	int fd;
};

struct udp {
	struct loop *loop;
	net_recv_fn recv;
	void *arg;
	struct list sockets;
	struct table by_local;	/* the sockets: a router may have thousands */
	struct net_counters count;
	net_in_vrf_fn in_vrf;
	void *in_vrf_arg;
	struct {
		unsigned int ifindex;
		bool in_vrf;
		uint64_t until_ms;
	} last;			/* the last answer */
	uint8_t buffer[MAX_DATAGRAM];
};

/* Opening its socket makes the kernel load the policy interface. */
static void load_policy_interface(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);

	if (fd >= 0)
		close(fd);
}

struct udp *udp_new(struct loop *loop, net_recv_fn recv, void *arg)
{
	struct udp *udp = calloc(1, sizeof(*udp));

	if (!udp)
		return NULL;
	if (table_init(&udp->by_local, LOCAL_SEED)) {
		free(udp);
		return NULL;
	}
	udp->loop = loop;
	udp->recv = recv;
	udp->arg = arg;
	list_init(&udp->sockets);
	load_policy_interface();
	return udp;
}

void udp_ask_vrf(struct udp *udp, net_in_vrf_fn fn, void *arg)
{
	udp->in_vrf = fn;
	udp->in_vrf_arg = arg;
}

static void socket_free(struct udp_socket *s)
{
	loop_fd_del(s->watch);
	table_remove(&s->udp->by_local, &s->by_local);
	list_del(&s->list);
	close(s->fd);
	free(s);
}

void udp_free(struct udp *udp)
{
	struct udp_socket *s, *tmp;

	if (!udp)
		return;
	list_for_each_safe(s, tmp, &udp->sockets, struct udp_socket, list)
		socket_free(s);
	table_fini(&udp->by_local);
	free(udp);
}

/* ---------------------------------------------------------------- receive */

static void deliver(struct udp_socket *s, const struct sockaddr *from,
		    size_t len)
{
	struct net_path path = { .local = s->local, .fvrf = s->fvrf };
	struct view msg = { s->udp->buffer, len };
	static const uint8_t marker[NON_ESP_MARKER];

	if (endpoint_from_sockaddr(from, &path.remote)) {
		s->udp->count.rx_drop_source++;
		return;
	}
	if (s->local.port == IKE_NATT_PORT) {
		/* The kernel takes ESP and keepalives; the rest ends here. */
		if (len <= NON_ESP_MARKER ||
		    memcmp(msg.p, marker, NON_ESP_MARKER) != 0) {
			s->udp->count.rx_drop_not_ike++;
			return;
		}
		msg.p += NON_ESP_MARKER;
		msg.len -= NON_ESP_MARKER;
	}
	s->udp->recv(s->udp->arg, &path, msg);
}

/* The device it came in by, 0 when the kernel did not say. */
static unsigned int arrival(struct msghdr *msg)
{
	struct in6_pktinfo info6;
	struct in_pktinfo info;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			return (unsigned int)info.ipi_ifindex;
		}
		if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(c), sizeof(info6));
			return info6.ipi6_ifindex;
		}
	}
	return 0;
}

/* Asked once a second for a device: a flood costs no more than that. */
static bool in_vrf(struct udp *udp, unsigned int ifindex)
{
	uint64_t now = clock_mono_ms(timers_clock(loop_timers(udp->loop)));

	if (!udp->in_vrf || !ifindex)
		return false;
	if (udp->last.ifindex != ifindex || now >= udp->last.until_ms) {
		udp->last.ifindex = ifindex;
		udp->last.in_vrf = udp->in_vrf(udp->in_vrf_arg, ifindex);
		udp->last.until_ms = now + VRF_ANSWER_MS;
	}
	return udp->last.in_vrf;
}

static void on_readable(void *arg, unsigned int events)
{
	union {
		struct cmsghdr align;
		uint8_t octets[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
	struct udp_socket *s = arg;
	struct sockaddr_storage from;
	struct iovec iov = { s->udp->buffer, sizeof(s->udp->buffer) };
	struct msghdr msg = { .msg_name = &from, .msg_iov = &iov,
			      .msg_iovlen = 1, .msg_control = &control };
	ssize_t n;
	int i;

	for (i = 0; i < READ_BURST; i++) {
		msg.msg_namelen = sizeof(from);
		msg.msg_controllen = sizeof(control);
		n = recvmsg(s->fd, &msg, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		/* Errors that ICMP reported are no reason to do anything. */
		if (n <= 0)
			continue;
		if (!s->fvrf && in_vrf(s->udp, arrival(&msg)))
			s->udp->count.rx_drop_vrf++;
		else
			deliver(s, (struct sockaddr *)&from, (size_t)n);
	}
}

/* ------------------------------------------------------------------ sockets */

/* Those of several VRFs may share it. */
static uint64_t local_key(const struct endpoint *local)
{
	return addr_key(&local->addr) ^ local->port;
}

static struct udp_socket *find_socket(struct udp *udp,
				      const struct endpoint *local,
				      unsigned int fvrf)
{
	struct table_node *node = table_find(&udp->by_local, local_key(local));
	struct udp_socket *s;

	for (; node; node = table_next(node)) {
		s = list_entry(node, struct udp_socket, by_local);
		if (endpoint_eq(&s->local, local) && s->fvrf == fvrf)
			return s;
	}
	return NULL;
}

/*
 * Our own messages must pass whatever IPsec policies the kernel has. A kernel
 * that refuses the option as unknown cannot have any.
 */
static int bypass_policies(int fd, sa_family_t family)
{
	bool v6 = family == AF_INET6;
	static const uint8_t directions[] = { XFRM_POLICY_IN, XFRM_POLICY_OUT };
	struct xfrm_userpolicy_info policy;
	size_t i;

	for (i = 0; i < sizeof(directions); i++) {
		memset(&policy, 0, sizeof(policy));
		policy.action = XFRM_POLICY_ALLOW;
		policy.sel.family = family;
		policy.dir = directions[i];
		if (setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			       v6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY, &policy,
			       sizeof(policy)) < 0 &&
		    errno != ENOPROTOOPT && errno != EINVAL)
			return ERR_IO;
	}
	return 0;
}

/* A large IKE message may be cut by the path, or for it. */
static int allow_fragments(int fd, sa_family_t family)
{
	int dont = IP_PMTUDISC_DONT, dont6 = IPV6_PMTUDISC_DONT, on = 1;

	if (family != AF_INET6)
		return setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont,
				  sizeof(dont));
	/* Sockets of IPv4 on the same port stand beside. */
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return -1;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &dont6,
			  sizeof(dont6));
}

static int tell_arrival(int fd, sa_family_t family)
{
	bool v6 = family == AF_INET6;
	int on = 1;

	return setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			  v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof(on));
}

static int set_options(int fd, const struct endpoint *local, unsigned int fvrf)
{
	int encap = UDP_ENCAP_ESPINUDP;
	char name[IF_NAMESIZE];

	if (fvrf && (!if_indextoname(fvrf, name) ||
		     setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name,
				(socklen_t)strlen(name)) < 0))
		return ERR_IO;
	/* From no VRF: where it came in is asked for. */
	if (!fvrf && tell_arrival(fd, local->addr.family) < 0)
		return ERR_IO;
	if (allow_fragments(fd, local->addr.family) < 0)
		return ERR_IO;
	if (local->port == IKE_NATT_PORT &&
	    setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &encap, sizeof(encap)) < 0)
		return ERR_IO;
	return bypass_policies(fd, local->addr.family);
}

static int open_socket(struct udp *udp, const struct endpoint *local,
		       unsigned int fvrf)
{
	struct sockaddr_storage ss;
	struct udp_socket *s;
	socklen_t len;
	int fd;

	if (find_socket(udp, local, fvrf))
		return 0;
	fd = socket(local->addr.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	endpoint_to_sockaddr(local, &ss, &len);
	if (set_options(fd, local, fvrf) ||
	    bind(fd, (struct sockaddr *)&ss, len) < 0)
		goto err_close;
	s = calloc(1, sizeof(*s));
	if (!s)
		goto err_close;
	*s = (struct udp_socket){ .udp = udp, .local = *local, .fvrf = fvrf,
				  .fd = fd };
	s->watch = loop_fd_add(udp->loop, fd, LOOP_READ, on_readable, s);
	if (!s->watch) {
		free(s);
		goto err_close;
	}
	list_add_tail(&udp->sockets, &s->list);
	table_insert(&udp->by_local, &s->by_local, local_key(local));
	return 0;

err_close:
	close(fd);
	return ERR_IO;
}

static int udp_listen(void *arg, const struct addr *local, unsigned int fvrf)
{
	struct endpoint e = { .addr = *local, .port = IKE_PORT };
	bool had = find_socket(arg, &e, fvrf);
	char text[ENDPOINT_STR];
	struct udp_socket *half;
	int err;

	err = open_socket(arg, &e, fvrf);
	if (!err) {
		e.port = IKE_NATT_PORT;
		err = open_socket(arg, &e, fvrf);
	}
	if (!err)
		return 0;
	log_warning(NULL, "cannot listen on %s: %s", endpoint_str(&e, text),
		    strerror(errno));
	/* One port alone serves nobody, and keeps others from it. */
	e.port = IKE_PORT;
	half = had ? NULL : find_socket(arg, &e, fvrf);
	if (half)
		socket_free(half);
	return err;
}

static void udp_unlisten(void *arg, const struct addr *local,
			 unsigned int fvrf)
{
	struct udp_socket *s, *tmp;
	struct udp *udp = arg;

	list_for_each_safe(s, tmp, &udp->sockets, struct udp_socket, list)
		if (s->fvrf == fvrf && addr_eq(&s->local.addr, local))
			socket_free(s);
}

/* --------------------------------------------------------------------- send */

static int send_parts(struct udp *udp, const struct net_path *path,
		      struct iovec *iov, size_t n, char why[NET_WHY])
{
	struct udp_socket *s = find_socket(udp, &path->local, path->fvrf);
	struct sockaddr_storage ss;
	struct msghdr msg = { .msg_name = &ss, .msg_iov = iov,
			      .msg_iovlen = n };

	if (!s) {
		snprintf(why, NET_WHY, "no socket of this address");
		return ERR_NOT_FOUND;
	}
	endpoint_to_sockaddr(&path->remote, &ss, &msg.msg_namelen);
	/* A pending ICMP error is reported once in the message's stead. */
	if (sendmsg(s->fd, &msg, MSG_DONTWAIT) >= 0 ||
	    sendmsg(s->fd, &msg, MSG_DONTWAIT) >= 0)
		return 0;
	snprintf(why, NET_WHY, "%s", strerror(errno));
	return errno == EAGAIN ? ERR_AGAIN : ERR_IO;
}

static int udp_send(void *arg, const struct net_path *path, struct view msg,
		    char why[NET_WHY])
{
	static uint8_t marker[NON_ESP_MARKER];
	struct iovec iov[] = {
		{ marker, NON_ESP_MARKER },
		{ (void *)(uintptr_t)msg.p, msg.len },
	};
	bool marked = path->local.port == IKE_NATT_PORT;

	return send_parts(arg, path, marked ? iov : iov + 1, marked ? 2 : 1,
			  why);
}

static int udp_keepalive(void *arg, const struct net_path *path)
{
	static uint8_t octet = 0xff;
	struct iovec iov = { &octet, 1 };
	char why[NET_WHY];

	return send_parts(arg, path, &iov, 1, why);
}

/*
 * What the kernel knows of the route, and has learnt of the path from others'
 * traffic: ours is sent without DF and provokes no ICMP.
 */
static size_t udp_path_mtu(void *arg, const struct net_path *path)
{
	struct sockaddr_storage ss;
	char name[IF_NAMESIZE];
	bool v6 = path->remote.addr.family == AF_INET6;
	socklen_t len, size;
	int fd, mtu = 0;

	fd = socket(path->remote.addr.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	if (path->fvrf && if_indextoname(path->fvrf, name))
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name,
			   (socklen_t)strlen(name));
	endpoint_to_sockaddr(&path->remote, &ss, &len);
	size = sizeof(mtu);
	if (connect(fd, (struct sockaddr *)&ss, len) < 0 ||
	    getsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		       v6 ? IPV6_MTU : IP_MTU, &mtu, &size) < 0)
		mtu = 0;
	close(fd);
	return mtu > 0 ? (size_t)mtu : 0;
}

static void udp_counters(void *arg, struct net_counters *out)
{
	*out = ((struct udp *)arg)->count;
}

const struct net_ops udp_ops = {
	.send = udp_send,
	.keepalive = udp_keepalive,
	.listen = udp_listen,
	.unlisten = udp_unlisten,
	.path_mtu = udp_path_mtu,
	.counters = udp_counters,
};
