#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2317 # addresses, numbers and fields are words;
# stages are called by the library
#
# IPv6 inside and outside: both families through tunnels over both, plain and
# in UDP, against the kernel's xfrm too; what the outer header says; selectors;
# and path MTU by ICMPv6, inside and outside.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"
require tcpdump iperf3 ethtool

# The outer network: r1 and r2 behind the router mid.
O1=2001:db8:1::1 O2=2001:db8:2::1
# Inside: tunnel-ip1 over IPv4, tunnel-ip2 over IPv6, both families in each.
A1=fd00:a::1 A2=fd00:a::2
B1=fd00:b::1 B2=fd00:b::2 B1_4=192.0.3.1 B2_4=192.0.3.2

setup()
{
	load_module && netns_add r1 && netns_add r2 && netns_add mid || return
	in_mid sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	outer_wire r1 "$r1" $OUTER1/28 198.51.100.2 $O1 2001:db8:1::ff &&
	outer_wire r2 "$r2" $OUTER2/28 198.51.100.17 $O2 2001:db8:2::ff &&
	wait_until 20 in_r1 ping -q -c 1 -W 1 $OUTER2 &&
	wait_until 20 in_r1 ping -q -c 1 -W 1 $O2 || return
	inner "$r1" tunnel-ip1 $OUTER1 $OUTER2 $INNER1/24 $A1/64 &&
	inner "$r2" tunnel-ip1 $OUTER2 $OUTER1 $INNER2/24 $A2/64 &&
	inner "$r1" tunnel-ip2 $O1 $O2 $B1_4/24 $B1/64 &&
	inner "$r2" tunnel-ip2 $O2 $O1 $B2_4/24 $B2/64 &&
	udp_encap_in "$r1" 4500 && udp_encap_in "$r2" 4500 &&
	spawn_in "$r2" iperf3 -s >"$work/iperf3-server"
}

# outer_wire NAME NETNS ADDR4 ROUTER4 ADDR6 ROUTER6
outer_wire()
{
	ip link add eth0 netns "$2" type veth peer name "$1" netns "$mid" &&
	ip -n "$2" -batch - <<-END && ip -n "$mid" -batch - <<-MID
		addr add $3 dev eth0
		addr add $5/64 dev eth0 nodad
		link set eth0 up
		route add default via $4
		route add default via $6
	END
		addr add $4/28 dev $1
		addr add $6/64 dev $1 nodad
		link set $1 up
	MID
}

# inner NETNS DEVICE LOCAL REMOTE ADDR4 ADDR6
inner()
{
	tunnel_add "$1" "$2" "$5" "$3" "$4" &&
	ip -n "$1" addr add "$6" dev "$2" nodad
}

# begin DEVICE SUITE N [FIELDS...]: pair N, of one interface.
begin()
{
	DEV=$1 sa_install "$2" "$3" window=1024 "${@:4}" && cut_off "$1"
}

# What went wrong before is not this stage's.
declare -A before
cut_off()
{
	dev_line "$r1" "$1" && before[1]=$REPLY
	dev_line "$r2" "$1" && before[2]=$REPLY
}

# grew NETNS-NUMBER DEVICE COUNTER=N...
grew()
{
	local ns=r$1

	dev_line "${!ns}" "$2" && differ_by "${before[$1]}" "$REPLY" "${@:3}"
}

# No reason to drop has counted since begin.
clean()
{
	local end ns word

	for end in 1 2; do
		ns=r$end
		dev_line "${!ns}" "$1"
		for word in $REPLY; do
			[[ $word == drop_* ]] || continue
			value "${word%=*}" "${before[$end]}"
			[ "$REPLY" = "${word#*=}" ] ||
				fail "r$end: ${word%=*} went from $REPLY to ${word#*=}" ||
				return
		done
	done
}

# sizes ADDR FROM TO STEP: pings of these packet sizes, every octet checked.
sizes()
{
	local addr=$1 size head=28 said

	[[ $addr != *:* ]] || head=48
	for ((size = $2; size <= $3; size += $4)); do
		said=$(in_r1 ping -c 1 -W 3 -p 54554e4e454c -s $((size - head)) $addr) ||
			fail "$size octets to $addr: $said" || return
		[[ $said != *wrong* ]] || fail "$said" || return
	done
}

# bulk ADDR [WORDS...]
bulk()
{
	in_r1 timeout 150 iperf3 -c "$@" -n 400K -J >"$work/iperf3" ||
		fail "iperf3 $*: $(tail -n 5 "$work/iperf3")"
}

