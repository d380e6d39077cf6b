// SPDX-License-Identifier: GPL-2.0
/*
 * agent/ike/peer.c: which identities match which entries, and which entry of
 * a keyring has the key, in whatever order the entries stand.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ike/peer.h"
#include "proto/ids.h"

#define ARRAY(a)	(sizeof(a) / sizeof((a)[0]))

static struct cfg_identity entry(enum cfg_identity_kind kind, const char *text)
{
	struct cfg_identity id = { .kind = kind };

	if (kind == CFG_ID_ADDRESS)
		assert_int_equal(prefix_parse(text, &id.prefix), 0);
	else
		snprintf(id.name, sizeof(id.name), "%s", text);
	return id;
}

static struct id_pl presented(uint8_t type, const void *data, size_t len)
{
	return (struct id_pl){ .type = type, .data = { data, len } };
}

static void names(void **state)
{
	static const struct {
		enum cfg_identity_kind kind;
		const char *want, *name;
		bool matches;
	} cases[] = {
		{ CFG_ID_FQDN, "x.cisco.com", "X.CISCO.COM", true },
		{ CFG_ID_FQDN, "x.cisco.com", "x.cisco.co", false },
		{ CFG_ID_FQDN, "x.cisco.com", "x.cisco.comm", false },
		{ CFG_ID_FQDN, "x.cisco.com", "", false },
		{ CFG_ID_DOMAIN, "example.com", "a.example.com", true },
		{ CFG_ID_DOMAIN, "example.com", "A.Example.Com", true },
		{ CFG_ID_DOMAIN, "EXAMPLE.com", "a.b.example.com", true },
		{ CFG_ID_DOMAIN, "example.com", "example.com", false },
		{ CFG_ID_DOMAIN, "example.com", "badexample.com", false },
		{ CFG_ID_DOMAIN, "example.com", ".example.com", false },
		{ CFG_ID_DOMAIN, "example.com", "..example.com", false },
		{ CFG_ID_DOMAIN, "example.com", ".a.example.com", false },
		{ CFG_ID_DOMAIN, "example.com", "a..example.com", false },
		{ CFG_ID_DOMAIN, "example.com", "a..b.example.com", false },
		{ CFG_ID_DOMAIN, "example.com", "a.example.com.", false },
		{ CFG_ID_DOMAIN, "example.com", "a.example.com.evil", false },
		{ CFG_ID_DOMAIN, "example.com", "", false },
	};
	struct cfg_identity want;
	struct id_pl id;
	size_t i;

	for (i = 0; i < ARRAY(cases); i++) {
		want = entry(cases[i].kind, cases[i].want);
		id = presented(ID_FQDN, cases[i].name, strlen(cases[i].name));
		if (peer_identity_matches(&want, &id) != cases[i].matches)
			fail_msg("%s against %s", cases[i].name, cases[i].want);
		/* The same octets as another type of identity are nobody's. */
		id.type = ID_KEY_ID;
		assert_false(peer_identity_matches(&want, &id));
		id.type = ID_RFC822_ADDR;
		assert_false(peer_identity_matches(&want, &id));
	}
}

/* What ends a string in C does not end an identity. */
static void names_with_nul(void **state)
{
	struct cfg_identity fqdn = entry(CFG_ID_FQDN, "a.example.com");
	struct cfg_identity domain = entry(CFG_ID_DOMAIN, "example.com");
	static const char longer[] = "a.example.com\0.evil.net";
	static const char inside[] = "a.exam\0le.com";
	static const char label[] = "a\0b.example.com";
	struct id_pl id;

	id = presented(ID_FQDN, longer, sizeof(longer) - 1);
	assert_false(peer_identity_matches(&fqdn, &id));
	assert_false(peer_identity_matches(&domain, &id));
	id = presented(ID_FQDN, inside, sizeof(inside) - 1);
	assert_false(peer_identity_matches(&fqdn, &id));
	assert_false(peer_identity_matches(&domain, &id));
	id = presented(ID_FQDN, label, sizeof(label) - 1);
	assert_false(peer_identity_matches(&domain, &id));
}

static void addresses(void **state)
{
	struct cfg_identity net = entry(CFG_ID_ADDRESS, "198.51.100.19 255.255.255.0");
	struct cfg_identity any = { .kind = CFG_ID_ANY };
	struct cfg_identity none = { .kind = CFG_ID_NONE };
	static const uint8_t inside[] = { 198, 51, 100, 255 };
	static const uint8_t outside[] = { 198, 51, 101, 0 };
	struct id_pl id = presented(ID_IPV4_ADDR, inside, 4);

	assert_true(peer_identity_matches(&net, &id));
	assert_true(peer_identity_matches(&any, &id));
	assert_false(peer_identity_matches(&none, &id));
	id = presented(ID_IPV4_ADDR, outside, 4);
	assert_false(peer_identity_matches(&net, &id));
	/* Octets too many or too few are no address. */
	id = presented(ID_IPV4_ADDR, inside, 3);
	assert_false(peer_identity_matches(&net, &id));
	id = presented(ID_IPV4_ADDR, inside, 0);
	assert_false(peer_identity_matches(&net, &id));
	id = presented(ID_FQDN, "198.51.100.19", 13);
	assert_false(peer_identity_matches(&net, &id));
}

