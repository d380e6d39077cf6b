/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The outside: outer IPv4 and UDP headers on the way out, and the place in
 * the kernel's ESP dispatch, beside esp4, on the way in.
 */
#ifndef TUNIP_ENCAP_H
#define TUNIP_ENCAP_H

#include <linux/skbuff.h>
#include <net/route.h>

struct tunip_dev;
struct tunip_sa;

int tunip_encap_init(void);
void tunip_encap_exit(void);
int tunip_encap_output(struct tunip_dev *td, struct tunip_sa *sa,
		       struct sk_buff *skb, struct rtable *rt);

#endif
