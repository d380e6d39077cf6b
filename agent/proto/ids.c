// SPDX-License-Identifier: GPL-2.0
/*
 * Names of IANA numbers, out of the lists in ids.h.
 */

#include "proto/ids.h"

#include <stdio.h>

static const char *unknown(const char *kind, unsigned int v,
			   char buf[ID_NAME_STR])
{
	snprintf(buf, ID_NAME_STR, "%s %u", kind, v);
	return buf;
}

static const char *known(const char *name, char buf[ID_NAME_STR])
{
	snprintf(buf, ID_NAME_STR, "%s", name);
	return buf;
}

const char *exchange_name(unsigned int v, char buf[ID_NAME_STR])
{
	switch (v) {
#define X(name, num) case num: return known(#name, buf);
	EXCHANGE_LIST(X)
#undef X
	default:
		return unknown("exchange", v, buf);
	}
}

const char *payload_name(unsigned int v, char buf[ID_NAME_STR])
{
	switch (v) {
#define X(name, num) case num: return known(#name, buf);
	PAYLOAD_LIST(X)
#undef X
	default:
		return unknown("payload", v, buf);
	}
}

const char *notify_name(unsigned int v, char buf[ID_NAME_STR])
{
	switch (v) {
#define X(name, num) case num: return known(#name, buf);
	NOTIFY_LIST(X)
#undef X
	default:
		return unknown("notify", v, buf);
	}
}

/** struct id_name - a number and its registry name */
struct id_name {
	unsigned int id;
	const char *name;
};

static const struct id_name id_types[] = {
	{ ID_IPV4_ADDR, "ID_IPV4_ADDR" }, { ID_FQDN, "ID_FQDN" },
	{ ID_RFC822_ADDR, "ID_RFC822_ADDR" }, { ID_IPV6_ADDR, "ID_IPV6_ADDR" },
	{ ID_DER_ASN1_DN, "ID_DER_ASN1_DN" },
	{ ID_DER_ASN1_GN, "ID_DER_ASN1_GN" }, { ID_KEY_ID, "ID_KEY_ID" },
	{ ID_NULL, "ID_NULL" }, { 0, NULL },
};

static const struct id_name auth_methods[] = {
	{ AUTH_RSA_SIGNATURE, "RSA signature" },
	{ AUTH_SHARED_KEY, "pre-shared key" },
	{ AUTH_ECDSA_256, "ECDSA P-256" }, { AUTH_ECDSA_384, "ECDSA P-384" },
	{ AUTH_ECDSA_521, "ECDSA P-521" }, { AUTH_NULL, "NULL" },
	{ AUTH_DIGITAL_SIGNATURE, "digital signature" }, { 0, NULL },
};

static const struct id_name sig_hashes[] = {
	{ SIG_HASH_SHA1, "SHA1" }, { SIG_HASH_SHA2_256, "SHA2-256" },
	{ SIG_HASH_SHA2_384, "SHA2-384" }, { SIG_HASH_SHA2_512, "SHA2-512" },
	{ SIG_HASH_IDENTITY, "Identity" }, { 0, NULL },
};

static const struct id_name xform_types[] = {
	{ XFORM_ENCR, "ENCR" }, { XFORM_PRF, "PRF" }, { XFORM_INTEG, "INTEG" },
	{ XFORM_KE, "KE" }, { XFORM_ESN, "ESN" }, { 0, NULL },
};

/* The names of other ciphers are here because peers offer them. */
static const struct id_name encr_names[] = {
	{ 2, "DES" }, { 3, "3DES" }, { 11, "NULL" },
	{ ENCR_AES_CBC, "AES_CBC" }, { 13, "AES_CTR" }, { 14, "AES_CCM_8" },
	{ 16, "AES_CCM_16" }, { 18, "AES_GCM_8" }, { 19, "AES_GCM_12" },
	{ ENCR_AES_GCM_16, "AES_GCM_16" }, { 28, "CHACHA20_POLY1305" },
	{ 0, NULL },
};

