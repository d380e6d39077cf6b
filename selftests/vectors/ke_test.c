// SPDX-License-Identifier: GPL-2.0
/*
 * Key exchange: every method agrees with itself, and public values that are
 * none are refused. The curves' arithmetic is the library's and tested there;
 * the encodings of RFC 5903 section 7 are ours: x and y without prefix, the
 * shared secret is x alone.
 */

#include "hex.h"

#include <string.h>

#include "crypto/crypto.h"
#include "util/err.h"

static void every_method_agrees(void **state)
{
	struct secret *a, *b;
	const struct alg_ke *alg;
	struct buf answer;
	struct ke *ke;
	size_t i;

	for (i = 0; (alg = alg_ke_at(i)); i++) {
		if (!alg_ke(alg->id)) {
			assert_null(ke_new(alg->id));
			continue;
		}
		ke = ke_new(alg->id);
		assert_non_null(ke);
		assert_int_equal(ke_public(ke).len, alg->public_i);
		buf_init(&answer, 4096);
		assert_int_equal(ke_respond(NULL, alg->id, ke_public(ke), &answer,
					    &b), 0);
		assert_int_equal(answer.len, alg->public_r);
		assert_int_equal(ke_derive(ke, buf_view(&answer), &a), 0);
		assert_int_equal(secret_len(a), alg->secret_len);
		assert_true(secret_equal(a, b));
		secret_free(a);
		secret_free(b);
		buf_fini(&answer);
		ke_free(ke);
	}
}

static void refuse(uint16_t method, const uint8_t *p, size_t len)
{
	struct secret *out = NULL;
	struct buf answer;

	buf_init(&answer, 4096);
	assert_int_equal(ke_respond(NULL, method, (struct view){ p, len }, &answer,
				    &out), ERR_KE_VALUE);
	assert_null(out);
	buf_fini(&answer);
}

static void wrong_lengths_are_refused(void **state)
{
	const struct alg_ke *alg;
	uint8_t octets[4096];
	size_t i;

	memset(octets, 5, sizeof(octets));
	for (i = 0; (alg = alg_ke_at(i)); i++) {
		if (!alg_ke(alg->id))
			continue;
		refuse(alg->id, octets, 0);
		refuse(alg->id, octets, alg->public_i - 1U);
		refuse(alg->id, octets, alg->public_i + 1U);
		refuse(alg->id, octets, sizeof(octets));
	}
}

static void points_off_the_curve_are_refused(void **state)
{
	static const uint16_t curves[] = { KE_ECP_256, KE_ECP_384, KE_ECP_521 };
	uint8_t octets[132];
	struct ke *ke;
	size_t i;

	for (i = 0; i < 3; i++) {
		size_t len = alg_ke(curves[i])->public_i;

		/* Infinity, coordinates beyond the field, a bent point. */
		memset(octets, 0, sizeof(octets));
		refuse(curves[i], octets, len);
		memset(octets, 0xff, sizeof(octets));
		refuse(curves[i], octets, len);
		ke = ke_new(curves[i]);
		memcpy(octets, ke_public(ke).p, len);
		octets[len - 1] ^= 1;
		refuse(curves[i], octets, len);
		ke_free(ke);
	}
}

static void degenerate_values_are_refused(void **state)
{
	uint8_t octets[256] = { 0 };

	/* RFC 7748 section 6.1: an all-zero result. */
	refuse(KE_CURVE25519, octets, 32);
	octets[0] = 1;
	refuse(KE_CURVE25519, octets, 32);
	/* RFC 6989: 0, 1 and p - 1 or more are no public values. */
	memset(octets, 0, sizeof(octets));
	refuse(KE_MODP_2048, octets, 256);
	octets[255] = 1;
	refuse(KE_MODP_2048, octets, 256);
	memset(octets, 0xff, sizeof(octets));
	refuse(KE_MODP_2048, octets, 256);
}

static void unknown_methods_are_refused(void **state)
{
	struct secret *out;
	struct buf answer;
	uint8_t octet = 0;

	buf_init(&answer, 64);
	assert_null(ke_new(2));
	assert_int_equal(ke_respond(NULL, 2, (struct view){ &octet, 1 }, &answer,
				    &out), ERR_KE_METHOD);
	buf_fini(&answer);
}

static int set_up(void **state)
{
	return crypto_init();
}

static int take_down(void **state)
{
	crypto_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_agrees),
		cmocka_unit_test(wrong_lengths_are_refused),
		cmocka_unit_test(points_off_the_curve_are_refused),
		cmocka_unit_test(degenerate_values_are_refused),
		cmocka_unit_test(unknown_methods_are_refused),
	};

	return cmocka_run_group_tests_name("ke", tests, set_up, take_down);
}
