// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses as values and as text.
 */

#include "util/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/err.h"

size_t addr_len(const struct addr *a)
{
	switch (a->family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	default:
		return 0;
	}
}

bool addr_is_set(const struct addr *a)
{
	return a->family != AF_UNSPEC;
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->octets, b->octets, addr_len(a));
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
	return addr_cmp(a, b) == 0;
}

uint64_t addr_key(const struct addr *a)
{
	uint64_t hi, lo;

	memcpy(&hi, a->octets, sizeof(hi));
	memcpy(&lo, a->octets + sizeof(hi), sizeof(lo));
	return hi ^ lo * 0x9e3779b97f4a7c15ULL;
}

bool endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
	return addr_eq(&a->addr, &b->addr) && a->port == b->port;
}

int addr_from_octets(const void *p, size_t len, struct addr *out)
{
	memset(out, 0, sizeof(*out));
	if (len != 4 && len != 16)
		return ERR_SYNTAX;
	out->family = len == 4 ? AF_INET : AF_INET6;
	memcpy(out->octets, p, len);
	return 0;
}

int addr_parse(const char *text, struct addr *out)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, out->octets) == 1) {
		out->family = AF_INET;
		return 0;
	}
	if (inet_pton(AF_INET6, text, out->octets) == 1) {
		out->family = AF_INET6;
		return 0;
	}
	return ERR_SYNTAX;
}

/* Length of a contiguous mask, or ERR_SYNTAX. */
static int mask_len(const struct addr *mask)
{
	size_t bits = addr_len(mask) * 8, i, len = 0;
	bool zero = false;

	for (i = 0; i < bits; i++) {
		bool one = mask->octets[i / 8] & (0x80 >> (i % 8));

		if (one && zero)
			return ERR_SYNTAX;
		if (one)
			len++;
		else
			zero = true;
	}
	return (int)len;
}

static int parse_len(const char *text, size_t max)
{
	char *end;
	long v;

	if (*text < '0' || *text > '9')
		return ERR_SYNTAX;
	v = strtol(text, &end, 10);
	return *end == '\0' && v >= 0 && (size_t)v <= max ? (int)v : ERR_SYNTAX;
}

int prefix_parse(const char *text, struct prefix *out)
{
	size_t n = strcspn(text, "/ "), bits;
	struct addr addr, mask;
	char host[ADDR_STR];
	int len;

	memset(out, 0, sizeof(*out));
	if (n >= sizeof(host))
		return ERR_SYNTAX;
	memcpy(host, text, n);
	host[n] = '\0';
	if (addr_parse(host, &addr))
		return ERR_SYNTAX;
	bits = addr_len(&addr) * 8;
	if (text[n] == '\0') {
		len = (int)bits;
	} else if (text[n] == '/') {
		len = parse_len(text + n + 1, bits);
	} else {
		text += n + strspn(text + n, " ");
		if (addr_parse(text, &mask) || mask.family != addr.family)
			return ERR_SYNTAX;
		len = mask_len(&mask);
	}
	if (len < 0)
		return ERR_SYNTAX;
	*out = (struct prefix){ .addr = addr, .len = (uint8_t)len };
	return 0;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	size_t i;

	if (p->addr.family != a->family || !addr_is_set(a))
		return false;
	for (i = 0; i < p->len; i++) {
		uint8_t bit = (uint8_t)(0x80 >> (i % 8));

		if ((p->addr.octets[i / 8] ^ a->octets[i / 8]) & bit)
			return false;
	}
	return true;
}

void prefix_range(const struct prefix *p, struct addr *first, struct addr *last)
{
	size_t bits = addr_len(&p->addr) * 8, i;

	*first = p->addr;
	*last = p->addr;
	for (i = p->len; i < bits; i++) {
		uint8_t bit = (uint8_t)(0x80 >> (i % 8));

		first->octets[i / 8] &= (uint8_t)~bit;
		last->octets[i / 8] |= bit;
	}
}

const char *addr_str(const struct addr *a, char buf[ADDR_STR])
{
	if (!inet_ntop(a->family, a->octets, buf, ADDR_STR))
		snprintf(buf, ADDR_STR, "none");
	return buf;
}

const char *endpoint_str(const struct endpoint *e, char buf[ENDPOINT_STR])
{
	char text[ADDR_STR];

	snprintf(buf, ENDPOINT_STR, "%s/%u", addr_str(&e->addr, text), e->port);
	return buf;
}

const char *prefix_mask_str(const struct prefix *p, char buf[ADDR_STR])
{
	struct prefix zero = { .addr.family = p->addr.family, .len = p->len };
	struct addr first, last;
	size_t i;

	prefix_range(&zero, &first, &last);
	for (i = 0; i < addr_len(&last); i++)
		last.octets[i] = (uint8_t)~last.octets[i];
	return addr_str(&last, buf);
}

void endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss,
			  socklen_t *len)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = e->addr.family;
	if (e->addr.family == AF_INET6) {
		in6->sin6_port = htons(e->port);
		memcpy(&in6->sin6_addr, e->addr.octets, 16);
		*len = sizeof(*in6);
	} else {
		in->sin_port = htons(e->port);
		memcpy(&in->sin_addr, e->addr.octets, 4);
		*len = sizeof(*in);
	}
}

int endpoint_from_sockaddr(const struct sockaddr *sa, struct endpoint *out)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

	memset(out, 0, sizeof(*out));
	if (sa->sa_family == AF_INET) {
		out->port = ntohs(in->sin_port);
		return addr_from_octets(&in->sin_addr, 4, &out->addr);
	}
	if (sa->sa_family == AF_INET6) {
		out->port = ntohs(in6->sin6_port);
		return addr_from_octets(&in6->sin6_addr, 16, &out->addr);
	}
	return ERR_SYNTAX;
}
