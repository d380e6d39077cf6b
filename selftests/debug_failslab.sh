#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # addresses, numbers and fields are words
#
# Allocations that fail, one after the other while an interface or an SA is
# made, at random while packets pass: everything unwinds, nothing is lost
# without a reason, nothing is leaked. For kernels with fault injection.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

failslab=/sys/kernel/debug/failslab
FAULTS=1000000	# more than there will be
MOST=400	# allocations that one request may make

setup()
{
	mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
	[ -d $failslab ] || fail "this kernel injects no faults" || return
	# Sleeping allocations too; what fails is told once by us, not each time.
	echo N >$failslab/ignore-gfp-wait && echo 0 >$failslab/verbose &&
	load_module && two_tunnels && traffic_serve "$r2" &&
	on_cleanup faults_off
}

faults_off() { echo 0 >$failslab/probability; echo N >$failslab/task-filter; }

# faults_on [PERCENT]: of allocations that must not sleep.
faults_on()
{
	echo Y >$failslab/ignore-gfp-wait && echo -1 >$failslab/times &&
	echo 1 >$failslab/interval && echo "${1-5}" >$failslab/probability
}

# each_allocation UNDO COMMAND...: the command with its first, second, ...
# allocation failing, until it makes no more.
each_allocation()
{
	tunip_sa -n "$r1" faults $MOST "$@"
}

no_link() { ! ip -n "$r1" link show dev "$1" >/dev/null 2>&1; }

link_add()
{
	each_allocation link-del,tunnel-ip9 link-add tunnel-ip9 \
		local=$OUTER1 remote=198.51.100.77 && no_link tunnel-ip9
}

no_sa() { [ -z "$(sa1 dump tunnel-ip1)" ] && dev_is "$r1" in-sas=0 out-sas=0 carrier=0; }

# sa_add DIRECTION SUITE: the request that `sa_lines` would make.
sa_add()
{
	local line

	line=$(sa_lines $2 1 1 window=1024 | grep " dir=$1 ")
	# The receiver that a sender is paired with need not be there.
	each_allocation flush,tunnel-ip1 $line && no_sa
}

sa_add_in() { sa_add in cbc256-sha256 && sa_add in gcm128; }
sa_add_out() { sa_add out cbc256-sha512 && sa_add out gcm256; }

# Nothing is expected after a failure, or it could not be asked for again.
sa_expect()
{
	each_allocation flush,tunnel-ip1 expect tunnel-ip1 spi=4711 hard-seconds=60
}

sa_dump()
{
	flush_both && sa_install gcm128 5 || return
	each_allocation dev,tunnel-ip1 dump tunnel-ip1 >"$work/dumps" &&
	tail -n 1 "$work/dumps" &&
	[ "$(sa1 dump tunnel-ip1 | wc -l)" -eq 2 ] && flush_both
}

# What nftables saw on its way into the interface, packets, in $REPLY.
offered()
{
	REPLY=$(in_r1 nft list chain ip t out |
		sed -n 's/.*counter packets \([0-9]*\).*/\1/p')
}

