/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The IKEv2 engine as main(), the control socket and the tests see it. It
 * has no thread, no socket and no clock of its own: messages, events and
 * time come in, messages and kernel calls go out through the tables given to
 * ike_new().
 */
#ifndef AGENT_IKE_IKE_H
#define AGENT_IKE_IKE_H

#include "config/config.h"
#include "event/timer.h"
#include "event/work.h"
#include "kernel_nl/knl.h"
#include "net/udp.h"
#include "ppk/ppk.h"

struct ike;

/**
 * struct ike_env - the world of one engine; borrowed, must outlive it
 * @ppk: sources of dynamic PPKs, or NULL: there is none
 */
struct ike_env {
	struct timers *timers;
	const struct net_ops *net;
	void *net_arg;
	const struct knl_ops *knl;
	void *knl_arg;
	const struct ppk_ops *ppk;
	void *ppk_arg;
	const struct secret *qcd_secret; /* stable over restarts, or NULL */
	/* Who does public-key work that takes long; NULL: the caller's thread. */
	const struct work_ops *work;
	void *work_arg;
	bool work_all;		/* and what does not take long, for tests */
	bool not_alone;		/* another agent is in this network namespace */
};

/**
 * ike_new - an engine for a configuration
 * @cfg: the engine takes a reference of its own
 *
 * Return: NULL when out of memory.
 */
struct ike *ike_new(const struct ike_env *env, struct cfg *cfg);
void ike_free(struct ike *ike);

/**
 * ike_start - create the interfaces, listen, and begin to initiate
 *
 * First what an agent that was killed has left is ended: see stray.h. An
 * interface that cannot be created is logged, recorded as a failure of its
 * tunnel and tried again; it does not keep the others from starting.
 * Return: 0, or ERR_* when nothing could be started.
 */
int ike_start(struct ike *ike);
/**
 * ike_stop - delete all IKE SAs, then the interfaces
 * @done: called once, when every Delete was answered or after two seconds
 */
void ike_stop(struct ike *ike, void (*done)(void *arg), void *arg);

/* One message from the network; never fails towards the caller. */
void ike_receive(struct ike *ike, const struct net_path *path, struct view msg);
/* One event from the kernel. */
void ike_kernel_event(struct ike *ike, const struct knl_event *ev);

/**
 * ike_clear - delete sessions as an operator's order
 * @session_id: 0 for all
 *
 * Initiators connect anew. Return: how many, or ERR_NOT_FOUND.
 */
int ike_clear(struct ike *ike, uint32_t session_id);

/**
 * ike_set_fips - turn FIPS mode on or off
 *
 * Turning it on ends every session, compliant or not, at once; those that
 * initiate try again under the rules. Turning it off disturbs nothing. It lasts
 * until a reload changes the setting or the agent ends.
 */
void ike_set_fips(struct ike *ike, bool on);

#endif
