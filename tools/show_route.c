// SPDX-License-Identifier: GPL-2.0
/*
 * show ip route, show ipv6 route: the reverse routes of the module, with the
 * agent running or not, as a router shows them.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/tunnel_ip.h>

#include "js.h"
#include "out.h"
#include "tunctl.h"

/* What a router's routing daemon reads from a priority. */
#define DISTANCE(priority)	((priority) >> 24)
#define METRIC(priority)	((priority) & 0xffffff)

static const char legend[] =
"Codes: C - connected, S - static, R - RIP, B - BGP, (>) - Diversion path\n"
"       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area\n"
"       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2\n"
"       E1 - OSPF external type 1, E2 - OSPF external type 2, E - EGP\n"
"       i - ISIS, L1 - IS-IS level-1, L2 - IS-IS level-2\n"
"       ia - IS-IS inter area, su - IS-IS summary null, * - candidate default\n"
"       U - per-user static route, o - ODR, L - local, G  - DAGR, l - LISP\n"
"       A - access/subscriber, a - Application route\n"
"       M - mobile route, r - RPL, t - Traffic Engineering, (!) - FRR Backup path\n"
"       s - local SRv6 route, z - local IID route\n"
"\n"
"Gateway of last resort is not set\n";

/** struct route_list - copied out of a dump */
struct route_list {
	sa_family_t family;		/* of those that count */
	struct knl_route *route;
	size_t count;
	bool failed;
};

static void add_route(void *arg, const struct knl_route *r)
{
	struct route_list *l = arg;
	void *p;

	if (r->prefix.addr.family != l->family)
		return;
	p = reallocarray(l->route, l->count + 1, sizeof(*l->route));
	if (!p) {
		l->failed = true;
		return;
	}
	l->route = p;
	l->route[l->count++] = *r;
}

static int by_prefix(const void *a, const void *b)
{
	const struct knl_route *x = a, *y = b;
	int c = x->table < y->table ? -1 : x->table > y->table;

	if (!c)
		c = addr_cmp(&x->prefix.addr, &y->prefix.addr);
	if (!c)
		c = (int)x->prefix.len - (int)y->prefix.len;
	return c ? c : (int)x->kind - (int)y->kind;
}

static int read_routes(struct route_list *l)
{
	char why[KNL_WHY] = "out of memory";
	struct knl *knl = knl_new(NULL, NULL, NULL, why);
	int err = -1;

	if (knl)
		err = knl_dump_routes(knl, add_route, l, why);
	knl_free(knl);
	if (err || l->failed) {
		fprintf(stderr, "tunctl: %s\n", why);
		return EXIT_FAILED;
	}
	if (l->count)
		qsort(l->route, l->count, sizeof(*l->route), by_prefix);
	return EXIT_OK;
}

/* "2d16h", "00:04:31", "3w2d": as a router writes how long. */
static const char *age_str(uint64_t since_ms, char buf[24])
{
	struct timespec now;
	uint64_t s, now_ms;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	s = now_ms > since_ms ? (now_ms - since_ms) / 1000 : 0;
	if (s < 86400)
		snprintf(buf, 24, "%02u:%02u:%02u", (unsigned int)(s / 3600),
			 (unsigned int)(s / 60 % 60), (unsigned int)(s % 60));
	else if (s < 7 * 86400)
		snprintf(buf, 24, "%ud%02uh", (unsigned int)(s / 86400),
			 (unsigned int)(s / 3600 % 24));
	else
		snprintf(buf, 24, "%uw%ud", (unsigned int)(s / (7 * 86400)),
			 (unsigned int)(s / 86400 % 7));
	return buf;
}

static bool is_shown(const struct knl_route *r)
{
	return r->kind == KNL_ROUTE_DEVICE && r->state == KNL_ROUTE_INSTALLED;
}

/* Of an interface that is chosen by source: its networks are in the VRF's table too. */
static bool is_copy(const struct knl_route *r)
{
	return r->table >> 24 == TUNIP_RRI_PROTOCOL && r->prefix.len;
}

static void summary(const struct route_list *l)
{
	char prefix[ADDR_STR], age[24], text[KNL_ROUTE_STR];
	const struct knl_route *r;

	fputs(legend, stdout);
	putchar('\n');
	for (r = l->route; r < l->route + l->count; r++)
		if (is_shown(r) && !is_copy(r))
			printf("a    %s/%u is directly connected, %s, %s\n",
			       addr_str(&r->prefix.addr, prefix),
			       r->prefix.len, age_str(r->since_ms, age),
			       r->ifname);
	/* What is wanted and not there is what one looks for. */
	for (r = l->route; r < l->route + l->count; r++)
		if (r->state != KNL_ROUTE_INSTALLED &&
		    r->state != KNL_ROUTE_SHARED)
			printf("     %s: %s\n", r->ifname,
			       knl_route_str(r, text));
}

