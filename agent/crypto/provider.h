/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Algorithms fetched from the library's providers, once: fetching and the
 * locks it takes cost more than most of what is then computed.
 */
#ifndef AGENT_CRYPTO_PROVIDER_H
#define AGENT_CRYPTO_PROVIDER_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

/* Borrowed; NULL when the library does not have it. */
const EVP_MD *provider_md(const char *name);
const EVP_CIPHER *provider_cipher(const char *name);
/* Begun with a key; the caller frees it. NULL when that fails. */
EVP_MAC_CTX *provider_hmac(const char *name, const void *key, size_t len);
/* Can this library do the key exchange? */
bool provider_has_ke(uint16_t id);
/* What key exchanges are made from; false when the library lacks a group. */
bool ke_init(void);
void ke_fini(void);
/* Log what the library says went wrong; returns ERR_CRYPTO. */
int provider_error(const char *what);

#endif
