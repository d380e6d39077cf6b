#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154,SC2317 # stages are called by the library, and
# variables are the libraries'
#
# tunneld and strongSwan with a NAT (nftables masquerade) between them: first
# tunneld behind it, then strongSwan; rekeys, and the NAT forgetting its
# mappings and choosing other ports in the middle of a tunnel's life.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require swanctl charon-systemd nft conntrack
. "$(dirname "$0")/swan_lib.sh"

INSIDE=10.0.0.2

# $in - $gate - $out: the gate masquerades what comes from inside.
topology()
{
	netns_add in && netns_add gate && netns_add out || return 1
	ip link add name eth0 netns "$in" type veth peer name in0 netns "$gate" &&
	ip link add name eth0 netns "$out" type veth peer name out0 netns "$gate" &&
	ip -n "$in" addr add "$INSIDE/24" dev eth0 &&
	ip -n "$gate" addr add 10.0.0.1/24 dev in0 &&
	ip -n "$gate" addr add "$OUTER1/24" dev out0 &&
	ip -n "$out" addr add "$OUTER2/24" dev eth0 &&
	ip -n "$in" link set eth0 up && ip -n "$gate" link set in0 up &&
	ip -n "$gate" link set out0 up && ip -n "$out" link set eth0 up &&
	ip -n "$in" route add default via 10.0.0.1 &&
	ip netns exec "$gate" sysctl -qw net.ipv4.ip_forward=1 &&
	masquerade 20000-20999 &&
	wait_until 20 ip netns exec "$in" ping -c 1 -W 1 "$OUTER2"
}

# masquerade PORTS: from now on these, also for flows that exist.
masquerade()
{
	ip netns exec "$gate" nft -f - <<END || return 1
table ip nat
delete table ip nat
table ip nat {
	chain post {
		type nat hook postrouting priority srcnat;
		oifname out0 meta l4proto udp snat to $OUTER1:$1
		oifname out0 masquerade
	}
}
END
	ip netns exec "$gate" conntrack -F
}

# The peer as tunneld sees it.
peer_is() { tunctl_agent show ikev2 session | grep -q "^Remote  *: $1\$"; }

only_udp_on_the_wire()
{
	capture "$out" eth0 "$work/wire.pcap" 'ip proto 50 or udp port 4500' &&
	traffic || return 1
	wait_until 5 [ -s "$work/wire.pcap" ]
	stop "$captured"
	tcpdump -nr "$work/wire.pcap" 'udp port 4500' 2>/dev/null | grep -q UDP-encap ||
		fail "no ESP in UDP" || return 1
	! tcpdump -nr "$work/wire.pcap" 'ip proto 50' 2>/dev/null | grep . ||
		fail "ESP without UDP through a NAT"
}

rekey_child()
{
	before=$(spi_in)
	swanctl_peer --rekey --child net && wait_until 20 spi_changed &&
		traffic || explain
}

rekey_ike()
{
	before=$(tunctl_agent --json show ikev2 sa | grep -o '"spi-local": *"[^"]*"')
	swanctl_peer --rekey --ike peer && wait_until 20 ike_changed &&
		traffic || explain
}

ike_changed() { ! tunctl_agent --json show ikev2 sa | grep -qF "$before"; }

# --- tunneld behind the NAT ----------------------------------------------------

we_are_behind()
{
	agent_ns=$in agent_addr=$INSIDE agent_peer=$OUTER2
	swan_ns=$out swan_addr=$OUTER2 swan_peer=%any
	agent_profile='nat-keepalive = 1; dpd-interval = 3;'
	xfrm_interface && start_charon && swan_config && start_agent &&
		wait_until 30 tunnel_up && traffic || explain || return 1
	agent_says 'NAT detected: we are behind it' || explain
}

# One octet 0xff to port 4500, when nothing else is sent.
keepalives_are_sent()
{
	capture "$out" eth0 "$work/alive.pcap" \
		'udp dst port 4500 and udp[4:2] = 9 and udp[8] = 0xff' || return 1
	wait_until 10 keepalive_seen || fail "no keepalive in 10 s"
	local status=$?
	stop "$captured"
	return "$status"
}

keepalive_seen() { tcpdump -nr "$work/alive.pcap" 2>/dev/null | grep -q .; }

# strongSwan follows us; what comes back must reach us at the new mapping.
our_mapping_changes()
{
	masquerade 21000-21999 && in_agent ping -q -c 2 -W 1 "$SWAN_INNER"
	wait_until 30 traffic || explain
}

we_leave()
{
	stop_agent
	kill_charon
	ip -n "$swan_ns" link del ipsec1
}

# --- strongSwan behind the NAT ---------------------------------------------

they_are_behind()
{
	agent_ns=$out agent_addr=$OUTER2 agent_peer=$OUTER1
	swan_ns=$in swan_addr=$INSIDE swan_peer=$OUTER2
	responder_only=true agent_profile='dpd-interval = 5;'
	masquerade 22000-22999 && xfrm_interface && start_charon &&
		swan_config && start_agent && initiate &&
		wait_until 30 tunnel_up && traffic || explain || return 1
	agent_says 'the peer is behind it' || explain || return 1
	peer_is "$OUTER1/22[0-9]*" || explain
}

# Their ESP comes from the new port first: the kernel tells, tunneld asks.
their_mapping_changes()
{
	before=$(spi_in)
	masquerade 23000-23999
	in_swan ping -q -c 3 -i 0.3 -W 1 "$AGENT_INNER"
	wait_until 20 peer_is "$OUTER1/23[0-9]*" || explain || return 1
	agent_says "the peer moved from $OUTER1/22.* to $OUTER1/23" ||
		explain || return 1
	# ESP follows with new SAs.
	wait_until 20 spi_changed && traffic || explain
}

# What was said before, said again from another port: answered at most, and
# nobody moves.
replays_move_nothing()
{
	capture "$gate" out0 "$work/ike.pcap" \
		"src host $OUTER1 and udp dst port 4500 and udp[8:4] = 0" &&
	rekey_child && wait_until 5 [ -s "$work/ike.pcap" ]
	stop "$captured"
	ip netns exec "$gate" python3 - "$work/ike.pcap" "$OUTER1" "$OUTER2" <<'END' || return 1
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[2], 4444))
s.settimeout(10)
data, at, sent = open(sys.argv[1], "rb").read(), 24, 0
while at < len(data):
    size = struct.unpack_from("<I", data, at + 8)[0]
    s.sendto(data[at + 16 + 42:at + 16 + size], (sys.argv[3], 4500))
    at += 16 + size
    sent += 1
# The repeated last request is answered where it came from.
s.recv(65535)
sys.exit(sent < 2)
END
	peer_is "$OUTER1/23[0-9]*" && traffic || explain
}

prepare() { load_module && topology; }

run_stages prepare we_are_behind only_udp_on_the_wire keepalives_are_sent \
	rekey_child our_mapping_changes rekey_ike we_leave \
	they_are_behind only_udp_on_the_wire rekey_child their_mapping_changes \
	replays_move_nothing rekey_child rekey_ike
