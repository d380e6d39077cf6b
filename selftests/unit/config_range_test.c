// SPDX-License-Identifier: GPL-2.0
/*
 * agent/config: both sides of every boundary, and the less common ways to
 * write a value. Each case puts one line into one place of a whole file.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

enum place { ROOT, IKEV2, PROPOSAL, PROFILE, PEER, IPSEC, IFACE, TUNNEL, PLACES };

/* What stands in each place when a case does not say otherwise. */
static const char *const usual[PLACES] = {
	[PROPOSAL] = "name = \"p1\"; dh-group = [ 19 ];"
		     "encryption = [ \"aes-cbc-256\" ]; integrity = [ \"sha-256\" ];",
	[PROFILE] = "name = \"i1\"; match-identity-remote = ( { any = true; } );",
	[PEER] = "name = \"b\"; pre-shared-key = \"k\"; address = \"198.51.100.19\";",
	[IFACE] = "name = \"tunnel-ip1\";",
	[TUNNEL] = "source = \"198.51.100.1\"; destination = \"198.51.100.19\";",
};

static const char frame[] =
	"%s\n"
	"ikev2: { %s proposals = ( { %s } );\n"
	"policies = ( { name = \"pol\"; proposals = [ \"p1\" ]; } );\n"
	"profiles = ( { keyring = \"k1\"; %s } ); };\n"
	"keyrings = ( { name = \"k1\"; peers = ( { %s } ); } );\n"
	"ipsec: { transform-sets = (\n"
	"{ name = \"t1\"; transform = [ \"esp-gcm-128\" ]; },\n"
	"{ name = \"t2\"; transform = [ \"esp-gcm-256\" ]; },\n"
	"{ name = \"t3\"; transform = [ \"esp-aes\", \"esp-hmac-sha1\" ]; },\n"
	"{ name = \"t4\"; transform = [ \"esp-192-aes\", \"esp-hmac-sha-384\" ]; },\n"
	"{ name = \"t5\"; transform = [ \"esp-hmac-sha-512\", \"esp-256-aes\" ]; } );\n"
	"profiles = ( { name = \"s1\"; ikev2-profile = \"i1\";\n"
	"transform-sets = [ \"t1\", \"t2\", \"t3\", \"t4\", \"t5\" ]; %s } ); };\n"
	"interfaces = ( { %s tunnel: { %s\n"
	"protection: { ipsec-profile = \"s1\"; }; }; } );\n";

/* @line: beside the usual, or instead of it when it begins with '='. */
static struct cfg *load(enum place place, const char *line,
			char error[CFG_ERROR])
{
	char put[PLACES][2048], text[PLACES * 2048 + sizeof(frame)];
	int i;

	for (i = 0; i < PLACES; i++)
		snprintf(put[i], sizeof(put[i]), "%s%s",
			 usual[i] && !(i == (int)place && *line == '=') ?
			 usual[i] : "",
			 i == (int)place ? line + (*line == '=') : "");
	snprintf(text, sizeof(text), frame, put[ROOT], put[IKEV2],
		 put[PROPOSAL], put[PROFILE], put[PEER], put[IPSEC],
		 put[IFACE], put[TUNNEL]);
	return cfg_load_text(text, "case", error);
}

static void good(enum place place, const char *line)
{
	char error[CFG_ERROR];
	struct cfg *cfg = load(place, line, error);

	if (!cfg)
		fail_msg("refused: %.200s\n%s", line, error);
	cfg_free(cfg);
}

/* Refused, with one complaint that has @why in it. */
static void bad(enum place place, const char *line, const char *why)
{
	char error[CFG_ERROR];
	struct cfg *cfg = load(place, line, error);

	cfg_free(cfg);
	if (cfg)
		fail_msg("accepted: %.200s", line);
	if (!strstr(error, why) || strchr(error, '\n'))
		fail_msg("%.200s\nexpected \"%s\" in: %s", line, why, error);
}

