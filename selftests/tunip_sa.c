// SPDX-License-Identifier: GPL-2.0
/*
 * Installs, shows and removes static SAs of tunnel_ip interfaces, prints
 * events, and sends malformed requests on purpose. It judges nothing: every
 * field goes to the kernel as it is written, and the kernel's answer comes
 * back as one line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "tunip_fields.h"
#include "tunip_print.h"

#define MAX_ARGS	64
#define ANSWER_TIMEOUT	20000	/* milliseconds */

static const char usage_text[] =
"usage: tunip_sa [-n NETNS] [-x] COMMAND\n"
"  add|del|get|expect DEV FIELD...   one SA; DEV may be -\n"
"  dump|flush [DEV]           all SAs of an interface or of the namespace\n"
"  dev [DEV]                  interfaces with their counters\n"
"  send NUMBER DEV FIELD...   any request, by its number\n"
"  link-add|link-set|link-del DEV FIELD...\n"
"  events [SECONDS]           one line per event\n"
"  batch                      commands from standard input, `sleep MS` too\n"
"  faults MOST UNDO COMMAND   the command again and again, with the first,\n"
"                             second, ... of the kernel's allocations for it\n"
"                             failing, until there are no more. UNDO (one\n"
"                             word: COMMAND,DEV) follows a success.\n"
"FIELD is NAME[:TYPE]=VALUE. NAME is one that `dump` prints or an attribute\n"
"number, with a dot in front when it stands outside the nest. TYPE replaces\n"
"the usual one: u8 u16 u32 u64 be16 be32 ip hex str range nest len.\n"
"`len` writes a header that claims VALUE octets. -x prints received messages\n"
"in hexadecimal too.\n"
"Exit status: 0, 1 refused, 2 wrong usage, 3 dump interrupted.\n";

enum {
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_TORN = 3,
};

static struct nl_sock *genl, *route;
static int family;
static bool print_hex;

/* The allocation of the next request that shall fail, and whether one did. */
static struct {
	int nth;	/* 0: none shall */
	bool injected;
	int refused;	/* requests that could not do without */
} fault;

static void die(const char *what, const char *which)
{
	fprintf(stderr, "tunip_sa: %s '%s'\n", what, which);
	exit(EXIT_USAGE);
}

/* --------------------------------------------------------------- encoding */

/** struct buf - attributes under construction */
struct buf {
	size_t len;
	uint8_t data[32768];
};

