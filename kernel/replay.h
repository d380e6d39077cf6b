/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The anti-replay window: a ring of bitmap blocks that never shifts (RFC
 * 6479), and the guess of the high half of an extended sequence number (RFC
 * 4303 appendix A). Pure code; the caller holds the SA's lock.
 */
#ifndef TUNIP_REPLAY_H
#define TUNIP_REPLAY_H

#include <linux/types.h>

/* One block more than the largest window, rounded up to a power of two. */
#define TUNIP_REPLAY_MAX_BLOCKS	128

enum tunip_replay_verdict {
	TUNIP_REPLAY_OK,
	TUNIP_REPLAY_SEEN,	/* accepted before, or sequence number 0 */
	TUNIP_REPLAY_OLD,	/* left of the window */
};

/**
 * struct tunip_replay - state of one inbound SA
 * @top: highest sequence number authenticated, 0 before the first packet
 * @window: packets, a multiple of 64; 0 disables the check
 * @mask: number of blocks minus one; the number is a power of two
 * @bits: the ring
 */
struct tunip_replay {
	u64 top;
	u32 window;
	u32 mask;
	u64 bits[];
};

struct tunip_replay *tunip_replay_new(u32 window);
u64 tunip_replay_infer(const struct tunip_replay *r, u32 seq_lo, bool esn);
enum tunip_replay_verdict tunip_replay_check(const struct tunip_replay *r,
					     u64 seq);
enum tunip_replay_verdict tunip_replay_commit(struct tunip_replay *r, u64 seq);
bool tunip_replay_selftest(void);

#endif
