// SPDX-License-Identifier: GPL-2.0
/*
 * FIPS mode and certificates: each rule broken once, by the end entity or by
 * the authority above it, in the chain of either side and judged by either.
 */

#include "cert_world.h"

#include <stdio.h>
#include <string.h>

#include "ike/engine.h"
#include "log/log.h"

/** struct sin - a chain that breaks one rule */
struct sin {
	const char *name;
	struct wish end, middle;
	const char *own;		/* what its owner says in FIPS mode */
	/* What the peer says of it, in FIPS mode and always. */
	enum failure_reason reason, always;
	const char *theirs;
};

#define END(...)	.end = { __VA_ARGS__ }
#define MIDDLE(...)	.middle = { __VA_ARGS__ }

/* What is refused in any mode is refused by that name in this one. */
static const struct sin sins[] = {
	{ "end entity signed with SHA-1", END(.hash = "SHA1"),
	  .own = "trustpoint tp, certificate of CN=end: signed with SHA1",
	  .reason = FAILURE_CERT_WEAK, .always = FAILURE_CERT_WEAK,
	  .theirs = "certificate of CN=end: " },
	{ "end entity signed with SHA-224", END(.hash = "SHA2-224"),
	  .own = "trustpoint tp, certificate of CN=end: signed with another hash",
	  .reason = FAILURE_FIPS, .always = FAILURE_NONE,
	  .theirs = "certificate of CN=end: signed with another hash" },
	{ "authority signed with SHA-1", MIDDLE(.hash = "SHA1"),
	  .own = "certificate of CN=above: signed with SHA1",
	  .reason = FAILURE_CERT_WEAK, .always = FAILURE_CERT_WEAK,
	  .theirs = "certificate of CN=above: " },
	{ "authority signed with SHA-224", MIDDLE(.hash = "SHA2-224"),
	  .own = "certificate of CN=above: signed with another hash",
	  .reason = FAILURE_FIPS, .always = FAILURE_NONE,
	  .theirs = "certificate of CN=above: signed with another hash" },
	{ "authority with RSA 1024", MIDDLE(.key = "rsa1024"),
	  .own = "certificate of CN=above: RSA 1024",
	  .reason = FAILURE_CERT_WEAK, .always = FAILURE_CERT_WEAK,
	  .theirs = "certificate of CN=above: RSA 1024" },
	{ "authority with P-224", MIDDLE(.key = "p224"),
	  .own = "certificate of CN=above: ",
	  .reason = FAILURE_CERT_WEAK, .always = FAILURE_CERT_WEAK,
	  .theirs = "certificate of CN=above: " },
	{ "authority with Ed25519", MIDDLE(.key = "ed25519"),
	  .own = "certificate of CN=",
	  .reason = FAILURE_CERT_WEAK, .always = FAILURE_CERT_WEAK,
	  .theirs = "certificate of CN=above: " },
};

/** struct chain_of - certificates of a sinner, which outlive the world */
struct chain_of {
	struct wish end, middle;
	const struct made *sent[2];
};

static void sinner(struct identity_wish *i, const struct sin *s,
		   struct chain_of *c)
{
	c->end = s->end;
	c->middle = s->middle;
	c->middle.dn = "CN=above";
	c->middle.issuer = root_ca;
	c->middle.ca = true;
	c->sent[0] = make_cert(&c->middle);
	c->sent[1] = NULL;
	c->end.issuer = c->sent[0];
	i->cert = &c->end;
	i->chain = c->sent;
}

static void has(const char *name, const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("%s: \"%s\" is not in \"%s\"", name, part, text);
}

static void is(const char *name, enum failure_reason got,
	       enum failure_reason expected)
{
	if (got != expected)
		fail_msg("%s: %s, expected %s", name, failure_name(got),
			 failure_name(expected));
}

static void begin(struct world *w, struct cert_setup *s)
{
	cert_world_init(w, s);
	world_start(w);
}

/* The peer of the sinner: either side, in the mode and without. */
static void the_peers_chain(void **state)
{
	size_t i, k;

	for (i = 0; i < sizeof(sins) / sizeof(sins[0]); i++) {
		const struct sin *sin = &sins[i];

		for (k = 0; k < 4; k++) {
			bool fips = k & 2, of_a = k & 1;
			struct cert_setup s = { .base.psk_a = NULL };
			struct failure f;
			struct chain_of c;
			struct world w;

			sinner(of_a ? &s.a : &s.b, sin, &c);
			s.base.fips_a = fips && !of_a;
			s.base.fips_b = fips && of_a;
			begin(&w, &s);
			world_run(&w, 3000);
			f = side_tunnel(of_a ? &w.b : &w.a).failure;
			is(sin->name, f.reason, fips ? sin->reason :
			   sin->always);
			assert_int_equal(world_up(&w),
					 !fips && sin->always == FAILURE_NONE);
			if (f.reason != FAILURE_NONE)
				has(sin->name, f.theirs, sin->theirs);
			if (f.reason == FAILURE_FIPS)
				has(sin->name, f.setting, "fips-mode");
			world_fini(&w);
		}
	}
}

