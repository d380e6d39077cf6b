// SPDX-License-Identifier: GPL-2.0
/*
 * Octets between a TLS connection and a pair of local sockets. The HTTP
 * library gets the other end of the pair when the router is known, not before:
 * nobody else can make it parse anything.
 */

#include "serve.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/log.h"
#include "tls.h"
#include "util/err.h"
#include "util/list.h"

#define ROOM		4096
#define IDLE_MS		15000

struct port {
	struct serve *serve;
	const struct conf_listener *conf;
	struct tls_context *context;
	int fd;
	struct loop_fd *watch;
};

/** struct half - octets on their way in one direction */
struct half {
	uint8_t p[ROOM];
	size_t len, at;
	bool ended;
};

struct conn {
	struct list list;
	struct port *port;
	int outer, inner, inner_peer;
	int peer_fd;		/* inner_peer, also when it is the library's */
	struct loop_fd *outer_watch, *inner_watch;
	struct tls *tls;
	bool known, want_write;
	struct half in, out;
	struct timer idle;
};

struct serve {
	struct loop *loop;
	const struct conf *conf;
	serve_fn fn;
	void *arg;
	struct port ports[16];
	unsigned int port_count, conn_count;
	struct list conns;
	struct log_limit limit;
};

static void conn_free(struct conn *c)
{
	timer_cancel(&c->idle);
	loop_fd_del(c->outer_watch);
	loop_fd_del(c->inner_watch);
	tls_free(c->tls);
	if (c->outer >= 0)
		close(c->outer);
	if (c->inner >= 0)
		close(c->inner);
	if (c->inner_peer >= 0)
		close(c->inner_peer);
	list_del(&c->list);
	c->port->serve->conn_count--;
	wipe(c, sizeof(*c));
	free(c);
}

static void on_idle(void *arg)
{
	conn_free(arg);
}

/* ------------------------------------------------------------------ octets */

/* Each step: 1 something moved, 0 nothing, -1 the connection is over. */

static int from_router(struct conn *c)
{
	enum tls_result r;

	if (c->in.len || c->in.ended)
		return 0;
	r = tls_read(c->tls, c->in.p, ROOM, &c->in.len);
	if (r == TLS_FAILED)
		return -1;
	if (r == TLS_CLOSED) {
		c->in.ended = true;
		shutdown(c->inner, SHUT_WR);
		return 1;
	}
	return r == TLS_OK;
}

static void half_done(struct half *h)
{
	wipe(h->p, h->len);
	h->len = h->at = 0;
}

static int to_library(struct conn *c)
{
	ssize_t n;

	if (!c->in.len)
		return 0;
	n = send(c->inner, c->in.p + c->in.at, c->in.len - c->in.at,
		 MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	c->in.at += (size_t)n;
	if (c->in.at == c->in.len)
		half_done(&c->in);
	return 1;
}

static int from_library(struct conn *c)
{
	ssize_t n;

	if (c->out.len || c->out.ended)
		return 0;
	n = recv(c->inner, c->out.p, ROOM, 0);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	c->out.ended = n == 0;
	c->out.len = (size_t)n;
	return 1;
}

static int to_router(struct conn *c)
{
	enum tls_result r;
	size_t n;

	if (!c->out.len) {
		if (!c->out.ended)
			return 0;
		tls_shutdown(c->tls);
		return -1;
	}
	r = tls_write(c->tls, c->out.p + c->out.at, c->out.len - c->out.at, &n);
	c->want_write = r == TLS_WANT_WRITE;
	if (r == TLS_FAILED || r == TLS_CLOSED)
		return -1;
	c->out.at += n;
	if (c->out.at == c->out.len)
		half_done(&c->out);
	return r == TLS_OK;
}

/* Return: false when the connection is over. */
static bool pump(struct conn *c)
{
	static int (*const steps[])(struct conn *c) = {
		from_router, to_library, from_library, to_router,
	};
	bool moved;
	size_t i;
	int r;

	do {
		moved = false;
		for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			r = steps[i](c);
			if (r < 0)
				return false;
			moved |= r > 0;
		}
	} while (moved);
	return true;
}

/* --------------------------------------------------------------- handshake */

static bool meet(struct conn *c)
{
	struct serve *s = c->port->serve;
	enum tls_result r = tls_handshake(c->tls);

	if (r == TLS_WANT_READ || r == TLS_WANT_WRITE) {
		loop_fd_set(c->outer_watch, r == TLS_WANT_READ ? LOOP_READ :
			    LOOP_WRITE);
		return true;
	}
	if (r != TLS_OK) {
		log_write_limited(&s->limit, LOG_LEVEL_WARNING, NULL,
				  "port %u: a router was refused: %s",
				  c->port->conf->port, r == TLS_CLOSED ?
				  "it closed the connection" : tls_why(c->tls));
		return false;
	}
	c->known = true;
	if (s->fn(s->arg, c->inner_peer))
		return false;
	c->inner_peer = -1;
	return true;
}

