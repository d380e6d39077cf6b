#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # variables of the libraries
#
# The guide's picture of dynamic PPKs, whole: two routers, each with a key
# source of its own, and the two sources sharing keys over a link of theirs.
# Then what happens to the tunnel when a source is not there.

. "$(dirname "$0")/lib.sh"
. "$selftests/agent_lib.sh"
require_guest "$@"
require openssl

OUTER1=10.10.10.3
OUTER2=10.10.10.1
INNER2=209.165.200.226
PSK1=$(printf '5d%.0s' {1..32})
PSK2=$(printf 'a7%.0s' {1..32})
declare -A sources

# Certificates of the two sources, for the link between them.
certificates()
(
	new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
	cd "$work" || exit
	# shellcheck disable=SC2086
	openssl req -x509 $new -keyout ca.key -out ca.pem -days 2 -subj /CN=ca 2>/dev/null &&
	for name in kp-a kp-b; do
		openssl req $new -keyout $name.key -out $name.csr -subj /CN=$name 2>/dev/null &&
		openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key \
			-CAcreateserial -days 2 -out $name.pem 2>/dev/null &&
		chmod 600 $name.key || exit
	done
)

# source_conf N NAME PEER ADDRESS ROUTER PSK LISTEN LINK
source_conf()
{
	local own=kp-a other=kp-b

	[ "$1" = 1 ] || own=kp-b other=kp-a
	cat >"$work/source$1.conf" <<-END
	system-id = "$2"; peer-system-id = "$3";
	listeners = ( { address = "$4"; port = 10001;
	                clients = ( { identity = "$5"; pre-shared-key = "0x$6"; } ); } );
	link: { listen = $7; address = "$8"; port = 10100; peer-name = "$other";
	        ca-file = "$work/ca.pem"; certificate-file = "$work/$own.pem";
	        key-file = "$work/$own.key"; };
	END
	chmod 600 "$work/source$1.conf"
	tunnel-keysource --check "$work/source$1.conf"
}

# Each source is on its router; the link between them has a wire of its own.
sources_setup()
{
	ip link add name kp netns "$r1" type veth peer name kp netns "$r2" &&
	ip -n "$r1" addr add 192.0.2.34/24 dev kp && ip -n "$r1" link set kp up &&
	ip -n "$r2" addr add 192.0.2.35/24 dev kp && ip -n "$r2" link set kp up &&
	ip -n "$r1" link set lo up && ip -n "$r2" link set lo up &&
	certificates &&
	source_conf 1 KP_A KP_B 192.0.2.34 router1 "$PSK1" true 192.0.2.34 &&
	source_conf 2 KP_B KP_A 192.0.2.35 router2 "$PSK2" false 192.0.2.34
}

source_start()
{
	local ns=r$1

	spawn_in "${!ns}" tunnel-keysource -c "$work/source$1.conf" \
		--log-level info >>"$work/source$1.log" 2>&1
	sources[$1]=$spawned
}

source_stop()
{
	[ -z "${sources[$1]-}" ] || stop "${sources[$1]}"
	sources[$1]=
}

# links N: how often the source's log says that the link came up.
links()
{
	[ "$(grep -c 'link: up' "$work/source1.log")" -ge "$1" ]
}

