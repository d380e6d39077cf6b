/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Key sources for the control socket.
 */
#ifndef AGENT_CTL_SHOW_SKS_H
#define AGENT_CTL_SHOW_SKS_H

#include "ppk/sks.h"

struct json_object;

/* "sks-profiles" of the answer; @sks NULL: there are none. */
void ctl_show_sks(const struct sks *sks, struct json_object *answer);

#endif
