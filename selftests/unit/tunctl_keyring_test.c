// SPDX-License-Identifier: GPL-2.0
/*
 * tools/show_keyring.c and show_counters.c, and peers without tunnel in
 * cmd_why.c: whole screens, blank for blank, and the same as JSON. The digests
 * are those that the router prints for the passwords of its example.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "fake_ike.h"
#include "ike/failure.h"
#include "tunctl_world.h"

#define CISCO123	"D8XsPtnaX4gCSp4bCNLqHkgEWMJs9l6v2aXirCvGK2I="
#define CISCO456	"jBFwTDBOK/kT894SrK3T8hJQ5BZtCus/KyEgNj4cJVQ="
#define ABCD1234	"6c7nGrky/ehjM40Ivk3p3+OeoEm9r7NCzmWexUULaa4="

static void digest(const char *clear, char out[VIEW_DIGEST])
{
	struct secret *key = secret_new(clear, strlen(clear));

	assert_non_null(key);
	assert_int_equal(fingerprint(key, out), 0);
	secret_free(key);
}

/* The router's example, and a peer that has everything else. */
static int keyrings(void **state)
{
	struct view_peer *v = fake_ike.peer_views;
	struct cfg_peer *p = fake_ike.peers;

	setup(state);
	assert_int_equal(crypto_init(), 0);
	strcpy(p[0].name, "peer1");
	assert_int_equal(prefix_parse("10.1.1.2 255.255.255.0",
				      &p[0].address), 0);
	p[0].ppk.kind = CFG_PPK_MANUAL;
	p[0].ppk.required = true;
	digest("cisco123", v[0].psk_local);
	digest("cisco456", v[0].psk_remote);
	digest("abcd1234", v[0].ppk);
	v[0].keyring = "kyr1";
	strcpy(p[1].name, "b");
	assert_int_equal(prefix_parse("2001:db8::/33", &p[1].address), 0);
	p[1].identity.kind = CFG_ID_DOMAIN;
	strcpy(p[1].identity.name, "example.com");
	p[1].ppk.kind = CFG_PPK_DYNAMIC;
	digest("cisco123", v[1].psk_local);
	digest("cisco123", v[1].psk_remote);
	v[1].keyring = "kyr2";
	strcpy(p[2].name, "c");
	p[2].identity.kind = CFG_ID_ADDRESS;
	assert_int_equal(prefix_parse("192.0.2.0/25", &p[2].identity.prefix),
			 0);
	v[2].keyring = "kyr2";
	v[0].peer = &p[0];
	v[1].peer = &p[1];
	v[2].peer = &p[2];
	fake_ike.peer_count = 3;
	return 0;
}

#define KYR1								\
	"Keyring Name   : kyr1\n" DOUBLE				\
	"Total Peers    : 1\n" LINE					\
	"Peer Name      : peer1\n"					\
	"IP Address     : 10.1.1.2\n"					\
	"Subnet Mask    : 255.255.255.0\n"				\
	"Identity       : Not configured\n"				\
	"Local PSK      : Configured\n"					\
	"Remote PSK     : Configured\n"					\
	"PPK Mode       : Manual\n"					\
	"PPK Mandatory  : Yes\n"					\
	"Local PSK Hash (Algo:SHA256, Format:base64) :\n"		\
	CISCO123 "\n"							\
	"Remote PSK Hash (Algo:SHA256, Format:base64) :\n"		\
	CISCO456 "\n"							\
	"Manual PPK Hash (Algo:SHA256, Format:base64) :\n"		\
	ABCD1234 "\n\n"

#define KYR2								\
	"Keyring Name   : kyr2\n" DOUBLE				\
	"Total Peers    : 2\n" LINE					\
	"Peer Name      : b\n"						\
	"IP Address     : 2001:db8::\n"				\
	"Subnet Mask    : ffff:ffff:8000::\n"				\
	"Identity       : domain example.com\n"				\
	"Local PSK      : Configured\n"					\
	"Remote PSK     : Configured\n"					\
	"PPK Mode       : Dynamic\n"					\
	"PPK Mandatory  : No\n"						\
	"Local PSK Hash (Algo:SHA256, Format:base64) :\n"		\
	CISCO123 "\n"							\
	"Remote PSK Hash (Algo:SHA256, Format:base64) :\n"		\
	CISCO123 "\n" LINE						\
	"Peer Name      : c\n"						\
	"IP Address     : Not configured\n"				\
	"Subnet Mask    : Not configured\n"				\
	"Identity       : address 192.0.2.0 255.255.255.128\n"		\
	"Local PSK      : Not configured\n"				\
	"Remote PSK     : Not configured\n"				\
	"PPK Mode       : Not configured\n"				\
	"PPK Mandatory  : No\n\n"

static void keyring(void **state)
{
	assert_int_equal(run_with(show_keyring, 1, ARGS("kyr1")), EXIT_OK);
	assert_string_equal(timed_screen(), KYR1);
	assert_int_equal(run(show_keyring), EXIT_OK);
	assert_string_equal(timed_screen(), KYR1 KYR2);
}

