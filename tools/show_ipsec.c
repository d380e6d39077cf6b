// SPDX-License-Identifier: GPL-2.0
/*
 * show ipsec sa: the SAs of the module, with the agent running or not.
 */

#include <inttypes.h>
#include <linux/tunnel_ip.h>
#include <stdio.h>
#include <string.h>

#include "crypto/alg.h"
#include "ctl/ctl_proto.h"
#include "js.h"
#include "out.h"
#include "tunctl.h"
#include "words.h"

#define WIDTH	31

/*
 * The inbound SA installed with a transmit SA; when nobody said which that
 * is, the newest one.
 */
static const struct knl_sa_info *find_inbound(const struct kernel_list *l,
					      const struct knl_sa_info *out)
{
	const struct knl_sa_info *sa, *newest = NULL;

	for (sa = l->sa; sa < l->sa + l->sa_count; sa++) {
		if (sa->ifindex != out->ifindex || sa->dir != KNL_IN)
			continue;
		if (sa->spi == out->pair_spi)
			return sa;
		if (sa->state == TUNIP_SA_ACTIVE && !out->pair_spi &&
		    (!newest || sa->id > newest->id))
			newest = sa;
	}
	return newest;
}

/* The pair that carries traffic now. */
static bool find_pair(const struct kernel_list *l, unsigned int ifindex,
		      const struct knl_sa_info **in,
		      const struct knl_sa_info **out)
{
	const struct knl_sa_info *sa;

	*in = NULL;
	*out = NULL;
	for (sa = l->sa; sa < l->sa + l->sa_count; sa++)
		if (sa->ifindex == ifindex && sa->dir == KNL_OUT &&
		    sa->state == TUNIP_SA_ACTIVE)
			*out = sa;
	if (*out)
		*in = find_inbound(l, *out);
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

/* --------------------------------------------------------------------- text */

static void one_direction(const char *title, const struct knl_sa_info *sa)
{
	out_line(title);
	out_field(WIDTH, "SPI", "0x%08x", sa->spi);
	out_field(WIDTH, "Protocol", "ESP");
	out_field(WIDTH, "Encrypt Algorithm", "%s", encr_text(sa));
	out_field(WIDTH, "Auth Algorithm", "%s", integ_text(sa));
	if (sa->hard_seconds)
		out_field(WIDTH, "Lifetime (expire After Seconds)", "%" PRIu64,
			  seconds_left(sa));
	else
		out_field(WIDTH, "Lifetime (expire After Seconds)", "None");
	out_rule('-');
}

/* The length of the prefix that is this range; -1 when it is none. */
static int prefix_length(const struct knl_selector *sel)
{
	struct prefix p = { .addr = sel->start };
	struct addr first, last;
	unsigned int bits = (unsigned int)addr_len(&sel->start) * 8, len;

	for (len = 0; len <= bits; len++) {
		p.len = (uint8_t)len;
		prefix_range(&p, &first, &last);
		if (addr_eq(&first, &sel->start) && addr_eq(&last, &sel->end))
			return (int)len;
	}
	return -1;
}

static void identity(const char *label, const struct knl_selector *sel)
{
	char start[ADDR_STR], end[ADDR_STR], where[2 * ADDR_STR], proto[8];
	int len = prefix_length(sel);

	addr_str(&sel->start, start);
	if (len >= 0)
		snprintf(where, sizeof(where), "%s/%d", start, len);
	else
		snprintf(where, sizeof(where), "%s-%s", start,
			 addr_str(&sel->end, end));
	snprintf(proto, sizeof(proto), "%u", sel->protocol);
	out_field(WIDTH, label, "addr:%s, port:0-65535, proto:%s", where,
		  sel->protocol ? proto : "0-255");
}

/* Everything of the families that a tunnel carries goes without saying. */
static bool is_narrow(const struct knl_selector *sel, unsigned int count)
{
	struct prefix all = { .addr.family = sel->start.family };
	struct addr first, last;

	prefix_range(&all, &first, &last);
	return count && (sel->protocol || !addr_eq(&first, &sel->start) ||
			 !addr_eq(&last, &sel->end));
}

/*
 * Which key exchanges there were behind that of PFS is known to tunneld alone.
 * @agent: what it says of its IKE SAs, NULL when it does not run
 */
static const char *addke_of(struct json_object *agent,
			    const struct knl_sa_info *sa)
{
	struct json_object *list = js_child(agent, "sessions"), *children, *c;
	size_t i, k;

	for (i = 0; i < js_length(list); i++) {
		children = js_child(js_at(list, i), "children");
		for (k = 0; k < js_length(children); k++) {
			c = js_at(children, k);
			if (js_number(c, "child-id") == sa->child_id)
				return js_text(c, "additional-ke");
		}
	}
	return "";
}

static void interface_screen(const struct knl_dev_info *dev,
			     const struct knl_sa_info *in,
			     const struct knl_sa_info *out,
			     struct json_object *agent)
{
	const char *addke = addke_of(agent, out);

	out_rule('-');
	out_field(WIDTH, "Interface Name", "%s", dev->name);
	out_field(WIDTH, "Interface handle", "0x%x", KNL_HANDLE(dev->ifindex));
	out_field(WIDTH, "SA id", "%u", out->id);
	out_field(WIDTH, "Mode", "Tunnel");
	out_field(WIDTH, "PFS enabled", "%s", out->pfs_group ? "Yes" : "No");
	if (out->pfs_group)
		out_field(WIDTH, "PFS group", "%u", out->pfs_group);
	else
		out_field(WIDTH, "PFS group", "None");
	if (*addke)
		out_field(WIDTH, "Additional key exchange", "%s", addke);
	out_field(WIDTH, "Quantum resistant", "%s",
		  out->flags & TUNIP_SA_F_QUANTUM ? "Yes" : "No");
	if (is_narrow(&out->sel_local, out->sel_local_count))
		identity("Local Identity", &out->sel_local);
	if (is_narrow(&out->sel_remote, out->sel_remote_count))
		identity("Remote Identity", &out->sel_remote);
	out_rule('-');
	one_direction("Inbound SA", in);
	one_direction("Outbound SA", out);
}

static void table(const struct kernel_list *l)
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

static void show_text(const struct kernel_list *l,
		      const struct knl_dev_info *dev, struct json_object *agent)
{
	const struct knl_sa_info *in, *out;

	out_timestamp();
	if (!dev)
		table(l);
	else if (find_pair(l, dev->ifindex, &in, &out))
		interface_screen(dev, in, out, agent);
	else
		printf("%s has no SAs: see tunctl why %s\n", dev->name,
		       dev->name);
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

static void put_selector(struct json_object *o, const char *key,
			 const struct knl_selector *sel)
{
	struct json_object *s = json_object_new_object();
	char text[ADDR_STR];

	js_put_text(s, "start", addr_str(&sel->start, text));
	js_put_text(s, "end", addr_str(&sel->end, text));
	js_put_number(s, "protocol", sel->protocol);
	json_object_object_add(o, key, s);
}

static void put_times(struct json_object *o, const struct knl_sa_info *sa)
{
	js_put_number(o, "age-ms", sa->age_ms);
	js_put_number(o, "idle-ms", sa->idle_ms);
	js_put_number(o, "lifetime", sa->hard_seconds);
	if (sa->hard_seconds)
		js_put_number(o, "expires-in", seconds_left(sa));
	js_put_number(o, "lifetime-bytes", sa->hard_bytes);
	js_put_number(o, "lifetime-packets", sa->hard_packets);
}

static struct json_object *sa_object(const struct knl_sa_info *sa,
				     struct json_object *agent)
{
	struct json_object *o = json_object_new_object();
	char text[ADDR_STR];

	snprintf(text, sizeof(text), "0x%08x", sa->spi);
	js_put_text(o, "spi", text);
	js_put_text(o, "direction", sa->dir == KNL_IN ? "in" : "out");
	js_put_text(o, "state", state_text(sa));
	js_put_number(o, "sa-id", sa->id);
	js_put_number(o, "child-id", sa->child_id);
	js_put_text(o, "encryption", encr_text(sa));
	js_put_text(o, "integrity", integ_text(sa));
	js_put_text(o, "local", addr_str(&sa->local, text));
	js_put_text(o, "remote", addr_str(&sa->remote, text));
	js_put_number(o, "encap-source-port", sa->encap_sport);
	js_put_number(o, "encap-destination-port", sa->encap_dport);
	js_put_number(o, "sequence", sa->seq);
	js_put_number(o, "replay-window", sa->replay_window);
	js_put_number(o, "pfs-group", sa->pfs_group);
	if (agent)
		js_put_text(o, "additional-ke", addke_of(agent, sa));
	js_put_truth(o, "esn", sa->flags & TUNIP_SA_F_ESN);
	js_put_truth(o, "quantum-resistant", sa->flags & TUNIP_SA_F_QUANTUM);
	if (is_narrow(&sa->sel_local, sa->sel_local_count))
		put_selector(o, "local-selector", &sa->sel_local);
	if (is_narrow(&sa->sel_remote, sa->sel_remote_count))
		put_selector(o, "remote-selector", &sa->sel_remote);
	put_times(o, sa);
	js_put_counters(o, sa->stats);
	return o;
}

static struct json_object *dev_object(const struct kernel_list *l,
				      const struct knl_dev_info *dev,
				      struct json_object *agent)
{
	struct json_object *o = json_object_new_object();
	struct json_object *sas = json_object_new_array();
	size_t i;

	js_put_text(o, "interface", dev->name);
	js_put_number(o, "ifindex", dev->ifindex);
	for (i = 0; i < l->sa_count; i++)
		if (l->sa[i].ifindex == dev->ifindex)
			json_object_array_add(sas,
					      sa_object(&l->sa[i], agent));
	json_object_object_add(o, "sas", sas);
	return o;
}

static void show_json(const struct kernel_list *l,
		      const struct knl_dev_info *dev, struct json_object *agent)
{
	struct json_object *all = json_object_new_array();
	size_t i;

	for (i = 0; i < l->dev_count; i++)
		if (!dev || dev == &l->dev[i])
			json_object_array_add(all, dev_object(l, &l->dev[i],
							      agent));
	js_print(all);
	json_object_put(all);
}

/* ------------------------------------------------------------------ command */

/* "interface IF", or the name alone. */
static int parse_args(const struct context *ctx, const char **name)
{
	*name = ctx->argc ? ctx->argv[ctx->argc - 1] : NULL;
	if (ctx->argc < 2 && !(ctx->argc && strcmp(*name, "interface") == 0))
		return EXIT_OK;
	if (ctx->argc == 2 && words_fit(ctx->argv[0], "interface"))
		return EXIT_OK;
	fprintf(stderr, "tunctl: usage: tunctl show ipsec sa [interface IF]\n");
	return EXIT_USAGE;
}

/** show_ipsec_sa - show ipsec sa [interface IF] */
int show_ipsec_sa(struct context *ctx)
{
	const struct knl_dev_info *dev = NULL;
	struct json_object *agent = NULL;
	struct kernel_list l;
	const char *name;
	int status;

	if (parse_args(ctx, &name))
		return EXIT_USAGE;
	status = src_kernel(&l, false);
	if (status)
		goto out_free_list;
	if (name) {
		dev = src_find_dev(&l, name);
		if (!dev) {
			status = EXIT_FAILED;
			goto out_free_list;
		}
	}
	if (ctx->json || dev)
		agent = src_agent(ctx, CTL_CMD_SESSIONS, 0, true);
	if (ctx->json)
		show_json(&l, dev, agent);
	else
		show_text(&l, dev, agent);
	json_object_put(agent);
out_free_list:
	src_kernel_free(&l);
	return status;
}
