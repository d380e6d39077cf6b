// SPDX-License-Identifier: GPL-2.0
/*
 * rtnl_link_ops of kind tunnel_ip, the list of interfaces by the namespace of
 * their outer packets, and what happens to interfaces from outside: the end of
 * a namespace, a changed underlay. What an interface does is device.c's part.
 */

#include "link.h"

#include <linux/module.h>
#include <net/ipv6.h>
#include <net/netns/generic.h>
#include <net/rtnetlink.h>

#include "compat.h"
#include "device.h"
#include "esp.h"
#include "outer6.h"
#include "sa.h"

/**
 * struct tunip_net - what belongs to one namespace
 * @devices: interfaces whose outer packets travel there; rtnl
 * @users: the same, and those whose memory is not yet free
 * @last_sa_id: number last given to an SA
 * @early_octets: memory of packets that wait for an SA, early.c
 * @generation: by list, changes with the list: what dumps it then is torn
 */
struct tunip_net {
	struct list_head devices;
	atomic_t users;
	atomic_t last_sa_id;
	atomic_t early_octets;
	atomic_t generation[TUNIP_DUMPS];
};

static unsigned int tunip_net_id __read_mostly;

/** tunip_link_next_sa_id - a number for an SA, from 1 in each namespace */
u32 tunip_link_next_sa_id(const struct net *net)
{
	struct tunip_net *tn = net_generic(net, tunip_net_id);

	return atomic_inc_return(&tn->last_sa_id);
}

/** tunip_link_early_octets - what early.c holds of a namespace's packets */
atomic_t *tunip_link_early_octets(const struct net *net)
{
	struct tunip_net *tn = net_generic(net, tunip_net_id);

	return &tn->early_octets;
}

/**
 * tunip_link_changed - a list of a namespace is not what it was
 * @net: kept alive by the caller, or by RCU
 * @what: which list
 */
void tunip_link_changed(const struct net *net, enum tunip_dump what)
{
	struct tunip_net *tn = net_generic(net, tunip_net_id);

	atomic_inc(&tn->generation[what]);
}

/** tunip_link_generation - for genl_dump_check_consistent(); never 0 */
unsigned int tunip_link_generation(const struct net *net, enum tunip_dump what)
{
	struct tunip_net *tn = net_generic(net, tunip_net_id);

	return atomic_read(&tn->generation[what]) ?: 1;
}

/** tunip_link_hold_net - the outer namespace stays until tunip_link_put_net() */
void tunip_link_hold_net(const struct tunip_dev *td)
{
	struct tunip_net *tn = net_generic(td->net, tunip_net_id);

	atomic_inc(&tn->users);
}

/** tunip_link_put_net - nothing of the interface refers to it any more */
void tunip_link_put_net(const struct tunip_dev *td)
{
	struct tunip_net *tn = net_generic(td->net, tunip_net_id);

	/* The waiter may free it at once: only the address is used after that. */
	if (atomic_dec_and_test(&tn->users))
		wake_up_var(&tn->users);
}

/** struct link_config - link attributes, as they are or as they shall be */
struct link_config {
	struct tunip_ends ends;
	u32 underlay;
	u8 ttl;
	u8 tos;
	u8 df;
	bool local_only;
};