# spent: packets that the interface sent or dropped for a reason, in $REPLY.
spent()
{
	local word sum=0

	dev_line "$r1"
	for word in $REPLY; do
		[[ $word != tx_packets=* && $word != drop_* ]] ||
			sum=$((sum + ${word#*=}))
	done
	REPLY=$sum
}

# What the other side answers would be dropped here as well, it answers nothing.
count_offered()
{
	in_r2 nft -f - <<-NFT
		table ip t {
			chain out {
				type filter hook output priority 0;
				oifname tunnel-ip1 drop
			}
		}
	NFT
	in_r1 nft -f - <<-NFT
		table ip t {
			chain out {
				type filter hook postrouting priority 300;
				oifname tunnel-ip1 counter
			}
		}
	NFT
}

# every_size TIMES: datagrams of every size that fits, so that some have no room
# for a trailer behind them.
every_size()
{
	in_r1 /usr/bin/python3 - $INNER2 $PORT "$1" <<-'PY'
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for _ in range(int(sys.argv[3])):
		    for size in range(1, 1400):
		        try:
		            s.sendto(bytes(size), (sys.argv[1], int(sys.argv[2])))
		        except OSError:
		            pass
	PY
}

# packets SUITE N: datagrams while allocations fail. Every packet is sent or has a
# reason why not. Those that have room around them are sealed where they are, and
# take no memory.
packets()
{
	local before count

	flush_both && sa_install $1 $2 window=1024 &&
	in_r1 ping -q -c 3 -W 5 $INNER2 && count_offered && spent && before=$REPLY &&
	faults_on 20 || return
	every_size 3
	faults_off
	in_r2 nft delete table ip t
	wait_until 10 in_r1 ping -q -c 5 -i 0.02 -W 2 $INNER2 ||
		fail "no traffic afterwards" || return
	offered && count=$REPLY
	spent
	in_r1 nft delete table ip t
	[ "$count" -ge 1000 ] && [ $((REPLY - before)) -eq "$count" ] ||
		fail "offered $count, sent or dropped $((REPLY - before))" || return
	dev_line "$r1" && [[ $REPLY = *\ drop_nomem=* ]] ||
		fail "nothing lacked memory: $REPLY"
}

packets_cbc() { packets cbc256-sha256 10; }
packets_gcm() { packets gcm128 11; }

# Super-packets that cannot be split for want of memory.
super_packets()
{
	flush_both && sa_install gcm128 12 window=1024 && faults_on || return
	in_r1 /usr/bin/python3 - $INNER2 $PORT <<-'PY'
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(17, 103, 1200)	# SOL_UDP, UDP_SEGMENT
		for _ in range(100):	# it needs memory, too
		    try:
		        s.connect((sys.argv[1], int(sys.argv[2])))
		        break
		    except OSError:
		        pass
		for _ in range(300):
		    try:
		        s.send(bytes(1200 * 20))
		    except OSError:
		        pass
	PY
	faults_off
	dev_line "$r1" && value drop_gso "$REPLY" && echo "drop_gso=$REPLY" &&
	[ "$REPLY" -gt 0 ] || fail "all could be split" || return
	wait_until 10 in_r1 ping -q -c 5 -i 0.02 -W 2 $INNER2 ||
		fail "no traffic afterwards"
}

# workers_fail N: of what the kernel's workers allocate, every Nth fails.
workers_fail()
{
	local task comm

	for task in /proc/[0-9]*; do
		read -r comm <"$task/comm" && [[ $comm != kworker/u* ]] ||
			echo 1 >"$task/make-it-fail"
	done 2>/dev/null
	echo Y >$failslab/task-filter && echo N >$failslab/ignore-gfp-wait &&
	echo $FAULTS >$failslab/times && echo "$1" >$failslab/interval &&
	echo 100 >$failslab/probability
}

# workers_recover: no more; in $REPLY how many have failed.
workers_recover()
{
	faults_off
	REPLY=$((FAULTS - $(cat $failslab/times)))
}

NETWORKS="remote=10.2.0.0-10.2.0.255 remote=10.3.0.0-10.3.0.255"
unreachables() { ip -n "$r1" route show | grep -c '^unreachable 10\.[23]\.'; }
there_are() { [ "$(unreachables)" -eq "$1" ]; }

# The work that changes the tables is one of theirs: what it could not put in or
# take out for lack of memory follows when there is some.
reverse_routes()
{
	local i failed=0

	for i in 1 2 3 5 7 9 11 14; do
		workers_fail $i && in_r1 tunip_rri set tunnel-ip1 $NETWORKS
		workers_recover && failed=$((failed + (REPLY > 0)))
		wait_until 20 there_are 2 ||
			fail "every $i. failed, there are $(unreachables): $(in_r1 tunip_rri show)" || return
		workers_fail $i && in_r1 tunip_rri off tunnel-ip1
		workers_recover && failed=$((failed + (REPLY > 0)))
		wait_until 20 there_are 0 ||
			fail "every $i. failed, left: $(ip -n "$r1" route show)" || return
	done
	echo "something failed in $failed of 16 requests"
	[ $failed -ge 12 ] && [ -z "$(in_r1 tunip_rri show)" ]
}

# Nor is it forgotten then that something was taken out.
restores_after_failures()
{
	local i failed=0

	in_r1 tunip_rri set tunnel-ip1 $NETWORKS && there_are 2 || return
	for i in 1 2 3 4; do
		workers_fail $i && ip -n "$r1" route del unreachable 10.3.0.0/24 && there_are 1 || return
		# The work comes a second later.
		sleep 3
		workers_recover && failed=$((failed + (REPLY > 0)))
		wait_until 30 there_are 2 ||
			fail "every $i. failed, there are $(unreachables)" || return
	done
	echo "something failed in $failed of 4 repairs"
	[ $failed -ge 3 ] && in_r1 tunip_rri off tunnel-ip1 && there_are 0
}

tries_again() { dmesg | grep -q 'tunnel-ip7: reverse routes are not as they should be'; }

# Tries of before do not count when the interface ends.
ends_after_failures()
{
	tunnel_add "$r1" tunnel-ip7 192.0.7.1/24 $OUTER1 198.51.100.77 &&
	in_r1 tunip_rri set tunnel-ip7 $NETWORKS && there_are 2 && workers_fail 1 || return
	in_r1 tunip_rri set tunnel-ip7 remote=10.4.0.0-10.4.0.255
	wait_until 30 tries_again || fail "nothing failed" || return
	ip -n "$r1" link del tunnel-ip7 &
	# Out of sight before the first try, and there will be three more.
	wait_until 20 no_link tunnel-ip7 && sleep 0.3
	faults_off
	wait $!
	there_are 0 || fail "left: $(ip -n "$r1" route show)"
}

# What kmemleak finds in two scans is leaked, not in use.
nothing_leaked()
{
	local file=/sys/kernel/debug/kmemleak

	flush_both || return
	[ -w $file ] || fail "this kernel does not look for leaks" || return
	echo scan >$file 2>/dev/null || { skip "kmemleak is off"; return; }
	sleep 6
	echo scan >$file
	! grep -A20 tunip $file
}

run_tests link_add sa_add_in sa_add_out sa_expect sa_dump packets_cbc packets_gcm \
	super_packets reverse_routes restores_after_failures ends_after_failures nothing_leaked
