/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HTTP by libmicrohttpd: requests in, answers out, and keys on their way to
 * the other source in between.
 */
#ifndef KEYSOURCE_WEB_H
#define KEYSOURCE_WEB_H

#include "link.h"
#include "serve.h"

struct json_object;
struct MHD_Connection;

#define WEB_KEYS_MAX	16	/* in one answer */
#define WEB_BODY_MAX	4096

/** struct made_key - one that was made for a request */
struct made_key {
	struct offer offer;
	uint8_t id[KEY_ID_LEN];
	struct secret *key;
};

/**
 * struct exchange - one HTTP request
 * @begin: what it asks for, judged when it is whole. Return: the status of an
 *	answer in @answer, or 0 when keys are on their way
 * @finish: the answer with @made, all of which the other source has
 */
struct exchange {
	struct web *web;
	struct MHD_Connection *connection;
	const struct conf_listener *listener;
	char caller[CONF_IDENTITY];
	bool get;
	const char *path;		/* while it is being begun */
	char body[WEB_BODY_MAX + 1];
	size_t body_len;
	bool too_long, begun, suspended, failed;
	struct made_key made[WEB_KEYS_MAX];
	unsigned int made_count, waiting;
	struct json_object *answer;
	unsigned int status;
};

struct web {
	struct loop *loop;
	const struct conf *conf;
	struct store *store;
	struct link *link;
	struct serve *serve;
	struct MHD_Daemon *daemon;
	struct loop_fd *watch;
	struct timer timer;
	struct log_obj *log;
	uint64_t given, fetched, refused;
};

struct web *web_new(struct loop *loop, const struct conf *conf,
		    struct store *store, struct link *link);
void web_free(struct web *w);

/* A query parameter; NULL when missing. */
const char *web_query(struct exchange *x, const char *name);
/* Sets @answer to {"message": TEXT}. Return: @status. */
unsigned int web_refuse(struct exchange *x, unsigned int status,
			const char *text);
/*
 * Make @count keys of @bits for these two and send them to the other source.
 * Return: 0, or the status of a refusal.
 */
unsigned int web_make(struct exchange *x, unsigned int count,
		      unsigned int bits, const char *master,
		      const char *slave);
/* Random octets from the system. NULL when there are none. */
struct secret *web_random(size_t len);

/* skip_api.c, etsi_api.c */
unsigned int skip_begin(struct exchange *x);
void skip_finish(struct exchange *x);
unsigned int etsi_begin(struct exchange *x);
void etsi_finish(struct exchange *x);

#endif
