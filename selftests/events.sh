#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and fields are words
#
# What the group "events" hears, and who hears it: packets without an SA and
# what becomes of them, SAs that come and go, namespaces apart from each other.
# Limits are in lifetime.sh, new endpoints in esp_negative.sh.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

setup()
{
	load_module && two_tunnels
}

log1() { cat "$work/events-$r1"; }

# heard WORDS...: how many events of $r1 have all of them, in $REPLY.
heard()
{
	local word found

	found=$(log1)
	for word; do
		found=$(grep -w -e "$word" <<<"$found")
	done
	REPLY=$(grep -c . <<<"$found")
}

# times COUNT WORDS...
times()
{
	heard "${@:2}"
	[ "$REPLY" -eq "$1" ] || fail "$REPLY times ${*:2}, expected $1: $(log1)"
}

# --- packets without an SA -------------------------------------------------

acquire_names_the_flow()
{
	events_in "$r1" || return
	in_r1 ping -q -c 1 -W 0.1 $INNER2
	wait_until 5 times 1 acquire "src=$INNER1" "dst=$INNER2" proto=1 \
		ifname=tunnel-ip1 || times 1 acquire
}

# However many packets, one event in a second.
acquire_is_rate_limited()
{
	sleep 1.1
	events_in "$r1" || return
	in_r1 ping -q -f -c 100 -W 0.1 -i 0.01 $INNER2
	heard acquire
	[ "$REPLY" -ge 1 ] && [ "$REPLY" -le 4 ] || fail "$REPLY events"
}

# What waited leaves when the SA comes; the answer proves it.
staged_packets_are_sent()
{
	drained && events_in "$r1" || return
	spawn_in "$r1" ping -q -c 3 -i 0.1 -W 10 $INNER2 >"$work/ping"
	wait_until 5 dev_is "$r1" staged=3 || return
	sa_install gcm128 1 && wait "$spawned" ||
		fail "$(cat "$work/ping")" || return
	dev_is "$r1" staged=0 && flush_both
}

# Neither for ever nor without bound.
staging_is_bounded()
{
	local before

	drained && dev_line "$r1" && value drop_stage_full "$REPLY"
	before=$REPLY
	in_r1 ping -q -f -c 40 -i 0.005 -W 0.1 $INNER2
	dev_is "$r1" staged=32 drop_stage_full=$((before + 8)) || return
	drained
}

staged_packets_time_out()
{
	local before

	drained && dev_line "$r1" && value drop_stage_timeout "$REPLY"
	before=$REPLY
	in_r1 ping -q -c 5 -i 0.01 -W 0.1 $INNER2
	dev_is "$r1" staged=5 drop_stage_timeout=$before &&
	wait_until 10 dev_is "$r1" staged=0 drop_stage_timeout=$((before + 5))
}

asks() { in_r1 ping -q -c 1 -W 0.1 $INNER2 >/dev/null; dev_line "$r1"; value staged "$REPLY"; [ "$REPLY" -gt 0 ]; }

# The core switches the queues off for these, and does not switch them on again as
# long as there is no carrier.
queues_are_switched_on_again()
{
	local change

	for change in "tc qdisc add dev tunnel-ip1 clsact" "tc qdisc del dev tunnel-ip1 clsact" \
		"ip link set tunnel-ip1 txqueuelen 500"; do
		drained && in_r1 $change || return
		wait_until 10 asks || fail "nobody hears of packets after $change" || return
	done
	drained
}

# An interface that goes down gives them up.
staged_packets_go_down()
{
	local before

	drained && dev_line "$r1" && value drop_down "$REPLY"
	before=$REPLY
	in_r1 ping -q -c 4 -i 0.01 -W 0.1 $INNER2
	dev_is "$r1" staged=4 && ip -n "$r1" link set tunnel-ip1 down &&
	dev_is "$r1" staged=0 drop_down=$((before + 4)) &&
	ip -n "$r1" link set tunnel-ip1 up
}

drained() { wait_until 10 dev_is "$r1" staged=0; }

# --- SAs -------------------------------------------------------------------

sas_come_and_go()
{
	local out1 out2 in1

	printf -v out1 '0x%08x' $((SPI_12 + 10))
	printf -v out2 '0x%08x' $((SPI_12 + 11))
	printf -v in1 '0x%08x' $((SPI_21 + 10))
	events_in "$r1" && sa_install gcm128 10 child=7 || return
	wait_until 5 times 1 sa-event event=switched || return
	times 1 event=added dir=in "spi=$in1" child=7 &&
	times 1 event=added dir=out "spi=$out1" "pair=$in1" &&
	times 1 event=switched "spi=$out1" state=active || return
	sa_one out gcm128 11 switch-delay=300 &&
	times 1 event=added "spi=$out2" state=pending || return
	wait_until 5 times 1 event=switched "spi=$out2" || return
	sa1 del tunnel-ip1 dir=in "spi=$in1" && sa1 flush || return
	wait_until 5 times 3 event=removed || return
	times 1 event=removed "spi=$out1" && times 1 event=removed "spi=$out2" &&
	times 1 event=removed "spi=$in1" && sa2 flush
}

# A refused request is no event.
refusals_are_silent()
{
	sa_one in gcm128 12 && events_in "$r1" || return
	sa_one in gcm128 12
	sa1 del tunnel-ip1 dir=in spi=0x77777777
	times 0 sa-event && sa1 flush
}

interface_removed()
{
	tunnel_add "$r1" tunnel-ip9 10.99.0.1/24 $OUTER1 198.51.100.99 &&
	DEV=tunnel-ip9 sa_one in gcm128 13 &&
	DEV=tunnel-ip9 sa_one out gcm128 13 && events_in "$r1" &&
	ip -n "$r1" link del tunnel-ip9 &&
	wait_until 5 times 2 event=removed ifname=tunnel-ip9
}

# --- who hears -------------------------------------------------------------

namespaces_apart()
{
	events_in "$r1" && events_in "$r2" &&
	sa_one in gcm128 14 && wait_until 5 times 1 event=added || return
	[ "$(cat "$work/events-$r2")" = listening ] ||
		fail "the neighbour heard: $(cat "$work/events-$r2")" || return
	sa1 flush
}

# Events of a moved interface are heard where it is.
moved_interface()
{
	local inside

	netns_add inside && events_in "$inside" && events_in "$r1" &&
	tunnel_add "$r1" tunnel-ip8 10.98.0.1/24 $OUTER1 198.51.100.98 &&
	ip -n "$r1" link set tunnel-ip8 netns "$inside" &&
	DEV=tunnel-ip8 sa_lines gcm128 15 1 | tunip_sa -n "$inside" batch ||
		return
	wait_until 5 grep -q 'sa-event ifindex=.* ifname=tunnel-ip8 .*added' \
		"$work/events-$inside" || return
	times 0 sa-event
}

run_tests acquire_names_the_flow acquire_is_rate_limited \
	staged_packets_are_sent staging_is_bounded staged_packets_time_out \
	queues_are_switched_on_again staged_packets_go_down sas_come_and_go refusals_are_silent \
	interface_removed namespaces_apart moved_interface
