// SPDX-License-Identifier: GPL-2.0
/*
 * show interface: what the module counts, with the agent running or not.
 */

#include <inttypes.h>
#include <linux/tunnel_ip.h>

#include "js.h"
#include "out.h"
#include "tunctl.h"

#define WIDTH	25

/* Traffic is always shown, the rest once it has happened. */
static void counters(const struct knl_dev_info *dev)
{
	const char *name;
	unsigned int i;

	for (i = 0; i <= TUNIP_STAT_MAX; i++) {
		name = knl_stat_name(i);
		if (name && (dev->stats[i] || i <= TUNIP_STAT_TX_BYTES))
			out_field(WIDTH, name, "%" PRIu64, dev->stats[i]);
	}
}

static void screen(const struct knl_dev_info *dev)
{
	char local[ADDR_STR], remote[ADDR_STR];

	out_rule('-');
	out_field(WIDTH, "Interface Name", "%s", dev->name);
	out_field(WIDTH, "Interface handle", "0x%x", KNL_HANDLE(dev->ifindex));
	out_field(WIDTH, "Tunnel", "%s -> %s", addr_str(&dev->local, local),
		  addr_str(&dev->remote, remote));
	out_field(WIDTH, "Carrier", "%s", dev->carrier ? "up" : "down");
	out_field(WIDTH, "MTU", "%u (%s)", dev->mtu,
		  dev->mtu_fixed ? "configured" : "derived");
	out_field(WIDTH, "Path MTU", "%u", dev->pmtu);
	out_field(WIDTH, "SAs inbound/outbound", "%u/%u", dev->in_sas,
		  dev->out_sas);
	out_field(WIDTH, "Packets waiting for an SA", "%u", dev->staged);
	out_rule('-');
	counters(dev);
	out_rule('-');
}

static struct json_object *dev_object(const struct knl_dev_info *dev)
{
	struct json_object *o = json_object_new_object();
	char text[ADDR_STR];

	js_put_text(o, "interface", dev->name);
	js_put_number(o, "ifindex", dev->ifindex);
	js_put_text(o, "local", addr_str(&dev->local, text));
	js_put_text(o, "remote", addr_str(&dev->remote, text));
	js_put_truth(o, "carrier", dev->carrier);
	js_put_number(o, "mtu", dev->mtu);
	js_put_truth(o, "mtu-fixed", dev->mtu_fixed);
	js_put_number(o, "path-mtu", dev->pmtu);
	js_put_number(o, "underlay-ifindex", dev->underlay);
	js_put_number(o, "inbound-sas", dev->in_sas);
	js_put_number(o, "outbound-sas", dev->out_sas);
	js_put_number(o, "staged", dev->staged);
	js_put_counters(o, dev->stats);
	return o;
}

static void show_text(const struct kernel_list *l,
		      const struct knl_dev_info *dev)
{
	size_t i;

	out_timestamp();
	for (i = 0; i < l->dev_count; i++)
		if (!dev || dev == &l->dev[i])
			screen(&l->dev[i]);
}

static void show_json(const struct kernel_list *l,
		      const struct knl_dev_info *dev)
{
	struct json_object *all = json_object_new_array();
	size_t i;

	for (i = 0; i < l->dev_count; i++)
		if (!dev || dev == &l->dev[i])
			json_object_array_add(all, dev_object(&l->dev[i]));
	js_print(all);
	json_object_put(all);
}

/** show_interface - show interface [IF] */
int show_interface(struct context *ctx)
{
	const struct knl_dev_info *dev = NULL;
	struct kernel_list l;
	int status = src_kernel(&l, false);

	if (status)
		goto out_free_list;
	if (ctx->argc) {
		dev = src_find_dev(&l, ctx->argv[0]);
		if (!dev) {
			status = EXIT_FAILED;
			goto out_free_list;
		}
	}
	if (ctx->json)
		show_json(&l, dev);
	else
		show_text(&l, dev);
out_free_list:
	src_kernel_free(&l);
	return status;
}
