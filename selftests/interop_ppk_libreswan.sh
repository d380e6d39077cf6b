#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154 # variables are the libraries'
#
# Post-quantum preshared keys in IKE_AUTH (RFC 8784) between tunneld and Debian
# 13's libreswan: who has one, insists on it, or has another, in both roles; then
# rekeys.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require python3
. "$(dirname "$0")/suites_lib.sh"
. "$(dirname "$0")/peers_lib.sh"
. "$(dirname "$0")/ppk_lib.sh"
use_libreswan_ppk trixie-libreswan

run_stages "${ppk_stages[@]}"
