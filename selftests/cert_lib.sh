# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2317
#
# tunneld and a daemon of another make that prove themselves by certificates, on
# top of swan_lib.sh and pki_lib.sh: what must come up, with each side
# initiating, and what must be refused, by either side, and what is said about
# it. Each end has an intermediate authority that the other knows of nothing but
# the chain. The peer is strongSwan; a script with another one says after this
# file what is different about it:
#
#   peer_begins peer_restarts [SETTINGS]	the daemon
#   peer_cert NAME	what it proves itself by, one of s and s-*
#   peer_knows_lists	it has revocation lists, until the next peer_cert
#   peer_loads		the connection
#   peer_closes		the end of that and all that it has made
#   peer_initiates	fails if it waited and the tunnel did not come up
#   peer_says TEXT	since forget_logs
#   peer_words		what it says
#   peer_prefers	what it signs with when it begins: pkcs1 or pss

. "$selftests/pki_lib.sh"

# --- the peer ----------------------------------------------------------------

peer_begins() { start_charon; }
peer_loads() { swan_config; }
peer_closes() { swanctl_peer --terminate --ike peer --force >/dev/null 2>&1; }
peer_initiates() { initiate; }
peer_says() { swan_says "$1"; }

peer_prefers=pkcs1
declare -A peer_words=(
	[pss]="'$agent_id' with RSA_EMSA_PSS_SHA2_256"
	[pkcs1]="'$agent_id' with RSA_EMSA_PKCS1_SHA2_256"
	[chain]='received issuer cert "O=Example, CN=middle-a"'
	[expired]='subject certificate invalid'
	[revoked]='certificate was revoked'
)

peer_restarts()
{
	kill_charon
	swan_global=${1-}
	start_charon
}

