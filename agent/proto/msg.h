/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The IKE header and the chain of payloads (RFC 7296 sections 3.1 and 3.2),
 * both ways. Which payload may stand where is the business of rules.h; what
 * is inside a payload that of the file named after it.
 */
#ifndef AGENT_PROTO_MSG_H
#define AGENT_PROTO_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/ids.h"
#include "util/buf.h"

#define MSG_MAX_PAYLOADS	64
#define MSG_MAX_LEN		65535

struct ike_hdr {
	uint64_t spi_i;
	uint64_t spi_r;
	uint8_t next;		/* type of the first payload */
	uint8_t version;
	uint8_t exchange;
	uint8_t flags;
	uint32_t msgid;
	uint32_t length;
};

/** struct pl - one payload: its type and its body, borrowed */
struct pl {
	uint8_t type;
	bool critical;
	struct view body;	/* without the 4-octet generic header */
};

/**
 * struct pl_chain - payloads in the order in which they stood
 * @bad_critical: type of an unknown payload with the critical bit, 0 if none
 * @sk_first: when the chain ends in SK or SKF, the type of the first payload
 *	inside it; the SK body is the last element
 * @sk_offset: offset of that SK's generic header from where the chain began
 */
struct pl_chain {
	struct pl pl[MSG_MAX_PAYLOADS];
	unsigned int count;
	uint8_t bad_critical;
	uint8_t sk_first;
	size_t sk_offset;
};

/**
 * ike_hdr_parse - decode the header and check it against the datagram
 * @datagram: whole message, from the first SPI octet (no non-ESP marker)
 *
 * Return: 0; ERR_SHORT; ERR_VERSION (header decoded all the same); ERR_SYNTAX
 * when the length field is not the datagram's length or SPIi is zero.
 */
int ike_hdr_parse(struct view datagram, struct ike_hdr *hdr);

/**
 * pl_chain_parse - walk the payloads behind a header or inside SK
 * @first: type of the first payload
 * @body: the octets they stand in; must be used up exactly
 * @inside_sk: the chain comes out of an SK payload: SK and SKF are illegal
 *
 * Unknown payloads without the critical bit are skipped.
 * Return: 0; ERR_SHORT or ERR_SYNTAX when a length lies; ERR_CRITICAL with
 * @chain->bad_critical set; ERR_LIMIT for more than MSG_MAX_PAYLOADS.
 */
int pl_chain_parse(uint8_t first, struct view body, bool inside_sk,
		   struct pl_chain *chain);

/* First payload of that type, or NULL. */
const struct pl *pl_find(const struct pl_chain *chain, uint8_t type);
/* The next one of the same type behind @after, or NULL. */
const struct pl *pl_next(const struct pl_chain *chain, const struct pl *after);
unsigned int pl_count(const struct pl_chain *chain, uint8_t type);

/**
 * struct msg_writer - builds a message or the inside of an SK payload
 *
 * The NextPayload field of each payload is filled in when the next one
 * begins, and the header's length by msg_end().
 */
struct msg_writer {
	struct buf *buf;
	size_t start;		/* offset of header or first payload */
	size_t next_at;		/* offset of the NextPayload octet to fill */
	size_t pl_at;		/* offset of the payload begun last */
	uint8_t first;		/* type of the first payload */
	bool bare;		/* no IKE header: inside of SK */
};

/* Begin a message with @hdr (next and length are filled in later). */
void msg_begin(struct msg_writer *w, struct buf *buf,
	       const struct ike_hdr *hdr);
/* Begin a bare chain of payloads; w->first is the first type at the end. */
void msg_begin_bare(struct msg_writer *w, struct buf *buf);
/* Open a payload; what is put into w->buf next is its body. */
void msg_pl_begin(struct msg_writer *w, uint8_t type);
void msg_pl_end(struct msg_writer *w);
/* A payload with a ready body. */
void msg_pl(struct msg_writer *w, uint8_t type, struct view body);
/* Close the message. Return: 0, or ERR_LIMIT when it did not fit. */
int msg_end(struct msg_writer *w);

#endif