conf()
{
	local role=initiator n=$1

	[ "$n" = 1 ] || role=responder
	shift
	install -m 0600 "$top/Documentation/examples/ppk-dynamic-$role.conf" "$work/r$n.conf" &&
	{ [ $# -eq 0 ] || sed -i "$@" "$work/r$n.conf"; }
}

setup()
{
	load_module && two_routers && sources_setup &&
	source_start 1 && source_start 2 && wait_until 20 links 1 &&
	conf 1 && conf 2 && agents_start
}

# The guide's screens.
screens()
{
	local n

	for n in 1 2; do
		shows "$n" '^Quantum resistance  *: Enabled with dynamic PPK$' show ikev2 session &&
		shows "$n" '^Quantum resistance  *: Enabled with dynamic PPK$' show ikev2 sa &&
		shows "$n" '^Quantum resistant  *: Yes$' show ipsec sa interface tunnel-ip1 &&
		shows "$n" '^Encrypt Algorithm  *: ESP_256_AES$' show ipsec sa interface tunnel-ip1 &&
		shows "$n" '^Auth Algorithm  *: HMAC_SHA_384$' show ipsec sa interface tunnel-ip1 &&
		shows "$n" '^PPK Mode  *: Dynamic$' show keyring &&
		shows "$n" '^Status  *: Connected$' show sks profile Qkd &&
		shows "$n" '^Authentication  *: pre-shared key$' show sks profile || return
	done
	shows 1 '^Local System ID  *: KP_A$' show sks profile &&
	shows 1 '^Remote System ID  *: KP_B$' show sks profile &&
	shows 1 '^Response Time (ms)  *: min [0-9]*, avg [0-9]*, max [0-9]*, last [0-9]*$' show sks profile &&
	shows 2 '^keys_by_id  *: 1$' show sks profile
}

traffic()
{
	in_r1 ping -c 3 -i 0.2 -W 5 "$INNER2" >"$work/ping" ||
		fail "$(cat "$work/ping")"
}

# A key is fetched and thrown away; the tunnel does not notice.
tried()
{
	local before

	before=$(tunctl_at 1 show ikev2 sa --json | grep -o '"spi-local": *"[^"]*"')
	shows 1 '^resp: dynamic PPK, PPK_ID [^ ]*, 32 octets, in [0-9]* ms$' ppk test resp &&
	shows 2 '^init: dynamic PPK, PPK_ID [^ ]*, 32 octets, in [0-9]* ms$' ppk test init &&
	[ "$(tunctl_at 1 show ikev2 sa --json | grep -o '"spi-local": *"[^"]*"')" = "$before" ] &&
	[ -n "$before" ] || fail "another session" || return
	source_stop 1
	refused 'resp: no key from the key source: ' tunctl_at 1 ppk test resp &&
	source_start 1
}

# No key of a source stands in a log or on a screen.
no_key_is_shown()
{
	tunctl_at 1 show sks profile --json >"$work/json" &&
	! grep -qiE '[0-9a-f]{64}|5d5d5d5d' "$work"/*.log "$work/json" ||
		fail "something as long as a key: $(grep -hiE '[0-9a-f]{64}|5d5d5d5d' "$work"/*.log "$work/json" | head -n 3)"
}

ready()
{
	[ "$(tunctl_at 1 show sks profile --json | sed -n 's/.*"keys-ready":[ ]*\([0-9]*\).*/\1/p')" = 1 ]
}

# The key kept ready brings the tunnel up while the initiator's source is down.
prefetched()
{
	wait_until 20 ready || fail "no key is kept ready" || return
	source_stop 1
	tunctl_at 1 clear ikev2 session >/dev/null &&
	wait_until 5 tunnels_down
	wait_until 30 tunnels_up || agents_explain || return
	shows 1 '^prefetch_used  *: [1-9]' show sks profile &&
	shows 1 'dynamic PPK' show ikev2 session
}

tunnels_down() { ! tunnels_up; }

# An established tunnel does not need its source.
source_down_during()
{
	source_stop 2
	sleep 1
	tunnels_up && traffic
}

# Without keys there is no new session, since they are required; the reason is
# told, and the tunnel comes back with the sources.
source_down_before()
{
	tunctl_at 1 clear ikev2 session >/dev/null
	wait_until 20 told 1 'key source' || agents_explain || return
	tunnels_down || fail "a session without a PPK" || return
	shows 1 '^Status  *: Unreachable$' show sks profile || return
	source_start 1 && source_start 2 && wait_until 20 links 2 || return
	wait_until 90 tunnels_up || agents_explain || return
	shows 1 'dynamic PPK' show ikev2 session
}

refused_for_want_of_a_key()
{
	logged 2 'the key source did not give' && [ "$REPLY" -gt 0 ]
}

told() { tunctl_at "$1" why tunnel-ip1 2>&1 | grep -q -e "$2"; }

# The responder's source answers, and has no such key: its pair was restarted
# after the initiator had fetched.
keys_out_of_sync()
{
	wait_until 20 ready || fail "no key is kept ready" || return
	source_stop 2
	source_start 2
	wait_until 20 links 3 || fail "no link" || return
	tunctl_at 1 clear ikev2 session >/dev/null
	# Router 1 tries again at once, with a new key: only the log has it still.
	wait_until 30 refused_for_want_of_a_key || agents_explain || return
	wait_until 90 tunnels_up || agents_explain || return
	shows 2 '^fail_not_found  *: [1-9]' show sks profile
}

stage "two routers, two key sources: a tunnel with a dynamic PPK" setup
stage "the guide's screens" screens
stage "traffic" traffic
stage "a key kept ready, while the source is down" prefetched
stage "source down during a session" source_down_during
stage "source down before a session, and back" source_down_before
stage "keys out of sync" keys_out_of_sync
stage "a key that an operator tries" tried
stage "no key is shown" no_key_is_shown
agents_stop
source_stop 1
source_stop 2
ktap_finish
