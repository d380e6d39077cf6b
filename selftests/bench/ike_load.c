// SPDX-License-Identifier: GPL-2.0
/*
 * Handshakes by the thousand, with the agent's own engine and no kernel.
 *
 *	ike_load respond -a ADDR -n TUNNELS
 *	ike_load initiate -a ADDR -n TUNNELS -r RATE -s SECONDS [-p PID]
 *
 * The initiator is TUNNELS peers, 10.0.0.1 and up, behind one socket; each
 * begins an IKE SA in its turn, RATE a second in all, whatever became of its
 * last one. Prints what was offered and completed a second, and the processor
 * time that each took in microseconds, its own and that of process PID.
 */

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "event/loop.h"
#include "event/work.h"
#include "ike/engine.h"
#include "ike/exchange.h"
#include "ike/peer.h"
#include "ike/tunnel.h"
#include "log/log.h"
#include "no_kernel.h"
#include "util/err.h"

#define TICK_MS		2
#define WARM_UP_MS	1000
#define MSG_ROOM	4096
#define MARKER_LEN	4	/* before IKE at port 4500 (RFC 3948) */

/** struct options - the command line */
struct options {
	bool initiate;
	const char *addr;	/* of the responder */
	const char *group;	/* DH groups as in the configuration */
	unsigned int tunnels, rate, seconds, workers;
	pid_t pid;
};

struct load;

/** struct port - one of the initiator's two sockets */
struct port {
	struct load *load;
	int fd;
	bool marked;
};

/** struct load - one process */
struct load {
	struct options o;
	struct loop *loop;
	struct work_pool *work;
	struct udp *udp;
	struct port port[2];		/* of the initiator: 500 and 4500 */
	struct cfg *cfg;
	struct ike *ike;
	struct tunnel **tunnel;		/* by number */
	struct timer tick;
	uint64_t begun_ms, done_ms;
	uint64_t started, next;		/* handshakes begun; whose turn it is */
	uint64_t up_before;
	double self_before, peer_before;
};

/* ---------------------------------------- sockets for all of the initiators */

static int open_socket(uint16_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int yes = 1, room = 8 << 20;

	if (fd < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

static int load_send(void *arg, const struct net_path *path, struct view msg,
		     char why[NET_WHY])
{
	struct load *l = arg;
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))] = { 0 };
	const struct port *port = &l->port[path->local.port != IKE_PORT];
	struct sockaddr_in to = { .sin_family = AF_INET };
	static const uint8_t marker[MARKER_LEN];
	struct iovec iov[] = {
		{ (void *)(uintptr_t)marker, port->marked ? MARKER_LEN : 0 },
		{ (void *)(uintptr_t)msg.p, msg.len },
	};
	struct msghdr m = {
		.msg_name = &to, .msg_namelen = sizeof(to),
		.msg_iov = iov, .msg_iovlen = 2,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct in_pktinfo info = { 0 };

	to.sin_port = htons(path->remote.port);
	memcpy(&to.sin_addr, path->remote.addr.octets, 4);
	memcpy(&info.ipi_spec_dst, path->local.addr.octets, 4);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	if (sendmsg(port->fd, &m, 0) >= 0)
		return 0;
	snprintf(why, NET_WHY, "%s", strerror(errno));
	return ERR_IO;
}

static int load_keepalive(void *arg, const struct net_path *path)
{
	return 0;
}

static int load_listen(void *arg, const struct addr *local, unsigned int fvrf)
{
	return 0;
}

static void load_unlisten(void *arg, const struct addr *local,
			  unsigned int fvrf)
{
}

static size_t load_path_mtu(void *arg, const struct net_path *path)
{
	return 1500;
}

static void load_counters(void *arg, struct net_counters *out)
{
	memset(out, 0, sizeof(*out));
}

static const struct net_ops load_net = {
	.send = load_send,
	.keepalive = load_keepalive,
	.listen = load_listen,
	.unlisten = load_unlisten,
	.path_mtu = load_path_mtu,
	.counters = load_counters,
};

