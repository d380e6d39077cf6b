// SPDX-License-Identifier: GPL-2.0
/*
 * SA payload: proposals and transforms.
 */

#include "proto/sa.h"

#include <stdio.h>
#include <string.h>

#include "util/err.h"

#define SUB_HDR_LEN		4	/* more, reserved, length */
#define PROPOSAL_HDR_LEN	8
#define XFORM_HDR_LEN		8
#define MORE_PROPOSALS		2
#define MORE_XFORMS		3
#define ATTR_KEY_LENGTH		14
#define ATTR_TV			0x8000

/* Text of one transform: separator, name, key length. */
#define KEY_BITS_STR		sizeof("-65535")
#define XFORM_STR		(1 + ID_NAME_STR + KEY_BITS_STR)

void proposal_add(struct proposal *p, uint8_t type, uint16_t id,
		  uint16_t key_bits)
{
	if (p->count == XFORMS_MAX) {
		p->unusable = true;
		return;
	}
	p->xform[p->count++] = (struct xform){ type, id, key_bits };
}

static uint64_t spi_uint(const struct proposal *p, size_t size)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; p->spi_size == size && i < size; i++)
		v = v << 8 | p->spi[i];
	return v;
}

uint32_t proposal_spi32(const struct proposal *p)
{
	return (uint32_t)spi_uint(p, 4);
}

uint64_t proposal_spi64(const struct proposal *p)
{
	return spi_uint(p, 8);
}

static void set_spi(struct proposal *p, uint64_t spi, uint8_t size)
{
	uint8_t i;

	p->spi_size = size;
	for (i = 0; i < size; i++)
		p->spi[size - 1 - i] = (uint8_t)(spi >> (8 * i));
}

void proposal_set_spi32(struct proposal *p, uint32_t spi)
{
	set_spi(p, spi, 4);
}

void proposal_set_spi64(struct proposal *p, uint64_t spi)
{
	set_spi(p, spi, 8);
}

/* ---------------------------------------------------------------- parsing */

/** struct offer - a proposal being read; bits are transform types */
struct offer {
	struct proposal *p;
	unsigned int offered;	/* that stood in it */
	unsigned int left;	/* that have an alternative left */
};

/*
 * The only attribute there is: the key length of a cipher, once, in the short
 * form, and not zero. Any other spoils the transform.
 */
static int parse_attributes(struct rd *rd, struct xform *x, bool *spoiled)
{
	uint16_t type, value;

	while (rd_left(rd)) {
		type = rd_u16(rd);
		value = rd_u16(rd);
		if (!(type & ATTR_TV))
			rd_bytes(rd, value);
		if (!rd_ok(rd))
			return ERR_SHORT;
		if (type == (ATTR_TV | ATTR_KEY_LENGTH) && value &&
		    x->type == XFORM_ENCR && !x->key_bits)
			x->key_bits = value;
		else
			*spoiled = true;
	}
	return 0;
}

/*
 * A spoiled transform is an alternative less, an unknown type makes the whole
 * proposal unusable (RFC 7296 section 3.3.6).
 */
static int parse_xform(struct rd *list, struct offer *o, bool *more)
{
	struct xform x = { 0 };
	bool spoiled = false;
	uint8_t last;
	uint16_t len;
	struct rd rd;
	int err;

	last = rd_u8(list);
	rd_u8(list);
	len = rd_u16(list);
	if (!rd_ok(list))
		return ERR_SHORT;
	if (len < XFORM_HDR_LEN || (last != 0 && last != MORE_XFORMS))
		return ERR_SYNTAX;
	rd = rd_sub(list, len - SUB_HDR_LEN);
	x.type = rd_u8(&rd);
	rd_u8(&rd);
	x.id = rd_u16(&rd);
	if (!rd_ok(&rd))
		return ERR_SHORT;
	err = parse_attributes(&rd, &x, &spoiled);
	if (err)
		return err;
	*more = last == MORE_XFORMS;
	if (x.type < XFORM_ENCR || x.type >= XFORM_TYPES) {
		o->p->unusable = true;
		return 0;
	}
	o->offered |= 1U << x.type;
	if (spoiled)
		return 0;
	o->left |= 1U << x.type;
	proposal_add(o->p, x.type, x.id, x.key_bits);
	return 0;
}

static int parse_xforms(struct rd *rd, unsigned int count, struct proposal *p)
{
	struct offer o = { .p = p };
	bool more = count;
	unsigned int i;
	int err;

	for (i = 0; i < count; i++) {
		if (!more)
			return ERR_SYNTAX;
		err = parse_xform(rd, &o, &more);
		if (err)
			return err;
	}
	/* A type whose alternatives are all spoiled was not left out. */
	if (o.offered != o.left)
		p->unusable = true;
	return more || rd_left(rd) ? ERR_SYNTAX : 0;
}

