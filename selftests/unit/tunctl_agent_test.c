// SPDX-License-Identifier: GPL-2.0
/*
 * tools/show_ikev2.c, cmd_why.c and cmd_agent.c: labels, order and values of
 * what the agent fills, and the same as JSON.
 */

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/cmd.h"
#include "fake_ike.h"
#include "tunctl_world.h"
#include "util/err.h"

/* --------------------------------------------------------------- show ikev2 */

#define SESSION_HEAD						\
	"Session ID                  : 16\n" DOUBLE		\
	"Status                      : UP-ACTIVE\n"		\
	"IKE Count                   : 1\n"			\
	"Child Count                 : 1\n"			\
	"IKE SA ID                   : 22690\n" LINE

#define SA_LINES						\
	"Local                       : 198.51.100.1/500\n"	\
	"Remote                      : 198.51.100.19/500\n"	\
	"Status(Description)         : READY (Negotiation done)\n" \
	"Role                        : Initiator\n"		\
	"Fvrf                        : Default\n"		\
	"Quantum resistance          : Disabled\n"

#define CHILD_LINES						\
	"\nChild SA\n" LINE					\
	"Local Selector              : 198.51.100.5/0 - 198.51.100.5/65535\n" \
	"Remote Selector             : 0.0.0.0/0 - 255.255.255.255/65535\n" \
	"ESP SPI IN/OUT              : 0xf9638403 / 0x3ce7e610\n"

static void session(void **state)
{
	assert_int_equal(run(show_ikev2_session), EXIT_OK);
	assert_string_equal(timed_screen(),
			    SESSION_HEAD SA_LINES CHILD_LINES "\n");
}

static void session_detail(void **state)
{
	static const char screen[] = SESSION_HEAD SA_LINES
		"Encryption/Keysize          : AES-CBC/256\n"
		"PRF/Hash/DH Group           : SHA256/SHA256/20\n"
		"Authentication(Sign/Verify) : PSK/PSK\n"
		"Life/Active Time(sec)       : 600/43\n"
		"Session ID                  : 16\n"
		"Local SPI                   : 3B95C7FCC6A69D0A\n"
		"Remote SPI                  : F44C4DBCFEE67F07\n"
		"Local ID                    : 198.51.100.1\n"
		"Remote ID                   : RouterB.example.com\n"
		CHILD_LINES
		"Encryption                  : AES-GCM\n"
		"Keysize                     : 256\n"
		"ESP HMAC                    : None\n"
		"\n";

	assert_int_equal(run_with(show_ikev2_session, 1, ARGS("det")), EXIT_OK);
	assert_string_equal(timed_screen(), screen);
	assert_int_equal(run_with(show_ikev2_session, 3,
				  ARGS("session-id", "16", "detail")), EXIT_OK);
	assert_string_equal(timed_screen(), screen);
}

static void session_quantum(void **state)
{
	fake_ike.sas[0].quantum = CFG_PPK_MANUAL;
	run(show_ikev2_session);
	assert_non_null(strstr(said.text, ": Enabled with manual PPK\n"));
	fake_ike.sas[0].quantum = CFG_PPK_DYNAMIC;
	run(show_ikev2_session);
	assert_non_null(strstr(said.text, ": Enabled with dynamic PPK\n"));
	assert_null(strstr(said.text, "PPK not used"));
	fake_ike.sas[0].hybrid = true;
	strcpy(fake_ike.sas[0].additional_ke, "ml-kem-768 group20");
	run(show_ikev2_session);
	assert_non_null(strstr(said.text,
		"Quantum resistance          : Enabled with dynamic PPK and ML-KEM\n"
		"Additional key exchange     : ml-kem-768 group20\n"));
	fake_ike.sas[0].quantum = CFG_PPK_NONE;
	run(show_ikev2_session);
	assert_non_null(strstr(said.text, ": Enabled with ML-KEM\n"));
	fake_ike.sas[0].hybrid = false;
	*fake_ike.sas[0].additional_ke = '\0';
	fake_ike.sas[0].fallback_text = "the peer has none";
	run(show_ikev2_session);
	assert_non_null(strstr(said.text,
		"Quantum resistance          : Disabled\n"
		"PPK not used                : the peer has none\n"));
}

