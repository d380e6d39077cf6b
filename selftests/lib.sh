# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the guest scripts share: results in the kernel's KTAP form, namespaces
# with names of their own, a topology of two routers, waiting without sleeping,
# and a cleanup that ends exactly what the script started. What a script tests
# is its own business. See Documentation/testing.rst for a template.

KSFT_PASS=0
KSFT_FAIL=1
KSFT_SKIP=4

selftests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$selftests/.." && pwd)
export TUNNEL_IP_BUILD=${TUNNEL_IP_BUILD:-$top/build}
export IP_LIB_DIR=${IP_LIB_DIR:-$TUNNEL_IP_BUILD/iproute2}
PATH=$TUNNEL_IP_BUILD/agent:$TUNNEL_IP_BUILD/tools:$TUNNEL_IP_BUILD/selftests:$PATH
export PATH
test_name=$(basename "$0" .sh)

# --- results ---------------------------------------------------------------

ktap_planned=
ktap_count=0
ktap_failed=0
ktap_skipped=0
ktap_done=

# ktap_plan N: how many results will follow. Without it the plan comes last.
ktap_plan()
{
	ktap_planned=$1
	echo "1..$1"
}

ktap_ok()
{
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count $*"
}

ktap_fail()
{
	ktap_count=$((ktap_count + 1))
	ktap_failed=$((ktap_failed + 1))
	echo "not ok $ktap_count $*"
}

# ktap_skip NAME REASON...
ktap_skip()
{
	local name=$1

	shift
	ktap_count=$((ktap_count + 1))
	ktap_skipped=$((ktap_skipped + 1))
	echo "ok $ktap_count $name # SKIP $*"
}

# ktap_skip_all REASON: nothing of this script can run here.
ktap_skip_all()
{
	ktap_done=yes
	echo "1..0 # SKIP $*"
	exit "$KSFT_SKIP"
}

# Inside a stage: says why and fails it ("... || fail 'sentence'; return").
fail()
{
	echo "$*"
	return 1
}

# Inside a stage: `skip REASON; return` gives up without failing.
skip()
{
	echo "$*" >"$work/skip"
	return "$KSFT_SKIP"
}

# stage NAME COMMAND [ARGS...]: one result. The command is usually a function;
# it runs in this shell, so that stages may build on each other. What it prints
# is shown when it fails, or always with TUNNEL_IP_TEST_VERBOSE=1. A script's
# own arguments choose stages by name.
stage()
{
	local name=$1 status started=$SECONDS

	shift
	stage_chosen "$name" || {
		ktap_skip "$name" "not chosen"
		return 0
	}
	rm -f "$work/skip"
	if [ -n "${TUNNEL_IP_TEST_VERBOSE-}" ]; then
		echo "# $name: begins"
		"$@" 2>&1
		status=$?
	else
		"$@" >"$work/stage.log" 2>&1
		status=$?
	fi
	# Other commands than skip() return its status, too.
	if [ $status -eq 0 ]; then
		ktap_ok "$name # $((SECONDS - started)) s"
	elif [ $status -eq "$KSFT_SKIP" ] && [ -e "$work/skip" ]; then
		ktap_skip "$name" "$(cat "$work/skip")"
	else
		sed 's/^/# /' "$work/stage.log" 2>/dev/null | tail -n 100
		ktap_fail "$name"
	fi
}

