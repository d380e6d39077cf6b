// SPDX-License-Identifier: GPL-2.0
/*
 * Peers that were restarted and know nothing: with tokens (RFC 6290) and
 * without, and everybody who only says that they were.
 */

#include "child_world.h"

#include <string.h>

#include "ike/qcd.h"
#include "ike/reload.h"
#include "ike/sa.h"
#include "ike/tunnel.h"
#include "letters.h"

#define TOKENS_OFF	"quick-crash-detection = false;"
#define ADDR_A_SECOND	"198.51.100.2"
#define SECOND_TUNNEL(source, destination)				\
	"interfaces = ( { name = \"tunnel-ip2\"; ipv4-address = \"192.0.3.1 255.255.255.0\";" \
	" tunnel: { mode = \"ipsec ipv4\"; source = \"" source "\";"	\
	" destination = \"" destination "\";"				\
	" protection: { ipsec-profile = \"ip\"; }; }; }, {"

static void up(struct world *w, const struct setup *s)
{
	world_init(w, s);
	world_start(w);
	assert_true(world_until(w, world_up, 2000));
	/* Long enough that nothing looks like a simultaneous start. */
	world_run(w, 1000);
}

static void restart(struct world *w, struct side *s)
{
	world_crash(w, s);
	world_run(w, 200);
	world_revive(w, s);
}

static void ask(struct side *s)
{
	ike_sa_queue(first_sa(s), TASK_LIVENESS, 0);
	ike_sa_run_tasks(first_sa(s));
}

static bool restarted(struct world *w)
{
	return side_counter(&w->a, "qcd_believed") == 1;
}

/* A asks, B shows the token, A connects anew: no silence to wait for. */
static void a_token_ends_it_at_once(void **state)
{
	static const struct setup suites[] = {
		{ .cookie_threshold = 0 }, { .encr = "\"aes-gcm-256\"" },
		{ .encr = "\"aes-gcm-128\"", .nat = true },
	};
	struct world w;
	size_t i;

	for (i = 0; i < 3; i++) {
		up(&w, &suites[i]);
		restart(&w, &w.b);
		ask(&w.a);
		assert_true(world_until(&w, restarted, 100));
		assert_int_equal(side_tunnel(&w.a).failure.reason,
				 FAILURE_PEER_RESTARTED);
		assert_true(world_until(&w, world_up, 1000));
		world_run(&w, 1000);
		world_assert_one(&w);
		assert_int_equal(side_counter(&w.b, "qcd_shown"), 1);
		assert_int_equal(side_counter(&w.a, "retransmits"), 0);
		world_fini(&w);
	}
}

/* The responder finds out the same way; the initiator may have been down. */
static void the_initiator_shows_tokens_too(void **state)
{
	struct setup s = { .b_initiates = true };
	struct world w;

	up(&w, &s);
	/* Whoever began the IKE SA loses it. */
	if (side_sa(&w.a).initiator)
		restart(&w, &w.a);
	else
		restart(&w, &w.b);
	world_recovers(&w);
}

/*
 * Without a token that fits, INVALID_IKE_SPI is a hint: with the silence that
 * follows it is reason enough to try a new IKE SA beside the old one.
 */
static void without_tokens_a_new_one_is_tried_beside(void **state)
{
	static const char *const settings[][2] = {
		{ TOKENS_OFF, TOKENS_OFF }, { "", TOKENS_OFF },
		{ TOKENS_OFF, "" }, { "", "" },
	};
	struct setup s = { .profile = "dpd-interval = 10;" };
	struct world w;
	size_t i;

	for (i = 0; i < 4; i++) {
		s.ikev2 = settings[i][0];
		s.ikev2_b = settings[i][1];
		up(&w, &s);
		secret_free(w.b.token_secret);
		w.b.token_secret = secret_new("other", 5);
		restart(&w, &w.b);
		ask(&w.a);
		world_run(&w, 1000);
		assert_int_equal(side_counter(&w.a, "qcd_believed"), 0);
		assert_int_equal(side_counter(&w.a, "qcd_wrong"), i == 3);
		assert_int_equal(side_established(&w.a), 1);
		assert_false(world_packet(&w));
		/* The first repetition is two seconds after the question. */
		world_run(&w, 1500);
		world_assert_one(&w);
		assert_int_equal(side_counter(&w.a, "tries_beside"), 1);
		world_run(&w, 200000);
		world_assert_one(&w);
		assert_int_equal(side_counter(&w.a, "peers_dead"), 0);
		world_fini(&w);
	}
}