static void integers(void **state)
{
	static const struct {
		enum place place;
		const char *name;
		long long min, max;
	} cases[] = {
		{ IKEV2, "retransmit-tries", 1, 6 },
		{ IKEV2, "retransmit-timeout", 100, 60000 },
		{ IKEV2, "fragment-size", 576, 9000 },
		{ IKEV2, "workers", 0, 64 },
		{ PROFILE, "lifetime", 120, 86400 },
		{ PROFILE, "dpd-interval", 0, 3600 },
		{ PROFILE, "dpd-retries", 1, 6 },
		{ PROFILE, "dpd-retry-interval", 1, 60 },
		{ PROFILE, "nat-keepalive", 0, 3600 },
		{ IPSEC, "security-association-lifetime", 120, 2592000 },
		{ IPSEC, "security-association-lifetime-kilobytes", 1,
		  4294967295 },
		{ IPSEC, "security-association-lifetime-packets", 1,
		  4294967295 },
		{ IPSEC, "replay-window", 32, 4096 },
		{ IFACE, "mtu", 68, 65434 },
		{ TUNNEL, "ttl", 1, 255 },
		{ TUNNEL, "tos", 0, 252 },
	};
	char line[80];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), "%s = %lldL;", cases[i].name,
			 cases[i].min);
		good(cases[i].place, line);
		snprintf(line, sizeof(line), "%s = %lldL;", cases[i].name,
			 cases[i].max);
		good(cases[i].place, line);
		snprintf(line, sizeof(line), "%s = %lldL;", cases[i].name,
			 cases[i].min - 1);
		bad(cases[i].place, line, "expected an integer");
		snprintf(line, sizeof(line), "%s = %lldL;", cases[i].name,
			 cases[i].max + 1);
		bad(cases[i].place, line, "expected an integer");
		/* Nothing wraps: these are 2^32 above something good. */
		snprintf(line, sizeof(line), "%s = %lld;", cases[i].name,
			 cases[i].min + (1LL << 32));
		bad(cases[i].place, line, "number too large");
	}
	good(IKEV2, "cookie-threshold = 0;");
	good(IKEV2, "half-open-limit = 1; cookie-threshold = 1;");
	good(IKEV2, "half-open-limit = 99999; cookie-threshold = 99999; half-open-limit-per-address = 100000;");
	bad(IKEV2, "half-open-limit = 30; cookie-threshold = 31;",
	    "expected the threshold");
	bad(IKEV2, "half-open-limit = 100000; cookie-threshold = 100000; half-open-limit-per-address = 100000;",
	    "expected the threshold to be below");
	bad(IKEV2, "half-open-limit = 100000; cookie-threshold = 100001;",
	    "expected an integer");
	bad(IKEV2, "cookie-threshold = 32;", "expected the threshold to be below");
	good(IKEV2, "cookie-threshold = 31;");
	good(IKEV2, "cookie-threshold = 0; half-open-limit-per-address = 1;");
	bad(IKEV2, "cookie-threshold = 0; half-open-limit-per-address = 0;",
	    "expected an integer");
	bad(IKEV2, "half-open-limit-per-address = 100001;",
	    "expected an integer");
	good(PROFILE, "lifetime = 0x258;");
	bad(PROFILE, "lifetime = 0x100000258;", "number too large");
	bad(TUNNEL, "tos = 3;", "multiple of 4");
}

static void repeat(char *out, char c, unsigned int n)
{
	memset(out, c, n);
	out[n] = '\0';
}

static void texts(void **state)
{
	char s[1200], line[2000];

	repeat(s, 'n', 32);
	snprintf(line, sizeof(line), "=name = \"%s\"; dh-group = [ 19 ];"
		 "encryption = [ \"aes-cbc-256\" ]; integrity = [ \"sha-256\" ];"
		 "}, { %s", s, usual[PROPOSAL]);
	good(PROPOSAL, line);
	repeat(s, 'n', 33);
	snprintf(line, sizeof(line), "=name = \"%s\"; dh-group = [ 19 ];"
		 "encryption = [ \"aes-cbc-256\" ]; integrity = [ \"sha-256\" ];"
		 "}, { %s", s, usual[PROPOSAL]);
	bad(PROPOSAL, line, "has 33 characters");
	good(IFACE, "=name = \"fifteen-letters\";");
	bad(IFACE, "=name = \"sixteen-letters-\";", "has 16 characters");
	bad(IFACE, "=name = \"\";", "has 0 characters");
	bad(IFACE, "=name = \"..\";", "takes for a device");
	bad(IFACE, "=name = \"tunnel ip\";", "takes for a device");
	bad(IFACE, "=name = \"t\xc3\xbcnnel\";", "takes for a device");
	bad(IFACE, "vrf = \"\";", "takes for a device");
	good(IFACE, "vrf = \"red\";");
	good(IFACE, "vrf = \"default\";");
	good(TUNNEL, "vrf = \"blue\"; df = \"clear\"; local-only = true;");

	repeat(s, 'k', 1024);
	snprintf(line, sizeof(line), "=name = \"b\"; address = \"198.51.100.19\"; "
		 "pre-shared-key = \"%s\";", s);
	good(PEER, line);
	repeat(s, 'k', 1025);
	snprintf(line, sizeof(line), "=name = \"b\"; address = \"198.51.100.19\"; "
		 "pre-shared-key = \"%s\";", s);
	bad(PEER, line, "has 1025 characters");
}

