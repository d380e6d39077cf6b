// SPDX-License-Identifier: GPL-2.0
/*
 * The HTTP library on the agent's event loop. A request that needs new keys is
 * suspended until the other source has them.
 */

#include "web.h"

#include <json-c/json.h>
#include <json-c/json_visit.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/un.h>
#include <unistd.h>

#include "log/log.h"
#include "util/err.h"

#define MEMORY	(16 * 1024)	/* of the library, for a connection */

/* -------------------------------------------------------------------- keys */

struct secret *web_random(size_t len)
{
	struct secret *s = secret_alloc(len);

	/* Up to 256 octets come whole or not at all (getrandom(2)). */
	if (s && getrandom(secret_writable(s), len, 0) != (ssize_t)len)
		secret_clear(&s);
	return s;
}

static void free_made(struct exchange *x)
{
	unsigned int i;

	for (i = 0; i < x->made_count; i++) {
		link_cancel(&x->made[i].offer);
		secret_clear(&x->made[i].key);
	}
	x->made_count = x->waiting = 0;
}

static void resume(struct exchange *x)
{
	if (!x->suspended)
		return;
	x->suspended = false;
	MHD_resume_connection(x->connection);
	timer_set(&x->web->timer, 0);
}

static void on_offered(struct offer *o, int err)
{
	struct exchange *x = o->arg;

	x->failed |= err != 0;
	if (--x->waiting == 0)
		resume(x);
}

/* Those with a UUID's marks are UUIDs too (RFC 9562 section 5.4). */
static int make_one(struct exchange *x, unsigned int bits,
		    const struct held_key *like)
{
	struct made_key *m = &x->made[x->made_count];
	struct held_key k = *like;

	*m = (struct made_key){ .offer.done = on_offered, .offer.arg = x };
	if (getrandom(m->id, KEY_ID_LEN, 0) != KEY_ID_LEN)
		return ERR_IO;
	m->id[6] = (m->id[6] & 0x0f) | 0x40;
	m->id[8] = (m->id[8] & 0x3f) | 0x80;
	m->key = web_random(bits / 8);
	if (!m->key)
		return ERR_IO;
	x->made_count++;
	memcpy(k.id, m->id, KEY_ID_LEN);
	k.key = m->key;
	return link_offer(x->web->link, &m->offer, &k);
}

unsigned int web_make(struct exchange *x, unsigned int count,
		      unsigned int bits, const char *master, const char *slave)
{
	struct held_key like = { .protocol = x->listener->protocol };
	unsigned int i;

	strcpy(like.master, master);
	strcpy(like.slave, slave);
	for (i = 0; i < count; i++) {
		if (make_one(x, bits, &like)) {
			free_made(x);
			return web_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE,
					  link_is_up(x->web->link) ?
					  "no key could be made" :
					  "the other key source is not connected");
		}
		x->waiting++;
	}
	return 0;
}

/* ----------------------------------------------------------------- answers */

const char *web_query(struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND,
					   name);
}

unsigned int web_refuse(struct exchange *x, unsigned int status,
			const char *text)
{
	json_object_put(x->answer);
	x->answer = json_object_new_object();
	json_object_object_add(x->answer, "message",
			       json_object_new_string(text));
	x->web->refused++;
	log_info(NULL, "%s: status %u: %s", x->caller, status, text);
	return status;
}

static int wipe_string(struct json_object *o, int flags,
		       struct json_object *parent, const char *key,
		       size_t *index, void *arg)
{
	if (json_object_is_type(o, json_type_string))
		wipe((char *)json_object_get_string(o),
		     (size_t)json_object_get_string_len(o));
	return JSON_C_VISIT_RETURN_CONTINUE;
}

/** struct text - an answer as it goes out, wiped afterwards */
struct text {
	size_t len;
	char p[];
};

static void free_text(void *arg)
{
	struct text *t = (struct text *)(void *)((char *)arg -
						 offsetof(struct text, p));

	wipe(t->p, t->len);
	free(t);
}

static struct MHD_Response *to_response(struct json_object *o)
{
	struct MHD_Response *r = NULL;
	struct text *t;
	const char *text;
	size_t len;

	text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN |
						 JSON_C_TO_STRING_NOSLASHESCAPE,
						 &len);
	t = text ? malloc(sizeof(*t) + len) : NULL;
	if (t) {
		t->len = len;
		memcpy(t->p, text, len);
		r = MHD_create_response_from_buffer_with_free_callback(len,
				t->p, free_text);
		wipe((char *)text, len);
	}
	json_c_visit(o, 0, wipe_string, NULL);
	if (r)
		MHD_add_response_header(r, "Content-Type", "application/json");
	return r;
}

static enum MHD_Result answer(struct exchange *x)
{
	struct MHD_Response *r = to_response(x->answer);
	enum MHD_Result result = MHD_NO;

	json_object_put(x->answer);
	x->answer = NULL;
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "Connection", "close");
	if (x->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET");
	result = MHD_queue_response(x->connection, x->status, r);
	MHD_destroy_response(r);
	return result;
}

