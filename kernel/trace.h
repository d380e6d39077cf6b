/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: drops and the life of SAs. Never key or payload octets.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tunnel_ip

#if !defined(TUNIP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TUNIP_TRACE_H

#include <linux/netdevice.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "sa.h"
#include "stats.h"

TRACE_EVENT(drop,
	TP_PROTO(const struct net_device *dev, const struct tunip_sa *sa,
		 enum tunip_stat reason, u64 seq),
	TP_ARGS(dev, sa, reason, seq),
	TP_STRUCT__entry(
		__string(name, dev->name)
		__field(int, ifindex)
		__field(u32, spi)
		__field(u32, reason)
		__field(u64, seq)
		__string(why, tunip_stat_name(reason))
	),
	TP_fast_assign(
		tunip_assign_str(name, dev->name);
		__entry->ifindex = dev->ifindex;
		__entry->spi = sa ? ntohl(sa->key.spi) : 0;
		__entry->reason = reason;
		__entry->seq = seq;
		tunip_assign_str(why, tunip_stat_name(reason));
	),
	TP_printk("dev=%s ifindex=%d spi=0x%08x seq=%llu reason=%s",
		  __get_str(name), __entry->ifindex, __entry->spi,
		  __entry->seq, __get_str(why))
);

TRACE_EVENT(sa,
	TP_PROTO(const struct tunip_sa *sa, u32 event),
	TP_ARGS(sa, event),
	TP_STRUCT__entry(
		__field(u32, spi)
		__field(u32, id)
		__field(u8, dir)
		__field(u8, state)
		__field(u32, event)
	),
	TP_fast_assign(
		__entry->spi = ntohl(sa->key.spi);
		__entry->id = sa->id;
		__entry->dir = sa->dir;
		__entry->state = sa->state;
		__entry->event = event;
	),
	TP_printk("sa=%u dir=%s spi=0x%08x state=%u event=%s", __entry->id,
		  __entry->dir == TUNIP_DIR_IN ? "in" : "out", __entry->spi,
		  __entry->state,
		  __print_symbolic(__entry->event,
				   { TUNIP_SA_EV_ADDED, "added" },
				   { TUNIP_SA_EV_SWITCHED, "switched" },
				   { TUNIP_SA_EV_REMOVED, "removed" }))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
