# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2086 # words; used by others
#
# What the packet benchmarks share, inside a guest, on top of lib.sh and
# sa_lib.sh: a generator, two gateways and a sink for each contender, and one
# sample. A contender is KIND/SUITE: plain/-, ipip/-, xfrm/cbc256-sha256,
# xfrmi/..., vti/..., tunnel_ip/...; the suite "null" has no cryptography.
#
#   gen: pktgen -> gN === A (forwards, encapsulates) === B (decapsulates,
#   forwards) -> sink, a dummy interface that counts

SRC=10.1.0.2
DST=10.2.0.2
SPI_AB=0x1000 SPI_BA=0x2000
declare -A number_of gateway_a gateway_b mac_of sink_pid
pktgen=/proc/net/pktgen

# ends_of KIND/SUITE: namespaces of both gateways in $a and $b.
ends_of()
{
	a=${gateway_a[$1]} b=${gateway_b[$1]}
}

# Starting a process is dear where this runs: everything goes into batches, the
# settings of new namespaces come from the first one.
settings_of_new_namespaces()
{
	sysctl -qw net.core.devconf_inherit_init_net=1 net.ipv4.ip_forward=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
		net.core.netdev_max_backlog=100000
}

# at_a LINE..., at_b LINE...: for `ip -batch` at this contender's gateway
at_a() { printf '%s\n' "$@" >>"$work/a"; }
at_b() { printf '%s\n' "$@" >>"$work/b"; }
at_both() { at_a "$@" && at_b "$@"; }

# gateways N: a pair with the wire between them, a port to the generator and
# the sink.
gateways()
{
	local n=$1

	a=a$n-$test_name-$$ b=b$n-$test_name-$$
	namespaces+=("$a" "$b")
	ip -batch - <<-BATCH || return
		netns add $a
		netns add $b
		link add g$n netns $gen type veth peer name in netns $a
		link add wan netns $a type veth peer name wan netns $b
		link add sink netns $b type dummy
	BATCH
	echo "link set g$n up" >>"$work/gen"
	at_both "link set wan up"
	at_a "addr add 10.1.0.1/24 dev in" "link set in up" \
		"addr add $OUTER1/24 dev wan"
	at_b "addr add $OUTER2/24 dev wan" "addr add 10.2.0.1/16 dev sink" \
		"link set sink arp off up"
}

# --- what goes through the wire ----------------------------------------------

# state_words SUITE DIRECTION: for `ip xfrm state`
state_words()
{
	if [ "$1" = null ]; then
		REPLY='enc ecb(cipher_null) "" auth digest_null ""'
	else
		suite_xfrm "$1" "$2"
	fi
}

# xfrm_states SUITE WORDS...: both SAs at both ends
xfrm_states()
{
	local suite=$1

	shift
	state_words "$suite" 1
	at_both "xfrm state add src $OUTER1 dst $OUTER2 proto esp spi $SPI_AB reqid 1 mode tunnel replay-window 64 $* $REPLY"
	state_words "$suite" 2
	at_both "xfrm state add src $OUTER2 dst $OUTER1 proto esp spi $SPI_BA reqid 1 mode tunnel replay-window 64 $* $REPLY"
}

# gateway_policies SRC DST WORDS...: as both have them
gateway_policies()
{
	local left=$1 right=$2 dir
	local there="tmpl src $OUTER1 dst $OUTER2 proto esp reqid 1 mode tunnel"
	local back="tmpl src $OUTER2 dst $OUTER1 proto esp reqid 1 mode tunnel"

	shift 2
	at_a "xfrm policy add src $left dst $right dir out $* $there"
	at_b "xfrm policy add src $right dst $left dir out $* $back"
	for dir in in fwd; do
		at_a "xfrm policy add src $right dst $left dir $dir $* $back"
		at_b "xfrm policy add src $left dst $right dir $dir $* $there"
	done
}

through_plain()
{
	at_a "route add 10.2.0.0/16 via $OUTER2"
	at_b "route add 10.1.0.0/16 via $OUTER1"
}

# through: routes into t0
through()
{
	at_both "link set t0 mtu 1420 up"
	at_a "route add 10.2.0.0/16 dev t0 src 10.1.0.1"
	at_b "route add 10.1.0.0/16 dev t0 src 10.2.0.1"
}

# interfaces WORDS...: t0 with the ends of the wire
interfaces()
{
	at_a "link add t0 type $1 local $OUTER1 remote $OUTER2 ${*:2}"
	at_b "link add t0 type $1 local $OUTER2 remote $OUTER1 ${*:2}"
}

through_ipip() { interfaces ipip && through; }

