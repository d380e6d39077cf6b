// SPDX-License-Identifier: GPL-2.0
/*
 * agent/proto/payload.c without the traffic selectors: each payload read,
 * written and read again, cut at every octet, and out of range.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/payload.h"
#include "util/err.h"
#include "wire.h"

#define VIEW(...) \
	((struct view){ (const uint8_t[]){ __VA_ARGS__ }, \
			sizeof((const uint8_t[]){ __VA_ARGS__ }) })

static void assert_octets(struct view got, struct view want)
{
	assert_int_equal(got.len, want.len);
	if (want.len)
		assert_memory_equal(got.p, want.p, want.len);
}

/* The body of the one payload in @b. */
static struct view only_body(const struct buf *b, uint8_t type)
{
	static struct pl_chain chain;

	assert_int_equal(pl_chain_parse(type, buf_view(b), true, &chain), 0);
	assert_int_equal(chain.count, 1);
	return chain.pl[0].body;
}

static void begin(struct buf *b, struct msg_writer *w)
{
	buf_init(b, MSG_MAX_LEN);
	msg_begin_bare(w, b);
}

static void ke_is_a_method_and_a_value(void **state)
{
	struct view value = VIEW(1, 2, 3);
	struct msg_writer w;
	struct ke_pl ke;
	struct buf b;

	begin(&b, &w);
	ke_pl_put(&w, KE_CURVE25519, value);
	assert_octets(only_body(&b, PL_KE), VIEW(0, 31, 0, 0, 1, 2, 3));
	assert_int_equal(ke_pl_parse(only_body(&b, PL_KE), &ke), 0);
	assert_int_equal(ke.method, KE_CURVE25519);
	assert_octets(ke.data, value);
	buf_fini(&b);
}

static void ke_ignores_reserved_octets(void **state)
{
	struct ke_pl ke;

	assert_int_equal(ke_pl_parse(VIEW(0, 20, 0xff, 0xff, 9), &ke), 0);
	assert_int_equal(ke.method, KE_ECP_384);
	assert_octets(ke.data, VIEW(9));
}

static void ke_without_a_value_is_malformed(void **state)
{
	struct ke_pl ke;

	assert_int_equal(ke_pl_parse(VIEW(0, 20, 0, 0), &ke), ERR_SYNTAX);
	assert_int_equal(ke_pl_parse(VIEW(0, 20, 0), &ke), ERR_SHORT);
	assert_int_equal(ke_pl_parse((struct view){ NULL, 0 }, &ke), ERR_SHORT);
}

static void nonce_has_16_to_256_octets(void **state)
{
	static const uint8_t octets[NONCE_MAX + 1];
	struct view nonce;
	size_t len;

	for (len = 0; len <= NONCE_MAX + 1; len++)
		assert_int_equal(nonce_pl_parse((struct view){ octets, len },
						&nonce),
				 len < NONCE_MIN || len > NONCE_MAX ?
				 ERR_SYNTAX : 0);
}

static void id_keeps_its_body_as_received(void **state)
{
	/* Reserved octets are part of what AUTH covers. */
	struct view body = VIEW(ID_FQDN, 7, 8, 9, 'a', '.', 'b');
	struct msg_writer w;
	struct id_pl id;
	struct buf b;

	assert_int_equal(id_pl_parse(body, &id), 0);
	assert_int_equal(id.type, ID_FQDN);
	assert_octets(id.data, VIEW('a', '.', 'b'));
	assert_octets(id.body, body);
	begin(&b, &w);
	id_pl_put(&w, PL_IDr, id.body);
	assert_octets(only_body(&b, PL_IDr), body);
	buf_fini(&b);
}

static void id_of_any_type_and_length(void **state)
{
	uint8_t *body = calloc(1, 8192 + 4);
	struct id_pl id;
	unsigned int type;
	size_t len;
	int err;

	for (type = 0; type < 256; type++) {
		body[0] = (uint8_t)type;
		for (len = 0; len <= 8192; len = len * 2 + 1) {
			err = id_pl_parse((struct view){ body, len + 4 }, &id);
			/* No power of two less one: addresses never fit. */
			assert_int_equal(err, type == ID_IPV4_ADDR ||
					 type == ID_IPV6_ADDR ? ERR_SYNTAX : 0);
			assert_int_equal(id.type, type);
			assert_int_equal(id.data.len, len);
		}
	}
	for (len = 0; len < 4; len++)
		assert_int_equal(id_pl_parse((struct view){ body, len }, &id),
				 ERR_SHORT);
	free(body);
}

