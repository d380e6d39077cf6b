#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called through wait_until and trap
#
# Two routers, one tunnel: what `make demo` runs inside the virtual machine
# (or on the running kernel with NATIVE=1). It brings up the two example
# configurations, sends traffic, prints the screens of both routers and proves
# from a capture that nothing but ESP and IKE crossed the wire.

set -u

top=$(cd "$(dirname "$0")/.." && pwd)
examples=$top/Documentation/examples
build=${TUNNEL_IP_BUILD:-$top/build}
kmod=$build/module-$(uname -r)/tunnel_ip.ko
PATH=$build/agent:$build/tools:$PATH

r1=demo-r1-$$
r2=demo-r2-$$
wire=demo-wire-$$
work=$(mktemp -d /tmp/tunnel-ip-demo.XXXXXX)
pids=()
loaded_here=

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

cleanup()
{
	local pid

	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${pids[@]}"; do
		wait "$pid" 2>/dev/null
	done
	ip netns del "$r1" 2>/dev/null
	ip netns del "$r2" 2>/dev/null
	ip netns del "$wire" 2>/dev/null
	[ -z "$loaded_here" ] || rmmod tunnel_ip 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

# The last line of the demo, and its exit status.
verdict()
{
	if [ "$1" -eq 0 ]; then
		printf '\nDEMO PASSED: %s\n' "$2"
	else
		printf '\nDEMO FAILED: %s\n' "$2"
	fi
	exit "$1"
}

# wait_until SECONDS COMMAND...
wait_until()
{
	local deadline=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

in_r1() { ip netns exec "$r1" "$@"; }
in_r2() { ip netns exec "$r2" "$@"; }
ctl1() { in_r1 tunctl --control "$work/r1.control" "$@"; }
ctl2() { in_r2 tunctl --control "$work/r2.control" "$@"; }

load_module()
{
	[ -e /sys/module/tunnel_ip ] && return 0
	insmod "$kmod" || return 1
	loaded_here=yes
}

# Two namespaces joined through a bridge in a third: the wire that is tapped.
topology()
{
	local ns

	for ns in "$r1" "$r2" "$wire"; do
		ip netns add "$ns" || return 1
		ip -n "$ns" link set lo up
	done
	ip -n "$wire" link add br0 type bridge &&
	ip -n "$wire" link set br0 up &&
	ip link add name eth0 netns "$r1" type veth peer name r1 netns "$wire" &&
	ip link add name eth0 netns "$r2" type veth peer name r2 netns "$wire" &&
	ip -n "$wire" link set r1 master br0 up &&
	ip -n "$wire" link set r2 master br0 up &&
	ip -n "$r1" addr add 198.51.100.1/24 dev eth0 &&
	ip -n "$r2" addr add 198.51.100.19/24 dev eth0 &&
	ip -n "$r1" link set eth0 up &&
	ip -n "$r2" link set eth0 up
}

capture()
{
	ip netns exec "$wire" tcpdump -i r1 -U -n -s 0 -w "$work/wire.pcap" \
		2>"$work/tcpdump.log" &
	pids+=($!)
	tap=$!
	wait_until 10 grep -q 'listening on' "$work/tcpdump.log"
}

# router NUMBER NAMESPACE
router()
{
	install -m 0600 "$examples/router$1.conf" "$work/router$1.conf"
	ip netns exec "$2" tunneld -f -c "$work/router$1.conf" \
		--control "$work/r$1.control" >"$work/r$1.log" 2>&1 &
	pids+=($!)
}

tunnel_up()
{
	[ "$(in_r1 cat /sys/class/net/tunnel-ip1/carrier 2>/dev/null)" = 1 ] &&
	[ "$(in_r2 cat /sys/class/net/tunnel-ip1/carrier 2>/dev/null)" = 1 ]
}

# Each line of the proof: how many packets of a kind crossed the wire.
count() { tcpdump -n -r "$work/wire.pcap" "$1" 2>/dev/null | wc -l; }

prove_wire()
{
	local esp ike arp all inner other marker

	esp=$(count 'ip proto 50')
	ike=$(count 'udp port 500 or udp port 4500')
	arp=$(count 'arp or ip6 or igmp')
	all=$(count '')
	inner=$(count 'net 192.0.2.0/24')
	other=$((all - esp - ike - arp))
	# ping -p fills its packets with this text: it must not be readable.
	marker=$(grep -c -a 'TUNNELIPMARKER' "$work/wire.pcap")

	printf '%-46s %8s\n' "packets on the wire" "$all" \
		"  ESP (IP protocol 50)" "$esp" \
		"  IKE (UDP ports 500 and 4500)" "$ike" \
		"  ARP and IPv6 neighbour discovery" "$arp" \
		"  anything else" "$other" \
		"packets with an inner address (192.0.2.0/24)" "$inner" \
		"readable copies of the marker that ping sent" "$marker"
	echo
	[ "$other" -eq 0 ] || tcpdump -n -c 5 -r "$work/wire.pcap" \
		'not (ip proto 50 or udp port 500 or udp port 4500 or
		arp or ip6 or igmp)' 2>/dev/null
	tcpdump -n -c 3 -r "$work/wire.pcap" 'ip proto 50' 2>/dev/null
	[ "$esp" -gt 0 ] && [ "$other" -eq 0 ] && [ "$inner" -eq 0 ] &&
		[ "$marker" -eq 0 ]
}

# mbit FILE: the receiver's rate out of iperf3's JSON report.
mbit()
{
	python3 -c 'import json, sys
end = json.load(open(sys.argv[1]))["end"]
print("%.1f" % (end["sum_received"]["bits_per_second"] / 1e6))' "$1"
}

traffic()
{
	say "Router 1 pings Router 2 through the tunnel"
	in_r1 ping -c 5 -i 0.2 -s 512 -p 54554e4e454c49504d41524b4552 192.0.2.2 ||
		return 1

	in_r2 iperf3 -s -B 192.0.2.2 >"$work/iperf3.log" 2>&1 &
	pids+=($!)
	wait_until 10 in_r2 sh -c 'ss -ltn | grep -q :5201' || return 1
	in_r1 iperf3 -J -t 3 -c 192.0.2.2 >"$work/forward.json" || return 1
	in_r1 iperf3 -J -t 3 -R -c 192.0.2.2 >"$work/reverse.json" || return 1
	say "TCP through the tunnel (iperf3, 3 s each way)"
	echo "Router 1 to Router 2: $(mbit "$work/forward.json") Mbit/s"
	echo "Router 2 to Router 1: $(mbit "$work/reverse.json") Mbit/s"
}

screens()
{
	local n

	for n in 1 2; do
		say "Router $n# show ipsec sa"
		"ctl$n" show ipsec sa || return 1
		say "Router $n# show ipsec sa interface tunnel-ip1"
		"ctl$n" show ipsec sa interface tunnel-ip1 || return 1
		say "Router $n# show ikev2 session detail"
		"ctl$n" show ikev2 session detail || return 1
		say "Router $n# show ikev2 summary"
		"ctl$n" show ikev2 summary || return 1
	done
	say "Router 1# show interface tunnel-ip1"
	ctl1 show interface tunnel-ip1
}

fail()
{
	say "Router 1 log"; tail -n 20 "$work/r1.log"
	say "Router 2 log"; tail -n 20 "$work/r2.log"
	ctl1 why tunnel-ip1
	verdict 1 "$1"
}

[ "$(id -u)" -eq 0 ] || verdict 1 "this must run as root"
load_module || verdict 1 "the module $kmod does not load"
topology || verdict 1 "the two namespaces could not be made"
capture || verdict 1 "tcpdump did not start: $(cat "$work/tcpdump.log")"

say "Starting Router 2 (198.51.100.19, responder) and Router 1 (198.51.100.1)"
started=$(date +%s%N)
router 2 "$r2"
wait_until 10 ctl2 show ikev2 summary || fail "Router 2 did not start"
router 1 "$r1"
wait_until 30 tunnel_up || fail "the tunnel did not come up in 30 seconds"
echo "tunnel up $((($(date +%s%N) - started) / 1000000)) ms after the start"
cat "$work/r1.log"

traffic || fail "traffic did not pass through the tunnel"
screens || fail "a screen could not be shown"

kill -INT "$tap"
wait "$tap" 2>/dev/null
say "What crossed the wire between them"
prove_wire || verdict 1 "the wire carried more than ESP and IKE"
verdict 0 "tunnel up, traffic through it, only ESP and IKE on the wire"
