/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels. The only file that mentions a kernel version;
 * everything else is written against the newest interface.
 */
#ifndef TUNIP_COMPAT_H
#define TUNIP_COMPAT_H

#include <linux/crypto.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/version.h>

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

#endif
