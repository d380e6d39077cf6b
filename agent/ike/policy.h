/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which traffic a tunnel is for: the selectors of its access list, and how a
 * disagreement about them is told.
 */
#ifndef AGENT_IKE_POLICY_H
#define AGENT_IKE_POLICY_H

#include "config/config.h"
#include "ike/failure.h"
#include "proto/payload.h"

/** struct policy - both sides of what may be protected, as we see them */
struct policy {
	struct ts_list local;
	struct ts_list remote;
};

/**
 * policy_get - the selectors of an interface's access list
 * @iface: without an access list it may carry everything
 * @out: filled on success
 *
 * Return: 0, or ERR_ACL when the list is empty or missing.
 */
int policy_get(const struct cfg_iface *iface, struct policy *out);

/**
 * policy_narrow - the part of our policy that the peer wants too
 * @p: ours
 * @remote: what the peer offers of its own side
 * @local: and of ours
 * @out: the intersection of each side, none of it twice
 *
 * Return: 0, or ERR_TS when one side is empty.
 */
int policy_narrow(const struct policy *p, const struct ts_list *local,
		  const struct ts_list *remote, struct policy *out);

/* "local 10.0.0.0/24, remote any protocol 6": a long list is cut. */
const char *policy_str(const struct ts_list *local,
		       const struct ts_list *remote, char buf[FAILURE_VALUE]);

#define POLICY_SETTING							\
	"access-lists, and interfaces: tunnel: protection: policy-ipv4, on both routers"

#endif
