# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2086,SC2154 # fields and ranges are words
#
# What the scripts about reverse routes share, on top of sa_lib.sh. A script says
# for which family, 4 or 6, to which NET, with which RANGES and SELECTORS, and how
# its ROUTE and the FALLBACK are shown.

rri() { in_r1 tunip_rri "$@"; }
on() { rri set tunnel-ip1 $RANGES "$@"; }

# pair N [FIELDS...]: both SAs in $r1 alone.
pair() { sa_lines gcm128 "$1" 1 $SELECTORS "${@:2}" | sa1 batch; }

# ours NETNS [TABLE]: our routes, one a line, without what only IPv6 says; not by a
# filter of ip's, for then it leaves the protocol out.
ours()
{
	ip -n "$1" "-$family" route show table "${2:-main}" |
		sed -n 's/ pref medium//; s/ error [-0-9]*//; s/ dev lo//; s/ *$//
			s/ proto ipsec-rri/ proto 201/; / proto 201/p; /^unreachable/p'
}

# routes [TABLE]: those of $r1.
routes() { ours "$r1" "$@"; }

# has ROUTE [TABLE]; hasnt ROUTE [TABLE]
has() { routes "${2-}" | grep -qxF -e "$1"; }
hasnt() { ! has "$@"; }
must() { has "$@" || fail "no '$1' in: $(routes "${2-}")"; }
must_not() { hasnt "$@" || fail "'$1' in: $(routes "${2-}")"; }

far_has() { ours "$far" | grep -qxF -e "$1"; }
one_route() { [ "$(routes | grep -c 'dev tunnel-ip1')" = 1 ]; }
rule_is_back() { ip -n "$r1" "-$family" rule show | grep -q '^20201:'; }
nothing_left() { [ -z "$(routes)" ] && ! rule_is_back; }

# from ADDRESS: the route with this source.
from() { echo "${ROUTE/ metric/ src $1 metric}"; }

# What can be deleted was there; if it is there afterwards, it came back.
deleted_by_hand()
{
	ip -n "$r1" "-$family" route del $NET dev tunnel-ip1 metric 33554432
}
