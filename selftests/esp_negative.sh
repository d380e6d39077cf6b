#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and fields are words
#
# Packets that no honest peer sends, and the rules for headers: each one ends
# in the counter that names what was wrong with it, and in no other, and the
# interface works afterwards.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

n=0

setup()
{
	modprobe esp4 && load_module && peer_routers &&
	ip -n "$r1" addr add 198.51.100.2/24 dev eth0 &&
	udp_encap_in "$r1" 4500 && peer_start
}

# begin SUITE [FIELDS...]: a pair of its own for each stage.
begin()
{
	n=$((n + 1))
	peer_sas "$1" $n "${@:2}" && peer reset
}

# The end of each stage: an honest packet passes in each direction.
end()
{
	peer send in "$@" && peer expect rx_packets=1 &&
	peer inject && peer wire out && peer expect tx_packets=1 &&
	sa1 flush tunnel-ip1
}

# --- before the ICV --------------------------------------------------------

# damaged SUITE LENGTH: each octet but those of the SPI, one packet each.
damaged()
{
	begin "$1" || return
	peer send in size=36 seq=1000..$((999 + $2 - 4)) flip=-1 &&
	peer expect drop_icv=$(($2 - 4)) || return
	peer send in size=36 flip=4..$(($2 - 1)) &&
	peer expect drop_icv=$(($2 - 4)) || return
	# None of them moved the window.
	REPLY=$(sa1 get tunnel-ip1 dir=in spi=$((SPI_21 + n)))
	is "$REPLY" seq=0 drop_icv=$((2 * ($2 - 4))) || return
	end seq=1
}

icv_cbc() { damaged cbc256-sha256 88; }
icv_gcm() { damaged gcm256 72; }

# truncated SUITE LENGTH IV ICV BLOCK: what is long enough and aligned fails
# the integrity check, everything else is too short. Below eight octets there
# is no SPI that could be ours.
truncated()
{
	local len short=0 icv=0 body

	begin "$1" || return
	for ((len = 8; len < $2; len++)); do
		body=$((len - 8 - $3 - $4))
		if [ $body -lt "$5" ] || [ $((body % $5)) -ne 0 ]; then
			short=$((short + 1))
		else
			icv=$((icv + 1))
		fi
	done
	peer send in size=36 cut=0..$(($2 - 1)) &&
	peer expect drop_short=$short drop_icv=$icv || return
	end
}

short_cbc() { truncated cbc256-sha256 88 16 16 16; }
short_cbc_sha1() { truncated cbc128-sha1 84 16 12 16; }
short_gcm() { truncated gcm256 72 8 16 4; }

# The IP header says where the packet ends, not the frame.
trailing_octets()
{
	begin cbc256-sha256 || return
	peer send in trail=1,7,46 && peer expect rx_packets=3 || return
	end
}

outer_fragments()
{
	begin gcm256 || return
	peer send in size=1000 fragment=64 && peer expect rx_packets=1 || return
	peer send in size=1000 fragment=8 && peer expect rx_packets=1 || return
	end
}

unknown_spi()
{
	local before

	begin gcm256 || return
	before=$(no_states)
	peer send in spi=0x55555555,0x2100ffff,1,255,256 && peer expect || return
	# They went on to the kernel's own ESP.
	[ $(($(no_states) - before)) -eq 5 ] ||
		fail "xfrm saw $(no_states) packets, before $before" || return
	end
}

no_states()
{
	in_r1 sed -n 's/^XfrmInNoStates[[:space:]]*//p' /proc/net/xfrm_stat
}

outer_address()
{
	begin cbc256-sha256 || return
	peer send in outer-src=198.51.100.77 &&
	peer expect drop_outer_addr=1 || return
	peer send in outer-dst=198.51.100.2 &&
	peer expect drop_outer_addr=1 || return
	end
}

encapsulation_unlike_sa()
{
	begin cbc256-sha256 || return
	peer send in udp=1 && peer expect drop_encap=1 && end || return
	begin cbc256-sha256 sport=4500 dport=4500 || return
	peer send in udp=0 && peer expect drop_encap=1 && end
}

# Other tunnels' packets never come out of ours.
other_protocols()
{
	local inner=4500001c0001000040fd00000102030405060708090a0b0c0d0e0f10

	begin gcm256 || return
	for proto in 4 47 51; do
		peer raw outer-src=$OUTER2 outer-dst=$OUTER1 proto=$proto \
			hex=$inner || return
	done
	# In clear behind a UDP header to 4500, as ESP and as IKE would be.
	peer raw outer-src=$OUTER2 outer-dst=$OUTER1 proto=17 \
		hex=1194119400240000$inner &&
	peer raw outer-src=$OUTER2 outer-dst=$OUTER1 proto=17 \
		hex=119411940028000000000000$inner || return
	peer expect || return
	end
}

