// SPDX-License-Identifier: GPL-2.0
/*
 * What an interface was asked for: taken over, and let go.
 */

#include <linux/memcontrol.h>
#include <linux/slab.h>

#include "device.h"

void tunip_rri_config_free(struct tunip_rri_config *config)
{
	if (config)
		kfree(config->policy);
	kfree(config);
}

/**
 * tunip_rri_set - take over a configuration
 * @td: the interface
 * @config: checked; NULL takes everything out again
 *
 * May sleep.
 */
void tunip_rri_set(struct tunip_dev *td, struct tunip_rri_config *config)
{
	struct mem_cgroup *payer, *before;
	struct tunip_rri_config *old;

	payer = config ? get_mem_cgroup_from_mm(current->mm) : NULL;
	mutex_lock(&td->config_lock);
	old = td->rri.config;
	td->rri.config = config;
	before = td->rri.payer;
	WRITE_ONCE(td->rri.payer, payer);
	if (config)
		WRITE_ONCE(td->rri.on, true);
	mutex_unlock(&td->config_lock);
	tunip_rri_config_free(old);
	tunip_rri_kick(td);
	tunip_rri_wait(td);
	/* No work is left that began with it. */
	mem_cgroup_put(before);
}

/** tunip_rri_free - what an interface still has, at its very end */
void tunip_rri_free(struct tunip_dev *td)
{
	tunip_rri_config_free(td->rri.config);
	mem_cgroup_put(td->rri.payer);
}