static void fqdns(void **state)
{
	char label[64], name[300], line[600];
	int len;

	repeat(label, 'a', 63);
	len = snprintf(name, sizeof(name), "%s.%s.%s.%s", label, label, label,
		       label);
	assert_int_equal(len, 255);
	snprintf(line, sizeof(line), "local-identity: { fqdn = \"%s\"; };", name);
	good(PROFILE, line);
	snprintf(line, sizeof(line), "local-identity: { fqdn = \"a.%s\"; };",
		 name);
	bad(PROFILE, line, "expected 1 to 255");
	good(PROFILE, "local-identity: { fqdn = \"a\"; };");
	good(PROFILE, "local-identity: { fqdn = \"A_b-1.example.com\"; };");
	bad(PROFILE, "local-identity: { fqdn = \"\"; };", "expected 1 to 255");
	bad(PROFILE, "local-identity: { fqdn = \"a.\"; };", "expected 1 to 255");
	bad(PROFILE, "local-identity: { fqdn = \"a b\"; };", "expected 1 to 255");
	bad(PROFILE, "local-identity: { fqdn = \"a@b\"; };", "expected 1 to 255");
	good(PROFILE, "local-identity: { address = \"198.51.100.7\"; };");
	bad(PROFILE, "local-identity: { address = \"198.51.100.7/24\"; };",
	    "expected an address");
}

static void prefixes(void **state)
{
	good(IFACE, "ipv4-address = \"192.0.2.1 255.255.255.0\";");
	good(IFACE, "ipv4-address = \"192.0.2.1 255.255.255.255\";");
	good(IFACE, "ipv4-address = \"192.0.2.1/32\";");
	good(IFACE, "ipv4-address = \"192.0.2.1/31\";");
	bad(IFACE, "ipv4-address = \"192.0.2.1/33\";", "expected an address");
	bad(IFACE, "ipv4-address = \"192.0.2.1/\";", "expected an address");
	bad(IFACE, "ipv4-address = \"192.0.2.1 0.0.0.255\";", "expected an address");
	bad(IFACE, "ipv4-address = \"192.0.2/24\";", "expected an address");
	bad(IFACE, "ipv4-address = \"\";", "expected an address");
	bad(IFACE, "ipv4-address = \"224.0.0.1/24\";", "unicast");
	bad(IFACE, "ipv4-address = \"2001:db8::1/64\";", "expected an IPv4");
	/* Each family has its setting, and needs a mode that carries it. */
	bad(IFACE, "ipv6-address = \"192.0.2.1/24\";", "expected an IPv6");
	bad(IFACE, "ipv6-address = \"2001:db8::1\";", "prefix length");
	bad(IFACE, "ipv6-address = \"ff02::1/64\";", "unicast");
	bad(IFACE, "ipv6-address = \"2001:db8::1/64\";", "does not carry IPv6");
	bad(TUNNEL, "=source = \"2001:db8::1\"; destination = \"198.51.100.19\";",
	    "tunnel source 2001:db8::1; expected an IPv4");
	bad(TUNNEL, "=source = \"198.51.100.1\"; destination = \"2001:db8::2\";",
	    "tunnel destination 2001:db8::2; expected an IPv4");
	bad(TUNNEL, "mode = \"ipsec ipv6\";", "expected an IPv6");
	good(TUNNEL, "mode = \"ipsec dual-overlay\";");
	good(TUNNEL, "mode = \"ipsec ipv4 v6-overlay\";");
	/* The other end must be outside, unless it is in another VRF. */
	bad(IFACE, "ipv4-address = \"198.51.100.129/24\";", "inside");
	good(IFACE, "ipv4-address = \"198.51.100.129/24\"; vrf = \"red\";");
	bad(TUNNEL, "=source = \"0.0.0.0\"; destination = \"198.51.100.19\";",
	    "unicast");
	bad(TUNNEL, "=source = \"198.51.100.1\"; destination = \"255.255.255.255\";",
	    "unicast");
	/* Who initiates finds the key by the address of the peer. */
	good(PEER, "=name = \"b\"; pre-shared-key = \"k\"; address = \"0.0.0.0/0\";");
	bad(PEER, "=name = \"b\"; pre-shared-key = \"k\";"
	    "address = \"198.51.100.20\";", "no peer of keyring");
	bad(PEER, "=name = \"b\"; pre-shared-key = \"k\";"
	    "identity: { fqdn = \"b.example.com\"; };", "no peer of keyring");
}

/* One string may be a name in one peer and a domain in another. */
static void identities(void **state)
{
	static const char two[] =
		"=name = \"b\"; address = \"198.51.100.19\";"
		"pre-shared-key = \"k\"; identity: { %s }; },"
		"{ name = \"c\"; pre-shared-key = \"k\"; identity: { %s };";
	char line[600];

	snprintf(line, sizeof(line), two, "fqdn = \"example.com\";",
		 "domain = \"example.com\";");
	good(PEER, line);
	snprintf(line, sizeof(line), two, "address = \"198.51.100.1/24\";",
		 "address = \"198.51.100.1/25\";");
	good(PEER, line);
	snprintf(line, sizeof(line), two, "domain = \"example.com\";",
		 "domain = \"EXAMPLE.com\";");
	bad(PEER, line, "has the identity of");
	snprintf(line, sizeof(line), two, "address = \"198.51.100.1/24\";",
		 "address = \"198.51.100.9/24\";");
	bad(PEER, line, "has the identity of");
}

