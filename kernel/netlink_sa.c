// SPDX-License-Identifier: GPL-2.0
/*
 * Requests about SAs: parse what the message says, check it against the
 * suite and the interface, apply it. A refused request leaves no trace, and
 * key attributes are wiped in the message whatever happens.
 */

#include <linux/slab.h>

#include "device.h"
#include "esp.h"
#include "lifetime.h"
#include "netlink.h"
#include "notify.h"
#include "outer6.h"
#include "sa.h"

#define SWITCH_DELAY_DEFAULT_MS	3000
#define DELAY_MAX_MS		(3600 * 1000)

static struct netlink_range_validation delay_range = {
	.max = DELAY_MAX_MS,
};

/* A century and more, and still a number of milliseconds. */
static struct netlink_range_validation seconds_range = {
	.max = U32_MAX,
};

static int validate_addr(const struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	if (nla_len(attr) == sizeof(struct in_addr) ||
	    nla_len(attr) == sizeof(struct in6_addr))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "an address has 4 or 16 octets");
	return -EINVAL;
}

#define ADDR_POLICY NLA_POLICY_VALIDATE_FN(NLA_BINARY, validate_addr, \
					   sizeof(struct in6_addr))

static const struct nla_policy sa_policy[TUNIP_SA_MAX + 1] = {
	[TUNIP_SA_DIR]		= NLA_POLICY_RANGE(NLA_U8, TUNIP_DIR_IN,
						   TUNIP_DIR_OUT),
	[TUNIP_SA_SPI]		= { .type = NLA_U32 },
	[TUNIP_SA_PAIR_SPI]	= { .type = NLA_U32 },
	[TUNIP_SA_ENCR]		= { .type = NLA_U16 },
	[TUNIP_SA_ENCR_KEY]	= { .type = NLA_BINARY,
				    .len = TUNIP_MAX_ENCR_KEY },
	[TUNIP_SA_INTEG]	= { .type = NLA_U16 },
	[TUNIP_SA_INTEG_KEY]	= { .type = NLA_BINARY,
				    .len = TUNIP_MAX_INTEG_KEY },
	[TUNIP_SA_FLAGS]	= NLA_POLICY_MASK(NLA_U32, TUNIP_SA_F_ALL),
	[TUNIP_SA_REPLAY_WINDOW] = NLA_POLICY_MAX(NLA_U32,
						  TUNIP_REPLAY_WINDOW_MAX),
	[TUNIP_SA_SEQ]		= { .type = NLA_U64 },
	[TUNIP_SA_ENCAP_SPORT]	= NLA_POLICY_MIN(NLA_BE16, 1),
	[TUNIP_SA_ENCAP_DPORT]	= NLA_POLICY_MIN(NLA_BE16, 1),
	[TUNIP_SA_LOCAL]	= ADDR_POLICY,
	[TUNIP_SA_REMOTE]	= ADDR_POLICY,
	[TUNIP_SA_SOFT_SECONDS]	= NLA_POLICY_FULL_RANGE(NLA_U64, &seconds_range),
	[TUNIP_SA_HARD_SECONDS]	= NLA_POLICY_FULL_RANGE(NLA_U64, &seconds_range),
	[TUNIP_SA_SOFT_BYTES]	= { .type = NLA_U64 },
	[TUNIP_SA_HARD_BYTES]	= { .type = NLA_U64 },
	[TUNIP_SA_SOFT_PACKETS]	= { .type = NLA_U64 },
	[TUNIP_SA_HARD_PACKETS]	= { .type = NLA_U64 },
	[TUNIP_SA_SWITCH_DELAY]	= NLA_POLICY_FULL_RANGE(NLA_U32, &delay_range),
	[TUNIP_SA_LINGER_DELAY]	= NLA_POLICY_FULL_RANGE(NLA_U32, &delay_range),
	[TUNIP_SA_SEL_LOCAL]	= { .type = NLA_NESTED },
	[TUNIP_SA_SEL_REMOTE]	= { .type = NLA_NESTED },
	[TUNIP_SA_PFS_GROUP]	= { .type = NLA_U16 },
	[TUNIP_SA_CHILD_ID]	= { .type = NLA_U32 },
};

