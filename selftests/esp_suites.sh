#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2128,SC2178 # lists of fields are words
#
# Every suite, with and without extended sequence numbers and UDP
# encapsulation, against the kernel's xfrm: one tunnel for each of the 60
# combinations, traffic both ways, and equal counts at both ends.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

combinations=()
for udp in raw udp; do
	for seq in seq esn; do
		for name in $SUITES; do
			combinations+=("$name $seq $udp")
		done
	done
done

# Tunnel number N ends at 198.51.100.(100 + N); inside it is 10.N.0.1 - .2.
lines_r1()
{
	local i=0 c

	for c in "${combinations[@]}"; do
		i=$((i + 1))
		echo "link add tunnel-ip$i type tunnel_ip local $OUTER1 remote 198.51.100.$((100 + i))"
		echo "addr add 10.$i.0.1/30 dev tunnel-ip$i"
		echo "link set tunnel-ip$i up"
	done
}

lines_r2()
{
	local i=0 c name seq udp remote

	for c in "${combinations[@]}"; do
		i=$((i + 1))
		read -r name seq udp <<<"$c"
		remote=198.51.100.$((100 + i))
		echo "addr add $remote/24 dev eth0"
		echo "addr add 10.$i.0.2/32 dev lo"
		echo "route add 10.$i.0.1 via $OUTER1 src 10.$i.0.2"
		xfrm_policies "10.$i.0.1" "10.$i.0.2" "$i" "$remote"
		xfrm_lines "$name" "$i" "$seq" "$udp" "$i" "$remote"
	done
}

sas_r1()
{
	local i=0 c name seq udp words

	for c in "${combinations[@]}"; do
		i=$((i + 1))
		read -r name seq udp <<<"$c"
		words=
		[ "$seq" = seq ] || words="flags=esn"
		[ "$udp" = raw ] || words+=" sport=4500 dport=4500"
		DEV=tunnel-ip$i sa_lines "$name" "$i" 1 "$words"
	done
}

setup()
{
	modprobe -a esp4 xfrm_user authenc authencesn &&
	load_module && two_routers && no_ipv6 "$r1" "$r2" || return
	lines_r1 | ip -n "$r1" -batch - &&
	lines_r2 | ip -n "$r2" -batch - &&
	sas_r1 | sa1 batch || return
	udp_encap_in "$r1" 4500 && udp_encap_in "$r2" 4500 &&
	traffic_serve "$r2"
}

# Everything at once; the stages look at what became of their tunnel.
exchange()
{
	local i addrs=()

	for ((i = 1; i <= ${#combinations[@]}; i++)); do
		addrs+=("10.$i.0.2")
	done
	in_r1 traffic check $PORT "${addrs[@]}" >"$work/traffic"
	tunip_sa -n "$r1" dev >"$work/devs"
	tunip_sa -n "$r1" dump >"$work/sas"
	ip -n "$r2" -s xfrm state | tr '\n' ' ' | sed 's/src [0-9.]* dst/\n&/g' \
		>"$work/states"
	[ "$(wc -l <"$work/traffic")" -eq ${#combinations[@]} ]
}

# packets_of SPI: what xfrm counted on the state, as "BYTES PACKETS".
xfrm_count()
{
	local spi line

	printf -v spi '0x%08x' "$1"
	line=$(grep "spi $spi" "$work/states")
	[[ $line =~ lifetime\ current:[[:space:]]*([0-9]+)\(bytes\),\ ([0-9]+)\(packets\) ]]
	REPLY="${BASH_REMATCH[1]-} ${BASH_REMATCH[2]-}"
}

# One tunnel: the traffic was unharmed, and both ends counted the same.
combination()
{
	local i=$1 dev sa

	grep -q "^10\.$i\.0\.2 ok$" "$work/traffic" ||
		fail "traffic: $(grep "^10\.$i\.0\.2 " "$work/traffic")" || return
	dev=$(grep "ifname=tunnel-ip$i " "$work/devs")
	[[ $dev != *" drop_"* ]] || fail "drops: $dev" || return
	is "$dev" carrier=1 in-sas=1 out-sas=1 || return
	xfrm_count $((SPI_12 + i))
	is "$dev" "tx_bytes=${REPLY% *}" "tx_packets=${REPLY#* }" || return
	xfrm_count $((SPI_21 + i))
	is "$dev" "rx_bytes=${REPLY% *}" "rx_packets=${REPLY#* }" || return
	value tx_packets "$dev"
	[ "$REPLY" -gt 50 ] || fail "only $REPLY packets" || return
	sa=$(grep "ifname=tunnel-ip$i dir=out " "$work/sas")
	is "$sa" "seq=$REPLY" "tx_packets=$REPLY"
}

ktap_plan $((${#combinations[@]} + 2))
setup_stage
stage exchange exchange
n=0
for c in "${combinations[@]}"; do
	n=$((n + 1))
	stage "${c// /_}" combination $n
done
ktap_finish
