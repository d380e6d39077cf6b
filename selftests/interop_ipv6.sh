#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2086,SC2154 # addresses are words; the libraries'
# variables
#
# IPv6 with strongSwan: IKE and ESP over it, with either side as the initiator;
# both families inside; IPv6 selectors with their reverse routes; new keys.

. "$(dirname "$0")/lib.sh"
. "$selftests/swan_lib.sh"
require_guest "$@"
require swanctl charon-systemd tcpdump

O1=2001:db8:f::1 O2=2001:db8:f::19
A6=fd00:a::1 S6=fd00:a::2
# ESP, IKE, neighbour discovery, and who listens to which group.
ALLOWED='ip6 proto 50 or udp port 500 or udp port 4500 or arp or ip6 proto 0 or
	(icmp6 and ip6[40] >= 133 and ip6[40] <= 136)'
NET1=2001:db8:1::/64 NET2=2001:db8:2::/64

swan_plugins='random nonce openssl kdf hmac kernel-netlink socket-default vici'
agent_iface="ipv6-address = \"$A6/64\";"

setup()
{
	load_module && two_routers || return
	ip -n "$r1" addr add $O1/64 dev eth0 nodad &&
	ip -n "$r2" addr add $O2/64 dev eth0 nodad &&
	ip -n "$r1" addr add 2001:db8:1::1/128 dev lo nodad &&
	ip -n "$r1" addr add 2001:db8:9::1/128 dev lo nodad &&
	ip -n "$r2" addr add 2001:db8:2::1/128 dev lo nodad || return
	agent_ns=$r1 agent_addr=$O1 agent_peer=$O2
	swan_ns=$r2 swan_addr=$O2 swan_peer=$O1
	xfrm_interface && ip -n "$r2" addr add $S6/64 dev ipsec1 nodad &&
	ip -n "$r2" -6 route add $NET1 dev ipsec1 src 2001:db8:2::1 &&
	wait_until 20 in_agent ping -q -c 1 -W 1 $O2 && start_charon
}

# begin MODE LOCAL-TS REMOTE-TS [responder]: the last two are strongSwan's.
begin()
{
	swanctl_peer --terminate --ike peer --timeout 5 >/dev/null 2>&1
	stop_agent
	forget_logs
	agent_mode=$1 swan_local_ts=$2 swan_remote_ts=$3 responder_only=false
	[ -z "${4-}" ] || responder_only=true
	swan_config && start_agent
}

both_families()
{
	traffic && in_agent ping -q -c 3 -i 0.2 -W 5 $S6 &&
	in_swan ping -q -c 2 -i 0.2 -W 5 -s 1200 $A6 || explain
}

# Nothing on the wire but IKE and ESP, of IPv6.
swan_initiates()
{
	begin 'ipsec dual-overlay' '0.0.0.0/0,::/0' '0.0.0.0/0,::/0' responder &&
	capture "$r2" eth0 "$work/wire.pcap" || return
	initiate && wait_until 20 tunnel_up && both_families || explain || return
	capture_end || return
	[ "$(tcpdump -nr "$work/wire.pcap" "ip6 proto 50" 2>/dev/null | wc -l)" -ge 20 ] &&
	! tcpdump -nr "$work/wire.pcap" "not ($ALLOWED)" 2>/dev/null | grep . ||
		fail "on the wire"
}

new_keys()
{
	before=$(spi_in)
	swanctl_peer --rekey --child net && wait_until 20 spi_changed &&
	both_families || explain || return
	before=$(spi_in)
	swanctl_peer --rekey --ike peer && both_families || explain
}

agent_initiates()
{
	begin 'ipsec dual-overlay' '0.0.0.0/0,::/0' '0.0.0.0/0,::/0' &&
	wait_until 60 tunnel_up && both_families || explain
}

inner_ipv6_over_ipv4()
{
	agent_addr=$OUTER1 agent_peer=$OUTER2 swan_addr=$OUTER2 swan_peer=$OUTER1
	begin 'ipsec dual-overlay' '0.0.0.0/0,::/0' '0.0.0.0/0,::/0' &&
	wait_until 60 tunnel_up && both_families || explain
	local status=$?
	agent_addr=$O1 agent_peer=$O2 swan_addr=$O2 swan_peer=$O1
	return $status
}

# An access list of ours, and what strongSwan narrows it to, as a route.
with_list()
{
	agent_top="access-lists = ( { name = \"acl\"; entries = ( { action = \"permit\"; protocol = \"ipv6\"; source = \"$1\"; destination = \"$2\"; } ); } );"
	agent_ipsec='reverse-route = true;' agent_protection='policy-ipv6 = "acl";'
}

routed()
{
	ip -n "$r1" -6 route show | grep -Eq "^$1 dev tunnel-ip1 proto (201|ipsec-rri) " &&
	ip -n "$r1" -6 route show | grep -q "^unreachable $2 " ||
		fail "routes: $(ip -n "$r1" -6 route show)"
}

selectors_pass()
{
	in_agent ping -q -c 2 -i 0.2 -W 5 -I 2001:db8:1::1 2001:db8:2::1 &&
	in_swan ping -q -c 2 -i 0.2 -W 5 -I 2001:db8:2::1 2001:db8:1::1 &&
	! in_agent ping -q -c 1 -W 1 -I 2001:db8:9::1 2001:db8:2::1 || explain || return
	tunip_sa -n "$r1" dev tunnel-ip1 | grep -q 'drop_selector=1' ||
		fail "$(tunip_sa -n "$r1" dev tunnel-ip1)"
}

selectors_swan_initiates()
{
	with_list $NET1 $NET2
	begin 'ipsec dual-overlay' $NET2 $NET1 responder && initiate &&
	wait_until 20 tunnel_up && wait_until 10 routed $NET2 $NET2 && selectors_pass || explain
}

selectors_narrowed_by_swan()
{
	with_list $NET1 2001:db8:2::/48
	begin 'ipsec dual-overlay' 2001:db8:2::/120 $NET1 && wait_until 60 tunnel_up &&
	wait_until 10 routed 2001:db8:2::/120 2001:db8:2::/48 && selectors_pass || explain
}

run_stages setup swan_initiates new_keys agent_initiates inner_ipv6_over_ipv4 \
	selectors_swan_initiates selectors_narrowed_by_swan
