/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The version of agent and tool. The module's own is in its metadata.
 */
#ifndef AGENT_UTIL_VERSION_H
#define AGENT_UTIL_VERSION_H

#define TUNNEL_IP_VERSION	"0.1"

#endif
