/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IANA numbers of IKEv2 and their names, from one list each. Names are the
 * registry's, so that a log line can be searched in the RFCs.
 */
#ifndef AGENT_PROTO_IDS_H
#define AGENT_PROTO_IDS_H

#include <stddef.h>
#include <stdint.h>

#define IKE_PORT	500
#define IKE_NATT_PORT	4500
#define IKE_VERSION	0x20
#define IKE_HDR_LEN	28
#define IKE_SPI_LEN	8
#define ESP_SPI_LEN	4

/* Header flags (RFC 7296 section 3.1). */
#define IKE_FLAG_INITIATOR	0x08
#define IKE_FLAG_VERSION	0x10
#define IKE_FLAG_RESPONSE	0x20

#define EXCHANGE_LIST(X)		\
	X(IKE_SA_INIT, 34)		\
	X(IKE_AUTH, 35)			\
	X(CREATE_CHILD_SA, 36)		\
	X(INFORMATIONAL, 37)		\
	X(IKE_SESSION_RESUME, 38)	\
	X(IKE_INTERMEDIATE, 43)		\
	X(IKE_FOLLOWUP_KE, 44)

enum exchange {
#define X(name, num) EXCHANGE_##name = (num),
	EXCHANGE_LIST(X)
#undef X
};

#define PAYLOAD_LIST(X)	\
	X(NONE, 0)	\
	X(SA, 33)	\
	X(KE, 34)	\
	X(IDi, 35)	\
	X(IDr, 36)	\
	X(CERT, 37)	\
	X(CERTREQ, 38)	\
	X(AUTH, 39)	\
	X(NONCE, 40)	\
	X(N, 41)	\
	X(D, 42)	\
	X(V, 43)	\
	X(TSi, 44)	\
	X(TSr, 45)	\
	X(SK, 46)	\
	X(CP, 47)	\
	X(EAP, 48)	\
	X(SKF, 53)

enum payload_type {
#define X(name, num) PL_##name = (num),
	PAYLOAD_LIST(X)
#undef X
};

enum protocol_id {
	PROTO_NONE = 0,
	PROTO_IKE = 1,
	PROTO_AH = 2,
	PROTO_ESP = 3,
};

enum xform_type {
	XFORM_ENCR = 1,
	XFORM_PRF = 2,
	XFORM_INTEG = 3,
	XFORM_KE = 4,
	XFORM_ESN = 5,
	XFORM_ADDKE1 = 6,
	XFORM_ADDKE7 = 12,
};
#define XFORM_TYPES	13	/* one more than the largest type */

enum encr_id {
	ENCR_AES_CBC = 12,
	ENCR_AES_GCM_16 = 20,
};

enum prf_id {
	PRF_HMAC_SHA1 = 2,
	PRF_HMAC_SHA2_256 = 5,
	PRF_HMAC_SHA2_384 = 6,
	PRF_HMAC_SHA2_512 = 7,
};

enum integ_id {
	INTEG_NONE = 0,
	INTEG_HMAC_SHA1_96 = 2,
	INTEG_HMAC_SHA2_256_128 = 12,
	INTEG_HMAC_SHA2_384_192 = 13,
	INTEG_HMAC_SHA2_512_256 = 14,
};

enum ke_id {
	KE_NONE = 0,
	KE_MODP_2048 = 14,
	KE_ECP_256 = 19,
	KE_ECP_384 = 20,
	KE_ECP_521 = 21,
	KE_CURVE25519 = 31,
	KE_ML_KEM_512 = 35,
	KE_ML_KEM_768 = 36,
	KE_ML_KEM_1024 = 37,
};

enum esn_id {
	ESN_NONE = 0,
	ESN_ESN = 1,
};

enum auth_method {
	AUTH_RSA_SIGNATURE = 1,
	AUTH_SHARED_KEY = 2,
	AUTH_ECDSA_256 = 9,
	AUTH_ECDSA_384 = 10,
	AUTH_ECDSA_521 = 11,
	AUTH_NULL = 13,
	AUTH_DIGITAL_SIGNATURE = 14,
};

/* Hash algorithms of SIGNATURE_HASH_ALGORITHMS (RFC 7427 section 7). */
enum sig_hash {
	SIG_HASH_SHA1 = 1,
	SIG_HASH_SHA2_256 = 2,
	SIG_HASH_SHA2_384 = 3,
	SIG_HASH_SHA2_512 = 4,
	SIG_HASH_IDENTITY = 5,
};

enum cert_encoding {
	CERT_X509_SIGNATURE = 4,
};