static void watch(struct conn *c)
{
	loop_fd_set(c->outer_watch,
		    (!c->in.len && !c->in.ended ? LOOP_READ : 0) |
		    (c->out.len || c->want_write ? LOOP_WRITE : 0));
	loop_fd_set(c->inner_watch,
		    (!c->out.len && !c->out.ended ? LOOP_READ : 0) |
		    (c->in.len ? LOOP_WRITE : 0));
}

static void on_event(void *arg, unsigned int events)
{
	struct conn *c = arg;
	bool alive = true;

	if (!c->known)
		alive = meet(c);
	if (alive && c->known) {
		alive = pump(c);
		if (alive)
			watch(c);
	}
	if (!alive || timer_set(&c->idle, IDLE_MS))
		conn_free(c);
}

/* ----------------------------------------------------------------- accepting */

static struct conn *conn_new(struct port *port, int fd)
{
	struct serve *s = port->serve;
	struct conn *c = calloc(1, sizeof(*c));
	int pair[2], on = 1;

	if (!c) {
		close(fd);
		return NULL;
	}
	c->port = port;
	c->outer = fd;
	c->inner = c->inner_peer = c->peer_fd = -1;
	timer_init(&c->idle, loop_timers(s->loop), on_idle, c);
	list_add_tail(&s->conns, &c->list);
	s->conn_count++;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->tls = tls_new(port->context, fd, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       pair) == 0) {
		c->inner = pair[0];
		c->inner_peer = c->peer_fd = pair[1];
	}
	c->outer_watch = loop_fd_add(s->loop, fd, LOOP_READ, on_event, c);
	if (c->inner >= 0)
		c->inner_watch = loop_fd_add(s->loop, c->inner, 0, on_event, c);
	if (!c->tls || !c->outer_watch || !c->inner_watch ||
	    timer_set(&c->idle, IDLE_MS)) {
		conn_free(c);
		return NULL;
	}
	return c;
}

static void on_port(void *arg, unsigned int events)
{
	struct port *port = arg;
	struct serve *s = port->serve;
	int fd = accept4(port->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (s->conn_count < s->conf->connections_max) {
		conn_new(port, fd);
		return;
	}
	close(fd);
	log_write_limited(&s->limit, LOG_LEVEL_WARNING, NULL,
			  "port %u: connection refused, there are %u (max-connections)",
			  port->conf->port, s->conn_count);
}

static int listen_on(struct port *port, const struct conf_listener *l)
{
	struct endpoint e = { .addr = l->address, .port = l->port };
	struct sockaddr_storage ss;
	char text[ENDPOINT_STR];
	socklen_t len;
	int on = 1;

	endpoint_to_sockaddr(&e, &ss, &len);
	port->fd = socket(ss.ss_family,
			  SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(port->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(port->fd, (struct sockaddr *)&ss, len) ||
	    listen(port->fd, 64)) {
		log_error(NULL, "cannot listen on %s: %s",
			  endpoint_str(&e, text), strerror(errno));
		return ERR_IO;
	}
	port->watch = loop_fd_add(port->serve->loop, port->fd, LOOP_READ,
				  on_port, port);
	return port->watch ? 0 : ERR_NOMEM;
}

static int open_port(struct serve *s, const struct conf_listener *l)
{
	struct port *port = &s->ports[s->port_count++];
	char why[TLS_WHY] = "";

	port->serve = s;
	port->conf = l;
	port->fd = -1;
	port->context = l->client_count ?
		tls_context_psk(l->clients, l->client_count, why) :
		tls_context_files(&l->files, true, why);
	if (!port->context) {
		log_error(NULL, "port %u: %s", l->port, why);
		return ERR_CONFIG;
	}
	return listen_on(port, l);
}

struct serve *serve_new(struct loop *loop, const struct conf *conf,
			serve_fn fn, void *arg)
{
	struct serve *s = calloc(1, sizeof(*s));
	unsigned int i;

	if (!s)
		return NULL;
	s->loop = loop;
	s->conf = conf;
	s->fn = fn;
	s->arg = arg;
	list_init(&s->conns);
	for (i = 0; i < conf->listener_count; i++) {
		if (open_port(s, &conf->listeners[i])) {
			serve_free(s);
			return NULL;
		}
	}
	return s;
}

void serve_free(struct serve *s)
{
	unsigned int i;

	if (!s)
		return;
	while (!list_empty(&s->conns))
		conn_free(list_entry(s->conns.next, struct conn, list));
	for (i = 0; i < s->port_count; i++) {
		loop_fd_del(s->ports[i].watch);
		if (s->ports[i].fd >= 0)
			close(s->ports[i].fd);
		tls_context_free(s->ports[i].context);
	}
	free(s);
}

const struct conf_listener *serve_who(const struct serve *s, int fd,
				      const char **name)
{
	const struct conn *c, *last = NULL;

	/*
	 * A number is used again once its descriptor is closed: only the
	 * newest connection that has it can be the one.
	 */
	list_for_each(c, &s->conns, struct conn, list)
		if (c->peer_fd == fd)
			last = c;
	if (!last || !last->known)
		return NULL;
	*name = tls_peer(last->tls);
	return last->port->conf;
}
