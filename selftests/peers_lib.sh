# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The daemons of other makes for suites_lib.sh: strongSwan, this system's or
# Debian 13's. use_strongswan [ROOT] defines peer_start and the rest of what the
# suites want.

peer_dir=$work/peer
peer_root='' peer=''

in_peer()
{
	in_r2 ${peer_root:+chroot "$peer_root"} "$@"
}

# use_root NAME: a root of fetch-peers, with our directory in it.
use_root()
{
	peer_root=/var/cache/tunnel-ip/$1
	[ -d "$peer_root" ] || ktap_skip_all "no $peer_root: run selftests/qemu/fetch-peers"
}

enter_root()
{
	[ -n "$peer_root" ] || return 0
	on_cleanup leave_root
	mkdir -p "$peer_root$work" &&
	mount --bind "$work" "$peer_root$work" &&
	mount --bind /dev "$peer_root/dev" &&
	mount -t proc proc "$peer_root/proc" &&
	mount -t tmpfs tmpfs "$peer_root/run"
}

leave_root()
{
	umount -l "$peer_root"/{run,proc,dev} "$peer_root$work" 2>/dev/null
	rmdir "$peer_root$work" 2>/dev/null
}

peer_kill()
{
	stop "$peer" KILL
	ip -n "$r2" xfrm state flush
	ip -n "$r2" xfrm policy flush
}

# --- strongSwan ------------------------------------------------------------

use_strongswan()
{
	[ -n "${1-}" ] && use_root "$1" || require charon-systemd swanctl
	peer_log() { cat "$peer_dir/charon.log"; }
	peer_start() { swan_start; }
	peer_load() { swan_load; }
	peer_do() { "$selftests/vici_rows.py" "$peer_dir/charon.vici" "$@"; }
}

swan_start()
{
	mkdir -p "$peer_dir"/{x509,x509ca,private,conf.d}
	rm -f "$peer_dir/charon.vici"
	cat >"$peer_dir/strongswan.conf" <<END
charon-systemd {
	load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey constraints revocation kdf hmac kernel-netlink socket-default vici
	retransmit_timeout = 2.0
	retransmit_tries = 3
	plugins {
		vici { socket = unix://$peer_dir/charon.vici }
	}
	filelog {
		log { path = $peer_dir/charon.log
			default = 1
			ike_name = yes
			flush_line = yes }
	}
}
swanctl { load = pem pkcs1 pkcs8 x509 openssl random nonce }
END
	STRONGSWAN_CONF=$peer_dir/strongswan.conf spawn_in "$r2" \
		${peer_root:+chroot "$peer_root"} /usr/sbin/charon-systemd >"$peer_dir/out" 2>&1
	peer=$spawned
	wait_until 90 [ -S "$peer_dir/charon.vici" ] ||
		fail "charon did not start: $(tail -n 5 "$peer_dir/out")"
}

swanctl_peer()
{
	STRONGSWAN_CONF=$peer_dir/strongswan.conf SWANCTL_DIR=$peer_dir \
		in_peer swanctl "$@" --uri "unix://$peer_dir/charon.vici"
}

declare -A swan_groups=([none]='' [19]=-ecp256 [20]=-ecp384 [21]=-ecp521)

# The proposals of a row, in $ike and $esp.
swan_words()
{
	local cipher=${transform%%+*}

	case $encr in
	gcm-*) ike=aes${encr#*-}gcm16 ;;
	*) ike=aes${encr#*-}-sha$integ ;;
	esac
	ike+=-prfsha$prf${swan_groups[$group]}
	case $transform in
	esp-gcm-*) esp=aes${transform#esp-gcm-}gcm16 ;;
	esp-aes+*) esp=aes128 ;;
	*) esp=aes${cipher:4:3} ;;
	esac
	case $transform in
	*sha1) esp+=-sha1 ;;
	*hmac*) esp+=-sha${transform##*-} ;;
	esac
	esp+=${swan_groups[$pfs]}
}

swan_connection()
{
	local ike esp

	row "$1"
	swan_words
	echo "r$1 {
	version = 2
	local_addrs = $THEIRS$1
	remote_addrs = $OURS$1
	proposals = $ike
	mobike = no
	if_id_in = $((100 + $1))
	if_id_out = $((100 + $1))
	rekey_time = 0
	dpd_delay = 0
	$peer_more
	local { auth = psk
		id = $their_id }
	remote { auth = psk
		id = $our_id }
	children {
		net$1 {
			local_ts = 0.0.0.0/0
			remote_ts = 0.0.0.0/0
			esp_proposals = $esp
			rekey_time = 0
			start_action = none
		}
	}
}"
}

swan_secret()
{
	row "$1"
	echo "ike-r$1 { id-1 = $our_id
	id-2 = $their_id
	secret = \"secret$1\" }
$peer_secret"
}

swan_load()
{
	local n

	[ -s "$peer_dir/swanctl.conf" ] || {
		echo "connections {"
		for n in $(rows); do
			swan_connection "$n"
		done
		echo "}"
		echo "secrets {"
		for n in $(rows); do
			swan_secret "$n"
		done
		echo "}"
	} >"$peer_dir/swanctl.conf"
	swanctl_peer --load-all --clear >"$peer_dir/load.log" 2>&1 ||
		fail "swanctl --load-all: $(tail -n 3 "$peer_dir/load.log")"
}
