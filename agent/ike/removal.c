// SPDX-License-Identifier: GPL-2.0
/*
 * SAs and interfaces that the kernel has to let go of.
 */

#include "ike/removal.h"

#include <stdlib.h>

#include "ike/child.h"
#include "ike/tunnel.h"
#include "util/err.h"

#define RETRY_MS	1000

/** struct removal - what could not be removed yet; without @spi an interface */
struct removal {
	struct list list;
	unsigned int ifindex;
	enum knl_dir dir;
	uint32_t spi;
	uint32_t linger_ms;
};

/* Return: 0 also when there is no such thing any more. */
static int ask(struct ike *ike, const struct removal *r, char why[KNL_WHY])
{
	const struct ike_env *env = &ike->env;
	int err;

	*why = '\0';
	/* They went with their interface. */
	if (!r->ifindex)
		return 0;
	err = r->spi ? env->knl->sa_del(env->knl_arg, r->ifindex, r->dir,
					r->spi, r->linger_ms, why) :
		       env->knl->link_del(env->knl_arg, r->ifindex, why);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static void tell(struct ike *ike, const struct log_obj *obj,
		 const struct removal *r, const char *then, const char *why)
{
	if (r->spi)
		log_write_limited(&ike->limit, LOG_LEVEL_ERROR, obj,
				  "the kernel does not remove the %s SA of SPI 0x%08x, %s: %s",
				  r->dir == KNL_OUT ? "outbound" : "inbound",
				  r->spi, then, why);
	else
		log_write_limited(&ike->limit, LOG_LEVEL_ERROR, obj,
				  "the kernel does not delete the interface of index %u, %s: %s",
				  r->ifindex, then, why);
}

static void remove_soon(struct ike *ike, const struct log_obj *obj,
			const struct removal *what)
{
	char why[KNL_WHY];
	struct removal *r;

	if (!ask(ike, what, why))
		return;
	r = malloc(sizeof(*r));
	tell(ike, obj, what, r ? "which is tried again" : "which is given up",
	     *why ? why : err_text(ERR_NOMEM));
	if (!r)
		return;
	ike->count.removals_delayed++;
	*r = *what;
	list_add_tail(&ike->removals, &r->list);
	if (!timer_armed(&ike->removal))
		timer_set(&ike->removal, RETRY_MS);
}

/* Has it come to be wanted meanwhile? The peer chooses outbound SPIs. */
static bool is_wanted(struct ike *ike, const struct removal *r)
{
	struct tunnel *t = tunnel_find_ifindex(ike, r->ifindex);
	struct child_sa *child;
	struct ike_sa *sa;

	if (!t || !r->spi)
		return t;
	list_for_each(sa, &t->sas, struct ike_sa, of_tunnel) {
		child = r->dir == KNL_OUT ? child_find_spi_out(sa, r->spi) :
					    child_find_spi_in(sa, r->spi);
		if (child && (r->dir == KNL_OUT ?
			      child->outbound != OUTBOUND_NONE :
			      child->installed_in))
			return true;
	}
	return false;
}

static void forget(struct removal *r)
{
	list_del(&r->list);
	free(r);
}

static void on_retry(void *arg)
{
	struct removal *r, *tmp;
	struct ike *ike = arg;
	char why[KNL_WHY];

	list_for_each_safe(r, tmp, &ike->removals, struct removal, list) {
		if (is_wanted(ike, r) || !ask(ike, r, why))
			forget(r);
	}
	if (!list_empty(&ike->removals))
		timer_set(&ike->removal, RETRY_MS);
}

void removal_init(struct ike *ike)
{
	list_init(&ike->removals);
	timer_init(&ike->removal, ike->env.timers, on_retry, ike);
}

void removal_fini(struct ike *ike)
{
	struct removal *r, *tmp;
	char why[KNL_WHY];

	timer_cancel(&ike->removal);
	list_for_each_safe(r, tmp, &ike->removals, struct removal, list) {
		if (ask(ike, r, why))
			tell(ike, NULL, r, "which is left to the next agent",
			     why);
		forget(r);
	}
}

void removal_sa(struct ike *ike, const struct log_obj *obj,
		unsigned int ifindex, enum knl_dir dir, uint32_t spi,
		uint32_t linger_ms)
{
	struct removal r = { .ifindex = ifindex, .dir = dir, .spi = spi,
			     .linger_ms = linger_ms };

	remove_soon(ike, obj, &r);
}

void removal_link(struct ike *ike, const struct log_obj *obj,
		  unsigned int ifindex)
{
	struct removal r = { .ifindex = ifindex };

	remove_soon(ike, obj, &r);
}