static bool receive_one(struct port *port)
{
	size_t skip = port->marked ? MARKER_LEN : 0;
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))];
	static uint8_t room[MSG_ROOM];
	struct net_path path = {
		.local.port = port->marked ? IKE_NATT_PORT : IKE_PORT,
	};
	struct iovec iov = { room, sizeof(room) };
	struct sockaddr_in from;
	struct in_pktinfo info;
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(port->fd, &m, 0);
	struct cmsghdr *c;

	if (n < 0)
		return false;
	c = CMSG_FIRSTHDR(&m);
	if (!c || (size_t)n < skip)
		return true;
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	path.local.addr.family = path.remote.addr.family = AF_INET;
	memcpy(path.local.addr.octets, &info.ipi_addr, 4);
	memcpy(path.remote.addr.octets, &from.sin_addr, 4);
	path.remote.port = ntohs(from.sin_port);
	ike_receive(port->load->ike, &path,
		    (struct view){ room + skip, (size_t)n - skip });
	return true;
}

static void on_socket(void *arg, unsigned int events)
{
	while (receive_one(arg))
		;
}

static int open_port(struct load *l, size_t i, uint16_t number)
{
	struct port *port = &l->port[i];

	*port = (struct port){ l, open_socket(number), i == 1 };
	return port->fd >= 0 && loop_fd_add(l->loop, port->fd, LOOP_READ,
					    on_socket, port) ? 0 : ERR_IO;
}

/* ------------------------------------------------------------ configuration */

static const char head[] =
"log-level = \"error\";\n"
"ikev2: { cookie-threshold = %u; half-open-limit = 100000; half-open-limit-per-address = 100000;\n"
"  extra-dh-groups = true; workers = %u;\n"
"  proposals = ( { name = \"p\"; encryption = [ \"aes-cbc-128\" ]; integrity = [ \"sha-256\" ];\n"
"    prf = [ \"sha-256\" ]; dh-group = [ %s ]; } );\n"
"  policies = ( { name = \"pol\"; match: { fvrf = \"any\"; }; proposals = [ \"p\" ]; } );\n"
"  profiles = ( { name = \"prof\"; keyring = \"k\"; dpd-interval = 0;\n"
"    authentication: { local = \"pre-shared\"; remote = [ \"pre-shared\" ]; };\n"
"    match-identity-remote = ( { any = true; } ); } ); };\n"
"keyrings = ( { name = \"k\"; peers = ( { name = \"all\"; address = \"0.0.0.0/0\";\n"
"  pre-shared-key = \"bench-secret\"; } ); } );\n"
"ipsec: { transform-sets = ( { name = \"t\"; mode = \"tunnel\"; transform = [ \"esp-aes\", \"esp-hmac-sha-256\" ]; } );\n"
"  profiles = ( { name = \"ip\"; ikev2-profile = \"prof\"; transform-sets = [ \"t\" ]; responder-only = true; } ); };\n"
"interfaces = (";

static const char interface[] =
"%s{ name = \"t%u\"; ipv4-address = \"172.%u.%u.%u/32\";\n"
"  tunnel: { mode = \"ipsec ipv4\"; source = \"%s\"; destination = \"%s\";\n"
"  protection: { ipsec-profile = \"ip\"; }; }; }";

static void peer_address(unsigned int i, char out[INET_ADDRSTRLEN])
{
	i++;
	snprintf(out, INET_ADDRSTRLEN, "10.%u.%u.%u", i >> 16 & 255,
		 i >> 8 & 255, i & 255);
}

static struct cfg *configure(const struct options *o)
{
	char peer[INET_ADDRSTRLEN], error[CFG_ERROR], *text = NULL;
	struct cfg *cfg;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	unsigned int i;

