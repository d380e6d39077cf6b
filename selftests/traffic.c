// SPDX-License-Identifier: GPL-2.0
/*
 * Traffic whose every octet is checked: an echo server for UDP and TCP, and
 * clients that compare what comes back. Every payload is made of one marker,
 * so that a capture of the wire can be searched for it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MARKER		"TUNNEL-IP-CLEAR!"
#define MAX_DATAGRAM	65507
#define HEADERS		28	/* IP and UDP, or IP and ICMP */
#define TCP_OCTETS	(96 * 1024)
#define PING_MAX	2048
#define PATIENCE	8	/* seconds for an answer that is overdue */

static const char usage_text[] =
"usage: traffic serve PORT\n"
"       traffic check PORT ADDR...      pings, datagrams and a TCP stream\n"
"       traffic sizes PORT ADDR FROM TO STEP    inner packets of these sizes\n"
"       traffic stream PORT ADDR OCTETS         one TCP stream there and back\n"
"       traffic flood PORT ADDR RATE SECONDS    numbered datagrams\n"
"       traffic rounds COUNT SIZE SECONDS ADDR...  pings, to all at once\n"
"Sizes are those of the IP packet. `flood` prints sent=, lost=, duplicate= and\n"
"reordered=, `rounds` the addresses that left a ping unanswered; the others print\n"
"a line per address that ends in ok or says why not.\n";

/* Sizes of pings and datagrams that `check` sends: none needs fragments. */
static const int check_sizes[] = { HEADERS, 29, 100, 577, 1200, 1326 };

static char complaint[160];

static void die(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Keeps the reason for report(). */
static bool __attribute__((format(printf, 1, 2))) fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(complaint, sizeof(complaint), format, ap);
	va_end(ap);
	return false;
}

static struct sockaddr_in address(const char *ip, const char *port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(port ? atoi(port) : 0),
	};

	if (ip && inet_pton(AF_INET, ip, &sa.sin_addr) != 1) {
		fprintf(stderr, "traffic: not an address: %s\n", ip);
		exit(2);
	}
	return sa;
}

static void fill(uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = MARKER[i % (sizeof(MARKER) - 1)];
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

/* ----------------------------------------------------------------- server */

/* Answers from the address that was asked, which the tunnel depends on. */
static void echo_datagrams(int fd)
{
	static uint8_t data[MAX_DATAGRAM];
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct sockaddr_in from;
	struct iovec iov = { .iov_base = data };
	struct cmsghdr *cm;
	ssize_t n;

	for (;;) {
		struct msghdr msg = {
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};

		iov.iov_len = sizeof(data);
		n = recvmsg(fd, &msg, 0);
		if (n < 0)
			continue;
		iov.iov_len = n;
		cm = CMSG_FIRSTHDR(&msg);
		if (cm && cm->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo *info = (void *)CMSG_DATA(cm);

			info->ipi_ifindex = 0;
			info->ipi_spec_dst = info->ipi_addr;
		}
		sendmsg(fd, &msg, 0);
	}
}

static void echo_stream(int fd)
{
	static uint8_t data[65536];
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0)
		if (send(fd, data, n, MSG_NOSIGNAL) != n)
			break;
	exit(0);
}

static void serve_streams(int fd)
{
	int conn;

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		conn = accept(fd, NULL, NULL);
		if (conn >= 0 && !fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			echo_stream(conn);
		}
		close(conn);
	}
}

static int serve(const char *port)
{
	struct sockaddr_in sa = address(NULL, port);
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1, dont = IP_PMTUDISC_DONT, room = 4 << 20;

	setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(udp, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	setsockopt(udp, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof(dont));
	setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(udp, (struct sockaddr *)&sa, sizeof(sa)) ||
	    bind(tcp, (struct sockaddr *)&sa, sizeof(sa)) || listen(tcp, 64))
		die("cannot listen");
	puts("ready");
	fflush(stdout);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve_streams(tcp);
	}
	echo_datagrams(udp);
	return 0;
}

/* ---------------------------------------------------------------- clients */

