// SPDX-License-Identifier: GPL-2.0
/*
 * Bodies of the small payloads.
 */

#include "proto/payload.h"

#include <stdio.h>
#include <string.h>

#include "util/err.h"

#define TS_HDR_LEN	4	/* type, protocol, length */
#define TS_PORTS_LEN	4
#define IPV4_LEN	4
#define IPV6_LEN	16

static int finish(const struct rd *rd)
{
	if (!rd_ok(rd))
		return ERR_SHORT;
	return rd_left(rd) ? ERR_SYNTAX : 0;
}

int ke_pl_parse(struct view body, struct ke_pl *out)
{
	struct rd rd;

	rd_init(&rd, body.p, body.len);
	out->method = rd_u16(&rd);
	rd_u16(&rd);
	out->data = rd_rest(&rd);
	if (!rd_ok(&rd))
		return ERR_SHORT;
	return out->data.len ? 0 : ERR_SYNTAX;
}

int nonce_pl_parse(struct view body, struct view *out)
{
	*out = body;
	return body.len < NONCE_MIN || body.len > NONCE_MAX ? ERR_SYNTAX : 0;
}

/* RFC 7296 section 3.5: 4 octets and 16 octets. */
static bool id_length_ok(const struct id_pl *id)
{
	switch (id->type) {
	case ID_IPV4_ADDR:
		return id->data.len == IPV4_LEN;
	case ID_IPV6_ADDR:
		return id->data.len == IPV6_LEN;
	default:
		return true;
	}
}

int id_pl_parse(struct view body, struct id_pl *out)
{
	struct rd rd;

	rd_init(&rd, body.p, body.len);
	out->type = rd_u8(&rd);
	rd_bytes(&rd, 3);
	out->data = rd_rest(&rd);
	out->body = body;
	if (!rd_ok(&rd))
		return ERR_SHORT;
	return id_length_ok(out) ? 0 : ERR_SYNTAX;
}

int auth_pl_parse(struct view body, struct auth_pl *out)
{
	struct rd rd;

	rd_init(&rd, body.p, body.len);
	out->method = rd_u8(&rd);
	rd_bytes(&rd, 3);
	out->data = rd_rest(&rd);
	return finish(&rd);
}

int cert_pl_parse(struct view body, struct cert_pl *out)
{
	struct rd rd;

	rd_init(&rd, body.p, body.len);
	out->encoding = rd_u8(&rd);
	out->data = rd_rest(&rd);
	return finish(&rd);
}

int sig_hashes_parse(struct view data, unsigned int *set)
{
	struct rd rd;
	uint16_t id;

	*set = 0;
	rd_init(&rd, data.p, data.len);
	while (rd_left(&rd)) {
		id = rd_u16(&rd);
		if (!rd_ok(&rd))
			return ERR_SHORT;
		if (id >= SIG_HASH_SHA1 && id <= SIG_HASH_IDENTITY)
			*set |= 1U << id;
	}
	return 0;
}

int notify_pl_parse(struct view body, struct notify_pl *out)
{
	struct rd rd;
	uint8_t spi_size;

	rd_init(&rd, body.p, body.len);
	out->protocol = rd_u8(&rd);
	spi_size = rd_u8(&rd);
	out->type = rd_u16(&rd);
	out->spi = rd_bytes(&rd, spi_size);
	out->data = rd_rest(&rd);
	return finish(&rd);
}

int delete_pl_parse(struct view body, struct delete_pl *out)
{
	struct rd rd;

	rd_init(&rd, body.p, body.len);
	out->protocol = rd_u8(&rd);
	out->spi_size = rd_u8(&rd);
	out->count = rd_u16(&rd);
	out->spis = rd_rest(&rd);
	if (!rd_ok(&rd))
		return ERR_SHORT;
	if (out->spis.len != (size_t)out->spi_size * out->count)
		return ERR_SYNTAX;
	switch (out->protocol) {
	case PROTO_IKE:
		return out->spi_size || out->count ? ERR_SYNTAX : 0;
	case PROTO_AH:
	case PROTO_ESP:
		return out->spi_size == ESP_SPI_LEN ? 0 : ERR_SYNTAX;
	default:
		return ERR_SYNTAX;
	}
}

