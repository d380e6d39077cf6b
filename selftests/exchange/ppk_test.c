// SPDX-License-Identifier: GPL-2.0
/*
 * Post-quantum preshared keys in IKE_AUTH (RFC 8784): every row of its table
 * in both roles, what is said when there is none, and what an attacker who
 * takes USE_PPK away achieves.
 */

#include "world.h"

#include <stdio.h>
#include <string.h>

#include "ike/engine.h"
#include "ike/sa.h"
#include "letters.h"

#define PEER(addr, psk, ppk)						\
	"{ name = \"peer\"; address = \"" addr "\"; pre-shared-key = \""	\
	psk "\"; " ppk "}"
#define PPK(id, key, more)						\
	"ppk: { manual: { id = \"" id "\"; key = \"" key "\"; }; " more "}; "
#define REQUIRED	"required = true; "
#define KEY		"0123456789abcdef0123456789abcdef"

#define ABSENT		""
#define OPTIONAL	PPK("123", KEY, "")
#define MANDATORY	PPK("123", KEY, REQUIRED)

#define A_HAS(ppk)	.peers_a = PEER(ADDR_B, "cisco123", ppk)
#define B_HAS(ppk)	.peers_b = PEER(ADDR_A, "cisco123", ppk)
#define WITH_PPK	.profile = "keyring-ppk = \"k\";"

/** struct row - what two configurations lead to */
struct row {
	const char *name;
	struct setup setup;
	enum cfg_ppk_kind used;			/* when up */
	const char *fallback_a, *fallback_b;	/* NULL: "none" */
	bool down;
	enum failure_reason why_a, why_b;	/* when down; NONE: none */
};

static void assert_fallback(struct side *s, const char *want)
{
	struct view_sa sa = side_sa(s);

	assert_string_equal(sa.fallback, want ? want : "none");
	assert_string_equal(side_tunnel(s).fallback, want ? want : "none");
	assert_int_equal(side_counter(s, "ppk_fallbacks"), !!want);
}

static void assert_up(struct world *w, const struct row *row)
{
	if (!world_until(w, world_up, 1000))
		fail_msg("%s: A: %s; B: %s", row->name,
			 failure_name(side_tunnel(&w->a).failure.reason),
			 failure_name(side_tunnel(&w->b).failure.reason));
	world_run(w, 1000);
	world_assert_one(w);
	assert_int_equal(side_sa(&w->a).quantum, row->used);
	assert_int_equal(side_sa(&w->b).quantum, row->used);
	assert_int_equal(side_child(&w->a).quantum, row->used != 0);
	assert_int_equal(side_child(&w->b).quantum, row->used != 0);
	assert_fallback(&w->a, row->fallback_a);
	assert_fallback(&w->b, row->fallback_b);
	assert_int_equal(side_counter(&w->a, "ppk_established"),
			 row->used != 0);
}

static void assert_down(struct world *w, const struct row *row)
{
	enum failure_reason a, b;

	world_run(w, 900);
	a = side_tunnel(&w->a).failure.reason;
	b = side_tunnel(&w->b).failure.reason;
	if (world_up(w) || a != row->why_a || b != row->why_b)
		fail_msg("%s: A says %s, B %s", row->name, failure_name(a),
			 failure_name(b));
	/* And it stays so: no attempt gets through without. */
	world_run(w, 60000);
	assert_false(world_up(w));
	assert_int_equal(side_kernel_sas(&w->a, KNL_OUT), 0);
	assert_int_equal(side_kernel_sas(&w->b, KNL_OUT), 0);
	assert_int_equal(side_counter(&w->a, "ppk_restarts_without"), 0);
}

static void check_row(const struct row *row)
{
	struct world w;

	world_init(&w, &row->setup);
	world_start(&w);
	if (row->down)
		assert_down(&w, row);
	else
		assert_up(&w, row);
	world_fini(&w);
}

static void rows(const struct row *row, size_t count)
{
	for (; count--; row++)
		check_row(row);
}

