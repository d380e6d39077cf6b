#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and fields are words
#
# Sequence numbers: no packet is accepted twice and none inside the window is
# refused, for every size of window, at its edges, across 2^32, and when the
# wire reorders; and none is ever sent twice.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

n=0
HALF=4294967296		# 2^32

setup()
{
	load_module && peer_routers && peer_start
}

# begin [FIELDS...]: a fresh pair.
begin()
{
	n=$((n + 1))
	peer_sas gcm128 $n "$@" && peer reset
}

# inbound_line: the SA's own counters, in $REPLY.
inbound_line()
{
	REPLY=$(sa1 get tunnel-ip1 dir=in spi=$((SPI_21 + n)))
}

# accepts SEQ..., replayed SEQ..., too_old SEQ...: one packet each.
accepts()
{
	peer send in "seq=$1" && peer expect rx_packets="${2:-1}"
}

replayed()
{
	peer send in "seq=$1" && peer expect drop_replay="${2:-1}"
}

too_old()
{
	peer send in "seq=$1" && peer expect drop_replay_old="${2:-1}"
}

# edges SIZE WINDOW TOP: WINDOW is what SIZE is rounded up to.
edges()
{
	local w=$2 top=$3

	begin window="$1" || return
	accepts "$top" && replayed "$top" &&
	too_old $((top - w)) && too_old $((top - w - 1)) && too_old 1 &&
	accepts $((top - w + 1)) && replayed $((top - w + 1)) &&
	accepts $((top - 1)) && accepts $((top - 33)) &&
	replayed $((top - 33)) || return
	# One further: what was the left edge is outside now.
	accepts $((top + 1)) && too_old $((top - w + 1)) &&
	accepts $((top - w + 2)) || return
	# A jump by more than the window forgets all of it.
	accepts $((top + 3 * w)) && too_old $((top + 1)) &&
	accepts $((top + 2 * w + 1)) && too_old $((top + 2 * w)) || return
	inbound_line
	is "$REPLY" "window=$w" seq=$((top + 3 * w)) drop_replay=3 || return
	sa1 flush tunnel-ip1
}

# Where the top stands in its block of 64 makes no difference.
window_edges()
{
	edges "$1" "$2" 10047 && edges "$1" "$2" 10048
}

window_32() { window_edges 32 64; }
window_64() { window_edges 64 64; }
window_65() { window_edges 65 128; }
window_1024() { window_edges 1024 1024; }
window_4096() { window_edges 4096 4096; }

# Each number of the window once, in an order that leaps: all pass; and then
# in another order: none does.
whole_window()
{
	local i order1="" order2=""

	begin window=128 || return
	accepts 1000 || return
	for ((i = 0; i < 127; i++)); do
		order1+=,$((999 - i * 50 % 127))
		order2+=,$((999 - i * 11 % 127))
	done
	accepts "${order1#,}" 127 && replayed "${order2#,},1000" 128 || return
	too_old 800..872 73 && sa1 flush tunnel-ip1
}

duplicates()
{
	local i

	begin || return
	for i in 1 2 3 4; do
		peer send in copies=500 &&
		peer expect rx_packets=1 drop_replay=499 || return
	done
	sa1 flush tunnel-ip1
}

sequence_0()
{
	begin && replayed 0 && accepts 1 && sa1 flush tunnel-ip1
}

# A number counts only when the ICV was good.
forged_jump()
{
	begin || return
	accepts 5 &&
	peer send in seq=4000000000 flip=-1 && peer expect drop_icv=1 &&
	accepts 4 && accepts 6 && sa1 flush tunnel-ip1
}

# A number of a packet that was authentic is used up, whatever was in it.
refused_inside()
{
	begin || return
	peer send in seq=5 nh=6 && peer expect drop_next_header=1 &&
	replayed 5 && sa1 flush tunnel-ip1
}

window_0_checks_nothing()
{
	begin window=0 || return
	peer send in seq=7 copies=20 && peer expect rx_packets=20 &&
	accepts 1000000 && accepts 1..3 3 && sa1 flush tunnel-ip1
}

# The default is 64.
window_default()
{
	begin && inbound_line && is "$REPLY" window=64 && sa1 flush tunnel-ip1
}

# --- extended sequence numbers ---------------------------------------------

# esn_from TOP [WINDOW]: an SA whose highest number so far was TOP.
esn_from()
{
	begin flags=esn window="${2:-64}" || return
	sa1 flush tunnel-ip1 || return
	suite gcm128 2
	sa1 add tunnel-ip1 dir=in spi=$((SPI_21 + n)) "window=${2:-64}" \
		flags=esn "seq=$1" $REPLY
}

esn_wrap()
{
	local w

	for w in 64 4096; do
		esn_from $((HALF - 6)) $w || return
		accepts $((HALF - 5))..$((HALF - 3)) 3 &&
		accepts $((HALF + 2)) && accepts $((HALF - 1)) &&
		accepts $((HALF - 2)) && accepts $((HALF + 1)) &&
		accepts $HALF || return
		replayed $((HALF - 4)) && replayed $HALF &&
		replayed $((HALF + 2)) || return
		# The left edge, in the range below.
		accepts $((HALF + w - 10)) && accepts $((HALF - 9)) &&
		replayed $((HALF - 9)) || return
		inbound_line
		is "$REPLY" seq=$((HALF + w - 10)) || return
		sa1 flush tunnel-ip1 || return
	done
}

