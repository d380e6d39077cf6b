// SPDX-License-Identifier: GPL-2.0
/*
 * Names of the module's counters, as ethtool -S and JSON show them. Where the
 * values come from is sa.c's part.
 */

#include <linux/tunnel_ip.h>
#include <stddef.h>

#include "kernel_nl/knl.h"

static const char *const stat_names[] = {
	[TUNIP_STAT_RX_PACKETS]		= "rx_packets",
	[TUNIP_STAT_RX_BYTES]		= "rx_bytes",
	[TUNIP_STAT_TX_PACKETS]		= "tx_packets",
	[TUNIP_STAT_TX_BYTES]		= "tx_bytes",
	[TUNIP_STAT_RX_DUMMY]		= "rx_dummy",
	[TUNIP_STAT_RX_ECN_CE]		= "rx_ecn_ce",
	[TUNIP_STAT_DROP_NO_SA]		= "drop_no_sa",
	[TUNIP_STAT_DROP_STAGE_FULL]	= "drop_stage_full",
	[TUNIP_STAT_DROP_STAGE_TIMEOUT]	= "drop_stage_timeout",
	[TUNIP_STAT_DROP_NOT_IP]	= "drop_not_ip",
	[TUNIP_STAT_DROP_INNER_HEADER]	= "drop_inner_header",
	[TUNIP_STAT_DROP_SELECTOR]	= "drop_selector",
	[TUNIP_STAT_DROP_TOO_BIG]	= "drop_too_big",
	[TUNIP_STAT_DROP_FORWARDED]	= "drop_forwarded",
	[TUNIP_STAT_DROP_ROUTE]		= "drop_route",
	[TUNIP_STAT_DROP_LOOP]		= "drop_loop",
	[TUNIP_STAT_DROP_SEQ_EXHAUSTED]	= "drop_seq_exhausted",
	[TUNIP_STAT_DROP_LIFETIME]	= "drop_lifetime",
	[TUNIP_STAT_DROP_NOMEM]		= "drop_nomem",
	[TUNIP_STAT_DROP_GSO]		= "drop_gso",
	[TUNIP_STAT_DROP_CHECKSUM]	= "drop_checksum",
	[TUNIP_STAT_DROP_CRYPTO]	= "drop_crypto",
	[TUNIP_STAT_DROP_XMIT]		= "drop_xmit",
	[TUNIP_STAT_DROP_DOWN]		= "drop_down",
	[TUNIP_STAT_DROP_SHORT]		= "drop_short",
	[TUNIP_STAT_DROP_REPLAY]	= "drop_replay",
	[TUNIP_STAT_DROP_REPLAY_OLD]	= "drop_replay_old",
	[TUNIP_STAT_DROP_ICV]		= "drop_icv",
	[TUNIP_STAT_DROP_PADDING]	= "drop_padding",
	[TUNIP_STAT_DROP_NEXT_HEADER]	= "drop_next_header",
	[TUNIP_STAT_DROP_ECN]		= "drop_ecn",
	[TUNIP_STAT_DROP_OUTER_ADDR]	= "drop_outer_addr",
	[TUNIP_STAT_DROP_ENCAP]		= "drop_encap",
	[TUNIP_STAT_DROP_QUEUE_FULL]	= "drop_queue_full",
	[TUNIP_STAT_DROP_RECURSION]	= "drop_recursion",
	[TUNIP_STAT_DROP_BACKLOG]	= "drop_backlog",
	[TUNIP_STAT_RX_EARLY]		= "rx_early",
	[TUNIP_STAT_DROP_EARLY]		= "drop_early",
};

const char *knl_stat_name(unsigned int stat)
{
	return stat < sizeof(stat_names) / sizeof(stat_names[0]) ?
	       stat_names[stat] : NULL;
}
