// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink sockets, and requests with the kernel's own sentence on refusal.
 */

#include "kernel_nl/knl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/tunnel_ip.h>
#include <netlink/genl/ctrl.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_nl/internal.h"
#include "util/err.h"

/** struct answer - what the callbacks of one request gather */
struct answer {
	knl_msg_fn fn;
	void *arg;
	uint32_t seq;
	int err;
	bool done;
	bool interrupted;
	char *why;
};

static int to_err(int error)
{
	switch (error) {
	case 0:
		return 0;
	case -ENOENT:
	case -ENODEV:
		return ERR_NOT_FOUND;
	case -EEXIST:
		return ERR_EXISTS;
	case -EPERM:
	case -EACCES:
		return ERR_DENIED;
	default:
		return ERR_KERNEL;
	}
}

/* The sentence of an extended acknowledgement, else the errno's text. */
static void set_why(struct answer *a, const struct nlmsghdr *nlh,
		    const struct nlmsgerr *e)
{
	size_t skip = sizeof(*e);
	struct nlattr *msg = NULL;

	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS &&
	    nlh->nlmsg_len > NLMSG_HDRLEN + NLMSG_ALIGN(skip))
		msg = nla_find((struct nlattr *)((char *)NLMSG_DATA(nlh) +
						 NLMSG_ALIGN(skip)),
			       (int)(nlh->nlmsg_len - NLMSG_HDRLEN -
				     NLMSG_ALIGN(skip)), NLMSGERR_ATTR_MSG);
	snprintf(a->why, KNL_WHY, "%s", msg ? nla_get_string(msg) :
		 strerror(-e->error));
}

static int on_error(struct sockaddr_nl *who, struct nlmsgerr *e, void *arg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)
			       ((char *)e - NLMSG_HDRLEN);
	struct answer *a = arg;

	a->done = true;
	a->err = to_err(e->error);
	if (a->err)
		set_why(a, nlh, e);
	return NL_STOP;
}

/*
 * What a request that was given up has left in the socket is not ours; to
 * fail on it would leave this answer there for the next one.
 */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	const struct answer *a = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == a->seq ? NL_OK : NL_SKIP;
}

static int on_done(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	a->done = true;
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	a->interrupted = true;
	return NL_OK;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	return a->fn ? a->fn(msg, a->arg) : NL_OK;
}

static int receive(struct nl_sock *sock, struct answer *a)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int n = 0;

	if (!cb)
		return ERR_NOMEM;
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, a);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, a);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_done, a);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_done, a);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, a);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, a);
	while (!a->done && n >= 0)
		n = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	if (n < 0 && !a->done) {
		snprintf(a->why, KNL_WHY, "netlink: %s", nl_geterror(n));
		return ERR_KERNEL;
	}
	return a->interrupted ? ERR_AGAIN : a->err;
}

int knl_ask(struct nl_sock *sock, struct nl_msg *msg, knl_msg_fn fn, void *arg,
	    char why[KNL_WHY])
{
	struct answer a = { .fn = fn, .arg = arg, .why = why };
	struct nlmsghdr *nlh;
	int n;

	if (!msg) {
		snprintf(why, KNL_WHY, "out of memory");
		return ERR_NOMEM;
	}
	nlh = nlmsg_hdr(msg);
	n = nl_send_auto(sock, msg);
	a.seq = nlh->nlmsg_seq;
	wipe((char *)nlh + NLMSG_HDRLEN, nlh->nlmsg_len - NLMSG_HDRLEN);
	nlmsg_free(msg);
	if (n < 0) {
		snprintf(why, KNL_WHY, "netlink: %s", nl_geterror(n));
		return ERR_KERNEL;
	}
	return receive(sock, &a);
}

struct nl_msg *knl_request(struct knl *knl, uint8_t cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, knl->family, 0,
				flags, cmd, TUNIP_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static struct nl_sock *open_socket(int protocol)
{
	struct nl_sock *sock = nl_socket_alloc();
	int one = 1;

	if (!sock)
		return NULL;
	if (nl_connect(sock, protocol) < 0) {
		nl_socket_free(sock);
		return NULL;
	}
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one,
		   sizeof(one));
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &one,
		   sizeof(one));
	/* Dumps are of what the request's header asks for. */
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_GET_STRICT_CHK,
		   &one, sizeof(one));
	return sock;
}

struct knl *knl_new(struct loop *loop, knl_event_fn fn, void *arg,
		    char why[KNL_WHY])
{
	struct knl *knl = calloc(1, sizeof(*knl));

	if (!knl)
		return NULL;
	knl->loop = loop;
	knl->fn = fn;
	knl->arg = arg;
	knl->genl = open_socket(NETLINK_GENERIC);
	knl->rtnl = open_socket(NETLINK_ROUTE);
	if (!knl->genl || !knl->rtnl) {
		snprintf(why, KNL_WHY, "cannot open a netlink socket");
		goto err_free_knl;
	}
	/* Asking for the family makes the kernel load the module. */
	knl->family = genl_ctrl_resolve(knl->genl, TUNIP_GENL_NAME);
	if (knl->family < 0) {
		snprintf(why, KNL_WHY,
			 "the kernel module tunnel_ip is not loaded: modprobe or insmod it");
		goto err_free_knl;
	}
	if (loop && knl_events_open(knl, why))
		goto err_free_knl;
	return knl;

err_free_knl:
	knl_free(knl);
	return NULL;
}

void knl_free(struct knl *knl)
{
	if (!knl)
		return;
	knl_events_close(knl);
	nl_socket_free(knl->genl);
	nl_socket_free(knl->rtnl);
	free(knl);
}

const struct knl_ops knl_ops_netlink = {
	.ifindex = knl_ifindex,
	.address = knl_address,
	.links = knl_links,
	.link_add = knl_link_add,
	.link_set = knl_link_set,
	.link_del = knl_link_del,
	.sa_add = knl_sa_add,
	.sa_del = knl_sa_del,
	.sa_expect = knl_sa_expect,
	.sa_flush = knl_sa_flush,
	.rri_set = knl_rri_set,
	.sa_get = knl_sa_get,
};