/* What is behind PFS the agent knows, for the screen of the kernel's SAs too. */
static void additional_ke_of_a_child(void **state)
{
	struct json_object *o;

	kernel.sa[0].child_id = kernel.sa[1].child_id = 1;
	run_with(show_ikev2_session, 1, ARGS("detail"));
	assert_null(strstr(said.text, "Additional key exchange"));
	run_with(show_ipsec_sa, 1, ARGS("tunnel-ip1"));
	assert_null(strstr(said.text, "Additional key exchange"));
	strcpy(fake_ike.children[0].view.additional_ke, "group20 ml-kem-768");
	run_with(show_ikev2_session, 1, ARGS("detail"));
	assert_non_null(strstr(said.text,
		"Additional key exchange     : group20 ml-kem-768\n"));
	run_with(show_ipsec_sa, 1, ARGS("tunnel-ip1"));
	assert_non_null(strstr(said.text,
		"Additional key exchange         : group20 ml-kem-768\n"));
	o = run_json(show_ipsec_sa, 0, NULL);
	assert_member(o, "0/sas/0/additional-ke", "group20 ml-kem-768");
	json_object_put(o);
	o = run_json(show_ikev2_session, 0, NULL);
	assert_member(o, "0/children/0/additional-ke", "group20 ml-kem-768");
	json_object_put(o);
	/* Without the agent nobody says that there was none. */
	agent_runs = false;
	o = run_json(show_ipsec_sa, 0, NULL);
	assert_null(strstr(said.text, "additional-ke"));
	json_object_put(o);
}

/*
 * While an IKE SA is rekeyed its session has two, and they stand together
 * although another session was made between them.
 */
static void session_with_two_ike_sas(void **state)
{
	struct view_sa *s = fake_ike.sas;
	const char *screen, *first, *second, *other;

	s[1] = s[2] = s[0];
	s[1].session_id = 17;
	s[1].ike_sa_id = 22691;
	s[1].established = false;
	strcpy(s[1].state, "IN-NEG");
	s[2].ike_sa_id = 22692;
	fake_ike.sa_count = 3;
	fake_ike.children[1] = fake_ike.children[0];
	fake_ike.children[1].ike_sa_id = 22692;
	fake_ike.child_count = 2;
	assert_int_equal(run(show_ikev2_session), EXIT_OK);
	screen = timed_screen();
	assert_ptr_equal(strstr(screen,
				"Session ID                  : 16\n" DOUBLE
				"Status                      : UP-ACTIVE\n"
				"IKE Count                   : 2\n"
				"Child Count                 : 2\n"), screen);
	first = strstr(screen, "IKE SA ID                   : 22690\n");
	second = strstr(screen, "IKE SA ID                   : 22692\n");
	other = strstr(screen,
		       "Session ID                  : 17\n" DOUBLE
		       "Status                      : DOWN-NEGOTIATING\n"
		       "IKE Count                   : 1\n"
		       "Child Count                 : 0\n");
	assert_true(first && second && other);
	assert_true(first < second && second < other);
}

static void session_without_child(void **state)
{
	fake_ike.child_count = 0;
	run(show_ikev2_session);
	assert_non_null(strstr(said.text,
			       "Status                      : UP-IDLE\n"
			       "IKE Count                   : 1\n"
			       "Child Count                 : 0\n"));
	assert_null(strstr(said.text, "Child SA"));
}

static void session_that_is_not_there(void **state)
{
	fake_ike.sa_count = 0;
	assert_int_equal(run(show_ikev2_session), EXIT_OK);
	assert_string_equal(timed_screen(), "");
	assert_int_equal(run_on(STDERR_FILENO, show_ikev2_session, false, 2,
				ARGS("session-id", "3")), EXIT_FAILED);
	assert_string_equal(said.text, "tunctl: there is no session 3\n");
}

