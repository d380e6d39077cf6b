#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and files are words
#
# Processors come and go under traffic: what waits in the receive queue of one
# that leaves is delivered by another, and no packet is lost. It needs two.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

second=/sys/devices/system/cpu/cpu1/online

setup()
{
	[ -w $second ] || fail "no second processor that can be turned off" || return
	load_module && two_tunnels && traffic_serve "$r2" && on_cleanup second_on
}

second_on() { echo 1 >$second; }

# under_traffic SUITE: numbered datagrams there and back meanwhile.
under_traffic()
{
	local round flood

	flush_both && sa_install "$1" 1 window=1024 || return
	in_r1 traffic flood $PORT $INNER2 400 15 >"$work/flood" &
	flood=$!
	for ((round = 0; round < 20; round++)); do
		echo 0 >$second && sleep 0.2 && second_on && sleep 0.2 || return
	done
	wait $flood
	cat "$work/flood"
	grep -q ' lost=0 duplicate=0 ' "$work/flood" && no_drops "$r1" && no_drops "$r2"
}

gcm() { under_traffic gcm128; }
cbc() { under_traffic cbc256-sha256; }

run_tests gcm cbc