static const struct nla_policy link_policy[TUNIP_LINK_MAX + 1] = {
	[TUNIP_LINK_LOCAL]	= { .type = NLA_U32 },
	[TUNIP_LINK_REMOTE]	= { .type = NLA_U32 },
	[TUNIP_LINK_TTL]	= NLA_POLICY_MIN(NLA_U8, 1),
	[TUNIP_LINK_TOS]	= { .type = NLA_U8 },
	[TUNIP_LINK_DF]		= NLA_POLICY_MAX(NLA_U8, __TUNIP_DF_MAX - 1),
	[TUNIP_LINK_UNDERLAY]	= { .type = NLA_U32 },
	[TUNIP_LINK_LOCAL_ONLY]	= NLA_POLICY_MAX(NLA_U8, 1),
	[TUNIP_LINK_LOCAL6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[TUNIP_LINK_REMOTE6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
};

static bool is_unicast(const struct nlattr *attr)
{
	bool v6 = nla_type(attr) == TUNIP_LINK_LOCAL6 ||
		  nla_type(attr) == TUNIP_LINK_REMOTE6;
	union tunip_addr addr = {};

	nla_memcpy(&addr, attr, v6 ? sizeof(addr.v6) : sizeof(addr.v4));
	return tunip_addr_unicast(&addr, v6);
}

static int link_validate(struct nlattr *tb[], struct nlattr *data[],
			 struct netlink_ext_ack *extack)
{
	static const int addrs[] = { TUNIP_LINK_LOCAL, TUNIP_LINK_REMOTE,
				     TUNIP_LINK_LOCAL6, TUNIP_LINK_REMOTE6 };
	int i;

	for (i = 0; data && i < ARRAY_SIZE(addrs); i++) {
		if (data[addrs[i]] && !is_unicast(data[addrs[i]])) {
			NL_SET_ERR_MSG_ATTR(extack, data[addrs[i]],
					    "the address must be a unicast one");
			return -EINVAL;
		}
	}
	if (data && data[TUNIP_LINK_TOS] &&
	    nla_get_u8(data[TUNIP_LINK_TOS]) != TUNIP_TOS_COPY &&
	    nla_get_u8(data[TUNIP_LINK_TOS]) & 3) {
		NL_SET_ERR_MSG_ATTR(extack, data[TUNIP_LINK_TOS],
				    "tos is 1 (copy) or a DSCP with the lower two bits 0");
		return -EINVAL;
	}
	return 0;
}

/* An address of the other family makes those of this one void. */
static void parse_ends(struct nlattr *data[], struct tunip_ends *ends)
{
	bool v4 = data[TUNIP_LINK_LOCAL] || data[TUNIP_LINK_REMOTE];
	bool v6 = data[TUNIP_LINK_LOCAL6] || data[TUNIP_LINK_REMOTE6];

	if (ends->v6 ? v4 : v6)
		*ends = (struct tunip_ends){ .v6 = v6 };
	if (data[TUNIP_LINK_LOCAL])
		ends->local.v4 = nla_get_in_addr(data[TUNIP_LINK_LOCAL]);
	if (data[TUNIP_LINK_REMOTE])
		ends->remote.v4 = nla_get_in_addr(data[TUNIP_LINK_REMOTE]);
	if (data[TUNIP_LINK_LOCAL6])
		ends->local.v6 = nla_get_in6_addr(data[TUNIP_LINK_LOCAL6]);
	if (data[TUNIP_LINK_REMOTE6])
		ends->remote.v6 = nla_get_in6_addr(data[TUNIP_LINK_REMOTE6]);
}

static void parse_link(struct nlattr *data[], struct link_config *c)
{
	parse_ends(data, &c->ends);
	if (data[TUNIP_LINK_TTL])
		c->ttl = nla_get_u8(data[TUNIP_LINK_TTL]);
	if (data[TUNIP_LINK_TOS])
		c->tos = nla_get_u8(data[TUNIP_LINK_TOS]);
	if (data[TUNIP_LINK_DF])
		c->df = nla_get_u8(data[TUNIP_LINK_DF]);
	if (data[TUNIP_LINK_UNDERLAY])
		c->underlay = nla_get_u32(data[TUNIP_LINK_UNDERLAY]);
	if (data[TUNIP_LINK_LOCAL_ONLY])
		c->local_only = nla_get_u8(data[TUNIP_LINK_LOCAL_ONLY]);
}

static bool addr_missing(const union tunip_addr *addr)
{
	static const union tunip_addr none;

	return !memcmp(addr, &none, sizeof(none));
}

static int check_ends(const struct link_config *c, struct nlattr *data[],
		      struct netlink_ext_ack *extack)
{
	const struct tunip_ends *ends = &c->ends;

	if ((data[TUNIP_LINK_LOCAL] || data[TUNIP_LINK_REMOTE]) &&
	    (data[TUNIP_LINK_LOCAL6] || data[TUNIP_LINK_REMOTE6])) {
		NL_SET_ERR_MSG(extack,
			       "local and remote address are of two families");
		return -EINVAL;
	}
	if (ends->v6 && !tunip_outer6_usable()) {
		NL_SET_ERR_MSG(extack, "IPv6 is not available");
		return -EAFNOSUPPORT;
	}
	if (addr_missing(&ends->local)) {
		NL_SET_ERR_MSG(extack, "the local address is missing");
		return -EINVAL;
	}
	if (addr_missing(&ends->remote)) {
		NL_SET_ERR_MSG(extack, "the remote address is missing");
		return -EINVAL;
	}
	if (!memcmp(&ends->local, &ends->remote, sizeof(ends->local))) {
		NL_SET_ERR_MSG_ATTR(extack, data[ends->v6 ? TUNIP_LINK_REMOTE6 :
							    TUNIP_LINK_REMOTE],
				    "local and remote address are the same");
		return -EINVAL;
	}
	if (ends->v6 && !c->underlay &&
	    (ipv6_addr_type(&ends->remote.v6) & IPV6_ADDR_LINKLOCAL)) {
		NL_SET_ERR_MSG_ATTR(extack, data[TUNIP_LINK_REMOTE6],
				    "a link-local remote needs an underlay device");
		return -EINVAL;
	}
	return 0;
}

/*
 * @self: the interface being changed, NULL for a new one. @data: for pointing at
 * the attribute that is wrong.
 */
static int check_link(struct net *net, const struct tunip_dev *self,
		      const struct link_config *c, struct nlattr *data[],
		      struct netlink_ext_ack *extack)
{
	struct tunip_net *tn = net_generic(net, tunip_net_id);
	struct tunip_dev *td;
	int err;

	err = check_ends(c, data, extack);
	if (err)
		return err;
	if (c->underlay && !__dev_get_by_index(net, c->underlay)) {
		NL_SET_ERR_MSG_ATTR(extack, data[TUNIP_LINK_UNDERLAY],
				    "no such underlay device in the interface's outer namespace");
		return -ENODEV;
	}
	if (self && c->underlay == self->dev->ifindex &&
	    net_eq(net, dev_net(self->dev))) {
		NL_SET_ERR_MSG_ATTR(extack, data[TUNIP_LINK_UNDERLAY],
				    "an interface cannot be its own underlay");
		return -ELOOP;
	}
	list_for_each_entry(td, &tn->devices, net_list) {
		if (td != self && td->underlay == c->underlay &&
		    tunip_ends_equal(&td->ends, &c->ends)) {
			NL_SET_ERR_MSG_ATTR(extack, data[c->ends.v6 ?
							 TUNIP_LINK_REMOTE6 :
							 TUNIP_LINK_REMOTE],
					    "another interface has the same local, remote and underlay");
			return -EEXIST;
		}
	}
	return 0;
}

static void apply_link(struct tunip_dev *td, const struct link_config *c)
{
	mutex_lock(&td->config_lock);
	td->ends = c->ends;
	mutex_unlock(&td->config_lock);
	WRITE_ONCE(td->ttl, c->ttl);
	WRITE_ONCE(td->tos, c->tos);
	WRITE_ONCE(td->df, c->df);
	WRITE_ONCE(td->underlay, c->underlay);
	WRITE_ONCE(td->local_only, c->local_only);
}

static int link_new(struct net_device *dev, struct rtnl_newlink_params *params,
		    struct netlink_ext_ack *extack)
{
	struct net *net = rtnl_newlink_link_net(params);
	struct tunip_net *tn = net_generic(net, tunip_net_id);
	struct link_config c = {
		.ttl = TUNIP_TTL_DEFAULT,
		.tos = TUNIP_TOS_COPY,
		.df = TUNIP_DF_COPY,
	};
	struct tunip_dev *td = netdev_priv(dev);
	int err;

	if (!params->data) {
		NL_SET_ERR_MSG(extack,
			       "local and remote address are required");
		return -EINVAL;
	}
	parse_link(params->data, &c);
	err = check_link(net, NULL, &c, params->data, extack);
	if (err)
		return err;
	td->net = net;
	apply_link(td, &c);
	td->mtu_fixed = params->tb[IFLA_MTU];
	if (c.ends.v6 && !td->mtu_fixed)
		dev->mtu -= TUNIP_OUTER_IPV6_LEN - TUNIP_OUTER_IPV4_LEN;
	netif_carrier_off(dev);
	err = register_netdevice(dev);
	if (err)
		return err;
	list_add_tail(&td->net_list, &tn->devices);
	return 0;
}
TUNIP_NEWLINK(link_new)

/* A changed underlay makes the cached outer routes wrong. */
static void reset_routes(struct tunip_dev *td)
{
	struct tunip_sa *sa;

	mutex_lock(&td->config_lock);
	list_for_each_entry(sa, &td->sas, list)
		dst_cache_reset(&sa->dst_cache);
	mutex_unlock(&td->config_lock);
}

static int link_change(struct net_device *dev, struct nlattr *tb[],
		       struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct tunip_dev *td = netdev_priv(dev);
	struct link_config c = {
		.ends = td->ends,
		.underlay = td->underlay,
		.ttl = td->ttl,
		.tos = td->tos,
		.df = td->df,
		.local_only = td->local_only,
	};
	int err;

	if (!data)
		return 0;
	/* The outer side belongs to the namespace of birth. */
	if (!ns_capable(td->net->user_ns, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(extack,
			       "not permitted in the interface's outer namespace");
		return -EPERM;
	}
	parse_link(data, &c);
	err = check_link(td->net, td, &c, data, extack);
	if (err)
		return err;
	apply_link(td, &c);
	reset_routes(td);
	tunip_dev_derive(td);
	tunip_rri_kick(td);
	return 0;
}

static size_t link_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(struct in6_addr)) * 2 +
	       nla_total_size(sizeof(u8)) * 4 + nla_total_size(sizeof(u32));
}

static int link_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct tunip_dev *td = netdev_priv(dev);

	const struct tunip_ends *ends = &td->ends;

	if (tunip_addr_put(skb, ends->v6 ? TUNIP_LINK_LOCAL6 :
					   TUNIP_LINK_LOCAL,
			   &ends->local, ends->v6) ||
	    tunip_addr_put(skb, ends->v6 ? TUNIP_LINK_REMOTE6 :
					   TUNIP_LINK_REMOTE,
			   &ends->remote, ends->v6) ||
	    nla_put_u8(skb, TUNIP_LINK_TTL, td->ttl) ||
	    nla_put_u8(skb, TUNIP_LINK_TOS, td->tos) ||
	    nla_put_u8(skb, TUNIP_LINK_DF, td->df) ||
	    nla_put_u32(skb, TUNIP_LINK_UNDERLAY, td->underlay) ||
	    nla_put_u8(skb, TUNIP_LINK_LOCAL_ONLY, td->local_only))
		return -EMSGSIZE;
	return 0;
}