static void id_of_an_address_has_its_length(void **state)
{
	uint8_t body[4 + 32] = { 0 };
	struct id_pl id;
	size_t len;

	for (len = 0; len <= 32; len++) {
		struct view v = { body, 4 + len };

		body[0] = ID_IPV4_ADDR;
		assert_int_equal(id_pl_parse(v, &id), len == 4 ? 0 : ERR_SYNTAX);
		body[0] = ID_IPV6_ADDR;
		assert_int_equal(id_pl_parse(v, &id),
				 len == 16 ? 0 : ERR_SYNTAX);
	}
}

static void skf_numbers_run_from_1_to_the_total(void **state)
{
	struct skf_pl skf;

	assert_int_equal(skf_pl_parse(VIEW(0, 1, 0, 1), &skf), 0);
	assert_int_equal(skf_pl_parse(VIEW(0x12, 0x34, 0xff, 0xff, 9), &skf),
			 0);
	assert_int_equal(skf.number, 0x1234);
	assert_int_equal(skf.total, 0xffff);
	assert_int_equal(skf_pl_parse(VIEW(0, 0, 0, 1), &skf), ERR_SYNTAX);
	assert_int_equal(skf_pl_parse(VIEW(0, 0, 0, 0), &skf), ERR_SYNTAX);
	assert_int_equal(skf_pl_parse(VIEW(0, 1, 0, 0), &skf), ERR_SYNTAX);
	assert_int_equal(skf_pl_parse(VIEW(0, 3, 0, 2), &skf), ERR_SYNTAX);
	assert_int_equal(skf_pl_parse(VIEW(0, 1, 0), &skf), ERR_SHORT);
	assert_int_equal(skf_pl_parse((struct view){ NULL, 0 }, &skf),
			 ERR_SHORT);
}

static void auth_is_a_method_and_data(void **state)
{
	struct msg_writer w;
	struct auth_pl auth;
	struct buf b;

	begin(&b, &w);
	auth_pl_put(&w, AUTH_SHARED_KEY, VIEW(5, 6));
	assert_octets(only_body(&b, PL_AUTH), VIEW(2, 0, 0, 0, 5, 6));
	assert_int_equal(auth_pl_parse(only_body(&b, PL_AUTH), &auth), 0);
	assert_int_equal(auth.method, AUTH_SHARED_KEY);
	assert_octets(auth.data, VIEW(5, 6));
	assert_int_equal(auth_pl_parse(VIEW(2, 0, 0), &auth), ERR_SHORT);
	buf_fini(&b);
}

static void notify_with_spi_and_data(void **state)
{
	struct view spi = VIEW(1, 2, 3, 4), data = VIEW(9, 8);
	struct msg_writer w;
	struct notify_pl n;
	struct buf b;

	begin(&b, &w);
	notify_pl_put(&w, PROTO_ESP, spi, N_REKEY_SA, data);
	assert_octets(only_body(&b, PL_N),
		      VIEW(3, 4, 0x40, 0x09, 1, 2, 3, 4, 9, 8));
	assert_int_equal(notify_pl_parse(only_body(&b, PL_N), &n), 0);
	assert_int_equal(n.protocol, PROTO_ESP);
	assert_int_equal(n.type, N_REKEY_SA);
	assert_octets(n.spi, spi);
	assert_octets(n.data, data);
	buf_fini(&b);
}

/* Whatever SPI size a notify claims, SPI and data are what is there. */
static void notify_of_every_protocol_and_spi_size(void **state)
{
	uint8_t body[4 + 64] = { 0, 0, 0x40, 0x09 };
	struct view v = { body, sizeof(body) };
	struct notify_pl n;
	unsigned int protocol, size;

	for (protocol = 0; protocol < 256; protocol++) {
		body[0] = (uint8_t)protocol;
		for (size = 0; size < 256; size++) {
			body[1] = (uint8_t)size;
			assert_int_equal(notify_pl_parse(v, &n),
					 size > 64 ? ERR_SHORT : 0);
			if (size > 64)
				continue;
			assert_int_equal(n.protocol, protocol);
			assert_ptr_equal(n.spi.p, body + 4);
			assert_int_equal(n.spi.len, size);
			assert_int_equal(n.data.len, 64 - size);
		}
	}
}

