// SPDX-License-Identifier: GPL-2.0
/*
 * The world of an exchange test.
 */

#include "world.h"

#include <linux/tunnel_ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "log/log.h"
#include "util/err.h"

#define TRAFFIC_MS	10
#define IP_UDP_LEN	28
#define NAT_PORT	40000

/* -------------------------------------------------------------------- clock */

static uint64_t fake_mono(void *arg)
{
	return ((struct world *)arg)->now_ms;
}

static int64_t fake_wall(void *arg)
{
	struct world *w = arg;

	return w->epoch_ms + (int64_t)w->now_ms;
}

/* ------------------------------------------------------------------ network */

static void flip(struct net_path *path)
{
	struct endpoint local = path->local;

	path->local = path->remote;
	path->remote = local;
}

/* A's inside address becomes the public one and back; ports change too. */
static void translate(struct world *w, struct letter *l)
{
	struct addr inside, outside;

	if (!w->nat)
		return;
	addr_parse(ADDR_A_INSIDE, &inside);
	addr_parse(ADDR_A, &outside);
	if (l->to_b) {
		l->path.remote.addr = outside;
		l->path.remote.port += w->nat_port;
	} else {
		l->path.local.addr = inside;
		l->path.local.port -= w->nat_port;
		/* To a mapping that the NAT has not, or no longer. */
		l->undeliverable = l->path.local.port != IKE_PORT &&
				   l->path.local.port != IKE_NATT_PORT;
	}
}

static void letter_free(struct letter *l)
{
	list_del(&l->list);
	buf_fini(&l->msg);
	free(l);
}

static struct letter *letter_copy(const struct letter *l)
{
	struct letter *copy = calloc(1, sizeof(*copy));

	assert_non_null(copy);
	*copy = *l;
	list_init(&copy->list);
	buf_init(&copy->msg, MSG_MAX_LEN);
	buf_put_view(&copy->msg, buf_view(&l->msg));
	return copy;
}

static void post(struct world *w, struct letter *l)
{
	enum fate fate = w->fault ? w->fault(w, l) : PASS;

	if (l->undeliverable ||
	    (w->path_mtu && l->msg.len + IP_UDP_LEN > w->path_mtu))
		fate = LOSE;
	if (fate == REPEAT)
		list_add_tail(&w->letters, &letter_copy(l)->list);
	list_add_tail(fate == HOLD ? &w->held : &w->letters, &l->list);
	if (fate == LOSE)
		letter_free(l);
}

static struct fake_socket *find_socket(struct side *s, const struct addr *local,
				       unsigned int fvrf)
{
	size_t i;

	for (i = 0; i < FAKE_SOCKETS; i++)
		if (s->sockets[i].open && s->sockets[i].fvrf == fvrf &&
		    addr_eq(&s->sockets[i].local, local))
			return &s->sockets[i];
	return NULL;
}

static int fake_send(void *arg, const struct net_path *path, struct view msg,
		     char why[NET_WHY])
{
	struct side *s = arg;
	struct world *w = s->world;
	struct letter *l;

	snprintf(why, NET_WHY, "the fake network refuses");
	if (!find_socket(s, &path->local.addr, path->fvrf))
		return ERR_NOT_FOUND;
	if (s->refuse_send)
		return ERR_IO;
	l = calloc(1, sizeof(*l));
	assert_non_null(l);
	assert_false(ike_hdr_parse(msg, &l->hdr));
	l->to_b = !s->is_b;
	l->due_ms = w->now_ms + LATENCY_MS;
	l->path = *path;
	l->number = ++w->count;
	flip(&l->path);
	translate(w, l);
	buf_init(&l->msg, MSG_MAX_LEN);
	buf_put_view(&l->msg, msg);
	s->sent++;
	post(w, l);
	return 0;
}

static int fake_keepalive(void *arg, const struct net_path *path)
{
	return 0;
}

static int fake_listen(void *arg, const struct addr *local, unsigned int fvrf)
{
	struct side *s = arg;
	size_t i;

	if (find_socket(s, local, fvrf))
		return 0;
	for (i = 0; i < FAKE_SOCKETS && s->sockets[i].open; i++)
		;
	assert_true(i < FAKE_SOCKETS);
	s->sockets[i] = (struct fake_socket){ true, *local, fvrf };
	return 0;
}

