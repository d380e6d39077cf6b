// SPDX-License-Identifier: GPL-2.0
/*
 * Which policy, profile and key are used for a peer, and what is said when
 * none fits.
 */

#include "world.h"

#include <stdio.h>
#include <string.h>

#include "ike/keymat.h"
#include "ike/stranger.h"
#include "log/log.h"

/* AUTH values computed; the linker leads the calls here. */
int __real_keymat_psk_auth(const struct alg_prf *prf_alg,
			   const struct secret *psk, struct view message,
			   struct view nonce, const struct secret *sk_p,
			   struct view id_body, struct view int_auth,
			   struct buf *out);
int __wrap_keymat_psk_auth(const struct alg_prf *prf_alg,
			   const struct secret *psk, struct view message,
			   struct view nonce, const struct secret *sk_p,
			   struct view id_body, struct view int_auth,
			   struct buf *out);

static unsigned int auth_values;

int __wrap_keymat_psk_auth(const struct alg_prf *prf_alg,
			   const struct secret *psk, struct view message,
			   struct view nonce, const struct secret *sk_p,
			   struct view id_body, struct view int_auth,
			   struct buf *out)
{
	auth_values++;
	return __real_keymat_psk_auth(prf_alg, psk, message, nonce, sk_p,
				      id_body, int_auth, out);
}

/* Log lines since they were last forgotten. */
static char logged[16384];

static void keep(void *arg, enum log_level level, const char *line)
{
	size_t at = strlen(logged);

	snprintf(logged + at, sizeof(logged) - at, "%s\n", line);
}

static void prepare(struct world *w, const struct setup *s)
{
	world_init(w, s);
	logged[0] = '\0';
	log_to(keep, NULL);
	log_set_level(LOG_LEVEL_NOTICE);
}

static void begin(struct world *w, const struct setup *s)
{
	prepare(w, s);
	world_start(w);
}

static void end(struct world *w)
{
	world_fini(w);
	log_to_stderr();
}

static void comes_up(const struct setup *s)
{
	struct world w;

	begin(&w, s);
	if (!world_until(&w, world_up, 1000))
		fail_msg("%s", logged);
	world_assert_one(&w);
	end(&w);
}

/* Return: why not, as B sees it. */
static struct failure stays_down(const struct setup *s)
{
	struct failure f;
	struct world w;

	begin(&w, s);
	assert_false(world_until(&w, world_up, 5000));
	world_assert_nothing(&w.a);
	world_assert_nothing(&w.b);
	f = side_tunnel(&w.b).failure;
	assert_true(side_counter(&w.b, "auth_failures") >= 1);
	end(&w);
	return f;
}

/* ------------------------------------------------------------------- keys */

#define PEER(name, how, key)						\
	"{ name = \"" name "\"; " how " pre-shared-key = \"" key "\"; }"
#define ID(how)		"identity: { " how "; };"
#define ANYWHERE	"address = \"0.0.0.0/0\";"

/* The closest entry has the key, wherever it stands. */
static void the_closest_peer_has_the_key(void **state)
{
	static const char *const lists[] = {
		PEER("wide", "address = \"198.51.0.0/16\";", "wrong") ", "
		PEER("host", "address = \"198.51.100.1/32\";", "right") ", "
		PEER("net", "address = \"198.51.100.0/24\";", "wrong"),
		PEER("net", ID("address = \"198.51.100.0/24\""), "wrong") ", "
		PEER("host", ID("address = \"198.51.100.1/32\""), "right") ", "
		PEER("by-address", "address = \"198.51.100.1/32\";", "wrong"),
	};
	static const char *const named[] = {
		PEER("domain", ID("domain = \"a.example.com\""), "wrong") ", "
		PEER("fqdn", ID("fqdn = \"R.A.example.com\""), "right") ", "
		PEER("address", ANYWHERE, "wrong"),
		PEER("short", ID("domain = \"example.com\""), "wrong") ", "
		PEER("long", ID("domain = \"A.EXAMPLE.COM\""), "right") ", "
		PEER("address", ANYWHERE, "wrong"),
		PEER("other", ID("fqdn = \"a.example.com\""), "wrong") ", "
		PEER("same", ID("domain = \"a.example.com\""), "right"),
		PEER("other", ID("domain = \"r.a.example.com\""), "wrong") ", "
		PEER("address", "address = \"198.51.100.1\";", "right"),
	};
	struct setup s = { .psk_a = "right" };
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		s.peers_b = lists[i];
		comes_up(&s);
	}
	s.id_a = "r.a.example.com";
	s.id_b = "b.example.net";
	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		s.peers_b = named[i];
		comes_up(&s);
	}
}

