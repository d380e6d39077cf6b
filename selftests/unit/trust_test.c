// SPDX-License-Identifier: GPL-2.0
/*
 * agent/pki: loading trustpoints, what is said about files that are not as
 * they should be, and what of them is sent to peers.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "pki/dn.h"
#include "pki/trust.h"
#include "pki_maker.h"

static const struct made *root, *middle, *end, *other;

/* The last message, and whether it was fatal. */
static char said[400];
static enum trust_part about;
static bool was_fatal;

static void say(void *arg, enum trust_part part, bool fatal, const char *text)
{
	snprintf(said, sizeof(said), "%s", text);
	about = part;
	was_fatal = fatal;
}

#define LIST(...)	(const struct made *const []){ __VA_ARGS__, NULL }

/* Everything in order; a test changes one thing. */
static struct trust_files standard(void)
{
	static char ca[MAKER_PATH], cert[MAKER_PATH], key[MAKER_PATH];

	return (struct trust_files){
		.ca = write_certs("ca.pem", LIST(root), ca),
		.certificate = write_certs("cert.pem", LIST(end, middle),
					   cert),
		.key = write_key("key.pem", end->key, "pem", key),
	};
}

static struct trust *load(const struct trust_files *f)
{
	said[0] = '\0';
	was_fatal = false;
	return trust_load(f, maker_now, say, NULL);
}

static void refused(const struct trust_files *f, enum trust_part part,
		    const char *text)
{
	assert_null(load(f));
	assert_true(was_fatal);
	if (!strstr(said, text))
		fail_msg("\"%s\" is not in \"%s\"", text, said);
	assert_int_equal(about, part);
}

static struct trust *accepted(const struct trust_files *f)
{
	struct trust *t = load(f);

	if (!t)
		fail_msg("%s", said);
	return t;
}

/* -------------------------------------------------------------------- good */

static void what_peers_are_sent(void **state)
{
	static uint8_t der[16384];
	struct trust_files f = standard();
	struct trust *t = accepted(&f);
	struct chain_facts facts;
	char text[TRUST_STR];
	struct view v;
	size_t len;

	assert_string_equal(said, "");
	assert_true(trust_can_sign(t));
	assert_int_equal(trust_own_count(t), 2);
	len = made_der(end, der, sizeof(der));
	v = trust_own_der(t, 0);
	assert_int_equal(v.len, len);
	assert_memory_equal(v.p, der, len);
	len = made_der(middle, der, sizeof(der));
	v = trust_own_der(t, 1);
	assert_int_equal(v.len, len);
	assert_memory_equal(v.p, der, len);
	assert_int_equal(trust_ca_hashes(t).len, 20);
	assert_string_equal(trust_own_str(t, maker_now, text), "CN=end");
	assert_non_null(strstr(trust_own_str(t, maker_now + 400L * MAKER_DAY,
					     text), "(expired 20"));
	trust_own_facts(t, &facts);
	assert_int_equal(facts.count, 2);
	assert_int_equal(facts.cert[0].key.bits, 2048);
	dn_str(trust_own_subject(t), text, sizeof(text));
	assert_string_equal(text, "CN=end");
	trust_free(t);
}

/* Whoever asks for the root, or for the one below it, means us. */
static void authorities_that_a_peer_names(void **state)
{
	struct trust_files f = standard();
	struct trust *t = accepted(&f), *a, *b, *c;
	char path[MAKER_PATH];
	uint8_t many[60] = { 0 };

	f.certificate = NULL;
	f.key = NULL;
	a = accepted(&f);
	assert_false(trust_can_sign(a));
	assert_int_equal(trust_own_count(a), 0);
	assert_true(trust_is_wanted(t, trust_ca_hashes(a)));
	f.ca = write_certs("other.pem", LIST(middle), path);
	b = accepted(&f);
	assert_true(trust_is_wanted(t, trust_ca_hashes(b)));
	f.ca = write_certs("other.pem", LIST(other), path);
	c = accepted(&f);
	assert_false(trust_is_wanted(t, trust_ca_hashes(c)));
	/* Among others, and with octets that are no hash. */
	memcpy(many + 20, trust_ca_hashes(a).p, 20);
	assert_true(trust_is_wanted(t, (struct view){ many, 60 }));
	assert_true(trust_is_wanted(t, (struct view){ many, 41 }));
	assert_false(trust_is_wanted(t, (struct view){ many, 39 }));
	trust_free(a);
	trust_free(b);
	trust_free(c);
	trust_free(t);
}

/* The intermediate one is found among the authorities too. */
static void a_chain_is_completed(void **state)
{
	struct trust_files f = standard();
	char ca[MAKER_PATH], cert[MAKER_PATH];
	struct trust *t;

	f.ca = write_certs("ca.pem", LIST(other, root, middle), ca);
	f.certificate = write_certs("cert.pem", LIST(end), cert);
	t = accepted(&f);
	assert_int_equal(trust_own_count(t), 2);
	trust_free(t);
	/* The root is not sent, and what does not belong is said. */
	f.ca = write_certs("ca.pem", LIST(root), ca);
	f.certificate = write_certs("cert.pem", LIST(end, root, middle), cert);
	t = accepted(&f);
	assert_int_equal(trust_own_count(t), 2);
	trust_free(t);
}

