// SPDX-License-Identifier: GPL-2.0
/*
 * Deadlines of SAs. The packet path only marks what is due and kicks the
 * work; decisions are taken here, where the configuration lock can be held.
 */

#include "lifetime.h"

#include <linux/math64.h>

#include "device.h"
#include "notify.h"
#include "sa.h"

/* Longest single wait of the work; it then looks again. */
#define LIFE_MAX_WAIT	(24 * 3600 * HZ)

enum {
	LIFE_BEFORE_SOFT,
	LIFE_BEFORE_HARD,
};

static u64 sa_age_ms(const struct tunip_sa *sa)
{
	return ktime_to_ms(ktime_sub(ktime_get(), sa->installed));
}

static unsigned long sooner(unsigned long wait, u64 at_ms, u64 now_ms)
{
	u64 left = at_ms > now_ms ? at_ms - now_ms : 0;

	return min_t(u64, wait, msecs_to_jiffies(min_t(u64, left, INT_MAX)));
}

/* When the work must look again, in jiffies. */
static unsigned long life_next(const struct tunip_sa *sa)
{
	unsigned long wait = LIFE_MAX_WAIT;
	u64 age = sa_age_ms(sa);

	if (sa->life_stage == LIFE_BEFORE_SOFT && sa->soft.seconds)
		wait = sooner(wait, sa->soft.seconds * MSEC_PER_SEC, age);
	if (sa->hard.seconds)
		wait = sooner(wait, sa->hard.seconds * MSEC_PER_SEC, age);
	if (READ_ONCE(sa->state) == TUNIP_SA_PENDING)
		wait = sooner(wait, sa->switch_delay_ms, age);
	if (sa->linger_until)
		wait = min_t(unsigned long, wait,
			     time_after(sa->linger_until, jiffies) ?
			     sa->linger_until - jiffies : 0);
	return wait;
}

/*
 * Arm the work; it owns a reference while it is queued. A work that is queued
 * already is left alone: somebody kicked it and it must run at once.
 */
static void life_arm(struct tunip_sa *sa)
{
	if (!tunip_sa_get(sa))
		return;
	if (!queue_delayed_work(tunip_wq, &sa->life_work, life_next(sa)))
		tunip_sa_put(sa);
}

static void expire_soft(struct tunip_sa *sa, unsigned long due)
{
	if (due & BIT(TUNIP_DUE_SOFT_BYTES))
		tunip_notify_expire(sa, TUNIP_EXPIRE_BYTES, false);
	if (due & BIT(TUNIP_DUE_SOFT_PACKETS))
		tunip_notify_expire(sa, TUNIP_EXPIRE_PACKETS, false);
	if (due & BIT(TUNIP_DUE_SOFT_SEQ))
		tunip_notify_expire(sa, TUNIP_EXPIRE_SEQ, false);
}

/* Which hard limit ended the SA, 0 if none did. */
static enum tunip_expire hard_limit(const struct tunip_sa *sa,
				    unsigned long due)
{
	if (due & BIT(TUNIP_DUE_HARD_BYTES))
		return TUNIP_EXPIRE_BYTES;
	if (due & BIT(TUNIP_DUE_HARD_PACKETS))
		return TUNIP_EXPIRE_PACKETS;
	if (due & BIT(TUNIP_DUE_HARD_SEQ))
		return TUNIP_EXPIRE_SEQ;
	if (sa->hard.seconds &&
	    sa_age_ms(sa) >= sa->hard.seconds * MSEC_PER_SEC)
		return TUNIP_EXPIRE_TIME;
	return 0;
}

/* Returns true when the SA was removed. */
static bool life_check(struct tunip_sa *sa)
{
	enum tunip_expire limit;
	unsigned long due;

	spin_lock_bh(&sa->lock);
	due = sa->due;
	sa->due = 0;
	spin_unlock_bh(&sa->lock);

	expire_soft(sa, due);
	limit = hard_limit(sa, due);
	if (limit) {
		tunip_notify_expire(sa, limit, true);
		tunip_dev_remove_sa(sa->td, sa);
		return true;
	}
	if (sa->linger_until && time_after_eq(jiffies, sa->linger_until)) {
		tunip_dev_remove_sa(sa->td, sa);
		return true;
	}
	if (READ_ONCE(sa->state) == TUNIP_SA_PENDING &&
	    sa_age_ms(sa) >= sa->switch_delay_ms)
		tunip_dev_switch_tx(sa->td, sa);
	if (sa->life_stage == LIFE_BEFORE_SOFT && sa->soft.seconds &&
	    sa_age_ms(sa) >= sa->soft.seconds * MSEC_PER_SEC) {
		sa->life_stage = LIFE_BEFORE_HARD;
		tunip_notify_expire(sa, TUNIP_EXPIRE_TIME, false);
	}
	return false;
}

static void life_work_fn(struct work_struct *work)
{
	struct tunip_sa *sa = container_of(to_delayed_work(work),
					   struct tunip_sa, life_work);
	struct tunip_dev *td = sa->td;

	mutex_lock(&td->config_lock);
	if (!sa->dead && !life_check(sa))
		life_arm(sa);
	mutex_unlock(&td->config_lock);
	tunip_sa_put(sa);
}

void tunip_lifetime_init(struct tunip_sa *sa)
{
	INIT_DELAYED_WORK(&sa->life_work, life_work_fn);
}

/** tunip_lifetime_start - begin to watch a published SA; config_lock held */
void tunip_lifetime_start(struct tunip_sa *sa)
{
	lockdep_assert_held(&sa->td->config_lock);
	life_arm(sa);
}

/** tunip_lifetime_kick - something is due now; any context */
void tunip_lifetime_kick(struct tunip_sa *sa)
{
	if (!tunip_sa_get(sa))
		return;
	if (mod_delayed_work(tunip_wq, &sa->life_work, 0))
		tunip_sa_put(sa);
}

/** tunip_lifetime_linger - remove an inbound SA after @ms; config_lock held */
void tunip_lifetime_linger(struct tunip_sa *sa, u32 ms)
{
	lockdep_assert_held(&sa->td->config_lock);
	WRITE_ONCE(sa->state, TUNIP_SA_LINGER);
	/* 0 means "not lingering". */
	sa->linger_until = (jiffies + msecs_to_jiffies(ms)) ?: 1;
	tunip_lifetime_kick(sa);
}

/** tunip_lifetime_stop - for an SA marked dead; config_lock held */
void tunip_lifetime_stop(struct tunip_sa *sa)
{
	lockdep_assert_held(&sa->td->config_lock);
	/* A running work sees @dead as soon as it gets the lock. */
	if (cancel_delayed_work(&sa->life_work))
		tunip_sa_put(sa);
}
