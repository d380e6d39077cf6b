# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2153,SC2154,SC2317
#
# Post-quantum preshared keys with a daemon of another make, on top of
# suites_lib.sh and peers_lib.sh: each row is a tunnel, and what each side does
# about PPKs. All of them are up, or have been refused, at once. A row is
#
#   WHO OURS KEY THEIRS KEY VERDICT [REASON]
#
# WHO (we, they) begins; OURS and THEIRS are none, optional or required; a KEY
# is same, other (another PPK_ID), wrong (the same with another value), elsewhere
# (ours: that of another identity at the same address), or - with none. VERDICT
# is ppk, plain, or refused; REASON is the exchange if it is another one than
# $ppk_exchange, what tunneld says of a session without PPK, or a pattern for why
# there is none.
#
# peer_ppk THEIRS ID VALUE, of the peer: sets $peer_more and $peer_secret.

row()
{
	local ours our_key theirs their_key

	read -r who ours our_key theirs their_key verdict reason <<<"${suites[$1 - 1]}"
	encr=cbc-256 integ=256 prf=256 group=19
	transform=esp-256-aes+esp-hmac-sha-256 pfs=19 identity=fqdn
	our_id=a.d$1.example.com their_id=s.d$1.example.com match="fqdn = \"$their_id\";"
	responder_only=true
	[ "$who" = they ] || responder_only=false
	agent_profile="keyring-ppk = \"k$1\";"
	our_ppk=$(agent_ppk "$1" "$ours" "$our_key")
	peer_more='' peer_secret=''
	peer_ppk "$theirs" "$(ppk_id "$1" "$their_key")" "$(ppk_value "$1" "$their_key")"
}

ppk_id() { [ "$2" = other ] && echo "other$1" || echo "ppk$1"; }
ppk_value() { [ "$2" = wrong ] && printf 'wrong%027d' "$1" || printf 'value%027d' "$1"; }

agent_ppk()
{
	local required=false

	[ "$2" != required ] || required=true
	[ "$2" = none ] || echo "ppk: { manual: { id = \"$(ppk_id "$1" "$3")\";" \
		"key = \"$(ppk_value "$1" "$3")\"; }; required = $required; $agent_ppk_more };"
}
agent_ppk_more=''

# A key of another identity is one more peer.
agent_keyrings()
{
	local n of other

	for n in $(rows); do
		row "$n"
		of="$our_ppk" other=''
		case ${suites[n - 1]} in
		*elsewhere*)
			of='' other=", { name = \"else\"; identity: { fqdn = \"x.d$n.example.com\"; };
				pre-shared-key = \"secret$n\"; $our_ppk }" ;;
		esac
		echo "{ name = \"k$n\"; peers = ( { name = \"peer\"; address = \"$THEIRS$n\";
			identity: { $match }; pre-shared-key = \"secret$n\"; $of }$other ); },"
	done
}

# Where peers differ: what we say when only we have a PPK, and what becomes of
# two that have one each, of another PPK_ID or value.
declare -A alone=([we]=not-offered [they]=not-offered)
declare -A wrong=([we]="refused ppk|auth" [they]="refused ppk|auth")
declare -A other=([we]="plain ppk-id-unknown" [they]="plain ppk-id-unknown")

# The rows that every peer goes through.
ppk_rows()
{
	local who

	suites=()
	for who in we they; do
		suites+=(
			"$who optional same optional same ppk"
			"$who required same required same ppk"
			"$who required same optional same ppk"
			"$who optional same required same ppk"
			"$who none - none - plain none"
			"$who optional same none - plain ${alone[$who]}"
			"$who none - optional same plain none"
			"$who required same none - refused ppk-required|auth-refused"
			"$who optional other optional same ${other[$who]}"
			"$who required other optional same refused ppk|auth-refused"
			"$who optional other required same refused ppk|auth-refused"
			"$who optional same optional wrong ${wrong[$who]}"
		)
	done
	suites+=(
		"we none - required same refused auth-refused|ike-proposal-mismatch"
		"they optional elsewhere optional same plain ppk-id-unknown"
		"they optional elsewhere required same refused ppk-id"
	)
}