both_ways_and_families()
{
	local dev=$1 v4=$2 v6=$3

	sizes $v6 48 1406 679 && sizes $v4 28 1406 689 && sizes $v6 1427 5000 3573 &&
	bulk $v6 && bulk $v6 -R && bulk $v4 && bulk $v6 -u -b 20M && clean $dev
}

inner_over_ipv4()
{
	begin tunnel-ip1 cbc256-sha256 1 &&
	both_ways_and_families tunnel-ip1 $INNER2 $A2
}

over_ipv6()
{
	begin tunnel-ip2 cbc256-sha256 101 &&
	both_ways_and_families tunnel-ip2 $B2_4 $B2 && flush_both
}

over_ipv6_in_udp()
{
	begin tunnel-ip2 gcm256 102 sport=4500 dport=4500 flags=esn &&
	in_r1 ethtool -K eth0 tx off >"$work/ethtool" &&
	in_r2 ethtool -K eth0 tx off >>"$work/ethtool" &&
	capture "$mid" r1 "$work/udp.pcap" ip6 || return
	both_ways_and_families tunnel-ip2 $B2_4 $B2 || return
	capture_end || return
	# The checksum is not optional here.
	tcpdump -n -vv -r "$work/udp.pcap" 'ip6[6] == 17' >"$work/udp.text" 2>/dev/null
	grep -q 'udp sum ok' "$work/udp.text" &&
	! grep -q 'bad udp\|no cksum' "$work/udp.text" ||
		fail "$(head -n 4 "$work/udp.text")" || return
	flush_both
}

# --- the outer header ------------------------------------------------------

# header FIELDS...: of the packets r1 sends, by what tcpdump prints.
header()
{
	local word text

	capture "$mid" r1 "$work/header.pcap" "ip6 src $O1 and ip6[6] == 50" || return
	in_r1 ping -q -c 1 -W 3 -Q 0xb9 $B2 || return
	capture_end || return
	text=$(tcpdump -n -v -r "$work/header.pcap" 2>/dev/null)
	for word; do
		[[ $text == *"$word"* ]] || fail "no '$word' in: $text" || return
	done
	label=$(grep -o 'flowlabel 0x[0-9a-f]*' <<<"$text")
}

outer_header()
{
	begin tunnel-ip2 gcm128 103 && header "class 0xb9" "hlim 64" "$O1 > $O2: ESP" &&
	local first=$label
	# One label for all flows of an SA: nothing may be overtaken.
	[ -n "$first" ] || fail "no flow label" || return
	ip -n "$r1" link set tunnel-ip2 type tunnel_ip ttl 9 tos 0x20 &&
	header "class 0x21" "hlim 9" "$first" &&
	ip -n "$r1" link set tunnel-ip2 type tunnel_ip ttl 64 tos inherit &&
	clean tunnel-ip2 && flush_both
}

# A congested router marks the outer header; the inner one has it at the end.
ecn()
{
	begin tunnel-ip2 gcm128 104 || return
	# Not by nftables: Linux 7 no longer lets it write there.
	in_mid tc qdisc add dev r2 clsact &&
	in_mid tc filter add dev r2 egress protocol ipv6 matchall \
		action pedit ex munge ip6 traffic_class set 3 retain 3 || return
	in_r1 ping -q -c 2 -i 0.1 -W 2 -Q 2 $B2 && grew 2 tunnel-ip2 rx_ecn_ce=2 || return
	in_r1 ping -q -c 1 -W 0.3 -Q 0 $B2
	grew 2 tunnel-ip2 drop_ecn=1 || return
	in_mid tc qdisc del dev r2 clsact && flush_both
}

# --- beside and against the kernel's own -----------------------------------

xfrm6_begin()
{
	local udp=()

	[ "$3" != udp ] || udp=(udp)
	DEV=tunnel-ip2 sa_lines "$1" "$2" 1 ${3:+sport=4500 dport=4500} | sa1 batch &&
	xfrm_lines "$1" "$2" "${udp[@]}" 1 |
		sed "s/ $OUTER1 / $O1 /; s/ $OUTER2 / $O2 /; s/ mode tunnel / &flag af-unspec /" \
			>"$work/states" &&
	ip -n "$r2" xfrm state flush && ip -n "$r2" -batch "$work/states"
}

