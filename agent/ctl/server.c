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
	bool dropped;		/* shut down, to be freed by its own event */
	char line[CTL_MAX_REQUEST];
	size_t line_len;
	struct buf out;
	size_t out_at;
};

struct ctl {
	struct loop *loop;
	struct ike *ike;
	struct ctl_reload reload;
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

/* Give up the room of what was sent, without moving the rest too often. */
static void forget_sent(struct client *c)
{
	size_t left = c->out.len - c->out_at;

	if (c->out_at < left)
		return;
	memmove(c->out.p, c->out.p + c->out_at, left);
	buf_truncate(&c->out, left);
	c->out_at = 0;
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
		forget_sent(c);
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
	struct json_object *answer = ctl_command(c->ctl->ike,
						 &c->ctl->reload, line,
						 &monitor);

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

/* The socket's mode says the same, but a mode can be changed by mistake. */
static bool may_connect(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static void on_connect(void *arg, unsigned int events)
{
	struct ctl *ctl = arg;
	struct client *c = NULL;
	int fd;

	fd = accept4(ctl->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	if (ctl->client_count < CTL_MAX_CLIENTS && may_connect(fd))
		c = calloc(1, sizeof(*c));
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

/*
 * May come in the middle of a client's command, of which it is a result: who
 * cannot be told is not freed here, but finds its connection closed.
 */
static void on_ike_event(void *arg, const struct ike_event *ev)
{
	struct ctl *ctl = arg;
	struct client *c;

	list_for_each(c, &ctl->clients, struct client, list) {
		if (!c->monitor || c->dropped ||
		    queue_object(c, ctl_event(ev)))
			continue;
		c->dropped = true;
		shutdown(c->fd, SHUT_RDWR);
	}
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

/* What a dead agent left is removed; anything else is not ours to remove. */
static int make_room(const char *path, char why[CTL_WHY])
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	if (S_ISSOCK(st.st_mode) && unlink(path) == 0)
		return 0;
	snprintf(why, CTL_WHY,
		 "%.100s exists and is no socket that can be replaced: remove it, or give --control another path",
		 path);
	return -1;
}

static int open_socket(struct ctl *ctl, const char *path, char why[CTL_WHY])
{
	mode_t mask;
	int err;

	if (strlen(path) >= sizeof(ctl->addr.sun_path)) {
		snprintf(why, CTL_WHY,
			 "the path of the control socket is too long: expected at most %zu octets",
			 sizeof(ctl->addr.sun_path) - 1);
		return -1;
	}
	ctl->addr.sun_family = AF_UNIX;
	strcpy(ctl->addr.sun_path, path);
	if (make_directory(path, why) || take_lock(ctl, path, why) ||
	    make_room(path, why))
		return -1;
	ctl->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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

struct ctl *ctl_new(struct loop *loop, struct ike *ike,
		    const struct ctl_reload *reload, const char *path,
		    char why[CTL_WHY])
{
	struct ctl *ctl = calloc(1, sizeof(*ctl));

	if (!ctl)
		return NULL;
	ctl->loop = loop;
	ctl->ike = ike;
	ctl->reload = *reload;
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