static const struct nla_policy sel_policy[TUNIP_SEL_MAX + 1] = {
	[TUNIP_SEL_START]	= ADDR_POLICY,
	[TUNIP_SEL_END]		= ADDR_POLICY,
	[TUNIP_SEL_PROTO]	= { .type = NLA_U8 },
};

/* -------------------------------------------------------------- key wipe */

/* Overwrite key octets in the request buffer, however malformed it is. */
static void wipe_keys(struct genl_info *info)
{
	struct nlattr *top, *attr;
	int rem, rem2;

	nlmsg_for_each_attr(top, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(top) != TUNIP_A_SA)
			continue;
		nla_for_each_nested(attr, top, rem2) {
			if (nla_type(attr) == TUNIP_SA_ENCR_KEY ||
			    nla_type(attr) == TUNIP_SA_INTEG_KEY)
				memzero_explicit(nla_data(attr), nla_len(attr));
		}
	}
}

/* ----------------------------------------------------------------- parse */

static u64 get_u64(struct nlattr **tb, int type)
{
	return tb[type] ? nla_get_u64(tb[type]) : 0;
}

static u32 get_u32(struct nlattr **tb, int type, u32 otherwise)
{
	return tb[type] ? nla_get_u32(tb[type]) : otherwise;
}

static bool is_addr6(const struct nlattr *attr)
{
	return nla_len(attr) == sizeof(struct in6_addr);
}

/** struct side - the selectors of one side under construction */
struct side {
	unsigned int count;
	unsigned int count6;
	struct tunip_range range[TUNIP_MAX_SELECTORS];
	struct tunip_range6 range6[TUNIP_MAX_SELECTORS];
};

/* Append a range; false when it ends before it begins. */
static bool add_range4(struct side *side, const struct nlattr *start,
		      const struct nlattr *end, u8 proto)
{
	struct tunip_range *r = &side->range[side->count];

	r->start = ntohl(nla_get_in_addr(start));
	r->end = ntohl(nla_get_in_addr(end));
	r->proto = proto;
	side->count++;
	return r->start <= r->end;
}

static bool add_range6(struct side *side, const struct nlattr *start,
		       const struct nlattr *end, u8 proto)
{
	struct tunip_range6 *r = &side->range6[side->count6];

	r->start = nla_get_in6_addr(start);
	r->end = nla_get_in6_addr(end);
	r->proto = proto;
	side->count6++;
	return memcmp(&r->start, &r->end, sizeof(r->start)) <= 0;
}

/* One selector. The attribute repeats, so a nest is parsed by hand. */
static int parse_range(struct nlattr *nest, struct side *side,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TUNIP_SEL_MAX + 1];
	struct nlattr *start, *end;
	u8 proto;
	int err;

	err = nla_parse_nested(tb, TUNIP_SEL_MAX, nest, sel_policy, extack);
	if (err)
		return err;
	if (!tb[TUNIP_SEL_START] || !tb[TUNIP_SEL_END]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "a selector needs first and last address");
		return -EINVAL;
	}
	start = tb[TUNIP_SEL_START];
	end = tb[TUNIP_SEL_END];
	if (is_addr6(start) != is_addr6(end)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "a selector's addresses are of two families");
		return -EINVAL;
	}
	proto = tb[TUNIP_SEL_PROTO] ? nla_get_u8(tb[TUNIP_SEL_PROTO]) : 0;
	if (!(is_addr6(start) ? add_range6(side, start, end, proto) :
				add_range4(side, start, end, proto))) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "a selector's first address is behind its last");
		return -EINVAL;
	}
	return 0;
}

static int parse_side(struct nlattr *sa, int type, struct side *side,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *attr;
	int rem, err;

	nla_for_each_nested(attr, sa, rem) {
		if (nla_type(attr) != type)
			continue;
		if (side->count + side->count6 == TUNIP_MAX_SELECTORS) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "more than 16 selectors on one side");
			return -E2BIG;
		}
		err = parse_range(attr, side, extack);
		if (err)
			return err;
	}
	return 0;
}

