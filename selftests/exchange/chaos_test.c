// SPDX-License-Identifier: GPL-2.0
/*
 * A network that loses, doubles, delays and damages, NATs that forget, hosts
 * that crash, rekeys of both kinds at any time, and somebody who lies about it
 * all, for two minutes, nearly the same way for the same seed (SPIs and nonces
 * differ). Then it is quiet, and one tunnel stands with nothing left over.
 */

#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/sa.h"
#include "letters.h"

#define ROUNDS		150
#define CHAOS_MS	120000
#define QUIET_MS	600000

static struct letters seen;

/* What must have happened in some of the rounds. */
static const char *const wanted[] = {
	"qcd_believed", "peers_moved", "tries_beside",
	"fragment_lowered", "rx_drop_icv", "rx_drop_message_id",
	"rx_drop_fragment_duplicate", "rx_retransmits", "cookies_sent",
	"rx_hints",
};

#define WANTED	(sizeof(wanted) / sizeof(wanted[0]))

static uint64_t happened[WANTED];

static struct letter *mutilated(const struct letter *l)
{
	struct letter *bad = letters_copy(l);

	bad->msg.p[(size_t)rand() % bad->msg.len] ^= (uint8_t)(1 << rand() % 8);
	return bad;
}

static enum fate bad_network(struct world *w, struct letter *l)
{
	struct letter *bad;
	int dice = rand() % 100;

	if (seen.count < LETTERS_MAX && rand() % 4 == 0)
		letters_add(&seen, l);
	if (dice < 5) {
		bad = mutilated(l);
		list_add_tail(&w->letters, &bad->list);
		return PASS;
	}
	return dice < 25 ? LOSE : dice < 35 ? REPEAT : dice < 45 ? HOLD : PASS;
}

static struct ike_sa *some_sa(struct side *s)
{
	struct ike_sa *sa, *found = NULL;

	list_for_each(sa, &s->ike->sas, struct ike_sa, list)
		if (sa->state == IKE_ESTABLISHED)
			found = sa;
	return found;
}

/* INVALID_IKE_SPI in clear for an IKE SA of @s. */
static void lie(struct world *w, struct side *s)
{
	struct ike_sa *sa = some_sa(s);
	struct ike_hdr hdr = { .version = IKE_VERSION,
			       .exchange = EXCHANGE_INFORMATIONAL };
	struct msg_writer mw;
	struct net_path path;
	struct buf m;

	if (!sa)
		return;
	path = sa->path;
	hdr.spi_i = sa->spi_i;
	hdr.spi_r = sa->spi_r;
	hdr.flags = IKE_FLAG_RESPONSE |
		    (sa->initiator ? 0 : IKE_FLAG_INITIATOR);
	buf_init(&m, MSG_MAX_LEN);
	msg_begin(&mw, &m, &hdr);
	notify_pl_put_simple(&mw, N_INVALID_IKE_SPI, (struct view){ NULL, 0 });
	assert_false(msg_end(&mw));
	ike_receive(s->ike, &path, buf_view(&m));
	buf_fini(&m);
}

static void ask(struct side *s)
{
	struct ike_sa *sa = some_sa(s);

	if (!sa)
		return;
	ike_sa_queue(sa, TASK_LIVENESS, 0);
	ike_sa_run_tasks(sa);
}

static void crash(struct world *w, struct side *s)
{
	world_crash(w, s);
	world_run(w, (uint64_t)(rand() % 5000));
	world_revive(w, s);
}

static void replay(struct world *w)
{
	struct letter *l;

	if (!seen.count)
		return;
	l = letters_copy(seen.letter[(unsigned int)rand() % seen.count]);
	l->path.remote.port = (uint16_t)(rand() % 2 ? l->path.remote.port :
					 1000 + rand() % 1000);
	letters_give(w, l);
	letters_free(l);
}

static void something_happens(struct world *w)
{
	struct side *s = rand() % 2 ? &w->a : &w->b;

	switch (rand() % 14) {
	case 0:
		crash(w, s);
		break;
	case 1:
		if (w->nat)
			w->nat_port = (uint16_t)(30000 + rand() % 20000);
		break;
	case 2:
	case 3:
		lie(w, s);
		break;
	case 4:
		if (some_sa(s) && side_tunnel(s).up)
			side_esp_from(s, (uint16_t)(4500 + w->nat_port));
		break;
	case 5:
		w->path_mtu = rand() % 2 ? 600 : 0;
		break;
	case 6:
	case 7:
		replay(w);
		break;
	case 8:
		world_release(w);
		break;
	case 9:
		if (side_tunnel(s).up && some_sa(s))
			side_rekey_child(s);
		break;
	case 10:
		if (some_sa(s)) {
			ike_sa_queue(some_sa(s), TASK_REKEY_IKE, 0);
			ike_sa_run_tasks(some_sa(s));
		}
		break;
	default:
		ask(s);
	}
}

static void one_round(unsigned int seed)
{
	static char id_a[200], id_b[200];
	struct setup s = {
		.id_a = id_a, .id_b = id_b, .long_auth = seed & 1,
		.nat = seed & 2, .b_initiates = (seed & 12) == 4,
		.no_cookie_default = seed & 16,
		.ikev2 = seed & 32 ? "fragment-size = 576;" : "",
		.profile = "dpd-interval = 10;",
		.work_ms = seed % 3 == 1 ? seed % 50 + 1 : 0,
	};
	uint64_t end;
	struct world w;
	size_t i;

	memset(id_a, 'a', sizeof(id_a) - 1);
	memset(id_b, 'b', sizeof(id_b) - 1);
	id_a[60] = id_a[120] = id_b[60] = id_b[120] = '.';
	id_a[180] = id_b[180] = '\0';
	srand(seed);
	world_init(&w, &s);
	w.fault = bad_network;
	world_start(&w);
	for (end = w.now_ms + CHAOS_MS; w.now_ms < end;) {
		world_run(&w, (uint64_t)(rand() % 3000));
		something_happens(&w);
	}
	w.fault = NULL;
	w.path_mtu = 0;
	world_release(&w);
	world_run(&w, QUIET_MS);
	for (i = 0; i < WANTED; i++)
		happened[i] += side_counter(&w.a, wanted[i]) +
			       side_counter(&w.b, wanted[i]);
	world_assert_one(&w);
	assert_int_equal(w.a.ike->unproven_octets, 0);
	assert_int_equal(w.b.ike->unproven_octets, 0);
	assert_int_equal(w.b.ike->half_open_count, 0);
	assert_int_equal(w.b.ike->half_open.count, 0);
	assert_int_equal(side_sas(&w.a), 1);
	assert_int_equal(side_sas(&w.b), 1);
	world_fini(&w);
	letters_fini(&seen);
}

static unsigned int at_hand;

static void one_tunnel_stands_in_the_end(void **state)
{
	const char *only = getenv("SEED");
	size_t i;

	if (only) {
		one_round((unsigned int)atoi(only));
		return;
	}
	for (at_hand = 1; at_hand <= ROUNDS; at_hand++)
		one_round(at_hand);
	for (i = 0; i < WANTED; i++)
		if (!happened[i])
			fail_msg("%s never happened", wanted[i]);
}

static int say(void **state)
{
	if (at_hand <= ROUNDS)
		print_message("SEED=%u\n", at_hand);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(one_tunnel_stands_in_the_end,
						 say),
	};

	return cmocka_run_group_tests_name("chaos", tests, NULL, NULL);
}
