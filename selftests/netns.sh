#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2154 # fields are words; the library's variables
#
# Interfaces and namespaces: the outer side stays where an interface was born,
# the inner side goes where it is moved; either namespace, or the module, may
# end under traffic, and nothing is left of it.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"
require tcpdump ping

HOST=10.1.0.9
MANY=30

setup() { load_module; }

# A host behind the router $lan, whose tunnel was born in $r1. Nothing runs in
# $lan or $r1, so that either ends at once when its name does.
#
#   host -- lan -- tunnel-ip1 (r1: eth0) ==ESP== (eth0) tunnel-ip1 -- r2
moved()
{
	two_routers && netns_add lan && netns_add host &&
	no_ipv6 "$r1" "$r2" "$lan" "$host" &&
	ip link add name eth1 netns "$lan" type veth \
		peer name eth0 netns "$host" &&
	ip -n "$host" -batch - <<-BATCH && ip -n "$lan" -batch - <<-BATCH2 || return
		addr add $HOST/24 dev eth0
		link set eth0 up
		route add default via 10.1.0.1
	BATCH
		addr add 10.1.0.1/24 dev eth1
		link set eth1 up
	BATCH2
	ip netns exec "$lan" sysctl -qw net.ipv4.ip_forward=1 &&
	ip -n "$r1" link add tunnel-ip1 type tunnel_ip local $OUTER1 remote $OUTER2 &&
	sa_lines cbc256-sha256 1 1 window=1024 | sa1 batch &&
	tunnel_add "$r2" tunnel-ip1 $INNER2/24 $OUTER2 $OUTER1 &&
	ip -n "$r2" route add 10.1.0.0/24 dev tunnel-ip1 &&
	sa_lines cbc256-sha256 1 2 window=1024 | sa2 batch &&
	move_to lan
}

# move_to NAME: from $r1, with its SAs.
move_to()
{
	ip -n "$r1" link set tunnel-ip1 netns "${!1}" &&
	ip -n "${!1}" addr add $INNER1/24 dev tunnel-ip1 &&
	ip -n "${!1}" link set tunnel-ip1 up
}

in_lan() { ip netns exec "$lan" "$@"; }
in_host() { ip netns exec "$host" "$@"; }

# Both ways, from both ends, without a process in $lan.
under_load()
{
	moved && in_host ping -q -c 2 -W 5 $INNER2 || return
	# A flood would leave nothing of an emulated processor for what is tested.
	spawn_in "$host" ping -q -i 0.005 -s 1300 $INNER2 >/dev/null 2>&1
	spawn_in "$r2" ping -q -i 0.005 $HOST >/dev/null 2>&1
	wait_until 20 carries 200
}

# carries N: so many packets have come and gone.
carries()
{
	dev_line "$r2" && value rx_packets "$REPLY" && [ "$REPLY" -ge "$1" ]
}

# Ends what a stage had, in what state soever.
ended()
{
	local pid ns

	for pid in "${pids[@]}"; do
		stop "$pid" KILL
	done
	pids=()
	for ns in "${namespaces[@]}"; do
		[ ! -e "/run/netns/$ns" ] || ip netns del "$ns"
	done
	namespaces=()
	kernel_log_clean
}

exists_in() { ip -n "$1" link show tunnel-ip1; }
gone_from() { ! exists_in "$1"; }

# --- a moved interface -----------------------------------------------------

carries_traffic()
{
	moved && capture "$r2" eth0 "$work/wire.pcap" 'not arp' || return
	in_host ping -q -c 3 -i 0.2 -s 1200 -W 5 $INNER2 &&
	in_lan ping -q -c 3 -i 0.2 -W 5 $INNER2 &&
	in_r2 ping -q -c 3 -i 0.2 -W 5 $HOST || return
	traffic_serve "$r2" &&
	in_host traffic stream $PORT $INNER2 200000 | grep -q ' ok' ||
		fail "no TCP" || return
	capture_end || return
	[ "$(tcpdump -nr "$work/wire.pcap" "esp and src $OUTER1" 2>/dev/null | wc -l)" -ge 9 ] ||
		fail "no ESP from where it was born" || return
	! tcpdump -nr "$work/wire.pcap" not esp 2>/dev/null | grep . || fail "in clear"
}

