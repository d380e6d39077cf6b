#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2086,SC2154 # addresses are words; the libraries'
# variables
#
# Traffic selectors with strongSwan, which has its own idea of them: equal ones,
# each side narrowing what the other offers, ranges, nothing in common; what is
# routed because of them, and what is dropped.

. "$(dirname "$0")/lib.sh"
. "$selftests/swan_lib.sh"
require_guest "$@"
require swanctl charon-systemd

setup()
{
	load_module && two_routers || return
	agent_ns=$r1 agent_addr=$OUTER1 agent_peer=$OUTER2
	swan_ns=$r2 swan_addr=$OUTER2 swan_peer=$OUTER1
	ip -n "$r1" addr add 10.1.0.1/32 dev lo &&
	ip -n "$r1" addr add 10.1.9.1/32 dev lo &&
	ip -n "$r2" addr add 10.2.0.1/32 dev lo &&
	ip -n "$r2" addr add 10.2.9.1/32 dev lo || return
	agent_ipsec='reverse-route = true;'
	agent_protection='policy-ipv4 = "acl"; single-sa = true;'
	xfrm_interface && ip -n "$r2" route add 10.1.0.0/16 dev ipsec1 src 10.2.0.1 &&
	start_charon
}

# acl SOURCE DESTINATION [responder]
acl()
{
	agent_top="access-lists = ( { name = \"acl\"; entries = ( { action = \"permit\"; source = \"$1\"; destination = \"$2\"; } ); } );"
	responder_only=false
	[ -z "${3-}" ] || responder_only=true
	forget_logs
	start_agent
}

# swan LOCAL REMOTE: its selectors.
swan()
{
	swanctl_peer --terminate --ike peer --timeout 5 >/dev/null 2>&1
	swan_local_ts=$1 swan_remote_ts=$2
	swan_config
}

# agreed LOCAL REMOTE: as the screen has them.
agreed()
{
	tunctl_agent show ikev2 session >"$work/session"
	grep -q "^Local Selector *: ${1%-*}/0 - ${1#*-}/65535$" "$work/session" &&
	grep -q "^Remote Selector *: ${2%-*}/0 - ${2#*-}/65535$" "$work/session" ||
		fail "session: $(cat "$work/session")"
}

# routed PREFIX...: these and no others.
routed()
{
	local got

	got=$(ip -n "$r1" route show proto 201 | sed -n 's/ dev tunnel-ip1.*//p' | sort | xargs)
	[ "$got" = "$*" ] || fail "routes to '$got', expected '$*'"
}

from() { in_agent ping -q -c 2 -i 0.2 -W 5 -I "$1" "$2" >/dev/null; }

selector_drops()
{
	tunip_sa -n "$r1" dev tunnel-ip1 | grep -o 'drop_selector=[0-9]*' | cut -d= -f2
}

equal_swan_initiates()
{
	swan 10.2.0.0/24 10.1.0.0/24 && acl 10.1.0.0/24 10.2.0.0/24 responder &&
	initiate && wait_until 20 tunnel_up || explain || return
	agreed 10.1.0.0-10.1.0.255 10.2.0.0-10.2.0.255 && routed 10.2.0.0/24 || return
	from 10.1.0.1 10.2.0.1 && in_swan ping -q -c 2 -i 0.2 -W 5 -I 10.2.0.1 10.1.0.1 ||
		explain
}

# From an address that was not agreed on: dropped here, counted, never sealed.
outside_is_dropped()
{
	local before after

	before=$(selector_drops)
	! from 10.1.9.1 10.2.0.1 || fail "it passed" || return
	after=$(selector_drops)
	[ "${after:-0}" -ge $((${before:-0} + 2)) ] || fail "drop_selector $before, then $after"
}

# And what the peer lets in by mistake is dropped when it comes out.
outside_is_dropped_inbound()
{
	local before after

	before=$(selector_drops)
	ip -n "$r2" xfrm policy list | grep -q 'dir out' || fail "no policy to widen" || return
	ip -n "$r2" xfrm policy list >"$work/policies"
	local reqid
	reqid=$(sed -n 's/.*reqid \([0-9]*\).*/\1/p' "$work/policies" | head -n 1)
	ip -n "$r2" xfrm policy add src 10.2.9.1/32 dst 10.1.0.1/32 dir out if_id 1 \
		tmpl src $OUTER2 dst $OUTER1 proto esp reqid "$reqid" mode tunnel || return
	in_swan ping -q -c 2 -i 0.2 -W 1 -I 10.2.9.1 10.1.0.1 >/dev/null
	after=$(selector_drops)
	[ "${after:-0}" -eq $((${before:-0} + 2)) ] || fail "drop_selector $before, then $after"
}

agent_narrows()
{
	swan 10.2.0.0/16 0.0.0.0/0 && acl 10.1.0.0/24 10.2.0.0/24 responder &&
	initiate && wait_until 20 tunnel_up || explain || return
	agreed 10.1.0.0-10.1.0.255 10.2.0.0-10.2.0.255 && routed 10.2.0.0/24 &&
	from 10.1.0.1 10.2.0.1 || explain
}

swan_narrows()
{
	swan 10.2.0.0/25 10.1.0.0/28 && acl 10.1.0.0/16 any &&
	wait_until 30 tunnel_up || explain || return
	agreed 10.1.0.0-10.1.0.15 10.2.0.0-10.2.0.127 && routed 10.2.0.0/25 &&
	from 10.1.0.1 10.2.0.1 || explain
}

# A range that is no prefix; new keys later for the same.
ranges()
{
	swan 10.2.0.1-10.2.0.6 10.1.0.0/24 && acl 10.1.0.0/24 10.2.0.0/16 responder &&
	initiate && wait_until 20 tunnel_up || explain || return
	agreed 10.1.0.0-10.1.0.255 10.2.0.1-10.2.0.6 &&
	routed 10.2.0.1 10.2.0.2/31 10.2.0.4/31 10.2.0.6 && from 10.1.0.1 10.2.0.1 || explain || return
	before=$(spi_in)
	swanctl_peer --rekey --child net && wait_until 10 spi_changed &&
	agreed 10.1.0.0-10.1.0.255 10.2.0.1-10.2.0.6 && from 10.1.0.1 10.2.0.1 || explain
}

agent_refuses()
{
	swan 10.7.0.0/24 10.1.0.0/24 && acl 10.1.0.0/24 10.2.0.0/24 responder || return
	! initiate || fail "it was accepted" || return
	wait_until 10 swan_says 'TS_UNACCEPTABLE' || explain || return
	wait_until 10 why_says 'no common traffic selectors; here: local 10.1.0.0/24, remote 10.2.0.0/24; peer: local 10.1.0.0/24, remote 10.7.0.0/24' || explain
}

swan_refuses()
{
	swan 10.7.0.0/24 10.1.0.0/24 && acl 10.1.0.0/24 10.2.0.0/24 || return
	wait_until 20 why_says 'no common traffic selectors; here: local 10.1.0.0/24, remote 10.2.0.0/24; peer: answers TS_UNACCEPTABLE' ||
		explain || return
	# Nothing leaves in clear meanwhile.
	ip -n "$r1" route add default via $OUTER2 dev eth0
	! from 10.1.0.1 10.2.0.1 2>"$work/said" || fail "it passed" || return
	ip -n "$r1" route del default
}

run_stages setup equal_swan_initiates outside_is_dropped outside_is_dropped_inbound \
	agent_narrows swan_narrows ranges agent_refuses swan_refuses
