// SPDX-License-Identifier: GPL-2.0
/*
 * agent/event/timer.c under a clock of its own: order, and callbacks that
 * change everything while timers run.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/timer.h"

static uint64_t now;

static uint64_t fake_mono(void *arg)
{
	return now;
}

static int64_t fake_wall(void *arg)
{
	return 1700000000000 + (int64_t)now;
}

static const struct clock clock_fake = { fake_mono, fake_wall, NULL };

/** struct probe - a timer that writes its name down when it runs */
struct probe {
	struct timer timer;
	char name;
};

static struct timers *set;
static char ran[64];

static void note(void *arg)
{
	const struct probe *p = arg;
	size_t len = strlen(ran);

	assert_true(len + 1 < sizeof(ran));
	ran[len] = p->name;
}

static void probe_init(struct probe *p, char name)
{
	p->name = name;
	timer_init(&p->timer, set, note, p);
}

static int set_up(void **state)
{
	now = 5000;
	memset(ran, 0, sizeof(ran));
	set = timers_new(&clock_fake);
	return set ? 0 : -1;
}

static int tear_down(void **state)
{
	timers_free(set);
	return 0;
}

static void run_at(uint64_t ms, const char *want)
{
	now = ms;
	timers_run(set);
	assert_string_equal(ran, want);
}

static void timers_run_by_deadline(void **state)
{
	struct probe a, b, c;

	assert_true(timers_next_ms(set) == UINT64_MAX);
	probe_init(&a, 'a');
	probe_init(&b, 'b');
	probe_init(&c, 'c');
	timer_set(&a.timer, 300);
	timer_set(&b.timer, 100);
	timer_set(&c.timer, 200);
	assert_int_equal(timers_next_ms(set), 100);
	run_at(5099, "");
	run_at(5100, "b");
	assert_false(timer_armed(&b.timer));
	assert_int_equal(timers_next_ms(set), 100);
	run_at(9000, "bca");
	assert_true(timers_next_ms(set) == UINT64_MAX);
}

static void equal_deadlines_run_in_the_order_of_arming(void **state)
{
	struct probe p[20];
	unsigned int i;

	for (i = 0; i < 20; i++) {
		probe_init(&p[i], (char)('a' + i));
		timer_set(&p[i].timer, 10);
	}
	/* Armed again, thus last. */
	timer_set(&p[0].timer, 10);
	run_at(5010, "bcdefghijklmnopqrsta");
}

static void armed_timer_moves_when_set_again(void **state)
{
	struct probe a;

	probe_init(&a, 'a');
	timer_set(&a.timer, 100);
	timer_set(&a.timer, 500);
	assert_int_equal(timer_left_ms(&a.timer), 500);
	run_at(5100, "");
	timer_set(&a.timer, 10);
	run_at(5110, "a");
	run_at(6000, "a");
}

static void canceled_timer_does_not_run(void **state)
{
	struct probe a, b;

	probe_init(&a, 'a');
	probe_init(&b, 'b');
	assert_false(timer_armed(&a.timer));
	timer_cancel(&a.timer);
	timer_set(&a.timer, 10);
	timer_set(&b.timer, 10);
	timer_cancel(&a.timer);
	timer_cancel(&a.timer);
	assert_false(timer_armed(&a.timer));
	assert_int_equal(timer_left_ms(&a.timer), 0);
	run_at(5010, "b");
}

static void time_left_never_goes_below_zero(void **state)
{
	struct probe a;

	probe_init(&a, 'a');
	timer_set(&a.timer, 100);
	now += 40;
	assert_int_equal(timer_left_ms(&a.timer), 60);
	now += 1000;
	assert_int_equal(timer_left_ms(&a.timer), 0);
	assert_int_equal(timers_next_ms(set), 0);
	timer_cancel(&a.timer);
}

static void endless_delay_does_not_wrap(void **state)
{
	struct probe a;

	probe_init(&a, 'a');
	timer_set(&a.timer, UINT64_MAX);
	run_at(UINT64_MAX - 1, "");
	timer_cancel(&a.timer);
}

