// SPDX-License-Identifier: GPL-2.0
/*
 * agent/pki: chains of certificates against a trustpoint, one verdict for each
 * way in which they can be wrong.
 */

#include <openssl/param_build.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "pki/chain.h"
#include "pki_maker.h"

static const struct made *root, *middle, *stranger, *end;

static void nobody_complains(void *arg, enum trust_part part, bool fatal,
			     const char *text)
{
	if (fatal)
		fail_msg("%s", text);
}

/* A trustpoint with these authorities and, maybe, revocation lists. */
static struct trust *trusting(const struct made *const *cas,
			      const struct crl_wish *const *crls,
			      enum trust_revocation revocation)
{
	char ca[MAKER_PATH], crl[MAKER_PATH];
	struct trust_files files = { .revocation = revocation };
	struct trust *t;

	files.ca = write_certs("ca.pem", cas, ca);
	if (crls)
		files.crl = write_crls("crl.pem", crls, crl);
	t = trust_load(&files, maker_now, nobody_complains, NULL);
	assert_non_null(t);
	return t;
}

static struct trust *trusting_root(void)
{
	return trusting((const struct made *const []){ root, NULL }, NULL,
			TRUST_NO_CHECK);
}

/* The verdict of @t about what a peer would send: NULL behind the last. */
/* What is asked beyond what always is. */
static const struct facts_rule *asked;

static struct chain_verdict verdict_at(const struct trust *t,
				       const struct made *const *sent,
				       int64_t now)
{
	static uint8_t der[12][CERT_MAX_LEN + 4096];
	struct view certs[12];
	struct chain_verdict v;
	unsigned int n = 0;
	struct chain *c;

	for (; sent[n]; n++)
		certs[n] = (struct view){ der[n], made_der(sent[n], der[n],
							   sizeof(der[n])) };
	c = chain_parse(certs, n, &v);
	if (c)
		chain_verify(c, t, asked, now, &v);
	else
		assert_int_not_equal(v.fault, CHAIN_GOOD);
	chain_free(c);
	return v;
}

static struct chain_verdict verdict(const struct made *const *sent)
{
	struct trust *t = trusting_root();
	struct chain_verdict v = verdict_at(t, sent, maker_now);

	trust_free(t);
	return v;
}

#define SENT(...)	(const struct made *const []){ __VA_ARGS__, NULL }

static void expect(enum chain_fault fault, const char *subject,
		   const char *detail, struct chain_verdict v)
{
	if (v.fault != fault)
		fail_msg("fault %d (%s, %s), expected %d", v.fault, v.subject,
			 v.detail, fault);
	assert_string_equal(v.subject, subject);
	if (!strstr(v.detail, detail))
		fail_msg("\"%s\" is not in \"%s\"", detail, v.detail);
}

/* -------------------------------------------------------------------- good */

static void a_chain_leads_to_its_root(void **state)
{
	struct chain_verdict v = verdict(SENT(end, middle));

	assert_int_equal(v.fault, CHAIN_GOOD);
	assert_int_equal(v.facts.count, 3);
	assert_int_equal(v.facts.cert[0].key.kind, PKEY_RSA);
	assert_int_equal(v.facts.cert[0].key.bits, 2048);
	assert_int_equal(v.facts.cert[0].sig_hash, SIG_HASH_SHA2_256);
	assert_false(v.facts.cert[1].anchor);
	assert_true(v.facts.cert[2].anchor);
}

static void order_and_strangers_do_not_matter(void **state)
{
	const struct made *low = make_cert(&(struct wish){
		.dn = "CN=low", .issuer = middle, .ca = true });
	const struct made *leaf = make_cert(&(struct wish){ .issuer = low });

	assert_int_equal(verdict(SENT(leaf, middle, low)).fault, CHAIN_GOOD);
	assert_int_equal(verdict(SENT(leaf, stranger, low, root, stranger,
				      middle)).fault, CHAIN_GOOD);
	/* Ten and more: those beyond the limit are not looked at. */
	assert_int_equal(verdict(SENT(end, stranger, stranger, stranger,
				      stranger, stranger, stranger, stranger,
				      middle)).fault, CHAIN_UNKNOWN_ISSUER);
}

