#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2154 # fields and ranges are words; netns_add
#
# Reverse routes of the module with static SAs: there while packets can be
# carried and only then, unreachable otherwise, one owner for each prefix,
# never a way of the tunnel into itself; and whatever else moves in the tables.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
. "$selftests/rri_lib.sh"
require_guest "$@"

family=4
NET=10.2.0.0/24
SELECTORS="sel-local=10.1.0.0-10.1.0.255 sel-remote=10.2.0.0-10.2.0.255"
RANGES="local=10.1.0.0-10.1.0.255 remote=10.2.0.0-10.2.0.255"
ROUTE="$NET dev tunnel-ip1 proto 201 scope link metric 33554432"
FALLBACK="unreachable $NET proto kernel metric 4278190080"

setup()
{
	load_module && modprobe vrf && two_tunnels
}

follows_the_sas()
{
	on || return
	must "$FALLBACK" && must_not "$ROUTE" || return
	sa_one in gcm128 1 $SELECTORS && must_not "$ROUTE" || return
	sa_one out gcm128 1 $SELECTORS && must "$ROUTE" && must "$FALLBACK" ||
		return
	rri show | grep -q "^tunnel-ip1: $NET table 254 priority 33554432 installed" ||
		fail "$(rri show)" || return
	sa1 flush && wait_until 5 hasnt "$ROUTE" && must "$FALLBACK" ||
		fail "$(routes)" || return
	rri off tunnel-ip1 && [ -z "$(routes)" ] || fail "left: $(routes)"
}

# New keys for the same selectors change nothing in any table.
silent_over_rekey()
{
	on && pair 1 || return
	route_monitor "$r1" || return
	# Each time some for the work that may do what it should not.
	pair 2 flags=now && pair 3 && sleep 0.3 &&
	sa1 del tunnel-ip1 dir=out spi=$((SPI_12 + 1)) &&
	sa1 del tunnel-ip1 dir=in spi=$((SPI_21 + 1)) && sleep 0.3 || return
	route_monitor_end || return
	[ ! -s "$work/monitor" ] || fail "monitor: $(cat "$work/monitor")" || return
	must "$ROUTE" && sa1 flush
}

hard_expiry_without_agent()
{
	on && pair 1 hard-seconds=6 && must "$ROUTE" || return
	wait_until 30 hasnt "$ROUTE" && must "$FALLBACK"
}

# What is sent to the network in between goes nowhere, and not in clear.
fail_closed()
{
	on || return
	ip -n "$r1" route add default via $OUTER2 dev eth0
	ip -n "$r1" route get 10.2.0.9 2>&1 | grep -q 'No route to host' ||
		fail "$(ip -n "$r1" route get 10.2.0.9 2>&1)" || return
	pair 1 && ip -n "$r1" route get 10.2.0.9 | grep -q 'dev tunnel-ip1' ||
		fail "$(ip -n "$r1" route get 10.2.0.9)" || return
	ip -n "$r1" link set tunnel-ip1 down
	wait_until 5 hasnt "$ROUTE" && must "$FALLBACK" || return
	ip -n "$r1" link set tunnel-ip1 up
	wait_until 5 has "$ROUTE" || fail "not back after up: $(routes)" || return
	sa1 flush
	on fallback=none && wait_until 5 hasnt "$FALLBACK" &&
	ip -n "$r1" route get 10.2.0.9 | grep -q 'dev eth0' ||
		fail "fallback=none: $(routes)"
	local status=$?
	ip -n "$r1" route del default
	return $status
}

priority_is_as_asked()
{
	pair 1 && on priority=77 || return
	must "$NET dev tunnel-ip1 proto 201 scope link metric 77" &&
	must_not "$ROUTE" && on && must "$ROUTE" || return
	refused 'the priority must be below that of the unreachable routes' \
		on priority=0xff000000 && must "$ROUTE" && sa1 flush
}

