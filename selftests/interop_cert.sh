#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154,SC2317 # stages are called by the library, and
# variables are the libraries'
#
# Certificates with strongSwan (cert_lib.sh), and what is tried with this
# system's only: it is made to be from before RFC 7427, a method for each
# direction, names of the certificate's own, an authority that nobody knows, and
# a new revocation list while a tunnel is up.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require swanctl charon-systemd nft openssl
. "$(dirname "$0")/swan_lib.sh"
. "$(dirname "$0")/cert_lib.sh"

# Methods 9 and 10, and no RSA without SHA-1.
peer_without_rfc7427()
{
	peer_restarts 'signature_authentication = no' &&
	agent_cert a-ec && peer_cert s-ec && ec && both_ways || return 1
	agent_cert a && peer_cert s && rsa && stays_down we signature-hash-mismatch || return 1
	agent_ikev2='signature-sha1 = true;'
	both_ways || return 1
	agent_ikev2=''
	peer_restarts
}

a_method_for_each_direction()
{
	agent_cert a && peer_cert s && methods rsa-signature '"pre-shared"' &&
	swan_local='auth = psk' && both_ways || return 1
	agent_cert a && peer_cert s &&
	methods pre-shared '"rsa-signature", "pre-shared"' &&
	swan_remote='auth = psk' && both_ways
}

# By the certificate's own name.
distinguished_names()
{
	local was_agent=$agent_id was_swan=$swan_id

	stop_agent
	peer_closes
	forget_logs
	agent_cert a && peer_cert s && rsa
	swan_id='"O=Example, CN=s"' agent_id='"O=Example, CN=a"'
	swan_config || return 1
	agent_id=$was_agent swan_id=$was_swan responder_only=false
	agent_config
	sed -i 's/local-identity: { fqdn = .*; };/local-identity: { dn = true; };/
		s/match-identity-remote = .*/match-identity-remote = ( { dn = "O=Example, CN=*"; } ); } );/' \
		"$work/agent.conf" &&
	spawn_in "$agent_ns" tunneld -f -c "$work/agent.conf" \
		--control "$work/control" >>"$work/agent.log" 2>&1 || return 1
	agent=$spawned
	wait_until 20 tunctl_agent show ikev2 summary &&
	wait_until 30 tunnel_up && traffic || explain
}

unknown_issuer()
{
	authority other other-p256 && SAN=DNS:$swan_id issue other s-other end s-p384 &&
	agent_cert a-ec && peer_cert s-other && cp "$pki/other.pem" "$swan/x509ca/" && ec &&
	stays_down we certificate-unknown-issuer &&
	stays_down they certificate-unknown-issuer
}

# The list of yesterday lets it in, today's does not: no restart between.
a_new_list_by_reload()
{
	agent_cert a-ec 'crl = "crl.pem";' && peer_cert s-ec && ec && meet they || return 1
	revoke middle-s s-ec && crl middle-s && agent_knows_lists &&
	tunctl_agent reload | grep -q 'next negotiation' ||
		fail "the reload did not see the new list" || return 1
	traffic || return 1
	swanctl_peer --terminate --ike peer >/dev/null
	! initiate >/dev/null 2>&1 || fail "it came up" || return 1
	cause_is certificate-revoked || explain
}

run_stages "${cert_stages[@]}" peer_without_rfc7427 a_method_for_each_direction \
	distinguished_names unknown_issuer a_new_list_by_reload
