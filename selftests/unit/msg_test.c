// SPDX-License-Identifier: GPL-2.0
/*
 * agent/proto/msg.c: header and payload chain of real messages, cut, lengthened
 * and lied about in every place; then of messages that only an attacker sends.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/msg.h"
#include "util/err.h"
#include "wire.h"

static struct view init_request(void)
{
	return (struct view){ wire_init_request, WIRE_INIT_LEN };
}

static void header_of_a_real_message(void **state)
{
	struct ike_hdr hdr;

	assert_int_equal(ike_hdr_parse(init_request(), &hdr), 0);
	assert_true(hdr.spi_i == WIRE_INIT_SPI_I);
	assert_true(hdr.spi_r == 0);
	assert_int_equal(hdr.next, PL_SA);
	assert_int_equal(hdr.version, IKE_VERSION);
	assert_int_equal(hdr.exchange, EXCHANGE_IKE_SA_INIT);
	assert_int_equal(hdr.flags, IKE_FLAG_INITIATOR);
	assert_int_equal(hdr.msgid, 0);
	assert_int_equal(hdr.length, WIRE_INIT_LEN);
}

static void payloads_of_a_real_message_stand_in_order(void **state)
{
	static const uint8_t types[] = {
		PL_SA, PL_KE, PL_NONCE, PL_N, PL_N, PL_N, PL_N, PL_N,
	};
	static const size_t lengths[] = { 80, 100, 32, 24, 24, 4, 12, 4 };
	struct view body = { wire_init_request + IKE_HDR_LEN,
			     WIRE_INIT_LEN - IKE_HDR_LEN };
	struct pl_chain chain;
	unsigned int i;

	assert_int_equal(pl_chain_parse(PL_SA, body, false, &chain), 0);
	assert_int_equal(chain.count, 8);
	for (i = 0; i < 8; i++) {
		assert_int_equal(chain.pl[i].type, types[i]);
		assert_int_equal(chain.pl[i].body.len, lengths[i]);
	}
	assert_int_equal(pl_count(&chain, PL_N), 5);
	assert_ptr_equal(pl_find(&chain, PL_N), &chain.pl[3]);
	assert_ptr_equal(pl_next(&chain, &chain.pl[3]), &chain.pl[4]);
	assert_null(pl_next(&chain, &chain.pl[7]));
	assert_null(pl_find(&chain, PL_AUTH));
}

static void both_real_messages_decode(void **state)
{
	struct view auth = { wire_auth_request, WIRE_AUTH_LEN };

	assert_int_equal(wire_decode_message(init_request()), 0);
	assert_int_equal(wire_decode(PL_IDi, auth, true), 0);
}

/* What the header's check must say when one octet is different. */
static int verdict_on_octet(size_t at, uint8_t v)
{
	switch (at) {
	case 17:
		return v >> 4 == 2 ? 0 : ERR_VERSION;
	case 24: case 25: case 26: case 27:
		return v == wire_init_request[at] ? 0 : ERR_SYNTAX;
	default:
		return 0;
	}
}

static void every_value_of_every_header_octet(void **state)
{
	uint8_t *msg = wire_copy(wire_init_request, WIRE_INIT_LEN);
	struct ike_hdr hdr;
	unsigned int v;
	size_t at;

	for (at = 0; at < IKE_HDR_LEN; at++) {
		for (v = 0; v < 256; v++) {
			msg[at] = (uint8_t)v;
			assert_int_equal(ike_hdr_parse((struct view){ msg,
						       WIRE_INIT_LEN }, &hdr),
					 verdict_on_octet(at, (uint8_t)v));
			wire_decode_message((struct view){ msg,
							   WIRE_INIT_LEN });
		}
		msg[at] = wire_init_request[at];
	}
	free(msg);
}

static void initiator_spi_of_zero_is_malformed(void **state)
{
	uint8_t *msg = wire_copy(wire_init_request, WIRE_INIT_LEN);
	struct ike_hdr hdr;

	memset(msg, 0, IKE_SPI_LEN);
	assert_int_equal(ike_hdr_parse((struct view){ msg, WIRE_INIT_LEN },
				       &hdr), ERR_SYNTAX);
	free(msg);
}

/* The engine answers INVALID_MAJOR_VERSION with the header's SPIs. */
static void other_versions_still_have_a_header(void **state)
{
	uint8_t *msg = wire_copy(wire_init_request, WIRE_INIT_LEN);
	struct ike_hdr hdr;

	msg[17] = 0x30;
	assert_int_equal(ike_hdr_parse((struct view){ msg, WIRE_INIT_LEN },
				       &hdr), ERR_VERSION);
	assert_true(hdr.spi_i == WIRE_INIT_SPI_I);
	free(msg);
}