/* Both sides in one piece of memory, NULL for "anything". */
static int make_selector(const struct side *local, const struct side *remote,
			 struct tunip_selector **out)
{
	unsigned int count = local->count + remote->count;
	unsigned int count6 = local->count6 + remote->count6;
	struct tunip_selector *sel;

	*out = NULL;
	if (!(count + count6))
		return 0;
	sel = kzalloc(struct_size(sel, range, count) +
		      count6 * sizeof(*sel->range6), GFP_KERNEL_ACCOUNT);
	if (!sel)
		return -ENOMEM;
	sel->local_count = local->count;
	sel->remote_count = remote->count;
	sel->local6_count = local->count6;
	sel->remote6_count = remote->count6;
	sel->range6 = (struct tunip_range6 *)&sel->range[count];
	memcpy(sel->range, local->range, local->count * sizeof(*sel->range));
	memcpy(sel->range + local->count, remote->range,
	       remote->count * sizeof(*sel->range));
	memcpy(sel->range6, local->range6,
	       local->count6 * sizeof(*sel->range6));
	memcpy(sel->range6 + local->count6, remote->range6,
	       remote->count6 * sizeof(*sel->range6));
	*out = sel;
	return 0;
}

/**
 * tunip_nl_parse_selector - the selectors of both sides in a nest
 * @nest: holds nests of enum tunip_sel_attr, several of a side allowed
 * @local_type: type of those of our side
 * @remote_type: and of the peer's
 * @out: the caller's to free; NULL when there are none
 * @extack: for the sentence of a refusal
 *
 * Return: 0 or a negative errno.
 */
int tunip_nl_parse_selector(struct nlattr *nest, int local_type,
			    int remote_type, struct tunip_selector **out,
			    struct netlink_ext_ack *extack)
{
	struct side *sides;
	int err;

	sides = kcalloc(2, sizeof(*sides), GFP_KERNEL);
	if (!sides)
		return -ENOMEM;
	err = parse_side(nest, local_type, &sides[0], extack) ?:
	      parse_side(nest, remote_type, &sides[1], extack) ?:
	      make_selector(&sides[0], &sides[1], out);
	kfree(sides);
	return err;
}

static void parse_limits(struct nlattr **tb, struct tunip_sa_params *p)
{
	p->soft.seconds = get_u64(tb, TUNIP_SA_SOFT_SECONDS);
	p->hard.seconds = get_u64(tb, TUNIP_SA_HARD_SECONDS);
	p->soft.bytes = get_u64(tb, TUNIP_SA_SOFT_BYTES);
	p->hard.bytes = get_u64(tb, TUNIP_SA_HARD_BYTES);
	p->soft.packets = get_u64(tb, TUNIP_SA_SOFT_PACKETS);
	p->hard.packets = get_u64(tb, TUNIP_SA_HARD_PACKETS);
}

/* What an SA cannot be without. */
static int check_required(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	if (!tb[TUNIP_SA_DIR])
		NL_SET_ERR_MSG(extack, "the SA's direction is missing");
	else if (!tb[TUNIP_SA_SPI])
		NL_SET_ERR_MSG(extack, "the SA's SPI is missing");
	else if (!tb[TUNIP_SA_ENCR])
		NL_SET_ERR_MSG(extack, "the encryption algorithm is missing");
	else if (!tb[TUNIP_SA_ENCR_KEY])
		NL_SET_ERR_MSG(extack, "the encryption key is missing");
	else
		return 0;
	return -EINVAL;
}