/* The sinner itself does not begin, and as responder it does not answer. */
static void the_own_chain(void **state)
{
	size_t i, k;

	for (i = 0; i < sizeof(sins) / sizeof(sins[0]); i++) {
		const struct sin *sin = &sins[i];

		for (k = 0; k < 2; k++) {
			struct cert_setup s = { .base.psk_a = NULL };
			struct failure f;
			struct chain_of c;
			struct world w;

			sinner(k ? &s.b : &s.a, sin, &c);
			s.base.fips_a = !k;
			s.base.fips_b = k;
			begin(&w, &s);
			world_run(&w, 3000);
			assert_false(world_up(&w));
			f = side_tunnel(k ? &w.b : &w.a).failure;
			is(sin->name, f.reason, FAILURE_FIPS);
			has(sin->name, f.ours, sin->own);
			has(sin->name, f.setting, "trustpoints: certificate");
			assert_int_equal(f.stage, k ? STAGE_IKE_AUTH :
						      STAGE_CONFIG);
			/* A that is alone with it has sent nothing. */
			if (!k)
				assert_int_equal(w.a.sent, 0);
			else
				is(sin->name, side_tunnel(&w.a).failure.reason,
				   FAILURE_AUTH_REFUSED);
			world_fini(&w);
		}
	}
}

static char logged[8192];

static void keep_line(void *arg, enum log_level level, const char *line)
{
	size_t at = strlen(logged);

	snprintf(logged + at, sizeof(logged) - at, "%s\n", line);
}

/* Whose file has the mode is told when it is read. */
static void said_when_loaded(void **state)
{
	int fips;

	for (fips = 0; fips < 2; fips++) {
		struct cert_setup s = { .base.fips_a = fips };
		struct chain_of c;
		struct world w;

		sinner(&s.a, &sins[1], &c);
		cert_world_init(&w, &s);
		logged[0] = '\0';
		log_to(keep_line, NULL);
		log_set_level(LOG_LEVEL_WARNING);
		cfg_free(world_config(&s.base, false, NULL));
		log_to_stderr();
		if (fips)
			has("log", logged, "trustpoint \"tp\" cannot be used in FIPS mode: certificate of CN=end: signed with another hash; expected RSA of 2048 bits");
		else
			assert_null(strstr(logged, "FIPS"));
		world_fini(&w);
	}
}

/** struct rows - what `tunctl fips check` says */
struct rows {
	unsigned int count;
	struct view_fips last;
};

static void keep_row(void *arg, const struct view_fips *row)
{
	struct rows *rows = arg;

	rows->count++;
	rows->last = *row;
}

static void the_check_lists_it(void **state)
{
	struct cert_setup s = { .base.psk_a = NULL };
	struct rows rows = { .count = 0 };
	struct chain_of c;
	struct world w;

	sinner(&s.a, &sins[0], &c);
	cert_world_init(&w, &s);
	ike_view_fips(w.a.ike, keep_row, &rows);
	assert_int_equal(rows.count, 1);
	assert_true(rows.last.stays_down && rows.last.fatal);
	assert_string_equal(rows.last.ifname, "tunnel-ip1");
	has("check", rows.last.text, sins[0].own);
	assert_string_equal(rows.last.setting, "trustpoints: certificate");
	rows.count = 0;
	ike_view_fips(w.b.ike, keep_row, &rows);
	assert_int_equal(rows.count, 1);
	assert_false(rows.last.stays_down);
	assert_string_equal(rows.last.text, "");
	world_fini(&w);
}

/* What is up with such a chain ends, and comes back when it may. */
static void switched_under_way(void **state)
{
	size_t i, k;

	for (i = 0; i < sizeof(sins) / sizeof(sins[0]); i++) {
		for (k = 0; k < 4 && sins[i].always == FAILURE_NONE; k++) {
			struct cert_setup s = { .base.psk_a = NULL };
			struct side *strict;
			struct chain_of c;
			struct world w;

			sinner(k & 1 ? &s.a : &s.b, &sins[i], &c);
			begin(&w, &s);
			assert_true(world_until(&w, world_up, 3000));
			strict = k & 2 ? &w.a : &w.b;
			ike_set_fips(strict->ike, true);
			assert_int_equal(side_kernel_sas(strict, KNL_IN), 0);
			world_run(&w, 100 * 1000);
			assert_false(world_up(&w));
			is(sins[i].name, side_tunnel(strict).failure.reason,
			   FAILURE_FIPS);
			ike_set_fips(strict->ike, false);
			assert_true(world_until(&w, world_up, 100 * 1000));
			world_fini(&w);
		}
	}
}

/* Nothing is wrong with these. */
static void chains_that_are_admitted(void **state)
{
	static const struct {
		struct wish end, middle;
		const char *auth;
	} all[] = {
		{ { .key = NULL }, { .key = NULL }, NULL },
		{ { .key = "rsa3072", .hash = "SHA2-512" },
		  { .key = "p384", .hash = "SHA2-384" }, NULL },
		{ { .key = "p521", .hash = "SHA2-512" }, { .key = "rsa2048" },
		  "local = \"ecdsa-signature\"; remote = [ \"ecdsa-signature\" ];" },
		{ { .pss_signed = true }, { .pss_signed = true }, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct cert_setup s = { .base.fips_a = true,
					.base.fips_b = true };
		const struct sin none = { .end = all[i].end,
					  .middle = all[i].middle };
		struct chain_of a, b;
		struct world w;

		sinner(&s.a, &none, &a);
		sinner(&s.b, &none, &b);
		s.a.auth = s.b.auth = all[i].auth;
		begin(&w, &s);
		if (!world_until(&w, world_up, 3000))
			fail_msg("%zu: %s, %s", i,
				 side_tunnel(&w.a).failure.ours,
				 side_tunnel(&w.b).failure.theirs);
		world_assert_one(&w);
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_peers_chain),
		cmocka_unit_test(the_own_chain),
		cmocka_unit_test(said_when_loaded),
		cmocka_unit_test(the_check_lists_it),
		cmocka_unit_test(switched_under_way),
		cmocka_unit_test(chains_that_are_admitted),
	};

	return cmocka_run_group_tests(tests, cert_world_setup,
				      cert_world_teardown);
}
