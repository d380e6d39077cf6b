#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154,SC2317 # stages are called by the library, and
# variables are the libraries'
#
# Fragmented IKE_AUTH with strongSwan over a path that drops IP fragments and
# is narrower than either end knows: both roles, the size known beforehand,
# learnt from the route, and found out by silence.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require swanctl charon-systemd nft
. "$(dirname "$0")/swan_lib.sh"

# Names of 253 octets, to make IKE_AUTH long.
long_name()
{
	local label

	label=$(printf '%.0s'"$1" {1..63})
	echo "$label.$label.$label.${label:0:61}"
}

# $r1 - $mid - $r2: routed, the second half with an MTU of its own, and no IP
# fragment gets through.
topology()
{
	netns_add r1 && netns_add mid && netns_add r2 || return 1
	ip link add name eth0 netns "$r1" type veth peer name one netns "$mid" &&
	ip link add name eth0 netns "$r2" type veth peer name two netns "$mid" &&
	ip -n "$r1" addr add 198.51.100.1/28 dev eth0 &&
	ip -n "$mid" addr add 198.51.100.2/28 dev one &&
	ip -n "$mid" addr add 198.51.100.18/28 dev two &&
	ip -n "$r2" addr add 198.51.100.19/28 dev eth0 &&
	ip -n "$r1" link set eth0 up && ip -n "$mid" link set one up &&
	ip -n "$mid" link set two up && ip -n "$r2" link set eth0 up &&
	ip -n "$r1" route add default via 198.51.100.2 &&
	ip -n "$r2" route add default via 198.51.100.18 &&
	in_mid sysctl -qw net.ipv4.ip_forward=1 &&
	in_mid nft -f - <<END || return 1
table ip path {
	chain forward {
		type filter hook forward priority filter;
		ip frag-off & 0x3fff != 0 drop
		jump narrow
	}
	chain narrow { }
}
END
	wait_until 20 in_r1 ping -c 1 -W 1 "$OUTER2"
}

# narrow OCTETS: longer datagrams than these vanish without a word; ESP is left
# alone, because its MTU is another matter.
narrow()
{
	in_mid nft flush chain ip path narrow &&
	in_mid nft add rule ip path narrow meta l4proto udp ip length gt "$1" drop
}

# How many fragments of IKE messages came from a namespace's address.
fragments_from()
{
	tcpdump -nr "$work/wire.pcap" "src host $1 and udp port 500 and udp[24] = 53" \
		2>/dev/null | wc -l
}

# meet WHO: a fresh start of both, with a capture.
meet()
{
	stop_agent
	[ -z "$charon" ] || kill_charon
	: >"$swan/charon.log"
	capture "$mid" one "$work/wire.pcap" udp && start_charon && swan_config &&
		start_agent || return 1
	[ "$1" = we ] || initiate || explain || return 1
	wait_until 60 tunnel_up && traffic || explain
	local status=$?
	capture_end || return 1
	return "$status"
}

settings()
{
	agent_ns=$r1 agent_addr=$OUTER1 agent_peer=$OUTER2
	swan_ns=$r2 swan_addr=$OUTER2 swan_peer=$OUTER1
	agent_id=$(long_name a) swan_id=$(long_name s)
	agent_sets='"t", "t2", "t3", "t4", "t5"'
	swan_conn='fragmentation = yes'
	swan_global='fragment_size = 576'
	mkdir -p "$swan"
}

prepare() { load_module && topology && settings && xfrm_interface; }

we_send_fragments()
{
	agent_ikev2='fragment-size = 576;'
	narrow 576 && meet we || return 1
	[ "$(fragments_from "$OUTER1")" -ge 2 ] ||
		fail "no fragments of ours" || explain || return 1
	swan_says 'received fragment #2 of 2' || explain
}

they_send_fragments()
{
	responder_only=true
	narrow 576 && meet they || return 1
	[ "$(fragments_from "$OUTER2")" -ge 2 ] ||
		fail "no fragments of theirs" || explain
}

# Nobody told us: the first tries vanish, then smaller ones arrive.
silence_makes_them_smaller()
{
	responder_only=false agent_ikev2='fragment-size = 9000;'
	narrow 580 && meet we || return 1
	agent_says 'no answer to datagrams of .* octets, next of 576' || explain
}

# The route knows a smaller MTU than the setting.
the_route_makes_them_smaller()
{
	: >"$work/agent.log"
	ip -n "$r1" route replace "$OUTER2" via 198.51.100.2 mtu 600 &&
	narrow 600 && meet we || return 1
	! agent_says 'no answer to datagrams' ||
		fail "the route was not asked" || explain || return 1
	[ "$(fragments_from "$OUTER1")" -ge 2 ] ||
		fail "no fragments of ours" || explain || return 1
	ip -n "$r1" route del "$OUTER2"
}

# Theirs is longer than 1,280 octets; then rekeys over the same path.
a_path_of_1280_octets()
{
	local integ

	swan_esp=aes256-sha256
	for integ in sha1 sha384 sha512 aesxcbc md5; do
		swan_esp+=,aes256-$integ,aes192-$integ,aes128-$integ,camellia256-$integ
	done
	agent_ikev2='' swan_global='fragment_size = 1280' responder_only=true
	narrow 1280 && meet they || return 1
	swan_says 'splitting IKE message (1[3-9][0-9][0-9] bytes) into 2 fragments' ||
		explain || return 1
	before=$(spi_in)
	swanctl_peer --rekey --child net && wait_until 20 spi_changed &&
		swanctl_peer --rekey --ike peer && traffic || explain
}

peer_without_fragmentation()
{
	swan_conn='fragmentation = no' agent_ikev2='fragment-size = 576;'
	swan_esp=aes256-sha256 responder_only=false
	narrow 1500 && meet we || return 1
	[ "$(fragments_from "$OUTER1")" -eq 0 ] ||
		fail "fragments for a peer that did not ask for them"
}

run_stages prepare we_send_fragments they_send_fragments \
	silence_makes_them_smaller the_route_makes_them_smaller \
	a_path_of_1280_octets peer_without_fragmentation