static int client_socket(int type, int protocol, const struct sockaddr_in *sa)
{
	struct timeval patience = { .tv_sec = PATIENCE };
	int fd = socket(AF_INET, type, protocol);
	int dont = IP_PMTUDISC_DONT, room = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (type != SOCK_STREAM)
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont,
			   sizeof(dont));
	if (fd < 0 || connect(fd, (const struct sockaddr *)sa, sizeof(*sa))) {
		fail("connect: %s", strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* One datagram of @size octets of IP packet there and back. */
static bool echo_once(int fd, int size)
{
	static uint8_t out[MAX_DATAGRAM], in[MAX_DATAGRAM + 1];
	int len = size - HEADERS;
	ssize_t n;

	fill(out, len);
	if (len >= 4)
		memcpy(out, &size, 4);
	if (send(fd, out, len, 0) != len)
		return fail("sending %d octets: %s", size, strerror(errno));
	n = recv(fd, in, sizeof(in), 0);
	if (n != len)
		return fail("%d octets: %s", size, n < 0 ? strerror(errno) :
						   "wrong length came back");
	if (memcmp(in, out, len))
		return fail("%d octets came back changed", size);
	return true;
}

static uint16_t checksum(const uint16_t *p, size_t len)
{
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *p++;
	if (len)
		sum += *(const uint8_t *)p;
	sum = (sum >> 16) + (sum & 0xffff);
	return ~(sum + (sum >> 16));
}

/* An echo request for an IP packet of @size octets. Return: its length. */
static int ping_request(uint8_t *out, int size, int number)
{
	struct icmphdr *req = (struct icmphdr *)out;
	int len = size - HEADERS + (int)sizeof(*req);

	memset(req, 0, sizeof(*req));
	req->type = ICMP_ECHO;
	req->un.echo.id = htons(getpid());
	req->un.echo.sequence = htons(number);
	fill(out + sizeof(*req), len - sizeof(*req));
	req->checksum = checksum((uint16_t *)out, len);
	return len;
}

static bool ping_answers(const uint8_t *out, const uint8_t *in, ssize_t n)
{
	return n >= HEADERS && in[20] == ICMP_ECHOREPLY &&
	       !memcmp(in + 24, out + 4, 4);
}

static bool ping_once(int fd, int size)
{
	static uint8_t out[PING_MAX], in[4096];
	int len = ping_request(out, size, size);
	ssize_t n;

	if (send(fd, out, len, 0) != len)
		return fail("ping of %d octets: %s", size, strerror(errno));
	do {
		n = recv(fd, in, sizeof(in), 0);
		if (n < 0)
			return fail("ping of %d octets: %s", size,
				    strerror(errno));
	} while (!ping_answers(out, in, n));
	if (n != size || memcmp(in + HEADERS, out + 8, size - HEADERS))
		return fail("ping of %d octets came back changed", size);
	return true;
}

static bool ping_all(const struct sockaddr_in *sa)
{
	int fd = client_socket(SOCK_RAW, IPPROTO_ICMP, sa);
	bool ok = fd >= 0;
	size_t i;

	for (i = 0; ok && i < sizeof(check_sizes) / sizeof(int); i++)
		ok = ping_once(fd, check_sizes[i]);
	close(fd);
	return ok;
}

static bool datagrams(const struct sockaddr_in *sa, int from, int to, int step)
{
	int fd = client_socket(SOCK_DGRAM, 0, sa);
	bool ok = fd >= 0;
	size_t i;

	for (i = 0; ok && !step && i < sizeof(check_sizes) / sizeof(int); i++)
		ok = echo_once(fd, check_sizes[i]);
	for (; ok && step && from <= to; from += step)
		ok = echo_once(fd, from);
	close(fd);
	return ok;
}

/* Compares the stream as it comes back with the pattern that went out. */
static bool stream_match(const uint8_t *in, ssize_t n, size_t at)
{
	ssize_t i;

	for (i = 0; i < n; i++)
		if (in[i] != MARKER[(at + i) % (sizeof(MARKER) - 1)])
			return fail("octet %zu of the stream changed", at + i);
	return true;
}

/* Writes much more than a segment at a time: TCP shall have super-packets to make. */
static bool stream(const struct sockaddr_in *sa, size_t octets)
{
	static uint8_t out[4096 * (sizeof(MARKER) - 1)], in[65536];
	int fd = client_socket(SOCK_STREAM, 0, sa);
	struct pollfd pfd = { .fd = fd };
	size_t sent = 0, got = 0;
	bool ok = fd >= 0;
	ssize_t n;

	fill(out, sizeof(out));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (ok && got < octets) {
		pfd.events = POLLIN | (sent < octets ? POLLOUT : 0);
		if (poll(&pfd, 1, PATIENCE * 1000) != 1) {
			ok = fail("the stream stopped at %zu of %zu octets",
				  got, octets);
			break;
		}
		if (sent < octets) {
			size_t skew = sent % (sizeof(MARKER) - 1);
			size_t want = sizeof(out) - skew;

			n = send(fd, out + skew, want < octets - sent ? want :
				 octets - sent, MSG_NOSIGNAL);
			sent += n > 0 ? n : 0;
		}
		n = recv(fd, in, sizeof(in), 0);
		if (n > 0)
			ok = stream_match(in, n, got);
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			ok = fail("the stream ended at %zu of %zu octets", got,
				  octets);
		got += n > 0 ? n : 0;
	}
	close(fd);
	return ok;
}

static bool report(const char *addr, bool ok)
{
	printf("%s %s\n", addr, ok ? "ok" : complaint);
	fflush(stdout);
	return ok;
}

static int check(const char *port, char **addrs)
{
	int status = 0;

	for (; *addrs; addrs++) {
		struct sockaddr_in sa = address(*addrs, port);

		if (!report(*addrs, ping_all(&sa) &&
				    datagrams(&sa, 0, 0, 0) &&
				    stream(&sa, TCP_OCTETS)))
			status = 1;
	}
	return status;
}

/* ------------------------------------------------------------------ flood */

struct flood {
	uint8_t *seen;
	uint32_t sent;
	uint32_t received;
	uint32_t duplicate;
	uint32_t reordered;
	uint32_t highest;
};

static void flood_receive(struct flood *f, int fd)
{
	uint8_t data[512];
	uint32_t number;

	while (recv(fd, data, sizeof(data), MSG_DONTWAIT) >= 4) {
		memcpy(&number, data, sizeof(number));
		if (number >= f->sent)
			continue;
		if (f->seen[number]++) {
			f->duplicate++;
			continue;
		}
		f->received++;
		if (number < f->highest)
			f->reordered++;
		else
			f->highest = number;
	}
}

/* Takes answers until @until; or until there is none left to come. */
static void flood_wait(struct flood *f, int fd, int64_t until, bool leave)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t left;

	do {
		left = until - now_us();
		if (poll(&pfd, 1, left > 0 ? left / 1000 : 0) == 1)
			flood_receive(f, fd);
	} while (left > 0 && !(leave && f->received == f->sent));
}

static int flood(char **args)
{
	struct sockaddr_in sa = address(args[1], args[0]);
	int rate = atoi(args[2]), seconds = atoi(args[3]);
	int fd = client_socket(SOCK_DGRAM, 0, &sa);
	uint32_t total = rate * seconds;
	struct flood f = { .seen = calloc(total + 1, 1) };
	int64_t start = now_us();
	uint8_t data[200];

	if (fd < 0 || !f.seen)
		die("cannot begin");
	fill(data, sizeof(data));
	while (f.sent < total) {
		memcpy(data, &f.sent, sizeof(f.sent));
		if (send(fd, data, sizeof(data), 0) == sizeof(data))
			f.sent++;
		flood_wait(&f, fd, start + f.sent * 1000000LL / rate, false);
	}
	flood_wait(&f, fd, now_us() + 3000000, true);
	printf("sent=%u lost=%u duplicate=%u reordered=%u\n", f.sent,
	       f.sent - f.received, f.duplicate, f.reordered);
	free(f.seen);
	return f.received == f.sent && !f.duplicate ? 0 : 1;
}

/* ----------------------------------------------------------------- rounds */

struct target {
	struct sockaddr_in sa;
	bool waiting;
	bool silent;
};

/* Strikes who answers @out off the list; to the last one or until @until. */
static void round_wait(int fd, const uint8_t *out, struct target *t, int count,
		       int64_t until)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct sockaddr_in from;
	socklen_t len;
	uint8_t in[PING_MAX];
	int i, missing = 0;
	ssize_t n;

	for (i = 0; i < count; i++)
		missing += t[i].waiting;
	while (missing && now_us() < until &&
	       poll(&pfd, 1, (until - now_us()) / 1000) == 1) {
		len = sizeof(from);
		n = recvfrom(fd, in, sizeof(in), 0, (struct sockaddr *)&from,
			     &len);
		for (i = 0; i < count && ping_answers(out, in, n); i++) {
			if (!t[i].waiting ||
			    t[i].sa.sin_addr.s_addr != from.sin_addr.s_addr)
				continue;
			t[i].waiting = false;
			missing--;
		}
	}
}

