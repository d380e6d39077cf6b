// SPDX-License-Identifier: GPL-2.0
/*
 * agent/config: the examples of the documentation and the trees they become.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "config_files.h"

#define EXAMPLES	"Documentation/examples/"

static struct cfg *load(const char *name)
{
	char path[TOP_PATH], sub[TOP_PATH], error[CFG_ERROR];
	struct cfg *cfg;
	char *text;

	snprintf(sub, sizeof(sub), EXAMPLES "%s", name);
	text = read_text(top_path(sub, path));
	cfg = cfg_load_text(text, name, error);
	free(text);
	if (!cfg)
		fail_msg("%s", error);
	assert_string_equal(error, "");
	return cfg;
}

static void assert_addr(const struct addr *a, const char *text)
{
	char buf[ADDR_STR];

	assert_string_equal(addr_str(a, buf), text);
}

static void assert_prefix(const struct prefix *p, const char *text,
			  unsigned int len)
{
	assert_addr(&p->addr, text);
	assert_int_equal(p->len, len);
}

static void assert_secret(const struct secret *s, const char *text)
{
	assert_non_null(s);
	assert_int_equal(secret_len(s), strlen(text));
	assert_memory_equal(secret_bytes(s), text, strlen(text));
}

static void router1_ikev2(const struct cfg *cfg)
{
	const struct cfg_proposal *p = &cfg->proposals[0];
	const struct cfg_policy *policy = &cfg->policies[0];
	const struct cfg_ike_profile *profile = &cfg->ike_profiles[0];

	assert_int_equal(cfg->proposal_count, 1);
	assert_string_equal(p->name, "ikev2_proposal_P1");
	assert_int_equal(p->encr_count, 1);
	assert_ptr_equal(p->encr[0], alg_encr(ENCR_AES_CBC, 256));
	assert_int_equal(p->integ_count, 1);
	assert_ptr_equal(p->integ[0], alg_integ(INTEG_HMAC_SHA2_256_128));
	assert_int_equal(p->prf_count, 1);
	assert_ptr_equal(p->prf[0], alg_prf(PRF_HMAC_SHA2_256));
	assert_int_equal(p->ke_count, 1);
	assert_ptr_equal(p->ke[0], alg_ke(KE_ECP_384));

	assert_int_equal(cfg->policy_count, 1);
	assert_string_equal(policy->name, "ikev2_policy_P1");
	assert_int_equal(policy->address_local_count, 1);
	assert_addr(&policy->address_local[0], "198.51.100.1");
	assert_true(policy->fvrf_any);
	assert_int_equal(policy->proposal_count, 1);
	assert_ptr_equal(policy->proposals[0], p);

	assert_int_equal(cfg->ike_profile_count, 1);
	assert_string_equal(profile->name, "ikev2_prof_mgmt_P1");
	assert_ptr_equal(profile->keyring, &cfg->keyrings[0]);
	assert_null(profile->keyring_ppk);
	assert_int_equal(profile->lifetime, 600);
	assert_int_equal(profile->auth_local, CFG_AUTH_PSK);
	assert_int_equal(profile->auth_remote, CFG_AUTH_PSK);
	assert_int_equal(profile->match_remote_count, 1);
	assert_int_equal(profile->match_remote[0].kind, CFG_ID_ADDRESS);
	assert_prefix(&profile->match_remote[0].prefix, "198.51.100.19", 24);
	assert_true(profile->match_fvrf_any);
	assert_int_equal(profile->local_identity.kind, CFG_ID_NONE);
	assert_int_equal(profile->dpd_interval, 30);
	assert_int_equal(profile->nat_keepalive, 20);
}

static void router1_ipsec(const struct cfg *cfg)
{
	const struct cfg_transform_set *set = &cfg->transform_sets[0];
	const struct cfg_ipsec_profile *profile = &cfg->ipsec_profiles[0];

	assert_int_equal(cfg->transform_set_count, 1);
	assert_string_equal(set->name, "ts_mgmt_P1");
	assert_ptr_equal(set->encr, alg_encr(ENCR_AES_CBC, 256));
	assert_ptr_equal(set->integ, alg_integ(INTEG_HMAC_SHA2_256_128));

	assert_int_equal(cfg->ipsec_profile_count, 1);
	assert_string_equal(profile->name, "ipsec_prof_mgmt_P1");
	assert_ptr_equal(profile->ike_profile, &cfg->ike_profiles[0]);
	assert_ptr_equal(profile->pfs, alg_ke(KE_ECP_256));
	assert_int_equal(profile->lifetime_seconds, 600);
	assert_int_equal(profile->lifetime_bytes, 0);
	assert_int_equal(profile->lifetime_packets, 0);
	assert_int_equal(profile->transform_set_count, 1);
	assert_ptr_equal(profile->transform_sets[0], set);
	assert_false(profile->responder_only);
	assert_false(profile->reverse_route);
	assert_false(profile->esn);
	assert_int_equal(profile->replay_window, 1024);
}

/* Two ways to write one key, and neither end does without it. */
static void ppk_pair(void **state)
{
	static const char *const names[] = {
		"ppk-initiator.conf", "ppk-responder.conf",
	};
	const struct cfg_ppk *ppk;
	struct cfg *cfg;
	size_t i;

	for (i = 0; i < 2; i++) {
		cfg = load(names[i]);
		ppk = &cfg->ike_profiles[0].keyring_ppk->peers[0].ppk;
		assert_int_equal(ppk->kind, CFG_PPK_MANUAL);
		assert_string_equal(ppk->id, "123");
		assert_secret(ppk->key, "cisco123");
		assert_true(ppk->required);
		assert_int_equal(ppk->exchange, CFG_PPK_AUTH);
		assert_int_equal(cfg->ipsec_profiles[0].responder_only, i);
		cfg_free(cfg);
	}
}

