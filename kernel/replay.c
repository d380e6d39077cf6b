// SPDX-License-Identifier: GPL-2.0
/*
 * Anti-replay window and ESN inference. Knows sequence numbers only: no
 * packet, no device, no lock.
 */

#include "replay.h"

#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>

/**
 * tunip_replay_new - an empty window
 * @window: packets, below 64 * TUNIP_REPLAY_MAX_BLOCKS; rounded up to 64
 *
 * A block is cleared whole when the top enters it, so one block more than the
 * window needs is kept (RFC 6479 section 2). May sleep.
 * Return: a window for kfree(), or NULL.
 */
struct tunip_replay *tunip_replay_new(u32 window)
{
	u32 rounded = round_up(window, 64);
	u32 blocks = roundup_pow_of_two(rounded / 64 + 1);
	struct tunip_replay *r;

	r = kzalloc(struct_size(r, bits, blocks), GFP_KERNEL);
	if (!r)
		return NULL;
	r->window = rounded;
	r->mask = blocks - 1;
	return r;
}

/**
 * tunip_replay_infer - the 64-bit sequence number of a received 32-bit one
 * @r: the window
 * @seq_lo: what the packet says
 * @esn: the SA uses extended sequence numbers
 *
 * RFC 4303 appendix A2.1: the window either lies within one 2^32 range or
 * spans two; the half is chosen so that the result is as close to the window
 * as it can be. With the check disabled a window of 2^31 is assumed.
 */
u64 tunip_replay_infer(const struct tunip_replay *r, u32 seq_lo, bool esn)
{
	u32 window = r->window ?: 1U << 31;
	u32 top_lo = lower_32_bits(r->top);
	u32 top_hi = upper_32_bits(r->top);
	u32 bottom = top_lo - window + 1;

	if (!esn)
		return seq_lo;
	if (top_lo >= window - 1) {
		/* Case A: the window lies within one range. */
		if (seq_lo < bottom)
			top_hi++;
	} else if (seq_lo >= bottom && top_hi) {
		/* Case B: it spans two, and the packet is in the lower one. */
		top_hi--;
	}
	return (u64)top_hi << 32 | seq_lo;
}

static u64 *replay_block(const struct tunip_replay *r, u64 seq)
{
	return (u64 *)&r->bits[(seq / 64) & r->mask];
}

/**
 * tunip_replay_check - may a packet with this number be new?
 * @r: the window
 * @seq: 64-bit sequence number
 *
 * Changes nothing: asked before the ICV is computed, to drop cheaply.
 */
enum tunip_replay_verdict tunip_replay_check(const struct tunip_replay *r,
					     u64 seq)
{
	if (!r->window)
		return TUNIP_REPLAY_OK;
	if (!seq)
		return TUNIP_REPLAY_SEEN;
	if (seq > r->top)
		return TUNIP_REPLAY_OK;
	if (r->top - seq >= r->window)
		return TUNIP_REPLAY_OLD;
	return *replay_block(r, seq) & BIT_ULL(seq % 64) ? TUNIP_REPLAY_SEEN :
							   TUNIP_REPLAY_OK;
}

/**
 * tunip_replay_commit - check again and mark the number as seen
 * @r: the window
 * @seq: number of a packet whose ICV was good
 *
 * The second check is what keeps two copies of a packet in one batch, or on
 * two CPUs, from both being accepted.
 */
enum tunip_replay_verdict tunip_replay_commit(struct tunip_replay *r, u64 seq)
{
	enum tunip_replay_verdict verdict = tunip_replay_check(r, seq);
	u64 block, last;

	if (verdict != TUNIP_REPLAY_OK)
		return verdict;
	if (seq > r->top) {
		last = seq / 64;
		block = r->top / 64 + 1;
		if (last - block > r->mask && last >= block)
			block = last - r->mask;
		for (; block <= last; block++)
			r->bits[block & r->mask] = 0;
		r->top = seq;
	}
	if (r->window)
		*replay_block(r, seq) |= BIT_ULL(seq % 64);
	return TUNIP_REPLAY_OK;
}

/*
 * The load-time proof: a naive model that remembers every number it accepted
 * is driven beside the window over steps that reach each edge.
 */
#define MODEL_SPAN	1024

struct replay_model {
	u64 base;
	u64 top;
	u8 seen[MODEL_SPAN];
};

static enum tunip_replay_verdict model_commit(struct replay_model *m,
					      u32 window, u64 seq)
{
	if (m->top >= seq && m->top - seq >= window)
		return TUNIP_REPLAY_OLD;
	if (m->seen[seq - m->base])
		return TUNIP_REPLAY_SEEN;
	m->seen[seq - m->base] = 1;
	m->top = max(m->top, seq);
	return TUNIP_REPLAY_OK;
}

static bool replay_walk(struct tunip_replay *r, struct replay_model *m,
			u32 step)
{
	u64 seq;
	u32 i;

	for (i = 0; i < 4 * MODEL_SPAN; i++) {
		/* A multiplicative walk: jumps ahead, back and onto itself. */
		seq = m->base + 1 + (u64)i * step % (MODEL_SPAN - 1);
		seq = min(seq, m->base + 1 + i / 3);
		if (tunip_replay_infer(r, lower_32_bits(seq), true) != seq &&
		    m->top - seq < r->window)
			return false;
		if (tunip_replay_commit(r, seq) !=
		    model_commit(m, r->window, seq))
			return false;
	}
	return true;
}

/**
 * tunip_replay_selftest - compare the window with a naive model
 *
 * Runs over window sizes and over the 2^32 boundary. May sleep.
 * Return: true when every verdict agreed.
 */
bool tunip_replay_selftest(void)
{
	static const u32 windows[] = { 64, 128, 192, 512 };
	static const u64 bases[] = { 0, U32_MAX - 300ULL, 5ULL << 32 };
	static const u32 steps[] = { 1, 7, 61, 64, 65, 509 };
	struct replay_model *m;
	struct tunip_replay *r;
	bool ok = true;
	u32 i;

	m = kmalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return false;
	for (i = 0; ok && i < ARRAY_SIZE(windows) * ARRAY_SIZE(bases) *
		    ARRAY_SIZE(steps); i++) {
		r = tunip_replay_new(windows[i % ARRAY_SIZE(windows)]);
		memset(m, 0, sizeof(*m));
		m->base = bases[i / ARRAY_SIZE(windows) % ARRAY_SIZE(bases)];
		m->top = m->base;
		if (r)
			r->top = m->base;
		ok = r && replay_walk(r, m, steps[i / (ARRAY_SIZE(windows) *
						       ARRAY_SIZE(bases))]);
		kfree(r);
	}
	kfree(m);
	return ok;
}
