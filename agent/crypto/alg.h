/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Algorithm descriptors by IANA number: sizes, approval, configuration words
 * and display names. The one place that knows them; everything else walks
 * these tables.
 */
#ifndef AGENT_CRYPTO_ALG_H
#define AGENT_CRYPTO_ALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/ids.h"

/** struct alg_encr - a cipher at one key length */
struct alg_encr {
	uint16_t id;		/* enum encr_id */
	uint16_t key_bits;
	bool aead;
	uint8_t key_len;	/* octets taken from KEYMAT, salt included */
	uint8_t salt_len;
	uint8_t iv_len;		/* on the wire */
	uint8_t block;		/* alignment of the plaintext in IKE */
	uint8_t icv_len;	/* AEAD tag, 0 otherwise */
	bool fips;
	const char *evp;	/* provider name of the cipher */
	const char *ike_word;	/* "aes-cbc-256": ikev2 proposal */
	const char *esp_word;	/* "esp-256-aes": transform set, or NULL */
	const char *show_name;	/* "AES-CBC" */
	const char *esp_show;	/* "ESP_256_AES" */
};

struct alg_integ {
	uint16_t id;		/* enum integ_id */
	uint8_t key_len;
	uint8_t icv_len;
	bool fips;
	const char *md;		/* provider name of the digest */
	const char *ike_word;	/* "sha-256" */
	const char *esp_word;	/* "esp-hmac-sha-256" */
	const char *show_name;	/* "SHA256" */
	const char *esp_show;	/* "HMAC_SHA_256" */
};

struct alg_prf {
	uint16_t id;		/* enum prf_id */
	uint8_t len;		/* output and preferred key length */
	bool fips;
	const char *md;
	const char *ike_word;
	const char *show_name;
};

struct alg_ke {
	uint16_t id;		/* enum ke_id */
	uint16_t public_i;	/* octets of KEi data */
	uint16_t public_r;	/* octets of KEr data */
	uint16_t secret_len;
	bool fips;
	bool kem;		/* encapsulation: no quantum computer breaks it */
	bool slow;		/* takes too long to keep a loop waiting */
	bool is_default;	/* offered when asked for by the guide's number;
				 * false: an extra that must be enabled */
	const char *word;	/* "19" */
	const char *pfs_word;	/* "group19" */
	const char *addke_word;	/* "group19", "ml-kem-768" */
	const char *show_name;	/* "19" */
};

/* NULL when unknown (or not in this library, for key exchanges). */
const struct alg_encr *alg_encr(uint16_t id, uint16_t key_bits);
const struct alg_integ *alg_integ(uint16_t id);
const struct alg_prf *alg_prf(uint16_t id);
const struct alg_ke *alg_ke(uint16_t id);
/* By configuration word (esp_word, of a PRF ike_word). */
const struct alg_encr *alg_encr_by_esp_word(const char *word);
const struct alg_integ *alg_integ_by_esp_word(const char *word);
const struct alg_prf *alg_prf_by_ike_word(const char *word);
/* Walk the tables: NULL behind the last row. */
const struct alg_encr *alg_encr_at(size_t i);
const struct alg_integ *alg_integ_at(size_t i);
const struct alg_prf *alg_prf_at(size_t i);
const struct alg_ke *alg_ke_at(size_t i);

#endif
