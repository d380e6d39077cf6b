#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2154 # fields and ranges are words; netns_add
#
# Reverse routes to IPv6 networks, as rri.sh has them for IPv4: there while
# packets can be carried and only then, unreachable otherwise, never a way of the
# tunnel into itself; beside routes of IPv4, and over either outer family.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
. "$selftests/rri_lib.sh"
require_guest "$@"

family=6
NET=2001:db8:2::/64
RANGES="local=2001:db8:1::-2001:db8:1::ffff remote=2001:db8:2::-2001:db8:2:0:ffff:ffff:ffff:ffff"
SELECTORS="sel-${RANGES/remote/sel-remote}"
ROUTE="$NET dev tunnel-ip1 proto 201 metric 33554432"
FALLBACK="unreachable $NET proto kernel metric 4278190080"

setup()
{
	load_module && modprobe vrf && two_routers &&
	in_r1 sysctl -qw net.ipv6.conf.all.accept_dad=0 \
		net.ipv6.conf.default.accept_dad=0 &&
	ip -n "$r1" -batch - <<-BATCH && begin
		addr add 2001:db8:f::1/64 dev eth0 nodad
		route add default via 2001:db8:f::19 dev eth0
	BATCH
}

# A tunnel without SAs or routes.
begin()
{
	ip -n "$r1" link del tunnel-ip1 2>/dev/null
	wait_until 10 nothing_left || fail "left: $(routes)" || return
	tunnel_add "$r1" tunnel-ip1 $INNER1/24 $OUTER1 $OUTER2
}

goes_by() { ip -n "$r1" -6 route get $1 2>&1 | grep -q "dev $2 "; }
goes_nowhere() { ip -n "$r1" -6 route get $1 2>&1 | grep -qi 'unreachable\|No route'; }

follows_the_sas()
{
	on && must "$FALLBACK" && must_not "$ROUTE" || return
	sa_one in gcm128 1 $SELECTORS && must_not "$ROUTE" || return
	sa_one out gcm128 1 $SELECTORS && must "$ROUTE" && must "$FALLBACK" || return
	rri show | grep -q "^tunnel-ip1: $NET table 254 priority 33554432 installed" ||
		fail "$(rri show)" || return
	sa1 flush && wait_until 5 hasnt "$ROUTE" && must "$FALLBACK" || return
	rri off tunnel-ip1 && nothing_left || fail "left: $(routes)"
}

# What is sent to the network in between goes nowhere, and not in clear.
fail_closed()
{
	goes_by 2001:db8:2::9 eth0 || fail "no default route" || return
	on && goes_nowhere 2001:db8:2::9 || fail "not refused" || return
	pair 1 && goes_by 2001:db8:2::9 tunnel-ip1 || fail "not routed" || return
	# A link that goes down takes its IPv6 routes along.
	ip -n "$r1" link set tunnel-ip1 down
	wait_until 5 hasnt "$ROUTE" && goes_nowhere 2001:db8:2::9 || return
	ip -n "$r1" link set tunnel-ip1 up
	wait_until 10 has "$ROUTE" || fail "not back after up: $(routes)" || return
	sa1 flush && wait_until 5 hasnt "$ROUTE"
}

silent_over_rekey()
{
	begin && on && pair 1 || return
	route_monitor "$r1" -6 || return
	# Each time some for the work that may do what it should not.
	pair 2 flags=now && sleep 0.3 &&
	sa1 del tunnel-ip1 dir=out spi=$((SPI_12 + 1)) &&
	sa1 del tunnel-ip1 dir=in spi=$((SPI_21 + 1)) && sleep 0.3 || return
	route_monitor_end || return
	! grep "2001:db8:2:" "$work/monitor" || fail "it moved" || return
	must "$ROUTE"
}

