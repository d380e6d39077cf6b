// SPDX-License-Identifier: GPL-2.0
/*
 * The claim of a network namespace, an abstract socket.
 */

#include "util/claim.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Nobody is ever accepted: who asks is to find room for that. */
#define BACKLOG	4096

static const char name[] = "tunneld";

static socklen_t set_address(struct sockaddr_un *addr)
{
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(addr->sun_path + 1, name, sizeof(name) - 1);
	return offsetof(struct sockaddr_un, sun_path) + sizeof(name);
}

static int stream_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Does an agent have it, as far as can be seen? */
static bool is_an_agents(void)
{
	struct sockaddr_un addr;
	socklen_t len = set_address(&addr);
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int fd = stream_socket();
	bool is = true;

	if (fd < 0)
		return true;
	if (connect(fd, (struct sockaddr *)&addr, len) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
		is = peer.uid == 0 || peer.uid == geteuid();
	else if (errno == ECONNREFUSED)
		is = false;
	close(fd);
	return is;
}

bool claim_namespace(int *fd)
{
	struct sockaddr_un addr;
	socklen_t len = set_address(&addr);
	int err;

	*fd = stream_socket();
	if (*fd < 0)
		return true;
	if (bind(*fd, (struct sockaddr *)&addr, len) == 0 &&
	    listen(*fd, BACKLOG) == 0)
		return true;
	err = errno;
	close(*fd);
	*fd = -1;
	return err != EADDRINUSE || !is_an_agents();
}