/* ---------------------------------------------------------------- requests */

static bool is_etsi(const struct exchange *x)
{
	return x->listener->protocol == CONF_ETSI_014;
}

static enum MHD_Result begin(struct exchange *x)
{
	x->begun = true;
	x->status = is_etsi(x) ? etsi_begin(x) : skip_begin(x);
	if (x->status)
		return answer(x);
	x->suspended = true;
	MHD_suspend_connection(x->connection);
	return MHD_YES;
}

static enum MHD_Result finish(struct exchange *x)
{
	if (x->failed) {
		x->status = web_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE,
				       "the other key source did not take the key");
	} else {
		x->status = MHD_HTTP_OK;
		x->web->given += x->made_count;
		if (is_etsi(x))
			etsi_finish(x);
		else
			skip_finish(x);
	}
	free_made(x);
	return answer(x);
}

static struct exchange *exchange_new(struct web *w, struct MHD_Connection *c,
				     const char *method)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	const struct conf_listener *l;
	const char *name = "";
	struct exchange *x;

	l = info ? serve_who(w->serve, info->connect_fd, &name) : NULL;
	x = l ? calloc(1, sizeof(*x)) : NULL;
	if (!x)
		return NULL;
	x->web = w;
	x->connection = c;
	x->listener = l;
	x->get = strcmp(method, MHD_HTTP_METHOD_GET) == 0;
	strcpy(x->caller, name);
	return x;
}

static void take_body(struct exchange *x, const char *p, size_t *len)
{
	if (*len > WEB_BODY_MAX - x->body_len) {
		x->too_long = true;
	} else {
		memcpy(x->body + x->body_len, p, *len);
		x->body_len += *len;
	}
	*len = 0;
}

/* Called when the headers are there, for each part of a body, at its end. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *c,
				  const char *url, const char *method,
				  const char *version, const char *body,
				  size_t *body_len, void **own)
{
	struct exchange *x = *own;

	if (!x) {
		x = exchange_new(arg, c, method);
		*own = x;
		return x ? MHD_YES : MHD_NO;
	}
	if (*body_len) {
		take_body(x, body, body_len);
		return MHD_YES;
	}
	if (x->begun)
		return finish(x);
	x->path = url;
	if (!x->get && (!is_etsi(x) || strcmp(method, MHD_HTTP_METHOD_POST))) {
		x->begun = true;
		x->status = web_refuse(x, MHD_HTTP_METHOD_NOT_ALLOWED,
				       "the method is not supported");
		return answer(x);
	}
	return begin(x);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **own,
			 enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *own;

	if (!x)
		return;
	free_made(x);
	json_object_put(x->answer);
	wipe(x, sizeof(*x));
	free(x);
	*own = NULL;
}

/* -------------------------------------------------------------- event loop */

static void run(struct web *w)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(w->daemon);
	if (MHD_get_timeout(w->daemon, &ms) == MHD_YES)
		timer_set(&w->timer, ms);
}

static void on_ready(void *arg, unsigned int events)
{
	run(arg);
}

static void on_timer(void *arg)
{
	run(arg);
}

/* The library keeps the descriptor's address family for itself. */
static int on_router(void *arg, int fd)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct web *w = arg;

	if (MHD_add_connection(w->daemon, fd, (struct sockaddr *)&addr,
			       sizeof(addr.sun_family)) != MHD_YES)
		return ERR_LIMIT;
	timer_set(&w->timer, 0);
	return 0;
}

static int start_library(struct web *w)
{
	const union MHD_DaemonInfo *info;

	w->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
				     MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
				     on_request, w,
				     MHD_OPTION_NOTIFY_COMPLETED, on_completed,
				     w, MHD_OPTION_CONNECTION_LIMIT,
				     w->conf->connections_max,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				     (size_t)MEMORY,
				     MHD_OPTION_CONNECTION_TIMEOUT, 10U,
				     MHD_OPTION_END);
	if (!w->daemon)
		return ERR_IO;
	info = MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	w->watch = info ? loop_fd_add(w->loop, info->epoll_fd, LOOP_READ,
				      on_ready, w) : NULL;
	return w->watch ? 0 : ERR_IO;
}

struct web *web_new(struct loop *loop, const struct conf *conf,
		    struct store *store, struct link *link)
{
	struct web *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->loop = loop;
	w->conf = conf;
	w->store = store;
	w->link = link;
	timer_init(&w->timer, loop_timers(loop), on_timer, w);
	if (start_library(w)) {
		log_error(NULL, "the HTTP library does not start");
		web_free(w);
		return NULL;
	}
	w->serve = serve_new(loop, conf, on_router, w);
	if (!w->serve) {
		web_free(w);
		return NULL;
	}
	return w;
}

void web_free(struct web *w)
{
	if (!w)
		return;
	loop_fd_del(w->watch);
	timer_cancel(&w->timer);
	if (w->daemon)
		MHD_stop_daemon(w->daemon);
	serve_free(w->serve);
	free(w);
}