static enum fate hold_init_of_b(struct world *w, struct letter *l)
{
	return !l->to_b && l->hdr.exchange == EXCHANGE_IKE_SA_INIT ? HOLD :
								     PASS;
}

/* One new IKE SA is tried, however often the old one is asked meanwhile. */
static void one_is_tried_beside(void **state)
{
	struct setup s = { .ikev2 = TOKENS_OFF };
	struct world w;

	up(&w, &s);
	restart(&w, &w.b);
	w.fault = hold_init_of_b;
	ask(&w.a);
	world_run(&w, 10000);
	assert_true(side_counter(&w.a, "rx_hints") >= 3);
	assert_int_equal(side_counter(&w.a, "tries_beside"), 1);
	assert_int_equal(side_sas(&w.a), 2);
	w.fault = NULL;
	world_release(&w);
	world_run(&w, 20000);
	world_assert_one(&w);
	assert_int_equal(side_counter(&w.a, "peers_dead"), 0);
	world_fini(&w);
}

static void a_responder_waits_for_the_peer(void **state)
{
	struct setup s = { .ikev2 = TOKENS_OFF, .profile = "dpd-interval = 10;" };
	struct world w;

	up(&w, &s);
	world_crash(&w, &w.a);
	world_run(&w, 100);
	/* A comes back, but has no reason to connect by itself. */
	w.a.cfg->ipsec_profiles[0].responder_only = true;
	world_revive(&w, &w.a);
	world_run(&w, 100000);
	assert_int_equal(side_counter(&w.b, "tries_beside"), 0);
	assert_true(side_counter(&w.b, "rx_hints") >= 2);
	world_run(&w, 100000);
	assert_int_equal(side_counter(&w.b, "peers_dead"), 1);
	world_assert_nothing(&w.b);
	world_fini(&w);
}

/* The one that comes back begins: INITIAL_CONTACT clears the table. */
static void initial_contact_replaces_the_old(void **state)
{
	struct setup s = { .ikev2 = TOKENS_OFF };
	uint32_t before;
	struct world w;

	up(&w, &s);
	before = side_child(&w.b).spi_in;
	restart(&w, &w.a);
	assert_true(world_until(&w, world_up, 5000));
	world_run(&w, 5000);
	world_assert_one(&w);
	assert_int_not_equal(side_child(&w.b).spi_in, before);
	assert_int_equal(side_sas(&w.b), 1);
	world_fini(&w);
}

static void count_up(void *arg, const struct view_tunnel *t)
{
	*(unsigned int *)arg += t->up;
}

static bool two_up(struct world *w)
{
	unsigned int a = 0, b = 0;

	ike_view_tunnels(w->a.ike, count_up, &a);
	ike_view_tunnels(w->b.ike, count_up, &b);
	return a == 2 && b == 2;
}

/* A second tunnel of the same two, who have names, from another address of A. */
static void add_tunnel(struct side *s, const struct setup *setup)
{
	const char *const edits[] = {
		"interfaces = ( {", s->is_b ?
		SECOND_TUNNEL(ADDR_B, ADDR_A_SECOND) :
		SECOND_TUNNEL(ADDR_A_SECOND, ADDR_B),
		s->is_b ? NULL : "address-local = [ \"" ADDR_A "\" ];", "",
		NULL,
	};
	struct cfg *cfg = world_config(setup, s->is_b, edits);
	struct view_reload r;

	assert_int_equal(ike_reload(s->ike, cfg, NULL, NULL, &r), 0);
	cfg_free(s->cfg);
	s->cfg = cfg;
}

static void take_contacts(void *arg, const struct view_traffic *t)
{
	if (strcmp(t->name, "INITIAL_CONTACT") == 0)
		*(uint64_t *)arg = t->count.tx_requests;
}

