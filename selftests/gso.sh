#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2086 # another language's $; addresses, numbers and
# fields are words
#
# Super-packets: TCP hands them to the interface and gets them back from it,
# the wire never sees one, and no octet and no checksum is wrong; the same for
# what is forwarded, and with every offload turned off.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"
require iperf3 tcpdump ethtool

OCTETS=2000000

setup()
{
	local host

	load_module && two_tunnels middle && no_ipv6 "$mid" &&
	sa_install gcm128 1 window=1024 && traffic_serve "$r2" &&
	traffic_serve "$r1" && netns_add host && no_ipv6 "$host" &&
	ip link add eth0 netns "$host" type veth peer name lan netns "$r1" &&
	ip -n "$r1" addr add 10.5.0.1/24 dev lan && ip -n "$r1" link set lan up &&
	in_r1 sysctl -qw net.ipv4.ip_forward=1 &&
	ip -n "$host" addr add 10.5.0.2/24 dev eth0 &&
	ip -n "$host" link set eth0 up &&
	ip -n "$host" route add default via 10.5.0.1 &&
	ip -n "$r2" route add 10.5.0.0/24 dev tunnel-ip1 &&
	traffic_serve "$host" && outside=$host
}

# seen FILE FILTER: packets of a capture.
seen()
{
	tcpdump -n -r "$1" "$2" 2>/dev/null | wc -l
}

# checksums_right NETNS: nothing that TCP or UDP threw away there.
checksums_right()
{
	ip netns exec "$1" nstat -asz TcpInCsumErrors UdpInCsumErrors IpInHdrErrors |
		awk '!/^#/ && $2 != 0 { print; bad = 1 } END { exit bad }'
}

# exchange FROM TO-ADDRESS: a stream there and back, each octet compared, with
# a capture of the wire and of both ends of the tunnel.
exchange()
{
	local wire inner1 inner2 status

	capture "$mid" r1 "$work/wire" && wire=$captured &&
	capture "$r1" tunnel-ip1 "$work/inner1" && inner1=$captured &&
	capture "$r2" tunnel-ip1 "$work/inner2" && inner2=$captured || return
	ip netns exec "$1" traffic stream $PORT $2 $OCTETS
	status=$?
	for pid in $wire $inner1 $inner2; do
		capture_end $pid || return
	done
	[ $status -eq 0 ] && checksums_right "$1" && checksums_right "$r1" &&
	checksums_right "$r2" && no_drops "$r1" && no_drops "$r2" || return
	[ "$(seen "$work/wire" 'greater 1515')" -eq 0 ] &&
	[ "$(seen "$work/wire" 'not proto 50 and not arp')" -eq 0 ] ||
		fail "on the wire: $(tcpdump -n -r "$work/wire" \
			'greater 1515 or (not proto 50 and not arp)' -c 3)" || return
	! grep -q 'TUNNEL-IP-CLEAR!' "$work/wire" || fail "plaintext on the wire"
}

# large WHERE FROM: super-packets of one direction in the capture of an end.
large() { seen "$work/inner$1" "src $2 and greater 2000"; }

# Packets larger than the MTU went into the interface, and came out of it.
super_packets()
{
	local counts

	exchange "$r1" $INNER2 || return
	counts="sent $(large 1 $INNER1) and $(large 2 $INNER2), received"
	counts+=" $(large 2 $INNER1) and $(large 1 $INNER2) super-packets"
	echo "$counts"
	[[ ! $counts =~ \ 0[\ ,] ]] || fail "a way has none"
}

# Every segment of a super-packet is a packet of its own, none counted twice.
counted_by_segment()
{
	local tx rx

	dev_line "$r1" && value tx_packets "$REPLY" && tx=$REPLY
	dev_line "$r2" && value rx_packets "$REPLY" && rx=$REPLY
	in_r1 traffic stream $PORT $INNER2 1000000 || return
	dev_line "$r1" && value tx_packets "$REPLY" && tx=$((REPLY - tx))
	dev_line "$r2" && value rx_packets "$REPLY" && rx=$((REPLY - rx))
	[ $tx -eq $rx ] && [ $tx -ge $((1000000 / 1394)) ] ||
		fail "sent $tx, received $rx"
}