static void keys_in_every_form(void **state)
{
	static const char *const forms[] = { "pem", "der", "pkcs1",
					     "encrypted" };
	struct secret *password = secret_new("secret", 6);
	struct secret *wrong = secret_new("Secret", 6);
	struct trust_files f = standard();
	char path[MAKER_PATH];
	size_t i;

	for (i = 0; i < 4; i++) {
		f.key = write_key("key", end->key, forms[i], path);
		f.password = password;
		trust_free(accepted(&f));
	}
	f.password = NULL;
	refused(&f, TRUST_PART_KEY, "is encrypted; expected private-key-password");
	f.password = wrong;
	refused(&f, TRUST_PART_KEY, "cannot be decrypted with private-key-password");
	secret_free(password);
	secret_free(wrong);
}

/* -------------------------------------------------------------------- files */

static void files_that_others_may_touch(void **state)
{
	struct trust_files f = standard();
	char link[MAKER_PATH + 8];

	chmod(f.key, 0640);
	refused(&f, TRUST_PART_KEY, "has mode 0640");
	chmod(f.key, 0604);
	refused(&f, TRUST_PART_KEY, "expected 0600");
	chmod(f.key, 0400);
	trust_free(accepted(&f));
	chmod(f.ca, 0666);
	refused(&f, TRUST_PART_CA, "others than its owner may change it");
	chmod(f.ca, 0644);
	snprintf(link, sizeof(link), "%s.link", f.key);
	assert_int_equal(symlink(f.key, link), 0);
	f.key = link;
	refused(&f, TRUST_PART_KEY, "is a symbolic link");
	unlink(link);
	f = standard();
	f.key = "/nonexistent/key";
	refused(&f, TRUST_PART_KEY, "cannot be opened: No such file");
}

static void files_with_something_else_in_them(void **state)
{
	static const char broken[] =
		"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
	struct trust_files f = standard();
	char path[MAKER_PATH];

	f.ca = write_octets("bad", "hello\n", 6, 0644, path);
	refused(&f, TRUST_PART_CA, "holds no certificate");
	f.ca = write_octets("bad", "", 0, 0644, path);
	refused(&f, TRUST_PART_CA, "holds no certificate");
	f.ca = write_octets("bad", broken, sizeof(broken) - 1, 0644, path);
	refused(&f, TRUST_PART_CA, "that cannot be read");
	f = standard();
	f.key = write_octets("bad", "hello\n", 6, 0600, path);
	refused(&f, TRUST_PART_KEY, "holds no private key");
	f = standard();
	f.crl = write_octets("bad", "hello\n", 6, 0644, path);
	refused(&f, TRUST_PART_CRL, "holds no certificate revocation list");
	f = standard();
	f.key = "file:/tmp/key";
	refused(&f, TRUST_PART_KEY, "is a file: URI");
	/* No provider here knows it; what may be a PIN is not repeated. */
	f.key = "pkcs11:token=t;object=o?pin-value=1234";
	refused(&f, TRUST_PART_KEY, "expected a provider for pkcs11:");
	assert_null(strstr(said, "1234"));
}

/* --------------------------------------------------------- what they contain */

static void certificates_that_cannot_be_ours(void **state)
{
	static const struct wish wishes[] = {
		{ .usage = "keyEncipherment" }, { .eku = "codeSigning" },
		{ .ca = true }, { .key = "rsa1024" }, { .key = "ed25519" },
	};
	struct trust_files f = standard();
	char cert[MAKER_PATH], key[MAKER_PATH];
	size_t i;

	f.key = write_key("key.pem", other->key, "pem", key);
	refused(&f, TRUST_PART_KEY, "is not the key of the certificate of CN=end");
	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		struct wish w = wishes[i];
		const struct made *m;

		w.issuer = root;
		m = make_cert(&w);
		f.certificate = write_certs("cert.pem", LIST(m), cert);
		f.key = write_key("key.pem", m->key, "pem", key);
		refused(&f, TRUST_PART_CERTIFICATE, "CN=end");
	}
	f = standard();
	f.ca = write_certs("ca.pem", LIST(root, end), cert);
	refused(&f, TRUST_PART_CA, "no certification authority");
}