int skf_pl_parse(struct view body, struct skf_pl *out)
{
	struct rd rd;

	rd_init(&rd, body.p, body.len);
	out->number = rd_u16(&rd);
	out->total = rd_u16(&rd);
	if (!rd_ok(&rd))
		return ERR_SHORT;
	return !out->number || out->number > out->total ? ERR_SYNTAX : 0;
}

uint32_t delete_pl_spi32(const struct delete_pl *d, unsigned int i)
{
	struct rd rd;

	rd_init(&rd, d->spis.p, d->spis.len);
	rd_bytes(&rd, (size_t)i * ESP_SPI_LEN);
	return rd_u32(&rd);
}

/* One selector; @known is false for types we do not understand. */
static int parse_ts(struct rd *list, struct ts *ts, bool *known)
{
	struct view start, end;
	uint8_t type;
	uint16_t len;
	struct rd rd;

	memset(ts, 0, sizeof(*ts));
	type = rd_u8(list);
	ts->protocol = rd_u8(list);
	len = rd_u16(list);
	if (!rd_ok(list))
		return ERR_SHORT;
	if (len < TS_HDR_LEN)
		return ERR_SYNTAX;
	rd = rd_sub(list, len - TS_HDR_LEN);
	*known = type == TS_IPV4_ADDR_RANGE || type == TS_IPV6_ADDR_RANGE;
	if (!rd_ok(&rd) || !*known)
		return rd_ok(&rd) ? 0 : ERR_SHORT;
	ts->port_start = rd_u16(&rd);
	ts->port_end = rd_u16(&rd);
	start = rd_bytes(&rd, type == TS_IPV4_ADDR_RANGE ? 4 : 16);
	end = rd_bytes(&rd, type == TS_IPV4_ADDR_RANGE ? 4 : 16);
	if (finish(&rd) || addr_from_octets(start.p, start.len, &ts->start) ||
	    addr_from_octets(end.p, end.len, &ts->end))
		return ERR_SYNTAX;
	/* OPAQUE ports (RFC 4301 section 4.4.1.1) stand the wrong way round. */
	if (ts->port_start > ts->port_end &&
	    !(ts->port_start == UINT16_MAX && ts->port_end == 0))
		return ERR_SYNTAX;
	return addr_cmp(&ts->start, &ts->end) > 0 ? ERR_SYNTAX : 0;
}

int ts_pl_parse(struct view body, struct ts_list *out)
{
	unsigned int count, i;
	struct ts ts;
	struct rd rd;
	bool known;
	int err;

	out->count = 0;
	rd_init(&rd, body.p, body.len);
	count = rd_u8(&rd);
	rd_bytes(&rd, 3);
	if (!rd_ok(&rd))
		return ERR_SHORT;
	for (i = 0; i < count; i++) {
		err = parse_ts(&rd, &ts, &known);
		if (err)
			return err;
		if (known && out->count < TS_MAX)
			out->ts[out->count++] = ts;
	}
	return count ? finish(&rd) : ERR_SYNTAX;
}

/* ---------------------------------------------------------------- writing */

void ke_pl_put(struct msg_writer *w, uint16_t method, struct view data)
{
	msg_pl_begin(w, PL_KE);
	buf_put_u16(w->buf, method);
	buf_put_u16(w->buf, 0);
	buf_put_view(w->buf, data);
	msg_pl_end(w);
}

void nonce_pl_put(struct msg_writer *w, struct view nonce)
{
	msg_pl(w, PL_NONCE, nonce);
}

void id_pl_put(struct msg_writer *w, uint8_t type, struct view body)
{
	msg_pl(w, type, body);
}

void auth_pl_put(struct msg_writer *w, uint8_t method, struct view data)
{
	msg_pl_begin(w, PL_AUTH);
	buf_put_u8(w->buf, method);
	buf_put(w->buf, "\0\0\0", 3);
	buf_put_view(w->buf, data);
	msg_pl_end(w);
}

void cert_pl_put(struct msg_writer *w, uint8_t type, struct view data)
{
	msg_pl_begin(w, type);
	buf_put_u8(w->buf, CERT_X509_SIGNATURE);
	buf_put_view(w->buf, data);
	msg_pl_end(w);
}

