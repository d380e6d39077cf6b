// SPDX-License-Identifier: GPL-2.0
/*
 * Events that were lost, put together from what the kernel has.
 */

#include "ike/resync.h"

#include "ike/child.h"
#include "ike/tunnel.h"
#include "util/err.h"

/* What still waits in the socket is read first; a flood is one occasion. */
#define RESYNC_MS	100

void resync_begin(struct ike *ike)
{
	if (timer_armed(&ike->resync))
		return;
	ike->count.events_lost++;
	log_write_limited(&ike->limit, LOG_LEVEL_WARNING, NULL,
			  "events of the kernel were lost: asking for what they said");
	timer_set(&ike->resync, RESYNC_MS);
}

static unsigned int index_of(const struct ike *ike, const char *name)
{
	return *name ? ike->env.knl->ifindex(ike->env.knl_arg, name) : 0;
}

/* Its limits, and whether it is there at all. Return: whether all is well. */
static bool check_sa(struct tunnel *t, enum knl_dir dir, uint32_t spi)
{
	const struct ike_env *env = &t->ike->env;
	struct knl_event ev = { .type = KNL_EV_SOFT_EXPIRE,
				.ifindex = t->ifindex, .dir = dir, .spi = spi };
	struct knl_sa_info info;
	int err;

	err = env->knl->sa_get(env->knl_arg, t->ifindex, dir, spi, &info);
	if (err == ERR_NOT_FOUND)
		ev.type = KNL_EV_HARD_EXPIRE;
	else if (err || !knl_sa_is_worn(&info))
		return true;
	ike_kernel_event(t->ike, &ev);
	return false;
}

static void check_child(struct tunnel *t)
{
	uint32_t in = t->child->spi_in;

	if (check_sa(t, KNL_OUT, t->child->spi_out))
		check_sa(t, KNL_IN, in);
}

static bool lost_its_vrf(const struct tunnel *t)
{
	return (t->fvrf && index_of(t->ike, t->cfg->tunnel_vrf) != t->fvrf) ||
	       (t->vrf && index_of(t->ike, t->cfg->vrf) != t->vrf);
}

static void check_tunnel(struct tunnel *t)
{
	struct knl_event ev = { .type = KNL_EV_LINK_GONE,
				.ifindex = t->ifindex };

	if (!t->ifindex || !t->listening)
		tunnel_place_found(t);
	else if (index_of(t->ike, t->cfg->name) != t->ifindex)
		ike_kernel_event(t->ike, &ev);
	else if (lost_its_vrf(t))
		tunnel_place_lost(t);
	else if (t->child)
		check_child(t);
	if (*t->cfg->source_iface)
		tunnel_check_source(t, index_of(t->ike, t->cfg->source_iface));
}

void resync_run(void *arg)
{
	struct ike *ike = arg;
	struct tunnel *t;

	list_for_each(t, &ike->tunnels, struct tunnel, list)
		check_tunnel(t);
}
