/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a chain of certificates relies on, for whoever judges strength: the key
 * of each certificate and the hash under the signature that vouches for it.
 */
#ifndef AGENT_PKI_FACTS_H
#define AGENT_PKI_FACTS_H

#include "crypto/sign.h"

/* Certificates of a chain, from the end entity to the trust anchor. */
#define CHAIN_MAX	8

/**
 * struct key_fact - one certificate
 * @sig_hash: enum sig_hash of its own signature; 0: another, or a trust
 *	anchor, whose signature proves nothing
 * @anchor: it is trusted by configuration
 */
struct key_fact {
	struct pkey_info key;
	uint16_t sig_hash;
	bool anchor;
};

struct chain_facts {
	struct key_fact cert[CHAIN_MAX];
	unsigned int count;
};

/**
 * struct facts_rule - what is asked of every certificate of a chain
 * @rsa_bits, @ec_bits: the least
 * @hashes: that may be under a signature, bits 1 << enum sig_hash
 */
struct facts_rule {
	unsigned int rsa_bits;
	unsigned int ec_bits;
	unsigned int hashes;
};

/* Room for what facts_ok() says. */
#define FACTS_WHY	80

/**
 * facts_ok - does the whole chain keep to a rule?
 * @at: otherwise the first certificate that does not
 * @why: and what of it: "RSA 1024", "signed with SHA1"
 */
bool facts_ok(const struct chain_facts *f, const struct facts_rule *rule,
	      unsigned int *at, char why[FACTS_WHY]);

#endif
