// SPDX-License-Identifier: GPL-2.0
/*
 * Key derivation of IKEv2.
 *
 * Sources: NIST ACVP, kdf-components ikev2 (SP 800-135 section 4.1.2), the
 * SHA-1 case with 64-bit nonces and a 256-bit g^ir (tcId 100). Then RFC 7296
 * sections 2.13 to 2.18 and 2.23 and RFC 8784 section 3 with inputs of our own
 * (counted octets), whose outputs were computed by an HMAC implementation
 * independent of OpenSSL that gave the NIST values too.
 */

#include "hex.h"

#include <string.h>

#include "crypto/crypto.h"
#include "ike/fsm.h"
#include "ike/keymat.h"
#include "ike/natt.h"
#include "util/addr.h"

#define SPI_I	0x0102030405060708ULL
#define SPI_R	0x1112131415161718ULL

static struct hex count_up(uint8_t first, size_t len)
{
	struct hex h = { .len = len };
	size_t i;

	for (i = 0; i < len; i++)
		h.p[i] = (uint8_t)(first + i);
	return h;
}

static struct ike_suite suite(void)
{
	return (struct ike_suite){
		.encr = alg_encr(ENCR_AES_CBC, 256),
		.integ = alg_integ(INTEG_HMAC_SHA2_256_128),
		.prf = alg_prf(PRF_HMAC_SHA2_256),
		.ke = alg_ke(KE_ECP_256),
	};
}

static void derive(struct ike_keys *keys)
{
	struct hex ni = count_up(0x10, 32), nr = count_up(0x30, 32);
	struct hex shared = count_up(0x80, 32);
	struct secret *s = secret_new(shared.p, shared.len);
	struct ike_suite ike = suite();

	assert_int_equal(keymat_ike_init(&ike, s, hex_view(&ni), hex_view(&nr),
					 SPI_I, SPI_R, keys), 0);
	secret_free(s);
}

static void assert_secret(const struct secret *s, const char *expect)
{
	assert_hex(secret_bytes(s), secret_len(s), expect);
}

static void the_seven_keys_of_an_ike_sa(void **state)
{
	struct ike_keys k;

	derive(&k);
	assert_secret(k.sk_d,
		"9b16c6ce2bf3995c2d4aafe1072bd03ea743ad602c296b109c7fc962e21ed004");
	assert_secret(k.sk_ai,
		"a547602f7dbc236acfe9dfc87f29bee27cee833d2b79b7c98037d9f636963516");
	assert_secret(k.sk_ei,
		"32cde0a3fe6c029dd526a983f2966469a94e5a23ade2a240bdf344f308f8ec9e");
	assert_secret(k.sk_pi,
		"c6b5a1142af0f1e0c20f5e9d623ed9a1f8651f7136969f5f635dc1312e4d2f3d");
	assert_secret(k.sk_pr,
		"4dc06138c13bdd5465de8849d2e7fab08c68e0e88a94c61e339f8416c39e5fca");
	keymat_keys_clear(&k);
}

static void skeyseed_is_the_prf_of_the_shared_secret(void **state)
{
	struct hex nonces = count_up(0x10, 64), shared = count_up(0x80, 32);
	struct view part = hex_view(&shared);
	uint8_t out[PRF_MAX];

	assert_int_equal(prf_public_key(alg_prf(PRF_HMAC_SHA2_256),
					hex_view(&nonces), &part, 1, out), 0);
	assert_hex(out, 32,
		"5f306bc5fc1b25af8daad384581d16d7d6080928e12e5510d2ad3ef83d3bf541");
}

static void a_ppk_changes_three_keys_and_no_other(void **state)
{
	struct secret *ppk = secret_new("cisco123", 8);
	struct ike_keys k, plain;

	derive(&k);
	derive(&plain);
	assert_int_equal(keymat_ppk(alg_prf(PRF_HMAC_SHA2_256), ppk, &k), 0);
	assert_secret(k.sk_d,
		"0929d3091f19f6ea04c17d90438efb34bd5805fa0b924e4f1f0499a21cc2f11d");
	assert_secret(k.sk_pi,
		"43498e982d128b0040fb92af21b67a42a0c49065a502c86532b30c4184e20d8f");
	assert_secret(k.sk_pr,
		"37f5b60e3e440e7b329b02c8093a3595a38c8122ff4111b774c8cde7768272b0");
	assert_true(secret_equal(k.sk_ei, plain.sk_ei));
	assert_true(secret_equal(k.sk_ar, plain.sk_ar));
	keymat_keys_clear(&k);
	keymat_keys_clear(&plain);
	secret_free(ppk);
}

