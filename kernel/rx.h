/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receive: from the ESP dispatch to the stack, through a queue and a NAPI
 * context per CPU.
 */
#ifndef TUNIP_RX_H
#define TUNIP_RX_H

#include <linux/types.h>

struct sk_buff;
struct tunip_sa;

int tunip_rx_init(void);
void tunip_rx_exit(void);
int tunip_rx_claim(struct sk_buff *skb, bool udp);
int tunip_rx_claim6(struct sk_buff *skb, bool udp);
void tunip_rx_resume(struct sk_buff *skb, struct tunip_sa *sa);

#endif