/* What is trusted by configuration may stand anywhere above. */
static void an_intermediate_may_be_the_anchor(void **state)
{
	struct trust *t = trusting(SENT(middle), NULL, TRUST_NO_CHECK);
	struct chain_verdict v = verdict_at(t, SENT(end), maker_now);

	assert_int_equal(v.fault, CHAIN_GOOD);
	assert_int_equal(v.facts.count, 2);
	assert_true(v.facts.cert[1].anchor);
	trust_free(t);
}

static void other_keys_and_hashes_are_good_too(void **state)
{
	static const struct wish wishes[] = {
		{ .key = "p256" }, { .key = "p384", .hash = "SHA2-384" },
		{ .key = "p521", .hash = "SHA2-512" }, { .key = "rsa3072" },
		{ .key = "rsapss" }, { .key = "rsa-e3" },
		{ .pss_signed = true }, { .eku = "1.3.6.1.5.5.7.3.17" },
		{ .eku = "serverAuth" }, { .usage = "digitalSignature" },
		{ .usage = "nonRepudiation,keyEncipherment" },
		{ .eku = "codeSigning,anyExtendedKeyUsage" },
		{ .from = -1, .to = 365 * 30 },	/* beyond 2049 */
	};
	struct wish w;
	size_t i;

	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		w = wishes[i];
		w.issuer = root;
		if (verdict(SENT(make_cert(&w))).fault != CHAIN_GOOD)
			fail_msg("wish %zu", i);
	}
}

/* ------------------------------------------------------------ dates, issuers */

static void dates_are_looked_at(void **state)
{
	struct wish w = { .dn = "CN=old", .issuer = root, .from = -30,
			  .to = -2 };
	const struct made *old_ca, *leaf, *limited;
	struct trust *t = trusting_root();

	expect(CHAIN_EXPIRED, "CN=old", "expired 20",
	       verdict(SENT(make_cert(&w))));
	w = (struct wish){ .dn = "CN=new", .issuer = root, .from = 2,
			   .to = 9 };
	expect(CHAIN_NOT_YET_VALID, "CN=new", "valid from 20",
	       verdict(SENT(make_cert(&w))));
	w = (struct wish){ .dn = "CN=old ca", .issuer = root, .from = -30,
			   .to = -2, .ca = true };
	old_ca = make_cert(&w);
	leaf = make_cert(&(struct wish){ .issuer = old_ca });
	expect(CHAIN_EXPIRED, "CN=old ca", "", verdict(SENT(leaf, old_ca)));
	limited = make_cert(&(struct wish){ .issuer = root, .from = -1,
					    .to = 10 });
	assert_int_equal(verdict_at(t, SENT(limited), maker_now +
				    10L * MAKER_DAY - 60).fault, CHAIN_GOOD);
	assert_int_equal(verdict_at(t, SENT(limited), maker_now +
				    10L * MAKER_DAY + 60).fault, CHAIN_EXPIRED);
	trust_free(t);
}

static void issuers_must_be_known(void **state)
{
	const struct made *self = make_cert(&(struct wish){ .dn = "CN=self" });
	const struct made *alien = make_cert(&(struct wish){
		.dn = "CN=alien", .issuer = stranger });
	/* The name of our authority, but not its key. */
	const struct made *impostor = make_cert(&(struct wish){
		.dn = "O=Example,CN=root", .ca = true, .key = "rsa3072" });
	const struct made *forged = make_cert(&(struct wish){
		.dn = "CN=forged", .issuer = impostor });

	expect(CHAIN_UNKNOWN_ISSUER, "CN=end", "O=Example, CN=middle",
	       verdict(SENT(end)));
	expect(CHAIN_UNKNOWN_ISSUER, "CN=self", "CN=self",
	       verdict(SENT(self)));
	expect(CHAIN_UNKNOWN_ISSUER, "CN=stranger", "CN=stranger",
	       verdict(SENT(alien, stranger)));
	assert_int_not_equal(verdict(SENT(forged)).fault, CHAIN_GOOD);
	assert_int_not_equal(verdict(SENT(forged, impostor)).fault,
			     CHAIN_GOOD);
}