# 10.2.0.1 to 10.2.0.6 are four prefixes.
ranges_become_prefixes()
{
	local list

	rri set tunnel-ip1 local=10.1.0.0-10.1.0.255 remote=10.2.0.1-10.2.0.6 &&
	SELECTORS="sel-local=10.1.0.0-10.1.0.255 sel-remote=10.2.0.1-10.2.0.6" pair 1 ||
		return
	list=$(routes | sed -n 's/ dev .*//p' | sort | tr '\n' ' ')
	[ "$list" = '10.2.0.1 10.2.0.2/31 10.2.0.4/31 10.2.0.6 ' ] ||
		fail "routes to $list" || return
	sa1 flush && rri off tunnel-ip1 && [ -z "$(routes)" ] || fail "$(routes)"
}

# Any ranges of IPv4 fit: few more prefixes than these can sixteen be.
sixteen_ranges()
{
	local i all=()

	for ((i = 16; i < 32; i++)); do
		all+=("remote=$i.0.0.1-$i.255.255.254")
	done
	rri set tunnel-ip1 "${all[@]}" || return
	[ "$(routes | grep -c '^unreachable')" = 736 ] ||
		fail "$(routes | wc -l) routes" || return
	rri off tunnel-ip1 && [ -z "$(routes)" ] || fail "left: $(routes)"
}

# The router's own packets start from an address that may enter.
own_packets_have_the_right_source()
{
	ip -n "$r1" addr add 10.1.0.1/32 dev lo && on && pair 1 || return
	must "$NET dev tunnel-ip1 proto 201 scope link src 10.1.0.1 metric 33554432" ||
		return
	# With the address goes the route; ours comes back without it.
	ip -n "$r1" addr del 10.1.0.1/32 dev lo
	wait_until 20 has "$ROUTE" || fail "$(routes)" || return
	sa1 flush
}

# Addresses may come and go after the SAs did. One that serves is kept, and what
# others have beside our route stays there.
source_follows_the_addresses()
{
	local stranger="blackhole $NET metric 33554433"

	on && pair 1 && must "$ROUTE" || return
	ip -n "$r1" addr add 10.1.0.1/32 dev eth0
	wait_until 5 has "$(from 10.1.0.1)" && wait_until 5 one_route ||
		fail "not taken: $(routes)" || return
	route_monitor "$r1" || return
	# Work that was put off has been done after a second.
	ip -n "$r1" addr add 10.1.0.2/32 dev lo && pair 2 flags=now && sleep 1.5 &&
	route_monitor_end || return
	! grep '^[^l]*10\.2\.0\.' "$work/monitor" || fail "it moved" || return
	ip -n "$r1" route add $stranger && ip -n "$r1" addr del 10.1.0.1/32 dev eth0
	wait_until 5 has "$(from 10.1.0.2)" || fail "not replaced: $(routes)" || return
	ip -n "$r1" route show | grep -q "^$stranger" || fail "$(ip -n "$r1" route)" || return
	ip -n "$r1" addr del 10.1.0.2/32 dev lo && wait_until 5 has "$ROUTE" &&
	sleep 1.5 && one_route || fail "$(routes)" || return
	ip -n "$r1" route del $stranger && sa1 flush
}

deleted_by_hand_comes_back()
{
	on && pair 1 || return
	events_in "$r1" || return
	deleted_by_hand && wait_until 20 has "$ROUTE" ||
		fail "it does not come back: $(routes)" || return
	ip -n "$r1" route del unreachable $NET metric 4278190080
	ip -n "$r1" route flush proto 201
	wait_until 20 has "$ROUTE" && wait_until 20 has "$FALLBACK" ||
		fail "after flush: $(routes)" || return
	sa1 flush
}

