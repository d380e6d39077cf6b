#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and fields are words
#
# The MTU of an interface follows from suite and path; what is larger is
# refused with the right number or cut before it is sealed, never after; and
# every size comes through.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"
require tcpdump

# Largest inner packet: path 1500, 1500 in UDP, 1400, 1400 in UDP.
TABLE="cbc256-sha1 1438 1422 1342 1326
cbc256-sha256 1438 1422 1326 1326
cbc256-sha384 1422 1422 1326 1310
cbc256-sha512 1422 1406 1310 1310
gcm256 1446 1438 1346 1338"

# r1 and r2 behind a router, whose way to r2 can be made narrower.
setup()
{
	load_module && netns_add r1 && netns_add r2 && netns_add mid &&
	no_ipv6 "$r1" "$r2" "$mid" &&
	in_mid sysctl -qw net.ipv4.ip_forward=1 &&
	ip link add eth0 netns "$r1" type veth peer name r1 netns "$mid" &&
	ip link add eth0 netns "$r2" type veth peer name r2 netns "$mid" &&
	ip -n "$r1" -batch - <<-R1 && ip -n "$r2" -batch - <<-R2 &&
		addr add $OUTER1/28 dev eth0
		link set eth0 up
		route add default via 198.51.100.2
	R1
		addr add $OUTER2/28 dev eth0
		link set eth0 up
		route add default via 198.51.100.17
	R2
	ip -n "$mid" -batch - <<-MID &&
		addr add 198.51.100.2/28 dev r1
		addr add 198.51.100.17/28 dev r2
		link set r1 up
		link set r2 up
	MID
	wait_until 10 in_r1 ping -c 1 -W 1 $OUTER2 &&
	tunnel_add "$r1" tunnel-ip1 $INNER1/24 $OUTER1 $OUTER2 &&
	tunnel_add "$r2" tunnel-ip1 $INNER2/24 $OUTER2 $OUTER1 &&
	udp_encap_in "$r1" 4500 && udp_encap_in "$r2" 4500 &&
	traffic_serve "$r2"
}

# --- derived ---------------------------------------------------------------

# One interface for each cell of the table, to a remote of its own.
table_lines()
{
	local name cells cell i=0

	while read -r name cells; do
		for cell in $cells; do
			i=$((i + 1))
			table_cell $i "$name" $(((i - 1) % 4)) $cell
		done
	done <<<"$TABLE"
}

table_cell()
{
	local i=$1 name=$2 column=$3 remote=198.51.100.$((100 + $1)) words=

	[ $((column % 2)) -eq 0 ] || words="sport=4500 dport=4500"
	[ $((column / 2)) -eq 0 ] ||
		echo "route add $remote via 198.51.100.2 mtu 1400" >>"$work/routes"
	echo "link add t$i up type tunnel_ip local $OUTER1 remote $remote" \
		>>"$work/links"
	DEV=t$i sa_lines "$name" $((100 + i)) 1 $words >>"$work/sas"
	echo "t$i $4" >>"$work/expected"
}

table()
{
	local dev mtu

	table_lines
	ip -n "$r1" -batch "$work/routes" && ip -n "$r1" -batch "$work/links" &&
	sa1 batch <"$work/sas" && sa1 dev >"$work/devs" || return
	while read -r dev mtu; do
		is "$(grep "ifname=$dev " "$work/devs")" "mtu=$mtu" mtu-fixed=0 ||
			return
	done <"$work/expected"
	# Without carrier nothing is forgotten; with another suite it changes.
	sed 's/^link add \(t[0-9]*\) .*/link del \1/' "$work/links" |
		ip -n "$r1" -batch -
}

underlay_changes()
{
	sa_install gcm256 1 && dev_is "$r1" mtu=1446 pmtu=1500 &&
	ip -n "$r1" link set eth0 mtu 1400 &&
	wait_until 5 dev_is "$r1" mtu=1346 pmtu=1400 || dev_is "$r1" mtu=1346 ||
		return
	ip -n "$r1" link set eth0 mtu 1500 &&
	wait_until 5 dev_is "$r1" mtu=1446 pmtu=1500 || dev_is "$r1" mtu=1446 ||
		return
	flush_both
}

