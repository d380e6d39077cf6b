// SPDX-License-Identifier: GPL-2.0
/*
 * config/fips.c: each setting that FIPS mode does not admit is found, named,
 * and known to be fatal or not; and agent/fips, which judges algorithms.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/fips.h"
#include "config_files.h"
#include "crypto/crypto.h"
#include "fips/fips.h"
#include "ike/selftest.h"

#define KEY_14	"fourteen-chars"

/** struct row - what differs from a tunnel that is admitted, and the verdict */
struct row {
	const char *dh, *pfs, *transform, *peers;
	bool responder;
	bool stays_down;
	const char *findings;	/* each with "!" when fatal, one a line */
};

#define PEER(name, how, key)						\
	"{ name = \"" name "\"; " how " pre-shared-key = \"" key "\"; }"
#define HERE	"address = \"198.51.100.19/32\";"
#define NAMED	"identity: { fqdn = \"b.example.com\"; };"

static const struct row rows[] = {
	{ .findings = "" },
	{ .dh = "14, 19, 31", .findings =
		"proposal p, dh-group 14\nproposal p, dh-group 31\n" },
	{ .dh = "31", .stays_down = true, .findings =
		"proposal p, dh-group 31\n!no proposal of policy pol\n" },
	{ .pfs = "group14", .stays_down = true,
	  .findings = "!pfs group14 of ipsec profile ip\n" },
	{ .transform = "\"esp-gcm-192\"", .stays_down = true, .findings =
		"transform set t, esp-gcm-192\n"
		"!no transform set of ipsec profile ip\n" },
	{ .peers = PEER("short", HERE, "thirteen-char"), .stays_down = true,
	  .findings =
		"keyring k, peer short, pre-shared key of less than 14 octets\n"
		"!no key for the peer that is long enough\n" },
	/* One key that is long enough may be the right one. */
	{ .peers = PEER("short", "address = \"198.51.0.0/16\";", "cisco123")
		   ", " PEER("long", HERE, KEY_14),
	  .findings =
		"keyring k, peer short, pre-shared key of less than 14 octets\n" },
	/* Another address's key is nobody's concern. */
	{ .peers = PEER("other", "address = \"10.0.0.0/8\";", "cisco123") ", "
		   PEER("long", HERE, KEY_14), .findings = "" },
	/* Only a responder finds keys by identity. */
	{ .peers = PEER("named", NAMED, "cisco123") ", "
		   PEER("long", HERE, KEY_14), .findings = "" },
	{ .peers = PEER("named", NAMED, "cisco123"), .responder = true,
	  .stays_down = true, .findings =
		"keyring k, peer named, pre-shared key of less than 14 octets\n"
		"!no key for the peer that is long enough\n" },
};

static struct cfg *load(const struct row *r)
{
	char text[4096], error[CFG_ERROR];
	struct cfg *cfg;

	snprintf(text, sizeof(text),
		"ikev2: { extra-dh-groups = true;\n"
		"  proposals = ( { name = \"p\"; encryption = [ \"aes-cbc-256\" ];"
		" integrity = [ \"sha-256\" ]; dh-group = [ %s ]; } );\n"
		"  policies = ( { name = \"pol\"; match: { fvrf = \"any\"; };"
		" proposals = [ \"p\" ]; } );\n"
		"  profiles = ( { name = \"prof\"; keyring = \"k\";"
		" match-identity-remote = ( { any = true; } ); } ); };\n"
		"keyrings = ( { name = \"k\"; peers = ( %s ); } );\n"
		"ipsec: { transform-sets = ( { name = \"t\"; transform = [ %s ]; } );\n"
		"  profiles = ( { name = \"ip\"; ikev2-profile = \"prof\"; %s%s%s"
		" responder-only = %s; transform-sets = [ \"t\" ]; } ); };\n"
		"interfaces = ( { name = \"tunnel-ip1\"; tunnel: {"
		" source = \"198.51.100.1\"; destination = \"198.51.100.19\";"
		" protection: { ipsec-profile = \"ip\"; }; }; } );\n",
		r->dh ? r->dh : "19",
		r->peers ? r->peers : PEER("long", HERE, KEY_14),
		r->transform ? r->transform :
		"\"esp-256-aes\", \"esp-hmac-sha-256\"",
		r->pfs ? "pfs = \"" : "", r->pfs ? r->pfs : "",
		r->pfs ? "\";" : "", r->responder ? "true" : "false");
	cfg = cfg_load_text(text, "fips", error);
	if (!cfg)
		fail_msg("%s", error);
	return cfg;
}

