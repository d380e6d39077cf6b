// SPDX-License-Identifier: GPL-2.0
/*
 * Setters of numbers, names, addresses, identities and references. Words of
 * algorithms are in words.c, secrets in psk.c.
 */

#include "config/value.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "config/suggest.h"
#include "pki/dn.h"

static_assert(sizeof(unsigned int) == sizeof(uint32_t), "value_u32");

static void *member(const struct value *v, void *obj)
{
	return (char *)obj + v->key->offset;
}

/* ----------------------------------------------------------------- numbers */

void value_bool(struct loader *ld, const struct value *v, void *obj)
{
	*(bool *)member(v, obj) = v->truth;
}

void value_u8(struct loader *ld, const struct value *v, void *obj)
{
	*(uint8_t *)member(v, obj) = (uint8_t)v->number;
}

void value_u32(struct loader *ld, const struct value *v, void *obj)
{
	*(uint32_t *)member(v, obj) = (uint32_t)v->number;
}

void value_u64(struct loader *ld, const struct value *v, void *obj)
{
	*(uint64_t *)member(v, obj) = (uint64_t)v->number;
}

void value_kilobytes(struct loader *ld, const struct value *v, void *obj)
{
	*(uint64_t *)member(v, obj) = (uint64_t)v->number * 1024;
}

void value_tos(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_iface *iface = obj;

	/* The fallback: nobody can write it. */
	iface->tos = v->text ? -1 : (int)v->number;
	if (!v->text && v->number % 4)
		value_problem(ld, v, "is %lld; expected a multiple of 4, the "
			      "lower two bits carry congestion marks (ECN)",
			      (long long)v->number);
}

/* ------------------------------------------------------------------- names */