# Requests, counters and events are those of the inner namespace.
belongs_to_the_inner_side()
{
	[ -z "$(sa1 dev)" ] && [ -z "$(sa1 dump)" ] || fail "r1 sees it: $(sa1 dev)" || return
	[ "$(tunip_sa -n "$lan" dump | wc -l)" = 2 ] || fail "lan does not" || return
	no_drops "$lan" && events_in "$lan" && events_in "$r1" || return
	sa_lines gcm128 2 1 | tunip_sa -n "$lan" batch || return
	wait_until 10 grep -q 'sa-event.*event=added' "$work/events-$lan" ||
		fail "lan hears nothing" || return
	[ "$(grep -c sa-event "$work/events-$r1")" = 0 ] || fail "r1 hears" || return
	# SPIs are those of the outer namespace.
	tunnel_add "$r1" tunnel-ip2 192.0.9.1/24 $OUTER1 198.51.100.77 &&
	refused "an SA with this SPI exists" \
		sa1 add tunnel-ip2 dir=in spi=$((SPI_21 + 2)) encr=gcm \
		key=000102030405060708090a0b0c0d0e0f10111213 &&
	ip -n "$r1" link del tunnel-ip2 &&
	tunip_sa -n "$lan" del tunnel-ip1 dir=out spi=$((SPI_12 + 2)) &&
	tunip_sa -n "$lan" del tunnel-ip1 dir=in spi=$((SPI_21 + 2)) || return
	# Nothing may be left to run in there.
	stop "${event_listeners[$r1]}"
	stop "${event_listeners[$lan]}"
	return 0
}

mtu_is() { [ "$(in_lan cat /sys/class/net/tunnel-ip1/mtu)" = "$1" ]; }

# The path is that of the outer side: CBC and SHA-256 in 1500 and 1400 octets.
mtu_follows_the_outer_side()
{
	mtu_is 1438 || fail "MTU $(in_lan cat /sys/class/net/tunnel-ip1/mtu)" || return
	ip -n "$r1" link set eth0 mtu 1400 && wait_until 10 mtu_is 1326 ||
		fail "MTU $(in_lan cat /sys/class/net/tunnel-ip1/mtu)" || return
	! in_host ping -q -c 1 -W 2 -M "do" -s 1300 $INNER2 >"$work/said" 2>&1 ||
		fail "too large, and it passed: $(cat "$work/said")" || return
	in_host ip route get $INNER2 | grep -q 'mtu 1326' ||
		fail "the host was told $(in_host ip route get $INNER2)" || return
	ip -n "$r1" link set eth0 mtu 1500 && wait_until 10 mtu_is 1438
}

# Back home and out again: SAs, sequence numbers and keys stay.
moves_back_and_forth()
{
	local i

	for i in 1 2; do
		ip -n "$lan" link set tunnel-ip1 netns "$r1" &&
		ip -n "$r1" addr add $INNER1/24 dev tunnel-ip1 &&
		ip -n "$r1" link set tunnel-ip1 up &&
		in_r1 ping -q -c 2 -i 0.2 -W 5 $INNER2 &&
		move_to lan && in_host ping -q -c 2 -i 0.2 -W 5 $INNER2 || return
	done
	no_drops "$lan" && no_drops "$r2" && ended
}

# Under traffic from behind, into a namespace that forwards as well.
moves_under_load()
{
	local i

	under_load || return
	for i in 1 2 3; do
		ip -n "$lan" link set tunnel-ip1 netns "$r1" &&
		ip -n "$r1" link set tunnel-ip1 up && move_to lan || return
	done
	in_host ping -q -c 2 -i 0.2 -W 5 $INNER2 && ended
}

# --- ends ------------------------------------------------------------------

# The endpoints and the SPIs are free again.
can_be_born_again()
{
	wait_until 20 ip -n "$r1" link add tunnel-ip1 type tunnel_ip \
		local $OUTER1 remote $OUTER2 &&
	sa_lines cbc256-sha256 1 1 | sa1 batch
}

inner_namespace_ends()
{
	under_load && ip netns del "$lan" && can_be_born_again && ended
}

outer_namespace_ends()
{
	under_load && ip netns del "$r1" && wait_until 20 gone_from "$lan" ||
		fail "it is still there" || return
	[ -z "$(tunip_sa -n "$lan" dump)" ] && ended
}

both_end()
{
	under_load && ip netns del "$lan" && ip netns del "$r1" && ended &&
	under_load && ip netns del "$r1" && ip netns del "$lan" && ended
}

# It is being removed, on no list any more, when the namespace of its packets ends.
outer_namespace_ends_meanwhile()
{
	local i

	for ((i = 0; i < 10; i++)); do
		moved && in_lan ping -q -c 2 -i 0.1 -W 5 $INNER2 >/dev/null || return
		ip -n "$lan" link del tunnel-ip1 &
		ip netns del "$r1"
		wait $!
		gone_from "$lan" && ended || return
	done
}

# --- many ------------------------------------------------------------------