static void session_arguments(void **state)
{
	static const char *const numbers[] = {
		"0", "-1", "x", "1x", "4294967296", "99999999999999999999999",
		"", " 1", "+1",
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assert_int_equal(run_on(STDERR_FILENO, show_ikev2_session,
					false, 2, ARGS("session-id",
						       numbers[i])),
				 EXIT_USAGE);
		assert_non_null(strstr(said.text,
				       "is not a session ID: expected a number from 1 up\n"));
		assert_int_equal(run_on(STDERR_FILENO, cmd_clear_session,
					false, 1, &numbers[i]), EXIT_USAGE);
	}
	assert_int_equal(fake_ike.cleared, -1);
	assert_int_equal(run_on(STDERR_FILENO, show_ikev2_session, false, 1,
				ARGS("session-id")), EXIT_USAGE);
	assert_int_equal(run_on(STDERR_FILENO, show_ikev2_session, false, 1,
				ARGS("everything")), EXIT_USAGE);
	assert_string_equal(said.text,
			    "tunctl: usage: tunctl show ikev2 session [session-id N] [detail]\n");
}

static void session_json(void **state)
{
	struct json_object *o = run_json(show_ikev2_session, 0, NULL);

	assert_member(o, "0/session-id", "16");
	assert_member(o, "0/ike-sa-id", "22690");
	assert_member(o, "0/spi-local", "0x3b95c7fcc6a69d0a");
	assert_member(o, "0/local-port", "500");
	assert_member(o, "0/role", "Initiator");
	assert_member(o, "0/age", "43");
	assert_member(o, "0/quantum-resistance", "disabled");
	assert_false(json_object_object_get_ex(at(o, "0"), "rekey-in", NULL));
	assert_member(o, "0/children/0/interface", "tunnel-ip1");
	assert_member(o, "0/children/0/spi-in", "0xf9638403");
	assert_member(o, "0/children/0/local-selector/start", "198.51.100.5");
	assert_member(o, "0/children/0/rekey-in", "500");
	json_object_put(o);
}

static void ike_sa(void **state)
{
	struct json_object *o;

	assert_int_equal(run(show_ikev2_sa), EXIT_OK);
	assert_string_equal(timed_screen(),
			    "IKE SA ID                   : 22690\n" LINE
			    SA_LINES "\n");
	o = run_json(show_ikev2_sa, 0, NULL);
	assert_member(o, "0/ike-sa-id", "22690");
	json_object_put(o);
}

static void summary(void **state)
{
	struct json_object *o;

	fake_ike.summary = (struct view_summary){
		.active_out = 1, .negotiating_out = 2, .active_in = 3,
		.negotiating_in = 4, .ppk_manual = 3, .ppk_dynamic = 2,
		.ppk_fallback = 1, .fips_mode = true, .fips_kernel = true,
	};
	assert_int_equal(run(show_ikev2_summary), EXIT_OK);
	assert_string_equal(said.text,
		"IKEv2 Session Summary\n" LINE
		"Total Sa (Active/Negotiation) : 10 (4/6)\n"
		"Total Outgoing Sa (Active/Negotiation) : 3 (1/2)\n"
		"Total Incoming Sa (Active/Negotiation) : 7 (3/4)\n"
		"PPK Sessions (Manual/Dynamic) : 5 (3/2)\n"
		"PPK Sessions without their PPK : 1\n"
		"FIPS Mode : Enabled\n"
		"FIPS Provider of libcrypto : Not loaded\n"
		"FIPS Flag of the kernel : On\n");
	o = run_json(show_ikev2_summary, 0, NULL);
	assert_member(o, "active-out", "1");
	assert_member(o, "negotiating-in", "4");
	assert_member(o, "fips-mode", "true");
	assert_member(o, "fips-kernel", "true");
	assert_member(o, "fips-provider", "false");
	assert_false(json_object_object_get_ex(o, "ok", NULL));
	json_object_put(o);
}

