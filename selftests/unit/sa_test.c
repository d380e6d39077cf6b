// SPDX-License-Identifier: GPL-2.0
/*
 * agent/proto/sa.c: proposals as they should be, as old or future peers send
 * them, and as somebody sends them who wants to see what happens.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/sa.h"
#include "util/err.h"
#include "wire.h"

/** struct wire_sa - an SA payload built octet by octet */
struct wire_sa {
	struct buf b;
	size_t proposal;	/* offset of the open proposal */
	size_t xform;		/* offset of the last transform, 0 if none */
};

static void open_sa(struct wire_sa *w)
{
	buf_init(&w->b, MSG_MAX_LEN);
	w->proposal = 0;
}

static void open_proposal(struct wire_sa *w, uint8_t protocol, uint8_t spi_size)
{
	if (w->b.len)
		buf_set_u8(&w->b, w->proposal, 2);
	w->proposal = w->b.len;
	w->xform = 0;
	buf_put_u32(&w->b, 8 + spi_size);
	buf_put_u8(&w->b, 1);
	buf_put_u8(&w->b, protocol);
	buf_put_u8(&w->b, spi_size);
	buf_put_u8(&w->b, 0);
	while (spi_size--)
		buf_put_u8(&w->b, 0xc1);
}

/* @attributes: @len octets */
static void put_xform(struct wire_sa *w, uint8_t type, uint16_t id,
		      const void *attributes, uint8_t len)
{
	struct buf *b = &w->b;
	size_t at = w->proposal;

	if (w->xform)
		buf_set_u8(b, w->xform, 3);
	w->xform = b->len;
	buf_put_u32(b, 8 + len);
	buf_put_u8(b, type);
	buf_put_u8(b, 0);
	buf_put_u16(b, id);
	buf_put(b, attributes, len);
	buf_set_u16(b, at + 2, (uint16_t)(b->len - at));
	buf_set_u8(b, at + 7, (uint8_t)(b->p[at + 7] + 1));
}

static int parse(const struct wire_sa *w, struct proposals *out)
{
	uint8_t *copy = wire_copy(w->b.p, w->b.len);
	int err = sa_pl_parse((struct view){ copy, w->b.len }, out);

	free(copy);
	return err;
}

/* Parse, and throw the octets away. */
static int parse_once(struct wire_sa *w, struct proposals *out)
{
	int err = parse(w, out);

	buf_fini(&w->b);
	return err;
}

#define KEY_256	"\x80\x0e\x01\x00"
#define KEY_128	"\x80\x0e\x00\x80"
#define KEY_0	"\x80\x0e\x00\x00"

static void proposals_of_a_real_message(void **state)
{
	struct view body = { wire_init_request + IKE_HDR_LEN + 4, 80 };
	struct proposals list;
	char text[PROPOSAL_STR];

	assert_int_equal(sa_pl_parse(body, &list), 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.p[0].number, 1);
	assert_int_equal(list.p[0].protocol, PROTO_IKE);
	assert_int_equal(list.p[0].spi_size, 0);
	assert_false(list.p[0].unusable);
	assert_string_equal(proposal_str(&list.p[0], text),
			    "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_384");
	assert_int_equal(list.p[1].number, 2);
	assert_string_equal(proposal_str(&list.p[1], text),
			    "AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_256");
}

static void written_proposals_are_read_back(void **state)
{
	struct proposals list = { .count = 2 }, back;
	struct pl_chain chain;
	struct msg_writer w;
	struct buf b;

	list.p[0].protocol = PROTO_IKE;
	proposal_set_spi64(&list.p[0], 0x0102030405060708);
	proposal_add(&list.p[0], XFORM_ENCR, ENCR_AES_GCM_16, 128);
	list.p[1].protocol = PROTO_ESP;
	list.p[1].number = 7;
	proposal_set_spi32(&list.p[1], 0xc0de0001);
	proposal_add(&list.p[1], XFORM_ESN, ESN_ESN, 0);
	buf_init(&b, MSG_MAX_LEN);
	msg_begin_bare(&w, &b);
	sa_pl_put(&w, &list);
	assert_int_equal(msg_end(&w), 0);
	assert_int_equal(pl_chain_parse(PL_SA, buf_view(&b), true, &chain), 0);
	assert_int_equal(sa_pl_parse(chain.pl[0].body, &back), 0);
	assert_int_equal(back.count, 2);
	/* No number was given: the place in the list is the number. */
	assert_int_equal(back.p[0].number, 1);
	assert_true(proposal_spi64(&back.p[0]) == 0x0102030405060708);
	assert_int_equal(proposal_spi32(&back.p[0]), 0);
	assert_int_equal(back.p[0].xform[0].key_bits, 128);
	assert_int_equal(back.p[1].number, 7);
	assert_true(proposal_spi32(&back.p[1]) == 0xc0de0001);
	assert_true(proposal_spi64(&back.p[1]) == 0);
	assert_int_equal(back.p[1].xform[0].type, XFORM_ESN);
	buf_fini(&b);
}