static struct net *link_get_net(const struct net_device *dev)
{
	const struct tunip_dev *td = netdev_priv(dev);

	return td->net;
}

static struct rtnl_link_ops tunip_link_ops __read_mostly = {
	.kind		= TUNIP_GENL_NAME,
	.maxtype	= TUNIP_LINK_MAX,
	.policy		= link_policy,
	.priv_size	= sizeof(struct tunip_dev),
	.setup		= tunip_dev_setup,
	.validate	= link_validate,
	.newlink	= tunip_newlink(link_new),
	.changelink	= link_change,
	.get_size	= link_get_size,
	.fill_info	= link_fill_info,
	.get_link_net	= link_get_net,
};

static int __net_init tunip_net_init(struct net *net)
{
	struct tunip_net *tn = net_generic(net, tunip_net_id);
	int i;

	INIT_LIST_HEAD(&tn->devices);
	atomic_set(&tn->users, 0);
	atomic_set(&tn->last_sa_id, 0);
	atomic_set(&tn->early_octets, 0);
	for (i = 0; i < TUNIP_DUMPS; i++)
		atomic_set(&tn->generation[i], 1);
	return 0;
}

/*
 * Interfaces that live in a dying namespace are removed by the core; those
 * that live elsewhere but send through it are removed here. One that somebody
 * else is removing just now is on no list any more, but its packets, SAs and
 * routes to them are of this namespace as long as there are any.
 */
