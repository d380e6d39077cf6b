# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Debian's packages unpacked (not installed) into root directories of their own,
# which later clones find again: what the fetch- programs share. A
# script sets $what (for messages), $suite if it is not Debian 13 and $arch if
# it is not this system's, and calls root_once for each root.

set -euo pipefail

cache=/var/cache/tunnel-ip
mirror=http://deb.debian.org/debian
key=/usr/share/keyrings/debian-archive-keyring.gpg
suite=trixie
native=$(dpkg --print-architecture)
arch=$native

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# own_apt SUITE...: an apt of its own in $own, so that the user's sources and
# lists stay as they are.
own_apt()
{
	local suite

	mkdir -p "$dir"/{sources,lists/partial,cache/archives/partial,debs}
	for suite; do
		echo "deb [signed-by=$key] $mirror $suite main"
	done >"$dir/sources/trixie.list"
	own=(-q -o Dir::Etc::sourcelist=/dev/null
		-o "Dir::Etc::sourceparts=$dir/sources"
		-o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache"
		-o Dir::State::status=/dev/null -o APT::Sandbox::User=root)
	# Of both, for what runs here.
	[ "$arch" = "$native" ] ||
		own+=(-o "APT::Architecture=$arch" -o "APT::Architectures::=$arch"
			-o "APT::Architectures::=$native")
	apt-get "${own[@]}" update
}

# fetch SUITE PACKAGE...: into debs/.
fetch()
{
	local suite=$1

	shift
	(cd "$dir/debs" && apt-get "${own[@]}" -t "$suite" download "$@")
}

# unpack PACKAGE...: these and what they need, as $dir/root.
unpack()
{
	local valid=true

	# A mirror that lags behind is this system's own affair.
	eval "$(apt-config shell valid Acquire::Check-Valid-Until)"
	mmdebstrap -q --variant=extract --architectures="$arch" --include="$*" \
		--aptopt="Acquire::Check-Valid-Until \"$valid\"" \
		"$suite" "$dir/root" "deb [signed-by=$key] $mirror $suite main"
	# A link that the package's installation would have made.
	[ ! -e "$dir/root/usr/bin/mawk" ] || ln -s mawk "$dir/root/usr/bin/awk"
}

# Nobody needs these to run what is in there.
strip_root()
{
	rm -rf "$dir"/root/usr/{share/doc,share/man,share/locale,lib/debug} \
		"$dir"/root/var/{cache/apt,lib/apt}
}

# root_once NAME COMMAND...: silent when the root is there; otherwise the
# command, which ends with the first error, makes it in $dir/root.
root_once()
{
	local root=$cache/$1

	shift
	[ ! -d "$root" ] || return 0
	[ "$(id -u)" -eq 0 ] || die "must be root to make $root"
	command -v mmdebstrap >/dev/null || die "no mmdebstrap: run tools/setup"
	mkdir -p $cache
	dir=$(mktemp -d "$cache/fetch.XXXXXX")
	chmod 0755 "$dir"
	trap 'rm -rf "$dir"' EXIT
	echo "${0##*/}: unpacking $what into $root"
	# Apart, so that the first error ends it (a condition would switch -e off).
	"$@" >"$dir/log" 2>&1 &
	wait $! ||
		die "failed: $(grep -m 1 -E '^E:|rror' "$dir/log" || tail -n 1 "$dir/log")"
	# Another one may have been as fast.
	mv -T "$dir/root" "$root" 2>/dev/null || [ -d "$root" ]
	rm -rf "$dir"
	trap - EXIT
}