/* As it comes from a cut datagram, and as from a sender who adapts. */
static void every_truncation_is_noticed(void **state)
{
	size_t len;

	for (len = 0; len < WIRE_INIT_LEN; len++) {
		uint8_t *msg = wire_copy(wire_init_request, len);
		struct view v = { msg, len };

		assert_int_equal(wire_decode_message(v),
				 len < IKE_HDR_LEN ? ERR_SHORT : ERR_SYNTAX);
		if (len >= IKE_HDR_LEN) {
			wire_put(msg + 24, 4, (uint32_t)len);
			assert_int_not_equal(wire_decode_message(v), 0);
		}
		free(msg);
	}
	for (len = 0; len < WIRE_AUTH_LEN; len++) {
		uint8_t *msg = wire_copy(wire_auth_request, len);

		assert_int_not_equal(wire_decode(PL_IDi, (struct view){ msg,
						 len }, true), 0);
		free(msg);
	}
}

static void trailing_octets_are_noticed(void **state)
{
	uint8_t msg[WIRE_INIT_LEN + 64] = { 0 };
	size_t more;

	memcpy(msg, wire_init_request, WIRE_INIT_LEN);
	for (more = 1; more <= 64; more++) {
		struct view v = { msg, WIRE_INIT_LEN + more };

		wire_put(msg + 24, 4, WIRE_INIT_LEN);
		assert_int_equal(wire_decode_message(v), ERR_SYNTAX);
		wire_put(msg + 24, 4, (uint32_t)v.len);
		assert_int_equal(wire_decode_message(v), ERR_SYNTAX);
	}
}

/* Lie about one length; @base is where the chain begins. */
static void lie(const uint8_t *real, size_t len, size_t base, uint8_t first,
		const struct wire_length *l)
{
	uint32_t was = wire_get(real + l->at, l->size);
	uint32_t rest = (uint32_t)(len - l->at), i;
	uint32_t lies[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, was - 1, was + 1, rest, rest + 1,
		rest + 2, 0x7fff, 0xffff, 0x80, 0xff,
	};

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		uint32_t v = lies[i] & (l->size == 1 ? 0xff : 0xffff);
		uint8_t *msg;
		int err;

		if (v == was)
			continue;
		msg = wire_copy(real, len);
		wire_put(msg + l->at, l->size, v);
		err = wire_decode(first, (struct view){ msg + base,
							len - base }, base == 0);
		if (l->strict && !err)
			fail_msg("length at %u: %u was believed instead of %u",
				 l->at, v, was);
		free(msg);
	}
}

static void every_length_that_lies_is_noticed(void **state)
{
	unsigned int i;

	for (i = 0; i < WIRE_INIT_LENGTHS; i++)
		lie(wire_init_request, WIRE_INIT_LEN, IKE_HDR_LEN, PL_SA,
		    &wire_init_lengths[i]);
	for (i = 0; i < WIRE_AUTH_LENGTHS; i++)
		lie(wire_auth_request, WIRE_AUTH_LEN, 0, PL_IDi,
		    &wire_auth_lengths[i]);
}

/* A chain of @count empty payloads of one type. */
static void put_chain(struct buf *b, unsigned int count, uint8_t type,
		      uint8_t flags)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		buf_put_u8(b, i + 1 < count ? type : PL_NONE);
		buf_put_u8(b, flags);
		buf_put_u16(b, 4);
	}
}

static void chains_of_1_to_256_payloads(void **state)
{
	static const uint8_t types[] = { PL_N, PL_V, 200 };
	struct pl_chain chain;
	unsigned int count, i;
	struct buf b;

	buf_init(&b, MSG_MAX_LEN);
	for (i = 0; i < sizeof(types); i++) {
		for (count = 1; count <= 256; count++) {
			buf_reset(&b);
			put_chain(&b, count, types[i], 0);
			assert_int_equal(pl_chain_parse(types[i], buf_view(&b),
							true, &chain),
					 count > MSG_MAX_PAYLOADS ?
					 ERR_LIMIT : 0);
			if (count <= MSG_MAX_PAYLOADS)
				assert_int_equal(chain.count, types[i] == 200 ?
						 0 : count);
		}
	}
	buf_fini(&b);
}

static void unknown_payload_matters_only_when_critical(void **state)
{
	struct pl_chain chain;
	unsigned int type;
	struct buf b;
	char name[ID_NAME_STR];

	buf_init(&b, MSG_MAX_LEN);
	for (type = 1; type < 256; type++) {
		bool known = strncmp(payload_name(type, name), "payload ", 8);
		bool sk = type == PL_SK || type == PL_SKF;

		buf_reset(&b);
		put_chain(&b, 1, (uint8_t)type, 0x80);
		assert_int_equal(pl_chain_parse((uint8_t)type, buf_view(&b),
						sk ? false : true, &chain),
				 known ? 0 : ERR_CRITICAL);
		assert_int_equal(chain.bad_critical, known ? 0 : type);
		assert_int_equal(chain.count, known);
		buf_set_u8(&b, 1, 0x7f);
		assert_int_equal(pl_chain_parse((uint8_t)type, buf_view(&b),
						sk ? false : true, &chain), 0);
		assert_int_equal(chain.count, known);
	}
	buf_fini(&b);
}