/* ------------------------------------------------------------------ strength */

static void weak_keys_and_hashes_are_refused(void **state)
{
	const struct made *weak_ca = make_cert(&(struct wish){
		.dn = "CN=weak ca", .issuer = root, .ca = true,
		.key = "rsa1024" });
	const struct made *sha1_ca = make_cert(&(struct wish){
		.dn = "CN=sha1 ca", .issuer = root, .ca = true,
		.hash = "SHA1" });

	expect(CHAIN_WEAK, "CN=end", "RSA 1024", verdict(SENT(make_cert(
		&(struct wish){ .issuer = root, .key = "rsa1024" }))));
	expect(CHAIN_WEAK, "CN=weak ca", "RSA 1024", verdict(SENT(make_cert(
		&(struct wish){ .issuer = weak_ca }), weak_ca)));
	expect(CHAIN_WEAK, "CN=end", "", verdict(SENT(make_cert(
		&(struct wish){ .issuer = root, .hash = "SHA1" }))));
	expect(CHAIN_WEAK, "CN=sha1 ca", "", verdict(SENT(make_cert(
		&(struct wish){ .issuer = sha1_ca }), sha1_ca)));
	expect(CHAIN_WEAK, "CN=end", "", verdict(SENT(make_cert(
		&(struct wish){ .issuer = root, .key = "p224" }))));
	expect(CHAIN_WEAK, "CN=end", "", verdict(SENT(make_cert(
		&(struct wish){ .issuer = root, .key = "ed25519" }))));
}

static EVP_PKEY *rsa_from(const BIGNUM *n, const BIGNUM *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	assert_true(OSSL_PARAM_BLD_push_BN(bld, "n", n) &&
		    OSSL_PARAM_BLD_push_BN(bld, "e", e));
	params = OSSL_PARAM_BLD_to_param(bld);
	assert_true(EVP_PKEY_fromdata_init(ctx) > 0 &&
		    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY,
				      params) > 0);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* A modulus that would take seconds, exponents that give the game away. */
static void dangerous_keys_are_refused(void **state)
{
	static const char *const exponents[] = {
		"1", "10000", "10000000000000001", "0",
	};
	const EVP_PKEY *real = make_key("rsa2048");
	BIGNUM *n = NULL, *e = NULL;
	size_t i;

	assert_true(EVP_PKEY_get_bn_param(real, "n", &n));
	for (i = 0; i <= sizeof(exponents) / sizeof(exponents[0]); i++) {
		struct wish w = { .issuer = root };
		if (i < sizeof(exponents) / sizeof(exponents[0])) {
			BN_hex2bn(&e, exponents[i]);
		} else {
			BN_set_word(e, 65537);
			BN_lshift(n, n, 16384 - 2048);
			BN_set_bit(n, 0);
		}
		w.own_key = rsa_from(n, e);
		expect(CHAIN_WEAK, "CN=end", "RSA", verdict(SENT(make_cert(
				&w))));
		EVP_PKEY_free(w.own_key);
	}
	BN_free(n);
	BN_free(e);
}

/* --------------------------------------------------------------------- usage */

