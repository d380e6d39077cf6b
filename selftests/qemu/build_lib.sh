# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Kernels of our own from Debian's source, kept where later clones find them:
# what debug-kernel and uml-kernel share. A script sets $name (its place in the
# cache), $arch, $configs over the $fragments of the source, and the other $parts
# that it builds from, and calls kernel_once.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tarball=/usr/src/linux-source-6.1.tar.xz
cache=/var/cache/tunnel-ip
parts=()

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# What it is built from.
stamp()
{
	cat "$0" "${parts[@]}" "${configs[@]}" \
		<(dpkg-query -W -f '${Version}\n' linux-source-6.1) | sha256sum
}

# Everything asked for must have survived the dependencies.
all_there()
{
	local line missing=0

	while read -r line; do
		grep -qxF "$line" .config && continue
		echo "${0##*/}: lost $line"
		missing=1
	done < <(grep -h '^CONFIG' "${configs[@]}")
	return $missing
}

# The source, $source, and a directory of results, where we are afterwards.
configure()
{
	tar -C "$root" -xf $tarball
	source=$root/linux-source-6.1
	mkdir -p "$root/build"
	make -s -C "$source" ARCH="$arch" O="$root/build" tinyconfig
	cd "$root/build"
	ARCH=$arch "$source/scripts/kconfig/merge_config.sh" -m -O . .config \
		"${fragments[@]/#/$source/}" "${configs[@]}"
	make -s ARCH="$arch" olddefconfig
	all_there
	# Makefiles of User Mode Linux read its result before they make it.
	make -s ARCH="$arch" syncconfig
}

# kernel_once MINUTES COMMAND: the command, which ends with the first error,
# makes it in $root; silent when it is there already.
kernel_once()
{
	root=$cache/$name
	[ "$(cat "$root/stamp" 2>/dev/null)" != "$(stamp)" ] || return 0
	[ "$(id -u)" -eq 0 ] || die "must be root to make $root"
	[ -e $tarball ] || die "no $tarball: run tools/setup kselftest debug"
	rm -rf "$root"
	# In its last place from the beginning: the build remembers where it is.
	mkdir -p "$root"
	echo "${0##*/}: building a kernel in $root, about $1 minutes"
	# Apart, so that the first error ends it (a condition would switch -e off).
	"$2" >"$root/log" 2>&1 &
	wait $! || die "failed, see $root/log: $(tail -n 1 "$root/log")"
	stamp >"$root/stamp"
}