/* Fill @p from the attributes; no judgement beyond what they mean. */
static void parse_sa(struct nlattr **tb, struct tunip_sa_params *p)
{
	p->dir = nla_get_u8(tb[TUNIP_SA_DIR]);
	p->spi = nla_get_be32(tb[TUNIP_SA_SPI]);
	if (tb[TUNIP_SA_PAIR_SPI])
		p->pair_spi = nla_get_be32(tb[TUNIP_SA_PAIR_SPI]);
	p->suite = tunip_suite_find(nla_get_u16(tb[TUNIP_SA_ENCR]),
				    tb[TUNIP_SA_INTEG] ?
				    nla_get_u16(tb[TUNIP_SA_INTEG]) : 0);
	p->encr_key = nla_data(tb[TUNIP_SA_ENCR_KEY]);
	p->encr_key_len = nla_len(tb[TUNIP_SA_ENCR_KEY]);
	if (tb[TUNIP_SA_INTEG_KEY])
		p->integ_key = nla_data(tb[TUNIP_SA_INTEG_KEY]);
	p->flags = get_u32(tb, TUNIP_SA_FLAGS, 0);
	p->replay_window = get_u32(tb, TUNIP_SA_REPLAY_WINDOW,
				   TUNIP_REPLAY_WINDOW_DEFAULT);
	p->seq = get_u64(tb, TUNIP_SA_SEQ);
	if (tb[TUNIP_SA_ENCAP_SPORT])
		p->sport = nla_get_be16(tb[TUNIP_SA_ENCAP_SPORT]);
	if (tb[TUNIP_SA_ENCAP_DPORT])
		p->dport = nla_get_be16(tb[TUNIP_SA_ENCAP_DPORT]);
	p->switch_delay_ms = get_u32(tb, TUNIP_SA_SWITCH_DELAY,
				     SWITCH_DELAY_DEFAULT_MS);
	if (tb[TUNIP_SA_PFS_GROUP])
		p->pfs_group = nla_get_u16(tb[TUNIP_SA_PFS_GROUP]);
	p->child_id = get_u32(tb, TUNIP_SA_CHILD_ID, 0);
	parse_limits(tb, p);
}

/* ----------------------------------------------------------------- check */

static int check_keys(struct nlattr **tb, const struct tunip_sa_params *p,
		      struct netlink_ext_ack *extack)
{
	const struct tunip_suite *s = p->suite;
	u32 aes = p->encr_key_len - s->salt_len;

	if (p->encr_key_len < s->salt_len ||
	    (aes != 16 && aes != 24 && aes != 32)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[TUNIP_SA_ENCR_KEY],
				    "the key must have 16, 24 or 32 octets, and 4 of salt with AES-GCM");
		return -EINVAL;
	}
	if (!s->integ) {
		if (!tb[TUNIP_SA_INTEG_KEY])
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, tb[TUNIP_SA_INTEG_KEY],
				    "AES-GCM takes no integrity key");
		return -EINVAL;
	}
	if (!tb[TUNIP_SA_INTEG_KEY] ||
	    nla_len(tb[TUNIP_SA_INTEG_KEY]) != s->integ_key_len) {
		NL_SET_ERR_MSG(extack,
			       "the integrity key must be as long as the hash: 20, 32, 48 or 64 octets");
		return -EINVAL;
	}
	return 0;
}

static bool limit_ok(u64 soft, u64 hard)
{
	return !soft || !hard || soft <= hard;
}

static int check_limits(const struct tunip_sa_params *p,
			struct netlink_ext_ack *extack)
{
	if (limit_ok(p->soft.seconds, p->hard.seconds) &&
	    limit_ok(p->soft.bytes, p->hard.bytes) &&
	    limit_ok(p->soft.packets, p->hard.packets))
		return 0;
	NL_SET_ERR_MSG(extack, "a soft limit is above its hard limit");
	return -EINVAL;
}

static int parse_addr(struct nlattr *attr, union tunip_addr *addr,
		      struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	nla_memcpy(addr, attr, sizeof(*addr));
	if (tunip_addr_unicast(addr, is_addr6(attr)))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the address must be a unicast one");
	return -EINVAL;
}

