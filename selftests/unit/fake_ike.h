/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An engine that has nothing but views: what ctl/ sees of the real one, set
 * by a test.
 */
#ifndef UNIT_FAKE_IKE_H
#define UNIT_FAKE_IKE_H

#include "ike/view.h"

#define FAKE_MAX	4

/** struct fake_child - a child SA and the IKE SA it belongs to */
struct fake_child {
	uint32_t ike_sa_id;
	struct view_child view;
};

/** struct fake_ike - what the functions of ike/view.h answer from */
struct fake_ike {
	struct view_sa sas[FAKE_MAX];
	unsigned int sa_count;
	struct fake_child children[FAKE_MAX];
	unsigned int child_count;
	struct view_tunnel tunnels[FAKE_MAX];
	unsigned int tunnel_count;
	struct view_stranger strangers[FAKE_MAX];
	unsigned int stranger_count;
	struct cfg_peer peers[FAKE_MAX];
	struct view_peer peer_views[FAKE_MAX];
	unsigned int peer_count;
	struct view_summary summary;
	struct view_fips fips[FAKE_MAX];
	unsigned int fips_count;
	struct view_ppk_test ppk;	/* of ike_ppk_test() for "b" */
	unsigned int ppk_asked;
	int clear_result;	/* of ike_clear() */
	int cleared;		/* session it was called for, -1: not called */
	const char *clear_event; /* emitted by it, or NULL */
	ike_event_fn event_fn;
	void *event_arg;
};

extern struct fake_ike fake_ike;

/* Empty. */
void fake_ike_reset(void);
/*
 * The guide's first tunnel as Router 1 sees it: session 16 with one IKE SA,
 * 22690, one child SA, and tunnel-ip1, which is up.
 */
void fake_ike_guide(void);
/* Tell whoever listens. */
void fake_ike_emit(const struct ike_event *ev);

#endif
