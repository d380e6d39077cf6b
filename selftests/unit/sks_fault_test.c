// SPDX-License-Identifier: GPL-2.0
/*
 * The key source client against a source that fails on demand
 * (fault_source.py): every failure has its code, its words and its counter, no
 * key is taken that is not one, and nothing is asked twice that may have been
 * answered.
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

static struct server_process fault, second;
static unsigned short port, second_port;
static struct sks_options o;
static struct sks_server servers[2];

static void mode(const char *text)
{
	put_file("mode", "%s", text);
	put_file("requests", "%s", "");
}

static void start_fault(struct server_process *s, unsigned short at)
{
	char path[TOP_PATH], number[8];

	snprintf(number, sizeof(number), "%u", at);
	start_server(s, "ready", (const char *const[]){
		"/usr/bin/python3", top_path("selftests/fault_source.py", path),
		place, number, NULL });
}

/* A fresh client of a source that works so far. */
static int connected(void **state)
{
	mode("ok");
	if (!fault.pid)
		start_fault(&fault, port);
	fill_options(&o, servers, "Qkd", port);
	sks_configure(sks, NULL, 0);
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "connected");
	put_file("requests", "%s", "");
	return 0;
}

static int begin(void **state)
{
	world_begin(state);
	port = free_port();
	second_port = free_port();
	return 0;
}

static int end(void **state)
{
	stop_server(&fault);
	stop_server(&second);
	return world_end(state);
}

static unsigned int keys_asked(void)
{
	return count_lines("requests", "/key");
}

/* ------------------------------------------------------------------- works */

static void key_and_its_twin(void **state)
{
	struct asked a, b;
	char id[PPK_ID_MAX + 1];

	assert_int_equal(ask_new(&a, "Qkd"), 0);
	assert_int_equal(secret_len(a.rq.key), 32);
	snprintf(id, sizeof(id), "%.*s", (int)a.rq.id_len, a.rq.id);
	assert_int_equal(strlen(id), 32);
	assert_int_equal(ask_by_id(&b, "Qkd", id), 0);
	assert_true(secret_equal(a.rq.key, b.rq.key));
	assert_int_equal(b.rq.id_len, 32);
	secret_free(a.rq.key);
	secret_free(b.rq.key);
	/* Once. */
	assert_int_equal(ask_by_id(&b, "Qkd", id), ERR_NOT_FOUND);
	assert_non_null(strstr(b.rq.why, "no key of that name"));
	assert_int_equal(counters_of("Qkd").keys_new, 1);
	assert_int_equal(counters_of("Qkd").keys_by_id, 1);
}

static void no_such_profile(void **state)
{
	struct asked a;

	assert_int_equal(begin_new(&a, "Qdk"), ERR_NOT_FOUND);
	assert_string_equal(a.rq.why, "there is no sks profile 'Qdk'");
}

static void hostile_names_go_nowhere(void **state)
{
	static const char *const bad[] = {
		"../capabilities", "ab?remoteSystemID=x", "ab/../..", "zz", "",
		"abc", "a%62", "ab\r\nX: y",
	};
	struct asked a;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(begin_by_id(&a, "Qkd", bad[i]), ERR_INVALID);
	assert_int_equal(counters_of("Qkd").fail_id, i);
	run_for(50);
	assert_int_equal(count_lines("requests", "/"), 0);
}

/* --------------------------------------------------------------- bad answers */

/** struct fault_case - @requests: how many reach the source for one key */
static const struct fault_case {
	const char *mode;
	int err;
	const char *why;
	unsigned int requests;
} cases[] = {
	{ "status 400", ERR_IO, "refuses to give a new key", 1 },
	{ "status 401", ERR_IO, "status 401", 1 },
	{ "status 404", ERR_IO, "status 404", 1 },
	{ "status 405", ERR_IO, "status 405", 1 },
	{ "status 500", ERR_IO, "status 500", 1 },
	{ "status 503", ERR_IO, "status 503", 1 },
	{ "redirect", ERR_IO, "status 302", 1 },
	{ "garbage", ERR_SYNTAX, "no JSON object", 1 },
	{ "empty", ERR_SYNTAX, "no JSON object", 1 },
	{ "list", ERR_SYNTAX, "no JSON object", 1 },
	{ "deep", ERR_SYNTAX, "no JSON object", 1 },
	{ "short", ERR_SYNTAX, "128 bits, expected 256", 1 },
	{ "odd", ERR_SYNTAX, "not hexadecimal", 1 },
	{ "no-hex", ERR_SYNTAX, "not hexadecimal", 1 },
	{ "bad-id", ERR_SYNTAX, "keyId is missing or not", 1 },
	{ "oversize", ERR_SYNTAX, "longer than", 1 },
	{ "close", ERR_IO, "no whole answer came", 1 },
	{ "reset", ERR_IO, "no whole answer came", 1 },
	{ "half", ERR_IO, "no whole answer came", 1 },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void each_fault_has_its_reason(void **state)
{
	const struct fault_case *c;
	struct asked a;
	int err;

	for (c = cases; c < cases + CASES; c++) {
		connected(state);
		mode(c->mode);
		err = ask_new(&a, "Qkd");
		if (err != c->err || !strstr(a.rq.why, c->why) ||
		    keys_asked() != c->requests)
			fail_msg("%s: %d '%s', %u requests", c->mode, err,
				 a.rq.why, keys_asked());
		assert_int_equal(counters_of("Qkd").requests_failed, 1);
	}
}

static void key_of_another_name(void **state)
{
	struct asked a;

	mode("other-id");
	assert_int_equal(ask_by_id(&a, "Qkd", "abcd"), ERR_SYNTAX);
	mode("status 500");
	assert_int_equal(ask_by_id(&a, "Qkd", "abcd"), ERR_IO);
	assert_int_equal(keys_asked(), 1);
}

/* ---------------------------------------------------------- synchronisation */

/* Long enough for a machine that has other things to do. */
static void wait_longer(void)
{
	o.sync_wait_ms = 2400;
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "connected");
}