static void put(struct buf *b, const void *data, size_t len)
{
	if (len > sizeof(b->data) - b->len)
		die("no room for the attributes of", "this request");
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void put_attr(struct buf *b, int type, const void *data, size_t len)
{
	struct nlattr a = { .nla_len = NLA_HDRLEN + len, .nla_type = type };
	static const uint8_t zero[NLA_ALIGNTO];

	put(b, &a, sizeof(a));
	put(b, data, len);
	put(b, zero, NLA_ALIGN(len) - len);
}

static uint64_t number(const struct field *f, const char *text)
{
	const struct word *w;
	char *end;
	uint64_t v;

	for (w = f->words; w && w->name; w++)
		if (!strcmp(w->name, text))
			return w->number;
	v = strtoull(text, &end, 0);
	if (!*text || *end)
		die("not a number or a known word:", text);
	return v;
}

static uint64_t flags(const struct field *f, char *text)
{
	uint64_t v = 0;
	char *at, *word;

	for (word = strtok_r(text, ",", &at); word;
	     word = strtok_r(NULL, ",", &at))
		v |= number(f, word);
	return v;
}

/* Of either family: its length says which. */
static void put_address(struct buf *b, int type, const char *text)
{
	uint8_t octets[16];

	if (inet_pton(AF_INET, text, octets) == 1)
		put_attr(b, type, octets, 4);
	else if (inet_pton(AF_INET6, text, octets) == 1)
		put_attr(b, type, octets, 16);
	else
		die("not an address:", text);
}

static size_t unhex(const char *text, uint8_t *out, size_t room)
{
	size_t len;

	for (len = 0; *text; text += 2, len++)
		if (len == room || sscanf(text, "%2hhx", &out[len]) != 1)
			die("not hexadecimal, or too long:", text);
	return len;
}

/* A-B[/PROTOCOL] */
static void put_range(struct buf *b, int type, char *text)
{
	static struct buf nest;
	char *end = strchr(text, '-'), *proto = strchr(text, '/');
	uint8_t p;

	if (!end)
		die("not a range of addresses:", text);
	*end++ = '\0';
	if (proto)
		*proto++ = '\0';
	nest.len = 0;
	put_address(&nest, TUNIP_SEL_START, text);
	put_address(&nest, TUNIP_SEL_END, end);
	if (proto) {
		p = atoi(proto);
		put_attr(&nest, TUNIP_SEL_PROTO, &p, sizeof(p));
	}
	put_attr(b, type | NLA_F_NESTED, nest.data, nest.len);
}

static void put_number(struct buf *b, int attr, enum type type, uint64_t v)
{
	uint8_t u8 = v;
	uint16_t u16 = type == T_BE16 ? htons(v) : v;
	uint32_t u32 = type == T_BE32 ? htonl(v) : v;

	switch (type) {
	case T_U8:
		put_attr(b, attr, &u8, sizeof(u8));
		break;
	case T_U16:
	case T_BE16:
		put_attr(b, attr, &u16, sizeof(u16));
		break;
	case T_U64:
		put_attr(b, attr, &v, sizeof(v));
		break;
	default:
		put_attr(b, attr, &u32, sizeof(u32));
	}
}

static void put_value(struct buf *b, const struct field *f, char *value)
{
	struct nlattr lie = { .nla_type = f->attr };
	uint8_t octets[8192];
	size_t len;

	switch (f->type) {
	case T_IP:
		put_address(b, f->attr, value);
		break;
	case T_HEX:
	case T_NEST:
		len = unhex(value, octets, sizeof(octets));
		put_attr(b, f->attr | (f->type == T_NEST ? NLA_F_NESTED : 0),
			 octets, len);
		break;
	case T_STR:
		put_attr(b, f->attr, value, strlen(value) + 1);
		break;
	case T_RANGE:
		put_range(b, f->attr, value);
		break;
	case T_LEN:
		lie.nla_len = number(f, value);
		put(b, &lie, sizeof(lie));
		break;
	case T_FLAGS:
		put_number(b, f->attr, T_U32, flags(f, value));
		break;
	default:
		put_number(b, f->attr, f->type, number(f, value));
	}
}

static enum type type_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++)
		if (!strcmp(type_names[i], name))
			return i;
	die("unknown type", name);
	return T_U8;
}

/* NAME[:TYPE]=VALUE */
static void put_field(struct buf *b, const struct field *table, char *text)
{
	char *value = strchr(text, '='), *type = NULL, *end;
	struct field f = { .type = T_U32 };

	if (!value)
		die("a field is NAME=VALUE, not", text);
	*value++ = '\0';
	type = strchr(text, ':');
	if (type)
		*type++ = '\0';
	f.attr = strtol(text, &end, 0);
	if (end == text || *end) {
		for (; table->name && strcmp(table->name, text); table++)
			;
		if (!table->name)
			die("unknown field", text);
		f = *table;
	}
	if (type)
		f.type = type_by_name(type);
	put_value(b, &f, value);
}

/* ------------------------------------------------------------ transaction */

/** struct answer - what came back for one request */
struct answer {
	const char *command;
	int err;	/* positive errno */
	bool done;
	bool torn;	/* the dump was interrupted */
};