/* RFC 9867: without further key exchanges, and behind one of ML-KEM. */
static void a_ppk_in_an_intermediate_exchange(void **state)
{
	struct hex ni = count_up(0x10, 32), nr = count_up(0x30, 32);
	struct secret *ppk = secret_new("cisco123", 8), *seed;
	struct secret *sk_d_1 = hex_secret(
		"5313dfaa74cf7675416c7859f5a21a20f76153e9146a6a379cbef43a8ebe4ced");
	struct ike_suite ike = suite();
	struct ike_keys first, k;

	derive(&first);
	assert_int_equal(keymat_ppk_rekey(ike.prf, ppk, first.sk_d, &seed), 0);
	assert_secret(seed,
		"0929d3091f19f6ea04c17d90438efb34bd5805fa0b924e4f1f0499a21cc2f11d");
	secret_free(seed);
	assert_int_equal(keymat_ppk_int(&ike, ppk, first.sk_d, hex_view(&ni),
					hex_view(&nr), SPI_I, SPI_R, &k), 0);
	assert_secret(k.sk_d,
		"9dd73a1446015082758cb424ab0276637e52e40795ed5242b67c98f2fb169938");
	assert_secret(k.sk_ei,
		"fe6304b00d1e845aec049561d0234b100717c1c481de81e0325af0ef218af671");
	keymat_keys_clear(&first);
	keymat_keys_clear(&k);

	assert_int_equal(keymat_ppk_rekey(ike.prf, ppk, sk_d_1, &seed), 0);
	assert_secret(seed,
		"02d9a4113ada57f53dc1d44cb10b85dcc0358f24129eaba69cf9bef04b0b6c2e");
	secret_free(seed);
	secret_free(sk_d_1);
	secret_free(ppk);
}

static void the_confirmation_of_a_ppk(void **state)
{
	struct hex ni = count_up(0x10, 32), nr = count_up(0x30, 32);
	struct secret *ppk = secret_new("cisco123", 8);
	const struct alg_prf *prf = alg_prf(PRF_HMAC_SHA2_256);
	uint8_t out[PPK_CONFIRM_LEN];

	assert_int_equal(keymat_ppk_confirm(prf, ppk, hex_view(&ni),
					    hex_view(&nr), SPI_I, SPI_R, out),
			 0);
	assert_hex(out, sizeof(out), "974fdae8b40efe92");
	assert_int_equal(keymat_ppk_confirm(prf, ppk, hex_view(&ni),
					    (struct view){ NULL, 0 }, SPI_I,
					    SPI_R, out), 0);
	assert_hex(out, sizeof(out), "ea98aa03a210c087");
	secret_free(ppk);
}

static void the_first_child_s_keys(void **state)
{
	struct hex ni = count_up(0x10, 32), nr = count_up(0x30, 32);
	struct secret *sk_d = hex_secret(
		"0929d3091f19f6ea04c17d90438efb34bd5805fa0b924e4f1f0499a21cc2f11d");
	struct child_keys c;

	assert_int_equal(keymat_child(alg_prf(PRF_HMAC_SHA2_256), sk_d, NULL,
				      NULL, hex_view(&ni), hex_view(&nr),
				      alg_encr(ENCR_AES_CBC, 256),
				      alg_integ(INTEG_HMAC_SHA2_256_128), &c),
			 0);
	assert_secret(c.encr_i,
		"9ca3b8db364e2c90df8780b05819373e32e25dd18304f65bbdcf06911497ff5b");
	assert_secret(c.integ_i,
		"c27743dca9d80c1391c20b9b19cd621c0b2cd5a8f1cc7f81679e7100d8591220");
	assert_false(secret_equal(c.encr_i, c.encr_r));
	keymat_child_clear(&c);
	secret_free(sk_d);
}

