#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154,SC2317 # stages are called by the library, and
# variables are the libraries'
#
# The other end disappears: strongSwan behind a dead interface or killed
# without a word, tunneld killed the same way, and two tunnelds, of which one
# comes back and shows the other its token.

. "$(dirname "$0")/lib.sh"
require_guest "$@"
require swanctl charon-systemd
. "$(dirname "$0")/swan_lib.sh"

prepare()
{
	load_module && two_routers || return 1
	agent_ns=$r1 agent_addr=$OUTER1 agent_peer=$OUTER2
	swan_ns=$r2 swan_addr=$OUTER2 swan_peer=$OUTER1
	agent_profile='dpd-interval = 2; dpd-retries = 2; dpd-retry-interval = 1;'
	xfrm_interface && start_charon && swan_config
}

bring_up()
{
	start_agent && wait_until 30 tunnel_up && traffic || explain
}

# interval + retries x retry interval: 2 + 3 x 1 s, and the emulation's time.
liveness_with_the_peers_interface_down()
{
	local started=$SECONDS

	ip -n "$r2" link set eth0 down
	wait_until 15 tunnel_down ||
		fail "still up after $((SECONDS - started)) s" || explain || return 1
	tunctl_agent why tunnel-ip1 | grep -q 'the peer stopped answering' ||
		explain || return 1
	ip -n "$r2" link set eth0 up
	wait_until 60 tunnel_up && traffic || explain
}

# With traffic flowing nobody asks; a short gap ends nothing.
a_short_gap_ends_nothing()
{
	before=$(spi_in)
	forget_logs
	ip -n "$r2" link set eth0 down
	wait_until 10 agent_says 'retransmission 1' ||
		fail "nobody asked" || explain || return 1
	ip -n "$r2" link set eth0 up
	wait_until 20 traffic || explain || return 1
	[ "$(spi_in)" = "$before" ] || fail "the SA was replaced"
}

peer_restarts_and_we_find_out()
{
	kill_charon
	forget_logs
	start_charon && swan_config || return 1
	wait_until 60 agent_says 'the peer stopped answering.*messages' &&
		wait_until 60 traffic || explain
}

# The peer comes back first: its INITIAL_CONTACT ends our old IKE SA.
# Unless we have found it again before.
peer_restarts_and_begins()
{
	kill_charon
	start_charon && swan_config && { initiate || tunnel_up; } || explain || return 1
	wait_until 30 traffic || explain || return 1
	wait_until 30 one_session || explain
}

one_session() { [ "$(tunctl_agent show ikev2 sa | grep -c '^IKE SA ID')" = 1 ]; }

we_are_killed()
{
	stop "$agent" KILL
	agent=''
	start_agent && wait_until 30 tunnel_up && wait_until 30 traffic ||
		explain || return 1
	wait_until 30 one_session || explain
}

# The connection of a charon that begins by itself; $1 is more of its child.
begins_by_itself()
{
	local loading

	stop_agent
	kill_charon
	swan_global='retransmit_tries = 1' swan_conn='dpd_delay = 2'
	swan_child="start_action = start
				$1"
	start_charon && forget_logs || return 1
	swan_config &
	loading=$!
	start_agent && wait "$loading"
}

# Both ends begin, each time that the other was gone; in the end they have the same
# IKE SA and keep it.
both_keep_it_up()
{
	local round

	begins_by_itself 'dpd_action = restart' || return 1
	for round in 1 2; do
		in_peace || fail "round $round" || explain || return 1
		ip -n "$r2" link set eth0 down
		wait_until 30 tunnel_down && wait_until 60 swan_has_lost_it ||
			fail "the gap of round $round" || explain || return 1
		ip -n "$r2" link set eth0 up
	done
	in_peace || explain
}

established() { swanctl_peer --list-sas | grep -c ESTABLISHED; }
swan_has_lost_it() { [ "$(established)" = 0 ]; }
settled() { traffic && one_session && [ "$(established)" = 1 ]; }

# For five seconds; the one that is too many may be left alone for thirty.
in_peace()
{
	local before try

	for try in 1 2 3 4; do
		wait_until 60 settled && before=$(spi_in) && sleep 5 && settled &&
			[ "$(spi_in)" = "$before" ] && return
	done
	fail "no peace, try $try"
}

# It answers each of our Deletes with another IKE SA, and would for ever.
it_restarts_what_we_close()
{
	local made

	begins_by_itself 'close_action = start' && wait_until 30 tunnel_up ||
		explain || return 1
	# Our first Delete is for one of these.
	initiate
	wait_until 30 traffic && sleep 20 && traffic || explain || return 1
	made=$(grep -c 'IKE_SA peer.* established' "$swan/charon.log")
	[ "$made" -gt 1 ] && [ "$made" -le 5 ] || fail "$made IKE SAs" || explain
}

we_leave()
{
	stop_agent
	kill_charon
	ip -n "$r2" link del ipsec1
}

# --- two of ours ---------------------------------------------------------------

# other_config: the far end for r1's, responder-only, in r2.
other_config()
{
	sed -e "s/responder-only = false/responder-only = true/" \
		-e "s/$AGENT_INNER 255/$SWAN_INNER 255/" \
		-e "s/$OUTER2/HERE/g; s/$OUTER1/$OUTER2/g; s/HERE/$OUTER1/g" \
		-e "s/$agent_id/HERE/g; s/$swan_id/$agent_id/g; s/HERE/$swan_id/g" \
		"$work/agent.conf" >"$work/other.conf"
	chmod 0600 "$work/other.conf"
}

start_other()
{
	spawn_in "$r2" tunneld -f -c "$work/other.conf" --state-dir "$work/state" \
		--control "$work/other" >>"$work/other.log" 2>&1
	other=$spawned
	wait_until 20 in_r2 tunctl --control "$work/other" show ikev2 summary ||
		fail "tunneld did not start: $(tail -n 5 "$work/other.log")"
}

two_of_ours()
{
	agent_profile='dpd-interval = 5;'
	agent_config && other_config && start_other && start_agent &&
		wait_until 30 tunnel_up && wait_until 20 traffic || explain
}

# The default schedule would need two minutes to notice.
a_token_ends_it_at_once()
{
	local started=$SECONDS

	forget_logs
	stop "$other" KILL
	start_other || return 1
	wait_until 30 agent_says 'the peer was restarted' &&
		wait_until 30 traffic || explain || return 1
	[ $((SECONDS - started)) -lt 45 ] ||
		fail "it took $((SECONDS - started)) s"
}

the_secret_is_kept_to_itself()
{
	[ "$(stat -c %a%s "$work/state/token-secret")" = 60032 ] ||
		fail "$(ls -l "$work/state")"
}

run_stages prepare bring_up liveness_with_the_peers_interface_down \
	a_short_gap_ends_nothing peer_restarts_and_we_find_out \
	peer_restarts_and_begins we_are_killed both_keep_it_up \
	it_restarts_what_we_close we_leave two_of_ours \
	a_token_ends_it_at_once the_secret_is_kept_to_itself
