// SPDX-License-Identifier: GPL-2.0
/*
 * Authentication by certificate between two engines: every kind of signature,
 * methods that differ by direction, and each way in which it can fail with its
 * cause at the end that knows it.
 */

#include "cert_world.h"

#include <stdio.h>
#include <string.h>

#include "crypto/sign.h"
#include "ike/engine.h"
#include "ike/exchange.h"
#include "ike/tunnel.h"
#include "log/log.h"

/* The linker leads calls here, so that a test may change what is sent. */
void __real_sign_job_run(struct sign_job *job);
void __wrap_sign_job_run(struct sign_job *job);
void __real_sig_hashes_put(struct msg_writer *w, unsigned int set);
void __wrap_sig_hashes_put(struct msg_writer *w, unsigned int set);
void __real_cert_pl_put(struct msg_writer *w, uint8_t type, struct view data);
void __wrap_cert_pl_put(struct msg_writer *w, uint8_t type, struct view data);

static struct {
	unsigned int flip;	/* every so many-th signature is damaged */
	unsigned int signatures;
	bool no_hashes;		/* nobody announces any */
	unsigned int hashes;	/* instead of ours */
	const struct sign_scheme *scheme;
	const struct sign_scheme *first, *last;
	unsigned int copies;	/* how often each certificate is sent */
	bool no_certs;
	size_t longest;		/* CERTREQ that was sent, its authorities */
} trick;

void __wrap_sign_job_run(struct sign_job *job)
{
	const struct sign_scheme *own = job->scheme;

	if (trick.scheme)
		job->scheme = trick.scheme;
	__real_sign_job_run(job);
	trick.signatures++;
	if (trick.signatures == 1)
		trick.first = job->scheme;
	trick.last = job->scheme;
	job->scheme = own;
	if (trick.flip && trick.signatures % trick.flip == 0)
		job->auth.p[job->auth.len - 1] ^= 1;
}

void __wrap_sig_hashes_put(struct msg_writer *w, unsigned int set)
{
	if (!trick.no_hashes)
		__real_sig_hashes_put(w, trick.hashes ? trick.hashes : set);
}

void __wrap_cert_pl_put(struct msg_writer *w, uint8_t type, struct view data)
{
	unsigned int i, n = type == PL_CERT ? 1 + trick.copies : 1;

	if (type == PL_CERTREQ && data.len > trick.longest)
		trick.longest = data.len;
	for (i = 0; i < n && !(trick.no_certs && type == PL_CERT); i++)
		__real_cert_pl_put(w, type, data);
}

static char logged[32768];

static void keep(void *arg, enum log_level level, const char *line)
{
	size_t at = strlen(logged);

	snprintf(logged + at, sizeof(logged) - at, "%s\n", line);
}

static void begin(struct world *w, struct cert_setup *s)
{
	logged[0] = '\0';
	log_to(keep, NULL);
	log_set_level(LOG_LEVEL_INFO);
	cert_world_init(w, s);
	world_start(w);
}

static void end(struct world *w)
{
	world_fini(w);
	log_to_stderr();
	memset(&trick, 0, sizeof(trick));
}

static void comes_up(struct cert_setup *s, const char *a, const char *b)
{
	struct world w;

	begin(&w, s);
	if (!world_until(&w, world_up, 2000))
		fail_msg("%s", logged);
	world_assert_one(&w);
	assert_string_equal(side_sa(&w.a).auth_local, a);
	assert_string_equal(side_sa(&w.a).auth_remote, b);
	assert_string_equal(side_sa(&w.b).auth_local, b);
	assert_string_equal(side_sa(&w.b).auth_remote, a);
	end(&w);
}

/** struct failures - why not, as either side has it */
struct failures {
	struct failure a, b;
};

static struct failures stays_down(struct cert_setup *s)
{
	struct failures f;
	struct world w;

	begin(&w, s);
	assert_false(world_until(&w, world_up, 3000));
	f.a = side_tunnel(&w.a).failure;
	f.b = side_tunnel(&w.b).failure;
	end(&w);
	return f;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}

/* B refuses A: it has the cause, A knows that it was refused and its own part. */
static void b_refuses(struct cert_setup *s, enum failure_reason reason,
		      const char *theirs)
{
	struct failures f = stays_down(s);

	if (f.b.reason != reason)
		fail_msg("%s, expected %s", failure_name(f.b.reason),
			 failure_name(reason));
	has(f.b.theirs, theirs);
	assert_true(f.b.setting[0]);
	assert_int_equal(f.b.stage, STAGE_IKE_AUTH);
	assert_int_equal(f.a.reason, FAILURE_AUTH_REFUSED);
	has(f.a.ours, "trustpoint tp, certificate of ");
}

