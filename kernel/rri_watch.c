// SPDX-License-Identifier: GPL-2.0
/*
 * Hears what others do to the routing tables of namespaces in which interfaces
 * have claims.
 */

#include "rri_watch.h"

#include <net/fib_notifier.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/netns/generic.h>

#include "outer6.h"
#include "rri.h"
#include "rri_table.h"

/** struct rri_net - watches the tables of a namespace that has claims */
struct rri_net {
	struct notifier_block fib_nb;
	struct net *net;
	bool watching;
};

static unsigned int rri_net_id __read_mostly;

/*
 * An address of this host comes and goes with a route of its own. Unlike the
 * chains of addresses this tells when duplicate address detection is over, and
 * only where somebody has claims.
 */
static bool is_address(const struct fib_notifier_info *info)
{
	const struct fib6_entry_notifier_info *fen6;

	if (info->family == AF_INET)
		return container_of(info, struct fib_entry_notifier_info,
				    info)->type == RTN_LOCAL;
	fen6 = container_of(info, struct fib6_entry_notifier_info, info);
	return fen6->rt->fib6_type == RTN_LOCAL;
}

/*
 * The notifier tells of the best route of a destination only: one that goes
 * beneath another of the same prefix is missed when that one goes. If that is
 * one of ours, the work looks before it takes it out.
 */
static int fib_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct rri_net *rn = container_of(nb, struct rri_net, fib_nb);
	const struct fib_notifier_info *info = ptr;
	const struct fib_entry_notifier_info *fen = ptr;
	struct tunip_prefix p;
	u32 table;

	if (tunip_table_own_change())
		return NOTIFY_DONE;
	if (event == FIB_EVENT_RULE_DEL)
		tunip_rri_verify_rules(rn->net);
	if (event != FIB_EVENT_ENTRY_DEL && event != FIB_EVENT_ENTRY_REPLACE)
		return NOTIFY_DONE;
	memset(&p, 0, sizeof(p));
	if (info->family == AF_INET) {
		p.addr.v4 = htonl(fen->dst);
		p.len = fen->dst_len;
		table = fen->tb_id;
	} else if (info->family == AF_INET6) {
		tunip_event6_prefix(info, &p, &table);
	} else {
		return NOTIFY_DONE;
	}
	if (is_address(info))
		tunip_rri_readdress(rn->net, &p);
	tunip_rri_verify_prefix(rn->net, table, &p);
	return NOTIFY_DONE;
}

/**
 * tunip_watch_tables - from the first claim in a namespace on
 * @net: the namespace; rri_lock is held
 *
 * May sleep. Return: 0; -EBUSY while the tables change too fast.
 */
int tunip_watch_tables(struct net *net)
{
	struct rri_net *rn = net_generic(net, rri_net_id);
	int err;

	if (rn->watching)
		return 0;
	rn->fib_nb.notifier_call = fib_event;
	err = register_fib_notifier(net, &rn->fib_nb, NULL, NULL);
	rn->watching = !err;
	return err;
}

static int __net_init rri_net_init(struct net *net)
{
	struct rri_net *rn = net_generic(net, rri_net_id);

	rn->net = net;
	rn->watching = false;
	return 0;
}

/*
 * Tables and routes go with the namespace; who claimed some forgets them.
 * Nobody begins to watch it: that needs a reference.
 */
static void __net_exit rri_net_exit(struct net *net)
{
	struct rri_net *rn = net_generic(net, rri_net_id);

	if (rn->watching)
		unregister_fib_notifier(net, &rn->fib_nb);
	rn->watching = false;
	tunip_rri_forget(net);
}

static struct pernet_operations rri_net_ops = {
	.init	= rri_net_init,
	.exit	= rri_net_exit,
	.id	= &rri_net_id,
	.size	= sizeof(struct rri_net),
};

int tunip_watch_init(void)
{
	return register_pernet_subsys(&rri_net_ops);
}

void tunip_watch_exit(void)
{
	unregister_pernet_subsys(&rri_net_ops);
}
