// SPDX-License-Identifier: GPL-2.0
/*
 * SAs and interfaces of the module over generic netlink: requests, dumps.
 */

#include <arpa/inet.h>
#include <linux/tunnel_ip.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "kernel_nl/internal.h"
#include "util/err.h"

/* ------------------------------------------------------------------ writing */

static void put_addr(struct nl_msg *msg, int type, const struct addr *a)
{
	nla_put(msg, type, (int)addr_len(a), a->octets);
}

static void put_limit(struct nl_msg *msg, int type, uint64_t v)
{
	if (v)
		nla_put_u64(msg, type, v);
}

void knl_put_selectors(struct nl_msg *msg, int type,
		       const struct knl_selector *sel, unsigned int count)
{
	struct nlattr *nest;

	for (; count--; sel++) {
		nest = nla_nest_start(msg, type | NLA_F_NESTED);
		if (!nest)
			return;
		put_addr(msg, TUNIP_SEL_START, &sel->start);
		put_addr(msg, TUNIP_SEL_END, &sel->end);
		nla_put_u8(msg, TUNIP_SEL_PROTO, sel->protocol);
		nla_nest_end(msg, nest);
	}
}

static void put_keys(struct nl_msg *msg, const struct knl_sa *sa)
{
	nla_put_u16(msg, TUNIP_SA_ENCR, sa->encr);
	nla_put(msg, TUNIP_SA_ENCR_KEY, (int)secret_len(sa->encr_key),
		secret_bytes(sa->encr_key));
	nla_put_u16(msg, TUNIP_SA_INTEG, sa->integ);
	if (sa->integ_key)
		nla_put(msg, TUNIP_SA_INTEG_KEY,
			(int)secret_len(sa->integ_key),
			secret_bytes(sa->integ_key));
}

static void put_limits(struct nl_msg *msg, const struct knl_sa *sa)
{
	put_limit(msg, TUNIP_SA_SOFT_SECONDS, sa->soft_seconds);
	put_limit(msg, TUNIP_SA_HARD_SECONDS, sa->hard_seconds);
	put_limit(msg, TUNIP_SA_SOFT_BYTES, sa->soft_bytes);
	put_limit(msg, TUNIP_SA_HARD_BYTES, sa->hard_bytes);
	put_limit(msg, TUNIP_SA_SOFT_PACKETS, sa->soft_packets);
	put_limit(msg, TUNIP_SA_HARD_PACKETS, sa->hard_packets);
}

static void put_sa(struct nl_msg *msg, const struct knl_sa *sa)
{
	uint32_t flags = (sa->esn ? TUNIP_SA_F_ESN : 0) |
			 (sa->switch_now ? TUNIP_SA_F_SWITCH_NOW : 0) |
			 (sa->quantum ? TUNIP_SA_F_QUANTUM : 0);

	nla_put_u8(msg, TUNIP_SA_DIR, (uint8_t)sa->dir);
	nla_put_u32(msg, TUNIP_SA_SPI, htonl(sa->spi));
	if (sa->pair_spi)
		nla_put_u32(msg, TUNIP_SA_PAIR_SPI, htonl(sa->pair_spi));
	nla_put_u32(msg, TUNIP_SA_CHILD_ID, sa->child_id);
	nla_put_u32(msg, TUNIP_SA_FLAGS, flags);
	nla_put_u16(msg, TUNIP_SA_PFS_GROUP, sa->pfs_group);
	put_addr(msg, TUNIP_SA_LOCAL, &sa->local);
	put_addr(msg, TUNIP_SA_REMOTE, &sa->remote);
	if (sa->dir == KNL_IN)
		nla_put_u32(msg, TUNIP_SA_REPLAY_WINDOW, sa->replay_window);
	if (sa->switch_delay_ms)
		nla_put_u32(msg, TUNIP_SA_SWITCH_DELAY, sa->switch_delay_ms);
	if (sa->encap_local_port) {
		nla_put_u16(msg, TUNIP_SA_ENCAP_SPORT,
			    htons(sa->encap_local_port));
		nla_put_u16(msg, TUNIP_SA_ENCAP_DPORT,
			    htons(sa->encap_remote_port));
	}
	put_limits(msg, sa);
	knl_put_selectors(msg, TUNIP_SA_SEL_LOCAL, sa->sel_local,
			  sa->sel_local_count);
	knl_put_selectors(msg, TUNIP_SA_SEL_REMOTE, sa->sel_remote,
			  sa->sel_remote_count);
	put_keys(msg, sa);
}

