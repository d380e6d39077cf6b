#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # r3 is set by netns_add
#
# A front VRF and another one inside: IKE and ESP travel in blue, what the
# tunnel carries is in red and nowhere else; either may go and come back.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/agent_lib.sh"
require_guest "$@"
require ping python3

# vrf_add NAME TABLE
vrf_add()
{
	ip -n "$r1" link add "$1" type vrf table "$2" &&
	ip -n "$r1" link set "$1" up
}

blue_add()
{
	vrf_add blue 10 &&
	ip -n "$r1" link set eth0 master blue
}

# Packets of the tunnel, sent in the VRF.
passes()
{
	in_r1 ping -q -c 3 -i 0.2 -W 2 -I red "$INNER2"
}

setup()
{
	load_module && modprobe vrf && two_routers middle &&
	agent_conf 1 's/ipv4-address = /vrf = "red"; &/' \
		's/tunnel: {/& vrf = "blue";/' && agent_conf 2
}

# Neither VRF is there: the first that misses is named.
waits_for_both()
{
	agent_start 2 && agent_start 1 &&
	why_says 'no VRF of this name; here: blue; check interfaces: tunnel: vrf' ||
		agents_explain || return
	blue_add &&
	wait_until 10 why_says 'here: red; check interfaces: vrf' ||
		agents_explain || return
	! ip -n "$r1" link show tunnel-ip1 2>/dev/null ||
		fail "an interface without its VRF" || return
	vrf_add red 20 && wait_until 30 tunnels_up || agents_explain
}

carries_in_red_alone()
{
	passes || fail "nothing passes in red" || return
	ip -n "$r1" route show table 20 | grep -q '192.0.2.0/24 dev tunnel-ip1' ||
		fail "no connected route in red" || return
	! ip -n "$r1" route show table main | grep 'tunnel-ip1' ||
		fail "a route in the default VRF" || return
	! in_r1 ping -q -c 1 -W 1 "$INNER2" ||
		fail "it passes in the default VRF"
}

# The ports are taken in blue and free elsewhere.
listens_in_blue_alone()
{
	in_r1 ss -Hnlu "( sport = 500 or sport = 4500 )" >"$work/ss"
	[ "$(grep -c '%blue:' "$work/ss")" -eq 2 ] &&
	[ "$(wc -l <"$work/ss")" -eq 2 ] ||
		fail "sockets: $(cat "$work/ss")" || return
	tunctl_at 1 show ikev2 session | grep -qi 'fvrf *: blue'
}

inside_vrf_goes_and_comes()
{
	ip -n "$r1" link del red &&
	wait_until 10 why_says 'here: red' || agents_explain || return
	! ip -n "$r1" link show tunnel-ip1 2>/dev/null ||
		fail "the interface is in the default VRF" || return
	vrf_add red 20 && wait_until 30 tunnels_up && wait_until 10 passes ||
		agents_explain
}

front_vrf_goes_and_comes()
{
	ip -n "$r1" link del blue &&
	wait_until 10 why_says 'here: blue' || agents_explain || return
	! passes || fail "it passes without front VRF" || return
	blue_add && wait_until 90 tunnels_up && wait_until 10 passes ||
		agents_explain
}

# A policy for another front VRF is none for this tunnel.
policy_of_another_vrf_is_refused()
{
	sed 's/fvrf = "any"/fvrf = "default"/' "$work/r1.conf" >"$work/bad.conf" &&
	chmod 0600 "$work/bad.conf"
	! tunneld --check "$work/bad.conf" 2>"$work/said" ||
		fail "it was accepted" || return
	grep -q 'no ikev2 policy matches .* in VRF blue' "$work/said" ||
		fail "said: $(cat "$work/said")" || return
	sed 's/fvrf = "any"/fvrf = "blue"/' "$work/r1.conf" >"$work/bad.conf"
	tunneld --check "$work/bad.conf"
}

# A host in a VRF of which tunneld knows nothing, with the addresses that the
# tunnel has in the default one, and a kernel that lets sockets of the default
# VRF hear it all.
green_with_the_same_addresses()
{
	netns_add r3 &&
	ip link add name eth1 netns "$r1" type veth peer name eth0 netns "$r3" &&
	vrf_add green 30 &&
	ip -n "$r1" link set eth1 master green up &&
	ip -n "$r1" addr add "$OUTER1/24" dev eth1 &&
	ip -n "$r3" addr add "$OUTER2/24" dev eth0 &&
	ip -n "$r3" link set eth0 up &&
	in_r1 sysctl -qw net.ipv4.udp_l3mdev_accept=1 net.ipv4.tcp_l3mdev_accept=1
}

# IKE version 3: everybody who hears it is told that it is not spoken here, in
# no more octets than he sent.
shout_from()
{
	ip netns exec "$1" python3 - "$OUTER1" <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
s.sendto(b"\x11" * 8 + bytes(8) + bytes([33, 0x30, 34, 8]) + bytes(4) + bytes([0, 0, 0, 64]) +
         bytes(36), (sys.argv[1], 500))
try:
    s.recv(100)
except socket.timeout:
    sys.exit(1)
END
}

vrf_drops()
{
	tunctl_at 1 --json show ikev2 counters | sed -n 's/.*"rx_drop_vrf": *\([0-9]*\).*/\1/p'
}

default_vrf_hears_no_other()
{
	agents_stop
	ip -n "$r1" link set eth0 nomaster &&
	agent_conf 1 && agent_conf 2 && agents_start || return
	green_with_the_same_addresses || return
	shout_from "$r2" || fail "no answer in the default VRF" || return
	[ "$(vrf_drops)" = 0 ] || fail "dropped what is ours" || return
	! shout_from "$r3" || fail "an answer in another VRF" || return
	[ "$(vrf_drops)" = 1 ] || fail "drops: $(vrf_drops)" || return
	tunnels_up && in_r1 ping -q -c 2 -W 2 "$INNER2"
}

run_stages setup waits_for_both carries_in_red_alone listens_in_blue_alone \
	inside_vrf_goes_and_comes front_vrf_goes_and_comes \
	policy_of_another_vrf_is_refused default_vrf_hears_no_other
