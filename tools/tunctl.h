/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands of tunctl share: what a command is, where data comes
 * from, and how a command ends.
 */
#ifndef TOOLS_TUNCTL_H
#define TOOLS_TUNCTL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel_nl/knl.h"

#define EXIT_OK		0
#define EXIT_FAILED	1
#define EXIT_USAGE	2

#define MAX_WORDS	3

/** struct context - of one run; arguments are the words behind the command */
struct context {
	const char *control;
	bool json;
	int argc;
	char **argv;
};

/** struct command - its words, its function, what `help` says */
struct command {
	const char *word[MAX_WORDS + 1];
	const char *args;
	int max_args;
	int (*fn)(struct context *ctx);
	const char *help;
};

/** struct kernel_list - what the module knows, copied out of its dumps */
struct kernel_list {
	struct knl_sa_info *sa;
	size_t sa_count;
	struct knl_dev_info *dev;
	size_t dev_count;
};

/**
 * src_kernel - interfaces and SAs of the module
 * @l: to be given to src_kernel_free(), whatever the result
 * @quiet: no sentence on standard error
 */
int src_kernel(struct kernel_list *l, bool quiet);
void src_kernel_free(struct kernel_list *l);
/* The interface of that name; NULL after a sentence on standard error. */
const struct knl_dev_info *src_find_dev(const struct kernel_list *l,
					const char *name);
/*
 * Ask the agent; NULL after a sentence on standard error (none if @quiet).
 * src_ask() takes over the whole request; src_agent() makes one of a command,
 * and of a session unless @session_id is 0.
 */
struct json_object *src_ask(const struct context *ctx,
			    struct json_object *request, bool quiet);
struct json_object *src_agent(const struct context *ctx, const char *command,
			      uint32_t session_id, bool quiet);

/* Reads a session ID. Return: 0, or EXIT_USAGE after a sentence. */
int arg_session_id(const char *text, uint32_t *out);

/* Each command: 0, EXIT_FAILED or EXIT_USAGE. */
int show_ipsec_sa(struct context *ctx);
int show_ikev2_session(struct context *ctx);
int show_ikev2_sa(struct context *ctx);
int show_ikev2_summary(struct context *ctx);
int show_ikev2_counters(struct context *ctx);
int show_keyring(struct context *ctx);
int show_sks_profile(struct context *ctx);
int show_interface(struct context *ctx);
int show_ip_route(struct context *ctx);
int show_ipv6_route(struct context *ctx);
int cmd_why(struct context *ctx);
int cmd_monitor(struct context *ctx);
int cmd_clear_session(struct context *ctx);
int cmd_ppk_test(struct context *ctx);
int cmd_reload(struct context *ctx);
int cmd_fips(struct context *ctx);

#endif
