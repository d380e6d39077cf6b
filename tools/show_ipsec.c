// SPDX-License-Identifier: GPL-2.0
/*
 * show ipsec sa: the SAs of the module, with the agent running or not.
 */

#include <inttypes.h>
#include <linux/tunnel_ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/alg.h"
#include "tunctl.h"
#include "util/err.h"

#define WIDTH		31
#define DUMP_TRIES	5
/* The number the router prints for an interface. */
#define HANDLE(ifindex)	(0x800000U + ((ifindex) << 4))

/** struct sa_list - everything the module has, copied out of the dumps */
struct sa_list {
	struct knl_sa_info *sa;
	size_t sa_count;
	struct knl_dev_info *dev;
	size_t dev_count;
	bool failed;
};

static void add_sa(void *arg, const struct knl_sa_info *info)
{
	struct sa_list *l = arg;
	void *p = reallocarray(l->sa, l->sa_count + 1, sizeof(*l->sa));

	if (!p) {
		l->failed = true;
		return;
	}
	l->sa = p;
	l->sa[l->sa_count++] = *info;
}

static void add_dev(void *arg, const struct knl_dev_info *info)
{
	struct sa_list *l = arg;
	void *p = reallocarray(l->dev, l->dev_count + 1, sizeof(*l->dev));

	if (!p) {
		l->failed = true;
		return;
	}
	l->dev = p;
	l->dev[l->dev_count++] = *info;
}

static void list_free(struct sa_list *l)
{
	free(l->sa);
	free(l->dev);
	*l = (struct sa_list){ 0 };
}

static int read_all(struct sa_list *l)
{
	struct knl *knl = src_kernel();
	int err = ERR_AGAIN, tries;
	char why[KNL_WHY] = "the SAs change too fast to be read";

	if (!knl)
		return EXIT_FAILED;
	for (tries = 0; tries < DUMP_TRIES && err == ERR_AGAIN; tries++) {
		list_free(l);
		err = knl_dump_devs(knl, add_dev, l, why);
		if (!err)
			err = knl_dump_sas(knl, 0, add_sa, l, why);
	}
	knl_free(knl);
	if (!err && !l->failed)
		return EXIT_OK;
	fprintf(stderr, "tunctl: %s\n", err == ERR_DENIED ?
		"reading SAs needs the capability CAP_NET_ADMIN: run as root" :
		why);
	return EXIT_FAILED;
}

/* The pair that carries traffic now: the transmit SA and its inbound one. */
static bool find_pair(const struct sa_list *l, unsigned int ifindex,
		      const struct knl_sa_info **in,
		      const struct knl_sa_info **out)
{
	size_t i;

	*in = NULL;
	*out = NULL;
	for (i = 0; i < l->sa_count; i++)
		if (l->sa[i].ifindex == ifindex && l->sa[i].dir == KNL_OUT &&
		    l->sa[i].state == TUNIP_SA_ACTIVE)
			*out = &l->sa[i];
	for (i = 0; *out && i < l->sa_count; i++)
		if (l->sa[i].ifindex == ifindex && l->sa[i].dir == KNL_IN &&
		    l->sa[i].spi == (*out)->pair_spi)
			*in = &l->sa[i];
	return *in && *out;
}

static uint64_t seconds_left(const struct knl_sa_info *sa)
{
	uint64_t age = sa->age_ms / 1000;

	return sa->hard_seconds > age ? sa->hard_seconds - age : 0;
}

static const char *encr_text(const struct knl_sa_info *sa)
{
	const struct alg_encr *a = alg_encr(sa->encr, sa->encr_key_bits);

	return a ? a->esp_show : "unknown";
}

static const char *integ_text(const struct knl_sa_info *sa)
{
	const struct alg_integ *a = sa->integ ? alg_integ(sa->integ) : NULL;

	return a ? a->esp_show : "None";
}

static void one_direction(const char *title, const struct knl_sa_info *sa)
{
	out_line(title);
	out_field(WIDTH, "SPI", "0x%08x", sa->spi);
	out_field(WIDTH, "Protocol", "ESP");
	out_field(WIDTH, "Encrypt Algorithm", "%s", encr_text(sa));
	out_field(WIDTH, "Auth Algorithm", "%s", integ_text(sa));
	out_field(WIDTH, "Lifetime (expire After Seconds)", "%" PRIu64,
		  seconds_left(sa));
	out_rule('-');
}

static void identity(const char *label, const struct knl_selector *sel)
{
	char start[ADDR_STR], end[ADDR_STR];

	out_field(WIDTH, label, "addr:%s-%s, port:0-65535, proto:%u",
		  addr_str(&sel->start, start), addr_str(&sel->end, end),
		  sel->protocol);
}

