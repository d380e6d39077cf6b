// SPDX-License-Identifier: GPL-2.0
/*
 * show keyring: peers, and digests of their keys.
 */

#include <stdio.h>
#include <string.h>

#include "ctl/ctl_proto.h"
#include "js.h"
#include "out.h"
#include "tunctl.h"

#define WIDTH	14

static const char *or_not_configured(const char *text)
{
	return *text ? text : "Not configured";
}

static void identity_line(struct json_object *p)
{
	const char *type = js_text(p, "identity-type");
	const char *mask = js_text(p, "identity-mask");

	if (*type)
		out_field(WIDTH, "Identity", "%s %s%s%s", type,
			  js_text(p, "identity"), *mask ? " " : "", mask);
	else
		out_field(WIDTH, "Identity", "Not configured");
}

static void psk_line(const char *label, const char *digest)
{
	out_field(WIDTH, label, "%s",
		  *digest ? "Configured" : "Not configured");
}

/* The digest is on a line of its own. */
static void hash_lines(const char *what, const char *digest)
{
	if (*digest)
		printf("%s Hash (Algo:SHA256, Format:base64) :\n%s\n", what,
		       digest);
}

static const char *ppk_text(const char *mode)
{
	if (strcmp(mode, "manual") == 0)
		return "Manual";
	return strcmp(mode, "dynamic") == 0 ? "Dynamic" : "Not configured";
}

static void peer_screen(struct json_object *p)
{
	const char *local = js_text(p, "local-psk-sha256");
	const char *remote = js_text(p, "remote-psk-sha256");

	out_rule('-');
	out_field(WIDTH, "Peer Name", "%s", js_text(p, "name"));
	out_field(WIDTH, "IP Address", "%s",
		  or_not_configured(js_text(p, "address")));
	out_field(WIDTH, "Subnet Mask", "%s",
		  or_not_configured(js_text(p, "mask")));
	identity_line(p);
	psk_line("Local PSK", local);
	psk_line("Remote PSK", remote);
	out_field(WIDTH, "PPK Mode", "%s", ppk_text(js_text(p, "ppk-mode")));
	out_field(WIDTH, "PPK Mandatory", "%s",
		  js_truth(p, "ppk-mandatory") ? "Yes" : "No");
	hash_lines("Local PSK", local);
	hash_lines("Remote PSK", remote);
	hash_lines("Manual PPK", js_text(p, "manual-ppk-sha256"));
}

static void keyring_screen(struct json_object *k)
{
	struct json_object *peers = js_child(k, "peers");
	size_t i;

	out_field(WIDTH, "Keyring Name", "%s", js_text(k, "name"));
	out_rule('=');
	out_field(WIDTH, "Total Peers", "%zu", js_length(peers));
	for (i = 0; i < js_length(peers); i++)
		peer_screen(js_at(peers, i));
	out_line("");
}

/* Those named @name; all without one. To be put. */
static struct json_object *select_keyrings(struct json_object *list,
					   const char *name)
{
	struct json_object *all = json_object_new_array(), *k;
	size_t i;

	for (i = 0; i < js_length(list); i++) {
		k = js_at(list, i);
		if (!name || strcmp(name, js_text(k, "name")) == 0)
			json_object_array_add(all, json_object_get(k));
	}
	return all;
}

/** show_keyring - show keyring [NAME] */
int show_keyring(struct context *ctx)
{
	const char *name = ctx->argc ? ctx->argv[0] : NULL;
	struct json_object *answer, *list;
	int status = EXIT_OK;
	size_t i;

	answer = src_agent(ctx, CTL_CMD_KEYRING, 0, false);
	if (!answer)
		return EXIT_FAILED;
	list = select_keyrings(js_child(answer, "keyrings"), name);
	if (name && !js_length(list)) {
		fprintf(stderr, "tunctl: there is no keyring '%s'\n", name);
		status = EXIT_FAILED;
	} else if (ctx->json) {
		js_print(list);
	} else {
		out_timestamp();
		for (i = 0; i < js_length(list); i++)
			keyring_screen(js_at(list, i));
	}
	json_object_put(list);
	json_object_put(answer);
	return status;
}
