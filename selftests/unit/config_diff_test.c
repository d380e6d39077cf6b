// SPDX-License-Identifier: GPL-2.0
/*
 * config/diff.c: every setting, changed by itself, has the effect that the
 * reference promises; what does not concern an interface has none on it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/diff.h"
#include "config/keys.h"
#include "config_files.h"

static const char base[] =
"log-level = \"info\";\n"
"access-lists = ( { name = \"acl\"; entries = ( { action = \"permit\"; protocol = \"ipv4\";\n"
"    source = \"10.1.0.0/16\"; destination = \"10.2.0.0/16\"; } ); }, { name = \"acl2\"; } );\n"
"keyrings = (\n"
"  { name = \"k\"; peers = (\n"
"    { name = \"p\"; address = \"198.51.100.19\"; pre-shared-key = \"secret\"; },\n"
"    { name = \"q\"; address = \"198.51.100.77\"; pre-shared-key = \"distant\"; } ); },\n"
"  { name = \"k2\"; peers = (\n"
"    { name = \"p\"; address = \"198.51.100.19\"; pre-shared-key = \"secret\"; } ); } );\n"
"ikev2: { retransmit-tries = 5; retransmit-timeout = 2000; fragmentation = true;\n"
"  fragment-size = 1280; quick-crash-detection = true; extra-dh-groups = false;\n"
"  signature-sha1 = false;\n"
"  cookie-threshold = 30; half-open-limit = 500; half-open-limit-per-address = 40;\n"
"  workers = 2;\n"
"  proposals = ( { name = \"pr\"; encryption = [ \"aes-cbc-256\" ]; integrity = [ \"sha-256\" ];\n"
"    prf = [ \"sha-256\" ]; dh-group = [ 20 ]; },\n"
"    { name = \"pr2\"; encryption = [ \"aes-cbc-128\" ]; integrity = [ \"sha-256\" ]; dh-group = [ 19 ]; } );\n"
"  policies = ( { name = \"other\"; match: { address-local = [ \"198.51.100.2\" ]; }; proposals = [ \"pr\" ]; },\n"
"    { name = \"pol\"; match: { fvrf = \"any\"; }; proposals = [ \"pr\" ]; } );\n"
"  profiles = ( { name = \"prof\"; keyring = \"k\"; lifetime = 600; match-fvrf = \"any\";\n"
"      dpd-interval = 10; dpd-retries = 3; dpd-retry-interval = 5; nat-keepalive = 20;\n"
"      local-identity: { fqdn = \"a.example.com\"; };\n"
"      match-identity-remote = ( { fqdn = \"b.example.com\"; } ); },\n"
"    { name = \"prof2\"; keyring = \"k\"; match-identity-remote = ( { any = true; } ); } );\n"
"};\n"
"ipsec: {\n"
"  transform-sets = ( { name = \"t\"; transform = [ \"esp-256-aes\", \"esp-hmac-sha-256\" ]; },\n"
"    { name = \"t2\"; transform = [ \"esp-aes\", \"esp-hmac-sha-256\" ]; } );\n"
"  profiles = ( { name = \"ip\"; ikev2-profile = \"prof\"; further-ikev2-profiles = [ \"prof2\" ];\n"
"      pfs = \"group19\"; additional-ke = [ \"group21\" ]; additional-ke-optional = false;\n"
"      security-association-lifetime = 600; esn = false; replay-window = 64;\n"
"      security-association-lifetime-kilobytes = 100000L; security-association-lifetime-packets = 100000L;\n"
"      reverse-route = false; reverse-route-priority = 100; reverse-route-fallback = \"none\";\n"
"      transform-sets = [ \"t\" ]; responder-only = false; },\n"
"    { name = \"ip2\"; ikev2-profile = \"prof\"; transform-sets = [ \"t\" ]; } );\n"
"};\n"
"interfaces = ( { name = \"tunnel-ip1\"; ipv4-address = \"192.0.2.1/24\"; mtu = 1400; vrf = \"red\";\n"
"  ipv6-address = \"fd00::1/64\";\n"
"  tunnel: { mode = \"ipsec dual-overlay\"; source = \"198.51.100.1\"; destination = \"198.51.100.19\"; vrf = \"blue\";\n"
"    ttl = 64; tos = 0; df = \"copy\"; local-only = false;\n"
"    protection: { ipsec-profile = \"ip\"; policy-ipv4 = \"acl\"; single-sa = true; }; }; } );\n";

/** struct change - of one setting, as @path is named in messages */
struct change {
	const char *path;
	const char *from, *to;
	unsigned int effect;
	bool general;
};

