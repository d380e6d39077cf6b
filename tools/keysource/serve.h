/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections of routers: TLS outside, plain HTTP to the library inside.
 */
#ifndef KEYSOURCE_SERVE_H
#define KEYSOURCE_SERVE_H

#include "conf.h"
#include "event/loop.h"

struct serve;

/**
 * serve_fn - a router is known: speak plain HTTP with it
 * @fd: to be taken over
 *
 * Return: 0, or ERR_* with @fd still the caller's.
 */
typedef int (*serve_fn)(void *arg, int fd);

/* NULL with a sentence in the log. */
struct serve *serve_new(struct loop *loop, const struct conf *conf,
			serve_fn fn, void *arg);
void serve_free(struct serve *s);
/*
 * Who speaks on the inner descriptor @fd: the listener and the router's name.
 * NULL when it is none of ours any more.
 */
const struct conf_listener *serve_who(const struct serve *s, int fd,
				      const char **name);

#endif
