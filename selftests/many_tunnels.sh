#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154,SC2086,SC2046 # the libraries' variables; words
#
# A hub and as many branches as TUNNEL_IP_TEST_TUNNELS says, 100 for want of it,
# all of the latter at the same router: every tunnel comes up, every child SA is
# rekeyed in the same moment, those of a few IKE SAs too, and not one packet is
# lost meanwhile. What one of a thousand takes of the agent's memory has a bound.

. "$(dirname "$0")/lib.sh"
. "$selftests/agent_lib.sh"
require_guest "$@"
require ping sysctl

tunnels=${TUNNEL_IP_TEST_TUNNELS:-100}
WATCHED=8		# tunnels with echo requests all the time
MEMORY_MAX=32		# KiB of the agent's for a tunnel
ROUNDS=42		# datagrams into each: beyond four fifths of LIMIT
LIMIT=50		# packets of a child SA
GROUP=50		# tunnels that reach it in the same moment
# How much more a watched child SA may carry: until the others are rekeyed.
MORE=$((tunnels < 1000 ? 5 : 20))
PATIENCE=$((60 + tunnels))
agent_patience=$PATIENCE
watchers=()

# octets I: what tunnel I's addresses end with, in $REPLY.
octets() { REPLY=$(($1 / 250)).$(($1 % 250 + 1)); }

watched() { [ $(($1 % (tunnels / WATCHED))) -eq 0 ]; }

# profiles_of N: what most tunnels of router N have, and those that are watched.
profiles_of()
{
	local role=''

	[ "$1" -eq 1 ] || role='responder-only = true;'
	cat <<-CONF
	ikev2: {
	  proposals = ( { name = "p"; encryption = [ "aes-gcm-128" ];
	                  prf = [ "sha-256" ]; dh-group = [ 19 ]; } );
	  policies = ( { name = "any"; proposals = [ "p" ]; } );
	  profiles = ( $(ike_profile most 86400), $(ike_profile watched 600) ); };
	ipsec: {
	  transform-sets = ( { name = "t"; mode = "tunnel"; transform = [ "esp-gcm-128" ]; } );
	  profiles = ( $(ipsec_profile most $LIMIT "$role"),
	               $(ipsec_profile watched $((MORE * LIMIT)) "$role") ); };
	CONF
}

