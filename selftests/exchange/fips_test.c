// SPDX-License-Identifier: GPL-2.0
/*
 * FIPS mode: each rule broken once, on either side; the mode switched while
 * tunnels are up, down and being negotiated.
 */

#include "world.h"

#include <string.h>

#include "ike/engine.h"
#include "ike/reload.h"

#define KEY_14	"fourteen-chars"
#define KEYS	.psk_a = KEY_14, .psk_b = KEY_14
#define EXTRAS	.ikev2 = "extra-dh-groups = true;"

static void begin(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
}

static void comes_up(const struct setup *s, uint16_t group)
{
	struct world w;

	begin(&w, s);
	assert_true(world_until(&w, world_up, 5000));
	world_assert_one(&w);
	assert_int_equal(side_sa(&w.a).ke, group);
	world_fini(&w);
}

/* Return: what the two sides say of it, in @a and @b. */
static void stays_down(const struct setup *s, struct failure *a,
		       struct failure *b)
{
	struct world w;

	begin(&w, s);
	assert_false(world_until(&w, world_up, 60000));
	world_assert_nothing(&w.a);
	world_assert_nothing(&w.b);
	*a = side_tunnel(&w.a).failure;
	*b = side_tunnel(&w.b).failure;
	world_fini(&w);
}

/* ------------------------------------------------------------------- rules */

static void what_is_admitted_comes_up(void **state)
{
	static const struct setup admitted[] = {
		{ KEYS, .fips_a = true, .fips_b = true },
		{ KEYS, .fips_a = true },
		{ KEYS, .fips_b = true },
		{ KEYS, .fips_a = true, .fips_b = true, .pfs = "group19",
		  .encr = "\"aes-gcm-256\"", .prf = "\"sha-1\"" },
	};
	size_t i;

	for (i = 0; i < sizeof(admitted) / sizeof(admitted[0]); i++)
		comes_up(&admitted[i], 19);
}

/* A tunnel of which nothing is left does not begin, and says what it lacks. */
static void an_initiator_does_not_offer_what_is_not_admitted(void **state)
{
	static const struct {
		struct setup s;
		const char *ours, *setting;
	} rows[] = {
		{ { KEYS, EXTRAS, .dh = "31", .fips_a = true },
		  "no proposal of policy pol", "ikev2: proposals" },
		{ { KEYS, EXTRAS, .dh = "14, 31", .fips_a = true },
		  "no proposal of policy pol", "ikev2: proposals" },
		{ { KEYS, EXTRAS, .pfs = "group31", .fips_a = true },
		  "pfs group31 of ipsec profile ip", "ipsec: profiles: pfs" },
		{ { .psk_a = "thirteen-char", .psk_b = "thirteen-char",
		    .fips_a = true },
		  "no key for the peer that is long enough",
		  "keyrings: peers" },
	};
	struct failure a, b;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stays_down(&rows[i].s, &a, &b);
		assert_int_equal(a.reason, FAILURE_FIPS);
		assert_int_equal(a.stage, STAGE_CONFIG);
		assert_string_equal(a.ours, rows[i].ours);
		assert_non_null(strstr(a.setting, rows[i].setting));
		assert_int_equal(b.reason, FAILURE_NONE);
	}
}

#define SHORT_PPK	"ppk: { manual: { id = \"x\"; key = \"thirteen-char\"; }; }; "
#define LONG_PPK	"ppk: { manual: { id = \"x\"; key = \"fourteen-chars\"; }; }; "
#define OTHER(addr, ppk)						\
	", { name = \"q\"; peers = ( { name = \"n\"; address = \"" addr "\"; " ppk "} ); }"
#define AUTH		"authentication: { local = \"pre-shared\"; remote = [ \"pre-shared\" ]; }; "
#define A_PPK(ppk)	.keyrings_a = OTHER(ADDR_B, ppk), .auth_a = AUTH "keyring-ppk = \"q\";"
#define B_PPK(ppk)	.keyrings_b = OTHER(ADDR_A, ppk), .auth_b = AUTH "keyring-ppk = \"q\";"

/* A keyring for PPKs alone; what it lacks of other keys does not matter. */
static void a_short_ppk_is_no_ppk(void **state)
{
	static const struct setup both = {
		KEYS, A_PPK(LONG_PPK), B_PPK(LONG_PPK), .fips_a = true, .fips_b = true,
	};
	static const struct setup initiator = {
		KEYS, A_PPK(SHORT_PPK), B_PPK(SHORT_PPK), .fips_a = true,
	};
	static const struct setup responder = {
		KEYS, A_PPK(SHORT_PPK), B_PPK(SHORT_PPK), .fips_b = true,
	};
	struct failure a, b;

	comes_up(&both, 19);
	stays_down(&initiator, &a, &b);
	assert_int_equal(a.reason, FAILURE_FIPS);
	assert_int_equal(a.stage, STAGE_CONFIG);
	assert_string_equal(a.ours, "no PPK for the peer that is long enough");
	stays_down(&responder, &a, &b);
	assert_int_equal(b.reason, FAILURE_FIPS);
	assert_int_equal(b.stage, STAGE_IKE_AUTH);
	assert_string_equal(b.ours, "PPK x of less than 14 octets");
	assert_int_equal(a.reason, FAILURE_AUTH_REFUSED);
}

