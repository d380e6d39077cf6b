#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # variables are the libraries'
#
# tunneld and Debian 13's strongSwan 6 with a NAT between them (nat_lib.sh).

. "$(dirname "$0")/lib.sh"
require_guest "$@"
. "$(dirname "$0")/nat_lib.sh"
use_strongswan trixie-strongswan

run_stages "${nat_stages[@]}"
