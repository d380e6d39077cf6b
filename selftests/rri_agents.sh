#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2154 # addresses are words; the libraries' variables
#
# The guide's tunnel for management traffic: two agents with access lists and
# reverse routes (Documentation/examples/rri1.conf and rri2.conf), the screens,
# the traffic, and what happens when the SA, the list or the agent goes.

. "$(dirname "$0")/lib.sh"
. "$selftests/agent_lib.sh"
require_guest "$@"
require ping tcpdump

A=198.51.100.5
B=198.51.100.21

example()
{
	install -m 0600 "$top/Documentation/examples/rri$1.conf" "$work/r$1.conf"
}

setup()
{
	load_module && two_routers middle && example 1 && example 2 &&
	ip -n "$r1" addr add $A/32 dev lo && ip -n "$r2" addr add $B/32 dev lo &&
	agents_start
}

screens()
{
	shows 1 "^Local Identity *: addr:$A/32, port:0-65535, proto:0-255\$" show ipsec sa interface tunnel-ip1 &&
	shows 1 "^Remote Identity *: addr:$B/32, port:0-65535, proto:0-255\$" show ipsec sa interface tunnel-ip1 &&
	shows 1 '^Encrypt Algorithm *: ESP_192_AES$' show ipsec sa interface tunnel-ip1 &&
	shows 1 "^Local Selector *: $A/0 - $A/65535\$" show ikev2 session &&
	shows 1 "^Remote Selector *: $B/0 - $B/65535\$" show ikev2 session &&
	shows 1 'A - access/subscriber, a - Application route$' show ip route &&
	shows 1 '^Gateway of last resort is not set$' show ip route &&
	shows 1 "^a *$B/32 is directly connected, 00:[0-9:]*, tunnel-ip1\$" show ip route &&
	shows 1 "^Routing entry for $B/32\$" show ip route $B/32 &&
	shows 1 '^  Known via "application IPsec:RRI", distance 2, metric 0$' sh ip ro $B &&
	shows 1 '^  Installed [A-Z][a-z][a-z] .*[0-9]\.[0-9][0-9][0-9] for 00:' show ip route $B/32 &&
	shows 1 '^    directly connected, via tunnel-ip1$' show ip route $B/32 &&
	shows 1 '"distance": 2' show ip route --json &&
	shows 1 '"kind": "fallback"' show ip route --json || return
	! tunctl_at 1 show ip route 10.0.0.0/8 2>"$work/said" || fail "a route that is not there" || return
	grep -q 'no reverse route for 10.0.0.0/8' "$work/said"
}

# The route takes it; on the wire there is ESP and nothing in clear.
traffic_is_protected()
{
	capture "$mid" br0 "$work/wire.pcap" || return
	in_r1 ping -q -c 3 -i 0.2 -W 5 $B && in_r2 ping -q -c 3 -i 0.2 -W 5 $A || return
	capture_end || return
	[ "$(tcpdump -nr "$work/wire.pcap" esp 2>/dev/null | wc -l)" -ge 12 ] || fail "no ESP" || return
	! tcpdump -nr "$work/wire.pcap" "host $A or host $B" 2>/dev/null | grep . || fail "in clear"
}

# Other addresses of the same routers go beside the tunnel, and not into it.
others_stay_outside()
{
	in_r1 ping -q -c 1 -W 5 $OUTER2 || return
	! in_r1 ping -q -c 1 -W 1 -I $INNER1 $B || fail "it passed" || return
	dev_drops "$r1" | grep -q 'drop_selector=1'
}

monitor_tells()
{
	spawn_in "$r1" tunctl --control "$work/r1.control" monitor >"$work/monitor" 2>&1
	local teller=$spawned

	wait_until 30 restored_is_told && wait_until 20 route_is_there ||
		fail "it hears nothing: $(cat "$work/monitor")" || return
	tunctl_at 1 clear ikev2 session >/dev/null
	wait_until 60 grep -q "tunnel-ip1: route-installed: $B/32" "$work/monitor"
	local status=$?
	stop "$teller"
	grep -q "tunnel-ip1: route-removed: $B/32" "$work/monitor" && [ $status -eq 0 ] ||
		fail "$(cat "$work/monitor")"
}