# Four prefixes, and a range across the middle of the address.
ranges_become_prefixes()
{
	local list

	begin && rri set tunnel-ip1 remote=2001:db8:2::1-2001:db8:2::6 \
		remote=2001:db8:3:0:ffff:ffff:ffff:fffe-2001:db8:3:1::1 &&
	list=$(routes | sed 's/unreachable //; s/ proto.*//' | sort | tr '\n' ' ') || return
	[ "$list" = '2001:db8:2::1 2001:db8:2::2/127 2001:db8:2::4/127 2001:db8:2::6 2001:db8:3:0:ffff:ffff:ffff:fffe/127 2001:db8:3:1::/127 ' ] ||
		fail "routes to $list"
}

# Sixteen such ranges are thousands of prefixes; who asks for them is refused, and
# of what a peer narrows to, the first 1024 are routed.
too_many_prefixes()
{
	local i many=() count

	for ((i = 1; i <= 16; i++)); do
		many+=("remote=2001:db8:$i::1-2001:db8:$i:ffff:ffff:ffff:ffff:fffe")
	done
	begin && on || return
	refused 'more than 1024 prefixes' rri set tunnel-ip1 "${many[@]}" &&
	must "$FALLBACK" && rri set tunnel-ip1 &&
	SELECTORS="${many[*]/#/sel-}" pair 1 || return
	count=$(routes | grep -c 'dev tunnel-ip1')
	[ "$count" = 1024 ] || fail "$count routes" || return
	[ "$(rri show | grep -c 'is refused: too many for one interface')" = 1 ] ||
		fail "$(rri show | grep -v installed)" || return
	sa1 flush && wait_until 20 nothing_left
}

memory() { cat "$cgroup/memory.current"; }

# Whoever asks for a thousand routes has them in his own memory's account, although
# a worker makes them.
requester_pays()
{
	local i many=() cgroup=/sys/fs/cgroup/requester before after count

	mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup &&
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control && mkdir -p $cgroup || return
	for ((i = 1; i <= 6; i++)); do
		many+=("remote=2001:db8:$i::1-2001:db8:$i:ffff:ffff:ffff:ffff:fffe")
	done
	begin && before=$(memory) &&
	(echo $BASHPID >$cgroup/cgroup.procs && rri set tunnel-ip1 "${many[@]}") || return
	after=$(memory)
	count=$(routes | wc -l)
	echo "$count routes, $((after - before)) octets"
	[ "$count" -gt 800 ] && [ $((after - before)) -gt $((count * 400)) ] || return
	rri off tunnel-ip1 && wait_until 20 nothing_left
}

# One policy for both; each has its own table.
both_families()
{
	local v4="local=10.1.0.0-10.1.0.255 remote=10.2.0.0-10.2.0.255"

	begin && on $v4 && SELECTORS="$SELECTORS sel-${v4/remote/sel-remote}" pair 1 &&
	must "$ROUTE" && must "$FALLBACK" &&
	ip -n "$r1" route show | grep -q '^10.2.0.0/24 dev tunnel-ip1 proto' &&
	ip -n "$r1" route show | grep -q '^unreachable 10.2.0.0/24' ||
		fail "$(ip -n "$r1" route show) $(routes)" || return
	rri off tunnel-ip1 && nothing_left && ! ip -n "$r1" route show | grep 10.2.0
}

own_packets_have_the_right_source()
{
	begin && ip -n "$r1" addr add 2001:db8:1::1/128 dev lo && on && pair 1 || return
	must "$NET dev tunnel-ip1 proto 201 src 2001:db8:1::1 metric 33554432"
	local status=$?
	ip -n "$r1" addr del 2001:db8:1::1/128 dev lo
	return $status
}

