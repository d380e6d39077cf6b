// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of algorithms.
 */

#include "crypto/alg.h"

#include <string.h>

#include "crypto/provider.h"

#define CBC(bits, esp, esp_name) {					\
	.id = ENCR_AES_CBC, .key_bits = (bits), .key_len = (bits) / 8,	\
	.iv_len = 16, .block = 16, .fips = true,			\
	.evp = "AES-" #bits "-CBC", .ike_word = "aes-cbc-" #bits,	\
	.esp_word = (esp), .show_name = "AES-CBC",			\
	.esp_show = (esp_name),						\
}

#define GCM(bits, ike, approved) {					\
	.id = ENCR_AES_GCM_16, .key_bits = (bits), .aead = true,	\
	.key_len = (bits) / 8 + 4, .salt_len = 4, .iv_len = 8,		\
	.block = 1, .icv_len = 16, .fips = (approved),			\
	.evp = "AES-" #bits "-GCM", .ike_word = (ike),			\
	.esp_word = "esp-gcm-" #bits, .show_name = "AES-GCM",		\
	.esp_show = "ESP_" #bits "_GCM",				\
}

static const struct alg_encr encrs[] = {
	CBC(128, "esp-aes", "ESP_128_AES"),
	CBC(192, "esp-192-aes", "ESP_192_AES"),
	CBC(256, "esp-256-aes", "ESP_256_AES"),
	GCM(128, "aes-gcm-128", true),
	GCM(192, NULL, false),
	GCM(256, "aes-gcm-256", true),
};

#define INTEG(name, key, icv, digest, ike, esp, text, esp_text) {	\
	.id = INTEG_##name, .key_len = (key), .icv_len = (icv),		\
	.fips = true, .md = (digest), .ike_word = (ike),		\
	.esp_word = (esp), .show_name = (text), .esp_show = (esp_text),	\
}

static const struct alg_integ integs[] = {
	INTEG(HMAC_SHA1_96, 20, 12, "SHA1", "sha-1", "esp-hmac-sha1", "SHA1",
	      "HMAC_SHA_1"),
	INTEG(HMAC_SHA2_256_128, 32, 16, "SHA2-256", "sha-256",
	      "esp-hmac-sha-256", "SHA256", "HMAC_SHA_256"),
	INTEG(HMAC_SHA2_384_192, 48, 24, "SHA2-384", "sha-384",
	      "esp-hmac-sha-384", "SHA384", "HMAC_SHA_384"),
	INTEG(HMAC_SHA2_512_256, 64, 32, "SHA2-512", "sha-512",
	      "esp-hmac-sha-512", "SHA512", "HMAC_SHA_512"),
};

#define PRF(name, size, digest, word, text) {				\
	.id = PRF_##name, .len = (size), .fips = true, .md = (digest),	\
	.ike_word = (word), .show_name = (text),			\
}

static const struct alg_prf prfs[] = {
	PRF(HMAC_SHA1, 20, "SHA1", "sha-1", "SHA1"),
	PRF(HMAC_SHA2_256, 32, "SHA2-256", "sha-256", "SHA256"),
	PRF(HMAC_SHA2_384, 48, "SHA2-384", "sha-384", "SHA384"),
	PRF(HMAC_SHA2_512, 64, "SHA2-512", "sha-512", "SHA512"),
};

/* Slow is what takes more than about 0.3 ms for one side. */
#define SLOW	true
#define FAST	false

#define KE(name, number, i, r, secret, pace, approved, ours) {		\
	.id = KE_##name, .public_i = (i), .public_r = (r),		\
	.secret_len = (secret), .slow = (pace), .fips = (approved),	\
	.is_default = (ours), .word = #number,				\
	.pfs_word = "group" #number, .addke_word = "group" #number,	\
	.show_name = #number,						\
}

#define ML_KEM(bits, number, i, r) {					\
	.id = KE_ML_KEM_##bits, .public_i = (i), .public_r = (r),	\
	.secret_len = 32, .kem = true, .word = #number,			\
	.pfs_word = "group" #number, .addke_word = "ml-kem-" #bits,	\
	.show_name = #number,						\
}

static const struct alg_ke kes[] = {
	KE(ECP_256, 19, 64, 64, 32, FAST, true, true),
	KE(ECP_384, 20, 96, 96, 48, SLOW, true, true),
	KE(ECP_521, 21, 132, 132, 66, SLOW, true, true),
	KE(MODP_2048, 14, 256, 256, 256, SLOW, false, false),
	KE(CURVE25519, 31, 32, 32, 32, FAST, false, false),
	ML_KEM(512, 35, 800, 768),
	ML_KEM(768, 36, 1184, 1088),
	ML_KEM(1024, 37, 1568, 1568),
};

#define COUNT(list)	(sizeof(list) / sizeof((list)[0]))

const struct alg_encr *alg_encr_at(size_t i)
{
	return i < COUNT(encrs) ? &encrs[i] : NULL;
}

const struct alg_integ *alg_integ_at(size_t i)
{
	return i < COUNT(integs) ? &integs[i] : NULL;
}

const struct alg_prf *alg_prf_at(size_t i)
{
	return i < COUNT(prfs) ? &prfs[i] : NULL;
}

const struct alg_ke *alg_ke_at(size_t i)
{
	return i < COUNT(kes) ? &kes[i] : NULL;
}

const struct alg_encr *alg_encr(uint16_t id, uint16_t key_bits)
{
	size_t i;

	for (i = 0; i < COUNT(encrs); i++)
		if (encrs[i].id == id && encrs[i].key_bits == key_bits)
			return &encrs[i];
	return NULL;
}

const struct alg_integ *alg_integ(uint16_t id)
{
	size_t i;

	for (i = 0; i < COUNT(integs); i++)
		if (integs[i].id == id)
			return &integs[i];
	return NULL;
}

const struct alg_prf *alg_prf(uint16_t id)
{
	size_t i;

	for (i = 0; i < COUNT(prfs); i++)
		if (prfs[i].id == id)
			return &prfs[i];
	return NULL;
}

const struct alg_ke *alg_ke(uint16_t id)
{
	size_t i;

	for (i = 0; i < COUNT(kes); i++)
		if (kes[i].id == id)
			return provider_has_ke(id) ? &kes[i] : NULL;
	return NULL;
}

static bool is_word(const char *word, const char *wanted)
{
	return word && strcmp(word, wanted) == 0;
}

/* Each look-up by a word is the same walk over another table and member. */
#define BY_WORD(function, type, list, member)				\
const struct type *function(const char *word)				\
{									\
	size_t i;							\
									\
	for (i = 0; i < COUNT(list); i++)				\
		if (is_word(list[i].member, word))			\
			return &list[i];				\
	return NULL;							\
}

BY_WORD(alg_encr_by_esp_word, alg_encr, encrs, esp_word)
BY_WORD(alg_integ_by_esp_word, alg_integ, integs, esp_word)
BY_WORD(alg_prf_by_ike_word, alg_prf, prfs, ike_word)
