// SPDX-License-Identifier: GPL-2.0
/*
 * Frames on the link, in network byte order:
 *
 *	length (2) type (1) body
 *
 *	HELLO	version (1), system ID
 *	KEY	number (4), protocol (1), ID (16), master and slave with their
 *		lengths (1 each), the key
 *	ANSWER	number (4), 0 or the reason it was refused (1)
 *	PING	nothing
 *
 * Each side sends HELLO first. One side listens, the other connects again
 * whenever the link is lost.
 */

#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/log.h"
#include "tls.h"
#include "util/buf.h"
#include "util/err.h"

#define VERSION		1
#define FRAME_MAX	1024
#define OUT_MAX		(256 * 1024)
#define OFFERS_MAX	1000
#define OFFER_MS	3000
#define PING_MS		5000
#define DEAD_MS		15000
#define AGAIN_MS	1000
#define AGAIN_MAX_MS	10000

enum frame { FRAME_HELLO = 1, FRAME_KEY, FRAME_ANSWER, FRAME_PING };

struct link {
	struct loop *loop;
	const struct conf *conf;
	struct store *store;
	struct tls_context *context;
	int listener;
	struct loop_fd *listener_watch;
	/* The connection, if there is one. */
	int fd;
	struct loop_fd *watch;
	struct tls *tls;
	bool connecting, shaken, up;
	uint8_t in[FRAME_MAX + 2];
	size_t in_len;
	struct buf out;
	size_t out_at;
	uint64_t heard_ms;
	/* Connect again, ping, give up. */
	struct timer timer;
	uint64_t again_ms;
	struct list offers;
	uint32_t number;
	bool complained;
};

static uint64_t now_ms(const struct link *l)
{
	return clock_mono_ms(timers_clock(loop_timers(l->loop)));
}

static void plan(struct link *l, uint64_t ms)
{
	if (timer_set(&l->timer, ms))
		log_error(NULL, "link: out of memory");
}

/* -------------------------------------------------------------------- down */

static void end_offer(struct offer *o, int err)
{
	link_cancel(o);
	o->done(o, err);
}

static struct offer *first_due(struct link *l, uint64_t before_ms)
{
	struct offer *o;

	list_for_each(o, &l->offers, struct offer, list)
		if (o->until_ms <= before_ms)
			return o;
	return NULL;
}

/* done() may cancel others. */
static void fail_offers(struct link *l, uint64_t before_ms)
{
	struct offer *o;

	while ((o = first_due(l, before_ms)))
		end_offer(o, ERR_TIMEOUT);
}

static void drop(struct link *l, const char *why)
{
	if (l->up)
		log_warning(NULL, "link: lost: %s", why);
	else if (!l->complained)
		log_warning(NULL, "link: not connected: %s", why);
	l->complained = true;
	loop_fd_del(l->watch);
	l->watch = NULL;
	tls_free(l->tls);
	l->tls = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->connecting = l->shaken = l->up = false;
	l->in_len = 0;
	wipe(l->in, sizeof(l->in));
	buf_fini(&l->out);
	buf_init(&l->out, OUT_MAX);
	l->out_at = 0;
	fail_offers(l, UINT64_MAX);
	if (!l->conf->link.listen) {
		plan(l, l->again_ms);
		l->again_ms = l->again_ms * 2 > AGAIN_MAX_MS ? AGAIN_MAX_MS :
			      l->again_ms * 2;
	}
}

/* ------------------------------------------------------------------ frames */

static size_t frame_begin(struct link *l, enum frame type)
{
	size_t at = l->out.len;

	buf_put_u16(&l->out, 0);
	buf_put_u8(&l->out, (uint8_t)type);
	return at;
}

static void frame_end(struct link *l, size_t at)
{
	if (buf_ok(&l->out))
		buf_set_u16(&l->out, at, (uint16_t)(l->out.len - at - 2));
}

static void put_hello(struct link *l)
{
	size_t at = frame_begin(l, FRAME_HELLO);

	buf_put_u8(&l->out, VERSION);
	buf_put(&l->out, l->conf->system_id, strlen(l->conf->system_id));
	frame_end(l, at);
}

