# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The daemons of other makes for suites_lib.sh: strongSwan, this system's or
# Debian 13's, and Debian 13's libreswan. use_strongswan [ROOT] or use_libreswan
# ROOT defines peer_start and the rest of what the suites want.

. "$selftests/peer_root_lib.sh"

peer_dir=$work/peer
peer=''

in_peer()
{
	in_r2 ${peer_root:+chroot "$peer_root"} "$@"
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
	remote_addrs = $(seen_by_peer "$1")
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

# --- libreswan ---------------------------------------------------------------

pluto=/usr/libexec/ipsec/pluto	# in the root

use_libreswan()
{
	use_root "$1"
	# One hash serves as PRF and for integrity.
	tied=yes hosts_only=yes
	peer_log() { cat "$peer_dir/pluto.log"; }
	peer_start() { pluto_start; }
	peer_load() { pluto_load; }
	peer_do() { whack_rows "$@"; }
}

whack()
{
	in_peer /usr/libexec/ipsec/whack --rundir "$peer_dir" "$@"
}

# whack_rows WHAT ROW...: one process for them all. whack waits for the end of
# what it began, some of it for ever.
whack_rows()
{
	local what=--$1

	shift
	# shellcheck disable=SC2016 # the other shell's words
	in_peer bash -c 'for n in "${@:2}"; do
		timeout 20 /usr/libexec/ipsec/whack --rundir "$0" --asynchronous "$1" --name "r$n" ||
			exit
	done' "$peer_dir" "$what" "$@" >"$peer_dir/whack.log" 2>&1 ||
		fail "whack $what: $(tail -n 2 "$peer_dir/whack.log")"
}

pluto_start()
{
	mkdir -p "$peer_dir"/{nss,ipsec.d}
	[ -e "$peer_dir/nss/cert9.db" ] ||
		in_peer certutil -N -d "sql:$peer_dir/nss" --empty-password ||
		fail "no NSS database" || return 1
	[ -s "$peer_dir/ipsec.conf" ] || pluto_conf
	rm -f "$peer_dir"/pluto.{ctl,pid}
	spawn_in "$r2" chroot "$peer_root" "$pluto" --nofork \
		--config "$peer_dir/ipsec.conf" --rundir "$peer_dir" \
		--secretsfile "$peer_dir/ipsec.secrets" --ipsecdir "$peer_dir/ipsec.d" \
		--nssdir "$peer_dir/nss" --no-dnssec \
		--logfile "$peer_dir/pluto.log" >"$peer_dir/out" 2>&1
	peer=$spawned
	wait_until 90 whack --status ||
		fail "pluto did not start: $(tail -n 5 "$peer_dir/out" "$peer_dir/pluto.log")"
}

pluto_id() { case $1 in [0-9]*) REPLY=$1 ;; *) REPLY=@$1 ;; esac; }

# The proposals of a row, in $ike and $esp.
pluto_words()
{
	local hash=sha2_$prf cipher=${transform%%+*}

	[ "$prf" != 1 ] || hash=sha1
	case $encr in
	gcm-*) ike=aes_gcm${encr#gcm-}-$hash-dh$group ;;
	*) ike=aes${encr#cbc-}-$hash-dh$group ;;
	esac
	case $transform in
	esp-gcm-*) esp=aes_gcm${transform#esp-gcm-}-none ;;
	esp-aes+*) esp=aes128 ;;
	*) esp=aes${cipher:4:3} ;;
	esac
	case $transform in
	*sha1) esp+=-sha1 ;;
	*hmac*) esp+=-sha2_${transform##*-} ;;
	esac
	[ "$pfs" = none ] || esp+=-dh$pfs
}

pluto_more=''	# more of every connection

# pluto has one policy for a pair of subnets, whatever the interface: only the
# first row's may be everything.
pluto_connection()
{
	local n=$1 ike esp left right near=10.9.$1.2/32 far=10.9.$1.1/32 has_pfs=yes

	row "$n"
	pluto_words
	pluto_id "$their_id"
	left=$REPLY
	pluto_id "$our_id"
	right=$REPLY
	[ "$n" -ne 1 ] || near=0.0.0.0/0 far=0.0.0.0/0
	[ "$pfs" != none ] || has_pfs=no
	printf '%s\n' "$left $right : PSK \"secret$n\"" "$peer_secret" \
		>>"$peer_dir/ipsec.secrets"
	echo "
conn r$n
	left=$THEIRS$n
	right=$(seen_by_peer "$n")
	leftid=$left
	rightid=$right
	leftsubnet=$near
	rightsubnet=$far
	authby=secret
	keyexchange=ikev2
	ike=$ike
	esp=$esp
	pfs=$has_pfs
	ipsec-interface=$((100 + n))
	leftupdown=/bin/true
	mobike=no
	auto=ignore
	$pluto_more
	$peer_more"
}

pluto_conf()
{
	local n

	install -m 0600 /dev/null "$peer_dir/ipsec.secrets"
	{
		echo "config setup"
		for n in $(rows); do
			pluto_connection "$n"
		done
	} >"$peer_dir/ipsec.conf"
}

pluto_load()
{
	local n names=()

	for n in $(rows); do
		names+=("r$n")
	done
	whack --listen >/dev/null
	in_peer /usr/libexec/ipsec/addconn --config "$peer_dir/ipsec.conf" \
		--ctlsocket "$peer_dir/pluto.ctl" "${names[@]}" >"$peer_dir/load.log" 2>&1 ||
		fail "addconn: $(tail -n 3 "$peer_dir/load.log")" || return 1
	! grep -E 'ERROR|failed' "$peer_dir/load.log"
}
