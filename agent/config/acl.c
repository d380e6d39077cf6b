// SPDX-License-Identifier: GPL-2.0
/*
 * Access lists: what an entry may say, and the list an interface names. A list
 * chooses the packets of a tunnel by addresses alone, and has one entry.
 */

#include <stdio.h>
#include <string.h>

#include "config/check.h"
#include "config/load.h"
#include "config/value.h"

/* ------------------------------------------------------------------ setters */

void value_acl_action(struct loader *ld, const struct value *v, void *obj)
{
	char buf[QUOTE];

	if (strcmp(v->text, "permit"))
		value_problem(ld, v, "is \"%s\"; expected \"permit\": what an "
			      "access list of a tunnel does not permit is "
			      "dropped", quote(v->text, buf));
}

void value_acl_protocol(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_acl_entry *e = obj;
	char buf[QUOTE];

	e->family = strcmp(v->text, "ipv6") == 0 ? AF_INET6 : AF_INET;
	if (e->family == AF_INET && strcmp(v->text, "ipv4"))
		value_problem(ld, v, "is \"%s\"; expected \"ipv4\" or "
			      "\"ipv6\": packets of a tunnel are chosen by "
			      "their addresses, not by protocol or port",
			      quote(v->text, buf));
}

/* "0.0.0.255": what is 1 here matters not, as routers write it elsewhere. */
static bool is_wildcard(const char *text)
{
	struct addr mask;
	uint32_t v;

	text += strcspn(text, " ");
	text += strspn(text, " ");
	if (!*text || addr_parse(text, &mask) || mask.family != AF_INET)
		return false;
	v = (uint32_t)mask.octets[0] << 24 | (uint32_t)mask.octets[1] << 16 |
	    (uint32_t)mask.octets[2] << 8 | mask.octets[3];
	return v && !(v & (v + 1));
}

static bool is_zero(const struct addr *a)
{
	static const uint8_t zero[sizeof(a->octets)];

	return memcmp(a->octets, zero, addr_len(a)) == 0;
}

void value_acl_prefix(struct loader *ld, const struct value *v, void *obj)
{
	struct prefix *out = (struct prefix *)(void *)((char *)obj +
						       v->key->offset);
	struct addr first, last;
	char buf[QUOTE];
	struct prefix p;

	if (strcmp(v->text, "any") == 0) {
		/* Of which family, the entry's check knows. */
		*out = (struct prefix){ .len = 0 };
	} else if (is_wildcard(v->text) && prefix_parse(v->text, &p)) {
		value_problem(ld, v, "is \"%s\"; expected a netmask like "
			      "255.255.255.0, not a wildcard mask",
			      quote(v->text, buf));
	} else if (prefix_parse(v->text, &p)) {
		value_problem(ld, v, "is \"%s\"; expected \"any\", or an "
			      "address and netmask like \"198.51.100.5 "
			      "255.255.255.255\" or \"198.51.100.0/24\"",
			      quote(v->text, buf));
	} else if (!p.len && addr_is_set(&p.addr) && !is_zero(&p.addr)) {
		value_problem(ld, v, "is \"%s\"; expected a netmask that "
			      "keeps something of the address, or \"any\"",
			      quote(v->text, buf));
	} else {
		prefix_range(&p, &first, &last);
		*out = (struct prefix){ .addr = first, .len = p.len };
	}
}

/*
 * A list that does not exist is no error of the file: as on a router, the
 * tunnel says so and stays down until there is one.
 */
static void set_policy(struct loader *ld, const struct value *v,
		       struct cfg_iface *iface, sa_family_t family)
{
	const struct cfg *cfg = ld->cfg;
	unsigned int i;

	if (*iface->policy) {
		value_problem(ld, v, "stands beside policy-ipv4; expected one "
			      "of them, because a tunnel has one pair of "
			      "selectors");
		return;
	}
	iface->policy_family = family;
	snprintf(iface->policy, sizeof(iface->policy), "%s", v->text);
	for (i = 0; i < cfg->acl_count; i++)
		if (strcmp(cfg->acls[i].name, v->text) == 0)
			iface->acl = &cfg->acls[i];
}

void value_acl_policy(struct loader *ld, const struct value *v, void *obj)
{
	set_policy(ld, v, obj, AF_INET);
}

void value_acl_policy6(struct loader *ld, const struct value *v, void *obj)
{
	set_policy(ld, v, obj, AF_INET6);
}

/* ------------------------------------------------------------------- checks */

