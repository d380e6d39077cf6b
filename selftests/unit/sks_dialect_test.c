// SPDX-License-Identifier: GPL-2.0
/*
 * ppk/skip.c, etsi.c, dialect.c, reply.c: addresses of requests, and what an
 * answer is worth. Nothing that comes from a source or a peer is taken as it
 * is.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ppk/dialect.h"
#include "ppk/http.h"
#include "ppk/reply.h"
#include "util/err.h"

#define HEX64	"000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"
#define ID32	"a39aee796c7c432e91d861ce25126cf5"
#define UUID	"29590c4d-00d7-48b5-a576-9d0d7f1b9de2"
/* The octets of HEX64. */
#define B64	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static struct sks_options options(enum sks_protocol protocol)
{
	struct sks_options o = { .protocol = protocol, .key_bits = 256 };

	strcpy(o.remote_system, "KP_B");
	return o;
}

static struct secret *body(const char *text)
{
	struct secret *s = secret_new(text, strlen(text));

	assert_non_null(s);
	return s;
}

/* ----------------------------------------------------------------- requests */

static void paths(void **state)
{
	struct sks_options o = options(SKS_SKIP);
	char path[HTTP_PATH];

	assert_int_equal(sks_skip.capability_path(&o, path, sizeof(path)), 0);
	assert_string_equal(path, "/capabilities");
	assert_int_equal(sks_skip.new_path(&o, "KP_B", path, sizeof(path)), 0);
	assert_string_equal(path, "/key?remoteSystemID=KP_B");
	assert_int_equal(sks_skip.key_path(&o, "KP_B", ID32, path,
					   sizeof(path)), 0);
	assert_string_equal(path, "/key/" ID32 "?remoteSystemID=KP_B");
	o.key_bits = 512;
	assert_int_equal(sks_skip.new_path(&o, "KP_B", path, sizeof(path)), 0);
	assert_string_equal(path, "/key?remoteSystemID=KP_B&size=512");
	o = options(SKS_ETSI_014);
	assert_int_equal(sks_etsi_014.capability_path(&o, path, sizeof(path)),
			 0);
	assert_string_equal(path, "/api/v1/keys/KP_B/status");
	assert_int_equal(sks_etsi_014.new_path(&o, "r2", path, sizeof(path)),
			 0);
	assert_string_equal(path, "/api/v1/keys/r2/enc_keys?number=1&size=256");
	assert_int_equal(sks_etsi_014.key_path(&o, "r2", UUID, path,
					       sizeof(path)), 0);
	assert_string_equal(path, "/api/v1/keys/r2/dec_keys?key_ID=" UUID);
}

static void path_that_does_not_fit(void **state)
{
	struct sks_options o = options(SKS_SKIP);
	char path[20];

	assert_int_equal(sks_skip.new_path(&o, "KP_B", path, sizeof(path)),
			 ERR_LIMIT);
	assert_int_equal(sks_etsi_014.new_path(&o, "KP_B", path, sizeof(path)),
			 ERR_LIMIT);
}

/* ------------------------------------------------------------- identifiers */

static void names_of_peers(void **state)
{
	static const char *const bad[] = {
		"", "a", "abc", "xy", "../../capabilities", "ab/cd", "ab?x=1",
		"ab%2f", "ab\ncd", " ab", "abcd ", "ab#c", "0x12",
		"\xff\xfe", ID32 "g0",
	};
	struct sks_options o = options(SKS_SKIP);
	char id[SKS_KEY_ID], longest[131];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sks_skip.id_from_wire(&o, (const uint8_t *)bad[i],
					  strlen(bad[i]), id) != ERR_INVALID)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(sks_skip.id_from_wire(&o, (const uint8_t *)"ab\0d", 4,
					       id), ERR_INVALID);
	memset(longest, 'f', sizeof(longest));
	assert_int_equal(sks_skip.id_from_wire(&o, (uint8_t *)longest, 130, id),
			 ERR_INVALID);
	assert_int_equal(sks_skip.id_from_wire(&o, (uint8_t *)longest, 128, id),
			 0);
	/* As it came, upper case too. */
	assert_int_equal(sks_skip.id_from_wire(&o, (const uint8_t *)"aBCd", 4,
					       id), 0);
	assert_string_equal(id, "aBCd");
}

static void names_of_peers_with_etsi(void **state)
{
	static const char *const bad[] = {
		"", ID32, "29590c4d-00d7-48b5-a576-9d0d7f1b9deg",
		"29590c4d000d7-48b5-a576-9d0d7f1b9de2",
		"29590c4d-00d7-48b5-a576-9d0d7f1b9de",
		"29590c4d-00d7-48b5-a576-9d0d7f1b9de22",
		"29590c4d-00d7-48b5-a576-9d0d7f1b9d/2",
	};
	struct sks_options o = options(SKS_ETSI_014);
	char id[SKS_KEY_ID];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sks_etsi_014.id_from_wire(&o, (const uint8_t *)bad[i],
					      strlen(bad[i]), id) !=
		    ERR_INVALID)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(sks_etsi_014.id_from_wire(&o, (const uint8_t *)UUID,
						   36, id), 0);
	assert_string_equal(id, UUID);
}