static void router1(void **state)
{
	struct cfg *cfg = load("router1.conf");
	const struct cfg_peer *peer = &cfg->keyrings[0].peers[0];
	const struct cfg_iface *iface = &cfg->ifaces[0];

	assert_false(cfg->fips_mode);
	router1_ikev2(cfg);
	router1_ipsec(cfg);

	assert_int_equal(cfg->keyring_count, 1);
	assert_string_equal(cfg->keyrings[0].name, "key_mgmt_P1");
	assert_int_equal(cfg->keyrings[0].peer_count, 1);
	assert_string_equal(peer->name, "ACADIA-2");
	assert_prefix(&peer->address, "198.51.100.19", 24);
	assert_int_equal(peer->identity.kind, CFG_ID_NONE);
	assert_secret(peer->psk_local, "cisco123");
	assert_secret(peer->psk_remote, "cisco123");
	assert_int_equal(peer->ppk.kind, CFG_PPK_NONE);

	assert_int_equal(cfg->iface_count, 1);
	assert_string_equal(iface->name, "tunnel-ip1");
	assert_prefix(&iface->address, "192.0.2.1", 24);
	assert_addr(&iface->source, "198.51.100.1");
	assert_addr(&iface->destination, "198.51.100.19");
	assert_ptr_equal(iface->profile, &cfg->ipsec_profiles[0]);
	cfg_free(cfg);
}

static void router2(void **state)
{
	struct cfg *cfg = load("router2.conf");
	const struct cfg_peer *peer = &cfg->keyrings[0].peers[0];
	const struct cfg_iface *iface = &cfg->ifaces[0];

	assert_string_equal(cfg->proposals[0].name, "ikev2_proposal_P2");
	assert_string_equal(cfg->ike_profiles[0].name, "ikev2_prof_mgmt_P2");
	assert_true(cfg->ipsec_profiles[0].responder_only);
	assert_string_equal(peer->name, "ACADIA-1");
	assert_int_equal(peer->identity.kind, CFG_ID_ADDRESS);
	assert_prefix(&peer->identity.prefix, "198.51.100.1", 24);
	assert_prefix(&iface->address, "192.0.2.2", 24);
	assert_addr(&iface->source, "198.51.100.19");
	assert_addr(&iface->destination, "198.51.100.1");
	cfg_free(cfg);
}

/* Everything that nobody wrote. */
static void minimal(void **state)
{
	struct cfg *cfg = load("minimal.conf");
	const struct cfg_ike_profile *profile = &cfg->ike_profiles[0];
	const struct cfg_ipsec_profile *ipsec = &cfg->ipsec_profiles[0];
	const struct cfg_iface *iface = &cfg->ifaces[0];

	assert_int_equal(cfg->log_level, LOG_LEVEL_INFO);
	assert_int_equal(cfg->retransmit.tries, 5);
	assert_int_equal(cfg->retransmit.timeout_ms, 2000);
	assert_true(cfg->fragmentation);
	assert_true(cfg->quick_crash_detection);
	assert_int_equal(cfg->fragment_size, 1280);
	assert_int_equal(cfg->cookie_threshold, 30);
	assert_int_equal(cfg->half_open_limit, 2000);
	assert_int_equal(cfg->half_open_per_address, 32);
	assert_int_equal(cfg->workers, 2);
	assert_int_equal(cfg->proposals[0].prf_count, 1);
	assert_ptr_equal(cfg->proposals[0].prf[0], alg_prf(PRF_HMAC_SHA2_256));
	assert_int_equal(cfg->policies[0].address_local_count, 0);
	assert_true(cfg->policies[0].fvrf_any);
	assert_int_equal(profile->lifetime, 86400);
	assert_int_equal(profile->auth_local, CFG_AUTH_PSK);
	assert_int_equal(profile->auth_remote, CFG_AUTH_PSK);
	assert_prefix(&profile->match_remote[0].prefix, "198.51.100.19", 32);
	assert_null(ipsec->pfs);
	assert_int_equal(ipsec->lifetime_seconds, 14400);
	assert_int_equal(ipsec->replay_window, 1024);
	assert_int_equal(iface->mtu, 0);
	assert_string_equal(iface->vrf, "");
	assert_string_equal(iface->tunnel_vrf, "");
	assert_int_equal(iface->ttl, 64);
	assert_int_equal(iface->tos, -1);
	assert_int_equal(iface->df, 0);
	assert_false(iface->local_only);
	cfg_free(cfg);
}

