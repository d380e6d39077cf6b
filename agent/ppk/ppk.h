/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where post-quantum preshared keys come from, as those see it who need one:
 * ask, and be told later. What is behind it (a key management entity reached
 * by SKIP or ETSI GS QKD 014, a fault injector of a test) is a table of
 * functions given to ike_new(). Keys of the configuration need none of this.
 */
#ifndef AGENT_PPK_PPK_H
#define AGENT_PPK_PPK_H

#include <stddef.h>
#include <stdint.h>

#include "util/addr.h"
#include "util/secret.h"

/* Octets of a PPK_ID behind its type octet (RFC 8784 section 5.1). */
#define PPK_ID_MAX	128
/* Octets of a key that is accepted from a source. */
#define PPK_KEY_MAX	1024
#define PPK_WHY		160

/**
 * enum ppk_want - what is asked for
 * @PPK_NEW: a key nobody has used, with the name under which the peer gets
 *	the same one from its own source; asked for by an initiator
 * @PPK_BY_ID: the key of a name that came from the peer
 * @PPK_TRY: as PPK_NEW, for an operator who wants to know whether it works
 */
enum ppk_want {
	PPK_NEW,
	PPK_BY_ID,
	PPK_TRY,
};

/**
 * struct ppk_request - one key that is asked for; embedded in its owner
 * @want, @source, @peer, @label, @done, @arg: set by who asks
 * @source: which one: name of an sks profile; borrowed for the call of
 *	start() only
 * @peer: outer address of the peer, whose requests are counted and limited
 * @label: begins what is logged about it, e.g. the interface; borrowed as
 *	@source is
 * @id, @id_len: PPK_BY_ID: set by who asks, any octets a hostile peer may have
 *	chosen, to be judged by the source before they go anywhere; PPK_NEW: set
 *	by the source; without the type octet
 * @done: the answer is there; called once, from the event loop, never from
 *	within start() or cancel(); may free the owner or ask again
 * @err: 0, or ERR_NOT_FOUND: the source works and has no such key;
 *	ERR_INVALID: the name is none that the source can have; ERR_LIMIT: too
 *	many requests; ERR_TIMEOUT, ERR_IO: the source cannot be reached or
 *	failed; ERR_SYNTAX: its answer is no good; ERR_NOMEM
 * @key: 0 only: from now on the owner's, to be freed by him
 * @why: not 0 only: what went wrong, in words, without secrets, printable
 * @job: the source's own, NULL when it does not work on the request
 */
struct ppk_request {
	enum ppk_want want;
	const char *source;
	struct addr peer;
	const char *label;
	uint8_t id[PPK_ID_MAX];
	size_t id_len;
	void (*done)(struct ppk_request *rq);
	void *arg;

	int err;
	struct secret *key;
	char why[PPK_WHY];
	void *job;
};

/**
 * struct ppk_ops - a set of sources
 * @start: begin to get a key. Never blocks, never retries what a source may
 *	have answered, bounds the time by itself. Return: 0 when done() will be
 *	called; otherwise ERR_*, with @why of the request filled, when it will
 *	not: ERR_NOT_FOUND when there is no source of this name, and what
 *	struct ppk_request says.
 * @cancel: forget about it; done() is not called any more. A key that comes
 *	nevertheless is wiped. Nothing happens when the request is not under way.
 */
struct ppk_ops {
	int (*start)(void *arg, struct ppk_request *rq);
	void (*cancel)(void *arg, struct ppk_request *rq);
};

#endif
