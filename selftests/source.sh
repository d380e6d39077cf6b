#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tunnel source is an interface: its address is used, followed when it
# changes, waited for while there is none, and so is the interface itself.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/agent_lib.sh"
require_guest "$@"
require ping

NEW=198.51.100.7

passes()
{
	in_r1 ping -q -c 3 -i 0.2 -W 2 "$INNER2"
}

setup()
{
	load_module && two_routers middle &&
	agent_conf 1 's/source = .*/source = "eth0";/' '/address-local/d' &&
	agent_conf 2 && agents_start && passes || agents_explain
}

# r2 is told by a reload of its own.
another_address()
{
	local index

	index=$(in_r1 cat /sys/class/net/tunnel-ip1/ifindex)
	ip -n "$r1" addr add "$NEW/24" dev eth0 &&
	passes || fail "a second address disturbs" || return
	ip -n "$r1" addr del "$OUTER1/24" dev eth0 &&
	ip -n "$r1" addr replace "$NEW/24" dev eth0 &&
	sed -i "s/destination = .*/destination = \"$NEW\";/" "$work/r2.conf" &&
	tunctl_at 2 reload &&
	wait_until 60 tunnels_up && wait_until 10 passes || agents_explain || return
	tunctl_at 1 show ikev2 session | grep -q "Local *: $NEW/" ||
		fail "not from $NEW" || return
	ip -n "$r1" -d link show tunnel-ip1 | grep -q "local $NEW" &&
	[ "$(in_r1 cat /sys/class/net/tunnel-ip1/ifindex)" = "$index" ] ||
		fail "the interface was not changed in place"
}

no_address()
{
	ip -n "$r1" addr del "$NEW/24" dev eth0 &&
	wait_until 10 why_says 'the tunnel source has no address; here: eth0' ||
		agents_explain || return
	! passes || fail "it passes without an address" || return
	ip -n "$r1" addr add "$NEW/24" dev eth0 &&
	wait_until 90 tunnels_up && wait_until 10 passes || agents_explain
}

no_interface()
{
	ip -n "$r1" link set eth0 down && ip -n "$r1" link set eth0 name other0 &&
	agent_stop 1 && : >"$work/r1.log" && agent_start 1 &&
	why_says 'the tunnel source has no address; here: eth0' ||
		agents_explain || return
	ip -n "$r1" link set other0 name eth0 && ip -n "$r1" link set eth0 up &&
	wait_until 90 tunnels_up && wait_until 10 passes || agents_explain
}

run_stages setup another_address no_address no_interface