# To the left of the window the high half is taken for the next one, so that
# such a packet fails the integrity check (RFC 4303, appendix A2).
esn_left_of_window()
{
	esn_from $((5 * HALF + 1000)) || return
	peer send in seq=$((5 * HALF + 1000 - 64)) && peer expect drop_icv=1 &&
	accepts $((5 * HALF + 1000 - 63)) &&
	peer send in seq=$((4 * HALF + 1001)) && peer expect drop_icv=1 &&
	peer send in seq=1001 && peer expect drop_icv=1 &&
	accepts $((5 * HALF + 1001)) && sa1 flush tunnel-ip1
}

# A jump inside the range, and one into the next.
esn_far_ahead()
{
	esn_from $((2 * HALF + 5)) && accepts $((3 * HALF - 1000)) &&
	accepts $((4 * HALF - 2000)) && accepts $((4 * HALF - 2010)) &&
	sa1 flush tunnel-ip1
}

# --- sending ---------------------------------------------------------------

# send_from SEQ [FIELDS...]: an outbound SA that has sent SEQ.
send_from()
{
	local seq=$1

	shift
	n=$((n + 1))
	suite gcm128 1
	sa1 add tunnel-ip1 dir=out spi=$((SPI_12 + n)) "seq=$seq" "$@" $REPLY &&
	peer sa out spi=$((SPI_12 + n)) local=$OUTER1 remote=$OUTER2 \
		"seq=$seq" "$@" "$REPLY" && peer reset
}

# The last number is 2^32 - 1; then nothing leaves, and the SA is gone.
exhausted()
{
	local i

	events_in "$r1" && send_from $((HALF - 4)) || return
	for i in 1 2 3; do
		peer inject && peer wire out seq=$((HALF - 4 + i)) || return
	done
	peer expect tx_packets=3 || return
	grep -q "^expire .*limit=seq hard=0" "$work/events-$r1" ||
		fail "no warning: $(cat "$work/events-$r1")" || return
	peer inject && peer expect drop_seq_exhausted=1 && peer silence || return
	wait_until 5 grep -q "^expire .*limit=seq hard=1" "$work/events-$r1" ||
		fail "no end: $(cat "$work/events-$r1")" || return
	refused "no such SA" sa1 get tunnel-ip1 dir=out spi=$((SPI_12 + n))
}

# The warning comes while there is time: 2^24 numbers before the end.
exhaustion_announced()
{
	local soft=$((HALF - 1 - (1 << 24)))

	events_in "$r1" && send_from $((soft - 2)) && peer inject &&
	peer expect tx_packets=1 || return
	! grep "^expire" "$work/events-$r1" || return
	peer inject && peer inject && peer expect tx_packets=2 || return
	wait_until 5 grep -q "^expire .*limit=seq" "$work/events-$r1" ||
		fail "no warning: $(cat "$work/events-$r1")" || return
	[ "$(grep -c ^expire "$work/events-$r1")" -eq 1 ] ||
		fail "more than once: $(cat "$work/events-$r1")" || return
	peer silence
	sa1 flush tunnel-ip1
}

esn_send_wrap()
{
	local i

	send_from $((HALF - 4)) flags=esn || return
	for i in 1 2 3 4 5 6; do
		peer inject && peer wire out seq=$((HALF - 4 + i)) || return
	done
	peer expect tx_packets=6 && sa1 flush tunnel-ip1
}

# --- a wire that reorders --------------------------------------------------

# A second tunnel, both ends in the kernel; nothing is lost, nothing doubled.
reordering_wire()
{
	local mac dev=tunnel-ip2 said

	mac=$(in_r1 cat /sys/class/net/eth0/address)
	ip -n "$r2" addr add 198.51.100.20/24 dev eth0 &&
	ip -n "$r2" neigh replace $OUTER1 lladdr "$mac" dev eth0 &&
	ip -n "$r1" neigh replace 198.51.100.20 \
		lladdr "$(in_r2 cat /sys/class/net/eth0/address)" dev eth0 &&
	tunnel_add "$r1" $dev 10.20.0.1/24 $OUTER1 198.51.100.20 &&
	tunnel_add "$r2" $dev 10.20.0.2/24 198.51.100.20 $OUTER1 &&
	DEV=$dev sa_install cbc256-sha256 500 window=1024 flags=esn &&
	tc -n "$r1" qdisc add dev eth0 root netem delay 20ms 15ms &&
	tc -n "$r2" qdisc add dev eth0 root netem delay 20ms 15ms &&
	traffic_serve "$r2" || return
	said=$(in_r1 traffic flood $PORT 10.20.0.2 400 4) ||
		fail "traffic: $said" || return
	value reordered "$said"
	[ "$REPLY" -gt 100 ] || fail "netem did not reorder: $said" || return
	no_drops "$r1" $dev && no_drops "$r2" $dev
}

run_tests window_32 window_64 window_65 window_1024 window_4096 whole_window \
	duplicates sequence_0 forged_jump refused_inside \
	window_0_checks_nothing window_default esn_wrap esn_left_of_window \
	esn_far_ahead exhausted exhaustion_announced esn_send_wrap \
	reordering_wire
