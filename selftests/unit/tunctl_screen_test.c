// SPDX-License-Identifier: GPL-2.0
/*
 * tools/show_ipsec.c, show_interface.c and show_route.c: labels, order and values of the
 * screens that the kernel fills, and the same as JSON.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tunctl_world.h"
#include "util/err.h"

/* ------------------------------------------------------------ show ipsec sa */

static void ipsec_sa_table(void **state)
{
	assert_int_equal(run(show_ipsec_sa), EXIT_OK);
	assert_string_equal(timed_screen(),
		"If/name          SA-Id    Inbound SPI  Outbound SPI\n" LINE
		"tunnel-ip1       713      0xab487871   0x00a9ed88\n");
}

#define IPSEC_DIRECTION(title, spi)				\
	title "\n"						\
	"SPI                             : " spi "\n"		\
	"Protocol                        : ESP\n"		\
	"Encrypt Algorithm               : ESP_192_AES\n"	\
	"Auth Algorithm                  : HMAC_SHA_256\n"	\
	"Lifetime (expire After Seconds) : 1663\n" LINE

static void ipsec_sa_interface(void **state)
{
	static const char screen[] = LINE
		"Interface Name                  : tunnel-ip1\n"
		"Interface handle                : 0x800090\n"
		"SA id                           : 713\n"
		"Mode                            : Tunnel\n"
		"PFS enabled                     : No\n"
		"PFS group                       : None\n"
		"Quantum resistant               : No\n" LINE
		IPSEC_DIRECTION("Inbound SA", "0xab487871")
		IPSEC_DIRECTION("Outbound SA", "0x00a9ed88");

	assert_int_equal(run_with(show_ipsec_sa, 2,
				  ARGS("interface", "tunnel-ip1")), EXIT_OK);
	assert_string_equal(timed_screen(), screen);
	assert_int_equal(run_with(show_ipsec_sa, 1, ARGS("tunnel-ip1")),
			 EXIT_OK);
	assert_string_equal(timed_screen(), screen);
}

static void set_selectors(const char *start, const char *end, uint8_t protocol)
{
	struct knl_sa_info *out = &kernel.sa[1];

	out->sel_local_count = 1;
	out->sel_local = (struct knl_selector){ ip("198.51.100.5"),
						ip("198.51.100.5"), 0 };
	out->sel_remote_count = 1;
	out->sel_remote = (struct knl_selector){ ip(start), ip(end), protocol };
}

/* As with an access list: two more lines, addresses as prefixes. */
static void ipsec_sa_selectors(void **state)
{
	set_selectors("198.51.100.21", "198.51.100.21", 0);
	run_with(show_ipsec_sa, 1, ARGS("tunnel-ip1"));
	assert_non_null(strstr(said.text,
		"Quantum resistant               : No\n"
		"Local Identity                  : addr:198.51.100.5/32, port:0-65535, proto:0-255\n"
		"Remote Identity                 : addr:198.51.100.21/32, port:0-65535, proto:0-255\n"
		LINE));
	set_selectors("10.0.0.0", "10.255.255.255", 17);
	run_with(show_ipsec_sa, 1, ARGS("tunnel-ip1"));
	assert_non_null(strstr(said.text,
		"addr:10.0.0.0/8, port:0-65535, proto:17\n"));
	set_selectors("0.0.0.0", "255.255.255.255", 0);
	run_with(show_ipsec_sa, 1, ARGS("tunnel-ip1"));
	assert_null(strstr(said.text, "Remote Identity"));
	set_selectors("0.0.0.0", "255.255.255.255", 47);
	run_with(show_ipsec_sa, 1, ARGS("tunnel-ip1"));
	assert_non_null(strstr(said.text, "addr:0.0.0.0/0,"));
	set_selectors("10.0.0.1", "10.0.0.6", 0);
	run_with(show_ipsec_sa, 1, ARGS("tunnel-ip1"));
	assert_non_null(strstr(said.text, "addr:10.0.0.1-10.0.0.6,"));
}

