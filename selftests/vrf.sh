#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A front VRF and another one inside: IKE and ESP travel in blue, what the
# tunnel carries is in red and nowhere else; either may go and come back.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/agent_lib.sh"
require_guest "$@"
require ping

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

why_says()
{
	tunctl_at 1 why tunnel-ip1 | grep -q -e "$1"
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
		fail "sockets: $(cat "$work/ss")"
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

run_stages setup waits_for_both carries_in_red_alone listens_in_blue_alone \
	inside_vrf_goes_and_comes front_vrf_goes_and_comes \
	policy_of_another_vrf_is_refused
