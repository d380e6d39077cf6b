// SPDX-License-Identifier: GPL-2.0
/*
 * agent/net/udp.c: the two sockets of an address are there both or not at all.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/log.h"
#include "net/udp.h"

#define HERE	"127.0.77.1"

/* Return: a socket bound there, or -1. */
static int take(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, HERE, &sin.sin_addr);
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool is_free(uint16_t port)
{
	int fd = take(port);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void on_message(void *arg, const struct net_path *path, struct view msg)
{
}

static void both_ports_or_none(void **state)
{
	struct loop *loop = loop_new(&clock_system);
	struct udp *udp = udp_new(loop, on_message, NULL);
	struct addr here;
	int taken;

	log_set_level(LOG_LEVEL_ERROR);
	if (!is_free(500))
		skip();		/* not allowed to, or an IKE daemon runs */
	assert_int_equal(addr_parse(HERE, &here), 0);
	taken = take(4500);
	assert_int_not_equal(udp_ops.listen(udp, &here, 0), 0);
	assert_true(is_free(500));
	/* As soon as it can it does, and what it has it keeps. */
	close(taken);
	assert_int_equal(udp_ops.listen(udp, &here, 0), 0);
	assert_false(is_free(500));
	assert_false(is_free(4500));
	assert_int_equal(udp_ops.listen(udp, &here, 0), 0);
	assert_false(is_free(500));
	udp_ops.unlisten(udp, &here, 0);
	assert_true(is_free(500));
	assert_true(is_free(4500));
	udp_free(udp);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ports_or_none),
	};

	return cmocka_run_group_tests_name("udp", tests, NULL, NULL);
}
