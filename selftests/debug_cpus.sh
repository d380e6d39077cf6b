#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2086,SC2154 # a script for another shell; addresses,
# numbers and fields are words; netns_add sets what it is given
#
# Several processors: they come and go under traffic, what waits in the receive
# queue of one that leaves is delivered by another, and no packet is lost. Two
# send through one SA, whose packets take longer to deliver than to seal: what
# waits is bounded, nobody has to deliver for ever, every drop is counted.

# shellcheck disable=SC2034 # read by those who choose a guest for it
needs_cpus=2
. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

second=/sys/devices/system/cpu/cpu1/online

setup()
{
	[ -w $second ] || fail "no second processor that can be turned off" || return
	load_module && two_tunnels && traffic_serve "$r2" && on_cleanup second_on
}

second_on() { echo 1 >$second; }

# packets NETNS COUNTER: of tunnel-ip1
packets()
{
	dev_line "$1" && value "$2" "$REPLY" && echo "$REPLY"
}

# What the processors' queues for packets of veth had no place for.
dropped_below()
{
	local sum=0 dropped

	while read -r _ dropped _; do
		sum=$((sum + 16#$dropped))
	done </proc/net/softnet_stat
	echo $sum
}

# What one router sealed the other has opened.
none_lost_inside()
{
	[ $(($(packets "$r1" tx_packets) - $(packets "$r2" rx_packets) +
	     $(packets "$r2" tx_packets) - $(packets "$r1" rx_packets))) -le \
	  "$(dropped_below)" ]
}

# under_traffic SUITE: numbered datagrams there and back meanwhile. A socket may
# have no place for all of them where everything is slow; the routers do.
under_traffic()
{
	local round flood

	flush_both && sa_install "$1" 1 window=1024 || return
	in_r1 traffic flood $PORT $INNER2 400 15 >"$work/flood" &
	flood=$!
	for ((round = 0; round < 20; round++)); do
		echo 0 >$second && sleep 0.2 && second_on && sleep 0.2 || return
	done
	wait $flood
	cat "$work/flood"
	grep -q ' duplicate=0 ' "$work/flood" && wait_until 10 none_lost_inside &&
	no_drops "$r1" && no_drops "$r2"
}

gcm() { under_traffic gcm128; }
cbc() { under_traffic cbc256-sha256; }

# --- one SA from two processors --------------------------------------------

INSIDE1=203.0.113.1 INSIDE2=203.0.113.2
COUNT=20000

# A tunnel in the tunnel: to deliver means to seal once more. Two generators,
# each on a processor of its own, are routed into it.
wind()
{
	local i

	flush_both && sa_install gcm128 1 window=4096 &&
	tunnel_add "$r1" tunnel-ip2 $INSIDE1/24 $INNER1 $INNER2 &&
	tunnel_add "$r2" tunnel-ip2 $INSIDE2/24 $INNER2 $INNER1 &&
	DEV=tunnel-ip2 sa_install gcm256 2 window=4096 && netns_add gen &&
	no_ipv6 "$gen" && in_r1 sysctl -qw net.ipv4.ip_forward=1 &&
	ip -n "$r1" route add 10.9.0.0/24 dev tunnel-ip2 &&
	ip -n "$r2" route add blackhole 10.9.0.0/24 || return
	for i in 0 1; do
		ip link add g$i netns "$gen" type veth peer name g$i netns "$r1" &&
		ip -n "$gen" link set g$i up &&
		ip -n "$r1" link set g$i up address 02:00:00:00:00:0$i || return
		in_r1 sysctl -qw net.ipv4.conf.g$i.rp_filter=0
	done
	in_r1 sysctl -qw net.ipv4.conf.all.rp_filter=0
}

# Commands for pktgen, in one process: its files are those of a namespace.
generate()
{
	ip netns exec "$gen" bash -c '
		for i in 0 1; do
			echo "add_device g$i" >/proc/net/pktgen/kpktgend_$i
			for word in "count $1" "pkt_size 128" "delay 0" "dst 10.9.0.2" \
				"src_min 198.18.$i.1" "src_max 198.18.$i.1" \
				"dst_mac 02:00:00:00:00:0$i"; do
				echo "$word" >/proc/net/pktgen/g$i
			done
		done
		echo start >/proc/net/pktgen/pgctrl
		grep -h "^Result: OK" /proc/net/pktgen/g?' - $COUNT
}

forwarded() { in_r1 nstat -asz IpForwDatagrams | awk '/^IpForw/ { print $2 }'; }

# settled: nothing moves any more.
settled()
{
	local last=$REPLY

	dev_line "$r1" tunnel-ip2 && [ "$REPLY" = "$last" ]
}

from_two()
{
	local offered word sum=0

	modprobe pktgen && wind || return
	offered=-$(forwarded)
	generate && wait_until 20 settled || return
	offered=$((offered + $(forwarded)))
	dev_line "$r1" tunnel-ip2
	for word in $REPLY; do
		case $word in
		tx-packets=* | tx_packets=* | drop_*) sum=$((sum + ${word#*=})) ;;
		esac
	done
	echo "offered $offered, accounted for $sum: $REPLY"
	[ "$offered" -gt $((COUNT / 2)) ] && [ $sum -eq "$offered" ] || return
	dev_line "$r2" tunnel-ip2
	echo "received: $REPLY"
	[[ $REPLY != *drop_replay=* ]] || fail "a number came twice"
}

run_tests gcm cbc from_two