/* Sizes that no SPI has make the proposal unusable. */
static void take_spi(struct proposal *p, struct view spi)
{
	if (spi.len != 0 && spi.len != ESP_SPI_LEN && spi.len != IKE_SPI_LEN) {
		p->unusable = true;
		return;
	}
	p->spi_size = (uint8_t)spi.len;
	if (spi.len)
		memcpy(p->spi, spi.p, spi.len);
}

static int parse_proposal(struct rd *list, struct proposal *p, bool *more)
{
	uint8_t last, spi_size, count;
	struct view spi;
	uint16_t len;
	struct rd rd;

	memset(p, 0, sizeof(*p));
	last = rd_u8(list);
	rd_u8(list);
	len = rd_u16(list);
	if (!rd_ok(list))
		return ERR_SHORT;
	if (len < PROPOSAL_HDR_LEN || (last != 0 && last != MORE_PROPOSALS))
		return ERR_SYNTAX;
	*more = last == MORE_PROPOSALS;
	rd = rd_sub(list, len - SUB_HDR_LEN);
	p->number = rd_u8(&rd);
	p->protocol = rd_u8(&rd);
	spi_size = rd_u8(&rd);
	count = rd_u8(&rd);
	spi = rd_bytes(&rd, spi_size);
	if (!rd_ok(&rd))
		return ERR_SHORT;
	take_spi(p, spi);
	return parse_xforms(&rd, count, p);
}

int sa_pl_parse(struct view body, struct proposals *out)
{
	struct proposal surplus, *p;
	bool more = true;
	struct rd rd;
	int err;

	out->count = 0;
	rd_init(&rd, body.p, body.len);
	while (more) {
		p = out->count < PROPOSALS_MAX ? &out->p[out->count] : &surplus;
		err = parse_proposal(&rd, p, &more);
		if (err)
			return err;
		if (p != &surplus)
			out->count++;
	}
	return rd_left(&rd) ? ERR_SYNTAX : 0;
}

/* ---------------------------------------------------------------- writing */

static void put_xform(struct buf *b, const struct xform *x, bool last)
{
	buf_put_u8(b, last ? 0 : MORE_XFORMS);
	buf_put_u8(b, 0);
	buf_put_u16(b, x->key_bits ? XFORM_HDR_LEN + 4 : XFORM_HDR_LEN);
	buf_put_u8(b, x->type);
	buf_put_u8(b, 0);
	buf_put_u16(b, x->id);
	if (x->key_bits) {
		buf_put_u16(b, ATTR_TV | ATTR_KEY_LENGTH);
		buf_put_u16(b, x->key_bits);
	}
}

static void put_proposal(struct buf *b, const struct proposal *p,
			 uint8_t number, bool last)
{
	size_t at = b->len;
	unsigned int i;

	buf_put_u8(b, last ? 0 : MORE_PROPOSALS);
	buf_put_u8(b, 0);
	buf_put_u16(b, 0);
	buf_put_u8(b, number);
	buf_put_u8(b, p->protocol);
	buf_put_u8(b, p->spi_size);
	buf_put_u8(b, (uint8_t)p->count);
	buf_put(b, p->spi, p->spi_size);
	for (i = 0; i < p->count; i++)
		put_xform(b, &p->xform[i], i + 1 == p->count);
	buf_set_u16(b, at + 2, (uint16_t)(b->len - at));
}

void sa_pl_put(struct msg_writer *w, const struct proposals *list)
{
	unsigned int i;

	msg_pl_begin(w, PL_SA);
	for (i = 0; i < list->count; i++)
		put_proposal(w->buf, &list->p[i], list->p[i].number ?
			     list->p[i].number : (uint8_t)(i + 1),
			     i + 1 == list->count);
	msg_pl_end(w);
}

const char *proposal_str(const struct proposal *p, char buf[PROPOSAL_STR])
{
	char name[ID_NAME_STR], bits[KEY_BITS_STR];
	const char *separator = "";
	size_t at = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < p->count; i++) {
		const struct xform *x = &p->xform[i];

		if (at + XFORM_STR + sizeof("/...") > PROPOSAL_STR) {
			snprintf(buf + at, PROPOSAL_STR - at, "/...");
			break;
		}
		bits[0] = '\0';
		if (x->key_bits)
			snprintf(bits, sizeof(bits), "-%u", x->key_bits);
		at += (size_t)snprintf(buf + at, PROPOSAL_STR - at, "%s%s%s",
				       separator,
				       xform_name(x->type, x->id, name), bits);
		separator = "/";
	}
	return buf;
}
