// SPDX-License-Identifier: GPL-2.0
/*
 * ike/narrow.c and ike/policy.c: intersections of selectors, and whether one
 * list lies in another.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ike/narrow.h"
#include "ike/policy.h"
#include "util/err.h"

/* "10.0.0.0-10.0.0.255" or "10.0.0.1", then "/6" for a protocol, ":80" a port. */
static void put(struct ts_list *list, const char *text)
{
	struct ts *ts = &list->ts[list->count++];
	char start[ADDR_STR], end[ADDR_STR];
	const char *dash = strchr(text, '-'), *slash = strchr(text, '/');
	const char *colon = strchr(text, ':');
	size_t len = strcspn(text, "-/:");

	snprintf(start, sizeof(start), "%.*s", (int)len, text);
	snprintf(end, sizeof(end), "%s", start);
	if (dash)
		snprintf(end, sizeof(end), "%.*s",
			 (int)strcspn(dash + 1, "/:"), dash + 1);
	ts_any(ts, AF_INET);
	assert_int_equal(addr_parse(start, &ts->start), 0);
	assert_int_equal(addr_parse(end, &ts->end), 0);
	if (slash)
		sscanf(slash, "/%hhu", &ts->protocol);
	if (colon) {
		sscanf(colon, ":%hu", &ts->port_start);
		ts->port_end = ts->port_start;
	}
}

#define LIST(...) list((const char *const[]){ __VA_ARGS__, NULL })

static struct ts_list list(const char *const *text)
{
	struct ts_list out = { .count = 0 };

	for (; *text; text++)
		put(&out, *text);
	return out;
}

static void assert_list(const struct ts_list *got, const struct ts_list want)
{
	unsigned int i;

	assert_int_equal(got->count, want.count);
	for (i = 0; i < want.count; i++)
		assert_true(ts_eq(&got->ts[i], &want.ts[i]));
}

static void check(struct ts_list ours, struct ts_list theirs,
		  struct ts_list want)
{
	struct ts_list got;

	assert_int_equal(narrow(&ours, &theirs, &got), want.count ? 0 : ERR_TS);
	assert_list(&got, want);
	/* The other way round it is the same set. */
	assert_int_equal(narrow(&theirs, &ours, &got), want.count ? 0 : ERR_TS);
	if (want.count)
		assert_true(narrow_is_subset(&got, &ours));
}

static const struct ts_list none;

static void the_smaller_one_wins(void **state)
{
	check(LIST("10.0.0.0-10.0.0.255"), LIST("0.0.0.0-255.255.255.255"),
	      LIST("10.0.0.0-10.0.0.255"));
	check(LIST("10.0.0.0-10.0.0.255"), LIST("10.0.0.7"), LIST("10.0.0.7"));
	check(LIST("10.0.0.7"), LIST("10.0.0.7"), LIST("10.0.0.7"));
}

static void overlapping_ranges_share_the_middle(void **state)
{
	check(LIST("10.0.0.0-10.0.0.99"), LIST("10.0.0.50-10.0.0.200"),
	      LIST("10.0.0.50-10.0.0.99"));
	check(LIST("10.0.0.0-10.0.0.99"), LIST("10.0.0.99-10.0.0.200"),
	      LIST("10.0.0.99"));
	check(LIST("10.0.0.0-10.0.0.99"), LIST("10.0.0.100-10.0.0.200"), none);
}

static void the_narrower_protocol_wins(void **state)
{
	check(LIST("10.0.0.0-10.0.0.9"), LIST("10.0.0.0-10.0.0.9/6"),
	      LIST("10.0.0.0-10.0.0.9/6"));
	check(LIST("10.0.0.0-10.0.0.9/17"), LIST("10.0.0.0-10.0.0.9/6"), none);
}