static void one_interface(const struct knl_dev_info *dev,
			  const struct knl_sa_info *in,
			  const struct knl_sa_info *out)
{
	out_rule('-');
	out_field(WIDTH, "Interface Name", "%s", dev->name);
	out_field(WIDTH, "Interface handle", "0x%x", HANDLE(dev->ifindex));
	out_field(WIDTH, "SA id", "%u", out->id);
	out_field(WIDTH, "Mode", "Tunnel");
	out_field(WIDTH, "PFS enabled", "%s", out->pfs_group ? "Yes" : "No");
	if (out->pfs_group)
		out_field(WIDTH, "PFS group", "%u", out->pfs_group);
	else
		out_field(WIDTH, "PFS group", "None");
	out_field(WIDTH, "Quantum resistant", "%s",
		  out->flags & TUNIP_SA_F_QUANTUM ? "Yes" : "No");
	if (out->sel_local_count)
		identity("Local Identity", &out->sel_local);
	if (out->sel_remote_count)
		identity("Remote Identity", &out->sel_remote);
	out_rule('-');
	one_direction("Inbound SA", in);
	one_direction("Outbound SA", out);
}

/* --------------------------------------------------------------------- JSON */

static const char *state_text(const struct knl_sa_info *sa)
{
	switch (sa->state) {
	case TUNIP_SA_PENDING:
		return "pending";
	case TUNIP_SA_LINGER:
		return "linger";
	default:
		return "active";
	}
}

static void put_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void put_number(struct json_object *o, const char *key, uint64_t v)
{
	json_object_object_add(o, key, json_object_new_uint64(v));
}

static void put_stats(struct json_object *o, const uint64_t *stats)
{
	struct json_object *s = json_object_new_object();
	unsigned int i;

	for (i = 0; i <= TUNIP_STAT_MAX; i++)
		if (knl_stat_name(i))
			put_number(s, knl_stat_name(i), stats[i]);
	json_object_object_add(o, "counters", s);
}

static struct json_object *sa_object(const struct knl_sa_info *sa)
{
	struct json_object *o = json_object_new_object();
	char text[ADDR_STR];

	snprintf(text, sizeof(text), "0x%08x", sa->spi);
	put_text(o, "spi", text);
	put_text(o, "direction", sa->dir == KNL_IN ? "in" : "out");
	put_text(o, "state", state_text(sa));
	put_number(o, "sa-id", sa->id);
	put_number(o, "child-id", sa->child_id);
	put_text(o, "encryption", encr_text(sa));
	put_text(o, "integrity", integ_text(sa));
	put_text(o, "local", addr_str(&sa->local, text));
	put_text(o, "remote", addr_str(&sa->remote, text));
	put_number(o, "encap-source-port", sa->encap_sport);
	put_number(o, "encap-destination-port", sa->encap_dport);
	put_number(o, "sequence", sa->seq);
	put_number(o, "replay-window", sa->replay_window);
	put_number(o, "pfs-group", sa->pfs_group);
	json_object_object_add(o, "esn", json_object_new_boolean(
			sa->flags & TUNIP_SA_F_ESN));
	json_object_object_add(o, "quantum-resistant", json_object_new_boolean(
			sa->flags & TUNIP_SA_F_QUANTUM));
	put_number(o, "age-ms", sa->age_ms);
	put_number(o, "idle-ms", sa->idle_ms);
	put_number(o, "lifetime", sa->hard_seconds);
	put_number(o, "expires-in", seconds_left(sa));
	put_stats(o, sa->stats);
	return o;
}

static struct json_object *dev_object(const struct knl_dev_info *dev)
{
	struct json_object *o = json_object_new_object();
	char text[ADDR_STR];

	put_text(o, "interface", dev->name);
	put_number(o, "ifindex", dev->ifindex);
	put_text(o, "local", addr_str(&dev->local, text));
	put_text(o, "remote", addr_str(&dev->remote, text));
	json_object_object_add(o, "carrier",
			       json_object_new_boolean(dev->carrier));
	put_number(o, "mtu", dev->mtu);
	json_object_object_add(o, "mtu-fixed",
			       json_object_new_boolean(dev->mtu_fixed));
	put_number(o, "path-mtu", dev->pmtu);
	put_number(o, "inbound-sas", dev->in_sas);
	put_number(o, "outbound-sas", dev->out_sas);
	put_number(o, "staged", dev->staged);
	put_stats(o, dev->stats);
	return o;
}

static void print_json(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					       JSON_C_TO_STRING_SPACED));
	json_object_put(o);
}

static bool wanted(const struct knl_dev_info *dev, const char *name)
{
	return !name || strcmp(dev->name, name) == 0;
}

