// SPDX-License-Identifier: GPL-2.0
/*
 * Secrets in OpenSSL's secure heap.
 */

#include "util/secret.h"

#include <openssl/crypto.h>
#include <string.h>

#include "util/err.h"

struct secret {
	size_t len;
	uint8_t p[];
};

/* Smallest block the secure heap hands out. */
#define HEAP_MIN_BLOCK	32

int secret_heap_init(size_t size)
{
	/* 2 means that it works, but could not be locked or guarded. */
	return CRYPTO_secure_malloc_init(size, HEAP_MIN_BLOCK) == 1 ?
	       0 : ERR_NOMEM;
}

struct secret *secret_alloc(size_t len)
{
	struct secret *s = OPENSSL_secure_zalloc(sizeof(*s) + len);

	/* A full secure heap must not stop negotiations. */
	if (!s)
		s = OPENSSL_zalloc(sizeof(*s) + len);
	if (s)
		s->len = len;
	return s;
}

struct secret *secret_new(const void *p, size_t len)
{
	struct secret *s = secret_alloc(len);

	if (s && len)
		memcpy(s->p, p, len);
	return s;
}

struct secret *secret_dup(const struct secret *s)
{
	return s ? secret_new(s->p, s->len) : NULL;
}

struct secret *secret_slice(const struct secret *s, size_t at, size_t len)
{
	if (at > s->len || len > s->len - at)
		return NULL;
	return secret_new(s->p + at, len);
}

void secret_free(struct secret *s)
{
	if (s)
		OPENSSL_secure_clear_free(s, sizeof(*s) + s->len);
}

void secret_clear(struct secret **s)
{
	secret_free(*s);
	*s = NULL;
}

const uint8_t *secret_bytes(const struct secret *s)
{
	return s->p;
}

uint8_t *secret_writable(struct secret *s)
{
	return s->p;
}

size_t secret_len(const struct secret *s)
{
	return s->len;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && equal_ct(a->p, b->p, a->len);
}

void wipe(void *p, size_t len)
{
	OPENSSL_cleanse(p, len);
}

bool equal_ct(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
