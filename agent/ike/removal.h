/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taking SAs and interfaces out of the kernel. Keys that nobody wants must not
 * stay because there was no memory for a message just then: what cannot be
 * removed is tried again every second, and at the end once more.
 */
#ifndef AGENT_IKE_REMOVAL_H
#define AGENT_IKE_REMOVAL_H

#include "ike/engine.h"

void removal_init(struct ike *ike);
/* The last try. */
void removal_fini(struct ike *ike);

/**
 * removal_sa - remove an SA, later if not now
 * @obj: what the log line is about
 * @linger_ms: see knl_ops
 */
void removal_sa(struct ike *ike, const struct log_obj *obj,
		unsigned int ifindex, enum knl_dir dir, uint32_t spi,
		uint32_t linger_ms);
/* The same for an interface; not if a tunnel has it again by then. */
void removal_link(struct ike *ike, const struct log_obj *obj,
		  unsigned int ifindex);

#endif