ike_profile()
{
	echo "{ name = \"$1\"; keyring = \"k\"; lifetime = $2;
	  authentication: { local = \"pre-shared\"; remote = [ \"pre-shared\" ]; };
	  match-identity-remote = ( { address = \"0.0.0.0 0.0.0.0\"; } ); }"
}

ipsec_profile()
{
	local limit="security-association-lifetime-packets = $2;"

	[ -z "$3" ] || limit=
	echo "{ name = \"$1\"; ikev2-profile = \"$1\"; transform-sets = [ \"t\" ];
	  pfs = \"group19\"; $limit $3 }"
}

# conf N TUNNELS: of router N
conf()
{
	local i own peer profile keys='' ifs=''

	for ((i = 0; i < $2; i++)); do
		octets $i
		own=$OUTER1 peer=10.64.$REPLY profile=most
		! watched $i || profile=watched
		[ "$1" -eq 1 ] || own=$peer peer=$OUTER1
		keys+="${keys:+,} { name = \"n$i\"; address = \"10.64.$REPLY\";
			pre-shared-key = \"cisco123\"; }"
		ifs+="${ifs:+,} { name = \"tunnel-ip$i\"; tunnel: { source = \"$own\"; destination = \"$peer\";
			protection: { ipsec-profile = \"$profile\"; }; }; }"
	done
	[ "$1" -eq 1 ] || keys="{ name = \"hub\"; address = \"$OUTER1\"; pre-shared-key = \"cisco123\"; }"
	{ profiles_of "$1" && echo "keyrings = ( { name = \"k\"; peers = ( $keys ); } );
interfaces = ( $ifs );"; } >"$work/r$1.conf" && chmod 600 "$work/r$1.conf"
}

# Nothing here is IPv6's, which would make each interface slower to come.
setup()
{
	load_module && two_routers || return
	in_r1 sysctl -q net.ipv6.conf.default.disable_ipv6=1 &&
	in_r2 sysctl -q net.ipv6.conf.default.disable_ipv6=1 &&
	ip -n "$r1" route add 10.64.0.0/16 via $OUTER2 &&
	ip -n "$r2" route add local 10.64.0.0/16 dev lo &&
	ip -n "$r1" route add local 10.2.0.0/16 dev lo &&
	ip -n "$r2" route add local 10.3.0.0/16 dev lo
}

# --- up --------------------------------------------------------------------

# private_kib N: what router N's agent has written to; the pages of its program
# are its own only while no other agent runs.
private_kib()
{
	awk '/^Private_Dirty/ { print $2 }' "/proc/${agents[$1]}/smaps_rollup"
}

with_carrier()
{
	ip -n "$1" -o link show type tunnel_ip | grep -c LOWER_UP
}

all_up()
{
	[ "$(with_carrier "$r1")" -eq "$tunnels" ] &&
	[ "$(with_carrier "$r2")" -eq "$tunnels" ]
}

# wait_patiently COMMAND...: does not take the processor from what it waits for.
wait_patiently()
{
	local deadline=$((SECONDS + PATIENCE))

	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 2
	done
}

# What an agent takes without tunnels to speak of, to be subtracted.
an_agent_alone()
{
	conf 1 1 && agent_start 1 || return
	alone=$(private_kib 1)
	agent_stop 1
	[ "$alone" -gt 0 ] || fail "no figure"
}

all_come_up()
{
	local started=$SECONDS

	: >"$work/r1.log"
	conf 1 "$tunnels" && conf 2 "$tunnels" && agent_start 2 &&
	agent_start 1 || return
	echo "$tunnels pairs of interfaces after $((SECONDS - started)) s"
	wait_patiently all_up || agents_explain ||
		fail "up: $(with_carrier "$r1"), $(with_carrier "$r2")" || return
	echo "all up after $((SECONDS - started)) s"
	active_sas 1 >"$work/sas1" && active_sas 2 >"$work/sas2" &&
	[ "$(wc -l <"$work/sas1")" -eq $((2 * tunnels)) ] &&
	cmp "$work/sas1" "$work/sas2" || fail "SAs differ" || return
	[ "$(counter 1 ike_sas_established)" -eq "$tunnels" ] || fail "not at once"
}

# active_sas N: SPIs of the SAs in use, both directions
active_sas()
{
	tunctl_at "$1" show ipsec sa --json | json_python -c '
import json, sys
from json_members import members
for sa in members(json.load(sys.stdin), "spi"):
    if sa["state"] == "active":
        print(sa["spi"])' | sort
}

# counter N NAME
counter()
{
	tunctl_at "$1" show ikev2 counters --json | grep -o "\"$2\": *[0-9]*" |
		grep -o '[0-9]*$'
}


a_tunnel_is_small()
{
	local n kib

	for n in 1 2; do
		kib=$((($(private_kib $n) - alone) / tunnels))
		echo "agent $n takes $kib KiB for a tunnel"
		[ $kib -gt 0 ] && [ $kib -le $MEMORY_MAX ] ||
			fail "agent $n takes $kib KiB for a tunnel" || return
	done
}

# --- new keys --------------------------------------------------------------

# Each tunnel carries what is for 10.3.x.y there and for 10.2.x.y back.
routes()
{
	local i

	for ((i = 0; i < tunnels; i++)); do
		octets $i
		echo "route add 10.3.$REPLY/32 dev tunnel-ip$i src 10.2.$REPLY" >&3
		echo "route add 10.2.$REPLY/32 dev tunnel-ip$i" >&4
	done 3>"$work/routes1" 4>"$work/routes2"
	ip -n "$r1" -batch "$work/routes1" && ip -n "$r2" -batch "$work/routes2"
}

# targets watched|most: the addresses behind those tunnels
targets()
{
	local i

	for ((i = 0; i < tunnels; i++)); do
		octets $i
		if watched $i; then
			[ "$1" != watched ] || echo "10.3.$REPLY"
		else
			[ "$1" = watched ] || echo "10.3.$REPLY"
		fi
	done
}

watch_some()
{
	local to

	routes || return
	downs=$(carrier_losses)
	for to in $(targets watched); do
		spawn_in "$r1" ping -n -W 20 "$to" >"$work/ping-$to"
		watchers+=("$spawned")
	done
	wait_until 20 all_watched_answer ||
		fail "$(head -n 3 "$work"/ping-*)"
}

all_watched_answer()
{
	! grep -L 'icmp_seq=3 ' "$work"/ping-* | grep -q .
}

# How often a tunnel has lost its carrier, at both ends together.
carrier_losses()
{
	local ns

	for ns in "$r1" "$r2"; do
		ip netns exec "$ns" sh -c 'cat /sys/class/net/tunnel-ip*/carrier_down_count'
	done | awk '{ n += $1 } END { print n }'
}

children_rekeyed() { [ "$(counter 1 child_sas_rekeyed)" -ge "$1" ]; }

# What either router has discarded.
drops()
{
	{ tunctl_at 1 show interface && tunctl_at 2 show interface; } |
		grep drop_ | sort | uniq -c
}

# reach_limit ROUNDS ADDRESS...: and wait until there have been so many rekeys.
reach_limit()
{
	local rounds=$1

	shift
	expected=$((expected + $#))
	in_r1 traffic rounds "$rounds" 84 20 "$@" </dev/null ||
		fail "no answer; $(drops)" || return
	wait_patiently children_rekeyed $expected ||
		fail "$(counter 1 child_sas_rekeyed) rekeyed of $expected"
}

# The watched first. In the end no SPI is what it was.
all_children_are_rekeyed()
{
	local started=$SECONDS group expected=0

	targets most | xargs -n $GROUP >"$work/groups"
	reach_limit $((MORE * ROUNDS)) $(targets watched) || return
	while read -ra group; do
		reach_limit $ROUNDS "${group[@]}" || return
	done <"$work/groups"
	echo "rekeyed after $((SECONDS - started)) s"
	wait_patiently one_pair_each ||
		fail "$(active_sas 1 | wc -l) SAs" || return
	! active_sas 1 | comm -12 - "$work/sas1" | grep . ||
		fail "SPIs have not changed" || return
}

one_pair_each() { [ "$(active_sas 1 | wc -l)" -eq $((2 * tunnels)) ]; }

ike_rekeyed() { [ "$(counter 1 ike_sas_rekeyed)" -ge $WATCHED ]; }

# Their lifetime is ten minutes.
watched_ike_sas_are_rekeyed()
{
	wait_until 600 ike_rekeyed ||
		fail "$(counter 1 ike_sas_rekeyed) IKE SAs rekeyed"
}

none_went_down()
{
	local i

	for i in "${watchers[@]}"; do
		stop "$i" INT
	done
	for i in "$work"/ping-*; do
		tail -n 3 "$i"
		grep -q ' 0% packet loss' "$i" || fail "lost: $(tail -n 3 "$i")" || return
	done
	! grep -E 'tunnel-ip[0-9]*: down' "$work"/r?.log || return
	[ "$(carrier_losses)" -eq "$downs" ] || fail "carriers lost" || return
	[ "$(counter 1 ike_sas_established)" -eq "$tunnels" ] &&
	[ "$(counter 1 peers_dead)" -eq 0 ] && all_up
}

# What an agent takes alone varies by megabytes, which are much for a hundred
# tunnels and little for a thousand; and a hundred are done before the first
# IKE SA is to be rekeyed.
if [ "$tunnels" -lt 1000 ]; then
	run_stages setup all_come_up watch_some all_children_are_rekeyed \
		none_went_down
else
	run_stages setup an_agent_alone all_come_up a_tunnel_is_small \
		watch_some all_children_are_rekeyed \
		watched_ike_sas_are_rekeyed none_went_down
fi