peer_cert()
{
	rm -f "$swan"/{x509,x509ca,x509crl,private}/*
	cp "$pki/$1.pem" "$swan/x509/own.pem"
	cp "$pki/$1.key" "$swan/private/own.key"
	cp "$pki"/{root,middle-s}.pem "$swan/x509ca/"
	swan_local='auth = pubkey
			certs = own.pem'
	swan_remote='auth = pubkey'
}

peer_knows_lists() { cp "$pki"/{root,middle-a}.crl "$swan/x509crl/"; }

# --- tunneld -----------------------------------------------------------------

# agent_cert NAME [TRUSTPOINT SETTINGS]: what tunneld proves itself by.
agent_cert()
{
	cat "$pki/$1.pem" "$pki/middle-a.pem" >"$work/agent.pem"
	install -m 0600 "$pki/$1.key" "$work/agent.key"
	agent_top="trustpoints = ( { name = \"tp\"; ca-certificates = \"$pki/root.pem\";
		certificate = \"agent.pem\"; private-key = \"agent.key\"; ${2-} } );"
}

agent_knows_lists() { cat "$pki"/{root,middle-s}.crl >"$work/crl.pem"; }

# methods LOCAL REMOTE: of tunneld.
methods()
{
	agent_profile="trustpoints = [ \"tp\" ];
		authentication: { local = \"$1\"; remote = [ $2 ]; };"
}

rsa() { methods rsa-signature '"rsa-signature"'; }
ec() { methods ecdsa-signature '"ecdsa-signature"'; }

# --- both --------------------------------------------------------------------

# begin WHO: a fresh start of both; WHO initiates.
begin()
{
	stop_agent
	peer_closes
	forget_logs
	responder_only=false
	[ "$1" = we ] || responder_only=true
	peer_loads && start_agent
}

meet()
{
	begin "$1" || return 1
	[ "$1" = we ] || peer_initiates >/dev/null || explain || return 1
	wait_until 60 tunnel_up && traffic || explain
}

both_ways() { meet we && meet they; }

# stays_down WHO CAUSE: it does not come up, and our side knows why.
stays_down()
{
	begin "$1" || return 1
	[ "$1" = we ] || peer_tries_in_vain || return 1
	wait_until 60 cause_is "$2" || explain || return 1
	wait_until 15 tunnel_down || fail "it came up" || return 1
	# Not even for a moment, if it is we who refuse.
	[[ $2 != certificate-* ]] || ! agent_says 'up: ESP SPI' || fail "it had come up"
}

peer_tries_in_vain() { ! peer_initiates >/dev/null 2>&1 || fail "it came up"; }
cause_is() { tunctl_agent --json why tunnel-ip1 | grep -Eq "\"($1)\""; }

counted() { tunctl_agent --json show ikev2 counters | grep -Eq "\"$1\": *[1-9]"; }

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

# --- stages ------------------------------------------------------------------

prepare()
{
	load_module && two_routers middle && enter_root || return 1
	agent_ns=$r1 agent_addr=$OUTER1 agent_peer=$OUTER2
	swan_ns=$r2 swan_addr=$OUTER2 swan_peer=$OUTER1
	xfrm_interface
}

# Those whose names begin with an a are ours.
certificates()
{
	local a=DNS:$agent_id s=DNS:$swan_id
	local past=(-startdate 20200101000000Z -enddate 20210101000000Z)

	authority root root-rsa3 &&
	authority middle-a middle-a-rsa3 root && authority middle-s middle-s-rsa3 root &&
	SAN=$a issue middle-a a end a-rsa &&
	SAN=$s issue middle-s s end s-rsa &&
	SAN=$a issue middle-a a-ec end a-p256 &&
	SAN=$s issue middle-s s-ec end s-p384 &&
	SAN=$s issue middle-s s-old end s-p384 "${past[@]}" &&
	SAN=$a issue middle-a a-old end a-p256 "${past[@]}" &&
	SAN=DNS:else.example.com issue middle-s s-else end s-p384 &&
	SAN=$s issue middle-s s-gone end s-p384 &&
	SAN=$a issue middle-a a-gone end a-p256 || return 1
	export COMMENT
	COMMENT=$(printf '%.0sx' {1..3000})
	SAN=$a issue middle-a a-big end a-p256 && SAN=$s issue middle-s s-big end s-p384
	COMMENT=none
	revoke middle-s s-gone && revoke middle-a a-gone &&
	crl root && crl middle-a && crl middle-s && agent_knows_lists && peer_begins
}

# signed OURS THEIRS: with what padding each end signed, says the other.
signed()
{
	local -A agent_words=([pkcs1]='RSA with' [pss]='RSA-PSS with')

	peer_says "${peer_words[$1]}" && agent_says "the peer signed ${agent_words[$2]} SHA2" ||
		explain
}

rsa_with_an_intermediate_authority()
{
	agent_cert a && peer_cert s && rsa &&
	meet we && signed pkcs1 pkcs1 && meet they && signed pkcs1 "$peer_prefers" || return 1
	peer_says "${peer_words[chain]}" || explain || return 1
	tunctl_agent show ikev2 session detail | grep -q 'RSA/RSA' ||
		fail "the screen does not say RSA/RSA"
}

rsa_pss()
{
	peer_restarts 'rsa_pss = yes' &&
	agent_cert a 'rsa-padding = "pss";' && peer_cert s && rsa &&
	meet we && signed pss pss && meet they && signed pss pss && peer_restarts
}

# ECDSA, too.
large_chains_in_fragments()
{
	agent_cert a-big && peer_cert s-big && ec && narrow 1280 && both_ways || return 1
	counted rx_fragments && counted tx_fragments || explain || return 1
	in_mid nft delete table bridge path
}

expired()
{
	agent_cert a-ec && peer_cert s-old && ec &&
	stays_down we certificate-expired && stays_down they certificate-expired || return 1
	agent_says 'certificate of O=Example, CN=s-old: expired 2021-01-01' || explain
}

# All that the peer says is that it does not want us; we add what we have.
expired_for_the_peer()
{
	agent_cert a-old && peer_cert s-ec && ec && stays_down we auth-refused || return 1
	why_says 'expired 2021-01-01' && peer_says "${peer_words[expired]}" || explain
}

# The certificate does not have the name that the peer should have.
wrong_names='no-profile|identity-mismatch|certificate-identity-mismatch'
wrong_identity()
{
	agent_cert a-ec && peer_cert s-else && ec || return 1
	stays_down we "$wrong_names" && stays_down they "$wrong_names"
}

revoked()
{
	agent_cert a-ec 'crl = "crl.pem";' && peer_cert s-gone && peer_knows_lists && ec &&
	stays_down we certificate-revoked && stays_down they certificate-revoked
}

begin_revoked()
{
	agent_cert a-gone 'crl = "crl.pem";' && peer_cert s-ec && peer_knows_lists && ec
}

revoked_for_the_peer_that_answers()
{
	begin_revoked && stays_down we auth-refused || return 1
	peer_says "${peer_words[revoked]}" &&
	why_says 'answers AUTHENTICATION_FAILED to IKE_AUTH' || explain
}

# It says so in a message of its own.
revoked_for_the_peer_that_asks()
{
	begin_revoked && stays_down they auth-refused || return 1
	peer_says "${peer_words[revoked]}" || explain
}

# With the same lists; each end looks into its own, whoever begins.
others_are_not_revoked()
{
	agent_cert a-ec 'crl = "crl.pem";' && peer_cert s-ec && peer_knows_lists && ec &&
	meet they
}

cert_stages=(prepare certificates rsa_with_an_intermediate_authority rsa_pss
	large_chains_in_fragments expired expired_for_the_peer wrong_identity
	revoked revoked_for_the_peer_that_answers revoked_for_the_peer_that_asks
	others_are_not_revoked)