static void ipsec_sa_variants(void **state)
{
	struct knl_sa_info *out = &kernel.sa[1];

	out->pfs_group = 19;
	out->flags = TUNIP_SA_F_QUANTUM;
	out->hard_seconds = 0;
	out->encr = 20;
	out->encr_key_bits = 256;
	out->integ = 0;
	kernel.sa[0].hard_seconds = 60;
	run_with(show_ipsec_sa, 1, ARGS("tunnel-ip1"));
	assert_non_null(strstr(said.text,
			       "PFS enabled                     : Yes\n"
			       "PFS group                       : 19\n"
			       "Quantum resistant               : Yes\n"));
	assert_non_null(strstr(said.text,
			       "Auth Algorithm                  : HMAC_SHA_256\n"
			       "Lifetime (expire After Seconds) : 0\n"));
	assert_non_null(strstr(said.text,
			       "Auth Algorithm                  : None\n"
			       "Lifetime (expire After Seconds) : None\n"));
}

/* While SAs are replaced the pair that transmits is shown, not the newest. */
static void ipsec_sa_rekey(void **state)
{
	fill_sa(&kernel.sa[2], KNL_IN, 0x22222222);
	fill_sa(&kernel.sa[3], KNL_OUT, 0x33333333);
	kernel.sa[2].id = kernel.sa[3].id = 714;
	kernel.sa[3].pair_spi = 0x22222222;
	kernel.sa[3].state = TUNIP_SA_PENDING;
	kernel.sa_count = 4;
	run(show_ipsec_sa);
	assert_non_null(strstr(said.text, "713      0xab487871   0x00a9ed88\n"));
	assert_null(strstr(said.text, "714"));
	kernel.sa[3].state = TUNIP_SA_ACTIVE;
	kernel.sa[1].state = TUNIP_SA_PENDING;
	run(show_ipsec_sa);
	assert_non_null(strstr(said.text, "714      0x22222222   0x33333333\n"));
	/* Installed by hand, without a word about the pair. */
	kernel.sa[3].pair_spi = 0;
	run(show_ipsec_sa);
	assert_non_null(strstr(said.text, "714      0x22222222   0x33333333\n"));
}

static void ipsec_sa_absent(void **state)
{
	assert_int_equal(run_with(show_ipsec_sa, 1, ARGS("tunnel-ip2")),
			 EXIT_OK);
	assert_string_equal(timed_screen(),
			    "tunnel-ip2 has no SAs: see tunctl why tunnel-ip2\n");
	assert_int_equal(run_on(STDERR_FILENO, show_ipsec_sa, false, 1,
				ARGS("eth0")), EXIT_FAILED);
	assert_string_equal(said.text,
			    "tunctl: there is no tunnel-ip interface 'eth0'\n");
	assert_int_equal(run_on(STDERR_FILENO, show_ipsec_sa, false, 1,
				ARGS("interface")), EXIT_USAGE);
	assert_int_equal(run_on(STDERR_FILENO, show_ipsec_sa, false, 2,
				ARGS("device", "tunnel-ip1")), EXIT_USAGE);
	assert_string_equal(said.text,
			    "tunctl: usage: tunctl show ipsec sa [interface IF]\n");
}

static void ipsec_sa_json(void **state)
{
	struct json_object *o = run_json(show_ipsec_sa, 0, NULL);

	assert_int_equal(json_object_array_length(o), 2);
	assert_member(o, "0/interface", "tunnel-ip1");
	assert_member(o, "0/sas/0/spi", "0xab487871");
	assert_member(o, "0/sas/0/direction", "in");
	assert_member(o, "0/sas/0/counters/rx_packets", "12");
	assert_member(o, "0/sas/0/counters/drop_icv", "0");
	assert_member(o, "0/sas/1/spi", "0x00a9ed88");
	assert_member(o, "0/sas/1/state", "active");
	assert_member(o, "0/sas/1/encryption", "ESP_192_AES");
	assert_member(o, "0/sas/1/integrity", "HMAC_SHA_256");
	assert_member(o, "0/sas/1/expires-in", "1663");
	assert_member(o, "0/sas/1/quantum-resistant", "false");
	assert_member(o, "1/interface", "tunnel-ip2");
	assert_int_equal(json_object_array_length(at(o, "1/sas")), 0);
	assert_null(strstr(said.text, "key"));
	json_object_put(o);
}

/* ----------------------------------------------------------- the kernel gone */

static void kernel_refuses(void **state)
{
	kernel.err = ERR_DENIED;
	assert_int_equal(run_on(STDERR_FILENO, show_ipsec_sa, false, 0, NULL),
			 EXIT_FAILED);
	assert_string_equal(said.text,
			    "tunctl: reading SAs needs the capability CAP_NET_ADMIN: run as root\n");
	kernel.loaded = false;
	assert_int_equal(run_on(STDERR_FILENO, show_interface, true, 0, NULL),
			 EXIT_FAILED);
	assert_string_equal(said.text, "tunctl: no module\n");
}