static void all_json(const struct sa_list *l, const char *name)
{
	struct json_object *all = json_object_new_array(), *o, *sas;
	size_t i, k;

	for (i = 0; i < l->dev_count; i++) {
		if (!wanted(&l->dev[i], name))
			continue;
		o = dev_object(&l->dev[i]);
		sas = json_object_new_array();
		for (k = 0; k < l->sa_count; k++)
			if (l->sa[k].ifindex == l->dev[i].ifindex)
				json_object_array_add(sas,
						      sa_object(&l->sa[k]));
		json_object_object_add(o, "sas", sas);
		json_object_array_add(all, o);
	}
	print_json(all);
}

/* ----------------------------------------------------------------- commands */

static void table(const struct sa_list *l)
{
	const struct knl_sa_info *in, *out;
	size_t i;

	printf("%-16s %-8s %-12s %s\n", "If/name", "SA-Id", "Inbound SPI",
	       "Outbound SPI");
	out_rule('-');
	for (i = 0; i < l->dev_count; i++)
		if (find_pair(l, l->dev[i].ifindex, &in, &out))
			printf("%-16s %-8u 0x%08x   0x%08x\n", l->dev[i].name,
			       out->id, in->spi, out->spi);
}

static bool have_dev(const struct sa_list *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->dev_count; i++)
		if (wanted(&l->dev[i], name))
			return true;
	fprintf(stderr, "tunctl: there is no tunnel-ip interface %s\n", name);
	return false;
}

static int interface_screen(const struct sa_list *l, const char *name)
{
	const struct knl_sa_info *in, *out;
	size_t i;

	for (i = 0; i < l->dev_count; i++) {
		if (!wanted(&l->dev[i], name))
			continue;
		if (find_pair(l, l->dev[i].ifindex, &in, &out)) {
			one_interface(&l->dev[i], in, out);
			continue;
		}
		printf("%s has no SA: tunctl why %s\n", name, name);
	}
	return EXIT_OK;
}

/** show_ipsec_sa - show ipsec sa [interface IF] */
int show_ipsec_sa(struct context *ctx)
{
	const char *name = ctx->argc ? ctx->argv[0] : NULL;
	struct sa_list l = { 0 };
	int status = read_all(&l);

	if (status == EXIT_OK && name && !have_dev(&l, name))
		status = EXIT_FAILED;
	if (status != EXIT_OK)
		goto out_free_list;
	if (ctx->json) {
		all_json(&l, name);
		goto out_free_list;
	}
	out_timestamp();
	if (name)
		status = interface_screen(&l, name);
	else
		table(&l);
out_free_list:
	list_free(&l);
	return status;
}

static void counters_screen(const struct knl_dev_info *dev)
{
	char local[ADDR_STR], remote[ADDR_STR];
	unsigned int i;

	out_rule('-');
	out_field(WIDTH, "Interface Name", "%s", dev->name);
	out_field(WIDTH, "Interface handle", "0x%x", HANDLE(dev->ifindex));
	out_field(WIDTH, "Tunnel", "%s -> %s", addr_str(&dev->local, local),
		  addr_str(&dev->remote, remote));
	out_field(WIDTH, "Carrier", "%s", dev->carrier ? "up" : "down");
	out_field(WIDTH, "MTU", "%u (%s)", dev->mtu,
		  dev->mtu_fixed ? "configured" : "derived");
	out_field(WIDTH, "Path MTU", "%u", dev->pmtu);
	out_field(WIDTH, "SAs inbound/outbound", "%u/%u", dev->in_sas,
		  dev->out_sas);
	out_field(WIDTH, "Packets waiting for an SA", "%u", dev->staged);
	for (i = 0; i <= TUNIP_STAT_MAX; i++)
		if (knl_stat_name(i) && (dev->stats[i] ||
					 i <= TUNIP_STAT_TX_BYTES))
			out_field(WIDTH, knl_stat_name(i), "%" PRIu64,
				  dev->stats[i]);
	out_rule('-');
}

/** show_interface - show interface [IF]: counters and reasons of drops */
int show_interface(struct context *ctx)
{
	const char *name = ctx->argc ? ctx->argv[0] : NULL;
	struct sa_list l = { 0 };
	int status = read_all(&l);
	size_t i;

	if (status == EXIT_OK && name && !have_dev(&l, name))
		status = EXIT_FAILED;
	if (status == EXIT_OK && ctx->json)
		all_json(&l, name);
	else if (status == EXIT_OK)
		for (i = 0; i < l.dev_count; i++)
			if (wanted(&l.dev[i], name))
				counters_screen(&l.dev[i]);
	list_free(&l);
	return status;
}
