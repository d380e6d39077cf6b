// SPDX-License-Identifier: GPL-2.0
/*
 * Copies of sks profiles, and whether two are the same.
 */

#include "ppk/option.h"

#include <stdlib.h>
#include <string.h>

#include "util/err.h"

void sks_options_fini(struct sks_options *o)
{
	free(o->servers);
	secret_free(o->tls.psk);
	memset(o, 0, sizeof(*o));
}

int sks_options_copy(struct sks_options *to, const struct sks_options *from)
{
	size_t size = from->server_count * sizeof(*from->servers);

	*to = *from;
	to->servers = malloc(size ? size : 1);
	to->tls.psk = secret_dup(from->tls.psk);
	if (!to->servers || (from->tls.psk && !to->tls.psk)) {
		sks_options_fini(to);
		return ERR_NOMEM;
	}
	if (size)
		memcpy(to->servers, from->servers, size);
	return 0;
}

static bool text_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool tls_equal(const struct sks_tls *a, const struct sks_tls *b)
{
	if (!a->psk != !b->psk || (a->psk && !secret_equal(a->psk, b->psk)))
		return false;
	return text_equal(a->identity, b->identity) &&
	       text_equal(a->ca, b->ca) &&
	       text_equal(a->certificate, b->certificate) &&
	       text_equal(a->key, b->key) &&
	       text_equal(a->server_name, b->server_name);
}

static bool servers_equal(const struct sks_options *a,
			  const struct sks_options *b)
{
	unsigned int i;

	if (a->server_count != b->server_count)
		return false;
	for (i = 0; i < a->server_count; i++)
		if (!text_equal(a->servers[i].host, b->servers[i].host) ||
		    a->servers[i].port != b->servers[i].port)
			return false;
	return true;
}

bool sks_options_equal(const struct sks_options *a, const struct sks_options *b)
{
	return text_equal(a->name, b->name) && a->protocol == b->protocol &&
	       servers_equal(a, b) && tls_equal(&a->tls, &b->tls) &&
	       text_equal(a->local_system, b->local_system) &&
	       text_equal(a->remote_system, b->remote_system) &&
	       text_equal(a->vrf, b->vrf) && a->id_form == b->id_form &&
	       a->key_bits == b->key_bits &&
	       a->connect_timeout_ms == b->connect_timeout_ms &&
	       a->timeout_ms == b->timeout_ms &&
	       a->sync_wait_ms == b->sync_wait_ms &&
	       a->prefetch == b->prefetch &&
	       a->prefetch_lifetime == b->prefetch_lifetime &&
	       a->initiates == b->initiates;
}