# --- behind the ICV --------------------------------------------------------

# Every octet of a long padding, and every false length of it but 0, which
# makes the padding look like TFC padding.
padding()
{
	local size=$2 pad=$3

	begin "$1" || return
	peer send in "size=$size" blocks=1 damage-padding=0..$((pad - 1)) &&
	peer expect drop_padding="$pad" || return
	peer send in "size=$size" blocks=1 pad-len=1..$((pad - 1)) &&
	peer expect drop_padding=$((pad - 1)) || return
	peer send in "size=$size" blocks=1 pad-len=$((pad + 1))..$((pad + 40)),253..255 &&
	peer expect drop_padding=43 || return
	peer send in "size=$size" blocks=1 pad-len=0 &&
	peer expect rx_packets=1 || return
	end
}

padding_cbc() { padding cbc256-sha256 36 26; }
padding_gcm() { padding gcm256 37 5; }

# As much padding as the format can say.
padding_longest()
{
	begin gcm256 || return
	peer send in size=38 blocks=63 && peer expect rx_packets=1 || return
	begin cbc256-sha256 || return
	peer send in size=30 blocks=15 && peer expect rx_packets=1 || return
	end
}

next_header()
{
	begin gcm128 || return
	# 41 is delivered, were it IPv6 inside.
	peer send in nh=0..255 &&
	peer expect rx_packets=1 rx_dummy=1 drop_next_header=253 \
		drop_inner_header=1 || return
	end
}

dummy_packets()
{
	begin cbc256-sha256 || return
	peer send in nh=59 hex= && peer send in nh=59 hex=ff &&
	peer send in nh=59 size=20,700 && peer expect rx_dummy=4 || return
	end
}

tfc_padding()
{
	begin cbc256-sha256 || return
	peer send in size=20,100 tfc=1..17,300 && peer expect rx_packets=36 &&
	end
}

inner_header()
{
	begin gcm256 || return
	peer send in version=0..3,5..15 && peer expect drop_inner_header=15 || return
	peer send in ihl=0..4 && peer expect drop_inner_header=5 || return
	peer send in size=24 ihl=7..15 && peer expect drop_inner_header=9 || return
	peer send in length=0..19,61,1000,65535 &&
	peer expect drop_inner_header=23 || return
	peer send in size=0..19 && peer expect drop_inner_header=20 || return
	end
}

# Strict in both directions; an empty side is any.
selectors()
{
	begin gcm256 "sel-local=203.0.113.0-203.0.113.9 sel-remote=192.0.2.2-192.0.2.2" || return
	peer send in dst=203.0.113.0 && peer send in dst=203.0.113.9 &&
	peer expect rx_packets=2 || return
	peer send in dst=203.0.113.10 && peer send in dst=203.0.112.255 &&
	peer send in src=192.0.2.1 && peer send in src=192.0.2.3 &&
	peer expect drop_selector=4 || return
	peer inject src=203.0.113.5 dst=192.0.2.2 && peer wire out &&
	peer expect tx_packets=1 || return
	peer inject src=203.0.113.10 dst=192.0.2.2 &&
	peer inject src=203.0.113.5 dst=192.0.2.3 &&
	peer expect drop_selector=2 && peer silence &&
	sa1 flush tunnel-ip1
}

selectors_protocol()
{
	begin gcm256 "sel-remote=0.0.0.0-255.255.255.255/17 sel-remote=192.0.2.2-192.0.2.2/253" || return
	peer send in proto=17 && peer send in proto=253 && peer expect rx_packets=2 &&
	peer send in proto=6 && peer send in proto=253 src=192.0.2.3 &&
	peer expect drop_selector=2 && sa1 flush tunnel-ip1
}

# --- what the interface is given to send -----------------------------------

not_ip()
{
	begin gcm256 || return
	peer inject ethertype=0x6003 && peer inject ethertype=0x0806 &&
	peer inject ethertype=0x8847 && peer expect drop_not_ip=3 || return
	peer inject version=6 && peer inject ihl=4 && peer inject size=19 &&
	peer inject length=100 && peer expect drop_inner_header=4 &&
	peer silence && end
}

# --- headers ---------------------------------------------------------------

# RFC 6040, figure 4: rows are what the inner header said, columns the outer.
ecn_receive()
{
	local inner outer row result want
	local rows=("0 0 0 drop" "2 2 1 3" "1 1 1 3" "3 3 3 3")
	local codes=(0 2 1 3)

	begin gcm256 || return
	for inner in 0 1 2 3; do
		read -ra row <<<"${rows[inner]}"
		for outer in 0 1 2 3; do
			result=${row[outer]}
			want="rx_packets=1 tos=$((0xb8 + result))"
			[ "$result" != drop ] || want=drop_ecn=1
			[[ $inner/$outer != [12]/3 ]] || want+=" rx_ecn_ce=1"
			peer send in tos=$((0xb8 + ${codes[inner]})) \
				outer-tos=$((0x20 + ${codes[outer]})) &&
			peer expect "$want" || return
		done
	done
	end
}

