# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# tunneld at one end and strongSwan at the other, in namespaces of the script's
# choice, for the interop scripts: one connection "peer" with one child "net"
# over an xfrm interface. Identities are names, so that a NAT in between
# changes nothing about them. Set by the script before use:
#
#   agent_ns agent_addr agent_peer    tunneld: where, its address, the other's
#   swan_ns swan_addr swan_peer       strongSwan: the same
#
# and, if it likes, agent_ikev2 agent_profile agent_peer_more agent_ipsec
# agent_protection (more settings of these groups), agent_top (outside of every
# group), swan_conn (more of the connection), swan_child (more of the child),
# swan_secrets (more of them), swan_global (of strongswan.conf), swan_ike and
# swan_esp (proposals), swan_local_ts, swan_remote_ts, agent_sets (transform sets),
# responder_only, agent_mode (of the tunnel), agent_iface (more of the interface),
# swan_plugins, agent_key, agent_id, swan_id, swan_local and swan_remote (instead of
# a key). After use_root it is the
# strongSwan of that root directory (peer_root_lib.sh), which the script enters.

. "$selftests/peer_root_lib.sh"

AGENT_INNER=192.0.2.1
SWAN_INNER=192.0.2.2
agent_ikev2='' agent_profile='' agent_peer_more='' agent_ipsec=''
swan_conn='' swan_child='' swan_secrets='' swan_global=''
agent_top='' swan_local='auth = psk' swan_remote='auth = psk'
agent_id=a.example.com swan_id=s.example.com
agent_sets='"t"'
agent_protection='' agent_mode='ipsec ipv4' agent_iface=''
swan_plugins='random nonce openssl pem pkcs1 pkcs8 x509 pubkey constraints revocation kdf hmac kernel-netlink socket-default vici'
swan_local_ts=0.0.0.0/0 swan_remote_ts=0.0.0.0/0
responder_only=false
swan_ike=aes256-sha256-ecp256 swan_esp=aes256-sha256
agent_key=secret
swan=$work/swan
agent='' charon=''

in_agent() { ip netns exec "$agent_ns" "$@"; }
in_swan() { ip netns exec "$swan_ns" "$@"; }

# --- strongSwan ------------------------------------------------------------