static void __net_exit tunip_net_exit_batch(struct list_head *nets)
{
	struct tunip_dev *td;
	struct tunip_net *tn;
	struct net *net;
	LIST_HEAD(gone);

	rtnl_lock();
	list_for_each_entry(net, nets, exit_list) {
		tn = net_generic(net, tunip_net_id);
		list_for_each_entry(td, &tn->devices, net_list)
			unregister_netdevice_queue(td->dev, &gone);
	}
	unregister_netdevice_many(&gone);
	rtnl_unlock();
	list_for_each_entry(net, nets, exit_list) {
		tn = net_generic(net, tunip_net_id);
		wait_var_event(&tn->users, !atomic_read(&tn->users));
	}
}

static struct pernet_operations tunip_net_ops = {
	.init		= tunip_net_init,
	.exit_batch	= tunip_net_exit_batch,
	.id		= &tunip_net_id,
	.size		= sizeof(struct tunip_net),
};

/* A changed underlay: interfaces above it follow with their MTU. */
static void derive_above(struct net_device *dev)
{
	struct tunip_net *tn = net_generic(dev_net(dev), tunip_net_id);
	struct tunip_dev *td;

	list_for_each_entry(td, &tn->devices, net_list)
		if (td->dev != dev)
			tunip_dev_derive(td);
}