forwarded()
{
	exchange "$outside" $INNER2 && exchange "$r2" 10.5.0.2
}

# udp_burst FROM: one call hands over 21 datagrams; each comes back whole.
udp_burst()
{
	ip netns exec "$1" /usr/bin/python3 - $INNER2 $PORT <<-'PY'
		import socket, sys
		data = bytes(i % 251 for i in range(1200 * 20 + 333))
		sent = [data[i:i + 1200] for i in range(0, len(data), 1200)]
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(17, 103, 1200)	# SOL_UDP, UDP_SEGMENT
		s.settimeout(10)
		s.connect((sys.argv[1], int(sys.argv[2])))
		s.send(data)
		got = [s.recv(65535) for _ in sent]
		sys.exit(sorted(got) != sorted(sent))
	PY
}

# Super-packets of UDP, the router's own and forwarded ones.
udp_super_packets()
{
	capture "$r1" tunnel-ip1 "$work/inner1" && capture_1=$captured &&
	capture "$mid" r1 "$work/wire" || return
	udp_burst "$r1" && udp_burst "$outside"
	local status=$?
	capture_end "$capture_1" && capture_end || return
	[ $status -eq 0 ] && checksums_right "$r2" && checksums_right "$outside" &&
	no_drops "$r1" && no_drops "$r2" || return
	[ "$(seen "$work/inner1" "src $INNER1 and udp and greater 2000")" -gt 0 ] ||
		fail "no super-packet went in" || return
	[ "$(seen "$work/wire" 'greater 1515')" -eq 0 ] || fail "one went out"
}

# A socket that polls takes over the context its packets came from, on whatever
# processor it runs. Ours empties a queue without a lock: it must not be found.
busy_polling()
{
	[ -e /proc/sys/net/core/busy_poll ] ||
		{ skip "this kernel has no busy polling"; return; }
	in_r1 /usr/bin/python3 - $INNER2 $PORT <<-'PY'
		import socket, sys
		SO_BUSY_POLL, SO_INCOMING_NAPI_ID = 46, 56
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, SO_BUSY_POLL, 1000)
		s.settimeout(10)
		s.connect((sys.argv[1], int(sys.argv[2])))
		for i in range(200):
		    s.send(b"x" * 1000)
		    s.recv(65535)
		found = s.getsockopt(socket.SOL_SOCKET, SO_INCOMING_NAPI_ID)
		sys.exit(f"the context has number {found}" if found else 0)
	PY
}

# through_a_port [watched]: ten datagrams from a TAP device, whose packets lie as
# those of a driver do: NET_SKB_PAD before the frame, what the cache line has left
# behind it. Ends when they have come out of the tunnel.
through_a_port()
{
	local before

	dev_line "$r2" && value rx_packets "$REPLY" && before=$REPLY
	in_r1 /usr/bin/python3 - $INNER2 "$@" <<-'PY' || return
		import fcntl, os, socket, struct, subprocess, sys
		TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 2, 0x1000
		tap = os.open("/dev/net/tun", os.O_RDWR)
		fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", b"port", IFF_TAP | IFF_NO_PI))
		subprocess.run("ip addr add 10.6.0.1/24 dev port; ip link set port up",
		               shell=True, check=True)
		mac = open("/sys/class/net/port/address").read().replace(":", "")
		if sys.argv[2:] == ["watched"]:
		    watcher = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
		    watcher.bind(("port", 0))
		size = 74	# and NET_SKB_PAD: ten octets into a cache line
		head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size - 14, 1, 0, 64, 17, 0,
		                   socket.inet_aton("10.6.0.2"), socket.inet_aton(sys.argv[1]))
		words = sum(struct.unpack("!10H", head))
		words = (words & 0xffff) + (words >> 16)
		head = head[:10] + struct.pack("!H", ~words & 0xffff) + head[12:]
		frame = bytes.fromhex(mac + "020000000001" + "0800") + head
		frame += struct.pack("!4H", 9, 9, size - 34, 0) + bytes(size - 42)
		for i in range(10):
		    os.write(tap, frame)
	PY
	wait_until 10 through_tunnel $((before + 10))
}

