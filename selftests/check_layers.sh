#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The direction of dependencies, checked with grep: who may include what, and
# what every file must begin with. One result per rule; the offending lines
# stand above a failed one.

# Rules read a pipe and count in this shell.
shopt -s lastpipe
cd "$(dirname "$0")/.." || exit 1
count=0 failed=0

# rule SENTENCE: fails when there are lines on standard input.
rule()
{
	local offences

	offences=$(cat)
	count=$((count + 1))
	if [ -z "$offences" ]; then
		echo "ok $count $1"
		return
	fi
	sed 's/^/# /' <<<"$offences"
	echo "not ok $count $1"
	failed=1
}

# includes PATTERN DIRECTORY...: "file:line" of each include that matches.
includes()
{
	local pattern=$1

	shift
	grep -rnE --include='*.[ch]' "^[[:space:]]*#[[:space:]]*include[[:space:]]*$pattern" \
		"$@" 2>/dev/null
}

# except PATH-REGEX: drops the places where it is allowed.
except() { grep -vE "^($1)"; }

# above DIRECTORY ALLOWED...: what a directory of agent/ includes of others'.
above()
{
	local dir=$1 allowed

	shift
	allowed=$(IFS='|' && echo "$*")
	includes '"[a-z_]+/' "agent/$dir" |
		grep -vE "include[[:space:]]*\"($dir|${allowed// /|})(/|\.h)"
}

includes '<openssl/' agent tools |
	except 'agent/(crypto|fips|pki)/|agent/ppk/(etsi|http)\.c|agent/util/secret\.c' |
	rule "OpenSSL only in crypto, fips, pki, the key source client and secret.c"
includes '<(netlink|libnl)' agent tools | except 'agent/kernel_nl/' |
	rule "libnl only in kernel_nl"
includes '<libconfig' agent tools | except 'agent/config/parse\.c' |
	rule "libconfig only in config/parse.c"
includes '<sys/epoll' agent tools | except 'agent/event/' |
	rule "epoll only in event"
includes '<linux/tunnel_ip\.h>' kernel agent |
	except 'kernel/(netlink|link)[a-z_]*\.[ch]|kernel/(notify|device|stats|fib)\.[ch]|kernel/crypto/suite\.[ch]|agent/kernel_nl/' |
	rule "the uapi header only where the kernel or agent speaks netlink"

# The layers of the agent, each with what lies below it.
above util '' | rule "util includes nothing of the agent"
above log util | rule "log includes only util"
above proto util | rule "proto includes only util"
above event util log | rule "event includes only util and log"
above crypto util log proto/ids | rule "crypto includes only util, log and proto/ids"
above fips util log crypto | rule "fips includes only lower layers"
above net util log event proto/ids | rule "net includes only util, log, event and proto/ids"
above kernel_nl util log event | rule "kernel_nl includes only util, log and event"
above ppk util log event | rule "ppk includes only util, log and event"
above pki util log crypto proto/ids | rule "pki includes only util, log, crypto and proto/ids"
above config util log proto/ids crypto/alg fips net ppk pki kernel_nl |
	rule "config includes no layer above it"
above ike util log proto event crypto fips net kernel_nl ppk pki config |
	rule "ike does not include ctl"
above ctl util log event ike/view ppk/sks | rule "ctl sees ike through view.h only, key sources through sks.h"
includes '"ike/' agent | except 'agent/(ike|ctl)/|agent/main\.c' |
	rule "only ctl and main include from ike"
includes '"[a-z_]+/' tools/keysource |
	grep -vE '"((util|log|event)/[a-z_]+|config/(load|value|vet)|ppk/dialect)\.h"' |
	rule "tunnel-keysource uses util, log, event, the configuration's loader and ppk/dialect"
includes '<wolfssl/' agent tools | except 'tools/keysource/(tls|etsi_api)\.c' |
	rule "wolfSSL only in tunnel-keysource"
includes '<curl/' agent tools | except 'agent/ppk/http\.c' |
	rule "libcurl only in ppk/http.c"
includes '"[a-z_]+/' tools | except 'tools/keysource/' |
	grep -vE '"(util/[a-z_]+|proto/ids|crypto/alg|kernel_nl/[a-z_]+|ctl/(client|ctl_proto))\.h"' |
	rule "tools use util, proto/ids, crypto/alg, kernel_nl and ctl's client side"

# The layers of the module.
layer1='kernel/(esp|replay|prefix|selector|stats|crypto/suite)\.[ch]'
includes '"(device|netlink|tx|rx|encap|notify|sad|route)\.h"' kernel |
	grep -E "^$layer1" | rule "kernel layer 1 includes no layer above it"
includes '"rx\.h"' kernel/tx.c | rule "tx.c does not include rx.h"
includes '"tx\.h"' kernel/rx.c | rule "rx.c does not include tx.h"
includes '"netlink[a-z_]*\.h"' kernel | except 'kernel/(netlink[a-z_]*|main)\.[ch]' |
	rule "only netlink and main include netlink.h"
grep -rnE 'LINUX_VERSION_CODE|KERNEL_VERSION|RHEL_' kernel | except 'kernel/compat\.h' |
	rule "kernel versions are mentioned in compat.h only"

# What every file owes its reader.
git ls-files -- '*.c' '*.h' '*.sh' '*.py' 'selftests/qemu/*' Kbuild Makefile '*/Makefile' \
	'*.mk' tools/setup selftests/check |
	grep -v 'selftests/qemu/splats' | while read -r file; do
	[ ! -f "$file" ] || head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0' ||
		echo "$file"
done | rule "every source file names its licence"
git grep -nIwE '[T]ODO|[F]IXME|[X]XX|[H]ACK' -- '*.c' '*.h' '*.sh' '*.py' Makefile Kbuild |
	rule "no left-over marks"
git ls-files -- '*.c' '*.h' '*.sh' | xargs -r wc -l |
	awk '$2 != "total" && $1 > 800 { print $2 ": " $1 " lines" }' |
	rule "no file over 800 lines"
git ls-files -- '*.c' | xargs -r awk '
	FNR == 1 { start = 0 }
	/^{/ { start = FNR }
	/^}/ {
		if (start && FNR - start > 70)
			print FILENAME ":" start ": " FNR - start " lines"
		start = 0
	}' | rule "no function over 70 lines"

echo "1..$count"
exit $failed
