// SPDX-License-Identifier: GPL-2.0
/*
 * agent/proto/ids.c: numbers and names as IANA registers them, and numbers
 * that have no name.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/ids.h"

typedef const char *(*name_fn)(unsigned int v, char buf[ID_NAME_STR]);

struct name {
	unsigned int number;
	const char *text;
};

static void check_names(name_fn fn, const struct name *list, size_t count)
{
	char buf[ID_NAME_STR];
	size_t i;

	for (i = 0; i < count; i++)
		assert_string_equal(fn(list[i].number, buf), list[i].text);
}

#define CHECK_NAMES(fn, list) \
	check_names(fn, list, sizeof(list) / sizeof((list)[0]))

static void exchanges(void **state)
{
	static const struct name list[] = {
		{ 34, "IKE_SA_INIT" }, { 35, "IKE_AUTH" },
		{ 36, "CREATE_CHILD_SA" }, { 37, "INFORMATIONAL" },
		{ 43, "IKE_INTERMEDIATE" }, { 44, "IKE_FOLLOWUP_KE" },
		{ 33, "exchange 33" }, { 0, "exchange 0" },
	};

	CHECK_NAMES(exchange_name, list);
}

static void payloads(void **state)
{
	static const struct name list[] = {
		{ 33, "SA" }, { 34, "KE" }, { 35, "IDi" }, { 36, "IDr" },
		{ 39, "AUTH" }, { 40, "NONCE" }, { 41, "N" }, { 42, "D" },
		{ 44, "TSi" }, { 45, "TSr" }, { 46, "SK" }, { 53, "SKF" },
		{ 32, "payload 32" }, { 255, "payload 255" },
	};

	CHECK_NAMES(payload_name, list);
}

static void notifies(void **state)
{
	static const struct name list[] = {
		{ 1, "UNSUPPORTED_CRITICAL_PAYLOAD" }, { 7, "INVALID_SYNTAX" },
		{ 14, "NO_PROPOSAL_CHOSEN" }, { 17, "INVALID_KE_PAYLOAD" },
		{ 24, "AUTHENTICATION_FAILED" }, { 38, "TS_UNACCEPTABLE" },
		{ 43, "TEMPORARY_FAILURE" }, { 44, "CHILD_SA_NOT_FOUND" },
		{ 47, "STATE_NOT_FOUND" }, { 16384, "INITIAL_CONTACT" },
		{ 16388, "NAT_DETECTION_SOURCE_IP" }, { 16390, "COOKIE" },
		{ 16393, "REKEY_SA" }, { 16435, "USE_PPK" },
		{ 16436, "PPK_IDENTITY" }, { 16437, "NO_PPK_AUTH" },
		{ 16438, "INTERMEDIATE_EXCHANGE_SUPPORTED" },
		{ 16441, "ADDITIONAL_KEY_EXCHANGE" }, { 16445, "USE_PPK_INT" },
		{ 16446, "PPK_IDENTITY_KEY" },
		{ 2, "notify 2" }, { 65535, "notify 65535" },
	};

	CHECK_NAMES(notify_name, list);
}

static void identities_and_methods(void **state)
{
	static const struct name ids[] = {
		{ 1, "ID_IPV4_ADDR" }, { 2, "ID_FQDN" },
		{ 3, "ID_RFC822_ADDR" }, { 5, "ID_IPV6_ADDR" },
		{ 11, "ID_KEY_ID" }, { 4, "ID type 4" },
	};
	static const struct name methods[] = {
		{ 1, "RSA signature" }, { 2, "pre-shared key" },
		{ 9, "ECDSA P-256" }, { 14, "digital signature" },
		{ 3, "authentication method 3" },
	};

	CHECK_NAMES(id_type_name, ids);
	CHECK_NAMES(auth_method_name, methods);
}

static void transform_types(void **state)
{
	static const struct name list[] = {
		{ 1, "ENCR" }, { 2, "PRF" }, { 3, "INTEG" }, { 4, "KE" },
		{ 5, "ESN" }, { 6, "ADDKE1" }, { 9, "ADDKE4" },
		{ 12, "ADDKE7" }, { 0, "transform type 0" },
		{ 13, "transform type 13" },
	};

	CHECK_NAMES(xform_type_name, list);
}

static void transforms_are_named_within_their_type(void **state)
{
	static const struct {
		unsigned int type, id;
		const char *text;
	} list[] = {
		{ 1, 12, "AES_CBC" }, { 1, 20, "AES_GCM_16" },
		{ 2, 5, "PRF_HMAC_SHA2_256" }, { 2, 12, "PRF 12" },
		{ 3, 12, "HMAC_SHA2_256_128" }, { 3, 2, "HMAC_SHA1_96" },
		{ 3, 0, "NONE" }, { 4, 14, "MODP_2048" }, { 4, 19, "ECP_256" },
		{ 4, 20, "ECP_384" }, { 4, 21, "ECP_521" },
		{ 4, 31, "CURVE25519" }, { 4, 36, "ML_KEM_768" },
		{ 6, 36, "ML_KEM_768" }, { 12, 0, "NONE" },
		{ 5, 0, "NO_ESN" }, { 5, 1, "ESN" }, { 5, 2, "ESN 2" },
		{ 1, 65535, "ENCR 65535" }, { 13, 1, "transform 1" },
	};
	char buf[ID_NAME_STR];
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		assert_string_equal(xform_name(list[i].type, list[i].id, buf),
				    list[i].text);
}

/* A name that is cut, or that two numbers share, misleads whoever searches. */
static void names_are_whole_and_unique(void **state)
{
	static const name_fn all[] = {
		exchange_name, payload_name, notify_name, id_type_name,
		auth_method_name, xform_type_name,
	};
	static char seen[65536][ID_NAME_STR];
	unsigned int named, v, i;
	size_t k;

	for (k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		named = 0;
		for (v = 0; v < 65536; v++) {
			char buf[ID_NAME_STR], number[16];

			all[k](v, buf);
			assert_true(strlen(buf) < ID_NAME_STR - 1);
			snprintf(number, sizeof(number), " %u", v);
			if (strstr(buf, number))
				continue;
			for (i = 0; i < named; i++)
				assert_string_not_equal(seen[i], buf);
			memcpy(seen[named++], buf, ID_NAME_STR);
		}
		assert_true(named > 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exchanges),
		cmocka_unit_test(payloads),
		cmocka_unit_test(notifies),
		cmocka_unit_test(identities_and_methods),
		cmocka_unit_test(transform_types),
		cmocka_unit_test(transforms_are_named_within_their_type),
		cmocka_unit_test(names_are_whole_and_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
