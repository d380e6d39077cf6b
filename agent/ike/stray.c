// SPDX-License-Identifier: GPL-2.0
/*
 * Interfaces, SAs and reverse routes of an agent that was killed.
 */

#include "ike/stray.h"

#include <stdlib.h>
#include <string.h>

#include "ike/tunnel.h"
#include "util/err.h"

#define ROUTER_NAME	"tunnel-ip"
/* Each time interfaces came or went meanwhile. */
#define TRIES		5

/** struct finding - the interfaces that there are */
struct finding {
	struct knl_link_info *link;
	size_t count, room;
	bool failed;			/* no memory */
};

static void on_link(void *arg, const struct knl_link_info *info)
{
	struct knl_link_info *more;
	struct finding *f = arg;

	if (f->count == f->room) {
		more = realloc(f->link, (f->room * 2 + 8) * sizeof(*more));
		if (!more) {
			f->failed = true;
			return;
		}
		f->link = more;
		f->room = f->room * 2 + 8;
	}
	f->link[f->count++] = *info;
}

static void find_all(struct ike *ike, struct finding *f)
{
	const struct ike_env *env = &ike->env;
	unsigned int i = 0;
	char why[KNL_WHY];
	int err;

	do {
		f->count = 0;
		f->failed = false;
		err = env->knl->links(env->knl_arg, on_link, f, why);
	} while (err == ERR_AGAIN && ++i < TRIES);
	if (err || f->failed)
		log_warning(NULL, "interfaces of an earlier agent may be left: %s",
			    err ? why : err_text(ERR_NOMEM));
}

/* "tunnel-ip7" */
static bool is_router_name(const char *name)
{
	size_t n = strlen(ROUTER_NAME);

	return strncmp(name, ROUTER_NAME, n) == 0 && name[n] &&
	       !name[n + strspn(name + n, "0123456789")];
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the configuration, in order. Return: NULL without memory. */
static const char **wanted_names(const struct cfg *cfg)
{
	const char **names = calloc(cfg->iface_count + 1, sizeof(*names));
	unsigned int i;

	if (!names)
		return NULL;
	for (i = 0; i < cfg->iface_count; i++)
		names[i] = cfg->ifaces[i].name;
	qsort(names, cfg->iface_count, sizeof(*names), name_cmp);
	return names;
}

static void tell(const struct knl_link_info *link, const char *done, int err,
		 const char *why)
{
	if (err)
		log_error(NULL, "%s is not in the configuration, but cannot be deprived of its SAs and routes: %s",
			  link->name, why);
	else
		log_notice(NULL, "%s is not in the configuration: %s",
			   link->name, done);
}

static void remove_stray(struct ike *ike, const struct knl_link_info *link)
{
	static const struct knl_rri off = { .on = false };
	const struct ike_env *env = &ike->env;
	char why[KNL_WHY] = "", sentence[KNL_WHY];
	int err;

	if (link->marked &&
	    !env->knl->link_del(env->knl_arg, link->ifindex, why)) {
		tell(link, "deleted, as an earlier agent has made it", 0, NULL);
		return;
	}
	if (!link->marked && !is_router_name(link->name))
		return;
	err = env->knl->sa_flush(env->knl_arg, link->ifindex, why);
	if (env->knl->rri_set(env->knl_arg, link->ifindex, &off,
			      err ? sentence : why))
		err = ERR_KERNEL;
	tell(link, link->marked ?
	     "its SAs and reverse routes are removed; the interface itself could not be" :
	     "its SAs and reverse routes are removed; the interface stays, as no agent has made it",
	     err, why);
}

/* It may be long until its tunnel can start, and nobody has them now. */
static void flush(struct ike *ike, const struct knl_link_info *link)
{
	const struct ike_env *env = &ike->env;
	char why[KNL_WHY] = "";

	if (env->knl->sa_flush(env->knl_arg, link->ifindex, why))
		log_error(NULL, "SAs of an earlier agent may be left on %s: %s",
			  link->name, why);
}

void stray_clear(struct ike *ike)
{
	unsigned int n = ike->cfg->iface_count;
	const char **names = wanted_names(ike->cfg);
	struct finding f = { 0 };
	const char *name;
	size_t i;

	if (ike->env.not_alone) {
		log_warning(NULL, "another tunneld is in this network namespace: what an earlier one may have left there stays");
		goto out_free;
	}
	if (!names) {
		log_warning(NULL, "interfaces of an earlier agent may be left: %s",
			    err_text(ERR_NOMEM));
		return;
	}
	find_all(ike, &f);
	for (i = 0; i < f.count; i++) {
		name = f.link[i].name;
		if (bsearch(&name, names, n, sizeof(*names), name_cmp))
			flush(ike, &f.link[i]);
		else
			remove_stray(ike, &f.link[i]);
	}
	free(f.link);
out_free:
	free(names);
}