against_xfrm()
{
	local suite n=200

	modprobe -a esp6 xfrm_user || return
	ip -n "$r2" link set tunnel-ip2 down &&
	ip -n "$r2" addr add $B2/128 dev lo nodad &&
	ip -n "$r2" addr add $B2_4/32 dev lo &&
	ip -n "$r2" route add $B1/128 via 2001:db8:2::ff src $B2 &&
	ip -n "$r2" route add $B1_4 via 198.51.100.17 src $B2_4 &&
	for suite in "$B1 $B2" "$B1_4 $B2_4"; do
		set -- $suite
		echo "xfrm policy add src $2 dst $1 dir out tmpl src $O2 dst $O1 proto esp reqid 1 mode tunnel"
		echo "xfrm policy add src $1 dst $2 dir in tmpl src $O1 dst $O2 proto esp reqid 1 mode tunnel"
	done | ip -n "$r2" -batch - || return
	for suite in $SUITES; do
		n=$((n + 1))
		xfrm6_begin $suite $n "" && sizes $B2 48 1000 952 &&
		sizes $B2_4 28 1000 952 && sa1 flush || fail "  with $suite" || return
	done
	xfrm6_begin cbc256-sha256 $((n + 1)) udp && sizes $B2 48 1000 952 &&
	sa1 flush && ip -n "$r2" xfrm state flush && ip -n "$r2" xfrm policy flush &&
	ip -n "$r2" addr del $B2/128 dev lo && ip -n "$r2" addr del $B2_4/32 dev lo &&
	ip -n "$r2" link set tunnel-ip2 up &&
	ip -n "$r2" route del $B1/128 via 2001:db8:2::ff
	ip -n "$r2" route del $B1_4
	ip -n "$r2" addr add $B2/64 dev tunnel-ip2 nodad 2>/dev/null
	return 0
}

# --- selectors -------------------------------------------------------------

quiet_ping() { in_r1 ping -q -c 1 -W 0.3 "$@" && fail "ping $* was answered"; return 0; }

selectors()
{
	local any4=0.0.0.0-255.255.255.255
	local any6=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff

	# Everything of one family is nothing of the other.
	begin tunnel-ip1 gcm128 105 sel-local=$any4 sel-remote=$any4 &&
	sizes $INNER2 100 100 1 && quiet_ping $A2 && grew 1 tunnel-ip1 drop_selector=1 &&
	flush_both &&
	begin tunnel-ip1 gcm128 106 sel-local=$any6 sel-remote=$any6 &&
	sizes $A2 100 100 1 && quiet_ping $INNER2 && grew 1 tunnel-ip1 drop_selector=1 &&
	flush_both || return
	begin tunnel-ip1 gcm128 107 sel-local=$any4 sel-local=$any6 \
		sel-remote=$any4 sel-remote=$any6 &&
	sizes $A2 100 100 1 && sizes $INNER2 100 100 1 && clean tunnel-ip1 || return
	sa1 dump tunnel-ip1 | grep -q "sel-remote=$any4/0 sel-remote=$any6/0" ||
		fail "$(sa1 dump tunnel-ip1)" || return
	flush_both
}

# Each end has selectors of its own; the narrower one speaks.
selector_ranges()
{
	local wide=fd00:a::-fd00:a::ff n=110 sel

	for sel in "sel-remote=fd00:a::3-fd00:a::4" "sel-remote=$wide/17" \
		"sel-local=fd00:a::2-fd00:a::9"; do
		n=$((n + 1))
		DEV=tunnel-ip1 sa_lines gcm128 $n 2 | sa2 batch &&
		DEV=tunnel-ip1 sa_lines gcm128 $n 1 $sel | sa1 batch &&
		cut_off tunnel-ip1 && quiet_ping $A2 &&
		grew 1 tunnel-ip1 drop_selector=1 && flush_both || return
	done
	# Behind an extension header, and in every fragment.
	n=$((n + 1))
	DEV=tunnel-ip1 sa_lines gcm128 $n 2 | sa2 batch &&
	DEV=tunnel-ip1 sa_lines gcm128 $n 1 sel-remote=$wide/58 | sa1 batch &&
	cut_off tunnel-ip1 && sizes $A2 4000 4000 1 && clean tunnel-ip1 &&
	flush_both || return
	# What the peer sends must keep to ours, too.
	n=$((n + 1))
	DEV=tunnel-ip1 sa_lines gcm128 $n 1 | sa1 batch &&
	DEV=tunnel-ip1 sa_lines gcm128 $n 2 sel-remote=fd00:a::7-fd00:a::8 | sa2 batch &&
	cut_off tunnel-ip1 && quiet_ping $A2 && grew 2 tunnel-ip1 drop_selector=1 &&
	flush_both
}