# What stands beneath our route is bare when that goes. Nobody is told when it is
# taken out there, so it is looked for, and put back first.
deleted_beneath_comes_back()
{
	on && pair 1 && must "$ROUTE" &&
	ip -n "$r1" route del unreachable $NET metric 4278190080 || return
	route_monitor "$r1" || return
	sa1 flush && wait_until 5 hasnt "$ROUTE" && must "$FALLBACK" || return
	route_monitor_end || return
	sed -n '/10\.2\.0\.0/s/ .*//p' "$work/monitor" | tr '\n' ' ' | grep -q '^unreachable Deleted ' ||
		fail "$(cat "$work/monitor")" || return
	# Of another interface as well, and what that takes over.
	tunnel_add "$r1" tunnel-ip2 192.0.3.1/24 198.51.100.3 198.51.100.4 &&
	pair 1 && rri set tunnel-ip2 $RANGES && DEV=tunnel-ip2 pair 9 &&
	ip -n "$r1" route del unreachable $NET metric 4278190080 &&
	rri off tunnel-ip1 || return
	wait_until 5 has "${ROUTE/ip1/ip2}" && wait_until 5 has "$FALLBACK" || fail "$(routes)" || return
	on && ip -n "$r1" route del unreachable $NET metric 4278190080 || return
	ip -n "$r1" link del tunnel-ip2
	wait_until 5 has "$ROUTE" && wait_until 5 has "$FALLBACK" || fail "$(routes)" || return
	sa1 flush
}

# Somebody else's route of the same prefix and priority stays his.
foreign_route_is_respected()
{
	sa1 flush && rri off tunnel-ip1
	ip -n "$r1" route add blackhole $NET metric 33554432 || return
	on && pair 1 || return
	rri show | grep -q "$NET is refused by the routing table: File exists" ||
		fail "$(rri show)" || return
	ip -n "$r1" route del blackhole $NET metric 33554432
	wait_until 20 has "$ROUTE" || fail "not taken over: $(routes)" || return
	sa1 flush
}

capture_is_refused()
{
	refused 'would capture the tunnel destination' \
		rri set tunnel-ip1 local=10.1.0.0-10.1.0.255 remote=198.51.100.0-198.51.100.255 &&
	refused 'source is within the local selector' \
		rri set tunnel-ip1 local=198.51.100.0-198.51.100.255 remote=0.0.0.0-255.255.255.255 ||
		return
	must "$FALLBACK" || return
	# An SA with such selectors, however it came to be, gets no route.
	rri set tunnel-ip1 || return
	SELECTORS="sel-local=10.1.0.0-10.1.0.255 sel-remote=198.51.100.0-198.51.100.255" pair 1 &&
	rri show | grep -q 'would capture' || fail "$(rri show)" || return
	[ -z "$(routes)" ] || fail "$(routes)" || return
	sa1 flush && on
}

# Packets go to the ends of the SA, which need not be those of the interface.
peer_moves_behind_itself()
{
	on && pair 1 remote=10.2.0.9 || return
	rri show | grep -q "^tunnel-ip1: $NET is refused: it would capture" ||
		fail "$(rri show)" || return
	# It does not let packets out in clear by going there.
	must_not "$ROUTE" && must "$FALLBACK" || return
	pair 2 flags=now && wait_until 5 has "$ROUTE" || fail "not back: $(routes)" || return
	sa1 flush
}