suite_changes()
{
	sa_install gcm256 2 && dev_is "$r1" mtu=1446 && flush_both &&
	sa_install cbc128-sha512 3 && dev_is "$r1" mtu=1422 && flush_both &&
	sa_install cbc128-sha512 4 sport=4500 dport=4500 &&
	dev_is "$r1" mtu=1406 && flush_both
}

# What the user set stays, whatever comes, until he sets the derived one.
users_choice()
{
	sa_install gcm256 5 && ip -n "$r1" link set tunnel-ip1 mtu 1300 &&
	dev_is "$r1" mtu=1300 mtu-fixed=1 && flush_both &&
	sa_install cbc128-sha512 6 && dev_is "$r1" mtu=1300 mtu-fixed=1 &&
	ip -n "$r1" link set tunnel-ip1 mtu 1422 &&
	dev_is "$r1" mtu=1422 mtu-fixed=0 && flush_both &&
	sa_install gcm256 7 && dev_is "$r1" mtu=1446 mtu-fixed=0 && flush_both
}

bounds()
{
	refused "" ip -n "$r1" link set tunnel-ip1 mtu 67 &&
	refused "" ip -n "$r1" link set tunnel-ip1 mtu 65535 &&
	dev_is "$r1" mtu=1446
}

# A path wider than any packet: the MTU is the largest that there can be.
no_bound_below()
{
	ip -n "$r1" addr add 198.18.7.1/32 dev lo && ip -n "$r1" addr add 198.18.7.2/32 dev lo &&
	ip -n "$r1" link add big type tunnel_ip local 198.18.7.1 remote 198.18.7.2 &&
	ip -n "$r1" link set big up && DEV=big sa_lines gcm128 8 1 | sa1 batch &&
	dev_line "$r1" big && is "$REPLY" mtu=65414 mtu-fixed=0 || return
	ip -n "$r1" link del big && ip -n "$r1" addr del 198.18.7.1/32 dev lo &&
	ip -n "$r1" addr del 198.18.7.2/32 dev lo
}

# --- the largest packet, to the octet --------------------------------------

# fits SIZE: a ping of so many octets, not to be cut, is answered.
fits() { in_r1 ping -q -c 1 -W 2 -M 'do' -s $(($1 - 28)) $INNER2; }

too_long()
{
	local said

	said=$(in_r1 ping -c 1 -W 0.3 -M 'do' -s $(($1 - 28)) $INNER2 2>&1) &&
		fail "$1 octets passed: $said" && return 1
	[[ $said == *"mtu"*"$2"* ]] || fail "said '$said', expected mtu $2"
}

to_the_octet()
{
	local name mtu udp n=10

	while read -r name mtu udp _; do
		n=$((n + 1))
		sa_install $name $n && fits $mtu && too_long $((mtu + 1)) $mtu &&
		flush_both || return
		sa_install $name $((n + 10)) sport=4500 dport=4500 &&
		fits $udp && too_long $((udp + 1)) $udp && flush_both || return
	done <<<"$TABLE"
	no_drops "$r1" && no_drops "$r2"
}

# --- larger than the path --------------------------------------------------

# The interface itself answers when its MTU promises too much.
refused_with_the_right_number()
{
	sa_install gcm256 30 && ip -n "$r1" link set tunnel-ip1 mtu 1600 &&
	too_long 1500 1446 && dev_is "$r1" drop_too_big=1 &&
	fits 1446 && flush_both
}

# DF clear: cut before it is sealed; the wire never sees a fragment.
cut_before_sealing()
{
	in_r1 ip route flush cache
	sa_install cbc256-sha256 31 &&
	ip -n "$r1" link set tunnel-ip1 mtu 4000 &&
	ip -n "$r2" link set tunnel-ip1 mtu 4000 &&
	capture "$mid" r1 "$work/cut.pcap" \
		'ip[6:2] & 0x3fff != 0 or greater 1515' || return
	in_r1 traffic sizes $PORT $INNER2 1400 3990 37 || return
	capture_end || return
	[ -z "$(tcpdump -n -r "$work/cut.pcap" 2>/dev/null)" ] ||
		fail "$(tcpdump -n -r "$work/cut.pcap" -c 5)" || return
	ip -n "$r1" link set tunnel-ip1 mtu 1438 &&
	ip -n "$r2" link set tunnel-ip1 mtu 1438 && flush_both
}

