// SPDX-License-Identifier: GPL-2.0
/*
 * The writers of agent/proto: what they make of the fields of another
 * implementation's messages must be that implementation's octets.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/payload.h"
#include "proto/sa.h"
#include "util/err.h"
#include "wire.h"

static struct view part(const uint8_t *message, size_t at, size_t len)
{
	return (struct view){ message + at, len };
}

static void begin(struct buf *b, struct msg_writer *w)
{
	const struct ike_hdr hdr = {
		.spi_i = WIRE_INIT_SPI_I, .version = IKE_VERSION,
		.exchange = EXCHANGE_IKE_SA_INIT, .flags = IKE_FLAG_INITIATOR,
	};

	buf_init(b, MSG_MAX_LEN);
	msg_begin(w, b, &hdr);
}

static void assert_written(struct buf *b, const uint8_t *want, size_t len)
{
	assert_true(buf_ok(b));
	assert_int_equal(b->len, len);
	assert_memory_equal(b->p, want, len);
	buf_fini(b);
}

static void same_ike_sa_init_as_the_other_implementation(void **state)
{
	const uint8_t *real = wire_init_request;
	struct proposals list = { .count = 2 };
	struct proposal *p = list.p;
	struct msg_writer w;
	struct buf b;

	p[0].protocol = PROTO_IKE;
	proposal_add(&p[0], XFORM_ENCR, ENCR_AES_CBC, 256);
	proposal_add(&p[0], XFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	proposal_add(&p[0], XFORM_PRF, PRF_HMAC_SHA2_256, 0);
	proposal_add(&p[0], XFORM_KE, KE_ECP_384, 0);
	p[1].protocol = PROTO_IKE;
	proposal_add(&p[1], XFORM_ENCR, ENCR_AES_GCM_16, 256);
	proposal_add(&p[1], XFORM_PRF, PRF_HMAC_SHA2_384, 0);
	proposal_add(&p[1], XFORM_KE, KE_ECP_256, 0);

	begin(&b, &w);
	sa_pl_put(&w, &list);
	ke_pl_put(&w, KE_ECP_384, part(real, 120, 96));
	nonce_pl_put(&w, part(real, 220, 32));
	notify_pl_put_simple(&w, N_NAT_DETECTION_SOURCE_IP, part(real, 260, 20));
	notify_pl_put_simple(&w, N_NAT_DETECTION_DESTINATION_IP,
			     part(real, 288, 20));
	notify_pl_put_simple(&w, N_IKEV2_FRAGMENTATION_SUPPORTED,
			     part(NULL, 0, 0));
	notify_pl_put_simple(&w, N_SIGNATURE_HASH_ALGORITHMS,
			     part(real, 324, 8));
	notify_pl_put_simple(&w, 16406, part(NULL, 0, 0));
	assert_int_equal(msg_end(&w), 0);
	assert_written(&b, real, WIRE_INIT_LEN);
}

static void put_esp_proposals(struct msg_writer *w)
{
	struct proposals list = { .count = 2 };
	struct proposal *p = list.p;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		p[i].protocol = PROTO_ESP;
		proposal_set_spi32(&p[i], 0xcea076d1);
	}
	proposal_add(&p[0], XFORM_ENCR, ENCR_AES_CBC, 256);
	proposal_add(&p[0], XFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	proposal_add(&p[0], XFORM_ESN, ESN_NONE, 0);
	proposal_add(&p[1], XFORM_ENCR, ENCR_AES_GCM_16, 128);
	proposal_add(&p[1], XFORM_ESN, ESN_ESN, 0);
	proposal_add(&p[1], XFORM_ESN, ESN_NONE, 0);
	sa_pl_put(w, &list);
}

static void put_selectors(struct msg_writer *w)
{
	struct ts_list own = { .count = 1 }, remote = { .count = 2 };

	ts_any(&own.ts[0], AF_INET);
	addr_parse("127.0.0.1", &own.ts[0].start);
	own.ts[0].end = own.ts[0].start;
	ts_pl_put(w, PL_TSi, &own);

	ts_any(&remote.ts[0], AF_INET);
	addr_parse("192.0.2.0", &remote.ts[0].start);
	addr_parse("192.0.2.255", &remote.ts[0].end);
	remote.ts[0].protocol = 6;
	remote.ts[0].port_start = 80;
	remote.ts[0].port_end = 80;
	ts_any(&remote.ts[1], AF_INET);
	addr_parse("198.51.100.7", &remote.ts[1].start);
	remote.ts[1].end = remote.ts[1].start;
	ts_pl_put(w, PL_TSr, &remote);
}

static void same_inside_of_ike_auth_as_the_other_implementation(void **state)
{
	static const uint16_t notifies[] = { 16396, 16399, 16404, 16417, 16420 };
	const uint8_t *real = wire_auth_request;
	struct msg_writer w;
	struct buf b;
	unsigned int i;

	buf_init(&b, MSG_MAX_LEN);
	msg_begin_bare(&w, &b);
	id_pl_put(&w, PL_IDi, part(real, 4, 19));
	notify_pl_put_simple(&w, N_INITIAL_CONTACT, part(NULL, 0, 0));
	id_pl_put(&w, PL_IDr, part(real, 35, 19));
	auth_pl_put(&w, AUTH_SHARED_KEY, part(real, 62, 32));
	put_esp_proposals(&w);
	put_selectors(&w);
	for (i = 0; i < 5; i++)
		notify_pl_put_simple(&w, notifies[i], part(NULL, 0, 0));
	assert_int_equal(msg_end(&w), 0);
	assert_int_equal(w.first, PL_IDi);
	assert_written(&b, real, WIRE_AUTH_LEN);
}

static void message_without_payloads(void **state)
{
	struct ike_hdr hdr;
	struct msg_writer w;
	struct buf b;

	begin(&b, &w);
	assert_int_equal(msg_end(&w), 0);
	assert_int_equal(ike_hdr_parse(buf_view(&b), &hdr), 0);
	assert_int_equal(hdr.next, PL_NONE);
	assert_int_equal(hdr.length, IKE_HDR_LEN);
	buf_fini(&b);

	buf_init(&b, MSG_MAX_LEN);
	msg_begin_bare(&w, &b);
	assert_int_equal(msg_end(&w), 0);
	assert_int_equal(w.first, PL_NONE);
	assert_int_equal(b.len, 0);
	buf_fini(&b);
}

/* A message may stand behind others in one buffer. */
static void message_that_does_not_begin_the_buffer(void **state)
{
	struct msg_writer w;
	struct ike_hdr hdr;
	struct buf b;

	begin(&b, &w);
	assert_int_equal(msg_end(&w), 0);
	hdr = (struct ike_hdr){ .spi_i = 1, .version = IKE_VERSION };
	msg_begin(&w, &b, &hdr);
	nonce_pl_put(&w, part(wire_init_request, 0, NONCE_MIN));
	assert_int_equal(msg_end(&w), 0);
	assert_int_equal(wire_decode_message(part(b.p, IKE_HDR_LEN, b.len -
						  IKE_HDR_LEN)), 0);
	assert_int_equal(b.p[16], PL_NONE);
	buf_fini(&b);
}