through_tunnel()
{
	dev_line "$r2" && value rx_packets "$REPLY" && [ "$REPLY" -ge $1 ]
}

# copied COMMAND...: sets REPLY to how many packets forwarding or the tunnel has
# given a new head meanwhile.
copied()
{
	local trace=/sys/kernel/tracing status

	echo 'p:new_head pskb_expand_head caller=$stack0:symbol' >$trace/kprobe_events &&
	: >$trace/trace && echo 1 >$trace/events/kprobes/new_head/enable || return
	"$@"
	status=$?
	echo 0 >$trace/events/kprobes/new_head/enable
	REPLY=$(grep -cE 'caller=.*(ip_forward|tunnel_ip)' $trace/trace)
	: >$trace/kprobe_events
	return $status
}

# A forwarded packet is sealed where the driver put it, and copied when somebody
# else has it, too.
sealed_in_place()
{
	modprobe -q tun
	[ -c /dev/net/tun ] && [ -w /sys/kernel/tracing/kprobe_events ] ||
		{ skip "needs TUN and kprobes"; return; }
	copied through_a_port && [ $REPLY -eq 0 ] ||
		fail "$REPLY packets were copied" || return
	copied through_a_port watched && [ $REPLY -eq 10 ] ||
		fail "$REPLY packets that somebody watched were copied"
}

# offloads STATE: on both tunnels and both wires.
offloads()
{
	local ns

	for ns in "$r1" "$r2"; do
		ip netns exec "$ns" ethtool -K tunnel-ip1 tso $1 gso $1 gro $1 tx $1 \
			sg $1 >/dev/null &&
		ip netns exec "$ns" ethtool -K eth0 gro $1 gso $1 tx $1 >/dev/null ||
			return
	done
}

without_offloads()
{
	offloads off && exchange "$r1" $INNER2 || return
	[ "$(seen "$work/inner1" "src $INNER1 and greater 2000")" -eq 0 ] ||
		fail "super-packets although turned off" || return
	exchange "$outside" $INNER2 && offloads on
}

# All suites split and seal in the same way; the longest trailers too.
other_suites()
{
	local name n=10

	for name in cbc256-sha512 cbc128-sha1; do
		n=$((n + 1))
		flush_both && sa_install $name $n window=1024 flags=esn &&
		exchange "$r1" $INNER2 || return
	done
}

# An MTU no packet fits in exactly.
odd_mtu()
{
	ip -n "$r1" link set tunnel-ip1 mtu 1001 &&
	ip -n "$r2" link set tunnel-ip1 mtu 777 && exchange "$r1" $INNER2
}

# Several streams at once, both ways, as a benchmark makes them.
iperf_both_ways()
{
	flush_both && sa_install gcm128 20 window=4096 || return
	spawn_in "$r2" iperf3 -s >/dev/null
	wait_until 10 in_r1 iperf3 -c $INNER2 -n 1K || return
	in_r1 iperf3 -c $INNER2 -t 4 -P 4 --bidir -J >"$work/iperf" ||
		fail "$(tail -n 5 "$work/iperf")" || return
	! grep -q '"error"' "$work/iperf" && checksums_right "$r1" &&
	checksums_right "$r2" && no_drops "$r1" && no_drops "$r2"
}

run_tests super_packets counted_by_segment udp_super_packets busy_polling forwarded \
	sealed_in_place without_offloads other_suites odd_mtu iperf_both_ways
