#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses and lists of words
#
# The interface as ip(8) and rtnetlink see it: creation, display, change, every
# refusal with its sentence and without a trace, and life across namespaces.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"
require ethtool

ENDS="local $OUTER1 remote $OUTER2"

setup()
{
	load_module && two_routers && no_ipv6 "$r1" "$r2"
}

ip1() { ip -n "$r1" "$@"; }
add() { ip1 link add "$1" type tunnel_ip "${@:2}"; }
change() { ip1 link set tunnel-ip1 type tunnel_ip "$@"; }
raw_add() { sa1 link-add "$@"; }
exists() { ip -n "${2:-$r1}" link show "$1" >/dev/null 2>&1; }
gone() { ! exists "$@"; }

# shows NETNS DEVICE TEXT: in the detailed display.
shows()
{
	local said

	said=$(ip -n "$1" -d link show "$2")
	[[ $said == *"$3"* ]] || fail "no '$3' in: $said"
}

# --- creation and display --------------------------------------------------

defaults()
{
	add tunnel-ip1 $ENDS &&
	shows "$r1" tunnel-ip1 "tunnel_ip local $OUTER1 remote $OUTER2 ttl 64 tos inherit df copy local-only off" &&
	shows "$r1" tunnel-ip1 "POINTOPOINT,NOARP" &&
	shows "$r1" tunnel-ip1 "link/none" &&
	shows "$r1" tunnel-ip1 "state DOWN" || return
	ip1 link set tunnel-ip1 up && shows "$r1" tunnel-ip1 "NO-CARRIER" &&
	ip1 link set tunnel-ip1 down && ip1 link del tunnel-ip1 &&
	gone tunnel-ip1
}

every_word()
{
	add tunnel-ip1 $ENDS ttl 255 tos 0xb8 df clear underlay eth0 \
		local-only on &&
	shows "$r1" tunnel-ip1 "tunnel_ip local $OUTER1 remote $OUTER2 ttl 255 tos 0xb8 df clear underlay eth0 local-only on" &&
	shows "$r1" tunnel-ip1 "tunnel-ip1@eth0"
}

json()
{
	local said word

	said=$(ip1 -d -j link show tunnel-ip1)
	for word in '"info_kind":"tunnel_ip"' "\"local\":\"$OUTER1\"" \
		"\"remote\":\"$OUTER2\"" '"ttl":255' '"tos":"0xb8"' \
		'"df":"clear"' '"underlay":"eth0"' '"local_only":true'; do
		[[ $said == *"$word"* ]] || fail "no $word in: $said" || return
	done
	/usr/bin/python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$said"
}

names_itself()
{
	ip1 link add type tunnel_ip local $OUTER1 remote 198.51.100.50 &&
	exists tunnel_ip0 && ip1 link del tunnel_ip0
}

other_tools()
{
	[[ $(in_r1 ethtool -i tunnel-ip1) == "driver: tunnel_ip"* ]] &&
	[[ $(in_r1 ethtool tunnel-ip1) == *"Link detected: no"* ]] &&
	[[ $(in_r1 ethtool -k tunnel-ip1) == *"generic-segmentation-offload: on"* ]] ||
		fail "$(in_r1 ethtool -i tunnel-ip1)"
}

# Enough for the kernel to find the module when it is asked for either.
aliases()
{
	local said

	said=$(modinfo -F alias "$module_file")
	[[ $said == *rtnl-link-tunnel_ip* ]] &&
	[[ $said == *net-pf-16-proto-16-family-tunnel_ip* ]] || fail "$said"
}

# --- change ----------------------------------------------------------------

change_one_by_one()
{
	change ttl 7 && shows "$r1" tunnel-ip1 " ttl 7 tos 0xb8 df clear" &&
	change tos inherit && shows "$r1" tunnel-ip1 " ttl 7 tos inherit df clear" &&
	change tos 0 && shows "$r1" tunnel-ip1 " tos 0x00 " &&
	change df set && shows "$r1" tunnel-ip1 " df set " &&
	change df copy && shows "$r1" tunnel-ip1 " df copy " &&
	change local-only off && shows "$r1" tunnel-ip1 "local-only off" &&
	change remote 198.51.100.20 &&
	shows "$r1" tunnel-ip1 "local $OUTER1 remote 198.51.100.20 ttl 7" &&
	change local 198.51.100.2 &&
	shows "$r1" tunnel-ip1 "local 198.51.100.2 remote 198.51.100.20" &&
	sa1 link-set tunnel-ip1 underlay=0 || return
	[[ $(ip1 -d link show tunnel-ip1) != *underlay* ]] &&
	change $ENDS && shows "$r1" tunnel-ip1 "$ENDS"
}