/* Which attributes a cipher may have: its key length, once, not zero. */
static void attributes_of_a_cipher(void **state)
{
	static const struct {
		const char *attributes;
		uint8_t len;
		bool good;
	} cases[] = {
		{ "", 0, true },
		{ KEY_256, 4, true },
		{ KEY_0, 4, false },
		{ KEY_256 KEY_256, 8, false },
		{ KEY_256 KEY_128, 8, false },
		{ "\x80\x0f\x01\x00", 4, false },	/* type 15 */
		{ "\x00\x0e\x00\x02\x01\x00", 6, false },	/* long form */
		{ "\x00\x0e\x00\x00", 4, false },	/* long form, empty */
		{ KEY_256 "\x12\x34\x00\x01z", 9, false },
	};
	struct proposals list;
	struct wire_sa w;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_sa(&w);
		open_proposal(&w, PROTO_IKE, 0);
		put_xform(&w, XFORM_ENCR, 12, cases[i].attributes,
			  cases[i].len);
		put_xform(&w, XFORM_ENCR, 20, KEY_128, 4);
		assert_int_equal(parse_once(&w, &list), 0);
		/* A spoiled transform is an alternative less, not more. */
		assert_false(list.p[0].unusable);
		assert_int_equal(list.p[0].count, cases[i].good ? 2 : 1);
		assert_int_equal(list.p[0].xform[list.p[0].count - 1].id, 20);
	}
}

static void attributes_that_do_not_end(void **state)
{
	static const struct {
		const char *attributes;
		uint8_t len;
	} cases[] = {
		{ "\x80", 1 }, { "\x80\x0e", 2 }, { "\x80\x0e\x01", 3 },
		{ "\x00\x0e\x00\x01", 4 }, { "\x00\x0e\xff\xff" "abcd", 8 },
		{ KEY_256 "\0", 5 },
	};
	struct proposals list;
	struct wire_sa w;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_sa(&w);
		open_proposal(&w, PROTO_IKE, 0);
		put_xform(&w, XFORM_ENCR, 12, cases[i].attributes,
			  cases[i].len);
		assert_int_equal(parse_once(&w, &list), ERR_SHORT);
	}
}

static void key_length_on_anything_but_a_cipher_spoils_it(void **state)
{
	static const uint8_t types[] = {
		XFORM_PRF, XFORM_INTEG, XFORM_KE, XFORM_ESN,
	};
	static const char *const keys[] = { KEY_256, KEY_0 };
	struct proposals list;
	struct wire_sa w;
	size_t i, k;

	for (i = 0; i < sizeof(types); i++) {
		for (k = 0; k < 2; k++) {
			open_sa(&w);
			open_proposal(&w, PROTO_IKE, 0);
			put_xform(&w, types[i], 5, keys[k], 4);
			put_xform(&w, types[i], 2, NULL, 0);
			assert_int_equal(parse_once(&w, &list), 0);
			assert_int_equal(list.p[0].count, 1);
			assert_int_equal(list.p[0].xform[0].id, 2);
			assert_false(list.p[0].unusable);
		}
	}
}

/* Else a demand that we cannot read would look like no demand at all. */
static void type_with_only_spoiled_transforms_was_not_left_out(void **state)
{
	struct proposals list;
	struct wire_sa w;

	open_sa(&w);
	open_proposal(&w, PROTO_ESP, 4);
	put_xform(&w, XFORM_ENCR, ENCR_AES_GCM_16, KEY_256, 4);
	put_xform(&w, XFORM_KE, KE_ECP_384, KEY_256, 4);
	assert_int_equal(parse_once(&w, &list), 0);
	assert_true(list.p[0].unusable);
}