/* Outer addresses that the request names, else the interface's. */
static int parse_ends(struct nlattr **tb, struct tunip_dev *td,
		      struct tunip_ends *ends, struct netlink_ext_ack *extack)
{
	struct nlattr *local = tb[TUNIP_SA_LOCAL];
	struct nlattr *remote = tb[TUNIP_SA_REMOTE];

	mutex_lock(&td->config_lock);
	*ends = td->ends;
	mutex_unlock(&td->config_lock);
	if ((local ? is_addr6(local) : ends->v6) !=
	    (remote ? is_addr6(remote) : ends->v6)) {
		NL_SET_ERR_MSG_ATTR(extack, local ?: remote,
				    "the outer addresses are of two families");
		return -EINVAL;
	}
	if (local && is_addr6(local) != ends->v6)
		*ends = (struct tunip_ends){ .v6 = is_addr6(local) };
	if (ends->v6 && !tunip_outer6_usable()) {
		NL_SET_ERR_MSG(extack, "IPv6 is not available");
		return -EAFNOSUPPORT;
	}
	return parse_addr(local, &ends->local, extack) ?:
	       parse_addr(remote, &ends->remote, extack);
}

static int check_sa(struct nlattr **tb, struct tunip_dev *td,
		    struct tunip_sa_params *p, struct netlink_ext_ack *extack)
{
	if (ntohl(p->spi) < TUNIP_SPI_MIN) {
		NL_SET_ERR_MSG_ATTR(extack, tb[TUNIP_SA_SPI],
				    "SPIs below 256 are reserved");
		return -EINVAL;
	}
	if (!p->suite) {
		NL_SET_ERR_MSG_ATTR(extack, tb[TUNIP_SA_ENCR],
				    "no such pair of encryption and integrity algorithm");
		return -EOPNOTSUPP;
	}
	if (!p->sport != !p->dport) {
		NL_SET_ERR_MSG(extack,
			       "UDP encapsulation needs both ports or neither");
		return -EINVAL;
	}
	if (!(p->flags & TUNIP_SA_F_ESN) && p->seq > U32_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, tb[TUNIP_SA_SEQ],
				    "a sequence number above 2^32 needs ESN");
		return -ERANGE;
	}
	if (p->dir == TUNIP_DIR_OUT && tb[TUNIP_SA_REPLAY_WINDOW]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[TUNIP_SA_REPLAY_WINDOW],
				    "only an inbound SA has a replay window");
		return -EINVAL;
	}
	return parse_ends(tb, td, &p->ends, extack) ?:
	       check_limits(p, extack) ?: check_keys(tb, p, extack);
}

/* ----------------------------------------------------------------- apply */

static int apply_sa(struct tunip_dev *td, struct tunip_sa_params *p,
		    struct netlink_ext_ack *extack)
{
	struct tunip_sa *sa;
	int err;

	sa = tunip_sa_new(td, p, extack);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	p->selector = NULL;
	mutex_lock(&td->config_lock);
	err = tunip_dev_add_sa(td, sa, p->flags & TUNIP_SA_F_SWITCH_NOW,
			       extack);
	mutex_unlock(&td->config_lock);
	if (err) {
		tunip_sa_put(sa);
		return err;
	}
	flush_work(&td->derive_work);
	tunip_rri_wait(td);
	return 0;
}

static int sa_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *top[TUNIP_A_SA + 1], *tb[TUNIP_SA_MAX + 1];
	struct netlink_ext_ack *extack = info->extack;
	struct tunip_sa_params p = {};
	struct tunip_dev *td;
	int err;

	err = nlmsg_parse(info->nlhdr, GENL_HDRLEN, top, TUNIP_A_SA,
			  tunip_nl_policy, extack);
	if (err)
		return err;
	if (!top[TUNIP_A_SA]) {
		NL_SET_ERR_MSG(extack, "the SA is missing");
		return -EINVAL;
	}
	err = nla_parse_nested(tb, TUNIP_SA_MAX, top[TUNIP_A_SA], sa_policy,
			       extack);
	if (err)
		return err;
	td = tunip_nl_get_dev(info, top);
	if (IS_ERR(td))
		return PTR_ERR(td);
	err = tunip_nl_may_key(skb, td, extack) ?: check_required(tb, extack);
	if (err)
		goto out_put_dev;
	parse_sa(tb, &p);
	err = check_sa(tb, td, &p, extack) ?:
	      tunip_nl_parse_selector(top[TUNIP_A_SA], TUNIP_SA_SEL_LOCAL,
				      TUNIP_SA_SEL_REMOTE, &p.selector,
				      extack) ?:
	      apply_sa(td, &p, extack);
	kfree(p.selector);