static void fake_unlisten(void *arg, const struct addr *local,
			  unsigned int fvrf)
{
	struct side *s = arg;
	struct fake_socket *socket = find_socket(s, local, fvrf);

	assert_non_null(socket);
	socket->open = false;
	s->unlistened++;
}

static size_t fake_path_mtu(void *arg, const struct net_path *path)
{
	return ((struct side *)arg)->world->known_mtu;
}

static void fake_counters(void *arg, struct net_counters *out)
{
}

static const struct net_ops fake_net_ops = {
	.send = fake_send,
	.keepalive = fake_keepalive,
	.listen = fake_listen,
	.unlisten = fake_unlisten,
	.path_mtu = fake_path_mtu,
	.counters = fake_counters,
};

void world_release(struct world *w)
{
	struct letter *l, *tmp;

	list_for_each_safe(l, tmp, &w->held, struct letter, list) {
		list_del(&l->list);
		l->due_ms = w->now_ms + LATENCY_MS;
		list_add_tail(&w->letters, &l->list);
	}
}

static void load(struct side *s, const struct setup *setup)
{
	s->cfg = world_config(setup, s->is_b, NULL);
	if (setup->cookie_threshold || setup->no_cookie_default)
		s->cfg->cookie_threshold = setup->cookie_threshold;
}

/* --------------------------------------------------------------------- life */

static void build_engine(struct side *s)
{
	struct ike_env env = {
		.net = &fake_net_ops, .net_arg = s,
		.knl = &fake_knl_ops, .knl_arg = &s->kernel,
		.ppk = s->ppk, .ppk_arg = s,
		.qcd_secret = s->token_secret,
	};

	if (s->world->with_work) {
		env.work = &world_work_ops;
		env.work_arg = s;
		env.work_all = true;
	}

	s->timers = timers_new(&s->world->clock);
	env.timers = s->timers;
	s->ike = ike_new(&env, s->cfg);
	assert_non_null(s->ike);
}

static void side_init(struct world *w, struct side *s, const char *name,
		      const struct setup *setup)
{
	s->world = w;
	s->name = name;
	s->is_b = s == &w->b;
	s->kernel.side = s;
	list_init(&s->work);
	s->ppk = setup->ppk;
	s->token_secret = secret_new(s->is_b ? "bbbb" : "aaaa", 4);
	load(s, setup);
	build_engine(s);
}