static const struct change changes[] = {
	{ "access-lists", "\"10.1.0.0/16\"", "\"10.1.0.0/17\"", CFG_ANEW, false },
	{ "access-lists", "\"10.2.0.0/16\"", "\"any\"", CFG_ANEW, false },
	{ "ipsec.profiles.reverse-route", "reverse-route = false", "reverse-route = true", CFG_LINK, false },
	{ "ipsec.profiles.reverse-route-priority", "priority = 100", "priority = 101", CFG_LINK, false },
	{ "ipsec.profiles.reverse-route-fallback", "fallback = \"none\"", "fallback = \"unreachable\"", CFG_LINK, false },
	{ "interfaces.tunnel.protection.policy-ipv4", "policy-ipv4 = \"acl\"", "policy-ipv4 = \"acl2\"", CFG_ANEW, false },
	{ "interfaces.tunnel.protection.policy-ipv4", "policy-ipv4 = \"acl\"", "policy-ipv4 = \"acl3\"", CFG_ANEW, false },
	{ "interfaces.tunnel.protection.policy-ipv6", "policy-ipv4 = \"acl\"", "policy-ipv6 = \"acl9\"", CFG_ANEW, false },
	{ "interfaces.tunnel.protection.single-sa", "single-sa = true", "single-sa = false", CFG_NOW, false },
	{ "log-level", "log-level = \"info\"", "log-level = \"debug\"", CFG_NOW, true },
	{ "ikev2.retransmit-tries", "tries = 5", "tries = 4", CFG_NOW, true },
	{ "ikev2.retransmit-timeout", "timeout = 2000", "timeout = 500", CFG_NOW, true },
	{ "ikev2.fragmentation", "fragmentation = true", "fragmentation = false", CFG_LATER, true },
	{ "ikev2.fragment-size", "size = 1280", "size = 1200", CFG_NOW, true },
	{ "ikev2.quick-crash-detection", "detection = true", "detection = false", CFG_NOW, true },
	{ "ikev2.signature-sha1", "sha1 = false", "sha1 = true", CFG_LATER, true },
	{ "ikev2.extra-dh-groups", "groups = false", "groups = true", CFG_NOW, true },
	{ "ikev2.cookie-threshold", "threshold = 30", "threshold = 31", CFG_NOW, true },
	{ "ikev2.half-open-limit", "limit = 500", "limit = 501", CFG_NOW, true },
	{ "ikev2.half-open-limit-per-address", "address = 40", "address = 41", CFG_NOW, true },
	{ "ikev2.workers", "workers = 2", "workers = 3", CFG_NOW, true },
	{ "keyrings.peers", "\"secret\"", "\"Secret\"", CFG_LATER, false },
	{ "keyrings.peers", "address = \"198.51.100.19\"", "address = \"198.51.100.0/24\"", CFG_LATER, false },
	{ "keyrings.peers", "{ name = \"p\";", "{ name = \"p\"; identity: { fqdn = \"b.example.com\"; };", CFG_LATER, false },
	{ "ikev2.proposals", "\"aes-cbc-256\"", "\"aes-cbc-128\"", CFG_LATER, false },
	{ "ikev2.proposals", "integrity = [ \"sha-256\"", "integrity = [ \"sha-512\"", CFG_LATER, false },
	{ "ikev2.proposals", "prf = [ \"sha-256\"", "prf = [ \"sha-512\"", CFG_LATER, false },
	{ "ikev2.proposals", "dh-group = [ 20 ]", "dh-group = [ 19 ]", CFG_LATER, false },
	{ "ikev2.policies", "{ fvrf = \"any\"; }; proposals = [ \"pr\" ]", "{ fvrf = \"any\"; }; proposals = [ \"pr\", \"pr2\" ]", CFG_LATER, false },
	{ "ikev2.profiles.keyring", "keyring = \"k\"", "keyring = \"k2\"", CFG_LATER, false },
	{ "ikev2.profiles.keyring-ppk", "keyring = \"k\";", "keyring = \"k\"; keyring-ppk = \"k\";", CFG_LATER, false },
	{ "ikev2.profiles.ppk-restart-without", "keyring = \"k\";", "keyring = \"k\"; ppk-restart-without = true;", CFG_NOW, false },
	{ "ikev2.profiles.lifetime", "lifetime = 600; match", "lifetime = 700; match", CFG_LATER, false },
	{ "ikev2.profiles.match-identity-remote", "\"b.example.com\"", "\"c.example.com\"", CFG_LATER, false },
	{ "ikev2.profiles.match-fvrf", "match-fvrf = \"any\"", "match-fvrf = \"blue\"", CFG_LATER, false },
	{ "ikev2.profiles.local-identity", "\"a.example.com\"", "\"z.example.com\"", CFG_LATER, false },
	{ "ikev2.profiles.dpd-interval", "dpd-interval = 10", "dpd-interval = 11", CFG_NOW, false },
	{ "ikev2.profiles.dpd-retries", "dpd-retries = 3", "dpd-retries = 4", CFG_NOW, false },
	{ "ikev2.profiles.dpd-retry-interval", "retry-interval = 5", "retry-interval = 6", CFG_NOW, false },
	{ "ikev2.profiles.nat-keepalive", "keepalive = 20", "keepalive = 30", CFG_NOW, false },
	{ "ipsec.profiles.ikev2-profile", "ikev2-profile = \"prof\"; further-ikev2-profiles = [ \"prof2\" ]",
	  "ikev2-profile = \"prof2\"; further-ikev2-profiles = [ \"prof\" ]", CFG_ANEW, false },
	{ "ipsec.profiles.further-ikev2-profiles", "further-ikev2-profiles = [ \"prof2\" ];", "", CFG_LATER, false },
	{ "ipsec.profiles.pfs", "\"group19\"", "\"group20\"", CFG_LATER, false },
	{ "ipsec.profiles.additional-ke", "[ \"group21\" ]", "[ \"group20\" ]", CFG_LATER, false },
	{ "ipsec.profiles.additional-ke-optional", "ke-optional = false", "ke-optional = true", CFG_LATER, false },
	{ "ipsec.profiles.security-association-lifetime", "association-lifetime = 600", "association-lifetime = 700", CFG_LATER, false },
	{ "ipsec.profiles.security-association-lifetime-kilobytes", "kilobytes = 100000L", "kilobytes = 100001L", CFG_LATER, false },
	{ "ipsec.profiles.security-association-lifetime-packets", "packets = 100000L", "packets = 100001L", CFG_LATER, false },
	{ "ipsec.profiles.transform-sets", "transform-sets = [ \"t\" ]", "transform-sets = [ \"t\", \"t2\" ]", CFG_LATER, false },
	{ "ipsec.profiles.transform-sets", "\"esp-256-aes\"", "\"esp-192-aes\"", CFG_LATER, false },
	{ "ipsec.profiles.responder-only", "only = false; }", "only = true; }", CFG_LATER, false },
	{ "ipsec.profiles.esn", "esn = false", "esn = true", CFG_LATER, false },
	{ "ipsec.profiles.replay-window", "window = 64", "window = 128", CFG_LATER, false },
	{ "interfaces.ipv4-address", "192.0.2.1/24", "192.0.2.1/25", CFG_LINK, false },
	{ "interfaces.ipv6-address", "fd00::1/64", "fd00::1/65", CFG_LINK, false },
	{ "interfaces.mtu", "mtu = 1400", "mtu = 1300", CFG_LINK, false },
	{ "interfaces.vrf", "\"red\"", "\"green\"", CFG_LINK, false },
	{ "interfaces.tunnel.source", "source = \"198.51.100.1\"", "source = \"198.51.100.3\"", CFG_ANEW, false },
	{ "interfaces.tunnel.destination", "destination = \"198.51.100.19\"", "destination = \"198.51.100.77\"", CFG_ANEW, false },
	{ "interfaces.tunnel.vrf", "\"blue\"", "\"green\"", CFG_ANEW, false },
	{ "interfaces.tunnel.ttl", "ttl = 64", "ttl = 65", CFG_LINK, false },
	{ "interfaces.tunnel.tos", "tos = 0", "tos = 4", CFG_LINK, false },
	{ "interfaces.tunnel.df", "\"copy\"", "\"set\"", CFG_LINK, false },
	{ "interfaces.tunnel.local-only", "local-only = false", "local-only = true", CFG_LINK, false },
	{ "interfaces.tunnel.protection.ipsec-profile", "ipsec-profile = \"ip\"", "ipsec-profile = \"ip2\"", CFG_ANEW, false },
};