static const char *family_word(sa_family_t family)
{
	return family == AF_INET6 ? "ipv6" : "ipv4";
}

const char *acl_refused_name(const char *name)
{
	if (strstr(name, "port"))
		return "ports have no place in an access list of a tunnel; "
		       "expected source and destination addresses alone";
	if (strcmp(name, "vrf") == 0 || strcmp(name, "log") == 0)
		return "only addresses choose the packets of a tunnel";
	return NULL;
}

/* "any" is all of the entry's family. */
static void check_family(struct loader *ld, const struct node *node,
			 const struct cfg_acl_entry *e, struct prefix *p,
			 const char *side)
{
	char text[ADDR_STR];

	if (!addr_is_set(&p->addr))
		p->addr.family = e->family;
	if (p->addr.family != e->family)
		node_problem(ld, node, "an entry of protocol \"%s\" has the "
			     "%s %s; expected an address of that protocol",
			     family_word(e->family), side,
			     addr_str(&p->addr, text));
}

void check_acl_entry(struct loader *ld, const struct node *node, void *obj)
{
	struct cfg_acl_entry *e = obj;

	check_family(ld, node, e, &e->source, "source");
	check_family(ld, node, e, &e->destination, "destination");
	if (!e->source.len && !e->destination.len)
		node_problem(ld, node, "an access list permits any to any; "
			     "expected a specific source or destination, "
			     "because a tunnel without an access list carries "
			     "any to any already");
}

void check_acl(struct loader *ld, const struct node *node, void *obj)
{
	const struct cfg_acl *acl = obj;

	if (acl->entry_count > 1)
		node_problem(ld, node, "access list \"%s\" has %u entries; "
			     "expected one, because a tunnel has one pair of "
			     "selectors", acl->name, acl->entry_count);
}

void check_single_sa(struct loader *ld, const struct node *node,
		     const struct cfg_iface *iface)
{
	if (iface->single_sa && !*iface->policy)
		node_problem(ld, node, "interface %s has single-sa without "
			     "policy-ipv4 or policy-ipv6; expected both or "
			     "neither",
			     iface->name);
}

/* A list of the family that the setting names and the mode carries. */
void check_policy(struct loader *ld, const struct node *node,
		  const struct cfg_iface *iface)
{
	const char *word = family_word(iface->policy_family);
	unsigned int overlay = iface->policy_family == AF_INET6 ?
			       CFG_OVERLAY_IPV6 : CFG_OVERLAY_IPV4;

	if (!*iface->policy)
		return;
	if (!(cfg_overlay(iface) & overlay))
		node_problem(ld, node, "interface %s has policy-%s, but its "
			     "mode does not carry that; expected another mode, "
			     "like \"ipsec dual-overlay\"", iface->name, word);
	if (!cfg_acl_is_empty(iface) &&
	    iface->acl->entries[0].family != iface->policy_family)
		node_problem(ld, node, "policy-%s of interface %s names access "
			     "list \"%s\" of protocol \"%s\"; expected a list "
			     "of its own protocol", word, iface->name,
			     iface->policy,
			     family_word(iface->acl->entries[0].family));
}

/*
 * Routes to what the list permits must not lead the tunnel into itself. Where
 * the outer packets are routed elsewhere they cannot.
 */
void check_reverse_route(struct loader *ld, const struct node *node,
			 const struct cfg_iface *iface)
{
	const struct cfg_acl_entry *e;
	char text[ADDR_STR];

	if (!iface->profile->reverse_route || !*iface->policy ||
	    cfg_acl_is_empty(iface) ||
	    strcmp(iface->vrf, iface->tunnel_vrf) != 0)
		return;
	e = iface->acl->entries;
	if (e->destination.len && prefix_contains(&e->destination,
						  &iface->destination))
		node_problem(ld, node, "access list \"%s\" has the tunnel "
			     "destination %s of interface %s within its "
			     "destination; expected another network, because "
			     "the reverse route would lead the tunnel into "
			     "itself", iface->policy,
			     addr_str(&iface->destination, text), iface->name);
	else if (!e->destination.len && prefix_contains(&e->source,
							&iface->source))
		node_problem(ld, node, "access list \"%s\" permits any "
			     "destination to the tunnel source %s of interface "
			     "%s; expected another source, because the reverse "
			     "route would lead the tunnel into itself",
			     iface->policy, addr_str(&iface->source, text),
			     iface->name);
}

bool cfg_acl_is_empty(const struct cfg_iface *iface)
{
	return *iface->policy && (!iface->acl || !iface->acl->entry_count);
}
