/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that needs the kernel's IPv6: outer IPv6 headers, routes and the
 * ESP handler, and IPv6 on the interface itself. Without CONFIG_IPV6 there is
 * nothing behind it; with IPv6 switched off at boot, tunip_outer6_usable() says
 * so and no tunnel over IPv6 comes to be. Inner IPv6 packets need none of it.
 */
#ifndef TUNIP_OUTER6_H
#define TUNIP_OUTER6_H

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/types.h>

struct dst_entry;
struct fib_notifier_info;
struct net;
struct net_device;
struct sk_buff;
struct tunip_dev;
struct tunip_ends;
struct tunip_prefix;
struct tunip_sa;
struct tunip_selector;
union tunip_addr;

#if IS_ENABLED(CONFIG_IPV6)

int tunip_outer6_init(void);
void tunip_outer6_exit(void);
bool tunip_outer6_usable(void);
struct dst_entry *tunip_route6_lookup(const struct tunip_dev *td,
				      const struct tunip_ends *ends, bool udp,
				      __be32 flowlabel);
struct dst_entry *tunip_route6_get(const struct tunip_dev *td,
				   struct tunip_sa *sa);
int tunip_encap6_output(struct tunip_dev *td, struct tunip_sa *sa,
			struct sk_buff *skb, struct dst_entry *dst);
void tunip_inner6_open(struct net_device *dev);
bool tunip_inner6_in_use(const struct net_device *dev);
bool tunip_inner6_source(struct net *net, u32 table,
			 const struct tunip_selector *sel,
			 union tunip_addr *found);
void tunip_event6_prefix(const struct fib_notifier_info *info,
			 struct tunip_prefix *p, u32 *table);

#else

static inline int tunip_outer6_init(void)
{
	return 0;
}

static inline void tunip_outer6_exit(void)
{
}

static inline bool tunip_outer6_usable(void)
{
	return false;
}

static inline struct dst_entry *
tunip_route6_lookup(const struct tunip_dev *td, const struct tunip_ends *ends,
		    bool udp, __be32 flowlabel)
{
	return ERR_PTR(-EAFNOSUPPORT);
}

static inline struct dst_entry *tunip_route6_get(const struct tunip_dev *td,
						 struct tunip_sa *sa)
{
	return ERR_PTR(-EAFNOSUPPORT);
}

/* Never reached: there is no route to be had. */
static inline int tunip_encap6_output(struct tunip_dev *td,
				      struct tunip_sa *sa, struct sk_buff *skb,
				      struct dst_entry *dst)
{
	return -EAFNOSUPPORT;
}

static inline void tunip_inner6_open(struct net_device *dev)
{
}

static inline bool tunip_inner6_in_use(const struct net_device *dev)
{
	return false;
}

static inline bool tunip_inner6_source(struct net *net, u32 table,
				       const struct tunip_selector *sel,
				       union tunip_addr *found)
{
	return false;
}

/* Never reached: nobody tells of IPv6 routes. */
static inline void tunip_event6_prefix(const struct fib_notifier_info *info,
				       struct tunip_prefix *p, u32 *table)
{
}

#endif

#endif