every_size()
{
	local name n=40

	for name in cbc128-sha1 cbc256-sha512 gcm128; do
		n=$((n + 2))
		sa_install $name $n &&
		in_r1 traffic sizes $PORT $INNER2 28 1500 7 &&
		in_r1 traffic sizes $PORT $INNER2 1501 9000 211 && flush_both &&
		sa_install $name $((n + 1)) sport=4500 dport=4500 &&
		in_r1 traffic sizes $PORT $INNER2 28 1500 13 &&
		in_r1 traffic sizes $PORT $INNER2 1501 9000 307 && flush_both ||
			return
	done
}

# A host behind the router is told, not the router.
forwarded()
{
	local said host

	netns_add host && no_ipv6 "$host" &&
	ip link add eth0 mtu 9000 netns "$host" type veth peer name lan mtu 9000 \
		netns "$r1" &&
	ip -n "$r1" addr add 10.5.0.1/24 dev lan && ip -n "$r1" link set lan up &&
	in_r1 sysctl -qw net.ipv4.ip_forward=1 &&
	ip -n "$host" addr add 10.5.0.2/24 dev eth0 &&
	ip -n "$host" link set eth0 up &&
	ip -n "$host" route add default via 10.5.0.1 &&
	ip -n "$r2" route add 10.5.0.0/24 dev tunnel-ip1 &&
	sa_install gcm256 60 &&
	ip netns exec "$host" ping -q -c 1 -W 5 $INNER2 || return
	said=$(ip netns exec "$host" ping -c 2 -W 1 -M 'do' -s 1472 $INNER2 2>&1)
	[[ $said == *"mtu"*1446* ]] || fail "$said" || return
	ip netns exec "$host" ping -q -c 1 -W 5 -M 'do' -s 1418 $INNER2 || return
	# And when only the interface knows.
	ip -n "$r1" link set tunnel-ip1 mtu 2000 && ip -n "$host" route flush cache
	said=$(ip netns exec "$host" ping -c 2 -W 1 -M 'do' -s 1872 $INNER2 2>&1)
	[[ $said == *"mtu"*1446* ]] || fail "$said" || return
	ip netns exec "$host" traffic sizes $PORT $INNER2 1400 5000 333 &&
	ip -n "$r1" link set tunnel-ip1 mtu 1446 && flush_both
}

# --- a path that narrows ---------------------------------------------------

narrower_path()
{
	local n=$1 mtu=$2

	shift 2
	ip -n "$r1" route flush cache && ip -n "$r2" route flush cache &&
	sa_install gcm256 $n "$@" && fits 1400 || return
	ip -n "$mid" link set r2 mtu 1400 || return
	# The second packet meets what the router said of the first.
	in_r1 ping -q -c 2 -i 0.2 -W 0.5 -M 'do' -s 1380 $INNER2
	wait_until 5 dev_is "$r1" pmtu=1400 mtu=$mtu ||
		dev_is "$r1" pmtu=1400 mtu=$mtu || return
	fits $mtu && in_r1 traffic stream $PORT $INNER2 200000 || return
	ip -n "$mid" link set r2 mtu 1500 && ip -n "$r1" route flush cache &&
	flush_both
}

narrower_path_esp() { narrower_path 70 1346; }
narrower_path_udp() { narrower_path 71 1338 sport=4500 dport=4500; }

# What was learnt is forgotten after a while: the next packet finds it so.
ages()
{
	in_r1 sysctl -qw net.ipv4.route.mtu_expires=4 &&
	sa_install gcm256 72 && fits 1400 && path_is 1400 || return
	in_r1 ping -q -c 2 -i 0.2 -W 0.5 -M 'do' -s 1380 $INNER2
	wait_until 5 dev_is "$r1" pmtu=1400 mtu=1346 || return
	path_is 1500
	wait_until 30 grown 1446 || fail "$(sa1 dev tunnel-ip1)" || return
	fits 1446 && flush_both && in_r1 sysctl -qw net.ipv4.route.mtu_expires=600
}