static void write_down(void *arg, const struct cfg_finding *f)
{
	char *out = arg;
	size_t at = strlen(out);

	snprintf(out + at, 1024 - at, "%s%s\n", f->fatal ? "!" : "", f->text);
	assert_non_null(f->setting);
}

static void each_setting_is_judged(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cfg *cfg = load(&rows[i]);
		char found[1024] = "";

		assert_int_equal(cfg_fips_review(cfg, cfg->ifaces, write_down,
						 found), !rows[i].stays_down);
		assert_string_equal(found, rows[i].findings);
		assert_int_equal(cfg_fips_review(cfg, cfg->ifaces, NULL, NULL),
				 !rows[i].stays_down);
		cfg_free(cfg);
	}
}

/* The tables against the list of the guide. */
static void algorithms(void **state)
{
	static const struct {
		uint8_t type;
		uint16_t id, bits;
		bool admitted;
	} list[] = {
		{ XFORM_ENCR, ENCR_AES_CBC, 128, true },
		{ XFORM_ENCR, ENCR_AES_CBC, 192, true },
		{ XFORM_ENCR, ENCR_AES_CBC, 256, true },
		{ XFORM_ENCR, ENCR_AES_GCM_16, 128, true },
		{ XFORM_ENCR, ENCR_AES_GCM_16, 192, false },
		{ XFORM_ENCR, ENCR_AES_GCM_16, 256, true },
		{ XFORM_ENCR, 3, 0, false },
		{ XFORM_PRF, PRF_HMAC_SHA1, 0, true },
		{ XFORM_PRF, PRF_HMAC_SHA2_512, 0, true },
		{ XFORM_PRF, 1, 0, false },
		{ XFORM_INTEG, 0, 0, true },
		{ XFORM_INTEG, INTEG_HMAC_SHA1_96, 0, true },
		{ XFORM_INTEG, 1, 0, false },
		{ XFORM_KE, KE_ECP_256, 0, true },
		{ XFORM_KE, KE_ECP_384, 0, true },
		{ XFORM_KE, KE_ECP_521, 0, true },
		{ XFORM_KE, KE_MODP_2048, 0, false },
		{ XFORM_KE, KE_CURVE25519, 0, false },
		{ XFORM_ADDKE1, KE_ML_KEM_768, 0, false },
		{ XFORM_KE, 999, 0, false },
		{ XFORM_ESN, 1, 0, true },
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		assert_int_equal(fips_admits_transform(list[i].type, list[i].id,
						       list[i].bits),
				 list[i].admitted);
}

static void octets_of_a_key_are_counted(void **state)
{
	struct secret *thirteen = secret_new("thirteen-char", 13);
	struct secret *fourteen = secret_new(KEY_14, 14);

	assert_false(fips_admits_key(thirteen));
	assert_true(fips_admits_key(fourteen));
	assert_true(fips_admits_key(NULL));
	secret_free(thirteen);
	secret_free(fourteen);
}

/* The octet that comes out wrong. */
static size_t wrong_at = SIZE_MAX;

int __real_prf_plus(const struct alg_prf *alg, const struct secret *key,
		    const struct view *parts, size_t n, size_t len,
		    struct secret **out);
int __wrap_prf_plus(const struct alg_prf *alg, const struct secret *key,
		    const struct view *parts, size_t n, size_t len,
		    struct secret **out);

int __wrap_prf_plus(const struct alg_prf *alg, const struct secret *key,
		    const struct view *parts, size_t n, size_t len,
		    struct secret **out)
{
	int err = __real_prf_plus(alg, key, parts, n, len, out);

	if (!err && wrong_at < len)
		secret_writable(*out)[wrong_at] ^= 1;
	return err;
}

/* In the third block of any hash, and in the first key of an IKE SA. */
static void known_answers_tell_wrong_from_right(void **state)
{
	static const size_t at[] = { 0, 40, 64, 96, 128 };
	size_t i;

	assert_int_equal(ike_selftest(), 0);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		wrong_at = at[i];
		assert_int_not_equal(ike_selftest(), 0);
	}
	wrong_at = SIZE_MAX;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_setting_is_judged),
		cmocka_unit_test(algorithms),
		cmocka_unit_test(octets_of_a_key_are_counted),
		cmocka_unit_test(known_answers_tell_wrong_from_right),
	};

	if (crypto_init())
		return 1;
	return cmocka_run_group_tests_name("config_fips", tests, NULL, NULL);
}
