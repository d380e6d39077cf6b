// SPDX-License-Identifier: GPL-2.0
/*
 * Comparison of nonces.
 */

#include "ike/collision.h"

#include <string.h>

/* Octet by octet; the shorter one is lower when it is a prefix. */
static int nonce_cmp(struct view a, struct view b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int cmp = len ? memcmp(a.p, b.p, len) : 0;

	if (cmp)
		return cmp;
	return a.len < b.len ? -1 : a.len > b.len;
}

static struct view lower(const struct nonces *n)
{
	struct view ni = buf_view(&n->ni), nr = buf_view(&n->nr);

	return nonce_cmp(ni, nr) < 0 ? ni : nr;
}

bool collision_we_lose(const struct nonces *ours, const struct nonces *theirs)
{
	return nonce_cmp(lower(ours), lower(theirs)) < 0;
}