static void agent_is_gone(void **state)
{
	int (*const commands[])(struct context *ctx) = {
		show_ikev2_session, show_ikev2_sa, show_ikev2_summary,
		cmd_monitor, cmd_clear_session,
	};
	size_t i;

	agent_runs = false;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		assert_int_equal(run_on(STDERR_FILENO, commands[i], false, 0,
					NULL), EXIT_FAILED);
		assert_string_equal(said.text, "tunctl: no agent\n");
	}
}

/* ---------------------------------------------------------------------- why */

static void why_up(void **state)
{
	assert_int_equal(run(cmd_why), EXIT_OK);
	assert_string_equal(said.text,
		"tunnel-ip1 is up: 198.51.100.1 to 198.51.100.19, IKE session 16.\n"
		"  Packets dropped so far: no_sa 1, icv 3.\n");
}

static void set_down(void)
{
	struct view_tunnel *t = &fake_ike.tunnels[0];

	memset(kernel.dev, 0, sizeof(kernel.dev));
	t->up = false;
	strcpy(t->status, "waiting");
	t->attempts = 3;
	t->retry_in_ms = 4500;
	t->failure = (struct failure){
		.reason = FAILURE_AUTH_PSK, .stage = STAGE_IKE_AUTH,
		.wall_ms = 1707733784738,
		.setting = "keyrings: peers: pre-shared-key",
	};
	strcpy(t->failure.theirs, "198.51.100.19");
}

static void why_down(void **state)
{
	set_down();
	assert_int_equal(run_with(cmd_why, 1, ARGS("tunnel-ip1")), EXIT_OK);
	assert_string_equal(said.text,
		"tunnel-ip1 is down (waiting): 198.51.100.1 to 198.51.100.19.\n"
		"  At Feb 12 10:29:44: IKE_AUTH: the pre-shared keys differ; "
		"peer: 198.51.100.19; check keyrings: peers: pre-shared-key.\n"
		"  Next attempt in 4 s; 3 attempts since it was last up.\n");
}

static void why_not_yet(void **state)
{
	struct view_tunnel *t = &fake_ike.tunnels[0];

	set_down();
	memset(&t->failure, 0, sizeof(t->failure));
	t->retry_in_ms = UINT64_MAX;
	strcpy(t->status, "connecting");
	t->attempts = 1;
	run(cmd_why);
	assert_string_equal(said.text,
		"tunnel-ip1 is down (connecting): 198.51.100.1 to 198.51.100.19.\n"
		"  Attempt 1 is under way.\n");
	t->responder_only = true;
	run(cmd_why);
	assert_non_null(strstr(said.text,
		"  It is responder-only: the peer has to connect.\n"));
	/* It has no interface, or its address is missing: that is ours. */
	t->retry_in_ms = 4500;
	run(cmd_why);
	assert_null(strstr(said.text, "responder-only"));
	assert_non_null(strstr(said.text, "  Next attempt in 4 s;"));
}

static void why_between(void **state)
{
	struct view_tunnel *t = &fake_ike.tunnels[0];

	set_down();
	memset(&t->failure, 0, sizeof(t->failure));
	t->retry_in_ms = UINT64_MAX;
	t->attempts = 0;
	strcpy(t->status, "no child");
	run(cmd_why);
	assert_string_equal(said.text,
		"tunnel-ip1 is down (no child): 198.51.100.1 to 198.51.100.19.\n"
		"  Its IKE SA stands, and a child SA is asked for.\n");
	strcpy(t->status, "deleting");
	run(cmd_why);
	assert_string_equal(said.text,
		"tunnel-ip1 is down (deleting): 198.51.100.1 to 198.51.100.19.\n"
		"  Its IKE SA is being deleted, and the peer has not answered yet.\n");
	t->up = true;
	run(cmd_why);
	assert_string_equal(said.text,
		"tunnel-ip1 is up: 198.51.100.1 to 198.51.100.19, IKE session 16.\n"
		"  Its IKE SA is being deleted, and the peer has not answered yet.\n");
}