#define CHANGES (sizeof(changes) / sizeof(changes[0]))

/*
 * Settings that no row can change by itself: names, which are what a reference
 * is; what holds others; what addresses must agree with.
 */
static bool is_apart(const char *path)
{
	static const char *const apart[] = {
		"fips-mode", "ikev2.policies", "ikev2.proposals",
		"ikev2.profiles.authentication",
		"ikev2.profiles.trustpoints",
		"ipsec.transform-sets",
		"interfaces.tunnel.mode", "interfaces.name",
		"keyrings", "trustpoints", "sks-profiles",
	};
	const char *end = strrchr(path, '.');
	size_t i, len;

	if (end && strcmp(end, ".name") == 0)
		return true;
	for (i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
		len = strlen(apart[i]);
		if (strncmp(path, apart[i], len) == 0 &&
		    (!path[len] || path[len] == '.'))
			return true;
	}
	return false;
}

static struct cfg *load_with(const char *from, const char *to)
{
	char text[2 * sizeof(base)], error[CFG_ERROR];
	const char *at = from ? strstr(base, from) : base;
	struct cfg *cfg;

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - base), base,
		 from ? to : "", at + (from ? strlen(from) : 0));
	cfg = cfg_load_text(text, "t.conf", error);
	if (!cfg)
		fail_msg("%s", error);
	return cfg;
}

