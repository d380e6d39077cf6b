#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and fields are words
#
# Limits of SAs: the hard ones exact to a packet and an octet, in both
# directions and inside a super-packet; the soft ones announced once, in time;
# and nothing passes on an SA that has come to its end.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

n=0

setup()
{
	load_module && two_tunnels && traffic_serve "$r2"
}

# begin END [FIELDS...]: a pair whose limits hold at that end only; events of
# that end are listened to.
begin()
{
	local end=$1

	shift
	n=$((n + 1))
	if [ "$end" = 1 ]; then
		events_in "$r1" && sa_lines gcm128 $n 2 | sa2 batch &&
		sa_lines gcm128 $n 1 "$@" | sa1 batch
	else
		events_in "$r2" && sa_lines gcm128 $n 1 | sa1 batch &&
		sa_lines gcm128 $n 2 "$@" | sa2 batch
	fi
	dev_line "$r1" && before=$REPLY
}

# pings COUNT [SIZE]: one after the other; many are lost in these tests.
pings()
{
	in_r1 ping -q -c "$1" -i 0.02 -W 0.1 -s "${2:-72}" $INNER2
}

# sent NAME=VALUE...: what $r1 counted since the stage began.
sent()
{
	local word was

	dev_line "$r1"
	local line=$REPLY
	for word; do
		value "${word%%=*}" "$before"
		was=$REPLY
		value "${word%%=*}" "$line"
		[ $((REPLY - was)) -eq "${word#*=}" ] ||
			fail "${word%%=*} moved by $((REPLY - was)), expected ${word#*=}" ||
			return
	done
}

# heard NETNS COUNT WORDS...: so many expiry events with these words.
heard()
{
	local ns=$1 count=$2 word found

	shift 2
	found=$(grep '^expire ' "$work/events-$ns")
	for word; do
		found=$(grep -w -e "$word" <<<"$found")
	done
	[ "$(grep -c . <<<"$found")" -eq "$count" ] ||
		fail "not $count times $*: $(cat "$work/events-$ns")"
}

gone1() { ! sa1 get tunnel-ip1 dir=$1 spi=$2; }
gone2() { ! sa2 get tunnel-ip1 dir=$1 spi=$2; }

# --- packets and octets ----------------------------------------------------

# The tenth passes, the eleventh does not and takes the SA with it.
packets_sent()
{
	begin 1 soft-packets=8 hard-packets=10 || return
	pings 7 && heard "$r1" 0 || return
	pings 1 && wait_until 5 heard "$r1" 2 limit=packets hard=0 &&
	heard "$r1" 1 limit=packets hard=0 dir=out || return
	pings 2 && sent tx_packets=10 && heard "$r1" 0 hard=1 &&
	sa1 get tunnel-ip1 dir=out spi=$((SPI_12 + n)) || return
	pings 1
	sent tx_packets=10 drop_lifetime=1 &&
	wait_until 5 gone1 out $((SPI_12 + n)) &&
	heard "$r1" 1 hard=1 limit=packets dir=out &&
	heard "$r1" 2 limit=packets hard=0 || return
	dev_is "$r1" carrier=0 out-sas=0 && flush_both
}

packets_received()
{
	local was

	dev_line "$r2" && value rx_packets "$REPLY" && was=$REPLY
	begin 2 hard-packets=6 || return
	pings 6
	dev_is "$r2" rx_packets=$((was + 6)) && heard "$r2" 0 || return
	pings 1
	wait_until 5 gone2 in $((SPI_12 + n)) || fail "$(sa2 dump)" || return
	dev_is "$r2" rx_packets=$((was + 6)) drop_lifetime=1 &&
	heard "$r2" 1 hard=1 dir=in limit=packets && flush_both
}

