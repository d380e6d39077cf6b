// SPDX-License-Identifier: GPL-2.0
/*
 * Counting messages and notifies.
 */

#include "ike/count.h"

#include <stdio.h>

#include "proto/payload.h"

static unsigned int exchange_index(uint8_t exchange)
{
	switch (exchange) {
#define X(name, num) case num: return COUNT_EXCHANGE_##name;
	EXCHANGE_LIST(X)
#undef X
	default:
		return COUNT_EXCHANGE_OTHER;
	}
}

static unsigned int notify_index(uint16_t type)
{
	switch (type) {
#define X(name, num) case num: return COUNT_NOTIFY_##name;
	NOTIFY_LIST(X)
#undef X
	default:
		return type < NOTIFY_STATUS_MIN ? COUNT_NOTIFY_OTHER_ERROR :
						  COUNT_NOTIFY_OTHER_STATUS;
	}
}

static void add(struct traffic *t, bool sent, bool response)
{
	if (sent)
		(*(response ? &t->tx_responses : &t->tx_requests))++;
	else
		(*(response ? &t->rx_responses : &t->rx_requests))++;
}

static void count(struct message_counts *c, uint8_t exchange, bool response,
		  bool sent, const struct pl_chain *chain)
{
	struct notify_pl n;
	const struct pl *pl;

	add(&c->exchange[exchange_index(exchange)], sent, response);
	for (pl = pl_find(chain, PL_N); pl; pl = pl_next(chain, pl))
		if (!notify_pl_parse(pl->body, &n))
			add(&c->notify[notify_index(n.type)], sent, response);
}

void count_received(struct message_counts *c, const struct ike_hdr *hdr,
		    const struct pl_chain *chain)
{
	count(c, hdr->exchange, hdr->flags & IKE_FLAG_RESPONSE, false, chain);
}

void count_sent(struct message_counts *c, uint8_t exchange, bool response,
		uint8_t first, struct view payloads)
{
	struct pl_chain chain;

	/* Ours can be read; whatever could not would have no notifies. */
	pl_chain_parse(first, payloads, true, &chain);
	count(c, exchange, response, true, &chain);
}

void count_sent_clear(struct message_counts *c, struct view datagram)
{
	struct ike_hdr hdr;

	if (!ike_hdr_parse(datagram, &hdr))
		count_sent(c, hdr.exchange, hdr.flags & IKE_FLAG_RESPONSE,
			   hdr.next,
			   (struct view){ datagram.p + IKE_HDR_LEN,
					  datagram.len - IKE_HDR_LEN });
}

const char *count_exchange_name(unsigned int i, char buf[ID_NAME_STR])
{
	static const uint8_t numbers[] = {
#define X(name, num) num,
		EXCHANGE_LIST(X)
#undef X
	};

	return i < COUNT_EXCHANGE_OTHER ? exchange_name(numbers[i], buf) :
					  "other";
}

const char *count_notify_name(unsigned int i, char buf[ID_NAME_STR])
{
	static const uint16_t numbers[] = {
#define X(name, num) num,
		NOTIFY_LIST(X)
#undef X
	};

	if (i < COUNT_NOTIFY_OTHER_ERROR)
		return notify_name(numbers[i], buf);
	return i == COUNT_NOTIFY_OTHER_ERROR ? "other error" : "other status";
}
