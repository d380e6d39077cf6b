#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154,SC2317 # variables are the
# libraries', and stages are called by them
#
# tunneld and Debian 13's libreswan with a NAT between them (nat_lib.sh).

. "$(dirname "$0")/lib.sh"
require_guest "$@"
. "$(dirname "$0")/nat_lib.sh"
use_libreswan trixie-libreswan

# pluto sees that we come from another port, says so, and goes on sending to the
# old one, with MOBIKE or without: our liveness check has to find out.
our_mapping_changes()
{
	remember
	masquerade 21000-21999
	wait_until 60 children_changed && traffic || explain || return 1
	peer_log | grep -q 'ignoring peer endpoint change' &&
	agent_says 'the peer stopped answering' || explain
}

run_stages "${nat_stages[@]}"
