// SPDX-License-Identifier: GPL-2.0
/*
 * Asking the agent.
 */

#include "ctl/client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ctl/ctl_proto.h"

/* An agent that is alive answers within its next round of events. */
#define ANSWER_SECONDS	10

struct ctl_client {
	int fd;
	FILE *in;		/* owns @fd */
	char *line;
	size_t size;
};

static int dial(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr,
			       sizeof(addr)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void explain_dial(const char *path, char why[CTL_CLIENT_WHY])
{
	if (errno == EACCES || errno == EPERM)
		snprintf(why, CTL_CLIENT_WHY,
			 "only root may talk to the agent on %.100s", path);
	else
		snprintf(why, CTL_CLIENT_WHY,
			 "no agent answers on %.100s (%s): is tunneld running?",
			 path, strerror(errno));
}

struct ctl_client *ctl_client_new(const char *path, char why[CTL_CLIENT_WHY])
{
	struct ctl_client *c;
	int fd = dial(path);

	if (fd < 0) {
		explain_dial(path, why);
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (c)
		c->in = fdopen(fd, "r");
	if (!c || !c->in) {
		close(fd);
		free(c);
		snprintf(why, CTL_CLIENT_WHY, "out of memory");
		return NULL;
	}
	c->fd = fd;
	return c;
}

void ctl_client_free(struct ctl_client *c)
{
	if (!c)
		return;
	fclose(c->in);
	free(c->line);
	free(c);
}

struct json_object *ctl_client_next(struct ctl_client *c)
{
	if (getline(&c->line, &c->size, c->in) < 0)
		return NULL;
	return json_tokener_parse(c->line);
}

/* All of it; a hang-up is not worth a signal. */
static bool send_line(struct ctl_client *c, struct json_object *o)
{
	const char *text = json_object_to_json_string_ext(o,
						JSON_C_TO_STRING_PLAIN);
	struct iovec iov[] = {
		{ (void *)(uintptr_t)text, strlen(text) },
		{ (char[]){ '\n' }, 1 },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	return sendmsg(c->fd, &msg, MSG_NOSIGNAL) ==
	       (ssize_t)(iov[0].iov_len + 1);
}

static void set_patience(struct ctl_client *c, time_t seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

/*
 * Why there is no answer, by errno. A connection too many is closed before its
 * question is read, of which the kernel tells.
 */
static void explain_silence(int err, char why[CTL_CLIENT_WHY])
{
	if (err == EAGAIN || err == EWOULDBLOCK)
		snprintf(why, CTL_CLIENT_WHY,
			 "the agent did not answer within %d seconds",
			 ANSWER_SECONDS);
	else if (err == ECONNRESET || err == EPIPE)
		snprintf(why, CTL_CLIENT_WHY,
			 "the agent hung up: it serves %d connections at most",
			 CTL_MAX_CLIENTS);
	else
		snprintf(why, CTL_CLIENT_WHY,
			 "the agent hung up without an answer: it has ended, or the answer is longer than %d MiB",
			 CTL_MAX_QUEUE >> 20);
}

/* The next line, but not for ever. NULL after a sentence. */
static struct json_object *wait_answer(struct ctl_client *c,
				       char why[CTL_CLIENT_WHY])
{
	struct json_object *answer;

	set_patience(c, ANSWER_SECONDS);
	errno = 0;
	answer = ctl_client_next(c);
	if (!answer)
		explain_silence(errno, why);
	set_patience(c, 0);
	return answer;
}

struct json_object *ctl_client_exchange(struct ctl_client *c,
					struct json_object *request,
					char why[CTL_CLIENT_WHY])
{
	if (send_line(c, request))
		return wait_answer(c, why);
	explain_silence(errno, why);
	return NULL;
}

struct json_object *ctl_client_ask(struct ctl_client *c,
				   struct json_object *request,
				   char why[CTL_CLIENT_WHY])
{
	struct json_object *answer = ctl_client_exchange(c, request, why), *v;

	if (!answer)
		return NULL;
	if (json_object_object_get_ex(answer, "ok", &v) &&
	    json_object_get_boolean(v))
		return answer;
	snprintf(why, CTL_CLIENT_WHY, "%.200s",
		 json_object_object_get_ex(answer, "error", &v) ?
		 json_object_get_string(v) : "the agent's answer makes no sense");
	json_object_put(answer);
	return NULL;
}
