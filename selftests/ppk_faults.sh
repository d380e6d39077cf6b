#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two routers with dynamic PPKs whose key sources fail on demand: each fault at
# either end has its words, none ends in a session without the PPK that is
# required, and the tunnel is back when the source is.

. "$(dirname "$0")/lib.sh"
. "$selftests/agent_lib.sh"
require_guest "$@"
require openssl python3

OUTER1=10.10.10.3
OUTER2=10.10.10.1
declare -A sources

# An authority of both ends, what it vouches for, and another authority.
certificates()
(
	new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
	cd "$work" && exec 2>/dev/null || exit
	for ca in ca other; do
		# shellcheck disable=SC2086
		openssl req -x509 $new -keyout $ca.key -out $ca.pem -days 2 -subj /CN=$ca || exit
	done
	# shellcheck disable=SC2086
	openssl req $new -keyout kp-a.key -out kp-a.csr -subj /CN=kp-a &&
	echo "subjectAltName=IP:127.0.0.1" >ext &&
	openssl x509 -req -in kp-a.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
		-days 2 -extfile ext -out kp-a.pem && chmod 600 kp-a.key
)

# source_start N: the source of router N, at 127.0.0.1 of its namespace. Both
# give the same keys, and each fails for itself.
source_start()
{
	local n=$1 ns=r$1 place=$work/source$1

	mkdir -p "$work/keys" "$place" &&
	ln -sf "$work"/ca.pem "$work"/kp-a.pem "$work"/kp-a.key "$place" &&
	ln -sfn "$work/keys" "$place/keys" && mode "$n" ok || return
	spawn_in "${!ns}" python3 "$selftests/fault_source.py" "$place" 10001 >"$place/log" 2>&1
	sources[$n]=$spawned
	wait_until 20 grep -q ready "$place/log"
}

# mode N WORDS...: what the source does from now on.
mode()
{
	local place=$work/source$1

	shift
	echo "$*" >"$place/mode.new" && mv "$place/mode.new" "$place/mode"
}

# The guide's pair, with certificates and no key that is kept ready.
conf()
{
	local n=$1 role=initiator

	[ "$n" = 1 ] || role=responder
	install -m 0600 "$top/Documentation/examples/ppk-dynamic-$role.conf" "$work/r$n.conf" &&
	sed -i -e 's/address = "192.0.2.3[45]"/address = "127.0.0.1"/' \
		-e "s,pre-shared-key = \"0x.*,ca-file = \"$work/ca.pem\";," \
		-e "s,identity = \"router.\";,certificate-file = \"$work/kp-a.pem\"; key-file = \"$work/kp-a.key\";," \
		-e 's,remote-system-id.*,remote-system-id = "KP_B"; prefetch = 0; timeout = 3000; sync-wait = 2900;,' \
		"$work/r$n.conf"
}

setup()
{
	load_module && two_routers && certificates &&
	ip -n "$r1" link set lo up && ip -n "$r2" link set lo up &&
	source_start 1 && source_start 2 &&
	conf 1 && conf 2 && agents_start
}

tunnels_down() { ! tunnels_up; }
told() { tunctl_at 1 why tunnel-ip1 2>&1 | grep -q -e "$1"; }

again()
{
	tunctl_at 1 clear ikev2 session >/dev/null
}

# back: the sources work, and so does the tunnel.
back()
{
	mode 1 ok && mode 2 ok
	wait_until 60 tunnels_up || agents_explain
}

# ours WORDS MODE...: a fault of the initiator's source.
ours()
{
	local words=$1

	shift
	mode 1 "$@" && again || return
	wait_until 30 told "$words" || fail "$*: no '$words'" || agents_explain || return
	tunnels_down || fail "$*: a session without a PPK" || return
	back || fail "behind $*"
}

new_log() { logged 2 "$1" && [ "$REPLY" -gt "$2" ]; }

# theirs WORDS MODE...: a fault of the responder's.
theirs()
{
	local words=$1 before

	shift
	logged 2 "sks profile Qkd: .*$words"
	before=$REPLY
	mode 2 "$@" && again || return
	wait_until 30 new_log "sks profile Qkd: .*$words" "$before" ||
		fail "$*: no '$words'" || agents_explain || return
	tunnels_down || fail "$*: a session without a PPK" || return
	back || fail "behind $*"
}

initiators_source()
{
	ours 'status 500' status 500 &&
	ours 'no JSON object' garbage &&
	ours '128 bits, expected 256' short &&
	ours 'no whole answer came' reset &&
	ours 'no key within 3000 ms' slow 20
}

responders_source()
{
	theirs 'status 500' status 500 &&
	theirs 'keyId' other-id &&
	theirs 'no whole answer came' reset &&
	theirs 'no key within 3000 ms' slow 20
}

# Slower than a retransmission: the handshake waits, and is not done twice.
slow_sources()
{
	mode 1 slow 1 && mode 2 slow 2 && again &&
	wait_until 10 tunnels_down && wait_until 40 tunnels_up || agents_explain || return
	tunctl_at 1 show ikev2 session | grep -q 'dynamic PPK' &&
	tunctl_at 2 show ikev2 session | grep -q 'dynamic PPK' || fail "no PPK" || return
	back
}

# The name is in the responder's source for a moment only after it is asked.
late_synchronisation()
{
	mode 2 not-yet 1 && again && wait_until 10 tunnels_down
	wait_until 20 tunnels_up || agents_explain || return
	tunctl_at 2 show sks profile | grep -q '^sync_waits  *: 1$' ||
		fail "$(tunctl_at 2 show sks profile)"
}

# A source that another authority vouches for gets no request.
stranger()
{
	local asked

	sed -i "s,$work/ca.pem,$work/other.pem," "$work/r1.conf" &&
	tunctl_at 1 reload >/dev/null && again || return
	wait_until 30 told 'key source' || agents_explain || return
	tunnels_down || fail "a session without a PPK" || return
	tunctl_at 1 show sks profile | grep -q '^Status  *: TLS-failed$' ||
		fail "$(tunctl_at 1 show sks profile)" || return
	asked=$(wc -l <"$work/source1/requests")
	sleep 2
	[ "$(wc -l <"$work/source1/requests")" = "$asked" ] || fail "it was asked" || return
	sed -i "s,$work/other.pem,$work/ca.pem," "$work/r1.conf" &&
	tunctl_at 1 reload >/dev/null && back
}

stage "keys of two sources, by certificates" setup
stage "slow sources" slow_sources
stage "a key that is there a moment later" late_synchronisation
stage "faults of the initiator's source" initiators_source
stage "faults of the responder's source" responders_source
stage "a source that cannot prove who it is" stranger
agents_stop
stop "${sources[1]-}"
stop "${sources[2]-}"
ktap_finish