static void the_pad_that_turns_a_psk_into_a_key(void **state)
{
	struct view pad = { (const uint8_t *)"Key Pad for IKEv2", 17 };
	struct secret *psk = secret_new("cisco123", 8);
	uint8_t out[PRF_MAX];

	assert_int_equal(prf(alg_prf(PRF_HMAC_SHA2_256), psk, &pad, 1, out), 0);
	assert_hex(out, 32,
		"8eb0e36bea6d95d58a70b05ae5edd4fe5a7bd9000a8cfd156403f1678e6cb5cd");
	secret_free(psk);
}

static void the_nat_detection_hash(void **state)
{
	struct net_path path = { .local.port = 500, .remote.port = 500 };
	struct msg_writer w;
	struct buf b;

	addr_parse("198.51.100.1", &path.local.addr);
	addr_parse("198.51.100.19", &path.remote.addr);
	buf_init(&b, MSG_MAX_LEN);
	msg_begin_bare(&w, &b);
	assert_int_equal(natt_put(&w, &path, SPI_I, 0), 0);
	/* Generic header, protocol, SPI size, type; then the hash. */
	assert_hex(b.p + 8, SHA1_LEN,
		   "3a02de24d181fd88168057d5ab63bd418473444a");
	buf_fini(&b);
}

/* ------------------------------------------- NIST ACVP, kdf-components ikev2 */

#define ACVP_SPI_I	0x34c9e7c188868785ULL
#define ACVP_SPI_R	0x3ff77d760d2b2199ULL
#define ACVP_NI		"32b50d5f4a3763f3"
#define ACVP_NR		"9206a04b26564cb1"
#define ACVP_GIR \
	"4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52"
#define ACVP_GIR_NEW \
	"863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330"
/* The first 20 octets of "DKM". */
#define ACVP_SK_D	"a14293677cc80ff8f9cc0eee30d895da9d8f4056"

/* Seven keys of 132 octets in all: the published "DKM" is as long. */
static struct ike_suite acvp_suite(void)
{
	return (struct ike_suite){
		.encr = alg_encr(ENCR_AES_CBC, 128),
		.integ = alg_integ(INTEG_HMAC_SHA1_96),
		.prf = alg_prf(PRF_HMAC_SHA1),
		.ke = alg_ke(KE_ECP_256),
	};
}

static void acvp_ike_sa(void **state)
{
	struct hex ni = hex(ACVP_NI), nr = hex(ACVP_NR);
	struct secret *gir = hex_secret(ACVP_GIR);
	struct ike_suite ike = acvp_suite();
	struct ike_keys k;

	assert_int_equal(keymat_ike_init(&ike, gir, hex_view(&ni),
					 hex_view(&nr), ACVP_SPI_I, ACVP_SPI_R,
					 &k), 0);
	assert_secret(k.sk_d, ACVP_SK_D);
	assert_secret(k.sk_ai, "66e30ef0dfcb63c634a46002a2a63080e514a062");
	assert_secret(k.sk_ar, "768b76606f9fa5e992204fc5a670bde3f10d6b02");
	assert_secret(k.sk_ei, "7113936a5c55b648a194ae587b0088d5");
	assert_secret(k.sk_er, "2204b702c979fa280870d2ed41efa9c5");
	assert_secret(k.sk_pi, "49fd11198af1670b143d384bd275c5f594cf266b");
	assert_secret(k.sk_pr, "05ebadca855e4249520a441a81157435a7a56cc4");
	keymat_keys_clear(&k);
	secret_free(gir);
}

/* Keys of 104 octets: they begin as the published 132 do. */
static void acvp_child(const struct secret *gir_new, const char *encr_i,
		       const char *integ_i, const char *encr_r,
		       const char *integ_r)
{
	struct hex ni = hex(ACVP_NI), nr = hex(ACVP_NR);
	struct secret *sk_d = hex_secret(ACVP_SK_D);
	struct child_keys c;

	assert_int_equal(keymat_child(alg_prf(PRF_HMAC_SHA1), sk_d, gir_new,
				      NULL, hex_view(&ni), hex_view(&nr),
				      alg_encr(ENCR_AES_CBC, 256),
				      alg_integ(INTEG_HMAC_SHA1_96), &c), 0);
	assert_secret(c.encr_i, encr_i);
	assert_secret(c.integ_i, integ_i);
	assert_secret(c.encr_r, encr_r);
	assert_secret(c.integ_r, integ_r);
	keymat_child_clear(&c);
	secret_free(sk_d);
}