	if (!f)
		return NULL;
	fprintf(f, head, o->tunnels < 100000 ? 5000 : 0, o->workers, o->group);
	for (i = 0; i < o->tunnels; i++) {
		peer_address(i, peer);
		fprintf(f, interface, i ? ", " : "", i,
			16 + (i >> 16 & 15), i >> 8 & 255, i & 255,
			o->initiate ? peer : o->addr,
			o->initiate ? o->addr : peer);
	}
	fprintf(f, " );\n");
	fclose(f);
	cfg = cfg_load_text(text, "load", error);
	if (!cfg)
		fprintf(stderr, "%s\n", error);
	free(text);
	return cfg;
}

/* ------------------------------------------------------------------ meters */

static double self_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Of all threads of another process, in ticks of the kernel. */
static double process_seconds(pid_t pid)
{
	unsigned long user = 0, system = 0;
	char path[64], line[1024], *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = pid ? fopen(path, "re") : NULL;
	if (!f)
		return 0;
	at = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	if (!at || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			  &user, &system) != 2)
		return 0;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void report(struct load *l)
{
	double wall = (double)(clock_mono_ms(&clock_system) - l->begun_ms) / 1e3;
	uint64_t up = l->ike->count.ike_sas_established - l->up_before;
	double self = self_seconds() - l->self_before;
	double peer = process_seconds(l->o.pid) - l->peer_before;
	double each = up ? 1e6 / (double)up : 0;

	printf("%.0f %.0f %.0f %.0f\n", (double)l->started / wall,
	       (double)up / wall, self * each, peer * each);
	fflush(stdout);
}

/* --------------------------------------------------------------- initiator */

/* Forget what there was without a word, and begin. */
static void begin(struct load *l, struct tunnel *t)
{
	struct net_path path = { .local = { t->source, IKE_PORT },
				 .remote = { t->cfg->destination, IKE_PORT } };
	const struct cfg_ike_profile *profile = t->cfg->profile->ike_profile;
	struct ike_sa *sa;

	ike_sa_free(t->sa);
	sa = ike_sa_new(l->ike, &path, true);
	if (!sa)
		return;
	sa->tunnel = t;
	sa->log.parent = &t->log;
	ike_sa_serve(sa, profile, peer_find_key(profile->keyring, NULL,
						&t->cfg->destination));
	t->sa = sa;
	l->started++;
	if (sa_init_send(sa))
		ike_sa_free(sa);
}

static void measure_from_here(struct load *l)
{
	l->begun_ms = clock_mono_ms(&clock_system);
	l->started = 0;
	l->up_before = l->ike->count.ike_sas_established;
	l->self_before = self_seconds();
	l->peer_before = process_seconds(l->o.pid);
}

static void on_tick(void *arg)
{
	struct load *l = arg;
	uint64_t now = clock_mono_ms(&clock_system);
	uint64_t due;

	if (now >= l->done_ms) {
		report(l);
		loop_stop(l->loop);
		return;
	}
	if (l->done_ms - now < (uint64_t)l->o.seconds * 1000 &&
	    !l->peer_before && !l->self_before)
		measure_from_here(l);
	due = (now - l->begun_ms) * l->o.rate / 1000;
	while (l->started < due)
		begin(l, l->tunnel[l->next++ % l->o.tunnels]);
	timer_set(&l->tick, TICK_MS);
}

static int initiate(struct load *l)
{
	struct tunnel *t;
	size_t i = 0;

	l->tunnel = calloc(l->o.tunnels, sizeof(*l->tunnel));
	if (!l->tunnel)
		return 1;
	list_for_each(t, &l->ike->tunnels, struct tunnel, list)
		l->tunnel[i++] = t;
	l->begun_ms = clock_mono_ms(&clock_system);
	l->done_ms = l->begun_ms + WARM_UP_MS + (uint64_t)l->o.seconds * 1000;
	timer_init(&l->tick, loop_timers(l->loop), on_tick, l);
	timer_set(&l->tick, 0);
	return loop_run(l->loop);
}