/* Names are printed bare and parsed by others: visible ASCII only. */
static bool is_visible(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

void value_name(struct loader *ld, const struct value *v, void *obj)
{
	char buf[QUOTE];

	if (is_visible(v->text))
		memcpy(member(v, obj), v->text, strlen(v->text) + 1);
	else
		value_problem(ld, v, "is \"%s\"; expected ASCII characters "
			      "without blanks", quote(v->text, buf));
}

/* What the kernel takes as the name of a device. */
static bool is_device(const char *text)
{
	return *text && strlen(text) < IFNAMSIZ && is_visible(text) &&
	       !strpbrk(text, "/:") && strcmp(text, ".") && strcmp(text, "..");
}

static void put_device(struct loader *ld, const struct value *v, char *name)
{
	char buf[QUOTE];

	if (is_device(v->text))
		memcpy(name, v->text, strlen(v->text) + 1);
	else
		value_problem(ld, v, "is \"%s\"; expected a name that Linux "
			      "takes for a device: 1 to 15 ASCII characters "
			      "without blank, / and :", quote(v->text, buf));
}

void value_device(struct loader *ld, const struct value *v, void *obj)
{
	put_device(ld, v, member(v, obj));
}

void value_vrf(struct loader *ld, const struct value *v, void *obj)
{
	if (strcmp(v->text, "default"))
		put_device(ld, v, member(v, obj));
}

void value_policy_fvrf(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_policy *policy = obj;

	policy->fvrf_any = strcmp(v->text, "any") == 0;
	if (!policy->fvrf_any && strcmp(v->text, "default"))
		put_device(ld, v, policy->fvrf);
}

void value_profile_fvrf(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_ike_profile *profile = obj;

	profile->match_fvrf_any = strcmp(v->text, "any") == 0;
	if (!profile->match_fvrf_any && strcmp(v->text, "default"))
		put_device(ld, v, profile->match_fvrf);
}

/* --------------------------------------------------------------- addresses */

static bool is_unicast(const struct addr *a)
{
	static const struct addr none6 = { .family = AF_INET6 };

	if (a->family == AF_INET6)
		return !addr_eq(a, &none6) && a->octets[0] != 0xff;
	return a->octets[0] != 0 && a->octets[0] < 224;
}

/* Return: whether @out holds an address; complains otherwise. */
static bool get_address(struct loader *ld, const struct value *v,
			struct addr *out)
{
	char buf[QUOTE];

	if (addr_parse(v->text, out))
		value_problem(ld, v, "is \"%s\"; expected an address like "
			      "198.51.100.1 or 2001:db8::1",
			      quote(v->text, buf));
	else if (!is_unicast(out))
		value_problem(ld, v, "is \"%s\"; expected a unicast address",
			      quote(v->text, buf));
	else
		return true;
	return false;
}

static bool get_prefix(struct loader *ld, const struct value *v,
		       struct prefix *out)
{
	char buf[QUOTE];

	if (prefix_parse(v->text, out))
		value_problem(ld, v, "is \"%s\"; expected an address and mask "
			      "like \"198.51.100.19 255.255.255.0\", "
			      "\"198.51.100.19/24\" or \"2001:db8::/32\"",
			      quote(v->text, buf));
	else
		return true;
	return false;
}

void value_address(struct loader *ld, const struct value *v, void *obj)
{
	struct addr a;

	if (get_address(ld, v, &a))
		*(struct addr *)member(v, obj) = a;
}

/* What begins with a letter and has no colon is no address. */
void value_source(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_iface *iface = obj;

	if (isalpha((unsigned char)v->text[0]) && !strchr(v->text, ':'))
		put_device(ld, v, iface->source_iface);
	else
		value_address(ld, v, obj);
}

void value_prefix(struct loader *ld, const struct value *v, void *obj)
{
	struct prefix p;

	if (get_prefix(ld, v, &p))
		*(struct prefix *)member(v, obj) = p;
}

/* A forgotten mask would silently make a network of one host. */
static void put_iface_address(struct loader *ld, const struct value *v,
			      sa_family_t family, struct prefix *out)
{
	struct prefix p;
	char buf[QUOTE];

	if (!get_prefix(ld, v, &p))
		return;
	if (p.addr.family != family)
		value_problem(ld, v, "is \"%s\"; expected an %s address, the "
			      "other one is %s", quote(v->text, buf),
			      family == AF_INET ? "IPv4" : "IPv6",
			      family == AF_INET ? "ipv6-address" :
						  "ipv4-address");
	else if (family == AF_INET6 && !strchr(v->text, '/'))
		value_problem(ld, v, "is \"%s\"; expected a prefix length too, "
			      "like \"%s/64\"", quote(v->text, buf), buf);
	else if (!strpbrk(v->text, " /"))
		value_problem(ld, v, "is \"%s\"; expected a mask too, like "
			      "\"%s 255.255.255.0\" or \"%s/24\"",
			      quote(v->text, buf), buf, buf);
	else if (!is_unicast(&p.addr))
		value_problem(ld, v, "is \"%s\"; expected a unicast address",
			      quote(v->text, buf));
	else
		*out = p;
}

void value_iface_address(struct loader *ld, const struct value *v, void *obj)
{
	put_iface_address(ld, v, AF_INET, member(v, obj));
}

void value_iface_address6(struct loader *ld, const struct value *v, void *obj)
{
	put_iface_address(ld, v, AF_INET6, member(v, obj));
}

void value_policy_address(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_policy *policy = obj;
	struct addr *list, a;

	if (!get_address(ld, v, &a))
		return;
	list = reallocarray(policy->address_local,
			    policy->address_local_count + 1, sizeof(*list));
	if (!list) {
		value_problem(ld, v, "does not fit into memory");
		return;
	}
	list[policy->address_local_count++] = a;
	policy->address_local = list;
}

/* -------------------------------------------------------------- identities */

/* The identity to fill, or NULL when it is something else already. */
static struct cfg_identity *identity(struct loader *ld, const struct value *v,
				     void *obj)
{
	struct cfg_identity *id = member(v, obj);

	if (id->kind == CFG_ID_NONE)
		return id;
	value_problem(ld, v, "stands beside another identity; expected one "
		      "in this group");
	return NULL;
}

void value_id_prefix(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_identity *id = identity(ld, v, obj);

	if (id && get_prefix(ld, v, &id->prefix))
		id->kind = CFG_ID_ADDRESS;
}

void value_id_address(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_identity *id = identity(ld, v, obj);

	if (id && get_address(ld, v, &id->prefix.addr)) {
		id->kind = CFG_ID_ADDRESS;
		id->prefix.len = (uint8_t)(addr_len(&id->prefix.addr) * 8);
	}
}

static bool is_label_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* Labels of 1 to 63 characters between dots (RFC 1035 section 2.3.4). */
static bool is_fqdn(const char *text)
{
	size_t label = 0, len = strlen(text);

	if (len == 0 || len >= CFG_FQDN)
		return false;
	for (; *text; text++) {
		if (*text == '.' ? label == 0 :
		    !is_label_char(*text) || label == 63)
			return false;
		label = *text == '.' ? 0 : label + 1;
	}
	return label > 0;
}

static void put_id_name(struct loader *ld, const struct value *v, void *obj,
			enum cfg_identity_kind kind)
{
	struct cfg_identity *id = identity(ld, v, obj);
	char buf[QUOTE];

	if (!id)
		return;
	if (!is_fqdn(v->text)) {
		value_problem(ld, v, "is \"%s\"; expected 1 to 255 letters, "
			      "digits, - and _ in labels of at most 63 between "
			      "single dots%s", quote(v->text, buf),
			      kind == CFG_ID_DOMAIN ?
			      ", without a leading dot or *" : "");
		return;
	}
	id->kind = kind;
	memcpy(id->name, v->text, strlen(v->text) + 1);
}

void value_id_fqdn(struct loader *ld, const struct value *v, void *obj)
{
	put_id_name(ld, v, obj, CFG_ID_FQDN);
}

void value_id_domain(struct loader *ld, const struct value *v, void *obj)
{
	put_id_name(ld, v, obj, CFG_ID_DOMAIN);
}

void value_id_any(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_identity *id;

	if (!v->truth) {
		value_problem(ld, v, "is false; expected true, or no such "
			      "setting");
		return;
	}
	id = identity(ld, v, obj);
	if (id)
		id->kind = CFG_ID_ANY;
}

void value_id_dn(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_identity *id = identity(ld, v, obj);
	char buf[QUOTE];

	if (!id)
		return;
	if (strlen(v->text) >= CFG_FQDN || !dn_valid(v->text)) {
		value_problem(ld, v, "is \"%s\"; expected attributes in the "
			      "order of the certificate, like \"C=US, "
			      "O=Example, CN=router1\"; a value of * is any, "
			      "a comma within a value is written \\\\,",
			      quote(v->text, buf));
		return;
	}
	id->kind = CFG_ID_DN;
	memcpy(id->name, v->text, strlen(v->text) + 1);
}

void value_id_own_dn(struct loader *ld, const struct value *v, void *obj)
{
	struct cfg_identity *id;

	if (!v->truth) {
		value_problem(ld, v, "is false; expected true, or no such "
			      "setting");
		return;
	}
	id = identity(ld, v, obj);
	if (id)
		id->kind = CFG_ID_DN;
}

/* -------------------------------------------------------------- references */

static void find_problem(struct loader *ld, const struct value *v,
			 const char *items, unsigned int count)
{
	char buf[QUOTE], expect[KEY_EXPECT];
	struct suggest near;
	unsigned int i;

	suggest_init(&near, v->text);
	for (i = 0; i < count; i++)
		suggest_offer(&near, items + i * v->key->target->stride);
	if (near.best)
		value_problem(ld, v, "names \"%s\", which is not defined; did "
			      "you mean \"%s\"?", quote(v->text, buf),
			      near.best);
	else
		value_problem(ld, v, "names \"%s\", which is not defined; "
			      "expected %s", quote(v->text, buf),
			      key_expect(v->key, expect));
}

/* What the reference names, or NULL; complains. */
static const void *find(struct loader *ld, const struct value *v)
{
	const struct key_target *t = v->key->target;
	const char *cfg = (const char *)ld->cfg, *items;
	unsigned int i, count;

	/* Pointers of several types are read here: by octets. */
	memcpy(&items, cfg + t->items, sizeof(items));
	memcpy(&count, cfg + t->count, sizeof(count));
	for (i = 0; i < count; i++)
		if (strcmp(items + i * t->stride, v->text) == 0)
			return items + i * t->stride;
	find_problem(ld, v, items, count);
	return NULL;
}

void value_ref(struct loader *ld, const struct value *v, void *obj)
{
	const void *item = find(ld, v);

	memcpy(member(v, obj), &item, sizeof(item));
}

void value_policy_proposal(struct loader *ld, const struct value *v, void *obj)
{
	const struct cfg_proposal *proposal = find(ld, v), **list;
	struct cfg_policy *policy = obj;

	if (!proposal)
		return;
	list = reallocarray(policy->proposals, policy->proposal_count + 1,
			    sizeof(*list));
	if (!list) {
		value_problem(ld, v, "does not fit into memory");
		return;
	}
	list[policy->proposal_count++] = proposal;
	policy->proposals = list;
}

void value_trustpoint(struct loader *ld, const struct value *v, void *obj)
{
	const struct cfg_trustpoint *t = find(ld, v);
	struct cfg_ike_profile *p = obj;

	if (t)
		p->trustpoints[p->trustpoint_count++] = t;
}

void value_further_profile(struct loader *ld, const struct value *v, void *obj)
{
	const struct cfg_ike_profile *further = find(ld, v);
	struct cfg_ipsec_profile *p = obj;

	if (further)
		p->further[p->further_count++] = further;
}

void value_transform_set(struct loader *ld, const struct value *v, void *obj)
{
	const struct cfg_transform_set *set = find(ld, v);
	struct cfg_ipsec_profile *p = obj;

	if (set)
		p->transform_sets[p->transform_set_count++] = set;
}