# A monitor does not say that it listens: there is something to tell until it has
# told, a route that is taken out and comes back.
restored_is_told()
{
	grep -q "tunnel-ip1: route-restored: $B/32" "$work/monitor" && return
	ip -n "$r1" route del $B dev tunnel-ip1
	return 1
}

no_route() { ! in_r1 ip route show | grep -q "^$B dev tunnel-ip1"; }
unreachable() { in_r1 ip route show | grep -q "^unreachable $B "; }

# The peer is gone with its interface: what is for it is refused, not leaked.
fails_closed()
{
	agent_stop 2 && wait_until 20 no_route || agents_explain || return
	unreachable || fail "$(in_r1 ip route show)" || return
	capture "$mid" br0 "$work/wire.pcap" || return
	! in_r1 ping -q -c 2 -i 0.2 -W 1 $B 2>"$work/said" || fail "an answer" || return
	capture_end || return
	! tcpdump -nr "$work/wire.pcap" "host $B" 2>/dev/null | grep . || fail "in clear"
}

# A killed agent leaves routes and SAs alone; a new one takes the interface over.
agent_killed()
{
	agent_stop 1 && agent_start 2 && agent_start 1 && wait_until 60 tunnels_up || agents_explain || return
	agent_stop 1 KILL
	! no_route && unreachable && in_r1 ping -q -c 2 -i 0.2 -W 5 $B ||
		fail "$(in_r1 ip route show)" || return
	agent_start 1 && wait_until 60 tunnels_up && wait_until 10 route_is_there && unreachable ||
		agents_explain
}

route_is_there() { ! no_route; }

# The router's own messages, word for word.
empty_list()
{
	agents_stop
	example 1 && example 2 && sed -i 's/"ipsec_acl_1";$/"ipsec_acl_2";/' "$work/r1.conf" &&
	sed -i '0,/"ipsec_acl_2"/s//"ipsec_acl_1"/' "$work/r1.conf" || return
	tunneld --check "$work/r1.conf" 2>&1 | grep -q 'warning: access list "ipsec_acl_2" of interface tunnel-ip1 does not exist' ||
		fail "$(tunneld --check "$work/r1.conf" 2>&1)" || return
	agent_start 2 && agent_start 1 || return
	wait_until 20 has_logged 1 '%SECURITY-IPSEC_XR-3-SA_REQUEST_FAILED : IPsec SA request failed for endpoint ifh:80[0-9a-f]*0 src:198.51.100.1 dest:198.51.100.19 fvrf:default with Error: ACL config is empty$' ||
		agents_explain || return
	agents_stop
	example 1 && example 2 && sed -i 's/"ipsec_acl_1";$/"ipsec_acl_2";/' "$work/r2.conf" &&
	sed -i '0,/"ipsec_acl_2"/s//"ipsec_acl_1"/' "$work/r2.conf" &&
	agent_start 2 && agent_start 1 || return
	wait_until 20 has_logged 2 '%SECURITY-IPSEC_XR-3-SA_ACCEPT_FAILED : IPsec SA accept failed for endpoint ifh:80[0-9a-f]*0 src:198.51.100.19 dest:198.51.100.1 fvrf:default with Error: ACL config is empty. IPsec proposal will be rejected.$' ||
		agents_explain || return
	cp "$top/Documentation/examples/rri2.conf" "$work/r2.conf" && chmod 0600 "$work/r2.conf" &&
	tunctl_at 2 reload && wait_until 90 tunnels_up || agents_explain
}

has_logged()
{
	logged "$1" "$2"
	[ "$REPLY" -gt 0 ]
}

run_stages setup screens traffic_is_protected others_stay_outside monitor_tells \
	fails_closed agent_killed empty_list