# Each daemon has its configuration and socket in a directory of its own.
start_charon()
{
	mkdir -p "$swan"/{x509,x509ca,x509crl,private,conf.d}
	rm -f "$swan/charon.vici"
	cat >"$swan/strongswan.conf" <<END
charon-systemd {
	load = $swan_plugins
	retransmit_timeout = 2.0
	retransmit_tries = 3
	$swan_global
	plugins {
		vici { socket = unix://$swan/charon.vici }
	}
	filelog {
		log { path = $swan/charon.log
			default = 1
			flush_line = yes }
	}
}
swanctl {
	load = random nonce openssl pem pkcs1 pkcs8 pubkey x509
}
END
	STRONGSWAN_CONF=$swan/strongswan.conf spawn_in "$swan_ns" \
		${peer_root:+chroot "$peer_root"} /usr/sbin/charon-systemd >"$swan/daemon.out" 2>&1
	charon=$spawned
	wait_until 120 [ -S "$swan/charon.vici" ] ||
		fail "charon did not start: $(tail -n 5 "$swan/daemon.out")"
}

# Gone without a word, and its SAs with it, as if the power had failed.
kill_charon()
{
	stop "$charon" KILL
	ip -n "$swan_ns" xfrm state flush
	ip -n "$swan_ns" xfrm policy flush
}

swanctl_peer()
{
	STRONGSWAN_CONF=$swan/strongswan.conf SWANCTL_DIR=$swan \
		in_swan ${peer_root:+chroot "$peer_root"} swanctl "$@" --uri "unix://$swan/charon.vici"
}

swan_config()
{
	cat >"$swan/swanctl.conf" <<END
connections {
	peer {
		version = 2
		local_addrs = $swan_addr
		remote_addrs = $swan_peer
		proposals = $swan_ike
		mobike = no
		if_id_in = 1
		if_id_out = 1
		rekey_time = 0
		dpd_delay = 0
		$swan_conn
		local { $swan_local
			id = $swan_id }
		remote { $swan_remote
			id = $agent_id }
		children {
			net {
				local_ts = $swan_local_ts
				remote_ts = $swan_remote_ts
				esp_proposals = $swan_esp
				rekey_time = 0
				replay_window = 1024
				start_action = none
				$swan_child
			}
		}
	}
}
secrets {
	ike-peer { id-1 = $agent_id
		id-2 = $swan_id
		secret = "secret" }
	$swan_secrets
}
END
	swanctl_peer --load-all --clear >"$swan/load.log" 2>&1 ||
		fail "swanctl --load-all: $(tail -n 3 "$swan/load.log")"
}

xfrm_interface()
{
	ip -n "$swan_ns" link add ipsec1 type xfrm dev eth0 if_id 1 &&
	ip -n "$swan_ns" addr add "$SWAN_INNER/24" dev ipsec1 &&
	ip -n "$swan_ns" link set ipsec1 up
}

initiate() { swanctl_peer --initiate --child net --timeout 20; }

# --- tunneld ---------------------------------------------------------------

agent_config()
{
	cat >"$work/agent.conf" <<END
log-level = "debug";
$agent_top
ikev2: { $agent_ikev2
  proposals = ( { name = "p"; encryption = [ "aes-cbc-256" ]; integrity = [ "sha-256" ];
                  prf = [ "sha-256" ]; dh-group = [ 19 ]; } );
  policies = ( { name = "pol"; proposals = [ "p" ]; } );
  profiles = ( { name = "prof"; keyring = "k"; lifetime = 86400; $agent_profile
                 local-identity: { fqdn = "$agent_id"; };
                 match-identity-remote = ( { fqdn = "$swan_id"; } ); } );
};
keyrings = ( { name = "k"; peers = ( { name = "swan"; address = "$agent_peer";
               identity: { fqdn = "$swan_id"; }; pre-shared-key = "$agent_key";
               $agent_peer_more } ); } );
ipsec: {
  transform-sets = ( { name = "t"; transform = [ "esp-256-aes", "esp-hmac-sha-256" ]; },
                     { name = "t2"; transform = [ "esp-aes", "esp-hmac-sha1" ]; },
                     { name = "t3"; transform = [ "esp-192-aes", "esp-hmac-sha1" ]; },
                     { name = "t4"; transform = [ "esp-aes", "esp-hmac-sha-384" ]; },
                     { name = "t5"; transform = [ "esp-aes", "esp-hmac-sha-512" ]; } );
  profiles = ( { name = "ip"; ikev2-profile = "prof"; transform-sets = [ $agent_sets ]; $agent_ipsec
                 responder-only = $responder_only; } );
};
interfaces = ( { name = "tunnel-ip1"; ipv4-address = "$AGENT_INNER 255.255.255.0";
                 $agent_iface
                 tunnel: { mode = "$agent_mode"; source = "$agent_addr"; destination = "$agent_peer";
                           protection: { ipsec-profile = "ip"; $agent_protection }; }; } );
END
	chmod 0600 "$work/agent.conf"
}

start_agent()
{
	stop_agent
	agent_config
	spawn_in "$agent_ns" tunneld -f -c "$work/agent.conf" \
		--control "$work/control" >>"$work/agent.log" 2>&1
	agent=$spawned
	wait_until 60 tunctl_agent show ikev2 summary ||
		fail "tunneld did not start: $(tail -n 5 "$work/agent.log")"
}

stop_agent()
{
	[ -z "$agent" ] || stop "$agent"
	agent=
}

tunctl_agent() { in_agent tunctl --control "$work/control" "$@"; }
tunnel_up() { [ "$(in_agent cat /sys/class/net/tunnel-ip1/carrier)" = 1 ]; }
tunnel_down() { ! tunnel_up; }
agent_says() { grep -q "$1" "$work/agent.log"; }
why_says() { tunctl_agent why tunnel-ip1 | grep -q -e "$1"; }
swan_says() { grep -q "$1" "$swan/charon.log"; }

# What was said before does not count.
forget_logs() { : >"$work/agent.log"; : >"$swan/charon.log"; }

explain()
{
	tail -n 25 "$work/agent.log"
	tail -n 15 "$swan/charon.log"
	tunctl_agent why tunnel-ip1
	return 1
}

traffic()
{
	in_agent ping -q -c 3 -i 0.2 -W 5 "$SWAN_INNER" &&
	in_swan ping -q -c 2 -i 0.2 -W 5 -s 1200 "$AGENT_INNER"
}

spi_in()
{
	tunctl_agent --json show ipsec sa | grep -m1 -o '"spi": *"0x[0-9a-f]*"'
}

spi_changed() { [ "$(spi_in)" != "$before" ]; }
