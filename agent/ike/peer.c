// SPDX-License-Identifier: GPL-2.0
/*
 * Identities and keys of peers.
 */

#include "ike/peer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "log/log.h"
#include "pki/dn.h"
#include "proto/ids.h"

static void put_id(struct buf *body, uint8_t type, const void *p, size_t len)
{
	buf_reset(body);
	buf_put_u8(body, type);
	buf_put(body, "\0\0\0", 3);
	buf_put(body, p, len);
}

static uint8_t addr_id_type(const struct addr *a)
{
	return a->family == AF_INET6 ? ID_IPV6_ADDR : ID_IPV4_ADDR;
}

static void put_addr_id(struct buf *body, const struct addr *a)
{
	put_id(body, addr_id_type(a), a->octets, addr_len(a));
}

static void put_subject_id(struct buf *body, const struct trust *own)
{
	struct view dn = trust_own_subject(own);

	put_id(body, ID_DER_ASN1_DN, dn.p, dn.len);
}

static bool names_address(const struct trust *own, const struct addr *a)
{
	struct view octets = { a->octets, addr_len(a) };

	return trust_own_has_id(own, addr_id_type(a), octets);
}

void peer_local_id(const struct cfg_ike_profile *profile,
		   const struct addr *source, const struct trust *own,
		   struct buf *body)
{
	const struct cfg_identity *id = &profile->local_identity;

	switch (id->kind) {
	case CFG_ID_FQDN:
		put_id(body, ID_FQDN, id->name, strlen(id->name));
		break;
	case CFG_ID_ADDRESS:
		put_addr_id(body, &id->prefix.addr);
		break;
	default:
		if (own && (id->kind == CFG_ID_DN ||
			    !names_address(own, source)))
			put_subject_id(body, own);
		else
			put_addr_id(body, source);
	}
}

static bool fqdn_equal(const char *want, struct view name)
{
	return name.len == strlen(want) &&
	       strncasecmp((const char *)name.p, want, name.len) == 0;
}

/* One label or several, none of them empty. */
static bool is_labels(struct view name)
{
	uint8_t before = '.';
	size_t i;

	for (i = 0; i < name.len; i++) {
		if (!name.p[i] || (name.p[i] == '.' && before == '.'))
			return false;
		before = name.p[i];
	}
	return before != '.';
}

/* At least one label before the domain: a.example.com, not example.com. */
static bool in_domain(const char *domain, struct view name)
{
	size_t len = strlen(domain), at;

	if (name.len < len + 2)
		return false;
	at = name.len - len;
	return name.p[at - 1] == '.' &&
	       is_labels((struct view){ name.p, at - 1 }) &&
	       fqdn_equal(domain, (struct view){ name.p + at, len });
}

bool peer_identity_matches(const struct cfg_identity *want,
			   const struct id_pl *id)
{
	struct addr addr;

	switch (want->kind) {
	case CFG_ID_ANY:
		return true;
	case CFG_ID_ADDRESS:
		return (id->type == ID_IPV4_ADDR || id->type == ID_IPV6_ADDR) &&
		       !addr_from_octets(id->data.p, id->data.len, &addr) &&
		       prefix_contains(&want->prefix, &addr);
	case CFG_ID_FQDN:
		return id->type == ID_FQDN && fqdn_equal(want->name, id->data);
	case CFG_ID_DOMAIN:
		return id->type == ID_FQDN && in_domain(want->name, id->data);
	case CFG_ID_DN:
		return id->type == ID_DER_ASN1_DN &&
		       dn_matches(want->name, id->data);
	default:
		return false;
	}
}

bool peer_profile_matches(const struct cfg_ike_profile *profile,
			  const struct id_pl *id)
{
	unsigned int i;

	for (i = 0; i < profile->match_remote_count; i++)
		if (peer_identity_matches(&profile->match_remote[i], id))
			return true;
	return false;
}

static void identity_str(const struct cfg_identity *id, char *buf, size_t size)
{
	char text[ADDR_STR];

	switch (id->kind) {
	case CFG_ID_ADDRESS:
		snprintf(buf, size, "address %s/%u",
			 addr_str(&id->prefix.addr, text), id->prefix.len);
		break;
	case CFG_ID_FQDN:
		snprintf(buf, size, "fqdn %s", id->name);
		break;
	case CFG_ID_DOMAIN:
		snprintf(buf, size, "domain %s", id->name);
		break;
	case CFG_ID_DN:
		snprintf(buf, size, "dn %s", id->name);
		break;
	default:
		snprintf(buf, size, "any");
	}
}

const char *peer_profile_str(const struct cfg_ike_profile *profile,
			     char *buf, size_t size)
{
	size_t at = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < profile->match_remote_count && at + 3 < size; i++) {
		if (i)
			at += (size_t)snprintf(buf + at, size - at, ", ");
		identity_str(&profile->match_remote[i], buf + at, size - at);
		at += strlen(buf + at);
	}
	return buf;
}

/*
 * How closely an identity names the peer: an FQDN before any domain, of two
 * domains or networks the longer one. An identity fits FQDN and domain, or
 * address entries, never both kinds.
 */
static size_t closeness(const struct cfg_identity *id)
{
	switch (id->kind) {
	case CFG_ID_ADDRESS:
		return id->prefix.len + 1U;
	case CFG_ID_FQDN:
		return CFG_FQDN;
	default:
		return strlen(id->name);
	}
}

static const struct cfg_peer *find_by_identity(const struct cfg_keyring *k,
					       const struct id_pl *id)
{
	const struct cfg_peer *p, *found = NULL;

	for (p = k->peers; p < k->peers + k->peer_count; p++)
		if (p->identity.kind != CFG_ID_NONE &&
		    peer_identity_matches(&p->identity, id) &&
		    (!found || closeness(&p->identity) >
			       closeness(&found->identity)))
			found = p;
	return found;
}

static const struct cfg_peer *find_by_address(const struct cfg_keyring *k,
					      const struct addr *remote)
{
	const struct cfg_peer *p, *found = NULL;

	for (p = k->peers; p < k->peers + k->peer_count; p++)
		if (addr_is_set(&p->address.addr) &&
		    prefix_contains(&p->address, remote) &&
		    (!found || p->address.len > found->address.len))
			found = p;
	return found;
}

const struct cfg_peer *peer_find_key(const struct cfg_keyring *keyring,
				     const struct id_pl *id,
				     const struct addr *remote)
{
	const struct cfg_peer *p = NULL;

	if (!keyring)
		return NULL;
	if (id)
		p = find_by_identity(keyring, id);
	return p ? p : find_by_address(keyring, remote);
}

const char *peer_id_str(struct view body, char buf[PEER_ID_STR])
{
	char type[ID_NAME_STR], data[PEER_ID_STR - ID_NAME_STR - 2];
	struct id_pl id;
	struct addr a;

	if (id_pl_parse(body, &id)) {
		snprintf(buf, PEER_ID_STR, "none");
		return buf;
	}
	if ((id.type == ID_IPV4_ADDR || id.type == ID_IPV6_ADDR) &&
	    !addr_from_octets(id.data.p, id.data.len, &a))
		return addr_str(&a, buf);
	if (id.type == ID_DER_ASN1_DN)
		return dn_str(id.data, buf, PEER_ID_STR);
	log_escape(id.data.p, id.data.len, data, sizeof(data));
	if (id.type == ID_FQDN || id.type == ID_RFC822_ADDR)
		snprintf(buf, PEER_ID_STR, "%s", data);
	else
		snprintf(buf, PEER_ID_STR, "%s %s",
			 id_type_name(id.type, type), data);
	return buf;
}