static void put_name(struct link *l, const char *name)
{
	buf_put_u8(&l->out, (uint8_t)strlen(name));
	buf_put(&l->out, name, strlen(name));
}

static void put_key(struct link *l, uint32_t number, const struct held_key *k)
{
	size_t at = frame_begin(l, FRAME_KEY);

	buf_put_u32(&l->out, number);
	buf_put_u8(&l->out, (uint8_t)k->protocol);
	buf_put(&l->out, k->id, sizeof(k->id));
	put_name(l, k->master);
	put_name(l, k->slave);
	buf_put(&l->out, secret_bytes(k->key), secret_len(k->key));
	frame_end(l, at);
}

static void put_answer(struct link *l, uint32_t number, int err)
{
	size_t at = frame_begin(l, FRAME_ANSWER);

	buf_put_u32(&l->out, number);
	buf_put_u8(&l->out, (uint8_t)-err);
	frame_end(l, at);
}

/* --------------------------------------------------------------- receiving */

static bool get_name(struct rd *rd, char name[CONF_SYSTEM_ID])
{
	struct view v = rd_bytes(rd, rd_u8(rd));

	if (!rd_ok(rd) || v.len >= CONF_SYSTEM_ID || memchr(v.p, 0, v.len))
		return false;
	memcpy(name, v.p, v.len);
	name[v.len] = '\0';
	return true;
}

static bool on_hello(struct link *l, struct rd *rd)
{
	uint8_t version = rd_u8(rd);
	struct view id = rd_rest(rd);
	char text[CONF_SYSTEM_ID];

	if (!rd_ok(rd) || version != VERSION)
		return false;
	if (id.len != strlen(l->conf->peer_system_id) ||
	    memcmp(id.p, l->conf->peer_system_id, id.len)) {
		log_error(NULL, "link: the other source calls itself %s, expected %s (peer-system-id)",
			  log_escape(id.p, id.len, text, sizeof(text)),
			  l->conf->peer_system_id);
		return false;
	}
	if (!l->up)
		log_notice(NULL, "link: up, with %s (certificate of %s)",
			   l->conf->peer_system_id, tls_peer(l->tls));
	l->up = true;
	l->complained = false;
	l->again_ms = AGAIN_MS;
	return true;
}

static bool on_key(struct link *l, struct rd *rd)
{
	struct held_key k = { 0 };
	uint32_t number = rd_u32(rd);
	struct view id, key;
	int err;

	k.protocol = rd_u8(rd);
	id = rd_bytes(rd, KEY_ID_LEN);
	if (!get_name(rd, k.master) || !get_name(rd, k.slave))
		return false;
	key = rd_rest(rd);
	if (!rd_ok(rd) || !key.len || k.protocol >= CONF_PROTOCOLS)
		return false;
	memcpy(k.id, id.p, KEY_ID_LEN);
	k.key = secret_new(key.p, key.len);
	err = k.key ? store_add(l->store, &k) : ERR_NOMEM;
	secret_free(k.key);
	put_answer(l, number, err);
	return true;
}

static bool on_answer(struct link *l, struct rd *rd)
{
	uint32_t number = rd_u32(rd);
	uint8_t code = rd_u8(rd);
	struct offer *o;

	if (!rd_ok(rd))
		return false;
	list_for_each(o, &l->offers, struct offer, list) {
		if (o->number == number) {
			end_offer(o, code ? ERR_LIMIT : 0);
			break;
		}
	}
	return true;
}

static bool on_frame(struct link *l, const uint8_t *p, size_t len)
{
	struct rd rd;
	uint8_t type;

	rd_init(&rd, p, len);
	type = rd_u8(&rd);
	if (!rd_ok(&rd) || (!l->up && type != FRAME_HELLO))
		return false;
	switch (type) {
	case FRAME_HELLO:
		return on_hello(l, &rd);
	case FRAME_KEY:
		return on_key(l, &rd);
	case FRAME_ANSWER:
		return on_answer(l, &rd);
	default:
		/* Later versions may have others. */
		return true;
	}
}