# --- what became of it ---------------------------------------------------------

# with VERDICT: the rows that have it.
with()
{
	local n

	for n in $(rows); do
		row_verdict "$n"
		[ "$verdict" != "$1" ] || echo "$n"
	done
}

row_verdict() { read -r who _ _ _ _ verdict reason <<<"${suites[$1 - 1]}"; }

# "N up QUANTUM EXCHANGE FALLBACK" or "N down REASON" of each row.
outcomes()
{
	tunctl_agent --json show ikev2 sa >"$work/sas.json" &&
	tunctl_agent --json why >"$work/why.json" &&
	json_python - "$work/sas.json" "$work/why.json" <<-'END'
	import json, sys
	from json_members import members

	sas = {sa["local"].split(".")[3].split("/")[0]: sa
	       for sa in members(json.load(open(sys.argv[1])), "quantum-resistance")
	       if sa["established"]}
	for t in members(json.load(open(sys.argv[2])), "interface"):
	    n = t["interface"].removeprefix("tunnel-ip")
	    if t["up"] and n in sas:
	        print(n, "up", sas[n]["quantum-resistance"], sas[n]["quantum-exchange"],
	              sas[n].get("quantum-fallback", "none"))
	    else:
	        print(n, "down", t.get("failure", {}).get("reason", "none"))
	END
}

# judge N: is the line of outcomes what the row says?
judge()
{
	local line

	row_verdict "$1"
	line=$(grep "^$1 " "$work/outcomes")
	case $verdict in
	ppk) [ "$line" = "$1 up manual ${reason:-$ppk_exchange} none" ] ;;
	plain) [ "$line" = "$1 up disabled none $reason" ] ;;
	*) [[ $line =~ ^$1\ down\ .*($reason) ]] ;;
	esac
}

settled()
{
	local n

	outcomes >"$work/outcomes" || return 1
	for n in $(rows); do
		judge "$n" || return 1
	done
}

ppk_exchange=IKE_AUTH
peer_says_ppk() { :; }

verdicts()
{
	local n failed=0

	wait_until "${1-5}" settled && { they_agree; return; }
	for n in $(rows); do
		judge "$n" && continue
		echo "row $n (${suites[n - 1]}): is $(grep "^$n " "$work/outcomes")"
		tunctl_agent why "tunnel-ip$n" 2>&1 | head -n 3
		peer_log | grep -F "<r$n|" | tail -n 8
		failed=1
	done
	[ "$failed" = 0 ]
}

they_agree()
{
	local n

	for n in $(with ppk); do
		peer_says_ppk "$n" || return 1
	done
}

# Both ways through each row, all at once.
carries()
{
	in_r1 ping -q -c 2 -i 0.2 -W 5 "10.9.$1.2" >/dev/null &&
	in_r2 ping -q -c 1 -W 5 -s 1200 "10.9.$1.1" >/dev/null || echo "$1" >>"$work/silent"
}

traffic_through()
{
	local n running=()

	rm -f "$work/silent"
	for n; do
		carries "$n" &
		running+=($!)
	done
	wait "${running[@]}"
	[ ! -e "$work/silent" ] || fail "nothing goes through rows" "$(cat "$work/silent")"
}

# flows_through ROW...: at last; what is half made when many begin at once may
# take a while.
flows_through()
{
	wait_until 30 traffic_through "$@" || traffic_through "$@"
}

traffic_flows()
{
	# shellcheck disable=SC2046 # numbers
	flows_through $(with ppk) $(with plain)
}

# --- stages ----------------------------------------------------------------------

topology() { ppk_rows && load_module && suites_topology && enter_root; }

