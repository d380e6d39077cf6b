// SPDX-License-Identifier: GPL-2.0
/*
 * tunctl between an agent that is ctl/cmd.c over an engine of fixed views, a
 * kernel that is a table, and a terminal that is memory.
 */

#include "tunctl_world.h"

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/client.h"
#include "ctl/cmd.h"
#include "fake_ike.h"
#include "util/err.h"

/* ---------------------------------------------------------------- the world */

bool agent_runs;
struct json_object *agent_events[2];
unsigned int agent_event_at;
const char *agent_reload_error;

struct ctl_client *ctl_client_new(const char *path, char why[CTL_CLIENT_WHY])
{
	if (agent_runs)
		return (struct ctl_client *)&agent_runs;
	snprintf(why, CTL_CLIENT_WHY, "no agent");
	return NULL;
}

void ctl_client_free(struct ctl_client *c)
{
}

static int fake_reload(void *arg, view_change_fn change, void *change_arg,
		       struct view_reload *out, char error[CFG_ERROR])
{
	struct view_change c = {
		.ifname = "tunnel-ip1", .action = "changed",
		.effect = "interface changed",
		.settings = "interfaces.tunnel.ttl",
	};

	if (agent_reload_error) {
		snprintf(error, CFG_ERROR, "%s", agent_reload_error);
		return ERR_CONFIG;
	}
	change(change_arg, &c);
	*out = (struct view_reload){ .unchanged = 3, .changed = 1,
				     .general = "log-level" };
	return 0;
}

struct json_object *ctl_client_exchange(struct ctl_client *c,
					struct json_object *request,
					char why[CTL_CLIENT_WHY])
{
	static const struct ctl_reload reload = { .fn = fake_reload };
	bool monitor;

	return ctl_command(NULL, &reload, json_object_to_json_string(request),
			   &monitor);
}

struct json_object *ctl_client_ask(struct ctl_client *c,
				   struct json_object *request,
				   char why[CTL_CLIENT_WHY])
{
	struct json_object *answer = ctl_client_exchange(c, request, why), *v;

	assert_non_null(answer);
	json_object_object_get_ex(answer, "ok", &v);
	if (json_object_get_boolean(v))
		return answer;
	json_object_object_get_ex(answer, "error", &v);
	snprintf(why, CTL_CLIENT_WHY, "%s", json_object_get_string(v));
	json_object_put(answer);
	return NULL;
}

struct json_object *ctl_client_next(struct ctl_client *c)
{
	return agent_event_at < 2 ? agent_events[agent_event_at++] : NULL;
}

struct fake_kernel kernel;

struct knl *knl_new(struct loop *loop, knl_event_fn fn, void *arg,
		    char why[KNL_WHY])
{
	if (kernel.loaded)
		return (struct knl *)&kernel;
	snprintf(why, KNL_WHY, "no module");
	return NULL;
}

void knl_free(struct knl *knl)
{
}

int knl_dump_devs(struct knl *knl, knl_dev_fn fn, void *arg, char why[KNL_WHY])
{
	unsigned int i;

	for (i = 0; i < kernel.dev_count; i++)
		fn(arg, &kernel.dev[i]);
	return kernel.err;
}

int knl_dump_sas(struct knl *knl, unsigned int ifindex, knl_sa_fn fn, void *arg,
		 char why[KNL_WHY])
{
	unsigned int i;

	for (i = 0; i < kernel.sa_count; i++)
		fn(arg, &kernel.sa[i]);
	if (!kernel.torn)
		return 0;
	kernel.torn--;
	return ERR_AGAIN;
}

int knl_dump_routes(struct knl *knl, knl_route_fn fn, void *arg,
		    char why[KNL_WHY])
{
	unsigned int i;

	for (i = 0; i < kernel.route_count; i++)
		fn(arg, &kernel.route[i]);
	return kernel.err;
}

