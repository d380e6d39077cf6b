# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the scripts about static SAs share, on top of lib.sh: suites and keys,
# SAs in tunnel_ip, in the kernel's xfrm and in esp_peer.py, and counters.
# Addresses, SPIs and keys are fixed, so that a failure looks the same twice.

SUITES="cbc128-sha1 cbc192-sha1 cbc256-sha1
	cbc128-sha256 cbc192-sha256 cbc256-sha256
	cbc128-sha384 cbc192-sha384 cbc256-sha384
	cbc128-sha512 cbc192-sha512 cbc256-sha512
	gcm128 gcm192 gcm256"
INNER1=192.0.2.1
INNER2=192.0.2.2
PORT=7007		# of `traffic serve`
SPI_12=0x12000000	# from r1 to r2
SPI_21=0x21000000	# from r2 to r1

# --- stages ----------------------------------------------------------------

# The first stage: run whatever stages were chosen, and nothing goes on
# without it.
setup_stage()
{
	local stage_only=()

	stage setup setup
	[ "$ktap_failed" -eq 0 ] || exit
}

# run_tests FUNCTION...: setup and these, one stage each.
run_tests()
{
	local name

	ktap_plan $(($# + 1))
	setup_stage
	for name; do
		stage "$name" "$name"
	done
	ktap_finish
}

# --- suites ----------------------------------------------------------------

# Key octets of one direction: 100 octets of each, no two alike.
key_material=()
make_key_material()
{
	local dir i

	for dir in 1 2; do
		for ((i = 0; i < 100; i++)); do
			printf -v "key_material[$dir]" '%s%02x' \
				"${key_material[$dir]-}" $(((i * 89 + dir * 37 + 11) % 256))
		done
	done
}
make_key_material

# suite NAME DIRECTION: fields of an SA for tunip_sa and esp_peer.py, in
# $REPLY. Directions, 1 and 2, have keys of their own.
suite()
{
	local keys=${key_material[$2]} bits=${1#???} len
	local -A sizes=([sha1]=20 [sha256]=32 [sha384]=48 [sha512]=64)

	bits=${bits%-*}
	len=$((bits / 4))
	if [[ $1 == gcm* ]]; then
		REPLY="encr=gcm key=${keys:0:len + 8}"
	else
		REPLY="encr=cbc key=${keys:0:len} integ=${1#*-}"
		REPLY+=" integ-key=${keys:72:2 * ${sizes[${1#*-}]}}"
	fi
}

# suite_xfrm NAME DIRECTION: the same as words of `ip xfrm state`.
suite_xfrm()
{
	local -A trunc=([sha1]=96 [sha256]=128 [sha384]=192 [sha512]=256)
	local hash=${1#*-}

	suite "$1" "$2"
	if [[ $1 == gcm* ]]; then
		REPLY="aead rfc4106(gcm(aes)) 0x${REPLY#*key=} 128"
	else
		[[ $REPLY =~ key=([0-9a-f]+).*integ-key=([0-9a-f]+) ]]
		REPLY="enc cbc(aes) 0x${BASH_REMATCH[1]} auth-trunc hmac($hash) 0x${BASH_REMATCH[2]} ${trunc[$hash]}"
	fi
}

# --- tunnel_ip -------------------------------------------------------------

# Nothing but the test's own packets shall reach an interface.
no_ipv6()
{
	local ns

	for ns; do
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1 || return 1
	done
}

# tunnel_add NETNS DEVICE INNER LOCAL REMOTE [WORDS...]: an interface, up.
tunnel_add()
{
	local ns=$1 dev=$2 inner=$3 local=$4 remote=$5

	shift 5
	ip -n "$ns" -batch - <<-BATCH
		link add $dev type tunnel_ip local $local remote $remote $*
		addr add $inner dev $dev
		link set $dev up
	BATCH
}

# two_tunnels [middle]: routers with tunnel-ip1 between them, without SAs.
two_tunnels()
{
	two_routers "$@" && no_ipv6 "$r1" "$r2" &&
	tunnel_add "$r1" tunnel-ip1 "$INNER1/24" "$OUTER1" "$OUTER2" &&
	tunnel_add "$r2" tunnel-ip1 "$INNER2/24" "$OUTER2" "$OUTER1"
}

sa1() { tunip_sa -n "$r1" "$@"; }
sa2() { tunip_sa -n "$r2" "$@"; }

# sa_lines SUITE N END [FIELDS...]: what tunip_sa needs to install pair N at
# END (1 or 2) of the tunnel; SPIs differ from pair to pair.
sa_lines()
{
	local suite=$1 n=$2 end=$3 dev=${DEV:-tunnel-ip1} spi_out spi_in

	shift 3
	if [ "$end" = 1 ]; then
		spi_out=$((SPI_12 + n)) spi_in=$((SPI_21 + n))
	else
		spi_out=$((SPI_21 + n)) spi_in=$((SPI_12 + n))
	fi
	suite "$suite" $((3 - end))
	echo "add $dev dir=in spi=$spi_in $REPLY $*"
	suite "$suite" "$end"
	# Only what is received has a window.
	echo "add $dev dir=out spi=$spi_out pair=$spi_in $REPLY ${*/#window=*/}"
}

# sa_install SUITE N [FIELDS...]: pair N at both ends.
sa_install()
{
	sa_lines "$1" "$2" 2 "${@:3}" | sa2 batch &&
	sa_lines "$1" "$2" 1 "${@:3}" | sa1 batch
}

# sa_one DIRECTION SUITE N [FIELDS...]: half of pair N, in $r1 only.
sa_one()
{
	sa_lines "$2" "$3" 1 "${@:4}" >"$work/lines" &&
	grep " dir=$1 " "$work/lines" | sa1 batch
}

flush_both() { sa1 flush && sa2 flush; }

# --- xfrm ------------------------------------------------------------------

# xfrm_lines SUITE N [esn] [udp] [REQID [LOCAL REMOTE]]: states of pair N at
# end 2, for `ip -batch`.
xfrm_lines()
{
	local suite=$1 n=$2 reqid=1 words="replay-window 64" a=$OUTER1 b=$OUTER2

	shift 2
	while [ $# -gt 0 ]; do
		case $1 in
		esn) words="flag esn replay-window 128" ;;
		udp) words+=" encap espinudp 4500 4500 0.0.0.0" ;;
		*.*) b=$1 ;;
		*) reqid=$1 ;;
		esac
		shift
	done
	suite_xfrm "$suite" 1
	echo "xfrm state add src $a dst $b proto esp spi $((SPI_12 + n)) reqid $reqid mode tunnel $words $REPLY"
	suite_xfrm "$suite" 2
	echo "xfrm state add src $b dst $a proto esp spi $((SPI_21 + n)) reqid $reqid mode tunnel $words $REPLY"
}

# xfrm_policies INNER1 INNER2 REQID [REMOTE-OUTER]: at end 2, for `ip -batch`.
xfrm_policies()
{
	local b=${4:-$OUTER2}

	echo "xfrm policy add src $2 dst $1 dir out tmpl src $b dst $OUTER1 proto esp reqid $3 mode tunnel"
	echo "xfrm policy add src $1 dst $2 dir in tmpl src $OUTER1 dst $b proto esp reqid $3 mode tunnel"
}

# --- processes -------------------------------------------------------------

# traffic_serve NETNS: the echo server.
traffic_serve()
{
	spawn_in "$1" traffic serve $PORT >"$work/serve-$1"
	wait_until 20 grep -q ready "$work/serve-$1"
}

# udp_encap_in NETNS [PORT...]
udp_encap_in()
{
	spawn_in "$1" udp_encap "${@:2}" >"$work/encap-$1"
	wait_until 20 grep -q ready "$work/encap-$1"
}

# events_in NETNS: what the group hears from now on goes to
# $work/events-NETNS.
declare -A event_listeners
events_in()
{
	[ -z "${event_listeners[$1]-}" ] || stop "${event_listeners[$1]}"
	spawn_in "$1" tunip_sa events >"$work/events-$1"
	event_listeners[$1]=$spawned
	wait_until 20 grep -q listening "$work/events-$1"
}

# --- the peer in user space ------------------------------------------------

# peer_routers: like two_routers, but $r2 has no address: esp_peer.py speaks
# for OUTER2 there, and looks at tunnel-ip1 in $r1.
peer_routers()
{
	local mac

	two_routers && no_ipv6 "$r1" "$r2" || return 1
	mac=$(in_r2 cat /sys/class/net/eth0/address)
	ip -n "$r2" addr flush dev eth0 &&
	ip -n "$r1" neigh replace "$OUTER2" lladdr "$mac" dev eth0 &&
	ip -n "$r1" link set eth0 arp off &&
	tunnel_add "$r1" tunnel-ip1 "$INNER1/24" "$OUTER1" "$OUTER2"
}

peer_start()
{
	coproc PEER { ip netns exec "$r2" /usr/bin/python3 \
		"$selftests/esp_peer.py" "$r1" tunnel-ip1; }
	pids+=("$PEER_PID")
	peer_answer
}

peer_answer()
{
	local answer

	read -r -t 60 -u "${PEER[0]}" answer || fail "the peer is gone" || return
	REPLY=${answer#* }
	[[ $answer == ok* ]] || fail "$REPLY"
}

# peer COMMAND...: see esp_peer.py; what it says is in $REPLY.
peer()
{
	echo "$*" >&"${PEER[1]}"
	peer_answer || fail "  at: $*"
}

# peer_sas SUITE N [FIELDS...]: pair N in $r1 and in the peer, which calls the
# SA it sends with "in" and the one it receives with "out", as $r1 does.
peer_sas()
{
	local suite=$1 n=$2

	shift 2
	sa_lines "$suite" "$n" 1 "$@" | sa1 batch || return
	suite "$suite" 2
	peer sa in "spi=$((SPI_21 + n)) local=$OUTER2 remote=$OUTER1 $REPLY $*" || return
	suite "$suite" 1
	peer sa out "spi=$((SPI_12 + n)) local=$OUTER1 remote=$OUTER2 $REPLY $*"
}

# --- counters --------------------------------------------------------------

# value NAME LINE: of a line of NAME=VALUE words, in $REPLY; 0 when absent.
value()
{
	REPLY=0
	[[ " $2 " =~ " $1="([^ ]*)" " ]] && REPLY=${BASH_REMATCH[1]}
	return 0
}

# dev_line NETNS [DEVICE]: the interface with its counters, in $REPLY.
dev_line()
{
	REPLY=$(tunip_sa -n "$1" dev "${2:-tunnel-ip1}")
}

# is LINE NAME=VALUE...: every word is in the line; VALUE 0 may be absent.
is()
{
	local line=$1 word

	shift
	for word; do
		value "${word%%=*}" "$line"
		[ "$REPLY" = "${word#*=}" ] || {
			fail "${word%%=*} is $REPLY, expected ${word#*=}: $line"
			return
		}
	done
}

# dev_is NETNS NAME=VALUE...: of tunnel-ip1.
dev_is()
{
	dev_line "$1" && is "$REPLY" "${@:2}"
}

# difference NAME BEFORE NOW: of two lines of one interface, in $REPLY.
difference()
{
	local was

	value "$1" "$2"
	was=$REPLY
	value "$1" "$3"
	REPLY=$((REPLY - was))
}

# differ_by BEFORE NOW NAME=VALUE...: each counter by just that.
differ_by()
{
	local before=$1 now=$2 word

	shift 2
	for word; do
		difference "${word%%=*}" "$before" "$now"
		[ "$REPLY" -eq "${word#*=}" ] ||
			fail "${word%%=*} grew by $REPLY, expected $word: $now" || return
	done
}

# no_drops NETNS [DEVICE]
no_drops()
{
	dev_line "$@" || return
	[[ $REPLY != *" drop_"* ]] || fail "drops: $REPLY"
}