/*
 * It speaks of all IKE SAs between the two names: sent for a second tunnel it
 * would end the first one (RFC 7296 section 2.4).
 */
static void initial_contact_is_said_once(void **state)
{
	static const struct setup s = { .id_a = "a.example.com",
					.id_b = "b.example.com" };
	uint64_t contacts;
	struct world w;
	int at_once;

	for (at_once = 0; at_once < 2; at_once++) {
		world_init(&w, &s);
		if (!at_once) {
			world_start(&w);
			assert_true(world_until(&w, world_up, 2000));
		}
		add_tunnel(&w.b, &s);
		add_tunnel(&w.a, &s);
		if (at_once)
			world_start(&w);
		assert_true(world_until(&w, two_up, 2000));
		world_run(&w, 60000);
		assert_true(two_up(&w));
		contacts = 0;
		ike_view_notifies(w.a.ike, take_contacts, &contacts);
		assert_int_equal(contacts, 1);
		world_fini(&w);
	}
}

static struct tunnel *tunnel_of(struct side *s)
{
	return list_entry(s->ike->tunnels.next, struct tunnel, list);
}

static bool the_second_serves_a(struct world *w)
{
	return tunnel_of(&w->a)->sa != first_sa(&w->a);
}

/* B has the one that stands no longer in mind, and says nothing of it. */
static void forget_and_begin(struct side *s)
{
	tunnel_of(s)->sa = NULL;
	tunnel_connect(tunnel_of(s));
}

static void begins_anew(struct world *w)
{
	forget_and_begin(&w->b);
	assert_true(world_until(w, the_second_serves_a, 1000));
}

static void up_for(struct world *w, const struct setup *s, uint64_t ms)
{
	world_init(w, s);
	w->a.cfg->ipsec_profiles[0].responder_only = true;
	world_start(w);
	assert_true(world_until(w, world_up, 2000));
	world_run(w, ms);
}

/*
 * B is gone when its second IKE SA is there, with a child or without. A, whose
 * Delete of the first is never answered, must not go on with its child: the peer has
 * nothing to receive with.
 */
static void what_is_being_deleted_does_not_serve(void **state)
{
	struct setup s = { .b_initiates = true, .profile =
		"dpd-interval = 10; dpd-retries = 1; dpd-retry-interval = 1;" };
	struct world w;
	int childless;

	for (childless = 0; childless < 2; childless++) {
		up_for(&w, &s, 40000);
		w.a.kernel.refuse_sa = childless;
		begins_anew(&w);
		assert_int_equal(side_established(&w.a), 1);
		world_crash(&w, &w.b);
		world_run(&w, 15000);
		assert_int_equal(side_counter(&w.a, "peers_dead"), 1);
		assert_false(side_tunnel(&w.a).up);
		assert_int_equal(side_tunnel(&w.a).failure.reason,
				 FAILURE_PEER_DEAD);
		assert_string_equal(side_tunnel(&w.a).failure.ours,
				    "2 messages without answer to " ADDR_B "/500");
		assert_non_null(strstr(side_tunnel(&w.a).failure.setting,
				       "UDP ports"));
		assert_int_equal(side_kernel_sas(&w.a, KNL_IN), 0);
		assert_int_equal(side_kernel_sas(&w.a, KNL_OUT), 0);
		world_fini(&w);
	}
}

/*
 * A peer that answers each Delete with another IKE SA does not make a storm, and one
 * that makes many has few of them.
 */
static void a_young_one_is_not_deleted_at_once(void **state)
{
	struct setup s = { .b_initiates = true };
	struct world w;
	int i;

	up_for(&w, &s, 1000);
	begins_anew(&w);
	assert_int_equal(side_established(&w.a), 2);
	world_run(&w, 29000);
	assert_int_equal(side_established(&w.a), 2);
	assert_true(world_packet(&w));
	world_run(&w, 2000);
	world_assert_one(&w);
	for (i = 0; i < 10; i++) {
		forget_and_begin(&w.b);
		world_run(&w, 500);
	}
	assert_int_equal(side_established(&w.a), 5);
	assert_int_equal(side_counter(&w.a, "replaced_young"), 10);
	world_run(&w, 31000);
	world_assert_one(&w);
	world_fini(&w);
}

