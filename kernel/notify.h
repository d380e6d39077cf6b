/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events to userspace, to the group "events" in the interface's namespace.
 */
#ifndef TUNIP_NOTIFY_H
#define TUNIP_NOTIFY_H

#include <linux/tunnel_ip.h>
#include <linux/types.h>

struct genl_family;
struct sk_buff;
struct tunip_claim;
struct tunip_dev;
struct tunip_sa;
union tunip_addr;

/* Defined by netlink.c; events go out in its name. */
extern struct genl_family tunip_genl_family;

void tunip_notify_acquire(struct tunip_dev *td, const struct sk_buff *skb);
void tunip_notify_expire(struct tunip_sa *sa, enum tunip_expire limit,
			 bool hard);
void tunip_notify_sa(struct tunip_sa *sa, enum tunip_sa_event event);
void tunip_notify_endpoint(struct tunip_sa *sa, const union tunip_addr *addr,
			   __be16 port);
void tunip_notify_route(const struct tunip_claim *c,
			enum tunip_route_event event);
int tunip_notify_put_route(struct sk_buff *msg, const struct tunip_claim *c);

#endif
