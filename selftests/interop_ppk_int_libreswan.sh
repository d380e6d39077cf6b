#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154,SC2317 # variables are the libraries', which call
# functions of ours
#
# Post-quantum preshared keys in IKE_INTERMEDIATE (RFC 9867) between tunneld and
# Debian 13's libreswan: who has one, insists on it, or has another, and a peer
# that has them in IKE_AUTH only, in both roles; then rekeys.
#
# libreswan 5.2 is older than the RFC and has private numbers for the two notifies
# (50209 and 50208 on the wire); 5.4 has IANA's. A copy of the program with those
# is the peer.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require python3
. "$(dirname "$0")/suites_lib.sh"
. "$(dirname "$0")/peers_lib.sh"
. "$(dirname "$0")/ppk_lib.sh"
use_libreswan_ppk trixie-libreswan
agent_ppk_more='exchange = "prefer-intermediate";'
ppk_exchange=IKE_INTERMEDIATE

# Where the numbers are: operands where USE_PPK_INT (four) and PPK_IDENTITY_KEY
# (two) are sent, and one each where what comes in is told apart; and the range of
# their names, which the log then confuses.
ianas_numbers()
{
	python3 - "$peer_root$pluto" "$peer_dir/pluto" <<-'END'
	import struct, sys

	code = open(sys.argv[1], "rb").read()
	for form, old, new, count in ((b"\xbf%b", [50209], [16445], 4), (b"\xbe%b", [50208], [16446], 2),
	                              (b"\x81\xff%b", [50209], [16445], 1), (b"\x81\xff%b", [50208], [16446], 1),
	                              (b"%b", [50208, 0, 50209, 0], [16445, 0, 16446, 0], 1)):
	    here, there = (form % struct.pack(f"<{len(n)}I", *n) for n in (old, new))
	    if code.count(here) != count:
	        sys.exit(f"{old} is not where it was: another libreswan?")
	    code = code.replace(here, there)
	open(sys.argv[2], "wb").write(code)
	END
	[ -e "$peer_dir/pluto" ] && chmod 0755 "$peer_dir/pluto" && pluto=$peer_dir/pluto
}

# THEIRS may end in -8784: without IKE_INTERMEDIATE. Without any PPK it must be
# so: where the exchange is agreed and none takes place, libreswan signs as if one
# had.
peer_ppk()
{
	local form=yes

	[[ $1 != *-8784 && $1 != none ]] || form=no
	case ${1%-8784} in
	optional) peer_more="ppk=propose" ;;
	required) peer_more="ppk=insist" ;;
	none) peer_more="ppk=never" ;;
	esac
	peer_more+="
	intermediate=$form"
	[ "$1" = none ] || peer_secret="@$their_id @$our_id : PPKS \"$2\" \"$3\""
}

ppk_rows()
{
	local who

	suites=()
	for who in we they; do
		suites+=(
			"$who optional same optional same ppk"
			"$who required same required same ppk"
			"$who optional same optional-8784 same ppk IKE_AUTH"
			"$who optional same none - plain ${alone[$who]}"
			"$who optional other optional same plain ppk-id-unknown"
			"$who required other optional same refused ppk|auth-refused"
			"$who required same required wrong refused ppk|auth-refused"
		)
	done
}

prepare()
{
	topology && mkdir -p "$peer_dir" && ianas_numbers
}

run_stages prepare all_rows traffic_flows children_are_rekeyed ike_sas_are_rekeyed