they_begin()
{
	local n

	for n in $(rows); do
		row_verdict "$n"
		[ "$who" = they ] || continue
		peer_initiate "$n" >"$work/row$n" 2>&1 &
		[ $((n % 5)) -ne 0 ] || wait $!
	done
}

all_rows()
{
	peer_start && peer_load && agent_start || return 1
	they_begin
	verdicts 100
}

# The first row with a PPK that each side began: one for each role.
rekeyed_rows()
{
	local n

	for n in $(with ppk); do
		row_verdict "$n"
		echo "$who $n"
	done | awk '!seen[$1]++ { print $2 }'
}

ike_spi_of()
{
	tunctl_agent --json show ikev2 sa | json_python -c '
import json, sys
from json_members import members
print(*[sa["spi-local"] for sa in members(json.load(sys.stdin), "spi-local")
        if sa["local"].split("/")[0] == sys.argv[1]])' "$OURS$1"
}

# There is another one than before; the old one may still be going.
is_new()
{
	now=$("$1" "$2")
	[ -n "${now//$before/}" ]
}

# rekey_row HOW COMMAND N: what COMMAND prints changes, and traffic still flows.
rekey_row()
{
	before=$("$2" "$3")
	"$1" "$3" >"$work/row$3" 2>&1 || fail "row $3: $(tail -n 3 "$work/row$3")" || return 1
	wait_until 30 is_new "$2" "$3" || fail "row $3: $before became $now" || explain || return 1
	traffic_through "$3"
}

# With PFS; what is new is as quantum-safe as what was.
children_are_rekeyed()
{
	local n

	for n in $(rekeyed_rows); do
		rekey_row peer_rekey_child spi_of "$n" || return 1
		tunctl_agent show ipsec sa interface "tunnel-ip$n" |
			grep -q '^Quantum resistant  *: Yes' || fail "row $n: not quantum-safe" || return 1
	done
}

ike_sas_are_rekeyed()
{
	local n

	for n in $(rekeyed_rows); do
		rekey_row peer_rekey_ike ike_spi_of "$n" || return 1
	done
	verdicts && children_are_rekeyed
}

ppk_stages=(topology all_rows traffic_flows children_are_rekeyed ike_sas_are_rekeyed)

# --- strongSwan --------------------------------------------------------------------

use_strongswan_ppk()
{
	use_strongswan "$@"
	# It agrees to use PPKs even if it has none, and takes no other PPK_ID
	# than its ppk_id.
	alone[we]=ppk-id-unknown other[we]="refused auth-refused"
	peer_initiate() { peer_do initiate "$1"; }
	peer_rekey_child() { peer_do rekey-child "$1"; }
	peer_rekey_ike() { peer_do rekey-ike "$1"; }
	peer_ppk()
	{
		[ "$1" != none ] || return 0
		peer_more="ppk_id = $2"
		[ "$1" != required ] || peer_more+="
		ppk_required = yes"
		peer_secret="ppk-r$2 { id-1 = $2
			secret = \"$3\" }"
	}
	peer_says_ppk()
	{
		swanctl_peer --list-sas --ike "r$1" --raw | grep -q 'ppk=yes' ||
			fail "strongSwan uses no PPK in row $1"
	}
}

# --- libreswan ---------------------------------------------------------------------

# use_libreswan_ppk ROOT [MORE]: more of every connection.
use_libreswan_ppk()
{
	use_libreswan "$1"
	pluto_more=${2-}
	peer_initiate() { whack --initiate --name "r$1"; }
	peer_rekey_child() { whack --rekey-child --name "r$1"; }
	peer_rekey_ike() { whack --rekey-ike --name "r$1"; }
	peer_ppk()
	{
		peer_more="ppk=$1"
		[ "$1" != optional ] || peer_more="ppk=propose"
		[ "$1" != required ] || peer_more="ppk=insist"
		[ "$1" = none ] && peer_more="ppk=never" ||
			peer_secret="@$their_id @$our_id : PPKS \"$2\" \"$3\""
	}
}
