#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154 # variables are the libraries'
#
# Additional key exchanges (RFC 9370) between tunneld and Debian 13's strongSwan
# 6, whose package has no ML-KEM: ordinary groups, up to three of them, beside a
# PPK, where only one side has them, in both roles; then rekeys of the IKE SA
# that the peer begins, and of the child SA from each side, which are followed
# by IKE_FOLLOWUP_KE.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require python3
. "$(dirname "$0")/suites_lib.sh"
. "$(dirname "$0")/peers_lib.sh"
. "$(dirname "$0")/ppk_lib.sh"
. "$(dirname "$0")/addke_lib.sh"
use_strongswan_ppk trixie-strongswan
agent_ikev2='extra-dh-groups = true;'

rekeyed='1 2 3 10 11 12'
with_children='1 2 10 11'

addke_rows()
{
	local who

	suites=()
	for who in we they; do
		suites+=(
			"$who group20 ke1_ecp384 group20"
			"$who group20,group31,group21 ke1_ecp384-ke2_x25519-ke3_ecp521 group20,group31,group21"
			"$who group20 ke1_ecp384 group20 ppk"
			"$who none none none"
			"$who group20,none none none"
			"$who none ke1_ecp384-ke1_none none"
			"$who group20 none refused"
			"$who none ke1_ecp384 refused"
			"$who group20 ke1_ecp521 refused"
		)
	done
}

run_stages topology all_rows reasons traffic_flows children_begin_without \
	they_rekey_ike_sas they_rekey_children we_rekey_children