static void certificates_are_used_for_what_they_are(void **state)
{
	static const struct wish wrong[] = {
		{ .usage = "keyEncipherment" }, { .eku = "codeSigning" },
		{ .eku = "emailProtection,OCSPSigning" },
		{ .usage = "critical,keyAgreement,keyCertSign" },
		{ .ca = true },
	};
	const struct made *no_ca = make_cert(&(struct wish){
		.dn = "CN=no ca", .issuer = root });
	const struct made *no_sign = make_cert(&(struct wish){
		.dn = "CN=no sign", .issuer = root, .ca = true,
		.usage = "critical,cRLSign" });
	struct wish w;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		w = wrong[i];
		w.issuer = root;
		expect(CHAIN_USAGE, "CN=end", "", verdict(SENT(make_cert(&w))));
	}
	expect(CHAIN_USAGE, "CN=no ca", "", verdict(SENT(make_cert(
		&(struct wish){ .issuer = no_ca }), no_ca)));
	assert_int_not_equal(verdict(SENT(make_cert(
		&(struct wish){ .issuer = no_sign }), no_sign)).fault,
		CHAIN_GOOD);
}

static void constraints_are_kept(void **state)
{
	const struct made *short_ca = make_cert(&(struct wish){
		.dn = "CN=short", .issuer = root, .ca = true, .pathlen = 1 });
	const struct made *below = make_cert(&(struct wish){
		.dn = "CN=below", .issuer = short_ca, .ca = true });
	const struct made *named = make_cert(&(struct wish){
		.dn = "CN=named", .issuer = root, .ca = true,
		.constraints = "permitted;DNS:example.com" });
	const struct made *inside = make_cert(&(struct wish){
		.issuer = named, .san = "DNS:A.Example.COM" });
	const struct made *outside = make_cert(&(struct wish){
		.issuer = named, .san = "DNS:badexample.com" });

	assert_int_equal(verdict(SENT(make_cert(&(struct wish){
		.issuer = short_ca }), short_ca)).fault, CHAIN_GOOD);
	assert_int_not_equal(verdict(SENT(make_cert(&(struct wish){
		.issuer = below }), below, short_ca)).fault, CHAIN_GOOD);
	assert_int_equal(verdict(SENT(inside, named)).fault, CHAIN_GOOD);
	expect(CHAIN_BROKEN, "CN=end", "", verdict(SENT(outside, named)));
	expect(CHAIN_BROKEN, "CN=end", "critical", verdict(SENT(make_cert(
		&(struct wish){ .issuer = root, .critical = true }))));
}

/* ---------------------------------------------------------------- revocation */

static struct chain_verdict with_crls(const struct crl_wish *const *crls,
				      enum trust_revocation how,
				      const struct made *const *sent)
{
	struct trust *t = trusting(SENT(root), crls, how);
	struct chain_verdict v = verdict_at(t, sent, maker_now);

	trust_free(t);
	return v;
}

#define CRLS(...)	(const struct crl_wish *const []){ __VA_ARGS__, NULL }

static void revoked_certificates_are_refused(void **state)
{
	const struct crl_wish clean = { .issuer = root };
	const struct crl_wish middle_gone = {
		.issuer = root, .revoked = SENT(middle) };
	const struct crl_wish clean_middle = { .issuer = middle };
	const struct crl_wish end_gone = {
		.issuer = middle, .revoked = SENT(end) };

	assert_int_equal(with_crls(CRLS(&clean, &clean_middle), TRUST_CRL,
				   SENT(end, middle)).fault, CHAIN_GOOD);
	expect(CHAIN_REVOKED, "CN=end", "",
	       with_crls(CRLS(&clean, &end_gone), TRUST_CRL,
			 SENT(end, middle)));
	expect(CHAIN_REVOKED, "O=Example, CN=middle", "",
	       with_crls(CRLS(&middle_gone, &clean_middle), TRUST_CRL,
			 SENT(end, middle)));
	/* A list that is too old still tells what it tells. */
	expect(CHAIN_REVOKED, "CN=end", "",
	       with_crls(CRLS(&clean, &(struct crl_wish){
				.issuer = middle, .revoked = SENT(end),
				.next = -1 }),
			 TRUST_CRL_IF_THERE, SENT(end, middle)));
}

