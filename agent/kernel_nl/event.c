// SPDX-License-Identifier: GPL-2.0
/*
 * Events of the module and of interfaces, on sockets of their own.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/tunnel_ip.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "kernel_nl/internal.h"
#include "util/err.h"

#define EVENT_BUFFER	(4 << 20)

static uint32_t get_u32(struct nlattr **tb, int type)
{
	return tb[type] && nla_len(tb[type]) >= 4 ? nla_get_u32(tb[type]) : 0;
}

static void get_addr(struct nlattr *attr, struct addr *out)
{
	if (attr)
		addr_from_octets(nla_data(attr), (size_t)nla_len(attr), out);
}

static void take_sa(struct nlattr *nest, struct knl_event *ev)
{
	struct nlattr *tb[TUNIP_SA_MAX + 1];

	if (!nest || nla_parse_nested(tb, TUNIP_SA_MAX, nest, NULL) < 0)
		return;
	ev->dir = tb[TUNIP_SA_DIR] ? nla_get_u8(tb[TUNIP_SA_DIR]) : 0;
	ev->spi = ntohl(get_u32(tb, TUNIP_SA_SPI));
	ev->child_id = get_u32(tb, TUNIP_SA_CHILD_ID);
	get_addr(tb[TUNIP_SA_REMOTE], &ev->remote.addr);
	if (tb[TUNIP_SA_ENCAP_DPORT])
		ev->remote.port = ntohs(nla_get_u16(tb[TUNIP_SA_ENCAP_DPORT]));
}

static void take_flow(struct nlattr *nest, struct knl_event *ev)
{
	struct nlattr *tb[TUNIP_FLOW_MAX + 1];

	if (!nest || nla_parse_nested(tb, TUNIP_FLOW_MAX, nest, NULL) < 0)
		return;
	get_addr(tb[TUNIP_FLOW_SRC], &ev->flow_src);
	get_addr(tb[TUNIP_FLOW_DST], &ev->flow_dst);
}

/* Return: false for events nobody here wants. */
static bool set_type(uint8_t cmd, struct nlattr **top, struct knl_event *ev)
{
	switch (cmd) {
	case TUNIP_CMD_ACQUIRE_NTF:
		ev->type = KNL_EV_ACQUIRE;
		return true;
	case TUNIP_CMD_EXPIRE_NTF:
		ev->limit = (uint8_t)get_u32(top, TUNIP_A_EXPIRE);
		ev->type = top[TUNIP_A_HARD] && nla_get_u8(top[TUNIP_A_HARD]) ?
			   KNL_EV_HARD_EXPIRE : KNL_EV_SOFT_EXPIRE;
		return true;
	case TUNIP_CMD_SA_NTF:
		ev->type = get_u32(top, TUNIP_A_SA_EVENT) ==
			   TUNIP_SA_EV_SWITCHED ? KNL_EV_SWITCHED :
						  KNL_EV_REMOVED;
		return get_u32(top, TUNIP_A_SA_EVENT) != TUNIP_SA_EV_ADDED;
	case TUNIP_CMD_ENDPOINT_NTF:
		ev->type = KNL_EV_ENDPOINT;
		return true;
	case TUNIP_CMD_ROUTE_NTF:
		ev->type = KNL_EV_ROUTE;
		ev->route_event = (uint8_t)get_u32(top, TUNIP_A_ROUTE_EVENT);
		return knl_take_route(top[TUNIP_A_ROUTE], &ev->route);
	default:
		return false;
	}
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlattr *top[TUNIP_A_MAX + 1];
	struct knl_event ev = { .type = 0 };
	struct knl *knl = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, top, TUNIP_A_MAX, NULL) < 0)
		return NL_SKIP;
	ev.ifindex = get_u32(top, TUNIP_A_IFINDEX);
	take_sa(top[TUNIP_A_SA], &ev);
	take_flow(top[TUNIP_A_FLOW], &ev);
	if (set_type(genlmsg_hdr(nlmsg_hdr(msg))->cmd, top, &ev))
		knl->fn(knl->arg, &ev);
	return NL_OK;
}