void world_init(struct world *w, const struct setup *s)
{
	static const struct setup plain;

	memset(w, 0, sizeof(*w));
	if (!s)
		s = &plain;
	assert_int_equal(crypto_init(), 0);
	log_set_level(getenv("VERBOSE") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
	w->now_ms = 1000000;
	w->clock = (struct clock){ fake_mono, fake_wall, w };
	w->nat = s->nat;
	w->nat_port = NAT_PORT;
	/* Any ladder may be climbed with slow work: WORK_MS=5. */
	w->with_work = s->work_ms || getenv("WORK_MS");
	w->work_ms = s->work_ms ? s->work_ms : w->with_work ?
		     (unsigned int)strtoul(getenv("WORK_MS"), NULL, 10) : 0;
	list_init(&w->letters);
	list_init(&w->held);
	side_init(w, &w->a, "a", s);
	side_init(w, &w->b, "b", s);
}

static void side_stop(struct side *s)
{
	ike_free(s->ike);
	timers_free(s->timers);
	s->ike = NULL;
}

void world_fini(struct world *w)
{
	struct letter *l, *tmp;

	side_stop(&w->a);
	side_stop(&w->b);
	cfg_free(w->a.cfg);
	cfg_free(w->b.cfg);
	secret_free(w->a.token_secret);
	secret_free(w->b.token_secret);
	list_for_each_safe(l, tmp, &w->letters, struct letter, list)
		letter_free(l);
	list_for_each_safe(l, tmp, &w->held, struct letter, list)
		letter_free(l);
}

void world_crash(struct world *w, struct side *s)
{
	/* The host is gone: its engine says nothing, its kernel forgets. */
	s->deaf = true;
	fake_kernel_flush(&s->kernel);
}

void world_revive(struct world *w, struct side *s)
{
	fault_fn fault = w->fault;

	/* What the old engine would say when freed must not get out. */
	s->deaf = true;
	w->fault = NULL;
	side_stop(s);
	w->fault = fault;
	fake_kernel_flush(&s->kernel);
	s->deaf = false;
	build_engine(s);
	ike_start(s->ike);
}

void world_start(struct world *w)
{
	ike_start(w->b.ike);
	ike_start(w->a.ike);
}

/* --------------------------------------------------------------------- time */

static struct letter *next_letter(struct world *w)
{
	struct letter *l, *first = NULL;

	list_for_each(l, &w->letters, struct letter, list)
		if (!first || l->due_ms < first->due_ms)
			first = l;
	return first;
}

static void deliver(struct world *w, struct letter *l)
{
	struct side *s = l->to_b ? &w->b : &w->a;

	list_del(&l->list);
	list_init(&l->list);
	if (!s->deaf)
		ike_receive(s->ike, &l->path, buf_view(&l->msg));
	letter_free(l);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* One event; returns false when nothing happens before @end. */
static bool event(struct world *w, uint64_t end)
{
	struct letter *l = next_letter(w);
	struct side *busy = side_work_due(&w->b) < side_work_due(&w->a) ? &w->b : &w->a;
	uint64_t wait, at, due = side_work_due(busy);

	wait = sooner(w->a.deaf ? UINT64_MAX : timers_next_ms(w->a.timers),
		      w->b.deaf ? UINT64_MAX : timers_next_ms(w->b.timers));
	at = wait > end - w->now_ms ? end : w->now_ms + wait;
	if (w->traffic)
		at = sooner(at, w->now_ms + TRAFFIC_MS);
	if (due <= at && (!l || due < l->due_ms)) {
		if (due > w->now_ms)
			w->now_ms = due;
		return side_finish_work(busy);
	}
	if (l && l->due_ms <= at) {
		if (l->due_ms > w->now_ms)
			w->now_ms = l->due_ms;
		deliver(w, l);
		return true;
	}
	if (at >= end && wait > end - w->now_ms && !w->traffic) {
		w->now_ms = end;
		return false;
	}
	w->now_ms = at;
	if (!w->a.deaf)
		timers_run(w->a.timers);
	if (!w->b.deaf)
		timers_run(w->b.timers);
	if (w->traffic)
		world_packet(w);
	return w->now_ms < end;
}

static void see_tunnel(void *arg, const struct view_tunnel *t)
{
	unsigned int *up = arg;

	assert_true(!t->up || t->session_id);
	*up += t->up;
}

/*
 * Whatever happens, who has a child to send with has an IKE SA to lose it with, and
 * no kernel goes on sending for a tunnel that is down.
 */
static void is_consistent(struct side *s)
{
	unsigned int up = 0;

	ike_view_tunnels(s->ike, see_tunnel, &up);
	if (!up && !s->deaf)
		assert_int_equal(side_kernel_sas(s, KNL_OUT), 0);
}

static bool step(struct world *w, uint64_t end)
{
	bool more = event(w, end);

	is_consistent(&w->a);
	is_consistent(&w->b);
	return more;
}

void world_run(struct world *w, uint64_t ms)
{
	uint64_t end = w->now_ms + ms;

	while (step(w, end))
		;
}

bool world_until(struct world *w, bool (*done)(struct world *w), uint64_t ms)
{
	uint64_t end = w->now_ms + ms;

	while (!done(w))
		if (!step(w, end))
			return done(w);
	return true;
}

/* -------------------------------------------------------------------- views */

static void take_sa(void *arg, const struct view_sa *sa)
{
	*(struct view_sa *)arg = *sa;
}

struct view_sa side_sa(struct side *s)
{
	struct view_sa out = { 0 };

	ike_view_sas(s->ike, 0, take_sa, &out);
	return out;
}

static void take_child(void *arg, const struct view_child *c)
{
	*(struct view_child *)arg = *c;
}

struct view_child side_child(struct side *s)
{
	struct view_child out = { 0 };
	struct view_sa sa = side_sa(s);

	ike_view_children(&sa, take_child, &out);
	return out;
}

static void take_tunnel(void *arg, const struct view_tunnel *t)
{
	*(struct view_tunnel *)arg = *t;
}

struct view_tunnel side_tunnel(struct side *s)
{
	struct view_tunnel out = { 0 };

	ike_view_tunnels(s->ike, take_tunnel, &out);
	return out;
}

unsigned int side_established(struct side *s)
{
	struct view_summary sum;

	ike_view_summary(s->ike, &sum);
	return sum.active_in + sum.active_out;
}

static void count_one(void *arg, const struct view_sa *sa)
{
	(*(unsigned int *)arg)++;
}

unsigned int side_sas(struct side *s)
{
	unsigned int n = 0;

	ike_view_sas(s->ike, 0, count_one, &n);
	return n;
}

unsigned int side_kernel_sas(struct side *s, enum knl_dir dir)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < FAKE_SAS; i++)
		n += s->kernel.sas[i].used && s->kernel.sas[i].sa.dir == dir;
	return n;
}