static void keyring_that_is_not_there(void **state)
{
	assert_int_equal(run_on(STDERR_FILENO, show_keyring, false, 1,
				ARGS("kyr")), EXIT_FAILED);
	assert_string_equal(said.text, "tunctl: there is no keyring 'kyr'\n");
	agent_runs = false;
	assert_int_equal(run_on(STDERR_FILENO, show_keyring, false, 0, NULL),
			 EXIT_FAILED);
	assert_string_equal(said.text, "tunctl: no agent\n");
}

static void keyring_json(void **state)
{
	struct json_object *o = run_json(show_keyring, 0, NULL);

	assert_int_equal(json_object_array_length(o), 2);
	assert_member(o, "0/name", "kyr1");
	assert_member(o, "0/peers/0/name", "peer1");
	assert_member(o, "0/peers/0/mask", "255.255.255.0");
	assert_member(o, "0/peers/0/local-psk-sha256", CISCO123);
	assert_member(o, "0/peers/0/remote-psk-sha256", CISCO456);
	assert_member(o, "0/peers/0/manual-ppk-sha256", ABCD1234);
	assert_member(o, "0/peers/0/ppk-mandatory", "true");
	assert_member(o, "1/peers/0/mask", "ffff:ffff:8000::");
	assert_member(o, "1/peers/0/identity-type", "domain");
	assert_member(o, "1/peers/1/identity-mask", "255.255.255.128");
	assert_int_equal(json_object_array_length(at(o, "1/peers")), 2);
	assert_null(strstr(said.text, "cisco"));
	json_object_put(o);
}

/* ----------------------------------------------------------------- counters */

static void counters(void **state)
{
	struct json_object *o;

	assert_int_equal(run(show_ikev2_counters), EXIT_OK);
	assert_string_equal(timed_screen(),
		"Exchange                             tx-req    tx-resp     rx-req    rx-resp\n" LINE
		"IKE_SA_INIT                               3          0          0          2\n"
		"\n"
		"Notify                               tx-req    tx-resp     rx-req    rx-resp\n" LINE
		"COOKIE                                    1          0          0          1\n"
		"\n"
		"rx_messages                      : 7\n" LINE);
	o = run_json(show_ikev2_counters, 0, NULL);
	assert_member(o, "exchanges/IKE_SA_INIT/tx-requests", "3");
	assert_member(o, "exchanges/IKE_AUTH/rx-responses", "0");
	assert_member(o, "notifies/COOKIE/rx-responses", "1");
	assert_member(o, "notifies/other error/tx-requests", "0");
	assert_member(o, "counters/rx_messages", "7");
	json_object_put(o);
}

/* ---------------------------------------------------------------- strangers */

static void why_strangers(void **state)
{
	struct json_object *o;

	memset(kernel.dev, 0, sizeof(kernel.dev));
	fake_ike.strangers[0] = (struct view_stranger){
		ip("198.51.100.1"), ip("198.51.100.91"), 3, 1707733784738,
	};
	fake_ike.stranger_count = 1;
	assert_int_equal(run(cmd_why), EXIT_OK);
	assert_string_equal(said.text,
		"tunnel-ip1 is up: 198.51.100.1 to 198.51.100.19, IKE session 16.\n"
		"198.51.100.91 came to 198.51.100.1: no tunnel interface is configured for this pair of addresses; "
		"check interfaces: tunnel: source, destination. 3 attempts, the last at Feb 12 10:29:44.\n");
	o = run_json(cmd_why, 0, NULL);
	assert_int_equal(json_object_array_length(o), 2);
	assert_member(o, "1/strangers/0/remote", "198.51.100.91");
	assert_member(o, "1/strangers/0/attempts", "3");
	assert_member(o, "1/strangers/0/reason", "no-interface");
	json_object_put(o);
	/* They are nobody's when one interface is asked about. */
	run_with(cmd_why, 1, ARGS("tunnel-ip1"));
	assert_null(strstr(said.text, "198.51.100.91"));
}

/* ------------------------------------------------------- the router's lines */

static void sa_lines(void **state)
{
	struct sa_line l = {
		.ifindex = 11, .local = ip("198.51.100.1"),
		.remote = ip("198.51.100.19"), .fvrf = "gig_1",
		.error = "ACL config is empty",
	};
	char text[FAILURE_STR];

	assert_string_equal(failure_sa_line(&l, text),
		"%SECURITY-IPSEC_XR-3-SA_REQUEST_FAILED : IPsec SA request failed for endpoint ifh:8000b0 src:198.51.100.1 dest:198.51.100.19 fvrf:gig_1 with Error: ACL config is empty");
	l.accept = true;
	l.local = ip("198.51.100.19");
	l.remote = ip("198.51.100.1");
	assert_string_equal(failure_sa_line(&l, text),
		"%SECURITY-IPSEC_XR-3-SA_ACCEPT_FAILED : IPsec SA accept failed for endpoint ifh:8000b0 src:198.51.100.19 dest:198.51.100.1 fvrf:gig_1 with Error: ACL config is empty. IPsec proposal will be rejected.");
	l.fvrf = "";
	assert_non_null(strstr(failure_sa_line(&l, text), " fvrf:default "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(keyring, keyrings),
		cmocka_unit_test_setup(keyring_that_is_not_there, keyrings),
		cmocka_unit_test_setup(keyring_json, keyrings),
		TEST(counters),
		TEST(why_strangers),
		TEST(sa_lines),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
