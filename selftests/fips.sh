#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # variables of the libraries
#
# FIPS mode under two running agents: what `fips check` foretells comes true;
# enabling it ends a tunnel under traffic and lets it back only with an admitted
# group and key, disabling it loses nothing; the wire never carries an inner
# packet in clear.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/agent_lib.sh"
require_guest "$@"
require ping

KEY=fourteen-chars
pinging=()
EXTRAS='s/^ikev2: {/ikev2: { extra-dh-groups = true;/'
DH='s/dh-group = \[ 20 \]/dh-group = [ 31, 20 ]/'

setup()
{
	load_module && two_routers middle &&
	agent_conf 1 "s/cisco123/$KEY/" "$EXTRAS" "$DH" &&
	agent_conf 2 "s/cisco123/$KEY/" "$EXTRAS" "$DH" &&
	grep -q 'dh-group = \[ 31, 20 \]' "$work/r2.conf" &&
	grep -q "$KEY" "$work/r2.conf" && agents_start
}

# group_is N GROUP
group_is()
{
	tunctl_at "$1" show ikev2 session detail | grep -q "^PRF/Hash/DH Group  *: SHA256/SHA256/$2\$"
}

session_of()
{
	tunctl_at "$1" show ikev2 session detail | grep 'Local SPI'
}

up_with()
{
	tunnels_up && group_is 1 "$1" && group_is 2 "$1"
}

# says TEXT WORDS...: tunctl at r1.
says()
{
	local text=$1

	shift
	tunctl_at 1 "$@" >"$work/said" 2>&1
	grep -qF -e "$text" "$work/said" ||
		fail "tunctl $* does not say '$text': $(cat "$work/said")"
}

check_foretells()
{
	group_is 1 31 || fail "group 31 was to be used first" || return
	says 'tunnel-ip1: comes up in FIPS mode, without:' fips check &&
	says 'proposal ikev2_proposal_P1, dh-group 31 (ikev2: proposals)' fips check &&
	says 'FIPS mode is disabled.' fips check
}

# What either router asks of the other, and what of it went in clear. An ESP
# packet whose SA is gone is answered "unreachable", in clear and rightly so.
traffic_begins()
{
	capture "$mid" br0 "$work/wire.pcap" 'icmp[0] == 0 or icmp[0] == 8' || return
	in_r1 ping -q -i 0.05 -c 10000 "$INNER2" >/dev/null 2>&1 &
	pinging=($!)
	in_r2 ping -q -i 0.05 -c 10000 "$INNER1" >/dev/null 2>&1 &
	pinging+=($!)
}

traffic_ends()
{
	kill "${pinging[@]}"
	wait "${pinging[@]}"
	capture_end || return
	[ "$(tcpdump -nr "$work/wire.pcap" 2>/dev/null | wc -l)" -eq 0 ] ||
		fail "an inner packet was on the wire: $(tcpdump -c 1 -nr "$work/wire.pcap")"
}

# At r1, then at r2, with packets on the way in both directions.
enabled_under_traffic()
{
	local n before

	traffic_begins || return
	for n in 1 2; do
		before=$(session_of "$n")
		tunctl_at "$n" fips enable >/dev/null || return
		wait_until 60 up_with 20 || agents_explain || return
		[ "$before" != "$(session_of "$n")" ] ||
			fail "the session of r$n was not ended" || return
	done
	in_r1 ping -q -c 3 -i 0.2 "$INNER2" && traffic_ends || return
	says 'FIPS Mode : Enabled' show ikev2 summary &&
	says 'FIPS Flag of the kernel : Off' show ikev2 summary
}

# Nothing is lost, nothing is negotiated anew.
disabled_under_traffic()
{
	local before n

	before=$(session_of 1)
	in_r1 ping -q -i 0.1 -c 40 "$INNER2" >"$work/ping1" 2>&1 &
	pinging=($!)
	in_r2 ping -q -i 0.1 -c 40 "$INNER1" >"$work/ping2" 2>&1 &
	pinging+=($!)
	for n in 1 2; do
		tunctl_at "$n" fips disable >/dev/null || return
	done
	wait "${pinging[@]}"
	for n in 1 2; do
		grep -q '40 received, 0% packet loss' "$work/ping$n" ||
			fail "lost: $(cat "$work/ping$n")" || return
	done
	[ "$before" = "$(session_of 1)" ] || fail "the session was disturbed"
}

short_key_refused()
{
	tunctl_at 2 why tunnel-ip1 | grep -q 'FIPS mode does not admit it; here: keyring key_mgmt_P2, peer ACADIA-1: a key of less than 14 octets'
}

# The configuration is kept, the tunnel stays down and says why. What is asked
# for meanwhile gets no answer, and does not go in clear.
a_short_key_stays_down()
{
	traffic_begins || return
	sed -i "s/$KEY/cisco123/" "$work/r1.conf" "$work/r2.conf"
	tunctl_at 1 reload >/dev/null && tunctl_at 2 reload >/dev/null || return
	tunctl_at 2 fips enable >/dev/null || return
	wait_until 60 short_key_refused || agents_explain || return
	! tunnels_up || fail "it came up" || return
	! in_r1 ping -q -c 3 -i 0.2 -W 1 "$INNER2" >/dev/null 2>&1 ||
		fail "somebody answered" || return
	says 'tunnel-ip1: stays down in FIPS mode' fips check &&
	says 'not admitted: no key for the peer that is long enough' fips check ||
		return
	tunctl_at 1 fips enable >/dev/null || return
	# It says so when it would try again.
	wait_until 20 says 'FIPS mode does not admit it; here: no key for the peer' \
		why tunnel-ip1 || fail "$(cat "$work/said")" || return
	tunctl_at 1 fips disable >/dev/null && tunctl_at 2 fips disable >/dev/null
	wait_until 90 tunnels_up || agents_explain || return
	in_r1 ping -q -c 3 -i 0.2 "$INNER2" && traffic_ends
}

warned_at_start()
{
	sed -i 's/^fips-mode = false/fips-mode = true/' "$work/r1.conf"
	tunneld --check "$work/r1.conf" 2>"$work/said" || return
	grep -q 'warning: tunnel-ip1: FIPS mode does not admit no key for the peer that is long enough, the tunnel stays down; check keyrings: peers' "$work/said" ||
		fail "$(cat "$work/said")"
}

run_stages setup check_foretells enabled_under_traffic disabled_under_traffic \
	a_short_key_stays_down warned_at_start