static void payload_longer_than_its_length_field_fails(void **state)
{
	static const uint8_t zeros[UINT16_MAX];
	struct msg_writer w;
	struct buf b;

	buf_init(&b, 4 * MSG_MAX_LEN);
	msg_begin_bare(&w, &b);
	msg_pl(&w, PL_V, part(zeros, 0, UINT16_MAX - 4));
	assert_int_equal(msg_end(&w), 0);
	buf_reset(&b);
	msg_begin_bare(&w, &b);
	msg_pl(&w, PL_V, part(zeros, 0, UINT16_MAX - 3));
	assert_int_equal(msg_end(&w), ERR_LIMIT);
	buf_fini(&b);
}

static void message_longer_than_a_datagram_fails(void **state)
{
	static const uint8_t zeros[UINT16_MAX];
	struct msg_writer w;
	struct buf b;

	buf_init(&b, 4 * MSG_MAX_LEN);
	msg_begin_bare(&w, &b);
	msg_pl(&w, PL_V, part(zeros, 0, MSG_MAX_LEN - 12));
	msg_pl(&w, PL_V, part(zeros, 0, 4));
	assert_int_equal(msg_end(&w), 0);
	msg_pl(&w, PL_V, part(zeros, 0, 0));
	assert_int_equal(msg_end(&w), ERR_LIMIT);
	buf_fini(&b);
}

static void buffer_that_ran_full_fails_the_message(void **state)
{
	struct msg_writer w;
	struct buf b;

	begin(&b, &w);
	b.max = 100;
	nonce_pl_put(&w, part(wire_init_request, 0, 64));
	nonce_pl_put(&w, part(wire_init_request, 0, 64));
	nonce_pl_put(&w, part(wire_init_request, 0, NONCE_MIN));
	assert_int_equal(msg_end(&w), ERR_LIMIT);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_ike_sa_init_as_the_other_implementation),
		cmocka_unit_test(same_inside_of_ike_auth_as_the_other_implementation),
		cmocka_unit_test(message_without_payloads),
		cmocka_unit_test(message_that_does_not_begin_the_buffer),
		cmocka_unit_test(payload_longer_than_its_length_field_fails),
		cmocka_unit_test(message_longer_than_a_datagram_fails),
		cmocka_unit_test(buffer_that_ran_full_fails_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
