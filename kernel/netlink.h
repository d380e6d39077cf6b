/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic-netlink family: requests about interfaces here, requests about
 * SAs in netlink_sa.c.
 */
#ifndef TUNIP_NETLINK_H
#define TUNIP_NETLINK_H

#include <net/genetlink.h>

struct tunip_dev;

int tunip_netlink_init(void);
void tunip_netlink_exit(void);

struct tunip_dev *tunip_nl_get_dev(struct genl_info *info,
				   struct nlattr **attrs);
void tunip_nl_put_dev(struct tunip_dev *td);
bool tunip_nl_is_wanted(struct netlink_callback *cb,
			const struct net_device *dev);
int tunip_nl_may_key(const struct sk_buff *skb, const struct tunip_dev *td,
		     struct netlink_ext_ack *extack);
int tunip_nl_dump_devs(struct sk_buff *skb, struct netlink_callback *cb,
		       int (*one)(struct sk_buff *skb,
				  struct netlink_callback *cb,
				  struct tunip_dev *td));

extern const struct nla_policy tunip_nl_policy[];
extern const struct nla_policy tunip_nl_dev_policy[];

int tunip_nl_sa_add(struct sk_buff *skb, struct genl_info *info);
int tunip_nl_sa_del(struct sk_buff *skb, struct genl_info *info);
int tunip_nl_sa_get(struct sk_buff *skb, struct genl_info *info);
int tunip_nl_sa_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tunip_nl_sa_flush(struct sk_buff *skb, struct genl_info *info);
int tunip_nl_sa_expect(struct sk_buff *skb, struct genl_info *info);
int tunip_nl_rri_set(struct sk_buff *skb, struct genl_info *info);
int tunip_nl_route_dump(struct sk_buff *skb, struct netlink_callback *cb);

struct tunip_selector;
int tunip_nl_parse_selector(struct nlattr *nest, int local_type,
			    int remote_type, struct tunip_selector **out,
			    struct netlink_ext_ack *extack);

#endif
