// SPDX-License-Identifier: GPL-2.0
/*
 * Judging the keys of a chain.
 */

#include "pki/facts.h"

#include <stdio.h>

static bool key_ok(const struct pkey_info *key, const struct facts_rule *rule)
{
	switch (key->kind) {
	case PKEY_RSA:
	case PKEY_RSA_PSS:
		return key->bits >= rule->rsa_bits;
	case PKEY_EC:
		return key->bits >= rule->ec_bits;
	default:
		return false;
	}
}

bool facts_ok(const struct chain_facts *f, const struct facts_rule *rule,
	      unsigned int *at, char why[FACTS_WHY])
{
	char text[PKEY_STR], name[ID_NAME_STR];
	unsigned int i;

	why[0] = '\0';
	*at = 0;
	for (i = 0; i < f->count; i++) {
		const struct key_fact *c = &f->cert[i];

		*at = i;
		if (!key_ok(&c->key, rule)) {
			snprintf(why, FACTS_WHY, "%s",
				 pkey_str(&c->key, text));
			return false;
		}
		if (!c->anchor && !(rule->hashes & 1U << c->sig_hash)) {
			snprintf(why, FACTS_WHY, "signed with %s",
				 c->sig_hash ? sig_hash_name(c->sig_hash, name) :
				 "another hash");
			return false;
		}
	}
	return f->count > 0;
}
