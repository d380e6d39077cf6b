#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A new configuration under two running agents: a tunnel that does not differ
# keeps SPIs, counters and traffic while others are changed, added and removed;
# a file with an error changes nothing; SIGHUP does what tunctl reload does.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/agent_lib.sh"
require_guest "$@"
require ping tcpdump

# A second tunnel between the same routers, by other addresses.
second_conf()
{
	local n=$1 here=$2 there=$3

	sed -i -e /address-local/d -e "\$d" "$work/r$n.conf" &&
	cat >>"$work/r$n.conf" <<EOF
	, { name = "tunnel-ip2"; ipv4-address = "192.0.3.$n/24";
	  tunnel: { source = "$here"; destination = "$there"; # second
	    protection: { ipsec-profile = "ipsec_prof_mgmt_P$n"; }; }; }
);
EOF
}

tunnel_spis()
{
	tunctl_at 1 show ipsec sa interface "$1" | grep -i spi
}

# packets_in: what the inbound SAs of tunnel-ip1 at r1 have received.
packets_in()
{
	in_r1 cat /sys/class/net/tunnel-ip1/statistics/rx_packets
}

carrier_is()
{
	[ "$(in_r1 cat "/sys/class/net/$1/carrier" 2>/dev/null)" = "$2" ]
}

setup()
{
	load_module && two_routers middle &&
	agent_conf 1 && agent_conf 2 &&
	ip -n "$r1" addr add 198.51.100.3/24 dev eth0 &&
	ip -n "$r2" addr add 198.51.100.4/24 dev eth0 &&
	second_conf 1 198.51.100.3 198.51.100.4 &&
	second_conf 2 198.51.100.4 198.51.100.3 &&
	cp -p "$work/r1.conf" "$work/first.conf" &&
	agents_start && wait_until 60 carrier_is tunnel-ip2 1 ||
		agents_explain
}

nothing_differs()
{
	tunctl_at 1 reload >"$work/said" || { cat "$work/said"; return 1; }
	grep -qx '2 unchanged, 0 changed, 0 added, 0 removed' "$work/said" ||
		fail "said: $(cat "$work/said")"
}

# Traffic over tunnel-ip1 while tunnel-ip2 is changed, removed, and added.
others_change_under_traffic()
{
	local before after received

	before=$(tunnel_spis tunnel-ip1)
	received=$(packets_in)
	[ -n "$before" ] || fail "no SPIs to compare" || return
	in_r1 ping -q -i 0.1 -c 100 "$INNER2" >"$work/ping" 2>&1 &
	local pinging=$!

	sed -i '/# second/s/tunnel: {/tunnel: { ttl = 99;/' "$work/r1.conf"
	tunctl_at 1 reload | tee "$work/said"
	grep -q '^tunnel-ip2 changed (interface changed): interfaces.tunnel.ttl$' "$work/said" &&
	grep -qx '1 unchanged, 1 changed, 0 added, 0 removed' "$work/said" ||
		fail "changed: $(cat "$work/said")" || return
	ip -n "$r1" -d link show tunnel-ip2 | grep -q 'ttl 99' ||
		fail "$(ip -n "$r1" -d link show tunnel-ip2)" || return
	sed '/^	, { name = "tunnel-ip2"/,/}; }; }$/d' "$work/first.conf" >"$work/r1.conf"
	tunctl_at 1 reload >"$work/said"
	grep -qx '1 unchanged, 0 changed, 0 added, 1 removed' "$work/said" ||
		fail "removed: $(cat "$work/said")" || return
	! ip -n "$r1" link show tunnel-ip2 >/dev/null 2>&1 ||
		fail "the interface is still there" || return
	wait_until 5 no_carrier_2 || fail "the peer was not told" || return
	cat "$work/first.conf" >"$work/r1.conf"
	tunctl_at 1 reload >"$work/said"
	grep -qx '1 unchanged, 0 changed, 1 added, 0 removed' "$work/said" ||
		fail "added: $(cat "$work/said")" || return
	wait_until 30 carrier_is tunnel-ip2 1 || agents_explain || return
	wait "$pinging"
	grep -q '100 received, 0% packet loss' "$work/ping" ||
		fail "lost: $(cat "$work/ping")" || return
	after=$(tunnel_spis tunnel-ip1)
	[ "$before" = "$after" ] || fail "SPIs: $before; now $after" || return
	# Nothing was set back to zero.
	[ "$(packets_in)" -ge $((received + 100)) ] ||
		fail "$received packets before, $(packets_in) after"
}