# Addresses may come and go after the SAs did; one that is detected to be nobody
# else's serves from then on.
source_follows_the_addresses()
{
	begin && on && pair 1 && must "$ROUTE" || return
	route_monitor "$r1" -6 || return
	ip -n "$r1" addr add 2001:db8:1::2/64 dev eth0
	wait_until 20 has "$(from 2001:db8:1::2)" && wait_until 5 one_route ||
		fail "not taken: $(routes)" || return
	route_monitor_end || return
	# While it was out, a second one bridged the gap.
	sed -n "s/.*2001:db8:2::\/64 dev tunnel-ip1.*metric \([0-9]*\).*/\1/p" "$work/monitor" |
		tr '\n' ' ' | grep -q '^33554433 33554432 33554432 33554433 $' ||
		fail "$(cat "$work/monitor")" || return
	ip -n "$r1" addr add 2001:db8:1::1/128 dev lo && pair 2 flags=now && sleep 1
	must "$(from 2001:db8:1::2)" || return
	ip -n "$r1" addr del 2001:db8:1::2/64 dev eth0
	wait_until 5 has "$(from 2001:db8:1::1)" || fail "not replaced: $(routes)" || return
	ip -n "$r1" addr del 2001:db8:1::1/128 dev lo
	wait_until 5 has "$ROUTE" && sleep 1.5 && one_route || fail "$(routes)"
}

# IPv6 takes a source that goes from the interface's routes, without a word, although
# it is there on another one, or is again at once.
source_goes_for_a_moment()
{
	begin && on && ip -n "$r1" addr add 2001:db8:1::2/64 dev tunnel-ip1 nodad &&
	ip -n "$r1" addr add 2001:db8:1::2/128 dev lo && pair 1 &&
	wait_until 5 has "$(from 2001:db8:1::2)" || fail "$(routes)" || return
	ip -n "$r1" addr del 2001:db8:1::2/64 dev tunnel-ip1 && sleep 0.3
	wait_until 5 has "$(from 2001:db8:1::2)" && wait_until 5 one_route ||
		fail "it stays on lo: $(routes)" || return
	ip -n "$r1" -batch - <<-BATCH
		addr del 2001:db8:1::2/128 dev lo
		addr add 2001:db8:1::2/128 dev tunnel-ip1 nodad
		addr del 2001:db8:1::2/128 dev tunnel-ip1
		addr add 2001:db8:1::2/128 dev lo
	BATCH
	sleep 0.3
	wait_until 5 has "$(from 2001:db8:1::2)" && wait_until 5 one_route ||
		fail "it was away: $(routes)" || return
	ip -n "$r1" addr del 2001:db8:1::2/128 dev lo
}

# With the loopback device go its unreachable routes, and nobody is told of those
# beneath a better one.
loopback_goes_down()
{
	begin && on && pair 1 && must "$ROUTE" && must "$FALLBACK" || return
	ip -n "$r1" link set lo down && ip -n "$r1" link set lo up && must_not "$FALLBACK" || return
	sa1 flush && wait_until 5 hasnt "$ROUTE" && wait_until 5 has "$FALLBACK" ||
		fail "$(routes)"
}

deleted_by_hand_comes_back()
{
	begin && on && pair 1 || return
	deleted_by_hand && wait_until 20 has "$ROUTE" ||
		fail "it does not come back: $(routes)" || return
	ip -n "$r1" -6 route del $NET dev tunnel-ip1 metric 33554432
	ip -n "$r1" -6 route del unreachable $NET metric 4278190080
	wait_until 20 has "$ROUTE" && wait_until 20 has "$FALLBACK" || fail "$(routes)"
}

foreign_route_is_respected()
{
	begin && ip -n "$r1" -6 route add blackhole $NET metric 33554432 &&
	on && pair 1 || return
	rri show | grep -q "$NET is refused by the routing table: File exists" ||
		fail "$(rri show)" || return
	ip -n "$r1" -6 route del blackhole $NET metric 33554432
	wait_until 20 has "$ROUTE" || fail "not taken over: $(routes)"
}

two_owners()
{
	begin && tunnel_add "$r1" tunnel-ip2 192.0.3.1/24 198.51.100.3 198.51.100.4 &&
	on && pair 1 && rri set tunnel-ip2 $RANGES && DEV=tunnel-ip2 pair 9 &&
	must "$ROUTE" || return
	rri show | grep -q "^tunnel-ip2: $NET waits: tunnel-ip1 has it" ||
		fail "$(rri show)" || return
	rri off tunnel-ip1
	wait_until 5 has "${ROUTE/ip1/ip2}" && must "$FALLBACK" || fail "$(routes)" || return
	ip -n "$r1" link del tunnel-ip2
	wait_until 5 nothing_left || fail "$(routes)"
}