struct addr ip(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

void fill_sa(struct knl_sa_info *sa, enum knl_dir dir, uint32_t spi)
{
	*sa = (struct knl_sa_info){
		.ifindex = 9, .dir = dir, .spi = spi, .id = 713,
		.state = TUNIP_SA_ACTIVE, .encr = 12, .encr_key_bits = 192,
		.integ = 12, .local = ip("198.51.100.1"),
		.remote = ip("198.51.100.19"), .age_ms = 137900,
		.hard_seconds = 1800,
	};
	sa->stats[dir == KNL_IN ? TUNIP_STAT_RX_PACKETS :
				  TUNIP_STAT_TX_PACKETS] = 12;
}

int setup(void **state)
{
	struct knl_dev_info *d = kernel.dev;

	memset(&kernel, 0, sizeof(kernel));
	kernel.loaded = true;
	kernel.dev_count = 2;
	kernel.sa_count = 2;
	d[1] = (struct knl_dev_info){
		.ifindex = 9, .name = "tunnel-ip1", .local = ip("198.51.100.1"),
		.remote = ip("198.51.100.19"), .pmtu = 1500, .mtu = 1438,
		.in_sas = 1, .out_sas = 1, .carrier = true,
	};
	d[1].stats[TUNIP_STAT_TX_PACKETS] = 12;
	d[1].stats[TUNIP_STAT_DROP_ICV] = 3;
	d[1].stats[TUNIP_STAT_DROP_NO_SA] = 1;
	d[0] = (struct knl_dev_info){
		.ifindex = 10, .name = "tunnel-ip2",
		.local = ip("198.51.100.1"), .remote = ip("203.0.113.7"),
		.pmtu = 1500, .mtu = 1400, .mtu_fixed = true, .staged = 2,
	};
	fill_sa(&kernel.sa[0], KNL_IN, 0xab487871);
	fill_sa(&kernel.sa[1], KNL_OUT, 0x00a9ed88);
	kernel.sa[1].pair_spi = 0xab487871;
	agent_runs = true;
	agent_event_at = 0;
	agent_events[0] = agent_events[1] = NULL;
	fake_ike_guide();
	return 0;
}

/* ------------------------------------------------------------------ running */

struct caught said;

int run_on(int fd, int (*fn)(struct context *ctx), bool json, int argc,
		  const char *const *argv)
{
	struct context ctx = { .control = "path", .json = json, .argc = argc };
	char words[4][64], *list[4];
	int i, status;

	for (i = 0; i < argc; i++) {
		snprintf(words[i], sizeof(words[i]), "%s", argv[i]);
		list[i] = words[i];
	}
	ctx.argv = list;
	caught_begin(&said, fd);
	status = fn(&ctx);
	caught_end(&said);
	return status;
}

int run(int (*fn)(struct context *ctx))
{
	return run_on(STDOUT_FILENO, fn, false, 0, NULL);
}

int run_with(int (*fn)(struct context *ctx), int argc,
		    const char *const *argv)
{
	return run_on(STDOUT_FILENO, fn, false, argc, argv);
}

const char *timed_screen(void)
{
	char *end = strchr(said.text, '\n');

	assert_non_null(end);
	*end = '\0';
	assert_int_equal(fnmatch("[A-Z][a-z][a-z] [A-Z][a-z][a-z] [ 1-3][0-9] "
				 "[0-2][0-9]:[0-5][0-9]:[0-6][0-9].[0-9][0-9][0-9] UTC",
				 said.text, 0), 0);
	return end + 1;
}

struct json_object *run_json(int (*fn)(struct context *ctx), int argc,
				    const char *const *argv)
{
	struct json_object *o;

	assert_int_equal(run_on(STDOUT_FILENO, fn, true, argc, argv), EXIT_OK);
	o = json_tokener_parse(said.text);
	assert_non_null(o);
	return o;
}

struct json_object *at(struct json_object *o, const char *path)
{
	char copy[128], *key, *state;

	snprintf(copy, sizeof(copy), "%s", path);
	for (key = strtok_r(copy, "/", &state); key;
	     key = strtok_r(NULL, "/", &state)) {
		if (json_object_is_type(o, json_type_array))
			o = json_object_array_get_idx(o, (size_t)atoi(key));
		else if (!json_object_object_get_ex(o, key, &o))
			fail_msg("no member %s of %s", key, path);
	}
	return o;
}

void assert_member(struct json_object *o, const char *path,
			  const char *value)
{
	assert_string_equal(json_object_get_string(at(o, path)), value);
}