/* A refuses B, and says so on the way out. */
static void a_refuses(struct cert_setup *s, enum failure_reason reason,
		      const char *theirs)
{
	struct failures f = stays_down(s);

	if (f.a.reason != reason)
		fail_msg("%s, expected %s", failure_name(f.a.reason),
			 failure_name(reason));
	has(f.a.theirs, theirs);
	assert_int_equal(f.b.reason, FAILURE_AUTH_REFUSED);
	has(f.b.ours, "trustpoint tp, certificate of ");
}

/* ------------------------------------------------------------- it works */

static void rsa_both_ways(void **state)
{
	struct cert_setup s = { .base = { .pfs = NULL } };

	comes_up(&s, "RSA", "RSA");
}

static void b_may_begin_too(void **state)
{
	struct cert_setup s = { .base = { .b_initiates = true,
					  .a_responds_only = true } };

	comes_up(&s, "RSA", "RSA");
}

#define ECDSA	"local = \"ecdsa-signature\"; remote = [ \"ecdsa-signature\" ];"
#define PSK	"local = \"pre-shared\"; remote = [ \"pre-shared\" ];"

/* By RFC 7427, and as before it. */
static void ecdsa_on_each_curve(void **state)
{
	static const char *const curves[] = { "p256", "p384", "p521" };
	unsigned int i;

	for (i = 0; i < 6; i++) {
		struct wish w = { .key = curves[i % 3] };
		struct cert_setup s = { .a = { .cert = &w, .auth = ECDSA },
					.b = { .cert = &w, .auth = ECDSA } };

		trick.no_hashes = i >= 3;
		comes_up(&s, "ECDSA", "ECDSA");
	}
}

/* What is signed with is chosen from what both have and the size of the key. */
static void signature_of(struct cert_setup *s, const char *name)
{
	struct world w;

	begin(&w, s);
	if (!world_until(&w, world_up, 2000))
		fail_msg("%s", logged);
	assert_string_equal(trick.first->name, name);
	end(&w);
}

static void the_scheme_fits_key_and_peer(void **state)
{
	struct wish rsa = { .key = "rsa2048" }, big = { .key = "rsa4096" };
	struct wish restricted = { .key = "rsapss" };
	struct cert_setup s = { .a = { .cert = &rsa } };

	signature_of(&s, "RSA with SHA2-256");
	s.a.cert = &big;
	signature_of(&s, "RSA with SHA2-384");
	trick.hashes = 1U << SIG_HASH_SHA2_512 | 1U << SIG_HASH_SHA1;
	signature_of(&s, "RSA with SHA2-512");
	s.a.trustpoint = "rsa-padding = \"pss\";";
	signature_of(&s, "RSA-PSS with SHA2-384");
	s.a.trustpoint = NULL;
	s.a.cert = &restricted;
	signature_of(&s, "RSA-PSS with SHA2-256");
}

static void each_side_has_its_method(void **state)
{
	struct wish curve = { .key = "p384" };
	struct cert_setup s = {
		.a = { .auth = "local = \"rsa-signature\";"
			       "remote = [ \"pre-shared\" ];" },
		.b = { .auth = "local = \"pre-shared\";"
			       "remote = [ \"pre-shared\", \"rsa-signature\" ];" },
	};

	comes_up(&s, "RSA", "PSK");
	s.a.auth = "local = \"pre-shared\"; remote = [ \"rsa-signature\" ];";
	s.b.auth = "local = \"rsa-signature\"; remote = [ \"pre-shared\" ];";
	comes_up(&s, "PSK", "RSA");
	s.a.cert = &curve;
	s.a.auth = "local = \"ecdsa-signature\"; remote = [ \"rsa-signature\" ];";
	s.b.auth = "local = \"rsa-signature\";"
		   "remote = [ \"rsa-signature\", \"ecdsa-signature\" ];";
	comes_up(&s, "ECDSA", "RSA");
}

