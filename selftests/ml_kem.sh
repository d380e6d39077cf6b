#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # variables of the libraries
#
# Two routers whose tunneld has OpenSSL 3.5: ML-KEM beside the ordinary group,
# on the wire and on the screens; and a router without it, which is told so.

. "$(dirname "$0")/lib.sh"
. "$selftests/agent_lib.sh"
require_guest "$@"
require tcpdump
"$selftests/qemu/newer-libs" --have || ktap_skip_all "no OpenSSL 3.5: run selftests/qemu/fetch-peers"

add_ke() { echo "s/dh-group = \\[ [0-9]* \\];/& additional-ke = [ $1 ];/"; }

# The same configuration is refused by a tunneld with the system's library.
refused_without()
{
	agent_conf 1 "$(add_ke '"ml-kem-768"')" || return
	if [ "$(openssl version | cut -c 9-11)" = 3.0 ]; then
		refused 'expected OpenSSL 3.5 or later below tunneld for ML-KEM' \
			tunneld --check "$work/r1.conf"
	else
		skip "this system has OpenSSL 3.5 itself"
	fi
}

setup()
{
	tunneld=("$selftests/qemu/newer-libs" "$TUNNEL_IP_BUILD/agent/tunneld")
	load_module && two_routers &&
	agent_conf 1 "$(add_ke '"ml-kem-768", "group21"')" &&
	agent_conf 2 "$(add_ke '"ml-kem-768", "group21"')" &&
	capture "$r1" eth0 "$work/pcap" 'udp port 500 or udp port 4500' &&
	agents_start
}

screens()
{
	local n

	for n in 1 2; do
		tunctl_at "$n" show ikev2 session >"$work/screen" &&
		grep -q '^Quantum resistance  *: Enabled with ML-KEM$' "$work/screen" &&
		grep -q '^Additional key exchange  *: ml-kem-768 group21$' "$work/screen" &&
		tunctl_at "$n" show ipsec sa interface tunnel-ip1 |
			grep -q '^Quantum resistant  *: Yes$' ||
			fail "router $n: $(cat "$work/screen")" || return
	done
}

traffic()
{
	in_r1 ping -c 3 -i 0.2 -W 5 "$INNER2"
}

# IKE_INTERMEDIATE (43), twice, is on the wire between the other two.
on_the_wire()
{
	capture_end || return
	python3 - "$work/pcap" <<-'END'
	import struct, sys

	data, at, kinds = open(sys.argv[1], "rb").read(), 24, []
	while at < len(data):
	    length = struct.unpack("<I", data[at + 8:at + 12])[0]
	    packet = data[at + 16:at + 16 + length]
	    at += 16 + length
	    ike = packet[14 + 20 + 8:]
	    if len(ike) >= 28:
	        kinds.append((ike[18], struct.unpack(">I", ike[20:24])[0]))
	want = [(34, 0), (43, 1), (43, 2), (35, 3)]
	seen = [k for i, k in enumerate(kinds) if k not in kinds[:i]]
	sys.exit(0 if seen[:4] == want else f"{seen}")
	END
}

stage "refused where the libcrypto has none" refused_without
stage "ML-KEM-768 and group 21 beside the first" setup
stage "screens" screens
stage "traffic" traffic
stage "the ladder on the wire" on_the_wire
agents_stop
ktap_finish