# Normal mode: ECN is copied, whatever the DSCP policy is.
tos_send()
{
	local tos

	begin gcm256 || return
	for tos in 0 1 2 3 0xb8 0xbb 0xff; do
		peer inject tos=$tos && peer wire out tos=$tos || return
	done
	sa1 link-set tunnel-ip1 tos=0x48 || return
	for tos in 0 1 2 3 0xbb; do
		peer inject tos=$tos &&
		peer wire out tos=$((0x48 + (tos & 3))) || return
	done
	sa1 link-set tunnel-ip1 tos=0 &&
	peer inject tos=0xbb && peer wire out tos=3 &&
	sa1 link-set tunnel-ip1 tos=1 && peer reset && end
}

df_send()
{
	local policy df want

	begin gcm256 || return
	for policy in copy set clear; do
		sa1 link-set tunnel-ip1 df=$policy || return
		for df in 0 1; do
			want=$df
			[ $policy != set ] || want=1
			[ $policy != clear ] || want=0
			peer inject df=$df && peer wire out df=$want || return
		done
	done
	sa1 link-set tunnel-ip1 df=copy && peer reset && end
}

ttl_send()
{
	begin gcm256 || return
	peer inject ttl=3 && peer wire out ttl=64 &&
	sa1 link-set tunnel-ip1 ttl=200 &&
	peer inject ttl=3 && peer wire out ttl=200 &&
	sa1 link-set tunnel-ip1 ttl=64 && peer reset && end
}

# RFC 3948: ports of the SA, no checksum.
udp_send()
{
	begin gcm256 sport=4500 dport=5511 || return
	peer inject && peer wire out proto=17 sport=4500 dport=5511 checksum=0 &&
	peer expect tx_packets=1 && sa1 flush tunnel-ip1
}

# Behind a NAT the address may change; the ICV decides, and userspace is told.
new_endpoint()
{
	begin gcm256 sport=4500 dport=4500 && events_in "$r1" || return
	peer send in outer-src=198.51.100.77 sport=1234 &&
	peer expect rx_packets=1 || return
	wait_until 5 grep -q "^endpoint .*dport=1234" "$work/events-$r1" ||
		fail "events: $(cat "$work/events-$r1")" || return
	is "$(grep ^endpoint "$work/events-$r1")" remote=198.51.100.77 \
		dir=in ifname=tunnel-ip1 || return
	peer send in outer-src=198.51.100.88 sport=99 flip=-1 &&
	peer expect drop_icv=1 || return
	! grep 198.51.100.88 "$work/events-$r1" || return
	end
}

# The first packet on the new pair proves that the peer has it, if it is
# authentic.
proof_must_be_authentic()
{
	local out

	begin gcm256 && begin gcm256 switch-delay=600000 || return
	printf -v out 'dir=out spi=0x%x' $((SPI_12 + n))
	is "$(sa1 get tunnel-ip1 $out)" state=pending || return
	peer send in flip=-1 && peer expect drop_icv=1 &&
	is "$(sa1 get tunnel-ip1 $out)" state=pending || return
	peer send in seq=1 && peer expect rx_packets=1 &&
	is "$(sa1 get tunnel-ip1 $out)" state=active || return
	end
}

# A router's complaint counts when it quotes a packet of ours.
icmp_is_checked()
{
	begin gcm256 && dev_is "$r1" pmtu=1500 mtu=1446 || return
	peer icmp out mtu=1000 spi=0x77777777 && peer icmp out mtu=1000 spi=0 &&
	sleep 0.5 && dev_is "$r1" pmtu=1500 mtu=1446 || return
	peer icmp out mtu=1400 && wait_until 5 dev_is "$r1" pmtu=1400 mtu=1346 ||
		dev_is "$r1" pmtu=1400 || return
	end
}

interface_down()
{
	begin gcm256 || return
	ip -n "$r1" link set tunnel-ip1 down && peer reset &&
	peer send in seq=1..5 && peer expect drop_down=5 &&
	ip -n "$r1" link set tunnel-ip1 up && end seq=6
}

run_tests icv_cbc icv_gcm short_cbc short_cbc_sha1 short_gcm trailing_octets \
	outer_fragments unknown_spi outer_address encapsulation_unlike_sa \
	other_protocols padding_cbc padding_gcm padding_longest next_header \
	dummy_packets tfc_padding inner_header selectors selectors_protocol \
	not_ip ecn_receive tos_send df_send ttl_send udp_send new_endpoint \
	proof_must_be_authentic interface_down icmp_is_checked
