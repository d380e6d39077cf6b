// SPDX-License-Identifier: GPL-2.0
/*
 * Where data comes from: the module by netlink, the agent by its socket.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/client.h"
#include "js.h"
#include "tunctl.h"
#include "util/err.h"

#define DUMP_TRIES	5

/* ------------------------------------------------------------------- kernel */

/** struct gather - a list under construction */
struct gather {
	struct kernel_list *list;
	bool failed;
};

static void add_sa(void *arg, const struct knl_sa_info *info)
{
	struct gather *g = arg;
	struct kernel_list *l = g->list;
	void *p = reallocarray(l->sa, l->sa_count + 1, sizeof(*l->sa));

	if (!p) {
		g->failed = true;
		return;
	}
	l->sa = p;
	l->sa[l->sa_count++] = *info;
}

static void add_dev(void *arg, const struct knl_dev_info *info)
{
	struct gather *g = arg;
	struct kernel_list *l = g->list;
	void *p = reallocarray(l->dev, l->dev_count + 1, sizeof(*l->dev));

	if (!p) {
		g->failed = true;
		return;
	}
	l->dev = p;
	l->dev[l->dev_count++] = *info;
}

void src_kernel_free(struct kernel_list *l)
{
	free(l->sa);
	free(l->dev);
	*l = (struct kernel_list){ 0 };
}

/* A dump that changes tore is begun afresh, but not for ever. */
static int read_all(struct knl *knl, struct kernel_list *l, char why[KNL_WHY])
{
	struct gather g = { .list = l };
	int err = ERR_AGAIN, tries;

	snprintf(why, KNL_WHY, "the SAs change too fast to be read");
	for (tries = 0; tries < DUMP_TRIES && err == ERR_AGAIN; tries++) {
		src_kernel_free(l);
		err = knl_dump_devs(knl, add_dev, &g, why);
		if (!err)
			err = knl_dump_sas(knl, 0, add_sa, &g, why);
	}
	if (err == ERR_DENIED)
		snprintf(why, KNL_WHY,
			 "reading SAs needs the capability CAP_NET_ADMIN: run as root");
	if (g.failed)
		snprintf(why, KNL_WHY, "out of memory");
	return g.failed ? ERR_NOMEM : err;
}

/* By index, which is the order in which the interfaces were made. */
static int by_ifindex(const void *a, const void *b)
{
	const struct knl_dev_info *x = a, *y = b;

	return x->ifindex < y->ifindex ? -1 : x->ifindex > y->ifindex;
}

int src_kernel(struct kernel_list *l, bool quiet)
{
	char why[KNL_WHY] = "out of memory";
	int err = ERR_NOT_FOUND;
	struct knl *knl;

	*l = (struct kernel_list){ 0 };
	knl = knl_new(NULL, NULL, NULL, why);
	if (knl)
		err = read_all(knl, l, why);
	knl_free(knl);
	if (err && !quiet)
		fprintf(stderr, "tunctl: %s\n", why);
	if (l->dev_count)
		qsort(l->dev, l->dev_count, sizeof(*l->dev), by_ifindex);
	return err ? EXIT_FAILED : EXIT_OK;
}

const struct knl_dev_info *src_find_dev(const struct kernel_list *l,
					const char *name)
{
	size_t i;

	for (i = 0; i < l->dev_count; i++)
		if (strcmp(l->dev[i].name, name) == 0)
			return &l->dev[i];
	fprintf(stderr, "tunctl: there is no tunnel-ip interface '%s'\n",
		name);
	return NULL;
}

/* -------------------------------------------------------------------- agent */

struct json_object *src_ask(const struct context *ctx,
			    struct json_object *request, bool quiet)
{
	char why[CTL_CLIENT_WHY] = "";
	struct json_object *answer = NULL;
	struct ctl_client *c;

	c = ctl_client_new(ctx->control, why);
	if (c)
		answer = ctl_client_ask(c, request, why);
	ctl_client_free(c);
	json_object_put(request);
	if (!answer && !quiet)
		fprintf(stderr, "tunctl: %s\n", why);
	/* Those who got an answer know that it was one. */
	if (answer)
		json_object_object_del(answer, "ok");
	return answer;
}

struct json_object *src_agent(const struct context *ctx, const char *command,
			      uint32_t session_id, bool quiet)
{
	struct json_object *request = json_object_new_object();

	js_put_text(request, "command", command);
	if (session_id)
		js_put_number(request, "session-id", session_id);
	return src_ask(ctx, request, quiet);
}

/* ---------------------------------------------------------------- arguments */

int arg_session_id(const char *text, uint32_t *out)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (*text >= '1' && *text <= '9' && !*end && !errno &&
	    v <= UINT32_MAX) {
		*out = (uint32_t)v;
		return EXIT_OK;
	}
	fprintf(stderr,
		"tunctl: '%s' is not a session ID: expected a number from 1 up\n",
		text);
	return EXIT_USAGE;
}
