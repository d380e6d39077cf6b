// SPDX-License-Identifier: GPL-2.0
/*
 * Header and payload chain.
 */

#include "proto/msg.h"

#include <string.h>

#include "util/err.h"

#define PL_HDR_LEN	4
#define PL_CRITICAL	0x80
#define MAJOR(version)	((version) >> 4)

int ike_hdr_parse(struct view datagram, struct ike_hdr *hdr)
{
	struct rd rd;

	memset(hdr, 0, sizeof(*hdr));
	rd_init(&rd, datagram.p, datagram.len);
	hdr->spi_i = rd_u64(&rd);
	hdr->spi_r = rd_u64(&rd);
	hdr->next = rd_u8(&rd);
	hdr->version = rd_u8(&rd);
	hdr->exchange = rd_u8(&rd);
	hdr->flags = rd_u8(&rd);
	hdr->msgid = rd_u32(&rd);
	hdr->length = rd_u32(&rd);
	if (!rd_ok(&rd))
		return ERR_SHORT;
	if (MAJOR(hdr->version) != MAJOR(IKE_VERSION))
		return ERR_VERSION;
	if (hdr->length != datagram.len || !hdr->spi_i)
		return ERR_SYNTAX;
	return 0;
}

static bool known_type(uint8_t type)
{
	switch (type) {
#define X(name, num) case num:
	PAYLOAD_LIST(X)
#undef X
		return true;
	default:
		return false;
	}
}

static int add_payload(struct pl_chain *chain, uint8_t type, bool critical,
		       struct view body)
{
	if (!known_type(type)) {
		if (!critical)
			return 0;
		chain->bad_critical = type;
		return ERR_CRITICAL;
	}
	chain->pl[chain->count++] = (struct pl){
		.type = type, .critical = critical, .body = body,
	};
	return 0;
}

int pl_chain_parse(uint8_t first, struct view body, bool inside_sk,
		   struct pl_chain *chain)
{
	unsigned int walked = 0;
	uint8_t type = first, next, flags;
	struct rd rd;
	uint16_t len;
	size_t at;
	int err;

	memset(chain, 0, sizeof(*chain));
	rd_init(&rd, body.p, body.len);
	while (type != PL_NONE) {
		if (walked++ == MSG_MAX_PAYLOADS)
			return ERR_LIMIT;
		at = body.len - rd_left(&rd);
		next = rd_u8(&rd);
		flags = rd_u8(&rd);
		len = rd_u16(&rd);
		if (!rd_ok(&rd))
			return ERR_SHORT;
		if (len < PL_HDR_LEN)
			return ERR_SYNTAX;
		if ((size_t)len - PL_HDR_LEN > rd_left(&rd))
			return ERR_SHORT;
		err = add_payload(chain, type, flags & PL_CRITICAL,
				  rd_bytes(&rd, len - PL_HDR_LEN));
		if (err)
			return err;
		if (type == PL_SK || type == PL_SKF) {
			if (inside_sk)
				return ERR_SYNTAX;
			/* Always the last one; its NextPayload is inside it. */
			chain->sk_first = next;
			chain->sk_offset = at;
			break;
		}
		type = next;
	}
	return rd_left(&rd) ? ERR_SYNTAX : 0;
}

const struct pl *pl_find(const struct pl_chain *chain, uint8_t type)
{
	unsigned int i;

	for (i = 0; i < chain->count; i++)
		if (chain->pl[i].type == type)
			return &chain->pl[i];
	return NULL;
}

const struct pl *pl_next(const struct pl_chain *chain, const struct pl *after)
{
	const struct pl *pl;

	for (pl = after + 1; pl < chain->pl + chain->count; pl++)
		if (pl->type == after->type)
			return pl;
	return NULL;
}

unsigned int pl_count(const struct pl_chain *chain, uint8_t type)
{
	unsigned int i, n = 0;

	for (i = 0; i < chain->count; i++)
		n += chain->pl[i].type == type;
	return n;
}

/* Offsets in the header of what is filled in later. */
#define HDR_NEXT	16
#define HDR_LENGTH	24

void msg_begin(struct msg_writer *w, struct buf *buf, const struct ike_hdr *hdr)
{
	*w = (struct msg_writer){ .buf = buf, .start = buf->len };
	w->next_at = w->start + HDR_NEXT;
	buf_put_u64(buf, hdr->spi_i);
	buf_put_u64(buf, hdr->spi_r);
	buf_put_u8(buf, PL_NONE);
	buf_put_u8(buf, hdr->version);
	buf_put_u8(buf, hdr->exchange);
	buf_put_u8(buf, hdr->flags);
	buf_put_u32(buf, hdr->msgid);
	buf_put_u32(buf, 0);
}

void msg_begin_bare(struct msg_writer *w, struct buf *buf)
{
	*w = (struct msg_writer){ .buf = buf, .start = buf->len, .bare = true };
}

void msg_pl_begin(struct msg_writer *w, uint8_t type)
{
	/* Inside SK the first type goes into the header of SK. */
	if (!w->bare || w->first)
		buf_set_u8(w->buf, w->next_at, type);
	if (!w->first)
		w->first = type;
	w->pl_at = w->buf->len;
	w->next_at = w->pl_at;
	buf_put_u8(w->buf, PL_NONE);
	buf_put_u8(w->buf, 0);
	buf_put_u16(w->buf, 0);
}

void msg_pl_end(struct msg_writer *w)
{
	/* A payload too long for its length fails in msg_end(). */
	buf_set_u16(w->buf, w->pl_at + 2,
		    (uint16_t)(w->buf->len - w->pl_at));
}

void msg_pl(struct msg_writer *w, uint8_t type, struct view body)
{
	msg_pl_begin(w, type);
	buf_put_view(w->buf, body);
	msg_pl_end(w);
}

int msg_end(struct msg_writer *w)
{
	size_t len = w->buf->len - w->start;

	if (!w->bare)
		buf_set_u32(w->buf, w->start + HDR_LENGTH, (uint32_t)len);
	return buf_ok(w->buf) && len <= MSG_MAX_LEN ? 0 : ERR_LIMIT;
}