static void gcm(void **state)
{
	struct cfg *cfg = load("gcm.conf");
	const struct cfg_proposal *p = &cfg->proposals[0];
	const struct cfg_ipsec_profile *ipsec = &cfg->ipsec_profiles[0];

	assert_int_equal(cfg->proposal_count, 2);
	assert_int_equal(p->encr_count, 2);
	assert_ptr_equal(p->encr[0], alg_encr(ENCR_AES_GCM_16, 256));
	assert_ptr_equal(p->encr[1], alg_encr(ENCR_AES_GCM_16, 128));
	assert_int_equal(p->integ_count, 0);
	assert_int_equal(p->prf_count, 2);
	assert_ptr_equal(p->prf[0], alg_prf(PRF_HMAC_SHA2_384));
	assert_int_equal(cfg->proposals[1].prf_count, 2);
	assert_ptr_equal(cfg->policies[0].proposals[1], &cfg->proposals[1]);
	assert_ptr_equal(cfg->transform_sets[0].encr,
			 alg_encr(ENCR_AES_GCM_16, 256));
	assert_null(cfg->transform_sets[0].integ);
	assert_int_equal(ipsec->transform_set_count, 2);
	assert_ptr_equal(ipsec->transform_sets[1], &cfg->transform_sets[1]);
	assert_true(ipsec->lifetime_bytes == 64ULL << 30);
	assert_true(ipsec->esn);
	assert_int_equal(ipsec->replay_window, 1024);
	cfg_free(cfg);
}

static void fqdn(void **state)
{
	struct cfg *cfg = load("fqdn.conf");
	const struct cfg_ike_profile *profile = cfg->ike_profiles;
	const struct cfg_peer *branch = &cfg->keyrings[1].peers[0];

	assert_int_equal(profile[0].local_identity.kind, CFG_ID_FQDN);
	assert_string_equal(profile[0].local_identity.name,
			    "RouterA.example.com");
	assert_int_equal(profile[0].match_remote[0].kind, CFG_ID_FQDN);
	assert_int_equal(profile[1].match_remote[0].kind, CFG_ID_DOMAIN);
	assert_string_equal(profile[1].match_remote[0].name,
			    "branch.example.com");
	assert_ptr_equal(profile[1].keyring, &cfg->keyrings[1]);
	assert_int_equal(branch->address.addr.family, AF_UNSPEC);
	assert_int_equal(branch->identity.kind, CFG_ID_DOMAIN);
	/* In clear and in hexadecimal digits. */
	assert_secret(branch->psk_local, "cisco123");
	assert_secret(branch->psk_remote, "cisco123");
	assert_int_equal(cfg->iface_count, 2);
	assert_ptr_equal(cfg->ifaces[1].profile, &cfg->ipsec_profiles[1]);
	cfg_free(cfg);
}

static void strongswan(void **state)
{
	cfg_free(load("strongswan/tunneld.conf"));
}

/* "any" is of the family that the entry is of. */
static void ipv6_access_list(void **state)
{
	static const char text[] =
		"access-lists = ( { name = \"a\"; entries = ( { action = \"permit\"; protocol = \"ipv6\";"
		" source = \"any\"; destination = \"2001:db8:2::9/64\"; } ); } );\n";
	char error[CFG_ERROR];
	struct cfg *cfg = cfg_load_text(text, "t.conf", error);
	const struct cfg_acl_entry *e;

	if (!cfg)
		fail_msg("%s", error);
	e = cfg->acls[0].entries;
	assert_int_equal(e->family, AF_INET6);
	assert_int_equal(e->source.addr.family, AF_INET6);
	assert_int_equal(e->source.len, 0);
	assert_prefix(&e->destination, "2001:db8:2::", 64);
	cfg_free(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(router1),
		cmocka_unit_test(ipv6_access_list),
		cmocka_unit_test(ppk_pair),
		cmocka_unit_test(router2),
		cmocka_unit_test(minimal),
		cmocka_unit_test(gcm),
		cmocka_unit_test(fqdn),
		cmocka_unit_test(strongswan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