stage_chosen()
{
	local only

	[ ${#stage_only[@]} -eq 0 ] && return 0
	for only in "${stage_only[@]}"; do
		[ "$only" = "$1" ] && return 0
	done
	return 1
}
stage_only=("$@")

# run_stages FUNCTION...: plan, one stage each, end.
run_stages()
{
	local name

	ktap_plan $#
	for name in "$@"; do
		stage "$name" "$name"
	done
	ktap_finish
}

# Ends the script: cleanup first, because it is tested too, then the log. What
# fails here is a result beyond the plan.
ktap_finish()
{
	cleanup || ktap_fail "module unload"
	kernel_log_clean || ktap_fail "kernel log"
	[ -n "$ktap_planned" ] || echo "1..$ktap_count"
	echo "# Totals: pass:$((ktap_count - ktap_failed - ktap_skipped))" \
		"fail:$ktap_failed skip:$ktap_skipped"
	if [ -n "$ktap_planned" ] && [ "$ktap_planned" -ne "$ktap_count" ] &&
			[ "$ktap_failed" -eq 0 ]; then
		echo "# planned $ktap_planned results, got $ktap_count"
		ktap_failed=1
	fi
	ktap_done=yes
	[ "$ktap_failed" -eq 0 ] || exit "$KSFT_FAIL"
	[ "$ktap_count" -ne "$ktap_skipped" ] || exit "$KSFT_SKIP"
	exit "$KSFT_PASS"
}

at_exit()
{
	local status=$?

	[ -n "$ktap_done" ] && return
	cleanup
	echo "Bail out! $test_name ended early with status $status"
	exit "$KSFT_FAIL"
}

# --- where it runs ---------------------------------------------------------

# require_guest "$@": a script that loads the module calls this first. Outside
# a guest it starts itself again in one, unless TUNNEL_IP_NATIVE=1 says that
# this kernel may be used.
require_guest()
{
	if [ -z "${TUNNEL_IP_VM-}${TUNNEL_IP_NATIVE-}" ]; then
		ktap_done=yes
		rm -rf "$work"
		exec "$selftests/qemu/run" "$(realpath "$0")" "$@"
	fi
	[ "$(id -u)" -eq 0 ] || ktap_skip_all "must run as root"
}

# require COMMAND...
require()
{
	local cmd

	for cmd in "$@"; do
		command -v "$cmd" >/dev/null || ktap_skip_all "no command $cmd"
	done
}

# --- kernel log and module -------------------------------------------------

log_mark="tunnel-ip selftest $test_name $$ begins"

mark_kernel_log()
{
	echo "<6>$log_mark" >/dev/kmsg
}

# Prints and fails on what no healthy run leaves in the log.
kernel_log_clean()
{
	local found

	[ -w /dev/kmsg ] || return 0
	found=$(dmesg | sed -n "/$log_mark/,\$p" |
		"$selftests/qemu/splat-lines" | head -n 20)
	[ -z "$found" ] && return 0
	echo "# kernel log:"
	sed 's/^/# /' <<<"$found"
	return 1
}

module_file=$TUNNEL_IP_BUILD/module-$(uname -r)/tunnel_ip.ko
module_loaded=

# Loads the module of this kernel with what it depends on; it is unloaded at
# the end if this script loaded it.
load_module()
{
	[ -e /sys/module/tunnel_ip ] && return 0
	[ -e "$module_file" ] || {
		echo "# no $module_file: make module"
		return 1
	}
	modinfo -F depends "$module_file" | tr , '\n' | xargs -r modprobe -q -a
	insmod "$module_file" && module_loaded=yes
}

unload_module()
{
	module_loaded=
	rmmod tunnel_ip
}

# --- processes and waiting -------------------------------------------------

pids=()

# spawn_in NETNS COMMAND...: in the background until the script ends. The
# process is $spawned; redirect the call to catch its output.
spawn_in()
{
	local ns=$1

	shift
	ip netns exec "$ns" "$@" &
	spawned=$!
	pids+=("$spawned")
}

# stop PID [SIGNAL]: ends a process of ours and waits for it.
stop()
{
	kill -"${2:-TERM}" "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# wait_until SECONDS COMMAND...: until the command succeeds; fails when time
# is up. Emulation is slow: allow ten times what real hardware needs.
wait_until()
{
	local deadline=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

# A kernel with sanitizers carries a part of the packets only.
sanitized() { [[ $(uname -r) == *-debug-* ]]; }
SLOWER=1
! sanitized || SLOWER=5

# pause MS: longer where all is slower.
pause()
{
	local ms=$(($1 * SLOWER))

	printf -v ms '%d.%03d' $((ms / 1000)) $((ms % 1000))
	sleep "$ms"
}

# refused SENTENCE COMMAND...: the command must fail and say this.
refused()
{
	local sentence=$1 said

	shift
	if said=$("$@" 2>&1); then
		fail "'$*' succeeded; expected: $sentence"
		return
	fi
	[[ $said == *"$sentence"* ]] ||
		fail "'$*' said '$said'; expected: $sentence"
}

# json_python ARGS...: Python that finds json_members and leaves nothing in the
# tree.
json_python() { PYTHONPATH=$selftests /usr/bin/python3 -B "$@"; }

# capture NETNS DEVICE FILE [FILTER]: tcpdump that has begun when this returns;
# end it with capture_end. Packets lie close together in its ring, which has room for
# more than any test sends while nobody reads. With --immediate-mode each would take
# the place of the largest there can be, and five hundred would fill it.
declare -A capture_logs
lost=0
capture()
{
	spawn_in "$1" tcpdump -i "$2" -B 32768 -s 66000 -U -n -w "$3" "${4-}" 2>"$3.log"
	captured=$spawned
	capture_logs[$captured]=$3.log
	wait_until 20 grep -q 'listening on' "$3.log" ||
		fail "tcpdump did not start: $(cat "$3.log")"
}

# capture_end [PID]: ends a capture, the last one if not told which, when all
# that has passed is in its file: a signal alone would leave out what tcpdump has
# not read yet. What came before the filter was in place is counted as well, and
# never written: as many are then missing five seconds later.
capture_end()
{
	local pid=${1:-$captured} missing='' round

	for round in 1 2 3 4 5 6; do
		! wait_until 5 capture_has_all "$pid" || break
		[ "$REPLY" = unknown ] || [ "$REPLY" != "$missing" ] || break
		missing=$REPLY
	done
	kill -0 "$pid" 2>/dev/null ||
		fail "tcpdump has ended: $(cat "${capture_logs[$pid]}")" || return
	stop "$pid"
	[ "$REPLY" != unknown ] && [ "$round" -lt 6 ] ||
		fail "tcpdump does not say that it has all: $(tail -n 1 "${capture_logs[$pid]}")" || return
	[ "$lost" -eq 0 ] || fail "tcpdump lost $lost packets"
}

# capture_has_all PID: tcpdump has written all that the kernel had for it; what it
# has not is in $REPLY, what it has lost in $lost. It tells when it gets the signal, so this reads the answer
# to the call before.
capture_has_all()
{
	local said words='([0-9]+) packets? captured, ([0-9]+) packets? received by filter, ([0-9]+) packets? dropped by kernel'

	said=$(tail -n 1 "${capture_logs[$1]}")
	kill -USR1 "$1"
	REPLY=unknown
	[[ $said =~ $words ]] || return
	lost=${BASH_REMATCH[3]}
	REPLY=$((BASH_REMATCH[2] - BASH_REMATCH[1] - lost))
	[ "$REPLY" -le 0 ]
}

# route_monitor NETNS [-6]: which routes come and go from now on, in
# $work/monitor when route_monitor_end is through. It listens when this returns.
monitor=
route_monitor()
{
	[ -z "$monitor" ] || stop "$monitor"
	monitor_ns=$1 monitor_family=${2--4}
	spawn_in "$1" ip ${2+"$2"} monitor route >"$work/monitor" 2>"$work/monitor.log"
	monitor=$spawned
	wait_until 20 route_mark_shows 1 || fail "ip monitor hears nothing"
}

# All that has changed comes before the second mark, or it was too much at once,
# which is complained about.
route_monitor_end()
{
	wait_until 20 route_mark_shows 2 || fail "ip monitor hears no more" || return
	stop "$monitor"
	monitor=
	[ ! -s "$work/monitor.log" ] || fail "$(cat "$work/monitor.log")" || return
	sed -i '/ 198\.18\.255\.[12] /d; / 100::[12] /d' "$work/monitor"
}

# route_mark_shows N: a route in a table that nobody uses comes and goes.
route_mark_shows()
{
	local to=198.18.255.$1

	[ "$monitor_family" != -6 ] || to=100::$1
	ip -n "$monitor_ns" "$monitor_family" route add blackhole "$to" table 9999
	ip -n "$monitor_ns" "$monitor_family" route del blackhole "$to" table 9999
	grep -qF " $to " "$work/monitor"
}

# --- namespaces ------------------------------------------------------------

namespaces=()

# netns_add NAME: a namespace of this script's own; its real name is in $NAME.
netns_add()
{
	local real=$1-$test_name-$$

	ip netns add "$real" || return 1
	namespaces+=("$real")
	printf -v "$1" %s "$real"
	ip -n "$real" link set lo up
}

netns_del()
{
	ip netns del "$1"
}

in_r1() { ip netns exec "$r1" "$@"; }
in_r2() { ip netns exec "$r2" "$@"; }
in_mid() { ip netns exec "$mid" "$@"; }

OUTER1=198.51.100.1
OUTER2=198.51.100.19

# two_routers [middle]: namespaces $r1 and $r2, each with eth0 on one wire,
# OUTER1/24 and OUTER2/24. With "middle" the wire is the bridge br0 of a third
# namespace $mid, its ports named r1 and r2: the place for captures and faults.
two_routers()
{
	netns_add r1 && netns_add r2 || return 1
	if [ "${1-}" = middle ]; then
		netns_add mid &&
		ip -n "$mid" link add br0 type bridge forward_delay 0 &&
		ip -n "$mid" link set br0 up &&
		router_to_bridge r1 && router_to_bridge r2 || return 1
	else
		ip link add name eth0 netns "$r1" type veth \
			peer name eth0 netns "$r2" || return 1
	fi
	ip -n "$r1" addr add "$OUTER1/24" dev eth0 &&
	ip -n "$r2" addr add "$OUTER2/24" dev eth0 &&
	ip -n "$r1" link set eth0 up &&
	ip -n "$r2" link set eth0 up &&
	wait_until 20 in_r1 ping -c 1 -W 1 "$OUTER2"
}

router_to_bridge()
{
	ip link add name eth0 netns "${!1}" type veth peer name "$1" netns "$mid" &&
	ip -n "$mid" link set "$1" master br0 up
}

# --- the end ---------------------------------------------------------------

at_cleanup=()

# on_cleanup COMMAND: a function of the script's own, run before ours.
on_cleanup()
{
	at_cleanup+=("$1")
}

# Fails if the module cannot be unloaded: something refers to it.
cleanup()
{
	local i status=0

	for i in "${at_cleanup[@]}"; do
		"$i"
	done
	for i in "${pids[@]}"; do
		kill "$i" 2>/dev/null
	done
	for i in "${pids[@]}"; do
		wait "$i" 2>/dev/null
	done
	for i in "${namespaces[@]}"; do
		[ ! -e "/run/netns/$i" ] || ip netns del "$i"
	done
	at_cleanup=() pids=() namespaces=()
	# Devices of a namespace go away a moment after its name.
	[ -z "$module_loaded" ] || [ ! -e /sys/module/tunnel_ip ] ||
			wait_until $((20 * SLOWER)) unload_module || {
		echo "# tunnel_ip cannot be unloaded: $(rmmod tunnel_ip 2>&1)"
		status=1
	}
	rm -rf "$work"
	return $status
}

work=$(mktemp -d "/tmp/$test_name.XXXXXX")
trap at_exit EXIT
trap 'exit 1' INT TERM
if [ -n "${TUNNEL_IP_VM-}${TUNNEL_IP_NATIVE-}" ]; then
	mark_kernel_log
	echo "KTAP version 1"
fi