# Over IPv6 outside a route may not lead the tunnel into itself; an IPv4 network
# cannot.
capture_is_refused()
{
	local SELECTORS="sel-local=2001:db8:1::-2001:db8:1::ff sel-remote=2001:db8:f::-2001:db8:f::ff"

	begin && tunnel_add "$r1" tunnel-ip6 192.0.3.1/24 2001:db8:f::1 2001:db8:f::19 || return
	refused 'would capture the tunnel destination' rri set tunnel-ip6 \
		local=2001:db8:1::-2001:db8:1::ff remote=2001:db8:f::-2001:db8:f::ff &&
	refused 'source is within the local selector' rri set tunnel-ip6 \
		local=2001:db8:f::-2001:db8:f::ff remote=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff &&
	rri set tunnel-ip6 && DEV=tunnel-ip6 pair 1 || return
	rri show | grep -q '^tunnel-ip6: 2001:db8:f::/120 is refused: it would capture' ||
		fail "$(rri show)" || return
	[ -z "$(routes)" ] || fail "$(routes)" || return
	rri set tunnel-ip6 remote=10.2.0.0-10.2.0.255 &&
	ip -n "$r1" route show | grep -q '^unreachable 10.2.0.0/24' &&
	# Over IPv4 outside the same networks are like any other.
	rri set tunnel-ip1 remote=2001:db8:f::-2001:db8:f::ff &&
	ip -n "$r1" link del tunnel-ip6
}

# Chosen by source: what else leaves the router goes its own way.
any_destination()
{
	local any=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff table

	begin
	table=$(((201 << 24) | $(in_r1 cat /sys/class/net/tunnel-ip1/ifindex)))
	rri set tunnel-ip1 local=2001:db8:1::-2001:db8:1::ffff remote=$any || return
	ip -n "$r1" -6 rule show | grep -Eq "^20201:.*from 2001:db8:1::/112 lookup $table proto (201|ipsec-rri)" ||
		fail "rules: $(ip -n "$r1" -6 rule show)" || return
	must 'unreachable default proto kernel metric 4278190080' $table || return
	SELECTORS="sel-local=2001:db8:1::-2001:db8:1::ffff sel-remote=$any" pair 1 &&
	must 'default dev tunnel-ip1 proto 201 metric 33554432' $table || return
	[ -z "$(routes)" ] || fail "in main: $(routes)" || return
	ip -n "$r1" addr add 2001:db8:1::1/128 dev lo
	goes_by "2001:db8:99::1 from 2001:db8:1::1" tunnel-ip1 &&
	goes_by 2001:db8:99::1 eth0 || fail "wrong way" || return
	ip -n "$r1" addr del 2001:db8:1::1/128 dev lo
	ip -n "$r1" -6 rule del pref 20201
	wait_until 20 rule_is_back || fail "the rule does not come back" || return
	rri off tunnel-ip1 && [ -z "$(routes $table)" ] && ! rule_is_back || fail "left over"
}

vrf_change()
{
	begin && ip -n "$r1" link add red type vrf table 20 && ip -n "$r1" link set red up &&
	on && pair 1 && must "$ROUTE" || return
	ip -n "$r1" link set tunnel-ip1 master red
	wait_until 20 has "$ROUTE" 20 && wait_until 5 has "$FALLBACK" 20 &&
	wait_until 5 nothing_left || fail "main: $(routes); red: $(routes 20)" || return
	ip -n "$r1" link del red
	wait_until 20 has "$ROUTE" && wait_until 5 has "$FALLBACK" || fail "$(routes)"
}