static void arm_again(void *arg)
{
	struct probe *p = arg;

	note(p);
	timer_set(&p->timer, 0);
}

/* Else a callback that is never content would stop the agent. */
static void timer_armed_for_now_waits_for_the_next_round(void **state)
{
	struct probe a, b;

	probe_init(&a, 'a');
	probe_init(&b, 'b');
	a.timer.fn = arm_again;
	timer_set(&a.timer, 10);
	timer_set(&b.timer, 10);
	run_at(5010, "ab");
	assert_int_equal(timers_next_ms(set), 0);
	run_at(5010, "aba");
	timer_cancel(&a.timer);
}

/** struct killer - a timer that cancels another and frees itself */
struct killer {
	struct timer timer;
	struct timer *victim;
};

static void cancel_and_free(void *arg)
{
	struct killer *k = arg;

	timer_cancel(k->victim);
	free(k);
}

static void callback_may_cancel_others_and_free_itself(void **state)
{
	struct killer *k = malloc(sizeof(*k));
	struct probe a, b;

	probe_init(&a, 'a');
	probe_init(&b, 'b');
	timer_init(&k->timer, set, cancel_and_free, k);
	k->victim = &a.timer;
	timer_set(&k->timer, 10);
	timer_set(&a.timer, 10);
	timer_set(&b.timer, 10);
	run_at(5010, "b");
}

#define MANY	500

static uint32_t random_below(uint32_t n)
{
	static uint32_t x = 0x2545f491;

	x = x * 1664525 + 1013904223;
	return (x >> 8) % n;
}

static unsigned int ran_count;
static uint64_t ran_last;

static void check_order(void *arg)
{
	struct timer *t = arg;

	assert_true(t->at_ms >= ran_last && t->at_ms <= now);
	ran_last = t->at_ms;
	ran_count++;
}

/* Against a plain list: who is due runs, who is not does not. */
static void thousands_of_changes_keep_the_order(void **state)
{
	struct timer *t = calloc(MANY, sizeof(*t));
	unsigned int i, step, due;

	for (i = 0; i < MANY; i++)
		timer_init(&t[i], set, check_order, &t[i]);
	for (step = 0; step < 20000; step++) {
		i = random_below(MANY);
		if (random_below(3))
			timer_set(&t[i], random_below(1000));
		else
			timer_cancel(&t[i]);
		if (random_below(50))
			continue;
		now += random_below(200);
		for (i = 0, due = 0; i < MANY; i++)
			due += timer_armed(&t[i]) && t[i].at_ms <= now;
		ran_count = 0;
		ran_last = 0;
		timers_run(set);
		assert_int_equal(ran_count, due);
		for (i = 0; i < MANY; i++)
			assert_false(timer_armed(&t[i]) && t[i].at_ms <= now);
	}
	for (i = 0; i < MANY; i++)
		timer_cancel(&t[i]);
	assert_true(timers_next_ms(set) == UINT64_MAX);
	free(t);
}

static void clock_is_the_one_given(void **state)
{
	assert_ptr_equal(timers_clock(set), &clock_fake);
	assert_true(clock_mono_ms(timers_clock(set)) == 5000);
	assert_true(clock_wall_ms(timers_clock(set)) == 1700000005000);
	assert_true(clock_mono_ms(&clock_system) > 0);
	/* After this was written. */
	assert_true(clock_wall_ms(&clock_system) > 1700000000000);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(timers_run_by_deadline),
		TEST(equal_deadlines_run_in_the_order_of_arming),
		TEST(armed_timer_moves_when_set_again),
		TEST(canceled_timer_does_not_run),
		TEST(time_left_never_goes_below_zero),
		TEST(endless_delay_does_not_wrap),
		TEST(timer_armed_for_now_waits_for_the_next_round),
		TEST(callback_may_cancel_others_and_free_itself),
		TEST(thousands_of_changes_keep_the_order),
		TEST(clock_is_the_one_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
