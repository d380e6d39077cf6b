# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# A daemon in a root directory of its own (qemu/fetch-peers) that shares the
# script's directory with this system's root.

peer_root=''

# use_root NAME: its daemons; a script says so before it prepares anything.
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