/* rtnl is held. */
static int netdev_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (tunip_dev_is_ours(dev))
		tunip_rri_kick(netdev_priv(dev));
	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_UNREGISTER:
		/* Also when it goes from one namespace to another. */
		if (!tunip_dev_is_ours(dev))
			break;
		tunip_link_changed(dev_net(dev), TUNIP_DUMP_DEVS);
		tunip_link_changed(dev_net(dev), TUNIP_DUMP_ROUTES);
		break;
	case NETDEV_UP:
	case NETDEV_CHANGE:
		if (tunip_dev_is_ours(dev))
			tunip_dev_keep_reachable(dev);
		else if (event == NETDEV_UP)
			derive_above(dev);
		break;
	case NETDEV_CHANGEMTU:
		derive_above(dev);
		break;
	case NETDEV_CHANGE_TX_QUEUE_LEN:
		/* The queues come to a rest after this. */
		if (tunip_dev_is_ours(dev))
			tunip_dev_derive(netdev_priv(dev));
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = {
	.notifier_call = netdev_event,
};

MODULE_ALIAS_RTNL_LINK(TUNIP_GENL_NAME);

/**
 * tunip_link_net_init - what belongs to namespaces
 *
 * Before anything can be asked about one: a dump may come as soon as there is a
 * netlink family, even while the module is loading.
 */
int tunip_link_net_init(void)
{
	return register_pernet_subsys(&tunip_net_ops);
}

/** tunip_link_net_exit - waits for interfaces that others are removing */
void tunip_link_net_exit(void)
{
	unregister_pernet_subsys(&tunip_net_ops);
}

int tunip_link_init(void)
{
	int err;

	err = register_netdevice_notifier(&netdev_notifier);
	if (err)
		return err;
	err = rtnl_link_register(&tunip_link_ops);
	if (err)
		unregister_netdevice_notifier(&netdev_notifier);
	return err;
}

void tunip_link_exit(void)
{
	rtnl_link_unregister(&tunip_link_ops);
	unregister_netdevice_notifier(&netdev_notifier);
}
