// SPDX-License-Identifier: GPL-2.0
/*
 * Post-quantum preshared keys together with certificates (RFC 8784, RFC 9867):
 * signatures of every kind, both ways and with a pre-shared key on one side,
 * where both must have the PPK, where either may do without, and where they
 * do not agree. The PPK is not in the signature's key but in what it covers.
 */

#include "cert_world.h"

#include <stdio.h>
#include <string.h>

#include "ike/engine.h"

#define KEY		"0123456789abcdef0123456789abcdef"
#define PPK(id, key, more)						\
	"ppk: { manual: { id = \"" id "\"; key = \"" key "\"; }; " more " };"
#define REQUIRED	"required = true; "
#define INT		"exchange = \"intermediate\"; "
#define ABSENT		""
#define OPTIONAL	PPK("123", KEY, "")
#define MANDATORY	PPK("123", KEY, REQUIRED)

#define RSA(remote)	"local = \"rsa-signature\"; remote = [ \"" remote "\" ];"
#define ECDSA(remote)	"local = \"ecdsa-signature\"; remote = [ \"" remote "\" ];"
#define PSK(remote)	"local = \"pre-shared\"; remote = [ \"" remote "\" ];"

/** struct methods - how the two sides prove themselves */
static const struct methods {
	const char *auth_a, *auth_b;
	const char *key_a, *key_b;	/* of the certificates */
	const char *a, *b;
} methods[] = {
	{ RSA("rsa-signature"), RSA("rsa-signature"), "rsa2048", "rsa3072",
	  "RSA", "RSA" },
	{ ECDSA("ecdsa-signature"), ECDSA("ecdsa-signature"), "p256", "p384",
	  "ECDSA", "ECDSA" },
	{ RSA("ecdsa-signature"), ECDSA("rsa-signature"), "rsa2048", "p521",
	  "RSA", "ECDSA" },
	{ RSA("pre-shared"), PSK("rsa-signature"), "rsa2048", "rsa2048",
	  "RSA", "PSK" },
	{ PSK("ecdsa-signature"), ECDSA("pre-shared"), "p256", "p256",
	  "PSK", "ECDSA" },
};

#define METHODS		(sizeof(methods) / sizeof(methods[0]))

/** struct ppks - which PPKs the two have, and what comes of it */
struct ppks {
	const char *name, *a, *b;
	const char *exchange;			/* that brings it in; NULL: none */
	const char *fallback_a, *fallback_b;	/* NULL: "none" */
	bool down;
	enum failure_reason why_a, why_b;
	enum failure_reason psk;	/* B's when A has a pre-shared key */
};

static const struct ppks table[] = {
	{ "both must", MANDATORY, MANDATORY, .exchange = "IKE_AUTH" },
	{ "both may", OPTIONAL, OPTIONAL, .exchange = "IKE_AUTH" },
	{ "A must", MANDATORY, OPTIONAL, .exchange = "IKE_AUTH" },
	{ "B must", OPTIONAL, MANDATORY, .exchange = "IKE_AUTH" },
	{ "in IKE_INTERMEDIATE", PPK("123", KEY, INT REQUIRED),
	  PPK("123", KEY, INT REQUIRED), .exchange = "IKE_INTERMEDIATE" },
	{ "A may, B has none", OPTIONAL, ABSENT, .fallback_a = "not-offered" },
	{ "B may, A has none", ABSENT, OPTIONAL, .fallback_b = "not-offered" },
	/* NO_PPK_AUTH is a signature of its own. */
	{ "other PPK_IDs, both may", OPTIONAL, PPK("124", KEY, ""),
	  .fallback_a = "ppk-id-unknown", .fallback_b = "ppk-id-unknown" },
	{ "other PPK_IDs, A must", MANDATORY, PPK("124", KEY, ""), .down = true,
	  .why_a = FAILURE_AUTH_REFUSED, .why_b = FAILURE_PPK_ID },
	{ "other PPK_IDs, B must", OPTIONAL, PPK("124", KEY, REQUIRED),
	  .down = true, .why_a = FAILURE_AUTH_REFUSED, .why_b = FAILURE_PPK_ID },
	{ "A must, B has none", MANDATORY, ABSENT, .down = true,
	  .why_a = FAILURE_PPK_REQUIRED },
	{ "B must, A has none", ABSENT, MANDATORY, .down = true,
	  .why_a = FAILURE_AUTH_REFUSED, .why_b = FAILURE_PPK_REQUIRED },
	{ "values differ, both may", OPTIONAL, PPK("123", "other", ""),
	  .down = true, .why_a = FAILURE_AUTH_REFUSED,
	  .why_b = FAILURE_PPK_VALUE },
	{ "values differ, A must", MANDATORY, PPK("123", "other", ""),
	  .down = true, .why_a = FAILURE_AUTH_REFUSED,
	  .why_b = FAILURE_AUTH_SIGNATURE_OR_PPK, .psk = FAILURE_AUTH_PSK_OR_PPK },
};

/** struct pair - a world of two with PPKs; what it points at lives here */
struct pair {
	struct cert_setup s;
	struct wish a, b;
	char peers_a[512], peers_b[512];
};

static void peers_text(char out[512], const char *addr, const char *id,
		       const char *ppk)
{
	snprintf(out, 512, "{ name = \"peer\"; address = \"%s\"; identity: { fqdn = \"%s\"; }; pre-shared-key = \"cisco123\"; %s }",
		 addr, id, ppk);
}