static void why_waits(void **state)
{
	struct view_tunnel *t = &fake_ike.tunnels[0];

	set_down();
	memset(&t->failure, 0, sizeof(t->failure));
	t->waits_behind = 32;
	run(cmd_why);
	assert_string_equal(said.text,
		"tunnel-ip1 is down (waiting): 198.51.100.1 to 198.51.100.19.\n"
		"  It waits for a place: 32 tunnels connect just now, and no more do at a time.\n");
}

static void why_json(void **state)
{
	struct json_object *o;

	set_down();
	o = run_json(cmd_why, 0, NULL);
	assert_int_equal(json_object_array_length(o), 1);
	assert_member(o, "0/interface", "tunnel-ip1");
	assert_member(o, "0/up", "false");
	assert_member(o, "0/retry-in", "4");
	assert_member(o, "0/waits-behind", "0");
	assert_member(o, "0/failure/reason", "psk-mismatch");
	assert_member(o, "0/failure/stage", "IKE_AUTH");
	assert_member(o, "0/failure/setting", "keyrings: peers: pre-shared-key");
	json_object_put(o);
}

static void why_unknown_interface(void **state)
{
	assert_int_equal(run_on(STDERR_FILENO, cmd_why, false, 1,
				ARGS("tunnel-ip7")), EXIT_FAILED);
	assert_string_equal(said.text,
		"tunctl: tunneld has no interface 'tunnel-ip7' in its configuration\n");
}

/* The kernel still knows something, but all is not well. */
static void why_without_agent(void **state)
{
	agent_runs = false;
	assert_int_equal(run(cmd_why), EXIT_FAILED);
	assert_string_equal(said.text,
		"tunnel-ip1: tunneld does not run; the SAs it left (1 in, 1 out) carry traffic until they expire.\n"
		"  Packets dropped so far: no_sa 1, icv 3.\n"
		"tunnel-ip2: tunneld does not run; there is no pair of SAs, so nothing can pass.\n");
	kernel.dev_count = 0;
	assert_int_equal(run(cmd_why), EXIT_FAILED);
	assert_string_equal(said.text,
		"tunneld does not run, and there is no tunnel-ip interface.\n");
	assert_int_equal(run_on(STDERR_FILENO, cmd_why, true, 0, NULL),
			 EXIT_FAILED);
	assert_string_equal(said.text, "tunctl: no agent\n");
}

/* -------------------------------------------------------- monitor and clear */

static void fill_events(void)
{
	struct failure f = { .reason = FAILURE_NO_RESPONSE,
			     .stage = STAGE_IKE_SA_INIT };
	struct ike_event ev = { .type = "tunnel-up", .ifname = "tunnel-ip1",
				.session_id = 16 };

	agent_events[0] = ctl_event(&ev);
	ev.type = "failure";
	ev.failure = &f;
	ev.text = "IKE_SA_INIT: the peer does not answer";
	agent_events[1] = ctl_event(&ev);
	agent_event_at = 0;
}

static void monitor_lines(void **state)
{
	char *second;

	fill_events();
	assert_int_equal(run(cmd_monitor), EXIT_FAILED);
	second = strchr(said.text, '\n');
	assert_non_null(second);
	*second++ = '\0';
	assert_int_equal(fnmatch("* ??:??:?? tunnel-ip1: tunnel-up", said.text,
				 0), 0);
	assert_int_equal(fnmatch("* ??:??:?? tunnel-ip1: failure: IKE_SA_INIT: the peer does not answer\n",
				 second, 0), 0);
}

static void monitor_json(void **state)
{
	struct json_object *o;
	char *second;

	fill_events();
	assert_int_equal(run_on(STDOUT_FILENO, cmd_monitor, true, 0, NULL),
			 EXIT_FAILED);
	second = strchr(said.text, '\n');
	assert_non_null(second);
	*second++ = '\0';
	o = json_tokener_parse(said.text);
	assert_member(o, "event", "tunnel-up");
	assert_member(o, "session-id", "16");
	json_object_put(o);
	o = json_tokener_parse(second);
	assert_member(o, "failure/reason", "no-response");
	json_object_put(o);
}