#define ROWS(list) rows(list, sizeof(list) / sizeof(list[0]))

/* ------------------------------------------------------------- the table */

static void absent_optional_required(void **state)
{
	static const struct row all[] = {
		{ "neither has one",
		  { A_HAS(ABSENT), B_HAS(ABSENT), WITH_PPK },
		  .used = CFG_PPK_NONE },
		{ "only B has one",
		  { A_HAS(ABSENT), B_HAS(OPTIONAL), WITH_PPK },
		  .fallback_b = "not-offered" },
		{ "only A has one",
		  { A_HAS(OPTIONAL), B_HAS(ABSENT), WITH_PPK },
		  .fallback_a = "not-offered" },
		{ "both have one", { A_HAS(OPTIONAL), B_HAS(OPTIONAL), WITH_PPK },
		  .used = CFG_PPK_MANUAL },
		{ "A insists", { A_HAS(MANDATORY), B_HAS(OPTIONAL), WITH_PPK },
		  .used = CFG_PPK_MANUAL },
		{ "B insists", { A_HAS(OPTIONAL), B_HAS(MANDATORY), WITH_PPK },
		  .used = CFG_PPK_MANUAL },
		{ "both insist", { A_HAS(MANDATORY), B_HAS(MANDATORY), WITH_PPK },
		  .used = CFG_PPK_MANUAL },
		{ "B insists, A has none",
		  { A_HAS(ABSENT), B_HAS(MANDATORY), WITH_PPK }, .down = true,
		  .why_a = FAILURE_AUTH_REFUSED, .why_b = FAILURE_PPK_REQUIRED },
		{ "A insists, B has none",
		  { A_HAS(MANDATORY), B_HAS(ABSENT), WITH_PPK }, .down = true,
		  .why_a = FAILURE_PPK_REQUIRED },
		{ "the profiles name no keyring for PPKs",
		  { A_HAS(MANDATORY), B_HAS(MANDATORY) },
		  .used = CFG_PPK_NONE },
	};

	ROWS(all);
}

static void ids_that_differ(void **state)
{
	static const struct row all[] = {
		{ "neither insists",
		  { A_HAS(OPTIONAL), B_HAS(PPK("124", KEY, "")), WITH_PPK },
		  .fallback_a = "ppk-id-unknown",
		  .fallback_b = "ppk-id-unknown" },
		{ "A insists",
		  { A_HAS(MANDATORY), B_HAS(PPK("124", KEY, "")), WITH_PPK },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_PPK_ID },
		{ "B insists",
		  { A_HAS(OPTIONAL), B_HAS(PPK("124", KEY, REQUIRED)), WITH_PPK },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_PPK_ID },
		{ "one is the beginning of the other",
		  { A_HAS(MANDATORY), B_HAS(PPK("1234", KEY, REQUIRED)), WITH_PPK },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_PPK_ID },
	};

	ROWS(all);
}

/* The value is wrong: nothing may be established, whoever would do without. */
static void values_that_differ(void **state)
{
	static const struct row all[] = {
		{ "neither insists",
		  { A_HAS(OPTIONAL), B_HAS(PPK("123", "other", "")), WITH_PPK },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_PPK_VALUE },
		{ "A insists",
		  { A_HAS(MANDATORY), B_HAS(PPK("123", "other", "")), WITH_PPK },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_AUTH_PSK_OR_PPK },
		{ "both keys differ",
		  { A_HAS(OPTIONAL), WITH_PPK,
		    .peers_b = PEER(ADDR_A, "cisco", PPK("123", "other", "")) },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_AUTH_PSK },
		{ "the pre-shared keys differ",
		  { A_HAS(OPTIONAL), WITH_PPK,
		    .peers_b = PEER(ADDR_A, "cisco", OPTIONAL) },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_AUTH_PSK },
		{ "B does without, and the pre-shared keys differ",
		  { A_HAS(OPTIONAL), WITH_PPK,
		    .peers_b = PEER(ADDR_A, "cisco", PPK("9", KEY, "")) },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_AUTH_PSK },
	};

	ROWS(all);
}