static void missing_and_old_lists(void **state)
{
	const struct crl_wish clean = { .issuer = root };
	const struct crl_wish old = { .issuer = middle, .next = -1 };
	const struct crl_wish forged = { .issuer = middle, .damaged = true };

	expect(CHAIN_NO_CRL, "CN=end", "CRL",
	       with_crls(CRLS(&clean), TRUST_CRL, SENT(end, middle)));
	expect(CHAIN_CRL_EXPIRED, "CN=end", "next update was due 20",
	       with_crls(CRLS(&clean, &old), TRUST_CRL, SENT(end, middle)));
	expect(CHAIN_NO_CRL, "CN=end", "",
	       with_crls(CRLS(&clean, &forged), TRUST_CRL,
			 SENT(end, middle)));
	assert_int_equal(with_crls(CRLS(&clean), TRUST_CRL_IF_THERE,
				   SENT(end, middle)).fault, CHAIN_GOOD);
	assert_int_equal(with_crls(CRLS(&clean, &old), TRUST_CRL_IF_THERE,
				   SENT(end, middle)).fault, CHAIN_GOOD);
	/* Nobody but its issuer can revoke. */
	assert_int_equal(with_crls(CRLS(&(struct crl_wish){
			.issuer = stranger, .revoked = SENT(end) }),
			TRUST_CRL_IF_THERE, SENT(end, middle)).fault,
			CHAIN_GOOD);
}

/* An anchor that is no root has no list above it. */
static void anchors_need_no_list(void **state)
{
	const struct crl_wish clean = { .issuer = middle };
	struct trust *t = trusting(SENT(middle), CRLS(&clean), TRUST_CRL);

	assert_int_equal(verdict_at(t, SENT(end), maker_now).fault,
			 CHAIN_GOOD);
	trust_free(t);
}

/* ------------------------------------------------------------ nonsense */

static void nonsense_is_not_read(void **state)
{
	static uint8_t der[CERT_MAX_LEN + 8192];
	struct chain_verdict v;
	struct view one;
	size_t len;

	assert_null(chain_parse(NULL, 0, &v));
	assert_int_equal(v.fault, CHAIN_NO_CERTIFICATE);
	len = made_der(end, der, sizeof(der));
	one = (struct view){ der, len - 1 };
	assert_null(chain_parse(&one, 1, &v));
	assert_int_equal(v.fault, CHAIN_MALFORMED);
	/* Something behind it is not part of it. */
	one.len = len + 1;
	assert_null(chain_parse(&one, 1, &v));
	assert_int_equal(v.fault, CHAIN_MALFORMED);
	one.len = 0;
	assert_null(chain_parse(&one, 1, &v));
	one.len = made_der(make_cert(&(struct wish){
		.issuer = root, .padding = CERT_MAX_LEN }), der, sizeof(der));
	assert_null(chain_parse(&one, 1, &v));
	assert_int_equal(v.fault, CHAIN_MALFORMED);
	assert_string_equal(v.detail, "too long");
}

/* ---------------------------------------------------------------- identities */

static bool vouches(const struct made *m, uint8_t type, const char *id,
		    size_t len)
{
	uint8_t der[CERT_MAX_LEN];
	struct view one = { der, made_der(m, der, sizeof(der)) };
	struct chain_verdict v;
	struct chain *c = chain_parse(&one, 1, &v);
	bool found;

	assert_non_null(c);
	found = chain_has_id(c, type, (struct view){
			(const uint8_t *)id, len });
	chain_free(c);
	return found;
}

#define NAMES(m, name)	vouches(m, ID_FQDN, name, sizeof(name) - 1)