# What is refused in one word is not applied in the others.
change_is_whole_or_not_at_all()
{
	local before

	before=$(ip1 -d link show tunnel-ip1)
	refused "no such underlay device" \
		sa1 link-set tunnel-ip1 ttl=99 df=set underlay=9999 &&
	refused "the address must be a unicast one" \
		sa1 link-set tunnel-ip1 ttl=98 remote=239.1.1.1 &&
	refused "" sa1 link-set tunnel-ip1 tos=0x20 df:u8=9 || return
	[ "$(ip1 -d link show tunnel-ip1)" = "$before" ] ||
		fail "changed to $(ip1 -d link show tunnel-ip1)"
}

# SAs have addresses of their own; new ones take the new defaults.
sas_survive_a_change()
{
	sa_one in gcm128 1 && sa_one out gcm128 1 &&
	change remote 198.51.100.30 ttl 33 && dev_is "$r1" in-sas=1 out-sas=1 ||
		return
	is "$(sa1 get tunnel-ip1 dir=out spi=$((SPI_12 + 1)))" remote=$OUTER2 &&
	sa_one in gcm128 2 &&
	is "$(sa1 get tunnel-ip1 dir=in spi=$((SPI_21 + 2)))" \
		remote=198.51.100.30 && change $ENDS && sa1 flush
}

rename()
{
	ip1 link set tunnel-ip1 name edge7 && shows "$r1" edge7 "$ENDS" &&
	ip1 link set edge7 up && DEV=edge7 sa_one in gcm128 3 &&
	sa1 dump edge7 | grep -q ' ifname=edge7 ' && sa1 flush edge7 &&
	refused "" ip1 link set edge7 name eth0 &&
	ip1 link set edge7 down && ip1 link set edge7 name tunnel-ip1
}

# --- refusals --------------------------------------------------------------

# no SENTENCE COMMAND...: refused, and there is no interface t2.
no()
{
	refused "$@" && gone t2 || fail "t2 exists after: $*"
}

refusals()
{
	no "the local address is missing" add t2 remote $OUTER2 &&
	no "the remote address is missing" add t2 local $OUTER1 &&
	no "local and remote address are required" add t2 &&
	no "local and remote address are the same" \
		add t2 local $OUTER1 remote $OUTER1 &&
	no "the address must be a unicast one" \
		add t2 local $OUTER1 remote 224.0.0.1 &&
	no "the address must be a unicast one" \
		add t2 local 255.255.255.255 remote $OUTER2 &&
	no "the address must be a unicast one" \
		add t2 local 0.0.0.0 remote $OUTER2 &&
	no "no such underlay device" raw_add t2 local=$OUTER1 \
		remote=198.51.100.9 underlay=9999
}

twins()
{
	local eth0

	eth0=$(in_r1 cat /sys/class/net/eth0/ifindex)
	no "another interface has the same local, remote and underlay" \
		add t2 $ENDS || return
	# Another underlay makes it another tunnel.
	add t3 $ENDS underlay eth0 &&
	refused "another interface has the same" change underlay eth0 &&
	refused "another interface has the same" \
		sa1 link-set t3 underlay=0 &&
	no "another interface has the same" \
		raw_add t2 local=$OUTER1 remote=$OUTER2 underlay=$eth0 &&
	ip1 link del t3 &&
	ip -n "$r2" link add t2 type tunnel_ip $ENDS && ip -n "$r2" link del t2
}

# Words that ip(8) itself refuses.
refusals_of_the_plugin()
{
	no "from 1 to 255" add t2 $ENDS ttl 0 &&
	no "from 1 to 255" add t2 $ENDS ttl 256 &&
	no "multiple of 4" add t2 $ENDS tos 3 &&
	no '"copy", "set" or "clear"' add t2 $ENDS df maybe &&
	no "no such device" add t2 $ENDS underlay nosuch0 &&
	no "IPv4 or IPv6 address" add t2 local 2001:db8:1 remote $OUTER2 &&
	no "unknown option" add t2 $ENDS colour blue
}

# What reaches the kernel malformed all the same.
refusals_of_attributes()
{
	local ends="local=$OUTER1 remote=198.51.100.9" field

	no "tos is 1 (copy) or a DSCP" raw_add t2 $ends tos=3 &&
	no "tos is 1 (copy) or a DSCP" raw_add t2 $ends tos=0xbb &&
	no "of two families" raw_add t2 $ends local6=2001:db8::1 &&
	no "of two families" raw_add t2 local=$OUTER1 remote6=2001:db8::1 &&
	no "local address is missing" raw_add t2 remote6=2001:db8::1 &&
	no "remote address is missing" raw_add t2 local6=2001:db8::1 &&
	no "are the same" raw_add t2 local6=2001:db8::1 remote6=2001:db8::1 &&
	no "must be a unicast one" raw_add t2 local6=2001:db8::1 remote6=ff02::1 &&
	no "must be a unicast one" raw_add t2 local6=:: remote6=2001:db8::1 &&
	no "must be a unicast one" raw_add t2 local6=::ffff:1.2.3.4 \
		remote6=2001:db8::1 &&
	no "needs an underlay" raw_add t2 local6=fe80::1 remote6=fe80::2 &&
	no "" raw_add t2 local6:hex=20010db8 remote6=2001:db8::1 || return
	# Link attributes that are too long are tolerated by the core.
	for field in ttl=0 df=3 local-only=2 ttl:hex= underlay:u8=1 \
		local:u16=1; do
		no "" raw_add t2 $ends $field || return
	done
}