/* The keyring's identity is looked at by responders only. */
static void an_initiator_looks_by_address(void **state)
{
	static const struct setup s = {
		.psk_b = "right", .id_a = "a.example.com",
		.id_b = "b.example.com",
		.peers_a = PEER("named", ID("fqdn = \"b.example.com\""),
				"wrong") ", "
			   PEER("address", "address = \"198.51.100.19\";",
				"right"),
	};

	comes_up(&s);
}

static void each_direction_may_have_its_key(void **state)
{
	static const struct setup s = {
		.peers_a = "{ name = \"b\"; address = \"198.51.100.19\";"
			   "pre-shared-key-local = \"0x6f6e65\";"
			   "pre-shared-key-remote = \"cisco\"; }",
		.peers_b = "{ name = \"a\"; address = \"198.51.100.1\";"
			   "password-local = \"0822455D0A16\";"
			   "pre-shared-key-remote = \"one\"; }",
	};
	/* cisco, as the router stores it. */
	static const struct setup type7 = {
		.peers_a = "{ name = \"b\"; address = \"198.51.100.19\";"
			   "password = \"0822455D0A16\"; }",
		.psk_b = "cisco",
	};
	static const struct setup crossed = {
		.peers_a = "{ name = \"b\"; address = \"198.51.100.19\";"
			   "pre-shared-key-local = \"two\";"
			   "pre-shared-key-remote = \"one\"; }",
		.peers_b = "{ name = \"a\"; address = \"198.51.100.1\";"
			   "pre-shared-key-local = \"two\";"
			   "pre-shared-key-remote = \"one\"; }",
	};

	comes_up(&s);
	comes_up(&type7);
	assert_int_equal(stays_down(&crossed).reason, FAILURE_AUTH_PSK);
}

static void a_peer_without_key_is_named(void **state)
{
	static const struct setup s = {
		.id_a = "a.example.com", .id_b = "b.example.com",
		.peers_b = PEER("other", "address = \"203.0.113.1\";", "k"),
	};
	struct failure f = stays_down(&s);

	assert_int_equal(f.reason, FAILURE_NO_KEY);
	assert_string_equal(f.ours, "keyring k");
	assert_string_equal(f.theirs, "a.example.com");
	assert_string_equal(f.setting, "keyrings: peers: identity, address");
}

/* ---------------------------------------------------------------- profiles */

#define PROFILE(name, keyring, match)					\
	", { name = \"" name "\"; keyring = \"" keyring "\"; "		\
	"match-identity-remote = ( { " match " } ); }"
#define KEYRING(name, key)						\
	", { name = \"" name "\"; peers = ( { name = \"a\"; "		\
	"address = \"198.51.100.1\"; pre-shared-key = \"" key "\"; } ); }"

static void further_profiles_are_tried_in_order(void **state)
{
	static const struct setup s = {
		.psk_a = "right", .psk_b = "wrong",
		.keyrings_b = KEYRING("k2", "wrong too") KEYRING("k3", "right"),
		.profiles_b = PROFILE("p2", "k2", "any = true;")
			      PROFILE("p3", "k3", "address = \"198.51.100.0/24\";")
			      PROFILE("px", "k3", "fqdn = \"x.example.com\";"),
		.ipsec_b = "further-ikev2-profiles = [ \"px\", \"p2\", \"p3\" ];",
	};
	struct world w;

	begin(&w, &s);
	assert_true(world_until(&w, world_up, 1000));
	world_assert_one(&w);
	assert_string_equal(side_sa(&w.b).profile, "p3");
	assert_non_null(strstr(logged, "ikev2 profile prof rejected: the pre-shared keys differ; here: keyring k, peer peer; peer: 198.51.100.1"));
	assert_non_null(strstr(logged, "ikev2 profile p2 rejected: the pre-shared keys differ; here: keyring k2, peer a"));
	/* One that does not match was no candidate. */
	assert_null(strstr(logged, "profile px"));
	/* A rekeyed IKE SA keeps its profile. */
	world_run(&w, 86400000);
	assert_string_equal(side_sa(&w.b).profile, "p3");
	end(&w);
}

