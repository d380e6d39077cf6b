/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ends of lives: soft and hard limits of SAs, the switch of a pending
 * transmit SA after its delay, the end of a lingering inbound SA. One delayed
 * work per SA; what it does runs in process context under config_lock.
 */
#ifndef TUNIP_LIFETIME_H
#define TUNIP_LIFETIME_H

#include <linux/types.h>

struct tunip_sa;

void tunip_lifetime_init(struct tunip_sa *sa);
void tunip_lifetime_start(struct tunip_sa *sa);
void tunip_lifetime_kick(struct tunip_sa *sa);
void tunip_lifetime_linger(struct tunip_sa *sa, u32 ms);
void tunip_lifetime_stop(struct tunip_sa *sa);

#endif