# An interface without IPv6 cannot have the route: said, and nothing in clear.
without_ipv6_on_the_interface()
{
	begin && in_r1 sysctl -qw net.ipv6.conf.tunnel-ip1.disable_ipv6=1 &&
	on && pair 1 && must_not "$ROUTE" && must "$FALLBACK" || return
	rri show | grep -q "^tunnel-ip1: $NET is refused by the routing table: " ||
		fail "$(rri show)" || return
	in_r1 tunctl show ipv6 route | grep -q "tunnel-ip1: $NET is refused" ||
		fail "$(in_r1 tunctl show ipv6 route)" || return
	goes_nowhere 2001:db8:2::9
}

# Who cannot have a route keeps it from nobody: neither before he had it, nor
# when he loses it.
refused_claim_blocks_nobody()
{
	begin && tunnel_add "$r1" tunnel-ip2 192.0.3.1/24 198.51.100.3 198.51.100.4 &&
	in_r1 sysctl -qw net.ipv6.conf.tunnel-ip1.disable_ipv6=1 &&
	on && pair 1 && rri set tunnel-ip2 $RANGES && DEV=tunnel-ip2 pair 9 || return
	rri show | grep -q "^tunnel-ip1: $NET is refused by the routing table: " &&
	must "${ROUTE/ip1/ip2}" || fail "$(rri show)" || return
	in_r1 sysctl -qw net.ipv6.conf.tunnel-ip1.disable_ipv6=0 && on || return
	rri show | grep -q "^tunnel-ip1: $NET waits: tunnel-ip2 has it" ||
		fail "$(rri show)" || return
	in_r1 sysctl -qw net.ipv6.conf.tunnel-ip2.disable_ipv6=1
	wait_until 20 has "$ROUTE" && must "$FALLBACK" || fail "$(rri show)" || return
	ip -n "$r1" link del tunnel-ip2
}

# A path too narrow for IPv6 does not take it from the interface.
keeps_its_mtu()
{
	begin && on && pair 1 && must "$ROUTE" || return
	ip -n "$r1" link set eth0 mtu 1290 &&
	wait_until 10 mtu_is 1280 || fail "$(ip -n "$r1" link show tunnel-ip1)" || return
	sleep 0.3
	must "$ROUTE" || return
	ip -n "$r1" link set eth0 mtu 1500
	wait_until 10 mtu_is 1446
}

mtu_is() { [ "$(in_r1 cat /sys/class/net/tunnel-ip1/mtu)" = "$1" ]; }

screens()
{
	begin && on && pair 1 || return
	in_r1 tunctl show ipv6 route >"$work/screen" || return
	grep -q "^a    $NET is directly connected, 00:[0-9:]*, tunnel-ip1\$" "$work/screen" &&
	in_r1 tunctl sh ipv6 ro 2001:db8:2::9 | grep -q "^Routing entry for $NET\$" &&
	in_r1 tunctl --json show ipv6 route | grep -q '"kind": "fallback"' &&
	! in_r1 tunctl show ip route | grep 2001: || fail "$(cat "$work/screen")" || return
	refused "is not an IPv6 prefix" in_r1 tunctl show ipv6 route 10.2.0.0/24 &&
	refused "is not an IPv4 prefix" in_r1 tunctl show ip route $NET
}

moves_to_another_namespace()
{
	netns_add far && begin && on && pair 1 && must "$ROUTE" || return
	ip -n "$r1" link set tunnel-ip1 netns "$far" && ip -n "$far" link set tunnel-ip1 up
	wait_until 5 nothing_left || fail "left: $(routes)" || return
	wait_until 10 far_has "$ROUTE" && far_has "$FALLBACK" || fail "far: $(ours "$far")" || return
	netns_del "$far"
}

run_tests follows_the_sas fail_closed silent_over_rekey ranges_become_prefixes \
	too_many_prefixes requester_pays both_families own_packets_have_the_right_source source_follows_the_addresses \
	source_goes_for_a_moment loopback_goes_down \
	deleted_by_hand_comes_back \
	foreign_route_is_respected two_owners capture_is_refused any_destination \
	vrf_change without_ipv6_on_the_interface refused_claim_blocks_nobody keeps_its_mtu screens \
	moves_to_another_namespace