/* Used all the same, with a word about it. */
static void warnings(void **state)
{
	const struct made *old = make_cert(&(struct wish){
		.issuer = root, .from = -9, .to = -2, .dn = "CN=old" });
	const struct made *sha1 = make_cert(&(struct wish){
		.issuer = root, .hash = "SHA1", .dn = "CN=sha1" });
	struct trust_files f = standard();
	char cert[MAKER_PATH], key[MAKER_PATH], crl[MAKER_PATH];

	f.certificate = write_certs("cert.pem", LIST(old), cert);
	f.key = write_key("key.pem", old->key, "pem", key);
	trust_free(accepted(&f));
	assert_non_null(strstr(said, "CN=old expired 20"));
	f.certificate = write_certs("cert.pem", LIST(sha1), cert);
	f.key = write_key("key.pem", sha1->key, "pem", key);
	trust_free(accepted(&f));
	assert_non_null(strstr(said, "signed with SHA1"));
	f = standard();
	f.certificate = write_certs("cert.pem", LIST(end, middle, other), cert);
	trust_free(accepted(&f));
	f = standard();
	f.crl = write_crls("crl.pem", (const struct crl_wish *const []){
		&(struct crl_wish){ .issuer = root, .next = -1 }, NULL }, crl);
	f.revocation = TRUST_CRL;
	trust_free(accepted(&f));
	assert_non_null(strstr(said, "next update of the list of CN=root was due"));
	f.crl = write_crls("crl.pem", (const struct crl_wish *const []){
		&(struct crl_wish){ .issuer = root, .damaged = true }, NULL },
		crl);
	refused(&f, TRUST_PART_CRL, "does not bear its signature");
}

/* Whether files changed, for a reload. */
static void equal_and_not(void **state)
{
	struct trust_files f = standard();
	struct trust *a = accepted(&f), *b = accepted(&f), *c;
	char path[MAKER_PATH];

	assert_true(trust_equal(a, b));
	f.ca = write_certs("ca2.pem", LIST(root, other), path);
	c = accepted(&f);
	assert_false(trust_equal(a, c));
	trust_free(c);
	f = standard();
	f.pss = true;
	c = accepted(&f);
	assert_false(trust_equal(a, c));
	trust_free(c);
	f = standard();
	f.crl = write_crls("crl.pem", (const struct crl_wish *const []){
		&(struct crl_wish){ .issuer = root }, NULL }, path);
	f.revocation = TRUST_CRL;
	c = accepted(&f);
	assert_false(trust_equal(a, c));
	trust_free(c);
	trust_free(a);
	trust_free(b);
}

/* -------------------------------------------------------- distinguished names */

static bool matches(const char *text, const char *dn)
{
	const struct made *m = make_cert(&(struct wish){ .dn = dn,
							 .issuer = root });
	uint8_t name[300], *p = name;
	int len = i2d_X509_NAME(X509_get_subject_name(m->cert), &p);

	assert_true(len > 0);
	return dn_matches(text, (struct view){ name, (size_t)len });
}

static void written_names(void **state)
{
	static const uint8_t rubbish[] = { 0x30, 0x03, 0x31, 0x05, 0x00 };

	assert_true(dn_valid("CN=a"));
	assert_true(dn_valid("C=US, O = Example , commonName=a"));
	assert_true(dn_valid("2.5.4.3=a"));
	assert_true(dn_valid("E=a@example.com"));
	assert_false(dn_valid(""));
	assert_false(dn_valid(" "));
	assert_false(dn_valid("CN"));
	assert_false(dn_valid("CN="));
	assert_false(dn_valid("=a"));
	assert_false(dn_valid("nonsense=a"));
	assert_false(dn_valid("CN=a,,O=b"));
	assert_true(matches("C=US, O=Example, CN=a", "C=US,O=Example,CN=a"));
	assert_true(matches("C=us,O=EXAMPLE,CN=A", "C=US,O=Example,CN=a"));
	assert_true(matches("C=US, O=*, CN=a", "C=US,O=Example,CN=a"));
	assert_false(matches("C=US, O=*, CN=a", "C=US,CN=a"));
	assert_false(matches("C=US, CN=a", "C=US,O=Example,CN=a"));
	assert_false(matches("CN=a, C=US", "C=US,CN=a"));
	assert_false(matches("C=US, CN=a, O=x", "C=US,CN=a"));
	assert_false(matches("C=US, CN=b", "C=US,CN=a"));
	assert_false(dn_matches("CN=a", (struct view){ rubbish, 5 }));
	assert_false(dn_matches("CN=a", (struct view){ NULL, 0 }));
}

static int setup(void **state)
{
	maker_init();
	assert_int_equal(crypto_init(), 0);
	root = make_cert(&(struct wish){ .dn = "CN=root", .ca = true });
	other = make_cert(&(struct wish){ .dn = "CN=other", .ca = true });
	middle = make_cert(&(struct wish){ .dn = "CN=middle", .issuer = root,
					   .ca = true });
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
		cmocka_unit_test(what_peers_are_sent),
		cmocka_unit_test(authorities_that_a_peer_names),
		cmocka_unit_test(a_chain_is_completed),
		cmocka_unit_test(keys_in_every_form),
		cmocka_unit_test(files_that_others_may_touch),
		cmocka_unit_test(files_with_something_else_in_them),
		cmocka_unit_test(certificates_that_cannot_be_ours),
		cmocka_unit_test(warnings),
		cmocka_unit_test(equal_and_not),
		cmocka_unit_test(written_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