int knl_sa_add(void *arg, const struct knl_sa *sa, char why[KNL_WHY])
{
	struct knl *knl = arg;
	struct nl_msg *msg = knl_request(knl, TUNIP_CMD_SA_ADD, NLM_F_ACK);
	struct nlattr *nest;

	if (!msg)
		return ERR_NOMEM;
	nla_put_u32(msg, TUNIP_A_IFINDEX, sa->ifindex);
	nest = nla_nest_start(msg, TUNIP_A_SA | NLA_F_NESTED);
	if (nest) {
		put_sa(msg, sa);
		nla_nest_end(msg, nest);
	}
	return knl_ask(knl->genl, msg, NULL, NULL, why);
}

/* A request that names one SA, with what there is of both times. */
static struct nl_msg *sa_request(struct knl *knl, uint8_t cmd,
				 unsigned int ifindex, enum knl_dir dir,
				 uint32_t spi, uint32_t linger_ms, uint64_t seconds)
{
	struct nl_msg *msg = knl_request(knl, cmd, NLM_F_ACK);
	struct nlattr *nest;

	if (!msg)
		return NULL;
	nla_put_u32(msg, TUNIP_A_IFINDEX, ifindex);
	nest = nla_nest_start(msg, TUNIP_A_SA | NLA_F_NESTED);
	if (nest) {
		nla_put_u8(msg, TUNIP_SA_DIR, (uint8_t)dir);
		nla_put_u32(msg, TUNIP_SA_SPI, htonl(spi));
		if (linger_ms)
			nla_put_u32(msg, TUNIP_SA_LINGER_DELAY, linger_ms);
		put_limit(msg, TUNIP_SA_HARD_SECONDS, seconds);
		nla_nest_end(msg, nest);
	}
	return msg;
}

int knl_sa_del(void *arg, unsigned int ifindex, enum knl_dir dir, uint32_t spi,
	       uint32_t linger_ms, char why[KNL_WHY])
{
	struct knl *knl = arg;

	return knl_ask(knl->genl, sa_request(knl, TUNIP_CMD_SA_DEL, ifindex,
					     dir, spi, linger_ms, 0),
		       NULL, NULL, why);
}

int knl_sa_expect(void *arg, unsigned int ifindex, uint32_t spi,
		  unsigned int seconds, char why[KNL_WHY])
{
	struct knl *knl = arg;

	return knl_ask(knl->genl, sa_request(knl, TUNIP_CMD_SA_EXPECT, ifindex,
					     KNL_IN, spi, 0, seconds),
		       NULL, NULL, why);
}

int knl_sa_flush(void *arg, unsigned int ifindex, char why[KNL_WHY])
{
	struct knl *knl = arg;
	struct nl_msg *msg = knl_request(knl, TUNIP_CMD_SA_FLUSH, NLM_F_ACK);

	if (msg)
		nla_put_u32(msg, TUNIP_A_IFINDEX, ifindex);
	return knl_ask(knl->genl, msg, NULL, NULL, why);
}

/* ------------------------------------------------------------------ reading */

static uint32_t get_u32(struct nlattr **tb, int type)
{
	return tb[type] && nla_len(tb[type]) >= 4 ? nla_get_u32(tb[type]) : 0;
}

static uint16_t get_u16(struct nlattr **tb, int type)
{
	return tb[type] && nla_len(tb[type]) >= 2 ? nla_get_u16(tb[type]) : 0;
}

static uint8_t get_u8(struct nlattr **tb, int type)
{
	return tb[type] && nla_len(tb[type]) >= 1 ? nla_get_u8(tb[type]) : 0;
}

static uint64_t get_u64(struct nlattr **tb, int type)
{
	return tb[type] && nla_len(tb[type]) >= 8 ? nla_get_u64(tb[type]) : 0;
}

static void get_addr(struct nlattr **tb, int type, struct addr *out)
{
	memset(out, 0, sizeof(*out));
	if (tb[type])
		addr_from_octets(nla_data(tb[type]), (size_t)nla_len(tb[type]),
				 out);
}

static void get_stats(struct nlattr *nest, uint64_t *stats)
{
	struct nlattr *attr;
	int rem;

	if (!nest)
		return;
	nla_for_each_nested(attr, nest, rem)
		if (nla_type(attr) <= TUNIP_STAT_MAX && nla_len(attr) >= 8)
			stats[nla_type(attr)] = nla_get_u64(attr);
}

