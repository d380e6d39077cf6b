// SPDX-License-Identifier: GPL-2.0
/*
 * The crowd. A is 10.0.0.1 and up, B one address.
 */

#include "crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "event/timer.h"
#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/peer.h"
#include "ike/tunnel.h"
#include "no_kernel.h"
#include "util/err.h"
#include "util/list.h"

#define ADDR_B		"192.0.2.1"
#define TUNNELS_MAX	60000

/** struct end - one engine */
struct end {
	struct crowd *crowd;
	struct end *other;
	struct timers *timers;
	struct cfg *cfg;
	struct ike *ike;
	struct tunnel **tunnel;		/* by number */
};

/** struct post - a message under way */
struct post {
	struct list list;
	struct end *to;
	struct net_path path;
	struct buf msg;
};

struct crowd {
	struct end a, b;
	struct clock clock;
	struct list posts;
	uint64_t messages;
	unsigned int tunnels;
};

/* ----------------------------------------------------------- clock, network */

#define NOW_MS	1000000

static uint64_t stands_still(void *arg)
{
	return NOW_MS;
}

static int64_t on_the_wall(void *arg)
{
	return NOW_MS;
}

static int post_send(void *arg, const struct net_path *path, struct view msg,
		     char why[NET_WHY])
{
	struct end *from = arg;
	struct post *p = calloc(1, sizeof(*p));

	if (!p) {
		snprintf(why, NET_WHY, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	p->to = from->other;
	p->path.local = path->remote;
	p->path.remote = path->local;
	buf_init(&p->msg, MSG_MAX_LEN);
	buf_put_view(&p->msg, msg);
	list_add_tail(&from->crowd->posts, &p->list);
	return 0;
}

static int post_keepalive(void *arg, const struct net_path *path)
{
	return 0;
}

static int post_listen(void *arg, const struct addr *local, unsigned int fvrf)
{
	return 0;
}

static void post_unlisten(void *arg, const struct addr *local,
			  unsigned int fvrf)
{
}

static size_t post_path_mtu(void *arg, const struct net_path *path)
{
	return 1500;
}

static void post_counters(void *arg, struct net_counters *out)
{
	memset(out, 0, sizeof(*out));
}

static const struct net_ops post_net = {
	.send = post_send,
	.keepalive = post_keepalive,
	.listen = post_listen,
	.unlisten = post_unlisten,
	.path_mtu = post_path_mtu,
	.counters = post_counters,
};

static void post_free(struct post *p)
{
	list_del(&p->list);
	buf_fini(&p->msg);
	free(p);
}

static void deliver_all(struct crowd *c)
{
	struct post *p;

	while (!list_empty(&c->posts)) {
		p = list_entry(c->posts.next, struct post, list);
		c->messages++;
		ike_receive(p->to->ike, &p->path, buf_view(&p->msg));
		post_free(p);
	}
}

/* ------------------------------------------------------------ configuration */

static const char head[] =
"ikev2: { cookie-threshold = 60000; half-open-limit = 100000;\n"
"  half-open-limit-per-address = 100000; workers = 0;\n"
"  proposals = ( { name = \"p\"; encryption = [ \"aes-cbc-256\" ]; integrity = [ \"sha-256\" ];\n"
"    prf = [ \"sha-256\" ]; dh-group = [ 19 ]; } );\n"
"  policies = ( { name = \"pol\"; match: { fvrf = \"any\"; }; proposals = [ \"p\" ]; } );\n"
"  profiles = ( { name = \"prof\"; keyring = \"k\";\n"
"    authentication: { local = \"pre-shared\"; remote = [ \"pre-shared\" ]; };\n"
"    match-identity-remote = ( { any = true; } ); } ); };\n"
"keyrings = ( { name = \"k\"; peers = ( { name = \"all\"; address = \"0.0.0.0/0\";\n"
"  pre-shared-key = \"crowd-secret\"; } ); } );\n"
"ipsec: { transform-sets = ( { name = \"t\"; mode = \"tunnel\"; transform = [ \"esp-256-aes\", \"esp-hmac-sha-256\" ]; } );\n"
"  profiles = ( { name = \"ip\"; ikev2-profile = \"prof\"; transform-sets = [ \"t\" ]; responder-only = true; } ); };\n"
"interfaces = (";

static struct cfg *configure(const struct end *e)
{
	bool is_b = e == &e->crowd->b;
	char peer[32], error[CFG_ERROR], *text = NULL;
	struct cfg *cfg;
	unsigned int i;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fputs(head, f);
	for (i = 0; i < e->crowd->tunnels; i++) {
		snprintf(peer, sizeof(peer), "10.0.%u.%u", (i + 1) >> 8,
			 (i + 1) & 255);
		fprintf(f, "%s{ name = \"t%u\"; ipv4-address = \"172.16.%u.%u/32\"; tunnel: { mode = \"ipsec ipv4\";\n"
			"  source = \"%s\"; destination = \"%s\"; protection: { ipsec-profile = \"ip\"; }; }; }",
			i ? ", " : "", i, i >> 8, i & 255,
			is_b ? ADDR_B : peer, is_b ? peer : ADDR_B);
	}
	fputs(" );\n", f);
	fclose(f);
	cfg = cfg_load_text(text, "crowd", error);
	if (!cfg)
		fprintf(stderr, "%s\n", error);
	free(text);
	return cfg;
}

static int end_begin(struct end *e)
{
	struct ike_env env = { .net = &post_net, .net_arg = e,
			       .knl = &no_kernel };
	struct tunnel *t;
	size_t i = 0;

	e->cfg = configure(e);
	e->timers = timers_new(&e->crowd->clock);
	e->tunnel = calloc(e->crowd->tunnels, sizeof(*e->tunnel));
	if (!e->cfg || !e->timers || !e->tunnel)
		return ERR_NOMEM;
	env.timers = e->timers;
	e->ike = ike_new(&env, e->cfg);
	if (!e->ike)
		return ERR_NOMEM;
	list_for_each(t, &e->ike->tunnels, struct tunnel, list)
		e->tunnel[i++] = t;
	return ike_start(e->ike);
}

static void end_fini(struct end *e)
{
	ike_free(e->ike);
	if (e->timers)
		timers_free(e->timers);
	cfg_free(e->cfg);
	free(e->tunnel);
}

void crowd_free(struct crowd *c)
{
	end_fini(&c->a);
	end_fini(&c->b);
	while (!list_empty(&c->posts))
		post_free(list_entry(c->posts.next, struct post, list));
	free(c);
}

struct crowd *crowd_new(unsigned int tunnels)
{
	struct crowd *c = calloc(1, sizeof(*c));

	if (!c || tunnels > TUNNELS_MAX || crypto_init()) {
		free(c);
		return NULL;
	}
	list_init(&c->posts);
	c->tunnels = tunnels;
	c->clock = (struct clock){ stands_still, on_the_wall, c };
	c->a.crowd = c->b.crowd = c;
	c->a.other = &c->b;
	c->b.other = &c->a;
	if (!end_begin(&c->a) && !end_begin(&c->b))
		return c;
	crowd_free(c);
	return NULL;
}

/* ------------------------------------------------------------------- deeds */

static struct ike_sa *sa_of(const struct end *e, unsigned int i)
{
	struct ike_sa *sa = e->tunnel[i]->sa;

	return sa && sa->state == IKE_ESTABLISHED ? sa : NULL;
}

bool crowd_connect(struct crowd *c, unsigned int i)
{
	struct tunnel *t = c->a.tunnel[i];
	struct net_path path = { .local = { t->source, IKE_PORT },
				 .remote = { t->cfg->destination, IKE_PORT } };
	const struct cfg_ike_profile *profile = t->cfg->profile->ike_profile;
	struct ike_sa *sa;

	/* B finds out by INITIAL_CONTACT. */
	ike_sa_free(t->sa);
	sa = ike_sa_new(c->a.ike, &path, true);
	if (!sa)
		return false;
	ike_sa_set_tunnel(sa, t);
	sa->log.parent = &t->log;
	ike_sa_serve(sa, profile, peer_find_key(profile->keyring, NULL,
						&t->cfg->destination));
	t->sa = sa;
	if (sa_init_send(sa)) {
		ike_sa_free(sa);
		return false;
	}
	deliver_all(c);
	return sa_of(&c->a, i) && t->child && sa_of(&c->b, i) &&
	       c->b.tunnel[i]->child;
}

static bool do_task(struct crowd *c, unsigned int i, enum task_kind kind,
		    uint32_t child_id)
{
	struct ike_sa *sa = sa_of(&c->a, i);
	uint32_t before;

	if (!sa)
		return false;
	before = sa->tx.next;
	ike_sa_queue(sa, kind, child_id);
	ike_sa_run_tasks(sa);
	deliver_all(c);
	return sa->tx.next != before && !sa->tx_busy;
}

bool crowd_ask(struct crowd *c, unsigned int i)
{
	return do_task(c, i, TASK_LIVENESS, 0);
}

bool crowd_rekey(struct crowd *c, unsigned int i)
{
	const struct child_sa *child = c->a.tunnel[i]->child;
	uint32_t spi = child ? child->spi_in : 0;

	return child && do_task(c, i, TASK_REKEY_CHILD, child->id) &&
	       c->a.tunnel[i]->child->spi_in != spi;
}

size_t crowd_count(const struct crowd *c)
{
	return c->a.ike->by_spi.count + c->b.ike->by_spi.count;
}

uint64_t crowd_messages(const struct crowd *c)
{
	return c->messages;
}
