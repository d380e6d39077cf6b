// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to rtnetlink from inside the kernel. A module cannot call the
 * routing tables; it can ask them, as everybody else does.
 */

#include "fib.h"

#include <linux/fib_rules.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/tunnel_ip.h>
#include <net/netlink.h>
#include <net/sock.h>

#define REQUEST_SIZE	256
#define ANSWER_SIZE	512

/**
 * tunip_fib_open - a socket for requests
 * @net: the namespace, which the caller keeps from going away meanwhile; the
 *	socket of a kernel user does not
 *
 * May sleep. Return: the socket, or ERR_PTR.
 */
struct socket *tunip_fib_open(struct net *net)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &sock);
	return err ? ERR_PTR(err) : sock;
}

/** tunip_fib_close - the end of tunip_fib_open() */
void tunip_fib_close(struct socket *sock)
{
	sock_release(sock);
}

static u8 family(const struct tunip_fib_entry *e)
{
	return e->prefix.v6 ? AF_INET6 : AF_INET;
}

/*
 * An unreachable route has the kernel's own protocol: routing daemons and
 * network managers leave such alone, neither announcing nor deleting it.
 */
static int put_route(struct sk_buff *msg, int type, int flags,
		     const struct tunip_fib_entry *e)
{
	bool via_dev = e->kind == TUNIP_FIB_ROUTE;
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;

	nlh = nlmsg_put(msg, 0, 0, type, sizeof(*rtm), flags);
	if (!nlh)
		return -EMSGSIZE;
	rtm = nlmsg_data(nlh);
	*rtm = (struct rtmsg){
		.rtm_family = family(e),
		.rtm_dst_len = e->prefix.len,
		.rtm_table = RT_TABLE_UNSPEC,
		.rtm_protocol = via_dev ? TUNIP_RRI_PROTOCOL : RTPROT_KERNEL,
		.rtm_scope = via_dev ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = via_dev ? RTN_UNICAST : RTN_UNREACHABLE,
	};
	if (tunip_addr_put(msg, RTA_DST, &e->prefix.addr, e->prefix.v6) ||
	    nla_put_u32(msg, RTA_TABLE, e->table) ||
	    nla_put_u32(msg, RTA_PRIORITY, e->priority) ||
	    (via_dev && nla_put_u32(msg, RTA_OIF, e->ifindex)) ||
	    (type == RTM_NEWROUTE && e->has_prefsrc &&
	     tunip_addr_put(msg, RTA_PREFSRC, &e->prefsrc, e->prefix.v6)))
		return -EMSGSIZE;
	nlmsg_end(msg, nlh);
	return 0;
}

static int put_rule(struct sk_buff *msg, int type, int flags,
		    const struct tunip_fib_entry *e)
{
	struct fib_rule_hdr *hdr;
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(msg, 0, 0, type, sizeof(*hdr), flags);
	if (!nlh)
		return -EMSGSIZE;
	hdr = nlmsg_data(nlh);
	*hdr = (struct fib_rule_hdr){
		.family = family(e),
		.src_len = e->prefix.len,
		.table = RT_TABLE_UNSPEC,
		.action = FR_ACT_TO_TBL,
	};
	if (tunip_addr_put(msg, FRA_SRC, &e->prefix.addr, e->prefix.v6) ||
	    nla_put_u32(msg, FRA_TABLE, e->table) ||
	    nla_put_u32(msg, FRA_PRIORITY, e->priority) ||
	    nla_put_u8(msg, FRA_PROTOCOL, TUNIP_RRI_PROTOCOL))
		return -EMSGSIZE;
	nlmsg_end(msg, nlh);
	return 0;
}

/* The acknowledgement is there when the request returns. */
static int read_answer(struct socket *sock)
{
	union {
		struct nlmsghdr nlh;
		u8 octets[ANSWER_SIZE];
	} answer;
	struct kvec vec = { &answer, sizeof(answer) };
	struct msghdr msg = {};
	const struct nlmsgerr *e;
	int len;

	len = kernel_recvmsg(sock, &msg, &vec, 1, sizeof(answer),
			     MSG_DONTWAIT);
	if (len < 0)
		return len;
	if (len < NLMSG_LENGTH(sizeof(*e)) ||
	    answer.nlh.nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	e = nlmsg_data(&answer.nlh);
	return e->error;
}

/*
 * The explicit address makes the socket's missing file no matter to the
 * capability check. Takes rtnl.
 */
static int ask(struct socket *sock, struct sk_buff *request)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct kvec vec = { request->data, request->len };
	struct msghdr msg = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
	};
	int err;

	err = kernel_sendmsg(sock, &msg, &vec, 1, request->len);
	return err < 0 ? err : read_answer(sock);
}

static int change(struct socket *sock, int type, int flags,
		  const struct tunip_fib_entry *e)
{
	struct sk_buff *request = nlmsg_new(REQUEST_SIZE, GFP_KERNEL);
	bool rule = e->kind == TUNIP_FIB_RULE;
	int err;

	if (!request)
		return -ENOMEM;
	flags |= NLM_F_REQUEST | NLM_F_ACK;
	err = rule ? put_rule(request, type, flags, e) :
		     put_route(request, type, flags, e);
	if (!err)
		err = ask(sock, request);
	nlmsg_free(request);
	return err;
}

/**
 * tunip_fib_add - put an entry in
 * @sock: of tunip_fib_open()
 * @e: the entry
 *
 * Takes rtnl. Return: 0; -EEXIST when one of this prefix and priority is there,
 * ours or another's; another negative errno.
 */
int tunip_fib_add(struct socket *sock, const struct tunip_fib_entry *e)
{
	return change(sock, e->kind == TUNIP_FIB_RULE ? RTM_NEWRULE :
							RTM_NEWROUTE,
		      NLM_F_CREATE | NLM_F_EXCL, e);
}

/**
 * tunip_fib_del - take an entry out
 * @sock: of tunip_fib_open()
 * @e: the entry; from what source it starts is no matter
 *
 * Takes rtnl. Return: 0, also when it is gone already; a negative errno.
 */
int tunip_fib_del(struct socket *sock, const struct tunip_fib_entry *e)
{
	int err = change(sock, e->kind == TUNIP_FIB_RULE ? RTM_DELRULE :
							   RTM_DELROUTE,
			 0, e);

	return err == -ESRCH || err == -ENOENT || err == -ENODEV ? 0 : err;
}