static void a_responder_refuses_other_groups(void **state)
{
	static const struct setup s = {
		KEYS, EXTRAS, .dh = "31", .b_dh = "31, 19", .fips_b = true,
	};
	struct failure a, b;

	stays_down(&s, &a, &b);
	assert_int_equal(a.reason, FAILURE_NO_PROPOSAL_IKE);
	assert_int_equal(b.reason, FAILURE_FIPS);
	assert_int_equal(b.stage, STAGE_IKE_SA_INIT);
	assert_non_null(strstr(b.ours, "dh-group 19"));
	assert_null(strstr(b.ours, "31"));
	assert_non_null(strstr(b.theirs, "dh-group 31"));
}

/* Nothing of the mode is to blame when there was nothing in common anyway. */
static void another_mismatch_keeps_its_name(void **state)
{
	static const struct setup s = {
		KEYS, .dh = "20", .b_dh = "19", .fips_b = true,
	};
	struct failure a, b;

	stays_down(&s, &a, &b);
	assert_int_equal(b.reason, FAILURE_NO_PROPOSAL_IKE);
}

static void a_responder_refuses_other_ciphers_and_pfs(void **state)
{
	static const struct setup rows[] = {
		{ KEYS, .b_transform = "\"esp-gcm-192\"", .fips_b = true },
		{ KEYS, EXTRAS, .pfs = "group31", .fips_b = true },
	};
	struct failure a, b;
	size_t i;

	for (i = 0; i < 2; i++) {
		stays_down(&rows[i], &a, &b);
		assert_int_equal(a.reason, FAILURE_NO_PROPOSAL_ESP);
		assert_int_equal(a.stage, STAGE_CHILD_SA);
	}
	/* The same cipher on both sides: only the mode stands in the way. */
	assert_int_equal(b.reason, FAILURE_FIPS);
	assert_string_equal(b.ours, "nothing that it admits");
}

static void a_responder_refuses_short_keys(void **state)
{
	static const struct setup s = {
		.psk_a = "thirteen-char", .psk_b = "thirteen-char",
		.fips_b = true,
	};
	struct failure a, b;

	stays_down(&s, &a, &b);
	assert_int_equal(a.reason, FAILURE_AUTH_REFUSED);
	assert_int_equal(b.reason, FAILURE_FIPS);
	assert_int_equal(b.stage, STAGE_IKE_AUTH);
	assert_non_null(strstr(b.ours, "less than 14 octets"));
	assert_null(strstr(b.ours, "thirteen"));
}

/* Of two groups the admitted one is used, whoever has the mode. */
static void what_is_not_admitted_is_passed_over(void **state)
{
	static const struct setup rows[] = {
		{ KEYS, EXTRAS, .dh = "31, 19", .fips_a = true },
		{ KEYS, EXTRAS, .dh = "31, 19", .fips_b = true },
		{ KEYS, EXTRAS, .dh = "14, 31, 19", .fips_a = true,
		  .fips_b = true },
	};
	static const struct setup open = { KEYS, EXTRAS, .dh = "31, 19" };
	size_t i;

	for (i = 0; i < 3; i++)
		comes_up(&rows[i], 19);
	comes_up(&open, 31);
}

/* ------------------------------------------------------------------ switch */

static void up_without_it(struct world *w, const struct setup *s)
{
	begin(w, s);
	assert_true(world_until(w, world_up, 5000));
	world_run(w, 1000);
}

static void nothing_in_the_kernel(struct side *s)
{
	assert_int_equal(side_kernel_sas(s, KNL_IN), 0);
	assert_int_equal(side_kernel_sas(s, KNL_OUT), 0);
}

/* On either side: gone at once, back under the rules, another IKE SA. */
static void enabling_ends_sessions_and_lets_compliant_ones_back(void **state)
{
	static const struct setup s = { KEYS, EXTRAS, .dh = "31, 19" };
	struct side *side;
	struct world w;
	uint64_t spi;
	int i;

	for (i = 0; i < 2; i++) {
		up_without_it(&w, &s);
		side = i ? &w.b : &w.a;
		assert_int_equal(side_sa(side).ke, 31);
		spi = side_sa(side).spi_local;
		ike_set_fips(side->ike, true);
		nothing_in_the_kernel(side);
		assert_int_equal(side_tunnel(side).failure.reason,
				 FAILURE_FIPS_ENABLED);
		world_run(&w, 5000);
		assert_true(world_up(&w));
		world_assert_one(&w);
		assert_int_equal(side_sa(side).ke, 19);
		assert_true(side_sa(side).spi_local != spi);
		world_fini(&w);
	}
}

