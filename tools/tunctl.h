/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands of tunctl share: where data comes from, how it is shown,
 * and how a command ends.
 */
#ifndef TOOLS_TUNCTL_H
#define TOOLS_TUNCTL_H

#include <json-c/json.h>
#include <stdbool.h>

#include "kernel_nl/knl.h"
#include "out.h"

#define EXIT_OK		0
#define EXIT_FAILED	1
#define EXIT_USAGE	2

/** struct context - of one run; arguments are the words behind the command */
struct context {
	const char *control;
	bool json;
	int argc;
	char **argv;
};

/* The module; NULL after a sentence on standard error. */
struct knl *src_kernel(void);
/*
 * Ask the agent; NULL after a sentence on standard error (none if @quiet).
 * @session_id 0 leaves it out.
 */
struct json_object *src_agent(const struct context *ctx, const char *command,
			      uint32_t session_id, bool quiet);
/* Members of an answer; a missing one is "" or 0. */
const char *json_text(struct json_object *o, const char *key);
uint64_t json_number(struct json_object *o, const char *key);
bool json_truth(struct json_object *o, const char *key);
struct json_object *json_child(struct json_object *o, const char *key);

/* Each command: 0, EXIT_FAILED or EXIT_USAGE. */
int show_ipsec_sa(struct context *ctx);
int show_ikev2_session(struct context *ctx);
int show_ikev2_sa(struct context *ctx);
int show_ikev2_summary(struct context *ctx);
int show_interface(struct context *ctx);
int cmd_why(struct context *ctx);
int cmd_monitor(struct context *ctx);
int cmd_clear_session(struct context *ctx);

#endif
