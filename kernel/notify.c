// SPDX-License-Identifier: GPL-2.0
/*
 * Building and sending of events. Any context: a lost event (no memory, no
 * listener) is not an error, state can always be read by a dump.
 */

#include "notify.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/genetlink.h>

#include "device.h"
#include "sa.h"
#include "trace.h"

/* RCU: a namespace that the interface leaves just now may end. */
static bool is_heard(const struct tunip_dev *td)
{
	bool heard;

	rcu_read_lock();
	heard = genl_has_listeners(&tunip_genl_family, dev_net(td->dev), 0);
	rcu_read_unlock();
	return heard;
}

static struct sk_buff *event_begin(struct tunip_dev *td, u8 cmd, void **hdr)
{
	struct sk_buff *msg;

	if (!is_heard(td))
		return NULL;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!msg)
		return NULL;
	*hdr = genlmsg_put(msg, 0, 0, &tunip_genl_family, 0, cmd);
	if (!*hdr || nla_put_u32(msg, TUNIP_A_IFINDEX, td->dev->ifindex) ||
	    nla_put_string(msg, TUNIP_A_IFNAME, td->dev->name)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static void event_send(struct tunip_dev *td, struct sk_buff *msg, void *hdr)
{
	genlmsg_end(msg, hdr);
	rcu_read_lock();
	genlmsg_multicast_netns(&tunip_genl_family, dev_net(td->dev), msg, 0,
				0, GFP_ATOMIC);
	rcu_read_unlock();
}

/* What names an SA; the rest is had by TUNIP_CMD_SA_GET. */
static int put_sa_name(struct sk_buff *msg, const struct tunip_sa *sa)
{
	struct nlattr *nest = nla_nest_start(msg, TUNIP_A_SA);

	if (!nest || nla_put_u8(msg, TUNIP_SA_DIR, sa->dir) ||
	    nla_put_be32(msg, TUNIP_SA_SPI, sa->key.spi) ||
	    nla_put_be32(msg, TUNIP_SA_PAIR_SPI, sa->pair_spi) ||
	    nla_put_u32(msg, TUNIP_SA_ID, sa->id) ||
	    nla_put_u32(msg, TUNIP_SA_CHILD_ID, sa->child_id) ||
	    nla_put_u8(msg, TUNIP_SA_STATE, READ_ONCE(sa->state)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static bool put_flow(struct sk_buff *msg, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	return nla_put_in_addr(msg, TUNIP_FLOW_SRC, iph->saddr) ||
	       nla_put_in_addr(msg, TUNIP_FLOW_DST, iph->daddr) ||
	       nla_put_u8(msg, TUNIP_FLOW_PROTO, iph->protocol);
}

static bool put_flow6(struct sk_buff *msg, const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);

	return nla_put_in6_addr(msg, TUNIP_FLOW_SRC, &ip6h->saddr) ||
	       nla_put_in6_addr(msg, TUNIP_FLOW_DST, &ip6h->daddr) ||
	       nla_put_u8(msg, TUNIP_FLOW_PROTO, ip6h->nexthdr);
}

/**
 * tunip_notify_acquire - a packet had no SA to leave by
 * @td: the interface
 * @skb: the packet, its IP header checked; borrowed
 */
void tunip_notify_acquire(struct tunip_dev *td, const struct sk_buff *skb)
{
	struct nlattr *nest;
	struct sk_buff *msg;
	void *hdr;

	msg = event_begin(td, TUNIP_CMD_ACQUIRE_NTF, &hdr);
	if (!msg)
		return;
	nest = nla_nest_start(msg, TUNIP_A_FLOW);
	if (!nest || (skb->protocol == htons(ETH_P_IP) ? put_flow(msg, skb) :
							 put_flow6(msg, skb))) {
		nlmsg_free(msg);
		return;
	}
	nla_nest_end(msg, nest);
	event_send(td, msg, hdr);
}

/**
 * tunip_notify_expire - a limit of an SA was reached
 * @sa: the SA
 * @limit: which
 * @hard: it is being removed; otherwise it is time to rekey
 */
void tunip_notify_expire(struct tunip_sa *sa, enum tunip_expire limit,
			 bool hard)
{
	struct sk_buff *msg;
	void *hdr;

	msg = event_begin(sa->td, TUNIP_CMD_EXPIRE_NTF, &hdr);
	if (!msg)
		return;
	if (put_sa_name(msg, sa) ||
	    nla_put_u32(msg, TUNIP_A_EXPIRE, limit) ||
	    nla_put_u8(msg, TUNIP_A_HARD, hard)) {
		nlmsg_free(msg);
		return;
	}
	event_send(sa->td, msg, hdr);
}

/** tunip_notify_sa - an SA came, went, or became the transmit SA */
void tunip_notify_sa(struct tunip_sa *sa, enum tunip_sa_event event)
{
	struct sk_buff *msg;
	void *hdr;

	trace_sa(sa, event);
	msg = event_begin(sa->td, TUNIP_CMD_SA_NTF, &hdr);
	if (!msg)
		return;
	if (put_sa_name(msg, sa) ||
	    nla_put_u32(msg, TUNIP_A_SA_EVENT, event)) {
		nlmsg_free(msg);
		return;
	}
	event_send(sa->td, msg, hdr);
}

/**
 * tunip_notify_endpoint - an authentic packet came from elsewhere
 * @sa: UDP-encapsulated inbound SA
 * @addr: outer source address
 * @port: outer source port
 */
void tunip_notify_endpoint(struct tunip_sa *sa, const union tunip_addr *addr,
			   __be16 port)
{
	struct nlattr *nest;
	struct sk_buff *msg;
	void *hdr;

	msg = event_begin(sa->td, TUNIP_CMD_ENDPOINT_NTF, &hdr);
	if (!msg)
		return;
	nest = nla_nest_start(msg, TUNIP_A_SA);
	if (!nest || nla_put_u8(msg, TUNIP_SA_DIR, sa->dir) ||
	    nla_put_be32(msg, TUNIP_SA_SPI, sa->key.spi) ||
	    nla_put_u32(msg, TUNIP_SA_CHILD_ID, sa->child_id) ||
	    tunip_addr_put(msg, TUNIP_SA_REMOTE, addr, sa->ends.v6) ||
	    nla_put_be16(msg, TUNIP_SA_ENCAP_DPORT, port)) {
		nlmsg_free(msg);
		return;
	}
	nla_nest_end(msg, nest);
	event_send(sa->td, msg, hdr);
}

/** tunip_notify_put_route - a claim as an attribute; 0 or -EMSGSIZE */
int tunip_notify_put_route(struct sk_buff *msg, const struct tunip_claim *c)
{
	struct nlattr *nest = nla_nest_start(msg, TUNIP_A_ROUTE);
	const struct tunip_fib_entry *e = &c->entry;

	if (!nest || nla_put_u8(msg, TUNIP_ROUTE_ATTR_KIND, e->kind) ||
	    nla_put_u8(msg, TUNIP_ROUTE_ATTR_STATE, tunip_claim_state(c)) ||
	    tunip_addr_put(msg, TUNIP_ROUTE_ATTR_PREFIX, &e->prefix.addr,
			   e->prefix.v6) ||
	    nla_put_u8(msg, TUNIP_ROUTE_ATTR_PREFIX_LEN, e->prefix.len) ||
	    nla_put_u32(msg, TUNIP_ROUTE_ATTR_TABLE, e->table) ||
	    nla_put_u32(msg, TUNIP_ROUTE_ATTR_PRIORITY, e->priority) ||
	    (c->holder && nla_put_string(msg, TUNIP_ROUTE_ATTR_OWNER,
					 c->holder->td->dev->name)) ||
	    (c->err && nla_put_u32(msg, TUNIP_ROUTE_ATTR_ERROR, -c->err)) ||
	    (c->installed && nla_put_u64_64bit(msg, TUNIP_ROUTE_ATTR_SINCE,
					       c->since_ms,
					       TUNIP_ROUTE_ATTR_PAD)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/** tunip_notify_route - a reverse route came, went, or cannot be had */
void tunip_notify_route(const struct tunip_claim *c,
			enum tunip_route_event event)
{
	struct sk_buff *msg;
	void *hdr;

	msg = event_begin(c->td, TUNIP_CMD_ROUTE_NTF, &hdr);
	if (!msg)
		return;
	if (tunip_notify_put_route(msg, c) ||
	    nla_put_u32(msg, TUNIP_A_ROUTE_EVENT, event)) {
		nlmsg_free(msg);
		return;
	}
	event_send(c->td, msg, hdr);
}
