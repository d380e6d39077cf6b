/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IP addresses, endpoints, prefixes and address ranges as plain values, with
 * text forms. No sockets and no name lookup.
 */
#ifndef AGENT_UTIL_ADDR_H
#define AGENT_UTIL_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDR_STR	48	/* text of an address */
#define ENDPOINT_STR	56	/* text of address/port */

/** struct addr - @family AF_INET or AF_INET6; AF_UNSPEC is "none" */
struct addr {
	sa_family_t family;
	uint8_t octets[16];	/* network order; the first 4 for IPv4 */
};

struct endpoint {
	struct addr addr;
	uint16_t port;		/* host order */
};

/** struct prefix - as configured: the host bits of @addr may be set */
struct prefix {
	struct addr addr;
	uint8_t len;
};

size_t addr_len(const struct addr *a);			/* 4, 16 or 0 */
bool addr_is_set(const struct addr *a);
bool addr_eq(const struct addr *a, const struct addr *b);
int addr_cmp(const struct addr *a, const struct addr *b);
/* For a struct table: others may have the same. */
uint64_t addr_key(const struct addr *a);
bool endpoint_eq(const struct endpoint *a, const struct endpoint *b);
/* Parse a numeric address. Return: 0 or ERR_SYNTAX. */
int addr_parse(const char *text, struct addr *out);
/* From raw octets (4 or 16). Return: 0 or ERR_SYNTAX. */
int addr_from_octets(const void *p, size_t len, struct addr *out);
/* "A.B.C.D M.M.M.M", "A.B.C.D/N" or a bare host. Return: 0 or ERR_SYNTAX. */
int prefix_parse(const char *text, struct prefix *out);
bool prefix_contains(const struct prefix *p, const struct addr *a);
/* First and last address of the prefix. */
void prefix_range(const struct prefix *p, struct addr *first,
		  struct addr *last);
/* Text into @buf (ADDR_STR / ENDPOINT_STR octets); returns @buf. */
const char *addr_str(const struct addr *a, char buf[ADDR_STR]);
const char *endpoint_str(const struct endpoint *e, char buf[ENDPOINT_STR]);
/* The netmask of the prefix as text, like an address of its family. */
const char *prefix_mask_str(const struct prefix *p, char buf[ADDR_STR]);
void endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss,
			  socklen_t *len);
int endpoint_from_sockaddr(const struct sockaddr *sa, struct endpoint *out);

#endif
