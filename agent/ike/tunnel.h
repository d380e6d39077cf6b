/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A configured interface: whether it shall connect, when it tries again, what
 * went wrong last, and which IKE SA and child serve it now.
 */
#ifndef AGENT_IKE_TUNNEL_H
#define AGENT_IKE_TUNNEL_H

#include "ike/failure.h"
#include "ike/sa.h"

struct tunnel {
	struct list list;
	struct list sas;		/* all IKE SAs, the oldest first */
	struct table_node by_addr, by_ifindex;
	bool in_by_addr;
	struct ike *ike;
	struct log_obj log;
	struct cfg *generation;		/* a reference: the tree of @cfg */
	const struct cfg_iface *cfg;
	bool ghost;			/* see ghost.h */
	bool kept;			/* by the reload that runs */
	unsigned int ifindex;		/* 0: not created yet; tunnel_set_ifindex() */
	struct addr source;		/* the address it has now */
	unsigned int fvrf;		/* outside; 0: the default one */
	unsigned int vrf;		/* inside */
	bool listening;
	bool refused;			/* the kernel has not made the interface */
	struct ike_sa *sa;		/* established or the one we negotiate */
	struct child_sa *child;		/* the one that carries traffic */
	bool ppk_without;		/* the next attempt does without a PPK */
	struct timer retry;
	uint64_t attempts;
	struct list waiting;		/* for a place to connect */
	bool queued;			/* in that list */
	unsigned int backoff;
	struct failure failure;
	struct log_limit limit;		/* lines about it */
	struct notice_limit unproven;	/* who says to be its peer */
};

struct tunnel *tunnel_new(struct ike *ike, struct cfg *generation,
			  const struct cfg_iface *cfg);
void tunnel_free(struct tunnel *t);
/* Create the interface and listen; tried again later when it fails. */
void tunnel_start(struct tunnel *t);
void tunnel_stop(struct tunnel *t);
/* Close its socket if no other tunnel listens there. */
void tunnel_unlisten(struct tunnel *t);
/*
 * Let new settings of the interface take effect. With @link the interface is
 * changed; if the kernel refuses that, it is made anew.
 */
void tunnel_reconfigure(struct tunnel *t, struct cfg *generation,
			const struct cfg_iface *cfg, bool link);
/* Something has appeared that it may have waited for. */
void tunnel_place_found(struct tunnel *t);
/* A VRF of it is gone: it must not run in another one. */
void tunnel_place_lost(struct tunnel *t);
/* Addresses have changed: is its source still what it was? */
void tunnel_check_source(struct tunnel *t, unsigned int ifindex);
bool tunnel_initiates(const struct tunnel *t);
/* By the outer addresses of a message. */
struct tunnel *tunnel_find(struct ike *ike, const struct net_path *path);
/* The same that has no interface; that one says itself why. */
struct tunnel *tunnel_find_absent(struct ike *ike, const struct net_path *path);
struct tunnel *tunnel_find_ifindex(struct ike *ike, unsigned int ifindex);
void tunnel_set_ifindex(struct tunnel *t, unsigned int ifindex);
/* Connect now if it shall and does not already. */
void tunnel_connect(struct tunnel *t);
/* For its next attempt, or for a place to make it. */
void tunnel_wait_no_more(struct tunnel *t);
/* The timer of places: those that wait longest take what is free. */
void tunnel_places_free(void *ike);
/*
 * @old may be lost at the peer, or somebody wants us to think so: negotiate a
 * new IKE SA, and give @old up only when the peer has proved itself on that.
 */
void tunnel_connect_beside(struct tunnel *t, struct ike_sa *old);
/* Try again: at once after a working tunnel was lost, else backing off. */
void tunnel_retry(struct tunnel *t, bool at_once);
/* There is traffic for it: do not wait for the end of the back-off. */
void tunnel_wake(struct tunnel *t);

void tunnel_sa_established(struct tunnel *t, struct ike_sa *sa);
void tunnel_sa_replaced(struct tunnel *t, struct ike_sa *old,
			struct ike_sa *next);
void tunnel_child_up(struct tunnel *t, struct child_sa *child);
/* An IKE SA or child of the tunnel is going away. */
void tunnel_sa_gone(struct tunnel *t, struct ike_sa *sa);
void tunnel_child_gone(struct tunnel *t, struct child_sa *child);

/* What could not be sent has been: that was no failure of the tunnel. */
void tunnel_sends_again(struct tunnel *t);

/**
 * tunnel_fail - record, log and announce why the tunnel is not up
 * @t: the tunnel, or NULL when none could be determined
 * @obj: what the log line is about
 * @stage: up to IKE_AUTH nobody has proved that he is the peer: the failure of
 *	a tunnel that carries traffic stays what it is, and announcements are
 *	limited, like the lines
 * @ours, @theirs: what does not fit, NULL for nothing
 * @setting: configuration words, NULL for none
 */
void tunnel_fail(struct tunnel *t, const struct log_obj *obj,
		 enum failure_reason reason, enum failure_stage stage,
		 const char *ours, const char *theirs, const char *setting);
/*
 * The same of an IKE_SA_INIT request, which anybody may send in the name of the
 * peer: whatever it floods us with, it silences nothing but its like.
 */
void tunnel_fail_request(struct tunnel *t, enum failure_reason reason,
			 const char *ours, const char *theirs,
			 const char *setting);

#endif
