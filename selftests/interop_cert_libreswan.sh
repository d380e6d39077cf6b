#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154,SC2317 # stages are called by the library, and
# variables are the libraries'
#
# Certificates with Debian 13's libreswan (cert_lib.sh). It has them, its keys and
# its lists in a database, which is made before it starts.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require nft openssl
. "$(dirname "$0")/peers_lib.sh"
. "$(dirname "$0")/swan_lib.sh"
. "$(dirname "$0")/cert_lib.sh"
use_libreswan trixie-libreswan

# --- pluto in place of charon ------------------------------------------------

peer_prefers=pss wrong_names=certificate-identity-mismatch
peer_words=(
	[pss]="'@$agent_id' and 2048-bit RSASSA-PSS with SHA2_256 digital signature"
	[pkcs1]="'@$agent_id' and 2048-bit PKCS#1 1.5 RSA with SHA2_256 digital signature"
	[chain]="digital signature issued by 'O=Example, CN=middle-a'"
	[expired]=SEC_ERROR_EXPIRED_CERTIFICATE
	[revoked]=SEC_ERROR_REVOKED_CERTIFICATE
)

db() { in_peer "$1" -d "sql:$peer_dir/nss" "${@:2}"; }

# A key comes with one of its certificates, the others by one command.
database()
{
	local name

	mkdir -p "$peer_dir/nss"
	for name in s s-ec; do
		openssl pkcs12 -export -out "$peer_dir/p12" -inkey "$pki/$name.key" \
			-in "$pki/$name.pem" -name "$name" -passout pass:x &&
		db pk12util -i "$peer_dir/p12" -W x -K '' || return 1
	done
	{
		echo "-A -n root -t CT,, -i $pki/root.pem"
		for name in middle-s s-else s-gone s-big; do
			echo "-A -n $name -t ,, -i $pki/$name.pem"
		done
	} >"$peer_dir/batch"
	db certutil -B -i "$peer_dir/batch" &&
	openssl crl -in "$pki/middle-a.crl" -outform DER -out "$peer_dir/crl" &&
	db crlutil -I -B -i "$peer_dir/crl"
}

peer_begins()
{
	database && install -m 0600 /dev/null "$peer_dir/ipsec.secrets" &&
	echo "config setup" >"$peer_dir/ipsec.conf" && pluto_start && whack --listen
}

# It can do all without.
peer_restarts() { :; }
peer_knows_lists() { :; }

peer_cert()
{
	nickname=$1 authby=ecdsa
	[ "$1" != s ] || authby=rsasig
}

peer_loads()
{
	cat >"$peer_dir/ipsec.conf" <<END
config setup
conn r1
	left=$OUTER2
	right=$OUTER1
	leftid=@$swan_id
	rightid=@$agent_id
	leftcert=$nickname
	rightca=%any
	authby=$authby
	sendca=issuer
	leftsendcert=always
	leftsubnet=0.0.0.0/0
	rightsubnet=0.0.0.0/0
	keyexchange=ikev2
	ike=aes256-sha2_256-dh19
	esp=aes256-sha2_256
	pfs=no
	ipsec-interface=101
	leftupdown=/bin/true
	mobike=no
	auto=ignore
END
	in_peer /usr/libexec/ipsec/addconn --config "$peer_dir/ipsec.conf" \
		--ctlsocket "$peer_dir/pluto.ctl" r1 >"$peer_dir/load.log" 2>&1
	! grep -E 'ERROR|failed' "$peer_dir/load.log" || fail "$(cat "$peer_dir/load.log")"
}

# whack waits for the end of it without being told not to.
peer_hangs_up()
{
	in_peer timeout 20 /usr/libexec/ipsec/whack --rundir "$peer_dir" --asynchronous \
		--terminate --name r1 >/dev/null 2>&1
}

peer_closes() { whack --delete --name r1 >/dev/null 2>&1; }
peer_initiates() { whack_rows initiate 1; }
# Without waiting, so that its status says nothing.
peer_tries_in_vain() { peer_initiates; }
peer_says() { grep -qF -e "$1" "$peer_dir/pluto.log"; }
forget_logs() { : >"$work/agent.log"; : >"$peer_dir/pluto.log"; }

explain()
{
	tail -n 25 "$work/agent.log"
	tail -n 25 "$peer_dir/pluto.log"
	tunctl_agent why tunnel-ip1
	return 1
}

xfrm_interface()
{
	ip -n "$r2" link add ipsec101 type xfrm dev eth0 if_id 101 &&
	ip -n "$r2" addr add "$SWAN_INNER/24" dev ipsec101 &&
	ip -n "$r2" link set ipsec101 up
}

# --- stages ------------------------------------------------------------------

# A certificate that expires once pluto has loaded it: one that has it refuses.
soon_expired()
{
	local seconds

	for seconds in 15 40 100; do
		expires=$(($(date +%s) + seconds))
		SAN=DNS:$swan_id issue middle-s "s-$seconds" end s-p384 \
			-enddate "$(date -u -d "@$expires" +%Y%m%d%H%M%SZ)" &&
		db certutil -A -n "s-$seconds" -t ,, -i "$pki/s-$seconds.pem" || return 1
		peer_cert "s-$seconds"
		! peer_loads || return 0
	done
	return 1
}

has_expired() { [ "$(date +%s)" -gt "$expires" ]; }

expired()
{
	stop_agent
	peer_closes
	forget_logs
	agent_cert a-ec && ec && soon_expired && wait_until 110 has_expired || return 1
	responder_only=false
	start_agent && wait_until 60 cause_is certificate-expired || explain || return 1
	tunnel_down || fail "it came up" || return 1
	stop_agent
	# Ours may have stopped without a word to an IKE SA that stands for it.
	peer_hangs_up
	responder_only=true
	start_agent && peer_initiates && wait_until 60 cause_is certificate-expired ||
		explain || return 1
	tunnel_down || fail "it came up"
}

# It says nothing to a peer that it refuses; its silence does.
revoked_for_the_peer_that_asks()
{
	begin_revoked
	agent_profile+=' dpd-interval = 2; dpd-retries = 1; dpd-retry-interval = 1;'
	begin they && peer_initiates && wait_until 60 peer_says "${peer_words[revoked]}" ||
		explain || return 1
	peer_closes
	wait_until 60 tunnel_down && why_says 'the peer stopped answering' || explain
}

run_stages "${cert_stages[@]}"
