// SPDX-License-Identifier: GPL-2.0
/*
 * Bounded reader and writer.
 */

#include "util/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/secret.h"

#define BUF_MIN_CAP	256

bool view_eq(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

void rd_init(struct rd *rd, const uint8_t *p, size_t len)
{
	rd->p = p;
	rd->left = len;
	rd->failed = false;
}

bool rd_ok(const struct rd *rd)
{
	return !rd->failed;
}

size_t rd_left(const struct rd *rd)
{
	return rd->failed ? 0 : rd->left;
}

struct view rd_bytes(struct rd *rd, size_t len)
{
	struct view v = { NULL, 0 };

	if (rd->failed || len > rd->left) {
		rd->failed = true;
		return v;
	}
	v.p = rd->p;
	v.len = len;
	rd->p += len;
	rd->left -= len;
	return v;
}

struct view rd_rest(struct rd *rd)
{
	return rd_bytes(rd, rd_left(rd));
}

struct rd rd_sub(struct rd *rd, size_t len)
{
	struct view v = rd_bytes(rd, len);
	struct rd sub;

	rd_init(&sub, v.p, v.len);
	sub.failed = rd->failed;
	return sub;
}

static uint64_t rd_uint(struct rd *rd, size_t len)
{
	struct view v = rd_bytes(rd, len);
	uint64_t out = 0;
	size_t i;

	for (i = 0; i < v.len; i++)
		out = out << 8 | v.p[i];
	return out;
}

uint8_t rd_u8(struct rd *rd)
{
	return (uint8_t)rd_uint(rd, 1);
}

uint16_t rd_u16(struct rd *rd)
{
	return (uint16_t)rd_uint(rd, 2);
}

uint32_t rd_u32(struct rd *rd)
{
	return (uint32_t)rd_uint(rd, 4);
}

uint64_t rd_u64(struct rd *rd)
{
	return rd_uint(rd, 8);
}

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_fini(struct buf *b)
{
	if (b->p) {
		wipe(b->p, b->cap);
		free(b->p);
	}
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	buf_truncate(b, 0);
	b->failed = false;
}

bool buf_ok(const struct buf *b)
{
	return !b->failed;
}

struct view buf_view(const struct buf *b)
{
	return (struct view){ b->p, b->len };
}

/* Grow by copying, so that the old octets can be wiped. */
static bool buf_grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : BUF_MIN_CAP;
	uint8_t *p;

	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	p = malloc(cap);
	if (!p)
		return false;
	if (b->p) {
		memcpy(p, b->p, b->len);
		wipe(b->p, b->cap);
		free(b->p);
	}
	b->p = p;
	b->cap = cap;
	return true;
}

uint8_t *buf_reserve(struct buf *b, size_t len)
{
	uint8_t *at;

	/* Room even for nothing, since NULL means failed. */
	if (b->failed || len > b->max - b->len ||
	    ((b->len + len > b->cap || !b->p) && !buf_grow(b, b->len + len))) {
		b->failed = true;
		return NULL;
	}
	at = b->p + b->len;
	b->len += len;
	return at;
}

void buf_put(struct buf *b, const void *p, size_t len)
{
	uint8_t *at = buf_reserve(b, len);

	if (at && len)
		memcpy(at, p, len);
}

void buf_put_view(struct buf *b, struct view v)
{
	buf_put(b, v.p, v.len);
}

static void buf_put_uint(struct buf *b, uint64_t v, size_t len)
{
	uint8_t *at = buf_reserve(b, len);

	while (at && len--) {
		at[len] = (uint8_t)v;
		v >>= 8;
	}
}

void buf_put_u8(struct buf *b, uint8_t v)
{
	buf_put_uint(b, v, 1);
}

void buf_put_u16(struct buf *b, uint16_t v)
{
	buf_put_uint(b, v, 2);
}

void buf_put_u32(struct buf *b, uint32_t v)
{
	buf_put_uint(b, v, 4);
}

void buf_put_u64(struct buf *b, uint64_t v)
{
	buf_put_uint(b, v, 8);
}

static void buf_set_uint(struct buf *b, size_t at, uint64_t v, size_t len)
{
	if (at > b->len || len > b->len - at) {
		b->failed = true;
		return;
	}
	while (len--) {
		b->p[at + len] = (uint8_t)v;
		v >>= 8;
	}
}

void buf_set_u8(struct buf *b, size_t at, uint8_t v)
{
	buf_set_uint(b, at, v, 1);
}

void buf_set_u16(struct buf *b, size_t at, uint16_t v)
{
	buf_set_uint(b, at, v, 2);
}

void buf_set_u32(struct buf *b, size_t at, uint32_t v)
{
	buf_set_uint(b, at, v, 4);
}

void buf_truncate(struct buf *b, size_t len)
{
	if (len < b->len) {
		wipe(b->p + len, b->len - len);
		b->len = len;
	}
}

void buf_take(struct buf *to, struct buf *b)
{
	*to = *b;
	buf_init(b, b->max);
}