/* Whole frames at the beginning of what came. */
static bool read_frames(struct link *l)
{
	size_t at = 0, len;

	while (l->in_len - at >= 2) {
		len = (size_t)l->in[at] << 8 | l->in[at + 1];
		if (len > FRAME_MAX)
			return false;
		if (l->in_len - at - 2 < len)
			break;
		if (!on_frame(l, l->in + at + 2, len))
			return false;
		at += 2 + len;
	}
	memmove(l->in, l->in + at, l->in_len - at);
	l->in_len -= at;
	/* Keys passed through here. */
	wipe(l->in + l->in_len, sizeof(l->in) - l->in_len);
	return true;
}

/* -------------------------------------------------------------- connection */

static bool receive(struct link *l)
{
	enum tls_result r;
	size_t n;

	while ((r = tls_read(l->tls, l->in + l->in_len,
			     sizeof(l->in) - l->in_len, &n)) == TLS_OK) {
		l->in_len += n;
		l->heard_ms = now_ms(l);
		if (!read_frames(l)) {
			drop(l, "the other source sent nonsense, or is not the configured one");
			return false;
		}
	}
	if (r == TLS_WANT_READ || r == TLS_WANT_WRITE)
		return true;
	drop(l, r == TLS_CLOSED ? "closed by the other source" :
	     tls_why(l->tls));
	return false;
}

static bool flush(struct link *l)
{
	enum tls_result r = TLS_OK;
	size_t n;

	while (l->out_at < l->out.len && r == TLS_OK) {
		r = tls_write(l->tls, l->out.p + l->out_at,
			      l->out.len - l->out_at, &n);
		l->out_at += n;
	}
	if (r == TLS_CLOSED || r == TLS_FAILED) {
		drop(l, tls_why(l->tls));
		return false;
	}
	if (l->out_at == l->out.len) {
		buf_reset(&l->out);
		l->out_at = 0;
	}
	return true;
}

static bool shake(struct link *l)
{
	enum tls_result r = tls_handshake(l->tls);

	if (r == TLS_OK) {
		l->shaken = true;
		put_hello(l);
		return true;
	}
	if (r == TLS_WANT_READ || r == TLS_WANT_WRITE)
		loop_fd_set(l->watch, r == TLS_WANT_READ ? LOOP_READ :
			    LOOP_WRITE);
	else
		drop(l, r == TLS_CLOSED ? "closed in the handshake" :
		     tls_why(l->tls));
	return false;
}

static void run(struct link *l)
{
	if (!l->shaken && !shake(l))
		return;
	if (!receive(l) || !flush(l))
		return;
	loop_fd_set(l->watch, LOOP_READ |
		    (l->out_at < l->out.len ? LOOP_WRITE : 0));
}

static void on_socket(void *arg, unsigned int events)
{
	socklen_t len = sizeof(int);
	struct link *l = arg;
	int err = 0;

	if (l->connecting) {
		getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		if (err) {
			drop(l, strerror(err));
			return;
		}
		l->connecting = false;
	}
	run(l);
}

/* @fd is taken over. */
static void begin(struct link *l, int fd, bool connecting)
{
	int on = 1;

	l->fd = fd;
	l->connecting = connecting;
	l->heard_ms = now_ms(l);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	l->tls = tls_new(l->context, fd, l->conf->link.peer_name);
	l->watch = loop_fd_add(l->loop, fd, connecting ? LOOP_WRITE : LOOP_READ,
			       on_socket, l);
	if (!l->tls || !l->watch) {
		drop(l, "out of memory");
		return;
	}
	plan(l, PING_MS);
}

static int resolve(const struct conf_link *c, struct addrinfo **out)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICHOST };
	char port[8];

	snprintf(port, sizeof(port), "%u", c->port);
	return getaddrinfo(c->host, port, &hints, out);
}

static void connect_again(struct link *l)
{
	struct addrinfo *ai = NULL;
	int fd, err = resolve(&l->conf->link, &ai);

	if (err) {
		drop(l, gai_strerror(err));
		return;
	}
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd < 0 || (connect(fd, ai->ai_addr, ai->ai_addrlen) &&
		       errno != EINPROGRESS)) {
		err = errno;
		if (fd >= 0)
			close(fd);
		drop(l, strerror(err));
	} else {
		begin(l, fd, true);
	}
	freeaddrinfo(ai);
}