no_carrier_2()
{
	[ "$(in_r2 cat /sys/class/net/tunnel-ip2/carrier)" = 0 ]
}

# The same sentences as --check, in the log too; exit status 1.
a_bad_file_changes_nothing()
{
	local before

	before=$(tunnel_spis tunnel-ip1)
	sed -i 's/lifetime = 600;/lifetime = 6;/' "$work/r1.conf"
	! tunneld --check "$work/r1.conf" 2>"$work/check" &&
	! tunctl_at 1 reload 2>"$work/said" ||
		fail "it was accepted" || return
	[ -s "$work/check" ] &&
	diff <(grep -v '^tunctl: ' "$work/said") "$work/check" || return
	grep -q "^tunctl: .*nothing has changed" "$work/said" || return
	logged 1 "not applied, nothing has changed: .*r1.conf:[0-9]*: " &&
	[ "$REPLY" -ge 1 ] || fail "the log does not say it" || return
	[ "$before" = "$(tunnel_spis tunnel-ip1)" ] &&
		in_r1 ping -q -c 3 -i 0.2 "$INNER2" || return
	cat "$work/first.conf" >"$work/r1.conf"
	tunctl_at 1 reload | grep -q '2 unchanged'
}

reloaded_times()
{
	logged 1 "reloaded: 1 interfaces unchanged, 1 changed"
	[ "$REPLY" -ge "$1" ]
}

sighup_reloads()
{
	logged 1 "reloaded: 1 interfaces unchanged, 1 changed"
	local n=$REPLY

	sed -i '/# second/s/tunnel: {/tunnel: { ttl = 77;/' "$work/r1.conf"
	kill -HUP "${agents[1]}"
	wait_until 5 reloaded_times $((n + 1)) || agents_explain
}

# A key that changed waits for the next authentication.
a_key_waits()
{
	local before

	before=$(tunnel_spis tunnel-ip1)
	sed -i 's/"cisco123"/"cisco124"/' "$work/r1.conf"
	tunctl_at 1 reload | grep -q ' 2 changed' || return
	in_r1 ping -q -c 3 -i 0.2 "$INNER2" || return
	[ "$before" = "$(tunnel_spis tunnel-ip1)" ] ||
		fail "the session was disturbed" || return
	tunctl_at 1 clear ikev2 session
	wait_until 10 auth_refused || fail "the new key is not used" || return
	sed -i 's/"cisco123"/"cisco124"/' "$work/r2.conf"
	tunctl_at 2 reload && wait_until 90 tunnels_up || agents_explain
}

auth_refused()
{
	tunctl_at 2 why tunnel-ip1 | grep -q 'pre-shared keys differ'
}

# esp_to ADDRESS: ESP that r1 sends there in two seconds, when it has something
# for its tunnel.
esp_to()
{
	capture "$mid" br0 "$work/wire.pcap" || return
	in_r1 ping -q -c 5 -i 0.2 -W 1 -I tunnel-ip1 "$INNER2" >/dev/null 2>&1
	in_r1 ping -q -c 5 -i 0.2 -W 1 -I tunnel-ip2 192.0.3.2 >/dev/null 2>&1
	capture_end || return
	tcpdump -nr "$work/wire.pcap" "esp and dst host $1" 2>/dev/null | grep -c .
}