static void acvp_child_without_pfs(void **state)
{
	acvp_child(NULL,
		"8059e3ee8810e6c3a91bc8bcd2a7a41151b8d0e6ae239c7b38093ad85ef4c581",
		"1a8e7b5d1cdabd9560b2d5e092d1f24e2d4b85ec",
		"cdf0ad0dc9abd94b51ee71814ca6dbc8bb51b6309f5b9545c7eb35cf5580b1e5",
		"21a8fe20754a2d883ba0c2cf285f524aea6545b3");
}

static void acvp_child_with_pfs(void **state)
{
	struct secret *gir_new = hex_secret(ACVP_GIR_NEW);

	acvp_child(gir_new,
		"bb43244c1860ad65ee1e211ffe8bb3661750c8f89cb9f547df7f4fa61d373016",
		"28190e38c66232eab4b3ab14c400a5197dd3730e",
		"d4820a8a10394d51e1c0400052f63ebd36b0e7ef53aaed31eba4a5080d7d4b56",
		"66023a8bbb5ffb7857240f9a05884d1b7d2f9337");
	secret_free(gir_new);
}

/* Published is SKEYSEED; the keys follow from it as in acvp_ike_sa. */
static void acvp_ike_rekey(void **state)
{
	struct secret *skeyseed =
		hex_secret("63e81194946ebd05df7df5ebf5d8750056bf1f1d");
	struct hex seed = hex(ACVP_NI ACVP_NR "34c9e7c188868785"
			      "3ff77d760d2b2199");
	struct hex ni = hex(ACVP_NI), nr = hex(ACVP_NR);
	struct secret *gir_new = hex_secret(ACVP_GIR_NEW), *expect;
	struct secret *sk_d = hex_secret(ACVP_SK_D);
	struct view seed_view = hex_view(&seed);
	struct ike_suite ike = acvp_suite();
	struct ike_keys k;

	assert_int_equal(keymat_ike_rekey(ike.prf, sk_d, &ike, gir_new, NULL,
					  hex_view(&ni), hex_view(&nr),
					  ACVP_SPI_I, ACVP_SPI_R, &k), 0);
	assert_int_equal(prf_plus(ike.prf, skeyseed, &seed_view, 1, 132,
				  &expect), 0);
	assert_memory_equal(secret_bytes(k.sk_d), secret_bytes(expect), 20);
	assert_memory_equal(secret_bytes(k.sk_pr),
			    (const uint8_t *)secret_bytes(expect) + 112, 20);
	keymat_keys_clear(&k);
	secret_free(expect);
	secret_free(sk_d);
	secret_free(gir_new);
	secret_free(skeyseed);
}

/*
 * RFC 9370: behind an IKE_INTERMEDIATE, and a rekey with one more exchange than
 * the first. The last was computed with another implementation of HMAC.
 */
static void additional_key_exchanges(void **state)
{
	struct hex ni = count_up(0x10, 32), nr = count_up(0x30, 32);
	struct hex g = count_up(0x80, 32), one = count_up(0xc0, 32);
	struct hex two = count_up(0xc0, 64);
	struct secret *gir, *sk_1, *more;
	struct ike_suite ike = suite();
	struct ike_keys first, k;

	memcpy(two.p + 32, count_up(0x40, 32).p, 32);
	gir = secret_new(g.p, 32);
	sk_1 = secret_new(one.p, 32);
	more = secret_new(two.p, 64);
	derive(&first);
	assert_int_equal(keymat_ike_rekey(ike.prf, first.sk_d, &ike, sk_1, NULL,
					  hex_view(&ni), hex_view(&nr), SPI_I,
					  SPI_R, &k), 0);
	assert_secret(k.sk_d,
		"5313dfaa74cf7675416c7859f5a21a20f76153e9146a6a379cbef43a8ebe4ced");
	keymat_keys_clear(&k);
	assert_int_equal(keymat_ike_rekey(ike.prf, first.sk_d, &ike, gir, more,
					  hex_view(&ni), hex_view(&nr), SPI_I,
					  SPI_R, &k), 0);
	assert_secret(k.sk_d,
		"9bf2255283a892ac19147b1ba5df0660ece9c8541ebe8b161aa6938ec45ca961");
	assert_secret(k.sk_pr,
		"12f428d0066f6041738a9b8c33b16f2ed0257b33252d3ca3a1b3543d69b10c0f");
	keymat_keys_clear(&k);
	keymat_keys_clear(&first);
	secret_free(gir);
	secret_free(sk_1);
	secret_free(more);
}

