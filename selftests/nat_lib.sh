# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2317
#
# tunneld and a daemon of another make with a NAT (nftables masquerade) between
# them, on top of suites_lib.sh and peers_lib.sh, which it brings: first tunneld is behind it, then
# the other; rekeys, and the NAT forgetting its mappings and choosing other ports
# in the middle of a tunnel's life. One row, hence one tunnel.

require nft conntrack tcpdump python3
. "$selftests/suites_lib.sh"
. "$selftests/peers_lib.sh"

OUTSIDE=203.0.113.1 GATE=203.0.113.254
suites=("cbc-256 256 256 19 esp-256-aes+esp-hmac-sha-256 19 fqdn")

# $in - $gate - $out: the gate masquerades what comes from inside.
nat_topology()
{
	netns_add in && netns_add gate && netns_add out || return 1
	ip link add name eth0 netns "$in" type veth peer name in0 netns "$gate" &&
	ip link add name eth0 netns "$out" type veth peer name out0 netns "$gate" &&
	ip -n "$in" addr add 10.0.0.1/24 dev eth0 &&
	ip -n "$gate" addr add 10.0.0.254/24 dev in0 &&
	ip -n "$gate" addr add "$GATE/24" dev out0 &&
	ip -n "$out" addr add "$OUTSIDE/24" dev eth0 &&
	ip -n "$in" link set eth0 up && ip -n "$gate" link set in0 up &&
	ip -n "$gate" link set out0 up && ip -n "$out" link set eth0 up &&
	ip -n "$in" route add default via 10.0.0.254 &&
	ip netns exec "$gate" sysctl -qw net.ipv4.ip_forward=1 &&
	masquerade 20000-20999 &&
	wait_until 20 ip netns exec "$in" ping -c 1 -W 1 "$OUTSIDE"
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
		oifname out0 meta l4proto udp snat to $GATE:$1
		oifname out0 masquerade
	}
}
END
	ip netns exec "$gate" conntrack -F
}

peer_interface()
{
	ip -n "$r2" link add ipsec101 type xfrm dev eth0 if_id 101 &&
	ip -n "$r2" addr add 10.9.1.2/24 dev ipsec101 &&
	ip -n "$r2" link set ipsec101 up
}

# The peer as tunneld sees it.
peer_is() { tunctl_agent show ikev2 session | grep -q "^Remote  *: $1\$"; }

only_udp_on_the_wire()
{
	capture "$out" eth0 "$work/wire.pcap" 'ip proto 50 or udp port 4500' &&
	traffic && capture_end || return 1
	tcpdump -nr "$work/wire.pcap" 'udp port 4500' 2>/dev/null | grep -q UDP-encap ||
		fail "no ESP in UDP" || return 1
	! tcpdump -nr "$work/wire.pcap" 'ip proto 50' 2>/dev/null | grep . ||
		fail "ESP without UDP through a NAT"
}

# --- tunneld behind the NAT ----------------------------------------------------

we_are_behind()
{
	r1=$in r2=$out OURS=10.0.0. THEIRS=203.0.113.
	seen_by_peer() { echo %any; }
	responder_only=false agent_profile='nat-keepalive = 1; dpd-interval = 3;
		dpd-retries = 2; dpd-retry-interval = 2;'
	child_packets='security-association-lifetime-packets = 400;'
	peer_interface && peer_start && peer_load && agent_start &&
		wait_until 30 all_up && traffic || explain || return 1
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

# The peer follows us; what comes back must reach us at the new mapping.
our_mapping_changes()
{
	masquerade 21000-21999 && in_r1 ping -q -c 2 -W 1 10.9.1.2
	traffic || explain
}

we_leave()
{
	agent_stop
	peer_kill
	rm -f "$peer_dir"/{ipsec.conf,swanctl.conf}
	ip -n "$r2" link del ipsec101
}

# --- the peer behind the NAT ---------------------------------------------------

they_are_behind()
{
	r1=$out r2=$in OURS=203.0.113. THEIRS=10.0.0.
	seen_by_peer() { echo "$OUTSIDE"; }
	seen_by_us() { echo "$GATE"; }
	responder_only=true agent_profile='dpd-interval = 5;'
	masquerade 22000-22999 && peer_interface && peer_start && peer_load &&
		agent_start && peer_do initiate 1 &&
		wait_until 30 all_up && traffic || explain || return 1
	agent_says 'the peer is behind it' || explain || return 1
	peer_is "$GATE/22[0-9]*" || explain
}

# Their ESP comes from the new port first: the kernel tells, tunneld asks.
their_mapping_changes()
{
	remember
	masquerade 23000-23999
	in_r2 ping -q -c 3 -i 0.3 -W 1 10.9.1.1
	wait_until 20 peer_is "$GATE/23[0-9]*" || explain || return 1
	agent_says "the peer moved from $GATE/22.* to $GATE/23" ||
		explain || return 1
	# ESP follows with new SAs.
	wait_until 20 children_changed && traffic || explain
}

# What was said before, said again from another port: answered at most, and
# nobody moves.
replays_move_nothing()
{
	capture "$gate" out0 "$work/ike.pcap" \
		"src host $GATE and udp dst port 4500 and udp[8:4] = 0" &&
	they_rekey_all_children && capture_end || return 1
	ip netns exec "$gate" python3 - "$work/ike.pcap" "$GATE" "$OUTSIDE" <<'END' || return 1
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
	peer_is "$GATE/23[0-9]*" && traffic || explain
}

nat_prepare()
{
	load_module && modprobe -a xfrm_user esp4 xfrm_interface && nat_topology && enter_root
}

nat_stages=(nat_prepare we_are_behind only_udp_on_the_wire keepalives_are_sent
	our_mapping_changes they_rekey_all_children we_rekey_all_children
	they_rekey_all_ike_sas we_leave
	they_are_behind only_udp_on_the_wire their_mapping_changes
	replays_move_nothing we_rekey_all_children they_rekey_all_ike_sas)