/* Groups 14 and 31 are refused until they are allowed. */
static void extra_groups(void **state)
{
	static const char *const groups[] = { "14", "31", "19, 31" };
	char line[256], error[CFG_ERROR];
	struct cfg *cfg;
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(line, sizeof(line), "=name = \"p1\"; dh-group = [ %s "
			 "]; encryption = [ \"aes-gcm-256\" ]; "
			 "prf = [ \"sha-256\" ];", groups[i]);
		bad(PROPOSAL, line, "ikev2.extra-dh-groups = true");
	}
	bad(IPSEC, "pfs = \"group14\";", "ikev2.extra-dh-groups = true");
	cfg = load(IKEV2, "extra-dh-groups = true; proposals = ( { name = "
		   "\"p1\"; dh-group = [ 14, 31 ]; encryption = "
		   "[ \"aes-gcm-256\" ]; prf = [ \"sha-256\" ]; } ); #", error);
	if (!cfg)
		fail_msg("%s", error);
	assert_int_equal(cfg->proposals[0].ke_count, 2);
	cfg_free(cfg);
}

static void front_vrfs(void **state)
{
	good(PROFILE, "match-fvrf = \"default\";");
	good(PROFILE, "match-fvrf = \"any\";");
	good(TUNNEL, "vrf = \"red\";");
	bad(PROFILE, "match-fvrf = \"red\";", "interface tunnel-ip1 has the "
	    "default VRF as front VRF, where ikev2 profile \"i1\" is not used "
	    "(match-fvrf is red)");
	good(IPSEC, "further-ikev2-profiles = [ \"i1\" ];");
	bad(IPSEC, "further-ikev2-profiles = [ \"i2\" ];",
	    "names \"i2\", which is not defined");
}

/* Ciphers of both kinds in one proposal become two on the wire. */
static void mixed_proposals(void **state)
{
	char error[CFG_ERROR];
	struct cfg *cfg;

	good(PROPOSAL, "=name = \"p1\"; encryption = [ \"aes-gcm-256\","
	     "\"aes-cbc-256\" ]; integrity = [ \"sha-1\", \"sha-512\" ];"
	     "dh-group = [ 19, 20, 21 ];");
	cfg = load(PROPOSAL, "=name = \"p1\"; encryption = [ \"aes-gcm-256\","
		   "\"aes-cbc-256\" ]; integrity = [ \"sha-1\", \"sha-512\" ];"
		   "dh-group = [ 19 ];", error);
	assert_non_null(cfg);
	assert_int_equal(cfg->proposals[0].prf_count, 2);
	assert_ptr_equal(cfg->proposals[0].prf[0], alg_prf(PRF_HMAC_SHA1));
	assert_ptr_equal(cfg->proposals[0].prf[1], alg_prf(PRF_HMAC_SHA2_512));
	cfg_free(cfg);
	bad(PROPOSAL, "=name = \"p1\"; encryption = [ \"aes-gcm-256\","
	    "\"aes-cbc-256\" ]; prf = [ \"sha-256\" ]; dh-group = [ 19 ];",
	    "integrity is missing");
}

static void empty_file(void **state)
{
	char error[CFG_ERROR];
	struct cfg *cfg = cfg_load_text("", "empty", error);

	assert_non_null(cfg);
	assert_int_equal(cfg->iface_count, 0);
	assert_int_equal(cfg->retransmit.tries, 5);
	assert_int_equal(cfg->log_level, LOG_LEVEL_INFO);
	cfg_free(cfg);
}

/* Twenty at once, in the order of the file, and the number of the others. */
static void many_problems(void **state)
{
	char text[2000], error[CFG_ERROR], want[32];
	const char *at;
	size_t len = 0;
	int i;

	for (i = 1; i <= 25; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"unknown-%c = 1;\n", 'a' + i);
	assert_null(cfg_load_text(text, "many", error));
	for (i = 1, at = error; i <= 20; i++) {
		snprintf(want, sizeof(want), "many:%d: unknown", i);
		assert_int_equal(strncmp(at, want, strlen(want)), 0);
		at = strchr(at, '\n') + 1;
	}
	assert_string_equal(at, "... and 5 more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers),
		cmocka_unit_test(texts),
		cmocka_unit_test(fqdns),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(identities),
		cmocka_unit_test(mixed_proposals),
		cmocka_unit_test(extra_groups),
		cmocka_unit_test(front_vrfs),
		cmocka_unit_test(empty_file),
		cmocka_unit_test(many_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
