// SPDX-License-Identifier: GPL-2.0
/*
 * Holds UDP sockets with UDP_ENCAP_ESPINUDP open, one for each port given, as
 * a keying daemon would: ESP in UDP then reaches the kernel's ESP handlers.
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

static int open_port(const char *text)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(atoi(text)),
	};
	int type = UDP_ENCAP_ESPINUDP;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type))) {
		fprintf(stderr, "udp_encap: port %s: %s\n", text,
			strerror(errno));
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct pollfd fds[MAX_PORTS];
	char discard[2048];
	int i, n = argc - 1;

	if (n < 1 || n > MAX_PORTS) {
		fprintf(stderr, "usage: udp_encap PORT... (at most %d)\n",
			MAX_PORTS);
		return 2;
	}
	for (i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = open_port(argv[i + 1]), .events = POLLIN,
		};
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, n, -1) < 0)
			return 1;
		for (i = 0; i < n; i++)
			if (fds[i].revents)
				recv(fds[i].fd, discard, sizeof(discard),
				     MSG_DONTWAIT);
	}
}