leads_to()
{
	ip -n "$r1" -d link show "$1" | grep -q "remote $2 "
}

in_vrf() { ip -n "$r1" -o link show dev "$1" | grep -q ' master '; }
mtu_of() { in_r1 cat "/sys/class/net/$1/mtu"; }

# What the configuration gave an interface goes with its line, though no agent was
# there when it went; what was put there by hand stays.
changed_after_a_kill()
{
	local mtu

	mtu=$(mtu_of tunnel-ip2)
	ip -n "$r1" link add blue up type vrf table 100 &&
	sed -i '/# second/s/tunnel: {/vrf = "blue"; mtu = 1280; &/' "$work/r1.conf" &&
	tunctl_at 1 reload && in_vrf tunnel-ip2 && [ "$(mtu_of tunnel-ip2)" -eq 1280 ] ||
		fail "$(ip -n "$r1" addr show dev tunnel-ip2)" || return
	agent_stop 1 KILL
	ip -n "$r1" addr add 192.0.9.1/24 dev tunnel-ip2
	sed -e 's/"cisco123"/"cisco124"/' -e '/tunnel-ip2/s/192.0.3.1/192.0.3.7/' \
		"$work/first.conf" >"$work/r1.conf"
	grep -q 'tunnel-ip2.*192.0.3.7/24' "$work/r1.conf" && agent_start 1 || return
	[ "$(ip -n "$r1" -o -4 addr show dev tunnel-ip2 | awk '{ print $4 }' | sort | xargs)" = \
	  "192.0.3.7/24 192.0.9.1/24" ] && ! in_vrf tunnel-ip2 &&
	[ "$(mtu_of tunnel-ip2)" -eq "$mtu" ] ||
		fail "mtu $mtu before: $(ip -n "$r1" addr show dev tunnel-ip2)" || return
	ip -n "$r1" link del blue
	ip -n "$r1" addr del 192.0.9.1/24 dev tunnel-ip2
	sed -i 's/192.0.3.7/192.0.3.1/' "$work/r1.conf"
	tunctl_at 1 reload && wait_until 60 tunnels_up || agents_explain
}

# What the path allows is not known of one that never had an SA.
mtu_goes_without_sas()
{
	agent_stop 1 KILL
	sed -i -e '/# second/s/tunnel: {/mtu = 1290; &/' \
		-e '/# second/s/\(destination = "\)[0-9.]*/\1198.51.100.88/' "$work/r1.conf"
	agent_start 1 && [ "$(mtu_of tunnel-ip2)" -eq 1290 ] ||
		fail "$(ip -n "$r1" link show dev tunnel-ip2)" || return
	agent_stop 1 KILL
	sed -i 's/mtu = 1290; //' "$work/r1.conf"
	agent_start 1 && [ "$(mtu_of tunnel-ip2)" -gt 1290 ] ||
		fail "$(ip -n "$r1" link show dev tunnel-ip2)" || return
	sed -i 's/198.51.100.88/198.51.100.4/' "$work/r1.conf"
	tunctl_at 1 reload && wait_until 60 tunnels_up || agents_explain
}

# Killed, changed and started again: the old peer gets nothing any more.
another_peer_after_a_kill()
{
	local n

	wait_until 60 tunnels_up && wait_until 60 carrier_is tunnel-ip2 1 ||
		agents_explain || return
	agent_stop 1 KILL
	[ "$(esp_to 198.51.100.4)" -ge 5 ] || fail "the SAs went with the agent" || return
	sed -i '/# second/s/destination = "198.51.100.4"/destination = "198.51.100.9"/' "$work/r1.conf"
	agent_start 1 || return
	logged 1 'tunnel-ip2 exists with other endpoints .*: local 198.51.100.3, remote 198.51.100.4'
	[ "$REPLY" -ge 1 ] || agents_explain || return
	leads_to tunnel-ip2 198.51.100.9 || fail "$(ip -n "$r1" -d link show tunnel-ip2)" || return
	n=$(esp_to 198.51.100.4)
	[ "$n" -eq 0 ] || fail "$n packets to the old peer" || return
	wait_until 60 tunnels_up || agents_explain
}

