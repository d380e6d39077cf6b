/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's messages as one line each: NAME=VALUE for every attribute, the
 * names those of tunip_fields.h.
 */
#ifndef SELFTESTS_TUNIP_PRINT_H
#define SELFTESTS_TUNIP_PRINT_H

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "tunip_fields.h"

static void print_words(const struct field *f, uint64_t v)
{
	const struct word *w;
	const char *comma = "";

	for (w = f->words; w && w->name; w++) {
		if (f->type == T_FLAGS ? !(v & w->number) : v != w->number)
			continue;
		printf("%s%s", comma, w->name);
		if (f->type != T_FLAGS)
			return;
		comma = ",";
	}
	if (f->type == T_FLAGS)
		printf("%s", *comma ? "" : "none");
	else
		printf("%" PRIu64, v);
}

static uint64_t attr_number(const struct nlattr *a)
{
	uint64_t v = 0;

	memcpy(&v, nla_data(a), (size_t)nla_len(a) < sizeof(v) ?
				(size_t)nla_len(a) : sizeof(v));
	return v;
}

static void print_addr(const struct nlattr *a)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (a && nla_len(a) == sizeof(struct in_addr))
		inet_ntop(AF_INET, nla_data(a), text, sizeof(text));
	else if (a && nla_len(a) == sizeof(struct in6_addr))
		inet_ntop(AF_INET6, nla_data(a), text, sizeof(text));
	fputs(text, stdout);
}

static void print_range(struct nlattr *nest)
{
	struct nlattr *tb[TUNIP_SEL_MAX + 1];

	nla_parse_nested(tb, TUNIP_SEL_MAX, nest, NULL);
	print_addr(tb[TUNIP_SEL_START]);
	putchar('-');
	print_addr(tb[TUNIP_SEL_END]);
	if (tb[TUNIP_SEL_PROTO])
		printf("/%u", nla_get_u8(tb[TUNIP_SEL_PROTO]));
}

static void print_hex_octets(const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len--)
		printf("%02x", *p++);
}

static void print_nest(struct nlattr *nest, const struct field *table);

static void print_attr(const struct field *f, struct nlattr *a)
{
	if (f->type == T_STATS) {
		print_nest(a, stat_fields);
		return;
	}
	printf(" %s=", f->name);
	switch (f->type) {
	case T_BE16:
		printf("%u", ntohs(attr_number(a)));
		break;
	case T_BE32:
		printf("0x%08x", ntohl(attr_number(a)));
		break;
	case T_IP:
		print_addr(a);
		break;
	case T_STR:
		printf("%.*s", (int)nla_len(a), (const char *)nla_data(a));
		break;
	case T_HEX:
		print_hex_octets(nla_data(a), nla_len(a));
		break;
	case T_RANGE:
		print_range(a);
		break;
	default:
		print_words(f, attr_number(a));
	}
}

static const struct field *by_number(const struct field *table, int type)
{
	for (; table->name; table++)
		if (table->attr == type)
			return table;
	return NULL;
}

/* Counters that are zero are left out; an unknown attribute is not. */
static void print_nest(struct nlattr *nest, const struct field *table)
{
	const struct field *f;
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		f = by_number(table, nla_type(a));
		if (f && table == stat_fields && !attr_number(a))
			continue;
		if (f)
			print_attr(f, a);
		else if (nla_len(a))
			printf(" attribute-%d", nla_type(a));
	}
}

static const char *title(uint8_t cmd)
{
	static const char *const titles[] = {
		[TUNIP_CMD_DEV_GET] = "dev",
		[TUNIP_CMD_SA_GET] = "sa",
		[TUNIP_CMD_ACQUIRE_NTF] = "acquire",
		[TUNIP_CMD_EXPIRE_NTF] = "expire",
		[TUNIP_CMD_SA_NTF] = "sa-event",
		[TUNIP_CMD_ENDPOINT_NTF] = "endpoint",
		[TUNIP_CMD_ROUTE_NTF] = "route-event",
	};

	if (cmd >= sizeof(titles) / sizeof(titles[0]) || !titles[cmd])
		return "unknown";
	return titles[cmd];
}

static void print_message(struct nlmsghdr *nlh)
{
	struct genlmsghdr *gh = nlmsg_data(nlh);
	struct nlattr *a;
	int rem;

	printf("%s", title(gh->cmd));
	nla_for_each_attr(a, genlmsg_attrdata(gh, 0), genlmsg_attrlen(gh, 0),
			  rem) {
		const struct field *f = by_number(top_fields, nla_type(a));

		if (nla_type(a) == TUNIP_A_SA)
			print_nest(a, sa_fields);
		else if (nla_type(a) == TUNIP_A_DEV)
			print_nest(a, dev_fields);
		else if (nla_type(a) == TUNIP_A_FLOW)
			print_nest(a, flow_fields);
		else if (f)
			print_attr(f, a);
	}
	putchar('\n');
}

#endif
