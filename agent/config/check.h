/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What several settings must be together. Each function judges one group that
 * was read without an error; check_config() judges the whole tree, and runs
 * only when nothing else was wrong.
 */
#ifndef AGENT_CONFIG_CHECK_H
#define AGENT_CONFIG_CHECK_H

struct cfg_iface;
struct loader;
struct node;

void check_trustpoint(struct loader *ld, const struct node *node, void *obj);
void check_proposal(struct loader *ld, const struct node *node, void *obj);
void check_ike_profile(struct loader *ld, const struct node *node, void *obj);
void check_match_entry(struct loader *ld, const struct node *node, void *obj);
void check_local_identity(struct loader *ld, const struct node *node, void *obj);
void check_peer_identity(struct loader *ld, const struct node *node, void *obj);
void check_peer(struct loader *ld, const struct node *node, void *obj);
void check_ppk(struct loader *ld, const struct node *node, void *obj);
void check_ipsec_profile(struct loader *ld, const struct node *node, void *obj);
void check_keyring(struct loader *ld, const struct node *node, void *obj);
void check_transform_set(struct loader *ld, const struct node *node, void *obj);
void check_acl(struct loader *ld, const struct node *node, void *obj);
void check_policy(struct loader *ld, const struct node *node,
		  const struct cfg_iface *iface);
void check_acl_entry(struct loader *ld, const struct node *node, void *obj);
/* Settings of access lists elsewhere: why there is none here, or NULL. */
const char *acl_refused_name(const char *name);
void check_single_sa(struct loader *ld, const struct node *node,
		     const struct cfg_iface *iface);
void check_reverse_route(struct loader *ld, const struct node *node,
			 const struct cfg_iface *iface);
void check_iface(struct loader *ld, const struct node *node, void *obj);

void check_config(struct loader *ld, const struct node *root);

#endif