/* A torn dump is read again, and nothing appears twice. */
static void dump_is_torn(void **state)
{
	kernel.torn = 3;
	assert_int_equal(run(show_ipsec_sa), EXIT_OK);
	assert_string_equal(timed_screen(),
		"If/name          SA-Id    Inbound SPI  Outbound SPI\n" LINE
		"tunnel-ip1       713      0xab487871   0x00a9ed88\n");
	kernel.torn = 100;
	assert_int_equal(run_on(STDERR_FILENO, show_ipsec_sa, false, 0, NULL),
			 EXIT_FAILED);
	assert_string_equal(said.text,
			    "tunctl: the SAs change too fast to be read\n");
}

/* ----------------------------------------------------------- show interface */

static void interface_screen(void **state)
{
	assert_int_equal(run_with(show_interface, 1, ARGS("tunnel-ip1")),
			 EXIT_OK);
	assert_string_equal(timed_screen(), LINE
		"Interface Name            : tunnel-ip1\n"
		"Interface handle          : 0x800090\n"
		"Tunnel                    : 198.51.100.1 -> 198.51.100.19\n"
		"Carrier                   : up\n"
		"MTU                       : 1438 (derived)\n"
		"Path MTU                  : 1500\n"
		"SAs inbound/outbound      : 1/1\n"
		"Packets waiting for an SA : 0\n" LINE
		"rx_packets                : 0\n"
		"rx_bytes                  : 0\n"
		"tx_packets                : 12\n"
		"tx_bytes                  : 0\n"
		"drop_no_sa                : 1\n"
		"drop_icv                  : 3\n" LINE);
}

static void interface_all(void **state)
{
	struct json_object *o;

	assert_int_equal(run(show_interface), EXIT_OK);
	assert_true(strstr(said.text, "tunnel-ip1") <
		    strstr(said.text, "tunnel-ip2"));
	assert_non_null(strstr(said.text, ": 1400 (configured)\n"));
	o = run_json(show_interface, 1, ARGS("tunnel-ip2"));
	assert_int_equal(json_object_array_length(o), 1);
	assert_member(o, "0/interface", "tunnel-ip2");
	assert_member(o, "0/carrier", "false");
	assert_member(o, "0/mtu", "1400");
	assert_member(o, "0/mtu-fixed", "true");
	assert_member(o, "0/path-mtu", "1500");
	assert_member(o, "0/staged", "2");
	assert_member(o, "0/counters/tx_packets", "0");
	assert_member(o, "0/counters/drop_recursion", "0");
	json_object_put(o);
}

/* ------------------------------------------------------------ show ip route */

static void set_route(unsigned int i, const char *prefix, uint8_t kind,
		      uint8_t state)
{
	struct knl_route *r = &kernel.route[i];
	uint64_t now_ms = (uint64_t)time(NULL) * 1000;

	*r = (struct knl_route){
		.ifindex = 9, .ifname = "tunnel-ip1", .kind = kind,
		.state = state, .table = 254, .priority = 0x02000000,
	};
	assert_int_equal(prefix_parse(prefix, &r->prefix), 0);
	if (state == KNL_ROUTE_INSTALLED)
		r->since_ms = now_ms - (64 * 3600 + 28 * 60) * 1000ULL;
	kernel.route_count = i + 1;
}

static void routes(void)
{
	set_route(0, "198.51.100.21", KNL_ROUTE_FALLBACK, KNL_ROUTE_INSTALLED);
	set_route(1, "198.51.100.21", KNL_ROUTE_DEVICE, KNL_ROUTE_INSTALLED);
	set_route(2, "10.2.0.0/24", KNL_ROUTE_DEVICE, KNL_ROUTE_WAITING);
	snprintf(kernel.route[2].owner, sizeof(kernel.route[2].owner),
		 "tunnel-ip2");
}

static void ip_route(void **state)
{
	routes();
	/* Those of the interface's own table are not told twice. */
	set_route(3, "198.51.100.21", KNL_ROUTE_DEVICE, KNL_ROUTE_INSTALLED);
	kernel.route[3].table = 201U << 24 | 7;
	assert_int_equal(run(show_ip_route), EXIT_OK);
	assert_non_null(strstr(said.text,
		"\n\nCodes: C - connected, S - static, R - RIP, B - BGP, (>) - Diversion path\n"));
	assert_non_null(strstr(said.text,
		"\nGateway of last resort is not set\n\n"
		"a    198.51.100.21/32 is directly connected, 2d16h, tunnel-ip1\n"
		"     tunnel-ip1: 10.2.0.0/24 waits: tunnel-ip2 has it\n"));
}

