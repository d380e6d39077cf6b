#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # variables of the libraries
#
# Two agents as an operator sees them: the router's screens of a tunnel that is
# up, and on both ends the sentence about one that is not.

. "$(dirname "$0")/lib.sh"
. "$selftests/agent_lib.sh"
require_guest "$@"

# SHA-256 of cisco123, as a router prints it.
DIGEST='D8XsPtnaX4gCSp4bCNLqHkgEWMJs9l6v2aXirCvGK2I='

setup()
{
	load_module && two_routers && agent_conf 1 && agent_conf 2 && agents_start
}

sessions()
{
	shows 1 '^Role  *: Initiator$' show ikev2 session &&
	shows 2 '^Role  *: Responder$' show ikev2 session &&
	shows 1 '^PRF/Hash/DH Group  *: SHA256/SHA256/20$' sh ik ses session-id 1 det &&
	shows 1 '^Authentication(Sign/Verify)  *: PSK/PSK$' show ikev2 session detail &&
	shows 1 '^Total Outgoing Sa (Active/Negotiation) : 1 (1/0)$' show ikev2 summary &&
	shows 2 '^Total Incoming Sa (Active/Negotiation) : 1 (1/0)$' show ikev2 summary
}

# The SPIs of the agent's screen are those of the module's.
spis_agree()
{
	local in out

	read -r in out < <(tunctl_at 1 show ikev2 session |
		sed -n 's,^ESP SPI IN/OUT  *: \(0x[0-9a-f]*\) / \(0x[0-9a-f]*\)$,\1 \2,p')
	shows 1 "^tunnel-ip1  *[0-9]*  *$in  *$out\$" show ipsec sa &&
	shows 2 "^tunnel-ip1  *[0-9]*  *$out  *$in\$" show ipsec sa
}

keyrings()
{
	shows 1 '^Peer Name  *: ACADIA-2$' show keyring key_mgmt_P1 &&
	shows 1 "^$DIGEST\$" show keyring &&
	shows 2 '^Identity  *: address 198.51.100.1 255.255.255.0$' show keyring &&
	! tunctl_at 1 show keyring --json | grep cisco || fail "a key is shown" || return
	! tunctl_at 1 show keyring nobody 2>"$work/screen" ||
		fail "a keyring that is not there is shown" || return
	grep -q "there is no keyring 'nobody'" "$work/screen"
}

counters()
{
	shows 1 '^IKE_AUTH  *1  *0  *0  *1$' show ikev2 counters &&
	shows 2 '^IKE_AUTH  *0  *1  *1  *0$' show ikev2 counters &&
	shows 2 '^INITIAL_CONTACT  *0  *0  *1  *0$' show ikev2 counters &&
	shows 2 '"IKE_SA_INIT"' show ikev2 counters --json
}

# both_ends_say CONF1 CONF2 SENTENCE1 SENTENCE2: why these come to no tunnel.
both_ends_say()
{
	agents_stop
	agent_conf 1 "$1" && agent_conf 2 "$2" && agent_start 2 && agent_start 1 ||
		return
	wait_until 20 says 1 "$3" tunnel-ip1 || agents_explain || return
	wait_until 20 says 2 "$4" tunnel-ip1 || agents_explain
}

# says N REGEX [INTERFACE]: it stands in what `why` says.
says()
{
	local n=$1 text=$2

	shift 2
	tunctl_at "$n" why "$@" | grep -q -e "$text"
}

wrong_key()
{
	both_ends_say '' 's/cisco123/cisco456/' \
		'refused our authentication; here: identity 198.51.100.1, keyring key_mgmt_P1, peer ACADIA-2; peer: answers AUTHENTICATION_FAILED to IKE_AUTH; check keyrings' \
		'the pre-shared keys differ; here: keyring key_mgmt_P2, peer ACADIA-1; peer: 198.51.100.1; check keyrings: peers: pre-shared-key'
}

wrong_group()
{
	both_ends_say '' 's/dh-group = \[ 20 \]/dh-group = [ 21 ]/' \
		'no common IKE proposal; here: dh-group 20; encryption aes-cbc-256; integrity sha-256; prf sha-256; peer: answers NO_PROPOSAL_CHOSEN' \
		'no common IKE proposal; here: dh-group 21; peer: dh-group 20; check ikev2: proposals'
}

wrong_transform_set()
{
	both_ends_say '' 's/"esp-hmac-sha-256"/"esp-hmac-sha1"/' \
		'no common IPsec transform set; here: .*; peer: answers NO_PROPOSAL_CHOSEN' \
		'no common IPsec transform set; here: integrity esp-hmac-sha1; peer: integrity esp-hmac-sha-256' &&
	logged 2 '%SECURITY-IPSEC_XR-3-SA_ACCEPT_FAILED : .* src:198.51.100.19 dest:198.51.100.1 fvrf:default' &&
	[ "$REPLY" -gt 0 ] || fail "router 2 does not log it" || return
	logged 1 '%SECURITY-IPSEC_XR-3-SA_REQUEST_FAILED : .* src:198.51.100.1 dest:198.51.100.19 fvrf:default' &&
	[ "$REPLY" -gt 0 ] || fail "router 1 does not log it"
}

# Router 2 waits for another address, and knows who came instead.
wrong_address()
{
	agents_stop
	agent_conf 1 && agent_conf 2 's/destination = "198.51.100.1"/destination = "198.51.100.91"/' &&
		agent_start 2 && agent_start 1 || return
	wait_until 20 says 2 '^198.51.100.1 came to 198.51.100.19: no tunnel interface' ||
		agents_explain
}

stage "two routers" setup
for screen in sessions spis_agree keyrings counters; do
	stage "${screen//_/ }" "$screen"
done
for cause in wrong_key wrong_group wrong_transform_set wrong_address; do
	stage "${cause//_/ }, told on both ends" "$cause"
done
agents_stop
ktap_finish