static void clear(void **state)
{
	struct json_object *o;

	fake_ike.clear_result = 2;
	assert_int_equal(run(cmd_clear_session), EXIT_OK);
	assert_int_equal(fake_ike.cleared, 0);
	assert_string_equal(said.text, "2 sessions cleared\n");
	fake_ike.clear_result = 1;
	assert_int_equal(run_with(cmd_clear_session, 1, ARGS("16")), EXIT_OK);
	assert_int_equal(fake_ike.cleared, 16);
	assert_string_equal(said.text, "1 session cleared\n");
	o = run_json(cmd_clear_session, 0, NULL);
	assert_member(o, "cleared", "1");
	json_object_put(o);
	fake_ike.clear_result = ERR_NOT_FOUND;
	assert_int_equal(run_on(STDERR_FILENO, cmd_clear_session, false, 1,
				ARGS("9")), EXIT_FAILED);
	assert_string_equal(said.text,
		"tunctl: there is no established session of that number\n");
}

/* --------------------------------------------------------------------- fips */

static void fips_check(void **state)
{
	struct json_object *o;

	fake_ike.fips_count = 3;
	fake_ike.fips[0] = (struct view_fips){
		"tunnel-ip1", true, false, "proposal p, dh-group 31",
		"ikev2: proposals",
	};
	fake_ike.fips[1] = (struct view_fips){
		"tunnel-ip1", true, true, "pfs group31 of ipsec profile ip",
		"ipsec: profiles: pfs",
	};
	fake_ike.fips[2] = (struct view_fips){ "tunnel-ip2", false, false, "",
					       "" };
	assert_int_equal(run_with(cmd_fips, 1, ARGS("ch")), EXIT_OK);
	assert_string_equal(said.text,
		"tunnel-ip1: stays down in FIPS mode\n"
		"  proposal p, dh-group 31 (ikev2: proposals)\n"
		"  not admitted: pfs group31 of ipsec profile ip (ipsec: profiles: pfs)\n"
		"tunnel-ip2: comes up in FIPS mode\n"
		"FIPS mode is disabled.\n");
	o = run_json(cmd_fips, 1, ARGS("check"));
	assert_member(o, "tunnels/0/stays-down", "true");
	assert_member(o, "tunnels/0/findings/1/fatal", "true");
	assert_member(o, "tunnels/1/findings", "[ ]");
	json_object_put(o);
}

static void fips_switched(void **state)
{
	assert_int_equal(run_with(cmd_fips, 1, ARGS("enable")), EXIT_OK);
	assert_true(fake_ike.summary.fips_mode);
	assert_string_equal(said.text, "FIPS mode is enabled.\n"
		"The configuration says fips-mode = false: it comes back with the next start of tunneld.\n");
	assert_int_equal(run_with(cmd_fips, 1, ARGS("dis")), EXIT_OK);
	assert_false(fake_ike.summary.fips_mode);
	assert_string_equal(said.text, "FIPS mode is disabled.\n");
}

static void fips_misused(void **state)
{
	assert_int_equal(run_on(STDERR_FILENO, cmd_fips, false, 0, NULL),
			 EXIT_USAGE);
	assert_string_equal(said.text,
		"tunctl: fips: expected enable, disable or check\n");
	assert_int_equal(run_on(STDERR_FILENO, cmd_fips, false, 1, ARGS("on")),
			 EXIT_USAGE);
}

/* ------------------------------------------------------------------- reload */

/* ---------------------------------------------------------------------- ppk */

static void ppk_of_the_configuration(void **state)
{
	fake_ike.ppk = (struct view_ppk_test){
		.kind = CFG_PPK_MANUAL, .id = "123", .key_octets = 32,
	};
	assert_int_equal(run_with(cmd_ppk_test, 1, ARGS("b")), EXIT_OK);
	assert_string_equal(said.text, "b: manual PPK, PPK_ID 123, 32 octets\n");
	assert_int_equal(fake_ike.ppk_asked, 0);
}

