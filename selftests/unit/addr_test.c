// SPDX-License-Identifier: GPL-2.0
/*
 * agent/util/addr.c: addresses and prefixes as people write them, as the wire
 * carries them and as the kernel wants them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "util/addr.h"
#include "util/err.h"

static struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static struct prefix prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(text, &p), 0);
	return p;
}

static void addresses_keep_their_text(void **state)
{
	static const char *const list[] = {
		"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "2001:db8::1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};
	char text[ADDR_STR];
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct addr a = addr(list[i]);

		assert_string_equal(addr_str(&a, text), list[i]);
		assert_int_equal(addr_len(&a), strchr(list[i], ':') ? 16 : 4);
		assert_true(addr_is_set(&a));
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const list[] = {
		"", " ", "192.0.2", "192.0.2.256", "192.0.2.1 ", " 192.0.2.1",
		"192.0.2.1.1", "0x7f.1", "router1", "2001:db8::1%eth0", ":::",
		"192.0.2.1/24",
	};
	struct addr a;
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		assert_int_equal(addr_parse(list[i], &a), ERR_SYNTAX);
		assert_false(addr_is_set(&a));
		assert_int_equal(addr_len(&a), 0);
	}
}

static void no_address_says_so(void **state)
{
	struct endpoint e = { .port = 500 };
	char text[ENDPOINT_STR];

	assert_string_equal(addr_str(&e.addr, text), "none");
	assert_string_equal(endpoint_str(&e, text), "none/500");
}

static void longest_endpoint_fits(void **state)
{
	struct endpoint e = {
		.addr = addr("1111:2222:3333:4444:5555:6666:7777:8888"),
		.port = 65535,
	};
	char text[ENDPOINT_STR];

	assert_string_equal(endpoint_str(&e, text),
			    "1111:2222:3333:4444:5555:6666:7777:8888/65535");
}

static void octets_make_an_address_of_their_family(void **state)
{
	static const uint8_t octets[17] = { 192, 0, 2, 1 };
	struct addr a, want = addr("192.0.2.1");
	size_t len;

	for (len = 0; len <= 17; len++) {
		int err = addr_from_octets(octets, len, &a);

		assert_int_equal(err, len == 4 || len == 16 ? 0 : ERR_SYNTAX);
		assert_int_equal(a.family, len == 4 ? AF_INET :
				 len == 16 ? AF_INET6 : AF_UNSPEC);
	}
	addr_from_octets(octets, 4, &a);
	assert_true(addr_eq(&a, &want));
}

static void addresses_are_ordered(void **state)
{
	struct addr low = addr("10.0.0.255"), high = addr("10.0.1.0");
	struct addr six = addr("::");

	assert_true(addr_cmp(&low, &high) < 0);
	assert_true(addr_cmp(&high, &low) > 0);
	assert_int_equal(addr_cmp(&low, &low), 0);
	assert_true(addr_cmp(&high, &six) < 0);
	assert_true(addr_cmp(&six, &high) > 0);
	assert_false(addr_eq(&low, &six));
}

static void keys_are_of_addresses(void **state)
{
	struct addr a = addr("2001:db8::1"), same = addr("2001:db8::1");
	struct addr b = addr("2001:db8::2"), c = addr("2001:db9::1");

	assert_true(addr_key(&a) == addr_key(&same));
	assert_true(addr_key(&a) != addr_key(&b));
	assert_true(addr_key(&a) != addr_key(&c));
}

static void endpoints_differ_by_port_too(void **state)
{
	struct endpoint a = { addr("192.0.2.1"), 500 }, b = a;

	assert_true(endpoint_eq(&a, &b));
	b.port = 4500;
	assert_false(endpoint_eq(&a, &b));
	b = (struct endpoint){ addr("192.0.2.2"), 500 };
	assert_false(endpoint_eq(&a, &b));
}

static void prefix_in_each_of_its_forms(void **state)
{
	static const struct {
		const char *text;
		const char *addr;
		unsigned int len;
	} list[] = {
		{ "198.51.100.19 255.255.255.0", "198.51.100.19", 24 },
		{ "198.51.100.19   255.255.255.255", "198.51.100.19", 32 },
		{ "198.51.100.19/24", "198.51.100.19", 24 },
		{ "198.51.100.19", "198.51.100.19", 32 },
		{ "0.0.0.0 0.0.0.0", "0.0.0.0", 0 },
		{ "0.0.0.0/0", "0.0.0.0", 0 },
		{ "10.0.0.0 255.240.0.0", "10.0.0.0", 12 },
		{ "2001:db8::/32", "2001:db8::", 32 },
		{ "2001:db8::1", "2001:db8::1", 128 },
		{ "::/0", "::", 0 },
	};
	char text[ADDR_STR];
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct prefix p = prefix(list[i].text);

		assert_string_equal(addr_str(&p.addr, text), list[i].addr);
		assert_int_equal(p.len, list[i].len);
	}
}

static void what_is_no_prefix_is_refused(void **state)
{
	static const char *const list[] = {
		"", "/", "/24", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/+8", "10.0.0.0/ 8", "10.0.0.0/8x", "10.0.0.0/8/8",
		"10.0.0.0/99999999999999999999", "::/129",
		"10.0.0.0 255.0.255.0",		/* not contiguous */
		"10.0.0.0 0.0.0.255",		/* inverse */
		"10.0.0.0 ", "10.0.0.0 8", "10.0.0.0 255.0.0.0 x",
		"10.0.0.0 ffff::", "router1/24",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/64",
	};
	struct prefix p;
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		p.addr = addr("192.0.2.1");
		if (prefix_parse(list[i], &p) != ERR_SYNTAX)
			fail_msg("\"%s\" was accepted", list[i]);
		assert_false(addr_is_set(&p.addr));
	}
}