static void notify_cut_in_its_header_is_short(void **state)
{
	struct notify_pl n;

	assert_int_equal(notify_pl_parse(VIEW(0, 0, 0x40), &n), ERR_SHORT);
	assert_int_equal(notify_pl_parse((struct view){ NULL, 0 }, &n),
			 ERR_SHORT);
	assert_int_equal(notify_pl_parse(VIEW(0, 0, 0x40, 0), &n), 0);
}

static void delete_of_the_ike_sa_has_no_spi(void **state)
{
	struct msg_writer w;
	struct delete_pl d;
	struct buf b;

	begin(&b, &w);
	delete_pl_put_ike(&w);
	assert_octets(only_body(&b, PL_D), VIEW(1, 0, 0, 0));
	assert_int_equal(delete_pl_parse(only_body(&b, PL_D), &d), 0);
	assert_int_equal(d.protocol, PROTO_IKE);
	assert_int_equal(d.count, 0);
	assert_int_equal(delete_pl_spi32(&d, 0), 0);
	assert_int_equal(delete_pl_parse(VIEW(1, 8, 0, 1, 1, 2, 3, 4, 5, 6, 7,
					      8), &d), ERR_SYNTAX);
	buf_fini(&b);
}

static void delete_of_esp_lists_spis(void **state)
{
	const uint32_t spis[] = { 0xc0000001, 0x12345678 };
	struct msg_writer w;
	struct delete_pl d;
	struct buf b;

	begin(&b, &w);
	delete_pl_put_esp(&w, spis, 2);
	assert_octets(only_body(&b, PL_D),
		      VIEW(3, 4, 0, 2, 0xc0, 0, 0, 1, 0x12, 0x34, 0x56, 0x78));
	assert_int_equal(delete_pl_parse(only_body(&b, PL_D), &d), 0);
	assert_int_equal(d.count, 2);
	assert_int_equal(delete_pl_spi32(&d, 0), spis[0]);
	assert_int_equal(delete_pl_spi32(&d, 1), spis[1]);
	assert_int_equal(delete_pl_spi32(&d, 2), 0);
	assert_int_equal(delete_pl_spi32(&d, UINT32_MAX), 0);
	buf_fini(&b);
}

/* Only 3/4/2 describes eight octets; everything else lies. */
static void delete_that_lies_about_its_spis(void **state)
{
	uint8_t body[12] = { 0 };
	struct view v = { body, sizeof(body) };
	struct delete_pl d;
	unsigned int protocol, size, count;

	for (protocol = 0; protocol < 256; protocol++) {
		for (size = 0; size < 256; size++) {
			for (count = 0; count < 10; count++) {
				bool right = (protocol == PROTO_AH ||
					      protocol == PROTO_ESP) &&
					     size == 4 && count == 2;

				body[0] = (uint8_t)protocol;
				body[1] = (uint8_t)size;
				body[3] = (uint8_t)count;
				assert_int_equal(delete_pl_parse(v, &d),
						 right ? 0 : ERR_SYNTAX);
			}
		}
	}
	assert_int_equal(delete_pl_parse(VIEW(3, 4, 0xff, 0xff), &d),
			 ERR_SYNTAX);
	assert_int_equal(delete_pl_parse(VIEW(3, 4, 0), &d), ERR_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ke_is_a_method_and_a_value),
		cmocka_unit_test(ke_ignores_reserved_octets),
		cmocka_unit_test(ke_without_a_value_is_malformed),
		cmocka_unit_test(nonce_has_16_to_256_octets),
		cmocka_unit_test(id_keeps_its_body_as_received),
		cmocka_unit_test(id_of_any_type_and_length),
		cmocka_unit_test(id_of_an_address_has_its_length),
		cmocka_unit_test(skf_numbers_run_from_1_to_the_total),
		cmocka_unit_test(auth_is_a_method_and_data),
		cmocka_unit_test(notify_with_spi_and_data),
		cmocka_unit_test(notify_of_every_protocol_and_spi_size),
		cmocka_unit_test(notify_cut_in_its_header_is_short),
		cmocka_unit_test(delete_of_the_ike_sa_has_no_spi),
		cmocka_unit_test(delete_of_esp_lists_spis),
		cmocka_unit_test(delete_that_lies_about_its_spis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
