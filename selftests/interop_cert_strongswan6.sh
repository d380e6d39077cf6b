#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # variables are the libraries'
#
# Certificates with Debian 13's strongSwan 6 (cert_lib.sh).

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require nft openssl
. "$(dirname "$0")/swan_lib.sh"
. "$(dirname "$0")/cert_lib.sh"
use_root trixie-strongswan

run_stages "${cert_stages[@]}"