static void prefix_contains_its_addresses_and_no_others(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool inside;
	} list[] = {
		{ "198.51.100.19/24", "198.51.100.0", true },
		{ "198.51.100.19/24", "198.51.100.255", true },
		{ "198.51.100.19/24", "198.51.101.0", false },
		{ "198.51.100.19/24", "198.51.99.255", false },
		{ "198.51.100.19/25", "198.51.100.128", false },
		{ "198.51.100.19/32", "198.51.100.19", true },
		{ "198.51.100.19/32", "198.51.100.18", false },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::", false },
		{ "::/0", "192.0.2.1", false },
		{ "2001:db8::/33", "2001:db8:7fff::", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
	};
	struct addr none = { .family = AF_UNSPEC };
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct prefix p = prefix(list[i].prefix);
		struct addr a = addr(list[i].addr);

		assert_int_equal(prefix_contains(&p, &a), list[i].inside);
		assert_false(prefix_contains(&p, &none));
	}
	assert_false(prefix_contains(&(struct prefix){ .len = 0 }, &none));
}

static void range_of_a_prefix(void **state)
{
	static const char *const list[][3] = {
		{ "198.51.100.19/24", "198.51.100.0", "198.51.100.255" },
		{ "198.51.100.19/32", "198.51.100.19", "198.51.100.19" },
		{ "198.51.100.19/30", "198.51.100.16", "198.51.100.19" },
		{ "0.0.0.0/0", "0.0.0.0", "255.255.255.255" },
		{ "2001:db8::1/127", "2001:db8::", "2001:db8::1" },
	};
	struct addr first, last;
	char text[ADDR_STR];
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct prefix p = prefix(list[i][0]);

		prefix_range(&p, &first, &last);
		assert_string_equal(addr_str(&first, text), list[i][1]);
		assert_string_equal(addr_str(&last, text), list[i][2]);
	}
}

static void every_mask_length_survives_its_text(void **state)
{
	char mask[ADDR_STR], text[2 * ADDR_STR];
	unsigned int len;

	for (len = 0; len <= 32; len++) {
		struct prefix p = { addr("10.1.2.3"), (uint8_t)len };

		snprintf(text, sizeof(text), "10.1.2.3 %s",
			 prefix_mask_str(&p, mask));
		assert_int_equal(prefix(text).len, len);
	}
}

static void sockets_get_and_give_endpoints(void **state)
{
	struct endpoint four = { addr("192.0.2.1"), 500 };
	struct endpoint six = { addr("2001:db8::1"), 4500 }, back;
	struct sockaddr_storage ss;
	socklen_t len;

	endpoint_to_sockaddr(&four, &ss, &len);
	assert_int_equal(len, sizeof(struct sockaddr_in));
	assert_int_equal(ss.ss_family, AF_INET);
	assert_int_equal(((struct sockaddr_in *)&ss)->sin_port, htons(500));
	assert_int_equal(endpoint_from_sockaddr((struct sockaddr *)&ss, &back),
			 0);
	assert_true(endpoint_eq(&four, &back));

	endpoint_to_sockaddr(&six, &ss, &len);
	assert_int_equal(len, sizeof(struct sockaddr_in6));
	assert_int_equal(endpoint_from_sockaddr((struct sockaddr *)&ss, &back),
			 0);
	assert_true(endpoint_eq(&six, &back));

	ss.ss_family = AF_UNIX;
	assert_int_equal(endpoint_from_sockaddr((struct sockaddr *)&ss, &back),
			 ERR_SYNTAX);
	assert_false(addr_is_set(&back.addr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_keep_their_text),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(no_address_says_so),
		cmocka_unit_test(longest_endpoint_fits),
		cmocka_unit_test(octets_make_an_address_of_their_family),
		cmocka_unit_test(addresses_are_ordered),
		cmocka_unit_test(keys_are_of_addresses),
		cmocka_unit_test(endpoints_differ_by_port_too),
		cmocka_unit_test(prefix_in_each_of_its_forms),
		cmocka_unit_test(what_is_no_prefix_is_refused),
		cmocka_unit_test(prefix_contains_its_addresses_and_no_others),
		cmocka_unit_test(range_of_a_prefix),
		cmocka_unit_test(every_mask_length_survives_its_text),
		cmocka_unit_test(sockets_get_and_give_endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
