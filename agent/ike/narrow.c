// SPDX-License-Identifier: GPL-2.0
/*
 * Intersection and inclusion of traffic selectors.
 */

#include "ike/narrow.h"

#include "util/err.h"

static bool any_port(const struct ts *ts)
{
	return ts->port_start == 0 && ts->port_end == UINT16_MAX;
}

static bool intersect(const struct ts *a, const struct ts *b, struct ts *out)
{
	if (a->start.family != b->start.family || !any_port(a) || !any_port(b))
		return false;
	if (a->protocol && b->protocol && a->protocol != b->protocol)
		return false;
	*out = *a;
	out->protocol = a->protocol ? a->protocol : b->protocol;
	if (addr_cmp(&b->start, &out->start) > 0)
		out->start = b->start;
	if (addr_cmp(&b->end, &out->end) < 0)
		out->end = b->end;
	return addr_cmp(&out->start, &out->end) <= 0;
}

static bool within(const struct ts *inner, const struct ts *outer)
{
	return inner->start.family == outer->start.family &&
	       addr_cmp(&inner->start, &outer->start) >= 0 &&
	       addr_cmp(&inner->end, &outer->end) <= 0 &&
	       inner->port_start >= outer->port_start &&
	       inner->port_end <= outer->port_end &&
	       (!outer->protocol || inner->protocol == outer->protocol);
}

/*
 * Add a selector unless others cover it, and take out what it covers: the peer
 * may name the packet that made it ask before the network it is in (RFC 7296
 * section 2.9).
 */
static void add(struct ts_list *out, const struct ts *ts)
{
	struct ts_list kept = { .count = 0 };
	unsigned int i;

	for (i = 0; i < out->count; i++) {
		if (within(ts, &out->ts[i]))
			return;
		if (!within(&out->ts[i], ts))
			kept.ts[kept.count++] = out->ts[i];
	}
	if (kept.count < TS_MAX)
		kept.ts[kept.count++] = *ts;
	*out = kept;
}

int narrow(const struct ts_list *ours, const struct ts_list *theirs,
	   struct ts_list *out)
{
	unsigned int i, j;
	struct ts common;

	out->count = 0;
	for (i = 0; i < ours->count; i++) {
		for (j = 0; j < theirs->count; j++)
			if (intersect(&ours->ts[i], &theirs->ts[j], &common))
				add(out, &common);
	}
	return out->count ? 0 : ERR_TS;
}

bool narrow_is_subset(const struct ts_list *inner, const struct ts_list *outer)
{
	unsigned int i, j;

	for (i = 0; i < inner->count; i++) {
		for (j = 0; j < outer->count; j++)
			if (within(&inner->ts[i], &outer->ts[j]))
				break;
		if (j == outer->count)
			return false;
	}
	return inner->count != 0;
}

bool narrow_has_ports(const struct ts_list *list)
{
	unsigned int i;

	for (i = 0; i < list->count; i++)
		if (!any_port(&list->ts[i]))
			return true;
	return false;
}

void narrow_any(struct ts_list *out, sa_family_t family)
{
	out->count = 1;
	ts_any(&out->ts[0], family);
}

void narrow_overlay(struct ts_list *out, unsigned int overlay)
{
	out->count = 0;
	if (overlay & CFG_OVERLAY_IPV4)
		ts_any(&out->ts[out->count++], AF_INET);
	if (overlay & CFG_OVERLAY_IPV6)
		ts_any(&out->ts[out->count++], AF_INET6);
}

bool narrow_is_any(const struct ts_list *list)
{
	struct ts any;

	if (list->count != 1)
		return false;
	ts_any(&any, list->ts[0].start.family);
	return ts_eq(&list->ts[0], &any);
}
