/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private keys: in a file (PEM or DER, PKCS#8 also encrypted), or in a store
 * that a provider of the library reaches by a URI (a token, a TPM).
 */
#ifndef AGENT_PKI_KEY_H
#define AGENT_PKI_KEY_H

#include "pki/file.h"
#include "pki/trust.h"

/* Is it SCHEME:REST? A path has a slash before any colon, or no colon. */
bool key_is_uri(const char *where);
/**
 * key_load - get a private key
 * @where: a path, or SCHEME:REST
 * @password: of an encrypted file, or the PIN of a store; may be NULL
 * @why: what is wrong, without the secret parts of a URI
 *
 * Return: NULL with @why.
 */
struct evp_pkey_st *key_load(const char *where, const struct secret *password,
			     char why[PKI_WHY]);

#endif
