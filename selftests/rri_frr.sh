#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2154 # addresses are words; the libraries' variables
#
# Reverse routes with FRR: zebra takes them for kernel routes [2/0], BGP tells
# them to a second router while the tunnel is up, whose packets then go through
# it, and takes them back when it is not.

. "$(dirname "$0")/lib.sh"
. "$selftests/agent_lib.sh"
require_guest "$@"
PATH=$PATH:/usr/lib/frr
require zebra bgpd vtysh ping

FAR=10.2.0.0/24

# frr ROUTER NAMESPACE: zebra and bgpd, configured in $work/ROUTER.conf.
frr()
{
	local dir=$work/frr-$1 daemon
	local -A port=([bgpd]="-p 179")

	install -d -o frr -g frr "$dir" && chmod 0755 "$work" || return
	for daemon in zebra bgpd; do
		spawn_in "$2" $daemon -f "$work/$1.conf" -z "$dir/zserv" -i "$dir/$daemon.pid" \
			--vty_socket "$dir" -P 0 ${port[$daemon]-} \
			>"$dir/$daemon.log" 2>&1
		wait_until 30 [ -S "$dir/$daemon.vty" ] ||
			fail "$daemon of $1: $(tail -n 5 "$dir/$daemon.log")" || return
	done
}

vty() { vtysh --vty_socket "$work/frr-$1" -c "$2"; }

agents_conf()
{
	local n

	for n in 1 2; do
		install -m 0600 "$top/Documentation/examples/rri$n.conf" "$work/r$n.conf"
	done
	sed -i 's/198.51.100.5 255.255.255.255/10.1.0.0\/24/; s/198.51.100.21 255.255.255.255/10.2.0.0\/24/' \
		"$work/r1.conf" "$work/r2.conf"
}

setup()
{
	load_module && two_routers && netns_add r3 && agents_conf || return
	ip link add name eth1 netns "$r1" type veth peer name eth1 netns "$r3" &&
	ip -n "$r1" addr add 10.1.0.1/24 dev eth1 && ip -n "$r1" link set eth1 up &&
	ip -n "$r3" addr add 10.1.0.9/24 dev eth1 && ip -n "$r3" link set eth1 up &&
	ip -n "$r2" addr add 10.2.0.1/24 dev lo &&
	in_r1 sysctl -qw net.ipv4.ip_forward=1 || return
	cat >"$work/frr1.conf" <<-END
	router bgp 65001
	 bgp router-id 10.1.0.1
	 no bgp ebgp-requires-policy
	 neighbor 10.1.0.9 remote-as 65003
	 neighbor 10.1.0.9 timers 3 9
	 neighbor 10.1.0.9 advertisement-interval 0
	 address-family ipv4 unicast
	  redistribute kernel
	END
	cat >"$work/frr3.conf" <<-END
	router bgp 65003
	 bgp router-id 10.1.0.9
	 no bgp ebgp-requires-policy
	 neighbor 10.1.0.1 remote-as 65001
	 neighbor 10.1.0.1 timers 3 9
	END
	frr frr1 "$r1" && frr frr3 "$r3"
}

in_r3() { ip netns exec "$r3" "$@"; }
established() { vty frr3 'show bgp summary json' | grep -q '"state":"Established"'; }
zebra_has() { vty frr1 "show ip route $FAR" >"$work/zebra"; grep -q "$1" "$work/zebra"; }
learned() { ip -n "$r3" route show $FAR | grep -q 'via 10.1.0.1'; }
not_learned() { ! learned; }

nothing_before_the_tunnel()
{
	wait_until 60 established || fail "$(vty frr3 'show bgp summary')" || return
	agent_start 1 && sleep 3 || return
	not_learned || fail "learned: $(ip -n "$r3" route)"
}

announced_with_the_tunnel()
{
	agent_start 2 && wait_until 60 tunnels_up || agents_explain || return
	wait_until 20 zebra_has 'Known via "kernel", distance 2, metric 0, best' &&
	zebra_has 'directly connected, tunnel-ip1' || fail "$(cat "$work/zebra")" || return
	vty frr1 'show ip route' | grep -q '^K>\* 10.2.0.0/24 \[2/0\] is directly connected, tunnel-ip1' ||
		fail "$(vty frr1 'show ip route')" || return
	wait_until 30 learned || fail "not learned: $(vty frr1 'show bgp ipv4 unicast'; vty frr3 'show ip route')"
}

third_router_reaches_the_far_side()
{
	in_r3 ping -q -c 3 -i 0.2 -W 5 10.2.0.1 || agents_explain || return
	[ "$(in_r1 cat /sys/class/net/tunnel-ip1/statistics/tx_packets)" -ge 3 ] || fail "beside the tunnel"
}

withdrawn_with_the_sa()
{
	agent_stop 2 && wait_until 40 not_learned ||
		fail "still there: $(vty frr1 'show ip route'; vty frr1 'show bgp ipv4 unicast')" || return
	# The unreachable one is in the table, but nothing that zebra cares for.
	in_r1 ip route show $FAR | grep -q '^unreachable' || fail "$(in_r1 ip route)" || return
	wait_until 10 zebra_has 'Network not in table' || fail "$(cat "$work/zebra")" || return
	agent_start 2 && wait_until 60 tunnels_up && wait_until 40 learned || agents_explain
}

run_stages setup nothing_before_the_tunnel announced_with_the_tunnel \
	third_router_reaches_the_far_side withdrawn_with_the_sa
