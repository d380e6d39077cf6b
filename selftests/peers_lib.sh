# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The daemons of other makes for suites_lib.sh: strongSwan, this system's or
# that of a root directory. use_strongswan [ROOT] defines peer_start and the rest
# of what the suites want.

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

# bare_hash WORD, from the table, for both.
bare_hash() { [ "$1" = 1 ] && echo sha1 || echo "sha$1"; }

# --- strongSwan ------------------------------------------------------------

use_strongswan()
{
	[ -n "${1-}" ] && use_root "$1" || require charon-systemd swanctl
	peer_log() { cat "$peer_dir/charon.log"; }
	peer_start() { swan_start; }
	peer_load() { swan_load; }
	peer_initiate() { swanctl_peer --initiate --child "net$1" --timeout 60; }
	peer_rekey_child() { swanctl_peer --rekey --child "net$1"; }
	peer_rekey_ike() { swanctl_peer --rekey --ike "r$1"; }
	peer_delete_child() { swanctl_peer --terminate --child "net$1"; }
	peer_delete_ike() { swanctl_peer --terminate --ike "r$1"; }
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

# The words of a row.
swan_ike()
{
	local words=aes${encr#*-}

	case $encr in
	gcm-*) words+=gcm16 ;;
	*) words+=-$(bare_hash "$integ") ;;
	esac
	echo "$words-prf$(bare_hash "$prf")-$(swan_group "$group")"
}

swan_group()
{
	case $1 in
	19) echo ecp256 ;;
	20) echo ecp384 ;;
	21) echo ecp521 ;;
	esac
}

swan_esp()
{
	local words

	case $transform in
	esp-gcm-*) words=aes${transform#esp-gcm-}gcm16 ;;
	esp-aes+*) words=aes128 ;;
	*) words=aes${transform:4:3} ;;
	esac
	case $transform in
	*sha1) words+=-sha1 ;;
	*hmac*) words+=-sha${transform##*-} ;;
	esac
	[ "$pfs" = none ] || words+=-$(swan_group "$pfs")
	echo "$words"
}

swan_load()
{
	local n

	{
		echo "connections {"
		for n in $(rows); do
			row "$n"
			cat <<END
	r$n {
		version = 2
		local_addrs = $THEIRS$n
		remote_addrs = $OURS$n
		proposals = $(swan_ike)
		mobike = no
		if_id_in = $((100 + n))
		if_id_out = $((100 + n))
		rekey_time = 0
		dpd_delay = 0
		local { auth = psk
			id = $their_id }
		remote { auth = psk
			id = $our_id }
		children {
			net$n {
				local_ts = 0.0.0.0/0
				remote_ts = 0.0.0.0/0
				esp_proposals = $(swan_esp)
				rekey_time = 0
				start_action = none
			}
		}
	}
END
		done
		echo "}"
		echo "secrets {"
		for n in $(rows); do
			row "$n"
			echo "ike-r$n { id-1 = $our_id"
			echo "id-2 = $their_id"
			echo "secret = \"secret$n\" }"
		done
		echo "}"
	} >"$peer_dir/swanctl.conf"
	swanctl_peer --load-all --clear >"$peer_dir/load.log" 2>&1 ||
		fail "swanctl --load-all: $(tail -n 3 "$peer_dir/load.log")"
}