/* The kernel's sentence, and the attribute it points at. */
static void print_refusal(const struct answer *ans, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = nlmsg_data(nlh);
	const struct nlattr *at = NULL;
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1] = {};
	const char *sentence = "";
	size_t skip = sizeof(*e);
	uint32_t offset;

	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		nla_parse(tb, NLMSGERR_ATTR_MAX,
			  (struct nlattr *)((char *)e + skip),
			  nlmsg_datalen(nlh) - skip, NULL);
	if (tb[NLMSGERR_ATTR_MSG])
		sentence = nla_get_string(tb[NLMSGERR_ATTR_MSG]);
	fprintf(stderr, "tunip_sa: %s: %s: %s", ans->command,
		strerror(ans->err), sentence);
	offset = tb[NLMSGERR_ATTR_OFFS] ? nla_get_u32(tb[NLMSGERR_ATTR_OFFS]) : 0;
	if (offset && !(nlh->nlmsg_flags & NLM_F_CAPPED) &&
	    offset + sizeof(*at) <= e->msg.nlmsg_len) {
		at = (const struct nlattr *)((const char *)&e->msg + offset);
		fprintf(stderr, " (at attribute %d)", nla_type(at));
	}
	fputc('\n', stderr);
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct answer *ans = arg;

	if (print_hex) {
		printf("raw ");
		print_hex_octets(nlh, nlh->nlmsg_len);
		putchar('\n');
	}
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		ans->torn = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		ans->err = -((struct nlmsgerr *)nlmsg_data(nlh))->error;
		ans->done = true;
		if (ans->err && !fault.nth)
			print_refusal(ans, nlh);
		break;
	case NLMSG_DONE:
		ans->done = true;
		break;
	default:
		if (nlh->nlmsg_type == family)
			print_message(nlh);
	}
	return NL_SKIP;
}

/*
 * /proc/self/fail-nth (Documentation/fault-injection/fault-injection.rst):
 * counts the allocations of this task and reads as what is left, 0 once the
 * fault was injected. Open beforehand: opening allocates too.
 */
static int fault_file(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("this kernel injects no faults:", "/proc/self/fail-nth");
	return fd;
}

static void fault_arm(int fd, int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", nth);
	if (pwrite(fd, text, strlen(text), 0) < 0)
		die("cannot inject fault", text);
}

static bool fault_injected(int fd)
{
	char left[16] = "";

	if (pread(fd, left, sizeof(left) - 1, 0) <= 0)
		die("cannot read", "/proc/self/fail-nth");
	return !atoi(left);
}

/* The kernel does its work within the call that sends. */
static int send_request(struct nl_sock *sk, struct nl_msg *msg)
{
	int err, fd;

	if (!fault.nth)
		return nl_send_auto(sk, msg);
	nl_complete_msg(sk, msg);
	fd = fault_file();
	fault_arm(fd, fault.nth);
	err = nl_send(sk, msg);
	fault.injected = fault_injected(fd);
	fault_arm(fd, 0);
	return err;
}

/*
 * The first octets of a dump's end or of a refusal are the same for libnl, so
 * all messages are taken before it looks at them.
 */
static int transact(struct nl_sock *sk, struct nl_msg *msg, const char *command)
{
	struct answer ans = { .command = command };
	struct pollfd pfd = { .fd = nl_socket_get_fd(sk), .events = POLLIN };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err = send_request(sk, msg);

	nlmsg_free(msg);
	if (fault.nth && err < 0)
		return EXIT_REFUSED;
	if (!cb || err < 0)
		die("cannot send the request:", nl_geterror(err));
	nl_cb_set(cb, NL_CB_MSG_IN, NL_CB_CUSTOM, on_message, &ans);
	while (!ans.done) {
		if (poll(&pfd, 1, ANSWER_TIMEOUT) != 1)
			die("no answer to", command);
		err = nl_recvmsgs(sk, cb);
		if (err < 0 && fault.injected)
			break;
		if (err < 0)
			die("cannot receive:", nl_geterror(err));
	}
	nl_cb_put(cb);
	fflush(stdout);
	if (!ans.done)
		return EXIT_TORN;
	if (ans.err)
		return EXIT_REFUSED;
	return ans.torn ? EXIT_TORN : 0;
}

/* Fields with a dot in front go outside the nest. */
static void put_fields(struct buf *top, struct buf *nest,
		       const struct field *table, char **args)
{
	for (; *args; args++) {
		if (**args == '.')
			put_field(top, top_fields, *args + 1);
		else
			put_field(nest, table, *args);
	}
}

