// SPDX-License-Identifier: GPL-2.0
/*
 * Selectors of access lists, and their text.
 */

#include "ike/policy.h"

#include <stdio.h>
#include <string.h>

#include "ike/narrow.h"
#include "util/err.h"

static void from_prefix(const struct prefix *p, struct ts_list *out)
{
	narrow_any(out, p->addr.family);
	prefix_range(p, &out->ts[0].start, &out->ts[0].end);
}

int policy_get(const struct cfg_iface *iface, struct policy *out)
{
	if (cfg_acl_is_empty(iface))
		return ERR_ACL;
	if (!iface->acl) {
		narrow_overlay(&out->local, cfg_overlay(iface));
		narrow_overlay(&out->remote, cfg_overlay(iface));
		return 0;
	}
	from_prefix(&iface->acl->entries[0].source, &out->local);
	from_prefix(&iface->acl->entries[0].destination, &out->remote);
	return 0;
}

int policy_narrow(const struct policy *p, const struct ts_list *local,
		  const struct ts_list *remote, struct policy *out)
{
	int err = narrow(&p->local, local, &out->local);

	return err ? err : narrow(&p->remote, remote, &out->remote);
}

/* The length of the prefix that is this range; -1 when it is none. */
static int prefix_length(const struct ts *ts)
{
	struct prefix p = { .addr = ts->start };
	struct addr first, last;
	unsigned int bits = (unsigned int)addr_len(&ts->start) * 8, len;

	for (len = 0; len <= bits; len++) {
		p.len = (uint8_t)len;
		prefix_range(&p, &first, &last);
		if (addr_eq(&first, &ts->start) && addr_eq(&last, &ts->end))
			return (int)len;
	}
	return -1;
}

#define RANGE	(2 * ADDR_STR + 40)

static const char *one_str(const struct ts *ts, char buf[RANGE])
{
	char start[ADDR_STR], end[ADDR_STR];
	int len = prefix_length(ts), n;

	addr_str(&ts->start, start);
	if (len == 0)
		n = snprintf(buf, RANGE, "any");
	else if (len > 0)
		n = snprintf(buf, RANGE, "%s/%d", start, len);
	else
		n = snprintf(buf, RANGE, "%s-%s", start,
			     addr_str(&ts->end, end));
	if (ts->protocol)
		n += snprintf(buf + n, RANGE - (size_t)n, " protocol %u",
			      ts->protocol);
	if (ts->port_start != 0 || ts->port_end != UINT16_MAX)
		snprintf(buf + n, RANGE - (size_t)n, " port %u-%u",
			 ts->port_start, ts->port_end);
	return buf;
}

/* The first few, and how many more there are. */
#define SHOWN	2

static size_t side_str(const char *side, const struct ts_list *list, char *buf,
		       size_t size)
{
	char one[RANGE];
	size_t len;
	unsigned int i;

	len = (size_t)snprintf(buf, size, "%s%s", side,
			       list->count ? "" : " nothing usable");
	for (i = 0; i < list->count && i < SHOWN && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					i ? " + " : " ",
					one_str(&list->ts[i], one));
	if (list->count > SHOWN && len < size)
		len += (size_t)snprintf(buf + len, size - len, " and %u more",
					list->count - SHOWN);
	return len < size ? len : size - 1;
}

const char *policy_str(const struct ts_list *local,
		       const struct ts_list *remote, char buf[FAILURE_VALUE])
{
	size_t len = side_str("local", local, buf, FAILURE_VALUE);

	side_str(", remote", remote, buf + len, FAILURE_VALUE - len);
	return buf;
}