static void identities_of_every_kind(void **state)
{
	struct wish addr = { .san = "IP:" ADDR_A, .dn = "C=US,CN=router a" };
	struct wish plain = { .dn = "C=US,O=Example,CN=router a" };
	struct cert_setup s = { .a = { .cert = &addr } };

	/* The address of the tunnel is in the certificate: that is it. */
	s.base.local_a = "address = \"" ADDR_A "\";";
	s.base.match_b_own = "{ address = \"" ADDR_A "\"; }";
	comes_up(&s, "RSA", "RSA");
	s.base.local_a = "dn = true;";
	s.base.match_b_own = "{ dn = \"C=us, CN=Router  A\"; }";
	comes_up(&s, "RSA", "RSA");
	s.a.cert = &plain;
	s.base.match_b_own = "{ dn = \"C=US, O=Example, CN=*\"; }";
	comes_up(&s, "RSA", "RSA");
	s.base.match_b_own = "{ dn = \"C=US, CN=*\"; }";
	assert_int_equal(stays_down(&s).b.reason, FAILURE_NO_PROFILE);
	s.base.match_b_own = "{ any = true; }";
	comes_up(&s, "RSA", "RSA");
}

/* IKE_AUTH far beyond what one datagram carries. */
static void a_large_chain_goes_in_fragments(void **state)
{
	struct wish fat = { .key = "rsa4096", .padding = 6000 };
	struct cert_setup s = { .a = { .cert = &fat }, .b = { .cert = &fat } };
	struct world w;

	begin(&w, &s);
	w.path_mtu = 1280;
	if (!world_until(&w, world_up, 20000))
		fail_msg("%s", logged);
	assert_true(side_counter(&w.a, "tx_fragments") >= 6);
	assert_true(side_counter(&w.b, "tx_fragments") >= 6);
	end(&w);
}

/* Rekeys keep what was proven. */
static void a_rekey_keeps_the_methods(void **state)
{
	struct cert_setup s = { .base = { .ike_lifetime = 120 } };
	struct world w;
	uint64_t spi;

	begin(&w, &s);
	assert_true(world_until(&w, world_up, 2000));
	spi = side_sa(&w.a).spi_local;
	world_run(&w, 130000);
	assert_true(side_sa(&w.a).spi_local != spi);
	assert_string_equal(side_sa(&w.a).auth_local, "RSA");
	assert_string_equal(side_sa(&w.b).auth_remote, "RSA");
	assert_int_equal(trick.signatures, 2);
	end(&w);
}

/* ------------------------------------------------ who is not let in, and why */

static void causes_are_told_apart(void **state)
{
	static const struct {
		struct wish cert;
		enum failure_reason reason;
		const char *theirs;
	} cases[] = {
		{ { .from = -30, .to = -2 }, FAILURE_CERT_EXPIRED,
		  "certificate of CN=end: expired 20" },
		{ { .from = 2, .to = 30 }, FAILURE_CERT_NOT_YET_VALID,
		  "certificate of CN=end: valid from 20" },
		{ { .hash = "SHA1" }, FAILURE_CERT_WEAK,
		  "certificate of CN=end" },
		{ { .critical = true }, FAILURE_CERT_CHAIN,
		  "certificate of CN=end" },
	};
	struct failures f;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cert_setup a = { .a = { .cert = &cases[i].cert } };
		struct cert_setup b = { .b = { .cert = &cases[i].cert } };

		b_refuses(&a, cases[i].reason, cases[i].theirs);
		a_refuses(&b, cases[i].reason, cases[i].theirs);
	}
	/* The one with the old certificate can tell by itself. */
	f = stays_down(&(struct cert_setup){ .a = { .cert = &cases[0].cert } });
	has(f.a.ours, "(expired 20");
}

static void issuers_that_nobody_knows(void **state)
{
	const struct made *const others[] = { other_ca, NULL };
	struct cert_setup s = { .b = { .authorities = others } };

	b_refuses(&s, FAILURE_CERT_ISSUER,
		  "certificate of O=Example, CN=middle: O=Example, CN=root");
	/* The intermediate one is missing. */
	s = (struct cert_setup){ .b = { .no_chain = true } };
	a_refuses(&s, FAILURE_CERT_ISSUER, "certificate of CN=end: O=Example, CN=middle");
}

static void no_certificate_at_all(void **state)
{
	struct cert_setup s = { .base = { .pfs = NULL } };

	trick.no_certs = true;
	b_refuses(&s, FAILURE_CERT_MISSING, "a.example.com");
}

