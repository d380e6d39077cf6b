# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the scripts about two agents share, on top of lib.sh: tunneld in $r1 and
# $r2 with the configurations of Documentation/examples, changed as a script
# likes, and tunctl for each.

INNER1=192.0.2.1
INNER2=192.0.2.2
declare -A agents	# process of each router's agent
tunneld=(tunneld)	# the program
agent_patience=20	# seconds until it must answer

# agent_conf N [SED-EXPRESSION...]: $work/rN.conf from the example.
agent_conf()
{
	local n=$1 args=()

	shift
	for expression; do
		args+=(-e "$expression")
	done
	install -m 0600 "$top/Documentation/examples/router$n.conf" "$work/r$n.conf" &&
	{ [ ${#args[@]} -eq 0 ] || sed -i "${args[@]}" "$work/r$n.conf"; }
}

# agent_start N [tunneld's options...]
agent_start()
{
	local n=$1 ns=r$1

	shift
	spawn_in "${!ns}" "${tunneld[@]}" -f -c "$work/r$n.conf" \
		--control "$work/r$n.control" "$@" >>"$work/r$n.log" 2>&1
	agents[$n]=$spawned
	wait_until $agent_patience tunctl_at "$n" show ikev2 summary ||
		fail "agent $n does not answer: $(tail -n 5 "$work/r$n.log")"
}

# agent_stop N [SIGNAL]
agent_stop()
{
	[ -z "${agents[$1]-}" ] || stop "${agents[$1]}" "${2-TERM}"
	agents[$1]=
}

# tunctl_at N WORDS...
tunctl_at()
{
	local n=$1 ns=r$1

	shift
	ip netns exec "${!ns}" tunctl --control "$work/r$n.control" "$@"
}

# shows N REGEX WORDS...: the screen has such a line.
shows()
{
	local n=$1 line=$2

	shift 2
	tunctl_at "$n" "$@" >"$work/screen" || fail "tunctl $*: status $?" || return
	grep -q -e "$line" "$work/screen" ||
		fail "tunctl $* has no '$line': $(cat "$work/screen")"
}

# why_says REGEX: r1 of its tunnel.
why_says() { tunctl_at 1 why tunnel-ip1 | grep -q -e "$1"; }

tunnels_up()
{
	[ "$(in_r1 cat /sys/class/net/tunnel-ip1/carrier 2>/dev/null)" = 1 ] &&
	[ "$(in_r2 cat /sys/class/net/tunnel-ip1/carrier 2>/dev/null)" = 1 ]
}

# Both agents, the responder first, until traffic may pass.
agents_start()
{
	agent_start 2 && agent_start 1 && wait_until 60 tunnels_up || agents_explain
}

agents_stop()
{
	agent_stop 1 && agent_stop 2
}

# logged N TEXT: how many lines of the agent's log have it, in $REPLY.
logged()
{
	REPLY=$(grep -c -e "$2" "$work/r$1.log")
}

agents_explain()
{
	tunctl_at 1 why tunnel-ip1
	tunctl_at 2 why tunnel-ip1
	fail "log of r1: $(tail -n 15 "$work/r1.log")
log of r2: $(tail -n 15 "$work/r2.log")"
}

# dev_drops NETNS: reasons and counts of packets that tunnel-ip1 has dropped.
dev_drops()
{
	tunip_sa -n "$1" dev tunnel-ip1 | tr ' ' '\n' | grep '^drop_'
}
