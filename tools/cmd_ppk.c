// SPDX-License-Identifier: GPL-2.0
/*
 * ppk test: can the post-quantum preshared key of a peer be had?
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl/client.h"
#include "ctl/ctl_proto.h"
#include "js.h"
#include "tunctl.h"

/* How often, and how long altogether, a key source's answer is looked for. */
#define POLL_MS		100
#define POLL_TIMES	600

static struct json_object *ask(struct ctl_client *c, const char *peer,
			       uint64_t ticket, char why[CTL_CLIENT_WHY])
{
	struct json_object *request = json_object_new_object(), *answer;

	js_put_text(request, "command", CTL_CMD_PPK_TEST);
	js_put_text(request, "peer", peer);
	if (ticket)
		js_put_number(request, "ticket", ticket);
	answer = ctl_client_ask(c, request, why);
	json_object_put(request);
	return answer;
}

/* Ask, and ask again until the source has answered. NULL after a sentence. */
static struct json_object *await(const struct context *ctx, const char *peer)
{
	static const struct timespec wait = { 0, POLL_MS * 1000000L };
	struct json_object *answer = NULL;
	char why[CTL_CLIENT_WHY] = "";
	struct ctl_client *c;
	unsigned int i;

	c = ctl_client_new(ctx->control, why);
	if (c)
		answer = ask(c, peer, 0, why);
	for (i = 0; answer && js_truth(answer, "pending") && i < POLL_TIMES;
	     i++) {
		uint64_t ticket = js_number(answer, "ticket");

		json_object_put(answer);
		nanosleep(&wait, NULL);
		answer = ask(c, peer, ticket, why);
	}
	ctl_client_free(c);
	if (!answer)
		fprintf(stderr, "tunctl: %s\n", why);
	return answer;
}

static void print(struct json_object *a, const char *peer)
{
	const char *mode = js_text(a, "mode"), *why = js_text(a, "why");

	if (js_truth(a, "pending"))
		printf("%s: the key source has not answered yet\n", peer);
	else if (*why)
		printf("%s: no key from the key source: %s\n", peer, why);
	else if (strcmp(mode, "manual") == 0)
		printf("%s: manual PPK, PPK_ID %s, %" PRIu64 " octets\n", peer,
		       js_text(a, "ppk-id"), js_number(a, "key-octets"));
	else
		printf("%s: dynamic PPK, PPK_ID %s, %" PRIu64
		       " octets, in %" PRIu64 " ms\n", peer,
		       js_text(a, "ppk-id"), js_number(a, "key-octets"),
		       js_number(a, "took-ms"));
}

/** cmd_ppk_test - ppk test PEER */
int cmd_ppk_test(struct context *ctx)
{
	struct json_object *answer;
	int status = EXIT_OK;

	if (!ctx->argc) {
		fprintf(stderr, "tunctl: usage: tunctl ppk test PEER\n");
		return EXIT_USAGE;
	}
	answer = await(ctx, ctx->argv[0]);
	if (!answer)
		return EXIT_FAILED;
	if (js_truth(answer, "pending") || *js_text(answer, "why"))
		status = EXIT_FAILED;
	json_object_object_del(answer, "ok");
	if (ctx->json)
		js_print(answer);
	else
		print(answer, ctx->argv[0]);
	json_object_put(answer);
	return status;
}