static void more_certificates_than_anybody_needs(void **state)
{
	struct cert_setup s = { .base = { .pfs = NULL } };

	trick.copies = 20;
	b_refuses(&s, FAILURE_CERT_ISSUER, "");
}

static void revoked_and_unlisted(void **state)
{
	const struct crl_wish clean = { .issuer = root_ca };
	const struct crl_wish gone = {
		.issuer = root_ca,
		.revoked = (const struct made *const []){ middle_ca, NULL } };
	const struct crl_wish old = { .issuer = root_ca, .next = -1 };
	const struct crl_wish below = { .issuer = middle_ca };
	char path[MAKER_PATH], text[400];
	struct cert_setup s = { .b = { .trustpoint = text } };

	write_crls("crl.pem", (const struct crl_wish *const []){
		   &clean, &below, NULL }, path);
	snprintf(text, sizeof(text), "crl = \"%s\";", path);
	comes_up(&s, "RSA", "RSA");
	write_crls("crl.pem", (const struct crl_wish *const []){
		   &gone, &below, NULL }, path);
	b_refuses(&s, FAILURE_CERT_REVOKED,
		  "certificate of O=Example, CN=middle");
	write_crls("crl.pem", (const struct crl_wish *const []){
		   &clean, NULL }, path);
	b_refuses(&s, FAILURE_CRL_MISSING, "certificate of CN=end");
	write_crls("crl.pem", (const struct crl_wish *const []){
		   &old, &below, NULL }, path);
	b_refuses(&s, FAILURE_CRL_EXPIRED, "next update was due");
	snprintf(text, sizeof(text),
		 "crl = \"%s\"; revocation-check = \"crl none\";", path);
	comes_up(&s, "RSA", "RSA");
}

/* B lets in any name of the domain; the certificate must have that very one. */
static void a_name_borrowed_from_a_colleague(void **state)
{
	struct cert_setup s = {
		.base = { .match_b_own = "{ domain = \"example.com\"; }" } };
	struct failure f;
	struct world w;

	begin(&w, &s);
	snprintf(w.a.cfg->ike_profiles[0].local_identity.name, CFG_FQDN,
		 "boss.example.com");
	assert_false(world_until(&w, world_up, 3000));
	f = side_tunnel(&w.b).failure;
	end(&w);
	assert_int_equal(f.reason, FAILURE_CERT_IDENTITY);
	has(f.theirs, "boss.example.com with a certificate for DNS:a.example.com");
}

static void damaged_signatures(void **state)
{
	struct cert_setup s = { .base = { .pfs = NULL } };

	trick.flip = 1;
	b_refuses(&s, FAILURE_AUTH_SIGNATURE,
		  "RSA with SHA2-256, certificate of CN=end");
	trick.flip = 2;
	a_refuses(&s, FAILURE_AUTH_SIGNATURE, "RSA with SHA2-256");
}

static void methods_that_are_not_wanted(void **state)
{
	struct wish curve = { .key = "p256" };
	struct cert_setup s = { .a = { .cert = &curve, .auth =
		"local = \"ecdsa-signature\"; remote = [ \"pre-shared\" ];" },
		.b = { .auth = PSK } };
	struct failures f = stays_down(&s);

	assert_int_equal(f.b.reason, FAILURE_AUTH_METHOD);
	assert_string_equal(f.b.ours, "pre-shared");
	s = (struct cert_setup){ .a = { .cert = &curve, .auth =
		"local = \"ecdsa-signature\"; remote = [ \"rsa-signature\" ];" } };
	f = stays_down(&s);
	assert_int_equal(f.b.reason, FAILURE_AUTH_METHOD);
	assert_string_equal(f.b.ours, "rsa-signature");
	assert_string_equal(f.b.theirs, "ecdsa-signature");
	s = (struct cert_setup){ .a = { .auth = PSK } };
	f = stays_down(&s);
	assert_int_equal(f.b.reason, FAILURE_AUTH_METHOD);
	assert_string_equal(f.b.theirs, "pre-shared");
}

/* ------------------------------------------------------------------ hashes */

static void no_hash_in_common(void **state)
{
	struct cert_setup s = { .base = { .pfs = NULL } };
	struct failures f;

	trick.hashes = 1U << SIG_HASH_SHA1;
	f = stays_down(&s);
	assert_int_equal(f.a.reason, FAILURE_AUTH_HASH);
	assert_string_equal(f.a.theirs, "announces SHA1");
	trick.no_hashes = true;
	f = stays_down(&s);
	assert_int_equal(f.a.reason, FAILURE_AUTH_HASH);
	has(f.a.theirs, "announces none");
	has(f.a.setting, "signature-sha1");
}

