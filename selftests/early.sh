#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and fields are words
#
# Packets that come before the keys of their SA: those of an SPI that is
# expected wait and arrive, in order and once; how many, how long, and what
# becomes of them when the SA does not come.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

MOST=128	# packets of one SPI
DEV=tunnel-ip1
# The same over IPv6.
OUTER6_1=2001:db8:1::1 OUTER6_2=2001:db8:1::2 INNER6_1=192.0.3.1 INNER6_2=192.0.3.2

setup()
{
	load_module && two_tunnels middle && outer6 "$r1" $OUTER6_1 &&
	outer6 "$r2" $OUTER6_2 &&
	tunnel_add "$r1" tunnel-ip2 $INNER6_1/24 $OUTER6_1 $OUTER6_2 &&
	tunnel_add "$r2" tunnel-ip2 $INNER6_2/24 $OUTER6_2 $OUTER6_1 &&
	udp_encap_in "$r1" 4500 && udp_encap_in "$r2" 4500 &&
	wait_until 20 in_r1 ping -q -c 1 -W 1 $OUTER6_2
}

outer6()
{
	ip netns exec "$1" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0 &&
	ip -n "$1" addr add $2/64 dev eth0 nodad
}

# expect_next [SECONDS]: another pair, of which $r2 has both SAs and $r1 only
# that it is to come. What $r2 sent before is forgotten.
n=0
expect_next()
{
	n=$((n + 1))
	flush_both && dev_line "$r1" $DEV && before=$REPLY &&
	sa_lines gcm128 $n 2 $fields | sa2 batch &&
	sa1 expect $DEV spi=$((SPI_21 + n)) hard-seconds=${1:-60}
}

# come [FIELDS...]: the SAs of $r1.
come() { sa_lines gcm128 $n 1 $fields "$@" | sa1 batch; }

# packets COUNT [DESTINATION [OPTIONS]]: from $r2, with nobody to answer yet.
packets()
{
	in_r2 ping -q -l "$1" -c "$1" -i 0.01 -W 0.1 "${@:3}" ${2:-$INNER1} >/dev/null
	return 0
}

# moved NAME=VALUE...: counters of $r1 since expect_next.
moved()
{
	dev_line "$r1" $DEV
	differ_by "$before" "$REPLY" "$@"
}

# wait_and_arrive COUNT DESTINATION [FIELDS...]
wait_and_arrive()
{
	local count=$1 to=$2 fields="window=1024 ${*:3}"

	expect_next && packets $count $to && moved rx_early=$count rx_packets=0 &&
	come && wait_until 5 moved rx_packets=$count &&
	moved drop_replay=0 drop_replay_old=0 drop_early=0 drop_queue_full=0 &&
	in_r2 ping -q -c 3 -i 0.05 -W 2 $to && moved rx_early=$count
}

they_wait() { wait_and_arrive 5 $INNER1; }
many_wait() { wait_and_arrive $MOST $INNER1; }
in_udp() { wait_and_arrive 5 $INNER1 sport=4500 dport=4500; }
with_esn() { wait_and_arrive 5 $INNER1 flags=esn; }

over_ipv6() { DEV=tunnel-ip2 wait_and_arrive 5 $INNER6_1; }

# Without being expected they are nobody's, and go on to the kernel's own ESP.
unexpected()
{
	local fields=window=64

	expect_next && sa1 expect $DEV spi=$((SPI_21 + n)) && packets 3 &&
	come && moved rx_early=0 drop_early=0 rx_packets=0
}

too_many()
{
	local fields=window=1024

	expect_next && packets $((MOST + 5)) &&
	moved rx_early=$((MOST + 5)) drop_early=5 && come &&
	wait_until 5 moved rx_packets=$MOST
}

# What they take of memory is limited, too.
too_large()
{
	local fields=window=1024 link lost

	for link in "$r1 eth0" "$r2 eth0" "$mid r1" "$mid r2" "$mid br0"; do
		ip -n ${link% *} link set ${link#* } mtu 9000 || return
	done
	ip -n "$r2" link set $DEV mtu 8800 &&
	expect_next && packets $MOST $INNER1 -s 8000 && moved rx_early=$MOST || return
	dev_line "$r1" && difference drop_early "$before" "$REPLY" && lost=$REPLY
	# Each is of 8 to 32 KiB.
	[ $lost -gt $((MOST / 2)) ] && [ $lost -lt $((MOST - 8)) ] ||
		fail "$lost of $MOST were too many" || return
	come && wait_until 5 moved rx_packets=$((MOST - lost))
}

# The exchange has failed.
no_longer()
{
	local fields=window=64

	expect_next && packets 3 && moved rx_early=3 drop_early=0 &&
	sa1 expect $DEV spi=$((SPI_21 + n)) && moved drop_early=3 &&
	refused "expects no such SPI" sa1 expect $DEV spi=$((SPI_21 + n))
}

time_is_up()
{
	local fields=window=64

	expect_next 8 && packets 3 && wait_until 30 moved drop_early=3 &&
	packets 2 && moved rx_early=3 drop_early=3
}

# What comes with other keys than the SA has is still wrong.
other_keys()
{
	local fields=window=64

	expect_next && packets 3 &&
	sa1 add $DEV dir=in spi=$((SPI_21 + n)) encr=gcm \
		key=0102030405060708090a0b0c0d0e0f1011121314 &&
	wait_until 5 moved drop_icv=3 && moved rx_packets=0
}

refusals()
{
	local fields='' spi

	expect_next && come && spi=$((SPI_21 + n)) &&
	refused "in use or expected" sa1 expect $DEV spi=$spi hard-seconds=5 &&
	sa1 expect $DEV spi=77777 hard-seconds=5 &&
	refused "in use or expected" sa1 expect $DEV spi=77777 hard-seconds=5 &&
	refused "below 256" sa1 expect $DEV spi=255 hard-seconds=5 &&
	refused "range" sa1 expect $DEV dir=out spi=$((spi + 1)) hard-seconds=5 &&
	refused "SPI is missing" sa1 expect $DEV hard-seconds=5 &&
	refused "out of range" sa1 expect $DEV spi=$((spi + 1)) hard-seconds=601 &&
	refused "kind tunnel_ip" sa1 expect eth0 spi=$((spi + 1)) hard-seconds=5 &&
	refused "no such interface" sa1 expect nothing spi=$((spi + 1)) hard-seconds=5 ||
		return
	# Four at most: the oldest goes for a fifth.
	for i in 1 2 3 4; do
		sa1 expect $DEV spi=$((80000 + i)) hard-seconds=5 || return
	done
	refused "expects no such SPI" sa1 expect $DEV spi=77777 &&
	sa1 expect $DEV spi=80001
}

# Packets wait while the interface they came by, and the tunnel, go away.
gone_in_between()
{
	local fields=window=64

	expect_next && packets 3 && moved rx_early=3 || return
	ip -n "$r1" link add other type tunnel_ip local $OUTER1 remote 198.51.100.77 &&
	ip -n "$r1" link del eth0 && come && wait_until 5 moved rx_packets=3 &&
	sa1 expect other spi=90001 hard-seconds=60 && ip -n "$r1" link del other
}

run_tests they_wait many_wait in_udp with_esn over_ipv6 unexpected too_many too_large no_longer time_is_up \
	other_keys refusals gone_in_between