# One namespace with a tunnel, SAs, a reverse route, and packets that it sends.
populate()
{
	local ns=$1

	ip -n $ns -batch - <<-BATCH
		link set lo up
		link add eth0 type dummy
		addr add $OUTER1/24 dev eth0
		link set eth0 up
		link add tunnel-ip1 type tunnel_ip local $OUTER1 remote $OUTER2
		addr add $INNER1/24 dev tunnel-ip1
		link set tunnel-ip1 up
		neigh add $OUTER2 lladdr 02:00:00:00:00:01 dev eth0
	BATCH
}

# Interfaces of every third one move to their neighbour.
crowd()
{
	local i ns next

	for ((i = 0; i < MANY; i++)); do
		ns=crowd$i-$$
		ip netns add $ns && namespaces+=("$ns") && populate $ns || return
	done
	for ((i = 0; i < MANY; i++)); do
		ns=crowd$i-$$ next=crowd$(((i + 1) % MANY))-$$
		sa_lines gcm128 1 1 sel-remote=10.2.0.0-10.2.0.255 \
			sel-local=0.0.0.0-255.255.255.255 |
			tunip_sa -n $ns batch || return
		[ $((i % 5)) -ne 0 ] || ip netns exec $ns tunip_rri set tunnel-ip1 \
			local=0.0.0.0-255.255.255.255 remote=10.2.0.0-10.2.0.255 || return
		[ $((i % 3)) -ne 0 ] || {
			ip -n $ns link set tunnel-ip1 down &&
			ip -n $ns link set tunnel-ip1 name moved &&
			ip -n $ns link set moved netns $next up
		} || return
	done
}

# In the order in which they came, so that outer ends come before inner ones,
# and then the other way round.
disperse()
{
	local i

	for ((i = 0; i < MANY; i++)); do
		ip netns del crowd$(($1 ? MANY - 1 - i : i))-$$ || return
	done
}

many_come_and_go()
{
	local round

	for round in 0 1; do
		crowd && disperse $round || return
	done
	ended
}

# --- reverse routes --------------------------------------------------------

NET=10.2.0.0/24

routes_in()
{
	ip -n "$1" route show | sed -n 's/ *$//; s/ proto ipsec-rri/ proto 201/
		/ proto 201/p; /^unreachable/p' | sort | tr '\n' ';'
}

only_in()
{
	[ "$(routes_in "$1")" = "$NET dev tunnel-ip1 proto 201 scope link metric 33554432;unreachable $NET proto kernel metric 4278190080;" ] &&
	[ -z "$(routes_in "$2")" ]
}

none_in() { [ -z "$(routes_in "$1")" ]; }

routes_follow()
{
	local ranges="local=10.1.0.0-10.1.0.255 remote=10.2.0.0-10.2.0.255"

	two_routers && netns_add lan && no_ipv6 "$r1" "$r2" "$lan" &&
	tunnel_add "$r1" tunnel-ip1 $INNER1/24 $OUTER1 $OUTER2 &&
	sa_lines gcm128 1 1 sel-local=10.1.0.0-10.1.0.255 sel-remote=10.2.0.0-10.2.0.255 |
		sa1 batch && in_r1 tunip_rri set tunnel-ip1 $ranges &&
	only_in "$r1" "$lan" || fail "$(routes_in "$r1")" || return
	move_to lan && wait_until 10 only_in "$lan" "$r1" ||
		fail "r1: $(routes_in "$r1") lan: $(routes_in "$lan")" || return
	# Down, for a move is that too: unreachable, and nothing behind.
	ip -n "$lan" link set tunnel-ip1 netns "$r1"
	wait_until 10 none_in "$lan" &&
	routes_in "$r1" | grep -q "^unreachable $NET proto kernel metric 4278190080;$" ||
		fail "r1: $(routes_in "$r1") lan: $(routes_in "$lan")" || return
	move_to lan && wait_until 10 only_in "$lan" "$r1" || return
	# Its birthplace takes it along, and its routes.
	ip netns del "$r1" && wait_until 20 none_in "$lan" ||
		fail "lan: $(routes_in "$lan")" || return
	ended
}

# --- the module ------------------------------------------------------------

# The last stage: interfaces at home, moved, and moved to where the peer is.
rmmod_with_interfaces_everywhere()
{
	under_load &&
	tunnel_add "$r1" tunnel-ip2 192.0.9.1/24 $OUTER1 198.51.100.77 &&
	tunnel_add "$lan" tunnel-ip3 192.0.8.1/24 10.1.0.1 $HOST &&
	ip -n "$lan" link set tunnel-ip3 netns "$r2" &&
	timeout 60 rmmod tunnel_ip && module_loaded='' && gone_from "$lan" && ended
}

run_stages setup carries_traffic belongs_to_the_inner_side \
	mtu_follows_the_outer_side moves_back_and_forth moves_under_load \
	inner_namespace_ends outer_namespace_ends both_end \
	outer_namespace_ends_meanwhile many_come_and_go \
	routes_follow rmmod_with_interfaces_everywhere