void sig_hashes_put(struct msg_writer *w, unsigned int set)
{
	uint8_t data[2 * SIG_HASH_IDENTITY];
	struct view v = { data, 0 };
	uint8_t id;

	for (id = SIG_HASH_SHA1; id <= SIG_HASH_IDENTITY; id++) {
		if (!(set & 1U << id))
			continue;
		data[v.len++] = 0;
		data[v.len++] = id;
	}
	notify_pl_put_simple(w, N_SIGNATURE_HASH_ALGORITHMS, v);
}

void notify_pl_put(struct msg_writer *w, uint8_t protocol, struct view spi,
		   uint16_t type, struct view data)
{
	msg_pl_begin(w, PL_N);
	buf_put_u8(w->buf, protocol);
	buf_put_u8(w->buf, (uint8_t)spi.len);
	buf_put_u16(w->buf, type);
	buf_put_view(w->buf, spi);
	buf_put_view(w->buf, data);
	msg_pl_end(w);
}

void notify_pl_put_simple(struct msg_writer *w, uint16_t type, struct view data)
{
	notify_pl_put(w, PROTO_NONE, (struct view){ NULL, 0 }, type, data);
}

static void delete_begin(struct msg_writer *w, uint8_t protocol,
			 uint8_t spi_size, unsigned int count)
{
	msg_pl_begin(w, PL_D);
	buf_put_u8(w->buf, protocol);
	buf_put_u8(w->buf, spi_size);
	buf_put_u16(w->buf, (uint16_t)count);
}

void delete_pl_put_ike(struct msg_writer *w)
{
	delete_begin(w, PROTO_IKE, 0, 0);
	msg_pl_end(w);
}

void delete_pl_put_esp(struct msg_writer *w, const uint32_t *spis,
		       unsigned int count)
{
	unsigned int i;

	delete_begin(w, PROTO_ESP, ESP_SPI_LEN, count);
	for (i = 0; i < count; i++)
		buf_put_u32(w->buf, spis[i]);
	msg_pl_end(w);
}

static void ts_put(struct buf *buf, const struct ts *ts)
{
	size_t len = addr_len(&ts->start);

	buf_put_u8(buf, ts->start.family == AF_INET6 ? TS_IPV6_ADDR_RANGE :
						       TS_IPV4_ADDR_RANGE);
	buf_put_u8(buf, ts->protocol);
	buf_put_u16(buf, (uint16_t)(TS_HDR_LEN + TS_PORTS_LEN + 2 * len));
	buf_put_u16(buf, ts->port_start);
	buf_put_u16(buf, ts->port_end);
	buf_put(buf, ts->start.octets, len);
	buf_put(buf, ts->end.octets, len);
}

void ts_pl_put(struct msg_writer *w, uint8_t type, const struct ts_list *list)
{
	unsigned int i;

	msg_pl_begin(w, type);
	buf_put_u8(w->buf, (uint8_t)list->count);
	buf_put(w->buf, "\0\0\0", 3);
	for (i = 0; i < list->count; i++)
		ts_put(w->buf, &list->ts[i]);
	msg_pl_end(w);
}

void ts_any(struct ts *ts, sa_family_t family)
{
	memset(ts, 0, sizeof(*ts));
	ts->start.family = family;
	ts->end.family = family;
	memset(ts->end.octets, 0xff, addr_len(&ts->end));
	ts->port_end = UINT16_MAX;
}

bool ts_eq(const struct ts *a, const struct ts *b)
{
	return addr_eq(&a->start, &b->start) && addr_eq(&a->end, &b->end) &&
	       a->protocol == b->protocol && a->port_start == b->port_start &&
	       a->port_end == b->port_end;
}

const char *ts_str(const struct ts *ts, char buf[TS_STR])
{
	char start[ADDR_STR], end[ADDR_STR];

	snprintf(buf, TS_STR, "%s/%u - %s/%u", addr_str(&ts->start, start),
		 ts->port_start, addr_str(&ts->end, end), ts->port_end);
	return buf;
}