# Chosen by source: what else leaves the router goes its own way.
any_destination()
{
	local table=$(((201 << 24) | $(in_r1 cat /sys/class/net/tunnel-ip1/ifindex)))

	rri off tunnel-ip1 &&
	rri set tunnel-ip1 local=10.1.0.0-10.1.0.255 remote=0.0.0.0-255.255.255.255 || return
	ip -n "$r1" rule show | grep -Eq "^20201:.*from 10.1.0.0/24 lookup $table proto (201|ipsec-rri)" ||
		fail "rules: $(ip -n "$r1" rule show)" || return
	must 'unreachable default proto kernel metric 4278190080' $table || return
	SELECTORS="sel-local=10.1.0.0-10.1.0.255 sel-remote=0.0.0.0-255.255.255.255" pair 1 &&
	must 'default dev tunnel-ip1 proto 201 scope link metric 33554432' $table || return
	[ -z "$(routes)" ] || fail "in main: $(routes)" || return
	ip -n "$r1" addr add 10.1.0.1/32 dev lo
	ip -n "$r1" route get 203.0.113.9 from 10.1.0.1 | grep -q 'dev tunnel-ip1' &&
	ip -n "$r1" route get $OUTER2 | grep -q 'dev eth0' ||
		fail "wrong way" || return
	ip -n "$r1" rule del pref 20201
	wait_until 20 rule_is_back || fail "the rule does not come back" || return
	# Narrowed to a network, it is routed for both: who has chosen a source,
	# and who has not.
	sa1 flush && pair 2 &&
	must "$NET dev tunnel-ip1 proto 201 scope link src 10.1.0.1 metric 33554432" &&
	must "$NET dev tunnel-ip1 proto 201 scope link src 10.1.0.1 metric 33554432" $table ||
		return
	ip -n "$r1" route get 10.2.0.9 from 10.1.0.1 | grep -q 'dev tunnel-ip1' &&
	! ip -n "$r1" route get 10.3.0.9 from 10.1.0.1 2>/dev/null ||
		fail "wrong way" || return
	ip -n "$r1" addr del 10.1.0.1/32 dev lo
	sa1 flush && rri off tunnel-ip1 &&
	[ -z "$(routes $table)" ] && ! rule_is_back || fail "left over"
}

two_owners()
{
	tunnel_add "$r1" tunnel-ip2 192.0.3.1/24 198.51.100.3 198.51.100.4 || return
	on && pair 1 && rri set tunnel-ip2 $RANGES &&
	DEV=tunnel-ip2 pair 9 || return
	must "$ROUTE" || return
	rri show | grep -q "^tunnel-ip2: $NET waits: tunnel-ip1 has it" ||
		fail "$(rri show)" || return
	# The second takes over, and the unreachable route is never missing.
	route_monitor "$r1" || return
	rri off tunnel-ip1
	wait_until 5 has "${ROUTE/ip1/ip2}" && must "$FALLBACK" ||
		fail "$(routes)" || return
	route_monitor_end || return
	! grep 'Deleted unreachable' "$work/monitor" || fail "a gap" || return
	on && rri show | grep -q "^tunnel-ip1: $NET waits: tunnel-ip2 has it" ||
		fail "$(rri show)" || return
	# With the interface goes what it had.
	ip -n "$r1" link del tunnel-ip2
	wait_until 5 has "$ROUTE" && must "$FALLBACK" || fail "$(routes)" || return
	sa1 flush
}

# A new far end makes the fallback's destination the tunnel's own: it goes, and
# whoever needs it as well takes it over without a gap.
captured_fallback_is_handed_over()
{
	tunnel_add "$r1" tunnel-ip2 192.0.3.1/24 198.51.100.3 198.51.100.4 &&
	on && rri set tunnel-ip2 $RANGES && events_in "$r1" || return
	rri show | grep -q "^tunnel-ip2: unreachable $NET is shared with tunnel-ip1" ||
		fail "$(rri show)" || return
	route_monitor "$r1" || return
	sa1 link-set tunnel-ip1 remote=10.2.0.77 || return
	wait_until 10 captured || fail "$(rri show)" || return
	# Some time for a gap to come late.
	sleep 0.3
	route_monitor_end && must "$FALLBACK" || return
	! grep 'Deleted unreachable' "$work/monitor" || fail "a gap" || return
	wait_until 5 grep -q '^route-event .*ifname=tunnel-ip1 event=removed' "$work/events-$r1" ||
		fail "not told: $(cat "$work/events-$r1")" || return
	ip -n "$r1" link del tunnel-ip2
	wait_until 5 nothing_left || fail "left: $(routes)" || return
	sa1 link-set tunnel-ip1 remote=$OUTER2 && wait_until 5 has "$FALLBACK"
}

captured() { rri show | grep -q "^tunnel-ip1: unreachable $NET is refused: it would capture"; }