malformed()
{
	suite gcm128 1
	local sa="dir=out spi=0x12345 $REPLY"

	refused "of two families" sa1 add tunnel-ip1 $sa local=$OUTER1 remote=$O2 &&
	refused "of two families" sa1 add tunnel-ip1 $sa remote=$O2 &&
	refused "4 or 16 octets" sa1 add tunnel-ip1 $sa remote:hex=0102030405 &&
	refused "behind its last" sa1 add tunnel-ip1 $sa sel-local=fd00::2-fd00::1 &&
	refused "of two families" sa1 add tunnel-ip1 $sa sel-local=1.2.3.4-fd00::1
}

# --- events ----------------------------------------------------------------

acquire()
{
	flush_both && events_in "$r1" || return
	sleep 1.1
	in_r1 ping -q -c 1 -W 0.3 $B2
	wait_until 5 grep -q "acquire.*tunnel-ip2.* src=$B1 dst=$B2 proto=58" \
		"$work/events-$r1" || fail "$(cat "$work/events-$r1")"
}

link_local()
{
	ip -n "$r1" addr add fe80::1/64 dev tunnel-ip1 nodad &&
	ip -n "$r2" addr add fe80::2/64 dev tunnel-ip1 nodad &&
	begin tunnel-ip1 gcm128 130 &&
	sizes fe80::2%tunnel-ip1 100 100 1 &&
	in_r1 ping -q -c 1 -W 2 -I tunnel-ip1 ff02::1 && clean tunnel-ip1 &&
	flush_both || return
	# And outside, where the device is part of the address.
	ip -n "$r1" link add name wire1 type veth peer name wire2 netns "$r2" &&
	ip -n "$r1" addr add fe80::a1/64 dev wire1 nodad &&
	ip -n "$r2" addr add fe80::a2/64 dev wire2 nodad &&
	ip -n "$r1" link set wire1 up && ip -n "$r2" link set wire2 up &&
	tunnel_add "$r1" ll 10.7.0.1/24 fe80::a1 fe80::a2 underlay wire1 &&
	tunnel_add "$r2" ll 10.7.0.2/24 fe80::a2 fe80::a1 underlay wire2 &&
	begin ll cbc128-sha1 131 && sizes 10.7.0.2 28 1400 343 && clean ll &&
	ip -n "$r1" link del ll && ip -n "$r2" link del ll &&
	ip -n "$r1" link del wire1
}

# had_no_route DEVICE: something since cut_off; neighbour discovery may have joined in.
had_no_route()
{
	dev_line "$r1" $1 && difference drop_route "${before[1]}" "$REPLY" &&
	[ "$REPLY" -ge 1 ] || fail "no packet of $1 was dropped for want of a route"
}

# The outer packets are subject to the policies of xfrm, those of both families: to
# one that forbids them, and to one whose SA nobody makes.
xfrm_policies()
{
	local ends dev=tunnel-ip1 inner=$INNER2 n=132 mtu

	for ends in "src $OUTER1 dst $OUTER2" "src $O1 dst $O2"; do
		begin $dev gcm128 $n && sizes $inner 100 100 1 &&
		ip -n "$r1" xfrm policy add dir out $ends proto esp action block || return
		quiet_ping $inner && had_no_route $dev || return
		ip -n "$r1" xfrm policy flush && sizes $inner 100 100 1 &&
		cut_off $dev && ip -n "$r1" xfrm policy add dir out $ends proto esp \
			tmpl $ends proto ah mode transport || return
		quiet_ping $inner && had_no_route $dev && value mtu "${before[1]}" &&
		mtu=$REPLY && dev_line "$r1" $dev && is "$REPLY" mtu=$mtu || return
		ip -n "$r1" xfrm policy flush && ip -n "$r1" xfrm state flush &&
		sizes $inner 100 100 1 || return
		dev=tunnel-ip2 inner=$B2_4 n=133
	done
	flush_both
}

# --- path MTU --------------------------------------------------------------

# derived DEVICE MTU: by path and suite.
derived()
{
	dev_line "$r1" "$1" && is "$REPLY" mtu=$2 mtu-fixed=0
}

table()
{
	begin tunnel-ip2 cbc256-sha256 140 && derived tunnel-ip2 1406 && flush_both &&
	begin tunnel-ip2 gcm256 141 && derived tunnel-ip2 1426 && flush_both &&
	begin tunnel-ip2 gcm256 142 sport=4500 dport=4500 &&
	derived tunnel-ip2 1418 && flush_both
}

# The interface tells the sender of what does not fit, and the number is right.
inner_too_big()
{
	local said

	begin tunnel-ip2 gcm256 143 && ip -n "$r1" link set tunnel-ip2 mtu 1600 || return
	said=$(in_r1 ping -c 1 -W 0.5 -M 'do' -s $((1427 - 48)) $B2 2>&1)
	grew 1 tunnel-ip2 drop_too_big=1 || return
	said=$(in_r1 ping -c 1 -W 0.5 -M 'do' -s $((1427 - 48)) $B2 2>&1)
	[[ $said == *"mtu"*1426* ]] || fail "$said" || return
	sizes $B2 1426 1426 1 && bulk $B2 || return
	ip -n "$r1" link set tunnel-ip2 mtu 1426 &&
	in_r1 ip -6 route flush cache && flush_both
}

