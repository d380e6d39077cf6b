#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs a quick script of ours through the kernel's own test runner, inside a
# guest: proof that selftests/ is a kselftest directory like any other. The
# runner comes out of Debian's linux-source package.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
source=$top/build/kselftest

if [ -n "${TUNNEL_IP_VM-}" ]; then
	exec make -s -C "$top/selftests" run_tests \
		KSELFTEST_SRC="$source/selftests" TEST_PROGS=link.sh
fi

if [ ! -e "$source/selftests/lib.mk" ]; then
	"$top/tools/setup" kselftest >&2
	tree=tools/testing/selftests
	mkdir -p "$source"
	tar -C "$source" -xf /usr/src/linux-source-6.1.tar.xz \
		--strip-components=3 --wildcards \
		"*/$tree/lib.mk" "*/$tree/kselftest*"
fi
exec "$here/run" "$here/kselftest.sh"
