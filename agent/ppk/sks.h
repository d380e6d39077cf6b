/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All key sources of the configuration: the client of SKIP and of ETSI GS QKD
 * 014, as an implementation of struct ppk_ops.
 */
#ifndef AGENT_PPK_SKS_H
#define AGENT_PPK_SKS_H

#include "event/loop.h"
#include "ppk/dialect.h"
#include "ppk/ppk.h"

struct sks;

/**
 * enum sks_state - what is known of a server
 * @SKS_CONNECTING: asked what it can; no answer yet
 * @SKS_CONNECTED: it has answered, and can what is configured
 * @SKS_CAPABILITY_FAILED: it has answered, and cannot
 * @SKS_UNREACHABLE: no connection
 * @SKS_TLS_FAILED: the two ends do not know each other
 * @SKS_FAILED: it answers with errors, with nonsense or not to the end
 */
enum sks_state {
	SKS_CONNECTING,
	SKS_CONNECTED,
	SKS_CAPABILITY_FAILED,
	SKS_UNREACHABLE,
	SKS_TLS_FAILED,
	SKS_FAILED,
};

#define SKS_COUNTER_LIST(X)			\
	X(requests)				\
	X(requests_failed)			\
	X(keys_new)				\
	X(keys_by_id)				\
	X(keys_prefetched)			\
	X(prefetch_used)			\
	X(prefetch_expired)			\
	X(sync_waits)				\
	X(fail_not_found)			\
	X(fail_unreachable)			\
	X(fail_tls)				\
	X(fail_lost)				\
	X(fail_status)				\
	X(fail_malformed)			\
	X(fail_timeout)				\
	X(fail_id)				\
	X(fail_limit)

struct sks_counters {
#define X(name) uint64_t name;
	SKS_COUNTER_LIST(X)
#undef X
};

/** struct sks_times - of answers, in milliseconds; @count 0: none yet */
struct sks_times {
	uint64_t count, sum_ms, min_ms, max_ms, last_ms;
};

/** struct sks_server_view - borrowed for the call */
struct sks_server_view {
	const struct sks_server *server;
	const char *state;		/* "Connected" */
	const char *state_word;		/* "connected" */
	bool in_use;			/* the next request goes there */
	const struct sks_capability *capability;
	struct sks_times times;
	const char *why;		/* the last trouble; empty: none */
	int64_t since_ms;		/* wall clock, of the state */
};

/** struct sks_view - a profile; borrowed for the call */
struct sks_view {
	const struct sks_options *options;
	const char *protocol;		/* "SKIP" */
	const char *state, *state_word;	/* of the server in use, or the first */
	const struct sks_server_view *servers;	/* server_count of them */
	unsigned int ready;		/* keys kept ready */
	unsigned int pending;		/* requests under way */
	struct sks_counters count;
};

typedef void (*sks_view_fn)(void *arg, const struct sks_view *v);

struct sks *sks_new(struct loop *loop);
/* Nobody may be waiting for a key any more. */
void sks_free(struct sks *sks);

/**
 * sks_configure - these profiles from now on
 * @list: copied
 *
 * A profile that is not changed keeps its state and its keys. Requests to one
 * that is changed or gone fail. Return: 0, or ERR_NOMEM with the profiles that
 * could not be set up missing.
 */
int sks_configure(struct sks *sks, const struct sks_options *list,
		  unsigned int count);

/* In the order of the configuration. */
void sks_view(const struct sks *sks, sks_view_fn fn, void *arg);

typedef void (*sks_counter_fn)(void *arg, const char *name, uint64_t value);
void sks_counters(const struct sks_counters *c, sks_counter_fn fn, void *arg);

/* To be used with the struct sks as argument. */
extern const struct ppk_ops sks_ops;

#endif