/* B's PPKs for two peers, one by the name, one by the address of A. */
#define TWO(name_ppk, addr_ppk)						\
	"{ name = \"n\"; identity: { fqdn = \"a.example.com\"; }; "	\
	"pre-shared-key = \"cisco123\"; " name_ppk "}, "		\
	"{ name = \"other\"; identity: { fqdn = \"c.example.com\"; }; "	\
	"pre-shared-key = \"cisco123\"; " addr_ppk "}"

static void ids_belong_to_identities(void **state)
{
	static const struct row all[] = {
		{ "its own",
		  { A_HAS(MANDATORY), WITH_PPK, .id_a = "a.example.com",
		    .match_b_own = "{ fqdn = \"a.example.com\"; }",
		    .peers_b = TWO(MANDATORY, PPK("124", KEY, REQUIRED)) },
		  .used = CFG_PPK_MANUAL },
		{ "somebody else's, and A insists",
		  { A_HAS(MANDATORY), WITH_PPK, .id_a = "a.example.com",
		    .match_b_own = "{ fqdn = \"a.example.com\"; }",
		    .peers_b = TWO(PPK("124", KEY, ""), MANDATORY) },
		  .down = true, .why_a = FAILURE_AUTH_REFUSED,
		  .why_b = FAILURE_PPK_ID },
		{ "somebody else's, and nobody insists",
		  { A_HAS(OPTIONAL), WITH_PPK, .id_a = "a.example.com",
		    .match_b_own = "{ fqdn = \"a.example.com\"; }",
		    .peers_b = TWO(PPK("124", KEY, ""), OPTIONAL) },
		  .fallback_a = "ppk-id-unknown",
		  .fallback_b = "ppk-id-unknown" },
		{ "none for this identity, one for another",
		  { A_HAS(OPTIONAL), WITH_PPK, .id_a = "a.example.com",
		    .match_b_own = "{ fqdn = \"a.example.com\"; }",
		    .peers_b = TWO(ABSENT, OPTIONAL) },
		  .fallback_a = "ppk-id-unknown",
		  .fallback_b = "ppk-id-unknown" },
	};

	ROWS(all);
}

/* The initiator looks its PPK up by address; what it demands may hang on the
 * identity that turns out. */
static void a_responder_s_identity_may_demand_one(void **state)
{
	static const struct row row = {
		"demanded of b.example.com",
		{ WITH_PPK, .id_b = "b.example.com",
		  .match_b = "{ fqdn = \"b.example.com\"; }",
		  .match_b_own = "{ any = true; }",
		  .peers_a = PEER(ADDR_B, "cisco123", "") ", "
			"{ name = \"n\"; identity: { fqdn = \"b.example.com\"; }; "
			"pre-shared-key = \"cisco123\"; " MANDATORY "}",
		  .peers_b = PEER(ADDR_A, "cisco123", OPTIONAL) },
		.down = true, .why_a = FAILURE_PPK_REQUIRED,
	};
	struct world w;

	world_init(&w, &row.setup);
	world_start(&w);
	world_run(&w, 900);
	assert_false(world_up(&w));
	assert_int_equal(side_tunnel(&w.a).failure.reason,
			 FAILURE_PPK_REQUIRED);
	assert_int_equal(side_kernel_sas(&w.a, KNL_OUT), 0);
	world_fini(&w);
}

/* ------------------------------------------------------------- after it */

static void rekeys_inherit_it(void **state)
{
	static const struct setup s = {
		A_HAS(MANDATORY), B_HAS(MANDATORY), WITH_PPK, .pfs = "group19",
		.lifetime = 600, .ike_lifetime = 600,
	};
	struct view_sa sa;
	struct world w;

	world_init(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	w.traffic = true;
	world_run(&w, 1300 * 1000);
	assert_int_equal(w.lost, 0);
	assert_true(side_counter(&w.a, "child_sas_rekeyed") >= 2);
	assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 2);
	world_assert_one(&w);
	sa = side_sa(&w.a);
	assert_int_equal(sa.quantum, CFG_PPK_MANUAL);
	assert_string_equal(sa.quantum_exchange, "IKE_AUTH");
	assert_true(side_child(&w.a).quantum);
	assert_true(side_child(&w.b).quantum);
	assert_int_equal(side_counter(&w.a, "ppk_established"), 1);
	world_fini(&w);
}

