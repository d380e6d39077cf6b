// SPDX-License-Identifier: GPL-2.0
/*
 * Plug-in for iproute2: the words of `ip link add ... type tunnel_ip` and what
 * `ip -d link show` prints for such an interface. It only translates; what is
 * valid is the module's to say.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/tunnel_ip.h>

/*
 * What ip(8) offers to a plug-in. Distributions ship no header for it, so the
 * part in use is declared here; it has not changed since iproute2 5.0. A newer
 * ip hands parse_opt one argument more, behind those declared: harmless.
 */
struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *n);
	void (*print_opt)(struct link_util *lu, FILE *f, struct rtattr *tb[]);
	void (*print_xstats)(struct link_util *lu, FILE *f, struct rtattr *xs);
	void (*print_help)(struct link_util *lu, int argc, char **argv,
			   FILE *f);
	int (*parse_ifla_xstats)(struct link_util *lu, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *n, void *arg);
};

enum output_type {
	PRINT_FP = 1,
	PRINT_JSON = 2,
	PRINT_ANY = 4,
};

enum color_attr {
	COLOR_INET = 2,
	COLOR_INET6 = 3,
	COLOR_NONE = 6,
};

/* Room in the request that ip hands to parse_opt. */
#define REQUEST_MAX	1024

int addattr_l(struct nlmsghdr *n, int maxlen, int type, const void *data,
	      int alen);
unsigned int ll_name_to_index(const char *name);
const char *ll_index_to_name(unsigned int index);
void invarg(const char *msg, const char *arg) __attribute__((noreturn));
void incomplete_command(void) __attribute__((noreturn));
int print_color_string(enum output_type type, enum color_attr color,
		       const char *key, const char *fmt, const char *value);
int print_color_uint(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, unsigned int value);
int print_color_bool(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, bool value);

extern struct link_util tunnel_ip_link_util;

static const char *const df_names[] = {
	[TUNIP_DF_COPY] = "copy",
	[TUNIP_DF_SET] = "set",
	[TUNIP_DF_CLEAR] = "clear",
};

static void help(FILE *f)
{
	fputs("Usage: ... tunnel_ip local ADDR remote ADDR\n"
	      "		[ ttl 1..255 ] [ tos { inherit | 0..252 } ]\n"
	      "		[ df { copy | set | clear } ] [ underlay DEV ]\n"
	      "		[ local-only { on | off } ]\n", f);
}

static void put_u8(struct nlmsghdr *n, int type, __u8 value)
{
	addattr_l(n, REQUEST_MAX, type, &value, sizeof(value));
}

static bool number(const char *arg, unsigned long min, unsigned long max,
		   __u8 *value)
{
	unsigned long v;
	char *end;

	v = strtoul(arg, &end, 0);
	if (*arg < '0' || *arg > '9' || *end || v < min || v > max)
		return false;
	*value = v;
	return true;
}

/* The attribute of an IPv6 address is another one. */
static void parse_addr(struct nlmsghdr *n, int type, const char *arg)
{
	struct in6_addr addr6;
	struct in_addr addr;

	if (inet_pton(AF_INET, arg, &addr) == 1)
		addattr_l(n, REQUEST_MAX, type, &addr, sizeof(addr));
	else if (inet_pton(AF_INET6, arg, &addr6) == 1)
		addattr_l(n, REQUEST_MAX,
			  type == TUNIP_LINK_LOCAL ? TUNIP_LINK_LOCAL6 :
						     TUNIP_LINK_REMOTE6,
			  &addr6, sizeof(addr6));
	else
		invarg("an IPv4 or IPv6 address is expected", arg);
}

static void parse_ttl(struct nlmsghdr *n, int type, const char *arg)
{
	__u8 ttl;

	if (!number(arg, 1, 255, &ttl))
		invarg("\"ttl\" is a number from 1 to 255", arg);
	put_u8(n, type, ttl);
}

static void parse_tos(struct nlmsghdr *n, int type, const char *arg)
{
	__u8 tos = TUNIP_TOS_COPY;

	/* The lowest two bits are ECN and not the user's. */
	if (strcmp(arg, "inherit") &&
	    (!number(arg, 0, 252, &tos) || tos & 3))
		invarg("\"tos\" is \"inherit\" or a multiple of 4 up to 252",
		       arg);
	put_u8(n, type, tos);
}

static void parse_df(struct nlmsghdr *n, int type, const char *arg)
{
	unsigned int i;

	for (i = 0; i < sizeof(df_names) / sizeof(df_names[0]); i++) {
		if (strcmp(arg, df_names[i]))
			continue;
		put_u8(n, type, i);
		return;
	}
	invarg("\"df\" is \"copy\", \"set\" or \"clear\"", arg);
}

static void parse_device(struct nlmsghdr *n, int type, const char *arg)
{
	__u32 index = ll_name_to_index(arg);

	if (!index)
		invarg("no such device", arg);
	addattr_l(n, REQUEST_MAX, type, &index, sizeof(index));
}

