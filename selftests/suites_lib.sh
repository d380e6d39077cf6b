# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Many tunnels at once between one tunneld in $r1 and one daemon of another
# make in $r2: each row of a table is a tunnel between a pair of addresses of
# its own, with an IKE suite, an ESP suite, a PFS group and a kind of identity,
# so that a whole table costs little more than one tunnel does. The rows cover
# every pair of two words of different columns (tied rows, for a daemon that
# takes the PRF's hash for integrity as well, every pair that it can say).
#
# A script names its peer before use: peer_start, peer_kill, peer_load, peer_log,
# $tied, and peer_do WHAT ROW... (initiate, rekey-child, rekey-ike, delete-child,
# delete-ike), which waits for nothing.
#
# What is done for each row is done in one process wherever that is possible:
# under emulation a process costs more than a handshake.

suites=()	# number: encryption integrity prf group transform pfs identity
hashes=(1 256 384 512)
groups=(19 20 21)
bits=(128 192 256)
transforms=()
tied=''
responder_only=false
agent_ikev2='' agent_profile='' agent_lifetime=''
child_more=''	# more of a row's ipsec profile
peer_more='' peer_secret=''	# more of a row's connection and secrets at the peer
child_packets=''	# setting: we rekey after four fifths of these
hosts_only=''	# rows but the first carry what goes between two addresses
agent='' AGENT_LOG=$work/agent.log CONTROL=$work/control
tunneld=(tunneld)	# the program

# Outer addresses of a row: these and its number. Inside are 10.9.N.1 and .2.
OURS=198.18.0. THEIRS=198.18.1.
# seen_by_peer N, seen_by_us N: how each is told the other's.
seen_by_peer() { echo "$OURS$1"; }
seen_by_us() { echo "$THEIRS$1"; }

# --- the table -------------------------------------------------------------

esp_transforms()
{
	local cipher hash

	for cipher in esp-aes esp-192-aes esp-256-aes; do
		for hash in sha1 sha-256 sha-384 sha-512; do
			transforms+=("$cipher+esp-hmac-$hash")
		done
	done
	transforms+=(esp-gcm-128 esp-gcm-256)
}