static enum fate hold_answers_to_a(struct world *w, struct letter *l)
{
	return !l->to_b && l->hdr.flags & IKE_FLAG_RESPONSE ? HOLD : PASS;
}

/* A's Delete waits for an answer; meanwhile B wants a child. */
static void no_child_where_the_ike_sa_ends(void **state)
{
	uint32_t before;
	struct world w;

	up(&w, NULL);
	before = side_child(&w.a).spi_in;
	w.fault = hold_answers_to_a;
	ask(&w.a);
	ike_sa_queue(first_sa(&w.a), TASK_DELETE_IKE, 0);
	side_rekey_child(&w.b);
	world_run(&w, 500);
	assert_int_equal(side_child(&w.a).spi_in, before);
	w.fault = NULL;
	world_release(&w);
	world_run(&w, 5000);
	world_recovers(&w);
}

/* A asked for one before, and nothing else serves when the answer is there. */
static void a_child_may_come_too_late(void **state)
{
	struct world w;

	up(&w, NULL);
	w.fault = hold_answers_to_a;
	side_lose_child(&w.a);
	world_run(&w, 50);
	ike_sa_queue(first_sa(&w.a), TASK_NEW_CHILD, 0);
	ike_sa_run_tasks(first_sa(&w.a));
	ike_sa_queue(first_sa(&w.a), TASK_DELETE_IKE, 0);
	tunnel_of(&w.a)->sa = NULL;
	w.fault = NULL;
	world_release(&w);
	world_run(&w, 50);
	assert_int_equal(side_counter(&w.a, "children_too_late"), 1);
	assert_int_equal(side_kernel_sas(&w.a, KNL_OUT), 0);
	world_run(&w, 5000);
	world_recovers(&w);
}

/* ------------------------------------------------------------- after rekey */

static void rekey_ike(struct world *w, struct side *s)
{
	ike_sa_queue(first_sa(s), TASK_REKEY_IKE, 0);
	ike_sa_run_tasks(first_sa(s));
	world_run(w, 60000);
	world_assert_one(w);
}

/* Each side, having rekeyed itself or not, has a token for the new SPIs. */
static void tokens_are_renewed_with_the_ike_sa(void **state)
{
	struct world w;
	int who, down;

	for (who = 0; who < 2; who++) {
		for (down = 0; down < 2; down++) {
			struct side *lost, *asks;

			up(&w, NULL);
			rekey_ike(&w, who ? &w.b : &w.a);
			lost = down ? &w.b : &w.a;
			asks = down ? &w.a : &w.b;
			world_crash(&w, lost);
			world_run(&w, 100);
			world_revive(&w, lost);
			/* Before it has said a word of its own. */
			w.fault = NULL;
			ask(asks);
			world_run(&w, 50);
			assert_int_equal(side_counter(asks, "qcd_believed"), 1);
			assert_true(world_until(&w, world_up, 5000));
			world_fini(&w);
		}
	}
}

/* --------------------------------------------------------------- attackers */

/*
 * While B has the IKE SA it must not let go of the token, however its SPIs are
 * arranged: swapped, with the roles reversed, or one of them another.
 */
static void no_token_for_a_living_ike_sa(void **state)
{
	static const uint8_t flags[] = { 0, IKE_FLAG_INITIATOR };
	struct letters seen = { 0 }, answers = { 0 };
	struct letter *l;
	unsigned int i, k, form;
	struct world w;

	world_init(&w, NULL);
	w.fault = record_passing;
	w.fault_arg = &seen;
	world_start(&w);
	assert_true(world_until(&w, world_up, 2000));
	w.fault_arg = &answers;
	for (i = 2; i < seen.count; i++) {
		for (form = 0; form < 8; form++) {
			l = letters_copy(seen.letter[i]);
			l->to_b = form & 4;
			l->msg.p[19] = flags[form & 1];
			for (k = 0; k < 8 && form & 2; k++) {
				uint8_t octet = l->msg.p[k];

				l->msg.p[k] = l->msg.p[8 + k];
				l->msg.p[8 + k] = octet;
			}
			letters_give(&w, l);
			letters_free(l);
		}
	}
	assert_int_equal(side_counter(&w.a, "qcd_shown"), 0);
	assert_int_equal(side_counter(&w.b, "qcd_shown"), 0);
	world_run(&w, 1000);
	w.fault = NULL;
	world_assert_one(&w);
	letters_fini(&seen);
	letters_fini(&answers);
	world_fini(&w);
}

