#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154 # variables are the libraries'
#
# ML-KEM (RFC 9370 in IKE_INTERMEDIATE) between tunneld and the strongSwan of
# Debian's unstable, 6.1 or later: beside the ordinary group, beside another one
# and a PPK, where only one side has it, in both roles; then rekeys of the IKE SA
# from each side, which are followed by IKE_FOLLOWUP_KE, and of children.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require python3
. "$(dirname "$0")/suites_lib.sh"
. "$(dirname "$0")/peers_lib.sh"
. "$(dirname "$0")/ppk_lib.sh"
. "$(dirname "$0")/addke_lib.sh"
"$selftests/qemu/newer-libs" --have || ktap_skip_all "no OpenSSL 3.5: run selftests/qemu/fetch-peers"
use_strongswan_ppk sid-strongswan
tunneld=("$selftests/qemu/newer-libs" "$TUNNEL_IP_BUILD/agent/tunneld")
agent_ikev2='extra-dh-groups = true;'
rekeyed='1 2 3 4 5 11 12 13 14 15'

addke_rows()
{
	local who

	suites=()
	for who in we they; do
		suites+=(
			"$who ml-kem-768 ke1_mlkem768 ml-kem-768"
			"$who ml-kem-768,group21 ke1_mlkem768-ke2_ecp521 ml-kem-768,group21"
			"$who ml-kem-768 ke1_mlkem768 ml-kem-768 ppk"
			"$who ml-kem-512 ke1_mlkem512 ml-kem-512"
			"$who ml-kem-1024 ke1_mlkem1024 ml-kem-1024"
			"$who ml-kem-768,none none none"
			"$who none ke1_mlkem768-ke1_none none"
			"$who ml-kem-768 none refused"
			"$who none ke1_mlkem768 refused"
			"$who ml-kem-768 ke1_mlkem1024 refused"
		)
	done
}

# Ours come after four fifths of the shortest lifetime there is, the next ones
# much later. Every echo that is sent meanwhile is answered.
all_rows_for_two_minutes()
{
	agent_lifetime='lifetime = 120;'
	all_rows && ike_spis | sort >"$work/before.ike" || return 1
	agent_lifetime=''
	agent_config
	tunctl_agent reload
}

we_rekey_ike_sas()
{
	local deadline=$((SECONDS + 150))

	until ours_are_new; do
		[ "$SECONDS" -lt "$deadline" ] ||
			fail "not rekeyed: $(comm -12 "$work/before.ike" "$work/now.ike")" || return 1
		# shellcheck disable=SC2046 # words
		in_r1 traffic rounds 5 84 10 $(with_used any | sed 's/.*/10.9.&.2/') ||
			fail "no answer" || return 1
		sleep 1
	done
	settled || fail "$(cat "$work/used")" || return 1
	[ "$(peer_log | grep -c 'parsed IKE_FOLLOWUP_KE request [0-9]* \[ KE')" -ge \
		"$(wc -w <<<"$rekeyed")" ] || fail "no IKE_FOLLOWUP_KE of ours"
}

ours_are_new()
{
	ike_spis | sort >"$work/now.ike"
	[ -z "$(comm -12 "$work/before.ike" "$work/now.ike")" ]
}

they_rekey_children()
{
	local n

	for n in $rekeyed; do
		rekey_row peer_rekey_child spi_of "$n" || return 1
	done
}

run_stages topology all_rows_for_two_minutes reasons traffic_flows we_rekey_ike_sas \
	they_rekey_ike_sas they_rekey_children
