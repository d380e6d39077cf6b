/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Suites: an encryption with its integrity, and every size that follows from
 * the pair. A new transform is one row in suite.c.
 */
#ifndef TUNIP_CRYPTO_SUITE_H
#define TUNIP_CRYPTO_SUITE_H

#include <linux/types.h>

/* Largest IV of any suite, in octets. */
#define TUNIP_MAX_IV	16

/**
 * struct tunip_suite - what the packet path must know of an algorithm pair
 * @encr: IKEv2 ENCR transform ID
 * @integ: IKEv2 INTEG transform ID, 0 with an AEAD
 * @name: for messages, e.g. "AES-CBC with HMAC-SHA2-256-128"
 * @alg: name in the kernel crypto API
 * @alg_esn: the same with 64-bit sequence numbers
 * @salt_len: octets of salt at the end of the encryption key
 * @integ_key_len: octets of the integrity key
 * @iv_len: octets of IV on the wire
 * @block: alignment of payload, padding and the two trailer octets
 * @icv_len: octets of ICV
 * @counter_iv: the IV is the packet counter, not random (RFC 4106)
 * @keyless: the engine takes no key; benchmarks only
 */
struct tunip_suite {
	u16 encr;
	u16 integ;
	const char *name;
	const char *alg;
	const char *alg_esn;
	u8 salt_len;
	u8 integ_key_len;
	u8 iv_len;
	u8 block;
	u8 icv_len;
	bool counter_iv;
	bool keyless;
};

const struct tunip_suite *tunip_suite_find(u16 encr, u16 integ);
const struct tunip_suite *tunip_suite_at(unsigned int i);

#endif