static void unknown_transform_type_makes_the_proposal_unusable(void **state)
{
	struct proposals list;
	struct wire_sa w;
	unsigned int type;

	for (type = 0; type < 256; type++) {
		open_sa(&w);
		open_proposal(&w, PROTO_IKE, 0);
		put_xform(&w, XFORM_ENCR, 12, KEY_256, 4);
		put_xform(&w, (uint8_t)type, 1, NULL, 0);
		open_proposal(&w, PROTO_IKE, 0);
		put_xform(&w, XFORM_ENCR, 12, KEY_128, 4);
		assert_int_equal(parse_once(&w, &list), 0);
		assert_int_equal(list.count, 2);
		assert_int_equal(list.p[0].unusable,
				 type < XFORM_ENCR || type > XFORM_ADDKE7);
		assert_false(list.p[1].unusable);
	}
}

static void unknown_transform_is_only_an_alternative(void **state)
{
	struct proposals list;
	struct wire_sa w;
	char text[PROPOSAL_STR];

	open_sa(&w);
	open_proposal(&w, PROTO_IKE, 0);
	put_xform(&w, XFORM_ENCR, 1023, NULL, 0);
	put_xform(&w, XFORM_ENCR, 12, KEY_256, 4);
	assert_int_equal(parse_once(&w, &list), 0);
	assert_false(list.p[0].unusable);
	assert_string_equal(proposal_str(&list.p[0], text),
			    "ENCR 1023/AES_CBC-256");
}

static void spi_of_every_size(void **state)
{
	struct proposals list;
	struct wire_sa w;
	unsigned int size;

	for (size = 0; size < 256; size++) {
		bool good = size == 0 || size == 4 || size == 8;

		open_sa(&w);
		open_proposal(&w, PROTO_ESP, (uint8_t)size);
		put_xform(&w, XFORM_ENCR, 12, KEY_256, 4);
		assert_int_equal(parse_once(&w, &list), 0);
		assert_int_equal(list.p[0].unusable, !good);
		assert_int_equal(list.p[0].spi_size, good ? size : 0);
		assert_int_equal(list.p[0].spi[7], size == 8 ? 0xc1 : 0);
	}
}

static void every_protocol_is_kept_for_the_chooser(void **state)
{
	struct proposals list;
	struct wire_sa w;
	unsigned int protocol;

	for (protocol = 0; protocol < 256; protocol++) {
		open_sa(&w);
		open_proposal(&w, (uint8_t)protocol, 0);
		put_xform(&w, XFORM_ENCR, 12, KEY_256, 4);
		assert_int_equal(parse_once(&w, &list), 0);
		assert_int_equal(list.p[0].protocol, protocol);
	}
}

static void more_transforms_than_we_look_at(void **state)
{
	struct proposals list;
	struct wire_sa w;
	unsigned int n;

	for (n = 0; n <= 255; n++) {
		unsigned int i;

		open_sa(&w);
		open_proposal(&w, PROTO_IKE, 0);
		for (i = 0; i < n; i++)
			put_xform(&w, XFORM_ENCR, (uint16_t)i, KEY_256, 4);
		assert_int_equal(parse_once(&w, &list), 0);
		assert_int_equal(list.p[0].unusable, n > XFORMS_MAX);
		assert_int_equal(list.p[0].count,
				 n < XFORMS_MAX ? n : XFORMS_MAX);
	}
}

/* As many proposals as fit: read to the end, the first ones kept. */
static void more_proposals_than_we_look_at(void **state)
{
	struct proposals list;
	struct wire_sa w;

	open_sa(&w);
	while (w.b.len + 20 <= MSG_MAX_LEN - IKE_HDR_LEN - 4) {
		open_proposal(&w, PROTO_IKE, 0);
		put_xform(&w, XFORM_ENCR, 12, KEY_256, 4);
	}
	assert_true(w.b.len > 65000);
	assert_int_equal(parse(&w, &list), 0);
	assert_int_equal(list.count, PROPOSALS_MAX);
	/* The very last octets are still checked. */
	buf_set_u8(&w.b, w.proposal, 2);
	assert_int_equal(parse_once(&w, &list), ERR_SHORT);
}

static void proposal_without_transforms_offers_nothing(void **state)
{
	struct proposals list;
	struct wire_sa w;

	open_sa(&w);
	open_proposal(&w, PROTO_IKE, 0);
	assert_int_equal(parse_once(&w, &list), 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.p[0].count, 0);
}