/* Also a compliant one is ended: its keys may have been agreed elsewhere. */
static void enabling_ends_compliant_sessions_too(void **state)
{
	static const struct setup s = { KEYS };
	struct world w;
	uint64_t spi;

	up_without_it(&w, &s);
	spi = side_sa(&w.a).spi_local;
	ike_set_fips(w.a.ike, true);
	world_run(&w, 5000);
	assert_true(world_up(&w));
	assert_true(side_sa(&w.a).spi_local != spi);
	world_fini(&w);
}

static void a_tunnel_that_is_not_admitted_stays_down_until_it_is(void **state)
{
	static const struct setup s;
	struct world w;
	int i;

	for (i = 0; i < 2; i++) {
		struct side *side;

		up_without_it(&w, &s);
		side = i ? &w.b : &w.a;
		ike_set_fips(side->ike, true);
		world_run(&w, 120000);
		nothing_in_the_kernel(&w.a);
		nothing_in_the_kernel(&w.b);
		assert_int_equal(side_tunnel(side).failure.reason,
				 FAILURE_FIPS);
		ike_set_fips(side->ike, false);
		world_run(&w, 65000);
		assert_true(world_up(&w));
		world_fini(&w);
	}
}

static void disabling_disturbs_nothing(void **state)
{
	static const struct setup s = { KEYS, .fips_a = true, .fips_b = true };
	struct world w;
	uint64_t spi;

	up_without_it(&w, &s);
	spi = side_sa(&w.a).spi_local;
	w.traffic = true;
	ike_set_fips(w.a.ike, false);
	ike_set_fips(w.b.ike, false);
	world_run(&w, 5000);
	assert_true(side_sa(&w.a).spi_local == spi);
	assert_int_equal(w.lost, 0);
	side_rekey_child(&w.a);
	world_run(&w, 1000);
	world_assert_one(&w);
	world_fini(&w);
}

/* At any moment of a negotiation: what was offered is what is compared. */
static void switched_while_negotiating(void **state)
{
	static const struct setup s = {
		KEYS, EXTRAS, .dh = "31, 19", .pfs = "group19",
	};
	struct world w;
	unsigned int ms, on, side;

	for (ms = 0; ms < 8 * LATENCY_MS; ms += LATENCY_MS / 2) {
		for (on = 0; on < 4; on++) {
			begin(&w, &s);
			side = on & 1;
			ike_set_fips(side ? w.b.ike : w.a.ike, !(on & 2));
			world_run(&w, ms);
			ike_set_fips(side ? w.b.ike : w.a.ike, on & 2);
			world_run(&w, 30000);
			if (!world_up(&w))
				fail_msg("switched %s after %u ms on %s",
					 on & 2 ? "on" : "off", ms,
					 side ? "B" : "A");
			world_assert_one(&w);
			world_fini(&w);
		}
	}
}

static void a_reload_switches_too(void **state)
{
	static const struct setup s = { KEYS, EXTRAS, .dh = "31, 19" };
	static const char *const on[] = { "ikev2: {",
					  "fips-mode = true; ikev2: {", NULL };
	struct view_reload done;
	struct cfg *next;
	struct world w;

	up_without_it(&w, &s);
	next = world_config(&s, false, on);
	assert_int_equal(ike_reload(w.a.ike, next, NULL, NULL, &done), 0);
	assert_string_equal(done.general, "fips-mode");
	nothing_in_the_kernel(&w.a);
	world_run(&w, 5000);
	assert_true(world_up(&w));
	assert_int_equal(side_sa(&w.a).ke, 19);
	/* The same file again leaves alone what was switched by hand. */
	ike_set_fips(w.a.ike, false);
	assert_int_equal(ike_reload(w.a.ike, next, NULL, NULL, &done), 0);
	world_run(&w, 5000);
	assert_false(w.a.ike->fips);
	cfg_free(next);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_admitted_comes_up),
		cmocka_unit_test(an_initiator_does_not_offer_what_is_not_admitted),
		cmocka_unit_test(a_short_ppk_is_no_ppk),
		cmocka_unit_test(a_responder_refuses_other_groups),
		cmocka_unit_test(another_mismatch_keeps_its_name),
		cmocka_unit_test(a_responder_refuses_other_ciphers_and_pfs),
		cmocka_unit_test(a_responder_refuses_short_keys),
		cmocka_unit_test(what_is_not_admitted_is_passed_over),
		cmocka_unit_test(enabling_ends_sessions_and_lets_compliant_ones_back),
		cmocka_unit_test(enabling_ends_compliant_sessions_too),
		cmocka_unit_test(a_tunnel_that_is_not_admitted_stays_down_until_it_is),
		cmocka_unit_test(disabling_disturbs_nothing),
		cmocka_unit_test(switched_while_negotiating),
		cmocka_unit_test(a_reload_switches_too),
	};

	return cmocka_run_group_tests_name("fips", tests, NULL, NULL);
}
