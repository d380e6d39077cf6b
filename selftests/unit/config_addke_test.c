// SPDX-License-Identifier: GPL-2.0
/*
 * Additional key exchanges in the configuration: their order, and ML-KEM, which
 * not every libcrypto has.
 */

#include <openssl/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

#define CONFIG(more)							\
	"ikev2: { proposals = ( { name = \"p\"; encryption = [ \"aes-gcm-256\" ]; " \
	"prf = [ \"sha-384\" ]; dh-group = [ 20 ]; " more " } ); };"

static struct cfg *load(const char *text, char error[CFG_ERROR])
{
	return cfg_load_text(text, "text", error);
}

static void in_their_order(void **state)
{
	char error[CFG_ERROR];
	struct cfg *cfg = load(CONFIG("additional-ke = [ \"group21\", \"group19\" ];"),
			       error);

	assert_non_null(cfg);
	assert_int_equal(cfg->proposals[0].addke.count, 2);
	assert_int_equal(cfg->proposals[0].addke.ke[0]->id, KE_ECP_521);
	assert_int_equal(cfg->proposals[0].addke.ke[1]->id, KE_ECP_256);
	assert_false(cfg->proposals[0].addke.optional);
	cfg_free(cfg);
	cfg = load(CONFIG(""), error);
	assert_non_null(cfg);
	assert_int_equal(cfg->proposals[0].addke.count, 0);
	cfg_free(cfg);
}

static void ml_kem(void **state)
{
	char error[CFG_ERROR];
	struct cfg *cfg = load(CONFIG("additional-ke = [ \"ml-kem-768\" ]; additional-ke-optional = true;"),
			       error);

	assert_int_equal(alg_ke(KE_ML_KEM_768) != NULL,
			 OpenSSL_version_num() >= 0x30500000UL);
	if (!alg_ke(KE_ML_KEM_768)) {
		assert_null(cfg);
		assert_string_equal(error,
			"text:1: ikev2.proposals.additional-ke is \"ml-kem-768\", which this libcrypto does not have; expected OpenSSL 3.5 or later below tunneld for ML-KEM");
		return;
	}
	assert_non_null(cfg);
	assert_int_equal(cfg->proposals[0].addke.ke[0]->id, KE_ML_KEM_768);
	assert_true(cfg->proposals[0].addke.optional);
	cfg_free(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_their_order),
		cmocka_unit_test(ml_kem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
