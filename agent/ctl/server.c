// SPDX-License-Identifier: GPL-2.0
/*
 * Serving clients without ever waiting for one: a client that sends too long
 * a line, or does not read what it asked for, is dropped.
 */

#include "ctl/server.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/cmd.h"
#include "ctl/ctl_proto.h"
#include "util/list.h"

struct client {
	struct list list;
	struct ctl *ctl;
	struct loop_fd *watch;
	int fd;
	bool monitor;
	char line[CTL_MAX_REQUEST];
	size_t line_len;
	struct buf out;
	size_t out_at;
};

struct ctl {
	struct loop *loop;
	struct ike *ike;
	struct loop_fd *watch;
	int fd;
	int lock;
	struct sockaddr_un addr;
	struct list clients;
	unsigned int client_count;
};

static void client_free(struct client *c)
{
	loop_fd_del(c->watch);
	close(c->fd);
	list_del(&c->list);
	c->ctl->client_count--;
	buf_fini(&c->out);
	free(c);
}

/* Return: false when the client is gone. */
static bool flush(struct client *c)
{
	size_t left = c->out.len - c->out_at;
	ssize_t n;

	if (left) {
		n = send(c->fd, c->out.p + c->out_at, left,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
			return false;
		if (n > 0)
			c->out_at += (size_t)n;
	}
	if (c->out_at == c->out.len) {
		buf_reset(&c->out);
		c->out_at = 0;
	}
	loop_fd_set(c->watch, LOOP_READ | (c->out.len ? LOOP_WRITE : 0));
	return true;
}

static bool queue_object(struct client *c, struct json_object *o)
{
	const char *text;

	if (!o)
		return false;
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	buf_put(&c->out, text, strlen(text));
	buf_put_u8(&c->out, '\n');
	json_object_put(o);
	return buf_ok(&c->out) && flush(c);
}

static bool take_line(struct client *c, char *line)
{
	bool monitor;
	struct json_object *answer = ctl_command(c->ctl->ike, line, &monitor);

	c->monitor |= monitor;
	return queue_object(c, answer);
}

/* All complete lines; the rest waits for more. */
static bool take_lines(struct client *c)
{
	char *end;
	size_t used;

	while ((end = memchr(c->line, '\n', c->line_len))) {
		*end = '\0';
		if (!take_line(c, c->line))
			return false;
		used = (size_t)(end - c->line) + 1;
		c->line_len -= used;
		memmove(c->line, c->line + used, c->line_len);
	}
	return c->line_len < sizeof(c->line);
}

static void on_client(void *arg, unsigned int events)
{
	struct client *c = arg;
	bool alive = true;
	ssize_t n;

	if (events & (LOOP_READ | LOOP_HANGUP)) {
		n = recv(c->fd, c->line + c->line_len,
			 sizeof(c->line) - c->line_len, MSG_DONTWAIT);
		if (n > 0) {
			c->line_len += (size_t)n;
			alive = take_lines(c);
		} else {
			alive = n < 0 && errno == EAGAIN;
		}
	}
	if (alive && events & LOOP_WRITE)
		alive = flush(c);
	if (!alive)
		client_free(c);
}

static void on_connect(void *arg, unsigned int events)
{
	struct ctl *ctl = arg;
	struct client *c;
	int fd;

	fd = accept4(ctl->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	c = ctl->client_count < CTL_MAX_CLIENTS ? calloc(1, sizeof(*c)) : NULL;
	if (!c) {
		close(fd);
		return;
	}
	c->ctl = ctl;
	c->fd = fd;
	buf_init(&c->out, CTL_MAX_QUEUE);
	list_add_tail(&ctl->clients, &c->list);
	ctl->client_count++;
	c->watch = loop_fd_add(ctl->loop, fd, LOOP_READ, on_client, c);
	if (!c->watch)
		client_free(c);
}

static void on_ike_event(void *arg, const struct ike_event *ev)
{
	struct client *c, *tmp;
	struct ctl *ctl = arg;

	list_for_each_safe(c, tmp, &ctl->clients, struct client, list)
		if (c->monitor && !queue_object(c, ctl_event(ev)))
			client_free(c);
}

/* ------------------------------------------------------------------ socket */

static int make_directory(const char *path, char why[CTL_WHY])
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];

	snprintf(copy, sizeof(copy), "%s", path);
	if (mkdir(dirname(copy), 0755) < 0 && errno != EEXIST) {
		snprintf(why, CTL_WHY, "cannot make the directory of %.80s: %s",
			 path, strerror(errno));
		return -1;
	}
	return 0;
}

/* The lock says whether another agent serves this path, even a dying one. */
static int take_lock(struct ctl *ctl, const char *path, char why[CTL_WHY])
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char name[sizeof(ctl->addr.sun_path) + 8];

	snprintf(name, sizeof(name), "%s.lock", path);
	ctl->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (ctl->lock >= 0 && fcntl(ctl->lock, F_SETLK, &lock) == 0)
		return 0;
	snprintf(why, CTL_WHY,
		 "another agent holds %.100s (%s): stop it, or give --control another path",
		 name, strerror(errno));
	return -1;
}

static int open_socket(struct ctl *ctl, const char *path, char why[CTL_WHY])
{
	mode_t mask;
	int err;

	if (strlen(path) >= sizeof(ctl->addr.sun_path)) {
		snprintf(why, CTL_WHY, "the path of the control socket is too long");
		return -1;
	}
	ctl->addr.sun_family = AF_UNIX;
	strcpy(ctl->addr.sun_path, path);
	if (make_directory(path, why) || take_lock(ctl, path, why))
		return -1;
	ctl->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(path);
	mask = umask(0177);
	err = ctl->fd < 0 ||
	      bind(ctl->fd, (struct sockaddr *)&ctl->addr,
		   sizeof(ctl->addr)) < 0 ||
	      listen(ctl->fd, CTL_MAX_CLIENTS) < 0;
	umask(mask);
	if (err)
		snprintf(why, CTL_WHY, "cannot listen on %.100s: %s", path,
			 strerror(errno));
	return err ? -1 : 0;
}

struct ctl *ctl_new(struct loop *loop, struct ike *ike, const char *path,
		    char why[CTL_WHY])
{
	struct ctl *ctl = calloc(1, sizeof(*ctl));

	if (!ctl)
		return NULL;
	ctl->loop = loop;
	ctl->ike = ike;
	ctl->fd = -1;
	ctl->lock = -1;
	list_init(&ctl->clients);
	if (open_socket(ctl, path, why))
		goto err_free_ctl;
	ctl->watch = loop_fd_add(loop, ctl->fd, LOOP_READ, on_connect, ctl);
	if (!ctl->watch)
		goto err_free_ctl;
	ike_on_event(ike, on_ike_event, ctl);
	return ctl;

err_free_ctl:
	ctl_free(ctl);
	return NULL;
}

void ctl_free(struct ctl *ctl)
{
	struct client *c, *tmp;

	if (!ctl)
		return;
	ike_on_event(ctl->ike, NULL, NULL);
	list_for_each_safe(c, tmp, &ctl->clients, struct client, list)
		client_free(c);
	loop_fd_del(ctl->watch);
	if (ctl->fd >= 0) {
		unlink(ctl->addr.sun_path);
		close(ctl->fd);
	}
	if (ctl->lock >= 0)
		close(ctl->lock);
	free(ctl);
}