static const struct id_name prf_names[] = {
	{ 1, "PRF_HMAC_MD5" }, { PRF_HMAC_SHA1, "PRF_HMAC_SHA1" },
	{ 4, "PRF_AES128_XCBC" }, { PRF_HMAC_SHA2_256, "PRF_HMAC_SHA2_256" },
	{ PRF_HMAC_SHA2_384, "PRF_HMAC_SHA2_384" },
	{ PRF_HMAC_SHA2_512, "PRF_HMAC_SHA2_512" }, { 0, NULL },
};

static const struct id_name integ_names[] = {
	{ INTEG_NONE, "NONE" }, { 1, "HMAC_MD5_96" },
	{ INTEG_HMAC_SHA1_96, "HMAC_SHA1_96" }, { 5, "AES_XCBC_96" },
	{ INTEG_HMAC_SHA2_256_128, "HMAC_SHA2_256_128" },
	{ INTEG_HMAC_SHA2_384_192, "HMAC_SHA2_384_192" },
	{ INTEG_HMAC_SHA2_512_256, "HMAC_SHA2_512_256" }, { 0, NULL },
};

static const struct id_name ke_names[] = {
	{ KE_NONE, "NONE" }, { 2, "MODP_1024" }, { 5, "MODP_1536" },
	{ KE_MODP_2048, "MODP_2048" }, { 15, "MODP_3072" },
	{ 16, "MODP_4096" }, { KE_ECP_256, "ECP_256" },
	{ KE_ECP_384, "ECP_384" }, { KE_ECP_521, "ECP_521" },
	{ KE_CURVE25519, "CURVE25519" }, { 32, "CURVE448" },
	{ KE_ML_KEM_512, "ML_KEM_512" }, { KE_ML_KEM_768, "ML_KEM_768" },
	{ KE_ML_KEM_1024, "ML_KEM_1024" }, { 0, NULL },
};

static const struct id_name esn_names[] = {
	{ ESN_NONE, "NO_ESN" }, { ESN_ESN, "ESN" }, { 0, NULL },
};

static const char *look_up(const struct id_name *list, const char *kind,
			   unsigned int v, char buf[ID_NAME_STR])
{
	for (; list->name; list++)
		if (list->id == v)
			return known(list->name, buf);
	return unknown(kind, v, buf);
}

const char *id_type_name(unsigned int v, char buf[ID_NAME_STR])
{
	return look_up(id_types, "ID type", v, buf);
}

const char *auth_method_name(unsigned int v, char buf[ID_NAME_STR])
{
	return look_up(auth_methods, "authentication method", v, buf);
}

const char *sig_hash_name(unsigned int v, char buf[ID_NAME_STR])
{
	return look_up(sig_hashes, "hash", v, buf);
}

const char *xform_type_name(unsigned int v, char buf[ID_NAME_STR])
{
	if (v >= XFORM_ADDKE1 && v <= XFORM_ADDKE7)
		snprintf(buf, ID_NAME_STR, "ADDKE%u", v - XFORM_ADDKE1 + 1);
	else
		look_up(xform_types, "transform type", v, buf);
	return buf;
}

const char *xform_name(unsigned int type, unsigned int id,
		       char buf[ID_NAME_STR])
{
	switch (type) {
	case XFORM_ENCR:
		return look_up(encr_names, "ENCR", id, buf);
	case XFORM_PRF:
		return look_up(prf_names, "PRF", id, buf);
	case XFORM_INTEG:
		return look_up(integ_names, "INTEG", id, buf);
	case XFORM_KE:
	case XFORM_ADDKE1 ... XFORM_ADDKE7:
		return look_up(ke_names, "KE", id, buf);
	case XFORM_ESN:
		return look_up(esn_names, "ESN", id, buf);
	default:
		return unknown("transform", id, buf);
	}
}