/* Two setups that differ in the PPK alone have other keys for the same ESP. */
static void a_cookie_and_another_group_do_not_lose_it(void **state)
{
	static const struct setup s = {
		A_HAS(MANDATORY), B_HAS(MANDATORY), WITH_PPK,
		.dh = "19, 20", .b_dh = "20", .cookie_threshold = 0,
		.no_cookie_default = true,
		.ikev2_b = "cookie-threshold = 0;",
	};
	struct world w;

	world_init(&w, &s);
	world_start(&w);
	assert_true(world_until(&w, world_up, 1000));
	assert_true(side_counter(&w.b, "cookies_sent") > 0);
	assert_int_equal(side_sa(&w.a).quantum, CFG_PPK_MANUAL);
	assert_int_equal(side_sa(&w.b).ke, 20);
	world_fini(&w);
}

static void a_lost_message_changes_nothing(void **state)
{
	static const struct setup s = { A_HAS(OPTIONAL), B_HAS(OPTIONAL),
					WITH_PPK };
	struct world w;
	unsigned int n;

	for (n = 1; n <= 4; n++) {
		world_init(&w, &s);
		w.fault = lose_nth;
		w.fault_arg = &n;
		world_start(&w);
		assert_true(world_until(&w, world_up, 5000));
		world_assert_one(&w);
		assert_int_equal(side_sa(&w.b).quantum, CFG_PPK_MANUAL);
		assert_int_equal(side_counter(&w.a, "ppk_fallbacks"), 0);
		world_fini(&w);
	}
}

/* ----------------------------------------------------------- an attacker */

/* Where the type of a Notify payload stands in a message in clear, 0: none. */
static size_t notify_at(const struct letter *l, uint16_t type)
{
	size_t at = 28, len;
	uint8_t next = l->msg.p[16];

	while (next && at + 8 <= l->msg.len) {
		len = wire_u16(l, at + 2);
		if (next == 41 && wire_u16(l, at + 6) == type)
			return at + 6;
		next = l->msg.p[at];
		at += len;
	}
	return 0;
}

/* USE_PPK becomes something that nobody knows, in one direction. */
static enum fate strip(struct world *w, struct letter *l)
{
	size_t at = l->hdr.exchange == 34 ? notify_at(l, 16435) : 0;

	if (at && l->to_b == *(bool *)w->fault_arg)
		l->msg.p[at] = 0xfe;
	return PASS;
}

/*
 * IKE_SA_INIT is authenticated afterwards: who takes USE_PPK away on the path
 * keeps the tunnel down, and gets none without PPK.
 */
static void stripped_use_ppk(void **state)
{
	static const struct {
		struct setup s;
		bool request;
		enum failure_reason why_a;
	} all[] = {
		{ { A_HAS(OPTIONAL), B_HAS(OPTIONAL), WITH_PPK }, true,
		  FAILURE_AUTH_REFUSED },
		{ { A_HAS(OPTIONAL), B_HAS(OPTIONAL), WITH_PPK }, false,
		  FAILURE_AUTH_REFUSED },
		{ { A_HAS(MANDATORY), B_HAS(OPTIONAL), WITH_PPK }, true,
		  FAILURE_PPK_REQUIRED },
		{ { A_HAS(MANDATORY), B_HAS(MANDATORY), WITH_PPK }, false,
		  FAILURE_PPK_REQUIRED },
		{ { A_HAS(OPTIONAL), B_HAS(MANDATORY), WITH_PPK }, true,
		  FAILURE_AUTH_REFUSED },
	};
	struct world w;
	size_t i;
	bool to_b;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		world_init(&w, &all[i].s);
		to_b = all[i].request;
		w.fault = strip;
		w.fault_arg = &to_b;
		world_start(&w);
		world_run(&w, 900);
		assert_int_equal(side_tunnel(&w.a).failure.reason,
				 all[i].why_a);
		world_run(&w, 60000);
		assert_false(world_up(&w));
		assert_int_equal(side_kernel_sas(&w.a, KNL_OUT), 0);
		assert_int_equal(side_kernel_sas(&w.b, KNL_OUT), 0);
		assert_int_equal(side_counter(&w.a, "ike_sas_established"), 0);
		assert_int_equal(side_counter(&w.b, "ike_sas_established"), 0);
		world_fini(&w);
	}
}

