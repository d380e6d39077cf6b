/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The security association database: every installed SA, found by outer
 * namespace and SPI. Readers use RCU, writers hold the config_lock of the
 * SA's interface.
 */
#ifndef TUNIP_SAD_H
#define TUNIP_SAD_H

#include "sa.h"

int tunip_sad_init(void);
void tunip_sad_exit(void);
int tunip_sad_insert(struct tunip_sa *sa);
void tunip_sad_remove(struct tunip_sa *sa);
struct tunip_sa *tunip_sad_find_in(const struct net *net, __be32 spi);
struct tunip_sa *tunip_sad_find_out(const struct net *net, __be32 spi,
				    __be32 daddr);
struct tunip_sa *tunip_sad_find_out6(const struct net *net, __be32 spi,
				     const struct in6_addr *daddr);
void tunip_sad_set_daddr6(struct tunip_sa_key *key,
			  const struct in6_addr *daddr);

#endif
