/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From one value of the file to one member of the tree. A setter judges the
 * value for itself and complains by value_problem(); what several settings
 * must be together is judged in check.c.
 */
#ifndef AGENT_CONFIG_VALUE_H
#define AGENT_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

struct loader;
struct value;

/* Into the member at the offset of the key, by its C type. */
void value_bool(struct loader *ld, const struct value *v, void *obj);
void value_u8(struct loader *ld, const struct value *v, void *obj);
void value_u32(struct loader *ld, const struct value *v, void *obj);
void value_u64(struct loader *ld, const struct value *v, void *obj);
void value_kilobytes(struct loader *ld, const struct value *v, void *obj);
void value_tos(struct loader *ld, const struct value *v, void *obj);
void value_name(struct loader *ld, const struct value *v, void *obj);
void value_device(struct loader *ld, const struct value *v, void *obj);
void value_source(struct loader *ld, const struct value *v, void *obj);
void value_vrf(struct loader *ld, const struct value *v, void *obj);
void value_address(struct loader *ld, const struct value *v, void *obj);
void value_prefix(struct loader *ld, const struct value *v, void *obj);
void value_iface_address(struct loader *ld, const struct value *v, void *obj);
void value_iface_address6(struct loader *ld, const struct value *v,
			  void *obj);
void value_ref(struct loader *ld, const struct value *v, void *obj);

/*
 * For setters: the index of @typed in the words of the key. Return: whether it
 * is one of them; complains otherwise.
 */
bool value_choose(struct loader *ld, const struct value *v, const char *typed,
		  size_t *index);
/* A key in clear or, behind 0x, in hexadecimal digits; or of type 7. */
struct secret *value_get_key(struct loader *ld, const struct value *v);
struct secret *value_get_type7(struct loader *ld, const struct value *v);

/* Words. */
void value_word(struct loader *ld, const struct value *v, void *obj);
void value_log_level(struct loader *ld, const struct value *v, void *obj);
void value_fallback(struct loader *ld, const struct value *v, void *obj);
void value_mode(struct loader *ld, const struct value *v, void *obj);
void value_df(struct loader *ld, const struct value *v, void *obj);
void value_auth_local(struct loader *ld, const struct value *v, void *obj);
void value_auth_remote(struct loader *ld, const struct value *v, void *obj);
void value_encr(struct loader *ld, const struct value *v, void *obj);
void value_integ(struct loader *ld, const struct value *v, void *obj);
void value_prf(struct loader *ld, const struct value *v, void *obj);
void value_ke(struct loader *ld, const struct value *v, void *obj);
void value_addke(struct loader *ld, const struct value *v, void *obj);
void value_pfs(struct loader *ld, const struct value *v, void *obj);
void value_transform(struct loader *ld, const struct value *v, void *obj);

/* Access lists. */
void value_acl_action(struct loader *ld, const struct value *v, void *obj);
void value_acl_protocol(struct loader *ld, const struct value *v, void *obj);
void value_acl_prefix(struct loader *ld, const struct value *v, void *obj);
void value_acl_policy(struct loader *ld, const struct value *v, void *obj);
void value_acl_policy6(struct loader *ld, const struct value *v, void *obj);

/* struct cfg_policy and struct cfg_ike_profile. */
void value_policy_fvrf(struct loader *ld, const struct value *v, void *obj);
void value_profile_fvrf(struct loader *ld, const struct value *v, void *obj);
void value_policy_address(struct loader *ld, const struct value *v, void *obj);
void value_policy_proposal(struct loader *ld, const struct value *v, void *obj);
void value_further_profile(struct loader *ld, const struct value *v, void *obj);
void value_transform_set(struct loader *ld, const struct value *v, void *obj);
void value_trustpoint(struct loader *ld, const struct value *v, void *obj);

/* struct cfg_trustpoint. */
void value_trust_file(struct loader *ld, const struct value *v, void *obj);
void value_trust_key(struct loader *ld, const struct value *v, void *obj);
void value_key_password(struct loader *ld, const struct value *v, void *obj);
void value_revocation(struct loader *ld, const struct value *v, void *obj);
void value_rsa_padding(struct loader *ld, const struct value *v, void *obj);

/* struct cfg_identity at the offset of the key. */
void value_id_prefix(struct loader *ld, const struct value *v, void *obj);
void value_id_address(struct loader *ld, const struct value *v, void *obj);
void value_id_fqdn(struct loader *ld, const struct value *v, void *obj);
void value_id_domain(struct loader *ld, const struct value *v, void *obj);
void value_id_any(struct loader *ld, const struct value *v, void *obj);
void value_id_dn(struct loader *ld, const struct value *v, void *obj);
void value_id_own_dn(struct loader *ld, const struct value *v, void *obj);

/* Secrets of struct cfg_peer. */
void value_psk(struct loader *ld, const struct value *v, void *obj);
void value_psk_type7(struct loader *ld, const struct value *v, void *obj);
void value_psk_one(struct loader *ld, const struct value *v, void *obj);
void value_psk_one_type7(struct loader *ld, const struct value *v, void *obj);
void value_ppk_id(struct loader *ld, const struct value *v, void *obj);
void value_ppk_key(struct loader *ld, const struct value *v, void *obj);
void value_ppk_type7(struct loader *ld, const struct value *v, void *obj);
void value_ppk_exchange(struct loader *ld, const struct value *v, void *obj);
void value_ppk_rekey(struct loader *ld, const struct value *v, void *obj);
void value_ppk_dynamic(struct loader *ld, const struct value *v, void *obj);

/* The words of keys. */
const char *words_log_level(size_t i);
const char *words_df(size_t i);
const char *words_ppk_rekey(size_t i);
const char *words_ppk_exchange(size_t i);
const char *words_fallback(size_t i);
const char *words_auth(size_t i);
const char *words_revocation(size_t i);
const char *words_rsa_padding(size_t i);
const char *words_ike_encr(size_t i);
const char *words_ike_integ(size_t i);
const char *words_prf(size_t i);
const char *words_ke(size_t i);
const char *words_addke(size_t i);
const char *words_pfs(size_t i);
const char *words_esp(size_t i);
const char *words_esp_mode(size_t i);
const char *words_tunnel_mode(size_t i);

#endif