# Octets are those of the inner packet: a ping of 72 has 100.
bytes_sent()
{
	begin 1 soft-bytes=500 hard-bytes=1000 || return
	pings 4 && heard "$r1" 0 || return
	pings 1 && wait_until 5 heard "$r1" 1 limit=bytes hard=0 dir=out || return
	pings 5 && sent tx_packets=10 tx_bytes=1000 && heard "$r1" 0 hard=1 || return
	pings 1
	sent tx_packets=10 tx_bytes=1000 drop_lifetime=1 &&
	wait_until 5 gone1 out $((SPI_12 + n)) &&
	heard "$r1" 1 hard=1 limit=bytes dir=out && flush_both
}

# A packet that would pass the limit does not; a smaller one would not either:
# the SA has ended.
bytes_between()
{
	begin 1 hard-bytes=1050 || return
	pings 10 && pings 1
	sent tx_packets=10 tx_bytes=1000 drop_lifetime=1 &&
	wait_until 5 gone1 out $((SPI_12 + n)) && flush_both
}

# The limit falls inside a batch: what is before it passes, to a packet.
inside_a_super_packet()
{
	begin 1 hard-packets=25 || return
	in_r1 timeout 2 traffic stream $PORT $INNER2 200000
	sent tx_packets=25 && wait_until 5 gone1 out $((SPI_12 + n)) &&
	flush_both
}

# One limit does not hide the other.
two_limits()
{
	begin 1 soft-packets=3 soft-bytes=500 || return
	pings 10 && wait_until 5 heard "$r1" 1 limit=bytes dir=out &&
	heard "$r1" 1 limit=packets dir=out && heard "$r1" 0 hard=1 && flush_both
}

# --- time ------------------------------------------------------------------

# elapsed SINCE: milliseconds, in $REPLY.
now_us() { REPLY=${EPOCHREALTIME/[.,]/}; }
elapsed() { REPLY=$(((${EPOCHREALTIME/[.,]/} - $1) / 1000)); }

# The clock of an SA starts between these two: a limit is not early by the
# first and not late by the second, however slow the machine is.
seconds()
{
	local first second

	now_us && first=$REPLY
	begin 1 soft-seconds=1 hard-seconds=6 || return
	now_us && second=$REPLY
	wait_until 10 heard "$r1" 2 limit=time hard=0 && elapsed "$first"
	[ "$REPLY" -ge 1000 ] || fail "soft limit after $REPLY ms" || return
	pings 2 && wait_until 10 gone1 in $((SPI_21 + n)) && elapsed "$first"
	[ "$REPLY" -ge 6000 ] || fail "hard limit after $REPLY ms" || return
	elapsed "$second"
	[ "$REPLY" -lt 9000 ] || fail "hard limit after $REPLY ms" || return
	wait_until 5 heard "$r1" 2 limit=time hard=1 &&
	heard "$r1" 2 limit=time hard=0 || return
	dev_is "$r1" carrier=0 in-sas=0 out-sas=0 && flush_both
}

hard_without_soft()
{
	begin 1 hard-seconds=1 && wait_until 10 gone1 out $((SPI_12 + n)) &&
	heard "$r1" 0 hard=0 && heard "$r1" 2 hard=1 && flush_both
}

# A successor that waits steps in when the transmit SA comes to its end.
successor_steps_in()
{
	local old

	begin 1 hard-packets=5 && old=$n && n=$((n + 1)) &&
	sa_lines gcm128 $n 2 | sa2 batch &&
	sa_lines gcm128 $n 1 switch-delay=600000 | sa1 batch || return
	pings 5 && pings 1
	wait_until 5 gone1 out $((SPI_12 + old)) &&
	dev_is "$r1" carrier=1 || return
	pings 3 && is "$(sa1 get tunnel-ip1 dir=out spi=$((SPI_12 + n)))" \
		state=active tx_packets=3 && flush_both
}

# No limit, nothing to hear.
without_limits()
{
	begin 1 && pings 20 && heard "$r1" 0 && flush_both
}

run_tests packets_sent packets_received bytes_sent bytes_between \
	inside_a_super_packet two_limits seconds hard_without_soft \
	successor_steps_in without_limits
