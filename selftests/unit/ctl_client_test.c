// SPDX-License-Identifier: GPL-2.0
/*
 * What tunctl says of an agent that hangs up.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/client.h"

/* An agent that takes a connection, reads the question or not, and hangs up. */
static void hang_up(int listener, bool reads)
{
	struct pollfd asked = { .events = POLLIN };
	char line[256];

	asked.fd = accept(listener, NULL, NULL);
	if (asked.fd < 0 || poll(&asked, 1, 10000) != 1 ||
	    (reads && read(asked.fd, line, sizeof(line)) <= 0))
		_exit(1);
	close(asked.fd);
	_exit(0);
}

static void ask(bool reads, char why[CTL_CLIENT_WHY])
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), status;
	struct json_object *question = json_object_new_object();
	struct ctl_client *c;
	pid_t agent;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/ctl-client-%d",
		 getpid());
	assert_int_equal(bind(listener, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	assert_int_equal(listen(listener, 1), 0);
	agent = fork();
	if (!agent)
		hang_up(listener, reads);
	c = ctl_client_new(addr.sun_path, why);
	assert_non_null(c);
	assert_null(ctl_client_ask(c, question, why));
	ctl_client_free(c);
	json_object_put(question);
	assert_int_equal(waitpid(agent, &status, 0), agent);
	assert_int_equal(status, 0);
	close(listener);
	unlink(addr.sun_path);
}

static void one_that_does_not_listen_serves_too_many(void **state)
{
	char why[CTL_CLIENT_WHY];

	ask(false, why);
	assert_non_null(strstr(why, "connections at most"));
}

static void one_that_has_heard_does_not(void **state)
{
	char why[CTL_CLIENT_WHY];

	ask(true, why);
	assert_null(strstr(why, "connections at most"));
	assert_non_null(strstr(why, "16 MiB"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_does_not_listen_serves_too_many),
		cmocka_unit_test(one_that_has_heard_does_not),
	};

	return cmocka_run_group_tests_name("ctl_client", tests, NULL, NULL);
}