# Each has what the other had, which the kernel refuses to the first of them.
swapped_after_a_kill()
{
	agent_stop 1 KILL
	sed -i -e '/# second/s/destination = "[0-9.]*"/destination = "198.51.100.4"/' \
		-e 's/"tunnel-ip1"/"tunnel-ip0"/' -e 's/"tunnel-ip2"/"tunnel-ip1"/' \
		-e 's/"tunnel-ip0"/"tunnel-ip2"/' "$work/r1.conf"
	agent_start 1 || return
	wait_until 60 carrier_is tunnel-ip1 1 && wait_until 60 carrier_is tunnel-ip2 1 ||
		agents_explain || return
	leads_to tunnel-ip1 198.51.100.4 && leads_to tunnel-ip2 198.51.100.19 ||
		fail "$(ip -n "$r1" -d link show)" || return
	# Nothing of what it was is left on either.
	[ "$(in_r1 ip -o -4 addr show dev tunnel-ip1 | wc -l)" -eq 1 ] &&
	in_r1 ping -q -c 3 -i 0.2 -W 5 "$INNER2" || fail "$(in_r1 ip addr show)"
}

link_is_there()
{
	ip -n "$r1" link show "$1" >/dev/null 2>&1
}

# Removed means removed; what was made by hand only loses its keys and routes.
removed_after_a_kill()
{
	agent_stop 1 KILL
	ip -n "$r1" link show tunnel-ip1 | grep -q 'alias tunneld' || fail "no mark" || return
	ip -n "$r1" link set tunnel-ip2 alias mine &&
	[ -n "$(tunip_sa -n "$r1" dump tunnel-ip2)" ] || fail "no SAs to lose" || return
	sed -i -e 's/"tunnel-ip1"/"tunnel-ip5"/' -e 's/"tunnel-ip2"/"tunnel-ip6"/' \
		-e 's/destination = "198.51.100.19"/destination = "198.51.100.88"/' "$work/r1.conf"
	agent_start 1 || return
	! link_is_there tunnel-ip1 && link_is_there tunnel-ip2 ||
		fail "$(ip -n "$r1" link show)" || return
	logged 1 'tunnel-ip1 is not in the configuration: deleted'
	[ "$REPLY" -eq 1 ] || agents_explain || return
	[ -z "$(tunip_sa -n "$r1" dump tunnel-ip2)" ] ||
		fail "$(tunip_sa -n "$r1" dump tunnel-ip2)" || return
	# What was renamed has its endpoints again.
	wait_until 60 carrier_is tunnel-ip5 1 || agents_explain
}

# Two agents in one network namespace: the second looks at nothing of the first.
second_agent_leaves_it_alone()
{
	(umask 077 && sed -e 's/"tunnel-ip5"/"tunnel-ip7"/' -e 's/"tunnel-ip6"/"tunnel-ip8"/' \
		"$work/r1.conf" >"$work/other.conf") || return
	spawn_in "$r1" "${tunneld[@]}" -f -c "$work/other.conf" \
		--control "$work/other.control" >"$work/other.log" 2>&1
	wait_until "$agent_patience" grep -q 'another tunneld is in this' "$work/other.log" ||
		fail "$(cat "$work/other.log")" || return
	stop "$spawned"
	link_is_there tunnel-ip5 && carrier_is tunnel-ip5 1 ||
		fail "$(ip -n "$r1" link show)"
}

run_stages setup nothing_differs others_change_under_traffic \
	a_bad_file_changes_nothing sighup_reloads a_key_waits \
	changed_after_a_kill mtu_goes_without_sas another_peer_after_a_kill \
	swapped_after_a_kill removed_after_a_kill second_agent_leaves_it_alone
