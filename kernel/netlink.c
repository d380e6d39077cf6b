// SPDX-License-Identifier: GPL-2.0
/*
 * The family, its operations, and the requests about interfaces.
 */

#include "netlink.h"

#include <linux/rtnetlink.h>
#include <net/sock.h>

#include "compat.h"
#include "device.h"
#include "link.h"
#include "notify.h"

const struct nla_policy tunip_nl_dev_policy[TUNIP_A_IFNAME + 1] = {
	[TUNIP_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[TUNIP_A_IFNAME]	= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
};

const struct nla_policy tunip_nl_policy[TUNIP_A_SA + 1] = {
	[TUNIP_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[TUNIP_A_IFNAME]	= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
	[TUNIP_A_SA]		= { .type = NLA_NESTED },
};

static const struct nla_policy tunip_nl_rri_policy[TUNIP_A_RRI + 1] = {
	[TUNIP_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[TUNIP_A_IFNAME]	= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
	[TUNIP_A_RRI]		= { .type = NLA_NESTED },
};

/**
 * tunip_nl_get_dev - the interface a request names
 * @info: the request, for its namespace and its extended ack
 * @attrs: its parsed attributes
 *
 * May sleep. Return: a held interface for tunip_nl_put_dev(), or ERR_PTR.
 */
struct tunip_dev *tunip_nl_get_dev(struct genl_info *info,
				   struct nlattr **attrs)
{
	struct net *net = genl_info_net(info);
	struct nlattr *attr = attrs[TUNIP_A_IFINDEX];
	struct net_device *dev;

	if (attr) {
		dev = dev_get_by_index(net, nla_get_u32(attr));
	} else if (attrs[TUNIP_A_IFNAME]) {
		attr = attrs[TUNIP_A_IFNAME];
		dev = dev_get_by_name(net, nla_data(attr));
	} else {
		NL_SET_ERR_MSG(info->extack,
			       "an interface index or name is required");
		return ERR_PTR(-EINVAL);
	}
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such interface");
		return ERR_PTR(-ENODEV);
	}
	if (!tunip_dev_is_ours(dev)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "the interface is not of kind tunnel_ip");
		dev_put(dev);
		return ERR_PTR(-EOPNOTSUPP);
	}
	return netdev_priv(dev);
}

void tunip_nl_put_dev(struct tunip_dev *td)
{
	dev_put(td->dev);
}

/**
 * tunip_nl_may_key - may the caller give an interface SAs?
 * @skb: the request: who opened its socket must be allowed to, too
 * @td: the interface
 * @extack: for the sentence of a refusal
 *
 * SPIs and outer packets belong to the namespace of birth. Who was given the
 * interface into a user namespace of his own may not take SPIs of others there.
 * Return: 0 or -EPERM.
 */
int tunip_nl_may_key(const struct sk_buff *skb, const struct tunip_dev *td,
		     struct netlink_ext_ack *extack)
{
	if (netlink_ns_capable(skb, td->net->user_ns, CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "not permitted in the interface's outer namespace");
	return -EPERM;
}

static int put_dev_attrs(struct sk_buff *msg, struct tunip_dev *td)
{
	struct net_device *dev = td->dev;
	bool fail;

	fail = tunip_addr_put(msg, TUNIP_DEV_LOCAL, &td->ends.local,
			      td->ends.v6) ||
	       tunip_addr_put(msg, TUNIP_DEV_REMOTE, &td->ends.remote,
			      td->ends.v6) ||
	       nla_put_u32(msg, TUNIP_DEV_PMTU, td->pmtu) ||
	       nla_put_u32(msg, TUNIP_DEV_MTU, dev->mtu) ||
	       nla_put_u8(msg, TUNIP_DEV_MTU_FIXED, td->mtu_fixed) ||
	       nla_put_u8(msg, TUNIP_DEV_CARRIER, netif_carrier_ok(dev)) ||
	       nla_put_u32(msg, TUNIP_DEV_IN_SAS, td->in_count) ||
	       nla_put_u32(msg, TUNIP_DEV_OUT_SAS, td->out_count) ||
	       nla_put_u32(msg, TUNIP_DEV_STAGED,
			   skb_queue_len_lockless(&td->staged)) ||
	       nla_put_u32(msg, TUNIP_DEV_UNDERLAY, td->underlay) ||
	       nla_put_u32(msg, TUNIP_DEV_DERIVED_MTU, td->derived_mtu) ||
	       tunip_stats_put(msg, TUNIP_DEV_STATS, td->stats);
	return fail ? -EMSGSIZE : 0;
}

/* @cb: of a dump, else NULL */
static int fill_dev(struct sk_buff *msg, struct tunip_dev *td, u32 portid,
		    u32 seq, struct netlink_callback *cb)
{
	struct nlattr *nest;
	void *hdr;

	hdr = genlmsg_put(msg, portid, seq, &tunip_genl_family,
			  cb ? NLM_F_MULTI : 0, TUNIP_CMD_DEV_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, hdr);
	if (nla_put_u32(msg, TUNIP_A_IFINDEX, td->dev->ifindex) ||
	    nla_put_string(msg, TUNIP_A_IFNAME, td->dev->name))
		goto err_cancel;
	nest = nla_nest_start(msg, TUNIP_A_DEV);
	if (!nest || put_dev_attrs(msg, td))
		goto err_cancel;
	nla_nest_end(msg, nest);
	genlmsg_end(msg, hdr);
	return 0;

err_cancel:
	genlmsg_cancel(msg, hdr);
	return -EMSGSIZE;
}

static int dev_get(struct sk_buff *skb, struct genl_info *info)
{
	struct tunip_dev *td = tunip_nl_get_dev(info, info->attrs);
	struct sk_buff *msg;
	int err = -ENOMEM;

	if (IS_ERR(td))
		return PTR_ERR(td);
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		goto out_put_dev;
	mutex_lock(&td->config_lock);
	err = fill_dev(msg, td, info->snd_portid, info->snd_seq, NULL);
	mutex_unlock(&td->config_lock);
	if (err)
		nlmsg_free(msg);
	else
		err = genlmsg_reply(msg, info);
out_put_dev:
	tunip_nl_put_dev(td);
	return err;
}

/** tunip_nl_is_wanted - is it the interface a dump was asked for, if one was? */
bool tunip_nl_is_wanted(struct netlink_callback *cb,
			const struct net_device *dev)
{
	struct nlattr **attrs = tunip_dump_attrs(cb);

	return (!attrs[TUNIP_A_IFINDEX] ||
		nla_get_u32(attrs[TUNIP_A_IFINDEX]) == dev->ifindex) &&
	       (!attrs[TUNIP_A_IFNAME] ||
		!nla_strcmp(attrs[TUNIP_A_IFNAME], dev->name));
}

/**
 * tunip_nl_dump_devs - walk the interfaces of the caller's namespace
 * @skb: reply under construction
 * @cb: args[0] and args[1] are the hash bucket and the place in it reached,
 *	args[2] belongs to @one and is 0 when an interface begins
 * @one: appends one interface; -EMSGSIZE stops the walk for this message
 *
 * rtnl keeps interfaces from coming and going meanwhile.
 */
int tunip_nl_dump_devs(struct sk_buff *skb, struct netlink_callback *cb,
		       int (*one)(struct sk_buff *skb,
				  struct netlink_callback *cb,
				  struct tunip_dev *td))
{
	struct net *net = sock_net(skb->sk);
	struct net_device *dev;
	int err = 0, place;

	rtnl_lock();
	cb->seq = tunip_link_generation(net, TUNIP_DUMP_DEVS);
	for (; cb->args[0] < NETDEV_HASHENTRIES; cb->args[0]++) {
		place = 0;
		hlist_for_each_entry(dev, &net->dev_index_head[cb->args[0]],
				     index_hlist) {
			if (place++ < cb->args[1] ||
			    !tunip_dev_is_ours(dev) ||
			    !tunip_nl_is_wanted(cb, dev))
				continue;
			err = one(skb, cb, netdev_priv(dev));
			if (err)
				goto out_unlock;
			cb->args[1] = place;
			cb->args[2] = 0;
		}
		cb->args[1] = 0;
	}
out_unlock:
	rtnl_unlock();
	return err && err != -EMSGSIZE ? err : skb->len;
}

static int dump_one_dev(struct sk_buff *skb, struct netlink_callback *cb,
			struct tunip_dev *td)
{
	return fill_dev(skb, td, NETLINK_CB(cb->skb).portid,
			cb->nlh->nlmsg_seq, cb);
}

static int dev_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return tunip_nl_dump_devs(skb, cb, dump_one_dev);
}

/*
 * SA_ADD has no policy here: its attributes hold keys, which must be wiped
 * even when parsing fails, so its handler parses by itself.
 */
static const struct genl_ops tunip_ops[] = {
	{
		.cmd	 = TUNIP_CMD_DEV_GET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = tunip_nl_dev_policy,
		.maxattr = TUNIP_A_IFNAME,
		.doit	 = dev_get,
		.dumpit	 = dev_dump,
	}, {
		.cmd	 = TUNIP_CMD_SA_ADD,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.validate = GENL_DONT_VALIDATE_STRICT,
		.doit	 = tunip_nl_sa_add,
	}, {
		.cmd	 = TUNIP_CMD_SA_DEL,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = tunip_nl_policy,
		.maxattr = TUNIP_A_SA,
		.doit	 = tunip_nl_sa_del,
	}, {
		.cmd	 = TUNIP_CMD_SA_GET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = tunip_nl_policy,
		.maxattr = TUNIP_A_SA,
		.doit	 = tunip_nl_sa_get,
		.dumpit	 = tunip_nl_sa_dump,
	}, {
		.cmd	 = TUNIP_CMD_SA_FLUSH,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = tunip_nl_dev_policy,
		.maxattr = TUNIP_A_IFNAME,
		.doit	 = tunip_nl_sa_flush,
	}, {
		.cmd	 = TUNIP_CMD_RRI_SET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = tunip_nl_rri_policy,
		.maxattr = TUNIP_A_RRI,
		.doit	 = tunip_nl_rri_set,
	}, {
		.cmd	 = TUNIP_CMD_ROUTE_GET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = tunip_nl_dev_policy,
		.maxattr = TUNIP_A_IFNAME,
		.dumpit	 = tunip_nl_route_dump,
	}, {
		.cmd	 = TUNIP_CMD_SA_EXPECT,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = tunip_nl_policy,
		.maxattr = TUNIP_A_SA,
		.doit	 = tunip_nl_sa_expect,
	},
};

static const struct genl_multicast_group tunip_mcgrps[] = {
	/* Addresses and SPIs are nobody else's business. */
	{ .name = TUNIP_MCGRP_EVENTS, TUNIP_MCGRP_ADMIN },
};

struct genl_family tunip_genl_family __ro_after_init = {
	.name		= TUNIP_GENL_NAME,
	.version	= TUNIP_GENL_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= tunip_ops,
	.n_ops		= ARRAY_SIZE(tunip_ops),
	.mcgrps		= tunip_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(tunip_mcgrps),
	/* Keeps the core from refusing SA_ADD for want of a policy. */
	.resv_start_op	= TUNIP_CMD_MAX + 1,
};

MODULE_ALIAS_GENL_FAMILY(TUNIP_GENL_NAME);

int tunip_netlink_init(void)
{
	return genl_register_family(&tunip_genl_family);
}

void tunip_netlink_exit(void)
{
	genl_unregister_family(&tunip_genl_family);
}
