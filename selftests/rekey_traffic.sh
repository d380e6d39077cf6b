#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154,SC2086 # variables of the libraries; addresses are words
#
# Two agents rekey again and again, asked by the volume that passes, while UDP
# streams run both ways: not one datagram is lost, whoever asks, with PFS and
# without.

. "$(dirname "$0")/lib.sh"
. "$selftests/agent_lib.sh"
require_guest "$@"
require iperf3

SECONDS_OF_LOAD=25
BITS=$((2000000 / SLOWER))
# A soft limit at four fifths of it: a rekey every five seconds or so.
LIMIT="s/security-association-lifetime = 600;/& security-association-lifetime-packets = $((1500 / SLOWER));/"
NO_PFS='s/pfs = "group19";//'

setup()
{
	load_module && two_routers
}

# lost FILE: datagrams that one of iperf3's streams missed, and how many it saw.
lost()
{
	/usr/bin/python3 - "$1" <<-'PYTHON'
		import json, sys
		end = json.load(open(sys.argv[1]))["end"]
		sums = [end["sum"]] + [end[k] for k in ("sum_bidir_reverse",) if k in end]
		print(sum(s["lost_packets"] for s in sums), min(s["packets"] for s in sums))
	PYTHON
}

# load_without_loss: streams both ways for a while, then the verdict.
load_without_loss()
{
	local lost packets server

	spawn_in "$r2" iperf3 -s -1 -B $INNER2 >"$work/server.log"
	server=$spawned
	wait_until 20 in_r2 sh -c 'ss -ltn | grep -q :5201' || fail "no iperf3" || return
	in_r1 iperf3 -c $INNER2 -u -b $BITS -l 1000 --bidir -t $SECONDS_OF_LOAD -J \
		>"$work/load.json" || fail "$(tail -n 3 "$work/load.json")" || return
	wait "$server"
	read -r lost packets < <(lost "$work/load.json")
	echo "$packets datagrams at least each way, $lost lost"
	[ "$packets" -gt $((SECONDS_OF_LOAD * 100 / SLOWER)) ] || fail "too few datagrams" || return
	[ "$lost" -eq 0 ] || fail "lost datagrams: $lost" || return
	! { dev_drops "$r1" || dev_drops "$r2"; } || fail "drops"
}

# rekeyed_under_load CONF1 CONF2 ASKED...: how the examples are changed, and
# whose log must show that the peer replaced a child SA of its own accord.
rekeyed_under_load()
{
	local n

	agents_stop
	: >"$work/r1.log"
	: >"$work/r2.log"
	agent_conf 1 "$1" && agent_conf 2 "$2" && agents_start &&
	load_without_loss || agents_explain || return
	shift 2
	for n; do
		logged "$n" 'the peer deletes child'
		echo "agent $n was asked $REPLY times"
		[ "$REPLY" -ge 3 ] || fail "too seldom" || agents_explain || return
	done
}

initiator_asks() { rekeyed_under_load "$LIMIT" '' 2; }
responder_asks() { rekeyed_under_load '' "$LIMIT" 1; }

# Both at their limits in the same moment: requests cross now and then.
both_ask()
{
	rekeyed_under_load "$LIMIT; $NO_PFS" "$LIMIT; $NO_PFS" &&
	logged 1 'rekeyed: ESP' && [ "$REPLY" -ge 3 ] || fail "hardly any rekey"
}

run_stages setup initiator_asks responder_asks both_ask