static void get_selector(struct nlattr *nest, struct knl_selector *out,
			 unsigned int *count)
{
	struct nlattr *tb[TUNIP_SEL_MAX + 1];

	*count = 0;
	if (!nest || nla_parse_nested(tb, TUNIP_SEL_MAX, nest, NULL) < 0)
		return;
	get_addr(tb, TUNIP_SEL_START, &out->start);
	get_addr(tb, TUNIP_SEL_END, &out->end);
	out->protocol = get_u8(tb, TUNIP_SEL_PROTO);
	*count = 1;
}

static void get_sa_times(struct nlattr **tb, struct knl_sa_info *out)
{
	out->seq = get_u64(tb, TUNIP_SA_SEQ);
	out->replay_window = get_u32(tb, TUNIP_SA_REPLAY_WINDOW);
	out->age_ms = get_u64(tb, TUNIP_SA_AGE);
	out->idle_ms = get_u64(tb, TUNIP_SA_IDLE);
	out->soft_seconds = get_u64(tb, TUNIP_SA_SOFT_SECONDS);
	out->hard_seconds = get_u64(tb, TUNIP_SA_HARD_SECONDS);
	out->soft_bytes = get_u64(tb, TUNIP_SA_SOFT_BYTES);
	out->soft_packets = get_u64(tb, TUNIP_SA_SOFT_PACKETS);
	out->hard_bytes = get_u64(tb, TUNIP_SA_HARD_BYTES);
	out->hard_packets = get_u64(tb, TUNIP_SA_HARD_PACKETS);
}

bool knl_sa_is_worn(const struct knl_sa_info *info)
{
	bool out = info->dir == KNL_OUT;
	uint64_t octets = info->stats[out ? TUNIP_STAT_TX_BYTES :
					    TUNIP_STAT_RX_BYTES];
	uint64_t packets = info->stats[out ? TUNIP_STAT_TX_PACKETS :
					     TUNIP_STAT_RX_PACKETS];

	return (info->soft_bytes && octets >= info->soft_bytes) ||
	       (info->soft_packets && packets >= info->soft_packets);
}

static void get_sa(struct nlattr **tb, struct knl_sa_info *out)
{
	out->dir = get_u8(tb, TUNIP_SA_DIR);
	out->spi = ntohl(get_u32(tb, TUNIP_SA_SPI));
	out->pair_spi = ntohl(get_u32(tb, TUNIP_SA_PAIR_SPI));
	out->id = get_u32(tb, TUNIP_SA_ID);
	out->child_id = get_u32(tb, TUNIP_SA_CHILD_ID);
	out->state = get_u8(tb, TUNIP_SA_STATE);
	out->encr = get_u16(tb, TUNIP_SA_ENCR);
	out->encr_key_bits = get_u16(tb, TUNIP_SA_ENCR_KEY_BITS);
	out->integ = get_u16(tb, TUNIP_SA_INTEG);
	out->flags = get_u32(tb, TUNIP_SA_FLAGS);
	out->pfs_group = get_u16(tb, TUNIP_SA_PFS_GROUP);
	get_addr(tb, TUNIP_SA_LOCAL, &out->local);
	get_addr(tb, TUNIP_SA_REMOTE, &out->remote);
	out->encap_sport = ntohs(get_u16(tb, TUNIP_SA_ENCAP_SPORT));
	out->encap_dport = ntohs(get_u16(tb, TUNIP_SA_ENCAP_DPORT));
	get_sa_times(tb, out);
	get_stats(tb[TUNIP_SA_STATS], out->stats);
	get_selector(tb[TUNIP_SA_SEL_LOCAL], &out->sel_local,
		     &out->sel_local_count);
	get_selector(tb[TUNIP_SA_SEL_REMOTE], &out->sel_remote,
		     &out->sel_remote_count);
}

/** struct sink - where the messages of an answer go */
struct sink {
	knl_sa_fn sa_fn;
	knl_dev_fn dev_fn;
	void *arg;
};

static int on_sa(struct nl_msg *msg, void *arg)
{
	struct nlattr *top[TUNIP_A_MAX + 1], *tb[TUNIP_SA_MAX + 1];
	struct knl_sa_info info;
	struct sink *sink = arg;

	memset(&info, 0, sizeof(info));
	if (genlmsg_parse(nlmsg_hdr(msg), 0, top, TUNIP_A_MAX, NULL) < 0 ||
	    !top[TUNIP_A_SA] ||
	    nla_parse_nested(tb, TUNIP_SA_MAX, top[TUNIP_A_SA], NULL) < 0)
		return NL_SKIP;
	info.ifindex = get_u32(top, TUNIP_A_IFINDEX);
	get_sa(tb, &info);
	sink->sa_fn(sink->arg, &info);
	return NL_OK;
}

