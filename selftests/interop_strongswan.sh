#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154,SC2317 # stages are called by the library, and
# variables are the libraries'
#
# tunneld and strongSwan that cannot agree, in both roles, and what is said about
# it; and a clean stop, which leaves nothing at either end. How they agree, on
# whatever there is, is in interop_suites_strongswan5.sh.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require swanctl charon-systemd
. "$(dirname "$0")/swan_lib.sh"

# attempt WHO: a fresh start of both, and one of them begins.
attempt()
{
	stop_agent
	swanctl_peer --terminate --ike peer --force >/dev/null 2>&1
	forget_logs
	responder_only=false
	[ "$1" = we ] || responder_only=true
	swan_config && start_agent || return 1
	[ "$1" = we ] || ! initiate >/dev/null 2>&1 || fail "it came up"
}

says() { tunctl_agent why tunnel-ip1 | grep -q "$1"; }

prepare()
{
	load_module && two_routers || return 1
	agent_ns=$r1 agent_addr=$OUTER1 agent_peer=$OUTER2
	swan_ns=$r2 swan_addr=$OUTER2 swan_peer=$OUTER1
	xfrm_interface && start_charon
}

wrong_key_as_initiator()
{
	agent_key=wrong
	attempt we && wait_until 30 says 'answers AUTHENTICATION_FAILED to IKE_AUTH' &&
	says 'pre-shared-key' || explain
}

wrong_key_as_responder()
{
	attempt they && wait_until 10 says 'the pre-shared keys differ' || explain
}

no_common_proposal_as_initiator()
{
	agent_key=secret swan_ike=aes128-sha1-ecp521
	attempt we && wait_until 60 says 'no common IKE proposal' || explain
}

no_common_proposal_as_responder()
{
	attempt they && wait_until 10 says 'no common IKE proposal' || explain
}

no_common_transform_set_as_initiator()
{
	swan_ike=aes256-sha256-ecp256 swan_esp=aes128-sha1
	attempt we && wait_until 30 says 'answers NO_PROPOSAL_CHOSEN to IKE_AUTH' || explain
}

no_common_transform_set_as_responder()
{
	attempt they && wait_until 10 says 'no common IPsec transform set' || explain
}

a_stop_leaves_nothing()
{
	swan_esp=aes256-sha256
	attempt we && wait_until 30 tunnel_up && traffic || explain || return 1
	stop_agent
	! in_agent ip link show tunnel-ip1 || fail "the interface outlived a clean stop" || return 1
	wait_until 10 no_peer_sa || fail "$(swanctl_peer --list-sas)"
}

no_peer_sa() { [ -z "$(swanctl_peer --list-sas)" ]; }

run_stages prepare wrong_key_as_initiator wrong_key_as_responder \
	no_common_proposal_as_initiator no_common_proposal_as_responder \
	no_common_transform_set_as_initiator no_common_transform_set_as_responder \
	a_stop_leaves_nothing