/* A profile is used in its front VRF only. */
static void a_further_profile_may_belong_to_another_vrf(void **state)
{
#define IN_VRF(vrf) ", { name = \"p2\"; keyring = \"k2\"; match-fvrf = \"" \
	vrf "\"; match-identity-remote = ( { any = true; } ); }"
	struct setup s = {
		.psk_a = "right", .psk_b = "wrong",
		.keyrings_b = KEYRING("k2", "right"),
		.ipsec_b = "further-ikev2-profiles = [ \"p2\" ];",
	};
	struct failure f;

	s.profiles_b = IN_VRF("default");
	comes_up(&s);
	s.profiles_b = IN_VRF("any");
	comes_up(&s);
	s.profiles_b = IN_VRF("red");
	f = stays_down(&s);
	assert_int_equal(f.reason, FAILURE_AUTH_PSK);
	assert_string_equal(f.ours, "keyring k, peer peer");
}

/* Who has the key of a profile that the tunnel does not name stays out. */
static void other_profiles_never_open_a_tunnel(void **state)
{
	static const struct setup s = {
		.psk_a = "right", .psk_b = "wrong",
		.keyrings_b = KEYRING("k2", "right"),
		.profiles_b = PROFILE("p2", "k2", "any = true;"),
	};
	struct failure f = stays_down(&s);

	assert_int_equal(f.reason, FAILURE_AUTH_PSK);
	assert_string_equal(f.ours, "keyring k, peer peer");
	assert_non_null(strstr(logged, "ikev2 profile p2 rejected: ipsec profile ip does not name it; check ipsec: profiles: further-ikev2-profiles"));
}

/* Of those that match: the tunnel's own, or the first of the further ones. */
static void the_first_profile_that_matches_says_why(void **state)
{
	struct setup s = {
		.psk_a = "right", .psk_b = "wrong",
		.keyrings_b = KEYRING("k2", "wrong"),
		.profiles_b = PROFILE("p2", "k2", "address = \"198.51.100.1\";"),
		.ipsec_b = "further-ikev2-profiles = [ \"p2\" ];",
	};
	struct failure f = stays_down(&s);

	assert_int_equal(f.reason, FAILURE_AUTH_PSK);
	assert_string_equal(f.ours, "keyring k, peer peer");
	s.match_b_own = "{ fqdn = \"other.example.com\"; }";
	f = stays_down(&s);
	assert_int_equal(f.reason, FAILURE_AUTH_PSK);
	assert_string_equal(f.ours, "keyring k2, peer a");
	s.profiles_b = PROFILE("p2", "k2", "address = \"203.0.113.0/24\";");
	f = stays_down(&s);
	assert_int_equal(f.reason, FAILURE_NO_PROFILE);
	assert_string_equal(f.ours, "fqdn other.example.com");
	assert_string_equal(f.theirs, ADDR_A);
	assert_string_equal(f.setting,
			    "ikev2: profiles: match-identity-remote of prof");
	s.match_b_own = "{ domain = \"example.com\"; }, { fqdn = \"x\"; }, "
			"{ address = \"198.51.100.0/24\"; }";
	s.psk_b = "right";
	comes_up(&s);
}

static enum fate note_length(struct world *w, struct letter *l)
{
	if (!l->to_b && l->hdr.exchange == EXCHANGE_IKE_AUTH)
		*(size_t *)w->fault_arg = l->msg.len;
	return PASS;
}

/*
 * A refusal does as much work and is as long, whatever the reason: an unknown
 * identity, one without key and a wrong key are alike to the peer.
 */
static void refusals_are_alike(void **state)
{
	struct setup all[] = {
		{ .psk_b = "wrong" },
		{ .match_b_own = "{ fqdn = \"other.example.com\"; }" },
		{ .peers_b = PEER("x", "address = \"203.0.113.1\";", "k") },
	};
	size_t length[3] = { 0 };
	struct world w;
	size_t i, n;

	for (n = 0; n < 2; n++) {
		for (i = 0; i < 3; i++) {
			/* Also with a second profile to try. */
			all[i].keyrings_b = n ? KEYRING("k2", "no") : NULL;
			all[i].profiles_b = n ? PROFILE("p2", "k2",
							"any = true;") : NULL;
			all[i].ipsec_b = n ?
				"further-ikev2-profiles = [ \"p2\" ];" : NULL;
			auth_values = 0;
			world_init(&w, &all[i]);
			w.fault = note_length;
			w.fault_arg = &length[i];
			world_start(&w);
			world_run(&w, 500);
			/* A's own, and one for each profile of B. */
			assert_int_equal(auth_values, 2 + n);
			assert_int_equal(length[i], length[0]);
			assert_true(length[i] > 0);
			assert_int_equal(side_counter(&w.b, "auth_failures"), 1);
			world_fini(&w);
		}
	}
}

/* ------------------------------------------------------- policies, offers */

