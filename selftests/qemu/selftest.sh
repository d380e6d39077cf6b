#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Proves that run(1) tells a good guest from a bad one: status and output come
# through, and a kernel complaint, a dead guest and a hang all fail the run.
# Runs on the host; each case boots a guest that runs this script again with
# the case's name, all of them side by side.

here=$(cd "$(dirname "$0")" && pwd)

# What each case does inside the guest.
guest()
{
	case $1 in
	status)
		ip netns add selftest && ip -n selftest link set lo up &&
			ip netns exec selftest ping -c 1 127.0.0.1 >/dev/null &&
			echo "argument: $2"
		[ -e /dev/shm ] && [ -w /run ] && [ -w /tmp ] || exit 1
		exit 7
		;;
	warning | allowed) echo "<4>WARNING: selftest" >/dev/kmsg ;;
	fault) echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger ;;
	hang) echo "hanging"; sleep 1000 ;;
	esac
}

# expect CASE STATUS TEXT: how the run must end and what it must have said.
expect()
{
	local got

	got=$(cat "$work/$1.status")
	count=$((count + 1))
	if [ "$got" = "$2" ] && { [ -z "$3" ] || grep -q "$3" "$work/$1.log"; }; then
		echo "ok $count $1"
		return
	fi
	echo "# status $got, expected $2 and the text '$3'"
	sed 's/^/# /' "$work/$1.log"
	echo "not ok $count $1"
	failed=1
}

# start CASE [OPTION...]: a run in the background.
start()
{
	local name=$1

	shift
	{
		"$here/run" --mem 512 --smp 1 "$@" "$here/selftest.sh" \
			"$name" 'two words' >"$work/$name.log" 2>&1
		echo $? >"$work/$name.status"
	} &
}

if [ -n "${TUNNEL_IP_VM-}" ]; then
	guest "$@"
	exit
fi

work=$(mktemp -d /tmp/qemu-selftest.XXXXXX)
trap 'rm -rf "$work"' EXIT
count=0 failed=0

echo "KTAP version 1"
echo "1..5"
start status
start warning --log "$work/warning.console"
start allowed --allow 'WARNING: selftest'
start fault --log "$work/fault.console"
start hang --timeout 25 --log "$work/hang.console"
wait
expect status 7 'argument: two words'
expect warning 125 'WARNING: selftest'
expect allowed 0 ''
expect fault 125 'Kernel panic'
expect hang 124 'no end after 25 seconds'
exit $failed
