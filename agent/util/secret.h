/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only type that may hold key octets: length-carrying, from OpenSSL's
 * secure heap (locked, outside core dumps), wiped when freed. There is no
 * formatter, and no function of log/ accepts one.
 */
#ifndef AGENT_UTIL_SECRET_H
#define AGENT_UTIL_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct secret;

/**
 * secret_heap_init - set up the locked heap, once, before any secret exists
 * @size: octets, a power of two
 *
 * Return: 0, or ERR_NOMEM when memory cannot be locked; secrets then live in
 * memory that may be swapped out, and are still wiped.
 */
int secret_heap_init(size_t size);

/* Owned copy of @len octets; NULL when out of memory. */
struct secret *secret_new(const void *p, size_t len);
/* @len zero octets to be filled through secret_writable(). */
struct secret *secret_alloc(size_t len);
struct secret *secret_dup(const struct secret *s);
/* Wipes and frees; NULL is fine. */
void secret_free(struct secret *s);
/* Frees *@s and sets it to NULL. */
void secret_clear(struct secret **s);

const uint8_t *secret_bytes(const struct secret *s);
uint8_t *secret_writable(struct secret *s);
size_t secret_len(const struct secret *s);
/* Constant-time; false when the lengths differ. */
bool secret_equal(const struct secret *a, const struct secret *b);
/* Owned copy of a part; NULL when out of memory or out of range. */
struct secret *secret_slice(const struct secret *s, size_t at, size_t len);

/* Wipe octets that are not in a struct secret (stack, library buffers). */
void wipe(void *p, size_t len);
/* Constant-time comparison of @len octets. */
bool equal_ct(const void *a, const void *b, size_t len);

#endif