static void key_that_is_there_a_moment_later(void **state)
{
	struct asked a, b;
	char id[PPK_ID_MAX + 1];

	wait_longer();
	assert_int_equal(ask_new(&a, "Qkd"), 0);
	snprintf(id, sizeof(id), "%.*s", (int)a.rq.id_len, a.rq.id);
	mode("not-yet 2");
	assert_int_equal(ask_by_id(&b, "Qkd", id), 0);
	assert_int_equal(keys_asked(), 3);
	assert_int_equal(counters_of("Qkd").sync_waits, 2);
	assert_true(secret_equal(a.rq.key, b.rq.key));
	secret_free(a.rq.key);
	secret_free(b.rq.key);
}

static void key_that_never_comes(void **state)
{
	struct asked a;

	wait_longer();
	mode("not-yet 1000");
	assert_int_equal(ask_by_id(&a, "Qkd", "abcdef"), ERR_NOT_FOUND);
	assert_in_range(keys_asked(), 3, 4);
	assert_int_equal(counters_of("Qkd").fail_not_found, 1);
}

/* -------------------------------------------------------------------- time */

static void on_beat(void *arg)
{
	unsigned int **beats = arg;

	++**beats;
}

/* Nothing else waits meanwhile. */
static void slow_source(void **state)
{
	unsigned int beats = 0, *at = &beats;
	struct timer t;
	struct asked a;

	o.timeout_ms = 1500;
	o.connect_timeout_ms = 1000;
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "connected");
	mode("slow 5");
	timer_init(&t, loop_timers(loop), on_beat, &at);
	assert_int_equal(begin_new(&a, "Qkd"), 0);
	timer_set(&t, 500);
	wait_for(&a);
	timer_cancel(&t);
	assert_int_equal(beats, 1);
	assert_int_equal(a.rq.err, ERR_TIMEOUT);
	assert_string_equal(a.rq.why, "no key within 1500 ms (timeout)");
	assert_int_equal(counters_of("Qkd").fail_timeout, 1);
	assert_int_equal(keys_asked(), 1);
}

static void one_octet_after_the_other(void **state)
{
	struct asked a;

	o.timeout_ms = 1500;
	o.connect_timeout_ms = 1000;
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "connected");
	mode("drip");
	assert_int_equal(ask_new(&a, "Qkd"), ERR_TIMEOUT);
}

static void canceled(void **state)
{
	struct asked a, b;

	mode("slow 1");
	assert_int_equal(begin_new(&a, "Qkd"), 0);
	assert_int_equal(begin_by_id(&b, "Qkd", "abcd"), 0);
	run_for(200);
	sks_ops.cancel(sks, &a.rq);
	sks_ops.cancel(sks, &b.rq);
	sks_ops.cancel(sks, &b.rq);
	run_for(1200);
	assert_int_equal(a.done + b.done, 0);
	assert_null(a.rq.key);
}

/* ------------------------------------------------------------- unreachable */

static void source_down_and_back(void **state)
{
	struct asked a;

	stop_server(&fault);
	assert_int_equal(ask_new(&a, "Qkd"), ERR_IO);
	assert_string_equal(state_of("Qkd"), "unreachable");
	assert_int_equal(ask_new(&a, "Qkd"), ERR_IO);
	assert_non_null(strstr(a.rq.why, "no key source is connected"));
	start_fault(&fault, port);
	wait_state("Qkd", "connected");
	assert_int_equal(ask_new(&a, "Qkd"), 0);
	secret_free(a.rq.key);
}

