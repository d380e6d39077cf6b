// SPDX-License-Identifier: GPL-2.0
/*
 * Random fragments from a peer that has the keys, always the same ones: any
 * number, total, size, first payload and message ID, sealed as they should be
 * or damaged afterwards. B keeps little, gives nothing away and goes on.
 */

#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "ike/fragment.h"
#include "ike/reassembly.h"
#include "lots.h"

#define ROUNDS		30000
#define MAX_PIECE	600

/** struct piece - a fragment as the peer would like it */
struct piece {
	uint16_t number, total;
	uint8_t first;
	uint8_t exchange;
	bool response;
	uint32_t msgid;
	size_t len;
};

static void invent(struct piece *p, const struct ike_sa *b)
{
	static const uint8_t firsts[] = { PL_NONE, PL_N, PL_D, PL_SA, PL_NONCE,
					  PL_SK, PL_SKF, 200 };
	static const uint8_t exchanges[] = {
		EXCHANGE_IKE_AUTH, EXCHANGE_INFORMATIONAL,
		EXCHANGE_CREATE_CHILD_SA, EXCHANGE_IKE_SA_INIT,
	};

	p->total = (uint16_t)(random_below(40) ? 1 + random_below(6) :
			      random_below(70000));
	p->number = (uint16_t)(random_below(40) ? 1 + random_below(p->total + 1) :
			       random_below(65536));
	p->first = firsts[random_below(sizeof(firsts))];
	p->exchange = exchanges[random_below(40) ? 1 : random_below(4)];
	p->response = !random_below(8);
	p->msgid = (p->response ? b->tx.next : b->rx.next) +
		   (random_below(8) ? 0 : random_below(5) - 2);
	p->len = random_below(4) ? random_below(40) : random_below(MAX_PIECE);
}

static void seal(struct ike_sa *a, const struct piece *p, struct buf *out)
{
	uint8_t octets[MAX_PIECE];
	size_t skf_len = 8 + p->len + sk_overhead(a->sk_out, p->len), i;

	/* Small numbers are what types and lengths are made of. */
	for (i = 0; i < p->len; i++)
		octets[i] = (uint8_t)random_below(random_below(2) ? 256 : 9);
	buf_put_u64(out, a->spi_i);
	buf_put_u64(out, a->spi_r);
	buf_put_u8(out, PL_SKF);
	buf_put_u8(out, IKE_VERSION);
	buf_put_u8(out, p->exchange);
	buf_put_u8(out, IKE_FLAG_INITIATOR |
			(p->response ? IKE_FLAG_RESPONSE : 0));
	buf_put_u32(out, p->msgid);
	buf_put_u32(out, (uint32_t)(IKE_HDR_LEN + skf_len));
	buf_put_u8(out, p->first);
	buf_put_u8(out, random_below(20) ? 0 : 0x80);
	buf_put_u16(out, (uint16_t)skf_len);
	buf_put_u16(out, p->number);
	buf_put_u16(out, p->total);
	assert_false(sk_seal(a->sk_out, out, 0, (struct view){ octets, p->len }));
}

static void damage(struct buf *m)
{
	if (random_below(10))
		return;
	m->p[random_below((uint32_t)m->len)] ^= (uint8_t)(1 << random_below(8));
}

static struct ike_sa *first_sa(struct side *s)
{
	return list_empty(&s->ike->sas) ? NULL :
	       list_entry(s->ike->sas.next, struct ike_sa, list);
}

static size_t held(const struct ike_sa *sa)
{
	return (sa->rx.parts ? sa->rx.parts->octets : 0) +
	       (sa->tx.parts ? sa->tx.parts->octets : 0);
}

static uint64_t drops(struct side *s)
{
	static const char *const names[] = {
		"rx_drop_fragment_malformed", "rx_drop_fragment_limit",
		"rx_drop_fragment_total", "rx_drop_fragment_duplicate",
		"rx_drop_fragment_repeat", "rx_drop_icv", "rx_drop_message_id",
		"rx_drop_malformed", "rx_drop_state", "rx_drop_unknown_spi",
		"rx_drop_short", "rx_drop_version", "rx_drop_critical",
		"rx_drop_payloads",
	};
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		sum += side_counter(s, names[i]);
	return sum;
}

static void fresh(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 2000));
	w->fault = lose_all;
}

/* Return: whether B still has the IKE SA. */
static bool throw_one(struct world *w, struct ike_sa *a, uint64_t *kept)
{
	struct ike_sa *b = first_sa(&w->b);
	struct net_path path = b->path;
	uint64_t before = drops(&w->b), parts = side_counter(&w->b,
							    "rx_fragments");
	struct piece p;
	struct buf m;

	invent(&p, b);
	buf_init(&m, MSG_MAX_LEN);
	seal(a, &p, &m);
	damage(&m);
	ike_receive(w->b.ike, &path, buf_view(&m));
	buf_fini(&m);
	*kept += side_counter(&w->b, "rx_fragments") - parts;
	/* Whatever was not kept has a counter, or was a repeated request. */
	assert_true(drops(&w->b) > before ||
		    side_counter(&w->b, "rx_fragments") > parts ||
		    side_counter(&w->b, "rx_retransmits") > 0);
	b = first_sa(&w->b);
	if (!b || b->state != IKE_ESTABLISHED)
		return false;
	assert_true(held(b) <= 2 * REASSEMBLY_OCTETS);
	return true;
}

static void a_peer_with_keys_breaks_nothing(void **state)
{
	static const struct setup suites[] = {
		{ .cookie_threshold = 0 }, { .encr = "\"aes-gcm-256\"" },
	};
	uint64_t kept = 0, worlds = 0;
	struct world w;
	unsigned int i;
	size_t s;

	for (s = 0; s < 2; s++) {
		random_state = 0x7383 + s;
		fresh(&w, &suites[s]);
		for (i = 0; i < ROUNDS; i++) {
			/* As after a minute of silence. */
			if (!random_below(30)) {
				fragment_drop(first_sa(&w.b), &first_sa(&w.b)->rx);
				fragment_drop(first_sa(&w.b), &first_sa(&w.b)->tx);
			}
			if (throw_one(&w, first_sa(&w.a), &kept))
				continue;
			/* INVALID_SYNTAX ended it: rightly. Begin anew. */
			worlds++;
			world_fini(&w);
			fresh(&w, &suites[s]);
		}
		assert_int_equal(side_counter(&w.b, "ike_sas_established"), 1);
		world_fini(&w);
	}
	/* The loop got to the inside, and to the end of messages. */
	assert_true(kept > ROUNDS / 10);
	assert_true(worlds > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_peer_with_keys_breaks_nothing),
	};

	return cmocka_run_group_tests_name("fragment fuzz", tests, NULL, NULL);
}