interface_removal_leaves_nothing()
{
	on && pair 1 && must "$ROUTE" || return
	ip -n "$r1" link del tunnel-ip1
	wait_until 5 nothing_left || fail "left: $(routes)" || return
	tunnel_add "$r1" tunnel-ip1 "$INNER1/24" "$OUTER1" "$OUTER2"
}

vrf_change()
{
	ip -n "$r1" link add red type vrf table 20 && ip -n "$r1" link set red up &&
	on && pair 1 && must "$ROUTE" || return
	ip -n "$r1" link set tunnel-ip1 master red
	wait_until 20 has "$ROUTE" 20 && wait_until 5 has "$FALLBACK" 20 &&
	wait_until 5 nothing_left || fail "main: $(routes); red: $(routes 20)" || return
	# In a table of its own any destination needs no rule.
	rri set tunnel-ip1 local=10.1.0.0-10.1.0.255 remote=0.0.0.0-255.255.255.255 &&
	must 'unreachable default proto kernel metric 4278190080' 20 || return
	on && ip -n "$r1" link del red
	wait_until 20 has "$ROUTE" && wait_until 5 has "$FALLBACK" ||
		fail "main again: $(routes)" || return
	sa1 flush
}

# The routes move with the interface; its old namespace keeps nothing.
moves_to_another_namespace()
{
	netns_add far && on && pair 1 && must "$ROUTE" || return
	ip -n "$r1" link set tunnel-ip1 netns "$far" && ip -n "$far" link set tunnel-ip1 up
	wait_until 5 nothing_left || fail "left: $(routes)" || return
	wait_until 5 far_has "$ROUTE" && far_has "$FALLBACK" ||
		fail "far: $(ip -n "$far" route show proto 201)" || return
	# It ends with everything in it.
	netns_del "$far" && wait_until 20 [ ! -e "/run/netns/$far" ]
	tunnel_add "$r1" tunnel-ip1 "$INNER1/24" "$OUTER1" "$OUTER2"
}

namespace_with_routes_ends()
{
	local i

	for i in 1 2 3; do
		netns_add gone && ip -n "$gone" link add eth9 up type dummy &&
		tunnel_add "$gone" tunnel-ip1 "$INNER1/24" "$OUTER1" "$OUTER2" || return
		ip netns exec "$gone" tunip_rri set tunnel-ip1 $RANGES &&
		sa_lines gcm128 1 1 $SELECTORS | tunip_sa -n "$gone" batch || return
		ip -n "$gone" route show proto 201 | grep -q tunnel-ip1 || return
		netns_del "$gone" || return
	done
}

# Many changes at once, no leftovers, and the table says what the SAs say.
flapping()
{
	local i

	on || return
	for ((i = 0; i < 24; i++)); do
		pair $((i + 20)) flags=now && [ $((i % 2)) -eq 0 ] || sa1 flush
		[ $((i % 7)) -ne 0 ] || ip -n "$r1" link set tunnel-ip1 down
		[ $((i % 7)) -ne 1 ] || ip -n "$r1" link set tunnel-ip1 up
	done
	ip -n "$r1" link set tunnel-ip1 up
	sa1 flush && pair 90 && wait_until 10 has "$ROUTE" && must "$FALLBACK" || return
	sa1 flush && wait_until 10 hasnt "$ROUTE" && rri off tunnel-ip1 &&
	wait_until 10 nothing_left || fail "left: $(routes)"
}

run_tests follows_the_sas silent_over_rekey hard_expiry_without_agent \
	fail_closed priority_is_as_asked ranges_become_prefixes \
	sixteen_ranges \
	own_packets_have_the_right_source source_follows_the_addresses \
	deleted_by_hand_comes_back deleted_beneath_comes_back \
	foreign_route_is_respected capture_is_refused peer_moves_behind_itself any_destination two_owners \
	captured_fallback_is_handed_over \
	interface_removal_leaves_nothing vrf_change moves_to_another_namespace \
	namespace_with_routes_ends flapping