static void the_policy_of_the_address_is_used(void **state)
{
	/* One before it serves another address, or another front VRF. */
	static const char *const others[] = {
		"{ name = \"x\"; match: { address-local = [ \"203.0.113.1\", "
		"\"203.0.113.2\" ]; }; proposals = [ \"none\" ]; },",
		"{ name = \"x\"; match: { fvrf = \"red\"; }; "
		"proposals = [ \"none\" ]; },",
	};
	struct setup s = {
		.proposals_b = ", { name = \"none\"; "
			       "encryption = [ \"aes-gcm-128\" ]; "
			       "prf = [ \"sha-1\" ]; dh-group = [ 21 ]; }",
	};
	struct world w;
	size_t i;

	for (i = 0; i < 2; i++) {
		s.policies_b = others[i];
		comes_up(&s);
	}
	s.policies_b = "{ name = \"x\"; match: { address-local = [ "
		       "\"203.0.113.1\", \"198.51.100.19\" ]; "
		       "fvrf = \"default\"; }; proposals = [ \"none\" ]; },";
	begin(&w, &s);
	assert_false(world_until(&w, world_up, 3000));
	assert_string_equal(side_tunnel(&w.b).failure.ours,
		"dh-group 21; encryption aes-gcm-128; prf sha-1");
	assert_string_equal(side_tunnel(&w.b).failure.theirs,
		"dh-group 19; encryption aes-cbc-256; prf sha-256");
	assert_string_equal(side_tunnel(&w.a).failure.ours,
		"dh-group 19; encryption aes-cbc-256; integrity sha-256; prf sha-256");
	end(&w);
}

/* The responder's first set that the initiator offers, of five each. */
static void transform_sets_have_an_order(void **state)
{
	static const struct setup s = {
		.b_transform = "\"esp-aes\", \"esp-hmac-sha-512\"",
		.long_auth = true,
	};
	struct view_child child;
	struct world w;

	begin(&w, &s);
	assert_true(world_until(&w, world_up, 1000));
	world_assert_one(&w);
	child = side_child(&w.a);
	assert_int_equal(child.key_bits, 128);
	assert_string_equal(child.integ_show, "SHA512");
	end(&w);
}

static void extra_groups_work_when_allowed(void **state)
{
	static const struct setup s[] = {
		{ .ikev2 = "extra-dh-groups = true;", .dh = "14" },
		{ .ikev2 = "extra-dh-groups = true;", .dh = "31" },
	};

	comes_up(&s[0]);
	comes_up(&s[1]);
}

/* ------------------------------------------------- who finds nobody at home */

/* A's address is not the one B was told. */
static enum fate mistype(struct world *w, struct letter *l)
{
	if (l->to_b)
		l->path.remote.addr.octets[3] = *(uint8_t *)w->fault_arg;
	return PASS;
}

/** struct seen - the list of strangers */
struct seen {
	struct view_stranger list[STRANGERS_MAX];
	unsigned int count;
};

static void see(void *arg, const struct view_stranger *s)
{
	struct seen *seen = arg;

	assert_true(seen->count < STRANGERS_MAX);
	seen->list[seen->count++] = *s;
}

/* The peer of a tunnel whose interface cannot be made is none. */
static void who_is_expected_is_no_stranger(void **state)
{
	struct seen seen = { .count = 0 };
	struct world w;

	prepare(&w, NULL);
	w.b.kernel.refuse_new = true;
	world_start(&w);
	assert_false(world_until(&w, world_up, 5000));
	/* Which is no reason for the peer to look for what does not match. */
	assert_int_equal(w.b.sent, 0);
	assert_int_equal(side_tunnel(&w.a).failure.reason, FAILURE_NONE);
	assert_true(side_counter(&w.b, "rx_drop_no_tunnel") > 0);
	ike_view_strangers(w.b.ike, see, &seen);
	assert_int_equal(seen.count, 0);
	assert_null(strstr(logged, "check interfaces: tunnel: source"));
	assert_non_null(strstr(logged, "tunnel-ip1: IKE_SA_INIT from "));
	assert_int_equal(side_tunnel(&w.b).failure.reason, FAILURE_KERNEL);
	w.b.kernel.refuse_new = false;
	assert_true(world_until(&w, world_up, 62000));
	end(&w);
}