/* A new connection replaces the old one: that end has lost it. */
static void on_listener(void *arg, unsigned int events)
{
	struct link *l = arg;
	int fd = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	/* But an unproven one must not throw out one that works. */
	if (l->fd >= 0 && l->up && now_ms(l) - l->heard_ms < PING_MS * 2) {
		close(fd);
		return;
	}
	if (l->fd >= 0)
		drop(l, "replaced by a new connection");
	begin(l, fd, false);
}

static void on_timer(void *arg)
{
	struct link *l = arg;
	size_t at;

	if (l->fd < 0) {
		if (!l->conf->link.listen)
			connect_again(l);
		return;
	}
	fail_offers(l, now_ms(l));
	if (now_ms(l) - l->heard_ms > DEAD_MS) {
		drop(l, "the other source is silent");
		return;
	}
	if (l->up) {
		at = frame_begin(l, FRAME_PING);
		frame_end(l, at);
		run(l);
	}
	if (l->fd >= 0)
		plan(l, list_empty(&l->offers) ? PING_MS : OFFER_MS / 3);
}

/* ------------------------------------------------------------------- offers */

bool link_is_up(const struct link *l)
{
	return l->up;
}

int link_offer(struct link *l, struct offer *o, const struct held_key *k)
{
	if (!l->up)
		return ERR_IO;
	if (l->out.len > OUT_MAX / 2)
		return ERR_LIMIT;
	o->link = l;
	o->number = l->number++;
	o->until_ms = now_ms(l) + OFFER_MS;
	put_key(l, o->number, k);
	if (!buf_ok(&l->out))
		return ERR_NOMEM;
	list_add_tail(&l->offers, &o->list);
	/* From the loop: done() may not be called from here. */
	loop_fd_set(l->watch, LOOP_READ | LOOP_WRITE);
	plan(l, OFFER_MS / 3);
	return 0;
}

void link_cancel(struct offer *o)
{
	if (o->link)
		list_del(&o->list);
	o->link = NULL;
}

/* ------------------------------------------------------------------- whole */

static int listen_on(struct link *l)
{
	struct addrinfo *ai = NULL;
	int on = 1, err = resolve(&l->conf->link, &ai);

	if (err) {
		log_error(NULL, "link.address %s: %s", l->conf->link.host,
			  gai_strerror(err));
		return ERR_IO;
	}
	l->listener = socket(ai->ai_family,
			     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(l->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	err = bind(l->listener, ai->ai_addr, ai->ai_addrlen) ||
	      listen(l->listener, 8);
	freeaddrinfo(ai);
	if (err) {
		log_error(NULL, "link: cannot listen on %s port %u: %s",
			  l->conf->link.host, l->conf->link.port,
			  strerror(errno));
		return ERR_IO;
	}
	l->listener_watch = loop_fd_add(l->loop, l->listener, LOOP_READ,
					on_listener, l);
	return l->listener_watch ? 0 : ERR_NOMEM;
}

struct link *link_new(struct loop *loop, const struct conf *conf,
		      struct store *store)
{
	struct link *l = calloc(1, sizeof(*l));
	char why[TLS_WHY] = "out of memory";

	if (!l)
		return NULL;
	l->loop = loop;
	l->conf = conf;
	l->store = store;
	l->fd = l->listener = -1;
	l->again_ms = AGAIN_MS;
	list_init(&l->offers);
	buf_init(&l->out, OUT_MAX);
	timer_init(&l->timer, loop_timers(loop), on_timer, l);
	l->context = tls_context_files(&conf->link.files, conf->link.listen,
				       why);
	if (!l->context) {
		log_error(NULL, "link: %s", why);
		link_free(l);
		return NULL;
	}
	if (conf->link.listen ? listen_on(l) != 0 :
	    timer_set(&l->timer, 0) != 0) {
		link_free(l);
		return NULL;
	}
	return l;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	timer_cancel(&l->timer);
	loop_fd_del(l->watch);
	loop_fd_del(l->listener_watch);
	tls_free(l->tls);
	if (l->fd >= 0)
		close(l->fd);
	if (l->listener >= 0)
		close(l->listener);
	buf_fini(&l->out);
	tls_context_free(l->context);
	free(l);
}
