#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154 # variables are the libraries'
#
# Additional key exchanges (RFC 9370) between tunneld and Debian 13's strongSwan
# 6, whose package has no ML-KEM: ordinary groups, up to seven of them, beside a
# PPK, where only one side has them, in both roles; then rekeys of the IKE SA
# that the peer begins, and of the child SA from each side, which are followed
# by IKE_FOLLOWUP_KE.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require python3
. "$(dirname "$0")/suites_lib.sh"
. "$(dirname "$0")/peers_lib.sh"
. "$(dirname "$0")/ppk_lib.sh"
use_strongswan_ppk trixie-strongswan
agent_ikev2='extra-dh-groups = true;'

# A row is "WHO OURS THEIRS USED [PPK]": OURS and USED are words of additional-ke
# with commas, or none; OURS may end in ",none", then it is optional. USED is
# refused where there is nothing in common. The child SAs of $with_children have
# those of their IKE SA as well.
with_children='1 2 10 11'

addke_rows()
{
	local who

	suites=()
	for who in we they; do
		suites+=(
			"$who group20 ke1_ecp384 group20"
			"$who group20,group31,group21 ke1_ecp384-ke2_x25519-ke3_ecp521 group20,group31,group21"
			"$who group20 ke1_ecp384 group20 ppk"
			"$who none none none"
			"$who group20,none none none"
			"$who none ke1_ecp384-ke1_none none"
			"$who group20 none refused"
			"$who none ke1_ecp384 refused"
			"$who group20 ke1_ecp521 refused"
		)
	done
}

row()
{
	local ppk

	read -r who ours theirs used ppk <<<"${suites[$1 - 1]}"
	encr=cbc-256 integ=256 prf=256 group=19
	transform=esp-256-aes+esp-hmac-sha-256 pfs=19 identity=fqdn
	our_id=a.d$1.example.com their_id=s.d$1.example.com match="fqdn = \"$their_id\";"
	responder_only=true agent_profile='' our_ppk='' peer_more='' peer_secret=''
	child_more=''
	[[ " $with_children " != *" $1 "* ]] ||
		child_more="additional-ke = [ \"${ours//,/\", \"}\" ];
			security-association-lifetime-packets = 400;"
	[ "$who" = they ] || responder_only=false
	if [ -n "$ppk" ]; then
		agent_profile="keyring-ppk = \"k$1\";"
		our_ppk=$(agent_ppk "$1" required same)
		peer_ppk required "ppk$1" "$(ppk_value "$1" same)"
	fi
}

agent_proposals()
{
	local n more

	for n in $(rows); do
		row "$n"
		more=''
		case $ours in
		none) ;;
		*,none) more="additional-ke = [ \"${ours%,none}\" ]; additional-ke-optional = true;" ;;
		*) more="additional-ke = [ \"${ours//,/\", \"}\" ];" ;;
		esac
		echo "{ name = \"p$n\"; encryption = [ \"aes-cbc-256\" ]; integrity = [ \"sha-256\" ];" \
			"prf = [ \"sha-256\" ]; dh-group = [ 19 ]; $more },"
	done
}

# strongSwan's words of a row's proposals.
swan_words()
{
	ike=aes256-sha256-prfsha256-ecp256 esp=aes256-sha256-ecp256
	[ "$theirs" = none ] || ike+=-$theirs
	[ -z "$child_more" ] || esp+=-$theirs
}

# "N USED" of each IKE SA that is up.
used_of()
{
	tunctl_agent --json show ikev2 sa | python3 -c '
import json, sys
def sas(of):
    if isinstance(of, dict):
        if "ike-sa-id" in of:
            yield of
        of = list(of.values())
    for child in of if isinstance(of, list) else []:
        yield from sas(child)
for sa in sas(json.load(sys.stdin)):
    if sa["established"]:
        print(sa["local"].split("/")[0].split(".")[3], sa["additional-ke"].replace(" ", ",") or "none")'
}

settled()
{
	local n

	used_of >"$work/used" || return 1
	for n in $(rows); do
		read -r _ _ _ used _ <<<"${suites[n - 1]}"
		if [ "$used" = refused ]; then
			! grep -q "^$n " "$work/used" || return 1
		else
			grep -qx "$n $used" "$work/used" || return 1
		fi
	done
}

with_used() { printf '%s\n' "${suites[@]}" | awk -v want="$1" '($4 == "refused") == (want == "refused") { print NR }'; }

they_begin_all()
{
	local n

	for n in $(rows); do
		[[ ${suites[n - 1]} != they* ]] || peer_initiate "$n" >"$work/row$n" 2>&1 &
		[ $((n % 5)) -ne 0 ] || wait $!
	done
}

topology() { addke_rows && load_module && suites_topology && enter_root; }

all_rows()
{
	peer_start && peer_load && agent_start || return 1
	they_begin_all
	wait_until 100 settled && return
	for n in $(rows); do
		echo "row $n (${suites[n - 1]}): is $(grep "^$n " "$work/used")"
	done
	tunctl_agent why | tail -n 30
	peer_log | tail -n 30
	return 1
}

# Whatever is refused is refused for want of a common method, and it is named.
reasons()
{
	local n

	for n in $(with_used refused); do
		[[ ${suites[n - 1]} == they* ]] || continue
		tunctl_agent why "tunnel-ip$n" | grep -q 'first additional-ke' ||
			fail "row $n: $(tunctl_agent why "tunnel-ip$n")" || return 1
	done
}

# shellcheck disable=SC2046 # numbers
traffic_flows() { traffic_through $(with_used any); }

# One row of each role and kind.
they_rekey_ike_sas()
{
	local n

	for n in 1 2 3 10 11 12; do
		rekey_row peer_rekey_ike ike_spi_of "$n" || return 1
	done
	settled || fail "$(cat "$work/used")" || return 1
	[ "$(peer_log | grep -c 'parsed IKE_FOLLOWUP_KE response')" -ge 6 ] ||
		fail "no IKE_FOLLOWUP_KE"
}

# The additional key exchanges of a row's child SA.
child_words()
{
	tunctl_agent show ipsec sa interface "tunnel-ip$1" |
		sed -n 's/^Additional key exchange *: //p' | tr ' ' ,
}

# What IKE_AUTH made has none.
children_begin_without()
{
	local n

	for n in $with_children; do
		[ -z "$(child_words "$n")" ] || fail "row $n: $(child_words "$n")" || return 1
	done
}

# rekey_children HOW WHO: each of them, with an IKE_FOLLOWUP_KE of WHO's for
# each key exchange.
rekey_children()
{
	local n seen

	seen=$(peer_log | grep -c "$2 IKE_FOLLOWUP_KE request")
	for n in $with_children; do
		rekey_row "$1" spi_of "$n" || return 1
		read -r _ _ _ used _ <<<"${suites[n - 1]}"
		[ "$(child_words "$n")" = "$used" ] ||
			fail "row $n: $(child_words "$n") instead of $used" || return 1
	done
	# One and three, in both roles.
	[ "$(peer_log | grep -c "$2 IKE_FOLLOWUP_KE request")" -ge $((seen + 8)) ] ||
		fail "too few IKE_FOLLOWUP_KE"
}

they_rekey_children() { rekey_children peer_rekey_child generating; }

# Four fifths of the packets that an SA may carry.
send_packets() { ip netns exec "$r1" traffic rounds 340 84 10 "10.9.$1.2"; }
we_rekey_children() { rekey_children send_packets parsed; }

run_stages topology all_rows reasons traffic_flows children_begin_without \
	they_rekey_ike_sas they_rekey_children we_rekey_children
