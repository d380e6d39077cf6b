// SPDX-License-Identifier: GPL-2.0
/*
 * Holds UDP sockets with UDP_ENCAP_ESPINUDP open, for IPv4 and IPv6 on each
 * port given, as a keying daemon would: ESP in UDP then reaches the kernel's ESP handlers.
 * Prints "ready" and stays until it is killed. What is not ESP is discarded.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_PORTS	8

static int open_port(int family, const char *text)
{
	/* The port stands at the same place for both families. */
	struct sockaddr_in6 addr = {
		.sin6_family = family,
		.sin6_port = htons(atoi(text)),
	};
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) :
					    sizeof(addr);
	int type = UDP_ENCAP_ESPINUDP, on = 1;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* Without IPv6 in the kernel that of IPv4 is all there is. */
	if (fd < 0 && family == AF_INET6 && errno == EAFNOSUPPORT)
		return -1;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) ||
	    setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type))) {
		fprintf(stderr, "udp_encap: port %s: %s\n", text,
			strerror(errno));
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct pollfd fds[2 * MAX_PORTS];
	char discard[2048];
	int i, n = argc - 1;

	if (n < 1 || n > MAX_PORTS) {
		fprintf(stderr, "usage: udp_encap PORT... (at most %d)\n",
			MAX_PORTS);
		return 2;
	}
	for (i = 0; i < 2 * n; i++)
		fds[i] = (struct pollfd){
			.fd = open_port(i % 2 ? AF_INET6 : AF_INET,
					argv[i / 2 + 1]),
			.events = POLLIN,
		};
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, 2 * n, -1) < 0)
			return 1;
		for (i = 0; i < 2 * n; i++)
			if (fds[i].revents)
				recv(fds[i].fd, discard, sizeof(discard),
				     MSG_DONTWAIT);
	}
}