/* INVALID_IKE_SPI in clear, with @token if there is one, for A's IKE SA. */
static void cry(struct world *w, const uint8_t *token, size_t len)
{
	struct ike_sa *sa = first_sa(&w->a);
	struct ike_hdr hdr = { .spi_i = sa->spi_i, .spi_r = sa->spi_r,
			       .version = IKE_VERSION,
			       .exchange = EXCHANGE_INFORMATIONAL,
			       .flags = IKE_FLAG_RESPONSE };
	struct net_path path = sa->path;
	struct msg_writer mw;
	struct buf m;

	/* From wherever the attacker is. */
	addr_parse("203.0.113.66", &path.remote.addr);
	buf_init(&m, MSG_MAX_LEN);
	msg_begin(&mw, &m, &hdr);
	notify_pl_put_simple(&mw, N_INVALID_IKE_SPI, (struct view){ NULL, 0 });
	if (token)
		notify_pl_put(&mw, PROTO_IKE, (struct view){ NULL, 0 },
			      N_QUICK_CRASH_DETECTION,
			      (struct view){ token, len });
	assert_false(msg_end(&mw));
	ike_receive(w->a.ike, &path, buf_view(&m));
	buf_fini(&m);
}

static void wrong_tokens_are_a_hint_at_most(void **state)
{
	static const uint8_t guesses[200] = { 1, 2, 3 };
	struct world w;
	size_t len;

	up(&w, NULL);
	for (len = 0; len <= 160; len++)
		cry(&w, guesses, len);
	for (len = 0; len < 1000; len++)
		cry(&w, NULL, 0);
	assert_int_equal(side_counter(&w.a, "qcd_believed"), 0);
	assert_int_equal(side_counter(&w.a, "qcd_wrong"), 161);
	assert_int_equal(side_counter(&w.a, "rx_hints"), 1161);
	/* One question for all of them, and the tunnel goes on. */
	assert_int_equal(first_sa(&w.a)->tx.next, 3);
	world_run(&w, 5000);
	world_assert_one(&w);
	assert_int_equal(side_sa(&w.a).remote.addr.family, AF_INET);
	world_fini(&w);
}

/*
 * An attacker who also keeps the peers apart for a while gets us to try a new
 * IKE SA; the old one works until that is proven, and one is left.
 */
static void hints_in_silence_cost_nothing(void **state)
{
	struct world w;
	int heal;

	for (heal = 0; heal < 2; heal++) {
		up(&w, NULL);
		w.fault = lose_all;
		ask(&w.a);
		world_run(&w, 100);
		cry(&w, NULL, 0);
		world_run(&w, 3000);
		assert_int_equal(side_counter(&w.a, "tries_beside"), 1);
		assert_int_equal(side_established(&w.a), 1);
		assert_true(world_packet(&w));
		if (heal)
			w.fault = NULL;
		world_run(&w, 20000);
		assert_int_equal(side_established(&w.a), 1);
		w.fault = NULL;
		world_run(&w, 60000);
		world_assert_one(&w);
		assert_int_equal(side_counter(&w.a, "peers_dead"), 0);
		world_fini(&w);
	}
}

static void hints_are_followed_now_and_then(void **state)
{
	struct world w;
	uint32_t first;

	up(&w, NULL);
	first = first_sa(&w.a)->tx.next;
	cry(&w, NULL, 0);
	world_run(&w, 1000);
	cry(&w, NULL, 0);
	world_run(&w, 1000);
	assert_int_equal(first_sa(&w.a)->tx.next, first + 1);
	world_run(&w, QCD_HINT_MS);
	cry(&w, NULL, 0);
	world_run(&w, 1000);
	assert_int_equal(first_sa(&w.a)->tx.next, first + 2);
	world_assert_one(&w);
	world_fini(&w);
}

