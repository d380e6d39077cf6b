#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and fields are words
#
# One SA that transmits, one that waits for proof, up to four that receive:
# which one an interface sends with and when that changes, and what carrier,
# numbers and dumps say meanwhile.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

# Long enough for no delay to end inside a stage.
NEVER=600000

setup()
{
	load_module && two_tunnels
}

pings() { in_r1 ping -q -c "${1:-2}" -i 0.05 -W 5 $INNER2; }

# out_is N STATE, in_is N STATE: of pair N in $r1; "gone" when there is none.
out_is() { state_is out $((SPI_12 + $1)) "$2"; }
in_is() { state_is in $((SPI_21 + $1)) "$2"; }

state_is()
{
	local line

	line=$(sa1 get tunnel-ip1 dir=$1 spi=$2 2>&1) || line="sa state=gone"
	is "$line" "state=$3"
}

carrier_is() { dev_is "$r1" "carrier=$1"; }

# --- carrier ---------------------------------------------------------------

# It takes one SA in each direction, in whatever order they come and go.
carrier()
{
	carrier_is 0 && sa_one in gcm128 1 && carrier_is 0 &&
	sa_one out gcm128 1 && carrier_is 1 &&
	ip -n "$r1" link show tunnel-ip1 | grep -q 'LOWER_UP' || return
	sa1 del tunnel-ip1 dir=in spi=$((SPI_21 + 1)) && carrier_is 0 || return
	ip -n "$r1" link show tunnel-ip1 | grep -q 'NO-CARRIER' || return
	sa_one in gcm128 2 && carrier_is 1 &&
	sa1 del tunnel-ip1 dir=out spi=$((SPI_12 + 1)) && carrier_is 0 || return
	sa_one out gcm128 3 && carrier_is 1 && flush_both && carrier_is 0
}

# --- which one transmits ---------------------------------------------------

# The first one does at once.
first_transmits()
{
	sa_install gcm128 10 switch-delay=$NEVER && out_is 10 active &&
	in_is 10 active && pings && flush_both
}

switches_on_proof()
{
	sa_install gcm128 11 && pings || return
	sa_lines gcm128 12 2 switch-delay=$NEVER | sa2 batch &&
	sa_lines gcm128 12 1 switch-delay=$NEVER | sa1 batch &&
	out_is 12 pending && out_is 11 active || return
	# Packets on the old pair prove nothing about the new one.
	pings && out_is 12 pending || return
	sa2 del tunnel-ip1 dir=out spi=$((SPI_21 + 11)) || return
	pings 1 && out_is 12 active && out_is 11 linger || return
	pings && sa1 del tunnel-ip1 dir=out spi=$((SPI_12 + 11)) &&
	out_is 12 active && flush_both
}

switches_on_delete()
{
	sa_install gcm128 13 && sa_lines gcm128 14 2 | sa2 batch &&
	sa_lines gcm128 14 1 switch-delay=$NEVER | sa1 batch &&
	sa1 del tunnel-ip1 dir=out spi=$((SPI_12 + 13)) &&
	out_is 14 active && carrier_is 1 && pings && flush_both
}

switches_after_delay()
{
	local started

	sa_install gcm128 15 && sa_lines gcm128 16 2 | sa2 batch || return
	started=${EPOCHREALTIME/[.,]/}
	sa_lines gcm128 16 1 switch-delay=1500 | sa1 batch &&
	out_is 16 pending && wait_until 10 out_is 16 active || return
	[ $((${EPOCHREALTIME/[.,]/} - started)) -ge 1500000 ] ||
		fail "switched after $((${EPOCHREALTIME/[.,]/} - started)) us" || return
	flush_both
}

# Three seconds, when nobody says how many.
default_delay()
{
	sa_install gcm128 17 && sa_one out gcm128 18 && sleep 1.5 &&
	out_is 18 pending && wait_until 10 out_is 18 active && flush_both
}

switches_now()
{
	sa_install gcm128 19 && sa_lines gcm128 20 2 | sa2 batch &&
	sa_lines gcm128 20 1 switch-delay=$NEVER flags=now | sa1 batch &&
	out_is 20 active && out_is 19 linger && pings && flush_both
}

