#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2154,SC2317 # addresses and fields are words; the
# library has variables and calls stages
#
# Requests that must be refused, each with its sentence, and leave no trace.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

setup()
{
	load_module && two_routers &&
	tunnel_add "$r1" tunnel-ip1 $INNER1/24 $OUTER1 $OUTER2
}

K16=000102030405060708090a0b0c0d0e0f
K32=$K16$K16
cbc="dir=in spi=4096 encr=cbc key=$K16 integ=sha256 integ-key=$K32"
gcm="dir=in spi=4096 encr=gcm key=${K16}00112233"

# no SENTENCE FIELDS...: refused, and nothing was installed.
no()
{
	local sentence=$1

	shift
	# The words of a case are fields.
	# shellcheck disable=SC2068
	refused "$sentence" sa1 add tunnel-ip1 $@ &&
	[ -z "$(sa1 dump tunnel-ip1)" ] || fail "an SA was installed by: $*"
}

without() { local w out=; for w in $2; do [[ $w == "$1="* ]] || out+=" $w"; done; echo "$out"; }

missing()
{
	no "direction is missing" "$(without dir "$cbc")" &&
	no "SPI is missing" "$(without spi "$cbc")" &&
	no "encryption algorithm is missing" "$(without encr "$cbc")" &&
	no "encryption key is missing" "$(without key "$cbc")" &&
	no "integrity key must be" "$(without integ-key "$cbc")"
}

out_of_range()
{
	no "SPIs below 256 are reserved" "${cbc/4096/255}" &&
	no "" "$cbc" window=4097 && no "" "$cbc" flags:u32=0x80 &&
	no "" "${cbc/dir=in/dir:u8=3}" &&
	no "no such pair" "${cbc/integ=sha256/integ:u16=5}" &&
	no "no such pair" "${cbc/encr=cbc/encr:u16=11}" &&
	no "both ports or neither" "$cbc" sport=4500 &&
	no "needs ESN" "$cbc" seq=4294967296 &&
	no "soft limit is above" "$cbc" soft-packets=9 hard-packets=8
}

# Nothing can come from such an address, and inbound SAs have none in their keys.
outer_addresses()
{
	local addr

	for addr in 0.0.0.0 224.0.0.1 255.255.255.255; do
		no "must be a unicast one" "$cbc" local=$addr &&
		no "must be a unicast one" "${cbc/=in/=out}" remote=$addr \
			sport=4500 dport=4500 || return
	done
	for addr in :: ff02::1 ::ffff:192.0.2.1; do
		no "must be a unicast one" "$cbc" local=$addr remote=2001:db8::1 &&
		no "must be a unicast one" "${cbc/=in/=out}" remote=$addr \
			local=2001:db8::1 || return
	done
}

key_sizes()
{
	no "the key must have" "${cbc/key=$K16/key=${K16}00}" &&
	no "the key must have" "${gcm/key=${K16}/key=${K16}0011}" &&
	no "integrity key must be" "${cbc/$K32/$K16}" &&
	no "takes no integrity key" "$gcm" integ-key=$K32
}

malformed()
{
	no "" "$(without spi "$cbc")" spi:u8=1 &&
	no "" "$cbc" window:hex=0011 && no "" "$cbc" 200:u32=1 &&
	no "" "$cbc" key:hex=$K32$K32
}

names()
{
	refused "no such interface" sa1 add nosuch0 $cbc &&
	refused "not of kind tunnel_ip" sa1 add lo $cbc &&
	refused "no such SA" sa1 del tunnel-ip1 dir=in spi=4096 &&
	refused "no such SA" sa1 get tunnel-ip1 dir=out spi=4096
}

one_spi_one_sa()
{
	sa1 add tunnel-ip1 $cbc &&
	refused "an SA with this SPI exists" sa1 add tunnel-ip1 $cbc &&
	[ "$(sa1 dump tunnel-ip1 | wc -l)" = 1 ] && sa1 flush tunnel-ip1 &&
	[ -z "$(sa1 dump tunnel-ip1)" ]
}

administrators_only()
{
	refused "" in_r1 setpriv --bounding-set=-net_admin --inh-caps=-all \
		"$(command -v tunip_sa)" add tunnel-ip1 $cbc &&
	refused "" in_r1 setpriv --bounding-set=-net_admin --inh-caps=-all \
		"$(command -v tunip_sa)" dump &&
	refused "cannot join the group" in_r1 setpriv --reuid 65534 \
		--clear-groups "$(command -v tunip_sa)" events 1 &&
	[ -z "$(sa1 dump tunnel-ip1)" ]
}

# A dump is whole, or says that it is not, while SAs come and go.
dump_under_change()
{
	local i torn=0 status

	for ((i = 0; i < 2000; i++)); do
		echo "add tunnel-ip1 ${cbc/4096/$((9000 + i))}"
		echo "del tunnel-ip1 dir=in spi=$((9000 + i))"
	done >"$work/churn"
	sa1 add tunnel-ip1 ${cbc/4096/8000} || return
	sa1 batch <"$work/churn" >/dev/null &
	for ((i = 0; i < 40; i++)); do
		sa1 dump tunnel-ip1 >"$work/dump"
		status=$?
		[ $status -ne 3 ] || { torn=$((torn + 1)); continue; }
		[ "$(grep -c 'spi=0x00001f40' "$work/dump")" = 1 ] ||
			fail "the lasting SA is missing: $(cat "$work/dump")" || return
	done
	wait $!
	echo "$torn of 40 dumps said that they were interrupted"
	sa1 flush tunnel-ip1
}

# What another namespace does makes no dump of this one a torn one.
others_tear_no_dump()
{
	local i churn

	tunnel_add "$r2" tunnel-ip1 $INNER2/24 $OUTER2 $OUTER1 &&
	sa1 add tunnel-ip1 ${cbc/4096/8000} || return
	sa2 batch <"$work/churn" >/dev/null &
	churn=$!
	for ((i = 0; i < 40; i++)); do
		sa1 dump tunnel-ip1 >/dev/null || fail "dump $i: status $?" || return
	done
	kill -0 "$churn" || fail "the other was done too early" || return
	wait "$churn"
	sa1 flush tunnel-ip1
}

run_stages setup missing out_of_range outer_addresses key_sizes malformed names \
	one_spi_one_sa administrators_only dump_under_change \
	others_tear_no_dump