# path_is MTU: on the router between, for both ways; 1500 is no limit.
path_is()
{
	if [ "$1" = 1500 ]; then
		ip -n "$mid" route del $OUTER2 dev r2
		ip -n "$mid" route del $OUTER1 dev r1
	else
		ip -n "$mid" route replace $OUTER2 dev r2 mtu lock "$1" &&
		ip -n "$mid" route replace $OUTER1 dev r1 mtu lock "$1"
	fi
}

grown()
{
	in_r1 ping -q -c 1 -W 2 $INNER2 && dev_is "$r1" pmtu=1500 mtu="$1"
}

# TCP goes on while the path becomes narrower, narrower still, and wide again.
tcp_over_a_changing_path()
{
	local ns mtu streams

	for ns in "$r1" "$r2"; do
		ip netns exec "$ns" sysctl -qw net.ipv4.route.mtu_expires=3 || return
	done
	sa_install gcm256 73 window=1024 && fits 1400 || return
	streams_until_told >"$work/streams" 2>&1 &
	streams=$!
	pids+=("$streams")
	for mtu in 1400 1300 1500 1350 1500; do
		path_is $mtu
		wait_until 30 dev_is "$r1" pmtu=$mtu &&
		wait_until 60 one_more_stream ||
			fail "at $mtu: $(cat "$work/streams") $(sa1 dev tunnel-ip1)" || break
	done
	touch "$work/enough"
	wait "$streams" || fail "$(cat "$work/streams")" || return
	[ "$mtu" = 1500 ] || return
	for ns in "$r1" "$r2"; do
		ip netns exec "$ns" sysctl -qw net.ipv4.route.mtu_expires=600
	done
	rm "$work/enough" && flush_both
}

# A stream that waits for longer than eight seconds for anything fails.
streams_until_told()
{
	until [ -e "$work/enough" ]; do
		ip netns exec "$r1" traffic stream $PORT $INNER2 2000000 || return
	done
}

one_more_stream()
{
	local now

	now=$(grep -c ok "$work/streams")
	wait_until 50 more_than "$now"
}

more_than() { [ "$(grep -c ok "$work/streams")" -gt "$1" ]; }

# With IPv4 options, of odd lengths, cut or not.
options()
{
	local size

	sa_install cbc256-sha256 74 || return
	for size in 0 1 3 555 1389 1390 1391 3001; do
		in_r1 ping -q -R -c 1 -W 3 -s $size $INNER2 &&
		in_r1 ping -q -T tsonly -c 1 -W 3 -s $size $INNER2 ||
			fail "$size octets with options" || return
	done
	flush_both
}

# A header alone, and all that 16 bits can say, which the interface cuts.
smallest_and_largest()
{
	local line received octets

	sa_install gcm128 75 window=1024 && dev_line "$r2" && line=$REPLY || return
	value rx_packets "$line" && received=$REPLY
	value rx_bytes "$line" && octets=$REPLY
	in_r1 /usr/bin/python3 -c "import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)
s.sendto(b'', ('$INNER2', 0))" &&
	wait_until 5 dev_is "$r2" rx_packets=$((received + 1)) rx_bytes=$((octets + 20)) || return
	in_r1 ping -q -c 1 -W 5 -s 65507 $INNER2 &&
	ip -n "$r1" link set tunnel-ip1 mtu 65000 && ip -n "$r2" link set tunnel-ip1 mtu 65000 &&
	in_r1 ping -q -c 1 -W 5 -M dont -s 64972 $INNER2 &&
	in_r1 ping -q -c 1 -W 5 -M dont -s 65507 $INNER2 &&
	ip -n "$r1" link set tunnel-ip1 mtu 1446 && ip -n "$r2" link set tunnel-ip1 mtu 1446 &&
	flush_both
}

run_tests table underlay_changes suite_changes users_choice bounds no_bound_below \
	to_the_octet refused_with_the_right_number cut_before_sealing \
	every_size forwarded narrower_path_esp narrower_path_udp ages \
	tcp_over_a_changing_path options smallest_and_largest
