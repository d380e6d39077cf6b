/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of tunctl's screens share: a fixed agent and kernel, and
 * running a command.
 */
#ifndef UNIT_TUNCTL_WORLD_H
#define UNIT_TUNCTL_WORLD_H

#include <linux/tunnel_ip.h>

#include "../../tools/tunctl.h"
#include "caught.h"

#define LINE	"------------------------------------------------------------\n"
#define DOUBLE	"============================================================\n"

/* The agent: fake_ike answers, these are the events of a monitor. */
extern bool agent_runs;
extern struct json_object *agent_events[2];
extern unsigned int agent_event_at;
/* What is wrong with the file that reload reads; NULL: nothing. */
extern const char *agent_reload_error;

/** struct fake_kernel - what the module's dumps say */
extern struct fake_kernel {
	bool loaded;
	int err;		/* of dumps */
	unsigned int torn;	/* dumps that will be interrupted */
	struct knl_dev_info dev[2];
	unsigned int dev_count;
	struct knl_sa_info sa[4];
	unsigned int sa_count;
	struct knl_route route[4];
	unsigned int route_count;
} kernel;

/*
 * For each test: the guide's tunnel in the agent; in the kernel two
 * interfaces, the newer one first, and a pair of SAs on the older.
 */
int setup(void **state);
#define TEST(fn) cmocka_unit_test_setup(fn, setup)

struct addr ip(const char *text);
void fill_sa(struct knl_sa_info *sa, enum knl_dir dir, uint32_t spi);

/* What the last command said. */
extern struct caught said;
/* Run a command; what it said on @fd is in said.text. Return: its status. */
int run_on(int fd, int (*fn)(struct context *ctx), bool json, int argc,
	   const char *const *argv);
int run(int (*fn)(struct context *ctx));
int run_with(int (*fn)(struct context *ctx), int argc,
	     const char *const *argv);
#define ARGS(...) (const char *const[]){ __VA_ARGS__ }
/* The screen, after its first line, which must be the time. */
const char *timed_screen(void);

/* It must succeed and print valid JSON. To be put. */
struct json_object *run_json(int (*fn)(struct context *ctx), int argc,
			     const char *const *argv);
/* The member down a path of keys and, for lists, numbers: "0/sas/1/spi". */
struct json_object *at(struct json_object *o, const char *path);
void assert_member(struct json_object *o, const char *path, const char *value);

#endif