static void names_are_compared_exactly(void **state)
{
	const struct made *m = make_cert(&(struct wish){
		.issuer = root, .dn = "CN=cn.example.com",
		.san = "DNS:A.example.com,DNS:*.wild.example.com,"
		       "IP:198.51.100.1,IP:2001:db8::1,email:a@example.com" });

	assert_true(NAMES(m, "a.EXAMPLE.com"));
	assert_false(NAMES(m, "a.example.com."));
	assert_false(NAMES(m, "a.example.co"));
	assert_false(NAMES(m, "b.a.example.com"));
	assert_false(NAMES(m, "example.com"));
	assert_false(NAMES(m, "x.wild.example.com"));
	assert_false(NAMES(m, "cn.example.com"));
	assert_false(NAMES(m, "a.example.com\0.evil.com"));
	assert_false(NAMES(m, "\xc3\xa4.example.com"));
	assert_false(NAMES(m, ""));
	assert_true(vouches(m, ID_IPV4_ADDR, "\306\063\144\001", 4));
	assert_false(vouches(m, ID_IPV4_ADDR, "\306\063\144\002", 4));
	assert_false(vouches(m, ID_FQDN, "198.51.100.1", 12));
	assert_true(vouches(m, ID_IPV6_ADDR, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0"
			    "\0\0\0\0\1", 16));
	assert_true(vouches(m, ID_RFC822_ADDR, "a@example.com", 13));
	assert_false(vouches(m, ID_KEY_ID, "A.example.com", 13));
}

static void subjects_are_compared_as_names(void **state)
{
	const struct made *m = make_cert(&(struct wish){
		.issuer = root, .dn = "C=US,O=Example Corp,CN=router" });
	/* Other case, other type of string. */
	const struct made *same = make_cert(&(struct wish){
		.issuer = root, .dn = "C=us,O=EXAMPLE  corp,CN=Router" });
	const struct made *other = make_cert(&(struct wish){
		.issuer = root, .dn = "C=US,CN=router,O=Example Corp" });
	uint8_t name[256], *p;
	int len;

	p = name;
	len = i2d_X509_NAME(X509_get_subject_name(m->cert), &p);
	assert_true(vouches(m, ID_DER_ASN1_DN, (char *)name, (size_t)len));
	assert_false(vouches(m, ID_DER_ASN1_DN, (char *)name,
			     (size_t)len - 1));
	assert_true(vouches(same, ID_DER_ASN1_DN, (char *)name, (size_t)len));
	assert_false(vouches(other, ID_DER_ASN1_DN, (char *)name,
			     (size_t)len));
}

/* A NUL within an alternative name, as attackers had it signed. */
static void a_nul_ends_no_name(void **state)
{
	const struct made *m = make_cert(&(struct wish){
		.issuer = root, .san = "DNS:a.example.com_.evil.com" });
	uint8_t der[CERT_MAX_LEN], *at;
	struct chain_verdict v;
	struct view one = { der, made_der(m, der, sizeof(der)) };
	struct chain *c;

	at = memmem(der, one.len, "example.com_", 12);
	assert_non_null(at);
	at[11] = '\0';
	c = chain_parse(&one, 1, &v);
	assert_non_null(c);
	assert_false(chain_has_id(c, ID_FQDN, (struct view){
			(const uint8_t *)"a.example.com", 13 }));
	assert_false(chain_has_id(c, ID_FQDN, (struct view){
			(const uint8_t *)"a.example.com\0.evil.com", 23 }));
	chain_free(c);
}

/* ------------------------------------------------------------------- facts */