static void second_server(void **state)
{
	struct asked a;

	start_fault(&second, second_port);
	servers[1] = servers[0];
	servers[1].port = second_port;
	o.server_count = 2;
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "connected");
	run_for(500);
	stop_server(&fault);
	assert_int_equal(ask_new(&a, "Qkd"), 0);
	secret_free(a.rq.key);
	assert_string_equal(state_of("Qkd"), "connected");
	/* Both give a new key only once each: the first lost it, the second not. */
	start_fault(&fault, port);
	run_for(2500);
	mode("close");
	assert_int_equal(ask_new(&a, "Qkd"), ERR_IO);
	assert_int_equal(keys_asked(), 2);
	mode("close");
	connected(state);
	stop_server(&second);
}

static void wrong_authority(void **state)
{
	struct asked a;

	snprintf(o.tls.ca, SKS_PATH, "%s/other.pem", place);
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "tls-failed");
	put_file("requests", "%s", "");
	assert_int_equal(ask_new(&a, "Qkd"), ERR_IO);
	assert_int_equal(count_lines("requests", "/"), 0);
}

static void wrong_name(void **state)
{
	strcpy(o.tls.server_name, "somebody.example");
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "tls-failed");
	strcpy(o.tls.server_name, "kp-a");
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "connected");
}

/* A source that does not know the PSK shows a certificate: it gets nothing. */
static void psk_that_the_source_does_not_know(void **state)
{
	struct asked a;

	o.tls.psk = secret_alloc(32);
	strcpy(o.tls.identity, "router1");
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	secret_clear(&o.tls.psk);
	wait_state("Qkd", "tls-failed");
	put_file("requests", "%s", "");
	assert_int_equal(ask_new(&a, "Qkd"), ERR_IO);
	assert_int_equal(count_lines("requests", "/"), 0);
}

static void source_that_cannot(void **state)
{
	mode("no-keys");
	o.timeout_ms++;
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "capability-failed");
	mode("strangers");
	o.timeout_ms++;
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "capability-failed");
}

/* ------------------------------------------------------------------ limits */

static void address_that_asks_too_much(void **state)
{
	struct asked a[40];
	unsigned int i, refused = 0;

	for (i = 0; i < 40; i++)
		refused += begin_by_id(&a[i], "Qkd", "abcd") == ERR_LIMIT;
	assert_in_range(refused, 20, 24);
	assert_string_equal(a[39].rq.why, "too many keys are asked for from this address");
	assert_int_equal(counters_of("Qkd").fail_limit, refused);
	for (i = 0; i < 40; i++)
		sks_ops.cancel(sks, &a[i].rq);
}

/* ---------------------------------------------------------------- prefetch */

static bool has_three(void *arg)
{
	return ready_of("Qkd") == 3;
}

static void keys_kept_ready(void **state)
{
	struct asked a;

	o.prefetch = 3;
	o.initiates = true;
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	run_until(has_three, NULL);
	assert_int_equal(keys_asked(), 3);
	/* The source is gone, the keys are there. */
	mode("status 500");
	assert_int_equal(ask_new(&a, "Qkd"), 0);
	secret_free(a.rq.key);
	assert_int_equal(ask_new(&a, "Qkd"), 0);
	secret_free(a.rq.key);
	assert_int_equal(ask_new(&a, "Qkd"), 0);
	secret_free(a.rq.key);
	assert_int_equal(counters_of("Qkd").prefetch_used, 3);
	assert_int_not_equal(ask_new(&a, "Qkd"), 0);
	mode("ok");
	run_until(has_three, NULL);
}

static void none_kept_where_nobody_initiates(void **state)
{
	o.prefetch = 3;
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	wait_state("Qkd", "connected");
	run_for(200);
	assert_int_equal(ready_of("Qkd"), 0);
	assert_int_equal(keys_asked(), 0);
}

/* ------------------------------------------------------------------ reload */

static void profile_that_goes_away(void **state)
{
	struct asked a;

	mode("slow 3");
	assert_int_equal(begin_new(&a, "Qkd"), 0);
	run_for(200);
	assert_int_equal(sks_configure(sks, &o, 1), 0);
	assert_int_equal(a.done, 0);
	assert_int_equal(sks_configure(sks, NULL, 0), 0);
	assert_int_equal(a.done, 1);
	assert_int_equal(a.rq.err, ERR_IO);
	assert_string_equal(a.rq.why, "the sks profile was changed or removed");
	assert_string_equal(state_of("Qkd"), "missing");
}

#define TEST(fn) cmocka_unit_test_setup(fn, connected)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(key_and_its_twin),
		TEST(no_such_profile),
		TEST(hostile_names_go_nowhere),
		TEST(each_fault_has_its_reason),
		TEST(key_of_another_name),
		TEST(key_that_is_there_a_moment_later),
		TEST(key_that_never_comes),
		TEST(slow_source),
		TEST(one_octet_after_the_other),
		TEST(canceled),
		TEST(source_down_and_back),
		TEST(second_server),
		TEST(wrong_authority),
		TEST(wrong_name),
		TEST(psk_that_the_source_does_not_know),
		TEST(source_that_cannot),
		TEST(address_that_asks_too_much),
		TEST(keys_kept_ready),
		TEST(none_kept_where_nobody_initiates),
		TEST(profile_that_goes_away),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