static void strangers_are_remembered(void **state)
{
	uint8_t octet = 91;
	struct seen seen = { .count = 0 };
	struct world w;

	prepare(&w, NULL);
	w.fault = mistype;
	w.fault_arg = &octet;
	world_start(&w);
	assert_false(world_until(&w, world_up, 5000));
	ike_view_strangers(w.b.ike, see, &seen);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.list[0].remote.octets[3], 91);
	assert_int_equal(seen.list[0].local.octets[3], 19);
	assert_true(seen.list[0].count >= 2);
	assert_int_equal(seen.list[0].count,
			 side_counter(&w.b, "rx_drop_no_tunnel"));
	assert_non_null(strstr(logged, "check interfaces: tunnel: source, destination"));
	/* A flood of them leaves the last ones, each once. */
	for (octet = 100; octet < 130; octet++)
		world_run(&w, 140000);
	seen.count = 0;
	ike_view_strangers(w.b.ike, see, &seen);
	assert_int_equal(seen.count, STRANGERS_MAX);
	assert_int_equal(seen.list[0].remote.octets[3], 129);
	assert_int_equal(seen.list[15].remote.octets[3], 114);
	end(&w);
}

/* What the router would write into its log, on both ends. */
static void child_failures_are_logged_as_the_router_does(void **state)
{
	static const struct setup s = {
		.b_transform = "\"esp-aes\", \"esp-hmac-sha-512\"",
	};
	struct world w;

	begin(&w, &s);
	assert_false(world_until(&w, world_up, 3000));
	assert_non_null(strstr(logged,
		"%SECURITY-IPSEC_XR-3-SA_ACCEPT_FAILED : IPsec SA accept failed for endpoint ifh:800070 src:198.51.100.19 dest:198.51.100.1 fvrf:default with Error: no common IPsec transform set. IPsec proposal will be rejected.\n"));
	assert_non_null(strstr(logged,
		"%SECURITY-IPSEC_XR-3-SA_REQUEST_FAILED : IPsec SA request failed for endpoint ifh:800070 src:198.51.100.1 dest:198.51.100.19 fvrf:default with Error: no common IPsec transform set\n"));
	end(&w);
}

/** struct keys - the digests of a keyring's only peer */
struct keys {
	unsigned int count;
	char local[VIEW_DIGEST], remote[VIEW_DIGEST];
};

static void see_peer(void *arg, const struct view_peer *p)
{
	struct keys *keys = arg;

	keys->count++;
	assert_string_equal(p->keyring, "k");
	assert_string_equal(p->ppk, "");
	memcpy(keys->local, p->psk_local, VIEW_DIGEST);
	memcpy(keys->remote, p->psk_remote, VIEW_DIGEST);
}

static void digests_tell_whether_keys_agree(void **state)
{
	static const struct setup s = {
		.peers_a = "{ name = \"b\"; address = \"198.51.100.19\";"
			   "pre-shared-key-local = \"cisco123\";"
			   "pre-shared-key-remote = \"cisco456\"; }",
		.peers_b = "{ name = \"a\"; address = \"198.51.100.1\";"
			   "pre-shared-key-local = \"cisco456\";"
			   "pre-shared-key-remote = \"cisco123\"; }",
	};
	struct keys a = { 0 }, b = { 0 };
	struct world w;

	world_init(&w, &s);
	ike_view_peers(w.a.ike, see_peer, &a);
	ike_view_peers(w.b.ike, see_peer, &b);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.local,
			    "D8XsPtnaX4gCSp4bCNLqHkgEWMJs9l6v2aXirCvGK2I=");
	assert_string_equal(a.remote,
			    "jBFwTDBOK/kT894SrK3T8hJQ5BZtCus/KyEgNj4cJVQ=");
	assert_string_equal(a.local, b.remote);
	assert_string_equal(a.remote, b.local);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_closest_peer_has_the_key),
		cmocka_unit_test(an_initiator_looks_by_address),
		cmocka_unit_test(each_direction_may_have_its_key),
		cmocka_unit_test(a_peer_without_key_is_named),
		cmocka_unit_test(further_profiles_are_tried_in_order),
		cmocka_unit_test(a_further_profile_may_belong_to_another_vrf),
		cmocka_unit_test(other_profiles_never_open_a_tunnel),
		cmocka_unit_test(the_first_profile_that_matches_says_why),
		cmocka_unit_test(refusals_are_alike),
		cmocka_unit_test(the_policy_of_the_address_is_used),
		cmocka_unit_test(transform_sets_have_an_order),
		cmocka_unit_test(extra_groups_work_when_allowed),
		cmocka_unit_test(who_is_expected_is_no_stranger),
		cmocka_unit_test(strangers_are_remembered),
		cmocka_unit_test(child_failures_are_logged_as_the_router_does),
		cmocka_unit_test(digests_tell_whether_keys_agree),
	};

	return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