static void detail(const struct knl_route *r)
{
	char prefix[ADDR_STR], age[24], when[OUT_TIME], text[KNL_ROUTE_STR];

	printf("Routing entry for %s/%u\n", addr_str(&r->prefix.addr, prefix),
	       r->prefix.len);
	printf("  Known via \"application IPsec:RRI\", distance %u, metric %u\n",
	       DISTANCE(r->priority), METRIC(r->priority));
	if (!is_shown(r)) {
		printf("  Not installed: %s\n", knl_route_str(r, text));
		return;
	}
	printf("  Installed %s.%03u for %s\n", out_time(r->since_ms, when),
	       (unsigned int)(r->since_ms % 1000), age_str(r->since_ms, age));
	puts("  Routing Descriptor Blocks");
	printf("    directly connected, via %s\n", r->ifname);
	printf("      Route metric is %u\n", METRIC(r->priority));
	puts("  No advertising protos");
}

static const char *const kind_names[] = { "route", "fallback", "rule" };
static const char *const state_names[] = {
	"unknown", "installed", "waiting", "shared", "captures", "refused",
};

static struct json_object *route_object(const struct knl_route *r)
{
	struct json_object *o = json_object_new_object();
	char text[ADDR_STR + 8], addr[ADDR_STR];

	snprintf(text, sizeof(text), "%s/%u",
		 addr_str(&r->prefix.addr, addr), r->prefix.len);
	js_put_text(o, "prefix", text);
	js_put_text(o, "interface", r->ifname);
	js_put_text(o, "kind", r->kind < 3 ? kind_names[r->kind] : "unknown");
	js_put_text(o, "state", r->state < 6 ? state_names[r->state] :
					       "unknown");
	js_put_number(o, "table", r->table);
	js_put_number(o, "priority", r->priority);
	js_put_number(o, "distance", DISTANCE(r->priority));
	js_put_number(o, "metric", METRIC(r->priority));
	if (*r->owner)
		js_put_text(o, "owner", r->owner);
	if (r->error)
		js_put_text(o, "error", strerror(r->error));
	if (r->since_ms)
		js_put_number(o, "installed-ms", r->since_ms);
	return o;
}

static bool is_asked(const struct knl_route *r, const struct prefix *p)
{
	return !p || (r->prefix.len == p->len &&
		      addr_eq(&r->prefix.addr, &p->addr));
}

static void show_json(const struct route_list *l, const struct prefix *p)
{
	struct json_object *all = json_object_new_array();
	size_t i;

	for (i = 0; i < l->count; i++)
		if (is_asked(&l->route[i], p))
			json_object_array_add(all, route_object(&l->route[i]));
	js_print(all);
	json_object_put(all);
}

/* The entry of this prefix, or the one that an address is routed by. */
static const struct knl_route *find_route(const struct route_list *l,
					  const struct prefix *p)
{
	const struct knl_route *r, *best = NULL;

	for (r = l->route; r < l->route + l->count; r++) {
		if (r->kind != KNL_ROUTE_DEVICE ||
		    !prefix_contains(&r->prefix, &p->addr) ||
		    r->prefix.len > p->len)
			continue;
		if (!best || r->prefix.len > best->prefix.len ||
		    (is_shown(r) && !is_shown(best)))
			best = r;
	}
	return best;
}

static int show_one(const struct route_list *l, const struct prefix *p,
		    const char *typed)
{
	const struct knl_route *r = find_route(l, p);

	if (!r) {
		fprintf(stderr, "tunctl: no reverse route for %s\n", typed);
		return EXIT_FAILED;
	}
	out_timestamp();
	putchar('\n');
	detail(r);
	return EXIT_OK;
}

static int show_routes(struct context *ctx, sa_family_t family)
{
	struct route_list l = { .family = family };
	struct prefix p;
	int status;

	if (ctx->argc && (prefix_parse(ctx->argv[0], &p) ||
			  p.addr.family != family)) {
		fprintf(stderr,
			"tunctl: '%s' is not an %s prefix: expected ADDRESS or ADDRESS/LENGTH\n",
			ctx->argv[0], family == AF_INET6 ? "IPv6" : "IPv4");
		return EXIT_USAGE;
	}
	status = read_routes(&l);
	if (!status && ctx->json) {
		show_json(&l, ctx->argc ? &p : NULL);
	} else if (!status && ctx->argc) {
		status = show_one(&l, &p, ctx->argv[0]);
	} else if (!status) {
		out_timestamp();
		putchar('\n');
		summary(&l);
	}
	free(l.route);
	return status;
}

/** show_ip_route - show ip route [PREFIX] */
int show_ip_route(struct context *ctx)
{
	return show_routes(ctx, AF_INET);
}

/** show_ipv6_route - show ipv6 route [PREFIX] */
int show_ipv6_route(struct context *ctx)
{
	return show_routes(ctx, AF_INET6);
}