/* Each screen has the routes of its family. */
static void ipv6_route(void **state)
{
	struct json_object *o;

	routes();
	set_route(3, "2001:db8:2::/64", KNL_ROUTE_DEVICE, KNL_ROUTE_INSTALLED);
	assert_int_equal(run(show_ip_route), EXIT_OK);
	assert_null(strstr(said.text, "2001:"));
	assert_int_equal(run(show_ipv6_route), EXIT_OK);
	assert_non_null(strstr(said.text,
		"\nGateway of last resort is not set\n\n"
		"a    2001:db8:2::/64 is directly connected, 2d16h, tunnel-ip1\n"));
	assert_null(strstr(said.text, "10.2.0.0"));
	assert_int_equal(run_with(show_ipv6_route, 1, ARGS("2001:db8:2::9")),
			 EXIT_OK);
	assert_non_null(strstr(said.text, "Routing entry for 2001:db8:2::/64\n"));
	assert_int_equal(run_on(STDERR_FILENO, show_ipv6_route, false, 1,
				ARGS("10.2.0.0/24")), EXIT_USAGE);
	o = run_json(show_ipv6_route, 0, NULL);
	assert_int_equal(json_object_array_length(o), 1);
	assert_member(o, "0/prefix", "2001:db8:2::/64");
	json_object_put(o);
}

static void ip_route_prefix(void **state)
{
	static const char *const typed[] = {
		"198.51.100.21/32", "198.51.100.21",
		"198.51.100.21 255.255.255.255",
	};
	unsigned int i;
	char *at;

	routes();
	for (i = 0; i < 3; i++) {
		assert_int_equal(run_with(show_ip_route, 1, ARGS(typed[i])),
				 EXIT_OK);
		assert_non_null(strstr(said.text,
			"\n\nRouting entry for 198.51.100.21/32\n"
			"  Known via \"application IPsec:RRI\", distance 2, metric 0\n"
			"  Installed "));
		at = strstr(said.text, " for 2d16h\n");
		assert_non_null(at);
		assert_string_equal(at, " for 2d16h\n"
			"  Routing Descriptor Blocks\n"
			"    directly connected, via tunnel-ip1\n"
			"      Route metric is 0\n"
			"  No advertising protos\n");
	}
	assert_int_equal(run_with(show_ip_route, 1, ARGS("10.2.0.9")), EXIT_OK);
	assert_non_null(strstr(said.text, "  Not installed: 10.2.0.0/24 waits: tunnel-ip2 has it\n"));
	assert_int_equal(run_on(STDERR_FILENO, show_ip_route, false, 1,
				ARGS("10.9.0.0/24")), EXIT_FAILED);
	assert_string_equal(said.text,
			    "tunctl: no reverse route for 10.9.0.0/24\n");
	assert_int_equal(run_on(STDERR_FILENO, show_ip_route, false, 1,
				ARGS("nonsense")), EXIT_USAGE);
}

static void ip_route_json(void **state)
{
	struct json_object *o;

	routes();
	o = run_json(show_ip_route, 0, NULL);
	assert_int_equal(json_object_array_length(o), 3);
	assert_member(o, "0/prefix", "10.2.0.0/24");
	assert_member(o, "0/state", "waiting");
	assert_member(o, "0/owner", "tunnel-ip2");
	assert_member(o, "1/kind", "route");
	assert_member(o, "1/distance", "2");
	assert_member(o, "1/metric", "0");
	assert_member(o, "2/kind", "fallback");
	json_object_put(o);
	o = run_json(show_ip_route, 1, ARGS("10.2.0.0/24"));
	assert_int_equal(json_object_array_length(o), 1);
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ipsec_sa_table),
		TEST(ipsec_sa_interface),
		TEST(ipsec_sa_selectors),
		TEST(ipsec_sa_variants),
		TEST(ipsec_sa_rekey),
		TEST(ipsec_sa_absent),
		TEST(ipsec_sa_json),
		TEST(kernel_refuses),
		TEST(dump_is_torn),
		TEST(interface_screen),
		TEST(interface_all),
		TEST(ip_route),
		TEST(ipv6_route),
		TEST(ip_route_prefix),
		TEST(ip_route_json),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
