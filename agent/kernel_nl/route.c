// SPDX-License-Identifier: GPL-2.0
/*
 * Reverse routes of the module: what an interface shall have, and what it has.
 */

#include <assert.h>
#include <linux/tunnel_ip.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "kernel_nl/internal.h"
#include "util/err.h"

static_assert((int)KNL_ROUTE_DEVICE == (int)TUNIP_ROUTE_DEVICE &&
	      (int)KNL_ROUTE_RULE == (int)TUNIP_ROUTE_RULE, "the same numbers");
static_assert((int)KNL_ROUTE_INSTALLED == (int)TUNIP_ROUTE_INSTALLED &&
	      (int)KNL_ROUTE_REFUSED == (int)TUNIP_ROUTE_REFUSED,
	      "the same numbers");
static_assert((int)KNL_ROUTE_EV_RESTORED == (int)TUNIP_ROUTE_EV_RESTORED,
	      "the same numbers");

int knl_rri_set(void *arg, unsigned int ifindex, const struct knl_rri *rri,
		char why[KNL_WHY])
{
	struct knl *knl = arg;
	struct nl_msg *msg = knl_request(knl, TUNIP_CMD_RRI_SET, NLM_F_ACK);
	struct nlattr *nest;

	if (!msg)
		return ERR_NOMEM;
	nla_put_u32(msg, TUNIP_A_IFINDEX, ifindex);
	nest = rri->on ? nla_nest_start(msg, TUNIP_A_RRI | NLA_F_NESTED) : NULL;
	if (nest) {
		nla_put_u32(msg, TUNIP_RRI_ATTR_PRIORITY, rri->priority);
		nla_put_u8(msg, TUNIP_RRI_ATTR_FALLBACK,
			   rri->unreachable ? TUNIP_RRI_UNREACHABLE :
					      TUNIP_RRI_NONE);
		knl_put_selectors(msg, TUNIP_RRI_ATTR_SEL_LOCAL,
				  rri->sel_local, rri->sel_local_count);
		knl_put_selectors(msg, TUNIP_RRI_ATTR_SEL_REMOTE,
				  rri->sel_remote, rri->sel_remote_count);
		nla_nest_end(msg, nest);
	}
	return knl_ask(knl->genl, msg, NULL, NULL, why);
}

static uint32_t get_u32(struct nlattr **tb, int type)
{
	return tb[type] && nla_len(tb[type]) >= 4 ? nla_get_u32(tb[type]) : 0;
}

static uint8_t get_u8(struct nlattr **tb, int type)
{
	return tb[type] && nla_len(tb[type]) >= 1 ? nla_get_u8(tb[type]) : 0;
}

bool knl_take_route(struct nlattr *nest, struct knl_route *out)
{
	struct nlattr *tb[TUNIP_ROUTE_ATTR_MAX + 1];
	struct nlattr *p;

	if (!nest || nla_parse_nested(tb, TUNIP_ROUTE_ATTR_MAX, nest, NULL) < 0)
		return false;
	p = tb[TUNIP_ROUTE_ATTR_PREFIX];
	if (!p || addr_from_octets(nla_data(p), (size_t)nla_len(p),
				   &out->prefix.addr))
		return false;
	out->prefix.len = get_u8(tb, TUNIP_ROUTE_ATTR_PREFIX_LEN);
	out->kind = get_u8(tb, TUNIP_ROUTE_ATTR_KIND);
	out->state = get_u8(tb, TUNIP_ROUTE_ATTR_STATE);
	out->table = get_u32(tb, TUNIP_ROUTE_ATTR_TABLE);
	out->priority = get_u32(tb, TUNIP_ROUTE_ATTR_PRIORITY);
	out->error = (int)get_u32(tb, TUNIP_ROUTE_ATTR_ERROR);
	if (tb[TUNIP_ROUTE_ATTR_SINCE] &&
	    nla_len(tb[TUNIP_ROUTE_ATTR_SINCE]) >= 8)
		out->since_ms = nla_get_u64(tb[TUNIP_ROUTE_ATTR_SINCE]);
	if (tb[TUNIP_ROUTE_ATTR_OWNER])
		snprintf(out->owner, sizeof(out->owner), "%s",
			 nla_get_string(tb[TUNIP_ROUTE_ATTR_OWNER]));
	return true;
}

/** struct route_sink - where a dump goes */
struct route_sink {
	knl_route_fn fn;
	void *arg;
};

static int on_route(struct nl_msg *msg, void *arg)
{
	struct nlattr *top[TUNIP_A_MAX + 1];
	struct knl_route route = { 0 };
	struct route_sink *sink = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, top, TUNIP_A_MAX, NULL) < 0 ||
	    !top[TUNIP_A_IFNAME] || !knl_take_route(top[TUNIP_A_ROUTE], &route))
		return NL_SKIP;
	route.ifindex = get_u32(top, TUNIP_A_IFINDEX);
	snprintf(route.ifname, sizeof(route.ifname), "%s",
		 nla_get_string(top[TUNIP_A_IFNAME]));
	sink->fn(sink->arg, &route);
	return NL_OK;
}

int knl_dump_routes(struct knl *knl, knl_route_fn fn, void *arg,
		    char why[KNL_WHY])
{
	struct route_sink sink = { fn, arg };

	return knl_ask(knl->genl,
		       knl_request(knl, TUNIP_CMD_ROUTE_GET, NLM_F_DUMP),
		       on_route, &sink, why);
}