/* SK(0) before the nonces, SK(1) | SK(2) behind them. */
static void additional_key_exchanges_of_a_child(void **state)
{
	struct hex ni = count_up(0x10, 32), nr = count_up(0x30, 32);
	struct hex g = count_up(0x80, 32), two = count_up(0xc0, 64);
	struct secret *sk_d = secret_new(count_up(0x01, 32).p, 32), *all;
	struct secret *gir = secret_new(g.p, 32), *more = secret_new(two.p, 64);
	struct view parts[] = { hex_view(&g), hex_view(&ni), hex_view(&nr),
				hex_view(&two) };
	const struct alg_prf *alg = alg_prf(PRF_HMAC_SHA2_256);
	struct child_keys c;

	assert_int_equal(prf_plus(alg, sk_d, parts, 4, 2 * 64, &all), 0);
	assert_int_equal(keymat_child(alg, sk_d, gir, more, hex_view(&ni),
				      hex_view(&nr),
				      alg_encr(ENCR_AES_CBC, 256),
				      alg_integ(INTEG_HMAC_SHA2_256_128), &c),
			 0);
	assert_memory_equal(secret_bytes(c.encr_i), secret_bytes(all), 32);
	assert_memory_equal(secret_bytes(c.integ_i), secret_bytes(all) + 32,
			    32);
	assert_memory_equal(secret_bytes(c.encr_r), secret_bytes(all) + 64,
			    32);
	assert_memory_equal(secret_bytes(c.integ_r), secret_bytes(all) + 96,
			    32);
	keymat_child_clear(&c);
	secret_free(all);
	secret_free(sk_d);
	secret_free(gir);
	secret_free(more);
}

static void prf_plus_is_a_chain_of_prfs(void **state)
{
	const struct alg_prf *alg = alg_prf(PRF_HMAC_SHA1);
	struct secret *key = secret_new("key", 3), *out;
	struct view seed = { (const uint8_t *)"seed", 4 };
	uint8_t t[20], one = 1, two = 2;
	struct view first[] = { seed, { &one, 1 } };
	struct view second[] = { { t, 20 }, seed, { &two, 1 } };
	uint8_t expect[40];

	assert_int_equal(prf_plus(alg, key, &seed, 1, 33, &out), 0);
	assert_int_equal(secret_len(out), 33);
	assert_int_equal(prf(alg, key, first, 2, t), 0);
	memcpy(expect, t, 20);
	assert_int_equal(prf(alg, key, second, 3, t), 0);
	memcpy(expect + 20, t, 20);
	assert_memory_equal(secret_bytes(out), expect, 33);
	secret_free(out);
	assert_int_not_equal(prf_plus(alg, key, &seed, 1, 255 * 20 + 1, &out),
			     0);
	secret_free(key);
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
		cmocka_unit_test(the_seven_keys_of_an_ike_sa),
		cmocka_unit_test(skeyseed_is_the_prf_of_the_shared_secret),
		cmocka_unit_test(a_ppk_changes_three_keys_and_no_other),
		cmocka_unit_test(a_ppk_in_an_intermediate_exchange),
		cmocka_unit_test(the_confirmation_of_a_ppk),
		cmocka_unit_test(the_first_child_s_keys),
		cmocka_unit_test(the_pad_that_turns_a_psk_into_a_key),
		cmocka_unit_test(the_nat_detection_hash),
		cmocka_unit_test(acvp_ike_sa),
		cmocka_unit_test(acvp_child_without_pfs),
		cmocka_unit_test(acvp_child_with_pfs),
		cmocka_unit_test(acvp_ike_rekey),
		cmocka_unit_test(additional_key_exchanges_of_a_child),
		cmocka_unit_test(additional_key_exchanges),
		cmocka_unit_test(prf_plus_is_a_chain_of_prfs),
	};

	return cmocka_run_group_tests_name("kdf", tests, set_up, take_down);
}
