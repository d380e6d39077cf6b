#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2128,SC2178 # lists of fields are words
#
# Packets that an independent implementation seals are accepted as they are,
# and it can open ours: every length of padding, large ones, IVs that never
# come twice, for a covering subset of suites.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

setup()
{
	load_module && peer_routers && udp_encap_in "$r1" 4500 && peer_start
}

sizes="20 21 22 23 33 34 35 36 60 61 500 1326"

# both_ways N SUITE [FIELDS...]
both_ways()
{
	local n=$1 size count=0

	shift
	peer_sas "$1" "$n" "${@:2}" && peer reset || return
	peer send in size=20..52 && peer expect rx_packets=33 || return
	peer send in size=1000,1001,1326 blocks=0..1 &&
	peer expect rx_packets=6 || return
	for size in $sizes; do
		peer inject "size=$size" || return
		count=$((count + 1))
	done
	peer expect tx_packets=$count || return
	for ((seq = 1; seq <= count; seq++)); do
		peer wire out nh=4 seq=$seq || return
	done
	sa1 flush tunnel-ip1
}

# With one digit of a key changed nothing passes.
wrong_key()
{
	peer_sas cbc128-sha256 90 || return
	suite cbc128-sha256 2
	peer sa in "spi=$((SPI_21 + 90)) local=$OUTER2 remote=$OUTER1" \
		"${REPLY/integ-key=?/integ-key=0}" &&
	peer reset && peer send in && peer expect drop_icv=1 &&
	sa1 flush tunnel-ip1
}

cases=("cbc128-sha1" "cbc192-sha256" "cbc256-sha384" "cbc256-sha512"
	"gcm128" "gcm256" "cbc128-sha1 flags=esn" "cbc256-sha256 flags=esn"
	"cbc192-sha384 flags=esn" "cbc256-sha512 flags=esn" "gcm192 flags=esn"
	"cbc256-sha256 sport=4500 dport=4500"
	"gcm256 flags=esn sport=4500 dport=4500")

ktap_plan $((${#cases[@]} + 2))
setup_stage
n=0
for c in "${cases[@]}"; do
	n=$((n + 1))
	# The words of a case are fields.
	# shellcheck disable=SC2086
	stage "${c// /_}" both_ways $n $c
done
stage wrong_key wrong_key
ktap_finish
