// SPDX-License-Identifier: GPL-2.0
/*
 * agent/proto over messages damaged at random, always the same ones: nothing
 * crashes, nothing is read behind the end, nothing is given out from elsewhere.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lots.h"
#include "wire.h"

#define ROUNDS		100000
#define MAX_DAMAGE	8
#define MAX_LEN		(2 * WIRE_INIT_LEN)

/** struct sample - a message under damage */
struct sample {
	uint8_t p[MAX_LEN];
	size_t len;
};

static void set_octet(struct sample *s)
{
	static const uint8_t favourites[] = {
		0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xff,
	};
	uint32_t pick = random_below(2 * sizeof(favourites));

	s->p[random_below((uint32_t)s->len)] = pick < sizeof(favourites) ?
		favourites[pick] : (uint8_t)random_below(256);
}

static void cut_out(struct sample *s)
{
	size_t at = random_below((uint32_t)s->len);
	size_t n = 1 + random_below((uint32_t)(s->len - at));

	if (n >= s->len)
		return;
	memmove(s->p + at, s->p + at + n, s->len - at - n);
	s->len -= n;
}

static void repeat_part(struct sample *s)
{
	size_t at = random_below((uint32_t)s->len);
	size_t n = 1 + random_below((uint32_t)(s->len - at));

	if (s->len + n > MAX_LEN)
		return;
	memmove(s->p + at + n, s->p + at, s->len - at);
	s->len += n;
}

/* A length or count gets a value that is nearly right. */
static void bend_length(struct sample *s)
{
	const struct wire_length *l = s->p[17] == IKE_VERSION ?
		&wire_init_lengths[random_below(WIRE_INIT_LENGTHS)] :
		&wire_auth_lengths[random_below(WIRE_AUTH_LENGTHS)];

	if (l->at + 2U <= s->len)
		wire_put(s->p + l->at, l->size,
			 wire_get(s->p + l->at, l->size) + random_below(9) - 4);
}

static void damage(struct sample *s)
{
	static void (*const ways[])(struct sample *s) = {
		set_octet, set_octet, set_octet, cut_out, repeat_part,
		bend_length, bend_length,
	};
	uint32_t n = 1 + random_below(MAX_DAMAGE);

	while (n--)
		ways[random_below(sizeof(ways) / sizeof(ways[0]))](s);
}

static void start(struct sample *s, const uint8_t *p, size_t len)
{
	memcpy(s->p, p, len);
	s->len = len;
}

/* Return: was it believed? */
static bool decode_copy(const struct sample *s, int first)
{
	uint8_t *copy = wire_copy(s->p, s->len);
	struct view v = { copy, s->len };
	int err = first ? wire_decode((uint8_t)first, v, true) :
			  wire_decode_message(v);

	free(copy);
	return !err;
}

static void damaged_message_is_read_safely(void **state)
{
	unsigned int i, believed = 0;
	struct sample s;

	random_state = 0x7296;
	for (i = 0; i < ROUNDS; i++) {
		start(&s, wire_init_request, WIRE_INIT_LEN);
		damage(&s);
		/* Otherwise nearly all would end at the header. */
		if (s.len >= IKE_HDR_LEN && random_below(16))
			wire_put(s.p + 24, 4, (uint32_t)s.len);
		believed += decode_copy(&s, PL_NONE);
	}
	/* Damage to nonces and the like stays unseen: the loop got that far. */
	assert_in_range(believed, ROUNDS / 100, ROUNDS / 2);
}

static void damaged_inside_of_sk_is_read_safely(void **state)
{
	unsigned int i, believed = 0;
	struct sample s;

	random_state = 0x8784;
	for (i = 0; i < ROUNDS; i++) {
		start(&s, wire_auth_request, WIRE_AUTH_LEN);
		damage(&s);
		believed += decode_copy(&s, PL_IDi);
	}
	assert_in_range(believed, ROUNDS / 100, ROUNDS / 2);
}

static void noise_is_read_safely_as_any_payload(void **state)
{
	struct sample s;
	unsigned int i;
	size_t at;

	random_state = 0x4303;
	for (i = 0; i < ROUNDS; i++) {
		s.len = 4 + random_below(60);
		wire_put(s.p, 2, PL_NONE);
		wire_put(s.p + 2, 2, (uint32_t)s.len);
		/* Small numbers are what lengths and types are made of. */
		for (at = 4; at < s.len; at++)
			s.p[at] = (uint8_t)random_below(random_below(2) ? 256 :
							9);
		decode_copy(&s, PL_SA + (int)random_below(PL_TSr - PL_SA + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_message_is_read_safely),
		cmocka_unit_test(damaged_inside_of_sk_is_read_safely),
		cmocka_unit_test(noise_is_read_safely_as_any_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