static void diff(const char *from, const char *to, bool general,
		 struct cfg_diff *d)
{
	struct cfg *a = load_with(NULL, NULL), *b = load_with(from, to);

	if (general)
		cfg_diff_general(a, b, d);
	else
		cfg_diff_iface(a, a->ifaces, b, b->ifaces, d);
	cfg_free(a);
	cfg_free(b);
}

static void equal_files_do_not_differ(void **state)
{
	struct cfg_diff d;

	diff(NULL, NULL, false, &d);
	assert_int_equal(d.effects, 0);
	assert_string_equal(d.settings, "");
	diff(NULL, NULL, true, &d);
	assert_int_equal(d.effects, 0);
}

static void each_setting_has_its_effect(void **state)
{
	const struct change *c;
	struct cfg_diff d;

	for (c = changes; c < changes + CHANGES; c++) {
		diff(c->from, c->to, c->general, &d);
		if (!strstr(d.settings, c->path) ||
		    (d.effects & c->effect) != c->effect ||
		    (c->effect != CFG_ANEW && d.effects != c->effect))
			fail_msg("%s: %s: effects %u (%s)", c->path, c->to,
				 d.effects, d.settings);
		/* And none on the other kind. */
		diff(c->from, c->to, !c->general, &d);
		if (d.effects)
			fail_msg("%s: also %s", c->path, d.settings);
	}
}

static void what_concerns_others_is_left_out(void **state)
{
	static const char *const edits[][2] = {
		{ "\"distant\"", "\"nearer\"" },
		{ "{ name = \"other\"; match: { address-local = [ \"198.51.100.2\" ]; }; proposals = [ \"pr\" ]; },", "" },
		{ "{ name = \"t2\"; transform = [ \"esp-aes\"", "{ name = \"t2\"; transform = [ \"esp-192-aes\"" },
		{ "address = \"198.51.100.77\"", "address = \"198.51.100.78\"" },
	};
	struct cfg_diff d;
	size_t i;

	for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		diff(edits[i][0], edits[i][1], false, &d);
		if (d.effects)
			fail_msg("%s: %s", edits[i][0], d.settings);
	}
}

static bool has_row(const char *path)
{
	const struct change *c;
	size_t len;

	for (c = changes; c < changes + CHANGES; c++) {
		len = strlen(c->path);
		if (strncmp(path, c->path, len) == 0 &&
		    (!path[len] || path[len] == '.'))
			return true;
	}
	return false;
}

static void check_section(const struct section *s)
{
	const struct key *key;
	char path[KEY_PATH];

	for (key = s->keys; key->name; key++) {
		key_path(s, key, path);
		if (key->section && !has_row(path))
			check_section(key->section);
		else if (!has_row(path) && !is_apart(path))
			fail_msg("%s: no row says what a change of it does",
				 path);
	}
}

static void no_setting_is_forgotten(void **state)
{
	check_section(&section_root);
}

static const char *effect_word(unsigned int effect)
{
	return effect == CFG_NOW ? "now" : effect == CFG_LATER ? "later" :
	       effect == CFG_LINK ? "link" : "anew";
}

static void the_reference_says_the_same(void **state)
{
	char path[TOP_PATH], want[120];
	char *text = read_text(top_path("Documentation/configuration.rst",
					path));
	const struct change *c;
	const char *name;
	char *at;

	for (c = changes; c < changes + CHANGES; c++) {
		name = strstr(c->path, "lifetime-") ?
		       strrchr(c->path, '.') + 1 : c->path;
		snprintf(want, sizeof(want), "%s``  ", name);
		at = strstr(text, want);
		if (!at)
			fail_msg("%s is not in the table", c->path);
		at += strlen(want);
		at += strspn(at, " ");
		if (strncmp(at, effect_word(c->effect),
			    strlen(effect_word(c->effect))) != 0)
			fail_msg("%s: expected %s", c->path,
				 effect_word(c->effect));
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_files_do_not_differ),
		cmocka_unit_test(each_setting_has_its_effect),
		cmocka_unit_test(what_concerns_others_is_left_out),
		cmocka_unit_test(no_setting_is_forgotten),
		cmocka_unit_test(the_reference_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
