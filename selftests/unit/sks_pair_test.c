// SPDX-License-Identifier: GPL-2.0
/*
 * The key source client against a real pair of tunnel-keysource: SKIP with a
 * PSK and with certificates, ETSI GS QKD 014; the two routers get the same key,
 * each once.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config_files.h"
#include "sks_world.h"
#include "util/err.h"

/* What each source listens on: SKIP with PSK, with certificates, ETSI. */
enum { PSK, FILES, ETSI, PORTS };

static const char *const names[2] = { "kp-a", "kp-b" };
static const char *const ids[2] = { "KP_A", "KP_B" };
static struct server_process sources[2];
static unsigned short ports[2][PORTS], link_port;

static void start_source(int n)
{
	char program[TOP_PATH], path[160];

	snprintf(path, sizeof(path), "%s",
		 put_file(n ? "b.conf" : "a.conf",
		"system-id = \"%s\"; peer-system-id = \"%s\";\n"
		"listeners = ( { address = \"127.0.0.1\"; port = %u;\n"
		"clients = ( { identity = \"r%d\"; pre-shared-key = \"0x%064d\"; } ); },\n"
		"{ address = \"127.0.0.1\"; port = %u; ca-file = \"%s/ca.pem\"; certificate-file = \"%s/%s.pem\"; key-file = \"%s/%s.key\"; },\n"
		"{ protocol = \"etsi-014\"; address = \"127.0.0.1\"; port = %u; ca-file = \"%s/ca.pem\"; certificate-file = \"%s/%s.pem\"; key-file = \"%s/%s.key\"; } );\n"
		"link: { listen = %s; address = \"127.0.0.1\"; port = %u; peer-name = \"%s\"; ca-file = \"%s/ca.pem\"; certificate-file = \"%s/%s.pem\"; key-file = \"%s/%s.key\"; };\n",
		ids[n], ids[!n], ports[n][PSK], n, n + 1, ports[n][FILES],
		place, place, names[n], place, names[n], ports[n][ETSI], place,
		place, names[n], place, names[n], n ? "false" : "true",
		link_port, names[!n], place, place, names[n], place, names[n]));
	start_server(&sources[n], n ? "link: up" : "is ready",
		     (const char *const[]){
		top_path("build/tools/tunnel-keysource", program), "-c", path,
		NULL });
}

static int begin(void **state)
{
	int n, k;

	world_begin(state);
	link_port = free_port();
	for (n = 0; n < 2; n++)
		for (k = 0; k < PORTS; k++)
			ports[n][k] = free_port();
	start_source(0);
	start_source(1);
	return 0;
}

static int end(void **state)
{
	stop_server(&sources[0]);
	stop_server(&sources[1]);
	return world_end(state);
}

/* Router 1 is "left", router 2 "right". */
static void fill(struct sks_options *o, struct sks_server *v, int n, int kind)
{
	char digits[72];

	fill_options(o, v, n ? "right" : "left", ports[n][kind]);
	strcpy(o->remote_system, ids[!n]);
	snprintf(o->tls.certificate, SKS_PATH, "%s/router%d.pem", place, n + 1);
	snprintf(o->tls.key, SKS_PATH, "%s/router%d.key", place, n + 1);
	if (kind == ETSI) {
		o->protocol = SKS_ETSI_014;
		strcpy(o->remote_system, n ? "router1" : "router2");
	}
	if (kind != PSK)
		return;
	memset(&o->tls, 0, sizeof(o->tls));
	snprintf(o->tls.identity, sizeof(o->tls.identity), "r%d", n);
	snprintf(digits, sizeof(digits), "%064d", n + 1);
	assert_int_equal(sks_from_hex(digits, 64, &o->tls.psk), 0);
}

static void connect_both(int kind, uint32_t bits)
{
	struct sks_options o[2];
	struct sks_server v[2];
	int n;

	for (n = 0; n < 2; n++) {
		fill(&o[n], &v[n], n, kind);
		o[n].key_bits = bits;
	}
	assert_int_equal(sks_configure(sks, o, 2), 0);
	secret_free(o[0].tls.psk);
	secret_free(o[1].tls.psk);
	wait_state("left", "connected");
	wait_state("right", "connected");
}

/* Each side asks as initiator, the other gets the same. */
static void same_keys(uint32_t bits)
{
	static const char *const who[2] = { "left", "right" };
	struct asked a, b;
	char id[PPK_ID_MAX + 1];
	int n;

	for (n = 0; n < 2; n++) {
		assert_int_equal(ask_new(&a, who[n]), 0);
		assert_int_equal(secret_len(a.rq.key) * 8, bits);
		snprintf(id, sizeof(id), "%.*s", (int)a.rq.id_len, a.rq.id);
		assert_int_equal(ask_by_id(&b, who[!n], id), 0);
		assert_true(secret_equal(a.rq.key, b.rq.key));
		secret_free(a.rq.key);
		secret_free(b.rq.key);
		/* Once, and not where it was made. */
		assert_int_equal(ask_by_id(&b, who[!n], id), ERR_NOT_FOUND);
		assert_int_equal(ask_by_id(&b, who[n], id), ERR_NOT_FOUND);
	}
}

static void skip_with_psk(void **state)
{
	connect_both(PSK, 256);
	same_keys(256);
}

static void skip_with_certificates(void **state)
{
	connect_both(FILES, 512);
	same_keys(512);
}

static void etsi(void **state)
{
	connect_both(ETSI, 256);
	same_keys(256);
}

static void wrong_psk(void **state)
{
	struct sks_options o;
	struct sks_server v;

	fill(&o, &v, 0, PSK);
	secret_writable(o.tls.psk)[0] ^= 1;
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("left", "tls-failed");
	secret_writable(o.tls.psk)[0] ^= 1;
	strcpy(o.tls.identity, "nobody");
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("left", "tls-failed");
	secret_free(o.tls.psk);
}

/* A PSK's listener takes no certificate, and the other way round. */
static void wrong_door(void **state)
{
	struct sks_options o;
	struct sks_server v;

	fill(&o, &v, 0, PSK);
	v.port = ports[0][FILES];
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("left", "tls-failed");
	secret_free(o.tls.psk);
}

/* Without the other source no key is given that the peer could not get. */
static void other_source_gone(void **state)
{
	struct asked a;

	connect_both(FILES, 256);
	stop_server(&sources[1]);
	run_for(200);
	assert_int_equal(ask_new(&a, "left"), ERR_IO);
	assert_non_null(strstr(a.rq.why, "status 503"));
	start_source(1);
	wait_state("left", "connected");
	wait_state("right", "connected");
	same_keys(256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(skip_with_psk),
		cmocka_unit_test(skip_with_certificates),
		cmocka_unit_test(etsi),
		cmocka_unit_test(wrong_psk),
		cmocka_unit_test(wrong_door),
		cmocka_unit_test(other_source_gone),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