/* ------------------------------------------------- ppk-restart-without */

#define RESTART	.profile = "keyring-ppk = \"k\"; ppk-restart-without = true;"

/* What routers do, when an operator wants it: on any error the next without. */
static void restart_without(void **state)
{
	static const struct setup optional = {
		A_HAS(OPTIONAL), B_HAS(PPK("123", "other", "")), RESTART,
	};
	static const struct setup insists_b = {
		A_HAS(OPTIONAL), B_HAS(PPK("123", "other", REQUIRED)), RESTART,
	};
	static const struct setup insists_a = {
		A_HAS(MANDATORY), B_HAS(PPK("123", "other", "")), RESTART,
	};
	struct world w;

	world_init(&w, &optional);
	world_start(&w);
	assert_true(world_until(&w, world_up, 5000));
	assert_int_equal(side_counter(&w.a, "ppk_restarts_without"), 1);
	assert_fallback(&w.a, "restarted-without");
	assert_fallback(&w.b, "not-offered");
	world_fini(&w);

	world_init(&w, &insists_b);
	world_start(&w);
	world_run(&w, 60000);
	assert_false(world_up(&w));
	/* Every other attempt is with the PPK again. */
	assert_true(side_counter(&w.a, "ppk_restarts_without") >= 2);
	assert_true(side_counter(&w.a, "ppk_auth_failures") >= 2);
	world_fini(&w);

	world_init(&w, &insists_a);
	world_start(&w);
	world_run(&w, 60000);
	assert_false(world_up(&w));
	assert_int_equal(side_counter(&w.a, "ppk_restarts_without"), 0);
	world_fini(&w);
}

static enum fate lose_auth(struct world *w, struct letter *l)
{
	return l->hdr.exchange == 35 && w->now_ms < 1200000 ? LOSE : PASS;
}

static void silence_restarts_without_only_when_told(void **state)
{
	static const struct setup never = { A_HAS(OPTIONAL), B_HAS(OPTIONAL),
					    WITH_PPK };
	static const struct setup told = { A_HAS(OPTIONAL), B_HAS(OPTIONAL),
					   RESTART };
	struct world w;

	world_init(&w, &never);
	w.fault = lose_auth;
	world_start(&w);
	assert_true(world_until(&w, world_up, 300000));
	assert_int_equal(side_sa(&w.a).quantum, CFG_PPK_MANUAL);
	assert_int_equal(side_counter(&w.a, "ppk_restarts_without"), 0);
	world_fini(&w);

	world_init(&w, &told);
	w.fault = lose_auth;
	world_start(&w);
	assert_true(world_until(&w, world_up, 300000));
	assert_true(side_counter(&w.a, "ppk_restarts_without") >= 1);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_optional_required),
		cmocka_unit_test(ids_that_differ),
		cmocka_unit_test(values_that_differ),
		cmocka_unit_test(ids_belong_to_identities),
		cmocka_unit_test(a_responder_s_identity_may_demand_one),
		cmocka_unit_test(rekeys_inherit_it),
		cmocka_unit_test(a_cookie_and_another_group_do_not_lose_it),
		cmocka_unit_test(a_lost_message_changes_nothing),
		cmocka_unit_test(stripped_use_ppk),
		cmocka_unit_test(restart_without),
		cmocka_unit_test(silence_restarts_without_only_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