# add_row ENCRYPTION INTEGRITY PRF GROUP: the rest of the row follows from its
# number.
add_row()
{
	local n=${#suites[@]} pfs=(none 19 20 21) ids=(address fqdn domain)

	suites+=("$* ${transforms[n % ${#transforms[@]}]} ${pfs[n % 4]} ${ids[n % 3]}")
}

make_rows()
{
	local i p

	suites=()
	[ ${#transforms[@]} -gt 0 ] || esp_transforms
	for i in 0 1 2 3; do
		for p in 0 1 2 3; do
			if [ -z "$tied" ]; then
				add_row "cbc-${bits[(i + p) % 3]}" "${hashes[i]}" \
					"${hashes[p]}" "${groups[(i + 2 * p) % 3]}"
			elif [ $p -lt 3 ]; then
				add_row "cbc-${bits[p]}" "${hashes[i]}" "${hashes[i]}" \
					"${groups[(i + p) % 3]}"
			fi
		done
	done
	for i in 0 1; do
		for p in 0 1 2 3; do
			add_row "gcm-${bits[2 * i]}" none "${hashes[p]}" \
				"${groups[(i + p) % 3]}"
		done
	done
}

# pair_count A B N WHAT: pairs of words of two columns of the table.
pair_count()
{
	local got

	got=$(printf '%s\n' "${suites[@]}" | awk -v a="$1" -v b="$2" '!seen[$a, $b]++' | wc -l)
	[ "$got" -eq "$3" ] || fail "$4: $got pairs of $3"
}

# Columns: 1 encryption, 2 integrity, 3 PRF, 4 group, 5 transform.
the_table_covers_all_pairs()
{
	make_rows
	pair_count 1 3 20 "encryption and PRF" &&
	pair_count 1 4 15 "encryption and group" &&
	pair_count 3 4 12 "PRF and group" &&
	pair_count 1 2 14 "encryption and integrity" &&
	pair_count 5 5 14 "ESP suites" || return 1
	[ -n "$tied" ] || pair_count 2 3 20 "integrity and PRF"
}

rows() { seq 1 ${#suites[@]}; }

# row N: its words in $encr $integ $prf $group $transform $pfs $identity, and
# who is who in $our_id $their_id $match.
row()
{
	read -r encr integ prf group transform pfs identity <<<"${suites[$1 - 1]}"
	our_id=a.d$1.example.com their_id=s.d$1.example.com
	case $identity in
	address) our_id=$OURS$1 their_id=$THEIRS$1 match="address = \"$their_id\";" ;;
	fqdn) match="fqdn = \"$their_id\";" ;;
	domain) match="domain = \"d$1.EXAMPLE.com\";" ;;
	esac
}

# --- both routers ------------------------------------------------------------

# pluto tries out whether it can have an ipsec1: the rows' begin at 101.
suites_topology()
{
	local n

	two_routers "$@" || return 1
	for n in $(rows); do
		echo "addr add $OURS$n/15 dev eth0"
	done | ip -n "$r1" -batch - || return 1
	for n in $(rows); do
		echo "addr add $THEIRS$n/15 dev eth0"
		echo "link add ipsec$((100 + n)) type xfrm dev eth0 if_id $((100 + n))"
		echo "addr add 10.9.$n.2/24 dev ipsec$((100 + n))"
		echo "link set ipsec$((100 + n)) up"
	done | ip -n "$r2" -batch -
}

# --- tunneld -----------------------------------------------------------------

# Each of these prints one list of the configuration.
agent_proposals()
{
	local n

	for n in $(rows); do
		row "$n"
		[ "$integ" = none ] && integ='' || integ="integrity = [ \"sha-$integ\" ];"
		echo "{ name = \"p$n\"; encryption = [ \"aes-$encr\" ]; $integ" \
			"prf = [ \"sha-$prf\" ]; dh-group = [ $group ]; },"
	done
}

agent_policies()
{
	local n

	for n in $(rows); do
		echo "{ name = \"pol$n\"; match: { address-local = [ \"$OURS$n\" ]; };" \
			"proposals = [ \"p$n\" ]; },"
	done
}

agent_profiles()
{
	local n id

	for n in $(rows); do
		row "$n"
		id=''
		[ "$identity" = address ] || id="local-identity: { fqdn = \"$our_id\"; };"
		echo "{ name = \"prof$n\"; keyring = \"k$n\"; $agent_lifetime $agent_profile $id" \
			"match-identity-remote = ( { $match } ); },"
	done
}

agent_keyrings()
{
	local n

	for n in $(rows); do
		row "$n"
		echo "{ name = \"k$n\"; peers = ( { name = \"peer\"; address = \"$(seen_by_us "$n")\";" \
			"identity: { $match }; pre-shared-key = \"secret$n\"; } ); },"
	done
}

agent_ipsec()
{
	local n sets='' profiles='' group

	for n in $(rows); do
		row "$n"
		group=''
		[ "$pfs" = none ] || group="pfs = \"group$pfs\";"
		sets+="{ name = \"t$n\"; transform = [ \"${transform/+/\", \"}\" ]; },"
		profiles+="{ name = \"ip$n\"; ikev2-profile = \"prof$n\"; $group $child_more $child_packets
			transform-sets = [ \"t$n\" ]; responder-only = $responder_only; },"
	done
	echo "transform-sets = ( ${sets%,} ); profiles = ( ${profiles%,} );"
}

agent_access_lists()
{
	local n

	for n in $(rows); do
		echo "{ name = \"between$n\"; entries = ( { action = \"permit\";" \
			"source = \"10.9.$n.1\"; destination = \"10.9.$n.2\"; } ); },"
	done
}

agent_interfaces()
{
	local n policy

	for n in $(rows); do
		policy=''
		[ -z "$hosts_only" ] || [ "$n" -eq 1 ] || policy="policy-ipv4 = \"between$n\";"
		echo "{ name = \"tunnel-ip$n\"; ipv4-address = \"10.9.$n.1/24\";" \
			"tunnel: { mode = \"ipsec ipv4\"; source = \"$OURS$n\";" \
			"destination = \"$(seen_by_us "$n")\"; protection: { ipsec-profile = \"ip$n\"; $policy }; }; },"
	done
}

# list FUNCTION: what it prints, without the last comma.
list() { "$1" | sed '$ s/,$//'; }

agent_config()
{
	install -m 0600 /dev/null "$work/agent.conf"
	cat >"$work/agent.conf" <<END
log-level = "debug";
ikev2: { $agent_ikev2 proposals = ( $(list agent_proposals) );
 policies = ( $(list agent_policies) );
 profiles = ( $(list agent_profiles) ); };
keyrings = ( $(list agent_keyrings) );
ipsec: { $(agent_ipsec) };
access-lists = ( $(list agent_access_lists) );
interfaces = ( $(list agent_interfaces) );
END
}

agent_start()
{
	agent_config
	spawn_in "$r1" "${tunneld[@]}" -f -c "$work/agent.conf" --control "$CONTROL" >>"$AGENT_LOG" 2>&1
	agent=$spawned
	wait_until 60 tunctl_agent show ikev2 summary ||
		fail "tunneld did not start: $(tail -n 5 "$AGENT_LOG")"
}

agent_stop()
{
	[ -z "$agent" ] || stop "$agent"
	agent=''
}

tunctl_agent() { in_r1 tunctl --control "$CONTROL" "$@"; }
agent_says() { grep -q -e "$1" "$AGENT_LOG"; }

# --- what to look for --------------------------------------------------------

# "tunnel-ipN SPI" of each tunnel that has SAs.
child_spis() { tunctl_agent show ipsec sa | awk '/^tunnel-ip/ { print $1, $3 }'; }

# IKE SPIs, one a line.
ike_spis() { tunctl_agent --json show ikev2 sa | grep -o '"spi-local": *"[^"]*"'; }

spi_of() { child_spis | awk -v i="tunnel-ip$1" '$1 == i { print $2 }'; }
up() { [ "$(in_r1 cat "/sys/class/net/tunnel-ip$1/carrier")" = 1 ]; }
down() { ! up "$1"; }
all_up() { [ "$(cat_carriers | grep -c 1)" -eq ${#suites[@]} ]; }
cat_carriers() { in_r1 sh -c 'cat /sys/class/net/tunnel-ip*/carrier'; }

remember()
{
	child_spis | sort >"$work/before.child"
	ike_spis | sort >"$work/before.ike"
}

# Every tunnel has SAs, and none that it had.
children_changed()
{
	child_spis | sort >"$work/now.child"
	[ "$(wc -l <"$work/now.child")" -eq ${#suites[@]} ] &&
	[ -z "$(comm -12 "$work/before.child" "$work/now.child")" ]
}

ike_sas_changed()
{
	ike_spis | sort >"$work/now.ike"
	[ "$(wc -l <"$work/now.ike")" -eq ${#suites[@]} ] &&
	[ -z "$(comm -12 "$work/before.ike" "$work/now.ike")" ]
}

same_child() { comm -12 "$work/before.child" <(child_spis | sort) | grep -q "^tunnel-ip$1 "; }
other_child() { up "$1" && ! same_child "$1"; }

# shellcheck disable=SC2046 # words
peer_do_all() { peer_do "$1" $(rows); }

# addresses LAST: inside ones of all rows.
addresses() { seq -f "10.9.%g.$1" 1 ${#suites[@]}; }

# echo_from NETNS LAST ROUNDS SIZE: nobody may leave a request unanswered.
echo_from()
{
	# shellcheck disable=SC2046 # words
	ip netns exec "$1" traffic rounds "$3" "$4" 10 $(addresses "$2")
}

all_answer()
{
	{ echo_from "$r1" 2 2 84 && echo_from "$r2" 1 1 1228; } >"$work/silent"
}

traffic()
{
	wait_until 30 all_answer || fail "no traffic with $(cat "$work/silent")"
}

# echoes COUNT: so many through every tunnel, one after the other, none lost.
echoes()
{
	echo_from "$r1" 2 "$1" 84 >"$work/silent" ||
		fail "lost $(wc -w <"$work/silent") echoes"
}

# echoes_until SECONDS CONDITION [PAUSE]: one through every tunnel, again and again,
# until the condition holds, and none is lost.
echoes_until()
{
	local deadline=$((SECONDS + $1)) lost=0

	until "$2"; do
		[ $SECONDS -lt $deadline ] || fail "$2: not in $1 s" || return 1
		echo_from "$r1" 2 1 84 >"$work/silent" ||
			lost=$((lost + $(wc -w <"$work/silent")))
		sleep "${3-0.3}"
	done
	[ "$lost" -eq 0 ] || fail "lost $lost echoes"
}

# With agent_lifetime the IKE SAs that there are end soon, and those that follow
# do not.
long_lives_from_now()
{
	agent_lifetime=''
	agent_config
	tunctl_agent reload >"$work/reload" || fail "$(cat "$work/reload")"
}

explain()
{
	local n

	for n in $(rows); do
		up "$n" 2>/dev/null ||
			{ echo "row $n: ${suites[n - 1]}" && tunctl_agent why "tunnel-ip$n"; }
	done 2>&1 | head -n 12
	tail -n 25 "$AGENT_LOG"
	peer_log | tail -n 40
	return 1
}

# "tunnel-ipN GROUP" of the SAs there are; 0 is none.
child_groups()
{
	tunctl_agent --json show ipsec sa |
		grep -oE '"(interface|pfs-group)": *"?[^",}]*' | tr -d '" ' |
		awk -F: '/^interface/ { i = $2 } /^pfs/ { print i, $2 }' | sort -u
}

groups_are_right() { child_groups | diff "$work/groups" - >"$work/other-groups"; }

# PFS as configured, once a rekey has brought it and the old SAs are gone.
pfs_is_used()
{
	local n

	for n in $(rows); do
		row "$n"
		echo "tunnel-ip$n ${pfs/none/0}"
	done | sort >"$work/groups"
	wait_until 40 groups_are_right ||
		fail "PFS groups: $(cat "$work/other-groups")"
}

# --- stages that every peer goes through ------------------------------------

all_rows_we_initiate()
{
	responder_only=false
	agent_profile='dpd-interval = 5; dpd-retries = 2; dpd-retry-interval = 3;'
	agent_lifetime='lifetime = 120;'
	child_packets='security-association-lifetime-packets = 400;'
	peer_start && peer_load && agent_start && wait_until 100 all_up &&
		traffic && remember && long_lives_from_now || explain
}

all_rows_they_initiate()
{
	agent_stop
	responder_only=true
	agent_start && peer_do_all initiate && wait_until 120 all_up &&
		traffic || explain
}

they_rekey_all_children()
{
	remember
	peer_do_all rekey-child && echoes_until 120 children_changed &&
		traffic && pfs_is_used || explain
}

they_rekey_all_ike_sas()
{
	remember
	peer_do_all rekey-ike && echoes_until 120 ike_sas_changed &&
		traffic || explain
}

# After four fifths of the shortest lifetime there is, some of which has passed
# since all_rows_we_initiate.
we_rekey_all_ike_sas()
{
	echoes_until 130 ike_sas_changed 1 && traffic || explain
}

# Four fifths of the packets that an SA may carry, and more while we rekey.
we_rekey_all_children()
{
	child_spis | sort >"$work/before.child"
	echoes 320 && echoes_until 120 children_changed &&
		traffic && pfs_is_used || explain
}

they_delete_a_child()
{
	remember
	peer_do delete-child 1 && wait_until 30 other_child 1 && traffic || explain
}

they_delete_an_ike_sa()
{
	remember
	peer_do delete-ike 2 && wait_until 120 other_child 2 && traffic || explain
}

# One session of many is cleared, by its number; the others stay.
we_delete_an_ike_sa()
{
	local id

	remember
	id=$(session_of 3)
	tunctl_agent clear ikev2 session "$id" && wait_until 120 other_child 3 &&
		traffic || explain || return 1
	same_child 4 || fail "session $id was not the only one"
}

session_of()
{
	tunctl_agent show ikev2 session | awk -v local="$OURS$1/500" '
		/^Session ID/ { id = $NF }
		/^Local / && $NF == local { print id }'
}

# interval + (retries + 1) x retry interval, and the emulation's time.
liveness_with_the_peers_interface_down()
{
	ip -n "$r2" link set eth0 down
	wait_until 60 none_up || fail "some are up" || explain || return 1
	tunctl_agent why tunnel-ip1 | grep -q 'the peer stopped answering' ||
		explain || return 1
	ip -n "$r2" link set eth0 up
	wait_until 100 all_up && traffic || explain
}

none_up() { ! cat_carriers | grep -q 1; }

the_peer_restarts_without_a_word()
{
	remember
	peer_kill
	peer_start && peer_load && wait_until 200 children_changed &&
		traffic || explain
}

suites_prepare()
{
	load_module && modprobe -a xfrm_user esp4 xfrm_interface && make_rows &&
		suites_topology && enter_root
}

# They initiate at the end: libreswan holds on to what it was once told to
# initiate, and would do so again whenever we delete.
suite_stages=(the_table_covers_all_pairs suites_prepare all_rows_we_initiate
	we_rekey_all_children we_rekey_all_ike_sas
	they_rekey_all_children they_rekey_all_ike_sas
	they_delete_a_child they_delete_an_ike_sa we_delete_an_ike_sa
	liveness_with_the_peers_interface_down the_peer_restarts_without_a_word
	all_rows_they_initiate they_rekey_all_children)
