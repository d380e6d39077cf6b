/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many messages of each exchange, and how many notifies of each type, went
 * each way as request and as response. Repetitions and what was not verified
 * are not among them, first messages in clear are.
 */
#ifndef AGENT_IKE_COUNT_H
#define AGENT_IKE_COUNT_H

#include "proto/msg.h"

/** struct traffic - of one kind of message or notify */
struct traffic {
	uint64_t tx_requests, tx_responses;
	uint64_t rx_requests, rx_responses;
};

enum count_exchange {
#define X(name, num) COUNT_EXCHANGE_##name,
	EXCHANGE_LIST(X)
#undef X
	COUNT_EXCHANGE_OTHER,
	COUNT_EXCHANGES
};

enum count_notify {
#define X(name, num) COUNT_NOTIFY_##name,
	NOTIFY_LIST(X)
#undef X
	COUNT_NOTIFY_OTHER_ERROR,
	COUNT_NOTIFY_OTHER_STATUS,
	COUNT_NOTIFIES
};

struct message_counts {
	struct traffic exchange[COUNT_EXCHANGES];
	struct traffic notify[COUNT_NOTIFIES];
};

/* A received message, its payloads in clear. */
void count_received(struct message_counts *c, const struct ike_hdr *hdr,
		    const struct pl_chain *chain);
/* A message to be sent, from the payloads that go inside SK. */
void count_sent(struct message_counts *c, uint8_t exchange, bool response,
		uint8_t first, struct view payloads);
/* The same for a whole message in clear. */
void count_sent_clear(struct message_counts *c, struct view datagram);

/* "IKE_AUTH", "other". */
const char *count_exchange_name(unsigned int i, char buf[ID_NAME_STR]);
/* "COOKIE", "other error", "other status". */
const char *count_notify_name(unsigned int i, char buf[ID_NAME_STR]);

#endif