out_put_dev:
	tunip_nl_put_dev(td);
	return err;
}

int tunip_nl_sa_add(struct sk_buff *skb, struct genl_info *info)
{
	int err = sa_add(skb, info);

	wipe_keys(info);
	return err;
}

/* ---------------------------------------------------- delete, flush, get */

/* Interface and SA of a request; on success config_lock is held. */
static struct tunip_sa *find_locked(struct genl_info *info,
				    struct nlattr **tb, struct tunip_dev **out)
{
	struct nlattr *nest = info->attrs[TUNIP_A_SA];
	struct tunip_dev *td;
	struct tunip_sa *sa;
	int err;

	if (!nest) {
		NL_SET_ERR_MSG(info->extack, "the SA is missing");
		return ERR_PTR(-EINVAL);
	}
	err = nla_parse_nested(tb, TUNIP_SA_MAX, nest, sa_policy, info->extack);
	if (err)
		return ERR_PTR(err);
	if (!tb[TUNIP_SA_DIR] || !tb[TUNIP_SA_SPI]) {
		NL_SET_ERR_MSG(info->extack,
			       "an SA is named by direction and SPI");
		return ERR_PTR(-EINVAL);
	}
	td = tunip_nl_get_dev(info, info->attrs);
	if (IS_ERR(td))
		return ERR_CAST(td);
	mutex_lock(&td->config_lock);
	sa = tunip_dev_find_sa(td, nla_get_u8(tb[TUNIP_SA_DIR]),
			       nla_get_be32(tb[TUNIP_SA_SPI]));
	if (sa) {
		*out = td;
		return sa;
	}
	mutex_unlock(&td->config_lock);
	tunip_nl_put_dev(td);
	NL_SET_ERR_MSG_ATTR(info->extack, tb[TUNIP_SA_SPI],
			    "no such SA on this interface");
	return ERR_PTR(-ENOENT);
}

int tunip_nl_sa_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TUNIP_SA_MAX + 1];
	struct tunip_dev *td;
	struct tunip_sa *sa;
	u32 linger;

	sa = find_locked(info, tb, &td);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	linger = get_u32(tb, TUNIP_SA_LINGER_DELAY, 0);
	if (linger && sa->dir == TUNIP_DIR_IN)
		tunip_lifetime_linger(sa, linger);
	else
		tunip_dev_remove_sa(td, sa);
	mutex_unlock(&td->config_lock);
	flush_work(&td->derive_work);
	tunip_rri_wait(td);
	tunip_nl_put_dev(td);
	return 0;
}

static int flush_one(struct tunip_dev *td)
{
	mutex_lock(&td->config_lock);
	tunip_dev_flush(td);
	mutex_unlock(&td->config_lock);
	return 0;
}

int tunip_nl_sa_flush(struct sk_buff *skb, struct genl_info *info)
{
	struct tunip_dev *td;
	struct net_device *dev;

	if (info->attrs[TUNIP_A_IFINDEX] || info->attrs[TUNIP_A_IFNAME]) {
		td = tunip_nl_get_dev(info, info->attrs);
		if (IS_ERR(td))
			return PTR_ERR(td);
		flush_one(td);
		tunip_nl_put_dev(td);
		return 0;
	}
	rtnl_lock();
	for_each_netdev(genl_info_net(info), dev)
		if (tunip_dev_is_ours(dev))
			flush_one(netdev_priv(dev));
	rtnl_unlock();
	return 0;
}

/* ------------------------------------------------------------------ dump */

