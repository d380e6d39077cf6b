/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is inside a key, for the files that call the library.
 */
#ifndef AGENT_CRYPTO_PKEY_H
#define AGENT_CRYPTO_PKEY_H

#include <openssl/evp.h>
#include <stdatomic.h>

#include "crypto/sign.h"

struct pkey {
	atomic_uint refs;
	EVP_PKEY *evp;
	struct pkey_info info;
};

#endif
