/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control socket's protocol: a Unix stream socket, one JSON object a line
 * in each direction.
 *
 *   request   {"command": NAME, ...}
 *   answer    {"ok": true, ...}  or  {"ok": false, "error": SENTENCE}
 *
 * Requests are answered in their order. Where a session can be named, it is by
 * "session-id": N; without it all are meant. After the answer to "monitor"
 * the server sends an object for each event until the client hangs up. Times
 * are seconds unless a key ends in -ms. Keys are only added, never renamed.
 */
#ifndef AGENT_CTL_PROTO_H
#define AGENT_CTL_PROTO_H

#define CTL_SOCKET_PATH		"/run/tunnel-ip/control"

#define CTL_MAX_REQUEST		4096	/* octets of a request line */
#define CTL_MAX_CLIENTS		32
#define CTL_MAX_QUEUE		(16 << 20)	/* octets a client may lag */

/* "sessions": IKE SAs by session, with their child SAs. May name a session. */
#define CTL_CMD_SESSIONS	"show-ikev2-session"
/* Numbers of IKE SAs, FIPS mode. */
#define CTL_CMD_SUMMARY		"show-ikev2-summary"
/*
 * "tunnels": configured interfaces with their last failure; "strangers": who
 * came lately and found no tunnel.
 */
#define CTL_CMD_TUNNELS		"show-tunnels"
/*
 * "counters" of messages and refusals, by name; "exchanges" and "notifies": of
 * each kind how many went each way, as requests and as responses.
 */
#define CTL_CMD_COUNTERS	"show-counters"
/* "cleared": how many. May name a session. */
#define CTL_CMD_CLEAR		"clear-ikev2-session"
/* "keyrings": peers, and digests of their keys. */
#define CTL_CMD_KEYRING		"show-keyring"
/* "sks-profiles": key sources, their servers, states, times and counters. */
#define CTL_CMD_SKS		"show-sks-profile"
/*
 * Read the configuration again and apply the difference: "unchanged", "changed",
 * "added", "removed", how many interfaces each; "general", settings of none that
 * differ; "interfaces", what became of each that does not stay as it was. With
 * errors in the file nothing changes, and "problems" has a line for each beside
 * "error".
 */
#define CTL_CMD_RELOAD		"reload"
/*
 * "action": "enable" or "disable" FIPS mode, or "check". Each answers with
 * "fips-mode" and "fips-configured", "check" also with "tunnels": what the mode
 * does not admit of each, and whether it stays down.
 */
#define CTL_CMD_FIPS		"fips"
/*
 * Look up or fetch the PPK of "peer". "pending": ask again with "ticket". Then
 * "mode", "ppk-id", "key-octets", "took-ms"; or "why" there is none.
 */
#define CTL_CMD_PPK_TEST	"ppk-test"
/* Events from now on. */
#define CTL_CMD_MONITOR		"monitor"

#endif