/* --------------------------------------------------------------- responder */

static void on_message(void *arg, const struct net_path *path, struct view msg)
{
	struct load *l = arg;

	ike_receive(l->ike, path, msg);
}

static void on_signal(void *arg, int signo)
{
	struct load *l = arg;
	struct mallinfo2 m = mallinfo2();

	fprintf(stderr, "responder: %llu established, %zu now, %zu octets allocated, busy %llu, half-open %u, cookies %llu\n",
		(unsigned long long)l->ike->count.ike_sas_established,
		l->ike->by_spi.count, m.uordblks,
		(unsigned long long)l->ike->count.rx_drop_busy,
		l->ike->half_open_count,
		(unsigned long long)l->ike->count.cookies_sent);
	if (signo == SIGTERM)
		loop_stop(l->loop);
}

static int respond(struct load *l)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	if (loop_signals(l->loop, &set, on_signal, l))
		return 1;
	printf("ready\n");
	fflush(stdout);
	return loop_run(l->loop);
}

/* -------------------------------------------------------------------- main */

static int build(struct load *l)
{
	struct ike_env env = { .knl = &no_kernel, .work = &work_ops_threads };

	l->loop = loop_new(&clock_system);
	l->work = l->loop ? work_pool_new(l->loop, l->o.workers) : NULL;
	if (!l->work || crypto_init())
		return ERR_NOMEM;
	secret_heap_init(64 << 20);
	env.timers = loop_timers(l->loop);
	env.work_arg = l->work;
	if (l->o.initiate) {
		if (open_port(l, 0, IKE_PORT) || open_port(l, 1, IKE_NATT_PORT))
			return ERR_IO;
		env.net = &load_net;
		env.net_arg = l;
	} else {
		l->udp = udp_new(l->loop, on_message, l);
		env.net = &udp_ops;
		env.net_arg = l->udp;
	}
	l->cfg = configure(&l->o);
	l->ike = l->cfg ? ike_new(&env, l->cfg) : NULL;
	return l->ike ? ike_start(l->ike) : ERR_CONFIG;
}

static int parse(int argc, char **argv, struct options *o)
{
	int c;

	*o = (struct options){ .addr = "127.0.0.1", .group = "19",
			       .tunnels = 1000, .rate = 500, .seconds = 10,
			       .workers = 2 };
	if (argc < 2)
		return ERR_INVALID;
	o->initiate = strcmp(argv[1], "initiate") == 0;
	optind = 2;
	while ((c = getopt(argc, argv, "a:n:r:s:p:g:w:")) != -1) {
		switch (c) {
		case 'a':
			o->addr = optarg;
			break;
		case 'g':
			o->group = optarg;
			break;
		case 'n':
			o->tunnels = (unsigned int)atoi(optarg);
			break;
		case 'r':
			o->rate = (unsigned int)atoi(optarg);
			break;
		case 's':
			o->seconds = (unsigned int)atoi(optarg);
			break;
		case 'w':
			o->workers = (unsigned int)atoi(optarg);
			break;
		case 'p':
			o->pid = atoi(optarg);
			break;
		default:
			return ERR_INVALID;
		}
	}
	return optind == argc && o->tunnels ? 0 : ERR_INVALID;
}

int main(int argc, char **argv)
{
	struct load l = { 0 };
	int err;

	if (parse(argc, argv, &l.o)) {
		fprintf(stderr, "usage: ike_load respond|initiate -a ADDR -n TUNNELS [-r RATE] [-s SECONDS] [-p PID] [-g GROUP] [-w WORKERS]\n");
		return 2;
	}
	log_set_level(LOG_LEVEL_ERROR);
	err = build(&l);
	if (err) {
		fprintf(stderr, "ike_load: %s\n", err_text(err));
		return 1;
	}
	err = l.o.initiate ? initiate(&l) : respond(&l);
	/* The kernel takes everything back. */
	return err ? 1 : 0;
}