static void ppk_of_a_source(void **state)
{
	struct json_object *o;

	fake_ike.ppk = (struct view_ppk_test){
		.kind = CFG_PPK_DYNAMIC, .ticket = 7, .id = "ab12",
		.key_octets = 32, .took_ms = 42,
	};
	assert_int_equal(run_with(cmd_ppk_test, 1, ARGS("b")), EXIT_OK);
	assert_string_equal(said.text, "b: dynamic PPK, PPK_ID ab12, 32 octets, in 42 ms\n");
	assert_int_equal(fake_ike.ppk_asked, 3);
	o = run_json(cmd_ppk_test, 1, ARGS("b"));
	assert_member(o, "mode", "dynamic");
	assert_member(o, "ppk-id", "ab12");
	assert_member(o, "key-octets", "32");
	assert_member(o, "pending", "false");
	json_object_put(o);
}

static void ppk_that_is_not_to_be_had(void **state)
{
	fake_ike.ppk = (struct view_ppk_test){
		.kind = CFG_PPK_DYNAMIC, .ticket = 7, .why = "status 500",
	};
	assert_int_equal(run_with(cmd_ppk_test, 1, ARGS("b")), EXIT_FAILED);
	assert_string_equal(said.text, "b: no key from the key source: status 500\n");
	assert_int_equal(run_on(STDERR_FILENO, cmd_ppk_test, false, 1,
				ARGS("c")), EXIT_FAILED);
	assert_string_equal(said.text, "tunctl: no keyring has a peer 'c' with a PPK\n");
	assert_int_equal(run_on(STDERR_FILENO, cmd_ppk_test, false, 0, NULL),
			 EXIT_USAGE);
	assert_string_equal(said.text, "tunctl: usage: tunctl ppk test PEER\n");
	agent_runs = false;
	assert_int_equal(run_on(STDERR_FILENO, cmd_ppk_test, false, 1,
				ARGS("b")), EXIT_FAILED);
	assert_string_equal(said.text, "tunctl: no agent\n");
}

static void reload_done(void **state)
{
	struct json_object *o;

	agent_reload_error = NULL;
	assert_int_equal(run(cmd_reload), EXIT_OK);
	assert_string_equal(said.text,
		"tunnel-ip1 changed (interface changed): interfaces.tunnel.ttl\n"
		"changed: log-level\n"
		"3 unchanged, 1 changed, 0 added, 0 removed\n");
	o = run_json(cmd_reload, 0, NULL);
	assert_member(o, "unchanged", "3");
	assert_member(o, "changed", "1");
	assert_member(o, "general", "log-level");
	json_object_put(o);
}

static void reload_refused(void **state)
{
	agent_reload_error = "t.conf:3: one\nt.conf:9: two";
	assert_int_equal(run_on(STDERR_FILENO, cmd_reload, false, 0, NULL),
			 EXIT_FAILED);
	assert_string_equal(said.text,
		"t.conf:3: one\nt.conf:9: two\n"
		"tunctl: the configuration was not applied, nothing has changed\n");
	assert_int_equal(run_on(STDOUT_FILENO, cmd_reload, true, 0, NULL),
			 EXIT_FAILED);
	assert_non_null(strstr(said.text, "t.conf:9: two"));
	agent_reload_error = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(session),
		TEST(session_detail),
		TEST(session_quantum),
		TEST(additional_ke_of_a_child),
		TEST(session_with_two_ike_sas),
		TEST(session_without_child),
		TEST(session_that_is_not_there),
		TEST(session_arguments),
		TEST(session_json),
		TEST(ike_sa),
		TEST(summary),
		TEST(agent_is_gone),
		TEST(why_up),
		TEST(why_down),
		TEST(why_not_yet),
		TEST(why_between),
		TEST(why_waits),
		TEST(why_json),
		TEST(why_unknown_interface),
		TEST(why_without_agent),
		TEST(monitor_lines),
		TEST(monitor_json),
		TEST(clear),
		TEST(fips_check),
		TEST(fips_switched),
		TEST(fips_misused),
		TEST(ppk_of_the_configuration),
		TEST(ppk_of_a_source),
		TEST(ppk_that_is_not_to_be_had),
		TEST(reload_done),
		TEST(reload_refused),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
