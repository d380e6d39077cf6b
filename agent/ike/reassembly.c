// SPDX-License-Identifier: GPL-2.0
/*
 * Pieces of one message.
 */

#include "ike/reassembly.h"

#include <string.h>

#include "util/err.h"

void reassembly_init(struct reassembly *r, uint32_t msgid, uint16_t total)
{
	unsigned int i;

	memset(r, 0, sizeof(*r));
	r->msgid = msgid;
	r->total = total;
	for (i = 0; i < REASSEMBLY_FRAGMENTS; i++)
		buf_init(&r->part[i], REASSEMBLY_OCTETS);
}

void reassembly_fini(struct reassembly *r)
{
	unsigned int i;

	for (i = 0; i < REASSEMBLY_FRAGMENTS; i++)
		buf_fini(&r->part[i]);
	r->have = 0;
	r->octets = 0;
}

enum reassembly_verdict reassembly_judge(const struct reassembly *r,
					 uint32_t msgid,
					 const struct skf_pl *skf)
{
	if (skf->total > REASSEMBLY_FRAGMENTS)
		return REASSEMBLY_LIMIT;
	if (!r || r->msgid != msgid)
		return REASSEMBLY_RESTART;
	/* RFC 7383 section 2.6: more pieces mean smaller and newer ones. */
	if (skf->total > r->total)
		return REASSEMBLY_RESTART;
	if (skf->total < r->total)
		return REASSEMBLY_STALE;
	/* A piece may be empty, but it always has been allocated. */
	return r->part[skf->number - 1].p ? REASSEMBLY_DUPLICATE :
					    REASSEMBLY_WANTED;
}

int reassembly_add(struct reassembly *r, const struct skf_pl *skf,
		   uint8_t first, size_t datagram, struct buf *plain)
{
	if (plain->len > REASSEMBLY_OCTETS - r->octets)
		return ERR_LIMIT;
	r->octets += plain->len;
	r->have++;
	if (skf->number == 1)
		r->first = first;
	if (datagram > r->largest)
		r->largest = datagram;
	buf_take(&r->part[skf->number - 1], plain);
	return 0;
}

bool reassembly_complete(const struct reassembly *r)
{
	return r->have == r->total;
}

int reassembly_join(const struct reassembly *r, struct buf *plain)
{
	unsigned int i;

	buf_reset(plain);
	for (i = 0; i < r->total; i++)
		buf_put_view(plain, buf_view(&r->part[i]));
	return buf_ok(plain) ? 0 : ERR_NOMEM;
}
