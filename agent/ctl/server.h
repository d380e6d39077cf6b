/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control socket: clients, lines, queues.
 */
#ifndef AGENT_CTL_SERVER_H
#define AGENT_CTL_SERVER_H

#include "event/loop.h"
#include "ctl/cmd.h"

struct ctl;

#define CTL_WHY	256

/**
 * ctl_new - listen on the control socket
 * @reload: copied
 * @path: replaced if nobody answers on it
 * @why: a sentence on failure, e.g. that another agent is running
 */
struct ctl *ctl_new(struct loop *loop, struct ike *ike,
		    const struct ctl_reload *reload, const char *path,
		    char why[CTL_WHY]);
void ctl_free(struct ctl *ctl);

#endif
