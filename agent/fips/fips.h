/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What FIPS mode admits, and how much of a validated system is below us. The
 * mode is a gate in front of algorithms and keys; it makes no module of ours a
 * validated one.
 */
#ifndef AGENT_FIPS_FIPS_H
#define AGENT_FIPS_FIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/secret.h"

/* Octets of a pre-shared key, or of a manual PPK, at least. */
#define FIPS_KEY_MIN		14
/* Octets of a key from a key source, at least: the strength of AES-256. */
#define FIPS_SOURCE_KEY_MIN	32

/**
 * fips_admits_transform - is an algorithm admitted?
 * @type: enum xform_type
 * @key_bits: of a cipher, else 0
 *
 * What is unknown here is not admitted; extended sequence numbers and NONE
 * are no algorithms and always are. The keys and signatures of certificates
 * have a rule of their own, config/fips.h.
 */
bool fips_admits_transform(uint8_t type, uint16_t id, uint16_t key_bits);

/* Is a pre-shared key or manual PPK long enough? NULL is no key: it is. */
bool fips_admits_key(const struct secret *key);

/** struct fips_below - what of FIPS there is below the agent */
struct fips_below {
	bool provider;	/* the libcrypto's FIPS provider is loaded */
	bool kernel;	/* the kernel was started with fips=1 */
};

void fips_look_below(struct fips_below *out);

#endif
