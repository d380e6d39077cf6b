/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels, from 6.1 on. The only file that mentions a
 * kernel version; everything else is written against one interface.
 */
#ifndef TUNIP_COMPAT_H
#define TUNIP_COMPAT_H

#include <linux/crypto.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <net/flow.h>
#include <net/genetlink.h>
#include <net/inet_dscp.h>
#include <net/rtnetlink.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>		/* skb_gso_segment() */
#endif

/* The second argument of __assign_str() went away in 6.10. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define tunip_assign_str(field, value)	__assign_str(field, value)
#else
#define tunip_assign_str(field, value)	__assign_str(field)
#endif

/*
 * The packet path relies on the sections of a CPU that have bottom halves disabled
 * not to interrupt each other. A kernel for real time can be built without that.
 */
#if IS_ENABLED(CONFIG_PREEMPT_RT) &&					\
	LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0) &&		\
	!IS_ENABLED(CONFIG_PREEMPT_RT_NEEDS_BH_LOCK)
#error "tunnel_ip needs CONFIG_PREEMPT_RT_NEEDS_BH_LOCK"
#endif

/* ndo_start_xmit does its own locking. */
static inline void tunip_set_lltx(struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	dev->features |= NETIF_F_LLTX;
#else
	dev->lltx = true;
#endif
}

/* A device that never registers, to hang NAPI contexts on. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
static inline struct net_device *tunip_alloc_netdev_dummy(void)
{
	struct net_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (dev)
		init_dummy_netdev(dev);
	return dev;
}

static inline void tunip_free_netdev_dummy(struct net_device *dev)
{
	kfree(dev);
}
#else
static inline struct net_device *tunip_alloc_netdev_dummy(void)
{
	return alloc_netdev_dummy(0);
}

static inline void tunip_free_netdev_dummy(struct net_device *dev)
{
	free_netdev(dev);
}
#endif

/* What a crypto completion is called with. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
typedef struct crypto_async_request tunip_crypto_arg_t;

static inline void *tunip_crypto_data(struct crypto_async_request *base)
{
	return base->data;
}
#else
typedef void tunip_crypto_arg_t;

static inline void *tunip_crypto_data(void *data)
{
	return data;
}
#endif

/* rtnl_link_ops.newlink takes its arguments in a structure since 6.15. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
struct rtnl_newlink_params {
	struct net *src_net;
	struct nlattr **tb;
	struct nlattr **data;
};

static inline struct net *
rtnl_newlink_link_net(const struct rtnl_newlink_params *params)
{
	return params->src_net;
}

#define TUNIP_NEWLINK(function)						\
static int function##_in_words(struct net *net, struct net_device *dev,	\
			       struct nlattr *tb[],			\
			       struct nlattr *data[],			\
			       struct netlink_ext_ack *extack)		\
{									\
	struct rtnl_newlink_params params = { net, tb, data };		\
									\
	return function(dev, &params, extack);				\
}
#define tunip_newlink(function)	function##_in_words
#else
#define TUNIP_NEWLINK(function)
#define tunip_newlink(function)	function
#endif

/* The attributes of a dump request moved into struct genl_info in 6.6. */
static inline struct nlattr **tunip_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	return genl_dumpit_info(cb)->attrs;
#else
	return genl_dumpit_info(cb)->info.attrs;
#endif
}

/* Who may listen to a group; the oldest kernels let anybody. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define TUNIP_MCGRP_ADMIN	.flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define TUNIP_MCGRP_ADMIN
#endif

/* struct flowi4 holds a dscp_t instead of a TOS since 6.18. */
static inline void tunip_flow_set_dscp(struct flowi4 *fl4, u8 tos)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
	fl4->flowi4_tos = tos & INET_DSCP_MASK;
#else
	fl4->flowi4_dscp = inet_dsfield_to_dscp(tos);
#endif
}

#endif