static void sk_ends_the_chain(void **state)
{
	static const uint8_t msg[] = {
		PL_SK, 0, 0, 8, 0, 0, 0, 0,	/* N */
		PL_IDi, 0, 0, 6, 1, 2,		/* SK */
	};
	struct pl_chain chain;

	assert_int_equal(pl_chain_parse(PL_N, (struct view){ msg, sizeof(msg) },
					false, &chain), 0);
	assert_int_equal(chain.count, 2);
	assert_int_equal(chain.pl[1].type, PL_SK);
	assert_int_equal(chain.pl[1].body.len, 2);
	assert_ptr_equal(chain.pl[1].body.p, msg + 12);
	assert_int_equal(chain.sk_first, PL_IDi);
	assert_int_equal(chain.sk_offset, 8);
}

static void sk_that_is_not_last_is_malformed(void **state)
{
	static const uint8_t msg[] = {
		PL_N, 0, 0, 6, 1, 2,		/* SK */
		PL_NONE, 0, 0, 8, 0, 0, 0, 0,	/* N */
	};
	struct view v = { msg, sizeof(msg) };
	struct pl_chain chain;

	assert_int_equal(pl_chain_parse(PL_SK, v, false, &chain), ERR_SYNTAX);
	assert_int_equal(pl_chain_parse(PL_SKF, v, false, &chain), ERR_SYNTAX);
}

static void sk_inside_sk_is_malformed(void **state)
{
	static const uint8_t msg[] = { PL_NONE, 0, 0, 6, 1, 2 };
	struct view v = { msg, sizeof(msg) };
	struct pl_chain chain;

	assert_int_equal(pl_chain_parse(PL_SK, v, true, &chain), ERR_SYNTAX);
	assert_int_equal(pl_chain_parse(PL_SKF, v, true, &chain), ERR_SYNTAX);
}

static void payload_shorter_than_its_own_header_is_malformed(void **state)
{
	uint8_t msg[] = { PL_NONE, 0, 0, 0, 1, 2, 3, 4 };
	struct pl_chain chain;

	for (msg[3] = 0; msg[3] < 4; msg[3]++)
		assert_int_equal(pl_chain_parse(PL_V, (struct view){ msg,
						sizeof(msg) }, true, &chain),
				 ERR_SYNTAX);
}

/* With a body that nobody decodes, so that only the chain can notice. */
static void last_payload_longer_than_the_message_is_short(void **state)
{
	uint8_t msg[] = { PL_NONE, 0, 0, 9, 1, 2, 3, 4 };
	struct view v = { msg, sizeof(msg) };
	struct pl_chain chain;

	assert_int_equal(pl_chain_parse(PL_V, v, true, &chain), ERR_SHORT);
	msg[3] = 8;
	assert_int_equal(pl_chain_parse(PL_V, v, true, &chain), 0);
}

static void empty_chain_must_be_empty(void **state)
{
	static const uint8_t msg[] = { PL_NONE, 0, 0, 4 };
	struct pl_chain chain;

	assert_int_equal(pl_chain_parse(PL_NONE, (struct view){ NULL, 0 },
					true, &chain), 0);
	assert_int_equal(chain.count, 0);
	assert_int_equal(pl_chain_parse(PL_NONE, (struct view){ msg, 4 }, true,
					&chain), ERR_SYNTAX);
	assert_int_equal(pl_chain_parse(PL_N, (struct view){ NULL, 0 }, true,
					&chain), ERR_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_of_a_real_message),
		cmocka_unit_test(payloads_of_a_real_message_stand_in_order),
		cmocka_unit_test(both_real_messages_decode),
		cmocka_unit_test(every_value_of_every_header_octet),
		cmocka_unit_test(initiator_spi_of_zero_is_malformed),
		cmocka_unit_test(other_versions_still_have_a_header),
		cmocka_unit_test(every_truncation_is_noticed),
		cmocka_unit_test(trailing_octets_are_noticed),
		cmocka_unit_test(every_length_that_lies_is_noticed),
		cmocka_unit_test(chains_of_1_to_256_payloads),
		cmocka_unit_test(unknown_payload_matters_only_when_critical),
		cmocka_unit_test(sk_ends_the_chain),
		cmocka_unit_test(sk_that_is_not_last_is_malformed),
		cmocka_unit_test(sk_inside_sk_is_malformed),
		cmocka_unit_test(payload_shorter_than_its_own_header_is_malformed),
		cmocka_unit_test(last_payload_longer_than_the_message_is_short),
		cmocka_unit_test(empty_chain_must_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
