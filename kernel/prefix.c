// SPDX-License-Identifier: GPL-2.0
/*
 * The fewest prefixes that cover a range exactly. One arithmetic serves both
 * families, on numbers of 32 bits or of 128.
 */

#include "prefix.h"

#include <linux/bitops.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <net/ipv6.h>

#include "compat.h"
#include "selector.h"

static bool behind(const struct tunip_number *a, const struct tunip_number *b)
{
	return a->high > b->high || (a->high == b->high && a->low > b->low);
}

static bool same(const struct tunip_number *a, const struct tunip_number *b)
{
	return a->high == b->high && a->low == b->low;
}

/* The last @bits bits set, up to all 128. */
static struct tunip_number low_bits(unsigned int bits)
{
	return (struct tunip_number){
		.high = bits > 64 ? U64_MAX >> (128 - bits) : 0,
		.low = bits < 64 ? BIT_ULL(bits) - 1 : U64_MAX,
	};
}

static struct tunip_number with(struct tunip_number a, unsigned int bits)
{
	struct tunip_number mask = low_bits(bits);

	return (struct tunip_number){ a.high | mask.high, a.low | mask.low };
}

static struct tunip_number next_number(struct tunip_number a)
{
	if (!++a.low)
		a.high++;
	return a;
}

/* Zero bits at the end, @width for 0. */
static unsigned int trailing_zeros(const struct tunip_number *a,
				   unsigned int width)
{
	if (a->low)
		return __ffs64(a->low);
	return a->high ? 64 + __ffs64(a->high) : width;
}

static struct tunip_number number6(const struct in6_addr *addr)
{
	return (struct tunip_number){
		.high = get_unaligned_be64(&addr->s6_addr[0]),
		.low = get_unaligned_be64(&addr->s6_addr[8]),
	};
}

/** tunip_cover_begin - a range of IPv4 addresses is to be cut */
void tunip_cover_begin(struct tunip_cover *c, const struct tunip_range *r)
{
	*c = (struct tunip_cover){
		.at.low = r->start,
		.end.low = r->end,
	};
}

/** tunip_cover_begin6 - a range of IPv6 addresses is to be cut */
void tunip_cover_begin6(struct tunip_cover *c, const struct tunip_range6 *r)
{
	*c = (struct tunip_cover){
		.at = number6(&r->start),
		.end = number6(&r->end),
		.v6 = true,
	};
}

/**
 * tunip_cover_next - the next prefix of a range, in ascending order
 * @c: of tunip_cover_begin() or tunip_cover_begin6()
 * @p: filled in
 *
 * Each one is the largest that begins at the address reached and does not pass
 * the end, which makes the set minimal.
 * Return: false when the range was covered before.
 */
bool tunip_cover_next(struct tunip_cover *c, struct tunip_prefix *p)
{
	unsigned int width = c->v6 ? 128 : 32;
	unsigned int bits = trailing_zeros(&c->at, width);
	struct tunip_number last;

	if (c->done)
		return false;
	last = with(c->at, bits);
	while (behind(&last, &c->end))
		last = with(c->at, --bits);
	memset(p, 0, sizeof(*p));
	p->len = width - bits;
	p->v6 = c->v6;
	if (c->v6) {
		put_unaligned_be64(c->at.high, &p->addr.v6.s6_addr[0]);
		put_unaligned_be64(c->at.low, &p->addr.v6.s6_addr[8]);
	} else {
		p->addr.v4 = htonl(c->at.low);
	}
	c->done = same(&last, &c->end);
	c->at = next_number(last);
	return true;
}

/** tunip_prefix_has - an address of the prefix's family is within it */
bool tunip_prefix_has(const struct tunip_prefix *p,
		      const union tunip_addr *addr)
{
	u32 mask = p->len ? ~0U << (32 - min_t(u8, p->len, 32)) : 0;

	if (p->v6)
		return ipv6_prefix_equal(&p->addr.v6, &addr->v6, p->len);
	return !((p->addr.v4 ^ addr->v4) & htonl(mask));
}

/* ------------------------------------------------------------- self-test */

/* Exact cover, without gap or overlap, of numbers @a to @b. */
static bool __init check_cover(struct tunip_number a, struct tunip_number b,
			       bool v6)
{
	struct tunip_cover c = { .at = a, .end = b, .v6 = v6 };
	unsigned int n, bits, width = v6 ? 128 : 32;
	struct tunip_number at = a, number;
	struct tunip_prefix p;

	for (n = 0; tunip_cover_next(&c, &p); n++) {
		bits = width - p.len;
		number = v6 ? number6(&p.addr.v6) :
			      (struct tunip_number){ 0, ntohl(p.addr.v4) };
		if (n > 2 * width || !same(&number, &at) ||
		    trailing_zeros(&number, width) < bits)
			return false;
		at = with(at, bits);
		if (same(&at, &b))
			return c.done && !tunip_cover_next(&c, &p);
		at = next_number(at);
	}
	return false;
}

/* Ranges of a few addresses at both ends of the space, and the rest. */
static bool __init check_ends(u64 i, u64 k, bool v6)
{
	u64 high = v6 ? U64_MAX : 0, low = v6 ? U64_MAX : U32_MAX;
	struct tunip_number a = { 0, i }, b = { 0, k };
	struct tunip_number not_a = { high, low - i }, not_b = { high, low - k };

	return check_cover(a, b, v6) && check_cover(not_b, not_a, v6) &&
	       check_cover(a, not_b, v6);
}

/** tunip_prefix_selftest - of both families, and across the middle of IPv6 */
bool __init tunip_prefix_selftest(void)
{
	struct tunip_number a = {}, b = { .high = 1 };
	u64 i, k;

	for (i = 0; i < 40; i++) {
		for (k = i; k < 40; k++) {
			a.low = U64_MAX - i;
			b.low = k;
			if (!check_ends(i, k, false) ||
			    !check_ends(i, k, true) || !check_cover(a, b, true))
				return false;
		}
	}
	return true;
}