static void copy_sa(void *arg, const struct knl_sa_info *info)
{
	*(struct knl_sa_info *)arg = *info;
}

int knl_sa_get(void *arg, unsigned int ifindex, enum knl_dir dir, uint32_t spi,
	       struct knl_sa_info *out)
{
	struct sink sink = { .sa_fn = copy_sa, .arg = out };
	struct knl *knl = arg;
	char why[KNL_WHY];

	memset(out, 0, sizeof(*out));
	return knl_ask(knl->genl, sa_request(knl, TUNIP_CMD_SA_GET, ifindex,
					     dir, spi, 0, 0),
		       on_sa, &sink, why);
}

int knl_dump_sas(struct knl *knl, unsigned int ifindex, knl_sa_fn fn, void *arg,
		 char why[KNL_WHY])
{
	struct sink sink = { .sa_fn = fn, .arg = arg };
	struct nl_msg *msg = knl_request(knl, TUNIP_CMD_SA_GET, NLM_F_DUMP);

	if (msg && ifindex)
		nla_put_u32(msg, TUNIP_A_IFINDEX, ifindex);
	return knl_ask(knl->genl, msg, on_sa, &sink, why);
}

static int on_dev(struct nl_msg *msg, void *arg)
{
	struct nlattr *top[TUNIP_A_MAX + 1], *tb[TUNIP_DEV_MAX + 1];
	struct knl_dev_info info;
	struct sink *sink = arg;

	memset(&info, 0, sizeof(info));
	if (genlmsg_parse(nlmsg_hdr(msg), 0, top, TUNIP_A_MAX, NULL) < 0 ||
	    !top[TUNIP_A_DEV] || !top[TUNIP_A_IFNAME] ||
	    nla_parse_nested(tb, TUNIP_DEV_MAX, top[TUNIP_A_DEV], NULL) < 0)
		return NL_SKIP;
	info.ifindex = get_u32(top, TUNIP_A_IFINDEX);
	snprintf(info.name, sizeof(info.name), "%s",
		 nla_get_string(top[TUNIP_A_IFNAME]));
	get_addr(tb, TUNIP_DEV_LOCAL, &info.local);
	get_addr(tb, TUNIP_DEV_REMOTE, &info.remote);
	info.pmtu = get_u32(tb, TUNIP_DEV_PMTU);
	info.mtu = get_u32(tb, TUNIP_DEV_MTU);
	info.mtu_fixed = get_u8(tb, TUNIP_DEV_MTU_FIXED);
	info.carrier = get_u8(tb, TUNIP_DEV_CARRIER);
	info.in_sas = get_u32(tb, TUNIP_DEV_IN_SAS);
	info.out_sas = get_u32(tb, TUNIP_DEV_OUT_SAS);
	info.staged = get_u32(tb, TUNIP_DEV_STAGED);
	info.underlay = get_u32(tb, TUNIP_DEV_UNDERLAY);
	info.derived_mtu = get_u32(tb, TUNIP_DEV_DERIVED_MTU);
	get_stats(tb[TUNIP_DEV_STATS], info.stats);
	sink->dev_fn(sink->arg, &info);
	return NL_OK;
}

static void copy_dev(void *arg, const struct knl_dev_info *info)
{
	*(struct knl_dev_info *)arg = *info;
}

int knl_dev_get(struct knl *knl, const char *name, struct knl_dev_info *out,
		char why[KNL_WHY])
{
	struct nl_msg *msg = knl_request(knl, TUNIP_CMD_DEV_GET, NLM_F_ACK);
	struct sink sink = { .dev_fn = copy_dev, .arg = out };

	memset(out, 0, sizeof(*out));
	if (msg)
		nla_put_string(msg, TUNIP_A_IFNAME, name);
	return knl_ask(knl->genl, msg, on_dev, &sink, why);
}

int knl_dump_devs(struct knl *knl, knl_dev_fn fn, void *arg, char why[KNL_WHY])
{
	struct sink sink = { .dev_fn = fn, .arg = arg };

	return knl_ask(knl->genl,
		       knl_request(knl, TUNIP_CMD_DEV_GET, NLM_F_DUMP),
		       on_dev, &sink, why);
}
