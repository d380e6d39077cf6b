#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086,SC2154,SC2317 # names are words; stages are called by
# the library, which has variables of its own
#
# tunneld in r1 against strongSwan in r2: proposals and suites with each side
# initiating, rekey and delete from each side, and the wrong key with the
# right sentence. strongSwan's side is an xfrm interface, set up as
# Documentation/examples/strongswan describes.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require swanctl charon-systemd iperf3

INNER1=192.0.2.1
INNER2=192.0.2.2
swan=$work/swan
agent=

# --- strongSwan ------------------------------------------------------------

# Each daemon has its configuration and socket in a directory of its own.
write_daemon_conf()
{
	mkdir -p "$swan"/{x509,x509ca,private,conf.d}
	cat >"$swan/strongswan.conf" <<EOF
charon-systemd {
	load_modular = yes
	port = 500
	port_nat_t = 4500
	retransmit_timeout = 2.0
	retransmit_tries = 3
	delete_rekeyed_delay = 5
	plugins {
		include /etc/strongswan.d/charon/*.conf
		vici { socket = unix://$swan/charon.vici }
	}
	filelog {
		log { path = $swan/charon.log
			default = 1
			flush_line = yes }
	}
}
swanctl { load_legacy = no }
EOF
}

start_charon()
{
	write_daemon_conf
	STRONGSWAN_CONF=$swan/strongswan.conf spawn_in "$r2" \
		"$(command -v charon-systemd)" >"$swan/daemon.out" 2>&1
	charon=$spawned
	wait_until 120 [ -S "$swan/charon.vici" ] ||
		fail "charon did not start: $(tail -n 5 "$swan/daemon.out")"
}

swanctl_r2()
{
	STRONGSWAN_CONF=$swan/strongswan.conf SWANCTL_DIR=$swan \
		in_r2 swanctl "$@" --uri "unix://$swan/charon.vici"
}

# swan_config IKE ESP PSK [start]: one connection to r1.
swan_config()
{
	cat >"$swan/swanctl.conf" <<EOF
connections {
	r1 {
		version = 2
		local_addrs = $OUTER2
		remote_addrs = $OUTER1
		proposals = $1
		mobike = no
		if_id_in = 1
		if_id_out = 1
		rekey_time = 0
		dpd_delay = 0
		local { auth = psk
			id = $OUTER2 }
		remote { auth = psk
			id = $OUTER1 }
		children {
			net {
				local_ts = 0.0.0.0/0
				remote_ts = 0.0.0.0/0
				esp_proposals = $2
				rekey_time = 0
				replay_window = 1024
				start_action = none
			}
		}
	}
}
secrets {
	ike-r1 { id-1 = $OUTER1
		id-2 = $OUTER2
		secret = "$3" }
}
EOF
	swanctl_r2 --load-all --clear >"$swan/load.log" 2>&1 ||
		fail "swanctl --load-all: $(tail -n 3 "$swan/load.log")"
}

xfrm_interface()
{
	ip -n "$r2" link add ipsec1 type xfrm dev eth0 if_id 1 &&
	ip -n "$r2" addr add "$INNER2/24" dev ipsec1 &&
	ip -n "$r2" link set ipsec1 up
}

# --- tunneld ---------------------------------------------------------------

# agent_config ENCR INTEG PRF DH TRANSFORM PFS PSK RESPONDER_ONLY
agent_config()
{
	local integ="" pfs=""

	[ "$2" = none ] || integ="integrity = [ \"$2\" ];"
	[ "$6" = none ] || pfs="pfs = \"group$6\";"
	cat >"$work/r1.conf" <<EOF
log-level = "debug";
ikev2: {
  proposals = ( { name = "p"; encryption = [ "$1" ]; $integ
                  prf = [ "$3" ]; dh-group = [ $4 ]; } );
  policies = ( { name = "pol"; match: { address-local = [ "$OUTER1" ]; fvrf = "any"; };
                 proposals = [ "p" ]; } );
  profiles = ( { name = "prof"; keyring = "k"; lifetime = 86400;
                 authentication: { local = "pre-shared"; remote = [ "pre-shared" ]; };
                 match-identity-remote = ( { address = "$OUTER2"; } ); } );
};
keyrings = ( { name = "k"; peers = ( { name = "swan"; address = "$OUTER2"; pre-shared-key = "$7"; } ); } );
ipsec: {
  transform-sets = ( { name = "t"; mode = "tunnel"; transform = [ $5 ]; } );
  profiles = ( { name = "ip"; ikev2-profile = "prof"; $pfs
                 security-association-lifetime = 3600;
                 transform-sets = [ "t" ]; responder-only = $8; } );
};
interfaces = ( { name = "tunnel-ip1"; ipv4-address = "$INNER1 255.255.255.0";
                 tunnel: { mode = "ipsec ipv4"; source = "$OUTER1"; destination = "$OUTER2";
                           protection: { ipsec-profile = "ip"; }; }; } );
EOF
	chmod 0600 "$work/r1.conf"
}

start_agent()
{
	stop_agent
	swanctl_r2 --terminate --ike r1 --force >/dev/null 2>&1
	spawn_in "$r1" tunneld -f -c "$work/r1.conf" \
		--control "$work/r1.control" >"$work/r1.log" 2>&1
	agent=$spawned
	wait_until 20 tunctl_r1 show ikev2 summary ||
		fail "tunneld did not start: $(tail -n 5 "$work/r1.log")"
}

stop_agent()
{
	[ -z "$agent" ] || stop "$agent"
	agent=
}

tunctl_r1() { in_r1 tunctl --control "$work/r1.control" "$@"; }
tunnel_up() { [ "$(in_r1 cat /sys/class/net/tunnel-ip1/carrier)" = 1 ]; }
tunnel_down() { ! tunnel_up; }

explain()
{
	tail -n 15 "$work/r1.log"
	tail -n 15 "$swan/charon.log"
	tunctl_r1 why tunnel-ip1
	return 1
}

traffic()
{
	in_r1 ping -q -c 3 -i 0.2 -W 5 "$INNER2" &&
	in_r2 ping -q -c 2 -i 0.2 -W 5 -s 1200 "$INNER1"
}

initiate() { swanctl_r2 --initiate --child net --timeout 20; }

# connect WHO: "we" initiate or "they" do; true when traffic passes.
connect()
{
	start_agent || return 1
	[ "$1" = we ] || initiate || explain || return 1
	wait_until 30 tunnel_up || explain || return 1
	traffic || explain
}

# --- combinations -----------------------------------------------------------

# combination WHO IKE SUITE: rows of the two tables below.
combination()
{
	local who=$1 responder=false ike esp

	read -ra ike <<<"${ike_rows[$2]}"
	read -ra esp <<<"${esp_rows[$3]}"
	[ "$who" = we ] || responder=true
	agent_config "${ike[0]}" "${ike[1]}" "${ike[2]}" "${ike[3]}" \
		"\"${esp[0]//+/\", \"}\"" none secret "$responder"
	swan_config "${ike[4]}" "${esp[1]}" secret && connect "$who"
	local status=$?
	swanctl_r2 --terminate --ike r1 >/dev/null 2>&1
	stop_agent
	return $status
}

declare -A ike_rows=(
	[cbc256-sha256-dh20]="aes-cbc-256 sha-256 sha-256 20 aes256-sha256-ecp384"
	[gcm256-sha384-dh19]="aes-gcm-256 none sha-384 19 aes256gcm16-prfsha384-ecp256"
	[cbc128-sha1-dh21]="aes-cbc-128 sha-1 sha-1 21 aes128-sha1-ecp521"
)
declare -A esp_rows=(
	[cbc256-sha256]="esp-256-aes+esp-hmac-sha-256 aes256-sha256"
	[cbc128-sha512]="esp-aes+esp-hmac-sha-512 aes128-sha512"
	[gcm256]="esp-gcm-256 aes256gcm16"
)

all_combinations()
{
	local who ike esp

	for who in we they; do
		for ike in "${!ike_rows[@]}"; do
			for esp in "${!esp_rows[@]}"; do
				stage "$who initiate, IKE $ike, ESP $esp" \
					combination "$who" "$ike" "$esp"
			done
		done
	done
}

# --- one tunnel, many events -------------------------------------------------

standard()
{
	agent_config aes-cbc-256 sha-256 sha-256 20 \
		'"esp-256-aes", "esp-hmac-sha-256"' 19 "${1-secret}" false
	swan_config aes256-sha256-ecp384 aes256-sha256-ecp256 secret
}

bring_up() { standard && connect we; }

spi_in() { tunctl_r1 --json show ipsec sa | grep -m1 -o '"spi": *"0x[0-9a-f]*"'; }

spi_changed() { [ "$(spi_in)" != "$before" ]; }

# Pings all through what the arguments do; not one may be lost.
no_loss_while()
{
	local pinger

	spawn_in "$r1" ping -q -i 0.05 -c 100 -W 5 "$INNER2" >"$work/ping.log"
	pinger=$spawned
	"$@" || return 1
	wait "$pinger"
	grep -q ' 0% packet loss' "$work/ping.log" ||
		fail "lost packets: $(tail -n 2 "$work/ping.log")"
}

their_child_rekey()
{
	before=$(spi_in)
	swanctl_r2 --rekey --child net && wait_until 20 spi_changed
}

they_rekey_child() { no_loss_while their_child_rekey || explain; }

their_ike_rekey()
{
	before=$(tunctl_r1 --json show ikev2 sa | grep -o '"spi-local": *"[^"]*"')
	swanctl_r2 --rekey --ike r1 && wait_until 20 ike_changed
}

ike_changed()
{
	! tunctl_r1 --json show ikev2 sa | grep -qF "$before"
}

they_rekey_ike() { no_loss_while their_ike_rekey && traffic || explain; }

# Our own rekeys come with short lifetimes, the shortest that may be set.
we_rekey_both()
{
	stop_agent
	sed -i 's/lifetime = 86400/lifetime = 120/; s/lifetime = 3600/lifetime = 120/' \
		"$work/r1.conf"
	start_agent && wait_until 30 tunnel_up || explain || return 1
	spawn_in "$r1" ping -q -i 0.5 -c 250 -W 5 "$INNER2" >"$work/ping.log"
	wait "$spawned"
	grep -q ' 0% packet loss' "$work/ping.log" ||
		fail "lost packets: $(tail -n 2 "$work/ping.log")" || return 1
	grep -q 'rekeyed' "$work/r1.log" ||
		fail "no child rekey in $SECONDS s" || explain || return 1
	grep -q 'superseded' "$work/r1.log" || fail "no IKE rekey" || explain
}

they_delete_child()
{
	before=$(spi_in)
	swanctl_r2 --terminate --child net >/dev/null &&
	wait_until 20 spi_changed && wait_until 20 tunnel_up && traffic ||
		explain
}

they_delete_ike()
{
	swanctl_r2 --terminate --ike r1 >/dev/null &&
	wait_until 30 tunnel_up && traffic || explain
}

we_delete()
{
	tunctl_r1 clear ikev2 session && wait_until 30 tunnel_up && traffic ||
		explain
}

peer_restarts()
{
	stop "$charon" KILL
	rm -f "$swan/charon.vici"
	ip -n "$r2" xfrm state flush
	ip -n "$r2" xfrm policy flush
	start_charon && standard && initiate &&
		wait_until 30 traffic || explain
}

stop_leaves_nothing()
{
	stop_agent
	in_r1 ip link show tunnel-ip1 &&
		fail "the interface outlived a clean stop" && return 1
	wait_until 10 no_peer_sa
}

no_peer_sa() { [ -z "$(swanctl_r2 --list-sas)" ]; }

# --- refusals ----------------------------------------------------------------

says() { tunctl_r1 why tunnel-ip1 | grep -q "$1"; }

wrong_psk_as_initiator()
{
	standard wrong && start_agent || return 1
	wait_until 30 says 'the peer refused our authentication' &&
	says 'pre-shared-key' || explain
	local status=$?
	stop_agent
	return $status
}

wrong_psk_as_responder()
{
	standard wrong || return 1
	sed -i 's/responder-only = false/responder-only = true/' "$work/r1.conf"
	start_agent || return 1
	initiate
	wait_until 10 says 'the pre-shared keys differ' || explain
	local status=$?
	stop_agent
	return $status
}

no_common_proposal()
{
	standard && swan_config aes128-sha1-ecp521 aes256-sha256 secret &&
		start_agent || return 1
	wait_until 60 says 'no common IKE proposal' || explain
	local status=$?
	stop_agent
	return $status
}

prepare()
{
	load_module && two_routers && xfrm_interface && start_charon
}

stage "topology and charon" prepare
all_combinations
for event in bring_up they_rekey_child they_rekey_ike they_delete_child \
		they_delete_ike we_delete peer_restarts stop_leaves_nothing \
		we_rekey_both wrong_psk_as_initiator wrong_psk_as_responder \
		no_common_proposal; do
	stage "${event//_/ }" "$event"
done
ktap_finish
