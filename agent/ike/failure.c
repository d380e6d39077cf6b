// SPDX-License-Identifier: GPL-2.0
/*
 * Names, sentences and composition of failure records.
 */

#include "ike/failure.h"

#include <stdio.h>

#include "kernel_nl/knl.h"
#include "proto/ids.h"

static const struct {
	const char *name;
	const char *text;
} reasons[FAILURE_COUNT] = {
#define X(id, name, text) [FAILURE_##id] = { name, text },
	FAILURE_LIST(X)
#undef X
};

const char *failure_name(enum failure_reason reason)
{
	return reason < FAILURE_COUNT ? reasons[reason].name : "unknown";
}

const char *failure_text(enum failure_reason reason)
{
	return reason < FAILURE_COUNT ? reasons[reason].text : "unknown";
}

const char *failure_stage_name(enum failure_stage stage)
{
	switch (stage) {
	case STAGE_NONE:
		break;
	case STAGE_CONFIG:
		return "configuration";
	case STAGE_IKE_SA_INIT:
		return "IKE_SA_INIT";
	case STAGE_IKE_INTERMEDIATE:
		return "IKE_INTERMEDIATE";
	case STAGE_IKE_AUTH:
		return "IKE_AUTH";
	case STAGE_CHILD_SA:
		return "child SA";
	case STAGE_REKEY_CHILD:
		return "child SA rekey";
	case STAGE_REKEY_IKE:
		return "IKE SA rekey";
	case STAGE_INFORMATIONAL:
		return "INFORMATIONAL";
	case STAGE_INSTALL:
		return "installation";
	}
	return "none";
}

const char *failure_answer(uint16_t notify, uint8_t exchange,
			   char buf[FAILURE_VALUE])
{
	char name[ID_NAME_STR], to[ID_NAME_STR];

	snprintf(buf, FAILURE_VALUE, "answers %s to %s",
		 notify_name(notify, name), exchange_name(exchange, to));
	return buf;
}

const char *failure_str(const struct failure *f, char buf[FAILURE_STR])
{
	snprintf(buf, FAILURE_STR, "%s: %s%s%s%s%s%s%s",
		 failure_stage_name(f->stage), failure_text(f->reason),
		 f->ours[0] ? "; here: " : "", f->ours,
		 f->theirs[0] ? "; peer: " : "", f->theirs,
		 f->setting[0] ? "; check " : "", f->setting);
	return buf;
}

const char *failure_sa_line(const struct sa_line *l, char buf[FAILURE_STR])
{
	char local[ADDR_STR], remote[ADDR_STR];

	snprintf(buf, FAILURE_STR,
		 "%%SECURITY-IPSEC_XR-3-SA_%s_FAILED : IPsec SA %s failed for endpoint ifh:%x src:%s dest:%s fvrf:%s with Error: %s%s",
		 l->accept ? "ACCEPT" : "REQUEST",
		 l->accept ? "accept" : "request", KNL_HANDLE(l->ifindex),
		 addr_str(&l->local, local), addr_str(&l->remote, remote),
		 *l->fvrf ? l->fvrf : "default", l->error,
		 l->accept ? ". IPsec proposal will be rejected." : "");
	return buf;
}