/* The right token from any address (RFC 6290 section 4.5). */
static void the_right_token_may_come_from_anywhere(void **state)
{
	uint8_t token[QCD_TOKEN_MAX];
	struct world w;
	size_t len;

	up(&w, NULL);
	len = secret_len(first_sa(&w.a)->qcd_token);
	memcpy(token, secret_bytes(first_sa(&w.a)->qcd_token), len);
	token[len - 1] ^= 1;
	cry(&w, token, len);
	assert_int_equal(side_counter(&w.a, "qcd_believed"), 0);
	token[len - 1] ^= 1;
	cry(&w, token, len - 1);
	assert_int_equal(side_counter(&w.a, "qcd_believed"), 0);
	cry(&w, token, len);
	assert_int_equal(side_counter(&w.a, "qcd_believed"), 1);
	assert_true(world_until(&w, world_up, 5000));
	world_fini(&w);
}

/** struct sizes - octets given to a host that knows nothing, and taken */
struct sizes {
	size_t asked, answered;
	unsigned int answers;
};

static enum fate weigh(struct world *w, struct letter *l)
{
	struct sizes *s = w->fault_arg;

	if (l->to_b) {
		s->asked = l->msg.len;
	} else {
		s->answered = l->msg.len;
		s->answers++;
	}
	return PASS;
}

/* The answer with a token is no longer than the question, and they are few. */
static void tokens_amplify_nothing(void **state)
{
	static const struct setup suites[] = {
		{ .cookie_threshold = 0 }, { .encr = "\"aes-gcm-256\"" },
	};
	struct letters seen = { 0 };
	struct sizes sizes = { 0 };
	struct world w;
	unsigned int i;
	size_t s;

	for (s = 0; s < 2; s++) {
		up(&w, &suites[s]);
		w.fault = record_passing;
		w.fault_arg = &seen;
		ask(&w.a);
		world_run(&w, 100);
		world_crash(&w, &w.b);
		world_crash(&w, &w.a);
		world_revive(&w, &w.b);
		w.fault = weigh;
		w.fault_arg = &sizes;
		sizes = (struct sizes){ .asked = 0 };
		for (i = 0; i < 1000; i++)
			letters_give(&w, seen.letter[0]);
		assert_true(sizes.answered <= seen.letter[0]->msg.len);
		assert_in_range(sizes.answers, 1, 20);
		assert_int_equal(side_counter(&w.b, "qcd_shown"), sizes.answers);
		assert_int_equal(side_counter(&w.b, "tx_drop_rate"),
				 1000 - sizes.answers);
		letters_fini(&seen);
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_ends_it_at_once),
		cmocka_unit_test(the_initiator_shows_tokens_too),
		cmocka_unit_test(without_tokens_a_new_one_is_tried_beside),
		cmocka_unit_test(one_is_tried_beside),
		cmocka_unit_test(a_responder_waits_for_the_peer),
		cmocka_unit_test(initial_contact_replaces_the_old),
		cmocka_unit_test(initial_contact_is_said_once),
		cmocka_unit_test(what_is_being_deleted_does_not_serve),
		cmocka_unit_test(a_young_one_is_not_deleted_at_once),
		cmocka_unit_test(no_child_where_the_ike_sa_ends),
		cmocka_unit_test(a_child_may_come_too_late),
		cmocka_unit_test(tokens_are_renewed_with_the_ike_sa),
		cmocka_unit_test(no_token_for_a_living_ike_sa),
		cmocka_unit_test(wrong_tokens_are_a_hint_at_most),
		cmocka_unit_test(hints_in_silence_cost_nothing),
		cmocka_unit_test(hints_are_followed_now_and_then),
		cmocka_unit_test(the_right_token_may_come_from_anywhere),
		cmocka_unit_test(tokens_amplify_nothing),
	};

	return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
