#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154,SC2317 # stages are called by the library, and
# variables are the libraries'
#
# Certificates with strongSwan, each side initiating: RSA with an intermediate
# authority, RSA-PSS, ECDSA, a method for each direction, and chains so large
# that IKE_AUTH goes in fragments; then the ones that must be refused, by either
# side, and what is said about them.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require swanctl charon-systemd nft openssl
. "$(dirname "$0")/swan_lib.sh"
. "$(dirname "$0")/cert_lib.sh"

# narrow OCTETS: IP fragments and longer UDP datagrams vanish on the way.
narrow()
{
	in_mid nft -f - <<END
table bridge path {
	chain forward { type filter hook forward priority 0; }
}
flush table bridge path
table bridge path {
	chain forward {
		type filter hook forward priority 0;
		ether type ip ip frag-off & 0x3fff != 0 drop
		ether type ip ip protocol udp ip length gt $1 drop
	}
}
END
}

# agent_cert NAME [TRUSTPOINT SETTINGS]: what tunneld proves itself by.
agent_cert()
{
	cat "$pki/$1.pem" "$pki/middle.pem" >"$work/agent.pem"
	install -m 0600 "$pki/$1.key" "$work/agent.key"
	agent_top="trustpoints = ( { name = \"tp\"; ca-certificates = \"$pki/root.pem\";
		certificate = \"agent.pem\"; private-key = \"agent.key\"; ${2-} } );"
}