/*
 * A round begins when all have answered the one before, or are late. Who cannot
 * be sent anything is as silent as who does not answer.
 */
static int rounds(char **args, int count)
{
	struct target *t = calloc(count, sizeof(*t));
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	int i, r, len, silent = 0;
	uint8_t out[PING_MAX];

	if (fd < 0 || !t || atoi(args[1]) < HEADERS || atoi(args[1]) > PING_MAX)
		die("cannot begin");
	for (i = 0; i < count; i++)
		t[i].sa = address(args[3 + i], NULL);
	for (r = 0; r < atoi(args[0]); r++) {
		len = ping_request(out, atoi(args[1]), r);
		for (i = 0; i < count; i++) {
			t[i].waiting = true;
			sendto(fd, out, len, 0, (struct sockaddr *)&t[i].sa,
			       sizeof(t[i].sa));
		}
		round_wait(fd, out, t, count,
			   now_us() + atoi(args[2]) * 1000000LL);
		for (i = 0; i < count; i++)
			t[i].silent |= t[i].waiting;
	}
	for (i = 0; i < count; i++)
		if (t[i].silent)
			printf("%s%s", silent++ ? " " : "", args[3 + i]);
	printf("\n");
	free(t);
	return silent ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in sa;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2]);
	if (argc > 3 && !strcmp(argv[1], "check"))
		return check(argv[2], argv + 3);
	if (argc == 6 && !strcmp(argv[1], "flood"))
		return flood(argv + 2);
	if (argc > 5 && !strcmp(argv[1], "rounds"))
		return rounds(argv + 2, argc - 5);
	if (argc == 7 && !strcmp(argv[1], "sizes")) {
		sa = address(argv[3], argv[2]);
		return !report(argv[3], datagrams(&sa, atoi(argv[4]),
						  atoi(argv[5]),
						  atoi(argv[6])));
	}
	if (argc == 5 && !strcmp(argv[1], "stream")) {
		sa = address(argv[3], argv[2]);
		return !report(argv[3], stream(&sa, atol(argv[4])));
	}
	fputs(usage_text, stderr);
	return 2;
}