/* As the RFC has method 1: with SHA-1, where it was asked for. */
static void method_1_with_sha1(void **state)
{
	struct cert_setup s = { .base = {
		.ikev2 = "signature-sha1 = true;" } };
	struct failures f;
	struct world w;

	trick.no_hashes = true;
	begin(&w, &s);
	if (!world_until(&w, world_up, 2000))
		fail_msg("%s", logged);
	assert_int_equal(trick.last->method, AUTH_RSA_SIGNATURE);
	assert_int_equal(trick.last->hash, SIG_HASH_SHA1);
	end(&w);
	/* B does not want it. */
	s.base.ikev2_b = "signature-sha1 = false;";
	trick.no_hashes = true;
	f = stays_down(&s);
	assert_int_equal(f.b.reason, FAILURE_AUTH_SIGNATURE);
	has(f.b.setting, "signature-sha1");
}

/* A signature of another kind than the certificate's key. */
static void the_scheme_must_fit_the_key(void **state)
{
	struct pkey_info rsa = { .kind = PKEY_RSA, .bits = 2048 };
	struct cert_setup s = { .base = { .pfs = NULL } };

	/* Announced for SHA-256, used with SHA-512: all the same to us. */
	trick.scheme = sign_choose(&rsa, false, 1U << SIG_HASH_SHA2_512,
				   false);
	comes_up(&s, "RSA", "RSA");
	trick.scheme = sign_choose(&rsa, true, 1U << SIG_HASH_SHA2_384,
				   false);
	comes_up(&s, "RSA", "RSA");
}

/** struct naming - how many authorities who trusts, and the longest CERTREQ */
struct naming {
	bool of_a;
	unsigned int trusted;
	size_t named;
};

/* A answers the one in IKE_SA_INIT, which is in clear, B the one in IKE_AUTH. */
static void a_long_list_of_authorities_is_not_sent_in_clear(void **state)
{
	static const struct naming rows[] = {
		{ false, 8, 8 }, { false, 9, 1 }, { true, 9, 9 },
	};
	const struct made *many[10], *list[10];
	unsigned int i, n;
	char dn[32];

	for (n = 0; n < 9; n++) {
		snprintf(dn, sizeof(dn), "CN=authority %u", n);
		many[n] = n ? make_cert(&(struct wish){ .dn = dn, .ca = true }) :
			  root_ca;
	}
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cert_setup s = { .base.psk_a = NULL };
		struct world w;

		memset(list, 0, sizeof(list));
		memcpy(list, many, rows[i].trusted * sizeof(many[0]));
		*(rows[i].of_a ? &s.a.authorities : &s.b.authorities) = list;
		begin(&w, &s);
		if (!world_until(&w, world_up, 2000))
			fail_msg("%s", logged);
		assert_int_equal(trick.longest, rows[i].named * SHA1_LEN);
		end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa_both_ways),
		cmocka_unit_test(b_may_begin_too),
		cmocka_unit_test(ecdsa_on_each_curve),
		cmocka_unit_test(the_scheme_fits_key_and_peer),
		cmocka_unit_test(each_side_has_its_method),
		cmocka_unit_test(identities_of_every_kind),
		cmocka_unit_test(a_large_chain_goes_in_fragments),
		cmocka_unit_test(a_rekey_keeps_the_methods),
		cmocka_unit_test(causes_are_told_apart),
		cmocka_unit_test(issuers_that_nobody_knows),
		cmocka_unit_test(no_certificate_at_all),
		cmocka_unit_test(more_certificates_than_anybody_needs),
		cmocka_unit_test(a_long_list_of_authorities_is_not_sent_in_clear),
		cmocka_unit_test(revoked_and_unlisted),
		cmocka_unit_test(a_name_borrowed_from_a_colleague),
		cmocka_unit_test(damaged_signatures),
		cmocka_unit_test(methods_that_are_not_wanted),
		cmocka_unit_test(no_hash_in_common),
		cmocka_unit_test(method_1_with_sha1),
		cmocka_unit_test(the_scheme_must_fit_the_key),
	};

	return cmocka_run_group_tests(tests, cert_world_setup,
				      cert_world_teardown);
}
