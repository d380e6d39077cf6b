// SPDX-License-Identifier: GPL-2.0
/*
 * The request to expect an inbound SA, or no longer.
 */

#include "device.h"
#include "early.h"
#include "esp.h"
#include "netlink.h"

/* Ten minutes are longer than any exchange that comes to something. */
#define SECONDS_MAX	600

static struct netlink_range_validation seconds_range = {
	.max = SECONDS_MAX,
};

static const struct nla_policy expect_policy[TUNIP_SA_HARD_SECONDS + 1] = {
	[TUNIP_SA_DIR]		= NLA_POLICY_RANGE(NLA_U8, TUNIP_DIR_IN,
						   TUNIP_DIR_IN),
	[TUNIP_SA_SPI]		= { .type = NLA_U32 },
	[TUNIP_SA_HARD_SECONDS]	= NLA_POLICY_FULL_RANGE(NLA_U64,
							&seconds_range),
};

static int parse(struct genl_info *info, __be32 *spi, u32 *seconds)
{
	struct nlattr *tb[TUNIP_SA_HARD_SECONDS + 1];
	struct nlattr *nest = info->attrs[TUNIP_A_SA];
	int err;

	if (!nest) {
		NL_SET_ERR_MSG(info->extack, "the SA is missing");
		return -EINVAL;
	}
	err = nla_parse_nested(tb, TUNIP_SA_HARD_SECONDS, nest, expect_policy,
			       info->extack);
	if (err)
		return err;
	if (!tb[TUNIP_SA_SPI]) {
		NL_SET_ERR_MSG(info->extack, "the SPI is missing");
		return -EINVAL;
	}
	*spi = nla_get_be32(tb[TUNIP_SA_SPI]);
	if (ntohl(*spi) < TUNIP_SPI_MIN) {
		NL_SET_ERR_MSG_ATTR(info->extack, tb[TUNIP_SA_SPI],
				    "SPIs below 256 are reserved");
		return -EINVAL;
	}
	*seconds = tb[TUNIP_SA_HARD_SECONDS] ?
		   nla_get_u64(tb[TUNIP_SA_HARD_SECONDS]) : 0;
	return 0;
}

int tunip_nl_sa_expect(struct sk_buff *skb, struct genl_info *info)
{
	struct tunip_dev *td;
	u32 seconds;
	__be32 spi;
	int err;

	err = parse(info, &spi, &seconds);
	if (err)
		return err;
	td = tunip_nl_get_dev(info, info->attrs);
	if (IS_ERR(td))
		return PTR_ERR(td);
	err = tunip_nl_may_key(skb, td, info->extack);
	if (err)
		goto out_put_dev;
	mutex_lock(&td->config_lock);
	err = seconds ? tunip_early_expect(td, spi, seconds, info->extack) :
			tunip_early_cancel(td, spi, info->extack);
	mutex_unlock(&td->config_lock);
out_put_dev:
	tunip_nl_put_dev(td);
	return err;
}
