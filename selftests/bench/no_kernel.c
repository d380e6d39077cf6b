// SPDX-License-Identifier: GPL-2.0
/*
 * No kernel.
 */

#include "no_kernel.h"

#include "util/err.h"

static unsigned int no_ifindex(void *arg, const char *name)
{
	return 1;
}

static int no_address(void *arg, const char *name, sa_family_t family,
		      struct addr *out)
{
	return ERR_NOT_FOUND;
}

static int no_links(void *arg, knl_link_fn fn, void *fn_arg, char why[KNL_WHY])
{
	return 0;
}

static int no_link_add(void *arg, const struct knl_link *link,
		       unsigned int *ifindex, char why[KNL_WHY])
{
	static unsigned int last = 1;

	*ifindex = ++last;
	return 0;
}

static int no_link_set(void *arg, unsigned int ifindex,
		       const struct knl_link *was, const struct knl_link *link,
		       char why[KNL_WHY])
{
	return 0;
}

static int no_link_del(void *arg, unsigned int ifindex, char why[KNL_WHY])
{
	return 0;
}

static int no_sa_add(void *arg, const struct knl_sa *sa, char why[KNL_WHY])
{
	return 0;
}

static int no_sa_del(void *arg, unsigned int ifindex, enum knl_dir dir,
		     uint32_t spi, uint32_t linger_ms, char why[KNL_WHY])
{
	return 0;
}

static int no_sa_expect(void *arg, unsigned int ifindex, uint32_t spi,
			unsigned int seconds, char why[KNL_WHY])
{
	return 0;
}

static int no_sa_flush(void *arg, unsigned int ifindex, char why[KNL_WHY])
{
	return 0;
}

static int no_sa_get(void *arg, unsigned int ifindex, enum knl_dir dir,
		     uint32_t spi, struct knl_sa_info *out)
{
	return ERR_NOT_FOUND;
}

static int no_rri_set(void *arg, unsigned int ifindex,
		      const struct knl_rri *rri, char why[KNL_WHY])
{
	return 0;
}

const struct knl_ops no_kernel = {
	.ifindex = no_ifindex,
	.address = no_address,
	.links = no_links,
	.link_add = no_link_add,
	.link_set = no_link_set,
	.link_del = no_link_del,
	.sa_add = no_sa_add,
	.sa_del = no_sa_del,
	.sa_expect = no_sa_expect,
	.sa_flush = no_sa_flush,
	.sa_get = no_sa_get,
	.rri_set = no_rri_set,
};
