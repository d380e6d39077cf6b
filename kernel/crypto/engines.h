/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engines behind the batch call. aead.c, over the kernel crypto API, is the
 * reference and runs on any architecture.
 */
#ifndef TUNIP_CRYPTO_ENGINES_H
#define TUNIP_CRYPTO_ENGINES_H

#include <linux/types.h>

struct crypto_aead;
struct netlink_ext_ack;
struct tunip_batch;
struct tunip_sa_params;

struct crypto_aead *tunip_aead_new(const struct tunip_sa_params *p,
				   struct netlink_ext_ack *extack);
void tunip_aead_run(struct tunip_batch *batch, bool seal);
void tunip_aead_exit(void);

#endif