static void parse_on_off_word(struct nlmsghdr *n, int type, const char *arg)
{
	if (strcmp(arg, "on") && strcmp(arg, "off"))
		invarg("\"on\" or \"off\" is expected", arg);
	put_u8(n, type, !strcmp(arg, "on"));
}

static const struct word {
	const char *name;
	int type;
	void (*parse)(struct nlmsghdr *n, int type, const char *arg);
} words[] = {
	{ "local",	TUNIP_LINK_LOCAL,	parse_addr },
	{ "remote",	TUNIP_LINK_REMOTE,	parse_addr },
	{ "ttl",	TUNIP_LINK_TTL,		parse_ttl },
	{ "tos",	TUNIP_LINK_TOS,		parse_tos },
	{ "df",		TUNIP_LINK_DF,		parse_df },
	{ "underlay",	TUNIP_LINK_UNDERLAY,	parse_device },
	{ "local-only",	TUNIP_LINK_LOCAL_ONLY,	parse_on_off_word },
};

static const struct word *find_word(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(name, words[i].name))
			return &words[i];
	return NULL;
}

static int tunnel_ip_parse(struct link_util *lu __attribute__((unused)),
			   int argc, char **argv, struct nlmsghdr *n)
{
	const struct word *w;

	for (; argc > 0; argc -= 2, argv += 2) {
		w = find_word(argv[0]);
		if (!w) {
			if (strcmp(argv[0], "help"))
				fprintf(stderr,
					"tunnel_ip: unknown option \"%s\"\n",
					argv[0]);
			help(stderr);
			return -1;
		}
		if (argc < 2)
			incomplete_command();
		w->parse(n, w->type, argv[1]);
	}
	return 0;
}

/* Every attribute is the kernel's, but a newer one may size it differently. */
static const void *value(struct rtattr *tb[], int type, size_t len)
{
	if (!tb[type] || RTA_PAYLOAD(tb[type]) != len)
		return NULL;
	return RTA_DATA(tb[type]);
}

static void print_addr(struct rtattr *tb[], int type, int type6,
		       const char *key, const char *fmt)
{
	const void *addr = value(tb, type, sizeof(struct in_addr));
	const void *addr6 = value(tb, type6, sizeof(struct in6_addr));
	char text[INET6_ADDRSTRLEN];

	if (addr && inet_ntop(AF_INET, addr, text, sizeof(text)))
		print_color_string(PRINT_ANY, COLOR_INET, key, fmt, text);
	if (addr6 && inet_ntop(AF_INET6, addr6, text, sizeof(text)))
		print_color_string(PRINT_ANY, COLOR_INET6, key, fmt, text);
}

static void print_tos(const __u8 *tos)
{
	char text[8] = "inherit";

	if (!tos)
		return;
	if (*tos != TUNIP_TOS_COPY)
		snprintf(text, sizeof(text), "0x%02x", *tos);
	print_color_string(PRINT_ANY, COLOR_NONE, "tos", "tos %s ", text);
}

static void print_underlay(const __u32 *index)
{
	if (index && *index)
		print_color_string(PRINT_ANY, COLOR_NONE, "underlay",
				   "underlay %s ", ll_index_to_name(*index));
}

static void tunnel_ip_print(struct link_util *lu __attribute__((unused)),
			    FILE *f __attribute__((unused)),
			    struct rtattr *tb[])
{
	const __u8 *u8;

	if (!tb)
		return;
	print_addr(tb, TUNIP_LINK_LOCAL, TUNIP_LINK_LOCAL6, "local",
		   "local %s ");
	print_addr(tb, TUNIP_LINK_REMOTE, TUNIP_LINK_REMOTE6, "remote",
		   "remote %s ");
	u8 = value(tb, TUNIP_LINK_TTL, sizeof(*u8));
	if (u8)
		print_color_uint(PRINT_ANY, COLOR_NONE, "ttl", "ttl %u ", *u8);
	print_tos(value(tb, TUNIP_LINK_TOS, sizeof(*u8)));
	u8 = value(tb, TUNIP_LINK_DF, sizeof(*u8));
	if (u8 && *u8 < sizeof(df_names) / sizeof(df_names[0]))
		print_color_string(PRINT_ANY, COLOR_NONE, "df", "df %s ",
				   df_names[*u8]);
	print_underlay(value(tb, TUNIP_LINK_UNDERLAY, sizeof(__u32)));
	u8 = value(tb, TUNIP_LINK_LOCAL_ONLY, sizeof(*u8));
	if (u8) {
		print_color_bool(PRINT_JSON, COLOR_NONE, "local_only", NULL,
				 *u8);
		print_color_string(PRINT_FP, COLOR_NONE, NULL,
				   "local-only %s ", *u8 ? "on" : "off");
	}
}

static void tunnel_ip_help(struct link_util *lu __attribute__((unused)),
			   int argc __attribute__((unused)),
			   char **argv __attribute__((unused)), FILE *f)
{
	help(f);
}

struct link_util tunnel_ip_link_util = {
	.id		= "tunnel_ip",
	.maxattr	= TUNIP_LINK_MAX,
	.parse_opt	= tunnel_ip_parse,
	.print_opt	= tunnel_ip_print,
	.print_help	= tunnel_ip_help,
};