# swan_cert NAME: what strongSwan proves itself by.
swan_cert()
{
	rm -f "$swan"/{x509,x509ca,x509crl,private}/*
	cp "$pki/$1.pem" "$swan/x509/own.pem"
	cp "$pki/$1.key" "$swan/private/own.key"
	cp "$pki/root.pem" "$pki/middle.pem" "$swan/x509ca/"
	swan_local='auth = pubkey
			certs = own.pem'
	swan_remote='auth = pubkey'
}

# methods LOCAL REMOTE: of tunneld.
methods()
{
	agent_profile="trustpoints = [ \"tp\" ];
		authentication: { local = \"$1\"; remote = [ $2 ]; };"
}

# meet WHO: a fresh start of both.
meet()
{
	stop_agent
	swanctl_peer --terminate --ike peer --force >/dev/null 2>&1
	forget_logs
	responder_only=false
	[ "$1" = we ] || responder_only=true
	swan_config && start_agent || return 1
	[ "$1" = we ] || initiate >/dev/null || explain || return 1
	wait_until 30 tunnel_up && traffic || explain
}

both_ways() { meet we && meet they; }

# refused WHO CAUSE: it does not come up, and our side knows why.
refused()
{
	stop_agent
	swanctl_peer --terminate --ike peer --force >/dev/null 2>&1
	forget_logs
	responder_only=false
	[ "$1" = we ] || responder_only=true
	swan_config && start_agent || return 1
	[ "$1" = we ] || ! initiate >/dev/null 2>&1 || fail "it came up" ||
		return 1
	wait_until 30 cause_is "$2" || explain || return 1
	tunnel_down || fail "it came up"
}

cause_is() { tunctl_agent --json why tunnel-ip1 | grep -Eq "\"($1)\""; }

prepare()
{
	load_module && two_routers middle || return 1
	agent_ns=$r1 agent_addr=$OUTER1 agent_peer=$OUTER2
	swan_ns=$r2 swan_addr=$OUTER2 swan_peer=$OUTER1
	mkdir -p "$swan"/{x509,x509ca,x509crl,private} &&
	xfrm_interface && start_charon
}

certificates()
{
	local a=DNS:$agent_id s=DNS:$swan_id

	authority root && authority middle root && authority other || return 1
	SAN=$a issue middle a end rsa "/O=Example/CN=agent" &&
	SAN=$s issue middle s end rsa "/O=Example/CN=swan" &&
	SAN=$a issue middle a-ec end p256 "/O=Example/CN=agent" &&
	SAN=$s issue middle s-ec end p384 "/O=Example/CN=swan" &&
	SAN=$s issue middle s-old end p256 "/O=Example/CN=old" \
		-startdate 20200101000000Z -enddate 20210101000000Z &&
	SAN=$a issue middle a-old end p256 "/O=Example/CN=old" \
		-startdate 20200101000000Z -enddate 20210101000000Z &&
	SAN=DNS:else.example.com issue middle s-else end p256 "/O=Example/CN=else" &&
	SAN=$s issue other s-other end p256 "/O=Example/CN=other" &&
	SAN=$s issue middle s-gone end p256 "/O=Example/CN=gone" &&
	SAN=$a issue middle a-gone end p256 "/O=Example/CN=gone" &&
	revoke middle s-gone && revoke middle a-gone && crl root && crl middle
}

rsa_with_an_intermediate_authority()
{
	agent_cert a && swan_cert s && methods rsa-signature '"rsa-signature"' &&
	both_ways || return 1
	tunctl_agent show ikev2 session detail | grep -q 'RSA/RSA' ||
		fail "the screen does not say RSA/RSA"
}

ecdsa()
{
	agent_cert a-ec && swan_cert s-ec &&
	methods ecdsa-signature '"ecdsa-signature"' && both_ways
}

# strongSwan signs with PSS when told to, we do, and each verifies the other.
rsa_pss()
{
	kill_charon
	swan_global='rsa_pss = yes'
	start_charon && agent_cert a 'rsa-padding = "pss";' && swan_cert s &&
	methods rsa-signature '"rsa-signature"' && both_ways || return 1
	agent_says 'the peer signed RSA-PSS with SHA2' &&
	swan_says 'with RSA_EMSA_PSS' || explain || return 1
	kill_charon
	swan_global=''
	start_charon
}

# Before RFC 7427: methods 9 and 10, and no RSA without SHA-1.
peer_without_rfc7427()
{
	kill_charon
	swan_global='signature_authentication = no'
	start_charon && agent_cert a-ec && swan_cert s-ec &&
	methods ecdsa-signature '"ecdsa-signature"' && both_ways || return 1
	agent_cert a && swan_cert s && methods rsa-signature '"rsa-signature"' &&
	refused we signature-hash-mismatch || return 1
	agent_ikev2='signature-sha1 = true;'
	both_ways || return 1
	agent_ikev2=''
	kill_charon
	swan_global=''
	start_charon
}

a_method_for_each_direction()
{
	agent_cert a && swan_cert s && methods rsa-signature '"pre-shared"' &&
	swan_local='auth = psk' && both_ways || return 1
	agent_cert a && swan_cert s &&
	methods pre-shared '"rsa-signature", "pre-shared"' &&
	swan_remote='auth = psk' && both_ways
}

# By the certificate's own name.
distinguished_names()
{
	local was_agent=$agent_id was_swan=$swan_id

	stop_agent
	swanctl_peer --terminate --ike peer --force >/dev/null 2>&1
	forget_logs
	agent_cert a && swan_cert s && methods rsa-signature '"rsa-signature"'
	swan_id='"O=Example, CN=swan"' agent_id='"O=Example, CN=agent"'
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

large_chains_in_fragments()
{
	COMMENT=$(printf '%.0sx' {1..3000})
	SAN=DNS:$agent_id issue middle a-big end p256 "/O=Example/CN=agent" &&
	SAN=DNS:$swan_id issue middle s-big end p256 "/O=Example/CN=swan" ||
		return 1
	unset COMMENT
	agent_cert a-big && swan_cert s-big &&
	methods ecdsa-signature '"ecdsa-signature"' && narrow 1280 || return 1
	swan_global='fragment_size = 1280'
	kill_charon
	start_charon && both_ways || return 1
	tunctl_agent --json show ikev2 counters | grep -Eq '"rx_fragments": *[1-9]' &&
		swan_says 'splitting IKE message' || explain ||
		return 1
	in_mid nft delete table bridge path
}

expired()
{
	agent_cert a-ec && swan_cert s-old &&
	methods ecdsa-signature '"ecdsa-signature"' &&
	refused we certificate-expired && refused they certificate-expired &&
	agent_says 'certificate of O=Example, CN=old: expired 2021-01-01' ||
		explain
}

wrong_identity()
{
	agent_cert a-ec && swan_cert s-else &&
	methods ecdsa-signature '"ecdsa-signature"' || return 1
	# It does not fall back to its subject: we expect the name.
	refused we 'no-profile|identity-mismatch|certificate-identity-mismatch'
}

unknown_issuer()
{
	agent_cert a-ec && swan_cert s-other &&
	cp "$pki/other.pem" "$swan/x509ca/" &&
	methods ecdsa-signature '"ecdsa-signature"' &&
	refused we certificate-unknown-issuer &&
	refused they certificate-unknown-issuer
}

revoked()
{
	cat "$pki/root.crl" "$pki/middle.crl" >"$work/crl.pem"
	agent_cert a-ec 'crl = "crl.pem";' && swan_cert s-gone &&
	methods ecdsa-signature '"ecdsa-signature"' &&
	refused we certificate-revoked && refused they certificate-revoked ||
		return 1
	# Those that are not revoked come in with the same lists.
	swan_cert s-ec && both_ways
}

# The peer's list has ours. All that it says is that it does not want us, in its
# answer or, when it began, in a message of its own; we add what we have.
revoked_for_the_peer()
{
	agent_cert a-gone && swan_cert s-ec && cp "$pki"/{root,middle}.crl "$swan/x509crl/" &&
	methods ecdsa-signature '"ecdsa-signature"' && refused we auth-refused || return 1
	swan_says 'certificate was revoked' || explain || return 1
	tunctl_agent why tunnel-ip1 | grep -q 'answers AUTHENTICATION_FAILED to IKE_AUTH' ||
		explain || return 1
	refused they auth-refused || return 1
	# One that is not in the list comes in.
	agent_cert a-ec && both_ways
}

expired_for_the_peer()
{
	agent_cert a-old && swan_cert s-ec &&
	methods ecdsa-signature '"ecdsa-signature"' && refused we auth-refused ||
		return 1
	tunctl_agent why tunnel-ip1 | grep -q 'expired 2021-01-01' || explain
}

# The list of yesterday lets it in, today's does not: no restart between.
a_new_list_by_reload()
{
	agent_cert a-ec 'crl = "crl.pem";' && swan_cert s-ec &&
	cat "$pki/root.crl" "$pki/middle.crl" >"$work/crl.pem" &&
	methods ecdsa-signature '"ecdsa-signature"' && meet they || return 1
	revoke middle s-ec && crl middle &&
	cat "$pki/root.crl" "$pki/middle.crl" >"$work/crl.pem" &&
	tunctl_agent reload | grep -q 'next negotiation' ||
		fail "the reload did not see the new list" || return 1
	traffic || return 1
	swanctl_peer --terminate --ike peer >/dev/null
	! initiate >/dev/null 2>&1 || fail "it came up" || return 1
	cause_is certificate-revoked || explain
}

run_stages prepare certificates rsa_with_an_intermediate_authority ecdsa \
	rsa_pss peer_without_rfc7427 a_method_for_each_direction \
	distinguished_names large_chains_in_fragments expired wrong_identity \
	unknown_issuer revoked revoked_for_the_peer expired_for_the_peer \
	a_new_list_by_reload