static void facts_tell_the_weakest(void **state)
{
	const struct facts_rule rule = {
		.rsa_bits = 3072, .ec_bits = 256,
		.hashes = 1U << SIG_HASH_SHA2_256 | 1U << SIG_HASH_SHA2_384,
	};
	struct facts_rule lower = rule, other = rule;
	struct chain_verdict v = verdict(SENT(end, middle));
	char why[FACTS_WHY];
	unsigned int at;

	assert_false(facts_ok(&v.facts, &rule, &at, why));
	assert_string_equal(why, "RSA 2048");
	lower.rsa_bits = 2048;
	assert_true(facts_ok(&v.facts, &lower, &at, why));
	other.rsa_bits = 0;
	other.hashes = 1U << SIG_HASH_SHA2_384;
	assert_false(facts_ok(&v.facts, &other, &at, why));
	assert_string_equal(why, "signed with SHA2-256");
	assert_int_equal(at, 0);
	v.facts.cert[0].sig_hash = SIG_HASH_SHA2_384;
	assert_false(facts_ok(&v.facts, &other, &at, why));
	assert_int_equal(at, 1);
	v.facts.count = 0;
	assert_false(facts_ok(&v.facts, &lower, &at, why));
}

/* Beyond what is asked of everybody; whoever is at fault is named. */
static void a_rule_is_asked_of_the_whole_path(void **state)
{
	static const struct facts_rule rule = {
		.rsa_bits = 2048, .ec_bits = 256,
		.hashes = 1U << SIG_HASH_SHA2_256,
	};
	const struct made *short_hash, *above, *below;
	struct chain_verdict v;

	short_hash = make_cert(&(struct wish){ .dn = "CN=short",
			       .issuer = middle, .hash = "SHA2-224" });
	above = make_cert(&(struct wish){ .dn = "CN=above", .issuer = root,
			  .ca = true, .hash = "SHA2-224" });
	below = make_cert(&(struct wish){ .dn = "CN=below", .issuer = above });
	assert_int_equal(verdict(SENT(short_hash, middle)).fault, CHAIN_GOOD);
	assert_int_equal(verdict(SENT(below, above)).fault, CHAIN_GOOD);
	asked = &rule;
	assert_int_equal(verdict(SENT(end, middle)).fault, CHAIN_GOOD);
	v = verdict(SENT(short_hash, middle));
	assert_int_equal(v.fault, CHAIN_NOT_ADMITTED);
	assert_string_equal(v.subject, "CN=short");
	assert_string_equal(v.detail, "signed with another hash");
	v = verdict(SENT(below, above));
	assert_int_equal(v.fault, CHAIN_NOT_ADMITTED);
	assert_string_equal(v.subject, "CN=above");
	asked = NULL;
}

static int setup(void **state)
{
	maker_init();
	assert_int_equal(crypto_init(), 0);
	root = make_cert(&(struct wish){ .dn = "O=Example,CN=root",
					 .ca = true });
	stranger = make_cert(&(struct wish){ .dn = "CN=stranger",
					     .ca = true });
	middle = make_cert(&(struct wish){ .dn = "O=Example,CN=middle",
					   .issuer = root, .ca = true });
	end = make_cert(&(struct wish){ .issuer = middle });
	return 0;
}

static int teardown(void **state)
{
	maker_fini();
	crypto_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_leads_to_its_root),
		cmocka_unit_test(order_and_strangers_do_not_matter),
		cmocka_unit_test(an_intermediate_may_be_the_anchor),
		cmocka_unit_test(other_keys_and_hashes_are_good_too),
		cmocka_unit_test(dates_are_looked_at),
		cmocka_unit_test(issuers_must_be_known),
		cmocka_unit_test(weak_keys_and_hashes_are_refused),
		cmocka_unit_test(dangerous_keys_are_refused),
		cmocka_unit_test(certificates_are_used_for_what_they_are),
		cmocka_unit_test(constraints_are_kept),
		cmocka_unit_test(revoked_certificates_are_refused),
		cmocka_unit_test(missing_and_old_lists),
		cmocka_unit_test(anchors_need_no_list),
		cmocka_unit_test(nonsense_is_not_read),
		cmocka_unit_test(names_are_compared_exactly),
		cmocka_unit_test(subjects_are_compared_as_names),
		cmocka_unit_test(a_nul_ends_no_name),
		cmocka_unit_test(facts_tell_the_weakest),
		cmocka_unit_test(a_rule_is_asked_of_the_whole_path),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
