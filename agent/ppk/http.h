/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HTTPS GET, asynchronous: libcurl's multi interface inside the event loop. A
 * request goes out at most once, on a connection of its own: nothing here
 * repeats what a server may have answered. What comes back is bounded, and
 * kept as a secret.
 */
#ifndef AGENT_PPK_HTTP_H
#define AGENT_PPK_HTTP_H

#include "event/loop.h"
#include "ppk/option.h"

#define HTTP_PATH	512
#define HTTP_BODY_MAX	16384
#define HTTP_WHY	256
#define HTTP_CONNECTIONS 8	/* at once, of one struct http */

/** struct http - the way to the servers of one sks profile */
struct http;

/**
 * enum http_result - how a request ended
 * @HTTP_ANSWERED: with a status and a whole body
 * @HTTP_UNREACHED: nothing of the request was sent
 * @HTTP_LOST: it was sent, or may have been, and no whole answer came
 * @HTTP_TLS: the two ends do not know each other; nothing was sent
 * @HTTP_TOO_LONG: the answer is longer than any answer can be
 */
enum http_result {
	HTTP_ANSWERED,
	HTTP_UNREACHED,
	HTTP_LOST,
	HTTP_TLS,
	HTTP_TOO_LONG,
};

/**
 * struct http_request - one GET; embedded in its owner
 * @server, @path, @timeout_ms, @done, @arg: set by who asks; @server borrowed
 *	until it ends
 * @done: called once, from the event loop, never from within a call of this
 *	file; may start others, cancel others and free its own
 * @body: HTTP_ANSWERED only; the owner's to free
 * @took_ms: from the beginning to the end
 */
struct http_request {
	const struct sks_server *server;
	char path[HTTP_PATH];
	uint32_t timeout_ms;
	void (*done)(struct http_request *rq);
	void *arg;

	enum http_result result;
	long status;
	struct secret *body;
	uint64_t took_ms;
	char why[HTTP_WHY];

	struct http *http;
	void *easy;
	void *connect_to;
	size_t body_len;
	uint64_t begun_ms;
	bool too_long;
};

/**
 * http_new - connections to the servers of a profile
 * @o: borrowed; must outlive the result
 *
 * Return: NULL when out of memory or without a usable libcurl.
 */
struct http *http_new(struct loop *loop, const struct sks_options *o);
/* Requests under way are forgotten: their done() is not called. */
void http_free(struct http *http);
/* Return: 0, or ERR_NOMEM with nothing under way. */
int http_get(struct http *http, struct http_request *rq);
/* done() is not called any more; nothing happens when it was. */
void http_cancel(struct http_request *rq);
/* Whether a request is under way. */
bool http_busy(const struct http_request *rq);

#endif