/* --------------------------------------------------------- the closest entry */

#define PEERS	6

static void fill(struct cfg_peer *p, const char *name, const char *address,
		 enum cfg_identity_kind kind, const char *id)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", name);
	if (address)
		assert_int_equal(prefix_parse(address, &p->address), 0);
	if (id)
		p->identity = entry(kind, id);
}

static const char *found(const struct cfg_keyring *k, const struct id_pl *id,
			 const char *remote)
{
	const struct cfg_peer *p;
	struct addr a;

	assert_int_equal(addr_parse(remote, &a), 0);
	p = peer_find_key(k, id, &a);
	return p ? p->name : "nobody";
}

static void swap(struct cfg_peer *a, struct cfg_peer *b)
{
	struct cfg_peer t = *a;

	*a = *b;
	*b = t;
}

static void check_all(const struct cfg_keyring *k)
{
	struct id_pl id = presented(ID_FQDN, "a.b.example.com", 15);
	static const uint8_t four[] = { 192, 0, 2, 7 };

	assert_string_equal(found(k, &id, "203.0.113.9"), "fqdn");
	id = presented(ID_FQDN, "x.b.example.com", 15);
	assert_string_equal(found(k, &id, "203.0.113.9"), "long-domain");
	id = presented(ID_FQDN, "x.example.com", 13);
	assert_string_equal(found(k, &id, "203.0.113.9"), "domain");
	/* Known by no name: by address, the longer mask. */
	id = presented(ID_FQDN, "example.com", 11);
	assert_string_equal(found(k, &id, "192.0.2.9"), "host");
	assert_string_equal(found(k, &id, "192.0.2.10"), "net");
	assert_string_equal(found(k, &id, "203.0.113.9"), "nobody");
	/* An initiator has no identity to go by. */
	assert_string_equal(found(k, NULL, "192.0.2.9"), "host");
	assert_string_equal(found(k, NULL, "203.0.113.9"), "nobody");
	id = presented(ID_IPV4_ADDR, four, 4);
	assert_string_equal(found(k, &id, "203.0.113.9"), "by-identity");
}

/* All orders of the entries, by Heap's algorithm. */
static void permute(struct cfg_keyring *k, unsigned int n, unsigned int *count)
{
	unsigned int i;

	if (n == 1) {
		check_all(k);
		(*count)++;
		return;
	}
	for (i = 0; i < n; i++) {
		permute(k, n - 1, count);
		swap(&k->peers[n % 2 ? 0 : i], &k->peers[n - 1]);
	}
}

static void the_closest_in_any_order(void **state)
{
	struct cfg_peer peers[PEERS];
	struct cfg_keyring k = { .peers = peers, .peer_count = PEERS };
	unsigned int count = 0;

	fill(&peers[0], "net", "192.0.2.0/24", 0, NULL);
	fill(&peers[1], "host", "192.0.2.9/32", 0, NULL);
	fill(&peers[2], "domain", NULL, CFG_ID_DOMAIN, "example.com");
	fill(&peers[3], "long-domain", NULL, CFG_ID_DOMAIN, "b.example.com");
	fill(&peers[4], "fqdn", NULL, CFG_ID_FQDN, "A.B.EXAMPLE.COM");
	fill(&peers[5], "by-identity", NULL, CFG_ID_ADDRESS, "192.0.2.0/25");
	permute(&k, PEERS, &count);
	assert_int_equal(count, 720);
}

/* ------------------------------------------------------------------ policies */

static void the_first_policy_that_serves(void **state)
{
	struct cfg_iface red = { .tunnel_vrf = "red" }, none = { 0 };
	struct addr list[2];
	struct cfg_policy p[] = {
		{ .name = "listed", .address_local = list,
		  .address_local_count = 2, .fvrf_any = true },
		{ .name = "red", .fvrf = "red" },
		{ .name = "default", .fvrf = "" },
		{ .name = "any", .fvrf_any = true },
	};
	struct cfg cfg = { .policies = p, .policy_count = 4 };

	assert_int_equal(addr_parse("203.0.113.1", &list[0]), 0);
	assert_int_equal(addr_parse("203.0.113.2", &list[1]), 0);
	assert_int_equal(addr_parse("198.51.100.1", &red.source), 0);
	none.source = red.source;
	assert_string_equal(cfg_policy_of(&cfg, &red)->name, "red");
	assert_string_equal(cfg_policy_of(&cfg, &none)->name, "default");
	red.source = list[1];
	none.source = list[0];
	assert_string_equal(cfg_policy_of(&cfg, &red)->name, "listed");
	assert_string_equal(cfg_policy_of(&cfg, &none)->name, "listed");
	/* Of those that match the first counts. */
	p[0].address_local_count = 0;
	assert_string_equal(cfg_policy_of(&cfg, &red)->name, "listed");
	cfg.policies = &p[1];
	cfg.policy_count = 1;
	assert_null(cfg_policy_of(&cfg, &none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(names_with_nul),
		cmocka_unit_test(addresses),
		cmocka_unit_test(the_closest_in_any_order),
		cmocka_unit_test(the_first_policy_that_serves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
