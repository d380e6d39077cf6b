# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2317
#
# Additional key exchanges (RFC 9370) with strongSwan, on top of suites_lib.sh,
# peers_lib.sh and ppk_lib.sh: each row is a tunnel, and what each side wants
# beside group 19. All of them are up, or have been refused, at once. A row is
#
#   WHO OURS THEIRS USED [PPK]
#
# WHO (we, they) begins; OURS and USED are words of additional-ke with commas, or
# none; OURS may end in ",none", then it is optional; THEIRS are strongSwan's
# words. USED is refused where there is nothing in common. A script defines
# addke_rows, which fills the table, and says of which rows the IKE SA is rekeyed,
# one of each role and kind, and the child SAs of which have the key exchanges of
# their IKE SA as well.

rekeyed='' with_children=''

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
	tunctl_agent --json show ikev2 sa | json_python -c '
import json, sys
from json_members import members
for sa in members(json.load(sys.stdin), "ike-sa-id"):
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
traffic_flows() { flows_through $(with_used any); }

they_rekey_ike_sas()
{
	local n

	for n in $rekeyed; do
		rekey_row peer_rekey_ike ike_spi_of "$n" || return 1
	done
	settled || fail "$(cat "$work/used")" || return 1
	[ "$(peer_log | grep -c 'parsed IKE_FOLLOWUP_KE response [0-9]* \[ KE')" -ge "$(wc -w <<<"$rekeyed")" ] ||
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
