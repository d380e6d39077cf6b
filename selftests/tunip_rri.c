// SPDX-License-Identifier: GPL-2.0
/*
 * Sets the reverse routes of an interface without an agent, and shows them. It
 * judges nothing; the kernel's sentence comes back as one line.
 */

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_nl/knl.h"

static const char usage_text[] =
"usage: tunip_rri set DEV [priority=N] [fallback=none] [local=A-B]... [remote=A-B]...\n"
"       tunip_rri off DEV\n"
"       tunip_rri show\n";

static int usage(void)
{
	fputs(usage_text, stderr);
	return 2;
}

static int add_range(struct knl_selector *side, unsigned int *count, char *text)
{
	char *end = strchr(text, '-');

	if (!end || *count == KNL_MAX_SELECTORS)
		return -1;
	*end++ = '\0';
	return addr_parse(text, &side[*count].start) ||
	       addr_parse(end, &side[(*count)++].end);
}

static int take_word(struct knl_rri *r, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		return -1;
	*value++ = '\0';
	if (strcmp(word, "local") == 0)
		return add_range(r->sel_local, &r->sel_local_count, value);
	if (strcmp(word, "remote") == 0)
		return add_range(r->sel_remote, &r->sel_remote_count, value);
	if (strcmp(word, "priority") == 0)
		r->priority = (uint32_t)strtoul(value, NULL, 0);
	else if (strcmp(word, "fallback") == 0)
		r->unreachable = strcmp(value, "none") != 0;
	else
		return -1;
	return 0;
}

static void print_route(void *arg, const struct knl_route *r)
{
	char text[KNL_ROUTE_STR];

	printf("%s: %s table %u priority %u%s\n", r->ifname,
	       knl_route_str(r, text), r->table, r->priority,
	       r->state == KNL_ROUTE_INSTALLED ? " installed" : "");
}

int main(int argc, char **argv)
{
	struct knl_rri r = { .priority = 0x02000000, .unreachable = true };
	char why[KNL_WHY] = "";
	struct knl *knl;
	int i, err;

	if (argc < 2 || (argc < 3 && strcmp(argv[1], "show")))
		return usage();
	r.on = strcmp(argv[1], "set") == 0;
	for (i = 3; i < argc; i++)
		if (take_word(&r, argv[i]))
			return usage();
	knl = knl_new(NULL, NULL, NULL, why);
	if (!knl) {
		fprintf(stderr, "tunip_rri: %s\n", why);
		return 1;
	}
	if (argc == 2)
		err = knl_dump_routes(knl, print_route, NULL, why);
	else
		err = knl_ops_netlink.rri_set(knl, if_nametoindex(argv[2]), &r,
					      why);
	if (err)
		fprintf(stderr, "tunip_rri: %s\n", why);
	knl_free(knl);
	return err ? 1 : 0;
}
