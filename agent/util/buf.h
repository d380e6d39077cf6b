/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bounded reading and writing of octets, network byte order. `struct rd`
 * borrows what it reads; `struct buf` owns what it holds and wipes it when
 * freed. Neither knows any format.
 */
#ifndef AGENT_UTIL_BUF_H
#define AGENT_UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct view - borrowed octets; @p may be NULL when @len is 0 */
struct view {
	const uint8_t *p;
	size_t len;
};

/**
 * view_eq - compare public octets (lengths and contents)
 *
 * Not constant-time: for secrets use secret_equal().
 */
bool view_eq(struct view a, struct view b);

/**
 * struct rd - bounded reader over borrowed octets
 *
 * A reader that ran out of octets stays failed: every later read returns 0
 * (or an empty view) and rd_ok() is false, so a format may be read to its end
 * and checked once.
 */
struct rd {
	const uint8_t *p;
	size_t left;
	bool failed;
};

void rd_init(struct rd *rd, const uint8_t *p, size_t len);
bool rd_ok(const struct rd *rd);
size_t rd_left(const struct rd *rd);
uint8_t rd_u8(struct rd *rd);
uint16_t rd_u16(struct rd *rd);
uint32_t rd_u32(struct rd *rd);
uint64_t rd_u64(struct rd *rd);
/* The next @len octets, borrowed. */
struct view rd_bytes(struct rd *rd, size_t len);
/* Everything that is left, borrowed. */
struct view rd_rest(struct rd *rd);
/* A reader of its own over the next @len octets; failed if they are missing. */
struct rd rd_sub(struct rd *rd, size_t len);

/**
 * struct buf - owned, growing octets
 *
 * A put that fails (out of memory, or past @max) marks the buffer failed and
 * later puts do nothing: write a whole message, then check buf_ok() once.
 */
struct buf {
	uint8_t *p;
	size_t len;
	size_t cap;
	size_t max;
	bool failed;
};

void buf_init(struct buf *b, size_t max);
/* Wipes and frees; the buffer is empty and usable afterwards. */
void buf_fini(struct buf *b);
/* Wipes the content, keeps the room and clears the failed mark. */
void buf_reset(struct buf *b);
bool buf_ok(const struct buf *b);
struct view buf_view(const struct buf *b);
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_put(struct buf *b, const void *p, size_t len);
void buf_put_view(struct buf *b, struct view v);
/*
 * Room for @len octets to be filled by the caller, good until the next put;
 * NULL when failed.
 */
uint8_t *buf_reserve(struct buf *b, size_t len);
/* Overwrite octets written before, at offset @at. */
void buf_set_u8(struct buf *b, size_t at, uint8_t v);
void buf_set_u16(struct buf *b, size_t at, uint16_t v);
void buf_set_u32(struct buf *b, size_t at, uint32_t v);
/* Drop everything behind @len (wiped). */
void buf_truncate(struct buf *b, size_t len);
/* Move the content to @to, which owned nothing; @b is empty afterwards. */
void buf_take(struct buf *to, struct buf *b);

#endif