static void pair_begin(struct world *w, struct pair *p,
		       const struct methods *m, const struct ppks *k)
{
	p->a = (struct wish){ .key = m->key_a };
	p->b = (struct wish){ .key = m->key_b };
	p->s.a = (struct identity_wish){ .cert = &p->a, .auth = m->auth_a };
	p->s.b = (struct identity_wish){ .cert = &p->b, .auth = m->auth_b };
	peers_text(p->peers_a, ADDR_B, "b.example.com", k->a);
	peers_text(p->peers_b, ADDR_A, "a.example.com", k->b);
	p->s.base.peers_a = p->peers_a;
	p->s.base.peers_b = p->peers_b;
	p->s.base.profile = "keyring-ppk = \"k\";";
	cert_world_init(w, &p->s);
	world_start(w);
}

static void assert_up(struct world *w, const struct methods *m,
		      const struct ppks *k)
{
	struct side *sides[] = { &w->a, &w->b };
	size_t i;

	if (!world_until(w, world_up, 3000))
		fail_msg("%s, %s to %s: A: %s (%s); B: %s (%s)", k->name, m->a,
			 m->b, failure_name(side_tunnel(&w->a).failure.reason),
			 side_tunnel(&w->a).failure.theirs,
			 failure_name(side_tunnel(&w->b).failure.reason),
			 side_tunnel(&w->b).failure.theirs);
	world_run(w, 1000);
	world_assert_one(w);
	assert_string_equal(side_sa(&w->a).auth_local, m->a);
	assert_string_equal(side_sa(&w->a).auth_remote, m->b);
	assert_string_equal(side_sa(&w->b).auth_local, m->b);
	assert_string_equal(side_sa(&w->b).auth_remote, m->a);
	for (i = 0; i < 2; i++) {
		const char *fallback = i ? k->fallback_b : k->fallback_a;

		assert_int_equal(side_sa(sides[i]).quantum, k->exchange ?
				 CFG_PPK_MANUAL : CFG_PPK_NONE);
		assert_string_equal(side_sa(sides[i]).quantum_exchange,
				    k->exchange ? k->exchange : "none");
		assert_int_equal(side_child(sides[i]).quantum, !!k->exchange);
		assert_string_equal(side_sa(sides[i]).fallback,
				    fallback ? fallback : "none");
	}
}

static void assert_down(struct world *w, const struct methods *m,
			const struct ppks *k)
{
	bool psk = k->psk && !strcmp(m->a, "PSK");
	enum failure_reason a, b;

	world_run(w, 3000);
	a = side_tunnel(&w->a).failure.reason;
	b = side_tunnel(&w->b).failure.reason;
	if (world_up(w) || a != k->why_a || 
	    b != (psk ? k->psk : k->why_b))
		fail_msg("%s, %s to %s: A: %s; B: %s, %s", k->name, m->a, m->b,
			 failure_name(a), failure_name(b),
			 world_up(w) ? "up" : "down");
	assert_int_equal(side_kernel_sas(&w->a, KNL_OUT), 0);
	assert_int_equal(side_kernel_sas(&w->b, KNL_OUT), 0);
}

static void every_method_with_every_ppk(void **state)
{
	static struct pair p;
	struct world w;
	size_t i, j;

	for (i = 0; i < METHODS; i++) {
		for (j = 0; j < sizeof(table) / sizeof(table[0]); j++) {
			memset(&p, 0, sizeof(p));
			pair_begin(&w, &p, &methods[i], &table[j]);
			if (table[j].down)
				assert_down(&w, &methods[i], &table[j]);
			else
				assert_up(&w, &methods[i], &table[j]);
			world_fini(&w);
		}
	}
}

/* The PPK goes into the keys, and both sides have the same. */
static void rekeys_inherit_it(void **state)
{
	static struct pair p;
	struct world w;
	size_t i;

	for (i = 0; i < METHODS; i++) {
		memset(&p, 0, sizeof(p));
		p.s.base.lifetime = p.s.base.ike_lifetime = 600;
		p.s.base.pfs = "group19";
		pair_begin(&w, &p, &methods[i], &table[0]);
		assert_true(world_until(&w, world_up, 3000));
		w.traffic = true;
		world_run(&w, 1300 * 1000);
		assert_int_equal(w.lost, 0);
		assert_true(side_counter(&w.a, "child_sas_rekeyed") >= 2);
		assert_true(side_counter(&w.a, "ike_sas_rekeyed") >= 2);
		world_assert_one(&w);
		assert_int_equal(side_sa(&w.b).quantum, CFG_PPK_MANUAL);
		assert_true(side_child(&w.b).quantum);
		assert_string_equal(side_sa(&w.b).auth_remote, methods[i].a);
		world_fini(&w);
	}
}

/* Of the whole ladder, with and without the PPK. */
static void any_message_may_be_lost_or_come_twice(void **state)
{
	static struct pair p;
	unsigned int n, messages;
	struct world w;
	size_t j;

	for (j = 0; j < sizeof(table) / sizeof(table[0]); j++) {
		if (table[j].down)
			continue;
		/* First they are counted, at last all come twice. */
		messages = 0;
		for (n = 0; n <= messages + 1; n++) {
			memset(&p, 0, sizeof(p));
			pair_begin(&w, &p, &methods[2], &table[j]);
			w.fault = n > messages && n ? repeat_all : lose_nth;
			w.fault_arg = &n;
			assert_true(world_until(&w, world_up, 10000));
			if (!n)
				messages = w.count;
			assert_true(messages >= 4);
			world_run(&w, 5000);
			assert_up(&w, &methods[2], &table[j]);
			world_fini(&w);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_with_every_ppk),
		cmocka_unit_test(rekeys_inherit_it),
		cmocka_unit_test(any_message_may_be_lost_or_come_twice),
	};

	return cmocka_run_group_tests(tests, cert_world_setup,
				      cert_world_teardown);
}