/** struct counter_query - a counter looked for by name */
struct counter_query {
	const char *name;
	uint64_t value;
};

static void take_counter(void *arg, const char *name, uint64_t value)
{
	struct counter_query *q = arg;

	if (strcmp(q->name, name) == 0)
		q->value = value;
}

uint64_t side_counter(struct side *s, const char *name)
{
	struct counter_query q = { .name = name };

	ike_view_counters(s->ike, take_counter, &q);
	return q.value;
}

void side_rekey_child(struct side *s)
{
	struct knl_event ev = { .type = KNL_EV_SOFT_EXPIRE, .ifindex = IFINDEX,
				.dir = KNL_IN, .spi = side_child(s).spi_in };

	ike_kernel_event(s->ike, &ev);
}

void side_lose_child(struct side *s)
{
	struct knl_event ev = { .type = KNL_EV_HARD_EXPIRE, .ifindex = IFINDEX,
				.dir = KNL_OUT, .spi = side_child(s).spi_out };

	ike_kernel_event(s->ike, &ev);
}

void side_esp_from(struct side *s, uint16_t port)
{
	struct knl_event ev = {
		.type = KNL_EV_ENDPOINT,
		.ifindex = IFINDEX,
		.dir = KNL_IN,
		.spi = side_child(s).spi_in,
		.remote = side_sa(s).remote,
	};

	ev.remote.port = port;
	ike_kernel_event(s->ike, &ev);
}

bool world_up(struct world *w)
{
	return side_tunnel(&w->a).up && side_tunnel(&w->b).up;
}

bool world_down(struct world *w)
{
	return !side_tunnel(&w->a).up && !side_tunnel(&w->b).up;
}

void world_assert_one(struct world *w)
{
	struct view_child a, b;

	assert_int_equal(side_established(&w->a), 1);
	assert_int_equal(side_established(&w->b), 1);
	assert_int_equal(side_kernel_sas(&w->a, KNL_IN), 1);
	assert_int_equal(side_kernel_sas(&w->a, KNL_OUT), 1);
	assert_int_equal(side_kernel_sas(&w->b, KNL_IN), 1);
	assert_int_equal(side_kernel_sas(&w->b, KNL_OUT), 1);
	assert_false(fake_kernel_expects(&w->a.kernel));
	assert_false(fake_kernel_expects(&w->b.kernel));
	a = side_child(&w->a);
	b = side_child(&w->b);
	assert_int_equal(a.spi_in, b.spi_out);
	assert_int_equal(a.spi_out, b.spi_in);
	assert_true(world_packet(w));
}

void world_recovers(struct world *w)
{
	assert_true(world_until(w, world_up, 5000));
	world_run(w, 20000);
	world_assert_one(w);
	world_fini(w);
}

void world_assert_nothing(struct side *s)
{
	assert_int_equal(side_established(s), 0);
	assert_int_equal(side_kernel_sas(s, KNL_IN), 0);
	assert_int_equal(side_kernel_sas(s, KNL_OUT), 0);
	assert_false(fake_kernel_expects(&s->kernel));
}