through_xfrm()
{
	xfrm_states "$1" && gateway_policies 10.1.0.0/16 10.2.0.0/16 && through_plain
}

through_xfrmi()
{
	at_both "link add t0 type xfrm dev wan if_id 7"
	xfrm_states "$1" if_id 7
	gateway_policies 0.0.0.0/0 0.0.0.0/0 if_id 7
	through
}

through_vti()
{
	interfaces vti key 7
	xfrm_states "$1"
	gateway_policies 0.0.0.0/0 0.0.0.0/0 mark 7
	through
}

through_tunnel_ip() { interfaces tunnel_ip && through; }

# our_words SUITE DIRECTION: for tunip_sa; every SA has keys, used or not
our_words()
{
	if [ "$1" = null ]; then
		REPLY="encr:u16=65535 key=${key_material[1]:0:32} integ:u16=65535"
		REPLY+=" integ-key=${key_material[1]:0:40}"
	else
		suite "$1" "$2"
	fi
}

# keys_of_KIND SUITE, if there is one: what comes after the interfaces. Both SAs
# at both ends here.
keys_of_tunnel_ip()
{
	local ab ba

	our_words "$1" 1
	ab=$REPLY
	our_words "$1" 2
	ba=$REPLY
	tunip_sa -n "$a" batch <<-BATCH &&
		add t0 dir=in spi=$SPI_BA window=64 $ba
		add t0 dir=out spi=$SPI_AB pair=$SPI_BA $ab
	BATCH
	tunip_sa -n "$b" batch <<-BATCH
		add t0 dir=in spi=$SPI_AB window=64 $ab
		add t0 dir=out spi=$SPI_BA pair=$SPI_AB $ba
	BATCH
}

# contender KIND/SUITE: everything that it takes, tried with an echo
contender()
{
	local n=${#number_of[@]}

	number_of[$1]=$n
	rm -f "$work"/{a,b,gen}
	gateways "$n" && "through_${1%/*}" "${1#*/}" &&
	ip -n "$gen" -batch "$work/gen" &&
	ip -n "$a" -batch "$work/a" && ip -n "$b" -batch "$work/b" || return
	! declare -F "keys_of_${1%/*}" >/dev/null || "keys_of_${1%/*}" "${1#*/}" || return
	ip netns exec "$a" ping -q -I 10.1.0.1 -c 2 -i 0.2 -W 2 10.2.0.1 || return
	spawn_in "$b" sleep infinity
	gateway_a[$1]=$a gateway_b[$1]=$b sink_pid[$1]=$spawned
	mac_of[$1]=$(ip -n "$a" -br link show dev in | awk '{ print $3 }')
}

# --- a sample ----------------------------------------------------------------

# sunk KIND/SUITE: packets that reached the sink, in $REPLY; without a process.
sunk()
{
	local line

	while read -r line; do
		[[ $line == sink:* ]] || continue
		read -ra line <<<"${line#sink:}"
		REPLY=${line[9]}
		return
	done <"/proc/${sink_pid[$1]}/net/dev"
}

# generator KIND/SUITE SIZE COUNT: what pktgen shall do; a size is that of the
# inner packet, or imix.
generator()
{
	local dev=$pktgen/g${number_of[$1]} size=$2 word

	echo rem_device_all >$pktgen/kpktgend_0
	echo "add_device g${number_of[$1]}" >$pktgen/kpktgend_0
	for word in "count $3" "clone_skb 0" "delay 0" "dst_mac ${mac_of[$1]}" \
		"src_min $SRC" "src_max $SRC" "dst_min $DST" "dst_max ${DST_MAX:-$DST}" \
		"udp_src_min 9" "udp_src_max 9" "udp_dst_min 9" "udp_dst_max 9"; do
		echo "$word" >"$dev"
	done
	if [ "$size" = imix ]; then
		echo "imix_weights 78,7 590,4 1414,1" >"$dev"
	else
		echo "pkt_size $((size + 14))" >"$dev"
	fi
}

# sample KIND/SUITE SIZE COUNT: how long pktgen took, which goes on only when a
# packet has been through everything: "sample KIND SUITE SIZE COUNT NANOSECONDS
# ARRIVED".
sample()
{
	local before line took still

	generator "$@"
	sunk "$1"
	before=$REPLY
	echo start >$pktgen/pgctrl
	for ((still = 0; still < 50; still++)); do
		sunk "$1"
		[ "$((REPLY - before))" -lt "$3" ] || break
	done
	while read -r line; do
		[[ $line =~ OK:\ ([0-9]+)\( ]] && took=${BASH_REMATCH[1]}
	done <"$pktgen/g${number_of[$1]}"
	echo "sample ${1/\// } $2 $3 ${took}000 $((REPLY - before))"
}
