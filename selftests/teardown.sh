#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2154,SC2317 # addresses and fields are words; the
# library has variables and calls stages
#
# Taking things away while packets flow both ways: interface, module,
# namespaces; several times, with a clean kernel log and nothing left behind.

. "$(dirname "$0")/lib.sh"
. "$selftests/sa_lib.sh"
require_guest "$@"

setup() { load_module; }

# A pair of routers with a tunnel under load.
loaded()
{
	two_routers && no_ipv6 "$r1" "$r2" &&
	tunnel_add "$r1" tunnel-ip1 $INNER1/24 $OUTER1 $OUTER2 &&
	tunnel_add "$r2" tunnel-ip1 $INNER2/24 $OUTER2 $OUTER1 &&
	sa_install cbc256-sha256 1 window=1024 &&
	in_r1 ping -q -c 2 -W 5 $INNER2 || return
	spawn_in "$r1" ping -q -f -s 1300 $INNER2 >/dev/null 2>&1
	spawn_in "$r2" ping -q -f $INNER1 >/dev/null 2>&1
	sleep 0.5
}

unloaded()
{
	local pid ns

	for pid in "${pids[@]}"; do
		stop "$pid" KILL
	done
	pids=()
	for ns in "${namespaces[@]}"; do
		ip netns del "$ns" 2>/dev/null
	done
	namespaces=()
	kernel_log_clean
}

link_del()
{
	local i

	for i in 1 2 3; do
		loaded && timeout 20 ip -n "$r1" link del tunnel-ip1 &&
		timeout 20 ip -n "$r2" link del tunnel-ip1 && unloaded || return
	done
}

down_and_up()
{
	local i

	loaded || return
	for i in 1 2 3 4 5; do
		ip -n "$r1" link set tunnel-ip1 down &&
		ip -n "$r1" link set tunnel-ip1 up || return
	done
	in_r1 ping -q -c 2 -W 5 $INNER2 && unloaded
}

rmmod_under_load()
{
	local i

	for i in 1 2 3; do
		loaded && timeout 20 rmmod tunnel_ip && unloaded &&
		insmod "$module_file" || return
	done
}

namespace_under_load()
{
	local i

	for i in 1 2; do
		loaded && ip netns del "$r1" && unloaded || return
	done
}

# Slabs and percpu memory shrink to what they were. The seconds are for what is
# freed later: namespaces that end in a work of the kernel's own, and RCU.
nothing_left()
{
	local before after

	timeout 20 rmmod tunnel_ip && insmod "$module_file" &&
	loaded && unloaded && sleep 1 && timeout 20 rmmod tunnel_ip || return
	before=$(awk '/^(Slab|Percpu)/ { n += $2 } END { print n }' /proc/meminfo)
	insmod "$module_file" && loaded && unloaded && sleep 1 &&
		timeout 20 rmmod tunnel_ip || return
	after=$(awk '/^(Slab|Percpu)/ { n += $2 } END { print n }' /proc/meminfo)
	[ $((after - before)) -lt 4096 ] ||
		fail "kernel memory grew by $((after - before)) KiB" || return
	insmod "$module_file"
}

again_and_again() { while :; do "$@"; done >/dev/null 2>&1; }
ask() { tunip_sa dev; tunip_sa dump; }
churn() { ip netns add churn; ip netns del churn; }
reloaded() { timeout 20 rmmod tunnel_ip && insmod "$module_file"; }

# The family can be asked as soon as it is registered, and what registers the rest
# may have to wait for namespaces that end.
asked_while_loading()
{
	local i

	again_and_again ask &
	pids+=($!)
	again_and_again ask &
	pids+=($!)
	again_and_again churn &
	pids+=($!)
	for ((i = 0; i < 10; i++)); do
		# A dump pins the module while it runs.
		wait_until 30 reloaded || fail "load $i: $(rmmod tunnel_ip 2>&1)" || return
	done
	unloaded
}

run_stages setup link_del down_and_up rmmod_under_load namespace_under_load \
	nothing_left asked_while_loading