static void no_proposal_is_no_sa(void **state)
{
	struct proposals list;

	assert_int_equal(sa_pl_parse((struct view){ NULL, 0 }, &list),
			 ERR_SHORT);
	assert_int_equal(list.count, 0);
}

static void structure_shorter_than_its_own_header_is_malformed(void **state)
{
	struct proposals list;
	struct wire_sa w;
	unsigned int len;

	for (len = 0; len < 8; len++) {
		open_sa(&w);
		open_proposal(&w, PROTO_IKE, 0);
		put_xform(&w, XFORM_PRF, 5, NULL, 0);
		buf_set_u16(&w.b, 2, (uint16_t)len);
		assert_int_equal(parse(&w, &list), ERR_SYNTAX);
		buf_set_u16(&w.b, 2, 16);
		buf_set_u16(&w.b, 8 + 2, (uint16_t)len);
		assert_int_equal(parse_once(&w, &list), ERR_SYNTAX);
	}
}

static void octets_behind_the_last_proposal_are_malformed(void **state)
{
	struct proposals list;
	struct wire_sa w;

	open_sa(&w);
	open_proposal(&w, PROTO_IKE, 0);
	put_xform(&w, XFORM_PRF, 5, NULL, 0);
	buf_put_u8(&w.b, 0);
	assert_int_equal(parse_once(&w, &list), ERR_SYNTAX);
}

/* Last or more; the number of transforms. All must tell one story. */
static void marks_and_counts_that_contradict_each_other(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		int err;
	} cases[] = {
		{ 0, 2, ERR_SHORT },	/* one more proposal, but none there */
		{ 0, 1, ERR_SYNTAX }, { 0, 3, ERR_SYNTAX },
		{ 7, 0, ERR_SYNTAX }, { 7, 1, ERR_SYNTAX },
		{ 7, 3, ERR_SYNTAX }, { 7, 255, ERR_SYNTAX },
		{ 8, 0, ERR_SYNTAX },	/* the first transform is the last */
		{ 8, 2, ERR_SYNTAX },
		{ 20, 3, ERR_SYNTAX },	/* the last transform is not */
		{ 20, 1, ERR_SYNTAX },
	};
	struct proposals list;
	struct wire_sa w;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_sa(&w);
		open_proposal(&w, PROTO_IKE, 0);
		put_xform(&w, XFORM_ENCR, 12, KEY_256, 4);
		put_xform(&w, XFORM_PRF, 5, NULL, 0);
		assert_int_equal(parse(&w, &list), 0);
		buf_set_u8(&w.b, cases[i].at, cases[i].value);
		assert_int_equal(parse_once(&w, &list), cases[i].err);
	}
}

static void long_proposal_is_cut_in_the_log(void **state)
{
	struct proposal p = { 0 };
	char text[PROPOSAL_STR];
	unsigned int i;
	size_t len;

	for (i = 0; i < XFORMS_MAX; i++) {
		proposal_add(&p, XFORM_INTEG, INTEG_HMAC_SHA2_256_128, 65535);
		len = strlen(proposal_str(&p, text));
		assert_true(len < PROPOSAL_STR);
	}
	assert_string_equal(text + len - 10, "-65535/...");
	p.count = 0;
	assert_string_equal(proposal_str(&p, text), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proposals_of_a_real_message),
		cmocka_unit_test(written_proposals_are_read_back),
		cmocka_unit_test(attributes_of_a_cipher),
		cmocka_unit_test(attributes_that_do_not_end),
		cmocka_unit_test(key_length_on_anything_but_a_cipher_spoils_it),
		cmocka_unit_test(type_with_only_spoiled_transforms_was_not_left_out),
		cmocka_unit_test(unknown_transform_type_makes_the_proposal_unusable),
		cmocka_unit_test(unknown_transform_is_only_an_alternative),
		cmocka_unit_test(spi_of_every_size),
		cmocka_unit_test(every_protocol_is_kept_for_the_chooser),
		cmocka_unit_test(more_transforms_than_we_look_at),
		cmocka_unit_test(more_proposals_than_we_look_at),
		cmocka_unit_test(proposal_without_transforms_offers_nothing),
		cmocka_unit_test(no_proposal_is_no_sa),
		cmocka_unit_test(structure_shorter_than_its_own_header_is_malformed),
		cmocka_unit_test(octets_behind_the_last_proposal_are_malformed),
		cmocka_unit_test(marks_and_counts_that_contradict_each_other),
		cmocka_unit_test(long_proposal_is_cut_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