not_without_privilege()
{
	no "" in_r1 setpriv --reuid 65534 --clear-groups \
		"$(command -v tunip_sa)" link-add t2 local=$OUTER1 remote=$OUTER2
}

# --- namespaces ------------------------------------------------------------

# The outer side stays where the interface was born; its end is that of the
# namespace it is in, or of the one it was born in.
moves()
{
	local inside

	netns_add inside && add t4 local $OUTER1 remote 198.51.100.40 &&
	ip1 link set t4 netns "$inside" && gone t4 &&
	shows "$inside" t4 "link-netns $r1" &&
	ip -n "$inside" link set t4 type tunnel_ip ttl 9 &&
	shows "$inside" t4 "ttl 9" || return
	no "another interface has the same" \
		add t2 local $OUTER1 remote 198.51.100.40 || return
	# A name that is taken there is refused, and nothing is lost.
	add t4 local $OUTER1 remote 198.51.100.41 &&
	refused "" ip1 link set t4 netns "$inside" && exists t4 &&
	ip1 link del t4 && ip netns del "$inside" || return
	# The endpoints are free again.
	wait_until 10 add t4 local $OUTER1 remote 198.51.100.40 &&
	ip1 link del t4
}

outer_namespace_dies()
{
	local outer inner

	netns_add outer && netns_add inner &&
	ip -n "$outer" link add t5 type tunnel_ip $ENDS &&
	ip -n "$outer" link set t5 netns "$inner" &&
	ip -n "$inner" link set t5 up &&
	DEV=t5 sa_lines gcm128 9 1 | tunip_sa -n "$inner" batch &&
	ip netns del "$outer" && wait_until 20 gone t5 "$inner"
}

# Root of a user namespace that was given an interface may not turn the outer
# packets of its giver.
not_yours_to_turn()
{
	local pid

	spawn_in "$r2" unshare -U -r -n sleep 60
	pid=$spawned
	wait_until 10 cut_off $pid && add t6 local $OUTER1 remote 198.51.100.60 &&
	ip1 link set t6 netns $pid || return
	refused "not permitted in the interface's outer namespace" \
		nsenter -t $pid -U --preserve-credentials -n \
		ip link set t6 type tunnel_ip ttl 9 &&
	refused "not permitted in the interface's outer namespace" \
		nsenter -t $pid -U --preserve-credentials -n tunip_sa add t6 \
		dir=in spi=4711 encr=gcm key=000102030405060708090a0b0c0d0e0f10111213 || return
	stop $pid KILL
	wait_until 10 add t6 local $OUTER1 remote 198.51.100.60 &&
	ip1 link del t6
}

# Is the process in a network namespace of its own yet?
cut_off()
{
	[ "$(readlink /proc/$1/ns/net)" != "$(in_r2 readlink /proc/self/ns/net)" ] &&
	[ "$(cat /proc/$1/comm)" = sleep ]
}

# An underlay that goes away takes no interface with it.
underlay_goes_away()
{
	ip1 link add dummy0 type dummy && add t7 $ENDS underlay dummy0 &&
	ip1 link set t7 up && ip1 link del dummy0 && exists t7 &&
	ip1 link del t7
}

many()
{
	local i

	for ((i = 1; i <= 300; i++)); do
		echo "link add m$i type tunnel_ip local 10.0.0.1 remote 10.1.$((i / 250)).$((i % 250 + 1))"
	done >"$work/many"
	ip1 -batch "$work/many" &&
	[ "$(sa1 dev | grep -c 'remote=10\.1\.')" = 300 ] &&
	sed -i 's/add \(m[0-9]*\) .*/del \1/' "$work/many" &&
	ip1 -batch "$work/many" && [ "$(sa1 dev | grep -c 'remote=10\.1\.')" = 0 ]
}

remove()
{
	ip1 link del tunnel-ip1 && gone tunnel-ip1 && [ -z "$(sa1 dev)" ]
}

run_tests defaults every_word json names_itself other_tools aliases \
	change_one_by_one change_is_whole_or_not_at_all sas_survive_a_change \
	rename refusals twins refusals_of_the_plugin refusals_of_attributes \
	not_without_privilege moves outer_namespace_dies not_yours_to_turn \
	underlay_goes_away many remove
