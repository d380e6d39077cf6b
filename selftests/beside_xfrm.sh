#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and fields are words
#
# The kernel's own IPsec beside ours, between the same addresses: by policies
# and by an xfrm interface, native and in UDP; each gets its packets, and
# neither notices that the other, or our module, comes and goes.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

# Ends of the xfrm tunnels, by policy and by interface.
POLICY1=10.9.0.1 POLICY2=10.9.0.2
XFRMI1=10.8.0.1 XFRMI2=10.8.0.2

setup()
{
	modprobe -a esp4 xfrm_user xfrm_interface || return
	load_module && two_routers && no_ipv6 "$r1" "$r2" &&
	udp_encap_in "$r1" 4500 && udp_encap_in "$r2" 4500 &&
	theirs && ours && traffic_serve "$r2"
}

ours()
{
	tunnel_add "$r1" tunnel-ip1 $INNER1/24 $OUTER1 $OUTER2 &&
	tunnel_add "$r2" tunnel-ip1 $INNER2/24 $OUTER2 $OUTER1 &&
	sa_install cbc256-sha256 1 "$@"
}

theirs()
{
	ip -n "$r1" -batch - <<-R1 && ip -n "$r2" -batch - <<-R2 &&
		addr add $POLICY1/32 dev lo
		route add $POLICY2 via $OUTER2 src $POLICY1
		link add xfrm1 type xfrm dev eth0 if_id 8
		addr add $XFRMI1/24 dev xfrm1
		link set xfrm1 up
	R1
		addr add $POLICY2/32 dev lo
		route add $POLICY1 via $OUTER1 src $POLICY2
		link add xfrm1 type xfrm dev eth0 if_id 8
		addr add $XFRMI2/24 dev xfrm1
		link set xfrm1 up
	R2
	policies 1 2 | ip -n "$r1" -batch - && policies 2 1 | ip -n "$r2" -batch - &&
	states
}

# policies HERE THERE: of one end, for `ip -batch`.
policies()
{
	local a=OUTER$1 b=OUTER$2 p=POLICY$1 q=POLICY$2
	local there="src ${!a} dst ${!b} proto esp mode tunnel"
	local here="src ${!b} dst ${!a} proto esp mode tunnel"

	echo "xfrm policy add src ${!p} dst ${!q} dir out tmpl $there reqid 9"
	echo "xfrm policy add src ${!q} dst ${!p} dir in tmpl $here reqid 9"
	echo "xfrm policy add dir out if_id 8 tmpl $there reqid 8"
	echo "xfrm policy add dir in if_id 8 tmpl $here reqid 8"
}

# states [udp]: the same ones at both ends.
states()
{
	ip -n "$r1" xfrm state flush && ip -n "$r2" xfrm state flush || return
	xfrm_lines cbc256-sha256 900 9 "$@" >"$work/states"
	xfrm_lines gcm256 800 8 "$@" | sed 's/$/ if_id 8/' >>"$work/states"
	ip -n "$r1" -batch "$work/states" && ip -n "$r2" -batch "$work/states"
}

# All three at once, each octet where it belongs, and nobody else's business.
all_three()
{
	in_r1 traffic check $PORT $INNER2 $POLICY2 $XFRMI2 || return
	spawn_in "$r1" traffic flood $PORT $INNER2 $((150 / SLOWER)) 3 >"$work/flood1"
	spawn_in "$r1" traffic flood $PORT $POLICY2 $((150 / SLOWER)) 3 >"$work/flood2"
	spawn_in "$r1" traffic flood $PORT $XFRMI2 $((150 / SLOWER)) 3 >"$work/flood3"
	wait "${pids[@]: -3}"
	[ "$(cat "$work"/flood? | grep -c "sent=$((450 / SLOWER)) lost=0 duplicate=0")" -eq 3 ] ||
		fail "$(cat "$work"/flood?)" || return
	no_drops "$r1" && no_drops "$r2" || return
	# What xfrm counts as errors stays as it was.
	! in_r1 grep -v '[[:space:]]0$' /proc/net/xfrm_stat &&
	! in_r2 grep -v '[[:space:]]0$' /proc/net/xfrm_stat
}

native()
{
	all_three
}

theirs_in_udp()
{
	states udp && all_three
}

all_in_udp()
{
	flush_both && sa_install gcm256 2 sport=4500 dport=4500 && all_three
}

ours_in_udp()
{
	states && all_three && flush_both && sa_install cbc256-sha256 3
}

# Theirs keep running, to the packet, while our interface, our SAs and our
# module come and go.
they_do_not_notice()
{
	spawn_in "$r1" traffic flood $PORT $POLICY2 $((40 / SLOWER)) 10 >"$work/flood1"
	spawn_in "$r1" traffic flood $PORT $XFRMI2 $((40 / SLOWER)) 10 >"$work/flood2"
	# As often as it comes and goes in that time, on a slow machine once.
	while
		flush_both && rmmod tunnel_ip && insmod "$module_file" &&
		ours && in_r1 ping -q -c 3 -i 0.05 -W 5 $INNER2 || return
		kill -0 "${pids[@]: -2}" 2>/dev/null
	do :; done
	wait "${pids[@]: -2}"
	[ "$(cat "$work"/flood[12] | grep -c "sent=$((400 / SLOWER)) lost=0 duplicate=0")" -eq 2 ] ||
		fail "$(cat "$work"/flood[12])"
}

# And ours while theirs come and go.
we_do_not_notice()
{
	local i

	spawn_in "$r1" traffic flood $PORT $INNER2 $((50 / SLOWER)) 5 >"$work/flood1"
	for i in 1 2 3; do
		states && in_r1 ping -q -c 2 -i 0.05 -W 5 -I $POLICY1 $POLICY2 || return
	done
	wait "${pids[@]: -1}"
	grep -q "sent=$((250 / SLOWER)) lost=0 duplicate=0" "$work/flood1" ||
		fail "$(cat "$work/flood1")"
}

# One SPI, two owners: the peer's packets are ours as long as the SA is.
same_spi()
{
	local line

	states && flush_both && sa_install gcm128 900 || return
	in_r1 ping -q -c 2 -W 5 $INNER2 || return
	line=$(sa1 get tunnel-ip1 dir=in spi=$((SPI_21 + 900)))
	is "$line" rx_packets=2 && flush_both &&
	in_r1 ping -q -c 2 -W 5 -I $POLICY1 $POLICY2 && sa_install cbc256-sha256 4
}

run_tests native theirs_in_udp all_in_udp ours_in_udp they_do_not_notice \
	we_do_not_notice same_spi
