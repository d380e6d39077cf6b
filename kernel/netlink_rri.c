// SPDX-License-Identifier: GPL-2.0
/*
 * Requests about reverse routes, and how a route is described.
 */

#include <linux/slab.h>
#include <net/sock.h>

#include "compat.h"
#include "device.h"
#include "link.h"
#include "netlink.h"
#include "notify.h"

static const struct nla_policy rri_policy[TUNIP_RRI_ATTR_MAX + 1] = {
	[TUNIP_RRI_ATTR_PRIORITY]	= NLA_POLICY_MIN(NLA_U32, 1),
	[TUNIP_RRI_ATTR_FALLBACK]	= NLA_POLICY_MAX(NLA_U8,
							 TUNIP_RRI_UNREACHABLE),
	[TUNIP_RRI_ATTR_SEL_LOCAL]	= { .type = NLA_NESTED },
	[TUNIP_RRI_ATTR_SEL_REMOTE]	= { .type = NLA_NESTED },
};

/* -------------------------------------------------------------------- set */

static int parse_rri(struct nlattr *nest, struct tunip_rri_config *config,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TUNIP_RRI_ATTR_MAX + 1];
	int err;

	err = nla_parse_nested(tb, TUNIP_RRI_ATTR_MAX, nest, rri_policy,
			       extack);
	if (err)
		return err;
	config->priority = TUNIP_RRI_PRIORITY;
	config->fallback = TUNIP_RRI_UNREACHABLE;
	if (tb[TUNIP_RRI_ATTR_PRIORITY])
		config->priority = nla_get_u32(tb[TUNIP_RRI_ATTR_PRIORITY]);
	if (tb[TUNIP_RRI_ATTR_FALLBACK])
		config->fallback = nla_get_u8(tb[TUNIP_RRI_ATTR_FALLBACK]);
	if (config->priority >= TUNIP_RRI_FALLBACK_PRIORITY) {
		NL_SET_ERR_MSG_ATTR(extack, tb[TUNIP_RRI_ATTR_PRIORITY],
				    "the priority must be below that of the unreachable routes, 0xff000000");
		return -ERANGE;
	}
	return tunip_nl_parse_selector(nest, TUNIP_RRI_ATTR_SEL_LOCAL,
				       TUNIP_RRI_ATTR_SEL_REMOTE,
				       &config->policy, extack);
}

static int set_rri(struct tunip_dev *td, struct nlattr *nest,
		   struct netlink_ext_ack *extack)
{
	struct tunip_rri_config *config;
	int err;

	if (!nest) {
		tunip_rri_set(td, NULL);
		return 0;
	}
	config = kzalloc(sizeof(*config), GFP_KERNEL_ACCOUNT);
	if (!config)
		return -ENOMEM;
	err = parse_rri(nest, config, extack) ?:
	      tunip_rri_check(td, config, extack);
	if (err)
		tunip_rri_config_free(config);
	else
		tunip_rri_set(td, config);
	return err;
}

int tunip_nl_rri_set(struct sk_buff *skb, struct genl_info *info)
{
	struct tunip_dev *td = tunip_nl_get_dev(info, info->attrs);
	int err;

	if (IS_ERR(td))
		return PTR_ERR(td);
	err = set_rri(td, info->attrs[TUNIP_A_RRI], info->extack);
	tunip_nl_put_dev(td);
	return err;
}

/* ------------------------------------------------------------------- dump */

/** struct route_dump - where a walk puts what it finds */
struct route_dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	long place;
};

static int dump_claim(const struct tunip_claim *c, void *arg)
{
	struct route_dump *d = arg;
	struct netlink_callback *cb = d->cb;
	void *hdr;

	if (!net_eq(dev_net(c->td->dev), sock_net(d->skb->sk)) ||
	    d->place++ < cb->args[0] || !tunip_nl_is_wanted(cb, c->td->dev))
		return 0;
	hdr = genlmsg_put(d->skb, NETLINK_CB(cb->skb).portid,
			  cb->nlh->nlmsg_seq, &tunip_genl_family, NLM_F_MULTI,
			  TUNIP_CMD_ROUTE_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (nla_put_u32(d->skb, TUNIP_A_IFINDEX, c->td->dev->ifindex) ||
	    nla_put_string(d->skb, TUNIP_A_IFNAME, c->td->dev->name) ||
	    tunip_notify_put_route(d->skb, c)) {
		genlmsg_cancel(d->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(d->skb, hdr);
	cb->args[0] = d->place;
	return 0;
}

int tunip_nl_route_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct route_dump d = { .skb = skb, .cb = cb };
	int err;

	cb->seq = tunip_link_generation(sock_net(skb->sk), TUNIP_DUMP_ROUTES);
	err = tunip_rri_walk(dump_claim, &d);
	return err && err != -EMSGSIZE ? err : skb->len;
}