static void names_in_binary(void **state)
{
	struct sks_options o = options(SKS_SKIP);
	static const uint8_t octets[] = { 0x00, 0xff, 0x12 };
	char id[SKS_KEY_ID];
	uint8_t wire[128];
	size_t len;

	o.id_form = SKS_ID_BINARY;
	assert_int_equal(sks_skip.id_from_wire(&o, octets, 3, id), 0);
	assert_string_equal(id, "00ff12");
	assert_int_equal(sks_skip.id_to_wire(&o, "00FF12", wire, sizeof(wire),
					     &len), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(wire, octets, 3);
	assert_int_equal(sks_skip.id_from_wire(&o, wire, 0, id), ERR_INVALID);
	assert_int_equal(sks_skip.id_from_wire(&o, wire, 65, id), ERR_INVALID);
	o.id_form = SKS_ID_TEXT;
	assert_int_equal(sks_skip.id_to_wire(&o, "00FF12", wire, 5, &len),
			 ERR_LIMIT);
}

static void system_ids(void **state)
{
	char longest[SKS_SYSTEM_ID + 1];

	assert_true(sks_is_system_id("KP_London-2.example~1"));
	assert_false(sks_is_system_id(""));
	assert_false(sks_is_system_id("."));
	assert_false(sks_is_system_id(".."));
	assert_false(sks_is_system_id("a/b"));
	assert_false(sks_is_system_id("a b"));
	assert_false(sks_is_system_id("a&b"));
	assert_false(sks_is_system_id("KP_*"));
	memset(longest, 'a', sizeof(longest));
	longest[SKS_SYSTEM_ID] = '\0';
	assert_false(sks_is_system_id(longest));
	assert_true(sks_is_system_id(longest + 1));
}

/* ------------------------------------------------------------ capabilities */

static int capability(const struct sks_options *o, const char *text,
		      struct sks_capability *c, char say[SKS_SAY])
{
	struct secret *b = body(text);
	int err = sks_dialect(o->protocol)->read_capability(o, b, c, say);

	secret_free(b);
	return err;
}

#define CAP(key, local, remote)						\
	"{\"entropy\":true,\"key\":" key ",\"algorithm\":\"PRF\","	\
	"\"localSystemID\":\"" local "\",\"remoteSystemID\":" remote "}"

static void capabilities_of_skip(void **state)
{
	struct sks_options o = options(SKS_SKIP);
	struct sks_capability c;
	char say[SKS_SAY];

	assert_int_equal(capability(&o, CAP("true", "KP_A", "[\"KP_B\"]"), &c,
				    say), 0);
	assert_string_equal(c.local_system, "KP_A");
	assert_string_equal(c.remote_system, "KP_B");
	assert_string_equal(c.algorithm, "PRF");
	/* Patterns. */
	assert_int_equal(capability(&o, CAP("true", "A", "[\"x\",\"KP_[AB]\"]"),
				    &c, say), 0);
	assert_int_equal(capability(&o, CAP("true", "A", "[\"KP_*\"]"), &c,
				    say), 0);
	/* What it cannot. */
	assert_int_equal(capability(&o, CAP("false", "A", "[\"KP_B\"]"), &c,
				    say), ERR_CONFIG);
	assert_string_equal(say, "it gives no keys");
	assert_int_equal(capability(&o, CAP("true", "A", "[\"KP_C\"]"), &c,
				    say), ERR_CONFIG);
	assert_string_equal(say, "it shares no keys with KP_B (remote-system-id)");
	strcpy(o.local_system, "KP_A");
	assert_int_equal(capability(&o, CAP("true", "A", "[\"KP_B\"]"), &c,
				    say), ERR_CONFIG);
	assert_string_equal(say, "it is A, expected KP_A (local-system-id)");
}

static void remote_system_by_itself(void **state)
{
	struct sks_options o = options(SKS_SKIP);
	struct sks_capability c;
	char say[SKS_SAY];

	*o.remote_system = '\0';
	assert_int_equal(capability(&o, CAP("true", "A", "[\"KP_*\",\"B\"]"),
				    &c, say), 0);
	assert_string_equal(c.remote_system, "B");
	assert_int_equal(capability(&o, CAP("true", "A", "[\"C\",\"B\"]"),
				    &c, say), ERR_CONFIG);
	assert_int_equal(capability(&o, CAP("true", "A", "[\"KP_*\"]"), &c,
				    say), ERR_CONFIG);
	assert_string_equal(say, "it names 0 other ends; set remote-system-id to the one of the peer");
	/* A name that cannot stand in an address is none. */
	assert_int_equal(capability(&o, CAP("true", "A", "[\"a/../b\"]"), &c,
				    say), ERR_CONFIG);
}

static void capabilities_that_are_none(void **state)
{
	static const char *const bad[] = {
		"", "[]", "null", "{", "{}", "{\"key\":true}", "\"key\"",
		CAP("true", "A", "\"KP_B\""), CAP("true", "A", "[1]") "x",
		"{\"key\":true,\"localSystemID\":1,\"remoteSystemID\":[]}",
	};
	struct sks_options o = options(SKS_SKIP);
	struct sks_capability c;
	char say[SKS_SAY];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (capability(&o, bad[i], &c, say) != ERR_SYNTAX)
			fail_msg("taken: %s", bad[i]);
	/* "key" must be a boolean. */
	assert_int_equal(capability(&o, CAP("\"yes\"", "A", "[\"KP_B\"]"), &c,
				    say), ERR_CONFIG);
	/* What is shown is printable. */
	assert_int_equal(capability(&o, CAP("true", "A\\u001b[2J\\n",
					    "[\"KP_B\"]"), &c, say), 0);
	assert_null(strchr(c.local_system, 27));
	assert_null(strchr(c.local_system, '\n'));
}

static void capabilities_of_etsi(void **state)
{
	struct sks_options o = options(SKS_ETSI_014);
	struct sks_capability c;
	char say[SKS_SAY];

	assert_int_equal(capability(&o, "{\"source_KME_ID\":\"K1\",\"master_SAE_ID\":\"r1\",\"key_size\":256,\"max_key_size\":1024,\"min_key_size\":64}",
				    &c, say), 0);
	assert_string_equal(c.local_system, "K1");
	assert_string_equal(c.remote_system, "KP_B");
	assert_int_equal(capability(&o, "{\"source_KME_ID\":\"K1\",\"max_key_size\":128}",
				    &c, say), ERR_CONFIG);
	assert_string_equal(say, "it has no keys of 256 bits (key-size)");
	assert_int_equal(capability(&o, "{}", &c, say), ERR_SYNTAX);
	strcpy(o.local_system, "r2");
	assert_int_equal(capability(&o, "{\"source_KME_ID\":\"K1\",\"master_SAE_ID\":\"r1\"}",
				    &c, say), ERR_CONFIG);
}

/* -------------------------------------------------------------------- keys */

static int key_of(const struct sks_options *o, const char *text, const char *id,
		  struct sks_key *key, char say[SKS_SAY])
{
	struct secret *b = body(text);
	int err = sks_dialect(o->protocol)->read_key(o, b, id, key, say);

	secret_free(b);
	if (err)
		assert_null(key->key);
	return err;
}

static void assert_count_up(const struct sks_key *key)
{
	size_t i;

	assert_int_equal(secret_len(key->key), 32);
	for (i = 0; i < 32; i++)
		assert_int_equal(secret_bytes(key->key)[i], i);
}

static void keys_of_skip(void **state)
{
	struct sks_options o = options(SKS_SKIP);
	struct sks_key key;
	char say[SKS_SAY];

	assert_int_equal(key_of(&o, "{\"keyId\":\"" ID32 "\",\"key\":\"" HEX64 "\"}",
				NULL, &key, say), 0);
	assert_string_equal(key.id, ID32);
	assert_count_up(&key);
	secret_free(key.key);
	assert_int_equal(key_of(&o, " {\"key\":\"" HEX64 "\",\"keyId\":\"AB\",\"x\":1} \r\n",
				"ab", &key, say), 0);
	secret_free(key.key);
	o.key_bits = 512;
	assert_int_equal(key_of(&o, "{\"keyId\":\"ab\",\"key\":\"" HEX64 HEX64 "\"}",
				NULL, &key, say), 0);
	secret_free(key.key);
}

static void keys_that_are_none(void **state)
{
	static const char *const bad[] = {
		"", "{", "{}", "[]", "{\"keyId\":\"ab\"}",
		"{\"key\":\"" HEX64 "\"}",
		"{\"keyId\":\"abc\",\"key\":\"" HEX64 "\"}",
		"{\"keyId\":\"\",\"key\":\"" HEX64 "\"}",
		"{\"keyId\":\"../x\",\"key\":\"" HEX64 "\"}",
		"{\"keyId\":12,\"key\":\"" HEX64 "\"}",
		"{\"keyId\":\"ab\",\"key\":12}",
		"{\"keyId\":\"ab\",\"key\":\"\"}",
		"{\"keyId\":\"ab\",\"key\":\"0\"}",
		"{\"keyId\":\"ab\",\"key\":\"zz" HEX64 "\"}",
		"{\"keyId\":\"ab\",\"key\":\"" HEX64 "00\"}",
		"{\"keyId\":\"ab\",\"key\":\"00\"}",
		"{\"keyId\":\"ab\\u0000\",\"key\":\"" HEX64 "\"}",
		"{\"keyId\":\"ab\",\"key\":\"" HEX64 "\"}{}",
		"{\"keyId\":\"ab\",\"key\":\"" HEX64 "\"",
	};
	struct sks_options o = options(SKS_SKIP);
	struct sks_key key;
	char say[SKS_SAY];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (key_of(&o, bad[i], NULL, &key, say) != ERR_SYNTAX)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(key_of(&o, "{\"keyId\":\"ab\",\"key\":\"" HEX64 "\"}",
				"cd", &key, say), ERR_SYNTAX);
	assert_string_equal(say, "it gave the key of another keyId");
}

static void keys_of_etsi(void **state)
{
	static const char *const bad[] = {
		"", "{}", "{\"keys\":[]}", "{\"keys\":{}}",
		"{\"keys\":[1]}",
		"{\"keys\":[{\"key_ID\":\"" UUID "\",\"key\":\"" B64 "\"},{}]}",
		"{\"keys\":[{\"key_ID\":\"" ID32 "\",\"key\":\"" B64 "\"}]}",
		"{\"keys\":[{\"key_ID\":\"" UUID "\",\"key\":\"" HEX64 "\"}]}",
		"{\"keys\":[{\"key_ID\":\"" UUID "\",\"key\":\"AAE\"}]}",
		"{\"keys\":[{\"key_ID\":\"" UUID "\",\"key\":\"====\"}]}",
		"{\"keys\":[{\"key_ID\":\"" UUID "\",\"key\":\" " B64 "   \"}]}",
		"{\"keys\":[{\"key_ID\":\"" UUID "\",\"key\":\"A=ECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}]}",
	};
	struct sks_options o = options(SKS_ETSI_014);
	struct sks_key key;
	char say[SKS_SAY];
	size_t i;

	assert_int_equal(key_of(&o, "{\"keys\":[{\"key_ID\":\"" UUID "\",\"key\":\"" B64 "\"}]}",
				UUID, &key, say), 0);
	assert_string_equal(key.id, UUID);
	assert_count_up(&key);
	secret_free(key.key);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (key_of(&o, bad[i], NULL, &key, say) != ERR_SYNTAX)
			fail_msg("taken: %s", bad[i]);
}

/* A slash may be escaped in JSON. */
static void base64_with_slashes(void **state)
{
	struct sks_options o = options(SKS_ETSI_014);
	struct sks_key key;
	char say[SKS_SAY];

	o.key_bits = 128;
	assert_int_equal(key_of(&o, "{\"keys\":[{\"key_ID\":\"" UUID "\",\"key\":\"\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/\\/w==\"}]}",
				NULL, &key, say), 0);
	assert_int_equal(secret_len(key.key), 16);
	assert_int_equal(secret_bytes(key.key)[15], 0xff);
	secret_free(key.key);
}

/* Whatever comes, sanitizers watch: prefixes and flipped bits of good ones. */
static void damaged_answers(void **state)
{
	static const char good[] =
		"{\"keyId\":\"" ID32 "\",\"key\":\"" HEX64 "\",\"a\":[{},null,1.5]}";
	struct sks_options o = options(SKS_SKIP);
	struct sks_key key;
	char say[SKS_SAY];
	size_t i, bit;

	for (i = 0; i < sizeof(good) - 1; i++) {
		struct secret *b = secret_new(good, i);

		assert_int_equal(sks_skip.read_key(&o, b, NULL, &key, say),
				 ERR_SYNTAX);
		secret_free(b);
		for (bit = 0; bit < 8; bit++) {
			b = secret_new(good, sizeof(good) - 1);
			secret_writable(b)[i] ^= (uint8_t)(1 << bit);
			sks_skip.read_key(&o, b, NULL, &key, say);
			secret_free(key.key);
			secret_free(b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(path_that_does_not_fit),
		cmocka_unit_test(names_of_peers),
		cmocka_unit_test(names_of_peers_with_etsi),
		cmocka_unit_test(names_in_binary),
		cmocka_unit_test(system_ids),
		cmocka_unit_test(capabilities_of_skip),
		cmocka_unit_test(remote_system_by_itself),
		cmocka_unit_test(capabilities_that_are_none),
		cmocka_unit_test(capabilities_of_etsi),
		cmocka_unit_test(keys_of_skip),
		cmocka_unit_test(keys_that_are_none),
		cmocka_unit_test(keys_of_etsi),
		cmocka_unit_test(base64_with_slashes),
		cmocka_unit_test(damaged_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
