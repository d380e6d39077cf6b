#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154 # variables are the libraries'
#
# tunneld and Debian 13's libreswan: every suite, group and kind of identity,
# rekeys, deletes and silence from each side.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
. "$(dirname "$0")/suites_lib.sh"
. "$(dirname "$0")/peers_lib.sh"
use_libreswan trixie-libreswan

run_stages "${suite_stages[@]}"
