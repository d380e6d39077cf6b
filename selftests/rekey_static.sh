#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and fields are words
#
# New pairs of SAs one after the other while packets flow both ways: none is
# lost and none comes twice, in every way in which a pair can be replaced.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

RATE=$((300 / SLOWER))	# datagrams a second, each answered
SECONDS_OF_LOAD=$((6 * SLOWER))
FIRST=1

setup()
{
	load_module && two_tunnels && udp_encap_in "$r1" 4500 &&
	udp_encap_in "$r2" 4500 && traffic_serve "$r2"
}

# tell END LINES: the end's own tunip_sa that waits for commands.
tell() { echo "$2" >&"${ends[$1]}"; }

# The processes that install SAs live as long as the stage: an emulated
# machine is slow to start programs.
ends_open()
{
	mkfifo "$work/end1" "$work/end2"
	tunip_sa -n "$r1" batch <"$work/end1" >"$work/said1" 2>&1 &
	tool1=$!
	tunip_sa -n "$r2" batch <"$work/end2" >"$work/said2" 2>&1 &
	tool2=$!
	exec {end1}>"$work/end1" {end2}>"$work/end2"
	ends=([1]=$end1 [2]=$end2)
}

ends_close()
{
	exec {end1}>&- {end2}>&-
	wait $tool1 && wait $tool2 || fail "$(cat "$work/said1" "$work/said2")"
	local status=$?

	rm "$work/end1" "$work/end2"
	return $status
}

# replace SUITE N FIELDS: pair N comes, pair N - 1 goes, as two agents do it:
# receivers first, the responder's sender, the initiator's, the old ones.
replace()
{
	local suite=$1 n=$2 line out2 out1

	while read -r line; do
		case $line in
		*dir=in*) tell 2 "$line" ;;
		*) out2=$line ;;
		esac
	done <<<"${lines2[$n]}"
	while read -r line; do
		case $line in
		*dir=in*) tell 1 "$line" ;;
		*) out1=$line ;;
		esac
	done <<<"${lines1[$n]}"
	pause 50
	tell 2 "$out2"
	tell 1 "$out1"
	pause 100
	$retire $((n - 1))
	pause 50
}

# What becomes of the old pair.
retire_all()
{
	tell 1 "del tunnel-ip1 dir=out spi=$((SPI_12 + $1))"
	tell 2 "del tunnel-ip1 dir=out spi=$((SPI_21 + $1))"
	retire_inbound "$1"
}

retire_inbound()
{
	tell 1 "del tunnel-ip1 dir=in spi=$((SPI_21 + $1)) linger=$((250 * SLOWER))"
	tell 2 "del tunnel-ip1 dir=in spi=$((SPI_12 + $1)) linger=$((250 * SLOWER))"
}

# Packets of an SA that is gone are those for unknown SPIs.
where_lost()
{
	sa1 dev tunnel-ip1
	sa2 dev tunnel-ip1
	in_r1 grep XfrmInNoStates /proc/net/xfrm_stat
	in_r2 grep XfrmInNoStates /proc/net/xfrm_stat
	return 1
}

# rekeyed SUITE HOW FIELDS: the load, and as many pairs as it lasts for.
rekeyed()
{
	local suite=$1 retire=$2 n end1 end2 ends tool1 tool2 load
	local -a lines1 lines2

	shift 2
	flush_both && sa_install $suite $FIRST window=1024 "$@" || return
	for ((n = FIRST + 1; n < FIRST + 40; n++)); do
		lines1[n]=$(sa_lines $suite $n 1 window=1024 "$@")
		lines2[n]=$(sa_lines $suite $n 2 window=1024 "$@")
	done
	ends_open
	spawn_in "$r1" traffic flood $PORT $INNER2 $RATE $SECONDS_OF_LOAD >"$work/flood"
	load=$spawned
	n=$FIRST
	while kill -0 $load 2>/dev/null && [ $n -lt $((FIRST + 39)) ]; do
		n=$((n + 1))
		replace $suite $n
	done
	wait $load
	ends_close || return
	[ $((n - FIRST)) -ge 4 ] || fail "only $((n - FIRST)) rekeys" || return
	FIRST=$((FIRST + 100))
	grep -q "sent=$((RATE * SECONDS_OF_LOAD)) lost=0 duplicate=0" "$work/flood" ||
		fail "$(cat "$work/flood"), $((n - FIRST + 100)) rekeys" || where_lost || return
	no_drops "$r1" && no_drops "$r2"
}

# The new pair proves itself, as between two agents.
on_proof() { rekeyed cbc256-sha256 retire_all switch-delay=600000; }
at_once() { rekeyed gcm256 retire_all flags=now; }
after_delay() { rekeyed gcm128 retire_all switch-delay=40; }
esn_in_udp()
{
	rekeyed cbc128-sha1 retire_all flags=esn sport=4500 dport=4500
}

run_tests on_proof at_once after_delay esn_in_udp