/* Nobody would enforce them. */
static void ports_are_not_taken(void **state)
{
	struct ts_list ports = LIST("10.0.0.1/6:443"), plain = LIST("10.0.0.1");

	check(LIST("10.0.0.0-10.0.0.9"), ports, none);
	check(LIST("10.0.0.0-10.0.0.9"),
	      LIST("10.0.0.1/6:443", "10.0.0.0-10.0.0.3"),
	      LIST("10.0.0.0-10.0.0.3"));
	assert_true(narrow_has_ports(&ports));
	assert_false(narrow_has_ports(&plain));
}

/* RFC 7296 section 2.9: the packet first, the network behind it. */
static void what_another_covers_is_left_out(void **state)
{
	check(LIST("10.0.0.0-10.0.0.255"),
	      LIST("10.0.0.5/1", "10.0.0.0-10.0.0.255"),
	      LIST("10.0.0.0-10.0.0.255"));
	check(LIST("10.0.0.0-10.0.0.255"),
	      LIST("0.0.0.0-255.255.255.255", "10.0.0.5"),
	      LIST("10.0.0.0-10.0.0.255"));
	check(LIST("0.0.0.0-255.255.255.255"),
	      LIST("10.0.0.0-10.0.0.9", "10.0.1.0-10.0.1.9", "10.0.0.3"),
	      LIST("10.0.0.0-10.0.0.9", "10.0.1.0-10.0.1.9"));
}

static void an_empty_offer_has_nothing(void **state)
{
	struct ts_list empty = none, any = LIST("0.0.0.0-255.255.255.255"), got;

	assert_int_equal(narrow(&any, &empty, &got), ERR_TS);
	assert_false(narrow_is_subset(&empty, &any));
}

static void families_have_nothing_in_common(void **state)
{
	struct ts_list v4, v6, got;

	narrow_any(&v4, AF_INET);
	narrow_any(&v6, AF_INET6);
	assert_int_equal(narrow(&v4, &v6, &got), ERR_TS);
	assert_false(narrow_is_subset(&v6, &v4));
	assert_true(narrow_is_any(&v6));
}

/* What comes back is never more than what there is room for. */
static void many_selectors_are_cut(void **state)
{
	struct ts_list ours, theirs = none, got;
	unsigned int i;
	char text[64];

	narrow_any(&ours, AF_INET);
	for (i = 0; i < TS_MAX; i++) {
		snprintf(text, sizeof(text), "10.0.%u.1", i);
		put(&theirs, text);
	}
	assert_int_equal(narrow(&ours, &theirs, &got), 0);
	assert_int_equal(got.count, TS_MAX);
	ours = LIST("0.0.0.0-10.0.7.1", "10.0.7.1-255.255.255.255");
	assert_int_equal(narrow(&ours, &theirs, &got), 0);
	assert_int_equal(got.count, TS_MAX);
}

static void subsets(void **state)
{
	struct ts_list outer = LIST("10.0.0.0-10.0.0.9", "10.0.1.0-10.0.1.9/6");
	struct ts_list in = LIST("10.0.0.1-10.0.0.2", "10.0.1.1/6");
	struct ts_list out = LIST("10.0.0.1-10.0.0.2", "10.0.1.1");
	struct ts_list both = LIST("10.0.0.9-10.0.1.0");

	assert_true(narrow_is_subset(&in, &outer));
	assert_false(narrow_is_subset(&out, &outer));
	assert_false(narrow_is_subset(&both, &outer));
}

/* ----------------------------------------------------------------- policies */

static struct cfg_acl_entry entry(const char *source, const char *destination)
{
	struct cfg_acl_entry e;

	assert_int_equal(prefix_parse(source, &e.source), 0);
	assert_int_equal(prefix_parse(destination, &e.destination), 0);
	return e;
}