# A newer one takes the place of the one that waits.
one_waits()
{
	sa_install gcm128 21 && sa_one out gcm128 22 switch-delay=$NEVER &&
	sa_one out gcm128 23 switch-delay=$NEVER && out_is 21 active &&
	out_is 22 linger && out_is 23 pending || return
	sa1 del tunnel-ip1 dir=out spi=$((SPI_12 + 23)) && out_is 21 active &&
	pings && flush_both
}

# --- receiving -------------------------------------------------------------

# A superseded one accepts what is late, and ends when it was told to.
lingers()
{
	sa_install gcm128 30 && sa_lines gcm128 31 2 | sa2 batch &&
	sa_one in gcm128 31 || return
	sa1 del tunnel-ip1 dir=in spi=$((SPI_21 + 30)) linger=$((2500 * SLOWER)) &&
	in_is 30 linger && pings && in_is 30 linger || return
	wait_until $((10 * SLOWER)) in_is 30 gone && carrier_is 1 && flush_both
}

deleted_at_once()
{
	sa_install gcm128 32 &&
	sa1 del tunnel-ip1 dir=in spi=$((SPI_21 + 32)) && in_is 32 gone &&
	flush_both
}

four_receive()
{
	local n

	for n in 33 34 35 36; do
		sa_install gcm128 $n switch-delay=$NEVER || return
	done
	sa_lines gcm128 37 1 | grep dir=in >"$work/fifth"
	refused "four SAs in this direction already" sa1 batch <"$work/fifth" ||
		return
	dev_is "$r1" in-sas=4 out-sas=4 || return
	# Each of them receives: the other end falls back from one to the next.
	for n in 33 36 35 34; do
		pings 1 && sa2 del tunnel-ip1 dir=out spi=$((SPI_21 + n)) ||
			return
	done
	[ "$(sa1 dump | grep 'dir=in ' | grep -c ' rx_packets=1 ')" -eq 4 ] ||
		fail "$(sa1 dump)" || return
	# One that lingers makes room.
	sa1 del tunnel-ip1 dir=in spi=$((SPI_21 + 33)) linger=$NEVER &&
	sa1 batch <"$work/fifth" && in_is 33 gone && in_is 37 active &&
	flush_both
}

# --- numbers and names -----------------------------------------------------

# Both SAs of a pair have one number, each pair its own, from 1 in each
# namespace on; none is used twice.
numbers()
{
	local line fresh

	netns_add fresh && tunnel_add "$fresh" tunnel-ip1 $INNER1/24 $OUTER1 $OUTER2 &&
	sa_lines gcm128 40 1 | tunip_sa -n "$fresh" batch || return
	line=$(tunip_sa -n "$fresh" dump)
	[ "$(grep -c ' id=1 ' <<<"$line")" -eq 2 ] || fail "$line" || return
	sa_lines gcm128 41 1 switch-delay=$NEVER | tunip_sa -n "$fresh" batch &&
	line=$(tunip_sa -n "$fresh" dump) || return
	[ "$(grep -c ' id=2 ' <<<"$line")" -eq 2 ] || fail "$line" || return
	tunip_sa -n "$fresh" flush &&
	sa_lines gcm128 40 1 | tunip_sa -n "$fresh" batch &&
	line=$(tunip_sa -n "$fresh" dump) || return
	[ "$(grep -c ' id=3 ' <<<"$line")" -eq 2 ] || fail "$line"
}

# What was given comes back, and nothing that was not.
dump_says_it_all()
{
	local line

	sa_one in cbc192-sha384 42 window=100 flags=esn,quantum sport=4500 \
		dport=4511 seq=77 child=9 pfs-group=19 local=198.51.100.2 \
		remote=198.51.100.3 soft-seconds=100 hard-seconds=200 \
		soft-bytes=300 hard-bytes=400 soft-packets=500 \
		hard-packets=600 sel-local=10.0.0.0-10.0.0.255 \
		sel-remote=10.1.0.0-10.1.0.7/17 sel-remote=10.2.0.1-10.2.0.1 || return
	line=$(sa1 get tunnel-ip1 dir=in spi=$((SPI_21 + 42))) || return
	is "$line" ifname=tunnel-ip1 dir=in encr=cbc key-bits=192 integ=sha384 \
		flags=esn,quantum state=active window=128 seq=77 sport=4500 \
		dport=4511 local=198.51.100.2 remote=198.51.100.3 \
		soft-seconds=100 hard-seconds=200 soft-bytes=300 \
		hard-bytes=400 soft-packets=500 hard-packets=600 \
		pfs-group=19 child=9 sel-local=10.0.0.0-10.0.0.255/0 || return
	[[ "$line " == *" sel-remote=10.1.0.0-10.1.0.7/17 sel-remote=10.2.0.1-10.2.0.1/0 "* ]] ||
		fail "$line" || return
	[ "$(sa1 dump tunnel-ip1 | sed 's/ age=[0-9]* idle=[0-9]*//')" = \
		"$(sed 's/ age=[0-9]* idle=[0-9]*//' <<<"$line")" ] ||
		fail "the dump differs from $line" || return
	flush_both
}