static int genl_request(int cmd, int nl_flags, const char *dev, char **args,
			const char *name)
{
	static struct buf top, nest;
	struct nl_msg *msg = nlmsg_alloc_size(sizeof(top.data) + 1024);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
				 nl_flags, cmd, TUNIP_GENL_VERSION))
		die("out of memory for", name);
	top.len = 0;
	nest.len = 0;
	if (dev && strcmp(dev, "-"))
		put_attr(&top, TUNIP_A_IFNAME, dev, strlen(dev) + 1);
	put_fields(&top, &nest, sa_fields, args);
	if (nest.len)
		put_attr(&top, TUNIP_A_SA | NLA_F_NESTED, nest.data, nest.len);
	nlmsg_append(msg, top.data, top.len, 0);
	return transact(genl, msg, name);
}

static int link_request(int type, int nl_flags, const char *dev, char **args,
			const char *name)
{
	static struct buf top, data, info;
	struct nl_msg *msg = nlmsg_alloc_simple(type, nl_flags);
	struct ifinfomsg ifi = {};

	top.len = 0;
	data.len = 0;
	info.len = 0;
	put_fields(&top, &data, link_fields, args);
	put_attr(&top, IFLA_IFNAME, dev, strlen(dev) + 1);
	put_attr(&info, IFLA_INFO_KIND, TUNIP_GENL_NAME,
		 sizeof(TUNIP_GENL_NAME));
	put_attr(&info, IFLA_INFO_DATA | NLA_F_NESTED, data.data, data.len);
	put_attr(&top, IFLA_LINKINFO | NLA_F_NESTED, info.data, info.len);
	if (!msg || nlmsg_append(msg, &ifi, sizeof(ifi), NLMSG_ALIGNTO) ||
	    nlmsg_append(msg, top.data, top.len, 0))
		die("out of memory for", name);
	return transact(route, msg, name);
}

/* ----------------------------------------------------------------- events */

static int on_event(struct nl_msg *msg, void *arg)
{
	if (nlmsg_hdr(msg)->nlmsg_type == family)
		print_message(nlmsg_hdr(msg));
	fflush(stdout);
	return NL_SKIP;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Prints "listening" once no event can be missed any more. */
static int events(const char *seconds)
{
	int64_t end = seconds ? now_ms() + 1000LL * atoi(seconds) : INT64_MAX;
	struct nl_sock *sk = nl_socket_alloc();
	struct pollfd pfd = { .events = POLLIN };
	int group;

	if (!sk || genl_connect(sk))
		die("cannot open a socket for", "events");
	group = genl_ctrl_resolve_grp(genl, TUNIP_GENL_NAME,
				      TUNIP_MCGRP_EVENTS);
	if (group < 0 || nl_socket_add_memberships(sk, group, 0))
		die("cannot join the group", TUNIP_MCGRP_EVENTS);
	nl_socket_disable_seq_check(sk);
	nl_socket_modify_cb(sk, NL_CB_MSG_IN, NL_CB_CUSTOM, on_event, NULL);
	puts("listening");
	fflush(stdout);
	pfd.fd = nl_socket_get_fd(sk);
	while (now_ms() < end)
		if (poll(&pfd, 1, 100) == 1 && nl_recvmsgs_default(sk) < 0)
			puts("overflow");
	nl_socket_free(sk);
	return 0;
}

/* --------------------------------------------------------------- commands */

static const struct command {
	const char *name;
	int cmd;
	int flags;
} commands[] = {
	{ "add", TUNIP_CMD_SA_ADD, NLM_F_ACK },
	{ "del", TUNIP_CMD_SA_DEL, NLM_F_ACK },
	{ "get", TUNIP_CMD_SA_GET, NLM_F_ACK },
	{ "dump", TUNIP_CMD_SA_GET, NLM_F_DUMP },
	{ "flush", TUNIP_CMD_SA_FLUSH, NLM_F_ACK },
	{ "expect", TUNIP_CMD_SA_EXPECT, NLM_F_ACK },
};

static int run_link(char **args)
{
	bool del = !strcmp(args[0], "link-del");
	int nl_flags = NLM_F_ACK;

	if (!args[1])
		die("an interface is needed after", args[0]);
	if (!strcmp(args[0], "link-add"))
		nl_flags |= NLM_F_CREATE | NLM_F_EXCL;
	return link_request(del ? RTM_DELLINK : RTM_NEWLINK, nl_flags, args[1],
			    args + 2, args[0]);
}

static int run(char **args)
{
	char **rest = args[1] ? args + 2 : args + 1;
	unsigned int i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(args[0], commands[i].name))
			return genl_request(commands[i].cmd, commands[i].flags,
					    args[1], rest, args[0]);
	if (!strcmp(args[0], "dev"))
		return genl_request(TUNIP_CMD_DEV_GET,
				    args[1] ? NLM_F_ACK : NLM_F_DUMP, args[1],
				    rest, args[0]);
	if (!strcmp(args[0], "send") && args[1] && args[2])
		return genl_request(atoi(args[1]), NLM_F_ACK, args[2],
				    args + 3, args[0]);
	if (!strncmp(args[0], "link-", strlen("link-")))
		return run_link(args);
	if (!strcmp(args[0], "events"))
		return events(args[1]);
	fputs(usage_text, stderr);
	exit(EXIT_USAGE);
}