static int put_ranges(struct sk_buff *msg, int type,
		      const struct tunip_range *range, unsigned int n)
{
	struct nlattr *nest;

	for (; n--; range++) {
		nest = nla_nest_start(msg, type);
		if (!nest ||
		    nla_put_in_addr(msg, TUNIP_SEL_START, htonl(range->start)) ||
		    nla_put_in_addr(msg, TUNIP_SEL_END, htonl(range->end)) ||
		    nla_put_u8(msg, TUNIP_SEL_PROTO, range->proto))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

static int put_ranges6(struct sk_buff *msg, int type,
		       const struct tunip_range6 *range, unsigned int n)
{
	struct nlattr *nest;

	for (; n--; range++) {
		nest = nla_nest_start(msg, type);
		if (!nest ||
		    nla_put_in6_addr(msg, TUNIP_SEL_START, &range->start) ||
		    nla_put_in6_addr(msg, TUNIP_SEL_END, &range->end) ||
		    nla_put_u8(msg, TUNIP_SEL_PROTO, range->proto))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

static int put_selector(struct sk_buff *msg, const struct tunip_selector *sel)
{
	return put_ranges(msg, TUNIP_SA_SEL_LOCAL, sel->range,
			  sel->local_count) ?:
	       put_ranges6(msg, TUNIP_SA_SEL_LOCAL, sel->range6,
			   sel->local6_count) ?:
	       put_ranges(msg, TUNIP_SA_SEL_REMOTE,
			  sel->range + sel->local_count, sel->remote_count) ?:
	       put_ranges6(msg, TUNIP_SA_SEL_REMOTE,
			   sel->range6 + sel->local6_count,
			   sel->remote6_count);
}

static int put_limit(struct sk_buff *msg, int type, u64 limit)
{
	return limit ? nla_put_u64_64bit(msg, type, limit, TUNIP_SA_PAD) : 0;
}

static bool put_sa_identity(struct sk_buff *msg, const struct tunip_sa *sa)
{
	return nla_put_u8(msg, TUNIP_SA_DIR, sa->dir) ||
	       nla_put_be32(msg, TUNIP_SA_SPI, sa->key.spi) ||
	       nla_put_be32(msg, TUNIP_SA_PAIR_SPI, sa->pair_spi) ||
	       nla_put_u32(msg, TUNIP_SA_ID, sa->id) ||
	       nla_put_u32(msg, TUNIP_SA_CHILD_ID, sa->child_id) ||
	       nla_put_u8(msg, TUNIP_SA_STATE, READ_ONCE(sa->state)) ||
	       nla_put_u32(msg, TUNIP_SA_FLAGS, sa->flags) ||
	       nla_put_u16(msg, TUNIP_SA_ENCR, sa->suite->encr) ||
	       nla_put_u16(msg, TUNIP_SA_ENCR_KEY_BITS, sa->key_bits) ||
	       nla_put_u16(msg, TUNIP_SA_INTEG, sa->suite->integ) ||
	       nla_put_u16(msg, TUNIP_SA_PFS_GROUP, sa->pfs_group) ||
	       tunip_addr_put(msg, TUNIP_SA_LOCAL, &sa->ends.local,
			      sa->ends.v6) ||
	       tunip_addr_put(msg, TUNIP_SA_REMOTE, &sa->ends.remote,
			      sa->ends.v6) ||
	       (sa->dport &&
		(nla_put_be16(msg, TUNIP_SA_ENCAP_SPORT, sa->sport) ||
		 nla_put_be16(msg, TUNIP_SA_ENCAP_DPORT, sa->dport)));
}

static bool put_sa_life(struct sk_buff *msg, struct tunip_sa *sa)
{
	u64 age = ktime_to_ms(ktime_sub(ktime_get(), sa->installed));
	unsigned long last = READ_ONCE(sa->last_used);
	u64 idle = div_u64((u64)(jiffies - last) * MSEC_PER_SEC, HZ);
	u64 seq;

	spin_lock_bh(&sa->lock);
	seq = sa->replay ? sa->replay->top : sa->seq;
	spin_unlock_bh(&sa->lock);
	return nla_put_u64_64bit(msg, TUNIP_SA_SEQ, seq, TUNIP_SA_PAD) ||
	       nla_put_u64_64bit(msg, TUNIP_SA_AGE, age, TUNIP_SA_PAD) ||
	       nla_put_u64_64bit(msg, TUNIP_SA_IDLE, idle, TUNIP_SA_PAD) ||
	       (sa->replay && nla_put_u32(msg, TUNIP_SA_REPLAY_WINDOW,
					  sa->replay->window)) ||
	       put_limit(msg, TUNIP_SA_SOFT_SECONDS, sa->soft.seconds) ||
	       put_limit(msg, TUNIP_SA_HARD_SECONDS, sa->hard.seconds) ||
	       put_limit(msg, TUNIP_SA_SOFT_BYTES, sa->soft.bytes) ||
	       put_limit(msg, TUNIP_SA_HARD_BYTES, sa->hard.bytes) ||
	       put_limit(msg, TUNIP_SA_SOFT_PACKETS, sa->soft.packets) ||
	       put_limit(msg, TUNIP_SA_HARD_PACKETS, sa->hard.packets);
}

static int put_sa(struct sk_buff *msg, struct tunip_sa *sa)
{
	if (put_sa_identity(msg, sa) || put_sa_life(msg, sa) ||
	    (sa->selector && put_selector(msg, sa->selector)))
		return -EMSGSIZE;
	return tunip_stats_put(msg, TUNIP_SA_STATS, sa->stats);
}

static void *sa_msg_begin(struct sk_buff *msg, struct tunip_dev *td,
			  u32 portid, u32 seq, int flags)
{
	void *hdr = genlmsg_put(msg, portid, seq, &tunip_genl_family, flags,
				TUNIP_CMD_SA_GET);

	if (!hdr)
		return NULL;
	if (nla_put_u32(msg, TUNIP_A_IFINDEX, td->dev->ifindex) ||
	    nla_put_string(msg, TUNIP_A_IFNAME, td->dev->name)) {
		genlmsg_cancel(msg, hdr);
		return NULL;
	}
	return hdr;
}

static int fill_sa(struct sk_buff *msg, void *hdr, struct tunip_sa *sa)
{
	struct nlattr *nest = nla_nest_start(msg, TUNIP_A_SA);

	if (!nest || put_sa(msg, sa)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	genlmsg_end(msg, hdr);
	return 0;
}

int tunip_nl_sa_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TUNIP_SA_MAX + 1];
	struct tunip_dev *td;
	struct sk_buff *msg;
	struct tunip_sa *sa;
	int err = -ENOMEM;
	void *hdr;

	sa = find_locked(info, tb, &td);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		goto out_unlock;
	err = -EMSGSIZE;
	hdr = sa_msg_begin(msg, td, info->snd_portid, info->snd_seq, 0);
	if (hdr)
		err = fill_sa(msg, hdr, sa);
	if (err)
		nlmsg_free(msg);
out_unlock:
	mutex_unlock(&td->config_lock);
	if (!err)
		err = genlmsg_reply(msg, info);
	tunip_nl_put_dev(td);
	return err;
}

/* The SAs of one interface, from the cb->args[2]-th on. */
static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    struct tunip_dev *td)
{
	struct tunip_sa *sa;
	int err = 0, place = 0;
	void *hdr;

	mutex_lock(&td->config_lock);
	list_for_each_entry(sa, &td->sas, list) {
		if (place++ < cb->args[2])
			continue;
		hdr = sa_msg_begin(skb, td, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, NLM_F_MULTI);
		err = hdr ? fill_sa(skb, hdr, sa) : -EMSGSIZE;
		if (err)
			break;
		genl_dump_check_consistent(cb, hdr);
		cb->args[2] = place;
	}
	mutex_unlock(&td->config_lock);
	return err;
}

int tunip_nl_sa_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return tunip_nl_dump_devs(skb, cb, dump_one);
}
