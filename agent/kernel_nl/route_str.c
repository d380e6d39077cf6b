// SPDX-License-Identifier: GPL-2.0
/*
 * What is the matter with a reverse route, in words. Where routes come from is
 * route.c's part.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel_nl/knl.h"

const char *knl_route_str(const struct knl_route *r, char buf[KNL_ROUTE_STR])
{
	char prefix[ADDR_STR];
	int n;

	addr_str(&r->prefix.addr, prefix);
	n = snprintf(buf, KNL_ROUTE_STR, "%s%s/%u",
		     r->kind == KNL_ROUTE_RULE ? "rule from " :
		     r->kind == KNL_ROUTE_FALLBACK ? "unreachable " : "",
		     prefix, r->prefix.len);
	switch (r->state) {
	case KNL_ROUTE_WAITING:
		snprintf(buf + n, KNL_ROUTE_STR - (size_t)n,
			 " waits: %s has it", r->owner);
		break;
	case KNL_ROUTE_SHARED:
		snprintf(buf + n, KNL_ROUTE_STR - (size_t)n, " is shared with %s",
			 r->owner);
		break;
	case KNL_ROUTE_CAPTURES:
		snprintf(buf + n, KNL_ROUTE_STR - (size_t)n,
			 " is refused: it would capture the tunnel's own packets");
		break;
	case KNL_ROUTE_REFUSED:
		if (r->error == ENOSPC)
			snprintf(buf + n, KNL_ROUTE_STR - (size_t)n,
				 " and what follows is refused: too many for one interface");
		else
			snprintf(buf + n, KNL_ROUTE_STR - (size_t)n,
				 " is refused by the routing table: %s",
				 strerror(r->error));
		break;
	case KNL_ROUTE_INSTALLED:
		if (r->error)
			snprintf(buf + n, KNL_ROUTE_STR - (size_t)n,
				 " could not be taken out yet: %s",
				 strerror(r->error));
		break;
	default:
		break;
	}
	return buf;
}