# Idle counts from the last packet, age from the installation.
age_and_idle()
{
	local line

	sa_install gcm128 43 && sleep 1 && pings 1 || return
	line=$(sa1 get tunnel-ip1 dir=out spi=$((SPI_12 + 43)))
	value age "$line"
	[ "$REPLY" -ge 1000 ] && [ "$REPLY" -lt 20000 ] || fail "$line" || return
	value idle "$line"
	[ "$REPLY" -lt 1000 ] || fail "$line" || return
	flush_both
}

# An inbound SPI is one SA in the whole outer namespace; what the peer chose
# for another remote is not our business.
spis()
{
	tunnel_add "$r1" tunnel-ip2 10.77.0.1/24 $OUTER1 198.51.100.77 &&
	sa_one in gcm128 44 && sa_one out gcm128 44 || return
	sa_lines gcm128 44 1 | sed 's/tunnel-ip1/tunnel-ip2/' >"$work/other"
	grep dir=in "$work/other" >"$work/same"
	refused "an SA with this SPI exists in this namespace" \
		sa1 batch <"$work/same" || return
	grep dir=out "$work/other" | sa1 batch || return
	sa1 add tunnel-ip1 dir=in spi=$((SPI_12 + 44)) encr=gcm \
		key=${key_material[1]:0:40} || return
	[ "$(sa1 dump tunnel-ip2 | wc -l)" -eq 1 ] &&
	[ "$(sa1 dump | wc -l)" -eq 4 ] && sa1 flush tunnel-ip2 &&
	[ "$(sa1 dump | wc -l)" -eq 3 ] && sa1 flush &&
	[ -z "$(sa1 dump)" ] && ip -n "$r1" link del tunnel-ip2
}

# Deletion names direction and SPI; the wrong one is not taken instead.
deletes_what_is_named()
{
	sa_install gcm128 45 &&
	refused "no such SA" sa1 del tunnel-ip1 dir=in spi=$((SPI_12 + 45)) &&
	refused "no such SA" sa1 del tunnel-ip1 dir=out spi=$((SPI_21 + 45)) &&
	in_is 45 active && out_is 45 active && pings && flush_both
}

# The device may move: its SAs are seen where it is, its packets leave where
# it was born.
moved_device()
{
	local inside

	netns_add inside && no_ipv6 "$inside" && sa_install gcm128 46 &&
	ip -n "$r1" link set tunnel-ip1 netns "$inside" &&
	ip -n "$inside" addr add $INNER1/24 dev tunnel-ip1 &&
	ip -n "$inside" link set tunnel-ip1 up || return
	[ -z "$(sa1 dump)" ] &&
	[ "$(tunip_sa -n "$inside" dump | wc -l)" -eq 2 ] || return
	ip netns exec "$inside" ping -q -c 2 -W 5 $INNER2 || return
	refused "no such interface" sa1 flush tunnel-ip1 &&
	tunip_sa -n "$inside" flush tunnel-ip1 &&
	ip -n "$inside" link set tunnel-ip1 netns "$r1" &&
	ip -n "$r1" addr add $INNER1/24 dev tunnel-ip1 &&
	ip -n "$r1" link set tunnel-ip1 up && sa2 flush
}

run_tests carrier first_transmits switches_on_proof switches_on_delete \
	switches_after_delay default_delay switches_now one_waits lingers \
	deleted_at_once four_receive numbers dump_says_it_all age_and_idle \
	spis deletes_what_is_named moved_device
