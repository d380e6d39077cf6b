/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The outside: outer IP and UDP headers on the way out, and the place in
 * the kernel's ESP dispatch, beside esp4, on the way in.
 */
#ifndef TUNIP_ENCAP_H
#define TUNIP_ENCAP_H

#include <linux/skbuff.h>

/* Before vti (100) and esp4 and esp6 (0). */
#define TUNIP_HANDLER_PRIORITY	200

struct dst_entry;
struct tunip_dev;
struct tunip_sa;

int tunip_encap_init(void);
void tunip_encap_exit(void);
int tunip_encap_output(struct tunip_dev *td, struct tunip_sa *sa,
		       struct sk_buff *skb, struct dst_entry *dst);

#endif
