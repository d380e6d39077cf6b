#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2154,SC2317 # addresses and fields are words; the
# library has variables and calls stages
#
# The kernel's own IPsec beside ours, between the same addresses: each gets
# its packets, native and in UDP, and loading and unloading the module is
# nothing the other notices.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

A=10.9.0.1
B=10.9.0.2

setup()
{
	load_module && two_routers && no_ipv6 "$r1" "$r2" &&
	udp_encap_in "$r1" 4500 && udp_encap_in "$r2" 4500 &&
	ip -n "$r1" addr add $A/32 dev lo && ip -n "$r2" addr add $B/32 dev lo &&
	ip -n "$r1" route add $B via $OUTER2 src $A &&
	ip -n "$r2" route add $A via $OUTER1 src $B && xfrm_tunnel
}

# Policies and states of both ends, mirrored.
xfrm_tunnel()
{
	xfrm_lines cbc256-sha256 900 "$@" 9 >"$work/states" &&
	ip -n "$r1" -batch "$work/states" && ip -n "$r2" -batch "$work/states" &&
	xfrm_policies $A $B 9 | ip -n "$r2" -batch - &&
	ip -n "$r1" xfrm policy add src $A dst $B dir out tmpl src $OUTER1 dst $OUTER2 proto esp reqid 9 mode tunnel &&
	ip -n "$r1" xfrm policy add src $B dst $A dir in tmpl src $OUTER2 dst $OUTER1 proto esp reqid 9 mode tunnel
}

our_tunnel()
{
	tunnel_add "$r1" tunnel-ip1 $INNER1/24 $OUTER1 $OUTER2 &&
	tunnel_add "$r2" tunnel-ip1 $INNER2/24 $OUTER2 $OUTER1 &&
	sa_install cbc256-sha256 1 "$@"
}

xfrm_pings() { in_r1 ping -q -c 3 -i 0.1 -W 5 -I $A $B; }
our_pings() { in_r1 ping -q -c 3 -i 0.1 -W 5 $INNER2 && no_drops "$r1" && no_drops "$r2"; }

# Both at once, and each packet where it belongs.
both()
{
	local ours theirs

	our_tunnel && our_pings && xfrm_pings || return
	spawn_in "$r1" ping -q -f -c 200 -W 5 $INNER2 >"$work/ours"
	ours=$spawned
	spawn_in "$r1" ping -q -f -c 200 -W 5 -I $A $B >"$work/theirs"
	theirs=$spawned
	wait "$ours" "$theirs"
	grep -q ' 0% packet loss' "$work/ours" &&
	grep -q ' 0% packet loss' "$work/theirs" ||
		fail "$(cat "$work/ours" "$work/theirs")"
}

both_in_udp()
{
	sa1 flush tunnel-ip1 && sa2 flush tunnel-ip1 &&
	sa_install gcm256 2 sport=4500 dport=4500 &&
	ip -n "$r1" xfrm state flush && ip -n "$r2" xfrm state flush &&
	xfrm_lines cbc256-sha256 901 udp 9 >"$work/states" &&
	ip -n "$r1" -batch "$work/states" && ip -n "$r2" -batch "$work/states" &&
	our_pings && xfrm_pings
}

# The other tunnel keeps running while ours is torn out and put back.
module_comes_and_goes()
{
	local pinger i

	spawn_in "$r1" ping -q -i 0.02 -c 200 -W 5 -I $A $B >"$work/steady"
	pinger=$spawned
	for i in 1 2 3; do
		timeout 20 rmmod tunnel_ip && insmod "$module_file" || return
	done
	wait "$pinger"
	grep -q ' 0% packet loss' "$work/steady" || fail "$(cat "$work/steady")"
}

run_stages setup both both_in_udp module_comes_and_goes