/* Ends at the first command that fails. */
static int batch(void)
{
	char *line = NULL, *args[MAX_ARGS + 1], *at;
	size_t room = 0;
	int n, status = 0;

	while (!status && getline(&line, &room, stdin) > 0) {
		n = 0;
		for (at = strtok(line, " \t\n"); at && n < MAX_ARGS;
		     at = strtok(NULL, " \t\n"))
			args[n++] = at;
		args[n] = NULL;
		if (!n)
			continue;
		if (!strcmp(args[0], "sleep") && n == 2)
			usleep(1000 * atoi(args[1]));
		else
			status = run(args);
	}
	free(line);
	return status;
}

/* The words of a command are taken apart as it runs: it gets a copy. */
static int run_again(char *const *args)
{
	char *copy[MAX_ARGS + 1] = {};
	int n, status;

	for (n = 0; n < MAX_ARGS && args[n]; n++) {
		copy[n] = strdup(args[n]);
		if (!copy[n])
			die("out of memory for", args[0]);
	}
	status = run(copy);
	while (n)
		free(copy[--n]);
	return status;
}

/*
 * What a refused command leaves behind refuses the next one too, whose
 * allocations then all succeed.
 */
static int faults(char **args)
{
	char *undo[3] = {}, *const *command = args + 2;
	int nth, status, undone, most;

	if (!args[0] || !args[1] || !args[2])
		die("too few words after", "faults");
	most = atoi(args[0]);
	undo[0] = strtok(args[1], ",");
	undo[1] = strtok(NULL, ",");
	for (nth = 1; nth < most; nth++) {
		fault.nth = nth;
		fault.injected = false;
		status = run_again(command);
		fault.nth = 0;
		if (status == EXIT_REFUSED && fault.injected) {
			fault.refused++;
			continue;
		}
		undone = run_again(undo);
		/* It may be the answer itself that there was no memory for. */
		if (fault.injected && status == EXIT_TORN)
			continue;
		if (status || undone)
			die("refused without a fault:", command[0]);
		if (fault.injected)
			continue;
		printf("%d allocations, %d of them needed\n", nth - 1,
		       fault.refused);
		return fault.refused ? 0 : EXIT_REFUSED;
	}
	die("more allocations than", args[0]);
	return EXIT_USAGE;
}

static void enter_netns(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("cannot enter the namespace", name);
	close(fd);
}

static struct nl_sock *connect_to(int protocol)
{
	struct nl_sock *sk = nl_socket_alloc();
	int on = 1;

	if (!sk || nl_connect(sk, protocol))
		die("cannot open a netlink socket of", "this namespace");
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_EXT_ACK, &on,
		   sizeof(on));
	return sk;
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "+n:x")) != -1) {
		if (opt == 'n')
			enter_netns(optarg);
		else if (opt == 'x')
			print_hex = true;
		else
			optind = argc;
	}
	if (optind >= argc) {
		fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
	genl = connect_to(NETLINK_GENERIC);
	route = connect_to(NETLINK_ROUTE);
	family = genl_ctrl_resolve(genl, TUNIP_GENL_NAME);
	if (family < 0)
		die("the kernel has no generic-netlink family",
		    TUNIP_GENL_NAME);
	if (!strcmp(argv[optind], "batch"))
		return batch();
	if (!strcmp(argv[optind], "faults"))
		return faults(argv + optind + 1);
	return run(argv + optind);
}