static void take_name(struct nlmsghdr *nlh, struct knl_event *ev)
{
	struct nlattr *name = nlmsg_find_attr(nlh, sizeof(struct ifinfomsg),
					      IFLA_IFNAME);

	if (name)
		snprintf(ev->ifname, sizeof(ev->ifname), "%.*s",
			 nla_len(name), (const char *)nla_data(name));
}

static int on_link(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct knl_event ev = { .type = KNL_EV_LINK_GONE };
	const struct ifinfomsg *ifi = nlmsg_data(nlh);
	const struct ifaddrmsg *ifa;
	struct knl *knl = arg;

	if (nlh->nlmsg_type == RTM_NEWADDR || nlh->nlmsg_type == RTM_DELADDR) {
		ifa = nlmsg_data(nlh);
		ev.type = KNL_EV_ADDRESS;
		ev.ifindex = ifa->ifa_index;
		knl->fn(knl->arg, &ev);
		return NL_OK;
	}
	if (nlh->nlmsg_type == RTM_NEWLINK) {
		ev.type = KNL_EV_PLACE;
		ev.ifindex = (unsigned int)ifi->ifi_index;
		take_name(nlh, &ev);
		knl->fn(knl->arg, &ev);
		return NL_OK;
	}
	if (nlh->nlmsg_type != RTM_DELLINK ||
	    nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)) ||
	    ifi->ifi_family != AF_UNSPEC)
		return NL_SKIP;
	ev.ifindex = (unsigned int)ifi->ifi_index;
	knl->fn(knl->arg, &ev);
	return NL_OK;
}

static void read_events(struct knl *knl, struct nl_sock *sock)
{
	struct knl_event lost = { .type = KNL_EV_OVERFLOW };
	int n = nl_recvmsgs_default(sock);

	/* libnl's name for ENOBUFS. */
	if (n == -NLE_NOMEM)
		knl->fn(knl->arg, &lost);
}

static void on_events_readable(void *arg, unsigned int events)
{
	struct knl *knl = arg;

	read_events(knl, knl->events);
}

static void on_links_readable(void *arg, unsigned int events)
{
	struct knl *knl = arg;

	read_events(knl, knl->links);
}

static struct nl_sock *event_socket(int protocol, nl_recvmsg_msg_cb_t fn,
				    void *arg)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock)
		return NULL;
	nl_socket_disable_seq_check(sock);
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, fn, arg);
	if (nl_connect(sock, protocol) < 0 ||
	    nl_socket_set_nonblocking(sock) < 0) {
		nl_socket_free(sock);
		return NULL;
	}
	nl_socket_set_buffer_size(sock, EVENT_BUFFER, 0);
	return sock;
}

int knl_events_open(struct knl *knl, char why[KNL_WHY])
{
	int group;

	group = genl_ctrl_resolve_grp(knl->genl, TUNIP_GENL_NAME,
				      TUNIP_MCGRP_EVENTS);
	knl->events = event_socket(NETLINK_GENERIC, on_event, knl);
	knl->links = event_socket(NETLINK_ROUTE, on_link, knl);
	if (group < 0 || !knl->events || !knl->links ||
	    nl_socket_add_membership(knl->events, group) < 0 ||
	    nl_socket_add_membership(knl->links, RTNLGRP_LINK) < 0 ||
	    nl_socket_add_membership(knl->links, RTNLGRP_IPV4_IFADDR) < 0 ||
	    nl_socket_add_membership(knl->links, RTNLGRP_IPV6_IFADDR) < 0) {
		snprintf(why, KNL_WHY, "cannot subscribe to kernel events");
		return ERR_KERNEL;
	}
	knl->events_watch = loop_fd_add(knl->loop,
					nl_socket_get_fd(knl->events),
					LOOP_READ, on_events_readable, knl);
	knl->links_watch = loop_fd_add(knl->loop, nl_socket_get_fd(knl->links),
				       LOOP_READ, on_links_readable, knl);
	return knl->events_watch && knl->links_watch ? 0 : ERR_NOMEM;
}

void knl_events_close(struct knl *knl)
{
	loop_fd_del(knl->events_watch);
	loop_fd_del(knl->links_watch);
	nl_socket_free(knl->events);
	nl_socket_free(knl->links);
}
