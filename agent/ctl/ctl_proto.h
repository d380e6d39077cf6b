/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control socket's protocol: a Unix stream socket, one JSON object a line
 * in each direction.
 *
 *   request   {"command": NAME, ...}
 *   answer    {"ok": true, ...}  or  {"ok": false, "error": SENTENCE}
 *
 * After the answer to "monitor" the server sends an object for each event
 * until the client hangs up. Keys are only added, never renamed.
 */
#ifndef AGENT_CTL_PROTO_H
#define AGENT_CTL_PROTO_H

#define CTL_SOCKET_PATH		"/run/tunnel-ip/control"

#define CTL_MAX_REQUEST		4096	/* octets of a request line */
#define CTL_MAX_CLIENTS		32
#define CTL_MAX_QUEUE		(4 << 20)	/* octets a client may lag */

#define CTL_CMD_SESSIONS	"show-ikev2-session"
#define CTL_CMD_SUMMARY		"show-ikev2-summary"
#define CTL_CMD_TUNNELS		"show-tunnels"
#define CTL_CMD_COUNTERS	"show-counters"
#define CTL_CMD_CLEAR		"clear-ikev2-session"
#define CTL_CMD_MONITOR		"monitor"

#endif