# A router outside says that the packet was too big: the SA follows.
outer_narrows()
{
	local n=$1 mtu=$2

	begin tunnel-ip2 gcm256 $n "${@:3}" && sizes $B2 1400 1400 1 &&
	ip -n "$mid" link set r2 mtu 1400 || return
	in_r1 ping -q -c 2 -i 0.3 -W 0.5 -M 'do' -s 1350 $B2
	wait_until 5 derived tunnel-ip2 $mtu || derived tunnel-ip2 $mtu || return
	bulk $B2 && bulk $B2_4 || return
	ip -n "$mid" link set r2 mtu 1500 && in_r1 ip -6 route flush cache &&
	flush_both
}
outer_narrows_esp() { outer_narrows 144 1326; }
outer_narrows_udp() { outer_narrows 145 1318 sport=4500 dport=4500; }

# An ICMPv6 that quotes no SA of ours changes nothing.
forged()
{
	begin tunnel-ip2 gcm256 146 && sizes $B2 100 100 1 && derived tunnel-ip2 1426 &&
	in_mid python3 - $O2 $O1 <<-'PYTHON' || return
		import socket, struct, sys
		peer, ours = (socket.inet_pton(socket.AF_INET6, a) for a in sys.argv[1:])
		quoted = struct.pack("!IHBB", 6 << 28, 100, 50, 64) + ours + peer
		quoted += struct.pack("!II", 0x12345678, 1) + bytes(92)
		s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
		s.sendto(struct.pack("!BBHI", 2, 0, 0, 1300) + quoted, (sys.argv[2], 0))
	PYTHON
	sizes $B2 1400 1400 1 && derived tunnel-ip2 1426 && flush_both
}

# Every tunnel carries 1280 octets of IPv6, if need be in fragments outside.
least_mtu()
{
	begin tunnel-ip2 gcm256 147 && ip -n "$r1" link set eth0 mtu 1280 &&
	ip -n "$r2" link set eth0 mtu 1280 || return
	wait_until 5 derived tunnel-ip2 1280 || derived tunnel-ip2 1280 || return
	ip -n "$r1" -6 addr show dev tunnel-ip2 | grep -q $B1 ||
		fail "the address is gone" || return
	capture "$mid" r1 "$work/least.pcap" "ip6 src $O1 and ip6[6] == 44" || return
	sizes $B2 1200 1280 40 && bulk $B2 && clean tunnel-ip2 || return
	# IPv4 has no such floor: its sender is told of the path's own number.
	bulk $B2_4 || return
	capture_end || return
	[ -n "$(tcpdump -n -r "$work/least.pcap" 2>/dev/null)" ] ||
		fail "no fragment was seen" || return
	ip -n "$r1" link set eth0 mtu 1500 && ip -n "$r2" link set eth0 mtu 1500 &&
	flush_both
}

# --- links -----------------------------------------------------------------

links()
{
	local said

	said=$(ip -n "$r1" -d link show tunnel-ip2)
	[[ $said == *"local $O1 remote $O2"* ]] || fail "$said" || return
	refused "same local, remote" ip -n "$r1" link add t3 type tunnel_ip \
		local $O1 remote $O2 &&
	refused "of two families" ip -n "$r1" link add t3 type tunnel_ip \
		local $O1 remote $OUTER2 &&
	ip -n "$r1" link add t3 up type tunnel_ip local $O1 remote 2001:db8:9::9 ||
		return
	# From one family to the other, both addresses at once or not at all.
	refused "missing" ip -n "$r1" link set t3 type tunnel_ip local $OUTER1 &&
	ip -n "$r1" link set t3 type tunnel_ip local $OUTER1 remote 198.51.100.9 &&
	ip -n "$r1" -d link show t3 | grep -q "local $OUTER1 remote 198.51.100.9" &&
	ip -n "$r1" link set t3 type tunnel_ip remote 2001:db8:9::9 local $O1 &&
	ip -n "$r1" link del t3
}

run_tests inner_over_ipv4 over_ipv6 over_ipv6_in_udp outer_header ecn selectors \
	selector_ranges malformed acquire link_local xfrm_policies table inner_too_big \
	outer_narrows_esp outer_narrows_udp forged least_mtu links against_xfrm
