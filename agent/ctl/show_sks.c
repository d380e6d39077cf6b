// SPDX-License-Identifier: GPL-2.0
/*
 * Key sources as JSON.
 */

#include "ctl/show_sks.h"

#include "ctl/put.h"

static void put_times(struct json_object *o, const struct sks_times *t)
{
	struct json_object *times = json_object_new_object();

	put_uint(times, "answers", t->count);
	put_uint(times, "min-ms", t->min_ms);
	put_uint(times, "avg-ms", t->count ? t->sum_ms / t->count : 0);
	put_uint(times, "max-ms", t->max_ms);
	put_uint(times, "last-ms", t->last_ms);
	json_object_object_add(o, "response-time", times);
}

static void add_server(struct json_object *list,
		       const struct sks_server_view *v)
{
	struct json_object *o = json_object_new_object();

	put_str(o, "address", v->server->host);
	put_uint(o, "port", v->server->port);
	put_str(o, "state", v->state_word);
	put_str(o, "status", v->state);
	json_object_object_add(o, "in-use", json_object_new_boolean(v->in_use));
	json_object_object_add(o, "since-ms", json_object_new_int64(v->since_ms));
	put_str(o, "local-system-id", v->capability->local_system);
	put_str(o, "remote-system-id", v->capability->remote_system);
	put_str(o, "algorithm", v->capability->algorithm);
	if (*v->why)
		put_str(o, "why", v->why);
	put_times(o, &v->times);
	json_object_array_add(list, o);
}

static void add_counter(void *arg, const char *name, uint64_t value)
{
	put_uint(arg, name, value);
}

static void add_profile(void *arg, const struct sks_view *v)
{
	struct json_object *servers = json_object_new_array();
	struct json_object *counters = json_object_new_object();
	const struct sks_options *opt = v->options;
	struct json_object *o = json_object_new_object();
	unsigned int i;

	put_str(o, "name", opt->name);
	put_str(o, "protocol", v->protocol);
	put_str(o, "authentication", opt->tls.psk ? "pre-shared key" :
		*opt->tls.certificate ? "certificates" : "server certificate");
	put_str(o, "vrf", *opt->vrf ? opt->vrf : "default");
	put_str(o, "state", v->state_word);
	put_str(o, "status", v->state);
	put_str(o, "remote-system-id", opt->remote_system);
	put_uint(o, "key-size", opt->key_bits);
	put_uint(o, "prefetch", opt->initiates ? opt->prefetch : 0);
	put_uint(o, "keys-ready", v->ready);
	put_uint(o, "pending", v->pending);
	for (i = 0; i < opt->server_count; i++)
		add_server(servers, &v->servers[i]);
	json_object_object_add(o, "servers", servers);
	sks_counters(&v->count, add_counter, counters);
	json_object_object_add(o, "counters", counters);
	json_object_array_add(arg, o);
}

void ctl_show_sks(const struct sks *sks, struct json_object *answer)
{
	struct json_object *list = json_object_new_array();

	if (sks)
		sks_view(sks, add_profile, list);
	json_object_object_add(answer, "sks-profiles", list);
}