enum id_type {
	ID_IPV4_ADDR = 1,
	ID_FQDN = 2,
	ID_RFC822_ADDR = 3,
	ID_IPV6_ADDR = 5,
	ID_DER_ASN1_DN = 9,
	ID_DER_ASN1_GN = 10,
	ID_KEY_ID = 11,
	ID_NULL = 13,
};

enum ts_type {
	TS_IPV4_ADDR_RANGE = 7,
	TS_IPV6_ADDR_RANGE = 8,
};

/* Notify message types; below 16384 they are errors. */
#define NOTIFY_LIST(X)					\
	X(UNSUPPORTED_CRITICAL_PAYLOAD, 1)		\
	X(INVALID_IKE_SPI, 4)				\
	X(INVALID_MAJOR_VERSION, 5)			\
	X(INVALID_SYNTAX, 7)				\
	X(INVALID_MESSAGE_ID, 9)			\
	X(INVALID_SPI, 11)				\
	X(NO_PROPOSAL_CHOSEN, 14)			\
	X(INVALID_KE_PAYLOAD, 17)			\
	X(AUTHENTICATION_FAILED, 24)			\
	X(SINGLE_PAIR_REQUIRED, 34)			\
	X(NO_ADDITIONAL_SAS, 35)			\
	X(INTERNAL_ADDRESS_FAILURE, 36)			\
	X(FAILED_CP_REQUIRED, 37)			\
	X(TS_UNACCEPTABLE, 38)				\
	X(INVALID_SELECTORS, 39)			\
	X(UNACCEPTABLE_ADDRESSES, 40)			\
	X(UNEXPECTED_NAT_DETECTED, 41)			\
	X(TEMPORARY_FAILURE, 43)			\
	X(CHILD_SA_NOT_FOUND, 44)			\
	X(STATE_NOT_FOUND, 47)				\
	X(INITIAL_CONTACT, 16384)			\
	X(SET_WINDOW_SIZE, 16385)			\
	X(ADDITIONAL_TS_POSSIBLE, 16386)		\
	X(IPCOMP_SUPPORTED, 16387)			\
	X(NAT_DETECTION_SOURCE_IP, 16388)		\
	X(NAT_DETECTION_DESTINATION_IP, 16389)		\
	X(COOKIE, 16390)				\
	X(USE_TRANSPORT_MODE, 16391)			\
	X(HTTP_CERT_LOOKUP_SUPPORTED, 16392)		\
	X(REKEY_SA, 16393)				\
	X(ESP_TFC_PADDING_NOT_SUPPORTED, 16394)		\
	X(NON_FIRST_FRAGMENTS_ALSO, 16395)		\
	X(MOBIKE_SUPPORTED, 16396)			\
	X(AUTH_LIFETIME, 16403)				\
	X(EAP_ONLY_AUTHENTICATION, 16417)		\
	X(CHILDLESS_IKEV2_SUPPORTED, 16418)		\
	X(QUICK_CRASH_DETECTION, 16419)			\
	X(IKEV2_FRAGMENTATION_SUPPORTED, 16430)		\
	X(SIGNATURE_HASH_ALGORITHMS, 16431)		\
	X(USE_PPK, 16435)				\
	X(PPK_IDENTITY, 16436)				\
	X(NO_PPK_AUTH, 16437)				\
	X(INTERMEDIATE_EXCHANGE_SUPPORTED, 16438)	\
	X(ADDITIONAL_KEY_EXCHANGE, 16441)		\
	X(USE_PPK_INT, 16445)				\
	X(PPK_IDENTITY_KEY, 16446)

#define NOTIFY_STATUS_MIN	16384

enum notify_type {
#define X(name, num) N_##name = (num),
	NOTIFY_LIST(X)
#undef X
};

/* Registry names; a number without one gives "exchange 99" and the like. */
#define ID_NAME_STR	40
const char *exchange_name(unsigned int v, char buf[ID_NAME_STR]);
const char *payload_name(unsigned int v, char buf[ID_NAME_STR]);
const char *notify_name(unsigned int v, char buf[ID_NAME_STR]);
const char *id_type_name(unsigned int v, char buf[ID_NAME_STR]);
const char *sig_hash_name(unsigned int v, char buf[ID_NAME_STR]);
const char *auth_method_name(unsigned int v, char buf[ID_NAME_STR]);
const char *xform_type_name(unsigned int v, char buf[ID_NAME_STR]);
/* "AES_CBC", "HMAC_SHA2_256", "ECP_384", ...: by transform type and ID. */
const char *xform_name(unsigned int type, unsigned int id,
		       char buf[ID_NAME_STR]);

#endif