static void selectors_of_an_access_list(void **state)
{
	struct cfg_acl_entry e = entry("198.51.100.5/32", "0.0.0.0/0");
	struct cfg_acl acl = { .name = "a", .entries = &e, .entry_count = 1 };
	struct cfg_iface iface = { .policy = "a", .acl = &acl };
	char text[FAILURE_VALUE];
	struct policy p, chosen;
	struct ts_list local = LIST("198.51.100.0-198.51.100.255");
	struct ts_list remote = LIST("10.0.0.0-10.0.0.127");

	assert_int_equal(policy_get(&iface, &p), 0);
	assert_list(&p.local, LIST("198.51.100.5"));
	assert_true(narrow_is_any(&p.remote));
	assert_string_equal(policy_str(&p.local, &p.remote, text),
			    "local 198.51.100.5/32, remote any");
	assert_int_equal(policy_narrow(&p, &local, &remote, &chosen), 0);
	assert_string_equal(policy_str(&chosen.local, &chosen.remote, text),
			    "local 198.51.100.5/32, remote 10.0.0.0/25");
	/* Both sides must have something. */
	local = LIST("198.51.100.6");
	assert_int_equal(policy_narrow(&p, &local, &remote, &chosen), ERR_TS);
}

static void get_policy(struct cfg_acl_entry e, struct policy *out)
{
	struct cfg_acl acl = { .name = "a", .entries = &e, .entry_count = 1 };
	struct cfg_iface iface = { .policy = "a", .acl = &acl };

	assert_int_equal(policy_get(&iface, out), 0);
}

static void selectors_of_an_ipv6_list(void **state)
{
	struct policy ours, theirs, chosen;
	char text[FAILURE_VALUE];

	get_policy(entry("2001:db8:1::/64", "2001:db8::/32"), &ours);
	get_policy(entry("2001:db8:1::/48", "2001:db8:2::/112"), &theirs);
	assert_int_equal(policy_narrow(&ours, &theirs.local, &theirs.remote,
				       &chosen), 0);
	assert_string_equal(policy_str(&chosen.local, &chosen.remote, text),
			    "local 2001:db8:1::/64, remote 2001:db8:2::/112");
	/* Nothing of the other family is in it. */
	get_policy(entry("10.0.0.0/8", "10.0.0.0/8"), &theirs);
	assert_int_equal(policy_narrow(&ours, &theirs.local, &theirs.remote,
				       &chosen), ERR_TS);
}

static void empty_and_missing_lists(void **state)
{
	struct cfg_acl acl = { .name = "a" };
	struct cfg_iface iface = { .policy = "" };
	struct policy p;

	assert_int_equal(policy_get(&iface, &p), 0);
	assert_true(narrow_is_any(&p.local) && narrow_is_any(&p.remote));
	snprintf(iface.policy, sizeof(iface.policy), "a");
	assert_int_equal(policy_get(&iface, &p), ERR_ACL);
	iface.acl = &acl;
	assert_int_equal(policy_get(&iface, &p), ERR_ACL);
}

static void texts_of_selectors(void **state)
{
	struct ts_list local = LIST("10.0.0.1-10.0.0.6/17:53", "10.1.0.0-10.1.255.255",
				    "10.2.0.0", "10.3.0.0");
	struct ts_list remote = none;
	char text[FAILURE_VALUE];

	assert_string_equal(policy_str(&local, &remote, text),
			    "local 10.0.0.1-10.0.0.6 protocol 17 port 53-53 + 10.1.0.0/16 and 2 more, remote nothing usable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smaller_one_wins),
		cmocka_unit_test(overlapping_ranges_share_the_middle),
		cmocka_unit_test(the_narrower_protocol_wins),
		cmocka_unit_test(ports_are_not_taken),
		cmocka_unit_test(what_another_covers_is_left_out),
		cmocka_unit_test(an_empty_offer_has_nothing),
		cmocka_unit_test(families_have_nothing_in_common),
		cmocka_unit_test(many_selectors_are_cut),
		cmocka_unit_test(subsets),
		cmocka_unit_test(selectors_of_an_access_list),
		cmocka_unit_test(selectors_of_an_ipv6_list),
		cmocka_unit_test(empty_and_missing_lists),
		cmocka_unit_test(texts_of_selectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
